// ground.h - which units there are, in steps of half a year: a register too simple to be wrong
//
// For recounts. Four calendar years are eight halves; a unit begins and ends with a half. The first
// half stands for all that was before it too, the last one for all that comes. Rows are read and
// written as the files of a register are, and changed as the desk changes them; every answer is
// found by looking at each row in each half. Nothing here is shared with the register itself: it
// must only give units the same numbers (1, 2, ... by first row; a change gives new ones the next).

#ifndef TESTS_SUPPORT_GROUND_H
#define TESTS_SUPPORT_GROUND_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GROUND_HALVES = 8,
    GROUND_VERSIONS_MAX = 120,
    GROUND_ROWS_MAX = 80,
    GROUND_UNITS_MAX = 100,
    GROUND_DEPTH_MAX = 8,
    GROUND_REF_BYTES = 24,
    GROUND_TEXT_BYTES = 16384,
    GROUND_NOBODY = 0, // no unit; above all roots
};

enum ground_kind { GROUND_FULL, GROUND_PARTIAL, GROUND_RECODE };

struct ground_version {
    char code[8], name[16], level[12], parent[8]; // parent "": a root
    int from, until;                              // halves; until is the first one without it
    int unit;
};

struct ground_row {
    char old_code[8], new_code[8];
    int half; // the first one of the new code
    enum ground_kind kind;
};

struct ground {
    int year; // of half 0
    struct ground_version versions[GROUND_VERSIONS_MAX];
    int version_count;
    struct ground_row rows[GROUND_ROWS_MAX];
    int row_count;
    int units; // 1..units
    // What follows from that, by half and unit.
    int version_of[GROUND_HALVES][GROUND_UNITS_MAX + 1]; // -1: it does not live then
    int parent[GROUND_HALVES][GROUND_UNITS_MAX + 1];     // unit
    bool leaf[GROUND_HALVES][GROUND_UNITS_MAX + 1];
    int first[GROUND_UNITS_MAX + 1], last[GROUND_UNITS_MAX + 1];
};

enum ground_type {
    GROUND_DAY,
    GROUND_MONTH,
    GROUND_QUARTER,
    GROUND_HALF,
    GROUND_YEAR,
    GROUND_RANGE, // of years
    GROUND_TERM,
    GROUND_TO_DATE,
    GROUND_TARGET, // a deadline, or years one by one
};

// A period; its days are numbers like 20240331.
struct ground_period {
    char label[24];
    enum ground_type type;
    int begin, end;
    int first, last; // halves
};

// ---- reading and writing ----

// From the CSV files of a register; successors may be "".
void ground_read(struct ground *ground, int year, const char *units, const char *successors);
// The same files, GROUND_TEXT_BYTES each.
void ground_write(const struct ground *ground, char *units, char *successors);
// Number the units and fill the tables, for rows that were added or changed since the tables of
// before (NULL: there were none). False: these rows are no register. *same: no unit of before was
// joined with another one or taken apart.
bool ground_settle(struct ground *ground, const struct ground *before, bool *same);

// "2024-01-01", or the day before it.
const char *ground_first_day(const struct ground *ground, int half, char out[static 12]);
const char *ground_last_day(const struct ground *ground, int half, char out[static 12]);

// ---- looking ----

// A day like 20240331 from "2024-03-31".
int ground_day(const char *text);
struct ground_period ground_period(const struct ground *ground, const char *label);
int ground_on(const struct ground *ground, int day); // the half of a day like 20240331

// The unit that bears a code in a half.
int ground_with(const struct ground *ground, int half, const char *code);
const char *ground_code(const struct ground *ground, int half, int unit);
bool ground_lives(const struct ground *ground, int half, int unit);
// The half whose tree counts for what is said of a unit in a period.
int ground_half(const struct ground *ground, int unit, const struct ground_period *period);
// Is unit at or below above? GROUND_NOBODY is above everybody.
bool ground_below(const struct ground *ground, int half, int unit, int above);
int ground_root(const struct ground *ground); // the only one, in every half

// What "code" or "code@2024-06-30" means in a period; GROUND_NOBODY: nothing, or several.
int ground_resolve(const struct ground *ground,
                   const char *ref,
                   const struct ground_period *period);
// How a unit is written in an answer about a period.
const char *ground_label(const struct ground *ground,
                         int unit,
                         const struct ground_period *period,
                         char out[static GROUND_REF_BYTES]);
// May who was given the units of codes ("D1;A1"; "" is a desk) speak for a unit in a period?
bool ground_grants(const struct ground *ground,
                   const char *codes,
                   int unit,
                   const struct ground_period *period);

// ---- another half ----

struct ground_place {
    int unit; // GROUND_NOBODY: above all roots
    bool arrived;
};

// Where what is said of a unit stands in the tree of a half.
struct ground_place ground_stands(const struct ground *ground, int unit, int half);

#endif
