// audit.h - tables that nothing else tells of, each summed up in one row
//
// Records, totals, reports and receipts follow from the ledger: what is wrong with them shows when
// they are counted anew. What the broker granted, who joined, what was said about items, batches
// that nobody can read, registers and the rows of a change follow from nothing that is kept. So
// meta "audit" has for each of these tables how many rows it has and a sum over them, which change
// together with the rows.
//
//   put, remove ──> row of the table
//              └──> meta "audit": count, sum
//
//   Z1  Of a table that "audit" names, count is the number of its rows, and sum the sum modulo
//   2^128
//       of BLAKE2b-128(table u8, size of the key u8, key, payload) over them.
//   Z2  A table is named from the first change that this program makes to it: a store of an earlier
//       one is counted then, before the change.
//
// Pure.

#ifndef WORKERS_AUDIT_H
#define WORKERS_AUDIT_H

#include <stdbool.h>

#include "tonghop/check.h"
#include "tonghop/store.h"

// Is table summed up? Then it is changed through the functions below only.
bool audit_covers(unsigned table);

// Like th_check_put and th_store_remove. TH_E_CORRUPT: the row that was there, or "audit", is
// damaged.
TH_MUST_USE enum th_err audit_put(const struct th_check *check,
                                  struct th_store store,
                                  unsigned table,
                                  struct th_bytes key,
                                  struct th_writer *value);
TH_MUST_USE enum th_err audit_remove(const struct th_check *check,
                                     struct th_store store,
                                     unsigned table,
                                     struct th_bytes key);
TH_MUST_USE enum th_err
audit_remove_all(const struct th_check *check, struct th_store store, unsigned table);

// Z1, counted anew. A table that is not named fits. Errors: TH_E_CORRUPT: "audit" is damaged; the
// store's. Rows that are damaged do not fit.
TH_MUST_USE enum th_err
audit_fits(const struct th_check *check, struct th_store store, unsigned table, bool *fits);

#endif
