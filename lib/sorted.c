// sorted.c - see sorted.h

#include "tonghop/sorted.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_START = 16 };

struct th_bytes th_entry_key(const struct th_entry *entry)
{
    return (struct th_bytes){.data = entry->bytes, .size = entry->key_size};
}

struct th_bytes th_entry_value(const struct th_entry *entry)
{
    return (struct th_bytes){.data = entry->bytes + entry->key_size, .size = entry->value_size};
}

size_t th_entry_bytes(const struct th_entry *entry)
{
    return entry == NULL ? 0 : (size_t)entry->key_size + entry->value_size;
}

static uint64_t prefix_of(struct th_bytes key)
{
    uint8_t first[8] = {0};
    if (key.size > 0) {
        memcpy(first, key.data, key.size < sizeof(first) ? key.size : sizeof(first));
    }
    return th_get_u64(first);
}

static int slot_compare(const struct th_sorted_slot *slot, uint64_t prefix, struct th_bytes key)
{
    if (slot->prefix != prefix) {
        return slot->prefix < prefix ? -1 : 1;
    }
    return th_bytes_compare(th_entry_key(slot->entry), key);
}

struct th_sorted_slot *th_sorted_at(const struct th_sorted *sorted, struct th_place place)
{
    return &sorted->blocks[place.block]->slots[place.slot];
}

