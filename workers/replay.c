// replay.c - see replay.h

#include "workers/replay.h"

#include <stdlib.h>

#include "tonghop/codec.h"

struct running {
    const struct replay *replay;
    struct th_arena arena;        // of one batch
    const struct th_rules *rules; // that the batches of this version were judged with
    // the item at work
    struct key own;
    struct record records[3]; // elsewhere, was, now
    uint8_t fresh[RECORD_BYTES_MAX];
};

static void space_free(void **space)
{
    free(*space);
}

static bool is_register(const struct th_update *update)
{
    return update->kind == TH_KIND_DESK && update->desk.act == TH_ACT_DESK_REGISTER;
}

// ---- pieces ----

static const struct record *live(const struct record *record)
{
    return record->live ? record : NULL;
}

// Where the record of a figure or rating stands. Its key lives as long as the piece.
static enum th_err place_piece(unsigned table, struct th_bytes key, struct replay_piece *piece)
{
    piece->table = table;
    if (table == TABLE_STAFFING) {
        struct figure_key at;
        TH_TRY(key_read_figure(key, &at));
        piece->uid = at.uid;
        piece->period = at.period;
        piece->measure = at.measure;
        piece->dims = at.dims;
        return TH_OK;
    }
    struct record_key at;
    TH_TRY(table == TABLE_EVALUATION ? key_read_record(key, &at) : TH_E_CORRUPT);
    piece->uid = at.uid;
    piece->period = at.period;
    piece->scheme = at.scheme;
    piece->category = at.category;
    piece->person = at.person;
    return TH_OK;
}

static enum th_err
place_own(struct running *running, const struct th_judged *judged, struct replay_piece *piece)
{
    switch (judged->update->kind) {
    case TH_KIND_STAFFING:
        running->own = key_of_figure(
            judged->uid, judged->period, judged->measure.code, th_bytes_of(judged->dims));
        return place_piece(TABLE_STAFFING, key_view(&running->own), piece);
    case TH_KIND_EVALUATION:
    case TH_KIND_COLLECTIVE:
        running->own = key_of_record(
            judged->uid, judged->period, judged->scheme->code, judged->category, judged->person);
        return place_piece(TABLE_EVALUATION, key_view(&running->own), piece);
    case TH_KIND_TRANSFER:
        running->own = key_of_transfer(judged->scheme->code, judged->person, judged->effective);
        *piece = (struct replay_piece){
            .table = TABLE_TRANSFER,
            .uid = judged->uid,
            .period = judged->period,
            .scheme = judged->scheme->code,
            .person = judged->person,
        };
        return TH_OK;
    case TH_KIND_NONE:
    case TH_KIND_COMPLETION:
    case TH_KIND_DESK:
        break;
    }
    th_unreachable();
}

// ---- what was replaced ----

struct replaced {
    struct th_reader reader;
    uint32_t left;
    uint64_t item;
    unsigned table;
    struct th_bytes key;
    struct th_bytes value;
};

// The next row of entry->replaced; with none left item is above every other.
static enum th_err next_replaced(struct replaced *at)
{
    if (at->left == 0) {
        at->item = UINT64_MAX;
        return th_read_done(&at->reader) ? TH_OK : TH_E_CORRUPT;
    }
    at->left--;
    at->item = th_read_varint(&at->reader);
    at->table = th_read_u8(&at->reader);
    at->key = th_read_block(&at->reader);
    at->value = th_read_block(&at->reader);
    return at->reader.failed ? TH_E_CORRUPT : TH_OK;
}

// One row that a statement replaced: its own record, or the person's in the unit that was left.
static enum th_err
take_replaced(struct running *running, const struct replaced *at, struct replay_item *item)
{
    struct replay_piece *piece = &item->pieces[item->count - 1];
    struct record *was = &running->records[1];
    if (at->value.size == 0 || at->table != piece->table) {
        return TH_OK; // rows beside the statement
    }
    if (!th_bytes_equal(at->key, key_view(&running->own))) {
        if (item->count == TH_COUNT(item->pieces)) {
            return TH_E_CORRUPT;
        }
        item->pieces[1] = item->pieces[0];
        item->count = 2;
        piece = &item->pieces[0];
        *piece = (struct replay_piece){.rules = running->rules};
        was = &running->records[0];
        TH_TRY(place_piece(at->table, at->key, piece));
    }
    TH_TRY(record_read(at->table, at->value, was));
    piece->was = live(was);
    return TH_OK;
}

// ---- a statement ----

static enum th_err
judge_again(const struct running *running, const struct replay_item *item, struct th_judged *judged)
{
    static const struct th_grant desk = {.desk = true}; // who might say it was judged then
    struct th_verdict verdict;
    const enum th_err err =
        th_rules_judge(running->rules, &desk, item->batch->today, item->update, judged, &verdict);
    return err == TH_E_REFUSED ? TH_E_CORRUPT : err;
}

