// test_line_sum.c - measures that are sums of others, made where lines are made

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/lines.h"
#include "tests/support/register.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent\n"
                            "P,Tỉnh,t,province,\n"
                            "D1,Một,t,district,P\n"
                            "D2,Hai,t,district,P\n"
                            "D3,Ba,t,district,P\n"
                            "C11,A,t,commune,D1\n";

static const struct catalogue_texts CATALOGUE = {
    .settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN}\n",
    .measures = "dims:\n"
                "  - {code: sex, type: code}\n"
                "measures:\n"
                "  - {code: air.fte, en: m, shape: stock, dims: [{code: sex}], form: monthly}\n"
                "  - {code: sea.fte, en: m, shape: stock, dims: [{code: sex}], form: monthly}\n"
                "  - {code: sea.all, en: m, shape: stock, form: monthly}\n"
                "derived:\n"
                "  - {code: all.fte, en: all, sum_of: '*.fte'}\n",
    .forms = "forms:\n"
             "  - {code: monthly, en: f, periods: [month], reporters: {levels: [district]}}\n",
};

static struct th_register *reg;
static struct th_catalogue *catalogue;
static struct province province;

static int setup(void **state)
{
    (void)state;
    reg = register_of(UNITS, "");
    catalogue = catalogue_of(&CATALOGUE);
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
                const char *key, // measure unit, in 2020-01; "measure@period unit" in another month
                const char *dims,
                int64_t value,
                uint64_t reported)
{
    char measure[32];
    char unit[8];
    assert_int_equal(sscanf(key, "%31s %7s", measure, unit), 2);
    char *at = strchr(measure, '@');
    const struct th_bytes period = th_bytes_of(at == NULL ? "2020-01" : at + 1);
    if (at != NULL) {
        *at = '\0';
    }
    const struct th_cell cell = {.value = value, .exact = 1, .reported = reported};
    const uint32_t uid = th_register_find(reg, th_bytes_of(unit), TH_DAY_FIRST);
    assert_true(th_lines_wants(lines, th_bytes_of(measure), period));
    EXPECT(TH_OK, th_lines_set(lines, th_bytes_of(measure), period, uid, th_bytes_of(dims), &cell));
}

// D1 has both, D2 one of them, D3 nothing.
static void feed(struct th_lines *lines)
{
    set(lines, "air.fte D1", "", 10, 1);
    set(lines, "sea.fte D1", "", 5, 1);
    set(lines, "sea.fte D2", "", 7, 1);
    set(lines, "air.fte P", "", 10, 1);
    set(lines, "sea.fte P", "", 12, 2);
    set(lines, "sea.fte D1", "sex=female", 2, 1);
    set(lines, "sea.fte P", "sex=female", 2, 1);
}

static void a_unit_with_any_of_its_parts_has_reported_the_sum(void **state)
{
    (void)state;
    const struct question question = {.measures = "all.fte", .by = "unit"};
    TH_SCOPED(th_lines_free) struct th_lines *lines = lines_ask(&province, &question, NULL);
    feed(lines);

    assert_string_equal(lines_text(lines),
                        "D1,2020-01,all.fte,,exact,15,,,,1/1\n"
                        "D2,2020-01,all.fte,,exact,7,,,,1/1\n"
                        "P,2020-01,all.fte,,exact,22,,,,2/3\n");
}

static void the_parts_are_listed_only_when_asked_for(void **state)
{
    (void)state;
    const struct question question = {.measures = "*.fte"};
    TH_SCOPED(th_lines_free) struct th_lines *lines = lines_ask(&province, &question, NULL);
    feed(lines);

    assert_string_equal(lines_text(lines),
                        "P,2020-01,air.fte,,exact,10,,,,1/3\n"
                        "P,2020-01,all.fte,,exact,22,,,,2/3\n"
                        "P,2020-01,sea.fte,,exact,12,,,,2/3\n");
    assert_false(th_lines_wants(lines, TH_BYTES("sea.all"), TH_BYTES("2020-01")));
}

static void lines_with_the_same_dimensions_add_up(void **state)
{
    (void)state;
    const struct question question = {.measures = "all.fte", .by = "sex"};
    TH_SCOPED(th_lines_free) struct th_lines *lines = lines_ask(&province, &question, NULL);
    feed(lines);
    set(lines, "air.fte D1", "sex=female", 4, 1);
    set(lines, "air.fte P", "sex=female", 4, 1);

    assert_string_equal(lines_text(lines), "P,2020-01,all.fte,sex=female,exact,6,,,,1/3\n");
}

static void a_sum_that_passes_64_bits_is_refused(void **state)
{
    (void)state;
    const struct question question = {.measures = "all.fte"};
    TH_SCOPED(th_lines_free) struct th_lines *lines = lines_ask(&province, &question, NULL);
    set(lines, "air.fte P", "", INT64_MAX, 1);
    set(lines, "sea.fte P", "", 1, 1);

    const struct th_line *list = NULL;
    size_t count = 0;
    EXPECT(TH_E_INVALID, th_lines_list(lines, 10, &list, &count));
}

static void a_larger_period_of_a_sum_has_the_parts_of_its_poorest_one(void **state)
{
    (void)state;
    const struct question question = {.measures = "all.fte", .periods = "2020Q1"};
    TH_SCOPED(th_lines_free) struct th_lines *lines = lines_ask(&province, &question, NULL);
    set(lines, "air.fte D1", "", 10, 1);
    set(lines, "air.fte P", "", 10, 1);
    set(lines, "air.fte@2020-02 D1", "", 11, 1);
    set(lines, "air.fte@2020-02 P", "", 11, 1);
    set(lines, "sea.fte D2", "", 7, 1);
    set(lines, "sea.fte P", "", 7, 1);

    assert_string_equal(lines_text(lines), "P,2020Q1,all.fte,,exact,18,,,,2/3\n");
    const struct th_line *list = NULL;
    size_t count = 0;
    EXPECT(TH_OK, th_lines_list(lines, 10, &list, &count));
    assert_int_equal(count, 1);
    assert_int_equal(list->parts, 1);
    assert_int_equal(list->parts_expected, 3);
    assert_true(list->derived);
}

static void missing_units_are_named_beside_a_sum(void **state)
{
    (void)state;
    const struct question question = {.measures = "all.fte", .by = "children", .missing = true};
    TH_SCOPED(th_lines_free) struct th_lines *lines = lines_ask(&province, &question, NULL);
    feed(lines);

    assert_string_equal(lines_text(lines),
                        "D1,2020-01,all.fte,,exact,15,,,,1/1\n"
                        "D2,2020-01,all.fte,,exact,7,,,,1/1\n"
                        "D3,2020-01,all.fte,,,,,,,0/1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_with_any_of_its_parts_has_reported_the_sum),
        cmocka_unit_test(the_parts_are_listed_only_when_asked_for),
        cmocka_unit_test(lines_with_the_same_dimensions_add_up),
        cmocka_unit_test(a_sum_that_passes_64_bits_is_refused),
        cmocka_unit_test(a_larger_period_of_a_sum_has_the_parts_of_its_poorest_one),
        cmocka_unit_test(missing_units_are_named_beside_a_sum),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, setup, teardown);
}
