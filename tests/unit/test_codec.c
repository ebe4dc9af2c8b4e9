// test_codec.c - what the codec takes, what it refuses, and what it keeps of an update

#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/step.h"

#include "tests/support/test.h"

static uint8_t memory[TH_ARENA_BYTES];
static uint8_t out[TH_FRAME_BYTES_MAX];

// A literal may hold NULs. BYTES is for tables, WIRE for expressions.
#define BYTES(literal)                                 \
    {                                                  \
        .data = (literal), .size = sizeof(literal) - 1 \
    }
#define WIRE(literal) ((struct th_bytes)BYTES(literal))

static struct th_arena whole_arena(void)
{
    return th_arena_of(memory, sizeof(memory));
}

static enum th_err
read_batch(struct th_bytes bytes, struct th_batch *batch, struct th_malformed *why)
{
    static struct th_arena arena;
    arena = whole_arena();
    return th_batch_read(bytes, &arena, batch, why);
}

static struct th_batch good_batch(struct th_bytes bytes)
{
    struct th_batch batch = {0};
    struct th_malformed why = {0};
    const enum th_err err = read_batch(bytes, &batch, &why);
    if (err != TH_OK) {
        fail_msg("%s at %zu: %s", th_err_name(err), why.offset, why.why);
    }
    return batch;
}

// Write a batch and read it back.
static struct th_batch again(const struct th_update *updates, size_t count)
{
    const struct th_batch batch = {.updates = updates, .count = count};
    struct th_writer writer = TH_WRITER(out);
    th_batch_write(&writer, &batch);
    assert_false(writer.overflow);
    return good_batch(th_written(&writer));
}

static void assert_opt(struct th_opt opt, bool has, int64_t value)
{
    assert_int_equal(opt.has, has);
    assert_true(!has || opt.value == value);
}

// ---- what an update says ----

static void keeps_zero_apart_from_absent(void **state)
{
    (void)state;
    const struct th_update updates[] = {
        {.kind = TH_KIND_STAFFING, .staffing = {.value = {.has = true}, .of = {.has = true}}},
        {.kind = TH_KIND_STAFFING},
        {.kind = TH_KIND_EVALUATION,
         .evaluation = {.rating = {.has = true}, .leader = {.has = true}}},
        {.kind = TH_KIND_EVALUATION},
    };

    const struct th_batch batch = again(updates, TH_COUNT(updates));

    assert_int_equal(batch.count, TH_COUNT(updates));
    assert_opt(batch.updates[0].staffing.value, true, 0);
    assert_opt(batch.updates[0].staffing.of, true, 0);
    assert_opt(batch.updates[0].staffing.before, false, 0);
    assert_opt(batch.updates[1].staffing.value, false, 0);
    assert_opt(batch.updates[2].evaluation.rating, true, 0);
    assert_opt(batch.updates[2].evaluation.leader, true, 0);
    assert_opt(batch.updates[3].evaluation.rating, false, 0);
    assert_opt(batch.updates[3].evaluation.leader, false, 0);
}

static void keeps_the_ends_of_every_number(void **state)
{
    (void)state;
    const struct th_update update = {
        .kind = TH_KIND_STAFFING,
        .revision = UINT32_MAX,
        .entered_at = INT64_MIN,
        .staffing = {.value = {true, INT64_MIN},
                     .of = {true, INT64_MAX},
                     .before = {true, -1},
                     .after = {true, INT32_MIN},
                     .decimals = UINT32_MAX},
    };

    const struct th_update read = *again(&update, 1).updates;

    assert_true(read.revision == UINT32_MAX);
    assert_true(read.entered_at == INT64_MIN);
    assert_opt(read.staffing.value, true, INT64_MIN);
    assert_opt(read.staffing.of, true, INT64_MAX);
    assert_opt(read.staffing.before, true, -1);
    assert_opt(read.staffing.after, true, INT32_MIN);
    assert_true(read.staffing.decimals == UINT32_MAX);
}

