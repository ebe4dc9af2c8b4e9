// indicator_rank.c - the order of units by one indicator

#include <stdlib.h>

#include "lib/indicator_body.h"

// Rows of one ranking: one indicator, period and dims.
static int compare_rankings(const struct th_indicator_row *a, const struct th_indicator_row *b)
{
    int order = th_bytes_compare(a->indicator->code, b->indicator->code);
    order = order != 0 ? order : th_bytes_compare(a->period, b->period);
    return order != 0 ? order : th_bytes_compare(a->dims, b->dims);
}

bool indicator_is_share(const struct th_indicator *indicator)
{
    switch (indicator->kind) {
    case TH_INDICATOR_RATIO:
        return indicator->den_count > 0 || indicator->den_level.size > 0;
    case TH_INDICATOR_PROGRESS:
    case TH_INDICATOR_COMPLETENESS:
        return true;
    case TH_INDICATOR_CAP_ROOM:
    case TH_INDICATOR_BALANCE:
        return false;
    }
    th_unreachable();
}

// Greater first. Shares cross-wise: the denominators of rows with a value are above 0.
static int compare_values(const struct th_indicator_row *a, const struct th_indicator_row *b)
{
    const bool share = indicator_is_share(a->indicator);
    const indicator_wide left =
        share ? (indicator_wide)a->num.value * b->den.value : a->value.value;
    const indicator_wide right =
        share ? (indicator_wide)b->num.value * a->den.value : b->value.value;
    const int order = (left < right) - (left > right);
    return a->indicator->low_is_best ? -order : order;
}

static int compare_places(const void *left, const void *right)
{
    const struct th_indicator_row *a = left;
    const struct th_indicator_row *b = right;
    int order = compare_rankings(a, b);
    order = order != 0 ? order : (a->rank == 0) - (b->rank == 0); // unranked last
    order = order != 0 || a->rank == 0 ? order : compare_values(a, b);
    return order != 0 ? order : th_bytes_compare(a->unit, b->unit);
}

static bool is_ranked(const struct th_indicator_row *row, int64_t min_base)
{
    const int64_t own = row->indicator->min_base;
    const int64_t least = own > min_base ? own : min_base;
    return row->value.has && (!row->den.has || row->den.value >= least);
}

void th_indicators_rank(struct th_indicator_row *rows, size_t count, int64_t min_base)
{
    for (size_t i = 0; i < count; i++) {
        rows[i].rank = is_ranked(&rows[i], min_base) ? 1 : 0;
    }
    if (count > 0) {
        qsort(rows, count, sizeof(*rows), compare_places);
    }
    size_t first = 0; // of the ranking
    for (size_t i = 1; i < count; i++) {
        first = compare_rankings(&rows[i], &rows[i - 1]) == 0 ? first : i;
        if (i > first && rows[i].rank > 0) {
            rows[i].rank = compare_values(&rows[i], &rows[i - 1]) == 0 ? rows[i - 1].rank
                                                                       : (uint32_t)(i - first) + 1;
        }
    }
}
