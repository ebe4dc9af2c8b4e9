// test_cell.c - the algebra of one total, and the words of qualifiers and reasons

#include "tonghop/cell.h"

#include "tests/support/test.h"

static struct th_figure exact(int64_t value)
{
    return (struct th_figure){.qualifier = TH_QUALIFIER_EXACT, .value = value};
}

static struct th_figure qualified(uint32_t qualifier, int64_t value)
{
    return (struct th_figure){.qualifier = qualifier, .value = value};
}

static void add(struct th_cell *cell, struct th_figure figure)
{
    EXPECT(TH_OK, th_cell_add(cell, &figure));
}

static void adds_values_and_counts_contributions(void **state)
{
    (void)state;
    struct th_cell cell = {0};

    add(&cell, exact(6));
    add(&cell, exact(4));

    assert_int_equal(cell.value, 10);
    assert_int_equal(th_cell_contributions(&cell), 2);
    assert_int_equal(th_cell_figure(&cell).qualifier, TH_QUALIFIER_EXACT);
}

static void over_and_exact_make_over(void **state) // seed 002, line 16
{
    (void)state;
    struct th_cell cell = {0};

    add(&cell, qualified(TH_QUALIFIER_OVER, 1800));
    add(&cell, exact(398));

    const struct th_figure sum = th_cell_figure(&cell);
    assert_int_equal(sum.qualifier, TH_QUALIFIER_OVER);
    assert_int_equal(sum.value, 2198);
}

struct algebra {
    uint32_t a, b, sum;
};

// clang-format off
static const struct algebra ALGEBRA[] = {
    {TH_QUALIFIER_NONE,  TH_QUALIFIER_NONE,  TH_QUALIFIER_NONE},
    {TH_QUALIFIER_NONE,  TH_QUALIFIER_OVER,  TH_QUALIFIER_OVER},
    {TH_QUALIFIER_EXACT, TH_QUALIFIER_EXACT, TH_QUALIFIER_EXACT},
    {TH_QUALIFIER_EXACT, TH_QUALIFIER_OVER,  TH_QUALIFIER_OVER},
    {TH_QUALIFIER_EXACT, TH_QUALIFIER_UNDER, TH_QUALIFIER_UNDER},
    {TH_QUALIFIER_EXACT, TH_QUALIFIER_ABOUT, TH_QUALIFIER_ABOUT},
    {TH_QUALIFIER_OVER,  TH_QUALIFIER_OVER,  TH_QUALIFIER_OVER},
    {TH_QUALIFIER_UNDER, TH_QUALIFIER_UNDER, TH_QUALIFIER_UNDER},
    {TH_QUALIFIER_OVER,  TH_QUALIFIER_UNDER, TH_QUALIFIER_ABOUT},
    {TH_QUALIFIER_OVER,  TH_QUALIFIER_ABOUT, TH_QUALIFIER_ABOUT},
    {TH_QUALIFIER_UNDER, TH_QUALIFIER_ABOUT, TH_QUALIFIER_ABOUT},
    {TH_QUALIFIER_ABOUT, TH_QUALIFIER_ABOUT, TH_QUALIFIER_ABOUT},
};
// clang-format on

static void qualifiers_add_up_as_the_table_says_in_both_orders(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(ALGEBRA); i++) {
        assert_int_equal(th_qualifier_sum(ALGEBRA[i].a, ALGEBRA[i].b), ALGEBRA[i].sum);
        assert_int_equal(th_qualifier_sum(ALGEBRA[i].b, ALGEBRA[i].a), ALGEBRA[i].sum);
    }
}

static void a_withdrawal_gives_the_qualifier_back(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    const struct th_figure over = qualified(TH_QUALIFIER_OVER, 2300);
    add(&cell, exact(500));
    add(&cell, over);

    th_cell_retract(&cell, &over);

    assert_int_equal(th_cell_figure(&cell).qualifier, TH_QUALIFIER_EXACT);
    assert_int_equal(th_cell_figure(&cell).value, 500);
}

static void the_whole_is_known_only_when_every_part_gave_it(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    const struct th_figure without = exact(10);
    add(&cell,
        (struct th_figure){.qualifier = TH_QUALIFIER_EXACT, .value = 24, .has_of = true, .of = 30});
    assert_true(th_cell_figure(&cell).has_of);

    add(&cell, without);
    const struct th_figure partly = th_cell_figure(&cell);
    th_cell_retract(&cell, &without);

    assert_false(partly.has_of);
    assert_int_equal(partly.of, 0);
    assert_int_equal(partly.value, 34);
    assert_int_equal(th_cell_figure(&cell).of, 30);
}

