// bytes.h - views of bytes, numbers in keys, and a bounded writer and reader
//
// Keys are compared as bytes, so numbers in keys are big-endian: the order of the bytes is the
// order of the numbers. Values use varints (LEB128, signed ones zigzag), which keep records short.

#ifndef TONGHOP_BYTES_H
#define TONGHOP_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

// A view of bytes that belong to someone else; each function says for how long.
struct th_bytes {
    const void *data;
    size_t size;
};

// TH_BYTES("literal") is a view of a string literal without its NUL.
#define TH_BYTES(literal) ((struct th_bytes){.data = (literal), .size = sizeof(literal) - 1})

struct th_bytes th_bytes_of(const char *text); // NULL gives an empty view
bool th_bytes_equal(struct th_bytes a, struct th_bytes b);
int th_bytes_compare(struct th_bytes a, struct th_bytes b); // as memcmp, shorter first
bool th_bytes_begins(struct th_bytes bytes, struct th_bytes prefix);

// Copy bytes into out as a C string, cut to max - 1 bytes; returns out.
char *th_bytes_copy_text(struct th_bytes bytes, char *out, size_t max);

void th_put_u16(uint8_t out[static 2], uint16_t number);
void th_put_u32(uint8_t out[static 4], uint32_t number);
void th_put_u64(uint8_t out[static 8], uint64_t number);
uint16_t th_get_u16(const void *bytes);
uint32_t th_get_u32(const void *bytes);
uint64_t th_get_u64(const void *bytes);

// A writer into memory of the caller. A write that does not fit sets overflow and writes nothing;
// the caller asks once, at the end.
struct th_writer {
    uint8_t *data;
    size_t size;
    size_t max;
    bool overflow;
};

#define TH_WRITER(array) ((struct th_writer){.data = (array), .max = sizeof(array)})

void th_write_u8(struct th_writer *writer, uint8_t number);
void th_write_u16(struct th_writer *writer, uint16_t number);
void th_write_u32(struct th_writer *writer, uint32_t number);
void th_write_u64(struct th_writer *writer, uint64_t number);
void th_write_varint(struct th_writer *writer, uint64_t number);
void th_write_zigzag(struct th_writer *writer, int64_t number);
void th_write_bytes(struct th_writer *writer, struct th_bytes bytes); // the bytes alone
void th_write_text0(struct th_writer *writer, struct th_bytes text);  // text without NUL, then NUL
void th_write_block(struct th_writer *writer, struct th_bytes bytes); // varint size, then the bytes
struct th_bytes th_written(const struct th_writer *writer);           // asserts !overflow

// A reader over a view. A read beyond the end, or a malformed number, sets failed and gives zeros;
// the caller asks once, at the end, with th_read_done.
struct th_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct th_reader th_reader_of(struct th_bytes bytes);
uint8_t th_read_u8(struct th_reader *reader);
uint16_t th_read_u16(struct th_reader *reader);
uint32_t th_read_u32(struct th_reader *reader);
uint64_t th_read_u64(struct th_reader *reader);
uint64_t th_read_varint(struct th_reader *reader);
int64_t th_read_zigzag(struct th_reader *reader);
struct th_bytes th_read_bytes(struct th_reader *reader, size_t size); // a view into the source
struct th_bytes th_read_text0(struct th_reader *reader);
struct th_bytes th_read_block(struct th_reader *reader);
struct th_bytes th_read_rest(struct th_reader *reader);
size_t th_reader_left(const struct th_reader *reader);
bool th_read_done(const struct th_reader *reader); // nothing left and nothing failed

#endif
