// indicator.c - see indicator.h: lines in, rows out

#include "tonghop/indicator.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/text.h"

#include "lib/indicator_body.h"

bool indicator_grow(void *pointer_to_items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    const size_t wanted = *room == 0 ? 32 : *room * 2;
    void *items = NULL;
    memcpy(&items, pointer_to_items, sizeof(items)); // whatever type they point to
    items = reallocarray(items, wanted, size);
    if (items == NULL) {
        return false;
    }
    memcpy(pointer_to_items, &items, sizeof(items));
    *room = wanted;
    return true;
}

enum th_err
indicator_keep(struct th_indicators *indicators, struct th_bytes text, struct th_bytes *kept)
{
    return th_pool_copy(&indicators->pool, text, kept);
}

void th_indicators_free(struct th_indicators **indicators)
{
    struct th_indicators *gone = *indicators;
    if (gone == NULL) {
        return;
    }
    th_lines_free(&gone->asked);
    th_lines_free(&gone->below);
    th_pool_free(&gone->pool);
    free(gone->measures.items);
    free(gone->periods.items);
    free(gone->by.items);
    free(gone->lines.items);
    free(gone->states.items);
    free(gone->levels.items);
    free(gone->rows.items);
    free(gone);
    *indicators = NULL;
}

// ---- feeding ----

// Lines come sorted, so that most texts are those of the line before.
static enum th_err keep_text(struct th_indicators *indicators,
                             const struct th_bytes *before,
                             struct th_bytes text,
                             struct th_bytes *kept)
{
    if (before != NULL && th_bytes_equal(*before, text)) {
        *kept = *before;
        return TH_OK;
    }
    return indicator_keep(indicators, text, kept);
}

void th_indicators_restated(struct th_indicators *indicators, th_day day)
{
    indicators->structure_day = day;
}

void th_indicators_for_public(struct th_indicators *indicators)
{
    indicators->for_public = true;
}

enum th_err th_indicators_add(struct th_indicators *indicators, const struct th_line *line)
{
    if (line->unallocated.size > 0) {
        return TH_OK;
    }
    if (!INDICATOR_ROOM(&indicators->lines)) {
        return TH_E_NO_MEMORY;
    }
    const size_t count = indicators->lines.count;
    const struct th_line *before = count == 0 ? NULL : &indicators->lines.items[count - 1];
    struct th_line kept = *line;
    TH_TRY(keep_text(
        indicators, before ? &before->cell.unit : NULL, line->cell.unit, &kept.cell.unit));
    TH_TRY(keep_text(
        indicators, before ? &before->cell.dims : NULL, line->cell.dims, &kept.cell.dims));
    TH_TRY(keep_text(indicators, before ? &before->period : NULL, line->period, &kept.period));
    TH_TRY(keep_text(indicators, before ? &before->measure : NULL, line->measure, &kept.measure));
    indicators->lines.items[indicators->lines.count++] = kept;
    indicators->sorted = false;
    return TH_OK;
}

static int compare_lines(const void *left, const void *right)
{
    const struct th_line *a = left;
    const struct th_line *b = right;
    int order = th_bytes_compare(a->cell.unit, b->cell.unit);
    order = order != 0 ? order : th_bytes_compare(a->period, b->period);
    order = order != 0 ? order : th_bytes_compare(a->measure, b->measure);
    return order != 0 ? order : th_bytes_compare(a->cell.dims, b->cell.dims);
}

static void sort_lines(struct th_indicators *indicators)
{
    if (!indicators->sorted && indicators->lines.count > 0) {
        qsort(indicators->lines.items,
              indicators->lines.count,
              sizeof(*indicators->lines.items),
              compare_lines);
    }
    indicators->sorted = true;
}

