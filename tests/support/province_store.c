// province_store.c - the store of a province for tests, as its judge sees it

#include "tests/support/province.h"

// The judge's store: its transaction is begun with the first touch.
static enum th_err lazy_get(void *self, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    return th_store_get(province_store(self), table, key, value);
}

static enum th_err lazy_seek(
    void *self, unsigned table, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    return th_store_seek(province_store(self), table, from, key, value);
}

static enum th_err lazy_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    return th_store_next(province_store(self), table, after, key, value);
}

static enum th_err lazy_prev(void *self,
                             unsigned table,
                             struct th_bytes before,
                             struct th_bytes *key,
                             struct th_bytes *value)
{
    return th_store_prev(province_store(self), table, before, key, value);
}

static enum th_err lazy_put(void *self, unsigned table, struct th_bytes key, struct th_bytes value)
{
    return th_store_put(province_store(self), table, key, value);
}

static enum th_err lazy_remove(void *self, unsigned table, struct th_bytes key)
{
    return th_store_remove(province_store(self), table, key);
}

static enum th_err lazy_count(void *self, unsigned table, uint64_t *count)
{
    return th_store_count(province_store(self), table, count);
}

const struct th_store_ops PROVINCE_STORE = {
    .name = "lazy",
    .get = lazy_get,
    .seek = lazy_seek,
    .next = lazy_next,
    .prev = lazy_prev,
    .put = lazy_put,
    .remove = lazy_remove,
    .count = lazy_count,
};