static void passes_unknown_numbers_of_enums_to_the_judge(void **state)
{
    (void)state;
    const struct th_update updates[] = {
        {.kind = TH_KIND_STAFFING, .op = 9, .staffing = {.qualifier = 77}},
        {.kind = TH_KIND_EVALUATION, .evaluation = {.reason = INT32_MAX}},
    };

    const struct th_batch batch = again(updates, TH_COUNT(updates));

    assert_int_equal(batch.updates[0].op, 9);
    assert_int_equal(batch.updates[0].staffing.qualifier, 77);
    assert_int_equal(batch.updates[1].evaluation.reason, INT32_MAX);
}

static void knows_the_kinds_it_cannot_judge_and_calls_others_none(void **state)
{
    (void)state;
    // Update members 12..15, then 16 of a later version, then none at all.
    const struct th_batch batch =
        good_batch(WIRE("\x0a\x02\x62\x00\x0a\x02\x6a\x00\x0a\x02\x72\x00\x0a\x02\x7a\x00"
                        "\x0a\x03\x82\x01\x00\x0a\x00"));

    const enum th_kind kinds[] = {
        TH_KIND_COLLECTIVE,
        TH_KIND_TRANSFER,
        TH_KIND_COMPLETION,
        TH_KIND_DESK,
        TH_KIND_NONE,
        TH_KIND_NONE,
    };
    assert_int_equal(batch.count, TH_COUNT(kinds));
    for (size_t i = 0; i < TH_COUNT(kinds); i++) {
        assert_int_equal(batch.updates[i].kind, kinds[i]);
    }
}

static void passes_any_bytes_in_the_texts_of_an_update(void **state)
{
    (void)state;
    const struct th_update update = {
        .kind = TH_KIND_EVALUATION,
        .note = WIRE("a\0b"),
        .evaluation = {.person = WIRE("\xff\xfe"), .unit = WIRE("\n")},
    };

    const struct th_update read = *again(&update, 1).updates;

    assert_true(th_bytes_equal(read.note, update.note));
    assert_true(th_bytes_equal(read.evaluation.person, update.evaluation.person));
    assert_true(th_bytes_equal(read.evaluation.unit, update.evaluation.unit));
}

static void joins_updates_that_were_packed_alone(void **state)
{
    (void)state;
    const struct th_update updates[] = {
        {.kind = TH_KIND_STAFFING, .revision = 1},
        {.kind = TH_KIND_EVALUATION, .revision = 2},
    };
    const struct th_batch batch = {.updates = updates, .count = TH_COUNT(updates)};
    uint8_t pieces[128];
    struct th_writer piece_writer = TH_WRITER(pieces);
    th_update_write(&piece_writer, &updates[0]);
    th_update_write(&piece_writer, &updates[1]);
    struct th_writer writer = TH_WRITER(out);

    th_batch_write(&writer, &batch);

    assert_true(th_bytes_equal(th_written(&writer), th_written(&piece_writer)));
}

static void takes_256_updates_and_no_more(void **state)
{
    (void)state;
    static struct th_update updates[TH_BATCH_UPDATES_MAX + 1];
    for (size_t i = 0; i < TH_COUNT(updates); i++) {
        updates[i] = (struct th_update){.kind = TH_KIND_STAFFING, .revision = i + 1};
    }
    struct th_batch batch = again(updates, TH_BATCH_UPDATES_MAX);
    assert_int_equal(batch.count, TH_BATCH_UPDATES_MAX);
    assert_int_equal(batch.updates[255].revision, 256);

    struct th_writer writer = TH_WRITER(out);
    for (size_t i = 0; i < TH_COUNT(updates); i++) {
        th_update_write(&writer, &updates[i]);
    }
    struct th_malformed why = {0};
    EXPECT(TH_E_TOO_LARGE, read_batch(th_written(&writer), &batch, &why));
    assert_int_equal(why.code, 3105);

    const struct th_batch large = {.updates = updates, .count = TH_COUNT(updates)};
    writer = TH_WRITER(out);
    th_batch_write(&writer, &large);
    assert_true(writer.overflow);
}

// ---- what is refused ----

