// routing.h - the pure core of the broker: whose message is it, may they, and to whom does it go
//
//   node ──HELLO BATCH PING──> │ roster: who, may   │ ──envelope──> worker that owns the province
//   node <──WELCOME ACK PONG── │ owner of a province│ <──envelope── worker
//   viewer ──QUERY CREDIT────> │ windows, counters  │ ──envelope──> …
//   worker ──publication─────> │                    │ ──────────> XPUB
//
// Invariants:
//
//   G1  A message without a User-Id, of one who is not in the roster, is revoked or has the wrong
//       class for the door, or whose header claims another number, is dropped and counted. The
//       roster is asked for every message: a key that is revoked or replaced while it is connected
//       is silent at once.
//   G2  The owner of a province is the worker with the valid store id and the highest store epoch
//       ever seen. What anyone else says about that province is dropped: a worker that slept while
//       another took over has lost before its next word.
//   G3  Nothing is kept for a node but the counters: a message goes on at once or is refused with
//       RETRY. The body of a BATCH is not read.
//   G4  JOINED reaches a new node only when its key is in the table, because a key that is refused
//       once is not tried again by the library.
//   G5  Everything is in fixed pools; a full one is a refusal or an older entry forgotten.
//   G6  What a worker's list of joined keys has lost, and the roster knows, is told to it.
//
// The run loop replaces the roster with routing_set_roster before it tells TH_EV_ROSTER.

#ifndef BROKER_ROUTING_H
#define BROKER_ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/codec.h"
#include "tonghop/roster.h"
#include "tonghop/step.h"

enum routing_port { // th_event.port, th_action.port
    ROUTING_NODES,
    ROUTING_WORKERS,
    ROUTING_QUERIES,
    ROUTING_FEED,  // XPUB: subscriptions come in by it, publications go out
    ROUTING_RELAY, // XSUB: publications of workers
    ROUTING_PORTS
};

enum {
    ROUTING_PROVINCES_MAX = TH_ROSTER_PROVINCES_MAX,
    ROUTING_HELD_MAX = 64,        // JOINED that wait for their key
    ROUTING_QUESTIONS_MAX = 1024, // whose CREDIT can still find its province
    ROUTING_VIEWERS_MAX = 1024,   // whose subscriptions are counted
    ROUTING_PREFIXES_MAX = 200,   // of one viewer; above it the feed is cut
    ROUTING_ACTIONS_MAX = ROUTING_PROVINCES_MAX + ROUTING_HELD_MAX + 8,
    ROUTING_OUT_BYTES = 4 * TH_FRAME_BYTES_MAX,
    ROUTING_ARENA_BYTES = TH_ARENA_BYTES,
    ROUTING_BATCH_BYTES_MAX = 128 * 1024,
    ROUTING_OWNER_MS = 20000, // without ATTACH: the province has no worker
    ROUTING_HELD_MS = 10000,
    ROUTING_QUESTION_MS = 60000,
    ROUTING_RETRY_MS = 1000, // retry-after of 3004 and 3108
    ROUTING_TICK_MS = 1000,
    ROUTING_CUT_ALL = 1 << 16, // th_action.code of TH_ACT_CUT: every endpoint of the port
};

enum routing_note {     // th_action.code of TH_ACT_NOTE
    ROUTING_NOTE_KEYS,  // body: Keys of an owner; take them over, then TH_EV_ROSTER
    ROUTING_NOTE_OWNER, // header: lineage that has a new owner
    ROUTING_NOTE_LOST,  // header: lineage whose owner is silent
    ROUTING_NOTE_KNOWS, // to: a peer that has heard of the next key of this broker
};

// clang-format off
//    name           why a message was dropped, or an answer given by the broker itself
#define ROUTING_COUNTS(X)                                                   \
    X(to_worker,      "messages passed to a worker")                        \
    X(to_peer,        "answers passed to a node or viewer")                 \
    X(published,      "publications passed on")                             \
    X(no_user,        "dropped: no User-Id")                                \
    X(unknown,        "dropped: not in the roster, or enrolment expired")   \
    X(revoked,        "dropped: key revoked")                               \
    X(replaced,       "dropped: the number has another key now")            \
    X(wrong_class,    "dropped: class does not fit door or message")        \
    X(wrong_number,   "dropped: header names another node")                 \
    X(frames,         "dropped: wrong number of frames")                    \
    X(malformed,      "dropped: bytes that are no message")                 \
    X(wrong_type,     "dropped or refused: type not for this door")         \
    X(fenced,         "dropped: worker does not own the province")          \
    X(no_owner,       "refused: no worker holds the province (3108)")       \
    X(busy,           "refused: worker or memory full (3004)")              \
    X(too_large,      "refused: batch above its bound (3105)")              \
    X(foreign,        "refused: question about a province of others")       \
    X(forgotten,      "dropped: pool full, or too late")                    \
    X(subscriptions,  "subscriptions read and dropped")
