// sock.c - see sock.h; the settings sheet, and sockets from birth to end

#include "tonghop/sock.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <zmq.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

enum {
    ZAP_ENFORCE_DOMAIN = 93, // named in zmq.h only for drafts; Debian's build obeys it
    CUT_PAUSE_MS = 5,
    CUT_ROUNDS = 4,
    REBIND_TRIES = 2000,
    KIB = 1024,
    MIB = 1024 * 1024,
};

// The settings sheet. Windows of ours bound what is in flight; the marks here only bound a peer
// that ignores them. max is per frame: what is above it kills the link, so it is far above what an
// honest peer sends. A subscriber's send mark is 0 because subscriptions are messages too, and are
// dropped at the mark; so is the feed's XSUB. hwm -1: the socket never sends (or receives).
struct sheet {
    int type;
    const char *domain;
    bool bound;
    bool immediate;
    int send_hwm, receive_hwm;
    int64_t max;
    int beat_ms, beat_timeout_ms, beat_ttl_ms; // 0: not set
    int backlog;
};

// clang-format off
static const struct sheet SHEETS[TH_SOCK_KINDS] = {
    //                      type        domain    bound  immed  send   recv   max        beat   timeout ttl    backlog
    [TH_SOCK_NODE]       = {ZMQ_DEALER, "node",   false, true,  64,    64,    1 * MIB,   20000, 45000,  60000, 0},
    [TH_SOCK_NODES]      = {ZMQ_ROUTER, "node",   true,  false, 64,    16,    256 * KIB, 30000, 75000,  0,     4096},
    [TH_SOCK_WORKER]     = {ZMQ_DEALER, "worker", false, true,  256,   256,   4 * MIB,   5000,  15000,  20000, 0},
    [TH_SOCK_WORKERS]    = {ZMQ_ROUTER, "worker", true,  false, 256,   256,   4 * MIB,   5000,  15000,  0,     0},
    [TH_SOCK_VIEWER]     = {ZMQ_DEALER, "query",  false, true,  16,    1000,  4 * MIB,   20000, 45000,  60000, 0},
    [TH_SOCK_QUERIES]    = {ZMQ_ROUTER, "query",  true,  false, 64,    16,    64 * KIB,  30000, 75000,  0,     1024},
    [TH_SOCK_SUBSCRIBER] = {ZMQ_SUB,    "feed",   false, false, 0,     2000,  4 * MIB,   20000, 45000,  60000, 0},
    [TH_SOCK_FEED_OUT]   = {ZMQ_XPUB,   "feed",   true,  false, 1000,  1000,  1 * KIB,   30000, 75000,  0,     1024},
    [TH_SOCK_PUBLISHER]  = {ZMQ_PUB,    "relay",  false, false, 10000, -1,    -1,        5000,  15000,  20000, 0},
    [TH_SOCK_FEED_IN]    = {ZMQ_XSUB,   "relay",  true,  false, 0,     10000, 1 * MIB,   5000,  15000,  0,     0},
};
// clang-format on

const char *th_sock_domain(enum th_sock_kind kind)
{
    th_assert(kind < TH_SOCK_KINDS);
    return SHEETS[kind].domain;
}

enum th_err th_context_open(unsigned io_threads, unsigned sockets_max, struct th_context *context)
{
    void *zmq = zmq_ctx_new();
    if (zmq == NULL) {
        return TH_E_NO_MEMORY;
    }
    // BLOCKY 0 makes LINGER 0 the default: ending the context can then never hang.
    const bool good =
        zmq_ctx_set(zmq, ZMQ_BLOCKY, 0) == 0 &&
        zmq_ctx_set(zmq, ZMQ_IO_THREADS, (int)io_threads) == 0 &&
        (sockets_max == 0 || zmq_ctx_set(zmq, ZMQ_MAX_SOCKETS, (int)sockets_max) == 0);
    if (!good) {
        (void)zmq_ctx_term(zmq);
        return TH_E_INVALID;
    }
    context->zmq = zmq;
    return TH_OK;
}

