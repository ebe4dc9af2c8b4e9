// store_memory.h - the store in memory, with the disk's faults, for tests and the simulator
//
// Changes are pending until commit. A crash leaves the committed state; a test may also ask for the
// pending state to have reached the disk (a commit whose answer was lost).

#ifndef TONGHOP_STORE_MEMORY_H
#define TONGHOP_STORE_MEMORY_H

#include "tonghop/store.h"

struct th_store_memory;

// Ownership: th_store_memory_free. Errors: NULL when out of memory.
struct th_store_memory *th_store_memory_make(void);
void th_store_memory_free(struct th_store_memory *memory);
struct th_store th_store_memory_ops(struct th_store_memory *memory);

void th_store_memory_commit(struct th_store_memory *memory);
void th_store_memory_abort(struct th_store_memory *memory);

// A copy of the committed state (a backup); NULL when out of memory.
struct th_store_memory *th_store_memory_copy(const struct th_store_memory *memory);

// Bytes the committed state may hold before put answers TH_E_FULL; 0 = no limit.
void th_store_memory_limit(struct th_store_memory *memory, size_t bytes);

#endif
