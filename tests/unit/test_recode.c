// test_recode.c - files in other encodings come out as UTF-8, or are refused with their line

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nodes/recode.h"
#include "tests/support/test.h"

enum { ROOM = 4096, LARGE = 300000 };

static int file_of(const void *bytes, size_t size)
{
    const int fd = memfd_create("recode", MFD_CLOEXEC);
    assert_true(fd >= 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
    return fd;
}

static enum th_err
recoded(const char *encoding, const void *bytes, size_t size, char out[static ROOM], uint32_t *line)
{
    const int from = file_of(bytes, size);
    const int to = file_of("", 0);
    const enum th_err err = recode(encoding, from, to, ROOM, line);
    const ssize_t got = pread(to, out, ROOM - 1, 0);
    assert_true(got >= 0);
    out[got] = '\0';
    (void)close(from);
    (void)close(to);
    return err;
}

static void vietnamese_of_windows(void **state)
{
    (void)state;
    char out[ROOM];
    uint32_t line = 0;
    // "Hoàn thành tốt nhiệm vụ": letters, then their tones as marks of their own.
    static const char BYTES[] =
        "note\nHo\xE0n th\xE0nh t\xF4\xECt nhi\xEA\xF2m vu\xF2 1.273 \xFE\n";

    EXPECT(TH_OK, recoded("CP1258", BYTES, sizeof(BYTES) - 1, out, &line));

    assert_string_equal(out, "note\nHoàn thành tốt nhiệm vụ 1.273 ₫\n");
}

static void both_orders_of_utf_16(void **state)
{
    (void)state;
    char out[ROOM];
    uint32_t line = 0;
    static const char LITTLE[] = "\xFF\xFE"
                                 "a\0"
                                 "\xD1\x1E"
                                 "\n";
    static const char BIG[] = "\xFE\xFF"
                              "\0a"
                              "\x1E\xD1"
                              "\0\n";

    EXPECT(TH_OK, recoded("UTF-16", LITTLE, sizeof(LITTLE), out, &line));
    assert_string_equal(out, "aố\n");
    EXPECT(TH_OK, recoded("UTF-16", BIG, sizeof(BIG) - 1, out, &line));
    assert_string_equal(out, "aố\n");
}

static void what_is_something_else_is_refused(void **state)
{
    (void)state;
    // clang-format off
    static const struct {
        const char *encoding;
        const char *bytes;
        size_t size;
        uint32_t line;
    } ROWS[] = {
        {"CP1258", "a\nb\n\x8D\n", 6, 3},            // no letter
        {"CP1258", "\xEF\xBB\xBF" "a\n", 5, 0},      // the mark of UTF-8
        {"CP1258", "\xFF\xFE" "a\0\n\0", 6, 0},      // the mark of UTF-16
        {"CP1258", "t\xE1\xBB\x91t nhi\xE1\xBB\x87m\n", 14, 0}, // UTF-8 throughout
        {"UTF-16", "\xFF\xFE" "a\0\n\0" "b", 7, 2},  // half a letter at the end
        {"UTF-16", "\xFF\xFE" "a\0\n\0" "\0\xDC" "b\0", 10, 2}, // half a pair
        {"UTF-16", "\xEF\xBB\xBF" "ab\n", 6, 0},
    };
    // clang-format on
    for (size_t i = 0; i < TH_COUNT(ROWS); i++) {
        char out[ROOM];
        uint32_t line = 99;
        const enum th_err err = recoded(ROWS[i].encoding, ROWS[i].bytes, ROWS[i].size, out, &line);
        if (err != TH_E_MALFORMED || line != ROWS[i].line) {
            fail_msg("row %zu: %s, line %u", i, th_err_name(err), line);
        }
    }
}

static void has_bounds(void **state)
{
    (void)state;
    char out[ROOM];
    uint32_t line = 0;
    char *large = malloc(LARGE);
    assert_non_null(large);
    memset(large, 0xE0, LARGE);

    EXPECT(TH_E_TOO_LARGE, recoded("CP1258", large, ROOM, out, &line)); // two bytes a letter
    EXPECT(TH_E_TOO_LARGE, recoded(NULL, large, LARGE, out, &line));
    EXPECT(TH_OK, recoded(NULL, "\xFF as it is\n", 12, out, &line));
    assert_string_equal(out, "\xFF as it is\n");
    EXPECT(TH_E_NOT_FOUND, recoded("NO-SUCH-1", "a", 1, out, &line));
    free(large);
}

// A letter may stand astride of two pieces.
static void pieces_do_not_matter(void **state)
{
    (void)state;
    const size_t count = LARGE / 2;
    uint8_t *wide = malloc(2 * count);
    char *out = malloc(3 * count + 1);
    uint32_t line = 0;
    assert_non_null(wide);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        wide[2 * i] = 0xD1;
        wide[2 * i + 1] = 0x1E;
    }
    const int from = file_of(wide, 2 * count);
    const int to = file_of("", 0);

    EXPECT(TH_OK, recode("UTF-16LE", from, to, 3 * count, &line));

    assert_int_equal(pread(to, out, 3 * count + 1, 0), (ssize_t)(3 * count));
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(out + 3 * i, "ố", 3);
    }
    (void)close(from);
    (void)close(to);
    free(wide);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vietnamese_of_windows),
        cmocka_unit_test(both_orders_of_utf_16),
        cmocka_unit_test(what_is_something_else_is_refused),
        cmocka_unit_test(has_bounds),
        cmocka_unit_test(pieces_do_not_matter),
    };
    return cmocka_run_group_tests_name("recode", tests, NULL, NULL);
}
