// judge_body.h - the inside of the judge, for its own files
//
//   judge.c         memory and events
//   judge_turn.c    seats, the turn's end, failures
//   judge_node.c    messages of nodes
//   judge_admin.c   roster, dead batches
//   judge_join.c    keys that join, outboxes that come after another
//   judge_item.c    one item: rules of the province's state
//   judge_person.c  one item: V16, V17; ratings of persons and of collectives
//   judge_transfer.c  one item: a person leaves a unit for another, and what follows for V16
//   judge_overlap.c   one item: nothing is counted twice
//   judge_form.c      forms: closed, open, changed
//   judge_complete.c  one item: a declaration compared with what is held
//   judge_desk.c      one item: the desk's decisions
//   judge_apply.c   one item: records, index, totals, digest
//   judge_doubt.c   a batch: what is odd about it
//   judge_register.c  acts of the desk that change the register; judge_register_look.c
//   judge_answer.c  answers
//   judge_resync.c  what a province lost is given again
//   judge_restore.c what is held of a node, for an outbox that knows less
//   judge_notice.c  verdicts and notices in the store
//   judge_receipt.c receipts: noted, listed, signed
//   judge_root.c    days: closed, proved

#ifndef WORKERS_JUDGE_BODY_H
#define WORKERS_JUDGE_BODY_H

#include "workers/form.h"
#include "workers/judge.h"

enum {
    DUE_ACK = 1,
    DUE_PONG = 2,
    DUE_WELCOME = 4,
    DUE_GAP = 8,     // 3101
    DUE_JOINED = 16, // JOIN was taken up
    DUE_RESTORE = 32,
    DUE_RESYNCED = 64
};

enum {
    RECEIPT_AROUND_BYTES = 80, // of a receipt in an answer, its signature included
    ROOT_BYTES_MAX = TH_RECEIPT_CONTENT_MAX + 2 * TH_MERKLE_PATH_MAX * TH_HASH256_BYTES + 512,
};

enum standing {
    STANDING_UNKNOWN, // the roster has no such node, or there is no roster yet
    STANDING_GRANTED,
    STANDING_REVOKED,
};

struct seat {
    uint32_t number;
    enum th_peer_class class;
    bool present; // it has spoken in this turn: answers can be sent
    uint8_t route[TH_ROUTE_MAX];
    size_t route_size;
    bool known; // the store has a row
    bool changed;
    struct node_row row;
    uint64_t before; // decided through here when the turn began
    enum standing standing;
    struct th_grant grant;
    unsigned due;
    uint64_t correlation; // of the newest HELLO
    uint64_t verdict_seq; // it holds verdicts through here (HELLO, PING)
    uint64_t notice;
    uint64_t new_notice; // the first one of this turn; 0: none yet
    bool digest_loaded;
    bool digest_changed;
    struct digest digest;
    uint8_t public_key[32];           // DUE_JOINED
    struct th_spot restore_after;     // DUE_RESTORE
    struct th_resynced resynced;      // DUE_RESYNCED
    char unit[TH_RECEIPT_UNIT_BYTES]; // it speaks for, as receipts say it
    struct th_receipt_items items;    // of the batches decided in this turn
    bool keeps_receipts;              // HELLO, PING
    uint64_t receipt_seq;             // it holds receipts through here
    bool keeps_roots;
    th_day root_day; // of the newest it holds
};

struct signing {
    struct th_bytes content; // in the body of an answer
    uint8_t *signature;      // to be filled
};

struct prepared {
    struct th_peer to;
    uint8_t route[TH_ROUTE_MAX];
    struct th_bytes header;
    struct th_bytes body;
};

// A record as it stands in the store, copied so that it outlives the next change.
struct held {
    struct key key;
    bool exists;
    uint8_t bytes[RECORD_BYTES_MAX];
    size_t size;
    struct record record;
};

