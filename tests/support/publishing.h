// publishing.h - provinces and histories about which editions are published; tables made by hand

#ifndef TESTS_SUPPORT_PUBLISHING_H
#define TESTS_SUPPORT_PUBLISHING_H

#include "tonghop/suppress.h"

#include "tests/support/test.h"
#include "workers/public_groups.h"

enum { PUBLISHED_MAX = 16, PUBLISHED_NODES_MAX = 256, PUBLISHED_PERSONS_MAX = 16384 };

struct publishing_person {
    uint32_t leaf, kind;
    int64_t score; // -1: none
    uint64_t id;
};

// A table and all its editions. People stand at leaves, by kind.
struct publishing {
    struct public_groups groups;
    struct th_suppress_node nodes[PUBLISHED_NODES_MAX];
    struct th_suppress_frame frame;
    uint32_t leaves;
    uint32_t threshold, share_base;
    int64_t *people; // as they are now
    uint16_t *marks;
    struct th_suppress_edition editions[PUBLISHED_MAX];
    int64_t *kept_people[PUBLISHED_MAX];
    uint16_t *kept_marks[PUBLISHED_MAX];
    uint8_t *shown[PUBLISHED_MAX];
    uint32_t count;
    struct th_suppress_outcome outcome; // of the newest edition

    struct publishing_person *persons; // of random provinces; people and marks are made of them
    uint32_t person_count;
    uint64_t next_id;
};

// A frame of these groups over the tree of parents (parents[0] is the root's own number, 0).
void publishing_begin(struct publishing *p,
                      const struct public_spec *spec,
                      const uint32_t *parents,
                      uint32_t count);
void publishing_end(struct publishing *p);

int64_t *publishing_people(struct publishing *p, uint32_t leaf, uint32_t kind);
uint16_t *publishing_marks(struct publishing *p, uint32_t leaf, uint32_t kind);

// One more edition of what the people are now; none when nothing new may be shown (outcome.kept).
void publishing_release(struct publishing *p);

// Is the cell shown in the newest edition?
bool publishing_shows(const struct publishing *p, uint32_t node, struct public_group about);

// ---- random ----

struct publishing_size {
    uint32_t nodes, categories, levels;
    bool scored;
};
// A tree of some units with people; units come, people come, go and change in steps.
void publishing_random(struct publishing *p, struct rng *rng, const struct publishing_size *size);
void publishing_step(struct publishing *p, struct rng *rng);

#endif
