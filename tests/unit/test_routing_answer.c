// test_routing_answer.c - the broker's core: answers, new keys, questions and the feed

#include <string.h>

#include "tests/support/routing_rig.h"

// ---- answers ----

static void answers_get_the_window_and_go_to_the_door_of_their_class(void **state)
{
    struct rig *f = *state;
    // clang-format off
    static const struct { enum th_peer_class class; uint32_t number, type; unsigned port; bool window; } CASES[] = {
        {TH_PEER_NODE,      7,  TH_MSG_WELCOME,  ROUTING_NODES,   true},
        {TH_PEER_NODE,      7,  TH_MSG_ACK,      ROUTING_NODES,   true},
        {TH_PEER_NODE,      7,  TH_MSG_PONG,     ROUTING_NODES,   true},
        {TH_PEER_NODE,      7,  TH_MSG_REFUSAL,  ROUTING_NODES,   false},
        {TH_PEER_NODE,      7,  TH_MSG_REGISTER, ROUTING_NODES,   false},
        {TH_PEER_BOOTSTRAP, 10, TH_MSG_REFUSAL,  ROUTING_NODES,   false},
        {TH_PEER_BOOTSTRAP, 21, TH_MSG_REFUSAL,  ROUTING_QUERIES, false},
        {TH_PEER_VIEWER,    20, TH_MSG_ANSWER,   ROUTING_QUERIES, false},
        {TH_PEER_VIEWER,    0,  TH_MSG_ANSWER,   ROUTING_QUERIES, false},
    };
    // clang-format on
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    for (size_t i = 0; i < TH_COUNT(CASES); i++) {
        const struct rig_answer answer =
            rig_answer_to(CASES[i].class, CASES[i].number, CASES[i].type);
        rig_answer(f, &answer, RIG_BODY);
        const struct th_action *send = rig_only_send(f, CASES[i].port);
        assert_true(th_bytes_equal(send->to.route, TH_BYTES("N")));
        assert_true(th_bytes_equal(send->body, RIG_BODY));
        assert_int_equal(rig_header_of(send).window_batches, CASES[i].window ? 8 : 0);
        assert_int_equal(rig_header_of(send).window_bytes, CASES[i].window ? 1 << 20 : 0);
    }
}

static void only_the_owner_answers_and_only_its_own(void **state)
{
    struct rig *f = *state;
    struct rig_answer wrong[6];
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        wrong[i] = rig_answer_to(TH_PEER_NODE, 7, TH_MSG_ACK);
    }
    wrong[0].worker = 2;
    wrong[1].worker_route = "W0"; // the same key, another connection: an older process
    wrong[2].envelope.store_epoch = 2;
    wrong[3].envelope.store_id = RIG_STORE + 1;
    wrong[4].envelope.lineage = TH_BYTES("ct92");
    wrong[5].envelope.number = 9; // a node of ct92
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        rig_answer(f, &wrong[i], RIG_BODY);
        assert_int_equal(f->actions.count, 0);
        assert_int_equal(rig_count(f, "fenced"), i + 1);
    }
}

// ---- G4 ----

static struct th_bytes joined_body(struct th_writer *writer)
{
    struct th_joined joined = {.number = 10};
    memcpy(joined.public_key, RIG_JOINED_KEY, sizeof(RIG_JOINED_KEY));
    th_joined_write(writer, &joined);
    return th_written(writer);
}

static void joined_waits_until_its_key_is_in_the_table(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    const struct th_bytes body = joined_body(&writer);
    const struct rig_answer joined = rig_answer_to(TH_PEER_BOOTSTRAP, 10, TH_MSG_JOINED);
    struct th_roster_entry entries[TH_COUNT(RIG_ENTRIES)];
    struct th_roster roster = RIG_ROSTER;
    memcpy(entries, RIG_ENTRIES, sizeof(entries));
    entries[3].has_key = true;
    memcpy(entries[3].key, RIG_JOINED_KEY, sizeof(RIG_JOINED_KEY));
    roster.entries = entries;
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_answer(f, &joined, body);
    assert_int_equal(f->actions.count, 0);
    rig_step(f, (struct th_event){.kind = TH_EV_ROSTER});
    assert_int_equal(f->actions.count, 0);
    routing_set_roster(&f->routing, &roster);
    rig_step(f, (struct th_event){.kind = TH_EV_ROSTER});

    assert_int_equal(f->items[0].port, ROUTING_NODES);
    assert_int_equal(rig_header_of(&f->items[0]).type, TH_MSG_JOINED);
    assert_true(th_bytes_equal(f->items[0].to.route, TH_BYTES("N")));
    assert_true(th_bytes_equal(f->items[0].body, body));
    rig_answer(f, &joined, body); // asked again: the key is there
    assert_int_equal(rig_header_of(rig_only_send(f, ROUTING_NODES)).type, TH_MSG_JOINED);
}

