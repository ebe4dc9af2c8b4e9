// indicator.h - what is computed from the lines of one answer: shares, room under caps, progress
//
// An indicator is never stored: it is worked out where it is shown, from figures of one version, so
// it cannot disagree with the totals beside it.
//
//      what is asked ──> th_indicators_query ──> one answer of TOTALS, lines as kept
//                                                        │ th_indicators_add
//                                                        v
//                                 rows: unit, period, indicator, dims ──> rank, show
//
//   N1  Integers only: sums in 128 bits, one division half-up at the end, the sign put back.
//   N2  What is not there is no value, never 0: an operand without a figure, a whole that was not
//       stated, a denominator of 0. Of measures with marginal "sum" a key that is missing beside
//       others of the measure is 0: nobody was rated so.
//   N3  Qualifiers follow the number line: what is subtracted or divided by swaps over and under.
//   N4  Rows stand in the order of the CSV: unit, period, indicator, dims, bytewise.
//
// Threads: one for each th_indicators.

#ifndef TONGHOP_INDICATOR_H
#define TONGHOP_INDICATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/catalogue.h"
#include "tonghop/codec.h"
#include "tonghop/day.h"
#include "tonghop/err.h"
#include "tonghop/number.h"
#include "tonghop/period.h"
#include "tonghop/register.h"

// What must be said beside a value. Bits.
enum th_indicator_mark {
    TH_MARK_FROM_REGISTER = 1, // the denominator was counted in the register of units
    TH_MARK_CAP_EXCEEDED = 2,
    TH_MARK_OUTSTANDING = 4, // the unit has the larger share of a cap
    TH_MARK_REACHED = 8,     // targets
    TH_MARK_ON_TRACK = 16,
    TH_MARK_BEHIND = 32,
    TH_MARK_OVERDUE = 64,
    TH_MARK_UNBALANCED = 128, // of the province: more people left units than joined them
    TH_MARK_HIDDEN = 256,     // from the public; no number of it is in the row
};

// How a target stands on a day.
struct th_pace {
    bool has_span;     // a target without a first day has no pace
    int64_t days;      // of the span
    int64_t days_gone; // 0 .. days
    int64_t due;       // by now, rounded up
    int64_t needed;    // in each 30 days that are left, rounded up; 0 when reached or overdue
    bool on_track;     // achieved / target >= days gone / days
    bool reached;
    bool overdue; // no day is left, and it is not reached
};

// The pace of target (> 0) with achieved, over first .. last, on the day on. first TH_DAY_NONE: no
// span.
struct th_pace th_pace_of(int64_t target, int64_t achieved, th_day first, th_day last, th_day on);

struct th_indicator_row {
    struct th_bytes unit; // code, or code@date where the code is ambiguous in the period
    struct th_bytes period;
    struct th_bytes dims; // sorted by key; of an indicator over several measures also measure=CODE
    uint32_t uid;         // TH_UNIT_NONE: the register does not know it
    th_day day;           // in whose structure it stands
    const struct th_indicator *indicator;
    struct th_opt num, den,
        value; // value: scaled by the indicator's scale, a sum or a room as it is
    uint32_t num_decimals, den_decimals;
    uint32_t value_decimals;  // of a value as measured
    uint32_t people_decimals; // the same for people, who read scores in points
    uint32_t qualifier;       // of value
    unsigned marks;
    struct th_pace pace; // of targets
    uint32_t rank;       // from 1; 0: not ranked
    bool n_of_m;         // people read num/den (share)
};

struct th_indicators;

struct th_indicators_ask {
    const struct th_query *query; // as for TOTALS; measures: of indicators over several, only these
    const struct th_bytes *codes; // indicators; none: all
    size_t code_count;
    bool for_public; // without what is only worked out from people one by one: caps, transfers
};

/**
 * Begin.
 *
 * Ownership: *out is the caller's (th_indicators_free); reg and catalogue must outlive it. Texts of
 *            ask are copied.
 * Errors:    TH_E_NOT_FOUND with *unknown viewing the unit, period, indicator, measure or dimension
 *            that does not exist; TH_E_REFUSED with an indicator that the public may not ask for;
 *            TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_indicators_make(const struct th_indicators_ask *ask,
                                           const struct th_register *reg,
                                           uint32_t root,
                                           const struct th_catalogue *catalogue,
                                           struct th_bytes *unknown,
                                           struct th_indicators **out);
void th_indicators_free(struct th_indicators **indicators); // scoped

// The one question that brings all lines the rows are made of, and as little else as it can say.
// Its lists live in indicators; ask is STATE when no line is needed. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_indicators_query(struct th_indicators *indicators,
                                            struct th_query *query);

// Does completeness need a question of its own? It is asked of the same province at the same
// version: before the other one, which then names its version.
bool th_indicators_form_query(const struct th_indicators *indicators, struct th_query *query);
// A state of that answer; it is copied. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_indicators_add_form(struct th_indicators *indicators,
                                               const struct th_form_state *state);

// The lines that come were restated to the structure of this day. Caps and targets, which belong to
// the units that were, are then left out.
void th_indicators_restated(struct th_indicators *indicators, th_day day);

// The lines that come are for the public: a row of hidden lines, or of several editions, is hidden,
// and so is a share of less people than the catalogue's share_base.
void th_indicators_for_public(struct th_indicators *indicators);

// Lines of that answer; they are copied. What is unallocated is passed over: it is part of totals.
// Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_indicators_add(struct th_indicators *indicators,
                                          const struct th_line *line);

/**
 * The rows of everything added (N4). on: the day from which targets are seen. With missing in the
 * query also rows without a value, for each unit asked for that has none where another unit has.
 * The view lives until the next call on indicators.
 *
 * Errors: TH_E_NO_MEMORY; TH_E_TOO_LARGE above rows_max rows.
 */
TH_MUST_USE enum th_err th_indicators_list(struct th_indicators *indicators,
                                           th_day on,
                                           size_t rows_max,
                                           struct th_indicator_row **rows,
                                           size_t *count);

/**
 * Give the units of each indicator, period and dims their ranks, and put the rows in that order:
 * indicator, period, dims, rank, unit. Equal values share a rank (1, 2, 2, 4); shares are compared
 * without dividing. Rows without a value, or with a den below min_base, come last, unranked.
 * min_base: used where it is larger than the indicator's own.
 */
void th_indicators_rank(struct th_indicator_row *rows, size_t count, int64_t min_base);

// Are its values tenths of a percent?
bool th_indicator_is_percent(const struct th_indicator *indicator);

// ---- as people read them ----

enum { TH_INDICATOR_TEXT_BYTES = 256 };

// "36,4%", "10/75 (13,3%)", "trên 926", "—". Returns out.
char *th_indicator_value_people(enum th_lang lang,
                                const struct th_indicator_row *row,
                                char out[static TH_INDICATOR_TEXT_BYTES]);
// "theo danh mục đơn vị; vượt trần". Returns out.
char *th_indicator_marks_people(enum th_lang lang,
                                const struct th_indicator_row *row,
                                char out[static TH_INDICATOR_TEXT_BYTES]);
// The words of CSV and JSON by number: "from-register", "over", "due=55" ...; 0: there is no more.
enum { TH_INDICATOR_WORD_BYTES = 48 };
size_t th_indicator_mark_word(const struct th_indicator_row *row,
                              size_t index,
                              char out[static TH_INDICATOR_WORD_BYTES]);

#endif
