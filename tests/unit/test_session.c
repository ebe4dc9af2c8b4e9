// test_session.c - the node's half of the protocol, event by event

#include <string.h>

#include "nodes/table.h"
#include "nodes/verdicts.h"
#include "tests/support/stage.h"

static void greets_at_once_and_sends_within_the_window(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 20);

    stage_open_session(f);

    assert_int_equal(f->sent[0].header.type, TH_MSG_HELLO);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 8);
    assert_int_equal(f->sent[1].header.seq, 1);
    assert_true(f->sent[1].header.has_hash);
    assert_true(stage_load(f).chained >= 8); // N1

    stage_forget_sent(f);
    stage_say(f, TH_MSG_ACK, 3);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 3);
    assert_int_equal(f->sent[0].header.seq, 9);
}

static void an_answer_reaches_the_disk_when_nothing_is_left_to_wait_for(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    stage_open_session(f);

    stage_say(f, TH_MSG_ACK, 2);
    assert_int_equal(stage_load(f).decided, 0); // in memory: losing it would lose nothing
    stage_say(f, TH_MSG_ACK, 3);

    assert_int_equal(stage_load(f).decided, 3);
    assert_int_equal(stage_load(f).version, 3);
}

static void an_answer_reaches_the_disk_soon_even_under_load(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 1);

    while (stage_load(f).decided == 0) {
        stage_wake(f);
    }

    assert_true(f->now <= 1000 + 2 + SESSION_LIMITS.flush_ms);
}

static void a_province_that_knows_more_is_a_fork(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);

    stage_say(f, TH_MSG_WELCOME, 5);

    assert_int_equal(f->session.state, SESSION_RESTORING); // test_heal.c
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 0);
}

static void another_hash_under_our_number_is_a_fork(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);
    struct th_decided d = stage_decided(f, 1);
    d.hash[5] ^= 1;

    stage_say_decided(f, TH_MSG_ACK, &d);
    assert_int_equal(f->session.state, SESSION_HELLO); // it may be an old frame
    stage_wake(f);
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(f->session.state, SESSION_RESTORING);
    assert_int_equal(stage_load(f).last, 2); // the outbox is kept
}

static void a_restored_province_is_given_history_again(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 3);
    stage_forget_sent(f);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);

    struct th_decided d = stage_decided(f, 1);
    d.store_id = STAGE_STORE_ID + 1;
    d.store_epoch = 1;
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 2);
    assert_int_equal(f->sent[f->sent_count - 1].header.seq, 3);
}

static void answers_of_another_store_or_an_older_owner_are_ignored(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);

    struct th_decided d = stage_decided(f, 2);
    d.store_id = STAGE_STORE_ID + 1;
    stage_say_decided(f, TH_MSG_ACK, &d);
    d = stage_decided(f, 2);
    d.store_epoch = 1;
    stage_say_decided(f, TH_MSG_ACK, &d);

    assert_int_equal(f->session.decided, 0);
}

static void silence_is_answered_with_pings_and_then_a_new_socket(void **state)
{
    struct stage *f = *state;
    stage_open_session(f);
    stage_forget_sent(f);

    while (f->rebuilds == 0 && f->now < 200 * 1000) {
        stage_wake(f);
    }

    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 3);
    assert_int_equal(f->rebuilds, 1);
    assert_int_equal(f->session.state, SESSION_DOWN);
    assert_true(f->now >= 1000 + 20 * 1000 + 3 * 15 * 1000);
}

static void a_lost_batch_is_sent_again_after_a_pong(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);
    stage_forget_sent(f);
    while (stage_count_sent(f, TH_MSG_PING) == 0) {
        stage_wake(f);
    }
    assert_true(f->now < 1000 + 10 * 1000);

    stage_say(f, TH_MSG_PONG, 0);

    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 2);
}

