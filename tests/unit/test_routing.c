// test_routing.c - the broker's core by tables: who may send what, and who owns a province

#include <string.h>

#include "tonghop/fault.h"

#include "tests/support/routing_rig.h"

// ---- G1: who may send what ----

// clang-format off
static const struct {
    struct rig_sent sent;
    const char *counted;
    uint32_t refused; // 0: silence
} DROPPED[] = {
    // class            number port             type                    node
    {{TH_PEER_NONE,      0,  ROUTING_NODES,   TH_MSG_HELLO,            0},  "no_user",      0},
    {{TH_PEER_NODE,      99, ROUTING_NODES,   TH_MSG_HELLO,            99}, "unknown",      0},
    {{TH_PEER_NODE,      8,  ROUTING_NODES,   TH_MSG_BATCH,            8},  "revoked",      0},
    {{TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_BATCH,            9},  "wrong_number", 0},
    {{TH_PEER_NODE,      7,  ROUTING_QUERIES, TH_MSG_QUERY,            7},  "wrong_class",  0},
    {{TH_PEER_NODE,      7,  ROUTING_WORKERS, TH_MSG_ATTACH,           7},  "wrong_class",  0},
    {{TH_PEER_NODE,      7,  ROUTING_RELAY,   TH_MSG_ATTACH,           7},  "wrong_class",  0},
    {{TH_PEER_VIEWER,    20, ROUTING_NODES,   TH_MSG_HELLO,            20}, "wrong_class",  0},
    {{TH_PEER_WORKER,    1,  ROUTING_NODES,   TH_MSG_HELLO,            1},  "wrong_class",  0},
    {{TH_PEER_DESK,      30, ROUTING_FEED,    TH_MSG_HELLO,            30}, "wrong_class",  0},
    {{TH_PEER_BOOTSTRAP, 11, ROUTING_NODES,   TH_MSG_JOIN,             11}, "unknown",      0}, // expired
    {{TH_PEER_BOOTSTRAP, 7,  ROUTING_NODES,   TH_MSG_JOIN,             7},  "unknown",      0}, // no enrolment
    {{TH_PEER_BOOTSTRAP, 10, ROUTING_QUERIES, TH_MSG_JOIN,             10}, "unknown",      0}, // a node's
    {{TH_PEER_BOOTSTRAP, 10, ROUTING_NODES,   TH_MSG_BATCH,            10}, "wrong_type",   3107},
    {{TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_JOIN,             7},  "wrong_type",   3107},
    {{TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_QUERY,            7},  "wrong_type",   0},
    {{TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_ACK,              7},  "wrong_type",   3107},
    {{TH_PEER_VIEWER,    20, ROUTING_QUERIES, TH_MSG_BATCH,            20}, "wrong_type",   3107},
    {{TH_PEER_WORKER,    1,  ROUTING_WORKERS, TH_MSG_HELLO,            1},  "wrong_type",   0},
    {{TH_PEER_DESK,      5,  ROUTING_NODES,   TH_MSG_BATCH,            5},  "wrong_number", 0}, // it is node 0
    {{TH_PEER_DESK,      30, ROUTING_NODES,   TH_MSG_BATCH,            0},  "wrong_number", 0},
    {{TH_PEER_BOOTSTRAP, 30, ROUTING_QUERIES, TH_MSG_JOIN,             30}, "unknown",      0},
    {{TH_PEER_DESK,      30, ROUTING_NODES,   TH_MSG_QUERY,            30}, "wrong_type",   0},
    {{TH_PEER_DESK,      30, ROUTING_QUERIES, TH_MSG_BATCH,            30}, "wrong_type",   3107},
    {{TH_PEER_DESK,      30, ROUTING_QUERIES, TH_MSG_REGISTER_REQUEST, 30}, "wrong_type",   3107},
};
// clang-format on

static void what_a_key_may_not_send_is_dropped_and_counted(void **state)
{
    struct rig *f = *state;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    for (size_t i = 0; i < TH_COUNT(DROPPED); i++) {
        const uint64_t before = rig_count(f, DROPPED[i].counted);
        rig_message(f, &DROPPED[i].sent, "N", RIG_BODY);
        assert_int_equal(rig_count(f, DROPPED[i].counted), before + 1);
        if (DROPPED[i].refused != 0) {
            rig_expect_refusal(f, DROPPED[i].sent.port, DROPPED[i].refused);
        } else {
            for (size_t a = 0; a < f->actions.count; a++) {
                assert_int_not_equal(f->items[a].port, ROUTING_WORKERS);
            }
        }
    }
}

