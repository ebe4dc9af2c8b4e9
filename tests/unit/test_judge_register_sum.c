// test_judge_register_sum.c - figures that would meet in the tree to come: above each other, or in
// sums that are too large

#include "tests/support/reforming.h"
#include "tests/support/test.h"

static void figures_above_each_other_refuse_the_change(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    reforming_say(s, &s->two, figure("D2", "2025-03", "W1", 60));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "One one", "D2", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), TH_M_REGISTER_PLACES);

    const struct th_decided decided = province_decided(s->p, 0, TH_MSG_ACK);
    assert_int_equal(decided.verdicts[decided.verdict_count - 1].verdict.variant, 'b');
}

// What has no coverage would be counted twice all the same.
static void targets_above_each_other_refuse_the_change(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "..2025", "T1", -6));
    reforming_say(s, &s->two, figure("D2", "..2025", "T1", -60));
    struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "One one", "D2", "2025-01-01", ""}),
        reforming_successor("C11", "C11", "2025-01-01"),
    };
    rows[2].desk.successor = TH_BYTES("recode");

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), TH_M_REGISTER_PLACES);
}

// Both come to mean new units, of which one is above the other.
static void figures_that_move_above_each_other_refuse_the_change(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    reforming_say(s, &s->two, figure("D2", "2025-03", "W1", 60));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"D2", "Second", "P", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"D2", "Another", "P", "2025-01-01", ""}),
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "One one", "D2", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), TH_M_REGISTER_PLACES);
}

// Sums of the same figures, but of others together.
static void sums_that_would_be_too_large_refuse_the_change(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->desk, figure("C11", "2025-03", "o.x", INT64_MAX));
    reforming_say(s, &s->desk, figure("A1", "2025-03", "o.x", -INT64_MAX));
    reforming_say(s, &s->desk, figure("C21", "2025-03", "o.x", INT64_MAX));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "One one", "D2", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), TH_M_REGISTER_PLACES);

    const struct th_decided decided = province_decided(s->p, 0, TH_MSG_ACK);
    assert_int_equal(decided.verdicts[decided.verdict_count - 1].verdict.variant, 'd');
    reforming_say(s, &s->desk, withdraw(reforming_apply(2), 1));
    reforming_say(s, &s->desk, withdraw(figure("C11", "2025-03", "o.x", 0), 2));
    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);
}

// Counted by unit they pass the limit on the way.
static void sums_that_fit_are_counted_in_any_order(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->desk, figure("D1", "2025-03", "o.x", INT64_MAX));
    reforming_say(s, &s->desk, figure("C11", "2025-03", "o.x", -INT64_MAX));
    reforming_say(s, &s->desk, figure("A1", "2025-03", "o.x", INT64_MAX));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C21", "Two one", "D2", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C21", "Two one", "D1", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);

    assert_true(province_total(s->p, "o.x", "2025-03", "P", "").value == INT64_MAX);
    assert_int_equal(province_total(s->p, "o.x", "2025-03", "D1", "").value, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            figures_above_each_other_refuse_the_change, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            targets_above_each_other_refuse_the_change, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(figures_that_move_above_each_other_refuse_the_change,
                                        reforming_setup,
                                        reforming_teardown),
        cmocka_unit_test_setup_teardown(
            sums_that_would_be_too_large_refuse_the_change, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            sums_that_fit_are_counted_in_any_order, reforming_setup, reforming_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
