// stream.h - the batches of a session: compare, chain, send within the window, take answers
//
// The part of the session that touches the outbox. It changes no state of the session but the
// counters named here; session.c decides.
//
// Pure: works in the open transaction.

#ifndef NODES_STREAM_H
#define NODES_STREAM_H

#include "nodes/session.h"

enum stream_fit {
    STREAM_FITS,
    STREAM_FORK,   // the province knows batches we do not, or other ones under our numbers
    STREAM_BEHIND, // what it wants next has left our history
};

// An outbox that was restored may hold batches that it does not know to have sent: chain up to seq,
// when there is one, so that they can be compared. *chained says that a commit is due.
TH_MUST_USE enum th_err stream_chain_to(struct outbox *box, uint64_t seq, bool *chained);
// Does what the province has decided lie on our own chain?
TH_MUST_USE enum th_err
stream_compare(struct outbox *box, const struct th_decided *decided, enum stream_fit *fit);

// Has the province lost all of this stream that it had acknowledged? said: as the wire counts.
bool stream_is_lost(const struct session *session,
                    const struct outbox *box,
                    const struct th_decided *said);
// Take a WELCOME that fits: store id, decided seq, verdicts. *changed says that a commit is due.
TH_MUST_USE enum th_err stream_welcome(struct session *session,
                                       struct outbox *box,
                                       const struct th_decided *decided,
                                       bool *changed);
// Take an ACK or PONG that fits. Without verdicts it stays in memory until stream_flush.
TH_MUST_USE enum th_err stream_decided(struct session *session,
                                       struct outbox *box,
                                       const struct th_decided *decided,
                                       uint64_t now_ms,
                                       bool *changed);
TH_MUST_USE enum th_err stream_flush(struct session *session, struct outbox *box);
// Verdicts or receipts of what is decided are missing, and nobody has asked for them.
bool stream_is_missing(const struct session *session);

// N1: chain ahead when what comes next to send is not chained. *chained says that a commit is due.
TH_MUST_USE enum th_err stream_chain(struct session *session, struct outbox *box, bool *chained);
// Send what the window and the room of this step allow.
TH_MUST_USE enum th_err stream_fill(struct session *session,
                                    struct outbox *box,
                                    uint64_t now_ms,
                                    struct th_actions *actions);
// Everything above the decided seq goes out again.
void stream_resend(struct session *session, struct th_actions *actions);

#endif
