// tallied.h - what this node holds of a form: its own control totals
//
// The current figures of one unit and period are counted and added up as the province does it: by
// measure and dims, ratings by scheme and category (or kind of body). What the province refused was
// never taken by it and is left out.

#ifndef NODES_TALLIED_H
#define NODES_TALLIED_H

#include "nodes/home.h"

struct tallied {
    struct th_completion_line *lines;
    size_t count;
    size_t room;
    char *texts; // of the lines
    size_t text_size, text_room;
    uint64_t keys;
};
void tallied_free(struct tallied *tallied); // scoped

struct tallied_of {
    const struct th_form *form;
    struct th_period period;
    uint32_t uid;
};

/**
 * Ownership: *tallied is the caller's (tallied_free), also after an error; home is loaded.
 * Errors:    TH_E_TOO_LARGE: more than TH_COMPLETION_LINES_MAX lines, or a sum beyond 64 bits;
 *            TH_E_NO_MEMORY; the store's.
 */
TH_MUST_USE enum th_err
tallied_count(const struct home *home, const struct tallied_of *of, struct tallied *tallied);

#endif
