// sock_message.c - see sock.h; messages in and out, and waiting for them

#include <errno.h>
#include <string.h>

#include <zmq.h>

#include "tonghop/sock.h"

#if defined(__SANITIZE_THREAD__)
#define SOCK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SOCK_TSAN 1
#endif
#endif
#ifdef SOCK_TSAN
void __tsan_acquire(void *addr); // NOLINT(bugprone-reserved-identifier): the sanitizer's own
void __tsan_release(void *addr); // NOLINT(bugprone-reserved-identifier): the sanitizer's own
#endif

void th_hand_over(void *channel)
{
#ifdef SOCK_TSAN
    __tsan_release(channel);
#else
    (void)channel;
#endif
}

void th_take_over(void *channel)
{
#ifdef SOCK_TSAN
    __tsan_acquire(channel);
#else
    (void)channel;
#endif
}

_Static_assert(sizeof(zmq_msg_t) <= TH_MESSAGE_STORAGE, "a frame must fit");
_Static_assert(_Alignof(zmq_msg_t) <= 16, "a frame must be aligned");

static bool is_router(const struct th_sock *sock)
{
    return sock->kind == TH_SOCK_NODES || sock->kind == TH_SOCK_WORKERS ||
           sock->kind == TH_SOCK_QUERIES;
}

static zmq_msg_t *frame_at(struct th_message *message, size_t index)
{
    return (zmq_msg_t *)(void *)message->storage[index];
}

void th_message_clear(struct th_message *message)
{
    for (size_t i = 0; i < message->stored; i++) {
        (void)zmq_msg_close(frame_at(message, i));
    }
    message->stored = 0;
    message->count = 0;
    message->from = (struct th_peer){0};
}

static struct th_bytes view_of(zmq_msg_t *frame)
{
    return (struct th_bytes){.data = zmq_msg_data(frame), .size = zmq_msg_size(frame)};
}

// After a poll the routing id's frame has no User-Id: it is read from the frame behind it.
static void read_sender(zmq_msg_t *frame, struct th_peer *from)
{
    const char *user_id = zmq_msg_gets(frame, "User-Id");
    if (user_id == NULL || th_user_id_read(user_id, from) != TH_OK) {
        from->class = TH_PEER_NONE;
        from->number = 0;
    }
}

static enum th_err nothing_or_broken(void)
{
    return errno == EAGAIN || errno == EINTR ? TH_E_BUSY : TH_E_IO;
}

static void drop_rest(void *socket)
{
    zmq_msg_t rest;
    int more = 1;
    while (more != 0) {
        (void)zmq_msg_init(&rest);
        if (zmq_msg_recv(&rest, socket, ZMQ_DONTWAIT) < 0) {
            more = 0; // cannot be: a message is there as a whole or not at all
        } else {
            more = zmq_msg_more(&rest);
        }
        (void)zmq_msg_close(&rest);
    }
}

static enum th_err receive_frames(struct th_sock *sock, struct th_message *message, size_t max)
{
    int more = 1;
    while (more != 0) {
        if (message->stored == max) {
            drop_rest(sock->zmq);
            return TH_E_MALFORMED;
        }
        zmq_msg_t *frame = frame_at(message, message->stored);
        (void)zmq_msg_init(frame);
        message->stored++;
        if (zmq_msg_recv(frame, sock->zmq, ZMQ_DONTWAIT) < 0) {
            return nothing_or_broken();
        }
        more = zmq_msg_more(frame);
    }
    return TH_OK;
}

enum th_err th_sock_receive(struct th_sock *sock, struct th_message *message)
{
    th_message_clear(message);
    const size_t skip = is_router(sock) ? 1 : 0;
    const enum th_err err = receive_frames(sock, message, TH_FRAMES_MAX + skip);
    th_take_over(sock->zmq);
    if (err == TH_E_BUSY || err == TH_E_IO) {
        th_message_clear(message);
        return err;
    }
    if (skip == 1) {
        message->from.route = view_of(frame_at(message, 0));
    }
    if (message->stored > skip) {
        read_sender(frame_at(message, skip), &message->from);
    }
    message->count = message->stored - skip;
    for (size_t i = 0; i < message->count; i++) {
        message->frames[i] = view_of(frame_at(message, i + skip));
    }
    return message->count > 0 ? err : TH_E_MALFORMED;
}

static enum th_err send_error(void)
{
    switch (errno) {
    case EAGAIN:
    case EINTR:
        return TH_E_FULL;
    case EHOSTUNREACH:
        return TH_E_NOT_FOUND;
    default:
        return TH_E_IO;
    }
}

// When a later frame fails the library has taken the earlier ones back and drops what follows until
// the end of the message: so the end must be sent too.
static enum th_err
send_frames(void *socket, const struct th_bytes *frames, size_t count, bool begun)
{
    enum th_err err = TH_OK;
    for (size_t i = 0; i < count; i++) {
        const int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);
        if (zmq_send(socket, frames[i].data, frames[i].size, flags) < 0) {
            if (!begun && i == 0) {
                return send_error();
            }
            err = err == TH_OK ? send_error() : err;
        }
    }
    return err;
}

