// register_rows.h - the rows of a register's file as cells by column, for lib/register*.c alone

#ifndef LIB_REGISTER_ROWS_H
#define LIB_REGISTER_ROWS_H

#include "tonghop/finding.h"

enum { REGISTER_COLUMNS_MAX = 8 };

struct register_column {
    const char *name;
    size_t bytes_max;
    bool required;
};

struct register_row {
    uint32_t line;
    struct th_bytes cells[REGISTER_COLUMNS_MAX]; // as in the table; empty when absent
    uint32_t columns[REGISTER_COLUMNS_MAX];      // where they stand in the file, from 1
};

/**
 * Call on_row for each row of csv. Cells live until it returns.
 *
 * Errors: TH_E_REFUSED with findings when the file as a whole cannot be read; what on_row returns.
 *         Findings of single rows are only collected.
 */
TH_MUST_USE enum th_err register_rows(struct th_bytes csv,
                                      const struct register_column *table,
                                      size_t count,
                                      struct th_findings *findings,
                                      enum th_err (*on_row)(void *self,
                                                            const struct register_row *row),
                                      void *self);

#endif
