// actor_node.c - a district's agent in the world: nodes/session over nodes/outbox

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/subject.h"

#include "nodes/outbox.h"
#include "nodes/session.h"
#include "nodes/verdicts.h"
#include "tests/sim/receipts.h"
#include "tests/sim/run.h"

// Machines are made again and again in the same memory: what an earlier one left there must not
// matter, which the equality of traces checks.
struct machine {
    struct session session;
    _Alignas(16) uint8_t memory[SESSION_MEMORY_BYTES];
};

static struct machine *machines[LOAD_NODES_MAX + 1];

// An outbox that was restored, or gave again what a province had lost, goes on in a later epoch.
static void see_epoch(const struct run *run, const struct actor *actor)
{
    struct outbox box;
    if (outbox_load(th_store_memory_ops(actor->disk), &box) == TH_OK &&
        box.identity.epoch > oracle_epoch_of(run->oracle, actor->number)) {
        oracle_next_epoch(
            run->oracle, actor->number, box.identity.epoch, box.identity.base, box.identity.lead);
    }
}

static bool make(struct world *world, struct actor *actor)
{
    static const uint8_t public_key[32] = {7};
    if (machines[actor->number] == NULL) {
        machines[actor->number] = malloc(sizeof(struct machine));
        th_assert(machines[actor->number] != NULL);
    }
    see_epoch(world->context, actor);
    struct machine *machine = machines[actor->number];
    actor->machine = machine;
    const struct th_memory memory = {machine->memory, sizeof(machine->memory)};
    const enum th_err err = session_init(
        &machine->session, &SESSION_LIMITS, th_store_memory_ops(actor->disk), public_key, memory);
    th_assert(err == TH_OK);
    const struct session_verifier verifier = receipts_verifier();
    session_verify_with(&machine->session, &verifier);
    return true;
}

static void step(struct world *world,
                 struct actor *actor,
                 const struct th_event *event,
                 struct th_actions *actions)
{
    struct machine *machine = actor->machine;
    const enum th_err err = session_step(&machine->session, event, actions);
    if (err != TH_OK) {
        world_fail(world, "C9: node %u: a step ended with %s", actor->number, th_err_name(err));
    }
}

