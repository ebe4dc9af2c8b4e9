// judge_restore.c - what the province holds of a node, for an outbox that knows less
//
// Everything that was accepted of the node and still stands is found by reading the ledger from the
// place the node names: an item stands when the record of its key names it as its source. A piece
// ends before it is too large, and after so many rows of the ledger that a turn is not held up.
// Nothing is remembered between two pieces.

#include <string.h>

#include "tonghop/subject.h"

#include "workers/judge_body.h"

enum {
    PIECE_BODIES_MAX = 120 * 1024, // of the batches a piece is taken from
    WALK_ROWS_MAX = 4096,          // of the ledger, for one piece
    WALK_BYTES_MAX = 8 * 1024 * 1024,
};

struct piece {
    struct judge *judge;
    const struct seat *seat;
    struct th_grant anybody; // what was accepted once is not judged again
    struct th_update *updates;
    struct th_bytes *keys;
    size_t count;
    size_t bytes;
};

static bool same_source(const struct origin *a, const struct origin *b)
{
    return a->node == b->node && a->epoch == b->epoch && a->seq == b->seq && a->index == b->index;
}

static enum th_err record_names(const struct piece *piece,
                                unsigned table,
                                const struct key *key,
                                const struct origin *source,
                                bool *stands)
{
    struct held held;
    TH_TRY(judge_hold(piece->judge, table, key, &held));
    *stands = held.exists && same_source(&held.record.source, source);
    return TH_OK;
}

static enum th_err form_names(const struct piece *piece,
                              const struct th_judged *judged,
                              const struct origin *source,
                              bool *stands)
{
    struct judge *judge = piece->judge;
    const struct key key =
        key_of_form(judged->update->completion.form, judged->period, judged->uid);
    struct th_bytes value;
    struct form_row row;
    *stands = false;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_FORM, key_view(&key), &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    TH_TRY(form_read(value, &row));
    *stands = same_source(&row.declared.source, source);
    return TH_OK;
}

static enum th_err stands(const struct piece *piece,
                          const struct th_judged *judged,
                          const struct origin *source,
                          bool *stands)
{
    struct key key;
    switch (judged->update->kind) {
    case TH_KIND_EVALUATION:
    case TH_KIND_COLLECTIVE:
        key = key_of_record(
            judged->uid, judged->period, judged->scheme->code, judged->category, judged->person);
        return record_names(piece, TABLE_EVALUATION, &key, source, stands);
    case TH_KIND_STAFFING:
        key = key_of_figure(
            judged->uid, judged->period, judged->measure.code, th_bytes_of(judged->dims));
        return record_names(piece, TABLE_STAFFING, &key, source, stands);
    case TH_KIND_TRANSFER:
        key = key_of_transfer(judged->scheme->code, judged->person, judged->effective);
        return record_names(piece, TABLE_TRANSFER, &key, source, stands);
    case TH_KIND_COMPLETION:
        return form_names(piece, judged, source, stands);
    case TH_KIND_DESK: // acts are kept whatever came after them
        *stands = true;
        return TH_OK;
    case TH_KIND_NONE:
        break;
    }
    th_unreachable(); // the rules pass no other
}

static enum th_err
add_item(struct piece *piece, const struct th_update *update, const struct origin *source)
{
    struct judge *judge = piece->judge;
    struct th_judged judged;
    struct th_verdict verdict;
    bool standing = false;
    const enum th_err err =
        th_rules_judge(&judge->rules, &piece->anybody, judge->today, update, &judged, &verdict);
    if (err == TH_E_REFUSED) {
        return TH_OK; // of a register that is no more: nothing can be said about it either
    }
    TH_TRY(err);
    TH_TRY(stands(piece, &judged, source, &standing));
    if (!standing) {
        return TH_OK;
    }
    uint8_t *room = th_arena_take(&judge->decode, TH_SUBJECT_MAX);
    if (room == NULL) {
        return TH_E_TOO_LARGE;
    }
    piece->keys[piece->count] = th_subject(&judged, room);
    piece->updates[piece->count] = *update;
    piece->count++;
    return TH_OK;
}

