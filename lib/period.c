// period.c - labels and keys; see period.h. What people read is in period_show.c

#include "tonghop/period.h"

#include <stdio.h>
#include <string.h>

enum {
    YEAR_CHARS = 4,
    MONTH_CHARS = 7,
    DAY_CHARS = 10,
    AHEAD_DAYS = 366,         // how far ahead of today a period may end
    AHEAD_DAYS_TARGET = 5479, // targets and terms: 15 years
    KEY_OPEN = UINT16_MAX,    // TH_DAY_MAX in a key
};

static struct th_bytes part(struct th_bytes text, size_t from, size_t to)
{
    return (struct th_bytes){.data = (const char *)text.data + from, .size = to - from};
}

static bool begins(struct th_bytes text, const char *prefix)
{
    return th_bytes_begins(text, th_bytes_of(prefix));
}

static enum th_err checked(struct th_period period, struct th_period *out)
{
    const bool is_inside = period.first >= TH_DAY_FIRST && period.first <= TH_DAY_LAST &&
                           (period.last <= TH_DAY_LAST || th_period_is_open(period));
    if (!is_inside) {
        return TH_E_INVALID;
    }
    *out = period;
    return TH_OK;
}

static th_day last_of_year(th_day first)
{
    return th_day_of((struct th_date){th_day_date(first).year, 12, 31});
}

static th_day last_of_month(th_day first)
{
    struct th_date date = th_day_date(first);
    date.day = th_month_days(date.year, date.month);
    return th_day_of(date);
}

// A year, month or day; *detail tells which, in the words of a range.
static enum th_err parse_point(struct th_bytes text, struct th_period *period)
{
    TH_TRY(th_day_parse_loose(text, &period->first));
    switch (text.size) {
    case YEAR_CHARS:
        period->type = TH_PERIOD_YEAR;
        period->detail = TH_PERIOD_YEARS;
        period->last = last_of_year(period->first);
        return TH_OK;
    case MONTH_CHARS:
        period->type = TH_PERIOD_MONTH;
        period->detail = TH_PERIOD_MONTHS;
        period->last = last_of_month(period->first);
        return TH_OK;
    case DAY_CHARS:
        period->type = TH_PERIOD_DAY;
        period->detail = TH_PERIOD_DAYS;
        period->last = period->first;
        return TH_OK;
    default:
        return TH_E_MALFORMED;
    }
}

static enum th_err parse_year(struct th_bytes text, th_day *first, th_day *last)
{
    struct th_period point;
    if (text.size != YEAR_CHARS) {
        return TH_E_MALFORMED;
    }
    TH_TRY(parse_point(text, &point));
    *first = point.first;
    *last = point.last;
    return TH_OK;
}

// 2018Q3, 2018H1
static enum th_err parse_part_of_year(struct th_bytes text, struct th_period *period)
{
    const char *chars = text.data;
    th_day first = 0;
    th_day last = 0;
    TH_TRY(parse_year(part(text, 0, YEAR_CHARS), &first, &last));
    const bool is_quarter = chars[4] == 'Q';
    const int32_t months = is_quarter ? 3 : 6;
    const int32_t number = chars[5] - '0';
    if ((!is_quarter && chars[4] != 'H') || number < 1 || number > 12 / months) {
        return TH_E_MALFORMED;
    }
    struct th_date date = th_day_date(first);
    date.month = (number - 1) * months + 1;
    const th_day begin = th_day_of(date);
    date.month += months - 1;
    return checked((struct th_period){.type = is_quarter ? TH_PERIOD_QUARTER : TH_PERIOD_HALF,
                                      .first = begin,
                                      .last = last_of_month(th_day_of(date))},
                   period);
}

// Where ".." begins, or the size of text.
static size_t find_dots(struct th_bytes text)
{
    const char *chars = text.data;
    for (size_t i = 0; i + 1 < text.size; i++) {
        if (chars[i] == '.' && chars[i + 1] == '.') {
            return i;
        }
    }
    return text.size;
}

static enum th_err parse_range(struct th_bytes text, size_t dots, struct th_period *period)
{
    struct th_period from;
    struct th_period to;
    TH_TRY(parse_point(part(text, 0, dots), &from));
    TH_TRY(parse_point(part(text, dots + 2, text.size), &to));
    if (from.type != to.type || from.first >= to.first) {
        return TH_E_MALFORMED;
    }
    return checked(
        (struct th_period){
            .type = TH_PERIOD_RANGE, .detail = from.detail, .first = from.first, .last = to.last},
        period);
}

static enum th_err parse_deadline(struct th_bytes text, struct th_period *period)
{
    struct th_period deadline = {.type = TH_PERIOD_DEADLINE};
    TH_TRY(parse_year(part(text, 2, text.size), &deadline.first, &deadline.last));
    deadline.first = deadline.first < TH_DAY_FIRST ? deadline.first : TH_DAY_FIRST;
    return checked(deadline, period);
}

