// rows.h - the lines a viewer asked for, made of the subscriber's totals, and what changed in them
//
// The subscriber holds totals of whole topics; a viewer sees lines: of some units, some dimensions,
// added up, with their coverage. The lines are made by the same code as the province's answers, so
// that a live view and an answer once are the same.
//
// Threads: one.

#ifndef DASHBOARDS_ROWS_H
#define DASHBOARDS_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/line.h"
#include "tonghop/province.h"

struct rows;

enum { ROWS_MAX = 200000 };

/**
 * Rows for a question.
 *
 * Ownership: *out is the caller's (rows_free); query and province must outlive it.
 * Errors:    as th_lines_make, with *unknown.
 */
TH_MUST_USE enum th_err rows_make(const struct th_query *query,
                                  const struct th_province *province,
                                  struct th_bytes *unknown,
                                  struct rows **out);
void rows_free(struct rows **rows); // scoped

// Forget all totals, for those of a new snapshot. The list stays until rows_refresh.
TH_MUST_USE enum th_err rows_restart(struct rows *rows);
// One total; without contributions it goes.
TH_MUST_USE enum th_err rows_set(struct rows *rows,
                                 struct th_bytes measure,
                                 struct th_bytes period,
                                 const struct th_total *total);

// Are people's levels (EV01) to be set, too, for the coverage of what the question asks for?
bool rows_need_levels(const struct rows *rows);

// now is a line that differs from the one before; *was is its value before. A line that has gone
// comes without contributions.
typedef void rows_change(void *self, const struct th_line *now, struct th_opt was);

/**
 * Make the list anew, and give every difference to change (NULL: nobody) in the list's order.
 *
 * Errors: as th_lines_list.
 */
TH_MUST_USE enum th_err rows_refresh(struct rows *rows, rows_change *change, void *self);

// The list as last made; it lives until the next rows_refresh.
const struct th_line *rows_list(const struct rows *rows, size_t *count);

#endif
