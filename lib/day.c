// day.c - see day.h

#include "tonghop/day.h"

#include <stdio.h>

enum {
    DAYS_PER_ERA = 146097, // 400 years
    EPOCH = 726773,        // days from 0000-03-01 to 1990-01-01
    UNIX_EPOCH = -7305,    // 1970-01-01 as a day
    YEAR_MAX = 9999,
    MS_PER_MINUTE = 60 * 1000,
    ZONE_HOURS_MAX = 14,
};
static const int64_t MS_PER_DAY = (int64_t)24 * 60 * MS_PER_MINUTE;

static int64_t floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0 ? 1 : 0);
}

static int64_t floor_rest(int64_t number, int64_t by)
{
    const int64_t rest = number % by;
    return rest < 0 ? rest + by : rest;
}

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static const int32_t MONTH_DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

int32_t th_month_days(int32_t year, int32_t month)
{
    th_assert(month >= 1 && month <= 12);
    return MONTH_DAYS[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

// Years begin in March here, so that the leap day is the last of its year.
static th_day count_days(struct th_date date)
{
    const int32_t year = date.year - (date.month <= 2 ? 1 : 0);
    const int32_t month = (date.month + 9) % 12; // 0 = March
    const int32_t era = year / 400;
    const int32_t of_era = year % 400;
    const int32_t of_year = (153 * month + 2) / 5 + date.day - 1;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH;
}

th_day th_day_of(struct th_date date)
{
    const bool is_month =
        date.year >= 1 && date.year <= YEAR_MAX && date.month >= 1 && date.month <= 12;
    if (!is_month || date.day < 1 || date.day > th_month_days(date.year, date.month)) {
        return TH_DAY_NONE;
    }
    return count_days(date);
}

bool th_day_is_calendar(th_day day)
{
    return day >= count_days((struct th_date){1, 1, 1}) &&
           day <= count_days((struct th_date){YEAR_MAX, 12, 31});
}

struct th_date th_day_date(th_day day)
{
    th_assert(th_day_is_calendar(day));
    const int32_t since = day + EPOCH;
    const int32_t era = since / DAYS_PER_ERA;
    const int32_t of_era = since % DAYS_PER_ERA;
    const int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int32_t month = (5 * of_year + 2) / 153; // 0 = March
    return (struct th_date){
        .year = era * 400 + year + (month >= 10 ? 1 : 0),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

// Reads count digits at *at and moves it; false when there are fewer.
static bool take_digits(struct th_bytes text, size_t *at, size_t count, int32_t *number)
{
    const char *chars = text.data;
    if (text.size - *at < count) {
        return false;
    }
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const char c = chars[*at + i];
        if (c < '0' || c > '9') {
            return false;
        }
        sum = sum * 10 + (c - '0');
    }
    *at += count;
    *number = sum;
    return true;
}

static bool take_char(struct th_bytes text, size_t *at, char wanted)
{
    const bool is_there = *at < text.size && ((const char *)text.data)[*at] == wanted;
    *at += is_there ? 1 : 0;
    return is_there;
}

enum th_err th_day_parse_loose(struct th_bytes text, th_day *day)
{
    struct th_date date = {.month = 1, .day = 1};
    size_t at = 0;
    bool good = take_digits(text, &at, 4, &date.year);
    if (good && at < text.size) {
        good = take_char(text, &at, '-') && take_digits(text, &at, 2, &date.month);
    }
    if (good && at < text.size) {
        good = take_char(text, &at, '-') && take_digits(text, &at, 2, &date.day);
    }
    const th_day parsed = good && at == text.size ? th_day_of(date) : TH_DAY_NONE;
    if (parsed == TH_DAY_NONE) {
        return TH_E_MALFORMED;
    }
    *day = parsed;
    return TH_OK;
}

enum th_err th_day_parse(struct th_bytes text, th_day *day)
{
    return text.size == sizeof("YYYY-MM-DD") - 1 ? th_day_parse_loose(text, day) : TH_E_MALFORMED;
}

th_day th_day_of_unix_ms(int64_t unix_ms, int32_t zone_minutes)
{
    // Whole days first: the sum with the zone then cannot overflow.
    const int64_t days = floor_div(unix_ms, MS_PER_DAY);
    const int64_t rest = floor_rest(unix_ms, MS_PER_DAY) + (int64_t)zone_minutes * MS_PER_MINUTE;
    const int64_t day = days + floor_div(rest, MS_PER_DAY) + UNIX_EPOCH;
    const bool fits = day > TH_DAY_MIN && day < TH_DAY_MAX;
    return fits ? (th_day)day : TH_DAY_NONE;
}

enum th_err th_zone_parse(struct th_bytes text, int32_t *zone_minutes)
{
    size_t at = 0;
    int32_t hours = 0;
    int32_t minutes = 0;
    const bool is_east = take_char(text, &at, '+');
    const bool good = (is_east || take_char(text, &at, '-')) && take_digits(text, &at, 2, &hours) &&
                      take_char(text, &at, ':') && take_digits(text, &at, 2, &minutes) &&
                      at == text.size;
    const int32_t total = hours * 60 + minutes;
    if (!good || minutes > 59 || total > ZONE_HOURS_MAX * 60) {
        return TH_E_MALFORMED;
    }
    *zone_minutes = is_east ? total : -total;
    return TH_OK;
}

enum th_err th_clock_parse(struct th_bytes text, int32_t *minutes)
{
    size_t at = 0;
    int32_t hour = 0;
    int32_t minute = 0;
    const bool good = take_digits(text, &at, 2, &hour) && take_char(text, &at, ':') &&
                      take_digits(text, &at, 2, &minute) && at == text.size;
    if (!good || hour > 23 || minute > 59) {
        return TH_E_MALFORMED;
    }
    *minutes = hour * 60 + minute;
    return TH_OK;
}

char *th_day_text(th_day day, char out[static TH_DAY_TEXT_BYTES])
{
    return th_day_people(TH_LANG_EN, day, out);
}

char *th_day_people(enum th_lang lang, th_day day, char out[static TH_DAY_TEXT_BYTES])
{
    out[0] = '\0';
    if (!th_day_is_calendar(day)) {
        return out;
    }
    const struct th_date date = th_day_date(day);
    const unsigned y = (unsigned)date.year % 10000;
    const unsigned m = (unsigned)date.month % 100;
    const unsigned d = (unsigned)date.day % 100;
    if (lang == TH_LANG_VI) {
        (void)snprintf(out, TH_DAY_TEXT_BYTES, "%02u/%02u/%04u", d, m, y);
    } else {
        (void)snprintf(out, TH_DAY_TEXT_BYTES, "%04u-%02u-%02u", y, m, d);
    }
    return out;
}

// Seconds since midnight at a Unix time in a zone.
static unsigned second_of_day(int64_t unix_ms, int32_t zone_minutes)
{
    const int64_t local = floor_rest(unix_ms, MS_PER_DAY) + (int64_t)zone_minutes * MS_PER_MINUTE;
    return (unsigned)(floor_rest(local, MS_PER_DAY) / 1000);
}

char *th_time_utc(int64_t unix_ms, char out[static TH_TIME_TEXT_BYTES])
{
    char day[TH_DAY_TEXT_BYTES];
    const unsigned second = second_of_day(unix_ms, 0);
    (void)snprintf(out,
                   TH_TIME_TEXT_BYTES,
                   "%sT%02u:%02u:%02uZ",
                   th_day_text(th_day_of_unix_ms(unix_ms, 0), day),
                   second / 3600,
                   second / 60 % 60,
                   second % 60);
    return out;
}

// Two digits below bound at text[at].
static bool two_digits(const char *text, size_t at, int64_t bound, int64_t *number)
{
    if (text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9') {
        return false;
    }
    *number = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return *number < bound;
}

enum th_err th_time_parse(struct th_bytes text, int64_t *unix_ms)
{
    enum { DAY_SIZE = 10, TIME_SIZE = 20, UNIX_TO_1990_DAYS = 7305 };
    char copy[TIME_SIZE + 1];
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    th_day day = TH_DAY_NONE;
    if (text.size != TIME_SIZE) {
        return TH_E_MALFORMED;
    }
    (void)th_bytes_copy_text(text, copy, sizeof(copy));
    TH_TRY(th_day_parse((struct th_bytes){.data = copy, .size = DAY_SIZE}, &day));
    const bool good = copy[10] == 'T' && copy[13] == ':' && copy[16] == ':' && copy[19] == 'Z' &&
                      two_digits(copy, 11, 24, &hour) && two_digits(copy, 14, 60, &minute) &&
                      two_digits(copy, 17, 60, &second);
    if (!good) {
        return TH_E_MALFORMED;
    }
    const int64_t days = (int64_t)day + UNIX_TO_1990_DAYS;
    *unix_ms = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    return TH_OK;
}

char *th_time_people(enum th_lang lang,
                     int64_t unix_ms,
                     int32_t zone_minutes,
                     char out[static TH_TIME_TEXT_BYTES])
{
    char day[TH_DAY_TEXT_BYTES];
    const unsigned second = second_of_day(unix_ms, zone_minutes);
    (void)snprintf(out,
                   TH_TIME_TEXT_BYTES,
                   "%s %02u:%02u",
                   th_day_people(lang, th_day_of_unix_ms(unix_ms, zone_minutes), day),
                   second / 3600,
                   second / 60 % 60);
    return out;
}
