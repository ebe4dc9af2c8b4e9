// figures.c - see figures.h

#include "workers/figures.h"

#include <stdio.h>

#include "workers/record.h"
#include "workers/totals.h"

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};
static const struct th_bytes EV02 = {.data = "EV02", .size = 4};
static const struct th_bytes EV03 = {.data = "EV03", .size = 4};

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

// Which of the three measures are asked for in the period at work.
struct wanted {
    struct th_period period;
    bool known, levels, scores, below;
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
    };
}

static enum th_err take_evaluation(const struct figures_walk *walk,
                                   struct th_bytes measure,
                                   const struct record_key *at,
                                   const char *member,
                                   const struct th_figure *figure)
{
    char dims[TH_DIMS_MAX + 1];
    const struct evaluated evaluated = {
        .scheme = at->scheme,
        .category = at->category,
        .default_scheme =
            th_bytes_equal(th_catalogue_settings(walk->catalogue)->default_scheme, at->scheme),
    };
    if (!totals_dims(&evaluated, th_bytes_of(member), dims)) {
        return TH_E_CORRUPT;
    }
    const struct figures_one one = {.uid = at->uid,
                                    .period = at->period,
                                    .measure = measure,
                                    .dims = th_bytes_of(dims),
                                    .figure = *figure,
                                    .scheme = at->scheme,
                                    .category = at->category};
    return walk->take(walk->self, &one);
}

static enum th_err take_record(const struct figures_walk *walk,
                               const struct wanted *wanted,
                               const struct record_key *at,
                               const struct record *record)
{
    char member[40];
    const struct figures_rated rated = {
        .uid = at->uid, .period = at->period, .scheme = at->scheme, .category = at->category};
    TH_TRY(walk->rated(walk->self, &rated));
    const struct th_figure person = {.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    if (wanted->levels) {
        const int rating = record->rating.has ? (int)record->rating.value : 0;
        (void)snprintf(member, sizeof(member), "rating=%d", rating);
        TH_TRY(take_evaluation(walk, EV01, at, member, &person));
    }
    if (wanted->scores && record->score.has) {
        struct th_figure scored = person;
        scored.value = record->score.value;
        scored.has_of = true;
        scored.of = 1;
        TH_TRY(take_evaluation(walk, EV02, at, "", &scored));
    }
    if (wanted->below && record->below_band) {
        (void)snprintf(member, sizeof(member), "reason=%s", th_reason_word(record->reason));
        TH_TRY(take_evaluation(walk, EV03, at, member, &person));
    }
    return TH_OK;
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
        if (wanted.levels || wanted.scores || wanted.below) {
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
