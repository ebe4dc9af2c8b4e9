// history.h - how long decided batches are kept, and what an opening cleans up
//
// Decided batches stay, so that a province that lost data can be given them again: until they are
// older than keep_time or the whole is larger than keep_bytes, whichever ends first. Undecided
// batches and those that figures and accepted rows do not reflect yet are never removed.
//
// Pure: works in the open transaction.

#ifndef NODES_HISTORY_H
#define NODES_HISTORY_H

#include "nodes/outbox.h"

/**
 * Remove the oldest decided batches queued before the time before (Unix ms), or beyond bytes_max in
 * all, at most batches_max of them. *removed counts them; call again while it equals batches_max.
 */
TH_MUST_USE enum th_err history_prune(
    struct outbox *box, int64_t before, uint64_t bytes_max, size_t batches_max, size_t *removed);

/**
 * Remove what unpublished drafts left behind (O5), at most bodies_max bodies; *more says to call
 * again. Only while no import runs.
 */
TH_MUST_USE enum th_err history_clean(struct outbox *box, size_t bodies_max, bool *more);

// Check O1 and O4 over everything on disk, every check hash and the chain. TH_E_CORRUPT.
TH_MUST_USE enum th_err history_check(struct outbox *box);

#endif
