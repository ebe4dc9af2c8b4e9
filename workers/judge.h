// judge.h - the pure core of a province: what arrives is judged, applied, counted and answered
//
// One judge holds one province and writes one store. It works in turns of the run loop's making:
//
//   MESSAGE  MESSAGE  ...  DRAINED ──────> COMMIT ──> COMMITTED ──> ACKs (one a node), deltas
//   └ judged and applied item by item      │
//     in the open transaction              └────────> COMMIT_FAILED ──> refusals, read all again
//
// Messages of nodes: HELLO, BATCH, PING, REGISTER_REQUEST, BYE; of enrolments: JOIN, which nodes
// may send too; of viewers: REGISTER_REQUEST; of the broker itself (from.class TH_PEER_NONE):
// ROSTER, KEYS. Actions to TH_PEER_NONE go to the broker itself: ATTACH and KEYS. Questions of
// viewers are not the judge's.
//
// What the run loop promises, beside S1..S4 of step.h:
//
//   - A transaction is open whenever the judge touches the store: it begins with the first touch
//     and ends with COMMIT or ABORT. DRAINED, START and LINK_UP leave none open.
//   - A MESSAGE between COMMIT and its answer is refused as busy without a touch.
//   - TICK comes at the moment of the last WAKE.
//
// Invariants:
//
//   J1  A batch is decided once: its items, its watermark, its verdicts and its ledger entry are in
//       one transaction.
//   J2  What is acknowledged, welcomed or published is on disk.
//   J3  An item that can never succeed gets its verdict, and the watermark passes it.
//   J4  What the judge knows about the store is read again after every turn that failed.
//   J6  A receipt is noted in the transaction that decides its batches, and signed after the
//   commit. J5  One node's bytes never change what another node's items count for, except where
//   both speak
//       of one person (V16).

#ifndef WORKERS_JUDGE_H
#define WORKERS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/catalogue.h"
#include "tonghop/check.h"
#include "tonghop/codec.h"
#include "tonghop/receipt.h"
#include "tonghop/register.h"
#include "tonghop/rules.h"
#include "tonghop/step.h"
#include "tonghop/store.h"

#include "workers/feed.h"
#include "workers/ledger.h"
#include "workers/record.h"
#include "workers/totals.h"

enum {
    JUDGE_BEAT_MS = 1000,      // usual
    JUDGE_PROBE_MS = 5000,     // disk full: one real commit to see whether it still is
    JUDGE_ATTACH_MS = 5000,    // usual; tell the broker which province this is
    JUDGE_BUSY_MS = 200,       // retry-after of 3004
    JUDGE_ROTATE_MS = 1000,    // between two changes of a node's key
    JUDGE_NOTICES_KEEP = 1024, // per node
    JUDGE_FORKS_A_DAY = 3,     // of one node are healed by themselves
    JUDGE_ACK_NOTICES = 4,     // newest ones, in every acknowledgement
    JUDGE_DEAD_MAX = 1000,     // undecodable batches kept
    JUDGE_DEAD_BYTES_MAX = 16 * 1024 * 1024,
    JUDGE_VERDICTS_MAX = 500, // in one answer, notices included
    JUDGE_RECEIPTS_MAX = 32,  // in one answer
    JUDGE_LOOKS_MAX =
        4 * 1024 * 1024, // records that the declarations of one batch are compared with
};

static const int64_t JUDGE_OVERLAP_MS = INT64_C(7) * 24 * 60 * 60 * 1000;

// Points of a turn in the order of the promise; the run loop stops there when a test says so.
#define TURN_BEGUN     "turn.begun"
#define TURN_APPLIED   "turn.applied"
#define TURN_COMMITTED "turn.committed"
#define TURN_CONFIRMED "turn.confirmed"
#define TURN_PUBLISHED "turn.published"

// code of the TH_EV_MESSAGE of a batch that has killed the process: it is put aside undecoded, as
// one that cannot be decoded.
enum { JUDGE_PUT_ASIDE = 1 };

