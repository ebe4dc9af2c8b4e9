// rules_warn.c - V23, V40: figures that are taken, with a word about them

#include <string.h>

#include "lib/rules_body.h"

static struct th_verdict *warn(struct th_judged *judged, unsigned code, const char *field)
{
    th_assert(judged->warning_count < TH_RULES_WARNINGS_MAX);
    struct th_verdict *verdict = &judged->warnings[judged->warning_count++];
    th_verdict_start(verdict, code, 0, field);
    return verdict;
}

// The day of dim from (YYYY-MM-DD), or TH_DAY_NONE.
static th_day from_day(const char *dims)
{
    static const char FROM[] = "from=";
    th_day day = TH_DAY_NONE;
    const char *at = dims;
    while (at != NULL && *at != '\0') {
        const char *end = strchr(at, ';');
        const size_t size = end == NULL ? strlen(at) : (size_t)(end - at);
        if (size > sizeof(FROM) - 1 && memcmp(at, FROM, sizeof(FROM) - 1) == 0) {
            const struct th_bytes text = {.data = at + sizeof(FROM) - 1,
                                          .size = size - (sizeof(FROM) - 1)};
            return th_day_parse(text, &day) == TH_OK ? day : TH_DAY_NONE;
        }
        at = end == NULL ? NULL : end + 1;
    }
    return TH_DAY_NONE;
}

// V23: a target of a cut is negative, and is to be reached after its start.
static void target(struct th_judged *judged)
{
    const th_day from = from_day(judged->dims);
    const bool late = from != TH_DAY_NONE && judged->period.last < from;
    if (judged->measure.shape == TH_SHAPE_TARGET && (late || judged->value > 0)) {
        struct th_verdict *verdict = warn(judged, TH_V_TARGET, late ? "dims" : "value");
        th_verdict_add(verdict, judged->measure.code);
    }
}

// V40: the unit is none of those that report this form.
static void not_expected(const struct judgement *judgement)
{
    struct th_judged *judged = judgement->judged;
    const struct th_rules *rules = judgement->rules;
    const struct th_form *form = judged->measure.form;
    if (form == NULL || judged->measure.shape == TH_SHAPE_TARGET ||
        th_form_is_reporter(form, rules->reg, rules->root, judged->uid, judged->day)) {
        return;
    }
    struct th_verdict *verdict = warn(judged, TH_V_NOT_EXPECTED, "unit_code");
    th_verdict_add(verdict, judgement->update->staffing.unit);
    th_verdict_add(verdict, form->code);
}

void rules_warn_figure(struct judgement *judgement)
{
    target(judgement->judged);
    not_expected(judgement);
}
