// accepted.h - what the province has taken of this node: its share, should the province lose all
//
// Current figures (current.h) are what this office said last; a correction that was refused stands
// there in the place of what the province still holds. The province is built again from what it has
// accepted, so that is kept apart: a fold over the decided batches in order, without the items that
// were refused.
//
//   E1  Rows reflect exactly the batches 1 .. settled, and what RESTORE told. What is judged again
//       is folded again; what was accepted then and is refused now stays.
//   E2  No batch above settled leaves the history: it would be missing here.
//
// Pure: works in the open transaction.

#ifndef NODES_ACCEPTED_H
#define NODES_ACCEPTED_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"

#include "nodes/outbox.h"

struct accepted {
    uint64_t revision;
    int64_t said_ms;        // when it was queued, Unix time; 0: not known
    struct th_bytes update; // as in a Batch; lives as long as the transaction
};

// Fold at most batches_max more batches that are decided, with all their verdicts; *more says to
// call again. TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err
accepted_fold(struct outbox *box, struct th_arena *arena, size_t batches_max, bool *more);

// Batches through here are folded. UINT64_MAX: nothing was ever folded in this outbox.
TH_MUST_USE enum th_err accepted_settled(struct outbox *box, uint64_t *seq);

// Batches above seq will be judged again.
TH_MUST_USE enum th_err accepted_back(struct outbox *box, uint64_t seq);

// Take one over, unless a higher revision is here.
TH_MUST_USE enum th_err
accepted_put(struct outbox *box, struct th_bytes key, const struct accepted *accepted);

// The row with a key above after (empty: the first). Both live as long as the transaction.
TH_MUST_USE enum th_err accepted_next(struct outbox *box,
                                      struct th_bytes after,
                                      struct th_bytes *key,
                                      struct accepted *accepted);

#endif
