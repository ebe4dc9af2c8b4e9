// revisions.h - every update of an item that this node still holds, in the order they were queued
//
// The figures know the newest update of each item; the batches of the history hold the others. One
// walk over the keys of all batches finds those of several items at once.
//
// Threads: one. Works in the open transaction of box.

#ifndef NODES_REVISIONS_H
#define NODES_REVISIONS_H

#include "nodes/current.h"

enum {
    REVISIONS_ITEMS_MAX = 64,   // items looked for at once
    REVISIONS_MAX = 100 * 1000, // of all of them; more are counted
};

struct revision {
    uint32_t item; // in the order the items were added
    uint64_t seq;
    uint32_t index;
};

struct revisions_item {
    uint8_t key[TH_SUBJECT_MAX];
    size_t key_size;
    enum current_state state;
    uint64_t seq; // of the newest update
    uint32_t index;
    uint32_t code; // of its refusal
};

struct revisions {
    struct revisions_item items[REVISIONS_ITEMS_MAX];
    size_t item_count;
    struct revision *found;
    size_t count, room;
    uint64_t left_out; // items and updates beyond the bounds
};

void revisions_free(struct revisions *revisions); // scoped

void revisions_add(struct revisions *revisions, struct th_bytes key, const struct current *newest);

// Find the updates of all items added, oldest first. TH_E_NO_MEMORY, TH_E_CORRUPT, TH_E_IO.
TH_MUST_USE enum th_err revisions_find(struct revisions *revisions, struct outbox *box);

#endif
