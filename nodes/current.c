// current.c - see current.h

#include "nodes/current.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/accepted.h"
#include "nodes/table.h"
#include "nodes/verdicts.h"

enum { CURRENT_VALUE_MAX = TH_UPDATE_BYTES_MAX + 64, CURRENT_VERSION = 1 };

static const uint32_t STALE = 2222; // V22: the first parameter is the revision the province has

static enum th_err read_current(struct th_bytes value, struct current *current)
{
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    current->state = (enum current_state)th_read_u8(&in);
    current->revision_known = th_read_varint(&in);
    current->seq = th_read_varint(&in);
    current->index = (uint32_t)th_read_varint(&in);
    current->code = (uint32_t)th_read_varint(&in);
    current->update = th_read_block(&in);
    return th_read_done(&in) && version == CURRENT_VERSION ? TH_OK : TH_E_CORRUPT;
}

static enum th_err
put_current(struct outbox *box, struct th_bytes key, const struct current *current)
{
    uint8_t room[CURRENT_VALUE_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, CURRENT_VERSION);
    th_write_u8(&out, (uint8_t)current->state);
    th_write_varint(&out, current->revision_known);
    th_write_varint(&out, current->seq);
    th_write_varint(&out, current->index);
    th_write_varint(&out, current->code);
    th_write_block(&out, current->update);
    return th_check_put(&box->check, box->store, NODE_CURRENT, key, &out);
}

enum th_err current_get(struct outbox *box, struct th_bytes key, struct current *current)
{
    struct th_bytes value;
    TH_TRY(th_check_get(&box->check, box->store, NODE_CURRENT, key, &value));
    return read_current(value, current);
}

enum th_err current_next(struct outbox *box,
                         struct th_bytes after,
                         struct th_bytes *key,
                         struct current *current)
{
    struct th_bytes value;
    const enum th_err err = after.size == 0
                                ? th_store_seek(box->store, NODE_CURRENT, after, key, &value)
                                : th_store_next(box->store, NODE_CURRENT, after, key, &value);
    TH_TRY(err);
    TH_TRY(th_check_open(&box->check, NODE_CURRENT, *key, &value));
    return read_current(value, current);
}

static uint64_t revision_at_province(const struct th_verdict *verdict)
{
    if (verdict->code != STALE || verdict->variant != 'a' || verdict->count == 0) {
        return 0;
    }
    return strtoull(verdict->params[0], NULL, 10);
}

// What a refusal says about the figure: it was not sent, and the province may know a newer
// revision.
static void take_refusal(struct current *figure, const struct th_item_verdict *refusal)
{
    const uint64_t stored = revision_at_province(&refusal->verdict);
    figure->revision_known = stored > figure->revision_known ? stored : figure->revision_known;
    if (figure->seq == refusal->seq && figure->index == refusal->index) {
        figure->state = CURRENT_REFUSED;
        figure->code = refusal->verdict.code;
    }
}

// One item of a published batch becomes the newest of its figure, unless a newer revision is known.
static enum th_err absorb_item(struct outbox *box, struct th_bytes key, const struct current *item)
{
    struct current known;
    struct current next = *item;
    const enum th_err err = current_get(box, key, &known);
    if (err == TH_OK) {
        if (known.revision_known > next.revision_known && known.state == CURRENT_SENT) {
            return TH_OK; // a journal may queue an overtaken row: the newer one stays
        }
        if (known.revision_known > next.revision_known) {
            next.revision_known = known.revision_known;
        }
    } else if (err != TH_E_NOT_FOUND) {
        return err;
    }
    // The verdict may have come before the batch was absorbed.
    struct th_item_verdict verdict;
    const enum th_err heard = verdicts_from(box, item->seq, item->index, &verdict);
    if (heard == TH_OK && verdict.seq == item->seq && verdict.index == item->index &&
        verdicts_refuses(verdict.verdict.code)) {
        take_refusal(&next, &verdict);
    } else if (heard != TH_OK && heard != TH_E_NOT_FOUND) {
        return heard;
    }
    return put_current(box, key, &next);
}

static enum th_err absorb_batch(struct outbox *box, struct th_arena *arena, uint64_t seq)
{
    struct th_bytes bytes;
    TH_TRY(outbox_body(box, seq, &bytes));
    // Every change of the store moves its pages: what is read must be copied before the first put.
    bool full = false;
    th_arena_reset(arena);
    const struct th_bytes body = th_arena_copy(arena, bytes, &full);
    TH_TRY(outbox_item_keys(box, seq, &bytes));
    const struct th_bytes keys = th_arena_copy(arena, bytes, &full);
    if (full) {
        return TH_E_NO_MEMORY;
    }
    struct th_batch batch;
    TH_TRY(th_batch_read(body, arena, &batch, NULL));

