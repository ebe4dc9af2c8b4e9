// routing_worker.c - who owns a province, and what its worker is told about keys

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "broker/routing_part.h"

static void note(const struct routing_step *step, enum routing_note code, struct th_bytes lineage)
{
    struct th_action *action = th_actions_add(step->actions, TH_ACT_NOTE);
    action->code = code;
    action->header = routing_keep(step->routing, lineage);
}

// ---- ATTACH ----

// G2. The same epoch again is the same worker after a reconnect, or a lie.
static bool may_own(const struct routing_step *step,
                    const struct routing_owner *owner,
                    const struct th_province_state *state)
{
    if (owner == NULL || state->store_id != owner->store_id) {
        return false;
    }
    if (th_mutant(26)) {
        return true;
    }
    return state->store_epoch > owner->epoch_max ||
           (state->store_epoch == owner->epoch_max && owner->epoch_max > 0 &&
            owner->worker == step->event->from.number);
}

static void attach(const struct routing_step *step,
                   struct routing_owner *owner,
                   const struct th_province_state *state)
{
    const struct th_peer *from = &step->event->from;
    const bool is_new = !owner->present || owner->epoch_max != state->store_epoch ||
                        !th_bytes_equal(routing_route(owner), from->route);
    owner->present = true;
    owner->epoch_max = state->store_epoch;
    owner->worker = from->number;
    owner->route_size = routing_copy_route(owner->route, from->route);
    owner->heard_ms = step->event->now_ms;
    owner->roster_due = true;
    if (is_new) {
        note(step, ROUTING_NOTE_OWNER, routing_lineage(owner));
    }
}

static void on_attach(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    struct th_attach message;
    if (th_attach_read(step->event->body, &routing->arena, &message, NULL) != TH_OK ||
        message.count > ROUTING_PROVINCES_MAX) {
        routing->counts.malformed++;
        return;
    }
    for (size_t i = 0; i < message.count; i++) {
        const struct th_province_state *state = &message.provinces[i];
        struct routing_owner *owner = routing_owner_of(routing, state->lineage);
        if (may_own(step, owner, state)) {
            attach(step, owner, state);
        } else {
            routing->counts.fenced++;
        }
    }
    routing_send_rosters(step);
}

// Is the sender of this message the one who owns it now? By its connection too: a worker that was
// started twice with one key is two.
bool routing_owns(const struct routing_step *step, const struct routing_owner *owner)
{
    const struct th_peer *from = &step->event->from;
    return owner != NULL && owner->present && owner->worker == from->number &&
           th_bytes_equal(routing_route(owner), from->route);
}

// ---- KEYS ----

static int compare_numbers(const void *a, const void *b)
{
    const struct th_key_entry *first = a;
    const struct th_key_entry *second = b;
    return (first->number > second->number) - (first->number < second->number);
}

// The list is in the order of numbers, in which a worker writes it.
static bool has_lost(const struct th_keys *list, const struct th_key_entry *known)
{
    const struct th_key_entry *told =
        bsearch(known, list->keys, list->count, sizeof(*list->keys), compare_numbers);
    return told == NULL || th_key_is_later(known, told);
}

static size_t find_lost(const struct routing_step *step,
                        struct th_bytes lineage,
                        const struct th_keys *list,
                        struct th_key_entry *lost)
{
    const struct th_roster *roster = step->routing->roster;
    size_t count = 0;
    for (size_t i = 0; i < roster->entry_count && count < TH_LIST_MAX; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if (entry->joined && th_bytes_equal(entry->lineage, lineage)) {
            lost[count] = th_roster_key(entry);
            count += has_lost(list, &lost[count]);
        }
    }
    return count;
}

static void send_to_owner(const struct routing_step *step,
                          const struct routing_owner *owner,
                          uint32_t type,
                          struct th_bytes body);

// G6
static void tell_lost(const struct routing_step *step,
                      const struct routing_owner *owner,
                      const struct th_keys *list)
{
    struct routing *routing = step->routing;
    struct th_key_entry *keys = th_arena_take(&routing->arena, TH_LIST_MAX * sizeof(*keys));
    if (keys == NULL) {
        return;
    }
    struct th_keys lost = {.lineage = routing_lineage(owner), .keys = keys};
    lost.count = find_lost(step, lost.lineage, list, keys);
    const size_t start = routing->out.size;
    th_keys_write(&routing->out, &lost);
    if (lost.count == 0 || routing->out.overflow) {
        routing->out.size = start;
        routing->out.overflow = false;
        return;
    }
    send_to_owner(
        step,
        owner,
        TH_MSG_KEYS,
        (struct th_bytes){.data = routing->out.data + start, .size = routing->out.size - start});
}

static void on_keys(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    struct th_keys keys;
    if (th_keys_read(step->event->body, &routing->arena, &keys, NULL) != TH_OK) {
        routing->counts.malformed++;
        return;
    }
    const struct routing_owner *owner = routing_owner_of(routing, keys.lineage);
    if (!routing_owns(step, owner)) {
        routing->counts.fenced++;
        return;
    }
    struct th_action *action = th_actions_add(step->actions, TH_ACT_NOTE);
    action->code = ROUTING_NOTE_KEYS;
    action->header = routing_keep(routing, keys.lineage);
    action->body = routing_keep(routing, step->event->body);
    tell_lost(step, owner, &keys);
}

