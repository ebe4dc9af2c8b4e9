// naive_answer.h - the lines of an answer, made of the naive province's statements one by one
//
// Each line is decided by itself: which statements count for it, which reporters stand behind it,
// and of how many parts a larger period was made. Lines are texts, so that both sides can be put
// next to each other.

#ifndef TESTS_SUPPORT_NAIVE_ANSWER_H
#define TESTS_SUPPORT_NAIVE_ANSWER_H

#include "tests/support/naive.h"

enum { NAIVE_NAMES = 3, NAIVE_ASKED = 8, NAIVE_LINE_BYTES = 256, NAIVE_AS_REPORTED = -1 };

// Without periods: all that were reported, and no larger ones. Without measures: all.
struct naive_question {
    const char *periods[NAIVE_ASKED];
    size_t period_count;
    const char *measures[NAIVE_ASKED];
    size_t measure_count;
    bool by_unit; // the root and all below; otherwise the root alone
    bool by_dims;
    const char *names[NAIVE_NAMES]; // of dims that are kept
    size_t name_count;
    int half; // in whose structure; NAIVE_AS_REPORTED
};

// "unit,period,measure,dims,qualifier,value,of,before,after,reported/expected,parts/expected" lines
// in the order of an answer. NULL: some sum passes 64 bits. Ownership: the caller frees it.
char *naive_answer(const struct naive *naive, const struct naive_question *question);
// The same of an answer's lines.
char *naive_answer_of(const struct th_line *lines, size_t count);

#endif
