// roots.c - see roots.h

#include "nodes/roots.h"

#include <string.h>

#include "nodes/receipts.h"
#include "nodes/table.h"

enum {
    KEY_BYTES = 12,
    ROW_VERSION = 1,
    ROW_BYTES_MAX = TH_ROOT_PROOF_BYTES_MAX + TH_RECEIPT_BYTES_MAX + TH_SIGN_BYTES,
};

static struct th_bytes key_of(uint8_t room[static KEY_BYTES], const struct roots_kept *kept)
{
    th_put_u32(room, (uint32_t)kept->day);
    th_put_u64(room + 4, kept->store_id);
    return (struct th_bytes){.data = room, .size = KEY_BYTES};
}

static enum th_err read_key(struct th_bytes key, struct roots_kept *kept)
{
    if (key.size != KEY_BYTES) {
        return TH_E_CORRUPT;
    }
    kept->day = (th_day)th_get_u32(key.data);
    kept->store_id = th_get_u64((const uint8_t *)key.data + 4);
    return TH_OK;
}

enum th_err roots_newest_day(struct outbox *box, th_day *day)
{
    struct th_bytes key = {0};
    struct th_bytes value;
    *day = 0;
    enum th_err err = th_store_prev(box->store, NODE_ROOT, key, &key, &value);
    while (err == TH_OK) {
        struct roots_kept kept;
        TH_TRY(read_key(key, &kept));
        if (kept.store_id == box->store_id) {
            *day = kept.day;
            return TH_OK;
        }
        err = th_store_prev(box->store, NODE_ROOT, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err forget_oldest(struct outbox *box)
{
    uint64_t count = 0;
    TH_TRY(th_store_count(box->store, NODE_ROOT, &count));
    for (; count > ROOTS_KEPT_MAX; count--) {
        uint8_t copy[KEY_BYTES];
        struct th_bytes key;
        struct th_bytes value;
        TH_TRY(th_store_seek(box->store, NODE_ROOT, (struct th_bytes){0}, &key, &value));
        if (key.size != sizeof(copy)) {
            return TH_E_CORRUPT;
        }
        memcpy(copy, key.data, sizeof(copy));
        TH_TRY(th_store_remove(box->store, NODE_ROOT, (struct th_bytes){copy, sizeof(copy)}));
    }
    return TH_OK;
}

enum th_err roots_keep(struct outbox *box, const struct roots_kept *kept)
{
    uint8_t key[KEY_BYTES];
    uint8_t room[ROW_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, ROW_VERSION);
    th_write_bytes(&out, kept->signature);
    th_root_proof_write(&out, &kept->proof);
    th_write_bytes(&out, kept->content);
    TH_TRY(th_check_put(&box->check, box->store, NODE_ROOT, key_of(key, kept), &out));
    return forget_oldest(box);
}

enum th_err roots_behind(struct outbox *box, struct roots_kept *kept)
{
    uint8_t room[KEY_BYTES];
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_next(box->store, NODE_ROOT, key_of(room, kept), &key, &value));
    TH_TRY(read_key(key, kept));
    TH_TRY(th_check_open(&box->check, NODE_ROOT, key, &value));
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    kept->signature = th_read_bytes(&in, TH_SIGN_BYTES);
    th_root_proof_read(&in, &kept->proof);
    kept->content = th_read_rest(&in);
    return th_read_done(&in) && version == ROW_VERSION ? TH_OK : TH_E_CORRUPT;
}

enum th_err roots_own_hash(struct outbox *box, uint64_t epoch, uint64_t seq, uint8_t out[static 32])
{
    if (epoch == box->identity.epoch) {
        const enum th_err err = outbox_hash(box, outbox_own(box, seq), out);
        if (err != TH_E_NOT_FOUND) {
            return err;
        }
    }
    struct th_receipt receipt;
    struct receipts_kept kept = {.epoch = epoch, .last = seq};
    TH_TRY(receipts_behind(box, &kept));
    if (kept.epoch != epoch || kept.last != seq ||
        th_receipt_read(kept.content, &receipt, NULL) != TH_FLAW_NONE) {
        return TH_E_NOT_FOUND;
    }
    memcpy(out, receipt.chain, sizeof(receipt.chain));
    return TH_OK;
}
