// keys.h - tonghop keys list|revoke|rotate|fingerprint|make: whose key speaks for what, taking it
// back, changing it

#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "tonghop/option.h"

enum { KEYS_OPTION_COUNT = 6 };

extern const struct th_option KEYS_OPTIONS[KEYS_OPTION_COUNT];

// Operands: what to do, then the NODE of a revocation, whose key to change, or worker NAME of a key
// to make.
int keys_run(const struct th_call *call);

// The desk's word about the key of node, for the ledger, by a verb of tonghop-node: queued, and
// sent now when the province runs. What could not be queued is told by the child. reason may be
// NULL.
void keys_enter(const struct th_call *call,
                const char *dir,
                const char *verb,
                const char *node,
                const char *reason);

#endif
