// codec_export.c - the pieces of an exported store

#include <string.h>

#include "tonghop/store.h"

#include "lib/codec_internal.h"

// Fields of Piece and ExportEnd.
enum { PIECE_ROWS = 2, PIECE_END = 3, END_TABLES = 1 };

static const struct codec_kind PIECE = {
    &tonghop__v1__piece__descriptor, TH_PIECE_BYTES_MAX, TH_PIECE_BYTES_MAX};
static const struct th_bytes KIND = {.data = "tonghop store", .size = 13};

static enum th_err
read_head(const Tonghop__V1__ExportHead *from, struct th_piece *piece, struct th_malformed *why)
{
    if (!th_bytes_equal(codec_view(from->kind), KIND)) {
        return codec_malformed(why, 0, "not an exported store");
    }
    CODEC_NEED(from, stream, why);
    CODEC_NEED(from, format, why);
    CODEC_NEED(from, min_reader, why);
    CODEC_NEED(from, store_id, why);
    CODEC_NEED(from, birth_id, why);
    CODEC_NEED(from, version, why);
    TH_TRY(codec_lineage(codec_view(from->lineage), why));
    TH_TRY(codec_text(codec_view(from->program), why));
    piece->head = (struct th_export_head){
        .stream = from->stream,
        .format = from->format,
        .min_reader = from->min_reader,
        .lineage = codec_view(from->lineage),
        .store_id = from->store_id,
        .birth_id = from->birth_id,
        .version = from->version,
        .wall_ms = from->wall_ms,
        .program = codec_view(from->program),
    };
    piece->has_head = true;
    return codec_hash(from->chain, piece->head.chain, why);
}

static enum th_err
read_row(const Tonghop__V1__ExportRow *from, struct th_export_row *row, struct th_malformed *why)
{
    CODEC_NEED(from, table, why);
    *row = (struct th_export_row){
        .table = from->table, .key = codec_view(from->key), .value = codec_view(from->value)};
    if (row->table >= TH_STORE_TABLES_MAX) {
        return codec_malformed(why, 0, "no such table");
    }
    return row->key.size >= 1 && row->key.size <= TH_STORE_KEY_MAX
               ? TH_OK
               : codec_malformed(why, 0, "a key has 1 to 511 bytes");
}

static enum th_err read_end(const Tonghop__V1__ExportEnd *from,
                            struct th_arena *arena,
                            struct th_piece *piece,
                            struct th_malformed *why)
{
    CODEC_LIST(struct th_export_table, tables, from->n_tables);
    for (size_t i = 0; i < from->n_tables; i++) {
        const Tonghop__V1__ExportTable *table = from->tables[i];
        CODEC_NEED(table, table, why);
        CODEC_NEED(table, count, why);
        tables[i] = (struct th_export_table){.table = table->table, .count = table->count};
        TH_TRY(codec_hash(table->digest, tables[i].digest, why));
    }
    piece->end = (struct th_export_end){.tables = tables, .count = from->n_tables};
    piece->has_end = true;
    return codec_hash(from->digest, piece->end.digest, why);
}

enum th_err th_piece_read(struct th_bytes bytes,
                          struct th_arena *arena,
                          struct th_piece *piece,
                          struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Piece, message, &PIECE);
    const int said = (message->head != NULL) + (message->n_rows > 0) + (message->end != NULL);
    if (said != 1) {
        return codec_malformed(why, 0, "head, rows or end, one of them");
    }
    *piece = (struct th_piece){.has_head = false};
    if (message->head != NULL) {
        return read_head(message->head, piece, why);
    }
    if (message->end != NULL) {
        return read_end(message->end, arena, piece, why);
    }
    CODEC_LIST(struct th_export_row, rows, message->n_rows);
    for (size_t i = 0; i < message->n_rows; i++) {
        TH_TRY(read_row(message->rows[i], &rows[i], why));
    }
    piece->rows = rows;
    piece->count = message->n_rows;
    return TH_OK;
}

static void write_head(struct th_writer *writer, const struct th_export_head *head)
{
    Tonghop__V1__Piece piece = TONGHOP__V1__PIECE__INIT;
    Tonghop__V1__ExportHead message = TONGHOP__V1__EXPORT_HEAD__INIT;
    CODEC_SET_BYTES(&message, kind, KIND);
    CODEC_SET(&message, stream, head->stream);
    CODEC_SET(&message, format, head->format);
    CODEC_SET(&message, min_reader, head->min_reader);
    CODEC_SET_BYTES(&message, lineage, head->lineage);
    CODEC_SET(&message, store_id, head->store_id);
    CODEC_SET(&message, birth_id, head->birth_id);
    CODEC_SET(&message, version, head->version);
    CODEC_SET_ARRAY(&message, chain, head->chain);
    CODEC_SET_NONZERO(&message, wall_ms, head->wall_ms);
    CODEC_SET_BYTES(&message, program, head->program);
    piece.head = &message;
    codec_pack(writer, &piece.base);
}

static void write_end(struct th_writer *writer, const struct th_export_end *end)
{
    const size_t start = writer->size;
    codec_check_list(writer, end->count);
    for (size_t i = 0; i < end->count && !writer->overflow; i++) {
        Tonghop__V1__ExportTable table = TONGHOP__V1__EXPORT_TABLE__INIT;
        CODEC_SET(&table, table, end->tables[i].table);
        CODEC_SET(&table, count, end->tables[i].count);
        CODEC_SET_ARRAY(&table, digest, end->tables[i].digest);
        codec_pack_field(writer, END_TABLES, &table.base);
    }
    Tonghop__V1__ExportEnd tail = TONGHOP__V1__EXPORT_END__INIT;
    CODEC_SET_ARRAY(&tail, digest, end->digest);
    codec_pack(writer, &tail.base);
    codec_wrap(writer, PIECE_END, start);
}

void th_piece_write(struct th_writer *writer, const struct th_piece *piece)
{
    if (piece->has_head) {
        write_head(writer, &piece->head);
    }
    codec_check_list(writer, piece->count);
    for (size_t i = 0; i < piece->count && !writer->overflow; i++) {
        Tonghop__V1__ExportRow row = TONGHOP__V1__EXPORT_ROW__INIT;
        CODEC_SET(&row, table, piece->rows[i].table);
        CODEC_SET_BYTES(&row, key, piece->rows[i].key);
        CODEC_SET_BYTES(&row, value, piece->rows[i].value);
        codec_pack_field(writer, PIECE_ROWS, &row.base);
    }
    if (piece->has_end) {
        write_end(writer, &piece->end);
    }
}
