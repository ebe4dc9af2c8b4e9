// faults.c - when what goes wrong, drawn from the swarm, and the end of all that

#include "tests/sim/world_body.h"

enum {
    SILENT_MS_MAX = 60 * 1000,
    REFUSED_MS_MAX = 60 * 1000,
    FULL_MS_MAX = 30 * 1000,
    NODE_FULL_MS_MAX = 5000,
    FROZEN_MS_MAX = 30 * 1000,
    DOOM_ACTIONS_MAX = 40,
    ROOM_BYTES_MAX = 4000,
    JUMP_DAYS_MAX = 10,
    DAY_MS = 24 * 3600 * 1000,
};

// What a plan says: which fault, its target, and whether it ends.
static uint64_t pack(enum swarm_fault fault, size_t target, bool ends)
{
    return (uint64_t)fault | (uint64_t)(ends ? 1 : 0) << 8 | (uint64_t)target << 16;
}

static void plan(struct world *world, uint64_t in_ms, uint64_t number)
{
    heap_push(&world->heap,
              (struct happening){
                  .at = world->now + in_ms, .what = HAPPENS_FAULT, .who = -1, .number = number});
}

static bool is_strength(enum swarm_fault fault)
{
    return fault == SWARM_loss || fault == SWARM_twice || fault == SWARM_tail ||
           fault == SWARM_slow_commits || fault == SWARM_liars || fault == SWARM_slow_viewers;
}

void faults_plan(struct world *world)
{
    for (int fault = 0; fault < SWARM_FAULT_COUNT; fault++) {
        const uint32_t count =
            is_strength((enum swarm_fault)fault) ? 0 : world->swarm.faults[fault];
        for (uint32_t i = 0; i < count; i++) {
            plan(world,
                 1 + rng_below(&world->rng, world->swarm.load_ms),
                 pack((enum swarm_fault)fault, 0, false));
        }
    }
}

static struct actor *any_actor(struct world *world, enum actor_role role)
{
    size_t count = 0;
    for (size_t i = 0; i < world->actor_count; i++) {
        count += world->actors[i].role == role ? 1 : 0;
    }
    uint32_t chosen = rng_below(&world->rng, (uint32_t)count);
    for (size_t i = 0; i < world->actor_count; i++) {
        if (world->actors[i].role == role && chosen-- == 0) {
            return &world->actors[i];
        }
    }
    th_unreachable();
}

static struct link *any_link(struct world *world)
{
    return &world->links[rng_below(&world->rng, (uint32_t)world->link_count)];
}

static uint64_t up_to(struct world *world, uint32_t ms)
{
    return 1 + rng_below(&world->rng, ms);
}

static void happen_to_link(struct world *world, enum swarm_fault fault)
{
    struct link *link = any_link(world);
    const size_t index = (size_t)(link - world->links);
    const uint64_t until = world->now + up_to(world, SILENT_MS_MAX);
    switch ((int)fault) {
    case SWARM_cuts:
        world_cut(world, link);
        break;
    case SWARM_stalls:
        link->silent[0] = link->silent[1] = until;
        world_note(world, link->client, "silent both ways", until);
        break;
    case SWARM_one_way: {
        const size_t way = rng_below(&world->rng, 2);
        link->silent[way] = until;
        world_note(world, link->client, way == 0 ? "cannot be heard" : "cannot hear", until);
        break;
    }
    case SWARM_stuck:
        world_stick(world, link);
        break;
    case SWARM_refusals:
        if (link->client->role == ACTOR_NODE) {
            link->refused = true;
            world_cut(world, link);
            plan(world, up_to(world, REFUSED_MS_MAX), pack(fault, index, true));
        }
        break;
    default:
        th_unreachable();
    }
}

