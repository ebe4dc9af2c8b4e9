// accepted.c - see accepted.h

#include "nodes/accepted.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/current.h"
#include "nodes/table.h"
#include "nodes/verdicts.h"

enum { ROW_VERSION = 1, MARK_VERSION = 1, ROW_BYTES_MAX = TH_UPDATE_BYTES_MAX + 64 };

static const struct th_bytes MARK = {.data = "accepted", .size = 8};

// ---- rows ----

static enum th_err read_row(struct th_bytes value, struct accepted *row)
{
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    row->revision = th_read_varint(&in);
    row->said_ms = th_read_zigzag(&in);
    row->update = th_read_block(&in);
    return th_read_done(&in) && version == ROW_VERSION ? TH_OK : TH_E_CORRUPT;
}

enum th_err accepted_put(struct outbox *box, struct th_bytes key, const struct accepted *accepted)
{
    struct th_bytes value;
    struct accepted known;
    int64_t said_ms = accepted->said_ms;
    const enum th_err err = th_check_get(&box->check, box->store, NODE_ACCEPTED, key, &value);
    if (err == TH_OK) {
        TH_TRY(read_row(value, &known));
        if (known.revision > accepted->revision) {
            return TH_OK;
        }
        if (known.revision == accepted->revision && said_ms == 0) {
            said_ms = known.said_ms; // RESTORE does not tell it
        }
    } else if (err != TH_E_NOT_FOUND) {
        return err;
    }
    uint8_t room[ROW_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, ROW_VERSION);
    th_write_varint(&out, accepted->revision);
    th_write_zigzag(&out, said_ms);
    th_write_block(&out, accepted->update);
    return th_check_put(&box->check, box->store, NODE_ACCEPTED, key, &out);
}

enum th_err accepted_next(struct outbox *box,
                          struct th_bytes after,
                          struct th_bytes *key,
                          struct accepted *accepted)
{
    struct th_bytes value;
    TH_TRY(after.size == 0 ? th_store_seek(box->store, NODE_ACCEPTED, after, key, &value)
                           : th_store_next(box->store, NODE_ACCEPTED, after, key, &value));
    TH_TRY(th_check_open(&box->check, NODE_ACCEPTED, *key, &value));
    return read_row(value, accepted);
}

// ---- the mark ----

enum th_err accepted_settled(struct outbox *box, uint64_t *seq)
{
    struct th_bytes value;
    *seq = UINT64_MAX;
    const enum th_err err = th_check_get(&box->check, box->store, NODE_MARK, MARK, &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    *seq = th_read_varint(&in);
    return th_read_done(&in) && version == MARK_VERSION ? TH_OK : TH_E_CORRUPT;
}

static enum th_err settle(struct outbox *box, uint64_t seq)
{
    uint8_t room[32];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, MARK_VERSION);
    th_write_varint(&out, seq);
    return th_check_put(&box->check, box->store, NODE_MARK, MARK, &out);
}

enum th_err accepted_back(struct outbox *box, uint64_t seq)
{
    uint64_t settled = 0;
    const uint64_t back = seq >= box->kept_from - 1 ? seq : box->kept_from - 1;
    TH_TRY(accepted_settled(box, &settled));
    return settled == UINT64_MAX || settled <= back ? TH_OK : settle(box, back);
}

// An outbox of before there was this table: what its history no longer has is what its figures say,
// where they were not refused since.
static enum th_err begin(struct outbox *box, uint64_t *seq)
{
    uint8_t room[TH_STORE_KEY_MAX];
    struct th_bytes after = {.data = room, .size = 0};
    struct th_bytes key;
    struct current figure;
    *seq = box->kept_from - 1;
    enum th_err err = *seq == 0 ? TH_E_NOT_FOUND : current_next(box, after, &key, &figure);
    while (err == TH_OK) {
        uint8_t update[TH_UPDATE_BYTES_MAX];
        memcpy(room, key.data, key.size);
        after.size = key.size;
        if (figure.state == CURRENT_SENT && figure.seq <= *seq) {
            if (figure.update.size > sizeof(update)) {
                return TH_E_CORRUPT;
            }
            memcpy(update, figure.update.data, figure.update.size);
            const struct accepted row = {.revision = figure.revision_known,
                                         .update = {update, figure.update.size}};
            TH_TRY(accepted_put(box, after, &row));
        }
        err = current_next(box, after, &key, &figure);
    }
    return err == TH_E_NOT_FOUND ? settle(box, *seq) : err;
}

// ---- the fold ----

static enum th_err find_refused(struct outbox *box, uint64_t seq, bool *refused)
{
    struct th_item_verdict verdict;
    enum th_err err = verdicts_from(box, seq, 0, &verdict);
    while (err == TH_OK && verdict.seq == seq) {
        if (verdict.index < TH_BATCH_UPDATES_MAX && verdicts_refuses(verdict.verdict.code)) {
            refused[verdict.index] = true;
        }
        err = verdicts_from(box, seq, verdict.index + 1, &verdict);
    }
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err
fold_item(struct outbox *box, struct th_bytes key, const struct th_update *update, int64_t said_ms)
{
    struct th_update plain = *update;
    plain.entered_at = 0;
    uint8_t room[TH_UPDATE_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    th_update_write(&out, &plain);
    if (out.overflow || key.size == 0) {
        return TH_E_CORRUPT;
    }
    const struct accepted row = {
        .revision = plain.revision, .said_ms = said_ms, .update = th_written(&out)};
    return accepted_put(box, key, &row);
}

static enum th_err fold_batch(struct outbox *box, struct th_arena *arena, uint64_t seq)
{
    struct th_bytes bytes;
    struct outbox_extent extent;
    struct th_batch batch;
    bool refused[TH_BATCH_UPDATES_MAX] = {false};
    bool full = false;
    // Every change of the store moves its pages: what is read must be copied before the first put.
    th_arena_reset(arena);
    TH_TRY(outbox_body(box, seq, &bytes));
    const struct th_bytes body = th_arena_copy(arena, bytes, &full);
    TH_TRY(outbox_item_keys(box, seq, &bytes));
    const struct th_bytes keys = th_arena_copy(arena, bytes, &full);
    if (full) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(outbox_extent_of(box, seq, &extent));
    TH_TRY(find_refused(box, seq, refused));
    TH_TRY(th_batch_read(body, arena, &batch, NULL));
    struct th_reader in = th_reader_of(keys);
    for (size_t i = 0; i < batch.count; i++) {
        const struct th_bytes key = th_read_block(&in);
        if (!refused[i] || th_mutant(91)) {
            TH_TRY(fold_item(box, key, &batch.updates[i], extent.queued_at));
        }
    }
    return th_read_done(&in) ? TH_OK : TH_E_CORRUPT;
}

enum th_err
accepted_fold(struct outbox *box, struct th_arena *arena, size_t batches_max, bool *more)
{
    const uint64_t end = box->decided < box->verdict_seq ? box->decided : box->verdict_seq;
    uint64_t seq = 0;
    *more = false;
    TH_TRY(accepted_settled(box, &seq));
    if (seq == UINT64_MAX) {
        TH_TRY(begin(box, &seq));
    }
    const uint64_t before = seq;
    for (size_t done = 0; done < batches_max && seq < end; done++) {
        seq++;
        TH_TRY(fold_batch(box, arena, seq));
    }
    *more = seq < end;
    return seq == before ? TH_OK : settle(box, seq);
}
