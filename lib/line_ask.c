// line_ask.c - what a question asks for: topics, units, and which dimensions to keep

#include <stdlib.h>
#include <string.h>

#include "lib/line_body.h"

static bool is_pattern(struct th_bytes text)
{
    return text.size > 0 && memchr(text.data, '*', text.size) != NULL;
}

// ---- reading the question ----

struct asking {
    struct th_lines *lines;
    struct th_bytes *unknown;
};

static enum th_err unknown(const struct asking *asking, struct th_bytes what)
{
    *asking->unknown = what;
    return TH_E_NOT_FOUND;
}

// The unit that had the code on that day, or has it on the day of the structure, and lives then.
static uint32_t unit_on(const struct th_lines *lines, struct th_bytes code, th_day day)
{
    struct th_unit unit;
    const th_day then = lines->structure.day;
    const uint32_t uid = th_register_find(lines->reg, code, day == TH_DAY_NONE ? then : day);
    return th_register_on(lines->reg, uid, then, &unit) == TH_OK ? uid : TH_UNIT_NONE;
}

static enum th_err ask_unit(const struct asking *asking, struct th_bytes ref)
{
    enum { UNITS_PER_CODE_MAX = 64 };
    struct th_lines *lines = asking->lines;
    struct th_bytes code;
    th_day day = TH_DAY_NONE;
    uint32_t uids[UNITS_PER_CODE_MAX] = {TH_UNIT_NONE};
    size_t count = 0;
    if (th_unit_ref_parse(ref, &code, &day) != TH_OK) {
        return unknown(asking, ref);
    }
    if (lines->restated) {
        uids[0] = unit_on(lines, code, day);
        count = uids[0] == TH_UNIT_NONE ? 0 : 1;
    } else if (day == TH_DAY_NONE) {
        count = th_register_with_code(lines->reg, code, uids, TH_COUNT(uids));
    } else {
        uids[0] = th_register_find(lines->reg, code, day);
        count = uids[0] == TH_UNIT_NONE ? 0 : 1;
    }
    for (size_t i = 0; i < count; i++) {
        lines->units[uids[i]] = true;
    }
    return count == 0 ? unknown(asking, ref) : TH_OK;
}

// Once, however often it is said.
static enum th_err note_text(struct th_lines *lines, struct line_words *list, struct th_bytes text)
{
    uint32_t number = 0;
    TH_TRY(line_text(&lines->texts, text, &number));
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == number) {
            return TH_OK;
        }
    }
    if (!LINE_ROOM(list)) {
        return TH_E_NO_MEMORY;
    }
    list->items[list->count++] = number;
    return TH_OK;
}

static enum th_err ask_measure(const struct asking *asking, struct th_bytes measure)
{
    struct th_lines *lines = asking->lines;
    struct th_measure found;
    if (!is_pattern(measure) && th_catalogue_measure(lines->catalogue, measure, &found) != TH_OK) {
        return unknown(asking, measure);
    }
    return note_text(lines, &lines->wanted, measure);
}

static enum th_err ask_period(const struct asking *asking, struct th_bytes period)
{
    struct th_lines *lines = asking->lines;
    struct th_period parsed;
    if (!is_pattern(period) && th_period_parse(period, &parsed) != TH_OK) {
        return unknown(asking, period);
    }
    return note_text(lines, &lines->periods, period);
}

// Dimensions of evaluations exist whatever the catalogue says.
static bool is_dim(const struct th_catalogue *catalogue, struct th_bytes name)
{
    static const char *const OWN[] = {"category",
                                      "collective_kind",
                                      "job_group",
                                      "leader",
                                      "managed_by",
                                      "rating",
                                      "reason",
                                      "scheme"};
    for (size_t i = 0; i < TH_COUNT(OWN); i++) {
        if (th_bytes_equal(name, th_bytes_of(OWN[i]))) {
            return true;
        }
    }
    return th_catalogue_dim(catalogue, name) != NULL;
}

