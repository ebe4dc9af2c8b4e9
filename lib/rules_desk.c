// rules_desk.c - what only the province's desk may say

#include "tonghop/text.h"

#include "lib/rules_body.h"

static enum th_err needed_text(struct judgement *judgement, const char *field, struct th_bytes text)
{
    TH_TRY(rules_text(judgement, field, text, TH_COMMENT_MAX));
    return text.size > 0 ? TH_OK : rules_not_accepted(judgement, field);
}

// Decisions and grants are not taken back: others follow them.
static enum th_err not_withdrawn(struct judgement *judgement)
{
    return judgement->judged->withdraw ? rules_not_accepted(judgement, "op") : TH_OK;
}

// A day that has not passed: a grant for the past would open nothing.
static enum th_err until_day(struct judgement *judgement, struct th_bytes text)
{
    th_day day = TH_DAY_NONE;
    if (th_day_parse(text, &day) != TH_OK || day < judgement->today || day > TH_DAY_LAST) {
        return rules_not_accepted(judgement, "until");
    }
    judgement->judged->until = day;
    return TH_OK;
}

static enum th_err reopen(struct judgement *judgement)
{
    const struct th_desk_act *act = &judgement->update->desk;
    TH_TRY(not_withdrawn(judgement));
    TH_TRY(rules_form(judgement, act->form, act->period, act->unit));
    TH_TRY(until_day(judgement, act->until));
    TH_TRY(rules_text(judgement, "granted_by", act->granted_by, TH_GRANTED_BY_MAX));
    return needed_text(judgement, "reason", act->text);
}

static enum th_err decision(struct judgement *judgement)
{
    const struct th_desk_act *act = &judgement->update->desk;
    TH_TRY(not_withdrawn(judgement));
    TH_TRY(rules_form(judgement, act->form, act->period, act->unit));
    judgement->judged->returns = th_bytes_equal(act->decision, TH_BYTES("return"));
    if (judgement->judged->returns) {
        return needed_text(judgement, "comment", act->text);
    }
    if (!th_bytes_equal(act->decision, TH_BYTES("accept"))) {
        return rules_not_accepted(judgement, "decision");
    }
    return rules_text(judgement, "comment", act->text, TH_COMMENT_MAX);
}

// The desk cannot revoke itself; whether there is such a node the province knows.
static enum th_err revocation(struct judgement *judgement)
{
    const struct th_desk_act *act = &judgement->update->desk;
    if (!act->node.has || act->node.value == 0) {
        return rules_not_accepted(judgement, "node");
    }
    return needed_text(judgement, "reason", act->text);
}

// Why is often said on the telephone only.
static enum th_err enrolment(struct judgement *judgement)
{
    const struct th_desk_act *act = &judgement->update->desk;
    if (!act->node.has || act->node.value == 0) {
        return rules_not_accepted(judgement, "node");
    }
    return rules_text(judgement, "reason", act->text, TH_COMMENT_MAX);
}

enum th_err rules_desk(struct judgement *judgement)
{
    if (!judgement->grant->desk) {
        th_verdict_start(judgement->verdict, TH_V_DESK_ONLY, 0, "");
        return TH_E_REFUSED;
    }
    switch (judgement->update->desk.act) {
    case TH_ACT_DESK_REOPEN:
        return reopen(judgement);
    case TH_ACT_DESK_DECISION:
        return decision(judgement);
    case TH_ACT_DESK_UNIT:
    case TH_ACT_DESK_SUCCESSOR:
    case TH_ACT_DESK_REGISTER:
        return rules_units(judgement);
    case TH_ACT_DESK_REVOCATION:
        return revocation(judgement);
    case TH_ACT_DESK_ENROLMENT:
        return enrolment(judgement);
    case TH_ACT_DESK_SHARE:
    case TH_ACT_DESK_NONE:
        break;
    }
    return rules_not_accepted(judgement, "act");
}
