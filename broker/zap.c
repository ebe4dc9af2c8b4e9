// zap.c - see zap.h

#include "broker/zap.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <zmq.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"
#include "tonghop/hash.h"

enum {
    REQUEST_FRAMES = 7,
    AT_VERSION = 0,
    AT_ID = 1,
    AT_DOMAIN = 2,
    AT_MECHANISM = 5,
    AT_KEY = 6,
    FRAME_BYTES_MAX = 256,
};

// Open addressing, at most half full; a slot with class TH_PEER_NONE is empty.
struct table {
    size_t mask;
    struct zap_key slots[];
};

struct zap {
    void *socket; // the thread's
    int stop_fd;
    pthread_t thread;
    pthread_mutex_t lock;
    struct table *table;      // under lock
    struct zap_counts counts; // under lock
    uint8_t hash_key[TH_SHORT_KEY_BYTES];
};

struct request {
    uint8_t bytes[REQUEST_FRAMES][FRAME_BYTES_MAX];
    size_t sizes[REQUEST_FRAMES];
    size_t count; // above REQUEST_FRAMES: too many
};

static size_t slot_of(const struct zap *zap, const uint8_t *key, size_t mask)
{
    const struct th_bytes bytes = {.data = key, .size = TH_CURVE_BYTES};
    return (size_t)th_hash64(zap->hash_key, &bytes, 1) & mask;
}

static const struct zap_key *
find(const struct zap *zap, const struct table *table, const uint8_t *key)
{
    size_t at = slot_of(zap, key, table->mask);
    while (table->slots[at].class != TH_PEER_NONE) {
        if (memcmp(table->slots[at].key, key, TH_CURVE_BYTES) == 0) {
            return &table->slots[at];
        }
        at = (at + 1) & table->mask;
    }
    return NULL;
}

// A key given twice keeps its first meaning.
static void insert(const struct zap *zap, struct table *table, const struct zap_key *key)
{
    size_t at = slot_of(zap, key->key, table->mask);
    while (table->slots[at].class != TH_PEER_NONE) {
        if (memcmp(table->slots[at].key, key->key, TH_CURVE_BYTES) == 0) {
            return;
        }
        at = (at + 1) & table->mask;
    }
    table->slots[at] = *key;
}

static struct table *make_table(const struct zap *zap, const struct zap_key *keys, size_t count)
{
    size_t slots = 16;
    while (slots < count * 2) {
        slots *= 2;
    }
    struct table *table = calloc(1, sizeof(*table) + slots * sizeof(table->slots[0]));
    if (table == NULL) {
        return NULL;
    }
    table->mask = slots - 1;
    for (size_t i = 0; i < count; i++) {
        th_assert(keys[i].class != TH_PEER_NONE);
        insert(zap, table, &keys[i]);
    }
    return table;
}

static unsigned door_of(struct th_bytes domain)
{
    static const struct {
        const char *domain;
        unsigned door;
    } DOORS[] = {{"node", ZAP_NODES},
                 {"worker", ZAP_WORKERS},
                 {"query", ZAP_QUERIES},
                 {"feed", ZAP_FEED},
                 {"relay", ZAP_RELAY}};
    for (size_t i = 0; i < TH_COUNT(DOORS); i++) {
        if (th_bytes_equal(domain, th_bytes_of(DOORS[i].domain))) {
            return DOORS[i].door;
        }
    }
    return 0;
}

static bool frame_is(const struct request *request, size_t at, const char *text)
{
    const struct th_bytes frame = {.data = request->bytes[at], .size = request->sizes[at]};
    return th_bytes_equal(frame, th_bytes_of(text));
}

static bool well_formed(const struct request *request)
{
    return request->count == REQUEST_FRAMES && frame_is(request, AT_VERSION, "1.0") &&
           frame_is(request, AT_MECHANISM, "CURVE") && request->sizes[AT_KEY] == TH_CURVE_BYTES;
}

// The user id of an accepted key, or false. Called under the lock.
static bool decide(struct zap *zap, const struct request *request, char user_id[TH_USER_ID_SIZE])
{
    if (!well_formed(request)) {
        zap->counts.malformed++;
        return false;
    }
    const struct th_bytes domain = {.data = request->bytes[AT_DOMAIN],
                                    .size = request->sizes[AT_DOMAIN]};
    const struct zap_key *key = find(zap, zap->table, request->bytes[AT_KEY]);
    if (key == NULL) {
        zap->counts.unknown++;
        return false;
    }
    if ((key->doors & door_of(domain)) == 0) {
        zap->counts.wrong_door++;
        return false;
    }
    if (key->expires_ms != 0 && key->expires_ms <= th_wall_ms()) {
        zap->counts.expired++;
        return false;
    }
    zap->counts.accepted++;
    th_user_id_write(key->class, key->number, th_key_tag(key->key), user_id);
    return true;
}

