// period.h - labels of reporting periods: 2018, 2018-07, 2018Q3, T2020-2025@2023-10-12, ...
//
// A period is a label. It comes from the form, never from a clock, and is compared as text: 2018
// and 2018-01..2018-12 are two different periods although they have the same days.
//
//   P1  A label has one spelling; parsing and writing it again gives the same text.
//   P2  No two labels share a key, and a key gives the label back.
//   P3  Keys of one type sort by first day, then last day.
//
// Open ends: "yearly" begins on TH_DAY_FIRST, and yearly labels without a last year end on
// TH_DAY_MAX; detail tells them apart.

#ifndef TONGHOP_PERIOD_H
#define TONGHOP_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/day.h"
#include "tonghop/text.h"

enum { TH_PERIOD_KEY_BYTES = 6, TH_PERIOD_TEXT_BYTES = 23 }; // the longest label and its NUL

// Stored and sent by number: never renumber.
enum th_period_type {
    TH_PERIOD_DAY = 1,           // 2022-09-14
    TH_PERIOD_MONTH = 2,         // 2018-07
    TH_PERIOD_QUARTER = 3,       // 2018Q3
    TH_PERIOD_HALF = 4,          // 2018H1
    TH_PERIOD_YEAR = 5,          // 2018
    TH_PERIOD_RANGE = 6,         // 2016..2017, 2020-01..2020-05, 2018-07-01..2019-01-18
    TH_PERIOD_DEADLINE = 7,      // ..2020
    TH_PERIOD_YEARLY = 8,        // yearly, yearly:2018.., yearly:2018..2021
    TH_PERIOD_TERM = 9,          // T2020-2025
    TH_PERIOD_TERM_TO_DATE = 10, // T2020-2025@2023-10-12
    TH_PERIOD_TYPE_END
};

// What first and last leave open. A term to date has its last year, counted from 1990, here.
enum th_period_detail {
    TH_PERIOD_WHOLE = 0,
    TH_PERIOD_YEARS = 1,  // range of years
    TH_PERIOD_MONTHS = 2, // range of months
    TH_PERIOD_DAYS = 3,   // range of days
    TH_PERIOD_OPEN = 1,   // yearly, open at both ends
    TH_PERIOD_FROM = 2,   // yearly:2018..
};

struct th_period {
    uint8_t type; // th_period_type
    uint8_t detail;
    th_day first;
    th_day last; // included
};

/**
 * Read a label.
 *
 * Errors: TH_E_MALFORMED when it is not spelt exactly as above, or its ends are not in order;
 *         TH_E_INVALID when a day of it is not in 1990 .. 2099. *period is then untouched.
 */
TH_MUST_USE enum th_err th_period_parse(struct th_bytes text, struct th_period *period);

// Writes the label as a C string and returns out. period must come from parse or unpack.
char *th_period_text(struct th_period period, char out[static TH_PERIOD_TEXT_BYTES]);

bool th_period_equal(struct th_period a, struct th_period b);

void th_period_pack(struct th_period period, uint8_t key[static TH_PERIOD_KEY_BYTES]);
// Errors: TH_E_CORRUPT when no label has this key.
TH_MUST_USE enum th_err th_period_unpack(const uint8_t key[static TH_PERIOD_KEY_BYTES],
                                         struct th_period *period);

/**
 * The range check of V05: does the period begin in 1990 or later, and end at most 366 days after
 * today? Targets and terms may end 15 years later than that; an open end is never too late.
 */
bool th_period_in_range(struct th_period period, th_day today);

// Is there an end without a day (yearly without a last year)?
bool th_period_is_open(struct th_period period);

// Does part lie inside whole, a larger period that can be made of such parts (a month, quarter,
// half, year, range or term)? A period is no part of itself.
bool th_period_is_part(struct th_period part, struct th_period whole);
// Is earlier a term to date of the term of later (a term, or a term to date of the same term), not
// after it? Of several the latest counts; they are never added.
bool th_period_is_same_term(struct th_period earlier, struct th_period later);
// How many whole parts of this type lie inside whole; 0 when they do not tile it (days and so on).
uint32_t th_period_part_count(struct th_period whole, enum th_period_type type);

// The bit of a type in a set of types: 1 << type.
uint16_t th_period_bit(enum th_period_type type);

// day, month, ...: the words of catalogue files and of the parameter {types}.
const char *th_period_type_name(enum th_period_type type);
TH_MUST_USE enum th_err th_period_type_parse(struct th_bytes word, enum th_period_type *type);
const char *th_period_type_people(enum th_lang lang, enum th_period_type type); // ngày, tháng, ...

// The names of a set of types, "month, year"; returns out.
char *th_period_types_text(uint16_t types, char *out, size_t max);

// For people: "kỳ 14/09/2022", "tháng 7/2018", "năm 2018"; "period 2022-09-14", "July 2018",
// "2018".
enum { TH_PERIOD_PEOPLE_BYTES = 64 };
char *th_period_people(enum th_lang lang,
                       struct th_period period,
                       char out[static TH_PERIOD_PEOPLE_BYTES]);

#endif
