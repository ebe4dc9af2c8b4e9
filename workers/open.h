// open.h - a store is born once, and opened by raising its epoch
//
// The first rows of a store say what it is, so that no program writes into a store of another
// province, another format, or another register:
//
//   O1  A store is of one lineage and one catalogue for life, and of one register, which only a
//       change in its ledger replaces (judge_register.c).
//   O2  Each opening for writing raises the store epoch in a commit of its own, before anything
//       else is done. A worker that wakes up late has a lower one, and has lost.
//   O3  A store of a newer format is not opened; one whose min_reader allows it is read. One of an
//       earlier format is opened once it was brought up to date (migrate.h).
//   O4  A store that was put back from a copy goes on under another id, so that nobody takes it
//       for the one that had come further. The id it was born with stays the key of its check
//       hashes and of its chains: every byte of the copy stays what it was.

#ifndef WORKERS_OPEN_H
#define WORKERS_OPEN_H

#include <stdint.h>

#include "tonghop/check.h"
#include "tonghop/hash.h"
#include "tonghop/rules.h"
#include "tonghop/store.h"

enum { STORE_FORMAT = 1, STORE_MIN_READER = 1, LINEAGE_BYTES = 9 };

// What a store must be of.
struct identity {
    uint64_t store_id; // in force; 0: whatever the store says
    uint64_t birth_id; // this, format and min_reader as the store says, not as is wanted
    uint16_t format;
    uint16_t min_reader;
    char lineage[LINEAGE_BYTES];
    uint8_t register_digest[TH_HASH256_BYTES];
    uint8_t catalogue_digest[TH_HASH256_BYTES];
    enum th_person_scope person_scope;
};

struct opened {
    uint64_t store_id; // in force: what others know it by
    uint64_t birth_id; // keys the check hashes (open_check)
    uint64_t store_epoch;
};

enum open_result {
    OPEN_OK,
    OPEN_EMPTY,   // no store yet: give birth to one
    OPEN_TOO_NEW, // upgrade needed
    OPEN_TOO_OLD, // migrate.h
    OPEN_OTHER_LINEAGE,
    OPEN_OTHER_ID, // not the store the roster names (TH4105)
    OPEN_OTHER_REGISTER,
    OPEN_OTHER_CATALOGUE,
    OPEN_OTHER_SCOPE,
    OPEN_DAMAGED,
    OPEN_FAILED, // the store could not be read or written
};

const char *open_result_text(enum open_result result);

// Write the first rows into an empty store. The caller commits.
TH_MUST_USE enum th_err open_birth(struct th_store store, const struct identity *identity);

// Is this the store that identity describes? Also what a reader asks.
enum open_result
open_look(struct th_store store, const struct identity *identity, struct opened *opened);

// open_look, and the epoch raised by one (O2). The caller commits before anything else.
enum open_result
open_to_write(struct th_store store, const struct identity *identity, struct opened *opened);

// From now on the store is of another register: the one row of O1 that a change of the register may
// change. The caller commits. Errors: TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err open_set_register(struct th_store store,
                                          const uint8_t digest[static TH_HASH256_BYTES]);
// What the store says it is of. TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err open_read_identity(struct th_store store, struct identity *identity);

// Why a store goes on under another id. Numbers are stored.
enum renaming {
    RENAMED_RESTORED = 1,
    RENAMED_IMPORTED = 2,
    RENAMED_LOST = 3, // it was gone, and made anew, empty
};

enum { RENAMINGS_MAX = 64 }; // the newest are kept

struct renamed {
    uint64_t store_id; // from here on
    enum renaming why;
    uint64_t version; // how far the store was
    int64_t wall_ms;
};

// O4. The caller commits. TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err open_rename(struct th_store store, const struct renamed *renamed);

// The newest renamings of a store, oldest first; *count of them are in list.
TH_MUST_USE enum th_err
open_renamings(struct th_store store, struct renamed list[static RENAMINGS_MAX], size_t *count);

// The key of a store's check hashes.
struct th_check open_check(uint64_t birth_id);

#endif
