// queue.h - what waits in the outbox: how many batches, items, bytes, since when

#ifndef NODES_QUEUE_H
#define NODES_QUEUE_H

#include "nodes/outbox.h"

struct queue {
    uint64_t batches;
    uint64_t items;
    uint64_t bytes;
    int64_t oldest; // Unix ms; 0: nothing waits
};

// Works in the open transaction of box.
TH_MUST_USE enum th_err queue_look(struct outbox *box, struct queue *queue);

#endif
