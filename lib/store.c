// store.c - the calls every core makes, with the checks that hold for every store

#include "tonghop/store.h"

static void check_key(unsigned table, struct th_bytes key)
{
    th_assert(table < TH_STORE_TABLES_MAX);
    th_assert(key.size >= 1);
    th_assert(key.size <= TH_STORE_KEY_MAX);
}

// A bound of a scan may be empty: before the first entry, or behind the last.
static void check_bound(unsigned table, struct th_bytes bound)
{
    th_assert(table < TH_STORE_TABLES_MAX);
    th_assert(bound.size <= TH_STORE_KEY_MAX);
}

enum th_err
th_store_get(struct th_store store, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    check_key(table, key);
    return store.ops->get(store.self, table, key, value);
}

enum th_err th_store_seek(struct th_store store,
                          unsigned table,
                          struct th_bytes from,
                          struct th_bytes *key,
                          struct th_bytes *value)
{
    check_bound(table, from);
    return store.ops->seek(store.self, table, from, key, value);
}

enum th_err th_store_next(struct th_store store,
                          unsigned table,
                          struct th_bytes after,
                          struct th_bytes *key,
                          struct th_bytes *value)
{
    check_bound(table, after);
    return store.ops->next(store.self, table, after, key, value);
}

enum th_err th_store_prev(struct th_store store,
                          unsigned table,
                          struct th_bytes before,
                          struct th_bytes *key,
                          struct th_bytes *value)
{
    check_bound(table, before);
    return store.ops->prev(store.self, table, before, key, value);
}

enum th_err
th_store_put(struct th_store store, unsigned table, struct th_bytes key, struct th_bytes value)
{
    check_key(table, key);
    return store.ops->put(store.self, table, key, value);
}

enum th_err th_store_remove(struct th_store store, unsigned table, struct th_bytes key)
{
    check_key(table, key);
    return store.ops->remove(store.self, table, key);
}

enum th_err th_store_count(struct th_store store, unsigned table, uint64_t *count)
{
    th_assert(table < TH_STORE_TABLES_MAX);
    return store.ops->count(store.self, table, count);
}
