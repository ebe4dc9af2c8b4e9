// line_span.c - figures of a larger period from those of its parts
//
// A year that nobody reported can be told from its months when the form is reported by months: of
// a flow or a change the parts add up; of a stock or "n of m" each unit's last part counts; so it
// does of terms to date, which are running totals. Shares and targets are of their own period only,
// and ratings of months never make a year. A period that was reported itself is told as reported.
//
// Totals hold a unit and all below it, so a unit's own figure is found by taking the own figures of
// the units below out again, deepest first. It is then put where it stood in its part: on the path
// of that period's structure day.

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "lib/line_body.h"

enum rule { RULE_NONE, RULE_SUM, RULE_LAST };

// One part of one target.
struct source {
    uint32_t target, topic; // topics
    th_day last;
    enum rule rule;
};

struct sources {
    LINE_ARRAY(struct source) list;
};

static void sources_free(struct sources *sources)
{
    free(sources->list.items);
}

// ---- which topics are made of which ----

static bool is_rating(struct th_bytes measure)
{
    static const char *const RATINGS[] = {"EV01", "EV02", "EV03", "EV05", "EV07"};
    for (size_t i = 0; i < TH_COUNT(RATINGS); i++) {
        if (th_bytes_equal(measure, th_bytes_of(RATINGS[i]))) {
            return true;
        }
    }
    return false;
}

static enum rule
rule_of(const struct th_measure *measure, struct th_period part, struct th_period whole)
{
    if (measure->form == NULL || is_rating(measure->code)) {
        return RULE_NONE;
    }
    const bool adds = measure->shape == TH_SHAPE_FLOW || measure->shape == TH_SHAPE_CHANGE;
    const bool stands = measure->shape == TH_SHAPE_STOCK || measure->shape == TH_SHAPE_N_OF_M;
    if (th_period_is_same_term(part, whole)) {
        return adds || stands ? RULE_LAST : RULE_NONE;
    }
    if (part.type != th_measure_base_type(measure) || !th_period_is_part(part, whole)) {
        return RULE_NONE;
    }
    return adds ? RULE_SUM : stands ? RULE_LAST : RULE_NONE;
}

static bool period_of(const struct th_lines *lines, uint32_t text, struct th_period *period)
{
    return th_period_parse(lines->texts.items[text], period) == TH_OK;
}

bool line_span_wants(const struct th_lines *lines, struct th_bytes code, struct th_bytes period)
{
    struct th_period part;
    struct th_measure measure;
    if (lines->periods.count == 0 || th_period_parse(period, &part) != TH_OK ||
        th_catalogue_measure(lines->catalogue, code, &measure) != TH_OK) {
        return false;
    }
    bool wants = false;
    for (size_t i = 0; i < lines->periods.count && !wants; i++) {
        struct th_period whole;
        wants = period_of(lines, lines->periods.items[i], &whole) &&
                rule_of(&measure, part, whole) != RULE_NONE;
    }
    return wants;
}

static enum th_err
add_source(struct th_lines *lines, struct sources *sources, uint32_t part, uint32_t period_text)
{
    const struct line_topic *topic = &lines->topics.items[part];
    struct th_period whole;
    if (!period_of(lines, period_text, &whole)) {
        return TH_OK;
    }
    const enum rule rule = rule_of(&topic->measure, topic->period, whole);
    if (rule == RULE_NONE) {
        return TH_OK;
    }
    const struct th_bytes measure = lines->texts.items[topic->measure_text];
    uint32_t target = 0;
    TH_TRY(line_topic_of(lines, measure, lines->texts.items[period_text], &target));
    if (lines->topics.items[target].live > 0) {
        return TH_OK; // it was reported
    }
    if (!LINE_ROOM(&sources->list)) {
        return TH_E_NO_MEMORY;
    }
    sources->list.items[sources->list.count++] =
        (struct source){.target = target,
                        .topic = part,
                        .last = lines->topics.items[part].period.last,
                        .rule = rule};
    return TH_OK;
}

static int compare_sources(const void *left, const void *right)
{
    const struct source *a = left;
    const struct source *b = right;
    int order = (a->target > b->target) - (a->target < b->target);
    order = order != 0 ? order : (a->last < b->last) - (a->last > b->last); // the latest first
    return order != 0 ? order : (a->topic > b->topic) - (a->topic < b->topic);
}

