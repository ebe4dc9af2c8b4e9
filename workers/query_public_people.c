// query_public_people.c - see query_public.h

#include <stdlib.h>
#include <string.h>

#include "workers/edition_count.h"
#include "workers/edition_table.h"
#include "workers/query_public.h"

enum { LINES_MAX = 1000000, MEASURES = 3 };

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};
static const struct th_bytes EV02 = {.data = "EV02", .size = 4};
static const struct th_bytes EV03 = {.data = "EV03", .size = 4};

void public_lines_free(struct public_lines *lines)
{
    th_pool_free(&lines->texts);
    free(lines->items);
    *lines = (struct public_lines){0};
}

static int compare_lines(const void *a, const void *b)
{
    const struct public_line *one = a;
    const struct public_line *other = b;
    uint8_t periods[2][TH_PERIOD_KEY_BYTES];
    int order = th_bytes_compare(one->measure, other->measure);
    if (order == 0) {
        th_period_pack(one->period, periods[0]);
        th_period_pack(other->period, periods[1]);
        order = memcmp(periods[0], periods[1], sizeof(periods[0]));
    }
    order = order != 0 ? order : (one->uid > other->uid) - (one->uid < other->uid);
    return order != 0 ? order : th_bytes_compare(one->dims, other->dims);
}

const struct public_line *public_line_of(const struct public_lines *lines,
                                         const struct public_line *wanted)
{
    return lines->count == 0
               ? NULL
               : bsearch(wanted, lines->items, lines->count, sizeof(*lines->items), compare_lines);
}

// ---- which lines ----

// The dimensions that a line of a measure is kept by.
struct family {
    struct th_bytes measure;
    enum public_measure of;
    bool by_category, by_level;
    struct th_bytes scheme; // written in dims; empty: not
};

static bool by_dims(const struct th_query *query)
{
    bool all = false;
    for (size_t i = 0; i < query->by_count && !all; i++) {
        all = th_bytes_equal(query->by[i], TH_BYTES("dims"));
    }
    return all;
}

// Of how many dimensions does the question speak?
static size_t dims_named(const struct th_query *query)
{
    static const char *const WORDS[] = {"unit", "children", "leaf", "dims", "unallocated"};
    size_t named = query->by_count;
    for (size_t i = 0; i < query->by_count; i++) {
        for (size_t w = 0; w < TH_COUNT(WORDS); w++) {
            named -= th_bytes_equal(query->by[i], th_bytes_of(WORDS[w])) ? 1 : 0;
        }
    }
    return named;
}

// False: the question asks for no line of it.
static bool make_family(const struct replay *replay, struct th_bytes measure, struct family *family)
{
    const struct reading *reading = replay->reading;
    const struct th_lines *lines = reading->answer->lines;
    const struct public_spec *spec = &replay->table->groups.spec;
    const struct th_catalogue *catalogue = reading->answer->province.province->catalogue;
    const bool all = by_dims(reading->query);
    struct th_measure found;
    *family = (struct family){.measure = measure};
    if (th_catalogue_measure(catalogue, measure, &found) != TH_OK ||
        (found.marginal != TH_MARGINAL_SUM && !all && dims_named(reading->query) > 0)) {
        return false; // a whole that is reported has no dimensions
    }
    const bool reasons = th_bytes_equal(measure, EV03);
    const bool scores = th_bytes_equal(measure, EV02);
    const struct th_bytes level = reasons ? TH_BYTES("reason") : TH_BYTES("rating");
    family->of = reasons ? PUBLIC_REASONS : scores ? PUBLIC_SCORES : PUBLIC_PEOPLE;
    family->by_category =
        spec->category.count > 0 && (all || th_lines_keeps(lines, TH_BYTES("category")));
    family->by_level =
        !scores && (reasons || spec->level.count > 0) && (all || th_lines_keeps(lines, level));
    const bool default_scheme =
        th_bytes_equal(replay->name.measure, EV01) &&
        th_bytes_equal(th_catalogue_settings(catalogue)->default_scheme, replay->name.scheme);
    if (!default_scheme && (all || th_lines_keeps(lines, TH_BYTES("scheme")))) {
        family->scheme = replay->name.scheme;
    }
    return true;
}

static void write_pair(struct th_writer *writer, const char *code, struct th_bytes member)
{
    if (member.size == 0) {
        return;
    }
    if (writer->size > 0) {
        th_write_u8(writer, ';');
    }
    th_write_bytes(writer, th_bytes_of(code));
    th_write_u8(writer, '=');
    th_write_bytes(writer, member);
}

