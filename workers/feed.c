// feed.c - see feed.h

#include "workers/feed.h"

#include <string.h>

struct feed_topic {
    struct key key;
    uint64_t seq;
};

static uint32_t buckets_for(uint32_t topics_max)
{
    uint32_t count = 1;
    while (count < 2 * topics_max) {
        count *= 2;
    }
    return count;
}

size_t feed_memory(uint32_t topics_max)
{
    return topics_max * sizeof(struct feed_topic) + buckets_for(topics_max) * sizeof(uint32_t) +
           FEED_BEAT_TOPICS_MAX * (sizeof(struct th_topic_seq) + TH_PERIOD_TEXT_BYTES) + 4 * 16;
}

enum th_err feed_init(struct feed *feed, uint32_t topics_max, struct th_arena *memory)
{
    const uint32_t buckets = buckets_for(topics_max);
    *feed = (struct feed){.max = topics_max, .bucket_mask = buckets - 1};
    feed->topics = th_arena_take(memory, topics_max * sizeof(*feed->topics));
    feed->buckets = th_arena_take(memory, buckets * sizeof(*feed->buckets));
    feed->list = th_arena_take(memory, FEED_BEAT_TOPICS_MAX * sizeof(*feed->list));
    feed->periods = th_arena_take(memory, FEED_BEAT_TOPICS_MAX * sizeof(*feed->periods));
    if (feed->topics == NULL || feed->buckets == NULL || feed->list == NULL ||
        feed->periods == NULL) {
        return TH_E_NO_MEMORY;
    }
    memset(feed->buckets, 0, buckets * sizeof(*feed->buckets));
    return TH_OK;
}

// The bucket of a topic, or the free one where it would be. Buckets hold index + 1.
static uint32_t bucket_of(const struct feed *feed, const struct key *topic)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < topic->size; i++) {
        hash = (hash ^ topic->bytes[i]) * 0x100000001b3u;
    }
    uint32_t bucket = (uint32_t)(hash ^ (hash >> 32)) & feed->bucket_mask;
    while (feed->buckets[bucket] != 0) {
        const struct feed_topic *known = &feed->topics[feed->buckets[bucket] - 1];
        if (th_bytes_equal(key_view(&known->key), key_view(topic))) {
            break;
        }
        bucket = (bucket + 1) & feed->bucket_mask;
    }
    return bucket;
}

void feed_note(struct feed *feed, const struct key *topic, uint64_t seq)
{
    const uint32_t bucket = bucket_of(feed, topic);
    if (feed->buckets[bucket] != 0 && feed->buckets[bucket] > feed->sent) {
        feed->topics[feed->buckets[bucket] - 1].seq = seq;
        return;
    }
    if (feed->count == feed->max) {
        feed->lost = true;
        return;
    }
    feed->topics[feed->count++] = (struct feed_topic){.key = *topic, .seq = seq};
    feed->buckets[bucket] = feed->count;
}

void feed_lose(struct feed *feed)
{
    feed->lost = true;
}

bool feed_is_full(const struct feed *feed)
{
    return feed->count - feed->sent > feed->max / 2;
}

static void forget(struct feed *feed)
{
    memset(feed->buckets, 0, (feed->bucket_mask + 1) * sizeof(*feed->buckets));
    feed->count = 0;
    feed->sent = 0;
}

static struct th_topic_seq topic_on_wire(const struct feed_topic *topic, char *period)
{
    struct topic_key parts;
    const enum th_err err = key_read_topic(key_view(&topic->key), &parts);
    th_assert(err == TH_OK);
    return (struct th_topic_seq){
        .measure = parts.measure,
        .period = th_bytes_of(th_period_text(parts.period, period)),
        .seq = topic->seq,
    };
}

bool feed_beat(struct feed *feed, const struct feed_stamp *stamp, struct th_writer *out)
{
    feed->number += feed->lost ? 2 : 1;
    feed->lost = false;
    size_t count = 0;
    while (feed->sent < feed->count && count < FEED_BEAT_TOPICS_MAX) {
        feed->list[count] = topic_on_wire(&feed->topics[feed->sent], feed->periods[count]);
        feed->sent++;
        count++;
    }
    const struct th_beat beat = {
        .store_id = stamp->store_id,
        .store_epoch = stamp->store_epoch,
        .number = feed->number,
        .version = stamp->version,
        .wall_ms = stamp->wall_ms,
        .topics = feed->list,
        .count = count,
    };
    th_beat_write(out, &beat);
    th_assert(!out->overflow);
    const bool more = feed->sent < feed->count;
    if (!more) {
        forget(feed);
    }
    return more;
}
