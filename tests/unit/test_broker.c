// test_broker.c - the real broker with real keys: doors, messages, joining, revocation, restart

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/fault.h"

#include "tests/support/broker_rig.h"

enum { QUIET_MS = 300, EX_SOFTWARE = 70, EX_CREATE = 73, EX_CONF = 78 };

static int setup(void **state)
{
    if (!broker_rig_program_exists()) {
        SKIP("tonghop-broker is not built");
    }
    return broker_rig_setup(state);
}

static void start(struct broker_rig *f)
{
    assert_true(broker_rig_start(f));
}

static void expect_exit(const struct broker_rig *f, int code)
{
    assert_true(WIFEXITED(f->status));
    assert_int_equal(WEXITSTATUS(f->status), code);
}

static void says_ready_with_its_endpoints_and_ends_in_order(void **state)
{
    struct broker_rig *f = *state;
    char *path = broker_rig_path(f, "run/broker.state");

    start(f);
    assert_non_null(strstr(f->line, f->state.nodes));
    assert_non_null(strstr(f->line, " feed_in=tcp://127.0.0.1:"));
    assert_int_equal(f->state.generation, 1);
    broker_rig_end(f, SIGTERM);

    expect_exit(f, 0);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
}

static void carries_batches_to_the_worker_and_answers_back(void **state)
{
    struct broker_rig *f = *state;
    TH_SCOPED(th_message_clear) struct th_message asked = {0};
    TH_SCOPED(th_message_clear) struct th_message answer = {0};
    struct th_envelope envelope;
    start(f);
    struct th_sock *worker = broker_rig_worker(f, 3);
    struct th_sock *node = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[0], f->state.nodes);
    assert_true(broker_rig_up(f, node, true));

    broker_rig_send(node, TH_MSG_BATCH, BROKER_RIG_NODE, TH_BYTES("batch"));
    broker_rig_receive(worker, &asked);
    broker_rig_answer(f, worker, &asked, TH_MSG_ACK, TH_BYTES("decided"));
    broker_rig_receive(node, &answer);

    EXPECT(TH_OK, th_envelope_read(asked.frames[0], &f->arena, &envelope, NULL));
    assert_int_equal(envelope.class, TH_PEER_NODE);
    assert_int_equal(envelope.number, BROKER_RIG_NODE);
    assert_int_equal(envelope.store_epoch, 3);
    assert_true(th_bytes_equal(asked.frames[2], TH_BYTES("batch")));
    assert_int_equal(broker_rig_header(&answer).type, TH_MSG_ACK);
    assert_int_equal(broker_rig_header(&answer).window_batches, 8);
    assert_true(th_bytes_equal(answer.frames[1], TH_BYTES("decided")));
}

static void answers_busy_while_there_is_no_worker(void **state)
{
    struct broker_rig *f = *state;
    TH_SCOPED(th_message_clear) struct th_message answer = {0};
    struct th_refusal refusal;
    start(f);
    struct th_sock *node = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[0], f->state.nodes);
    assert_true(broker_rig_up(f, node, true));

    broker_rig_send(node, TH_MSG_HELLO, BROKER_RIG_NODE, TH_BYTES("hello"));
    broker_rig_receive(node, &answer);

    EXPECT(TH_OK, th_refusal_read(answer.frames[1], &f->arena, &refusal, NULL));
    assert_int_equal(refusal.code, 3108);
    assert_int_equal(refusal.class, TH_REFUSE_RETRY);
}

static void drops_what_claims_another_node(void **state)
{
    struct broker_rig *f = *state;
    TH_SCOPED(th_message_clear) struct th_message asked = {0};
    start(f);
    struct th_sock *worker = broker_rig_worker(f, 3);
    struct th_sock *node = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[0], f->state.nodes);
    assert_true(broker_rig_up(f, node, true));

    for (int i = 0; i < 50; i++) {
        broker_rig_send(node, TH_MSG_PING, BROKER_RIG_NODE + 1, TH_BYTES("forged"));
    }
    broker_rig_send(node, TH_MSG_PING, BROKER_RIG_NODE, TH_BYTES("own"));
    broker_rig_receive(worker, &asked);

    assert_true(th_bytes_equal(asked.frames[2], TH_BYTES("own")));
}

