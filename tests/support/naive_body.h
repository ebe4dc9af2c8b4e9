// naive_body.h - the inside of the naive province, for its own files

#ifndef TESTS_SUPPORT_NAIVE_BODY_H
#define TESTS_SUPPORT_NAIVE_BODY_H

#include "tests/support/naive.h"

__extension__ typedef __int128 wide;

// Sums that may be too large on their way.
struct naive_sum {
    wide value, of, before, after;
    struct th_cell counts;
};

// Do live transfers lead wanted's person from entry's unit to wanted's? naive_move.c
bool naive_moved(const struct naive *naive,
                 const struct naive_entry *entry,
                 const struct naive_entry *wanted);
// How many months of the year of a rating are known. naive_move.c
uint32_t naive_months(const struct naive *naive, const struct naive_entry *rating);

th_day naive_day(const struct naive *naive, uint32_t uid, struct th_period period);
// Is unit at or below above, as the tree stood on day?
bool naive_below(const struct naive *naive, uint32_t unit, uint32_t above, th_day day);
bool naive_counts_for(const struct naive *naive, const struct naive_entry *entry, uint32_t uid);
bool naive_is_listed(const char *measure);
struct naive_sum naive_add_up(const struct naive *naive,
                              const char *measure,
                              struct th_period period,
                              uint32_t uid,
                              const char *dims);

#endif
