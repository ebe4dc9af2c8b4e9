// actor_worker.c - a province's worker in the world: workers/judge over its store
//
// The actor's number is that of its province.

#include <stdlib.h>
#include <string.h>

#include "tests/sim/receipts.h"
#include "workers/judge.h"
#include "workers/open.h"
#include "workers/reform.h"

enum { ENVELOPE_ARENA_BYTES = 16 * 1024 };

struct machine {
    struct judge judge;
    char lineage[LOAD_CODE_BYTES];
    struct th_province *own; // whose register was changed
    struct reform reform;
    void *memory;
};

static struct machine machines[SWARM_PROVINCES_MAX + 1];

static const struct th_province *province_of(const struct run *run, uint32_t province)
{
    const struct th_province *own = machines[province].own;
    return own != NULL ? own : run->setting->provinces[province];
}

static struct identity identity_of(const struct run *run, uint32_t province)
{
    struct identity identity = {.store_id = run->store_ids[province]};
    load_lineage(province, identity.lineage);
    th_register_digest(province_of(run, province)->reg, identity.register_digest);
    th_catalogue_digest(province_of(run, province)->catalogue, identity.catalogue_digest);
    return identity;
}

// A register that was changed is in the store.
static void take_register(const struct run *run, const struct actor *actor)
{
    struct machine *machine = &machines[actor->number];
    const struct th_check check = open_check(run->store_ids[actor->number]);
    reform_end(&machine->reform);
    th_province_free(&machine->own);
    const enum th_err err =
        reform_province(th_store_memory_ops(actor->disk), &check, UINT64_MAX, &machine->own);
    th_assert(err == TH_OK);
    machine->reform = (struct reform){.now = province_of(run, actor->number)};
}

// As the run loop opens a store: its epoch rises in a commit of its own. False: the disk is full.
static bool open_store(const struct run *run, struct actor *actor, struct opened *opened)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct identity identity = identity_of(run, actor->number);
    enum open_result result = open_look(store, &identity, opened);
    if (result == OPEN_EMPTY) {
        const struct renamed lost = {.store_id = identity.store_id, .why = RENAMED_LOST};
        if (open_birth(store, &identity) != TH_OK ||
            (run->lost[actor->number] && open_rename(store, &lost) != TH_OK)) {
            th_store_memory_abort(actor->disk);
            return false;
        }
        th_store_memory_commit(actor->disk);
    }
    result = open_to_write(store, &identity, opened);
    if (result == OPEN_FAILED) {
        th_store_memory_abort(actor->disk);
        return false;
    }
    th_assert(result == OPEN_OK);
    th_store_memory_commit(actor->disk);
    return true;
}

static bool make(struct world *world, struct actor *actor)
{
    const struct run *run = world->context;
    struct machine *machine = &machines[actor->number];
    const struct judge_limits limits = judge_limits_small();
    if (machine->memory == NULL) {
        machine->memory = malloc(judge_memory(&limits));
        th_assert(machine->memory != NULL);
    }
    load_lineage(actor->number, machine->lineage);
    take_register(run, actor);
    struct opened opened = {0};
    if (!open_store(run, actor, &opened)) {
        return false;
    }
    oracle_opened(run->oracle, actor->number, opened.store_epoch);
    const struct th_province *province = province_of(run, actor->number);
    struct judge_setup setup = {
        .store = th_store_memory_ops(actor->disk),
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = province->root,
        .lineage = th_bytes_of(machine->lineage),
        .store_id = opened.store_id,
        .birth_id = opened.birth_id,
        .store_epoch = opened.store_epoch,
        .closes = true,
        .opened = th_day_of((struct th_date){.year = 2000, .month = 1, .day = 1}),
        .pace = {.feed_keep = 16},
        .signer = receipts_signer(),
        .bundle = {province->bundle, province->bundle_size},
        .registers = reform_registers(&machine->reform),
    };
    memcpy(setup.bundle_digest, province->digest, sizeof(setup.bundle_digest));
    const enum th_err err = judge_init(&machine->judge,
                                       &limits,
                                       &setup,
                                       (struct th_memory){machine->memory, judge_memory(&limits)});
    th_assert(err == TH_OK);
    actor->machine = machine;
    return true;
}

static void step(struct world *world,
                 struct actor *actor,
                 const struct th_event *event,
                 struct th_actions *actions)
{
    (void)world;
    struct machine *machine = actor->machine;
    judge_step(&machine->judge, event, actions);
}

// ---- what leaves the worker ----

static struct th_arena scratch(void)
{
    static uint8_t memory[TH_ARENA_BYTES];
    return th_arena_of(memory, sizeof(memory));
}

