// test_recount_model.c - after each of many random steps every aggregate equals a naive recount
//
// Random provinces live one after the other (chronicle.h). A difference fails with both values, the
// seed, the life and the step; the same seed with TONGHOP_TELL=1 tells every statement before it.
//
//   TONGHOP_TEST_SEED=N   the same again
//   TONGHOP_STEPS=N       so many steps (2000); scripts/deep runs 100,000

#include <inttypes.h>
#include <stdlib.h>

#include "tests/support/chronicle.h"

enum { STEPS = 2000, LIFE_MIN = 200, LIFE_MAX = 900 };

static struct chronicle *chronicle;

static uint64_t steps_wanted(void)
{
    const char *wanted = getenv("TONGHOP_STEPS");
    return wanted == NULL ? STEPS : strtoull(wanted, NULL, 10);
}

static void every_aggregate_equals_a_recount_after_each_step(void **state)
{
    (void)state;
    const uint64_t steps = steps_wanted();
    struct chronicle *c = chronicle;
    c->telling = getenv("TONGHOP_TELL") != NULL;
    rng_start(&c->rng);
    while (c->steps < steps) {
        const uint64_t left = steps - c->steps;
        const uint64_t life = (uint64_t)rng_between(&c->rng, LIFE_MIN, LIFE_MAX);
        chronicle_live(c, life < left ? life : left);
    }
    chronicle_figures(c);
}

static int setup(void **state)
{
    (void)state;
    chronicle = calloc(1, sizeof(*chronicle));
    return chronicle == NULL ? 1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    if (chronicle->realm.naive.province != NULL) {
        print_error("in step %" PRIu64 " of life %" PRIu64 "\n", chronicle->step, chronicle->life);
        chronicle_forget(chronicle);
    }
    free(chronicle);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_aggregate_equals_a_recount_after_each_step, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