static void more_joined_than_there_is_room_for_forgets_the_oldest(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    const struct th_bytes body = joined_body(&writer);
    const struct rig_answer joined = rig_answer_to(TH_PEER_BOOTSTRAP, 10, TH_MSG_JOINED);
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    for (int i = 0; i < ROUTING_HELD_MAX; i++) {
        rig_answer(f, &joined, body);
    }
    assert_int_equal(rig_count(f, "forgotten"), 0);
    rig_answer(f, &joined, body);
    assert_int_equal(rig_count(f, "forgotten"), 1);

    f->now_ms += ROUTING_HELD_MS + 1;
    rig_step(f, (struct th_event){.kind = TH_EV_TICK});
    assert_int_equal(rig_count(f, "forgotten"), 1 + ROUTING_HELD_MAX);
}

static void keys_are_taken_from_the_owner_alone(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    const struct th_key_entry key = {.number = 10, .class = TH_PEER_NODE};
    const struct th_keys keys = {.lineage = TH_BYTES("hg93"), .keys = &key, .count = 1};
    th_keys_write(&writer, &keys);
    const struct rig_sent one = {TH_PEER_WORKER, 1, ROUTING_WORKERS, TH_MSG_KEYS, 0};
    const struct rig_sent two = {TH_PEER_WORKER, 2, ROUTING_WORKERS, TH_MSG_KEYS, 0};
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_message(f, &two, "W2", th_written(&writer));
    assert_int_equal(f->actions.count, 0);
    rig_message(f, &one, "W1", th_written(&writer));

    assert_int_equal(f->actions.count, 1);
    assert_int_equal(f->items[0].kind, TH_ACT_NOTE);
    assert_int_equal(f->items[0].code, ROUTING_NOTE_KEYS);
    assert_true(th_bytes_equal(f->items[0].header, TH_BYTES("hg93")));
    assert_true(th_bytes_equal(f->items[0].body, th_written(&writer)));
}

// ---- questions ----

static struct th_bytes query_body(struct th_writer *writer, const char *lineage)
{
    const struct th_query query = {.ask = TH_ASK_STATE, .lineage = th_bytes_of(lineage)};
    th_query_write(writer, &query);
    return th_written(writer);
}

static void expect_answer_code(struct rig *f, uint32_t code)
{
    const struct th_action *send = rig_only_send(f, ROUTING_QUERIES);
    struct th_answer answer;
    assert_int_equal(rig_header_of(send).type, TH_MSG_ANSWER);
    assert_int_equal(rig_header_of(send).correlation, 55);
    EXPECT(TH_OK, th_answer_read(send->body, &f->arena, &answer, NULL));
    assert_int_equal(answer.code, code);
    assert_true(answer.last);
}

static bool may_read_everywhere(struct rig *f)
{
    struct th_envelope envelope;
    const struct th_action *send = rig_only_send(f, ROUTING_WORKERS);
    EXPECT(TH_OK, th_envelope_read(send->envelope, &f->arena, &envelope, NULL));
    return envelope.everywhere;
}

