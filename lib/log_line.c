// log_line.c - see log_line.h

#include "lib/log_line.h"

#include <stdio.h>
#include <string.h>

enum {
    ENDING = 16,         // closing quote, ,"cut":true, brace, newline
    NAMING = 5,          // blank or comma, quotes, sign, and the quote of the value
    PIECE_MAX = 16,      // one character, escaped
    CODE_MAX = 0x10FFFF, // last code point
    NUMBER_DIGITS = 15,  // what every reader of JSON keeps exactly
};

// One character of a value: its code point, or a byte that is no UTF-8.
struct piece {
    uint32_t code;
    size_t size;
    bool valid;
};

static struct piece broken(uint8_t byte)
{
    return (struct piece){.code = byte, .size = 1, .valid = false};
}

static struct piece decode(const uint8_t *at, size_t left)
{
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t first = *at;
    if (first < 0x80) {
        return (struct piece){.code = first, .size = 1, .valid = true};
    }
    const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size > left) {
        return broken(first);
    }
    uint32_t code = first & (0x7FU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return broken(first);
        }
        code = code << 6 | (at[i] & 0x3FU);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < LEAST[size] || code > CODE_MAX || surrogate) {
        return broken(first);
    }
    return (struct piece){.code = code, .size = size, .valid = true};
}

// Characters that act instead of being seen: controls, line ends, directions, zero widths, tags.
static bool acts(uint32_t code)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } RANGES[] = {
        {0x00, 0x1F},
        {0x7F, 0x9F},
        {0xAD, 0xAD},
        {0x61C, 0x61C},
        {0x180E, 0x180E},
        {0x200B, 0x200F},
        {0x2028, 0x202E},
        {0x2060, 0x206F},
        {0xFEFF, 0xFEFF},
        {0xFFF9, 0xFFFB},
        {0xE0000, 0xE007F},
    };
    for (size_t i = 0; i < TH_COUNT(RANGES); i++) {
        if (code >= RANGES[i].first && code <= RANGES[i].last) {
            return true;
        }
    }
    return false;
}

static bool fits(const struct log_line *line, size_t size)
{
    return !line->full && line->size + size + ENDING <= TH_LOG_LINE_MAX;
}

static bool add(struct log_line *line, const char *text, size_t size)
{
    if (!fits(line, size)) {
        line->full = true;
        return false;
    }
    memcpy(line->bytes + line->size, text, size);
    line->size += size;
    return true;
}

// What ends a line has its room kept free.
static void add_ending(struct log_line *line, const char *text)
{
    const size_t size = strlen(text);
    th_assert(line->size + size <= TH_LOG_LINE_MAX);
    memcpy(line->bytes + line->size, text, size);
    line->size += size;
}

void log_line_raw(struct log_line *line, struct th_bytes text)
{
    (void)add(line, text.data, text.size);
}

static int json_escape(struct piece piece, char out[static PIECE_MAX])
{
    if (!piece.valid) {
        return snprintf(out, PIECE_MAX, "\\ufffd");
    }
    if (piece.code > 0xFFFF) {
        const unsigned rest = piece.code - 0x10000;
        return snprintf(
            out, PIECE_MAX, "\\u%04x\\u%04x", 0xD800U + (rest >> 10), 0xDC00U + (rest & 0x3FF));
    }
    return snprintf(out, PIECE_MAX, "\\u%04x", (unsigned)piece.code);
}

static bool add_piece(struct log_line *line, struct piece piece, const uint8_t *at)
{
    char out[PIECE_MAX];
    int size = 0;
    if (piece.valid && (piece.code == '"' || piece.code == '\\')) {
        size = snprintf(out, sizeof(out), "\\%c", (char)piece.code);
    } else if (piece.valid && !acts(piece.code)) {
        return add(line, (const char *)at, piece.size);
    } else if (line->json) {
        size = json_escape(piece, out);
    } else {
        size =
            snprintf(out, sizeof(out), piece.valid ? "\\u{%X}" : "\\x{%X}", (unsigned)piece.code);
    }
    return add(line, out, (size_t)size);
}

static void add_quoted(struct log_line *line, struct th_bytes value)
{
    const uint8_t *at = value.data;
    size_t left = value.size;
    (void)add(line, "\"", 1); // its room was asked for with the name
    while (left > 0) {
        const struct piece piece = decode(at, left);
        if (!add_piece(line, piece, at)) {
            break;
        }
        at += piece.size;
        left -= piece.size;
    }
    add_ending(line, "\"");
}

// Letters, digits and signs that neither end a value nor begin another need no quotes.
static bool is_bare(struct th_bytes value)
{
    const uint8_t *at = value.data;
    for (size_t done = 0; done < value.size;) {
        const struct piece piece = decode(at + done, value.size - done);
        const bool special = piece.code <= ' ' || piece.code == '"' || piece.code == '\\' ||
                             piece.code == '=' || piece.code == 0xA0 || piece.code == 0x3000;
        if (!piece.valid || special || acts(piece.code)) {
            return false;
        }
        done += piece.size;
    }
    return value.size > 0;
}

static bool is_number(struct th_bytes value)
{
    const char *at = value.data;
    const size_t sign = value.size > 1 && at[0] == '-' ? 1 : 0;
    const size_t digits = value.size - sign;
    if (digits == 0 || digits > NUMBER_DIGITS || (at[sign] == '0' && value.size > 1)) {
        return false;
    }
    for (size_t i = sign; i < value.size; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
    }
    return true;
}

void log_line_field(struct log_line *line, struct th_bytes key, struct th_bytes value)
{
    if (!fits(line, key.size + NAMING)) {
        line->full = true;
        return;
    }
    (void)(line->json ? add(line, ",\"", 2) : add(line, " ", 1));
    (void)add(line, key.data, key.size);
    (void)(line->json ? add(line, "\":", 2) : add(line, "=", 1));
    const bool plain = line->json ? is_number(value) : is_bare(value);
    if (plain && fits(line, value.size)) {
        (void)add(line, value.data, value.size);
    } else {
        add_quoted(line, value);
    }
}

void log_line_end(struct log_line *line)
{
    if (line->full) {
        add_ending(line, line->json ? ",\"cut\":true" : "\xE2\x80\xA6");
    }
    add_ending(line, line->json ? "}\n" : "\n");
}
