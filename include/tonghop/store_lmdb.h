// store_lmdb.h - the store on disk; the only door to LMDB
//
// What remains true of LMDB behind it:
//
//   - One writer at a time over all processes: th_disk_begin waits for the others.
//   - A write transaction belongs to the thread that began it, and that thread must end it: LMDB
//     takes a commit from another thread and then hangs for ever.
//   - Readers never wait and see the store as it was when they began; one that stays open pins
//     pages and the file grows: begin, read, end, within a second.
//   - The same directory is opened once per process; a second open is TH_E_BUSY.
//   - Always durable: TH_OK from commit means fsync returned. There is no flag to weaken this.
//   - A store is born under another name, flushed, and renamed into place, so that a power cut in
//     its birth leaves either no store or a whole one.

#ifndef TONGHOP_STORE_LMDB_H
#define TONGHOP_STORE_LMDB_H

#include <stdbool.h>

#include "tonghop/store.h"

struct th_disk; // one environment: a directory with data.mdb and lock.mdb

struct th_disk_options {
    const char *const *tables; // names, by table number
    size_t table_count;
    uint64_t map_size; // bytes; fixed while open
    uint64_t free_min; // bytes of free space below which th_disk_begin answers TH_E_FULL
    bool exclusive;    // hold a lock on the directory for life (TH_E_BUSY when held)
    bool create;       // make it when missing; otherwise TH_E_NOT_FOUND
};

/**
 * Open the store in directory path.
 *
 * Ownership: the caller closes *disk with th_disk_close.
 * Threads:   any thread may use an open disk; each transaction belongs to its thread.
 * Errors:    TH_E_NOT_FOUND, TH_E_BUSY (locked, or already open in this process), TH_E_DENIED
 *            (wrong owner or mode, network file system), TH_E_IO, TH_E_CORRUPT (an empty or missing
 *            data.mdb where a store was), TH_E_NO_MEMORY. *disk is untouched on error.
 */
TH_MUST_USE enum th_err
th_disk_open(const char *path, const struct th_disk_options *options, struct th_disk **disk);
void th_disk_close(struct th_disk **disk); // scoped; accepts a pointer to NULL

// A transaction. Spent after commit or end, whatever they return; ending a spent one does nothing.
struct th_disk_txn {
    void *mdb;
    struct th_disk *disk;
    struct th_disk_cursor *cursors; // one open cursor per table, for scans
    bool write;
};

TH_MUST_USE enum th_err th_disk_begin(struct th_disk *disk, struct th_disk_txn *txn); // to write
TH_MUST_USE enum th_err th_disk_begin_read(struct th_disk *disk, struct th_disk_txn *txn);

/**
 * Make every change of txn durable: TH_OK means the data is on disk.
 *
 * Errors: TH_E_FULL (no space; nothing of txn is in the store, the disk works again once there is
 *         space); TH_E_IO, TH_E_CORRUPT (outcome unknown: end the process).
 */
TH_MUST_USE enum th_err th_disk_commit(struct th_disk_txn *txn);
void th_disk_end(struct th_disk_txn *txn); // abort, or end a read

struct th_store th_disk_store(struct th_disk_txn *txn); // valid while txn is

// Free bytes of the file system the store is on.
TH_MUST_USE enum th_err th_disk_free(struct th_disk *disk, uint64_t *bytes);
uint64_t th_disk_used(struct th_disk *disk); // bytes of map in use
void th_disk_reader_check(struct th_disk *disk);

#endif
