// settle.h - the end of import, set and withdraw: what was queued, and what the province made of it

#ifndef NODES_SETTLE_H
#define NODES_SETTLE_H

#include "tonghop/option.h"

#include "nodes/intake.h"
#include "nodes/wait.h"

struct settle {
    const struct th_call *call;
    struct home *home;
    const char *file; // named in what is said; the program for set and withdraw
    const char *form;
    const struct intake_result *result;
    bool strict;
    uint64_t deadline_ms; // 0: do not wait
    bool waited;
    bool decided;
    struct wait wait;
    const struct th_findings *told; // before anything was sent; NULL: nothing
    struct th_findings *findings;   // of the province: refused items and warnings
    uint64_t refused;               // items
    uint64_t skipped;               // journal rows that the province knew to be overtaken
};

// Wait as asked, and gather what the province said. An exit code.
int settle_wait(struct settle *settle);
// What was queued and decided, for people.
void settle_say(const struct settle *settle);
// {"queued":...,"batches":...,...,"receipts":[...],"receipt":... as members of an object, without
// braces.
void settle_json(const struct settle *settle);

// What the province said about earlier items since notice number after, with no row: warnings, and
// further differences of control totals. Decisions of the desk are not among them (news.h).
TH_MUST_USE enum th_err
settle_notices(const struct home *home, uint64_t after, struct th_findings *findings);

// The exit code and sentence when waiting ended otherwise than with a decision.
int settle_trouble(const struct th_call *call, const struct home *home, const struct wait *wait);

#endif
