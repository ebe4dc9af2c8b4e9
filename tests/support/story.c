// story.c - see story.h

#include "tests/support/story.h"

#include <stdlib.h>
#include <string.h>

#include "workers/issue.h"
#include "workers/tree.h"

static const char *const UNITS[STORY_NODES] = {"D1", "D2", "A1"};

static void keep(struct paper *papers, size_t *count, struct th_bytes content)
{
    assert_true(*count < STORY_KEPT_MAX);
    memcpy(papers[*count].content, content.data, content.size);
    papers[*count].size = content.size;
    (*count)++;
}

struct th_bytes paper_text(const struct paper *paper)
{
    return (struct th_bytes){.data = paper->content, .size = paper->size};
}

static void collect(struct story *story, uint32_t node)
{
    if (province_heard(story->province, node, TH_MSG_ACK) == NULL) {
        return;
    }
    const struct th_decided decided = province_decided(story->province, node, TH_MSG_ACK);
    for (size_t i = 0; i < decided.receipt_count; i++) {
        keep(story->receipts, &story->receipt_count, decided.receipts[i].content);
    }
    if (decided.root != NULL) {
        keep(story->roots, &story->root_count, decided.root->content);
    }
}

static void enter(struct story *story, uint32_t node, int64_t value)
{
    struct th_update updates[2];
    size_t count = 1;
    const uint32_t revision = ++story->revisions[node];
    updates[0] = figure(node == 0 ? "P" : UNITS[node - 1], "2023", "W1", value);
    updates[0].revision = revision;
    if (revision % 3 == 0) { // not its unit: a verdict
        updates[count++] = figure(node == 1 ? "D2" : "D1", "2022", "W1", value);
    }
    province_batch(story->province, &story->players[node], updates, count);
}

struct draw {
    int64_t value;
    bool speaks;
    bool again;
};

struct plan {
    struct draw draws[STORY_TURNS + 1][STORY_NODES + 1];
};

static void draw_all(uint64_t seed, struct plan *plan)
{
    struct rng rng;
    rng_seed(&rng, seed);
    for (int turn = 0; turn <= STORY_TURNS; turn++) {
        for (uint32_t node = 0; node <= STORY_NODES; node++) {
            struct draw *draw = &plan->draws[turn][node];
            draw->value = rng_between(&rng, 1, 999);
            draw->speaks = rng_chance(&rng, 60) || node == STORY_OFFICE;
            draw->again = false;
        }
    }
}

static void twist_one(struct plan *plan, enum story_twist twist, int turn)
{
    struct draw *office = &plan->draws[turn][STORY_OFFICE];
    struct draw *behind = &plan->draws[turn + 1][STORY_OFFICE];
    const int64_t value = office->value;
    switch (twist) {
    case STORY_CHANGED:
        for (uint32_t node = 0; node <= STORY_NODES; node++) {
            plan->draws[turn][node].value++;
        }
        return;
    case STORY_LEFT_OUT:
        office->speaks = false;
        return;
    case STORY_ADDED:
        office->again = true;
        return;
    case STORY_SWAPPED:
        office->value = behind->value == value ? value + 1 : behind->value;
        behind->value = value;
        return;
    case STORY_CUT:
    case STORY_TWISTS:
        return;
    }
}

static void take_turn(struct story *story, const struct draw *draws)
{
    story->province->now_ms += 1000;
    for (uint32_t node = 0; node <= STORY_NODES; node++) {
        if (draws[node].speaks) {
            enter(story, node, draws[node].value);
        }
        if (draws[node].again) {
            enter(story, node, draws[node].value + 1);
        }
    }
    province_drain(story->province);
    for (uint32_t node = 0; node <= STORY_NODES; node++) {
        collect(story, node);
    }
}

static struct story *play(const struct plan *plan, int turns)
{
    struct story *story = calloc(1, sizeof(*story));
    assert_non_null(story);
    story->province = province_make();
    province_roster(story->province, UNITS, STORY_NODES);
    for (uint32_t node = 0; node <= STORY_NODES; node++) {
        story->players[node] = player_of(node);
    }
    for (int turn = 0; turn < turns; turn++) {
        take_turn(story, plan->draws[turn]);
        story->province->today += turn % STORY_TURNS_A_DAY == STORY_TURNS_A_DAY - 1 ? 1 : 0;
    }
    return story;
}

struct story *story_write(uint64_t seed)
{
    static struct plan plan;
    draw_all(seed, &plan);
    return play(&plan, STORY_TURNS);
}

struct story *story_write_other(uint64_t seed, enum story_twist twist, int turn)
{
    static struct plan plan;
    draw_all(seed, &plan);
    twist_one(&plan, twist, turn);
    return play(&plan, twist == STORY_CUT ? turn : STORY_TURNS);
}

void story_forget(struct story *story)
{
    province_free(story->province);
    free(story);
}

// ---- papers ----

struct th_receipt paper_receipt(const struct paper *paper)
{
    struct th_receipt receipt;
    assert_int_equal(th_receipt_read(paper_text(paper), &receipt, NULL), TH_FLAW_NONE);
    return receipt;
}

struct th_root paper_root(const struct paper *paper)
{
    struct th_root root;
    assert_int_equal(th_root_read(paper_text(paper), &root, NULL), TH_FLAW_NONE);
    return root;
}

bool story_holds_receipt(struct story *story, const struct paper *paper)
{
    struct th_receipt stored;
    struct issue issue;
    struct th_bytes value;
    const struct th_receipt receipt = paper_receipt(paper);
    const struct th_check check = open_check(story->province->identity.store_id);
    const struct numbered_key at = {
        .node = receipt.node, .epoch = receipt.epoch, .seq = receipt.last};
    const struct key key = key_of_dead(at.node, at.epoch, at.seq);
    const struct th_store store = province_store(story->province);
    if (th_check_get(&check, store, TABLE_RECEIPT, key_view(&key), &value) != TH_OK ||
        issue_read(value, &issue) != TH_OK) {
        return false;
    }
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    issue_receipt(&issue, &at, th_bytes_of(receipt.lineage), &stored);
    memcpy(stored.key, receipt.key, sizeof(stored.key));
    th_receipt_write(&writer, &stored);
    return th_bytes_equal(th_written(&writer), paper_text(paper));
}

bool story_holds_root(struct story *story, const struct paper *paper)
{
    struct th_merkle tree;
    uint8_t hash[TH_HASH256_BYTES];
    const struct th_root root = paper_root(paper);
    const struct th_check check = open_check(story->province->identity.store_id);
    const struct tree_reader reader = {.store = province_store(story->province),
                                       .check = &check,
                                       .base = root.last - root.commits};
    if (tree_load(&reader, root.last, &tree) != TH_OK) {
        return false;
    }
    th_merkle_root(&tree, hash);
    return memcmp(hash, root.root, sizeof(hash)) == 0;
}
