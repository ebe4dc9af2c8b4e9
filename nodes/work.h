// work.h - the transaction of one step of the agent, begun when the step first touches the store
//
// Most steps of the session touch nothing: a tick, a message of another store. Commands of the
// office write the same store, so the agent must not hold its lock without need. work_store gives a
// store whose first use begins a write transaction; work_end or work_commit ends it.
//
// Threads: one; the one that calls work_store's functions must end the transaction.

#ifndef NODES_WORK_H
#define NODES_WORK_H

#include <stdbool.h>

#include "tonghop/store_lmdb.h"

struct work {
    struct th_disk *disk;
    struct th_disk_txn txn;
    bool begun;
};

// work must not move while the store is in use.
struct th_store work_store(struct work *work);

// Make the step's changes durable. TH_OK when nothing was begun. Errors as th_disk_commit.
TH_MUST_USE enum th_err work_commit(struct work *work);
void work_end(struct work *work); // forget the step's changes; scoped

#endif
