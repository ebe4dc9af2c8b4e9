// store_lmdb.c - see store_lmdb.h

#include "tonghop/store_lmdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include "tonghop/fault.h"

#include "lib/store_lmdb_part.h"

enum {
    NEARLY_FULL = 64 * 1024 * 1024, // LMDB says EIO for a short write, which is how a disk fills
    SMALL_VALUE = 2048,             // above, LMDB keeps a value in pages of its own
    READ_TRIES_MAX = 1000,          // commits that may fall between two glances, one after another
};

// What the caller did wrong is asserted: after it, LMDB's state is not worth keeping.
static enum th_err from_lmdb(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return TH_OK;
    case MDB_NOTFOUND:
        return TH_E_NOT_FOUND;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return TH_E_FULL;
    case MDB_READERS_FULL:
        return TH_E_BUSY;
    case ENOMEM:
        return TH_E_NO_MEMORY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
        return TH_E_CORRUPT;
    default:
        break;
    }
    th_assert(rc != EINVAL);
    th_assert(rc != MDB_BAD_TXN);
    th_assert(rc != MDB_BAD_VALSIZE);
    th_assert(rc != MDB_BAD_DBI);
    th_assert(rc != MDB_BAD_RSLOT);
    th_assert(rc != MDB_TXN_FULL);
    th_assert(rc != MDB_KEYEXIST); // we never ask for it
    return TH_E_IO;
}

// After a failed write of the meta page LMDB refuses everything: whether that commit is on the disk
// is unknown, and only a new process can look.
static bool has_panicked(const struct th_disk *disk)
{
    MDB_txn *probe = NULL;
    const int rc = mdb_txn_begin(disk->env, NULL, MDB_RDONLY, &probe);
    if (rc == MDB_SUCCESS) {
        mdb_txn_abort(probe);
    }
    return rc == MDB_PANIC;
}

// An EIO while the disk is nearly full is a short write, hence FULL.
static enum th_err judge(struct th_disk *disk, int rc)
{
    enum th_err err = from_lmdb(rc);
    if (rc == EIO) {
        uint64_t room = 0;
        const bool nearly_full = th_disk_free(disk, &room) == TH_OK && room < NEARLY_FULL;
        err = nearly_full == th_mutant(38) ? TH_E_IO : TH_E_FULL;
    }
    return err == TH_E_FULL && has_panicked(disk) ? TH_E_IO : err;
}

enum th_err th_disk_begin(struct th_disk *disk, struct th_disk_txn *txn)
{
    if (th_fault_hit("store.begin")) {
        return TH_E_IO;
    }
    uint64_t room = 0;
    th_assert(disk->may_write);
    TH_TRY(th_disk_free(disk, &room));
    if (room < disk->free_min || th_fault_hit("store.begin.full")) {
        return TH_E_FULL;
    }
    th_assert(atomic_load(&disk->writer) != gettid()); // LMDB would wait for ourselves
    MDB_txn *mdb = NULL;
    TH_TRY(judge(disk, mdb_txn_begin(disk->env, NULL, 0, &mdb)));
    atomic_store(&disk->writer, gettid());
    *txn = (struct th_disk_txn){
        .mdb = mdb, .disk = disk, .cursors = disk->write_cursors, .write = true};
    return TH_OK;
}

static int begin_read(struct th_disk *disk, MDB_txn **mdb)
{
    const int rc = mdb_txn_begin(disk->env, NULL, MDB_RDONLY, mdb);
    if (rc != MDB_READERS_FULL) {
        return rc;
    }
    th_disk_reader_check(disk);
    return mdb_txn_begin(disk->env, NULL, MDB_RDONLY, mdb);
}

// LMDB looks up the number of the newest commit and then copies that commit's meta page. A reader
// that is held up between the two may find the page overwritten by the next commit but one: half of
// it, or one that is not on the disk yet. While the number is still the same, that cannot have
// happened; and a second transaction tells the number.
static enum th_err begin_read_surely(struct th_disk *disk, MDB_txn **mdb)
{
    MDB_txn *one = NULL;
    TH_TRY(from_lmdb(begin_read(disk, &one)));
    for (int try = 0; try < READ_TRIES_MAX; try++) {
        MDB_txn *two = NULL;
        const int rc = begin_read(disk, &two);
        if (rc == MDB_SUCCESS && mdb_txn_id(one) == mdb_txn_id(two)) {
            mdb_txn_abort(two);
            *mdb = one;
            return TH_OK;
        }
        mdb_txn_abort(one);
        if (rc != MDB_SUCCESS) {
            return from_lmdb(rc);
        }
        one = two;
    }
    mdb_txn_abort(one);
    return TH_E_BUSY;
}

