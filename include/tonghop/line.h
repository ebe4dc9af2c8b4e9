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

// ---- the structure of another day ----
//
// The same question about figures that were restated (restate.h): units are asked for and written
// as on one day, whatever the period. What is fed is then what stands at and below the units of
// that day, already under the dimensions that are kept (th_lines_keep), with its coverage. The unit
// above all roots is TH_UNIT_NONE; its code is empty. "unallocated" among by, or unit, asks for
// what is unallocated too.

struct th_lines_structure {
    th_day day;
    // How many reporters of form (NULL: leaves) in period count for uid, which is asked for.
    enum th_err (*expect)(void *self,
                          const struct th_form *form,
                          struct th_period period,
                          uint32_t uid,
                          uint32_t *expected);
    void *self;
};

// As th_lines_make; root is where the question without units looks. What setup names must outlive
// the lines.
struct th_lines_setup {
    const struct th_register *reg;
    uint32_t root;
    const struct th_catalogue *catalogue;
    const struct th_lines_structure *structure; // NULL: as reported
};
TH_MUST_USE enum th_err th_lines_make_on(const struct th_query *query,
                                         const struct th_lines_setup *setup,
                                         struct th_bytes *unknown,
                                         struct th_lines **out);

bool th_lines_asks_there(const struct th_lines *lines,
                         uint32_t uid); // is there a line of that unit?
bool th_lines_asks_unallocated(const struct th_lines *lines);

// Which dims a figure of measure counts under: *kept lives as long as lines, or until dims do.
// TH_E_NOT_FOUND when it has no line.
TH_MUST_USE enum th_err th_lines_keep(struct th_lines *lines,
                                      const struct th_measure *measure,
                                      struct th_bytes dims,
                                      struct th_bytes *kept);

// Is the topic asked for itself, not only for what is made of it?
bool th_lines_lists(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period);
// A larger period of uid is made of parts, so many of which have a figure there, of so many
// expected (0: they cannot be counted). Of several sets of parts the smallest counts.
TH_MUST_USE enum th_err th_lines_set_parts(struct th_lines *lines,
                                           struct th_bytes measure,
                                           struct th_bytes period,
                                           uint32_t uid,
                                           uint32_t parts,
                                           uint32_t parts_expected);

// Somebody has a figure of this topic, perhaps nobody who is asked for: it can be missing there.
TH_MUST_USE enum th_err
th_lines_know(struct th_lines *lines, struct th_bytes measure, struct th_bytes period);

// The part of uid's total that came from source ("376@2025-06-30") and stands no lower than uid.
struct th_lines_unallocated {
    struct th_bytes measure, period;
    uint32_t uid;
    struct th_bytes dims;
    struct th_bytes source;
};
TH_MUST_USE enum th_err th_lines_set_unallocated(struct th_lines *lines,
                                                 const struct th_lines_unallocated *part,
                                                 const struct th_cell *cell);

// What a larger period is made of, while the lines of a question as reported are listed: a unit's
// own figure in a part, and whether it counts (of a stock the last one alone).
struct th_lines_span {
    struct th_bytes measure;
    struct th_period period, part;
    uint32_t uid;
    struct th_bytes dims;
    const struct th_cell *own;
    bool counts;
};
typedef enum th_err th_lines_span_fn(void *self, const struct th_lines_span *span);
void th_lines_hear_spans(struct th_lines *lines, th_lines_span_fn *fn, void *self);
// The totals of uid that were made of parts, after the list.
typedef enum th_err th_lines_made_fn(void *self,
                                     struct th_bytes measure,
                                     struct th_period period,
                                     struct th_bytes dims,
                                     const struct th_cell *cell);
TH_MUST_USE enum th_err
th_lines_each_made(const struct th_lines *lines, uint32_t uid, th_lines_made_fn *fn, void *self);

// Where a line stands, as its first column says: "93", or "37/376@2025-06-30" for what came from
// 376 and stands no lower than 37. Codes have no '/'.
enum { TH_LINE_PLACE_BYTES = 2 * (TH_UNIT_REF_MAX + 1) };
struct th_bytes th_line_place(const struct th_line *line, char out[static TH_LINE_PLACE_BYTES]);

// ---- figures and lines ----

// Does the question ask for this topic at all?
bool th_lines_wants(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period);

// Is it needed for what is: wanted itself, a part of it, or, like the levels of the people whose
// scores are asked for, what its coverage is found in?
bool th_lines_needs(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period);

// May it be a part of a larger period that is? Also of figures that are restated, which are fed as
// those of the larger period already.
bool th_lines_wants_part(const struct th_lines *lines,
                         struct th_bytes measure,
                         struct th_bytes period);

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

// Does the question keep this dimension apart?
bool th_lines_keeps(const struct th_lines *lines, struct th_bytes dim);
// Does it keep one of job_group, leader and managed_by, which no total has? People (EV01) are then
// fed one by one with th_lines_add instead of by totals. With th_lines_ask_groups their dims have
// category and scheme, too, whatever is kept.
bool th_lines_ask_records(const struct th_lines *lines);
bool th_lines_ask_groups(const struct th_lines *lines);

// The dims of the line that a total of a wanted topic belongs to, whichever unit it is of. The view
// lives as long as lines. Errors: TH_E_NOT_FOUND: to none; TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_lines_kept(struct th_lines *lines,
                                      struct th_bytes measure,
                                      struct th_bytes period,
                                      struct th_bytes dims,
                                      struct th_bytes *kept);

/**
 * Feed one figure of the unit path[0] (of a wanted topic): it is added to the unit and to all above
 * it. A topic is fed either so or with th_lines_set.
 *
 * Errors: TH_E_INVALID when a sum passes 64 bits; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_lines_add(struct th_lines *lines,
                                     struct th_bytes measure,
                                     struct th_bytes period,
                                     const uint32_t *path,
                                     size_t depth,
                                     struct th_bytes dims,
                                     const struct th_figure *figure);

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
