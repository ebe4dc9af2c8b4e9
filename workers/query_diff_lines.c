// query_diff_lines.c - the lines of both versions, those that differ, and finding them again

#include <stdlib.h>
#include <string.h>

#include "tonghop/number.h"

#include "workers/query_diff.h"

// TOTALS as known at version; the newest are there already.
static enum th_err ask_totals(const struct diff *diff, uint64_t version, struct answer *answer)
{
    const struct reading *reading = diff->reading;
    struct th_query query = *reading->query;
    char text[TH_NUMBER_TEXT_BYTES];
    query.ask = TH_ASK_TOTALS;
    query.missing = false;
    query.structure = (struct th_bytes){0};
    query.known_at = version == diff->span.newest
                         ? (struct th_bytes){0}
                         : th_bytes_of(th_number_plain((int64_t)version, 0, text));
    *answer = (struct answer){
        .province = reading->answer->province,
        .halt = reading->answer->halt,
        .bytes_max = reading->answer->bytes_max,
    };
    struct reading at = {
        .answer = answer,
        .query = &query,
        .store = reading->store,
        .check = reading->check,
        .now_ms = reading->now_ms,
    };
    enum th_err err = query_go_back(&at);
    if (err == TH_OK) {
        err = query_totals(&at);
    }
    past_close(&at.past);
    if (err == TH_OK && answer->head.code != 0) {
        answer_refuse(reading->answer, answer->head.code, answer->head.detail);
        return TH_E_REFUSED;
    }
    return err;
}

static int compare_lines(const struct th_line *a, const struct th_line *b)
{
    int order = th_bytes_compare(a->cell.unit, b->cell.unit);
    order = order != 0 ? order : th_bytes_compare(a->period, b->period);
    order = order != 0 ? order : th_bytes_compare(a->measure, b->measure);
    return order != 0 ? order : th_bytes_compare(a->cell.dims, b->cell.dims);
}

static bool is_same_number(struct th_opt a, struct th_opt b)
{
    return a.has == b.has && (!a.has || a.value == b.value);
}

static bool is_same_coverage(const struct th_total *a, const struct th_total *b)
{
    return a->reported == b->reported && is_same_number(a->expected, b->expected);
}

static bool is_same(const struct th_total *a, const struct th_total *b)
{
    return a->qualifier == b->qualifier && is_same_number(a->value, b->value) &&
           is_same_number(a->of, b->of) && is_same_number(a->before, b->before) &&
           is_same_number(a->after, b->after) && a->not_applicable == b->not_applicable &&
           a->contributions == b->contributions && a->with_of == b->with_of &&
           a->with_levels == b->with_levels && is_same_coverage(a, b);
}

// A copy of a cell without the texts that stand in its line.
static struct th_total bare(const struct th_line *line)
{
    struct th_total cell = line->cell;
    cell.unit = (struct th_bytes){0};
    cell.dims = (struct th_bytes){0};
    return cell;
}

static enum th_err add_line(struct diff *diff, const struct th_line *was, const struct th_line *now)
{
    struct answer *answer = diff->reading->answer;
    const struct th_line *line = now != NULL ? now : was;
    th_assert(line != NULL);
    struct th_measure measure;
    void *list = diff->lines;
    TH_TRY(answer_room(answer, &list, diff->line_count, &diff->line_max, sizeof(struct differing)));
    diff->lines = list;
    struct differing *made = &diff->lines[diff->line_count];
    *made = (struct differing){
        .head = {.has_was = was != NULL, .has_now = now != NULL, .decimals = line->decimals},
        .was_uid = was != NULL ? was->cell.uid : line->cell.uid,
        .now_uid = line->cell.uid,
        .composed = line->parts > 0,
        .covered = was == NULL || now == NULL || !is_same_coverage(&was->cell, &now->cell),
        .baseline = th_catalogue_measure(
                        answer->province.province->catalogue, line->measure, &measure) == TH_OK &&
                    measure.shape == TH_SHAPE_TARGET,
    };
    made->head.was = was != NULL ? bare(was) : (struct th_total){.uid = made->now_uid};
    made->head.now = now != NULL ? bare(now) : (struct th_total){.uid = made->now_uid};
    TH_TRY(answer_hold(answer, line->cell.unit, &made->head.unit));
    TH_TRY(answer_hold(answer, line->period, &made->head.period));
    TH_TRY(answer_hold(answer, line->measure, &made->head.measure));
    TH_TRY(answer_hold(answer, line->cell.dims, &made->head.dims));
    diff->line_count++;
    return TH_OK;
}

