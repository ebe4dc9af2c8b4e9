// number.c - see number.h

#include "tonghop/number.h"

#include <stdio.h>
#include <string.h>

__extension__ typedef __int128 wide;

static const char MINUS[] = "−"; // U+2212

enum { DIGITS_MAX = 19, GROUP = 3 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The parts of a number as written: sign, whole digits, point, fraction.
struct parts {
    bool is_negative;
    char point; // 0 when there is none
    struct th_bytes whole;
    struct th_bytes fraction;
};

static struct th_bytes take_digits(struct th_bytes text, size_t *at)
{
    const char *chars = text.data;
    const size_t from = *at;
    while (*at < text.size && is_digit(chars[*at])) {
        (*at)++;
    }
    return (struct th_bytes){.data = chars + from, .size = *at - from};
}

// Splits text; false when it is not digits with at most one of the points between them, or when it
// begins with a zero that is not alone.
static bool split(struct th_bytes text, const char *points, struct parts *parts)
{
    const char *chars = text.data;
    size_t at = 0;
    *parts = (struct parts){.is_negative = text.size > 0 && chars[0] == '-'};
    at += parts->is_negative ? 1 : 0;
    parts->whole = take_digits(text, &at);
    if (at < text.size && strchr(points, chars[at]) != NULL && chars[at] != '\0') {
        parts->point = chars[at];
        at++;
        parts->fraction = take_digits(text, &at);
    }
    const bool has_zero = parts->whole.size > 1 && *(const char *)parts->whole.data == '0';
    const bool is_whole = parts->whole.size > 0 && !has_zero;
    return is_whole && at == text.size && (parts->point == 0 || parts->fraction.size > 0);
}

static bool add_digits(struct th_bytes digits, int64_t *sum)
{
    const char *chars = digits.data;
    for (size_t i = 0; i < digits.size; i++) {
        if (__builtin_mul_overflow(*sum, 10, sum) ||
            __builtin_add_overflow(*sum, chars[i] - '0', sum)) {
            return false;
        }
    }
    return true;
}

static enum th_err parse(struct th_bytes text, const char *points, unsigned decimals, int64_t *out)
{
    struct parts parts;
    if (!split(text, points, &parts) || parts.fraction.size > decimals) {
        return TH_E_MALFORMED;
    }
    int64_t sum = 0;
    const struct th_bytes zeros = {.data = "000000000", .size = decimals - parts.fraction.size};
    if (!add_digits(parts.whole, &sum) || !add_digits(parts.fraction, &sum) ||
        !add_digits(zeros, &sum)) {
        return TH_E_INVALID;
    }
    if (parts.is_negative && sum == 0) {
        return TH_E_MALFORMED; // -0
    }
    *out = parts.is_negative ? -sum : sum;
    return TH_OK;
}

enum th_err th_number_parse(struct th_bytes text, int64_t *number)
{
    return parse(text, "", 0, number);
}

enum th_err th_number_parse_scaled(struct th_bytes text, unsigned decimals, int64_t *scaled)
{
    th_assert(decimals <= TH_DECIMALS_MAX);
    return parse(text, decimals > 0 ? "." : "", decimals, scaled);
}

enum th_err th_score_parse(struct th_bytes text, int64_t *hundredths)
{
    struct parts parts;
    const bool is_score = split(text, ".,", &parts) && !parts.is_negative && parts.whole.size <= 5;
    return is_score ? parse(text, ".,", TH_SCORE_DECIMALS, hundredths) : TH_E_MALFORMED;
}

// Bytes of the blank at the start of text, 0 when there is none.
static size_t blank_size(struct th_bytes text)
{
    static const char *const blanks[] = {" ", "\xC2\xA0", "\xE2\x80\xAF"};
    for (size_t i = 0; i < TH_COUNT(blanks); i++) {
        if (th_bytes_begins(text, th_bytes_of(blanks[i]))) {
            return strlen(blanks[i]);
        }
    }
    return 0;
}

// The text without blanks and a plus, its minus made plain. False when something else is in it, or
// it is too long for a hint.
static bool strip(struct th_bytes text, char out[static TH_NUMBER_HINT_BYTES])
{
    size_t size = 0;
    while (text.size > 0) {
        const bool is_long_minus = th_bytes_begins(text, th_bytes_of(MINUS));
        const char first = *(const char *)text.data;
        const char c = (char)(is_long_minus ? '-' : first);
        const size_t blank = blank_size(text);
        const bool is_minus = c == '-';
        const bool is_sign = size == 0 && (is_minus || c == '+');
        if (size + 1 >= TH_NUMBER_HINT_BYTES ||
            (blank == 0 && !is_sign && !is_digit(c) && c != '.' && c != ',')) {
            return false;
        }
        if (is_sign ? is_minus : blank == 0) {
            out[size++] = c;
        }
        const size_t taken = blank > 0 ? blank : is_long_minus ? sizeof(MINUS) - 1 : 1;
        text.data = (const char *)text.data + taken;
        text.size -= taken;
    }
    out[size] = '\0';
    return size > 0;
}

// Takes the separator out of out where every group behind it has three digits.
static bool join_groups(char *out, char separator)
{
    size_t digits = 0;
    size_t size = 0;
    bool is_first = true;
    if (out[0] == '0' || (out[0] == '-' && out[1] == '0')) {
        return false; // 0.273 has no group
    }
    for (const char *at = out;; at++) {
        if (is_digit(*at)) {
            digits++;
            out[size++] = *at;
            continue;
        }
        if (at == out && *at == '-') {
            size++;
            continue;
        }
        const bool is_group = is_first ? digits >= 1 && digits <= GROUP : digits == GROUP;
        if (!is_group || (*at != separator && *at != '\0')) {
            return false;
        }
        if (*at == '\0') {
            break;
        }
        is_first = false;
        digits = 0;
    }
    out[size] = '\0';
    return true;
}

static void drop_leading_zeros(char *out)
{
    char *digits = out + (out[0] == '-' ? 1 : 0);
    const size_t zeros = strspn(digits, "0");
    const size_t kept = strlen(digits) == zeros || digits[zeros] == '.' ? 1 : 0;
    if (zeros > kept) {
        memmove(digits, digits + zeros - kept, strlen(digits + zeros - kept) + 1);
    }
}

// Rewrites the number in out without what makes it wrong; false when more than one is possible.
static bool rewrite(char *out, unsigned decimals)
{
    char *last = strpbrk(out, ".,");
    if (last == NULL) {
        return true;
    }
    const char first = *last;
    for (char *next = last; next != NULL; next = strpbrk(next + 1, ".,")) {
        last = next;
    }
    const size_t behind = strlen(last + 1);
    const bool is_single = strpbrk(out, ".,") == last;
    const bool is_zero = behind > 0 && strspn(last + 1, "0") == behind;
    const bool is_point = (is_single || *last != first) && behind > 0;
    if (decimals == 0 && is_single && is_zero && behind != GROUP) {
        *last = '\0'; // 5.0
        return true;
    }
    if (decimals == 0) {
        return join_groups(out, first);
    }
    if (!is_point || behind > decimals) {
        return !is_single && join_groups(out, first);
    }
    char fraction[TH_NUMBER_HINT_BYTES];
    (void)snprintf(fraction, sizeof(fraction), "%s", last + 1);
    *last = '\0';
    if (!is_single && !join_groups(out, first)) {
        return false;
    }
    const size_t used = strlen(out);
    (void)snprintf(out + used, TH_NUMBER_HINT_BYTES - used, ".%s", fraction);
    return true;
}

char *th_number_hint(struct th_bytes text, unsigned decimals, char out[static TH_NUMBER_HINT_BYTES])
{
    int64_t number = 0;
    if (strip(text, out) && rewrite(out, decimals)) {
        drop_leading_zeros(out);
        if (th_number_parse_scaled(th_bytes_of(out), decimals, &number) == TH_OK) {
            return out;
        }
    }
    const char *word = decimals > 0 ? "decimal-number" : "whole-number";
    (void)snprintf(out, TH_NUMBER_HINT_BYTES, "%s", word);
    return out;
}

// How a number is put together.
struct style {
    const char *minus;
    const char *plus;
    const char *group;
    const char *point;
    unsigned decimals_min; // trailing zeros are kept down to this many decimals
};

static struct style people_style(enum th_lang lang)
{
    return (struct style){.minus = MINUS,
                          .plus = "",
                          .group = lang == TH_LANG_VI ? "." : ",",
                          .point = lang == TH_LANG_VI ? "," : "."};
}

static char *write_number(int64_t scaled, unsigned decimals, struct style style, char *out)
{
    th_assert(decimals <= TH_DECIMALS_MAX);
    char digits[DIGITS_MAX + TH_DECIMALS_MAX + 1];
    const uint64_t size = scaled < 0 ? 0 - (uint64_t)scaled : (uint64_t)scaled;
    const int count =
        snprintf(digits, sizeof(digits), "%0*llu", (int)decimals + 1, (unsigned long long)size);
    const size_t whole = (size_t)count - decimals;
    size_t end = (size_t)count;
    while (end > whole + style.decimals_min && digits[end - 1] == '0') {
        end--;
    }

    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_NUMBER_TEXT_BYTES};
    const char *sign = scaled < 0 ? style.minus : scaled > 0 ? style.plus : "";
    th_write_bytes(&writer, th_bytes_of(sign));
    for (size_t i = 0; i < end; i++) {
        const bool is_group = i > 0 && i < whole && (whole - i) % GROUP == 0;
        th_write_bytes(&writer,
                       th_bytes_of(i == whole ? style.point
                                   : is_group ? style.group
                                              : ""));
        th_write_u8(&writer, (uint8_t)digits[i]);
    }
    th_write_u8(&writer, 0);
    th_assert(!writer.overflow);
    return out;
}

