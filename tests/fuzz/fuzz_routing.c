// fuzz_routing.c - any messages from anybody through the broker's core
//
// Input: records of {what, class, number, route, three pieces with a size u16}. Besides not
// crashing: nothing is relayed to a worker but from a sender that the roster allows, and nothing is
// published but what a worker sent.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/base.h"

#include "broker/routing.h"
#include "tests/support/routing_rig.h"

enum { RECORD_HEAD = 4, TICK = ROUTING_PORTS, ROSTER_CHANGED, KINDS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct th_action items[ROUTING_ACTIONS_MAX];
static struct routing routing;

static void check(const struct th_event *event, const struct th_actions *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        const struct th_action *action = &actions->items[i];
        const bool relayed = action->kind == TH_ACT_SEND && action->port == ROUTING_WORKERS &&
                             action->envelope.size > 0 && event->kind == TH_EV_MESSAGE;
        if (relayed && event->port != ROUTING_WORKERS) {
            th_assert(event->from.class != TH_PEER_NONE);
            th_assert(event->from.class != TH_PEER_WORKER);
            th_assert(event->from.number != 8); // revoked
        }
        if (action->kind == TH_ACT_PUBLISH) {
            th_assert(event->port == ROUTING_RELAY);
            th_assert(event->from.class == TH_PEER_WORKER);
        }
    }
}

static struct th_bytes piece(struct th_reader *reader)
{
    const uint16_t size = th_read_u16(reader);
    const size_t left = th_reader_left(reader);
    return th_read_bytes(reader, size < left ? size : left);
}

static void one_record(struct th_reader *reader, uint64_t now_ms)
{
    struct th_actions actions = {.items = items, .max = ROUTING_ACTIONS_MAX};
    const unsigned what = th_read_u8(reader) % KINDS;
    struct th_event event = {.kind = TH_EV_MESSAGE, .now_ms = now_ms, .wall_ms = RIG_WALL_MS};
    event.from.class = (enum th_peer_class)(th_read_u8(reader) % (TH_PEER_BOOTSTRAP + 1));
    event.from.number = th_read_u8(reader) % 40;
    event.from.route = th_read_bytes(reader, 1);
    event.envelope = piece(reader);
    event.header = piece(reader);
    event.body = piece(reader);
    if (what == TICK) {
        event.kind = TH_EV_TICK;
    } else if (what == ROSTER_CHANGED) {
        event.kind = TH_EV_ROSTER;
        routing_set_roster(&routing, &RIG_ROSTER);
    } else {
        event.port = what;
    }
    routing_step(&routing, &event, &actions);
    check(&event, &actions);
    actions.count = 0;
    routing_unsent(&routing, &actions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *base;
    if (base == NULL) {
        base = malloc(routing_memory());
        th_assert(base != NULL);
    }
    const struct routing_limits limits = {.window_batches = 8, .window_bytes = 1 << 20};
    const struct th_memory memory = {.base = base, .size = routing_memory()};
    const enum th_err err = routing_init(&routing, &limits, memory);
    th_assert(err == TH_OK);
    routing_set_roster(&routing, &RIG_ROSTER);

    struct th_reader reader = th_reader_of((struct th_bytes){.data = data, .size = size});
    for (uint64_t now_ms = 1; th_reader_left(&reader) > RECORD_HEAD && !reader.failed; now_ms++) {
        one_record(&reader, now_ms * 1000);
    }
    return 0;
}