// yearly, yearly:2018.., yearly:2018..2021
static enum th_err parse_yearly(struct th_bytes text, struct th_period *period)
{
    const size_t head = strlen("yearly");
    struct th_period yearly = {.type = TH_PERIOD_YEARLY, .last = TH_DAY_MAX};
    if (text.size == head) {
        yearly.detail = TH_PERIOD_OPEN;
        return checked(yearly, period);
    }
    const struct th_bytes years = part(text, head + 1, text.size);
    if (!begins(text, "yearly:") || find_dots(years) != YEAR_CHARS) {
        return TH_E_MALFORMED;
    }
    th_day ignored = 0;
    TH_TRY(parse_year(part(years, 0, YEAR_CHARS), &yearly.first, &ignored));
    if (years.size == YEAR_CHARS + 2) {
        yearly.detail = TH_PERIOD_FROM;
        return checked(yearly, period);
    }
    TH_TRY(parse_year(part(years, YEAR_CHARS + 2, years.size), &ignored, &yearly.last));
    return yearly.first < yearly.last ? checked(yearly, period) : TH_E_MALFORMED;
}

// T2020-2025, T2020-2025@2023-10-12
static enum th_err parse_term(struct th_bytes text, struct th_period *period)
{
    const size_t head = strlen("T2020-2025");
    const char *chars = text.data;
    struct th_period term = {.type = TH_PERIOD_TERM};
    th_day second = 0;
    if (text.size < head || chars[YEAR_CHARS + 1] != '-') {
        return TH_E_MALFORMED;
    }
    TH_TRY(parse_year(part(text, 1, YEAR_CHARS + 1), &term.first, &second));
    TH_TRY(parse_year(part(text, YEAR_CHARS + 2, head), &second, &term.last));
    if (term.first >= second) {
        return TH_E_MALFORMED;
    }
    if (text.size == head) {
        return checked(term, period);
    }
    th_day day = 0;
    struct th_period whole;
    if (chars[head] != '@') {
        return TH_E_MALFORMED;
    }
    TH_TRY(th_day_parse(part(text, head + 1, text.size), &day));
    TH_TRY(checked(term, &whole));
    if (day < whole.first || day > whole.last) {
        return TH_E_MALFORMED;
    }
    return checked(
        (struct th_period){.type = TH_PERIOD_TERM_TO_DATE,
                           .detail = (uint8_t)(th_day_date(whole.last).year - TH_YEAR_FIRST),
                           .first = whole.first,
                           .last = day},
        period);
}

enum th_err th_period_parse(struct th_bytes text, struct th_period *period)
{
    if (text.size < YEAR_CHARS || text.size >= TH_PERIOD_TEXT_BYTES) {
        return TH_E_MALFORMED;
    }
    if (begins(text, "..")) {
        return parse_deadline(text, period);
    }
    if (begins(text, "yearly")) {
        return parse_yearly(text, period);
    }
    if (begins(text, "T")) {
        return parse_term(text, period);
    }
    const size_t dots = find_dots(text);
    if (dots < text.size) {
        return parse_range(text, dots, period);
    }
    if (text.size == YEAR_CHARS + 2) {
        return parse_part_of_year(text, period);
    }
    struct th_period point;
    TH_TRY(parse_point(text, &point));
    point.detail = TH_PERIOD_WHOLE;
    return checked(point, period);
}

// Characters of an end of a range.
static const size_t POINT_CHARS[] = {
    [TH_PERIOD_YEARS] = YEAR_CHARS,
    [TH_PERIOD_MONTHS] = MONTH_CHARS,
    [TH_PERIOD_DAYS] = DAY_CHARS,
};

// Writes a day as far as a label of that detail shows it: 2018, 2018-07 or 2018-07-01.
static void put_point(char *out, uint8_t detail, th_day day)
{
    char text[TH_DAY_TEXT_BYTES];
    th_assert(detail >= TH_PERIOD_YEARS && detail <= TH_PERIOD_DAYS);
    const size_t used = strlen(out);
    (void)snprintf(out + used,
                   TH_PERIOD_TEXT_BYTES - used,
                   "%.*s",
                   (int)POINT_CHARS[detail],
                   th_day_text(day, text));
}

static void put_text(char *out, const char *text)
{
    const size_t used = strlen(out);
    (void)snprintf(out + used, TH_PERIOD_TEXT_BYTES - used, "%s", text);
}

static void put_yearly(char *out, struct th_period period)
{
    put_text(out, "yearly");
    if (period.detail == TH_PERIOD_OPEN) {
        return;
    }
    put_text(out, ":");
    put_point(out, TH_PERIOD_YEARS, period.first);
    put_text(out, "..");
    if (period.detail == TH_PERIOD_WHOLE) {
        put_point(out, TH_PERIOD_YEARS, period.last);
    }
}

