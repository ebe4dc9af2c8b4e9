// suppress_proof.c - is a figure safe? Other tables that agree with everything published say so
//
//      below M    kind a  kind b         In one unit somebody of kind b turns into one of kind a;
//      leaf i       +1      -1           in others people turn back, over any other kinds, so
//      leaf j       -1      +1           that all below M together are as they were. No cell of M
//                                        or above changes; the cells between M and a leaf do not
//      M             0       0           either, if each contains both kinds or neither.
//
// Nobody is a kind, too: a person who turns into nobody in one unit and back in another one has
// moved. And kinds that no cell of M or above tells apart turn into each other for nothing.
//
// In a table of levels and categories no pair of kinds may be alike, but two pairs: one person more
// in two kinds and one fewer in two others (suppress_quad), and the other way round elsewhere.
//
// Moves add up as long as no number falls below zero; each gives the figure one more value.

#include "tonghop/base.h"
#include "tonghop/fault.h"

#include "lib/suppress_body.h"

// Planted bug for the tests of the tests.
enum { MUTANT_NO_WAY_BACK = 114 };

enum { STEPS_MAX = 4 * 1000 * 1000 };

static const uint32_t FREE = UINT32_MAX; // a way that no leaf goes

struct proof {
    struct suppress *s;
    const struct suppress_figure *figure;
    const struct th_suppress_group *group;
    int direction;   // of the figure
    uint32_t below;  // M
    uint32_t nobody; // the kind after all others
    int64_t needed;  // values
    uint32_t steps;
};

// ---- kinds at a leaf ----

static uint32_t atom_of(const struct suppress *s, uint32_t leaf, uint32_t kind)
{
    return leaf * s->kinds + kind;
}

static bool moves_in(const struct suppress *s, uint32_t atom, uint32_t edition)
{
    return s->span.first[atom] <= edition && edition <= s->span.last[atom];
}

static bool is_inside(const struct proof *proof, uint32_t leaf)
{
    const struct suppress *s = proof->s;
    const uint32_t node = proof->figure->node;
    return leaf >= s->leaf_from[node] && leaf < s->leaf_to[node];
}

// What one more of the kind in a leaf does to the figure.
static int effect_of(const struct proof *proof, uint32_t leaf, uint32_t kind)
{
    const struct suppress *s = proof->s;
    const struct suppress_figure *figure = proof->figure;
    if (!is_inside(proof, leaf) || !suppress_has(proof->group, kind)) {
        return 0;
    }
    const uint32_t atom = atom_of(s, leaf, kind);
    const int now = moves_in(s, atom, figure->at) ? proof->direction : 0;
    return figure->change && moves_in(s, atom, figure->before) ? now - proof->direction : now;
}

static const uint16_t *ring_at(const struct proof *proof, uint32_t leaf)
{
    return suppress_ring_below(proof->s, leaf, proof->s->depth[proof->below]);
}

static bool is_person(const struct proof *proof, uint32_t kind)
{
    return kind < proof->s->people_kinds;
}

// People do not turn into scores.
static bool is_alike(const struct proof *proof, uint32_t a, uint32_t b)
{
    return is_person(proof, a) == is_person(proof, b) || a == proof->nobody || b == proof->nobody;
}

static int64_t gone_from(const struct suppress *s, const struct suppress_moved *moved)
{
    return moved->proof == s->proof ? moved->gone : 0;
}

// How many of the kind may turn into the other one.
static int64_t may_turn(const struct proof *proof, uint32_t leaf, uint32_t kind, uint32_t into)
{
    const struct suppress *s = proof->s;
    if (kind == proof->nobody) {
        return proof->needed;
    }
    const uint32_t atom = atom_of(s, leaf, kind);
    int64_t most = s->span.low[atom] - gone_from(s, &s->atom_moved[atom]);
    if (is_person(proof, kind) && into == proof->nobody) {
        const int64_t room = s->span.room[leaf] - gone_from(s, &s->leaf_moved[leaf]);
        most = room < most ? room : most;
    }
    return most < proof->needed ? most : proof->needed;
}

