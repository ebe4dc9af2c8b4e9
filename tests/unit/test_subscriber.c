// test_subscriber.c - a viewer's totals are whole, or called stale

#include <stdlib.h>
#include <string.h>

#include "tests/support/viewing.h"

static void asks_only_after_a_beat_proved_the_subscription(void **state)
{
    struct viewing *f = *state;
    viewing_begin(f);
    viewing_link_up(f, SUBSCRIBER_QUESTIONS);
    viewing_link_up(f, SUBSCRIBER_FEED);
    viewing_wait(f, 5000);
    viewing_change(f, 0, 1, 7, false);
    assert_false(f->asked);

    viewing_beat(f, false);

    assert_true(f->asked);
}

static void shows_the_snapshot_and_then_changes(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    assert_int_equal(f->rows, 3);
    assert_int_equal(f->version, 10);
    viewing_expect_same(f);

    viewing_change(f, 2, 1, 282, false);

    assert_int_equal(f->changes, 1);
    assert_int_equal(f->version, 11);
    viewing_expect_same(f);
}

static void a_total_that_goes_is_told(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);

    viewing_change(f, 0, 2, 0, false);

    assert_int_equal(f->changes, 1);
    viewing_expect_same(f);
}

static void deltas_that_overtake_the_snapshot_count_once(void **state)
{
    struct viewing *f = *state;
    viewing_ask(f);
    viewing_change(f, 0, 1, 7, false);
    viewing_beat(f, false);
    struct viewing_read *read = viewing_snapshot(f);
    viewing_change(f, 0, 1, 8, false);
    viewing_beat(f, false);
    viewing_change(f, 1, 1, 9, false);

    viewing_deliver(f, read, true);

    assert_true(f->live);
    assert_int_equal(f->changes, 0); // they are in the rows
    assert_int_equal(f->version, f->province.version);
    viewing_expect_same(f);
}

// Under load the province may answer with a beat before the one that made us ask. What that one
// named was committed before we asked, so the answer holds it.
static void an_answer_may_name_an_earlier_beat_than_the_one_that_proved(void **state)
{
    struct viewing *f = *state;
    viewing_ask(f);
    struct viewing_read *read = viewing_snapshot(f);
    read->answer.beat--;
    viewing_deliver(f, read, false);

    viewing_beat(f, false);

    assert_true(f->live);
    viewing_expect_same(f);
}

static void a_hole_in_a_topic_is_stale_until_the_next_snapshot(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    viewing_change(f, 0, 1, 7, true);

    viewing_change(f, 0, 2, 8, false);

    assert_false(f->live);
    assert_int_equal(f->loss, SUBSCRIBER_LOST_GAP);
    assert_int_equal(f->changes, 0); // W4
    viewing_repair(f);
}

static void a_last_delta_that_is_lost_shows_in_the_beat(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    viewing_change(f, 1, 1, 7, true);
    assert_true(f->live);

    viewing_beat(f, false);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_GAP);
    viewing_repair(f);
}

static void a_delta_lost_together_with_its_beat_shows_in_the_next_beat(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    viewing_change(f, 1, 1, 7, true);
    viewing_beat(f, true);

    viewing_beat(f, false);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_GAP);
    viewing_repair(f);
}

static void silence_is_stale(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);

    viewing_wait(f, f->limits.silence_ms - 1);
    assert_true(f->live);
    viewing_wait(f, 1);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_SILENCE);
    viewing_repair(f);
}

static void silence_on_a_line_that_is_down_is_a_lost_link(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    viewing_happen(f, (struct th_event){.kind = TH_EV_LINK_DOWN, .port = SUBSCRIBER_QUESTIONS});
    assert_true(f->live); // the feed goes on

    viewing_wait(f, f->limits.silence_ms);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_LINK);
    viewing_link_up(f, SUBSCRIBER_QUESTIONS);
    viewing_repair(f);
}

static void messages_that_waited_while_we_slept_are_no_sign_of_life(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    f->now += 60000; // stopped, then gone on: no tick in between

    viewing_change(f, 0, 1, 7, false);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_SILENCE);
    assert_int_equal(f->changes, 0);
    viewing_repair(f);
}

static void another_store_is_never_mixed_with_the_old(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    f->province.store_id = 78;
    f->province.epoch = 1;
    f->province.beat = 0;
    f->province.version = 2;
    memset(f->province.value, 0, sizeof(f->province.value));
    f->province.value[1][0] = 5;

    viewing_beat(f, false);

    assert_false(f->live);
    assert_int_equal(f->loss, SUBSCRIBER_LOST_STORE);
    viewing_repair(f);
    assert_int_equal(f->version, 2);
}

static void a_lower_store_epoch_is_stale(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    f->province.epoch--;

    viewing_beat(f, false);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_STORE);
}

