// actor_worker.c - a province's worker in the world: workers/judge over its store
//
// The actor's number is that of its province.

#include <stdlib.h>
#include <string.h>

#include "tests/sim/receipts.h"
#include "workers/form.h"
#include "workers/judge.h"
#include "workers/months.h"
#include "workers/open.h"
#include "workers/table.h"
#include "workers/totals.h"
#include "workers/verify.h"

enum { ENVELOPE_ARENA_BYTES = 16 * 1024 };

struct machine {
    struct judge judge;
    char lineage[LOAD_CODE_BYTES];
    void *memory;
};

static struct machine machines[SWARM_PROVINCES_MAX + 1];

static struct identity identity_of(const struct run *run, uint32_t province)
{
    struct identity identity = {.store_id = run->store_ids[province]};
    load_lineage(province, identity.lineage);
    th_register_digest(run->setting->reg, identity.register_digest);
    th_catalogue_digest(run->setting->catalogue, identity.catalogue_digest);
    return identity;
}

// As the run loop opens a store: its epoch rises in a commit of its own. False: the disk is full.
static bool open_store(const struct run *run, struct actor *actor, struct opened *opened)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct identity identity = identity_of(run, actor->number);
    enum open_result result = open_look(store, &identity, opened);
    if (result == OPEN_EMPTY) {
        if (open_birth(store, &identity) != TH_OK) {
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
    char root[LOAD_CODE_BYTES];
    load_lineage(actor->number, machine->lineage);
    load_root(actor->number, root);
    struct opened opened = {0};
    if (!open_store(run, actor, &opened)) {
        return false;
    }
    oracle_opened(run->oracle, actor->number, opened.store_epoch);
    struct judge_setup setup = {
        .store = th_store_memory_ops(actor->disk),
        .reg = run->setting->reg,
        .catalogue = run->setting->catalogue,
        .root = th_register_find(run->setting->reg, th_bytes_of(root), 0),
        .lineage = th_bytes_of(machine->lineage),
        .store_id = opened.store_id,
        .birth_id = opened.birth_id,
        .store_epoch = opened.store_epoch,
        .closes = true,
        .opened = th_day_of((struct th_date){.year = 2000, .month = 1, .day = 1}),
        .pace = {.feed_keep = 16},
        .signer = receipts_signer(),
        .bundle = {run->setting->bundle, run->setting->bundle_size},
    };
    th_hash256(setup.bundle_digest, &setup.bundle, 1);
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
    oracle_answered(run->oracle, actor->number, node, welcome.decided.seq);
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

// ---- what is on the disk ----

static void see_node(const struct run *run, const struct actor *actor, uint32_t node)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct th_check check = open_check(run->store_ids[actor->number]);
    const struct key key = key_of_node(load_spoken(&run->world.swarm, node));
    struct th_bytes value;
    struct node_row row = {0};
    enum th_err err = th_check_get(&check, store, TABLE_NODE, key_view(&key), &value);
    err = err == TH_OK ? node_row_read(value, &row) : err;
    if (err == TH_OK || err == TH_E_NOT_FOUND) {
        oracle_decided(run->oracle, actor->number, node, row.seq);
    } else {
        oracle_fail(run->oracle, "C4: the row of node %u cannot be read", node);
    }
}

static void see_nodes(const struct run *run, const struct actor *actor)
{
    const struct swarm *swarm = &run->world.swarm;
    for (uint32_t node = 1; node <= swarm->nodes; node++) {
        if (load_province_of(swarm, node) == actor->number) {
            see_node(run, actor, node);
        }
    }
    see_node(run, actor, load_desk_of(actor->number));
}

// What came to the ledger since it was read last.
static void see_ledger(struct run *run, const struct actor *actor)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct th_check check = open_check(run->store_ids[actor->number]);
    struct run_ledger *read = &run->ledgers[actor->number];
    struct th_bytes key = {.data = read->key, .size = read->size};
    struct th_bytes value;
    enum th_err err = read->size == 0 ? th_store_seek(store, TABLE_LEDGER, key, &key, &value)
                                      : th_store_next(store, TABLE_LEDGER, key, &key, &value);
    while (err == TH_OK) {
        struct ledger_entry entry;
        th_assert(key.size <= sizeof(read->key));
        memmove(read->key, key.data, key.size);
        read->size = key.size;
        key.data = read->key;
        if (th_get_u32((const uint8_t *)key.data + 8) != LEDGER_HEAD) {
            if (th_check_open(&check, TABLE_LEDGER, key, &value) != TH_OK ||
                ledger_read(value, &entry) != TH_OK) {
                oracle_fail(run->oracle, "C4: the ledger cannot be read");
                return;
            }
            const struct ledger_batch *batch = &entry.batch;
            const uint32_t node = load_speaker(&run->world.swarm, actor->number, batch->node);
            oracle_ledger(run->oracle, actor->number, node, batch->seq, batch->hash);
        }
        err = th_store_next(store, TABLE_LEDGER, key, &key, &value);
    }
}

