// test_line_rated.c - coverage of lines of ratings that add several keys up: never above 100%

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/lines.h"
#include "tests/support/register.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to\n"
                            "P,Tỉnh,t,province,,,\n"
                            "D1,Một,t,district,P,,\n"
                            "C11,A,t,commune,D1,,\n"
                            "C12,B,t,commune,D1,,\n"
                            "D2,Hai,t,district,P,,\n"
                            "C21,C,t,commune,D2,,\n";

static struct th_register *reg;
static struct th_catalogue *catalogue;
static struct province province;

static int setup(void **state)
{
    (void)state;
    EXPECT(TH_OK, th_hash_start());
    reg = register_of(UNITS, "");
    catalogue = catalogue_open();
    province = (struct province){.reg = reg, .root = 1, .catalogue = catalogue};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_register_free(&reg);
    th_catalogue_free(&catalogue);
    return 0;
}

static void set(struct th_lines *lines,
                const char *measure,
                const char *unit,
                const char *dims,
                int64_t value,
                uint64_t reported)
{
    const uint32_t uid = th_register_find(reg, th_bytes_of(unit), TH_DAY_FIRST);
    const struct th_cell cell = {.value = value, .exact = (uint64_t)value, .reported = reported};
    EXPECT(
        TH_OK,
        th_lines_set(lines, th_bytes_of(measure), TH_BYTES("2020"), uid, th_bytes_of(dims), &cell));
}

// C11 has rated one person 4, C12 one 3; C21 has rated a servant 4. Each total shows who rated
// anybody in its category.
static void feed(struct th_lines *lines)
{
    set(lines, "EV01", "C11", "category=cadre;rating=4", 1, 1);
    set(lines, "EV01", "C12", "category=cadre;rating=3", 1, 1);
    set(lines, "EV01", "D1", "category=cadre;rating=4", 1, 2);
    set(lines, "EV01", "D1", "category=cadre;rating=3", 1, 2);
    set(lines, "EV01", "P", "category=cadre;rating=4", 1, 2);
    set(lines, "EV01", "P", "category=cadre;rating=3", 1, 2);
    set(lines, "EV01", "C21", "category=servant;rating=4", 1, 1);
    set(lines, "EV01", "D2", "category=servant;rating=4", 1, 1);
    set(lines, "EV01", "P", "category=servant;rating=4", 1, 1);
}

static void a_unit_stands_behind_a_sum_of_levels_once(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = lines_ask(&province, &(struct question){.by = "unit"}, NULL);
    feed(lines);
    assert_string_equal(lines_text(lines),
                        "C11,2020,EV01,,exact,1,,,,1/1\n"
                        "C12,2020,EV01,,exact,1,,,,1/1\n"
                        "C21,2020,EV01,,exact,1,,,,1/1\n"
                        "D1,2020,EV01,,exact,2,,,,2/2\n"
                        "D2,2020,EV01,,exact,1,,,,1/1\n"
                        "P,2020,EV01,,exact,3,,,,3/3\n");
}

static void a_level_is_covered_by_whoever_rated_in_its_categories(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = lines_ask(&province, &(struct question){.by = "rating"}, NULL);
    feed(lines);
    assert_string_equal(lines_text(lines),
                        "P,2020,EV01,rating=3,exact,1,,,,2/3\n"
                        "P,2020,EV01,rating=4,exact,2,,,,3/3\n");
}

static void a_category_is_covered_as_each_of_its_levels(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = lines_ask(&province, &(struct question){.by = "category"}, NULL);
    feed(lines);
    assert_string_equal(lines_text(lines),
                        "P,2020,EV01,category=cadre,exact,2,,,,2/3\n"
                        "P,2020,EV01,category=servant,exact,1,,,,1/3\n");
}

// C12 has rated without a score, and so has D1; C21 rated and scored in another category. What EV02
// has of them does not tell that.
static void a_sum_of_scores_is_covered_as_the_ratings_are(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines =
        lines_ask(&province, &(struct question){.by = "unit", .measures = "EV02"}, NULL);
    assert_true(th_lines_needs(lines, TH_BYTES("EV01"), TH_BYTES("2020")));
    assert_false(th_lines_wants(lines, TH_BYTES("EV01"), TH_BYTES("2020")));
    feed(lines);
    set(lines, "EV02", "C11", "category=cadre", 1, 1);
    set(lines, "EV02", "D1", "category=cadre", 1, 2);
    set(lines, "EV02", "P", "category=cadre", 1, 2);
    set(lines, "EV02", "P", "category=servant", 1, 1);
    assert_string_equal(lines_text(lines),
                        "C11,2020,EV02,,exact,1,,,,1/1\n"
                        "D1,2020,EV02,,exact,1,,,,2/2\n"
                        "P,2020,EV02,,exact,2,,,,3/3\n");
}

// Kinds of collectives share one coverage, and so do schemes not.
static void collectives_are_covered_scheme_by_scheme(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = lines_ask(&province, &(struct question){.units = "P"}, NULL);
    set(lines, "EV05", "C11", "collective_kind=cell;rating=4", 2, 1);
    set(lines, "EV05", "D1", "collective_kind=cell;rating=4", 2, 1);
    set(lines, "EV05", "P", "collective_kind=cell;rating=4", 2, 2);
    set(lines, "EV05", "C21", "collective_kind=agency;rating=4", 1, 1);
    set(lines, "EV05", "D2", "collective_kind=agency;rating=4", 1, 1);
    set(lines, "EV05", "P", "collective_kind=agency;rating=4", 1, 2);
    set(lines, "EV05", "C11", "collective_kind=cell;rating=4;scheme=X", 1, 1);
    set(lines, "EV05", "D1", "collective_kind=cell;rating=4;scheme=X", 1, 1);
    set(lines, "EV05", "P", "collective_kind=cell;rating=4;scheme=X", 1, 1);
    assert_string_equal(lines_text(lines), "P,2020,EV05,,exact,4,,,,2/3\n");
}

// A province that rates people itself: more reported than is carried up. It is no reporter here.
static void a_unit_above_with_ratings_of_its_own_counts_when_it_reports(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = lines_ask(&province, &(struct question){.by = "unit"}, NULL);
    set(lines, "EV01", "P", "category=cadre;rating=4", 2, 1); // one of them is P's own
    set(lines, "EV01", "P", "category=cadre;rating=3", 1, 1);
    set(lines, "EV01", "D1", "category=cadre;rating=4", 1, 1);
    set(lines, "EV01", "C11", "category=cadre;rating=4", 1, 1);
    assert_string_equal(lines_text(lines),
                        "C11,2020,EV01,,exact,1,,,,1/1\n"
                        "D1,2020,EV01,,exact,1,,,,1/2\n"
                        "P,2020,EV01,,exact,3,,,,1/3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_stands_behind_a_sum_of_levels_once),
        cmocka_unit_test(a_level_is_covered_by_whoever_rated_in_its_categories),
        cmocka_unit_test(a_sum_of_scores_is_covered_as_the_ratings_are),
        cmocka_unit_test(a_category_is_covered_as_each_of_its_levels),
        cmocka_unit_test(collectives_are_covered_scheme_by_scheme),
        cmocka_unit_test(a_unit_above_with_ratings_of_its_own_counts_when_it_reports),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
