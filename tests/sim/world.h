// world.h - virtual time, processes, connections, disks, and everything that can go wrong
//
//      node ─┐                       ┌─ worker (one province)
//      node ─┼─ link ─> broker <─ link┤
//      node ─┘                       └─ worker
//
// An actor is a process: a machine behind the step contract, perhaps with a disk. A link is the
// connection of one actor (the client) to another (the server); each time it comes up it is a new
// connection with a new route. What ZeroMQ does to messages, links do here:
//
//   W1  Order is kept inside a connection and not across. What is in flight when it is cut is lost.
//   W2  A stuck link brings no LINK_DOWN and nothing else, until its client rebuilds it.
//   W3  A client hears LINK_UP only after its key was accepted; KEY_REFUSED leaves the link dead
//       until rebuilt.
//   W4  A message may come again later, out of an old connection.
//   W5  A process that dies forgets everything but its disk, which is as of the last commit; one
//       under way may have reached it or not.
//
// Time is virtual and one thread does it all: the same seed gives the same run, event for event.

#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/hash.h"
#include "tonghop/step.h"
#include "tonghop/store_memory.h"

#include "tests/sim/heap.h"
#include "tests/sim/swarm.h"
#include "tests/support/test.h"

enum { WORLD_ACTORS_MAX = 32, WORLD_LINKS_MAX = 64, WORLD_BOTTLE_MAX = 64 };

enum actor_role { ACTOR_BROKER, ACTOR_WORKER, ACTOR_NODE, ACTOR_VIEWER };

struct world;
struct actor;
struct link;

// A message on its way. The bytes stand behind it.
struct parcel {
    struct link *link;
    uint32_t conn;  // 0: it comes whatever became of its connection (W4)
    uint32_t route; // of the connection it was sent on
    bool to_server;
    bool published; // header is a topic
    struct th_bytes envelope;
    struct th_bytes header;
    struct th_bytes body;
};

// What differs from role to role.
struct actor_ops {
    size_t actions_max;

    // A new machine over the actor's disk. After it the world steps START. False: the disk is full,
    // the process ends and is started again.
    bool (*make)(struct world *world, struct actor *actor);
    void (*step)(struct world *world,
                 struct actor *actor,
                 const struct th_event *event,
                 struct th_actions *actions);
    // SEND, PUBLISH and NOTE.
    void (*act)(struct world *world, struct actor *actor, const struct th_action *action);
    // A message has arrived and the process is free.
    void (*receive)(struct world *world, struct actor *actor, const struct parcel *parcel);
    // The committed state of the disk changed. May be NULL.
    void (*committed)(struct world *world, struct actor *actor);
};

struct actor {
    enum actor_role role;
    uint32_t number; // of the node, or of the province
    const struct actor_ops *ops;
    void *machine; // the adapter's
    struct th_store_memory *disk;

    bool alive;
    bool frozen;
    uint32_t life;    // plans of an earlier life are void
    uint64_t wake_at; // 0 = none
    bool late_wake;   // it came while frozen or committing
    bool late_commit; // it ended while frozen
    bool committing;
    uint64_t commit;
    bool turn_planned; // a worker's: messages wait for it
    uint64_t clock_offset;
    int64_t wall_offset;
    uint32_t doom;     // die after so many more actions; 0 = not
    bool fail_commits; // FULL
    bool io_error;     // the next commit fails for good

    struct parcel *waiting[1024]; // arrived, not taken
    size_t waiting_count;
};

enum link_state { LINK_DOWN, LINK_UP, LINK_STUCK };

struct link {
    struct actor *client;
    struct actor *server;
    unsigned door;
    enum link_state state;
    uint32_t conn;       // of this connection; 0 when down
    bool refused;        // the key is not in the roster now
    bool revoked;        // and will never be again
    uint64_t since;      // when it came up
    uint64_t silent[2];  // to the server, to the client: nothing passes before
    uint64_t last_at[2]; // W1
};

struct world {
    struct swarm swarm;
    struct rng rng;
    struct heap heap;
    uint64_t now;
    bool healed;
    struct actor actors[WORLD_ACTORS_MAX];
    size_t actor_count;
    struct link links[WORLD_LINKS_MAX];
    size_t link_count;
    uint32_t conns;

    void *context;                                                 // of whoever made the world
    void (*on_plan)(struct world *world, uint64_t number);         // world_plan has come
    void (*on_fault)(struct world *world, enum swarm_fault fault); // those of the run itself
    void (*on_death)(struct world *world, struct actor *actor);    // after its disk came to rest

    bool failed;
    char failure[512];

    bool tracing; // hash what happens
    struct th_hash_run trace;
    FILE *print; // and write it down; NULL = not
    uint64_t events;
    uint64_t faults;
};

void world_start(struct world *world, const struct swarm *swarm);
void world_end(struct world *world);

struct actor *world_actor(struct world *world, enum actor_role role, const struct actor_ops *ops);
struct link *
world_link(struct world *world, struct actor *client, struct actor *server, unsigned door);

// Start every process, within a second.
void world_begin(struct world *world);
// Let one thing happen. False when nothing is planned.
bool world_next(struct world *world);
// on_plan(number) after so many ms.
void world_plan(struct world *world, uint64_t in_ms, uint64_t number);

// One step of a machine: the event gets its times, the actions are carried out.
void world_step(struct world *world, struct actor *actor, struct th_event event);
// The process learns of something, once it is free.
void world_tell(struct world *world, struct actor *actor, enum th_event_kind kind);
void world_tell_door(struct world *world,
                     struct actor *actor,
                     enum th_event_kind kind,
                     unsigned door);
void world_send(struct world *world, struct link *link, const struct parcel *parcel);
struct link *world_link_of(struct world *world, const struct actor *client); // its first
struct link *world_link_at(struct world *world, const struct actor *client, unsigned door);
struct link *world_link_conn(struct world *world, uint32_t conn); // NULL when it is gone

// ---- faults (faults.c plans them) ----

void world_kill(struct world *world, struct actor *actor);
void world_cut(struct world *world, struct link *link);
void world_stick(struct world *world, struct link *link);
void world_freeze(struct world *world, struct actor *actor, uint64_t for_ms);
void faults_plan(struct world *world);
// From now on nothing goes wrong any more; what is down comes up.
void faults_heal(struct world *world);

// The first failure counts.
void world_fail(struct world *world, const char *format, ...) TH_PRINTF(2, 3);
void world_note(struct world *world, const struct actor *actor, const char *what, uint64_t number);

#endif
