// test_number.c - numbers in, numbers out, ratios

#include "tonghop/number.h"

#include "tests/support/test.h"

static int64_t number_of(const char *text)
{
    int64_t number = -1;
    EXPECT(TH_OK, th_number_parse(th_bytes_of(text), &number));
    return number;
}

static int64_t scaled_of(const char *text, unsigned decimals)
{
    int64_t number = -1;
    EXPECT(TH_OK, th_number_parse_scaled(th_bytes_of(text), decimals, &number));
    return number;
}

static void reads_whole_numbers_in_their_one_spelling(void **state)
{
    (void)state;

    assert_true(number_of("0") == 0);
    assert_true(number_of("-47") == -47);
    assert_true(number_of("9223372036854775807") == INT64_MAX);
    assert_true(number_of("-9223372036854775807") == -INT64_MAX);
}

static void refuses_every_other_spelling(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "-",
                                        "-0",
                                        "00",
                                        "007",
                                        "+5",
                                        "5.0",
                                        "1.273",
                                        "1,273",
                                        "1 273",
                                        "1e3",
                                        "0x10",
                                        " 1",
                                        "1 ",
                                        "--1",
                                        "−1",
                                        "n/a",
                                        "1_000",
                                        "½"};
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        int64_t number = 7;

        EXPECT(TH_E_MALFORMED, th_number_parse(th_bytes_of(wrong[i]), &number));
        assert_true(number == 7);
    }
    int64_t number = 7;
    EXPECT(TH_E_INVALID, th_number_parse(TH_BYTES("9223372036854775808"), &number));
    EXPECT(TH_E_INVALID, th_number_parse(TH_BYTES("-9223372036854775808"), &number));
    EXPECT(TH_E_INVALID, th_number_parse(TH_BYTES("99999999999999999999999"), &number));
    EXPECT(TH_E_MALFORMED, th_number_parse((struct th_bytes){"1\0", 2}, &number));
}

static void decimals_scale_and_never_round(void **state)
{
    (void)state;
    int64_t number = 7;

    assert_true(scaled_of("8715.5", 2) == 871550);
    assert_true(scaled_of("401", 2) == 40100);
    assert_true(scaled_of("-0.000000001", 9) == -1);
    assert_true(scaled_of("5.0", 1) == 50);
    EXPECT(TH_E_MALFORMED, th_number_parse_scaled(TH_BYTES("1.234"), 2, &number));
    EXPECT(TH_E_MALFORMED, th_number_parse_scaled(TH_BYTES("1,5"), 2, &number));
    EXPECT(TH_E_MALFORMED, th_number_parse_scaled(TH_BYTES("1."), 2, &number));
    EXPECT(TH_E_MALFORMED, th_number_parse_scaled(TH_BYTES(".5"), 2, &number));
    EXPECT(TH_E_MALFORMED, th_number_parse_scaled(TH_BYTES("-0.0"), 2, &number));
    EXPECT(TH_E_MALFORMED, th_number_parse_scaled(TH_BYTES("1.5"), 0, &number));
    EXPECT(TH_E_INVALID, th_number_parse_scaled(TH_BYTES("9223372036854775807"), 1, &number));
}

static void scores_take_point_or_comma(void **state)
{
    (void)state;
    int64_t score = 7;

    EXPECT(TH_OK, th_score_parse(TH_BYTES("87.5"), &score));
    assert_true(score == 8750);
    EXPECT(TH_OK, th_score_parse(TH_BYTES("87,25"), &score));
    assert_true(score == 8725);
    EXPECT(TH_OK, th_score_parse(TH_BYTES("99999.99"), &score));
    assert_true(score == 9999999);
    EXPECT(TH_E_MALFORMED, th_score_parse(TH_BYTES("100000"), &score));
    EXPECT(TH_E_MALFORMED, th_score_parse(TH_BYTES("87.505"), &score));
    EXPECT(TH_E_MALFORMED, th_score_parse(TH_BYTES("-1"), &score));
    EXPECT(TH_E_MALFORMED, th_score_parse(TH_BYTES("087"), &score));
    EXPECT(TH_E_MALFORMED, th_score_parse(TH_BYTES("87."), &score));
    EXPECT(TH_E_MALFORMED, th_score_parse(TH_BYTES(""), &score));
}

struct hint {
    const char *text;
    unsigned decimals;
    const char *hint;
};

static const struct hint HINTS[] = {
    {"1.273", 0, "1273"},
    {"1,273", 0, "1273"},
    {"1 273", 0, "1273"},
    {"1\xC2\xA0"
     "273",
     0,
     "1273"},
    {"1.000", 0, "1000"},
    {"-1.273.000", 0, "-1273000"},
    {"+5", 0, "5"},
    {"007", 0, "7"},
    {"000", 0, "0"},
    {"5.0", 0, "5"},
    {"5,00", 0, "5"},
    {"−47", 0, "-47"},
    {"1e3", 0, "whole-number"},
    {"12,5", 0, "whole-number"},
    {"36,4%", 0, "whole-number"},
    {"1.27.3", 0, "whole-number"},
    {"1,273.000", 0, "whole-number"},
    {"0.273", 0, "whole-number"},
    {"-0,273", 0, "whole-number"},
    {"99999999999999999999", 0, "whole-number"},
    {"1234567890123456789012345678901234567890", 0, "whole-number"},
    {"-", 0, "whole-number"},
    {"", 0, "whole-number"},
    {"12,5", 2, "12.5"},
    {"1.273,5", 2, "1273.5"},
    {"1,273.5", 2, "1273.5"},
    {"00.5", 2, "0.5"},
    {"1.2345", 2, "decimal-number"},
    {"1.273.000", 2, "1273000"},
    {"abc", 2, "decimal-number"},
};