static void a_viewer_asks_its_own_province_and_the_local_one_every(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[2][128];
    struct th_writer writers[2] = {TH_WRITER(bytes[0]), TH_WRITER(bytes[1])};
    const struct th_bytes own = query_body(&writers[0], "hg93");
    const struct th_bytes other = query_body(&writers[1], "ct92");
    const struct rig_sent viewer = {TH_PEER_VIEWER, 20, ROUTING_QUERIES, TH_MSG_QUERY, 20};
    const struct rig_sent local = {TH_PEER_VIEWER, 0, ROUTING_QUERIES, TH_MSG_QUERY, 0};
    const struct rig_sent desk = {TH_PEER_DESK, 30, ROUTING_QUERIES, TH_MSG_QUERY, 30};

    rig_message(f, &viewer, "N", own);
    expect_answer_code(f, 3108); // no worker yet
    rig_attach(f, 1, "W1", RIG_STORE, 3);
    rig_message(f, &viewer, "N", own);
    rig_expect_envelope(f, TH_PEER_VIEWER, 20);
    assert_false(may_read_everywhere(f));
    rig_message(f, &local, "N", own);
    rig_expect_envelope(f, TH_PEER_VIEWER, 0);
    assert_true(may_read_everywhere(f));
    rig_message(f, &desk, "N", own);
    rig_expect_envelope(f, TH_PEER_DESK, 30);
    assert_false(may_read_everywhere(f));
    rig_message(f, &viewer, "N", other);
    expect_answer_code(f, 3108);
    assert_int_equal(rig_count(f, "foreign"), 1);
    rig_message(f, &viewer, "N", TH_BYTES("\xff"));
    expect_answer_code(f, 3104);
}

// Whatever a question claims: the broker says what its asker may see.
static void a_public_viewer_is_said_to_be_one(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    const struct th_bytes own = query_body(&writer, "hg93");
    const struct rig_sent looker = {TH_PEER_VIEWER, 22, ROUTING_QUERIES, TH_MSG_QUERY, 22};
    const struct rig_sent viewer = {TH_PEER_VIEWER, 20, ROUTING_QUERIES, TH_MSG_QUERY, 20};
    const struct rig_sent asks = {TH_PEER_VIEWER, 22, ROUTING_QUERIES, TH_MSG_REGISTER_REQUEST, 22};
    struct th_envelope envelope;
    rig_attach(f, 1, "W1", RIG_STORE, 3);
    rig_message(f, &looker, "N", own);
    EXPECT(
        TH_OK,
        th_envelope_read(rig_only_send(f, ROUTING_WORKERS)->envelope, &f->arena, &envelope, NULL));
    assert_true(envelope.public_only);
    rig_message(f, &viewer, "N", own);
    EXPECT(
        TH_OK,
        th_envelope_read(rig_only_send(f, ROUTING_WORKERS)->envelope, &f->arena, &envelope, NULL));
    assert_false(envelope.public_only);
    rig_message(f, &asks, "N", TH_BYTES(""));
    assert_int_equal(rig_count(f, "wrong_type"), 1);
}

// A province's own desk is node 0 there, whatever its number in the roster.
static void each_province_has_a_desk_that_is_node_0(void **state)
{
    struct rig *f = *state;
    const struct rig_sent other = {TH_PEER_DESK, 5, ROUTING_NODES, TH_MSG_BATCH, 0};
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_message(f, &other, "N", RIG_BODY);
    rig_expect_refusal(f, ROUTING_NODES, 3108); // ct92 has no worker
    assert_int_equal(rig_header_of(&f->items[0]).node, 0);

    const struct rig_answer ack = rig_answer_to(TH_PEER_DESK, 0, TH_MSG_ACK);
    rig_answer(f, &ack, RIG_BODY);
    assert_int_equal(rig_header_of(rig_only_send(f, ROUTING_NODES)).type, TH_MSG_ACK);
    const struct rig_answer answer = rig_answer_to(TH_PEER_DESK, 30, TH_MSG_ANSWER);
    rig_answer(f, &answer, RIG_BODY);
    assert_int_equal(rig_header_of(rig_only_send(f, ROUTING_QUERIES)).type, TH_MSG_ANSWER);
    const struct rig_answer by_place = rig_answer_to(TH_PEER_DESK, 5, TH_MSG_ACK);
    rig_answer(f, &by_place, RIG_BODY);
    assert_int_equal(f->actions.count, 0);
}

