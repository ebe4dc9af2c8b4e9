// verify_recount.c - the counting of verify for those who need the totals themselves

#include <stdlib.h>

#include "workers/verify_body.h"

bool verify_counts(const struct verify *verify, struct th_bytes measure, struct th_period period)
{
    const struct verify_counting *counting = verify->counting;
    return counting == NULL || counting->wants(counting->wants_self, measure, period);
}

static void found(void *self, const struct verify_finding *finding)
{
    bool *damaged = self;
    *damaged = *damaged || finding->code == TH_M_VERIFY_RECORD;
}

static enum th_err hand_over(const struct verify *verify)
{
    const struct verify_counting *counting = verify->counting;
    for (size_t i = 0; i < verify->count; i++) {
        const struct should *row = &verify->rows[i];
        if (row->table == TABLE_TOTAL && !th_cell_is_empty(&row->cell)) {
            TH_TRY(counting->total(counting->self, &row->key, &row->cell));
        }
        if (row->table == TABLE_COVERAGE) {
            TH_TRY(counting->cover(counting->self, &row->key, &row->cover));
        }
    }
    return TH_OK;
}

enum th_err verify_recount(const struct verify_setup *setup, const struct verify_counting *counting)
{
    struct verify_result result = {0};
    bool damaged = false;
    struct verify verify = {
        .setup = setup,
        .check = verify_check(setup),
        .report = found,
        .self = &damaged,
        .result = &result,
        .counting = counting,
    };
    enum th_err err = verify_count(&verify);
    if (err == TH_OK) {
        err = damaged ? TH_E_CORRUPT : verify_coverage(&verify);
    }
    if (err == TH_OK) {
        err = hand_over(&verify);
    }
    // Rows are refused for their number before they are for lack of memory.
    const bool full = err == TH_E_NO_MEMORY && verify_is_full(&verify);
    free(verify.rows);
    free(verify.buckets);
    return full ? TH_E_TOO_LARGE : err;
}