static void a_store_that_was_opened_again_may_have_kept_something_back(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    viewing_change(f, 0, 1, 7, true); // committed, never published
    memset(f->province.dirty, 0, sizeof(f->province.dirty));
    f->province.epoch++;
    f->province.beat = 0;

    viewing_beat(f, false);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_GAP);
    viewing_repair(f);
}

// Both bear the number that comes next.
static void a_delta_of_an_earlier_opening_says_nothing(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    const struct viewing_truth truth = f->province;
    f->province.epoch--;
    viewing_change(f, 0, 1, 7, false);
    f->province = truth;

    assert_true(f->live);
    assert_int_equal(f->changes, 0);
    viewing_change(f, 0, 1, 8, false);
    assert_int_equal(f->changes, 1);
    viewing_expect_same(f);
}

static void a_delta_of_a_later_opening_is_stale(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    f->province.epoch++;
    f->province.beat = 0;

    viewing_change(f, 0, 1, 7, false);

    assert_int_equal(f->loss, SUBSCRIBER_LOST_GAP);
    assert_int_equal(f->changes, 0);
    viewing_repair(f);
}

static void an_answer_of_a_store_that_is_gone_is_not_shown(void **state)
{
    struct viewing *f = *state;
    viewing_ask(f);
    struct viewing_read *read = viewing_snapshot(f);
    read->answer.store_id = 78;

    viewing_deliver(f, read, false);

    assert_false(f->live);
    viewing_repair(f);
}

static void an_older_answer_is_not_shown(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);
    viewing_change(f, 0, 1, 7, false);
    f->province.beat++; // lost
    viewing_beat(f, false);
    assert_false(f->live);
    viewing_wait(f, 500);
    assert_true(f->asked);
    struct viewing_read *read = viewing_snapshot(f);
    read->answer.version = 10;

    viewing_deliver(f, read, false);

    assert_false(f->live);
    viewing_repair(f);
}

static void a_key_refused_later_is_a_lost_link(void **state)
{
    struct viewing *f = *state;
    viewing_go_live(f);

    viewing_happen(
        f, (struct th_event){.kind = TH_EV_KEY_REFUSED, .port = SUBSCRIBER_FEED, .code = 400});

    assert_int_equal(f->loss, SUBSCRIBER_LOST_LINK);
    viewing_wait(f, f->limits.rebuild_ms);
    assert_int_equal(f->rebuilds[SUBSCRIBER_FEED], 1);
    viewing_link_up(f, SUBSCRIBER_FEED);
    viewing_repair(f);
}

static void nothing_heard_ends_in_new_sockets(void **state)
{
    struct viewing *f = *state;
    viewing_begin(f);

    viewing_wait(f, f->limits.rebuild_ms * 3);

    assert_true(f->rebuilds[SUBSCRIBER_FEED] >= 2);
    assert_true(f->rebuilds[SUBSCRIBER_QUESTIONS] >= 2);
}

static void a_question_without_answer_is_asked_again(void **state)
{
    struct viewing *f = *state;
    viewing_ask(f);
    const uint64_t first = f->question.correlation;
    f->asked = false;

    for (int i = 0; i < 60 && f->rebuilds[SUBSCRIBER_QUESTIONS] == 0; i++) {
        viewing_wait(f, 1000);
        viewing_beat(f, false);
    }

    assert_true(f->question.correlation > first + 1);
    assert_int_equal(f->rebuilds[SUBSCRIBER_QUESTIONS], 1);
    viewing_link_up(f, SUBSCRIBER_QUESTIONS);
    f->asked = false;
    viewing_repair(f);
}

static void parts_are_paid_for_and_taken_in_their_order(void **state)
{
    struct viewing *f = *state;
    for (uint32_t i = 0; i < VIEWING_CELLS; i++) {
        f->province.value[i / VIEWING_UNITS][i % VIEWING_UNITS] = i + 1;
    }
    viewing_ask(f);
    struct viewing_read *read = viewing_snapshot(f);
    struct th_answer late = read->answer;
    late.part = 3;
    late.last = true;
    viewing_say(f, &late); // the parts before it are missing
    assert_false(f->live);

    viewing_deliver(f, read, true);

    assert_int_equal(f->credits, 1);
    assert_true(f->live);
    viewing_expect_same(f);
}

static void what_does_not_fit_is_told_and_not_cut(void **state)
{
    struct viewing *f = *state;
    f->limits.holding.cells_max = 3;
    viewing_go_live(f);

    viewing_change(f, 1, 3, 44, false);

    assert_false(f->live);
    assert_int_equal(f->loss, SUBSCRIBER_LOST_FULL);
    for (int i = 0; i < 30 && !f->asked; i++) {
        viewing_wait(f, 1000);
        viewing_beat(f, false);
    }
    viewing_deliver(f, viewing_snapshot(f), false);
    assert_false(f->live);
    viewing_change(f, 0, 2, 0, true); // one goes, and then there is room
    f->asked = false;
    viewing_repair(f);
}

