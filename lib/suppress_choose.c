// suppress_choose.c - what to hide next for the sake of a figure that is not safe
//
// A cell stands in several lines: as a part (the levels of its unit; the units under its parent)
// and as a total (of its levels; of the units below). A line binds it when what else is hidden in
// it has too few people; there the smallest shown part is hidden, else the margin.
//
// When none does, the hidden cells lie so that nobody can be exchanged. Then a rectangle is made
// of it: another part of a line of its unit, and both in the unit beside it where that costs least.
// For a change, and for a cell that keeps its old figure, people are those by whom cells changed.

#include <string.h>

#include "tonghop/base.h"

#include "lib/suppress_body.h"

struct cell {
    uint32_t node, group;
};

// What a line offers to hide.
struct offer {
    int64_t slack; // people in its other hidden parts
    bool has_part;
    int64_t people; // of the smallest shown part
    struct cell part;
    bool has_margin;
    struct cell margin;
};

struct choosing {
    struct suppress *s;
    const struct suppress_figure *figure;
    int64_t wanted;
    bool has_before; // edition whose figure is known
    uint32_t before;
    bool found;
    struct offer best; // of the line that binds most
    bool has_smallest;
    int64_t people; // of the smallest cell of all lines
    struct cell smallest;
};

// ---- cells ----

static int64_t people_of(const struct choosing *choosing, struct cell cell)
{
    const struct suppress *s = choosing->s;
    const int64_t now = suppress_value(s, s->newest, cell.node, cell.group);
    if (!choosing->has_before) {
        return now;
    }
    const int64_t change = now - suppress_value(s, choosing->before, cell.node, cell.group);
    return change < 0 ? -change : change;
}

static struct cell own_cell(const struct choosing *choosing)
{
    return (struct cell){choosing->figure->node, choosing->figure->group};
}

static bool is_shown(const struct suppress *s, struct cell cell)
{
    return suppress_is_shown(s, s->newest, cell.node, cell.group);
}

// Would it help to hide the cell? Not when earlier editions tell it anyway.
static bool may_hide(const struct suppress *s, struct cell cell)
{
    const uint32_t decided = suppress_decided_by(s, cell.group);
    return is_shown(s, cell) && s->known[suppress_cell(s, cell.node, decided)] == 0;
}

static void hide_one(struct suppress *s, uint32_t node, uint32_t decided)
{
    if (!suppress_is_shown(s, s->newest, node, decided)) {
        return;
    }
    s->shown[suppress_cell(s, node, decided)] = 0;
    s->hidden++;
    for (uint32_t group = decided; group < s->groups; group++) {
        const struct suppress_figure figure = {.node = node, .group = group, .at = s->newest};
        if (suppress_decided_by(s, group) == decided &&
            s->known[suppress_cell(s, node, group)] == 0) {
            suppress_add_pending(s, &figure); // what is hidden has to be safe, too
        }
    }
}

static bool same_kinds(const struct th_suppress_group *a, const struct th_suppress_group *b)
{
    return memcmp(&a->kinds, &b->kinds, sizeof(a->kinds)) == 0;
}

// The only child that has people; the node itself when there are several, or none.
static uint32_t only_child(const struct suppress *s, uint32_t node)
{
    uint32_t only = node;
    for (uint32_t child = node + 1; child < s->node_to[node]; child = s->node_to[child]) {
        if (suppress_is_present(s, s->newest, child)) {
            if (only != node) {
                return node;
            }
            only = child;
        }
    }
    return only;
}

// Hide a cell, and its sum. Cells of the same people have the same figure: all or none.
static void hide_same(struct suppress *s, uint32_t node, uint32_t decided)
{
    uint32_t parent = s->frame->nodes[node].parent;
    while (parent != node && only_child(s, parent) == node) {
        node = parent;
        parent = s->frame->nodes[node].parent;
    }
    for (bool more = true; more;) {
        for (uint32_t group = 0; group < s->groups; group++) {
            if (s->frame->groups[group].rule != TH_SUPPRESS_SUM &&
                same_kinds(&s->frame->groups[group], &s->frame->groups[decided])) {
                hide_one(s, node, group);
            }
        }
        const uint32_t child = only_child(s, node);
        more = child != node;
        node = child;
    }
}

static void hide(struct suppress *s, struct cell cell)
{
    if (!is_shown(s, cell)) {
        return;
    }
    hide_same(s, cell.node, suppress_decided_by(s, cell.group));
    s->unit_hid[cell.node] = s->round;
    s->below_hid[suppress_cell(s, s->frame->nodes[cell.node].parent, cell.group)] = s->round;
}

