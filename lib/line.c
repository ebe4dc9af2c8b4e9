// line.c - see line.h: feeding totals, adding up what is not kept apart, and the list

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "lib/line_body.h"

// ---- feeding ----

// The wire says how many contributions had a whole or levels, and shows those only when all that
// apply had them: from that follows how many did not apply.
struct th_cell th_cell_of_total(const struct th_total *total)
{
    struct th_cell cell = {
        .value = total->value.value,
        .of = total->of.value,
        .before = total->before.value,
        .after = total->after.value,
        .with_of = total->with_of,
        .with_levels = total->with_levels,
        .reported = total->reported,
    };
    uint64_t valued = total->contributions;
    if (total->not_applicable) {
        valued = 0;
    } else if (total->of.has) {
        valued = total->with_of;
    } else if (total->before.has) {
        valued = total->with_levels;
    }
    valued = valued < total->contributions ? valued : total->contributions;
    cell.not_applicable = total->contributions - valued;
    cell.exact = total->qualifier == TH_QUALIFIER_EXACT ? valued : 0;
    cell.over = total->qualifier == TH_QUALIFIER_OVER ? valued : 0;
    cell.under = total->qualifier == TH_QUALIFIER_UNDER ? valued : 0;
    cell.about = total->qualifier == TH_QUALIFIER_ABOUT ? valued : 0;
    return cell;
}

enum th_err line_entry_make(struct th_lines *lines, struct line_key key, struct line_entry **found)
{
    uint32_t *value = line_map_put(&lines->entry_map, key);
    if (value == NULL || !LINE_ROOM(&lines->entries)) {
        return TH_E_NO_MEMORY;
    }
    if (*value == 0) {
        struct line_topic *topic = &lines->topics.items[key.a];
        lines->entries.items[lines->entries.count] = (struct line_entry){.topic = key.a,
                                                                         .uid = key.b,
                                                                         .dims = key.c,
                                                                         .source = LINE_NONE,
                                                                         .next = topic->entries};
        topic->entries = (uint32_t)lines->entries.count++;
        *value = (uint32_t)lines->entries.count;
    }
    *found = &lines->entries.items[*value - 1];
    return TH_OK;
}

enum th_err
line_set(struct th_lines *lines, struct line_key key, uint32_t source, const struct th_cell *cell)
{
    if ((key.b == TH_UNIT_NONE && !lines->restated) || key.b > th_register_unit_count(lines->reg)) {
        return TH_E_INVALID;
    }
    struct line_entry *entry = NULL;
    TH_TRY(line_entry_make(lines, key, &entry));
    struct line_topic *topic = &lines->topics.items[key.a];
    entry->source = source;
    topic->live -= th_cell_is_empty(&entry->cell) ? 0 : 1;
    topic->live += th_cell_is_empty(cell) ? 0 : 1;
    entry->cell = *cell;
    entry->made = false;
    entry->own = LINE_OWN_UNKNOWN;
    return TH_OK;
}

enum th_err th_lines_set(struct th_lines *lines,
                         struct th_bytes measure,
                         struct th_bytes period,
                         uint32_t uid,
                         struct th_bytes dims,
                         const struct th_cell *cell)
{
    struct line_key key = {.b = uid};
    TH_TRY(line_topic_of(lines, measure, period, &key.a));
    TH_TRY(line_text(&lines->texts, dims, &key.c));
    return line_set(lines, key, LINE_NONE, cell);
}

enum th_err th_lines_add(struct th_lines *lines,
                         struct th_bytes measure,
                         struct th_bytes period,
                         const uint32_t *path,
                         size_t depth,
                         struct th_bytes dims,
                         const struct th_figure *figure)
{
    struct line_key key = {0};
    TH_TRY(line_topic_of(lines, measure, period, &key.a));
    TH_TRY(line_text(&lines->texts, dims, &key.c));
    lines->topics.items[key.a].counted = true;
    for (size_t i = 0; i < depth; i++) {
        struct line_entry *entry = NULL;
        key.b = path[i];
        TH_TRY(line_entry_make(lines, key, &entry));
        lines->topics.items[key.a].live += th_cell_is_empty(&entry->cell) ? 1 : 0;
        TH_TRY(th_cell_add(&entry->cell, figure));
        entry->own = i == 0 || entry->own == LINE_OWN_SOME ? LINE_OWN_SOME : LINE_OWN_NONE;
    }
    return TH_OK;
}

struct line_entry *
line_entry_of(const struct th_lines *lines, uint32_t topic, uint32_t uid, uint32_t dims)
{
    const uint32_t found = line_map_get(&lines->entry_map, (struct line_key){topic, uid, dims});
    struct line_entry *entry = found == 0 ? NULL : &lines->entries.items[found - 1];
    return entry == NULL || th_cell_is_empty(&entry->cell) ? NULL : entry;
}

