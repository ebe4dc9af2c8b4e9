// sock.h - sockets that keep our rules: the only door to ZeroMQ (beside the broker's key check)
//
// What a socket is for decides every setting of it: one table (the settings sheet in sock.c), no
// option elsewhere. What remains true of ZeroMQ:
//
//   - A send is a hint. Only an answer of the other side says that something arrived.
//   - A connecting socket is dead for ever after a refused key, a broken frame or a message above
//     its own limit. Close it and connect a new one: th_sock_close, th_sock_connect.
//   - A bound socket belongs to whoever holds a key that the broker's key check lets in. Without
//     that check, or with an empty domain, everybody gets in: a bound socket is therefore locked
//     before it is bound, and tested afterwards (broker/zap.h).
//   - The User-Id of a message comes from the key of its sender. The routing id comes from nobody.
//   - A socket stays in the thread that made it. Threads talk by a queue and an eventfd.

#ifndef TONGHOP_SOCK_H
#define TONGHOP_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/step.h"

enum {
    TH_Z85_SIZE = 41,        // a key as text: 40 characters and NUL
    TH_CURVE_BYTES = 32,     // a key as bytes
    TH_ENDPOINT_SIZE = 160,  // tcp://[...]:port or ipc://path, and NUL
    TH_USER_ID_SIZE = 32,    // n:4294967295/0123456789abcdef, and NUL
    TH_FRAMES_MAX = 3,       // envelope, header, body
    TH_POLL_ITEMS_MAX = 32,  // of one th_poll
    TH_MESSAGE_STORAGE = 64, // of one frame inside ZeroMQ
};

// ---- keys as ZeroMQ writes them ----

// A fresh pair. TH_E_IO when there is no randomness.
TH_MUST_USE enum th_err th_curve_pair(char public_key[static TH_Z85_SIZE],
                                      char secret_key[static TH_Z85_SIZE]);
// TH_E_MALFORMED unless secret_key is a key in Z85.
TH_MUST_USE enum th_err th_curve_public(const char *secret_key,
                                        char public_key[static TH_Z85_SIZE]);
TH_MUST_USE enum th_err th_z85_read(struct th_bytes text, uint8_t key[static TH_CURVE_BYTES]);
void th_z85_write(const uint8_t key[static TH_CURVE_BYTES], char text[static TH_Z85_SIZE]);

// What stands for a key where only its owner chooses it, and would gain nothing by a collision.
static inline uint64_t th_key_tag(const uint8_t key[static TH_CURVE_BYTES])
{
    return th_get_u64(key);
}

// "n:7/0123456789abcdef" (class, number, tag) and back; route is not touched. TH_E_MALFORMED for
// anything this program's key check does not say.
TH_MUST_USE enum th_err th_user_id_read(const char *text, struct th_peer *from);
void th_user_id_write(enum th_peer_class class,
                      uint32_t number,
                      uint64_t tag,
                      char text[static TH_USER_ID_SIZE]);

// ---- context and sockets ----

// One in a process. sockets_max 0 = the library's default (1023).
struct th_context {
    void *zmq;
};

TH_MUST_USE enum th_err
th_context_open(unsigned io_threads, unsigned sockets_max, struct th_context *context);
void th_context_close(struct th_context *context); // scoped; every socket is closed before

enum th_sock_kind {
    TH_SOCK_NODE,       // connects to nodes
    TH_SOCK_NODES,      // broker
    TH_SOCK_WORKER,     // connects to workers
    TH_SOCK_WORKERS,    // broker
    TH_SOCK_VIEWER,     // connects to queries
    TH_SOCK_QUERIES,    // broker
    TH_SOCK_SUBSCRIBER, // connects to feed out
    TH_SOCK_FEED_OUT,   // broker
    TH_SOCK_PUBLISHER,  // connects to feed in
    TH_SOCK_FEED_IN,    // broker
    TH_SOCK_KINDS
};

struct th_sock {
    void *zmq;
    void *monitor; // connecting sockets: results of handshakes
    enum th_sock_kind kind;
};

// Keys are Z85 texts. All of it is only read during the call.
struct th_sock_setup {
    const char *own_secret;
    const char *own_public;          // connecting
    const char *server_public;       // connecting
    unsigned handshake_ms;           // 0 = 5 s bound, 15 s connecting
    unsigned reconnect_ms_min;       // connecting: the interval is drawn anew at each connect from
    unsigned reconnect_ms_max;       //   min..max; 0 = 2..8 s (against storms), tests 50..200 ms
    const struct th_bytes *prefixes; // TH_SOCK_SUBSCRIBER: what to subscribe to at once
    size_t prefix_count;
};

// The ZAP domain of a bound kind: node, worker, query, feed, relay.
const char *th_sock_domain(enum th_sock_kind kind);

/**
 * Make the socket of a kind and connect it. Returns at once; whether the key is accepted shows in
 * th_poll (up) and th_sock_handshake.
 *
 * Errors:    TH_E_INVALID: endpoint is not tcp:// or ipc://, or a key is not one; TH_E_IO.
 *            *sock owns nothing then.
 */
TH_MUST_USE enum th_err th_sock_connect(struct th_context *context,
                                        enum th_sock_kind kind,
                                        const struct th_sock_setup *setup,
                                        const char *endpoint,
                                        struct th_sock *sock);