// The place of the first entry with a key not below key; block == block_count when there is none.
struct th_place th_sorted_find(const struct th_sorted *sorted, struct th_bytes key, bool *found)
{
    const uint64_t prefix = prefix_of(key);
    size_t low = 0;
    size_t high = sorted->block_count;
    while (low < high) { // the first block whose last key is not below key
        const size_t middle = low + (high - low) / 2;
        const struct th_sorted_block *block = sorted->blocks[middle];
        if (slot_compare(&block->slots[block->count - 1], prefix, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    struct th_place place = {.block = low, .slot = 0};
    if (low == sorted->block_count) {
        return place;
    }
    const struct th_sorted_block *block = sorted->blocks[low];
    size_t end = block->count;
    while (place.slot < end) {
        const size_t middle = place.slot + (end - place.slot) / 2;
        const int order = slot_compare(&block->slots[middle], prefix, key);
        if (order == 0) {
            *found = true;
            return (struct th_place){.block = low, .slot = middle};
        }
        if (order < 0) {
            place.slot = middle + 1;
        } else {
            end = middle;
        }
    }
    return place;
}

// Room for one more item; false when out of memory.
bool th_list_grow(void **items, size_t count, size_t *max, size_t item_size)
{
    if (count < *max) {
        return true;
    }
    const size_t wanted = *max == 0 ? LIST_START : 2 * *max;
    void *grown = realloc(*items, wanted * item_size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *max = wanted;
    return true;
}

static bool add_block(struct th_sorted *sorted, size_t at)
{
    void *blocks = sorted->blocks;
    const bool room = th_list_grow(
        &blocks, sorted->block_count, &sorted->block_max, sizeof(struct th_sorted_block *));
    sorted->blocks = blocks;
    struct th_sorted_block *block = room ? malloc(sizeof(*block)) : NULL;
    if (block == NULL) {
        return false;
    }
    block->count = 0;
    memmove(&sorted->blocks[at + 1],
            &sorted->blocks[at],
            (sorted->block_count - at) * sizeof(struct th_sorted_block *));
    sorted->blocks[at] = block;
    sorted->block_count++;
    return true;
}

// A place with room at or beside place, which was found for a key that is not there.
static bool make_room(struct th_sorted *sorted, struct th_place *place)
{
    if (place->block == sorted->block_count) { // behind everything: sorted input fills whole blocks
        const size_t last = sorted->block_count - 1;
        if (sorted->block_count == 0 || sorted->blocks[last]->count == TH_SORTED_BLOCK) {
            return add_block(sorted, sorted->block_count);
        }
        *place = (struct th_place){.block = last, .slot = sorted->blocks[last]->count};
        return true;
    }
    struct th_sorted_block *left = sorted->blocks[place->block];
    if (left->count < TH_SORTED_BLOCK) {
        return true;
    }
    if (!add_block(sorted, place->block + 1)) {
        return false;
    }
    struct th_sorted_block *right = sorted->blocks[place->block + 1];
    const size_t half = TH_SORTED_BLOCK / 2;
    memcpy(right->slots, &left->slots[half], half * sizeof(struct th_sorted_slot));
    left->count = half;
    right->count = TH_SORTED_BLOCK - half;
    if (place->slot > half) {
        place->block++;
        place->slot -= half;
    }
    return true;
}

bool th_sorted_insert(struct th_sorted *sorted, struct th_place place, struct th_entry *entry)
{
    if (!make_room(sorted, &place)) {
        return false;
    }
    struct th_sorted_block *block = sorted->blocks[place.block];
    memmove(&block->slots[place.slot + 1],
            &block->slots[place.slot],
            (block->count - place.slot) * sizeof(struct th_sorted_slot));
    block->slots[place.slot] =
        (struct th_sorted_slot){.prefix = prefix_of(th_entry_key(entry)), .entry = entry};
    block->count++;
    sorted->entries++;
    return true;
}

void th_sorted_remove(struct th_sorted *sorted, struct th_place place)
{
    struct th_sorted_block *block = sorted->blocks[place.block];
    block->count--;
    sorted->entries--;
    memmove(&block->slots[place.slot],
            &block->slots[place.slot + 1],
            (block->count - place.slot) * sizeof(struct th_sorted_slot));
    if (block->count == 0) {
        free(block);
        sorted->block_count--;
        memmove(&sorted->blocks[place.block],
                &sorted->blocks[place.block + 1],
                (sorted->block_count - place.block) * sizeof(struct th_sorted_block *));
    }
}

struct th_entry *th_entry_make(struct th_bytes key, struct th_bytes value)
{
    th_assert(value.size <= UINT32_MAX);
    struct th_entry *entry = malloc(sizeof(*entry) + key.size + value.size);
    if (entry == NULL) {
        return NULL;
    }
    entry->key_size = (uint32_t)key.size;
    entry->value_size = (uint32_t)value.size;
    memcpy(entry->bytes, key.data, key.size);
    if (value.size > 0) {
        memcpy(entry->bytes + key.size, value.data, value.size);
    }
    return entry;
}

bool th_sorted_ended(const struct th_sorted *sorted, struct th_place place)
{
    return place.block >= sorted->block_count;
}

bool th_sorted_is(const struct th_sorted *sorted, struct th_place place, struct th_bytes key)
{
    return place.block < sorted->block_count && place.slot < sorted->blocks[place.block]->count &&
           th_bytes_equal(th_entry_key(th_sorted_at(sorted, place)->entry), key);
}

struct th_place th_sorted_end(const struct th_sorted *sorted)
{
    return (struct th_place){.block = sorted->block_count, .slot = 0};
}

struct th_place th_sorted_after(const struct th_sorted *sorted, struct th_place place)
{
    place.slot++;
    if (place.slot == sorted->blocks[place.block]->count) {
        return (struct th_place){.block = place.block + 1, .slot = 0};
    }
    return place;
}

bool th_sorted_before(const struct th_sorted *sorted, struct th_place *place)
{
    if (place->slot > 0) {
        place->slot--;
        return true;
    }
    if (place->block == 0) {
        return false;
    }
    place->block--;
    place->slot = sorted->blocks[place->block]->count - 1;
    return true;
}

void th_sorted_free(struct th_sorted *sorted)
{
    for (size_t b = 0; b < sorted->block_count; b++) {
        for (size_t s = 0; s < sorted->blocks[b]->count; s++) {
            free(sorted->blocks[b]->slots[s].entry);
        }
        free(sorted->blocks[b]);
    }
    free(sorted->blocks);
    *sorted = (struct th_sorted){0};
}
