// current.h - the newest update of every figure of this node, and what became of it
//
// Importing the same file twice must send nothing the second time, and a corrected row needs the
// next revision; both need to know what was sent last. The current figures are a fold over the
// published batches in order: they can be rebuilt, and catching up (absorbing) can stop and go on
// at any batch.
//
//   U1  Figures reflect exactly the batches 1 .. outbox.absorbed, and the verdicts held.
//   U2  A figure refused by the province counts as not sent: the same row is sent again, under a
//       revision above the highest one known.
//
// Pure: works in the open transaction.

#ifndef NODES_CURRENT_H
#define NODES_CURRENT_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/subject.h"

#include "nodes/outbox.h"

enum current_state {
    CURRENT_SENT = 1,    // queued or decided; which one, says seq against outbox.decided
    CURRENT_REFUSED = 2, // the province refused it; the verdict is in the verdict table
};

struct current {
    enum current_state state;
    uint64_t revision_known; // highest revision known for the key, here or at the province
    uint64_t seq;
    uint32_t index;
    uint32_t code;          // of the refusal
    struct th_bytes update; // encoded Update, entered_at left out; lives as long as the transaction
};

TH_MUST_USE enum th_err
current_get(struct outbox *box, struct th_bytes key, struct current *current);

// Bring the figures up to date with at most batches_max more batches; *more says to call again.
TH_MUST_USE enum th_err
current_absorb(struct outbox *box, struct th_arena *arena, size_t batches_max, bool *more);

/**
 * Take over what the province holds under key. A statement of a batch above base, which the
 * province has still to judge, stays the newest one here, and so does one with a higher revision.
 *
 * Errors: TH_E_INVALID when the update has no room; the store's.
 */
TH_MUST_USE enum th_err current_restore(struct outbox *box,
                                        struct th_bytes key,
                                        const struct th_update *update,
                                        uint64_t base);

// An item was refused: mark its figure when it is still the newest one.
TH_MUST_USE enum th_err current_refuse(struct outbox *box, const struct th_item_verdict *verdict);
// It is to be judged again.
TH_MUST_USE enum th_err current_unrefuse(struct outbox *box, const struct th_item_verdict *verdict);
// What was said of items of batches above seq is forgotten, and refused items are open again.
TH_MUST_USE enum th_err current_forget_verdicts(struct outbox *box, uint64_t seq);

// The figure with a key above after (empty: the first), for lists.
TH_MUST_USE enum th_err current_next(struct outbox *box,
                                     struct th_bytes after,
                                     struct th_bytes *key,
                                     struct current *current);

#endif
