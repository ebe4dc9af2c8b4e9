// line_cover.c - how many reporting units stand behind a line that adds several keys up
//
// The reported of one total counts reporting units, but the counts of several totals cannot be
// united: a unit with two keys would count twice. So the units themselves are found again, key by
// key, from the totals of all units:
//
//   scope own    A unit has a figure of its own when its total reports more than what its
//                descendants' totals carried up to it.
//   scope whole  A total without one below it is the figure itself, and speaks for everything
//                below, as seen from its own unit upwards; a reporting unit above is covered too.
//
// A unit counts for an ancestor when it is one of its reporters on the ancestor's structure day.

#include <stdlib.h>

#include "lib/line_body.h"

struct covering {
    struct th_lines *lines;
    uint32_t topic;
    uint32_t into;           // topic of the lines
    struct line_order order; // entries that have a line
};

struct spot { // a unit with its path on its structure day
    th_day day;
    uint32_t path[TH_UNIT_DEPTH_MAX];
    size_t depth;
};

struct ranked {
    uint32_t depth;
    uint32_t entry;
};

static void covering_free(struct covering *covering)
{
    line_order_free(&covering->order);
}

static const struct line_topic *topic_of(const struct covering *covering)
{
    return &covering->lines->topics.items[covering->topic];
}

static enum th_err spot_of(const struct covering *covering, uint32_t uid, struct spot *spot)
{
    struct line_place *place = NULL;
    TH_TRY(line_place_of(covering->lines, topic_of(covering), uid, &place));
    spot->day = place->day;
    spot->depth = th_register_path(covering->lines->reg, uid, spot->day, spot->path);
    return TH_OK;
}

// Is the unit of spot one of the reporters of its ancestor path[at]?
static enum th_err
counts_for(const struct covering *covering, const struct spot *spot, size_t at, bool *counts)
{
    const struct th_lines *lines = covering->lines;
    struct line_place *above = NULL;
    TH_TRY(line_place_of(covering->lines, topic_of(covering), spot->path[at], &above));
    *counts = at == 0 || above->day == spot->day ||
              (th_register_is_below(lines->reg, spot->path[0], spot->path[at], above->day) &&
               th_form_is_reporter(
                   topic_of(covering)->form, lines->reg, lines->root, spot->path[0], above->day));
    return TH_OK;
}

static struct line_entry *entry_of(const struct covering *covering, uint32_t uid, uint32_t dims)
{
    return line_entry_of(covering->lines, covering->topic, uid, dims);
}

static struct line_sum *sum_of(const struct covering *covering, uint32_t uid, uint32_t kept)
{
    struct th_lines *lines = covering->lines;
    const uint32_t found =
        line_map_get(&lines->sum_map, (struct line_key){covering->into, uid, kept});
    return found == 0 ? NULL : &lines->sums.items[found - 1];
}

// The unit of spot, a reporter, is covered in the lines of path[from] and above: once for all
// its keys. A figure of a whole that stands above counts only from there on.
static enum th_err
mark(const struct covering *covering, const struct spot *spot, uint32_t kept, size_t from)
{
    uint32_t *seen = line_map_put(&covering->lines->seen_map,
                                  (struct line_key){covering->into, spot->path[0], kept});
    if (seen == NULL) {
        return TH_E_NO_MEMORY;
    }
    const size_t end = *seen == 0 ? spot->depth : *seen - 1; // from there on it was counted before
    if (from >= end) {
        return TH_OK;
    }
    *seen = (uint32_t)from + 1;
    for (size_t i = from; i < end; i++) {
        struct line_sum *sum = sum_of(covering, spot->path[i], kept);
        bool counts = false;
        if (sum != NULL) {
            TH_TRY(counts_for(covering, spot, i, &counts));
            sum->covered += counts ? 1 : 0;
        }
    }
    return TH_OK;
}

// ---- scope own ----

static enum th_err
carry_up(const struct covering *covering, const struct spot *spot, const struct line_entry *entry)
{
    for (size_t i = 1; i < spot->depth; i++) {
        struct line_entry *above = entry_of(covering, spot->path[i], entry->dims);
        bool counts = false;
        if (above != NULL) {
            TH_TRY(counts_for(covering, spot, i, &counts));
            above->carried += counts ? 1 : 0;
        }
    }
    return TH_OK;
}

// A made entry's own figure may be of a unit that is no reporter; reported counts reporters alone.
static bool is_reporter(const struct covering *covering, const struct line_entry *entry)
{
    const struct th_lines *lines = covering->lines;
    const struct line_topic *topic = topic_of(covering);
    const th_day day = th_register_structure_day(lines->reg, entry->uid, topic->period);
    return entry->own == LINE_OWN_UNKNOWN ||
           th_form_is_reporter(topic->form, lines->reg, lines->root, entry->uid, day);
}

