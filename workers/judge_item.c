// judge_item.c - one item: the rules that need the state of the province, in the order that helps
//
// V22 first (an old or repeated statement says nothing about now), then V16, V26 and V35.

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"

// ---- what is stored ----

enum th_err
judge_hold(const struct judge *judge, unsigned table, const struct key *key, struct held *held)
{
    held->key = *key;
    held->exists = false;
    held->size = 0;
    held->record = (struct record){.live = false};
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, table, key_view(key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    if (value.size > sizeof(held->bytes)) {
        return TH_E_CORRUPT;
    }
    memcpy(held->bytes, value.data, value.size);
    held->size = value.size;
    held->exists = true;
    return record_read(
        table, (struct th_bytes){.data = held->bytes, .size = held->size}, &held->record);
}

// The record this item would be.
static void write_fresh(const struct judge *judge,
                        const struct item *item,
                        unsigned table,
                        const struct key *key,
                        struct held *fresh)
{
    fresh->key = *key;
    fresh->exists = true;
    struct th_writer writer = TH_WRITER(fresh->bytes);
    record_write(&writer, &judge->check, &item->judged, &item->source);
    fresh->size = th_written(&writer).size;
    const enum th_err err = record_read(
        table, (struct th_bytes){.data = fresh->bytes, .size = fresh->size}, &fresh->record);
    th_assert(err == TH_OK);
}

// ---- V22 ----

enum revision { REVISION_NEWER, REVISION_DUPLICATE, REVISION_REFUSED };

static enum revision
compare_revision(struct item *item, const struct held *stored, const struct record *fresh)
{
    struct th_verdict *verdict = &item->verdict;
    const uint32_t revision = item->judged.revision;
    if (revision == 0) {
        th_verdict_start(verdict, TH_V_REVISION, 'b', "revision");
        th_verdict_add_number(verdict, 0, 0);
        return REVISION_REFUSED;
    }
    if (!stored->exists || revision > stored->record.revision) {
        return REVISION_NEWER;
    }
    if (record_same_content(&stored->record, fresh)) {
        return th_mutant(2) ? REVISION_NEWER : REVISION_DUPLICATE;
    }
    const bool stale = revision < stored->record.revision;
    th_verdict_start(verdict, TH_V_REVISION, stale ? 'a' : 'b', "revision");
    if (stale) {
        th_verdict_add_number(verdict, stored->record.revision, 0);
    }
    th_verdict_add_number(verdict, revision, 0);
    return REVISION_REFUSED;
}

// ---- helpers ----

enum th_err judge_warn(struct judge *judge, struct item *item, const struct th_verdict *verdict)
{
    if (item->warned) {
        return judge_notify(judge, &item->source, verdict);
    }
    item->warned = true;
    item->verdict = *verdict;
    return TH_OK;
}

static void add_label(const struct judge *judge,
                      struct th_verdict *verdict,
                      uint32_t uid,
                      struct th_period period)
{
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(judge->setup.reg, uid, period, label);
    th_verdict_add(verdict, th_bytes_of(label));
}

static void add_period(struct th_verdict *verdict, struct th_period period)
{
    char text[TH_PERIOD_TEXT_BYTES];
    th_verdict_add(verdict, th_bytes_of(th_period_text(period, text)));
}

void judge_refuse_overlap(const struct judge *judge, struct item *item, uint32_t other)
{
    const struct th_judged *judged = &item->judged;
    const bool figure = item->update->kind == TH_KIND_STAFFING;
    th_verdict_start(&item->verdict, TH_V_OVERLAP, 0, figure ? "unit" : "category");
    th_verdict_add(&item->verdict, figure ? judged->measure.code : TH_BYTES("EV07"));
    add_period(&item->verdict, judged->period);
    add_label(judge, &item->verdict, other, judged->period);
}

static unsigned overflow(struct item *item)
{
    th_verdict_start(&item->verdict, TH_V_OVERFLOW, 0, "value");
    th_verdict_add(&item->verdict,
                   item->update->kind == TH_KIND_STAFFING     ? item->judged.measure.code
                   : item->update->kind == TH_KIND_COLLECTIVE ? TH_BYTES("EV05")
                                                              : TH_BYTES("EV02"));
    return item->verdict.code;
}

// Codes of category and scheme that are both very long do not fit into the dims of EV03.
static unsigned dims_too_long(struct item *item)
{
    th_verdict_start(&item->verdict, TH_V_DIMS, 0, "reason");
    th_verdict_add(&item->verdict, TH_BYTES("EV03"));
    th_verdict_add(&item->verdict, item->judged.category);
    th_verdict_add(&item->verdict, item->judged.scheme->code);
    return item->verdict.code;
}

static enum th_err nothing_to_withdraw(struct judge *judge, struct item *item)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_NOTHING_TO_WITHDRAW, 0, "");
    return judge_warn(judge, item, &verdict);
}

// ---- staffing ----

