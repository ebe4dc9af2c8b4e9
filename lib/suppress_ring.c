// suppress_ring.c - kinds that no published cell of a span tells apart, in rings
//
// Proofs ask again and again which kinds are like this one; they walk a ring instead of trying all.

#include <string.h>

#include "lib/suppress_body.h"

enum { HEADS = 128, KINDS = TH_SUPPRESS_KINDS_MAX + 1 };

struct rings {
    uint64_t sign[KINDS];
    uint16_t head[HEADS];   // kind + 1: the first one of some ring, by sign
    uint16_t beside[KINDS]; // kind + 1: the first one of the next ring with the same head
};

static void begin_rings(struct rings *rings)
{
    memset(rings->head, 0, sizeof(rings->head));
}

static void put(struct rings *rings, uint16_t *ring, uint32_t kind)
{
    uint16_t *head = &rings->head[rings->sign[kind] % HEADS];
    uint32_t first = *head;
    while (first != 0 && rings->sign[first - 1] != rings->sign[kind]) {
        first = rings->beside[first - 1];
    }
    if (first == 0) {
        ring[kind] = (uint16_t)kind;
        rings->beside[kind] = *head;
        *head = (uint16_t)(kind + 1);
    } else {
        ring[kind] = ring[first - 1];
        ring[first - 1] = (uint16_t)kind;
    }
}

static void make_above(struct suppress *s, struct rings *rings, uint32_t node)
{
    const uint64_t *above = s->span.above + (size_t)node * s->kinds;
    uint16_t *ring = s->span.ring_above + (size_t)node * (s->kinds + 1);
    begin_rings(rings);
    for (uint32_t kind = 0; kind <= s->kinds; kind++) {
        rings->sign[kind] = kind < s->kinds ? above[kind] : 0;
        put(rings, ring, kind);
    }
}

static void make_below(struct suppress *s, struct rings *rings, uint32_t leaf, uint32_t node)
{
    const uint64_t *above = s->span.above + (size_t)node * s->kinds;
    const uint64_t *here = s->span.above + (size_t)s->leaf_node[leaf] * s->kinds;
    const int64_t *low = s->span.low + (size_t)leaf * s->kinds;
    uint16_t *ring = suppress_ring_below(s, leaf, s->depth[node]);
    begin_rings(rings);
    for (uint32_t kind = 0; kind <= s->kinds; kind++) {
        const bool somebody = kind < s->kinds;
        rings->sign[kind] = somebody ? here[kind] - above[kind] : 0;
        if (!somebody || low[kind] >= 0) {
            put(rings, ring, kind);
        } else {
            ring[kind] = (uint16_t)kind;
        }
    }
}

void suppress_make_rings(struct suppress *s)
{
    struct rings rings;
    for (uint32_t node = 0; node < s->nodes; node++) {
        make_above(s, &rings, node);
    }
    for (uint32_t leaf = 0; leaf < s->leaves; leaf++) {
        uint32_t node = s->leaf_node[leaf];
        make_below(s, &rings, leaf, node);
        while (node != 0) {
            node = s->frame->nodes[node].parent;
            make_below(s, &rings, leaf, node);
        }
    }
}