// One item on its way.
struct item {
    struct seat *seat;
    const struct th_update *update;
    struct origin source;
    struct th_judged judged;
    struct th_verdict verdict; // of a refusal, or the first warning
    bool warned;
    bool again; // it is given again: a repetition of what is not older than itself
};

// ---- judge_turn.c ----

// Room in judge->prepared and judge->signings.
uint32_t judge_prepared_max(const struct judge_limits *limits);
uint32_t judge_signings_max(const struct judge_limits *limits);

// The seat of a node, loaded from the store. NULL in *seat when all are taken.
TH_MUST_USE enum th_err judge_seat(struct judge *judge, uint32_t number, struct seat **seat);
// The seat of a node that has spoken in this turn, or NULL.
struct seat *judge_seated(struct judge *judge, uint32_t number);
// Before anything reads the store: what must be known about it.
TH_MUST_USE enum th_err judge_touch(struct judge *judge);
void judge_end_turn(struct judge *judge, struct th_actions *actions);
void judge_fail_turn(struct judge *judge, enum th_err err, bool abort, struct th_actions *actions);
void judge_committed(struct judge *judge, struct th_actions *actions);
void judge_beat_now(struct judge *judge, struct th_actions *actions);
void judge_note(struct th_actions *actions, enum judge_note note, uint32_t node, uint64_t number);

// Sum up records of a node: take old out (NULL: none), add new (NULL: none).
struct digest_change {
    unsigned table;
    const struct held *old;
    const struct held *new;
};
TH_MUST_USE enum th_err judge_digest(struct judge *judge, const struct digest_change *change);
// That of a node as it stands in the open turn.
TH_MUST_USE enum th_err
judge_digest_of(struct judge *judge, const struct seat *seat, struct digest *digest);

// ---- judge_node.c ----

// A message of a node whose header was read. Errors: the store's; the turn is then lost.
TH_MUST_USE enum th_err judge_node_message(struct judge *judge,
                                           const struct th_event *event,
                                           const struct th_header *header,
                                           struct th_actions *actions);
// Judge the batch in event->body, enter it in the ledger, and move the watermark. TH_E_MALFORMED:
// it was put aside.
TH_MUST_USE enum th_err judge_decide(struct judge *judge,
                                     struct seat *seat,
                                     const struct th_event *event,
                                     const struct th_header *header,
                                     const uint8_t *hash);
TH_MUST_USE enum th_err judge_batch(struct judge *judge,
                                    struct seat *seat,
                                    const struct th_event *event,
                                    const struct th_header *header,
                                    struct th_actions *actions);

// ---- judge_admin.c ----

TH_MUST_USE enum th_err judge_roster(struct judge *judge, const struct th_event *event);
TH_MUST_USE enum th_err judge_bury(struct judge *judge,
                                   const struct th_header *header,
                                   const struct th_malformed *why,
                                   struct th_bytes body);
// A node's key holds no longer, from the next item on. The roster says the same; until it does, and
// for the ledger, there is this. Not revoked: its number was enrolled again.
TH_MUST_USE enum th_err
judge_revoke(struct judge *judge, struct item *item, bool revoked, unsigned *outcome);
// Standing and grant of a node, from the roster.
TH_MUST_USE enum th_err judge_grant(struct judge *judge, struct seat *seat);
// The same from the row of number alone; *class, too. Untouched when there is none.
TH_MUST_USE enum th_err
judge_grant_of(struct judge *judge, uint32_t number, struct seat *seat, uint32_t *class);
// The complete list of joined keys, prepared for the broker.
TH_MUST_USE enum th_err judge_prepare_keys(struct judge *judge);

// ---- judge_join.c ----

TH_MUST_USE enum th_err
judge_join(struct judge *judge, const struct th_event *event, struct th_actions *actions);
// The same under a node's own key: the next one, which holds beside it for some days.
TH_MUST_USE enum th_err judge_rotate(struct judge *judge,
                                     struct seat *seat,
                                     const struct th_event *event,
                                     struct th_actions *actions);
