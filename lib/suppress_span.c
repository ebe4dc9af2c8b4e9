// suppress_span.c - some editions after each other as one table
//
// Every published cell of every edition has a random weight of 64 bits. The sign of a node and a
// kind is the sum of the weights of those that contain it, so that two sums of signs are equal when
// the same cells contain the one and the other. That others should be equal, too, is as likely as
// to meet one number of 64 bits by chance.

#include "lib/suppress_body.h"

enum { CANNOT = UINT8_MAX };

uint64_t suppress_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t weight(uint64_t edition, uint64_t cell)
{
    return suppress_mix(suppress_mix(edition + 0x9e3779b97f4a7c15u) ^ (cell + 0xd1b54a32d192ed03u));
}

// ---- signs ----

static uint64_t *signs_of(const struct suppress *s, uint32_t edition, uint32_t node)
{
    return s->signs + ((size_t)edition * s->nodes + node) * s->kinds;
}

static uint64_t before_of(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t kind)
{
    return edition == 0 ? 0 : signs_of(s, edition - 1, node)[kind];
}

static void add_cells(const struct suppress *s, uint32_t edition, uint32_t node)
{
    uint64_t *signs = signs_of(s, edition, node);
    for (uint32_t group = 0; group < s->groups; group++) {
        if (!suppress_is_shown(s, edition, node, group)) {
            continue;
        }
        const uint64_t one = weight(edition, suppress_cell(s, node, group));
        for (uint32_t kind = 0; kind < s->kinds; kind++) {
            if (suppress_has(&s->frame->groups[group], kind)) {
                signs[kind] += one;
            }
        }
    }
}

void suppress_sign(struct suppress *s, uint32_t edition)
{
    for (uint32_t node = 0; node < s->nodes; node++) {
        const uint32_t parent = s->frame->nodes[node].parent;
        uint64_t *signs = signs_of(s, edition, node);
        for (uint32_t kind = 0; kind < s->kinds; kind++) {
            signs[kind] = before_of(s, edition, node, kind);
            if (node > 0) {
                signs[kind] +=
                    signs_of(s, edition, parent)[kind] - before_of(s, edition, parent, kind);
            }
        }
        add_cells(s, edition, node);
    }
}

// ---- spans ----

static bool is_fresh(const struct suppress *s, uint32_t edition, uint32_t atom)
{
    return edition == 0 || s->fresh_atom[(size_t)edition * s->atoms + atom] != 0;
}

// Does a published cell of that edition contain the atom?
static bool is_told(const struct suppress *s, uint32_t edition, uint32_t atom)
{
    const uint32_t node = s->leaf_node[atom / s->kinds];
    const uint32_t kind = atom % s->kinds;
    return signs_of(s, edition, node)[kind] != before_of(s, edition, node, kind);
}

// The last edition in which the atom moves with edition to; CANNOT: none.
static uint8_t last_of(const struct suppress *s, uint32_t to, uint32_t atom)
{
    uint32_t last = to;
    while (last < s->newest && !is_fresh(s, last + 1, atom)) {
        if (is_told(s, ++last, atom)) {
            return CANNOT;
        }
    }
    return (uint8_t)last;
}

static uint8_t first_of(const struct suppress *s, uint32_t from, uint32_t atom)
{
    uint32_t first = from;
    while (!is_fresh(s, first, atom)) {
        if (is_told(s, --first, atom)) {
            return CANNOT;
        }
    }
    return (uint8_t)first;
}

static void take_edition(struct suppress *s, uint32_t edition)
{
    const int64_t *people = s->editions[edition].people;
    for (uint32_t atom = 0; atom < s->atoms; atom++) {
        if (people[atom] < s->span.least[atom]) {
            s->span.least[atom] = people[atom];
        }
    }
}

void suppress_span_begin(struct suppress *s, uint32_t to)
{
    s->span.from = s->span.to = to;
    for (uint32_t atom = 0; atom < s->atoms; atom++) {
        s->span.least[atom] = INT64_MAX;
        s->span.last[atom] = last_of(s, to, atom);
    }
    take_edition(s, to);
}

void suppress_span_widen(struct suppress *s)
{
    take_edition(s, --s->span.from);
}

// How many may leave, in all editions in which somebody of the leaf moves.
static int64_t room_of(const struct suppress *s, uint32_t leaf)
{
    const struct suppress_span *span = &s->span;
    uint32_t from = span->from;
    uint32_t to = span->to;
    for (uint32_t atom = leaf * s->kinds; atom < (leaf + 1) * s->kinds; atom++) {
        if (span->first[atom] != CANNOT && span->last[atom] != CANNOT) {
            from = span->first[atom] < from ? span->first[atom] : from;
            to = span->last[atom] > to ? span->last[atom] : to;
        }
    }
    int64_t room = INT64_MAX;
    for (uint32_t edition = from; edition <= to; edition++) {
        const int64_t people = suppress_value(s, edition, s->leaf_node[leaf], 0);
        room = people - 1 < room ? people - 1 : room;
    }
    return room;
}

static void settle_leaf(struct suppress *s, uint32_t leaf)
{
    struct suppress_span *span = &s->span;
    for (uint32_t atom = leaf * s->kinds; atom < (leaf + 1) * s->kinds; atom++) {
        span->first[atom] = first_of(s, span->from, atom);
    }
    span->room[leaf] = room_of(s, leaf);
    for (uint32_t atom = leaf * s->kinds; atom < (leaf + 1) * s->kinds; atom++) {
        const bool moves = span->first[atom] != CANNOT && span->last[atom] != CANNOT &&
                           span->room[leaf] >= 0; // a unit known to be empty stays so
        span->low[atom] = moves ? span->least[atom] : -1;
    }
}

void suppress_span_settle(struct suppress *s)
{
    struct suppress_span *span = &s->span;
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t kind = 0; kind < s->kinds; kind++) {
            span->above[(size_t)node * s->kinds + kind] =
                signs_of(s, span->to, node)[kind] - before_of(s, span->from, node, kind);
        }
    }
    for (uint32_t leaf = 0; leaf < s->leaves; leaf++) {
        settle_leaf(s, leaf);
    }
    suppress_make_rings(s);
}
