// history.h - random histories of units and figures, as years of nodes
//
// A country of provinces, districts and communes in four years. Between two years everything may
// happen to a unit: merged, split, renumbered, renamed, moved, abolished with or without a row of
// the successors. Nothing here knows days or registers but history_register, which writes it down.

#ifndef TESTS_SUPPORT_HISTORY_H
#define TESTS_SUPPORT_HISTORY_H

#include "tonghop/cell.h"
#include "tonghop/register.h"

#include "tests/support/test.h"

enum {
    HISTORY_YEARS = 4,
    HISTORY_FIRST = 2001,
    HISTORY_NODES_MAX = 64,
    HISTORY_ROWS_MAX = 256,
    HISTORY_SAID_MAX = 24,
    HISTORY_NOWHERE = -1, // no node; above all roots
};

struct history_node {
    int code, name;
    int parent; // node of the same year; HISTORY_NOWHERE: a root
    int unit;
};

struct history_year {
    struct history_node nodes[HISTORY_NODES_MAX];
    int count;
};

struct history_row { // between the year before and this one
    int year, old_code, new_code;
    enum th_successor_kind kind;
};

struct history_said {
    int year, node;
    const char *measure, *dims, *category;
    struct th_figure figure;
};

struct history {
    struct rng *rng;
    struct history_year years[HISTORY_YEARS];
    struct history_row rows[HISTORY_ROWS_MAX];
    int row_count;
    int codes, names, units;
    struct history_said said[HISTORY_SAID_MAX];
    int said_count;
    bool away[HISTORY_YEARS * HISTORY_NODES_MAX]; // by unit: a root whose store is not here
};

// A new history, with units and figures, none away.
void history_make(struct history *history, struct rng *rng);
// The same as a register; each year is a calendar year, the last one goes on.
struct th_register *history_register(const struct history *history);

// The node that has a code, or is a unit, in a year; HISTORY_NOWHERE.
int history_node_with(const struct history *history, int year, int code);
int history_node_of(const struct history *history, int year, int unit);
int history_root_of(const struct history_year *year, int node);
// Is a node at or below another one? HISTORY_NOWHERE is above all.
bool history_is_above(const struct history_year *year, int above, int node);
// Is the province of a node not away?
bool history_is_here(const struct history *history, int year, int node);

#endif
