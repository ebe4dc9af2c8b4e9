// world.c - see world.h; the heap, the actors and their steps

#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world_body.h"

enum {
    WALL_MS = 1795500, // thousands of seconds since 1970: November 2026
    DAY_FIRST = 7305,  // days from 1970 to 1990
    RESTART_MS_MAX = 20 * 1000,
    TURN_MS_MAX = 5,
    START_MS = 1000,
    FROZEN_LOOK_MS = 50,
    ACTIONS_MAX = 4096,
};

static const char *const ROLES[] = {"broker", "worker", "node", "viewer"};

// ---- trace ----

static void trace(struct world *world, const struct actor *actor, const char *what, uint64_t number)
{
    if (world->tracing) {
        uint8_t bytes[8 + 8 + 4];
        th_put_u64(bytes, world->now);
        th_put_u64(bytes + 8, number);
        th_put_u32(bytes + 16, actor == NULL ? UINT32_MAX : (uint32_t)(actor - world->actors));
        th_hash_run_add(&world->trace, (struct th_bytes){bytes, sizeof(bytes)});
        th_hash_run_add(&world->trace, th_bytes_of(what));
    }
    if (world->print != NULL) {
        (void)fprintf(world->print, "%10" PRIu64 " ", world->now);
        if (actor != NULL) {
            (void)fprintf(world->print, "%s %" PRIu32 " ", ROLES[actor->role], actor->number);
        }
        (void)fprintf(world->print, "%s %" PRIu64 "\n", what, number);
    }
}

static void trace_message(struct world *world, struct th_bytes header, struct th_bytes body)
{
    if (world->tracing) {
        th_hash_run_add(&world->trace, header);
        th_hash_run_add(&world->trace, body);
    }
}

void world_note(struct world *world, const struct actor *actor, const char *what, uint64_t number)
{
    trace(world, actor, what, number);
}

void world_fail(struct world *world, const char *format, ...)
{
    if (world->failed) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(world->failure, sizeof(world->failure), format, args);
    va_end(args);
    world->failed = true;
    trace(world, NULL, world->failure, 0);
}

// ---- plans ----

void world_push(struct world *world, uint64_t in_ms, enum happening_kind what, int who)
{
    heap_push(&world->heap,
              (struct happening){.at = world->now + in_ms, .what = (int)what, .who = who});
}

static void
push_actor(struct world *world, uint64_t in_ms, enum happening_kind what, const struct actor *actor)
{
    heap_push(&world->heap,
              (struct happening){.at = world->now + in_ms,
                                 .what = (int)what,
                                 .who = (int)(actor - world->actors),
                                 .number = actor->life});
}

void world_plan(struct world *world, uint64_t in_ms, uint64_t number)
{
    heap_push(&world->heap,
              (struct happening){
                  .at = world->now + in_ms, .what = HAPPENS_PLAN, .who = -1, .number = number});
}

// ---- actors ----

struct actor *world_actor(struct world *world, enum actor_role role, const struct actor_ops *ops)
{
    th_assert(world->actor_count < WORLD_ACTORS_MAX);
    struct actor *actor = &world->actors[world->actor_count++];
    *actor = (struct actor){.role = role, .ops = ops};
    actor->clock_offset = rng_below(&world->rng, 1000 * 1000);
    return actor;
}

void world_start(struct world *world, const struct swarm *swarm)
{
    *world = (struct world){.swarm = *swarm, .now = 1000};
    rng_seed(&world->rng, swarm->seed ^ UINT64_C(0x5151515151515151) ^ (uint64_t)swarm->salt << 40);
    th_hash_run_start(&world->trace);
}

void world_end(struct world *world)
{
    struct happening happening;
    while (heap_pop(&world->heap, &happening)) {
        free(happening.thing);
    }
    heap_free(&world->heap);
    for (size_t i = 0; i < world->actor_count; i++) {
        struct actor *actor = &world->actors[i];
        for (size_t k = 0; k < actor->waiting_count; k++) {
            free(actor->waiting[k]);
        }
        th_store_memory_free(actor->disk);
    }
}

void world_begin(struct world *world)
{
    for (size_t i = 0; i < world->actor_count; i++) {
        push_actor(world, rng_below(&world->rng, START_MS), HAPPENS_RESTART, &world->actors[i]);
    }
}

static void restart(struct world *world, struct actor *actor)
{
    uint8_t entropy[32];
    actor->alive = true;
    actor->frozen = false;
    actor->committing = false;
    actor->turn_planned = false;
    actor->late_wake = false;
    actor->late_commit = false;
    actor->wake_at = 0;
    actor->doom = 0;
    trace(world, actor, "starts", actor->life);
    if (!actor->ops->make(world, actor)) {
        world_kill(world, actor);
        return;
    }
    rng_bytes(&world->rng, entropy, sizeof(entropy));
    world_step(
        world, actor, (struct th_event){.kind = TH_EV_START, .body = {entropy, sizeof(entropy)}});
    links_restart(world, actor);
}

