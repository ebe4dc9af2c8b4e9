// subscriber.h - from a snapshot, deltas and beats to totals that are whole, or called stale
//
// Deltas get lost on their way to a slow viewer, and a broken line looks like a quiet province. So
// the province numbers the deltas of each topic, and beats once a second, numbered too, that name
// what changed. The subscriber shows nothing that this does not prove.
//
//            LINK_UP            beat              asked            all parts, deltas above them
//   ┌──────┐ ──────> ┌─────────┐ ───> ┌─────────┐ ───> ┌─────────┐ ───────────────────> ┌──────┐
//   │ DOWN │         │ PROVING │      │ WAITING │      │ LOADING │                      │ LIVE │
//   └──────┘ <────── └─────────┘ <─── └─────────┘ <─── └─────────┘ <─────────────────── └──────┘
//            link gone        silence        hole, other store, no room (with back-off)
//
//   W1  A snapshot is asked for only after a beat has proved that the subscription is live.
//   W2  Deltas are applied in their order, each once, above what the snapshot holds.
//   W3  LIVE only while beats are dense within one store epoch, younger than silence_ms, and agree
//       with the last delta of every topic.
//   W4  What is shown changes only while LIVE; a new snapshot replaces it as a whole.
//   W5  Within one store id the version never goes back.
//   W6  Memory is one block: what does not fit is told (SUBSCRIBER_LOST_FULL), never cut.
//
// The machine follows the step contract. Messages come from two ports: the feed (header is the
// topic) and the questions. Actions go to either. What a viewer has to know goes to its ear.

#ifndef DASHBOARDS_SUBSCRIBER_H
#define DASHBOARDS_SUBSCRIBER_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/codec.h"
#include "tonghop/step.h"

#include "dashboards/holding.h"

enum subscriber_port { SUBSCRIBER_FEED = 0, SUBSCRIBER_QUESTIONS = 1, SUBSCRIBER_PORTS = 2 };

// clang-format off
//    state                what is known
#define SUBSCRIBER_STATES(X)                                                \
    X(SUBSCRIBER_DOWN,     "no link to the feed")                           \
    X(SUBSCRIBER_PROVING,  "no beat yet: the subscription may not be live") \
    X(SUBSCRIBER_WAITING,  "a snapshot is to be asked for")                 \
    X(SUBSCRIBER_LOADING,  "a snapshot is coming in, the feed is kept")     \
    X(SUBSCRIBER_LIVE,     "what is shown is what the province has")        \
    X(SUBSCRIBER_REFUSED,  "the province refused the question")

//    why not live               word
#define SUBSCRIBER_LOSSES(X)                            \
    X(SUBSCRIBER_LOST_NOTHING,   "start")               \
    X(SUBSCRIBER_LOST_GAP,       "gap")                 \
    X(SUBSCRIBER_LOST_SILENCE,   "silence")             \
    X(SUBSCRIBER_LOST_STORE,     "store-changed")       \
    X(SUBSCRIBER_LOST_LINK,      "link")                \
    X(SUBSCRIBER_LOST_FULL,      "full")
// clang-format on

#define X(name, meaning) name,
enum subscriber_state { SUBSCRIBER_STATES(X) };
enum subscriber_loss { SUBSCRIBER_LOSSES(X) };
#undef X

struct subscriber_limits {
    uint32_t silence_ms; // without a beat: stale (3 s)
    uint32_t rebuild_ms; // without a beat, or a link: a new socket (10 s)
    uint32_t answer_ms;  // without a part of the answer: ask again (5 s); three times: new socket
    uint32_t again_first_ms; // a random part of this before a new snapshot (250 ms), doubling
    uint32_t again_max_ms;   // (10 s)
    uint32_t settled_ms;     // live for this long: the back-off begins anew (10 s)
    size_t kept_bytes;       // of the feed while a snapshot comes in (8 MiB)
    struct holding_bounds holding;
};

extern const struct subscriber_limits SUBSCRIBER_LIMITS; // the defaults above

enum subscriber_news_kind {
    SUBSCRIBER_SNAPSHOT, // all that was shown is void; rows of it follow
    SUBSCRIBER_ROW,      // one total of the snapshot
    SUBSCRIBER_IS_LIVE,  // the snapshot is complete, and live
    SUBSCRIBER_CHANGE,   // one total of a delta; without contributions: it has gone
    SUBSCRIBER_IS_STALE, // what is shown is as it was; loss says why
    SUBSCRIBER_REFUSAL,  // code and detail: the question can never be answered
};

