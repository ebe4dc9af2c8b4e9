// naive_counted.h - what is counted for lines, for the files of naive_answer.h

#ifndef TESTS_SUPPORT_NAIVE_COUNTED_H
#define TESTS_SUPPORT_NAIVE_COUNTED_H

#include "tests/support/naive_answer.h"
#include "tests/support/naive_body.h"

enum { NAIVE_COUNTED_MAX = 16384 };

// One statement under one line: what it adds there, of which period, and in the tree of which half.
struct naive_counted {
    const struct naive_entry *entry;
    const struct naive_part *part;
    const char *measure;         // of the line
    struct ground_period period; // of the line
    char kept[NAIVE_DIMS_BYTES];
    int half;      // in which the statement's unit stands
    bool adds;     // false: a later one counts; it is only known as a part
    bool composed; // the line's period is made of parts
};

struct naive_count {
    const struct naive *naive;
    const struct naive_question *question;
    struct naive_counted all[NAIVE_COUNTED_MAX];
    size_t count;
};

// Everything that counts for some line. naive_count.c
void naive_count(struct naive_count *count);
// What measure is made of in a period that nobody reported: the parts, the latest first, and which
// of them count there.
struct naive_parts {
    const struct naive_entry *of[NAIVE_MAX];
    bool counts[NAIVE_MAX];
    size_t count;
};
void naive_find_parts(const struct naive *naive,
                      const char *measure,
                      const struct ground_period *whole,
                      struct naive_parts *parts);
bool naive_same_line(const struct naive_counted *a, const struct naive_counted *b);

#endif
