// carry.c - see carry.h

#include "workers/carry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024, FILE_MODE = 0600, DIR_MODE = 0700 };

static enum th_err from_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return TH_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case ELOOP:
        return TH_E_DENIED;
    case EEXIST:
        return TH_E_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return TH_E_FULL;
    default:
        return TH_E_IO;
    }
}

static void close_fd(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static enum th_err write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno != EINTR) {
            return from_errno();
        }
        bytes += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return TH_OK;
}

// Read from to its end; into: -1, or where it goes.
static enum th_err
pass_on(int from, int into, uint64_t *bytes, uint8_t hash[static TH_HASH256_BYTES])
{
    struct th_hash_run run;
    TH_SCOPED(th_free_scoped) uint8_t *piece = malloc(PIECE_BYTES);
    if (piece == NULL) {
        return TH_E_NO_MEMORY;
    }
    th_hash_run_start(&run);
    *bytes = 0;
    for (ssize_t got = 1; got != 0;) {
        got = read(from, piece, PIECE_BYTES);
        if (got < 0 && errno != EINTR) {
            return from_errno();
        }
        if (got > 0) {
            th_hash_run_add(&run, (struct th_bytes){.data = piece, .size = (size_t)got});
            *bytes += (uint64_t)got;
            TH_TRY(into < 0 ? TH_OK : write_all(into, piece, (size_t)got));
        }
    }
    th_hash_run_end(&run, hash);
    return TH_OK;
}

enum th_err carry_hash(const char *path, uint64_t *bytes, uint8_t hash[static TH_HASH256_BYTES])
{
    TH_SCOPED(close_fd) const int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return from < 0 ? from_errno() : pass_on(from, -1, bytes, hash);
}

// "base/a/b/file": a and a/b.
static enum th_err make_dirs(const char *base, const char *to)
{
    char path[TH_PATH_MAX];
    size_t at = strlen(base) + 1;
    for (const char *slash = strchr(to + at, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        (void)snprintf(path, sizeof(path), "%.*s", (int)(slash - to), to);
        if (mkdir(path, DIR_MODE) != 0 && errno != EEXIST) {
            return from_errno();
        }
    }
    return TH_OK;
}

enum th_err carry_copy(const char *from,
                       const char *base,
                       const char *to,
                       uint64_t *bytes,
                       uint8_t hash[static TH_HASH256_BYTES])
{
    TH_SCOPED(close_fd) const int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0) {
        return from_errno();
    }
    TH_TRY(make_dirs(base, to));
    TH_SCOPED(close_fd)
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    return out < 0 ? from_errno() : pass_on(in, out, bytes, hash);
}

enum th_err carry_file(struct carry *carry, const char *from, const char *name)
{
    char to[TH_PATH_MAX];
    struct manifest_file file = {.path = th_bytes_of(name)};
    (void)snprintf(to, sizeof(to), "%.3800s/%.256s", carry->base, name);
    const enum th_err err = carry_copy(from, carry->base, to, &file.bytes, file.hash);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    return manifest_add_file(carry->manifest, &file);
}

enum th_err carry_listed(struct carry *carry, const char *name)
{
    char path[TH_PATH_MAX];
    struct manifest_file file = {.path = th_bytes_of(name)};
    (void)snprintf(path, sizeof(path), "%.3800s/%.256s", carry->base, name);
    TH_TRY(carry_hash(path, &file.bytes, file.hash));
    return manifest_add_file(carry->manifest, &file);
}

static void close_listing(DIR **listing)
{
    if (*listing != NULL) {
        (void)closedir(*listing);
    }
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than CARRY_DEPTH_MAX
static enum th_err carry_below(
    struct carry *carry, const char *from, const char *name, carry_wants *wants, unsigned depth)
{
    TH_SCOPED(close_listing) DIR *listing = opendir(from);
    if (listing == NULL || depth == CARRY_DEPTH_MAX) {
        return listing == NULL ? from_errno() : TH_E_INVALID;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(listing)) != NULL) { // NOLINT(concurrency-mt-unsafe): our own stream
        char path[TH_PATH_MAX];
        char inner[MANIFEST_PATH_MAX + 1];
        struct stat about;
        (void)snprintf(path, sizeof(path), "%.3800s/%.255s", from, entry->d_name);
        const int size = snprintf(inner, sizeof(inner), "%s/%s", name, entry->d_name);
        if (is_dots(entry->d_name) || lstat(path, &about) != 0) {
            continue; // it has gone meanwhile
        }
        const bool is_dir = S_ISDIR(about.st_mode);
        if ((!is_dir && !S_ISREG(about.st_mode)) || !wants(entry->d_name, is_dir)) {
            continue;
        }
        if (size < 0 || (size_t)size >= sizeof(inner)) {
            return TH_E_INVALID;
        }
        TH_TRY(is_dir ? carry_below(carry, path, inner, wants, depth + 1)
                      : carry_file(carry, path, inner));
    }
    return TH_OK;
}

enum th_err carry_tree(struct carry *carry, const char *from, const char *name, carry_wants *wants)
{
    const enum th_err err = carry_below(carry, from, name, wants, 0);
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}
