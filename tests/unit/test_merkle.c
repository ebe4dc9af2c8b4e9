// test_merkle.c - the tree against the recursion of RFC 6962, and paths that prove one leaf only

#include <string.h>

#include "tonghop/merkle.h"

#include "tests/support/test.h"

enum { LEAVES_MAX = 70, TAG = 3 };

static uint8_t leaves[LEAVES_MAX][TH_HASH256_BYTES];

static int setup(void **state)
{
    (void)state;
    EXPECT(TH_OK, th_hash_start());
    for (size_t i = 0; i < LEAVES_MAX; i++) {
        const uint8_t number = (uint8_t)i;
        const struct th_bytes part = {.data = &number, .size = 1};
        th_hash256(leaves[i], &part, 1);
    }
    return 0;
}

// As the RFC says it: split at the largest power of two that is smaller.
static void naive(uint64_t from, uint64_t until, uint8_t out[static TH_HASH256_BYTES])
{
    if (until - from == 1) {
        memcpy(out, leaves[from], TH_HASH256_BYTES);
        return;
    }
    uint64_t left = 1;
    while (2 * left < until - from) {
        left *= 2;
    }
    uint8_t hashes[2][TH_HASH256_BYTES];
    const uint8_t tag = TAG;
    naive(from, from + left, hashes[0]); // NOLINT(misc-no-recursion): as the RFC has it
    naive(from + left, until, hashes[1]);
    const struct th_bytes parts[] = {{.data = &tag, .size = 1},
                                     {.data = hashes, .size = sizeof(hashes)}};
    th_hash256(out, parts, TH_COUNT(parts));
}

static enum th_err
range(void *self, uint64_t from, uint64_t until, uint8_t out[static TH_HASH256_BYTES])
{
    (*(unsigned *)self)++;
    naive(from, until, out);
    return TH_OK;
}

static void a_growing_tree_has_the_root_of_the_whole_list(void **state)
{
    (void)state;
    struct th_merkle tree;
    uint8_t root[TH_HASH256_BYTES];
    uint8_t expected[TH_HASH256_BYTES] = {0};
    th_merkle_start(&tree, TAG);
    th_merkle_root(&tree, root);
    assert_memory_equal(root, expected, sizeof(root));
    for (uint64_t count = 1; count <= LEAVES_MAX; count++) {
        struct th_merkle_nodes nodes;
        th_merkle_add(&tree, leaves[count - 1], &nodes);
        th_merkle_root(&tree, root);
        naive(0, count, expected);
        assert_memory_equal(root, expected, sizeof(root));
        assert_int_equal(nodes.count, __builtin_ctzll(count)); // the trees that it completes
        for (unsigned level = 0; level < nodes.count; level++) {
            naive(count - (UINT64_C(2) << level), count, expected);
            assert_memory_equal(nodes.hashes[level], expected, sizeof(expected));
        }
    }
}

static void a_path_leads_from_its_leaf_to_the_root_and_from_no_other(void **state)
{
    (void)state;
    for (uint64_t count = 1; count <= LEAVES_MAX; count++) {
        uint8_t root[TH_HASH256_BYTES];
        naive(0, count, root);
        for (uint64_t index = 0; index < count; index++) {
            struct th_merkle_path path;
            uint8_t hash[TH_HASH256_BYTES];
            unsigned asked = 0;
            EXPECT(TH_OK, th_merkle_prove(index, count, range, &asked, &path));
            assert_int_equal(asked, path.count);

            memcpy(hash, leaves[index], sizeof(hash));
            assert_true(th_merkle_climb(TAG, index, count, &path, hash));
            assert_memory_equal(hash, root, sizeof(hash));

            // Another place, another leaf, a shorter path: not this root.
            const uint64_t other = (index + 1) % count;
            memcpy(hash, leaves[index], sizeof(hash));
            if (other != index && th_merkle_climb(TAG, other, count, &path, hash)) {
                assert_memory_not_equal(hash, root, sizeof(hash));
            }
            memcpy(hash, leaves[(index + 1) % LEAVES_MAX], sizeof(hash));
            if (th_merkle_climb(TAG, index, count, &path, hash)) {
                assert_memory_not_equal(hash, root, sizeof(hash));
            }
            if (path.count > 0) {
                path.count--;
                memcpy(hash, leaves[index], sizeof(hash));
                assert_false(th_merkle_climb(TAG, index, count, &path, hash));
            }
        }
    }
}

static void a_path_that_is_too_long_or_outside_is_refused(void **state)
{
    (void)state;
    struct th_merkle_path path = {.count = 1};
    uint8_t hash[TH_HASH256_BYTES] = {0};
    assert_false(th_merkle_climb(TAG, 0, 1, &path, hash));
    assert_false(th_merkle_climb(TAG, 5, 5, &path, hash));
    path.count = TH_MERKLE_PATH_MAX + 1;
    assert_false(th_merkle_climb(TAG, 0, UINT64_MAX, &path, hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_tree_has_the_root_of_the_whole_list),
        cmocka_unit_test(a_path_leads_from_its_leaf_to_the_root_and_from_no_other),
        cmocka_unit_test(a_path_that_is_too_long_or_outside_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
