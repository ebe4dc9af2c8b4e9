// intake_row.c - one row: its judgement, and what of it is sealed

#include <string.h>

#include "tonghop/hash.h"

#include "nodes/intake_part.h"

static void
complete_evaluation(struct intake *intake, struct th_update *update, struct th_judged *judged)
{
    struct th_evaluation *evaluation = &update->evaluation;
    const struct th_catalogue *catalogue = intake->home->province->catalogue;
    evaluation->scheme = judged->scheme->code;
    if (th_catalogue_settings(catalogue)->person_ids != TH_PERSON_HASHED) {
        return;
    }
    const char *at = memchr(evaluation->unit.data, '@', evaluation->unit.size);
    const struct th_bytes code = {evaluation->unit.data,
                                  at != NULL ? (size_t)(at - (const char *)evaluation->unit.data)
                                             : evaluation->unit.size};
    th_person_pseudonym(
        (struct th_bytes){intake->home->person_key, sizeof(intake->home->person_key)},
        judged->person_scope_unit ? code : (struct th_bytes){0},
        evaluation->person,
        intake->pseudonym);
    evaluation->person = th_bytes_of(intake->pseudonym);
    th_hash128(judged->person, (struct th_bytes){0}, &evaluation->person, 1);
}

// What the rules completed is sealed, so that one figure has one spelling.
static void complete_staffing(struct th_update *update, const struct th_judged *judged)
{
    struct th_staffing *staffing = &update->staffing;
    staffing->dims = th_bytes_of(judged->dims);
    if (judged->withdraw || staffing->not_applicable) {
        return;
    }
    staffing->qualifier = judged->qualifier;
    staffing->value = (struct th_opt){.has = judged->has_value, .value = judged->value};
    staffing->of = (struct th_opt){.has = judged->has_of, .value = judged->of};
}

// A withdrawal is its key, basis and note.
void intake_strip(struct th_update *update)
{
    if (update->kind == TH_KIND_EVALUATION) {
        const struct th_evaluation *whole = &update->evaluation;
        update->evaluation = (struct th_evaluation){
            .scheme = whole->scheme,
            .period = whole->period,
            .unit = whole->unit,
            .category = whole->category,
            .person = whole->person,
        };
    } else {
        const struct th_staffing *whole = &update->staffing;
        update->staffing = (struct th_staffing){
            .measure = whole->measure,
            .unit = whole->unit,
            .period = whole->period,
            .dims = whole->dims,
        };
    }
}

enum th_err intake_judge(struct intake *intake,
                         struct th_update *update,
                         struct th_judged *judged,
                         struct th_verdict *verdict)
{
    TH_TRY(th_rules_judge(&intake->home->province->rules,
                          &intake->home->grant,
                          intake->today,
                          update,
                          judged,
                          verdict));
    if (update->kind == TH_KIND_EVALUATION) {
        complete_evaluation(intake, update, judged);
    } else {
        complete_staffing(update, judged);
    }
    if (judged->withdraw) {
        intake_strip(update);
    }
    return TH_OK;
}

enum th_err intake_take(struct intake *intake, struct th_update *update)
{
    struct th_judged judged;
    struct th_verdict verdict;
    const enum th_err err = intake_judge(intake, update, &judged, &verdict);
    if (err == TH_E_REFUSED) {
        intake_complain(intake, intake_column(intake, verdict.field), &verdict);
        return intake_hold(intake, update);
    }
    TH_TRY(err);
    uint8_t key[CURRENT_KEY_MAX];
    return intake_weigh(intake, update, current_key(&judged, key));
}
