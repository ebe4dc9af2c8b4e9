// tree.h - the tree over all commits (root.h) as it lies in the heads of the ledger
//
// Each head keeps, with what its commit is hashed from, its leaf and the nodes that this commit
// completed: one on average. So a commit writes no further page, the tree as it was at any version
// can be read again, and a path is found with a few dozen reads, whatever the ledger's length.
//
//   version     1    2      3    4           (base 0)
//   nodes       1    2, 1-2  3    4, 3-4, 1-4
//
// A store that was begun before there were trees has one from a later version on: base is the last
// version that is in none; meta "tree" says it.

#ifndef WORKERS_TREE_H
#define WORKERS_TREE_H

#include "tonghop/check.h"
#include "tonghop/merkle.h"
#include "tonghop/root.h"
#include "tonghop/store.h"

#include "workers/ledger.h"

struct tree_reader {
    struct th_store store;
    const struct th_check *check;
    uint64_t base;
};

// base of a store as meta says. TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err
tree_base(struct th_store store, const struct th_check *check, uint64_t *base);
TH_MUST_USE enum th_err
tree_set_base(struct th_store store, const struct th_check *check, uint64_t base);

// The leaf of a head of layout 2, from its other parts.
void tree_leaf(uint64_t version,
               const struct ledger_head *head,
               uint8_t out[static TH_HASH256_BYTES]);

// The tree as it was at version, at least base. TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err
tree_load(const struct tree_reader *reader, uint64_t version, struct th_merkle *tree);

/**
 * Where the batch (node, epoch, seq), decided in version, stands in the tree as it was at last.
 *
 * Errors: TH_E_NOT_FOUND: it is not in that version, or the version is in no tree.
 */
struct tree_question {
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
    uint64_t version;
    uint64_t last;
};
TH_MUST_USE enum th_err tree_prove(const struct tree_reader *reader,
                                   const struct tree_question *question,
                                   struct th_root_proof *proof);

#endif
