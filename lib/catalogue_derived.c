// catalogue_derived.c - measures.yaml, derived: measures that are sums of others

#include <string.h>

#include "tonghop/text.h"

#include "lib/catalogue_raw.h"

// A code in which * stands for any characters.
bool catalogue_is_glob(struct th_bytes text)
{
    static const char ALLOWED[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-*";
    const char *chars = text.data;
    unsigned stars = 0;
    for (size_t i = 0; i < text.size; i++) {
        stars += chars[i] == '*' ? 1 : 0;
        if (chars[i] == '\0' || strchr(ALLOWED, chars[i]) == NULL) {
            return false;
        }
    }
    return text.size > 0 && stars <= 4;
}

// No measure, listed or a sum, and none that every catalogue has, may have the code already.
static void check_code(struct reading *reading, const struct raw_derived *derived, size_t index)
{
    const struct raw_measure *measures = reading->measures.measures.items;
    const struct th_bytes code = derived[index].code;
    for (size_t i = 0; i < reading->measures.measures.count; i++) {
        if (th_bytes_equal(measures[i].code, code)) {
            reading_twice(reading, derived[index].place, code, measures[i].place);
            return;
        }
    }
    for (size_t i = 0; i < index; i++) {
        if (th_bytes_equal(derived[i].code, code)) {
            reading_twice(reading, derived[index].place, code, derived[i].place);
            return;
        }
    }
    if (catalogue_is_built_in(code)) {
        reading_wrong(reading, derived[index].place, "code", code, "built-in");
    }
}

// A sum has the decimals of what it adds up, which must be the same for all of it that is listed.
static void
check_sum(struct reading *reading, const struct raw_derived *raw, struct th_measure *sum)
{
    const struct th_catalogue *catalogue = reading->catalogue;
    const struct catalogue_pattern *open = catalogue_open_pattern(catalogue, raw->code);
    bool found = catalogue->pattern_count > 0; // what will be reported is not known yet
    bool listed = false;
    sum->decimals = open == NULL ? 0 : open->decimals;
    for (size_t i = 0; i < catalogue->measure_count; i++) {
        const struct th_measure *measure = &catalogue->measures[i];
        if (!th_measure_sums(sum, measure)) {
            continue;
        }
        if (listed && measure->decimals != sum->decimals) {
            reading_wrong(reading, raw->sum_of_place, "sum_of", measure->code, "same-decimals");
            return;
        }
        sum->decimals = measure->decimals;
        found = listed = true;
    }
    if (!found) {
        reading_unknown(reading, raw->sum_of_place, "sum_of", raw->sum_of);
    }
}

static void
read_derived(struct reading *reading, const struct raw_derived *raw, struct th_measure *sum)
{
    *sum = (struct th_measure){
        .code = raw->code,
        .name = raw->name,
        .unit = raw->unit,
        .shape = TH_SHAPE_DERIVED,
        .scope = TH_SCOPE_OWN,
        .marginal = TH_MARGINAL_REPORTED,
        .min = -INT64_MAX,
        .max = INT64_MAX,
        .summed = true,
        .valid_from = TH_DAY_MIN,
        .valid_until = TH_DAY_MAX,
        .sum_of = raw->sum_of,
    };
    reading_name(reading, raw->place, &sum->name);
    if (raw->unit_place.line > 0) {
        reading_name(reading, raw->unit_place, &sum->unit);
    }
    if (!catalogue_is_glob(raw->sum_of)) {
        reading_wrong(reading, raw->sum_of_place, "sum_of", raw->sum_of, "glob");
    } else {
        check_sum(reading, raw, sum);
    }
}

enum th_err reading_derived(struct reading *reading)
{
    const struct th_yaml_list list = reading->measures.derived;
    const struct raw_derived *raw = list.items;
    struct th_catalogue *catalogue = reading->catalogue;
    const size_t listed = catalogue->measure_count;
    struct th_measure *all =
        reading_room(reading, listed + list.count, sizeof(*catalogue->measures));
    if (all == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (listed > 0) {
        memcpy(all, catalogue->measures, listed * sizeof(*all));
    }
    for (size_t i = 0; i < list.count; i++) {
        check_code(reading, raw, i);
        read_derived(reading, &raw[i], &all[listed + i]);
    }
    catalogue->measures = all;
    catalogue->measure_count = listed + list.count;
    return TH_OK;
}
