// test_register_kin.c - provinces that share successors, and what their registers say together

#include <string.h>

#include "tests/support/register.h"
#include "tests/support/test.h"

// 1 and 2 became 3; a commune of 4 went over to 3; 5 changed its name; 6 has nothing to do with
// any.
static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to\n"
                            "1,Một,t,province,,,2025-07-01\n"
                            "2,Hai,t,province,,,2025-07-01\n"
                            "3,Ba,t,province,,2025-07-01,\n"
                            "4,Bốn,t,province,,,\n"
                            "5,Năm,t,province,,,2024-01-01\n"
                            "5,Năm mới,t,province,,2024-01-01,\n"
                            "6,Sáu,t,province,,,\n"
                            "11,A,t,commune,1,,2025-07-01\n"
                            "21,B,t,commune,2,,2025-07-01\n"
                            "31,C,t,commune,3,2025-07-01,\n"
                            "41,D,t,commune,4,,2025-07-01\n"
                            "42,E,t,commune,4,,\n"
                            "61,F,t,commune,6,,\n";
static const char ROWS[] = "old_code,new_code,effective,kind\n"
                           "1,3,2025-07-01,FULL\n"
                           "2,3,2025-07-01,FULL\n"
                           "11,31,2025-07-01,FULL\n"
                           "21,31,2025-07-01,FULL\n"
                           "41,31,2025-07-01,FULL\n";

static struct th_register *reg;

static int setup(void **state)
{
    (void)state;
    reg = register_of(UNITS, ROWS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_register_free(&reg);
    return 0;
}

static th_day day(const char *text)
{
    th_day parsed = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &parsed));
    return parsed;
}

static struct th_register *kin_of(const char *root, size_t wanted)
{
    struct th_register *kin = NULL;
    size_t count = 0;
    EXPECT(TH_OK, th_register_kin(reg, th_bytes_of(root), &kin, &count));
    assert_int_equal(count, wanted);
    return kin;
}

static bool has(const struct th_register *part, const char *code, const char *on)
{
    return th_register_find(part, th_bytes_of(code), day(on)) != TH_UNIT_NONE;
}

static void are_found_through_their_successors(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *kin = kin_of("1", 3);
    assert_true(has(kin, "2", "2025-06-30"));
    assert_true(has(kin, "21", "2025-06-30"));
    assert_true(has(kin, "3", "2025-07-01"));
    assert_true(has(kin, "4", "2025-07-01")); // one of its communes went to 3
    assert_true(has(kin, "42", "2025-07-01"));
    assert_false(has(kin, "1", "2025-06-30"));
    assert_false(has(kin, "11", "2025-06-30"));
    assert_false(has(kin, "6", "2025-07-01"));
    assert_int_equal(th_register_roots(kin, NULL, 0), 3);
}

static void are_the_adjoining_versions_of_a_code(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *later = kin_of("5@2023-01-01", 1);
    assert_true(has(later, "5", "2024-01-01"));
    assert_false(has(later, "5", "2023-12-31"));
    TH_SCOPED(th_register_free) struct th_register *earlier = kin_of("5@2024-01-01", 1);
    assert_true(has(earlier, "5", "2023-12-31"));
}

static void may_be_none(void **state)
{
    (void)state;
    assert_null(kin_of("6", 0));
    struct th_register *kin = NULL;
    size_t count = 0;
    EXPECT(TH_E_NOT_FOUND, th_register_kin(reg, TH_BYTES("7"), &kin, &count));
    EXPECT(TH_E_INVALID, th_register_kin(reg, TH_BYTES("5"), &kin, &count));
}

static void are_as_deep_as_the_root(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *country = register_of("code,name,type,level,parent,valid_from,valid_to\n"
                                              "VN,Nước,t,country,,,\n"
                                              "1,Một,t,province,VN,,2025-07-01\n"
                                              "3,Ba,t,province,VN,2025-07-01,\n"
                                              "31,C,t,commune,3,2025-07-01,\n",
                                              "old_code,new_code,effective,kind\n"
                                              "1,3,2025-07-01,FULL\n");
    struct th_register *kin = NULL;
    size_t count = 0;
    EXPECT(TH_OK, th_register_kin(country, TH_BYTES("1"), &kin, &count));
    assert_int_equal(count, 1);
    assert_false(has(kin, "VN", "2025-07-01"));
    assert_true(has(kin, "31", "2025-07-01"));
    th_register_free(&kin);
}

static void make_one_register_with_the_province(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *kin = kin_of("1", 3);
    TH_SCOPED(th_register_free) struct th_register *own = NULL;
    TH_SCOPED(th_register_free) struct th_register *both = NULL;
    size_t left_out = 0;
    EXPECT(TH_OK, th_register_subtree(reg, TH_BYTES("1"), &own, &left_out));
    EXPECT(TH_OK, th_register_merge(own, kin, &both));
    assert_int_equal(th_register_roots(both, NULL, 0), 4);
    assert_int_equal(th_register_version_count(both), 9);   // without 5, 5, 6 and 61
    assert_int_equal(th_register_successor_count(both), 5); // none twice
    assert_int_equal(th_register_parent(both, th_register_find(both, TH_BYTES("11"), 0), 0),
                     th_register_find(both, TH_BYTES("1"), 0));
}

static void that_do_not_fit_any_more_are_refused(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *kin = kin_of("1", 3);
    TH_SCOPED(th_register_free)
    struct th_register *own = register_of("code,name,type,level,parent\n3,Ba,t,province,\n", "");
    struct th_register *both = NULL;
    EXPECT(TH_E_REFUSED, th_register_merge(own, kin, &both));
    assert_null(both);
}

static void tell_what_became_of_a_unit_and_what_it_was_made_of(void **state)
{
    (void)state;
    struct th_successor row;
    const uint32_t old = th_register_find(reg, TH_BYTES("41"), day("2025-06-30"));
    const uint32_t new = th_register_find(reg, TH_BYTES("31"), day("2025-07-01"));
    struct th_successors rows = th_register_followers(reg, old);
    assert_true(th_successors_next(reg, &rows, &row));
    assert_true(th_bytes_equal(row.new_code, TH_BYTES("31")));
    assert_false(th_successors_next(reg, &rows, &row));

    const char *const wanted[] = {"11", "21", "41"};
    rows = th_register_forerunners(reg, new);
    for (size_t i = 0; i < TH_COUNT(wanted); i++) {
        assert_true(th_successors_next(reg, &rows, &row));
        assert_true(th_bytes_equal(row.old_code, th_bytes_of(wanted[i])));
    }
    assert_false(th_successors_next(reg, &rows, &row));
    rows = th_register_followers(reg, new);
    assert_false(th_successors_next(reg, &rows, &row));
    rows = th_register_forerunners(reg, old);
    assert_false(th_successors_next(reg, &rows, &row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_found_through_their_successors),
        cmocka_unit_test(are_the_adjoining_versions_of_a_code),
        cmocka_unit_test(may_be_none),
        cmocka_unit_test(are_as_deep_as_the_root),
        cmocka_unit_test(make_one_register_with_the_province),
        cmocka_unit_test(that_do_not_fit_any_more_are_refused),
        cmocka_unit_test(tell_what_became_of_a_unit_and_what_it_was_made_of),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
