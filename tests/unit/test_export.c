// test_export.c - what was exported comes back, and nothing else does

#include <stdlib.h>
#include <string.h>

#include "tonghop/export.h"

#include "tests/support/test.h"

enum { ROWS_MAX = 400, STREAM_BYTES_MAX = 8 * 1024 * 1024, SMALL_ROWS = 5 };

static struct th_import *import;

struct stream {
    uint8_t *bytes;
    size_t size;
    size_t read;
    size_t step; // bytes handed out at once; 0: all
};

static const struct th_export_head HEAD = {
    .stream = TH_EXPORT_STREAM,
    .format = 1,
    .min_reader = 1,
    .lineage = {"hg93", 4},
    .store_id = UINT64_MAX,
    .birth_id = 7,
    .version = 2088,
    .chain = {1, 2, 3},
    .wall_ms = -1,
    .program = {"tonghop", 7},
};

// ---- the two ends of a stream ----

static enum th_err append(void *self, struct th_bytes bytes)
{
    struct stream *stream = self;
    assert_true(stream->size + bytes.size <= STREAM_BYTES_MAX);
    memcpy(stream->bytes + stream->size, bytes.data, bytes.size);
    stream->size += bytes.size;
    return TH_OK;
}

static enum th_err hand_out(void *self, void *out, size_t max, size_t *got)
{
    struct stream *stream = self;
    const size_t left = stream->size - stream->read;
    *got = left < max ? left : max;
    *got = stream->step > 0 && *got > stream->step ? stream->step : *got;
    memcpy(out, stream->bytes + stream->read, *got);
    stream->read += *got;
    return TH_OK;
}

struct taken {
    const struct th_export_row *rows; // what must come
    size_t count;
    size_t at;
    unsigned heads;
};

static enum th_err take_head(void *self, const struct th_export_head *head)
{
    struct taken *taken = self;
    taken->heads++;
    assert_true(th_bytes_equal(head->lineage, HEAD.lineage));
    assert_true(th_bytes_equal(head->program, HEAD.program));
    assert_memory_equal(head->chain, HEAD.chain, sizeof(head->chain));
    assert_true(head->store_id == HEAD.store_id && head->birth_id == HEAD.birth_id);
    assert_true(head->version == HEAD.version && head->wall_ms == HEAD.wall_ms);
    return TH_OK;
}

static enum th_err take_row(void *self, const struct th_export_row *row)
{
    struct taken *taken = self;
    assert_true(taken->at < taken->count);
    const struct th_export_row *wanted = &taken->rows[taken->at++];
    assert_int_equal(row->table, wanted->table);
    assert_true(th_bytes_equal(row->key, wanted->key));
    assert_true(th_bytes_equal(row->value, wanted->value));
    return TH_OK;
}

static enum th_err take_any_head(void *self, const struct th_export_head *head)
{
    (void)self;
    (void)head;
    return TH_OK;
}

static enum th_err take_any_row(void *self, const struct th_export_row *row)
{
    (void)self;
    (void)row;
    return TH_OK;
}

static enum th_err import_any(struct stream *stream, struct th_malformed *why)
{
    const struct th_import_taker taker = {.head = take_any_head, .row = take_any_row};
    stream->read = 0;
    const enum th_err err = th_import_run(import, hand_out, stream, &taker, why);
    if (err != TH_OK) {
        assert_non_null(why->why);
        assert_true(why->offset <= stream->size);
    }
    return err;
}

static void export_all(struct stream *stream, const struct th_export_row *rows, size_t count)
{
    TH_SCOPED(th_export_free) struct th_export *export = NULL;
    stream->size = 0;
    EXPECT(TH_OK, th_export_begin(append, stream, &HEAD, &export));
    for (size_t i = 0; i < count; i++) {
        EXPECT(TH_OK, th_export_row(export, &rows[i]));
    }
    assert_int_equal(th_export_rows(export), count);
    EXPECT(TH_OK, th_export_end(export));
}

static void import_all(struct stream *stream, const struct th_export_row *rows, size_t count)
{
    struct taken taken = {.rows = rows, .count = count};
    const struct th_import_taker taker = {.head = take_head, .row = take_row, .self = &taken};
    struct th_malformed why;
    stream->read = 0;
    EXPECT(TH_OK, th_import_run(import, hand_out, stream, &taker, &why));
    assert_int_equal(taken.heads, 1);
    assert_int_equal(taken.at, count);
}

