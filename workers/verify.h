// verify.h - is everything that the store says about itself true? Counted from nothing
//
// verify reads; it mends nothing. It shares the formats with the judge, and the arithmetic of one
// cell, but not the way totals are kept: it adds up all live records anew and compares.
//
//   quick   first rows, the newest 1,000 batches of the ledger with both chains, watermarks
//   full    every check hash, totals and coverage recounted, the person index both ways, digests,
//           topics and their newest deltas, the whole ledger, and that nothing it says was accepted
//           is lost; what the store is; the sums of tables that follow from nothing else (audit.h)
//
// It may allocate and take its time: it runs beside the judge in a read transaction, or over a
// store that is stopped.

#ifndef WORKERS_VERIFY_H
#define WORKERS_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/catalogue.h"
#include "tonghop/register.h"
#include "tonghop/rules.h"
#include "tonghop/store.h"
#include "tonghop/text.h"

#include "workers/table.h"
#include "workers/totals.h"

enum verify_level { VERIFY_QUICK, VERIFY_FULL };

enum { VERIFY_QUICK_BATCHES = 1000, VERIFY_TEXT_BYTES = 1024 };

struct verify_setup {
    struct th_store store;
    uint64_t birth_id; // keys the check hashes
    struct th_bytes lineage;
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    uint32_t root;
    enum th_person_scope person_scope;
};

// One thing that is not as it should be. key lives until the report function returns.
struct verify_finding {
    unsigned code; // 4201 .. 4213
    enum table table;
    struct th_bytes key;
    char kept[96];    // 4201, 4205: what the store says; 4203, 4207: node
    char counted[96]; // and what it should say; 4203: seq
};

typedef void verify_report(void *self, const struct verify_finding *finding);

struct verify_result {
    uint64_t version;
    uint64_t records; // live evaluations, figures and transfers
    uint64_t totals;
    uint64_t nodes;
    uint64_t batches;
    uint64_t findings;
};

// What is counted from the records of setup->store, without a look at the totals it has.
typedef bool verify_wants(const void *self, struct th_bytes measure, struct th_period period);
struct verify_counting {
    verify_wants *wants; // this measure in this period
    const void *wants_self;
    size_t bytes_max;
    enum th_err (*total)(void *self, const struct key *key, const struct th_cell *cell);
    enum th_err (*cover)(void *self, const struct key *key, const struct cover *cover);
    void *self;
};

/**
 * Count, and give every total and every row of coverage that is not empty, in any order.
 *
 * Errors: TH_E_CORRUPT: a record is damaged; TH_E_TOO_LARGE: bytes_max; TH_E_NO_MEMORY; the
 *         store's; those of total and cover.
 */
TH_MUST_USE enum th_err verify_recount(const struct verify_setup *setup,
                                       const struct verify_counting *counting);

// "quick", "full"; TH_E_INVALID for another word.
TH_MUST_USE enum th_err verify_level_parse(struct th_bytes word, enum verify_level *level);

/**
 * Look at everything of a level; report is called for each finding.
 *
 * Errors: TH_E_NO_MEMORY; TH_E_IO when the store cannot be read.
 */
TH_MUST_USE enum th_err verify_run(const struct verify_setup *setup,
                                   enum verify_level level,
                                   verify_report *report,
                                   void *self,
                                   struct verify_result *result);

// "TH4201: total EV01 2018 93: kept 3, recount 4. → remedy"; returns the length.
size_t verify_text(const struct verify_setup *setup,
                   const struct verify_finding *finding,
                   enum th_lang lang,
                   char *out,
                   size_t max);

#endif
