// query.h - the threads that answer questions, each from one version of one province
//
// A question is read in a read transaction that never outlives it, beside the writer, which does
// not wait. The answer is held here and goes out in parts as its asker grants credit, so that a
// slow viewer costs its own answer and nothing else.
//
//      QUERY ──> read, build ──> part 0 .. 15 ──CREDIT──> part 16 ..     30 s without credit: gone
//
// A question about now is answered in a moment. One that walks over the whole store or its history
// (VERIFY, an earlier version, what changed) may take seconds, so it has a thread of its own: no
// short question waits behind a long one. Questions of the public have a third: whatever their
// number, nobody else waits for them. Both are given up when the worker stops.
//
//   Q1  All parts of an answer are of one version.
//   Q2  The number of the newest beat is taken before the version is: what changed later is named
//       by a later beat.
//   Q3  At most answers_max answers are held, a quarter of them long ones, a quarter public ones,
//       but one at least of each; each of at most answer_bytes_max bytes.
//
// Threads: query_start, query_stop from one thread; query_ask and query_credit from any.

#ifndef WORKERS_QUERY_H
#define WORKERS_QUERY_H

#include <stdint.h>

#include "tonghop/province.h"
#include "tonghop/queue.h"
#include "tonghop/step.h"
#include "tonghop/store_lmdb.h"

#include "workers/open.h"
#include "workers/writer.h"

struct publisher;

// A province that can be asked.
struct query_province {
    const struct th_province *province;
    const struct th_register *kin; // of province; NULL: none
    struct th_disk *disk;
    struct opened opened;
    struct writer *writer;                     // NULL: no beats (a store that is only looked at)
    uint8_t register_digest[TH_HASH256_BYTES]; // of province
    struct publisher *publisher;               // NULL: no editions are made here
    size_t number;                             // of this province there
};

struct query_setup {
    const struct query_province *provinces;
    size_t province_count;
    struct th_queue *out; // parcels OUT_SEND
    uint32_t answers_max;
    size_t answer_bytes_max;
};

struct query;

// Ownership: provinces and out must outlive the thread. Errors: TH_E_NO_MEMORY, TH_E_IO.
TH_MUST_USE enum th_err query_start(const struct query_setup *setup, struct query **query);
void query_stop(struct query **query); // scoped; waits for the short question in work

/**
 * Hand over a QUERY or CREDIT.
 *
 * Errors: TH_E_FULL: the asker must come again later.
 */
TH_MUST_USE enum th_err query_ask(struct query *query,
                                  size_t province,
                                  const struct th_peer *from,
                                  struct th_bytes header,
                                  struct th_bytes body);

#endif
