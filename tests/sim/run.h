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

#include "tests/sim/load.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

enum { RUN_ENTRIES_MAX = SWARM_NODES_MAX + SWARM_PROVINCES_MAX };

// What every run of as many provinces shares; read-only.
struct run_setting {
    struct th_register *reg;
    struct th_catalogue *catalogue;
    uint8_t bundle[512];
    size_t bundle_size;
};

struct run {
    struct world world;
    const struct run_setting *setting;
    struct load load;
    struct oracle *oracle;
    struct actor *broker;
    struct actor *workers[SWARM_PROVINCES_MAX + 1];
    struct actor *nodes[SWARM_NODES_MAX + 1];
    struct th_roster roster;
    struct th_roster_province provinces[SWARM_PROVINCES_MAX];
    struct th_roster_entry entries[RUN_ENTRIES_MAX];
    struct th_bytes units[SWARM_NODES_MAX];
    char names[SWARM_NODES_MAX + SWARM_PROVINCES_MAX][2][LOAD_CODE_BYTES];
    size_t next_batch;
    bool quiet;
    bool revoked[SWARM_NODES_MAX + 1];
    struct th_store_memory *copies[SWARM_NODES_MAX + 1]; // older outboxes, until they come back
    bool restored[SWARM_NODES_MAX + 1];
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

// The worker's lists add up from nothing, by the worker's own verification.
void actor_worker_verify(struct run *run, struct actor *actor);

// ---- the adapters ----

extern const struct actor_ops ACTOR_NODE_OPS;
extern const struct actor_ops ACTOR_WORKER_OPS;
extern const struct actor_ops ACTOR_BROKER_OPS;

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
