// rules_evaluation.c - V09, V10, V11, V29, V32, V37: one person's score and rating

#include "tonghop/hash.h"
#include "tonghop/text.h"

#include "lib/rules_body.h"

enum { NATIONAL_ID_OLD = 9, NATIONAL_ID_NEW = 12, PSEUDONYM_CHARS = 32 };

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

static enum th_err scheme_verdict(struct judgement *judgement,
                                  const struct th_evaluation *evaluation,
                                  const char *possible)
{
    th_verdict_start(judgement->verdict, TH_V_SCHEME, 0, "scheme");
    th_verdict_add(judgement->verdict, evaluation->scheme);
    th_verdict_add(judgement->verdict, evaluation->category);
    th_verdict_add(judgement->verdict, evaluation->period);
    th_verdict_add(judgement->verdict, th_bytes_of(possible));
    return TH_E_REFUSED;
}

static bool unit_scope(const struct th_rules *rules, const struct th_scheme *scheme)
{
    switch (rules->person_scope) {
    case TH_SCOPE_AS_SCHEME:
        return scheme->person_scope_unit;
    case TH_SCOPE_PROVINCE:
        return false;
    case TH_SCOPE_UNIT:
        return true;
    }
    th_unreachable();
}

static enum th_err scheme(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    const struct th_catalogue *catalogue = judgement->rules->catalogue;
    const struct th_period period = judgement->judged->period;
    char possible[65];
    const struct th_scheme *found = NULL;
    if (evaluation->scheme.size == 0) {
        found = th_catalogue_default_scheme(catalogue, period, evaluation->category, possible);
    } else {
        const struct th_scheme *first = NULL;
        (void)th_catalogue_schemes_in_force(
            catalogue, period, evaluation->category, &first, possible);
        found = th_catalogue_scheme(catalogue, evaluation->scheme);
    }
    // A collective is rated by an update of its own kind; nobody is one.
    if (found == NULL || !th_scheme_in_force(found, period, evaluation->category) ||
        (found->category_count > 0 &&
         th_bytes_equal(evaluation->category, TH_BYTES("collective")))) {
        return scheme_verdict(judgement, evaluation, possible);
    }
    judgement->judged->scheme = found;
    judgement->judged->person_scope_unit = unit_scope(judgement->rules, found);
    return TH_OK;
}

// ---- person ----

static bool only_chars(struct th_bytes text, const char *first_last[2])
{
    const char *chars = text.data;
    for (size_t i = 0; i < text.size; i++) {
        const bool digit = chars[i] >= '0' && chars[i] <= '9';
        const bool other =
            first_last != NULL && chars[i] >= *first_last[0] && chars[i] <= *first_last[1];
        if (!digit && !other) {
            return false;
        }
    }
    return true;
}

static bool is_national_id(struct th_bytes person)
{
    return (person.size == NATIONAL_ID_OLD || person.size == NATIONAL_ID_NEW) &&
           only_chars(person, NULL);
}

static bool is_pseudonym(struct th_bytes person)
{
    const char *hex[2] = {"a", "f"};
    return person.size == PSEUDONYM_CHARS && only_chars(person, hex);
}

static enum th_err person(struct judgement *judgement, struct th_bytes id)
{
    bool plain_id = false;
    switch (th_catalogue_settings(judgement->rules->catalogue)->person_ids) {
    case TH_PERSON_AS_IS:
        break;
    case TH_PERSON_REFUSE_NATIONAL:
        plain_id = is_national_id(id);
        break;
    case TH_PERSON_HASHED:
        plain_id = !judgement->rules->hashed_here && !is_pseudonym(id);
        break;
    }
    if (plain_id) {
        th_verdict_make(judgement->verdict, TH_V_NATIONAL_ID, 0, "person_id", NULL);
        return TH_E_REFUSED;
    }
    th_hash128(judgement->judged->person, (struct th_bytes){0}, &id, 1);
    return TH_OK;
}

// ---- score ----

struct part {
    const char *field;
    struct th_opt given;
    int64_t max; // below 0: the scheme has no such part
};

static enum th_err
beyond_scale(struct judgement *judgement, const char *field, int64_t score, int64_t max)
{
    th_verdict_start(judgement->verdict, TH_V_SCORE, 'a', field);
    th_verdict_add_number(judgement->verdict, score, 2);
    th_verdict_add_number(judgement->verdict, max, 2);
    th_verdict_add(judgement->verdict, judgement->judged->scheme->code);
    return TH_E_REFUSED;
}

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
            return beyond_scale(judgement, part->field, part->given.value, part->max);
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

static enum th_err score(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    const struct th_scheme *of = judgement->judged->scheme;
    const struct th_opt given = evaluation->score;
    if (given.has && (!of->has_scores || given.value < 0 || given.value > of->score_max)) {
        return beyond_scale(judgement, "score", given.value, of->has_scores ? of->score_max : 0);
    }
    return score_parts(judgement, evaluation);
}

