// publishing.c - see publishing.h

#include "tests/support/publishing.h"

#include <stdlib.h>
#include <string.h>

static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);
    assert_non_null(room);
    return room;
}

static size_t people_count(const struct publishing *p)
{
    return (size_t)p->leaves * p->groups.kind_count;
}

static size_t mark_count(const struct publishing *p)
{
    return (size_t)p->leaves * p->groups.sum_count * TH_SUPPRESS_MARKS;
}

void publishing_begin(struct publishing *p,
                      const struct public_spec *spec,
                      const uint32_t *parents,
                      uint32_t count)
{
    *p = (struct publishing){.threshold = 5, .share_base = 20};
    EXPECT(TH_OK, public_groups_make(spec, &p->groups));
    assert_true(count <= PUBLISHED_NODES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        p->nodes[i] = (struct th_suppress_node){.parent = parents[i], .published = true};
    }
    p->frame = (struct th_suppress_frame){
        .nodes = p->nodes,
        .node_count = count,
        .groups = p->groups.groups,
        .group_count = p->groups.group_count,
        .lines = p->groups.lines,
        .line_count = p->groups.line_count,
        .parts = p->groups.parts,
        .kind_count = p->groups.kind_count,
        .sum_count = p->groups.sum_count,
    };
    p->leaves = th_suppress_leaves(&p->frame);
    p->people = room_for(people_count(p), sizeof(*p->people));
    p->marks = room_for(mark_count(p), sizeof(*p->marks));
}

static void drop_newest(struct publishing *p)
{
    p->count--;
    free(p->kept_people[p->count]);
    free(p->kept_marks[p->count]);
    free(p->shown[p->count]);
}

void publishing_end(struct publishing *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        free(p->kept_people[i]);
        free(p->kept_marks[i]);
        free(p->shown[i]);
    }
    free(p->people);
    free(p->marks);
    free(p->persons);
}

int64_t *publishing_people(struct publishing *p, uint32_t leaf, uint32_t kind)
{
    assert_true(leaf < p->leaves && kind < p->groups.kind_count);
    return &p->people[(size_t)leaf * p->groups.kind_count + kind];
}

uint16_t *publishing_marks(struct publishing *p, uint32_t leaf, uint32_t kind)
{
    const uint32_t first = p->groups.kind_count - p->groups.sum_count;
    assert_true(kind >= first);
    return p->marks + ((size_t)leaf * p->groups.sum_count + kind - first) * TH_SUPPRESS_MARKS;
}

void publishing_release(struct publishing *p)
{
    const uint32_t at = p->count++;
    assert_true(p->count <= PUBLISHED_MAX);
    p->kept_people[at] = room_for(people_count(p), sizeof(*p->people));
    p->kept_marks[at] = room_for(mark_count(p), sizeof(*p->marks));
    p->shown[at] = room_for((size_t)p->frame.node_count * p->frame.group_count, 1);
    memcpy(p->kept_people[at], p->people, people_count(p) * sizeof(*p->people));
    memcpy(p->kept_marks[at], p->marks, mark_count(p) * sizeof(*p->marks));
    p->editions[at] = (struct th_suppress_edition){
        .threshold = p->threshold,
        .people = p->kept_people[at],
        .marks = p->kept_marks[at],
        .shown = p->shown[at],
    };
    const struct th_suppress_question question = {
        .frame = &p->frame,
        .share_base = p->share_base,
        .editions = p->editions,
        .count = p->count,
    };
    const size_t size = th_suppress_memory(&question);
    assert_true(size > 0);
    TH_SCOPED(th_free_scoped) void *memory = room_for(size, 1);
    EXPECT(TH_OK, th_suppress_decide(&question, memory, size, p->shown[at], &p->outcome));
    if (p->outcome.kept) { // nobody sees that there was one
        drop_newest(p);
    }
}

bool publishing_shows(const struct publishing *p, uint32_t node, struct public_group about)
{
    const uint32_t group = public_group_find(&p->groups, about);
    assert_true(group < p->groups.group_count);
    return p->shown[p->count - 1][(size_t)node * p->groups.group_count + group] != 0;
}

// ---- random people ----

static uint32_t random_kind(const struct publishing *p, struct rng *rng)
{
    static const uint32_t WEIGHTS[] = {62, 18, 14, 4, 2}; // of levels
    const struct public_spec *spec = &p->groups.spec;
    uint32_t dice = rng_below(rng, 100);
    uint32_t level = 0;
    while (level + 1 < spec->level.count && level < TH_COUNT(WEIGHTS) - 1 &&
           dice >= WEIGHTS[level]) {
        dice -= WEIGHTS[level++];
    }
    const uint32_t categories = spec->category.count;
    const uint8_t category =
        categories > 0 ? (uint8_t)rng_below(rng, categories) : (uint8_t)PUBLIC_OTHER;
    uint8_t state = PUBLIC_UNSCORED;
    if (spec->scored && rng_chance(rng, 90)) {
        const bool below = (spec->below_levels >> level & 1) != 0 && rng_chance(rng, 8);
        state = below ? (uint8_t)(PUBLIC_BELOW + rng_below(rng, PUBLIC_REASONS_MAX))
                      : (uint8_t)PUBLIC_SCORED;
    }
    return public_kind_find(&p->groups, category, (uint8_t)level, state);
}

