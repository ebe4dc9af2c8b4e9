// store_lmdb.h - the store on disk; the only door to LMDB
//
// What remains true of LMDB behind it:
//
//   - One writer at a time over all processes: th_disk_begin waits for the others.
//   - A write transaction belongs to the thread that began it, and that thread must end it: LMDB
//     takes a commit from another thread and then hangs for ever. Asserted.
//   - Readers never wait and see the store as it was when they began; one that stays open pins
//     pages and the file grows: begin, read, end, within a second.
//   - The same directory is opened once per process; a second open is TH_E_BUSY. A process that
//     has a store open must not fork and go on in the child.
//   - Always durable: TH_OK from commit means fsync returned. There is no flag to weaken this.
//   - A store is born under another name, flushed, and renamed into place, so that a power cut in
//     its birth leaves either no store or a whole one.
//   - A page that is damaged in place is not noticed here (values carry a check hash); a file that
//     was cut short is, at open.
//
// Fault points: store.begin, store.put (put and remove) and store.commit fail with TH_E_IO, the
// same names with .full with TH_E_FULL; store.network makes open take the file system for a
// network's. Stop points: store.birth (before the rename), store.committing, store.committed.

#ifndef TONGHOP_STORE_LMDB_H
#define TONGHOP_STORE_LMDB_H

#include <stdbool.h>

#include "tonghop/store.h"

struct th_disk; // one environment: a directory with data.mdb and lock.mdb

// How a store is used.
enum th_disk_use {
    TH_DISK_OWN,    // read and written; tables that are not there yet are made
    TH_DISK_BESIDE, // only read, while another process may write it
    TH_DISK_STILL,  // only read, and nobody writes it (a backup): nothing is made, not even a lock,
};                  //   on any file system and whoever owns it

struct th_disk_options {
    enum th_disk_use use;
    const char *const *tables; // names, by number; at most TH_STORE_TABLES_MAX. NULL, when only
                               //   read: all there are, by name
    size_t table_count;
    uint64_t map_size; // bytes; fixed while open
    uint64_t free_min; // bytes of free space below which th_disk_begin answers TH_E_FULL
    bool exclusive;    // hold a lock on the directory for life (TH_E_BUSY when held)
    bool create;       // make it when missing; otherwise TH_E_NOT_FOUND
};

/**
 * Open the store in directory path. A table that is not there, and that is only to be read, is
 * empty.
 *
 * Ownership: the caller closes *disk with th_disk_close.
 * Threads:   any thread may use an open disk; each transaction belongs to its thread.
 * Errors:    TH_E_NOT_FOUND, TH_E_BUSY (locked, or already open in this process), TH_E_DENIED (not
 *            our owner or mode, network file system), TH_E_IO, TH_E_CORRUPT (an empty or missing
 *            data.mdb where a store was, or one that was cut short), TH_E_INVALID (map_size is
 *            more than the machine can address, or path is no directory), TH_E_NO_MEMORY (no room
 *            for the map), TH_E_FULL (no space to make it). *disk is untouched on error.
 */
TH_MUST_USE enum th_err
th_disk_open(const char *path, const struct th_disk_options *options, struct th_disk **disk);
void th_disk_close(struct th_disk **disk); // scoped; accepts a pointer to NULL

// A transaction. Spent after commit or end, whatever they return; ending a spent one does nothing.
// Declare it TH_SCOPED(th_disk_end). It must not be moved while th_disk_store is in use.
struct th_disk_txn {
    void *mdb;
    struct th_disk *disk;
    struct th_disk_cursor *cursors; // one per table, for scans and sorted puts
    enum th_err failed;             // the change that failed; every later call answers the same
    bool write;
};

/**
 * Begin to write, waiting for another writer to end.
 *
 * Errors: TH_E_FULL (free space below free_min); TH_E_IO (also after a commit whose outcome is
 *         unknown: end the process), TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_disk_begin(struct th_disk *disk, struct th_disk_txn *txn);

// Begin to read. TH_E_BUSY when the table of readers is full; TH_E_IO as above.
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

// What is done with a copy before it gets its name, under the options it was asked for: change it
// in a transaction, then look at it. Either may be NULL; what they answer, if not TH_OK, is the end
// of the copy.
struct th_disk_copying {
    enum th_err (*change)(void *context, struct th_store store);
    enum th_err (*check)(void *context, struct th_store store);
    void *context;
};

/**
 * Copy the store, compacted, into the new directory path, beside whoever writes it. The copy is
 * flushed, opened and checked under another name, and only then renamed: what stands under path is
 * a backup.
 *
 * Errors: TH_E_EXISTS when path exists; those of copying; as th_disk_open. Nothing is left under
 *         path then.
 */
TH_MUST_USE enum th_err th_disk_copy(struct th_disk *disk,
                                     const struct th_disk_options *options,
                                     const char *path,
                                     const struct th_disk_copying *copying);

// Fills a new store, in as many transactions as it likes.
typedef enum th_err th_disk_fill(void *context, struct th_disk *disk);

// Make a store in the new directory path from nothing, as th_disk_copy does. The same errors.
TH_MUST_USE enum th_err th_disk_build(const char *path,
                                      const struct th_disk_options *options,
                                      th_disk_fill *fill,
                                      void *context);

size_t th_disk_table_count(const struct th_disk *disk);

// Bytes the store may still grow by: free space of its file system, or the file size limit if less.
TH_MUST_USE enum th_err th_disk_free(struct th_disk *disk, uint64_t *bytes);
uint64_t th_disk_used(struct th_disk *disk); // bytes of map in use

// Give back the places of readers whose process has died: at open, and once a minute.
void th_disk_reader_check(struct th_disk *disk);

struct th_disk_readers {
    unsigned count;          // open read transactions, of all processes
    uint64_t oldest_commits; // commits since the oldest of them began; they pin the pages of these
};
struct th_disk_readers th_disk_readers(struct th_disk *disk);

// The version of LMDB this process runs with, as a static text.
const char *th_disk_library(void);

#endif