char *th_number_plain(int64_t scaled, unsigned decimals, char out[static TH_NUMBER_TEXT_BYTES])
{
    const struct style plain = {.minus = "-", .plus = "", .group = "", .point = "."};
    return write_number(scaled, decimals, plain, out);
}

char *th_number_people(enum th_lang lang,
                       int64_t scaled,
                       unsigned decimals,
                       char out[static TH_NUMBER_TEXT_BYTES])
{
    return write_number(scaled, decimals, people_style(lang), out);
}

char *th_change_people(enum th_lang lang,
                       int64_t scaled,
                       unsigned decimals,
                       char out[static TH_NUMBER_TEXT_BYTES])
{
    struct style style = people_style(lang);
    style.plus = "+";
    return write_number(scaled, decimals, style, out);
}

char *th_score_people(enum th_lang lang, int64_t hundredths, char out[static TH_NUMBER_TEXT_BYTES])
{
    struct style style = people_style(lang);
    style.decimals_min = TH_SCORE_DECIMALS;
    return write_number(hundredths, TH_SCORE_DECIMALS, style, out);
}

char *th_share_people(enum th_lang lang, int64_t permille, char out[static TH_NUMBER_TEXT_BYTES])
{
    struct style style = people_style(lang);
    style.decimals_min = 1;
    (void)write_number(permille, 1, style, out);
    const size_t used = strlen(out);
    (void)snprintf(out + used, TH_NUMBER_TEXT_BYTES - used, "%%");
    return out;
}

bool th_ratio(int64_t number, int64_t by, int64_t scale, int64_t *result)
{
    if (by <= 0) {
        return false;
    }
    const wide scaled = (wide)number * scale;
    const wide size = scaled < 0 ? -scaled : scaled;
    const wide rounded = (2 * size + by) / (2 * (wide)by);
    if (rounded > INT64_MAX) {
        return false;
    }
    *result = scaled < 0 ? -(int64_t)rounded : (int64_t)rounded;
    return true;
}

const char *th_qualifier_people(enum th_lang lang, uint32_t qualifier)
{
    static const char *const words[][2] = {
        {"", ""}, {"", ""}, {"trên", "over"}, {"dưới", "under"}, {"khoảng", "about"}};
    return qualifier < TH_COUNT(words) ? words[qualifier][lang] : "";
}
