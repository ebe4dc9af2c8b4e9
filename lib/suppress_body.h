// suppress_body.h - how a decision lies in memory; known to lib/suppress*.c alone
//
//   suppress.c         rules 1 and 3, and the rounds of rule 2
//   suppress_frame.c   memory; values of cells; what stayed the same
//   suppress_span.c    some editions after each other as one table
//   suppress_ring.c    kinds that no published cell tells apart
//   suppress_proof.c   is a figure safe?
//   suppress_quad.c    pairs of kinds for two
//   suppress_choose.c  what to hide next
//
// An atom is a leaf and a kind. It is fresh in an edition when its number is another one than in
// the edition before; whoever knows that it is not fresh knows both numbers or none.

#ifndef LIB_SUPPRESS_BODY_H
#define LIB_SUPPRESS_BODY_H

#include "tonghop/suppress.h"

enum { SUPPRESS_QUADS_MAX = 4096 };

// Editions from .. to as one table, in which people are moved: in each of these editions the same
// people, so that nothing changes between them. That an atom is not fresh where the span begins or
// ends must stay true, too: it moves in the editions before and behind as well where no published
// cell contains it there; otherwise it does not move at all.
struct suppress_span {
    uint32_t from, to;
    uint64_t *above; // [node][kind]: weights of the published cells of the node and all above
    // Rings of kinds, nobody among them: the next one that no published cell of the node and above
    // tells apart; and none between the leaf and what stands at that depth above it, among those
    // that may come. A kind that is like no other is followed by itself.
    uint16_t *ring_above; // [node][kind or nobody]
    uint16_t *ring_below; // [depth][leaf][kind or nobody]
    int64_t *least;       // [atom]: fewest people
    int64_t *low;         // [atom]: how many of them may go; -1: nobody may come either
    uint8_t *first;       // [atom]: editions in which it moves
    uint8_t *last;        //
    int64_t *room; // [leaf]: people who may leave; one stays, for somebody is known to be there
};

// One more of the first two kinds and one fewer of the others changes no group that is cut by one
// dimension, or none.
struct suppress_quad {
    uint16_t gain[2], lose[2];
};

// Moves of the proof of that number; those of others count no more.
struct suppress_moved {
    int64_t gone;
    uint32_t proof;
};

// How people of a kind turn into another one: from which kind, at which leaf.
struct suppress_way {
    uint32_t made;
    uint32_t from;
    uint32_t leaf;
};

// A figure that must be safe: a cell in an edition, or what it changed by since any earlier one.
struct suppress_figure {
    uint32_t node, group;
    uint32_t at; // edition
    bool change;
    uint32_t before; // one of them
};

// What is tried for all figures before the next.
enum suppress_step { SUPPRESS_BINDING, SUPPRESS_RECTANGLE, SUPPRESS_SMALLEST };

struct suppress {
    const struct th_suppress_frame *frame;
    const struct th_suppress_edition *editions;
    uint32_t share_base;
    uint32_t newest; // edition
    uint32_t nodes, groups, kinds, leaves, atoms, cells;
    uint32_t people_kinds; // kinds before the sums
    uint32_t depths;       // of nodes: root 0

    uint32_t *leaf_from; // by node: its leaves are leaf_from .. leaf_to - 1
    uint32_t *leaf_to;   //
    uint32_t *node_to;   // by node: it and what is below are node .. node_to - 1
    uint32_t *leaf_node; // by leaf
    uint32_t *depth;     // by node
    int64_t *values;     // [edition][cell]
    uint8_t *present;    // [edition][node]: has people
    uint8_t *fresh_atom; // [edition][atom]
    uint8_t *fresh;      // [edition][cell]: an atom of it is

    uint64_t *signs; // [edition][node][kind]: as span.above, of editions 0 .. this one
    struct suppress_span span;
    struct suppress_quad *quads;
    uint32_t quad_count;

