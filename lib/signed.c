// signed.c - see signed.h

#include "tonghop/signed.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/hash.h"

enum { VALUE_BYTES_MAX = 256, HEX_BYTES_MAX = 64 };

static const struct th_bytes SIGNATURE = {.data = "signature", .size = 9};

// ---- writing ----

static void write_line(struct th_writer *writer, const char *name, struct th_bytes value)
{
    th_write_bytes(writer, th_bytes_of(name));
    th_write_bytes(writer, TH_BYTES(": "));
    th_write_bytes(writer, value);
    th_write_u8(writer, '\n');
}

void th_signed_line(struct th_writer *writer, const char *name, const char *format, ...)
{
    char value[VALUE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    th_assert(size >= 0 && size < VALUE_BYTES_MAX);
    write_line(writer, name, (struct th_bytes){.data = value, .size = (size_t)size});
}

void th_signed_write(struct th_writer *writer,
                     const char *kind,
                     const char *province,
                     struct th_bytes lines,
                     const char *key,
                     char code[static TH_SIGNED_CODE_BYTES])
{
    uint8_t hash[TH_HASH256_BYTES];
    char digits[TH_SHORT_CODE_BYTES];
    th_hash256(hash, &lines, 1);
    (void)snprintf(code, TH_SIGNED_CODE_BYTES, "%s-%s", province, th_short_code(hash, digits));
    th_signed_line(writer, kind, "1");
    th_signed_line(writer, "code", "%s", code);
    th_write_bytes(writer, lines);
    th_signed_line(writer, "key", "%s", key);
}

void th_signed_hex(struct th_writer *writer, const char *name, struct th_bytes bytes)
{
    char hex[2 * HEX_BYTES_MAX + 1];
    th_assert(bytes.size <= HEX_BYTES_MAX);
    write_line(writer, name, th_bytes_of(th_hex(bytes, hex)));
}

void th_signed_end(struct th_writer *writer, const uint8_t signature[static TH_SIGN_BYTES])
{
    char text[TH_SIGN_TEXT_BYTES];
    write_line(writer, "signature", th_bytes_of(th_sign_text(signature, text)));
}

// ---- reading ----

enum th_flaw th_signed_split(struct th_bytes text,
                             struct th_bytes *content,
                             uint8_t signature[static TH_SIGN_BYTES])
{
    const size_t size = SIGNATURE.size + 2 + TH_SIGN_TEXT_BYTES; // its NUL is our newline
    if (text.size < size) {
        return TH_FLAW_FORM;
    }
    struct th_fields fields = {
        .rest = {.data = (const char *)text.data + text.size - size, .size = size}};
    const struct th_bytes value = th_fields_take(&fields, SIGNATURE.data);
    if (fields.failed || fields.rest.size > 0 || th_sign_parse(value, signature) != TH_OK) {
        return TH_FLAW_FORM;
    }
    *content = (struct th_bytes){.data = text.data, .size = text.size - size};
    return TH_FLAW_NONE;
}

struct th_bytes th_fields_take(struct th_fields *fields, const char *name)
{
    if (fields->failed) {
        return (struct th_bytes){0};
    }
    fields->line++;
    const struct th_bytes rest = fields->rest;
    const struct th_bytes wanted = th_bytes_of(name);
    const char *end = rest.size > 0 ? memchr(rest.data, '\n', rest.size) : NULL;
    const size_t size = end == NULL ? 0 : (size_t)(end - (const char *)rest.data);
    const char *at = rest.data;
    if (end == NULL || size < wanted.size + 2 || !th_bytes_begins(rest, wanted) ||
        at[wanted.size] != ':' || at[wanted.size + 1] != ' ') {
        fields->failed = true;
        return (struct th_bytes){0};
    }
    fields->rest = (struct th_bytes){.data = end + 1, .size = rest.size - size - 1};
    return (struct th_bytes){.data = at + wanted.size + 2, .size = size - wanted.size - 2};
}

bool th_fields_digits(struct th_bytes text, uint64_t *number)
{
    const char *at = text.data;
    uint64_t read = 0;
    if (text.size == 0 || (at[0] == '0' && text.size > 1)) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (at[i] < '0' || at[i] > '9' || __builtin_mul_overflow(read, 10, &read) ||
            __builtin_add_overflow(read, (uint64_t)(at[i] - '0'), &read)) {
            return false;
        }
    }
    *number = read;
    return true;
}

uint64_t th_fields_number(struct th_fields *fields, const char *name)
{
    uint64_t number = 0;
    const struct th_bytes value = th_fields_take(fields, name);
    fields->failed = fields->failed || !th_fields_digits(value, &number);
    return number;
}

void th_fields_hex(struct th_fields *fields, const char *name, uint8_t *out, size_t size)
{
    const struct th_bytes value = th_fields_take(fields, name);
    fields->failed = fields->failed || th_unhex(value, out, size) != TH_OK;
}

