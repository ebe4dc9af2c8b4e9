// edition_make.h - the next edition: what of the store as it stands the public may see
//
//      read transaction at version V                          write transaction
//   tables ── people now ── earlier editions ── decide ──> draft ──> rows of the new edition
//
// Tables are judged one by one. A table is left as it was when nobody in it changed, when showing
// anything new would tell of persons, and when it was released often:
//
//   M1  The first EDITION_DAILY editions of a table come as often as there are editions, those up
//       to EDITION_WEEKLY a week apart at least, the rest four weeks. Whoever knows the calendar
//       knows this too, so that it says nothing of anybody.
//   M2  A draft is written as a whole, behind the edition it was made after, or not at all.

#ifndef WORKERS_EDITION_MAKE_H
#define WORKERS_EDITION_MAKE_H

#include "tonghop/province.h"

#include "workers/edition.h"

enum { EDITION_DAILY = 64, EDITION_WEEKLY = 96 };

struct edition_task {
    struct th_store store; // to be read
    const struct th_check *check;
    const struct th_province *province;
    uint64_t version; // of store
    int64_t moment_ms;
    enum edition_made made;
};

struct edition_draft;

/**
 * Make a draft. With made EDITION_BEGUN: number 0, which shows nothing.
 *
 * Ownership: *draft is the caller's (edition_draft_free).
 * Errors:    TH_E_NO_MEMORY; TH_E_TOO_LARGE: more tables than EDITION_TABLES_MAX; TH_E_CORRUPT; the
 *            store's.
 */
TH_MUST_USE enum th_err edition_make(const struct edition_task *task, struct edition_draft **draft);
void edition_draft_free(struct edition_draft **draft); // scoped
struct edition_head edition_draft_head(const struct edition_draft *draft);

// TH_E_EXISTS: the store has another edition meanwhile (M2); the store's.
TH_MUST_USE enum th_err edition_draft_write(const struct edition_draft *draft,
                                            struct th_store store,
                                            const struct th_check *check);

#endif