static enum th_err cover_own(const struct covering *covering)
{
    for (size_t i = 0; i < covering->order.count; i++) {
        const struct line_entry *entry =
            &covering->lines->entries.items[covering->order.entries[i]];
        const bool own = entry->own == LINE_OWN_UNKNOWN ? entry->cell.reported > entry->carried
                                                        : entry->own == LINE_OWN_SOME;
        if (own && is_reporter(covering, entry)) {
            struct spot spot;
            TH_TRY(spot_of(covering, entry->uid, &spot));
            TH_TRY(carry_up(covering, &spot, entry));
            TH_TRY(mark(covering, &spot, entry->kept, 0));
        }
    }
    return TH_OK;
}

// ---- scope whole ----

// Unit uid, if a reporter, is covered by a total of its own or of a unit above it.
static enum th_err
mark_reporter(const struct covering *covering, uint32_t uid, const struct line_entry *figure)
{
    const struct th_lines *lines = covering->lines;
    struct spot spot;
    TH_TRY(spot_of(covering, uid, &spot));
    size_t from = 0;
    while (from < spot.depth && spot.path[from] != figure->uid) {
        from++;
    }
    return from < spot.depth &&
                   th_form_is_reporter(
                       topic_of(covering)->form, lines->reg, lines->root, uid, spot.day)
               ? mark(covering, &spot, figure->kept, from)
               : TH_OK;
}

static enum th_err mark_below(const struct covering *covering, // NOLINT(misc-no-recursion): G3
                              uint32_t uid,
                              th_day day,
                              const struct line_entry *figure)
{
    TH_TRY(mark_reporter(covering, uid, figure));
    const struct th_register *reg = covering->lines->reg;
    struct th_children children = th_register_children(reg, uid, day);
    uint32_t child = th_children_next(reg, &children);
    while (child != TH_UNIT_NONE) {
        TH_TRY(mark_below(covering, child, day, figure));
        child = th_children_next(reg, &children);
    }
    return TH_OK;
}

static enum th_err find_lowest(const struct covering *covering)
{
    for (size_t i = 0; i < covering->order.count; i++) {
        const struct line_entry *entry =
            &covering->lines->entries.items[covering->order.entries[i]];
        struct spot spot;
        TH_TRY(spot_of(covering, entry->uid, &spot));
        for (size_t above = 1; above < spot.depth; above++) {
            struct line_entry *higher = entry_of(covering, spot.path[above], entry->dims);
            if (higher != NULL) {
                higher->has_below = true;
            }
        }
    }
    return TH_OK;
}

static enum th_err cover_whole(const struct covering *covering)
{
    TH_TRY(find_lowest(covering));
    for (size_t i = 0; i < covering->order.count; i++) {
        const struct line_entry *entry =
            &covering->lines->entries.items[covering->order.entries[i]];
        struct spot spot;
        TH_TRY(spot_of(covering, entry->uid, &spot));
        if (entry->own == LINE_OWN_UNKNOWN ? entry->has_below : entry->own == LINE_OWN_NONE) {
            TH_TRY(mark_reporter(covering, entry->uid, entry));
        } else {
            TH_TRY(mark_below(covering, entry->uid, spot.day, entry));
        }
    }
    return TH_OK;
}

// ---- both ----

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    const int order = (a->depth < b->depth) - (a->depth > b->depth); // deepest first
    return order != 0 ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

void line_order_free(struct line_order *order)
{
    free(order->entries);
}

enum th_err
line_rank(struct th_lines *lines, uint32_t topic, bool kept_only, struct line_order *order)
{
    const size_t live = lines->topics.items[topic].live;
    TH_SCOPED(th_free_scoped) struct ranked *ranked = calloc(live + 1, sizeof(*ranked));
    order->entries = calloc(live + 1, sizeof(*order->entries));
    order->count = 0;
    if (ranked == NULL || order->entries == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t at = lines->topics.items[topic].entries; at != LINE_NONE;
         at = lines->entries.items[at].next) {
        struct line_entry *entry = &lines->entries.items[at];
        if (th_cell_is_empty(&entry->cell) || (kept_only && entry->kept == LINE_NONE)) {
            continue;
        }
        struct line_place *place = NULL;
        TH_TRY(line_place_of(lines, &lines->topics.items[topic], entry->uid, &place));
        ranked[order->count++] = (struct ranked){.depth = place->depth, .entry = at};
        entry->carried = 0;
        entry->has_below = false;
    }
    qsort(ranked, order->count, sizeof(*ranked), compare_ranked);
    for (size_t i = 0; i < order->count; i++) {
        order->entries[i] = ranked[i].entry;
        lines->entries.items[ranked[i].entry].rank = (uint32_t)i;
    }
    return TH_OK;
}

enum th_err line_cover(struct th_lines *lines, uint32_t topic, uint32_t into)
{
    TH_SCOPED(covering_free)
    struct covering covering = {.lines = lines, .topic = topic, .into = into};
    TH_TRY(line_rank(lines, topic, true, &covering.order));
    return topic_of(&covering)->measure.scope == TH_SCOPE_OWN ? cover_own(&covering)
                                                              : cover_whole(&covering);
}