// What was hidden near a figure in this round may have helped already: in its unit, or the same
// group in a unit beside it or directly below it.
static bool is_in_work(const struct suppress *s, struct cell cell)
{
    const uint32_t parent = s->frame->nodes[cell.node].parent;
    return s->unit_hid[cell.node] == s->round ||
           s->below_hid[suppress_cell(s, cell.node, cell.group)] == s->round ||
           s->below_hid[suppress_cell(s, parent, cell.group)] == s->round;
}

// What was shown before is hidden now because it has changed: by how many people counts.
static void look_before(struct choosing *choosing)
{
    const struct suppress *s = choosing->s;
    const struct suppress_figure *figure = choosing->figure;
    choosing->has_before = figure->change && figure->at == s->newest;
    choosing->before = figure->before;
    for (uint32_t edition = figure->at; edition-- > 0;) {
        if (figure->at == s->newest && suppress_is_shown(s, edition, figure->node, figure->group)) {
            choosing->has_before = true;
            choosing->before = edition;
            return;
        }
    }
}

// ---- lines ----

static void look_at_part(const struct choosing *choosing, struct offer *offer, struct cell cell)
{
    const struct suppress *s = choosing->s;
    const struct cell own = own_cell(choosing);
    if ((cell.node == own.node && cell.group == own.group) ||
        !suppress_is_present(s, s->newest, cell.node)) {
        return;
    }
    const int64_t people = people_of(choosing, cell);
    if (!is_shown(s, cell)) {
        offer->slack += people;
    } else if (may_hide(s, cell) && (!offer->has_part || people < offer->people)) {
        offer->has_part = true;
        offer->people = people;
        offer->part = cell;
    }
}

static void consider_smallest(struct choosing *choosing, int64_t people, struct cell cell)
{
    if (!choosing->has_smallest || people < choosing->people) {
        choosing->has_smallest = true;
        choosing->people = people;
        choosing->smallest = cell;
    }
}

static void consider(struct choosing *choosing, const struct offer *offer)
{
    if (offer->has_part) {
        consider_smallest(choosing, offer->people, offer->part);
    }
    if (offer->has_margin) {
        consider_smallest(choosing, people_of(choosing, offer->margin), offer->margin);
    }
    if ((offer->has_part || offer->has_margin) &&
        (!choosing->found || offer->slack < choosing->best.slack)) {
        choosing->found = true;
        choosing->best = *offer;
    }
}

static struct offer begin_line(const struct choosing *choosing, struct cell margin, bool as_total)
{
    return (struct offer){
        .slack = as_total ? 0 : people_of(choosing, own_cell(choosing)),
        .has_margin = !as_total && may_hide(choosing->s, margin),
        .margin = margin,
    };
}

static bool has_part(const struct suppress *s, const struct th_suppress_line *line, uint32_t group)
{
    bool part = false;
    for (uint32_t i = 0; i < line->count; i++) {
        part = part || s->frame->parts[line->first + i] == group;
    }
    return part;
}

// Levels, categories.
static void look_at_groups(struct choosing *choosing)
{
    const struct suppress *s = choosing->s;
    const struct cell own = own_cell(choosing);
    for (uint32_t i = 0; i < s->frame->line_count; i++) {
        const struct th_suppress_line *line = &s->frame->lines[i];
        const struct cell margin = {own.node, line->total};
        const bool as_total = line->total == own.group;
        if (!as_total && (!has_part(s, line, own.group) || !is_shown(s, margin))) {
            continue; // does not bind
        }
        struct offer offer = begin_line(choosing, margin, as_total);
        for (uint32_t k = 0; k < line->count; k++) {
            const struct cell part = {own.node, s->frame->parts[line->first + k]};
            look_at_part(choosing, &offer, part);
        }
        consider(choosing, &offer);
    }
}

static void look_at_units(struct choosing *choosing, uint32_t above, bool as_total)
{
    const struct suppress *s = choosing->s;
    const struct cell margin = {above, choosing->figure->group};
    if (!as_total && !is_shown(s, margin)) {
        return;
    }
    struct offer offer = begin_line(choosing, margin, as_total);
    for (uint32_t node = above + 1; node < s->node_to[above]; node = s->node_to[node]) {
        look_at_part(choosing, &offer, (struct cell){node, margin.group});
    }
    consider(choosing, &offer);
}

// ---- rectangles ----

struct rectangle {
    bool found;
    int64_t people; // of the cells to be hidden
    struct cell cells[3];
};

