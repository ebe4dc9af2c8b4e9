// codec.h - messages as bytes: the only door to protobuf-c
//
// Reading never trusts: a pre-scan walks the wire bytes without allocating and refuses what the
// library would accept or die of (depth, counts, repeated scalars, two members of a oneof, long
// varints), then the library unpacks into a bounded arena, then presence and
// sizes are checked here. What a reader returns are views into the bytes and the arena.
//
// Writing packs a message into the caller's writer; it cannot fail but for room (overflow). More
// than TH_LIST_MAX entries in its lists overflow too: no reader takes them.
//
// What an update says is the rules' to judge: its texts may be any bytes, its enums any number.
// Texts of other messages are UTF-8 without control characters, or the message is refused.
// Received batches are hashed and stored as they came, never packed again.

#ifndef TONGHOP_CODEC_H
#define TONGHOP_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/joining.h"
#include "tonghop/piece.h"
#include "tonghop/question.h"
#include "tonghop/restore.h"
#include "tonghop/root.h"
#include "tonghop/update.h"
#include "tonghop/verdict.h"

enum {
    TH_PROTOCOL = 1,
    TH_HEADER_BYTES_MAX = 256,
    TH_PART_BYTES_MAX = 128 * 1024,   // of a register
    TH_ANSWER_BYTES_MAX = 256 * 1024, // one part of an answer
    TH_FRAME_BYTES_MAX = 1024 * 1024, // no larger frame exists
    TH_ARENA_BYTES = 4 * 1024 * 1024, // enough for any frame we write
    TH_LIST_MAX = 4000,               // entries of all lists of one message
    TH_LINEAGE_MAX = 8,
    TH_ANSWER_CREDIT = 16, // parts a viewer grants at once
    TH_WELCOME_SUCCESSIONS_MAX = 16,
    TH_RECEIPT_CONTENT_MAX = 900, // without its signature
    TH_SIGNATURE_BYTES = 64,
};

enum th_message_type { // as in header.proto
    TH_MSG_HELLO = 1,
    TH_MSG_WELCOME = 2,
    TH_MSG_BATCH = 3,
    TH_MSG_ACK = 4,
    TH_MSG_REFUSAL = 5,
    TH_MSG_PING = 6,
    TH_MSG_PONG = 7,
    TH_MSG_REGISTER_REQUEST = 8,
    TH_MSG_REGISTER = 9,
    TH_MSG_BYE = 10,
    TH_MSG_JOIN = 11,
    TH_MSG_JOINED = 12,
    TH_MSG_RESTORE_REQUEST = 13,
    TH_MSG_RESTORE = 14,
    TH_MSG_RESYNC = 15,
    TH_MSG_RESYNCED = 16,
    TH_MSG_ATTACH = 30,
    TH_MSG_ROSTER = 31,
    TH_MSG_KEYS = 32,
    TH_MSG_QUERY = 40,
    TH_MSG_ANSWER = 41,
    TH_MSG_CREDIT = 42,
};

// Where and why bytes were refused; code is 3104 (bad encoding) or 3105 (too large).
struct th_malformed {
    uint32_t code;
    size_t offset;   // where the pre-scan stopped; 0 when something is missing or does not fit
    const char *why; // static English words, for the log
};

struct th_header {
    uint32_t protocol;
    uint32_t type;
    uint32_t node;
    bool has_incarnation;
    uint8_t incarnation[16];
    uint64_t epoch;
    uint64_t seq;
    uint64_t correlation;
    uint32_t flags;
    bool has_hash;
    uint8_t hash[32];
    uint32_t window_batches;
    uint64_t window_bytes;
    bool rotate; // take another key
    bool has_server_key;
    uint8_t server_key[32];    // the broker's next one
    uint64_t server_key_known; // th_key_tag of the one the sender has heard of; 0: none
};

