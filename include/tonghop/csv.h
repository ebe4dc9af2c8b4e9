// csv.h - spreadsheets' files: which form, which columns, row after row; and rows out
//
//      bytes, fd ──kind?──> header ──separator, form──> rows, cells tidy ──> on_row
//                  └────────────┴─────────────────────────────┴──> findings (TH20xx, TH21xx,
//                  TH24xx)
//
//   V1  A row that is handed out has exactly the header's cells, each UTF-8, NFC, without control
//       characters, within its column's bound. Nothing is cut.
//   V2  Lines are counted from 1 for LF, CRLF and CR alike, also inside quotes; a row's line is the
//       one where it begins.
//   V3  What is refused as a whole (no text, other bytes, header) is refused before any row is
//       handed out or, further down, ends the reading; a wrong row is reported and left out.
//   V4  Memory is one block of fixed size, whatever the file.
//
// This is the door to libcsv. Limits: cell 4 KiB, row 16 KiB, 64 columns, 5,000,000 rows, 256 MiB.

#ifndef TONGHOP_CSV_H
#define TONGHOP_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/finding.h"

enum {
    TH_CSV_COLUMNS_MAX = 64,
    TH_CSV_CELL_BYTES_MAX = 4096,
    TH_CSV_ROW_BYTES_MAX = 16 * 1024,
    TH_CSV_ROWS_MAX = 5000000,
    TH_CSV_FILE_BYTES_MAX = 256 * 1024 * 1024,
};

struct th_csv_column {
    const char *name;   // lower case; headers are compared without case and surrounding blanks
    const char *alias;  // a second name, or NULL
    uint16_t bytes_max; // of a cell; 0 = TH_CSV_CELL_BYTES_MAX
    bool has_lines;     // tabs and newlines inside become a space (TH2301) instead of TH2005
    bool is_personal;   // cells never stand in findings
};

struct th_csv_form {
    const char *name; // evaluation, staffing, ...
    const struct th_csv_column *columns;
    size_t count; // <= TH_CSV_COLUMNS_MAX
    // Columns that must be there: names with blanks between; | alternatives, + together:
    // "unit_code period measure value|before+after".
    const char *needs;
};

struct th_csv_options {
    const struct th_csv_form *forms; // the first that fits the header is taken
    size_t form_count;
    char delimiter;       // ',', ';' or '\t'; 0 = the one that gives a form's columns
    const char *supplied; // columns that the caller fills, "period unit_code"; NULL for none
    const char *ignore;   // columns to leave out, "a,b"; an empty header cell is "#5"; NULL
    bool may_be_empty;    // a header alone is no error (else TH2011)
    uint32_t rows_max;    // 0 = TH_CSV_ROWS_MAX
    uint64_t bytes_max;   // 0 = TH_CSV_FILE_BYTES_MAX
};

// What is known of the file; while rows come, what is known so far.
struct th_csv_summary {
    size_t form; // index in forms
    char delimiter;
    bool has_bom;
    uint32_t column_count; // of the header
    uint64_t present;      // bit i: column i of the form is in the file
    uint32_t rows;         // handed out or wrong, without blank ones
    uint64_t bytes;
    uint64_t trimmed; // cells that lost blanks (TH2401 at the end)
    uint64_t folded;  // cells with a special blank (TH2301 each)
    bool is_whole;    // the reading came to the end of the file
};

struct th_csv_cell {
    struct th_bytes text; // empty when the cell or the column is
    uint32_t column;      // in the file, from 1; 0 = the file has no such column
};

struct th_csv_row {
    uint32_t line;
    uint32_t number;                 // from 1, without header and blank rows
    bool is_folded;                  // a special blank became a space in one of them (TH2301)
    const struct th_csv_cell *cells; // one for each column of the form; valid until on_row returns
    const struct th_csv_summary *file;
};

// Anything but TH_OK ends the reading and is returned from it.
typedef enum th_err th_csv_row_fn(void *self, const struct th_csv_row *row);

/**
 * Read a file from memory and hand its rows to on_row. Set findings->file before.
 *
 * Errors: TH_E_REFUSED with findings (on_row may have been called for good rows); TH_E_NO_MEMORY;
 *         what on_row returned. *summary is filled as far as the reading went.
 */
TH_MUST_USE enum th_err th_csv_read(struct th_bytes bytes,
                                    const struct th_csv_options *options,
                                    struct th_findings *findings,
                                    th_csv_row_fn *on_row,
                                    void *self,
                                    struct th_csv_summary *summary);

// The same from a descriptor, to its end; a read error is TH2001.
TH_MUST_USE enum th_err th_csv_read_fd(int fd,
                                       const struct th_csv_options *options,
                                       struct th_findings *findings,
                                       th_csv_row_fn *on_row,
                                       void *self,
                                       struct th_csv_summary *summary);

// Index of a form's column by name; TH_CSV_COLUMNS_MAX when there is none.
size_t th_csv_column_find(const struct th_csv_form *form, const char *name);

// Rows out, RFC 4180 with LF. A cell is followed by a comma; th_csv_write_end makes the last comma
// the end of the row. A single empty cell is written "" so that the row is not blank.
void th_csv_write_cell(struct th_writer *row, struct th_bytes text);
void th_csv_write_end(struct th_writer *row);

// The same for a double click in a Vietnamese Excel: the mark of UTF-8 before the first row, ";"
// between cells, CRLF, a comma in numbers. A text that a spreadsheet would take for a formula (it
// begins with = + - @ and is no number) gets a "'" before it.
#define TH_CSV_EXCEL_MARK "\xEF\xBB\xBF"
void th_csv_excel_text(struct th_writer *row, struct th_bytes text);
void th_csv_excel_number(struct th_writer *row, struct th_bytes plain);
void th_csv_excel_end(struct th_writer *row);

#endif
