// naive_sum.c - totals and coverage counted from nothing, by their definitions

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"
#include "workers/table.h"

th_day naive_day(const struct naive *naive, uint32_t uid, struct th_period period)
{
    return th_register_structure_day(naive->province->reg, uid, period);
}

bool naive_below(const struct naive *naive, uint32_t unit, uint32_t above, th_day day)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(naive->province->reg, unit, day, path);
    for (size_t i = 0; i < depth; i++) {
        if (path[i] == above) {
            return true;
        }
    }
    return false;
}

bool naive_counts_for(const struct naive *naive, const struct naive_entry *entry, uint32_t uid)
{
    return naive_below(naive, entry->uid, uid, naive_day(naive, entry->uid, entry->period));
}

// ---- adding up ----

static struct th_figure figure_of(const struct naive_entry *entry)
{
    const struct th_staffing *said = &entry->said.staffing;
    struct th_figure figure = {.not_applicable = said->not_applicable};
    if (said->not_applicable) {
        return figure;
    }
    figure.qualifier = said->qualifier;
    figure.value = said->value.value;
    figure.has_of = said->of.has || strcmp(entry->measure, "S1") == 0;
    figure.of = strcmp(entry->measure, "S1") == 0 ? 1000 : said->of.has ? said->of.value : 0;
    figure.has_levels = said->before.has;
    figure.before = said->before.has ? said->before.value : 0;
    figure.after = said->before.has ? said->after.value : 0;
    return figure;
}

static int band(int64_t score)
{
    return score >= 9000 ? 4 : score >= 7000 ? 3 : score >= 5000 ? 2 : 1;
}

static bool body_said_of(const struct naive_entry *entry, const char *dims)
{
    const struct th_collective *said = &entry->said.collective;
    const bool is_default = strcmp(entry->measure, "SC") == 0;
    char wanted[128];
    (void)snprintf(wanted,
                   sizeof(wanted),
                   "collective_kind=%s;rating=%d%s%s",
                   (const char *)said->kind.data,
                   said->rating.has ? (int)said->rating.value : 0,
                   is_default ? "" : ";scheme=",
                   is_default ? "" : entry->measure);
    return strcmp(wanted, dims) == 0;
}

// Does the evaluation count under these dims of EV01, EV02 or EV03, and for what?
static bool said_of(const struct naive_entry *entry,
                    const char *measure,
                    const char *dims,
                    struct th_figure *figure)
{
    const struct th_evaluation *said = &entry->said.evaluation;
    const bool is_default = strcmp(entry->measure, "SC") == 0;
    char member[32] = "";
    *figure = (struct th_figure){.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    if (entry->body || strcmp(measure, "EV05") == 0) {
        return entry->body && strcmp(measure, "EV05") == 0 && body_said_of(entry, dims);
    }
    if (strcmp(measure, "EV01") == 0) {
        (void)snprintf(
            member, sizeof(member), ";rating=%d", said->rating.has ? (int)said->rating.value : 0);
    } else if (strcmp(measure, "EV02") == 0) {
        if (!said->score.has) {
            return false;
        }
        *figure = (struct th_figure){
            .qualifier = TH_QUALIFIER_EXACT, .value = said->score.value, .has_of = true, .of = 1};
    } else {
        const bool below = is_default && said->score.has && said->rating.has &&
                           said->rating.value < band(said->score.value);
        if (!below) {
            return false;
        }
        (void)snprintf(member, sizeof(member), ";reason=%s", th_reason_word(said->reason));
    }
    char wanted[128];
    (void)snprintf(wanted,
                   sizeof(wanted),
                   "category=%s%s%s%s",
                   entry->dims,
                   member,
                   is_default ? "" : ";scheme=",
                   is_default ? "" : entry->measure);
    return strcmp(wanted, dims) == 0;
}

static bool contributes(const struct naive_entry *entry,
                        const char *measure,
                        const char *dims,
                        struct th_figure *figure)
{
    if (!entry->live) {
        return false;
    }
    if (strncmp(measure, "EV0", 3) == 0 && strcmp(measure, "EV07") != 0) {
        return entry->evaluation && said_of(entry, measure, dims, figure);
    }
    if (entry->evaluation || strcmp(entry->measure, measure) != 0 ||
        strcmp(entry->dims, dims) != 0) {
        return false;
    }
    *figure = figure_of(entry);
    return true;
}

bool naive_is_listed(const char *measure)
{
    return strcmp(measure, "S1") == 0;
}

struct naive_sum naive_add_up(const struct naive *naive,
                              const char *measure,
                              struct th_period period,
                              uint32_t uid,
                              const char *dims)
{
    struct naive_sum sum = {.value = 0};
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        struct th_figure figure;
        if (!th_period_equal(entry->period, period) ||
            !contributes(entry, measure, dims, &figure) ||
            (naive_is_listed(measure) ? entry->uid != uid : !naive_counts_for(naive, entry, uid))) {
            continue;
        }
        sum.value += figure.value;
        sum.of += figure.of;
        sum.before += figure.before;
        sum.after += figure.after;
        sum.counts.not_applicable += figure.not_applicable ? 1 : 0;
        sum.counts.exact += figure.qualifier == TH_QUALIFIER_EXACT ? 1 : 0;
        sum.counts.over += figure.qualifier == TH_QUALIFIER_OVER ? 1 : 0;
        sum.counts.under += figure.qualifier == TH_QUALIFIER_UNDER ? 1 : 0;
        sum.counts.about += figure.qualifier == TH_QUALIFIER_ABOUT ? 1 : 0;
        sum.counts.with_of += figure.has_of ? 1 : 0;
        sum.counts.with_levels += figure.has_levels ? 1 : 0;
    }
    return sum;
}

