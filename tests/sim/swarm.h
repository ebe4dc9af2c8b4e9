// swarm.h - which faults exist in a run, how strong, and how large everything is, from one seed
//
// Each fault is absent in half of the seeds: a mixture of everything hides what only shows when
// something never happens. A failure is made smaller by switching faults off and halving sizes.

#ifndef TESTS_SIM_SWARM_H
#define TESTS_SIM_SWARM_H

#include <stdbool.h>
#include <stdint.h>

// clang-format off
//    name            from  to     what happens
#define SWARM_FAULTS(X)                                                                   \
    X(loss,           1,    20,    "percent of messages lost")                            \
    X(twice,          1,    20,    "percent of messages delivered again, from an old connection") \
    X(tail,           1,    10,    "percent of messages that take up to 30 s")            \
    X(cuts,           1,    8,     "connections cut")                                     \
    X(stalls,         1,    4,     "links silent both ways for up to 60 s")               \
    X(one_way,        1,    3,     "links silent one way for up to 60 s")                 \
    X(stuck,          1,    3,     "links dead until rebuilt")                            \
    X(refusals,       1,    3,     "keys refused for a while")                            \
    X(node_crashes,   1,    4,     "nodes killed")                                        \
    X(worker_crashes, 1,    4,     "workers killed")                                      \
    X(broker_crashes, 1,    3,     "the broker killed")                                   \
    X(mid_crashes,    1,    4,     "processes killed between two actions of a step")      \
    X(slow_commits,   20,   2000,  "ms that a commit may take")                           \
    X(full_disks,     1,    3,     "times that a worker's disk is full for up to 30 s")   \
    X(io_errors,      1,    2,     "commits that fail for good: the process ends")        \
    X(full_nodes,     1,    3,     "times that a node's commit finds the disk full")      \
    X(clock_jumps,    1,    3,     "jumps of a wall clock by up to 10 days")              \
    X(liars,          1,    10,    "percent of messages sent again under another node's number") \
    X(revocations,    1,    2,     "nodes whose key is revoked, and cut some time later")  \
    X(node_restores,  1,    2,     "nodes restored from an older copy of their outbox")    \
    X(lost_commits,   1,    1,     "provinces whose drive lied: a crash takes commits with it")   \
    X(new_stores,     1,    1,     "provinces whose disk is gone: an empty store, filled again by the nodes") \
    X(slow_viewers,   5,    40,    "percent of deltas dropped on their way to viewers")   \
    X(freezes,        1,    3,     "processes stopped for up to 30 s, then going on")
// clang-format on

enum swarm_fault {
#define X(name, from, to, what) SWARM_##name,
    SWARM_FAULTS(X)
#undef X
        SWARM_FAULT_COUNT
};

enum { SWARM_PROVINCES_MAX = 3, SWARM_NODES_MAX = 12, SWARM_VIEWERS_MAX = 3 };

struct swarm {
    uint64_t seed;
    uint32_t salt; // other chances with the same sizes and faults; shrinking tries a few
    uint32_t provinces;
    uint32_t nodes; // in all
    uint32_t viewers;
    uint32_t updates;
    uint32_t load_ms; // how long offices enter and faults happen
    uint32_t faults[SWARM_FAULT_COUNT];
};

extern const char *const SWARM_NAMES[SWARM_FAULT_COUNT];
extern const uint32_t SWARM_STRONGEST[SWARM_FAULT_COUNT];

struct swarm swarm_draw(uint64_t seed);

/**
 * Make a failing swarm smaller: fails says whether a candidate still fails.
 *
 * With something less a seed is another history, so each candidate gets a few chances (salt).
 * Returns the smallest one found.
 */
struct swarm swarm_shrink(const struct swarm *failing,
                          bool (*fails)(void *context, const struct swarm *candidate),
                          void *context);

#endif
