// months.c - see months.h

#include "workers/months.h"

#include <string.h>

#include "tonghop/fault.h"

#include "workers/record.h"
#include "workers/totals.h"

// Bounds on what a hostile unit could let one question cost: transfers of a person under one scheme
// in a year, and categories of a month under a scheme that takes any.
enum { TRANSFERS_MAX = 366, CATEGORIES_MAX = 64 };

struct finding {
    const struct months_source *source;
    const struct months_question *question;
    struct months *months;
    // transfers of the year, by day; what they bring until it is known to be less than the records
    struct months_brought left[MONTHS_BROUGHT_MAX];
    size_t left_count;
};

static struct th_period month_of(const struct finding *finding, int32_t month)
{
    const int32_t year = th_day_date(finding->question->year.first).year;
    return (struct th_period){
        .type = TH_PERIOD_MONTH,
        .first = th_day_of((struct th_date){year, month + 1, 1}),
        .last = th_day_of((struct th_date){year, month + 1, th_month_days(year, month + 1)}),
    };
}

static bool counts_by_unit(const struct finding *finding, const struct th_scheme *scheme)
{
    switch (finding->source->person_scope) {
    case TH_SCOPE_PROVINCE:
        return false;
    case TH_SCOPE_UNIT:
        return true;
    case TH_SCOPE_AS_SCHEME:
        break;
    }
    return scheme->person_scope_unit;
}

// ---- transfers ----

// Two schemes may tell of one move: the one that brings more months stays.
static void note_transfer(struct finding *finding, th_day effective, const struct record *record)
{
    const struct months_brought fresh = {
        .uid = record->from_uid,
        .effective = effective,
        .count = record->scored_months,
        .sum = record->score_sum,
    };
    size_t at = 0;
    while (at < finding->left_count &&
           (finding->left[at].effective < effective ||
            (finding->left[at].effective == effective && finding->left[at].uid != fresh.uid))) {
        at++;
    }
    struct months_brought *place = &finding->left[at];
    if (at < finding->left_count && place->effective == effective) { // the same unit, too
        *place = fresh.count > place->count ? fresh : *place;
        return;
    }
    if (finding->left_count == MONTHS_BROUGHT_MAX) {
        return;
    }
    memmove(place + 1, place, (finding->left_count - at) * sizeof(*place));
    *place = fresh;
    finding->left_count++;
}