// A term is made of its form's own parts; of terms to date only when there are none.
static void drop_running_totals(const struct th_lines *lines, struct sources *sources)
{
    size_t kept = 0;
    size_t from = 0;
    while (from < sources->list.count) {
        size_t until = from;
        bool has_parts = false;
        while (until < sources->list.count &&
               sources->list.items[until].target == sources->list.items[from].target) {
            const uint32_t topic = sources->list.items[until++].topic;
            has_parts =
                has_parts || lines->topics.items[topic].period.type != TH_PERIOD_TERM_TO_DATE;
        }
        for (; from < until; from++) {
            const struct source source = sources->list.items[from];
            if (!has_parts ||
                lines->topics.items[source.topic].period.type != TH_PERIOD_TERM_TO_DATE) {
                sources->list.items[kept++] = source;
            }
        }
    }
    sources->list.count = kept;
}

static enum th_err find_sources(struct th_lines *lines, struct sources *sources)
{
    const size_t fed = lines->topics.count; // the targets that are made come behind
    for (uint32_t part = 0; part < fed; part++) {
        for (size_t i = 0; i < lines->periods.count && lines->topics.items[part].live > 0; i++) {
            TH_TRY(add_source(lines, sources, part, lines->periods.items[i]));
        }
    }
    if (sources->list.count > 0) {
        qsort(sources->list.items, sources->list.count, sizeof(struct source), compare_sources);
    }
    drop_running_totals(lines, sources);
    return TH_OK;
}

// ---- own figures ----

// The cells of a part's units without those below, in the order of their ranks.
struct owns {
    struct th_lines *lines;
    uint32_t topic;
    struct line_order order;
    struct th_cell *below; // by rank: what the units below have
};

static void owns_free(struct owns *owns)
{
    line_order_free(&owns->order);
    free(owns->below);
}

