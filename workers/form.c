// form.c - see form.h

#include "workers/form.h"

#include <string.h>

enum { ROW_VERSION = 1 };

const char *const FORM_STATE_WORDS[FORM_STATE_END] = {
    [FORM_OPEN] = "open",
    [FORM_SUBMITTED] = "submitted",
    [FORM_CHANGED] = "changed",
    [FORM_RETURNED] = "returned",
    [FORM_ACCEPTED] = "accepted",
};

static void write_said(struct th_writer *writer, const struct form_said *said)
{
    th_write_u8(writer, said->live ? 1 : 0);
    th_write_varint(writer, said->revision);
    th_write_varint(writer, said->source.node);
    th_write_varint(writer, said->source.epoch);
    th_write_varint(writer, said->source.seq);
    th_write_varint(writer, said->source.index);
    th_write_bytes(writer, (struct th_bytes){said->content, sizeof(said->content)});
}

static void read_said(struct th_reader *reader, struct form_said *said)
{
    said->live = th_read_u8(reader) != 0;
    said->revision = (uint32_t)th_read_varint(reader);
    said->source.node = (uint32_t)th_read_varint(reader);
    said->source.epoch = th_read_varint(reader);
    said->source.seq = th_read_varint(reader);
    said->source.index = (uint32_t)th_read_varint(reader);
    const struct th_bytes content = th_read_bytes(reader, sizeof(said->content));
    if (!reader->failed) {
        memcpy(said->content, content.data, sizeof(said->content));
    }
}

void form_write(struct th_writer *writer, const struct form_row *row)
{
    th_write_u8(writer, ROW_VERSION);
    th_write_u8(writer, (uint8_t)row->state);
    th_write_zigzag(writer, row->first);
    th_write_zigzag(writer, row->entered);
    write_said(writer, &row->declared);
    th_write_varint(writer, row->lines);
    th_write_varint(writer, row->keys);
    write_said(writer, &row->decided);
    th_write_u8(writer, (uint8_t)row->decision);
    th_write_zigzag(writer, row->decided_on);
    th_write_block(writer, row->comment);
}

enum th_err form_read(struct th_bytes value, struct form_row *row)
{
    *row = (struct form_row){.state = FORM_OPEN};
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    const uint8_t state = th_read_u8(&reader);
    row->first = (th_day)th_read_zigzag(&reader);
    row->entered = (th_day)th_read_zigzag(&reader);
    read_said(&reader, &row->declared);
    row->lines = (uint32_t)th_read_varint(&reader);
    row->keys = th_read_varint(&reader);
    read_said(&reader, &row->decided);
    const uint8_t decision = th_read_u8(&reader);
    row->decided_on = (th_day)th_read_zigzag(&reader);
    row->comment = th_read_block(&reader);
    if (!th_read_done(&reader) || version != ROW_VERSION || state >= FORM_STATE_END ||
        decision > FORM_RETURN) {
        return TH_E_CORRUPT;
    }
    row->state = (enum form_state)state;
    row->decision = (enum form_decision)decision;
    return TH_OK;
}

void opening_write(struct th_writer *writer, const struct opening_row *row)
{
    th_write_u8(writer, ROW_VERSION);
    th_write_zigzag(writer, row->until);
    th_write_zigzag(writer, row->granted);
    write_said(writer, &row->said);
    th_write_block(writer, row->granted_by);
    th_write_block(writer, row->reason);
}

enum th_err opening_read(struct th_bytes value, struct opening_row *row)
{
    *row = (struct opening_row){.until = TH_DAY_NONE};
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    row->until = (th_day)th_read_zigzag(&reader);
    row->granted = (th_day)th_read_zigzag(&reader);
    read_said(&reader, &row->said);
    row->granted_by = th_read_block(&reader);
    row->reason = th_read_block(&reader);
    return th_read_done(&reader) && version == ROW_VERSION ? TH_OK : TH_E_CORRUPT;
}
