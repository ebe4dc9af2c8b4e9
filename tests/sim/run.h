// run.h - one run of the simulator: a world with the real cores in it, a load and the oracle
//
//   run_seed -> world -> load while faults happen -> heal -> quiet -> the oracle's last questions
//
// Adapters (actor_node.c, actor_worker.c, actor_broker.c) put a core behind the step contract of
// the world and tell the oracle what can be seen from outside.

#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tonghop/catalogue.h"
#include "tonghop/register.h"
#include "tonghop/roster.h"

#include "tests/sim/fold.h"
#include "tests/sim/load.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

enum {
    RUN_VIEWERS_MAX = SWARM_VIEWERS_MAX,
    RUN_ENTRIES_MAX = LOAD_NODES_MAX + SWARM_PROVINCES_MAX + RUN_VIEWERS_MAX,
};

// What every run of as many provinces shares; read-only.
struct run_setting {
    struct th_province *provinces[SWARM_PROVINCES_MAX + 1];
};

// A province with a register that was changed, and the digest of that.
struct run_changed {
    struct th_province *province;
    uint8_t digest[TH_HASH256_BYTES];
};

// How far a ledger was read: the key.
struct run_ledger {
    uint8_t key[16];
    size_t size;
};

struct run {
    struct world world;
    const struct run_setting *setting;
    struct load load;
    struct oracle *oracle;
    struct actor *broker;
    struct actor *workers[SWARM_PROVINCES_MAX + 1];
    struct actor *nodes[LOAD_NODES_MAX + 1]; // and desks
    struct run_ledger ledgers[SWARM_PROVINCES_MAX + 1];
    struct run_changed changed[SWARM_PROVINCES_MAX + 1];
    struct actor *viewers[RUN_VIEWERS_MAX + 1];
    struct th_roster roster;
    struct th_roster_province provinces[SWARM_PROVINCES_MAX];
    struct th_roster_entry entries[RUN_ENTRIES_MAX];
    struct th_bytes units[SWARM_NODES_MAX];
    char names[SWARM_NODES_MAX + SWARM_PROVINCES_MAX][2][LOAD_CODE_BYTES];
    size_t next_batch;
    bool quiet;
    bool revoked[LOAD_NODES_MAX + 1];
    struct th_store_memory *copies[LOAD_NODES_MAX + 1]; // older outboxes, until they come back
    bool restored[LOAD_NODES_MAX + 1];
    bool lost[SWARM_PROVINCES_MAX + 1];                          // its store was gone once
    struct th_store_memory *on_platter[SWARM_PROVINCES_MAX + 1]; // what a lying drive really wrote
    uint64_t store_ids[SWARM_PROVINCES_MAX + 1];
    uint64_t broker_epochs[SWARM_PROVINCES_MAX + 1]; // highest passed on in this life of the broker
};

struct run_result {
    bool failed;
    char failure[512];
    uint64_t events;
    uint64_t faults;
    uint64_t virtual_ms;
    uint8_t trace[TH_HASH256_BYTES];
};

struct run_options {
    bool tracing;
    FILE *print;
};

struct run_result run_swarm(const struct swarm *swarm, const struct run_options *options);

// ---- look.c: what is on a province's disk ----

// The province with the register that its disk has.
const struct th_province *look_province(struct run *run, uint32_t number);
// A commit of it, shown to the oracle.
void look_committed(struct world *world, struct actor *worker);
// At the end: its lists add up from nothing, by the worker's own verification; the months of people
// who went from unit to unit; what is told of everything that was decided.
void look_verify(struct run *run, struct actor *worker);
void look_months(struct run *run, struct actor *worker);
void look_told(struct run *run, struct actor *worker);

// ---- the adapters ----

extern const struct actor_ops ACTOR_NODE_OPS;
extern const struct actor_ops ACTOR_WORKER_OPS;
extern const struct actor_ops ACTOR_BROKER_OPS;
extern const struct actor_ops ACTOR_VIEWER_OPS;

uint32_t run_viewed(const struct run *run, uint32_t viewer); // the province it looks at
uint32_t run_viewer_number(uint32_t viewer);                 // its number in the roster

uint64_t actor_worker_version(const struct actor *actor); // newest committed
// A question that reached a worker.
struct actor_question {
    struct link *link;
    const struct th_envelope *envelope;
    struct th_bytes envelope_bytes;
    uint64_t correlation;
    uint64_t version;
    uint64_t beat;
};
void actor_answer(struct world *world,
                  const struct actor *actor,
                  const struct actor_question *question);

// Live, and at the version the province has.
bool actor_viewer_is_quiet(struct run *run, struct actor *actor);
void actor_viewer_describe(struct actor *actor, char *out, size_t max);
void actor_viewer_ask(struct run *run, struct actor *actor);

// The roster has changed.
void actor_broker_roster(struct run *run);

// Make a node's outbox on its empty disk.
void actor_node_birth(struct run *run, struct actor *actor);
// A command puts a batch into the outbox. False: the disk is busy, try again.
bool actor_node_enter(struct run *run, struct actor *actor, const struct load_batch *batch);
// Highest number in use in the outbox as it stands.
uint64_t actor_node_last(struct actor *actor);
// Everything entered is decided, and every verdict held; or, where the outbox was restored from a
// copy, the fork is known. Only while the node commits nothing.
bool actor_node_is_quiet(struct run *run, struct actor *actor);
void actor_node_describe(struct run *run, struct actor *actor, char *out, size_t max);
void actor_node_ask(struct run *run, struct actor *actor); // the oracle's last questions

#endif
