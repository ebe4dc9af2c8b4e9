// test_recount_model.c - after each of many random steps every aggregate equals a naive recount
//
// Random provinces live one after the other (chronicle.h). A difference fails with both values, the
// step, and what repeats that life alone up to there. That differences are found is shown by
// planting bugs (fault.h), each in a process of its own.
//
//   TONGHOP_TEST_SEED=N   the same again
//   TONGHOP_STEPS=N       so many steps (2000)
//   TONGHOP_LIFE=N        only the life that begins with this seed
//   TONGHOP_TELL=1        every statement is told
//   TONGHOP_PLANTED=all   every bug is planted, not only those that are found at once; =none
//
// scripts/deep model runs 100,000 steps and plants all.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/chronicle.h"
#include "tests/support/planted.h"

enum { STEPS = 2000, LIFE_MIN = 200, LIFE_MAX = 900, PLANTED_STEPS = 20000 };

static struct chronicle *chronicle;

// ---- the recount ----

static void every_aggregate_equals_a_recount_after_each_step(void **state)
{
    (void)state;
    const uint64_t steps = test_number("TONGHOP_STEPS", STEPS);
    const char *alone = getenv("TONGHOP_LIFE");
    struct chronicle *c = chronicle;
    struct rng rng;
    c->telling = getenv("TONGHOP_TELL") != NULL;
    if (alone != NULL) {
        chronicle_live(c, strtoull(alone, NULL, 10), steps);
    } else {
        rng_start(&rng);
    }
    while (c->steps < steps) {
        const uint64_t left = steps - c->steps;
        const uint64_t life = (uint64_t)rng_between(&rng, LIFE_MIN, LIFE_MAX);
        chronicle_live(c, rng_next(&rng), life < left ? life : left);
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
        print_error("in step %" PRIu64 " of life %" PRIu64 "; alone: TONGHOP_LIFE=%" PRIu64
                    " TONGHOP_STEPS=%" PRIu64 " TONGHOP_TELL=1\n",
                    chronicle->step,
                    chronicle->life,
                    chronicle->seed,
                    chronicle->step);
        chronicle_forget(chronicle);
    }
    free(chronicle);
    return 0;
}

// ---- planted bugs ----

static const struct {
    int number;
    bool quick; // found within some hundred steps
    const char *what;
} PLANTED[] = {
    {2, true, "a repeated statement counts again"},
    {4, true, "a correction adds to the figure before"},
    {5, true, "a withdrawal reaches its own unit alone"},
    {13, true, "figures count in the tree of today"},
    {16, false, "what a statement replaced is not in the ledger"},
    {41, false, "a collective that moves counts at both units"},
    {43, false, "a transfer leads nobody anywhere"},
    {44, false, "a collective that is corrected counts twice"},
    {45, false, "a report is taken with wrong totals"},
    {46, false, "a closed period takes figures"},
    {47, false, "a figure that changes leaves its report as it was"},
    {49, false, "a period that was opened again stays closed"},
    {50, false, "a report is accepted although it changed since"},
    {71, false, "who rated without a score covers nobody's sum of scores"},
    {72, false, "of a stock every month counts in the year"},
    {73, false, "a part of a unit goes to one of its successors"},
    {74, false, "what comes to belong to a new unit stays with the old one"},
    {75, true, "a reporting unit above a figure is not covered"},
    {76, true, "corrections were known before they were made"},
    {77, false, "over and under make over"},
    {78, false, "an accepted report stays accepted when a figure changes"},
    {79, true, "the coverage of a sum is that of one of its lines"},
    {80, false, "another register puts figures above each other"},
    {81, true, "in another structure a figure covers nobody above it"},
    {82, false, "a report stays as it was when a person leaves the unit"},
};

static void planted_bugs_are_found(void **state)
{
    (void)state;
    const char *wanted = getenv("TONGHOP_PLANTED");
    const bool all = wanted != NULL && strcmp(wanted, "all") == 0;
    const bool none = wanted != NULL && strcmp(wanted, "none") == 0;
    unsigned planted = 0;
    char steps[32];
    (void)snprintf(steps, sizeof(steps), "TONGHOP_STEPS=%d", PLANTED_STEPS);
    for (size_t i = 0; i < TH_COUNT(PLANTED) && !none; i++) {
        if (!all && !PLANTED[i].quick) {
            continue;
        }
        planted++;
        if (!planted_is_found(PLANTED[i].number, steps)) {
            fail_msg("nobody sees bug %d: %s", PLANTED[i].number, PLANTED[i].what);
        }
    }
    print_message("%u planted bugs found\n", planted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_aggregate_equals_a_recount_after_each_step, setup, teardown),
        cmocka_unit_test(planted_bugs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
