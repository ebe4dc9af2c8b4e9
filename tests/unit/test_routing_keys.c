// test_routing_keys.c - numbers with more than one key: replaced, changed, told to a worker

#include <string.h>

#include "tests/support/routing_rig.h"

static void joined(struct th_roster_entry *entry, uint8_t byte, uint32_t rotation)
{
    entry->has_key = true;
    entry->joined = true;
    entry->key_rotation = rotation;
    memset(entry->key, byte, sizeof(entry->key));
}

static void a_key_replaced_while_connected_is_silent_from_the_next_message_on(void **state)
{
    struct rig *f = *state;
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    const struct rig_sent join = {TH_PEER_BOOTSTRAP, 10, ROUTING_NODES, TH_MSG_JOIN, 10};
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    roster.entries = entries;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    entries[0].key[3] = 1;
    entries[3].bootstrap[7] = 1; // an enrolment that was made anew
    routing_set_roster(&f->routing, &roster);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "replaced"), 1);
    rig_message(f, &join, "N", RIG_BODY);
    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "replaced"), 2);
}

static void a_join_says_under_which_enrolment_it_comes(void **state)
{
    struct rig *f = *state;
    struct th_envelope envelope;
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    const struct rig_sent join = {TH_PEER_BOOTSTRAP, 10, ROUTING_NODES, TH_MSG_JOIN, 10};
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    roster.entries = entries;
    entries[0].enrolment = 4;
    entries[3].enrolment = 3;
    routing_set_roster(&f->routing, &roster);
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_message(f, &join, "N", RIG_BODY);
    EXPECT(TH_OK, th_envelope_read(f->items[0].envelope, &f->routing.arena, &envelope, NULL));
    assert_int_equal(envelope.enrolment, 3);
    rig_message(f, &RIG_BATCH, "N", RIG_BODY);
    EXPECT(TH_OK, th_envelope_read(f->items[0].envelope, &f->routing.arena, &envelope, NULL));
    assert_int_equal(envelope.enrolment, 0); // only a JOIN has one
}

// 7 has joined, with another key before that still holds.
static void two_keys(struct th_roster_entry *entry)
{
    joined(entry, 101, 1);
    entry->has_previous = true;
    entry->previous_until_ms = RIG_WALL_MS + 1;
    memset(entry->previous, 102, sizeof(entry->previous));
}

static void say_with(struct rig *f, uint8_t key, uint32_t type, struct th_bytes body)
{
    uint8_t bytes[TH_HEADER_BYTES_MAX];
    uint8_t tag[sizeof(uint64_t)];
    memset(tag, key, sizeof(tag));
    rig_step(
        f,
        (struct th_event){.kind = TH_EV_MESSAGE,
                          .port = ROUTING_NODES,
                          .from = {.class = TH_PEER_NODE,
                                   .number = 7,
                                   .route = TH_BYTES("N"),
                                   .tag = th_get_u64(tag)},
                          .header = rig_header(bytes, (struct th_header){.type = type, .node = 7}),
                          .body = body});
}

static void the_key_before_speaks_until_its_time_is_over_and_announces_nothing(void **state)
{
    struct rig *f = *state;
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    uint8_t bytes[64];
    struct th_writer writer = TH_WRITER(bytes);
    struct th_join join;
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    roster.entries = entries;
    two_keys(&entries[0]);
    routing_set_roster(&f->routing, &roster);
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    say_with(f, 101, TH_MSG_HELLO, RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 7);
    say_with(f, 102, TH_MSG_HELLO, RIG_BODY);
    rig_expect_envelope(f, TH_PEER_NODE, 7);
    say_with(f, 103, TH_MSG_HELLO, RIG_BODY);
    assert_int_equal(f->actions.count, 0);

    memset(join.public_key, 77, sizeof(join.public_key));
    th_join_write(&writer, &join);
    say_with(f, 101, TH_MSG_JOIN, th_written(&writer));
    rig_expect_envelope(f, TH_PEER_NODE, 7);
    say_with(f, 102, TH_MSG_JOIN, th_written(&writer));
    assert_int_equal(rig_header_of(rig_only_send(f, ROUTING_NODES)).type, TH_MSG_REFUSAL);
    memset(join.public_key, 101, sizeof(join.public_key)); // whose answer was lost
    writer.size = 0;
    th_join_write(&writer, &join);
    say_with(f, 102, TH_MSG_JOIN, th_written(&writer));
    rig_expect_envelope(f, TH_PEER_NODE, 7);

    entries[0].previous_until_ms = RIG_WALL_MS;
    say_with(f, 102, TH_MSG_HELLO, RIG_BODY);
    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "replaced"), 2);
}

static void answers_say_that_another_key_is_wanted(void **state)
{
    struct rig *f = *state;
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    const struct rig_answer ack = rig_answer_to(TH_PEER_NODE, 7, TH_MSG_ACK);
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    roster.entries = entries;
    joined(&entries[0], 101, 1);
    routing_set_roster(&f->routing, &roster);
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_answer(f, &ack, RIG_BODY);
    assert_false(rig_header_of(rig_only_send(f, ROUTING_NODES)).rotate);
    entries[0].rotation = 2;
    rig_answer(f, &ack, RIG_BODY);
    assert_true(rig_header_of(rig_only_send(f, ROUTING_NODES)).rotate);
}

