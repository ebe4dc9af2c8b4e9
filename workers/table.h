// table.h - the tables of a province's store: numbers, names, and how their keys are made
//
// Keys are bytes and sort as bytes: numbers are big-endian, a text is followed by a NUL (texts have
// none inside), the period takes its six bytes. A key begins with what a batch has in common, so
// that the updates of a batch fall on neighbouring pages. docs/storage.md has every table byte by
// byte.
//
//   K1  A key is read back to exactly the parts it was made from.
//   K2  No two keys of one table are the same unless all their parts are.

#ifndef WORKERS_TABLE_H
#define WORKERS_TABLE_H

#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/period.h"

// clang-format off
//    number  constant          name            what it holds
#define TABLES(X)                                                                          \
    X(0,      TABLE_META,       "meta",         "format, store id, lineage, epoch, version")  \
    X(1,      TABLE_NODE,       "node",         "watermark and chain hash of each node")      \
    X(2,      TABLE_GRANT,      "grant",        "who may write what, as the broker told us")  \
    X(3,      TABLE_EVALUATION, "evaluation",   "current evaluation of each person")          \
    X(4,      TABLE_PERSON,     "person",       "which unit evaluates a person")              \
    X(5,      TABLE_STAFFING,   "staffing",     "current figure of each unit")                \
    X(6,      TABLE_TOTAL,      "total",        "sums of a unit and everything below it")     \
    X(7,      TABLE_COVERAGE,   "coverage",     "who has evaluated anybody")                  \
    X(8,      TABLE_TOPIC,      "topic",        "last delta number of each topic")            \
    X(9,      TABLE_FEEDLOG,    "feedlog",      "newest deltas of each topic")                \
    X(10,     TABLE_LEDGER,     "ledger",       "every decided batch, for ever")              \
    X(11,     TABLE_REJECT,     "reject",       "verdicts of refused and warned items")       \
    X(12,     TABLE_NOTICE,     "notice",       "news about earlier items, by node")          \
    X(13,     TABLE_DIGEST,     "digest",       "sum of the live records of each node")       \
    X(14,     TABLE_JOINED,     "joined",       "public keys that took up an enrolment")      \
    X(15,     TABLE_DEAD,       "dead",         "batches that cannot be decoded")             \
    X(16,     TABLE_STAGE,      "stage",        "a resync in progress")                       \
    X(17,     TABLE_TRANSFER,   "transfer",     "people who left a unit for another")         \
    X(18,     TABLE_TALLY,      "tally",        "levels of each unit and job group, for caps") \
    X(19,     TABLE_FORM,       "form",         "how far a unit is with a form")              \
    X(20,     TABLE_OPENING,    "opening",      "closed periods opened again")                \
    X(21,     TABLE_BUNDLE,     "bundle",       "registers that were changed, by version")    \
    X(22,     TABLE_CHANGE,     "change",       "rows of a change of the register to come")   \
    X(23,     TABLE_SHARE,      "share",        "reserved")                                   \
    X(24,     TABLE_EDITION,    "edition",      "what was released to the public")            \
    X(25,     TABLE_UNDO,       "undo",         "what each version did to which key")      \
    X(26,     TABLE_RECEIPT,    "receipt",      "what was confirmed to each node")         \
    X(27,     TABLE_CHAIN,      "chain",        "what the ledger was at the end of a day") \
    X(28,     TABLE_RESYNC,     "resync",       "which nodes gave again what was lost")
// clang-format on

enum table {
#define X(number, constant, name, what) constant = (number),
    TABLES(X)
#undef X
        TABLE_COUNT
};

extern const char *const TABLE_NAMES[TABLE_COUNT];

enum { KEY_BYTES_MAX = 192, PERSON_BYTES = 16 };

struct key {
    uint8_t bytes[KEY_BYTES_MAX];
    size_t size;
};

struct th_bytes key_view(const struct key *key);

struct key key_of_node(uint32_t node);            // node, grant, digest, joined
struct key key_of_record(uint32_t uid,            // evaluation, or what such keys begin with
                         struct th_period period, //   when person is NULL, category or scheme
                         struct th_bytes scheme,  //   empty
                         struct th_bytes category,
                         const uint8_t *person);
struct key key_of_figure(uint32_t uid, // staffing
                         struct th_period period,
                         struct th_bytes measure,
                         struct th_bytes dims);
// What the keys of all dims begin with.
struct key key_of_figures(uint32_t uid, struct th_period period, struct th_bytes measure);
struct key key_of_person(struct th_bytes scheme,
                         struct th_period period,
                         struct th_bytes category,
                         const uint8_t person[static PERSON_BYTES]);
