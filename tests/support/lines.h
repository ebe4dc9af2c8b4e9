// lines.h - questions and their lines as texts, for tests of line.h

#ifndef TESTS_SUPPORT_LINES_H
#define TESTS_SUPPORT_LINES_H

#include "tonghop/line.h"

// A question as written on a command line: lists are separated by commas, NULL is none.
struct question {
    const char *units, *periods, *measures, *by, *level;
    bool missing;
};

// What a question is asked of.
struct province {
    const struct th_register *reg;
    uint32_t root;
    const struct th_catalogue *catalogue;
};

// The lines of a question; *unknown (NULL: must not happen) gets what does not exist, and NULL is
// returned then. Ownership: the caller's (th_lines_free).
struct th_lines *
lines_ask(const struct province *province, const struct question *question, char unknown[64]);

// The list as "unit,period,measure,dims,qualifier,value,of,before,after,reported,expected" lines
// without header, in a buffer of the helper's that the next call overwrites.
const char *lines_text(struct th_lines *lines);

#endif
