// realm.c - see realm.h; a random province with its catalogue

#include "tests/support/realm.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_YEAR = 2022, EDITS = 5, YEAR_AT = 10 };

static const struct catalogue_texts TEXTS = {
    .settings = "catalogue:\n"
                "  code: realm\n"
                "  version: 1\n"
                "  languages: [en]\n"
                "  timezone: \"+07:00\"\n"
                "  default_scheme: SC\n"
                "  person_ids: as_is\n"
                "  ambiguous_codes: refuse\n"
                "  open_measures: [{pattern: \"o[.].*\"}]\n",
    .measures = "dims:\n"
                "  - {code: post, en: post, type: code}\n"
                "measures:\n"
                "  - {code: m.st, en: a, shape: stock, dims: [{code: post}], form: m}\n"
                "  - {code: m.fl, en: b, shape: flow, dims: [{code: post}], form: m}\n"
                "  - {code: m.ow, en: c, shape: stock, scope: own, marginal: sum,\n"
                "     dims: [{code: post}], form: m}\n"
                "  - {code: ch, en: d, shape: change, form: m}\n"
                "  - {code: nm, en: e, shape: n_of_m, form: m}\n"
                "  - {code: sh, en: f, shape: share, form: y}\n"
                "  - {code: tg, en: g, shape: target}\n"
                "  - {code: yr, en: h, shape: stock, form: y}\n"
                "  - {code: lf, en: i, shape: flow}\n"
                "derived:\n"
                "  - {code: all, en: j, sum_of: \"m.*\"}\n",
    .schemes = "schemes:\n"
               "  - code: SC\n"
               "    en: Scale\n"
               "    valid_from: 2015-01-01\n"
               "    periods: [year, month, quarter]\n"
               "    person_scope: province\n"
               "    categories: [cadre, civil_servant, collective]\n"
               "    score: {max: 10000}\n"
               "    levels: [{rating: 4, min_score: 9000}, {rating: 3, min_score: 7000},\n"
               "             {rating: 2, min_score: 5000}, {rating: 1, min_score: 0}]\n"
               "  - code: UC\n"
               "    en: Other\n"
               "    valid_from: 2015-01-01\n"
               "    periods: [year, month, quarter]\n"
               "    person_scope: unit\n"
               "    categories: [cadre, collective]\n"
               "    score: {max: 10000}\n"
               "    levels: [{rating: 4}, {rating: 3}, {rating: 2}, {rating: 1}]\n",
    .forms = "forms:\n"
             "  - {code: m, en: Months, cutoff: calendar,\n"
             "     periods: [month, quarter, half, year, range, term, term_to_date],\n"
             "     reporters: {levels: [district, agency]}}\n"
             "  - {code: y, en: Years, periods: [year, day], cutoff: calendar, due_days: 5,\n"
             "     close_days: 20, return_days: 3, reporters: {levels: [district]}}\n"
             "  - {code: e, en: Ratings, evaluation: true, periods: [month, quarter],\n"
             "     cutoff: calendar, due_days: 10, close_days: 30, return_days: 7}\n",
};

static const struct naive_measure MEASURES[] = {
    {"m.st", NAIVE_STOCK, true, false, "m"},
    {"m.fl", NAIVE_FLOW, true, false, "m"},
    {"m.ow", NAIVE_STOCK, false, true, "m"},
    {"ch", NAIVE_CHANGE, true, false, "m"},
    {"nm", NAIVE_N_OF_M, true, false, "m"},
    {"sh", NAIVE_SHARE, true, false, "y"},
    {"tg", NAIVE_TARGET, true, false, NULL},
    {"yr", NAIVE_STOCK, true, false, "y"},
    {"lf", NAIVE_FLOW, true, false, NULL},
    {"EV07", NAIVE_STOCK, false, true, NULL},
};

static const struct naive_form FORMS[] = {
    {.code = "m", .levels = {"district", "agency"}, .base = GROUND_MONTH},
    {.code = "y", .levels = {"district"}, .base = GROUND_YEAR, .close_days = 20, .return_days = 3},
    {.code = "e", .base = GROUND_MONTH, .rates = "mq", .close_days = 30, .return_days = 7},
};

const struct naive_catalogue REALM_CATALOGUE = {
    .measures = MEASURES,
    .measure_count = TH_COUNT(MEASURES),
    .forms = FORMS,
    .form_count = TH_COUNT(FORMS),
    .sum = "all",
    .sum_of = "m.",
    .sum_form = "m",
};

const char *const REALM_SPANS[] = {"2023",
                                   "2024",
                                   "2023H1",
                                   "2023H2",
                                   "2023Q2",
                                   "2023Q3",
                                   "2023..2024",
                                   "T2021-2025",
                                   "T2021-2025@2025-12-31"};
const size_t REALM_SPAN_COUNT = TH_COUNT(REALM_SPANS);

