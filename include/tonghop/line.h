// line.h - from stored totals to the lines of an answer, the same for the province and a viewer
//
// A question names units, measures, periods and what to keep apart (by). The builder is fed the
// totals of whole topics (one measure, one period, every unit) in any order and gives the lines in
// the order of the CSV: unit, period, measure, dims, bytewise.
//
//   - without by: the line without dimensions; measures with marginal "sum" are added up
//   - by names of dimensions: lines whose dimensions are exactly that set; of measures with
//     marginal "sum" those dimensions are kept and the rest added up
//   - by dims: all lines as kept
//   - by unit: the units asked for and all below; children: those directly below; leaf: those below
//     without children
//
// Coverage of a line that adds several keys up is counted from unit rows: the reporting units with
// at least one of them.

#ifndef TONGHOP_LINE_H
#define TONGHOP_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/catalogue.h"
#include "tonghop/cell.h"
#include "tonghop/codec.h"
#include "tonghop/err.h"
#include "tonghop/period.h"
#include "tonghop/register.h"

struct th_lines;

/**
 * Begin the lines of a question.
 *
 * Ownership: *out is the caller's (th_lines_free); reg and catalogue must outlive it. query's texts
 *            are copied.
 * Errors:    TH_E_NOT_FOUND with *unknown viewing the unit, measure, period or dimension that does
 *            not exist; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_lines_make(const struct th_query *query,
                                      const struct th_register *reg,
                                      uint32_t root,
                                      const struct th_catalogue *catalogue,
                                      struct th_bytes *unknown,
                                      struct th_lines **out);
void th_lines_free(struct th_lines **lines); // scoped

// Does the question ask for this topic at all?
bool th_lines_wants(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period);

// Is the unit one of those asked for, in the tree of this period? Errors: TH_E_NO_MEMORY;
// TH_E_INVALID: no period.
TH_MUST_USE enum th_err
th_lines_asks(struct th_lines *lines, struct th_bytes period, uint32_t uid, bool *asked);

// Feed one total (of a wanted topic). Setting the same key again replaces it; an empty cell removes
// it.
TH_MUST_USE enum th_err th_lines_set(struct th_lines *lines,
                                     struct th_bytes measure,
                                     struct th_bytes period,
                                     uint32_t uid,
                                     struct th_bytes dims,
                                     const struct th_cell *cell);

// The cell behind a total that came by the wire: it makes the same figures, alone and added up.
struct th_cell th_cell_of_total(const struct th_total *total);

/**
 * The lines as they stand now, sorted. The view lives until the next call on lines.
 *
 * Errors: TH_E_NO_MEMORY; TH_E_TOO_LARGE above rows_max lines; TH_E_INVALID when a sum passes 64
 *            bits.
 */
TH_MUST_USE enum th_err
th_lines_list(struct th_lines *lines, size_t rows_max, const struct th_line **list, size_t *count);

#endif
