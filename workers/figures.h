// figures.h - what the live records of a store count for, one contribution after another
//
// A staffing record counts for its measure; an evaluation for EV01 by its rating, for EV02 when it
// has a score, for EV03 when it is rated below its band; that of a collective for EV05. This walk
// reads the records alone and knows nothing of totals, so that a sum made from it can be held
// against them.

#ifndef WORKERS_FIGURES_H
#define WORKERS_FIGURES_H

#include "tonghop/catalogue.h"
#include "tonghop/cell.h"
#include "tonghop/check.h"
#include "tonghop/store.h"

#include "workers/record.h"
#include "workers/table.h"
#include "workers/totals.h"

// One contribution. Views live until take returns.
struct figures_one {
    uint32_t uid;
    struct th_period period;
    struct th_bytes measure;
    struct th_bytes dims;
    struct th_bytes total_dims; // of the total it is in; the same, but for people by other dims
    bool no_total;              // it is in none
    struct th_figure figure;
    struct th_bytes scheme, category; // of an evaluation; empty otherwise
};

// A unit has a live evaluation of this scheme, period and category.
struct figures_rated {
    uint32_t uid;
    struct th_period period;
    struct th_bytes scheme, category;
};

struct figures_walk {
    struct th_store store;
    const struct th_check *check;
    const struct th_catalogue *catalogue;
    bool (*wants)(void *self, struct th_bytes measure, struct th_period period);
    enum th_err (*take)(void *self, const struct figures_one *one);
    // Before what the record counts for, and also when that is nothing that is wanted.
    enum th_err (*rated)(void *self, const struct figures_rated *rated);
    // Other dims of a person (EV01) than those of totals; NULL: none. False: they are too long.
    bool (*person_dims)(void *self,
                        const struct evaluated *evaluated,
                        const struct record *record,
                        char out[static TH_DIMS_MAX + 1]);
    void *self;
};

// Errors: TH_E_CORRUPT; those of take and of the store.
TH_MUST_USE enum th_err figures_each(const struct figures_walk *walk);

#endif
