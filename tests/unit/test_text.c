// test_text.c - what a text may contain, how it is cleaned and shown

#include <string.h>

#include "tonghop/text.h"

#include "tests/support/test.h"

static struct th_bytes bytes(const char *text)
{
    return th_bytes_of(text);
}

static void knows_well_formed_utf8(void **state)
{
    (void)state;

    assert_true(th_text_is_utf8(bytes("Vị Thuỷ")));
    assert_true(th_text_is_utf8(bytes("")));
    assert_false(th_text_is_utf8(bytes("\xC0\xAF")));         // overlong
    assert_false(th_text_is_utf8(bytes("\xED\xA0\x80")));     // surrogate
    assert_false(th_text_is_utf8(bytes("\xF4\x90\x80\x80"))); // beyond U+10FFFF
    assert_false(th_text_is_utf8(bytes("V\xE1\xBB")));        // cut
}

static void tells_composed_from_decomposed(void **state)
{
    (void)state;

    assert_true(th_text_is_nfc(bytes("Hòa")));
    assert_true(th_text_is_nfc(bytes("Hoà"))); // another spelling, also composed
    assert_false(th_text_is_nfc(bytes("Ho\xCC\x80"
                                      "a")));
    assert_true(th_text_is_nfc(bytes("Đại Từ")));
}

static void plain_text_has_no_control_character_and_fits(void **state)
{
    (void)state;

    assert_true(th_text_is_plain(bytes("phân bổ"), 32));
    assert_false(th_text_is_plain(bytes("phân bổ"), 8));
    assert_false(th_text_is_plain(bytes("a\tb"), 32));
    assert_false(th_text_is_plain(bytes("a\x7F"), 32));
    assert_false(th_text_is_plain(bytes("a\xC2\x85"), 32)); // C1
    assert_false(th_text_is_plain((struct th_bytes){"a\0b", 3}, 32));
}

static void a_code_is_letters_digits_and_three_marks(void **state)
{
    (void)state;

    assert_true(th_text_is_code(bytes("93-SNV"), 32));
    assert_true(th_text_is_code(bytes("00007"), 5));
    assert_false(th_text_is_code(bytes("00007"), 4));
    assert_false(th_text_is_code(bytes(""), 32));
    assert_false(th_text_is_code(bytes("-93"), 32));
    assert_false(th_text_is_code(bytes("93 SNV"), 32));
    assert_false(th_text_is_code(bytes("93@2025"), 32));
    assert_false(th_text_is_code(bytes("Sở"), 32));
}

struct tidy_case {
    const char *in;
    bool lines;
    const char *out;
    unsigned changes;
};

static const struct tidy_case TIDY[] = {
    {"abc", false, "abc", 0},
    {"", false, "", 0},
    {"   ", false, "", TH_TEXT_TRIMMED},
    {" \xC2\xA0 abc\xE2\x80\xAF ", false, "abc", TH_TEXT_TRIMMED},
    {"\xEF\xBB\xBFunit", false, "unit", TH_TEXT_TRIMMED},
    {"a\xC2\xA0"
     "b",
     false,
     "a b",
     TH_TEXT_FOLDED},
    {"a\xE3\x80\x80"
     "b ",
     false,
     "a b",
     TH_TEXT_FOLDED | TH_TEXT_TRIMMED},
    {"a\r\nb\tc", true, "a b c", TH_TEXT_FOLDED},
    {"\na\n", true, "a", TH_TEXT_TRIMMED},
    {"a\nb", false, "a\nb", 0},
    {"Ho\xCC\x80"
     "a",
     false,
     "H\xC3\xB2"
     "a",
     TH_TEXT_COMPOSED},
};

static void tidying_trims_folds_and_composes(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(TIDY); i++) {
        uint8_t room[64];
        struct th_writer out = TH_WRITER(room);
        struct th_bytes tidy;
        unsigned changes = 99;

        EXPECT(TH_OK, th_text_tidy(bytes(TIDY[i].in), TIDY[i].lines, &out, &tidy, &changes));

        assert_true(th_bytes_equal(tidy, bytes(TIDY[i].out)));
        assert_int_equal(changes, TIDY[i].changes);
    }
}

static void tidying_refuses_bad_bytes_and_long_texts(void **state)
{
    (void)state;
    uint8_t room[4];
    struct th_writer out = TH_WRITER(room);
    struct th_bytes tidy;
    unsigned changes = 0;
    char longest[TH_TEXT_BYTES_MAX + 1];
    memset(longest, 'a', sizeof(longest));

    EXPECT(TH_E_MALFORMED, th_text_tidy(bytes("\xFF"), false, &out, &tidy, &changes));
    assert_int_equal(
        th_text_tidy((struct th_bytes){longest, sizeof(longest)}, false, &out, &tidy, &changes),
        TH_E_TOO_LARGE);
    EXPECT(TH_E_TOO_LARGE,
           th_text_tidy(bytes("a\xC2\xA0"
                              "bcde"),
                        false,
                        &out,
                        &tidy,
                        &changes));
    assert_int_equal(
        th_text_tidy((struct th_bytes){longest, TH_TEXT_BYTES_MAX}, false, &out, &tidy, &changes),
        TH_OK);
}

