// restated_column.c - what has one line per unit, and what is counted together

#include "tonghop/hash.h"

#include "workers/restated_body.h"

enum { SERIES_BYTES_MAX = TH_PERIOD_KEY_BYTES + TH_MEASURE_CODE_MAX + 1 + TH_DIMS_MAX };

// ---- columns ----

struct column_key {
    struct th_bytes measure, dims;
    struct th_period period;
};

static uint64_t hash_of(const struct restated *restated,
                        struct th_period period,
                        struct th_bytes a,
                        struct th_bytes b)
{
    uint8_t packed[TH_PERIOD_KEY_BYTES];
    th_period_pack(period, packed);
    const struct th_bytes parts[] = {{packed, sizeof(packed)}, a, TH_BYTES("\0"), b};
    return th_hash64(restated->seed, parts, TH_COUNT(parts));
}

static bool same_column(const struct restated *restated, uint32_t item, const void *key)
{
    const struct restated_column *column = &restated->columns.items[item];
    const struct column_key *wanted = key;
    return th_period_equal(column->period, wanted->period) &&
           th_bytes_equal(column->measure, wanted->measure) &&
           th_bytes_equal(column->dims, wanted->dims);
}

// Transfers have no totals, but add up.
static bool is_listed(const struct th_measure *about)
{
    return about->shape == TH_SHAPE_SHARE || (!about->summed && about->shape != TH_SHAPE_DERIVED);
}

static bool is_by_person(const struct restated *restated, const struct th_measure *about)
{
    return th_lines_ask_records(restated->lines) && th_bytes_equal(about->code, TH_BYTES("EV01"));
}

static enum th_err
make_column(struct restated *restated, const struct column_key *key, const struct th_measure *about)
{
    TH_TRY(RESTATED_ROOM(restated, &restated->columns));
    struct restated_column *column = &restated->columns.items[restated->columns.count];
    *column = (struct restated_column){
        .period = key->period,
        .about = *about,
        .covering = is_by_person(restated, about) ? COVER_OWN : totals_covering(about),
        .listed = is_listed(about),
    };
    (void)th_period_text(key->period, column->period_text);
    TH_TRY(restated_text(restated, key->measure, &column->measure));
    TH_TRY(restated_text(restated, key->dims, &column->dims));
    column->about.code = column->measure;
    restated->columns.count++;
    return TH_OK;
}

static enum th_err find_column(struct restated *restated,
                               const struct column_key *key,
                               const struct th_measure *about,
                               uint32_t *column)
{
    const struct restated_search search = {
        .index = &restated->column_index,
        .hash = hash_of(restated, key->period, key->measure, key->dims),
        .same = same_column,
        .key = key,
    };
    uint32_t *item = NULL;
    TH_TRY(restated_find(restated, &search, &item));
    if (*item == 0) {
        TH_TRY(make_column(restated, key, about));
        *item = (uint32_t)restated->columns.count;
    }
    *column = *item - 1;
    return TH_OK;
}

// The columns of sums of measures that are asked for and add this one up.
static enum th_err find_sums(struct restated *restated,
                             const struct th_measure *about,
                             const struct column_key *key,
                             struct restated_series *series)
{
    char period[TH_PERIOD_TEXT_BYTES];
    const struct th_catalogue *catalogue = restated->setup.catalogue;
    const struct th_bytes label = th_bytes_of(th_period_text(key->period, period));
    series->first_sum = (uint32_t)restated->sum_columns.count;
    for (size_t i = 0; i < th_catalogue_measure_count(catalogue); i++) {
        const struct th_measure *sum = th_catalogue_measure_at(catalogue, i);
        if (sum->sum_of.size == 0 || !th_measure_sums(sum, about) ||
            !th_lines_lists(restated->lines, sum->code, label)) {
            continue;
        }
        struct column_key of_sum = *key;
        uint32_t column = 0;
        of_sum.measure = sum->code;
        TH_TRY(find_column(restated, &of_sum, sum, &column));
        TH_TRY(RESTATED_ROOM(restated, &restated->sum_columns));
        restated->sum_columns.items[restated->sum_columns.count++] = column;
        series->sum_count++;
    }
    return TH_OK;
}

static enum th_err fill_series(struct restated *restated,
                               struct th_bytes measure,
                               struct th_period period,
                               struct th_bytes dims,
                               struct restated_series *series)
{
    char text[TH_PERIOD_TEXT_BYTES];
    struct th_measure about;
    struct column_key key = {.measure = measure, .period = period};
    series->column = RESTATED_NONE;
    enum th_err err = th_catalogue_measure(restated->setup.catalogue, measure, &about);
    if (err == TH_OK) {
        err = th_lines_keep(restated->lines, &about, dims, &key.dims);
    }
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    series->told =
        th_lines_lists(restated->lines, measure, th_bytes_of(th_period_text(period, text)));
    series->whole = about.scope == TH_SCOPE_WHOLE && !totals_is_evaluation(measure);
    TH_TRY(find_column(restated, &key, &about, &series->column));
    return find_sums(restated, &about, &key, series);
}

