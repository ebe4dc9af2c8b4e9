// past.c - see past.h; from the ledger to what was replaced, and the totals of what stood then

#include "workers/past.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/sorted.h"

#include "workers/ledger.h"
#include "workers/past_body.h"
#include "workers/totals.h"

enum {
    ROW_BYTES_MAX = RECORD_BYTES_MAX + TH_CHECK_BYTES,
    TOTAL_BYTES_MAX = 256,
    ENTRY_BYTES = 64, // of a row that is held, beside its own
};

enum back_reach past_reach(unsigned table)
{
    static const enum back_reach REACH[TABLE_COUNT] = {
        [TABLE_META] = BACK_NOW,
        [TABLE_EVALUATION] = BACK_RECORDS,
        [TABLE_STAFFING] = BACK_RECORDS,
        [TABLE_TOTAL] = BACK_COUNT,
        [TABLE_COVERAGE] = BACK_COUNT,
        [TABLE_LEDGER] = BACK_LEDGER,
        [TABLE_TRANSFER] = BACK_RECORDS,
        [TABLE_FORM] = BACK_ROWS,
        [TABLE_OPENING] = BACK_ROWS,
    };
    return table < TABLE_COUNT ? REACH[table] : BACK_NOTHING;
}

// ---- which batches came later ----

