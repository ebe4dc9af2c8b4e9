// query_told.h - what answers tell of one update: CHANGES and DIFF

#ifndef WORKERS_QUERY_TOLD_H
#define WORKERS_QUERY_TOLD_H

#include "workers/query_body.h"
#include "workers/replay.h"

// The positions that a question names.
struct told_span {
    uint64_t since; // known_at; 0 when it is not given
    uint64_t until; // known_to; the newest when it is not given
    uint64_t newest;
};
// Errors: TH_E_REFUSED, as query_version.
TH_MUST_USE enum th_err told_span(struct reading *reading, struct told_span *span);

// The items of a span, in order. Errors: those of replay_run.
TH_MUST_USE enum th_err told_replay(const struct reading *reading,
                                    const struct told_span *span,
                                    replay_each *each,
                                    void *self);

// All of a change but was and now. Its texts are held by the answer.
TH_MUST_USE enum th_err told_change(struct reading *reading,
                                    const struct replay_item *item,
                                    const struct replay_piece *piece,
                                    struct th_change *change);
uint32_t told_why(const struct reading *reading,
                  const struct replay_item *item,
                  const struct replay_piece *piece);
// The measure a record is told under; empty: a transfer, which is no measure's.
struct th_bytes told_measure(const struct replay_piece *piece);

bool told_is_collective(const struct replay_piece *piece);
struct evaluated told_evaluated(const struct replay_piece *piece); // of a rating

TH_MUST_USE enum th_err told_add(struct answer *answer, const struct th_change *change);

#endif
