// store_memory.c - see store_memory.h

#include "tonghop/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/sorted.h"

enum { SCRIBBLE = 0xA5 };

// A table and the place a scan was given last; the place is checked before it is believed.
struct table {
    struct th_sorted sorted;
    struct th_place hint;
};

// What one change did, so that abort can take it back and commit can free what it replaced.
struct change {
    unsigned table;
    struct th_entry *added;   // NULL: a remove
    struct th_entry *removed; // NULL: the key was new
};

struct th_store_memory {
    struct table tables[TH_STORE_TABLES_MAX];
    struct change *changes; // since the last commit, oldest first
    size_t change_count;
    size_t change_max;
    void **lent; // strict: copies handed out since the last change
    size_t lent_count;
    size_t lent_max;
    size_t bytes;
    size_t bytes_max; // 0 = no limit
    bool strict;
    enum th_err failed; // why the transaction is fit only for abort
};

static void recall_lent(struct th_store_memory *memory)
{
    for (size_t i = 0; i < memory->lent_count; i++) {
        struct th_entry *copy = memory->lent[i];
        memset(copy->bytes, SCRIBBLE, th_entry_bytes(copy));
        free(copy);
    }
    memory->lent_count = 0;
}

// What a reader is given: the entry itself, or in strict mode a copy.
static enum th_err lend(struct th_store_memory *memory, const struct th_entry **entry)
{
    if (!memory->strict) {
        return TH_OK;
    }
    void *lent = memory->lent;
    const bool room = th_list_grow(&lent, memory->lent_count, &memory->lent_max, sizeof(void *));
    memory->lent = lent;
    struct th_entry *copy =
        room ? th_entry_make(th_entry_key(*entry), th_entry_value(*entry)) : NULL;
    if (copy == NULL) {
        return TH_E_NO_MEMORY;
    }
    memory->lent[memory->lent_count++] = copy;
    *entry = copy;
    return TH_OK;
}

static enum th_err
memory_get(void *self, unsigned number, struct th_bytes key, struct th_bytes *value)
{
    struct th_store_memory *memory = self;
    TH_TRY(memory->failed);
    const struct th_sorted *sorted = &memory->tables[number].sorted;
    bool found = false;
    const struct th_place place = th_sorted_find(sorted, key, &found);
    if (!found) {
        return TH_E_NOT_FOUND;
    }
    const struct th_entry *entry = th_sorted_at(sorted, place)->entry;
    TH_TRY(lend(memory, &entry));
    *value = th_entry_value(entry);
    return TH_OK;
}

static enum th_err hand_out(struct th_store_memory *memory,
                            struct table *table,
                            struct th_place place,
                            struct th_bytes *key,
                            struct th_bytes *value)
{
    TH_TRY(memory->failed);
    if (th_sorted_ended(&table->sorted, place)) {
        return TH_E_NOT_FOUND;
    }
    table->hint = place;
    const struct th_entry *entry = th_sorted_at(&table->sorted, place)->entry;
    TH_TRY(lend(memory, &entry));
    *key = th_entry_key(entry);
    *value = th_entry_value(entry);
    return TH_OK;
}

static enum th_err memory_seek(
    void *self, unsigned number, struct th_bytes from, struct th_bytes *key, struct th_bytes *value)
{
    struct th_store_memory *memory = self;
    struct table *table = &memory->tables[number];
    bool found = false;
    return hand_out(memory, table, th_sorted_find(&table->sorted, from, &found), key, value);
}

static enum th_err memory_next(void *self,
                               unsigned number,
                               struct th_bytes after,
                               struct th_bytes *key,
                               struct th_bytes *value)
{
    struct th_store_memory *memory = self;
    struct table *table = &memory->tables[number];
    bool found = th_sorted_is(&table->sorted, table->hint, after);
    struct th_place place = found ? table->hint : th_sorted_find(&table->sorted, after, &found);
    if (found) {
        place = th_sorted_after(&table->sorted, place);
    }
    return hand_out(memory, table, place, key, value);
}