    struct th_reader in = th_reader_of(keys);
    for (size_t i = 0; i < batch.count; i++) {
        const struct th_bytes key = th_read_block(&in);
        struct th_update plain = batch.updates[i];
        plain.entered_at = 0;
        uint8_t room[TH_UPDATE_BYTES_MAX];
        struct th_writer out = TH_WRITER(room);
        th_update_write(&out, &plain);
        if (in.failed || key.size == 0 || out.overflow) {
            return TH_E_CORRUPT;
        }
        const struct current item = {
            .state = CURRENT_SENT,
            .revision_known = plain.revision,
            .seq = seq,
            .index = (uint32_t)i,
            .update = th_written(&out),
        };
        TH_TRY(absorb_item(box, key, &item));
    }
    return th_read_done(&in) ? TH_OK : TH_E_CORRUPT;
}

enum th_err
current_absorb(struct outbox *box, struct th_arena *arena, size_t batches_max, bool *more)
{
    uint64_t seq = box->absorbed;
    for (size_t done = 0; done < batches_max && seq < box->last; done++) {
        seq++;
        TH_TRY(absorb_batch(box, arena, seq));
    }
    *more = seq < box->last;
    return seq == box->absorbed ? TH_OK : outbox_absorbed(box, seq);
}

static bool stays(const struct current *known, uint64_t revision, uint64_t base)
{
    if (known->state == CURRENT_SENT) {
        return known->seq > base || known->revision_known >= revision;
    }
    return known->revision_known > revision;
}

enum th_err current_restore(struct outbox *box,
                            struct th_bytes key,
                            const struct th_update *update,
                            uint64_t base)
{
    struct th_update plain = *update;
    plain.entered_at = 0;
    uint8_t room[TH_UPDATE_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    th_update_write(&out, &plain);
    if (out.overflow) {
        return TH_E_INVALID;
    }
    struct current next = {
        .state = CURRENT_SENT, .revision_known = plain.revision, .update = th_written(&out)};
    const struct accepted taken = {.revision = plain.revision, .update = next.update};
    TH_TRY(accepted_put(box, key, &taken));
    struct current known;
    const enum th_err err = current_get(box, key, &known);
    if (err == TH_OK && stays(&known, next.revision_known, base)) {
        if (known.revision_known >= next.revision_known) {
            return TH_OK;
        }
        known.revision_known = next.revision_known;
        return put_current(box, key, &known);
    }
    return err == TH_OK || err == TH_E_NOT_FOUND ? put_current(box, key, &next) : err;
}

// The index-th key of a batch's items.
static enum th_err item_key(struct th_bytes keys, uint32_t index, struct th_bytes *key)
{
    struct th_reader in = th_reader_of(keys);
    for (uint32_t i = 0; i <= index && !in.failed; i++) {
        *key = th_read_block(&in);
    }
    return !in.failed && key->size > 0 ? TH_OK : TH_E_NOT_FOUND;
}

// What becomes of a figure by a verdict, or when a verdict is taken back.
typedef void touch(struct current *figure, const struct th_item_verdict *verdict);

static enum th_err
touch_figure(struct outbox *box, const struct th_item_verdict *verdict, touch *touch_it)
{
    struct th_bytes keys;
    struct th_bytes key;
    const enum th_err err = outbox_item_keys(box, verdict->seq, &keys);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK; // its batch has left the history; newer figures stand
    }
    TH_TRY(err);
    if (item_key(keys, verdict->index, &key) != TH_OK) {
        return TH_OK; // the province names an item that is not there: nothing to mark
    }
    uint8_t key_room[TH_STORE_KEY_MAX];
    memcpy(key_room, key.data, key.size);
    key = (struct th_bytes){key_room, key.size};

    struct current figure;
    const enum th_err found = current_get(box, key, &figure);
    if (found == TH_E_NOT_FOUND) {
        return TH_OK; // not absorbed yet: absorbing looks for its verdict
    }
    TH_TRY(found);
    uint8_t update[TH_UPDATE_BYTES_MAX];
    if (figure.update.size > sizeof(update)) {
        return TH_E_CORRUPT;
    }
    memcpy(update, figure.update.data, figure.update.size);
    figure.update.data = update;
    touch_it(&figure, verdict);
    return put_current(box, key, &figure);
}

enum th_err current_refuse(struct outbox *box, const struct th_item_verdict *verdict)
{
    return touch_figure(box, verdict, take_refusal);
}

static void forget_refusal(struct current *figure, const struct th_item_verdict *verdict)
{
    if (figure->state == CURRENT_REFUSED && figure->seq == verdict->seq &&
        figure->index == verdict->index) {
        figure->state = CURRENT_SENT;
        figure->code = 0;
    }
}

enum th_err current_unrefuse(struct outbox *box, const struct th_item_verdict *verdict)
{
    return touch_figure(box, verdict, forget_refusal);
}

enum th_err current_forget_verdicts(struct outbox *box, uint64_t seq)
{
    struct th_item_verdict verdict;
    TH_TRY(accepted_back(box, seq));
    enum th_err err = verdicts_from(box, seq + 1, 0, &verdict);
    while (err == TH_OK) {
        if (verdicts_refuses(verdict.verdict.code)) {
            TH_TRY(current_unrefuse(box, &verdict));
        }
        TH_TRY(verdicts_forget(box, &verdict));
        err = verdicts_from(box, verdict.seq, verdict.index + 1, &verdict);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}
