// ownkey.h - the node's own key, and the one that is to take its place
//
//   keys/next.secret is there  ──JOIN under the own key──> the province lets both in
//                              ──JOINED──> keys/node.secret is that key, next.secret is gone
//
// The file is the intent: whatever ends in between, the next agent goes on with it. For as long as
// the province lets both in either works; when it lets only the new one in, the agent finds that
// out by trying it.
//
// Threads: one.

#ifndef NODES_OWNKEY_H
#define NODES_OWNKEY_H

#include <stdbool.h>

#include "tonghop/key.h"

#include "nodes/session.h"

struct ownkey {
    const char *keys; // the directory
    struct th_key_pair own;
    struct th_key_pair next;
    bool has_next;
    bool with_next; // connect with it, because the own one was refused
};

// own: Z85 texts, copied. keys must outlive key.
void ownkey_start(struct ownkey *key, const char *keys, const char *public, const char *secret);
void ownkey_forget(struct ownkey *key);

// What to connect with.
const struct th_key_pair *ownkey_pair(const struct ownkey *key);

// Does one wait, made by ownkey_prepare or by an agent before this one? The session is told.
void ownkey_look(struct ownkey *key, struct session *session);

// The session noted something (session_note).
void ownkey_note(struct ownkey *key, struct session *session, unsigned note);

// The key in use was refused. true: the other one is to be tried at once.
bool ownkey_refused(struct ownkey *key);

// ---- beside an agent ----

// The key that waits is made no use of.
void ownkey_drop(const char *keys);

bool ownkey_waits(const char *keys);
// Make one that waits, unless one does. TH_E_IO; others as th_key_read.
TH_MUST_USE enum th_err ownkey_prepare(const char *keys);

#endif
