// test_heal.c - an outbox that was restored from a copy takes over what the province holds

#include <string.h>

#include "tonghop/update.h"

#include "nodes/current.h"
#include "nodes/heal.h"
#include "nodes/verdicts.h"
#include "tests/support/stage.h"

enum { PIECE_BYTES = 8 * 1024 };

static const struct th_bytes KEY = {.data = "\2key", .size = 4};

static struct th_update figure_of(int64_t value, uint64_t revision)
{
    struct th_update update = {.kind = TH_KIND_STAFFING, .op = TH_OP_SET, .revision = revision};
    update.staffing.measure = TH_BYTES("m");
    update.staffing.unit = TH_BYTES("A");
    update.staffing.period = TH_BYTES("2025");
    update.staffing.value = (struct th_opt){.has = true, .value = value};
    return update;
}

// A session that has greeted, with two batches of which one is decided.
static void greet_with_a_copy(struct stage *f)
{
    stage_queue(f, 1);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 1);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_queue(f, 1);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_forget_sent(f);
}

static void piece(struct stage *f, struct th_restore part, size_t count, const struct th_update *u)
{
    static uint8_t room[PIECE_BYTES];
    struct th_bytes keys[4] = {KEY, TH_BYTES("\2other"), TH_BYTES("\2third"), TH_BYTES("\2fourth")};
    struct th_writer out = TH_WRITER(room);
    part.batch = (struct th_batch){.updates = u, .count = count};
    part.keys = keys;
    th_restore_write(&out, &part);
    stage_answer(f, TH_MSG_RESTORE, th_written(&out));
}

static struct th_restore part_of(uint64_t after, uint64_t next, uint64_t live)
{
    return (struct th_restore){
        .after = {.version = after}, .next = {.version = next}, .live = live};
}

static void goes_on_in_the_next_epoch_with_what_was_never_acknowledged(void **state)
{
    struct stage *f = *state;
    greet_with_a_copy(f);
    const struct th_update first = figure_of(5, 1);
    struct current held;
    f->epoch = 1;
    stage_say(f, TH_MSG_WELCOME, 5);
    assert_int_equal(stage_count_sent(f, TH_MSG_RESTORE_REQUEST), 1);

    piece(f, part_of(0, 3, 1), 1, &first);
    assert_int_equal(stage_count_sent(f, TH_MSG_RESTORE_REQUEST), 2);
    struct outbox box = stage_load(f);
    EXPECT(TH_OK, current_get(&box, KEY, &held));
    assert_int_equal(box.identity.epoch, 1);
    struct th_restore last = part_of(3, 9, 1);
    last.last = true;
    piece(f, last, 0, NULL);

    box = stage_load(f);
    assert_int_equal(box.identity.epoch, 2);
    assert_int_equal(box.identity.base, 1);
    assert_int_equal(box.decided, 1);
    assert_int_equal(box.last, 2);
    stage_forget_sent(f);
    stage_wake(f);
    assert_int_equal(f->sent[0].header.type, TH_MSG_HELLO);
    assert_int_equal(f->sent[0].header.epoch, 2);
    f->epoch = 2;
    struct th_decided none = stage_decided(f, 1);
    none.seq = 0; // on the wire
    none.verdicts_through = 0;
    stage_say_decided(f, TH_MSG_WELCOME, &none);
    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(f->sent[f->sent_count - 1].header.type, TH_MSG_BATCH);
    assert_int_equal(f->sent[f->sent_count - 1].header.seq, 1);
    assert_int_equal(f->sent[f->sent_count - 1].header.epoch, 2);

    struct th_decided all = stage_decided(f, 2);
    all.seq = 1;
    all.verdicts_through = 1;
    stage_say_decided(f, TH_MSG_ACK, &all);
    assert_int_equal(stage_load(f).decided, 2);
}

static void a_later_epoch_of_the_province_is_a_fork(void **state)
{
    struct stage *f = *state;
    greet_with_a_copy(f);
    f->epoch = 4;
    stage_say(f, TH_MSG_WELCOME, 1);
    assert_int_equal(f->session.state, SESSION_RESTORING);
    struct th_restore last = part_of(0, 9, 0);
    last.last = true;
    piece(f, last, 0, NULL);
    assert_int_equal(stage_load(f).identity.epoch, 5);
}

static void an_old_frame_says_nothing_about_the_next_epoch(void **state)
{
    struct stage *f = *state;
    a_later_epoch_of_the_province_is_a_fork(state);
    stage_wake(f);
    f->epoch = 1;
    stage_say(f, TH_MSG_WELCOME, 5);
    assert_int_equal(f->session.state, SESSION_HELLO);
}

