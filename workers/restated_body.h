// restated_body.h - how restated sums lie in memory; for restated*.c alone
//
//   restated.c        where units stand
//   restated_column.c what has one line per unit
//   restated_sum.c    sums; conservation; the lines
//   restated_span.c   larger periods
//   restated_cover.c  who reports, and who is covered
//   restated_map.c    bounded lists and the index over them
//
// All units of all sources have one number each, the unit's number: bits and standings are by it.

#ifndef WORKERS_RESTATED_BODY_H
#define WORKERS_RESTATED_BODY_H

#include "tonghop/pool.h"

#include "workers/restated.h"
#include "workers/totals.h"

__extension__ typedef __int128 restated_number; // so that the order of additions does not matter

// A cell that cannot overflow; the numbers of cell itself are not used.
struct restated_cell {
    restated_number value, of, before, after;
    struct th_cell cell;
};

// Items by hash; which item has a key the caller says.
struct restated_slot {
    uint32_t item; // number + 1; 0: empty
    uint32_t hash;
};
struct restated_index {
    struct restated_slot *slots;
    size_t room; // power of two
    size_t count;
};

#define RESTATED_LIST(type) \
    struct {                \
        type *items;        \
        size_t count;       \
        size_t room;        \
    }

enum {
    RESTATED_COMBOS_MAX = 64, // schemes with categories of one column
    RESTATED_PARTS_MAX = 128, // parts of a larger period that are counted
};

__extension__ typedef unsigned __int128 restated_mask;

// What has one line per unit.
struct restated_column {
    struct th_bytes measure, dims; // dims: as kept
    struct th_period period;
    char period_text[TH_PERIOD_TEXT_BYTES];
    struct th_measure about;
    enum covering covering;        // of evaluations COVER_OWN when they are told by who was rated
    bool listed;                   // not summed
    struct restated_cell stands;   // over all roots of the day, or all listed figures
    struct restated_cell reported; // the same as the totals have it
    uint8_t *said;                 // by unit's number: it has a figure of its own; NULL: none has
    uint8_t *spread;               // one that speaks for all below it
    uint32_t combos[RESTATED_COMBOS_MAX];
    size_t combo_count;
};

// Figures come with dims as they are; which columns they belong to is remembered.
struct restated_series {
    struct th_bytes key;           // period, measure, NUL, dims
    uint32_t column;               // what they are checked in; RESTATED_NONE: they have no line
    bool told;                     // it is asked for, not only a sum that they are part of
    bool whole;                    // they speak for what is below their unit
    uint32_t first_sum, sum_count; // columns of sums of measures: a run of sum_columns
};

// A larger period that was made of parts, and which of them have a figure at or below a unit.
struct restated_span {
    struct th_bytes measure;
    struct th_period period;
    struct th_period parts[RESTATED_PARTS_MAX];
    uint32_t part_count;
    uint32_t expected; // 0: they cannot be counted
};
struct restated_parts {
    uint32_t span;
    uint32_t uid; // of the wide register
    restated_mask mask;
    bool counts; // some figure of the measure, whichever part, adds there
};

struct restated_sum {
    uint32_t column;
    uint32_t uid;    // of the wide register
    uint32_t source; // of what is unallocated: which unit said it; 0: the unit's own line
    uint64_t combos; // bits: which of the column's are in it
    struct restated_cell cell;
    uint64_t reported;
};

// Evaluations of one scheme and category in a period.
struct restated_combo {
    struct th_bytes key; // period, scheme, NUL, category
    uint8_t *rated;      // by unit's number
};

// Who reports a form in a period.
struct restated_crowd {
    const struct th_form *form; // of the question's catalogue
    struct th_period period;
    uint8_t *bits;    // by unit's number
    uint32_t *counts; // by asked number: how many stand there or below
};

// The units asked for from a unit upwards.
struct restated_chain {
    bool known;
    uint8_t depth; // of path, which begins with the unit itself and ends with TH_UNIT_NONE
    uint32_t path[TH_UNIT_DEPTH_MAX + 1];
};

