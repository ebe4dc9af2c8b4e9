// swap.h - a store that was made anew takes its place, and the one that was there is kept
//
//      state/<lineage>.coming   ──exchanged──>   state/<lineage>
//      state/<lineage>          ──renamed────>   state/<lineage>.before-20261124T183958Z
//
//   W1  At every moment state/<lineage> is a whole store, the old one or the new one.
//   W2  The roster learns the new store's id last: until then no worker opens it. A swap that was
//       cut short is made good by doing all of it again.
//   W3  Nobody has the old store open: its lock for life is held from begin to leave.
//
// Stop point: swap.exchanged (the old one has no name of its own yet).

#ifndef WORKERS_SWAP_H
#define WORKERS_SWAP_H

#include "tonghop/config.h"
#include "tonghop/verdict.h"

enum { SWAP_NAME_BYTES = 64 };

// Declare it TH_SCOPED(swap_leave) = {.lock = -1}.
struct swap {
    const struct th_config *config;
    const char *lineage;
    char path[TH_PATH_MAX]; // where to make the new store
    uint64_t store_id;      // under which it is to go on
    bool replaces;          // there is a store
    int lock;
    char kept[SWAP_NAME_BYTES]; // after swap_finish: the name of the old store, or ""
};

/**
 * Lock the place of lineage, remove what an earlier swap left, and draw a store id.
 *
 * Errors: TH_E_BUSY: a worker has the store (TH4304); TH_E_IO. Each with *why.
 */
TH_MUST_USE enum th_err swap_begin(const struct th_config *config,
                                   const char *lineage,
                                   struct swap *swap,
                                   struct th_verdict *why);

// What was made at swap->path is the store of lineage from here on, for the roster too. Errors as
// of the files, with *why.
TH_MUST_USE enum th_err swap_finish(struct swap *swap, struct th_verdict *why);
void swap_leave(struct swap *swap);

#endif
