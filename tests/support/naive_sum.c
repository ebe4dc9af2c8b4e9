// naive_sum.c - totals and coverage counted from nothing, by their definitions

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"

// ---- what the catalogue says ----

static const struct naive_form SMALL_FORMS[] = {
    {.code = "d", .levels = {"district", "agency"}, .base = GROUND_MONTH},
    {.code = "f", .levels = {"district", "agency"}, .base = GROUND_YEAR, .close_days = 60},
    {.code = "e", .base = GROUND_QUARTER, .rates = "q", .close_days = 30},
};

static const struct naive_measure SMALL_MEASURES[] = {
    {"W1", NAIVE_STOCK, true, false, "f"},
    {"W2", NAIVE_CHANGE, true, false, NULL},
    {"N1", NAIVE_N_OF_M, true, false, "f"},
    {"T1", NAIVE_TARGET, true, false, NULL},
    {"S1", NAIVE_SHARE, true, false, "f"},
    {"EV07", NAIVE_STOCK, false, true, NULL},
};

const struct naive_catalogue NAIVE_SMALL = {
    .measures = SMALL_MEASURES,
    .measure_count = TH_COUNT(SMALL_MEASURES),
    .forms = SMALL_FORMS,
    .form_count = TH_COUNT(SMALL_FORMS),
};

void naive_start_small(struct naive *naive, struct province *province)
{
    naive->province = province;
    naive->catalogue = &NAIVE_SMALL;
    naive->grants[0] = "";
    naive->grants[1] = "D1";
    naive->grants[2] = "D2";
    naive->grants[3] = "D3;A1";
    naive->grants[4] = "P";
    ground_read(&naive->ground, 2022, PROVINCE_UNITS, PROVINCE_SUCCESSORS);
}

bool naive_same_period(const struct ground_period *a, const struct ground_period *b)
{
    return strcmp(a->label, b->label) == 0;
}

bool naive_is_rating(const char *measure)
{
    return strcmp(measure, "EV01") == 0 || strcmp(measure, "EV02") == 0 ||
           strcmp(measure, "EV03") == 0 || strcmp(measure, "EV05") == 0;
}

const struct naive_measure *naive_measure(const struct naive *naive, const char *code)
{
    static const struct naive_measure OPEN = {"o.*", NAIVE_STOCK, false, false, NULL};
    static const struct naive_measure RATING = {"EV0*", NAIVE_STOCK, false, true, NULL};
    if (naive_is_rating(code)) {
        return &RATING;
    }
    for (size_t i = 0; i < naive->catalogue->measure_count; i++) {
        if (strcmp(naive->catalogue->measures[i].code, code) == 0) {
            return &naive->catalogue->measures[i];
        }
    }
    return &OPEN;
}

const struct naive_form *naive_form(const struct naive *naive, const char *code)
{
    for (size_t i = 0; code != NULL && i < naive->catalogue->form_count; i++) {
        if (strcmp(naive->catalogue->forms[i].code, code) == 0) {
            return &naive->catalogue->forms[i];
        }
    }
    return NULL;
}

static const struct naive_form *rating_form(const struct naive *naive,
                                            const struct ground_period *period)
{
    static const char LETTERS[] = {[GROUND_DAY] = 'd',
                                   [GROUND_MONTH] = 'm',
                                   [GROUND_QUARTER] = 'q',
                                   [GROUND_HALF] = 'h',
                                   [GROUND_YEAR] = 'y',
                                   [GROUND_RANGE] = 'r',
                                   [GROUND_TERM] = 't',
                                   [GROUND_TO_DATE] = 'o',
                                   [GROUND_TARGET] = 'x'};
    for (size_t i = 0; i < naive->catalogue->form_count; i++) {
        const struct naive_form *form = &naive->catalogue->forms[i];
        if (form->rates != NULL && strchr(form->rates, LETTERS[period->type]) != NULL) {
            return form;
        }
    }
    return NULL;
}

const struct naive_form *
naive_form_of(const struct naive *naive, const char *measure, const struct ground_period *period)
{
    return naive_is_rating(measure) ? rating_form(naive, period)
                                    : naive_form(naive, naive_measure(naive, measure)->form);
}

bool naive_is_listed(const struct naive *naive, const char *measure)
{
    return naive_measure(naive, measure)->shape == NAIVE_SHARE;
}

bool naive_is_covered(const struct naive *naive, const char *measure)
{
    const enum naive_shape shape = naive_measure(naive, measure)->shape;
    return shape != NAIVE_TARGET && shape != NAIVE_SHARE;
}

