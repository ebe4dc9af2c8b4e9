// test_arena.c - bounded memory, cut from front to back

#include <string.h>

#include "tonghop/arena.h"

#include "tests/support/test.h"

static void pieces_are_aligned_and_apart(void **state)
{
    (void)state;
    uint8_t block[256];
    struct th_arena arena = th_arena_of(block + 1, sizeof(block) - 1);

    uint8_t *a = th_arena_take(&arena, 5);
    uint8_t *b = th_arena_take(&arena, 5);

    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_int_equal((uintptr_t)b % 16, 0);
    assert_true(b >= a + 5);
}

static void what_does_not_fit_is_null_and_changes_nothing(void **state)
{
    (void)state;
    _Alignas(16) uint8_t block[64];
    struct th_arena arena = th_arena_of(block, sizeof(block));

    assert_non_null(th_arena_take(&arena, 40));
    assert_null(th_arena_take(&arena, 17)); // 48..64 is left
    assert_null(th_arena_take(&arena, SIZE_MAX));
    assert_non_null(th_arena_take(&arena, 16));
    assert_null(th_arena_take(&arena, 1));
    assert_int_equal(arena.used, 64);

    th_arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_int_equal(arena.peak, 64);
    assert_non_null(th_arena_take(&arena, 64));
}

static void copies_are_the_bytes_or_full(void **state)
{
    (void)state;
    _Alignas(16) uint8_t block[16];
    struct th_arena arena = th_arena_of(block, sizeof(block));
    bool full = false;

    const struct th_bytes copy = th_arena_copy(&arena, TH_BYTES("march"), &full);
    assert_true(th_bytes_equal(copy, TH_BYTES("march")));
    assert_false(full);
    assert_null(th_arena_copy(&arena, TH_BYTES("april"), &full).data);
    assert_true(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(what_does_not_fit_is_null_and_changes_nothing),
        cmocka_unit_test(copies_are_the_bytes_or_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
