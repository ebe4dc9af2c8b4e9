// arena.c - see arena.h

#include "tonghop/arena.h"

#include <string.h>

enum { ARENA_ALIGNMENT = 16 };

struct th_arena th_arena_of(void *base, size_t size)
{
    return (struct th_arena){.base = base, .size = size};
}

void *th_arena_take(struct th_arena *arena, size_t size)
{
    th_assert(arena->used <= arena->size);
    const uintptr_t at = (uintptr_t)arena->base + arena->used;
    const size_t gap = (size_t)(-at % ARENA_ALIGNMENT);
    const size_t left = arena->size - arena->used;
    if (gap > left || size > left - gap) {
        return NULL;
    }
    void *piece = (uint8_t *)arena->base + arena->used + gap;
    arena->used += gap + size;
    if (arena->used > arena->peak) {
        arena->peak = arena->used;
    }
    return piece;
}

void th_arena_reset(struct th_arena *arena)
{
    arena->used = 0;
}

struct th_bytes th_arena_copy(struct th_arena *arena, struct th_bytes bytes, bool *full)
{
    void *piece = th_arena_take(arena, bytes.size);
    if (piece == NULL) {
        *full = true;
        return (struct th_bytes){0};
    }
    if (bytes.size > 0) {
        memcpy(piece, bytes.data, bytes.size);
    }
    return (struct th_bytes){.data = piece, .size = bytes.size};
}
