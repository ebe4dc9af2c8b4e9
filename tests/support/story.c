// story.c - see story.h

#include "tests/support/story.h"

#include <stdlib.h>
#include <string.h>

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

// The same for the same seed, but for turn number changed (-1: none).
struct story *story_write(uint64_t seed, int changed)
{
    struct rng rng;
    struct story *story = calloc(1, sizeof(*story));
    assert_non_null(story);
    rng_seed(&rng, seed);
    story->province = province_make();
    province_roster(story->province, UNITS, STORY_NODES);
    for (uint32_t node = 0; node <= STORY_NODES; node++) {
        story->players[node] = player_of(node);
    }
    int turn = 0;
    for (int day = 0; day < STORY_DAYS; day++, story->province->today++) {
        for (int i = 0; i < STORY_TURNS_A_DAY; i++, turn++) {
            story->province->now_ms += 1000;
            for (uint32_t node = 0; node <= STORY_NODES; node++) {
                const int64_t value = rng_between(&rng, 1, 999);
                if (rng_chance(&rng, 60) || node == 1) {
                    enter(story, node, value + (turn == changed ? 1 : 0));
                }
            }
            province_drain(story->province);
            for (uint32_t node = 0; node <= STORY_NODES; node++) {
                collect(story, node);
            }
        }
    }
    return story;
}

void story_forget(struct story *story)
{
    province_free(story->province);
    free(story);
}
