// suppress_graph.c - ways in which people may move without changing anything that is published
//
//      row (published cells of units            column (published cells of the units above)
//      from some depth on that contain it)
//
//         o ─────────── place ─────────── o        one person more at a place is one more in its
//         │                               │        row and in its column: a way that leaves a
//       place                           place      column through a place, enters a row, leaves
//         │                               │        it through another ... and comes back, taking
//         o ─────────── place ─────────── o        one away and adding one in turn, changes neither
//
// There is a graph for every depth: units exchange people within their parent, and parents within
// theirs; and for columns cut by every dimension, by levels alone, by categories alone.

#include <string.h>

#include "tonghop/base.h"

#include "lib/suppress_body.h"

enum { FEW = 2 };

// ---- places ----

static void add_place(struct suppress *s, uint32_t atom, uint32_t from, uint32_t to)
{
    s->places[s->place_count++] =
        (struct suppress_place){.atom = atom, .from = (uint16_t)from, .to = (uint16_t)to};
}

// All spans of an atom's variables; of one that changed often, each alone and each up to the last.
static void make_places_of(struct suppress *s, uint32_t atom)
{
    uint32_t starts[TH_SUPPRESS_EDITIONS_MAX + 1];
    uint32_t count = 0;
    for (uint32_t edition = 0; edition <= s->newest;) {
        starts[count++] = edition;
        edition = s->variables[s->variable_of[(size_t)edition * s->atoms + atom]].to + 1u;
    }
    starts[count] = s->newest + 1;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = i + 1; k <= count; k++) {
            if (count <= SUPPRESS_SPANS_FEW || k == i + 1 || k == count) {
                add_place(s, atom, starts[i], starts[k] - 1);
            }
        }
    }
}

void suppress_make_places(struct suppress *s)
{
    const uint32_t expected = s->place_count;
    s->place_count = 0;
    for (uint32_t atom = 0; atom < s->atoms; atom++) {
        s->place_of[atom] = s->place_count;
        make_places_of(s, atom);
    }
    s->place_of[s->atoms] = s->place_count;
    th_assert(s->place_count == expected);
}

// ---- points ----

static struct suppress_graph *graph_of(struct suppress *s, uint32_t depth, uint32_t cut)
{
    return &s->graphs[(depth - 1) * SUPPRESS_CUTS + cut];
}

static bool is_zero(struct suppress_sign sign)
{
    return sign.a == 0 && sign.b == 0;
}

// The point with this sign, made when there is none.
static uint32_t
point_of(struct suppress *s, struct suppress_graph *graph, struct suppress_sign sign)
{
    if (is_zero(sign)) {
        return 0;
    }
    uint32_t slot = (uint32_t)sign.a & s->slot_mask;
    while (s->slots[slot] != 0) {
        const struct suppress_sign *known = &s->signs[s->slots[slot]];
        if (known->a == sign.a && known->b == sign.b) {
            return s->slots[slot];
        }
        slot = (slot + 1) & s->slot_mask;
    }
    s->signs[graph->points] = sign;
    s->slots[slot] = graph->points;
    return graph->points++;
}

static void find_points(struct suppress *s, uint32_t depth, uint32_t cut, uint32_t p)
{
    struct suppress_graph *graph = graph_of(s, depth, cut);
    const struct suppress_place *place = &s->places[p];
    struct suppress_sign above = {0};
    struct suppress_sign all = {0};
    for (uint32_t edition = place->from; edition <= place->to;) {
        const uint32_t v = s->variable_of[(size_t)edition * s->atoms + place->atom];
        const struct suppress_sign one = suppress_sign_above(s, v, depth, cut);
        above.a += one.a;
        above.b += one.b;
        all.a += s->variables[v].sign.a;
        all.b += s->variables[v].sign.b;
        edition = s->variables[v].to + 1u;
    }
    struct suppress_sign own = {.a = all.a - above.a, .b = all.b - above.b};
    if (!is_zero(own)) {
        own.a ^= (uint64_t)1 << 63; // a row is never a column
    }
    graph->row[p] = point_of(s, graph, own);
    graph->column[p] = point_of(s, graph, above);
}

static bool has_people(const struct suppress *s, uint32_t p)
{
    const struct suppress_place *place = &s->places[p];
    for (uint32_t edition = place->from; edition <= place->to;) {
        const uint32_t v = s->variable_of[(size_t)edition * s->atoms + place->atom];
        if (s->variables[v].people == 0) {
            return false;
        }
        edition = s->variables[v].to + 1u;
    }
    return true;
}

// Of many places with the same row and column a few are enough to add a person at: the first and
// the last ones, so that not all are in one figure.
struct pairs {
    uint32_t *of;    // by place
    uint32_t *first; // by pair: place
    uint32_t *size;
    uint32_t *rank; // how many were looked at
    uint32_t count;
};

static uint32_t pair_of(const struct suppress *s,
                        const struct suppress_graph *graph,
                        struct pairs *pairs,
                        uint32_t p)
{
    const uint32_t row = graph->row[p];
    const uint32_t column = graph->column[p];
    uint32_t slot = (row * 0x9e3779b1u ^ column * 0x85ebca77u) & s->slot_mask;
    while (s->slots[slot] != 0) {
        const uint32_t first = pairs->first[s->slots[slot] - 1];
        if (graph->row[first] == row && graph->column[first] == column) {
            return s->slots[slot] - 1;
        }
        slot = (slot + 1) & s->slot_mask;
    }
    pairs->first[pairs->count] = p;
    pairs->size[pairs->count] = 0;
    pairs->rank[pairs->count] = 0;
    s->slots[slot] = ++pairs->count;
    return pairs->count - 1;
}

