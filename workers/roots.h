// roots.h - rows of table "chain": what the ledger was at the end of each day (root.h)
//
//   D1  When a commit's "today" is later than that of the head before it, the day of that head is
//       closed in the same transaction, unless it, or a later one, is closed already (a clock went
//       back). Nothing else makes a row.
//   D2  A row follows from the heads up to its last version, and names the row before it.

#ifndef WORKERS_ROOTS_H
#define WORKERS_ROOTS_H

#include "tonghop/check.h"
#include "tonghop/root.h"
#include "tonghop/store.h"

#include "workers/ledger.h"
#include "workers/table.h"

enum { ROOTS_VERSION = 1, ROOTS_BYTES_MAX = 256 };

// What a root says besides the ledger.
struct roots_names {
    struct th_bytes province;
    struct th_bytes lineage;
    uint64_t store_id;
};

void roots_write(struct th_writer *writer, const struct th_root *root);
// TH_E_CORRUPT. root has no code and no key.
TH_MUST_USE enum th_err roots_read(struct th_bytes key,
                                   struct th_bytes value,
                                   struct th_bytes lineage,
                                   struct th_root *root);

// The newest row. TH_E_NOT_FOUND.
TH_MUST_USE enum th_err roots_newest(struct th_store store,
                                     const struct th_check *check,
                                     struct th_bytes lineage,
                                     struct th_root *root);

// D1: does a commit of today close the day of head_day? before: the newest row, NULL: none.
bool roots_closes(th_day head_day, th_day today, const struct th_root *before);
// D2.
struct roots_end {
    th_day day;
    uint64_t version;
    uint64_t base; // tree.h
    const struct th_merkle *commits;
    const uint8_t *chain;
};
struct th_root roots_make(const struct roots_end *end,
                          const struct roots_names *names,
                          const struct th_root *before);

/**
 * That the newest batches of node which a root covers stand in it.
 *
 * Errors: TH_E_NOT_FOUND: it has none there; TH_E_CORRUPT; the store's.
 */
TH_MUST_USE enum th_err roots_prove(struct th_store store,
                                    const struct th_check *check,
                                    const struct th_root *root,
                                    uint32_t node,
                                    struct th_root_proof *proof);

#endif