static enum th_err ask_by(const struct asking *asking, struct th_bytes word)
{
    struct th_lines *lines = asking->lines;
    const struct {
        struct th_bytes word;
        bool *flag;
    } words[] = {
        {TH_BYTES("unit"), &lines->by_unit},
        {TH_BYTES("children"), &lines->by_children},
        {TH_BYTES("leaf"), &lines->by_leaf},
        {TH_BYTES("dims"), &lines->by_dims},
        {TH_BYTES("unallocated"), lines->restated ? &lines->by_unallocated : NULL},
    };
    for (size_t i = 0; i < TH_COUNT(words); i++) {
        if (words[i].flag != NULL && th_bytes_equal(word, words[i].word)) {
            *words[i].flag = true;
            return TH_OK;
        }
    }
    if (!is_dim(lines->catalogue, word)) {
        return unknown(asking, word);
    }
    return note_text(lines, &lines->names, word);
}

// A level alone asks for the units of that level below.
static enum th_err ask_level(const struct asking *asking, struct th_bytes level)
{
    struct th_lines *lines = asking->lines;
    bool known = false;
    for (size_t i = 0; i < th_register_version_count(lines->reg) && !known; i++) {
        known = th_bytes_equal(th_register_version_at(lines->reg, i).level, level);
    }
    if (!known) {
        return unknown(asking, level);
    }
    lines->by_unit = lines->by_unit || (!lines->by_children && !lines->by_leaf);
    return line_text(&lines->texts, level, &lines->level);
}

static enum th_err ask_all(const struct asking *asking, const struct th_query *query)
{
    for (size_t i = 0; i < query->unit_count; i++) {
        TH_TRY(ask_unit(asking, query->units[i]));
    }
    for (size_t i = 0; i < query->measure_count; i++) {
        TH_TRY(ask_measure(asking, query->measures[i]));
    }
    for (size_t i = 0; i < query->period_count; i++) {
        TH_TRY(ask_period(asking, query->periods[i]));
    }
    for (size_t i = 0; i < query->by_count; i++) {
        TH_TRY(ask_by(asking, query->by[i]));
    }
    return query->level.size == 0 ? TH_OK : ask_level(asking, query->level);
}

enum th_err th_lines_make(const struct th_query *query,
                          const struct th_register *reg,
                          uint32_t root,
                          const struct th_catalogue *catalogue,
                          struct th_bytes *unknown_part,
                          struct th_lines **out)
{
    const struct th_lines_setup setup = {.reg = reg, .root = root, .catalogue = catalogue};
    return th_lines_make_on(query, &setup, unknown_part, out);
}

enum th_err th_lines_make_on(const struct th_query *query,
                             const struct th_lines_setup *setup,
                             struct th_bytes *unknown_part,
                             struct th_lines **out)
{
    const struct th_lines_structure *structure = setup->structure;
    TH_SCOPED(th_lines_free) struct th_lines *lines = calloc(1, sizeof(*lines));
    if (lines == NULL) {
        return TH_E_NO_MEMORY;
    }
    lines->reg = setup->reg;
    lines->catalogue = setup->catalogue;
    lines->root = setup->root;
    lines->restated = structure != NULL;
    lines->structure = structure != NULL ? *structure : (struct th_lines_structure){0};
    lines->missing = query->missing;
    lines->level = LINE_NONE;
    lines->units = calloc((size_t)th_register_unit_count(setup->reg) + 1, sizeof(*lines->units));
    if (lines->units == NULL) {
        return TH_E_NO_MEMORY;
    }
    lines->units[setup->root] = query->unit_count == 0;
    TH_TRY(ask_all(&(struct asking){.lines = lines, .unknown = unknown_part}, query));
    lines->by_unallocated = lines->by_unallocated || (lines->restated && lines->by_unit);
    *out = lines;
    lines = NULL; // the caller owns them now
    return TH_OK;
}

