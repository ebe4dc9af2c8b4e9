// rules_transfer.c - V01, V03, V04, V05, V09, V11, V29, V31, V32, V36: a person changes units
//
// The unit that is left speaks. It must live on the day before effective, the last day of the
// person there; the other unit on effective. So a merger is a transfer, too, and no code is
// ambiguous.

#include "tonghop/text.h"

#include "lib/rules_body.h"

enum { MONTHS = 12 };

static enum th_err key_texts(struct judgement *judgement, const struct th_transfer *transfer)
{
    TH_TRY(rules_code(judgement, "scheme", transfer->scheme, TH_SCHEME_CODE_MAX));
    TH_TRY(rules_text(judgement, "person_id", transfer->person, TH_PERSON_MAX));
    return transfer->person.size > 0 ? TH_OK
                                     : rules_bad_text(judgement, "person_id", TH_PERSON_MAX);
}

// ---- days ----

static enum th_err bad_day(struct judgement *judgement, const struct th_transfer *transfer)
{
    char types[TH_PARAM_BYTES];
    th_verdict_start(judgement->verdict, TH_V_PERIOD, 0, "effective");
    th_verdict_add(judgement->verdict, transfer->effective);
    th_verdict_add(
        judgement->verdict,
        th_bytes_of(th_period_types_text(th_period_bit(TH_PERIOD_DAY), types, sizeof(types))));
    return TH_E_REFUSED;
}

static struct th_period one_day(th_day day)
{
    return (struct th_period){.type = TH_PERIOD_DAY, .first = day, .last = day};
}

// The year of a withdrawal, which names the key alone, is that of effective.
static enum th_err days(struct judgement *judgement, const struct th_transfer *transfer)
{
    struct th_judged *judged = judgement->judged;
    th_day effective = TH_DAY_NONE;
    if (th_day_parse(transfer->effective, &effective) != TH_OK || effective < TH_DAY_FIRST ||
        effective > TH_DAY_LAST || !th_period_in_range(one_day(effective), judgement->today)) {
        return bad_day(judgement, transfer);
    }
    judged->effective = effective;
    if (judged->withdraw) {
        const int32_t year = th_day_date(effective).year;
        judged->period = (struct th_period){.type = TH_PERIOD_YEAR,
                                            .first = th_day_of((struct th_date){year, 1, 1}),
                                            .last = th_day_of((struct th_date){year, 12, 31})};
        return TH_OK;
    }
    TH_TRY(rules_period(judgement, transfer->year, th_period_bit(TH_PERIOD_YEAR)));
    const bool inside = effective >= judged->period.first && effective <= judged->period.last;
    return inside ? TH_OK : bad_day(judgement, transfer);
}

// ---- scheme ----

// Whom it moves is not said: the scheme need only be valid when they move.
static enum th_err scheme(struct judgement *judgement, const struct th_transfer *transfer)
{
    const struct th_catalogue *catalogue = judgement->rules->catalogue;
    const th_day day = judgement->judged->effective;
    char possible[65];
    const struct th_scheme *only = NULL;
    const size_t count = th_catalogue_schemes_on(catalogue, day, &only, possible);
    const struct th_bytes fixed = th_catalogue_settings(catalogue)->default_scheme;
    const struct th_scheme *found = NULL;
    if (transfer->scheme.size > 0) {
        found = th_catalogue_scheme(catalogue, transfer->scheme);
    } else if (th_bytes_equal(fixed, TH_BYTES("auto"))) {
        found = count == 1 ? only : NULL;
    } else {
        found = th_catalogue_scheme(catalogue, fixed);
    }
    if (found == NULL || !th_scheme_valid_on(found, day)) {
        const struct rules_rated rated = {.scheme = transfer->scheme,
                                          .period = transfer->effective};
        return rules_bad_scheme(judgement, &rated, possible);
    }
    judgement->judged->scheme = found;
    judgement->judged->person_scope_unit = rules_unit_scope(judgement->rules, found);
    return TH_OK;
}

// ---- units ----

static enum th_err from_unit(struct judgement *judgement, const struct th_transfer *transfer)
{
    char label[TH_DAY_TEXT_BYTES];
    const th_day last = judgement->judged->effective - 1;
    const struct rules_ref at = {
        .field = "from_unit",
        .ref = transfer->from_unit,
        .period = one_day(last),
        .label = th_bytes_of(th_day_text(last, label)),
    };
    return rules_speaker(judgement, &at);
}

static enum th_err to_unit(struct judgement *judgement, const struct th_transfer *transfer)
{
    struct th_judged *judged = judgement->judged;
    const struct rules_ref at = {
        .field = "to_unit",
        .ref = transfer->to_unit,
        .period = one_day(judged->effective),
        .label = transfer->effective,
    };
    struct th_resolved resolved;
    TH_TRY(rules_resolve(judgement, &at, &resolved));
    if (!rules_in_province(judgement->rules, resolved.uid, resolved.day)) {
        return rules_no_unit(judgement, &at);
    }
    if (resolved.uid == judged->uid) {
        return rules_not_accepted(judgement, "to_unit");
    }
    judged->to_uid = resolved.uid;
    return TH_OK;
}

// ---- what the person takes along ----

static enum th_err scores(struct judgement *judgement, const struct th_transfer *transfer)
{
    const struct th_opt months = transfer->scored_months;
    const struct th_opt sum = transfer->score_sum;
    if (!months.has || months.value < 0 || months.value > MONTHS) {
        th_verdict_make(judgement->verdict, TH_V_MONTHS, 0, "scored_months", NULL);
        return TH_E_REFUSED;
    }
    if (!sum.has) {
        th_verdict_make(judgement->verdict, TH_V_NO_VALUE, 0, "score_sum", NULL);
        return TH_E_REFUSED;
    }
    const struct th_scheme *of = judgement->judged->scheme;
    const int64_t most = of->has_scores ? months.value * of->score_max : 0;
    return sum.value >= 0 && sum.value <= most
               ? TH_OK
               : rules_beyond_scale(judgement, "score_sum", sum.value, most);
}

enum th_err rules_transfer(struct judgement *judgement)
{
    const struct th_transfer *transfer = &judgement->update->transfer;
    TH_TRY(key_texts(judgement, transfer));
    TH_TRY(days(judgement, transfer));
    TH_TRY(scheme(judgement, transfer));
    TH_TRY(from_unit(judgement, transfer));
    TH_TRY(rules_person(judgement, transfer->person));
    if (judgement->judged->withdraw) {
        return TH_OK;
    }
    TH_TRY(to_unit(judgement, transfer));
    return scores(judgement, transfer);
}
