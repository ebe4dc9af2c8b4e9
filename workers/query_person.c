// query_person.c - the months of one person, and how many people changed units

#include "tonghop/hash.h"

#include "workers/months.h"
#include "workers/query_body.h"
#include "workers/record.h"

// ---- the months of a person ----

static enum th_err add_month(struct answer *answer,
                             struct th_bytes period,
                             uint32_t uid,
                             const struct th_month_score *month)
{
    const struct th_province *province = answer->province.province;
    struct th_period parsed;
    char label[TH_UNIT_REF_MAX + 1];
    if (th_period_parse(period, &parsed) != TH_OK) {
        return TH_E_CORRUPT;
    }
    void *list = answer->months;
    TH_TRY(answer_room(answer, &list, answer->month_count, &answer->month_max, sizeof(*month)));
    answer->months = list;
    struct th_month_score *fresh = &answer->months[answer->month_count];
    *fresh = *month;
    th_register_label(province->reg, uid, parsed, label);
    TH_TRY(answer_hold(answer, period, &fresh->period));
    TH_TRY(answer_hold(answer, th_bytes_of(label), &fresh->unit));
    answer->month_count++;
    return TH_OK;
}

static enum th_err add_held(struct answer *answer, int32_t year, int32_t number, struct month month)
{
    char period[TH_PERIOD_TEXT_BYTES];
    const struct th_period of = {
        .type = TH_PERIOD_MONTH,
        .first = th_day_of((struct th_date){year, number, 1}),
        .last = th_day_of((struct th_date){year, number, th_month_days(year, number)}),
    };
    const struct th_month_score score = {.score = month.score};
    return add_month(answer, th_bytes_of(th_period_text(of, period)), month.uid, &score);
}

static enum th_err add_brought(struct answer *answer, const struct months_brought *brought)
{
    char day[TH_DAY_TEXT_BYTES];
    const struct th_month_score score = {.score = brought->sum, .brought = brought->count};
    return add_month(
        answer, th_bytes_of(th_day_text(brought->effective, day)), brought->uid, &score);
}

// What is asked; TH_E_REFUSED when something of it does not exist.
static enum th_err read_question(struct reading *reading, struct months_question *question)
{
    const struct th_query *query = reading->query;
    struct answer *answer = reading->answer;
    const struct th_bytes year =
        query->period_count == 1 ? query->periods[0] : (struct th_bytes){0};
    if (th_period_parse(year, &question->year) != TH_OK || question->year.type != TH_PERIOD_YEAR) {
        answer_refuse(answer, TH_M_UNKNOWN_WORD, year);
        return TH_E_REFUSED;
    }
    question->scheme = th_catalogue_scheme(answer->province.province->catalogue, query->scheme);
    if (question->scheme == NULL) {
        answer_refuse(answer, TH_M_UNKNOWN_WORD, query->scheme);
        return TH_E_REFUSED;
    }
    if (query->person.size == 0 || query->person.size > TH_PERSON_MAX) {
        answer_refuse(answer, TH_M_UNKNOWN_WORD, (struct th_bytes){0});
        return TH_E_REFUSED;
    }
    return TH_OK;
}

enum th_err query_person(struct reading *reading)
{
    struct answer *answer = reading->answer;
    const struct th_province *province = answer->province.province;
    uint8_t person[TH_HASH128_BYTES];
    struct months_question question = {.person = person, .uid = TH_UNIT_NONE};
    TH_TRY(read_question(reading, &question));
    th_hash128(person, (struct th_bytes){0}, &reading->query->person, 1);
    const struct months_source source = {
        .store = reading->store,
        .check = &reading->check,
        .catalogue = province->catalogue,
        .person_scope = province->rules.person_scope,
    };
    struct months months;
    TH_TRY(months_find(&source, &question, &months));
    const int32_t year = th_day_date(question.year.first).year;
    for (int32_t i = 0; i < MONTHS; i++) {
        if (months.month[i].has) {
            TH_TRY(add_held(answer, year, i + 1, months.month[i]));
        }
    }
    for (size_t i = 0; i < months.brought_count; i++) {
        TH_TRY(add_brought(answer, &months.brought[i]));
    }
    return TH_OK;
}

