// indicator_cap.c - how many more may have the rating of a cap, per unit and group
//
// A cap binds the people a unit rates itself. Totals hold a unit and all below it, so what a unit
// has of its own is its total without the totals of the units directly below. Every line therefore
// counts for its unit and against the unit above, and the two are put together by sorting.

#include <stdlib.h>

#include "lib/indicator_body.h"

// One line counted for or against a unit.
struct tally {
    uint32_t uid;
    const struct th_line *line; // whose unit it is; NULL: it counts against the unit above
    struct th_bytes period;
    const struct th_scheme *scheme; // NULL: ratings of collectives
    struct th_bytes group;
    size_t rating;
    int64_t people;
};

struct tallies {
    INDICATOR_ARRAY(struct tally) list;
};

static void tallies_free(struct tallies *tallies)
{
    free(tallies->list.items);
}

static enum th_err tallies_add(struct tallies *tallies, const struct tally *tally)
{
    if (!INDICATOR_ROOM(&tallies->list)) {
        return TH_E_NO_MEMORY;
    }
    tallies->list.items[tallies->list.count++] = *tally;
    return TH_OK;
}

// ---- counting ----

static bool is_people(const struct th_line *line)
{
    return th_bytes_equal(line->measure, TH_BYTES("EV01")) ||
           th_bytes_equal(line->measure, TH_BYTES("EV07"));
}

// A rating of a collective that may be the unit itself; a cell or a mass organisation is a part of
// it.
static bool is_unit(const struct th_line *line)
{
    static const char *const PARTS[] = {"cell", "front", "mass_org"};
    struct th_bytes kind = {0};
    (void)indicator_dims_find(line->cell.dims, TH_BYTES("collective_kind"), &kind);
    for (size_t i = 0; i < TH_COUNT(PARTS); i++) {
        if (th_bytes_equal(kind, th_bytes_of(PARTS[i]))) {
            return false;
        }
    }
    return th_bytes_equal(line->measure, TH_BYTES("EV05"));
}

static bool rating_of(const struct th_line *line, size_t *rating)
{
    struct th_bytes value;
    if (!indicator_dims_find(line->cell.dims, TH_BYTES("rating"), &value) || value.size != 1) {
        return false;
    }
    const char digit = *(const char *)value.data;
    *rating = (size_t)(digit - '0');
    return digit >= '0' && digit <= '9';
}

// The scheme that is written, or else the one that is meant.
static const struct th_scheme *
scheme_of(const struct th_catalogue *catalogue, const struct th_line *line, struct th_period period)
{
    struct th_bytes code;
    struct th_bytes category = {0};
    char list[65];
    if (indicator_dims_find(line->cell.dims, TH_BYTES("scheme"), &code)) {
        return th_catalogue_scheme(catalogue, code);
    }
    (void)indicator_dims_find(line->cell.dims, TH_BYTES("category"), &category);
    return th_catalogue_default_scheme(catalogue, period, category, list);
}

static enum th_err tally_line(const struct th_indicators *indicators,
                              struct tallies *tallies,
                              const struct th_line *line)
{
    struct th_period period;
    const bool people = is_people(line);
    if ((!people && !is_unit(line)) || line->cell.not_applicable || !line->cell.value.has ||
        th_period_parse(line->period, &period) != TH_OK) {
        return TH_OK;
    }
    struct tally tally = {
        .uid = line->cell.uid,
        .line = line,
        .period = line->period,
        .scheme = people ? scheme_of(indicators->catalogue, line, period) : NULL,
        .people = line->cell.value.value,
    };
    const bool capped =
        tally.scheme != NULL && tally.scheme->cap.stated &&
        (tally.scheme->cap.period_types & th_period_bit((enum th_period_type)period.type)) != 0;
    if ((people && !capped) || !rating_of(line, &tally.rating)) {
        return TH_OK;
    }
    if (people && tally.scheme->cap.by_job_group) {
        (void)indicator_dims_find(line->cell.dims, TH_BYTES("job_group"), &tally.group);
    }
    TH_TRY(tallies_add(tallies, &tally));
    const th_day day = th_register_structure_day(indicators->reg, tally.uid, period);
    tally.uid = th_register_parent(indicators->reg, tally.uid, day);
    tally.line = NULL;
    tally.people = -tally.people;
    return tally.uid == TH_UNIT_NONE ? TH_OK : tallies_add(tallies, &tally);
}

static struct th_bytes scheme_code(const struct tally *tally)
{
    return tally->scheme == NULL ? (struct th_bytes){0} : tally->scheme->code;
}

static int compare_units(const struct tally *a, const struct tally *b)
{
    const int order = (a->uid > b->uid) - (a->uid < b->uid);
    return order != 0 ? order : th_bytes_compare(a->period, b->period);
}

static int compare_groups(const struct tally *a, const struct tally *b)
{
    int order = compare_units(a, b);
    order = order != 0 ? order : th_bytes_compare(scheme_code(a), scheme_code(b));
    return order != 0 ? order : th_bytes_compare(a->group, b->group);
}

static int compare_tallies(const void *left, const void *right)
{
    return compare_groups(left, right);
}

