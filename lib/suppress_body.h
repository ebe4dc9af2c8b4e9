// suppress_body.h - how a decision lies in memory; known to lib/suppress*.c alone
//
//   suppress.c         rules 1 and 3, and the rounds of rule 2
//   suppress_frame.c   memory; values of cells; variables
//   suppress_sign.c    which variables no published figure tells apart
//   suppress_graph.c   ways in which people may move
//   suppress_proof.c   is a figure safe?
//   suppress_choose.c  what to hide next
//
// An atom is a leaf and a kind. Where an atom's number stays the same from one edition to the next
// it is one variable for both: whoever knows that nothing changed there knows both or none.

#ifndef LIB_SUPPRESS_BODY_H
#define LIB_SUPPRESS_BODY_H

#include "tonghop/suppress.h"

static const uint32_t SUPPRESS_NONE = UINT32_MAX;

// Figures of earlier editions that were not safe before this one, because the units have changed.
enum { SUPPRESS_EXCUSED_MAX = 256 };

// Sums of random weights, one for each published cell: equal when the same cells contain it.
struct suppress_sign {
    uint64_t a, b;
};

enum {
    SUPPRESS_DEPTH_MAX = 10, // levels of nodes
    SUPPRESS_CUTS = 3,       // columns: all; those cut by one dimension, or by the other
    SUPPRESS_SPANS_FEW = 6,  // variables of an atom that are joined in all ways
};

struct suppress_variable {
    uint32_t atom;
    uint32_t leaf;
    uint32_t class;
    int64_t people;
    struct suppress_sign sign;
    uint16_t from, to; // editions
    bool fixed;        // its leaf has nobody: known to be zero
};

// Variables with the same sign.
struct suppress_class {
    uint32_t size;
    uint32_t leaves;
    uint32_t last_leaf;
    uint32_t first; // variable
    int64_t people;
    uint32_t plus, minus; // of the figure that is looked at, see stamp
    uint32_t stamp;
};

// A place for people: an atom in a span of editions, whole variables of it. One person more or
// fewer is one more or fewer in all of them.
struct suppress_place {
    uint32_t atom;
    uint16_t from, to;
};

// Some published cells are columns (of units above some depth, and cut by some dimension), all
// others are rows: each place has one of each, the sum of the weights of those that contain it.
// Whoever moves within a row, and is replaced in every column, changes nothing that is published.
// Point 0 stands for no cell at all.
struct suppress_graph {
    uint32_t *row; // by place: a point
    uint32_t *column;
    uint32_t *first; // by point: its ways are first[point] .. first[point + 1] - 1 of list
    uint32_t *list;  // places: of a row a few, of a column those that have people
    uint32_t *part;  // by point: points that can be reached from each other have the same number
    uint32_t points; // with point 0
};

// A figure that must be safe: a cell in an edition, or what it changed by since another one.
struct suppress_figure {
    uint32_t node, group;
    uint32_t at;
    uint32_t before; // SUPPRESS_NONE: the cell itself
};

// A round hides where lines bind; if none does, the cheapest cells, after a look for which they
// are.
enum suppress_step { SUPPRESS_BINDING, SUPPRESS_LOOKING, SUPPRESS_CHEAPEST };

// What a line offers to hide.
struct suppress_offer {
    int64_t slack; // people in its hidden parts
    bool has_part;
    int64_t people; // of the smallest shown part
    uint32_t node, group;
    bool has_margin;
    uint32_t margin_node, margin_group;
};

struct suppress {
    const struct th_suppress_frame *frame;
    const struct th_suppress_edition *editions;
    uint32_t share_base;
    uint32_t newest; // edition
    uint32_t nodes, groups, kinds, leaves, atoms, cells;
    uint32_t people_kinds; // kinds before the sums

    uint32_t *leaf_from;   // by node: its leaves are leaf_from .. leaf_to - 1
    uint32_t *leaf_to;     //
    uint32_t *node_to;     // by node: it and what is below are node .. node_to - 1
    uint32_t *leaf_node;   // by leaf
    int64_t *values;       // [edition][cell]
    uint8_t *present;      // [edition][node]: has people
    uint8_t *fresh;        // [edition][cell]: an atom of it has another number than before
    uint32_t *variable_of; // [edition][atom]
    struct suppress_variable *variables;
    uint32_t variable_count;

