// halt.h - a store whose reading another thread can end
//
// A question that reads a whole store takes seconds, and a worker that is told to stop has not that
// long. So such a question reads through this: once halt is asked for, every call answers
// TH_E_BUSY, which the question gives up with as with any other error of the store.
//
// Threads: halt_now from any; the store's calls from one.

#ifndef WORKERS_HALT_H
#define WORKERS_HALT_H

#include <stdatomic.h>

#include "tonghop/store.h"

struct halt {
    atomic_bool asked;
};

struct halted_store {
    struct th_store below;
    struct halt *halt;
};

void halt_now(struct halt *halt);

// below, to be read only. Ownership: self is what the store works on and must outlive it.
struct th_store halt_store(struct halted_store *self, struct th_store below, struct halt *halt);

#endif
