// holding.h - the totals of one snapshot and of the deltas after it, in memory given once
//
//   topics   (measure, period) -> last delta number
//   cells    (topic, uid, dims) -> total
//   texts    what the names above are made of, given back only by holding_clear
//
//   G1  A holding that is full refuses (TH_E_FULL) and stays as it was.
//   G2  A total that has gone keeps its place, empty, until holding_clear.

#ifndef DASHBOARDS_HOLDING_H
#define DASHBOARDS_HOLDING_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/codec.h"

static const uint32_t HOLDING_NONE = UINT32_MAX;

struct holding_bounds {
    uint32_t topics_max;
    uint32_t cells_max;
    size_t text_bytes;
};

struct holding_topic {
    struct th_bytes measure, period;
    uint64_t seq; // of the last delta
};

struct holding_cell {
    uint32_t topic;
    struct th_total total; // without unit: uid says which
};

struct holding {
    struct holding_bounds bounds;
    uint8_t seed[16]; // of the hash: names come from outside
    struct holding_topic *topics;
    uint32_t *topic_slots; // number + 1
    uint32_t topic_mask;
    uint32_t topic_count;
    struct holding_cell *cells;
    uint32_t *cell_slots; // number + 1
    uint32_t cell_mask;
    uint32_t cell_count;
    uint32_t live; // cells that are not empty
    uint8_t *texts;
    size_t text_used;
};

size_t holding_memory(const struct holding_bounds *bounds);

// TH_E_NO_MEMORY when memory is smaller than holding_memory.
TH_MUST_USE enum th_err
holding_init(struct holding *holding, const struct holding_bounds *bounds, struct th_arena *memory);
// Forget everything; seed is of the names to come.
void holding_clear(struct holding *holding, const uint8_t seed[static 16]);

// The number of a topic, or HOLDING_NONE.
uint32_t
holding_find(const struct holding *holding, struct th_bytes measure, struct th_bytes period);
// The same, made with seq 0 when there is none. TH_E_FULL.
TH_MUST_USE enum th_err holding_topic(struct holding *holding,
                                      struct th_bytes measure,
                                      struct th_bytes period,
                                      uint32_t *topic);

/**
 * Put a total in its place.
 *
 * *now is what is held from then on (until holding_clear), *was what it held before (empty when
 * nothing).
 * Errors: TH_E_FULL.
 */
TH_MUST_USE enum th_err holding_put(struct holding *holding,
                                    uint32_t topic,
                                    const struct th_total *total,
                                    const struct th_total **now,
                                    struct th_total *was);

#endif
