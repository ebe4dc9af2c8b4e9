// run.c - see run.h

#include "tests/sim/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dashboards/subscriber.h"

enum {
    PLAN_ENTER = 1,
    PLAN_HEAL = 2,
    PLAN_LOOK = 3,
    PLAN_CUT_REVOKED = 4, // + node << 8, here and below
    PLAN_RESTORE = 5,
    PLAN_POWER_CUT = 6, // + province << 8
    PLAN_BITS = 8,
    FIRST_STORE_ID = 1000,
    LATER_MS_MAX = 15 * 1000,
    LOOK_MS = 500,
    AGAIN_MS = 2,
    // The longest waits of a node: a resend every 5 min, a refused key every 5 min, a rebuild every
    // 2 min, each at most a few times in a row.
    QUIET_MS_MAX = 30 * 60 * 1000,
};

// ---- what runs share ----

static const struct run_setting *setting_of(uint32_t provinces)
{
    static struct run_setting settings[SWARM_PROVINCES_MAX + 1];
    struct run_setting *setting = &settings[provinces];
    for (uint32_t i = 1; i <= provinces && setting->provinces[i] == NULL; i++) {
        setting->provinces[i] = load_province(provinces, i);
    }
    return setting;
}

// An office, or the desk of a province that there is.
static bool run_has_node(const struct run *run, uint32_t node)
{
    const struct swarm *swarm = &run->world.swarm;
    return load_is_desk(node) ? load_province_of(swarm, node) <= swarm->provinces
                              : node <= swarm->nodes;
}

// ---- the roster ----

static void enrol_node(struct run *run, uint32_t node)
{
    char(*names)[LOAD_CODE_BYTES] = run->names[node - 1];
    load_district(node, names[0]);
    load_lineage(load_province_of(&run->world.swarm, node), names[1]);
    run->units[node - 1] = th_bytes_of(names[0]);
    run->entries[run->roster.entry_count++] = (struct th_roster_entry){
        .class = TH_PEER_NODE,
        .number = node,
        .lineage = th_bytes_of(names[1]),
        .units = &run->units[node - 1],
        .unit_count = 1,
        .has_key = true,
    };
}

uint32_t run_viewed(const struct run *run, uint32_t viewer)
{
    return (viewer - 1) % run->world.swarm.provinces + 1;
}

uint32_t run_viewer_number(uint32_t viewer)
{
    return LOAD_NODES_MAX + viewer;
}

static void make_roster(struct run *run)
{
    const struct swarm *swarm = &run->world.swarm;
    run->roster =
        (struct th_roster){.generation = 1, .provinces = run->provinces, .entries = run->entries};
    for (uint32_t node = 1; node <= swarm->nodes; node++) {
        enrol_node(run, node);
    }
    for (uint32_t province = 1; province <= swarm->provinces; province++) {
        char(*names)[LOAD_CODE_BYTES] = run->names[SWARM_NODES_MAX + province - 1];
        run->store_ids[province] = FIRST_STORE_ID * province;
        load_root(province, names[0]);
        load_lineage(province, names[1]);
        run->provinces[run->roster.province_count++] =
            (struct th_roster_province){.lineage = th_bytes_of(names[1]),
                                        .root = th_bytes_of(names[0]),
                                        .store_id = run->store_ids[province]};
        run->entries[run->roster.entry_count++] =
            (struct th_roster_entry){.class = TH_PEER_WORKER, .number = province, .has_key = true};
    }
    for (uint32_t viewer = 1; viewer <= swarm->viewers; viewer++) {
        run->entries[run->roster.entry_count++] = (struct th_roster_entry){
            .class = TH_PEER_VIEWER, .number = run_viewer_number(viewer), .has_key = true};
    }
    for (uint32_t province = 1; province <= swarm->provinces; province++) {
        run->entries[run->roster.entry_count++] =
            (struct th_roster_entry){.class = TH_PEER_DESK,
                                     .number = load_desk_of(province),
                                     .lineage = run->provinces[province - 1].lineage,
                                     .has_key = true,
                                     .has_bootstrap = !load_has_own_desk(swarm)};
    }
}

// ---- the world ----

