// test_subscriber_model.c - after any history of losses, what is proved is the truth
//
// Deltas, beats and answers are lost, late and overtake each other; the store is opened again, or
// is another one. Whenever the newest beat was heard and agreed with, what is shown must be the
// province's totals; and in the end it is live.

#include <stdlib.h>
#include <string.h>

#include "tests/support/viewing.h"

// Live, the newest beat heard and agreed with, nothing changed since: what is shown is the truth.
static void expect_true_when_proved(struct viewing *f)
{
    for (size_t i = 0; i < VIEWING_TOPICS; i++) {
        if (f->province.dirty[i]) {
            return;
        }
    }
    if (f->live && f->subscriber.shown.beat == f->province.beat &&
        f->subscriber.shown.store.id == f->province.store_id &&
        f->subscriber.shown.store.epoch == f->province.epoch) {
        viewing_expect_same(f);
    }
}

static void renew_store(struct viewing *f, struct rng *rng)
{
    f->province.epoch++;
    f->province.beat = 0;
    memset(f->province.dirty, 0, sizeof(f->province.dirty));
    if (rng_chance(rng, 30)) {
        f->province.store_id++;
        f->province.version = 1;
        memset(f->province.seq, 0, sizeof(f->province.seq));
        memset(f->province.value, 0, sizeof(f->province.value));
    }
}

// A new socket is accepted at once.
static void link_again(struct viewing *f)
{
    for (unsigned port = 0; port < SUBSCRIBER_PORTS; port++) {
        if (f->rebuilds[port] > 0) {
            f->rebuilds[port] = 0;
            viewing_link_up(f, port);
        }
    }
}

static void one_event(struct viewing *f, struct rng *rng, struct viewing_read **under_way)
{
    const uint32_t dice = rng_below(rng, 100);
    if (dice < 55) {
        viewing_change(f,
                       rng_below(rng, VIEWING_TOPICS),
                       1 + rng_below(rng, VIEWING_UNITS),
                       rng_below(rng, 4),
                       rng_chance(rng, 3));
    } else if (dice < 80) {
        viewing_wait(f, rng_below(rng, 900));
        viewing_beat(f, rng_chance(rng, 4));
    } else if (dice < 97) {
        if (*under_way != NULL) {
            viewing_deliver(f, *under_way, rng_chance(rng, 50));
            *under_way = NULL;
        } else if (f->asked) {
            *under_way = viewing_snapshot(f);
        }
    } else if (dice < 99) {
        renew_store(f, rng);
    } else {
        viewing_wait(f, rng_below(rng, 5000));
    }
}

static void is_true_when_proved_and_ends_live_after_any_history(void **state)
{
    struct viewing *f = *state;
    struct rng rng;
    rng_start(&rng);
    viewing_begin(f);
    viewing_link_up(f, SUBSCRIBER_QUESTIONS);
    viewing_link_up(f, SUBSCRIBER_FEED);
    struct viewing_read *under_way = NULL;

    for (int i = 0; i < 20000; i++) {
        one_event(f, &rng, &under_way);
        link_again(f);
        expect_true_when_proved(f);
    }

    free(under_way);
    viewing_beat(f, false);
    for (int i = 0; i < 60 && !(f->live && f->subscriber.shown.beat == f->province.beat); i++) {
        viewing_wait(f, 900);
        link_again(f);
        viewing_beat(f, false);
        if (f->asked) {
            viewing_deliver(f, viewing_snapshot(f), false);
        }
    }
    assert_true(f->live);
    viewing_expect_same(f);
    assert_true(f->lives > 10 && f->stales > 10 && f->changes > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            is_true_when_proved_and_ends_live_after_any_history, viewing_setup, viewing_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
