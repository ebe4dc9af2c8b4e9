// trust.h - what this node believes, and is believed by: keys of three kinds
//
//   its own        connects it; another one may be to come        (ownkey.h)
//   the broker's   is proved by each handshake                    (server_key.h)
//   the signing    are those of receipts and roots                (sign_keys.h)
//
// The session decides when they matter; the agent asks here.
//
// Threads: one.

#ifndef NODES_TRUST_H
#define NODES_TRUST_H

#include "tonghop/server_key.h"
#include "tonghop/sign_keys.h"

#include "nodes/ownkey.h"

struct trust {
    struct session *session;
    const char *keys; // the directory
    struct ownkey own;
    struct th_server_key server;
    struct th_sign_keys signers;
};

struct trust_setup {
    const char *keys;       // directory; must outlive *trust
    const char *own_public; // Z85
    const char *own_secret;
    const char *enrolled_signer; // Z85 of the enrolment; "": not known
};

/**
 * Read what the directory has, and tell session, which must outlive *trust.
 *
 * Errors: those of th_server_key_open.
 */
TH_MUST_USE enum th_err
trust_open(struct trust *trust, const struct trust_setup *setup, struct session *session);
void trust_forget(struct trust *trust);

// Does another key of our own wait? The session is told.
void trust_look(struct trust *trust);

// The broker's word beside a message, in its header.
void trust_hear(struct trust *trust, struct th_bytes header);

#endif
