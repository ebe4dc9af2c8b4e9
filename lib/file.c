// file.c - see file.h

#include "tonghop/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum th_err from_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return TH_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
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

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

// A file may grow while it is read, and a pipe has no size: read until the end or the bound. *all
// has room for room bytes and a NUL; it may move.
static enum th_err read_all(int fd, size_t max, size_t room, char **all, size_t *used)
{
    while (*used <= max) {
        const ssize_t got = read(fd, *all + *used, room - *used);
        if (got == 0) {
            return TH_OK;
        }
        if (got < 0 && errno != EINTR) {
            return from_errno();
        }
        *used += got > 0 ? (size_t)got : 0;
        if (*used == room) {
            room *= 2;
            char *more = realloc(*all, room + 1);
            if (more == NULL) {
                return TH_E_NO_MEMORY;
            }
            *all = more;
        }
    }
    errno = EFBIG;
    return TH_E_TOO_LARGE;
}

enum th_err th_file_read(const char *path, size_t max, char **bytes, size_t *size)
{
    TH_SCOPED(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0) {
        return from_errno();
    }
    if (S_ISDIR(stat.st_mode)) {
        errno = EISDIR;
        return TH_E_DENIED;
    }
    if (stat.st_size > 0 && (size_t)stat.st_size > max) {
        errno = EFBIG;
        return TH_E_TOO_LARGE;
    }
    const size_t room = (size_t)stat.st_size + 1;
    size_t used = 0;
    TH_SCOPED(th_free_scoped) char *all = malloc(room + 1);
    if (all == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(read_all(fd, max, room, &all, &used));
    all[used] = '\0';
    *bytes = all;
    *size = used;
    all = NULL; // the caller owns it now
    return TH_OK;
}

static bool write_all(int fd, struct th_bytes bytes)
{
    const char *at = bytes.data;
    size_t left = bytes.size;
    while (left > 0) {
        const ssize_t done = write(fd, at, left);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        at += done > 0 ? done : 0;
        left -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

static bool flush_directory_of(const char *path)
{
    char dir[TH_FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const int length = slash != NULL ? (int)(slash - path) : 1;
    (void)snprintf(dir, sizeof(dir), "%.*s", length > 0 ? length : 1, slash != NULL ? path : ".");
    TH_SCOPED(close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

static bool fill(const char *temporary, struct th_bytes bytes, unsigned mode)
{
    TH_SCOPED(close_fd) int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    return fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
}

static enum th_err put(const char *path, struct th_bytes bytes, unsigned mode, bool must_be_new)
{
    char temporary[TH_FILE_PATH_MAX];
    const int size = snprintf(temporary, sizeof(temporary), "%s.%d.new", path, (int)getpid());
    if (size < 0 || (size_t)size >= sizeof(temporary)) {
        return TH_E_TOO_LARGE;
    }
    const bool placed = fill(temporary, bytes, mode) &&
                        (must_be_new ? link(temporary, path) == 0 : rename(temporary, path) == 0);
    if (!placed || must_be_new) {
        const int why = errno;
        (void)unlink(temporary);
        errno = why;
    }
    if (!placed) {
        return from_errno();
    }
    return flush_directory_of(path) ? TH_OK : TH_E_IO;
}

enum th_err th_file_replace(const char *path, struct th_bytes bytes, unsigned mode)
{
    return put(path, bytes, mode, false);
}

enum th_err th_file_create(const char *path, struct th_bytes bytes, unsigned mode)
{
    return put(path, bytes, mode, true);
}

enum th_err th_dir_make(const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return flush_directory_of(path) ? TH_OK : TH_E_IO;
    }
    struct stat stat_of_it;
    if (errno == EEXIST && stat(path, &stat_of_it) == 0 && S_ISDIR(stat_of_it.st_mode)) {
        return TH_OK;
    }
    return from_errno();
}

bool th_dir_is_empty(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return errno == ENOENT;
    }
    bool empty = true;
    const struct dirent *entry = readdir(dir); // NOLINT(concurrency-mt-unsafe): own stream
    while (entry != NULL) {
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
        entry = readdir(dir); // NOLINT(concurrency-mt-unsafe): own stream
    }
    (void)closedir(dir);
    return empty;
}
