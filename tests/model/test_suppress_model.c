// test_suppress_model.c - whoever keeps every edition cannot work out what was hidden
//
// Random provinces publish one edition after the other while people come, go and are corrected.
// After each history an attacker, written apart, tries everything published against every hidden
// figure and every small change. With a rule left out it must succeed, or it would prove nothing.
//
// A province counts when it came to five editions; the others are attacked as well.
//
// TONGHOP_PROVINCES and TONGHOP_EXACT (1: also by search, on smaller provinces) make a longer run
// of it; scripts/deep does.

#include <stdio.h>
#include <stdlib.h>

#include "tonghop/fault.h"

#include "tests/support/attacker.h"
#include "tests/support/publishing.h"
#include "tests/support/test.h"

enum {
    EDITIONS = 6,
    EDITIONS_LEAST = 5,
    STEPS_MAX = 40,
    PROVINCES = 4,
    PLANTED_MOST = 30, // provinces until a planted bug is found
    TRIES = 20,        // provinces for one that counts
};

// Longer runs have larger provinces.
static int nodes_most(void)
{
    return getenv("TONGHOP_PROVINCES") == NULL ? 12 : 20;
}

struct tally {
    uint64_t provinces, others, editions, figures, shown, hidden, found, open;
};

static struct publishing_size random_province(struct rng *rng, bool exact)
{
    return (struct publishing_size){
        .nodes = (uint32_t)rng_between(rng, 3, exact ? 9 : nodes_most()),
        .categories = rng_chance(rng, 50) ? 0 : rng_below(rng, 4),
        .levels = (uint32_t)rng_between(rng, 2, exact ? 4 : 5),
        .scored = rng_chance(rng, 30),
    };
}

static void one_province(struct rng *rng, bool exact, struct tally *tally)
{
    static struct publishing p;
    const struct publishing_size size = random_province(rng, exact);
    publishing_random(&p, rng, &size);
    for (int step = 0; step < STEPS_MAX && p.count < EDITIONS; step++) {
        publishing_step(&p, rng);
        publishing_release(&p);
        tally->shown += p.outcome.kept ? 0 : p.outcome.shown;
        tally->hidden += p.outcome.kept ? 0 : p.outcome.hidden;
    }
    tally->editions += p.count;
    const struct attacker_report report = attack(&p.frame, p.editions, p.count, exact);
    if (p.count >= EDITIONS_LEAST) {
        tally->provinces++;
    } else {
        tally->others++;
    }
    tally->figures += report.figures;
    tally->found += report.found;
    tally->open += report.open;
    if (report.found > 0 && tally->found == report.found) {
        print_message("first find: node %u group %u edition %u before %d: %lld .. %lld%s\n",
                      report.first.node,
                      report.first.group,
                      report.first.at,
                      (int)report.first.before,
                      (long long)report.first.low,
                      (long long)report.first.high,
                      report.first.searched ? " (searched)" : "");
    }
    publishing_end(&p);
}

static struct tally attack_provinces(uint32_t provinces, bool exact)
{
    struct rng rng;
    struct tally tally = {0};
    rng_start(&rng);
    for (uint32_t i = 0; i < provinces * TRIES && tally.provinces < provinces; i++) {
        one_province(&rng, exact, &tally);
    }
    assert_int_equal(tally.provinces, provinces);
    return tally;
}

static void nobody_works_out_what_was_hidden(void **state)
{
    (void)state;
    const bool exact = test_number("TONGHOP_EXACT", 0) != 0;
    const struct tally tally =
        attack_provinces((uint32_t)test_number("TONGHOP_PROVINCES", PROVINCES), exact);
    print_message("%llu provinces of %d editions or more and %llu others, %llu editions, "
                  "%llu figures attacked%s: %llu found out (%llu not decided); "
                  "%llu%% of the cells shown\n",
                  (unsigned long long)tally.provinces,
                  EDITIONS_LEAST,
                  (unsigned long long)tally.others,
                  (unsigned long long)tally.editions,
                  (unsigned long long)tally.figures,
                  exact ? " by search" : "",
                  (unsigned long long)tally.found,
                  (unsigned long long)tally.open,
                  (unsigned long long)(100 * tally.shown / (tally.shown + tally.hidden + 1)));
    assert_int_equal(tally.found, 0);
    assert_true(tally.shown > 0);
}

static void with_a_planted_bug_somebody_does(void **state)
{
    (void)state;
    static const struct {
        int mutant;
        const char *name;
    } PLANTED[] = {
        {111, "no complement"},
        {112, "earlier editions are forgotten"},
        {114, "nobody turns back elsewhere"},
    };
    for (size_t i = 0; i < TH_COUNT(PLANTED); i++) {
        th_mutant_set(PLANTED[i].mutant);
        struct tally tally = {0};
        struct rng rng;
        rng_start(&rng);
        for (int tries = 0; tries < PLANTED_MOST && tally.found == 0; tries++) {
            one_province(&rng, false, &tally);
        }
        th_mutant_set(0);
        print_message("planted: %s: %llu of %llu figures found out\n",
                      PLANTED[i].name,
                      (unsigned long long)tally.found,
                      (unsigned long long)tally.figures);
        assert_true(tally.found > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_works_out_what_was_hidden),
        cmocka_unit_test(with_a_planted_bug_somebody_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
