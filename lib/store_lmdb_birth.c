// store_lmdb_birth.c - stores that get their name last: births and copies
//
// LMDB never flushes a directory, and a cut in its first writes can leave a file that does not
// open. So a store is made beside its place, flushed with its directory, renamed, and the parent
// is flushed:
//
//      PATH.new-<hex>/  ->  tables, first commit  ->  fsync  ->  rename to PATH/  ->  fsync parent
//
// The maker holds a lock on the new directory. One that is found unlocked was left by a maker that
// died; the next birth of the same store removes it.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "lib/store_lmdb_part.h"

enum { PATH_BYTES_MAX = 4096, TAG_BYTES = 8, TRIES_MAX = 10 };

static const char *const FILES[] = {"data.mdb", "lock.mdb"};

// A directory in the making. Removed with what is in it unless it has got its name.
struct nest {
    char path[PATH_BYTES_MAX];   // PATH.new-<hex>
    char parent[PATH_BYTES_MAX]; // where PATH stands
    const char *name;            // last part of PATH, in path; not ended
    size_t name_size;
    int dir;
    int parent_dir;
};

static void remove_store(int parent, const char *name)
{
    const int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0) {
        return;
    }
    for (size_t i = 0; i < TH_COUNT(FILES); i++) {
        (void)unlinkat(dir, FILES[i], 0); // a leftover is harmless: it never got its name
    }
    (void)close(dir);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

static void leave_nest(struct nest *nest)
{
    if (nest->dir >= 0) {
        if (nest->path[0] != '\0') {
            remove_store(nest->parent_dir, nest->name);
        }
        (void)close(nest->dir);
    }
    if (nest->parent_dir >= 0) {
        (void)close(nest->parent_dir);
    }
}

static bool is_leftover(const struct nest *nest, const char *name)
{
    static const char MARK[] = ".new-";
    return strncmp(name, nest->name, nest->name_size) == 0 &&
           strncmp(name + nest->name_size, MARK, sizeof(MARK) - 1) == 0;
}

static void close_listing(DIR **listing)
{
    if (*listing != NULL) {
        (void)closedir(*listing);
    }
}

static void remove_leftovers(const struct nest *nest)
{
    TH_SCOPED(close_listing) DIR *listing = opendir(nest->parent);
    if (listing == NULL) {
        return;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(listing)) != NULL) { // NOLINT(concurrency-mt-unsafe): our own stream
        if (!is_leftover(nest, entry->d_name)) {
            continue;
        }
        const int dir = openat(
            nest->parent_dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (dir >= 0) {
            if (flock(dir, LOCK_EX | LOCK_NB) == 0) {
                remove_store(nest->parent_dir, entry->d_name);
            }
            (void)close(dir);
        }
    }
}

// Split "a/b/store/" into the parent "a/b" and the name "store".
static enum th_err name_nest(const char *path, struct nest *nest)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    uint8_t tag[TAG_BYTES];
    char hex[2 * TAG_BYTES + 1];
    th_random(tag, sizeof(tag));
    (void)th_hex((struct th_bytes){.data = tag, .size = sizeof(tag)}, hex);
    const int size = snprintf(nest->path, sizeof(nest->path), "%.*s.new-%s", (int)end, path, hex);
    if (end == start || size < 0 || (size_t)size >= sizeof(nest->path)) {
        nest->path[0] = '\0';
        return TH_E_INVALID;
    }
    nest->name = nest->path + start;
    nest->name_size = end - start;
    const struct th_bytes parent = {.data = path, .size = start};
    (void)th_bytes_copy_text(start == 0 ? TH_BYTES(".") : parent, nest->parent, PATH_BYTES_MAX);
    return TH_OK;
}