// The same message under the number of another node: the key says who it is.
static void lie(struct world *world, struct actor *actor, const struct parcel *parcel)
{
    const uint32_t liars = world->healed ? 0 : world->swarm.faults[SWARM_liars];
    if (!rng_chance(&world->rng, liars)) {
        return;
    }
    struct th_header header;
    uint8_t space[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    struct parcel lie = *parcel;
    const enum th_err err = th_header_read(parcel->header, &header, NULL);
    th_assert(err == TH_OK);
    header.node = actor->number % SWARM_NODES_MAX + 1;
    th_header_write(&writer, &header);
    lie.header = th_written(&writer);
    world_send(world, world_link_of(world, actor), &lie);
}

static void act(struct world *world, struct actor *actor, const struct th_action *action)
{
    if (action->kind == TH_ACT_NOTE && action->code == SESSION_NOTE_RESTORED) {
        see_epoch(world->context, actor);
    }
    if (action->kind == TH_ACT_SEND) {
        const struct parcel parcel = {
            .to_server = true, .header = action->header, .body = action->body};
        lie(world, actor, &parcel);
        world_send(world, world_link_of(world, actor), &parcel);
    }
}

static void receive(struct world *world, struct actor *actor, const struct parcel *parcel)
{
    world_step(
        world,
        actor,
        (struct th_event){.kind = TH_EV_MESSAGE, .header = parcel->header, .body = parcel->body});
}

const struct actor_ops ACTOR_NODE_OPS = {
    .make = make,
    .step = step,
    .act = act,
    .receive = receive,
};

// ---- what commands do to the outbox ----

void actor_node_birth(struct run *run, struct actor *actor)
{
    struct outbox_identity identity = {.node = load_spoken(&run->world.swarm, actor->number),
                                       .epoch = 1};
    load_lineage(load_province_of(&run->world.swarm, actor->number), identity.lineage);
    th_put_u64(identity.incarnation, run->world.swarm.seed);
    th_put_u64(identity.incarnation + 8, actor->number);
    struct outbox box;
    const struct th_store store = th_store_memory_ops(actor->disk);
    enum th_err err = outbox_create(store, &identity);
    err = err == TH_OK ? outbox_load(store, &box) : err;
    err = err == TH_OK ? outbox_joined(&box) : err;
    th_assert(err == TH_OK);
    th_store_memory_commit(actor->disk);
}

// What an item is about; of one that no rule lets pass, something of its own.
static void add_key(struct run *run,
                    const struct load_batch *batch,
                    const struct th_update *update,
                    struct th_writer *keys)
{
    static uint64_t strange;
    uint8_t room[TH_SUBJECT_MAX];
    struct th_judged judged;
    struct th_verdict verdict;
    const uint32_t number = load_province_of(&run->world.swarm, batch->node);
    const struct th_province *province = look_province(run, number);
    const struct th_rules rules = {
        .reg = province->reg, .root = province->root, .catalogue = province->catalogue};
    const th_day today = th_day_of((struct th_date){.year = 2026, .month = 1, .day = 1});
    const struct th_grant anybody = {.node = batch->node, .desk = true};
    if (th_rules_judge(&rules, &anybody, today, update, &judged, &verdict) == TH_OK) {
        th_write_block(keys, th_subject(&judged, room));
        return;
    }
    room[0] = UINT8_MAX;
    th_put_u64(room + 1, ++strange);
    th_write_block(keys, (struct th_bytes){room, 9});
}

static struct th_bytes pack(struct run *run, const struct load_batch *batch, struct th_writer *keys)
{
    static uint8_t space[8 * 1024];
    struct th_writer body = TH_WRITER(space);
    for (uint32_t i = 0; i < batch->count; i++) {
        struct load_texts texts;
        const struct th_update update = load_update(&batch->items[i], &texts);
        th_update_write(&body, &update);
        add_key(run, batch, &update, keys);
    }
    return th_written(&body);
}

static enum th_err enter(struct outbox *box,
                         const struct load_batch *batch,
                         struct th_bytes body,
                         struct th_bytes keys)
{
    struct outbox_extent extent = {
        .count = 1, .items = batch->count, .bytes = body.size, .queued_at = batch->at_ms};
    uint64_t first = 0;
    TH_TRY(outbox_draft_begin(box, &extent.draft));
    TH_TRY(outbox_draft_add(box, extent.draft, 0, body, keys));
    TH_TRY(outbox_publish(box, &extent, &first));
    extent.first = first;
    box->last = first;
    return TH_OK;
}

bool actor_node_enter(struct run *run, struct actor *actor, const struct load_batch *batch)
{
    if (actor->committing) {
        return false; // the agent holds the only write transaction
    }
    static uint8_t space[LOAD_ITEMS_MAX * (TH_SUBJECT_MAX + 4)];
    struct th_writer keys = TH_WRITER(space);
    const struct th_bytes body = pack(run, batch, &keys);
    struct outbox box;
    enum th_err err = outbox_load(th_store_memory_ops(actor->disk), &box);
    err = err == TH_OK ? enter(&box, batch, body, th_written(&keys)) : err;
    if (err != TH_OK) {
        world_fail(
            &run->world, "C9: node %u: entering ended with %s", actor->number, th_err_name(err));
        th_store_memory_abort(actor->disk);
        return true;
    }
    th_store_memory_commit(actor->disk);
    uint8_t hash[TH_HASH256_BYTES];
    th_hash256(hash, &body, 1);
    oracle_entered(run->oracle, batch, box.last, hash);
    world_note(&run->world, actor, "entered", box.last);
    world_tell(&run->world, actor, TH_EV_QUEUED);
    return true;
}

uint64_t actor_node_last(struct actor *actor)
{
    struct outbox box;
    const enum th_err err = outbox_load(th_store_memory_ops(actor->disk), &box);
    th_assert(err == TH_OK);
    return box.last;
}

bool actor_node_is_quiet(struct run *run, struct actor *actor)
{
    struct outbox box;
    if (!actor->alive || actor->committing ||
        outbox_load(th_store_memory_ops(actor->disk), &box) != TH_OK) {
        return false;
    }
    // What the province has may be more than the node knows of (batches of before a restore), or
    // less (commits that were lost): its next word tells.
    const uint64_t entered = oracle_entered_by(run->oracle, actor->number);
    if (oracle_decided_of(run->oracle, actor->number) != entered) {
        return false;
    }
    return box.decided == entered && box.verdict_seq == entered && receipts_are_held(run, actor);
}

void actor_node_ask(struct run *run, struct actor *actor)
{
    struct outbox box;
    if (outbox_load(th_store_memory_ops(actor->disk), &box) != TH_OK) {
        world_fail(&run->world, "C9: node %u: its outbox cannot be read", actor->number);
        return;
    }
    struct th_item_verdict verdict;
    uint64_t seq = 0;
    uint32_t index = 0;
    while (verdicts_from(&box, seq, index, &verdict) == TH_OK) {
        oracle_verdict(
            run->oracle, actor->number, verdict.seq, verdict.index, verdict.verdict.code);
        seq = verdict.seq;
        index = verdict.index + 1;
    }
    receipts_ask(run, actor);
    oracle_end(run->oracle, actor->number, box.decided);
}

void actor_node_describe(struct run *run, struct actor *actor, char *out, size_t max)
{
    struct outbox box = {0};
    const struct machine *machine = actor->machine;
    const struct link *link = world_link_of(&run->world, actor);
    const enum th_err err = outbox_load(th_store_memory_ops(actor->disk), &box);
    (void)snprintf(out,
                   max,
                   "node %u: %s (%u), link %d, decided %llu, verdicts %llu of %llu%s",
                   actor->number,
                   actor->alive ? session_state_name(machine->session.state) : "dead",
                   actor->alive ? machine->session.reason : 0,
                   (int)link->state,
                   (unsigned long long)box.decided,
                   (unsigned long long)box.verdict_seq,
                   (unsigned long long)oracle_entered_by(run->oracle, actor->number),
                   err == TH_OK ? "" : ", outbox unreadable");
}