static struct pairs make_pairs(const struct suppress *s, const struct suppress_graph *graph)
{
    struct pairs pairs = {
        .of = s->came_by, .first = s->came_from, .size = s->queue, .rank = s->low};
    memset(s->slots, 0, ((size_t)s->slot_mask + 1) * sizeof(*s->slots));
    for (uint32_t p = 0; p < s->place_count; p++) {
        pairs.of[p] = pair_of(s, graph, &pairs, p);
        pairs.size[pairs.of[p]]++;
    }
    return pairs;
}

static bool is_one_of_few(struct pairs *pairs, uint32_t p)
{
    const uint32_t pair = pairs->of[p];
    const uint32_t rank = pairs->rank[pair]++;
    return rank < FEW || rank + FEW >= pairs->size[pair];
}

static void make_list(struct suppress *s, struct suppress_graph *graph)
{
    struct pairs pairs = make_pairs(s, graph);
    uint8_t *adds = s->few;
    memset(graph->first, 0, ((size_t)graph->points + 1) * sizeof(*graph->first));
    for (uint32_t p = 0; p < s->place_count; p++) {
        adds[p] = is_one_of_few(&pairs, p) ? 1 : 0;
        graph->first[graph->row[p]] += adds[p];
        graph->first[graph->column[p]] += has_people(s, p) ? 1 : 0;
    }
    uint32_t sum = 0;
    for (uint32_t point = 0; point <= graph->points; point++) {
        sum += graph->first[point];
        graph->first[point] = sum;
    }
    for (uint32_t p = s->place_count; p-- > 0;) { // from behind: first moves to where it begins
        if (adds[p] != 0) {
            graph->list[--graph->first[graph->row[p]]] = p;
        }
        if (has_people(s, p)) {
            graph->list[--graph->first[graph->column[p]]] = p;
        }
    }
}

// ---- parts: from where one can come back (Tarjan) ----

// Where the way number at of a point leads: from a row to the column, from a column to the row.
static uint32_t leads_to(const struct suppress_graph *graph, uint32_t point, uint32_t at)
{
    const uint32_t place = graph->list[at];
    return graph->row[place] == point ? graph->column[place] : graph->row[place];
}

struct parting {
    uint32_t *stack;  // points not yet given a part
    uint32_t *path;   // points being walked
    uint32_t *number; // order of the first visit, from 1
    uint32_t stacked, walked, numbers, parts;
};

static void
enter(const struct suppress *s, struct suppress_graph *graph, struct parting *p, uint32_t point)
{
    p->number[point] = s->low[point] = ++p->numbers;
    s->at[point] = graph->first[point];
    graph->part[point] = SUPPRESS_NONE;
    p->stack[p->stacked++] = point;
    p->path[p->walked++] = point;
}

static void leave(const struct suppress *s, struct suppress_graph *graph, struct parting *p)
{
    const uint32_t point = p->path[--p->walked];
    if (s->low[point] == p->number[point]) {
        uint32_t member = SUPPRESS_NONE;
        while (member != point) {
            member = p->stack[--p->stacked];
            graph->part[member] = p->parts;
        }
        p->parts++;
    }
    if (p->walked > 0) {
        const uint32_t above = p->path[p->walked - 1];
        s->low[above] = s->low[point] < s->low[above] ? s->low[point] : s->low[above];
    }
}

static void find_parts(struct suppress *s, struct suppress_graph *graph)
{
    struct parting p = {.stack = s->queue, .path = s->came_from, .number = s->came_by};
    memset(p.number, 0, graph->points * sizeof(*p.number));
    for (uint32_t start = 0; start < graph->points; start++) {
        if (p.number[start] != 0) {
            continue;
        }
        enter(s, graph, &p, start);
        while (p.walked > 0) {
            const uint32_t point = p.path[p.walked - 1];
            if (s->at[point] == graph->first[point + 1]) {
                leave(s, graph, &p);
                continue;
            }
            const uint32_t next = leads_to(graph, point, s->at[point]++);
            if (p.number[next] == 0) {
                enter(s, graph, &p, next);
            } else if (graph->part[next] == SUPPRESS_NONE && p.number[next] < s->low[point]) {
                s->low[point] = p.number[next];
            }
        }
    }
}

static void make_graph(struct suppress *s, uint32_t depth, uint32_t cut)
{
    struct suppress_graph *graph = graph_of(s, depth, cut);
    memset(s->slots, 0, ((size_t)s->slot_mask + 1) * sizeof(*s->slots));
    graph->points = 1;
    for (uint32_t p = 0; p < s->place_count; p++) {
        find_points(s, depth, cut, p);
    }
    make_list(s, graph);
    find_parts(s, graph);
}

void suppress_make_graphs(struct suppress *s)
{
    for (uint32_t depth = 1; depth <= s->depths; depth++) {
        for (uint32_t cut = 0; cut < SUPPRESS_CUTS; cut++) {
            make_graph(s, depth, cut);
        }
    }
}
