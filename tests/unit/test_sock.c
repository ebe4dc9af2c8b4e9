// test_sock.c - sockets with real keys over the loopback device, behind the real key check

#include <sys/eventfd.h>
#include <unistd.h>

#include "tonghop/hash.h"
#include "tonghop/sock.h"

#include "broker/zap.h"
#include "tests/support/test.h"

enum { STEP_MS = 50 };

struct pair {
    char public_key[TH_Z85_SIZE];
    char secret_key[TH_Z85_SIZE];
};

struct fixture {
    struct th_context context;
    struct zap *zap;
    struct th_sock door;
    char bound[TH_ENDPOINT_SIZE];
    struct pair server;
    struct pair peers[2];
    struct th_sock socks[2]; // closed at the end, however the test ended
    size_t sock_count;
};

static struct pair new_pair(void)
{
    struct pair pair;
    EXPECT(TH_OK, th_curve_pair(pair.public_key, pair.secret_key));
    return pair;
}

static void admit(struct fixture *f, unsigned doors)
{
    struct zap_key keys[2];
    for (uint32_t i = 0; i < TH_COUNT(keys); i++) {
        keys[i] = (struct zap_key){.class = TH_PEER_NODE, .number = 7 + i, .doors = doors};
        EXPECT(TH_OK, th_z85_read(th_bytes_of(f->peers[i].public_key), keys[i].key));
    }
    EXPECT(TH_OK, zap_replace(f->zap, keys, TH_COUNT(keys)));
}

static void open_door(struct fixture *f, enum th_sock_kind kind, unsigned doors)
{
    const struct th_sock_setup setup = {.own_secret = f->server.secret_key};
    admit(f, doors);
    EXPECT(TH_OK, th_sock_door(&f->context, kind, &setup, &f->door));
    EXPECT(TH_OK, th_sock_bind(&f->door, "tcp://127.0.0.1:0", f->bound));
}

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.server = new_pair(), .peers = {new_pair(), new_pair()}};
    EXPECT(TH_OK, th_hash_start());
    EXPECT(TH_OK, th_context_open(1, 0, &fixture.context));
    EXPECT(TH_OK, zap_start(&fixture.context, &fixture.zap));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->sock_count; i++) {
        th_sock_close(&f->socks[i]);
    }
    th_sock_close(&f->door);
    zap_stop(&f->zap);
    th_context_close(&f->context);
    return 0;
}

static struct th_sock *connect_as(struct fixture *f, enum th_sock_kind kind, const struct pair *own)
{
    const struct th_sock_setup setup = {.own_public = own->public_key,
                                        .own_secret = own->secret_key,
                                        .server_public = f->server.public_key,
                                        .reconnect_ms_min = 50,
                                        .reconnect_ms_max = 200};
    assert_true(f->sock_count < TH_COUNT(f->socks));
    struct th_sock *sock = &f->socks[f->sock_count];
    EXPECT(TH_OK, th_sock_connect(&f->context, kind, &setup, f->bound, sock));
    f->sock_count++;
    return sock;
}

// Both sides are waited for: a bound socket is only served while it is used.
static bool up_within(struct fixture *f, struct th_sock *sock, bool wanted)
{
    struct th_poll_item items[] = {{.sock = sock, .watch_link = true, .up = th_sock_up(sock)},
                                   {.sock = &f->door}};
    const struct wait wait = wait_begin(PATIENCE_MS);
    while (items[0].up != wanted && wait_again(&wait)) {
        EXPECT(TH_OK, th_poll(items, TH_COUNT(items), STEP_MS));
    }
    return items[0].up == wanted;
}

static enum th_err receive_within(struct th_sock *sock, struct th_message *message)
{
    const struct wait wait = wait_begin(PATIENCE_MS);
    enum th_err err = TH_E_BUSY;
    do {
        struct th_poll_item item = {.sock = sock};
        EXPECT(TH_OK, th_poll(&item, 1, STEP_MS));
        err = th_sock_receive(sock, message);
    } while (err == TH_E_BUSY && wait_again(&wait));
    return err;
}

static void
send_text(struct th_sock *sock, struct th_bytes route, const char *header, const char *body)
{
    const struct th_bytes frames[] = {th_bytes_of(header), th_bytes_of(body)};
    EXPECT(TH_OK, th_sock_send(sock, route, frames, TH_COUNT(frames)));
}

#define NOBODY ((struct th_bytes){0})

