// heal.h - an outbox that was restored from a copy takes over what the province holds, and goes on
//
//   WELCOME knows more than we sent, or other batches, or a later stream epoch
//       │              ┌───────────┐  RESTORE, piece by piece
//       └────────────> │ RESTORING │ <───────┐
//                      └─────┬─────┘ ────────┘
//                            │ the last piece, in one transaction with the next stream epoch
//                            v
//                      HELLO; what was never acknowledged is sent under that epoch
//
//   H1  The next stream epoch is on disk before anything is said in it.
//   H2  A piece that is taken over twice changes nothing; a crash between two pieces begins anew.
//   H3  Sent again are all batches of which this outbox does not know the decision with its
//       verdicts. What the province had of them is a repetition there; what has been overtaken is
//       refused as stale, and named.
//
// Pure: works in the open transaction.

#ifndef NODES_HEAL_H
#define NODES_HEAL_H

#include "nodes/session.h"

// The province's WELCOME, in stream epoch epoch of its header, is of another history than ours.
void heal_begin(struct session *session,
                const struct outbox *box,
                const struct th_decided *decided,
                uint64_t epoch,
                const struct th_event *event,
                struct th_actions *actions);

// Ask for the piece that comes next, again.
void heal_ask(struct session *session,
              const struct outbox *box,
              uint64_t now_ms,
              struct th_actions *actions);

// RESTORE. *changed says that a commit is due.
TH_MUST_USE enum th_err heal_part(struct session *session,
                                  struct outbox *box,
                                  const struct th_event *event,
                                  bool *changed,
                                  struct th_actions *actions);
TH_MUST_USE enum th_err heal_after_commit(struct session *session,
                                          struct outbox *box,
                                          const struct th_event *event,
                                          bool *changed,
                                          struct th_actions *actions);

#endif