// code of TH_ACT_NOTE: what happened, for log and metrics. number is commit (a count or a seq).
enum judge_note {
    JUDGE_NOTE_TURN = 1, // a turn was committed; commit: batches decided
    JUDGE_NOTE_FULL,     // the disk is full: nothing is decided until it is not
    JUDGE_NOTE_RESUMED,  // it is not full any more
    JUDGE_NOTE_FORK,     // a node's chain does not fit; to: the node
    JUDGE_NOTE_HEALED,   // a node that was restored goes on in a new stream epoch; to: the node
    JUDGE_NOTE_DEAD,     // a batch cannot be decoded; to: the node
    JUDGE_NOTE_STRANGER, // a message of nobody we know, or one its sender may not send
    JUDGE_NOTE_BROKEN,   // the store cannot be trusted; the process must end
};

struct judge_limits {
    uint32_t nodes;      // that may speak in one turn
    size_t answer_bytes; // all answers of one turn, at least 320 KiB
    uint32_t feed_topics;
    struct totals_limits totals;
};

// What may change while the judge works.
struct judge_pace {
    uint32_t feed_keep; // deltas kept per topic
    uint32_t attach_ms; // 0: JUDGE_ATTACH_MS
    uint32_t beat_ms;   // 0: JUDGE_BEAT_MS
    int64_t overlap_ms; // a changed key holds beside the new one; 0: JUDGE_OVERLAP_MS
};

enum { JUDGE_EXIT_REOPEN = 99 }; // code of TH_ACT_EXIT: open the store again, with its new register

// A register to come, as who makes it hands it over.
struct judge_register {
    const struct th_register *reg;
    uint32_t root;
    struct th_bytes bundle;
    uint8_t digest[TH_HASH256_BYTES]; // of the register
};

// Makes registers for the judge, which has no memory for them: the run loop's, or a test's.
struct judge_registers {
    void *self;
    /**
     * The register that comes of the rows in table "change". It lives until the judge has ended.
     *
     * Errors: TH_E_REFUSED with *why; TH_E_NO_MEMORY; the store's.
     */
    enum th_err (*make)(void *self,
                        struct th_store store,
                        const struct th_check *check,
                        struct judge_register *made,
                        struct th_verdict *why);
};

// Signs receipts: the province's key, or a test's. The judge asks after the commit.
struct judge_signer {
    void *self;
    // NULL: receipts are noted and sent to nobody.
    void (*sign)(void *self, struct th_bytes content, uint8_t signature[TH_SIGN_BYTES]);
    char key[TH_RECEIPT_KEY_BYTES]; // fingerprint
    // How the keys before name the next, up to this one; must outlive the judge.
    const struct th_bytes *successions;
    size_t succession_count;
};

struct judge_setup {
    struct th_store store;
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    uint32_t root;
    enum th_person_scope person_scope;
    struct th_bytes lineage;
    uint64_t store_id; // in force
    uint64_t birth_id; // keys the check hashes
    uint64_t store_epoch;
    bool closes;   // periods are closed: the day on which the province opened is known
    th_day opened; // that day
    struct judge_pace pace;
    struct th_bytes bundle;           // what REGISTER carries; must outlive the judge
    struct judge_registers registers; // make NULL: the register cannot be changed here
    struct judge_signer signer;
    uint8_t bundle_digest[TH_HASH256_BYTES];
};

// What the store keeps of a node.
struct node_row {
    uint8_t incarnation[16];
    uint64_t epoch;
    uint64_t seq;                   // decided through here
    uint8_t hash[TH_HASH256_BYTES]; // chain at seq
    int64_t contact_ms;             // wall clock of the newest batch; shown only
    th_day forked_on;               // the day of the newest fork that was healed
    uint32_t forks_then;            // how many on that day; 0: there never was one
};

struct seat;     // a node in the open turn
struct item;     // of the batch at work
struct prepared; // an answer made before the commit, sent after it
struct signing;  // a receipt in one of them

