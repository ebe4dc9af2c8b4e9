// speech.h - what a session says: the messages it writes, and the register it asks for
//
// Everything written here lies in the session's room for one step. Pure.

#ifndef NODES_SPEECH_H
#define NODES_SPEECH_H

#include "nodes/session.h"

// HELLO, or JOIN while the node's own key is not known to the province.
TH_MUST_USE enum th_err
speech_greet(struct session *session, struct outbox *box, struct th_actions *actions);
// JOIN under the node's own key, with the next one.
void speech_announce(struct session *session, const struct outbox *box, struct th_actions *actions);
void speech_ping(struct session *session, const struct outbox *box, struct th_actions *actions);
void speech_bye(struct session *session, const struct outbox *box, struct th_actions *actions);

// One BATCH; *full when this step has no more room.
TH_MUST_USE enum th_err speech_batch(struct session *session,
                                     struct outbox *box,
                                     uint64_t seq,
                                     struct th_bytes body,
                                     struct th_actions *actions,
                                     bool *full);

// WELCOME named a register bundle: ask for it unless it is the one held.
TH_MUST_USE enum th_err speech_want_register(struct session *session,
                                             struct outbox *box,
                                             const struct th_welcome *welcome,
                                             struct th_actions *actions);
// The province answers, and a part of it may have got lost: ask for it once more.
void speech_register_again(struct session *session,
                           const struct outbox *box,
                           struct th_actions *actions);
// A part of it came; *changed when it was stored.
TH_MUST_USE enum th_err speech_register_part(struct session *session,
                                             struct outbox *box,
                                             struct th_bytes body,
                                             bool *changed,
                                             struct th_actions *actions);
// The part is on disk: ask for the next one, or say that the bundle is whole.
TH_MUST_USE enum th_err
speech_after_commit(struct session *session, struct outbox *box, struct th_actions *actions);

// Ask for what the province holds of us, from that place of its ledger on.
void speech_restore(struct session *session,
                    const struct outbox *box,
                    const struct th_spot *after,
                    struct th_actions *actions);

// The piece at hand, session->resync.
void speech_resync(struct session *session,
                   const struct outbox *box,
                   const struct th_resync *piece,
                   struct th_actions *actions);

#endif
