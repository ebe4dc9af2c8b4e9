// verify_form.c - what became of each report, again from the ledger
//
//   batch:  item ──> rows it replaced, as they were ──> they are what the ledger made before,
//                                                      and become what the item makes of them
//   rows:   each is what the ledger made last; a declaration that stands counts what is held
//
// Of a row only its hash is kept: the ledger has the row itself when it is replaced.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"

#include "workers/form.h"
#include "workers/judge.h"
#include "workers/ledger.h"
#include "workers/verify_body.h"

struct replay {
    struct verify *verify;
    const struct ledger_entry *entry;
    const struct th_batch *batch;
    struct th_bytes moved; // a row that a change of the register takes elsewhere
    uint64_t moved_sum;
};

// A row that an item replaced: value is empty when there was none.
struct replaced {
    uint64_t item;
    unsigned table;
    struct th_bytes key;
    struct th_bytes value;
};

static void found(struct verify *verify, unsigned code, unsigned table, struct th_bytes key)
{
    verify_found(verify,
                 &(struct verify_finding){.code = code, .table = (enum table)table, .key = key});
}

static bool is_row(unsigned table)
{
    return table == TABLE_FORM || table == TABLE_OPENING;
}

static void hash_of(struct th_bytes value, uint8_t out[static 16])
{
    th_hash128(out, (struct th_bytes){0}, &value, 1);
}

static bool is_as(const struct should *row, struct th_bytes value)
{
    uint8_t hash[16];
    hash_of(value, hash);
    return value.size == 0 ? !row->form.exists
                           : row->form.exists && memcmp(row->form.hash, hash, sizeof(hash)) == 0;
}

static void becomes(struct should *row, struct th_bytes value)
{
    row->form.exists = value.size > 0;
    hash_of(value, row->form.hash);
}

static enum th_err
should_of(struct verify *verify, unsigned table, struct th_bytes bytes, struct should **row)
{
    struct key key = {.size = bytes.size};
    if (bytes.size > sizeof(key.bytes)) {
        return TH_E_CORRUPT;
    }
    memcpy(key.bytes, bytes.data, bytes.size);
    *row = verify_row(verify, table, &key);
    return *row == NULL ? TH_E_NO_MEMORY : TH_OK;
}

// ---- what an item makes of a row ----

static uint64_t sum_of(const struct th_completion *said)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < said->line_count; i++) {
        sum += (uint64_t)said->lines[i].sum.value;
    }
    return sum;
}

// Is key that of the form and period which the item names?
static bool names(struct th_bytes key, struct th_bytes form, struct th_bytes period)
{
    struct form_key at;
    struct th_period parsed;
    return key_read_form(key, &at) == TH_OK && th_bytes_equal(at.form, form) &&
           th_period_parse(period, &parsed) == TH_OK && th_period_equal(at.period, parsed);
}

static bool step_completion(const struct th_update *update,
                            const struct origin *source,
                            struct th_bytes key,
                            th_day today,
                            struct form_row *row)
{
    const struct form_said said = form_said_of(update, source);
    if (said.live) {
        form_declare(row, &said, &update->completion, today);
    } else {
        form_take_back(row, &said, today);
    }
    return names(key, update->completion.form, update->completion.period);
}

static bool step_decision(const struct th_update *update,
                          const struct origin *source,
                          struct th_bytes key,
                          th_day today,
                          struct form_row *row)
{
    const struct form_said said = form_said_of(update, source);
    form_decide(row, &said, &update->desk, today);
    return update->desk.act == TH_ACT_DESK_DECISION &&
           names(key, update->desk.form, update->desk.period);
}

static bool step_form(const struct th_update *update,
                      const struct origin *source,
                      struct th_bytes key,
                      th_day today,
                      struct form_row *row)
{
    switch (update->kind) {
    case TH_KIND_EVALUATION:
    case TH_KIND_COLLECTIVE:
    case TH_KIND_STAFFING:
        return form_touch(row, today);
    case TH_KIND_COMPLETION:
        return step_completion(update, source, key, today, row);
    case TH_KIND_DESK:
        return step_decision(update, source, key, today, row);
    case TH_KIND_TRANSFER:
    case TH_KIND_NONE:
        break;
    }
    return false;
}

static bool step_opening(const struct th_update *update,
                         const struct origin *source,
                         struct th_bytes key,
                         th_day today,
                         struct th_writer *after)
{
    if (update->kind != TH_KIND_DESK || update->desk.act != TH_ACT_DESK_REOPEN) {
        return false;
    }
    const struct form_said said = form_said_of(update, source);
    const struct opening_row row = form_opening(&said, &update->desk, today);
    opening_write(after, &row);
    return names(key, update->desk.form, update->desk.period);
}