    uint32_t *path;  // [leaf][depth]: its node there, or itself where it ends above
    uint32_t depths; // levels of nodes below the root, at least 1

    struct suppress_sign *node_signs; // [node][kind][cut], of one edition: the node and all above
    struct suppress_sign *past;       // [variable][depth][cut]: earlier editions, nodes above depth
    struct suppress_class *classes;
    uint32_t class_count;
    uint32_t *slots; // number + 1
    uint32_t slot_mask;
    uint32_t stamp;
    uint32_t *touched; // classes
    uint32_t touched_count;

    struct suppress_place *places;
    uint32_t *place_of; // by atom: the first of its places
    uint32_t place_count;
    struct suppress_graph graphs[SUPPRESS_DEPTH_MAX * SUPPRESS_CUTS]; // by depth, less one, and cut
    struct suppress_sign *signs; // by point, while a graph is made

    int64_t *moved; // by variable: people who have left it in the search
    uint8_t *moved_listed;
    uint32_t *moved_list;
    uint32_t moved_count;
    int32_t *gone; // [edition][leaf]: people who have left it
    uint8_t *gone_listed;
    uint32_t *gone_list;
    uint32_t gone_count;
    uint32_t *seen;      // by point: the search that reached it
    uint32_t *came_by;   // by point: place
    uint32_t *came_from; // by point
    uint32_t *queue;
    uint32_t *low;    // by point, while parts are made
    uint32_t *at;     //
    uint8_t *few;     // by place, while a list is made
    uint32_t *barred; // by place: the search that must not use it
    uint32_t search;  // number
    uint32_t visit;   // number of a look for one way

    uint8_t *shown;       // [cell], of the newest edition
    uint8_t *known;       // [cell]: earlier editions tell it already
    uint8_t *safe;        // [edition][cell]: proved, or nothing to prove
    uint8_t *safe_change; // the same of all its changes up to that edition
    uint32_t *unit_hid;   // [node]: the round in which a cell of it was hidden last
    uint32_t *below_hid;  // [node]: or a cell of a unit directly below it
    uint32_t round;
    uint32_t unsafe; // figures of this round
    uint32_t hidden; // cells of this round
    struct suppress_figure first_unsafe;
    enum suppress_step step;
    uint32_t deepest; // depth of the units whose cells are cheapest
    bool stuck;       // one of them cannot be helped
    uint64_t excused[SUPPRESS_EXCUSED_MAX];
    uint32_t excused_count;
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

static inline bool suppress_has(const struct th_suppress_group *group, uint32_t kind)
{
    return (group->kinds.bits[kind / 64] >> (kind % 64) & 1) != 0;
}

// SUM groups go with their twin.
static inline uint32_t suppress_decided_by(const struct suppress *s, uint32_t group)
{
    const struct th_suppress_group *about = &s->frame->groups[group];
    return about->rule == TH_SUPPRESS_SUM ? about->twin : group;
}

// Is the cell one that an edition can show?
bool suppress_is_published(const struct suppress *s, uint32_t node, uint32_t group);

// At least so many people differ in a SUM cell between two editions.
int64_t suppress_marks_differ(
    const struct suppress *s, uint32_t node, uint32_t group, uint32_t before, uint32_t at);

// Of the cells of nodes above depth, in all editions, that contain a variable; cut 0: all of them.
struct suppress_sign
suppress_sign_above(const struct suppress *s, uint32_t variable, uint32_t depth, uint32_t cut);

// Signs of the editions before the newest one; then, whenever shown has changed, of all of them.
void suppress_sign_past(struct suppress *s);
void suppress_sign_now(struct suppress *s);

void suppress_make_places(struct suppress *s);
// The graphs of what is published now.
void suppress_make_graphs(struct suppress *s);

// Can the figure take at least wanted values?
bool suppress_is_safe(struct suppress *s, const struct suppress_figure *figure, int64_t wanted);

// Do earlier editions tell the cell, and its sum, already?
bool suppress_is_known(const struct suppress *s, uint32_t node, uint32_t group);

// Hide one more cell for the sake of figure, which could take wanted values more: in the line that
// binds it, unless something near it was hidden in this round. s->hidden counts.
void suppress_hide_near(struct suppress *s, const struct suppress_figure *figure, int64_t wanted);
// Or the smallest of all cells that have to do with it.
void suppress_hide_anywhere(struct suppress *s, const struct suppress_figure *figure);

#endif
