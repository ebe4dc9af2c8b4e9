// rules.c - what updates of all kinds have in common; see rules.h

#include "tonghop/rules.h"

#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/text.h"

#include "lib/rules_body.h"

enum th_err rules_not_accepted(struct judgement *judgement, const char *what)
{
    th_verdict_make(judgement->verdict, TH_V_KIND, 0, what, what, NULL);
    return TH_E_REFUSED;
}

enum th_err rules_bad_text(struct judgement *judgement, const char *field, size_t bytes_max)
{
    th_verdict_start(judgement->verdict, TH_V_TEXT, 0, field);
    th_verdict_add_number(judgement->verdict, (int64_t)bytes_max, 0);
    return TH_E_REFUSED;
}

enum th_err
rules_text(struct judgement *judgement, const char *field, struct th_bytes text, size_t bytes_max)
{
    return th_text_is_plain(text, bytes_max) ? TH_OK : rules_bad_text(judgement, field, bytes_max);
}

enum th_err
rules_code(struct judgement *judgement, const char *field, struct th_bytes code, size_t bytes_max)
{
    const bool good = code.size == 0 || th_text_is_code(code, bytes_max);
    return good ? TH_OK : rules_bad_text(judgement, field, bytes_max);
}

enum th_err rules_period(struct judgement *judgement, struct th_bytes label, uint16_t types)
{
    struct th_period period;
    if (th_period_parse(label, &period) == TH_OK && (types & th_period_bit(period.type)) != 0 &&
        th_period_in_range(period, judgement->today)) {
        judgement->judged->period = period;
        return TH_OK;
    }
    char words[TH_PARAM_BYTES];
    th_verdict_start(judgement->verdict, TH_V_PERIOD, 0, "period");
    th_verdict_add(judgement->verdict, label);
    th_verdict_add(judgement->verdict,
                   th_bytes_of(th_period_types_text(types, words, sizeof(words))));
    return TH_E_REFUSED;
}

// ---- units ----

enum { UNIT_DATE_CHARS = TH_UNIT_REF_MAX - TH_UNIT_CODE_MAX - 1 };

// code or code@YYYY-MM-DD, as far as characters go; whether the day exists is another question.
static bool is_unit_ref(struct th_bytes ref)
{
    const char *at = ref.size == 0 ? NULL : memchr(ref.data, '@', ref.size);
    if (at == NULL) {
        return th_text_is_code(ref, TH_UNIT_CODE_MAX);
    }
    const struct th_bytes code = {.data = ref.data, .size = (size_t)(at - (const char *)ref.data)};
    const struct th_bytes date = {.data = at + 1, .size = ref.size - code.size - 1};
    return th_text_is_code(code, TH_UNIT_CODE_MAX) && date.size == UNIT_DATE_CHARS &&
           th_text_is_code(date, UNIT_DATE_CHARS);
}

// The day behind the first @ of "24@2025-06-30, 24@2025-12-31".
static struct th_bytes first_date(const char *candidates)
{
    const char *at = strchr(candidates, '@');
    return at == NULL ? (struct th_bytes){0}
                      : (struct th_bytes){.data = at + 1, .size = strnlen(at + 1, UNIT_DATE_CHARS)};
}

static void unit_verdict(struct th_verdict *verdict,
                         const struct th_resolved *resolved,
                         const struct rules_ref *at)
{
    switch (resolved->result) {
    case TH_RESOLVE_ENDED:
        th_verdict_start(verdict, TH_V_UNIT, 'b', at->field);
        th_verdict_add(verdict, at->ref);
        th_verdict_add_day(verdict, resolved->day);
        th_verdict_add(verdict, at->label);
        th_verdict_add(verdict, th_bytes_of(resolved->list));
        return;
    case TH_RESOLVE_NOT_YET:
        th_verdict_start(verdict, TH_V_UNIT, 'c', at->field);
        th_verdict_add(verdict, at->ref);
        th_verdict_add_day(verdict, resolved->day);
        th_verdict_add(verdict, at->label);
        return;
    case TH_RESOLVE_AMBIGUOUS:
        th_verdict_start(verdict, TH_V_UNIT_AMBIGUOUS, 0, at->field);
        th_verdict_add(verdict, at->label);
        th_verdict_add(verdict, at->ref);
        th_verdict_add(verdict, th_bytes_of(resolved->list));
        th_verdict_add(verdict, first_date(resolved->list));
        return;
    case TH_RESOLVED:
    case TH_RESOLVE_UNKNOWN:
    case TH_RESOLVE_MALFORMED: // the day does not exist, or is outside the period
        th_verdict_start(verdict, TH_V_UNIT, 'a', at->field);
        th_verdict_add(verdict, at->ref);
        return;
    }
    th_unreachable();
}