bool naive_reports(const struct naive *naive, const struct naive_form *form, int unit, int half)
{
    const struct ground *ground = &naive->ground;
    if (!ground_lives(ground, half, unit)) {
        return false;
    }
    if (form == NULL || form->levels[0] == NULL) {
        return ground->leaf[half][unit];
    }
    const char *level = ground->versions[ground->version_of[half][unit]].level;
    return ground->parent[half][unit] == ground_root(ground) &&
           (strcmp(level, form->levels[0]) == 0 ||
            (form->levels[1] != NULL && strcmp(level, form->levels[1]) == 0));
}

// ---- what a statement counts for ----

static int band(int64_t score)
{
    return score >= 9000 ? 4 : score >= 7000 ? 3 : score >= 5000 ? 2 : 1;
}

// Another measure of the entry, under dims written as "%s%s%s": first, member and scheme.
static struct naive_part *
add_part(struct naive_entry *entry, const char *measure, const char *first, const char *member)
{
    struct naive_part *part = &entry->parts[entry->part_count++];
    const bool other = strcmp(entry->measure, "SC") != 0;
    (void)snprintf(part->measure, sizeof(part->measure), "%s", measure);
    (void)snprintf(part->dims,
                   sizeof(part->dims),
                   "%s%s%s%s",
                   first,
                   member,
                   other ? ";scheme=" : "",
                   other ? entry->measure : "");
    part->figure = (struct naive_sum){.value = 1, .exact = 1};
    return part;
}

static void fill_body(struct naive_entry *entry)
{
    const struct th_collective *said = &entry->said.collective;
    char first[40];
    char member[16];
    (void)snprintf(first, sizeof(first), "collective_kind=%s", (const char *)said->kind.data);
    (void)snprintf(
        member, sizeof(member), ";rating=%d", said->rating.has ? (int)said->rating.value : 0);
    (void)add_part(entry, "EV05", first, member);
}

static void fill_person(struct naive_entry *entry)
{
    static const char *const REASONS[] = {
        "", "cap", "discipline", "criteria", "collective", "other"};
    const struct th_evaluation *said = &entry->said.evaluation;
    const int rating = said->rating.has ? (int)said->rating.value : 0;
    char first[80];
    char member[32];
    (void)snprintf(first, sizeof(first), "category=%s", entry->dims);
    (void)snprintf(member, sizeof(member), ";rating=%d", rating);
    (void)add_part(entry, "EV01", first, member);
    if (!said->score.has) {
        return;
    }
    struct naive_part *scored = add_part(entry, "EV02", first, "");
    scored->figure =
        (struct naive_sum){.value = said->score.value, .exact = 1, .of = 1, .with_of = 1};
    if (strcmp(entry->measure, "SC") == 0 && said->rating.has && rating < band(said->score.value)) {
        (void)snprintf(member, sizeof(member), ";reason=%s", REASONS[said->reason]);
        (void)add_part(entry, "EV03", first, member);
    }
}

static void fill_figure(const struct naive *naive, struct naive_entry *entry)
{
    const struct th_staffing *said = &entry->said.staffing;
    struct naive_part *part = &entry->parts[entry->part_count++];
    (void)snprintf(part->measure, sizeof(part->measure), "%s", entry->measure);
    (void)snprintf(part->dims, sizeof(part->dims), "%s", entry->dims);
    part->figure = (struct naive_sum){.not_applicable = said->not_applicable ? 1 : 0};
    if (said->not_applicable) {
        return;
    }
    struct naive_sum *figure = &part->figure;
    figure->value = said->value.value;
    figure->exact = said->qualifier == TH_QUALIFIER_EXACT ? 1 : 0;
    figure->over = said->qualifier == TH_QUALIFIER_OVER ? 1 : 0;
    figure->under = said->qualifier == TH_QUALIFIER_UNDER ? 1 : 0;
    figure->about = said->qualifier == TH_QUALIFIER_ABOUT ? 1 : 0;
    if (naive_measure(naive, entry->measure)->shape == NAIVE_SHARE) {
        figure->of = 1000;
        figure->with_of = 1;
    } else if (said->of.has) {
        figure->of = said->of.value;
        figure->with_of = 1;
    }
    if (said->before.has) {
        figure->before = said->before.value;
        figure->after = said->after.value;
        figure->with_levels = 1;
    }
}

void naive_fill_parts(const struct naive *naive, struct naive_entry *entry)
{
    entry->part_count = 0;
    if (!entry->live || entry->transfer) {
        return;
    }
    if (!entry->evaluation) {
        fill_figure(naive, entry);
    } else if (entry->body) {
        fill_body(entry);
    } else {
        fill_person(entry);
    }
}

// ---- adding up ----

