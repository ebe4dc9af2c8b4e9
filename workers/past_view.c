// past_view.c - records of now and replaced ones as one table
//
// Of a key that was replaced after the version, what was replaced stands; of any other the record
// of now, unless it came later. Each side gives its next entry, and the lower one is handed out.

#include <string.h>

#include "workers/ledger.h"
#include "workers/past_body.h"

enum way { WAY_FROM, WAY_AFTER, WAY_BEFORE };

struct entry {
    struct th_bytes key;
    struct th_bytes value;
};

static enum th_err step(
    struct th_store store, unsigned table, enum way way, struct th_bytes bound, struct entry *entry)
{
    switch (way) {
    case WAY_FROM:
        return th_store_seek(store, table, bound, &entry->key, &entry->value);
    case WAY_AFTER:
        return th_store_next(store, table, bound, &entry->key, &entry->value);
    case WAY_BEFORE:
        return th_store_prev(store, table, bound, &entry->key, &entry->value);
    }
    th_unreachable();
}

// ---- records ----

static enum th_err came_later(const struct past *past,
                              unsigned table,
                              struct th_bytes key,
                              struct th_bytes value,
                              bool *later)
{
    struct origin source;
    *later = false;
    if (past->mark_count == 0 || past_reach(table) != BACK_RECORDS) {
        return TH_OK;
    }
    TH_TRY(th_check_open(past->check, table, key, &value));
    TH_TRY(record_read_source(value, &source));
    *later = past_is_later(past, &source);
    return TH_OK;
}

// The next record of now that stood at the version and was not replaced since.
static enum th_err find_now(const struct past *past,
                            unsigned table,
                            enum way way,
                            struct th_bytes bound,
                            struct entry *entry)
{
    const struct th_store old = th_store_memory_ops(past->old);
    enum th_err err = step(past->now, table, way, bound, entry);
    while (err == TH_OK) {
        struct th_bytes replaced;
        bool hidden = th_store_get(old, table, entry->key, &replaced) == TH_OK;
        if (!hidden) {
            TH_TRY(came_later(past, table, entry->key, entry->value, &hidden));
        }
        if (!hidden) {
            return TH_OK;
        }
        err = step(past->now, table, way == WAY_BEFORE ? WAY_BEFORE : WAY_AFTER, entry->key, entry);
    }
    return err;
}

// The next replaced one that was there at all.
static enum th_err find_old(const struct past *past,
                            unsigned table,
                            enum way way,
                            struct th_bytes bound,
                            struct entry *entry)
{
    const struct th_store old = th_store_memory_ops(past->old);
    enum th_err err = step(old, table, way, bound, entry);
    while (err == TH_OK && entry->value.size == 0) {
        err = step(old, table, way == WAY_BEFORE ? WAY_BEFORE : WAY_AFTER, entry->key, entry);
    }
    return err;
}

// Does what was found from ahead->low on answer a step from bound too?
static bool is_ahead(const struct back_ahead *ahead, enum way way, struct th_bytes bound)
{
    if (!ahead->known || way == WAY_BEFORE || th_bytes_compare(bound, key_view(&ahead->low)) < 0) {
        return false;
    }
    const int order = ahead->err == TH_OK ? th_bytes_compare(bound, ahead->key) : -1;
    return order < 0 || (order == 0 && way == WAY_FROM);
}

static void look_ahead(struct back_ahead *ahead,
                       enum th_err err,
                       struct th_bytes low,
                       const struct entry *entry)
{
    ahead->known = low.size <= sizeof(ahead->low.bytes) && (err == TH_OK || err == TH_E_NOT_FOUND);
    if (ahead->known) {
        memmove(ahead->low.bytes, low.data == NULL ? "" : low.data, low.size);
        ahead->low.size = low.size;
        ahead->err = err;
        ahead->key = entry->key;
        ahead->value = entry->value;
    }
}

typedef enum th_err
find(const struct past *past, unsigned table, enum way way, struct th_bytes bound, struct entry *);

static enum th_err step_side(struct past *past,
                             unsigned table,
                             unsigned side,
                             enum way way,
                             struct th_bytes bound,
                             struct entry *entry)
{
    static find *const SIDES[] = {find_now, find_old};
    struct back_ahead *ahead = &past->ahead[table][side];
    if (is_ahead(ahead, way, bound)) {
        *entry = (struct entry){.key = ahead->key, .value = ahead->value};
        return ahead->err;
    }
    *entry = (struct entry){0};
    const enum th_err err = SIDES[side](past, table, way, bound, entry);
    if (way != WAY_BEFORE) {
        look_ahead(ahead, err, bound, entry);
    }
    return err;
}