// clang-format on

struct routing_counts {
#define X(name, meaning) uint64_t name;
    ROUTING_COUNTS(X)
#undef X
};

struct routing_limits {
    uint32_t window_batches; // stamped on WELCOME, ACK, PONG
    uint64_t window_bytes;
};

struct routing_owner {
    char lineage[TH_LINEAGE_MAX + 1];
    uint64_t store_id;  // the valid one, of the roster
    uint64_t epoch_max; // highest store epoch seen under store_id
    bool present;       // a worker holds it now
    uint32_t worker;
    uint8_t route[TH_ROUTE_MAX];
    size_t route_size;
    uint64_t heard_ms;
    bool roster_due; // ROSTER is still to be sent
};

struct routing_held {
    bool used;
    enum routing_port port;
    uint32_t number;
    uint8_t key[TH_CURVE_BYTES];
    uint8_t route[TH_ROUTE_MAX];
    size_t route_size;
    uint64_t since_ms;
    uint8_t header[TH_HEADER_BYTES_MAX];
    size_t header_size;
    uint8_t body[128];
    size_t body_size;
};

struct routing_question {
    uint32_t viewer;
    enum th_peer_class class;
    uint64_t correlation;
    uint64_t heard_ms;
    size_t owner;
    bool used;
};

struct routing_viewer {
    uint32_t number;
    uint32_t prefixes;
    bool used;
};

struct routing {
    struct routing_limits limits;
    const struct th_roster *roster;
    struct routing_owner owners[ROUTING_PROVINCES_MAX];
    size_t owner_count;
    struct routing_held held[ROUTING_HELD_MAX];
    struct routing_question questions[ROUTING_QUESTIONS_MAX];
    struct routing_viewer viewers[ROUTING_VIEWERS_MAX];
    struct routing_counts counts;
    bool has_server_key;
    uint8_t server_key[TH_CURVE_BYTES]; // of this broker, the next one
    bool busy;
    struct th_writer out;      // of this step's actions
    struct th_arena arena;     // of this step's messages
    struct th_peer sender;     // of the message of this step, and what it was
    uint32_t sender_node;      // the number it speaks under
    bool sender_everywhere;    // a viewer that may read every province
    uint32_t sender_enrolment; // of a bootstrap key
    bool sender_public;        // a viewer that gets what the public gets
    uint8_t sender_route[TH_ROUTE_MAX];
    unsigned sender_port;
    struct th_header sender_header;
    bool sender_waits; // an answer of ours is possible
};

// What routing_init needs as memory.
size_t routing_memory(void);

// TH_E_INVALID when memory is too small.
TH_MUST_USE enum th_err
routing_init(struct routing *routing, const struct routing_limits *limits, struct th_memory memory);

// From here on roster is in force; it must stay as it is until the next call. Provinces keep their
// owners as long as their valid store id is the same.
void routing_set_roster(struct routing *routing, const struct th_roster *roster);

// The next key of this broker, which is told to everybody; NULL: there is none.
void routing_set_server_key(struct routing *routing, const uint8_t *key);

// Above the memory bound everything is refused with RETRY; answers and publications still pass.
void routing_set_busy(struct routing *routing, bool busy);
void routing_set_limits(struct routing *routing, const struct routing_limits *limits);

void routing_step(struct routing *routing,
                  const struct th_event *event,
                  struct th_actions *actions);

// To be called when an action of the last step to a worker could not be sent (its pipe is full, or
// it is gone): the sender is told to try again later.
void routing_unsent(struct routing *routing, struct th_actions *actions);

// The run loop read a message with a wrong number of frames.
void routing_wrong_frames(struct routing *routing);

#endif