static void refuses_strangers_and_keys_of_another_door(void **state)
{
    struct broker_rig *f = *state;
    struct th_key_pair stranger;
    EXPECT(TH_OK, th_key_make(&stranger));
    start(f);

    const struct {
        enum th_sock_kind kind;
        const struct th_key_pair *key;
        const char *endpoint;
    } cases[] = {{TH_SOCK_NODE, &stranger, f->state.nodes},
                 {TH_SOCK_NODE, &f->viewer, f->state.nodes},
                 {TH_SOCK_NODE, &f->worker, f->state.nodes},
                 {TH_SOCK_VIEWER, &f->nodes[0], f->state.queries},
                 {TH_SOCK_VIEWER, &f->bootstrap, f->state.queries},
                 {TH_SOCK_WORKER, &f->nodes[0], f->state.workers},
                 {TH_SOCK_SUBSCRIBER, &f->nodes[0], f->state.feed},
                 {TH_SOCK_PUBLISHER, &f->viewer, f->state.feed_in}};
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        struct th_sock *sock =
            broker_rig_connect(f, cases[i].kind, cases[i].key, cases[i].endpoint);
        assert_int_equal(broker_rig_handshake(sock), TH_HANDSHAKE_REFUSED);
    }
}

static void passes_on_the_feed_of_the_owner(void **state)
{
    struct broker_rig *f = *state;
    TH_SCOPED(th_message_clear) struct th_message got = {0};
    const struct th_bytes frames[] = {TH_BYTES("b/hg93/"), TH_BYTES("beat")};
    start(f);
    struct th_sock *viewer = broker_rig_connect(f, TH_SOCK_SUBSCRIBER, &f->viewer, f->state.feed);
    (void)broker_rig_worker(f, 3);
    struct th_sock *relay = broker_rig_connect(f, TH_SOCK_PUBLISHER, &f->worker, f->state.feed_in);
    assert_int_equal(broker_rig_handshake(viewer), TH_HANDSHAKE_ACCEPTED);
    assert_int_equal(broker_rig_handshake(relay), TH_HANDSHAKE_ACCEPTED);

    const struct wait wait = wait_begin(PATIENCE_MS);
    while (th_sock_receive(viewer, &got) == TH_E_BUSY && wait_again(&wait)) {
        EXPECT(TH_OK, th_sock_send(relay, (struct th_bytes){0}, frames, 2));
    }

    assert_int_equal(got.count, 2);
    assert_true(th_bytes_equal(got.frames[0], TH_BYTES("b/hg93/")));
    assert_true(th_bytes_equal(got.frames[1], TH_BYTES("beat")));
}

// ---- joining ----

static struct th_bytes keys_body(struct th_writer *writer, const struct th_key_pair *own)
{
    struct th_key_entry entry = {.number = BROKER_RIG_ENROLLED, .class = TH_PEER_NODE};
    EXPECT(TH_OK, th_z85_read(th_bytes_of(own->public_key), entry.public_key));
    const struct th_keys keys = {.lineage = TH_BYTES("hg93"), .keys = &entry, .count = 1};
    th_keys_write(writer, &keys);
    return th_written(writer);
}

static struct th_bytes joined_body(struct th_writer *writer, const struct th_key_pair *own)
{
    struct th_joined joined = {.number = BROKER_RIG_ENROLLED};
    EXPECT(TH_OK, th_z85_read(th_bytes_of(own->public_key), joined.public_key));
    th_joined_write(writer, &joined);
    return th_written(writer);
}

static void send_keys(struct th_sock *worker, const struct th_key_pair *own)
{
    uint8_t bytes[2][TH_HEADER_BYTES_MAX];
    struct th_writer writers[2] = {TH_WRITER(bytes[0]), TH_WRITER(bytes[1])};
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_KEYS};
    th_header_write(&writers[0], &header);
    const struct th_bytes frames[] = {
        TH_BYTES("\x10\x02"), th_written(&writers[0]), keys_body(&writers[1], own)};
    EXPECT(TH_OK, th_sock_send(worker, (struct th_bytes){0}, frames, 3));
}

// The whole way of a new node: under its enrolment's key, then under its own.
static struct th_sock *join(struct broker_rig *f, struct th_sock *worker, struct th_key_pair *own)
{
    TH_SCOPED(th_message_clear) struct th_message asked = {0};
    TH_SCOPED(th_message_clear) struct th_message answer = {0};
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    EXPECT(TH_OK, th_key_make(own));
    struct th_sock *fresh = broker_rig_connect(f, TH_SOCK_NODE, &f->bootstrap, f->state.nodes);
    assert_true(broker_rig_up(f, fresh, true));