static void levels_are_known_only_when_every_part_gave_them(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    add(&cell,
        (struct th_figure){.qualifier = TH_QUALIFIER_EXACT,
                           .value = -47,
                           .has_levels = true,
                           .before = 139,
                           .after = 92});
    assert_int_equal(th_cell_figure(&cell).before, 139);

    add(&cell, exact(-8));

    assert_false(th_cell_figure(&cell).has_levels);
    assert_int_equal(th_cell_figure(&cell).after, 0);
    assert_int_equal(th_cell_figure(&cell).value, -55);
}

static void not_applicable_alone_is_not_applicable(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    assert_true(th_cell_is_empty(&cell));
    assert_false(th_cell_figure(&cell).not_applicable);

    add(&cell, (struct th_figure){.not_applicable = true});

    assert_true(th_cell_figure(&cell).not_applicable);
    assert_int_equal(th_cell_figure(&cell).qualifier, TH_QUALIFIER_NONE);
    assert_false(th_cell_is_empty(&cell));
}

static void not_applicable_beside_a_figure_adds_nothing(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    add(&cell, (struct th_figure){.not_applicable = true});
    add(&cell,
        (struct th_figure){.qualifier = TH_QUALIFIER_EXACT, .value = 3, .has_of = true, .of = 8});

    const struct th_figure sum = th_cell_figure(&cell);

    assert_false(sum.not_applicable);
    assert_true(sum.has_of);
    assert_int_equal(sum.value, 3);
    assert_int_equal(th_cell_contributions(&cell), 2);
}

static void a_zero_is_a_value(void **state)
{
    (void)state;
    struct th_cell cell = {0};

    add(&cell, exact(0));

    assert_false(th_cell_is_empty(&cell));
    assert_int_equal(th_cell_figure(&cell).qualifier, TH_QUALIFIER_EXACT);
}

static void refuse_and_keep(struct th_cell *cell, struct th_figure figure)
{
    const struct th_cell before = *cell;
    EXPECT(TH_E_INVALID, th_cell_add(cell, &figure));
    assert_true(th_cell_equal(cell, &before));
}

static void a_sum_beyond_either_limit_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct th_cell high = {0};
    add(&high, exact(INT64_MAX));
    refuse_and_keep(&high, exact(1));
    add(&high, exact(0));
    add(&high, exact(-1));
    add(&high, exact(1));
    assert_int_equal(high.value, INT64_MAX);

    struct th_cell low = {0};
    add(&low, exact(-INT64_MAX));
    add(&low, exact(-1));
    refuse_and_keep(&low, exact(-1));
    assert_int_equal(low.value, INT64_MIN);
}

static void each_of_the_other_sums_has_the_same_limit(void **state)
{
    (void)state;
    const struct th_figure whole = {
        .qualifier = TH_QUALIFIER_EXACT, .value = 1, .has_of = true, .of = INT64_MAX};
    const struct th_figure before = {
        .qualifier = TH_QUALIFIER_EXACT, .has_levels = true, .before = INT64_MAX, .after = 1};
    const struct th_figure after = {
        .qualifier = TH_QUALIFIER_EXACT, .has_levels = true, .before = 1, .after = -INT64_MAX};
    struct th_cell cell = {0};

    add(&cell, whole);
    refuse_and_keep(&cell, whole);
    add(&cell, before);
    refuse_and_keep(&cell, before);
    add(&cell,
        (struct th_figure){
            .qualifier = TH_QUALIFIER_EXACT, .has_levels = true, .before = -9, .after = -9});
    refuse_and_keep(&cell, after);
}

static void a_correction_at_the_limit_needs_only_its_result_to_fit(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    const struct th_figure old = exact(INT64_MAX);
    const struct th_figure corrected = exact(INT64_MAX - 1);
    add(&cell, old);

    EXPECT(TH_OK, th_cell_replace(&cell, &old, &corrected));

    assert_int_equal(cell.value, INT64_MAX - 1);
    assert_int_equal(cell.exact, 1);
}

static void a_withdrawal_that_lifts_the_rest_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    struct th_cell cell = {0};
    const struct th_figure low = exact(-5);
    add(&cell, low);
    add(&cell, exact(INT64_MAX));
    add(&cell, exact(3));
    const struct th_cell before = cell;

    EXPECT(TH_E_INVALID, th_cell_replace(&cell, &low, NULL));

    assert_true(th_cell_equal(&cell, &before));
}

