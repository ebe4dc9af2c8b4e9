// outbox.h - durable queue between a district office and an unreliable line
//
// A node may be offline for weeks. What the office has recorded must survive that, reach the
// province in order, and be counted once. The outbox is the node's half of that promise; the other
// half is the worker's record of the last sequence number it decided for this node.
//
//   draft ─publish─> [kept_from ... decided | decided + 1 ... last] ─ACK─> history ─prune─> gone
//                                           chained ^ (at or above what was ever sent)
//
// A large file is written as a draft in bounded transactions; one small transaction publishes all
// of it under the next sequence numbers. Bodies never move: an extent says which draft stands under
// which numbers.
//
//   O1  Published bodies stand under exactly the numbers kept_from .. last, without a gap.
//   O2  decided <= chained <= last; last only grows, and outlives the bodies it counts.
//   O3  A body's bytes never change after publication: a resend is the same bytes.
//   O4  h(n) is stored for every n in kept_from - 1 .. chained, and nothing above chained was sent.
//       Of batches before the present stream epoch (identity.base) h means nothing any more.
//   O5  An unpublished draft is invisible, and is removed at the next opening.
//
// Several processes write: commands publish, the agent chains, decides and prunes. Each change is
// one transaction of the store, so every function here begins by reading the marks again.
//
// Threads: one at a time per transaction. Pure: no memory of its own beyond struct outbox.

#ifndef NODES_OUTBOX_H
#define NODES_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/check.h"
#include "tonghop/codec.h"
#include "tonghop/err.h"
#include "tonghop/store.h"

struct outbox_identity {
    uint32_t node;
    uint64_t epoch; // stream epoch
    uint64_t base;  // batches here up to this one are of before that epoch
    uint64_t lead;  // its first numbers, which the province made of what it was given again
    uint8_t incarnation[16];
    char lineage[TH_LINEAGE_MAX + 1];
};

struct outbox {
    struct th_store store;
    struct th_check check;
    struct outbox_identity identity;

    // written by commands ("intake")
    uint64_t last;       // highest sequence number in use; 0 = none
    uint64_t absorbed;   // current figures reflect batches up to here
    uint64_t next_draft; // number of the next draft
    uint64_t bytes;      // of bodies published and not pruned

    // written by the agent ("session")
    uint64_t chained;     // h is stored up to here
    uint64_t decided;     // the province has decided up to here
    uint64_t kept_from;   // oldest number whose body is kept
    uint64_t store_id;    // of the province's store that said so; 0 = never heard
    uint64_t store_epoch; // highest seen within that store id
    uint64_t version;     // of that store
    uint64_t verdict_seq; // all verdicts up to here are held
    uint64_t notice;      // and all notices up to here
    uint64_t refused;     // refused items in all
    bool joined;          // the node's own key is known to the province
};

// One published batch, as the agent and `status` see it.
struct outbox_batch {
    uint64_t seq;
    struct th_bytes body;
};

struct outbox_extent {
    uint64_t first;
    uint64_t count;
    uint64_t draft;
    uint64_t items;
    uint64_t bytes;
    int64_t queued_at; // Unix ms
};

// Make a new outbox in an empty store. TH_E_EXISTS when there is one.
TH_MUST_USE enum th_err outbox_create(struct th_store store,
                                      const struct outbox_identity *identity);

/**
 * Read the marks as they stand in the open transaction. Cheap: three gets.
 *
 * Errors: TH_E_NOT_FOUND (no outbox here), TH_E_CORRUPT (O2 or a check hash does not hold).
 */
TH_MUST_USE enum th_err outbox_load(struct th_store store, struct outbox *box);

// ---- commands ----

// Reserve the number of a draft.
TH_MUST_USE enum th_err outbox_draft_begin(struct outbox *box, uint64_t *draft);

/**
 * Add one sealed body to a draft, with the keys of its items (item_keys: th_write_block for each).
 *
 * Errors: TH_E_INVALID when body is empty or above TH_BATCH_BYTES_MAX; TH_E_FULL.
 */
TH_MUST_USE enum th_err outbox_draft_add(struct outbox *box,
                                         uint64_t draft,
                                         uint32_t index,
                                         struct th_bytes body,
                                         struct th_bytes item_keys);

