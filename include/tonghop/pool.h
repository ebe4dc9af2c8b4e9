// pool.h - texts that are kept one by one and given back all at once
//
// A register or an answer holds thousands of short texts that live exactly as long as it does. The
// pool copies them into blocks from malloc; a text never moves. For bounded memory without malloc
// see arena.h.

#ifndef TONGHOP_POOL_H
#define TONGHOP_POOL_H

#include "tonghop/bytes.h"

struct th_pool_block;

// {0} is an empty pool.
struct th_pool {
    struct th_pool_block *blocks; // the newest first
    size_t used;                  // of the newest
    size_t size;
};

// size bytes, 16-byte aligned, zeroed; NULL when out of memory.
void *th_pool_take(struct th_pool *pool, size_t size);
// A copy with a NUL behind it, which is not counted. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err
th_pool_copy(struct th_pool *pool, struct th_bytes bytes, struct th_bytes *copy);
void th_pool_free(struct th_pool *pool); // scoped

#endif
