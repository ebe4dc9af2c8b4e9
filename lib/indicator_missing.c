// indicator_missing.c - which units have no value where others have one
//
// What others have is an indicator in a period with some dims; a unit that is asked for, lives in
// the period and has no row of it gets one without a value.

#include <stdlib.h>

#include "tonghop/base.h"

#include "lib/indicator_body.h"

static int compare_kinds(const struct th_indicator_row *a, const struct th_indicator_row *b)
{
    int order = th_bytes_compare(a->period, b->period);
    order = order != 0 ? order : th_bytes_compare(a->indicator->code, b->indicator->code);
    return order != 0 ? order : th_bytes_compare(a->dims, b->dims);
}

static int by_kind(const void *left, const void *right)
{
    const struct th_indicator_row *a = left;
    const struct th_indicator_row *b = right;
    const int order = compare_kinds(a, b);
    return order != 0 ? order : (a->uid > b->uid) - (a->uid < b->uid);
}

static bool lives_in(const struct th_indicators *indicators, uint32_t uid, struct th_period period)
{
    return th_register_first_day(indicators->reg, uid) <= period.last &&
           th_register_last_day(indicators->reg, uid) >= period.first;
}

static enum th_err add_row(struct th_indicators *indicators,
                           const struct th_indicator_row *like,
                           uint32_t uid,
                           struct th_period period)
{
    char label[TH_UNIT_REF_MAX + 1];
    struct th_indicator_row row = {
        .period = like->period,
        .dims = like->dims,
        .uid = uid,
        .day = th_register_structure_day(indicators->reg, uid, period),
        .indicator = like->indicator,
    };
    th_register_label(indicators->reg, uid, period, label);
    TH_TRY(indicator_keep(indicators, th_bytes_of(label), &row.unit));
    return indicator_put(indicators, &row);
}

// Rows first .. end are of one kind, sorted by unit; what is added stands behind all of them.
static enum th_err
add_others(struct th_indicators *indicators, size_t first, size_t end, size_t rows_max)
{
    const struct th_indicator_row like = indicators->rows.items[first];
    struct th_period period;
    if (th_period_parse(like.period, &period) != TH_OK) {
        return TH_OK;
    }
    for (uint32_t uid = 1; uid <= th_register_unit_count(indicators->reg); uid++) {
        bool asked = false;
        while (first < end && indicators->rows.items[first].uid < uid) {
            first++;
        }
        const bool has = first < end && indicators->rows.items[first].uid == uid;
        if (has || !lives_in(indicators, uid, period)) {
            continue;
        }
        TH_TRY(indicator_is_asked(indicators, like.period, uid, false, &asked));
        if (asked) {
            TH_TRY(add_row(indicators, &like, uid, period));
        }
        if (indicators->rows.count > rows_max) {
            return TH_E_TOO_LARGE;
        }
    }
    return TH_OK;
}

enum th_err indicator_missing(struct th_indicators *indicators, size_t rows_max)
{
    const size_t count = indicators->rows.count;
    size_t end = 0;
    if (count == 0 || indicators->restated) {
        return TH_OK;
    }
    qsort(indicators->rows.items, count, sizeof(*indicators->rows.items), by_kind);
    for (size_t first = 0; first < count; first = end) {
        while (end < count &&
               compare_kinds(&indicators->rows.items[first], &indicators->rows.items[end]) == 0) {
            end++;
        }
        TH_TRY(add_others(indicators, first, end, rows_max));
    }
    return TH_OK;
}
