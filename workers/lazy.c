// lazy.c - see lazy.h

#include "workers/lazy.h"

static enum th_err touch(void *self, struct th_store *store)
{
    struct lazy *lazy = self;
    if (!lazy->open) {
        TH_TRY(th_disk_begin(lazy->disk, &lazy->txn));
        lazy->open = true;
    }
    *store = th_disk_store(&lazy->txn);
    return TH_OK;
}

static enum th_err lazy_get(void *self, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_get(store, table, key, value);
}

static enum th_err lazy_seek(
    void *self, unsigned table, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_seek(store, table, from, key, value);
}

static enum th_err lazy_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_next(store, table, after, key, value);
}

static enum th_err lazy_prev(void *self,
                             unsigned table,
                             struct th_bytes before,
                             struct th_bytes *key,
                             struct th_bytes *value)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_prev(store, table, before, key, value);
}

static enum th_err lazy_put(void *self, unsigned table, struct th_bytes key, struct th_bytes value)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_put(store, table, key, value);
}

static enum th_err lazy_remove(void *self, unsigned table, struct th_bytes key)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_remove(store, table, key);
}

static enum th_err lazy_count(void *self, unsigned table, uint64_t *count)
{
    struct th_store store;
    TH_TRY(touch(self, &store));
    return th_store_count(store, table, count);
}

static const struct th_store_ops LAZY = {
    .name = "lmdb, begun with the first touch",
    .get = lazy_get,
    .seek = lazy_seek,
    .next = lazy_next,
    .prev = lazy_prev,
    .put = lazy_put,
    .remove = lazy_remove,
    .count = lazy_count,
};

struct th_store lazy_store(struct lazy *lazy)
{
    return (struct th_store){.ops = &LAZY, .self = lazy};
}

enum th_err lazy_commit(struct lazy *lazy)
{
    if (!lazy->open) {
        return TH_OK;
    }
    lazy->open = false;
    return th_disk_commit(&lazy->txn);
}

void lazy_end(struct lazy *lazy)
{
    if (lazy->open) {
        lazy->open = false;
        th_disk_end(&lazy->txn);
    }
}