static void see_total(const struct run *run,
                      const struct actor *actor,
                      const struct figure_key *parts,
                      const struct th_cell *cell)
{
    char period[TH_PERIOD_TEXT_BYTES];
    char unit[TH_UNIT_REF_MAX + 1];
    th_register_label(run->setting->reg, parts->uid, parts->period, unit);
    const struct oracle_total total = {
        .measure = parts->measure,
        .period = th_bytes_of(th_period_text(parts->period, period)),
        .unit = th_bytes_of(unit),
        .dims = parts->dims,
        .value = cell->value,
        .contributions = th_cell_contributions(cell),
        .reported = cell->reported,
        .qualifier = th_cell_figure(cell).qualifier,
    };
    oracle_total(run->oracle, actor->number, &total);
}

static void see_totals(const struct run *run, const struct actor *actor)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct th_check check = open_check(run->store_ids[actor->number]);
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_TOTAL, key, &key, &value);
    oracle_totals_begin(run->oracle, actor->number, "C4");
    while (err == TH_OK) {
        struct figure_key parts;
        struct th_cell cell;
        uint64_t topic_seq = 0;
        if (th_check_open(&check, TABLE_TOTAL, key, &value) != TH_OK ||
            key_read_total(key, &parts) != TH_OK ||
            totals_read_cell(value, &cell, &topic_seq) != TH_OK) {
            oracle_fail(run->oracle, "C4: a total cannot be read");
            return;
        }
        see_total(run, actor, &parts, &cell);
        err = th_store_next(store, TABLE_TOTAL, key, &key, &value);
    }
    oracle_totals_end(run->oracle, actor->number);
}

// The unit of a report as the load names it: C3-1.
static bool place_of(const struct run *run, const struct form_key *parts, struct load_item *report)
{
    char unit[TH_UNIT_REF_MAX + 1];
    char code[LOAD_CODE_BYTES];
    th_register_label(run->setting->reg, parts->uid, parts->period, unit);
    for (uint32_t node = 1; node <= run->world.swarm.nodes; node++) {
        for (uint32_t commune = 0; commune < LOAD_COMMUNES; commune++) {
            if (strcmp(unit, load_commune(node, commune, code)) == 0) {
                report->at = (struct load_place){.node = node, .commune = commune};
                return true;
            }
        }
    }
    return false;
}

static bool
name_report(const struct run *run, const struct form_key *parts, struct load_item *report)
{
    char label[TH_PERIOD_TEXT_BYTES];
    const struct th_bytes period = th_bytes_of(th_period_text(parts->period, label));
    report->what = th_bytes_equal(parts->form, th_bytes_of(LOAD_FORM_CODES[0])) ? 0 : 1;
    report->period = LOAD_PERIODS;
    for (uint32_t i = 0; i < LOAD_PERIODS; i++) {
        if (th_bytes_equal(period, th_bytes_of(LOAD_PERIOD_LABELS[i]))) {
            report->period = i;
        }
    }
    return report->period < LOAD_PERIODS && place_of(run, parts, report);
}