// Empty where that dimension is not kept apart, or of those without a listed member.
static struct th_bytes member_at(const struct public_dim *dim, bool kept, uint8_t index)
{
    return kept && index < dim->count ? dim->members[index] : (struct th_bytes){0};
}

// As totals have them: sorted by key. False: longer than dims may be.
static bool write_dims(const struct replay *replay,
                       const struct family *family,
                       struct public_group about,
                       struct th_writer *writer)
{
    const struct public_spec *spec = &replay->table->groups.spec;
    write_pair(writer, "category", member_at(&spec->category, family->by_category, about.category));
    if (family->by_level && family->of == PUBLIC_REASONS) {
        write_pair(writer, "reason", th_bytes_of(th_reason_word(about.level + 1U)));
    } else if (family->by_level && about.level == PUBLIC_OTHER &&
               th_bytes_equal(replay->name.measure, EV01)) {
        write_pair(writer, "rating", TH_BYTES("0")); // nobody else is without a level
    } else {
        write_pair(writer, "rating", member_at(&spec->level, family->by_level, about.level));
    }
    write_pair(writer, "scheme", family->scheme);
    return !writer->overflow && writer->size <= TH_DIMS_MAX;
}

static bool
is_of_family(const struct family *family, const struct public_groups *groups, uint32_t g)
{
    const struct public_group *about = &groups->about[g];
    const enum th_suppress_rule rule = groups->groups[g].rule;
    return rule != TH_SUPPRESS_REST && rule != TH_SUPPRESS_SUM && about->measure == family->of &&
           (about->category != PUBLIC_ANY) == family->by_category &&
           (about->level != PUBLIC_ANY) == family->by_level;
}

// The group of a number's sum; group_count: there is none.
static uint32_t sum_of(const struct public_groups *groups, uint32_t group)
{
    uint32_t i = 0;
    while (i < groups->group_count &&
           (groups->groups[i].rule != TH_SUPPRESS_SUM || groups->groups[i].twin != group)) {
        i++;
    }
    return i;
}

// ---- lines ----

static enum th_err add_line(struct public_lines *lines, const struct public_line *line)
{
    if (lines->count == LINES_MAX) {
        return TH_E_TOO_LARGE;
    }
    if (lines->count == lines->room) {
        const size_t room = lines->room == 0 ? 256 : 2 * lines->room;
        struct public_line *items = reallocarray(lines->items, room, sizeof(*items));
        if (items == NULL) {
            return TH_E_NO_MEMORY;
        }
        lines->items = items;
        lines->room = room;
    }
    lines->items[lines->count++] = *line;
    return TH_OK;
}

static enum th_err
add_cell(struct replay *replay, const struct family *family, uint32_t node, uint32_t group)
{
    const struct edition_table *table = replay->table;
    const struct public_groups *groups = &table->groups;
    uint8_t dims[TH_DIMS_MAX + 64];
    struct th_writer writer = TH_WRITER(dims);
    const size_t row = (size_t)node * groups->group_count;
    const uint32_t shown_in = replay->shown_in[row + group];
    const uint32_t sum = family->of == PUBLIC_SCORES ? sum_of(groups, group) : groups->group_count;
    if (!write_dims(replay, family, groups->about[group], &writer)) {
        return TH_OK; // nor do totals have it
    }
    struct public_line line = {
        .measure = family->measure,
        .period = table->period,
        .uid = table->units[node],
        .hidden = shown_in == 0,
        .covered = !family->by_category && !family->by_level,
        .value = replay->values[row + group],
        .edition_ms = replay->moments[shown_in > 0 ? shown_in - 1 : table->edition_count - 1],
    };
    if (sum < groups->group_count) {
        line.has_of = true;
        line.of = line.value;
        line.value = replay->values[row + sum];
        line.hidden = line.hidden || replay->shown_in[row + sum] != shown_in;
    }
    line.reported = line.covered ? replay->reported[node] : 0;
    TH_TRY(th_pool_copy(&replay->lines->texts, th_written(&writer), &line.dims));
    return add_line(replay->lines, &line);
}

// A cell of the family's measure; false: it is not shown, or in another edition than *edition.
static bool shown_cell(const struct replay *replay,
                       uint32_t node,
                       struct public_group about,
                       uint32_t *edition,
                       int64_t *value)
{
    const struct public_groups *groups = &replay->table->groups;
    const uint32_t group = public_group_find(groups, about);
    const size_t cell = (size_t)node * groups->group_count + group;
    if (group == groups->group_count || replay->shown_in[cell] == 0 ||
        (*edition != 0 && *edition != replay->shown_in[cell])) {
        return false;
    }
    *edition = replay->shown_in[cell];
    *value = replay->values[cell];
    return true;
}