struct subscriber_news {
    enum subscriber_news_kind kind;
    uint64_t version;
    uint64_t rows;                   // SNAPSHOT
    const uint8_t *bundle;           // SNAPSHOT: digest of the register it is of; NULL: not said
    struct th_bytes measure, period; // ROW, CHANGE
    const struct th_total *now;      // ROW, CHANGE; uid names the unit
    const struct th_total *was;      // CHANGE
    uint64_t topic_seq;              // CHANGE
    enum subscriber_loss loss;       // IS_STALE
    uint32_t code;                   // REFUSAL
    struct th_bytes detail;          // REFUSAL
};

// Views of news live until the ear returns.
typedef void subscriber_ear(void *self, const struct subscriber_news *news);

struct subscriber_setup {
    const struct subscriber_limits *limits;
    struct th_bytes lineage;
    const struct th_bytes *measures; // codes or patterns with *; count 0: all
    size_t measure_count;
    const struct th_bytes *periods; // count 0: all
    size_t period_count;
    uint32_t number; // of the viewer
    subscriber_ear *ear;
    void *ear_self;
};

enum {
    SUBSCRIBER_ACTIONS_MAX = 8,
    SUBSCRIBER_QUESTION_BYTES = 64 * 1024,
    SUBSCRIBER_PREFIXES_MAX = 64,
};

// A store as the feed names it.
struct subscriber_store {
    uint64_t id, epoch;
};

// Totals, and how far they are proved.
struct subscriber_course {
    struct holding *held;
    struct subscriber_store store;
    uint64_t beat; // the last one that agreed
    uint64_t version;
    bool has_bundle;
    uint8_t bundle[32]; // digest of the register
};

struct subscriber {
    struct subscriber_setup setup;
    struct th_arena arena; // decoding; reset each step
    struct holding held[2];
    struct subscriber_course shown;
    struct subscriber_course loading; // LOADING
    struct th_writer question;        // the body of every QUERY
    struct th_writer out;             // headers and credits of this step
    struct th_writer kept;            // of the feed while LOADING: size, topic or beat, bytes
    uint64_t entropy;
    uint64_t server_key; // tag of the broker's next key, which we know; 0: none

    enum subscriber_state state;
    enum subscriber_loss loss; // why not LIVE
    bool links[SUBSCRIBER_PORTS];
    struct subscriber_store heard; // as the last beat named it
    uint64_t heard_beat;           // its number
    uint64_t correlation;
    uint32_t next_part;
    unsigned unanswered; // questions in a row

    uint64_t now_ms;
    uint64_t beat_ms; // the last beat, or when the link came
    uint64_t part_ms; // the last part, or when we asked
    uint64_t live_ms; // LIVE: since when
    uint64_t ask_ms;  // WAITING: ask then
    uint32_t again_ms;
    uint64_t rebuilt_ms[SUBSCRIBER_PORTS]; // socket made, or its link lost
};

size_t subscriber_memory(const struct subscriber_limits *limits);

/**
 * Make a subscriber. What setup names must outlive it; memory holds subscriber_memory bytes.
 *
 * Errors: TH_E_NO_MEMORY; TH_E_TOO_LARGE when the question passes SUBSCRIBER_QUESTION_BYTES.
 */
TH_MUST_USE enum th_err subscriber_init(struct subscriber *subscriber,
                                        const struct subscriber_setup *setup,
                                        struct th_memory memory);

// What QUERY says we know of the broker's next key (server_key.h).
void subscriber_server_key(struct subscriber *subscriber, uint64_t tag);

// The whole machine. TH_EV_START first; LINK_UP, LINK_DOWN, KEY_REFUSED and MESSAGE say which port.
// TH_ACT_SEND goes to the questions; TH_ACT_REBUILD says which port.
void subscriber_step(struct subscriber *subscriber,
                     const struct th_event *event,
                     struct th_actions *actions);

// What the feed's socket subscribes to: the beats, and the topics asked for. Each prefix is a C
// string; returns how many.
size_t subscriber_prefixes(const struct subscriber_setup *setup,
                           char prefixes[static SUBSCRIBER_PREFIXES_MAX][TH_TOPIC_MAX + 1]);

bool subscriber_wants(const struct subscriber_setup *setup,
                      struct th_bytes measure,
                      struct th_bytes period);

const char *subscriber_loss_word(enum subscriber_loss loss);
const char *subscriber_state_name(enum subscriber_state state);

#endif
