// links.c - connections and the messages on them; see world.h, W1..W4

#include <stdlib.h>
#include <string.h>

#include "tests/sim/world_body.h"

enum {
    DELAY_MS_MAX = 60,
    TAIL_MS_MAX = 30 * 1000,
    AGAIN_MS_MAX = 60 * 1000,
    RECONNECT_MS_MIN = 100,
    RECONNECT_MS_MAX = 8000,
    HANDSHAKE_MS_MAX = 50,
    CUT_SEEN_MS_MAX = 10,
};

struct link *
world_link(struct world *world, struct actor *client, struct actor *server, unsigned door)
{
    th_assert(world->link_count < WORLD_LINKS_MAX);
    struct link *link = &world->links[world->link_count++];
    *link = (struct link){.client = client, .server = server, .door = door};
    return link;
}

struct link *world_link_of(struct world *world, const struct actor *client)
{
    for (size_t i = 0; i < world->link_count; i++) {
        if (world->links[i].client == client) {
            return &world->links[i];
        }
    }
    return NULL;
}

struct link *world_link_at(struct world *world, const struct actor *client, unsigned door)
{
    for (size_t i = 0; i < world->link_count; i++) {
        if (world->links[i].client == client && world->links[i].door == door) {
            return &world->links[i];
        }
    }
    th_unreachable();
}

struct link *world_link_conn(struct world *world, uint32_t conn)
{
    for (size_t i = 0; i < world->link_count; i++) {
        if (world->links[i].conn == conn && world->links[i].state == LINK_UP) {
            return &world->links[i];
        }
    }
    return NULL;
}

// ---- coming up, going down ----

static void try_later(struct world *world, struct link *link, uint64_t in_ms)
{
    heap_push(&world->heap,
              (struct happening){.at = world->now + in_ms,
                                 .what = HAPPENS_CONNECT,
                                 .who = (int)(link - world->links),
                                 .number = link->conn});
}

static uint64_t reconnect_ms(struct world *world)
{
    return (uint64_t)rng_between(&world->rng, RECONNECT_MS_MIN, RECONNECT_MS_MAX);
}

static bool is_silent(const struct world *world, const struct link *link)
{
    return link->silent[0] > world->now || link->silent[1] > world->now;
}

static void connect(struct world *world, struct link *link)
{
    if (link->state != LINK_DOWN || !link->client->alive) {
        return;
    }
    link->conn = ++world->conns; // other tries are void
    if (!link->server->alive || link->server->frozen || is_silent(world, link)) {
        try_later(world, link, reconnect_ms(world));
        return;
    }
    if (link->refused) {
        link->state = LINK_STUCK;
        world_note(world, link->client, "key refused", link->door);
        world_tell_door(world, link->client, TH_EV_KEY_REFUSED, link->door);
        return;
    }
    link->state = LINK_UP;
    link->since = world->now;
    link->last_at[0] = link->last_at[1] = world->now;
    world_note(world, link->client, "link up", link->conn);
    world_tell_door(world, link->client, TH_EV_LINK_UP, link->door);
}

// The connection is gone; the client sees it unless it is the client that died.
static void drop(struct world *world, struct link *link, bool seen)
{
    const bool was_up = link->state == LINK_UP;
    link->state = LINK_DOWN;
    link->conn = ++world->conns;
    if (seen && was_up) {
        world_note(world, link->client, "link down", link->door);
        world_tell_door(world, link->client, TH_EV_LINK_DOWN, link->door);
    }
}

void world_cut(struct world *world, struct link *link)
{
    if (link->state == LINK_UP && link->client->alive) {
        world->faults++;
        drop(world, link, true);
        if (link->state == LINK_DOWN) {
            try_later(world, link, reconnect_ms(world));
        }
    }
}

// W2. Only where a watchdog of ours may rebuild it.
void world_stick(struct world *world, struct link *link)
{
    if (link->state == LINK_UP && link->client->role != ACTOR_WORKER) {
        world->faults++;
        world_note(world, link->client, "link stuck", link->door);
        link->state = LINK_STUCK;
    }
}

