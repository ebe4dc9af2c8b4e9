// indicator_ask.c - which indicators, and the question whose answer they are made of

#include <stdlib.h>
#include <string.h>

#include "tonghop/text.h"

#include "lib/indicator_body.h"

enum { MEASURES_MAX = 256 }; // in one question; beyond that all are asked for

// ---- which ----

static bool matches_any(struct th_bytes measure, const struct th_bytes *patterns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (th_text_matches(measure, patterns[i])) {
            return true;
        }
    }
    return false;
}

bool indicator_wants_measure(const struct th_indicators *indicators, struct th_bytes measure)
{
    const struct th_query *query = &indicators->query;
    return query->measure_count == 0 || matches_any(measure, query->measures, query->measure_count);
}

static bool
wants_side(const struct th_indicators *indicators, const struct th_operand *operands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (operands[i].measure.size > 0 &&
            indicator_wants_measure(indicators, operands[i].measure)) {
            return true;
        }
    }
    return false;
}

// With measures named, only indicators that say something about one of them.
static bool is_of_measures(const struct th_indicators *indicators, const struct th_indicator *one)
{
    switch (one->kind) {
    case TH_INDICATOR_RATIO:
    case TH_INDICATOR_BALANCE:
        return one->over_count > 0 || wants_side(indicators, one->num, one->num_count) ||
               wants_side(indicators, one->den, one->den_count);
    case TH_INDICATOR_CAP_ROOM:
        return indicator_wants_measure(indicators, TH_BYTES("EV01"));
    case TH_INDICATOR_PROGRESS:
        return true; // by target
    case TH_INDICATOR_COMPLETENESS:
        return indicators->query.measure_count == 0;
    }
    th_unreachable();
}

static bool is_chosen(const struct th_bytes *codes, size_t count, struct th_bytes code)
{
    for (size_t i = 0; i < count; i++) {
        if (th_bytes_equal(codes[i], code)) {
            return true;
        }
    }
    return count == 0;
}

static bool is_known(const struct th_catalogue *catalogue, struct th_bytes code)
{
    for (size_t i = 0; i < th_catalogue_indicator_count(catalogue); i++) {
        if (th_bytes_equal(th_catalogue_indicator_at(catalogue, i)->code, code)) {
            return true;
        }
    }
    return false;
}

// Targets stand in deadlines and years; a question about other periods is not about them.
static bool asks_targets(const struct th_query *query)
{
    for (size_t i = 0; i < query->period_count; i++) {
        struct th_period period;
        if (th_period_parse(query->periods[i], &period) != TH_OK) {
            return true; // a pattern may mean any
        }
        if (period.type == TH_PERIOD_DEADLINE || period.type == TH_PERIOD_YEARLY ||
            period.type == TH_PERIOD_YEAR) {
            return true;
        }
    }
    return query->period_count == 0;
}

static bool is_for_public(const struct th_indicator *one)
{
    return one->kind == TH_INDICATOR_RATIO || one->kind == TH_INDICATOR_PROGRESS;
}

