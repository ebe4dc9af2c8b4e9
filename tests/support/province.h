// province.h - a province for tests: a judge over a store, and nodes that talk to it
//
// The province has districts, communes and an agency; in the middle of 2024 one commune ends, one
// moves to another district, one begins, and a district is dissolved. Its catalogue has a measure
// of each kind of coverage and a scheme of each person scope.
//
//   P ── D1 ── C11, C12 (to 30/06/2024), C13 (to 30/06/2024)
//     ── D2 ── C21, C22 (from 01/07/2024), C13 and C31 (from 01/07/2024)
//     ── D3 (to 30/06/2024) ── C31
//     ── A1

#ifndef TESTS_SUPPORT_PROVINCE_H
#define TESTS_SUPPORT_PROVINCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/store_lmdb.h"
#include "tonghop/store_memory.h"

#include "tests/support/catalogue.h"
#include "workers/judge.h"
#include "workers/open.h"
#include "workers/query_answer.h"
#include "workers/reform.h"

enum { PROVINCE_ANSWERS_MAX = 256, PROVINCE_UPDATES_MAX = 64 };

// What the judge sent or published.
struct heard {
    bool published;
    uint32_t number; // of the node
    struct th_header header;
    char topic[TH_TOPIC_MAX + 1];
    uint8_t *body;
    size_t size;
};

struct province {
    struct th_province *whole;
    struct reform reform;
    struct th_register *reg; // of whole
    struct th_catalogue *catalogue;
    struct th_store_memory *memory;
    char *dir; // LMDB when not NULL
    struct th_disk *disk;
    struct th_disk_txn txn;
    bool txn_open;
    struct identity identity;
    struct judge_limits limits;
    struct judge judge;
    void *block;
    struct th_actions actions;
    uint64_t now_ms;
    th_day today;
    th_day opened;    // TH_DAY_NONE at first: nothing is closed; in force from the next start on
    enum th_err fail; // of the next commit; TH_OK: it succeeds
    struct heard heard[PROVINCE_ANSWERS_MAX];
    size_t heard_count;
    unsigned notes[16]; // by judge_note
    unsigned exits;
    unsigned exit_code; // of the newest
    unsigned commits;
    struct th_arena arena; // of what tests read from answers
    uint32_t enrolment;    // under which a JOIN comes
};

struct player {
    uint32_t number;
    uint8_t incarnation[16];
    uint64_t epoch;
    uint64_t seq;
    uint8_t hash[32];
    uint64_t verdict_seq;
    uint64_t notice;
    bool keeps_receipts;
    uint64_t receipt_seq;
    bool keeps_roots;
    th_day root_day;
};

// The files of its register.
extern const char PROVINCE_UNITS[];
extern const char PROVINCE_SUCCESSORS[];
// Register and catalogue as they are at the birth, as the bundle that nodes get. The caller's.
struct th_province *province_first(void);
// The same of other files. Its root is P.
struct th_province *
province_of(const char *units, const char *successors, const struct catalogue_texts *catalogue);
// In memory, or in a directory of its own.
struct province *province_make(void);
struct province *province_make_on_disk(void);
struct province *province_make_on_small_disk(uint64_t map_bytes); // full after so much
void province_free(struct province *province);
// Of any such, on disk. Ownership: whole is the province's.
struct province *province_make_of(struct th_province *whole);
// The process dies and starts again: what was not committed is gone.
void province_restart(struct province *province);
struct th_store province_store(struct province *province); // in a transaction
void province_end(struct province *province);              // ends it without a change
extern const struct th_store_ops PROVINCE_STORE; // of the judge: begins one with the first touch

// The nodes 1..count may write the units named in units[0..count-1], "A;B" for several; one without
// any is a desk.
void province_roster(struct province *province, const char *const *units, size_t count);

// What receipts of these provinces are signed with.
void province_sign_key(struct th_sign_key *key);

struct player player_of(uint32_t number);
void province_hello(struct province *province, const struct player *player);
void province_ping(struct province *province, const struct player *player);

// Seal the next batch and send it. Bytes of the newest body stay in player_body.
void province_batch(struct province *province,
                    struct player *player,
                    const struct th_update *updates,
                    size_t count);
// Any bytes as batch seq with this hash.
void province_send_batch(struct province *province,
                         const struct player *player,
                         uint64_t seq,
                         const uint8_t hash[static 32],
                         struct th_bytes body);
struct th_bytes player_body(void);
void province_message(struct province *province,
                      enum th_peer_class class,
                      uint32_t number,
                      const struct th_header *header,
                      struct th_bytes body);
void province_event(struct province *province, enum th_event_kind kind);

// End the turn: commit (or fail as asked), and hear what comes. What was heard before is forgotten.
void province_drain(struct province *province);
void province_forget(struct province *province);

// The newest answer of a type to a node; NULL.
const struct heard *
province_heard(const struct province *province, uint32_t number, enum th_message_type type);
// Its body; the test fails when there is none.
struct th_decided
province_decided(struct province *province, uint32_t number, enum th_message_type type);
struct th_refusal province_refusal(struct province *province, uint32_t number);

// One update in a turn of its own. Returns its verdict's code: 0 applied (or a duplicate), also
// with a doubt about the figure.
unsigned
province_say(struct province *province, struct player *player, const struct th_update *update);

// The same, with the code of a doubt.
unsigned
province_hear(struct province *province, struct player *player, const struct th_update *update);
// 0 for a doubt (V12 to V15, V18, V23, V25, V40), which no rule of the province's state depends on.
unsigned province_undoubted(unsigned code);

// Updates in a line. Texts must outlive them.
struct th_update figure(const char *unit, const char *period, const char *measure, int64_t value);
struct th_update person(const char *unit, const char *period, const char *who, int rating);
struct th_update collective(const char *unit, const char *period, const char *id, int rating);
// With 70.00 points in each month. The year is that of effective.
struct th_update
transfer(const char *who, const char *from, const char *to, const char *effective, int64_t months);
struct th_update withdraw(struct th_update update, uint64_t revision);
struct th_update revised(struct th_update update, uint64_t revision);

// The total as stored; zeros when there is none.
struct th_cell province_total(struct province *province,
                              const char *measure,
                              const char *period,
                              const char *unit,
                              const char *dims);
uint32_t province_uid(const struct province *province, const char *ref, const char *period);
// Of a province on disk; head.code says whether it was refused. Ownership: answer_free.
struct answer province_answer(struct province *province, const struct th_query *query);
// Full verification; the test fails with the findings.
void province_verify(struct province *province);

#endif