bool rules_in_province(const struct th_rules *rules, uint32_t uid, th_day day)
{
    return rules->root == TH_UNIT_NONE || uid == rules->root ||
           th_register_is_below(rules->reg, uid, rules->root, day);
}

enum th_err rules_no_unit(struct judgement *judgement, const struct rules_ref *at)
{
    th_verdict_start(judgement->verdict, TH_V_UNIT, 'a', at->field);
    th_verdict_add(judgement->verdict, at->ref);
    return TH_E_REFUSED;
}

enum th_err
rules_resolve(struct judgement *judgement, const struct rules_ref *at, struct th_resolved *resolved)
{
    const struct th_rules *rules = judgement->rules;
    if (at->ref.size > 0 && !is_unit_ref(at->ref)) {
        return rules_bad_text(judgement, at->field, TH_UNIT_REF_MAX);
    }
    const bool period_end = th_catalogue_settings(rules->catalogue)->period_end;
    *resolved = th_register_resolve(rules->reg, at->ref, at->period, period_end);
    if (resolved->result != TH_RESOLVED) {
        unit_verdict(judgement->verdict, resolved, at);
        return TH_E_REFUSED;
    }
    return TH_OK;
}

enum th_err rules_speaker(struct judgement *judgement, const struct rules_ref *at)
{
    const struct th_rules *rules = judgement->rules;
    struct th_resolved resolved;
    TH_TRY(rules_resolve(judgement, at, &resolved));
    if (!rules_in_province(rules, resolved.uid, resolved.day) ||
        !th_grant_allows(judgement->grant, rules->reg, resolved.uid, at->period)) {
        th_verdict_start(judgement->verdict, TH_V_AUTHORITY, 0, at->field);
        th_verdict_add_number(judgement->verdict, judgement->grant->node, 0);
        th_verdict_add(judgement->verdict, at->ref);
        return TH_E_REFUSED;
    }
    judgement->judged->uid = resolved.uid;
    judgement->judged->day = resolved.day;
    return TH_OK;
}

enum th_err rules_unit(struct judgement *judgement, struct th_bytes ref, struct th_bytes period)
{
    const struct rules_ref at = {
        .field = "unit_code",
        .ref = ref,
        .period = judgement->judged->period,
        .label = period,
    };
    return rules_speaker(judgement, &at);
}

// ---- the whole ----

static enum th_err rules_common(struct judgement *judgement)
{
    const struct th_update *update = judgement->update;
    if (update->op > TH_OP_WITHDRAW) {
        return rules_not_accepted(judgement, "op");
    }
    if (update->revision > UINT32_MAX) {
        return rules_not_accepted(judgement, "revision");
    }
    TH_TRY(rules_text(judgement, "basis", update->basis, TH_BASIS_MAX));
    TH_TRY(rules_text(judgement, "note", update->note, TH_NOTE_MAX));
    judgement->judged->withdraw = update->op == TH_OP_WITHDRAW;
    judgement->judged->revision = (uint32_t)update->revision;
    return TH_OK;
}

enum th_err th_rules_judge(const struct th_rules *rules,
                           const struct th_grant *grant,
                           th_day today,
                           const struct th_update *update,
                           struct th_judged *judged,
                           struct th_verdict *verdict)
{
    struct judgement judgement = {
        .rules = rules,
        .grant = grant,
        .today = today,
        .update = update,
        .judged = judged,
        .verdict = verdict,
    };
    *judged = (struct th_judged){.update = update};
    switch (update->kind) {
    case TH_KIND_EVALUATION:
        TH_TRY(rules_common(&judgement));
        return rules_evaluation(&judgement);
    case TH_KIND_STAFFING:
        TH_TRY(rules_common(&judgement));
        return rules_staffing(&judgement);
    case TH_KIND_COLLECTIVE:
        TH_TRY(rules_common(&judgement));
        return rules_collective(&judgement);
    case TH_KIND_TRANSFER:
        TH_TRY(rules_common(&judgement));
        return rules_transfer(&judgement);
    case TH_KIND_COMPLETION:
        TH_TRY(rules_common(&judgement));
        return rules_completion(&judgement);
    case TH_KIND_DESK:
        TH_TRY(rules_common(&judgement));
        return rules_desk(&judgement);
    case TH_KIND_NONE:
        break;
    }
    return rules_not_accepted(&judgement, "kind");
}

void th_person_pseudonym(struct th_bytes key,
                         struct th_bytes unit,
                         struct th_bytes person,
                         char out[static 33])
{
    uint8_t hash[TH_HASH128_BYTES];
    const struct th_bytes parts[] = {unit, {.data = "\0", .size = 1}, person};
    if (unit.size == 0) {
        th_hash128(hash, key, &person, 1);
    } else {
        th_hash128(hash, key, parts, TH_COUNT(parts));
    }
    (void)th_hex((struct th_bytes){.data = hash, .size = sizeof(hash)}, out);
}