static void a_busy_province_is_left_alone_for_a_while(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 1);
    stage_open_session(f);
    stage_forget_sent(f);

    stage_refuse(f, 3004, TH_REFUSE_RETRY, 4000);
    stage_happen(f, TH_EV_QUEUED);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 0);
    while (stage_count_sent(f, TH_MSG_BATCH) == 0 && f->now < 20 * 1000) {
        stage_wake(f);
    }

    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 1);
    assert_true(f->now >= 1000 + 2000);
}

static void verdicts_are_kept_and_missing_parts_asked_for(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 4);
    stage_open_session(f);
    stage_forget_sent(f);
    struct th_item_verdict verdict = {.seq = 1, .index = 0};
    th_verdict_make(&verdict.verdict, 2206, 0, "value", "ST01", "-1", "0", "9", NULL);

    struct th_decided d = stage_decided(f, 4);
    d.verdicts_through = 2;
    d.verdicts = &verdict;
    d.verdict_count = 1;
    stage_say_decided(f, TH_MSG_ACK, &d);

    assert_int_equal(stage_load(f).refused, 1);
    assert_int_equal(stage_load(f).verdict_seq, 2);
    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 1);

    d = stage_decided(f, 4);
    d.verdicts_after = 3; // a part before it is missing: not to be believed complete
    stage_say_decided(f, TH_MSG_PONG, &d);
    assert_int_equal(stage_load(f).verdict_seq, 2);
}

// Its drive lied, and its worker was started again while our connection to the broker stayed up.
static void a_province_that_forgot_commits_is_given_them_again(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 2);
    assert_int_equal(f->session.decided, 2);
    struct th_decided d = stage_decided(f, 1);
    stage_say_decided(f, TH_MSG_ACK, &d); // an old frame of the same opening changes nothing
    assert_int_equal(f->session.state, SESSION_OPEN);

    d.store_epoch++;
    stage_say_decided(f, TH_MSG_PONG, &d);
    assert_int_equal(f->session.state, SESSION_HELLO);
    stage_forget_sent(f);
    stage_wake(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 1); // number 2, out of history
}

static void a_refused_key_does_not_hide_why_a_stream_has_stopped(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 1);
    stage_open_session(f);
    stage_refuse(f, 3104, TH_REFUSE_STOP, 0);

    stage_step(f, (struct th_event){.kind = TH_EV_KEY_REFUSED, .code = 400});

    assert_int_equal(f->session.state, SESSION_STOPPED);
    assert_int_equal(f->session.reason, 3104);
}

static void another_store_is_greeted_again(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 1);
    stage_open_session(f);
    struct th_decided d = stage_decided(f, 0);
    d.store_id++;

    stage_say_decided(f, TH_MSG_PONG, &d);

    assert_int_equal(f->session.state, SESSION_HELLO);
}

// A copy made after the import and before the sending has forgotten only that it sent.
static void a_restored_outbox_that_holds_all_that_is_decided_goes_on(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    struct outbox box = stage_load(f);
    assert_int_equal(box.chained, 0);
    struct th_decided d = stage_decided(f, 2);
    EXPECT(TH_OK, outbox_hash(&box, 0, d.hash));
    for (uint64_t seq = 1; seq <= 2; seq++) {
        uint8_t next[32];
        struct th_bytes body;
        EXPECT(TH_OK, outbox_body(&box, seq, &body));
        th_chain_next(next, d.hash, box.identity.node, box.identity.epoch, seq, body);
        memcpy(d.hash, next, sizeof(next));
    }

    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(stage_load(f).decided, 2);
}

// Commands that wait read the mark in the outbox, not the agent's memory.
static void the_mark_of_verdicts_is_written_also_when_nothing_was_refused(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 1);
    stage_open_session(f);
    struct th_decided d = stage_decided(f, 1);
    d.verdicts_after = 1;
    stage_say_decided(f, TH_MSG_ACK, &d);
    assert_int_equal(stage_load(f).verdict_seq, 0);

    d.verdicts_after = 0;
    stage_say_decided(f, TH_MSG_PONG, &d);

    assert_int_equal(stage_load(f).verdict_seq, 1);
}