struct key
key_of_total(struct th_bytes measure, struct th_period period, uint32_t uid, struct th_bytes dims);
struct key key_of_totals(struct th_bytes measure, struct th_period period, uint32_t uid);
struct key key_of_coverage(struct th_bytes scheme,
                           struct th_period period,
                           struct th_bytes category,
                           uint32_t uid);
// What the keys of person and coverage of all categories begin with.
struct key key_of_categories(struct th_bytes scheme, struct th_period period);
struct key key_of_transfer(struct th_bytes scheme,
                           const uint8_t person[static PERSON_BYTES],
                           th_day effective);
// What the keys of all transfers of a person begin with.
struct key key_of_transfers(struct th_bytes scheme, const uint8_t person[static PERSON_BYTES]);
struct key key_of_topic(struct th_bytes measure, struct th_period period);
struct key key_of_delta(struct th_bytes topic_key, uint64_t seq); // feedlog
struct key
key_of_form(struct th_bytes form, struct th_period period, uint32_t uid); // form, opening
struct key key_of_ledger(uint64_t version, uint32_t index);
struct key key_of_reject(uint32_t node, uint64_t epoch, uint64_t seq, uint32_t index);
struct key key_of_notice(uint32_t node, uint64_t number);
struct key key_of_stage(uint32_t node, uint32_t piece);
struct key key_of_dead(uint32_t node, uint64_t epoch, uint64_t seq); // dead, receipt
struct key key_of_day(th_day day);                                   // chain
struct key key_of_change(uint32_t row);                              // change
struct key key_of_bundle(uint64_t version, uint32_t piece);          // bundle
struct key key_of_edition_head(uint32_t number);                     // edition
// A unit in an edition of a table about people; unit TH_UNIT_NONE (0): the table itself.
struct key
key_of_edition(struct th_bytes table, struct th_period period, uint32_t number, uint32_t uid);
// What the keys of all editions of a table begin with.
struct key key_of_editions(struct th_bytes table, struct th_period period);

// The parts of a key; views live as long as key's bytes. TH_E_CORRUPT when it is not such a key.
struct record_key {
    uint32_t uid;
    struct th_period period;
    struct th_bytes scheme;
    struct th_bytes category;
    const uint8_t *person;
};
TH_MUST_USE enum th_err key_read_record(struct th_bytes key, struct record_key *parts);

struct figure_key { // staffing, total
    uint32_t uid;
    struct th_period period;
    struct th_bytes measure;
    struct th_bytes dims;
};
TH_MUST_USE enum th_err key_read_figure(struct th_bytes key, struct figure_key *parts);
TH_MUST_USE enum th_err key_read_total(struct th_bytes key, struct figure_key *parts);

struct coverage_key { // coverage; person without its last part
    struct th_bytes scheme;
    struct th_period period;
    struct th_bytes category;
    uint32_t uid;
    const uint8_t *person;
};
TH_MUST_USE enum th_err key_read_coverage(struct th_bytes key, struct coverage_key *parts);
TH_MUST_USE enum th_err key_read_person(struct th_bytes key, struct coverage_key *parts);

struct transfer_key {
    struct th_bytes scheme;
    const uint8_t *person;
    th_day effective;
};
TH_MUST_USE enum th_err key_read_transfer(struct th_bytes key, struct transfer_key *parts);

struct topic_key { // topic; feedlog with seq
    struct th_bytes measure;
    struct th_period period;
    uint64_t seq;
};
TH_MUST_USE enum th_err key_read_topic(struct th_bytes key, struct topic_key *parts);
TH_MUST_USE enum th_err key_read_delta(struct th_bytes key, struct topic_key *parts);

struct numbered_key { // reject, notice (epoch 0), dead and receipt (index 0)
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
    uint32_t index;
};
TH_MUST_USE enum th_err key_read_reject(struct th_bytes key, struct numbered_key *parts);
TH_MUST_USE enum th_err key_read_notice(struct th_bytes key, struct numbered_key *parts);
TH_MUST_USE enum th_err key_read_receipt(struct th_bytes key, struct numbered_key *parts);

struct form_key { // form, opening
    struct th_bytes form;
    struct th_period period;
    uint32_t uid;
};
TH_MUST_USE enum th_err key_read_form(struct th_bytes key, struct form_key *parts);

struct edition_key {
    struct th_bytes table; // empty: the head of an edition
    struct th_period period;
    uint32_t number;
    uint32_t uid;
};
TH_MUST_USE enum th_err key_read_edition(struct th_bytes key, struct edition_key *parts);

struct ledger_key {
    uint64_t version;
    uint32_t index;
};
TH_MUST_USE enum th_err key_read_ledger(struct th_bytes key, struct ledger_key *parts);

#endif
