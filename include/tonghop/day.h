// day.h - calendar days as numbers, and how they are written for data and for people
//
// A day is the number of days since 1990-01-01 in the proleptic Gregorian calendar, without time or
// zone. Periods and keys use 0 .. 40176 (2099-12-31); registers may go back to the year 1.

#ifndef TONGHOP_DAY_H
#define TONGHOP_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/text.h"

typedef int32_t th_day;

enum {
    TH_DAY_NONE = INT32_MIN,    // no day
    TH_DAY_MIN = INT32_MIN + 1, // always so before
    TH_DAY_MAX = INT32_MAX,     // still so
    TH_DAY_FIRST = 0,           // 1990-01-01: first day of a period
    TH_DAY_LAST = 40176,        // 2099-12-31: last day of a period
    TH_YEAR_FIRST = 1990,
    TH_YEAR_LAST = 2099,
    TH_DAY_TEXT_BYTES = 12,  // room for any day with its NUL
    TH_TIME_TEXT_BYTES = 32, // room for any time with its NUL
};

struct th_date {
    int32_t year;  // 1 .. 9999
    int32_t month; // 1 .. 12
    int32_t day;   // 1 .. 31
};

int32_t th_month_days(int32_t year, int32_t month); // 28 .. 31

// TH_DAY_NONE when date is not a date of the years 1 .. 9999.
th_day th_day_of(struct th_date date);
struct th_date th_day_date(th_day day); // asserts a day of the years 1 .. 9999
bool th_day_is_calendar(th_day day);    // of the years 1 .. 9999, so that it can be written

// Exactly YYYY-MM-DD. Errors: TH_E_MALFORMED.
TH_MUST_USE enum th_err th_day_parse(struct th_bytes text, th_day *day);
// Also YYYY-MM and YYYY, which mean their first day (files of the register).
TH_MUST_USE enum th_err th_day_parse_loose(struct th_bytes text, th_day *day);

// The day it is at a Unix time in a zone that many minutes east of UTC.
th_day th_day_of_unix_ms(int64_t unix_ms, int32_t zone_minutes);
// A zone written +07:00 or -05:30 (at most 14 hours). Errors: TH_E_MALFORMED.
TH_MUST_USE enum th_err th_zone_parse(struct th_bytes text, int32_t *zone_minutes);
// A time of day written 06:00, as minutes after midnight. Errors: TH_E_MALFORMED.
TH_MUST_USE enum th_err th_clock_parse(struct th_bytes text, int32_t *minutes);

// Each writes a C string and returns out. Open ends and TH_DAY_NONE are written as "".
char *th_day_text(th_day day, char out[static TH_DAY_TEXT_BYTES]); // 2026-11-21
char *
th_day_people(enum th_lang lang, th_day day, char out[static TH_DAY_TEXT_BYTES]); // 21/11/2026

// 2026-11-21T09:05:12Z, for data.
char *th_time_utc(int64_t unix_ms, char out[static TH_TIME_TEXT_BYTES]);
// Exactly that spelling. Errors: TH_E_MALFORMED.
TH_MUST_USE enum th_err th_time_parse(struct th_bytes text, int64_t *unix_ms);
// 21/11/2026 16:05 or 2026-11-21 16:05, for people, in their zone.
char *th_time_people(enum th_lang lang,
                     int64_t unix_ms,
                     int32_t zone_minutes,
                     char out[static TH_TIME_TEXT_BYTES]);

#endif