void th_context_close(struct th_context *context)
{
    if (context->zmq == NULL) {
        return;
    }
    while (zmq_ctx_term(context->zmq) != 0 && errno == EINTR) {
    }
    context->zmq = NULL;
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool set_text(void *socket, int option, const char *text)
{
    return zmq_setsockopt(socket, option, text, strlen(text)) == 0;
}

static bool set_key(void *socket, int option, const char *z85)
{
    return z85 != NULL && strlen(z85) == TH_Z85_SIZE - 1 &&
           zmq_setsockopt(socket, option, z85, TH_Z85_SIZE) == 0;
}

static bool set_every(void *socket)
{
    return set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_IPV6, 1) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE, 1) && set_int(socket, ZMQ_TCP_KEEPALIVE_IDLE, 60) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE_INTVL, 20) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE_CNT, 3) && set_int(socket, ZMQ_TCP_MAXRT, 60000) &&
           set_int(socket, ZMQ_SNDTIMEO, 0) && set_int(socket, ZMQ_RCVTIMEO, 0);
}

static bool set_sheet(void *socket, const struct sheet *sheet)
{
    return (sheet->send_hwm < 0 || set_int(socket, ZMQ_SNDHWM, sheet->send_hwm)) &&
           (sheet->receive_hwm < 0 || set_int(socket, ZMQ_RCVHWM, sheet->receive_hwm)) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &sheet->max, sizeof(sheet->max)) == 0 &&
           set_int(socket, ZMQ_HEARTBEAT_IVL, sheet->beat_ms) &&
           set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, sheet->beat_timeout_ms) &&
           (sheet->beat_ttl_ms == 0 || set_int(socket, ZMQ_HEARTBEAT_TTL, sheet->beat_ttl_ms)) &&
           (sheet->backlog == 0 || set_int(socket, ZMQ_BACKLOG, sheet->backlog)) &&
           (!sheet->immediate || set_int(socket, ZMQ_IMMEDIATE, 1)) &&
           (sheet->type != ZMQ_ROUTER || set_int(socket, ZMQ_ROUTER_MANDATORY, 1));
}

// Every option comes before bind, and the domain before option 93: with an empty domain that option
// would let everybody in without asking the handler.
static enum th_err lock_door(void *socket, const char *secret_z85, const char *domain)
{
    if (domain[0] == '\0' && !th_mutant(37)) {
        return TH_E_INVALID;
    }
    const bool locked = set_int(socket, ZMQ_CURVE_SERVER, 1) &&
                        set_key(socket, ZMQ_CURVE_SECRETKEY, secret_z85) &&
                        (domain[0] == '\0' || set_text(socket, ZMQ_ZAP_DOMAIN, domain)) &&
                        set_int(socket, ZAP_ENFORCE_DOMAIN, 1);
    return locked ? TH_OK : TH_E_INVALID;
}

// A drawn interval spreads the return of many peers after an outage over the whole range; the
// library's own jitter alone does not.
static int draw_reconnect_ms(const struct th_sock_setup *setup)
{
    const unsigned first = setup->reconnect_ms_min == 0 ? 2000 : setup->reconnect_ms_min;
    const unsigned last = setup->reconnect_ms_max == 0 ? 8000 : setup->reconnect_ms_max;
    uint32_t drawn = 0;
    th_random(&drawn, sizeof(drawn));
    return (int)(first + (last > first ? drawn % (last - first + 1) : 0));
}

static bool set_client(void *socket, const struct th_sock_setup *setup)
{
    const int reconnect_ms = draw_reconnect_ms(setup);
    const int reconnect_max_ms =
        setup->reconnect_ms_max == 0 ? 30000 : (int)setup->reconnect_ms_max;
    const int handshake_ms = setup->handshake_ms == 0 ? 15000 : (int)setup->handshake_ms;
    return set_key(socket, ZMQ_CURVE_SERVERKEY, setup->server_public) &&
           set_key(socket, ZMQ_CURVE_PUBLICKEY, setup->own_public) &&
           set_key(socket, ZMQ_CURVE_SECRETKEY, setup->own_secret) &&
           set_int(socket, ZMQ_HANDSHAKE_IVL, handshake_ms) &&
           set_int(socket, ZMQ_CONNECT_TIMEOUT, 10000) &&
           set_int(socket, ZMQ_RECONNECT_IVL, reconnect_ms) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, reconnect_max_ms);
}