// clang-format off
static const struct rig_sent PASSED[] = {
    {TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_HELLO,            7},
    {TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_BATCH,            7},
    {TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_PING,             7},
    {TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_REGISTER_REQUEST, 7},
    {TH_PEER_NODE,      7,  ROUTING_NODES,   TH_MSG_BYE,              7},
    {TH_PEER_BOOTSTRAP, 10, ROUTING_NODES,   TH_MSG_JOIN,             10},
    {TH_PEER_BOOTSTRAP, 21, ROUTING_QUERIES, TH_MSG_JOIN,             21},
    {TH_PEER_VIEWER,    20, ROUTING_QUERIES, TH_MSG_REGISTER_REQUEST, 20},
    {TH_PEER_DESK,      30, ROUTING_NODES,   TH_MSG_BATCH,            30},
    {TH_PEER_DESK,      0,  ROUTING_NODES,   TH_MSG_BATCH,            0},
    {TH_PEER_BOOTSTRAP, 30, ROUTING_NODES,   TH_MSG_JOIN,             30},
};
// clang-format on

static void the_rest_goes_to_the_owner_with_what_is_proved_in_the_envelope(void **state)
{
    struct rig *f = *state;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    for (size_t i = 0; i < TH_COUNT(PASSED); i++) {
        rig_message(f, &PASSED[i], "N", RIG_BODY);
        rig_expect_envelope(f, PASSED[i].class, PASSED[i].number);
        assert_true(th_bytes_equal(f->items[0].body, RIG_BODY));
        assert_int_equal(rig_header_of(&f->items[0]).type, PASSED[i].type);
    }
}

static void a_key_revoked_while_connected_is_silent_from_the_next_message_on(void **state)
{
    struct rig *f = *state;
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    roster.entries = entries;
    rig_attach(f, 1, "W1", RIG_STORE, 3);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 7);

    entries[0].revoked = true;
    routing_set_roster(&f->routing, &roster);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);

    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "revoked"), 1);
    const struct rig_answer late = rig_answer_to(TH_PEER_NODE, 7, TH_MSG_ACK);
    rig_answer(f, &late, RIG_BODY);
    assert_int_equal(f->actions.count, 0);
}

static void bytes_that_are_no_header_are_dropped(void **state)
{
    struct rig *f = *state;

    rig_step(f,
             (struct th_event){.kind = TH_EV_MESSAGE,
                               .port = ROUTING_NODES,
                               .from = {.class = TH_PEER_NODE, .number = 7},
                               .header = TH_BYTES("\xff\xff\xff"),
                               .body = RIG_BODY});

    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "malformed"), 1);
}

static void a_batch_above_its_bound_stops_and_another_protocol_is_refused(void **state)
{
    struct rig *f = *state;
    static uint8_t big[ROUTING_BATCH_BYTES_MAX + 1];
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_message(f, &RIG_BATCH, "N", (struct th_bytes){.data = big, .size = sizeof(big) - 1});
    rig_expect_envelope(f, TH_PEER_NODE, 7);
    rig_message(f, &RIG_BATCH, "N", (struct th_bytes){.data = big, .size = sizeof(big)});
    rig_expect_refusal(f, ROUTING_NODES, 3105);

    uint8_t bytes[TH_HEADER_BYTES_MAX];
    const struct th_header header = {.protocol = 2, .type = TH_MSG_HELLO, .node = 7, .seq = 4};
    rig_step(f,
             (struct th_event){.kind = TH_EV_MESSAGE,
                               .port = ROUTING_NODES,
                               .from = {.class = TH_PEER_NODE, .number = 7, .route = TH_BYTES("N")},
                               .header = rig_header(bytes, header),
                               .body = RIG_BODY});
    rig_expect_refusal(f, ROUTING_NODES, 3106);
}

// ---- no worker, full worker, short memory ----

static void without_a_worker_the_node_is_told_to_try_again(void **state)
{
    struct rig *f = *state;

    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_refusal(f, ROUTING_NODES, 3108);
    rig_message(f, &RIG_BYE, "N", RIG_BODY);
    assert_int_equal(f->actions.count, 0);
}

