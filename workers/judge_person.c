// judge_person.c - one item: the rating of a person or a collective
//
// A person of a scheme of province scope, and any collective, has one unit at a time (V16). Another
// unit's statement moves the record when its sender may write both units, or when a transfer has
// led the person there.

#include "tonghop/fault.h"

#include "workers/judge_body.h"
#include "workers/months.h"

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
    judge_add_label(judge, &notice, judged->uid, judged->period);
    judge_add_label(judge, &notice, person->other, judged->period);
    judge_add_period(&notice, judged->period);

    th_verdict_start(&item->verdict, TH_V_PERSON_ELSEWHERE, variant, field);
    judge_add_label(judge, &item->verdict, person->other, judged->period);
    judge_add_period(&item->verdict, judged->period);
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
    judge_fresh(judge, item, TABLE_EVALUATION, &key, &person->fresh);
    return find_other(judge, item, person);
}

static const struct record *live_or_null(const struct held *held)
{
    return held->exists && held->record.live ? &held->record : NULL;
}

static struct form_at form_of(const struct person *person, const struct item *item, uint32_t uid)
{
    return (struct form_at){
        .form = person->evaluated.form, .period = item->judged.period, .uid = uid};
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
    if (!(th_mutant(41) && person->elsewhere.record.collective_kind != TH_COLLECTIVE_NONE)) {
        TH_TRY(judge_count_evaluation(judge, &leaves));
    }
    TH_TRY(judge_replace(judge, item, TABLE_EVALUATION, &person->elsewhere, NULL));
    if (th_mutant(82)) {
        return TH_OK;
    }
    const struct form_at form = form_of(person, item, person->other);
    return judge_form_touched(judge, item, &form);
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

// Codes of category and scheme that are both very long do not fit into the dims of EV03.
static unsigned dims_too_long(struct item *item)
{
    th_verdict_start(&item->verdict, TH_V_DIMS, 0, "reason");
    th_verdict_add(&item->verdict, TH_BYTES("EV03"));
    th_verdict_add(&item->verdict, item->judged.category);
    th_verdict_add(&item->verdict, item->judged.scheme->code);
    return item->verdict.code;
}

// V17: a year's rating says on how many months it rests.
static enum th_err count_months(struct judge *judge, struct item *item)
{
    const struct th_judged *judged = &item->judged;
    const struct th_opt said = item->update->evaluation.months_scored;
    if (item->update->kind != TH_KIND_EVALUATION || judged->withdraw || !said.has ||
        judged->period.type != TH_PERIOD_YEAR) {
        return TH_OK;
    }
    const struct months_source source = {
        .store = judge->setup.store,
        .check = &judge->check,
        .catalogue = judge->setup.catalogue,
        .person_scope = judge->setup.person_scope,
    };
    const struct months_question question = {
        .person = judged->person, .year = judged->period, .uid = judged->uid};
    struct months months;
    TH_TRY(months_find(&source, &question, &months));
    if (months.count >= (uint64_t)said.value) {
        return TH_OK;
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_MONTHS_MISSING, 0, "months_scored");
    judge_add_period(&verdict, judged->period);
    th_verdict_add_number(&verdict, months.count, 0);
    th_verdict_add_number(&verdict, said.value, 0);
    return judge_warn(judge, item, &verdict);
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
        *outcome = judge_overflow(item);
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
        TH_TRY(judge_nothing_to_withdraw(judge, item));
    }
    const struct form_at form = form_of(person, item, item->judged.uid);
    TH_TRY(judge_replace(judge, item, TABLE_EVALUATION, &person->own, &person->fresh));
    TH_TRY(judge_form_touched(judge, item, &form));
    return count_months(judge, item);
}

// V16 and V22 of a person who is in another unit now. A unit that the person came to by a transfer
// takes the record over under its own numbers; who may write both units corrects it.
static enum th_err settle_move(struct judge *judge,
                               struct item *item,
                               const struct person *person,
                               enum revision *revision)
{
    if (th_grant_allows(&item->seat->grant, judge->setup.reg, person->other, item->judged.period)) {
        // The unit is content too: an equal revision from another unit is a conflict.
        struct record fresh = person->fresh.record;
        fresh.content = (struct th_bytes){0};
        *revision = judge_revision(item, &person->elsewhere, &fresh);
        return TH_OK;
    }
    bool moved = false;
    if (item->update->kind == TH_KIND_EVALUATION) {
        TH_TRY(judge_moved(judge, item, person->other, &moved));
    }
    *revision = moved ? REVISION_NEWER : REVISION_REFUSED;
    return moved ? TH_OK : refuse_person(judge, item, person);
}

// V21, where the person comes to and where it leaves.
static enum th_err
is_open(struct judge *judge, struct item *item, const struct person *person, bool *open)
{
    const bool moves = !item->judged.withdraw && person->other != TH_UNIT_NONE;
    const struct form_at own = form_of(person, item, item->judged.uid);
    TH_TRY(judge_form_open(judge, item, &own, open));
    if (*open && moves) {
        const struct form_at other = form_of(person, item, person->other);
        TH_TRY(judge_form_open(judge, item, &other, open));
    }
    return TH_OK;
}

enum th_err judge_person(struct judge *judge, struct item *item, unsigned *outcome)
{
    struct person person;
    TH_TRY(load_person(judge, item, &person));
    enum revision revision = judge_revision(item, &person.own, &person.fresh.record);
    if (revision == REVISION_NEWER && !item->judged.withdraw && person.other != TH_UNIT_NONE) {
        TH_TRY(settle_move(judge, item, &person, &revision));
    }
    if (revision != REVISION_NEWER) {
        *outcome = revision == REVISION_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    bool open = true;
    TH_TRY(is_open(judge, item, &person, &open));
    if (!open) {
        *outcome = item->verdict.code;
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