static void says_who_sent_a_message_by_the_key(void **state)
{
    struct fixture *f = *state;
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    struct th_sock *seven = connect_as(f, TH_SOCK_NODE, &f->peers[0]);
    struct th_sock *eight = connect_as(f, TH_SOCK_NODE, &f->peers[1]);
    assert_true(up_within(f, seven, true));
    assert_true(up_within(f, eight, true));

    send_text(seven, NOBODY, "header", "from seven");
    send_text(eight, NOBODY, "header", "from eight");

    for (int i = 0; i < 2; i++) {
        TH_SCOPED(th_message_clear) struct th_message message = {0};
        EXPECT(TH_OK, receive_within(&f->door, &message));
        assert_int_equal(message.count, 2);
        assert_int_equal(message.from.class, TH_PEER_NODE);
        assert_true(th_bytes_equal(message.frames[1],
                                   message.from.number == 7 ? TH_BYTES("from seven")
                                                            : TH_BYTES("from eight")));
        assert_true(message.from.number == 7 || message.from.number == 8);
    }
}

static void answers_go_to_the_one_who_asked(void **state)
{
    struct fixture *f = *state;
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    struct th_sock *seven = connect_as(f, TH_SOCK_NODE, &f->peers[0]);
    TH_SCOPED(th_message_clear) struct th_message question = {0};
    TH_SCOPED(th_message_clear) struct th_message answer = {0};
    assert_true(up_within(f, seven, true));
    send_text(seven, NOBODY, "header", "ask");
    EXPECT(TH_OK, receive_within(&f->door, &question));

    send_text(&f->door, question.from.route, "header", "answer");

    EXPECT(TH_OK, receive_within(seven, &answer));
    assert_true(th_bytes_equal(answer.frames[1], TH_BYTES("answer")));
    assert_int_equal(answer.from.class, TH_PEER_NONE);
}

static void a_send_to_a_vanished_peer_says_so(void **state)
{
    struct fixture *f = *state;
    const struct th_bytes frame = TH_BYTES("x");
    open_door(f, TH_SOCK_NODES, ZAP_NODES);

    EXPECT(TH_E_NOT_FOUND, th_sock_send(&f->door, TH_BYTES("nobody"), &frame, 1));
    EXPECT(TH_E_NOT_FOUND, th_sock_send(&f->door, NOBODY, &frame, 1));
}

static void a_send_to_a_full_peer_says_so_and_nothing_half_sent_stays(void **state)
{
    struct fixture *f = *state;
    static uint8_t big[200 * 1024];
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    struct th_sock *seven = connect_as(f, TH_SOCK_NODE, &f->peers[0]);
    TH_SCOPED(th_message_clear) struct th_message message = {0};
    assert_true(up_within(f, seven, true));
    send_text(seven, NOBODY, "header", "ask");
    EXPECT(TH_OK, receive_within(&f->door, &message));
    const struct th_bytes frames[] = {TH_BYTES("h"), {.data = big, .size = sizeof(big)}};

    int sent = 0;
    enum th_err err = TH_OK;
    while (err == TH_OK && sent < 5000) {
        err = th_sock_send(&f->door, message.from.route, frames, 2);
        sent += err == TH_OK;
    }

    assert_int_equal(err, TH_E_FULL);
    TH_SCOPED(th_message_clear) struct th_message got = {0};
    for (int i = 0; i < sent; i++) {
        EXPECT(TH_OK, receive_within(seven, &got));
        assert_int_equal(got.count, 2);
        assert_int_equal(got.frames[1].size, sizeof(big));
    }
    EXPECT(TH_E_BUSY, th_sock_receive(seven, &got));
}

static void more_frames_than_exist_are_read_to_the_end_and_dropped(void **state)
{
    struct fixture *f = *state;
    const struct th_bytes frames[] = {
        TH_BYTES("1"), TH_BYTES("2"), TH_BYTES("3"), TH_BYTES("4"), TH_BYTES("5")};
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    struct th_sock *seven = connect_as(f, TH_SOCK_NODE, &f->peers[0]);
    TH_SCOPED(th_message_clear) struct th_message message = {0};
    assert_true(up_within(f, seven, true));

    EXPECT(TH_OK, th_sock_send(seven, NOBODY, frames, TH_COUNT(frames)));
    send_text(seven, NOBODY, "header", "next");

    EXPECT(TH_E_MALFORMED, receive_within(&f->door, &message));
    assert_int_equal(message.from.number, 7);
    EXPECT(TH_OK, receive_within(&f->door, &message));
    assert_true(th_bytes_equal(message.frames[1], TH_BYTES("next")));
}

