// session.h - a node's conversation with its province: greet, send within the window, hear, resend
//
//              LINK_UP             WELCOME, same chain
//   ┌──────┐ ──────────> ┌───────┐ ──────────────────> ┌──────┐  ──BATCH──>
//   │ DOWN │             │ HELLO │                     │ OPEN │  <──ACK───
//   └──────┘ <────────── └───────┘ <────────────────── └──────┘  PING after silence
//      │ ^     LINK_DOWN     │        gap, doubt           │
//      v │ timer             └──────────┬──────────────────┘
//   ┌─────────┐                         v fork again, bad encoding
//   │ REFUSED │                    ┌─────────┐
//   └─────────┘                    │ STOPPED │ the outbox is kept, the desk decides
//                                  └─────────┘
//   A fork is healed first, by what the province holds (RESTORING, heal.h).
//
//   N1  Nothing above outbox.chained is ever sent: a crash cannot forget what was sent.
//   N2  A resend is the same bytes under the same number and hash.
//   N3  What the province says is believed only within one store id, and never from a lower store
//       epoch than one seen.
//   N4  Every state but STOPPED has a timer running: silence always ends in a PING or a rebuild.
//   N5  In flight above the decided seq: at most the window the broker granted.
//
// The machine follows the step contract. The run loop opens one write transaction for each step,
// commits it when TH_ACT_COMMIT was asked for and aborts it otherwise. An answer without verdicts,
// and receipts, are held in memory and written at the latest session_limits.flush_ms later: losing
// them loses nothing.

#ifndef NODES_SESSION_H
#define NODES_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/step.h"

#include "nodes/outbox.h"

// clang-format off
//    state               what the node knows
#define SESSION_STATES(X)                                                  \
    X(SESSION_DOWN,       "no connection to the province")                 \
    X(SESSION_REFUSED,    "the province refused this key")                 \
    X(SESSION_JOINING,    "asking the province to take this key over")     \
    X(SESSION_HELLO,      "greeting sent, answer awaited")                 \
    X(SESSION_OPEN,       "the province answers")                          \
    X(SESSION_STOPPED,    "the stream is stopped, the desk decides")     \
    X(SESSION_RESTORING,  "taking over what the province holds of us")     \
    X(SESSION_RESYNCING,  "giving the province what it has lost")
// clang-format on

enum session_state {
#define X(name, meaning) name,
    SESSION_STATES(X)
#undef X
};

struct session_limits {
    uint32_t hello_wait_ms; // without WELCOME: rebuild (30 s, doubling to hello_wait_max_ms)
    uint32_t hello_wait_max_ms;
    uint32_t hello_delay_ms;  // after LINK_UP a random part of this (2 s); the first is at once
    uint32_t silence_ms;      // without any message: PING (20 s)
    uint32_t ping_wait_ms;    // without PONG: counts as unanswered (15 s); three: rebuild
    uint32_t resend_first_ms; // oldest batch without answer: PING (5 s, doubling, full jitter)
    uint32_t resend_max_ms;   // (5 min)
    uint32_t refused_ms;      // key refused: try again after (30 s, doubling to refused_max_ms)
    uint32_t refused_max_ms;
    uint32_t flush_ms; // answers without verdicts are written after this at the latest (200 ms)
    uint32_t window_batches; // until the broker says otherwise (8)
    uint64_t window_bytes;   // (1 MiB)
    uint32_t endpoints;      // brokers to choose from; three rebuilds in a row: the next one
    uint64_t keep_bytes;     // history
    int64_t keep_ms;
};

extern const struct session_limits SESSION_LIMITS; // the defaults above

// Codes of TH_ACT_NOTE.
enum session_note {
    SESSION_NOTE_STATE = 1,    // the state changed
    SESSION_NOTE_DECIDED = 2,  // the province decided more, or said something about items
    SESSION_NOTE_RESEND = 3,   // batches are sent again
    SESSION_NOTE_REGISTER = 4, // a whole register bundle was stored
    SESSION_NOTE_BAD = 5,      // a message was ignored
    SESSION_NOTE_JOINED = 6,   // rebuild with the node's own key
    SESSION_NOTE_ROTATE = 7,   // the province wants another key: make one, session_next_key
    SESSION_NOTE_ROTATED = 8,  // rebuild with that one, which is the node's own from here on
    SESSION_NOTE_RESTORED = 9, // what the province holds was taken over; a new stream epoch begins
};

enum { SESSION_WINDOW_MAX = 64, SESSION_ACTIONS_MAX = 96, SESSION_RECEIPTS_MAX = 32 };

// Is a receipt the province's own?
struct session_verifier {
    void *self;
    // NULL: the province's key is not known here; receipts are kept as they come.
    bool (*holds)(void *self, struct th_bytes content, struct th_bytes signature);
    // A text in which one of the province's signing keys names the next (sign_keys.h); NULL: not
    // wanted.
    void (*learn)(void *self, struct th_bytes succession);
};

// A receipt that was heard and is not written yet.
struct session_receipt {
    uint64_t last; // batch
    size_t size;
    uint8_t content[TH_RECEIPT_CONTENT_MAX];
    uint8_t signature[TH_SIGNATURE_BYTES];
};

// A restored outbox on its way into the next stream epoch (heal.h).
struct session_heal {
    struct th_spot after; // of the province's ledger, which piece comes next
    uint64_t epoch;       // the next one
    uint64_t base;        // what is above this is sent again
    bool begun;           // live and sum below are those of the first piece
    uint64_t live;
    uint8_t sum[TH_RESTORE_SUM_BYTES];
    uint64_t taken; // live records
    bool lost;      // another store speaks for the province now: it is given what it may have lost
    uint64_t store_id;
    uint64_t store_epoch;
    unsigned restarts;
    bool whole; // the commit under way begins the next epoch
};

