// outbox_body.h - the inside of the outbox, for its own files

#ifndef NODES_OUTBOX_BODY_H
#define NODES_OUTBOX_BODY_H

#include "nodes/outbox.h"

enum { OUTBOX_MARK_MAX = 256 };

TH_MUST_USE enum th_err outbox_put_identity(struct th_store store,
                                            const struct outbox_identity *identity);
TH_MUST_USE enum th_err outbox_put_intake(struct outbox *box);
TH_MUST_USE enum th_err outbox_put_session(struct outbox *box);

#endif