static enum th_err step_both(
    struct past *past, unsigned table, enum way way, struct th_bytes bound, struct entry *entry)
{
    struct entry now = {0};
    struct entry old = {0};
    const enum th_err now_err = step_side(past, table, 0, way, bound, &now);
    const enum th_err old_err = step_side(past, table, 1, way, bound, &old);
    if (now_err != TH_OK && now_err != TH_E_NOT_FOUND) {
        return now_err;
    }
    if (old_err != TH_OK) {
        *entry = now;
        return old_err == TH_E_NOT_FOUND ? now_err : old_err;
    }
    const int order = th_bytes_compare(old.key, now.key);
    const bool first = now_err != TH_OK || (way == WAY_BEFORE ? order > 0 : order < 0);
    *entry = first ? old : now;
    return TH_OK;
}

static enum th_err
get_both(const struct past *past, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    bool later = false;
    enum th_err err = th_store_get(th_store_memory_ops(past->old), table, key, value);
    if (err != TH_E_NOT_FOUND) {
        return err == TH_OK && value->size == 0 ? TH_E_NOT_FOUND : err;
    }
    TH_TRY(th_store_get(past->now, table, key, value));
    TH_TRY(came_later(past, table, key, *value, &later));
    return later ? TH_E_NOT_FOUND : TH_OK;
}

// ---- the ledger, cut behind the version ----

static enum th_err within(const struct past *past, enum th_err err, struct th_bytes key)
{
    struct ledger_key at;
    TH_TRY(err);
    TH_TRY(key_read_ledger(key, &at));
    return at.version > past->version ? TH_E_NOT_FOUND : TH_OK;
}

static enum th_err
step_ledger(const struct past *past, enum way way, struct th_bytes bound, struct entry *entry)
{
    const struct key end = key_of_ledger(past->version + 1, 0);
    if (way == WAY_BEFORE && (bound.size == 0 || th_bytes_compare(bound, key_view(&end)) > 0)) {
        bound = key_view(&end);
    }
    return within(past, step(past->now, TABLE_LEDGER, way, bound, entry), entry->key);
}

// ---- the store ----

static enum th_err any_step(
    struct past *past, unsigned table, enum way way, struct th_bytes bound, struct entry *entry)
{
    switch (past_reach(table)) {
    case BACK_NOTHING:
        return TH_E_NOT_FOUND;
    case BACK_NOW:
        return step(past->now, table, way, bound, entry);
    case BACK_RECORDS:
    case BACK_ROWS:
        return step_both(past, table, way, bound, entry);
    case BACK_COUNT:
        return step(th_store_memory_ops(past->counted), table, way, bound, entry);
    case BACK_LEDGER:
        return step_ledger(past, way, bound, entry);
    }
    th_unreachable();
}

static enum th_err hand_out(
    struct past *past, unsigned table, enum way way, struct th_bytes bound, struct entry *entry)
{
    *entry = (struct entry){0};
    return any_step(past, table, way, bound, entry);
}

static enum th_err past_get(void *self, unsigned table, struct th_bytes key, struct th_bytes *value)
{
    const struct past *past = self;
    switch (past_reach(table)) {
    case BACK_NOTHING:
        return TH_E_NOT_FOUND;
    case BACK_NOW:
        return th_store_get(past->now, table, key, value);
    case BACK_RECORDS:
    case BACK_ROWS:
        return get_both(past, table, key, value);
    case BACK_COUNT:
        return th_store_get(th_store_memory_ops(past->counted), table, key, value);
    case BACK_LEDGER:
        TH_TRY(within(past, TH_OK, key));
        return th_store_get(past->now, table, key, value);
    }
    th_unreachable();
}

static enum th_err past_seek(
    void *self, unsigned table, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    struct entry entry;
    TH_TRY(hand_out(self, table, WAY_FROM, from, &entry));
    *key = entry.key;
    *value = entry.value;
    return TH_OK;
}

static enum th_err past_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    struct entry entry;
    TH_TRY(hand_out(self, table, WAY_AFTER, after, &entry));
    *key = entry.key;
    *value = entry.value;
    return TH_OK;
}

static enum th_err past_prev(void *self,
                             unsigned table,
                             struct th_bytes before,
                             struct th_bytes *key,
                             struct th_bytes *value)
{
    struct entry entry;
    TH_TRY(hand_out(self, table, WAY_BEFORE, before, &entry));
    *key = entry.key;
    *value = entry.value;
    return TH_OK;
}

static enum th_err past_put(void *self, unsigned table, struct th_bytes key, struct th_bytes value)
{
    (void)self;
    (void)table;
    (void)key;
    (void)value;
    th_unreachable(); // nobody changes the past
}

static enum th_err past_remove(void *self, unsigned table, struct th_bytes key)
{
    (void)self;
    (void)table;
    (void)key;
    th_unreachable();
}

static enum th_err past_entries(void *self, unsigned table, uint64_t *count)
{
    struct entry entry;
    enum th_err err = hand_out(self, table, WAY_FROM, (struct th_bytes){0}, &entry);
    *count = 0;
    while (err == TH_OK) {
        (*count)++;
        err = any_step(self, table, WAY_AFTER, entry.key, &entry);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

const struct th_store_ops PAST_OPS = {
    .name = "past",
    .get = past_get,
    .seek = past_seek,
    .next = past_next,
    .prev = past_prev,
    .put = past_put,
    .remove = past_remove,
    .count = past_entries,
};
