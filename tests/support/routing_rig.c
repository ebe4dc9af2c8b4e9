// routing_rig.c - see routing_rig.h

#include "tests/support/routing_rig.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

const uint8_t RIG_JOINED_KEY[TH_CURVE_BYTES] = {9, 9, 9};

// clang-format off
const struct th_roster_entry RIG_ENTRIES[RIG_ENTRY_COUNT] = {
    {.class = TH_PEER_NODE,   .number = 7,  .lineage = {"hg93", 4}, .has_key = true},
    {.class = TH_PEER_NODE,   .number = 8,  .lineage = {"hg93", 4}, .has_key = true, .revoked = true},
    {.class = TH_PEER_NODE,   .number = 9,  .lineage = {"ct92", 4}, .has_key = true},
    {.class = TH_PEER_NODE,   .number = 10, .lineage = {"hg93", 4}, .has_bootstrap = true, .expires_ms = RIG_EXPIRES_MS},
    {.class = TH_PEER_NODE,   .number = 11, .lineage = {"hg93", 4}, .has_bootstrap = true, .expires_ms = RIG_WALL_MS},
    {.class = TH_PEER_WORKER, .number = 1,  .has_key = true},
    {.class = TH_PEER_WORKER, .number = 2,  .has_key = true},
    {.class = TH_PEER_VIEWER, .number = 0,  .has_key = true},
    {.class = TH_PEER_VIEWER, .number = 20, .lineage = {"hg93", 4}, .has_key = true},
    {.class = TH_PEER_VIEWER, .number = 21, .lineage = {"hg93", 4}, .has_bootstrap = true, .expires_ms = RIG_EXPIRES_MS},
    {.class = TH_PEER_VIEWER, .number = 22, .lineage = {"hg93", 4}, .has_key = true, .public_only = true},
    {.class = TH_PEER_DESK,   .number = 0,  .lineage = {"hg93", 4}, .has_key = true},
    {.class = TH_PEER_DESK,   .number = 5,  .lineage = {"ct92", 4}, .has_key = true},
    {.class = TH_PEER_DESK,   .number = 30, .lineage = {"hg93", 4}, .has_key = true, .has_bootstrap = true, .expires_ms = RIG_EXPIRES_MS},
};
// clang-format on

const struct th_roster_province RIG_PROVINCES[RIG_PROVINCE_COUNT] = {
    {.lineage = {"hg93", 4}, .root = {"93", 2}, .store_id = RIG_STORE},
    {.lineage = {"ct92", 4}, .root = {"92", 2}, .store_id = RIG_OTHER_STORE},
};

const struct th_roster RIG_ROSTER = {.generation = 5,
                                     .provinces = RIG_PROVINCES,
                                     .province_count = TH_COUNT(RIG_PROVINCES),
                                     .entries = RIG_ENTRIES,
                                     .entry_count = TH_COUNT(RIG_ENTRIES)};

int rig_setup(void **state)
{
    static struct rig fixture;
    memset(&fixture, 0, sizeof(fixture));
    fixture.memory = malloc(routing_memory());
    fixture.actions = (struct th_actions){.items = fixture.items, .max = ROUTING_ACTIONS_MAX};
    fixture.now_ms = 1000;
    fixture.arena = th_arena_of(fixture.arena_bytes, sizeof(fixture.arena_bytes));
    const struct routing_limits limits = {.window_batches = 8, .window_bytes = 1 << 20};
    const struct th_memory memory = {.base = fixture.memory, .size = routing_memory()};
    EXPECT(TH_OK, routing_init(&fixture.routing, &limits, memory));
    routing_set_roster(&fixture.routing, &RIG_ROSTER);
    *state = &fixture;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *f = *state;
    th_mutant_set(0);
    free(f->memory);
    return 0;
}

const struct rig_sent RIG_BATCH = {TH_PEER_NODE, 7, ROUTING_NODES, TH_MSG_BATCH, 7};
const struct rig_sent RIG_BYE = {TH_PEER_NODE, 7, ROUTING_NODES, TH_MSG_BYE, 7};

// ---- what is sent ----

void rig_step(struct rig *f, struct th_event event)
{
    f->actions.count = 0;
    event.now_ms = f->now_ms;
    event.wall_ms = RIG_WALL_MS;
    routing_step(&f->routing, &event, &f->actions);
}

struct th_bytes rig_header(uint8_t out[static TH_HEADER_BYTES_MAX], struct th_header header)
{
    struct th_writer writer = {.data = out, .max = TH_HEADER_BYTES_MAX};
    header.protocol = header.protocol == 0 ? TH_PROTOCOL : header.protocol;
    th_header_write(&writer, &header);
    return th_written(&writer);
}