// ---- which dimensions are kept ----

bool line_pair_next(struct th_bytes *rest, struct th_bytes *pair, struct th_bytes *key)
{
    if (rest->size == 0) {
        return false;
    }
    const char *text = rest->data;
    const char *end = memchr(text, ';', rest->size);
    *pair =
        (struct th_bytes){.data = text, .size = end == NULL ? rest->size : (size_t)(end - text)};
    const size_t step = end == NULL ? rest->size : pair->size + 1;
    *rest = (struct th_bytes){.data = text + step, .size = rest->size - step};
    const char *sign = memchr(text, '=', pair->size);
    *key =
        (struct th_bytes){.data = text, .size = sign == NULL ? pair->size : (size_t)(sign - text)};
    return true;
}

static bool is_named(const struct th_lines *lines, struct th_bytes key)
{
    for (size_t i = 0; i < lines->names.count; i++) {
        if (th_bytes_equal(lines->texts.items[lines->names.items[i]], key)) {
            return true;
        }
    }
    return false;
}

// What is named of the dims is kept. Where nothing is added up, a figure has a line only when its
// dimensions are exactly those named.
enum th_err line_keep(struct th_lines *lines, bool adds, uint32_t dims, uint32_t *kept)
{
    if (lines->by_dims) {
        *kept = dims;
        return TH_OK;
    }
    uint8_t room[TH_DIMS_MAX + 1];
    struct th_writer writer = TH_WRITER(room);
    struct th_bytes rest = lines->texts.items[dims];
    struct th_bytes pair;
    struct th_bytes key;
    size_t pairs = 0;
    size_t named = 0;
    while (line_pair_next(&rest, &pair, &key)) {
        pairs++;
        if (is_named(lines, key)) {
            if (named++ > 0) {
                th_write_u8(&writer, ';');
            }
            th_write_bytes(&writer, pair);
        }
    }
    if (!adds && (named != pairs || named != lines->names.count)) {
        *kept = LINE_NONE;
        return TH_OK;
    }
    return writer.overflow ? TH_E_INVALID : line_text(&lines->texts, th_written(&writer), kept);
}

// ---- adding up ----

static void add_cell(struct line_sum *sum, const struct th_cell *cell)
{
    sum->value += cell->value;
    sum->of += cell->of;
    sum->before += cell->before;
    sum->after += cell->after;
    sum->cell.exact += cell->exact;
    sum->cell.over += cell->over;
    sum->cell.under += cell->under;
    sum->cell.about += cell->about;
    sum->cell.not_applicable += cell->not_applicable;
    sum->cell.with_of += cell->with_of;
    sum->cell.with_levels += cell->with_levels;
    sum->cell.reported = cell->reported; // of the only key; see line_cover for several
    sum->keys++;
}

static enum th_err find_sum(struct th_lines *lines, struct line_key key, struct line_sum **found)
{
    uint32_t *value = line_map_put(&lines->sum_map, key);
    if (value == NULL || !LINE_ROOM(&lines->sums)) {
        return TH_E_NO_MEMORY;
    }
    if (*value == 0) {
        lines->sums.items[lines->sums.count++] =
            (struct line_sum){.topic = key.a, .uid = key.b, .kept = key.c, .source = LINE_NONE};
        *value = (uint32_t)lines->sums.count;
    }
    *found = &lines->sums.items[*value - 1];
    return TH_OK;
}

static enum th_err note_line(struct th_lines *lines, uint32_t topic, uint32_t uid)
{
    uint32_t *seen = line_map_put(&lines->seen_map, (struct line_key){topic, uid, LINE_NONE});
    if (seen == NULL) {
        return TH_E_NO_MEMORY;
    }
    *seen = 1;
    return TH_OK;
}

// Add one entry to the line of topic into that it belongs to.
static enum th_err
add_entry(struct th_lines *lines, struct line_entry *entry, uint32_t into, bool *several)
{
    const struct line_topic *topic = &lines->topics.items[entry->topic];
    if (entry->source != LINE_NONE) {
        entry->kept = lines->by_unallocated ? entry->dims : LINE_NONE;
    } else if (lines->restated) {
        entry->kept = entry->dims; // they were kept when it was fed
    } else {
        TH_TRY(line_keep(lines, topic->adds, entry->dims, &entry->kept));
    }
    struct line_place *place = NULL;
    TH_TRY(line_place_of(lines, topic, entry->uid, &place));
    if (entry->kept == LINE_NONE || !place->asked) {
        return TH_OK;
    }
    struct line_sum *sum = NULL;
    TH_TRY(find_sum(lines, (struct line_key){into, entry->uid, entry->kept}, &sum));
    add_cell(sum, &entry->cell);
    sum->source = entry->source;
    sum->united = !lines->restated && !th_mutant(79) &&
                  (sum->keys > 1 || topic->composed || topic->counted || entry->topic != into);
    *several = *several || sum->united;
    return note_line(lines, into, entry->uid);
}

