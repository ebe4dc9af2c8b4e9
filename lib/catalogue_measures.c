// catalogue_measures.c - measures.yaml: dimensions and measures

#include <string.h>

#include "lib/catalogue_raw.h"

// ---- dimensions ----

static bool is_dim_code(struct th_bytes code)
{
    const char *chars = code.data;
    for (size_t i = 0; i < code.size; i++) {
        const bool letter = chars[i] >= 'a' && chars[i] <= 'z';
        const bool digit = chars[i] >= '0' && chars[i] <= '9';
        if (!letter && (i == 0 || (!digit && chars[i] != '_'))) {
            return false;
        }
    }
    return true;
}

static enum th_err
read_members(struct reading *reading, const struct raw_dim *raw, struct th_dim *dim)
{
    const struct raw_member *members = raw->members.items;
    struct th_dim_member *built = reading_room(reading, raw->members.count, sizeof(*built));
    if (built == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < raw->members.count; i++) {
        built[i] = (struct th_dim_member){.code = members[i].code, .name = members[i].name};
        reading_name(reading, members[i].place, &built[i].name);
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(members[k].code, members[i].code)) {
                reading_twice(reading, members[i].place, members[i].code, members[k].place);
                break;
            }
        }
    }
    dim->members = built;
    dim->member_count = raw->members.count;
    return TH_OK;
}

// The members of a dimension of schemes are the schemes, the built-in one too.
static enum th_err scheme_members(struct reading *reading, struct th_dim *dim)
{
    const struct th_catalogue *catalogue = reading->catalogue;
    struct th_dim_member *built =
        reading_room(reading, catalogue->scheme_count + 1, sizeof(*built));
    size_t count = 0;
    if (built == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (; count < catalogue->scheme_count; count++) {
        built[count] = (struct th_dim_member){.code = catalogue->schemes[count].code,
                                              .name = catalogue->schemes[count].name};
    }
    if (th_catalogue_scheme(catalogue, CATALOGUE_PLAIN) == NULL) {
        built[count++] = (struct th_dim_member){
            .code = CATALOGUE_PLAIN, .name = {.vi = CATALOGUE_PLAIN, .en = CATALOGUE_PLAIN}};
    }
    dim->members = built;
    dim->member_count = count;
    dim->type = TH_DIM_ENUM;
    return TH_OK;
}

static enum th_err read_dim(struct reading *reading, const struct raw_dim *raw, struct th_dim *dim)
{
    static const enum th_dim_type TYPES[] = {
        [RAW_DIM_ENUM] = TH_DIM_ENUM,
        [RAW_DIM_YEAR] = TH_DIM_YEAR,
        [RAW_DIM_DATE] = TH_DIM_DATE,
        [RAW_DIM_CODE] = TH_DIM_CODE,
        [RAW_DIM_SCHEME] = TH_DIM_CODE,
    };
    *dim = (struct th_dim){.code = raw->code, .name = raw->name, .type = TYPES[raw->type]};
    if (dim->name.vi.size == 0 && dim->name.en.size == 0) {
        dim->name = (struct th_name){.vi = raw->code, .en = raw->code};
    }
    reading_name(reading, raw->place, &dim->name);
    if (!is_dim_code(raw->code)) {
        reading_wrong(reading, raw->code_place, "code", raw->code, "dim-code");
    }
    if (raw->type == RAW_DIM_ENUM && raw->members.count == 0) {
        reading_missing(reading, raw->place, "members");
    }
    if (raw->type != RAW_DIM_ENUM && raw->members_place.line > 0) {
        reading_wrong(reading, raw->members_place, "members", (struct th_bytes){0}, "key-of-enum");
    }
    return raw->type == RAW_DIM_SCHEME ? scheme_members(reading, dim)
                                       : read_members(reading, raw, dim);
}

enum th_err reading_dims(struct reading *reading)
{
    const struct th_yaml_list list = reading->measures.dims;
    const struct raw_dim *raw = list.items;
    struct th_dim *dims = reading_room(reading, list.count, sizeof(*dims));
    if (dims == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < list.count; i++) {
        TH_TRY(read_dim(reading, &raw[i], &dims[i]));
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(raw[k].code, raw[i].code)) {
                reading_twice(reading, raw[i].place, raw[i].code, raw[k].place);
                break;
            }
        }
    }
    reading->catalogue->dims = dims;
    reading->catalogue->dim_count = list.count;
    return TH_OK;
}

// ---- measures ----

static enum th_err read_measure_dims(struct reading *reading,
                                     const struct raw_measure *raw,
                                     struct th_measure *measure)
{
    const struct raw_measure_dim *dims = raw->dims.items;
    struct th_measure_dim *built = reading_room(reading, raw->dims.count, sizeof(*built));
    size_t count = 0;
    if (built == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < raw->dims.count; i++) {
        const struct th_dim *dim = th_catalogue_dim(reading->catalogue, dims[i].code);
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(dims[k].code, dims[i].code)) {
                reading_twice(reading, dims[i].place, dims[i].code, dims[k].place);
                break;
            }
        }
        if (dim == NULL) {
            reading_unknown(reading, dims[i].place, "dims", dims[i].code);
        } else {
            built[count++] = (struct th_measure_dim){
                .dim = dim, .required = dims[i].required, .complete = dims[i].complete};
        }
    }
    measure->dims = built;
    measure->dim_count = count;
    return TH_OK;
}

