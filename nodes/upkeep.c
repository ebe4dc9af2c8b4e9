// upkeep.c - see upkeep.h

#include "nodes/upkeep.h"

#include "nodes/accepted.h"
#include "nodes/current.h"
#include "nodes/history.h"

enum { BATCHES_MAX = 64 }; // of one transaction: commands wait for it

enum th_err upkeep_some(const struct upkeep *upkeep, bool *more)
{
    struct outbox box;
    bool unabsorbed = false;
    bool unfolded = false;
    size_t removed = 0;
    TH_TRY(outbox_load(upkeep->store, &box));
    th_arena_reset(upkeep->arena);
    TH_TRY(current_absorb(&box, upkeep->arena, BATCHES_MAX, &unabsorbed));
    th_arena_reset(upkeep->arena);
    TH_TRY(accepted_fold(&box, upkeep->arena, BATCHES_MAX, &unfolded));
    if (box.identity.node != 0) { // the desk's acts are said again in their order: it keeps them
        TH_TRY(history_prune(&box, upkeep->before_ms, upkeep->keep_bytes, BATCHES_MAX, &removed));
    }
    *more = unabsorbed || unfolded || removed == BATCHES_MAX;
    return TH_OK;
}
