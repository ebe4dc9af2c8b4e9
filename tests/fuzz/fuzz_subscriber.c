// fuzz_subscriber.c - any feed and any answers through the viewer's core
//
// Input: records of {what, seconds, header and body with a size u16}. Besides not crashing: it asks
// only after a beat, a change comes only while live, a snapshot is told whole, and the version goes
// back only with another store.

#include <stdint.h>
#include <stdlib.h>

#include "tonghop/base.h"

#include "dashboards/subscriber.h"

enum { FEED, ANSWER, OWN_ANSWER, TICK, LINK_UP, LINK_DOWN, KINDS, RECORD_HEAD = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
    struct subscriber subscriber;
    uint64_t now_ms;
    uint64_t version, store_id;
    uint64_t rows_left;
    bool live;
    bool fed; // something of the feed was heard
};

static void hear(void *self, const struct subscriber_news *news)
{
    struct fuzzed *f = self;
    const uint64_t store_id = f->subscriber.shown.store.id;
    switch (news->kind) {
    case SUBSCRIBER_SNAPSHOT:
        th_assert(store_id != f->store_id || news->version >= f->version);
        f->store_id = store_id;
        f->version = news->version;
        f->rows_left = news->rows;
        return;
    case SUBSCRIBER_ROW:
        th_assert(f->rows_left-- > 0);
        return;
    case SUBSCRIBER_IS_LIVE:
        th_assert(f->rows_left == 0);
        f->live = true;
        return;
    case SUBSCRIBER_CHANGE:
        th_assert(f->live);
        return;
    case SUBSCRIBER_IS_STALE:
        th_assert(f->live);
        f->live = false;
        return;
    case SUBSCRIBER_REFUSAL:
        th_assert(!f->live);
        return;
    }
}

static void happen(struct fuzzed *f, struct th_event event)
{
    struct th_action items[SUBSCRIBER_ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = TH_COUNT(items)};
    event.now_ms = f->now_ms;
    subscriber_step(&f->subscriber, &event, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        th_assert(items[i].kind != TH_ACT_SEND || f->fed);
        th_assert(items[i].kind != TH_ACT_WAKE || items[i].at_ms >= f->now_ms);
    }
}

static struct th_bytes piece(struct th_reader *reader)
{
    const uint16_t size = th_read_u16(reader);
    const size_t left = th_reader_left(reader);
    return th_read_bytes(reader, size < left ? size : left);
}

// The header of an answer to the question under way: nobody else can guess its number.
static struct th_bytes own_header(const struct fuzzed *f, struct th_writer *out)
{
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_ANSWER, .correlation = f->subscriber.correlation};
    th_header_write(out, &header);
    return th_written(out);
}

static void one_record(struct fuzzed *f, struct th_reader *reader)
{
    uint8_t room[TH_HEADER_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    const unsigned what = th_read_u8(reader) % KINDS;
    f->now_ms += (uint64_t)th_read_u8(reader) * 50;
    struct th_event event = {.kind = TH_EV_MESSAGE};
    event.header = piece(reader);
    event.body = piece(reader);
    if (what == FEED) {
        event.port = SUBSCRIBER_FEED;
        f->fed = true;
    } else if (what == ANSWER || what == OWN_ANSWER) {
        event.port = SUBSCRIBER_QUESTIONS;
        event.header = what == OWN_ANSWER ? own_header(f, &out) : event.header;
    } else {
        event.port = event.header.size % SUBSCRIBER_PORTS;
        event.kind = what == TICK ? TH_EV_TICK : what == LINK_UP ? TH_EV_LINK_UP : TH_EV_LINK_DOWN;
    }
    happen(f, event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct subscriber_limits limits;
    static void *base;
    limits = SUBSCRIBER_LIMITS;
    limits.kept_bytes = 64 * 1024;
    limits.holding = (struct holding_bounds){.topics_max = 16, .cells_max = 64, .text_bytes = 2048};
    const size_t room = subscriber_memory(&limits);
    if (base == NULL) {
        base = malloc(room);
        th_assert(base != NULL);
    }
    struct fuzzed f = {.now_ms = 1000};
    const struct subscriber_setup setup = {
        .limits = &limits, .lineage = TH_BYTES("hg93"), .ear = hear, .ear_self = &f};
    const enum th_err err = subscriber_init(&f.subscriber, &setup, (struct th_memory){base, room});
    th_assert(err == TH_OK);
    happen(&f, (struct th_event){.kind = TH_EV_START});

    struct th_reader reader = th_reader_of((struct th_bytes){.data = data, .size = size});
    while (th_reader_left(&reader) > RECORD_HEAD && !reader.failed) {
        one_record(&f, &reader);
    }
    return 0;
}
