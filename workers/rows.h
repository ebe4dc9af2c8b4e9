// rows.h - every row of a store, out of one and into another, without its check hash
//
// What an export writes, an import or a migration takes in: the rows of all tables in order, each
// value without its check hash, which is looked at on the way out and made anew on the way in.

#ifndef WORKERS_ROWS_H
#define WORKERS_ROWS_H

#include "tonghop/check.h"
#include "tonghop/export.h"
#include "tonghop/store_lmdb.h"

#include "workers/table.h"

// A row, for messages.
struct rows_place {
    unsigned table;
    uint8_t key[TH_STORE_KEY_MAX];
    size_t size;
};

// What it answers, if not TH_OK, is the end.
typedef enum th_err rows_sink(void *self, const struct th_export_row *row);

/**
 * Hand every row of store to sink, table after table, key after key.
 *
 * Errors: TH_E_CORRUPT: the check hash of the row at *place does not fit; the store's; those of
 *         sink, at *place.
 */
TH_MUST_USE enum th_err rows_walk(struct th_store store,
                                  const struct th_check *check,
                                  rows_sink *sink,
                                  void *self,
                                  struct rows_place *place);

// Rows on their way into a new store, in as many transactions as they need. {.disk, .check} begins;
// TH_SCOPED(rows_drop).
struct rows_into {
    struct th_disk *disk;
    struct th_check check;
    struct th_disk_txn txn;
    bool open;
    size_t bytes; // of the open transaction
};

// A rows_sink: self is a struct rows_into. Errors: TH_E_INVALID: there is no such table; the
// store's.
enum th_err rows_put(void *self, const struct th_export_row *row);
TH_MUST_USE enum th_err rows_finish(struct rows_into *into); // all that was put is on the disk
void rows_drop(struct rows_into *into);                      // gives up what was not finished

#endif
