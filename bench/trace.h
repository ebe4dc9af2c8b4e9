// trace.h - what a worker asked of LMDB: one record for every call in its write transactions
//
// preload/trace.c writes it under a real worker, raw.c does the same calls again with nothing
// around them. A record is a head, then the key, then for PUT the value, for OPEN the name as key.

#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdint.h>

// clang-format off
//    name    what it is
#define TRACE_KINDS(X)                                   \
    X(BEGIN,  "a write transaction begins")              \
    X(COMMIT, "it is committed: durable from here on")   \
    X(ABORT,  "it is given up")                          \
    X(GET,    "mdb_get")                                 \
    X(MOVE,   "mdb_cursor_get; extra is the operation")  \
    X(PUT,    "mdb_cursor_put; extra is its flags")      \
    X(DEL,    "mdb_del")                                 \
    X(OPEN,   "a table: its number in the records that follow, and its name")
// clang-format on

enum trace_kind {
#define X(name, what) TRACE_##name,
    TRACE_KINDS(X)
#undef X
        TRACE_KIND_COUNT
};

struct trace_head {
    uint16_t kind;
    uint16_t table;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t extra;
};

#endif
