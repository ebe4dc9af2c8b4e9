// judge_resync.c - a province that has lost what it had is given it again by its nodes
//
// Pieces are staged as they come, each in a commit of its own; the last one applies all of them in
// one turn, as batches 1.. of the node's next stream epoch. They are judged like any other batch,
// with four differences:
//
//   - A statement older than what is held is a repetition: others may have spoken since.
//   - What was in time is not late: where the store is a new one, or was put back from a copy, the
//     first resync of a node is not asked whether a period is closed, and declarations are of the
//     day on which they were queued.
//   - Doubts were told when the statement was new.
//   - What is refused all the same is told in a notice: the node has no batch of that number.

#include <string.h>

#include "tonghop/fault.h"

#include "workers/audit.h"
#include "workers/judge_body.h"
#include "workers/open.h"

enum {
    PIECES_MAX = 65536,
    ROW_VERSION = 1,
    STAGED_ROOM = TH_BATCH_BYTES_MAX + 128,
};

// ---- rows ----

struct staged {
    uint64_t epoch;
    uint8_t hash[TH_HASH256_BYTES];
    int64_t said_ms;
    struct th_bytes body; // lives as long as the store's bytes
};

static enum th_err
get_staged(const struct judge *judge, uint32_t node, uint32_t piece, struct staged *staged)
{
    const struct key key = key_of_stage(node, piece);
    struct th_bytes value;
    TH_TRY(th_check_get(&judge->check, judge->setup.store, TABLE_STAGE, key_view(&key), &value));
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    staged->epoch = th_read_varint(&reader);
    const struct th_bytes hash = th_read_bytes(&reader, sizeof(staged->hash));
    staged->said_ms = th_read_zigzag(&reader);
    staged->body = th_read_rest(&reader);
    if (reader.failed || version != ROW_VERSION) {
        return TH_E_CORRUPT;
    }
    memcpy(staged->hash, hash.data, sizeof(staged->hash));
    return TH_OK;
}

static enum th_err
put_staged(struct judge *judge, uint32_t node, uint32_t piece, const struct staged *staged)
{
    const struct key key = key_of_stage(node, piece);
    struct th_writer value = {.data = th_arena_take(&judge->decode, STAGED_ROOM),
                              .max = STAGED_ROOM};
    if (value.data == NULL) {
        return TH_E_NO_MEMORY;
    }
    th_write_u8(&value, ROW_VERSION);
    th_write_varint(&value, staged->epoch);
    th_write_bytes(&value, (struct th_bytes){staged->hash, sizeof(staged->hash)});
    th_write_zigzag(&value, staged->said_ms);
    th_write_bytes(&value, staged->body);
    judge->dirty = true;
    return audit_put(&judge->check, judge->setup.store, TABLE_STAGE, key_view(&key), &value);
}

static enum th_err clear_stage(struct judge *judge, uint32_t node)
{
    const struct key from = key_of_stage(node, 0);
    for (;;) {
        struct th_bytes key;
        struct th_bytes value;
        uint8_t copy[KEY_BYTES_MAX];
        const enum th_err err =
            th_store_seek(judge->setup.store, TABLE_STAGE, key_view(&from), &key, &value);
        if (err == TH_E_NOT_FOUND || (err == TH_OK && th_get_u32(key.data) != node)) {
            return TH_OK;
        }
        TH_TRY(err);
        memcpy(copy, key.data, key.size);
        const struct th_bytes same = {copy, key.size};
        TH_TRY(audit_remove(&judge->check, judge->setup.store, TABLE_STAGE, same));
    }
}

// ---- is time to be asked ----

// The first resync of a node since the store began as another one.
static enum th_err is_timeless(const struct judge *judge, uint32_t node, bool *timeless)
{
    struct renamed list[RENAMINGS_MAX];
    struct th_bytes value;
    size_t count = 0;
    const struct key key = key_of_node(node);
    TH_TRY(open_renamings(judge->setup.store, list, &count));
    *timeless = count > 0 && list[count - 1].store_id == judge->setup.store_id;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_RESYNC, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    const uint64_t store_id = th_read_u64(&reader);
    *timeless = *timeless && store_id != judge->setup.store_id;
    return !reader.failed && version == ROW_VERSION ? TH_OK : TH_E_CORRUPT;
}

