// test_register.c - which units exist on which day, on small registers and on the real one

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/register.h"
#include "tests/support/test.h"

static struct th_period period(const char *label)
{
    struct th_period parsed;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(label), &parsed));
    return parsed;
}

static th_day day(const char *text)
{
    th_day parsed = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &parsed));
    return parsed;
}

static uint32_t find(const struct th_register *reg, const char *code, const char *on)
{
    return th_register_find(reg, th_bytes_of(code), day(on));
}

static struct th_resolved resolve(const struct th_register *reg, const char *ref, const char *label)
{
    return th_register_resolve(reg, th_bytes_of(ref), period(label), false);
}

static void assert_text(struct th_bytes got, const char *wanted)
{
    char text[512];
    assert_string_equal(th_bytes_copy_text(got, text, sizeof(text)), wanted);
}

static void
assert_label(const struct th_register *reg, uint32_t uid, const char *label, const char *wanted)
{
    char text[TH_UNIT_REF_MAX + 1];
    th_register_label(reg, uid, period(label), text);
    assert_string_equal(text, wanted);
}

static void assert_resolves(const struct th_register *reg,
                            const char *ref,
                            const char *label,
                            const char *structure_day)
{
    const struct th_resolved got = resolve(reg, ref, label);
    assert_int_equal(got.result, TH_RESOLVED);
    assert_int_equal(got.day, day(structure_day));
}

static struct th_register *small(void)
{
    return register_of(REGISTER_SMALL, REGISTER_SMALL_SUCCESSORS);
}

// ---- identity ----

static void a_change_of_type_alone_leaves_one_unit(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    const uint32_t town = find(reg, "101", "2022-04-09");
    const uint32_t city = find(reg, "101", "2022-04-10");

    assert_int_equal(town, city);
    struct th_unit unit;
    EXPECT(TH_OK, th_register_on(reg, city, day("2022-04-09"), &unit));
    assert_text(unit.type, "Thị xã");
    EXPECT(TH_OK, th_register_on(reg, city, day("2025-06-30"), &unit));
    assert_text(unit.type, "Thành phố");
    EXPECT(TH_E_NOT_FOUND, th_register_on(reg, city, day("2025-07-01"), &unit));
    assert_int_equal(th_register_first_day(reg, city), TH_DAY_MIN);
    assert_int_equal(th_register_last_day(reg, city), day("2025-06-30"));
}

static void a_recode_joins_different_codes_and_the_same_code(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_int_equal(find(reg, "10101", "2022-04-09"), find(reg, "10102", "2022-04-10"));
    assert_int_equal(find(reg, "10101", "2022-04-10"), TH_UNIT_NONE);
    assert_int_equal(find(reg, "10201", "2023-12-31"), find(reg, "10201", "2024-01-01"));
}

static void a_successor_row_or_another_name_or_parent_or_a_gap_makes_two_units(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    TH_SCOPED(th_register_free)
    struct th_register *others = register_of("code,name,type,parent,valid_from,valid_to\n"
                                             "P,Top,t,,,\n"
                                             "Q,Top,t,,,\n"
                                             "a,Old,t,P,,2020\n"
                                             "a,New,t,P,2020,\n"
                                             "b,Same,t,P,,2020\n"
                                             "b,Same,t,Q,2020,\n"
                                             "c,Same,t,P,,2020\n"
                                             "c,Same,t,P,2020-02,\n",
                                             "");

    assert_int_not_equal(find(reg, "01", "2025-06-30"), find(reg, "01", "2025-07-01"));
    assert_int_not_equal(find(reg, "10202", "2025-06-30"), find(reg, "10202", "2025-07-01"));
    assert_int_equal(th_register_unit_count(others), 8);
    assert_int_equal(find(others, "c", "2020-01-31"), TH_UNIT_NONE);
}

static void uids_count_first_versions_in_the_order_of_the_file(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_int_equal(th_register_unit_count(reg), 12);
    assert_int_equal(find(reg, "01", "2020-01-01"), 1);
    assert_int_equal(find(reg, "01", "2026-01-01"), 2);
    assert_int_equal(find(reg, "02", "2020-01-01"), 3);
    assert_int_equal(find(reg, "101", "2020-01-01"), 4);
    assert_int_equal(find(reg, "102", "2020-01-01"), 5);
    assert_int_equal(find(reg, "10101", "2020-01-01"), 7);
    assert_int_equal(find(reg, "20101", "2026-01-01"), 12);
}

