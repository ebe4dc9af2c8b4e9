// text_show.c - how texts are shown: width, escaping, cutting; see text.h

#include <stdio.h>
#include <string.h>

#include <utf8proc.h>

#include "tonghop/text.h"

static const char ELLIPSIS[] = "…";

enum { ELLIPSIS_BYTES = sizeof(ELLIPSIS) - 1, PIECE_BYTES = 16 };

// One character and the text that stands for it.
struct piece {
    size_t taken; // bytes of the source
    size_t size;
    size_t width; // columns
    char text[PIECE_BYTES];
};

typedef void piece_fn(int32_t code, struct th_bytes source, struct piece *piece);

static void keep(struct th_bytes source, struct piece *piece)
{
    memcpy(piece->text, source.data, source.size);
    piece->size = source.size;
}

// A byte that is not UTF-8 is a piece of its own, with code -1.
static struct piece take_piece(struct th_bytes text, piece_fn *show)
{
    utf8proc_int32_t code = -1;
    const utf8proc_ssize_t size = utf8proc_iterate(text.data, (utf8proc_ssize_t)text.size, &code);
    struct piece piece = {.taken = size > 0 ? (size_t)size : 1};
    code = size > 0 ? code : -1;
    piece.width = code < 0 ? 1 : (size_t)utf8proc_charwidth(code);
    show(code, (struct th_bytes){.data = text.data, .size = piece.taken}, &piece);
    return piece;
}

// Writes the pieces of text into out until columns or bytes run out. What does not fit ends with
// "…": cut remembers the last place where there was still room for it.
static size_t
write_pieces(struct th_bytes text, piece_fn *show, size_t columns, char *out, size_t max)
{
    th_assert(max > ELLIPSIS_BYTES);
    size_t size = 0;
    size_t width = 0;
    size_t cut = 0;
    const char *at = text.data;
    for (size_t left = text.size; left > 0;) {
        const struct piece piece = take_piece((struct th_bytes){.data = at, .size = left}, show);
        if (size + piece.size > max - 1 || width + piece.width > columns) {
            memcpy(out + cut, ELLIPSIS, ELLIPSIS_BYTES);
            size = cut + ELLIPSIS_BYTES;
            break;
        }
        memcpy(out + size, piece.text, piece.size);
        size += piece.size;
        width += piece.width;
        if (size + ELLIPSIS_BYTES <= max - 1 && width + 1 <= columns) {
            cut = size;
        }
        at += piece.taken;
        left -= piece.taken;
    }
    out[size] = '\0';
    return size;
}

static bool is_unsafe(int32_t code)
{
    const utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
           category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

static void show_escaped(int32_t code, struct th_bytes source, struct piece *piece)
{
    if (code >= 0 && !is_unsafe(code)) {
        keep(source, piece);
        return;
    }
    const unsigned byte = *(const unsigned char *)source.data;
    const int size = code < 0 ? snprintf(piece->text, PIECE_BYTES, "\\x{%02X}", byte)
                              : snprintf(piece->text, PIECE_BYTES, "\\u{%02X}", (unsigned)code);
    piece->size = (size_t)size;
    piece->width = (size_t)size;
}

static void show_as_is(int32_t code, struct th_bytes source, struct piece *piece)
{
    if (code >= 0) {
        keep(source, piece);
    } else {
        keep(TH_BYTES("?"), piece);
    }
}

static void show_json(int32_t code, struct th_bytes source, struct piece *piece)
{
    if (code < 0) {
        keep(TH_BYTES("\xEF\xBF\xBD"), piece); // U+FFFD
    } else if (code == '"') {
        keep(TH_BYTES("\\\""), piece);
    } else if (code == '\\') {
        keep(TH_BYTES("\\\\"), piece);
    } else if (code < 0x20 || code == 0x7F) {
        piece->size = (size_t)snprintf(piece->text, PIECE_BYTES, "\\u%04X", (unsigned)code);
    } else {
        keep(source, piece);
    }
}

size_t th_text_escape(struct th_bytes text, char *out, size_t max)
{
    return write_pieces(text, show_escaped, SIZE_MAX, out, max);
}

size_t th_text_cut(struct th_bytes text, char *out, size_t max)
{
    return write_pieces(text, show_as_is, SIZE_MAX, out, max);
}

size_t th_text_json(struct th_bytes text, char *out, size_t max)
{
    return write_pieces(text, show_json, SIZE_MAX, out, max);
}

size_t th_text_width(struct th_bytes text)
{
    size_t width = 0;
    const char *at = text.data;
    for (size_t left = text.size; left > 0;) {
        const struct piece piece =
            take_piece((struct th_bytes){.data = at, .size = left}, show_as_is);
        width += piece.width;
        at += piece.taken;
        left -= piece.taken;
    }
    return width;
}

size_t th_text_pad(struct th_bytes text, size_t width, char *out, size_t max)
{
    size_t size = write_pieces(text, show_as_is, width, out, max);
    for (size_t used = th_text_width((struct th_bytes){.data = out, .size = size});
         used < width && size + 1 < max;
         used++) {
        out[size++] = ' ';
    }
    out[size] = '\0';
    return size;
}