    broker_rig_send(fresh, TH_MSG_JOIN, BROKER_RIG_ENROLLED, TH_BYTES("my key"));
    broker_rig_receive(worker, &asked);
    broker_rig_answer(f, worker, &asked, TH_MSG_JOINED, joined_body(&writer, own));
    assert_true(broker_rig_silent(fresh, QUIET_MS)); // the key is not yet in the table
    send_keys(worker, own);
    broker_rig_receive(fresh, &answer);
    assert_int_equal(broker_rig_header(&answer).type, TH_MSG_JOINED);

    struct th_sock *node = broker_rig_connect(f, TH_SOCK_NODE, own, f->state.nodes);
    assert_true(broker_rig_up(f, node, true));
    return node;
}

static void a_new_node_is_let_in_before_it_is_told_so_and_after_a_kill(void **state)
{
    struct broker_rig *f = *state;
    TH_SCOPED(th_message_clear) struct th_message asked = {0};
    struct th_key_pair own;
    start(f);
    struct th_sock *worker = broker_rig_worker(f, 3);

    struct th_sock *node = join(f, worker, &own);
    broker_rig_send(node, TH_MSG_HELLO, BROKER_RIG_ENROLLED, TH_BYTES("hello"));
    do {
        broker_rig_receive(worker, &asked);
    } while (broker_rig_header(&asked).type == TH_MSG_ROSTER);
    assert_int_equal(broker_rig_header(&asked).type, TH_MSG_HELLO);

    broker_rig_end(f, SIGKILL);
    start(f); // no worker has told it anything yet
    struct th_sock *again = broker_rig_connect(f, TH_SOCK_NODE, &own, f->state.nodes);
    assert_true(broker_rig_up(f, again, true));
}

// ---- the roster changes ----

// Its link was at the same door and may break when we say the first one.
static void ping_until_heard(struct broker_rig *f,
                             struct th_sock *node,
                             struct th_sock *worker,
                             struct th_bytes words)
{
    TH_SCOPED(th_message_clear) struct th_message asked = {0};
    const struct wait wait = wait_begin(PATIENCE_MS);
    bool heard = false;
    while (!heard && wait_again(&wait)) {
        assert_true(broker_rig_up(f, node, true));
        broker_rig_send(node, TH_MSG_PING, BROKER_RIG_NODE + 1, words);
        while (!heard && !broker_rig_silent(worker, QUIET_MS)) {
            broker_rig_receive(worker, &asked);
            heard = broker_rig_header(&asked).type == TH_MSG_PING;
        }
    }
    assert_true(heard);
    assert_true(th_bytes_equal(asked.frames[2], words));
}

static void a_revoked_node_is_cut_off_and_the_others_go_on(void **state)
{
    struct broker_rig *f = *state;
    start(f);
    struct th_sock *worker = broker_rig_worker(f, 3);
    struct th_sock *seven = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[0], f->state.nodes);
    struct th_sock *eight = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[1], f->state.nodes);
    assert_true(broker_rig_up(f, seven, true));
    assert_true(broker_rig_up(f, eight, true));
    assert_int_equal(broker_rig_handshake(seven), TH_HANDSHAKE_ACCEPTED);

    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_NODE, BROKER_RIG_NODE, TH_BYTES("lost")));
    broker_rig_save(f);
    broker_rig_await_generation(f, 2);

    assert_int_equal(broker_rig_handshake(seven), TH_HANDSHAKE_REFUSED); // after the cut
    assert_false(th_sock_up(seven));
    ping_until_heard(f, eight, worker, TH_BYTES("still here"));
}

static void a_node_enrolled_while_it_runs_is_known_once_the_state_says_so(void **state)
{
    struct broker_rig *f = *state;
    struct th_key_pair late;
    struct th_roster_entry entry = {.class = TH_PEER_VIEWER, .number = 30, .has_key = true};
    EXPECT(TH_OK, th_key_make(&late));
    EXPECT(TH_OK, th_z85_read(th_bytes_of(late.public_key), entry.key));
    start(f);

    EXPECT(TH_OK, th_roster_add(f->roster, &entry));
    broker_rig_save(f);
    broker_rig_await_generation(f, 2);

    struct th_sock *sock = broker_rig_connect(f, TH_SOCK_VIEWER, &late, f->state.queries);
    assert_int_equal(broker_rig_handshake(sock), TH_HANDSHAKE_ACCEPTED);
}

