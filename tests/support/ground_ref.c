// ground_ref.c - see ground.h; what is written about units: periods, codes, grants, successors

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ground.h"
#include "tests/support/test.h"

// ---- periods ----

static int days_of(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return DAYS[month - 1] + (month == 2 && year % 4 == 0 ? 1 : 0);
}

static int date(int year, int month, int day)
{
    return (year * 100 + month) * 100 + day;
}

static void set_months(struct ground_period *period, int year, int month, int count)
{
    const int last = month + count - 1;
    period->begin = date(year, month, 1);
    period->end = date(year, last, days_of(year, last));
}

int ground_on(const struct ground *ground, int day)
{
    const int half = (day / 10000 - ground->year) * 2 + (day / 100 % 100 > 6 ? 1 : 0);
    return half < 0 ? 0 : half >= GROUND_HALVES ? GROUND_HALVES - 1 : half;
}

// The number in so many digits of text.
static int number(const char *text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int ground_day(const char *text)
{
    return date(number(text, 4), number(text + 5, 2), number(text + 8, 2));
}

struct ground_period ground_period(const struct ground *ground, const char *label)
{
    struct ground_period period = {.type = GROUND_YEAR};
    const size_t size = strlen(label);
    const bool yearly = label[0] == 'y'; // "yearly:2023..2024"
    const int year = number(label + (yearly ? 7 : label[0] == 'T' ? 1 : 0), 4);
    assert_true(size < sizeof(period.label));
    memcpy(period.label, label, size + 1);
    if (label[0] == '.' || yearly) {
        period.type = GROUND_TARGET;
        period.begin = yearly ? date(year, 1, 1) : date(1990, 1, 1);
        period.end = date(number(label + (yearly ? 13 : 2), 4), 12, 31);
    } else if (label[0] == 'T') {
        period.type = size > 10 ? GROUND_TO_DATE : GROUND_TERM;
        period.begin = date(year, 1, 1);
        period.end = size > 10
                         ? date(number(label + 11, 4), number(label + 16, 2), number(label + 19, 2))
                         : date(number(label + 6, 4), 12, 31);
    } else if (size == 4) {
        set_months(&period, year, 1, 12);
    } else if (size == 6 && label[4] == 'Q') {
        period.type = GROUND_QUARTER;
        set_months(&period, year, number(label + 5, 1) * 3 - 2, 3);
    } else if (size == 6) {
        period.type = GROUND_HALF;
        set_months(&period, year, number(label + 5, 1) * 6 - 5, 6);
    } else if (size == 7) {
        period.type = GROUND_MONTH;
        set_months(&period, year, number(label + 5, 2), 1);
    } else if (label[4] == '.') {
        period.type = GROUND_RANGE;
        period.begin = date(year, 1, 1);
        period.end = date(number(label + 6, 4), 12, 31);
    } else {
        period.type = GROUND_DAY;
        period.begin = period.end = date(year, number(label + 5, 2), number(label + 8, 2));
    }
    period.first = ground_on(ground, period.begin);
    period.last = ground_on(ground, period.end);
    return period;
}

// ---- codes ----

int ground_resolve(const struct ground *ground, const char *ref, const struct ground_period *period)
{
    char code[GROUND_REF_BYTES];
    (void)snprintf(code, sizeof(code), "%s", ref);
    char *on = strchr(code, '@');
    int found = GROUND_NOBODY;
    if (on != NULL) {
        *on++ = '\0';
        const int day = date(number(on, 4), number(on + 5, 2), number(on + 8, 2));
        found = ground_with(ground, ground_on(ground, day), code);
        bool within = false;
        for (int half = period->first; half <= period->last; half++) {
            within = within || (found != GROUND_NOBODY && ground_lives(ground, half, found));
        }
        return within ? found : GROUND_NOBODY;
    }
    for (int half = period->first; half <= period->last; half++) {
        const int unit = ground_with(ground, half, code);
        if (unit != GROUND_NOBODY && found != GROUND_NOBODY && unit != found) {
            return GROUND_NOBODY; // several
        }
        found = unit != GROUND_NOBODY ? unit : found;
    }
    return found;
}

const char *ground_label(const struct ground *ground,
                         int unit,
                         const struct ground_period *period,
                         char out[static GROUND_REF_BYTES])
{
    const int half = ground_half(ground, unit, period);
    const char *code = ground_code(ground, half, unit);
    char day[12];
    if (ground->last[unit] < period->last) {
        (void)ground_last_day(ground, half, day);
    } else {
        (void)snprintf(day,
                       sizeof(day),
                       "%04u-%02u-%02u",
                       (unsigned)period->end / 10000U % 10000U,
                       (unsigned)period->end / 100U % 100U,
                       (unsigned)period->end % 100U);
    }
    (void)snprintf(out, GROUND_REF_BYTES, "%s", code);
    if (ground_resolve(ground, code, period) != unit) {
        (void)snprintf(out, GROUND_REF_BYTES, "%s@%s", code, day);
    }
    return out;
}

// ---- grants ----

static bool is_named(const struct ground *ground, const char *codes, int unit)
{
    for (int i = 0; i < ground->version_count; i++) {
        const struct ground_version *version = &ground->versions[i];
        const size_t size = strlen(version->code);
        for (const char *at = codes; version->unit == unit && *at != '\0';) {
            const size_t part = strcspn(at, ";");
            if (part == size && memcmp(at, version->code, size) == 0) {
                return true;
            }
            at += part + (at[part] == ';' ? 1 : 0);
        }
    }
    return false;
}

// In a half, unit is one of those named or below one.
static bool is_theirs(const struct ground *ground, const char *codes, int unit, int half)
{
    bool theirs = is_named(ground, codes, unit);
    while (!theirs && unit != GROUND_NOBODY) {
        unit = ground->parent[half][unit];
        theirs = unit != GROUND_NOBODY && is_named(ground, codes, unit);
    }
    return theirs;
}

// Units that ended may be written by those into which all of them went.
static bool becomes_theirs(const struct ground *ground, const char *codes, int unit)
{
    const int half = ground->last[unit] + 1;
    if (half >= GROUND_HALVES) {
        return false;
    }
    const char *code = ground_code(ground, half - 1, unit);
    bool theirs = false;
    for (int i = 0; i < ground->row_count && !theirs; i++) {
        const struct ground_row *row = &ground->rows[i];
        if (row->half == half && row->kind != GROUND_PARTIAL && strcmp(row->old_code, code) == 0) {
            const int heir = ground_with(ground, half, row->new_code);
            theirs = heir != GROUND_NOBODY &&
                     (is_theirs(ground, codes, heir, half) || becomes_theirs(ground, codes, heir));
        }
    }
    return theirs;
}

bool ground_grants(const struct ground *ground,
                   const char *codes,
                   int unit,
                   const struct ground_period *period)
{
    return codes[0] == '\0' || is_theirs(ground, codes, unit, ground_half(ground, unit, period)) ||
           (period->last <= ground->last[unit] && becomes_theirs(ground, codes, unit));
}

// ---- another half ----

static int common(const struct ground *ground, int half, int a, int b)
{
    while (a != GROUND_NOBODY && !ground_below(ground, half, b, a)) {
        a = ground->parent[half][a];
    }
    return b == GROUND_NOBODY ? GROUND_NOBODY : a;
}

// The successors say nothing: up, and a root to the unit with the same code.
static struct ground_place stands_above(const struct ground *ground, int unit, int half)
{
    const bool over = ground->last[unit] < half;
    const int own = over ? ground->last[unit] : ground->first[unit];
    int above = ground->parent[own][unit];
    if (above == GROUND_NOBODY) {
        const int next =
            ground_with(ground, over ? own + 1 : own - 1, ground_code(ground, own, unit));
        return next == GROUND_NOBODY ? (struct ground_place){GROUND_NOBODY, false}
                                     : ground_stands(ground, next, half);
    }
    while (!over && ground->parent[own][above] != GROUND_NOBODY) {
        above = ground->parent[own][above];
    }
    struct ground_place place = ground_stands(ground, above, half);
    place.arrived = false;
    return place;
}

// Where the rows of the successors lead.
struct ways {
    int ends[GROUND_ROWS_MAX];
    int count;
    bool whole, all_arrive, all_at_one;
    int met;
};

static void
add_way(const struct ground *ground, struct ways *ways, int end, enum ground_kind kind, int half)
{
    for (int i = 0; i < ways->count; i++) {
        if (ways->ends[i] == end) {
            return;
        }
    }
    const struct ground_place place = end == GROUND_NOBODY
                                          ? (struct ground_place){GROUND_NOBODY, false}
                                          : ground_stands(ground, end, half);
    const bool first = ways->count == 0;
    ways->all_arrive = ways->all_arrive && place.arrived;
    ways->all_at_one = ways->all_at_one && (first || place.unit == ways->met);
    ways->met = first ? place.unit : common(ground, half, ways->met, place.unit);
    ways->whole = ways->whole && kind != GROUND_PARTIAL;
    ways->ends[ways->count++] = end;
}

struct ground_place ground_stands(const struct ground *ground, int unit, int half)
{
    if (ground_lives(ground, half, unit)) {
        return (struct ground_place){unit, true};
    }
    const bool over = ground->last[unit] < half;
    const int own = over ? ground->last[unit] : ground->first[unit];
    const int boundary = over ? own + 1 : own; // the first half of the new codes
    struct ways ways = {.whole = true, .all_arrive = true, .all_at_one = true};
    for (int i = 0; i < ground->row_count; i++) {
        const struct ground_row *row = &ground->rows[i];
        const char *here = over ? row->old_code : row->new_code;
        const char *there = over ? row->new_code : row->old_code;
        if (row->half == boundary && strcmp(here, ground_code(ground, own, unit)) == 0) {
            const int end = ground_with(ground, over ? own + 1 : own - 1, there);
            add_way(ground, &ways, end, row->kind, half);
        }
    }
    if (ways.count == 0 || (ways.count == 1 && ways.ends[0] == GROUND_NOBODY)) {
        return stands_above(ground, unit, half);
    }
    const bool together = over && ways.all_at_one && ways.met != GROUND_NOBODY;
    return (struct ground_place){ways.met,
                                 ways.all_arrive && (ways.count == 1 ? ways.whole : together)};
}
