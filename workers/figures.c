// figures.c - see figures.h

#include "workers/figures.h"

#include <stdio.h>

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};
static const struct th_bytes EV02 = {.data = "EV02", .size = 4};
static const struct th_bytes EV03 = {.data = "EV03", .size = 4};
static const struct th_bytes EV05 = {.data = "EV05", .size = 4};

static enum th_err read_record(const struct figures_walk *walk,
                               unsigned table,
                               struct th_bytes key,
                               struct th_bytes value,
                               struct record *record)
{
    TH_TRY(th_check_open(walk->check, table, key, &value));
    return record_read(table, value, record);
}

// ---- staffing ----

static enum th_err each_figure(const struct figures_walk *walk)
{
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(walk->store, TABLE_STAFFING, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct figure_key at;
        TH_TRY(key_read_figure(key, &at));
        if (walk->wants(walk->self, at.measure, at.period)) {
            struct record record;
            TH_TRY(read_record(walk, TABLE_STAFFING, key, value, &record));
            const struct figures_one one = {.uid = at.uid,
                                            .period = at.period,
                                            .measure = at.measure,
                                            .dims = at.dims,
                                            .total_dims = at.dims,
                                            .figure = record.figure};
            if (record.live) {
                TH_TRY(walk->take(walk->self, &one));
            }
        }
        err = th_store_next(walk->store, TABLE_STAFFING, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- evaluations ----

// Which of the measures are asked for in the period at work.
struct wanted {
    struct th_period period;
    bool known, levels, scores, below, collectives;
};

static void look(const struct figures_walk *walk, struct th_period period, struct wanted *wanted)
{
    if (wanted->known && th_period_equal(wanted->period, period)) {
        return;
    }
    *wanted = (struct wanted){
        .period = period,
        .known = true,
        .levels = walk->wants(walk->self, EV01, period),
        .scores = walk->wants(walk->self, EV02, period),
        .below = walk->wants(walk->self, EV03, period),
        .collectives = walk->wants(walk->self, EV05, period),
    };
}

static struct evaluated evaluated_as(const struct figures_walk *walk, const struct record_key *at)
{
    const struct th_catalogue_settings *settings = th_catalogue_settings(walk->catalogue);
    return (struct evaluated){
        .scheme = at->scheme,
        .category = at->category,
        .default_scheme = th_bytes_equal(settings->default_scheme, at->scheme),
    };
}

static struct figures_one one_of(const struct record_key *at, struct th_bytes measure)
{
    return (struct figures_one){
        .uid = at->uid,
        .period = at->period,
        .measure = measure,
        .figure = {.qualifier = TH_QUALIFIER_EXACT, .value = 1},
        .scheme = at->scheme,
        .category = at->category,
    };
}

// One of the person's measures, told apart by member.
static enum th_err take_member(const struct figures_walk *walk,
                               const struct record_key *at,
                               const char *member,
                               struct figures_one *one)
{
    char dims[TH_DIMS_MAX + 1];
    const struct evaluated evaluated = evaluated_as(walk, at);
    if (!totals_dims(&evaluated, th_bytes_of(member), dims)) {
        return TH_E_CORRUPT;
    }
    one->total_dims = th_bytes_of(dims);
    if (one->dims.data == NULL) {
        one->dims = one->total_dims;
    }
    return walk->take(walk->self, one);
}

static enum th_err take_level(const struct figures_walk *walk,
                              const struct record_key *at,
                              const struct record *record)
{
    char member[40];
    char dims[TH_DIMS_MAX + 1];
    struct figures_one one = one_of(at, EV01);
    const int rating = record->rating.has ? (int)record->rating.value : 0;
    (void)snprintf(member, sizeof(member), "rating=%d", rating);
    if (walk->person_dims != NULL) {
        const struct evaluated evaluated = evaluated_as(walk, at);
        if (!walk->person_dims(walk->self, &evaluated, record, dims)) {
            return TH_E_INVALID;
        }
        one.dims = th_bytes_of(dims);
    }
    return take_member(walk, at, member, &one);
}

static enum th_err take_person(const struct figures_walk *walk,
                               const struct wanted *wanted,
                               const struct record_key *at,
                               const struct record *record)
{
    char member[40];
    if (wanted->levels) {
        TH_TRY(take_level(walk, at, record));
    }
    if (wanted->scores && record->score.has) {
        struct figures_one one = one_of(at, EV02);
        one.figure.value = record->score.value;
        one.figure.has_of = true;
        one.figure.of = 1;
        TH_TRY(take_member(walk, at, "", &one));
    }
    if (wanted->below && record->below_band) {
        struct figures_one one = one_of(at, EV03);
        (void)snprintf(member, sizeof(member), "reason=%s", th_reason_word(record->reason));
        TH_TRY(take_member(walk, at, member, &one));
    }
    return TH_OK;
}

static enum th_err take_collective(const struct figures_walk *walk,
                                   const struct wanted *wanted,
                                   const struct record_key *at,
                                   const struct record *record)
{
    char dims[TH_DIMS_MAX + 1];
    if (!wanted->collectives) {
        return TH_OK;
    }
    const struct evaluated evaluated = evaluated_as(walk, at);
    const unsigned rating = record->rating.has ? (unsigned)record->rating.value : 0;
    struct figures_one one = one_of(at, EV05);
    totals_collective_dims(
        &evaluated, th_collective_kind_word(record->collective_kind), rating, dims);
    one.dims = one.total_dims = th_bytes_of(dims);
    return walk->take(walk->self, &one);
}

static enum th_err take_record(const struct figures_walk *walk,
                               const struct wanted *wanted,
                               const struct record_key *at,
                               const struct record *record)
{
    const struct figures_rated rated = {
        .uid = at->uid, .period = at->period, .scheme = at->scheme, .category = at->category};
    TH_TRY(walk->rated(walk->self, &rated));
    return record->collective_kind != TH_COLLECTIVE_NONE ? take_collective(walk, wanted, at, record)
                                                         : take_person(walk, wanted, at, record);
}

static enum th_err each_evaluation(const struct figures_walk *walk)
{
    struct th_bytes key;
    struct th_bytes value;
    struct wanted wanted = {.known = false};
    enum th_err err =
        th_store_seek(walk->store, TABLE_EVALUATION, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct record_key at;
        TH_TRY(key_read_record(key, &at));
        look(walk, at.period, &wanted);
        if (wanted.levels || wanted.scores || wanted.below || wanted.collectives) {
            struct record record;
            TH_TRY(read_record(walk, TABLE_EVALUATION, key, value, &record));
            if (record.live) {
                TH_TRY(take_record(walk, &wanted, &at, &record));
            }
        }
        err = th_store_next(walk->store, TABLE_EVALUATION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err figures_each(const struct figures_walk *walk)
{
    TH_TRY(each_figure(walk));
    return each_evaluation(walk);
}