void th_fields_copy(struct th_fields *fields, const char *name, char *out, size_t max)
{
    const struct th_bytes value = th_fields_take(fields, name);
    if (value.size >= max || (value.size > 0 && memchr(value.data, '\0', value.size) != NULL)) {
        fields->failed = true;
        return;
    }
    (void)th_bytes_copy_text(value, out, max);
}

void th_fields_range(struct th_fields *fields, const char *name, uint64_t *first, uint64_t *last)
{
    const struct th_bytes value = th_fields_take(fields, name);
    const char *dots = value.size > 0 ? memchr(value.data, '.', value.size) : NULL;
    if (dots == NULL) {
        fields->failed = true;
        return;
    }
    const size_t size = (size_t)(dots - (const char *)value.data);
    const struct th_bytes before = {.data = value.data, .size = size};
    const struct th_bytes rest = {.data = dots, .size = value.size - size};
    const bool good =
        th_bytes_begins(rest, TH_BYTES("..")) && th_fields_digits(before, first) &&
        th_fields_digits((struct th_bytes){.data = dots + 2, .size = rest.size - 2}, last) &&
        *first > 0 && *first <= *last;
    fields->failed = fields->failed || !good;
}

bool th_fields_same(struct th_bytes a, struct th_bytes b, unsigned *line)
{
    const char *left = a.data;
    const char *right = b.data;
    *line = 1;
    for (size_t i = 0; i < a.size && i < b.size && left[i] == right[i]; i++) {
        *line += left[i] == '\n' ? 1 : 0;
    }
    return th_bytes_equal(a, b);
}

void th_fields_must(struct th_fields *fields, bool good)
{
    fields->failed = fields->failed || !good;
}

static enum th_flaw read_form(const struct th_signed_form *form,
                              struct th_bytes content,
                              void *value,
                              char code[static TH_SIGNED_CODE_BYTES],
                              unsigned *line)
{
    struct th_fields fields = {.rest = content};
    const struct th_bytes kind = th_fields_take(&fields, form->kind);
    if (fields.failed || !th_bytes_equal(kind, TH_BYTES("1"))) {
        *line = 1;
        return TH_FLAW_KIND;
    }
    form->read(&fields, value);
    *line = fields.line + (fields.failed ? 0 : 1);
    if (fields.failed || fields.rest.size > 0) {
        return TH_FLAW_FORM;
    }
    uint8_t room[TH_SIGNED_BYTES_MAX];
    struct th_writer again = TH_WRITER(room);
    char said[TH_SIGNED_CODE_BYTES];
    memcpy(said, code, sizeof(said));
    form->write(&again, value);
    if (strcmp(said, code) != 0) {
        memcpy(code, said, sizeof(said));
        return TH_FLAW_CODE;
    }
    return th_fields_same(content, th_written(&again), line) ? TH_FLAW_NONE : TH_FLAW_FORM;
}

enum th_flaw th_signed_read(const struct th_signed_form *form,
                            struct th_bytes content,
                            void *value,
                            char code[static TH_SIGNED_CODE_BYTES],
                            unsigned *line)
{
    unsigned at = 0;
    const enum th_flaw flaw = read_form(form, content, value, code, &at);
    if (line != NULL) {
        *line = at;
    }
    return flaw;
}

// A changed byte breaks the code and the signature; a text of another key is best called so.
enum th_flaw th_signed_check(enum th_flaw read,
                             const char *key,
                             const struct th_signed_by *by,
                             struct th_bytes content,
                             const uint8_t signature[static TH_SIGN_BYTES])
{
    if (read != TH_FLAW_NONE && read != TH_FLAW_CODE) {
        return read;
    }
    if (strcmp(key, by->fingerprint) != 0) {
        return TH_FLAW_KEY;
    }
    if (read != TH_FLAW_NONE) {
        return read;
    }
    return th_sign_holds(by->public_key, content, signature) ? TH_FLAW_NONE : TH_FLAW_SIGNATURE;
}

// ---- codes ----

char *th_short_code(const uint8_t hash[static 5], char out[static TH_SHORT_CODE_BYTES])
{
    // Crockford: no I, L, O, U, which are misheard or misread.
    static const char DIGITS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    enum { CHARACTERS = 8, DIGIT_BITS = 5, GROUP = 4 };
    uint64_t bits = 0;
    for (size_t i = 0; i < 5; i++) {
        bits = bits << 8 | hash[i];
    }
    size_t at = 0;
    for (unsigned i = 0; i < CHARACTERS; i++) {
        if (i == GROUP) {
            out[at++] = '-';
        }
        out[at++] = DIGITS[(bits >> (DIGIT_BITS * (CHARACTERS - 1 - i))) & 31];
    }
    out[at] = '\0';
    return out;
}
