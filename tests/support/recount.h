// recount.h - the lines of a history in the structure of one of its years, decided one by one
//
// For each unit asked for the model looks at every figure and every reporter: slow, and too simple
// to be wrong. It knows nodes and years, no days and no register.

#ifndef TESTS_SUPPORT_RECOUNT_H
#define TESTS_SUPPORT_RECOUNT_H

#include "tests/support/history.h"

enum { RECOUNT_TEXT_MAX = 64 * 1024, RECOUNT_LINES_MAX = 4096, RECOUNT_LINE_MAX = 192 };

struct recount {
    struct history *history;
    int target;
    bool by_dims; // otherwise by unit alone
    char text[RECOUNT_TEXT_MAX];
    char lines[RECOUNT_LINES_MAX][RECOUNT_LINE_MAX];
    int count;
};

// Everything there is, as lines_text writes it; with what is unallocated. In recount's own memory.
const char *recount_text(struct recount *recount);

#endif
