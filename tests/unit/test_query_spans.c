// test_query_spans.c - larger periods and sums are answered alike, as reported and in the structure
// of a day

#include <stdlib.h>

#include "tests/support/naive_answer.h"
#include "tests/support/province.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,parent,valid_from,valid_to\n"
                            "P,Province,province,,,\n"
                            "D1,First,district,P,,\n"
                            "D2,Second,district,P,,\n"
                            "C11,One one,commune,D1,,\n";
static const char SUCCESSORS[] = "old_code,new_code,effective,kind\n";
static const struct catalogue_texts CATALOGUE = {
    .settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN}\n",
    .measures = "dims:\n"
                "  - {code: post, en: post, type: code}\n"
                "measures:\n"
                "  - {code: m.st, en: a, shape: stock, form: m}\n"
                "  - {code: m.fl, en: b, shape: flow, form: m}\n"
                "  - {code: m.ow, en: c, shape: stock, scope: own, marginal: sum,\n"
                "     dims: [{code: post}], form: m}\n"
                "derived:\n"
                "  - {code: all, en: d, sum_of: \"m.*\"}\n",
    .schemes = "schemes: []\n",
    .forms = "forms:\n"
             "  - {code: m, en: f, periods: [month, year], reporters: {levels: [district]}}\n",
};

static struct province *p;
static struct player desk;

static int setup(void **state)
{
    (void)state;
    p = province_make_of(province_of(UNITS, SUCCESSORS, &CATALOGUE));
    desk = player_of(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    province_verify(p);
    province_free(p);
    return 0;
}

static void say(const char *unit, const char *period, const char *measure, int64_t value)
{
    const struct th_update update = figure(unit, period, measure, value);
    assert_int_equal(province_say(p, &desk, &update), 0);
}

// The lines, as reported and in the structure of a day, are these.
static void expect(const struct th_query *asked, const char *wanted)
{
    static const char *const STRUCTURES[] = {"", "as-of:2024-12-31", "current"};
    for (size_t i = 0; i < TH_COUNT(STRUCTURES); i++) {
        struct th_query query = *asked;
        query.ask = TH_ASK_TOTALS;
        query.structure = th_bytes_of(STRUCTURES[i]);
        struct answer answer = province_answer(p, &query);
        assert_int_equal(answer.head.code, 0);
        char *lines = naive_answer_of(answer.list, answer.line_count);
        assert_string_equal(lines, wanted);
        free(lines);
        answer_free(&answer);
    }
}

#define LIST(...) ((const struct th_bytes[]){__VA_ARGS__})

static void a_year_is_made_of_a_month_that_is_asked_for_itself(void **state)
{
    (void)state;
    say("D1", "2024-03", "m.fl", 5);
    expect(&(struct th_query){.measures = LIST(TH_BYTES("m.fl")),
                              .measure_count = 1,
                              .periods = LIST(TH_BYTES("2024"), TH_BYTES("2024-03")),
                              .period_count = 2},
           "P,2024,m.fl,,exact,5,,,,1/2,1/12\n"
           "P,2024-03,m.fl,,exact,5,,,,1/2,\n");
}

static void a_year_of_before_is_made_of_what_was_there_then(void **state)
{
    (void)state;
    say("D1", "2024-03", "m.fl", 5);
    say("D1", "2024-04", "m.fl", 7);
    expect(&(struct th_query){.measures = LIST(TH_BYTES("m.fl")),
                              .measure_count = 1,
                              .periods = LIST(TH_BYTES("2024")),
                              .period_count = 1,
                              .known_at = TH_BYTES("1")},
           "P,2024,m.fl,,exact,5,,,,1/2,1/12\n");
}

static void what_is_asked_for_twice_is_counted_once(void **state)
{
    (void)state;
    say("D1", "2024-03", "m.fl", 5);
    say("D2", "2024-04", "m.fl", 7);
    expect(&(struct th_query){.measures = LIST(TH_BYTES("m.fl"), TH_BYTES("m.fl")),
                              .measure_count = 2,
                              .periods = LIST(TH_BYTES("2024"), TH_BYTES("2024")),
                              .period_count = 2},
           "P,2024,m.fl,,exact,12,,,,2/2,2/12\n");
}

// m.ow adds its lines up, whatever is kept of them; m.st has no such line.
static void a_sum_keeps_the_dims_of_what_it_adds_up(void **state)
{
    (void)state;
    say("D1", "2024-03", "m.ow", 5);
    say("D1", "2024-03", "m.st", 7);
    expect(&(struct th_query){.measures = LIST(TH_BYTES("all")),
                              .measure_count = 1,
                              .by = LIST(TH_BYTES("post")),
                              .by_count = 1},
           "P,2024-03,all,,exact,5,,,,1/2,\n");
}

// C11's figure does not count in the year, for the province has a later one: it makes the sum of
// D1 no less whole.
static void the_parts_of_a_sum_are_those_of_what_adds_to_it(void **state)
{
    (void)state;
    say("C11", "2024-03", "m.ow", 3);
    say("P", "2024-05", "m.ow", 5);
    say("D1", "2024-03", "m.st", 7);
    say("D1", "2024-04", "m.st", 8);
    expect(&(struct th_query){.units = LIST(TH_BYTES("D1")),
                              .unit_count = 1,
                              .measures = LIST(TH_BYTES("all")),
                              .measure_count = 1,
                              .periods = LIST(TH_BYTES("2024")),
                              .period_count = 1},
           "D1,2024,all,,exact,8,,,,1/1,2/12\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_year_is_made_of_a_month_that_is_asked_for_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_year_of_before_is_made_of_what_was_there_then, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_asked_for_twice_is_counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sum_keeps_the_dims_of_what_it_adds_up, setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_parts_of_a_sum_are_those_of_what_adds_to_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
