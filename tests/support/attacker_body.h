// attacker_body.h - what the attacker keeps; for its own files

#ifndef TESTS_SUPPORT_ATTACKER_BODY_H
#define TESTS_SUPPORT_ATTACKER_BODY_H

#include "tests/support/attacker.h"

static const int64_t BIG = 1000000000000;

struct attacker_number {
    int64_t low, high;
    int64_t truth;
    bool shown;
};

struct attacker_equation {
    uint32_t first, count; // of terms
};

struct attacker_problem;

struct attacker {
    const struct th_suppress_frame *frame;
    const struct th_suppress_edition *editions;
    uint32_t count, nodes, groups, kinds, leaves;
    uint32_t *leaf_of; // by node; UINT32_MAX: not a leaf
    uint32_t *child_count;
    uint32_t *atom; // [edition][leaf][kind]: number
    uint32_t *cell; // [edition][node][group]: number
    struct attacker_number *numbers;
    uint32_t number_count, number_max;
    struct attacker_equation *equations;
    uint32_t equation_count, equation_max;
    uint32_t *terms;
    uint32_t term_count, term_max;
    struct attacker_problem *problem; // of the search; NULL: not made yet
};

void *attacker_room(size_t count, size_t size);
size_t attacker_cell(const struct attacker *a, uint32_t e, uint32_t node, uint32_t group);
bool attacker_has(const struct attacker *a, uint32_t group, uint32_t kind);
bool attacker_below(const struct attacker *a, uint32_t node, uint32_t above);
bool attacker_leaf_has_people(const struct attacker *a, uint32_t edition, uint32_t leaf);

// How many values, up to wanted, the figure can take; *open: some were not decided.
int64_t
attacker_search(struct attacker *a, const struct attacker_find *figure, int64_t wanted, bool *open);

void attacker_search_end(struct attacker_problem *problem);

#endif