static void more_than_can_be_kept_while_loading_is_asked_for_again(void **state)
{
    struct viewing *f = *state;
    f->limits.kept_bytes = 200;
    viewing_ask(f);
    struct viewing_read *read = viewing_snapshot(f);
    for (int i = 1; i <= 20; i++) {
        viewing_change(f, 0, 1, i, false);
    }

    viewing_deliver(f, read, false);

    assert_false(f->live);
    viewing_repair(f);
}

static void a_busy_province_is_asked_again_and_an_unknown_word_is_not(void **state)
{
    struct viewing *f = *state;
    viewing_ask(f);
    f->asked = false;
    viewing_say(f, &(struct th_answer){.code = 3108, .last = true});
    viewing_wait(f, 1000);
    assert_true(f->asked);
    assert_int_equal(f->refusals, 0);

    viewing_say(f,
                &(struct th_answer){.code = 5002, .detail = TH_BYTES("measure XX"), .last = true});

    assert_int_equal(f->refusal, 5002);
    assert_int_equal(f->wake, UINT64_MAX);
}

static void only_what_was_asked_for_is_listened_to(void **state)
{
    struct viewing *f = *state;
    const struct th_bytes measures[] = {TH_BYTES("CP*"), TH_BYTES("RS02")};
    f->setup.measures = measures;
    f->setup.measure_count = TH_COUNT(measures);
    viewing_go_live(f);

    viewing_change(f, 0, 1, 7, true);
    viewing_change(f, 0, 1, 8, false);
    viewing_beat(f, false);

    assert_true(f->live);
    assert_int_equal(f->changes, 0);
    viewing_change(f, 1, 1, 8, false);
    assert_int_equal(f->changes, 1);
}

static void prefixes_are_as_narrow_as_the_question(void **state)
{
    struct viewing *f = *state;
    char prefixes[SUBSCRIBER_PREFIXES_MAX][TH_TOPIC_MAX + 1];
    struct th_bytes measures[] = {TH_BYTES("CP05"), TH_BYTES("RS02")};
    f->setup.lineage = TH_BYTES("hg93");
    assert_int_equal(subscriber_prefixes(&f->setup, prefixes), 2);
    assert_string_equal(prefixes[0], "b/hg93/");
    assert_string_equal(prefixes[1], "t/hg93/");

    f->setup.measures = measures;
    f->setup.measure_count = TH_COUNT(measures);
    assert_int_equal(subscriber_prefixes(&f->setup, prefixes), 3);
    assert_string_equal(prefixes[1], "t/hg93/CP05/");
    assert_string_equal(prefixes[2], "t/hg93/RS02/");

    measures[1] = TH_BYTES("RS*");
    assert_int_equal(subscriber_prefixes(&f->setup, prefixes), 2);
    assert_string_equal(prefixes[1], "t/hg93/");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, viewing_setup, viewing_teardown)
    const struct CMUnitTest tests[] = {
        TEST(asks_only_after_a_beat_proved_the_subscription),
        TEST(shows_the_snapshot_and_then_changes),
        TEST(a_total_that_goes_is_told),
        TEST(deltas_that_overtake_the_snapshot_count_once),
        TEST(an_answer_may_name_an_earlier_beat_than_the_one_that_proved),
        TEST(a_hole_in_a_topic_is_stale_until_the_next_snapshot),
        TEST(a_last_delta_that_is_lost_shows_in_the_beat),
        TEST(a_delta_lost_together_with_its_beat_shows_in_the_next_beat),
        TEST(silence_is_stale),
        TEST(silence_on_a_line_that_is_down_is_a_lost_link),
        TEST(messages_that_waited_while_we_slept_are_no_sign_of_life),
        TEST(another_store_is_never_mixed_with_the_old),
        TEST(a_lower_store_epoch_is_stale),
        TEST(a_delta_of_an_earlier_opening_says_nothing),
        TEST(a_delta_of_a_later_opening_is_stale),
        TEST(a_store_that_was_opened_again_may_have_kept_something_back),
        TEST(an_answer_of_a_store_that_is_gone_is_not_shown),
        TEST(an_older_answer_is_not_shown),
        TEST(a_key_refused_later_is_a_lost_link),
        TEST(nothing_heard_ends_in_new_sockets),
        TEST(a_question_without_answer_is_asked_again),
        TEST(parts_are_paid_for_and_taken_in_their_order),
        TEST(what_does_not_fit_is_told_and_not_cut),
        TEST(more_than_can_be_kept_while_loading_is_asked_for_again),
        TEST(a_busy_province_is_asked_again_and_an_unknown_word_is_not),
        TEST(only_what_was_asked_for_is_listened_to),
        TEST(prefixes_are_as_narrow_as_the_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