static void a_full_worker_is_answered_busy_once(void **state)
{
    struct rig *f = *state;
    rig_attach(f, 1, "W1", RIG_STORE, 3);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    assert_int_equal(f->actions.count, 1);

    f->actions.count = 0;
    routing_unsent(&f->routing, &f->actions);
    rig_expect_refusal(f, ROUTING_NODES, 3004);
    assert_true(th_bytes_equal(f->items[0].to.route, TH_BYTES("N")));
    f->actions.count = 0;
    routing_unsent(&f->routing, &f->actions);
    assert_int_equal(f->actions.count, 0);
    rig_message(f, &RIG_BYE, "N", RIG_BODY);
    f->actions.count = 0;
    routing_unsent(&f->routing, &f->actions);
    assert_int_equal(f->actions.count, 0);
}

static void when_memory_is_short_batches_wait_and_pings_pass(void **state)
{
    struct rig *f = *state;
    const struct rig_sent ping = {TH_PEER_NODE, 7, ROUTING_NODES, TH_MSG_PING, 7};
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    routing_set_busy(&f->routing, true);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_refusal(f, ROUTING_NODES, 3004);
    rig_message(f, &ping, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 7);
    routing_set_busy(&f->routing, false);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 7);
}

// ---- G2: who owns a province ----

// clang-format off
static const struct {
    uint32_t worker;
    const char *route;
    uint64_t store, epoch;
    bool owns;
} ATTACHES[] = {
    {1, "W1", RIG_STORE + 9, 9, false}, // a store that was restored or made by somebody else
    {1, "W1", RIG_STORE, 3, true},
    {1, "W1", RIG_STORE, 3, true},      // every five seconds
    {2, "W2", RIG_STORE, 2, false},     // woke up after another took over
    {2, "W2", RIG_STORE, 3, false},     // cannot be
    {1, "W1b", RIG_STORE, 3, true},     // came back by a new connection
    {2, "W2", RIG_STORE, 4, true},      // opened the store later
    {1, "W1b", RIG_STORE, 3, false},
};
// clang-format on

static void the_highest_store_epoch_of_the_valid_store_owns(void **state)
{
    struct rig *f = *state;

    for (size_t i = 0; i < TH_COUNT(ATTACHES); i++) {
        const uint64_t fenced = rig_count(f, "fenced");
        rig_attach(f, ATTACHES[i].worker, ATTACHES[i].route, ATTACHES[i].store, ATTACHES[i].epoch);
        assert_int_equal(rig_count(f, "fenced"), fenced + (ATTACHES[i].owns ? 0 : 1));
        if (ATTACHES[i].owns) {
            rig_message(f, &RIG_BATCH, "N", RIG_BODY);
            assert_true(th_bytes_equal(rig_only_send(f, ROUTING_WORKERS)->to.route,
                                       th_bytes_of(ATTACHES[i].route)));
        }
    }
}

static void an_owner_is_told_who_may_write_what(void **state)
{
    struct rig *f = *state;
    struct th_roster_message roster;

    rig_attach(f, 1, "W1", RIG_STORE, 3);

    const struct th_action *send = &f->items[f->actions.count - 1];
    assert_int_equal(rig_header_of(send).type, TH_MSG_ROSTER);
    EXPECT(TH_OK, th_roster_message_read(send->body, &f->arena, &roster, NULL));
    assert_int_equal(roster.generation, 5);
    assert_int_equal(roster.count, 9); // of hg93: five nodes but one, three viewers, two desks
    assert_int_equal(roster.grants[7].number, 0);
    assert_int_equal(roster.grants[7].class, TH_PEER_DESK);
    assert_int_equal(roster.grants[8].number, 30);
    assert_true(roster.grants[1].revoked);
    rig_step(f, (struct th_event){.kind = TH_EV_ROSTER});
    assert_int_equal(f->actions.count, 0);
    routing_set_roster(&f->routing, &RIG_ROSTER);
    rig_step(f, (struct th_event){.kind = TH_EV_ROSTER});
    assert_int_equal(rig_header_of(rig_only_send(f, ROUTING_WORKERS)).type, TH_MSG_ROSTER);
}

