// store_memory.h - the store in memory, with the disk's faults, for tests and the simulator
//
// Changes are pending until commit. A crash leaves the committed state (abort); a test may also ask
// for the pending state to have reached the disk (commit): the commit whose answer was lost.
//
//   - What a change
//     replaces is kept in an undo log until the commit, so abort needs no copy of the state.
//   - Fault points: store.put (TH_E_IO) and store.put.full (TH_E_FULL), passed at put and remove.

#ifndef TONGHOP_STORE_MEMORY_H
#define TONGHOP_STORE_MEMORY_H

#include <stdbool.h>

#include "tonghop/store.h"

struct th_store_memory;

// Ownership: th_store_memory_free. Errors: NULL when out of memory.
struct th_store_memory *th_store_memory_make(void);
void th_store_memory_free(struct th_store_memory *memory); // NULL does nothing
struct th_store th_store_memory_ops(struct th_store_memory *memory);

// Asserts that no put of the transaction was refused: those leave it fit only for abort.
void th_store_memory_commit(struct th_store_memory *memory);
void th_store_memory_abort(struct th_store_memory *memory);

// A copy of the committed state (a backup) with the limit; NULL when out of memory.
struct th_store_memory *th_store_memory_copy(const struct th_store_memory *memory);

// Bytes of keys and values the store may hold before put answers TH_E_FULL; 0 = no limit.
void th_store_memory_limit(struct th_store_memory *memory, size_t bytes);
size_t th_store_memory_bytes(const struct th_store_memory *memory); // held now, pending included

// Strict: every view handed out is a copy that is scribbled over and freed at the next change, as
// LMDB may move what it handed out. Finds cores that use a view too long; slower.
void th_store_memory_strict(struct th_store_memory *memory, bool strict);

#endif
