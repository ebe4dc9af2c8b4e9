// sorted.h - an ordered table of keys and values in memory
//
// The memory behind store_memory: entries stand in key order in blocks of up to 128, a table is a
// list of blocks. Finding is two binary searches, walking on is one step, and a change moves at
// most one block.
//
//   T1  No block is empty, and keys ascend strictly over all blocks.
//   T2  An entry is never changed; replacing one puts another into its place. Entries belong to
//       whoever put them in: only th_sorted_free frees entries.

#ifndef TONGHOP_SORTED_H
#define TONGHOP_SORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum { TH_SORTED_BLOCK = 128 };

struct th_entry {
    uint32_t key_size;
    uint32_t value_size;
    uint8_t bytes[]; // key, then value
};

// The first eight bytes of the key as a number settle most comparisons without a look at the entry.
struct th_sorted_slot {
    uint64_t prefix;
    struct th_entry *entry;
};

struct th_sorted_block {
    size_t count;
    struct th_sorted_slot slots[TH_SORTED_BLOCK];
};

struct th_sorted {
    struct th_sorted_block **blocks;
    size_t block_count;
    size_t block_max;
    uint64_t entries;
};

// Where an entry stands, until the next insert or remove. block == block_count is the end.
struct th_place {
    size_t block;
    size_t slot;
};

struct th_entry *th_entry_make(struct th_bytes key, struct th_bytes value); // free(); may be NULL
struct th_bytes th_entry_key(const struct th_entry *entry);
struct th_bytes th_entry_value(const struct th_entry *entry);
size_t th_entry_bytes(const struct th_entry *entry); // of key and value; 0 for NULL

// The place of the first entry with a key not below key; *found says whether it is key itself.
struct th_place th_sorted_find(const struct th_sorted *sorted, struct th_bytes key, bool *found);
struct th_sorted_slot *th_sorted_at(const struct th_sorted *sorted, struct th_place place);
bool th_sorted_is(const struct th_sorted *sorted, struct th_place place, struct th_bytes key);
bool th_sorted_ended(const struct th_sorted *sorted, struct th_place place);
struct th_place th_sorted_end(const struct th_sorted *sorted);
struct th_place th_sorted_after(const struct th_sorted *sorted, struct th_place place);
bool th_sorted_before(const struct th_sorted *sorted, struct th_place *place); // false at the first

// Insert entry at the place that find gave for its key. False when out of memory.
bool th_sorted_insert(struct th_sorted *sorted, struct th_place place, struct th_entry *entry);
void th_sorted_remove(struct th_sorted *sorted, struct th_place place);
void th_sorted_free(struct th_sorted *sorted); // the blocks; the entries too

// Room in a growing list for one more item; false when out of memory.
bool th_list_grow(void **items, size_t count, size_t *max, size_t item_size);

#endif
