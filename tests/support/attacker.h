// attacker.h - somebody who has kept every edition and works out what was hidden
//
// Written apart from lib/suppress*.c, and the other way round: the module proves that other tables
// are possible, this tries to show that they are not. It knows the units and kinds, which cells
// each edition showed with which value, which units had people, and for every unit and kind in
// which editions the number stayed the same.
//
//   bounds   For every number the least and the most it can be; narrowed through all equations of
//            all editions (levels, categories, units, what is left over) until nothing changes;
//            and the same for the differences between any two editions.
//   search   Is there a whole table in which this number is that? Tried value by value, with
//            bounds narrowed at each step: exact, where it comes to an end.

#ifndef TESTS_SUPPORT_ATTACKER_H
#define TESTS_SUPPORT_ATTACKER_H

#include "tonghop/suppress.h"

// What the attacker found out: a hidden cell, or a change, that has too few values.
struct attacker_find {
    uint32_t node, group;
    uint32_t at;       // edition
    uint32_t before;   // UINT32_MAX: the cell itself
    int64_t low, high; // bounds; equal when search found it
    bool searched;
};

struct attacker_report {
    uint32_t figures; // hidden cells and small changes that were attacked
    uint32_t found;   // with fewer values than the threshold
    uint32_t open;    // search gave up; counted as found, too
    struct attacker_find first;
};

/**
 * Attack everything that was published: editions[..count - 1], all with shown.
 *
 * exact: by search too. Ends the test when there is no memory.
 */
struct attacker_report attack(const struct th_suppress_frame *frame,
                              const struct th_suppress_edition *editions,
                              uint32_t count,
                              bool exact);

#endif