void world_kill(struct world *world, struct actor *actor)
{
    if (!actor->alive) {
        return;
    }
    trace(world, actor, "dies", actor->life);
    world->faults++;
    actor->alive = false;
    actor->life++;
    if (actor->disk != NULL) {
        // W5: the commit under way may have reached the disk.
        if (actor->committing && !actor->fail_commits && rng_chance(&world->rng, 50)) {
            th_store_memory_commit(actor->disk);
            trace(world, actor, "commit reached the disk", actor->commit);
            if (actor->ops->committed != NULL) {
                actor->ops->committed(world, actor);
            }
        } else {
            th_store_memory_abort(actor->disk);
        }
    }
    for (size_t i = 0; i < actor->waiting_count; i++) {
        free(actor->waiting[i]);
    }
    actor->waiting_count = 0;
    actor->committing = false;
    world->on_death(world, actor);
    links_die(world, actor);
    push_actor(world,
               world->healed ? 100 : rng_below(&world->rng, RESTART_MS_MAX),
               HAPPENS_RESTART,
               actor);
}

void world_freeze(struct world *world, struct actor *actor, uint64_t for_ms)
{
    if (actor->alive && !actor->frozen) {
        trace(world, actor, "frozen", for_ms);
        actor->frozen = true;
        push_actor(world, for_ms, HAPPENS_THAW, actor);
    }
}

// ---- steps ----

static bool carry_out(struct world *world, struct actor *actor, const struct th_action *action)
{
    static const char *const KINDS[] = {
        "SEND", "PUBLISH", "COMMIT", "ABORT", "WAKE", "REBUILD", "CUT", "NOTE", "EXIT"};
    trace(world, actor, KINDS[action->kind], action->commit + action->code);
    trace_message(world, action->header, action->body);
    switch (action->kind) {
    case TH_ACT_COMMIT:
        th_assert(!actor->committing); // S2
        actor->committing = true;
        actor->commit = action->commit;
        break;
    case TH_ACT_ABORT:
        th_store_memory_abort(actor->disk);
        break;
    case TH_ACT_WAKE:
        actor->wake_at = action->at_ms - actor->clock_offset;
        push_actor(world,
                   actor->wake_at > world->now ? actor->wake_at - world->now : 0,
                   HAPPENS_WAKE,
                   actor);
        break;
    case TH_ACT_REBUILD:
        link_rebuild(world,
                     actor->role == ACTOR_VIEWER ? world_link_at(world, actor, action->port)
                                                 : world_link_of(world, actor));
        break;
    case TH_ACT_EXIT:
        world_kill(world, actor);
        return false;
    case TH_ACT_CUT:
    case TH_ACT_SEND:
    case TH_ACT_PUBLISH:
    case TH_ACT_NOTE:
        actor->ops->act(world, actor, action);
        break;
    }
    if (actor->doom > 0 && --actor->doom == 0) {
        world_kill(world, actor);
        return false;
    }
    return true;
}

static void end_commit(struct world *world, struct actor *actor);

void world_step(struct world *world, struct actor *actor, struct th_event event)
{
    static struct th_action items[ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = ACTIONS_MAX};
    th_assert(actor->alive);
    event.now_ms = world->now + actor->clock_offset;
    event.wall_ms = WALL_MS * INT64_C(1000000) + (int64_t)world->now + actor->wall_offset;
    event.today = (int32_t)(event.wall_ms / (24 * 3600 * 1000)) - DAY_FIRST;
    world->events++;
    trace(world, actor, "event", (uint64_t)event.kind);
    trace_message(world, event.header, event.body);
    actor->ops->step(world, actor, &event, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        if (!carry_out(world, actor, &items[i])) {
            return;
        }
    }
    if (actor->committing) {
        const uint32_t slow = world->healed ? 0 : world->swarm.faults[SWARM_slow_commits];
        push_actor(world, 1 + rng_below(&world->rng, slow + 4), HAPPENS_COMMIT, actor);
    } else if (actor->role == ACTOR_NODE) {
        th_store_memory_abort(actor->disk); // nothing was to be kept
    }
}

static void end_commit(struct world *world, struct actor *actor)
{
    enum th_err err = actor->fail_commits ? TH_E_FULL : TH_OK;
    err = actor->io_error ? TH_E_IO : err;
    actor->io_error = false;
    actor->committing = false;
    trace(world, actor, err == TH_OK ? "committed" : "commit failed", actor->commit);
    if (err == TH_OK) {
        th_store_memory_commit(actor->disk);
        if (actor->ops->committed != NULL) {
            actor->ops->committed(world, actor);
        }
    } else {
        world->faults++;
        th_store_memory_abort(actor->disk);
    }
    if (err == TH_E_IO && actor->role == ACTOR_NODE) {
        world_kill(world, actor); // the agent ends, as its run loop says
        return;
    }
    world_step(world,
               actor,
               (struct th_event){.kind = err == TH_OK ? TH_EV_COMMITTED : TH_EV_COMMIT_FAILED,
                                 .commit = actor->commit,
                                 .err = err});
}

// ---- what has waited ----

static bool is_busy(const struct actor *actor)
{
    return actor->committing || actor->frozen;
}

