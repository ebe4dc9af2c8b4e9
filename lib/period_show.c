// period_show.c - names of period types, and periods as people read them; see period.h

#include <stdarg.h>
#include <stdio.h>

#include "tonghop/period.h"

struct type_name {
    const char *code;
    const char *people[2]; // by th_lang
};

static const struct type_name TYPES[TH_PERIOD_TYPE_END] = {
    [TH_PERIOD_DAY] = {"day", {"ngày", "day"}},
    [TH_PERIOD_MONTH] = {"month", {"tháng", "month"}},
    [TH_PERIOD_QUARTER] = {"quarter", {"quý", "quarter"}},
    [TH_PERIOD_HALF] = {"half", {"nửa năm", "half-year"}},
    [TH_PERIOD_YEAR] = {"year", {"năm", "year"}},
    [TH_PERIOD_RANGE] = {"range", {"khoảng", "range"}},
    [TH_PERIOD_DEADLINE] = {"deadline", {"thời hạn", "deadline"}},
    [TH_PERIOD_YEARLY] = {"yearly", {"hằng năm", "yearly"}},
    [TH_PERIOD_TERM] = {"term", {"nhiệm kỳ", "term"}},
    [TH_PERIOD_TERM_TO_DATE] = {"term_to_date", {"lũy kế nhiệm kỳ", "term to date"}},
};

static const char *const MONTHS[] = {"January",
                                     "February",
                                     "March",
                                     "April",
                                     "May",
                                     "June",
                                     "July",
                                     "August",
                                     "September",
                                     "October",
                                     "November",
                                     "December"};
static const char *const QUARTERS[] = {"I", "II", "III", "IV"};

static const struct type_name *name_of(enum th_period_type type)
{
    th_assert(type >= TH_PERIOD_DAY && type < TH_PERIOD_TYPE_END);
    return &TYPES[type];
}

const char *th_period_type_name(enum th_period_type type)
{
    return name_of(type)->code;
}

const char *th_period_type_people(enum th_lang lang, enum th_period_type type)
{
    return name_of(type)->people[lang];
}

enum th_err th_period_type_parse(struct th_bytes word, enum th_period_type *type)
{
    for (enum th_period_type at = TH_PERIOD_DAY; at < TH_PERIOD_TYPE_END; at++) {
        if (th_bytes_equal(word, th_bytes_of(TYPES[at].code))) {
            *type = at;
            return TH_OK;
        }
    }
    return TH_E_MALFORMED;
}

char *th_period_types_text(uint16_t types, char *out, size_t max)
{
    size_t size = 0;
    out[0] = '\0';
    for (enum th_period_type at = TH_PERIOD_DAY; at < TH_PERIOD_TYPE_END && size < max; at++) {
        if ((types & th_period_bit(at)) != 0) {
            const char *comma = size > 0 ? ", " : "";
            const int added = snprintf(out + size, max - size, "%s%s", comma, TYPES[at].code);
            size += (size_t)added;
        }
    }
    return out;
}

// A period as its two ends.
struct ends {
    struct th_date from;
    struct th_date to;
    char first[TH_DAY_TEXT_BYTES];
    char last[TH_DAY_TEXT_BYTES];
};

static struct ends ends_of(enum th_lang lang, struct th_period period)
{
    struct ends ends = {.from = th_day_date(period.first)};
    ends.to = th_period_is_open(period) ? ends.from : th_day_date(period.last);
    if (period.type == TH_PERIOD_TERM_TO_DATE) {
        ends.to.year = TH_YEAR_FIRST + period.detail;
    }
    (void)th_day_people(lang, period.first, ends.first);
    (void)th_day_people(lang, period.last, ends.last);
    return ends;
}

TH_PRINTF(2, 3) static void put(char *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out, TH_PERIOD_PEOPLE_BYTES, format, args);
    va_end(args);
}

static void range_vi(struct th_period period, const struct ends *ends, char *out)
{
    if (period.detail == TH_PERIOD_YEARS) {
        put(out, "từ %d đến %d", (int)ends->from.year, (int)ends->to.year);
    } else if (period.detail == TH_PERIOD_MONTHS) {
        put(out, "từ %s đến %s", ends->first + 3, ends->last + 3); // without the day
    } else {
        put(out, "từ %s đến %s", ends->first, ends->last);
    }
}

