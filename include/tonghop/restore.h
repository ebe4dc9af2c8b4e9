// restore.h - what one side holds and the other has lost, on its way there
//
// RESTORE: what a province holds of a node, to an outbox that knows less.
// Everything accepted of the node that still stands, in the order of the decisions, one piece at a
// time; who asks names the place of the ledger behind which the next piece begins.

#ifndef TONGHOP_RESTORE_H
#define TONGHOP_RESTORE_H

#include "tonghop/update.h"

struct th_batch {
    const struct th_update *updates;
    size_t count;
};

// A place in the province's ledger; 0, 0 is before its beginning.
struct th_spot {
    uint64_t version;
    uint32_t index;
};

struct th_restore_request {
    struct th_spot after;
};

enum { TH_RESTORE_SUM_BYTES = 16, TH_RESTORE_BYTES_MAX = 240 * 1024 };

struct th_restore {
    struct th_spot after; // as was asked
    struct th_spot next;
    bool last;
    uint64_t live;
    uint8_t sum[TH_RESTORE_SUM_BYTES];
    struct th_batch batch;       // count 0: nothing in this piece
    const struct th_bytes *keys; // of each update (subject.h)
};

// RESYNC: what a province had accepted of a node, to a province that knows less.
struct th_resync {
    uint64_t piece;
    bool last;
    uint64_t live;         // in the pieces so far
    int64_t said_ms;       // 0: no declarations in it
    struct th_bytes batch; // the bytes of a Batch
};

struct th_resynced {
    uint64_t epoch;
    uint64_t pieces;
    uint8_t hash[32];
    bool applied;
};

#endif