// The name of a monitor stays taken for a while after its socket was closed, so each has a new one.
static void *open_monitor(void *context, void *socket)
{
    static atomic_uint links;
    char name[40];
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    (void)snprintf(name, sizeof(name), "inproc://link-%u", atomic_fetch_add(&links, 1));
    if (zmq_socket_monitor(socket, name, events) != 0) {
        return NULL;
    }
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    if (monitor != NULL && zmq_connect(monitor, name) != 0) {
        (void)zmq_close(monitor);
        monitor = NULL;
    }
    return monitor;
}

// No other transport of the library is checked by us, and some are no network at all.
static bool endpoint_allowed(const char *endpoint)
{
    const struct th_bytes text = th_bytes_of(endpoint);
    return text.size < TH_ENDPOINT_SIZE &&
           (th_bytes_begins(text, TH_BYTES("tcp://")) || th_bytes_begins(text, TH_BYTES("ipc://")));
}

static enum th_err
open_socket(struct th_context *context, enum th_sock_kind kind, struct th_sock *sock)
{
    const struct sheet *sheet = &SHEETS[kind];
    *sock = (struct th_sock){.kind = kind, .zmq = zmq_socket(context->zmq, sheet->type)};
    if (sock->zmq == NULL || !set_every(sock->zmq) || !set_sheet(sock->zmq, sheet)) {
        return TH_E_IO;
    }
    return TH_OK;
}

static enum th_err
prepare_client(struct th_context *context, const struct th_sock_setup *setup, struct th_sock *sock)
{
    if (!set_client(sock->zmq, setup)) {
        return TH_E_INVALID;
    }
    sock->monitor = open_monitor(context->zmq, sock->zmq);
    if (sock->monitor == NULL) {
        return TH_E_IO;
    }
    for (size_t i = 0; i < setup->prefix_count; i++) {
        TH_TRY(th_sock_subscribe(sock, setup->prefixes[i]));
    }
    return TH_OK;
}

enum th_err th_sock_connect(struct th_context *context,
                            enum th_sock_kind kind,
                            const struct th_sock_setup *setup,
                            const char *endpoint,
                            struct th_sock *sock)
{
    th_assert(kind < TH_SOCK_KINDS);
    th_assert(!SHEETS[kind].bound);
    if (!endpoint_allowed(endpoint)) {
        return TH_E_INVALID;
    }
    TH_SCOPED(th_sock_close) struct th_sock opened = {0};
    TH_TRY(open_socket(context, kind, &opened));
    TH_TRY(prepare_client(context, setup, &opened));
    if (zmq_connect(opened.zmq, endpoint) != 0) {
        return errno == EINVAL ? TH_E_INVALID : TH_E_IO;
    }
    *sock = opened;
    opened = (struct th_sock){0}; // the caller owns it now
    return TH_OK;
}

enum th_err th_sock_door(struct th_context *context,
                         enum th_sock_kind kind,
                         const struct th_sock_setup *setup,
                         struct th_sock *sock)
{
    th_assert(kind < TH_SOCK_KINDS);
    th_assert(SHEETS[kind].bound);
    const int handshake_ms = setup->handshake_ms == 0 ? 5000 : (int)setup->handshake_ms;
    const char *domain = th_mutant(37) ? "" : SHEETS[kind].domain;

    TH_SCOPED(th_sock_close) struct th_sock opened = {0};
    TH_TRY(open_socket(context, kind, &opened));
    TH_TRY(lock_door(opened.zmq, setup->own_secret, domain));
    if (!set_int(opened.zmq, ZMQ_HANDSHAKE_IVL, handshake_ms)) {
        return TH_E_INVALID;
    }
    *sock = opened;
    opened = (struct th_sock){0}; // the caller owns it now
    return TH_OK;
}

