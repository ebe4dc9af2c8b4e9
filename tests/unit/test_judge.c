// test_judge.c - the judge as nodes meet it: streams, answers, joining

#include <stdlib.h>
#include <string.h>

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

static void says_welcome_with_the_watermark(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);

    province_hello(p, &one);
    province_drain(p);

    const struct th_decided first = province_decided(p, 1, TH_MSG_WELCOME);
    assert_int_equal(first.seq, 0);
    assert_memory_equal(first.hash, one.hash, 32);
    assert_int_equal(p->commits, 1); // the roster: a greeting changes nothing

    const struct th_update update = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(p, &one, &update), 0);
    province_hello(p, &one);
    province_drain(p);
    const struct th_decided second = province_decided(p, 1, TH_MSG_WELCOME);
    assert_int_equal(second.seq, 1);
    assert_memory_equal(second.hash, one.hash, 32);
    assert_int_equal(second.version, 1);
}

static void acknowledges_once_a_node_and_only_after_the_commit(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        figure("D1", "2022", "W1", 6)};

    province_batch(p, &one, &updates[0], 1);
    province_batch(p, &one, &updates[1], 1);
    assert_int_equal(p->heard_count, 0);
    province_drain(p);

    size_t acks = 0;
    for (size_t i = 0; i < p->heard_count; i++) {
        acks += !p->heard[i].published && p->heard[i].header.type == TH_MSG_ACK ? 1 : 0;
    }
    assert_int_equal(acks, 1);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 2);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).version, 1); // one turn, one version
    province_verify(p);
}

static void a_desk_writes_any_unit_until_it_is_revoked(void **state)
{
    static const char *const WITH_DESK[] = {"D1", ""};
    struct province *p = *state;
    struct player own = player_of(0);
    struct player office = player_of(1);
    struct player enrolled = player_of(2);
    const struct th_update first = figure("D2", "2023", "W1", 5);
    const struct th_update second = figure("A1", "2023", "W1", 6);
    province_roster(p, WITH_DESK, TH_COUNT(WITH_DESK));

    assert_int_equal(province_say(p, &office, &first), TH_V_AUTHORITY);
    assert_int_equal(province_say(p, &own, &first), 0);
    assert_int_equal(province_say(p, &enrolled, &second), 0);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 11);
    province_verify(p);

    const struct th_roster_grant gone = {.number = 0, .class = TH_PEER_DESK, .revoked = true};
    const struct th_roster_message roster = {
        .lineage = TH_BYTES("p"), .generation = 9, .grants = &gone, .count = 1};
    uint8_t space[256];
    struct th_writer writer = TH_WRITER(space);
    th_roster_message_write(&writer, &roster);
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_ROSTER};
    province_message(p, TH_PEER_NONE, 0, &header, th_written(&writer));
    province_drain(p);
    province_forget(p);
    province_hello(p, &own);
    province_drain(p);
    assert_null(province_heard(p, 0, TH_MSG_WELCOME));
}

static void counts_a_repeated_batch_once(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_batch(p, &one, &update, 1);
    province_drain(p);

    province_send_batch(p, &one, 1, one.hash, player_body());
    province_drain(p);

    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).seq, 1);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
    assert_int_equal(judge_version(&p->judge), 1);
    province_verify(p);
}

static void asks_for_the_next_batch_at_a_gap(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_batch(p, &one, &update, 1);
    province_drain(p);

    province_send_batch(p, &one, 3, one.hash, player_body());
    province_drain(p);

    const struct th_refusal refusal = province_refusal(p, 1);
    assert_int_equal(refusal.code, 3101);
    assert_int_equal(refusal.class, TH_REFUSE_RETRY);
    assert_int_equal(refusal.seq, 2);
}