static enum th_err judge_figure(struct judge *judge, struct item *item, unsigned *outcome)
{
    const struct th_judged *judged = &item->judged;
    const struct key key =
        key_of_figure(judged->uid, judged->period, judged->measure.code, th_bytes_of(judged->dims));
    struct held stored;
    struct held fresh;
    TH_TRY(judge_hold(judge, TABLE_STAFFING, &key, &stored));
    write_fresh(judge, item, TABLE_STAFFING, &key, &fresh);
    const enum revision revision = compare_revision(item, &stored, &fresh.record);
    if (revision != REVISION_NEWER) {
        *outcome = revision == REVISION_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    const struct place place =
        totals_place(&judge->totals, judged->uid, judged->period, judged->day);
    if (!judged->withdraw && !stored.record.live) {
        bool overlaps = false;
        TH_TRY(judge_overlap_figure(judge, item, &place, &overlaps));
        if (overlaps) {
            *outcome = item->verdict.code;
            return TH_OK;
        }
    }
    const enum th_err err = judge_count_figure(judge, item, &place, &stored, &fresh);
    if (err == TH_E_INVALID) {
        *outcome = overflow(item);
        return TH_OK;
    }
    TH_TRY(err);
    if (judged->withdraw && !stored.record.live) {
        TH_TRY(nothing_to_withdraw(judge, item));
    }
    return judge_replace(judge, item, TABLE_STAFFING, &stored, &fresh);
}

// ---- evaluations, of persons and of collectives ----

// An evaluation on its way: what is stored in its unit, and where else the person (or the
// collective, which is kept as one) is.
struct person {
    struct key index;
    struct evaluated evaluated;
    struct place place;
    struct held own;
    struct held fresh;
    uint32_t other; // unit that evaluates the person now; TH_UNIT_NONE
    struct held elsewhere;
};

static enum th_err find_other(struct judge *judge, const struct item *item, struct person *person)
{
    const struct th_judged *judged = &item->judged;
    person->other = TH_UNIT_NONE;
    person->elsewhere.exists = false;
    if (judged->person_scope_unit) {
        return TH_OK;
    }
    struct th_bytes value;
    const enum th_err err = th_check_get(
        &judge->check, judge->setup.store, TABLE_PERSON, key_view(&person->index), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    if (value.size != 4) {
        return TH_E_CORRUPT;
    }
    const uint32_t uid = th_get_u32(value.data);
    if (uid == judged->uid) {
        return TH_OK;
    }
    person->other = uid;
    const struct key key =
        key_of_record(uid, judged->period, judged->scheme->code, judged->category, judged->person);
    TH_TRY(judge_hold(judge, TABLE_EVALUATION, &key, &person->elsewhere));
    return person->elsewhere.record.live ? TH_OK
                                         : TH_E_CORRUPT; // the index names live records only
}

// V16: tell the later node, and put a notice for the first one.
static enum th_err
refuse_person(struct judge *judge, struct item *item, const struct person *person)
{
    const struct th_judged *judged = &item->judged;
    const struct origin *first = &person->elsewhere.record.source;
    const bool body = item->update->kind == TH_KIND_COLLECTIVE;
    const char *field = body ? "collective_id" : "person";
    const char variant = body ? 'b' : 0;
    struct th_verdict notice;
    th_verdict_start(&notice, TH_V_PERSON_CONTESTED, variant, field);
    add_label(judge, &notice, judged->uid, judged->period);
    add_label(judge, &notice, person->other, judged->period);
    add_period(&notice, judged->period);

    th_verdict_start(&item->verdict, TH_V_PERSON_ELSEWHERE, variant, field);
    add_label(judge, &item->verdict, person->other, judged->period);
    add_period(&item->verdict, judged->period);
    th_verdict_add(&item->verdict, judged->scheme->code);
    return judge_notify(judge, first, &notice);
}

static enum th_err load_person(struct judge *judge, const struct item *item, struct person *person)
{
    const struct th_judged *judged = &item->judged;
    const struct th_bytes category = judged->category;
    const struct th_bytes scheme = judged->scheme->code;
    person->evaluated = (struct evaluated){
        .scheme = scheme,
        .category = category,
        .form = th_catalogue_evaluation_form(judge->setup.catalogue, judged->period),
        .default_scheme =
            th_bytes_equal(th_catalogue_settings(judge->setup.catalogue)->default_scheme, scheme),
    };
    person->index = key_of_person(scheme, judged->period, category, judged->person);
    person->place = totals_place(&judge->totals, judged->uid, judged->period, judged->day);
    const struct key key =
        key_of_record(judged->uid, judged->period, scheme, category, judged->person);
    TH_TRY(judge_hold(judge, TABLE_EVALUATION, &key, &person->own));
    write_fresh(judge, item, TABLE_EVALUATION, &key, &person->fresh);
    return find_other(judge, item, person);
}

static const struct record *live_or_null(const struct held *held)
{
    return held->exists && held->record.live ? &held->record : NULL;
}

static enum th_err
move_away(struct judge *judge, const struct item *item, const struct person *person)
{
    const struct th_period period = item->judged.period;
    const struct place place =
        totals_place(&judge->totals,
                     person->other,
                     period,
                     th_register_structure_day(judge->setup.reg, person->other, period));
    const struct evaluation_change leaves = {
        .place = &place, .evaluated = &person->evaluated, .old = &person->elsewhere.record};
    TH_TRY(judge_count_evaluation(judge, &leaves));
    return judge_replace(judge, item, TABLE_EVALUATION, &person->elsewhere, NULL);
}

static enum th_err
write_index(struct judge *judge, const struct item *item, const struct person *person)
{
    if (item->judged.person_scope_unit) {
        return TH_OK;
    }
    const struct th_store store = judge->setup.store;
    const bool was = live_or_null(&person->own) != NULL;
    if (item->judged.withdraw) {
        return was ? th_store_remove(store, TABLE_PERSON, key_view(&person->index)) : TH_OK;
    }
    if (was) {
        return TH_OK; // it says so already
    }
    uint8_t space[4 + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    th_write_u32(&value, item->judged.uid);
    return th_check_put(&judge->check, store, TABLE_PERSON, key_view(&person->index), &value);
}

static enum th_err
apply_person(struct judge *judge, struct item *item, struct person *person, unsigned *outcome)
{
    const struct record *old = live_or_null(&person->own);
    if (th_mutant(2) && old != NULL && record_same_content(old, &person->fresh.record)) {
        old = NULL;
    }
    const struct evaluation_change change = {
        .place = &person->place,
        .evaluated = &person->evaluated,
        .old = old,
        .new = live_or_null(&person->fresh),
    };
    const enum th_err err = judge_evaluation_fits(judge, &change);
    if (err == TH_E_INVALID) {
        *outcome = overflow(item);
        return TH_OK;
    }
    if (err == TH_E_TOO_LARGE) {
        *outcome = dims_too_long(item);
        return TH_OK;
    }
    TH_TRY(err);
    if (!item->judged.withdraw && person->other != TH_UNIT_NONE) {
        TH_TRY(move_away(judge, item, person));
    }
    TH_TRY(judge_count_evaluation(judge, &change));
    TH_TRY(write_index(judge, item, person));
    if (item->judged.withdraw && old == NULL) {
        TH_TRY(nothing_to_withdraw(judge, item));
    }
    return judge_replace(judge, item, TABLE_EVALUATION, &person->own, &person->fresh);
}

static enum th_err judge_person(struct judge *judge, struct item *item, unsigned *outcome)
{
    struct person person;
    TH_TRY(load_person(judge, item, &person));
    enum revision revision = compare_revision(item, &person.own, &person.fresh.record);
    const bool moves = !item->judged.withdraw && person.other != TH_UNIT_NONE;
    if (revision == REVISION_NEWER && moves) {
        if (!th_grant_allows(
                &item->seat->grant, judge->setup.reg, person.other, item->judged.period)) {
            TH_TRY(refuse_person(judge, item, &person));
            *outcome = item->verdict.code;
            return TH_OK;
        }
        // The unit is content too: an equal revision from another unit is a conflict.
        struct record fresh = person.fresh.record;
        fresh.content = (struct th_bytes){0};
        revision = compare_revision(item, &person.elsewhere, &fresh);
    }
    if (revision != REVISION_NEWER) {
        *outcome = revision == REVISION_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    if (!item->judged.withdraw && live_or_null(&person.own) == NULL) {
        bool overlaps = false;
        TH_TRY(judge_overlap_evaluation(judge, item, &person.place, &person.evaluated, &overlaps));
        if (overlaps) {
            *outcome = item->verdict.code;
            return TH_OK;
        }
    }
    return apply_person(judge, item, &person, outcome);
}

// ---- an item ----

static enum th_err by_kind(struct judge *judge, struct item *item, unsigned *outcome)
{
    switch (item->update->kind) {
    case TH_KIND_EVALUATION:
    case TH_KIND_COLLECTIVE:
        return judge_person(judge, item, outcome);
    case TH_KIND_STAFFING:
        return judge_figure(judge, item, outcome);
    case TH_KIND_TRANSFER:
        th_verdict_make(&item->verdict, TH_V_KIND, 0, "transfer", "transfer", NULL);
        *outcome = item->verdict.code;
        return TH_OK;
    case TH_KIND_COMPLETION:
    case TH_KIND_DESK:
    case TH_KIND_NONE:
        break;
    }
    th_unreachable(); // the rules pass no other
}

enum th_err judge_item(struct judge *judge, struct item *item, unsigned *outcome)
{
    const enum th_err err = th_rules_judge(&judge->rules,
                                           &item->seat->grant,
                                           judge->today,
                                           item->update,
                                           &item->judged,
                                           &item->verdict);
    if (err == TH_E_REFUSED) {
        *outcome = item->verdict.code;
        return TH_OK;
    }
    TH_TRY(err);
    *outcome = LEDGER_APPLIED;
    item->warned = false;
    TH_TRY(by_kind(judge, item, outcome));
    if (*outcome == LEDGER_APPLIED && item->warned) {
        *outcome = item->verdict.code;
    }
    return TH_OK;
}
