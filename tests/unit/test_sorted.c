// test_sorted.c - blocks split, empty and vanish without losing an entry or the order

#include <stdlib.h>

#include "tonghop/sorted.h"

#include "tests/support/test.h"

enum { KEYS = 3000 };

static struct th_bytes key_of(uint32_t number, uint8_t room[static 4])
{
    th_put_u32(room, number);
    return (struct th_bytes){.data = room, .size = 4};
}

static void add(struct th_sorted *sorted, uint32_t number)
{
    uint8_t room[4];
    bool found = true;
    const struct th_place place = th_sorted_find(sorted, key_of(number, room), &found);
    assert_false(found);
    struct th_entry *entry = th_entry_make(key_of(number, room), TH_BYTES("v"));
    assert_non_null(entry);
    assert_true(th_sorted_insert(sorted, place, entry));
}

static void drop(struct th_sorted *sorted, uint32_t number)
{
    uint8_t room[4];
    bool found = false;
    const struct th_place place = th_sorted_find(sorted, key_of(number, room), &found);
    assert_true(found);
    free(th_sorted_at(sorted, place)->entry);
    th_sorted_remove(sorted, place);
}

// T1, forwards and backwards.
static void expect_order(const struct th_sorted *sorted)
{
    uint64_t count = 0;
    struct th_bytes last = {0};
    for (struct th_place at = {0}; !th_sorted_ended(sorted, at); at = th_sorted_after(sorted, at)) {
        const struct th_bytes key = th_entry_key(th_sorted_at(sorted, at)->entry);
        assert_true(th_bytes_compare(last, key) < 0);
        assert_true(sorted->blocks[at.block]->count > 0);
        last = key;
        count++;
    }
    assert_true(count == sorted->entries);
    struct th_place back = th_sorted_end(sorted);
    while (th_sorted_before(sorted, &back)) {
        count--;
    }
    assert_true(count == 0);
}

static void any_order_of_insertion_gives_one_order(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        struct th_sorted sorted = {0};
        for (uint32_t i = 0; i < KEYS; i++) {
            const uint32_t number = order == 0 ? i : order == 1 ? KEYS - i : i * 7919U % KEYS;
            add(&sorted, number);
        }
        expect_order(&sorted);
        assert_int_equal(sorted.entries, KEYS);
        th_sorted_free(&sorted);
    }
}

static void sorted_input_fills_whole_blocks(void **state)
{
    (void)state;
    struct th_sorted sorted = {0};

    for (uint32_t i = 0; i < 4 * TH_SORTED_BLOCK; i++) {
        add(&sorted, i);
    }

    assert_int_equal(sorted.block_count, 4);
    th_sorted_free(&sorted);
}

static void removing_all_leaves_no_block(void **state)
{
    (void)state;
    struct th_sorted sorted = {0};
    for (uint32_t i = 0; i < KEYS; i++) {
        add(&sorted, i);
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        drop(&sorted, i * 7919U % KEYS);
        if (i % 500 == 0) {
            expect_order(&sorted);
        }
    }
    assert_int_equal(sorted.block_count, 0);
    assert_int_equal(sorted.entries, 0);
    th_sorted_free(&sorted);
}

static void keys_that_share_their_first_bytes_stay_apart(void **state)
{
    (void)state;
    static const struct th_bytes KEYS_IN_ORDER[] = {
        {.data = "a", .size = 1},
        {.data = "a\0", .size = 2},
        {.data = "aaaaaaaa", .size = 8},
        {.data = "aaaaaaaa\0", .size = 9},
        {.data = "aaaaaaaab", .size = 9},
    };
    struct th_sorted sorted = {0};
    for (size_t i = TH_COUNT(KEYS_IN_ORDER); i > 0; i--) {
        bool found = true;
        const struct th_place place = th_sorted_find(&sorted, KEYS_IN_ORDER[i - 1], &found);
        assert_false(found);
        struct th_entry *entry = th_entry_make(KEYS_IN_ORDER[i - 1], (struct th_bytes){0});
        assert_true(th_sorted_insert(&sorted, place, entry));
    }
    expect_order(&sorted);
    assert_int_equal(sorted.entries, TH_COUNT(KEYS_IN_ORDER));
    th_sorted_free(&sorted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_insertion_gives_one_order),
        cmocka_unit_test(sorted_input_fills_whole_blocks),
        cmocka_unit_test(removing_all_leaves_no_block),
        cmocka_unit_test(keys_that_share_their_first_bytes_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
