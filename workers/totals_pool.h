// totals_pool.h - the pool of totals.h, for its own files

#ifndef WORKERS_TOTALS_POOL_H
#define WORKERS_TOTALS_POOL_H

#include "workers/totals.h"

#define SLOT_NONE UINT32_MAX // an enum holds no more than INT_MAX

// A sum or a coverage as it stands in this turn.
struct slot {
    const uint8_t *key;
    uint16_t key_size;
    uint8_t table; // TABLE_TOTAL or TABLE_COVERAGE
    bool stored;   // the store has a row for it
    bool changed;
    bool recount; // scope whole in a period in which the tree changed: reported is counted anew
    uint32_t bucket;
    uint32_t cover; // of evaluations: the slot reported is taken from
    union {
        struct th_cell cell;
        struct cover counted;
    };
};

// The slot of key, loaded from the store the first time. Errors: the store's; there must be room.
TH_MUST_USE enum th_err
pool_load(struct totals *totals, unsigned table, const struct key *key, uint32_t *slot);

// The slot of key when it is in the pool; SLOT_NONE otherwise.
uint32_t pool_find(const struct totals *totals, unsigned table, const struct key *key);

// reported of place's total by T3, counted from nothing.
TH_MUST_USE enum th_err totals_recount(struct totals *totals,
                                       const struct figure_key *total,
                                       const struct th_form *form,
                                       uint64_t *reported);

// What posting changes about coverage, after the sums were changed. was[i]: contributions of the
// i-th unit of the path before.
TH_MUST_USE enum th_err totals_cover_post(struct totals *totals,
                                          const struct posting *posting,
                                          const uint32_t *slots,
                                          const uint64_t *was);

#endif
