// wait.h - until the province has decided: as the agent when there is none, else beside it
//
// An agent that ends while we wait (a command that was satisfied) leaves the role free: whoever
// still waits takes it. SIGINT and SIGTERM end the waiting in order: what was queued is safe.

#ifndef NODES_WAIT_H
#define NODES_WAIT_H

#include "nodes/home.h"

enum wait_end {
    WAIT_DONE,
    WAIT_TIME,    // the deadline passed, or SIGINT or SIGTERM came
    WAIT_REFUSED, // the province refuses this key
    WAIT_STOPPED, // the stream is stopped, the desk decides
};

struct wait {
    struct home *home;
    uint64_t deadline_ms; // monotonic
    // What is waited for. NULL: everything queued is decided, and its verdicts are held.
    bool (*done)(void *context, struct home *home, const struct beacon *beacon);
    void *context;
    // Told after every change.
    void (*progress)(void *context, const struct beacon *beacon);

    struct beacon beacon; // out: what was known last
    enum wait_end end;    // out
};

// Errors: of the store and of sockets: TH_E_IO, TH_E_CORRUPT, TH_E_INVALID (keys, endpoints).
TH_MUST_USE enum th_err wait_run(struct wait *wait);

// Is everything up to seq decided, with its verdicts?
bool wait_is_decided(const struct beacon *beacon, uint64_t seq);

// Does the province know our own key, and do we hold its register?
bool wait_is_joined(const struct home *home);

#endif
