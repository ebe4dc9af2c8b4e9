// query_structure.h - the inside of answering in another structure, for its own files
//
//   query_structure.c   which day, which provinces, and what is said of the answer as a whole
//   query_held.c        the figures and totals of one province that is here
//   query_spans.c       its larger periods

#ifndef WORKERS_QUERY_STRUCTURE_H
#define WORKERS_QUERY_STRUCTURE_H

#include "tonghop/province.h"

#include "workers/halt.h"
#include "workers/query_body.h"
#include "workers/restated.h"

// A province whose store is read.
struct held {
    const struct query_province *asked;
    const struct th_province *province; // as known at the version
    struct th_province *own;            // what province is, unless it is that of now
    uint32_t own_root;                  // of its own register
    uint32_t wide_root;                 // the same in the wide one
    struct th_disk_txn txn;
    struct halted_store halted;
    struct past *past; // NULL: now, or the asked province's own
    struct th_store store;
    struct th_check check;
    bool matters; // some of its figures may count
    bool differs; // its catalogue says something else of a measure that is asked for
    uint64_t version;
};

struct structure {
    struct reading *reading;
    const struct th_province *province; // that is asked
    const struct th_register *wide;
    th_day day;
    struct held *held;
    size_t held_count;
    uint32_t *absent; // roots of provinces that are not here
    size_t absent_count;
    struct restated_source *sources; // the held ones, then the absent
    struct restated *restated;
    struct held *at; // whose records are being read
};

// A measure means the same in the catalogues of both, or its figures are not put together.
bool query_same_measure(const struct structure *structure,
                        const struct held *held,
                        struct th_bytes code);

// Add the larger periods that are asked for, as the province makes them from their parts.
TH_MUST_USE enum th_err query_read_spans(struct structure *structure, size_t i);

/**
 * Begin to read the store of the province with this number, the first of which is the one that is
 * asked, and find out how the province is known.
 *
 * Errors: TH_E_REFUSED: the question was refused; those of the store.
 */
TH_MUST_USE enum th_err query_open_held(struct structure *structure, size_t i);

// Add what the province with this number has, unless nothing of it matters.
TH_MUST_USE enum th_err query_read_held(struct structure *structure, size_t i);

#endif
