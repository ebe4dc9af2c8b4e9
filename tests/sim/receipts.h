// receipts.h - receipts in the simulated world: signed with a hash, which is cheap, and looked at
// at the end

#ifndef TESTS_SIM_RECEIPTS_H
#define TESTS_SIM_RECEIPTS_H

#include "nodes/session.h"
#include "tests/sim/run.h"
#include "workers/judge.h"

struct judge_signer receipts_signer(void);
struct session_verifier receipts_verifier(void);

// The node holds receipts of all that was entered there.
bool receipts_are_held(struct run *run, struct actor *actor);
// Every batch decided is in a receipt, and each says what the node sent.
void receipts_ask(struct run *run, struct actor *actor);

#endif
