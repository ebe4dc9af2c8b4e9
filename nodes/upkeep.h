// upkeep.h - what an agent does while nobody waits: figures and accepted rows catch up with what
// was queued and decided, and history is kept within its bounds

#ifndef NODES_UPKEEP_H
#define NODES_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"

#include "nodes/outbox.h"

struct upkeep {
    struct th_store store; // in a transaction
    struct th_arena *arena;
    int64_t before_ms; // history queued before this goes
    uint64_t keep_bytes;
};

// Some of it, as much as one transaction should hold. *more: call again. Errors: the store's.
TH_MUST_USE enum th_err upkeep_some(const struct upkeep *upkeep, bool *more);

#endif
