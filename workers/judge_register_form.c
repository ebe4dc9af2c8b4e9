// judge_register_form.c - rows of forms and openings go where the figures they speak of go

#include <string.h>

#include "workers/judge_register.h"

enum { MOVED_BYTES_MAX = FORM_BYTES_MAX + TH_CHECK_BYTES };

// ---- rows, one after the other ----

static enum th_err read_report(struct judge *judge,
                               unsigned table,
                               const struct key *key,
                               struct stored_report *report)
{
    struct form_key parts;
    TH_TRY(key_read_form(key_view(key), &parts));
    *report = (struct stored_report){
        .table = table,
        .at = {.form = th_catalogue_form(judge->setup.catalogue, parts.form),
               .period = parts.period,
               .uid = parts.uid},
    };
    if (report->at.form == NULL) {
        return TH_E_CORRUPT;
    }
    return table == TABLE_FORM ? judge_form_get(judge, &report->at, &report->kept)
                               : judge_opening_get(judge, &report->at, &report->kept);
}

static enum th_err each_of(struct judge *judge, unsigned table, take_report *take, void *self)
{
    const uint32_t known = th_register_unit_count(judge->setup.reg);
    struct stored_report report;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(judge->setup.store, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct key at = {.size = key.size};
        if (key.size > sizeof(at.bytes)) {
            return TH_E_CORRUPT;
        }
        memcpy(at.bytes, key.data, key.size);
        TH_TRY(read_report(judge, table, &at, &report));
        if (report.at.uid <= known) { // not one that was just put behind us
            TH_TRY(take(judge, &report, self));
        }
        err = th_store_next(judge->setup.store, table, key_view(&at), &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err judge_register_each_report(struct judge *judge, take_report *take, void *self)
{
    TH_TRY(each_of(judge, TABLE_FORM, take, self));
    return each_of(judge, TABLE_OPENING, take, self);
}

// ---- move ----

static enum th_err move(struct judge *judge, struct stored_report *report, void *self)
{
    const struct change *change = self;
    const struct stored place = {
        .table = report->table, .uid = report->at.uid, .period = report->at.period};
    const uint32_t uid = judge_register_place(judge, change->made, &place);
    if (uid == report->at.uid || uid == TH_UNIT_NONE) {
        return TH_OK;
    }
    const struct key moved = key_of_form(report->at.form->code, report->at.period, uid);
    const struct th_bytes was = {.data = report->kept.bytes, .size = report->kept.size};
    const struct th_bytes old = key_view(&report->kept.key);
    const uint32_t index = change->item->source.index;
    uint8_t space[MOVED_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    th_write_bytes(&value, was);
    ledger_replaced(&judge->ledger, index, report->table, old, was);
    ledger_replaced(&judge->ledger, index, report->table, key_view(&moved), (struct th_bytes){0});
    TH_TRY(th_store_remove(judge->setup.store, report->table, old));
    return th_check_put(&judge->check, judge->setup.store, report->table, key_view(&moved), &value);
}

enum th_err judge_register_move_reports(struct judge *judge, struct change *change)
{
    return judge_register_each_report(judge, move, change);
}