enum th_err th_disk_begin_read(struct th_disk *disk, struct th_disk_txn *txn)
{
    TH_SCOPED(th_free_scoped)
    struct th_disk_cursor *cursors = calloc(disk->table_count, sizeof(*cursors));
    if (cursors == NULL) {
        return TH_E_NO_MEMORY;
    }
    MDB_txn *mdb = NULL;
    TH_TRY(begin_read_surely(disk, &mdb));
    *txn = (struct th_disk_txn){.mdb = mdb, .disk = disk, .cursors = cursors};
    cursors = NULL; // the transaction owns them now
    return TH_OK;
}

// Take the LMDB transaction out of txn, which is spent from here on.
static MDB_txn *spend(struct th_disk_txn *txn)
{
    for (size_t i = 0; i < txn->disk->table_count; i++) {
        if (txn->cursors[i].mdb != NULL) {
            mdb_cursor_close(txn->cursors[i].mdb);
        }
        txn->cursors[i] = (struct th_disk_cursor){0};
    }
    if (txn->write) {
        // From another thread LMDB would say yes, and the next writer would wait for ever.
        th_assert(atomic_load(&txn->disk->writer) == gettid());
        atomic_store(&txn->disk->writer, 0); // before LMDB lets the next one in
    } else {
        free(txn->cursors);
    }
    MDB_txn *mdb = txn->mdb;
    *txn = (struct th_disk_txn){0};
    return mdb;
}

void th_disk_end(struct th_disk_txn *txn)
{
    if (txn->mdb != NULL) {
        mdb_txn_abort(spend(txn));
    }
}

enum th_err th_disk_commit(struct th_disk_txn *txn)
{
    th_assert(txn->mdb != NULL);
    th_assert(txn->write);
    enum th_err failed = txn->failed;
    if (th_fault_hit("store.commit")) {
        failed = TH_E_IO;
    } else if (th_fault_hit("store.commit.full")) {
        failed = TH_E_FULL;
    }
    if (failed != TH_OK) {
        th_disk_end(txn);
        return failed;
    }
    // mdb_txn_commit frees its handle even when it fails: forget it before asking how it went.
    struct th_disk *disk = txn->disk;
    MDB_txn *mdb = spend(txn);
    th_stop_point("store.committing");
    const int rc = mdb_txn_commit(mdb);
    th_stop_point("store.committed");
    return judge(disk, rc);
}

static MDB_val mdb_of(struct th_bytes bytes)
{
    // LMDB takes keys without const and does not write to them.
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the way to say so without a warning
    return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.data};
}

static struct th_bytes bytes_of(MDB_val value)
{
    return (struct th_bytes){.data = value.mv_data, .size = value.mv_size};
}

// What every operation begins with; the table of the store, in LMDB's numbers.
static enum th_err enter(const struct th_disk_txn *txn, unsigned table, MDB_dbi *dbi)
{
    th_assert(txn->mdb != NULL);
    th_assert(table < txn->disk->table_count);
    *dbi = txn->disk->tables[table];
    return txn->failed != TH_OK || *dbi != DISK_NO_TABLE ? txn->failed : TH_E_NOT_FOUND;
}

static enum th_err disk_get(void *self, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    struct th_disk_txn *txn = self;
    MDB_dbi dbi = 0;
    TH_TRY(enter(txn, table, &dbi));
    MDB_val wanted = mdb_of(key);
    MDB_val found;
    TH_TRY(from_lmdb(mdb_get(txn->mdb, dbi, &wanted, &found)));
    *value = bytes_of(found);
    return TH_OK;
}

static enum th_err
cursor_of(struct th_disk_txn *txn, unsigned table, struct th_disk_cursor **cursor)
{
    MDB_dbi dbi = 0;
    TH_TRY(enter(txn, table, &dbi));
    *cursor = &txn->cursors[table];
    return (*cursor)->mdb != NULL ? TH_OK
                                  : from_lmdb(mdb_cursor_open(txn->mdb, dbi, &(*cursor)->mdb));
}

