// nest.c - see nest.h

#include "tonghop/nest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/bytes.h"
#include "tonghop/fault.h"
#include "tonghop/hash.h"

enum { TAG_BYTES = 8, TRIES_MAX = 10, DEPTH_MAX = 8, DIR_MODE = 0700, FILE_MODE = 0600 };

static const char MARK[] = ".new-";

static enum th_err from_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return TH_E_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return TH_E_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return TH_E_DENIED;
    case ENAMETOOLONG:
        return TH_E_INVALID;
    case ENOSPC:
    case EDQUOT:
        return TH_E_FULL;
    default:
        return TH_E_IO;
    }
}

// ---- what is in a directory ----

static int open_dir(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static void close_listing(DIR **listing)
{
    if (*listing != NULL) {
        (void)closedir(*listing);
    }
}

// A listing of its own; dir stays open.
static DIR *list(int dir)
{
    const int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (listing == NULL && copy >= 0) {
        (void)close(copy);
    }
    return listing;
}

// The next name but for "." and ".."; NULL at the end.
static const char *next_name(DIR *listing)
{
    const struct dirent *entry = NULL;
    do {
        entry = readdir(listing); // NOLINT(concurrency-mt-unsafe): our own stream
    } while (entry != NULL &&
             (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry == NULL ? NULL : entry->d_name;
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH_MAX
static void remove_tree(int parent, const char *name, unsigned depth)
{
    const int dir = depth == DEPTH_MAX ? -1 : open_dir(parent, name);
    if (dir < 0) {
        (void)unlinkat(parent, name, 0);
        return;
    }
    TH_SCOPED(close_listing) DIR *listing = list(dir);
    for (const char *in = NULL; listing != NULL && (in = next_name(listing)) != NULL;) {
        remove_tree(dir, in, depth + 1); // a leftover is harmless: it never got its name
    }
    (void)close(dir);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

static enum th_err flush_file(int parent, const char *name)
{
    const int file = openat(parent, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return from_errno();
    }
    const bool flushed = fchmod(file, FILE_MODE) == 0 && fsync(file) == 0;
    (void)close(file);
    return flushed ? TH_OK : TH_E_IO;
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH_MAX
static enum th_err flush_tree(int dir, unsigned depth)
{
    enum th_err err = depth == DEPTH_MAX ? TH_E_INVALID : TH_OK;
    TH_SCOPED(close_listing) DIR *listing = list(dir);
    if (listing == NULL) {
        return TH_E_IO;
    }
    for (const char *in = NULL; err == TH_OK && (in = next_name(listing)) != NULL;) {
        const int inner = open_dir(dir, in);
        err = inner < 0 ? flush_file(dir, in) : flush_tree(inner, depth + 1);
        if (inner >= 0) {
            (void)close(inner);
        }
    }
    return err != TH_OK ? err : fchmod(dir, DIR_MODE) == 0 && fsync(dir) == 0 ? TH_OK : TH_E_IO;
}

// ---- leftovers ----

// "<of><MARK><hex>"; of is empty: whatever stands before.
static bool is_leftover(const char *name, struct th_bytes of)
{
    uint8_t tag[TAG_BYTES];
    const size_t size = strlen(name);
    const size_t ending = sizeof(MARK) - 1 + 2 * TAG_BYTES;
    if (size <= ending) {
        return false;
    }
    const char *mark = name + size - ending;
    const struct th_bytes before = {.data = name, .size = size - ending};
    return (of.size == 0 || th_bytes_equal(before, of)) &&
           strncmp(mark, MARK, sizeof(MARK) - 1) == 0 &&
           th_unhex(th_bytes_of(mark + sizeof(MARK) - 1), tag, sizeof(tag)) == TH_OK;
}

static void remove_leftovers(int parent, struct th_bytes of)
{
    TH_SCOPED(close_listing) DIR *listing = list(parent);
    for (const char *in = NULL; listing != NULL && (in = next_name(listing)) != NULL;) {
        const int dir = is_leftover(in, of) ? open_dir(parent, in) : -1;
        if (dir >= 0) {
            if (flock(dir, LOCK_EX | LOCK_NB) == 0) {
                remove_tree(parent, in, 0);
            }
            (void)close(dir);
        }
    }
}

void th_nest_sweep(const char *dir)
{
    const int parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0) {
        remove_leftovers(parent, (struct th_bytes){0});
        (void)close(parent);
    }
}

// ---- making ----

// Split "a/b/store/" into the parent "a/b" and the name "store".
static enum th_err split(const char *path, struct th_nest *nest)
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
    const int size =
        snprintf(nest->path, sizeof(nest->path), "%.*s%s%s", (int)end, path, MARK, hex);
    if (end == start || size < 0 || (size_t)size >= sizeof(nest->path)) {
        nest->path[0] = '\0';
        return TH_E_INVALID;
    }
    nest->name = nest->path + start;
    nest->name_size = end - start;
    const struct th_bytes parent = {.data = path, .size = start};
    (void)th_bytes_copy_text(start == 0 ? TH_BYTES(".") : parent, nest->parent, TH_NEST_PATH_MAX);
    return TH_OK;
}

// Make the directory and lock it. TH_E_BUSY: before we had the lock, another maker took it for a
// leftover.
static enum th_err claim(struct th_nest *nest)
{
    if (mkdirat(nest->parent_dir, nest->name, DIR_MODE) != 0) {
        return from_errno();
    }
    nest->dir = open_dir(nest->parent_dir, nest->name);
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

enum th_err th_nest_enter(const char *path, struct th_nest *nest)
{
    TH_TRY(split(path, nest));
    nest->parent_dir = open(nest->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (nest->parent_dir < 0) {
        return from_errno();
    }
    remove_leftovers(nest->parent_dir,
                     (struct th_bytes){.data = nest->name, .size = nest->name_size});
    for (int try = 0; try < TRIES_MAX; try++) {
        const enum th_err err = claim(nest);
        if (err != TH_E_BUSY) {
            return err;
        }
    }
    return TH_E_BUSY;
}

enum th_err th_nest_flush(const struct th_nest *nest)
{
    return flush_tree(nest->dir, 0);
}

enum th_err th_nest_name(struct th_nest *nest)
{
    char name[NAME_MAX + 1];
    (void)th_bytes_copy_text(
        (struct th_bytes){.data = nest->name, .size = nest->name_size}, name, sizeof(name));
    th_stop_point("nest.named");
    if (renameat2(nest->parent_dir, nest->name, nest->parent_dir, name, RENAME_NOREPLACE) != 0) {
        return from_errno();
    }
    nest->path[0] = '\0'; // nothing to remove any more
    return fsync(nest->parent_dir) == 0 ? TH_OK : TH_E_IO;
}

void th_nest_leave(struct th_nest *nest)
{
    if (nest->dir >= 0) {
        if (nest->path[0] != '\0') {
            remove_tree(nest->parent_dir, nest->name, 0);
        }
        (void)close(nest->dir);
    }
    if (nest->parent_dir >= 0) {
        (void)close(nest->parent_dir);
    }
}
