// catalogue_schemes.c - schemes.yaml: rating schemes with their levels

#include "tonghop/text.h"

#include "lib/catalogue_raw.h"

// ---- levels ----

static bool is_number(struct th_bytes text)
{
    const char *chars = text.data;
    for (size_t i = 0; i < text.size; i++) {
        if (chars[i] < '0' || chars[i] > '9') {
            return false;
        }
    }
    return true;
}

// A higher level begins at a higher score, within the scale; ratings and labels are told apart.
static void check_levels(struct reading *reading, const struct raw_scheme *raw, size_t index)
{
    const struct raw_level *levels = raw->levels.items;
    const struct raw_level *level = &levels[index];
    if (level->min_score_place.line > 0 && level->min_score > raw->score.max) {
        reading_out_of_range(
            reading, level->min_score_place, "min_score", level->min_score, 0, raw->score.max);
    }
    if (level->label.size > 0 && is_number(level->label)) {
        reading_wrong(reading, level->label_place, "label", level->label, "label");
    }
    for (size_t i = 0; i < index; i++) {
        const struct raw_level *other = &levels[i];
        const bool both = level->min_score_place.line > 0 && other->min_score_place.line > 0;
        if (other->rating == level->rating) {
            char digit[2] = {(char)('0' + level->rating), '\0'};
            reading_twice(reading, level->place, th_bytes_of(digit), other->place);
        } else if (both &&
                   (other->min_score > level->min_score) != (other->rating > level->rating)) {
            const bool lower = level->rating < other->rating;
            reading_out_of_range(reading,
                                 level->min_score_place,
                                 "min_score",
                                 level->min_score,
                                 lower ? 0 : other->min_score + 1,
                                 lower ? other->min_score - 1 : raw->score.max);
        }
        if (level->label.size > 0 && th_text_same_label(level->label, other->label)) {
            reading_twice(reading, level->label_place, level->label, other->label_place);
        }
    }
}

static enum th_err
read_levels(struct reading *reading, const struct raw_scheme *raw, struct th_scheme *scheme)
{
    const struct raw_level *levels = raw->levels.items;
    struct th_level *built = reading_room(reading, raw->levels.count, sizeof(*built));
    if (built == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (raw->levels.count == 0 || raw->levels.count >= TH_LEVELS_MAX) {
        reading_out_of_range(
            reading, raw->place, "levels", (int64_t)raw->levels.count, 1, TH_LEVELS_MAX - 1);
        return TH_OK;
    }
    for (size_t i = 0; i < raw->levels.count; i++) {
        struct th_name name = levels[i].name;
        if (name.vi.size > 0 || name.en.size > 0) {
            reading_name(reading, levels[i].place, &name);
        }
        built[i] = (struct th_level){
            .rating = (uint32_t)levels[i].rating,
            .has_min_score = levels[i].min_score_place.line > 0,
            .min_score = levels[i].min_score,
            .label = levels[i].label,
            .name = name,
        };
        check_levels(reading, raw, i);
    }
    scheme->levels = built;
    scheme->level_count = raw->levels.count;
    return TH_OK;
}

// ---- scores, cap, deadline ----

static int64_t part_max(struct reading *reading,
                        const struct raw_scheme *raw,
                        const char *key,
                        int64_t max,
                        struct th_yaml_place place)
{
    if (place.line == 0) {
        return -1;
    }
    if (max > raw->score.max) {
        reading_out_of_range(reading, place, key, max, 0, raw->score.max);
    }
    return max;
}

static void
read_score(struct reading *reading, const struct raw_scheme *raw, struct th_scheme *scheme)
{
    const struct raw_score *score = &raw->score;
    scheme->has_scores = score->max > 0;
    scheme->score_max = score->max;
    scheme->common_max = part_max(reading, raw, "common", score->common, score->common_place);
    scheme->result_max = part_max(reading, raw, "result", score->result, score->result_place);
    scheme->bonus_max = part_max(reading, raw, "bonus", score->bonus, score->bonus_place);
}

static uint16_t period_bits(struct th_yaml_list periods)
{
    const int32_t *words = periods.items;
    unsigned bits = 0;
    for (size_t i = 0; i < periods.count; i++) {
        bits |= th_period_bit((enum th_period_type)(words[i] + 1));
    }
    return (uint16_t)bits;
}

static void
read_cap(struct reading *reading, const struct raw_scheme *raw, struct th_scheme *scheme)
{
    const struct raw_cap *cap = &raw->cap;
    const int32_t *groups = cap->group_by.items;
    const uint16_t periods = period_bits(cap->periods);
    if (raw->cap_place.line == 0) {
        return;
    }
    const uint32_t rating = (uint32_t)cap->rating;
    if (scheme->level_count > 0 && th_scheme_level(scheme, rating) == NULL) {
        char digit[2] = {(char)('0' + rating), '\0'};
        reading_unknown(reading, raw->cap_place, "cap", th_bytes_of(digit));
    }
    for (enum th_period_type type = TH_PERIOD_DAY; type < TH_PERIOD_TYPE_END; type++) {
        if ((periods & ~scheme->period_types & th_period_bit(type)) != 0) {
            reading_unknown(
                reading, cap->periods_place, "periods", th_bytes_of(th_period_type_name(type)));
        }
    }
    scheme->cap = (struct th_cap){
        .stated = true,
        .rating = rating,
        .num = (uint32_t)cap->num,
        .den = (uint32_t)cap->den,
        .base = (enum th_cap_base)cap->base,
        .period_types = periods == 0 ? scheme->period_types : periods,
        .has_outstanding = cap->outstanding_place.line > 0,
        .outstanding_num = (uint32_t)cap->outstanding.num,
        .outstanding_den = (uint32_t)cap->outstanding.den,
    };
    for (size_t i = 0; i < cap->group_by.count; i++) {
        scheme->cap.by_job_group = scheme->cap.by_job_group || groups[i] == RAW_GROUP_JOB;
    }
}

// MM-DD: a day of a year that is no leap year.
static void read_deadline(struct reading *reading,
                          const struct raw_deadline *deadline,
                          struct th_scheme *scheme)
{
    char text[sizeof("2001-12-15")] = "2001-";
    th_day day = TH_DAY_NONE;
    if (deadline->year_place.line == 0) {
        return;
    }
    (void)th_bytes_copy_text(deadline->year, text + 5, sizeof(text) - 5);
    if (th_day_parse(th_bytes_of(text), &day) != TH_OK) {
        reading_wrong(reading, deadline->year_place, "year", deadline->year, "month-day");
        return;
    }
    const struct th_date date = th_day_date(day);
    scheme->deadline.month = (uint8_t)date.month;
    scheme->deadline.day = (uint8_t)date.day;
}

// ---- the whole ----

static void check_codes(struct reading *reading, const struct raw_scheme *schemes, size_t index)
{
    const struct raw_scheme *raw = &schemes[index];
    const struct th_bytes *categories = raw->categories.items;
    for (size_t i = 0; i < index; i++) {
        if (th_bytes_equal(schemes[i].code, raw->code)) {
            reading_twice(reading, raw->place, raw->code, schemes[i].place);
            break;
        }
    }
    for (size_t i = 1; i < raw->categories.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(categories[i], categories[k])) {
                reading_twice(reading, raw->categories_place, categories[i], raw->categories_place);
                break;
            }
        }
    }
    if (th_bytes_equal(raw->code, TH_BYTES("auto"))) { // the word of default_scheme
        reading_wrong(reading, raw->place, "code", raw->code, "code");
    }
}