static struct actor *of_fault(struct world *world, enum swarm_fault fault)
{
    switch ((int)fault) {
    case SWARM_broker_crashes:
        return any_actor(world, ACTOR_BROKER);
    case SWARM_worker_crashes:
    case SWARM_full_disks:
        return any_actor(world, ACTOR_WORKER);
    case SWARM_node_crashes:
    case SWARM_full_nodes:
        return any_actor(world, ACTOR_NODE);
    default:
        return rng_chance(&world->rng, 50) ? any_actor(world, ACTOR_WORKER)
                                           : any_actor(world, ACTOR_NODE);
    }
}

// The commit fails, or a worker's change already does.
static void fill_disk(struct world *world, struct actor *actor, enum swarm_fault fault)
{
    if (fault == SWARM_full_disks && rng_chance(&world->rng, 50)) {
        const size_t bytes = th_store_memory_bytes(actor->disk);
        th_store_memory_limit(actor->disk, bytes + 1 + rng_below(&world->rng, ROOM_BYTES_MAX));
    } else {
        actor->fail_commits = true;
    }
}

static void empty_disk(struct actor *actor)
{
    actor->fail_commits = false;
    if (actor->disk != NULL) {
        th_store_memory_limit(actor->disk, 0);
    }
}

static void happen_to_actor(struct world *world, enum swarm_fault fault)
{
    struct actor *actor = of_fault(world, fault);
    const size_t index = (size_t)(actor - world->actors);
    switch ((int)fault) {
    case SWARM_node_crashes:
    case SWARM_worker_crashes:
    case SWARM_broker_crashes:
        world_kill(world, actor);
        break;
    case SWARM_mid_crashes:
        actor->doom = 1 + rng_below(&world->rng, DOOM_ACTIONS_MAX);
        break;
    case SWARM_full_disks:
    case SWARM_full_nodes:
        fill_disk(world, actor, fault);
        plan(world,
             up_to(world, fault == SWARM_full_disks ? FULL_MS_MAX : NODE_FULL_MS_MAX),
             pack(fault, index, true));
        break;
    case SWARM_io_errors:
        actor->io_error = true;
        break;
    case SWARM_clock_jumps:
        actor->wall_offset = rng_between(&world->rng, -JUMP_DAYS_MAX, JUMP_DAYS_MAX) * DAY_MS;
        break;
    case SWARM_freezes:
        world_freeze(world, actor, up_to(world, FROZEN_MS_MAX));
        break;
    default:
        th_unreachable();
    }
}

void faults_happen(struct world *world, uint64_t number)
{
    const enum swarm_fault fault = (enum swarm_fault)(number & 0xff);
    const size_t target = (size_t)(number >> 16);
    if ((number >> 8 & 1) != 0) {
        if (fault == SWARM_refusals) {
            world->links[target].refused = world->links[target].revoked;
        } else {
            empty_disk(&world->actors[target]);
        }
        return;
    }
    if (world->healed) {
        return;
    }
    world->faults++;
    world_note(world, NULL, SWARM_NAMES[fault], 0);
    switch ((int)fault) {
    case SWARM_cuts:
    case SWARM_stalls:
    case SWARM_one_way:
    case SWARM_stuck:
    case SWARM_refusals:
        happen_to_link(world, fault);
        break;
    case SWARM_revocations:
    case SWARM_node_restores:
    case SWARM_lost_commits:
    case SWARM_new_stores:
        world->on_fault(world, fault);
        break;
    default:
        happen_to_actor(world, fault);
        break;
    }
}

void faults_heal(struct world *world)
{
    world_note(world, NULL, "healed", 0);
    world->healed = true;
    for (size_t i = 0; i < world->link_count; i++) {
        struct link *link = &world->links[i];
        link->silent[0] = link->silent[1] = 0;
        link->refused = link->revoked;
    }
    for (size_t i = 0; i < world->actor_count; i++) {
        struct actor *actor = &world->actors[i];
        empty_disk(actor);
        actor->io_error = false;
        actor->doom = 0;
    }
}