// A resync is at work (judge_resync.c).
struct judge_again {
    bool on;
    bool timeless; // nobody asks whether a period is closed
};

struct judge {
    struct judge_setup setup;
    struct judge_limits limits;
    struct th_check check;
    struct th_rules rules;
    struct totals totals;
    struct ledger ledger;
    struct feed feed;
    struct th_arena decode; // one message
    struct item *items;     // of one batch
    unsigned *outcomes;

    struct seat *seats;
    uint32_t seat_count;
    uint32_t *seat_buckets;
    uint32_t seat_mask;

    struct th_writer out; // bodies and headers of actions
    struct prepared *prepared;
    uint32_t prepared_count;
    struct th_item_verdict *verdicts;
    struct th_notice *notices;
    struct signing *signings;
    uint32_t signing_count;
    struct th_signed_receipt *receipts; // of one answer, with their texts
    struct th_receipt_place *places;
    struct th_writer receipt_texts;
    struct th_signed_root root; // of one answer
    struct th_receipt_place root_place;
    uint8_t root_text[TH_RECEIPT_CONTENT_MAX];
    struct seat **by_number;                  // seats of the turn
    char province[TH_RECEIPT_PROVINCE_BYTES]; // code
    struct th_key_entry *keys;
    char beat_topic[TH_TOPIC_MAX + 1];

    uint64_t now_ms;
    int64_t wall_ms;
    th_day today;

    bool known;                       // version, chain and roster below are those of the store
    uint8_t roster[TH_HASH256_BYTES]; // digest of the roster message the grants came from
    bool open;                        // the transaction has been touched
    bool dirty;                       // and changed
    bool committing;                  // S2
    uint64_t commit;                  // number of the newest commit asked for
    uint32_t decided;                 // batches of the open turn
    bool closes_day;                  // the open turn closes the day before it
    struct judge_again again;
    uint32_t looks; // of the open batch, see JUDGE_LOOKS_MAX
    bool keys_due;
    bool stopping;
    bool reopening; // the register was changed in this turn: the last one of this judge
    bool ended;
    bool full; // disk
    uint64_t probe_at;
    uint64_t beat_at;
    uint64_t attach_at;
};

size_t judge_memory(const struct judge_limits *limits);
struct judge_limits judge_limits_usual(void); // a province on a server
struct judge_limits judge_limits_small(void); // tests and the simulator

/**
 * Make a judge over an opened store (open.h).
 *
 * Ownership: memory (judge_memory bytes) and everything in setup must outlive judge.
 * Errors:    TH_E_NO_MEMORY: memory is too small; TH_E_INVALID: limits are.
 */
TH_MUST_USE enum th_err judge_init(struct judge *judge,
                                   const struct judge_limits *limits,
                                   const struct judge_setup *setup,
                                   struct th_memory memory);

// The most actions one step adds.
size_t judge_actions_max(const struct judge_limits *limits);

// Another pace from now on; what was due at the old one is due at the next tick.
void judge_set_pace(struct judge *judge, const struct judge_pace *pace);

void judge_step(struct judge *judge, const struct th_event *event, struct th_actions *actions);

uint64_t judge_version(const struct judge *judge); // newest committed
uint64_t judge_beat(const struct judge *judge);    // number of the newest beat

// Rows of node, also for query and verify. TH_E_CORRUPT.
void node_row_write(struct th_writer *writer, const struct node_row *row);
TH_MUST_USE enum th_err node_row_read(struct th_bytes value, struct node_row *row);
// How many bytes of a batch a row of dead keeps. TH_E_CORRUPT.
TH_MUST_USE enum th_err judge_dead_bytes(struct th_bytes value, uint64_t *bytes);
void digest_write(struct th_writer *writer, const struct digest *digest);
TH_MUST_USE enum th_err digest_read(struct th_bytes value, struct digest *digest);

#endif
