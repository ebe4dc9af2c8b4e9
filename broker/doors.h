// doors.h - the broker's five bound sockets and their endpoints
//
// A door is locked, then bound, then knocked at with a random key (zap.h, Z1): only then does the
// broker say that it is ready. The nodes' door may have several endpoints (a comma list), so that a
// cut touches only a part of the nodes.

#ifndef BROKER_DOORS_H
#define BROKER_DOORS_H

#include "tonghop/config.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"
#include "tonghop/sock.h"

#include "broker/routing.h"

enum { DOORS_ENDPOINTS_MAX = 8 }; // of one door

struct door {
    struct th_sock sock;
    char bound[DOORS_ENDPOINTS_MAX][TH_ENDPOINT_SIZE];
    size_t bound_count;
};

struct doors {
    struct th_context *context;
    struct door door[ROUTING_PORTS];
    char public_key[TH_Z85_SIZE];
};

/**
 * Open all doors at the endpoints of the configuration.
 *
 * Ownership: the caller closes *doors with doors_close, before the context; it may own some doors
 *            after an error too.
 * Errors:    with *why: TH_E_EXISTS (TH4001: address in use), TH_E_INVALID (TH1104: no endpoint);
 *            TH_E_IO.
 */
TH_MUST_USE enum th_err doors_open(struct th_context *context,
                                   const struct th_config *config,
                                   const struct th_key_pair *own,
                                   struct doors *doors,
                                   struct th_verdict *why);
void doors_close(struct doors *doors); // scoped

// Knock at every endpoint. Errors: those of zap_self_test.
TH_MUST_USE enum th_err doors_self_test(const struct doors *doors);

// Close every connection of a door, and give memory back. TH_E_TIMEOUT: end the process.
TH_MUST_USE enum th_err doors_cut(struct doors *doors, enum routing_port port);

// From here on all doors have this key; everybody is cut off, and comes back when they know it.
// Errors as doors_cut; TH_E_INVALID.
TH_MUST_USE enum th_err doors_rekey(struct doors *doors, const struct th_key_pair *own);

void doors_tell(const struct doors *doors, struct th_broker_state *state);

#endif
