// rules_staffing.c - V02, V06, V07, V08, V24, V28, V31, V34: one figure of a unit

#include <string.h>

#include "lib/rules_body.h"

// Default bound of a level or a baseline whose measure counts something smaller (thousandths).
enum { LEVEL_MAX = 9999999 };

static enum th_err measure(struct judgement *judgement, const struct th_staffing *staffing)
{
    struct th_measure *found = &judgement->judged->measure;
    TH_TRY(rules_code(judgement, "measure", staffing->measure, TH_MEASURE_CODE_MAX));
    if (th_catalogue_measure(judgement->rules->catalogue, staffing->measure, found) != TH_OK) {
        th_verdict_start(judgement->verdict, TH_V_MEASURE, 0, "measure");
        th_verdict_add(judgement->verdict, staffing->measure);
        th_verdict_add(judgement->verdict, staffing->period);
        return TH_E_REFUSED;
    }
    if (found->shape == TH_SHAPE_DERIVED) { // kept by the province itself
        return rules_not_accepted(judgement, "measure");
    }
    return TH_OK;
}

static enum th_err measure_validity(struct judgement *judgement, const struct th_staffing *staffing)
{
    if (th_measure_valid_on(&judgement->judged->measure, judgement->judged->day)) {
        return TH_OK;
    }
    th_verdict_start(judgement->verdict, TH_V_MEASURE, 0, "measure");
    th_verdict_add(judgement->verdict, staffing->measure);
    th_verdict_add(judgement->verdict, staffing->period);
    return TH_E_REFUSED;
}

// ---- dims ----

// The catalogue's default scheme is never written out, so that a key has one spelling.
static void leave_out_default_scheme(const struct th_catalogue *catalogue, char *dims)
{
    char pair[sizeof("scheme=") + TH_SCHEME_CODE_MAX] = "scheme=";
    const struct th_bytes named = th_catalogue_settings(catalogue)->default_scheme;
    if (named.size > TH_SCHEME_CODE_MAX) {
        return;
    }
    (void)th_bytes_copy_text(named, pair + sizeof("scheme=") - 1, TH_SCHEME_CODE_MAX + 1);

    const size_t size = strlen(pair);
    for (char *at = dims; at != NULL && *at != '\0';) {
        char *end = strchr(at, ';');
        const size_t this_size = end == NULL ? strlen(at) : (size_t)(end - at);
        if (this_size == size && memcmp(at, pair, size) == 0) {
            const char *rest = end == NULL ? at + size : end + 1;
            char *to = end == NULL && at > dims ? at - 1 : at;
            memmove(to, rest, strlen(rest) + 1);
            return;
        }
        at = end == NULL ? NULL : end + 1;
    }
}

static enum th_err dims(struct judgement *judgement, const struct th_staffing *staffing)
{
    struct th_judged *judged = judgement->judged;
    struct th_bytes part = {0};
    if (th_measure_dims(&judged->measure, staffing->dims, judged->dims, &part) != TH_OK) {
        th_verdict_start(judgement->verdict, TH_V_DIMS, 0, "dims");
        th_verdict_add(judgement->verdict, staffing->measure);
        th_verdict_add(judgement->verdict, staffing->dims);
        th_verdict_add(judgement->verdict, part);
        return TH_E_REFUSED;
    }
    if (judged->measure.marginal == TH_MARGINAL_SUM) {
        leave_out_default_scheme(judgement->rules->catalogue, judged->dims);
    }
    return TH_OK;
}

// ---- which fields a shape has ----

struct fields {
    bool of, before, after;
};

static struct fields fields_of(enum th_shape shape)
{
    switch (shape) {
    case TH_SHAPE_CHANGE:
        return (struct fields){.before = true, .after = true};
    case TH_SHAPE_N_OF_M:
    case TH_SHAPE_SHARE:
        return (struct fields){.of = true};
    case TH_SHAPE_TARGET: // before is the baseline
        return (struct fields){.before = true};
    case TH_SHAPE_STOCK:
    case TH_SHAPE_FLOW:
    case TH_SHAPE_DERIVED:
        return (struct fields){0};
    }
    th_unreachable();
}

static bool has_numbers(const struct th_staffing *staffing)
{
    return staffing->value.has || staffing->of.has || staffing->before.has || staffing->after.has;
}