static enum th_err choose(struct th_indicators *indicators,
                          const struct th_indicators_ask *ask,
                          struct th_bytes *unknown)
{
    const struct th_catalogue *catalogue = indicators->catalogue;
    const size_t count = th_catalogue_indicator_count(catalogue);
    for (size_t i = 0; i < ask->code_count; i++) {
        if (!is_known(catalogue, ask->codes[i])) {
            *unknown = ask->codes[i];
            return TH_E_NOT_FOUND;
        }
    }
    indicators->chosen = th_pool_take(&indicators->pool, (count + 1) * sizeof(*indicators->chosen));
    if (indicators->chosen == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const struct th_indicator *one = th_catalogue_indicator_at(catalogue, i);
        const bool refused = ask->for_public && !is_for_public(one);
        if (refused && ask->code_count > 0 && is_chosen(ask->codes, ask->code_count, one->code)) {
            *unknown = one->code;
            return TH_E_REFUSED;
        }
        if (!is_chosen(ask->codes, ask->code_count, one->code) ||
            !is_of_measures(indicators, one) || refused) {
            continue;
        }
        indicators->chosen[indicators->chosen_count++] = one;
        if (indicators->restated) {
            continue;
        }
        // Caps are of single units: asked for by name, or with the units below.
        indicators->caps = indicators->caps || (one->kind == TH_INDICATOR_CAP_ROOM &&
                                                (ask->code_count > 0 || indicators->by_unit));
        // Completeness is a question of its own, about the present: asked for by name.
        indicators->forms =
            indicators->forms || (one->kind == TH_INDICATOR_COMPLETENESS && ask->code_count > 0 &&
                                  indicators->query.known_at.size == 0);
        indicators->progress = indicators->progress || (one->kind == TH_INDICATOR_PROGRESS &&
                                                        asks_targets(&indicators->query));
    }
    return TH_OK;
}

// ---- a copy of what is asked ----

static enum th_err copy_list(struct th_indicators *indicators,
                             const struct th_bytes *list,
                             size_t count,
                             const struct th_bytes **copy)
{
    struct th_bytes *texts = th_pool_take(&indicators->pool, (count + 1) * sizeof(*texts));
    if (texts == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        TH_TRY(indicator_keep(indicators, list[i], &texts[i]));
    }
    *copy = texts;
    return TH_OK;
}

static enum th_err copy_query(struct th_indicators *indicators, const struct th_query *query)
{
    struct th_query *copy = &indicators->query;
    *copy = *query;
    TH_TRY(copy_list(indicators, query->units, query->unit_count, &copy->units));
    TH_TRY(copy_list(indicators, query->periods, query->period_count, &copy->periods));
    TH_TRY(copy_list(indicators, query->measures, query->measure_count, &copy->measures));
    TH_TRY(copy_list(indicators, query->by, query->by_count, &copy->by));
    TH_TRY(indicator_keep(indicators, query->lineage, &copy->lineage));
    return indicator_keep(indicators, query->level, &copy->level);
}

static enum th_err copy_by(struct th_indicators *indicators)
{
    const struct th_query *query = &indicators->query;
    indicators->names =
        th_pool_take(&indicators->pool, (query->by_count + 1) * sizeof(*indicators->names));
    if (indicators->names == NULL) {
        return TH_E_NO_MEMORY;
    }
    bool units = false;
    for (size_t i = 0; i < query->by_count; i++) {
        const struct th_bytes word = query->by[i];
        const bool unit = th_bytes_equal(word, TH_BYTES("unit"));
        const bool place = unit || th_bytes_equal(word, TH_BYTES("children")) ||
                           th_bytes_equal(word, TH_BYTES("leaf"));
        units = units || place;
        indicators->by_unit = indicators->by_unit || unit;
        if (th_bytes_equal(word, TH_BYTES("dims"))) {
            indicators->by_dims = true;
        } else if (!place) {
            indicators->names[indicators->name_count++] = word;
        }
    }
    // A level alone asks for the units of that level below.
    indicators->by_unit = indicators->by_unit || (!units && query->level.size > 0);
    return TH_OK;
}

// Two lists of units: those asked for, and for caps all at or below them. The caller's texts, so
// that what is unknown outlives a failure.
static enum th_err make_places(struct th_indicators *indicators,
                               const struct th_query *query,
                               uint32_t root,
                               struct th_bytes *unknown)
{
    static const struct th_bytes UNIT = {.data = "unit", .size = 4};
    const struct th_register *reg = indicators->reg;
    const struct th_catalogue *catalogue = indicators->catalogue;
    struct th_query below = *query;
    TH_TRY(th_lines_make(query, reg, root, catalogue, unknown, &indicators->asked));
    below.by = &UNIT;
    below.by_count = 1;
    return th_lines_make(&below, reg, root, catalogue, unknown, &indicators->below);
}