static void give_kind(const struct publishing *p, struct rng *rng, struct publishing_person *person)
{
    person->kind = random_kind(p, rng);
    assert_true(person->kind < p->groups.kind_count);
    person->score =
        p->groups.kinds[person->kind].state == PUBLIC_UNSCORED ? -1 : rng_between(rng, 40, 100);
}

static void add_people(struct publishing *p, struct rng *rng, uint32_t leaf, uint32_t count)
{
    for (uint32_t i = 0; i < count && p->person_count < PUBLISHED_PERSONS_MAX; i++) {
        struct publishing_person *person = &p->persons[p->person_count++];
        *person = (struct publishing_person){.leaf = leaf, .id = ++p->next_id};
        give_kind(p, rng, person);
    }
}

static void count_people(struct publishing *p)
{
    memset(p->people, 0, people_count(p) * sizeof(*p->people));
    memset(p->marks, 0, mark_count(p) * sizeof(*p->marks));
    for (uint32_t i = 0; i < p->person_count; i++) {
        const struct publishing_person *person = &p->persons[i];
        ++*publishing_people(p, person->leaf, person->kind);
        if (person->score >= 0) {
            const uint32_t sum =
                public_sum_find(&p->groups, p->groups.kinds[person->kind].category);
            *publishing_people(p, person->leaf, sum) += person->score;
            th_suppress_mark(publishing_marks(p, person->leaf, sum), person->id, person->score);
        }
    }
}

static uint32_t people_of(const struct publishing *p, uint32_t leaf)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->person_count; i++) {
        count += p->persons[i].leaf == leaf ? 1 : 0;
    }
    return count;
}

static uint32_t random_size(struct rng *rng)
{
    const uint32_t dice = rng_below(rng, 100);
    if (dice < 25) {
        return (uint32_t)rng_between(rng, 1, 8);
    }
    return dice < 45 ? (uint32_t)rng_between(rng, 9, 30) : (uint32_t)rng_between(rng, 31, 200);
}

static void some_leave(struct publishing *p, struct rng *rng, uint32_t leaf, uint32_t percent)
{
    for (uint32_t i = p->person_count; i-- > 0;) {
        if (p->persons[i].leaf == leaf && rng_chance(rng, percent)) {
            p->persons[i] = p->persons[--p->person_count];
        }
    }
}

static void correct(struct publishing *p, struct rng *rng, uint32_t count)
{
    for (uint32_t i = 0; i < count && p->person_count > 0; i++) {
        struct publishing_person *person = &p->persons[rng_below(rng, p->person_count)];
        if (rng_chance(rng, 20)) {
            person->leaf = rng_below(rng, p->leaves);
        } else if (rng_chance(rng, 30) && person->score >= 0) {
            person->score = rng_between(rng, 40, 100);
        } else {
            give_kind(p, rng, person);
        }
    }
}

// Much may happen between two editions, or next to nothing.
static void change(struct publishing *p, struct rng *rng)
{
    const bool much = rng_chance(rng, 60);
    for (uint32_t leaf = 0; leaf < p->leaves; leaf++) {
        if (rng_chance(rng, much ? 30 : 5)) {
            add_people(p, rng, leaf, (uint32_t)rng_between(rng, 1, much ? 60 : 9));
        }
        if (rng_chance(rng, 4)) {
            some_leave(p, rng, leaf, rng_chance(rng, 20) ? 100 : 20);
        }
    }
    correct(p, rng, rng_below(rng, much ? 40 : 3));
}

void publishing_step(struct publishing *p, struct rng *rng)
{
    for (uint32_t leaf = 0; leaf < p->leaves; leaf++) {
        if (people_of(p, leaf) == 0 && rng_chance(rng, p->count == 0 ? 60 : 30)) {
            add_people(p, rng, leaf, random_size(rng));
        }
    }
    if (p->count > 0) {
        change(p, rng);
    }
    count_people(p);
}

static uint32_t random_tree(struct rng *rng, uint32_t nodes, uint32_t *parents)
{
    uint32_t count = 1;
    parents[0] = 0;
    while (count < nodes) {
        const uint32_t above = count++;
        parents[above] = 0;
        for (uint32_t below = rng_below(rng, 6); below > 0 && count < nodes; below--) {
            parents[count++] = above;
        }
    }
    return count;
}

void publishing_random(struct publishing *p, struct rng *rng, const struct publishing_size *size)
{
    static const char *const CODES[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct public_spec spec = {.scored = size->scored, .below_levels = size->scored ? 6 : 0};
    uint32_t parents[PUBLISHED_NODES_MAX];
    spec.category.count = (uint8_t)size->categories;
    spec.level.count = (uint8_t)size->levels;
    for (size_t i = 0; i < TH_COUNT(CODES); i++) {
        spec.category.members[i] = spec.level.members[i] = th_bytes_of(CODES[i]);
    }
    publishing_begin(p, &spec, parents, random_tree(rng, size->nodes, parents));
    for (uint32_t i = 1; i < p->frame.node_count; i++) { // some stand for people in between
        const bool leaf = i + 1 == p->frame.node_count || p->nodes[i + 1].parent != i;
        p->nodes[i].published = !leaf || rng_chance(rng, 88);
    }
    p->persons = room_for(PUBLISHED_PERSONS_MAX, sizeof(*p->persons));
}