// Who has come may go again: moves of one proof are numbered by it.
static void add(struct suppress *s, struct suppress_moved *moved, int64_t people)
{
    if (moved->proof != s->proof) {
        *moved = (struct suppress_moved){.proof = s->proof};
    }
    moved->gone -= people;
}

static void turn(struct proof *proof, uint32_t leaf, uint32_t kind, uint32_t into, int64_t n)
{
    struct suppress *s = proof->s;
    if (kind != proof->nobody) {
        add(s, &s->atom_moved[atom_of(s, leaf, kind)], -n);
    }
    if (into != proof->nobody) {
        add(s, &s->atom_moved[atom_of(s, leaf, into)], n);
    }
    if (is_person(proof, kind) != is_person(proof, into)) {
        add(s, &s->leaf_moved[leaf], is_person(proof, kind) ? -n : n);
    }
}

// ---- ways back ----

struct reaching {
    struct suppress_way *ways; // of the kind they start from
    uint16_t queue[TH_SUPPRESS_KINDS_MAX + 1];
    uint32_t count;
};

static bool is_reached(const struct proof *proof, const struct suppress_way *ways, uint32_t kind)
{
    return ways[kind].made == proof->s->ways_made;
}

static void reach(const struct proof *proof,
                  struct reaching *reaching,
                  uint32_t kind,
                  uint32_t from,
                  uint32_t leaf)
{
    reaching->ways[kind] =
        (struct suppress_way){.made = proof->s->ways_made, .from = from, .leaf = leaf};
    reaching->queue[reaching->count++] = (uint16_t)kind;
}

// What M and above do not tell apart turns into each other for nothing.
static void reach_above(const struct proof *proof, struct reaching *reaching, uint32_t kind)
{
    const uint16_t *ring = proof->s->span.ring_above + (size_t)proof->below * (proof->s->kinds + 1);
    for (uint32_t other = ring[kind]; other != kind; other = ring[other]) {
        if (!is_reached(proof, reaching->ways, other)) {
            reach(proof, reaching, other, kind, FREE);
        }
    }
}

// Whoever is like the kind at this leaf has been told the same.
static bool is_scanned(const struct proof *proof, uint32_t leaf, uint32_t kind)
{
    return proof->s->scanned[leaf * (proof->s->kinds + 1) + kind] == proof->s->scan;
}

static void reach_at(struct proof *proof, struct reaching *reaching, uint32_t kind, uint32_t leaf)
{
    struct suppress *s = proof->s;
    const uint16_t *ring = ring_at(proof, leaf);
    const bool inside = is_inside(proof, leaf);
    const int effect = effect_of(proof, leaf, kind);
    for (uint32_t other = ring[kind]; other != kind; other = ring[other]) {
        proof->steps++;
        if (inside && effect_of(proof, leaf, other) != effect) {
            continue;
        }
        if (is_person(proof, kind) == is_person(proof, other) && other != proof->nobody &&
            kind != proof->nobody) {
            s->scanned[leaf * (s->kinds + 1) + other] = s->scan;
        }
        if (!is_reached(proof, reaching->ways, other) && is_alike(proof, kind, other) &&
            may_turn(proof, leaf, kind, other) > 0) {
            reach(proof, reaching, other, kind, leaf);
        }
    }
}

// All kinds that people of this one can turn into without a change of the figure.
static const struct suppress_way *find_ways(struct proof *proof, uint32_t start)
{
    struct suppress *s = proof->s;
    struct reaching reaching = {.ways = s->ways + (size_t)start * (s->kinds + 1)};
    if (is_reached(proof, reaching.ways, start)) {
        return reaching.ways;
    }
    s->scan++;
    reach(proof, &reaching, start, start, FREE);
    for (uint32_t i = 0; i < reaching.count; i++) {
        const uint32_t kind = reaching.queue[i];
        if (kind == start || reaching.ways[kind].leaf != FREE) {
            reach_above(proof, &reaching, kind);
        }
        for (uint32_t leaf = s->leaf_from[proof->below];
             leaf < s->leaf_to[proof->below] && reaching.count <= proof->nobody;
             leaf++) {
            proof->steps++;
            if (!is_scanned(proof, leaf, kind) && may_turn(proof, leaf, kind, kind) > 0) {
                reach_at(proof, &reaching, kind, leaf);
            }
        }
    }
    return reaching.ways;
}