static void put_term(char *out, struct th_period period)
{
    const bool to_date = period.type == TH_PERIOD_TERM_TO_DATE;
    const th_day last =
        to_date ? th_day_of((struct th_date){TH_YEAR_FIRST + period.detail, 12, 31}) : period.last;
    put_text(out, "T");
    put_point(out, TH_PERIOD_YEARS, period.first);
    put_text(out, "-");
    put_point(out, TH_PERIOD_YEARS, last);
    if (to_date) {
        put_text(out, "@");
        put_point(out, TH_PERIOD_DAYS, period.last);
    }
}

static void put_part_of_year(char *out, th_day first, const char *letter, int32_t months)
{
    const int32_t number = (th_day_date(first).month - 1) / months + 1;
    put_point(out, TH_PERIOD_YEARS, first);
    put_text(out, letter);
    put_text(out, (const char[2]){(char)('0' + number), '\0'});
}

char *th_period_text(struct th_period period, char out[static TH_PERIOD_TEXT_BYTES])
{
    out[0] = '\0';
    switch ((enum th_period_type)period.type) {
    case TH_PERIOD_DAY:
        put_point(out, TH_PERIOD_DAYS, period.first);
        return out;
    case TH_PERIOD_MONTH:
        put_point(out, TH_PERIOD_MONTHS, period.first);
        return out;
    case TH_PERIOD_QUARTER:
        put_part_of_year(out, period.first, "Q", 3);
        return out;
    case TH_PERIOD_HALF:
        put_part_of_year(out, period.first, "H", 6);
        return out;
    case TH_PERIOD_YEAR:
        put_point(out, TH_PERIOD_YEARS, period.first);
        return out;
    case TH_PERIOD_RANGE:
        put_point(out, period.detail, period.first);
        put_text(out, "..");
        put_point(out, period.detail, period.last);
        return out;
    case TH_PERIOD_DEADLINE:
        put_text(out, "..");
        put_point(out, TH_PERIOD_YEARS, period.last);
        return out;
    case TH_PERIOD_YEARLY:
        put_yearly(out, period);
        return out;
    case TH_PERIOD_TERM:
    case TH_PERIOD_TERM_TO_DATE:
        put_term(out, period);
        return out;
    case TH_PERIOD_TYPE_END:
        break;
    }
    th_unreachable();
}

bool th_period_equal(struct th_period a, struct th_period b)
{
    return a.type == b.type && a.detail == b.detail && a.first == b.first && a.last == b.last;
}

void th_period_pack(struct th_period period, uint8_t key[static TH_PERIOD_KEY_BYTES])
{
    th_assert(period.first >= TH_DAY_FIRST && period.first <= TH_DAY_LAST);
    th_assert(period.last <= TH_DAY_LAST || period.last == TH_DAY_MAX);
    key[0] = period.type;
    th_put_u16(key + 1, (uint16_t)period.first);
    th_put_u16(key + 3, period.last == TH_DAY_MAX ? KEY_OPEN : (uint16_t)period.last);
    key[5] = period.detail;
}

enum th_err th_period_unpack(const uint8_t key[static TH_PERIOD_KEY_BYTES],
                             struct th_period *period)
{
    const uint16_t last = th_get_u16(key + 3);
    const struct th_period read = {.type = key[0],
                                   .detail = key[5],
                                   .first = th_get_u16(key + 1),
                                   .last = last == KEY_OPEN ? TH_DAY_MAX : last};
    const bool is_open_type = read.type == TH_PERIOD_YEARLY;
    const bool is_range = read.type == TH_PERIOD_RANGE;
    if (read.type < TH_PERIOD_DAY || read.type >= TH_PERIOD_TYPE_END || read.first > TH_DAY_LAST ||
        (read.last > TH_DAY_LAST && !is_open_type) ||
        (is_range && (read.detail < TH_PERIOD_YEARS || read.detail > TH_PERIOD_DAYS))) {
        return TH_E_CORRUPT;
    }
    // P1 and P2: the key is right exactly when its label is read as the same period.
    char text[TH_PERIOD_TEXT_BYTES];
    struct th_period again;
    const enum th_err err = th_period_parse(th_bytes_of(th_period_text(read, text)), &again);
    if (err != TH_OK || !th_period_equal(read, again)) {
        return TH_E_CORRUPT;
    }
    *period = read;
    return TH_OK;
}

bool th_period_is_open(struct th_period period)
{
    return period.type == TH_PERIOD_YEARLY && period.last == TH_DAY_MAX;
}

bool th_period_in_range(struct th_period period, th_day today)
{
    const bool is_target = period.type == TH_PERIOD_DEADLINE || period.type == TH_PERIOD_YEARLY;
    const bool is_far = is_target || period.type == TH_PERIOD_TERM;
    const int64_t end = (int64_t)today + (is_far ? AHEAD_DAYS_TARGET : AHEAD_DAYS);
    return period.first >= TH_DAY_FIRST && (th_period_is_open(period) || period.last <= end);
}

uint16_t th_period_bit(enum th_period_type type)
{
    return (uint16_t)(1U << (unsigned)type);
}