enum th_err th_sock_send(struct th_sock *sock,
                         struct th_bytes route,
                         const struct th_bytes *frames,
                         size_t count)
{
    th_assert(count > 0);
    th_hand_over(sock->zmq);
    if (!is_router(sock)) {
        return send_frames(sock->zmq, frames, count, false);
    }
    if (route.size == 0) {
        return TH_E_NOT_FOUND;
    }
    if (zmq_send(sock->zmq, route.data, route.size, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
        return send_error();
    }
    return send_frames(sock->zmq, frames, count, true);
}

enum th_err th_sock_handshake(struct th_sock *sock, enum th_handshake *result, unsigned *code)
{
    struct {
        uint8_t bytes[6]; // event u16, value u32, in the machine's order
    } event = {0};
    uint16_t kind = 0;
    uint32_t value = 0;
    char address[TH_ENDPOINT_SIZE];

    if (sock->monitor == NULL) {
        return TH_E_BUSY;
    }
    if (zmq_recv(sock->monitor, event.bytes, sizeof(event.bytes), ZMQ_DONTWAIT) < 0) {
        return nothing_or_broken();
    }
    (void)zmq_recv(sock->monitor, address, sizeof(address), ZMQ_DONTWAIT);
    memcpy(&kind, event.bytes, sizeof(kind));
    memcpy(&value, event.bytes + sizeof(kind), sizeof(value));
    *code = 0;
    switch (kind) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        *result = TH_HANDSHAKE_ACCEPTED;
        return TH_OK;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        *result = TH_HANDSHAKE_REFUSED;
        *code = value;
        return TH_OK;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        *result = TH_HANDSHAKE_BROKEN;
        return TH_OK;
    default:
        *result = TH_HANDSHAKE_LATER;
        return TH_OK;
    }
}

bool th_sock_up(struct th_sock *sock)
{
    int events = 0;
    size_t size = sizeof(events);
    return zmq_getsockopt(sock->zmq, ZMQ_EVENTS, &events, &size) == 0 &&
           (events & ZMQ_POLLOUT) != 0;
}

// ---- waiting ----

enum { POLLED_EACH = 3, LINK_LOOK_MS = 1000 };

struct polled {
    zmq_pollitem_t items[TH_POLL_ITEMS_MAX * POLLED_EACH];
    size_t owner[TH_POLL_ITEMS_MAX * POLLED_EACH];
    size_t count;
    bool changed; // a link is not as the caller saw it last
    bool watches;
};

static void add_polled(struct polled *polled, size_t owner, void *socket, int fd)
{
    polled->owner[polled->count] = owner;
    polled->items[polled->count] =
        (zmq_pollitem_t){.socket = socket, .fd = fd, .events = ZMQ_POLLIN};
    polled->count++;
}

// The descriptor behind a socket wakes us up when anything happens to it, the loss of its link
// included. It tells of changes only, so the state is compared before and after each wait.
static enum th_err watch_link(struct polled *polled, size_t owner, struct th_poll_item *item)
{
    int fd = -1;
    size_t size = sizeof(fd);
    if (zmq_getsockopt(item->sock->zmq, ZMQ_FD, &fd, &size) != 0) {
        return TH_E_IO;
    }
    add_polled(polled, owner, NULL, fd);
    polled->watches = true;
    polled->changed = polled->changed || th_sock_up(item->sock) != item->up;
    return TH_OK;
}

static enum th_err gather(struct polled *polled, struct th_poll_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        items[i].readable = false;
        items[i].handshake = false;
        if (items[i].sock == NULL) {
            add_polled(polled, i, NULL, items[i].fd);
            continue;
        }
        add_polled(polled, i, items[i].sock->zmq, -1);
        if (items[i].sock->monitor != NULL) {
            add_polled(polled, i, items[i].sock->monitor, -1);
        }
        if (items[i].watch_link) {
            TH_TRY(watch_link(polled, i, &items[i]));
        }
    }
    return TH_OK;
}

static void report(const struct polled *polled, struct th_poll_item *items)
{
    for (size_t i = 0; i < polled->count; i++) {
        const zmq_pollitem_t *result = &polled->items[i];
        struct th_poll_item *item = &items[polled->owner[i]];
        if ((result->revents & ZMQ_POLLIN) == 0) {
            continue;
        }
        if (item->sock == NULL || result->socket == item->sock->zmq) {
            item->readable = true;
        } else if (result->socket != NULL) {
            item->handshake = true;
        }
    }
}

enum th_err th_poll(struct th_poll_item *items, size_t count, int wait_ms)
{
    if (count > TH_POLL_ITEMS_MAX) {
        return TH_E_INVALID;
    }
    struct polled polled;
    polled.count = 0;
    polled.changed = false;
    polled.watches = false;
    TH_TRY(gather(&polled, items, count));

    int wait = polled.changed ? 0 : wait_ms;
    if (polled.watches && (wait < 0 || wait > LINK_LOOK_MS)) {
        wait = LINK_LOOK_MS; // a change between the look above and the wait is seen then
    }
    if (zmq_poll(polled.items, (int)polled.count, wait) < 0 && errno != EINTR && errno != EAGAIN) {
        return TH_E_IO;
    }
    report(&polled, items);
    for (size_t i = 0; i < count; i++) {
        items[i].up =
            items[i].sock != NULL && items[i].sock->monitor != NULL && th_sock_up(items[i].sock);
    }
    return TH_OK;
}