// TH_E_TOO_LARGE: it has no room in this piece.
static enum th_err add_batch(struct piece *piece, const struct ledger_entry *entry)
{
    struct judge *judge = piece->judge;
    struct th_batch batch;
    if (piece->count > 0 && (piece->count + entry->items > TH_BATCH_UPDATES_MAX ||
                             piece->bytes + entry->body.size > PIECE_BODIES_MAX)) {
        return TH_E_TOO_LARGE;
    }
    TH_TRY(th_batch_read(entry->body, &judge->decode, &batch, NULL));
    struct th_reader outcomes = th_reader_of(entry->outcomes);
    for (size_t i = 0; i < batch.count; i++) {
        const struct origin source = {
            .node = entry->batch.node,
            .epoch = entry->batch.epoch,
            .seq = entry->batch.seq,
            .index = (uint32_t)i,
        };
        if (ledger_is_accepted(th_read_varint(&outcomes))) {
            TH_TRY(add_item(piece, &batch.updates[i], &source));
        }
    }
    return th_read_done(&outcomes) ? TH_OK : TH_E_CORRUPT;
}

static enum th_err add_row(struct piece *piece,
                           struct th_bytes key,
                           struct th_bytes value,
                           const struct ledger_key *at)
{
    struct judge *judge = piece->judge;
    struct ledger_entry entry;
    if (at->index == LEDGER_HEAD) {
        return TH_OK;
    }
    TH_TRY(th_check_open(&judge->check, TABLE_LEDGER, key, &value));
    TH_TRY(ledger_read(value, &entry));
    if (entry.batch.node != piece->seat->number) {
        return TH_OK;
    }
    const size_t before = piece->count;
    const size_t used = judge->decode.used;
    const enum th_err err = add_batch(piece, &entry);
    if (err != TH_OK) {
        piece->count = before; // all of a batch or nothing of it
        return err == TH_E_MALFORMED || (err == TH_E_TOO_LARGE && before == 0) ? TH_E_CORRUPT : err;
    }
    if (piece->count == before) {
        judge->decode.used = used; // of what no longer stands nothing is kept
    } else {
        piece->bytes += entry.body.size;
    }
    return TH_OK;
}

static enum th_err walk(struct piece *piece, struct th_restore *made)
{
    const struct th_store store = piece->judge->setup.store;
    const struct key from = key_of_ledger(made->after.version, made->after.index);
    struct th_bytes key;
    struct th_bytes value;
    size_t rows = 0;
    size_t bytes = 0;
    made->next = made->after;
    enum th_err err = th_store_next(store, TABLE_LEDGER, key_view(&from), &key, &value);
    while (err == TH_OK && rows < WALK_ROWS_MAX && bytes < WALK_BYTES_MAX) {
        struct ledger_key at;
        TH_TRY(key_read_ledger(key, &at));
        const enum th_err each = add_row(piece, key, value, &at);
        if (each == TH_E_TOO_LARGE) {
            return TH_OK;
        }
        TH_TRY(each);
        made->next = (struct th_spot){.version = at.version, .index = at.index};
        rows++;
        bytes += value.size;
        err = th_store_next(store, TABLE_LEDGER, key, &key, &value);
    }
    made->last = err == TH_E_NOT_FOUND;
    return made->last ? TH_OK : err;
}

enum th_err
judge_make_restore(struct judge *judge, const struct seat *seat, struct th_restore *made)
{
    struct digest digest;
    th_arena_reset(&judge->decode);
    struct piece piece = {
        .judge = judge,
        .seat = seat,
        .anybody = {.node = seat->number, .desk = true},
        .updates = th_arena_take(&judge->decode, TH_BATCH_UPDATES_MAX * sizeof(struct th_update)),
        .keys = th_arena_take(&judge->decode, TH_BATCH_UPDATES_MAX * sizeof(struct th_bytes)),
    };
    th_assert(piece.updates != NULL && piece.keys != NULL); // the arena takes far more
    *made = (struct th_restore){.after = seat->restore_after};
    TH_TRY(walk(&piece, made));
    TH_TRY(judge_digest_of(judge, seat, &digest));
    made->live = digest.count;
    memcpy(made->sum, digest.sum, sizeof(made->sum));
    made->batch = (struct th_batch){.updates = piece.updates, .count = piece.count};
    made->keys = piece.keys;
    return TH_OK;
}
