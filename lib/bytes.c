// bytes.c - see bytes.h

#include "tonghop/bytes.h"

#include <string.h>

enum { VARINT_BYTES_MAX = 10 };

struct th_bytes th_bytes_of(const char *text)
{
    return (struct th_bytes){.data = text, .size = text == NULL ? 0 : strlen(text)};
}

int th_bytes_compare(struct th_bytes a, struct th_bytes b)
{
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0) {
        return order;
    }
    return (a.size > b.size) - (a.size < b.size);
}

bool th_bytes_equal(struct th_bytes a, struct th_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool th_bytes_begins(struct th_bytes bytes, struct th_bytes prefix)
{
    return bytes.size >= prefix.size &&
           (prefix.size == 0 || memcmp(bytes.data, prefix.data, prefix.size) == 0);
}

char *th_bytes_copy_text(struct th_bytes bytes, char *out, size_t max)
{
    th_assert(max > 0);
    const size_t size = bytes.size < max ? bytes.size : max - 1;
    if (size > 0) {
        memcpy(out, bytes.data, size);
    }
    out[size] = '\0';
    return out;
}

void th_put_u16(uint8_t out[static 2], uint16_t number)
{
    out[0] = (uint8_t)(number >> 8);
    out[1] = (uint8_t)number;
}

void th_put_u32(uint8_t out[static 4], uint32_t number)
{
    th_put_u16(out, (uint16_t)(number >> 16));
    th_put_u16(out + 2, (uint16_t)number);
}

void th_put_u64(uint8_t out[static 8], uint64_t number)
{
    th_put_u32(out, (uint32_t)(number >> 32));
    th_put_u32(out + 4, (uint32_t)number);
}

uint16_t th_get_u16(const void *bytes)
{
    const uint8_t *at = bytes;
    return (uint16_t)((unsigned)at[0] << 8 | at[1]);
}

uint32_t th_get_u32(const void *bytes)
{
    const uint8_t *at = bytes;
    return (uint32_t)th_get_u16(at) << 16 | th_get_u16(at + 2);
}

uint64_t th_get_u64(const void *bytes)
{
    const uint8_t *at = bytes;
    return (uint64_t)th_get_u32(at) << 32 | th_get_u32(at + 4);
}

// Room for size more bytes, or NULL and overflow. Once overflown, nothing fits any more: a short
// field after one that was left out would read as that one.
static uint8_t *room(struct th_writer *writer, size_t size)
{
    if (writer->overflow || size > writer->max - writer->size) {
        writer->overflow = true;
        return NULL;
    }
    uint8_t *at = writer->data + writer->size;
    writer->size += size;
    return at;
}

void th_write_u8(struct th_writer *writer, uint8_t number)
{
    uint8_t *at = room(writer, 1);
    if (at != NULL) {
        *at = number;
    }
}

void th_write_u16(struct th_writer *writer, uint16_t number)
{
    uint8_t *at = room(writer, 2);
    if (at != NULL) {
        th_put_u16(at, number);
    }
}

void th_write_u32(struct th_writer *writer, uint32_t number)
{
    uint8_t *at = room(writer, 4);
    if (at != NULL) {
        th_put_u32(at, number);
    }
}

void th_write_u64(struct th_writer *writer, uint64_t number)
{
    uint8_t *at = room(writer, 8);
    if (at != NULL) {
        th_put_u64(at, number);
    }
}

void th_write_varint(struct th_writer *writer, uint64_t number)
{
    uint8_t digits[VARINT_BYTES_MAX];
    size_t count = 0;
    while (number >= 0x80) {
        digits[count++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    digits[count++] = (uint8_t)number;
    th_write_bytes(writer, (struct th_bytes){.data = digits, .size = count});
}

void th_write_zigzag(struct th_writer *writer, int64_t number)
{
    const uint64_t sign = number < 0 ? UINT64_MAX : 0;
    th_write_varint(writer, ((uint64_t)number << 1) ^ sign);
}

void th_write_bytes(struct th_writer *writer, struct th_bytes bytes)
{
    uint8_t *at = room(writer, bytes.size);
    if (at != NULL && bytes.size > 0) {
        memcpy(at, bytes.data, bytes.size);
    }
}

void th_write_text0(struct th_writer *writer, struct th_bytes text)
{
    th_assert(text.size == 0 || memchr(text.data, '\0', text.size) == NULL);
    uint8_t *at = room(writer, text.size + 1);
    if (at == NULL) {
        return;
    }
    if (text.size > 0) {
        memcpy(at, text.data, text.size);
    }
    at[text.size] = '\0';
}

void th_write_block(struct th_writer *writer, struct th_bytes bytes)
{
    const size_t before = writer->size;
    th_write_varint(writer, bytes.size);
    th_write_bytes(writer, bytes);
    if (writer->overflow) {
        writer->size = before; // a size without its bytes is half a write
    }
}

struct th_bytes th_written(const struct th_writer *writer)
{
    th_assert(!writer->overflow);
    return (struct th_bytes){.data = writer->data, .size = writer->size};
}

struct th_reader th_reader_of(struct th_bytes bytes)
{
    static const uint8_t NOTHING[1] = {0};
    const uint8_t *at = bytes.data == NULL ? NOTHING : bytes.data;
    return (struct th_reader){.at = at, .end = at + bytes.size};
}

size_t th_reader_left(const struct th_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

bool th_read_done(const struct th_reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}

// The next size bytes, or NULL and failed. Once failed, nothing more is read.
static const uint8_t *take(struct th_reader *reader, size_t size)
{
    if (reader->failed || size > th_reader_left(reader)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += size;
    return at;
}

uint8_t th_read_u8(struct th_reader *reader)
{
    const uint8_t *at = take(reader, 1);
    return at == NULL ? 0 : *at;
}

uint16_t th_read_u16(struct th_reader *reader)
{
    const uint8_t *at = take(reader, 2);
    return at == NULL ? 0 : th_get_u16(at);
}

uint32_t th_read_u32(struct th_reader *reader)
{
    const uint8_t *at = take(reader, 4);
    return at == NULL ? 0 : th_get_u32(at);
}

uint64_t th_read_u64(struct th_reader *reader)
{
    const uint8_t *at = take(reader, 8);
    return at == NULL ? 0 : th_get_u64(at);
}

// One number has one spelling: a varint longer than needed, or above 64 bits, is malformed.
uint64_t th_read_varint(struct th_reader *reader)
{
    uint64_t number = 0;
    for (unsigned place = 0; place < VARINT_BYTES_MAX; place++) {
        const uint8_t digit = th_read_u8(reader);
        if (reader->failed || (place > 0 && digit == 0) ||
            (place == VARINT_BYTES_MAX - 1 && digit > 1)) {
            break;
        }
        number |= (uint64_t)(digit & 0x7F) << (7 * place);
        if ((digit & 0x80) == 0) {
            return number;
        }
    }
    reader->failed = true;
    return 0;
}

int64_t th_read_zigzag(struct th_reader *reader)
{
    const uint64_t number = th_read_varint(reader);
    const int64_t half = (int64_t)(number >> 1);
    return (number & 1) == 0 ? half : -half - 1;
}

struct th_bytes th_read_bytes(struct th_reader *reader, size_t size)
{
    const uint8_t *at = take(reader, size);
    return (struct th_bytes){.data = at, .size = at == NULL ? 0 : size};
}

struct th_bytes th_read_text0(struct th_reader *reader)
{
    const size_t left = th_reader_left(reader);
    const uint8_t *nul = left == 0 ? NULL : memchr(reader->at, '\0', left);
    if (nul == NULL) {
        reader->failed = true;
        return (struct th_bytes){0};
    }
    const struct th_bytes text = th_read_bytes(reader, (size_t)(nul - reader->at));
    (void)take(reader, 1);
    return text;
}

struct th_bytes th_read_block(struct th_reader *reader)
{
    _Static_assert(sizeof(size_t) >= sizeof(uint64_t), "a size on the wire fits a size in memory");
    return th_read_bytes(reader, th_read_varint(reader));
}

struct th_bytes th_read_rest(struct th_reader *reader)
{
    return th_read_bytes(reader, th_reader_left(reader));
}