static void forget_ways(struct proof *proof)
{
    proof->s->ways_made++;
}

// How many can go the way from start to goal, at most so many; and gone.
static int64_t go_back(struct proof *proof, uint32_t start, uint32_t goal, int64_t most, bool go)
{
    const struct suppress_way *ways = find_ways(proof, start);
    for (uint32_t kind = goal; kind != start; kind = ways[kind].from) {
        const struct suppress_way way = ways[kind];
        if (way.leaf == FREE) {
            continue;
        }
        const int64_t times = may_turn(proof, way.leaf, way.from, kind);
        most = times < most ? times : most;
        if (go) {
            turn(proof, way.leaf, way.from, kind, most);
        }
    }
    return most;
}

// In the leaf one more of kind a, one fewer of b, as often as needed.
static void try_pair(struct proof *proof, uint32_t leaf, uint32_t a, uint32_t b)
{
    int64_t times = may_turn(proof, leaf, b, a);
    while (times > 0) {
        if (!th_mutant(MUTANT_NO_WAY_BACK)) {
            if (!is_reached(proof, find_ways(proof, a), b)) {
                return;
            }
            times = go_back(proof, a, b, times, false);
            go_back(proof, a, b, times, true);
        }
        turn(proof, leaf, b, a, times);
        forget_ways(proof);
        proof->needed -= times;
        times = may_turn(proof, leaf, b, a);
    }
}

// In the leaf one fewer of a kind of whom somebody is there, one more of any with more effect.
static void try_kind(struct proof *proof, uint32_t leaf, uint32_t b)
{
    const uint16_t *ring = ring_at(proof, leaf);
    const int effect = effect_of(proof, leaf, b);
    for (uint32_t a = ring[b]; a != b && may_turn(proof, leaf, b, b) > 0; a = ring[a]) {
        proof->steps++;
        if (effect_of(proof, leaf, a) > effect && is_alike(proof, a, b)) {
            try_pair(proof, leaf, a, b);
        }
    }
}

static bool is_going_on(const struct proof *proof)
{
    return proof->needed > 0 && proof->steps < STEPS_MAX;
}

static void try_pairs(struct proof *proof)
{
    const struct suppress *s = proof->s;
    const uint32_t node = proof->figure->node;
    forget_ways(proof);
    for (uint32_t leaf = s->leaf_from[node]; leaf < s->leaf_to[node] && is_going_on(proof);
         leaf++) {
        for (uint32_t kind = 0; kind <= s->kinds && proof->needed > 0; kind++) {
            try_kind(proof, leaf, kind);
        }
    }
}

// ---- quads ----

static int effect_of_quad(const struct proof *proof,
                          uint32_t leaf,
                          const uint16_t gain[2],
                          const uint16_t lose[2])
{
    return effect_of(proof, leaf, gain[0]) + effect_of(proof, leaf, gain[1]) -
           effect_of(proof, leaf, lose[0]) - effect_of(proof, leaf, lose[1]);
}

static uint64_t sign_of(const struct suppress *s, uint32_t node, const uint16_t kinds[2])
{
    const uint64_t *above = s->span.above + (size_t)node * s->kinds;
    return above[kinds[0]] + above[kinds[1]];
}

static bool both_come(const struct suppress *s, uint32_t leaf, const uint16_t kinds[2])
{
    return s->span.low[atom_of(s, leaf, kinds[0])] >= 0 &&
           s->span.low[atom_of(s, leaf, kinds[1])] >= 0;
}

static bool is_alike_quad(const struct proof *proof,
                          uint32_t leaf,
                          const uint16_t gain[2],
                          const uint16_t lose[2])
{
    const struct suppress *s = proof->s;
    const uint32_t node = s->leaf_node[leaf];
    return both_come(s, leaf, gain) && both_come(s, leaf, lose) &&
           sign_of(s, node, gain) - sign_of(s, proof->below, gain) ==
               sign_of(s, node, lose) - sign_of(s, proof->below, lose);
}