// ---- transfers by unit ----

// A pattern does not mean them: they are counted for I14.
static bool is_named(const struct th_query *query, struct th_bytes measure)
{
    for (size_t i = 0; i < query->measure_count; i++) {
        if (th_bytes_equal(query->measures[i], measure)) {
            return true;
        }
    }
    return false;
}

static enum th_err
take_transfer(const struct query_moves *moves, struct th_bytes key, struct th_bytes value)
{
    struct transfer_key at;
    struct record record;
    TH_TRY(key_read_transfer(key, &at));
    TH_TRY(th_check_open(moves->check, TABLE_TRANSFER, key, &value));
    TH_TRY(record_read(TABLE_TRANSFER, value, &record));
    if (!record.live) {
        return TH_OK;
    }
    uint8_t space[TH_DIMS_MAX + 1];
    struct th_writer dims = TH_WRITER(space);
    if (!th_bytes_equal(at.scheme, th_catalogue_settings(moves->catalogue)->default_scheme)) {
        th_write_bytes(&dims, TH_BYTES("scheme="));
        th_write_bytes(&dims, at.scheme);
    }
    const int32_t year = th_day_date(at.effective).year;
    struct query_move move = {
        .dims = th_written(&dims),
        .year = {.type = TH_PERIOD_YEAR,
                 .first = th_day_of((struct th_date){year, 1, 1}),
                 .last = th_day_of((struct th_date){year, 12, 31})},
    };
    const struct {
        struct th_bytes measure;
        uint32_t uid;
    } ends[] = {{TH_BYTES("I14.out"), record.from_uid}, {TH_BYTES("I14.in"), record.to_uid}};
    for (size_t i = 0; i < TH_COUNT(ends); i++) {
        move.measure = ends[i].measure;
        move.uid = ends[i].uid;
        if (is_named(moves->query, move.measure)) {
            TH_TRY(moves->take(moves->self, &move));
        }
    }
    return TH_OK;
}

enum th_err query_each_move(const struct query_moves *moves)
{
    struct th_bytes key;
    struct th_bytes value;
    if (!is_named(moves->query, TH_BYTES("I14.out")) &&
        !is_named(moves->query, TH_BYTES("I14.in"))) {
        return TH_OK;
    }
    enum th_err err =
        th_store_seek(moves->store, TABLE_TRANSFER, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        TH_TRY(take_transfer(moves, key, value));
        err = th_store_next(moves->store, TABLE_TRANSFER, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// It counts for the unit and those above it, as the tree stood at the end of the year.
static enum th_err add_move(void *self, const struct query_move *move)
{
    static const struct th_figure ONE = {.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    const struct reading *reading = self;
    const struct th_register *reg = reading->answer->province.province->reg;
    struct th_lines *lines = reading->answer->lines;
    char text[TH_PERIOD_TEXT_BYTES];
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const struct th_bytes period = th_bytes_of(th_period_text(move->year, text));
    if (!th_lines_wants(lines, move->measure, period)) {
        return TH_OK;
    }
    const th_day day = th_register_structure_day(reg, move->uid, move->year);
    const size_t depth = th_register_path(reg, move->uid, day, path);
    return th_lines_add(lines, move->measure, period, path, depth, move->dims, &ONE);
}

enum th_err query_transfers(struct reading *reading)
{
    const struct query_moves moves = {
        .query = reading->query,
        .store = reading->store,
        .check = &reading->check,
        .catalogue = reading->answer->province.province->catalogue,
        .take = add_move,
        .self = reading,
    };
    return query_each_move(&moves);
}
