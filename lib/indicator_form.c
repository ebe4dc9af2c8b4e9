// indicator_form.c - how many units are complete with a form, and how many were so in time
//
// Every reporter of a form in a period is one of those expected, of its own unit and of all above
// it as the tree stood then. Complete are those whose declaration agrees with what the province
// holds, or that the desk has accepted; in time those that first were so by the deadline.

#include <stdlib.h>

#include "lib/indicator_body.h"

// One reporter, counted for one unit.
struct report {
    uint32_t uid;
    const struct indicator_form *form;
};

struct reports {
    INDICATOR_ARRAY(struct report) list;
};

static void reports_free(struct reports *reports)
{
    free(reports->list.items);
}

enum th_err th_indicators_add_form(struct th_indicators *indicators,
                                   const struct th_form_state *state)
{
    struct indicator_form form = {
        .uid = state->uid,
        .complete = th_bytes_equal(state->state, TH_BYTES("submitted")) ||
                    th_bytes_equal(state->state, TH_BYTES("accepted")),
        .on_time = state->on_time,
    };
    if (!state->expected) {
        return TH_OK;
    }
    if (!INDICATOR_ROOM(&indicators->states)) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(indicator_keep(indicators, state->form, &form.form));
    TH_TRY(indicator_keep(indicators, state->period, &form.period));
    indicators->states.items[indicators->states.count++] = form;
    return TH_OK;
}

static enum th_err add_path(const struct th_indicators *indicators,
                            struct reports *reports,
                            const struct indicator_form *form)
{
    struct th_period period;
    uint32_t path[TH_UNIT_DEPTH_MAX];
    if (th_period_parse(form->period, &period) != TH_OK) {
        return TH_OK;
    }
    const th_day day = th_register_structure_day(indicators->reg, form->uid, period);
    const size_t depth = th_register_path(indicators->reg, form->uid, day, path);
    for (size_t i = 0; i < depth; i++) {
        if (!INDICATOR_ROOM(&reports->list)) {
            return TH_E_NO_MEMORY;
        }
        reports->list.items[reports->list.count++] = (struct report){path[i], form};
    }
    return TH_OK;
}

static int compare_reports(const void *left, const void *right)
{
    const struct report *a = left;
    const struct report *b = right;
    int order = (a->uid > b->uid) - (a->uid < b->uid);
    order = order != 0 ? order : th_bytes_compare(a->form->period, b->form->period);
    return order != 0 ? order : th_bytes_compare(a->form->form, b->form->form);
}

static enum th_err put_share(struct th_indicators *indicators,
                             struct th_indicator_row *row,
                             struct th_bytes form,
                             const char *state,
                             int64_t reached)
{
    char first[INDICATOR_DIMS_MAX];
    char both[INDICATOR_DIMS_MAX];
    const struct th_bytes none = {0};
    const struct th_bytes dims =
        indicator_dims_with(indicator_dims_with(none, TH_BYTES("form"), form, first),
                            TH_BYTES("state"),
                            th_bytes_of(state),
                            both);
    row->num = (struct th_opt){.has = true, .value = reached};
    row->value.has = indicator_divide(row, row->indicator->scale, &row->value.value);
    TH_TRY(indicator_keep(indicators, dims, &row->dims));
    return indicator_put(indicators, row);
}

// The reports first .. end are of one unit, form and period.
static enum th_err put_unit(struct th_indicators *indicators,
                            const struct th_indicator *indicator,
                            const struct report *first,
                            size_t count)
{
    struct th_period period;
    char label[TH_UNIT_REF_MAX + 1];
    bool asked = false;
    int64_t complete = 0;
    int64_t on_time = 0;
    TH_TRY(indicator_is_asked(indicators, first->form->period, first->uid, false, &asked));
    if (!asked || th_period_parse(first->form->period, &period) != TH_OK) {
        return TH_OK;
    }
    for (size_t i = 0; i < count; i++) {
        complete += first[i].form->complete ? 1 : 0;
        on_time += first[i].form->on_time ? 1 : 0;
    }
    th_register_label(indicators->reg, first->uid, period, label);
    struct th_indicator_row row = {
        .period = first->form->period,
        .uid = first->uid,
        .day = th_register_structure_day(indicators->reg, first->uid, period),
        .indicator = indicator,
        .den = {.has = true, .value = (int64_t)count},
        .qualifier = TH_QUALIFIER_EXACT,
        .n_of_m = true,
    };
    TH_TRY(indicator_keep(indicators, th_bytes_of(label), &row.unit));
    TH_TRY(put_share(indicators, &row, first->form->form, "complete", complete));
    return put_share(indicators, &row, first->form->form, "on_time", on_time);
}

enum th_err indicator_completeness(struct th_indicators *indicators,
                                   const struct th_indicator *indicator)
{
    TH_SCOPED(reports_free) struct reports reports = {0};
    for (size_t i = 0; i < indicators->states.count; i++) {
        TH_TRY(add_path(indicators, &reports, &indicators->states.items[i]));
    }
    if (reports.list.count > 0) {
        qsort(reports.list.items, reports.list.count, sizeof(struct report), compare_reports);
    }
    size_t end = 0;
    for (size_t at = 0; at < reports.list.count; at = end) {
        const struct report *first = &reports.list.items[at];
        while (end < reports.list.count && compare_reports(first, &reports.list.items[end]) == 0) {
            end++;
        }
        TH_TRY(put_unit(indicators, indicator, first, end - at));
    }
    return TH_OK;
}
