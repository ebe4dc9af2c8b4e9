// history.c - see history.h

#include "nodes/history.h"

#include <string.h>

#include "nodes/accepted.h"
#include "nodes/table.h"
#include "nodes/verdicts.h"

enum { BODY_KEY_BYTES = 12 };

static struct th_bytes key_of_seq(uint8_t out[static 8], uint64_t seq)
{
    th_put_u64(out, seq);
    return (struct th_bytes){out, 8};
}

static struct th_bytes
key_of_body(uint8_t out[static BODY_KEY_BYTES], uint64_t draft, uint32_t index)
{
    th_put_u64(out, draft);
    th_put_u32(out + 8, index);
    return (struct th_bytes){out, BODY_KEY_BYTES};
}

static enum th_err gone_is_fine(enum th_err err)
{
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err remove_verdicts(struct outbox *box, uint64_t seq)
{
    struct th_item_verdict verdict;
    enum th_err err = verdicts_from(box, seq, 0, &verdict);
    while (err == TH_OK && verdict.seq == seq) {
        uint8_t key[BODY_KEY_BYTES];
        TH_TRY(th_store_remove(box->store, NODE_VERDICT, key_of_body(key, seq, verdict.index)));
        err = verdicts_from(box, seq, verdict.index + 1, &verdict);
    }
    return gone_is_fine(err);
}

// The chain hash of seq stays: it is the newest trimmed one, and the one before it goes (O4).
static enum th_err
remove_batch(struct outbox *box, const struct outbox_extent *extent, uint64_t seq)
{
    uint8_t key[BODY_KEY_BYTES];
    const uint32_t index = (uint32_t)(seq - extent->first);
    TH_TRY(remove_verdicts(box, seq));
    TH_TRY(th_store_remove(box->store, NODE_BODY, key_of_body(key, extent->draft, index)));
    TH_TRY(th_store_remove(box->store, NODE_ITEMS, key_of_body(key, extent->draft, index)));
    TH_TRY(gone_is_fine(th_store_remove(box->store, NODE_CHAIN, key_of_seq(key, seq - 1))));
    if (seq + 1 == extent->first + extent->count) {
        return th_store_remove(box->store, NODE_EXTENT, key_of_seq(key, extent->first));
    }
    return TH_OK;
}

static bool may_remove(const struct outbox *box, uint64_t settled, uint64_t seq)
{
    return seq <= box->decided && seq <= box->absorbed && seq <= box->verdict_seq && seq <= settled;
}

enum th_err history_prune(
    struct outbox *box, int64_t before, uint64_t bytes_max, size_t batches_max, size_t *removed)
{
    uint64_t settled = 0;
    *removed = 0;
    TH_TRY(accepted_settled(box, &settled));
    while (*removed < batches_max && may_remove(box, settled, box->kept_from)) {
        const uint64_t seq = box->kept_from;
        struct outbox_extent extent;
        struct th_bytes body;
        TH_TRY(outbox_extent_of(box, seq, &extent));
        if (extent.queued_at >= before && box->bytes <= bytes_max) {
            break;
        }
        TH_TRY(outbox_body(box, seq, &body));
        const uint64_t size = body.size;
        TH_TRY(remove_batch(box, &extent, seq));
        TH_TRY(outbox_kept_from(box, seq + 1, size));
        *removed += 1;
    }
    return TH_OK;
}

// Is draft published, or not yet numbered at all? Drafts are published in the order of their
// numbers, and asked for in it: *seq is where to look on.
static enum th_err is_published(struct outbox *box, uint64_t draft, uint64_t *seq, bool *published)
{
    *published = false;
    while (*seq <= box->last) {
        struct outbox_extent extent;
        TH_TRY(outbox_extent_of(box, *seq, &extent));
        if (extent.draft >= draft) {
            *published = extent.draft == draft;
            return TH_OK;
        }
        *seq = extent.first + extent.count;
    }
    return TH_OK;
}

static enum th_err
remove_draft(struct outbox *box, uint64_t draft, size_t bodies_max, size_t *removed)
{
    uint8_t from[BODY_KEY_BYTES];
    struct th_bytes key;
    struct th_bytes value;
    while (*removed < bodies_max) {
        const enum th_err err =
            th_store_seek(box->store, NODE_BODY, key_of_body(from, draft, 0), &key, &value);
        if (err == TH_E_NOT_FOUND || (err == TH_OK && th_get_u64(key.data) != draft)) {
            return TH_OK;
        }
        TH_TRY(err);
        uint8_t copy[BODY_KEY_BYTES];
        memcpy(copy, key.data, sizeof(copy));
        const struct th_bytes same = {copy, sizeof(copy)};
        TH_TRY(th_store_remove(box->store, NODE_BODY, same));
        TH_TRY(gone_is_fine(th_store_remove(box->store, NODE_ITEMS, same)));
        *removed += 1;
    }
    return TH_OK;
}

enum th_err history_clean(struct outbox *box, size_t bodies_max, bool *more)
{
    size_t removed = 0;
    uint64_t draft = 0;
    uint64_t seq = box->kept_from;
    *more = false;
    while (removed < bodies_max) {
        uint8_t from[BODY_KEY_BYTES];
        struct th_bytes key;
        struct th_bytes value;
        const enum th_err err =
            th_store_seek(box->store, NODE_BODY, key_of_body(from, draft + 1, 0), &key, &value);
        if (err != TH_OK) {
            return gone_is_fine(err);
        }
        draft = th_get_u64(key.data);
        bool published = false;
        TH_TRY(is_published(box, draft, &seq, &published));
        if (!published) {
            TH_TRY(remove_draft(box, draft, bodies_max, &removed));
        }
    }
    *more = true;
    return TH_OK;
}

enum th_err history_check(struct outbox *box)
{
    uint8_t before[TH_HASH256_BYTES];
    const uint64_t base = box->identity.base;
    const uint64_t first = box->kept_from - 1 > base ? box->kept_from - 1 : base;
    if (first < box->chained) {
        TH_TRY(outbox_hash(box, first, before));
    }
    for (uint64_t seq = box->kept_from; seq <= box->last; seq++) {
        struct th_bytes body;
        TH_TRY(outbox_body(box, seq, &body));
        if (seq > box->chained || seq <= base) {
            continue;
        }
        uint8_t expected[TH_HASH256_BYTES];
        uint8_t stored[TH_HASH256_BYTES];
        th_chain_next(
            expected, before, box->identity.node, box->identity.epoch, outbox_wire(box, seq), body);
        TH_TRY(outbox_hash(box, seq, stored));
        if (memcmp(expected, stored, sizeof(stored)) != 0) {
            return TH_E_CORRUPT;
        }
        memcpy(before, stored, sizeof(before));
    }
    return TH_OK;
}
