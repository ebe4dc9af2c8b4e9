// queue.c - see queue.h

#include "nodes/queue.h"

static enum th_err add_batch(struct outbox *box, uint64_t seq, struct queue *queue)
{
    struct th_bytes body;
    struct th_bytes keys;
    TH_TRY(outbox_body(box, seq, &body));
    queue->bytes += body.size;
    TH_TRY(outbox_item_keys(box, seq, &keys));
    struct th_reader in = th_reader_of(keys);
    while (th_reader_left(&in) > 0) {
        (void)th_read_block(&in);
        queue->items++;
    }
    return in.failed ? TH_E_CORRUPT : TH_OK;
}

enum th_err queue_look(struct outbox *box, struct queue *queue)
{
    *queue = (struct queue){.batches = box->last - box->decided};
    for (uint64_t seq = box->decided + 1; seq <= box->last;) {
        struct outbox_extent extent;
        TH_TRY(outbox_extent_of(box, seq, &extent));
        const uint64_t end = extent.first + extent.count;
        queue->oldest = queue->oldest == 0 ? extent.queued_at : queue->oldest;
        if (seq == extent.first) {
            queue->items += extent.items;
            queue->bytes += extent.bytes;
            seq = end;
        }
        for (; seq < end; seq++) { // some of it is decided
            TH_TRY(add_batch(box, seq, queue));
        }
    }
    return TH_OK;
}