static void credit_follows_its_question(void **state)
{
    struct rig *f = *state;
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    const struct th_bytes body = query_body(&writer, "hg93");
    const struct rig_sent query = {TH_PEER_VIEWER, 0, ROUTING_QUERIES, TH_MSG_QUERY, 0};
    const struct rig_sent credit = {TH_PEER_VIEWER, 0, ROUTING_QUERIES, TH_MSG_CREDIT, 0};
    rig_attach(f, 1, "W1", RIG_STORE, 3);

    rig_message(f, &credit, "N", RIG_BODY);
    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "forgotten"), 1);
    rig_message(f, &query, "N", body);
    rig_message(f, &credit, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_VIEWER, 0);
    routing_set_roster(&f->routing, &RIG_ROSTER);
    rig_message(f, &credit, "N", RIG_BODY);
    rig_expect_envelope(f, TH_PEER_VIEWER, 0);
    f->now_ms += ROUTING_QUESTION_MS;
    rig_message(f, &credit, "N", RIG_BODY);
    assert_int_equal(f->actions.count, 0);
}

// ---- the feed ----

static void publish(struct rig *f, uint32_t worker, const char *topic)
{
    rig_step(f,
             (struct th_event){.kind = TH_EV_MESSAGE,
                               .port = ROUTING_RELAY,
                               .from = {.class = TH_PEER_WORKER, .number = worker},
                               .header = th_bytes_of(topic),
                               .body = RIG_BODY});
}

static void publications_are_taken_from_the_owner_alone(void **state)
{
    struct rig *f = *state;

    publish(f, 1, "b/hg93/");
    assert_int_equal(rig_count(f, "fenced"), 1);
    rig_attach(f, 1, "W1", RIG_STORE, 3);
    publish(f, 1, "b/hg93/");
    assert_int_equal(f->actions.count, 1);
    assert_int_equal(f->items[0].kind, TH_ACT_PUBLISH);
    assert_true(th_bytes_equal(f->items[0].header, TH_BYTES("b/hg93/")));
    publish(f, 1, "t/hg93/EV01/2026/");
    assert_int_equal(f->actions.count, 1);
    publish(f, 2, "t/hg93/EV01/2026/");
    assert_int_equal(f->actions.count, 0);
    publish(f, 1, "t/ct92/EV01/2026/");
    assert_int_equal(f->actions.count, 0);
    publish(f, 1, "nonsense");
    assert_int_equal(f->actions.count, 0);
    assert_int_equal(rig_count(f, "fenced"), 3);
    assert_int_equal(rig_count(f, "malformed"), 1);
}

static void subscribe(struct rig *f, const char *frame)
{
    rig_step(f,
             (struct th_event){.kind = TH_EV_MESSAGE,
                               .port = ROUTING_FEED,
                               .from = {.class = TH_PEER_VIEWER, .number = 20},
                               .body = {.data = frame, .size = 4}});
}

static void too_many_prefixes_of_one_viewer_cut_the_feed(void **state)
{
    struct rig *f = *state;

    for (int i = 0; i < ROUTING_PREFIXES_MAX; i++) {
        subscribe(f, "\x01t/x");
        assert_int_equal(f->actions.count, 0);
    }
    subscribe(f, "\x00t/x");
    subscribe(f, "\x01t/x");
    assert_int_equal(f->actions.count, 0);
    subscribe(f, "\x01t/x");

    assert_int_equal(f->actions.count, 1);
    assert_int_equal(f->items[0].kind, TH_ACT_CUT);
    assert_int_equal(f->items[0].port, ROUTING_FEED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_CASE(answers_get_the_window_and_go_to_the_door_of_their_class),
        RIG_CASE(only_the_owner_answers_and_only_its_own),
        RIG_CASE(joined_waits_until_its_key_is_in_the_table),
        RIG_CASE(more_joined_than_there_is_room_for_forgets_the_oldest),
        RIG_CASE(keys_are_taken_from_the_owner_alone),
        RIG_CASE(a_viewer_asks_its_own_province_and_the_local_one_every),
        RIG_CASE(a_public_viewer_is_said_to_be_one),
        RIG_CASE(each_province_has_a_desk_that_is_node_0),
        RIG_CASE(credit_follows_its_question),
        RIG_CASE(publications_are_taken_from_the_owner_alone),
        RIG_CASE(too_many_prefixes_of_one_viewer_cut_the_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
