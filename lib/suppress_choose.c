// suppress_choose.c - what to hide next for the sake of a figure that is not safe
//
// A cell stands in several lines: as a part (the levels of its unit; the units under its parent)
// and as a total (of its levels; of the units below). The line that binds it most is the one whose
// other hidden cells have the fewest people; there the smallest shown part is hidden, else the
// margin. For a change, people are those by whom the cells changed.

#include "tonghop/base.h"

#include "lib/suppress_body.h"

struct choosing {
    struct suppress *s;
    const struct suppress_figure *figure;
    bool found;
    struct suppress_offer best; // of the line that binds most
    bool has_cheap;
    struct suppress_offer cheap; // the smallest cell of all lines
};

static int64_t people_of(const struct choosing *choosing, uint32_t node, uint32_t group)
{
    const struct suppress *s = choosing->s;
    const struct suppress_figure *figure = choosing->figure;
    const int64_t now = suppress_value(s, s->newest, node, group);
    if (figure->before == SUPPRESS_NONE || figure->at != s->newest) {
        return now;
    }
    const int64_t change = now - suppress_value(s, figure->before, node, group);
    return change < 0 ? -change : change;
}

static int64_t own_people(const struct choosing *choosing)
{
    return people_of(choosing, choosing->figure->node, choosing->figure->group);
}

static bool exists(const struct suppress *s, uint32_t node)
{
    return s->present[(size_t)s->newest * s->nodes + node] != 0;
}

static bool is_shown(const struct suppress *s, uint32_t node, uint32_t group)
{
    return suppress_is_published(s, node, group) &&
           s->shown[suppress_cell(s, node, suppress_decided_by(s, group))] != 0;
}

// Would it help to hide the cell? Not when earlier editions tell it anyway.
static bool may_hide(const struct suppress *s, uint32_t node, uint32_t group)
{
    return is_shown(s, node, group) && !suppress_is_known(s, node, group);
}

static void look_at_part(const struct choosing *choosing,
                         struct suppress_offer *offer,
                         uint32_t node,
                         uint32_t group)
{
    const struct suppress *s = choosing->s;
    const bool self = node == choosing->figure->node && group == choosing->figure->group;
    if (self || !exists(s, node)) {
        return;
    }
    const int64_t people = people_of(choosing, node, group);
    if (!is_shown(s, node, group)) {
        offer->slack += people;
    } else if (may_hide(s, node, group) && (!offer->has_part || people < offer->people)) {
        offer->has_part = true;
        offer->people = people;
        offer->node = node;
        offer->group = group;
    }
}

static void look_at_margin(const struct choosing *choosing,
                           struct suppress_offer *offer,
                           uint32_t node,
                           uint32_t group)
{
    const struct suppress *s = choosing->s;
    offer->has_margin = may_hide(s, node, group);
    offer->margin_node = node;
    offer->margin_group = group;
}

static uint32_t depth_of(const struct suppress *s, uint32_t node)
{
    uint32_t depth = 0;
    for (; node != 0; node = s->frame->nodes[node].parent) {
        depth++;
    }
    return depth;
}

// Better a small unit's figure than one of many units.
static bool
is_cheaper(const struct suppress *s, const struct suppress_offer *a, const struct suppress_offer *b)
{
    const uint32_t depth_a = depth_of(s, a->node);
    const uint32_t depth_b = depth_of(s, b->node);
    return depth_a != depth_b ? depth_a > depth_b : a->people < b->people;
}

static void consider_cell(struct choosing *choosing, int64_t people, uint32_t node, uint32_t group)
{
    const struct suppress_offer cell = {
        .has_part = true, .people = people, .node = node, .group = group};
    if (!choosing->has_cheap || is_cheaper(choosing->s, &cell, &choosing->cheap)) {
        choosing->has_cheap = true;
        choosing->cheap = cell;
    }
}

static void consider(struct choosing *choosing, const struct suppress_offer *offer)
{
    if (offer->has_part) {
        consider_cell(choosing, offer->people, offer->node, offer->group);
    }
    if (offer->has_margin) {
        consider_cell(choosing,
                      people_of(choosing, offer->margin_node, offer->margin_group),
                      offer->margin_node,
                      offer->margin_group);
    }
    if (!offer->has_part && !offer->has_margin) {
        return;
    }
    if (!choosing->found || offer->slack < choosing->best.slack) {
        choosing->found = true;
        choosing->best = *offer;
    }
}

// ---- lines of groups: levels, categories ----

static void
look_at_line(struct choosing *choosing, const struct th_suppress_line *line, bool as_total)
{
    const struct suppress *s = choosing->s;
    const uint32_t node = choosing->figure->node;
    struct suppress_offer offer = {.slack = as_total ? 0 : own_people(choosing)};
    if (!as_total && !is_shown(s, node, line->total)) {
        return; // does not bind
    }
    for (uint32_t i = 0; i < line->count; i++) {
        look_at_part(choosing, &offer, node, s->frame->parts[line->first + i]);
    }
    if (!as_total) {
        look_at_margin(choosing, &offer, node, line->total);
    }
    consider(choosing, &offer);
}