static void stops_a_stream_whose_chain_does_not_fit(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    struct player restored = one; // what a backup of the outbox would hold
    province_batch(p, &one, &update, 1);
    province_drain(p);

    const struct th_update other = figure("D1", "2023", "W1", 6);
    province_forget(p);
    province_batch(p, &restored, &other, 1); // number 1 again, with other bytes

    assert_int_equal(province_refusal(p, 1).code, 3102);
    assert_int_equal(province_refusal(p, 1).class, TH_REFUSE_STOP);
    province_drain(p);

    struct player stranger = player_of(1);
    stranger.incarnation[0] ^= 1;
    province_forget(p);
    province_hello(p, &stranger);
    assert_int_equal(province_refusal(p, 1).code, 3102);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
}

// It may be one that an old connection held back. A node that was restored sees the fork itself:
// the province knows a number above its last.
static void answers_a_hello_that_is_behind_with_how_far_it_is(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player late = one;
    const struct th_update update = figure("D1", "2023", "W1", 5);
    province_batch(p, &one, &update, 1);
    province_drain(p);

    province_forget(p);
    province_hello(p, &late);
    province_drain(p);

    assert_int_equal(province_decided(p, 1, TH_MSG_WELCOME).seq, 1);
}

static void stops_a_stream_of_an_old_epoch(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    one.epoch = 2;
    th_chain_start(one.hash, TH_BYTES("p"), one.incarnation, 1, 2);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(p, &one, &update), 0);

    struct player old = player_of(1);
    province_forget(p);
    province_batch(p, &old, &update, 1);

    assert_int_equal(province_refusal(p, 1).code, 3103);
    assert_int_equal(province_refusal(p, 1).class, TH_REFUSE_STOP);
}

static void keeps_an_undecodable_batch_and_lets_others_pass(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    const struct th_bytes junk = TH_BYTES("\xff\xff\xff\xff");
    uint8_t hash[32];
    th_chain_next(hash, one.hash, 1, 1, 1, junk);
    province_forget(p);
    province_send_batch(p, &one, 1, hash, junk);
    assert_int_equal(province_refusal(p, 1).code, 3104);

    const struct th_update update = figure("D2", "2023", "W1", 5);
    assert_int_equal(province_say(p, &two, &update), 0);

    uint64_t dead = 0;
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_DEAD, &dead));
    province_end(p);
    assert_int_equal(dead, 1);
    assert_int_equal(p->notes[JUDGE_NOTE_DEAD], 1);
    province_verify(p);
}

static void rejects_an_item_and_goes_on_with_the_others(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update updates[] = {
        figure("D1", "2023", "W1", 5),
        figure("D2", "2023", "W1", 7), // not its unit
        figure("D1", "2023", "XX", 1), // no such measure
        figure("D1", "2022", "W1", 9),
    };

    province_batch(p, &one, updates, TH_COUNT(updates));
    province_drain(p);

    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    assert_int_equal(decided.verdict_count, 2);
    assert_int_equal(decided.verdicts_through, 1);
    assert_int_equal(decided.verdicts[0].index, 1);
    assert_int_equal(decided.verdicts[0].verdict.code, 2204);
    assert_int_equal(decided.verdicts[1].index, 2);
    assert_int_equal(decided.verdicts[1].verdict.code, 2202);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
    assert_int_equal(province_total(p, "W1", "2022", "P", "").value, 9);
}

static void tells_verdicts_again_to_a_node_that_lost_the_answer(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update wrong = figure("D2", "2023", "W1", 7);
    const struct th_update right = figure("D1", "2023", "W1", 7);
    assert_int_equal(province_say(p, &one, &wrong), 2204);
    assert_int_equal(province_say(p, &one, &right), 0);

    province_ping(p, &one);
    province_drain(p);
    const struct th_decided all = province_decided(p, 1, TH_MSG_PONG);
    assert_int_equal(all.verdicts_after, 0);
    assert_int_equal(all.verdicts_through, 2);
    assert_int_equal(all.verdict_count, 1);
    assert_int_equal(all.verdicts[0].seq, 1);

    one.verdict_seq = 2;
    province_ping(p, &one);
    province_drain(p);
    assert_int_equal(province_decided(p, 1, TH_MSG_PONG).verdict_count, 0);
}

