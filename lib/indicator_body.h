// indicator_body.h - how indicators lie in memory while they are worked out; known to
// lib/indicator*.c alone
//
//      lines of an answer, sorted ──> groups: one unit in one period
//                                       │ for each indicator, and each measure it is over
//                                       v
//                             splits: dims asked for ──> operands ──> row

#ifndef LIB_INDICATOR_BODY_H
#define LIB_INDICATOR_BODY_H

#include "tonghop/indicator.h"
#include "tonghop/line.h"
#include "tonghop/pool.h"

enum { INDICATOR_DIMS_MAX = TH_DIMS_MAX + TH_MEASURE_CODE_MAX + 16 }; // with measure=CODE

__extension__ typedef __int128 indicator_wide;

struct indicator_level { // units of a level at or below one, that day
    uint32_t uid;
    th_day day;
    struct th_bytes level;
    int64_t count;
};

struct indicator_form { // a reporter of a form in a period
    uint32_t uid;
    struct th_bytes form, period;
    bool complete, on_time;
};

#define INDICATOR_ARRAY(type) \
    struct {                  \
        type *items;          \
        size_t count;         \
        size_t room;          \
    }

struct th_indicators {
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    struct th_pool pool;

    th_day on;     // of the list that is made
    bool restated; // to the structure of structure_day
    th_day structure_day;

    // what is asked
    const struct th_indicator **chosen; // file order
    size_t chosen_count;
    bool caps, progress, forms; // are among them
    bool for_public;
    uint32_t root;
    struct th_lines *asked; // which units
    struct th_lines *below; // which units of caps: those asked for and all below
    struct th_query query;  // as asked, texts in pool
    struct th_bytes *names; // dimensions to keep apart
    size_t name_count;
    bool by_dims, by_unit;

    // the question
    INDICATOR_ARRAY(struct th_bytes) measures;
    INDICATOR_ARRAY(struct th_bytes) periods;
    INDICATOR_ARRAY(struct th_bytes) by;

    INDICATOR_ARRAY(struct th_line) lines; // texts in pool
    INDICATOR_ARRAY(struct indicator_form) states;
    bool sorted;
    INDICATOR_ARRAY(struct indicator_level) levels;
    INDICATOR_ARRAY(struct th_indicator_row) rows;
};

// The lines of one unit in one period.
struct indicator_group {
    const struct th_line *lines;
    size_t count;
    uint32_t uid;
    struct th_period period;
    th_day day; // structure day
};

// Room for one more item; true when there is.
bool indicator_grow(void *pointer_to_items, size_t count, size_t *room, size_t size);
#define INDICATOR_ROOM(array) \
    indicator_grow(&(array)->items, (array)->count, &(array)->room, sizeof(*(array)->items))

// ---- dims as texts: key=value;key=value, sorted by key ----

struct indicator_pair {
    struct th_bytes all, key, value;
};
// Takes the first pair off rest; false when there is none.
bool indicator_pair_next(struct th_bytes *rest, struct indicator_pair *pair);
bool indicator_dims_find(struct th_bytes dims, struct th_bytes key, struct th_bytes *value);
// Has dims all of members? Of them * is any.
bool indicator_dims_contain(struct th_bytes dims, struct th_bytes members);
// Are dims exactly members and others together, which share no key?
bool indicator_dims_are(struct th_bytes dims, struct th_bytes members, struct th_bytes others);
// dims and key=value, sorted. out has room for INDICATOR_DIMS_MAX.
struct th_bytes indicator_dims_with(struct th_bytes dims,
                                    struct th_bytes key,
                                    struct th_bytes value,
                                    char out[static INDICATOR_DIMS_MAX]);
// dims without the pair of key.
struct th_bytes indicator_dims_without(struct th_bytes dims,
                                       struct th_bytes key,
                                       char out[static INDICATOR_DIMS_MAX]);

// ---- one share ----

// One indicator (for one measure it is over) in one group, split by the dims that are asked for.
struct indicator_work {
    struct th_indicators *indicators;
    const struct th_indicator *indicator;
    const struct th_measure *over; // what * stands for; NULL
    const struct indicator_group *group;
    INDICATOR_ARRAY(struct th_bytes) splits;
    struct th_bytes split; // the one that is worked out
};

// What an operand's measure is; false when there is none.
bool indicator_measure_of(const struct indicator_work *work,
                          const struct th_operand *operand,
                          struct th_measure *measure);
// The part of dims that is kept apart. out has room for INDICATOR_DIMS_MAX.
struct th_bytes indicator_project(const struct indicator_work *work,
                                  struct th_bytes dims,
                                  char out[static INDICATOR_DIMS_MAX]);
// What the lines of the indicator's measures are kept apart by; none when no dimension that is
// asked for exists for any of them.
TH_MUST_USE enum th_err indicator_splits(struct indicator_work *work);

// ---- parts of the work ----

// Lines of measure in a group; NULL when there is none.
const struct th_line *
indicator_lines_of(const struct indicator_group *group, struct th_bytes measure, size_t *count);
// Is this row asked for: its period and its unit? Among the units of caps, or of all others?
TH_MUST_USE enum th_err indicator_is_asked(
    struct th_indicators *indicators, struct th_bytes period, uint32_t uid, bool caps, bool *asked);
// Can a line of the measure have this dimension? Those that are counted when they are asked for can
// have more than the catalogue lists.
bool indicator_has_dim(const struct th_measure *measure, struct th_bytes key);
// Is key one that people are only divided by when it is asked for?
bool indicator_is_of_records(struct th_bytes key);
bool indicator_wants_measure(const struct th_indicators *indicators, struct th_bytes measure);
// How many units of level are at or below the group's unit.
TH_MUST_USE enum th_err indicator_units_of(struct th_indicators *indicators,
                                           const struct indicator_group *group,
                                           struct th_bytes level,
                                           int64_t *count);
TH_MUST_USE enum th_err indicator_put(struct th_indicators *indicators,
                                      const struct th_indicator_row *row);
// Rows without a value for the units that have none where another unit has one.
TH_MUST_USE enum th_err indicator_missing(struct th_indicators *indicators, size_t rows_max);
// A copy that lives as long as indicators.
TH_MUST_USE enum th_err
indicator_keep(struct th_indicators *indicators, struct th_bytes text, struct th_bytes *kept);

// Each adds the rows of one kind of indicator.
TH_MUST_USE enum th_err indicator_ratio(struct th_indicators *indicators,
                                        const struct th_indicator *indicator,
                                        const struct indicator_group *group);
TH_MUST_USE enum th_err indicator_caps(struct th_indicators *indicators,
                                       const struct th_indicator *indicator);
TH_MUST_USE enum th_err indicator_completeness(struct th_indicators *indicators,
                                               const struct th_indicator *indicator);
TH_MUST_USE enum th_err indicator_progress(struct th_indicators *indicators,
                                           const struct th_indicator *indicator);

// number * scale / by half-up, numbers with decimals brought to the same unit first. False as
// th_ratio.
bool indicator_divide(const struct th_indicator_row *row, uint32_t scale, int64_t *result);
// Is its value num over den, and not a sum or a number of people?
bool indicator_is_share(const struct th_indicator *indicator);
// over for under: of what is subtracted or divided by.
uint32_t indicator_swapped(uint32_t qualifier);

#endif
