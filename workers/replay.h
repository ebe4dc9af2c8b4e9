// replay.h - the ledger read again, item by item: what each accepted one found and what it left
//
// The ledger keeps a batch's bytes, the outcome of each item and the records that it replaced. With
// the rules as they were then, an item says again which key it was about and what it left there.
//
//      batch ──judge──> key, record ─┐
//      replaced ──────> record before ┴──> was -> now
//
// A change of the register says nothing itself, but it may carry records from one unit to another.
//
//   R1  Of a key, what one item left is what the next one finds.
//
// Threads: one.

#ifndef WORKERS_REPLAY_H
#define WORKERS_REPLAY_H

#include "tonghop/rules.h"

#include "workers/ledger.h"
#include "workers/record.h"

// What an item did to one record.
struct replay_piece {
    unsigned table;
    const struct th_rules *rules; // with the register that knows uid
    uint32_t uid;                 // of the unit that says it; of a transfer the one that was left
    struct th_period period;
    struct th_bytes measure, dims;    // of a figure
    struct th_bytes scheme, category; // of a rating; of a transfer the scheme
    const uint8_t *person;            // likewise, PERSON_BYTES
    const struct record *was;         // NULL: nothing live stood there
    const struct record *now;         // NULL: nothing live stands there
};

// Views live until each returns.
struct replay_item {
    uint64_t version;
    const struct ledger_batch *batch;
    uint32_t index;
    const struct th_update *update;
    // One piece; two when a person went to another unit, or a change of the register carried the
    // record there: the unit that was left first.
    struct replay_piece pieces[2];
    size_t count;
};

typedef enum th_err replay_each(void *self, const struct replay_item *item);

struct replay {
    struct th_store store;
    const struct th_check *check;
    uint64_t since; // what came after this version,
    uint64_t until; // through this one
    // The rules in force after the commit of version; they and those given last before stay valid.
    enum th_err (*rules)(void *rules_self, uint64_t version, const struct th_rules **rules);
    void *rules_self;
    replay_each *each;
    void *self;
};

/**
 * Each accepted rating, figure and transfer, and each record that a change of the register carried
 * to another unit, in the order of the decisions.
 *
 * Errors: TH_E_CORRUPT: the ledger is damaged, or says that an item was accepted which its rules
 *         refuse; TH_E_NO_MEMORY; the store's; those of rules and each.
 */
TH_MUST_USE enum th_err replay_run(const struct replay *replay);

#endif
