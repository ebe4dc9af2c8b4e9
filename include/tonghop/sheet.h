// sheet.h - rows of texts, printed as a table, CSV, JSON or JSON lines
//
// For lists that are not totals: units, keys, figures of an office. Cells are collected first, so
// that a table knows its widths and an error in the middle prints nothing.

#ifndef TONGHOP_SHEET_H
#define TONGHOP_SHEET_H

#include <stdio.h>

#include "tonghop/option.h"
#include "tonghop/pool.h"

enum { TH_SHEET_COLUMNS_MAX = 16 };

struct th_sheet_column {
    const char *name;      // of CSV and JSON
    struct th_help people; // heading of the table
    bool is_number;        // plain in JSON, to the right in a table
};

struct th_sheet {
    const struct th_sheet_column *columns;
    size_t column_count;
    struct th_bytes *cells; // row after row
    size_t row_count;
    size_t row_room;
    struct th_pool texts;
};

struct th_sheet th_sheet_of(const struct th_sheet_column *columns, size_t count);
void th_sheet_free(struct th_sheet *sheet); // scoped

// Texts are copied. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_sheet_add(struct th_sheet *sheet, const struct th_bytes *cells);

/**
 * Print in the format of call; without one a table on a terminal, else CSV.
 *
 * Errors: TH_E_IO.
 */
TH_MUST_USE enum th_err
th_sheet_print(const struct th_sheet *sheet, const struct th_call *call, FILE *out);

// Will it be a table for people?
bool th_sheet_is_table(const struct th_call *call, FILE *out);

#endif