static void a_silent_owner_is_gone_but_its_epoch_still_fences(void **state)
{
    struct rig *f = *state;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    f->now_ms += ROUTING_OWNER_MS + 1;
    rig_step(f, (struct th_event){.kind = TH_EV_TICK});
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_refusal(f, ROUTING_NODES, 3108);
    rig_attach(f, 2, "W2", RIG_STORE, 2);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_refusal(f, ROUTING_NODES, 3108);
    rig_attach(f, 1, "W9", RIG_STORE, 3);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    assert_int_equal(rig_only_send(f, ROUTING_WORKERS)->port, ROUTING_WORKERS);
}

static void another_valid_store_id_ends_the_old_ownership(void **state)
{
    struct rig *f = *state;
    struct th_roster_province provinces[TH_COUNT(RIG_PROVINCES)];
    struct th_roster roster = RIG_ROSTER;
    memcpy(provinces, RIG_PROVINCES, sizeof(provinces));
    provinces[0].store_id = RIG_STORE + 1;
    roster.provinces = provinces;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    routing_set_roster(&f->routing, &roster);

    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    rig_expect_refusal(f, ROUTING_NODES, 3108);
    rig_attach(f, 1, "W1", RIG_STORE + 1, 1);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    assert_int_equal(f->items[0].port, ROUTING_WORKERS);
}

// ---- planted bugs are seen by the tests above ----

static void planted_bugs_change_what_comes_out(void **state)
{
    struct rig *f = *state;
#ifndef TONGHOP_FAULTS
    SKIP("built without planted bugs");
#endif
    const struct rig_sent forged = {TH_PEER_NODE, 7, ROUTING_NODES, TH_MSG_BATCH, 9};
    const struct rig_sent revoked = {TH_PEER_NODE, 8, ROUTING_NODES, TH_MSG_BATCH, 8};
    struct rig_answer zombie = rig_answer_to(TH_PEER_NODE, 7, TH_MSG_ACK);
    zombie.envelope.store_epoch = 2;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    th_mutant_set(18);
    rig_answer(f, &zombie, RIG_BODY);
    assert_int_equal(f->actions.count, 1);
    th_mutant_set(27);
    rig_message(f, &forged, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 9);
    th_mutant_set(28);
    rig_message(f, &revoked, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 8);
    th_mutant_set(26);
    rig_attach(f, 2, "W2", RIG_STORE, 2);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    assert_true(th_bytes_equal(rig_only_send(f, ROUTING_WORKERS)->to.route, TH_BYTES("W2")));
}

static void stop_ends_at_once_and_ticks_follow_ticks(void **state)
{
    struct rig *f = *state;

    rig_step(f, (struct th_event){.kind = TH_EV_START});
    assert_int_equal(f->items[0].kind, TH_ACT_WAKE);
    rig_step(f, (struct th_event){.kind = TH_EV_TICK});
    assert_int_equal(f->items[f->actions.count - 1].at_ms, f->now_ms + ROUTING_TICK_MS);
    rig_step(f, (struct th_event){.kind = TH_EV_STOP});
    assert_int_equal(f->items[0].kind, TH_ACT_EXIT);
    assert_int_equal(f->items[0].code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_CASE(what_a_key_may_not_send_is_dropped_and_counted),
        RIG_CASE(the_rest_goes_to_the_owner_with_what_is_proved_in_the_envelope),
        RIG_CASE(a_key_revoked_while_connected_is_silent_from_the_next_message_on),
        RIG_CASE(bytes_that_are_no_header_are_dropped),
        RIG_CASE(a_batch_above_its_bound_stops_and_another_protocol_is_refused),
        RIG_CASE(without_a_worker_the_node_is_told_to_try_again),
        RIG_CASE(a_full_worker_is_answered_busy_once),
        RIG_CASE(when_memory_is_short_batches_wait_and_pings_pass),
        RIG_CASE(the_highest_store_epoch_of_the_valid_store_owns),
        RIG_CASE(an_owner_is_told_who_may_write_what),
        RIG_CASE(a_silent_owner_is_gone_but_its_epoch_still_fences),
        RIG_CASE(another_valid_store_id_ends_the_old_ownership),
        RIG_CASE(planted_bugs_change_what_comes_out),
        RIG_CASE(stop_ends_at_once_and_ticks_follow_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