static const struct refusal {
    const char *name;
    struct th_bytes wire; // of a Batch
    enum th_err err;
    size_t offset;
} REFUSALS[] = {
    {"an empty body", {"", 0}, TH_E_MALFORMED, 0},
    {"field number 0", BYTES("\x02\x00"), TH_E_MALFORMED, 1},
    {"a number reserved by protobuf", BYTES("\xc2\xa3\x09\x00"), TH_E_MALFORMED, 3},
    {"a number too large", BYTES("\x80\x80\x80\x80\x10\x00"), TH_E_MALFORMED, 5},
    {"a group", BYTES("\x13\x14"), TH_E_MALFORMED, 1},
    {"wire type 6", BYTES("\x16\x00"), TH_E_MALFORMED, 1},
    {"a varint where a message stands", BYTES("\x08\x00"), TH_E_MALFORMED, 1},
    {"bytes where a number stands", BYTES("\x0a\x03\x12\x01\x00"), TH_E_MALFORMED, 3},
    {"a tag cut short", BYTES("\x8a"), TH_E_MALFORMED, 0},
    {"a size cut short", BYTES("\x0a"), TH_E_MALFORMED, 1},
    {"a size beyond the end", BYTES("\x0a\x02\x08"), TH_E_MALFORMED, 2},
    {"a size beyond the message around it", BYTES("\x0a\x03\x1a\x02x\x0a\x00"), TH_E_MALFORMED, 4},
    {"a huge size", BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), TH_E_MALFORMED, 11},
    {"a varint longer than needed", BYTES("\x0a\x03\x10\x81\x00"), TH_E_MALFORMED, 3},
    {"a tag longer than needed", BYTES("\x8a\x00\x00"), TH_E_MALFORMED, 0},
    {"a varint of 11 bytes",
     BYTES("\x0a\x0d\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"),
     TH_E_MALFORMED,
     3},
    {"a varint above 64 bits",
     BYTES("\x0a\x0b\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
     TH_E_MALFORMED,
     3},
    {"2^32 in a field of 32 bits", BYTES("\x0a\x06\x10\x80\x80\x80\x80\x10"), TH_E_MALFORMED, 8},
    {"an enum above 32 bits", BYTES("\x0a\x06\x08\x80\x80\x80\x80\x10"), TH_E_MALFORMED, 8},
    {"a bool that is 2", BYTES("\x0a\x04\x5a\x02\x58\x02"), TH_E_MALFORMED, 6},
    {"a number given twice", BYTES("\x0a\x04\x10\x01\x10\x01"), TH_E_MALFORMED, 5},
    {"a message given twice", BYTES("\x0a\x04\x5a\x00\x5a\x00"), TH_E_MALFORMED, 5},
    {"two members of a oneof", BYTES("\x0a\x04\x5a\x00\x52\x00"), TH_E_MALFORMED, 5},
    {"two members of an inner oneof", BYTES("\x0a\x06\x7a\x04\x0a\x00\x12\x00"), TH_E_MALFORMED, 7},
    {"an unknown field cut short", BYTES("\x0a\x00\x19\x00\x00"), TH_E_MALFORMED, 3},
    {"a list that never came", BYTES("\x10\x01"), TH_E_MALFORMED, 0},
};

static void refuses_each_malformed_batch_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(REFUSALS); i++) {
        const struct refusal *refusal = &REFUSALS[i];
        // A copy of exactly this size: the address sanitizer sees a byte read too far.
        uint8_t *copy = malloc(refusal->wire.size + 1);
        assert_non_null(copy);
        memcpy(copy + 1, refusal->wire.data, refusal->wire.size);
        const struct th_bytes wire = {.data = copy + 1, .size = refusal->wire.size};
        struct th_batch batch;
        struct th_malformed why = {0};

        const enum th_err err = read_batch(wire, &batch, &why);

        if (err != refusal->err || why.offset != refusal->offset || why.why == NULL) {
            fail_msg("%s: %s at %zu: %s", refusal->name, th_err_name(err), why.offset, why.why);
        }
        assert_int_equal(why.code, err == TH_E_TOO_LARGE ? 3105 : 3104);
        EXPECT(refusal->err, read_batch(wire, &batch, NULL));
        free(copy);
    }
}

static void write_tag(struct th_writer *writer, uint32_t number, unsigned wire)
{
    th_write_varint(writer, (uint64_t)number << 3 | wire);
}