// ---- the tree on a day ----

static void knows_parent_path_and_children_of_each_day(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    const uint32_t ward = find(reg, "10102", "2023-01-01");
    uint32_t path[TH_UNIT_DEPTH_MAX];

    assert_int_equal(th_register_path(reg, ward, day("2025-06-30"), path), 3);
    assert_int_equal(path[0], ward);
    assert_int_equal(path[1], find(reg, "101", "2025-06-30"));
    assert_int_equal(path[2], find(reg, "01", "2025-06-30"));
    assert_int_equal(th_register_path(reg, ward, day("2025-07-01"), path), 0);
    assert_int_equal(th_register_parent(reg, path[2], day("2025-06-30")), TH_UNIT_NONE);
    assert_true(th_register_is_below(reg, ward, path[2], day("2020-01-01")));
    assert_false(th_register_is_below(reg, ward, ward, day("2020-01-01")));
    assert_false(th_register_is_below(reg, path[2], ward, day("2020-01-01")));

    const uint32_t today = find(reg, "01", "2025-07-01");
    assert_int_equal(th_register_child(reg, today, day("2025-07-01"), 0),
                     find(reg, "10202", "2025-07-01"));
    assert_int_equal(th_register_child(reg, today, day("2025-07-01"), 1),
                     find(reg, "20101", "2025-07-01"));
    assert_int_equal(th_register_child(reg, today, day("2025-07-01"), 2), TH_UNIT_NONE);
    const uint32_t before = find(reg, "01", "2025-06-30");
    assert_int_equal(th_register_child(reg, before, day("2025-06-30"), 0),
                     find(reg, "101", "2025-06-30"));
    assert_int_equal(th_register_child(reg, before, day("2025-07-01"), 0), TH_UNIT_NONE);
}

static void roots_are_the_units_without_a_parent(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    TH_SCOPED(th_register_free)
    struct th_register *one =
        register_of("code,name,type,parent\nUS,States,country,\nRI,Island,state,US\n", "");
    uint32_t uids[8];

    assert_int_equal(th_register_roots(reg, uids, 8), 3);
    assert_int_equal(uids[0], 1);
    assert_int_equal(uids[2], 3);
    assert_int_equal(th_register_root(reg), TH_UNIT_NONE);
    assert_int_equal(th_register_root(one), 1);
}

// ---- codes in a period ----

static void the_structure_day_is_the_end_of_the_period_or_of_the_unit(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_resolves(reg, "102", "2018", "2018-12-31");
    assert_resolves(reg, "102", "2025", "2025-06-30");
    assert_resolves(reg, "102", "T2020-2025@2023-10-12", "2023-10-12");
    assert_resolves(reg, "102", "yearly", "2025-06-30");
    assert_resolves(reg, "10202@2025-07-01", "yearly", "2025-07-01"); // the newest day known
}

static void an_ambiguous_code_is_refused_unless_a_day_or_the_catalogue_decides(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    const uint32_t before = find(reg, "10202", "2025-06-30");
    const uint32_t after = find(reg, "10202", "2025-07-01");

    const struct th_resolved both = resolve(reg, "10202", "2025");
    assert_int_equal(both.result, TH_RESOLVE_AMBIGUOUS);
    assert_string_equal(both.list, "10202@2025-06-30, 10202@2025-12-31");
    assert_int_equal(resolve(reg, "10202@2025-06-30", "2025").uid, before);
    assert_int_equal(resolve(reg, "10202@2025-12-31", "2025").uid, after);
    assert_int_equal(resolve(reg, "10202", "2025-06").uid, before);
    assert_int_equal(resolve(reg, "10202", "2025-07").uid, after);
    assert_int_equal(th_register_resolve(reg, TH_BYTES("10202"), period("2025"), true).uid, after);
    assert_int_equal(th_register_resolve(reg, TH_BYTES("101"), period("2022"), false).result,
                     TH_RESOLVED);
}

static void a_day_may_lie_outside_the_period_when_the_unit_lives_within_it(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_resolves(reg, "10202@2025-06-30", "2018", "2018-12-31");
    assert_resolves(reg, "10101@2022-01-01", "2023", "2023-12-31"); // it is 10102 by then
}

