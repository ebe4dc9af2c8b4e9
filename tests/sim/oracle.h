// oracle.h - what must be true, told only what was entered and what was seen
//
// The oracle knows no core: it is given the batches that offices and desks entered, and what
// everybody can see of a province (totals, decided numbers, the order of its ledger, answers,
// publications). From the batches it works out what the totals must be, by folding items in the
// order in which the ledger says that they were decided.
//
//   C1  An answer says decided only what is on the province's disk, and that never goes back.
//   C2  At the end everything entered is decided, and each refused item is known to its node; what
//       an outbox has forgotten that was restored from a copy had been decided before or never.
//   C3  Nothing else is decided or said, or given again.
//   C4  After each commit totals and reports are those of the batches decided, to the last digit.
//   C5  After healing there is quiet within a bound of time.
//   C6  What is published are totals of the version it names; topics are numbered without a repeat.
//   C7  Each opening of a store raises its epoch.
//   C8  The broker passes on only what its sender may say, to the newest opening of the store.
//   C10 At the end a viewer that calls itself live shows what the province has.
//   C9  No step of a core fails, and what one writes another can read.
//   C11 At the end of each item decided is told what it did: what was, what is, and whether the
//       period was closed.

#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/codec.h"

#include "tests/sim/fold.h"

struct oracle;

// A total as it was seen: for a unit, of a measure in a period.
struct oracle_total {
    struct th_bytes measure;
    struct th_bytes period;
    struct th_bytes unit;
    struct th_bytes dims;
    int64_t value;
    uint64_t contributions;
    uint64_t reported;
    uint32_t qualifier; // of the sum
};

// Ownership: oracle_free. swarm must outlive it.
struct oracle *oracle_make(const struct swarm *swarm);
void oracle_free(struct oracle *oracle);

// The first thing that was wrong; NULL when nothing was. "C4: ..."
const char *oracle_failure(const struct oracle *oracle);
void oracle_fail(struct oracle *oracle, const char *format, ...) TH_PRINTF(2, 3);

// A batch, which must outlive the oracle, was entered as seq of its node; hash is that of its
// bytes.
void oracle_entered(struct oracle *oracle,
                    const struct load_batch *batch,
                    uint64_t seq,
                    const uint8_t hash[static 32]);
uint64_t oracle_entered_by(const struct oracle *oracle, uint32_t node);
uint64_t oracle_decided_of(const struct oracle *oracle, uint32_t node);
// The node's outbox was replaced by an older copy whose last number is this. Either nothing is lost
// by that, or it goes on in a later stream epoch.
void oracle_restored(struct oracle *oracle, uint32_t node, uint64_t last);
// The newest stream epoch that a node was seen in.
uint64_t oracle_epoch_of(const struct oracle *oracle, uint32_t node);
// It goes on in a later one: lead numbers for what it gave again, then what it entered above base.
void oracle_next_epoch(
    struct oracle *oracle, uint32_t node, uint64_t epoch, uint64_t base, uint64_t lead);

// A place in the stream of a node, as the province counts.
struct oracle_seq {
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
};

// A commit of a province is on its disk: what it has decided since the last one, in the order of
// its ledger; how far it is with each of its nodes; each total, then that was all. check names what
// is looked at: the store (C4), or a viewer (C10).
void oracle_ledger(struct oracle *oracle,
                   uint32_t province,
                   const struct oracle_seq *batch,
                   struct th_bytes body);
void oracle_decided(struct oracle *oracle, uint32_t province, const struct oracle_seq *through);
void oracle_totals_begin(struct oracle *oracle, uint32_t province, const char *check);
void oracle_total(struct oracle *oracle, uint32_t province, const struct oracle_total *total);
void oracle_totals_end(struct oracle *oracle, uint32_t province);

// A report that its disk has: state as fold_state; then that was all.
void oracle_report(struct oracle *oracle,
                   uint32_t province,
                   const struct load_item *report, // at, what, period
                   unsigned state);
void oracle_reports_end(struct oracle *oracle, uint32_t province);

// Its disk lost commits that were said to be there: what is decided goes back, and must come again.
void oracle_set_back(struct oracle *oracle, uint32_t province);
// A store was opened for writing. Its epoch must rise (C7); 0 says that another store begins.
void oracle_opened(struct oracle *oracle, uint32_t province, uint64_t epoch);
// The broker passes a message on: who sent it and who it says it is of, by which epoch.
struct oracle_passage {
    uint32_t sender;
    uint32_t named;
    bool revoked;
    uint64_t epoch;
    uint64_t epoch_before; // highest in this life of the broker
};
void oracle_passed(struct oracle *oracle, const struct oracle_passage *passage);

// A province says this to a node.
void oracle_answered(struct oracle *oracle, uint32_t province, const struct oracle_seq *through);
// A province publishes this.
void oracle_published(struct oracle *oracle, uint32_t province, const struct th_delta *delta);

// At the end: months scored of a movable person in a year, 2018 (0) or 2019.
void oracle_months(struct oracle *oracle,
                   uint32_t province,
                   uint32_t person,
                   uint32_t year,
                   const struct load_sum *months);

// At the end: one record that an item changed, as it is told; then that was all.
struct oracle_told {
    uint32_t node;
    uint64_t seq;
    uint32_t index;
    struct fold_told pieces;
};
void oracle_told(struct oracle *oracle, uint32_t province, const struct oracle_told *told);
void oracle_told_end(struct oracle *oracle, uint32_t province);

// At the end: what a node knows about its items, then that was all.
void oracle_verdict(
    struct oracle *oracle, uint32_t node, uint64_t seq, uint32_t index, uint32_t code);
void oracle_end(struct oracle *oracle, uint32_t node, uint64_t decided);

#endif