static enum th_err memory_prev(void *self,
                               unsigned number,
                               struct th_bytes before,
                               struct th_bytes *key,
                               struct th_bytes *value)
{
    struct th_store_memory *memory = self;
    struct table *table = &memory->tables[number];
    struct th_place place = th_sorted_end(&table->sorted);
    if (before.size > 0) {
        bool found = false;
        place = th_sorted_find(&table->sorted, before, &found);
    }
    if (!th_sorted_before(&table->sorted, &place)) {
        return memory->failed != TH_OK ? memory->failed : TH_E_NOT_FOUND;
    }
    return hand_out(memory, table, place, key, value);
}

static enum th_err fail(struct th_store_memory *memory, enum th_err err)
{
    memory->failed = err;
    return err;
}

// Room in the undo log, and no reason to refuse a change that adds and drops so many bytes.
static enum th_err may_change(struct th_store_memory *memory, size_t added, size_t dropped)
{
    if (memory->failed != TH_OK) {
        return memory->failed;
    }
    if (th_fault_hit("store.put")) {
        return fail(memory, TH_E_IO);
    }
    const size_t after = memory->bytes - dropped + added;
    const bool full = memory->bytes_max > 0 && added > dropped && after > memory->bytes_max;
    if (full || th_fault_hit("store.put.full")) {
        return fail(memory, TH_E_FULL);
    }
    void *changes = memory->changes;
    const bool room =
        th_list_grow(&changes, memory->change_count, &memory->change_max, sizeof(struct change));
    memory->changes = changes;
    return room ? TH_OK : fail(memory, TH_E_NO_MEMORY);
}

static void changed(struct th_store_memory *memory, struct change change)
{
    memory->bytes = memory->bytes - th_entry_bytes(change.removed) + th_entry_bytes(change.added);
    memory->changes[memory->change_count++] = change;
    recall_lent(memory);
}

static enum th_err
memory_put(void *self, unsigned number, struct th_bytes key, struct th_bytes value)
{
    struct th_store_memory *memory = self;
    struct th_sorted *sorted = &memory->tables[number].sorted;
    bool found = false;
    const struct th_place place = th_sorted_find(sorted, key, &found);
    struct th_entry *old = found ? th_sorted_at(sorted, place)->entry : NULL;
    TH_TRY(may_change(memory, key.size + value.size, th_entry_bytes(old)));

    struct th_entry *entry = th_entry_make(key, value);
    if (entry == NULL) {
        return fail(memory, TH_E_NO_MEMORY);
    }
    if (found) {
        th_sorted_at(sorted, place)->entry = entry;
    } else if (!th_sorted_insert(sorted, place, entry)) {
        free(entry);
        return fail(memory, TH_E_NO_MEMORY);
    }
    changed(memory, (struct change){.table = number, .added = entry, .removed = old});
    return TH_OK;
}

static enum th_err memory_remove(void *self, unsigned number, struct th_bytes key)
{
    struct th_store_memory *memory = self;
    struct th_sorted *sorted = &memory->tables[number].sorted;
    bool found = false;
    TH_TRY(memory->failed);
    const struct th_place place = th_sorted_find(sorted, key, &found);
    if (!found) {
        return TH_E_NOT_FOUND;
    }
    struct th_entry *old = th_sorted_at(sorted, place)->entry;
    TH_TRY(may_change(memory, 0, th_entry_bytes(old)));
    th_sorted_remove(sorted, place);
    changed(memory, (struct change){.table = number, .removed = old});
    return TH_OK;
}

static enum th_err memory_count(void *self, unsigned number, uint64_t *count)
{
    const struct th_store_memory *memory = self;
    TH_TRY(memory->failed);
    *count = memory->tables[number].sorted.entries;
    return TH_OK;
}

static const struct th_store_ops MEMORY_OPS = {
    .name = "memory",
    .get = memory_get,
    .seek = memory_seek,
    .next = memory_next,
    .prev = memory_prev,
    .put = memory_put,
    .remove = memory_remove,
    .count = memory_count,
};

struct th_store_memory *th_store_memory_make(void)
{
    return calloc(1, sizeof(struct th_store_memory));
}

struct th_store th_store_memory_ops(struct th_store_memory *memory)
{
    return (struct th_store){.ops = &MEMORY_OPS, .self = memory};
}

