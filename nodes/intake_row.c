// intake_row.c - one row: its judgement, and what of it is sealed

#include <string.h>

#include "tonghop/hash.h"

#include "nodes/intake_part.h"

// The id that travels instead of a person's own, and the key that comes of it. A scheme that knows
// persons by unit has another one for each: that of unit, whoever else will see it.
static struct th_bytes pseudonym(struct intake *intake,
                                 struct th_judged *judged,
                                 struct th_bytes unit,
                                 struct th_bytes person)
{
    const struct th_catalogue *catalogue = intake->home->province->catalogue;
    if (th_catalogue_settings(catalogue)->person_ids != TH_PERSON_HASHED) {
        return person;
    }
    const char *at = unit.size > 0 ? memchr(unit.data, '@', unit.size) : NULL;
    const struct th_bytes code = {unit.data,
                                  at != NULL ? (size_t)(at - (const char *)unit.data) : unit.size};
    th_person_pseudonym(
        (struct th_bytes){intake->home->person_key, sizeof(intake->home->person_key)},
        judged->person_scope_unit ? code : (struct th_bytes){0},
        person,
        intake->pseudonym);
    const struct th_bytes hashed = th_bytes_of(intake->pseudonym);
    th_hash128(judged->person, (struct th_bytes){0}, &hashed, 1);
    return hashed;
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

static void complete(struct intake *intake, struct th_update *update, struct th_judged *judged)
{
    switch (update->kind) {
    case TH_KIND_EVALUATION: {
        struct th_evaluation *row = &update->evaluation;
        row->scheme = judged->scheme->code;
        row->person = pseudonym(intake, judged, row->unit, row->person);
        return;
    }
    case TH_KIND_STAFFING:
        complete_staffing(update, judged);
        return;
    case TH_KIND_COLLECTIVE:
        update->collective.scheme = judged->scheme->code;
        return;
    case TH_KIND_TRANSFER: {
        // As in the evaluations of the unit that is left, whose months go along.
        struct th_transfer *row = &update->transfer;
        row->scheme = judged->scheme->code;
        row->person = pseudonym(intake, judged, row->from_unit, row->person);
        return;
    }
    case TH_KIND_COMPLETION:
    case TH_KIND_DESK:
    case TH_KIND_NONE:
        return;
    }
    th_unreachable();
}

// A withdrawal is its key, basis and note, and the unit that may say so.
void intake_strip(struct th_update *update)
{
    switch (update->kind) {
    case TH_KIND_EVALUATION: {
        const struct th_evaluation whole = update->evaluation;
        update->evaluation = (struct th_evaluation){
            .scheme = whole.scheme,
            .period = whole.period,
            .unit = whole.unit,
            .category = whole.category,
            .person = whole.person,
        };
        return;
    }
    case TH_KIND_STAFFING: {
        const struct th_staffing whole = update->staffing;
        update->staffing = (struct th_staffing){
            .measure = whole.measure,
            .unit = whole.unit,
            .period = whole.period,
            .dims = whole.dims,
        };
        return;
    }
    case TH_KIND_COLLECTIVE: {
        const struct th_collective whole = update->collective;
        update->collective = (struct th_collective){
            .scheme = whole.scheme,
            .period = whole.period,
            .collective = whole.collective,
            .unit = whole.unit,
        };
        return;
    }
    case TH_KIND_TRANSFER: {
        const struct th_transfer whole = update->transfer;
        update->transfer = (struct th_transfer){
            .scheme = whole.scheme,
            .person = whole.person,
            .effective = whole.effective,
            .from_unit = whole.from_unit,
        };
        return;
    }
    case TH_KIND_COMPLETION: {
        const struct th_completion whole = update->completion;
        update->completion = (struct th_completion){
            .form = whole.form,
            .unit = whole.unit,
            .period = whole.period,
        };
        return;
    }
    case TH_KIND_DESK:
    case TH_KIND_NONE:
        return;
    }
    th_unreachable();
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
    complete(intake, update, judged);
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
    for (size_t i = 0; i < judged.warning_count; i++) {
        intake_warn(intake, &judged.warnings[i]);
    }
    uint8_t room[TH_SUBJECT_MAX];
    const struct th_bytes key = th_subject(&judged, room);
    return intake->bad ? intake_hold_key(intake, key) : intake_weigh(intake, update, key);
}
