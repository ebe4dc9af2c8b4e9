// record.h - what the province holds under one key: the newest statement, or that it was withdrawn
//
//   value = version u8 | op u8 | content block | revision | source | check hash
//
// The content is what two statements are compared by: all fields but the moment of entry. Basis and
// note may be long and are never summed, so a record has their hash; the texts themselves are in
// the batch that the ledger keeps. A withdrawn key stays as a tombstone, which holds the revision.
//
//   R1  Two records have equal content bytes exactly when their fields are equal.
//   R2  What a record counts for in the totals can be read from key and record alone.

#ifndef WORKERS_RECORD_H
#define WORKERS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/cell.h"
#include "tonghop/check.h"
#include "tonghop/rules.h"
#include "tonghop/update.h"

#include "workers/table.h"

enum { RECORD_VERSION = 1, RECORD_BYTES_MAX = 1024 };

// Which item of which batch said it.
struct origin {
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
    uint32_t index;
};

// Views live as long as the bytes the record was read from.
struct record {
    bool live; // false: withdrawn
    uint32_t revision;
    struct origin source;
    struct th_bytes content;
    // evaluation
    struct th_opt score;
    struct th_opt rating;
    uint32_t reason;
    bool below_band; // rated below its band, with a reason (EV03)
    struct th_bytes person;
    struct th_bytes managed_by, job_group;
    struct th_opt leader;
    uint32_t collective_kind; // of a collective, whose id is person; 0: it is a person
    // staffing
    struct th_figure figure;
    // transfer; person as above
    uint32_t from_uid;
    uint32_t to_uid;
    int64_t score_sum; // hundredths
    uint32_t scored_months;
};

// Write the statement of an update that passed the rules: the value without its check hash.
void record_write(struct th_writer *writer,
                  const struct th_check *check,
                  const struct th_judged *judged,
                  const struct origin *source);

// Read a value without its check hash; table says which kind. TH_E_CORRUPT.
TH_MUST_USE enum th_err record_read(unsigned table, struct th_bytes value, struct record *record);

// Which item said it: the only part of a record that is needed to tell when. TH_E_CORRUPT.
TH_MUST_USE enum th_err record_read_source(struct th_bytes value, struct origin *source);

bool record_same_content(const struct record *a, const struct record *b);

// What a node and the province compare to know that they hold the same: the sum over the live
// records of a node of BLAKE2b-128(table u8 | key | content block | revision), modulo 2^128.
struct digest {
    uint8_t sum[16]; // big-endian
    uint64_t count;
};

void digest_add(struct digest *digest,
                unsigned table,
                struct th_bytes key,
                const struct record *record);
void digest_take(struct digest *digest,
                 unsigned table,
                 struct th_bytes key,
                 const struct record *record);
// The same of anything that has such a hash.
void digest_add_hash(struct digest *digest, const uint8_t hash[static TH_HASH128_BYTES]);
void digest_take_hash(struct digest *digest, const uint8_t hash[static TH_HASH128_BYTES]);

#endif
