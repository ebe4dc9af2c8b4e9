// root.h - what the whole ledger of a province was at the end of a day, in one signed text
//
// A receipt says that some batches were decided. A root says what all of them were, of all nodes,
// from the first commit on: who holds a root can not be shown another past. Every office gets the
// newest one, with the proof that its own batches stand in it.
//
//      tonghop-root: 1
//      code: 93-0K4M-77WQ                 as of a receipt
//      province: 93
//      lineage: hg93
//      store: 1122334455667788            id of the store
//      day: 2026-11-24
//      versions: 2001..2088               commits of that day
//      commits: 2088                      leaves of the tree
//      root: 5b1c...                      of the tree over all commits
//      chain: 77ab...                     over commits, at version 2088
//      previous: 0c3e...                  BLAKE2b-256 of the lines of the root before, province to
//                                         previous; zeros: it is the first
//      key: 4QX7-9TME-2KRA
//      signature: ...
//
//   tree over commits   leaf  H(2 | version u64 | batches u32 | today u32 | wall clock u64 |
//                               root of its entries | hash of what was told | chain over commits)
//                       node  H(3 | left | right)
//   tree over entries   leaf  H(0 | version u64 | index u32 | node u32 | stream epoch u64 |
//                               seq u64 | h(seq) | hash of the ledger's entry)
//                       node  H(1 | left | right)
//
// H is BLAKE2b-256, numbers are big-endian. h(seq) covers every batch of the node up to seq: one
// path from it to the root proves all of them.
//
// Pure.

#ifndef TONGHOP_ROOT_H
#define TONGHOP_ROOT_H

#include "tonghop/day.h"
#include "tonghop/merkle.h"
#include "tonghop/receipt.h"

enum {
    TH_TAG_ENTRY = 0,
    TH_TAG_ENTRIES = 1,
    TH_TAG_COMMIT = 2,
    TH_TAG_COMMITS = 3,
};

struct th_root {
    char code[TH_RECEIPT_CODE_BYTES]; // th_root_write computes it
    char province[TH_RECEIPT_PROVINCE_BYTES];
    char lineage[TH_RECEIPT_LINEAGE_BYTES];
    uint64_t store_id;
    th_day day;
    uint64_t first; // versions first .. last
    uint64_t last;
    uint64_t commits;
    uint8_t root[TH_HASH256_BYTES];
    uint8_t chain[TH_HASH256_BYTES];
    uint8_t previous[TH_HASH256_BYTES];
    char key[TH_RECEIPT_KEY_BYTES];
};

// All lines but the signature; sets root->code. Overflow when there is no room.
void th_root_write(struct th_writer *writer, struct th_root *root);
// What the next root names as its previous.
void th_root_hash(const struct th_root *root, uint8_t out[static TH_HASH256_BYTES]);
// As th_receipt_read and th_receipt_check.
TH_MUST_USE enum th_flaw
th_root_read(struct th_bytes content, struct th_root *root, unsigned *line);
TH_MUST_USE enum th_flaw th_root_check(struct th_bytes text,
                                       const uint8_t public_key[static TH_SIGN_PUBLIC_BYTES],
                                       const char *fingerprint,
                                       struct th_root *root,
                                       unsigned *line);

// ---- the leaves ----

struct th_root_entry {
    uint64_t version;
    uint32_t index;
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
    const uint8_t *chain; // h(seq)
    const uint8_t *entry; // BLAKE2b-256 of what the chain over commits hashes of the entry
};
void th_root_entry_leaf(const struct th_root_entry *entry, uint8_t out[static TH_HASH256_BYTES]);

struct th_root_commit {
    uint64_t version;
    uint32_t batches;
    th_day today;
    int64_t wall_ms;
    const uint8_t *entries; // root of its entries
    const uint8_t *told;    // hash of the rows of its verdicts, receipts and root
    const uint8_t *chain;
};
void th_root_commit_leaf(const struct th_root_commit *commit, uint8_t out[static TH_HASH256_BYTES]);

// ---- the proof ----

// That batch seq of a node stands in a root's ledger.
struct th_root_proof {
    uint64_t epoch; // of the node's stream
    uint64_t seq;
    uint64_t version;
    uint32_t index;
    uint32_t batches;
    th_day today;
    int64_t wall_ms;
    uint8_t entry[TH_HASH256_BYTES];
    uint8_t told[TH_HASH256_BYTES];
    uint8_t chain[TH_HASH256_BYTES]; // over commits
    struct th_merkle_path entries;
    struct th_merkle_path commits;
};

// As it is kept, without the texts.
enum { TH_ROOT_PROOF_BYTES_MAX = 256 + 2 * TH_MERKLE_PATH_MAX * TH_HASH256_BYTES };
void th_root_proof_write(struct th_writer *writer, const struct th_root_proof *proof);
// Sets reader->failed when it is none.
void th_root_proof_read(struct th_reader *reader, struct th_root_proof *proof);

// chain: the node's own h(seq).
TH_MUST_USE bool th_root_proves(const struct th_root *root,
                                const struct th_root_proof *proof,
                                uint32_t node,
                                const uint8_t chain[static TH_HASH256_BYTES]);

#endif
