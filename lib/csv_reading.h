// csv_reading.h - what csv.c (libcsv), csv_head.c (kind, header) and csv_row.c (rows) share

#ifndef LIB_CSV_READING_H
#define LIB_CSV_READING_H

#include "tonghop/csv.h"

enum { CSV_HEAD_BYTES = 2 * TH_CSV_ROW_BYTES_MAX, CSV_NOT_USED = 255 };

// One record as libcsv cut it, without any judgement.
struct csv_record {
    uint32_t line;
    size_t count; // cells; only the first TH_CSV_COLUMNS_MAX are kept
    bool is_too_long;
    size_t size;
    struct th_bytes cells[TH_CSV_COLUMNS_MAX];
    uint8_t bytes[TH_CSV_ROW_BYTES_MAX];
};

// The columns of the file: which column of the form each is.
struct csv_header {
    const struct th_csv_form *form;
    size_t count;
    uint8_t column[TH_CSV_COLUMNS_MAX]; // CSV_NOT_USED for ignored ones
};

struct csv_reading {
    const struct th_csv_options *options;
    struct th_findings *findings;
    th_csv_row_fn *on_row;
    void *self;
    struct th_csv_summary *summary;
    uint64_t errors_before;
    enum th_err err; // ends the reading
    bool has_header; // the header has been passed
    struct csv_header header;
    struct csv_record record;
    struct th_csv_cell cells[TH_CSV_COLUMNS_MAX];
    uint8_t tidied[3 * TH_CSV_ROW_BYTES_MAX]; // cells that had to be changed
};

// Add an error about a place; the variant and texts as for th_verdict_make.
void csv_refuse(struct csv_reading *reading,
                uint32_t line,
                uint32_t column,
                const struct th_verdict *verdict);
// The same with a number as only parameter, or none (number < 0).
void csv_refuse_number(struct csv_reading *reading, unsigned code, char variant, int64_t number);

// The kind of a file that is no CSV, a word of words.def; NULL when it may be one.
const char *csv_other_kind(struct th_bytes head);

/**
 * Cut the first record that is not blank out of head, at most CSV_HEAD_BYTES of a file.
 *
 * Errors: TH_E_MALFORMED when quotes are out of place, TH_E_NOT_FOUND when head ends before the
 *         record does, TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err
csv_first_record(struct th_bytes head, char delimiter, struct csv_record *record);

/**
 * Choose separator and form by the header in head, and fill reading->header and summary.
 *
 * Errors: TH_E_REFUSED with findings.
 */
TH_MUST_USE enum th_err csv_choose(struct csv_reading *reading, struct th_bytes head);

bool csv_is_blank(const struct csv_record *record);
// Judge one record behind the header and hand it out.
void csv_take_row(struct csv_reading *reading);

#endif