static enum th_err note_resync(struct judge *judge, const struct seat *seat, bool timeless)
{
    uint8_t space[64];
    struct th_writer value = TH_WRITER(space);
    const struct key key = key_of_node(seat->number);
    th_write_u8(&value, ROW_VERSION);
    th_write_u64(&value, judge->setup.store_id);
    th_write_varint(&value, judge->ledger.version + 1);
    th_write_varint(&value, seat->row.epoch);
    th_write_varint(&value, seat->row.seq);
    th_write_u8(&value, timeless ? 1 : 0);
    return audit_put(&judge->check, judge->setup.store, TABLE_RESYNC, key_view(&key), &value);
}

// ---- all pieces at once ----

static th_day day_of(const struct judge *judge, const struct staged *staged, bool timeless)
{
    if (staged->said_ms == 0 || !timeless) {
        return judge->today;
    }
    const th_day said = th_day_of_unix_ms(
        staged->said_ms, th_catalogue_settings(judge->setup.catalogue)->zone_minutes);
    return said != TH_DAY_NONE && said < judge->today ? said : judge->today;
}

static enum th_err apply_piece(struct judge *judge, struct seat *seat, uint32_t piece)
{
    struct staged staged;
    bool full = false;
    th_arena_reset(&judge->decode);
    TH_TRY(get_staged(judge, seat->number, piece, &staged));
    const struct th_bytes body = th_arena_copy(&judge->decode, staged.body, &full);
    if (full) {
        return TH_E_NO_MEMORY;
    }
    const th_day today = judge->today;
    const struct th_event event = {.kind = TH_EV_MESSAGE, .body = body};
    const struct th_header header = {.node = seat->number, .epoch = seat->row.epoch, .seq = piece};
    judge->today = day_of(judge, &staged, judge->again.timeless);
    const enum th_err err = judge_decide(judge, seat, &event, &header, staged.hash);
    judge->today = today;
    return err == TH_E_MALFORMED ? TH_E_CORRUPT : err; // it was read before it was staged
}

static enum th_err
apply(struct judge *judge, struct seat *seat, const struct th_header *header, uint32_t pieces)
{
    enum th_err err = TH_OK;
    struct judge_again again = {.on = true};
    TH_TRY(is_timeless(judge, seat->number, &again.timeless));
    judge->again = again;
    judge_begin_anew(judge, seat, header);
    for (uint32_t piece = 1; piece <= pieces && err == TH_OK; piece++) {
        err = apply_piece(judge, seat, piece);
    }
    const bool timeless = judge->again.timeless;
    judge->again = (struct judge_again){.on = false};
    TH_TRY(err);
    TH_TRY(clear_stage(judge, seat->number));
    return note_resync(judge, seat, timeless);
}

// ---- a piece comes ----

// The live records in a piece; TH_E_MALFORMED, TH_E_TOO_LARGE: it is no batch.
static enum th_err count_live(struct judge *judge, struct th_bytes body, uint64_t *live)
{
    struct th_batch batch;
    TH_TRY(th_batch_read(body, &judge->decode, &batch, NULL));
    for (size_t i = 0; i < batch.count; i++) {
        const struct th_update *update = &batch.updates[i];
        const bool record = update->kind >= TH_KIND_EVALUATION && update->kind <= TH_KIND_TRANSFER;
        *live += record && update->op != TH_OP_WITHDRAW ? 1 : 0;
    }
    return TH_OK;
}

// All of them together have as many as the last one says.
static enum th_err
are_whole(struct judge *judge, const struct seat *seat, uint64_t pieces, uint64_t said, bool *whole)
{
    uint64_t live = 0;
    for (uint32_t piece = 1; piece <= pieces; piece++) {
        struct staged staged;
        th_arena_reset(&judge->decode);
        TH_TRY(get_staged(judge, seat->number, piece, &staged));
        TH_TRY(count_live(judge, staged.body, &live));
    }
    *whole = live == said;
    return TH_OK;
}

