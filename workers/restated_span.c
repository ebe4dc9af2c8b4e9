// restated_span.c - larger periods, made of the parts that each province's units reported

#include "workers/restated_body.h"

static struct restated_span *
find_span(struct restated *restated, struct th_bytes measure, struct th_period period)
{
    for (size_t i = 0; i < restated->spans.count; i++) {
        struct restated_span *span = &restated->spans.items[i];
        if (th_period_equal(span->period, period) && th_bytes_equal(span->measure, measure)) {
            return span;
        }
    }
    return NULL;
}

static enum th_err
make_span(struct restated *restated, const struct th_lines_span *from, struct restated_span **span)
{
    struct th_measure about;
    TH_TRY(th_catalogue_measure(restated->setup.catalogue, from->measure, &about));
    TH_TRY(RESTATED_ROOM(restated, &restated->spans));
    *span = &restated->spans.items[restated->spans.count];
    **span = (struct restated_span){.period = from->period};
    TH_TRY(restated_text(restated, from->measure, &(*span)->measure));
    if (from->part.type != TH_PERIOD_TERM_TO_DATE) {
        const uint32_t expected = th_period_part_count(from->period, th_measure_base_type(&about));
        (*span)->expected = expected <= RESTATED_PARTS_MAX ? expected : 0;
    }
    restated->spans.count++;
    return TH_OK;
}

// The bit of a part; 0 when there are too many to be counted.
static restated_mask bit_of(struct restated_span *span, struct th_period part)
{
    uint32_t at = 0;
    while (at < span->part_count && !th_period_equal(span->parts[at], part)) {
        at++;
    }
    if (at == RESTATED_PARTS_MAX) {
        return 0;
    }
    if (at == span->part_count) {
        span->parts[span->part_count++] = part;
    }
    return (restated_mask)1 << at;
}

static bool same_parts(const struct restated *restated, uint32_t item, const void *key)
{
    const struct restated_parts *parts = &restated->parts.items[item];
    const struct restated_parts *wanted = key;
    return parts->span == wanted->span && parts->uid == wanted->uid;
}

static enum th_err note_part(struct restated *restated, const struct restated_parts *more)
{
    const struct restated_search search = {
        .index = &restated->parts_index,
        .hash = restated_hash_sum(restated, more->span, more->uid, 0),
        .same = same_parts,
        .key = more,
    };
    uint32_t *item = NULL;
    TH_TRY(restated_find(restated, &search, &item));
    if (*item == 0) {
        TH_TRY(RESTATED_ROOM(restated, &restated->parts));
        restated->parts.items[restated->parts.count++] =
            (struct restated_parts){.span = more->span, .uid = more->uid};
        *item = (uint32_t)restated->parts.count;
    }
    restated->parts.items[*item - 1].mask |= more->mask;
    restated->parts.items[*item - 1].counts |= more->counts;
    return TH_OK;
}

// A unit's own figure in a part is one of each unit from where it stands upwards.
static enum th_err
note_parts(struct restated *restated, const struct th_lines_span *from, uint32_t number)
{
    struct restated_span *span = find_span(restated, from->measure, from->period);
    if (span == NULL) {
        TH_TRY(make_span(restated, from, &span));
    }
    struct restated_parts more = {.span = (uint32_t)(span - restated->spans.items),
                                  .mask = bit_of(span, from->part),
                                  .counts = from->counts};
    const struct restated_chain *chain =
        restated_chain_of(restated, restated->standings[number].uid);
    for (size_t i = 0; i < chain->depth; i++) {
        more.uid = chain->path[i];
        if (restated->asked[more.uid] != 0) {
            TH_TRY(note_part(restated, &more));
        }
    }
    return TH_OK;
}

enum th_err
restated_add_span(struct restated *restated, size_t source, const struct th_lines_span *span)
{
    const struct restated_series *series = NULL;
    struct restated_said said = {.number = restated_number_of(restated, source, span->uid)};
    TH_TRY(note_parts(restated, span, said.number));
    if (!span->counts) {
        return TH_OK;
    }
    TH_TRY(restated_series_of(restated, span->measure, span->period, span->dims, &series));
    said.checked = series->column;
    restated_cell_add(&said.cell, span->own);
    return restated_put(restated, series, &said);
}

static uint32_t count_bits(restated_mask mask)
{
    return (uint32_t)(__builtin_popcountll((uint64_t)mask) +
                      __builtin_popcountll((uint64_t)(mask >> 64)));
}

// The parts of a measure, or of a sum that adds it up.
static enum th_err
feed_one(struct restated *restated, const struct restated_parts *parts, struct th_bytes measure)
{
    char text[TH_PERIOD_TEXT_BYTES];
    const struct restated_span *span = &restated->spans.items[parts->span];
    const struct th_bytes period = th_bytes_of(th_period_text(span->period, text));
    return th_lines_lists(restated->lines, measure, period)
               ? th_lines_set_parts(restated->lines,
                                    measure,
                                    period,
                                    parts->uid,
                                    count_bits(parts->mask),
                                    span->expected)
               : TH_OK;
}

enum th_err restated_feed_parts(struct restated *restated)
{
    const struct th_catalogue *catalogue = restated->setup.catalogue;
    for (size_t i = 0; i < restated->parts.count; i++) {
        const struct restated_parts *parts = &restated->parts.items[i];
        const struct th_bytes measure = restated->spans.items[parts->span].measure;
        struct th_measure about;
        TH_TRY(th_catalogue_measure(catalogue, measure, &about));
        TH_TRY(feed_one(restated, parts, measure));
        for (size_t k = 0; k < th_catalogue_measure_count(catalogue) && parts->counts; k++) {
            const struct th_measure *sum = th_catalogue_measure_at(catalogue, k);
            if (sum->sum_of.size > 0 && th_measure_sums(sum, &about)) {
                TH_TRY(feed_one(restated, parts, sum->code));
            }
        }
    }
    return TH_OK;
}
