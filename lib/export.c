// export.c - see export.h

#include "tonghop/export.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/store.h"

enum {
    PIECE_BYTES = 128 * 1024, // a piece is closed when it has so many
    PIECE_ROWS_MAX = 1024,
    ROW_BYTES_MORE = 32, // around a row's key and value
    SIZE_BYTES_MAX = 4,  // of the varint before a piece
};

// ---- sums ----

void th_export_sum_start(struct th_export_sum *sum)
{
    th_hash_run_start(&sum->run);
    sum->count = 0;
}

void th_export_sum_add(struct th_export_sum *sum, struct th_bytes key, struct th_bytes value)
{
    uint8_t size[4];
    th_put_u16(size, (uint16_t)key.size);
    th_hash_run_add(&sum->run, (struct th_bytes){.data = size, .size = 2});
    th_hash_run_add(&sum->run, key);
    th_put_u32(size, (uint32_t)value.size);
    th_hash_run_add(&sum->run, (struct th_bytes){.data = size, .size = 4});
    th_hash_run_add(&sum->run, value);
    sum->count++;
}

void th_export_sum_end(struct th_export_sum *sum, uint8_t out[static TH_HASH256_BYTES])
{
    th_hash_run_end(&sum->run, out);
}

// What both sides keep of the rows, to write the end or to compare with it.
struct tally {
    struct th_export_sum sum;  // of the table that rows come from now
    struct th_hash_run stream; // all bytes before the end
    struct th_export_table tables[TH_STORE_TABLES_MAX];
    size_t table_count;
    uint8_t key[TH_STORE_KEY_MAX]; // the newest
    size_t key_size;
};

static void tally_close(struct tally *tally)
{
    if (tally->table_count > 0) {
        struct th_export_table *table = &tally->tables[tally->table_count - 1];
        table->count = tally->sum.count;
        th_export_sum_end(&tally->sum, table->digest);
    }
}

// False: the row is out of order (E2).
static bool tally_add(struct tally *tally, const struct th_export_row *row)
{
    const struct th_export_table *last =
        tally->table_count > 0 ? &tally->tables[tally->table_count - 1] : NULL;
    if (last == NULL || row->table > last->table) {
        tally_close(tally);
        tally->tables[tally->table_count++] = (struct th_export_table){.table = row->table};
        th_export_sum_start(&tally->sum);
    } else if (row->table < last->table ||
               th_bytes_compare((struct th_bytes){tally->key, tally->key_size}, row->key) >= 0) {
        return false;
    }
    memcpy(tally->key, row->key.data, row->key.size);
    tally->key_size = row->key.size;
    th_export_sum_add(&tally->sum, row->key, row->value);
    return true;
}

// ---- writing ----

struct th_export {
    struct tally tally;
    th_export_sink *sink;
    void *self;
    uint64_t rows;
    size_t open_rows; // in piece
    struct th_writer piece;
    uint8_t bytes[TH_PIECE_BYTES_MAX];
};

static enum th_err put(struct th_export *export, struct th_bytes bytes)
{
    th_hash_run_add(&export->tally.stream, bytes);
    return export->sink(export->self, bytes);
}

// Hand on the piece that was written, behind its size.
static enum th_err put_piece(struct th_export *export)
{
    uint8_t size[SIZE_BYTES_MAX];
    struct th_writer prefix = TH_WRITER(size);
    th_write_varint(&prefix, export->piece.size);
    TH_TRY(put(export, th_written(&prefix)));
    TH_TRY(put(export, th_written(&export->piece)));
    export->piece.size = 0;
    export->open_rows = 0;
    return TH_OK;
}