static bool same_series(const struct restated *restated, uint32_t item, const void *key)
{
    return th_bytes_equal(restated->series.items[item].key, *(const struct th_bytes *)key);
}

enum th_err restated_series_of(struct restated *restated,
                               struct th_bytes measure,
                               struct th_period period,
                               struct th_bytes dims,
                               const struct restated_series **series)
{
    uint8_t room[SERIES_BYTES_MAX];
    uint8_t packed[TH_PERIOD_KEY_BYTES];
    struct th_writer writer = TH_WRITER(room);
    th_period_pack(period, packed);
    th_write_bytes(&writer, (struct th_bytes){packed, sizeof(packed)});
    th_write_text0(&writer, measure);
    th_write_bytes(&writer, dims);
    if (writer.overflow) {
        return TH_E_CORRUPT; // no record has such a key
    }
    const struct th_bytes key = th_written(&writer);
    const struct restated_search search = {
        .index = &restated->series_index,
        .hash = th_hash64(restated->seed, &key, 1),
        .same = same_series,
        .key = &key,
    };
    uint32_t *item = NULL;
    TH_TRY(restated_find(restated, &search, &item));
    if (*item == 0) {
        TH_TRY(RESTATED_ROOM(restated, &restated->series));
        struct restated_series *made = &restated->series.items[restated->series.count];
        *made = (struct restated_series){.column = RESTATED_NONE};
        TH_TRY(restated_text(restated, key, &made->key));
        TH_TRY(fill_series(restated, measure, period, dims, made));
        *item = (uint32_t)++restated->series.count;
    }
    *series = &restated->series.items[*item - 1];
    return TH_OK;
}

// ---- combinations of scheme and category ----

static bool same_combo(const struct restated *restated, uint32_t item, const void *key)
{
    return th_bytes_equal(restated->combos.items[item].key, *(const struct th_bytes *)key);
}

static enum th_err find_combo(struct restated *restated,
                              struct th_period period,
                              struct th_bytes scheme,
                              struct th_bytes category,
                              uint32_t *combo)
{
    uint8_t room[TH_PERIOD_KEY_BYTES + TH_SCHEME_CODE_MAX + 1 + TH_CATEGORY_MAX];
    uint8_t packed[TH_PERIOD_KEY_BYTES];
    struct th_writer writer = TH_WRITER(room);
    th_period_pack(period, packed);
    th_write_bytes(&writer, (struct th_bytes){packed, sizeof(packed)});
    th_write_text0(&writer, scheme);
    th_write_bytes(&writer, category);
    if (writer.overflow) {
        return TH_E_CORRUPT;
    }
    const struct th_bytes key = th_written(&writer);
    const struct restated_search search = {
        .index = &restated->combo_index,
        .hash = th_hash64(restated->seed, &key, 1),
        .same = same_combo,
        .key = &key,
    };
    uint32_t *item = NULL;
    TH_TRY(restated_find(restated, &search, &item));
    if (*item == 0) {
        TH_TRY(RESTATED_ROOM(restated, &restated->combos));
        struct restated_combo *made = &restated->combos.items[restated->combos.count];
        TH_TRY(restated_text(restated, key, &made->key));
        TH_TRY(restated_bits(restated, &made->rated));
        *item = (uint32_t)++restated->combos.count;
    }
    *combo = *item - 1;
    return TH_OK;
}

enum th_err
restated_rated(struct restated *restated, size_t source, const struct figures_rated *rated)
{
    uint32_t combo = 0;
    TH_TRY(find_combo(restated, rated->period, rated->scheme, rated->category, &combo));
    restated_set_bit(restated->combos.items[combo].rated,
                     restated_number_of(restated, source, rated->uid));
    return TH_OK;
}

enum th_err restated_combo_bit(struct restated *restated,
                               uint32_t number,
                               const struct figures_one *one,
                               uint64_t *bit)
{
    struct restated_column *column = &restated->columns.items[number];
    uint32_t combo = 0;
    TH_TRY(find_combo(restated, one->period, one->scheme, one->category, &combo));
    size_t at = 0;
    while (at < column->combo_count && column->combos[at] != combo) {
        at++;
    }
    if (at == column->combo_count) {
        if (at == RESTATED_COMBOS_MAX) {
            return TH_E_TOO_LARGE;
        }
        column->combos[column->combo_count++] = combo;
    }
    *bit = (uint64_t)1 << at;
    return TH_OK;
}