    struct suppress_moved *atom_moved;
    struct suppress_moved *leaf_moved; // people only
    uint32_t proof;                    // number of the one that is made
    struct suppress_way *ways;         // [kind they start from][kind]
    uint32_t ways_made;                // number of those that hold
    uint32_t *scanned; // [leaf][kind or nobody]: the last search in which it had no more to say
    uint32_t scan;     // number of the search

    uint8_t *shown;    // [cell], of the newest edition
    uint8_t *known;    // [cell]: earlier editions tell it
    uint32_t *pending; // figures not proved yet
    uint32_t pending_count;
    uint32_t tried;      // the first ones
    uint32_t *unit_hid;  // [node]: the round in which a cell of it was hidden last
    uint32_t *below_hid; // [cell]: or the same group of a unit directly below the node
    uint32_t round;
    uint32_t hidden; // cells of this round
};

size_t suppress_measure(const struct th_suppress_question *question);
TH_MUST_USE enum th_err suppress_make(struct suppress *s,
                                      const struct th_suppress_question *question,
                                      void *memory,
                                      size_t size);

static inline uint32_t suppress_cell(const struct suppress *s, uint32_t node, uint32_t group)
{
    return node * s->groups + group;
}

static inline int64_t
suppress_value(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    return s->values[(size_t)edition * s->cells + suppress_cell(s, node, group)];
}

static inline bool suppress_is_present(const struct suppress *s, uint32_t edition, uint32_t node)
{
    return s->present[(size_t)edition * s->nodes + node] != 0;
}

static inline bool
suppress_is_fresh(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    return s->fresh[(size_t)edition * s->cells + suppress_cell(s, node, group)] != 0;
}

static inline bool suppress_has(const struct th_suppress_group *group, uint32_t kind)
{
    return (group->kinds.bits[kind / 64] >> (kind % 64) & 1) != 0;
}

static inline uint16_t *suppress_ring_below(const struct suppress *s, uint32_t leaf, uint32_t depth)
{
    return s->span.ring_below + ((size_t)depth * s->leaves + leaf) * (s->kinds + 1);
}

// SUM groups go with their twin.
static inline uint32_t suppress_decided_by(const struct suppress *s, uint32_t group)
{
    const struct th_suppress_group *about = &s->frame->groups[group];
    return about->rule == TH_SUPPRESS_SUM ? about->twin : group;
}

uint64_t suppress_mix(uint64_t x);

// Is the cell one that an edition can show; and does the edition show it?
bool suppress_is_published(const struct suppress *s, uint32_t node, uint32_t group);
bool suppress_is_shown(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group);

// At least so many people differ in a SUM cell between two editions.
int64_t suppress_marks_differ(
    const struct suppress *s, uint32_t node, uint32_t group, uint32_t before, uint32_t at);

// Signs of an edition, whenever what it shows has changed; those of the editions before it are
// made.
void suppress_sign(struct suppress *s, uint32_t edition);

// The span of one edition; then one edition more at its beginning.
void suppress_span_begin(struct suppress *s, uint32_t to);
void suppress_span_widen(struct suppress *s);
// Make it fit for proofs.
void suppress_span_settle(struct suppress *s);

// The rings of a span; all else of it is made.
void suppress_make_rings(struct suppress *s);

// Pairs of kinds for two.
void suppress_make_quads(struct suppress *s);

// By the span: can the figure take wanted values beside its own?
bool suppress_is_safe(struct suppress *s, const struct suppress_figure *figure, int64_t wanted);

void suppress_add_pending(struct suppress *s, const struct suppress_figure *figure);

// Hide some cell for the sake of figure, which could take wanted values more, unless something near
// it was hidden in this round. s->hidden counts.
void suppress_hide_near(struct suppress *s,
                        const struct suppress_figure *figure,
                        int64_t wanted,
                        enum suppress_step step);
// Hide the smallest of all cells that have to do with it.
void suppress_hide_anywhere(struct suppress *s, const struct suppress_figure *figure);

#endif