static void skips_fields_of_a_later_version_up_to_64(void **state)
{
    (void)state;
    for (unsigned count = 64; count <= 65; count++) {
        uint8_t bytes[512];
        struct th_writer writer = TH_WRITER(bytes);
        th_write_bytes(&writer, WIRE("\x0a\x00"));
        for (unsigned i = 0; i < count; i++) {
            write_tag(&writer, 100 + i, 0);
            th_write_u8(&writer, 1);
        }
        struct th_batch batch;
        struct th_malformed why = {0};

        const enum th_err err = read_batch(th_written(&writer), &batch, &why);

        assert_int_equal(err, count == 64 ? TH_OK : TH_E_TOO_LARGE);
    }
}

static void skips_unknown_bytes_up_to_4_KiB(void **state)
{
    (void)state;
    static const uint8_t zeros[4096];
    for (size_t size = 4094; size <= 4095; size++) {
        struct th_writer writer = TH_WRITER(out);
        th_write_bytes(&writer, WIRE("\x0a\x00"));
        write_tag(&writer, 100, 2);
        th_write_block(&writer, (struct th_bytes){.data = zeros, .size = size});
        struct th_batch batch;

        const enum th_err err = read_batch(th_written(&writer), &batch, NULL);

        assert_int_equal(err, size == 4094 ? TH_OK : TH_E_TOO_LARGE);
    }
}

static void refuses_a_text_above_4_KiB(void **state)
{
    (void)state;
    static const uint8_t zeros[4097];
    for (size_t size = 4096; size <= 4097; size++) {
        struct th_update update = {.note = {.data = zeros, .size = size}};
        const struct th_batch one = {.updates = &update, .count = 1};
        struct th_writer writer = TH_WRITER(out);
        th_batch_write(&writer, &one);
        struct th_batch batch;

        const enum th_err err = read_batch(th_written(&writer), &batch, NULL);

        assert_int_equal(err, size == 4096 ? TH_OK : TH_E_TOO_LARGE);
    }
}

static void takes_a_piece_of_a_register_but_no_long_text_in_an_answer(void **state)
{
    (void)state;
    static char piece[TH_PART_BYTES_MAX + 1];
    memset(piece, 'x', sizeof(piece));
    const size_t sizes[] = {4096, 4097, TH_PART_BYTES_MAX, TH_PART_BYTES_MAX + 1};
    for (size_t i = 0; i < TH_COUNT(sizes); i++) {
        const struct th_bytes bytes = {piece, sizes[i]};
        const struct th_answer answers[] = {{.bundle_part = bytes}, {.detail = bytes}};
        for (size_t k = 0; k < TH_COUNT(answers); k++) {
            struct th_arena arena = th_arena_of(memory, sizeof(memory));
            struct th_writer writer = TH_WRITER(out);
            struct th_answer read;
            th_answer_write(&writer, &answers[k]);
            assert_false(writer.overflow);

            const bool fits = sizes[i] <= (k == 0 ? (size_t)TH_PART_BYTES_MAX : 4096);
            EXPECT(fits ? TH_OK : TH_E_TOO_LARGE,
                   th_answer_read(th_written(&writer), &arena, &read, NULL));
        }
    }
}

static void refuses_bytes_nested_10000_deep(void **state)
{
    (void)state;
    // Each level is an unknown message to the one around it, or a field of another type: no reader
    // goes deeper than the schema does.
    static uint8_t bytes[64 * 1024];
    size_t size = 0;
    for (int depth = 0; depth < 10000; depth++) {
        uint8_t prefix[8];
        struct th_writer writer = TH_WRITER(prefix);
        write_tag(&writer, 1, 2);
        th_write_varint(&writer, size);
        th_assert(size + writer.size <= sizeof(bytes));
        memmove(bytes + writer.size, bytes, size);
        memcpy(bytes, prefix, writer.size);
        size += writer.size;
    }
    struct th_batch batch;
    struct th_malformed why = {0};

    EXPECT(TH_E_MALFORMED,
           read_batch((struct th_bytes){.data = bytes, .size = size}, &batch, &why));
    assert_string_equal(why.why, "wrong wire type");
}

// ---- bombs ----

static size_t repeat(struct th_bytes piece, size_t max)
{
    size_t size = 0;
    while (size + piece.size <= max) {
        memcpy(out + size, piece.data, piece.size);
        size += piece.size;
    }
    return size;
}

