// arena.h - bounded memory that is given back all at once
//
// One block of the caller's, cut from front to back, 16-byte aligned. Freeing a piece does nothing;
// reset frees everything. A piece that does not fit is NULL, never a call to malloc.

#ifndef TONGHOP_ARENA_H
#define TONGHOP_ARENA_H

#include <stddef.h>

#include "tonghop/bytes.h"

struct th_arena {
    void *base;
    size_t size;
    size_t used;
    size_t peak; // most that was ever in use
};

struct th_arena th_arena_of(void *base, size_t size);
void *th_arena_take(struct th_arena *arena, size_t size); // NULL when it does not fit
void th_arena_reset(struct th_arena *arena);

// A copy of bytes in the arena; {NULL, 0} with *full set when it does not fit.
struct th_bytes th_arena_copy(struct th_arena *arena, struct th_bytes bytes, bool *full);

#endif
