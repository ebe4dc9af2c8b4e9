// routing_answer.c - answers of a province's owner on their way to nodes and viewers

#include <string.h>

#include "tonghop/fault.h"

#include "broker/routing_part.h"

void routing_send_to(const struct routing_step *step,
                     unsigned port,
                     struct th_peer to,
                     const struct th_header *header,
                     struct th_bytes body)
{
    uint8_t bytes[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    th_header_write(&writer, header);

    struct th_action *send = th_actions_add(step->actions, TH_ACT_SEND);
    send->port = port;
    send->to = to;
    send->to.route = routing_keep(step->routing, to.route);
    send->header = routing_keep(step->routing, th_written(&writer));
    send->body = routing_keep(step->routing, body);
}

static bool is_stamped(uint32_t type)
{
    return type == TH_MSG_WELCOME || type == TH_MSG_ACK || type == TH_MSG_PONG;
}

// ---- JOINED waits for its key (G4) ----

static bool key_is_taken(const struct th_roster_entry *entry, const uint8_t *key)
{
    return entry->has_key && memcmp(entry->key, key, TH_CURVE_BYTES) == 0;
}

static struct routing_held *free_held(struct routing *routing)
{
    struct routing_held *oldest = &routing->held[0];
    for (size_t i = 0; i < ROUTING_HELD_MAX; i++) {
        if (!routing->held[i].used) {
            return &routing->held[i];
        }
        oldest = routing->held[i].since_ms < oldest->since_ms ? &routing->held[i] : oldest;
    }
    routing->counts.forgotten++; // whoever it was for asks again
    return oldest;
}

static void hold(const struct routing_step *step,
                 unsigned port,
                 const struct th_envelope *envelope,
                 const struct th_joined *joined)
{
    struct routing *routing = step->routing;
    const struct th_event *event = step->event;
    struct routing_held *held = free_held(routing);
    if (event->body.size > sizeof(held->body) || event->header.size > sizeof(held->header)) {
        routing->counts.malformed++;
        return;
    }
    *held = (struct routing_held){.used = true,
                                  .port = (enum routing_port)port,
                                  .number = envelope->number,
                                  .since_ms = event->now_ms,
                                  .header_size = event->header.size,
                                  .body_size = event->body.size};
    memcpy(held->key, joined->public_key, sizeof(held->key));
    held->route_size = routing_copy_route(held->route, envelope->route);
    memcpy(held->header, event->header.data, event->header.size);
    memcpy(held->body, event->body.data, event->body.size);
}

static void release(const struct routing_step *step, struct routing_held *held)
{
    struct th_header header;
    held->used = false;
    const struct th_bytes bytes = {.data = held->header, .size = held->header_size};
    if (th_header_read(bytes, &header, NULL) != TH_OK) {
        th_unreachable(); // it was read before it was held
    }
    const struct th_peer to = {.class = TH_PEER_BOOTSTRAP,
                               .number = held->number,
                               .route = {.data = held->route, .size = held->route_size}};
    const struct th_bytes body = {.data = held->body, .size = held->body_size};
    routing_send_to(step, held->port, to, &header, body);
    step->routing->counts.to_peer++;
}

void routing_release_held(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    for (size_t i = 0; i < ROUTING_HELD_MAX; i++) {
        struct routing_held *held = &routing->held[i];
        if (!held->used) {
            continue;
        }
        const struct th_roster_entry *entry = routing_enrolled(routing, held->port, held->number);
        if (entry != NULL && !entry->revoked && key_is_taken(entry, held->key)) {
            release(step, held);
        } else if (step->event->now_ms - held->since_ms > ROUTING_HELD_MS) {
            held->used = false;
            routing->counts.forgotten++;
        }
    }
}

// ---- whom an answer is for ----

struct target {
    const struct th_roster_entry *entry;
    unsigned port;
};

static const struct th_roster_entry *find_desk(const struct routing *routing,
                                               const struct th_envelope *envelope)
{
    const size_t count = routing->roster != NULL ? routing->roster->entry_count : 0;
    for (size_t i = 0; i < count && envelope->number == 0; i++) {
        const struct th_roster_entry *entry = &routing->roster->entries[i];
        if (th_roster_is_own_desk(entry) && th_bytes_equal(entry->lineage, envelope->lineage)) {
            return entry;
        }
    }
    const struct th_roster_entry *entry = routing_entry(routing, TH_PEER_DESK, envelope->number);
    return entry != NULL && th_roster_speaks_as(entry) == envelope->number ? entry : NULL;
}

static struct target
find_target(const struct routing *routing, const struct th_envelope *envelope, uint32_t type)
{
    const uint32_t number = envelope->number;
    struct target target = {.port = ROUTING_QUERIES};
    switch (envelope->class) {
    case TH_PEER_NODE:
        target.port = ROUTING_NODES;
        target.entry = routing_entry(routing, TH_PEER_NODE, number);
        break;
    case TH_PEER_VIEWER:
        target.entry = routing_entry(routing, TH_PEER_VIEWER, number);
        break;
    case TH_PEER_DESK: // it asks at one door and sends at the other
        target.port = type == TH_MSG_ANSWER ? ROUTING_QUERIES : ROUTING_NODES;
        target.entry = find_desk(routing, envelope);
        break;
    case TH_PEER_BOOTSTRAP: // numbers above 0 are unique among all that enrol
        target.entry = routing_enrolled(routing, ROUTING_NODES, number);
        if (target.entry != NULL) {
            target.port = ROUTING_NODES;
        } else {
            target.entry = routing_enrolled(routing, ROUTING_QUERIES, number);
        }
        break;
    default:
        break;
    }
    return target;
}

// The owner as it stands in the envelope: province, store and epoch must all be those in force.
static bool speaks_for(const struct routing_step *step, const struct th_envelope *envelope)
{
    struct routing_owner *owner = routing_owner_of(step->routing, envelope->lineage);
    if (th_mutant(18)) {
        return owner != NULL;
    }
    const bool in_force = routing_owns(step, owner) && envelope->store_id == owner->store_id &&
                          envelope->store_epoch == owner->epoch_max;
    if (in_force) {
        owner->heard_ms = step->event->now_ms;
    }
    return in_force;
}

static bool may_be_told(const struct routing_step *step,
                        const struct th_envelope *envelope,
                        const struct th_roster_entry *entry)
{
    struct routing_counts *counts = &step->routing->counts;
    if (entry == NULL) {
        counts->unknown++;
        return false;
    }
    if (entry->revoked) {
        counts->revoked++;
        return false;
    }
    if (entry->lineage.size > 0 && !th_bytes_equal(entry->lineage, envelope->lineage)) {
        counts->fenced++;
        return false;
    }
    return true;
}

static void pass_to(const struct routing_step *step,
                    const struct target *target,
                    const struct th_envelope *envelope,
                    const struct th_header *header)
{
    struct routing *routing = step->routing;
    const struct th_peer to = {.class = (enum th_peer_class)envelope->class,
                               .number = envelope->number,
                               .route = envelope->route};
    struct th_header stamped = *header;
    if (is_stamped(header->type)) {
        stamped.window_batches = routing->limits.window_batches;
        stamped.window_bytes = routing->limits.window_bytes;
        stamped.rotate = th_roster_is_rotating(target->entry);
    }
    if (is_stamped(header->type) || header->type == TH_MSG_ANSWER) {
        routing_stamp_server_key(routing, &stamped);
    }
    routing_send_to(step, target->port, to, &stamped, step->event->body);
    routing->counts.to_peer++;
}

void routing_pass_answer(const struct routing_step *step, const struct th_header *header)
{
    struct routing *routing = step->routing;
    struct th_envelope envelope;
    if (th_envelope_read(step->event->envelope, &routing->arena, &envelope, NULL) != TH_OK) {
        routing->counts.malformed++;
        return;
    }
    if (!speaks_for(step, &envelope)) {
        routing->counts.fenced++;
        return;
    }
    const struct target target = find_target(routing, &envelope, header->type);
    if (!may_be_told(step, &envelope, target.entry)) {
        return;
    }
    if (header->type == TH_MSG_JOINED) {
        struct th_joined joined;
        if (th_joined_read(step->event->body, &routing->arena, &joined, NULL) != TH_OK) {
            routing->counts.malformed++;
            return;
        }
        if (!key_is_taken(target.entry, joined.public_key)) {
            hold(step, target.port, &envelope, &joined);
            return;
        }
    }
    pass_to(step, &target, &envelope, header);
}
