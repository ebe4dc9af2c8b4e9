// judge_desk.c - acts of the desk: reports accepted, returned, opened again; the register changed

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"

static struct form_at place_of(const struct item *item)
{
    return (struct form_at){
        .form = item->judged.form, .period = item->judged.period, .uid = item->judged.uid};
}

// To the node that declared the report, with what the desk wrote.
static enum th_err tell(struct judge *judge,
                        const struct item *item,
                        const struct form_row *row,
                        unsigned code,
                        th_day until)
{
    const struct form_at at = place_of(item);
    struct th_verdict verdict;
    if (!row->declared.live || item->again) {
        return TH_OK; // nobody has declared it, or it was told before: there is nobody to tell
    }
    th_verdict_start(&verdict, code, 0, "form");
    judge_form_name(judge, &verdict, &at);
    if (until != TH_DAY_NONE) {
        th_verdict_add_day(&verdict, until);
    }
    return judge_notify_text(judge, &row->declared.source, &verdict, item->update->desk.text);
}

// ---- accept, return ----

static bool may_decide(const struct item *item, const struct form_kept *kept)
{
    const bool declared = kept->exists && kept->row.declared.live;
    return item->judged.returns || th_mutant(50) ? declared
                                                 : declared && kept->row.state == FORM_SUBMITTED;
}

static void refuse_state(const struct judge *judge, struct item *item, const struct form_kept *kept)
{
    const struct form_at at = place_of(item);
    const enum form_state state = kept->exists ? kept->row.state : FORM_OPEN;
    th_verdict_start(&item->verdict, TH_V_FORM_STATE, 0, "decision");
    judge_form_name(judge, &item->verdict, &at);
    th_verdict_add(&item->verdict, th_bytes_of(FORM_STATE_WORDS[state]));
}

static enum th_err judge_decision(struct judge *judge, struct item *item, unsigned *outcome)
{
    const struct form_at at = place_of(item);
    const bool returns = item->judged.returns;
    const struct form_said said = form_said_of(item->update, &item->source);
    struct form_kept kept;
    TH_TRY(judge_form_get(judge, &at, &kept));
    const enum form_news news = judge_form_news(item, &kept.row.decided, &said);
    if (news != FORM_NEWER) {
        *outcome = news == FORM_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    if (!may_decide(item, &kept)) {
        refuse_state(judge, item, &kept);
        *outcome = item->verdict.code;
        return TH_OK;
    }
    struct form_row row = kept.row;
    form_decide(&row, &said, &item->update->desk, judge->today);
    TH_TRY(judge_form_put(judge, item, &kept, &row));
    return tell(judge,
                item,
                &row,
                returns ? TH_V_RETURNED : TH_V_ACCEPTED,
                returns ? th_form_open_until(at.form, judge->today) : TH_DAY_NONE);
}

// ---- reopen ----

static enum th_err judge_reopen(struct judge *judge, struct item *item, unsigned *outcome)
{
    const struct form_at at = place_of(item);
    const struct form_said said = form_said_of(item->update, &item->source);
    struct form_kept kept;
    TH_TRY(judge_opening_get(judge, &at, &kept));
    const enum form_news news = judge_form_news(item, &kept.opening.said, &said);
    if (news != FORM_NEWER) {
        *outcome = news == FORM_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    const struct opening_row row = form_opening(&said, &item->update->desk, judge->today);
    TH_TRY(judge_opening_put(judge, item, &kept, &row));
    TH_TRY(judge_form_get(judge, &at, &kept));
    return tell(judge, item, &kept.row, TH_V_REOPENED, row.until);
}

enum th_err judge_desk_act(struct judge *judge, struct item *item, unsigned *outcome)
{
    switch (item->update->desk.act) {
    case TH_ACT_DESK_DECISION:
        return judge_decision(judge, item, outcome);
    case TH_ACT_DESK_REOPEN:
        return judge_reopen(judge, item, outcome);
    case TH_ACT_DESK_REGISTER:
        return judge_register_change(judge, item, outcome);
    case TH_ACT_DESK_UNIT:
    case TH_ACT_DESK_SUCCESSOR:
        return judge_register_row(judge, item, outcome);
    case TH_ACT_DESK_REVOCATION:
        return judge_revoke(judge, item, true, outcome);
    case TH_ACT_DESK_ENROLMENT:
        return judge_revoke(judge, item, false, outcome);
    case TH_ACT_DESK_SHARE:
    case TH_ACT_DESK_NONE:
        break;
    }
    th_unreachable(); // the rules pass no other
}
