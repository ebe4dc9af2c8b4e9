// subscriber_feed.c - beats and deltas: applied when live, kept while a snapshot comes in

#include "tonghop/fault.h"

#include "dashboards/subscriber_part.h"

// ---- applying ----

static void keep_version(struct subscriber_course *course, uint64_t version)
{
    course->version = version > course->version ? version : course->version;
}

// Does what is held agree with what a beat says about a topic?
static bool agrees(const struct subscriber *s,
                   const struct subscriber_course *course,
                   const struct th_topic_seq *topic)
{
    if (!subscriber_wants(&s->setup, topic->measure, topic->period)) {
        return true;
    }
    const uint32_t held = holding_find(course->held, topic->measure, topic->period);
    return held != HOLDING_NONE ? course->held->topics[held].seq >= topic->seq : topic->seq == 0;
}

static enum subscriber_loss
apply_beat(struct subscriber *s, struct subscriber_course *course, const struct th_beat *beat)
{
    if (beat->store_id != course->store.id && !th_mutant(31)) {
        return SUBSCRIBER_LOST_STORE;
    }
    if (beat->store_epoch != course->store.epoch && !th_mutant(31)) {
        // A higher one is the same store opened again: what was committed last may never have been
        // published. A lower one is a worker that has lost the province and does not know it.
        return beat->store_epoch > course->store.epoch ? SUBSCRIBER_LOST_GAP
                                                       : SUBSCRIBER_LOST_STORE;
    }
    if (beat->number <= course->beat) {
        return SUBSCRIBER_LOST_NOTHING; // older than the snapshot
    }
    if (beat->number != course->beat + 1) {
        return SUBSCRIBER_LOST_GAP;
    }
    for (size_t i = 0; i < beat->count; i++) {
        if (!agrees(s, course, &beat->topics[i])) {
            return SUBSCRIBER_LOST_GAP;
        }
    }
    course->beat = beat->number;
    keep_version(course, beat->version);
    return SUBSCRIBER_LOST_NOTHING;
}

static enum subscriber_loss put_cells(struct subscriber *s,
                                      struct subscriber_course *course,
                                      const struct th_delta *delta,
                                      uint32_t topic)
{
    for (size_t i = 0; i < delta->count; i++) {
        const struct th_total *now = NULL;
        struct th_total was;
        if (holding_put(course->held, topic, &delta->cells[i], &now, &was) != TH_OK) {
            return SUBSCRIBER_LOST_FULL;
        }
        if (course == &s->shown) {
            subscriber_tell(s,
                            &(struct subscriber_news){.kind = SUBSCRIBER_CHANGE,
                                                      .version = delta->version,
                                                      .measure = delta->measure,
                                                      .period = delta->period,
                                                      .now = now,
                                                      .was = &was,
                                                      .topic_seq = delta->topic_seq});
        }
    }
    return SUBSCRIBER_LOST_NOTHING;
}

static enum subscriber_loss
apply_delta(struct subscriber *s, struct subscriber_course *course, const struct th_delta *delta)
{
    uint32_t topic = HOLDING_NONE;
    if (delta->store_id != course->store.id && !th_mutant(31)) {
        return SUBSCRIBER_LOST_STORE;
    }
    if (delta->store_epoch < course->store.epoch && !th_mutant(31)) {
        return SUBSCRIBER_LOST_NOTHING; // of an opening before: its number may be another one's now
    }
    if (delta->store_epoch > course->store.epoch && !th_mutant(31)) {
        s->heard.epoch = delta->store_epoch; // as a beat would
        return SUBSCRIBER_LOST_GAP; // what was committed last may never have been published
    }
    if (holding_topic(course->held, delta->measure, delta->period, &topic) != TH_OK) {
        return SUBSCRIBER_LOST_FULL;
    }
    const uint64_t seq = course->held->topics[topic].seq;
    if (delta->topic_seq <= seq) {
        return SUBSCRIBER_LOST_NOTHING; // W2: the snapshot has it
    }
    if (delta->topic_seq != seq + 1 && !th_mutant(29)) {
        return SUBSCRIBER_LOST_GAP;
    }
    const enum subscriber_loss loss = put_cells(s, course, delta, topic);
    if (loss == SUBSCRIBER_LOST_NOTHING) {
        course->held->topics[topic].seq = delta->topic_seq;
        keep_version(course, delta->version);
    }
    return loss;
}

