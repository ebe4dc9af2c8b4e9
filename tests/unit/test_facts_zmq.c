// test_facts_zmq.c - what we found ZeroMQ to do, so that an upgrade which changes it is noticed
//
// These test the library, not us: each fact is one that a defence of ours rests on.

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <zmq.h>

#include "tonghop/hash.h"
#include "tonghop/key.h"

#include "broker/zap.h"
#include "tests/support/test.h"

enum {
    STEP_MS = 20,
    QUIET_MS = 400, // long enough for several of the reconnects below
    RECONNECT_MS = 20,
    ENFORCE_DOMAIN = 93,
    EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
             ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
};

struct fixture {
    struct th_context context;
    struct zap *zap;
    struct th_key_pair server, own;
    void *sockets[12]; // closed at the end
    size_t count;
    char bound[128];
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    EXPECT(TH_OK, th_hash_start());
    EXPECT(TH_OK, th_context_open(1, 0, &fixture.context));
    EXPECT(TH_OK, th_key_make(&fixture.server));
    EXPECT(TH_OK, th_key_make(&fixture.own));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->count; i++) {
        (void)zmq_close(f->sockets[i]);
    }
    zap_stop(&f->zap);
    th_context_close(&f->context);
    return 0;
}

static void *new_socket(struct fixture *f, int type)
{
    assert_true(f->count < TH_COUNT(f->sockets));
    void *socket = zmq_socket(f->context.zmq, type);
    assert_non_null(socket);
    f->sockets[f->count++] = socket;
    return socket;
}

static void set(void *socket, int option, int value)
{
    assert_int_equal(zmq_setsockopt(socket, option, &value, sizeof(value)), 0);
}

static void *server_socket(struct fixture *f, int type)
{
    void *socket = new_socket(f, type);
    set(socket, ZMQ_CURVE_SERVER, 1);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, f->server.secret_key, TH_Z85_SIZE),
                     0);
    return socket;
}

static void bind_socket(struct fixture *f, void *socket)
{
    size_t size = sizeof(f->bound);
    assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, f->bound, &size), 0);
}

static void *client_socket(struct fixture *f, int type)
{
    void *socket = new_socket(f, type);
    set(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, f->server.public_key, TH_Z85_SIZE),
                     0);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, f->own.public_key, TH_Z85_SIZE),
                     0);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, f->own.secret_key, TH_Z85_SIZE),
                     0);
    return socket;
}

static void *monitor_of(struct fixture *f, void *socket, const char *name)
{
    assert_int_equal(zmq_socket_monitor(socket, name, EVENTS), 0);
    void *monitor = new_socket(f, ZMQ_PAIR);
    assert_int_equal(zmq_connect(monitor, name), 0);
    return monitor;
}

// The next event of a monitor and its value, or 0 when none comes in time.
static unsigned next_event(void *monitor, int wait_ms, unsigned *value)
{
    zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};
    uint8_t bytes[6] = {0};
    char address[256];
    uint16_t event = 0;
    uint32_t number = 0;
    if (zmq_poll(&item, 1, wait_ms) <= 0) {
        return 0;
    }
    assert_int_equal(zmq_recv(monitor, bytes, sizeof(bytes), 0), sizeof(bytes));
    (void)zmq_recv(monitor, address, sizeof(address), 0);
    memcpy(&event, bytes, sizeof(event));
    memcpy(&number, bytes + sizeof(event), sizeof(number));
    *value = number;
    return event;
}

static unsigned knock(struct fixture *f, unsigned *value)
{
    void *client = client_socket(f, ZMQ_DEALER);
    void *monitor = monitor_of(f, client, "inproc://knock");
    assert_int_equal(zmq_connect(client, f->bound), 0);
    return next_event(monitor, PATIENCE_MS, value);
}

static void start_zap(struct fixture *f, bool admit)
{
    struct zap_key key = {.class = TH_PEER_NODE, .number = 7, .doors = ZAP_NODES};
    EXPECT(TH_OK, th_z85_read(th_bytes_of(f->own.public_key), key.key));
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    EXPECT(TH_OK, zap_replace(f->zap, &key, admit ? 1 : 0));
}

static void *door(struct fixture *f, int type)
{
    void *socket = server_socket(f, type);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, "node", 4), 0);
    set(socket, ENFORCE_DOMAIN, 1);
    return socket;
}

static bool readable(void *socket, int wait_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    return zmq_poll(&item, 1, wait_ms) == 1;
}

static bool writable(void *socket, int wait_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLOUT};
    return zmq_poll(&item, 1, wait_ms) == 1;
}

// ---- security ----