void rig_message(struct rig *f,
                 const struct rig_sent *sent,
                 const char *route,
                 struct th_bytes body)
{
    uint8_t bytes[TH_HEADER_BYTES_MAX];
    const struct th_header header = {
        .type = sent->type, .node = sent->node, .seq = 4, .epoch = 2, .correlation = 55};
    rig_step(
        f,
        (struct th_event){
            .kind = TH_EV_MESSAGE,
            .port = sent->port,
            .from = {.class = sent->class, .number = sent->number, .route = th_bytes_of(route)},
            .header = rig_header(bytes, header),
            .body = body});
}

void rig_attach(struct rig *f, uint32_t worker, const char *route, uint64_t store, uint64_t epoch)
{
    uint8_t bytes[256];
    struct th_writer body = TH_WRITER(bytes);
    const struct th_province_state state = {
        .lineage = TH_BYTES("hg93"), .store_id = store, .store_epoch = epoch};
    const struct th_attach attach = {.provinces = &state, .count = 1};
    th_attach_write(&body, &attach);
    const struct rig_sent sent = {TH_PEER_WORKER, worker, ROUTING_WORKERS, TH_MSG_ATTACH, 0};
    rig_message(f, &sent, route, th_written(&body));
}

struct rig_answer rig_answer_to(enum th_peer_class class, uint32_t number, uint32_t type)
{
    return (struct rig_answer){.worker = 1,
                               .worker_route = "W1",
                               .type = type,
                               .envelope = {.route = TH_BYTES("N"),
                                            .class = class,
                                            .number = number,
                                            .lineage = TH_BYTES("hg93"),
                                            .store_id = RIG_STORE,
                                            .store_epoch = 3}};
}

void rig_answer(struct rig *f, const struct rig_answer *answer, struct th_bytes body)
{
    uint8_t bytes[2][TH_HEADER_BYTES_MAX];
    struct th_writer envelope = TH_WRITER(bytes[0]);
    th_envelope_write(&envelope, &answer->envelope);
    const struct th_header header = {.type = answer->type, .node = answer->envelope.number};
    rig_step(f,
             (struct th_event){.kind = TH_EV_MESSAGE,
                               .port = ROUTING_WORKERS,
                               .from = {.class = TH_PEER_WORKER,
                                        .number = answer->worker,
                                        .route = th_bytes_of(answer->worker_route)},
                               .envelope = th_written(&envelope),
                               .header = rig_header(bytes[1], header),
                               .body = body});
}

// ---- what comes out ----

const struct th_action *rig_only_send(struct rig *f, unsigned port)
{
    assert_int_equal(f->actions.count, 1);
    assert_int_equal(f->items[0].kind, TH_ACT_SEND);
    assert_int_equal(f->items[0].port, port);
    return &f->items[0];
}

struct th_header rig_header_of(const struct th_action *action)
{
    struct th_header header = {0};
    EXPECT(TH_OK, th_header_read(action->header, &header, NULL));
    return header;
}

void rig_expect_refusal(struct rig *f, unsigned port, uint32_t code)
{
    const struct th_action *send = rig_only_send(f, port);
    const struct th_header header = rig_header_of(send);
    struct th_refusal refusal;
    assert_int_equal(header.type, TH_MSG_REFUSAL);
    assert_int_equal(header.seq, 4);
    EXPECT(TH_OK, th_refusal_read(send->body, &f->arena, &refusal, NULL));
    assert_int_equal(refusal.code, code);
}

void rig_expect_envelope(struct rig *f, enum th_peer_class class, uint32_t number)
{
    const struct th_action *send = rig_only_send(f, ROUTING_WORKERS);
    struct th_envelope envelope;
    EXPECT(TH_OK, th_envelope_read(send->envelope, &f->arena, &envelope, NULL));
    assert_int_equal(envelope.class, class);
    assert_int_equal(envelope.number, number);
    assert_true(th_bytes_equal(envelope.route, TH_BYTES("N")));
    assert_true(th_bytes_equal(envelope.lineage, TH_BYTES("hg93")));
    assert_int_equal(envelope.store_id, RIG_STORE);
    assert_int_equal(envelope.store_epoch, 3);
    assert_true(th_bytes_equal(send->to.route, TH_BYTES("W1")));
}

static size_t offset_of_count(const char *name)
{
    static const struct {
        const char *name;
        size_t offset;
    } COUNTS[] = {
#define X(name, meaning) {#name, offsetof(struct routing_counts, name)},
        ROUTING_COUNTS(X)
#undef X
    };
    for (size_t i = 0; i < TH_COUNT(COUNTS); i++) {
        if (strcmp(COUNTS[i].name, name) == 0) {
            return COUNTS[i].offset;
        }
    }
    fail_msg("no counter %s", name);
    return 0;
}

uint64_t rig_count(const struct rig *f, const char *name)
{
    uint64_t value = 0;
    memcpy(&value, (const char *)&f->routing.counts + offset_of_count(name), sizeof(value));
    return value;
}
