// lazy.h - a store whose write transaction begins with the first touch
//
// A turn that only answers from memory costs no transaction.
//
// Threads: the one that touches it; it also ends it.

#ifndef WORKERS_LAZY_H
#define WORKERS_LAZY_H

#include "tonghop/store_lmdb.h"

struct lazy {
    struct th_disk *disk; // the caller's
    struct th_disk_txn txn;
    bool open;
};

struct th_store lazy_store(struct lazy *lazy); // lives as long as *lazy

// Both forget the transaction, whatever they return. Errors of commit: those of th_disk_commit.
TH_MUST_USE enum th_err lazy_commit(struct lazy *lazy);
void lazy_end(struct lazy *lazy);

#endif
