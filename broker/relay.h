// relay.h - the broker's loop: sockets, clock and signals around the routing core
//
//   wait ──> message ──> routing_step ──> actions ──> sockets
//     ├── signal: SIGTERM and SIGINT end, SIGHUP reads configuration and roster again
//     ├── every 100 ms: is roster.yaml another file?
//     ├── every second: memory guard
//     └── every self_test_every: knock at every door

#ifndef BROKER_RELAY_H
#define BROKER_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/config.h"
#include "tonghop/finding.h"

#include "broker/announced.h"
#include "broker/doors.h"
#include "broker/guard.h"
#include "broker/keyring.h"
#include "broker/routing.h"

// So often in a row may nobody answer the test of a door.
enum { RELAY_SELF_TESTS_LATE = 5 };

struct relay {
    struct routing routing;
    struct doors doors;
    struct keyring keyring;
    struct guard guard;
    struct announced announced;
    const char *state_path; // run/broker.state
    const char *keys;       // directory of the broker's own
    // Reads the configuration again at SIGHUP; NULL when it is refused.
    const struct th_config *(*reread)(void *self);
    void *reread_self;
    int signals; // signalfd
    uint64_t self_test_every_ms;
    unsigned self_tests_late; // one after the other
    uint64_t wake_ms, roster_look_ms, guard_look_ms, self_test_ms, descriptors_ms; // when next
    uint64_t unsent;  // answers a full peer lost
    bool roster_due;  // the core is to be told of a changed roster
    unsigned cut_due; // doors (bits of zap_door) to cut at cut_ms: a key there was replaced
    uint64_t cut_ms;
    bool over;
    int exit_code;
    bool worker_full; // an action of this step could not be sent to its worker
    struct th_action items[ROUTING_ACTIONS_MAX];
};

// Limits of the configuration that apply at once.
void relay_configure(struct relay *relay, const struct th_config *config);

// Take the broker's own key and the next one as the files have them now. TH_E_INVALID and others of
// the doors: end the process.
TH_MUST_USE enum th_err relay_look_at_keys(struct relay *relay);

// Write run/broker.state for the roster in force. TH_E_IO.
TH_MUST_USE enum th_err relay_tell_state(const struct relay *relay);

// Run until a signal or an error ends it; returns the exit code.
int relay_run(struct relay *relay);

#endif
