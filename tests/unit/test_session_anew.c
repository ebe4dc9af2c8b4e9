// test_session_anew.c - what a province said about items is forgotten and heard anew when it was
// set back: what it judges again it may judge otherwise, for another office may be first this time

#include <string.h>

#include "tonghop/arena.h"

#include "nodes/current.h"
#include "nodes/history.h"
#include "nodes/verdicts.h"
#include "tests/support/stage.h"

enum { ABSORB_BYTES = 64 * 1024 };

// Three batches of one item about the same figure, in the store and absorbed.
static void queue_figures(struct stage *f)
{
    static uint8_t space[ABSORB_BYTES];
    struct outbox box = stage_load(f);
    struct outbox_extent extent = {.count = 3, .items = 3};
    uint64_t first = 0;
    bool more = false;
    EXPECT(TH_OK, outbox_draft_begin(&box, &extent.draft));
    for (uint32_t i = 0; i < 3; i++) {
        const struct th_update update = {
            .kind = TH_KIND_STAFFING,
            .revision = i + 1,
            .staffing = {.measure = TH_BYTES("W1"),
                         .unit = TH_BYTES("D1"),
                         .period = TH_BYTES("2023"),
                         .value = {.has = true, .value = i}},
        };
        uint8_t body[512];
        struct th_writer out = TH_WRITER(body);
        th_batch_write(&out, &(struct th_batch){.updates = &update, .count = 1});
        EXPECT(TH_OK, outbox_draft_add(&box, extent.draft, i, th_written(&out), TH_BYTES("\1k")));
    }
    EXPECT(TH_OK, outbox_publish(&box, &extent, &first));
    struct th_arena arena = th_arena_of(space, sizeof(space));
    EXPECT(TH_OK, current_absorb(&box, &arena, 3, &more));
    th_store_memory_commit(f->memory);
}

// All three are decided in version 3, and of one the item was refused; the desk wrote, too.
static void say_refused(struct stage *f, struct th_decided d, uint64_t of)
{
    struct th_item_verdict verdict = {.seq = of, .index = 0};
    struct th_notice notice = {.number = 1, .item = {.seq = of}};
    th_verdict_make(&verdict.verdict, 2206, 0, "value", "W1", "-1", "0", "9", NULL);
    th_verdict_make(&notice.item.verdict, TH_V_REOPENED, 0, "", "f", "D1", "2023", NULL);
    d.verdicts = &verdict;
    d.verdict_count = 1;
    d.notices_through = 1;
    d.notices = &notice;
    d.notice_count = 1;
    stage_say_decided(f, TH_MSG_ACK, &d);
}

static enum current_state state_of_figure(struct stage *f)
{
    struct outbox box = stage_load(f);
    struct current figure;
    EXPECT(TH_OK, current_get(&box, TH_BYTES("k"), &figure));
    assert_int_equal(figure.code, figure.state == CURRENT_REFUSED ? 2206 : 0);
    return figure.state;
}

static void assert_heard(struct stage *f, uint64_t seq)
{
    struct outbox box = stage_load(f);
    struct th_item_verdict verdict;
    struct th_notice notice;
    assert_int_equal(box.refused, 1);
    EXPECT(TH_OK, verdicts_from(&box, 0, 0, &verdict));
    assert_int_equal(verdict.seq, seq);
    EXPECT(TH_OK, verdicts_notice_from(&box, 0, &notice));
    assert_int_equal(notice.item.seq, seq);
}

static void assert_forgotten(struct stage *f)
{
    struct outbox box = stage_load(f);
    struct th_item_verdict verdict;
    struct th_notice notice;
    assert_int_equal(box.refused, 0);
    EXPECT(TH_E_NOT_FOUND, verdicts_from(&box, 0, 0, &verdict));
    assert_int_equal(box.notice, 0);
    EXPECT(TH_E_NOT_FOUND, verdicts_notice_from(&box, 0, &notice));
    assert_int_equal(state_of_figure(f), CURRENT_SENT);
}

static void hear_and_reconnect(struct stage *f, uint64_t refused)
{
    queue_figures(f);
    stage_open_session(f);
    say_refused(f, stage_decided(f, 3), refused);
    assert_heard(f, refused);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
}

// ---- tests ----

