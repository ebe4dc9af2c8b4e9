// verdicts.c - see verdicts.h

#include "nodes/verdicts.h"

#include <string.h>

#include "nodes/table.h"

enum {
    VERDICT_BYTES_MAX = 640 + TH_COMMENT_MAX,
    VERDICT_KEY_BYTES = 12,
    VERDICT_VERSION = 1,
    NOTICE_VERSION = 2, // of the verdict in a notice with a text, which stands behind it
};

bool verdicts_refuses(uint32_t code)
{
    return code / 100 == 22 || code / 100 == 21; // 21nn: rows of a register
}

static struct th_bytes
verdict_key(uint8_t out[static VERDICT_KEY_BYTES], uint64_t seq, uint32_t index)
{
    th_put_u64(out, seq);
    th_put_u32(out + 8, index);
    return (struct th_bytes){out, VERDICT_KEY_BYTES};
}

static void write_verdict(struct th_writer *out, const struct th_verdict *verdict)
{
    th_write_u8(out, VERDICT_VERSION);
    th_write_varint(out, verdict->code);
    th_write_u8(out, (uint8_t)verdict->variant);
    th_write_text0(out, th_bytes_of(verdict->field));
    th_write_u8(out, verdict->count);
    for (size_t i = 0; i < verdict->count; i++) {
        th_write_text0(out, th_bytes_of(verdict->params[i]));
    }
}

static enum th_err
read_verdict(struct th_reader *in, struct th_verdict *verdict, struct th_bytes *text)
{
    memset(verdict, 0, sizeof(*verdict));
    *text = (struct th_bytes){0};
    const uint8_t version = th_read_u8(in);
    verdict->code = (uint16_t)th_read_varint(in);
    verdict->variant = (char)th_read_u8(in);
    (void)th_bytes_copy_text(th_read_text0(in), verdict->field, sizeof(verdict->field));
    verdict->count = th_read_u8(in);
    if (verdict->count > TH_COUNT(verdict->params)) {
        return TH_E_CORRUPT;
    }
    for (size_t i = 0; i < verdict->count; i++) {
        (void)th_bytes_copy_text(th_read_text0(in), verdict->params[i], sizeof(verdict->params[i]));
    }
    if (version == NOTICE_VERSION) {
        *text = th_read_block(in);
    }
    const bool known = version == VERDICT_VERSION || version == NOTICE_VERSION;
    return th_read_done(in) && known ? TH_OK : TH_E_CORRUPT;
}

enum th_err verdicts_keep(struct outbox *box, const struct th_item_verdict *verdict)
{
    uint8_t key_room[VERDICT_KEY_BYTES];
    const struct th_bytes key = verdict_key(key_room, verdict->seq, verdict->index);
    struct th_bytes kept;
    const enum th_err found = th_store_get(box->store, NODE_VERDICT, key, &kept);
    if (found != TH_E_NOT_FOUND) {
        return found; // heard before
    }
    uint8_t room[VERDICT_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    write_verdict(&out, &verdict->verdict);
    TH_TRY(th_check_put(&box->check, box->store, NODE_VERDICT, key, &out));
    return verdicts_refuses(verdict->verdict.code) ? outbox_count_refused(box) : TH_OK;
}

enum th_err verdicts_forget(struct outbox *box, const struct th_item_verdict *verdict)
{
    uint8_t room[VERDICT_KEY_BYTES];
    const struct th_bytes key = verdict_key(room, verdict->seq, verdict->index);
    TH_TRY(th_store_remove(box->store, NODE_VERDICT, key));
    return verdicts_refuses(verdict->verdict.code) ? outbox_uncount_refused(box) : TH_OK;
}

enum th_err
verdicts_from(struct outbox *box, uint64_t seq, uint32_t index, struct th_item_verdict *verdict)
{
    uint8_t room[VERDICT_KEY_BYTES];
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_seek(box->store, NODE_VERDICT, verdict_key(room, seq, index), &key, &value));
    if (key.size != VERDICT_KEY_BYTES) {
        return TH_E_CORRUPT;
    }
    TH_TRY(th_check_open(&box->check, NODE_VERDICT, key, &value));
    struct th_reader in = th_reader_of(value);
    struct th_bytes none;
    TH_TRY(read_verdict(&in, &verdict->verdict, &none));
    verdict->seq = th_get_u64(key.data);
    verdict->index = th_get_u32((const uint8_t *)key.data + 8);
    return TH_OK;
}

static enum th_err forget_notices(struct outbox *box, uint64_t newest)
{
    for (;;) {
        struct th_bytes key;
        struct th_bytes value;
        const enum th_err err =
            th_store_seek(box->store, NODE_NOTICE, (struct th_bytes){0}, &key, &value);
        if (err == TH_E_NOT_FOUND) {
            return TH_OK;
        }
        TH_TRY(err);
        if (key.size != 8) {
            return TH_E_CORRUPT;
        }
        const uint64_t oldest = th_get_u64(key.data);
        if (oldest + VERDICTS_NOTICES_MAX > newest) {
            return TH_OK;
        }
        uint8_t copy[8];
        th_put_u64(copy, oldest);
        TH_TRY(th_store_remove(box->store, NODE_NOTICE, (struct th_bytes){copy, sizeof(copy)}));
    }
}

enum th_err verdicts_forget_notices(struct outbox *box)
{
    return forget_notices(box, UINT64_MAX);
}

enum th_err verdicts_keep_notice(struct outbox *box, const struct th_notice *notice)
{
    uint8_t key_room[8];
    th_put_u64(key_room, notice->number);
    const struct th_bytes key = {key_room, sizeof(key_room)};
    uint8_t room[VERDICT_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_u64(&out, notice->item.seq);
    th_write_u32(&out, notice->item.index);
    const size_t start = out.size;
    write_verdict(&out, &notice->item.verdict);
    if (notice->text.size > 0) {
        room[start] = NOTICE_VERSION;
        th_write_block(&out, notice->text);
    }
    TH_TRY(th_check_put(&box->check, box->store, NODE_NOTICE, key, &out));
    return forget_notices(box, notice->number);
}

enum th_err verdicts_notice_from(struct outbox *box, uint64_t number, struct th_notice *notice)
{
    uint8_t room[8];
    th_put_u64(room, number);
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_seek(
        box->store, NODE_NOTICE, (struct th_bytes){room, sizeof(room)}, &key, &value));
    if (key.size != sizeof(room)) {
        return TH_E_CORRUPT;
    }
    TH_TRY(th_check_open(&box->check, NODE_NOTICE, key, &value));
    struct th_reader in = th_reader_of(value);
    notice->number = th_get_u64(key.data);
    notice->item.seq = th_read_u64(&in);
    notice->item.index = th_read_u32(&in);
    return read_verdict(&in, &notice->item.verdict, &notice->text);
}