// The figure's leaves, where it changes (inside), or all below M where it does not: how often, at
// most so often; and gone.
static int64_t over_leaves(struct proof *proof,
                           const uint16_t gain[2],
                           const uint16_t lose[2],
                           bool inside,
                           int64_t most,
                           bool go)
{
    const struct suppress *s = proof->s;
    const uint32_t node = inside ? proof->figure->node : proof->below;
    int64_t sum = 0;
    for (uint32_t leaf = s->leaf_from[node]; leaf < s->leaf_to[node] && sum < most; leaf++) {
        const int effect = effect_of_quad(proof, leaf, gain, lose);
        proof->steps++;
        if ((inside ? effect <= 0 : effect != 0) || !is_alike_quad(proof, leaf, gain, lose)) {
            continue;
        }
        int64_t times = most - sum;
        for (int i = 0; i < 2; i++) {
            const int64_t one = may_turn(proof, leaf, lose[i], gain[i]);
            times = one < times ? one : times;
        }
        sum += times;
        for (int i = 0; i < 2 && go; i++) {
            turn(proof, leaf, lose[i], gain[i], times);
        }
    }
    return sum;
}

static void try_quad(struct proof *proof, const uint16_t gain[2], const uint16_t lose[2])
{
    const bool free =
        sign_of(proof->s, proof->below, gain) == sign_of(proof->s, proof->below, lose);
    int64_t times = over_leaves(proof, gain, lose, true, proof->needed, false);
    if (times > 0 && !free) {
        times = over_leaves(proof, lose, gain, false, times, false);
        over_leaves(proof, lose, gain, false, times, true);
    }
    over_leaves(proof, gain, lose, true, times, true);
    proof->needed -= times;
}

// Of most groups a quad takes as many as it brings.
static bool concerns(const struct proof *proof, const struct suppress_quad *quad)
{
    int sum = 0;
    for (int i = 0; i < 2; i++) {
        sum += suppress_has(proof->group, quad->gain[i]) ? 1 : 0;
        sum -= suppress_has(proof->group, quad->lose[i]) ? 1 : 0;
    }
    return sum != 0;
}

static void try_quads(struct proof *proof)
{
    const struct suppress *s = proof->s;
    const uint8_t axes = proof->group->axes;
    if ((axes & (axes - 1)) == 0 && proof->group->rule != TH_SUPPRESS_REST) {
        return;
    }
    for (uint32_t i = 0; i < s->quad_count && is_going_on(proof); i++) {
        const struct suppress_quad *quad = &s->quads[i];
        if (!concerns(proof, quad)) {
            continue;
        }
        try_quad(proof, quad->gain, quad->lose);
        if (proof->needed > 0) {
            try_quad(proof, quad->lose, quad->gain);
        }
    }
}

// ---- all ----

static bool has_same_leaves(const struct suppress *s, uint32_t a, uint32_t b)
{
    return s->leaf_from[a] == s->leaf_from[b] && s->leaf_to[a] == s->leaf_to[b];
}

static bool try_everywhere(struct proof *proof)
{
    const struct suppress *s = proof->s;
    proof->below = proof->figure->node;
    for (bool more = true; more && is_going_on(proof);) {
        try_pairs(proof);
        try_quads(proof);
        const uint32_t tried = proof->below;
        while (proof->below != 0 && has_same_leaves(s, proof->below, tried)) {
            proof->below = s->frame->nodes[proof->below].parent;
        }
        more = !has_same_leaves(s, proof->below, tried);
    }
    return proof->needed <= 0;
}

bool suppress_is_safe(struct suppress *s, const struct suppress_figure *figure, int64_t wanted)
{
    struct proof proof = {
        .s = s,
        .figure = figure,
        .group = &s->frame->groups[figure->group],
        .nobody = s->kinds,
        .needed = wanted,
    };
    bool safe = false;
    for (proof.direction = -1; proof.direction <= 1 && !safe; proof.direction += 2) {
        s->proof++;
        safe = try_everywhere(&proof);
    }
    return safe;
}
