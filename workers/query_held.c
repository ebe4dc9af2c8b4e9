// query_held.c - one province of an answer in another structure: its records, and its own totals

#include <string.h>

#include "workers/figures.h"
#include "workers/query_structure.h"
#include "workers/reform.h"

// A measure means the same in both catalogues, or its figures are not put together.
bool query_same_measure(const struct structure *structure,
                        const struct held *held,
                        struct th_bytes code)
{
    struct th_measure ours;
    struct th_measure theirs;
    const struct th_catalogue *catalogue = structure->province->catalogue;
    if (held->province->catalogue == catalogue) {
        return true;
    }
    if (totals_is_evaluation(code) &&
        !th_bytes_equal(th_catalogue_settings(catalogue)->default_scheme,
                        th_catalogue_settings(held->province->catalogue)->default_scheme)) {
        return false; // dims do not name it
    }
    return th_catalogue_measure(catalogue, code, &ours) == TH_OK &&
           th_catalogue_measure(held->province->catalogue, code, &theirs) == TH_OK &&
           ours.shape == theirs.shape && ours.scope == theirs.scope &&
           ours.marginal == theirs.marginal && ours.decimals == theirs.decimals &&
           ours.summed == theirs.summed;
}

static bool wants(void *self, struct th_bytes measure, struct th_period period)
{
    struct structure *structure = self;
    char text[TH_PERIOD_TEXT_BYTES];
    if (!th_lines_wants(structure->reading->answer->lines,
                        measure,
                        th_bytes_of(th_period_text(period, text)))) {
        return false;
    }
    const bool same = query_same_measure(structure, structure->at, measure);
    structure->at->differs = structure->at->differs || !same;
    return same;
}

static size_t source_at(const struct structure *structure)
{
    return (size_t)(structure->at - structure->held);
}

static enum th_err take(void *self, const struct figures_one *one)
{
    const struct structure *structure = self;
    return restated_add(structure->restated, source_at(structure), one);
}

static enum th_err take_move(void *self, const struct query_move *move)
{
    const struct figures_one one = {
        .uid = move->uid,
        .period = move->year,
        .measure = move->measure,
        .dims = move->dims,
        .total_dims = move->dims,
        .no_total = true,
        .figure = {.qualifier = TH_QUALIFIER_EXACT, .value = 1},
    };
    return wants(self, move->measure, move->year) ? take(self, &one) : TH_OK;
}

static enum th_err read_moves(struct structure *structure)
{
    const struct held *held = structure->at;
    const struct query_moves moves = {
        .query = structure->reading->query,
        .store = held->store,
        .check = &held->check,
        .catalogue = held->province->catalogue,
        .take = take_move,
        .self = structure,
    };
    return query_each_move(&moves);
}

static bool person_dims(void *self,
                        const struct evaluated *evaluated,
                        const struct record *record,
                        char out[static TH_DIMS_MAX + 1])
{
    const struct structure *structure = self;
    return query_people_dims(structure->reading->answer->lines, evaluated, record, out);
}

static enum th_err take_rated(void *self, const struct figures_rated *rated)
{
    const struct structure *structure = self;
    return restated_rated(structure->restated, source_at(structure), rated);
}