static void send_text(void *socket, const char *text, int flags)
{
    (void)zmq_send(socket, text, strlen(text), flags);
}

static void answer(struct zap *zap, const struct request *request)
{
    char user_id[TH_USER_ID_SIZE] = "";
    (void)pthread_mutex_lock(&zap->lock);
    bool good = decide(zap, request, user_id);
    (void)pthread_mutex_unlock(&zap->lock);
    if (th_mutant(37) && !good) {
        good = true;
    }
    send_text(zap->socket, "1.0", ZMQ_SNDMORE);
    (void)zmq_send(zap->socket, request->bytes[AT_ID], request->sizes[AT_ID], ZMQ_SNDMORE);
    send_text(zap->socket, good ? "200" : "400", ZMQ_SNDMORE);
    send_text(zap->socket, good ? "OK" : "refused", ZMQ_SNDMORE);
    send_text(zap->socket, user_id, ZMQ_SNDMORE);
    send_text(zap->socket, "", 0);
}

// False: no request waits. A frame that is too long makes the request malformed by its size.
static bool receive(void *socket, struct request *request)
{
    int more = 1;
    size_t size = sizeof(more);
    *request = (struct request){0};
    while (more != 0) {
        const size_t at = request->count < REQUEST_FRAMES ? request->count : REQUEST_FRAMES - 1;
        const int got = zmq_recv(socket, request->bytes[at], FRAME_BYTES_MAX, ZMQ_DONTWAIT);
        if (got < 0) {
            return false;
        }
        request->sizes[at] = (size_t)got < FRAME_BYTES_MAX ? (size_t)got : FRAME_BYTES_MAX;
        request->count++;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0) {
            return false;
        }
    }
    th_take_over(socket);
    return true;
}

static void *serve(void *self)
{
    struct zap *zap = self;
    zmq_pollitem_t items[] = {{.socket = zap->socket, .events = ZMQ_POLLIN},
                              {.fd = zap->stop_fd, .events = ZMQ_POLLIN}};
    while ((items[1].revents & ZMQ_POLLIN) == 0) {
        if (zmq_poll(items, (int)TH_COUNT(items), -1) < 0) {
            continue; // EINTR
        }
        struct request request;
        while (receive(zap->socket, &request)) {
            th_hand_over(zap->socket);
            answer(zap, &request);
        }
    }
    (void)zmq_close(zap->socket);
    return NULL;
}

static void free_zap(struct zap **zap)
{
    if (*zap == NULL) {
        return;
    }
    if ((*zap)->stop_fd >= 0) {
        (void)close((*zap)->stop_fd);
    }
    if ((*zap)->socket != NULL) {
        (void)zmq_close((*zap)->socket);
    }
    (void)pthread_mutex_destroy(&(*zap)->lock);
    free((*zap)->table);
    free(*zap);
    *zap = NULL;
}

enum th_err zap_start(struct th_context *context, struct zap **out)
{
    TH_SCOPED(free_zap) struct zap *zap = calloc(1, sizeof(*zap));
    if (zap == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)pthread_mutex_init(&zap->lock, NULL);
    th_random(zap->hash_key, sizeof(zap->hash_key));
    zap->table = make_table(zap, NULL, 0);
    zap->stop_fd = eventfd(0, EFD_CLOEXEC);
    zap->socket = zmq_socket(context->zmq, ZMQ_REP);
    if (zap->table == NULL || zap->stop_fd < 0 || zap->socket == NULL) {
        return TH_E_IO;
    }
    if (zmq_bind(zap->socket, "inproc://zeromq.zap.01") != 0) {
        return errno == EADDRINUSE ? TH_E_EXISTS : TH_E_IO;
    }
    // From here on the socket is the thread's: creating a thread is a full fence.
    if (pthread_create(&zap->thread, NULL, serve, zap) != 0) {
        return TH_E_IO;
    }
    *out = zap;
    zap = NULL; // the caller owns it now
    return TH_OK;
}

