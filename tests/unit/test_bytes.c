// test_bytes.c - views, numbers and the bounded writer and reader

#include <string.h>

#include "tonghop/bytes.h"

#include "tests/support/test.h"

static void numbers_in_keys_keep_their_order(void **state)
{
    (void)state;
    static const uint64_t NUMBERS[] = {0, 1, 255, 256, 65535, 65536, UINT32_MAX, UINT64_MAX};

    for (size_t i = 0; i + 1 < TH_COUNT(NUMBERS); i++) {
        uint8_t low[8];
        uint8_t high[8];
        th_put_u64(low, NUMBERS[i]);
        th_put_u64(high, NUMBERS[i + 1]);

        assert_true(memcmp(low, high, sizeof(low)) < 0);
        assert_true(th_get_u64(low) == NUMBERS[i]);
    }
    uint8_t bytes[4];
    th_put_u32(bytes, 0x01020304);
    assert_memory_equal(bytes, "\1\2\3\4", 4);
    assert_int_equal(th_get_u32(bytes), 0x01020304);
    assert_int_equal(th_get_u16(bytes + 1), 0x0203);
}

static void views_compare_like_keys_and_begin_with_their_prefix(void **state)
{
    (void)state;
    const struct th_bytes nothing = {0};

    assert_true(th_bytes_compare(TH_BYTES("a"), TH_BYTES("ab")) < 0);
    assert_true(th_bytes_compare(TH_BYTES("b"), TH_BYTES("ab")) > 0);
    assert_true(th_bytes_compare(TH_BYTES("\xff"), TH_BYTES("a")) > 0);
    assert_int_equal(th_bytes_compare(nothing, TH_BYTES("")), 0);
    assert_true(th_bytes_equal(TH_BYTES("xa"), th_bytes_of("xa")));
    assert_false(th_bytes_equal(TH_BYTES("xa"), TH_BYTES("xã")));
    assert_true(th_bytes_equal(nothing, th_bytes_of(NULL)));
    assert_true(th_bytes_begins(TH_BYTES("xa"), nothing));
    assert_true(th_bytes_begins(TH_BYTES("xa"), TH_BYTES("x")));
    assert_false(th_bytes_begins(TH_BYTES("x"), TH_BYTES("xa")));
}

static void a_copied_text_is_cut_to_its_room(void **state)
{
    (void)state;
    char room[4];

    assert_string_equal(th_bytes_copy_text(TH_BYTES("huyen"), room, sizeof(room)), "huy");
    assert_string_equal(th_bytes_copy_text(TH_BYTES("xa"), room, sizeof(room)), "xa");
    assert_string_equal(th_bytes_copy_text((struct th_bytes){0}, room, sizeof(room)), "");
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    uint8_t room[256];
    struct th_writer writer = TH_WRITER(room);

    th_write_u8(&writer, 200);
    th_write_u16(&writer, 60000);
    th_write_u32(&writer, 4000000000U);
    th_write_u64(&writer, UINT64_MAX - 1);
    th_write_text0(&writer, TH_BYTES("xã"));
    th_write_block(&writer, TH_BYTES("\0\1"));
    th_write_block(&writer, (struct th_bytes){0});
    th_write_bytes(&writer, TH_BYTES("abc"));
    th_write_bytes(&writer, TH_BYTES("rest"));

    struct th_reader reader = th_reader_of(th_written(&writer));
    assert_int_equal(th_read_u8(&reader), 200);
    assert_int_equal(th_read_u16(&reader), 60000);
    assert_true(th_read_u32(&reader) == 4000000000U);
    assert_true(th_read_u64(&reader) == UINT64_MAX - 1);
    assert_true(th_bytes_equal(th_read_text0(&reader), TH_BYTES("xã")));
    assert_true(th_bytes_equal(th_read_block(&reader), TH_BYTES("\0\1")));
    assert_int_equal(th_read_block(&reader).size, 0);
    assert_true(th_bytes_equal(th_read_bytes(&reader, 3), TH_BYTES("abc")));
    assert_false(th_read_done(&reader));
    assert_int_equal(th_reader_left(&reader), 4);
    assert_true(th_bytes_equal(th_read_rest(&reader), TH_BYTES("rest")));
    assert_true(th_read_done(&reader));
}

