// judge_transfer.c - a person leaves a unit for another, and what follows for who rates them

#include "tonghop/fault.h"

#include "workers/judge_body.h"

// A hostile unit may let one person leave on any number of days: so many are looked at. No career
// comes near, and what lies behind them moves nobody.
enum { LOOKS_MAX = 256 };

// ---- the transfer itself ----

// A transfer is a statement of the unit that loses the person. Another unit may not replace or
// withdraw it, unless its sender may write both.
static enum th_err
refuse_transfer(struct judge *judge, struct item *item, const struct record *stored)
{
    const struct th_judged *judged = &item->judged;
    char year[TH_PERIOD_TEXT_BYTES];
    th_verdict_start(&item->verdict, TH_V_PERSON_ELSEWHERE, 'c', "person_id");
    judge_add_label(judge, &item->verdict, stored->from_uid, judged->period);
    th_verdict_add(&item->verdict, th_bytes_of(th_period_text(judged->period, year)));
    th_verdict_add(&item->verdict, judged->scheme->code);

    struct th_verdict notice;
    th_verdict_start(&notice, TH_V_PERSON_CONTESTED, 'c', "person_id");
    judge_add_label(judge, &notice, judged->uid, judged->period);
    judge_add_label(judge, &notice, stored->from_uid, judged->period);
    th_verdict_add(&notice, th_bytes_of(year));
    return judge_notify(judge, &stored->source, &notice);
}

static bool may_replace(const struct judge *judge, const struct item *item, const struct held *held)
{
    const th_day last = item->judged.effective - 1; // in the unit that was left
    const struct th_period day = {.type = TH_PERIOD_DAY, .first = last, .last = last};
    return !held->exists || !held->record.live || held->record.from_uid == item->judged.uid ||
           th_grant_allows(&item->seat->grant, judge->setup.reg, held->record.from_uid, day);
}

enum th_err judge_transfer(struct judge *judge, struct item *item, unsigned *outcome)
{
    const struct th_judged *judged = &item->judged;
    const struct key key = key_of_transfer(judged->scheme->code, judged->person, judged->effective);
    struct held stored;
    struct held fresh;
    TH_TRY(judge_hold(judge, TABLE_TRANSFER, &key, &stored));
    if (!may_replace(judge, item, &stored)) {
        TH_TRY(refuse_transfer(judge, item, &stored.record));
        *outcome = item->verdict.code;
        return TH_OK;
    }
    judge_fresh(judge, item, TABLE_TRANSFER, &key, &fresh);
    const enum revision revision = judge_revision(item, &stored, &fresh.record);
    if (revision != REVISION_NEWER) {
        *outcome = revision == REVISION_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    const struct form_at form = {
        .form = th_catalogue_evaluation_form(judge->setup.catalogue, judged->period),
        .period = judged->period,
        .uid = judged->uid,
    };
    bool open = true;
    TH_TRY(judge_form_open(judge, item, &form, &open));
    if (!open) {
        *outcome = item->verdict.code;
        return TH_OK;
    }
    if (judged->withdraw && !stored.record.live) {
        TH_TRY(judge_nothing_to_withdraw(judge, item));
    }
    return judge_replace(judge, item, TABLE_TRANSFER, &stored, &fresh);
}

// ---- where it leads ----

// Keys of one person stand in the order of their days, so one walk follows the way.
enum th_err judge_moved(struct judge *judge, const struct item *item, uint32_t from, bool *moved)
{
    const struct th_judged *judged = &item->judged;
    const struct th_store store = judge->setup.store;
    const struct key prefix = key_of_transfers(judged->scheme->code, judged->person);
    uint32_t at = from;
    struct th_bytes key;
    struct th_bytes value;
    *moved = false;
    if (th_mutant(43)) {
        return TH_OK;
    }
    enum th_err err = th_store_seek(store, TABLE_TRANSFER, key_view(&prefix), &key, &value);
    for (unsigned looks = 0; err == TH_OK && th_bytes_begins(key, key_view(&prefix)); looks++) {
        struct transfer_key parts;
        struct record record;
        TH_TRY(key_read_transfer(key, &parts));
        TH_TRY(th_check_open(&judge->check, TABLE_TRANSFER, key, &value));
        TH_TRY(record_read(TABLE_TRANSFER, value, &record));
        if (parts.effective > judged->period.last || looks == LOOKS_MAX) {
            break;
        }
        if (record.live && record.from_uid == at) {
            at = record.to_uid;
        }
        err = th_store_next(store, TABLE_TRANSFER, key, &key, &value);
    }
    *moved = at == judged->uid;
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}
