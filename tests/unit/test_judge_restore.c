// test_judge_restore.c - a node that was restored from a copy: what it is told, and how it goes on

#include <string.h>

#include "tests/support/province.h"
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

static struct th_restore ask(struct province *p, const struct player *player, struct th_spot after)
{
    uint8_t space[64];
    struct th_writer body = TH_WRITER(space);
    struct th_header header = {.protocol = TH_PROTOCOL,
                               .type = TH_MSG_RESTORE_REQUEST,
                               .node = player->number,
                               .has_incarnation = true,
                               .epoch = player->epoch};
    memcpy(header.incarnation, player->incarnation, sizeof(header.incarnation));
    th_restore_request_write(&body, &(struct th_restore_request){.after = after});
    province_forget(p);
    province_message(p, TH_PEER_NODE, player->number, &header, th_written(&body));
    province_drain(p);
    const struct heard *heard = province_heard(p, player->number, TH_MSG_RESTORE);
    assert_non_null(heard);
    struct th_restore made;
    th_arena_reset(&p->arena);
    EXPECT(
        TH_OK,
        th_restore_read(
            (struct th_bytes){.data = heard->body, .size = heard->size}, &p->arena, &made, NULL));
    return made;
}

// In a later stream epoch, as its outbox does after a fork.
static void next_epoch(struct player *player, uint64_t epoch)
{
    player->epoch = epoch;
    player->seq = 0;
    player->verdict_seq = 0;
    th_chain_start(player->hash, TH_BYTES("p"), player->incarnation, player->number, player->epoch);
}

// 0: welcome.
static unsigned greet(struct province *p, const struct player *player)
{
    province_forget(p);
    province_hello(p, player);
    const bool refused = province_heard(p, player->number, TH_MSG_REFUSAL) != NULL;
    const unsigned code = refused ? province_refusal(p, player->number).code : 0;
    province_drain(p);
    return code;
}

static void tells_what_stands_and_nothing_else(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    const struct th_update corrected = revised(figure("D1", "2023", "W1", 6), 2);
    const struct th_update gone = figure("D1", "2024", "W1", 7);
    const struct th_update other = figure("D2", "2023", "W1", 8);
    const struct th_update wrong = figure("D2", "2024", "W1", 9);
    assert_int_equal(province_say(p, &one, &first), 0);
    assert_int_equal(province_say(p, &two, &other), 0);
    assert_int_equal(province_say(p, &one, &gone), 0);
    assert_int_equal(province_say(p, &one, &corrected), 0);
    const struct th_update taken_back = withdraw(gone, 2);
    assert_int_equal(province_say(p, &one, &taken_back), 0);
    assert_int_not_equal(province_say(p, &one, &wrong), 0); // not its unit

    const struct th_restore made = ask(p, &one, (struct th_spot){0});

    assert_true(made.last);
    assert_int_equal(made.live, 1);
    assert_int_equal(made.batch.count, 2);
    assert_int_equal(made.batch.updates[0].revision, 2);
    assert_int_equal(made.batch.updates[0].staffing.value.value, 6);
    assert_int_equal(made.batch.updates[1].op, TH_OP_WITHDRAW);
    assert_int_equal(((const uint8_t *)made.keys[0].data)[0], TH_KIND_STAFFING);
    const struct th_restore rest = ask(p, &one, made.next);
    assert_true(rest.last);
    assert_int_equal(rest.batch.count, 0);
    assert_memory_equal(rest.sum, made.sum, sizeof(made.sum));
}

// All that the province holds of it comes, in a few pieces.
static void in_pieces(struct province *p, const struct player *one, uint64_t live)
{
    struct th_spot after = {0};
    size_t count = 0;
    bool last = false;
    for (unsigned pieces = 0; !last; pieces++) {
        assert_true(pieces < 8);
        const struct th_restore made = ask(p, one, after);
        count += made.batch.count;
        last = made.last;
        after = made.next;
        assert_int_equal(made.live, live);
    }
    assert_int_equal(count, live);
}