static void a_damaged_roster_leaves_the_old_one_in_force(void **state)
{
    struct broker_rig *f = *state;
    TH_SCOPED(th_message_clear) struct th_message answer = {0};
    char *dir = broker_rig_path(f, "register");
    start(f);
    struct th_sock *node = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[0], f->state.nodes);

    free(scratch_write(dir, "roster.yaml", TH_BYTES("nonsense: [")));
    (void)kill(f->pid, SIGHUP);
    assert_true(broker_rig_up(f, node, true));
    broker_rig_send(node, TH_MSG_HELLO, BROKER_RIG_NODE, TH_BYTES("hello"));
    broker_rig_receive(node, &answer);
    assert_int_equal(broker_rig_header(&answer).type, TH_MSG_REFUSAL);
    broker_rig_save(f);
    broker_rig_await_generation(f, 2);
    free(dir);
}

// ---- many ----

enum { MANY = 150 };

static void enrol_many(struct broker_rig *f, struct th_key_pair *keys)
{
    static const struct th_bytes UNIT = {"93", 2};
    for (uint32_t i = 0; i < MANY; i++) {
        struct th_roster_entry entry = {.class = TH_PEER_NODE,
                                        .number = 100 + i,
                                        .lineage = TH_BYTES("hg93"),
                                        .units = &UNIT,
                                        .unit_count = 1,
                                        .has_key = true};
        EXPECT(TH_OK, th_key_make(&keys[i]));
        EXPECT(TH_OK, th_z85_read(th_bytes_of(keys[i].public_key), entry.key));
        EXPECT(TH_OK, th_roster_add(f->roster, &entry));
    }
    broker_rig_save(f);
}

static size_t count_up(struct th_sock *socks)
{
    size_t count = 0;
    for (size_t i = 0; i < MANY; i++) {
        count += th_sock_up(&socks[i]);
    }
    return count;
}

static void many_nodes_come_back_after_a_kill(void **state)
{
    struct broker_rig *f = *state;
    static struct th_key_pair keys[MANY];
    static struct th_sock socks[MANY];
    const struct held_port port = port_hold(); // for both of its lives
    enrol_many(f, keys);
    assert_int_equal(setenv("TONGHOP_BROKER_NODES", port.endpoint, 1), 0);
    start(f);
    for (size_t i = 0; i < MANY; i++) {
        const struct th_sock_setup setup = {.own_public = keys[i].public_key,
                                            .own_secret = keys[i].secret_key,
                                            .server_public = f->server.public_key,
                                            .reconnect_ms_min = 20,
                                            .reconnect_ms_max = 200};
        EXPECT(TH_OK,
               th_sock_connect(&f->context, TH_SOCK_NODE, &setup, f->state.nodes, &socks[i]));
    }
    WAIT_UNTIL(count_up(socks) == MANY, PATIENCE_MS);

    broker_rig_end(f, SIGKILL);
    WAIT_UNTIL(count_up(socks) == 0, PATIENCE_MS);
    start(f);
    assert_int_equal(unsetenv("TONGHOP_BROKER_NODES"), 0);
    WAIT_UNTIL(count_up(socks) == MANY, PATIENCE_MS);

    for (size_t i = 0; i < MANY; i++) {
        th_sock_close(&socks[i]);
    }
    (void)close(port.descriptor);
}

// ---- it does not start ----

static void refuses_to_start_on_what_others_may_read_or_write(void **state)
{
    struct broker_rig *f = *state;
    char *secret = broker_rig_path(f, "keys/broker.secret");
    char *roster = broker_rig_path(f, "register/roster.yaml");

    assert_int_equal(chmod(secret, 0644), 0);
    assert_false(broker_rig_start(f));
    expect_exit(f, EX_CONF);
    assert_int_equal(chmod(secret, 0600), 0);
    assert_int_equal(chmod(roster, 0666), 0);
    assert_false(broker_rig_start(f));
    expect_exit(f, EX_CONF);
    assert_int_equal(unlink(roster), 0);
    assert_false(broker_rig_start(f));
    free(secret);
    free(roster);
}