static void a_refused_key_is_tried_again_later_with_a_new_socket(void **state)
{
    struct stage *f = *state;
    stage_start(f);

    stage_step(f, (struct th_event){.kind = TH_EV_KEY_REFUSED, .code = 400});
    assert_int_equal(f->session.state, SESSION_REFUSED);
    stage_wake(f);

    assert_int_equal(f->rebuilds, 1);
    assert_true(f->now >= 1000 + 15 * 1000 && f->now <= 1000 + 31 * 1000);
}

static void a_failed_commit_is_as_if_nothing_was_heard(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 1);
    stage_open_session(f);
    struct th_item_verdict verdict = {.seq = 1, .index = 0};
    th_verdict_make(&verdict.verdict, 2206, 0, "value", "ST01", "-1", "0", "9", NULL);
    struct th_decided d = stage_decided(f, 1);
    d.verdicts = &verdict;
    d.verdict_count = 1;

    f->commit_answer = TH_E_FULL;
    stage_say_decided(f, TH_MSG_ACK, &d);
    assert_int_equal(stage_load(f).verdict_seq, 0);
    stage_forget_sent(f);
    stage_wake(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(stage_load(f).decided, 1);
    assert_int_equal(stage_load(f).verdict_seq, 1);
    assert_int_equal(stage_load(f).refused, 1);
}

static void joins_with_its_own_key_and_then_rebuilds(void **state)
{
    struct stage *f = *state;
    EXPECT(TH_OK, th_store_remove(f->store, NODE_MARK, TH_BYTES("session")));
    EXPECT(TH_OK, th_store_remove(f->store, NODE_MARK, TH_BYTES("intake")));
    EXPECT(TH_OK, th_store_remove(f->store, NODE_MARK, TH_BYTES("identity")));
    EXPECT(TH_OK, outbox_create(f->store, &STAGE_IDENTITY));
    th_store_memory_commit(f->memory);
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    assert_int_equal(f->sent[0].header.type, TH_MSG_JOIN);

    uint8_t room[128];
    struct th_writer out = TH_WRITER(room);
    struct th_joined joined = {.number = 7};
    memcpy(joined.public_key, STAGE_PUBLIC_KEY, sizeof(joined.public_key));
    th_joined_write(&out, &joined);
    stage_answer(f, TH_MSG_JOINED, th_written(&out));

    assert_true(stage_load(f).joined);
    assert_int_equal(f->rebuilds, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
        CASE(greets_at_once_and_sends_within_the_window),
        CASE(an_answer_reaches_the_disk_when_nothing_is_left_to_wait_for),
        CASE(an_answer_reaches_the_disk_soon_even_under_load),
        CASE(a_province_that_knows_more_is_a_fork),
        CASE(another_hash_under_our_number_is_a_fork),
        CASE(a_restored_province_is_given_history_again),
        CASE(answers_of_another_store_or_an_older_owner_are_ignored),
        CASE(silence_is_answered_with_pings_and_then_a_new_socket),
        CASE(a_lost_batch_is_sent_again_after_a_pong),
        CASE(a_busy_province_is_left_alone_for_a_while),
        CASE(verdicts_are_kept_and_missing_parts_asked_for),
        CASE(a_province_that_forgot_commits_is_given_them_again),
        CASE(a_refused_key_does_not_hide_why_a_stream_has_stopped),
        CASE(another_store_is_greeted_again),
        CASE(a_restored_outbox_that_holds_all_that_is_decided_goes_on),
        CASE(the_mark_of_verdicts_is_written_also_when_nothing_was_refused),
        CASE(a_refused_key_is_tried_again_later_with_a_new_socket),
        CASE(a_failed_commit_is_as_if_nothing_was_heard),
        CASE(joins_with_its_own_key_and_then_rebuilds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
