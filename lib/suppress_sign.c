// suppress_sign.c - which variables no published figure tells apart
//
// Every published cell of every edition has a random weight of 128 bits. The sign of a variable is
// the sum of the weights of the cells that contain it, so two variables have the same sign when
// the same cells contain both; and people may be moved along a cycle of variables when the signs of
// where they leave and where they arrive add up to the same. That another sum should hit the same
// 128 bits is as likely as a forged hash.

#include <string.h>

#include "tonghop/base.h"

#include "lib/suppress_body.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static struct suppress_sign weight(uint64_t edition, uint64_t number)
{
    const uint64_t seed = (edition << 40) ^ number;
    return (struct suppress_sign){
        .a = mix(seed + 0x9e3779b97f4a7c15u),
        .b = mix(mix(seed ^ 0xd1b54a32d192ed03u) + 0x8cb92ba72f3d8dd7u),
    };
}

static void add(struct suppress_sign *to, struct suppress_sign what)
{
    to->a += what.a;
    to->b += what.b;
}

// ---- signs of one edition ----

static bool is_shown(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    const uint32_t decided = suppress_decided_by(s, group);
    const uint8_t *shown = edition == s->newest ? s->shown : s->editions[edition].shown;
    return suppress_is_published(s, node, group) && shown[suppress_cell(s, node, decided)] != 0;
}

static void add_cell(struct suppress *s, uint32_t edition, uint32_t node, uint32_t number)
{
    const struct th_suppress_group *group = &s->frame->groups[number];
    const struct suppress_sign one = weight(edition, suppress_cell(s, node, number));
    struct suppress_sign *signs = s->node_signs + (size_t)node * s->kinds * SUPPRESS_CUTS;
    for (uint32_t kind = 0; kind < s->kinds; kind++) {
        for (uint32_t cut = 0; suppress_has(group, kind) && cut < SUPPRESS_CUTS; cut++) {
            if (cut == 0 || (group->axes >> (cut - 1) & 1) != 0) {
                add(&signs[kind * SUPPRESS_CUTS + cut], one);
            }
        }
    }
}

static void sign_node(struct suppress *s, uint32_t edition, uint32_t node)
{
    const size_t size = (size_t)s->kinds * SUPPRESS_CUTS;
    struct suppress_sign *signs = s->node_signs + node * size;
    if (node == 0) {
        memset(signs, 0, size * sizeof(*signs));
    } else {
        memcpy(signs, s->node_signs + s->frame->nodes[node].parent * size, size * sizeof(*signs));
    }
    for (uint32_t group = 0; group < s->groups; group++) {
        if (is_shown(s, edition, node, group)) {
            add_cell(s, edition, node, group);
        }
    }
}

static void sign_edition(struct suppress *s, uint32_t edition)
{
    for (uint32_t node = 0; node < s->nodes; node++) {
        sign_node(s, edition, node);
    }
}

// Of the cells of nodes above depth, in the edition signed last.
static struct suppress_sign
sign_of_atom(const struct suppress *s, uint32_t atom, uint32_t depth, uint32_t cut)
{
    const uint32_t leaf = atom / s->kinds;
    const uint32_t node = s->path[(size_t)leaf * (s->depths + 1) + depth - 1];
    return s->node_signs[((size_t)node * s->kinds + atom % s->kinds) * SUPPRESS_CUTS + cut];
}

static struct suppress_sign *
past_of(const struct suppress *s, uint32_t variable, uint32_t depth, uint32_t cut)
{
    return &s->past[((size_t)variable * (s->depths + 1) + depth - 1) * SUPPRESS_CUTS + cut];
}

static void add_past(struct suppress *s, uint32_t variable, uint32_t atom)
{
    for (uint32_t depth = 1; depth <= s->depths + 1; depth++) {
        for (uint32_t cut = 0; cut < SUPPRESS_CUTS; cut++) {
            add(past_of(s, variable, depth, cut), sign_of_atom(s, atom, depth, cut));
        }
    }
}

// A sign of its own: nobody can be there.
static void sign_fixed(struct suppress *s, uint32_t variable)
{
    const struct suppress_variable *about = &s->variables[variable];
    const uint64_t number = (uint64_t)TH_SUPPRESS_EDITIONS_MAX + about->from;
    for (uint32_t depth = 1; depth <= s->depths + 1; depth++) {
        *past_of(s, variable, depth, 0) = weight(number, about->atom);
    }
}

void suppress_sign_past(struct suppress *s)
{
    for (uint32_t v = 0; v < s->variable_count; v++) {
        if (s->variables[v].fixed) {
            sign_fixed(s, v);
        }
    }
    for (uint32_t edition = 0; edition < s->newest; edition++) {
        sign_edition(s, edition);
        for (uint32_t atom = 0; atom < s->atoms; atom++) {
            add_past(s, s->variable_of[(size_t)edition * s->atoms + atom], atom);
        }
    }
}

struct suppress_sign
suppress_sign_above(const struct suppress *s, uint32_t v, uint32_t depth, uint32_t cut)
{
    const struct suppress_variable *variable = &s->variables[v];
    struct suppress_sign sign = *past_of(s, v, depth, cut);
    if (variable->to == s->newest) {
        add(&sign, sign_of_atom(s, variable->atom, depth, cut));
    }
    return sign;
}

// ---- classes ----

static uint32_t find_class(struct suppress *s, struct suppress_sign sign, bool is_sum)
{
    uint32_t slot = (uint32_t)(sign.a ^ (is_sum ? 1 : 0)) & s->slot_mask;
    while (s->slots[slot] != 0) {
        const uint32_t class = s->slots[slot] - 1;
        const struct suppress_variable *first = &s->variables[s->classes[class].first];
        if (first->sign.a == sign.a && first->sign.b == sign.b &&
            (first->atom % s->kinds >= s->people_kinds) == is_sum) {
            return class;
        }
        slot = (slot + 1) & s->slot_mask;
    }
    s->slots[slot] = ++s->class_count;
    return s->class_count - 1;
}

static void put_into_class(struct suppress *s, uint32_t v)
{
    struct suppress_variable *variable = &s->variables[v];
    const uint32_t before = s->class_count;
    variable->class = find_class(s, variable->sign, variable->atom % s->kinds >= s->people_kinds);
    struct suppress_class *class = &s->classes[variable->class];
    if (variable->class == before) {
        *class = (struct suppress_class){.last_leaf = SUPPRESS_NONE, .first = v};
    }
    class->size++;
    class->people += variable->people;
    if (class->last_leaf != variable->leaf) {
        class->last_leaf = variable->leaf;
        class->leaves++;
    }
}

void suppress_sign_now(struct suppress *s)
{
    sign_edition(s, s->newest);
    for (uint32_t v = 0; v < s->variable_count; v++) {
        s->variables[v].sign = suppress_sign_above(s, v, s->depths + 1, 0);
    }
    memset(s->slots, 0, ((size_t)s->slot_mask + 1) * sizeof(*s->slots));
    s->class_count = 0;
    for (uint32_t v = 0; v < s->variable_count; v++) {
        put_into_class(s, v);
    }
    s->stamp = 0;
}
