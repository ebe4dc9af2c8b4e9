// receipts.h - what the province signed about this office's batches, kept for ever
//
//   C1  A receipt is kept as it came: content and signature, under its last batch and the store
//       that signed it. A province that was put back goes on as another store, decides and signs
//       again; both stay. One that lost commits does so as the same store: the last word stays.
//   C2  The mark says up to which batch all receipts of the present store are held, within one
//       stream epoch and store: another one begins at 0.

#ifndef NODES_RECEIPTS_H
#define NODES_RECEIPTS_H

#include "tonghop/receipt.h"

#include "nodes/outbox.h"

struct receipts_kept {
    uint64_t epoch; // of the stream
    uint64_t last;  // batch
    uint64_t store_id;
    struct th_bytes content; // live as long as the transaction
    struct th_bytes signature;
};

// All receipts of the present store are held up to *seq.
TH_MUST_USE enum th_err receipts_mark(struct outbox *box, uint64_t *seq);
TH_MUST_USE enum th_err receipts_through(struct outbox *box, uint64_t seq);

// Keep one of box's stream epoch.
TH_MUST_USE enum th_err receipts_keep(struct outbox *box, const struct receipts_kept *kept);

// The newest receipt, and those behind and before *kept, by epoch, last batch and store. A zeroed
// *kept stands before all of them. TH_E_NOT_FOUND.
TH_MUST_USE enum th_err receipts_newest(struct outbox *box, struct receipts_kept *kept);
TH_MUST_USE enum th_err receipts_behind(struct outbox *box, struct receipts_kept *kept);
TH_MUST_USE enum th_err receipts_before(struct outbox *box, struct receipts_kept *kept);

#endif