const struct th_line *
indicator_lines_of(const struct indicator_group *group, struct th_bytes measure, size_t *count)
{
    size_t low = 0;
    size_t high = group->count;
    while (low < high) { // the first line that is not before the measure
        const size_t middle = low + (high - low) / 2;
        if (th_bytes_compare(group->lines[middle].measure, measure) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *count = 0;
    while (low + *count < group->count &&
           th_bytes_equal(group->lines[low + *count].measure, measure)) {
        *count += 1;
    }
    return *count == 0 ? NULL : &group->lines[low];
}

// ---- what is known of units ----

static bool names_period(const struct th_indicators *indicators, struct th_bytes period)
{
    for (size_t i = 0; i < indicators->query.period_count; i++) {
        if (th_text_matches(period, indicators->query.periods[i])) {
            return true;
        }
    }
    return indicators->query.period_count == 0;
}

enum th_err indicator_is_asked(
    struct th_indicators *indicators, struct th_bytes period, uint32_t uid, bool caps, bool *asked)
{
    *asked = false;
    if (!names_period(indicators, period) || indicators->restated) {
        *asked = indicators->restated && names_period(indicators, period);
        return TH_OK; // only units that are asked for come back
    }
    return th_lines_asks(caps ? indicators->below : indicators->asked, period, uid, asked);
}

static int64_t
count_units(const struct th_indicators *indicators, uint32_t uid, th_day day, struct th_bytes level)
{
    const struct th_register *reg = indicators->reg;
    int64_t count = 0;
    for (size_t i = 0; i < th_register_version_count(reg); i++) {
        const struct th_unit unit = th_register_version_at(reg, i);
        const bool lives = unit.from <= day && (day < unit.until || unit.until == TH_DAY_MAX);
        if (lives && th_bytes_equal(unit.level, level) &&
            (unit.uid == uid || th_register_is_below(reg, unit.uid, uid, day))) {
            count++;
        }
    }
    return count;
}

enum th_err indicator_units_of(struct th_indicators *indicators,
                               const struct indicator_group *group,
                               struct th_bytes level,
                               int64_t *count)
{
    for (size_t i = indicators->levels.count; i > 0; i--) { // mostly that of the same group
        const struct indicator_level *known = &indicators->levels.items[i - 1];
        if (known->uid == group->uid && known->day == group->day &&
            th_bytes_equal(known->level, level)) {
            *count = known->count;
            return TH_OK;
        }
    }
    if (!INDICATOR_ROOM(&indicators->levels)) {
        return TH_E_NO_MEMORY;
    }
    *count = count_units(indicators, group->uid, group->day, level);
    indicators->levels.items[indicators->levels.count++] = (struct indicator_level){
        .uid = group->uid, .day = group->day, .level = level, .count = *count};
    return TH_OK;
}

// ---- rows ----

enum th_err indicator_put(struct th_indicators *indicators, const struct th_indicator_row *row)
{
    if (!INDICATOR_ROOM(&indicators->rows)) {
        return TH_E_NO_MEMORY;
    }
    indicators->rows.items[indicators->rows.count++] = *row;
    return TH_OK;
}

static int compare_rows(const void *left, const void *right)
{
    const struct th_indicator_row *a = left;
    const struct th_indicator_row *b = right;
    int order = th_bytes_compare(a->unit, b->unit);
    order = order != 0 ? order : th_bytes_compare(a->period, b->period);
    order = order != 0 ? order : th_bytes_compare(a->indicator->code, b->indicator->code);
    return order != 0 ? order : th_bytes_compare(a->dims, b->dims);
}

static enum th_err
make_group(struct th_indicators *indicators, const struct th_line *lines, size_t count)
{
    struct indicator_group group = {.lines = lines, .count = count, .uid = lines->cell.uid};
    bool asked = false;
    TH_TRY(indicator_is_asked(indicators, lines->period, group.uid, false, &asked));
    if (!asked || th_period_parse(lines->period, &group.period) != TH_OK) {
        return TH_OK;
    }
    if (indicators->restated) {
        group.day = indicators->structure_day;
        group.uid = th_register_find(indicators->reg, lines->cell.unit, group.day);
    } else {
        group.day = th_register_structure_day(indicators->reg, group.uid, group.period);
    }
    for (size_t i = 0; i < indicators->chosen_count; i++) {
        if (indicators->chosen[i]->kind == TH_INDICATOR_RATIO ||
            indicators->chosen[i]->kind == TH_INDICATOR_BALANCE) {
            TH_TRY(indicator_ratio(indicators, indicators->chosen[i], &group));
        }
    }
    return TH_OK;
}

static enum th_err make_groups(struct th_indicators *indicators, size_t rows_max)
{
    const struct th_line *lines = indicators->lines.items;
    size_t end = 0;
    for (size_t at = 0; at < indicators->lines.count; at = end) {
        while (end < indicators->lines.count &&
               th_bytes_equal(lines[end].cell.unit, lines[at].cell.unit) &&
               th_bytes_equal(lines[end].period, lines[at].period)) {
            end++;
        }
        TH_TRY(make_group(indicators, &lines[at], end - at));
        if (indicators->rows.count > rows_max) {
            return TH_E_TOO_LARGE;
        }
    }
    return TH_OK;
}

static enum th_err make_rows(struct th_indicators *indicators, size_t rows_max)
{
    TH_TRY(make_groups(indicators, rows_max));
    for (size_t i = 0; i < indicators->chosen_count; i++) {
        const struct th_indicator *indicator = indicators->chosen[i];
        if (indicator->kind == TH_INDICATOR_CAP_ROOM && indicators->caps) {
            TH_TRY(indicator_caps(indicators, indicator));
        } else if (indicator->kind == TH_INDICATOR_PROGRESS && indicators->progress) {
            TH_TRY(indicator_progress(indicators, indicator));
        } else if (indicator->kind == TH_INDICATOR_COMPLETENESS && indicators->forms) {
            TH_TRY(indicator_completeness(indicators, indicator));
        }
    }
    if (indicators->query.missing) {
        TH_TRY(indicator_missing(indicators, rows_max));
    }
    return indicators->rows.count > rows_max ? TH_E_TOO_LARGE : TH_OK;
}

enum th_err th_indicators_list(struct th_indicators *indicators,
                               th_day on,
                               size_t rows_max,
                               struct th_indicator_row **rows,
                               size_t *count)
{
    sort_lines(indicators);
    indicators->on = on;
    indicators->rows.count = 0;
    TH_TRY(make_rows(indicators, rows_max));
    if (indicators->rows.count > 0) {
        qsort(indicators->rows.items,
              indicators->rows.count,
              sizeof(*indicators->rows.items),
              compare_rows);
    }
    *rows = indicators->rows.items;
    *count = indicators->rows.count;
    return TH_OK;
}
