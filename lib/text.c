// text.c - see text.h

#include "tonghop/text.h"

#include <string.h>

#include <utf8proc.h>

enum { CODE_POINTS_MAX = TH_TEXT_BYTES_MAX * 2, DISTANCE_BYTES_MAX = 64 };

// The character at the start of text; returns its bytes, 0 when there is none that is well-formed.
static size_t next_char(struct th_bytes text, int32_t *code)
{
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t size =
        text.size == 0 ? 0 : utf8proc_iterate(text.data, (utf8proc_ssize_t)text.size, &point);
    *code = point;
    return size > 0 ? (size_t)size : 0;
}

static struct th_bytes skip(struct th_bytes text, size_t size)
{
    return (struct th_bytes){.data = (const char *)text.data + size, .size = text.size - size};
}

static bool is_control(int32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

// Blanks besides the plain space: the space separators of Unicode, the zero-width ones that
// spreadsheets and web pages leave behind, and the two line separators.
static bool is_special_blank(int32_t code)
{
    return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200B) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x2060 || code == 0x3000 ||
           code == 0xFEFF;
}

static bool is_line_blank(int32_t code)
{
    return code == '\t' || code == '\n' || code == '\r';
}

bool th_text_is_utf8(struct th_bytes text)
{
    int32_t code = 0;
    while (text.size > 0) {
        const size_t size = next_char(text, &code);
        if (size == 0) {
            return false;
        }
        text = skip(text, size);
    }
    return true;
}

bool th_text_has_control(struct th_bytes text)
{
    int32_t code = 0;
    for (size_t size = next_char(text, &code); size > 0; size = next_char(text, &code)) {
        if (is_control(code)) {
            return true;
        }
        text = skip(text, size);
    }
    return false;
}

// Puts text into normal form, composed, at the end of out. utf8proc works in an array of code
// points; no text of n bytes decomposes into more than 2n of them.
static enum th_err
normalise(struct th_bytes text, int options, struct th_writer *out, struct th_bytes *result)
{
    if (text.size > TH_TEXT_BYTES_MAX) {
        return TH_E_TOO_LARGE;
    }
    utf8proc_int32_t points[CODE_POINTS_MAX + 1];
    const utf8proc_option_t wanted =
        (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE | options);
    const utf8proc_ssize_t count =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.size, points, CODE_POINTS_MAX, wanted);
    if (count < 0 || count > CODE_POINTS_MAX) {
        return count < 0 ? TH_E_MALFORMED : TH_E_TOO_LARGE;
    }
    const utf8proc_ssize_t size = utf8proc_reencode(points, count, wanted);
    if (size < 0) {
        return TH_E_MALFORMED;
    }
    if ((size_t)size > out->max - out->size) {
        return TH_E_TOO_LARGE;
    }
    uint8_t *start = out->data + out->size;
    memcpy(start, points, (size_t)size);
    out->size += (size_t)size;
    *result = (struct th_bytes){.data = start, .size = (size_t)size};
    return TH_OK;
}

enum th_err th_text_nfc(struct th_bytes text, struct th_writer *out, struct th_bytes *nfc)
{
    return normalise(text, 0, out, nfc);
}

// Below U+0300 every text is NFC: no mark to combine with, nothing that decomposes for good.
static bool is_surely_nfc(struct th_bytes text)
{
    const unsigned char *at = text.data;
    for (size_t i = 0; i < text.size; i++) {
        if (at[i] >= 0xCC) { // lead byte of U+0300
            return false;
        }
    }
    return true;
}

bool th_text_is_nfc(struct th_bytes text)
{
    if (text.size > TH_TEXT_BYTES_MAX || !th_text_is_utf8(text)) {
        return false;
    }
    if (is_surely_nfc(text)) {
        return true;
    }
    uint8_t room[TH_TEXT_BYTES_MAX * 3];
    struct th_writer out = TH_WRITER(room);
    struct th_bytes nfc;
    return normalise(text, 0, &out, &nfc) == TH_OK && th_bytes_equal(text, nfc);
}

bool th_text_is_plain(struct th_bytes text, size_t bytes_max)
{
    return text.size <= bytes_max && th_text_is_utf8(text) && !th_text_has_control(text) &&
           th_text_is_nfc(text);
}

