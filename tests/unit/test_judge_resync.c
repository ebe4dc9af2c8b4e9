// test_judge_resync.c - a province is given again what it lost, piece by piece

#include <string.h>

#include "tests/support/giving.h"
#include "tests/support/test.h"

static int setup(void **state)
{
    static const char *const UNITS[] = {"D1", "D2"};
    struct province *p = province_make();
    province_roster(p, UNITS, TH_COUNT(UNITS));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static void is_applied_with_the_last_piece(void **state)
{
    struct province *p = *state;
    struct player one = giving_player(1, 2);
    const struct th_update first = revised(figure("D1", "2023", "W1", 5), 3);
    const struct th_update second = figure("D1", "2024", "W1", 6);
    struct th_resynced answer;
    assert_int_equal(
        giving_piece(p, &one, &(struct giving){.updates = &first, .count = 1, .live = 1}, &answer),
        0);
    assert_false(answer.applied);
    assert_int_equal(answer.pieces, 1);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 0);

    province_restart(p); // what is staged outlives the worker
    const struct giving last = {.updates = &second, .count = 1, .last = true, .live = 2};
    assert_int_equal(giving_piece(p, &one, &last, &answer), 0);
    assert_true(answer.applied);
    assert_int_equal(answer.pieces, 2);
    assert_memory_equal(answer.hash, one.hash, sizeof(one.hash));
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
    assert_int_equal(province_total(p, "W1", "2024", "P", "").value, 6);
    province_verify(p);

    // It goes on as any stream does.
    const struct th_update more = revised(figure("D1", "2023", "W1", 9), 4);
    assert_int_equal(province_say(p, &one, &more), 0);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 9);
    uint64_t staged = 1;
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_STAGE, &staged));
    province_end(p);
    assert_int_equal(staged, 0);
    province_verify(p);
}

static void an_answer_that_was_lost_is_given_again(void **state)
{
    struct province *p = *state;
    struct player one = giving_player(1, 2);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    const struct giving last = {.updates = &first, .count = 1, .last = true, .live = 1};
    struct th_resynced answer;
    struct player again = one;
    assert_int_equal(giving_piece(p, &one, &last, &answer), 0);
    const uint64_t version = judge_version(&p->judge);

    assert_int_equal(giving_piece(p, &again, &last, &answer), 0);

    assert_true(answer.applied);
    assert_int_equal(judge_version(&p->judge), version);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").exact, 1);
    province_verify(p);
}

// A batch of the stream epoch before, and the pieces behind it in one turn: both have receipts.
static void another_epoch_waits_for_the_turn(void **state)
{
    struct province *p = *state;
    struct player before = player_of(1);
    struct player one = giving_player(1, 2);
    const struct th_update old = figure("D1", "2023", "W1", 5);
    const struct th_update first = figure("D1", "2024", "W1", 6);
    const struct giving last = {.updates = &first, .count = 1, .last = true, .live = 1};
    struct th_resynced answer;
    province_batch(p, &before, &old, 1);
    struct player again = one;
    assert_int_equal(giving_piece(p, &one, &last, &answer), TH_M_LINE_BUSY);

    assert_int_equal(giving_piece(p, &again, &last, &answer), 0);

    assert_true(answer.applied);
    assert_int_equal(province_total(p, "W1", "2024", "P", "").value, 6);
    province_verify(p);
}

static void what_is_newer_stays(void **state)
{
    struct province *p = *state;
    struct player now = player_of(1);
    struct player again = giving_player(1, 2);
    const struct th_update newer = revised(figure("D1", "2023", "W1", 7), 5);
    const struct th_update conflict = revised(figure("D1", "2023", "W1", 8), 5);
    const struct th_update older[] = {figure("D1", "2023", "W1", 5),
                                      figure("D1", "2024", "W1", 6),
                                      figure("D2", "2024", "W1", 9)};
    struct th_resynced answer;
    assert_int_equal(province_say(p, &now, &newer), 0);

    // Another unit's is refused here, too.
    const struct giving last = {.updates = older, .count = 3, .last = true, .live = 3};
    assert_int_equal(giving_piece(p, &again, &last, &answer), 0);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 7);
    assert_int_equal(province_total(p, "W1", "2024", "P", "").value, 6);

    struct player other = giving_player(1, 3);
    const struct giving once = {.updates = &conflict, .count = 1, .last = true, .live = 1};
    assert_int_equal(giving_piece(p, &other, &once, &answer), 0);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 7);
    province_verify(p);
}

