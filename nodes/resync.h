// resync.h - a province that has lost what it had is given this node's share again
//
//   WELCOME knows less than was acknowledged, and less than our history reaches
//       │              ┌───────────┐  RESYNC, piece by piece; the province stages them
//       └────────────> │ RESYNCING │ <───────┐
//                      └─────┬─────┘ ────────┘
//                            │ the last piece: applied, in one transaction of the province
//                            v
//          the next stream epoch, whose first numbers are the pieces'; HELLO; then what is queued
//
//   Y1  Pieces are made from what was accepted (accepted.h), always the same: nothing of them is
//       stored here. They are bodies of batches: the province enters them in its ledger, and their
//       chain is that of the next stream epoch.
//   Y2  Order: who went where first, then ratings and figures, then declarations, then the desk's
//       decisions about those.
//   Y3  An answer that is lost costs no more than a HELLO: an epoch that the province has taken up
//       without us is a fork (heal.h).
//
// Pure: works in the open transaction.

#ifndef NODES_RESYNC_H
#define NODES_RESYNC_H

#include "nodes/session.h"

// The store that lost what it had, and its stream epoch of ours.
struct resync_from {
    uint64_t epoch;
    uint64_t store_id;
    uint64_t store_epoch;
};

// TH_E_CORRUPT; the store's. *changed says that a commit is due.
TH_MUST_USE enum th_err resync_begin(struct session *session,
                                     struct outbox *box,
                                     const struct resync_from *from,
                                     const struct th_event *event,
                                     bool *changed,
                                     struct th_actions *actions);

// Send the piece at hand, again.
TH_MUST_USE enum th_err resync_send(struct session *session,
                                    struct outbox *box,
                                    uint64_t now_ms,
                                    struct th_actions *actions);

// RESYNCED. *changed says that a commit is due.
TH_MUST_USE enum th_err resync_answered(struct session *session,
                                        struct outbox *box,
                                        const struct th_event *event,
                                        bool *changed,
                                        struct th_actions *actions);
TH_MUST_USE enum th_err resync_after_commit(struct session *session,
                                            struct outbox *box,
                                            uint64_t now_ms,
                                            bool *changed,
                                            struct th_actions *actions);

// Was anything accepted that changes the register?
bool resync_says_register(struct outbox *box);

#endif
