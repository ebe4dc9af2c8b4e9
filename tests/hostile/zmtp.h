// zmtp.h - a peer that speaks ZeroMQ's wire protocol by hand, so that it can also speak it wrongly
//
// The library sends whole messages or nothing; whoever has a district's key need not use the
// library. This is ZMTP 3.0 with CURVE (rfc.zeromq.org 23, 26) as a client of one connection:
//
//      greeting ── HELLO ──> WELCOME ── INITIATE ──> READY, or ERROR 400
//      then frames, each in a MESSAGE box, with or without the promise that more come
//
// Threads: one.

#ifndef TESTS_HOSTILE_ZMTP_H
#define TESTS_HOSTILE_ZMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/sock.h"

enum {
    ZMTP_FRAME_BYTES_MAX = 4 * 1024 * 1024,
    ZMTP_FRAMES_MAX = 8,
    ZMTP_WAIT_MS = 10000, // for the rest of what has begun
};

enum zmtp_end {
    ZMTP_OPEN,
    ZMTP_REFUSED, // the key
    ZMTP_CLOSED,  // by the other side
    ZMTP_SILENT,  // nothing came in time
    ZMTP_BROKEN,  // what came is no ZMTP of ours
};

struct zmtp {
    int fd;
    uint8_t shared[TH_CURVE_BYTES]; // of both short-lived keys
    uint64_t sent;                  // boxes
    uint8_t *raw;                   // one frame as it travels
    uint8_t *plain;                 // one message, its frames one after the other
    unsigned code;                  // of ZMTP_REFUSED
};

struct zmtp_message {
    struct th_bytes frames[ZMTP_FRAMES_MAX];
    size_t count;
};

/**
 * Connect to endpoint (tcp://ADDRESS:PORT) with the key secret, as a socket of type (DEALER, SUB).
 *
 * Ownership: the caller ends *link with zmtp_close, whatever this returns.
 */
enum zmtp_end zmtp_connect(struct zmtp *link,
                           const char *endpoint,
                           const uint8_t server[static TH_CURVE_BYTES],
                           const uint8_t secret[static TH_CURVE_BYTES],
                           const char *type);
void zmtp_close(struct zmtp *link);

enum zmtp_end zmtp_send(struct zmtp *link, struct th_bytes frame, bool more);

// The next message, waited for. Its frames live until the next call.
enum zmtp_end zmtp_receive(struct zmtp *link, int wait_ms, struct zmtp_message *message);

#endif