void link_rebuild(struct world *world, struct link *link)
{
    drop(world, link, false);
    try_later(world, link, 1 + rng_below(&world->rng, HANDSHAKE_MS_MAX));
}

void links_restart(struct world *world, struct actor *actor)
{
    for (size_t i = 0; i < world->link_count && actor->alive; i++) {
        struct link *link = &world->links[i];
        if (link->client == actor) {
            link->state = LINK_DOWN;
            link->conn = ++world->conns;
            try_later(world, link, 1 + rng_below(&world->rng, HANDSHAKE_MS_MAX));
        }
    }
}

void links_die(struct world *world, struct actor *actor)
{
    for (size_t i = 0; i < world->link_count; i++) {
        struct link *link = &world->links[i];
        if (link->client == actor) {
            drop(world, link, false);
        } else if (link->server == actor && link->state == LINK_UP) {
            drop(world, link, true);
            try_later(world, link, reconnect_ms(world));
        }
    }
}

// ---- messages ----

static struct th_bytes copy_bytes(uint8_t **to, struct th_bytes bytes)
{
    const struct th_bytes copy = {.data = *to, .size = bytes.size};
    if (bytes.size > 0) {
        memcpy(*to, bytes.data, bytes.size);
    }
    *to += bytes.size;
    return copy;
}

static struct parcel *copy_of(const struct parcel *parcel)
{
    const size_t size = parcel->envelope.size + parcel->header.size + parcel->body.size;
    struct parcel *copy = malloc(sizeof(*copy) + size);
    th_assert(copy != NULL);
    *copy = *parcel;
    uint8_t *bytes = (uint8_t *)(copy + 1);
    copy->envelope = copy_bytes(&bytes, parcel->envelope);
    copy->header = copy_bytes(&bytes, parcel->header);
    copy->body = copy_bytes(&bytes, parcel->body);
    return copy;
}

static void deliver(struct world *world, const struct parcel *parcel, uint64_t at)
{
    heap_push(
        &world->heap,
        (struct happening){.at = at, .what = HAPPENS_ARRIVE, .who = -1, .thing = copy_of(parcel)});
}

static uint32_t strength(const struct world *world, enum swarm_fault fault)
{
    return world->healed ? 0 : world->swarm.faults[fault];
}

void world_send(struct world *world, struct link *link, const struct parcel *parcel)
{
    const int way = parcel->to_server ? 0 : 1;
    if (link->state != LINK_UP) {
        return; // a stuck link takes it and keeps it; one that is down refuses it
    }
    if (link->silent[way] > world->now || rng_chance(&world->rng, strength(world, SWARM_loss))) {
        world->faults++;
        return;
    }
    const bool tail = rng_chance(&world->rng, strength(world, SWARM_tail));
    uint64_t at = world->now + 1 + rng_below(&world->rng, tail ? TAIL_MS_MAX : DELAY_MS_MAX);
    at = at < link->last_at[way] ? link->last_at[way] : at; // W1
    link->last_at[way] = at;
    struct parcel sent = *parcel;
    sent.link = link;
    sent.conn = link->conn;
    sent.route = link->conn;
    deliver(world, &sent, at);
    if (rng_chance(&world->rng, strength(world, SWARM_twice))) {
        world->faults++;
        sent.conn = 0;
        deliver(world, &sent, at + rng_below(&world->rng, AGAIN_MS_MAX));
    }
}

static void arrive(struct world *world, struct parcel *parcel)
{
    const struct link *link = parcel->link;
    struct actor *actor = parcel->to_server ? link->server : link->client;
    const bool whole = parcel->conn == 0 || (parcel->conn == link->conn && link->state == LINK_UP);
    if (!whole || !actor->alive) {
        free(parcel);
        return;
    }
    world_arrive(world, actor, parcel);
}

void links_happen(struct world *world, struct happening *next)
{
    if (next->what == HAPPENS_ARRIVE) {
        arrive(world, next->thing);
        return;
    }
    struct link *link = &world->links[next->who];
    if (next->number == link->conn) {
        connect(world, link);
    }
}
