// test_session_lost.c - what the session asks for again: history that is gone, parts and answers
// that got lost, commits that found no room

#include <string.h>

#include "tonghop/hash.h"

#include "nodes/bundle.h"
#include "nodes/history.h"
#include "tests/support/stage.h"

static void prune_all_that_is_decided(struct stage *f)
{
    struct outbox box = stage_load(f);
    size_t removed = 0;
    EXPECT(TH_OK, outbox_absorbed(&box, box.decided));
    EXPECT(TH_OK, history_prune(&box, INT64_MAX, 0, 100, &removed));
    th_store_memory_commit(f->memory);
    assert_int_equal(stage_load(f).kept_from, box.decided + 1);
}

// h(0) is always known, the bodies after it are not. What was accepted of them is given again
// (test_resync.c); here it is nothing.
static void an_empty_province_beyond_our_history_begins_another_epoch(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 3);
    prune_all_that_is_decided(f);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_forget_sent(f);

    struct th_decided d = stage_decided(f, 0);
    d.store_id = STAGE_STORE_ID + 1;
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(f->session.state, SESSION_HELLO);
    assert_int_equal(stage_load(f).identity.epoch, 2);
    assert_int_equal(stage_load(f).decided, 3);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 0);
}

static void an_old_frame_from_before_our_history_is_no_fork(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    stage_open_session(f);
    const struct th_decided old = stage_decided(f, 1);
    stage_say(f, TH_MSG_ACK, 3);
    prune_all_that_is_decided(f);

    stage_say_decided(f, TH_MSG_ACK, &old);

    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(f->session.decided, 3);
}

// The answer to our HELLO comes a second time, when more has been decided: nothing was lost.
static void a_greeting_that_is_answered_twice_sets_nothing_back(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);
    const struct th_decided old = stage_decided(f, 0);
    stage_say(f, TH_MSG_ACK, 2);

    stage_say_decided(f, TH_MSG_WELCOME, &old);

    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(f->session.decided, 2);
    assert_int_equal(stage_load(f).identity.epoch, 1);
}

static void say_part(struct stage *f, struct th_bytes whole, uint64_t offset, uint64_t size)
{
    static uint8_t room[TH_PART_BYTES_MAX + 1024];
    struct th_writer out = TH_WRITER(room);
    struct th_part part = {
        .offset = offset,
        .total = whole.size,
        .bytes = {.data = (const uint8_t *)whole.data + offset, .size = size},
    };
    th_hash256(part.digest, &whole, 1);
    th_part_write(&out, &part);
    stage_answer(f, TH_MSG_REGISTER, th_written(&out));
}

static void welcome_with_register(struct stage *f, struct th_bytes whole)
{
    static uint8_t room[4096];
    struct th_writer out = TH_WRITER(room);
    struct th_welcome welcome = {
        .decided = stage_decided(f, 0), .protocol = TH_PROTOCOL, .has_register = true};
    th_hash256(welcome.register_digest, &whole, 1);
    th_welcome_write(&out, &welcome);
    stage_answer(f, TH_MSG_WELCOME, th_written(&out));
}

// The worker was started again while our connection to the broker stayed up: what it was asked for
// is gone, and nothing else tells.
static void a_lost_part_of_the_register_is_asked_for_again(void **state)
{
    struct stage *f = *state;
    const struct th_bytes whole = TH_BYTES("the units, and the catalogue");
    uint8_t digest[32];
    uint64_t bytes = 0;
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    welcome_with_register(f, whole);
    say_part(f, whole, 0, 10);
    assert_int_equal(stage_count_sent(f, TH_MSG_REGISTER_REQUEST), 2);

    while (stage_count_sent(f, TH_MSG_PING) == 0) {
        stage_wake(f);
    }
    stage_say(f, TH_MSG_PONG, 0);
    assert_int_equal(stage_count_sent(f, TH_MSG_REGISTER_REQUEST), 3);
    say_part(f, whole, 10, whole.size - 10);

    struct outbox box = stage_load(f);
    EXPECT(TH_OK, bundle_held(&box, digest, &bytes));
    assert_int_equal(bytes, whole.size);
}

static void a_register_that_found_no_room_is_fetched_again(void **state)
{
    struct stage *f = *state;
    const struct th_bytes whole = TH_BYTES("the units, and the catalogue");
    uint8_t digest[32];
    uint64_t bytes = 0;
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    welcome_with_register(f, whole);
    f->commit_answer = TH_E_FULL;
    say_part(f, whole, 0, whole.size);
    stage_forget_sent(f);

    stage_wake(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
    welcome_with_register(f, whole);
    assert_int_equal(stage_count_sent(f, TH_MSG_REGISTER_REQUEST), 1);
    say_part(f, whole, 0, whole.size);

    struct outbox box = stage_load(f);
    EXPECT(TH_OK, bundle_held(&box, digest, &bytes));
}

// Otherwise the outbox goes on believing the store before it, and forgets what this one needs.
static void another_store_that_found_no_room_is_taken_in_later(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 3);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    struct th_decided d = stage_decided(f, 1);
    d.store_id = STAGE_STORE_ID + 1;
    f->commit_answer = TH_E_FULL;
    stage_say_decided(f, TH_MSG_WELCOME, &d);
    assert_int_equal(stage_load(f).decided, 3);
    stage_forget_sent(f);

    stage_wake(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(stage_load(f).store_id, STAGE_STORE_ID + 1);
    assert_int_equal(stage_load(f).decided, 1);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 2);
}

// What was heard last is heard again at the next start.
static void a_full_disk_does_not_hold_up_the_end(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 1);
    assert_true(f->session.dirty);

    f->commit_answer = TH_E_FULL;
    stage_happen(f, TH_EV_STOP);

    assert_int_equal(f->exits, 1);
    assert_int_equal(stage_count_sent(f, TH_MSG_BYE), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
        CASE(an_empty_province_beyond_our_history_begins_another_epoch),
        CASE(an_old_frame_from_before_our_history_is_no_fork),
        CASE(a_greeting_that_is_answered_twice_sets_nothing_back),
        CASE(a_lost_part_of_the_register_is_asked_for_again),
        CASE(a_register_that_found_no_room_is_fetched_again),
        CASE(another_store_that_found_no_room_is_taken_in_later),
        CASE(a_full_disk_does_not_hold_up_the_end),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
