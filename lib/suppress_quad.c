// suppress_quad.c - pairs of kinds for two, in tables of levels and categories

#include "lib/suppress_body.h"

// Groups cut by one dimension, or by none, that have the kind.
static uint64_t edges_of(const struct suppress *s, uint32_t kind)
{
    uint64_t sum = 0;
    for (uint32_t group = 0; group < s->groups; group++) {
        const struct th_suppress_group *about = &s->frame->groups[group];
        const bool both = (about->axes & (about->axes - 1)) != 0;
        if (!both && suppress_has(about, kind)) {
            sum += suppress_mix(group + 0x9e3779b97f4a7c15u);
        }
    }
    return sum;
}

static void add_quad(struct suppress *s, struct suppress_quad quad)
{
    if (s->quad_count < SUPPRESS_QUADS_MAX) {
        s->quads[s->quad_count++] = quad;
    }
}

// Other pairs have a smaller kind than these two, and were found with that.
static void add_quads(struct suppress *s, const uint64_t *edges, uint16_t a, uint16_t d)
{
    for (uint16_t b = (uint16_t)(a + 1); b < s->people_kinds; b++) {
        const uint64_t rest = edges[a] + edges[d] - edges[b];
        if (edges[b] == edges[a] || edges[b] == edges[d]) {
            continue; // two moves of one pair
        }
        for (uint16_t c = (uint16_t)(b + 1); c < s->people_kinds; c++) {
            if (edges[c] == rest) {
                add_quad(s, (struct suppress_quad){.gain = {a, d}, .lose = {b, c}});
            }
        }
    }
}

void suppress_make_quads(struct suppress *s)
{
    uint64_t edges[TH_SUPPRESS_KINDS_MAX];
    for (uint32_t kind = 0; kind < s->people_kinds; kind++) {
        edges[kind] = edges_of(s, kind);
    }
    for (uint16_t a = 0; a < s->people_kinds; a++) {
        for (uint16_t d = (uint16_t)(a + 1); d < s->people_kinds; d++) {
            add_quads(s, edges, a, d);
        }
    }
}
