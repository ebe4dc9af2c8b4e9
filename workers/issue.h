// issue.h - rows of table "receipt": what a node was told to be decided, one row a node and turn
//
// A row has everything a receipt says but who signs it: the text is made, and signed, when it is
// sent (receipt.h), so that a turn pays for one small row, and so that an old receipt can be sent
// again under the key of today.
//
//   I1  There is a row exactly for each node and version that decided batches of it, under the last
//       of them; it is written in the transaction that decides them.
//   I2  Everything in it but the records' sum follows from the ledger.

#ifndef WORKERS_ISSUE_H
#define WORKERS_ISSUE_H

#include "tonghop/codec.h"
#include "tonghop/receipt.h"

#include "workers/ledger.h"
#include "workers/record.h"

enum { ISSUE_VERSION = 1, ISSUE_BYTES_MAX = 320 };

struct issue {
    uint64_t first; // batches first .. that of the key
    uint8_t chain[TH_HASH256_BYTES];
    uint64_t version;
    int64_t wall_ms;
    struct th_receipt_items items;
    struct digest records; // of the node, after the last batch
    char province[TH_RECEIPT_PROVINCE_BYTES];
    char unit[TH_RECEIPT_UNIT_BYTES];
};

void issue_write(struct th_writer *writer, const struct issue *issue);
TH_MUST_USE enum th_err issue_read(struct th_bytes value, struct issue *issue);

/**
 * Count what became of the items of one batch, as its ledger entry tells, on top of what is in
 * items.
 *
 * Errors: TH_E_CORRUPT: batch and entry do not belong together.
 */
TH_MUST_USE enum th_err issue_count(const struct th_batch *batch,
                                    const struct ledger_entry *entry,
                                    struct th_receipt_items *items);

// The receipt of a row, without its key.
void issue_receipt(const struct issue *issue,
                   const struct numbered_key *at,
                   struct th_bytes lineage,
                   struct th_receipt *receipt);

#endif