static bool is_signed(enum th_shape shape)
{
    return shape == TH_SHAPE_CHANGE || shape == TH_SHAPE_TARGET;
}

static void
read_bounds(struct reading *reading, const struct raw_measure *raw, struct th_measure *measure)
{
    const bool share = measure->shape == TH_SHAPE_SHARE;
    const int64_t max = share ? 1000 : CATALOGUE_UNIT_MAX;
    const int64_t lowest = is_signed(measure->shape) ? -INT64_MAX : 0;
    const int64_t highest = share ? 1000 : INT64_MAX;
    measure->max = raw->max_place.line > 0 ? raw->max : max;
    measure->min = is_signed(measure->shape) ? -max : 0;
    measure->min = raw->min_place.line > 0 ? raw->min : measure->min;
    if (measure->min < lowest || measure->min > highest) {
        reading_out_of_range(reading, raw->min_place, "min", measure->min, lowest, highest);
    }
    if (measure->max < measure->min || measure->max > highest) {
        const struct th_yaml_place place =
            raw->max_place.line > 0 ? raw->max_place : raw->min_place;
        reading_out_of_range(reading, place, "max", measure->max, measure->min, highest);
    }
}

static const struct th_form *find_form(struct reading *reading, const struct raw_measure *raw)
{
    const struct th_catalogue *catalogue = reading->catalogue;
    if (raw->form.size == 0) {
        return NULL;
    }
    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (th_bytes_equal(catalogue->forms[i].code, raw->form)) {
            return &catalogue->forms[i];
        }
    }
    if (!reading->unreadable[CATALOGUE_FORMS]) {
        reading_unknown(reading, raw->form_place, "form", raw->form);
    }
    return NULL;
}

static enum th_err
read_measure(struct reading *reading, const struct raw_measure *raw, struct th_measure *measure)
{
    *measure = (struct th_measure){
        .code = raw->code,
        .name = raw->name,
        .unit = raw->unit,
        .shape = (enum th_shape)(raw->shape + 1),
        .scope = raw->scope == 0 ? TH_SCOPE_WHOLE : TH_SCOPE_OWN,
        .marginal = raw->marginal == 0 ? TH_MARGINAL_REPORTED : TH_MARGINAL_SUM,
        .decimals = (uint32_t)raw->decimals,
        .summed = raw->summed,
        .personal = raw->personal,
        .valid_from = raw->valid_from == TH_DAY_NONE ? TH_DAY_MIN : raw->valid_from,
        .valid_until = raw->valid_to == TH_DAY_NONE ? TH_DAY_MAX : raw->valid_to,
        .form = find_form(reading, raw),
        .parts = raw->parts.items,
        .part_count = raw->parts.count,
        .at_most = raw->at_most,
        .of_level = raw->of_level,
    };
    reading_name(reading, raw->place, &measure->name);
    if (raw->unit_place.line > 0) {
        reading_name(reading, raw->unit_place, &measure->unit);
    }
    reading_days(reading, raw->valid_to_place, raw->valid_from, raw->valid_to);
    read_bounds(reading, raw, measure);
    if (measure->form != NULL && th_measure_period_types(measure) == 0) {
        reading_wrong(reading, raw->form_place, "form", raw->form, "form-for-shape");
    }
    if (!catalogue_fits_built_in(measure)) {
        reading_wrong(reading, raw->place, "shape", raw->code, "built-in");
    }
    return read_measure_dims(reading, raw, measure);
}

enum th_err reading_measures(struct reading *reading)
{
    const struct th_yaml_list list = reading->measures.measures;
    const struct raw_measure *raw = list.items;
    struct th_measure *measures = reading_room(reading, list.count, sizeof(*measures));
    if (measures == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < list.count; i++) {
        TH_TRY(read_measure(reading, &raw[i], &measures[i]));
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(raw[k].code, raw[i].code)) {
                reading_twice(reading, raw[i].place, raw[i].code, raw[k].place);
                break;
            }
        }
    }
    reading->catalogue->measures = measures;
    reading->catalogue->measure_count = list.count;
    return TH_OK;
}

// ---- references between measures ----

static bool is_measure(const struct th_catalogue *catalogue, struct th_bytes code)
{
    struct th_measure measure;
    return th_catalogue_measure(catalogue, code, &measure) == TH_OK;
}

void reading_parts(struct reading *reading)
{
    const struct th_yaml_list list = reading->measures.measures;
    const struct raw_measure *raw = list.items;
    for (size_t i = 0; i < list.count; i++) {
        if (raw[i].at_most.size > 0 && (!is_measure(reading->catalogue, raw[i].at_most) ||
                                        th_bytes_equal(raw[i].at_most, raw[i].code))) {
            reading_unknown(reading, raw[i].at_most_place, "at_most", raw[i].at_most);
        }
        const struct th_bytes *parts = raw[i].parts.items;
        for (size_t k = 0; k < raw[i].parts.count; k++) {
            if (!is_measure(reading->catalogue, parts[k]) ||
                th_bytes_equal(parts[k], raw[i].code)) {
                reading_unknown(reading, raw[i].parts_place, "parts", parts[k]);
            }
        }
    }
}
