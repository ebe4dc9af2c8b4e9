// line_place.c - what is known of a topic, and of a unit in a period

#include "lib/line_body.h"

static bool is_evaluation(struct th_bytes measure)
{
    return th_bytes_equal(measure, TH_BYTES("EV01")) || th_bytes_equal(measure, TH_BYTES("EV02")) ||
           th_bytes_equal(measure, TH_BYTES("EV03")) || th_bytes_equal(measure, TH_BYTES("EV05"));
}

// Of a sum, whose reporters count are those of the first listed measure that it adds up.
static const struct th_form *form_of(const struct th_lines *lines, const struct th_measure *measure)
{
    const size_t count = th_catalogue_measure_count(lines->catalogue);
    for (size_t i = 0; i < count && measure->sum_of.size > 0; i++) {
        const struct th_measure *part = th_catalogue_measure_at(lines->catalogue, i);
        if (th_measure_sums(measure, part)) {
            return part->form;
        }
    }
    return measure->form;
}

static enum th_err make_topic(struct th_lines *lines, struct line_topic *topic)
{
    const struct th_bytes code = lines->texts.items[topic->measure_text];
    TH_TRY(th_catalogue_measure(lines->catalogue, code, &topic->measure));
    if (th_period_parse(lines->texts.items[topic->period_text], &topic->period) != TH_OK) {
        return TH_E_NOT_FOUND;
    }
    const struct th_measure *measure = &topic->measure;
    topic->rated = is_evaluation(code);
    topic->form = topic->rated ? th_catalogue_evaluation_form(lines->catalogue, topic->period)
                               : form_of(lines, measure);
    topic->covered =
        measure->shape != TH_SHAPE_TARGET && measure->shape != TH_SHAPE_SHARE && measure->summed;
    topic->adds = measure->marginal == TH_MARGINAL_SUM && !lines->by_dims;
    topic->listed = line_asks_measure(lines, code) &&
                    line_asks_period(lines, lines->texts.items[topic->period_text]);
    topic->entries = LINE_NONE;
    return TH_OK;
}

enum th_err line_topic_of(struct th_lines *lines,
                          struct th_bytes measure,
                          struct th_bytes period,
                          uint32_t *topic)
{
    struct line_topic made = {0};
    TH_TRY(line_text(&lines->texts, measure, &made.measure_text));
    TH_TRY(line_text(&lines->texts, period, &made.period_text));
    const struct line_key key = {made.measure_text, made.period_text, 0};
    const uint32_t known = line_map_get(&lines->topic_map, key);
    if (known != 0) {
        *topic = known - 1;
        return TH_OK;
    }
    TH_TRY(make_topic(lines, &made));
    if (!LINE_ROOM(&lines->topics)) {
        return TH_E_NO_MEMORY;
    }
    uint32_t *value = line_map_put(&lines->topic_map, key);
    if (value == NULL) {
        return TH_E_NO_MEMORY;
    }
    *topic = (uint32_t)lines->topics.count;
    lines->topics.items[lines->topics.count++] = made;
    *value = *topic + 1;
    return TH_OK;
}

static bool is_leaf(const struct th_register *reg, uint32_t uid, th_day day)
{
    struct th_children children = th_register_children(reg, uid, day);
    return th_children_next(reg, &children) == TH_UNIT_NONE;
}

static bool has_level(const struct th_lines *lines, uint32_t uid, th_day day)
{
    struct th_unit unit;
    return lines->level == LINE_NONE ||
           (th_register_on(lines->reg, uid, day, &unit) == TH_OK &&
            th_bytes_equal(unit.level, lines->texts.items[lines->level]));
}

// Is the unit path[0] asked for because of its ancestor path[i] (or of itself)?
static bool is_asked(const struct th_lines *lines, const uint32_t *path, size_t i, th_day day)
{
    if (!lines->units[path[i]]) {
        return false;
    }
    const bool only_units = !lines->by_unit && !lines->by_children && !lines->by_leaf;
    return lines->by_unit || (lines->by_children && i == 1) || (only_units && i == 0) ||
           (lines->by_leaf && path[0] != TH_UNIT_NONE && is_leaf(lines->reg, path[0], day));
}

// On the day of the structure, whatever the period.
static struct line_place make_place_on(const struct th_lines *lines, uint32_t uid)
{
    uint32_t path[LINE_PATH_MAX];
    const th_day day = lines->structure.day;
    const size_t depth = line_path(lines, uid, path);
    bool asked = false;
    for (size_t i = 0; i < depth && (depth > 1 || uid == TH_UNIT_NONE) && !asked; i++) {
        asked = is_asked(lines, path, i, day);
    }
    asked = asked && has_level(lines, uid, day);
    return (struct line_place){.asked = asked,
                               .expected_there = asked,
                               .day = day,
                               .depth = (uint32_t)depth,
                               .label = LINE_NONE};
}