static void cuts_long_lists_of_verdicts_at_the_end_of_a_batch(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct th_update wrong[PROVINCE_UPDATES_MAX];
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        wrong[i] = figure("D2", "2023", "W1", (int64_t)i);
    }
    const size_t batches = JUDGE_VERDICTS_MAX / TH_COUNT(wrong) + 2;
    for (size_t i = 0; i < batches; i++) {
        province_batch(p, &one, wrong, TH_COUNT(wrong));
    }
    province_drain(p);

    size_t heard = 0;
    while (one.verdict_seq < batches) {
        province_ping(p, &one);
        province_drain(p);
        const struct th_decided decided = province_decided(p, 1, TH_MSG_PONG);
        assert_int_equal(decided.verdicts_after, one.verdict_seq);
        assert_true(decided.verdicts_through > one.verdict_seq);
        assert_int_equal(decided.verdict_count % TH_COUNT(wrong), 0);
        heard += decided.verdict_count;
        one.verdict_seq = decided.verdicts_through;
    }
    assert_int_equal(heard, batches * TH_COUNT(wrong));
}

static void beats_with_the_topics_that_changed(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(p, &one, &update), 0);
    bool delta_seen = false;
    for (size_t i = 0; i < p->heard_count; i++) {
        if (p->heard[i].published && strcmp(p->heard[i].topic, "t/p/W1/2023/") == 0) {
            struct th_delta delta;
            struct th_malformed why;
            EXPECT(TH_OK,
                   th_delta_read((struct th_bytes){p->heard[i].body, p->heard[i].size},
                                 &p->arena,
                                 &delta,
                                 &why));
            assert_int_equal(delta.topic_seq, 1);
            assert_int_equal(delta.version, 1);
            assert_int_equal(delta.count, 2); // D1 and P
            delta_seen = true;
        }
    }
    assert_true(delta_seen);

    province_forget(p);
    p->now_ms += JUDGE_BEAT_MS;
    province_event(p, TH_EV_TICK);
    struct th_beat beat;
    struct th_malformed why;
    assert_string_equal(p->heard[0].topic, "b/p/");
    EXPECT(TH_OK,
           th_beat_read(
               (struct th_bytes){p->heard[0].body, p->heard[0].size}, &p->arena, &beat, &why));
    assert_int_equal(beat.number, 1);
    assert_int_equal(beat.version, 1);
    assert_int_equal(beat.count, 1);
    assert_int_equal(beat.topics[0].seq, 1);
}

static void tells_a_broker_that_came_back_who_it_is_and_which_keys_joined(void **state)
{
    struct province *p = *state;
    struct th_attach attach;
    struct th_keys keys;

    province_event(p, TH_EV_LINK_UP);

    // Both in one step: neither may lie in the room of the other.
    const struct heard *first = province_heard(p, 0, TH_MSG_ATTACH);
    const struct heard *second = province_heard(p, 0, TH_MSG_KEYS);
    assert_non_null(first);
    assert_non_null(second);
    EXPECT(TH_OK,
           th_attach_read((struct th_bytes){first->body, first->size}, &p->arena, &attach, NULL));
    assert_int_equal(attach.count, 1);
    EXPECT(TH_OK,
           th_keys_read((struct th_bytes){second->body, second->size}, &p->arena, &keys, NULL));
    assert_true(th_bytes_equal(keys.lineage, attach.provinces[0].lineage));
}

static void takes_up_an_enrolment_once(void **state)
{
    struct province *p = *state;
    const struct th_join join = {.public_key = {7}};
    uint8_t space[64];
    struct th_writer writer = TH_WRITER(space);
    th_join_write(&writer, &join);
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_JOIN, .node = 2};

    province_message(p, TH_PEER_BOOTSTRAP, 2, &header, th_written(&writer));
    province_drain(p);
    assert_non_null(province_heard(p, 2, TH_MSG_JOINED));
    assert_non_null(province_heard(p, 0, TH_MSG_KEYS));

    province_message(p, TH_PEER_BOOTSTRAP, 2, &header, th_written(&writer)); // the answer was lost
    province_drain(p);
    assert_non_null(province_heard(p, 2, TH_MSG_JOINED));

    const struct th_join thief = {.public_key = {8}};
    writer.size = 0;
    th_join_write(&writer, &thief);
    province_forget(p);
    province_message(p, TH_PEER_BOOTSTRAP, 2, &header, th_written(&writer));
    assert_int_equal(province_refusal(p, 2).code, 1205);
    province_verify(p);
}

