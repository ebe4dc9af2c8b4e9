// catalogue.c - questions to a catalogue; see catalogue.h

#include "tonghop/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/text.h"

#include "lib/catalogue_body.h"

struct th_catalogue *catalogue_new(void)
{
    return calloc(1, sizeof(struct th_catalogue));
}

void th_catalogue_free(struct th_catalogue **catalogue)
{
    struct th_catalogue *gone = *catalogue;
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; i < gone->pattern_count; i++) {
        catalogue_pattern_free(&gone->patterns[i]);
    }
    th_pool_free(&gone->pool);
    th_yaml_pool_free(&gone->texts);
    free(gone);
    *catalogue = NULL;
}

const struct th_catalogue_settings *th_catalogue_settings(const struct th_catalogue *catalogue)
{
    return &catalogue->settings;
}

void th_catalogue_digest(const struct th_catalogue *catalogue, uint8_t out[static 32])
{
    memcpy(out, catalogue->digest, sizeof(catalogue->digest));
}

// ---- measures ----

static const struct th_measure *listed_measure(const struct th_catalogue *catalogue,
                                               struct th_bytes code)
{
    size_t low = 0;
    size_t high = catalogue->measure_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct th_measure *measure = &catalogue->measures[catalogue->by_code[middle]];
        const int order = th_bytes_compare(code, measure->code);
        if (order == 0) {
            return measure;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct catalogue_pattern *catalogue_open_pattern(const struct th_catalogue *catalogue,
                                                       struct th_bytes code)
{
    if (!th_text_is_code(code, TH_MEASURE_CODE_MAX)) {
        return NULL;
    }
    for (size_t i = 0; i < catalogue->pattern_count; i++) {
        if (catalogue_pattern_matches(&catalogue->patterns[i], code)) {
            return &catalogue->patterns[i];
        }
    }
    return NULL;
}

enum th_err th_catalogue_measure(const struct th_catalogue *catalogue,
                                 struct th_bytes code,
                                 struct th_measure *measure)
{
    const struct th_measure *listed = listed_measure(catalogue, code);
    if (listed != NULL) {
        *measure = *listed;
        return TH_OK;
    }
    if (catalogue_counted_measure(code, measure)) {
        return TH_OK;
    }
    const struct catalogue_pattern *pattern = catalogue_open_pattern(catalogue, code);
    if (pattern == NULL) {
        return TH_E_NOT_FOUND;
    }
    *measure = (struct th_measure){
        .code = code,
        .name = {.vi = code, .en = code},
        .shape = TH_SHAPE_STOCK,
        .scope = TH_SCOPE_OWN,
        .marginal = TH_MARGINAL_REPORTED,
        .min = pattern->min,
        .max = pattern->max,
        .decimals = pattern->decimals,
        .open = true,
        .summed = true,
        .valid_from = TH_DAY_MIN,
        .valid_until = TH_DAY_MAX,
    };
    return TH_OK;
}

size_t th_catalogue_measure_count(const struct th_catalogue *catalogue)
{
    return catalogue->measure_count;
}

const struct th_measure *th_catalogue_measure_at(const struct th_catalogue *catalogue, size_t index)
{
    th_assert(index < catalogue->measure_count);
    return &catalogue->measures[index];
}

bool th_measure_valid_on(const struct th_measure *measure, th_day day)
{
    return measure->valid_from <= day &&
           (day < measure->valid_until || measure->valid_until == TH_DAY_MAX);
}

// A bit for each type.
static uint16_t all_period_types(void)
{
    return (uint16_t)((1U << TH_PERIOD_TYPE_END) - 1U - 1U);
}

uint16_t th_measure_period_types(const struct th_measure *measure)
{
    const uint16_t of_targets =
        (uint16_t)(th_period_bit(TH_PERIOD_DEADLINE) | th_period_bit(TH_PERIOD_YEARLY));
    const uint16_t form = measure->form == NULL ? UINT16_MAX : measure->form->period_types;
    const uint16_t shape = measure->shape == TH_SHAPE_TARGET ? of_targets : (uint16_t)~of_targets;
    return (uint16_t)(form & shape & all_period_types());
}

enum th_period_type th_measure_base_type(const struct th_measure *measure)
{
    const struct th_form *form = measure->form;
    const uint16_t types = th_measure_period_types(measure);
    for (size_t i = 0; form != NULL && i < form->period_count; i++) {
        const enum th_period_type type = (enum th_period_type)form->periods[i];
        if ((types & th_period_bit(type)) != 0) {
            return type;
        }
    }
    return 0;
}

// ---- schemes ----

const struct th_scheme *th_catalogue_scheme(const struct th_catalogue *catalogue,
                                            struct th_bytes code)
{
    for (size_t i = 0; i < catalogue->scheme_count; i++) {
        if (th_bytes_equal(catalogue->schemes[i].code, code)) {
            return &catalogue->schemes[i];
        }
    }
    return NULL;
}

size_t th_catalogue_scheme_count(const struct th_catalogue *catalogue)
{
    return catalogue->scheme_count;
}

const struct th_scheme *th_catalogue_scheme_at(const struct th_catalogue *catalogue, size_t index)
{
    th_assert(index < catalogue->scheme_count);
    return &catalogue->schemes[index];
}

static bool lists_category(const struct th_scheme *scheme, struct th_bytes category)
{
    for (size_t i = 0; i < scheme->category_count; i++) {
        if (th_bytes_equal(scheme->categories[i], category)) {
            return true;
        }
    }
    return scheme->category_count == 0;
}

bool th_scheme_valid_on(const struct th_scheme *scheme, th_day day)
{
    return scheme->valid_from <= day &&
           (day < scheme->valid_until || scheme->valid_until == TH_DAY_MAX);
}

bool th_scheme_in_force(const struct th_scheme *scheme,
                        struct th_period period,
                        struct th_bytes category)
{
    return th_scheme_valid_on(scheme, period.last) &&
           (scheme->period_types & th_period_bit(period.type)) != 0 &&
           lists_category(scheme, category);
}

// A list of codes in 64 bytes; what does not fit is shown as one "…".
struct code_list {
    char *text;
    size_t size;
    bool full;
};

enum { CODE_LIST_BYTES = 65, ELLIPSIS_BYTES = 3 };

static void list_code(struct code_list *list, struct th_bytes code)
{
    const size_t gap = list->size > 0 ? 2 : 0;
    const size_t room = CODE_LIST_BYTES - 1 - 2 - ELLIPSIS_BYTES;
    if (list->full) {
        return;
    }
    if (list->size + gap + code.size > room) {
        list->full = true;
        memcpy(list->text + list->size, gap > 0 ? ", …" : "…", gap + ELLIPSIS_BYTES + 1);
        return;
    }
    memcpy(list->text + list->size, ", ", gap);
    memcpy(list->text + list->size + gap, code.data, code.size);
    list->size += gap + code.size;
    list->text[list->size] = '\0';
}

static bool is_built_in(const struct th_scheme *scheme)
{
    return th_bytes_equal(scheme->code, CATALOGUE_PLAIN);
}

size_t th_catalogue_schemes_on(const struct th_catalogue *catalogue,
                               th_day day,
                               const struct th_scheme **first,
                               char list[static 65])
{
    struct code_list codes = {.text = list};
    size_t count = 0;
    *first = NULL;
    list[0] = '\0';
    for (size_t i = 0; i < catalogue->scheme_count; i++) {
        const struct th_scheme *scheme = &catalogue->schemes[i];
        if (!is_built_in(scheme) && th_scheme_valid_on(scheme, day)) {
            *first = count == 0 ? scheme : *first;
            count++;
            list_code(&codes, scheme->code);
        }
    }
    return count;
}

size_t th_catalogue_schemes_in_force(const struct th_catalogue *catalogue,
                                     struct th_period period,
                                     struct th_bytes category,
                                     const struct th_scheme **first,
                                     char list[static 65])
{
    struct code_list codes = {.text = list};
    size_t count = 0;
    *first = NULL;
    list[0] = '\0';
    for (size_t i = 0; i < catalogue->scheme_count; i++) {
        const struct th_scheme *scheme = &catalogue->schemes[i];
        if (is_built_in(scheme) || !th_scheme_in_force(scheme, period, category)) {
            continue;
        }
        *first = count == 0 ? scheme : *first;
        count++;
        list_code(&codes, scheme->code);
    }
    return count;
}

const struct th_scheme *th_catalogue_default_scheme(const struct th_catalogue *catalogue,
                                                    struct th_period period,
                                                    struct th_bytes category,
                                                    char list[static 65])
{
    const struct th_scheme *first = NULL;
    const size_t count = th_catalogue_schemes_in_force(catalogue, period, category, &first, list);
    const struct th_bytes named = catalogue->settings.default_scheme;
    if (th_bytes_equal(named, TH_BYTES("auto"))) {
        return count == 1 ? first : NULL;
    }
    const struct th_scheme *scheme = th_catalogue_scheme(catalogue, named);
    return scheme != NULL && th_scheme_in_force(scheme, period, category) ? scheme : NULL;
}

const struct th_level *th_scheme_band(const struct th_scheme *scheme, int64_t score)
{
    const struct th_level *band = NULL;
    for (size_t i = 0; i < scheme->level_count; i++) {
        const struct th_level *level = &scheme->levels[i];
        if (level->has_min_score && level->min_score <= score &&
            (band == NULL || level->rating > band->rating)) {
            band = level;
        }
    }
    return band;
}

const struct th_level *th_scheme_level(const struct th_scheme *scheme, uint32_t rating)
{
    for (size_t i = 0; i < scheme->level_count; i++) {
        if (scheme->levels[i].rating == rating) {
            return &scheme->levels[i];
        }
    }
    return NULL;
}

// ---- dimensions and forms ----

const struct th_dim *th_catalogue_dim(const struct th_catalogue *catalogue, struct th_bytes code)
{
    for (size_t i = 0; i < catalogue->dim_count; i++) {
        if (th_bytes_equal(catalogue->dims[i].code, code)) {
            return &catalogue->dims[i];
        }
    }
    return NULL;
}

size_t th_catalogue_dim_count(const struct th_catalogue *catalogue)
{
    return catalogue->dim_count;
}

const struct th_dim *th_catalogue_dim_at(const struct th_catalogue *catalogue, size_t index)
{
    th_assert(index < catalogue->dim_count);
    return &catalogue->dims[index];
}

size_t th_catalogue_form_count(const struct th_catalogue *catalogue)
{
    return catalogue->form_count;
}

const struct th_form *th_catalogue_form_at(const struct th_catalogue *catalogue, size_t index)
{
    th_assert(index < catalogue->form_count);
    return &catalogue->forms[index];
}

const struct th_form *th_catalogue_form(const struct th_catalogue *catalogue, struct th_bytes code)
{
    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (th_bytes_equal(catalogue->forms[i].code, code)) {
            return &catalogue->forms[i];
        }
    }
    return NULL;
}

const struct th_form *th_catalogue_evaluation_form(const struct th_catalogue *catalogue,
                                                   struct th_period period)
{
    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct th_form *form = &catalogue->forms[i];
        if (form->evaluation && (form->period_types & th_period_bit(period.type)) != 0) {
            return form;
        }
    }
    return NULL;
}
