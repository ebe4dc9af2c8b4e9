// store_lmdb_part.h - what the files of the door to LMDB share; nobody else includes it
//
//   store_lmdb.c         transactions and the table of operations
//   store_lmdb_open.c    opening: owner, modes, locks, tables
//   store_lmdb_birth.c   stores that get their name last: births and copies
//   store_lmdb_whole.c   whether a file was cut short

#ifndef LIB_STORE_LMDB_PART_H
#define LIB_STORE_LMDB_PART_H

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "tonghop/store_lmdb.h"

enum { DISK_FILE_MODE = 0600, DISK_DIR_MODE = 0700 };

struct MDB_env;
struct MDB_cursor;

struct th_disk_cursor {
    struct MDB_cursor *mdb; // NULL until first used
    bool placed;            // stands on an entry, which may be asked for its key
};

// The number of a table that is only to be read and is not there.
#define DISK_NO_TABLE UINT_MAX

struct th_disk {
    struct MDB_env *env;
    int dir; // descriptor of the directory; holds the lock when exclusive
    unsigned tables[TH_STORE_TABLES_MAX];
    size_t table_count;
    bool may_write;
    uint64_t free_min;
    _Atomic pid_t writer; // thread of this process that is in a write transaction, or 0
    struct th_disk_cursor write_cursors[TH_STORE_TABLES_MAX]; // of that transaction
    dev_t device;
    ino_t inode;
    struct th_disk *next; // open stores of this process
};

// An answer of LMDB to a call that opens something: here the operator's mistakes are answers.
enum th_err th_disk_open_error(int rc);

// An environment of the directory path, with LMDB's defaults but for threads and read-ahead.
// Ownership: mdb_env_close.
enum th_err
th_disk_env_open(const char *path, const struct th_disk_options *options, struct MDB_env **env);

// The tables of options in env; those that are missing are made and committed, or marked as
// missing when they are only to be read.
enum th_err
th_disk_tables_open(struct MDB_env *env, const struct th_disk_options *options, unsigned *tables);

// TH_E_DENIED when the descriptor is on a file system of a network or of another process.
enum th_err th_disk_place_check(int descriptor);
enum th_err th_disk_space(int descriptor, uint64_t *bytes);

// Make an empty store under path. TH_E_EXISTS when something has that name by now.
enum th_err th_disk_birth(const char *path, const struct th_disk_options *options);

// TH_E_CORRUPT when pages that the newest commit uses lie behind the end of the file. Reading them
// would be SIGBUS. What else may be wrong is for LMDB to say.
enum th_err th_disk_whole(int data);

#endif