struct th_envelope {
    struct th_bytes route;
    uint32_t class; // th_peer_class
    uint32_t number;
    struct th_bytes lineage;
    uint64_t store_id;
    uint64_t store_epoch;
    bool everywhere;    // may read every province
    uint32_t enrolment; // class 5: which of the number's enrolments, from 0
    bool public_only;   // gets what the public gets
};

struct th_hello {
    uint64_t last;
    uint8_t hash[32];
    uint64_t first_kept;
    uint64_t verdict_seq;
    uint64_t notice;
    bool keeps_receipts;
    uint64_t receipt_seq;
    bool keeps_roots;
    th_day root_day;
    uint32_t protocol_min, protocol_max;
    uint64_t features;
    bool has_register;
    uint8_t register_digest[32];
};

// A verdict on its way: which item of which batch.
struct th_item_verdict {
    uint64_t seq;
    uint32_t index;
    struct th_verdict verdict;
};

struct th_notice {
    uint64_t number;
    struct th_item_verdict item;
    struct th_bytes text; // what the desk wrote; empty but for its decisions
    uint64_t epoch;       // stream epoch of item.seq; 0: 1
};

struct th_signed_receipt {
    struct th_bytes content, signature; // of 64 bytes; writing an empty one leaves room for it
};
struct th_receipt_place {
    size_t content_at, signature_at; // in a written message
};

struct th_signed_root {
    struct th_bytes content, signature; // as of a receipt
    struct th_root_proof proof;
};

struct th_decided {
    uint64_t seq;
    uint8_t hash[32];
    uint64_t store_id;
    uint64_t store_epoch;
    uint64_t version;
    uint64_t saved;
    uint64_t verdicts_after, verdicts_through;
    const struct th_item_verdict *verdicts;
    size_t verdict_count;
    uint64_t notices_after, notices_through;
    const struct th_notice *notices;
    size_t notice_count;
    bool has_receipts;
    uint64_t receipts_after, receipts_through;
    const struct th_signed_receipt *receipts;
    size_t receipt_count;
    struct th_receipt_place *places; // writing: NULL, or room
    const struct th_signed_root *root;
    struct th_receipt_place *root_place;
};

struct th_welcome {
    struct th_decided decided;
    bool has_register;
    uint8_t register_digest[32];
    uint32_t protocol;
    uint64_t features;
    const struct th_bytes *successions; // of signing keys (sign_keys.h), the oldest first
    size_t succession_count;
};

enum th_refusal_class { TH_REFUSE_RETRY = 1, TH_REFUSE_REJECT = 2, TH_REFUSE_STOP = 3 };

struct th_refusal {
    uint32_t code;
    enum th_refusal_class class;
    uint64_t retry_ms;
    uint64_t seq;
    struct th_bytes detail;
};

struct th_ping {
    uint64_t last;
    uint64_t verdict_seq;
    uint64_t notice;
    bool keeps_receipts;
    uint64_t receipt_seq;
    bool keeps_roots;
    th_day root_day;
};

struct th_register_request {
    uint64_t offset;
    bool has_digest;
    uint8_t digest[32];
};

struct th_part {
    uint8_t digest[32];
    uint64_t offset;
    uint64_t total;
    struct th_bytes bytes;
};

struct th_named_bytes {
    struct th_bytes name;
    struct th_bytes bytes;
};

struct th_bundle {
    struct th_bytes root, lineage, name, units, successors, person_scope;
    const struct th_named_bytes *catalogue;
    size_t catalogue_count;
};

struct th_province_state {
    struct th_bytes lineage;
    uint64_t store_id, store_epoch, version;
};

struct th_attach {
    const struct th_province_state *provinces;
    size_t count;
};

struct th_roster_grant {
    uint32_t number;
    uint32_t class;
    bool only;
    bool revoked;
    const struct th_bytes *units;
    size_t unit_count;
};

struct th_roster_message {
    struct th_bytes lineage;
    uint64_t generation;
    const struct th_roster_grant *grants;
    size_t count;
};

struct th_delta {
    uint64_t store_id, store_epoch, version, topic_seq;
    struct th_bytes measure, period;
    const struct th_total *cells;
    size_t count;
};

