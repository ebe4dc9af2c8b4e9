// store_lmdb_open.c - opening a store: who may, where, and once

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <lmdb.h>

#include "tonghop/fault.h"

#include "lib/store_lmdb_part.h"

enum { READERS_MAX = 512, OTHERS_BITS = 077 };

static const char DATA_NAME[] = "data.mdb";

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct th_disk *open_disks;

enum th_err th_disk_open_error(int rc)
{
    switch (rc) {
    case 0:
        return TH_OK;
    case ENOENT:
    case MDB_NOTFOUND:
        return TH_E_NOT_FOUND;
    case EEXIST:
        return TH_E_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return TH_E_DENIED;
    case EAGAIN:
    case EBUSY:
    case MDB_READERS_FULL:
        return TH_E_BUSY;
    case EINVAL:
    case ENOTDIR:
    case ENAMETOOLONG:
        return TH_E_INVALID;
    case ENOMEM:
        return TH_E_NO_MEMORY;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return TH_E_FULL;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INCOMPATIBLE:
        return TH_E_CORRUPT;
    default:
        return TH_E_IO;
    }
}

// LMDB's locks and its map need a file system of this machine's kernel.
enum th_err th_disk_place_check(int descriptor)
{
    static const uint32_t FOREIGN[] = {
        NFS_SUPER_MAGIC,
        SMB_SUPER_MAGIC,
        0xFF534D42, // CIFS
        0xFE534D42, // SMB2
        V9FS_MAGIC,
        0x65735546, // FUSE
        0x00C36400, // Ceph
        CODA_SUPER_MAGIC,
        AFS_SUPER_MAGIC,
        AFS_FS_MAGIC,
    };
    struct statfs about;
    if (fstatfs(descriptor, &about) != 0) {
        return TH_E_IO;
    }
    for (size_t i = 0; i < TH_COUNT(FOREIGN); i++) {
        if ((uint32_t)about.f_type == FOREIGN[i]) {
            return TH_E_DENIED;
        }
    }
    return th_fault_hit("store.network") ? TH_E_DENIED : TH_OK;
}

enum th_err th_disk_space(int descriptor, uint64_t *bytes)
{
    struct statvfs about;
    if (fstatvfs(descriptor, &about) != 0) {
        return TH_E_IO;
    }
    *bytes = (uint64_t)about.f_bavail * about.f_frsize;
    return TH_OK;
}

// On a full btrfs the lock file's map is SIGBUS before LMDB can say anything.
static enum th_err space_check(int descriptor, const struct th_disk_options *options)
{
    struct statfs about;
    uint64_t room = 0;
    if (fstatfs(descriptor, &about) != 0) {
        return TH_E_IO;
    }
    TH_TRY(th_disk_space(descriptor, &room));
    const bool btrfs = (uint32_t)about.f_type == BTRFS_SUPER_MAGIC;
    return btrfs && room < options->free_min ? TH_E_FULL : TH_OK;
}

static enum th_err owner_check(const struct stat *about)
{
    return about->st_uid == geteuid() && (about->st_mode & OTHERS_BITS) == 0 ? TH_OK : TH_E_DENIED;
}

static void close_descriptor(const int *descriptor)
{
    if (*descriptor >= 0) {
        (void)close(*descriptor);
    }
}