static void normalises_the_longest_text_that_grows(void **state)
{
    (void)state;
    static uint8_t room[TH_TEXT_BYTES_MAX * 3];
    uint8_t text[TH_TEXT_BYTES_MAX - 1];
    struct th_writer grows = TH_WRITER(text);
    while (grows.size < sizeof(text)) {
        th_write_bytes(&grows, TH_BYTES("\xEF\xAC\xAC")); // U+FB2C: becomes three times two bytes
    }
    struct th_writer out = TH_WRITER(room);
    struct th_bytes nfc;

    EXPECT(TH_OK, th_text_nfc(th_written(&grows), &out, &nfc));

    assert_int_equal(nfc.size, sizeof(text) * 2);
}

static void labels_are_the_same_in_any_case_and_form(void **state)
{
    (void)state;

    assert_true(th_text_same_label(bytes("HOÀN THÀNH TỐT"), bytes("hoàn thành tốt")));
    assert_true(th_text_same_label(bytes("A"), bytes("a")));
    assert_true(th_text_same_label(bytes("\xC3\xA0"), bytes("A\xCC\x80")));
    assert_false(th_text_same_label(bytes("Hòa"), bytes("Hoà")));
    assert_false(th_text_same_label(bytes("a"), bytes("a ")));
    assert_false(th_text_same_label(bytes("\xFF"), bytes("\xFF")));
}

static void width_counts_columns(void **state)
{
    (void)state;

    assert_int_equal(th_text_width(bytes("Vị Thuỷ")), 7);
    assert_int_equal(th_text_width(bytes("e\xCC\x81")), 1);
    assert_int_equal(th_text_width(bytes("日本")), 4);
    assert_int_equal(th_text_width(bytes("a\xFF")), 2);
}

static void escaping_leaves_nothing_that_moves_the_cursor(void **state)
{
    (void)state;
    char out[64];

    th_text_escape(bytes("tên\xE2\x80\xAE\x1B[31m\xFF\n"), out, sizeof(out));

    assert_string_equal(out, "tên\\u{202E}\\u{1B}[31m\\x{FF}\\u{0A}");
}

static void cutting_ends_at_a_whole_character(void **state)
{
    (void)state;
    char out[10];

    assert_int_equal(th_text_cut(bytes("123456789"), out, sizeof(out)), 9);
    assert_string_equal(out, "123456789");
    th_text_cut(bytes("1234567890"), out, sizeof(out));
    assert_string_equal(out, "123456…");
    th_text_cut(bytes("12345ịị"), out, sizeof(out));
    assert_string_equal(out, "12345…");
    th_text_escape(bytes("12345\n78"), out, sizeof(out));
    assert_string_equal(out, "12345…");
}

static void padding_fills_columns_not_bytes(void **state)
{
    (void)state;
    char out[32];

    th_text_pad(bytes("Thuỷ"), 6, out, sizeof(out));
    assert_string_equal(out, "Thuỷ  ");
    th_text_pad(bytes("Vị Thuỷ"), 5, out, sizeof(out));
    assert_string_equal(out, "Vị T…");
    assert_int_equal(th_text_width(bytes(out)), 5);
}

static void json_strings_are_escaped(void **state)
{
    (void)state;
    char out[64];

    th_text_json(bytes("\"a\\b\"\n\xFFỷ"), out, sizeof(out));

    assert_string_equal(out, "\\\"a\\\\b\\\"\\u000A\xEF\xBF\xBDỷ");
}

static void distance_counts_typing_errors(void **state)
{
    (void)state;

    assert_int_equal(th_text_distance(bytes("import"), bytes("import"), 2), 0);
    assert_int_equal(th_text_distance(bytes("improt"), bytes("import"), 2), 1);
    assert_int_equal(th_text_distance(bytes("imort"), bytes("import"), 2), 1);
    assert_int_equal(th_text_distance(bytes("inport"), bytes("import"), 2), 1);
    assert_int_equal(th_text_distance(bytes("verify"), bytes("import"), 2), 3);
    assert_int_equal(th_text_distance(bytes(""), bytes("ab"), 2), 2);
    assert_int_equal(th_text_distance(bytes("ca"), bytes("abc"), 5), 3);
}

static void suggests_the_nearest_name_only(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int other;
    } verbs[] = {{"import", 1}, {"totals", 2}, {NULL, 0}, {"status", 3}};
    const size_t stride = sizeof(verbs[0]);

    assert_string_equal(th_text_suggest(bytes("imprt"), &verbs[0].name, 4, stride), "import");
    assert_string_equal(th_text_suggest(bytes("total"), &verbs[0].name, 4, stride), "totals");
    assert_null(th_text_suggest(bytes("xyz"), &verbs[0].name, 4, stride));
    assert_null(th_text_suggest(bytes("ab"), &verbs[0].name, 4, stride));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_well_formed_utf8),
        cmocka_unit_test(tells_composed_from_decomposed),
        cmocka_unit_test(plain_text_has_no_control_character_and_fits),
        cmocka_unit_test(a_code_is_letters_digits_and_three_marks),
        cmocka_unit_test(tidying_trims_folds_and_composes),
        cmocka_unit_test(tidying_refuses_bad_bytes_and_long_texts),
        cmocka_unit_test(normalises_the_longest_text_that_grows),
        cmocka_unit_test(labels_are_the_same_in_any_case_and_form),
        cmocka_unit_test(width_counts_columns),
        cmocka_unit_test(escaping_leaves_nothing_that_moves_the_cursor),
        cmocka_unit_test(cutting_ends_at_a_whole_character),
        cmocka_unit_test(padding_fills_columns_not_bytes),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(distance_counts_typing_errors),
        cmocka_unit_test(suggests_the_nearest_name_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
