// form.h - how far a unit is with a form: rows of the tables "form" and "opening"
//
//        complete            update              complete
//   ──────────────> SUBMITTED ──────> CHANGED ────────────> SUBMITTED
//                     │ accept │ return  │ return
//                     v        v         v
//                 ACCEPTED   RETURNED <──┘   an update leaves RETURNED, and makes ACCEPTED CHANGED
//
//   O1  A row exists from the first declaration on; OPEN means that it was taken back.
//   O2  first is the day on which SUBMITTED was first reached since then, by the province's clock.
//       Due and closing days are not stored: they follow from the catalogue (tonghop/form.h).

#ifndef WORKERS_FORM_H
#define WORKERS_FORM_H

#include "tonghop/form.h"
#include "tonghop/update.h"

#include "workers/record.h"
#include "workers/table.h"

enum { FORM_BYTES_MAX = 768, FORM_CONTENT_BYTES = 16 };

// Numbers are stored: never renumber.
enum form_state {
    FORM_OPEN = 0,
    FORM_SUBMITTED = 1,
    FORM_CHANGED = 2,
    FORM_RETURNED = 3,
    FORM_ACCEPTED = 4,
    FORM_STATE_END
};
extern const char *const FORM_STATE_WORDS[FORM_STATE_END];

enum form_decision { FORM_UNDECIDED = 0, FORM_ACCEPT = 1, FORM_RETURN = 2 };

// Who said something, how often, and what: enough to tell a repetition from a conflict.
struct form_said {
    bool live; // of a declaration: not taken back; of a decision: there is one
    uint32_t revision;
    struct origin source;
    uint8_t content[FORM_CONTENT_BYTES];
};

struct form_row {
    enum form_state state;
    th_day first;   // TH_DAY_NONE: not since it was taken back
    th_day entered; // into the present state
    struct form_said declared;
    uint32_t lines; // of the declaration
    uint64_t keys;  // live ones it counted
    struct form_said decided;
    enum form_decision decision; // the newest one
    th_day decided_on;
    struct th_bytes comment; // of it; lives as long as what the row was read from
};

void form_write(struct th_writer *writer, const struct form_row *row);
TH_MUST_USE enum th_err form_read(struct th_bytes value, struct form_row *row); // TH_E_CORRUPT

struct opening_row {
    th_day until; // the last day
    th_day granted;
    struct form_said said;
    struct th_bytes granted_by;
    struct th_bytes reason;
};

void opening_write(struct th_writer *writer, const struct opening_row *row);
TH_MUST_USE enum th_err opening_read(struct th_bytes value, struct opening_row *row);

// ---- form_step.c: what becomes of a row when something was said that is taken ----

struct form_said form_said_of(const struct th_update *update, const struct origin *source);

struct form_row form_row_none(void); // before anything was said
// A declaration whose lines are what is held (V20).
void form_declare(struct form_row *row,
                  const struct form_said *said,
                  const struct th_completion *lines,
                  th_day today);
void form_take_back(struct form_row *row, const struct form_said *said, th_day today);
// A figure of the form changed. False: the row stays as it is.
bool form_touch(struct form_row *row, th_day today);
void form_decide(struct form_row *row,
                 const struct form_said *said,
                 const struct th_desk_act *act,
                 th_day today);
struct opening_row
form_opening(const struct form_said *said, const struct th_desk_act *act, th_day today);

#endif
