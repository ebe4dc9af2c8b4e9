// pool.c - see pool.h

#include "tonghop/pool.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 32 * 1024, ALIGNMENT = 16 };

struct th_pool_block {
    _Alignas(ALIGNMENT) struct th_pool_block *next;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

static bool add_block(struct th_pool *pool, size_t size)
{
    struct th_pool_block *block = calloc(1, sizeof(*block) + size);
    if (block == NULL) {
        return false;
    }
    block->next = pool->blocks;
    pool->blocks = block;
    pool->used = 0;
    pool->size = size;
    return true;
}

void *th_pool_take(struct th_pool *pool, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (pool->blocks == NULL || rounded > pool->size - pool->used) {
        if (!add_block(pool, rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES)) {
            return NULL;
        }
    }
    void *taken = pool->blocks->bytes + pool->used;
    pool->used += rounded;
    return taken;
}

enum th_err th_pool_copy(struct th_pool *pool, struct th_bytes bytes, struct th_bytes *copy)
{
    char *data = th_pool_take(pool, bytes.size + 1);
    if (data == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (bytes.size > 0) {
        memcpy(data, bytes.data, bytes.size);
    }
    *copy = (struct th_bytes){.data = data, .size = bytes.size};
    return TH_OK;
}

void th_pool_free(struct th_pool *pool)
{
    while (pool->blocks != NULL) {
        struct th_pool_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
    *pool = (struct th_pool){0};
}