static void waits_for_the_roster_and_forgets_who_was_revoked(void **state)
{
    struct province *p = *state;
    struct player nine = player_of(9);
    const struct th_update update = figure("D1", "2023", "W1", 5);

    province_forget(p);
    province_batch(p, &nine, &update, 1);
    assert_int_equal(province_refusal(p, 9).code, 3004);
    province_drain(p);

    const char *const fewer[] = {"D1"};
    province_roster(p, fewer, 1);
    struct player two = player_of(2);
    province_forget(p);
    province_hello(p, &two);
    assert_int_equal(province_refusal(p, 2).code, 3004);
}

static void sends_the_register_in_parts(void **state)
{
    struct province *p = *state;
    uint8_t space[64];
    struct th_writer writer = TH_WRITER(space);
    th_register_request_write(&writer, &(struct th_register_request){.offset = 4});
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_REGISTER_REQUEST, .node = 1, .correlation = 5};
    province_forget(p);
    province_message(p, TH_PEER_NODE, 1, &header, th_written(&writer));

    const struct heard *heard = province_heard(p, 1, TH_MSG_REGISTER);
    assert_non_null(heard);
    struct th_part part;
    struct th_malformed why;
    EXPECT(TH_OK,
           th_part_read((struct th_bytes){heard->body, heard->size}, &p->arena, &part, &why));
    const struct th_bytes rest = {p->whole->bundle + 4, p->whole->bundle_size - 4};
    assert_int_equal(part.total, p->whole->bundle_size);
    assert_true(th_bytes_equal(part.bytes, rest));
    assert_int_equal(heard->header.correlation, 5);
}

static void sends_the_register_to_viewers_too(void **state)
{
    struct province *p = *state;
    uint8_t space[64];
    struct th_writer writer = TH_WRITER(space);
    th_register_request_write(&writer, &(struct th_register_request){.offset = 0});
    struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_REGISTER_REQUEST, .node = 20, .correlation = 5};
    province_forget(p);
    province_message(p, TH_PEER_VIEWER, 20, &header, th_written(&writer));

    assert_non_null(province_heard(p, 20, TH_MSG_REGISTER));

    header.type = TH_MSG_BATCH; // and nothing else
    province_forget(p);
    province_message(p, TH_PEER_VIEWER, 20, &header, th_written(&writer));
    assert_int_equal(p->heard_count, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(says_welcome_with_the_watermark),
        CASE(acknowledges_once_a_node_and_only_after_the_commit),
        CASE(a_desk_writes_any_unit_until_it_is_revoked),
        CASE(counts_a_repeated_batch_once),
        CASE(asks_for_the_next_batch_at_a_gap),
        CASE(stops_a_stream_whose_chain_does_not_fit),
        CASE(answers_a_hello_that_is_behind_with_how_far_it_is),
        CASE(stops_a_stream_of_an_old_epoch),
        CASE(keeps_an_undecodable_batch_and_lets_others_pass),
        CASE(rejects_an_item_and_goes_on_with_the_others),
        CASE(tells_verdicts_again_to_a_node_that_lost_the_answer),
        CASE(cuts_long_lists_of_verdicts_at_the_end_of_a_batch),
        CASE(beats_with_the_topics_that_changed),
        CASE(tells_a_broker_that_came_back_who_it_is_and_which_keys_joined),
        CASE(takes_up_an_enrolment_once),
        CASE(waits_for_the_roster_and_forgets_who_was_revoked),
        CASE(sends_the_register_in_parts),
        CASE(sends_the_register_to_viewers_too),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