// ---- periods ----

static void pick_periods(struct realm *realm)
{
    static const char *const ALL[] = {"2023-05",
                                      "2023-06",
                                      "2023-07",
                                      "2023-09",
                                      "2023-12",
                                      "2024-01",
                                      "2024-06",
                                      "2024-07",
                                      "2023Q2",
                                      "2024Q1",
                                      "2023",
                                      "2024",
                                      "2024-03-31",
                                      "2023..2024",
                                      "T2021-2025@2023-06-30",
                                      "T2021-2025@2024-05-31"};
    bool taken[TH_COUNT(ALL)] = {false};
    const bool later = rng_chance(realm->rng, 50);
    realm->periods[REALM_PERIODS - 1] = rng_chance(realm->rng, 50) ? "..2024" : "yearly:2023..2024";
    for (size_t i = 0; i < REALM_PERIODS - 1; i++) {
        // Some months, and the year of most of them.
        size_t at = i < 3    ? rng_below(realm->rng, 3) + (later ? 5 : 0)
                    : i == 3 ? (later ? YEAR_AT + 1 : YEAR_AT)
                             : rng_below(realm->rng, TH_COUNT(ALL));
        while (taken[at]) {
            at = (at + 1) % TH_COUNT(ALL);
        }
        taken[at] = true;
        realm->periods[i] = ALL[at];
    }
}

// ---- units ----

static void add_unit(struct ground *ground, const char *code, const char *level, const char *parent)
{
    struct ground_version *version = &ground->versions[ground->version_count++];
    *version = (struct ground_version){.from = 0, .until = GROUND_HALVES};
    (void)snprintf(version->code, sizeof(version->code), "%s", code);
    (void)snprintf(version->name, sizeof(version->name), "Unit %s", code);
    (void)snprintf(version->level, sizeof(version->level), "%s", level);
    (void)snprintf(version->parent, sizeof(version->parent), "%s", parent);
}

static void first_units(struct realm *realm)
{
    struct ground *ground = &realm->naive.ground;
    char code[16];
    char above[16];
    *ground = (struct ground){.year = FIRST_YEAR};
    add_unit(ground, "P", "province", "");
    const unsigned districts = 2 + rng_below(realm->rng, 3);
    for (unsigned d = 1; d <= districts; d++) {
        (void)snprintf(above, sizeof(above), "D%u", d);
        add_unit(ground, above, "district", "P");
    }
    if (rng_chance(realm->rng, 50)) {
        add_unit(ground, "A1", "agency", "P");
    }
    for (unsigned d = 1; d <= districts; d++) {
        const unsigned communes = rng_below(realm->rng, 4);
        (void)snprintf(above, sizeof(above), "D%u", d);
        for (unsigned c = 1; c <= communes; c++) {
            (void)snprintf(code, sizeof(code), "C%u%u", d, c);
            add_unit(ground, code, "commune", above);
        }
    }
}

static bool is_good(const struct ground *ground)
{
    struct ground settled = *ground;
    bool same = true;
    return ground_settle(&settled, NULL, &same);
}

static void make_units(struct realm *realm)
{
    struct ground *ground = &realm->naive.ground;
    bool same = true;
    first_units(realm);
    for (int i = 0; i < EDITS; i++) {
        struct ground next = *ground;
        if (realm_edit(realm, &next) && is_good(&next)) {
            *ground = next;
        }
    }
    assert_true(ground_settle(ground, NULL, &same));
}

// ---- life ----

void realm_make(struct realm *realm, struct rng *rng)
{
    static char units[GROUND_TEXT_BYTES];
    static char successors[GROUND_TEXT_BYTES];
    static const char *const GRANTS[REALM_NODES] = {"", "D1", "D2;A1", "P"};
    const char *roster[REALM_NODES];
    memset(realm, 0, sizeof(*realm));
    realm->rng = rng;
    realm->naive.catalogue = &REALM_CATALOGUE;
    realm->codes = 50;
    pick_periods(realm);
    make_units(realm);
    ground_write(&realm->naive.ground, units, successors);
    struct province *province = province_make_of(province_of(units, successors, &TEXTS));
    realm->naive.province = province;
    if (rng_chance(rng, 50)) {
        EXPECT(TH_OK, th_day_parse(TH_BYTES("2026-11-01"), &province->opened));
        province_restart(province);
    }
    for (size_t i = 0; i < REALM_NODES; i++) {
        (void)snprintf(realm->grants[i], sizeof(realm->grants[i]), "%s", GRANTS[i]);
        realm->naive.grants[i] = realm->grants[i];
        roster[i] = GRANTS[i];
    }
    province_roster(province, roster + 1, REALM_NODES - 1);
}

void realm_end(struct realm *realm)
{
    province_free(realm->naive.province);
    realm->naive.province = NULL;
}
