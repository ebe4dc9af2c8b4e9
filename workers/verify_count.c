// verify_count.c - live records counted into what totals, coverage and digests should be

#include <stdio.h>
#include <string.h>

#include "workers/verify_body.h"

// Where a record counts.
struct where {
    uint32_t path[TH_UNIT_DEPTH_MAX];
    size_t depth;
};

static struct where where_of(const struct verify *verify, uint32_t uid, struct th_period period)
{
    struct where where;
    const struct th_register *reg = verify->setup->reg;
    where.depth =
        th_register_path(reg, uid, th_register_structure_day(reg, uid, period), where.path);
    return where;
}

static enum th_err add_cell(struct verify *verify,
                            struct th_bytes measure,
                            const struct figure_key *at,
                            const struct th_figure *figure)
{
    const struct key key = key_of_total(measure, at->period, at->uid, at->dims);
    struct should *row = verify_row(verify, TABLE_TOTAL, &key);
    if (row == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_figure counted = *figure;
    counted.value = counted.of = counted.before = counted.after = 0;
    TH_TRY(th_cell_add(&row->cell, &counted));
    row->sums.value += figure->value;
    row->sums.of += figure->of;
    row->sums.before += figure->before;
    row->sums.after += figure->after;
    return TH_OK;
}

static enum th_err add_digest(struct verify *verify,
                              unsigned table,
                              struct th_bytes record_key,
                              const struct record *record)
{
    if (verify->counting != NULL) {
        return TH_OK;
    }
    const struct key key = key_of_node(record->source.node);
    struct should *row = verify_row(verify, TABLE_DIGEST, &key);
    if (row == NULL) {
        return TH_E_NO_MEMORY;
    }
    digest_add(&row->digest, table, record_key, record);
    return TH_OK;
}

// ---- evaluations ----

struct tally {
    const char *measure;
    const char *member; // of dims, or ""
    struct th_figure figure;
};

static bool is_default(const struct verify *verify, const struct record_key *at)
{
    return th_bytes_equal(th_catalogue_settings(verify->setup->catalogue)->default_scheme,
                          at->scheme);
}

static enum th_err add_tally(struct verify *verify,
                             const struct record_key *at,
                             const struct where *where,
                             const struct tally *tally)
{
    char dims[2 * TH_DIMS_MAX];
    if (!verify_counts(verify, th_bytes_of(tally->measure), at->period)) {
        return TH_OK;
    }
    const bool named = !is_default(verify, at);
    (void)snprintf(dims,
                   sizeof(dims),
                   "category=%.*s%s%s%s%.*s",
                   (int)at->category.size,
                   (const char *)at->category.data,
                   tally->member[0] != '\0' ? ";" : "",
                   tally->member,
                   named ? ";scheme=" : "",
                   named ? (int)at->scheme.size : 0,
                   (const char *)at->scheme.data);
    for (size_t i = 0; i < where->depth; i++) {
        const struct figure_key key = {
            .uid = where->path[i], .period = at->period, .dims = th_bytes_of(dims)};
        TH_TRY(add_cell(verify, th_bytes_of(tally->measure), &key, &tally->figure));
    }
    return TH_OK;
}

static enum th_err count_collective(struct verify *verify,
                                    const struct record_key *at,
                                    const struct where *where,
                                    const struct record *record)
{
    char dims[2 * TH_DIMS_MAX];
    if (!verify_counts(verify, TH_BYTES("EV05"), at->period)) {
        return TH_OK;
    }
    const bool named = !is_default(verify, at);
    (void)snprintf(dims,
                   sizeof(dims),
                   "collective_kind=%s;rating=%d%s%.*s",
                   th_collective_kind_word(record->collective_kind),
                   record->rating.has ? (int)record->rating.value : 0,
                   named ? ";scheme=" : "",
                   named ? (int)at->scheme.size : 0,
                   (const char *)at->scheme.data);
    const struct th_figure one = {.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    for (size_t i = 0; i < where->depth; i++) {
        const struct figure_key key = {
            .uid = where->path[i], .period = at->period, .dims = th_bytes_of(dims)};
        TH_TRY(add_cell(verify, TH_BYTES("EV05"), &key, &one));
    }
    return TH_OK;
}

static enum th_err
count_person(struct verify *verify, const struct record_key *at, const struct where *where)
{
    for (size_t i = 0; i < where->depth; i++) {
        const struct key key =
            key_of_coverage(at->scheme, at->period, at->category, where->path[i]);
        struct should *row = verify_row(verify, TABLE_COVERAGE, &key);
        if (row == NULL) {
            return TH_E_NO_MEMORY;
        }
        row->cover.own += i == 0 ? 1 : 0;
        row->cover.below += i == 0 ? 0 : 1;
    }
    return TH_OK;
}

static bool counts_in_province(const struct verify *verify, struct th_bytes code)
{
    switch (verify->setup->person_scope) {
    case TH_SCOPE_PROVINCE:
        return true;
    case TH_SCOPE_UNIT:
        return false;
    case TH_SCOPE_AS_SCHEME:
        break;
    }
    const struct th_scheme *scheme = th_catalogue_scheme(verify->setup->catalogue, code);
    return scheme != NULL && !scheme->person_scope_unit;
}

static enum th_err check_index(struct verify *verify,
                               struct th_bytes record_key,
                               const struct record_key *at,
                               const struct record *record)
{
    const bool body = record->collective_kind != TH_COLLECTIVE_NONE; // it has one unit, always
    if (verify->counting != NULL || (!body && !counts_in_province(verify, at->scheme))) {
        return TH_OK;
    }
    const struct key key = key_of_person(at->scheme, at->period, at->category, at->person);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&verify->check, verify->setup->store, TABLE_PERSON, key_view(&key), &value);
    if (err != TH_OK && err != TH_E_NOT_FOUND && err != TH_E_CORRUPT) {
        return err;
    }
    if (err != TH_OK || value.size != 4 || th_get_u32(value.data) != at->uid) {
        verify_found(verify,
                     &(struct verify_finding){
                         .code = TH_M_VERIFY_INDEX, .table = TABLE_PERSON, .key = record_key});
    }
    return TH_OK;
}

static enum th_err count_rating(struct verify *verify,
                                const struct record_key *at,
                                const struct where *where,
                                const struct record *record)
{
    char rating[16];
    (void)snprintf(
        rating, sizeof(rating), "rating=%d", record->rating.has ? (int)record->rating.value : 0);
    const struct th_figure one = {.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    TH_TRY(add_tally(
        verify, at, where, &(struct tally){.measure = "EV01", .member = rating, .figure = one}));
    if (record->score.has) {
        struct tally scored = {.measure = "EV02", .member = "", .figure = one};
        scored.figure.value = record->score.value;
        scored.figure.has_of = true;
        scored.figure.of = 1;
        TH_TRY(add_tally(verify, at, where, &scored));
    }
    if (record->below_band) {
        char reason[40];
        (void)snprintf(reason, sizeof(reason), "reason=%s", th_reason_word(record->reason));
        TH_TRY(add_tally(verify,
                         at,
                         where,
                         &(struct tally){.measure = "EV03", .member = reason, .figure = one}));
    }
    return TH_OK;
}

static bool counts_evaluations(const struct verify *verify, struct th_period period)
{
    return verify_counts(verify, TH_BYTES("EV01"), period) ||
           verify_counts(verify, TH_BYTES("EV02"), period) ||
           verify_counts(verify, TH_BYTES("EV03"), period) ||
           verify_counts(verify, TH_BYTES("EV05"), period);
}

static enum th_err
count_evaluation(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct record_key at;
    struct record record;
    TH_TRY(key_read_record(key, &at));
    TH_TRY(record_read(TABLE_EVALUATION, payload, &record));
    if (!record.live || !counts_evaluations(verify, at.period)) {
        return TH_OK;
    }
    verify->result->records++;
    const struct where where = where_of(verify, at.uid, at.period);
    TH_TRY(record.collective_kind != TH_COLLECTIVE_NONE
               ? count_collective(verify, &at, &where, &record)
               : count_rating(verify, &at, &where, &record));
    TH_TRY(count_person(verify, &at, &where));
    TH_TRY(check_index(verify, key, &at, &record));
    return add_digest(verify, TABLE_EVALUATION, key, &record);
}

// The index the other way round: what it names must be there.
static enum th_err check_person(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct coverage_key at;
    TH_TRY(key_read_person(key, &at));
    if (payload.size != 4) {
        return TH_E_CORRUPT;
    }
    const struct key record_key =
        key_of_record(th_get_u32(payload.data), at.period, at.scheme, at.category, at.person);
    struct th_bytes value;
    struct record record = {.live = false};
    enum th_err err = th_check_get(
        &verify->check, verify->setup->store, TABLE_EVALUATION, key_view(&record_key), &value);
    if (err == TH_OK) {
        err = record_read(TABLE_EVALUATION, value, &record);
    }
    if (!record.live) {
        verify_found(
            verify,
            &(struct verify_finding){.code = TH_M_VERIFY_INDEX, .table = TABLE_PERSON, .key = key});
    }
    return err == TH_E_IO ? err : TH_OK;
}

// ---- figures ----

static enum th_err count_figure(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct figure_key at;
    struct record record;
    struct th_measure measure;
    TH_TRY(key_read_figure(key, &at));
    TH_TRY(record_read(TABLE_STAFFING, payload, &record));
    if (!record.live || !verify_counts(verify, at.measure, at.period)) {
        return TH_OK;
    }
    verify->result->records++;
    if (th_catalogue_measure(verify->setup->catalogue, at.measure, &measure) != TH_OK) {
        return TH_E_CORRUPT;
    }
    const struct where where = where_of(verify, at.uid, at.period);
    const bool listed = !measure.summed || measure.shape == TH_SHAPE_SHARE;
    for (size_t i = 0; i < (listed ? 1 : where.depth); i++) {
        const struct figure_key sum = {.uid = where.path[i], .period = at.period, .dims = at.dims};
        TH_TRY(add_cell(verify, at.measure, &sum, &record.figure));
    }
    const struct key live = key_of_figure(at.uid, at.period, at.measure, at.dims);
    if (verify_row(verify, TABLE_STAFFING, &live) == NULL) {
        return TH_E_NO_MEMORY;
    }
    return add_digest(verify, TABLE_STAFFING, key, &record);
}

// ---- transfers ----

static bool is_unit(const struct verify *verify, uint32_t uid)
{
    return uid != TH_UNIT_NONE && uid <= th_register_unit_count(verify->setup->reg);
}

// They are in no total; both units must be there.
static enum th_err
count_transfer(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct transfer_key at;
    struct record record;
    TH_TRY(key_read_transfer(key, &at));
    TH_TRY(record_read(TABLE_TRANSFER, payload, &record));
    if (!record.live) {
        return TH_OK;
    }
    verify->result->records++;
    if (!is_unit(verify, record.from_uid) || !is_unit(verify, record.to_uid)) {
        return TH_E_CORRUPT;
    }
    return add_digest(verify, TABLE_TRANSFER, key, &record);
}

// V35 lets no sum pass 64 bits; one that does shows as different.
static void take_sums(struct should *row)
{
    row->cell.value = (int64_t)row->sums.value;
    row->cell.of = (int64_t)row->sums.of;
    row->cell.before = (int64_t)row->sums.before;
    row->cell.after = (int64_t)row->sums.after;
}

enum th_err verify_count(struct verify *verify)
{
    TH_TRY(verify_scan(verify, TABLE_EVALUATION, true, count_evaluation));
    TH_TRY(verify_scan(verify, TABLE_STAFFING, true, count_figure));
    if (verify->counting == NULL) {
        TH_TRY(verify_scan(verify, TABLE_TRANSFER, true, count_transfer));
    }
    for (size_t i = 0; i < verify->count; i++) {
        if (verify->rows[i].table == TABLE_TOTAL) {
            take_sums(&verify->rows[i]);
        }
    }
    return verify_scan(verify, TABLE_PERSON, true, check_person);
}
