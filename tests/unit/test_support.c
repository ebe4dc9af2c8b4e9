// test_support.c - the helpers of the tests keep their own promises

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/test.h"

static void removes_a_scratch_directory_with_all_that_is_in_it(void **state)
{
    (void)state;
    char *dir = scratch_dir();
    char *copy = strdup(dir);
    char *file = scratch_write(dir, "figures.csv", TH_BYTES("a,b\n"));

    size_t size = 0;
    char *text = file_read(file, &size);
    scratch_remove(dir);

    assert_string_equal(text, "a,b\n");
    assert_int_equal(size, 4);
    struct stat about;
    assert_int_not_equal(stat(copy, &about), 0);
    free(text);
    free(file);
    free(copy);
}

static void repeats_a_history_from_its_seed(void **state)
{
    (void)state;
    struct rng one;
    struct rng two;
    rng_seed(&one, 42);
    rng_seed(&two, 42);

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rng_next(&one), rng_next(&two));
    }
}

static void draws_within_bounds_and_reaches_both_ends(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    bool reached[7] = {false};

    for (int i = 0; i < 10000; i++) {
        reached[rng_between(&rng, -3, 3) + 3] = true;
        assert_true(rng_below(&rng, 5) < 5);
    }

    for (size_t i = 0; i < TH_COUNT(reached); i++) {
        assert_true(reached[i]);
    }
    (void)rng_between(&rng, INT64_MIN, INT64_MAX);
}

static void stops_waiting_at_the_deadline(void **state)
{
    (void)state;
    const uint64_t begun_ms = wait_now_ms();
    const struct wait wait = wait_begin(20);

    while (wait_again(&wait)) {
    }

    assert_true(wait_now_ms() - begun_ms >= 20);
    WAIT_UNTIL(wait_now_ms() > begun_ms, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removes_a_scratch_directory_with_all_that_is_in_it),
        cmocka_unit_test(repeats_a_history_from_its_seed),
        cmocka_unit_test(draws_within_bounds_and_reaches_both_ends),
        cmocka_unit_test(stops_waiting_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