bool th_lines_asks_there(const struct th_lines *lines, uint32_t uid)
{
    th_assert(lines->restated);
    return make_place_on(lines, uid).asked;
}

static struct line_place
make_place(const struct th_lines *lines, struct th_period period, uint32_t uid)
{
    struct line_place place = {
        .day = th_register_structure_day(lines->reg, uid, period),
        .label = LINE_NONE,
    };
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(lines->reg, uid, place.day, path);
    place.depth = (uint32_t)depth;
    const bool in_period = th_register_last_day(lines->reg, uid) >= period.first;
    for (size_t i = 0; i < depth; i++) {
        if (is_asked(lines, path, i, place.day)) {
            place.asked = true;
            place.expected_there =
                place.expected_there ||
                (in_period && th_register_structure_day(lines->reg, path[i], period) == place.day);
        }
    }
    if (!has_level(lines, uid, place.day)) {
        place.asked = false;
        place.expected_there = false;
    }
    return place;
}

enum th_err line_place_of(struct th_lines *lines,
                          const struct line_topic *topic,
                          uint32_t uid,
                          struct line_place **place)
{
    const struct line_key key = {lines->restated ? 0 : topic->period_text, uid, 0};
    uint32_t *value = line_map_put(&lines->place_map, key);
    if (value == NULL || !LINE_ROOM(&lines->places)) {
        return TH_E_NO_MEMORY;
    }
    if (*value == 0) {
        lines->places.items[lines->places.count++] =
            lines->restated ? make_place_on(lines, uid) : make_place(lines, topic->period, uid);
        *value = (uint32_t)lines->places.count;
    }
    *place = &lines->places.items[*value - 1];
    return TH_OK;
}

enum th_err th_lines_asks(struct th_lines *lines, struct th_bytes period, uint32_t uid, bool *asked)
{
    struct line_topic topic = {0};
    struct line_place *place = NULL;
    if (th_period_parse(period, &topic.period) != TH_OK) {
        return TH_E_INVALID;
    }
    TH_TRY(line_text(&lines->texts, period, &topic.period_text));
    TH_TRY(line_place_of(lines, &topic, uid, &place));
    *asked = place->asked;
    return TH_OK;
}

enum th_err line_label(struct th_lines *lines,
                       const struct line_topic *topic,
                       uint32_t uid,
                       struct th_bytes *label)
{
    struct line_place *place = NULL;
    TH_TRY(line_place_of(lines, topic, uid, &place));
    if (place->label == LINE_NONE) {
        char text[TH_UNIT_REF_MAX + 1];
        if (lines->restated) {
            line_code_on(lines, uid, text);
        } else {
            th_register_label(lines->reg, uid, topic->period, text);
        }
        TH_TRY(line_text(&lines->texts, th_bytes_of(text), &place->label));
    }
    *label = lines->texts.items[place->label];
    return TH_OK;
}

static enum th_err form_number(struct th_lines *lines, const struct th_form *form, uint32_t *number)
{
    for (*number = 0; *number < lines->forms.count; (*number)++) {
        if (lines->forms.items[*number] == form) {
            return TH_OK;
        }
    }
    // NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers
    if (!LINE_ROOM(&lines->forms)) {
        return TH_E_NO_MEMORY;
    }
    lines->forms.items[lines->forms.count++] = form;
    return TH_OK;
}

enum th_err line_expected(struct th_lines *lines,
                          const struct line_topic *topic,
                          uint32_t uid,
                          uint32_t *expected)
{
    if (lines->restated) {
        const struct th_lines_structure *structure = &lines->structure;
        return structure->expect(structure->self, topic->form, topic->period, uid, expected);
    }
    struct line_place *place = NULL;
    TH_TRY(line_place_of(lines, topic, uid, &place));
    uint32_t form = 0;
    TH_TRY(form_number(lines, topic->form, &form));
    const struct line_key key = {form, uid, (uint32_t)place->day};
    uint32_t *value = line_map_put(&lines->expected_map, key);
    if (value == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (*value == 0) {
        *value = th_form_reporters(topic->form, lines->reg, lines->root, uid, place->day) + 1;
    }
    *expected = *value - 1;
    return TH_OK;
}
