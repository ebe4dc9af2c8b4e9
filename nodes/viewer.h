// viewer.h - how a viewer's key becomes known to the province
//
// A viewer has no outbox and no agent: its key is registered at once, over the door for questions,
// under the one-use key of its enrolment.

#ifndef NODES_VIEWER_H
#define NODES_VIEWER_H

#include <stdint.h>

#include "tonghop/enrolment.h"
#include "tonghop/verdict.h"

/**
 * Register public_key (Z85) and wait for the answer until deadline_ms (monotonic).
 *
 * Errors: TH_E_TIMEOUT: the province was not reached; a further call goes on, with the same key.
 *         TH_E_DENIED: it refuses, with *why; TH_E_INVALID: an endpoint or key is none; TH_E_IO.
 */
TH_MUST_USE enum th_err viewer_register(const struct th_enrolment *enrolment,
                                        const char *public_key,
                                        uint64_t deadline_ms,
                                        struct th_verdict *why);

#endif
