// store.h - the table every core reads and writes: ordered keys and values in numbered tables
//
// Two implementations promise the same thing: store_lmdb (a directory on disk) and store_memory
// (tests and simulator). A differential test runs the same random operations on both.
//
//   - Keys are 1..511 bytes, compared as bytes. Values are 0 bytes or more.
//   - Every change belongs to the one open transaction, which the run loop begins and ends.
//   - Bytes handed out live until the next change or the end of the transaction; that next change
//     may be given them. (store_memory, when strict, and LMDB really do move them.)
//   - An empty bound of a scan is the beginning of the table (seek, next) or its end (prev).
//   - A change that fails with anything but TH_E_NOT_FOUND leaves the transaction fit only to be
//     aborted: until then every call answers the same error.

#ifndef TONGHOP_STORE_H
#define TONGHOP_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"

enum { TH_STORE_KEY_MAX = 511, TH_STORE_TABLES_MAX = 32 };

struct th_store_ops {
    const char *name;

    // *value stays valid until the next change or the end of the transaction. TH_E_NOT_FOUND.
    enum th_err (*get)(void *self, unsigned table, struct th_bytes key, struct th_bytes *value);

    // The first entry with a key not below from. TH_E_NOT_FOUND at the end.
    enum th_err (*seek)(void *self,
                        unsigned table,
                        struct th_bytes from,
                        struct th_bytes *key,
                        struct th_bytes *value);

    // The first entry with a key above after. Fast when after is the key handed out last (a scan).
    enum th_err (*next)(void *self,
                        unsigned table,
                        struct th_bytes after,
                        struct th_bytes *key,
                        struct th_bytes *value);

    // The last entry with a key below before; an empty view means the last of the table.
    // TH_E_NOT_FOUND when there is none.
    enum th_err (*prev)(void *self,
                        unsigned table,
                        struct th_bytes before,
                        struct th_bytes *key,
                        struct th_bytes *value);

    // TH_E_FULL leaves the transaction fit only to be aborted.
    enum th_err (*put)(void *self, unsigned table, struct th_bytes key, struct th_bytes value);

    // TH_E_NOT_FOUND when there was nothing.
    enum th_err (*remove)(void *self, unsigned table, struct th_bytes key);

    // How many entries a table has.
    enum th_err (*count)(void *self, unsigned table, uint64_t *count);
};

// A store as cores hold it: the table of functions and what they work on.
struct th_store {
    const struct th_store_ops *ops;
    void *self;
};

// Thin calls, so that code reads th_store_get(store, TABLE, key, &value).
TH_MUST_USE enum th_err
th_store_get(struct th_store store, unsigned table, struct th_bytes key, struct th_bytes *value);
TH_MUST_USE enum th_err th_store_seek(struct th_store store,
                                      unsigned table,
                                      struct th_bytes from,
                                      struct th_bytes *key,
                                      struct th_bytes *value);
TH_MUST_USE enum th_err th_store_next(struct th_store store,
                                      unsigned table,
                                      struct th_bytes after,
                                      struct th_bytes *key,
                                      struct th_bytes *value);
TH_MUST_USE enum th_err th_store_prev(struct th_store store,
                                      unsigned table,
                                      struct th_bytes before,
                                      struct th_bytes *key,
                                      struct th_bytes *value);
TH_MUST_USE enum th_err
th_store_put(struct th_store store, unsigned table, struct th_bytes key, struct th_bytes value);
TH_MUST_USE enum th_err th_store_remove(struct th_store store, unsigned table, struct th_bytes key);
TH_MUST_USE enum th_err th_store_count(struct th_store store, unsigned table, uint64_t *count);

#endif