// Make a draft's bodies 0 .. count - 1 visible under the next numbers: *first .. *first + count -
// 1.
TH_MUST_USE enum th_err
outbox_publish(struct outbox *box, const struct outbox_extent *draft, uint64_t *first);

// ---- the agent ----

// The numbers of batches here never begin anew; on the wire those of each stream epoch begin at 1.
uint64_t outbox_own(const struct outbox *box, uint64_t wire);
uint64_t outbox_wire(const struct outbox *box, uint64_t seq); // lead: before the present epoch

// The first numbers of a stream epoch, when there are some before the batches here (resync.h).
struct outbox_lead {
    uint64_t count;
    uint8_t hash[32]; // of the chain behind them
};

/**
 * Go on in another stream epoch, in which every batch above base is still to be sent, behind lead
 * (NULL: none).
 *
 * Errors: TH_E_INVALID when epoch is not above the present one, or batches above base are gone.
 */
TH_MUST_USE enum th_err outbox_next_epoch(struct outbox *box,
                                          uint64_t epoch,
                                          uint64_t base,
                                          const struct outbox_lead *lead);

// A published body. TH_E_NOT_FOUND below kept_from or above last.
TH_MUST_USE enum th_err outbox_body(struct outbox *box, uint64_t seq, struct th_bytes *body);
TH_MUST_USE enum th_err outbox_item_keys(struct outbox *box, uint64_t seq, struct th_bytes *keys);
// The extent that holds seq.
TH_MUST_USE enum th_err
outbox_extent_of(struct outbox *box, uint64_t seq, struct outbox_extent *extent);
// h(seq); h(0) always. TH_E_NOT_FOUND when it is neither chained nor kept.
TH_MUST_USE enum th_err outbox_hash(struct outbox *box, uint64_t seq, uint8_t out[static 32]);

// Store h for the next batches: at most batches_max and bytes_max more. Does nothing when all are.
TH_MUST_USE enum th_err outbox_chain(struct outbox *box, uint64_t batches_max, uint64_t bytes_max);

/**
 * Note what the province has decided. An older answer of the same store is a repeated frame, not an
 * error. A lower seq is only taken after outbox_store_changed or outbox_set_back.
 *
 * Errors: TH_E_INVALID when seq is above chained: it was never sent.
 */
TH_MUST_USE enum th_err outbox_decide(struct outbox *box, uint64_t seq, uint64_t version);
// Another store (id) or a higher store epoch speaks for the province now.
TH_MUST_USE enum th_err outbox_store_changed(struct outbox *box, uint64_t store_id, uint64_t epoch);
// The store has lost commits, and has decided up to seq in this version: verdicts and notices are
// to be heard anew.
TH_MUST_USE enum th_err outbox_set_back(struct outbox *box, uint64_t seq, uint64_t version);
// A store that had lost what it decided was given it again (resync.h), and speaks from here on.
TH_MUST_USE enum th_err outbox_given_to(struct outbox *box, uint64_t store_id, uint64_t epoch);
TH_MUST_USE enum th_err outbox_joined(struct outbox *box);
// The number was enrolled again: its next key is not known to the province yet.
TH_MUST_USE enum th_err outbox_enrolled(struct outbox *box);
// All verdicts of batches up to seq, all notices up to number, are held.
TH_MUST_USE enum th_err outbox_verdicts_through(struct outbox *box, uint64_t seq);
TH_MUST_USE enum th_err outbox_noticed(struct outbox *box, uint64_t number);
// Another item was refused; or one that was is to be judged again.
TH_MUST_USE enum th_err outbox_count_refused(struct outbox *box);
TH_MUST_USE enum th_err outbox_uncount_refused(struct outbox *box);

// Bodies below seq are gone; bytes of them are free again (history does this).
TH_MUST_USE enum th_err outbox_kept_from(struct outbox *box, uint64_t seq, uint64_t bytes);
// Current figures reflect batches up to seq (current does this).
TH_MUST_USE enum th_err outbox_absorbed(struct outbox *box, uint64_t seq);

#endif
