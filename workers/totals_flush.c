// totals_flush.c - the changed sums of a turn, written in key order, and the deltas made of them

#include <string.h>

#include "tonghop/fault.h"

#include "workers/totals_pool.h"

enum {
    VALUE_BYTES_MAX = 256,
    DELTA_BODY_MAX = TH_FRAME_BYTES_MAX - 1024, // a frame, with room for what surrounds it
};

// One flush: where it is, and the topic it is in.
struct flush {
    struct totals *totals;
    uint64_t version;
    bool spilled; // no deltas (T5)
    struct key topic;
    struct figure_key at; // measure and period of the topic
    const struct th_form *form;
    bool has_coverage;
    bool baseline;
    uint64_t seq;
    uint32_t cell_count;
    bool whole; // cells holds every changed sum of the topic
};

static int compare(const struct slot *a, const struct slot *b)
{
    if (a->table != b->table) {
        return a->table < b->table ? -1 : 1;
    }
    return th_bytes_compare((struct th_bytes){.data = a->key, .size = a->key_size},
                            (struct th_bytes){.data = b->key, .size = b->key_size});
}

// Merge sort between the two lists, without allocation. Returns the list that holds the result.
static struct slot **sort(struct slot **list, struct slot **spare, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            const size_t middle = from + width < count ? from + width : count;
            const size_t end = from + 2 * width < count ? from + 2 * width : count;
            size_t left = from;
            size_t right = middle;
            for (size_t to = from; to < end; to++) {
                const bool take_left =
                    left < middle && (right >= end || compare(list[left], list[right]) <= 0);
                spare[to] = take_left ? list[left++] : list[right++];
            }
        }
        struct slot **swap = list;
        list = spare;
        spare = swap;
    }
    return list;
}

// ---- deltas ----

static void topic_done(struct flush *flush, struct th_bytes body)
{
    struct totals *totals = flush->totals;
    if (totals->topic_count == totals->limits.topics) {
        totals->topics_lost = true;
        return;
    }
    struct topic_change *change = &totals->topics[totals->topic_count++];
    change->key = flush->topic;
    change->seq = flush->seq;
    change->body = body;
}

// The encoded delta at the end of the buffer; empty when it is too large for a frame or the buffer.
static struct th_writer make_delta(struct flush *flush)
{
    struct totals *totals = flush->totals;
    const size_t left = totals->limits.delta_bytes - totals->delta_bytes;
    const size_t most = left < DELTA_BODY_MAX ? left : DELTA_BODY_MAX;
    struct th_writer writer = {.data = totals->deltas + totals->delta_bytes,
                               .max = most > TH_CHECK_BYTES ? most - TH_CHECK_BYTES : 0};
    char period[TH_PERIOD_TEXT_BYTES];
    if (flush->spilled || !flush->whole || writer.max == 0) {
        return (struct th_writer){.data = writer.data};
    }
    const struct th_delta delta = {
        .store_id = totals->setup.store_id,
        .store_epoch = totals->setup.store_epoch,
        .version = flush->version,
        .topic_seq = flush->seq,
        .measure = flush->at.measure,
        .period = th_bytes_of(th_period_text(flush->at.period, period)),
        .cells = totals->cells,
        .count = flush->cell_count,
    };
    th_delta_write(&writer, &delta);
    if (writer.overflow) {
        return (struct th_writer){.data = writer.data};
    }
    return writer;
}

