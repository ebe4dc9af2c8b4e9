// heap.h - what will happen, in the order of (time, sequence)
//
// Two things at one moment happen in the order in which they were planned, so a run has no chance
// but its seed.

#ifndef TESTS_SIM_HEAP_H
#define TESTS_SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct happening {
    uint64_t at;
    uint64_t order;
    int what; // enum happening_kind of the world
    int who;  // index of an actor or a link; -1 = the world's
    uint64_t number;
    void *thing; // freed by the world when it has happened, or when the world ends
};

struct heap {
    struct happening *items;
    size_t count;
    size_t max;
    uint64_t planned;
};

void heap_push(struct heap *heap, struct happening happening);
bool heap_pop(struct heap *heap, struct happening *next);
void heap_free(struct heap *heap);

#endif