static bool is_alphanumeric(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool th_text_is_code(struct th_bytes text, size_t bytes_max)
{
    const unsigned char *at = text.data;
    if (text.size == 0 || text.size > bytes_max || !is_alphanumeric(at[0])) {
        return false;
    }
    for (size_t i = 1; i < text.size; i++) {
        if (!is_alphanumeric(at[i]) && at[i] != '.' && at[i] != '_' && at[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool is_blank(int32_t code, bool lines)
{
    return code == ' ' || is_special_blank(code) || (lines && is_line_blank(code));
}

static struct th_bytes trim(struct th_bytes text, bool lines)
{
    int32_t code = 0;
    size_t size = next_char(text, &code);
    while (size > 0 && is_blank(code, lines)) {
        text = skip(text, size);
        size = next_char(text, &code);
    }

    size_t end = 0; // behind the last character that is no blank
    struct th_bytes rest = text;
    while (rest.size > 0) {
        size = next_char(rest, &code);
        const size_t step = size > 0 ? size : 1;
        rest = skip(rest, step);
        if (size == 0 || !is_blank(code, lines)) {
            end = text.size - rest.size;
        }
    }
    return (struct th_bytes){.data = text.data, .size = end};
}

struct th_bytes th_text_trim(struct th_bytes text)
{
    return trim(text, false);
}

// Copies text with its special blanks as spaces. CR LF is one blank.
static void fold(struct th_bytes text, bool lines, struct th_writer *out, unsigned *changes)
{
    int32_t code = 0;
    int32_t before = 0;
    for (size_t size = next_char(text, &code); size > 0; size = next_char(text, &code)) {
        const bool special = is_special_blank(code) || (lines && is_line_blank(code));
        if (!special) {
            th_write_bytes(out, (struct th_bytes){.data = text.data, .size = size});
        } else if (code != '\n' || before != '\r') {
            th_write_u8(out, ' ');
        }
        *changes |= special ? TH_TEXT_FOLDED : 0U;
        before = code;
        text = skip(text, size);
    }
}

// Printable ASCII without a blank at either end: nothing to do, and most cells are that.
static bool is_surely_tidy(struct th_bytes text)
{
    const unsigned char *at = text.data;
    for (size_t i = 0; i < text.size; i++) {
        if (at[i] < ' ' || at[i] > '~') {
            return false;
        }
    }
    return text.size == 0 || (at[0] != ' ' && at[text.size - 1] != ' ');
}

enum th_err th_text_tidy(struct th_bytes text,
                         bool lines,
                         struct th_writer *out,
                         struct th_bytes *tidy,
                         unsigned *changes)
{
    unsigned found = 0;
    if (text.size > TH_TEXT_BYTES_MAX) {
        return TH_E_TOO_LARGE;
    }
    if (is_surely_tidy(text)) {
        *tidy = text;
        *changes = 0;
        return TH_OK;
    }
    if (!th_text_is_utf8(text)) {
        return TH_E_MALFORMED;
    }
    struct th_bytes trimmed = trim(text, lines);
    found |= trimmed.size < text.size ? TH_TEXT_TRIMMED : 0U;

    uint8_t room[TH_TEXT_BYTES_MAX];
    struct th_writer folded = TH_WRITER(room);
    fold(trimmed, lines, &folded, &found);
    struct th_bytes result = trimmed;
    const bool is_folded = (found & TH_TEXT_FOLDED) != 0;
    if (is_folded) {
        result = th_written(&folded);
    }

    const bool is_composed = th_text_is_nfc(result);
    if (is_folded || !is_composed) {
        TH_TRY(normalise(result, 0, out, &result));
        found |= is_composed ? 0U : TH_TEXT_COMPOSED;
    }
    *tidy = result;
    *changes = found;
    return TH_OK;
}

bool th_text_same_label(struct th_bytes a, struct th_bytes b)
{
    if (a.size > TH_LABEL_BYTES_MAX || b.size > TH_LABEL_BYTES_MAX) {
        return false;
    }
    uint8_t room[2 * 4 * TH_LABEL_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    struct th_bytes plain_a;
    struct th_bytes plain_b;
    return normalise(a, UTF8PROC_CASEFOLD, &out, &plain_a) == TH_OK &&
           normalise(b, UTF8PROC_CASEFOLD, &out, &plain_b) == TH_OK &&
           th_bytes_equal(plain_a, plain_b);
}

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t less = a < b ? a : b;
    return less < c ? less : c;
}

unsigned th_text_distance(struct th_bytes a, struct th_bytes b, unsigned max)
{
    if (a.size > DISTANCE_BYTES_MAX || b.size > DISTANCE_BYTES_MAX) {
        return max + 1;
    }
    const unsigned char *x = a.data;
    const unsigned char *y = b.data;
    size_t cost[3][DISTANCE_BYTES_MAX + 1]; // rows i - 2, i - 1 and i, in turn
    for (size_t j = 0; j <= b.size; j++) {
        cost[0][j] = j;
    }
    for (size_t i = 1; i <= a.size; i++) {
        size_t *now = cost[i % 3];
        const size_t *last = cost[(i + 2) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            const size_t replace = last[j - 1] + (x[i - 1] == y[j - 1] ? 0 : 1);
            now[j] = min3(replace, last[j] + 1, now[j - 1] + 1);
            const bool swapped = i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1];
            if (swapped && cost[(i + 1) % 3][j - 2] + 1 < now[j]) {
                now[j] = cost[(i + 1) % 3][j - 2] + 1;
            }
        }
    }
    const size_t distance = cost[a.size % 3][b.size];
    return distance > max ? max + 1 : (unsigned)distance;
}

const char *
th_text_suggest(struct th_bytes word, const char *const *names, size_t count, size_t stride)
{
    const char *best = NULL;
    unsigned best_distance = TH_SUGGEST_DISTANCE + 1;
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        memcpy(&name, (const char *)names + i * stride, sizeof(name)); // names may lie in structs
        if (name == NULL) {
            continue;
        }
        const unsigned distance = th_text_distance(word, th_bytes_of(name), TH_SUGGEST_DISTANCE);
        if (distance < best_distance && 2 * (size_t)distance < word.size) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

bool th_text_matches(struct th_bytes text, struct th_bytes pattern)
{
    const char *t = text.data;
    const char *p = pattern.data;
    size_t at = 0;
    size_t in = 0;
    size_t star = SIZE_MAX; // the last star, and how far the text after it was taken
    size_t taken = 0;
    while (at < text.size) {
        if (in < pattern.size && p[in] == '*') {
            star = in++;
            taken = at;
        } else if (in < pattern.size && p[in] == t[at]) {
            in++;
            at++;
        } else if (star != SIZE_MAX) {
            in = star + 1;
            at = ++taken;
        } else {
            return false;
        }
    }
    while (in < pattern.size && p[in] == '*') {
        in++;
    }
    return in == pattern.size;
}