static void keys_that_a_worker_has_lost_are_told_to_it(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[512];
    struct th_writer writer = TH_WRITER(bytes);
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    struct th_key_entry list[] = {{.number = 7, .class = TH_PEER_NODE, .rotation = 1},
                                  {.number = 10, .class = TH_PEER_NODE, .rotation = 1}};
    struct th_keys keys = {.lineage = TH_BYTES("hg93"), .keys = list, .count = TH_COUNT(list)};
    const struct rig_sent say = {TH_PEER_WORKER, 1, ROUTING_WORKERS, TH_MSG_KEYS, 0};
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    roster.entries = entries;
    joined(&entries[0], 101, 1); // 7: as on the list
    joined(&entries[3], 102, 2); // 10: a later one
    joined(&entries[4], 103, 0); // 11: not on it
    joined(&entries[2], 104, 0); // 9: of another province
    routing_set_roster(&f->routing, &roster);
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    th_keys_write(&writer, &keys);
    rig_message(f, &say, "W1", th_written(&writer));

    const struct th_action *send = &f->items[f->actions.count - 1];
    assert_int_equal(send->kind, TH_ACT_SEND);
    assert_int_equal(send->port, ROUTING_WORKERS);
    assert_int_equal(rig_header_of(send).type, TH_MSG_KEYS);
    EXPECT(TH_OK, th_keys_read(send->body, &f->routing.arena, &keys, NULL));
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.keys[0].number, 10);
    assert_int_equal(keys.keys[0].public_key[0], 102);
    assert_int_equal(keys.keys[1].number, 11);

    list[1].rotation = 3;
    keys = (struct th_keys){.lineage = TH_BYTES("hg93"), .keys = list, .count = TH_COUNT(list)};
    entries[4].joined = false;
    writer.size = 0;
    th_keys_write(&writer, &keys);
    rig_message(f, &say, "W1", th_written(&writer));
    for (size_t i = 0; i < f->actions.count; i++) {
        assert_int_not_equal(f->items[i].kind, TH_ACT_SEND); // nothing is lost
    }
}

static void everybody_is_told_of_the_next_key_and_those_who_know_are_noted(void **state)
{
    struct rig *f = *state;
    uint8_t next[TH_CURVE_BYTES] = {7, 7};
    uint8_t bytes[TH_HEADER_BYTES_MAX];
    const struct rig_answer ack = rig_answer_to(TH_PEER_NODE, 7, TH_MSG_ACK);
    const struct rig_answer part = rig_answer_to(TH_PEER_NODE, 7, TH_MSG_REGISTER);
    struct th_header hello = {.type = TH_MSG_HELLO, .node = 7, .server_key_known = 5};
    routing_set_server_key(&f->routing, next);
    rig_attach(f, 1, "W1", RIG_STORE, 3);
    bool told = false;
    for (size_t i = 0; i < f->actions.count; i++) {
        told =
            told || (f->items[i].kind == TH_ACT_SEND && rig_header_of(&f->items[i]).has_server_key);
    }
    assert_true(told); // ROSTER

    rig_answer(f, &ack, RIG_BODY);
    assert_memory_equal(rig_header_of(rig_only_send(f, ROUTING_NODES)).server_key, next, 32);
    rig_answer(f, &part, RIG_BODY);
    assert_false(rig_header_of(rig_only_send(f, ROUTING_NODES)).has_server_key);

    for (int known = 0; known < 2; known++) {
        rig_step(f,
                 (struct th_event){.kind = TH_EV_MESSAGE,
                                   .port = ROUTING_NODES,
                                   .from = {.class = TH_PEER_NODE, .number = 7},
                                   .header = rig_header(bytes, hello),
                                   .body = RIG_BODY});
        size_t notes = 0;
        for (size_t i = 0; i < f->actions.count; i++) {
            if (f->items[i].kind == TH_ACT_NOTE) {
                assert_int_equal(f->items[i].code, ROUTING_NOTE_KNOWS);
                assert_int_equal(f->items[i].to.number, 7);
                notes++;
            }
        }
        assert_int_equal(notes, known); // what it knows first is another key
        hello.server_key_known = th_key_tag(next);
    }
    routing_set_server_key(&f->routing, NULL);
    rig_answer(f, &ack, RIG_BODY);
    assert_false(rig_header_of(rig_only_send(f, ROUTING_NODES)).has_server_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_CASE(a_key_replaced_while_connected_is_silent_from_the_next_message_on),
        RIG_CASE(a_join_says_under_which_enrolment_it_comes),
        RIG_CASE(the_key_before_speaks_until_its_time_is_over_and_announces_nothing),
        RIG_CASE(everybody_is_told_of_the_next_key_and_those_who_know_are_noted),
        RIG_CASE(answers_say_that_another_key_is_wanted),
        RIG_CASE(keys_that_a_worker_has_lost_are_told_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
