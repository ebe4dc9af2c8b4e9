// query_spans.c - larger periods of one province, before they are restated
//
// Which figure of a unit counts in a year is for the province to say, in its own tree: the sum of
// the months, or the last of them, unless somebody above or below spoke later. So its own lines are
// made as they would be reported, and what they are made of is carried to the units of the day.

#include "workers/query_structure.h"

enum { ROWS_MAX = 1000000 };

struct spans {
    struct structure *structure;
    struct held *held;
    size_t source;
    struct th_lines *lines;
    bool any; // some topic may be a part
};

static enum th_err feed_topic(const struct spans *spans, struct key topic)
{
    const struct held *held = spans->held;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(held->store, TABLE_TOTAL, key_view(&topic), &key, &value);
    while (err == TH_OK && th_bytes_begins(key, key_view(&topic))) {
        struct figure_key at;
        struct th_cell cell;
        uint64_t seq = 0;
        char period[TH_PERIOD_TEXT_BYTES];
        TH_TRY(key_read_total(key, &at));
        TH_TRY(th_check_open(&held->check, TABLE_TOTAL, key, &value));
        TH_TRY(totals_read_cell(value, &cell, &seq));
        TH_TRY(th_lines_set(spans->lines,
                            at.measure,
                            th_bytes_of(th_period_text(at.period, period)),
                            at.uid,
                            at.dims,
                            &cell));
        err = th_store_next(held->store, TABLE_TOTAL, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// Feed what may be part of a larger period, and what would make one needless.
static enum th_err feed(struct spans *spans)
{
    const struct held *held = spans->held;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(held->store, TABLE_TOTAL, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct figure_key at;
        char text[TH_PERIOD_TEXT_BYTES];
        TH_TRY(key_read_total(key, &at));
        const struct key behind = key_of_totals(at.measure, at.period, UINT32_MAX);
        const struct th_bytes period = th_bytes_of(th_period_text(at.period, text));
        if (!totals_is_evaluation(at.measure) && th_lines_wants(spans->lines, at.measure, period) &&
            query_same_measure(spans->structure, held, at.measure)) {
            spans->any = spans->any || th_lines_wants_part(spans->lines, at.measure, period);
            TH_TRY(feed_topic(spans, key_of_topic(at.measure, at.period)));
        }
        err = th_store_seek(held->store, TABLE_TOTAL, key_view(&behind), &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err hear(void *self, const struct th_lines_span *span)
{
    const struct spans *spans = self;
    return restated_add_span(spans->structure->restated, spans->source, span);
}

static enum th_err check(void *self,
                         struct th_bytes measure,
                         struct th_period period,
                         struct th_bytes dims,
                         const struct th_cell *cell)
{
    const struct spans *spans = self;
    const struct figure_key at = {.period = period, .measure = measure, .dims = dims};
    return restated_add_total(spans->structure->restated, &at, cell);
}

static enum th_err make(struct spans *spans)
{
    const struct th_province *province = spans->held->province;
    const struct th_query *asked = spans->structure->reading->query;
    const struct th_bytes by[] = {TH_BYTES("unit"), TH_BYTES("dims")};
    const struct th_query query = {
        .ask = TH_ASK_TOTALS,
        .periods = asked->periods,
        .period_count = asked->period_count,
        .measures = asked->measures,
        .measure_count = asked->measure_count,
        .by = by,
        .by_count = TH_COUNT(by),
    };
    const struct th_line *list = NULL;
    size_t count = 0;
    struct th_bytes unknown = {0};
    const enum th_err err = th_lines_make(
        &query, province->reg, province->root, province->catalogue, &unknown, &spans->lines);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK; // a measure that this province does not know
    }
    TH_TRY(err);
    TH_TRY(feed(spans));
    if (!spans->any) {
        return TH_OK;
    }
    th_lines_hear_spans(spans->lines, hear, spans);
    TH_TRY(th_lines_list(spans->lines, ROWS_MAX, &list, &count));
    return th_lines_each_made(spans->lines, province->root, check, spans);
}

enum th_err query_read_spans(struct structure *structure, size_t i)
{
    struct spans spans = {.structure = structure, .held = &structure->held[i], .source = i};
    if (structure->reading->query->period_count == 0) {
        return TH_OK; // larger periods are made when they are named
    }
    const enum th_err err = make(&spans);
    th_lines_free(&spans.lines);
    return err;
}