static enum th_err add_topic(struct th_lines *lines, uint32_t topic, uint32_t into)
{
    bool several = topic != into;
    uint32_t at = lines->topics.items[topic].entries;
    while (at != LINE_NONE) {
        if (!th_cell_is_empty(&lines->entries.items[at].cell)) {
            TH_TRY(add_entry(lines, &lines->entries.items[at], into, &several));
        }
        at = lines->entries.items[at].next;
    }
    const struct line_topic *of = &lines->topics.items[topic];
    if (!several || !of->covered) {
        return TH_OK;
    }
    return of->rated && !of->counted && topic == into ? line_cover_rated(lines, topic)
                                                      : line_cover(lines, topic, into);
}

// ---- sums of measures ----

// The lines of a sum in the period of one of its parts.
static enum th_err
add_part(struct th_lines *lines, const struct th_measure *sum, uint32_t part, size_t rows_max)
{
    const struct line_topic *topic = &lines->topics.items[part];
    const struct th_bytes period = lines->texts.items[topic->period_text];
    uint32_t into = 0;
    if (topic->live == 0 || !th_measure_sums(sum, &topic->measure) ||
        !line_asks_period(lines, period)) {
        return TH_OK;
    }
    TH_TRY(line_topic_of(lines, sum->code, period, &into));
    TH_TRY(add_topic(lines, part, into));
    lines->topics.items[into].added = true;
    if (lines->topics.items[part].composed) {
        TH_TRY(line_span_inherit(lines, part, into));
    }
    return lines->sums.count > rows_max ? TH_E_TOO_LARGE : TH_OK;
}

static enum th_err add_sums(struct th_lines *lines, size_t rows_max)
{
    const size_t parts = lines->restated ? 0 : lines->topics.count; // those of sums come behind
    for (size_t i = 0; i < th_catalogue_measure_count(lines->catalogue); i++) {
        const struct th_measure *sum = th_catalogue_measure_at(lines->catalogue, i);
        if (sum->sum_of.size == 0 || !line_asks_measure(lines, sum->code)) {
            continue;
        }
        for (uint32_t part = 0; part < parts; part++) {
            TH_TRY(add_part(lines, sum, part, rows_max));
        }
    }
    return TH_OK;
}

// ---- what is missing ----

// Topics that are named one by one, though nobody reported them: measures named in periods named,
// or else in every period that has a figure.
static enum th_err name_topics(struct th_lines *lines)
{
    const size_t fed = lines->topics.count;
    for (size_t i = 0; i < lines->wanted.count; i++) {
        const struct th_bytes measure = lines->texts.items[lines->wanted.items[i]];
        if (memchr(measure.data, '*', measure.size) != NULL) {
            continue;
        }
        const size_t periods = lines->periods.count > 0 ? lines->periods.count : fed;
        for (size_t k = 0; k < periods; k++) {
            const uint32_t period = lines->periods.count > 0 ? lines->periods.items[k]
                                                             : lines->topics.items[k].period_text;
            const struct th_bytes label = lines->texts.items[period];
            uint32_t topic = 0;
            if (memchr(label.data, '*', label.size) == NULL) {
                TH_TRY(line_topic_of(lines, measure, label, &topic));
                lines->topics.items[topic].named = true;
            }
        }
    }
    return TH_OK;
}

static enum th_err add_missing(struct th_lines *lines, uint32_t topic, size_t rows_max)
{
    uint32_t none = 0;
    TH_TRY(line_text(&lines->texts, (struct th_bytes){0}, &none));
    for (uint32_t uid = 1; uid <= th_register_unit_count(lines->reg); uid++) {
        struct line_place *place = NULL;
        TH_TRY(line_place_of(lines, &lines->topics.items[topic], uid, &place));
        if (!place->expected_there ||
            line_map_get(&lines->seen_map, (struct line_key){topic, uid, LINE_NONE}) != 0) {
            continue;
        }
        struct line_sum *sum = NULL;
        TH_TRY(find_sum(lines, (struct line_key){topic, uid, none}, &sum));
        if (lines->sums.count > rows_max) {
            return TH_E_TOO_LARGE;
        }
    }
    return TH_OK;
}

// ---- the list ----

static bool fits(line_wide number)
{
    return number >= INT64_MIN && number <= INT64_MAX;
}

static struct th_opt opt_of(bool has, int64_t value)
{
    return (struct th_opt){.has = has, .value = has ? value : 0};
}

