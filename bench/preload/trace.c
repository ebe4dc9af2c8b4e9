// trace.c - LD_PRELOAD: writes down what tonghop-worker asks of LMDB (bench/trace.h)
//
// The file is TONGHOP_TRACE. Other programs, and read transactions, are left alone. It writes
// through a buffer and never flushes before the end: what it adds is a copy of the bytes.

#include "bench/trace.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lmdb.h>

enum { BUFFER_BYTES = 1 << 22 };

static FILE *out;
static _Atomic(MDB_txn *) writing; // the write transaction that is open

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("TONGHOP_TRACE"); // NOLINT(concurrency-mt-unsafe): one thread yet
    if (path != NULL && strcmp(program_invocation_short_name, "tonghop-worker") == 0) {
        out = fopen(path, "we");
        if (out != NULL) {
            (void)setvbuf(out, NULL, _IOFBF, BUFFER_BYTES);
        }
    }
}

static void
note(enum trace_kind kind, MDB_dbi table, const MDB_val *key, const MDB_val *value, unsigned extra)
{
    const struct trace_head head = {
        .kind = (uint16_t)kind,
        .table = (uint16_t)table,
        .key_size = key != NULL ? (uint32_t)key->mv_size : 0,
        .value_size = value != NULL ? (uint32_t)value->mv_size : 0,
        .extra = extra,
    };
    (void)fwrite(&head, sizeof(head), 1, out);
    if (head.key_size > 0) {
        (void)fwrite(key->mv_data, head.key_size, 1, out);
    }
    if (head.value_size > 0) {
        (void)fwrite(value->mv_data, head.value_size, 1, out);
    }
}

static bool traced(const MDB_txn *txn)
{
    return out != NULL && txn != NULL && txn == atomic_load(&writing);
}

// The function of the library that ours stands before. A function pointer cannot be made from what
// dlsym returns but by copying its bytes.
#define REAL(name)                                           \
    static __typeof__(&(name)) real = NULL;                  \
    if (real == NULL) {                                      \
        void *found = dlsym(RTLD_NEXT, #name);               \
        memcpy((void *)&real, (void *)&found, sizeof(real)); \
    }

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    REAL(mdb_txn_begin)
    const int rc = real(env, parent, flags, txn);
    if (out != NULL && rc == MDB_SUCCESS && (flags & MDB_RDONLY) == 0) {
        atomic_store(&writing, *txn);
        note(TRACE_BEGIN, 0, NULL, NULL, 0);
    }
    return rc;
}

int mdb_txn_commit(MDB_txn *txn)
{
    REAL(mdb_txn_commit)
    if (traced(txn)) {
        note(TRACE_COMMIT, 0, NULL, NULL, 0);
        atomic_store(&writing, NULL);
    }
    return real(txn);
}

void mdb_txn_abort(MDB_txn *txn)
{
    REAL(mdb_txn_abort)
    if (traced(txn)) {
        note(TRACE_ABORT, 0, NULL, NULL, 0);
        atomic_store(&writing, NULL);
    }
    real(txn);
}

int mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi)
{
    REAL(mdb_dbi_open)
    const int rc = real(txn, name, flags, dbi);
    if (out != NULL && rc == MDB_SUCCESS && name != NULL) {
        const MDB_val text = {.mv_size = strlen(name) + 1, .mv_data = (void *)(uintptr_t)name};
        note(TRACE_OPEN, *dbi, &text, NULL, 0);
    }
    return rc;
}

int mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    REAL(mdb_get)
    if (traced(txn)) {
        note(TRACE_GET, dbi, key, NULL, 0);
    }
    return real(txn, dbi, key, data);
}

int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    REAL(mdb_cursor_get)
    if (traced(mdb_cursor_txn(cursor))) {
        const bool keyed = op == MDB_SET || op == MDB_SET_KEY || op == MDB_SET_RANGE;
        note(TRACE_MOVE, mdb_cursor_dbi(cursor), keyed ? key : NULL, NULL, (unsigned)op);
    }
    return real(cursor, key, data, op);
}

int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags)
{
    REAL(mdb_cursor_put)
    if (traced(mdb_cursor_txn(cursor))) {
        note(TRACE_PUT, mdb_cursor_dbi(cursor), key, data, flags);
    }
    return real(cursor, key, data, flags);
}

int mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    REAL(mdb_del)
    if (traced(txn)) {
        note(TRACE_DEL, dbi, key, NULL, 0);
    }
    return real(txn, dbi, key, data);
}