static int setup(void **state)
{
    static struct stream stream;
    EXPECT(TH_OK, th_hash_start());
    EXPECT(TH_OK, th_import_make(&import));
    stream = (struct stream){.bytes = malloc(STREAM_BYTES_MAX)};
    assert_non_null(stream.bytes);
    *state = &stream;
    return 0;
}

static int teardown(void **state)
{
    struct stream *stream = *state;
    free(stream->bytes);
    th_import_free(&import);
    return 0;
}

// A few rows of several tables, one of them empty between two others.
static const struct th_export_row SMALL[SMALL_ROWS] = {
    {.table = 0, .key = {"epoch", 5}, .value = {"\0\1", 2}},
    {.table = 0, .key = {"store", 5}, .value = {"", 0}},
    {.table = 3, .key = {"\0", 1}, .value = {"a", 1}},
    {.table = 3, .key = {"\0\0", 2}, .value = {"b", 1}},
    {.table = 31, .key = {"z", 1}, .value = {"c", 1}},
};

// ---- there and back ----

static void rows_come_back_whatever_their_size(void **state)
{
    struct stream *stream = *state;
    static struct th_export_row rows[ROWS_MAX];
    static uint8_t large[1400 * 1024];
    static uint8_t keys[ROWS_MAX][TH_HASH256_BYTES];
    struct rng rng;
    rng_start(&rng);
    rng_bytes(&rng, large, sizeof(large));
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        const uint32_t size = i == ROWS_MAX / 2 ? sizeof(large) : rng_below(&rng, 3000);
        rng_bytes(&rng, keys[i], sizeof(keys[i]));
        th_put_u32(keys[i], i);
        rows[i] = (struct th_export_row){
            .table = i / 100 * 3,
            .key = {.data = keys[i], .size = 4 + rng_below(&rng, 29)},
            .value = {.data = large, .size = rng_chance(&rng, 10) ? 0 : size},
        };
    }
    export_all(stream, rows, ROWS_MAX);
    import_all(stream, rows, ROWS_MAX);

    stream->step = 1 + rng_below(&rng, 5000);
    import_all(stream, rows, ROWS_MAX);
    stream->step = 0;
}

static void a_store_without_rows_is_a_stream_too(void **state)
{
    struct stream *stream = *state;
    export_all(stream, NULL, 0);
    import_all(stream, NULL, 0);
}

static void a_row_that_no_piece_holds_is_refused(void **state)
{
    struct stream *stream = *state;
    TH_SCOPED(th_export_free) struct th_export *export = NULL;
    struct th_export_row row = SMALL[0];
    row.value = (struct th_bytes){.data = stream->bytes, .size = TH_PIECE_BYTES_MAX};
    stream->size = 0;
    EXPECT(TH_OK, th_export_begin(append, stream, &HEAD, &export));

    EXPECT(TH_E_TOO_LARGE, th_export_row(export, &row));
    EXPECT(TH_OK, th_export_row(export, &SMALL[0]));
    EXPECT(TH_OK, th_export_end(export));
    import_all(stream, SMALL, 1);
}

// ---- E3 ----