// A directory that is there has been a store: an empty or missing file in it is a loss, and LMDB
// would make a new store of it without a word.
static enum th_err data_check(int dir, enum th_disk_use use)
{
    struct stat about;
    if (fstatat(dir, DATA_NAME, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? TH_E_CORRUPT : TH_E_IO;
    }
    if (!S_ISREG(about.st_mode) || about.st_size == 0) {
        return TH_E_CORRUPT;
    }
    if (use != TH_DISK_STILL) {
        TH_TRY(owner_check(&about));
    }
    TH_SCOPED(close_descriptor)
    const int data = openat(dir, DATA_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return data < 0 ? th_disk_open_error(errno) : th_disk_whole(data);
}

static void env_close(MDB_env **env)
{
    if (*env != NULL) {
        mdb_env_close(*env);
    }
}

// Reading ahead helps until the file no longer fits into memory.
static unsigned read_ahead(const char *path)
{
    TH_SCOPED(close_descriptor) const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat about;
    if (dir < 0 || fstatat(dir, DATA_NAME, &about, 0) != 0) {
        return 0;
    }
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 && about.st_size / page > pages ? MDB_NORDAHEAD : 0;
}

enum th_err
th_disk_env_open(const char *path, const struct th_disk_options *options, struct MDB_env **env)
{
    TH_SCOPED(env_close) MDB_env *made = NULL;
    TH_TRY(th_disk_open_error(mdb_env_create(&made)));
    TH_TRY(th_disk_open_error(mdb_env_set_mapsize(made, options->map_size)));
    TH_TRY(th_disk_open_error(mdb_env_set_maxdbs(made, TH_STORE_TABLES_MAX)));
    TH_TRY(th_disk_open_error(mdb_env_set_maxreaders(made, READERS_MAX)));
    const unsigned mutation = th_mutant(33) ? MDB_NOSYNC : 0;
    const unsigned use = options->use == TH_DISK_OWN      ? 0
                         : options->use == TH_DISK_BESIDE ? MDB_RDONLY
                                                          : MDB_RDONLY | MDB_NOLOCK;
    const unsigned flags = MDB_NOTLS | use | read_ahead(path) | mutation;
    TH_TRY(th_disk_open_error(mdb_env_open(made, path, flags, DISK_FILE_MODE)));
    // LMDB leaves this one open for programs we might start.
    int data = -1;
    TH_TRY(th_disk_open_error(mdb_env_get_fd(made, &data)));
    if (fcntl(data, F_SETFD, FD_CLOEXEC) != 0) {
        return TH_E_IO;
    }
    *env = made;
    made = NULL; // the caller owns it now
    return TH_OK;
}

static void txn_abort(MDB_txn **txn)
{
    if (*txn != NULL) {
        mdb_txn_abort(*txn);
    }
}

static enum th_err
tables_open(MDB_env *env, const struct th_disk_options *options, bool create, unsigned *tables)
{
    TH_SCOPED(txn_abort) MDB_txn *txn = NULL;
    TH_TRY(th_disk_open_error(mdb_txn_begin(env, NULL, create ? 0 : MDB_RDONLY, &txn)));
    for (size_t i = 0; i < options->table_count; i++) {
        const unsigned flags = create ? MDB_CREATE : 0;
        const int rc = mdb_dbi_open(txn, options->tables[i], flags, &tables[i]);
        if (rc == MDB_NOTFOUND && options->use != TH_DISK_OWN) {
            tables[i] = DISK_NO_TABLE;
        } else {
            TH_TRY(th_disk_open_error(rc));
        }
    }
    MDB_txn *done = txn;
    txn = NULL; // a commit frees it even when it fails
    return th_disk_open_error(mdb_txn_commit(done));
}

enum th_err
th_disk_tables_open(struct MDB_env *env, const struct th_disk_options *options, unsigned *tables)
{
    const enum th_err err = tables_open(env, options, false, tables);
    return err == TH_E_NOT_FOUND ? tables_open(env, options, true, tables) : err;
}

// Every table there is, in the order of their names: LMDB keeps those in a table without a name.
static enum th_err tables_list(struct th_disk *disk)
{
    MDB_dbi names = 0;
    MDB_cursor *cursor = NULL;
    TH_SCOPED(txn_abort) MDB_txn *txn = NULL;
    TH_TRY(th_disk_open_error(mdb_txn_begin(disk->env, NULL, MDB_RDONLY, &txn)));
    TH_TRY(th_disk_open_error(mdb_dbi_open(txn, NULL, 0, &names)));
    TH_TRY(th_disk_open_error(mdb_cursor_open(txn, names, &cursor)));
    MDB_val name;
    MDB_val value;
    int rc = mdb_cursor_get(cursor, &name, &value, MDB_FIRST);
    while (rc == MDB_SUCCESS && disk->table_count < TH_STORE_TABLES_MAX) {
        char text[TH_STORE_KEY_MAX + 1];
        (void)th_bytes_copy_text(
            (struct th_bytes){.data = name.mv_data, .size = name.mv_size}, text, sizeof(text));
        rc = mdb_dbi_open(txn, text, 0, &disk->tables[disk->table_count]);
        if (rc == MDB_SUCCESS) {
            disk->table_count++;
            rc = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    if (rc != MDB_NOTFOUND) {
        return rc == MDB_SUCCESS ? TH_E_CORRUPT : th_disk_open_error(rc); // more than there may be
    }
    MDB_txn *done = txn;
    txn = NULL; // a commit frees it even when it fails
    return th_disk_open_error(mdb_txn_commit(done));
}

// A second handle would drop the locks of the first when it is closed.
static enum th_err enter_open_disks(struct th_disk *disk)
{
    (void)pthread_mutex_lock(&open_lock);
    bool is_open = false;
    for (const struct th_disk *other = open_disks; other != NULL; other = other->next) {
        is_open = is_open || (other->device == disk->device && other->inode == disk->inode);
    }
    if (!is_open) {
        disk->next = open_disks;
        open_disks = disk;
    }
    (void)pthread_mutex_unlock(&open_lock);
    return is_open ? TH_E_BUSY : TH_OK;
}

static void leave_open_disks(const struct th_disk *disk)
{
    (void)pthread_mutex_lock(&open_lock);
    for (struct th_disk **at = &open_disks; *at != NULL; at = &(*at)->next) {
        if (*at == disk) {
            *at = disk->next;
            break;
        }
    }
    (void)pthread_mutex_unlock(&open_lock);
}

void th_disk_close(struct th_disk **disk)
{
    struct th_disk *closed = *disk;
    if (closed == NULL) {
        return;
    }
    th_assert(atomic_load(&closed->writer) == 0);
    *disk = NULL;
    env_close(&closed->env);
    leave_open_disks(closed);
    close_descriptor(&closed->dir); // and with it the lock
    free(closed);
}

// A file above RLIMIT_FSIZE is a full disk (EFBIG), not a reason to die.
static void ignore_file_size_signal(void)
{
    struct sigaction action;
    if (sigaction(SIGXFSZ, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        (void)sigaction(SIGXFSZ, &action, NULL);
    }
}

static enum th_err
dir_open(const char *path, const struct th_disk_options *options, struct th_disk *disk)
{
    disk->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat about;
    if (disk->dir < 0) {
        return th_disk_open_error(errno);
    }
    if (fstat(disk->dir, &about) != 0) {
        return TH_E_IO;
    }
    disk->device = about.st_dev;
    disk->inode = about.st_ino;
    if (options->use == TH_DISK_STILL) {
        return TH_OK;
    }
    TH_TRY(th_disk_place_check(disk->dir));
    return owner_check(&about);
}

// *disk is the caller's to close, however far this comes.
static enum th_err
fill(const char *path, const struct th_disk_options *options, struct th_disk *disk)
{
    TH_TRY(space_check(disk->dir, options));
    if (options->exclusive && flock(disk->dir, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? TH_E_BUSY : TH_E_IO;
    }
    TH_TRY(data_check(disk->dir, options->use));
    const enum th_err err = th_disk_env_open(path, options, &disk->env);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err;
    }
    TH_TRY(options->tables == NULL ? tables_list(disk)
                                   : th_disk_tables_open(disk->env, options, disk->tables));
    th_disk_reader_check(disk);
    return TH_OK;
}

static enum th_err
open_existing(const char *path, const struct th_disk_options *options, struct th_disk **disk)
{
    TH_SCOPED(th_free_scoped) struct th_disk *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    made->free_min = options->free_min;
    made->table_count = options->table_count;
    made->may_write = options->use == TH_DISK_OWN;
    enum th_err err = dir_open(path, options, made);
    if (err == TH_OK) {
        err = enter_open_disks(made);
    }
    if (err != TH_OK) {
        close_descriptor(&made->dir);
        return err;
    }
    TH_SCOPED(th_disk_close) struct th_disk *opened = made;
    made = NULL; // closing frees it
    TH_TRY(fill(path, options, opened));
    *disk = opened;
    opened = NULL; // the caller owns it now
    return TH_OK;
}

enum th_err
th_disk_open(const char *path, const struct th_disk_options *options, struct th_disk **disk)
{
    th_assert(options->table_count <= TH_STORE_TABLES_MAX);
    th_assert(options->tables == NULL ? options->table_count == 0 : options->table_count >= 1);
    th_assert(options->use == TH_DISK_OWN ? options->tables != NULL
                                          : !options->exclusive && !options->create);
    ignore_file_size_signal();
    enum th_err err = open_existing(path, options, disk);
    if (err == TH_E_NOT_FOUND && options->create) {
        err = th_disk_birth(path, options);
        if (err == TH_OK || err == TH_E_EXISTS) { // or another process was first
            err = open_existing(path, options, disk);
        }
    }
    return err;
}

size_t th_disk_table_count(const struct th_disk *disk)
{
    return disk->table_count;
}

const char *th_disk_library(void)
{
    static char text[32];
    int major = 0;
    int minor = 0;
    int patch = 0;
    (void)mdb_version(&major, &minor, &patch);
    (void)snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
    return text;
}
