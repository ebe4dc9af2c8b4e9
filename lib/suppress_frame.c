// suppress_frame.c - memory of a decision, values of cells, and which numbers stayed the same

#include <string.h>

#include "tonghop/base.h"

#include "lib/suppress_body.h"

// ---- memory ----

// Pieces of one block; without a block it only counts them.
struct block {
    uint8_t *at;
    size_t left;
    size_t used;
    bool failed;
};

static void *take(struct block *block, size_t count, size_t size)
{
    const size_t bytes = (count * size + 15) / 16 * 16;
    block->used += bytes;
    if (block->at == NULL) {
        return NULL;
    }
    if (bytes > block->left) {
        block->failed = true;
        return NULL;
    }
    void *piece = block->at;
    block->at += bytes;
    block->left -= bytes;
    memset(piece, 0, bytes);
    return piece;
}

static void lay_out_span(struct suppress *s, struct block *block)
{
    struct suppress_span *span = &s->span;
    span->above = take(block, (size_t)s->nodes * s->kinds, sizeof(*span->above));
    span->ring_above = take(block, (size_t)s->nodes * (s->kinds + 1), sizeof(*span->ring_above));
    span->ring_below =
        take(block, (size_t)s->depths * s->leaves * (s->kinds + 1), sizeof(*span->ring_below));
    span->least = take(block, s->atoms, sizeof(*span->least));
    span->low = take(block, s->atoms, sizeof(*span->low));
    span->first = take(block, s->atoms, sizeof(*span->first));
    span->last = take(block, s->atoms, sizeof(*span->last));
    span->room = take(block, s->leaves, sizeof(*span->room));
    s->quads = take(block, SUPPRESS_QUADS_MAX, sizeof(*s->quads));
    s->atom_moved = take(block, s->atoms, sizeof(*s->atom_moved));
    s->leaf_moved = take(block, s->leaves, sizeof(*s->leaf_moved));
    s->scanned = take(block, (size_t)s->leaves * (s->kinds + 1), sizeof(*s->scanned));
    s->ways = take(block, (size_t)(s->kinds + 1) * (s->kinds + 1), sizeof(*s->ways));
}

static void lay_out(struct suppress *s, struct block *block)
{
    const size_t editions = (size_t)s->newest + 1;
    s->leaf_from = take(block, s->nodes, sizeof(*s->leaf_from));
    s->leaf_to = take(block, s->nodes, sizeof(*s->leaf_to));
    s->node_to = take(block, s->nodes, sizeof(*s->node_to));
    s->leaf_node = take(block, s->leaves, sizeof(*s->leaf_node));
    s->depth = take(block, s->nodes, sizeof(*s->depth));
    s->values = take(block, editions * s->cells, sizeof(*s->values));
    s->present = take(block, editions * s->nodes, sizeof(*s->present));
    s->fresh_atom = take(block, editions * s->atoms, sizeof(*s->fresh_atom));
    s->fresh = take(block, editions * s->cells, sizeof(*s->fresh));
    s->signs = take(block, editions * s->nodes * s->kinds, sizeof(*s->signs));
    lay_out_span(s, block);
    s->shown = take(block, s->cells, sizeof(*s->shown));
    s->known = take(block, s->cells, sizeof(*s->known));
    s->pending = take(block, 2 * editions * s->cells, sizeof(*s->pending));
    s->unit_hid = take(block, s->nodes, sizeof(*s->unit_hid));
    s->below_hid = take(block, s->cells, sizeof(*s->below_hid));
}

// ---- atoms that changed ----

static bool leaf_is_present(const struct suppress *s, uint32_t edition, uint32_t leaf)
{
    const int64_t *people = s->editions[edition].people + (size_t)leaf * s->kinds;
    for (uint32_t kind = 0; kind < s->people_kinds; kind++) {
        if (people[kind] > 0) {
            return true;
        }
    }
    return false;
}

static const uint16_t *
marks_of(const struct suppress *s, uint32_t edition, uint32_t leaf, uint32_t kind)
{
    const size_t sum = kind - s->people_kinds;
    return s->editions[edition].marks +
           ((size_t)leaf * s->frame->sum_count + sum) * TH_SUPPRESS_MARKS;
}

