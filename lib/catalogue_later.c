// catalogue_later.c - indicators.yaml and targets.yaml: read and checked, so that a file that is
// accepted today stays valid when they are computed

#include <string.h>

#include "lib/catalogue_raw.h"

// ---- operands of indicators: [-]MEASURE[{key=value;...}][.of|.before|.after] ----

enum { OPERAND_GOOD, OPERAND_WRONG, OPERAND_NO_MEASURE };

struct operand {
    struct th_bytes measure;
    struct th_bytes dims;
};

static bool take_suffix(struct th_bytes *text, const char *suffix)
{
    const size_t size = strlen(suffix);
    if (text->size <= size ||
        memcmp((const char *)text->data + text->size - size, suffix, size) != 0) {
        return false;
    }
    text->size -= size;
    return true;
}

static bool operand_parse(struct th_bytes text, struct operand *operand)
{
    const char *chars = text.data;
    if (text.size > 0 && chars[0] == '-') {
        text = (struct th_bytes){.data = chars + 1, .size = text.size - 1};
    }
    (void)(take_suffix(&text, ".of") || take_suffix(&text, ".before") ||
           take_suffix(&text, ".after"));
    const char *open = text.size == 0 ? NULL : memchr(text.data, '{', text.size);
    *operand = (struct operand){.measure = text};
    if (open != NULL) {
        operand->measure.size = (size_t)(open - (const char *)text.data);
        operand->dims =
            (struct th_bytes){.data = open + 1, .size = text.size - operand->measure.size - 1};
        return take_suffix(&operand->dims, "}");
    }
    return true;
}

// Are all dims ones of the measure? * stands for any member, so only keys and other members count.
static bool dims_fit(const struct th_measure *measure, struct th_bytes dims)
{
    struct th_measure lax = *measure; // nothing is required of an operand
    struct th_measure_dim all[TH_DIM_PAIRS_MAX * 2];
    const size_t count = measure->dim_count < TH_COUNT(all) ? measure->dim_count : TH_COUNT(all);
    char text[TH_DIMS_MAX + 1];
    char out[TH_DIMS_MAX + 1];
    struct th_dim any[TH_COUNT(all)];
    struct th_bytes part;
    const bool starred = dims.size > 0 && memchr(dims.data, '*', dims.size) != NULL;
    if (dims.size > TH_DIMS_MAX) {
        return false;
    }
    (void)th_bytes_copy_text(dims, text, sizeof(text));
    for (char *star = text; starred && (star = strchr(star, '*')) != NULL;) {
        *star = 'x';
    }
    for (size_t i = 0; i < count; i++) {
        any[i] = *measure->dims[i].dim;
        any[i].type = starred ? TH_DIM_CODE : any[i].type;
        all[i] = (struct th_measure_dim){.dim = &any[i]};
    }
    lax.dims = all;
    lax.dim_count = count;
    return th_measure_dims(&lax, th_bytes_of(text), out, &part) == TH_OK;
}

static void check_operands(struct reading *reading,
                           const char *key,
                           struct th_yaml_list list,
                           struct th_yaml_place place)
{
    const struct th_bytes *texts = list.items;
    for (size_t i = 0; i < list.count; i++) {
        struct operand operand;
        struct th_measure measure;
        const bool reads = operand_parse(texts[i], &operand);
        if (reads && th_catalogue_measure(reading->catalogue, operand.measure, &measure) != TH_OK) {
            reading_unknown(reading, place, key, operand.measure);
        } else if (!reads || !dims_fit(&measure, operand.dims)) {
            reading_wrong(reading, place, key, texts[i], "operand");
        }
    }
}

void reading_indicators(struct reading *reading)
{
    const struct th_yaml_list list = reading->indicators.indicators;
    struct raw_indicator *raw = list.items;
    for (size_t i = 0; i < list.count; i++) {
        reading_name(reading, raw[i].place, &raw[i].name);
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(raw[k].code, raw[i].code)) {
                reading_twice(reading, raw[i].place, raw[i].code, raw[k].place);
                break;
            }
        }
        check_operands(reading, "num", raw[i].num, raw[i].num_place);
        check_operands(reading, "den", raw[i].den, raw[i].den_place);
    }
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

void reading_targets(struct reading *reading)
{
    const struct th_yaml_list list = reading->targets.targets;
    const struct raw_target *raw = list.items;
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
    }
}