void naive_add(struct naive_sum *sum, const struct naive_sum *more)
{
    sum->value += more->value;
    sum->of += more->of;
    sum->before += more->before;
    sum->after += more->after;
    sum->exact += more->exact;
    sum->over += more->over;
    sum->under += more->under;
    sum->about += more->about;
    sum->not_applicable += more->not_applicable;
    sum->with_of += more->with_of;
    sum->with_levels += more->with_levels;
}

bool naive_is_empty(const struct naive_sum *sum)
{
    return sum->exact + sum->over + sum->under + sum->about + sum->not_applicable == 0;
}

bool naive_counts_for(const struct naive *naive, const struct naive_entry *entry, int unit)
{
    const struct ground *ground = &naive->ground;
    const int half = ground_half(ground, entry->unit, &entry->period);
    return ground_below(ground, half, entry->unit, unit);
}

static const struct naive_part *
part_of(const struct naive_entry *entry, const char *measure, const char *dims)
{
    for (int i = 0; entry->live && i < entry->part_count; i++) {
        if (strcmp(entry->parts[i].measure, measure) == 0 &&
            strcmp(entry->parts[i].dims, dims) == 0) {
            return &entry->parts[i];
        }
    }
    return NULL;
}

struct naive_sum naive_add_up(const struct naive *naive,
                              const char *measure,
                              const struct ground_period *period,
                              int unit,
                              const char *dims)
{
    const bool listed = naive_is_listed(naive, measure);
    struct naive_sum sum = {.value = 0};
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        const struct naive_part *part = part_of(entry, measure, dims);
        if (part != NULL && naive_same_period(&entry->period, period) &&
            (listed ? entry->unit == unit : naive_counts_for(naive, entry, unit))) {
            naive_add(&sum, &part->figure);
        }
    }
    return sum;
}

// ---- coverage, by its definition ----

// Who rated anybody of the scheme and category of these dims is covered in all their levels.
static bool rates_alike(const struct naive_entry *entry, const char *measure, const char *dims)
{
    char scheme[40];
    char category[80];
    (void)snprintf(scheme, sizeof(scheme), "scheme=%s", entry->measure);
    (void)snprintf(category, sizeof(category), "category=%s", entry->dims);
    const bool named = strstr(dims, "scheme=") != NULL;
    return entry->evaluation &&
           (strcmp(measure, "EV05") == 0 ? entry->body : strstr(dims, category) != NULL) &&
           (named ? strstr(dims, scheme) != NULL : strcmp(entry->measure, "SC") == 0);
}

// Is the reporter, who stands at or below unit, covered by what is said?
static bool covers(const struct naive *naive,
                   const struct naive_entry *entry,
                   const struct naive_measure *measure,
                   int reporter,
                   int unit)
{
    const struct ground *ground = &naive->ground;
    const int theirs = ground_half(ground, reporter, &entry->period);
    const int half = ground_half(ground, unit, &entry->period);
    const bool reporter_counts = ground_below(ground, theirs, reporter, unit);
    if (!measure->whole) {
        return entry->unit == reporter && naive_counts_for(naive, entry, unit);
    }
    return naive_counts_for(naive, entry, unit) &&
           ((reporter_counts && naive_counts_for(naive, entry, reporter)) ||
            (ground_below(ground, half, reporter, entry->unit) &&
             ground_below(ground, half, entry->unit, unit)));
}

static bool is_covered(const struct naive *naive,
                       const char *measure,
                       const struct ground_period *period,
                       int unit,
                       const char *dims,
                       int reporter)
{
    const struct naive_measure *about = naive_measure(naive, measure);
    const bool rating = naive_is_rating(measure);
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || entry->transfer || !naive_same_period(&entry->period, period)) {
            continue;
        }
        if (rating ? entry->unit == reporter && naive_counts_for(naive, entry, unit) &&
                         rates_alike(entry, measure, dims)
                   : part_of(entry, measure, dims) != NULL &&
                         covers(naive, entry, about, reporter, unit)) {
            return true;
        }
    }
    return false;
}

uint64_t naive_reported(const struct naive *naive,
                        const char *measure,
                        const struct ground_period *period,
                        int unit,
                        const char *dims)
{
    if (!naive_is_covered(naive, measure)) {
        return 0;
    }
    const struct naive_form *form = naive_form_of(naive, measure, period);
    const int half = ground_half(&naive->ground, unit, period);
    uint64_t reported = 0;
    for (int reporter = 1; reporter <= naive->ground.units; reporter++) {
        if (ground_below(&naive->ground, half, reporter, unit) &&
            naive_reports(naive, form, reporter, half) &&
            is_covered(naive, measure, period, unit, dims, reporter)) {
            reported++;
        }
    }
    return reported;
}