enum th_err th_indicators_make(const struct th_indicators_ask *ask,
                               const struct th_register *reg,
                               uint32_t root,
                               const struct th_catalogue *catalogue,
                               struct th_bytes *unknown,
                               struct th_indicators **out)
{
    TH_SCOPED(th_indicators_free) struct th_indicators *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    made->reg = reg;
    made->catalogue = catalogue;
    made->root = root;
    made->restated = ask->query->structure.size > 0;
    made->for_public = ask->for_public;
    TH_TRY(copy_query(made, ask->query));
    TH_TRY(copy_by(made));
    TH_TRY(make_places(made, ask->query, root, unknown));
    TH_TRY(choose(made, ask, unknown));
    *out = made;
    made = NULL; // the caller owns it now
    return TH_OK;
}

// ---- the question ----

static bool ask_text(struct th_indicators *indicators, struct th_bytes code)
{
    for (size_t i = 0; i < indicators->measures.count; i++) {
        if (th_bytes_equal(indicators->measures.items[i], code)) {
            return true;
        }
    }
    if (!INDICATOR_ROOM(&indicators->measures)) {
        return false;
    }
    indicators->measures.items[indicators->measures.count++] = code;
    return true;
}

static bool
ask_side(struct th_indicators *indicators, const struct th_operand *operands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (operands[i].measure.size > 0 && !ask_text(indicators, operands[i].measure)) {
            return false;
        }
    }
    return true;
}

// Of an indicator over several measures: those named, or all it is over.
static bool ask_over(struct th_indicators *indicators, const struct th_indicator *one)
{
    const struct th_query *query = &indicators->query;
    const bool named = query->measure_count > 0;
    const struct th_bytes *texts = named ? query->measures : one->over;
    const size_t count = named ? query->measure_count : one->over_count;
    for (size_t i = 0; i < count && one->over_count > 0; i++) {
        if (!ask_text(indicators, texts[i])) {
            return false;
        }
    }
    return true;
}

static bool ask_caps(struct th_indicators *indicators)
{
    return ask_text(indicators, TH_BYTES("EV01")) && ask_text(indicators, TH_BYTES("EV07")) &&
           ask_text(indicators, TH_BYTES("EV05"));
}

static bool ask_progress(struct th_indicators *indicators)
{
    for (size_t i = 0; i < th_catalogue_target_count(indicators->catalogue); i++) {
        const struct th_target *target = th_catalogue_target_at(indicators->catalogue, i);
        if (!indicator_wants_measure(indicators, target->measure)) {
            continue;
        }
        if (!ask_text(indicators, target->measure) || !ask_text(indicators, target->achieved) ||
            (target->of.size > 0 && !ask_text(indicators, target->of))) {
            return false;
        }
    }
    return true;
}

static bool ask_measures(struct th_indicators *indicators)
{
    indicators->measures.count = 0;
    bool done = true;
    for (size_t i = 0; i < indicators->chosen_count && done; i++) {
        const struct th_indicator *one = indicators->chosen[i];
        done = ask_side(indicators, one->num, one->num_count) &&
               ask_side(indicators, one->den, one->den_count) && ask_over(indicators, one) &&
               (one->kind != TH_INDICATOR_CAP_ROOM || !indicators->caps || ask_caps(indicators)) &&
               (one->kind != TH_INDICATOR_PROGRESS || !indicators->progress ||
                ask_progress(indicators));
    }
    return done;
}

static bool put(void *array_items, size_t *count, size_t *room, struct th_bytes text)
{
    struct th_bytes *items = NULL;
    if (!indicator_grow(array_items, *count, room, sizeof(text))) {
        return false;
    }
    memcpy(&items, array_items, sizeof(items));
    items[(*count)++] = text;
    return true;
}
#define PUT(array, text) put(&(array)->items, &(array)->count, &(array)->room, (text))

