// judge_form.c - the row of a form, a unit and a period: closed or open, changed by updates

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"

enum { ROW_BYTES_MAX = FORM_BYTES_MAX + TH_CHECK_BYTES };

// ---- rows ----

static enum th_err
get_kept(struct judge *judge, unsigned table, const struct key *key, struct form_kept *kept)
{
    struct th_bytes value;
    kept->key = *key;
    kept->exists = false;
    kept->size = 0;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, table, key_view(key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    if (value.size > sizeof(kept->bytes)) {
        return TH_E_CORRUPT;
    }
    memcpy(kept->bytes, value.data, value.size);
    kept->size = value.size;
    kept->exists = true;
    return TH_OK;
}

static struct th_bytes kept_view(const struct form_kept *kept)
{
    return (struct th_bytes){.data = kept->bytes, .size = kept->size};
}

enum th_err judge_form_get(struct judge *judge, const struct form_at *at, struct form_kept *kept)
{
    const struct key key = key_of_form(at->form->code, at->period, at->uid);
    kept->row = form_row_none();
    TH_TRY(get_kept(judge, TABLE_FORM, &key, kept));
    return kept->exists ? form_read(kept_view(kept), &kept->row) : TH_OK;
}

enum th_err judge_opening_get(struct judge *judge, const struct form_at *at, struct form_kept *kept)
{
    const struct key key = key_of_form(at->form->code, at->period, at->uid);
    kept->opening = (struct opening_row){.until = TH_DAY_NONE, .granted = TH_DAY_NONE};
    TH_TRY(get_kept(judge, TABLE_OPENING, &key, kept));
    return kept->exists ? opening_read(kept_view(kept), &kept->opening) : TH_OK;
}

static enum th_err put_kept(struct judge *judge,
                            const struct item *item,
                            unsigned table,
                            const struct form_kept *before,
                            struct th_writer *value)
{
    ledger_replaced(&judge->ledger,
                    item->source.index,
                    table,
                    key_view(&before->key),
                    before->exists ? kept_view(before) : (struct th_bytes){0});
    return th_check_put(&judge->check, judge->setup.store, table, key_view(&before->key), value);
}

enum th_err judge_form_put(struct judge *judge,
                           const struct item *item,
                           const struct form_kept *before,
                           const struct form_row *row)
{
    uint8_t space[ROW_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    form_write(&value, row);
    return put_kept(judge, item, TABLE_FORM, before, &value);
}

enum th_err judge_opening_put(struct judge *judge,
                              const struct item *item,
                              const struct form_kept *before,
                              const struct opening_row *row)
{
    uint8_t space[ROW_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    opening_write(&value, row);
    return put_kept(judge, item, TABLE_OPENING, before, &value);
}

// ---- V22 ----

enum form_news
judge_form_news(struct item *item, const struct form_said *stored, const struct form_said *fresh)
{
    const bool known = stored->revision > 0;
    if (fresh->revision > 0 && (!known || fresh->revision > stored->revision)) {
        return FORM_NEWER;
    }
    if (fresh->revision > 0 &&
        memcmp(stored->content, fresh->content, sizeof(fresh->content)) == 0) {
        return FORM_DUPLICATE;
    }
    const bool stale = fresh->revision > 0 && fresh->revision < stored->revision;
    if (stale && item->again) {
        return FORM_DUPLICATE;
    }
    th_verdict_start(&item->verdict, TH_V_REVISION, stale ? 'a' : 'b', "revision");
    if (stale) {
        th_verdict_add_number(&item->verdict, stored->revision, 0);
    }
    th_verdict_add_number(&item->verdict, fresh->revision, 0);
    return FORM_REFUSED;
}

void judge_form_name(const struct judge *judge,
                     struct th_verdict *verdict,
                     const struct form_at *at)
{
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(judge->setup.reg, at->uid, at->period, label);
    th_verdict_add(verdict, at->form->code);
    th_verdict_add(verdict, th_bytes_of(th_period_text(at->period, period)));
    th_verdict_add(verdict, th_bytes_of(label));
}

// ---- V21 ----

static void refuse_closed(struct item *item, const struct form_at *at, th_day close)
{
    char period[TH_PERIOD_TEXT_BYTES];
    th_verdict_start(&item->verdict, TH_V_CLOSED, 0, "period");
    th_verdict_add(&item->verdict, th_bytes_of(th_period_text(at->period, period)));
    th_verdict_add(&item->verdict, at->form->code);
    th_verdict_add_day(&item->verdict, close);
}

enum th_err
judge_form_open(struct judge *judge, struct item *item, const struct form_at *at, bool *open)
{
    *open = true;
    if (at->form == NULL || !judge->setup.closes || judge->again.timeless) {
        return TH_OK;
    }
    const struct th_form_days days = th_form_days(at->form, NULL, at->period, judge->setup.opened);
    if (judge->today <= days.close || th_mutant(46)) {
        return TH_OK;
    }
    struct form_kept kept;
    TH_TRY(judge_opening_get(judge, at, &kept));
    if (kept.exists && judge->today <= kept.opening.until && !th_mutant(49)) {
        return TH_OK;
    }
    TH_TRY(judge_form_get(judge, at, &kept));
    if (kept.exists && kept.row.state == FORM_RETURNED &&
        judge->today <= th_form_open_until(at->form, kept.row.entered)) {
        return TH_OK;
    }
    *open = false;
    refuse_closed(item, at, days.close);
    return TH_OK;
}

// ---- updates ----

enum th_err
judge_form_touched(struct judge *judge, const struct item *item, const struct form_at *at)
{
    struct form_kept kept;
    if (at->form == NULL || th_mutant(47)) {
        return TH_OK;
    }
    TH_TRY(judge_form_get(judge, at, &kept));
    struct form_row row = kept.row;
    return form_touch(&row, judge->today) ? judge_form_put(judge, item, &kept, &row) : TH_OK;
}