static enum th_err
read_scheme(struct reading *reading, const struct raw_scheme *raw, struct th_scheme *scheme)
{
    *scheme = (struct th_scheme){
        .code = raw->code,
        .name = raw->name,
        .basis = raw->basis,
        .valid_from = raw->valid_from == TH_DAY_NONE ? TH_DAY_MIN : raw->valid_from,
        .valid_until = raw->valid_to == TH_DAY_NONE ? TH_DAY_MAX : raw->valid_to,
        .period_types = period_bits(raw->periods),
        .person_scope_unit = raw->person_scope == 1,
        .categories = raw->categories.items,
        .category_count = raw->categories.count,
    };
    reading_name(reading, raw->place, &scheme->name);
    reading_days(reading, raw->valid_to_place, raw->valid_from, raw->valid_to);
    read_score(reading, raw, scheme);
    TH_TRY(read_levels(reading, raw, scheme));
    read_cap(reading, raw, scheme);
    read_deadline(reading, &raw->deadline, scheme);
    return TH_OK;
}

enum th_err reading_schemes(struct reading *reading)
{
    const struct th_yaml_list list = reading->schemes.schemes;
    const struct raw_scheme *raw = list.items;
    struct th_scheme *schemes = reading_room(reading, list.count, sizeof(*schemes));
    if (schemes == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < list.count; i++) {
        check_codes(reading, raw, i);
        TH_TRY(read_scheme(reading, &raw[i], &schemes[i]));
    }
    reading->catalogue->schemes = schemes;
    reading->catalogue->scheme_count = list.count;
    return TH_OK;
}

// Categories are members of the dimension of that name, where the catalogue has one.
void reading_categories(struct reading *reading)
{
    const struct th_yaml_list list = reading->schemes.schemes;
    const struct raw_scheme *raw = list.items;
    const struct th_dim *dim = th_catalogue_dim(reading->catalogue, TH_BYTES("category"));
    if (dim == NULL || dim->type != TH_DIM_ENUM) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct th_bytes *categories = raw[i].categories.items;
        for (size_t k = 0; k < raw[i].categories.count; k++) {
            bool known = th_bytes_equal(categories[k], TH_BYTES("collective"));
            for (size_t m = 0; m < dim->member_count && !known; m++) {
                known = th_bytes_equal(dim->members[m].code, categories[k]);
            }
            if (!known) {
                reading_unknown(reading, raw[i].categories_place, "categories", categories[k]);
            }
        }
    }
}