// ---- rating ----

// A level as its scheme calls it: A, or 4.
static void add_level(struct th_verdict *verdict, const struct th_level *level)
{
    if (level->label.size > 0) {
        th_verdict_add(verdict, level->label);
    } else {
        th_verdict_add_number(verdict, level->rating, 0);
    }
}

static enum th_err against_band(struct judgement *judgement,
                                const struct th_evaluation *evaluation,
                                const struct th_level *level)
{
    struct th_judged *judged = judgement->judged;
    struct th_verdict *verdict = judgement->verdict;
    judged->band =
        evaluation->score.has ? th_scheme_band(judged->scheme, evaluation->score.value) : NULL;
    if (judged->band == NULL || level == NULL || level->rating == judged->band->rating) {
        return TH_OK;
    }
    if (level->rating > judged->band->rating) {
        th_verdict_start(verdict, TH_V_RATING, 'a', "rating");
        th_verdict_add_number(verdict, evaluation->score.value, 2);
        add_level(verdict, judged->band);
        add_level(verdict, level);
        return TH_E_REFUSED;
    }
    if (evaluation->reason == TH_REASON_NONE) {
        th_verdict_start(verdict, TH_V_RATING, 'b', "rating");
        add_level(verdict, level);
        add_level(verdict, judged->band);
        return TH_E_REFUSED;
    }
    judged->below_band = true;
    return TH_OK;
}

static enum th_err rating(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    const struct th_opt given = evaluation->rating;
    const struct th_level *level = NULL;
    if (given.has && given.value != 0) {
        const bool small = given.value > 0 && given.value < TH_LEVELS_MAX;
        level = small ? th_scheme_level(judgement->judged->scheme, (uint32_t)given.value) : NULL;
        if (level == NULL) {
            th_verdict_start(judgement->verdict, TH_V_RATING, 'c', "rating");
            th_verdict_add(judgement->verdict, judgement->judged->scheme->code);
            th_verdict_add_number(judgement->verdict, given.value, 0);
            return TH_E_REFUSED;
        }
    }
    return against_band(judgement, evaluation, level);
}

// ---- the whole ----

static enum th_err other_fields(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    TH_TRY(rules_text(judgement, "managed_by", evaluation->managed_by, TH_GROUP_MAX));
    TH_TRY(rules_text(judgement, "job_group", evaluation->job_group, TH_GROUP_MAX));
    TH_TRY(rules_text(judgement, "derived_from", evaluation->derived_from, TH_DERIVED_MAX));
    if (evaluation->reason > TH_REASON_OTHER) {
        return rules_not_accepted(judgement, "reason");
    }
    const struct th_opt leader = evaluation->leader;
    if (leader.has && leader.value != 0 && leader.value != 1) {
        return rules_not_accepted(judgement, "leader");
    }
    return TH_OK;
}

static enum th_err content(struct judgement *judgement, const struct th_evaluation *evaluation)
{
    TH_TRY(other_fields(judgement, evaluation));
    if (!evaluation->score.has && !evaluation->rating.has) {
        th_verdict_make(judgement->verdict, TH_V_EMPTY_EVALUATION, 0, "score", NULL);
        return TH_E_REFUSED;
    }
    TH_TRY(score(judgement, evaluation));
    TH_TRY(rating(judgement, evaluation));
    const struct th_opt months = evaluation->months_scored;
    if (months.has && (months.value < 1 || months.value > 12)) {
        th_verdict_make(judgement->verdict, TH_V_MONTHS, 0, "months_scored", NULL);
        return TH_E_REFUSED;
    }
    return TH_OK;
}

// Evaluations have no form that would refuse a type; deadlines and yearly are for targets.
static uint16_t evaluation_period_types(void)
{
    unsigned types = 0;
    for (unsigned type = TH_PERIOD_DAY; type < TH_PERIOD_TYPE_END; type++) {
        const bool of_targets = type == TH_PERIOD_DEADLINE || type == TH_PERIOD_YEARLY;
        types |= of_targets ? 0 : th_period_bit((enum th_period_type)type);
    }
    return (uint16_t)types;
}

enum th_err rules_evaluation(struct judgement *judgement)
{
    const struct th_evaluation *evaluation = &judgement->update->evaluation;
    TH_TRY(key_texts(judgement, evaluation));
    TH_TRY(rules_period(judgement, evaluation->period, evaluation_period_types()));
    TH_TRY(scheme(judgement, evaluation));
    TH_TRY(rules_unit(judgement, evaluation->unit, evaluation->period));
    TH_TRY(person(judgement, evaluation->person));
    return judgement->judged->withdraw ? TH_OK : content(judgement, evaluation);
}
