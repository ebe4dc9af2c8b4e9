// roster_state.c - see roster.h; the roster's lock, and what the broker has taken over

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/file.h"
#include "tonghop/roster.h"
#include "tonghop/yaml.h"

enum { FILE_MODE = 0600, LOCK_PAUSE_MS = 10, LOOK_AGAIN_MS = 20, STATE_BYTES_MAX = 4096 };

// ---- the lock ----

enum th_err th_roster_lock(const char *path, struct th_roster_lock *lock)
{
    lock->fd = -1;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return TH_E_IO;
    }
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_PAUSE_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            (void)close(fd);
            return TH_E_IO;
        }
        if (waited_ms >= TH_ROSTER_LOCK_MS) {
            (void)close(fd);
            return TH_E_BUSY;
        }
        (void)poll(NULL, 0, LOCK_PAUSE_MS);
    }
    lock->fd = fd;
    return TH_OK;
}

void th_roster_unlock(struct th_roster_lock *lock)
{
    if (lock->fd >= 0) {
        (void)flock(lock->fd, LOCK_UN); // a forked child may still hold the descriptor
        (void)close(lock->fd);
        lock->fd = -1;
    }
}

// ---- broker.state ----

struct file_state {
    int64_t generation;
    int64_t pid;
    struct th_bytes nodes, workers, queries, feed, feed_in;
};

#define STATE(member) .is_required = true, .offset = offsetof(struct file_state, member)
#define STATE_TEXT    .type = TH_YAML_TEXT, .max = TH_ENDPOINT_SIZE - 1

static const struct th_yaml_key STATE_KEYS[] = {
    {.name = "generation", .type = TH_YAML_INTEGER, .max = INT64_MAX, STATE(generation)},
    {.name = "pid", .type = TH_YAML_INTEGER, .min = 1, .max = INT32_MAX, STATE(pid)},
    {.name = "nodes", STATE_TEXT, STATE(nodes)},
    {.name = "workers", STATE_TEXT, STATE(workers)},
    {.name = "queries", STATE_TEXT, STATE(queries)},
    {.name = "feed", STATE_TEXT, STATE(feed)},
    {.name = "feed_in", STATE_TEXT, STATE(feed_in)},
};
static const struct th_yaml_table STATE_TABLE = {
    .keys = STATE_KEYS, .count = TH_COUNT(STATE_KEYS), .size = sizeof(struct file_state)};

enum th_err th_broker_state_write(const char *path, const struct th_broker_state *state)
{
    uint8_t bytes[STATE_BYTES_MAX];
    struct th_writer out = TH_WRITER(bytes);
    const struct file_state file = {.generation = (int64_t)state->generation,
                                    .pid = state->pid,
                                    .nodes = th_bytes_of(state->nodes),
                                    .workers = th_bytes_of(state->workers),
                                    .queries = th_bytes_of(state->queries),
                                    .feed = th_bytes_of(state->feed),
                                    .feed_in = th_bytes_of(state->feed_in)};
    th_yaml_write(&STATE_TABLE, &file, true, &out);
    return th_file_replace(path, th_written(&out), FILE_MODE) == TH_OK ? TH_OK : TH_E_IO;
}

static enum th_err read_state(const char *path, struct th_yaml_pool *pool, struct file_state *file)
{
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    struct th_findings findings = th_findings_of(NULL, 0, path);
    const enum th_err err = th_file_read(path, STATE_BYTES_MAX, &text, &size);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? err : TH_E_MALFORMED;
    }
    return th_yaml_read((struct th_bytes){.data = text, .size = size},
                        &STATE_TABLE,
                        &TH_YAML_LIMITS,
                        pool,
                        &findings,
                        file) == TH_OK
               ? TH_OK
               : TH_E_MALFORMED;
}

enum th_err th_broker_state_read(const char *path, struct th_broker_state *state)
{
    TH_SCOPED(th_yaml_pool_free) struct th_yaml_pool pool = {0};
    struct file_state file;
    TH_TRY(read_state(path, &pool, &file));
    if (kill((pid_t)file.pid, 0) != 0 && errno == ESRCH) {
        return TH_E_NOT_FOUND; // left behind by a broker that was killed
    }
    *state = (struct th_broker_state){.generation = (uint64_t)file.generation, .pid = file.pid};
    (void)th_bytes_copy_text(file.nodes, state->nodes, TH_ENDPOINT_SIZE);
    (void)th_bytes_copy_text(file.workers, state->workers, TH_ENDPOINT_SIZE);
    (void)th_bytes_copy_text(file.queries, state->queries, TH_ENDPOINT_SIZE);
    (void)th_bytes_copy_text(file.feed, state->feed, TH_ENDPOINT_SIZE);
    (void)th_bytes_copy_text(file.feed_in, state->feed_in, TH_ENDPOINT_SIZE);
    return TH_OK;
}

enum th_err th_broker_state_wait(const char *path, uint64_t generation, uint64_t timeout_ms)
{
    const uint64_t deadline = th_now_ms() + timeout_ms;
    for (;;) {
        struct th_broker_state state;
        const enum th_err err = th_broker_state_read(path, &state);
        if (err == TH_E_NOT_FOUND || (err == TH_OK && state.generation >= generation)) {
            return TH_OK;
        }
        if (th_now_ms() >= deadline) {
            return TH_E_TIMEOUT;
        }
        (void)poll(NULL, 0, LOOK_AGAIN_MS);
    }
}