static void look_at_groups(struct choosing *choosing)
{
    const struct th_suppress_frame *frame = choosing->s->frame;
    for (uint32_t i = 0; i < frame->line_count; i++) {
        const struct th_suppress_line *line = &frame->lines[i];
        bool part = false;
        for (uint32_t k = 0; k < line->count; k++) {
            part = part || frame->parts[line->first + k] == choosing->figure->group;
        }
        if (part || line->total == choosing->figure->group) {
            look_at_line(choosing, line, !part);
        }
    }
}

// ---- lines of units ----

static void look_at_units(struct choosing *choosing, uint32_t above, bool as_total)
{
    const struct suppress *s = choosing->s;
    const uint32_t group = choosing->figure->group;
    struct suppress_offer offer = {.slack = as_total ? 0 : own_people(choosing)};
    if ((!as_total && !is_shown(s, above, group)) || s->node_to[above] == above + 1) {
        return;
    }
    for (uint32_t node = above + 1; node < s->node_to[above]; node = s->node_to[node]) {
        look_at_part(choosing, &offer, node, group);
    }
    if (!as_total) {
        look_at_margin(choosing, &offer, above, group);
    }
    consider(choosing, &offer);
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

// No line of its own offers anything: the smallest shown cell that has people of it.
static void look_everywhere(struct choosing *choosing)
{
    const struct suppress *s = choosing->s;
    const struct suppress_figure *figure = choosing->figure;
    struct suppress_offer offer = {.slack = 0};
    for (uint32_t node = 0; node < s->node_to[figure->node]; node++) {
        if (node < figure->node && s->node_to[node] < s->node_to[figure->node]) {
            continue; // beside it
        }
        for (uint32_t group = 0; group < s->groups; group++) {
            if (meet(&s->frame->groups[group], &s->frame->groups[figure->group])) {
                look_at_part(choosing, &offer, node, group);
            }
        }
    }
    offer.slack = 0;
    consider(choosing, &offer);
}

// ---- one at a time ----

// What was hidden near a figure in this round may have helped already: in its unit, or the same
// group in a unit beside it or directly below it.
static bool is_in_work(const struct suppress *s, uint32_t node, uint32_t group)
{
    return s->unit_hid[node] == s->round ||
           s->below_hid[suppress_cell(s, node, group)] == s->round ||
           (node > 0 &&
            s->below_hid[suppress_cell(s, s->frame->nodes[node].parent, group)] == s->round);
}

static void hide(struct suppress *s, uint32_t node, uint32_t group)
{
    s->shown[suppress_cell(s, node, suppress_decided_by(s, group))] = 0;
    s->unit_hid[node] = s->round;
    if (node > 0) {
        s->below_hid[suppress_cell(s, s->frame->nodes[node].parent, group)] = s->round;
    }
    s->hidden++;
}

static void take_offer(struct suppress *s, const struct suppress_offer *offer)
{
    if (offer->has_part) {
        hide(s, offer->node, offer->group);
    } else {
        hide(s, offer->margin_node, offer->margin_group);
    }
}

// A line whose hidden cells have people enough does not bind: what hides too little is then one of
// their own lines, and their turn will come.
void suppress_hide_near(struct suppress *s, const struct suppress_figure *figure, int64_t wanted)
{
    struct choosing choosing = {.s = s, .figure = figure};
    if (is_in_work(s, figure->node, figure->group)) {
        return;
    }
    look_at_groups(&choosing);
    if (figure->node > 0) {
        look_at_units(&choosing, s->frame->nodes[figure->node].parent, false);
    }
    look_at_units(&choosing, figure->node, true);
    const uint32_t depth = choosing.has_cheap ? depth_of(s, choosing.cheap.node) : 0;
    switch (s->step) {
    case SUPPRESS_BINDING:
        if (choosing.found && choosing.best.slack < wanted) {
            take_offer(s, &choosing.best);
        }
        return;
    case SUPPRESS_LOOKING:
        s->deepest = depth > s->deepest ? depth : s->deepest;
        return;
    case SUPPRESS_CHEAPEST:
        if (choosing.has_cheap && depth == s->deepest) {
            take_offer(s, &choosing.cheap);
        }
        return;
    }
    th_unreachable();
}

void suppress_hide_anywhere(struct suppress *s, const struct suppress_figure *figure)
{
    struct choosing choosing = {.s = s, .figure = figure};
    look_everywhere(&choosing);
    if (choosing.found) {
        take_offer(s, &choosing.best);
    }
}
