// feed.h - beats: what tells a subscriber that it has missed nothing
//
// Deltas may be lost on their way to a slow viewer, and the last delta of a topic has no successor
// that would show the hole. So once a second, and sooner when much has changed, a numbered beat
// says which topics changed since the beat before, and their last delta number.
//
//   F1  Beats are numbered densely from 1 in each store epoch.
//   F2  A beat names every topic that changed since the beat before, or continues in the next one,
//       which follows at once.
//   F3  When more topics changed than can be remembered, a number is left out: every subscriber
//       sees the hole and asks for a snapshot.

#ifndef WORKERS_FEED_H
#define WORKERS_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/codec.h"

#include "workers/table.h"

enum {
    FEED_BEAT_TOPICS_MAX = 1000, // named in one beat
    FEED_BEAT_BYTES_MAX = 160 * 1024,
};

struct feed {
    uint64_t number; // of the newest beat
    struct feed_topic *topics;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t count;
    uint32_t sent; // of count, already named
    uint32_t max;
    bool lost; // F3
    struct th_topic_seq *list;
    char (*periods)[TH_PERIOD_TEXT_BYTES];
};

// Who beats, and where the store is.
struct feed_stamp {
    uint64_t store_id;
    uint64_t store_epoch;
    uint64_t version;
    int64_t wall_ms;
};

size_t feed_memory(uint32_t topics_max);
TH_MUST_USE enum th_err feed_init(struct feed *feed, uint32_t topics_max, struct th_arena *memory);

void feed_note(struct feed *feed, const struct key *topic, uint64_t seq);
void feed_lose(struct feed *feed);          // somebody else lost count of the topics (F3)
bool feed_is_full(const struct feed *feed); // half full: beat before the second is over

// Write one beat; true when another must follow at once (F2). out needs FEED_BEAT_BYTES_MAX.
bool feed_beat(struct feed *feed, const struct feed_stamp *stamp, struct th_writer *out);

#endif