static enum th_err shape_fields(struct judgement *judgement, const struct th_staffing *staffing)
{
    const struct fields fields = fields_of(judgement->judged->measure.shape);
    if (staffing->qualifier > TH_QUALIFIER_ABOUT) {
        return rules_not_accepted(judgement, "qualifier");
    }
    if (staffing->not_applicable && has_numbers(staffing)) {
        return rules_not_accepted(judgement, "not_applicable");
    }
    if (staffing->of.has && !fields.of) {
        return rules_not_accepted(judgement, "of");
    }
    if (staffing->before.has && !fields.before) {
        return rules_not_accepted(judgement, "before");
    }
    if (staffing->after.has && !fields.after) {
        return rules_not_accepted(judgement, "after");
    }
    return TH_OK;
}

// ---- numbers ----

static int64_t scaled(int64_t units, uint32_t decimals)
{
    int64_t result = units;
    for (uint32_t i = 0; i < decimals; i++) {
        if (__builtin_mul_overflow(result, 10, &result)) {
            return units < 0 ? -INT64_MAX : INT64_MAX;
        }
    }
    return result;
}

struct bounds {
    int64_t min, max; // in units
};

static enum th_err
in_range(struct judgement *judgement, const char *field, int64_t value, struct bounds bounds)
{
    const struct th_measure *of = &judgement->judged->measure;
    if (value >= scaled(bounds.min, of->decimals) && value <= scaled(bounds.max, of->decimals)) {
        return TH_OK;
    }
    th_verdict_start(judgement->verdict, TH_V_RANGE, 0, field);
    th_verdict_add(judgement->verdict, of->code);
    th_verdict_add_number(judgement->verdict, value, of->decimals);
    th_verdict_add_number(judgement->verdict, bounds.min, 0);
    th_verdict_add_number(judgement->verdict, bounds.max, 0);
    return TH_E_REFUSED;
}

static struct bounds own_bounds(const struct th_measure *of)
{
    return (struct bounds){.min = of->min, .max = of->max};
}

// Levels and baselines count things: never below 0.
static struct bounds level_bounds(const struct th_measure *of)
{
    return (struct bounds){.min = 0, .max = of->max > LEVEL_MAX ? of->max : LEVEL_MAX};
}

static enum th_err n_of_m(struct judgement *judgement)
{
    struct th_judged *judged = judgement->judged;
    if (judged->has_of && (judged->of < 1 || judged->value < 0 || judged->value > judged->of)) {
        th_verdict_start(judgement->verdict, TH_V_N_OF_M, 0, "value");
        th_verdict_add(judgement->verdict, judged->measure.code);
        th_verdict_add_number(judgement->verdict, judged->value, judged->measure.decimals);
        th_verdict_add_number(judgement->verdict, judged->of, judged->measure.decimals);
        return TH_E_REFUSED;
    }
    TH_TRY(in_range(judgement, "value", judged->value, own_bounds(&judged->measure)));
    return judged->has_of ? in_range(judgement, "of", judged->of, own_bounds(&judged->measure))
                          : TH_OK;
}

static enum th_err share(struct judgement *judgement)
{
    struct th_judged *judged = judgement->judged;
    if (!judged->has_of) {
        judged->of = 1000;
        judged->has_of = true;
    }
    if (judged->of != 1000 || judged->value < 0 || judged->value > 1000) {
        th_verdict_make(judgement->verdict, TH_V_SHARE, 0, "value", NULL);
        th_verdict_add(judgement->verdict, judged->measure.code);
        return TH_E_REFUSED;
    }
    return in_range(judgement, "value", judged->value, own_bounds(&judged->measure));
}

