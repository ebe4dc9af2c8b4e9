// recode.c - see recode.h

#include "nodes/recode.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024, OUT_BYTES = 4 * PIECE_BYTES };

// Is everything so far UTF-8, and not ASCII alone? A letter is followed byte by byte; which letters
// there are is of no interest here.
struct utf8 {
    bool broken;
    bool has_letters;
    unsigned left; // bytes that the present letter still needs
};

static void look_at(struct utf8 *utf8, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size && !utf8->broken; i++) {
        const uint8_t byte = (uint8_t)bytes[i];
        if (utf8->left > 0) {
            utf8->broken = (byte & 0xC0) != 0x80;
            utf8->left--;
        } else if (byte >= 0x80) {
            utf8->left = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
            utf8->broken = byte < 0xC2 || byte > 0xF4;
            utf8->has_letters = true;
        }
    }
}

struct recoding {
    iconv_t table;
    int from;
    int to;
    uint64_t bytes_max;
    uint64_t written;
    uint32_t line; // where the next byte out belongs
    bool as_they_are;
    bool one_byte; // a letter is one byte
    struct utf8 utf8;
    size_t size; // of in
    char in[PIECE_BYTES];
    char out[OUT_BYTES];
};

static enum th_err write_out(struct recoding *r, size_t size)
{
    r->written += size;
    if (r->written > r->bytes_max) {
        return TH_E_TOO_LARGE;
    }
    for (size_t i = 0; i < size; i++) {
        r->line += r->out[i] == '\n' ? 1 : 0;
    }
    for (size_t at = 0; at < size;) {
        const ssize_t done = write(r->to, r->out + at, size - at);
        if (done < 0 && errno != EINTR) {
            return TH_E_IO;
        }
        at += done > 0 ? (size_t)done : 0;
    }
    return TH_OK;
}

// Convert what is in in as far as it goes; what is left of a letter stays there.
static enum th_err convert(struct recoding *r)
{
    if (r->as_they_are) {
        memcpy(r->out, r->in, r->size);
        const size_t size = r->size;
        r->size = 0;
        return write_out(r, size);
    }
    char *in = r->in;
    size_t left = r->size;
    while (left > 0) {
        char *out = r->out;
        size_t room = sizeof(r->out);
        const size_t done = iconv(r->table, &in, &left, &out, &room);
        const int why = errno;
        TH_TRY(write_out(r, sizeof(r->out) - room));
        if (done == (size_t)-1 && why == EINVAL) {
            break; // cut short: the rest comes with the next piece
        }
        if (done == (size_t)-1 && why != E2BIG) {
            return TH_E_MALFORMED;
        }
    }
    memmove(r->in, in, left);
    r->size = left;
    return TH_OK;
}

// A mark that says: another encoding.
static bool is_marked_otherwise(const struct recoding *r)
{
    static const char UTF8[] = "\xEF\xBB\xBF";
    const bool wide =
        r->size >= 2 && (memcmp(r->in, "\xFF\xFE", 2) == 0 || memcmp(r->in, "\xFE\xFF", 2) == 0);
    const bool utf8 = r->size >= 3 && memcmp(r->in, UTF8, sizeof(UTF8) - 1) == 0;
    return utf8 || (wide && r->one_byte);
}

static enum th_err finish(struct recoding *r)
{
    char *out = r->out;
    size_t room = sizeof(r->out);
    if (r->as_they_are) {
        return TH_OK;
    }
    if (r->size > 0) {
        return TH_E_MALFORMED; // half a letter
    }
    if (iconv(r->table, NULL, NULL, &out, &room) == (size_t)-1) {
        return TH_E_MALFORMED;
    }
    TH_TRY(write_out(r, sizeof(r->out) - room));
    if (r->one_byte && r->utf8.has_letters && !r->utf8.broken && r->utf8.left == 0) {
        r->line = 0;
        return TH_E_MALFORMED;
    }
    return TH_OK;
}

static enum th_err copy(struct recoding *r)
{
    for (;;) {
        const ssize_t got = read(r->from, r->in + r->size, sizeof(r->in) - r->size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return TH_E_IO;
        }
        if (got == 0) {
            return finish(r);
        }
        look_at(&r->utf8, r->in + r->size, (size_t)got);
        r->size += (size_t)got;
        if (r->written == 0 && !r->as_they_are && is_marked_otherwise(r)) {
            r->line = 0;
            return TH_E_MALFORMED;
        }
        TH_TRY(convert(r));
    }
}

enum th_err recode(const char *encoding, int from, int to, uint64_t bytes_max, uint32_t *line)
{
    static struct recoding r;
    r = (struct recoding){.from = from, .to = to, .bytes_max = bytes_max, .line = 1};
    if (encoding == NULL) {
        r.as_they_are = true;
        return copy(&r);
    }
    r.one_byte = strncmp(encoding, "UTF-", 4) != 0;
    r.table = iconv_open("UTF-8", encoding);
    if (r.table == (iconv_t)-1) {
        *line = 0; // NOLINT(performance-no-int-to-ptr): so it says
        return TH_E_NOT_FOUND;
    }
    const enum th_err err = copy(&r);
    const int why = errno;
    (void)iconv_close(r.table);
    errno = why;
    *line = r.line;
    return err;
}