// ---- rows ----

struct group {
    const struct tally *first;  // one that says which
    const struct th_line *line; // a line of the unit; NULL: only units below have one
    uint64_t counts[TH_LEVELS_MAX];
};

// The tallies of one group from at on; returns the first that is not of it.
static size_t fold(const struct tallies *tallies, size_t at, struct group *group)
{
    const struct tally *list = tallies->list.items;
    int64_t counts[TH_LEVELS_MAX] = {0};
    size_t end = at;
    *group = (struct group){.first = &list[at]};
    while (end < tallies->list.count && compare_groups(&list[at], &list[end]) == 0) {
        counts[list[end].rating] += list[end].people;
        group->line = list[end].line != NULL ? list[end].line : group->line;
        end++;
    }
    for (size_t rating = 0; rating < TH_LEVELS_MAX; rating++) {
        group->counts[rating] = counts[rating] > 0 ? (uint64_t)counts[rating] : 0;
    }
    return end;
}

static enum th_err
group_dims(struct th_indicators *indicators, const struct tally *tally, struct th_bytes *dims)
{
    char first[INDICATOR_DIMS_MAX];
    char both[INDICATOR_DIMS_MAX];
    struct th_bytes text =
        indicator_dims_with((struct th_bytes){0}, TH_BYTES("scheme"), tally->scheme->code, first);
    if (tally->group.size > 0) {
        text = indicator_dims_with(text, TH_BYTES("job_group"), tally->group, both);
    }
    return indicator_keep(indicators, text, dims);
}

static bool is_empty(const struct group *group)
{
    uint64_t rated = 0;
    for (size_t rating = 1; rating < TH_LEVELS_MAX; rating++) {
        rated += group->counts[rating];
    }
    return rated == 0;
}

static enum th_err put_group(struct th_indicators *indicators,
                             const struct th_indicator *indicator,
                             const struct group *group,
                             bool outstanding)
{
    const struct th_scheme *scheme = group->first->scheme;
    struct th_period period = {0};
    uint64_t allowed = 0;
    bool asked = false;
    if (group->line == NULL || is_empty(group)) {
        return TH_OK;
    }
    TH_TRY(indicator_is_asked(indicators, group->line->period, group->first->uid, true, &asked));
    if (!asked || th_period_parse(group->line->period, &period) != TH_OK) {
        return TH_OK;
    }
    const bool known = th_cap_allowed(
        scheme, (enum th_period_type)period.type, outstanding, group->counts, &allowed);
    const int64_t excellent = (int64_t)group->counts[scheme->cap.rating];
    const int64_t room = (int64_t)allowed - excellent;
    struct th_indicator_row row = {
        .unit = group->line->cell.unit,
        .period = group->line->period,
        .uid = group->first->uid,
        .day = th_register_structure_day(indicators->reg, group->first->uid, period),
        .indicator = indicator,
        .num = {.has = true, .value = excellent},
        .den = {.has = known, .value = (int64_t)allowed},
        .value = {.has = known, .value = known ? room : 0},
        .qualifier = known ? TH_QUALIFIER_EXACT : TH_QUALIFIER_NONE,
    };
    if (known && room < 0) {
        row.marks |= TH_MARK_CAP_EXCEEDED;
    }
    if (outstanding && scheme->cap.has_outstanding) {
        row.marks |= TH_MARK_OUTSTANDING;
    }
    TH_TRY(group_dims(indicators, group->first, &row.dims));
    return indicator_put(indicators, &row);
}

// Collectives of a unit sort before its people: their ratings say which share it has.
static enum th_err put_groups(struct th_indicators *indicators,
                              const struct th_indicator *indicator,
                              const struct tallies *tallies)
{
    const struct tally *unit = NULL;
    uint64_t collectives[TH_LEVELS_MAX] = {0};
    size_t at = 0;
    while (at < tallies->list.count) {
        struct group group;
        at = fold(tallies, at, &group);
        if (unit == NULL || compare_units(unit, group.first) != 0) {
            unit = group.first;
            for (size_t rating = 0; rating < TH_LEVELS_MAX; rating++) {
                collectives[rating] = 0;
            }
        }
        if (group.first->scheme == NULL) {
            for (size_t rating = 0; rating < TH_LEVELS_MAX; rating++) {
                collectives[rating] = group.counts[rating];
            }
            continue;
        }
        TH_TRY(put_group(
            indicators, indicator, &group, collectives[group.first->scheme->cap.rating] > 0));
    }
    return TH_OK;
}

enum th_err indicator_caps(struct th_indicators *indicators, const struct th_indicator *indicator)
{
    TH_SCOPED(tallies_free) struct tallies tallies = {0};
    for (size_t i = 0; i < indicators->lines.count; i++) {
        TH_TRY(tally_line(indicators, &tallies, &indicators->lines.items[i]));
    }
    if (tallies.list.count == 0) {
        return TH_OK;
    }
    qsort(tallies.list.items, tallies.list.count, sizeof(struct tally), compare_tallies);
    return put_groups(indicators, indicator, &tallies);
}