// Its drive lied, and its epoch rose again to what it had been.
static void verdicts_of_lost_commits_are_heard_again(void **state)
{
    struct stage *f = *state;
    hear_and_reconnect(f, 3);
    assert_int_equal(state_of_figure(f), CURRENT_REFUSED);

    stage_say(f, TH_MSG_WELCOME, 1);

    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_forgotten(f);
    assert_int_equal(stage_load(f).decided, 1);
    assert_int_equal(stage_load(f).verdict_seq, 1); // as the WELCOME says
    say_refused(f, stage_decided(f, 3), 2);
    assert_heard(f, 2);
    assert_int_equal(state_of_figure(f), CURRENT_SENT); // a later one stands
}

// All our batches were under way and are decided again, in a version that was there before.
static void a_version_that_went_back_tells_as_much(void **state)
{
    struct stage *f = *state;
    hear_and_reconnect(f, 3);
    struct th_decided d = stage_decided(f, 3);
    d.store_epoch++;
    d.version = 2;
    d.verdicts_through = 0;

    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_forgotten(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 1); // for the verdicts
    assert_int_equal(stage_load(f).version, 2);
}

// The versions it lost were made again by others.
static void fewer_batches_decided_tell_as_much(void **state)
{
    struct stage *f = *state;
    queue_figures(f);
    stage_open_session(f);
    struct th_decided d = stage_decided(f, 3);
    d.verdicts_through = 1;
    stage_say_decided(f, TH_MSG_ACK, &d);
    stage_happen(f, TH_EV_STOP); // what is decided is on disk
    assert_int_equal(stage_load(f).decided, 3);
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    d = stage_decided(f, 2);
    d.version = 9;
    d.verdicts_through = 1;

    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(stage_load(f).decided, 2);
    assert_int_equal(stage_load(f).version, 9);
}

// Nothing of it was on our disk yet.
static void verdicts_in_memory_are_heard_again(void **state)
{
    struct stage *f = *state;
    queue_figures(f);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 2);
    assert_int_equal(stage_load(f).decided, 0);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);

    stage_say(f, TH_MSG_WELCOME, 1);

    assert_int_equal(f->session.verdict_seq, 1);
}

static void verdicts_of_another_store_replace_those_of_the_one_before(void **state)
{
    struct stage *f = *state;
    hear_and_reconnect(f, 3);
    struct th_decided d = stage_decided(f, 1);
    d.store_id = STAGE_STORE_ID + 1;

    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_forgotten(f);
}

static void a_province_that_goes_on_is_not_asked_again(void **state)
{
    struct stage *f = *state;
    hear_and_reconnect(f, 3);
    struct th_decided d = stage_decided(f, 3);
    d.store_epoch++;
    d.verdicts_after = 3;

    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_heard(f, 3);
    assert_int_equal(state_of_figure(f), CURRENT_REFUSED);
    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 0);
}

// They are gone from here, and so they would never be pruned again.
static void verdicts_of_batches_out_of_history_are_not_heard_again(void **state)
{
    struct stage *f = *state;
    size_t removed = 0;
    hear_and_reconnect(f, 1);
    struct outbox box = stage_load(f);
    EXPECT(TH_OK, history_prune(&box, INT64_MAX, 0, 1, &removed));
    th_store_memory_commit(f->memory);
    assert_int_equal(stage_load(f).kept_from, 2);
    struct th_decided d = stage_decided(f, 1);
    const struct th_item_verdict verdict = {.seq = 1, .verdict.code = 2206};
    d.verdicts = &verdict;
    d.verdict_count = 1;

    stage_say_decided(f, TH_MSG_WELCOME, &d);

    box = stage_load(f);
    assert_int_equal(box.verdict_seq, 1);
    assert_int_equal(box.refused, 1); // as it was
    struct th_item_verdict none;
    EXPECT(TH_E_NOT_FOUND, verdicts_from(&box, 0, 0, &none));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
        CASE(verdicts_of_lost_commits_are_heard_again),
        CASE(a_version_that_went_back_tells_as_much),
        CASE(fewer_batches_decided_tell_as_much),
        CASE(verdicts_in_memory_are_heard_again),
        CASE(verdicts_of_another_store_replace_those_of_the_one_before),
        CASE(a_province_that_goes_on_is_not_asked_again),
        CASE(verdicts_of_batches_out_of_history_are_not_heard_again),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
