// statements.h - random statements about the province of province.h
//
// First ones, corrections, withdrawals, revivals, moves of a person, stale and repeated ones; some
// of them wrong.

#ifndef TESTS_SUPPORT_STATEMENTS_H
#define TESTS_SUPPORT_STATEMENTS_H

#include "tests/support/naive.h"
#include "tests/support/test.h"

// The next one, about a key that naive knows or a new one. Its texts are static.
struct th_update statement_random(struct rng *rng, const struct naive *naive);

// Sometimes more of a figure than its value: of, before and after; too large for a sum (measures in
// o); not applicable (none of EV07).
void statement_shape(
    struct rng *rng, const char *measure, bool n_of_m, bool change, struct th_staffing *said);

#endif