// Targets need figures of other periods than theirs: then all are asked for, those named too,
// so that larger periods are made of their parts.
static bool ask_periods(struct th_indicators *indicators)
{
    const struct th_query *query = &indicators->query;
    indicators->periods.count = 0;
    for (size_t i = 0; i < query->period_count; i++) {
        if (!PUT(&indicators->periods, query->periods[i])) {
            return false;
        }
    }
    return query->period_count == 0 || !indicators->progress ||
           PUT(&indicators->periods, TH_BYTES("*"));
}

static bool has_caps_by_job(const struct th_catalogue *catalogue)
{
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        const struct th_cap *cap = &th_catalogue_scheme_at(catalogue, i)->cap;
        if (cap->stated && cap->by_job_group) {
            return true;
        }
    }
    return false;
}

// What people are only divided by when it is asked for: then everything they are divided by is.
static bool ask_records(struct th_indicators *indicators)
{
    static const char *const OF_TOTALS[] = {"category", "rating", "scheme"};
    bool jobs = indicators->caps && has_caps_by_job(indicators->catalogue);
    bool any = jobs;
    for (size_t i = 0; i < indicators->name_count; i++) {
        const struct th_bytes name = indicators->names[i];
        if (indicator_is_of_records(name)) {
            any = true;
            jobs = jobs && !th_bytes_equal(name, TH_BYTES("job_group"));
            if (!PUT(&indicators->by, name)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < TH_COUNT(OF_TOTALS) && any; i++) {
        if (!PUT(&indicators->by, th_bytes_of(OF_TOTALS[i]))) {
            return false;
        }
    }
    return !jobs || PUT(&indicators->by, TH_BYTES("job_group"));
}

// All lines as kept, of the units asked for; of caps also of all units below them.
static bool ask_by(struct th_indicators *indicators)
{
    const struct th_query *query = &indicators->query;
    indicators->by.count = 0;
    for (size_t i = 0; i < query->by_count; i++) {
        bool dim = th_bytes_equal(query->by[i], TH_BYTES("dims"));
        for (size_t k = 0; k < indicators->name_count && !dim; k++) {
            dim = th_bytes_equal(query->by[i], indicators->names[k]);
        }
        if (!dim && !PUT(&indicators->by, query->by[i])) {
            return false;
        }
    }
    return PUT(&indicators->by, TH_BYTES("dims")) && ask_records(indicators) &&
           (!indicators->caps || PUT(&indicators->by, TH_BYTES("unit")));
}

enum th_err th_indicators_query(struct th_indicators *indicators, struct th_query *query)
{
    if (!ask_measures(indicators) || !ask_periods(indicators) || !ask_by(indicators)) {
        return TH_E_NO_MEMORY;
    }
    *query = indicators->query;
    query->ask = indicators->measures.count > 0 ? TH_ASK_TOTALS : TH_ASK_STATE;
    if (query->ask == TH_ASK_STATE) { // of the present, as reported
        query->known_at = query->structure = (struct th_bytes){0};
    }
    query->missing = false;
    query->measures = indicators->measures.items;
    query->measure_count =
        indicators->measures.count > MEASURES_MAX ? 0 : indicators->measures.count;
    query->periods = indicators->periods.items;
    query->period_count = indicators->periods.count;
    query->by = indicators->by.items;
    query->by_count = indicators->by.count;
    if (indicators->caps) {
        query->level = (struct th_bytes){0}; // what a unit has of its own is left of its total
    }
    return TH_OK;
}

bool th_indicators_form_query(const struct th_indicators *indicators, struct th_query *query)
{
    *query = indicators->query;
    query->ask = TH_ASK_FORMS;
    query->missing = false;
    query->measure_count = query->by_count = 0;
    query->level = (struct th_bytes){0};
    return indicators->forms;
}
