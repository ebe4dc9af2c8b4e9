// query_people.c - people by who manages them, by group of jobs, by whether they lead
//
// Totals are kept by category, rating and scheme. Other divisions are asked for now and then, so
// they are counted from the records: every record of a wanted period is looked at.

#include <string.h>

#include "workers/query_body.h"
#include "workers/record.h"

enum { PAIRS_MAX = 6 };

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};

struct pair {
    const char *key;
    struct th_bytes value;
};

// The period whose records come now.
struct moment {
    uint8_t key[TH_PERIOD_KEY_BYTES];
    bool known, wanted;
    char label[TH_PERIOD_TEXT_BYTES];
};

static bool wants(const struct reading *reading, struct th_period period, struct moment *moment)
{
    uint8_t key[TH_PERIOD_KEY_BYTES];
    th_period_pack(period, key);
    if (!moment->known || memcmp(key, moment->key, sizeof(key)) != 0) {
        memcpy(moment->key, key, sizeof(key));
        moment->known = true;
        moment->wanted = th_lines_needs(
            reading->answer->lines, EV01, th_bytes_of(th_period_text(period, moment->label)));
    }
    return moment->wanted;
}

// The dims the question keeps apart; the order is that of the keys.
bool query_people_dims(const struct th_lines *lines,
                       const struct evaluated *evaluated,
                       const struct record *record,
                       char out[static TH_DIMS_MAX + 1])
{
    const char rating[] = {(char)('0' + (record->rating.has ? record->rating.value : 0))};
    const struct pair pairs[PAIRS_MAX] = {
        {"category", evaluated->category},
        {"job_group", record->job_group},
        {"leader",
         record->leader.has ? th_bytes_of(record->leader.value != 0 ? "1" : "0")
                            : (struct th_bytes){0}},
        {"managed_by", record->managed_by},
        {"rating", {.data = rating, .size = sizeof(rating)}},
        {"scheme", evaluated->default_scheme ? (struct th_bytes){0} : evaluated->scheme},
    };
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_DIMS_MAX};
    const bool groups = th_lines_ask_groups(lines);
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        const struct th_bytes name = th_bytes_of(pairs[i].key);
        const bool of_group =
            th_bytes_equal(name, TH_BYTES("category")) || th_bytes_equal(name, TH_BYTES("scheme"));
        if (pairs[i].value.size == 0 || !(th_lines_keeps(lines, name) || (groups && of_group))) {
            continue;
        }
        if (writer.size > 0) {
            th_write_u8(&writer, ';');
        }
        th_write_bytes(&writer, name);
        th_write_u8(&writer, '=');
        th_write_bytes(&writer, pairs[i].value);
    }
    out[writer.size] = '\0';
    return !writer.overflow;
}

static enum th_err
take(struct reading *reading, struct th_bytes key, struct th_bytes value, struct moment *moment)
{
    const struct th_register *reg = reading->answer->province.province->reg;
    static const struct th_figure ONE = {.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    struct record_key at;
    struct record record;
    char dims[TH_DIMS_MAX + 1];
    uint32_t path[TH_UNIT_DEPTH_MAX];
    TH_TRY(key_read_record(key, &at));
    if (totals_is_collective(at.category) || !wants(reading, at.period, moment)) {
        return TH_OK;
    }
    TH_TRY(th_check_open(&reading->check, TABLE_EVALUATION, key, &value));
    TH_TRY(record_read(TABLE_EVALUATION, value, &record));
    if (!record.live) {
        return TH_OK;
    }
    const struct evaluated evaluated = {
        .scheme = at.scheme,
        .category = at.category,
        .default_scheme = th_bytes_equal(
            at.scheme,
            th_catalogue_settings(reading->answer->province.province->catalogue)->default_scheme),
    };
    if (!query_people_dims(reading->answer->lines, &evaluated, &record, dims)) {
        return TH_E_INVALID;
    }
    const th_day day = th_register_structure_day(reg, at.uid, at.period);
    const size_t depth = th_register_path(reg, at.uid, day, path);
    return th_lines_add(reading->answer->lines,
                        EV01,
                        th_bytes_of(moment->label),
                        path,
                        depth,
                        th_bytes_of(dims),
                        &ONE);
}

enum th_err query_people(struct reading *reading)
{
    struct th_bytes key;
    struct th_bytes value;
    struct moment moment = {.known = false};
    enum th_err err =
        th_store_seek(reading->store, TABLE_EVALUATION, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        TH_TRY(take(reading, key, value, &moment));
        err = th_store_next(reading->store, TABLE_EVALUATION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}
