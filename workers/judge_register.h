// judge_register.h - the inside of a change of the register, for its own files

#ifndef WORKERS_JUDGE_REGISTER_H
#define WORKERS_JUDGE_REGISTER_H

#include "workers/judge_body.h"

enum { REGISTER_MOVED_BYTES_MAX = LEDGER_OLD_BYTES_MAX / 4 }; // of records that move, with keys

// A record of either table with the parts of its key.
struct stored {
    unsigned table;
    struct held held;
    uint32_t uid;
    struct th_period period;
    struct figure_key figure; // staffing
    struct record_key rating; // evaluation
};

// What is done with each record of units up to uid_last, in order of units; it may write behind it.
typedef enum th_err take_stored(struct judge *judge, struct stored *stored, void *self);
TH_MUST_USE enum th_err
judge_register_each(struct judge *judge, uint32_t uid_last, take_stored *take, void *self);

// A row of form or opening with the parts of its key.
struct stored_report {
    unsigned table;
    struct form_at at;
    struct form_kept kept;
};

// The same for each row of a unit that is known before the change.
typedef enum th_err take_report(struct judge *judge, struct stored_report *report, void *self);
TH_MUST_USE enum th_err
judge_register_each_report(struct judge *judge, take_report *take, void *self);

struct change {
    const struct judge_register *made;
    struct item *item;
    char variant; // of the first obstacle; 0: there is none
    uint64_t obstacles;
    uint64_t moved;
    size_t moved_bytes;
    uint64_t looks; // at figures, for their sums
    struct th_verdict first_move;
};

// Sets *fits; otherwise the item's verdict says what is in the way. Errors: the store's.
TH_MUST_USE enum th_err judge_register_look(struct judge *judge, struct change *change, bool *fits);
// The unit that a record belongs to in the register to come; TH_UNIT_NONE.
uint32_t judge_register_place(const struct judge *judge,
                              const struct judge_register *made,
                              const struct stored *stored);

// ---- judge_register_sum.c: V35; asked for each record, it answers for all of its key ----

TH_MUST_USE enum th_err judge_register_fits(struct judge *judge,
                                            struct change *change,
                                            const struct stored *stored,
                                            bool *fits);

// ---- judge_register_form.c: reports of a code that now means a new unit are that unit's ----

TH_MUST_USE enum th_err judge_register_move_reports(struct judge *judge, struct change *change);

#endif