// Is the atom's number another one than in the edition before?
static bool is_fresh(const struct suppress *s, uint32_t edition, uint32_t leaf, uint32_t kind)
{
    if (edition == 0) {
        return true;
    }
    const size_t atom = (size_t)leaf * s->kinds + kind;
    if (s->editions[edition].people[atom] != s->editions[edition - 1].people[atom] ||
        leaf_is_present(s, edition, leaf) != leaf_is_present(s, edition - 1, leaf)) {
        return true;
    }
    return kind >= s->people_kinds && memcmp(marks_of(s, edition, leaf, kind),
                                             marks_of(s, edition - 1, leaf, kind),
                                             TH_SUPPRESS_MARKS * sizeof(uint16_t)) != 0;
}

static void make_fresh_atoms(struct suppress *s, uint32_t edition)
{
    for (uint32_t atom = 0; atom < s->atoms; atom++) {
        s->fresh_atom[(size_t)edition * s->atoms + atom] =
            is_fresh(s, edition, atom / s->kinds, atom % s->kinds) ? 1 : 0;
    }
}

// ---- cells ----

static void make_tree(struct suppress *s)
{
    const struct th_suppress_node *nodes = s->frame->nodes;
    uint32_t leaf = 0;
    for (uint32_t node = 0; node < s->nodes; node++) {
        const bool has_child = node + 1 < s->nodes && nodes[node + 1].parent == node;
        s->depth[node] = node == 0 ? 0 : s->depth[nodes[node].parent] + 1;
        s->leaf_from[node] = leaf;
        s->node_to[node] = node + 1;
        if (!has_child) {
            s->leaf_node[leaf++] = node;
        }
        s->leaf_to[node] = leaf;
    }
    for (uint32_t node = s->nodes; node-- > 1;) {
        const uint32_t parent = nodes[node].parent;
        th_assert(parent < node);
        if (s->node_to[parent] < s->node_to[node]) {
            s->node_to[parent] = s->node_to[node];
            s->leaf_to[parent] = s->leaf_to[node];
        }
    }
}

static void add_leaf(struct suppress *s, uint32_t edition, uint32_t leaf)
{
    const uint32_t node = s->leaf_node[leaf];
    int64_t *values = s->values + (size_t)edition * s->cells + suppress_cell(s, node, 0);
    uint8_t *fresh = s->fresh + (size_t)edition * s->cells + suppress_cell(s, node, 0);
    const int64_t *people = s->editions[edition].people + (size_t)leaf * s->kinds;
    const uint8_t *fresh_atom =
        s->fresh_atom + (size_t)edition * s->atoms + (size_t)leaf * s->kinds;
    for (uint32_t group = 0; group < s->groups; group++) {
        for (uint32_t kind = 0; kind < s->kinds; kind++) {
            if (suppress_has(&s->frame->groups[group], kind)) {
                values[group] += people[kind];
                fresh[group] |= fresh_atom[kind];
            }
        }
    }
    s->present[(size_t)edition * s->nodes + node] = leaf_is_present(s, edition, leaf) ? 1 : 0;
}

static void make_cells(struct suppress *s, uint32_t edition)
{
    const size_t base = (size_t)edition * s->cells;
    uint8_t *present = s->present + (size_t)edition * s->nodes;
    for (uint32_t leaf = 0; leaf < s->leaves; leaf++) {
        add_leaf(s, edition, leaf);
    }
    for (uint32_t node = s->nodes; node-- > 1;) {
        const uint32_t parent = s->frame->nodes[node].parent;
        present[parent] |= present[node];
        for (uint32_t group = 0; group < s->groups; group++) {
            s->values[base + suppress_cell(s, parent, group)] +=
                s->values[base + suppress_cell(s, node, group)];
            s->fresh[base + suppress_cell(s, parent, group)] |=
                s->fresh[base + suppress_cell(s, node, group)];
        }
    }
}

// ---- begin ----

uint32_t th_suppress_leaves(const struct th_suppress_frame *frame)
{
    uint32_t leaves = 0;
    for (uint32_t node = 0; node < frame->node_count; node++) {
        const bool has_child =
            node + 1 < frame->node_count && frame->nodes[node + 1].parent == node;
        leaves += has_child ? 0 : 1;
    }
    return leaves;
}

// How many nodes stand above each other, at most.
static uint32_t depths_of(const struct th_suppress_frame *frame)
{
    uint32_t depths = 1;
    for (uint32_t node = 0; node < frame->node_count; node++) {
        uint32_t depth = 1;
        for (uint32_t at = node; at != 0; at = frame->nodes[at].parent) {
            th_assert(frame->nodes[at].parent < at);
            depth++;
        }
        depths = depth > depths ? depth : depths;
    }
    return depths;
}

