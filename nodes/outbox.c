// outbox.c - see outbox.h for the design and the invariants

#include "nodes/outbox.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/outbox_body.h"
#include "nodes/table.h"

// ---- commands ----

enum { BODY_KEY_BYTES = 12 };

static struct th_bytes body_key(uint8_t out[static BODY_KEY_BYTES], uint64_t draft, uint32_t index)
{
    th_put_u64(out, draft);
    th_put_u32(out + 8, index);
    return (struct th_bytes){out, BODY_KEY_BYTES};
}

static struct th_bytes seq_key(uint8_t out[static 8], uint64_t seq)
{
    th_put_u64(out, seq);
    return (struct th_bytes){out, 8};
}

enum th_err outbox_draft_begin(struct outbox *box, uint64_t *draft)
{
    const uint64_t number = box->next_draft;
    box->next_draft++;
    TH_TRY(outbox_put_intake(box));
    *draft = number;
    return TH_OK;
}

// A large value with its check hash behind it, in the room of the caller's transaction.
static enum th_err
put_sealed(struct outbox *box, unsigned table, struct th_bytes key, struct th_bytes payload)
{
    uint8_t room[TH_BATCH_BYTES_MAX + TH_CHECK_BYTES];
    struct th_writer out = TH_WRITER(room);
    th_write_bytes(&out, payload);
    return th_check_put(&box->check, box->store, table, key, &out);
}

enum th_err outbox_draft_add(struct outbox *box,
                             uint64_t draft,
                             uint32_t index,
                             struct th_bytes body,
                             struct th_bytes item_keys)
{
    if (body.size == 0 || body.size > TH_BATCH_BYTES_MAX || item_keys.size > TH_BATCH_BYTES_MAX) {
        return TH_E_INVALID;
    }
    uint8_t key[BODY_KEY_BYTES];
    TH_TRY(put_sealed(box, NODE_BODY, body_key(key, draft, index), body));
    return put_sealed(box, NODE_ITEMS, body_key(key, draft, index), item_keys);
}

