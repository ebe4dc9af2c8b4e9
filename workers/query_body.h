// query_body.h - the inside of answering, for its own files
//
//   query_answer.c   what is asked, read from one version
//   query_part.c     what an answer holds, within its bound, and how it is cut into parts

#ifndef WORKERS_QUERY_BODY_H
#define WORKERS_QUERY_BODY_H

#include "workers/query_answer.h"
#include "workers/totals.h"

// The store in a read transaction, and what every question needs of it.
struct reading {
    struct answer *answer;
    const struct th_query *query;
    struct th_store store;
    struct th_check check;
};

// ---- query_part.c ----

// A copy of text that lives as long as the answer. TH_E_TOO_LARGE: the answer's bound is reached.
TH_MUST_USE enum th_err
answer_hold(struct answer *answer, struct th_bytes text, struct th_bytes *held);
// Room for one more item in a growing list; the list counts towards the answer's bound.
TH_MUST_USE enum th_err
answer_room(struct answer *answer, void **items, size_t count, size_t *max, size_t item_size);
// The question cannot be answered; code says why, detail what it is about.
void answer_refuse(struct answer *answer, unsigned code, struct th_bytes detail);

#endif