static void a_refused_key_is_reported_and_the_link_never_comes_up(void **state)
{
    struct fixture *f = *state;
    const struct pair stranger = new_pair();
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    struct th_sock *sock = connect_as(f, TH_SOCK_NODE, &stranger);
    struct th_poll_item item = {.sock = sock, .watch_link = true};
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;

    const struct wait wait = wait_begin(PATIENCE_MS);
    while (!item.handshake && wait_again(&wait)) {
        EXPECT(TH_OK, th_poll(&item, 1, STEP_MS));
        assert_false(item.up);
    }

    EXPECT(TH_OK, th_sock_handshake(sock, &result, &code));
    assert_int_equal(result, TH_HANDSHAKE_REFUSED);
    assert_int_equal(code, 400);
    EXPECT(TH_E_BUSY, th_sock_handshake(sock, &result, &code));
}

static void a_socket_can_be_rebuilt_at_once_and_often(void **state)
{
    struct fixture *f = *state;
    open_door(f, TH_SOCK_NODES, ZAP_NODES);

    for (int i = 0; i < 20; i++) {
        th_sock_close(connect_as(f, TH_SOCK_NODE, &f->peers[0]));
        f->sock_count--;
    }

    struct th_sock *sock = connect_as(f, TH_SOCK_NODE, &f->peers[0]);
    assert_true(up_within(f, sock, true));
}

// A link that is down for a moment can be missed by who looks; a handshake stays to be heard of.
static void expect_accepted(struct fixture *f, struct th_sock *sock)
{
    struct th_poll_item items[] = {{.sock = sock}, {.sock = &f->door}};
    const struct wait wait = wait_begin(PATIENCE_MS);
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    do {
        EXPECT(TH_OK, th_poll(items, TH_COUNT(items), STEP_MS));
        if (th_sock_handshake(sock, &result, &code) != TH_OK) {
            result = TH_HANDSHAKE_LATER; // nothing yet
        }
    } while (result == TH_HANDSHAKE_LATER && wait_again(&wait));
    assert_int_equal(result, TH_HANDSHAKE_ACCEPTED);
}

static void a_cut_closes_the_links_of_one_endpoint_and_they_come_back(void **state)
{
    struct fixture *f = *state;
    struct held_port ports[] = {port_hold(), port_hold()};
    struct th_sock *socks[2];
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    for (size_t i = 0; i < 2; i++) {
        EXPECT(TH_OK, th_sock_bind(&f->door, ports[i].endpoint, f->bound));
        socks[i] = connect_as(f, TH_SOCK_NODE, &f->peers[i]);
        expect_accepted(f, socks[i]);
        assert_true(up_within(f, socks[i], true));
    }

    EXPECT(TH_OK, th_sock_cut(&f->door, ports[0].endpoint));

    expect_accepted(f, socks[0]); // a second time: it was cut and has come back
    assert_true(up_within(f, socks[0], true));
    EXPECT(TH_E_BUSY, th_sock_handshake(socks[1], &result, &code));
    assert_true(th_sock_up(socks[1]));
    EXPECT(TH_E_NOT_FOUND, th_sock_cut(&f->door, "tcp://127.0.0.1:1"));
    (void)close(ports[0].descriptor);
    (void)close(ports[1].descriptor);
}

static void an_address_in_use_and_a_foreign_transport_are_refused(void **state)
{
    struct fixture *f = *state;
    char bound[TH_ENDPOINT_SIZE];
    const struct th_sock_setup bad = {.own_secret = "short"};
    struct th_sock sock = {0};
    open_door(f, TH_SOCK_NODES, ZAP_NODES);

    EXPECT(TH_E_EXISTS, th_sock_bind(&f->door, f->bound, bound));
    EXPECT(TH_E_INVALID, th_sock_bind(&f->door, "udp://127.0.0.1:0", bound));
    EXPECT(TH_E_INVALID, th_sock_bind(&f->door, "inproc://door", bound));
    EXPECT(TH_E_INVALID, th_sock_bind(&f->door, "tcp://192.0.2.1:0", bound));
    EXPECT(TH_E_INVALID, th_sock_door(&f->context, TH_SOCK_NODES, &bad, &sock));
    assert_null(sock.zmq);
}

