// naive.h - a province too simple to be wrong: a list of statements, added up when asked
//
// It knows which statement is live under each key and what the rules of the province's state say
// (revision, persons in two units, overlap, overflow). Totals and coverage are counted from nothing
// by their definitions, unit by unit.

#ifndef TESTS_SUPPORT_NAIVE_H
#define TESTS_SUPPORT_NAIVE_H

#include "tests/support/province.h"

enum { NAIVE_MAX = 4096 };

struct naive_entry {
    bool evaluation;
    bool body; // an evaluation of a collective: person is its id
    bool transfer;
    uint32_t to_uid;
    th_day effective; // the period of a transfer is the day before
    bool live;
    uint32_t uid;
    struct th_period period;
    char measure[16]; // or scheme
    char dims[64];    // or category
    char person[16];
    uint64_t revision;
    struct th_update said; // texts are static
};

struct naive {
    struct province *province;
    struct naive_entry entries[NAIVE_MAX];
    size_t count;
};

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
uint64_t naive_live(const struct naive *naive);

// Compare with every total in the store; the number of totals.
size_t naive_compare(const struct naive *naive);

#endif
