// joined.c - see joined.h

#include "workers/joined.h"

#include <string.h>

enum { VERSION_FIRST = 1, VERSION = 2, FLAG_FRESH = 1, KEY_BYTES = 32 };

void joined_write(struct th_writer *writer, const struct joined_row *row)
{
    const struct th_bytes previous = {row->previous, row->has_previous ? KEY_BYTES : 0};
    th_write_u8(writer, VERSION);
    th_write_varint(writer, row->class);
    th_write_bytes(writer, (struct th_bytes){row->public_key, KEY_BYTES});
    th_write_varint(writer, row->enrolment);
    th_write_varint(writer, row->rotation);
    th_write_u8(writer, row->fresh ? FLAG_FRESH : 0);
    th_write_zigzag(writer, row->joined_ms);
    th_write_block(writer, previous);
    th_write_zigzag(writer, row->until_ms);
    th_write_varint(writer, row->past_count);
    for (size_t i = 0; i < row->past_count; i++) {
        const struct joined_past *past = &row->past[i];
        th_write_varint(writer, past->epoch);
        th_write_bytes(writer, (struct th_bytes){past->incarnation, sizeof(past->incarnation)});
    }
}

static bool take(struct th_reader *reader, void *out, size_t size)
{
    const struct th_bytes bytes = th_read_bytes(reader, size);
    if (!reader->failed) {
        memcpy(out, bytes.data, size);
    }
    return !reader->failed;
}

static void read_rest(struct th_reader *reader, struct joined_row *row)
{
    row->enrolment = (uint32_t)th_read_varint(reader);
    row->rotation = (uint32_t)th_read_varint(reader);
    row->fresh = (th_read_u8(reader) & FLAG_FRESH) != 0;
    row->joined_ms = th_read_zigzag(reader);
    const struct th_bytes previous = th_read_block(reader);
    row->until_ms = th_read_zigzag(reader);
    row->has_previous = previous.size > 0;
    if (previous.size == KEY_BYTES) {
        memcpy(row->previous, previous.data, KEY_BYTES);
    } else {
        reader->failed = reader->failed || previous.size != 0;
    }
    const uint64_t count = th_read_varint(reader);
    reader->failed = reader->failed || count > JOINED_PAST_MAX;
    for (; !reader->failed && row->past_count < count; row->past_count++) {
        struct joined_past *past = &row->past[row->past_count];
        past->epoch = th_read_varint(reader);
        (void)take(reader, past->incarnation, sizeof(past->incarnation));
    }
}

enum th_err joined_read(struct th_bytes value, struct joined_row *row)
{
    struct joined_row read = {.class = 0};
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    read.class = (uint32_t)th_read_varint(&reader);
    (void)take(&reader, read.public_key, KEY_BYTES);
    if (version == VERSION) {
        read_rest(&reader, &read);
    }
    if (!th_read_done(&reader) || (version != VERSION_FIRST && version != VERSION)) {
        return TH_E_CORRUPT;
    }
    *row = read;
    return TH_OK;
}

const uint8_t *joined_incarnation(const struct joined_row *row, uint64_t epoch)
{
    for (size_t i = 0; i < row->past_count; i++) {
        if (epoch <= row->past[i].epoch) {
            return row->past[i].incarnation;
        }
    }
    return NULL;
}