// The lower of two lines, in one list, the other or both.
static int next_line(struct diff *diff, size_t a, size_t b)
{
    if (a == diff->then.line_count) {
        return 1;
    }
    return b == diff->now.line_count ? -1 : compare_lines(&diff->then.list[a], &diff->now.list[b]);
}

// Both lists are sorted alike.
static enum th_err compare_lists(struct diff *diff)
{
    size_t a = 0;
    size_t b = 0;
    while (a < diff->then.line_count || b < diff->now.line_count) {
        const int order = next_line(diff, a, b);
        const struct th_line *was = order <= 0 ? &diff->then.list[a++] : NULL;
        const struct th_line *now = order >= 0 ? &diff->now.list[b++] : NULL;
        if (was == NULL || now == NULL || !is_same(&was->cell, &now->cell)) {
            TH_TRY(add_line(diff, was, now));
        }
    }
    return TH_OK;
}

// ---- finding a line again ----

static int compare_places(const void *left, const void *right)
{
    const struct diff_place *a = left;
    const struct diff_place *b = right;
    int order = a->uid < b->uid ? -1 : a->uid > b->uid ? 1 : 0;
    order = order != 0 ? order : th_bytes_compare(a->line->head.measure, b->line->head.measure);
    order = order != 0 ? order : th_bytes_compare(a->line->head.period, b->line->head.period);
    return order != 0 ? order : th_bytes_compare(a->line->head.dims, b->line->head.dims);
}

static enum th_err note_sum(struct diff *diff, struct th_bytes measure)
{
    for (size_t i = 0; i < diff->sum_count; i++) {
        if (th_bytes_equal(diff->sums[i], measure)) {
            return TH_OK;
        }
    }
    void *list = diff->sums;
    TH_TRY(answer_room(
        diff->reading->answer, &list, diff->sum_count, &diff->sum_max, sizeof(struct th_bytes)));
    diff->sums = list;
    diff->sums[diff->sum_count++] = measure;
    return TH_OK;
}

static enum th_err make_index(struct diff *diff)
{
    const struct th_catalogue *catalogue = diff->reading->answer->province.province->catalogue;
    if (diff->line_count == 0) {
        return TH_OK;
    }
    diff->index = calloc(2 * diff->line_count, sizeof(*diff->index));
    if (diff->index == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < diff->line_count; i++) {
        struct differing *line = &diff->lines[i];
        struct th_measure measure;
        diff->index[diff->place_count++] = (struct diff_place){.uid = line->now_uid, .line = line};
        if (line->was_uid != line->now_uid) {
            diff->index[diff->place_count++] =
                (struct diff_place){.uid = line->was_uid, .line = line};
        }
        if (th_catalogue_measure(catalogue, line->head.measure, &measure) == TH_OK &&
            measure.sum_of.size > 0) {
            TH_TRY(note_sum(diff, line->head.measure));
        }
    }
    qsort(diff->index, diff->place_count, sizeof(*diff->index), compare_places);
    return TH_OK;
}

size_t
diff_first(const struct diff *diff, uint32_t uid, struct th_bytes measure, struct th_bytes period)
{
    struct differing line = {.head = {.measure = measure, .period = period}}; // no dims: the lowest
    const struct diff_place wanted = {.uid = uid, .line = &line};
    size_t low = 0;
    size_t high = diff->place_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare_places(&diff->index[middle], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct differing *diff_find(const struct diff *diff,
                            uint32_t uid,
                            struct th_bytes measure,
                            struct th_bytes period,
                            struct th_bytes dims)
{
    struct differing line = {.head = {.measure = measure, .period = period, .dims = dims}};
    const struct diff_place wanted = {.uid = uid, .line = &line};
    const struct diff_place *found =
        bsearch(&wanted, diff->index, diff->place_count, sizeof(*diff->index), compare_places);
    return found == NULL || found->line->composed ? NULL : found->line;
}

enum th_err diff_read_lines(struct diff *diff)
{
    TH_TRY(ask_totals(diff, diff->span.since, &diff->then));
    TH_TRY(ask_totals(diff, diff->span.until, &diff->now));
    TH_TRY(compare_lists(diff));
    return make_index(diff);
}