static struct actor *
add_actor(struct run *run, enum actor_role role, uint32_t number, const struct actor_ops *ops)
{
    struct actor *actor = world_actor(&run->world, role, ops);
    actor->number = number;
    if (role == ACTOR_VIEWER) {
        (void)world_link(&run->world, actor, run->broker, SUBSCRIBER_FEED);
        (void)world_link(&run->world, actor, run->broker, SUBSCRIBER_QUESTIONS);
    } else if (role != ACTOR_BROKER) {
        actor->disk = th_store_memory_make();
        th_assert(actor->disk != NULL);
        (void)world_link(&run->world, actor, run->broker, (unsigned)role);
    }
    return actor;
}

static void populate(struct run *run)
{
    const struct swarm *swarm = &run->world.swarm;
    run->broker = add_actor(run, ACTOR_BROKER, 1, &ACTOR_BROKER_OPS);
    for (uint32_t province = 1; province <= swarm->provinces; province++) {
        run->workers[province] = add_actor(run, ACTOR_WORKER, province, &ACTOR_WORKER_OPS);
    }
    for (uint32_t node = 1; node <= LOAD_NODES_MAX; node++) {
        if (run_has_node(run, node)) {
            run->nodes[node] = add_actor(run, ACTOR_NODE, node, &ACTOR_NODE_OPS);
            actor_node_birth(run, run->nodes[node]);
        }
    }
    for (uint32_t viewer = 1; viewer <= swarm->viewers; viewer++) {
        run->viewers[viewer] = add_actor(run, ACTOR_VIEWER, viewer, &ACTOR_VIEWER_OPS);
    }
}

static void enter_next(struct run *run)
{
    struct world *world = &run->world;
    const struct load_batch *batch = &run->load.batches[run->next_batch];
    // What an office enters after its key was revoked is not looked at.
    if (!run->revoked[batch->node] && !actor_node_enter(run, run->nodes[batch->node], batch)) {
        world_plan(world, AGAIN_MS, PLAN_ENTER);
        return;
    }
    run->next_batch++;
    if (run->next_batch < run->load.count) {
        const uint64_t at = 1000 + run->load.batches[run->next_batch].at_ms;
        world_plan(world, at > world->now ? at - world->now : 0, PLAN_ENTER);
    }
}

static bool is_quiet(struct run *run)
{
    for (uint32_t node = 1; node <= LOAD_NODES_MAX; node++) {
        if (run_has_node(run, node) && !run->revoked[node] &&
            !actor_node_is_quiet(run, run->nodes[node])) {
            return false;
        }
    }
    for (uint32_t viewer = 1; viewer <= run->world.swarm.viewers; viewer++) {
        if (!actor_viewer_is_quiet(run, run->viewers[viewer])) {
            return false;
        }
    }
    return run->next_batch == run->load.count;
}

// ---- faults of what only a run knows ----

static void revoke(struct run *run, uint32_t node)
{
    run->revoked[node] = true;
    run->entries[node - 1].revoked = true;
    run->roster.generation++;
    world_note(&run->world, run->nodes[node], "revoked", run->roster.generation);
    actor_broker_roster(run);
    world_plan(&run->world,
               rng_below(&run->world.rng, LATER_MS_MAX),
               PLAN_CUT_REVOKED | (uint64_t)node << PLAN_BITS);
}

static void cut_revoked(struct run *run, uint32_t node)
{
    struct link *link = world_link_of(&run->world, run->nodes[node]);
    link->revoked = true;
    link->refused = true;
    world_cut(&run->world, link);
}

static void copy_outbox(struct run *run, uint32_t node)
{
    if (run->copies[node] != NULL || run->restored[node]) {
        return;
    }
    run->copies[node] = th_store_memory_copy(run->nodes[node]->disk);
    th_assert(run->copies[node] != NULL);
    world_note(&run->world, run->nodes[node], "outbox copied", actor_node_last(run->nodes[node]));
    world_plan(&run->world,
               rng_below(&run->world.rng, LATER_MS_MAX),
               PLAN_RESTORE | (uint64_t)node << PLAN_BITS);
}