static void
see_answer(struct world *world, const struct actor *actor, const struct th_action *action)
{
    const struct run *run = world->context;
    struct th_arena arena = scratch();
    struct th_header header;
    struct th_welcome welcome;
    enum th_err err = th_header_read(action->header, &header, NULL);
    if (err == TH_OK && header.type == TH_MSG_WELCOME) {
        err = th_welcome_read(action->body, &arena, &welcome, NULL);
    } else if (err == TH_OK && (header.type == TH_MSG_ACK || header.type == TH_MSG_PONG)) {
        err = th_decided_read(action->body, &arena, &welcome.decided, NULL);
    } else if (err == TH_OK) {
        return;
    }
    if (err != TH_OK) {
        world_fail(world, "C9: province %u: an answer cannot be read", actor->number);
        return;
    }
    const uint32_t node = load_speaker(&world->swarm, actor->number, action->to.number);
    const struct oracle_seq through = {
        .node = node, .epoch = header.epoch, .seq = welcome.decided.seq};
    oracle_answered(run->oracle, actor->number, &through);
}

static void
see_publication(struct world *world, const struct actor *actor, const struct th_action *action)
{
    const struct run *run = world->context;
    struct th_arena arena = scratch();
    struct th_delta delta;
    if (*(const char *)action->header.data != 't') {
        return; // a beat
    }
    if (th_delta_read(action->body, &arena, &delta, NULL) != TH_OK) {
        world_fail(world, "C9: province %u: a delta cannot be read", actor->number);
        return;
    }
    oracle_published(run->oracle, actor->number, &delta);
}

static struct th_bytes
envelope_of(const struct machine *machine, const struct th_action *action, struct th_writer *out)
{
    if (action->to.class == TH_PEER_NONE) {
        return (struct th_bytes){0};
    }
    const struct th_envelope envelope = {
        .route = action->to.route,
        .class = action->to.class,
        .number = action->to.number,
        .lineage = th_bytes_of(machine->lineage),
        .store_id = machine->judge.setup.store_id,
        .store_epoch = machine->judge.setup.store_epoch,
    };
    th_envelope_write(out, &envelope);
    return th_written(out);
}

static void act(struct world *world, struct actor *actor, const struct th_action *action)
{
    uint8_t space[TH_HEADER_BYTES_MAX];
    struct th_writer out = TH_WRITER(space);
    struct parcel parcel = {.to_server = true, .header = action->header, .body = action->body};
    if (action->kind == TH_ACT_SEND) {
        see_answer(world, actor, action);
        parcel.envelope = envelope_of(actor->machine, action, &out);
    } else if (action->kind == TH_ACT_PUBLISH) {
        see_publication(world, actor, action);
        parcel.published = true;
    } else {
        return;
    }
    world_send(world, world_link_of(world, actor), &parcel);
}

// ---- what comes in ----

uint64_t actor_worker_version(const struct actor *actor)
{
    const struct machine *machine = actor->machine;
    return judge_version(&machine->judge);
}

// Questions are not the judge's: the query thread answers from what is committed.
static void take_question(struct world *world,
                          const struct actor *actor,
                          const struct parcel *parcel,
                          const struct th_envelope *envelope)
{
    const struct machine *machine = actor->machine;
    struct th_header header;
    if (th_header_read(parcel->header, &header, NULL) != TH_OK) {
        world_fail(world, "C9: a question cannot be read");
        return;
    }
    if (header.type == TH_MSG_QUERY) {
        const struct actor_question question = {
            .link = world_link_of(world, actor),
            .envelope = envelope,
            .envelope_bytes = parcel->envelope,
            .correlation = header.correlation,
            .version = judge_version(&machine->judge),
            .beat = judge_beat(&machine->judge),
        };
        actor_answer(world, actor, &question);
    }
}

static void receive(struct world *world, struct actor *actor, const struct parcel *parcel)
{
    static _Alignas(16) uint8_t memory[ENVELOPE_ARENA_BYTES];
    struct th_arena arena = th_arena_of(memory, sizeof(memory));
    const struct machine *machine = actor->machine;
    struct th_envelope envelope;
    if (th_envelope_read(parcel->envelope, &arena, &envelope, NULL) != TH_OK) {
        world_fail(world, "C9: the broker wrote an envelope that cannot be read");
        return;
    }
    // A message for another store, or an earlier opening of this one, is late.
    if (envelope.store_id != machine->judge.setup.store_id ||
        envelope.store_epoch != machine->judge.setup.store_epoch) {
        return;
    }
    if (envelope.class == TH_PEER_VIEWER) {
        take_question(world, actor, parcel, &envelope);
        return;
    }
    // A message to the worker itself is the broker's own (ROSTER).
    const bool own = envelope.class == TH_PEER_WORKER;
    world_step(world,
               actor,
               (struct th_event){
                   .kind = TH_EV_MESSAGE,
                   .from = {.class = own ? TH_PEER_NONE : (enum th_peer_class)envelope.class,
                            .number = own ? 0 : envelope.number,
                            .route = own ? (struct th_bytes){0} : envelope.route},
                   .header = parcel->header,
                   .body = parcel->body,
               });
}

const struct actor_ops ACTOR_WORKER_OPS = {
    .make = make,
    .step = step,
    .act = act,
    .receive = receive,
    .committed = look_committed,
};