static enum th_err complete_sum(struct line_sum *sum)
{
    if (!fits(sum->value) || !fits(sum->of) || !fits(sum->before) || !fits(sum->after)) {
        return TH_E_INVALID;
    }
    sum->cell.value = (int64_t)sum->value;
    sum->cell.of = (int64_t)sum->of;
    sum->cell.before = (int64_t)sum->before;
    sum->cell.after = (int64_t)sum->after;
    sum->cell.reported = sum->united ? sum->covered : sum->cell.reported;
    return TH_OK;
}

// Dims without the source they begin with.
static struct th_bytes dims_of(struct th_bytes dims, struct th_bytes source)
{
    const size_t skip = source.size == 0 ? 0 : source.size + 1;
    return (struct th_bytes){.data = (const char *)dims.data + skip, .size = dims.size - skip};
}

static enum th_err write_line(struct th_lines *lines, struct line_sum *sum, struct th_line *line)
{
    TH_TRY(complete_sum(sum));
    const struct line_topic *topic = &lines->topics.items[sum->topic];
    struct th_figure figure = {0};
    if (sum->keys > 0) {
        figure = th_cell_figure(&sum->cell);
    }
    const bool numbers = sum->keys > 0 && !figure.not_applicable;
    const bool baseline = topic->measure.shape == TH_SHAPE_TARGET; // before stands alone
    uint32_t expected = 0;
    if (topic->covered) {
        TH_TRY(line_expected(lines, topic, sum->uid, &expected));
    }
    const struct th_bytes source =
        sum->source == LINE_NONE ? (struct th_bytes){0} : lines->texts.items[sum->source];
    *line = (struct th_line){
        .measure = lines->texts.items[topic->measure_text],
        .period = lines->texts.items[topic->period_text],
        .decimals = topic->measure.decimals,
        .derived = topic->composed || topic->measure.shape == TH_SHAPE_DERIVED,
        .parts = topic->parts_expected > 0 ? line_span_parts(lines, sum->topic, sum->uid) : 0,
        .parts_expected = topic->parts_expected,
        .unallocated = source,
        .cell =
            {
                .uid = sum->uid,
                .dims = dims_of(lines->texts.items[sum->kept], source),
                .qualifier = numbers ? figure.qualifier : TH_QUALIFIER_NONE,
                .value = opt_of(numbers, figure.value),
                .of = opt_of(figure.has_of, figure.of),
                .before = opt_of(figure.has_levels, figure.before),
                .after = opt_of(figure.has_levels && !baseline, figure.after),
                .not_applicable = figure.not_applicable,
                .reported = topic->covered ? sum->cell.reported : 0,
                .expected = opt_of(topic->covered, expected),
                .contributions = th_cell_contributions(&sum->cell),
                .with_of = sum->cell.with_of,
                .with_levels = sum->cell.with_levels,
            },
    };
    return line_label(lines, topic, sum->uid, &line->cell.unit);
}

static int compare_lines(const void *left, const void *right)
{
    const struct th_line *a = left;
    const struct th_line *b = right;
    int order = line_compare_units(a, b);
    order = order != 0 ? order : th_bytes_compare(a->period, b->period);
    order = order != 0 ? order : th_bytes_compare(a->measure, b->measure);
    return order != 0 ? order : th_bytes_compare(a->cell.dims, b->cell.dims);
}

static enum th_err make_sums(struct th_lines *lines, size_t rows_max)
{
    line_map_clear(&lines->sum_map);
    line_map_clear(&lines->seen_map);
    lines->sums.count = 0;
    TH_TRY(line_span(lines));
    for (uint32_t topic = 0; topic < lines->topics.count; topic++) {
        if (lines->topics.items[topic].listed) {
            TH_TRY(add_topic(lines, topic, topic));
        }
        if (lines->sums.count > rows_max) {
            return TH_E_TOO_LARGE;
        }
    }
    TH_TRY(add_sums(lines, rows_max));
    if (!lines->missing) {
        return TH_OK;
    }
    TH_TRY(name_topics(lines));
    for (uint32_t topic = 0; topic < lines->topics.count; topic++) {
        const struct line_topic *it = &lines->topics.items[topic];
        if (it->listed && (it->named || it->added || it->live > 0)) {
            TH_TRY(add_missing(lines, topic, rows_max));
        }
    }
    return TH_OK;
}

enum th_err
th_lines_list(struct th_lines *lines, size_t rows_max, const struct th_line **list, size_t *count)
{
    TH_TRY(make_sums(lines, rows_max));
    lines->list.count = 0;
    for (size_t i = 0; i < lines->sums.count; i++) {
        if (!LINE_ROOM(&lines->list)) {
            return TH_E_NO_MEMORY;
        }
        TH_TRY(write_line(lines, &lines->sums.items[i], &lines->list.items[i]));
        lines->list.count++;
    }
    if (lines->list.count > 0) {
        qsort(lines->list.items, lines->list.count, sizeof(*lines->list.items), compare_lines);
    }
    *list = lines->list.items;
    *count = lines->list.count;
    return TH_OK;
}
