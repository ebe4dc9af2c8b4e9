// beacon.c - see beacon.h

#include "nodes/beacon.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATE_BYTES_MAX = 512 };

static void path_of(const char *dir, const char *name, char out[static PATH_MAX])
{
    (void)snprintf(out, PATH_MAX, "%s/run/%s", dir, name);
}

enum th_err beacon_lock(const char *dir, int *fd, int64_t *holder)
{
    char path[PATH_MAX];
    path_of(dir, "agent.lock", path);
    const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return TH_E_IO;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        char text[32] = "0";
        const ssize_t size = pread(lock, text, sizeof(text) - 1, 0);
        (void)close(lock);
        text[size > 0 ? size : 0] = '\0';
        long long pid = 0;
        (void)sscanf(text, "%lld", &pid); // NOLINT(cert-err34-c): 0 when it is not a number
        *holder = pid;
        return errno == EWOULDBLOCK || size >= 0 ? TH_E_BUSY : TH_E_IO;
    }
    char text[32];
    const int size = snprintf(text, sizeof(text), "%lld\n", (long long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)size, 0) != size) {
        (void)close(lock);
        return TH_E_IO;
    }
    *fd = lock;
    return TH_OK;
}

enum th_err beacon_listen(const char *dir, int *fd)
{
    char path[PATH_MAX];
    path_of(dir, "wake", path);
    if (mkfifo(path, 0600) != 0 && errno != EEXIST) {
        return TH_E_IO;
    }
    // Open for both: then it never ends when the last writer goes.
    const int fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fifo < 0) {
        return TH_E_IO;
    }
    *fd = fifo;
    return TH_OK;
}

void beacon_drain(int fd)
{
    char bytes[256];
    while (read(fd, bytes, sizeof(bytes)) > 0) {
    }
}

void beacon_wake(const char *dir)
{
    char path[PATH_MAX];
    path_of(dir, "wake", path);
    // Open for both: an agent that dies before the write would make it end us (SIGPIPE).
    const int fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fifo < 0) {
        return; // nobody ever listened: who comes next looks at the outbox anyway
    }
    (void)!write(fifo, "q", 1); // a full FIFO is awake already; one that nobody reads forgets it
    (void)close(fifo);
}

enum th_err beacon_write(const char *dir, const struct beacon *beacon)
{
    char path[PATH_MAX];
    char next[PATH_MAX];
    char text[STATE_BYTES_MAX];
    path_of(dir, "agent.state", path);
    path_of(dir, "agent.state.new", next);
    const int size = snprintf(text,
                              sizeof(text),
                              "1 %" PRId64 " %" PRIu32 " %" PRIu32 " %" PRId64 " %" PRId64
                              " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                              beacon->pid,
                              beacon->state,
                              beacon->reason,
                              beacon->since,
                              beacon->last_up,
                              beacon->next_try,
                              beacon->decided,
                              beacon->verdict_seq,
                              beacon->version);
    const int file = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return TH_E_IO;
    }
    const bool written = write(file, text, (size_t)size) == size;
    (void)close(file);
    return written && rename(next, path) == 0 ? TH_OK : TH_E_IO;
}

enum th_err beacon_read(const char *dir, struct beacon *beacon)
{
    char path[PATH_MAX];
    char text[STATE_BYTES_MAX];
    path_of(dir, "agent.state", path);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return TH_E_NOT_FOUND;
    }
    const ssize_t size = read(file, text, sizeof(text) - 1);
    (void)close(file);
    text[size > 0 ? size : 0] = '\0';
    struct beacon got = {0};
    // NOLINTNEXTLINE(cert-err34-c): our own file; a cut one has fewer fields
    const int fields = sscanf(text,
                              "1 %" SCNd64 " %" SCNu32 " %" SCNu32 " %" SCNd64 " %" SCNd64
                              " %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
                              &got.pid,
                              &got.state,
                              &got.reason,
                              &got.since,
                              &got.last_up,
                              &got.next_try,
                              &got.decided,
                              &got.verdict_seq,
                              &got.version);
    const bool alive = fields == 9 && (kill((pid_t)got.pid, 0) == 0 || errno == EPERM);
    if (!alive) {
        return TH_E_NOT_FOUND;
    }
    *beacon = got;
    return TH_OK;
}

enum th_err beacon_follow(const char *dir, int *fd)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/run", dir);
    const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch < 0) {
        return TH_E_IO;
    }
    if (inotify_add_watch(watch, path, IN_MOVED_TO) < 0) {
        (void)close(watch);
        return TH_E_IO;
    }
    *fd = watch;
    return TH_OK;
}
