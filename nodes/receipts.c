// receipts.c - see receipts.h

#include "nodes/receipts.h"

#include "nodes/table.h"

enum { MARK_VERSION = 1, MARK_BYTES = 64, KEY_BYTES = 24, ROW_VERSION = 1 };

static const struct th_bytes MARK = {.data = "receipt", .size = 7};

// ---- the mark ----

enum th_err receipts_mark(struct outbox *box, uint64_t *seq)
{
    struct th_bytes value;
    *seq = 0;
    const enum th_err err = th_check_get(&box->check, box->store, NODE_MARK, MARK, &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    const uint64_t epoch = th_read_varint(&in);
    const uint64_t store_id = th_read_u64(&in);
    const uint64_t through = th_read_varint(&in);
    if (!th_read_done(&in) || version != MARK_VERSION) {
        return TH_E_CORRUPT;
    }
    if (epoch == box->identity.epoch && store_id == box->store_id) { // C2
        *seq = through;
    }
    return TH_OK;
}

enum th_err receipts_through(struct outbox *box, uint64_t seq)
{
    uint8_t room[MARK_BYTES];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, MARK_VERSION);
    th_write_varint(&out, box->identity.epoch);
    th_write_u64(&out, box->store_id);
    th_write_varint(&out, seq);
    return th_check_put(&box->check, box->store, NODE_MARK, MARK, &out);
}

// ---- rows ----

static struct th_bytes key_of(uint8_t room[static KEY_BYTES], const struct receipts_kept *kept)
{
    th_put_u64(room, kept->epoch);
    th_put_u64(room + 8, kept->last);
    th_put_u64(room + 16, kept->store_id);
    return (struct th_bytes){.data = room, .size = KEY_BYTES};
}

enum th_err receipts_keep(struct outbox *box, const struct receipts_kept *kept)
{
    uint8_t key_room[KEY_BYTES];
    uint8_t room[TH_RECEIPT_BYTES_MAX + TH_SIGN_BYTES];
    const struct th_bytes key = key_of(key_room, kept);
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, ROW_VERSION);
    th_write_bytes(&out, kept->signature);
    th_write_bytes(&out, kept->content);
    return th_check_put(&box->check, box->store, NODE_RECEIPT, key, &out);
}

static enum th_err
read_row(struct outbox *box, struct th_bytes key, struct th_bytes value, struct receipts_kept *kept)
{
    if (key.size != KEY_BYTES) {
        return TH_E_CORRUPT;
    }
    TH_TRY(th_check_open(&box->check, NODE_RECEIPT, key, &value));
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    const uint8_t *at = key.data;
    *kept = (struct receipts_kept){
        .epoch = th_get_u64(at),
        .last = th_get_u64(at + 8),
        .store_id = th_get_u64(at + 16),
    };
    kept->signature = th_read_bytes(&in, TH_SIGN_BYTES);
    kept->content = th_read_rest(&in);
    return th_read_done(&in) && version == ROW_VERSION ? TH_OK : TH_E_CORRUPT;
}

enum th_err receipts_behind(struct outbox *box, struct receipts_kept *kept)
{
    uint8_t room[KEY_BYTES];
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_next(box->store, NODE_RECEIPT, key_of(room, kept), &key, &value));
    return read_row(box, key, value, kept);
}

enum th_err receipts_newest(struct outbox *box, struct receipts_kept *kept)
{
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_prev(box->store, NODE_RECEIPT, (struct th_bytes){0}, &key, &value));
    return read_row(box, key, value, kept);
}

enum th_err receipts_before(struct outbox *box, struct receipts_kept *kept)
{
    uint8_t room[KEY_BYTES];
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_prev(box->store, NODE_RECEIPT, key_of(room, kept), &key, &value));
    return read_row(box, key, value, kept);
}