static struct th_cell read_back(const struct th_cell *cell)
{
    uint8_t bytes[160];
    struct th_writer writer = TH_WRITER(bytes);
    th_cell_write(&writer, cell);
    struct th_reader reader = th_reader_of(th_written(&writer));
    struct th_cell read;
    th_cell_read(&reader, &read);
    assert_true(th_read_done(&reader));
    return read;
}

static void bytes_give_the_cell_back(void **state)
{
    (void)state;
    const struct th_cell cells[] = {
        {0},
        {.value = 42, .exact = 1, .reported = 1},
        {.value = INT64_MIN, .of = INT64_MAX, .before = -1, .after = 1, .exact = UINT64_MAX},
        {.over = 1, .under = 2, .about = 3, .not_applicable = 4, .with_of = 5, .with_levels = 6},
    };
    for (size_t i = 0; i < TH_COUNT(cells); i++) {
        const struct th_cell read = read_back(&cells[i]);
        assert_true(th_cell_equal(&read, &cells[i]));
    }
}

static void a_common_cell_is_short(void **state)
{
    (void)state;
    uint8_t bytes[160];
    struct th_writer writer = TH_WRITER(bytes);

    th_cell_write(&writer, &(struct th_cell){.value = 282, .exact = 1, .reported = 1});

    assert_true(th_written(&writer).size <= 6);
}

static bool reads(const char *bytes, size_t size)
{
    struct th_reader reader = th_reader_of((struct th_bytes){.data = bytes, .size = size});
    struct th_cell cell;
    th_cell_read(&reader, &cell);
    return th_read_done(&reader);
}

static void bytes_that_no_cell_has_are_refused(void **state)
{
    (void)state;
    assert_true(reads("\x01\x02", 2));      // value 1
    assert_false(reads("\x01\x00", 2));     // a zero that is spelt out
    assert_false(reads("\x01", 1));         // cut
    assert_false(reads("\x80\x20\x01", 3)); // a field no cell has
    assert_false(reads("", 0));
}

static void words_and_signs_are_read_and_only_words_are_written(void **state)
{
    (void)state;
    uint32_t number = 0;
    assert_true(th_qualifier_parse(TH_BYTES(">"), &number));
    assert_int_equal(number, TH_QUALIFIER_OVER);
    assert_true(th_qualifier_parse(TH_BYTES("about"), &number));
    assert_int_equal(number, TH_QUALIFIER_ABOUT);
    assert_false(th_qualifier_parse(TH_BYTES(""), &number));
    assert_false(th_qualifier_parse(TH_BYTES("Over"), &number));
    assert_string_equal(th_qualifier_word(TH_QUALIFIER_UNDER), "under");
    assert_string_equal(th_qualifier_word(TH_QUALIFIER_NONE), "");
    assert_string_equal(th_qualifier_word(77), "");

    assert_true(th_reason_parse(TH_BYTES("collective"), &number));
    assert_int_equal(number, TH_REASON_COLLECTIVE);
    assert_false(th_reason_parse(TH_BYTES("none"), &number));
    assert_string_equal(th_reason_word(TH_REASON_CAP), "cap");
    assert_string_equal(th_reason_word(6), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_values_and_counts_contributions),
        cmocka_unit_test(over_and_exact_make_over),
        cmocka_unit_test(qualifiers_add_up_as_the_table_says_in_both_orders),
        cmocka_unit_test(a_withdrawal_gives_the_qualifier_back),
        cmocka_unit_test(the_whole_is_known_only_when_every_part_gave_it),
        cmocka_unit_test(levels_are_known_only_when_every_part_gave_them),
        cmocka_unit_test(not_applicable_alone_is_not_applicable),
        cmocka_unit_test(not_applicable_beside_a_figure_adds_nothing),
        cmocka_unit_test(a_zero_is_a_value),
        cmocka_unit_test(a_sum_beyond_either_limit_is_refused_and_changes_nothing),
        cmocka_unit_test(each_of_the_other_sums_has_the_same_limit),
        cmocka_unit_test(a_correction_at_the_limit_needs_only_its_result_to_fit),
        cmocka_unit_test(a_withdrawal_that_lifts_the_rest_beyond_the_limit_is_refused),
        cmocka_unit_test(bytes_give_the_cell_back),
        cmocka_unit_test(a_common_cell_is_short),
        cmocka_unit_test(bytes_that_no_cell_has_are_refused),
        cmocka_unit_test(words_and_signs_are_read_and_only_words_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
