// naive.h - a province too simple to be wrong: a list of statements, added up when asked
//
// It knows which statement is live under each key and what the rules of the province's state say
// (revision, persons in two units, overlap, overflow). Totals, coverage and the lines of answers
// are counted from nothing by their definitions, statement by statement and unit by unit. Where
// units stand it asks a ground (ground.h); of the code under test it uses the texts and structs of
// updates, and in naive_compare the keys of the store.
//
//   naive.c         statements and rules          naive_report.c  declarations, decisions, grants
//   naive_move.c    where transfers lead          naive_reform.c  another register
//   naive_sum.c     totals and coverage           naive_store.c   the store beside it
//
// Lines of answers: naive_answer.h.

#ifndef TESTS_SUPPORT_NAIVE_H
#define TESTS_SUPPORT_NAIVE_H

#include "tests/support/ground.h"
#include "tests/support/province.h"

enum {
    NAIVE_MAX = 4096,
    NAIVE_PARTS = 3,
    NAIVE_NODES = 8,
    NAIVE_DIMS_BYTES = 96,
    NAIVE_REPORTS_MAX = 256,
};

__extension__ typedef __int128 naive_wide;

// ---- what the catalogue says ----

enum naive_shape { NAIVE_STOCK, NAIVE_FLOW, NAIVE_CHANGE, NAIVE_N_OF_M, NAIVE_SHARE, NAIVE_TARGET };

struct naive_form {
    const char *code;
    const char *levels[2]; // of reporters, below the root; NULL: units without children
    enum ground_type base; // larger periods are made of these
    const char *rates;     // of evaluations: "mq", in months and quarters; NULL: of figures
    int close_days;        // 0: never closed
    int return_days;
};

struct naive_measure {
    const char *code; // "o.*" begins with "o."
    enum naive_shape shape;
    bool whole;       // a figure speaks for all below
    bool adds;        // marginal: sum
    const char *form; // NULL: none
};

struct naive_catalogue {
    const struct naive_measure *measures;
    size_t measure_count;
    const struct naive_form *forms;
    size_t form_count;
    const char *sum, *sum_of; // a sum of all measures whose codes begin with sum_of; NULL
    const char *sum_form;     // whose reporters count
};

// The catalogue and the ground of the province of province.h.
extern const struct naive_catalogue NAIVE_SMALL;
void naive_small_ground(struct ground *ground);

// ---- statements ----

// Sums that may be too large on their way.
struct naive_sum {
    naive_wide value, of, before, after;
    uint64_t exact, over, under, about, not_applicable, with_of, with_levels;
};

// What a live statement counts for.
struct naive_part {
    char measure[16];
    char dims[NAIVE_DIMS_BYTES];
    struct naive_sum figure;
};

struct naive_entry {
    bool evaluation;
    bool body; // an evaluation of a collective: person is its id
    bool transfer;
    int to;        // unit
    int effective; // 20240701; the period of a transfer is the day before
    bool live;
    int unit;
    struct ground_period period;
    char measure[16]; // or scheme
    char dims[64];    // or category
    char person[16];
    uint64_t revision;
    struct th_update said; // texts are static
    struct naive_part parts[NAIVE_PARTS];
    int part_count;
};

// ---- reports ----

struct naive_said {
    uint64_t revision; // 0: never
    bool live;
    uint64_t content; // a hash of what was said
};

// A line of a declaration: live keys of the unit and their values (of ratings: their scores).
struct naive_line {
    char measure[16];
    char dims[NAIVE_DIMS_BYTES];
    int64_t count;
    naive_wide sum;
};

struct naive_report {
    const struct naive_form *form;
    int unit;
    struct ground_period period;
    struct naive_said declared, decided, opening;
    bool exists;           // something was declared once
    unsigned state;        // as enum form_state
    th_day first, entered; // TH_DAY_NONE
    th_day until;          // of the opening
};

struct naive {
    struct province *province;
    struct ground ground;
    const struct naive_catalogue *catalogue;
    const char *grants[NAIVE_NODES]; // codes; "" is a desk
    struct naive_entry entries[NAIVE_MAX];
    size_t count;
    struct naive_report reports[NAIVE_REPORTS_MAX];
    size_t report_count;
};

// An empty one for the province of province.h and its roster.
void naive_start_small(struct naive *naive, struct province *province);

// Does the model know when this code must be said? Verdicts of rules that need no state are taken
// as given: such items change nothing.
bool naive_knows(unsigned code);
// What the judge must say, and the change if it is 0 or a warning. node is who sends.
unsigned naive_apply(struct naive *naive, uint32_t node, const struct th_update *update);

// The total that must be stored; empty when there is none.
struct th_cell naive_total(const struct naive *naive,
                           struct th_bytes measure,
                           struct th_period period,
                           uint32_t uid,
                           struct th_bytes dims);

// The desk changes the register into after, whose rows are set: what the judge must say, and the
// change if it is 0. naive_reform.c
unsigned naive_reform(struct naive *naive, const struct ground *after);

// What a unit would have to declare of a form; at most max lines.
size_t naive_declared(const struct naive *naive,
                      const struct naive_form *form,
                      int unit,
                      const struct ground_period *period,
                      struct naive_line *lines,
                      size_t max);
// NULL: nothing was ever said of it.
const struct naive_report *naive_report(const struct naive *naive,
                                        const char *form,
                                        int unit,
                                        const struct ground_period *period);
uint64_t naive_live(const struct naive *naive);

// Compare with every total in the store; the number of totals. With measure, only those of it and
// of that period.
size_t naive_compare(const struct naive *naive);
size_t naive_compare_topic(const struct naive *naive, const char *measure, const char *period);

#endif
