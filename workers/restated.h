// restated.h - the sums of another day's structure, made from records while a question is answered
//
// Figures of one or several provinces, each said by a unit of its own register, are carried to the
// units of one day (restate.h) and added up there: at the unit where they stand and at every unit
// above it. Only what is asked for is kept: a sum per unit asked for, and per column (a measure, a
// period, and the dimensions that are kept).
//
//      records of a province ──add──> columns and sums ──finish──> lines
//      its totals ─────add_total──> the same columns ──────┘ are they equal?
//
//   R1  What is said of a unit counts once at the unit where it stands and once at each above it.
//   R2  value, of, before and after are carried separately.
//   R3  Of what is listed and not summed, a figure keeps its unit; when that is no more, it has a
//       line of its own and is part of no other.
//   R4  The sums over all roots equal the totals of the provinces, or the answer says that not.
//   R5  Coverage is that of the predecessors. A reporter is one of the unit it stands at, and of
//       those above; it is covered there by a figure of its own, or for a whole by one below or
//       above it, which must stand at or below that unit too.
//
// Memory comes from malloc and stays within bytes_max.
//
// Threads: one.

#ifndef WORKERS_RESTATED_H
#define WORKERS_RESTATED_H

#include "tonghop/line.h"
#include "tonghop/restate.h"

#include "workers/figures.h"
#include "workers/table.h"

enum { RESTATED_FAULT_BYTES = 64 };

// Units with a register, and the roots of its trees that count. The last source may be the wide
// register itself, with the roots of provinces that are not here: their reporters are expected too.
struct restated_source {
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    const uint32_t *roots;
    size_t root_count;
};

struct restated_setup {
    const struct th_register *wide; // knows the units of the day
    const struct th_catalogue *catalogue;
    th_day day;
    const struct restated_source *sources; // roots may be taken away until restated_ask
    size_t source_count;
    size_t bytes_max;
};

struct restated;

// Ownership: *out is the caller's (restated_free); what setup points to must outlive it.
// Errors: TH_E_NO_MEMORY, TH_E_TOO_LARGE.
TH_MUST_USE enum th_err restated_make(const struct restated_setup *setup, struct restated **out);
void restated_free(struct restated **restated); // scoped

// Where a unit of a source stands on the day.
struct th_standing restated_standing(const struct restated *restated, size_t source, uint32_t uid);

// Does a figure of the unit count for a unit that is asked for? After restated_ask.
bool restated_matters(struct restated *restated, size_t source, uint32_t uid);

// The lines that are asked for. Errors: TH_E_NO_MEMORY, TH_E_TOO_LARGE.
TH_MUST_USE enum th_err restated_ask(struct restated *restated, struct th_lines *lines);
// What th_lines_structure wants; self is the struct restated. Errors: as above.
TH_MUST_USE enum th_err restated_expect(void *self,
                                        const struct th_form *form,
                                        struct th_period period,
                                        uint32_t uid,
                                        uint32_t *expected);

/**
 * Add a contribution or rating of a source's record, or a total of the source: of its root, or of
 * any unit when the measure is listed and not summed.
 *
 * Errors: TH_E_TOO_LARGE, TH_E_NO_MEMORY, TH_E_CORRUPT.
 */
TH_MUST_USE enum th_err
restated_add(struct restated *restated, size_t source, const struct figures_one *one);
TH_MUST_USE enum th_err
restated_rated(struct restated *restated, size_t source, const struct figures_rated *rated);
TH_MUST_USE enum th_err restated_add_total(struct restated *restated,
                                           const struct figure_key *at,
                                           const struct th_cell *cell);

/**
 * Add a unit's own figure in a part of a larger period (th_lines_hear_spans).
 *
 * Errors: as above.
 */
TH_MUST_USE enum th_err
restated_add_span(struct restated *restated, size_t source, const struct th_lines_span *span);

/**
 * Count coverage and feed the lines.
 *
 * Errors: TH_E_INVALID when a sum passes 64 bits; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err restated_finish(struct restated *restated);

// R4; which column differs is named in fault: "MV01 2016..2017".
bool restated_is_conserved(const struct restated *restated,
                           char fault[static RESTATED_FAULT_BYTES]);

#endif