// XSUB forwards what it is sent: one subscription to everything, once and for all. It works before
// any publisher is there.
static enum th_err subscribe_to_all(void *xsub)
{
    return zmq_send(xsub, "\x01", 1, ZMQ_DONTWAIT) == 1 ? TH_OK : TH_E_IO;
}

// An IPv4 address is written as people know it, not as tcp://[::ffff:127.0.0.1]:5570, which is what
// the library makes of it when IPv6 is on. It takes both.
static void shorten(char bound[static TH_ENDPOINT_SIZE])
{
    static const char MAPPED[] = "tcp://[::ffff:";
    const size_t prefix = sizeof(MAPPED) - 1;
    const char *close = strchr(bound, ']');
    if (strncmp(bound, MAPPED, prefix) == 0 && close != NULL) {
        char plain[TH_ENDPOINT_SIZE];
        (void)snprintf(plain,
                       sizeof(plain),
                       "tcp://%.*s%s",
                       (int)(close - bound - (ptrdiff_t)prefix),
                       bound + prefix,
                       close + 1);
        memcpy(bound, plain, sizeof(plain));
    }
}

enum th_err
th_sock_bind(struct th_sock *sock, const char *endpoint, char bound[static TH_ENDPOINT_SIZE])
{
    if (!endpoint_allowed(endpoint)) {
        return TH_E_INVALID;
    }
    if (zmq_bind(sock->zmq, endpoint) != 0) {
        const int reason = errno;
        if (reason == EADDRINUSE) {
            return TH_E_EXISTS;
        }
        return reason == EMFILE || reason == ENFILE ? TH_E_IO : TH_E_INVALID;
    }
    size_t size = TH_ENDPOINT_SIZE;
    if (zmq_getsockopt(sock->zmq, ZMQ_LAST_ENDPOINT, bound, &size) != 0) {
        return TH_E_IO;
    }
    shorten(bound);
    return sock->kind == TH_SOCK_FEED_IN ? subscribe_to_all(sock->zmq) : TH_OK;
}

// Nothing closes until the socket is used; asking for its events is use enough, and takes no
// message away. It takes a few rounds between this thread and the library's until a link is gone.
static void use(void *socket)
{
    int events = 0;
    size_t size = sizeof(events);
    (void)zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
    (void)poll(NULL, 0, CUT_PAUSE_MS);
}

enum th_err th_sock_cut(struct th_sock *sock, const char *bound)
{
    if (zmq_unbind(sock->zmq, bound) != 0) {
        return errno == ENOENT ? TH_E_NOT_FOUND : TH_E_IO;
    }
    for (int i = 0; i < CUT_ROUNDS; i++) {
        use(sock->zmq);
    }
    for (int i = 0; i < REBIND_TRIES; i++) {
        if (zmq_bind(sock->zmq, bound) == 0) {
            return TH_OK;
        }
        use(sock->zmq);
    }
    return TH_E_TIMEOUT;
}

// The library copies a socket's settings when it binds.
enum th_err th_sock_rekey(struct th_sock *sock, const char *own_secret)
{
    return set_key(sock->zmq, ZMQ_CURVE_SECRETKEY, own_secret) ? TH_OK : TH_E_INVALID;
}

void th_sock_close(struct th_sock *sock)
{
    if (sock->monitor != NULL) {
        (void)zmq_socket_monitor(sock->zmq, NULL, 0);
        (void)zmq_close(sock->monitor);
    }
    if (sock->zmq != NULL) {
        (void)zmq_close(sock->zmq);
    }
    *sock = (struct th_sock){0};
}

enum th_err th_sock_subscribe(struct th_sock *sock, struct th_bytes prefix)
{
    return zmq_setsockopt(sock->zmq, ZMQ_SUBSCRIBE, prefix.data, prefix.size) == 0 ? TH_OK
                                                                                   : TH_E_IO;
}

enum th_err th_sock_unsubscribe(struct th_sock *sock, struct th_bytes prefix)
{
    return zmq_setsockopt(sock->zmq, ZMQ_UNSUBSCRIBE, prefix.data, prefix.size) == 0 ? TH_OK
                                                                                     : TH_E_IO;
}
