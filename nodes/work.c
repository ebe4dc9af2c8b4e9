// work.c - see work.h

#include "nodes/work.h"

static enum th_err inner(struct work *work, struct th_store *store)
{
    if (!work->begun) {
        TH_TRY(th_disk_begin(work->disk, &work->txn));
        work->begun = true;
    }
    *store = th_disk_store(&work->txn);
    return TH_OK;
}

static enum th_err work_get(void *self, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_get(store, table, key, value);
}

static enum th_err work_seek(
    void *self, unsigned table, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_seek(store, table, from, key, value);
}

static enum th_err work_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_next(store, table, after, key, value);
}

static enum th_err work_prev(void *self,
                             unsigned table,
                             struct th_bytes before,
                             struct th_bytes *key,
                             struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_prev(store, table, before, key, value);
}

static enum th_err work_put(void *self, unsigned table, struct th_bytes key, struct th_bytes value)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_put(store, table, key, value);
}

static enum th_err work_remove(void *self, unsigned table, struct th_bytes key)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_remove(store, table, key);
}

static enum th_err work_count(void *self, unsigned table, uint64_t *count)
{
    struct th_store store;
    TH_TRY(inner(self, &store));
    return th_store_count(store, table, count);
}

static const struct th_store_ops WORK_OPS = {
    .name = "work",
    .get = work_get,
    .seek = work_seek,
    .next = work_next,
    .prev = work_prev,
    .put = work_put,
    .remove = work_remove,
    .count = work_count,
};

struct th_store work_store(struct work *work)
{
    return (struct th_store){.ops = &WORK_OPS, .self = work};
}

enum th_err work_commit(struct work *work)
{
    if (!work->begun) {
        return TH_OK;
    }
    work->begun = false;
    return th_disk_commit(&work->txn);
}

void work_end(struct work *work)
{
    if (work->begun) {
        work->begun = false;
        th_disk_end(&work->txn);
    }
}