struct th_beat {
    uint64_t store_id, store_epoch, number, version;
    int64_t wall_ms;
    const struct th_topic_seq *topics;
    size_t count;
};

struct th_credit {
    uint32_t parts;
};

// Readers. TH_E_MALFORMED with *why filled (NULL: not wanted); TH_E_TOO_LARGE likewise. An empty
// body is malformed but for a type that has none. The arena is not reset; it may hold several
// messages.
#define TH_CODEC_MESSAGES(X)                        \
    X(envelope, struct th_envelope)                 \
    X(batch, struct th_batch)                       \
    X(hello, struct th_hello)                       \
    X(welcome, struct th_welcome)                   \
    X(decided, struct th_decided)                   \
    X(refusal, struct th_refusal)                   \
    X(ping, struct th_ping)                         \
    X(register_request, struct th_register_request) \
    X(part, struct th_part)                         \
    X(restore_request, struct th_restore_request)   \
    X(restore, struct th_restore)                   \
    X(resync, struct th_resync)                     \
    X(resynced, struct th_resynced)                 \
    X(bundle, struct th_bundle)                     \
    X(attach, struct th_attach)                     \
    X(roster_message, struct th_roster_message)     \
    X(keys, struct th_keys)                         \
    X(join, struct th_join)                         \
    X(joined, struct th_joined)                     \
    X(delta, struct th_delta)                       \
    X(beat, struct th_beat)                         \
    X(query, struct th_query)                       \
    X(answer, struct th_answer)                     \
    X(credit, struct th_credit)                     \
    X(piece, struct th_piece)

// th_NAME_read(bytes, arena, &message, &why) and th_NAME_write(&writer, &message).
#define X(name, type)                                                                            \
    TH_MUST_USE enum th_err th_##name##_read(                                                    \
        struct th_bytes bytes, struct th_arena *arena, type *message, struct th_malformed *why); \
    void th_##name##_write(struct th_writer *writer, const type *message);
TH_CODEC_MESSAGES(X)
#undef X

// The header needs no arena.
TH_MUST_USE enum th_err
th_header_read(struct th_bytes bytes, struct th_header *header, struct th_malformed *why);
void th_header_write(struct th_writer *writer, const struct th_header *header);

// One update alone: how much room it takes in a batch, and its bytes there (field 1 of Batch with
// its tag and length), so that an outbox can seal a batch by joining pieces.
void th_update_write(struct th_writer *writer, const struct th_update *update);

// ---- the chain of a node's batches ----

// h(0) = BLAKE2b-256(lineage | incarnation | node u32 | stream epoch u64)
void th_chain_start(uint8_t out[static 32],
                    struct th_bytes lineage,
                    const uint8_t incarnation[static 16],
                    uint32_t node,
                    uint64_t epoch);
// h(n) = BLAKE2b-256(h(n-1) | node u32 | stream epoch u64 | n u64 | body), numbers big-endian
void th_chain_next(uint8_t out[static 32],
                   const uint8_t before[static 32],
                   uint32_t node,
                   uint64_t epoch,
                   uint64_t seq,
                   struct th_bytes body);

// ---- topics of the feed ----

enum { TH_TOPIC_MAX = 119 };
// "t/<lineage>/<measure>/<period>/" and "b/<lineage>/"; NUL-terminated.
void th_topic_of(struct th_bytes lineage,
                 struct th_bytes measure,
                 struct th_bytes period,
                 char out[static TH_TOPIC_MAX + 1]);
void th_topic_of_beats(struct th_bytes lineage, char out[static TH_TOPIC_MAX + 1]);
// The parts of a topic; measure and period are empty for beats. TH_E_MALFORMED.
TH_MUST_USE enum th_err th_topic_read(struct th_bytes topic,
                                      struct th_bytes *lineage,
                                      struct th_bytes *measure,
                                      struct th_bytes *period);

// The version of protobuf-c this process runs with, as a static text.
const char *th_codec_library(void);

#endif