// The chain before a piece. *fits false: the piece before it is not here.
static enum th_err chain_before(struct judge *judge,
                                const struct seat *seat,
                                const struct th_header *header,
                                uint64_t piece,
                                uint8_t hash[static TH_HASH256_BYTES],
                                bool *fits)
{
    struct staged before;
    *fits = true;
    if (piece == 1) {
        th_chain_start(
            hash, judge->setup.lineage, header->incarnation, seat->number, header->epoch);
        return TH_OK;
    }
    const enum th_err err = get_staged(judge, seat->number, (uint32_t)piece - 1, &before);
    *fits = err == TH_OK && before.epoch == header->epoch;
    memcpy(hash, before.hash, *fits ? TH_HASH256_BYTES : 0);
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static void
answer(struct seat *seat, uint64_t epoch, uint64_t pieces, const uint8_t *hash, bool applied)
{
    seat->resynced = (struct th_resynced){.epoch = epoch, .pieces = pieces, .applied = applied};
    memcpy(seat->resynced.hash, hash, sizeof(seat->resynced.hash));
    seat->due |= DUE_RESYNCED;
}

static enum th_err take(struct judge *judge,
                        struct seat *seat,
                        const struct th_header *header,
                        const struct th_resync *said,
                        unsigned *code)
{
    uint8_t hash[TH_HASH256_BYTES];
    const struct th_arena before = judge->decode; // said lies below
    uint64_t live = 0;
    bool fits = false;
    TH_TRY(chain_before(judge, seat, header, said->piece, hash, &fits));
    if (!fits) {
        return TH_OK; // no answer: the node begins again
    }
    struct staged staged = {.epoch = header->epoch, .said_ms = said->said_ms, .body = said->batch};
    th_chain_next(staged.hash, hash, seat->number, header->epoch, said->piece, said->batch);
    if (memcmp(staged.hash, header->hash, sizeof(staged.hash)) != 0 ||
        count_live(judge, said->batch, &live) != TH_OK) {
        *code = TH_M_STREAM_ENCODING;
        return TH_OK;
    }
    judge->decode = before;
    if (said->piece == 1) {
        TH_TRY(clear_stage(judge, seat->number));
    }
    TH_TRY(put_staged(judge, seat->number, (uint32_t)said->piece, &staged));
    if (!said->last) {
        answer(seat, header->epoch, said->piece, staged.hash, false);
        return TH_OK;
    }
    bool whole = false;
    TH_TRY(are_whole(judge, seat, said->piece, said->live, &whole));
    if (!whole) {
        *code = TH_M_STREAM_ENCODING;
        return TH_OK;
    }
    TH_TRY(apply(judge, seat, header, (uint32_t)said->piece));
    seat->due = 0;
    answer(seat, header->epoch, said->piece, staged.hash, true);
    return TH_OK;
}

enum th_err judge_resync(struct judge *judge,
                         struct seat *seat,
                         const struct th_event *event,
                         const struct th_header *header,
                         unsigned *code)
{
    struct th_resync said;
    struct th_malformed why;
    const struct node_row *row = &seat->row;
    const bool known = seat->known || row->epoch > 0;
    *code = TH_M_STREAM_ENCODING;
    if (!header->has_incarnation || !header->has_hash || header->epoch == 0 ||
        th_resync_read(event->body, &judge->decode, &said, &why) != TH_OK ||
        said.piece > PIECES_MAX) {
        return TH_OK;
    }
    *code = TH_M_STREAM_FORK;
    bool own = false;
    TH_TRY(judge_is_own_epoch(judge, seat, header, &own));
    if (!own || (known && memcmp(row->incarnation, header->incarnation, 16) != 0)) {
        return TH_OK;
    }
    *code = 0;
    if (known && header->epoch == row->epoch && row->seq > 0 && !th_mutant(90)) { // it was lost
        answer(seat, row->epoch, row->seq, row->hash, true);
        return TH_OK;
    }
    if (known && header->epoch <= row->epoch && seat->known && !th_mutant(90)) {
        *code = TH_M_STREAM_OLD_EPOCH;
        return TH_OK;
    }
    return take(judge, seat, header, &said, code);
}
