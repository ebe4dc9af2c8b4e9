// judge_notice.c - verdicts and notices in the store

#include <string.h>

#include "workers/audit.h"
#include "workers/judge_body.h"

enum {
    ROW_VERSION = 1,
    NOTICE_VERSION = 2, // of the verdict in a notice with a text: the text stands behind it
    EPOCH_VERSION = 3,  // in a notice about a later stream epoch than 1: text and epoch do
};

// ---- verdicts in the store ----

void verdict_write(struct th_writer *writer, const struct th_verdict *verdict)
{
    th_write_u8(writer, ROW_VERSION);
    th_write_varint(writer, verdict->code);
    th_write_u8(writer, (uint8_t)verdict->variant);
    th_write_block(writer, th_bytes_of(verdict->field));
    th_write_u8(writer, verdict->count);
    for (size_t i = 0; i < verdict->count; i++) {
        th_write_block(writer, th_bytes_of(verdict->params[i]));
    }
}

static enum th_err
read_verdict(struct th_bytes value, struct th_verdict *verdict, struct th_notice *notice)
{
    *verdict = (struct th_verdict){.code = 0};
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    verdict->code = (uint16_t)th_read_varint(&reader);
    verdict->variant = (char)th_read_u8(&reader);
    th_bytes_copy_text(th_read_block(&reader), verdict->field, sizeof(verdict->field));
    verdict->count = th_read_u8(&reader);
    if (verdict->count > TH_PARAMS_MAX) {
        return TH_E_CORRUPT;
    }
    for (size_t i = 0; i < verdict->count; i++) {
        th_bytes_copy_text(th_read_block(&reader), verdict->params[i], sizeof(verdict->params[i]));
    }
    if (version == NOTICE_VERSION || version == EPOCH_VERSION) {
        notice->text = th_read_block(&reader);
    }
    notice->epoch = version == EPOCH_VERSION ? th_read_varint(&reader) : 0;
    const bool known =
        version == ROW_VERSION || version == NOTICE_VERSION || version == EPOCH_VERSION;
    return known && th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

enum th_err verdict_read(struct th_bytes value, struct th_verdict *verdict)
{
    struct th_notice none;
    return read_verdict(value, verdict, &none);
}

// ---- notices ----

enum th_err judge_last_notice(const struct judge *judge, uint32_t node, uint64_t *number)
{
    const struct key end = key_of_notice(node, UINT64_MAX);
    struct th_bytes key;
    struct th_bytes value;
    *number = 0;
    const enum th_err err =
        th_store_prev(judge->setup.store, TABLE_NOTICE, key_view(&end), &key, &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    struct numbered_key at;
    TH_TRY(key_read_notice(key, &at));
    *number = at.node == node ? at.seq : 0;
    return TH_OK;
}

enum th_err
judge_notify(struct judge *judge, const struct origin *about, const struct th_verdict *verdict)
{
    return judge_notify_text(judge, about, verdict, (struct th_bytes){0});
}

// Numbered per node; the newest JUDGE_NOTICES_KEEP stay.
enum th_err judge_notify_text(struct judge *judge,
                              const struct origin *about,
                              const struct th_verdict *verdict,
                              struct th_bytes text)
{
    uint64_t number = 0;
    TH_TRY(judge_last_notice(judge, about->node, &number));
    number++;
    struct seat *seat = judge_seated(judge, about->node);
    if (seat != NULL && seat->new_notice == 0) {
        seat->new_notice = number;
    }
    uint8_t space[sizeof(struct th_verdict) + TH_COMMENT_MAX + 64];
    struct th_writer value = TH_WRITER(space);
    th_write_varint(&value, about->seq);
    th_write_varint(&value, about->index);
    const size_t start = value.size;
    verdict_write(&value, verdict);
    if (about->epoch > 1) {
        space[start] = EPOCH_VERSION;
        th_write_block(&value, text);
        th_write_varint(&value, about->epoch);
    } else if (text.size > 0) {
        space[start] = NOTICE_VERSION;
        th_write_block(&value, text);
    }
    const struct key key = key_of_notice(about->node, number);
    TH_TRY(audit_put(&judge->check, judge->setup.store, TABLE_NOTICE, key_view(&key), &value));
    if (number <= JUDGE_NOTICES_KEEP) {
        return TH_OK;
    }
    const struct key old = key_of_notice(about->node, number - JUDGE_NOTICES_KEEP);
    const enum th_err err =
        audit_remove(&judge->check, judge->setup.store, TABLE_NOTICE, key_view(&old));
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err judge_read_notice(const struct judge *judge,
                              struct th_bytes key,
                              struct th_bytes value,
                              struct th_notice *notice)
{
    struct numbered_key at;
    TH_TRY(key_read_notice(key, &at));
    TH_TRY(th_check_open(&judge->check, TABLE_NOTICE, key, &value));
    struct th_reader reader = th_reader_of(value);
    *notice = (struct th_notice){.number = at.seq};
    notice->item.seq = th_read_varint(&reader);
    notice->item.index = (uint32_t)th_read_varint(&reader);
    return read_verdict(th_read_rest(&reader), &notice->item.verdict, notice);
}