// Make the directory and lock it. TH_E_BUSY: before we had the lock, another birth took it for a
// leftover.
static enum th_err claim(struct nest *nest)
{
    if (mkdirat(nest->parent_dir, nest->name, DISK_DIR_MODE) != 0) {
        return th_disk_open_error(errno);
    }
    nest->dir = openat(nest->parent_dir, nest->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat about;
    if (nest->dir >= 0 && flock(nest->dir, LOCK_EX | LOCK_NB) == 0 &&
        fstat(nest->dir, &about) == 0 && about.st_nlink > 0) {
        return TH_OK;
    }
    if (nest->dir >= 0) {
        (void)close(nest->dir);
        nest->dir = -1;
    }
    (void)unlinkat(nest->parent_dir, nest->name, AT_REMOVEDIR);
    return TH_E_BUSY;
}

static enum th_err enter_nest(const char *path, uint64_t free_min, struct nest *nest)
{
    TH_TRY(name_nest(path, nest));
    nest->parent_dir = open(nest->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (nest->parent_dir < 0) {
        return th_disk_open_error(errno);
    }
    TH_TRY(th_disk_place_check(nest->parent_dir));
    remove_leftovers(nest);
    uint64_t room = 0;
    TH_TRY(th_disk_space(nest->parent_dir, &room));
    if (room < free_min) {
        return TH_E_FULL;
    }
    for (int try = 0; try < TRIES_MAX; try++) {
        const enum th_err err = claim(nest);
        if (err != TH_E_BUSY) {
            return err;
        }
    }
    return TH_E_BUSY;
}

static enum th_err flush_file(int dir, const char *name)
{
    const int file = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return errno == ENOENT ? TH_OK : TH_E_IO; // a copy has no lock file yet
    }
    // LMDB makes the file of a copy as the umask allows.
    const bool flushed = fchmod(file, DISK_FILE_MODE) == 0 && fsync(file) == 0;
    (void)close(file);
    return flushed ? TH_OK : TH_E_IO;
}

static enum th_err flush(const struct nest *nest)
{
    for (size_t i = 0; i < TH_COUNT(FILES); i++) {
        TH_TRY(flush_file(nest->dir, FILES[i]));
    }
    return fsync(nest->dir) == 0 ? TH_OK : TH_E_IO;
}

// Give the nest its name. What has that name already is never replaced.
static enum th_err fledge(struct nest *nest)
{
    char name[NAME_MAX + 1];
    (void)th_bytes_copy_text(
        (struct th_bytes){.data = nest->name, .size = nest->name_size}, name, sizeof(name));
    th_stop_point("store.birth");
    if (renameat2(nest->parent_dir, nest->name, nest->parent_dir, name, RENAME_NOREPLACE) != 0) {
        return th_disk_open_error(errno);
    }
    nest->path[0] = '\0'; // nothing to remove any more
    return fsync(nest->parent_dir) == 0 ? TH_OK : TH_E_IO;
}

static enum th_err make_empty(const char *path, const struct th_disk_options *options)
{
    MDB_env *env = NULL;
    TH_TRY(th_disk_env_open(path, options, &env));
    unsigned tables[TH_STORE_TABLES_MAX];
    const enum th_err err = th_disk_tables_open(env, options, tables);
    mdb_env_close(env);
    return err;
}

enum th_err th_disk_birth(const char *path, const struct th_disk_options *options)
{
    if (th_mutant(34)) {
        return mkdir(path, DISK_DIR_MODE) == 0 ? make_empty(path, options) : TH_E_IO;
    }
    TH_SCOPED(leave_nest) struct nest nest = {.dir = -1, .parent_dir = -1};
    TH_TRY(enter_nest(path, options->free_min, &nest));
    TH_TRY(make_empty(nest.path, options));
    TH_TRY(flush(&nest));
    return fledge(&nest);
}

static enum th_err check_copy(const char *path,
                              const struct th_disk_options *options,
                              th_disk_check *check,
                              void *context)
{
    struct th_disk_options quiet = *options;
    quiet.exclusive = false;
    quiet.create = false;
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_TRY(th_disk_open(path, &quiet, &disk));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(disk, &txn));
    return check(context, th_disk_store(&txn));
}

enum th_err th_disk_copy(struct th_disk *disk,
                         const struct th_disk_options *options,
                         const char *path,
                         th_disk_check *check,
                         void *context)
{
    if (access(path, F_OK) == 0) {
        return TH_E_EXISTS;
    }
    TH_SCOPED(leave_nest) struct nest nest = {.dir = -1, .parent_dir = -1};
    TH_TRY(enter_nest(path, options->free_min, &nest));
    TH_TRY(th_disk_open_error(mdb_env_copy2(disk->env, nest.path, MDB_CP_COMPACT)));
    TH_TRY(flush(&nest));
    TH_TRY(check_copy(nest.path, options, check, context));
    TH_TRY(flush(&nest));
    return fledge(&nest);
}
