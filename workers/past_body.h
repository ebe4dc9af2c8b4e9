// past_body.h - the inside of the view of an earlier version, for its own files
//
//   past.c         from the ledger to what was replaced; the totals of it
//   past_view.c    records of now and replaced ones as one table
//   past_version.c which version is meant

#ifndef WORKERS_PAST_BODY_H
#define WORKERS_PAST_BODY_H

#include "tonghop/store_memory.h"

#include "workers/past.h"
#include "workers/record.h"

// The first batch of a node after the version: this and what follows it came later.
struct back_mark {
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
};

// What one side of a table found last: from low on, the next entry is at key (or there is none). A
// scan asks both sides at each step and takes one; without this it would look for the other's entry
// again and again.
struct back_ahead {
    bool known;
    struct key low;
    enum th_err err; // TH_OK, TH_E_NOT_FOUND
    struct th_bytes key;
    struct th_bytes value;
};

struct past {
    struct th_store now;
    const struct th_check *check;
    uint64_t version;
    size_t bytes_max;
    size_t held;                     // bytes of old
    struct th_store_memory *old;     // replaced after version: as it was, empty: it was not there
    struct th_store_memory *counted; // totals and coverage
    struct back_mark *marks;         // by node
    size_t mark_count;
    size_t mark_max;
    struct back_ahead ahead[TABLE_COUNT][2]; // now, old
};

// Where the view has a table from.
enum back_reach {
    BACK_NOTHING, // it is empty: not kept by version
    BACK_NOW,     // the same at every version
    BACK_RECORDS, // now and old; a record names the item that said it
    BACK_ROWS,    // now and old; what did not exist is listed as such
    BACK_COUNT,   // counted
    BACK_LEDGER,  // cut behind version
};
enum back_reach past_reach(unsigned table);

// Did that item come after the version?
bool past_is_later(const struct past *past, const struct origin *source);

extern const struct th_store_ops PAST_OPS; // self: struct past

#endif