void zap_stop(struct zap **zap)
{
    if (*zap == NULL) {
        return;
    }
    const uint64_t one = 1;
    const ssize_t written = write((*zap)->stop_fd, &one, sizeof(one));
    th_assert(written == sizeof(one));
    (void)pthread_join((*zap)->thread, NULL);
    (*zap)->socket = NULL; // the thread closed it
    free_zap(zap);
}

enum th_err zap_replace(struct zap *zap, const struct zap_key *keys, size_t count)
{
    if (count > ZAP_KEYS_MAX) {
        return TH_E_TOO_LARGE;
    }
    struct table *fresh = make_table(zap, keys, count);
    if (fresh == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)pthread_mutex_lock(&zap->lock);
    struct table *old = zap->table;
    zap->table = fresh;
    (void)pthread_mutex_unlock(&zap->lock);
    free(old);
    return TH_OK;
}

struct zap_counts zap_counts(struct zap *zap)
{
    (void)pthread_mutex_lock(&zap->lock);
    const struct zap_counts counts = zap->counts;
    (void)pthread_mutex_unlock(&zap->lock);
    return counts;
}

static enum th_sock_kind knocker_of(enum th_sock_kind door)
{
    switch (door) {
    case TH_SOCK_NODES:
        return TH_SOCK_NODE;
    case TH_SOCK_WORKERS:
        return TH_SOCK_WORKER;
    case TH_SOCK_QUERIES:
        return TH_SOCK_VIEWER;
    case TH_SOCK_FEED_OUT:
        return TH_SOCK_SUBSCRIBER;
    case TH_SOCK_FEED_IN:
        return TH_SOCK_PUBLISHER;
    case TH_SOCK_NODE:
    case TH_SOCK_WORKER:
    case TH_SOCK_VIEWER:
    case TH_SOCK_SUBSCRIBER:
    case TH_SOCK_PUBLISHER:
    case TH_SOCK_KINDS:
        break;
    }
    th_unreachable();
}

// A door bound to every address is knocked at on the loopback one.
static void loopback_of(const char *bound, char out[static TH_ENDPOINT_SIZE])
{
    const struct th_bytes text = th_bytes_of(bound);
    if (th_bytes_begins(text, TH_BYTES("tcp://0.0.0.0:"))) {
        (void)snprintf(out, TH_ENDPOINT_SIZE, "tcp://127.0.0.1:%s", strrchr(bound, ':') + 1);
    } else if (th_bytes_begins(text, TH_BYTES("tcp://[::]:"))) {
        (void)snprintf(out, TH_ENDPOINT_SIZE, "tcp://[::1]:%s", strrchr(bound, ':') + 1);
    } else {
        (void)snprintf(out, TH_ENDPOINT_SIZE, "%s", bound);
    }
}

static enum th_err judge_knock(struct th_sock *sock)
{
    const uint64_t end_ms = th_now_ms() + ZAP_SELF_TEST_MS;
    for (uint64_t now_ms = th_now_ms(); now_ms < end_ms; now_ms = th_now_ms()) {
        struct th_poll_item item = {.sock = sock};
        enum th_handshake result = TH_HANDSHAKE_LATER;
        unsigned code = 0;
        TH_TRY(th_poll(&item, 1, (int)(end_ms - now_ms)));
        while (th_sock_handshake(sock, &result, &code) == TH_OK) {
            if (result == TH_HANDSHAKE_REFUSED && code == 400) {
                return TH_OK;
            }
            return TH_E_DENIED;
        }
    }
    return TH_E_TIMEOUT;
}

enum th_err zap_self_test(struct th_context *context,
                          enum th_sock_kind door,
                          const char *bound,
                          const char *server_public)
{
    char own_public[TH_Z85_SIZE];
    char own_secret[TH_Z85_SIZE];
    char endpoint[TH_ENDPOINT_SIZE];
    if (th_fault_hit("self-test.late")) {
        return TH_E_TIMEOUT;
    }
    TH_TRY(th_curve_pair(own_public, own_secret));
    loopback_of(bound, endpoint);

    const struct th_sock_setup setup = {
        .own_public = own_public, .own_secret = own_secret, .server_public = server_public};
    TH_SCOPED(th_sock_close) struct th_sock sock = {0};
    TH_TRY(th_sock_connect(context, knocker_of(door), &setup, endpoint, &sock));
    return judge_knock(&sock);
}
