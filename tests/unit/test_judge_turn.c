// test_judge_turn.c - turns that fail, stores that are full, starts and stops

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "tests/support/province.h"
#include "tests/support/test.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

static int setup(void **state)
{
    struct province *province = province_make();
    province_roster(province, ROSTER, TH_COUNT(ROSTER));
    *state = province;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static void forgets_a_turn_whose_commit_failed(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_batch(p, &one, &update, 1);
    p->fail = TH_E_FULL;
    province_drain(p);

    assert_null(province_heard(p, 1, TH_MSG_ACK));
    assert_int_equal(province_refusal(p, 1).code, 3109);
    assert_int_equal(province_refusal(p, 1).class, TH_REFUSE_RETRY);
    assert_int_equal(p->notes[JUDGE_NOTE_FULL], 1);
    for (size_t i = 0; i < p->heard_count; i++) {
        assert_false(p->heard[i].published); // what was not committed is not shown
    }

    province_forget(p); // still full
    province_send_batch(p, &one, 1, one.hash, player_body());
    assert_int_equal(province_refusal(p, 1).code, 3109);

    p->now_ms += JUDGE_PROBE_MS;
    province_event(p, TH_EV_TICK); // the probe finds room
    assert_int_equal(p->notes[JUDGE_NOTE_RESUMED], 1);
    province_send_batch(p, &one, 1, one.hash, player_body());
    province_drain(p);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 1);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
    assert_int_equal(judge_version(&p->judge), 1);
    province_verify(p);
}

static void ends_when_the_disk_cannot_be_trusted(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_batch(p, &one, &update, 1);
    p->fail = TH_E_IO;
    province_drain(p);

    assert_int_equal(p->exits, 1);
    assert_null(province_heard(p, 1, TH_MSG_ACK));

    province_restart(p);
    province_send_batch(p, &one, 1, one.hash, player_body());
    province_drain(p);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 1);
    province_verify(p);
}

// Fail at the first change of the store, then at the second, until there is none left to fail at.
static void is_unchanged_by_a_full_store_at_any_write(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        person("C11", "2023", "x", 4)};
    unsigned failures = 0;
    province_batch(p, &one, updates, TH_COUNT(updates));
    province_event(p, TH_EV_DRAINED);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 1);
    for (;;) {
        const struct th_update next[] = {revised(figure("D1", "2023", "W1", 6), failures + 2),
                                         revised(person("C11", "2023", "x", 3), failures + 2)};
        const struct player before = one;
        const uint64_t version = judge_version(&p->judge);
        th_fault_arm("store.put", failures + 1);
        province_forget(p);
        province_batch(p, &one, next, TH_COUNT(next));
        province_event(p, TH_EV_DRAINED);
        th_fault_disarm();
        if (province_heard(p, 1, TH_MSG_ACK) != NULL) {
            break;
        }
        one = before;
        failures++;
        if (p->exits > 0) { // a fault that is not "full": the process starts again
            p->exits = 0;
            province_restart(p);
        } else {
            p->now_ms += JUDGE_PROBE_MS;
            province_event(p, TH_EV_TICK);
        }
        assert_int_equal(judge_version(&p->judge), version);
        province_verify(p);
    }
    print_message("%u writes failed\n", failures);
    assert_true(failures > 10);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 6);
    province_verify(p);
}

static void begins_each_start_with_a_higher_store_epoch(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    province_hello(p, &one);
    province_drain(p);
    const uint64_t first = province_decided(p, 1, TH_MSG_WELCOME).store_epoch;

    province_restart(p);
    province_hello(p, &one);
    province_drain(p);

    assert_int_equal(province_decided(p, 1, TH_MSG_WELCOME).store_epoch, first + 1);
}

static void finishes_the_open_turn_before_it_stops(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_forget(p);
    province_batch(p, &one, &update, 1);
    province_event(p, TH_EV_STOP);

    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 1);
    assert_int_equal(p->exits, 1);
}

static void works_the_same_on_disk(void **state)
{
    (void)state;
    struct province *p = province_make_on_disk();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player one = player_of(1);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        person("C11", "2023", "x", 4)};
    province_batch(p, &one, updates, TH_COUNT(updates));
    province_drain(p);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 1);

    province_restart(p);
    const struct th_update next = revised(figure("D1", "2023", "W1", 8), 2);
    assert_int_equal(province_say(p, &one, &next), 0);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 8);
    province_verify(p);
    province_free(p);
}

// All of them are written in one step: none may stand where another was.
static void says_what_it_holds_when_the_link_comes_up(void **state)
{
    struct province *p = *state;
    struct th_attach attach;
    struct th_keys keys;

    province_forget(p);
    province_event(p, TH_EV_LINK_UP);

    const struct heard *said = province_heard(p, 0, TH_MSG_ATTACH);
    assert_non_null(said);
    EXPECT(TH_OK,
           th_attach_read((struct th_bytes){said->body, said->size}, &p->arena, &attach, NULL));
    assert_int_equal(attach.count, 1);
    said = province_heard(p, 0, TH_MSG_KEYS);
    assert_non_null(said);
    EXPECT(TH_OK, th_keys_read((struct th_bytes){said->body, said->size}, &p->arena, &keys, NULL));
    assert_true(th_bytes_equal(keys.lineage, attach.provinces[0].lineage));
}

// The link came up in the middle of a turn that found no room: the broker has no keys yet, and asks
// for none.
static void says_the_keys_again_when_the_turn_with_them_failed(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_batch(p, &one, &update, 1);
    province_event(p, TH_EV_LINK_UP);
    p->fail = TH_E_FULL;
    province_drain(p);
    assert_null(province_heard(p, 0, TH_MSG_KEYS));

    p->now_ms += JUDGE_PROBE_MS;
    province_event(p, TH_EV_TICK);

    assert_int_equal(p->notes[JUDGE_NOTE_RESUMED], 1);
    assert_non_null(province_heard(p, 0, TH_MSG_KEYS));
}

// What goes to the broker may be lost, by a full queue or because it has not taken us for the owner
// yet: a node that has joined would be a stranger until the worker starts again.
static void says_the_keys_again_with_every_attach(void **state)
{
    struct province *p = *state;
    province_event(p, TH_EV_LINK_UP);
    province_forget(p);

    p->now_ms += JUDGE_ATTACH_MS;
    province_event(p, TH_EV_TICK);

    assert_non_null(province_heard(p, 0, TH_MSG_ATTACH));
    assert_non_null(province_heard(p, 0, TH_MSG_KEYS));
    assert_int_equal(p->exits, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(forgets_a_turn_whose_commit_failed),
        CASE(ends_when_the_disk_cannot_be_trusted),
        CASE(is_unchanged_by_a_full_store_at_any_write),
        CASE(begins_each_start_with_a_higher_store_epoch),
        CASE(finishes_the_open_turn_before_it_stops),
        CASE(says_what_it_holds_when_the_link_comes_up),
        CASE(says_the_keys_again_when_the_turn_with_them_failed),
        CASE(says_the_keys_again_with_every_attach),
        cmocka_unit_test(works_the_same_on_disk),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
