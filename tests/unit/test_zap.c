// test_zap.c - the key check with real sockets: who gets in, and doors that would let everybody in

#include <string.h>

#include <zmq.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"
#include "tonghop/key.h"

#include "broker/zap.h"
#include "tests/support/test.h"

enum { STEP_MS = 20, ENFORCE_DOMAIN = 93, PAST_MS = 1000 };

struct fixture {
    struct th_context context;
    struct zap *zap;
    struct th_sock door;
    struct th_sock peer;
    void *bare; // a door that was made without our locks
    char bound[TH_ENDPOINT_SIZE];
    struct th_key_pair server, own;
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
    th_mutant_set(0);
    th_sock_close(&f->peer);
    th_sock_close(&f->door);
    if (f->bare != NULL) {
        (void)zmq_close(f->bare);
    }
    zap_stop(&f->zap);
    th_context_close(&f->context);
    return 0;
}

static struct zap_key key_of(const struct fixture *f, enum th_peer_class class, unsigned doors)
{
    struct zap_key key = {.class = class, .number = 7, .doors = doors};
    EXPECT(TH_OK, th_z85_read(th_bytes_of(f->own.public_key), key.key));
    return key;
}

static void open_door(struct fixture *f, enum th_sock_kind kind)
{
    const struct th_sock_setup setup = {.own_secret = f->server.secret_key};
    th_sock_close(&f->door);
    EXPECT(TH_OK, th_sock_door(&f->context, kind, &setup, &f->door));
    EXPECT(TH_OK, th_sock_bind(&f->door, "tcp://127.0.0.1:0", f->bound));
}

static enum th_handshake knock(struct fixture *f, enum th_sock_kind kind)
{
    const struct th_sock_setup setup = {.own_public = f->own.public_key,
                                        .own_secret = f->own.secret_key,
                                        .server_public = f->server.public_key};
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    th_sock_close(&f->peer);
    EXPECT(TH_OK, th_sock_connect(&f->context, kind, &setup, f->bound, &f->peer));
    const struct wait wait = wait_begin(PATIENCE_MS);
    do {
        struct th_poll_item item = {.sock = &f->peer};
        EXPECT(TH_OK, th_poll(&item, 1, STEP_MS));
        if (th_sock_handshake(&f->peer, &result, &code) != TH_OK) {
            result = TH_HANDSHAKE_LATER; // nothing yet
        }
    } while (result == TH_HANDSHAKE_LATER && wait_again(&wait));
    assert_int_equal(code, result == TH_HANDSHAKE_REFUSED ? 400 : 0);
    return result;
}

static void each_class_has_its_doors(void **state)
{
    struct fixture *f = *state;
    // clang-format off
    static const struct { enum th_sock_kind door, peer; unsigned bit; } DOORS[] = {
        {TH_SOCK_NODES,    TH_SOCK_NODE,       ZAP_NODES},
        {TH_SOCK_WORKERS,  TH_SOCK_WORKER,     ZAP_WORKERS},
        {TH_SOCK_QUERIES,  TH_SOCK_VIEWER,     ZAP_QUERIES},
        {TH_SOCK_FEED_OUT, TH_SOCK_SUBSCRIBER, ZAP_FEED},
        {TH_SOCK_FEED_IN,  TH_SOCK_PUBLISHER,  ZAP_RELAY},
    };
    // clang-format on
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));

    for (size_t i = 0; i < TH_COUNT(DOORS); i++) {
        open_door(f, DOORS[i].door);
        struct zap_key key = key_of(f, TH_PEER_NODE, DOORS[i].bit);
        EXPECT(TH_OK, zap_replace(f->zap, &key, 1));
        assert_int_equal(knock(f, DOORS[i].peer), TH_HANDSHAKE_ACCEPTED);
        key.doors = 31U & ~DOORS[i].bit;
        EXPECT(TH_OK, zap_replace(f->zap, &key, 1));
        assert_int_equal(knock(f, DOORS[i].peer), TH_HANDSHAKE_REFUSED);
        EXPECT(TH_OK, zap_self_test(&f->context, DOORS[i].door, f->bound, f->server.public_key));
    }

    const struct zap_counts counts = zap_counts(f->zap);
    assert_int_equal(counts.accepted, TH_COUNT(DOORS));
    assert_int_equal(counts.wrong_door, TH_COUNT(DOORS));
    assert_int_equal(counts.unknown, TH_COUNT(DOORS));
    assert_int_equal(counts.malformed, 0);
}