static void restore_outbox(struct run *run, uint32_t node)
{
    struct actor *actor = run->nodes[node];
    world_kill(&run->world, actor);
    th_store_memory_free(actor->disk);
    actor->disk = run->copies[node];
    run->copies[node] = NULL;
    run->restored[node] = true;
    world_note(&run->world, actor, "outbox restored", actor_node_last(actor));
    oracle_restored(run->oracle, node, actor_node_last(actor));
}

// From now on the drive keeps nothing, until the worker dies.
static void begin_to_lie(struct run *run, uint32_t province)
{
    struct actor *actor = run->workers[province];
    if (run->on_platter[province] != NULL || !actor->alive) {
        return;
    }
    run->on_platter[province] = th_store_memory_copy(actor->disk);
    th_assert(run->on_platter[province] != NULL);
    world_note(&run->world, actor, "the drive lies", 0);
    world_plan(&run->world,
               rng_below(&run->world.rng, LATER_MS_MAX),
               PLAN_POWER_CUT | (uint64_t)province << PLAN_BITS);
}

// Commits are gone: its ledger is read again from the beginning.
static void set_back(struct run *run, uint32_t province)
{
    run->ledgers[province].size = 0;
    oracle_set_back(run->oracle, province);
}

// Nothing is left of a province but its register and its roster, which names the new store.
static void lose_store(struct run *run, uint32_t province)
{
    struct actor *actor = run->workers[province];
    world_kill(&run->world, actor);
    th_store_memory_free(actor->disk);
    actor->disk = th_store_memory_make();
    th_assert(actor->disk != NULL);
    run->store_ids[province]++;
    run->lost[province] = true;
    run->provinces[province - 1].store_id = run->store_ids[province];
    run->roster.generation++;
    run->broker_epochs[province] = 0;
    world_note(&run->world, actor, "its disk is gone", run->store_ids[province]);
    set_back(run, province);
    oracle_opened(run->oracle, province, 0);
    actor->ops->committed(&run->world, actor);
    actor_broker_roster(run);
}

static void on_death(struct world *world, struct actor *actor)
{
    struct run *run = world->context;
    if (actor->role != ACTOR_WORKER || run->on_platter[actor->number] == NULL) {
        return;
    }
    th_store_memory_free(actor->disk);
    actor->disk = run->on_platter[actor->number];
    run->on_platter[actor->number] = NULL;
    th_store_memory_limit(actor->disk, 0); // it was copied with the contents
    world_note(world, actor, "commits were lost", 0);
    set_back(run, actor->number);
    actor->ops->committed(world, actor);
    // Within one store id a viewer takes no lower version (W5 of subscriber.h): it is started anew.
    for (uint32_t viewer = 1; viewer <= world->swarm.viewers; viewer++) {
        if (run_viewed(run, viewer) == actor->number) {
            world_kill(world, run->viewers[viewer]);
        }
    }
}

static void on_fault(struct world *world, enum swarm_fault fault)
{
    struct run *run = world->context;
    if (fault == SWARM_lost_commits) {
        begin_to_lie(run, 1 + rng_below(&world->rng, world->swarm.provinces));
        return;
    }
    if (fault == SWARM_new_stores) {
        lose_store(run, 1 + rng_below(&world->rng, world->swarm.provinces));
        return;
    }
    const uint32_t node = 1 + rng_below(&world->rng, world->swarm.nodes);
    if (fault == SWARM_revocations) {
        if (!run->revoked[node]) {
            revoke(run, node);
        }
    } else {
        copy_outbox(run, node);
    }
}

static void on_plan(struct world *world, uint64_t number)
{
    struct run *run = world->context;
    const uint32_t node = (uint32_t)(number >> PLAN_BITS);
    switch (number & ((1 << PLAN_BITS) - 1)) {
    case PLAN_CUT_REVOKED:
        cut_revoked(run, node);
        break;
    case PLAN_RESTORE:
        restore_outbox(run, node);
        break;
    case PLAN_POWER_CUT:
        if (run->on_platter[node] != NULL) {
            world_kill(world, run->workers[node]);
        }
        break;
    case PLAN_ENTER:
        enter_next(run);
        break;
    case PLAN_HEAL:
        faults_heal(world);
        world_plan(world, LOOK_MS, PLAN_LOOK);
        break;
    case PLAN_LOOK:
        run->quiet = is_quiet(run);
        world_plan(world, LOOK_MS, PLAN_LOOK);
        break;
    default:
        th_unreachable();
    }
}