// Whose level (or category) is not listed are those left of the whole without the listed ones. They
// are told where everybody can work that out, and hidden otherwise.
static void leave_over(const struct replay *replay,
                       struct public_group about,
                       bool level,
                       struct public_line *line)
{
    const struct public_spec *spec = &replay->table->groups.spec;
    const uint32_t node = edition_place_of(replay->table, line->uid)->node;
    const uint8_t listed = level ? spec->level.count : spec->category.count;
    uint8_t *member = level ? &about.level : &about.category;
    uint32_t edition = 0;
    int64_t part = 0;
    *member = PUBLIC_ANY;
    bool known =
        about.measure == PUBLIC_PEOPLE && shown_cell(replay, node, about, &edition, &line->value);
    for (*member = 0; *member < listed && known; (*member)++) {
        known = shown_cell(replay, node, about, &edition, &part);
        line->value -= part;
    }
    line->hidden = !known;
    if (known) {
        line->edition_ms = replay->moments[edition - 1];
    }
}

enum unlisted { UNLISTED_LEVEL, UNLISTED_CATEGORY, UNLISTED_BOTH };

static enum th_err add_unlisted(struct replay *replay,
                                const struct family *family,
                                uint32_t node,
                                struct public_group about,
                                enum unlisted which)
{
    const struct edition_table *table = replay->table;
    uint8_t dims[TH_DIMS_MAX + 64];
    struct th_writer writer = TH_WRITER(dims);
    struct public_line line = {
        .measure = family->measure,
        .period = table->period,
        .uid = table->units[node],
        .hidden = true,
        .edition_ms = replay->moments[table->edition_count - 1],
    };
    if (!write_dims(replay, family, about, &writer)) {
        return TH_OK;
    }
    if (which != UNLISTED_BOTH) {
        leave_over(replay, about, which == UNLISTED_LEVEL, &line);
    }
    TH_TRY(th_pool_copy(&replay->lines->texts, th_written(&writer), &line.dims));
    return add_line(replay->lines, &line);
}

static enum th_err
add_all_unlisted(struct replay *replay, const struct family *family, uint32_t node)
{
    const struct public_spec *spec = &replay->table->groups.spec;
    const bool reasons = family->of == PUBLIC_REASONS;
    const bool categories = family->by_category && spec->category.others;
    const bool levels = family->by_level && !reasons && spec->level.others;
    const uint8_t level_count = reasons ? (uint8_t)PUBLIC_REASONS_MAX : spec->level.count;
    for (uint8_t i = 0; categories && i < (family->by_level ? level_count : 1); i++) {
        const struct public_group about = {
            family->of, PUBLIC_OTHER, family->by_level ? i : (uint8_t)PUBLIC_ANY};
        TH_TRY(add_unlisted(replay, family, node, about, UNLISTED_CATEGORY));
    }
    for (uint8_t i = 0; levels && i < (family->by_category ? spec->category.count : 1); i++) {
        const struct public_group about = {
            family->of, family->by_category ? i : (uint8_t)PUBLIC_ANY, PUBLIC_OTHER};
        TH_TRY(add_unlisted(replay, family, node, about, UNLISTED_LEVEL));
    }
    const struct public_group neither = {family->of, PUBLIC_OTHER, PUBLIC_OTHER};
    return categories && levels ? add_unlisted(replay, family, node, neither, UNLISTED_BOTH)
                                : TH_OK;
}

// A unit that has people now, or of which something was shown.
static bool is_listed(const struct replay *replay, uint32_t node)
{
    const struct edition_table *table = replay->table;
    const size_t groups = table->groups.group_count;
    bool listed =
        edition_cell(table, replay->kinds + (size_t)node * table->groups.kind_count, 0) > 0;
    for (size_t group = 0; group < groups && !listed; group++) {
        listed = replay->shown_in[node * groups + group] != 0;
    }
    return listed;
}

