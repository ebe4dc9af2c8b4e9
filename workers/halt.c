// halt.c - see halt.h

#include "workers/halt.h"

void halt_now(struct halt *halt)
{
    atomic_store(&halt->asked, true);
}

static enum th_err look(const struct halted_store *self)
{
    return atomic_load_explicit(&self->halt->asked, memory_order_relaxed) ? TH_E_BUSY : TH_OK;
}

static enum th_err halt_get(void *self, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    const struct halted_store *store = self;
    TH_TRY(look(store));
    return th_store_get(store->below, table, key, value);
}

static enum th_err halt_seek(
    void *self, unsigned table, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    const struct halted_store *store = self;
    TH_TRY(look(store));
    return th_store_seek(store->below, table, from, key, value);
}

static enum th_err halt_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    const struct halted_store *store = self;
    TH_TRY(look(store));
    return th_store_next(store->below, table, after, key, value);
}

static enum th_err halt_prev(void *self,
                             unsigned table,
                             struct th_bytes before,
                             struct th_bytes *key,
                             struct th_bytes *value)
{
    const struct halted_store *store = self;
    TH_TRY(look(store));
    return th_store_prev(store->below, table, before, key, value);
}

static enum th_err halt_put(void *self, unsigned table, struct th_bytes key, struct th_bytes value)
{
    (void)self;
    (void)table;
    (void)key;
    (void)value;
    th_unreachable(); // questions change nothing
}

static enum th_err halt_remove(void *self, unsigned table, struct th_bytes key)
{
    (void)self;
    (void)table;
    (void)key;
    th_unreachable();
}

static enum th_err halt_count(void *self, unsigned table, uint64_t *count)
{
    const struct halted_store *store = self;
    TH_TRY(look(store));
    return th_store_count(store->below, table, count);
}

static const struct th_store_ops HALT_OPS = {
    .name = "halt",
    .get = halt_get,
    .seek = halt_seek,
    .next = halt_next,
    .prev = halt_prev,
    .put = halt_put,
    .remove = halt_remove,
    .count = halt_count,
};

struct th_store halt_store(struct halted_store *self, struct th_store below, struct halt *halt)
{
    *self = (struct halted_store){.below = below, .halt = halt};
    return (struct th_store){.ops = &HALT_OPS, .self = self};
}
