// reform.h - registers that come of a change, made and found again
//
// A register that was changed in the ledger is kept in the store (table "bundle"), with the version
// it holds from; the files beside the store are copies for the other programs.

#ifndef WORKERS_REFORM_H
#define WORKERS_REFORM_H

#include <stdint.h>

#include "tonghop/check.h"
#include "tonghop/province.h"
#include "tonghop/store.h"

#include "workers/judge.h"

struct reform {
    const struct th_province *now;
    struct th_province *made; // the newest one; its owner frees it after the judge
};

// What a judge makes registers with. Ownership: reform outlives the judge; reform_end.
struct judge_registers reform_registers(struct reform *reform);
void reform_end(struct reform *reform); // scoped

// The version from which the register of version held; 0 when the register never changed.
TH_MUST_USE enum th_err reform_since(struct th_store store, uint64_t version, uint64_t *since);

/**
 * The province as it was at version, if its register was ever changed.
 *
 * Ownership: *province is the caller's (th_province_free); NULL: the register never changed.
 * Errors:    TH_E_CORRUPT, TH_E_NO_MEMORY; the store's.
 */
TH_MUST_USE enum th_err reform_province(struct th_store store,
                                        const struct th_check *check,
                                        uint64_t version,
                                        struct th_province **province);

#endif
