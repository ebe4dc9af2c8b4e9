// test_number_vi.c - 1.273 and 36,4: what is read, what is refused, and what is said then

#include "tonghop/number.h"

#include "tests/support/test.h"

enum { REFUSED = -1 };

struct written {
    const char *text;
    unsigned decimals;
    int64_t number; // REFUSED
    const char *hint;
};

// clang-format off
static const struct written NUMBERS[] = {
    {"0",               0, 0, ""},
    {"12",              0, 12, ""},
    {"1273",            0, 1273, ""},
    {"1.273",           0, 1273, ""},
    {"-1.273",          0, -1273, ""},
    {"1.273.000",       0, 1273000, ""},
    {"9.223.372.036.854.775.807", 0, INT64_MAX, ""},
    {"9.223.372.036.854.775.808", 0, REFUSED, "whole-number-vi"},
    {"1,273",           0, REFUSED, "1273"},
    {"1 273",           0, REFUSED, "1273"},
    {"12.73",           0, REFUSED, "whole-number-vi"},
    {"1.2730",          0, REFUSED, "whole-number-vi"},
    {"1273.000",        0, REFUSED, "whole-number-vi"},
    {"1..273",          0, REFUSED, "whole-number-vi"},
    {".273",            0, REFUSED, "whole-number-vi"},
    {"1.273.",          0, REFUSED, "whole-number-vi"},
    {"0.273",           0, REFUSED, "whole-number-vi"},
    {"007",             0, REFUSED, "7"},
    {"+5",              0, REFUSED, "5"},
    {"-0",              0, REFUSED, "whole-number-vi"},
    {"5,0",             0, REFUSED, "5"},
    {"36,4",            0, REFUSED, "whole-number-vi"},
    {"36,4%",           0, REFUSED, "whole-number-vi"},
    {"\xE2\x88\x92" "47", 0, REFUSED, "-47"},
    {"1e3",             0, REFUSED, "whole-number-vi"},
    {"",                0, REFUSED, "whole-number-vi"},
    {"36,4",            1, 364, ""},
    {"-36,4",           1, -364, ""},
    {"36,4",            2, 3640, ""},
    {"1.273,5",         1, 12735, ""},
    {"1273,5",          1, 12735, ""},
    {"1.273",           2, 127300, ""},
    {"36,45",           1, REFUSED, "decimal-number-vi"},
    {"36.4",            1, REFUSED, "36,4"},
    {"1,273.5",         1, REFUSED, "1273,5"},
    {"1.273,5,1",       1, REFUSED, "decimal-number-vi"},
    {"1,5.000",         4, REFUSED, "decimal-number-vi"},
    {"36,",             1, REFUSED, "decimal-number-vi"},
    {",4",              1, REFUSED, "decimal-number-vi"},
    // Three decimals: a thousand, or one and a little. A comma or a second point tell.
    {"1.273",           3, REFUSED, "decimal-number-vi"},
    {"1.273,0",         3, 1273000, ""},
    {"1,273",           3, 1273, ""},
    {"1.273.000",       3, 1273000000, ""},
};

static const struct written SCORES[] = {
    {"87,5",            2, 8750, ""},
    {"87,50",           2, 8750, ""},
    {"100",             2, 10000, ""},
    {"1.273",           2, 127300, ""},
    {"87.5",            2, REFUSED, "87,5"},
    {"87.505",          2, 8750500, ""}, // 87,505 points: no scale goes that far
    {"87,505",          2, REFUSED, "decimal-number-vi"},
    {"-1",              2, REFUSED, "-1"},
    {"087,5",           2, REFUSED, "87,5"},
    {"100.000",         2, REFUSED, "decimal-number-vi"},
};
// clang-format on

static void numbers_of_a_vietnamese_sheet(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(NUMBERS); i++) {
        const struct written *row = &NUMBERS[i];
        char hint[TH_NUMBER_HINT_BYTES];
        int64_t number = REFUSED;

        const enum th_err err = th_number_parse_vi(th_bytes_of(row->text), row->decimals, &number);

        if (number != row->number || (err == TH_OK) != (row->hint[0] == '\0')) {
            fail_msg("%s with %u decimals: %lld", row->text, row->decimals, (long long)number);
        }
        if (err != TH_OK) {
            (void)th_number_hint_vi(th_bytes_of(row->text), row->decimals, hint);
            assert_string_equal(hint, row->hint);
        }
    }
}

static void scores_of_a_vietnamese_sheet(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(SCORES); i++) {
        const struct written *row = &SCORES[i];
        char hint[TH_NUMBER_HINT_BYTES];
        int64_t number = REFUSED;

        const enum th_err err = th_score_parse_vi(th_bytes_of(row->text), &number);

        if (number != row->number) {
            fail_msg("%s: %lld", row->text, (long long)number);
        }
        if (err != TH_OK) {
            (void)th_number_hint_vi(th_bytes_of(row->text), row->decimals, hint);
            assert_string_equal(hint, row->hint);
        }
    }
}

// Whatever both ways of writing take, they take for the same number, but for whole groups.
static void agrees_with_plain_numbers(void **state)
{
    (void)state;
    static const char CHARS[] = "-013.,";
    char text[6] = "";
    size_t both = 0;
    for (unsigned draw = 0; draw < 6U * 6 * 6 * 6 * 6; draw++) {
        unsigned rest = draw;
        for (size_t i = 0; i < sizeof(text) - 1; i++) {
            text[i] = CHARS[rest % 6];
            rest /= 6;
        }
        int64_t vi = 0;
        int64_t plain = 0;
        const unsigned decimals = draw % 4;
        if (th_number_parse_vi(th_bytes_of(text), decimals, &vi) == TH_OK &&
            th_number_parse_scaled(th_bytes_of(text), decimals, &plain) == TH_OK) {
            both++;
            assert_true(vi == plain);
        }
    }
    assert_true(both > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_a_vietnamese_sheet),
        cmocka_unit_test(scores_of_a_vietnamese_sheet),
        cmocka_unit_test(agrees_with_plain_numbers),
    };
    return cmocka_run_group_tests_name("number_vi", tests, NULL, NULL);
}
