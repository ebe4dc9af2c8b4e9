// past.h - a store as it stood at an earlier version
//
// Totals are kept as they are now. What they were at version V is counted again from the records as
// they stood then; and those are found from what the store keeps anyway:
//
//   records of now, but for those that say     ──┐
//     what came after V                          ├──> records at V ──count──> totals at V
//   what batches after V replaced, oldest first ─┘
//
// A record names the batch that said it, so a key that did not exist at V is known by its record:
// nothing has to be written for it, and nothing held. What is held is what was replaced.
//
//   B1  The view has exactly the records, and the ledger, that the store had after the commit of V.
//   B2  Totals and coverage are counted from it, by the same counting that verify compares the
//       store with.
//   B3  What is held is bounded: bytes_max of replaced records, and BACK_COUNTED times that of
//       counted totals.
//
// A table that the view does not know is empty in it, so that nothing of now is taken for then.
//
// Threads: one, that of the read transaction it looks into.

#ifndef WORKERS_PAST_H
#define WORKERS_PAST_H

#include "tonghop/check.h"
#include "tonghop/store.h"

#include "workers/verify.h"

enum { BACK_COUNTED = 4 };

struct past;

/**
 * The version that text names: a number, or a day (YYYY-MM-DD) and then the last version before
 * the first commit of a later day. 0 is the store before its first commit.
 *
 * Errors: TH_E_NOT_FOUND: there is no such version yet; TH_E_MALFORMED: neither a number nor a day;
 *         the store's.
 */
TH_MUST_USE enum th_err past_version(struct th_store store,
                                     const struct th_check *check,
                                     struct th_bytes text,
                                     th_day today,
                                     uint64_t *version);

/**
 * Look at store, which is at a later version, or the same.
 *
 * Ownership: *past is the caller's (past_close); store and check must outlive it.
 * Errors:    TH_E_TOO_LARGE: B3; TH_E_NO_MEMORY; the store's.
 */
TH_MUST_USE enum th_err past_open(struct th_store store,
                                  const struct th_check *check,
                                  uint64_t version,
                                  size_t bytes_max,
                                  struct past **past);
void past_close(struct past **past); // scoped

// Read only. Views handed out live until past_close, or the end of the transaction below.
struct th_store past_store(const struct past *past);

/**
 * Count the totals and the coverage that wants says yes to (B2); they are in the view from then on.
 * setup->store is ignored.
 *
 * Errors: TH_E_TOO_LARGE: B3; TH_E_CORRUPT: a record is damaged; TH_E_NO_MEMORY; the store's.
 */
TH_MUST_USE enum th_err past_count(struct past *past,
                                   const struct verify_setup *setup,
                                   verify_wants *wants,
                                   const void *self);

#endif
