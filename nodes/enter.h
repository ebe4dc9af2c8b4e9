// enter.h - one update from the command line: judged, queued, waited for, and what became of it

#ifndef NODES_ENTER_H
#define NODES_ENTER_H

#include "nodes/desk.h"
#include "nodes/intake.h"

struct enter {
    const struct th_call *call;
    struct home *home;
    bool anew;             // said again although nothing changed
    uint64_t deadline_ms;  // monotonic; 0: do not wait
    const char *json_head; // members of the JSON object before those of settle, each with its comma
};

// The exit code; what it means has been said. Several are queued together, or none.
int enter_update(const struct enter *enter, struct th_update *update);
int enter_updates(const struct enter *enter, struct th_update *updates, size_t count);

// The deadline of the verb's option "wait"; always: wait for --timeout when it is not given.
uint64_t enter_deadline(const struct th_call *call, bool always);

// clang-format off
#define ENTER_OPTION_WAIT                                                  \
    {.name = "wait",                                                       \
     .kind = TH_OPTION_MAYBE_DURATION,                                     \
     .value = "D",                                                         \
     .fallback = "30s",                                                    \
     .min = 0,                                                             \
     .max = 7LL * 86400000,                                                \
     .help = {"chờ tỉnh quyết định", "wait for the province's decision"}}
// clang-format on

#endif
