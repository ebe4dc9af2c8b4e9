// oracle_body.h - what the parts of the oracle share

#ifndef TESTS_SIM_ORACLE_BODY_H
#define TESTS_SIM_ORACLE_BODY_H

#include "tests/sim/fold.h"
#include "tests/sim/oracle.h"

struct oracle_province {
    uint64_t epoch;
    bool lost;         // its store was gone once
    const char *check; // of this look
    size_t seen;       // totals in it, or reports
    uint64_t topics[FOLD_TOPICS];
};

struct oracle {
    const struct swarm *swarm;
    struct fold *fold;
    struct oracle_province provinces[SWARM_PROVINCES_MAX + 1];
    char failure[400];
};

struct fold_node *oracle_node(struct oracle *oracle, uint32_t node);
// What an update says, but for the moment it was entered.
uint64_t oracle_hash_of(const struct th_update *update);

#endif