static void many_batches_come_in_several_pieces(void **state)
{
    enum { FIGURES = 600, PERIODS = 30 };
    struct province *p = *state;
    struct player one = player_of(1);
    for (int i = 0; i < FIGURES; i++) {
        char period[16];
        (void)snprintf(period, sizeof(period), "%d", 1995 + i % PERIODS);
        const struct th_update update =
            revised(figure("D1", period, "W1", i), (uint64_t)(i / PERIODS + 1));
        assert_int_equal(province_undoubted(province_say(p, &one, &update)), 0);
    }
    in_pieces(p, &one, PERIODS);
}

// Everything of the first batches was said again: they are passed over, whatever they take to read.
static void what_was_said_again_takes_no_room(void **state)
{
    enum { BATCHES = 32, PERIODS = 30, LAST = 5 };
    struct province *p = *state;
    struct player one = player_of(1);
    static struct th_update updates[TH_BATCH_UPDATES_MAX];
    static char periods[PERIODS][16];
    int said = 0;
    for (int i = 0; i < PERIODS; i++) {
        (void)snprintf(periods[i], sizeof(periods[i]), "%d", 1995 + i);
    }
    for (int batch = 0; batch < BATCHES; batch++) {
        for (size_t i = 0; i < TH_COUNT(updates); i++, said++) {
            updates[i] = revised(figure("D1", periods[said % PERIODS], "W1", 1 + said % LAST),
                                 (uint64_t)(said / PERIODS + 1));
        }
        province_batch(p, &one, updates, TH_COUNT(updates));
        province_drain(p);
    }
    in_pieces(p, &one, PERIODS);
}

static void a_copy_goes_on_in_a_later_epoch(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    const struct th_update stale = figure("D1", "2023", "W1", 6);
    const struct th_update more = figure("D1", "2024", "W1", 7);
    assert_int_equal(province_say(p, &one, &first), 0);
    struct player copy = one;
    next_epoch(&copy, 2);

    assert_int_equal(greet(p, &copy), 0);
    const struct th_decided decided = province_decided(p, 1, TH_MSG_WELCOME);
    assert_int_equal(decided.seq, 0);
    assert_memory_equal(decided.hash, copy.hash, sizeof(copy.hash));
    assert_int_equal(province_say(p, &copy, &first), 0); // a repetition
    assert_int_equal(province_say(p, &copy, &stale), TH_V_REVISION);
    assert_int_equal(province_say(p, &copy, &more), 0);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
    assert_int_equal(province_total(p, "W1", "2024", "P", "").value, 7);
    province_verify(p);

    province_restart(p);
    assert_int_equal(greet(p, &copy), 0);
    assert_int_equal(province_decided(p, 1, TH_MSG_WELCOME).seq, 3);
    // The one it was copied from, should it still be there, sees that there is a later epoch.
    assert_int_equal(greet(p, &one), 0);
    assert_int_equal(province_heard(p, 1, TH_MSG_WELCOME)->header.epoch, 2);
    assert_int_equal(ask(p, &one, (struct th_spot){0}).live, 2);
    const struct th_update late = figure("D1", "2022", "W1", 9);
    province_forget(p);
    province_batch(p, &one, &late, 1);
    assert_int_equal(province_refusal(p, 1).code, TH_M_STREAM_OLD_EPOCH);
}

static void too_many_forks_in_a_day_stop_the_stream(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(p, &one, &first), 0);
    for (uint64_t epoch = 2; epoch < 2 + JUDGE_FORKS_A_DAY; epoch++) {
        next_epoch(&one, epoch);
        assert_int_equal(greet(p, &one), 0);
        province_restart(p);
    }
    next_epoch(&one, 2 + JUDGE_FORKS_A_DAY);
    assert_int_equal(greet(p, &one), TH_M_STREAM_FORK);
    p->today++;
    assert_int_equal(greet(p, &one), 0);
    next_epoch(&one, 1000001); // of an enrolment that there was not
    assert_int_equal(greet(p, &one), TH_M_STREAM_FORK);
    province_verify(p);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(tells_what_stands_and_nothing_else),
        CASE(many_batches_come_in_several_pieces),
        CASE(what_was_said_again_takes_no_room),
        CASE(a_copy_goes_on_in_a_later_epoch),
        CASE(too_many_forks_in_a_day_stop_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
