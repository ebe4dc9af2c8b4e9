// move.h - the moves a session can make, whoever decides on them
//
// Pure. Every move keeps the invariants N1..N5 of session.h.

#ifndef NODES_MOVE_H
#define NODES_MOVE_H

#include "nodes/session.h"

uint64_t move_min(uint64_t a, uint64_t b);

// Something in [from, to], from the machine's own generator.
uint64_t move_draw(struct session *session, uint64_t from, uint64_t to);
// Doubling with each rebuild in a row, drawn from [half, whole].
uint64_t move_backoff(struct session *session, uint64_t first_ms, uint64_t max_ms);

// RESTORING or RESYNCING.
bool move_is_mending(const struct session *session);
void move_enter(struct session *session, enum session_state state, struct th_actions *actions);
void move_stop(struct session *session, uint32_t reason, struct th_actions *actions);
void move_rebuild(struct session *session, uint64_t now_ms, struct th_actions *actions);

// The province said something: every back-off begins anew.
void move_heard(struct session *session, uint64_t now_ms);
void move_commit(struct session *session, struct th_actions *actions);
// The province is not what it was: greet again soon, and believe its WELCOME.
void move_doubt(struct session *session, uint64_t now_ms, struct th_actions *actions);
// What it says of our stream may be a fork: only a WELCOME shows whether it is. Again and again
// without anything decided: the stream stops.
void move_suspect(struct session *session, uint64_t now_ms, struct th_actions *actions);
void move_ping(struct session *session,
               const struct outbox *box,
               uint64_t now_ms,
               struct th_actions *actions);

// The end of every step that touched the store: commit what changed, or go on sending.
TH_MUST_USE enum th_err move_settle(struct session *session,
                                    struct outbox *box,
                                    bool changed,
                                    uint64_t now_ms,
                                    struct th_actions *actions);

#endif
