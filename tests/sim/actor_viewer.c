// actor_viewer.c - a viewer of one province in the world: dashboards/subscriber
//
// What its ear hears is kept here as anybody would: rows of a snapshot, changes above them.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboards/subscriber.h"
#include "tests/sim/run.h"

enum { SHOWN_MAX = 4000, TEXT_BYTES = 40, SETTLED_MS = 4000 };

struct shown {
    char measure[TEXT_BYTES];
    char period[TEXT_BYTES];
    char dims[TEXT_BYTES];
    uint32_t uid;
    struct th_total total; // its texts are not looked at
};

struct machine {
    struct subscriber subscriber;
    char lineage[LOAD_LINEAGE_BYTES];
    struct shown shown[SHOWN_MAX];
    size_t count;
    bool live;
    uint64_t settled; // since when live, and nothing new
    uint64_t province_version;
    struct world *world;
    void *memory;
};

static struct machine machines[RUN_VIEWERS_MAX + 1];

static const struct subscriber_limits *limits(void)
{
    static struct subscriber_limits small;
    if (small.silence_ms == 0) {
        small = SUBSCRIBER_LIMITS;
        small.kept_bytes = 256 * 1024;
        small.holding = (struct holding_bounds){
            .topics_max = 64, .cells_max = SHOWN_MAX, .text_bytes = 128 * 1024};
    }
    return &small;
}

static bool is_of(const struct shown *shown, const struct subscriber_news *news)
{
    return shown->uid == news->now->uid &&
           th_bytes_equal(th_bytes_of(shown->measure), news->measure) &&
           th_bytes_equal(th_bytes_of(shown->period), news->period) &&
           th_bytes_equal(th_bytes_of(shown->dims), news->now->dims);
}

static void show(struct machine *machine, const struct subscriber_news *news)
{
    size_t at = 0;
    while (at < machine->count && !is_of(&machine->shown[at], news)) {
        at++;
    }
    th_assert(at < SHOWN_MAX);
    struct shown *shown = &machine->shown[at];
    if (news->now->contributions == 0) {
        if (at < machine->count) {
            *shown = machine->shown[--machine->count];
        }
        return;
    }
    (void)th_bytes_copy_text(news->measure, shown->measure, sizeof(shown->measure));
    (void)th_bytes_copy_text(news->period, shown->period, sizeof(shown->period));
    (void)th_bytes_copy_text(news->now->dims, shown->dims, sizeof(shown->dims));
    shown->uid = news->now->uid;
    shown->total = *news->now;
    machine->count += at == machine->count ? 1 : 0;
}

static void hear(void *self, const struct subscriber_news *news)
{
    struct machine *machine = self;
    switch (news->kind) {
    case SUBSCRIBER_SNAPSHOT:
        machine->count = 0;
        break;
    case SUBSCRIBER_ROW:
    case SUBSCRIBER_CHANGE:
        show(machine, news);
        break;
    case SUBSCRIBER_IS_LIVE:
        machine->live = true;
        machine->settled = machine->world->now;
        break;
    case SUBSCRIBER_IS_STALE:
        machine->live = false;
        break;
    case SUBSCRIBER_REFUSAL:
        world_fail(machine->world, "C10: a viewer's question was refused: %" PRIu32, news->code);
        break;
    }
}

static bool make(struct world *world, struct actor *actor)
{
    struct machine *machine = &machines[actor->number];
    const size_t bytes = subscriber_memory(limits());
    if (machine->memory == NULL) {
        machine->memory = malloc(bytes);
        th_assert(machine->memory != NULL);
    }
    const struct run *run = world->context;
    load_lineage(run_viewed(run, actor->number), machine->lineage);
    const struct subscriber_setup setup = {
        .limits = limits(),
        .lineage = th_bytes_of(machine->lineage),
        .number = run_viewer_number(actor->number),
        .ear = hear,
        .ear_self = machine,
    };
    machine->world = world;
    machine->count = 0;
    machine->live = false;
    machine->settled = world->now;
    machine->province_version = 0;
    actor->machine = machine;
    const enum th_err err =
        subscriber_init(&machine->subscriber, &setup, (struct th_memory){machine->memory, bytes});
    th_assert(err == TH_OK);
    return true;
}

static void step(struct world *world,
                 struct actor *actor,
                 const struct th_event *event,
                 struct th_actions *actions)
{
    (void)world;
    struct machine *machine = actor->machine;
    subscriber_step(&machine->subscriber, event, actions);
}

static void act(struct world *world, struct actor *actor, const struct th_action *action)
{
    if (action->kind == TH_ACT_SEND) {
        const struct parcel parcel = {
            .to_server = true, .header = action->header, .body = action->body};
        world_send(world, world_link_at(world, actor, SUBSCRIBER_QUESTIONS), &parcel);
    }
}

static void receive(struct world *world, struct actor *actor, const struct parcel *parcel)
{
    world_step(world,
               actor,
               (struct th_event){
                   .kind = TH_EV_MESSAGE,
                   .port = parcel->published ? SUBSCRIBER_FEED : SUBSCRIBER_QUESTIONS,
                   .header = parcel->header,
                   .body = parcel->body,
               });
}

const struct actor_ops ACTOR_VIEWER_OPS = {
    .make = make,
    .step = step,
    .act = act,
    .receive = receive,
};

// ---- the end ----

// Live for some beats since anything changed: by then it has what there is, or never will.
bool actor_viewer_is_quiet(struct run *run, struct actor *actor)
{
    struct machine *machine = actor->machine;
    const struct actor *worker = run->workers[run_viewed(run, actor->number)];
    const uint64_t now = run->world.now;
    if (!actor->alive || !worker->alive || !machine->live) {
        return false;
    }
    if (machine->province_version != actor_worker_version(worker)) {
        machine->province_version = actor_worker_version(worker);
        machine->settled = now;
    }
    return now - machine->settled >= SETTLED_MS;
}

void actor_viewer_describe(struct actor *actor, char *out, size_t max)
{
    const struct machine *machine = actor->machine;
    (void)snprintf(out,
                   max,
                   "viewer %u: %s (%s)",
                   actor->number,
                   actor->alive ? subscriber_state_name(machine->subscriber.state) : "dead",
                   subscriber_loss_word(machine->subscriber.loss));
}

void actor_viewer_ask(struct run *run, struct actor *actor)
{
    const struct machine *machine = actor->machine;
    const uint32_t province = run_viewed(run, actor->number);
    const struct th_register *reg = look_province(run, province)->reg;
    oracle_totals_begin(run->oracle, province, "C10");
    for (size_t i = 0; i < machine->count; i++) {
        const struct shown *shown = &machine->shown[i];
        struct th_period period;
        char unit[TH_UNIT_REF_MAX + 1];
        if (th_period_parse(th_bytes_of(shown->period), &period) != TH_OK) {
            oracle_fail(run->oracle, "C10: a viewer shows the period %s", shown->period);
            return;
        }
        th_register_label(reg, shown->uid, period, unit);
        const struct oracle_total total = {
            .measure = th_bytes_of(shown->measure),
            .period = th_bytes_of(shown->period),
            .unit = th_bytes_of(unit),
            .dims = th_bytes_of(shown->dims),
            .value = shown->total.value.has ? shown->total.value.value : 0,
            .contributions = shown->total.contributions,
            .reported = shown->total.reported,
            .qualifier = shown->total.qualifier,
        };
        oracle_total(run->oracle, province, &total);
    }
    oracle_totals_end(run->oracle, province);
}
