// verdicts.h - what the province said about single items: refusals, warnings and notices
//
// A verdict belongs to (seq, index) and is kept until its batch leaves the history; keeping it
// twice changes nothing.
//
// Pure: works in the open transaction.

#ifndef NODES_VERDICTS_H
#define NODES_VERDICTS_H

#include "nodes/outbox.h"

enum { VERDICTS_NOTICES_MAX = 1024 }; // as many as the province keeps for a node

// True for codes that refuse an item (22nn); 23nn are warnings on accepted ones.
bool verdicts_refuses(uint32_t code);

TH_MUST_USE enum th_err verdicts_keep(struct outbox *box, const struct th_item_verdict *verdict);
// The item is to be judged again.
TH_MUST_USE enum th_err verdicts_forget(struct outbox *box, const struct th_item_verdict *verdict);
// They are to be told again.
TH_MUST_USE enum th_err verdicts_forget_notices(struct outbox *box);
// The newest VERDICTS_NOTICES_MAX stay: other districts cause them.
TH_MUST_USE enum th_err verdicts_keep_notice(struct outbox *box, const struct th_notice *notice);

// The first verdict at or after (seq, index). TH_E_NOT_FOUND at the end.
TH_MUST_USE enum th_err
verdicts_from(struct outbox *box, uint64_t seq, uint32_t index, struct th_item_verdict *verdict);
// The first notice at or after number; its text lives as long as the transaction. TH_E_NOT_FOUND at
// the end.
TH_MUST_USE enum th_err
verdicts_notice_from(struct outbox *box, uint64_t number, struct th_notice *notice);

#endif
