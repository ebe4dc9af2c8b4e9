// watch_screen.h - a live view on a terminal: a first line that says live or stale, then the table
//
// Plain ANSI on the alternate screen, which is left as it was found. At most four pictures a
// second; changed lines are marked for three seconds. q ends, arrows and page keys scroll.
//
// Threads: one; one screen in a process.

#ifndef DASHBOARDS_WATCH_SCREEN_H
#define DASHBOARDS_WATCH_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/line.h"
#include "tonghop/viewer.h"

struct screen;

struct screen_setup {
    const struct th_call *call;
    const struct th_viewer *viewer;
};

// What is to be seen now.
struct screen_view {
    bool live;
    bool begun; // there are lines of some version
    uint64_t version;
    uint64_t heard_ms; // last beat, monotonic
    const struct th_line *lines;
    size_t count;
};

// Ownership: *out is the caller's (screen_close, which gives the terminal back).
TH_MUST_USE enum th_err screen_open(const struct screen_setup *setup, struct screen **out);
void screen_close(struct screen **screen); // scoped; NULL does nothing

void screen_mark(struct screen *screen, const struct th_line *line, uint64_t now_ms);
void screen_resize(struct screen *screen);
bool screen_hear_keys(struct screen *screen); // true: q

// Draw when it is time to; screen_due says when the next time is.
TH_MUST_USE enum th_err screen_draw(struct screen *screen, const struct screen_view *view);
uint64_t screen_due(const struct screen *screen);

// The table alone, once, on out.
TH_MUST_USE enum th_err screen_print(const struct screen_setup *setup,
                                     const struct th_line *lines,
                                     size_t count,
                                     uint64_t version,
                                     FILE *out);

#endif