static void one_broker_holds_a_directory_and_an_address(void **state)
{
    struct broker_rig *f = *state;
    start(f);
    struct broker_rig second = *f;
    second.pid = 0;

    assert_false(broker_rig_start(&second));
    expect_exit(&second, EX_CREATE);

    const struct held_port port = port_hold();
    broker_rig_end(f, SIGTERM);
    assert_int_equal(setenv("TONGHOP_BROKER_NODES", port.endpoint, 1), 0);
    start(f);
    broker_rig_end(f, SIGTERM);
    assert_int_equal(unsetenv("TONGHOP_BROKER_NODES"), 0);
    assert_int_equal(setenv("TONGHOP_BROKER_QUERIES", port.endpoint, 1), 0);
    start(f); // the address is free again
    assert_string_equal(f->state.queries, port.endpoint);
    broker_rig_end(f, SIGTERM);
    assert_int_equal(setenv("TONGHOP_BROKER_NODES", port.endpoint, 1), 0);
    assert_false(broker_rig_start(f)); // two doors at one address
    expect_exit(f, EX_CREATE);
    assert_int_equal(unsetenv("TONGHOP_BROKER_QUERIES"), 0);
    assert_int_equal(unsetenv("TONGHOP_BROKER_NODES"), 0);
    (void)close(port.descriptor);
}

#ifdef TONGHOP_FAULTS
static void does_not_open_when_everybody_would_get_in(void **state)
{
    struct broker_rig *f = *state;

    assert_int_equal(setenv("TONGHOP_MUTANT", "37", 1), 0);
    const bool ready = broker_rig_start(f);
    assert_int_equal(unsetenv("TONGHOP_MUTANT"), 0);

    assert_false(ready);
    expect_exit(f, EX_SOFTWARE);
}

// A start tests five doors, another roster the same five.
static void a_busy_machine_that_answers_no_test_for_once_goes_on(void **state)
{
    struct broker_rig *f = *state;
    assert_int_equal(setenv("TONGHOP_FAULT_AT", "self-test.late:3", 1), 0);
    start(f);
    broker_rig_end(f, SIGTERM);
    expect_exit(f, 0);

    assert_int_equal(setenv("TONGHOP_FAULT_AT", "self-test.late:7", 1), 0);
    start(f);
    assert_int_equal(unsetenv("TONGHOP_FAULT_AT"), 0);
    broker_rig_save(f);
    broker_rig_await_generation(f, 2);
    struct th_sock *node = broker_rig_connect(f, TH_SOCK_NODE, &f->nodes[0], f->state.nodes);
    assert_true(broker_rig_up(f, node, true));
    broker_rig_end(f, SIGTERM);
    expect_exit(f, 0);
}

static void doors_that_never_answer_a_test_end_it(void **state)
{
    struct broker_rig *f = *state;
    assert_int_equal(setenv("TONGHOP_FAULT_AT", "self-test.late:1+", 1), 0);
    assert_false(broker_rig_start(f));
    expect_exit(f, EX_SOFTWARE);

    assert_int_equal(setenv("TONGHOP_FAULT_AT", "self-test.late:6+", 1), 0);
    start(f);
    assert_int_equal(unsetenv("TONGHOP_FAULT_AT"), 0);
    broker_rig_save(f); // is tested, and again every second
    broker_rig_end(f, 0);
    expect_exit(f, EX_SOFTWARE);
}
#endif

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, broker_rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(says_ready_with_its_endpoints_and_ends_in_order),
        CASE(carries_batches_to_the_worker_and_answers_back),
        CASE(answers_busy_while_there_is_no_worker),
        CASE(drops_what_claims_another_node),
        CASE(refuses_strangers_and_keys_of_another_door),
        CASE(passes_on_the_feed_of_the_owner),
        CASE(a_new_node_is_let_in_before_it_is_told_so_and_after_a_kill),
        CASE(a_revoked_node_is_cut_off_and_the_others_go_on),
        CASE(a_node_enrolled_while_it_runs_is_known_once_the_state_says_so),
        CASE(a_damaged_roster_leaves_the_old_one_in_force),
        CASE(many_nodes_come_back_after_a_kill),
        CASE(refuses_to_start_on_what_others_may_read_or_write),
        CASE(one_broker_holds_a_directory_and_an_address),
#ifdef TONGHOP_FAULTS
        CASE(does_not_open_when_everybody_would_get_in),
        CASE(a_busy_machine_that_answers_no_test_for_once_goes_on),
        CASE(doors_that_never_answer_a_test_end_it),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