static void says_why_a_code_means_no_unit(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    struct th_resolved got = resolve(reg, "10102", "2025-08");
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_int_equal(got.day, day("2025-06-30"));
    assert_string_equal(got.list, "10202, 20101");
    got = resolve(reg, "102", "2026");
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_string_equal(got.list, "");
    got = resolve(reg, "10101", "2023"); // the unit goes on, its code does not
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_string_equal(got.list, "10102");
    got = resolve(reg, "10102", "2021");
    assert_int_equal(got.result, TH_RESOLVE_NOT_YET);
    assert_int_equal(got.day, day("2022-04-10"));
    got = resolve(reg, "10202@2025-08-01", "2024");
    assert_int_equal(got.result, TH_RESOLVE_NOT_YET);
    assert_int_equal(got.day, day("2025-07-01"));
    got = resolve(reg, "10202@2025-06-30", "2026");
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_string_equal(got.list, "10202");
    assert_int_equal(resolve(reg, "999", "2020").result, TH_RESOLVE_UNKNOWN);
    assert_int_equal(resolve(reg, "102@2026-01-01", "2020").result, TH_RESOLVE_UNKNOWN);
}

static void refuses_what_is_no_code(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    static const char *const WRONG[] = {"",
                                        "@",
                                        "01@",
                                        "01@2025",
                                        "01@2025-13-01",
                                        "@2025-01-01",
                                        "01@2025-01-01@2025-01-01",
                                        "Kim Sơn",
                                        "-01",
                                        "0123456789012345678901234567890123"};

    for (size_t i = 0; i < TH_COUNT(WRONG); i++) {
        assert_int_equal(resolve(reg, WRONG[i], "2020").result, TH_RESOLVE_MALFORMED);
    }
}

static void a_label_names_the_day_only_where_the_code_is_ambiguous(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_label(reg, find(reg, "10202", "2025-06-30"), "2025", "10202@2025-06-30");
    assert_label(reg, find(reg, "10202", "2025-07-01"), "2025", "10202@2025-12-31");
    assert_label(reg, find(reg, "10202", "2025-07-01"), "2025-07", "10202");
    assert_label(reg, find(reg, "10101", "2020-01-01"), "2021", "10101");
    assert_label(reg, find(reg, "10101", "2020-01-01"), "2022", "10102");
}

static void a_list_of_candidates_is_cut_to_whole_ones(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of("code,name,type,parent,valid_from,valid_to\n"
                                          "unit-1234567890,A,t,,,2020-02\n"
                                          "unit-1234567890,B,t,,2020-02,2020-03\n"
                                          "unit-1234567890,C,t,,2020-03,2020-04\n"
                                          "unit-1234567890,D,t,,2020-04,\n",
                                          "");

    const struct th_resolved got = resolve(reg, "unit-1234567890", "2020");

    assert_int_equal(got.result, TH_RESOLVE_AMBIGUOUS);
    assert_string_equal(got.list, "unit-1234567890@2020-01-31, unit-1234567890@2020-02-29, …");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_type_alone_leaves_one_unit),
        cmocka_unit_test(a_recode_joins_different_codes_and_the_same_code),
        cmocka_unit_test(a_successor_row_or_another_name_or_parent_or_a_gap_makes_two_units),
        cmocka_unit_test(uids_count_first_versions_in_the_order_of_the_file),
        cmocka_unit_test(knows_parent_path_and_children_of_each_day),
        cmocka_unit_test(roots_are_the_units_without_a_parent),
        cmocka_unit_test(the_structure_day_is_the_end_of_the_period_or_of_the_unit),
        cmocka_unit_test(an_ambiguous_code_is_refused_unless_a_day_or_the_catalogue_decides),
        cmocka_unit_test(a_day_may_lie_outside_the_period_when_the_unit_lives_within_it),
        cmocka_unit_test(says_why_a_code_means_no_unit),
        cmocka_unit_test(refuses_what_is_no_code),
        cmocka_unit_test(a_label_names_the_day_only_where_the_code_is_ambiguous),
        cmocka_unit_test(a_list_of_candidates_is_cut_to_whole_ones),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