// ---- keeping ----

enum { KEPT_DELTA = 1, KEPT_BEAT = 2 };

static void keep(struct subscriber *s, uint8_t kind, struct th_bytes body)
{
    th_write_u8(&s->kept, kind);
    th_write_block(&s->kept, body);
    if (s->kept.overflow) {
        subscriber_lose(s, SUBSCRIBER_LOST_FULL);
    }
}

enum subscriber_loss subscriber_catch_up(struct subscriber *s)
{
    struct th_reader reader = th_reader_of(th_written(&s->kept));
    enum subscriber_loss loss = SUBSCRIBER_LOST_NOTHING;
    while (loss == SUBSCRIBER_LOST_NOTHING && th_reader_left(&reader) > 0) {
        struct th_delta delta;
        struct th_beat beat;
        const uint8_t kind = th_read_u8(&reader);
        const struct th_bytes body = th_read_block(&reader);
        th_arena_reset(&s->arena); // what is held has its own texts
        if (kind == KEPT_DELTA && th_delta_read(body, &s->arena, &delta, NULL) == TH_OK) {
            loss = apply_delta(s, &s->loading, &delta);
        } else if (kind == KEPT_BEAT && th_beat_read(body, &s->arena, &beat, NULL) == TH_OK) {
            loss = apply_beat(s, &s->loading, &beat);
        }
    }
    return loss;
}

// ---- hearing ----

static bool same_store(struct subscriber_store a, struct subscriber_store b)
{
    return a.id == b.id && a.epoch == b.epoch;
}

static void live_or_lose(struct subscriber *s, enum subscriber_loss loss)
{
    if (loss != SUBSCRIBER_LOST_NOTHING) {
        subscriber_lose(s, loss);
    }
}

static void hear_beat(struct subscriber *s, struct th_bytes body)
{
    struct th_beat beat;
    if (th_beat_read(body, &s->arena, &beat, NULL) != TH_OK) {
        return; // the next one shows the hole
    }
    const struct subscriber_store store = {.id = beat.store_id, .epoch = beat.store_epoch};
    const bool same = same_store(store, s->heard);
    s->heard = store;
    s->heard_beat = beat.number;
    // When live, a beat older than the snapshot is no sign of life.
    if (s->state != SUBSCRIBER_LIVE || beat.number > s->shown.beat || !same) {
        s->beat_ms = s->now_ms;
    }
    switch (s->state) {
    case SUBSCRIBER_PROVING:
        s->state = SUBSCRIBER_WAITING;
        return;
    case SUBSCRIBER_LOADING:
        if (same || th_mutant(31)) {
            keep(s, KEPT_BEAT, body);
        } else {
            subscriber_lose(s, SUBSCRIBER_LOST_STORE);
        }
        return;
    case SUBSCRIBER_LIVE:
        live_or_lose(s, apply_beat(s, &s->shown, &beat));
        return;
    case SUBSCRIBER_DOWN:
    case SUBSCRIBER_WAITING:
    case SUBSCRIBER_REFUSED:
        return;
    }
    th_unreachable();
}

static void hear_delta(struct subscriber *s, struct th_bytes body)
{
    struct th_delta delta;
    if (s->state == SUBSCRIBER_LOADING) {
        keep(s, KEPT_DELTA, body);
    } else if (s->state == SUBSCRIBER_LIVE &&
               th_delta_read(body, &s->arena, &delta, NULL) == TH_OK) {
        live_or_lose(s, apply_delta(s, &s->shown, &delta));
    }
}

void subscriber_hear_feed(struct subscriber *s, struct th_bytes topic, struct th_bytes body)
{
    struct th_bytes lineage;
    struct th_bytes measure;
    struct th_bytes period;
    if (th_topic_read(topic, &lineage, &measure, &period) != TH_OK ||
        !th_bytes_equal(lineage, s->setup.lineage)) {
        return;
    }
    if (measure.size == 0) {
        hear_beat(s, body);
    } else if (subscriber_wants(&s->setup, measure, period)) {
        hear_delta(s, body);
    }
}
