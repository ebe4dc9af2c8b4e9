// completeness_part.h - what completeness.c asks and completeness_print.c shows

#ifndef CLI_COMPLETENESS_PART_H
#define CLI_COMPLETENESS_PART_H

#include "tonghop/pool.h"
#include "tonghop/viewer.h"

struct completeness {
    const struct th_call *call;
    struct th_viewer viewer;
    struct th_pool texts;
    struct th_form_state *rows; // in the order of the answer: by form, period, unit
    size_t count, max;
    uint64_t version;
    bool behind; // the answer comes from another register than ours
};

// Rows of one form and period: I13 and what else is said of them.
struct completed {
    const struct th_form_state *rows;
    size_t count;
    uint64_t expected, complete, on_time, late, returned;
};
// The rows that begin at *at, which moves behind them.
struct completed completed_next(const struct completeness *completeness, size_t *at);

// Submitted, or accepted: complete.
bool completed_is(const struct th_form_state *state);
// "District 1", as it was called then; "" when the register does not know it.
struct th_bytes completed_name(const struct completeness *completeness,
                               const struct th_form_state *state);

// Print as the call's format wants it. TH_E_NO_MEMORY, TH_E_IO.
TH_MUST_USE enum th_err completeness_print(const struct completeness *completeness);

#endif