// A HELLO that may bring another incarnation does (joined.h J2): the stream begins anew with it.
TH_MUST_USE enum th_err
judge_come_after(struct judge *judge, struct seat *seat, const struct th_header *header);
// The seat's stream begins anew, with what the header says.
void judge_begin_anew(struct judge *judge, struct seat *seat, const struct th_header *header);
// Is the header's stream epoch one of the enrolment under which the number's key joined?
TH_MUST_USE enum th_err judge_is_own_epoch(struct judge *judge,
                                           const struct seat *seat,
                                           const struct th_header *header,
                                           bool *own);
// A HELLO of a later stream epoch, from an outbox that was restored from a copy and has taken over
// what the province holds: the seat goes on in that epoch, unless it does so too often.
TH_MUST_USE enum th_err judge_fork(struct judge *judge,
                                   struct seat *seat,
                                   const struct th_header *header,
                                   struct th_actions *actions);
// The broker knows of keys that this store does not: they join.
TH_MUST_USE enum th_err judge_told_keys(struct judge *judge, const struct th_event *event);
// The complete list of joined keys, in judge->keys.
TH_MUST_USE enum th_err judge_list_keys(struct judge *judge, struct th_keys *keys);

// ---- judge_item.c ----

/**
 * Judge and apply one item. *outcome is what the ledger says about it; with a code of a verdict
 * item->verdict is filled.
 *
 * Errors: the store's.
 */
TH_MUST_USE enum th_err judge_item(struct judge *judge, struct item *item, unsigned *outcome);
/**
 * Say something about an item that is applied nevertheless: the first warning becomes its verdict,
 * further ones go to its node as notices about it. To be called only when nothing can refuse the
 * item any more.
 *
 * Errors: the store's.
 */
TH_MUST_USE enum th_err
judge_warn(struct judge *judge, struct item *item, const struct th_verdict *verdict);
TH_MUST_USE enum th_err
judge_hold(const struct judge *judge, unsigned table, const struct key *key, struct held *held);
// The record that this item would be.
void judge_fresh(const struct judge *judge,
                 const struct item *item,
                 unsigned table,
                 const struct key *key,
                 struct held *fresh);
// V22: what an item is to what is stored under its key. With REVISION_REFUSED the verdict is
// filled.
enum revision { REVISION_NEWER, REVISION_DUPLICATE, REVISION_REFUSED };
enum revision
judge_revision(struct item *item, const struct held *stored, const struct record *fresh);
// V38.
TH_MUST_USE enum th_err judge_nothing_to_withdraw(struct judge *judge, struct item *item);
// V35. Returns its code.
unsigned judge_overflow(struct item *item);
void judge_add_period(struct th_verdict *verdict, struct th_period period);
void judge_add_label(const struct judge *judge,
                     struct th_verdict *verdict,
                     uint32_t uid,
                     struct th_period period);
// V26: fill the verdict; other is the unit in the way.
void judge_refuse_overlap(const struct judge *judge, struct item *item, uint32_t other);

// ---- judge_form.c ----

struct form_at {
    const struct th_form *form; // NULL: there is none, and nothing to do
    struct th_period period;
    uint32_t uid;
};

// A row of "form" or "opening" as it stands in the store; its texts live in bytes.
struct form_kept {
    struct key key;
    bool exists;
    uint8_t bytes[FORM_BYTES_MAX];
    size_t size;
    struct form_row row;        // of judge_form_get
    struct opening_row opening; // of judge_opening_get
};

TH_MUST_USE enum th_err
judge_form_get(struct judge *judge, const struct form_at *at, struct form_kept *kept);
TH_MUST_USE enum th_err
judge_opening_get(struct judge *judge, const struct form_at *at, struct form_kept *kept);
TH_MUST_USE enum th_err judge_form_put(struct judge *judge,
                                       const struct item *item,
                                       const struct form_kept *before,
                                       const struct form_row *row);
TH_MUST_USE enum th_err judge_opening_put(struct judge *judge,
                                          const struct item *item,
                                          const struct form_kept *before,
                                          const struct opening_row *row);