enum th_err th_export_begin(th_export_sink *sink,
                            void *self,
                            const struct th_export_head *head,
                            struct th_export **out)
{
    struct th_export *export = aligned_alloc(_Alignof(struct th_export), sizeof(*export));
    if (export == NULL) {
        return TH_E_NO_MEMORY;
    }
    memset(&export->tally, 0, sizeof(export->tally));
    export->sink = sink;
    export->self = self;
    export->rows = 0;
    export->piece = TH_WRITER(export->bytes);
    th_hash_run_start(&export->tally.stream);
    const struct th_piece piece = {.has_head = true, .head = *head};
    th_piece_write(&export->piece, &piece);
    th_assert(!export->piece.overflow);
    const enum th_err err = put_piece(export);
    if (err != TH_OK) {
        free(export);
        return err;
    }
    *out = export;
    return TH_OK;
}

enum th_err th_export_row(struct th_export *export, const struct th_export_row *row)
{
    const size_t size = row->key.size + row->value.size + ROW_BYTES_MORE;
    if (size > TH_PIECE_BYTES_MAX) {
        return TH_E_TOO_LARGE;
    }
    const bool in_order = tally_add(&export->tally, row);
    th_assert(in_order);
    if (export->open_rows > 0 &&
        (export->piece.size + size > PIECE_BYTES || export->open_rows == PIECE_ROWS_MAX)) {
        TH_TRY(put_piece(export));
    }
    const struct th_piece piece = {.rows = row, .count = 1};
    th_piece_write(&export->piece, &piece); // rows of several such pieces are those of one
    th_assert(!export->piece.overflow);
    export->open_rows++;
    export->rows++;
    return TH_OK;
}

enum th_err th_export_end(struct th_export *export)
{
    struct tally *tally = &export->tally;
    if (export->open_rows > 0) {
        TH_TRY(put_piece(export));
    }
    tally_close(tally);
    struct th_piece piece = {
        .has_end = true,
        .end = {.tables = tally->tables, .count = tally->table_count},
    };
    th_hash_run_end(&tally->stream, piece.end.digest);
    th_hash_run_start(&tally->stream); // what follows is not hashed, but put() adds to it
    th_piece_write(&export->piece, &piece);
    th_assert(!export->piece.overflow);
    return put_piece(export);
}

uint64_t th_export_rows(const struct th_export *export)
{
    return export->rows;
}

void th_export_free(struct th_export **export)
{
    free(*export);
    *export = NULL;
}

// ---- reading ----

struct th_import {
    struct tally tally;
    th_import_source *source;
    void *source_self;
    const struct th_import_taker *taker;
    struct th_malformed *why;
    size_t offset; // of the piece in work
    size_t at;     // of the next byte
    bool headed, ended;
    struct th_arena arena;
    uint8_t memory[TH_ARENA_BYTES];
    uint8_t bytes[TH_PIECE_BYTES_MAX];
};

static enum th_err refuse(const struct th_import *import, size_t offset, const char *text)
{
    *import->why = (struct th_malformed){.offset = offset, .why = text};
    return TH_E_MALFORMED;
}

// Exactly size bytes, or none (*got 0) when the stream is at its end and may be.
static enum th_err take(struct th_import *import, uint8_t *out, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        size_t more = 0;
        TH_TRY(import->source(import->source_self, out + *got, size - *got, &more));
        if (more == 0) {
            return *got == 0 ? TH_OK : refuse(import, import->at + *got, "cut short");
        }
        *got += more;
    }
    import->at += size;
    return TH_OK;
}

// The size of the next piece, as it stands; 0 at the end of the stream.
static enum th_err take_size(struct th_import *import, struct th_writer *prefix, size_t *size)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < SIZE_BYTES_MAX; i++) {
        uint8_t byte = 0;
        size_t got = 0;
        TH_TRY(take(import, &byte, 1, &got));
        if (got == 0) {
            *size = 0;
            return i == 0 ? TH_OK : refuse(import, import->at, "cut short");
        }
        th_write_u8(prefix, byte);
        number |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *size = (size_t)number;
            return number > 0 && (byte != 0 || i == 0)
                       ? TH_OK
                       : refuse(import, import->offset, "no size of a piece");
        }
    }
    return refuse(import, import->offset, "no size of a piece");
}