// A scheme without scores brings none.
static enum th_err find_transfers(struct finding *finding, const struct th_scheme *scheme)
{
    if (!scheme->has_scores) {
        return TH_OK;
    }
    const struct months_source *source = finding->source;
    const struct th_period year = finding->question->year;
    const struct key prefix = key_of_transfers(scheme->code, finding->question->person);
    const struct key first = key_of_transfer(scheme->code, finding->question->person, year.first);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(source->store, TABLE_TRANSFER, key_view(&first), &key, &value);
    for (unsigned looks = 0;
         err == TH_OK && looks < TRANSFERS_MAX && th_bytes_begins(key, key_view(&prefix));
         looks++) {
        struct transfer_key parts;
        struct record record;
        TH_TRY(key_read_transfer(key, &parts));
        TH_TRY(th_check_open(source->check, TABLE_TRANSFER, key, &value));
        TH_TRY(record_read(TABLE_TRANSFER, value, &record));
        if (parts.effective > year.last) {
            break;
        }
        if (record.live) {
            note_transfer(finding, parts.effective, &record);
        }
        err = th_store_next(source->store, TABLE_TRANSFER, key, &key, &value);
    }
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- records ----

// Where a record of a month may stand.
struct spot {
    struct th_bytes scheme;
    struct th_bytes category;
    struct th_period period;
    uint32_t uid;
};

static enum th_err look_at(struct finding *finding, const struct spot *spot, struct month *month)
{
    const struct months_source *source = finding->source;
    const struct key key = key_of_record(
        spot->uid, spot->period, spot->scheme, spot->category, finding->question->person);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(source->check, source->store, TABLE_EVALUATION, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    struct record record;
    TH_TRY(record_read(TABLE_EVALUATION, value, &record));
    if (record.live && record.score.has && record.collective_kind == TH_COLLECTIVE_NONE) {
        *month = (struct month){.has = true, .uid = spot->uid, .score = record.score.value};
    }
    return TH_OK;
}

// The index names the unit.
static enum th_err look_up(struct finding *finding, struct spot spot, struct month *month)
{
    const struct months_source *source = finding->source;
    const struct key key =
        key_of_person(spot.scheme, spot.period, spot.category, finding->question->person);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(source->check, source->store, TABLE_PERSON, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    if (value.size != 4) {
        return TH_E_CORRUPT;
    }
    spot.uid = th_get_u32(value.data);
    return look_at(finding, &spot, month);
}

// The unit asked for, and those that the person left.
static enum th_err look_in_units(struct finding *finding, struct spot spot, struct month *month)
{
    spot.uid = finding->question->uid;
    TH_TRY(look_at(finding, &spot, month));
    for (size_t i = 0; i < finding->left_count && !month->has; i++) {
        spot.uid = finding->left[i].uid;
        TH_TRY(look_at(finding, &spot, month));
    }
    return TH_OK;
}

// Coverage names every unit that rated anybody.
static enum th_err look_everywhere(struct finding *finding, struct spot spot, struct month *month)
{
    const struct months_source *source = finding->source;
    const struct key prefix = key_of_categories(spot.scheme, spot.period);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(source->store, TABLE_COVERAGE, key_view(&prefix), &key, &value);
    while (err == TH_OK && !month->has && th_bytes_begins(key, key_view(&prefix))) {
        struct coverage_key parts;
        struct cover cover;
        TH_TRY(key_read_coverage(key, &parts));
        TH_TRY(th_check_open(source->check, TABLE_COVERAGE, key, &value));
        TH_TRY(totals_read_cover(value, &cover));
        if (cover.own > 0) {
            spot.uid = parts.uid;
            spot.category = parts.category;
            TH_TRY(look_at(finding, &spot, month));
        }
        err = th_store_next(source->store, TABLE_COVERAGE, key, &key, &value);
    }
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

// One category of a month.
typedef enum th_err look(struct finding *finding, struct spot spot, struct month *month);

// Categories of the scheme as it lists them.
static enum th_err each_listed(struct finding *finding,
                               const struct th_scheme *scheme,
                               struct spot spot,
                               look *look_there,
                               struct month *month)
{
    for (size_t i = 0; i < scheme->category_count && !month->has; i++) {
        spot.category = scheme->categories[i];
        TH_TRY(look_there(finding, spot, month));
    }
    return TH_OK;
}

// Categories that the index has, of a scheme that takes any.
static enum th_err
each_indexed(struct finding *finding, struct spot spot, look *look_there, struct month *month)
{
    static const uint8_t LAST[PERSON_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const struct th_store store = finding->source->store;
    const struct key prefix = key_of_categories(spot.scheme, spot.period);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_PERSON, key_view(&prefix), &key, &value);
    for (unsigned i = 0; err == TH_OK && !month->has && i < CATEGORIES_MAX &&
                         th_bytes_begins(key, key_view(&prefix));
         i++) {
        struct coverage_key parts;
        TH_TRY(key_read_person(key, &parts));
        const struct key behind = key_of_person(spot.scheme, spot.period, parts.category, LAST);
        spot.category = parts.category;
        TH_TRY(look_there(finding, spot, month));
        err = th_store_next(store, TABLE_PERSON, key_view(&behind), &key, &value);
    }
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

// And those that one unit's records have.
static enum th_err each_of_unit(struct finding *finding, struct spot spot, struct month *month)
{
    static const uint8_t LAST[PERSON_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const struct th_store store = finding->source->store;
    const struct key prefix =
        key_of_record(spot.uid, spot.period, spot.scheme, (struct th_bytes){0}, NULL);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_EVALUATION, key_view(&prefix), &key, &value);
    for (unsigned i = 0; err == TH_OK && !month->has && i < CATEGORIES_MAX &&
                         th_bytes_begins(key, key_view(&prefix));
         i++) {
        struct record_key parts;
        TH_TRY(key_read_record(key, &parts));
        const struct key behind =
            key_of_record(spot.uid, spot.period, spot.scheme, parts.category, LAST);
        spot.category = parts.category;
        TH_TRY(look_at(finding, &spot, month));
        err = th_store_next(store, TABLE_EVALUATION, key_view(&behind), &key, &value);
    }
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err
any_category_in_units(struct finding *finding, struct spot spot, struct month *month)
{
    spot.uid = finding->question->uid;
    TH_TRY(each_of_unit(finding, spot, month));
    for (size_t i = 0; i < finding->left_count && !month->has; i++) {
        spot.uid = finding->left[i].uid;
        TH_TRY(each_of_unit(finding, spot, month));
    }
    return TH_OK;
}

static enum th_err find_month(struct finding *finding,
                              const struct th_scheme *scheme,
                              int32_t number,
                              struct month *month)
{
    const struct spot spot = {.scheme = scheme->code, .period = month_of(finding, number)};
    const bool listed = scheme->category_count > 0;
    if (!counts_by_unit(finding, scheme)) {
        return listed ? each_listed(finding, scheme, spot, look_up, month)
                      : each_indexed(finding, spot, look_up, month);
    }
    if (finding->question->uid == TH_UNIT_NONE) {
        return look_everywhere(finding, spot, month);
    }
    return listed ? each_listed(finding, scheme, spot, look_in_units, month)
                  : any_category_in_units(finding, spot, month);
}

static bool rates_months(const struct th_scheme *scheme)
{
    return scheme->has_scores && (scheme->period_types & th_period_bit(TH_PERIOD_MONTH)) != 0;
}

// ---- the whole ----

typedef enum th_err of_scheme(struct finding *finding, const struct th_scheme *scheme);

static enum th_err each_scheme(struct finding *finding, of_scheme *step)
{
    const struct th_catalogue *catalogue = finding->source->catalogue;
    if (finding->question->scheme != NULL) {
        return step(finding, finding->question->scheme);
    }
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        TH_TRY(step(finding, th_catalogue_scheme_at(catalogue, i)));
    }
    return TH_OK;
}

static enum th_err find_records(struct finding *finding, const struct th_scheme *scheme)
{
    for (int32_t i = 0; rates_months(scheme) && i < MONTHS; i++) {
        struct month *month = &finding->months->month[i];
        if (!month->has) {
            TH_TRY(find_month(finding, scheme, i, month));
        }
    }
    return TH_OK;
}

// Was the month given by the unit that was left, since the person left it the time before?
static bool is_behind(const struct finding *finding, size_t at, int32_t number)
{
    const struct months_brought *left = &finding->left[at];
    const th_day begins = month_of(finding, number).first;
    if (!finding->months->month[number].has || finding->months->month[number].uid != left->uid ||
        begins >= left->effective) {
        return false;
    }
    for (size_t i = 0; i < at; i++) {
        if (finding->left[i].uid == left->uid && begins < finding->left[i].effective) {
            return false;
        }
    }
    return true;
}

// N2.
static void settle(struct finding *finding, size_t at)
{
    struct months *months = finding->months;
    bool behind[MONTHS];
    uint32_t held = 0;
    for (int32_t i = 0; i < MONTHS; i++) {
        behind[i] = is_behind(finding, at, i);
        held += behind[i] ? 1 : 0;
    }
    if (finding->left[at].count <= held && !th_mutant(42)) {
        return;
    }
    for (int32_t i = 0; i < MONTHS; i++) {
        months->month[i].has = months->month[i].has && (!behind[i] || th_mutant(42));
    }
    months->brought[months->brought_count++] = finding->left[at];
}

enum th_err months_find(const struct months_source *source,
                        const struct months_question *question,
                        struct months *months)
{
    struct finding finding = {.source = source, .question = question, .months = months};
    *months = (struct months){.count = 0};
    TH_TRY(each_scheme(&finding, find_transfers));
    TH_TRY(each_scheme(&finding, find_records));
    for (size_t i = 0; i < finding.left_count; i++) {
        settle(&finding, i);
    }
    for (int32_t i = 0; i < MONTHS; i++) {
        months->count += months->month[i].has ? 1 : 0;
        months->sum += months->month[i].has ? months->month[i].score : 0;
    }
    for (size_t i = 0; i < months->brought_count; i++) {
        months->count += months->brought[i].count;
        months->sum += months->brought[i].sum;
    }
    return TH_OK;
}
