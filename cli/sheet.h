// sheet.h - rows of texts, printed as a table, CSV, JSON or JSON lines
//
// For lists that are not totals: units, keys. Cells are collected first, so that a table knows its
// widths and an error in the middle prints nothing.

#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include <stdio.h>

#include "tonghop/option.h"
#include "tonghop/pool.h"

enum { SHEET_COLUMNS_MAX = 12 };

struct sheet_column {
    const char *name;      // of CSV and JSON
    struct th_help people; // heading of the table
    bool is_number;        // plain in JSON, to the right in a table
};

struct sheet {
    const struct sheet_column *columns;
    size_t column_count;
    struct th_bytes *cells; // row after row
    size_t row_count;
    size_t row_room;
    struct th_pool texts;
};

struct sheet sheet_of(const struct sheet_column *columns, size_t count);
void sheet_free(struct sheet *sheet); // scoped

// Texts are copied. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err sheet_add(struct sheet *sheet, const struct th_bytes *cells);

/**
 * Print in the format of call; without one a table on a terminal, else CSV.
 *
 * Errors: TH_E_IO.
 */
TH_MUST_USE enum th_err
sheet_print(const struct sheet *sheet, const struct th_call *call, FILE *out);

// Will it be a table for people?
bool sheet_is_table(const struct th_call *call, FILE *out);

#endif