static void curve_without_a_handler_lets_any_key_in(void **state)
{
    struct fixture *f = *state;
    unsigned value = 0;
    bind_socket(f, server_socket(f, ZMQ_ROUTER));
    assert_int_equal(knock(f, &value), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

static void an_enforced_domain_without_a_handler_lets_nobody_in(void **state)
{
    struct fixture *f = *state;
    unsigned value = 0;
    bind_socket(f, door(f, ZMQ_ROUTER));
    assert_int_not_equal(knock(f, &value), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

static void an_enforced_empty_domain_lets_everybody_in_past_the_handler(void **state)
{
    struct fixture *f = *state;
    unsigned value = 0;
    void *server = server_socket(f, ZMQ_ROUTER);
    start_zap(f, false);
    set(server, ENFORCE_DOMAIN, 1);
    bind_socket(f, server);
    assert_int_equal(knock(f, &value), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(zap_counts(f->zap).unknown, 0);
}

static void a_refused_key_is_told_400_and_never_tried_again(void **state)
{
    struct fixture *f = *state;
    unsigned value = 0;
    start_zap(f, false);
    bind_socket(f, door(f, ZMQ_ROUTER));
    void *client = client_socket(f, ZMQ_DEALER);
    void *monitor = monitor_of(f, client, "inproc://refused");

    assert_int_equal(zmq_connect(client, f->bound), 0);
    assert_int_equal(next_event(monitor, PATIENCE_MS, &value), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);

    assert_int_equal(value, 400);
    assert_int_equal(next_event(monitor, QUIET_MS, &value), 0);
    assert_int_equal(zap_counts(f->zap).unknown, 1);
}

static const char *user_id_of(zmq_msg_t *frame)
{
    return zmq_msg_gets(frame, "User-Id");
}

static void after_a_poll_only_the_frames_behind_the_routing_id_have_a_user_id(void **state)
{
    struct fixture *f = *state;
    zmq_msg_t route;
    zmq_msg_t header;
    start_zap(f, true);
    void *server = door(f, ZMQ_ROUTER);
    bind_socket(f, server);
    void *client = client_socket(f, ZMQ_DEALER);
    assert_int_equal(zmq_connect(client, f->bound), 0);
    assert_int_equal(zmq_send(client, "header", 6, 0), 6);
    assert_true(readable(server, PATIENCE_MS));

    (void)zmq_msg_init(&route);
    (void)zmq_msg_init(&header);
    assert_true(zmq_msg_recv(&route, server, ZMQ_DONTWAIT) > 0);
    assert_true(zmq_msg_recv(&header, server, ZMQ_DONTWAIT) > 0);

    assert_null(user_id_of(&route));
    assert_memory_equal(user_id_of(&header), "n:7/", 4); // and which key it was
    (void)zmq_msg_close(&route);
    (void)zmq_msg_close(&header);
}

static void a_key_refused_after_its_connection_is_up_goes_on_delivering(void **state)
{
    struct fixture *f = *state;
    start_zap(f, true);
    void *server = door(f, ZMQ_ROUTER);
    bind_socket(f, server);
    void *client = client_socket(f, ZMQ_DEALER);
    assert_int_equal(zmq_connect(client, f->bound), 0);
    assert_int_equal(zmq_send(client, "first", 5, 0), 5);
    assert_true(readable(server, PATIENCE_MS));

    EXPECT(TH_OK, zap_replace(f->zap, NULL, 0));
    assert_int_equal(zmq_send(client, "second", 6, 0), 6);

    char bytes[64] = "";
    const struct wait wait = wait_begin(PATIENCE_MS);
    while (strncmp(bytes, "second", 6) != 0 && wait_again(&wait)) {
        (void)zmq_recv(server, bytes, sizeof(bytes), ZMQ_DONTWAIT);
    }
    assert_memory_equal(bytes, "second", 6);
}

// ---- connections ----

static void unbinding_closes_the_connections_of_that_endpoint_alone(void **state)
{
    struct fixture *f = *state;
    start_zap(f, true);
    void *server = door(f, ZMQ_ROUTER);
    void *clients[2];
    struct held_port ports[2];
    for (int i = 0; i < 2; i++) {
        ports[i] = port_hold();
        assert_int_equal(zmq_bind(server, ports[i].endpoint), 0);
        clients[i] = client_socket(f, ZMQ_DEALER);
        set(clients[i], ZMQ_IMMEDIATE, 1);
        assert_int_equal(zmq_connect(clients[i], ports[i].endpoint), 0);
        assert_true(writable(clients[i], PATIENCE_MS));
    }

    assert_int_equal(zmq_unbind(server, ports[0].endpoint), 0);
    const struct wait wait = wait_begin(PATIENCE_MS);
    while (writable(clients[0], 0) && wait_again(&wait)) {
        (void)readable(server, STEP_MS); // nothing closes until the socket is used
    }

    assert_false(writable(clients[0], 0));
    assert_true(writable(clients[1], 0));
    int failed = zmq_bind(server, ports[0].endpoint);
    while (failed != 0 && wait_again(&wait)) {
        (void)readable(server, STEP_MS);
        failed = zmq_bind(server, ports[0].endpoint);
    }
    assert_true(writable(clients[0], PATIENCE_MS)); // it came back by itself
    (void)close(ports[0].descriptor);
    (void)close(ports[1].descriptor);
}

// A port that takes connections and never says a word: no handshake over it ever ends.
static void *speechless(struct fixture *f)
{
    void *socket = new_socket(f, ZMQ_STREAM);
    bind_socket(f, socket);
    return socket;
}

static void without_immediate_a_socket_is_writable_before_anybody_accepted_its_key(void **state)
{
    struct fixture *f = *state;
    (void)speechless(f);
    void *hasty = client_socket(f, ZMQ_DEALER);
    set(hasty, ZMQ_HANDSHAKE_IVL, 0);
    assert_int_equal(zmq_connect(hasty, f->bound), 0);
    assert_true(writable(hasty, PATIENCE_MS));
}

static void with_immediate_a_socket_is_writable_only_once_its_key_was_accepted(void **state)
{
    struct fixture *f = *state;
    unsigned value = 0;
    (void)speechless(f);
    void *patient = client_socket(f, ZMQ_DEALER);
    set(patient, ZMQ_IMMEDIATE, 1);
    set(patient, ZMQ_HANDSHAKE_IVL, 0);
    assert_int_equal(zmq_connect(patient, f->bound), 0);
    assert_false(writable(patient, QUIET_MS)); // connected, but no handshake

    start_zap(f, false);
    bind_socket(f, door(f, ZMQ_ROUTER));
    void *refused = client_socket(f, ZMQ_DEALER);
    set(refused, ZMQ_IMMEDIATE, 1);
    void *monitor = monitor_of(f, refused, "inproc://patient");
    assert_int_equal(zmq_connect(refused, f->bound), 0);
    assert_int_equal(next_event(monitor, PATIENCE_MS, &value), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_false(writable(refused, QUIET_MS));

    struct zap_key key = {.class = TH_PEER_NODE, .number = 7, .doors = ZAP_NODES};
    EXPECT(TH_OK, th_z85_read(th_bytes_of(f->own.public_key), key.key));
    EXPECT(TH_OK, zap_replace(f->zap, &key, 1));
    void *accepted = client_socket(f, ZMQ_DEALER);
    set(accepted, ZMQ_IMMEDIATE, 1);
    assert_int_equal(zmq_connect(accepted, f->bound), 0);
    assert_true(writable(accepted, PATIENCE_MS));
}

static void the_name_of_a_monitor_stays_taken(void **state)
{
    struct fixture *f = *state;
    void *first = client_socket(f, ZMQ_DEALER);
    void *second = client_socket(f, ZMQ_DEALER);
    assert_int_equal(zmq_socket_monitor(first, "inproc://same", EVENTS), 0);
    assert_int_equal(zmq_socket_monitor(second, "inproc://same", EVENTS), -1);
    assert_int_equal(errno, EADDRINUSE);
}

static void an_oversize_frame_is_lost_and_its_sender_comes_back_as_another(void **state)
{
    struct fixture *f = *state;
    static uint8_t big[4096];
    const int64_t max = 1024;
    char routes[2][64];
    int sizes[2];
    void *server = server_socket(f, ZMQ_ROUTER);
    assert_int_equal(zmq_setsockopt(server, ZMQ_MAXMSGSIZE, &max, sizeof(max)), 0);
    bind_socket(f, server);
    void *client = client_socket(f, ZMQ_DEALER);
    assert_int_equal(zmq_connect(client, f->bound), 0);

    assert_int_equal(zmq_send(client, "a", 1, 0), 1);
    assert_true(readable(server, PATIENCE_MS));
    sizes[0] = zmq_recv(server, routes[0], sizeof(routes[0]), 0);
    (void)zmq_recv(server, big, sizeof(big), 0);
    assert_int_equal(zmq_send(client, big, sizeof(big), 0), sizeof(big));
    const struct wait wait = wait_begin(PATIENCE_MS);
    while (!readable(server, STEP_MS) && wait_again(&wait)) {
        (void)zmq_send(client, "b", 1, ZMQ_DONTWAIT);
    }
    sizes[1] = zmq_recv(server, routes[1], sizeof(routes[1]), ZMQ_DONTWAIT);

    assert_int_equal(zmq_recv(server, big, sizeof(big), ZMQ_DONTWAIT), 1);
    assert_true(sizes[1] > 0);
    assert_false(sizes[0] == sizes[1] && memcmp(routes[0], routes[1], (size_t)sizes[0]) == 0);
}

// ---- queues ----

static void a_router_is_silent_about_losses_unless_mandatory(void **state)
{
    struct fixture *f = *state;
    void *router = new_socket(f, ZMQ_ROUTER);

    assert_int_equal(zmq_send(router, "nobody", 6, ZMQ_SNDMORE | ZMQ_DONTWAIT), 6);
    assert_int_equal(zmq_send(router, "lost", 4, ZMQ_DONTWAIT), 4);
    set(router, ZMQ_ROUTER_MANDATORY, 1);
    assert_int_equal(zmq_send(router, "nobody", 6, ZMQ_SNDMORE | ZMQ_DONTWAIT), -1);
    assert_int_equal(errno, EHOSTUNREACH);
}

static void a_context_that_is_not_blocky_makes_linger_zero(void **state)
{
    struct fixture *f = *state;
    int linger = -1;
    size_t size = sizeof(linger);
    void *socket = new_socket(f, ZMQ_DEALER);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LINGER, &linger, &size), 0);
    assert_int_equal(linger, 0);
}

// ---- feed ----

static size_t subscriptions_in_force(struct fixture *f, int send_hwm)
{
    enum { SUBSCRIPTIONS = 3000 };
    void *feed = server_socket(f, ZMQ_XPUB);
    set(feed, ZMQ_RCVHWM, 0);
    bind_socket(f, feed);
    void *viewer = client_socket(f, ZMQ_SUB);
    set(viewer, ZMQ_SNDHWM, send_hwm);
    assert_int_equal(zmq_connect(viewer, f->bound), 0);
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
        char prefix[16];
        const int length = snprintf(prefix, sizeof(prefix), "t/%d/", i);
        assert_int_equal(zmq_setsockopt(viewer, ZMQ_SUBSCRIBE, prefix, (size_t)length), 0);
    }
    size_t count = 0;
    char bytes[64];
    while (readable(feed, count == 0 ? PATIENCE_MS : QUIET_MS)) {
        (void)zmq_recv(feed, bytes, sizeof(bytes), 0);
        count++;
    }
    return count;
}

static void subscriptions_are_dropped_at_the_send_mark(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(subscriptions_in_force(f, 0), 3000);
    assert_true(subscriptions_in_force(f, 1000) < 3000);
}

static void an_xsub_subscribes_before_any_publisher_is_there(void **state)
{
    struct fixture *f = *state;
    char bytes[16];
    void *relay = server_socket(f, ZMQ_XSUB);
    bind_socket(f, relay);
    assert_int_equal(zmq_send(relay, "\x01", 1, 0), 1);
    void *publisher = client_socket(f, ZMQ_PUB);
    assert_int_equal(zmq_connect(publisher, f->bound), 0);

    const struct wait wait = wait_begin(PATIENCE_MS);
    while (!readable(relay, STEP_MS) && wait_again(&wait)) {
        (void)zmq_send(publisher, "b/hg93/", 7, ZMQ_DONTWAIT);
    }
    assert_int_equal(zmq_recv(relay, bytes, sizeof(bytes), ZMQ_DONTWAIT), 7);
}

static void the_library_is_the_one_these_facts_are_about(void **state)
{
    (void)state;
    int major = 0;
    int minor = 0;
    int patch = 0;
    zmq_version(&major, &minor, &patch);
    assert_int_equal(major, 4);
    assert_int_equal(minor, 3);
    assert_true(zmq_has("curve"));
    assert_false(zmq_has("draft"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(curve_without_a_handler_lets_any_key_in),
        CASE(an_enforced_domain_without_a_handler_lets_nobody_in),
        CASE(an_enforced_empty_domain_lets_everybody_in_past_the_handler),
        CASE(a_refused_key_is_told_400_and_never_tried_again),
        CASE(after_a_poll_only_the_frames_behind_the_routing_id_have_a_user_id),
        CASE(a_key_refused_after_its_connection_is_up_goes_on_delivering),
        CASE(unbinding_closes_the_connections_of_that_endpoint_alone),
        CASE(without_immediate_a_socket_is_writable_before_anybody_accepted_its_key),
        CASE(with_immediate_a_socket_is_writable_only_once_its_key_was_accepted),
        CASE(the_name_of_a_monitor_stays_taken),
        CASE(an_oversize_frame_is_lost_and_its_sender_comes_back_as_another),
        CASE(a_router_is_silent_about_losses_unless_mandatory),
        CASE(a_context_that_is_not_blocky_makes_linger_zero),
        CASE(subscriptions_are_dropped_at_the_send_mark),
        CASE(an_xsub_subscribes_before_any_publisher_is_there),
        CASE(the_library_is_the_one_these_facts_are_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