static void varints_survive_at_every_width(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t numbers[] = {1ULL << bit, (1ULL << bit) - 1, UINT64_MAX >> bit};
        for (size_t i = 0; i < TH_COUNT(numbers); i++) {
            uint8_t room[32];
            struct th_writer writer = TH_WRITER(room);
            int64_t whole = 0;
            memcpy(&whole, &numbers[i], sizeof(whole));
            th_write_varint(&writer, numbers[i]);
            th_write_zigzag(&writer, whole);
            th_write_zigzag(&writer, -(whole / 2));

            struct th_reader reader = th_reader_of(th_written(&writer));
            assert_true(th_read_varint(&reader) == numbers[i]);
            assert_true(th_read_zigzag(&reader) == whole);
            assert_true(th_read_zigzag(&reader) == -(whole / 2));
            assert_true(th_read_done(&reader));
        }
    }
    uint8_t room[10];
    struct th_writer writer = TH_WRITER(room);
    th_write_zigzag(&writer, INT64_MIN);
    struct th_reader reader = th_reader_of(th_written(&writer));
    assert_true(th_read_zigzag(&reader) == INT64_MIN);
}

static void a_number_has_only_one_spelling(void **state)
{
    (void)state;
    static const struct th_bytes BAD[] = {
        {.data = "\x80", .size = 1},                                      // does not end
        {.data = "\x80\x00", .size = 2},                                  // longer than needed
        {.data = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", .size = 10}, // above 64 bits
        {.data = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", .size = 11},
    };

    for (size_t i = 0; i < TH_COUNT(BAD); i++) {
        struct th_reader reader = th_reader_of(BAD[i]);
        assert_true(th_read_varint(&reader) == 0);
        assert_true(reader.failed);
        assert_false(th_read_done(&reader));
    }
}

static void a_reader_stays_failed_and_gives_zeros(void **state)
{
    (void)state;
    struct th_reader reader = th_reader_of(TH_BYTES("\x05xyz"));

    assert_int_equal(th_read_block(&reader).size, 0); // five announced, three there
    assert_int_equal(th_read_u8(&reader), 0);
    assert_int_equal(th_read_rest(&reader).size, 0);
    assert_false(th_read_done(&reader));

    reader = th_reader_of(TH_BYTES("no end"));
    assert_int_equal(th_read_text0(&reader).size, 0);
    assert_true(reader.failed);
    reader = th_reader_of((struct th_bytes){0});
    assert_true(th_read_done(&reader));
    assert_int_equal(th_read_u64(&reader), 0);
    assert_true(reader.failed);
}

static void a_writer_without_room_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t room[6] = {0};
    struct th_writer writer = {.data = room, .max = 4};

    th_write_u16(&writer, 0x0102);
    th_write_block(&writer, TH_BYTES("abc")); // one byte too many
    th_write_u8(&writer, 9);                  // would fit, but something is missing before it

    assert_true(writer.overflow);
    assert_int_equal(writer.size, 2);
    assert_memory_equal(room, "\1\2\0\0\0\0", 2);
    assert_memory_equal(room + 4, "\0\0", 2);
}

static void any_bytes_are_read_without_harm(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[24];
        const size_t size = rng_below(&rng, sizeof(bytes) + 1);
        rng_bytes(&rng, bytes, size);
        struct th_reader reader = th_reader_of((struct th_bytes){.data = bytes, .size = size});
        while (!reader.failed && th_reader_left(&reader) > 0) {
            const uint8_t *before = reader.at;
            switch (rng_below(&rng, 5)) {
            case 0:
                (void)th_read_varint(&reader);
                break;
            case 1:
                (void)th_read_block(&reader);
                break;
            case 2:
                (void)th_read_text0(&reader);
                break;
            case 3:
                (void)th_read_u32(&reader);
                break;
            default:
                (void)th_read_zigzag(&reader);
                break;
            }
            assert_true(reader.at <= reader.end);
            assert_true(reader.failed || reader.at > before);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_keys_keep_their_order),
        cmocka_unit_test(views_compare_like_keys_and_begin_with_their_prefix),
        cmocka_unit_test(a_copied_text_is_cut_to_its_room),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(varints_survive_at_every_width),
        cmocka_unit_test(a_number_has_only_one_spelling),
        cmocka_unit_test(a_reader_stays_failed_and_gives_zeros),
        cmocka_unit_test(a_writer_without_room_writes_nothing_more),
        cmocka_unit_test(any_bytes_are_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