static enum th_err put_extent(struct outbox *box, const struct outbox_extent *extent)
{
    uint8_t room[OUTBOX_MARK_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_varint(&out, extent->draft);
    th_write_varint(&out, extent->count);
    th_write_varint(&out, extent->items);
    th_write_varint(&out, extent->bytes);
    th_write_zigzag(&out, extent->queued_at);
    uint8_t key[8];
    return th_check_put(&box->check, box->store, NODE_EXTENT, seq_key(key, extent->first), &out);
}

static enum th_err
read_extent(struct outbox *box, struct th_bytes key, struct th_bytes value, struct outbox_extent *e)
{
    TH_TRY(th_check_open(&box->check, NODE_EXTENT, key, &value));
    struct th_reader in = th_reader_of(value);
    e->first = th_get_u64(key.data);
    e->draft = th_read_varint(&in);
    e->count = th_read_varint(&in);
    e->items = th_read_varint(&in);
    e->bytes = th_read_varint(&in);
    e->queued_at = th_read_zigzag(&in);
    return th_read_done(&in) && e->count > 0 ? TH_OK : TH_E_CORRUPT;
}

enum th_err outbox_publish(struct outbox *box, const struct outbox_extent *draft, uint64_t *first)
{
    if (draft->count == 0) {
        return TH_E_INVALID;
    }
    struct outbox_extent extent = *draft;
    extent.first = box->last + 1;
    if (th_mutant(21) && box->decided == box->last) {
        extent.first = 1;
    }
    TH_TRY(put_extent(box, &extent));
    box->last = extent.first + extent.count - 1;
    box->bytes += extent.bytes;
    TH_TRY(outbox_put_intake(box));
    *first = extent.first;
    return TH_OK;
}

// ---- the agent ----

enum th_err outbox_extent_of(struct outbox *box, uint64_t seq, struct outbox_extent *extent)
{
    if (seq < box->kept_from || seq > box->last) {
        return TH_E_NOT_FOUND;
    }
    uint8_t after[8];
    struct th_bytes key;
    struct th_bytes value;
    const enum th_err err =
        th_store_prev(box->store, NODE_EXTENT, seq_key(after, seq + 1), &key, &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err; // O1 says it is there
    }
    TH_TRY(read_extent(box, key, value, extent));
    return seq - extent->first < extent->count ? TH_OK : TH_E_CORRUPT;
}

static enum th_err
get_of_batch(struct outbox *box, unsigned table, uint64_t seq, struct th_bytes *value)
{
    struct outbox_extent extent;
    TH_TRY(outbox_extent_of(box, seq, &extent));
    uint8_t key[BODY_KEY_BYTES];
    const uint32_t index = (uint32_t)(seq - extent.first);
    const enum th_err err =
        th_check_get(&box->check, box->store, table, body_key(key, extent.draft, index), value);
    return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err; // O1 says it is there
}

enum th_err outbox_body(struct outbox *box, uint64_t seq, struct th_bytes *body)
{
    return get_of_batch(box, NODE_BODY, seq, body);
}

enum th_err outbox_item_keys(struct outbox *box, uint64_t seq, struct th_bytes *keys)
{
    return get_of_batch(box, NODE_ITEMS, seq, keys);
}

uint64_t outbox_own(const struct outbox *box, uint64_t wire)
{
    const struct outbox_identity *identity = &box->identity;
    const uint64_t behind = wire > identity->lead ? wire - identity->lead : 0;
    return behind > UINT64_MAX - identity->base ? UINT64_MAX : behind + identity->base;
}

uint64_t outbox_wire(const struct outbox *box, uint64_t seq)
{
    const struct outbox_identity *identity = &box->identity;
    return seq > identity->base ? seq - identity->base + identity->lead : identity->lead;
}

enum th_err outbox_hash(struct outbox *box, uint64_t seq, uint8_t out[static 32])
{
    if (seq < box->identity.base) {
        return TH_E_NOT_FOUND;
    }
    if (seq == box->identity.base && box->identity.lead == 0) {
        th_chain_start(out,
                       th_bytes_of(box->identity.lineage),
                       box->identity.incarnation,
                       box->identity.node,
                       box->identity.epoch);
        return TH_OK;
    }
    uint8_t key[8];
    struct th_bytes value;
    TH_TRY(th_check_get(&box->check, box->store, NODE_CHAIN, seq_key(key, seq), &value));
    if (value.size != TH_HASH256_BYTES) {
        return TH_E_CORRUPT;
    }
    memcpy(out, value.data, TH_HASH256_BYTES);
    return TH_OK;
}

static enum th_err put_hash(struct outbox *box, uint64_t seq, const uint8_t hash[static 32])
{
    uint8_t room[OUTBOX_MARK_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_bytes(&out, (struct th_bytes){hash, TH_HASH256_BYTES});
    uint8_t key[8];
    return th_check_put(&box->check, box->store, NODE_CHAIN, seq_key(key, seq), &out);
}

enum th_err
outbox_next_epoch(struct outbox *box, uint64_t epoch, uint64_t base, const struct outbox_lead *lead)
{
    if (epoch <= box->identity.epoch || base + 1 < box->kept_from || base > box->last) {
        return TH_E_INVALID;
    }
    box->identity.epoch = epoch;
    box->identity.base = base;
    box->identity.lead = lead != NULL ? lead->count : 0;
    box->chained = base;
    box->decided = base;
    box->verdict_seq = base;
    if (lead != NULL) {
        TH_TRY(put_hash(box, base, lead->hash));
    }
    TH_TRY(outbox_put_identity(box->store, &box->identity));
    return outbox_put_session(box);
}

enum th_err outbox_chain(struct outbox *box, uint64_t batches_max, uint64_t bytes_max)
{
    uint8_t hash[TH_HASH256_BYTES];
    uint64_t bytes = 0;
    if (box->chained == box->last) {
        return TH_OK;
    }
    TH_TRY(outbox_hash(box, box->chained, hash));
    for (uint64_t done = 0; done < batches_max && bytes < bytes_max && box->chained < box->last;
         done++) {
        const uint64_t seq = box->chained + 1;
        struct th_bytes body;
        TH_TRY(outbox_body(box, seq, &body));
        uint8_t next[TH_HASH256_BYTES];
        th_chain_next(
            next, hash, box->identity.node, box->identity.epoch, outbox_wire(box, seq), body);
        bytes += body.size;
        memcpy(hash, next, sizeof(hash));
        TH_TRY(put_hash(box, seq, hash));
        box->chained = seq;
    }
    return outbox_put_session(box);
}

enum th_err outbox_decide(struct outbox *box, uint64_t seq, uint64_t version)
{
    if (seq > box->chained) {
        return TH_E_INVALID;
    }
    if (seq <= box->decided) {
        return TH_OK;
    }
    box->decided = seq;
    box->version = version > box->version ? version : box->version;
    return outbox_put_session(box);
}

// What was said of batches that have left the history is settled.
static void hear_anew(struct outbox *box)
{
    box->version = 0;
    const uint64_t settled = box->kept_from - 1;
    box->verdict_seq = settled > box->identity.base ? settled : box->identity.base;
    box->notice = 0;
}

enum th_err outbox_store_changed(struct outbox *box, uint64_t store_id, uint64_t epoch)
{
    if (box->store_id == store_id) {
        if (epoch <= box->store_epoch) {
            return TH_OK;
        }
        box->store_epoch = epoch;
        return outbox_put_session(box);
    }
    // Another store judges everything it has not decided again: verdicts and notices begin anew.
    box->store_id = store_id;
    box->store_epoch = epoch;
    box->decided = 0;
    hear_anew(box);
    return outbox_put_session(box);
}

enum th_err outbox_set_back(struct outbox *box, uint64_t seq, uint64_t version)
{
    box->decided = box->decided < seq ? box->decided : seq;
    hear_anew(box);
    box->version = version;
    return outbox_put_session(box);
}

enum th_err outbox_given_to(struct outbox *box, uint64_t store_id, uint64_t epoch)
{
    box->store_id = store_id;
    box->store_epoch = epoch;
    box->version = 0;
    box->notice = 0;
    return outbox_put_session(box);
}

enum th_err outbox_joined(struct outbox *box)
{
    box->joined = true;
    return outbox_put_session(box);
}

enum th_err outbox_enrolled(struct outbox *box)
{
    box->joined = false;
    return outbox_put_session(box);
}

enum th_err outbox_verdicts_through(struct outbox *box, uint64_t seq)
{
    if (seq <= box->verdict_seq) {
        return TH_OK;
    }
    box->verdict_seq = seq;
    return outbox_put_session(box);
}

enum th_err outbox_noticed(struct outbox *box, uint64_t number)
{
    if (number <= box->notice) {
        return TH_OK;
    }
    box->notice = number;
    return outbox_put_session(box);
}

enum th_err outbox_count_refused(struct outbox *box)
{
    box->refused++;
    return outbox_put_session(box);
}

enum th_err outbox_uncount_refused(struct outbox *box)
{
    box->refused -= box->refused > 0 ? 1 : 0;
    return outbox_put_session(box);
}

enum th_err outbox_kept_from(struct outbox *box, uint64_t seq, uint64_t bytes)
{
    th_assert(seq >= box->kept_from);
    th_assert(seq <= box->decided + 1);
    box->kept_from = seq;
    box->bytes -= bytes <= box->bytes ? bytes : box->bytes;
    TH_TRY(outbox_put_intake(box));
    return outbox_put_session(box);
}

enum th_err outbox_absorbed(struct outbox *box, uint64_t seq)
{
    th_assert(seq <= box->last);
    box->absorbed = seq;
    return outbox_put_intake(box);
}
