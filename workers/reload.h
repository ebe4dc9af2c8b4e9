// reload.h - the worker's settings: read at the start, and again at SIGHUP
//
// What the table of settings marks as reloaded holds from the writers' next turn on; any other
// change is named in the log and waits for a restart. A bad file is refused whole, and what was
// read before stays in force.

#ifndef WORKERS_RELOAD_H
#define WORKERS_RELOAD_H

#include "tonghop/config.h"
#include "tonghop/option.h"

#include "workers/writer.h"

struct reload {
    const struct th_call *call;
    const struct th_config *first; // of the start, the caller's
    struct th_config *newest;      // NULL: none was read since
    struct writer **writers;
    size_t count;
};

// What is wrong is told on stderr. Ownership: *config is the caller's. Returns the exit code.
int reload_read(const struct th_call *call, struct th_config **config);

struct writer_pace reload_pace(const struct th_config *config);

void reload_now(void *self); // SIGHUP: self is a struct reload
void reload_end(struct reload *reload);

#endif
