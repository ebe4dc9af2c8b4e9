// ledger.h - every decided batch, in the order of the decisions, for ever
//
// The ledger answers: what was decided, when, on which day of the province's calendar, from which
// bytes, and what did it replace. Everything else in the store can be counted again from it.
//
//   version 1:  [ batch 0 | batch 1 | ... | head ]    version 2:  [ batch 0 | ... | head ] ...
//
//   L1  The version of a store is that of its newest head; versions are dense from 1.
//   L2  Heads are chained. Every entry of version v moves the chain on, c = H(c | v | the entry
//       without its body), and then the head, c = H(c | v | number of batches). An entry holds the
//       batch's own chain hash, which covers its body.
//   L6  Every version is a leaf of the tree over all commits (root.h, tree.h), with its entries and
//       what was told to nodes: the rows of its verdicts, receipts and root.
//   L3  Entries are written in the transaction that makes what they say, and never changed.

#ifndef WORKERS_LEDGER_H
#define WORKERS_LEDGER_H

#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/check.h"
#include "tonghop/day.h"
#include "tonghop/hash.h"
#include "tonghop/merkle.h"
#include "tonghop/store.h"
#include "tonghop/update.h"

#include "workers/table.h"

enum {
    LEDGER_VERSION = 1,            // of entries
    LEDGER_HEAD_PLAIN = 1,         // of heads: before there was a tree
    LEDGER_HEAD_TREE = 2,          // and since
    LEDGER_HEAD = UINT32_MAX >> 1, // index of a head: behind all batches of its version
    LEDGER_OLD_BYTES_MAX = 1280 * 1024,
    LEDGER_VALUE_BYTES_MAX = LEDGER_OLD_BYTES_MAX + TH_BATCH_BYTES_MAX + 8 * 1024,
};

// What became of an item: one of these, or the code of its verdict (22nn refused, 23nn warned).
enum { LEDGER_APPLIED = 0, LEDGER_DUPLICATE = 1 };
// Applied, perhaps with a warning.
bool ledger_is_accepted(uint64_t outcome);
// Does such an item state a rating, figure or transfer, whose record is its newest statement?
bool ledger_is_statement(enum th_kind kind);

struct ledger_batch {
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
    uint8_t hash[TH_HASH256_BYTES]; // the node's chain at seq
    th_day today;
    int64_t wall_ms;
};

struct ledger {
    struct th_store store;
    const struct th_check *check;
    uint64_t version;                // newest committed
    uint8_t chain[TH_HASH256_BYTES]; // at version
    th_day today;                    // of the newest head; TH_DAY_NONE: there is none
    uint64_t base;                   // tree.h
    bool base_is_new;                // the tree begins with the next version
    struct th_merkle commits;        // at version
    // the open turn
    uint8_t turn_chain[TH_HASH256_BYTES];
    struct th_merkle turn_commits; // with its version, once it is closed
    struct th_merkle entries;
    uint8_t told[TH_HASH256_BYTES];
    th_day closing;
    uint32_t batches;
    uint32_t items;
    uint32_t olds;
    struct th_writer outcomes;
    struct th_writer replaced;
    struct th_writer value;
};

size_t ledger_memory(void);
TH_MUST_USE enum th_err ledger_init(struct ledger *ledger,
                                    struct th_store store,
                                    const struct th_check *check,
                                    struct th_arena *memory);

// Read version and chain from the store. TH_E_CORRUPT, TH_E_IO.
TH_MUST_USE enum th_err ledger_open(struct ledger *ledger);

// A batch is entered item by item, then whole.
void ledger_begin(struct ledger *ledger);
// A row that item index replaces or removes: value as it was, without its check hash. Empty: there
// was none; this must be said of rows that do not name their item as their source (record.h), and
// of a record that an act of the desk moves.
void ledger_replaced(struct ledger *ledger,
                     uint32_t index,
                     unsigned table,
                     struct th_bytes key,
                     struct th_bytes value);
void ledger_item(struct ledger *ledger, unsigned outcome);
// Errors: those of the store.
TH_MUST_USE enum th_err
ledger_end(struct ledger *ledger, const struct ledger_batch *batch, struct th_bytes body);

// What the turn tells nodes: the verdicts as items are entered, the receipts by node, the root of a
// day that it closes.
void ledger_tell(struct ledger *ledger, struct th_bytes key, struct th_bytes row);

// The head of the turn's version, version + 1. Errors: those of the store.
TH_MUST_USE enum th_err ledger_close(struct ledger *ledger, th_day today, int64_t wall_ms);

// After the commit of a turn with batches.
void ledger_committed(struct ledger *ledger);

// ---- reading, for verify ----

struct ledger_entry {
    struct ledger_batch batch;
    uint32_t items;
    struct th_bytes outcomes; // items varints
    uint32_t olds;
    struct th_bytes replaced; // olds times: index varint, table u8, key block, value block
    struct th_bytes chained;  // what L2 hashes
    struct th_bytes body;
};
TH_MUST_USE enum th_err ledger_read(struct th_bytes value, struct ledger_entry *entry);
// The batch being entered, once its items are: items, outcomes, olds and replaced.
struct ledger_entry ledger_open_entry(const struct ledger *ledger);

struct ledger_head {
    unsigned layout;
    uint32_t batches;
    th_day today;
    int64_t wall_ms;
    uint8_t chain[TH_HASH256_BYTES];
    // LEDGER_HEAD_TREE
    uint8_t entries[TH_HASH256_BYTES]; // root of the version's entries
    uint8_t told[TH_HASH256_BYTES];    // of the rows of its verdicts and receipts
    struct th_bytes nodes; // its leaf, and the nodes that it completes, 32 bytes each, upwards
};
TH_MUST_USE enum th_err ledger_read_head(struct th_bytes value, struct ledger_head *head);

// r = H(r | key | row), from 32 zeros.
void ledger_told_add(uint8_t told[static TH_HASH256_BYTES],
                     struct th_bytes key,
                     struct th_bytes row);
// Of an entry, in the tree of its version.
void ledger_leaf(uint64_t version,
                 uint32_t index,
                 const struct ledger_batch *batch,
                 struct th_bytes chained,
                 uint8_t out[static TH_HASH256_BYTES]);
void ledger_chain_start(const struct th_check *check, uint8_t chain[static TH_HASH256_BYTES]);
void ledger_chain_entry(uint8_t chain[static TH_HASH256_BYTES],
                        uint64_t version,
                        struct th_bytes chained);
void ledger_chain_head(uint8_t chain[static TH_HASH256_BYTES], uint64_t version, uint32_t batches);

#endif