// Take the first message that waits.
static void take_one(struct world *world, struct actor *actor)
{
    struct parcel *parcel = actor->waiting[0];
    actor->waiting_count--;
    memmove(actor->waiting, actor->waiting + 1, actor->waiting_count * sizeof(*actor->waiting));
    actor->ops->receive(world, actor, parcel);
    free(parcel);
}

static void take_waiting(struct world *world, struct actor *actor)
{
    if (actor->role == ACTOR_WORKER) {
        if (actor->waiting_count > 0 && !actor->turn_planned) {
            actor->turn_planned = true;
            push_actor(world, rng_below(&world->rng, TURN_MS_MAX), HAPPENS_TURN, actor);
        }
        return;
    }
    while (actor->alive && !is_busy(actor) && actor->waiting_count > 0) {
        take_one(world, actor);
    }
}

// A worker's turn: some of what waits, then DRAINED. Now and then one message: a turn has a bound.
static void turn(struct world *world, struct actor *actor)
{
    actor->turn_planned = false;
    if (is_busy(actor)) {
        return; // when it is free again
    }
    const size_t bound = rng_chance(&world->rng, 20) ? 1 : sizeof(actor->waiting);
    for (size_t i = 0; i < bound && actor->waiting_count > 0; i++) {
        take_one(world, actor);
        if (!actor->alive || actor->committing) {
            return;
        }
    }
    world_step(world, actor, (struct th_event){.kind = TH_EV_DRAINED});
    if (actor->alive) {
        take_waiting(world, actor);
    }
}

static void free_again(struct world *world, struct actor *actor)
{
    if (actor->alive && !is_busy(actor) && actor->late_wake) {
        actor->late_wake = false;
        world_step(world, actor, (struct th_event){.kind = TH_EV_TICK});
    }
    if (actor->alive && !is_busy(actor)) {
        take_waiting(world, actor);
    }
}

void world_arrive(struct world *world, struct actor *actor, struct parcel *parcel)
{
    if (actor->waiting_count == TH_COUNT(actor->waiting)) {
        free(parcel); // the socket's high-water mark
        return;
    }
    actor->waiting[actor->waiting_count++] = parcel;
    if (!is_busy(actor)) {
        take_waiting(world, actor);
    }
}

void world_tell(struct world *world, struct actor *actor, enum th_event_kind kind)
{
    world_tell_door(world, actor, kind, 0);
}

void world_tell_door(struct world *world,
                     struct actor *actor,
                     enum th_event_kind kind,
                     unsigned door)
{
    if (!actor->alive) {
        return;
    }
    if (is_busy(actor)) {
        heap_push(&world->heap,
                  (struct happening){.at = world->now + (actor->frozen ? FROZEN_LOOK_MS : 1),
                                     .what = HAPPENS_TELL,
                                     .who = (int)(actor - world->actors),
                                     .number = (uint64_t)actor->life << 16 | (uint64_t)door << 8 |
                                               (uint64_t)kind});
        return;
    }
    world_step(world, actor, (struct th_event){.kind = kind, .port = door, .code = 400});
}

// ---- one thing after another ----

static void happen_to_actor(struct world *world, struct actor *actor, const struct happening *next)
{
    if (next->what == HAPPENS_RESTART) {
        if (!actor->alive && next->number == actor->life) {
            restart(world, actor);
        }
        return;
    }
    if (next->what == HAPPENS_TELL) {
        if (actor->alive && next->number >> 16 == actor->life) {
            world_tell_door(world,
                            actor,
                            (enum th_event_kind)(next->number & 0xff),
                            (unsigned)(next->number >> 8 & 0xff));
        }
        return;
    }
    if (!actor->alive || next->number != actor->life) {
        return;
    }
    if (next->what == HAPPENS_WAKE) {
        if (actor->wake_at == 0 || world->now < actor->wake_at) {
            return; // another one was asked for since
        }
        actor->wake_at = 0;
        actor->late_wake = true;
    } else if (next->what == HAPPENS_THAW) {
        actor->frozen = false;
        if (actor->late_commit) {
            actor->late_commit = false;
            end_commit(world, actor);
        }
    } else if (next->what == HAPPENS_COMMIT) {
        actor->late_commit = actor->frozen;
        if (!actor->frozen) {
            end_commit(world, actor);
        }
    } else if (next->what == HAPPENS_TURN) {
        turn(world, actor);
        return;
    }
    free_again(world, actor);
}

bool world_next(struct world *world)
{
    struct happening next;
    if (!heap_pop(&world->heap, &next)) {
        return false;
    }
    world->now = next.at;
    switch ((enum happening_kind)next.what) {
    case HAPPENS_PLAN:
        world->on_plan(world, next.number);
        break;
    case HAPPENS_FAULT:
        faults_happen(world, next.number);
        break;
    case HAPPENS_ARRIVE:
    case HAPPENS_CONNECT:
        links_happen(world, &next);
        break;
    case HAPPENS_RESTART:
    case HAPPENS_WAKE:
    case HAPPENS_COMMIT:
    case HAPPENS_TURN:
    case HAPPENS_THAW:
    case HAPPENS_TELL:
        happen_to_actor(world, &world->actors[next.who], &next);
        break;
    }
    return true;
}
