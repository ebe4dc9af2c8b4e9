// envelope.h - what the broker puts before a message, and what goes back in front of an answer
//
// What stands in the envelope is proved by the sender's key; the judge sees it as event.from. Its
// answers say action.to, and TH_PEER_NONE there means the broker itself.

#ifndef WORKERS_ENVELOPE_H
#define WORKERS_ENVELOPE_H

#include "tonghop/arena.h"
#include "tonghop/codec.h"
#include "tonghop/step.h"

enum { ENVELOPE_BYTES_MAX = 128 };

/**
 * Read an envelope: for which province, and from whom. Views live in bytes and arena.
 *
 * Errors: TH_E_MALFORMED.
 */
TH_MUST_USE enum th_err envelope_read(struct th_bytes bytes,
                                      struct th_arena *arena,
                                      struct th_bytes *lineage,
                                      struct th_peer *from);

// Which store answers.
struct envelope_store {
    struct th_bytes lineage;
    uint64_t store_id;
    uint64_t store_epoch;
};

struct th_bytes envelope_write(const struct envelope_store *store,
                               const struct th_peer *to,
                               uint8_t out[static ENVELOPE_BYTES_MAX]);

#endif