// The place of node among the marks, or where it belongs.
static size_t mark_at(const struct past *past, uint32_t node)
{
    size_t low = 0;
    size_t high = past->mark_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (past->marks[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_mark(const struct past *past, size_t at, uint32_t node)
{
    return at < past->mark_count && past->marks[at].node == node;
}

bool past_is_later(const struct past *past, const struct origin *source)
{
    const size_t at = mark_at(past, source->node);
    if (!has_mark(past, at, source->node)) {
        return false;
    }
    const struct back_mark *mark = &past->marks[at];
    return source->epoch > mark->epoch ||
           (source->epoch == mark->epoch && source->seq >= mark->seq);
}

static enum th_err mark_batch(struct past *past, const struct ledger_batch *batch)
{
    const size_t at = mark_at(past, batch->node);
    if (has_mark(past, at, batch->node)) {
        return TH_OK; // an earlier one of that node came after the version too
    }
    void *marks = past->marks;
    const bool room =
        th_list_grow(&marks, past->mark_count, &past->mark_max, sizeof(struct back_mark));
    past->marks = marks;
    if (!room) {
        return TH_E_NO_MEMORY;
    }
    memmove(
        &past->marks[at + 1], &past->marks[at], (past->mark_count - at) * sizeof(struct back_mark));
    past->marks[at] =
        (struct back_mark){.node = batch->node, .epoch = batch->epoch, .seq = batch->seq};
    past->mark_count++;
    return TH_OK;
}

// ---- what was replaced ----

// Room for one more row of so many bytes, within B3.
static enum th_err hold(struct past *past, size_t bytes)
{
    past->held += bytes + ENTRY_BYTES;
    return past->held > past->bytes_max ? TH_E_TOO_LARGE : TH_OK;
}

// A row as it was before an item changed it. Only the first change after the version tells what
// stood at the version; and what that change found may itself have come after it.
static enum th_err
keep_old(struct past *past, unsigned table, struct th_bytes key, struct th_bytes value)
{
    const struct th_store old = th_store_memory_ops(past->old);
    const enum back_reach reach = past_reach(table);
    struct th_bytes known;
    if (reach != BACK_RECORDS && reach != BACK_ROWS) {
        return table < TABLE_COUNT ? TH_OK : TH_E_CORRUPT; // no part of the view
    }
    const enum th_err err = th_store_get(old, table, key, &known);
    if (err != TH_E_NOT_FOUND) {
        return err;
    }
    if (reach == BACK_RECORDS && value.size > 0) {
        struct origin source;
        TH_TRY(record_read_source(value, &source));
        value.size = past_is_later(past, &source) && !th_mutant(76) ? 0 : value.size;
    }
    TH_TRY(hold(past, key.size + value.size));
    if (value.size == 0) {
        return th_store_put(old, table, key, (struct th_bytes){.data = "", .size = 0});
    }
    uint8_t space[ROW_BYTES_MAX];
    struct th_writer sealed = TH_WRITER(space);
    th_write_bytes(&sealed, value);
    return sealed.overflow ? TH_E_CORRUPT : th_check_put(past->check, old, table, key, &sealed);
}

static enum th_err keep_replaced(struct past *past, const struct ledger_entry *entry)
{
    struct th_reader reader = th_reader_of(entry->replaced);
    for (uint32_t i = 0; i < entry->olds; i++) {
        (void)th_read_varint(&reader); // which item of the batch
        const uint8_t table = th_read_u8(&reader);
        const struct th_bytes key = th_read_block(&reader);
        const struct th_bytes value = th_read_block(&reader);
        if (reader.failed || key.size == 0 || key.size > TH_STORE_KEY_MAX) {
            return TH_E_CORRUPT;
        }
        TH_TRY(keep_old(past, table, key, value));
    }
    th_store_memory_commit(past->old); // what it replaced can go
    return th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

// Everything that was decided after the version, in order.
static enum th_err walk(struct past *past)
{
    const struct key from = key_of_ledger(past->version + 1, 0);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(past->now, TABLE_LEDGER, key_view(&from), &key, &value);
    while (err == TH_OK) {
        struct ledger_key at;
        struct ledger_entry entry;
        TH_TRY(key_read_ledger(key, &at));
        if (at.index != LEDGER_HEAD) {
            TH_TRY(th_check_open(past->check, TABLE_LEDGER, key, &value));
            TH_TRY(ledger_read(value, &entry));
            TH_TRY(mark_batch(past, &entry.batch));
            TH_TRY(keep_replaced(past, &entry));
        }
        err = th_store_next(past->now, TABLE_LEDGER, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- life ----

enum th_err past_open(struct th_store store,
                      const struct th_check *check,
                      uint64_t version,
                      size_t bytes_max,
                      struct past **past)
{
    TH_SCOPED(past_close) struct past *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    *made = (struct past){
        .now = store,
        .check = check,
        .version = version,
        .bytes_max = bytes_max,
        .old = th_store_memory_make(),
        .counted = th_store_memory_make(),
    };
    if (made->old == NULL || made->counted == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(walk(made));
    *past = made;
    made = NULL; // the caller's now
    return TH_OK;
}

void past_close(struct past **past)
{
    struct past *gone = *past;
    if (gone == NULL) {
        return;
    }
    if (gone->old != NULL) {
        th_store_memory_abort(gone->old);
    }
    if (gone->counted != NULL) {
        th_store_memory_abort(gone->counted);
    }
    th_store_memory_free(gone->old);
    th_store_memory_free(gone->counted);
    free(gone->marks);
    free(gone);
    *past = NULL;
}

struct th_store past_store(const struct past *past)
{
    return (struct th_store){.ops = &PAST_OPS, .self = (void *)(uintptr_t)past};
}

// ---- totals ----

static enum th_err take_total(void *self, const struct key *key, const struct th_cell *cell)
{
    struct past *past = self;
    uint8_t space[TOTAL_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    totals_write_cell(&value, cell, 1);
    const struct th_store counted = th_store_memory_ops(past->counted);
    return th_check_put(past->check, counted, TABLE_TOTAL, key_view(key), &value);
}

static enum th_err take_cover(void *self, const struct key *key, const struct cover *cover)
{
    struct past *past = self;
    uint8_t space[TOTAL_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    totals_write_cover(&value, cover);
    const struct th_store counted = th_store_memory_ops(past->counted);
    return th_check_put(past->check, counted, TABLE_COVERAGE, key_view(key), &value);
}

enum th_err past_count(struct past *past,
                       const struct verify_setup *setup,
                       verify_wants *wants,
                       const void *self)
{
    struct verify_setup then = *setup;
    then.store = past_store(past);
    const struct verify_counting counting = {
        .wants = wants,
        .wants_self = self,
        .bytes_max = BACK_COUNTED * past->bytes_max,
        .total = take_total,
        .cover = take_cover,
        .self = past,
    };
    TH_TRY(verify_recount(&then, &counting));
    th_store_memory_commit(past->counted);
    return TH_OK;
}