static void an_empty_table_and_an_expired_key_let_nobody_in(void **state)
{
    struct fixture *f = *state;
    struct zap_key key = key_of(f, TH_PEER_BOOTSTRAP, ZAP_NODES);
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    open_door(f, TH_SOCK_NODES);

    assert_int_equal(knock(f, TH_SOCK_NODE), TH_HANDSHAKE_REFUSED);
    key.expires_ms = PAST_MS;
    EXPECT(TH_OK, zap_replace(f->zap, &key, 1));
    assert_int_equal(knock(f, TH_SOCK_NODE), TH_HANDSHAKE_REFUSED);
    assert_int_equal(zap_counts(f->zap).expired, 1);
    key.expires_ms = INT64_MAX;
    EXPECT(TH_OK, zap_replace(f->zap, &key, 1));
    assert_int_equal(knock(f, TH_SOCK_NODE), TH_HANDSHAKE_ACCEPTED);
}

static void many_keys_are_told_apart(void **state)
{
    struct fixture *f = *state;
    static struct zap_key keys[2000];
    struct rng rng;
    rng_start(&rng);
    for (size_t i = 0; i < TH_COUNT(keys); i++) {
        keys[i] = (struct zap_key){.class = TH_PEER_NODE, .number = 1, .doors = ZAP_NODES};
        rng_bytes(&rng, keys[i].key, sizeof(keys[i].key));
    }
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    open_door(f, TH_SOCK_NODES);

    EXPECT(TH_OK, zap_replace(f->zap, keys, TH_COUNT(keys)));
    assert_int_equal(knock(f, TH_SOCK_NODE), TH_HANDSHAKE_REFUSED);
    keys[1234] = key_of(f, TH_PEER_NODE, ZAP_NODES);
    EXPECT(TH_OK, zap_replace(f->zap, keys, TH_COUNT(keys)));
    assert_int_equal(knock(f, TH_SOCK_NODE), TH_HANDSHAKE_ACCEPTED);
    EXPECT(TH_E_TOO_LARGE, zap_replace(f->zap, keys, ZAP_KEYS_MAX + 1));
}

static void one_handler_in_a_process(void **state)
{
    struct fixture *f = *state;
    struct zap *second = NULL;

    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    EXPECT(TH_E_EXISTS, zap_start(&f->context, &second));
    assert_null(second);
    zap_stop(&f->zap);
    assert_null(f->zap);
    zap_stop(&f->zap);
}

// ---- the self-test sees every way of letting everybody in ----

static void the_self_test_wants_a_refusal(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));

    open_door(f, TH_SOCK_NODES);

    EXPECT(TH_OK, zap_self_test(&f->context, TH_SOCK_NODES, f->bound, f->server.public_key));
}

static void bind_bare(struct fixture *f, bool curve, bool enforce)
{
    const int yes = 1;
    size_t size = sizeof(f->bound);
    f->bare = zmq_socket(f->context.zmq, ZMQ_ROUTER);
    if (curve) {
        assert_int_equal(zmq_setsockopt(f->bare, ZMQ_CURVE_SERVER, &yes, sizeof(yes)), 0);
        assert_int_equal(
            zmq_setsockopt(f->bare, ZMQ_CURVE_SECRETKEY, f->server.secret_key, TH_Z85_SIZE), 0);
    }
    if (enforce) {
        assert_int_equal(zmq_setsockopt(f->bare, ENFORCE_DOMAIN, &yes, sizeof(yes)), 0);
    }
    assert_int_equal(zmq_bind(f->bare, "tcp://127.0.0.1:0"), 0);
    assert_int_equal(zmq_getsockopt(f->bare, ZMQ_LAST_ENDPOINT, f->bound, &size), 0);
}

static void expect_self_test_fails(struct fixture *f)
{
    EXPECT(TH_E_DENIED, zap_self_test(&f->context, TH_SOCK_NODES, f->bound, f->server.public_key));
}

static void a_door_without_a_handler_is_seen(void **state)
{
    struct fixture *f = *state;
    bind_bare(f, true, false);
    expect_self_test_fails(f);
}

static void a_door_that_enforces_an_empty_domain_is_seen(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    bind_bare(f, true, true);
    expect_self_test_fails(f);
}

static void a_door_without_curve_is_seen(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    bind_bare(f, false, false);
    expect_self_test_fails(f);
}

static void a_handler_that_accepts_all_and_a_lost_domain_are_seen(void **state)
{
    struct fixture *f = *state;
#ifndef TONGHOP_FAULTS
    SKIP("built without planted bugs");
#endif
    EXPECT(TH_OK, zap_start(&f->context, &f->zap));
    open_door(f, TH_SOCK_NODES); // with its domain; the handler is what fails

    th_mutant_set(37);
    expect_self_test_fails(f);
    open_door(f, TH_SOCK_NODES); // now without
    expect_self_test_fails(f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_class_has_its_doors),
        CASE(an_empty_table_and_an_expired_key_let_nobody_in),
        CASE(many_keys_are_told_apart),
        CASE(one_handler_in_a_process),
        CASE(the_self_test_wants_a_refusal),
        CASE(a_door_without_a_handler_is_seen),
        CASE(a_door_that_enforces_an_empty_domain_is_seen),
        CASE(a_door_without_curve_is_seen),
        CASE(a_handler_that_accepts_all_and_a_lost_domain_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