static enum th_err take_end(struct th_import *import, const struct th_export_end *end)
{
    struct tally *tally = &import->tally;
    uint8_t digest[TH_HASH256_BYTES];
    import->ended = true;
    tally_close(tally);
    th_hash_run_end(&tally->stream, digest);
    if (memcmp(digest, end->digest, sizeof(digest)) != 0) {
        return refuse(import, import->offset, "the hash of the stream differs");
    }
    bool same = end->count == tally->table_count;
    for (size_t i = 0; same && i < end->count; i++) {
        const struct th_export_table *said = &end->tables[i];
        const struct th_export_table *seen = &tally->tables[i];
        same = said->table == seen->table && said->count == seen->count &&
               memcmp(said->digest, seen->digest, sizeof(said->digest)) == 0;
    }
    return same ? TH_OK : refuse(import, import->offset, "the rows are not those of the end");
}

static enum th_err take_piece(struct th_import *import, const struct th_piece *piece)
{
    const struct th_import_taker *taker = import->taker;
    if (import->ended) {
        return refuse(import, import->offset, "more behind the end");
    }
    if (piece->has_head != !import->headed) {
        return refuse(import, import->offset, "one head, and first");
    }
    if (piece->has_head) {
        import->headed = true;
        return piece->head.stream == TH_EXPORT_STREAM
                   ? taker->head(taker->self, &piece->head)
                   : refuse(import, import->offset, "a stream of a later format");
    }
    for (size_t i = 0; i < piece->count; i++) {
        if (!tally_add(&import->tally, &piece->rows[i])) {
            return refuse(import, import->offset, "rows out of order");
        }
        TH_TRY(taker->row(taker->self, &piece->rows[i]));
    }
    return TH_OK;
}

// *more is false at the end of the stream.
static enum th_err next_piece(struct th_import *import, bool *more)
{
    uint8_t space[SIZE_BYTES_MAX];
    struct th_writer prefix = TH_WRITER(space);
    size_t size = 0;
    size_t got = 0;
    import->offset = import->at;
    TH_TRY(take_size(import, &prefix, &size));
    *more = size > 0;
    if (size == 0) {
        return import->ended ? TH_OK : refuse(import, import->at, "cut short");
    }
    if (size > TH_PIECE_BYTES_MAX) {
        (void)refuse(import, import->offset, "a piece above its bound");
        return TH_E_TOO_LARGE;
    }
    TH_TRY(take(import, import->bytes, size, &got));
    if (got == 0) {
        return refuse(import, import->at, "cut short");
    }
    const struct th_bytes bytes = {.data = import->bytes, .size = size};
    struct th_piece piece;
    th_arena_reset(&import->arena);
    const enum th_err err = th_piece_read(bytes, &import->arena, &piece, import->why);
    if (err != TH_OK) {
        import->why->offset += import->at - size;
        return err;
    }
    if (piece.has_end && import->headed && !import->ended) {
        return take_end(import, &piece.end);
    }
    th_hash_run_add(&import->tally.stream, th_written(&prefix));
    th_hash_run_add(&import->tally.stream, bytes);
    return take_piece(import, &piece);
}

enum th_err th_import_make(struct th_import **out)
{
    *out = aligned_alloc(_Alignof(struct th_import), sizeof(**out));
    return *out != NULL ? TH_OK : TH_E_NO_MEMORY;
}

void th_import_free(struct th_import **import)
{
    free(*import);
    *import = NULL;
}

enum th_err th_import_run(struct th_import *import,
                          th_import_source *source,
                          void *source_self,
                          const struct th_import_taker *taker,
                          struct th_malformed *why)
{
    memset(&import->tally, 0, sizeof(import->tally));
    import->source = source;
    import->source_self = source_self;
    import->taker = taker;
    import->why = why;
    import->offset = 0;
    import->at = 0;
    import->headed = false;
    import->ended = false;
    import->arena = th_arena_of(import->memory, sizeof(import->memory));
    th_hash_run_start(&import->tally.stream);
    *why = (struct th_malformed){0};
    bool more = true;
    while (more) {
        TH_TRY(next_piece(import, &more));
    }
    return TH_OK;
}