// ---- coverage, by its definition ----

// Is the reporter covered in the total of uid?
static bool is_covered(const struct naive *naive,
                       const struct figure_key *at,
                       const char *measure,
                       const char *dims,
                       uint32_t reporter)
{
    const bool evaluation = strncmp(measure, "EV0", 3) == 0 && strcmp(measure, "EV07") != 0;
    const bool whole = measure[0] == 'W' || measure[0] == 'N';
    const bool reporter_counts =
        naive_below(naive, reporter, at->uid, naive_day(naive, reporter, at->period));
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || !th_period_equal(entry->period, at->period)) {
            continue;
        }
        if (evaluation) {
            char scheme[40];
            char category[80];
            (void)snprintf(scheme, sizeof(scheme), "scheme=%s", entry->measure);
            (void)snprintf(category, sizeof(category), "category=%s", entry->dims);
            const bool named = strstr(dims, "scheme=") != NULL;
            const bool of_category =
                strcmp(measure, "EV05") == 0 ? entry->body : strstr(dims, category) != NULL;
            if (entry->evaluation && entry->uid == reporter && reporter_counts && of_category &&
                (named ? strstr(dims, scheme) != NULL : strcmp(entry->measure, "SC") == 0)) {
                return true;
            }
            continue;
        }
        if (entry->evaluation || strcmp(entry->measure, measure) != 0 ||
            strcmp(entry->dims, dims) != 0 || !naive_counts_for(naive, entry, at->uid)) {
            continue;
        }
        const bool own = entry->uid == reporter;
        const bool under = reporter_counts && naive_counts_for(naive, entry, reporter);
        const bool over =
            naive_below(naive, reporter, entry->uid, naive_day(naive, at->uid, at->period)) &&
            naive_below(naive, entry->uid, at->uid, naive_day(naive, at->uid, at->period));
        if (whole ? under || over : own) {
            return true;
        }
    }
    return false;
}

static uint64_t count_reported(const struct naive *naive,
                               const struct figure_key *at,
                               const char *measure,
                               const char *dims)
{
    if (measure[0] == 'T' || measure[0] == 'S') {
        return 0;
    }
    const struct province *province = naive->province;
    const bool by_form = measure[0] == 'N' || strcmp(measure, "W1") == 0;
    struct th_measure found;
    EXPECT(TH_OK, th_catalogue_measure(province->catalogue, th_bytes_of(measure), &found));
    const th_day day = naive_day(naive, at->uid, at->period);
    const uint32_t root = th_register_root(province->reg);
    uint64_t reported = 0;
    for (uint32_t uid = 1; uid <= th_register_unit_count(province->reg); uid++) {
        const struct th_form *form = by_form ? found.form : NULL;
        if (naive_below(naive, uid, at->uid, day) &&
            th_form_is_reporter(form, province->reg, root, uid, day) &&
            is_covered(naive, at, measure, dims, uid)) {
            reported++;
        }
    }
    return reported;
}

struct th_cell naive_total(const struct naive *naive,
                           struct th_bytes measure_bytes,
                           struct th_period period,
                           uint32_t uid,
                           struct th_bytes dims_bytes)
{
    char measure[16];
    char dims[128];
    th_bytes_copy_text(measure_bytes, measure, sizeof(measure));
    th_bytes_copy_text(dims_bytes, dims, sizeof(dims));
    const struct naive_sum sum = naive_add_up(naive, measure, period, uid, dims);
    struct th_cell cell = sum.counts;
    cell.value = (int64_t)sum.value;
    cell.of = (int64_t)sum.of;
    cell.before = (int64_t)sum.before;
    cell.after = (int64_t)sum.after;
    if (!th_cell_is_empty(&cell)) {
        const struct figure_key at = {.uid = uid, .period = period};
        cell.reported = count_reported(naive, &at, measure, dims);
    }
    return cell;
}

uint64_t naive_live(const struct naive *naive)
{
    uint64_t live = 0;
    for (size_t i = 0; i < naive->count; i++) {
        live += naive->entries[i].live ? 1 : 0;
    }
    return live;
}