// A province that has lost what it had is given it again (resync.h).
struct resync_place { // behind a row of what was accepted
    size_t phase;     // kinds come in an order of their own
    size_t size;
    uint8_t key[TH_STORE_KEY_MAX];
};

struct session_resync {
    uint64_t epoch;    // the next one
    uint64_t base;     // what is above this is sent behind the pieces
    uint64_t store_id; // of the province that lost what it had
    uint64_t store_epoch;
    bool folding;   // what was accepted is not all folded yet
    bool whole;     // the commit under way begins the next epoch
    uint64_t piece; // at hand
    bool last;
    uint64_t live_before; // records in the pieces before it, and with it
    uint64_t live;
    int64_t day_ms;
    struct resync_place from; // it begins behind this, and ends here
    struct resync_place to;
    uint8_t before[TH_HASH256_BYTES]; // chain before and behind it
    uint8_t hash[TH_HASH256_BYTES];
};

struct session {
    const struct session_limits *limits;
    struct th_store store;
    struct th_arena arena; // decoding; reset each step
    struct th_arena out;   // what the actions of this step point to; reset each step
    uint64_t entropy;      // state of the generator that draws delays, seeded at START
    uint8_t public_key[32];
    uint64_t server_key; // tag of the broker's next key, which we know; 0: none
    bool has_next;       // a key that is to take its place
    bool announced;      // and the province was told so, since the last WELCOME or PONG
    bool rotate;         // the province wants that, and the run loop knows
    uint8_t next_key[32];

    enum session_state state;
    bool link_up;
    bool greeted_once;
    uint64_t greeting; // number of the newest HELLO: its WELCOME repeats it
    bool committing;   // TH_ACT_COMMIT asked, not answered
    uint64_t commit;   // its number
    uint32_t reason;   // of REFUSED (ZAP status) or STOPPED (3102, 3104 ...)

    uint64_t decided; // as last heard; outbox.decided follows
    uint64_t version;
    uint64_t verdict_seq;               // verdicts held through here; outbox.verdict_seq follows
    uint64_t receipt_seq;               // and receipts,
    uint64_t receipt_epoch;             // of this stream epoch
    uint64_t sent;                      // highest seq sent on this connection; next is sent + 1
    uint32_t sizes[SESSION_WINDOW_MAX]; // bytes of what is in flight, by seq
    bool more_to_send;                  // the step's room ended before the window did
    uint32_t window_batches;
    uint64_t window_bytes;
    uint64_t store_id; // of the last WELCOME
    uint64_t store_epoch;
    bool dirty; // decided is ahead of the outbox
    uint64_t dirty_at_ms;

    struct session_verifier verifier;
    struct session_receipt receipts[SESSION_RECEIPTS_MAX]; // to be written with the next flush
    size_t receipt_count;
    th_day root_day;       // of the newest root held; 0: none
    bool root_bad;         // the last one heard was not the province's
    bool root_doubted;     // then the province was greeted for it
    bool receipt_hole;     // some are missing, and the province has them
    bool receipts_doubted; // likewise for receipts: it may have another key
    bool receipts_bad; // one was not the province's: they are not asked for until the next greeting

    uint64_t heard_ms;    // last message
    uint64_t progress_ms; // last time decided grew, or the first batch in flight was sent
    uint64_t ping_ms;     // PING without PONG sent at; 0 = none
    unsigned pings;       // unanswered
    unsigned rebuilds;    // in a row without a word from the province
    uint32_t endpoint;
    uint64_t resend_ms;     // present wait before a PING for the oldest batch
    uint64_t greet_ms;      // greet then; 0 = greeted
    uint64_t deadline_ms;   // without a WELCOME (or, refused, in any case): rebuild then
    uint64_t not_before_ms; // RETRY refusals: send nothing before

    bool fetching;             // a register bundle is being fetched
    uint8_t bundle_digest[32]; // of the bundle wanted or held
    uint64_t bundle_offset;
    uint64_t bundle_total;
    bool just_joined;    // the commit under way makes our own key the one to use
    bool suspected;      // on this connection the province spoke of a fork
    unsigned suspicions; // in a row, without anything decided
    struct session_heal heal;
    struct session_resync resync;
    bool stopping;
};

/**
 * Make a session over the node's store.
 *
 * memory holds the arena for decoding and the room for one step's messages: at least
 * SESSION_MEMORY_BYTES. public_key is the node's own, sent with JOIN.
 */
enum { SESSION_MEMORY_BYTES = TH_ARENA_BYTES + 2 * 1024 * 1024 };
TH_MUST_USE enum th_err session_init(struct session *session,
                                     const struct session_limits *limits,
                                     struct th_store store,
                                     const uint8_t public_key[static 32],
                                     struct th_memory memory);

/**
 * The whole machine: every change of state happens in it.
 *
 * Errors: of the store; the run loop ends the process on class FATAL and aborts the transaction.
 */
TH_MUST_USE enum th_err
session_step(struct session *session, const struct th_event *event, struct th_actions *actions);

// After session_init, before the first step.
void session_verify_with(struct session *session, const struct session_verifier *verifier);

// The node's next key, announced as soon as the session is open. NULL: there is none.
void session_next_key(struct session *session, const uint8_t *public_key);

// What HELLO and PING say we know of the broker's next key (server_key.h).
void session_server_key(struct session *session, uint64_t tag);

const char *session_state_name(enum session_state state);

#endif
