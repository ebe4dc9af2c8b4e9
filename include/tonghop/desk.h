// desk.h - the province's own desk: the directory from which the province itself writes
//
//   DIR/desk/<lineage>/   keys/node.*, keys/enrolment.yaml, tonghop.yaml, run/: as `join` makes
//                         them for an office; the outbox comes with the first act
//
// What the province decides itself enters by the same door as what offices report, so that the
// ledger holds it too. On the province's machine that takes no enrolment: whoever may write DIR may
// speak for the desk. `init` makes the directory; in an older province the first use does.
//
//   K1  The own desk speaks as node 0 of its province; roster.yaml has its key before it first
//       speaks.
//   K2  A desk's stream is never begun twice: where the directory was lost, another desk is
//       enrolled and joins into DIR/desk/<lineage>, under a number of its own.

#ifndef TONGHOP_DESK_H
#define TONGHOP_DESK_H

#include <stdint.h>

#include "tonghop/config.h"
#include "tonghop/err.h"
#include "tonghop/verdict.h"

// "DIR/desk/<lineage>" in out; returns it.
char *
th_desk_dir(const struct th_config *config, const char *lineage, char out[static TH_PATH_MAX]);

/**
 * Make the desk of a province of config's directory, or finish what an earlier call began. Nothing
 * is changed where there is one, also one that was enrolled. *generation is that of the roster when
 * the desk's key was written to it now, else 0.
 *
 * Errors: TH_E_EXISTS: K2 (TH1210); everything else with *why too.
 */
TH_MUST_USE enum th_err th_desk_make(const struct th_config *config,
                                     const char *lineage,
                                     uint64_t *generation,
                                     struct th_verdict *why);

// Where the nodes' door is, as this machine reaches it: "tcp://*:5570" is the loopback address.
// Several with commas. Returns out.
enum { TH_DESK_BROKERS_BYTES = 1024 };
char *th_desk_brokers(const struct th_config *config, char out[static TH_DESK_BROKERS_BYTES]);

#endif