void th_lines_free(struct th_lines **lines)
{
    struct th_lines *gone = *lines;
    if (gone == NULL) {
        return;
    }
    line_texts_free(&gone->texts);
    line_map_free(&gone->topic_map);
    line_map_free(&gone->entry_map);
    line_map_free(&gone->place_map);
    line_map_free(&gone->expected_map);
    line_map_free(&gone->sum_map);
    line_map_free(&gone->seen_map);
    line_map_free(&gone->part_map);
    free(gone->units);
    free(gone->names.items);
    free(gone->wanted.items);
    free(gone->periods.items);
    free(gone->topics.items);
    free(gone->entries.items);
    free(gone->places.items);
    free(gone->forms.items);
    free(gone->sums.items);
    free(gone->list.items);
    free(gone);
    *lines = NULL;
}

bool th_lines_keeps(const struct th_lines *lines, struct th_bytes dim)
{
    for (size_t i = 0; i < lines->names.count; i++) {
        if (th_bytes_equal(lines->texts.items[lines->names.items[i]], dim)) {
            return true;
        }
    }
    return false;
}

bool th_lines_ask_records(const struct th_lines *lines)
{
    static const char *const OF_RECORDS[] = {"job_group", "leader", "managed_by"};
    bool asks = false;
    for (size_t i = 0; i < TH_COUNT(OF_RECORDS) && !asks; i++) {
        asks = th_lines_keeps(lines, th_bytes_of(OF_RECORDS[i]));
    }
    return asks;
}

enum th_err th_lines_kept(struct th_lines *lines,
                          struct th_bytes measure,
                          struct th_bytes period,
                          struct th_bytes dims,
                          struct th_bytes *kept)
{
    uint32_t topic = 0;
    uint32_t text = 0;
    TH_TRY(line_topic_of(lines, measure, period, &topic));
    TH_TRY(line_text(&lines->texts, dims, &text));
    TH_TRY(line_keep(lines, lines->topics.items[topic].adds, text, &text));
    if (text == LINE_NONE) {
        return TH_E_NOT_FOUND;
    }
    *kept = lines->texts.items[text];
    return TH_OK;
}

bool line_asks_measure(const struct th_lines *lines, struct th_bytes measure)
{
    bool wanted = lines->wanted.count == 0;
    for (size_t i = 0; i < lines->wanted.count && !wanted; i++) {
        wanted = th_text_matches(measure, lines->texts.items[lines->wanted.items[i]]);
    }
    return wanted;
}

bool line_asks_sum_of(const struct th_lines *lines, struct th_bytes measure)
{
    struct th_measure part;
    if (th_catalogue_measure(lines->catalogue, measure, &part) != TH_OK) {
        return false;
    }
    bool asked = false;
    for (size_t i = 0; i < th_catalogue_measure_count(lines->catalogue) && !asked; i++) {
        const struct th_measure *sum = th_catalogue_measure_at(lines->catalogue, i);
        asked = sum->sum_of.size > 0 && th_measure_sums(sum, &part) &&
                line_asks_measure(lines, sum->code);
    }
    return asked;
}

bool line_asks_period(const struct th_lines *lines, struct th_bytes period)
{
    bool timely = lines->periods.count == 0;
    for (size_t i = 0; i < lines->periods.count && !timely; i++) {
        timely = th_text_matches(period, lines->texts.items[lines->periods.items[i]]);
    }
    return timely;
}

bool th_lines_wants_part(const struct th_lines *lines,
                         struct th_bytes measure,
                         struct th_bytes period)
{
    return (line_asks_measure(lines, measure) || line_asks_sum_of(lines, measure)) &&
           line_span_wants(lines, measure, period);
}

bool th_lines_ask_groups(const struct th_lines *lines)
{
    return line_asks_measure(lines, TH_BYTES("EV02")) || line_asks_measure(lines, TH_BYTES("EV03"));
}

bool th_lines_wants(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period)
{
    return (line_asks_measure(lines, measure) || line_asks_sum_of(lines, measure)) &&
           (line_asks_period(lines, period) ||
            (!lines->restated && line_span_wants(lines, measure, period)));
}

bool th_lines_needs(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period)
{
    return th_lines_wants(lines, measure, period) || th_lines_wants_part(lines, measure, period) ||
           (th_bytes_equal(measure, TH_BYTES("EV01")) && line_asks_period(lines, period) &&
            th_lines_ask_groups(lines));
}
