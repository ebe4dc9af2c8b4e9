// export.h - the rows of a store as a stream of bytes, and back, without any database's file format
//
//      size | Piece{head}   size | Piece{rows}   size | Piece{rows}   ...   size | Piece{end}
//
// A store's files are good for one kind of machine and one library; what is to outlive both goes
// through here (export.proto).
//
//   E1  One head first, one end last, nothing behind it.
//   E2  Rows come in the order of their tables' numbers, then of their keys, each once.
//   E3  The end counts each table's rows and hashes them, and hashes everything before it: a stream
//       that was cut short or changed is refused, wherever that happened.
//   E4  The same rows under the same head are the same bytes.

#ifndef TONGHOP_EXPORT_H
#define TONGHOP_EXPORT_H

#include "tonghop/codec.h"
#include "tonghop/hash.h"

enum { TH_EXPORT_STREAM = 1 };

// ---- writing ----

// Takes the bytes of the stream as they come. What it answers, if not TH_OK, is the end.
typedef enum th_err th_export_sink(void *self, struct th_bytes bytes);

struct th_export;

// Begin a stream. Ownership: th_export_free. Errors: TH_E_NO_MEMORY; those of sink.
TH_MUST_USE enum th_err th_export_begin(th_export_sink *sink,
                                        void *self,
                                        const struct th_export_head *head,
                                        struct th_export **out);

/**
 * The next row, in the order of E2 (asserted).
 *
 * Errors: TH_E_TOO_LARGE: no piece can hold it; those of sink.
 */
TH_MUST_USE enum th_err th_export_row(struct th_export *export, const struct th_export_row *row);
TH_MUST_USE enum th_err th_export_end(struct th_export *export); // those of sink
uint64_t th_export_rows(const struct th_export *export);         // so far
void th_export_free(struct th_export **export);                  // scoped

// ---- reading ----

// The next bytes, at most max; *got 0 at the end. What it answers, if not TH_OK, is the end.
typedef enum th_err th_import_source(void *self, void *out, size_t max, size_t *got);

// Who takes what is read. Views live until it returns. What it answers, if not TH_OK, is the end.
struct th_import_taker {
    enum th_err (*head)(void *self, const struct th_export_head *head);
    enum th_err (*row)(void *self, const struct th_export_row *row);
    void *self;
};

// Room to read in, some 6 MiB; for any number of streams one after the other.
struct th_import;
TH_MUST_USE enum th_err th_import_make(struct th_import **out); // TH_E_NO_MEMORY
void th_import_free(struct th_import **import);                 // scoped

/**
 * Read a whole stream. Only TH_OK says that everything that was taken is what was written: whoever
 * takes it must be able to forget it.
 *
 * Errors: TH_E_MALFORMED with *why (offset in the stream): E1 to E3 do not hold; TH_E_TOO_LARGE
 *         likewise: a piece above its bound; those of source and taker.
 */
TH_MUST_USE enum th_err th_import_run(struct th_import *import,
                                      th_import_source *source,
                                      void *source_self,
                                      const struct th_import_taker *taker,
                                      struct th_malformed *why);

// ---- how rows are hashed (E3): also how two stores are compared ----

struct th_export_sum {
    struct th_hash_run run;
    uint64_t count;
};
void th_export_sum_start(struct th_export_sum *sum);
void th_export_sum_add(struct th_export_sum *sum, struct th_bytes key, struct th_bytes value);
void th_export_sum_end(struct th_export_sum *sum, uint8_t out[static TH_HASH256_BYTES]);

#endif
