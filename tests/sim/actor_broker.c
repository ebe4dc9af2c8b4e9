// actor_broker.c - the broker in the world: broker/routing

#include <stdlib.h>
#include <string.h>

#include "broker/routing.h"
#include "dashboards/subscriber.h"
#include "tests/sim/run.h"

enum { ROUTE_BYTES = 4, SUBSCRIBED_MS = 300 };

static struct routing routing;
static void *memory;

static bool make(struct world *world, struct actor *actor)
{
    static const struct routing_limits limits = {.window_batches = 4, .window_bytes = 1024 * 1024};
    struct run *run = world->context;
    memset(run->broker_epochs, 0, sizeof(run->broker_epochs));
    if (memory == NULL) {
        memory = malloc(routing_memory());
        th_assert(memory != NULL);
    }
    actor->machine = &routing;
    const enum th_err err =
        routing_init(&routing, &limits, (struct th_memory){memory, routing_memory()});
    th_assert(err == TH_OK);
    routing_set_roster(&routing, &run->roster);
    return true;
}

static void step(struct world *world,
                 struct actor *actor,
                 const struct th_event *event,
                 struct th_actions *actions)
{
    (void)world;
    routing_step(actor->machine, event, actions);
}

// C8: what the broker says to a worker about a node, against what the world knows.
static void see(struct world *world, const struct th_action *action)
{
    static _Alignas(16) uint8_t space[16 * 1024];
    struct th_arena arena = th_arena_of(space, sizeof(space));
    struct run *run = world->context;
    struct th_envelope envelope;
    if (th_envelope_read(action->envelope, &arena, &envelope, NULL) != TH_OK) {
        world_fail(world, "C9: the broker wrote an envelope that cannot be read");
        return;
    }
    const struct link *from = envelope.route.size == ROUTE_BYTES
                                  ? world_link_conn(world, th_get_u32(envelope.route.data))
                                  : NULL;
    if ((envelope.class != TH_PEER_NODE && envelope.class != TH_PEER_DESK) || from == NULL) {
        return; // its own, or of a connection that has gone since
    }
    const uint32_t sender = from->client->number;
    uint64_t *epoch = &run->broker_epochs[action->to.number];
    const struct oracle_passage passage = {
        .sender = sender,
        .named = load_speaker(&world->swarm, action->to.number, envelope.number),
        .revoked = run->revoked[sender],
        .epoch = envelope.store_epoch,
        .epoch_before = *epoch,
    };
    oracle_passed(run->oracle, &passage);
    *epoch = envelope.store_epoch > *epoch ? envelope.store_epoch : *epoch;
}

void actor_broker_roster(struct run *run)
{
    if (run->broker->alive) {
        routing_set_roster(&routing, &run->roster);
        world_tell(&run->world, run->broker, TH_EV_ROSTER);
    }
}

// To everybody whose subscription has come to be known; those that look at another province too,
// as a prefix may match more than is meant.
static void publish(struct world *world, const struct th_action *action)
{
    const uint32_t slow = world->healed ? 0 : world->swarm.faults[SWARM_slow_viewers];
    for (size_t i = 0; i < world->link_count; i++) {
        struct link *link = &world->links[i];
        const bool feed = link->client->role == ACTOR_VIEWER && link->door == SUBSCRIBER_FEED;
        // ZeroMQ drops the newest for a slow subscriber, without a word.
        const bool delta = *(const char *)action->header.data == 't';
        if (feed && delta && rng_chance(&world->rng, slow)) {
            continue;
        }
        if (feed && link->state == LINK_UP && world->now - link->since >= SUBSCRIBED_MS) {
            const struct parcel parcel = {
                .published = true, .header = action->header, .body = action->body};
            world_send(world, link, &parcel);
        }
    }
}

static void act(struct world *world, struct actor *actor, const struct th_action *action)
{
    if (action->kind == TH_ACT_PUBLISH) {
        publish(world, action);
    }
    if (action->kind != TH_ACT_SEND) {
        return;
    }
    th_assert(action->to.route.size == ROUTE_BYTES);
    struct link *link = world_link_conn(world, th_get_u32(action->to.route.data));
    if (action->port == ROUTING_WORKERS) {
        see(world, action);
    }
    if (link != NULL) {
        const struct parcel parcel = {
            .envelope = action->envelope, .header = action->header, .body = action->body};
        world_send(world, link, &parcel);
        return;
    }
    // Nobody is there (EHOSTUNREACH).
    struct th_action items[ROUTING_ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = TH_COUNT(items)};
    if (action->port == ROUTING_WORKERS) {
        routing_unsent(actor->machine, &actions);
    }
    for (size_t i = 0; i < actions.count; i++) {
        if (items[i].port != ROUTING_WORKERS) {
            act(world, actor, &items[i]);
        }
    }
}

static void receive(struct world *world, struct actor *actor, const struct parcel *parcel)
{
    const struct actor *client = parcel->link->client;
    static const struct {
        enum th_peer_class class;
        enum routing_port port;
    } ROLES[] = {
        [ACTOR_WORKER] = {TH_PEER_WORKER, ROUTING_WORKERS},
        [ACTOR_NODE] = {TH_PEER_NODE, ROUTING_NODES},
        [ACTOR_VIEWER] = {TH_PEER_VIEWER, ROUTING_QUERIES},
    };
    const bool viewer = client->role == ACTOR_VIEWER;
    const bool desk = client->role == ACTOR_NODE && load_is_desk(client->number);
    uint8_t route[ROUTE_BYTES];
    th_put_u32(route, parcel->route);
    struct th_event event = {
        .kind = TH_EV_MESSAGE,
        .port = ROLES[client->role].port,
        .from = {.class = desk ? TH_PEER_DESK : ROLES[client->role].class,
                 .number = viewer ? run_viewer_number(client->number) : client->number,
                 .route = {route, sizeof(route)}},
        .envelope = parcel->envelope,
        .header = parcel->header,
        .body = parcel->body,
    };
    if (parcel->published) {
        event.port = ROUTING_RELAY;
    }
    world_step(world, actor, event);
}

const struct actor_ops ACTOR_BROKER_OPS = {
    .make = make,
    .step = step,
    .act = act,
    .receive = receive,
};