static int move(struct th_disk_cursor *cursor, MDB_cursor_op op, MDB_val *key, MDB_val *value)
{
    const int rc = mdb_cursor_get(cursor->mdb, key, value, op);
    cursor->placed = rc == MDB_SUCCESS;
    return rc;
}

static enum th_err
hand_out(int rc, MDB_val found, MDB_val content, struct th_bytes *key, struct th_bytes *value)
{
    TH_TRY(from_lmdb(rc));
    *key = bytes_of(found);
    *value = bytes_of(content);
    return TH_OK;
}

// Put the cursor on the first entry not below bound, without a search when it is there already.
static int
place(struct th_disk_cursor *cursor, struct th_bytes bound, MDB_val *found, MDB_val *content)
{
    if (bound.size == 0) {
        return move(cursor, MDB_FIRST, found, content);
    }
    if (cursor->placed &&
        mdb_cursor_get(cursor->mdb, found, content, MDB_GET_CURRENT) == MDB_SUCCESS &&
        th_bytes_equal(bytes_of(*found), bound)) {
        return MDB_SUCCESS;
    }
    *found = mdb_of(bound);
    return move(cursor, MDB_SET_RANGE, found, content);
}

static enum th_err disk_seek(
    void *self, unsigned table, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    struct th_disk_cursor *cursor = NULL;
    TH_TRY(cursor_of(self, table, &cursor));
    MDB_val found;
    MDB_val content;
    return hand_out(place(cursor, from, &found, &content), found, content, key, value);
}

static enum th_err disk_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    struct th_disk_cursor *cursor = NULL;
    TH_TRY(cursor_of(self, table, &cursor));
    MDB_val found;
    MDB_val content;
    int rc = place(cursor, after, &found, &content);
    if (rc == MDB_SUCCESS && th_bytes_equal(bytes_of(found), after)) {
        rc = move(cursor, MDB_NEXT, &found, &content);
    }
    return hand_out(rc, found, content, key, value);
}

static enum th_err disk_prev(void *self,
                             unsigned table,
                             struct th_bytes before,
                             struct th_bytes *key,
                             struct th_bytes *value)
{
    struct th_disk_cursor *cursor = NULL;
    TH_TRY(cursor_of(self, table, &cursor));
    MDB_val found;
    MDB_val content;
    int rc = before.size == 0 ? MDB_NOTFOUND : place(cursor, before, &found, &content);
    if (rc == MDB_SUCCESS) {
        rc = move(cursor, MDB_PREV, &found, &content);
    } else if (rc == MDB_NOTFOUND) {
        rc = move(cursor, MDB_LAST, &found, &content);
    }
    return hand_out(rc, found, content, key, value);
}

static enum th_err changed(struct th_disk_txn *txn, enum th_err err)
{
    if (err != TH_OK && err != TH_E_NOT_FOUND) {
        txn->failed = err;
    }
    return err;
}

static enum th_err may_change(struct th_disk_txn *txn)
{
    th_assert(txn->write);
    if (th_fault_hit("store.put")) {
        return changed(txn, TH_E_IO);
    }
    if (th_fault_hit("store.put.full")) {
        return changed(txn, TH_E_FULL);
    }
    return TH_OK;
}

// The caller may put what the store lent it, and LMDB moves entries while it makes room: a copy
// stands still.
static enum th_err disk_put(void *self, unsigned table, struct th_bytes key, struct th_bytes value)
{
    struct th_disk_txn *txn = self;
    struct th_disk_cursor *cursor = NULL;
    TH_TRY(cursor_of(txn, table, &cursor));
    TH_TRY(may_change(txn));
    uint8_t room[TH_STORE_KEY_MAX + SMALL_VALUE];
    TH_SCOPED(th_free_scoped) void *large = NULL;
    if (value.size > SMALL_VALUE) {
        large = malloc(TH_STORE_KEY_MAX + value.size);
        if (large == NULL) {
            return changed(txn, TH_E_NO_MEMORY);
        }
    }
    uint8_t *copy = large != NULL ? large : room;
    memcpy(copy, key.data, key.size);
    if (value.size > 0) {
        memcpy(copy + key.size, value.data, value.size);
    }
    MDB_val name = {.mv_size = key.size, .mv_data = copy};
    MDB_val content = {.mv_size = value.size, .mv_data = copy + key.size};
    const int rc = mdb_cursor_put(cursor->mdb, &name, &content, 0);
    cursor->placed = rc == MDB_SUCCESS;
    return changed(txn, judge(txn->disk, rc));
}