static void look_at_rectangle(const struct choosing *choosing,
                              struct rectangle *best,
                              uint32_t node,
                              uint32_t group)
{
    const struct suppress *s = choosing->s;
    const struct cell own = own_cell(choosing);
    struct rectangle one = {.found = true,
                            .cells = {{own.node, group}, {node, own.group}, {node, group}}};
    bool any = false;
    for (size_t i = 0; i < TH_COUNT(one.cells); i++) {
        if (!is_shown(s, one.cells[i])) {
            continue;
        }
        if (!may_hide(s, one.cells[i])) {
            return;
        }
        any = true;
        one.people += people_of(choosing, one.cells[i]);
    }
    const int64_t there = people_of(choosing, one.cells[1]);
    const int64_t here = people_of(choosing, own);
    const int64_t other_here = people_of(choosing, one.cells[0]);
    const int64_t other_there = people_of(choosing, one.cells[2]);
    const int64_t values =
        (here < other_there ? here : other_there) + (there < other_here ? there : other_here);
    if (any && values >= choosing->wanted && (!best->found || one.people < best->people)) {
        *best = one;
    }
}

static struct rectangle find_rectangle(const struct choosing *choosing)
{
    const struct suppress *s = choosing->s;
    const struct cell own = own_cell(choosing);
    const uint32_t parent = s->frame->nodes[own.node].parent;
    struct rectangle best = {.found = false};
    for (uint32_t i = 0; i < s->frame->line_count && own.node > 0; i++) {
        const struct th_suppress_line *line = &s->frame->lines[i];
        for (uint32_t k = 0; has_part(s, line, own.group) && k < line->count; k++) {
            const uint32_t group = s->frame->parts[line->first + k];
            for (uint32_t node = parent + 1; group != own.group && node < s->node_to[parent];
                 node = s->node_to[node]) {
                if (node != own.node && suppress_is_present(s, s->newest, node)) {
                    look_at_rectangle(choosing, &best, node, group);
                }
            }
        }
    }
    return best;
}

// ---- anything ----

static bool meet(const struct th_suppress_group *a, const struct th_suppress_group *b)
{
    for (size_t i = 0; i < TH_COUNT(a->kinds.bits); i++) {
        if ((a->kinds.bits[i] & b->kinds.bits[i]) != 0) {
            return true;
        }
    }
    return false;
}

void suppress_hide_anywhere(struct suppress *s, const struct suppress_figure *figure)
{
    const struct choosing choosing = {.s = s, .figure = figure};
    struct offer offer = {.slack = 0};
    for (uint32_t node = 0; node < s->node_to[figure->node]; node++) {
        if (node < figure->node && s->node_to[node] < s->node_to[figure->node]) {
            continue; // beside it
        }
        for (uint32_t group = 0; group < s->groups; group++) {
            if (meet(&s->frame->groups[group], &s->frame->groups[figure->group])) {
                look_at_part(&choosing, &offer, (struct cell){node, group});
            }
        }
    }
    if (offer.has_part) {
        hide(s, offer.part);
    }
}

static void hide_binding(const struct choosing *choosing)
{
    struct suppress *s = choosing->s;
    if (may_hide(s, own_cell(choosing))) {
        hide(s, own_cell(choosing));
    } else if (choosing->found && choosing->best.slack < choosing->wanted) {
        hide(s, choosing->best.has_part ? choosing->best.part : choosing->best.margin);
    }
}

static void hide_rectangle(const struct choosing *choosing)
{
    const struct rectangle rectangle = find_rectangle(choosing);
    for (size_t i = 0; rectangle.found && i < TH_COUNT(rectangle.cells); i++) {
        hide(choosing->s, rectangle.cells[i]);
    }
}

void suppress_hide_near(struct suppress *s,
                        const struct suppress_figure *figure,
                        int64_t wanted,
                        enum suppress_step step)
{
    struct choosing choosing = {.s = s, .figure = figure, .wanted = wanted};
    const struct cell own = own_cell(&choosing);
    if (is_in_work(s, own)) {
        return;
    }
    const uint32_t hidden = s->hidden;
    look_before(&choosing);
    look_at_groups(&choosing);
    if (own.node > 0) {
        look_at_units(&choosing, s->frame->nodes[own.node].parent, false);
    }
    look_at_units(&choosing, own.node, true);
    switch (step) {
    case SUPPRESS_BINDING:
        hide_binding(&choosing);
        break;
    case SUPPRESS_RECTANGLE:
        hide_rectangle(&choosing);
        break;
    case SUPPRESS_SMALLEST:
        if (choosing.has_smallest) {
            hide(s, choosing.smallest);
        }
        break;
    }
    if (s->hidden > hidden) {
        s->unit_hid[own.node] = s->round;
    }
}