// V22 for what is kept as form_said; with FORM_REFUSED the verdict is filled.
enum form_news { FORM_NEWER, FORM_DUPLICATE, FORM_REFUSED };
enum form_news
judge_form_news(struct item *item, const struct form_said *stored, const struct form_said *fresh);
// Form, period and unit as parameters of a verdict.
void judge_form_name(const struct judge *judge,
                     struct th_verdict *verdict,
                     const struct form_at *at);

/**
 * V21: may what the form has of this unit and period change today? If not, the verdict is filled.
 * To be asked of everything that is newer, before it is applied.
 */
TH_MUST_USE enum th_err
judge_form_open(struct judge *judge, struct item *item, const struct form_at *at, bool *open);
// It has changed: a declaration that stood for it stands no more.
TH_MUST_USE enum th_err
judge_form_touched(struct judge *judge, const struct item *item, const struct form_at *at);

// ---- judge_complete.c, judge_desk.c ----

TH_MUST_USE enum th_err judge_completion(struct judge *judge, struct item *item, unsigned *outcome);
TH_MUST_USE enum th_err judge_desk_act(struct judge *judge, struct item *item, unsigned *outcome);

// ---- judge_overlap.c ----

// V26: with *overlaps the verdict is filled. Errors: the store's.
TH_MUST_USE enum th_err judge_overlap_figure(struct judge *judge,
                                             struct item *item,
                                             const struct place *place,
                                             bool *overlaps);
TH_MUST_USE enum th_err judge_overlap_evaluation(struct judge *judge,
                                                 struct item *item,
                                                 const struct place *place,
                                                 const struct evaluated *evaluated,
                                                 bool *overlaps);

// ---- judge_person.c ----

TH_MUST_USE enum th_err judge_person(struct judge *judge, struct item *item, unsigned *outcome);

// ---- judge_transfer.c ----

TH_MUST_USE enum th_err judge_transfer(struct judge *judge, struct item *item, unsigned *outcome);
/**
 * Do live transfers of the item's person, up to the end of its period, lead from the unit from to
 * the item's unit?
 *
 * Errors: the store's.
 */
TH_MUST_USE enum th_err
judge_moved(struct judge *judge, const struct item *item, uint32_t from, bool *moved);

// ---- judge_apply.c ----

// Put fresh (NULL: nothing) in the place of old: record, ledger, digest.
TH_MUST_USE enum th_err judge_replace(struct judge *judge,
                                      const struct item *item,
                                      unsigned table,
                                      const struct held *old,
                                      const struct held *fresh);
// The totals of a figure that changes. TH_E_INVALID (V35): nothing was changed.
TH_MUST_USE enum th_err judge_count_figure(struct judge *judge,
                                           const struct item *item,
                                           const struct place *place,
                                           const struct held *old,
                                           const struct held *fresh);

// Postings of an evaluation that comes, goes or changes in one place.
struct evaluation_change {
    const struct place *place;
    const struct evaluated *evaluated;
    const struct record *old; // NULL: none
    const struct record *new;
};
// TH_E_INVALID: V35; TH_E_TOO_LARGE: dims of a total would be. Nothing is changed.
TH_MUST_USE enum th_err judge_evaluation_fits(struct judge *judge,
                                              const struct evaluation_change *change);
TH_MUST_USE enum th_err judge_count_evaluation(struct judge *judge,
                                               const struct evaluation_change *change);

// ---- judge_doubt.c ----

// Warnings about the applied items of a batch, once all of it is in. Errors: the store's.
TH_MUST_USE enum th_err
judge_doubts(struct judge *judge, struct item *items, unsigned *outcomes, size_t count);

// ---- judge_doubt_cap.c ----

// V15 of the item's group. Errors: the store's.
TH_MUST_USE enum th_err judge_doubt_cap(struct judge *judge, struct item *item);

// ---- judge_register.c ----