static void see_reports(const struct run *run, const struct actor *actor)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct th_check check = open_check(run->store_ids[actor->number]);
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_FORM, key, &key, &value);
    oracle_totals_begin(run->oracle, actor->number, "C4");
    while (err == TH_OK) {
        struct form_key parts;
        struct form_row row;
        struct load_item report = {.revision = 0};
        if (th_check_open(&check, TABLE_FORM, key, &value) != TH_OK ||
            key_read_form(key, &parts) != TH_OK || form_read(value, &row) != TH_OK ||
            !name_report(run, &parts, &report)) {
            oracle_fail(run->oracle, "C4: a report cannot be read");
            return;
        }
        oracle_report(run->oracle, actor->number, &report, row.state);
        err = th_store_next(store, TABLE_FORM, key, &key, &value);
    }
    oracle_reports_end(run->oracle, actor->number);
}

static void committed(struct world *world, struct actor *actor)
{
    struct run *run = world->context;
    see_ledger(run, actor);
    see_nodes(run, actor);
    see_totals(run, actor);
    see_reports(run, actor);
}

// ---- the worker's own verification ----

static void report(void *self, const struct verify_finding *finding)
{
    struct run *run = self;
    oracle_fail(run->oracle,
                "C4: verify %u: %s: kept %s, counted %s",
                finding->code,
                TABLE_NAMES[finding->table],
                finding->kept,
                finding->counted);
}

void actor_worker_verify(struct run *run, struct actor *actor)
{
    char lineage[LOAD_LINEAGE_BYTES];
    char root[LOAD_CODE_BYTES];
    const struct verify_setup setup = {
        .store = th_store_memory_ops(actor->disk),
        .birth_id = run->store_ids[actor->number],
        .lineage = th_bytes_of(load_lineage(actor->number, lineage)),
        .reg = run->setting->reg,
        .catalogue = run->setting->catalogue,
        .root = th_register_find(run->setting->reg, th_bytes_of(load_root(actor->number, root)), 0),
    };
    struct verify_result result;
    const enum th_err err = verify_run(&setup, VERIFY_FULL, report, run, &result);
    if (err != TH_OK) {
        world_fail(
            &run->world, "province %u: verify ended with %s", actor->number, th_err_name(err));
    }
}

void actor_worker_months(struct run *run, struct actor *actor)
{
    const struct th_check check = open_check(run->store_ids[actor->number]);
    const struct months_source source = {
        .store = th_store_memory_ops(actor->disk),
        .check = &check,
        .catalogue = run->setting->catalogue,
    };
    for (uint32_t i = 0; i < 2 * LOAD_MOVABLE_PEOPLE; i++) {
        static const int32_t YEARS[] = {2018, 2019};
        const uint32_t person = i % LOAD_MOVABLE_PEOPLE;
        const uint32_t year = i / LOAD_MOVABLE_PEOPLE;
        char name[LOAD_CODE_BYTES];
        uint8_t id[TH_HASH128_BYTES];
        const struct th_bytes text = th_bytes_of(load_movable(person, name));
        th_hash128(id, (struct th_bytes){0}, &text, 1);
        const struct months_question question = {
            .person = id,
            .year = {.type = TH_PERIOD_YEAR,
                     .first = th_day_of((struct th_date){YEARS[year], 1, 1}),
                     .last = th_day_of((struct th_date){YEARS[year], 12, 31})},
            .uid = TH_UNIT_NONE,
        };
        struct months months;
        if (months_find(&source, &question, &months) != TH_OK) {
            oracle_fail(run->oracle, "C9: the months of a person cannot be read");
            return;
        }
        const struct load_sum sum = {.count = months.count, .sum = months.sum};
        oracle_months(run->oracle, actor->number, person, year, &sum);
    }
}

const struct actor_ops ACTOR_WORKER_OPS = {
    .make = make,
    .step = step,
    .act = act,
    .receive = receive,
    .committed = committed,
};
