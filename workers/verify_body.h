// verify_body.h - the inside of verify, for its own files
//
//   verify.c         all tables, ends and sums
//   verify_count.c   records counted into what the totals should be
//   verify_cover.c   coverage counted from nothing
//   verify_recount.c the same counting for those who need the totals
//   verify_chain.c   ledger, watermarks
//   verify_tree.c    the tree over commits, receipts, roots of days
//   verify_verdict.c verdicts that nothing gave
//   verify_history.c every statement is a record, or was replaced by one
//   verify_form.c    what became of each report, from the ledger
//   verify_edition.c the editions of the public figures
//   verify_feed.c    topics, and the newest deltas of each
//   verify_meta.c    what the store is, and tables that follow from nothing else
//   verify_text.c    findings as sentences

#ifndef WORKERS_VERIFY_BODY_H
#define WORKERS_VERIFY_BODY_H

#include "tonghop/arena.h"
#include "tonghop/cell.h"
#include "tonghop/check.h"

#include "workers/record.h"
#include "workers/totals.h"
#include "workers/verify.h"

__extension__ typedef __int128 wide;

// A sum that cannot overflow on its way, whatever the order of its parts.
struct sums {
    wide value, of, before, after;
};

// A row as it should be: of total, coverage, digest, form, opening; or a live figure.
struct should {
    struct key key;
    uint8_t table;
    bool seen;        // the store has it
    struct sums sums; // of a total
    union {
        struct th_cell cell; // counts first; numbers when all has been added up
        struct cover cover;
        struct digest digest;
        struct {
            uint8_t hash[16];
            uint64_t sum; // over the lines of the newest declaration, modulo 2^64
            bool exists;
        } form; // of form, opening: when all of the ledger has been read
    };
};

struct verify {
    const struct verify_setup *setup;
    struct th_check check;
    verify_report *report;
    void *self;
    struct verify_result *result;
    struct should *rows;
    size_t count;
    size_t max;
    uint32_t *buckets; // index + 1
    size_t bucket_count;
    struct trees *trees;                    // of verify_tree.c, while the ledger is read
    const struct verify_counting *counting; // verify_recount: nothing is compared; NULL otherwise
    struct th_arena arena;                  // of one row, in verify_feed
    uint64_t dead_bytes;                    // in table "dead", so far
};

// Is this measure in this period counted at all?
bool verify_counts(const struct verify *verify, struct th_bytes measure, struct th_period period);

// The key of the check hashes.
struct th_check verify_check(const struct verify_setup *setup);

void verify_found(struct verify *verify, const struct verify_finding *finding);

// The row of key, made when it is missing; NULL when there is no memory. It moves with the next
// row that is made.
struct should *verify_row(struct verify *verify, unsigned table, const struct key *key);
struct should *verify_find(const struct verify *verify, unsigned table, const struct key *key);

// verify_recount: one more row would be too many.
bool verify_is_full(const struct verify *verify);

TH_MUST_USE enum th_err verify_count(struct verify *verify);
TH_MUST_USE enum th_err verify_coverage(struct verify *verify);
TH_MUST_USE enum th_err verify_ledger(struct verify *verify, bool whole);

// ---- verify_history.c ----

struct chains;
struct ledger_entry;
struct history {
    struct verify *verify;
    struct chains *chains; // of verify_chain.c, where nodes are
    struct th_arena arena; // of one batch
};
TH_MUST_USE enum th_err history_batch(struct history *history, const struct ledger_entry *entry);
TH_MUST_USE enum th_err history_records(struct history *history);
// What is accepted is added, what stands is taken away. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err history_add(struct history *history, uint32_t node, uint64_t hash);

// ---- verify_tree.c ----

struct trees;
struct th_batch;
struct ledger_head;
// whole: from the first version on; counts: batches are read, too.
TH_MUST_USE enum th_err
verify_tree_begin(struct verify *verify, bool whole, bool counts, struct trees **out);
void verify_tree_free(struct trees *trees);
// The ledger is read from behind this head on, which is believed.
TH_MUST_USE enum th_err
verify_tree_tail(struct trees *trees, uint64_t version, const struct ledger_head *head);
TH_MUST_USE enum th_err verify_tree_entry(struct trees *trees,
                                          uint64_t version,
                                          uint32_t index,
                                          const struct ledger_entry *entry);
// The row of a verdict, in the order of the items.
void verify_tree_told(struct trees *trees, struct th_bytes key, struct th_bytes row);
// What became of the items of the entry, when its batch is read. TH_E_CORRUPT.
TH_MUST_USE enum th_err verify_tree_items(struct trees *trees,
                                          const struct ledger_entry *entry,
                                          const struct th_batch *batch);
TH_MUST_USE enum th_err verify_tree_head(struct trees *trees,
                                         struct th_bytes key,
                                         uint64_t version,
                                         const struct ledger_head *head);
// A row of the ledger could not be read.
void verify_tree_lost(struct trees *trees);
TH_MUST_USE enum th_err verify_tree_end(struct trees *trees);

// ---- verify_verdict.c ----

// There are more verdicts than there should be: a finding for each.
TH_MUST_USE enum th_err verify_verdicts(struct verify *verify);

// ---- verify_form.c ----

// One batch of the ledger, in its order; then the rows as they are. TH_E_CORRUPT, TH_E_NO_MEMORY.
struct th_batch;
TH_MUST_USE enum th_err verify_form_batch(struct verify *verify,
                                          const struct ledger_entry *entry,
                                          const struct th_batch *batch);
TH_MUST_USE enum th_err verify_form_rows(struct verify *verify);

// ---- verify_edition.c ----

TH_MUST_USE enum th_err verify_editions(struct verify *verify);

// ---- verify_feed.c, verify_meta.c ----

TH_MUST_USE enum th_err
verify_topic(struct verify *verify, const struct figure_key *at, uint64_t *seq);
TH_MUST_USE enum th_err verify_feed(struct verify *verify);
// whole: what is kept in table "dead" is counted, too.
TH_MUST_USE enum th_err verify_meta(struct verify *verify, bool whole);
TH_MUST_USE enum th_err verify_audits(struct verify *verify);

// A finding with both numbers: what is kept, what should be.
void verify_differs(struct verify *verify,
                    unsigned code,
                    unsigned table,
                    struct th_bytes key,
                    const int64_t values[static 2]);

// Calls row for every entry of table with the value's payload; an entry whose check hash is wrong
// is a finding when report_damage, and passed over.
typedef enum th_err
verify_each(struct verify *verify, struct th_bytes key, struct th_bytes payload);
TH_MUST_USE enum th_err
verify_scan(struct verify *verify, unsigned table, bool report_damage, verify_each *row);

#endif
