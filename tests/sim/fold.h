// fold.h - what was entered comes to this, added up from nothing: the oracle's arithmetic
//
// It is slow and plain on purpose, and shares nothing with the cores but the messages. The items
// of a province are folded one after the other, in the order in which the province decided them.

#ifndef TESTS_SIM_FOLD_H
#define TESTS_SIM_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/load.h"

// Cells are what a unit may have a total of in each period, see fold_cell.c. A topic is a measure
// in a period.
enum {
    FOLD_KINDS = LOAD_MEASURES + 2 * (LOAD_RATINGS + 1) + 2 * LOAD_RATINGS,
    FOLD_CELLS = FOLD_KINDS * LOAD_PERIODS,
    FOLD_TOPICS = (LOAD_MEASURES + 3) * LOAD_PERIODS,
    FOLD_COVERS = LOAD_MEASURES + 3, // figures of a measure; ratings of PLAIN, of WIDE, of bodies
};

// Numbers of a stream epoch: the first lead of them are what was given again, the others are the
// node's own above base.
enum { FOLD_EPOCHS_MAX = 32 };

struct fold_epoch {
    uint64_t epoch;
    uint64_t base;
    uint64_t lead;
    bool nothing; // begun because there was nothing to give
};

struct fold_entered {
    const struct load_batch *batch;
    uint8_t hash[32];                 // of its bytes
    uint64_t items[LOAD_ITEMS_MAX];   // hashes of the items
    bool taken[LOAD_ITEMS_MAX];       // once
    bool refused[LOAD_ITEMS_MAX];     // as folding found
    bool was_refused[LOAD_ITEMS_MAX]; // now, or before commits were lost
    bool heard[LOAD_ITEMS_MAX];       // its node knows that
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

// Numbers as the store has them.
enum fold_state { FOLD_OPEN, FOLD_SUBMITTED, FOLD_CHANGED, FOLD_RETURNED, FOLD_ACCEPTED };

struct fold_report {
    bool exists;
    enum fold_state state;
    struct fold_standing declared;
    struct load_sum lines[LOAD_LINES]; // as declared
    struct fold_standing decided;      // value: the words; qualifier: 1 returned
    struct fold_standing reopened;     // value: the words
};

struct fold_commune {
    struct fold_standing figures[LOAD_MEASURES][LOAD_PERIODS];
    struct fold_standing persons[LOAD_PERSONS][LOAD_PERIODS];
    struct fold_standing movables[LOAD_MOVABLES][LOAD_PERIODS];
    struct fold_report reports[LOAD_FORMS][LOAD_PERIODS];
    struct fold_sum sums[FOLD_CELLS];
};

// What one item did to records: how many no longer stand as they were, how many stand now, and the
// sums of their values.
struct fold_told {
    uint32_t gone;
    uint32_t come;
    int64_t was;
    int64_t now;
    bool late; // the period was closed
};

// What the items of a batch did, and what was told of them.
struct fold_batch {
    struct fold_told did[LOAD_ITEMS_MAX];
    struct fold_told told[LOAD_ITEMS_MAX];
};

struct fold_node {
    struct fold_line lines[2];
    size_t line;      // entered on now
    uint64_t decided; // on the province's disk
    size_t decided_line;
    uint64_t folded;
    struct fold_batch *batches; // seq - 1, as many as are folded
    uint64_t batches_max;
    uint64_t restored_last;
    struct fold_epoch epochs[FOLD_EPOCHS_MAX]; // of the node, oldest first
    size_t epoch_count;
    uint64_t province_epoch;        // that of the newest batch or row of it there
    const struct load_item **given; // given again in the province's epoch
    size_t given_count;
    size_t given_max;
    bool hears; // what was entered on the second line above this, it knows the fate of
    uint64_t heard_from;
    bool lost;     // its province has lost commits, or all
    bool timeless; // given again, nothing of it is late
    struct fold_commune communes[LOAD_COMMUNES];
    struct fold_sum sums[FOLD_CELLS]; // of the district
};

struct fold_transfer {
    struct fold_standing said; // value: sum of scores; qualifier: months
    struct load_place from;
    struct load_place to;
};

struct fold_province {
    // Where a movable is now; commune LOAD_COMMUNES: nowhere.
    struct load_place movables[LOAD_MOVABLES][LOAD_PERIODS];
    struct fold_transfer transfers[LOAD_MOVABLE_PEOPLE][LOAD_DAYS];
    // Of which nodes the code of the first commune means a new unit from 2019 on. Everything that
    // is said under it is the same before and after: only who is who is not.
    bool renewed[SWARM_NODES_MAX + 1];
    uint32_t rows; // of a change to come
};

struct fold {
    const struct swarm *swarm;
    struct fold_node nodes[LOAD_NODES_MAX + 1];
    struct fold_province provinces[SWARM_PROVINCES_MAX + 1];
    struct fold_told telling; // of the item at work
    bool timeless;            // no period is closed
};

// Ownership: fold_free. swarm must outlive it.
struct fold *fold_make(const struct swarm *swarm);
void fold_free(struct fold *fold);

void fold_append(struct fold_line *line, const struct fold_entered *entered);

// Nothing of a province was ever decided; what was entered stays.
void fold_forget(struct fold *fold, uint32_t province);
// The next batch of a node, that of a line: says of each item whether it is refused.
void fold_next(struct fold *fold, uint32_t node, size_t line);
// One item of a node. False: refused.
bool fold_item(struct fold *fold, uint32_t node, const struct load_item *item);

// An item that was given again. False: refused.
bool fold_again(struct fold *fold, uint32_t node, const struct load_item *item, bool timeless);

// What a completion of a commune must say now.
void fold_lines(const struct fold_node *node,
                uint32_t commune,
                uint32_t form,
                uint32_t period,
                struct load_sum lines[static LOAD_LINES]);

// Months scored of a person in the year 2018 (0) or 2019 (1), and the sum of their scores.
struct load_sum
fold_months(const struct fold *fold, uint32_t province, uint32_t person, uint32_t year);

// ---- fold_cell.c: cells by number and by name ----

size_t fold_cell_of_figure(uint32_t measure, uint32_t period);
size_t fold_cell_of_level(bool wide, uint32_t rating, uint32_t period);
size_t fold_cell_of_score(bool wide, uint32_t period);
size_t fold_cell_of_body(uint32_t body, uint32_t rating, uint32_t period); // 0 ..

// What a total is of; false when the load knows no such thing.
bool fold_topic_named(struct th_bytes measure, struct th_bytes period, size_t *topic);
bool fold_cell_named(size_t topic, struct th_bytes dims, size_t *cell);

// Has a commune reported what the cell is about? Ratings of any level will do.
bool fold_is_covered(const struct fold_commune *commune, size_t cell);

#endif
