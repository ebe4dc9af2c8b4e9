// piece.h - what an exported store is made of (export.h, export.proto)

#ifndef TONGHOP_PIECE_H
#define TONGHOP_PIECE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum { TH_PIECE_BYTES_MAX = 2 * 1024 * 1024 };

struct th_export_head {
    uint32_t stream;     // format of the stream
    uint32_t format;     // of the store
    uint32_t min_reader; // likewise
    struct th_bytes lineage;
    uint64_t store_id;
    uint64_t birth_id;
    uint64_t version;
    uint8_t chain[32]; // at version
    int64_t wall_ms;
    struct th_bytes program; // that wrote it
};

struct th_export_row {
    uint32_t table;
    struct th_bytes key;
    struct th_bytes value; // without its check hash
};

struct th_export_table {
    uint32_t table;
    uint64_t count;
    uint8_t digest[32];
};

struct th_export_end {
    const struct th_export_table *tables;
    size_t count;
    uint8_t digest[32];
};

// One of the three: has_head, rows, or has_end.
struct th_piece {
    bool has_head, has_end;
    struct th_export_head head;
    const struct th_export_row *rows;
    size_t count;
    struct th_export_end end;
};

#endif
