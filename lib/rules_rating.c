// rules_rating.c - V09 a, V10, V29, V32, V37: what ratings of persons and of collectives share

#include "tonghop/hash.h"

#include "lib/rules_body.h"

enum { NATIONAL_ID_OLD = 9, NATIONAL_ID_NEW = 12, PSEUDONYM_CHARS = 32 };

uint16_t rules_rating_periods(void)
{
    unsigned types = 0;
    for (unsigned type = TH_PERIOD_DAY; type < TH_PERIOD_TYPE_END; type++) {
        const bool of_targets = type == TH_PERIOD_DEADLINE || type == TH_PERIOD_YEARLY;
        types |= of_targets ? 0 : th_period_bit((enum th_period_type)type);
    }
    return (uint16_t)types;
}

// ---- scheme ----

enum th_err
rules_bad_scheme(struct judgement *judgement, const struct rules_rated *rated, const char *possible)
{
    th_verdict_start(judgement->verdict, TH_V_SCHEME, 0, "scheme");
    th_verdict_add(judgement->verdict, rated->scheme);
    th_verdict_add(judgement->verdict, rated->category);
    th_verdict_add(judgement->verdict, rated->period);
    th_verdict_add(judgement->verdict, th_bytes_of(possible));
    return TH_E_REFUSED;
}

enum th_err rules_scheme(struct judgement *judgement, const struct rules_rated *rated)
{
    const struct th_catalogue *catalogue = judgement->rules->catalogue;
    const struct th_period period = judgement->judged->period;
    char possible[65];
    const struct th_scheme *found = NULL;
    if (rated->scheme.size == 0) {
        found = th_catalogue_default_scheme(catalogue, period, rated->category, possible);
    } else {
        const struct th_scheme *first = NULL;
        (void)th_catalogue_schemes_in_force(catalogue, period, rated->category, &first, possible);
        found = th_catalogue_scheme(catalogue, rated->scheme);
    }
    if (found == NULL || !th_scheme_in_force(found, period, rated->category)) {
        return rules_bad_scheme(judgement, rated, possible);
    }
    judgement->judged->scheme = found;
    judgement->judged->category = rated->category;
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

bool rules_unit_scope(const struct th_rules *rules, const struct th_scheme *scheme)
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

enum th_err rules_person(struct judgement *judgement, struct th_bytes id)
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

enum th_err
rules_beyond_scale(struct judgement *judgement, const char *field, int64_t score, int64_t max)
{
    th_verdict_start(judgement->verdict, TH_V_SCORE, 'a', field);
    th_verdict_add_number(judgement->verdict, score, 2);
    th_verdict_add_number(judgement->verdict, max, 2);
    th_verdict_add(judgement->verdict, judgement->judged->scheme->code);
    return TH_E_REFUSED;
}

enum th_err rules_whole_score(struct judgement *judgement, struct th_opt score)
{
    const struct th_scheme *of = judgement->judged->scheme;
    if (score.has && (!of->has_scores || score.value < 0 || score.value > of->score_max)) {
        return rules_beyond_scale(
            judgement, "score", score.value, of->has_scores ? of->score_max : 0);
    }
    return TH_OK;
}

enum th_err rules_says_something(struct judgement *judgement, const struct rules_rated *rated)
{
    if (rated->reason > TH_REASON_OTHER) {
        return rules_not_accepted(judgement, "reason");
    }
    if (!rated->score.has && !rated->rating.has) {
        th_verdict_make(judgement->verdict, TH_V_EMPTY_EVALUATION, 0, "score", NULL);
        return TH_E_REFUSED;
    }
    return TH_OK;
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
                                const struct rules_rated *rated,
                                const struct th_level *level)
{
    struct th_judged *judged = judgement->judged;
    struct th_verdict *verdict = judgement->verdict;
    judged->band = rated->score.has ? th_scheme_band(judged->scheme, rated->score.value) : NULL;
    if (judged->band == NULL || level == NULL || level->rating == judged->band->rating) {
        return TH_OK;
    }
    if (level->rating > judged->band->rating) {
        th_verdict_start(verdict, TH_V_RATING, 'a', "rating");
        th_verdict_add_number(verdict, rated->score.value, 2);
        add_level(verdict, judged->band);
        add_level(verdict, level);
        return TH_E_REFUSED;
    }
    if (rated->reason == TH_REASON_NONE) {
        th_verdict_start(verdict, TH_V_RATING, 'b', "rating");
        add_level(verdict, level);
        add_level(verdict, judged->band);
        return TH_E_REFUSED;
    }
    judged->below_band = true;
    return TH_OK;
}

enum th_err rules_rating(struct judgement *judgement, const struct rules_rated *rated)
{
    const struct th_opt given = rated->rating;
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
    return against_band(judgement, rated, level);
}
