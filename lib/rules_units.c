// rules_units.c - V01, V36: rows of a change of the register, as the desk sends them
//
// Whether the register that comes of them is sound is looked at when they are applied, all at once.

#include "tonghop/text.h"

#include "lib/rules_body.h"

enum { NAME_BYTES = 256, TYPE_BYTES = 64, DIGEST_BYTES = 32 };

static enum th_err needed_code(struct judgement *judgement, const char *field, struct th_bytes code)
{
    TH_TRY(rules_code(judgement, field, code, TH_UNIT_CODE_MAX));
    return code.size > 0 ? TH_OK : rules_bad_text(judgement, field, TH_UNIT_CODE_MAX);
}

static enum th_err
needed_text(struct judgement *judgement, const char *field, struct th_bytes text, size_t max)
{
    TH_TRY(rules_text(judgement, field, text, max));
    return text.size > 0 ? TH_OK : rules_bad_text(judgement, field, max);
}

static enum th_err day_or_open(struct judgement *judgement, const char *field, struct th_bytes text)
{
    th_day day = TH_DAY_NONE;
    return text.size == 0 || th_day_parse(text, &day) == TH_OK
               ? TH_OK
               : rules_not_accepted(judgement, field);
}

static enum th_err unit_row(struct judgement *judgement)
{
    const struct th_desk_act *act = &judgement->update->desk;
    TH_TRY(needed_code(judgement, "code", act->code));
    TH_TRY(needed_text(judgement, "name", act->name, NAME_BYTES));
    TH_TRY(needed_text(judgement, "type", act->type, TYPE_BYTES));
    TH_TRY(rules_text(judgement, "level", act->level, TYPE_BYTES));
    TH_TRY(rules_code(judgement, "parent", act->parent, TH_UNIT_CODE_MAX));
    TH_TRY(day_or_open(judgement, "valid_from", act->valid_from));
    TH_TRY(day_or_open(judgement, "valid_to", act->valid_to));
    return rules_text(judgement, "basis", act->basis, TH_BASIS_MAX);
}

static enum th_err successor_row(struct judgement *judgement)
{
    static const char *const KINDS[] = {"full", "partial", "recode"};
    const struct th_desk_act *act = &judgement->update->desk;
    bool known = false;
    for (size_t i = 0; i < TH_COUNT(KINDS); i++) {
        known = known || th_bytes_equal(act->successor, th_bytes_of(KINDS[i]));
    }
    th_day day = TH_DAY_NONE;
    TH_TRY(needed_code(judgement, "old_code", act->code));
    TH_TRY(needed_code(judgement, "new_code", act->new_code));
    if (th_day_parse(act->effective, &day) != TH_OK) {
        return rules_not_accepted(judgement, "effective");
    }
    if (!known) {
        return rules_not_accepted(judgement, "kind");
    }
    return rules_text(judgement, "basis", act->basis, TH_BASIS_MAX);
}

enum th_err rules_units(struct judgement *judgement)
{
    const struct th_desk_act *act = &judgement->update->desk;
    if (act->act == TH_ACT_DESK_UNIT) {
        return unit_row(judgement);
    }
    if (act->act == TH_ACT_DESK_SUCCESSOR) {
        return successor_row(judgement);
    }
    const bool has_digest = act->digest.size == 0 || act->digest.size == DIGEST_BYTES;
    return has_digest ? TH_OK : rules_not_accepted(judgement, "digest");
}