static enum th_err
run_statement(struct running *running, struct replay_item *item, struct replaced *replaced)
{
    const struct replay *replay = running->replay;
    struct th_judged judged;
    struct replay_piece *piece = &item->pieces[0];
    const struct origin source = {.node = item->batch->node,
                                  .epoch = item->batch->epoch,
                                  .seq = item->batch->seq,
                                  .index = item->index};
    TH_TRY(judge_again(running, item, &judged));
    TH_TRY(place_own(running, &judged, piece));
    piece->rules = running->rules;
    item->count = 1;
    struct th_writer fresh = TH_WRITER(running->fresh);
    record_write(&fresh, replay->check, &judged, &source);
    TH_TRY(record_read(piece->table, th_written(&fresh), &running->records[2]));
    piece->now = live(&running->records[2]);
    while (replaced->item == item->index) {
        TH_TRY(take_replaced(running, replaced, item));
        TH_TRY(next_replaced(replaced));
    }
    return replay->each(replay->self, item);
}

// ---- a change of the register ----

// Records that it carried: each is listed as it was, and then the place where nothing stood; and so
// are reports, which state nothing.
static enum th_err
run_register(struct running *running, struct replay_item *item, struct replaced *replaced)
{
    const struct replay *replay = running->replay;
    const struct th_rules *after = NULL;
    while (replaced->item == item->index) {
        struct record *record = &running->records[0];
        const unsigned table = replaced->table;
        if (table == TABLE_FORM || table == TABLE_OPENING) {
            TH_TRY(next_replaced(replaced));
            continue;
        }
        item->count = 2;
        item->pieces[0] = (struct replay_piece){.rules = running->rules};
        item->pieces[1] = (struct replay_piece){.rules = NULL};
        TH_TRY(place_piece(table, replaced->key, &item->pieces[0]));
        TH_TRY(record_read(table, replaced->value, record));
        TH_TRY(next_replaced(replaced));
        if (replaced->item != item->index || replaced->table != table || replaced->value.size > 0) {
            return TH_E_CORRUPT;
        }
        TH_TRY(place_piece(table, replaced->key, &item->pieces[1]));
        if (after == NULL) {
            TH_TRY(replay->rules(replay->rules_self, item->version, &after));
        }
        item->pieces[1].rules = after;
        item->pieces[0].was = live(record);
        item->pieces[1].now = live(record);
        TH_TRY(replay->each(replay->self, item));
        TH_TRY(next_replaced(replaced));
    }
    return TH_OK;
}

// ---- batches ----

static enum th_err
run_item(struct running *running, struct replay_item *item, struct replaced *replaced)
{
    if (ledger_is_statement(item->update->kind)) {
        return run_statement(running, item, replaced);
    }
    return is_register(item->update) ? run_register(running, item, replaced) : TH_OK;
}

static enum th_err
run_batch(struct running *running, uint64_t version, const struct ledger_entry *entry)
{
    struct th_batch batch;
    struct th_malformed why;
    struct replaced replaced = {.reader = th_reader_of(entry->replaced), .left = entry->olds};
    struct th_reader outcomes = th_reader_of(entry->outcomes);
    th_arena_reset(&running->arena);
    if (th_batch_read(entry->body, &running->arena, &batch, &why) != TH_OK ||
        batch.count != entry->items) {
        return TH_E_CORRUPT;
    }
    TH_TRY(next_replaced(&replaced));
    for (uint32_t i = 0; i < entry->items; i++) {
        if (ledger_is_accepted(th_read_varint(&outcomes))) {
            struct replay_item item = {.version = version,
                                       .batch = &entry->batch,
                                       .index = i,
                                       .update = &batch.updates[i]};
            TH_TRY(run_item(running, &item, &replaced));
        }
        while (replaced.item <= i) { // rows that nobody asks about
            TH_TRY(next_replaced(&replaced));
        }
    }
    return th_read_done(&outcomes) ? TH_OK : TH_E_CORRUPT;
}

static enum th_err
run_entry(struct running *running, struct th_bytes key, struct th_bytes value, bool *ended)
{
    const struct replay *replay = running->replay;
    struct ledger_key at;
    struct ledger_entry entry;
    TH_TRY(key_read_ledger(key, &at));
    *ended = at.version > replay->until;
    if (*ended || at.index == LEDGER_HEAD) {
        return TH_OK;
    }
    TH_TRY(th_check_open(replay->check, TABLE_LEDGER, key, &value));
    TH_TRY(ledger_read(value, &entry));
    if (at.index == 0) {
        TH_TRY(replay->rules(replay->rules_self, at.version - 1, &running->rules));
    }
    return run_batch(running, at.version, &entry);
}

enum th_err replay_run(const struct replay *replay)
{
    TH_SCOPED(space_free) void *space = malloc(TH_ARENA_BYTES);
    struct running running = {.replay = replay, .arena = th_arena_of(space, TH_ARENA_BYTES)};
    const struct key from = key_of_ledger(replay->since + 1, 0);
    struct th_bytes key;
    struct th_bytes value;
    if (space == NULL) {
        return TH_E_NO_MEMORY;
    }
    enum th_err err = th_store_seek(replay->store, TABLE_LEDGER, key_view(&from), &key, &value);
    bool ended = false;
    while (err == TH_OK) {
        TH_TRY(run_entry(&running, key, value, &ended));
        err =
            ended ? TH_E_NOT_FOUND : th_store_next(replay->store, TABLE_LEDGER, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}