// A row for the change to come. Errors: the store's.
TH_MUST_USE enum th_err
judge_register_row(struct judge *judge, const struct item *item, unsigned *outcome);
/**
 * Take up the register that comes of the rows: every record is found a place in it, and every total
 * counted again, or nothing changes and the item is refused, with what stands in the way as notices
 * beside its verdict. A withdrawal forgets the rows. Afterwards judge->reopening is set.
 *
 * Errors: the store's.
 */
TH_MUST_USE enum th_err
judge_register_change(struct judge *judge, struct item *item, unsigned *outcome);

// ---- judge_resync.c ----

// RESYNC. *code: why the stream is stopped; 0. Errors: the store's; the turn is then lost.
TH_MUST_USE enum th_err judge_resync(struct judge *judge,
                                     struct seat *seat,
                                     const struct th_event *event,
                                     const struct th_header *header,
                                     unsigned *code);

// ---- judge_restore.c ----

// The piece of what is held of a node that begins behind seat->restore_after. Its lists live as
// long as the decoding arena's present use. Errors: the store's.
TH_MUST_USE enum th_err
judge_make_restore(struct judge *judge, const struct seat *seat, struct th_restore *made);

// ---- judge_answer.c ----

// Answers that wait for the commit: bodies are made now, from the open transaction.
TH_MUST_USE enum th_err judge_prepare_answers(struct judge *judge);
void judge_send_prepared(struct judge *judge, struct th_actions *actions);
// An answer that does not wait.
void judge_refuse(struct judge *judge,
                  const struct th_peer *to,
                  const struct th_refusal *refusal,
                  struct th_actions *actions);
void judge_send_part(struct judge *judge,
                     const struct th_event *event,
                     const struct th_header *header,
                     struct th_actions *actions);
void judge_attach(struct judge *judge, struct th_actions *actions);

// ---- judge_receipt.c ----

// Code of the province, as receipts say it.
void judge_name_province(struct judge *judge);
void judge_name_unit(struct seat *seat, struct th_bytes unit, unsigned count);
// Another batch of seat is decided, as the ledger's entry being written says.
TH_MUST_USE enum th_err
judge_count_items(struct judge *judge, struct seat *seat, const struct th_batch *batch);
// The rows of the turn.
TH_MUST_USE enum th_err judge_note_receipts(struct judge *judge);
// Those of batches above after, with the marks; bytes is what they may take.
TH_MUST_USE enum th_err judge_list_receipts(struct judge *judge,
                                            const struct seat *seat,
                                            uint64_t after,
                                            size_t bytes,
                                            struct th_decided *decided);
// Of a body that was kept: its receipts are signed before it is sent.
void judge_remember_signings(struct judge *judge,
                             const struct th_decided *decided,
                             const struct th_writer *body);
void judge_sign(struct judge *judge);

// ---- judge_root.c ----

// Before the ledger's turn is closed.
TH_MUST_USE enum th_err judge_close_day(struct judge *judge);
// The newest root, with the proof for this node, when it is due.
TH_MUST_USE enum th_err
judge_list_root(struct judge *judge, const struct seat *seat, struct th_decided *decided);

// ---- judge_notice.c ----

TH_MUST_USE enum th_err verdict_read(struct th_bytes value, struct th_verdict *verdict);
void verdict_write(struct th_writer *writer, const struct th_verdict *verdict);
// News about an earlier item for the node that sent it.
TH_MUST_USE enum th_err
judge_notify(struct judge *judge, const struct origin *about, const struct th_verdict *verdict);
// The same with what the desk wrote.
TH_MUST_USE enum th_err judge_notify_text(struct judge *judge,
                                          const struct origin *about,
                                          const struct th_verdict *verdict,
                                          struct th_bytes text);
TH_MUST_USE enum th_err
judge_last_notice(const struct judge *judge, uint32_t node, uint64_t *number); // 0: none
TH_MUST_USE enum th_err judge_read_notice(const struct judge *judge,
                                          struct th_bytes key,
                                          struct th_bytes value,
                                          struct th_notice *notice);

#endif