static void what_does_not_fit_changes_nothing(void **state)
{
    struct province *p = *state;
    const struct th_update first = figure("D1", "2023", "W1", 5);
    struct th_resynced answer;
    struct player one = giving_player(1, 2);
    const struct giving fewer = {.updates = &first, .count = 1, .last = true, .live = 2};
    assert_int_equal(giving_piece(p, &one, &fewer, &answer), TH_M_STREAM_ENCODING);

    struct player wrong = giving_player(1, 2);
    wrong.hash[0] ^= 1;
    const struct giving last = {.updates = &first, .count = 1, .last = true, .live = 1};
    assert_int_equal(giving_piece(p, &wrong, &last, &answer), TH_M_STREAM_ENCODING);

    struct player hole = giving_player(1, 2);
    hole.seq = 4;
    assert_int_equal(giving_piece(p, &hole, &last, &answer), UINT32_MAX);

    struct player late = giving_player(1, 1000001); // of an enrolment that there was not
    assert_int_equal(giving_piece(p, &late, &last, &answer), TH_M_STREAM_FORK);

    struct player now = player_of(1);
    assert_int_equal(province_say(p, &now, &first), 0);
    struct player stranger = giving_player(1, 2);
    stranger.incarnation[0] ^= 1;
    assert_int_equal(giving_piece(p, &stranger, &last, &answer), TH_M_STREAM_FORK);
    province_verify(p);
}

static void closed(struct province *p, bool renamed)
{
    if (renamed) {
        const struct renamed lost = {.store_id = p->identity.store_id, .why = RENAMED_LOST};
        EXPECT(TH_OK, open_rename(province_store(p), &lost));
        province_event(p, TH_EV_DRAINED);
        th_store_memory_commit(p->memory);
    }
    p->opened = th_day_of((struct th_date){.year = 2000, .month = 1, .day = 1});
    province_restart(p);
}

static void time_is_not_asked_once_where_the_store_is_a_new_one(void **state)
{
    struct province *p = *state;
    const struct th_update first = figure("D1", "2015", "W1", 5);
    const struct giving last = {.updates = &first, .count = 1, .last = true, .live = 1};
    struct th_resynced answer;
    const struct th_update late = figure("D2", "2015", "W1", 7);
    const struct giving ordinary = {.updates = &late, .count = 1, .last = true, .live = 1};
    closed(p, false);
    struct player two = giving_player(2, 2);
    assert_int_equal(giving_piece(p, &two, &ordinary, &answer), 0);
    assert_int_equal(province_total(p, "W1", "2015", "P", "").value, 0); // it is too late

    closed(p, true);
    struct player again = giving_player(1, 3);
    assert_int_equal(giving_piece(p, &again, &last, &answer), 0);
    assert_int_equal(province_total(p, "W1", "2015", "P", "").value, 5);
    const struct th_update other = figure("D1", "2014", "W1", 6);
    const struct giving more = {.updates = &other, .count = 1, .last = true, .live = 1};
    struct player twice = giving_player(1, 4);
    assert_int_equal(giving_piece(p, &twice, &more, &answer), 0);
    assert_int_equal(province_total(p, "W1", "2014", "P", "").value, 0);
    province_verify(p);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(is_applied_with_the_last_piece),
        CASE(an_answer_that_was_lost_is_given_again),
        CASE(another_epoch_waits_for_the_turn),
        CASE(what_is_newer_stays),
        CASE(what_does_not_fit_changes_nothing),
        CASE(time_is_not_asked_once_where_the_store_is_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
