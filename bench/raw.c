// raw.c - the limit: the calls that a worker made, again, on LMDB with nothing around them
//
//     raw TRACE DIR     DIR must be empty; prints one line of JSON
//
// Every get, put and commit of the trace is done in the same order and the same transactions, with
// the same keys and values, in one thread that does nothing else: no network, no keys, no decoding,
// no rules, no hashes. Commits are flushed to the disk as the worker's are.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lmdb.h>

#include "tonghop/base.h"

#include "bench/trace.h"

enum { TABLES_MAX = 64, FILE_MODE = 0600 };
#define MAP_BYTES ((size_t)64 << 30)

struct replay {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tables[TABLES_MAX]; // by the number in the trace
    MDB_cursor *cursors[TABLES_MAX];
    uint64_t calls[TRACE_KIND_COUNT];
    uint64_t put_bytes;
};

static void must(int rc, const char *what)
{
    if (rc != MDB_SUCCESS) {
        (void)fprintf(stderr, "raw: %s: %s\n", what, mdb_strerror(rc));
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void open_env(struct replay *replay, const char *dir)
{
    must(mdb_env_create(&replay->env), "create");
    must(mdb_env_set_mapsize(replay->env, MAP_BYTES), "map");
    must(mdb_env_set_maxdbs(replay->env, TABLES_MAX), "tables");
    must(mdb_env_open(replay->env, dir, MDB_NOTLS, FILE_MODE), dir);
}

static void open_table(struct replay *replay, unsigned number, const char *name)
{
    MDB_txn *txn = NULL;
    must(mdb_txn_begin(replay->env, NULL, 0, &txn), "begin");
    must(mdb_dbi_open(txn, name, MDB_CREATE, &replay->tables[number]), name);
    must(mdb_txn_commit(txn), "commit");
}

static void end_cursors(struct replay *replay)
{
    for (size_t i = 0; i < TABLES_MAX; i++) {
        if (replay->cursors[i] != NULL) {
            mdb_cursor_close(replay->cursors[i]);
            replay->cursors[i] = NULL;
        }
    }
}

static MDB_cursor *cursor_of(struct replay *replay, unsigned number)
{
    MDB_cursor **cursor = &replay->cursors[number];
    if (*cursor == NULL) {
        must(mdb_cursor_open(replay->txn, replay->tables[number], cursor), "cursor");
    }
    return *cursor;
}

static void end_transaction(struct replay *replay, bool commit)
{
    end_cursors(replay);
    if (commit) {
        must(mdb_txn_commit(replay->txn), "commit");
    } else {
        mdb_txn_abort(replay->txn);
    }
    replay->txn = NULL;
}

// What is not there is not an error: the worker asked too.
static void allow_missing(int rc, const char *what)
{
    must(rc == MDB_NOTFOUND || rc == EINVAL ? MDB_SUCCESS : rc, what);
}

static void
do_call(struct replay *replay, const struct trace_head *head, MDB_val key, MDB_val value)
{
    MDB_val found = {0};
    const MDB_dbi table = replay->tables[head->table];
    switch ((enum trace_kind)head->kind) {
    case TRACE_BEGIN:
        must(mdb_txn_begin(replay->env, NULL, 0, &replay->txn), "begin");
        break;
    case TRACE_COMMIT:
    case TRACE_ABORT:
        end_transaction(replay, head->kind == TRACE_COMMIT);
        break;
    case TRACE_GET:
        allow_missing(mdb_get(replay->txn, table, &key, &found), "get");
        break;
    case TRACE_MOVE:
        allow_missing(mdb_cursor_get(
                          cursor_of(replay, head->table), &key, &found, (MDB_cursor_op)head->extra),
                      "move");
        break;
    case TRACE_PUT:
        must(mdb_cursor_put(cursor_of(replay, head->table), &key, &value, head->extra), "put");
        replay->put_bytes += key.mv_size + value.mv_size;
        break;
    case TRACE_DEL:
        allow_missing(mdb_del(replay->txn, table, &key, NULL), "del");
        break;
    case TRACE_OPEN:
    case TRACE_KIND_COUNT:
        break;
    }
}

// One pass opens the tables, which is not timed; the other does everything else.
static bool pass(struct replay *replay, uint8_t *trace, size_t size, bool tables)
{
    size_t at = 0;
    while (at + sizeof(struct trace_head) <= size) {
        struct trace_head head;
        memcpy(&head, trace + at, sizeof(head));
        at += sizeof(head);
        const size_t rest = (size_t)head.key_size + head.value_size;
        if (head.kind >= TRACE_KIND_COUNT || head.table >= TABLES_MAX || rest > size - at) {
            return false;
        }
        const MDB_val key = {.mv_size = head.key_size, .mv_data = trace + at};
        const MDB_val value = {.mv_size = head.value_size, .mv_data = trace + at + head.key_size};
        if (tables && head.kind == TRACE_OPEN) {
            open_table(replay, head.table, (const char *)(trace + at));
        } else if (!tables && head.kind != TRACE_OPEN &&
                   (replay->txn != NULL || head.kind == TRACE_BEGIN)) {
            do_call(replay, &head, key, value);
            replay->calls[head.kind]++;
        }
        at += rest;
    }
    return at == size;
}

static uint8_t *read_trace(const char *path, size_t *size)
{
    struct stat about;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0 || about.st_size == 0) {
        return NULL;
    }
    *size = (size_t)about.st_size;
    // Private and writable: LMDB takes keys without const.
    void *map = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, file, 0);
    (void)close(file);
    return map == MAP_FAILED ? NULL : map;
}

int main(int argc, char **argv)
{
    static struct replay replay;
    size_t size = 0;
    uint8_t *trace = argc == 3 ? read_trace(argv[1], &size) : NULL;
    if (trace == NULL) {
        (void)fprintf(stderr, "raw TRACE DIR\n");
        return EXIT_FAILURE;
    }
    open_env(&replay, argv[2]);
    const bool readable = pass(&replay, trace, size, true);
    const double begun = now();
    const double cpu_begun = cpu_seconds();
    if (!readable || !pass(&replay, trace, size, false)) {
        (void)fprintf(stderr, "raw: the trace is cut short\n");
        return EXIT_FAILURE;
    }
    const double spent = now() - begun;
    const double cpu = cpu_seconds() - cpu_begun;
    mdb_env_close(replay.env);
    (void)printf("{\"seconds\":%.4f,\"cpu_seconds\":%.4f,\"commits\":%" PRIu64 ",\"gets\":%" PRIu64
                 ",\"moves\":%" PRIu64 ",\"puts\":%" PRIu64 ",\"dels\":%" PRIu64
                 ",\"put_bytes\":%" PRIu64 "}\n",
                 spent,
                 cpu,
                 replay.calls[TRACE_COMMIT],
                 replay.calls[TRACE_GET],
                 replay.calls[TRACE_MOVE],
                 replay.calls[TRACE_PUT],
                 replay.calls[TRACE_DEL],
                 replay.put_bytes);
    return EXIT_SUCCESS;
}
