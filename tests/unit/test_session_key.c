// test_session_key.c - a node that changes its key: announced, answered, asked for

#include <string.h>

#include "tests/support/stage.h"

static const uint8_t NEXT[32] = {1, 2, 3};

static void hear_joined(struct stage *f, const uint8_t key[static 32])
{
    uint8_t room[128];
    struct th_writer out = TH_WRITER(room);
    struct th_joined joined = {.number = 7};
    memcpy(joined.public_key, key, sizeof(joined.public_key));
    th_joined_write(&out, &joined);
    stage_answer(f, TH_MSG_JOINED, th_written(&out));
}

static void open_with_next(struct stage *f)
{
    stage_start(f);
    session_next_key(&f->session, NEXT); // before there is a line
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_say(f, TH_MSG_WELCOME, 0);
}

static void announces_its_next_key_and_comes_back_with_it(void **state)
{
    struct stage *f = *state;
    const uint8_t other[32] = {9};
    stage_open_session(f);
    stage_forget_sent(f);

    session_next_key(&f->session, NEXT);
    stage_happen(f, TH_EV_QUEUED);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 1);
    assert_int_equal(f->sent[0].header.flags, 1); // an older province ignores it
    stage_happen(f, TH_EV_QUEUED);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 1); // said once

    hear_joined(f, other);
    assert_int_equal(f->session.state, SESSION_OPEN);
    hear_joined(f, NEXT);
    assert_int_equal(f->session.state, SESSION_DOWN);
    assert_int_equal(f->rebuilds, 1);
    assert_false(f->session.has_next);
    hear_joined(f, NEXT); // a repeated frame
    assert_int_equal(f->rebuilds, 1);
}

static void says_it_again_after_a_pong_or_another_welcome(void **state)
{
    struct stage *f = *state;
    open_with_next(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 1);

    stage_say(f, TH_MSG_PONG, 0);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 2);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_say(f, TH_MSG_WELCOME, 0);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 3);
    session_next_key(&f->session, NULL);
    stage_say(f, TH_MSG_PONG, 0);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 3);
}

static void waits_when_it_is_refused_for_now(void **state)
{
    struct stage *f = *state;
    open_with_next(f);
    stage_forget_sent(f);

    stage_refuse(f, 3004, TH_REFUSE_RETRY, 0);
    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 0);
    for (int i = 0; i < 20 && stage_count_sent(f, TH_MSG_JOIN) == 0; i++) {
        stage_wake(f);
    }
    assert_int_equal(stage_count_sent(f, TH_MSG_JOIN), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
        CASE(announces_its_next_key_and_comes_back_with_it),
        CASE(says_it_again_after_a_pong_or_another_welcome),
        CASE(waits_when_it_is_refused_for_now),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
