// test_writer.c - the writer's thread: turns, crashes, a full store

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/writing.h"

static void acknowledges_what_is_on_disk(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        person("C11", "2023", "an", 4)};
    writing_send_batch(f, &updates[0], 1);
    writing_send_batch(f, &updates[1], 1);
    assert_int_equal(writing_wait_for_ack(f, 2).verdict_count, 0);

    struct th_bytes lineage;
    struct th_peer to;
    EXPECT(TH_OK, envelope_read(f->parcel->parts[0], &f->arena, &lineage, &to));
    assert_int_equal(to.class, TH_PEER_NODE);
    assert_int_equal(to.number, 1);
    assert_true(th_bytes_equal(to.route, TH_BYTES("r")));
    assert_int_equal(writing_stop(f), 0);

    assert_int_equal(province_total(f->made, "W1", "2023", "P", "").value, 5);
    province_verify(f->made);
}

static void goes_on_where_it_stopped(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    const struct th_update second = revised(first, 2);
    writing_send_batch(f, &first, 1);
    const struct th_decided before = writing_wait_for_ack(f, 1);
    assert_int_equal(writing_stop(f), 0);

    writing_start(f);
    writing_send_batch(f, &second, 1); // the roster is in the store
    const struct th_decided after = writing_wait_for_ack(f, 2);
    assert_int_equal(after.version, before.version + 1);
    assert_int_equal(after.store_epoch, before.store_epoch + 1);
    assert_int_equal(writing_stop(f), 0);
}

static void puts_aside_what_killed_it_twice(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    const struct marker_name name = {.node = 1, .epoch = 1, .seq = 1, .deaths = 2};
    assert_int_equal(writing_stop(f), 0);
    f->marker = scratch_write(f->made->dir, "marker", (struct th_bytes){&name, sizeof(name)});
    writing_start(f);

    const struct th_update update = figure("D1", "2023", "W1", 5);
    writing_send_batch(f, &update, 1);
    WAIT_UNTIL(writing_comes(f, TH_MSG_REFUSAL), PATIENCE_MS);
    struct th_refusal refusal;
    struct th_malformed why;
    EXPECT(TH_OK, th_refusal_read(f->parcel->parts[2], &f->arena, &refusal, &why));
    assert_int_equal(refusal.code, 3104);
    assert_int_equal(refusal.class, TH_REFUSE_STOP);
    assert_int_equal(writing_stop(f), 0);
    free(f->marker);

    uint64_t dead = 0;
    EXPECT(TH_OK, th_store_count(province_store(f->made), TABLE_DEAD, &dead));
    province_end(f->made);
    assert_int_equal(dead, 1);
}

static void takes_over_another_pace(void **state)
{
    struct writing *f = *state;
    struct writer_pace pace = WRITING_PACE;
    pace.judge.beat_ms = 10;

    writer_set_pace(f->writer, &pace);

    // At the usual pace this would take more than PATIENCE_MS.
    WAIT_UNTIL(writer_beat(f->writer) >= PATIENCE_MS / 1000 + 10, PATIENCE_MS);
    assert_int_equal(writing_stop(f), 0);
}

static void says_so_when_the_store_is_full(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    struct th_update updates[PROVINCE_UPDATES_MAX];
    static char dims[PROVINCE_UPDATES_MAX][24];
    uint64_t decided = 0;
    bool full = false;
    while (!full) {
        for (size_t i = 0; i < TH_COUNT(updates); i++) {
            (void)snprintf(dims[i], sizeof(dims[i]), "post=p%u-%u", (unsigned)decided, (unsigned)i);
            updates[i] = figure("D1", "2023", "W1", 1);
            updates[i].staffing.dims = th_bytes_of(dims[i]);
        }
        writing_send_batch(f, updates, TH_COUNT(updates));
        WAIT_UNTIL(writing_comes_decision(f), PATIENCE_MS);
        full = writing_is(f->parcel, TH_MSG_REFUSAL);
        decided += full ? 0 : 1;
    }
    struct th_refusal refusal;
    struct th_malformed why;
    EXPECT(TH_OK, th_refusal_read(f->parcel->parts[2], &f->arena, &refusal, &why));
    assert_int_equal(refusal.code, 3109);
    assert_int_equal(refusal.class, TH_REFUSE_RETRY);

    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    assert_int_equal(writing_ask(f, &counts).records, decided * TH_COUNT(updates));
    assert_int_equal(writing_stop(f), 0);
    province_verify(f->made);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, writing_setup, writing_teardown)
    const struct CMUnitTest tests[] = {
        CASE(acknowledges_what_is_on_disk),
        CASE(goes_on_where_it_stopped),
        CASE(puts_aside_what_killed_it_twice),
        cmocka_unit_test_setup_teardown(
            says_so_when_the_store_is_full, writing_setup_small, writing_teardown),
        CASE(takes_over_another_pace),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
