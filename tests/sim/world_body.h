// world_body.h - the inside of the world, for its own files: world.c, links.c, faults.c

#ifndef TESTS_SIM_WORLD_BODY_H
#define TESTS_SIM_WORLD_BODY_H

#include "tests/sim/world.h"

enum happening_kind {
    HAPPENS_PLAN,    // of the run: number
    HAPPENS_FAULT,   // number: enum swarm_fault, and what it needs
    HAPPENS_ARRIVE,  // thing: a parcel
    HAPPENS_CONNECT, // who: a link tries; number: the try is void when it has another conn by then
    HAPPENS_RESTART, // who: an actor; number: its life, here and below
    HAPPENS_WAKE,
    HAPPENS_COMMIT,
    HAPPENS_TURN,
    HAPPENS_THAW,
    HAPPENS_TELL,
};

void world_push(struct world *world, uint64_t in_ms, enum happening_kind what, int who);
void world_arrive(struct world *world, struct actor *actor, struct parcel *parcel); // takes it

void links_happen(struct world *world, struct happening *next);
void links_restart(struct world *world, struct actor *actor);
void links_die(struct world *world, struct actor *actor);
void link_rebuild(struct world *world, struct link *link);

void faults_happen(struct world *world, uint64_t number);

#endif