static enum th_err add_measure(struct replay *replay, struct th_bytes measure)
{
    const struct edition_table *table = replay->table;
    char text[TH_PERIOD_TEXT_BYTES];
    struct th_lines *lines = replay->reading->answer->lines;
    const struct th_bytes period = th_bytes_of(th_period_text(table->period, text));
    struct family family;
    if (!th_lines_lists(lines, measure, period) || !make_family(replay, measure, &family)) {
        return TH_OK;
    }
    TH_TRY(th_pool_copy(&replay->lines->texts, measure, &family.measure));
    for (uint32_t node = 0; node < table->frame.node_count; node++) {
        bool asked = false;
        if (!table->nodes[node].published || !is_listed(replay, node)) {
            continue;
        }
        TH_TRY(th_lines_asks(lines, period, table->units[node], &asked));
        for (uint32_t g = 0; g < table->groups.group_count && asked; g++) {
            if (is_of_family(&family, &table->groups, g)) {
                TH_TRY(add_cell(replay, &family, node, g));
            }
        }
        if (asked) {
            TH_TRY(add_all_unlisted(replay, &family, node));
        }
    }
    return TH_OK;
}

static bool is_wanted(const struct replay *replay, struct th_period period)
{
    char text[TH_PERIOD_TEXT_BYTES];
    const struct th_bytes label = th_bytes_of(th_period_text(period, text));
    const struct th_lines *lines = replay->reading->answer->lines;
    bool wanted = th_lines_lists(lines, replay->name.measure, label);
    if (th_bytes_equal(replay->name.measure, EV01)) {
        wanted = wanted || th_lines_lists(lines, EV02, label) || th_lines_lists(lines, EV03, label);
    }
    return wanted;
}

static const struct th_form *form_of(const struct replay *replay, struct th_period period)
{
    const struct th_catalogue *catalogue = replay->reading->answer->province.province->catalogue;
    struct th_measure measure;
    if (th_bytes_equal(replay->name.measure, EV01)) {
        return th_catalogue_evaluation_form(catalogue, period);
    }
    return th_catalogue_measure(catalogue, replay->name.measure, &measure) == TH_OK ? measure.form
                                                                                    : NULL;
}

static enum th_err add_table(struct reading *reading,
                             struct th_store now,
                             const struct edition_named *named,
                             struct public_lines *lines)
{
    const struct th_bytes name = {named->text, named->size};
    TH_SCOPED(public_replay_end)
    struct replay replay = {.reading = reading, .lines = lines, .name = edition_name_parse(name)};
    if (!is_wanted(&replay, named->period)) {
        return TH_OK;
    }
    TH_TRY(edition_table_read(now,
                              &reading->check,
                              reading->answer->province.province->catalogue,
                              name,
                              named->period,
                              &replay.table));
    TH_TRY(edition_table_frame(replay.table, NULL, NULL, 0));
    if (replay.table->closed != EDITION_CLOSED_NOT || replay.table->edition_count == 0) {
        return TH_OK; // of another layout
    }
    replay.form = form_of(&replay, named->period);
    TH_TRY(public_replay(&replay, now));
    TH_TRY(add_measure(&replay, replay.name.measure));
    if (replay.table->groups.spec.scored) {
        TH_TRY(add_measure(&replay, EV02));
        TH_TRY(add_measure(&replay, EV03));
    }
    return TH_OK;
}

// ---- lines of several tables ----

// Whoever is shown both could add them up.
static void merge(struct public_line *into, const struct public_line *one)
{
    into->hidden = into->hidden || one->hidden ||
                   __builtin_add_overflow(into->value, one->value, &into->value) ||
                   __builtin_add_overflow(into->of, one->of, &into->of);
    into->covered = false; // a unit may report in both
    into->edition_ms = one->edition_ms < into->edition_ms ? one->edition_ms : into->edition_ms;
}

static void unite(struct public_lines *lines)
{
    size_t kept = 0;
    if (lines->count > 0) {
        qsort(lines->items, lines->count, sizeof(*lines->items), compare_lines);
    }
    for (size_t i = 0; i < lines->count; i++) {
        if (kept > 0 && compare_lines(&lines->items[kept - 1], &lines->items[i]) == 0) {
            merge(&lines->items[kept - 1], &lines->items[i]);
        } else {
            lines->items[kept++] = lines->items[i];
        }
    }
    lines->count = kept;
}

enum th_err
public_lines_read(struct reading *reading, struct th_store now, struct public_lines *lines)
{
    TH_SCOPED(edition_names_free) struct edition_names names = {0};
    TH_TRY(edition_names_stored(now, &names));
    for (size_t i = 0; i < names.count; i++) {
        TH_TRY(add_table(reading, now, &names.items[i], lines));
    }
    unite(lines);
    return TH_OK;
}