static enum th_err change(struct judgement *judgement, const struct th_staffing *staffing)
{
    struct th_judged *judged = judgement->judged;
    if (staffing->before.has != staffing->after.has) {
        th_verdict_start(
            judgement->verdict, TH_V_CHANGE, 'b', staffing->before.has ? "after" : "before");
        th_verdict_add(judgement->verdict, judged->measure.code);
        return TH_E_REFUSED;
    }
    if (judged->has_before) {
        const struct bounds levels = level_bounds(&judged->measure);
        TH_TRY(in_range(judgement, "before", judged->before, levels));
        TH_TRY(in_range(judgement, "after", judged->after, levels));
        const int64_t expected = judged->after - judged->before; // both are at least 0
        if (judged->has_value && judged->value != expected) {
            const uint32_t decimals = judged->measure.decimals;
            th_verdict_start(judgement->verdict, TH_V_CHANGE, 'a', "value");
            th_verdict_add(judgement->verdict, judged->measure.code);
            th_verdict_add_number(judgement->verdict, judged->before, decimals);
            th_verdict_add_number(judgement->verdict, judged->after, decimals);
            th_verdict_add_number(judgement->verdict, expected, decimals);
            th_verdict_add_number(judgement->verdict, judged->value, decimals);
            return TH_E_REFUSED;
        }
        judged->value = expected;
        judged->has_value = true;
    }
    return in_range(judgement, "value", judged->value, own_bounds(&judged->measure));
}

static enum th_err target(struct judgement *judgement)
{
    struct th_judged *judged = judgement->judged;
    if (judged->has_before) {
        TH_TRY(in_range(judgement, "before", judged->before, level_bounds(&judged->measure)));
    }
    return in_range(judgement, "value", judged->value, own_bounds(&judged->measure));
}

static enum th_err numbers(struct judgement *judgement, const struct th_staffing *staffing)
{
    const struct th_judged *judged = judgement->judged;
    switch (judged->measure.shape) {
    case TH_SHAPE_CHANGE:
        return change(judgement, staffing);
    case TH_SHAPE_N_OF_M:
        return n_of_m(judgement);
    case TH_SHAPE_SHARE:
        return share(judgement);
    case TH_SHAPE_TARGET:
        return target(judgement);
    case TH_SHAPE_STOCK:
    case TH_SHAPE_FLOW:
    case TH_SHAPE_DERIVED:
        return in_range(judgement, "value", judged->value, own_bounds(&judged->measure));
    }
    th_unreachable();
}

static void take_numbers(struct th_judged *judged, const struct th_staffing *staffing)
{
    judged->has_value = staffing->value.has;
    judged->has_of = staffing->of.has;
    judged->has_before = staffing->before.has;
    judged->value = staffing->value.has ? staffing->value.value : 0;
    judged->of = staffing->of.has ? staffing->of.value : 0;
    judged->before = staffing->before.has ? staffing->before.value : 0;
    judged->after = staffing->after.has ? staffing->after.value : 0;
    judged->qualifier =
        staffing->qualifier == TH_QUALIFIER_NONE ? TH_QUALIFIER_EXACT : staffing->qualifier;
}

static enum th_err content(struct judgement *judgement, const struct th_staffing *staffing)
{
    struct th_judged *judged = judgement->judged;
    TH_TRY(shape_fields(judgement, staffing));
    if (staffing->not_applicable) {
        return TH_OK;
    }
    const bool levels =
        judged->measure.shape == TH_SHAPE_CHANGE && (staffing->before.has || staffing->after.has);
    if (!staffing->value.has && !levels) {
        th_verdict_make(judgement->verdict, TH_V_NO_VALUE, 0, "value", NULL);
        return TH_E_REFUSED;
    }
    if (staffing->decimals != judged->measure.decimals) {
        th_verdict_start(judgement->verdict, TH_V_DECIMALS, 0, "value");
        th_verdict_add(judgement->verdict, judged->measure.code);
        th_verdict_add_number(judgement->verdict, staffing->decimals, 0);
        th_verdict_add_number(judgement->verdict, judged->measure.decimals, 0);
        return TH_E_REFUSED;
    }
    take_numbers(judged, staffing);
    return numbers(judgement, staffing);
}

enum th_err rules_staffing(struct judgement *judgement)
{
    const struct th_staffing *staffing = &judgement->update->staffing;
    struct th_judged *judged = judgement->judged;
    TH_TRY(measure(judgement, staffing));
    TH_TRY(rules_period(judgement, staffing->period, th_measure_period_types(&judged->measure)));
    TH_TRY(rules_unit(judgement, staffing->unit, staffing->period));
    TH_TRY(measure_validity(judgement, staffing));
    TH_TRY(dims(judgement, staffing));
    if (!judged->withdraw) {
        TH_TRY(content(judgement, staffing));
        rules_warn_figure(judgement);
    }
    return TH_OK;
}
