// roots.h - the daily roots of the province's ledger, with the proof that our batches stand in it
//
//   A1  A root is kept only when it is the province's and proves a batch of ours by our own chain
//       hash: with it every batch before.
//   A2  The newest ROOTS_KEPT_MAX are kept; each covers all that the ones before it did.

#ifndef NODES_ROOTS_H
#define NODES_ROOTS_H

#include "tonghop/root.h"

#include "nodes/outbox.h"

enum { ROOTS_KEPT_MAX = 1000 };

struct roots_kept {
    th_day day;
    uint64_t store_id;
    struct th_root_proof proof;
    struct th_bytes content; // live as long as the transaction
    struct th_bytes signature;
};

// Day of the newest root of the present store; 0: there is none.
TH_MUST_USE enum th_err roots_newest_day(struct outbox *box, th_day *day);
TH_MUST_USE enum th_err roots_keep(struct outbox *box, const struct roots_kept *kept);
// The first behind *kept; a zeroed one stands before all. TH_E_NOT_FOUND.
TH_MUST_USE enum th_err roots_behind(struct outbox *box, struct roots_kept *kept);
// h(seq) of our own, numbered as on the wire: from the chain, or, when it has left the history or
// is of an earlier stream epoch, from a receipt.
// TH_E_NOT_FOUND.
TH_MUST_USE enum th_err
roots_own_hash(struct outbox *box, uint64_t epoch, uint64_t seq, uint8_t out[static 32]);

#endif
