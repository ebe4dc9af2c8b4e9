// cell.h - exact arithmetic of one total: what adds up, what came of it, and how to take it out
//
// A total is a sum of contributions. It remembers how many contributions were exact, over, under
// and about, how many had a whole (of) or levels (before and after), and how many said "not
// applicable", so that taking one out restores the total bit for bit. Integers only; shares are
// computed where they are shown.
//
//   C1  Adding and then retracting the same contribution leaves the cell as it was.
//   C2  The order of additions does not matter.
//   C3  A sum that passes 64 bits is refused (TH_E_INVALID), and the cell is unchanged.

#ifndef TONGHOP_CELL_H
#define TONGHOP_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/update.h"

// One contribution: a live figure.
struct th_figure {
    uint32_t qualifier; // of value; NONE when not applicable
    bool has_of;
    bool has_levels;
    bool not_applicable; // no numbers
    int64_t value, of, before, after;
};

struct th_cell {
    int64_t value, of, before, after;
    uint64_t exact, over, under, about; // contributions by qualifier
    uint64_t not_applicable;
    uint64_t with_of, with_levels;
    uint64_t reported; // reporting units covered
};

/**
 * Take gone out and put come in, either NULL for none, as one step: what a correction, a withdrawal
 * or a revival does. The sum is worked out in 128 bits, so only the result has to fit. Taking out
 * what was not added is a bug and asserts.
 *
 * Errors: TH_E_INVALID (C3). Taking out alone can fail too: a large negative figure may have kept
 *         the others within the limit.
 */
TH_MUST_USE enum th_err
th_cell_replace(struct th_cell *cell, const struct th_figure *gone, const struct th_figure *come);
TH_MUST_USE enum th_err th_cell_add(struct th_cell *cell, const struct th_figure *figure);
// For sums known to fit, where no contribution is near the limit; otherwise use th_cell_replace.
void th_cell_retract(struct th_cell *cell, const struct th_figure *figure);

// For one of many contributions whose sum is known to fit: on the way to it, in whatever order they
// come, it may pass the limit and come back.
void th_cell_add_any(struct th_cell *cell, const struct th_figure *figure);

uint64_t th_cell_contributions(const struct th_cell *cell); // not applicable ones included
bool th_cell_is_empty(const struct th_cell *cell);          // no contribution at all
bool th_cell_equal(const struct th_cell *a, const struct th_cell *b);

// What a cell says as one figure: the sum's qualifier by the algebra of the domain (all exact ->
// exact; any about, or over with under -> about; ...), of and levels only when every contribution
// had them, not applicable when nothing else was said.
struct th_figure th_cell_figure(const struct th_cell *cell);
uint32_t th_qualifier_sum(uint32_t a, uint32_t b);

// A cell in a value: varints, about 10 to 30 bytes.
void th_cell_write(struct th_writer *writer, const struct th_cell *cell);
void th_cell_read(struct th_reader *reader, struct th_cell *cell);

// The member of a dimension in dims ("rating=4;category=cadre"); empty: none.
struct th_bytes th_dims_member(struct th_bytes dims, struct th_bytes key);

#endif
