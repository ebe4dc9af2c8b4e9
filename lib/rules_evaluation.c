// rules_evaluation.c - V09, V10, V11, V29, V32, V37: one person's score and rating

#include "tonghop/text.h"

#include "lib/rules_body.h"

static enum th_err key_texts(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    TH_TRY(rules_code(judgement, "scheme", evaluation->scheme, TH_SCHEME_CODE_MAX));
    TH_TRY(rules_code(judgement, "category", evaluation->category, TH_CATEGORY_MAX));
    TH_TRY(rules_text(judgement, "person_id", evaluation->person, TH_PERSON_MAX));
    if (evaluation->person.size == 0) {
        return rules_bad_text(judgement, "person_id", TH_PERSON_MAX);
    }
    if (evaluation->category.size == 0) {
        return rules_bad_text(judgement, "category", TH_CATEGORY_MAX);
    }
    return TH_OK;
}

// ---- scheme ----

// A collective is rated by an update of its own kind; nobody is one.
static enum th_err scheme(struct judgement *judgement, const struct rules_rated *rated)
{
    if (th_bytes_equal(rated->category, TH_BYTES("collective"))) {
        return rules_bad_scheme(judgement, rated, "");
    }
    TH_TRY(rules_scheme(judgement, rated));
    judgement->judged->person_scope_unit =
        rules_unit_scope(judgement->rules, judgement->judged->scheme);
    return TH_OK;
}

// ---- score ----

struct part {
    const char *field;
    struct th_opt given;
    int64_t max; // below 0: the scheme has no such part
};

static enum th_err score_parts(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    const struct th_scheme *of = judgement->judged->scheme;
    const struct part parts[] = {
        {"score_common", evaluation->score_common, of->common_max},
        {"score_result", evaluation->score_result, of->result_max},
        {"score_bonus", evaluation->score_bonus, of->bonus_max},
    };
    int64_t sum = 0;
    bool all = true;
    bool any = false;
    for (size_t i = 0; i < TH_COUNT(parts); i++) {
        const struct part *part = &parts[i];
        if (part->given.has && part->max < 0) {
            return rules_not_accepted(judgement, part->field);
        }
        if (part->given.has && (part->given.value < 0 || part->given.value > part->max)) {
            return rules_beyond_scale(judgement, part->field, part->given.value, part->max);
        }
        all = all && (part->given.has || part->max < 0);
        any = any || part->given.has;
        sum += part->given.has ? part->given.value : 0;
    }
    if (any && all && evaluation->score.has && sum != evaluation->score.value) {
        th_verdict_start(judgement->verdict, TH_V_SCORE, 'b', "score");
        th_verdict_add_number(judgement->verdict, sum, 2);
        th_verdict_add_number(judgement->verdict, evaluation->score.value, 2);
        return TH_E_REFUSED;
    }
    return TH_OK;
}

// ---- the whole ----

static enum th_err other_fields(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    TH_TRY(rules_text(judgement, "managed_by", evaluation->managed_by, TH_GROUP_MAX));
    TH_TRY(rules_text(judgement, "job_group", evaluation->job_group, TH_GROUP_MAX));
    TH_TRY(rules_text(judgement, "derived_from", evaluation->derived_from, TH_DERIVED_MAX));
    const struct th_opt leader = evaluation->leader;
    if (leader.has && leader.value != 0 && leader.value != 1) {
        return rules_not_accepted(judgement, "leader");
    }
    return TH_OK;
}

static enum th_err content(struct judgement *judgement,
                           const struct th_evaluation *evaluation,
                           const struct rules_rated *rated)
{
    TH_TRY(other_fields(judgement, evaluation));
    TH_TRY(rules_says_something(judgement, rated));
    TH_TRY(rules_whole_score(judgement, evaluation->score));
    TH_TRY(score_parts(judgement, evaluation));
    TH_TRY(rules_rating(judgement, rated));
    const struct th_opt months = evaluation->months_scored;
    if (months.has && (months.value < 1 || months.value > 12)) {
        th_verdict_make(judgement->verdict, TH_V_MONTHS, 0, "months_scored", NULL);
        return TH_E_REFUSED;
    }
    return TH_OK;
}

enum th_err rules_evaluation(struct judgement *judgement)
{
    const struct th_evaluation *evaluation = &judgement->update->evaluation;
    const struct rules_rated rated = {
        .scheme = evaluation->scheme,
        .category = evaluation->category,
        .period = evaluation->period,
        .score = evaluation->score,
        .rating = evaluation->rating,
        .reason = evaluation->reason,
    };
    TH_TRY(key_texts(judgement, evaluation));
    TH_TRY(rules_period(judgement, evaluation->period, rules_rating_periods()));
    TH_TRY(scheme(judgement, &rated));
    TH_TRY(rules_unit(judgement, evaluation->unit, evaluation->period));
    TH_TRY(rules_person(judgement, evaluation->person));
    return judgement->judged->withdraw ? TH_OK : content(judgement, evaluation, &rated);
}