void th_store_memory_commit(struct th_store_memory *memory)
{
    th_assert(memory->failed == TH_OK);
    recall_lent(memory);
    for (size_t i = 0; i < memory->change_count; i++) {
        free(memory->changes[i].removed);
    }
    memory->change_count = 0;
}

// Take one change back: restored stands where change->removed stood. Returns what stood there now.
static struct th_entry *
take_back(struct th_sorted *sorted, const struct change *change, struct th_entry *restored)
{
    const struct th_entry *named = change->added != NULL ? change->added : change->removed;
    bool found = false;
    const struct th_place place = th_sorted_find(sorted, th_entry_key(named), &found);
    th_assert(found == (change->added != NULL));
    struct th_entry *now = found ? th_sorted_at(sorted, place)->entry : NULL;
    if (restored == NULL) {
        th_sorted_remove(sorted, place);
    } else if (found) {
        th_sorted_at(sorted, place)->entry = restored;
    } else {
        const bool inserted = th_sorted_insert(sorted, place, restored);
        th_assert(inserted); // one block; tests and simulator have it
    }
    return now;
}

void th_store_memory_abort(struct th_store_memory *memory)
{
    recall_lent(memory);
    while (memory->change_count > 0) {
        const struct change *change = &memory->changes[--memory->change_count];
        struct th_sorted *sorted = &memory->tables[change->table].sorted;
        memory->bytes -= th_entry_bytes(change->added);
        memory->bytes += th_entry_bytes(change->removed);
        free(take_back(sorted, change, change->removed));
    }
    memory->failed = TH_OK;
}

void th_store_memory_free(struct th_store_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    memory->failed = TH_OK;
    th_store_memory_commit(memory);
    for (size_t t = 0; t < TH_STORE_TABLES_MAX; t++) {
        th_sorted_free(&memory->tables[t].sorted);
    }
    free(memory->changes);
    free(memory->lent);
    free(memory);
}

static bool copy_table(const struct th_sorted *from, struct th_sorted *to)
{
    for (struct th_place at = {0}; !th_sorted_ended(from, at); at = th_sorted_after(from, at)) {
        const struct th_entry *entry = th_sorted_at(from, at)->entry;
        struct th_entry *copy = th_entry_make(th_entry_key(entry), th_entry_value(entry));
        if (copy == NULL || !th_sorted_insert(to, th_sorted_end(to), copy)) {
            free(copy);
            return false;
        }
    }
    return true;
}

// What is pending in from was copied too: take it back in the copy.
static bool copy_committed(const struct th_store_memory *from, struct th_store_memory *to)
{
    for (size_t i = from->change_count; i > 0; i--) {
        const struct change *change = &from->changes[i - 1];
        const struct th_entry *old = change->removed;
        struct th_entry *restored = NULL;
        if (old != NULL) {
            restored = th_entry_make(th_entry_key(old), th_entry_value(old));
            if (restored == NULL) {
                return false;
            }
        }
        to->bytes -= th_entry_bytes(change->added);
        to->bytes += th_entry_bytes(old);
        free(take_back(&to->tables[change->table].sorted, change, restored));
    }
    return true;
}

struct th_store_memory *th_store_memory_copy(const struct th_store_memory *memory)
{
    struct th_store_memory *copy = th_store_memory_make();
    bool whole = copy != NULL;
    for (size_t t = 0; whole && t < TH_STORE_TABLES_MAX; t++) {
        whole = copy_table(&memory->tables[t].sorted, &copy->tables[t].sorted);
    }
    if (whole) {
        copy->bytes = memory->bytes;
        copy->bytes_max = memory->bytes_max;
        copy->strict = memory->strict;
        whole = copy_committed(memory, copy);
    }
    if (!whole) {
        th_store_memory_free(copy);
        return NULL;
    }
    return copy;
}

void th_store_memory_limit(struct th_store_memory *memory, size_t bytes)
{
    memory->bytes_max = bytes;
}

size_t th_store_memory_bytes(const struct th_store_memory *memory)
{
    return memory->bytes;
}

void th_store_memory_strict(struct th_store_memory *memory, bool strict)
{
    memory->strict = strict;
}
