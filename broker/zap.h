// zap.h - who may come in by which door: the answers to ZeroMQ's question for each new key
//
//      new connection ──key, domain──> [ZAP thread: table in memory] ──200, User-Id──> socket
//                                                                    └──400──> connection closed
//
//   Z1  Without this handler, or with an empty domain, ZeroMQ lets every key in. So the handler is
//       bound before any door, and each door is tested with a random key after it was bound, after
//       each change of the table and every five minutes: only a refusal with 400 is good.
//   Z2  The answer is 200 or 400. (300 would be retried for ever by some peers and not by others.)
//   Z3  The User-Id names class, number and key from the table; nothing in it comes from the peer.
//   Z4  A table lookup in memory, no disk: while the handler waits, nobody gets in.

#ifndef BROKER_ZAP_H
#define BROKER_ZAP_H

#include <stddef.h>
#include <stdint.h>

#include "tonghop/err.h"
#include "tonghop/sock.h"
#include "tonghop/step.h"

enum zap_door { // bits
    ZAP_NODES = 1,
    ZAP_WORKERS = 2,
    ZAP_QUERIES = 4,
    ZAP_FEED = 8,
    ZAP_RELAY = 16,
};

enum { ZAP_KEYS_MAX = 100000, ZAP_SELF_TEST_MS = 3000 };

struct zap_key {
    uint8_t key[TH_CURVE_BYTES];
    enum th_peer_class class;
    uint32_t number;
    unsigned doors;
    int64_t expires_ms; // Unix time; 0 = never
};

// clang-format off
#define ZAP_COUNTS(X)                                              \
    X(accepted,   "keys let in")                                   \
    X(unknown,    "keys refused: not in the roster")               \
    X(wrong_door, "keys refused: of a class that has another door") \
    X(expired,    "keys refused: enrolment expired")               \
    X(malformed,  "requests refused: not as ZeroMQ writes them")
// clang-format on

struct zap_counts {
#define X(name, meaning) uint64_t name;
    ZAP_COUNTS(X)
#undef X
};

struct zap;

/**
 * Bind the handler and start its thread, with an empty table: everybody is refused.
 *
 * Ownership: the caller ends *out with zap_stop, before the context. Signals the caller wants for
 *            itself are blocked before, so that the thread inherits that.
 * Errors:    TH_E_EXISTS: another handler is bound; TH_E_IO; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err zap_start(struct th_context *context, struct zap **out);
void zap_stop(struct zap **zap); // scoped

// Replace the table by a copy of keys. Connections that are open stay open.
// TH_E_TOO_LARGE, TH_E_NO_MEMORY: the table is as it was.
TH_MUST_USE enum th_err zap_replace(struct zap *zap, const struct zap_key *keys, size_t count);

struct zap_counts zap_counts(struct zap *zap);

/**
 * Knock at a bound endpoint of a door with a random key.
 *
 * Errors:    TH_E_DENIED: somebody would get in, or nobody is asked: end the process.
 *            TH_E_TIMEOUT: no answer within ZAP_SELF_TEST_MS: nobody was let in, but nothing was
 *            shown either: knock again, and not for ever. TH_E_IO.
 */
TH_MUST_USE enum th_err zap_self_test(struct th_context *context,
                                      enum th_sock_kind door,
                                      const char *bound,
                                      const char *server_public);

#endif
