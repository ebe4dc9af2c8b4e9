// judge_item.c - one item: the rules that need the state of the province, in the order that helps
//
// V22 first (an old or repeated statement says nothing about now), then V16 (judge_person.c,
// judge_transfer.c), V21 (judge_form.c), V26 and V35; warnings last.

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

void judge_fresh(const struct judge *judge,
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

enum revision
judge_revision(struct item *item, const struct held *stored, const struct record *fresh)
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
    if (stale && item->again) {
        return REVISION_DUPLICATE;
    }
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
    if (item->again) {
        return TH_OK;
    }
    if (item->warned) {
        return judge_notify(judge, &item->source, verdict);
    }
    item->warned = true;
    item->verdict = *verdict;
    return TH_OK;
}

void judge_add_label(const struct judge *judge,
                     struct th_verdict *verdict,
                     uint32_t uid,
                     struct th_period period)
{
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(judge->setup.reg, uid, period, label);
    th_verdict_add(verdict, th_bytes_of(label));
}

void judge_add_period(struct th_verdict *verdict, struct th_period period)
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
    judge_add_period(&item->verdict, judged->period);
    judge_add_label(judge, &item->verdict, other, judged->period);
}

unsigned judge_overflow(struct item *item)
{
    th_verdict_start(&item->verdict, TH_V_OVERFLOW, 0, "value");
    th_verdict_add(&item->verdict,
                   item->update->kind == TH_KIND_STAFFING     ? item->judged.measure.code
                   : item->update->kind == TH_KIND_COLLECTIVE ? TH_BYTES("EV05")
                                                              : TH_BYTES("EV02"));
    return item->verdict.code;
}

enum th_err judge_nothing_to_withdraw(struct judge *judge, struct item *item)
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
    judge_fresh(judge, item, TABLE_STAFFING, &key, &fresh);
    const enum revision revision = judge_revision(item, &stored, &fresh.record);
    if (revision != REVISION_NEWER) {
        *outcome = revision == REVISION_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    const struct form_at form = {
        .form = judged->measure.form, .period = judged->period, .uid = judged->uid};
    bool open = true;
    TH_TRY(judge_form_open(judge, item, &form, &open));
    if (!open) {
        *outcome = item->verdict.code;
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
        *outcome = judge_overflow(item);
        return TH_OK;
    }
    TH_TRY(err);
    if (judged->withdraw && !stored.record.live) {
        TH_TRY(judge_nothing_to_withdraw(judge, item));
    }
    TH_TRY(judge_replace(judge, item, TABLE_STAFFING, &stored, &fresh));
    return judge_form_touched(judge, item, &form);
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
        return judge_transfer(judge, item, outcome);
    case TH_KIND_COMPLETION:
        return judge_completion(judge, item, outcome);
    case TH_KIND_DESK:
        return judge_desk_act(judge, item, outcome);
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
    for (size_t i = 0; i < item->judged.warning_count && *outcome == LEDGER_APPLIED; i++) {
        TH_TRY(judge_warn(judge, item, &item->judged.warnings[i]));
    }
    if (*outcome == LEDGER_APPLIED && item->warned) {
        *outcome = item->verdict.code;
    }
    return TH_OK;
}