// The row after the item; false: it could not have touched this row.
static bool step(const struct replay *replay,
                 const struct replaced *old,
                 const struct origin *source,
                 struct th_writer *after)
{
    const struct th_update *update = &replay->batch->updates[old->item];
    const th_day today = replay->entry->batch.today;
    if (old->table == TABLE_OPENING) {
        return step_opening(update, source, old->key, today, after);
    }
    struct form_row row = form_row_none();
    if (old->value.size > 0 && form_read(old->value, &row) != TH_OK) {
        return false;
    }
    const bool able = step_form(update, source, old->key, today, &row);
    form_write(after, &row);
    return able;
}

static bool changes_register(const struct th_update *update)
{
    return update->kind == TH_KIND_DESK && update->desk.act == TH_ACT_DESK_REGISTER;
}

// A change of the register takes a row away, and then puts it where nothing was.
static void move_row(struct replay *replay, const struct replaced *old, struct should *row)
{
    if (old->value.size > 0) {
        replay->moved = old->value;
        replay->moved_sum = row->form.sum;
        becomes(row, (struct th_bytes){0});
    } else {
        becomes(row, replay->moved);
        row->form.sum = replay->moved_sum;
    }
}

static enum th_err take_replaced(struct replay *replay, const struct replaced *old)
{
    struct verify *verify = replay->verify;
    struct should *row = NULL;
    TH_TRY(should_of(verify, old->table, old->key, &row));
    const struct ledger_batch *batch = &replay->entry->batch;
    const struct origin source = {.node = batch->node,
                                  .epoch = batch->epoch,
                                  .seq = batch->seq,
                                  .index = (uint32_t)old->item};
    if (!is_as(row, old->value)) {
        found(verify, TH_M_VERIFY_FORM, old->table, old->key);
    }
    if (changes_register(&replay->batch->updates[old->item])) {
        move_row(replay, old, row);
        return TH_OK;
    }
    uint8_t space[FORM_BYTES_MAX];
    struct th_writer after = TH_WRITER(space);
    if (!step(replay, old, &source, &after)) {
        found(verify, TH_M_VERIFY_FORM, old->table, old->key);
        return TH_OK;
    }
    becomes(row, th_written(&after));
    const struct th_update *update = &replay->batch->updates[old->item];
    if (update->kind == TH_KIND_COMPLETION) {
        row->form.sum = sum_of(&update->completion);
    }
    return TH_OK;
}

// ---- a batch ----

// An item that always makes a row; what a figure should have touched, the rows tell at the end.
static bool must_replace(const struct th_update *update)
{
    return update->kind == TH_KIND_COMPLETION ||
           (update->kind == TH_KIND_DESK &&
            (update->desk.act == TH_ACT_DESK_DECISION || update->desk.act == TH_ACT_DESK_REOPEN));
}

// Rows that were replaced stand in the order of the items.
struct cursor {
    struct th_reader reader;
    uint32_t left;
    bool has;
    struct replaced now;
};

static enum th_err advance(struct cursor *cursor, uint32_t items)
{
    cursor->has = cursor->left > 0;
    if (!cursor->has) {
        return th_read_done(&cursor->reader) ? TH_OK : TH_E_CORRUPT;
    }
    cursor->left--;
    cursor->now.item = th_read_varint(&cursor->reader);
    cursor->now.table = th_read_u8(&cursor->reader);
    cursor->now.key = th_read_block(&cursor->reader);
    cursor->now.value = th_read_block(&cursor->reader);
    return cursor->reader.failed || cursor->now.item >= items ? TH_E_CORRUPT : TH_OK;
}

static enum th_err
take_item(struct replay *replay, struct cursor *cursor, uint32_t index, bool accepted)
{
    const struct ledger_batch *batch = &replay->entry->batch;
    const struct th_update *update = &replay->batch->updates[index];
    bool replaced = false;
    while (cursor->has && cursor->now.item <= index) {
        if (is_row(cursor->now.table)) {
            TH_TRY(take_replaced(replay, &cursor->now));
            replaced = true;
        }
        TH_TRY(advance(cursor, replay->entry->items));
    }
    if (accepted ? must_replace(update) && !replaced : replaced) {
        const struct key item = key_of_reject(batch->node, batch->epoch, batch->seq, index);
        found(replay->verify, TH_M_VERIFY_FORM, TABLE_LEDGER, key_view(&item));
    }
    return TH_OK;
}

