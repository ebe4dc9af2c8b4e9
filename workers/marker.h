// marker.h - a batch that kills its worker is met twice, not for ever
//
// A batch whose bytes crash the process comes again after the restart, and again. While a batch is
// applied the marker names it; when the process dies of it (SIGSEGV, SIGBUS, SIGABRT), a signal
// handler writes the name down. After two such deaths the batch is put aside undecoded: its stream
// stops, and everybody else goes on.
//
//   K1  Deaths from outside (SIGKILL, power) never count: only the handler writes.
//   K2  A different batch begins at one. A batch that was decided is forgotten.
//
// Threads: a marker belongs to its writer's thread; the handler runs in the thread that crashed.

#ifndef WORKERS_MARKER_H
#define WORKERS_MARKER_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

enum { MARKER_DEATHS_MAX = 2 };

struct marker_name {
    uint64_t epoch;
    uint64_t seq;
    uint32_t node;
    uint32_t deaths;
};

struct marker {
    int fd;
    struct marker_name suspect; // as the last death left it; deaths 0: nobody
    struct marker_name applied; // what the handler would write
};

// Once in a process, before writers start.
void marker_handle_signals(void);

// {.fd = -1} is a marker that marks nothing. TH_E_IO.
TH_MUST_USE enum th_err marker_open(const char *path, struct marker *marker);
void marker_close(struct marker *marker);

bool marker_is_poison(const struct marker *marker, uint32_t node, uint64_t epoch, uint64_t seq);

// The calling thread applies this batch from here to marker_end.
void marker_begin(struct marker *marker, uint32_t node, uint64_t epoch, uint64_t seq);
void marker_end(struct marker *marker);

// The suspect was decided after all, or put aside.
void marker_forget(struct marker *marker);

#endif