static void hints_at_the_plain_form_only_where_it_is_sure(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(HINTS); i++) {
        char hint[TH_NUMBER_HINT_BYTES];

        (void)th_number_hint(th_bytes_of(HINTS[i].text), HINTS[i].decimals, hint);

        assert_string_equal(hint, HINTS[i].hint);
    }
}

static void writes_plain_numbers_for_data(void **state)
{
    (void)state;
    char out[TH_NUMBER_TEXT_BYTES];

    assert_string_equal(th_number_plain(-1273, 0, out), "-1273");
    assert_string_equal(th_number_plain(871550, 2, out), "8715.5");
    assert_string_equal(th_number_plain(40100, 2, out), "401");
    assert_string_equal(th_number_plain(-1, 9, out), "-0.000000001");
    assert_string_equal(th_number_plain(0, 9, out), "0");
    assert_string_equal(th_number_plain(INT64_MIN, 0, out), "-9223372036854775808");
}

static void writes_numbers_for_people_in_both_languages(void **state)
{
    (void)state;
    char out[TH_NUMBER_TEXT_BYTES];

    assert_string_equal(th_number_people(TH_LANG_VI, 1273, 0, out), "1.273");
    assert_string_equal(th_number_people(TH_LANG_EN, 1273, 0, out), "1,273");
    assert_string_equal(th_number_people(TH_LANG_VI, -47, 0, out), "−47");
    assert_string_equal(th_number_people(TH_LANG_VI, 871550, 2, out), "8.715,5");
    assert_string_equal(th_number_people(TH_LANG_EN, -INT64_MAX, 0, out),
                        "−9,223,372,036,854,775,807");
    assert_string_equal(th_number_people(TH_LANG_VI, 999, 0, out), "999");
    assert_string_equal(th_change_people(TH_LANG_VI, 574, 0, out), "+574");
    assert_string_equal(th_change_people(TH_LANG_VI, -8, 0, out), "−8");
    assert_string_equal(th_change_people(TH_LANG_VI, 0, 0, out), "0");
    assert_string_equal(th_score_people(TH_LANG_VI, 8750, out), "87,50");
    assert_string_equal(th_score_people(TH_LANG_EN, 5, out), "0.05");
    assert_string_equal(th_share_people(TH_LANG_VI, 364, out), "36,4%");
    assert_string_equal(th_share_people(TH_LANG_EN, 1000, out), "100.0%");
    assert_string_equal(th_share_people(TH_LANG_VI, -100, out), "−10,0%");
}

static int64_t ratio(int64_t number, int64_t by, int64_t scale)
{
    int64_t result = -99;
    assert_true(th_ratio(number, by, scale, &result));
    return result;
}

static void ratios_are_rounded_half_up_in_128_bits(void **state)
{
    (void)state;
    int64_t result = 7;

    assert_true(ratio(282, 539, 1000) == 523);
    assert_true(ratio(4, 11, 1000) == 364);
    assert_true(ratio(24, 30, 1000) == 800);
    assert_true(ratio(25, 30, 1000) == 833);
    assert_true(ratio(2008920, 2129000, 1000) == 944);
    assert_true(ratio(1, 2000, 1000) == 1);
    assert_true(ratio(-1, 2000, 1000) == -1);
    assert_true(ratio(1, 2001, 1000) == 0);
    assert_true(ratio(INT64_MAX, INT64_MAX, 1000) == 1000);
    assert_true(ratio(INT64_MIN, INT64_MAX, 1000) == -1000);
    assert_true(ratio(8726, 100, 1) == 87);
    assert_false(th_ratio(1, 0, 1000, &result));
    assert_false(th_ratio(1, -1, 1000, &result));
    assert_false(th_ratio(INT64_MAX, 1, 1000, &result));
    assert_true(result == 7);
}

static void what_is_written_plain_is_read_back(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int i = 0; i < 100000; i++) {
        const unsigned decimals = rng_below(&rng, TH_DECIMALS_MAX + 1);
        const int64_t number = (int64_t)(rng_next(&rng) >> rng_below(&rng, 64));
        const int64_t wanted = number == INT64_MIN ? 0 : number;
        char out[TH_NUMBER_TEXT_BYTES];
        int64_t again = 0;
        EXPECT(TH_OK,
               th_number_parse_scaled(
                   th_bytes_of(th_number_plain(wanted, decimals, out)), decimals, &again));
        assert_true(again == wanted);
    }
}

static void qualifiers_have_words_for_people(void **state)
{
    (void)state;

    assert_string_equal(th_qualifier_people(TH_LANG_VI, 2), "trên");
    assert_string_equal(th_qualifier_people(TH_LANG_VI, 4), "khoảng");
    assert_string_equal(th_qualifier_people(TH_LANG_EN, 3), "under");
    assert_string_equal(th_qualifier_people(TH_LANG_EN, 1), "");
    assert_string_equal(th_qualifier_people(TH_LANG_EN, 99), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_whole_numbers_in_their_one_spelling),
        cmocka_unit_test(refuses_every_other_spelling),
        cmocka_unit_test(decimals_scale_and_never_round),
        cmocka_unit_test(scores_take_point_or_comma),
        cmocka_unit_test(hints_at_the_plain_form_only_where_it_is_sure),
        cmocka_unit_test(writes_plain_numbers_for_data),
        cmocka_unit_test(writes_numbers_for_people_in_both_languages),
        cmocka_unit_test(ratios_are_rounded_half_up_in_128_bits),
        cmocka_unit_test(what_is_written_plain_is_read_back),
        cmocka_unit_test(qualifiers_have_words_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
