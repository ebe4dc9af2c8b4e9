// verify_cover.c - coverage counted from nothing, by its definition (T3 of totals.h)

#include <string.h>

#include "workers/verify_body.h"

static th_day day_of(const struct verify *verify, uint32_t uid, struct th_period period)
{
    return th_register_structure_day(verify->setup->reg, uid, period);
}

static bool at_or_below(const struct verify *verify, uint32_t unit, uint32_t above, th_day day)
{
    return unit == above || th_register_is_below(verify->setup->reg, unit, above, day);
}

static bool
is_reporter(const struct verify *verify, const struct th_form *form, uint32_t uid, th_day day)
{
    return th_form_is_reporter(form, verify->setup->reg, verify->setup->root, uid, day);
}

// Does what unit says count for above, and is unit one of its reporters on its day?
static bool covers(const struct verify *verify,
                   const struct th_form *form,
                   uint32_t unit,
                   uint32_t above,
                   struct th_period period)
{
    const th_day day = day_of(verify, above, period);
    return at_or_below(verify, unit, above, day_of(verify, unit, period)) &&
           at_or_below(verify, unit, above, day) && is_reporter(verify, form, unit, day);
}

// ---- evaluations ----

static enum th_err spread_cover(struct verify *verify, const struct key *key)
{
    struct coverage_key at;
    TH_TRY(key_read_coverage(key_view(key), &at));
    const struct th_form *form = th_catalogue_evaluation_form(verify->setup->catalogue, at.period);
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth =
        th_register_path(verify->setup->reg, at.uid, day_of(verify, at.uid, at.period), path);
    for (size_t i = 0; i < depth; i++) {
        const struct key above = key_of_coverage(at.scheme, at.period, at.category, path[i]);
        struct should *row = verify_find(verify, TABLE_COVERAGE, &above);
        if (row != NULL && covers(verify, form, at.uid, path[i], at.period)) {
            row->cover.reported++;
        }
    }
    return TH_OK;
}

static uint64_t evaluation_reported(struct verify *verify, const struct figure_key *at)
{
    const bool of_collectives = th_bytes_equal(at->measure, TH_BYTES("EV05"));
    const struct th_bytes category =
        of_collectives ? TH_BYTES("collective") : th_dims_member(at->dims, TH_BYTES("category"));
    struct th_bytes scheme = th_dims_member(at->dims, TH_BYTES("scheme"));
    if (scheme.size == 0) {
        scheme = th_catalogue_settings(verify->setup->catalogue)->default_scheme;
    }
    const struct key key = key_of_coverage(scheme, at->period, category, at->uid);
    const struct should *row = verify_find(verify, TABLE_COVERAGE, &key);
    return row == NULL ? 0 : row->cover.reported;
}

// ---- figures ----

static bool has_figure(const struct verify *verify, const struct figure_key *at, uint32_t uid)
{
    const struct key key = key_of_figure(uid, at->period, at->measure, at->dims);
    return verify_find(verify, TABLE_STAFFING, &key) != NULL;
}

// Is the reporter covered by itself, by something below, or by something above, up to at's unit?
static bool is_covered(const struct verify *verify,
                       const struct figure_key *at,
                       const struct th_measure *measure,
                       uint32_t reporter)
{
    const th_day own_day = day_of(verify, reporter, at->period);
    const bool counts = at_or_below(verify, reporter, at->uid, own_day);
    if (measure->scope == TH_SCOPE_OWN) {
        return counts && has_figure(verify, at, reporter);
    }
    const struct key key = key_of_total(at->measure, at->period, reporter, at->dims);
    const struct should *sum = verify_find(verify, TABLE_TOTAL, &key);
    if (counts && sum != NULL && !th_cell_is_empty(&sum->cell)) {
        return true;
    }
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth =
        th_register_path(verify->setup->reg, reporter, day_of(verify, at->uid, at->period), path);
    for (size_t i = 0; i < depth; i++) {
        if (has_figure(verify, at, path[i]) &&
            at_or_below(verify, path[i], at->uid, day_of(verify, path[i], at->period))) {
            return true;
        }
        if (path[i] == at->uid) {
            break;
        }
    }
    return false;
}

static uint64_t figure_reported(const struct verify *verify,
                                const struct figure_key *at,
                                const struct th_measure *measure)
{
    const th_day day = day_of(verify, at->uid, at->period);
    uint32_t stack[TH_UNIT_DEPTH_MAX + 1] = {at->uid};
    size_t next[TH_UNIT_DEPTH_MAX + 1] = {0};
    size_t depth = 1;
    uint64_t reported = 0;
    while (depth > 0) {
        const size_t top = depth - 1;
        if (next[top] == 0 && is_reporter(verify, measure->form, stack[top], day) &&
            is_covered(verify, at, measure, stack[top])) {
            reported++;
        }
        const uint32_t child = th_register_child(verify->setup->reg, stack[top], day, next[top]++);
        if (child == TH_UNIT_NONE) {
            depth--;
        } else {
            th_assert(depth <= TH_UNIT_DEPTH_MAX);
            stack[depth] = child;
            next[depth] = 0;
            depth++;
        }
    }
    return reported;
}

static enum th_err count_cell(struct verify *verify, struct should *row)
{
    struct figure_key at;
    struct th_measure measure;
    TH_TRY(key_read_total(key_view(&row->key), &at));
    if (th_catalogue_measure(verify->setup->catalogue, at.measure, &measure) != TH_OK) {
        return TH_OK; // reported as damaged already
    }
    switch (totals_covering(&measure)) {
    case COVER_NONE:
        return TH_OK;
    case COVER_EVALUATION:
        row->cell.reported = evaluation_reported(verify, &at);
        return TH_OK;
    case COVER_OWN:
    case COVER_WHOLE:
        row->cell.reported = figure_reported(verify, &at, &measure);
        return TH_OK;
    }
    th_unreachable();
}

enum th_err verify_coverage(struct verify *verify)
{
    for (size_t i = 0; i < verify->count; i++) {
        if (verify->rows[i].table == TABLE_COVERAGE && verify->rows[i].cover.own > 0) {
            TH_TRY(spread_cover(verify, &verify->rows[i].key));
        }
    }
    for (size_t i = 0; i < verify->count; i++) {
        if (verify->rows[i].table == TABLE_TOTAL) {
            TH_TRY(count_cell(verify, &verify->rows[i]));
        }
    }
    return TH_OK;
}
