// row.h - one line of an answer as data: CSV, JSON, JSON lines
//
// CSV columns, exactly:
//   unit_code,period,measure,dims,qualifier,value,of,before,after,reported,expected,version
//
// Numbers are plain; a measure with decimals has a point in CSV and scaled integers with
// "decimals" in JSON. What is unallocated stands in CSV as "37/376@2025-06-30" in the first column:
// of what is at 37, the part that came from the unit that had the code 376 on that day. An absent
// cell is empty in CSV and null in JSON. "n/a" is a figure that does not apply; "hidden" one that
// the public may not see ("hidden":true in JSON), and "edition" the edition that a figure was kept
// from.

#ifndef TONGHOP_ROW_H
#define TONGHOP_ROW_H

#include <stdint.h>
#include <stdio.h>

#include "tonghop/codec.h"

extern const char TH_ROW_CSV_HEAD[]; // with its newline

void th_row_csv(FILE *out, const struct th_line *line, uint64_t version);

// The same for a double click in a Vietnamese Excel (csv.h).
extern const char TH_ROW_EXCEL_HEAD[];
void th_row_excel(FILE *out, const struct th_line *line, uint64_t version);

// The members of a row without braces: "unit":"93","period":"2018",...
void th_row_json(FILE *out, const struct th_line *line);

// "text" quoted and escaped.
void th_row_text(FILE *out, struct th_bytes text);

#endif