static void publications_carry_their_publisher_through_the_feed_door(void **state)
{
    struct fixture *f = *state;
    open_door(f, TH_SOCK_FEED_IN, ZAP_RELAY);
    struct th_sock *sock = connect_as(f, TH_SOCK_PUBLISHER, &f->peers[0]);
    const struct th_bytes frames[] = {TH_BYTES("b/hg93/"), TH_BYTES("beat")};
    TH_SCOPED(th_message_clear) struct th_message message = {0};

    const struct wait wait = wait_begin(PATIENCE_MS);
    enum th_err err = TH_E_BUSY;
    while (err == TH_E_BUSY && wait_again(&wait)) {
        EXPECT(TH_OK, th_sock_send(sock, NOBODY, frames, TH_COUNT(frames)));
        err = th_sock_receive(&f->door, &message);
    }

    EXPECT(TH_OK, err);
    assert_int_equal(message.count, 2);
    assert_int_equal(message.from.number, 7);
}

static void a_descriptor_wakes_the_wait(void **state)
{
    struct fixture *f = *state;
    open_door(f, TH_SOCK_NODES, ZAP_NODES);
    const int fd = eventfd(1, EFD_CLOEXEC);
    struct th_poll_item items[] = {{.sock = &f->door}, {.fd = fd}};

    EXPECT(TH_OK, th_poll(items, TH_COUNT(items), PATIENCE_MS));

    assert_false(items[0].readable);
    assert_true(items[1].readable);
    (void)close(fd);
}

static void user_ids_are_read_as_they_are_written_and_no_other_way(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"",
                                        "n",
                                        "n:",
                                        "n:7",
                                        "n:7/",
                                        "n:/0000000000000001",
                                        "n:01/0000000000000001",
                                        "n:-1/0000000000000001",
                                        "n:4294967296/0000000000000001",
                                        "n:99999999999/0000000000000001",
                                        "x:1/0000000000000001",
                                        "n:1 /0000000000000001",
                                        "n:1/000000000000001",
                                        "n:1/00000000000000001",
                                        "n:1/000000000000000g",
                                        "N:1/0000000000000001",
                                        "n 1/0000000000000001"};
    struct th_peer from = {.class = TH_PEER_NONE};

    for (size_t i = 0; i < TH_COUNT(WRONG); i++) {
        EXPECT(TH_E_MALFORMED, th_user_id_read(WRONG[i], &from));
        assert_int_equal(from.class, TH_PEER_NONE);
    }
    for (int c = TH_PEER_NODE; c <= TH_PEER_BOOTSTRAP; c++) {
        char text[TH_USER_ID_SIZE];
        th_user_id_write((enum th_peer_class)c, UINT32_MAX, UINT64_MAX - 1, text);
        EXPECT(TH_OK, th_user_id_read(text, &from));
        assert_int_equal(from.class, c);
        assert_int_equal(from.number, UINT32_MAX);
        assert_int_equal(from.tag, UINT64_MAX - 1);
    }
}

static void keys_survive_their_text_form(void **state)
{
    (void)state;
    const struct pair pair = new_pair();
    uint8_t bytes[TH_CURVE_BYTES];
    char text[TH_Z85_SIZE];

    EXPECT(TH_OK, th_z85_read(th_bytes_of(pair.public_key), bytes));
    th_z85_write(bytes, text);
    assert_string_equal(text, pair.public_key);
    EXPECT(TH_OK, th_curve_public(pair.secret_key, text));
    assert_string_equal(text, pair.public_key);
    EXPECT(TH_E_MALFORMED, th_z85_read(TH_BYTES("too short"), bytes));
    EXPECT(TH_E_MALFORMED,
           th_z85_read(TH_BYTES("\"23456789012345678901234567890123456789~"), bytes));
    EXPECT(TH_E_MALFORMED, th_curve_public("x", text));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(says_who_sent_a_message_by_the_key),
        CASE(answers_go_to_the_one_who_asked),
        CASE(a_send_to_a_vanished_peer_says_so),
        CASE(a_send_to_a_full_peer_says_so_and_nothing_half_sent_stays),
        CASE(more_frames_than_exist_are_read_to_the_end_and_dropped),
        CASE(a_refused_key_is_reported_and_the_link_never_comes_up),
        CASE(a_socket_can_be_rebuilt_at_once_and_often),
        CASE(a_cut_closes_the_links_of_one_endpoint_and_they_come_back),
        CASE(an_address_in_use_and_a_foreign_transport_are_refused),
        CASE(publications_carry_their_publisher_through_the_feed_door),
        CASE(a_descriptor_wakes_the_wait),
        cmocka_unit_test(user_ids_are_read_as_they_are_written_and_no_other_way),
        cmocka_unit_test(keys_survive_their_text_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