static enum th_err disk_remove(void *self, unsigned table, struct th_bytes key)
{
    struct th_disk_txn *txn = self;
    MDB_dbi dbi = 0;
    TH_TRY(enter(txn, table, &dbi));
    MDB_val wanted = mdb_of(key);
    MDB_val content;
    TH_TRY(from_lmdb(mdb_get(txn->mdb, dbi, &wanted, &content)));
    TH_TRY(may_change(txn));
    txn->cursors[table].placed = false;
    uint8_t copy[TH_STORE_KEY_MAX];
    memcpy(copy, key.data, key.size);
    wanted.mv_data = copy;
    return changed(txn, judge(txn->disk, mdb_del(txn->mdb, dbi, &wanted, NULL)));
}

static enum th_err disk_count(void *self, unsigned table, uint64_t *count)
{
    struct th_disk_txn *txn = self;
    MDB_dbi dbi = 0;
    const enum th_err err = enter(txn, table, &dbi);
    if (err != TH_OK) {
        *count = 0;
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    MDB_stat stat;
    TH_TRY(from_lmdb(mdb_stat(txn->mdb, dbi, &stat)));
    *count = stat.ms_entries;
    return TH_OK;
}

static const struct th_store_ops DISK_OPS = {
    .name = "lmdb",
    .get = disk_get,
    .seek = disk_seek,
    .next = disk_next,
    .prev = disk_prev,
    .put = disk_put,
    .remove = disk_remove,
    .count = disk_count,
};

struct th_store th_disk_store(struct th_disk_txn *txn)
{
    return (struct th_store){.ops = &DISK_OPS, .self = txn};
}

// A limit on the size of files is an end of space too.
enum th_err th_disk_free(struct th_disk *disk, uint64_t *bytes)
{
    uint64_t room = 0;
    TH_TRY(th_disk_space(disk->dir, &room));
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        int data = -1;
        struct stat about;
        if (mdb_env_get_fd(disk->env, &data) != MDB_SUCCESS || fstat(data, &about) != 0) {
            return TH_E_IO;
        }
        const uint64_t size = (uint64_t)about.st_size;
        const uint64_t left = limit.rlim_cur > size ? limit.rlim_cur - size : 0;
        room = left < room ? left : room;
    }
    *bytes = room;
    return TH_OK;
}

uint64_t th_disk_used(struct th_disk *disk)
{
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(disk->env, &info) != MDB_SUCCESS ||
        mdb_env_stat(disk->env, &stat) != MDB_SUCCESS) {
        th_unreachable(); // both fail only without an environment
    }
    return (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
}

void th_disk_reader_check(struct th_disk *disk)
{
    (void)mdb_reader_check(disk->env, NULL); // what cannot be given back now can be in a minute
}

struct reader_list {
    struct th_disk_readers readers;
    uint64_t newest; // commit
};

// LMDB tells of its readers in text only, a line each: process, thread, transaction ("-": idle).
static int read_line(const char *line, void *context)
{
    struct reader_list *list = context;
    const char *last = strrchr(line, ' ');
    char *end = NULL;
    const uint64_t began = last == NULL ? 0 : strtoull(last + 1, &end, 10);
    if (last == NULL || end == last + 1) {
        return 0; // the heading, or a place without a transaction
    }
    list->readers.count++;
    const uint64_t commits = list->newest > began ? list->newest - began : 0;
    if (commits > list->readers.oldest_commits) {
        list->readers.oldest_commits = commits;
    }
    return 0;
}

struct th_disk_readers th_disk_readers(struct th_disk *disk)
{
    MDB_envinfo info = {0};
    (void)mdb_env_info(disk->env, &info);
    struct reader_list list = {.newest = info.me_last_txnid};
    (void)mdb_reader_list(disk->env, read_line, &list);
    return list.readers;
}
