// test_judge_bounds.c - what one district may cost the others: the looks for V26 are counted

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

enum { BATCH = 256, TOMBSTONES = 4 * BATCH, LINES = 17 * BATCH };

static const char *const ROSTER[] = {"D1", "P"};
static const struct th_store_ops *plain;
static unsigned steps; // of scans over records

static enum th_err counted_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    steps += table == TABLE_EVALUATION || table == TABLE_STAFFING ? 1 : 0;
    return plain->next(self, table, after, key, value);
}

static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static void say_all(struct province *p, struct player *player, const struct th_update *updates)
{
    province_batch(p, player, updates, BATCH);
    province_drain(p);
    assert_int_equal(province_decided(p, player->number, TH_MSG_ACK).seq, player->seq);
    assert_int_equal(province_decided(p, player->number, TH_MSG_ACK).verdict_count, 0);
}

static struct th_update counts(const char *dims, uint64_t revision)
{
    struct th_update update = figure("C11", "2023", "EV07", 1);
    update.staffing.dims = th_bytes_of(dims);
    update.revision = revision;
    return update;
}

static void withdrawn_evaluations_cost_nothing(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct th_update updates[BATCH];
    char names[BATCH][24];
    for (unsigned i = 0; i < TOMBSTONES; i += BATCH) {
        for (unsigned k = 0; k < BATCH; k++) {
            (void)snprintf(names[k], sizeof(names[k]), "p%u", i + k);
            updates[k] = person("C11", "2023", names[k], 4);
        }
        say_all(p, &one, updates);
        for (unsigned k = 0; k < BATCH; k++) {
            updates[k] = withdraw(updates[k], 2);
        }
        say_all(p, &one, updates);
    }
    struct th_store_ops counting = *p->judge.setup.store.ops;
    plain = p->judge.setup.store.ops;
    counting.next = counted_next;
    p->judge.setup.store.ops = &counting;
    steps = 0;

    for (unsigned k = 0; k < BATCH; k++) {
        updates[k] = counts("rating=4", k + 1);
        updates[k].op = k % 2 == 0 ? TH_OP_SET : TH_OP_WITHDRAW;
    }
    say_all(p, &one, updates);

    assert_true(steps < 8 * BATCH);
    p->judge.setup.store.ops = plain;
    province_verify(p);
}

static void more_lines_than_are_looked_at_are_an_overlap(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct th_update updates[BATCH];
    char dims[BATCH][64];
    for (unsigned i = 0; i < LINES; i += BATCH) {
        for (unsigned k = 0; k < BATCH; k++) {
            (void)snprintf(
                dims[k], sizeof(dims[k]), "category=staff;managed_by=m%u;rating=4", i + k);
            updates[k] = counts(dims[k], 1);
        }
        say_all(p, &one, updates);
    }
    const struct th_update beside = person("C12", "2023", "x", 4);
    assert_int_equal(province_say(p, &one, &beside), 0);

    const struct th_update behind = person("C11", "2023", "y", 4); // cadre: another category

    assert_int_equal(province_say(p, &one, &behind), 2226);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(withdrawn_evaluations_cost_nothing),
        CASE(more_lines_than_are_looked_at_are_an_overlap),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
