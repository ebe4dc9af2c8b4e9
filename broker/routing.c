// routing.c - see routing.h; the machine's memory, who may come in, and what kind of event it is

#include "broker/routing.h"

#include <string.h>

#include "tonghop/fault.h"

#include "broker/routing_part.h"

size_t routing_memory(void)
{
    return (size_t)ROUTING_OUT_BYTES + ROUTING_ARENA_BYTES;
}

enum th_err
routing_init(struct routing *routing, const struct routing_limits *limits, struct th_memory memory)
{
    if (memory.size < routing_memory()) {
        return TH_E_INVALID;
    }
    memset(routing, 0, sizeof(*routing));
    routing->limits = *limits;
    routing->out = (struct th_writer){.data = memory.base, .max = ROUTING_OUT_BYTES};
    routing->arena = th_arena_of((uint8_t *)memory.base + ROUTING_OUT_BYTES, ROUTING_ARENA_BYTES);
    return TH_OK;
}

static void take_province(struct routing *routing,
                          const struct routing_owner *old,
                          const struct th_roster_province *province)
{
    struct routing_owner *owner = &routing->owners[routing->owner_count];
    if (old != NULL && old->store_id == province->store_id) {
        *owner = *old;
    } else {
        *owner = (struct routing_owner){.store_id = province->store_id};
        (void)th_bytes_copy_text(province->lineage, owner->lineage, sizeof(owner->lineage));
    }
    owner->roster_due = owner->present;
    routing->owner_count++;
}

static bool
same_order(const struct routing_owner *before, size_t count, const struct routing *routing)
{
    for (size_t i = 0; i < count && i < routing->owner_count; i++) {
        if (!th_bytes_equal(routing_lineage(&before[i]), routing_lineage(&routing->owners[i]))) {
            return false;
        }
    }
    return count <= routing->owner_count;
}

void routing_set_roster(struct routing *routing, const struct th_roster *roster)
{
    th_assert(roster->province_count <= ROUTING_PROVINCES_MAX);
    struct routing_owner before[ROUTING_PROVINCES_MAX];
    const size_t count = routing->owner_count;
    memcpy(before, routing->owners, sizeof(before));
    routing->roster = roster;
    routing->owner_count = 0;
    for (size_t i = 0; i < roster->province_count; i++) {
        const struct routing_owner *old = NULL;
        for (size_t j = 0; j < count && old == NULL; j++) {
            if (th_bytes_equal(routing_lineage(&before[j]), roster->provinces[i].lineage)) {
                old = &before[j];
            }
        }
        take_province(routing, old, &roster->provinces[i]);
    }
    if (!same_order(before, count, routing)) {
        memset(routing->questions, 0, sizeof(routing->questions)); // they hold places in the list
    }
}

void routing_set_server_key(struct routing *routing, const uint8_t *key)
{
    routing->has_server_key = key != NULL;
    if (key != NULL) {
        memcpy(routing->server_key, key, sizeof(routing->server_key));
    }
}

void routing_set_busy(struct routing *routing, bool busy)
{
    routing->busy = busy;
}

void routing_set_limits(struct routing *routing, const struct routing_limits *limits)
{
    routing->limits = *limits;
}

void routing_wrong_frames(struct routing *routing)
{
    routing->counts.frames++;
}

static int
compare_entry(const struct th_roster_entry *entry, enum th_peer_class class, uint32_t number)
{
    if (entry->class != class) {
        return entry->class < class ? -1 : 1;
    }
    if (entry->number != number) {
        return entry->number < number ? -1 : 1;
    }
    return 0;
}

