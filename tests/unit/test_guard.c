// test_guard.c - the memory guard: when it says busy, when it says over, and what it reads

#include <stdlib.h>
#include <unistd.h>

#include "broker/guard.h"
#include "tests/support/test.h"

enum { MIB = 1024 * 1024, KIB = 1024 };

static void busy_above_the_bound_and_over_above_the_slack(void **state)
{
    (void)state;
    const struct guard guard = {
        .base_bytes = 10 * MIB, .memory_max = 100 * MIB, .connections = 1000};
    const uint64_t bound = 110 * MIB + 1000 * 40 * KIB;

    assert_int_equal(guard_judge(&guard, 0), GUARD_GOOD);
    assert_int_equal(guard_judge(&guard, bound), GUARD_GOOD);
    assert_int_equal(guard_judge(&guard, bound + 1), GUARD_BUSY);
    assert_int_equal(guard_judge(&guard, bound + 64 * MIB), GUARD_BUSY);
    assert_int_equal(guard_judge(&guard, bound + 64 * MIB + 1), GUARD_OVER);
}

static void memory_that_is_used_is_seen(void **state)
{
    (void)state;
    enum { USED = 96 * MIB };
    struct guard guard;
    guard_start(&guard, MIB);
    assert_true(guard.base_bytes > 0);
    assert_int_equal(guard_look(&guard), GUARD_GOOD);

    volatile char *used = malloc(USED);
    for (size_t i = 0; i < USED; i += KIB) {
        used[i] = 1;
    }
    assert_int_equal(guard_look(&guard), GUARD_OVER);
    assert_true(guard.connections > 0); // it was counted what explains it
    free((void *)used);
}

static void descriptors_are_counted(void **state)
{
    (void)state;
    const uint64_t before = guard_descriptors();
    int ends[2];

    assert_int_equal(pipe(ends), 0);

    assert_int_equal(guard_descriptors(), before + 2);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_above_the_bound_and_over_above_the_slack),
        cmocka_unit_test(memory_that_is_used_is_seen),
        cmocka_unit_test(descriptors_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
