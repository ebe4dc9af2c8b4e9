// catalogue_indicators.c - indicators.yaml and targets.yaml

#include <string.h>

#include "tonghop/number.h"
#include "tonghop/text.h"

#include "lib/catalogue_raw.h"

// ---- indicators ----

// Every code or pattern stands for some measure that there is, or that may be reported.
static void check_over(struct reading *reading, const struct raw_indicator *raw)
{
    const struct th_catalogue *catalogue = reading->catalogue;
    const struct th_bytes *over = raw->over.items;
    for (size_t i = 0; i < raw->over.count; i++) {
        bool found = catalogue->pattern_count > 0; // what will be reported is not known yet
        if (!catalogue_is_glob(over[i])) {
            reading_wrong(reading, raw->over_place, "over", over[i], "glob");
            continue;
        }
        for (size_t k = 0; k < catalogue->measure_count && !found; k++) {
            found = th_text_matches(catalogue->measures[k].code, over[i]);
        }
        if (!found) {
            reading_unknown(reading, raw->over_place, "over", over[i]);
        }
    }
}

// What only a ratio has.
static void check_alone(struct reading *reading, const struct raw_indicator *raw)
{
    const struct {
        const char *key;
        struct th_yaml_place place;
    } keys[] = {{"num", raw->num_place},
                {"den", raw->den_place},
                {"over", raw->over_place},
                {"den_level", raw->den_level_place},
                {"scale", raw->scale_place}};
    for (size_t i = 0; i < TH_COUNT(keys); i++) {
        if (keys[i].place.line > 0) {
            reading_wrong(
                reading, keys[i].place, keys[i].key, (struct th_bytes){0}, "key-of-ratio");
        }
    }
}

static enum th_err
read_ratio(struct reading *reading, const struct raw_indicator *raw, struct th_indicator *indicator)
{
    const bool over = raw->over.count > 0;
    const struct raw_operands num = {"num", raw->num, raw->num_place, over};
    const struct raw_operands den = {"den", raw->den, raw->den_place, over};
    if (raw->num.count == 0) {
        reading_missing(reading, raw->place, "num");
    }
    if (raw->den.count > 0 && raw->den_level.size > 0) { // one of the two
        reading_wrong(reading, raw->den_level_place, "den_level", raw->den_level, "one-den");
    }
    check_over(reading, raw);
    indicator->over = raw->over.items;
    indicator->over_count = raw->over.count;
    indicator->den_level = raw->den_level;
    TH_TRY(reading_operands(reading, &num, &indicator->num, &indicator->num_count));
    return reading_operands(reading, &den, &indicator->den, &indicator->den_count);
}

static bool is_power_of_ten(int64_t scale)
{
    while (scale % 10 == 0) {
        scale /= 10;
    }
    return scale == 1;
}

// Who left units, and who joined them.
static void read_balance(struct th_indicator *indicator)
{
    static const struct th_operand LEFT = {.measure = {.data = "I14.out", .size = 7}};
    static const struct th_operand JOINED = {.measure = {.data = "I14.in", .size = 6}};
    indicator->num = &LEFT;
    indicator->den = &JOINED;
    indicator->num_count = indicator->den_count = 1;
}

static enum th_err read_indicator(struct reading *reading,
                                  const struct raw_indicator *raw,
                                  struct th_indicator *indicator)
{
    *indicator = (struct th_indicator){
        .code = raw->code,
        .name = raw->name,
        .kind = (enum th_indicator_kind)raw->kind,
        .scale = (uint32_t)raw->scale,
        .min_base = raw->min_base,
        .low_is_best = raw->best == 1,
    };
    reading_name(reading, raw->place, &indicator->name);
    if (!is_power_of_ten(raw->scale)) {
        char scale[TH_NUMBER_TEXT_BYTES];
        reading_wrong(reading,
                      raw->scale_place,
                      "scale",
                      th_bytes_of(th_number_plain(raw->scale, 0, scale)),
                      "power-of-ten");
    }
    if (indicator->kind == TH_INDICATOR_RATIO) {
        return read_ratio(reading, raw, indicator);
    }
    if (indicator->kind != TH_INDICATOR_PROGRESS && indicator->kind != TH_INDICATOR_COMPLETENESS) {
        indicator->scale = 1; // a number of people
    }
    if (indicator->kind == TH_INDICATOR_BALANCE) {
        read_balance(indicator);
    }
    check_alone(reading, raw);
    return TH_OK;
}

enum th_err reading_indicators(struct reading *reading)
{
    const struct th_yaml_list list = reading->indicators.indicators;
    const struct raw_indicator *raw = list.items;
    struct th_indicator *indicators = reading_room(reading, list.count, sizeof(*indicators));
    if (indicators == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < list.count; i++) {
        TH_TRY(read_indicator(reading, &raw[i], &indicators[i]));
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(raw[k].code, raw[i].code)) {
                reading_twice(reading, raw[i].place, raw[i].code, raw[k].place);
                break;
            }
        }
    }
    reading->catalogue->indicators = indicators;
    reading->catalogue->indicator_count = list.count;
    return TH_OK;
}

// ---- targets ----

static void check_measure(struct reading *reading,
                          const char *key,
                          struct th_bytes code,
                          struct th_yaml_place place,
                          bool target)
{
    struct th_measure measure;
    if (place.line == 0) {
        return;
    }
    if (th_catalogue_measure(reading->catalogue, code, &measure) != TH_OK) {
        reading_unknown(reading, place, key, code);
    } else if ((measure.shape == TH_SHAPE_TARGET) != target) {
        reading_wrong(reading, place, key, code, target ? "target" : "reported-measure");
    }
}

// Sizes of a target are compared with what was achieved as they are.
static void check_decimals(struct reading *reading, const struct raw_target *raw)
{
    struct th_measure target;
    struct th_measure achieved;
    const struct th_bytes size = raw->of.size > 0 ? raw->of : raw->measure;
    if (th_catalogue_measure(reading->catalogue, size, &target) == TH_OK &&
        th_catalogue_measure(reading->catalogue, raw->achieved, &achieved) == TH_OK &&
        target.decimals != achieved.decimals) {
        reading_wrong(reading, raw->achieved_place, "achieved", raw->achieved, "same-decimals");
    }
}

enum th_err reading_targets(struct reading *reading)
{
    const struct th_yaml_list list = reading->targets.targets;
    const struct raw_target *raw = list.items;
    struct th_target *targets = reading_room(reading, list.count, sizeof(*targets));
    if (targets == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < list.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(raw[k].measure, raw[i].measure)) {
                reading_twice(reading, raw[i].place, raw[i].measure, raw[k].place);
                break;
            }
        }
        check_measure(reading, "measure", raw[i].measure, raw[i].measure_place, true);
        check_measure(reading, "achieved", raw[i].achieved, raw[i].achieved_place, false);
        check_measure(reading, "of", raw[i].of, raw[i].of_place, false);
        check_decimals(reading, &raw[i]);
        targets[i] = (struct th_target){
            .measure = raw[i].measure,
            .per_year = raw[i].per == 1,
            .achieved = raw[i].achieved,
            .of = raw[i].of,
        };
    }
    reading->catalogue->targets = targets;
    reading->catalogue->target_count = list.count;
    return TH_OK;
}
