// test_rewritten.c - another history, right in itself, fits nothing that was given out before
//
// The insider of this test has everything but the signing key, and writes a whole other history
// with every hash right: a figure is changed, a batch left out, added or exchanged, the end cut
// off. The store is sound in itself. From the change on no receipt of that office and no root fits
// it, and up to there each does: so the first that does not fit tells when.
//
//   TONGHOP_HISTORIES=N   so many other histories (20)

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/story.h"
#include "tests/support/test.h"

enum { HISTORIES = 20 };

static const char *const TWISTS[STORY_TWISTS] = {
    "a figure changed", "a batch left out", "a batch added", "two batches exchanged", "cut"};

// Had this node a batch in that version?
static bool spoke(const struct story *story, uint32_t node, uint64_t version)
{
    bool found = false;
    for (size_t i = 0; i < story->receipt_count; i++) {
        const struct th_receipt receipt = paper_receipt(&story->receipts[i]);
        found = found || (receipt.node == node && receipt.version == version);
    }
    return found;
}

struct counts {
    uint64_t receipts;
    uint64_t broken;
    uint64_t roots;
    uint64_t broken_roots;
};

static void compare(struct story *genuine,
                    struct story *other,
                    enum story_twist twist,
                    uint64_t from,
                    struct counts *counts)
{
    for (size_t i = 0; i < genuine->receipt_count; i++) {
        const struct th_receipt receipt = paper_receipt(&genuine->receipts[i]);
        const bool stands = story_holds_receipt(other, &genuine->receipts[i]);
        if (receipt.version < from) {
            assert_true(stands);
        } else if (receipt.node == STORY_OFFICE || twist == STORY_CUT) {
            assert_false(stands); // h(n) covers all of a node's batches
        } else if (twist == STORY_CHANGED) {
            assert_true(stands == !spoke(genuine, receipt.node, from));
        }
        counts->receipts++;
        counts->broken += stands ? 0 : 1;
    }
    for (size_t i = 0; i < genuine->root_count; i++) {
        const struct th_root root = paper_root(&genuine->roots[i]);
        const bool stands = story_holds_root(other, &genuine->roots[i]);
        // A root covers all nodes: whoever holds one sees it.
        assert_true(stands == (root.last < from));
        counts->roots++;
        counts->broken_roots += stands ? 0 : 1;
    }
}

static void what_was_given_out_fits_its_own_history_and_no_other(void **state)
{
    (void)state;
    const uint64_t histories = test_number("TONGHOP_HISTORIES", HISTORIES);
    struct rng rng;
    struct counts counts[STORY_TWISTS];
    memset(counts, 0, sizeof(counts));
    rng_start(&rng);
    const uint64_t seed = rng_next(&rng);
    struct story *genuine = story_write(seed);
    assert_true(genuine->root_count > 0);
    for (size_t i = 0; i < genuine->receipt_count; i++) {
        assert_true(story_holds_receipt(genuine, &genuine->receipts[i]));
    }
    for (size_t i = 0; i < genuine->root_count; i++) {
        assert_true(story_holds_root(genuine, &genuine->roots[i]));
    }
    province_end(genuine->province);
    for (uint64_t i = 0; i < histories; i++) {
        const enum story_twist twist = (enum story_twist)(i % STORY_TWISTS);
        const int turn = (int)rng_below(&rng, STORY_TURNS - 1);
        struct story *other = story_write_other(seed, twist, turn);
        province_verify(other->province); // no hash of its own is wrong
        compare(genuine, other, twist, (uint64_t)turn + 1, &counts[twist]);
        province_end(other->province);
        story_forget(other);
    }
    for (size_t i = 0; i < STORY_TWISTS; i++) {
        print_message("%s: fit no more %" PRIu64 " of %" PRIu64 " receipts, %" PRIu64 " of %" PRIu64
                      " roots\n",
                      TWISTS[i],
                      counts[i].broken,
                      counts[i].receipts,
                      counts[i].broken_roots,
                      counts[i].roots);
    }
    print_message("%" PRIu64 " other histories, none fits what was given out\n", histories);
    story_forget(genuine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_given_out_fits_its_own_history_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