static void refuses_bombs_before_they_are_unpacked(void **state)
{
    (void)state;
    struct th_batch batch;
    struct th_malformed why = {0};

    // 64 Ki empty updates would be 17 MiB of structs.
    const size_t empty = repeat(WIRE("\x0a\x00"), TH_BATCH_BYTES_MAX);
    EXPECT(TH_E_TOO_LARGE, read_batch((struct th_bytes){out, empty}, &batch, &why));
    assert_string_equal(why.why, "too many fields");

    // 128 updates of a completion with 500 empty lines: each list is within its bound, the sum is
    // beyond the arena.
    struct th_writer inner = TH_WRITER(memory);
    const size_t lines = repeat(WIRE("\x22\x00"), 1000);
    write_tag(&inner, 14, 2);
    th_write_block(&inner, (struct th_bytes){out, lines});
    struct th_writer update = {.data = memory + inner.size, .max = sizeof(memory) - inner.size};
    write_tag(&update, 1, 2);
    th_write_block(&update, th_written(&inner));
    const size_t nested = repeat(th_written(&update), TH_BATCH_BYTES_MAX);
    EXPECT(TH_E_TOO_LARGE, read_batch((struct th_bytes){out, nested}, &batch, &why));
    assert_string_equal(why.why, "more than the arena holds");

    EXPECT(TH_E_TOO_LARGE,
           read_batch((struct th_bytes){out, TH_BATCH_BYTES_MAX + 1}, &batch, &why));
    assert_string_equal(why.why, "message too large");
}

static void never_passes_the_end_of_a_small_arena(void **state)
{
    (void)state;
    const struct th_update updates[3] = {
        {.kind = TH_KIND_STAFFING, .staffing = {.measure = WIRE("RS01"), .unit = WIRE("376")}}};
    const struct th_batch batch = {.updates = updates, .count = TH_COUNT(updates)};
    struct th_writer writer = TH_WRITER(out);
    th_batch_write(&writer, &batch);
    size_t refused = 0;
    enum th_err err = TH_E_TOO_LARGE;
    for (size_t size = 0; err != TH_OK; size++) {
        uint8_t *block = malloc(size + 1);
        assert_non_null(block);
        struct th_arena arena = th_arena_of(block, size);
        struct th_batch read;

        err = th_batch_read(th_written(&writer), &arena, &read, NULL);

        assert_true(err == TH_OK || err == TH_E_TOO_LARGE);
        refused += err == TH_OK ? 0 : 1;
        free(block);
    }
    assert_in_range(refused, 1000, 10000);
}

static void holds_several_messages_in_one_arena(void **state)
{
    (void)state;
    struct th_arena arena = whole_arena();
    struct th_batch first;
    struct th_batch second;
    const struct th_bytes wire = WIRE("\x0a\x03\x1a\x01x");

    EXPECT(TH_OK, th_batch_read(wire, &arena, &first, NULL));
    const size_t used = arena.used;
    EXPECT(TH_OK, th_batch_read(wire, &arena, &second, NULL));

    assert_in_range(arena.used, used + 1, 2 * used + 16);
    assert_true(th_bytes_equal(first.updates->basis, WIRE("x")));
    assert_ptr_not_equal(first.updates, second.updates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_zero_apart_from_absent),
        cmocka_unit_test(keeps_the_ends_of_every_number),
        cmocka_unit_test(passes_unknown_numbers_of_enums_to_the_judge),
        cmocka_unit_test(knows_the_kinds_it_cannot_judge_and_calls_others_none),
        cmocka_unit_test(passes_any_bytes_in_the_texts_of_an_update),
        cmocka_unit_test(joins_updates_that_were_packed_alone),
        cmocka_unit_test(takes_256_updates_and_no_more),
        cmocka_unit_test(refuses_each_malformed_batch_at_its_place),
        cmocka_unit_test(skips_fields_of_a_later_version_up_to_64),
        cmocka_unit_test(skips_unknown_bytes_up_to_4_KiB),
        cmocka_unit_test(refuses_a_text_above_4_KiB),
        cmocka_unit_test(takes_a_piece_of_a_register_but_no_long_text_in_an_answer),
        cmocka_unit_test(refuses_bytes_nested_10000_deep),
        cmocka_unit_test(refuses_bombs_before_they_are_unpacked),
        cmocka_unit_test(never_passes_the_end_of_a_small_arena),
        cmocka_unit_test(holds_several_messages_in_one_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