enum th_err verify_form_batch(struct verify *verify,
                              const struct ledger_entry *entry,
                              const struct th_batch *batch)
{
    struct replay replay = {.verify = verify, .entry = entry, .batch = batch};
    struct cursor cursor = {.reader = th_reader_of(entry->replaced), .left = entry->olds};
    struct th_reader outcomes = th_reader_of(entry->outcomes);
    TH_TRY(advance(&cursor, entry->items));
    for (uint32_t i = 0; i < entry->items; i++) {
        const bool accepted = ledger_is_accepted(th_read_varint(&outcomes));
        TH_TRY(take_item(&replay, &cursor, i, accepted));
    }
    return cursor.has ? TH_E_CORRUPT : TH_OK;
}

// ---- rows as they are ----

// What the unit itself holds of a form in a period.
struct recount {
    const struct verify *verify;
    struct form_key at;
    const struct th_form *form;
    uint64_t keys;
    uint64_t sum; // modulo 2^64
};

static enum th_err
recount_record(struct recount *recount, unsigned table, struct th_bytes key, struct th_bytes value)
{
    const struct th_catalogue *catalogue = recount->verify->setup->catalogue;
    struct record record;
    struct figure_key at;
    struct th_measure measure = {.form = recount->form};
    TH_TRY(th_check_open(&recount->verify->check, table, key, &value));
    TH_TRY(record_read(table, value, &record));
    if (table == TABLE_STAFFING) {
        TH_TRY(key_read_figure(key, &at));
        if (th_catalogue_measure(catalogue, at.measure, &measure) != TH_OK) {
            measure.form = NULL;
        }
    }
    if (record.live && measure.form == recount->form) {
        const int64_t score = record.score.has ? record.score.value : 0;
        recount->keys++;
        recount->sum += (uint64_t)(table == TABLE_STAFFING ? record.figure.value : score);
    }
    return TH_OK;
}

static enum th_err recount_table(struct recount *recount, unsigned table)
{
    const struct th_store store = recount->verify->setup->store;
    const struct th_bytes none = {0};
    const struct key prefix = key_of_record(recount->at.uid, recount->at.period, none, none, NULL);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, table, key_view(&prefix), &key, &value);
    while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
        TH_TRY(recount_record(recount, table, key, value));
        err = th_store_next(store, table, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// A declaration that stands is what is held; TH_E_CORRUPT: a record cannot be read.
static enum th_err check_held(struct verify *verify,
                              struct th_bytes key,
                              const struct form_row *row,
                              const struct should *should)
{
    const struct th_catalogue *catalogue = verify->setup->catalogue;
    struct recount recount = {.verify = verify};
    TH_TRY(key_read_form(key, &recount.at));
    recount.form = th_catalogue_form(catalogue, recount.at.form);
    if (recount.form == NULL) {
        return TH_E_CORRUPT;
    }
    TH_TRY(recount_table(&recount, TABLE_STAFFING));
    if (th_catalogue_evaluation_form(catalogue, recount.at.period) == recount.form) {
        TH_TRY(recount_table(&recount, TABLE_EVALUATION));
    }
    if (recount.keys != row->keys || recount.sum != should->form.sum) {
        found(verify, TH_M_VERIFY_CONTROL, TABLE_FORM, key);
    }
    return TH_OK;
}

static enum th_err
compare_row(struct verify *verify, unsigned table, struct th_bytes key, struct th_bytes payload)
{
    struct should *should = NULL;
    TH_TRY(should_of(verify, table, key, &should));
    should->seen = true;
    if (!is_as(should, payload)) {
        found(verify, TH_M_VERIFY_FORM, table, key);
        return TH_OK;
    }
    struct form_row row;
    if (table != TABLE_FORM) {
        return TH_OK;
    }
    TH_TRY(form_read(payload, &row));
    const bool stands = row.state == FORM_SUBMITTED || row.state == FORM_ACCEPTED;
    return stands ? check_held(verify, key, &row, should) : TH_OK;
}

static enum th_err compare_form(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    return compare_row(verify, TABLE_FORM, key, payload);
}

static enum th_err
compare_opening(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    return compare_row(verify, TABLE_OPENING, key, payload);
}

enum th_err verify_form_rows(struct verify *verify)
{
    TH_TRY(verify_scan(verify, TABLE_FORM, false, compare_form));
    TH_TRY(verify_scan(verify, TABLE_OPENING, false, compare_opening));
    for (size_t i = 0; i < verify->count; i++) {
        const struct should *row = &verify->rows[i];
        if (is_row(row->table) && row->form.exists && !row->seen) {
            found(verify, TH_M_VERIFY_FORM, row->table, key_view(&row->key));
        }
    }
    return TH_OK;
}