void routing_from_worker(const struct routing_step *step)
{
    struct th_header header;
    if (th_header_read(step->event->header, &header, NULL) != TH_OK ||
        header.protocol != TH_PROTOCOL) {
        step->routing->counts.malformed++;
        return;
    }
    switch (header.type) {
    case TH_MSG_ATTACH:
        on_attach(step);
        return;
    case TH_MSG_KEYS:
        on_keys(step);
        return;
    case TH_MSG_WELCOME:
    case TH_MSG_ACK:
    case TH_MSG_REFUSAL:
    case TH_MSG_PONG:
    case TH_MSG_REGISTER:
    case TH_MSG_RESTORE:
    case TH_MSG_RESYNCED:
    case TH_MSG_JOINED:
    case TH_MSG_ANSWER:
        routing_pass_answer(step, &header);
        return;
    default:
        step->routing->counts.wrong_type++;
        return;
    }
}

// ---- ROSTER ----

static bool belongs(const struct th_roster_entry *entry, const struct routing_owner *owner)
{
    return entry->class != TH_PEER_WORKER && th_bytes_equal(entry->lineage, routing_lineage(owner));
}

// The complete list of a province; NULL when the arena is full, which the roster's bounds exclude.
static struct th_roster_grant *
list_grants(const struct routing_step *step, const struct routing_owner *owner, size_t *count)
{
    const struct th_roster *roster = step->routing->roster;
    size_t max = 0;
    for (size_t i = 0; i < roster->entry_count; i++) {
        max += belongs(&roster->entries[i], owner);
    }
    struct th_roster_grant *grants =
        th_arena_take(&step->routing->arena, (max + 1) * sizeof(*grants));
    *count = 0;
    for (size_t i = 0; grants != NULL && i < roster->entry_count; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if (belongs(entry, owner)) {
            grants[*count] = (struct th_roster_grant){.number = th_roster_speaks_as(entry),
                                                      .class = entry->class,
                                                      .only = entry->only,
                                                      .revoked = entry->revoked,
                                                      .units = entry->units,
                                                      .unit_count = entry->unit_count};
            (*count)++;
        }
    }
    return grants;
}

static bool write_roster(const struct routing_step *step,
                         const struct routing_owner *owner,
                         struct th_bytes *body)
{
    struct routing *routing = step->routing;
    size_t count = 0;
    const struct th_roster_grant *grants = list_grants(step, owner, &count);
    if (grants == NULL) {
        return false;
    }
    const struct th_roster_message message = {.lineage = routing_lineage(owner),
                                              .generation = routing->roster->generation,
                                              .grants = grants,
                                              .count = count};
    const size_t start = routing->out.size;
    th_roster_message_write(&routing->out, &message);
    th_arena_reset(&routing->arena);
    if (routing->out.overflow || routing->out.size - start > TH_FRAME_BYTES_MAX) {
        routing->out.size = start;
        routing->out.overflow = false;
        return false;
    }
    *body = (struct th_bytes){.data = routing->out.data + start, .size = routing->out.size - start};
    return true;
}

static void send_to_owner(const struct routing_step *step,
                          const struct routing_owner *owner,
                          uint32_t type,
                          struct th_bytes body)
{
    struct routing *routing = step->routing;
    const struct th_envelope envelope = {.class = TH_PEER_WORKER,
                                         .number = owner->worker,
                                         .lineage = routing_lineage(owner),
                                         .store_id = owner->store_id,
                                         .store_epoch = owner->epoch_max};
    struct th_header header = {.protocol = TH_PROTOCOL, .type = type};
    routing_stamp_server_key(routing, &header);
    uint8_t bytes[2][TH_HEADER_BYTES_MAX];
    struct th_writer writers[2] = {TH_WRITER(bytes[0]), TH_WRITER(bytes[1])};
    th_envelope_write(&writers[0], &envelope);
    th_header_write(&writers[1], &header);

    struct th_action *send = th_actions_add(step->actions, TH_ACT_SEND);
    send->port = ROUTING_WORKERS;
    send->to = (struct th_peer){
        .class = TH_PEER_WORKER, .number = owner->worker, .route = routing_route(owner)};
    send->envelope = routing_keep(routing, th_written(&writers[0]));
    send->header = routing_keep(routing, th_written(&writers[1]));
    send->body = body;
}

static void send_roster(const struct routing_step *step, struct routing_owner *owner)
{
    struct th_bytes body;
    owner->roster_due = false;
    if (!write_roster(step, owner, &body)) {
        step->routing->counts.too_large++;
        return;
    }
    send_to_owner(step, owner, TH_MSG_ROSTER, body);
}

// What finds no room in this step stays due for the next tick.
void routing_send_rosters(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    if (routing->roster == NULL) {
        return;
    }
    for (size_t i = 0; i < routing->owner_count; i++) {
        struct routing_owner *owner = &routing->owners[i];
        if (owner->present && owner->roster_due && routing_has_room(step)) {
            send_roster(step, owner);
        }
    }
}

void routing_look_after_owners(const struct routing_step *step)
{
    for (size_t i = 0; i < step->routing->owner_count; i++) {
        struct routing_owner *owner = &step->routing->owners[i];
        if (owner->present && step->event->now_ms - owner->heard_ms > ROUTING_OWNER_MS) {
            owner->present = false; // the epoch stays: a slower worker is still fenced
            note(step, ROUTING_NOTE_LOST, routing_lineage(owner));
        }
    }
    routing_release_held(step);
}
