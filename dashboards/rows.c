// rows.c - see rows.h

#include "dashboards/rows.h"

#include <stdlib.h>

#include "tonghop/pool.h"

// A list with texts of its own.
struct kept {
    struct th_line *lines;
    size_t count;
    size_t room;
    struct th_pool texts;
};

struct rows {
    const struct th_query *query;
    const struct th_province *province;
    struct th_lines *lines;
    struct kept kept[2];
    size_t shown; // of kept
};

static enum th_err make_lines(struct rows *rows, struct th_bytes *unknown)
{
    const struct th_province *province = rows->province;
    th_lines_free(&rows->lines);
    TH_TRY(th_lines_make(
        rows->query, province->reg, province->root, province->catalogue, unknown, &rows->lines));
    if (th_lines_ask_records(rows->lines)) {
        *unknown = TH_BYTES("job_group, leader, managed_by"); // the feed has totals only
        return TH_E_NOT_FOUND;
    }
    return TH_OK;
}

enum th_err rows_make(const struct th_query *query,
                      const struct th_province *province,
                      struct th_bytes *unknown,
                      struct rows **out)
{
    TH_SCOPED(rows_free) struct rows *rows = calloc(1, sizeof(*rows));
    if (rows == NULL) {
        return TH_E_NO_MEMORY;
    }
    rows->query = query;
    rows->province = province;
    TH_TRY(make_lines(rows, unknown));
    *out = rows;
    rows = NULL; // the caller owns them now
    return TH_OK;
}

void rows_free(struct rows **rows)
{
    struct rows *gone = *rows;
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; i < TH_COUNT(gone->kept); i++) {
        th_pool_free(&gone->kept[i].texts);
        free(gone->kept[i].lines);
    }
    th_lines_free(&gone->lines);
    free(gone);
    *rows = NULL;
}

enum th_err rows_restart(struct rows *rows)
{
    struct th_bytes unknown = {0};
    return make_lines(rows, &unknown);
}

enum th_err rows_set(struct rows *rows,
                     struct th_bytes measure,
                     struct th_bytes period,
                     const struct th_total *total)
{
    const struct th_cell cell = th_cell_of_total(total);
    return th_lines_set(rows->lines, measure, period, total->uid, total->dims, &cell);
}

bool rows_need_levels(const struct rows *rows)
{
    return th_lines_ask_groups(rows->lines);
}

// ---- keeping a list ----

static enum th_err keep_line(struct kept *kept, const struct th_line *line)
{
    struct th_line *copy = &kept->lines[kept->count];
    *copy = *line;
    TH_TRY(th_pool_copy(&kept->texts, line->measure, &copy->measure));
    TH_TRY(th_pool_copy(&kept->texts, line->period, &copy->period));
    TH_TRY(th_pool_copy(&kept->texts, line->cell.unit, &copy->cell.unit));
    TH_TRY(th_pool_copy(&kept->texts, line->cell.dims, &copy->cell.dims));
    kept->count++;
    return TH_OK;
}

static enum th_err keep_list(struct kept *kept, const struct th_line *list, size_t count)
{
    th_pool_free(&kept->texts);
    kept->count = 0;
    if (count > kept->room) {
        struct th_line *lines = reallocarray(kept->lines, count, sizeof(*lines));
        if (lines == NULL) {
            return TH_E_NO_MEMORY;
        }
        kept->lines = lines;
        kept->room = count;
    }
    for (size_t i = 0; i < count; i++) {
        TH_TRY(keep_line(kept, &list[i]));
    }
    return TH_OK;
}

// ---- differences ----

static int compare_keys(const struct th_line *a, const struct th_line *b)
{
    int order = th_bytes_compare(a->cell.unit, b->cell.unit);
    order = order != 0 ? order : th_bytes_compare(a->period, b->period);
    order = order != 0 ? order : th_bytes_compare(a->measure, b->measure);
    return order != 0 ? order : th_bytes_compare(a->cell.dims, b->cell.dims);
}

static bool same_number(struct th_opt a, struct th_opt b)
{
    return a.has == b.has && (!a.has || a.value == b.value);
}

static bool same_figure(const struct th_line *left, const struct th_line *right)
{
    const struct th_total *a = &left->cell;
    const struct th_total *b = &right->cell;
    return left->parts == right->parts && left->derived == right->derived &&
           a->qualifier == b->qualifier && same_number(a->value, b->value) &&
           same_number(a->of, b->of) && same_number(a->before, b->before) &&
           same_number(a->after, b->after) && a->not_applicable == b->not_applicable &&
           a->reported == b->reported && same_number(a->expected, b->expected) &&
           a->contributions == b->contributions && a->with_of == b->with_of &&
           a->with_levels == b->with_levels;
}

static struct th_line gone_line(const struct th_line *line)
{
    struct th_line gone = *line;
    gone.cell = (struct th_total){
        .unit = line->cell.unit,
        .uid = line->cell.uid,
        .dims = line->cell.dims,
        .expected = line->cell.expected,
    };
    return gone;
}

static void
compare_lists(const struct kept *before, const struct kept *after, rows_change *change, void *self)
{
    size_t b = 0;
    size_t a = 0;
    while (b < before->count || a < after->count) {
        const struct th_line *old = b < before->count ? &before->lines[b] : NULL;
        const struct th_line *new = a < after->count ? &after->lines[a] : NULL;
        const int order = old == NULL ? 1 : new == NULL ? -1 : compare_keys(old, new);
        if (order < 0) {
            const struct th_line gone = gone_line(old);
            change(self, &gone, old->cell.value);
        } else if (order > 0) {
            change(self, new, (struct th_opt){0});
        } else if (!same_figure(old, new)) {
            change(self, new, old->cell.value);
        }
        b += order <= 0 ? 1 : 0;
        a += order >= 0 ? 1 : 0;
    }
}

enum th_err rows_refresh(struct rows *rows, rows_change *change, void *self)
{
    const struct th_line *list = NULL;
    size_t count = 0;
    struct kept *next = &rows->kept[1 - rows->shown];
    TH_TRY(th_lines_list(rows->lines, ROWS_MAX, &list, &count));
    TH_TRY(keep_list(next, list, count));
    if (change != NULL) {
        compare_lists(&rows->kept[rows->shown], next, change, self);
    }
    rows->shown = 1 - rows->shown;
    return TH_OK;
}

const struct th_line *rows_list(const struct rows *rows, size_t *count)
{
    const struct kept *kept = &rows->kept[rows->shown];
    *count = kept->count;
    return kept->lines;
}