// The totals below a key: those of a topic, or of one unit in it.
static enum th_err add_totals(const struct structure *structure, struct key prefix)
{
    const struct held *held = structure->at;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(held->store, TABLE_TOTAL, key_view(&prefix), &key, &value);
    while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
        struct figure_key at;
        struct th_cell cell;
        uint64_t seq = 0;
        TH_TRY(key_read_total(key, &at));
        TH_TRY(th_check_open(&held->check, TABLE_TOTAL, key, &value));
        TH_TRY(totals_read_cell(value, &cell, &seq));
        TH_TRY(restated_add_total(structure->restated, &at, &cell));
        err = th_store_next(held->store, TABLE_TOTAL, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// What the province itself says of each topic: the root's totals, or all that are only listed.
static enum th_err read_totals(struct structure *structure)
{
    const struct held *held = structure->at;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(held->store, TABLE_TOTAL, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct figure_key at;
        struct th_measure measure;
        TH_TRY(key_read_total(key, &at));
        const struct key behind = key_of_totals(at.measure, at.period, UINT32_MAX);
        if (wants(structure, at.measure, at.period)) {
            TH_TRY(th_catalogue_measure(structure->province->catalogue, at.measure, &measure));
            const bool listed = !measure.summed || measure.shape == TH_SHAPE_SHARE;
            TH_TRY(add_totals(structure,
                              listed ? key_of_topic(at.measure, at.period)
                                     : key_of_totals(at.measure, at.period, held->own_root)));
        }
        err = th_store_seek(held->store, TABLE_TOTAL, key_view(&behind), &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static bool needs(const void *self, struct th_bytes measure, struct th_period period)
{
    char text[TH_PERIOD_TEXT_BYTES];
    const struct th_bytes label = th_bytes_of(th_period_text(period, text));
    return th_lines_needs(self, measure, label);
}

static enum th_err read_version(struct held *held)
{
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    const enum th_err err =
        th_store_prev(held->store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    TH_TRY(key_read_ledger(key, &at));
    held->version = at.version;
    return TH_OK;
}

// Which version is meant by the day that is asked about, and how the province was known then.
static enum th_err find_version(const struct structure *structure, struct held *held)
{
    const struct reading *reading = structure->reading;
    const th_day today = th_province_today(structure->province, reading->now_ms);
    TH_TRY(
        past_version(held->store, &held->check, reading->query->known_at, today, &held->version));
    TH_TRY(reform_province(held->store, &held->check, held->version, &held->own));
    held->province = held->own != NULL ? held->own : held->province;
    return TH_OK;
}

enum th_err query_open_held(struct structure *structure, size_t i)
{
    struct held *held = &structure->held[i];
    struct reading *reading = structure->reading;
    struct identity stored;
    held->check = open_check(held->asked->opened.birth_id);
    if (i == 0) {
        held->store = reading->store; // it is being read already
        return read_version(held);
    }
    TH_TRY(th_disk_begin_read(held->asked->disk, &held->txn));
    held->store = th_disk_store(&held->txn);
    if (reading->answer->halt != NULL) {
        held->store = halt_store(&held->halted, held->store, reading->answer->halt);
    }
    TH_TRY(open_read_identity(held->store, &stored));
    if (memcmp(stored.register_digest,
               held->asked->register_digest,
               sizeof(stored.register_digest)) != 0) {
        answer_refuse(reading->answer, TH_M_LINE_BUSY, (struct th_bytes){0}); // it is changing
        return TH_E_REFUSED;
    }
    return reading->query->known_at.size == 0 ? read_version(held) : find_version(structure, held);
}

// The totals of the version: they are there now, or are counted.
static enum th_err go_back(struct structure *structure, size_t i)
{
    struct held *held = &structure->held[i];
    const struct answer *answer = structure->reading->answer;
    if (i == 0) {
        return query_count(structure->reading);
    }
    if (structure->reading->query->known_at.size == 0) {
        return TH_OK;
    }
    const struct verify_setup setup = {
        .birth_id = held->asked->opened.birth_id,
        .lineage = th_bytes_of(held->province->lineage),
        .reg = held->province->reg,
        .catalogue = held->province->catalogue,
        .root = held->province->root,
        .person_scope = held->province->rules.person_scope,
    };
    TH_TRY(past_open(held->store, &held->check, held->version, answer->bytes_max, &held->past));
    held->store = past_store(held->past);
    return past_count(held->past, &setup, needs, answer->lines);
}

enum th_err query_read_held(struct structure *structure, size_t i)
{
    struct held *held = &structure->held[i];
    if (!held->matters) {
        return TH_OK;
    }
    structure->at = held;
    TH_TRY(go_back(structure, i));
    const struct figures_walk walk = {
        .store = held->store,
        .check = &held->check,
        .catalogue = held->province->catalogue,
        .wants = wants,
        .take = take,
        .rated = take_rated,
        .person_dims = th_lines_ask_records(structure->reading->answer->lines) ? person_dims : NULL,
        .self = structure,
    };
    TH_TRY(figures_each(&walk));
    TH_TRY(read_totals(structure));
    TH_TRY(read_moves(structure));
    return query_read_spans(structure, i);
}
