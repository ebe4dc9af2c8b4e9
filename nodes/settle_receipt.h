// settle_receipt.h - the receipts of what was just sent

#ifndef NODES_SETTLE_RECEIPT_H
#define NODES_SETTLE_RECEIPT_H

#include "nodes/settle.h"

// Give them a moment to come: they follow the decision at once, unless an answer was lost.
TH_MUST_USE enum th_err settle_receipt_wait(struct settle *settle);
// " Biên nhận: 93-7F3K-92QD." in the call's language; "" when there is none.
enum { SETTLE_RECEIPT_BYTES = 160 };
char *settle_receipt_text(const struct settle *settle, char out[static SETTLE_RECEIPT_BYTES]);
// "receipt":"...","receipts":["...",...]: that of the last batch, and all of them.
void settle_receipt_json(const struct settle *settle);

#endif