static bool begin(struct suppress *s, const struct th_suppress_question *question)
{
    const struct th_suppress_frame *frame = question->frame;
    if (question->count == 0 || question->count > TH_SUPPRESS_EDITIONS_MAX ||
        frame->kind_count > TH_SUPPRESS_KINDS_MAX || frame->group_count > TH_SUPPRESS_GROUPS_MAX) {
        return false;
    }
    *s = (struct suppress){
        .frame = frame,
        .editions = question->editions,
        .share_base = question->share_base,
        .newest = question->count - 1,
        .nodes = frame->node_count,
        .groups = frame->group_count,
        .kinds = frame->kind_count,
        .people_kinds = frame->kind_count - frame->sum_count,
        .leaves = th_suppress_leaves(frame),
        .depths = depths_of(frame),
    };
    const uint64_t cells = (uint64_t)s->nodes * s->groups;
    const uint64_t atoms = (uint64_t)s->leaves * s->kinds;
    if (cells * question->count > TH_SUPPRESS_CELLS_MAX ||
        atoms * question->count > TH_SUPPRESS_CELLS_MAX) {
        return false;
    }
    s->cells = (uint32_t)cells;
    s->atoms = (uint32_t)atoms;
    return true;
}

size_t suppress_measure(const struct th_suppress_question *question)
{
    struct suppress s;
    struct block block = {.at = NULL};
    if (!begin(&s, question)) {
        return 0;
    }
    lay_out(&s, &block);
    return block.used;
}

static bool is_whole(const struct suppress *s)
{
    for (uint32_t edition = 0; edition <= s->newest; edition++) {
        for (uint32_t atom = 0; atom < s->atoms; atom++) {
            if (s->editions[edition].people[atom] < 0) {
                return false;
            }
        }
    }
    return true;
}

enum th_err suppress_make(struct suppress *s,
                          const struct th_suppress_question *question,
                          void *memory,
                          size_t size)
{
    struct block block = {.at = memory, .left = size};
    if (!begin(s, question)) {
        return TH_E_TOO_LARGE;
    }
    if (!is_whole(s)) {
        return TH_E_INVALID;
    }
    lay_out(s, &block);
    if (block.failed || memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    make_tree(s);
    for (uint32_t edition = 0; edition <= s->newest; edition++) {
        make_fresh_atoms(s, edition);
        make_cells(s, edition);
    }
    suppress_make_quads(s);
    return TH_OK;
}

bool suppress_is_published(const struct suppress *s, uint32_t node, uint32_t group)
{
    return s->frame->nodes[node].published && s->frame->groups[group].rule != TH_SUPPRESS_REST;
}

bool suppress_is_shown(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    const uint8_t *shown = edition == s->newest ? s->shown : s->editions[edition].shown;
    return suppress_is_published(s, node, group) &&
           shown[suppress_cell(s, node, suppress_decided_by(s, group))] != 0;
}

// ---- marks ----

// A person has one mark, whatever the score, so that no person can change two.
void th_suppress_mark(uint16_t marks[static TH_SUPPRESS_MARKS], uint64_t person, int64_t score)
{
    const uint64_t own = suppress_mix(person + 0x9e3779b97f4a7c15u);
    const uint64_t said = suppress_mix(own ^ suppress_mix((uint64_t)score));
    uint16_t *mark = &marks[own % TH_SUPPRESS_MARKS];
    *mark = (uint16_t)(*mark + (uint16_t)(said >> 48));
}

int64_t suppress_marks_differ(
    const struct suppress *s, uint32_t node, uint32_t group, uint32_t before, uint32_t at)
{
    uint16_t marks[TH_SUPPRESS_MARKS] = {0};
    for (uint32_t leaf = s->leaf_from[node]; leaf < s->leaf_to[node]; leaf++) {
        for (uint32_t kind = s->people_kinds; kind < s->kinds; kind++) {
            if (!suppress_has(&s->frame->groups[group], kind)) {
                continue;
            }
            const uint16_t *then = marks_of(s, before, leaf, kind);
            const uint16_t *now = marks_of(s, at, leaf, kind);
            for (uint32_t i = 0; i < TH_SUPPRESS_MARKS; i++) {
                marks[i] = (uint16_t)(marks[i] + now[i] - then[i]);
            }
        }
    }
    int64_t differ = 0;
    for (uint32_t i = 0; i < TH_SUPPRESS_MARKS; i++) {
        differ += marks[i] != 0 ? 1 : 0;
    }
    return differ;
}