static void every_changed_bit_is_found(void **state)
{
    struct stream *stream = *state;
    struct th_malformed why;
    export_all(stream, SMALL, SMALL_ROWS);
    for (size_t bit = 0; bit < 8 * stream->size; bit++) {
        stream->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(import_any(stream, &why), TH_OK);
        stream->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    EXPECT(TH_OK, import_any(stream, &why));
}

static void every_cut_is_found(void **state)
{
    struct stream *stream = *state;
    struct th_malformed why;
    export_all(stream, SMALL, SMALL_ROWS);
    const size_t whole = stream->size;
    for (stream->size = 0; stream->size < whole; stream->size++) {
        EXPECT(TH_E_MALFORMED, import_any(stream, &why));
        assert_int_equal(why.offset <= stream->size, 1);
    }
    EXPECT(TH_OK, import_any(stream, &why));
}

// ---- E1 and E2: pieces in another order than they may have ----

static void add_piece(struct stream *stream, const struct th_piece *piece)
{
    uint8_t bytes[1024];
    struct th_writer body = TH_WRITER(bytes);
    struct th_writer prefix = {.data = stream->bytes + stream->size,
                               .max = STREAM_BYTES_MAX - stream->size};
    th_piece_write(&body, piece);
    th_write_block(&prefix, th_written(&body));
    stream->size += th_written(&prefix).size;
}

static void wants(struct stream *stream, const char *reason)
{
    struct th_malformed why;
    EXPECT(TH_E_MALFORMED, import_any(stream, &why));
    assert_string_equal(why.why, reason);
    stream->size = 0;
}

static void pieces_in_another_order_are_refused(void **state)
{
    struct stream *stream = *state;
    const struct th_piece head = {.has_head = true, .head = HEAD};
    const struct th_piece rows = {.rows = SMALL, .count = 2};
    const struct th_piece later = {.rows = &SMALL[2], .count = 2};
    const struct th_piece end = {.has_end = true};
    struct th_piece newer = head;
    newer.head.stream++;

    wants(stream, "cut short");
    add_piece(stream, &rows);
    wants(stream, "one head, and first");
    add_piece(stream, &end);
    wants(stream, "one head, and first");
    add_piece(stream, &head);
    add_piece(stream, &head);
    wants(stream, "one head, and first");
    add_piece(stream, &newer);
    wants(stream, "a stream of a later format");
    add_piece(stream, &head);
    add_piece(stream, &rows);
    add_piece(stream, &rows);
    wants(stream, "rows out of order");
    add_piece(stream, &head);
    add_piece(stream, &later);
    add_piece(stream, &rows);
    wants(stream, "rows out of order");
    add_piece(stream, &head);
    add_piece(stream, &rows);
    add_piece(stream, &end);
    wants(stream, "the hash of the stream differs");

    export_all(stream, SMALL, SMALL_ROWS);
    add_piece(stream, &end);
    wants(stream, "more behind the end");
    memset(stream->bytes, 0xff, 8);
    stream->size = 8;
    wants(stream, "no size of a piece");
    memset(stream->bytes, 0, 8);
    stream->size = 8;
    wants(stream, "no size of a piece");
}

static void a_piece_above_its_bound_is_refused(void **state)
{
    struct stream *stream = *state;
    struct th_malformed why;
    struct th_writer writer = {.data = stream->bytes, .max = 8};
    th_write_varint(&writer, TH_PIECE_BYTES_MAX + 1);
    stream->size = writer.size;
    EXPECT(TH_E_TOO_LARGE, import_any(stream, &why));

    writer.size = 0;
    th_write_varint(&writer, TH_PIECE_BYTES_MAX);
    stream->size = writer.size;
    wants(stream, "cut short");
}

// ---- errors of the ends ----

static enum th_err fail_sink(void *self, struct th_bytes bytes)
{
    (void)bytes;
    int *left = self;
    return (*left)-- > 0 ? TH_OK : TH_E_FULL;
}

static void a_full_disk_ends_an_export_wherever_it_is(void **state)
{
    (void)state;
    int calls = 0;
    for (enum th_err err = TH_E_FULL; err != TH_OK; calls++) {
        TH_SCOPED(th_export_free) struct th_export *export = NULL;
        int left = calls;
        err = th_export_begin(fail_sink, &left, &HEAD, &export);
        for (size_t i = 0; err == TH_OK && i < SMALL_ROWS; i++) {
            err = th_export_row(export, &SMALL[i]);
        }
        err = err == TH_OK ? th_export_end(export) : err;
        assert_true(err == TH_OK || err == TH_E_FULL);
    }
    assert_int_equal(calls, 7); // size and bytes of three pieces, and once without a failure
}

static enum th_err refuse_head(void *self, const struct th_export_head *head)
{
    (void)self;
    (void)head;
    return TH_E_EXISTS;
}

static enum th_err refuse_row(void *self, const struct th_export_row *row)
{
    (void)self;
    (void)row;
    return TH_E_FULL;
}

static void what_the_taker_answers_is_the_end(void **state)
{
    struct stream *stream = *state;
    struct th_malformed why;
    struct th_import_taker taker = {.head = take_any_head, .row = refuse_row};
    export_all(stream, SMALL, SMALL_ROWS);

    stream->read = 0;
    EXPECT(TH_E_FULL, th_import_run(import, hand_out, stream, &taker, &why));
    taker.head = refuse_head;
    stream->read = 0;
    EXPECT(TH_E_EXISTS, th_import_run(import, hand_out, stream, &taker, &why));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(rows_come_back_whatever_their_size),
        CASE(a_store_without_rows_is_a_stream_too),
        CASE(a_row_that_no_piece_holds_is_refused),
        CASE(every_changed_bit_is_found),
        CASE(every_cut_is_found),
        CASE(pieces_in_another_order_are_refused),
        CASE(a_piece_above_its_bound_is_refused),
        CASE(a_full_disk_ends_an_export_wherever_it_is),
        CASE(what_the_taker_answers_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