const struct th_roster_entry *
routing_entry(const struct routing *routing, enum th_peer_class class, uint32_t number)
{
    size_t first = 0;
    size_t end = routing->roster == NULL ? 0 : routing->roster->entry_count;
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        const struct th_roster_entry *entry = &routing->roster->entries[middle];
        const int order = compare_entry(entry, class, number);
        if (order == 0) {
            return entry;
        }
        if (order < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return NULL;
}

const struct th_roster_entry *
routing_enrolled(const struct routing *routing, unsigned port, uint32_t number)
{
    if (port != ROUTING_NODES) {
        return routing_entry(routing, TH_PEER_VIEWER, number);
    }
    const struct th_roster_entry *node = routing_entry(routing, TH_PEER_NODE, number);
    return node != NULL ? node : routing_entry(routing, TH_PEER_DESK, number);
}

struct routing_owner *routing_owner_of(struct routing *routing, struct th_bytes lineage)
{
    for (size_t i = 0; i < routing->owner_count; i++) {
        if (th_bytes_equal(routing_lineage(&routing->owners[i]), lineage)) {
            return &routing->owners[i];
        }
    }
    return NULL;
}

struct th_bytes routing_keep(struct routing *routing, struct th_bytes bytes)
{
    const size_t start = routing->out.size;
    th_write_bytes(&routing->out, bytes);
    th_assert(!routing->out.overflow);
    return (struct th_bytes){.data = routing->out.data + start, .size = bytes.size};
}

void routing_stamp_server_key(const struct routing *routing, struct th_header *header)
{
    header->has_server_key = routing->has_server_key;
    memcpy(header->server_key, routing->server_key, sizeof(header->server_key));
}

bool routing_has_room(const struct routing_step *step)
{
    const struct th_writer *out = &step->routing->out;
    return out->max - out->size >= TH_FRAME_BYTES_MAX + 4 * TH_HEADER_BYTES_MAX &&
           step->actions->count + 4 < step->actions->max;
}

size_t routing_copy_route(uint8_t out[static TH_ROUTE_MAX], struct th_bytes route)
{
    const size_t size = route.size <= TH_ROUTE_MAX ? route.size : 0;
    if (size > 0) {
        memcpy(out, route.data, size);
    }
    return size;
}

// ---- G1 ----

static bool fits_door(enum th_peer_class class, unsigned port)
{
    switch (class) {
    case TH_PEER_NODE:
        return port == ROUTING_NODES;
    case TH_PEER_WORKER:
        return port == ROUTING_WORKERS || port == ROUTING_RELAY;
    case TH_PEER_VIEWER:
        return port == ROUTING_QUERIES || port == ROUTING_FEED;
    case TH_PEER_DESK:
        return port == ROUTING_NODES || port == ROUTING_QUERIES;
    case TH_PEER_BOOTSTRAP:
        return port == ROUTING_NODES || port == ROUTING_QUERIES;
    case TH_PEER_NONE:
        return false;
    }
    th_unreachable();
}

static const struct th_roster_entry *drop(uint64_t *count)
{
    (*count)++;
    return NULL;
}

// Is the key it came with one that the entry has now?
static bool is_of(const struct th_roster_entry *entry, const struct th_peer *from, int64_t wall_ms)
{
    if (from->class == TH_PEER_BOOTSTRAP) {
        return entry->has_bootstrap && th_key_tag(entry->bootstrap) == from->tag;
    }
    return (entry->has_key && th_key_tag(entry->key) == from->tag) ||
           (entry->has_previous && entry->previous_until_ms > wall_ms &&
            th_key_tag(entry->previous) == from->tag);
}

const struct th_roster_entry *routing_admit(const struct routing_step *step)
{
    struct routing_counts *counts = &step->routing->counts;
    const struct th_peer *from = &step->event->from;
    if (from->class == TH_PEER_NONE) {
        return drop(&counts->no_user);
    }
    if (!fits_door(from->class, step->event->port)) {
        return drop(&counts->wrong_class);
    }
    const bool enrolling = from->class == TH_PEER_BOOTSTRAP;
    const struct th_roster_entry *entry =
        enrolling ? routing_enrolled(step->routing, step->event->port, from->number)
                  : routing_entry(step->routing, from->class, from->number);
    if (entry == NULL) {
        return drop(&counts->unknown);
    }
    if (entry->revoked && !th_mutant(28)) {
        return drop(&counts->revoked);
    }
    if (enrolling && (!entry->has_bootstrap || entry->expires_ms <= step->event->wall_ms)) {
        return drop(&counts->unknown);
    }
    if (!is_of(entry, from, step->event->wall_ms)) {
        return drop(&counts->replaced);
    }
    return entry;
}

// ---- events ----

static void on_message(const struct routing_step *step)
{
    const struct th_event *event = step->event;
    const struct th_roster_entry *entry = routing_admit(step);
    if (entry == NULL) {
        return;
    }
    if (event->header.size > TH_FRAME_BYTES_MAX || event->body.size > TH_FRAME_BYTES_MAX) {
        step->routing->counts.too_large++;
        return;
    }
    switch ((enum routing_port)event->port) {
    case ROUTING_NODES:
        routing_from_node(step, entry);
        return;
    case ROUTING_WORKERS:
        routing_from_worker(step);
        return;
    case ROUTING_QUERIES:
        routing_from_viewer(step, entry);
        return;
    case ROUTING_FEED:
        routing_count_subscription(step);
        return;
    case ROUTING_RELAY:
        routing_publish(step);
        return;
    case ROUTING_PORTS:
        break;
    }
    th_unreachable();
}

static void wake_later(const struct routing_step *step)
{
    struct th_action *wake = th_actions_add(step->actions, TH_ACT_WAKE);
    wake->at_ms = step->event->now_ms + ROUTING_TICK_MS;
}

static void on_event(const struct routing_step *step)
{
    switch (step->event->kind) {
    case TH_EV_START:
        wake_later(step);
        return;
    case TH_EV_TICK:
        routing_look_after_owners(step);
        routing_send_rosters(step);
        wake_later(step);
        return;
    case TH_EV_MESSAGE:
        on_message(step);
        return;
    case TH_EV_ROSTER:
        routing_release_held(step);
        routing_send_rosters(step);
        return;
    case TH_EV_STOP:
        th_actions_add(step->actions, TH_ACT_EXIT)->code = 0;
        return;
    case TH_EV_DRAINED:
    case TH_EV_QUEUED:
    case TH_EV_LINK_UP:
    case TH_EV_LINK_DOWN:
    case TH_EV_KEY_REFUSED:
    case TH_EV_COMMITTED:
    case TH_EV_COMMIT_FAILED:
        return; // the broker has no outbox, no link of its own and no disk
    }
    th_unreachable();
}

void routing_step(struct routing *routing, const struct th_event *event, struct th_actions *actions)
{
    routing->out.size = 0;
    routing->out.overflow = false;
    th_arena_reset(&routing->arena);
    routing->sender_waits = false;
    const struct routing_step step = {.routing = routing, .event = event, .actions = actions};
    on_event(&step);
}

void routing_unsent(struct routing *routing, struct th_actions *actions)
{
    if (!routing->sender_waits) {
        return; // the sender of what was lost expects no answer, or asks again by itself
    }
    routing->sender_waits = false;
    routing->counts.busy++;
    const struct th_event event = {.from = routing->sender, .port = routing->sender_port};
    const struct routing_step step = {.routing = routing, .event = &event, .actions = actions};
    routing_refuse(&step, 3004, TH_REFUSE_RETRY);
}
