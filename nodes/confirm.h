// confirm.h - receipts as a session hears them: looked at, held in memory, written with the next
// flush

#ifndef NODES_CONFIRM_H
#define NODES_CONFIRM_H

#include "nodes/outbox.h"
#include "nodes/session.h"

// What the store holds, at the start and after a commit that failed.
TH_MUST_USE enum th_err confirm_begin(struct session *session, struct outbox *box);

// All receipts of the present store are held up to here, in memory or on disk. Receipts name
// batches as the wire does, and so do the marks.
uint64_t confirm_held(const struct session *session, const struct outbox *box);

/**
 * Take the receipts and the root of an answer. Receipts when none before them is missing. One that
 * is not about what we sent, or not the province's, ends the list.
 *
 * *changed: some were written, because no more could be held.
 */
TH_MUST_USE enum th_err confirm_keep(struct session *session,
                                     struct outbox *box,
                                     const struct th_decided *decided,
                                     bool *changed);
// Those held go to the store.
TH_MUST_USE enum th_err confirm_write(struct session *session, struct outbox *box);
// The province decides again what it had decided, or is another store: its receipts are heard from
// the first one on. Before box follows.
TH_MUST_USE enum th_err confirm_anew(struct session *session, struct outbox *box);
// Something was not signed by a key known here, for the first time since all was well: the next
// WELCOME may say that the province has another one.
bool confirm_doubts(struct session *session);
// The province has receipts that we have not, and nothing is wrong with them.
bool confirm_is_missing(const struct session *session);

#endif