static void begins_again_when_the_province_has_changed_meanwhile(void **state)
{
    struct stage *f = *state;
    greet_with_a_copy(f);
    const struct th_update update = figure_of(5, 1);
    stage_say(f, TH_MSG_WELCOME, 5);
    piece(f, part_of(0, 3, 1), 1, &update);
    struct th_restore last = part_of(3, 9, 2); // one more than when it began
    last.last = true;
    piece(f, last, 0, NULL);
    assert_int_equal(stage_load(f).identity.epoch, 1);
    assert_int_equal(f->session.heal.after.version, 0);

    const struct th_update both[2] = {update, figure_of(6, 1)};
    last = part_of(0, 9, 2);
    last.last = true;
    piece(f, last, 2, both);
    assert_int_equal(stage_load(f).identity.epoch, 2);
}

static void fewer_records_than_the_province_counts_are_not_taken_for_all(void **state)
{
    struct stage *f = *state;
    greet_with_a_copy(f);
    stage_say(f, TH_MSG_WELCOME, 5);
    struct th_restore last = part_of(0, 9, 1);
    last.last = true;
    for (unsigned i = 0; f->session.state == SESSION_RESTORING; i++) {
        assert_true(i < 64);
        piece(f, last, 0, NULL);
    }
    assert_int_equal(f->session.state, SESSION_STOPPED);
    assert_int_equal(f->session.reason, 3102);
    assert_int_equal(stage_load(f).identity.epoch, 1);
}

static void a_crash_between_two_pieces_begins_anew(void **state)
{
    struct stage *f = *state;
    greet_with_a_copy(f);
    const struct th_update update = figure_of(5, 1);
    stage_say(f, TH_MSG_WELCOME, 5);
    piece(f, part_of(0, 3, 1), 1, &update);
    stage_start(f); // another process
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_say(f, TH_MSG_WELCOME, 5);
    struct th_restore last = part_of(0, 9, 1);
    last.last = true;
    piece(f, last, 1, &update);
    assert_int_equal(stage_load(f).identity.epoch, 2);
}

static void a_piece_that_cannot_be_kept_is_asked_for_anew(void **state)
{
    struct stage *f = *state;
    greet_with_a_copy(f);
    stage_say(f, TH_MSG_WELCOME, 5);
    struct th_restore last = part_of(0, 9, 0);
    last.last = true;
    f->commit_answer = TH_E_FULL;
    piece(f, last, 0, NULL);
    assert_int_equal(stage_load(f).identity.epoch, 1);
    assert_int_equal(f->session.state, SESSION_HELLO);
    stage_wake(f);
    stage_say(f, TH_MSG_WELCOME, 5);
    piece(f, last, 0, NULL);
    assert_int_equal(stage_load(f).identity.epoch, 2);
}

static void what_is_queued_here_stays_the_newest(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 3);
    struct outbox box = stage_load(f);
    struct current held;
    const struct th_update five = figure_of(5, 4);
    EXPECT(TH_OK, current_restore(&box, KEY, &five, 1));
    EXPECT(TH_OK, current_get(&box, KEY, &held));
    assert_int_equal(held.revision_known, 4);
    assert_int_equal(held.seq, 0);
    const struct th_update older = figure_of(9, 2);
    EXPECT(TH_OK, current_restore(&box, KEY, &older, 1));
    EXPECT(TH_OK, current_get(&box, KEY, &held));
    assert_int_equal(held.revision_known, 4);
    th_store_memory_abort(f->memory);
}

static void a_suspicion_that_never_shows_stops_the_stream(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 1);
    stage_open_session(f);
    for (unsigned i = 0; f->session.state != SESSION_STOPPED; i++) {
        assert_true(i < 16);
        stage_refuse(f, 3102, TH_REFUSE_STOP, 0);
        if (f->session.state == SESSION_HELLO) {
            stage_refuse(f, 3102, TH_REFUSE_STOP, 0); // of the next batch in flight
            assert_int_equal(f->session.state, SESSION_HELLO);
            stage_wake(f);
            stage_say(f, TH_MSG_WELCOME, 0);
        }
    }
    assert_int_equal(f->session.reason, 3102);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(goes_on_in_the_next_epoch_with_what_was_never_acknowledged),
        CASE(a_later_epoch_of_the_province_is_a_fork),
        CASE(an_old_frame_says_nothing_about_the_next_epoch),
        CASE(begins_again_when_the_province_has_changed_meanwhile),
        CASE(fewer_records_than_the_province_counts_are_not_taken_for_all),
        CASE(a_crash_between_two_pieces_begins_anew),
        CASE(a_piece_that_cannot_be_kept_is_asked_for_anew),
        CASE(what_is_queued_here_stays_the_newest),
        CASE(a_suspicion_that_never_shows_stops_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
