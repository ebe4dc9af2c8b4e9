// query_body.h - the inside of answering, for its own files
//
//   query_answer.c   what is asked, read from one version
//   query_past.c     the same from an earlier version
//   query_changes.c  what was decided, one update after another
//   query_diff.c     totals that differ between two versions, and why
//   query_told.c     what both tell of an update
//   query_structure.c   totals in the structure of another day
//   query_people.c   people by what no total keeps apart
//   query_person.c   the months of one person; transfers by unit
//   query_forms.c    how far units are with their forms
//   query_public.c   what the public gets; _people.c and _replay.c: of figures about people
//   query_editions.c the editions, and one made now
//   query_part.c     what an answer holds, within its bound, and how it is cut into parts

#ifndef WORKERS_QUERY_BODY_H
#define WORKERS_QUERY_BODY_H

#include "workers/past.h"
#include "workers/query_answer.h"
#include "workers/record.h"
#include "workers/totals.h"

// The store in a read transaction, and what every question needs of it.
struct reading {
    struct answer *answer;
    const struct th_query *query;
    struct th_store store; // as of the version asked for
    struct th_check check;
    struct past *past; // NULL: now
    int64_t now_ms;    // wall clock of the question
};

// ---- query_answer.c ----

// The lines that the question asks for, from reading's store. With head.code the question was
// refused.
TH_MUST_USE enum th_err query_totals(struct reading *reading);
// Begin with what is asked for; *known is false when that does not exist, and the question was
// refused.
TH_MUST_USE enum th_err query_make_lines(struct reading *reading, bool *known);
// Calls take for every total of a topic that the question asks for.
typedef enum th_err
query_take_total(struct reading *reading, const struct figure_key *at, const struct th_cell *cell);
TH_MUST_USE enum th_err query_each_total(struct reading *reading, query_take_total *take);
// Into the answer's head: the version of reading's store.
TH_MUST_USE enum th_err query_read_version(struct reading *reading);
void query_bundle(struct answer *answer);

// ---- query_past.c ----

/**
 * Go back to the version that the question names, if it names one: the store, and the register and
 * catalogue of then.
 *
 * Errors: TH_E_REFUSED: the question was refused; those of past_open.
 */
TH_MUST_USE enum th_err query_go_back(struct reading *reading);
// The same to that version.
TH_MUST_USE enum th_err query_go_to(struct reading *reading, uint64_t version);
// The totals that the answer's lines want; now they are there already.
TH_MUST_USE enum th_err query_count(struct reading *reading);
// A position that a question names. TH_E_REFUSED: there is none, and the question was refused.
TH_MUST_USE enum th_err
query_version(struct reading *reading, struct th_bytes position, uint64_t *version);

// ---- query_changes.c ----

TH_MUST_USE enum th_err answer_changes(struct reading *reading);

// ---- query_diff.c ----

TH_MUST_USE enum th_err answer_diff(struct reading *reading);

// ---- query_structure.c ----

// TOTALS with a structure: the lines, and what is said of the answer as a whole.
TH_MUST_USE enum th_err answer_structure(struct reading *reading);

// ---- query_people.c ----

// Feed the people of each wanted period (EV01) to the answer's lines, record by record.
// TH_E_INVALID: dims of a line would be too long.
TH_MUST_USE enum th_err query_people(struct reading *reading);
// The dims of EV01 that the question keeps of one person. False when they are longer than dims may
// be.
struct record;
bool query_people_dims(const struct th_lines *lines,
                       const struct evaluated *evaluated,
                       const struct record *record,
                       char out[static TH_DIMS_MAX + 1]);
// ---- query_person.c ----

// The months of a person (TH_ASK_PERSON). What does not exist is refused.
TH_MUST_USE enum th_err query_person(struct reading *reading);
// One end of a transfer, in the year it took effect.
struct query_move {
    struct th_bytes measure; // I14.out, I14.in
    struct th_bytes dims;
    struct th_period year;
    uint32_t uid;
};
struct query_moves {
    const struct th_query *query; // names what is wanted
    struct th_store store;
    const struct th_check *check;
    const struct th_catalogue *catalogue;
    enum th_err (*take)(void *self, const struct query_move *move);
    void *self;
};
TH_MUST_USE enum th_err query_each_move(const struct query_moves *moves);
// I14.out and I14.in, which are counted from the transfers when they are asked for by name.
TH_MUST_USE enum th_err query_transfers(struct reading *reading);

// ---- query_forms.c ----

// How far units are with forms (TH_ASK_FORMS). What does not exist is refused.
TH_MUST_USE enum th_err query_forms(struct reading *reading);

// ---- query_public.c ----

bool query_is_public(const struct reading *reading);
// Read everything from the newest edition. TH_E_REFUSED: the public may not ask this.
TH_MUST_USE enum th_err query_public(struct reading *reading);

// ---- query_editions.c ----

// Before the answer's transaction begins. False: refused.
bool query_publish(struct answer *answer, bool anew);
// The editions, newest first (TH_ASK_EDITIONS, TH_ASK_PUBLISH).
TH_MUST_USE enum th_err query_editions(struct reading *reading);

// ---- query_part.c ----

// A copy of text that lives as long as the answer. TH_E_TOO_LARGE: the answer's bound is reached.
TH_MUST_USE enum th_err
answer_hold(struct answer *answer, struct th_bytes text, struct th_bytes *held);
// Room for one more item in a growing list; the list counts towards the answer's bound.
TH_MUST_USE enum th_err
answer_room(struct answer *answer, void **items, size_t count, size_t *max, size_t item_size);
// The question cannot be answered; code says why, detail what it is about.
void answer_refuse(struct answer *answer, unsigned code, struct th_bytes detail);

#endif