static bool has_failed(struct run *run)
{
    if (oracle_failure(run->oracle) != NULL) {
        world_fail(&run->world, "%s", oracle_failure(run->oracle));
    }
    return run->world.failed;
}

// C5: who is not quiet, and what it waits for.
static void fail_unquiet(struct run *run)
{
    for (uint32_t node = 1; node <= LOAD_NODES_MAX; node++) {
        char text[256];
        if (run_has_node(run, node) && !run->revoked[node] &&
            !actor_node_is_quiet(run, run->nodes[node])) {
            actor_node_describe(run, run->nodes[node], text, sizeof(text));
            world_fail(&run->world, "C5: no quiet after healing; %s", text);
        }
    }
    for (uint32_t viewer = 1; viewer <= run->world.swarm.viewers; viewer++) {
        char text[256];
        if (!actor_viewer_is_quiet(run, run->viewers[viewer])) {
            actor_viewer_describe(run->viewers[viewer], text, sizeof(text));
            world_fail(&run->world, "C5: no quiet after healing; %s", text);
        }
    }
    world_fail(&run->world, "C5: not everything could be entered");
}

static void play(struct run *run)
{
    struct world *world = &run->world;
    const uint64_t end = world->now + world->swarm.load_ms + QUIET_MS_MAX;
    world_begin(world);
    faults_plan(world);
    world_plan(world, run->load.batches[0].at_ms, PLAN_ENTER);
    world_plan(world, world->swarm.load_ms, PLAN_HEAL);
    while (!run->quiet && !has_failed(run) && world_next(world)) {
        if (world->now > end) {
            fail_unquiet(run);
        }
    }
}

static void ask(struct run *run)
{
    const struct swarm *swarm = &run->world.swarm;
    for (uint32_t node = 1; node <= LOAD_NODES_MAX && !has_failed(run); node++) {
        if (run_has_node(run, node) && !run->revoked[node]) {
            actor_node_ask(run, run->nodes[node]);
        }
    }
    for (uint32_t viewer = 1; viewer <= swarm->viewers && !has_failed(run); viewer++) {
        actor_viewer_ask(run, run->viewers[viewer]);
    }
    for (uint32_t province = 1; province <= swarm->provinces && !has_failed(run); province++) {
        look_verify(run, run->workers[province]);
        look_months(run, run->workers[province]);
        look_told(run, run->workers[province]);
    }
    (void)has_failed(run);
}

struct run_result run_swarm(const struct swarm *swarm, const struct run_options *options)
{
    static struct run run;
    run = (struct run){.setting = setting_of(swarm->provinces), .oracle = oracle_make(swarm)};
    world_start(&run.world, swarm);
    run.world.context = &run;
    run.world.on_plan = on_plan;
    run.world.on_fault = on_fault;
    run.world.on_death = on_death;
    run.world.tracing = options->tracing;
    run.world.print = options->print;
    run.load = load_draw(swarm);
    make_roster(&run);
    populate(&run);
    play(&run);
    if (!run.world.failed) {
        ask(&run);
    }
    struct run_result result = {
        .failed = run.world.failed,
        .events = run.world.events,
        .faults = run.world.faults,
        .virtual_ms = run.world.now,
    };
    memcpy(result.failure, run.world.failure, sizeof(result.failure));
    th_hash_run_end(&run.world.trace, result.trace);
    world_end(&run.world);
    for (size_t i = 0; i < TH_COUNT(run.copies); i++) {
        th_store_memory_free(run.copies[i]);
    }
    for (size_t i = 0; i < TH_COUNT(run.on_platter); i++) {
        th_store_memory_free(run.on_platter[i]);
    }
    for (size_t i = 0; i < TH_COUNT(run.changed); i++) {
        th_province_free(&run.changed[i].province);
    }
    oracle_free(run.oracle);
    load_free(&run.load);
    return result;
}