// Make a locked socket of a bound kind (CURVE, its domain, nobody without the key check).
// TH_E_INVALID, TH_E_IO.
TH_MUST_USE enum th_err th_sock_door(struct th_context *context,
                                     enum th_sock_kind kind,
                                     const struct th_sock_setup *setup,
                                     struct th_sock *sock);

/**
 * Bind a door. Port 0 lets the system choose; bound is the endpoint as it is. May be called again
 * for a further endpoint.
 *
 * Errors:    TH_E_EXISTS: the address is in use; TH_E_INVALID: not tcp:// or ipc://, or no address
 *            of this machine; TH_E_IO.
 */
TH_MUST_USE enum th_err
th_sock_bind(struct th_sock *sock, const char *endpoint, char bound[static TH_ENDPOINT_SIZE]);

/**
 * Close every connection that came in by bound, and bind it again; nothing else can drop a peer.
 * Honest peers come back by themselves. Takes some 10 ms.
 *
 * Errors:    TH_E_NOT_FOUND: bound is not an endpoint of sock; TH_E_TIMEOUT: it could not be bound
 *            again within a second: end the process.
 */
TH_MUST_USE enum th_err th_sock_cut(struct th_sock *sock, const char *bound);

// Another key (Z85) of a door, for everybody who comes after the next th_sock_cut. TH_E_INVALID.
TH_MUST_USE enum th_err th_sock_rekey(struct th_sock *sock, const char *own_secret);

void th_sock_close(struct th_sock *sock); // scoped; at once, what is queued is lost

// TH_SOCK_SUBSCRIBER only. TH_E_IO.
TH_MUST_USE enum th_err th_sock_subscribe(struct th_sock *sock, struct th_bytes prefix);
TH_MUST_USE enum th_err th_sock_unsubscribe(struct th_sock *sock, struct th_bytes prefix);

// ---- messages ----

// One received message. Its frames live until th_message_clear or the next receive into it.
// Begin with {0}.
struct th_message {
    struct th_bytes frames[TH_FRAMES_MAX]; // without the routing id
    size_t count;
    struct th_peer from; // bound kinds: who (TH_PEER_NONE without a User-Id) and where to answer
    _Alignas(16) unsigned char storage[TH_FRAMES_MAX + 1][TH_MESSAGE_STORAGE];
    size_t stored;
};

/**
 * Receive one message if one waits. ROUTERs give the routing id as from.route.
 *
 * Errors:    TH_E_BUSY: nothing waits. TH_E_MALFORMED: more than TH_FRAMES_MAX frames, read to the
 *            end and dropped; from is filled. TH_E_IO.
 */
TH_MUST_USE enum th_err th_sock_receive(struct th_sock *sock, struct th_message *message);
void th_message_clear(struct th_message *message); // scoped

/**
 * Send frames, never waiting; route (from th_peer) for a ROUTER, else {0}.
 *
 * Errors:    TH_E_FULL: no room, or no link yet; TH_E_NOT_FOUND: that peer is gone; TH_E_IO.
 *            Nothing was sent then.
 */
TH_MUST_USE enum th_err th_sock_send(struct th_sock *sock,
                                     struct th_bytes route,
                                     const struct th_bytes *frames,
                                     size_t count);

// ---- waiting ----

enum th_handshake {
    TH_HANDSHAKE_ACCEPTED,
    TH_HANDSHAKE_REFUSED, // our key; the socket is dead until it is rebuilt
    TH_HANDSHAKE_BROKEN,  // no or wrong CURVE on the other side; likewise dead
    TH_HANDSHAKE_LATER,   // the other side closed or was too slow; tried again by itself
};

// The next result of a connecting socket; *code is the status of a refusal (400), else 0.
// TH_E_BUSY when there is none.
TH_MUST_USE enum th_err
th_sock_handshake(struct th_sock *sock, enum th_handshake *result, unsigned *code);

// Has the other side accepted the link of a connecting DEALER? False also while its queue is full.
bool th_sock_up(struct th_sock *sock);

struct th_poll_item {
    struct th_sock *sock; // or NULL, and
    int fd;               // a descriptor (eventfd, signalfd, timerfd, inotify ...)
    bool watch_link;      // in: wake up also when the link of sock comes or goes
    bool readable;        // out: a message waits, or fd can be read
    bool handshake;       // out: th_sock_handshake has something
    bool up;              // out: th_sock_up
};

/**
 * Wait until something is readable, or for wait_ms (-1: for ever). A signal ends the wait early.
 *
 * What was reported must be taken until TH_E_BUSY before the next wait, or be reported again;
 * a link that went down shows as up == false.
 * Errors:    TH_E_INVALID above TH_POLL_ITEMS_MAX items; TH_E_IO.
 */
TH_MUST_USE enum th_err th_poll(struct th_poll_item *items, size_t count, int wait_ms);

// Between threads of our own over inproc the thread sanitizer does not see ZeroMQ's hand-over: call
// th_hand_over before a send and th_take_over after a receive. Nothing in other builds.
void th_hand_over(void *channel);
void th_take_over(void *channel);

// The version of ZeroMQ this process runs with, as a static text.
const char *th_sock_library(void);

#endif
