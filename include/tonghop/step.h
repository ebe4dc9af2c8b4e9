// step.h - what enters a pure core, what leaves it, and the store it may read and write
//
//      run loop ──event──> step(machine, event, actions) ──actions──> run loop
//                                   │ reads and writes
//                                   v
//                          struct th_store_ops (LMDB, or memory in tests)
//
// Invariants, asserted by run loop and simulator alike:
//
//   S1  step never blocks, allocates, reads a clock or draws a random number: time and entropy
//       arrive in events. Its work is bounded by the machine's limits.
//   S2  A commit is asked for with TH_ACT_COMMIT and answered by exactly one of TH_EV_COMMITTED or
//       TH_EV_COMMIT_FAILED with the same number. In between the core does not touch the store.
//   S3  An acknowledgement or a publication leaves only in the handler of TH_EV_COMMITTED.
//   S4  The same events give the same actions, byte for byte.

#ifndef TONGHOP_STEP_H
#define TONGHOP_STEP_H

#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"

enum th_event_kind {
    TH_EV_START,         // first event of a machine; body: 32 bytes of entropy
    TH_EV_TICK,          // the moment asked for with TH_ACT_WAKE has come
    TH_EV_MESSAGE,       // header and body of one message whose sender is proved
    TH_EV_DRAINED,       // no more messages wait, or the turn's bound is reached: end the turn
    TH_EV_QUEUED,        // node: another process put something into the outbox
    TH_EV_LINK_UP,       // the other side has accepted our key
    TH_EV_LINK_DOWN,     // the connection is gone; what was in flight may be lost
    TH_EV_KEY_REFUSED,   // this socket is dead until TH_ACT_REBUILD; code: ZAP status
    TH_EV_COMMITTED,     // commit is on disk
    TH_EV_COMMIT_FAILED, // nothing of commit is in the store; err says why
    TH_EV_ROSTER,        // broker: the roster changed; the machine's table was replaced
    TH_EV_STOP,          // finish what is open, say goodbye, then TH_ACT_EXIT
};

enum th_peer_class {
    TH_PEER_NONE,
    TH_PEER_NODE,      // n:<number>
    TH_PEER_WORKER,    // w:<number>
    TH_PEER_VIEWER,    // v:<number>
    TH_PEER_DESK,      // d:<number>
    TH_PEER_BOOTSTRAP, // b:<number>: one-use key of an enrolment, may only JOIN
};

enum { TH_ROUTE_MAX = 32 };

// Who sent it: from the key, through the User-Id that our own ZAP answer set. route is where an
// answer goes; it changes with every connection and proves nothing.
struct th_peer {
    enum th_peer_class class;
    uint32_t number;
    struct th_bytes route;
    uint64_t tag;       // of the key it used (th_key_tag); not said to workers
    bool everywhere;    // a viewer that may read every province; said by the broker to a worker
    uint32_t enrolment; // of a bootstrap key: which of the number's, from 0; said likewise
    bool public_only;   // a viewer that gets what the public gets; said likewise
};

struct th_event {
    enum th_event_kind kind;
    uint64_t now_ms;          // monotonic
    int64_t wall_ms;          // Unix time; shown and stored, never used for order
    int32_t today;            // th_day of wall_ms in the catalogue's time zone (rules V02, V05)
    unsigned port;            // TH_EV_MESSAGE at the broker: which door it came through
    struct th_peer from;      // TH_EV_MESSAGE
    struct th_bytes envelope; // between broker and worker; valid until step returns, like the next
    struct th_bytes header;
    struct th_bytes body;
    uint64_t commit; // TH_EV_COMMITTED, TH_EV_COMMIT_FAILED
    enum th_err err; // TH_EV_COMMIT_FAILED
    unsigned code;   // TH_EV_KEY_REFUSED
};

enum th_action_kind {
    TH_ACT_SEND,    // to one peer; may be lost, and the core must not mind
    TH_ACT_PUBLISH, // to whoever subscribes; header is the topic
    TH_ACT_COMMIT,  // make every change since the last commit durable
    TH_ACT_ABORT,   // forget every change since the last commit
    TH_ACT_WAKE,    // TH_EV_TICK at at_ms; one per machine, the last one counts
    TH_ACT_REBUILD, // close the socket, make a new one, connect to endpoint number code
    TH_ACT_CUT,     // close every connection of endpoint number code (broker)
    TH_ACT_NOTE,    // a line for the log or a metric; code names it
    TH_ACT_EXIT,    // end the process with status code
};

struct th_action {
    enum th_action_kind kind;
    unsigned port; // TH_ACT_SEND at the broker: through which door
    struct th_peer to;
    struct th_bytes envelope; // between broker and worker; all three in the machine's own memory,
    struct th_bytes header;   // valid until the next step
    struct th_bytes body;
    uint64_t commit;
    uint64_t at_ms;
    unsigned code;
};

// The caller's fixed array. A step that needs more room than max is a bug and asserts.
struct th_actions {
    struct th_action *items;
    size_t count;
    size_t max;
};

struct th_action *th_actions_add(struct th_actions *actions, enum th_action_kind kind);

// One block for the life of a machine; its pools live in it.
struct th_memory {
    void *base;
    size_t size;
};

#endif