// Sums of a store fit into 64 bits, but what is left of them on the way need not; it comes right
// again in two's complement.
static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static void add_to(struct th_cell *sum, const struct th_cell *cell)
{
    sum->value = plus(sum->value, cell->value);
    sum->of = plus(sum->of, cell->of);
    sum->before = plus(sum->before, cell->before);
    sum->after = plus(sum->after, cell->after);
    sum->exact += cell->exact;
    sum->over += cell->over;
    sum->under += cell->under;
    sum->about += cell->about;
    sum->not_applicable += cell->not_applicable;
    sum->with_of += cell->with_of;
    sum->with_levels += cell->with_levels;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static struct th_cell without(const struct th_cell *all, const struct th_cell *below)
{
    return (struct th_cell){
        .value = minus(all->value, below->value),
        .of = minus(all->of, below->of),
        .before = minus(all->before, below->before),
        .after = minus(all->after, below->after),
        .exact = less(all->exact, below->exact),
        .over = less(all->over, below->over),
        .under = less(all->under, below->under),
        .about = less(all->about, below->about),
        .not_applicable = less(all->not_applicable, below->not_applicable),
        .with_of = less(all->with_of, below->with_of),
        .with_levels = less(all->with_levels, below->with_levels),
    };
}

struct path {
    uint32_t uids[TH_UNIT_DEPTH_MAX];
    size_t depth;
};

static enum th_err path_of(const struct owns *owns, uint32_t uid, struct path *path)
{
    struct line_place *place = NULL;
    TH_TRY(line_place_of(owns->lines, &owns->lines->topics.items[owns->topic], uid, &place));
    path->depth = th_register_path(owns->lines->reg, uid, place->day, path->uids);
    if (path->depth == 0) {
        path->uids[path->depth++] = uid;
    }
    return TH_OK;
}

static enum th_err owns_begin(struct owns *owns)
{
    TH_TRY(line_rank(owns->lines, owns->topic, false, &owns->order));
    owns->below = calloc(owns->order.count + 1, sizeof(*owns->below));
    return owns->below == NULL ? TH_E_NO_MEMORY : TH_OK;
}

// The own figure of the entry with this rank, taken out of the units above it: in order of rank.
static enum th_err
take_own(const struct owns *owns, size_t rank, struct th_cell *own, struct path *path)
{
    const struct line_entry *entry = &owns->lines->entries.items[owns->order.entries[rank]];
    *own = without(&entry->cell, &owns->below[rank]);
    if (th_cell_is_empty(own)) {
        return TH_OK;
    }
    TH_TRY(path_of(owns, entry->uid, path));
    for (size_t i = 1; i < path->depth; i++) {
        const struct line_entry *above =
            line_entry_of(owns->lines, owns->topic, path->uids[i], entry->dims);
        if (above != NULL) {
            add_to(&owns->below[above->rank], own);
        }
    }
    return TH_OK;
}

// ---- making the target ----

// What is later than the part at work: (unit, dims) with a figure of its own, or above such a one.
struct later {
    struct line_map own, above;
};

static void later_free(struct later *later)
{
    line_map_free(&later->own);
    line_map_free(&later->above);
}

static bool has_later(const struct later *later, const struct path *path, uint32_t dims)
{
    bool found = line_map_get(&later->above, (struct line_key){path->uids[0], dims, 0}) != 0;
    for (size_t i = 0; i < path->depth && !found; i++) {
        found = line_map_get(&later->own, (struct line_key){path->uids[i], dims, 0}) != 0;
    }
    return found;
}

// A part's figures count from mark on; those of the same part do not stand in each other's way.
static enum th_err note_later(struct later *later, const struct path *path, uint32_t dims)
{
    for (size_t i = 0; i < path->depth; i++) {
        struct line_map *map = i == 0 ? &later->own : &later->above;
        uint32_t *value = line_map_put(map, (struct line_key){path->uids[i], dims, 0});
        if (value == NULL) {
            return TH_E_NO_MEMORY;
        }
        *value = 1;
    }
    return TH_OK;
}

static bool add_number(int64_t *sum, int64_t number)
{
    return !__builtin_add_overflow(*sum, number, sum);
}

static enum th_err put_figure(struct th_lines *lines,
                              uint32_t target,
                              const struct path *path,
                              uint32_t dims,
                              const struct th_cell *own)
{
    for (size_t i = 0; i < path->depth; i++) {
        struct line_entry *entry = NULL;
        TH_TRY(line_entry_make(lines, (struct line_key){target, path->uids[i], dims}, &entry));
        lines->topics.items[target].live += th_cell_is_empty(&entry->cell) ? 1 : 0;
        entry->made = true;
        entry->own = i == 0 ? LINE_OWN_SOME : entry->own;
        entry->own = entry->own == LINE_OWN_UNKNOWN ? LINE_OWN_NONE : entry->own;
        struct th_cell *cell = &entry->cell;
        if (!add_number(&cell->value, own->value) || !add_number(&cell->of, own->of) ||
            !add_number(&cell->before, own->before) || !add_number(&cell->after, own->after)) {
            return TH_E_INVALID;
        }
        struct th_cell counts = *own;
        counts.value = counts.of = counts.before = counts.after = 0;
        add_to(cell, &counts);
    }
    return TH_OK;
}

static enum th_err count_part(struct th_lines *lines, const struct source *source)
{
    for (uint32_t at = lines->topics.items[source->topic].entries; at != LINE_NONE;
         at = lines->entries.items[at].next) {
        const struct line_entry *entry = &lines->entries.items[at];
        if (th_cell_is_empty(&entry->cell)) {
            continue;
        }
        uint32_t *counted = line_map_put(
            &lines->part_map, (struct line_key){source->target, entry->uid, source->topic});
        if (counted == NULL) {
            return TH_E_NO_MEMORY;
        }
        if (*counted != 0) {
            continue;
        }
        *counted = 1;
        uint32_t *parts = line_map_put(&lines->part_map,
                                       (struct line_key){source->target, entry->uid, LINE_NONE});
        if (parts == NULL) {
            return TH_E_NO_MEMORY;
        }
        (*parts)++;
    }
    return TH_OK;
}

// Whoever listens is told of a unit's own figure in a part, and whether it counts.
static enum th_err tell(const struct th_lines *lines,
                        const struct source *source,
                        const struct path *path,
                        uint32_t dims,
                        const struct th_cell *own,
                        bool counts)
{
    const struct line_topic *target = &lines->topics.items[source->target];
    const struct line_topic *part = &lines->topics.items[source->topic];
    const struct th_lines_span span = {
        .measure = lines->texts.items[target->measure_text],
        .period = target->period,
        .part = part->period,
        .uid = path->uids[0],
        .dims = lines->texts.items[dims],
        .own = own,
        .counts = counts,
    };
    return lines->span_fn == NULL ? TH_OK : lines->span_fn(lines->span_self, &span);
}

static enum th_err
add_part(struct th_lines *lines, const struct source *source, struct later *later)
{
    TH_SCOPED(owns_free) struct owns owns = {.lines = lines, .topic = source->topic};
    TH_SCOPED(th_free_scoped) struct path *paths = NULL;
    TH_TRY(owns_begin(&owns));
    paths = calloc(owns.order.count + 1, sizeof(*paths)); // depth 0: it does not count
    if (paths == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t rank = 0; rank < owns.order.count; rank++) {
        const uint32_t dims = lines->entries.items[owns.order.entries[rank]].dims;
        struct th_cell own;
        TH_TRY(take_own(&owns, rank, &own, &paths[rank]));
        if (paths[rank].depth == 0) {
            continue;
        }
        const bool late =
            source->rule == RULE_LAST && !th_mutant(72) && has_later(later, &paths[rank], dims);
        TH_TRY(tell(lines, source, &paths[rank], dims, &own, !late));
        if (late) {
            paths[rank].depth = 0;
            continue;
        }
        TH_TRY(put_figure(lines, source->target, &paths[rank], dims, &own));
    }
    for (size_t rank = 0; rank < owns.order.count && source->rule == RULE_LAST; rank++) {
        if (paths[rank].depth > 0) {
            const uint32_t dims = lines->entries.items[owns.order.entries[rank]].dims;
            TH_TRY(note_later(later, &paths[rank], dims));
        }
    }
    return count_part(lines, source);
}

// Parts of a target, the latest first.
static enum th_err
make_target(struct th_lines *lines, const struct source *parts, size_t count, size_t *used)
{
    TH_SCOPED(later_free) struct later later = {0};
    for (*used = 0; *used < count && parts[*used].target == parts->target; (*used)++) {
        TH_TRY(add_part(lines, &parts[*used], &later));
    }
    struct line_topic *topic = &lines->topics.items[parts->target];
    topic->composed = true;
    topic->parts_expected =
        lines->topics.items[parts->topic].period.type == TH_PERIOD_TERM_TO_DATE
            ? 0
            : th_period_part_count(topic->period, th_measure_base_type(&topic->measure));
    return TH_OK;
}

static void forget_made(struct th_lines *lines)
{
    line_map_clear(&lines->part_map);
    for (size_t i = 0; i < lines->topics.count; i++) {
        lines->topics.items[i].added = false;
        lines->topics.items[i].composed = false;
        lines->topics.items[i].parts_expected = 0;
    }
    for (size_t i = 0; i < lines->entries.count; i++) {
        struct line_entry *entry = &lines->entries.items[i];
        if (entry->made) {
            lines->topics.items[entry->topic].live -= th_cell_is_empty(&entry->cell) ? 0 : 1;
            entry->cell = (struct th_cell){0};
            entry->made = false;
            entry->own = LINE_OWN_UNKNOWN;
        }
    }
}

enum th_err line_span(struct th_lines *lines)
{
    if (lines->restated) {
        return TH_OK; // they were made before they were restated
    }
    forget_made(lines);
    if (lines->periods.count == 0) {
        return TH_OK;
    }
    TH_SCOPED(sources_free) struct sources sources = {0};
    TH_TRY(find_sources(lines, &sources));
    for (size_t at = 0; at < sources.list.count;) {
        size_t used = 0;
        TH_TRY(make_target(lines, sources.list.items + at, sources.list.count - at, &used));
        at += used;
    }
    return TH_OK;
}

enum th_err line_span_inherit(struct th_lines *lines, uint32_t topic, uint32_t into)
{
    const struct line_topic *from = &lines->topics.items[topic];
    lines->topics.items[into].parts_expected = from->parts_expected;
    for (uint32_t at = from->entries; at != LINE_NONE; at = lines->entries.items[at].next) {
        const uint32_t uid = lines->entries.items[at].uid;
        const uint32_t parts = line_span_parts(lines, topic, uid);
        uint32_t *fewest = line_map_put(&lines->part_map, (struct line_key){into, uid, LINE_NONE});
        if (fewest == NULL) {
            return TH_E_NO_MEMORY;
        }
        *fewest = *fewest == 0 || parts < *fewest ? parts : *fewest;
    }
    return TH_OK;
}

uint32_t line_span_parts(const struct th_lines *lines, uint32_t topic, uint32_t uid)
{
    return line_map_get(&lines->part_map, (struct line_key){topic, uid, LINE_NONE});
}
