// fold.h - what a node's batches come to, added up from nothing: the oracle's arithmetic
//
// It is slow and plain on purpose, and shares nothing with the cores but the messages.

#ifndef TESTS_SIM_FOLD_H
#define TESTS_SIM_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/load.h"

// Cells are what a unit may have a total of: each figure in each period, the number of persons of
// each rating (EV01), and the scores (EV02). A topic is a measure in a period.
enum {
    FOLD_FIGURES = LOAD_MEASURES * LOAD_PERIODS,
    FOLD_LEVELS = LOAD_PERIODS * LOAD_RATINGS,
    FOLD_CELLS = FOLD_FIGURES + FOLD_LEVELS + LOAD_PERIODS,
    FOLD_TOPICS = (LOAD_MEASURES + 2) * LOAD_PERIODS,
};

struct fold_entered {
    const struct load_batch *batch;
    uint8_t hash[32];             // of the node's chain here
    bool refused[LOAD_ITEMS_MAX]; // as folding found
    bool heard[LOAD_ITEMS_MAX];   // its node knows that
};

// What a node entered under which number. A restored outbox begins a second one.
struct fold_line {
    struct fold_entered *entered; // seq - 1
    uint64_t count;
    uint64_t max;
};

// A key as it stands after the batches folded so far.
struct fold_standing {
    uint64_t revision; // 0: never heard of
    bool live;
    int64_t value;
    uint32_t qualifier;
};

struct fold_sum {
    int64_t value;
    uint64_t contributions;
    uint64_t by_qualifier[5];
};

struct fold_node {
    struct fold_line lines[2];
    size_t line;      // entered on now
    uint64_t decided; // on the province's disk
    size_t decided_line;
    uint64_t folded;
    uint64_t restored_last;
    struct fold_standing standing[LOAD_KEYS];
    // communes, then the district
    struct fold_sum sums[LOAD_COMMUNES + 1][FOLD_CELLS];
};

void fold_append(struct fold_line *line, const struct fold_entered *entered);

// The first seq batches of a line, in their order; from nothing when it is another line or fewer.
void fold_through(struct fold_node *node, size_t line, uint64_t seq);

// What a total is of; false when the load knows no such thing.
bool fold_topic_named(struct th_bytes measure, struct th_bytes period, size_t *topic);
bool fold_cell_named(size_t topic, struct th_bytes dims, size_t *cell);

// Has a commune reported what the cell is about? Evaluations of any rating will do.
bool fold_is_covered(const struct fold_node *node, size_t commune, size_t cell);

#endif