static void yearly(enum th_lang lang, struct th_period period, const struct ends *ends, char *out)
{
    const char *each = lang == TH_LANG_VI ? "mỗi năm" : "a year";
    if (period.detail == TH_PERIOD_OPEN) {
        put(out, "%s", each);
    } else if (period.detail == TH_PERIOD_FROM) {
        put(out, "%s %s %d", each, lang == TH_LANG_VI ? "từ" : "from", (int)ends->from.year);
    } else {
        put(out, "%s %d–%d", each, (int)ends->from.year, (int)ends->to.year);
    }
}

static void people_vi(struct th_period period, const struct ends *ends, char *out)
{
    const int year = (int)ends->from.year;
    const int month = (int)ends->from.month;
    switch ((enum th_period_type)period.type) {
    case TH_PERIOD_DAY:
        put(out, "kỳ %s", ends->first);
        return;
    case TH_PERIOD_MONTH:
        put(out, "tháng %d/%d", month, year);
        return;
    case TH_PERIOD_QUARTER:
        put(out, "quý %s/%d", QUARTERS[(month - 1) / 3], year);
        return;
    case TH_PERIOD_HALF:
        put(out, "6 tháng %s năm %d", month == 1 ? "đầu" : "cuối", year);
        return;
    case TH_PERIOD_YEAR:
        put(out, "năm %d", year);
        return;
    case TH_PERIOD_RANGE:
        range_vi(period, ends, out);
        return;
    case TH_PERIOD_DEADLINE:
        put(out, "đến hết %d", (int)ends->to.year);
        return;
    case TH_PERIOD_YEARLY:
        yearly(TH_LANG_VI, period, ends, out);
        return;
    case TH_PERIOD_TERM:
        put(out, "nhiệm kỳ %d–%d", year, (int)ends->to.year);
        return;
    case TH_PERIOD_TERM_TO_DATE:
        put(out, "nhiệm kỳ %d–%d, đến %s", year, (int)ends->to.year, ends->last);
        return;
    case TH_PERIOD_TYPE_END:
        break;
    }
    th_unreachable();
}

// Characters of an end of a range.
static const int POINT_CHARS[] = {
    [TH_PERIOD_YEARS] = 4,
    [TH_PERIOD_MONTHS] = 7,
    [TH_PERIOD_DAYS] = 10,
};

static void range_en(struct th_period period, const struct ends *ends, char *out)
{
    const int chars = POINT_CHARS[period.detail];
    put(out, "%.*s to %.*s", chars, ends->first, chars, ends->last);
}

static void people_en(struct th_period period, const struct ends *ends, char *out)
{
    const int year = (int)ends->from.year;
    const int month = (int)ends->from.month;
    switch ((enum th_period_type)period.type) {
    case TH_PERIOD_DAY:
        put(out, "period %s", ends->first);
        return;
    case TH_PERIOD_MONTH:
        put(out, "%s %d", MONTHS[month - 1], year);
        return;
    case TH_PERIOD_QUARTER:
        put(out, "Q%d %d", (month - 1) / 3 + 1, year);
        return;
    case TH_PERIOD_HALF:
        put(out, "%s half of %d", month == 1 ? "first" : "second", year);
        return;
    case TH_PERIOD_YEAR:
        put(out, "%d", year);
        return;
    case TH_PERIOD_RANGE:
        range_en(period, ends, out);
        return;
    case TH_PERIOD_DEADLINE:
        put(out, "by end of %d", (int)ends->to.year);
        return;
    case TH_PERIOD_YEARLY:
        yearly(TH_LANG_EN, period, ends, out);
        return;
    case TH_PERIOD_TERM:
        put(out, "term %d–%d", year, (int)ends->to.year);
        return;
    case TH_PERIOD_TERM_TO_DATE:
        put(out, "term %d–%d, to %s", year, (int)ends->to.year, ends->last);
        return;
    case TH_PERIOD_TYPE_END:
        break;
    }
    th_unreachable();
}

char *th_period_people(enum th_lang lang,
                       struct th_period period,
                       char out[static TH_PERIOD_PEOPLE_BYTES])
{
    const struct ends ends = ends_of(lang, period);
    if (lang == TH_LANG_VI) {
        people_vi(period, &ends, out);
    } else {
        people_en(period, &ends, out);
    }
    return out;
}