// The oldest delta of the topic goes when it is keep or more behind; *gone says whether it did.
static enum th_err drop_oldest(const struct flush *flush, uint64_t keep, bool *gone)
{
    const struct th_store store = flush->totals->setup.store;
    const struct key first = key_of_delta(key_view(&flush->topic), 0);
    struct th_bytes found;
    struct th_bytes value;
    struct topic_key parts;
    *gone = false;
    const enum th_err err = th_store_seek(store, TABLE_FEEDLOG, key_view(&first), &found, &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    if (found.size != first.size || memcmp(found.data, first.bytes, flush->topic.size) != 0) {
        return TH_OK; // of the next topic
    }
    TH_TRY(key_read_delta(found, &parts));
    if (parts.seq + keep > flush->seq) {
        return TH_OK;
    }
    const struct key old = key_of_delta(key_view(&flush->topic), parts.seq);
    *gone = true;
    return th_store_remove(store, TABLE_FEEDLOG, key_view(&old));
}

// Keep the delta, and let those go that are feed_keep older: more than one when fewer are to be
// kept than before, but a bounded number in a turn.
static enum th_err log_delta(struct flush *flush, struct th_writer *body)
{
    const struct totals_setup *setup = &flush->totals->setup;
    if (setup->feed_keep == 0) {
        return TH_OK;
    }
    if (body->size > 0) {
        const struct key key = key_of_delta(key_view(&flush->topic), flush->seq);
        struct th_writer value = *body;
        value.max += TH_CHECK_BYTES;
        TH_TRY(th_check_put(setup->check, setup->store, TABLE_FEEDLOG, key_view(&key), &value));
    }
    bool gone = true;
    for (unsigned i = 0; i < TOTALS_DROPPED && gone; i++) {
        TH_TRY(drop_oldest(flush, setup->feed_keep, &gone));
    }
    return TH_OK;
}

static enum th_err put_topic(const struct flush *flush)
{
    const struct totals_setup *setup = &flush->totals->setup;
    uint8_t space[32];
    struct th_writer value = TH_WRITER(space);
    th_write_u8(&value, TOTALS_VERSION);
    th_write_varint(&value, flush->seq);
    return th_check_put(setup->check, setup->store, TABLE_TOPIC, key_view(&flush->topic), &value);
}

static enum th_err leave_topic(struct flush *flush)
{
    if (flush->topic.size == 0) {
        return TH_OK;
    }
    TH_TRY(put_topic(flush));
    struct th_writer body = make_delta(flush);
    TH_TRY(log_delta(flush, &body));
    topic_done(flush, (struct th_bytes){.data = body.data, .size = body.size});
    flush->totals->delta_bytes += body.size > 0 ? body.size + TH_CHECK_BYTES : 0;
    return TH_OK;
}

static enum th_err
enter_topic(struct flush *flush, const struct figure_key *at, const struct key *key)
{
    struct totals *totals = flush->totals;
    flush->topic = *key;
    flush->at = *at;
    flush->cell_count = 0;
    flush->whole = true;

    struct th_bytes value;
    flush->seq = 0;
    const enum th_err err =
        th_check_get(totals->setup.check, totals->setup.store, TABLE_TOPIC, key_view(key), &value);
    if (err == TH_OK) {
        TH_TRY(totals_read_topic(value, &flush->seq));
    } else if (err != TH_E_NOT_FOUND) {
        return err;
    }
    flush->seq += th_mutant(12) ? 0 : 1;

    struct th_measure measure;
    if (th_catalogue_measure(totals->setup.catalogue, at->measure, &measure) != TH_OK) {
        return TH_E_CORRUPT; // a sum of a measure that the catalogue does not have
    }
    const enum covering covering = totals_covering(&measure);
    flush->has_coverage = covering != COVER_NONE;
    flush->baseline = measure.shape == TH_SHAPE_TARGET;
    flush->form = covering == COVER_EVALUATION
                      ? th_catalogue_evaluation_form(totals->setup.catalogue, at->period)
                      : measure.form;
    return TH_OK;
}

static void add_to_delta(struct flush *flush, const struct slot *slot, const struct figure_key *at)
{
    struct totals *totals = flush->totals;
    if (flush->cell_count == totals->limits.delta_cells) {
        flush->whole = false;
        return;
    }
    char *label = totals->labels[flush->cell_count];
    th_register_label(totals->setup.reg, at->uid, at->period, label);
    const struct standing_at standing = {
        .uid = at->uid,
        .label = th_bytes_of(label),
        .dims = at->dims,
        .expected = {.has = flush->has_coverage,
                     .value = flush->has_coverage
                                  ? totals_expected(totals, flush->form, at->uid, at->period)
                                  : 0},
        .baseline = flush->baseline,
    };
    totals->cells[flush->cell_count++] = totals_on_wire(&slot->cell, &standing);
}

struct th_total totals_on_wire(const struct th_cell *cell, const struct standing_at *at)
{
    const struct th_figure figure = th_cell_figure(cell);
    const bool said = !th_cell_is_empty(cell) && !figure.not_applicable;
    return (struct th_total){
        .unit = at->label,
        .uid = at->uid,
        .dims = at->dims,
        .qualifier = said ? figure.qualifier : (uint32_t)TH_QUALIFIER_NONE,
        .value = {.has = said, .value = figure.value},
        .of = {.has = said && figure.has_of, .value = figure.of},
        .before = {.has = said && figure.has_levels, .value = figure.before},
        .after = {.has = said && figure.has_levels && !at->baseline, .value = figure.after},
        .not_applicable = figure.not_applicable,
        .reported = cell->reported,
        .expected = at->expected,
        .contributions = th_cell_contributions(cell),
        .with_of = cell->with_of,
        .with_levels = cell->with_levels,
    };
}

// ---- rows ----

static enum th_err write_row(struct flush *flush, struct slot *slot)
{
    const struct totals_setup *setup = &flush->totals->setup;
    const struct th_bytes key = {.data = slot->key, .size = slot->key_size};
    const bool is_cell = slot->table == TABLE_TOTAL;
    const bool empty = is_cell ? th_cell_is_empty(&slot->cell)
                               : slot->counted.own == 0 && slot->counted.below == 0;
    if (empty) {
        return slot->stored ? th_store_remove(setup->store, slot->table, key) : TH_OK;
    }
    uint8_t space[VALUE_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    if (is_cell) {
        totals_write_cell(&value, &slot->cell, flush->seq);
    } else {
        totals_write_cover(&value, &slot->counted);
    }
    return th_check_put(setup->check, setup->store, slot->table, key, &value);
}

static enum th_err flush_cell(struct flush *flush, struct slot *slot)
{
    struct figure_key at;
    TH_TRY(key_read_total((struct th_bytes){.data = slot->key, .size = slot->key_size}, &at));
    if (th_cell_is_empty(&slot->cell) && !slot->stored) {
        return TH_OK; // came and went in one turn
    }
    const struct key topic = key_of_topic(at.measure, at.period);
    if (!th_bytes_equal(key_view(&topic), key_view(&flush->topic))) {
        TH_TRY(leave_topic(flush));
        TH_TRY(enter_topic(flush, &at, &topic));
    }
    if (slot->recount && !th_cell_is_empty(&slot->cell)) {
        TH_TRY(totals_recount(flush->totals, &at, flush->form, &slot->cell.reported));
    }
    if (slot->cover != SLOT_NONE) {
        slot->cell.reported = flush->totals->slots[slot->cover].counted.reported;
    }
    if (th_cell_is_empty(&slot->cell)) {
        slot->cell.reported = 0;
    }
    add_to_delta(flush, slot, &at);
    return write_row(flush, slot);
}

static enum th_err flush_all(struct flush *flush)
{
    struct totals *totals = flush->totals;
    size_t count = 0;
    for (uint32_t i = 0; i < totals->slot_count; i++) {
        if (totals->slots[i].changed) {
            totals->sorted[count++] = &totals->slots[i];
        }
    }
    struct slot **list = sort(totals->sorted, totals->sorted + totals->limits.cells, count);
    for (size_t i = 0; i < count; i++) {
        TH_TRY(list[i]->table == TABLE_TOTAL ? flush_cell(flush, list[i])
                                             : write_row(flush, list[i]));
    }
    return leave_topic(flush);
}

enum th_err totals_flush(struct totals *totals, uint64_t version)
{
    struct flush flush = {.totals = totals, .version = version};
    return flush_all(&flush);
}

enum th_err totals_spill(struct totals *totals)
{
    struct flush flush = {.totals = totals, .spilled = true};
    TH_TRY(flush_all(&flush));
    for (uint32_t i = 0; i < totals->slot_count; i++) {
        totals->buckets[totals->slots[i].bucket] = 0;
    }
    totals->slot_count = 0;
    totals->key_bytes = 0;
    return TH_OK;
}
