// rules_collective.c - V01, V05, V09, V10, V29, V36, V37: the rating of a body as a whole

#include "tonghop/hash.h"
#include "tonghop/text.h"

#include "lib/rules_body.h"

static enum th_err key_texts(struct judgement *judgement, const struct th_collective *collective)
{
    TH_TRY(rules_code(judgement, "scheme", collective->scheme, TH_SCHEME_CODE_MAX));
    TH_TRY(rules_text(judgement, "collective_id", collective->collective, TH_COLLECTIVE_MAX));
    return collective->collective.size > 0
               ? TH_OK
               : rules_bad_text(judgement, "collective_id", TH_COLLECTIVE_MAX);
}

static enum th_err content(struct judgement *judgement,
                           const struct th_collective *collective,
                           const struct rules_rated *rated)
{
    if (!th_collective_kind_parse(collective->kind, &judgement->judged->collective_kind)) {
        return rules_not_accepted(judgement, "kind");
    }
    TH_TRY(rules_says_something(judgement, rated));
    TH_TRY(rules_whole_score(judgement, collective->score));
    return rules_rating(judgement, rated);
}

enum th_err rules_collective(struct judgement *judgement)
{
    const struct th_collective *collective = &judgement->update->collective;
    struct th_judged *judged = judgement->judged;
    const struct rules_rated rated = {
        .scheme = collective->scheme,
        .category = TH_BYTES("collective"),
        .period = collective->period,
        .score = collective->score,
        .rating = collective->rating,
        .reason = collective->reason,
    };
    TH_TRY(key_texts(judgement, collective));
    TH_TRY(rules_period(judgement, collective->period, rules_rating_periods()));
    TH_TRY(rules_scheme(judgement, &rated)); // it lists collectives, or anything (PLAIN)
    TH_TRY(rules_unit(judgement, collective->unit, collective->period));
    th_hash128(judged->person, (struct th_bytes){0}, &collective->collective, 1);
    return judged->withdraw ? TH_OK : content(judgement, collective, &rated);
}