struct restated {
    struct restated_setup setup;
    struct th_restate restate;
    struct th_restate_note *notes;
    uint32_t *first; // by source: the number of its unit 1 is first + 1
    uint32_t unit_count;
    struct th_standing *standings; // by unit's number
    uint32_t *same; // by unit's number: the unit in the wide register, if known there
    struct restated_chain *chains; // by uid of wide
    struct th_lines *lines;
    uint32_t *asked; // by uid of wide: asked number + 1; 0: not asked
    uint32_t asked_count;
    uint8_t seed[16];
    struct th_pool texts;
    size_t bytes;
    RESTATED_LIST(struct restated_column) columns;
    RESTATED_LIST(struct restated_series) series;
    RESTATED_LIST(struct restated_sum) sums;
    RESTATED_LIST(struct restated_combo) combos;
    RESTATED_LIST(struct restated_crowd) crowds;
    RESTATED_LIST(struct restated_span) spans;
    RESTATED_LIST(struct restated_parts) parts;
    RESTATED_LIST(uint32_t) sum_columns;
    struct restated_index column_index, series_index, sum_index, combo_index, parts_index;
};

static const uint32_t RESTATED_NONE = UINT32_MAX;

// ---- restated_map.c: memory within the bound ----

TH_MUST_USE enum th_err restated_take(struct restated *restated, size_t size); // it will be used
TH_MUST_USE enum th_err restated_grow(
    struct restated *restated, void *pointer_to_items, size_t count, size_t *room, size_t size);
#define RESTATED_ROOM(restated, list) \
    restated_grow((restated), &(list)->items, (list)->count, &(list)->room, sizeof(*(list)->items))
TH_MUST_USE enum th_err
restated_text(struct restated *restated, struct th_bytes bytes, struct th_bytes *copy);
TH_MUST_USE enum th_err restated_bits(struct restated *restated, uint8_t **bits);

// *item is set to the number + 1 of the item that same says yes to; or it is 0, and the caller must
// set it to that of a new one.
typedef bool restated_same(const struct restated *restated, uint32_t item, const void *key);
struct restated_search {
    struct restated_index *index;
    uint64_t hash;
    restated_same *same;
    const void *key;
};
TH_MUST_USE enum th_err
restated_find(struct restated *restated, const struct restated_search *search, uint32_t **item);
// The number + 1 of the item; 0.
uint32_t restated_get(const struct restated *restated, const struct restated_search *search);

// ---- restated.c ----

// A day on which the unit is to be looked up elsewhere: the target day, or its own nearest to it.
th_day
restated_day_near(const struct restated *restated, const struct th_register *reg, uint32_t uid);
const struct restated_chain *restated_chain_of(struct restated *restated, uint32_t uid);
uint32_t restated_number_of(const struct restated *restated, size_t source, uint32_t uid);
// Which source a unit's number belongs to, and its uid there.
size_t restated_source_of(const struct restated *restated, uint32_t number, uint32_t *uid);

// ---- restated_column.c ----

// What figures with these dims belong to; it lives until the next call.
TH_MUST_USE enum th_err restated_series_of(struct restated *restated,
                                           struct th_bytes measure,
                                           struct th_period period,
                                           struct th_bytes dims,
                                           const struct restated_series **series);
// The bit that stands for an evaluation's scheme and category in a column. TH_E_TOO_LARGE.
TH_MUST_USE enum th_err restated_combo_bit(struct restated *restated,
                                           uint32_t number,
                                           const struct figures_one *one,
                                           uint64_t *bit);

// ---- restated_sum.c ----

// Add what a unit said, as a cell, to the columns of a series. checked: where it is held against
// the totals; RESTATED_NONE: nowhere.
struct restated_said {
    uint32_t number; // of the unit
    uint32_t checked;
    struct restated_cell cell;
    const struct figures_one *one; // of an evaluation; NULL
};
TH_MUST_USE enum th_err restated_put(struct restated *restated,
                                     const struct restated_series *series,
                                     const struct restated_said *said);
void restated_cell_add(struct restated_cell *sum, const struct th_cell *cell);
uint64_t restated_hash_sum(const struct restated *restated, uint32_t a, uint32_t b, uint32_t c);
// The unit's own sum of a column; NULL.
struct restated_sum *
restated_sum_of(const struct restated *restated, uint32_t column, uint32_t uid);

// ---- restated_span.c ----

// The parts of larger periods, at the units that are asked for, given to the lines.
TH_MUST_USE enum th_err restated_feed_parts(struct restated *restated);

// ---- restated_cover.c ----

TH_MUST_USE enum th_err restated_cover(struct restated *restated);

static inline bool restated_bit(const uint8_t *bits, uint32_t number)
{
    return (bits[number / 8] >> (number % 8) & 1) != 0;
}

static inline void restated_set_bit(uint8_t *bits, uint32_t number)
{
    bits[number / 8] = (uint8_t)(bits[number / 8] | 1U << (number % 8));
}

#endif
