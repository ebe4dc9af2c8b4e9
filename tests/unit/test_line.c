// test_line.c - which lines a question gets, how they are added up, and what stands behind them

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/lines.h"
#include "tests/support/register.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to\n"
                            "P,Tỉnh,t,province,,,\n"
                            "D1,Một,t,district,P,,2025-07-01\n"
                            "D2,Hai,t,district,P,,2025-07-01\n"
                            "C11,A,t,commune,D1,,2025-07-01\n"
                            "C12,B,t,commune,D1,,2025-07-01\n"
                            "C21,C,t,commune,D2,,2025-07-01\n"
                            "C11,A mới,t,commune,P,2025-07-01,\n"
                            "N1,Mới,t,commune,P,2025-07-01,\n";

static const struct catalogue_texts CATALOGUE = {
    .settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN}\n",
    .measures = "dims:\n"
                "  - {code: post, type: code}\n"
                "  - {code: block, type: code}\n"
                "measures:\n"
                "  - {code: RS01, en: m, shape: change, form: levels}\n"
                "  - {code: CP01, en: m, shape: n_of_m, form: levels}\n"
                "  - {code: MV01, en: m, shape: flow, dims: [{code: post}]}\n"
                "  - {code: EV04, en: m, shape: share}\n"
                "  - {code: TG01, en: m, shape: target}\n"
                "  - {code: OWN, en: m, shape: stock, scope: own, marginal: sum, decimals: 2,\n"
                "     dims: [{code: post}, {code: block}]}\n"
                "  - {code: WHOLE, en: m, shape: stock, marginal: sum, dims: [{code: block}]}\n",
    .forms = "forms:\n"
             "  - {code: levels, en: f, periods: [day], reporters: {levels: [district]}}\n",
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

static struct th_lines *ask(struct question question)
{
    return lines_ask(&province, &question, NULL);
}

// One total as the province keeps it: the sum of exact figures, and who stands behind it.
struct total {
    const char *measure, *period, *unit, *dims;
    int64_t value;
    uint64_t figures, reported;
};

static void set(struct th_lines *lines, struct total total)
{
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(total.period), &period));
    const struct th_resolved unit =
        th_register_resolve(reg, th_bytes_of(total.unit), period, false);
    assert_int_equal(unit.result, TH_RESOLVED);
    const struct th_cell cell = {
        .value = total.value, .exact = total.figures, .reported = total.reported};
    EXPECT(TH_OK,
           th_lines_set(lines,
                        th_bytes_of(total.measure),
                        th_bytes_of(total.period),
                        unit.uid,
                        th_bytes_of(total.dims),
                        &cell));
}

#define SET(lines, ...) set((lines), (struct total){__VA_ARGS__})

// Every unit's total of MV01: C11 says 3, {post=a} 2 and {post=b} 1; C21 says 4.
static void feed_movements(struct th_lines *lines)
{
    SET(lines, "MV01", "2020", "C11", "", 3, 1, 1);
    SET(lines, "MV01", "2020", "D1", "", 3, 1, 1);
    SET(lines, "MV01", "2020", "C21", "", 4, 1, 1);
    SET(lines, "MV01", "2020", "D2", "", 4, 1, 1);
    SET(lines, "MV01", "2020", "P", "", 7, 2, 2);
    SET(lines, "MV01", "2020", "C11", "post=a", 2, 1, 1);
    SET(lines, "MV01", "2020", "D1", "post=a", 2, 1, 1);
    SET(lines, "MV01", "2020", "P", "post=a", 2, 1, 1);
    SET(lines, "MV01", "2020", "C11", "post=b", 1, 1, 1);
    SET(lines, "MV01", "2020", "D1", "post=b", 1, 1, 1);
    SET(lines, "MV01", "2020", "P", "post=b", 1, 1, 1);
}

// OWN, whose dimensions add up: C11 has two keys, C12 one, C21 one.
static void feed_own(struct th_lines *lines)
{
    SET(lines, "OWN", "2020", "C11", "block=x;post=a", 10, 1, 1);
    SET(lines, "OWN", "2020", "C11", "block=x;post=b", 20, 1, 1);
    SET(lines, "OWN", "2020", "C12", "block=x;post=a", 5, 1, 1);
    SET(lines, "OWN", "2020", "C21", "block=y;post=a", 7, 1, 1);
    SET(lines, "OWN", "2020", "D1", "block=x;post=a", 15, 2, 2);
    SET(lines, "OWN", "2020", "D1", "block=x;post=b", 20, 1, 1);
    SET(lines, "OWN", "2020", "D2", "block=y;post=a", 7, 1, 1);
    SET(lines, "OWN", "2020", "P", "block=x;post=a", 15, 2, 2);
    SET(lines, "OWN", "2020", "P", "block=x;post=b", 20, 1, 1);
    SET(lines, "OWN", "2020", "P", "block=y;post=a", 7, 1, 1);
}

// ---- dimensions ----

static void without_by_only_the_line_without_dimensions_is_given(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){0});
    feed_movements(lines);

    assert_string_equal(lines_text(lines), "P,2020,MV01,,exact,7,,,,2/3\n");
}

static void a_named_dimension_gives_the_lines_with_exactly_it(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *by_post = ask((struct question){.by = "post"});
    TH_SCOPED(th_lines_free) struct th_lines *by_two = ask((struct question){.by = "post,block"});
    TH_SCOPED(th_lines_free) struct th_lines *by_dims = ask((struct question){.by = "dims"});
    feed_movements(by_post);
    feed_movements(by_two);
    feed_movements(by_dims);

    assert_string_equal(lines_text(by_post),
                        "P,2020,MV01,post=a,exact,2,,,,1/3\n"
                        "P,2020,MV01,post=b,exact,1,,,,1/3\n");
    assert_string_equal(lines_text(by_two), "");
    assert_string_equal(lines_text(by_dims),
                        "P,2020,MV01,,exact,7,,,,2/3\n"
                        "P,2020,MV01,post=a,exact,2,,,,1/3\n"
                        "P,2020,MV01,post=b,exact,1,,,,1/3\n");
}

static void summed_dimensions_add_up_and_count_each_unit_once(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *plain = ask((struct question){.by = "unit"});
    TH_SCOPED(th_lines_free) struct th_lines *by_block = ask((struct question){.by = "block"});
    TH_SCOPED(th_lines_free) struct th_lines *by_post = ask((struct question){.by = "post"});
    TH_SCOPED(th_lines_free) struct th_lines *by_dims = ask((struct question){.by = "dims"});
    feed_own(plain);
    feed_own(by_block);
    feed_own(by_post);
    feed_own(by_dims);

    assert_string_equal(lines_text(plain),
                        "C11,2020,OWN,,exact,30,,,,1/1\n"
                        "C12,2020,OWN,,exact,5,,,,1/1\n"
                        "C21,2020,OWN,,exact,7,,,,1/1\n"
                        "D1,2020,OWN,,exact,35,,,,2/2\n"
                        "D2,2020,OWN,,exact,7,,,,1/1\n"
                        "P,2020,OWN,,exact,42,,,,3/3\n");
    assert_string_equal(lines_text(by_block),
                        "P,2020,OWN,block=x,exact,35,,,,2/3\n"
                        "P,2020,OWN,block=y,exact,7,,,,1/3\n");
    assert_string_equal(lines_text(by_post),
                        "P,2020,OWN,post=a,exact,22,,,,3/3\n"
                        "P,2020,OWN,post=b,exact,20,,,,1/3\n");
    assert_string_equal(lines_text(by_dims),
                        "P,2020,OWN,block=x;post=a,exact,15,,,,2/3\n"
                        "P,2020,OWN,block=x;post=b,exact,20,,,,1/3\n"
                        "P,2020,OWN,block=y;post=a,exact,7,,,,1/3\n");
}

static void a_figure_of_a_whole_speaks_for_all_below_it(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.by = "unit"});
    // D1 reports block x for its two communes; C11 and C21 report block y themselves.
    SET(lines, "WHOLE", "2020", "D1", "block=x", 10, 1, 2);
    SET(lines, "WHOLE", "2020", "P", "block=x", 10, 1, 2);
    SET(lines, "WHOLE", "2020", "C11", "block=y", 1, 1, 1);
    SET(lines, "WHOLE", "2020", "D1", "block=y", 1, 1, 1);
    SET(lines, "WHOLE", "2020", "C21", "block=y", 2, 1, 1);
    SET(lines, "WHOLE", "2020", "D2", "block=y", 2, 1, 1);
    SET(lines, "WHOLE", "2020", "P", "block=y", 3, 2, 2);

    assert_string_equal(lines_text(lines),
                        "C11,2020,WHOLE,,exact,1,,,,1/1\n"
                        "C21,2020,WHOLE,,exact,2,,,,1/1\n"
                        "D1,2020,WHOLE,,exact,11,,,,2/2\n"
                        "D2,2020,WHOLE,,exact,2,,,,1/1\n"
                        "P,2020,WHOLE,,exact,13,,,,3/3\n");
}

static void a_unit_that_ended_is_no_reporter_of_the_new_structure(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.by = "unit"});
    // D1's C12 reports two keys before it ends, N1 one key after.
    SET(lines, "OWN", "2025", "C12", "post=a", 1, 1, 1);
    SET(lines, "OWN", "2025", "C12", "post=b", 2, 1, 1);
    SET(lines, "OWN", "2025", "D1", "post=a", 1, 1, 1);
    SET(lines, "OWN", "2025", "D1", "post=b", 2, 1, 1);
    SET(lines, "OWN", "2025", "N1", "post=b", 4, 1, 1);
    SET(lines, "OWN", "2025", "P", "post=a", 1, 1, 0);
    SET(lines, "OWN", "2025", "P", "post=b", 6, 2, 1);

    assert_string_equal(lines_text(lines),
                        "C12,2025,OWN,,exact,3,,,,1/1\n"
                        "D1,2025,OWN,,exact,3,,,,1/2\n"
                        "N1,2025,OWN,,exact,4,,,,1/1\n"
                        "P,2025,OWN,,exact,7,,,,1/2\n");
}

static void a_sum_follows_the_algebra_of_its_figures(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){0});
    struct th_cell exact = {.value = 5, .of = 9, .exact = 1, .with_of = 1, .reported = 1};
    struct th_cell over = {.value = 2, .over = 1, .reported = 1};
    struct th_cell none = {.not_applicable = 2, .reported = 2};
    struct th_cell large = {.value = INT64_MAX, .exact = 1, .reported = 1};
    struct th_cell small = {.value = -INT64_MAX, .exact = 1, .reported = 1};

    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("OWN"), TH_BYTES("2020"), 1, TH_BYTES("post=a"), &none));
    assert_string_equal(lines_text(lines), "P,2020,OWN,,n/a,,,,,2/3\n");
    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("OWN"), TH_BYTES("2020"), 1, TH_BYTES("post=b"), &exact));
    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("OWN"), TH_BYTES("2020"), 1, TH_BYTES("post=c"), &over));
    const struct th_line *list = NULL;
    size_t count = 0;
    EXPECT(TH_OK, th_lines_list(lines, 1, &list, &count));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].cell.qualifier, TH_QUALIFIER_OVER);
    assert_int_equal(list[0].cell.value.value, 7);
    assert_false(list[0].cell.of.has); // one of them had none
    assert_int_equal(list[0].cell.contributions, 4);
    assert_int_equal(list[0].cell.with_of, 1);
    assert_int_equal(list[0].decimals, 2);

    // Only the result has to fit, whatever comes first.
    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("OWN"), TH_BYTES("2020"), 1, TH_BYTES("post=d"), &large));
    EXPECT(TH_E_INVALID, th_lines_list(lines, 1, &list, &count));
    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("OWN"), TH_BYTES("2020"), 1, TH_BYTES("post=e"), &small));
    EXPECT(TH_OK, th_lines_list(lines, 1, &list, &count));
    assert_int_equal(list[0].cell.value.value, 7);
}

// ---- units ----

static void units_are_themselves_all_below_children_or_leaves(void **state)
{
    (void)state;
    static const struct {
        const char *units, *by, *level, *wanted;
    } CASES[] = {
        {"D1", NULL, NULL, "D1,2020,MV01,,exact,3,,,,1/2\n"},
        {"D1,C21", NULL, NULL, "C21,2020,MV01,,exact,4,,,,1/1\nD1,2020,MV01,,exact,3,,,,1/2\n"},
        {"D1", "unit", NULL, "C11,2020,MV01,,exact,3,,,,1/1\nD1,2020,MV01,,exact,3,,,,1/2\n"},
        {NULL, "children", NULL, "D1,2020,MV01,,exact,3,,,,1/2\nD2,2020,MV01,,exact,4,,,,1/1\n"},
        {NULL, "leaf", NULL, "C11,2020,MV01,,exact,3,,,,1/1\nC21,2020,MV01,,exact,4,,,,1/1\n"},
        {"C21", "leaf", NULL, "C21,2020,MV01,,exact,4,,,,1/1\n"},
        {NULL, NULL, "district", "D1,2020,MV01,,exact,3,,,,1/2\nD2,2020,MV01,,exact,4,,,,1/1\n"},
        {"D2", NULL, "district", "D2,2020,MV01,,exact,4,,,,1/1\n"},
        {"D2", "children", "district", ""},
        {"C11@2020-01-01", NULL, NULL, "C11,2020,MV01,,exact,3,,,,1/1\n"},
        {"C11@2026-01-01", NULL, NULL, ""},
    };
    for (size_t i = 0; i < TH_COUNT(CASES); i++) {
        TH_SCOPED(th_lines_free)
        struct th_lines *lines = ask(
            (struct question){.units = CASES[i].units, .by = CASES[i].by, .level = CASES[i].level});
        feed_movements(lines);

        assert_string_equal(lines_text(lines), CASES[i].wanted);
    }
}

static void an_ambiguous_code_is_written_with_its_day(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.units = "C11"});
    SET(lines, "MV01", "2025", "C11@2025-06-30", "", 1, 1, 1);
    SET(lines, "MV01", "2025", "C11@2025-07-01", "", 2, 1, 1);

    assert_string_equal(lines_text(lines),
                        "C11@2025-06-30,2025,MV01,,exact,1,,,,1/1\n"
                        "C11@2025-12-31,2025,MV01,,exact,2,,,,1/1\n");
}

// ---- measures without coverage ----

static void shares_and_targets_are_listed_without_coverage(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.by = "unit"});
    SET(lines, "EV04", "2020", "C11", "", 364, 1, 1);
    SET(lines, "TG01", "..2020", "D1", "", -112, 1, 1);
    SET(lines, "TG01", "..2020", "P", "", -112, 1, 1);

    assert_string_equal(lines_text(lines),
                        "C11,2020,EV04,,exact,364,,,,-\n"
                        "D1,..2020,TG01,,exact,-112,,,,-\n"
                        "P,..2020,TG01,,exact,-112,,,,-\n");
}

static void the_baseline_of_a_target_stands_alone(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){0});
    const struct th_cell cell = {.value = -112, .before = 1120, .exact = 1, .with_levels = 1};

    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("TG01"), TH_BYTES("..2020"), 1, TH_BYTES(""), &cell));

    assert_string_equal(lines_text(lines), "P,..2020,TG01,,exact,-112,,1120,,-\n");
}

// ---- what is asked for ----

static void patterns_and_periods_choose_the_topics(void **state)
{
    (void)state;
    static const struct {
        const char *measures, *periods, *measure, *period;
        bool wanted;
    } CASES[] = {
        {NULL, NULL, "RS01", "2020", true},
        {"RS*", NULL, "RS01", "2020", true},
        {"RS*", NULL, "CP01", "2020", false},
        {"*.fte", NULL, "air.fte", "2020", true},
        {"*.fte", NULL, "air.fte.old", "2020", false},
        {"*.fte", NULL, ".fte", "2020", true},
        {"a*b*c", NULL, "aXbbYc", "2020", true},
        {"a*b*c", NULL, "aXc", "2020", false},
        {"*", NULL, "CP01", "2020", true},
        {"RS01", NULL, "RS011", "2020", false},
        {"RS*,CP*", NULL, "CP01", "2020", true},
        {NULL, "2020,2021", "CP01", "2021", true},
        {NULL, "2020,2021", "CP01", "2021-01", false},
        {"RS*", "2020", "RS01", "2021", false},
        {NULL, "2020-*", "CP01", "2020-06-30", true},
        {NULL, "2020-*", "CP01", "2020", false},
        {NULL, "2021,*-06", "CP01", "2020-06", true},
    };
    for (size_t i = 0; i < TH_COUNT(CASES); i++) {
        TH_SCOPED(th_lines_free)
        struct th_lines *lines =
            ask((struct question){.measures = CASES[i].measures, .periods = CASES[i].periods});

        assert_int_equal(
            th_lines_wants(lines, th_bytes_of(CASES[i].measure), th_bytes_of(CASES[i].period)),
            CASES[i].wanted);
    }
}

static void what_does_not_exist_is_named(void **state)
{
    (void)state;
    static const struct {
        struct question question;
        const char *unknown;
    } CASES[] = {
        {{.units = "P,X9"}, "X9"},
        {{.units = "D1@2026-01-01"}, "D1@2026-01-01"},
        {{.units = "D1@soon"}, "D1@soon"},
        {{.measures = "MV01,MV99"}, "MV99"},
        {{.periods = "2020,2020-13"}, "2020-13"},
        {{.by = "unit,colour"}, "colour"},
        {{.level = "hamlet"}, "hamlet"},
    };
    for (size_t i = 0; i < TH_COUNT(CASES); i++) {
        char unknown[64];
        assert_null(lines_ask(&province, &CASES[i].question, unknown));
        assert_string_equal(unknown, CASES[i].unknown);
    }
}

// ---- what is missing ----

static void missing_figures_are_lines_of_their_own(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = ask((struct question){.by = "children", .missing = true});
    SET(lines, "RS01", "2020-06-30", "D1", "", -4, 1, 1);
    SET(lines, "RS01", "2020-06-30", "P", "", -4, 1, 1);
    SET(lines, "MV01", "2020-06-30", "C21", "", 4, 1, 1);
    SET(lines, "MV01", "2020-06-30", "D2", "", 4, 1, 1);
    SET(lines, "MV01", "2020-06-30", "P", "", 4, 1, 1);

    assert_string_equal(lines_text(lines),
                        "D1,2020-06-30,MV01,,,,,,,0/2\n"
                        "D1,2020-06-30,RS01,,exact,-4,,,,1/1\n"
                        "D2,2020-06-30,MV01,,exact,4,,,,1/1\n"
                        "D2,2020-06-30,RS01,,,,,,,0/1\n");
}

static void named_figures_are_missing_even_when_nobody_has_them(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = ask((struct question){
        .units = "D1", .measures = "MV01,CP*", .periods = "2020,2026", .missing = true});

    assert_string_equal(lines_text(lines), "D1,2020,MV01,,,,,,,0/2\n"); // D1 ended before 2026
    SET(lines, "MV01", "2020", "D1", "", 3, 1, 1);
    assert_string_equal(lines_text(lines), "D1,2020,MV01,,exact,3,,,,1/2\n");
}

static void a_pattern_of_periods_names_none(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free)
    struct th_lines *lines = ask(
        (struct question){.units = "D1", .measures = "MV01", .periods = "20*", .missing = true});

    assert_string_equal(lines_text(lines), "");
}

// ---- changes ----

static void setting_again_replaces_and_an_empty_cell_removes(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.by = "post"});
    const struct th_cell empty = {0};
    feed_movements(lines);
    SET(lines, "MV01", "2020", "P", "post=a", 6, 2, 2);
    EXPECT(TH_OK,
           th_lines_set(lines, TH_BYTES("MV01"), TH_BYTES("2020"), 1, TH_BYTES("post=b"), &empty));

    assert_string_equal(lines_text(lines), "P,2020,MV01,post=a,exact,6,,,,2/3\n");
    EXPECT(TH_E_INVALID,
           th_lines_set(lines, TH_BYTES("MV01"), TH_BYTES("2020"), 99, TH_BYTES(""), &empty));
}

static void more_rows_than_allowed_are_refused(void **state)
{
    (void)state;
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.by = "unit"});
    feed_movements(lines);
    const struct th_line *list = NULL;
    size_t count = 0;

    EXPECT(TH_E_TOO_LARGE, th_lines_list(lines, 4, &list, &count));
    EXPECT(TH_OK, th_lines_list(lines, 5, &list, &count));
    assert_int_equal(count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_by_only_the_line_without_dimensions_is_given),
        cmocka_unit_test(a_named_dimension_gives_the_lines_with_exactly_it),
        cmocka_unit_test(summed_dimensions_add_up_and_count_each_unit_once),
        cmocka_unit_test(a_figure_of_a_whole_speaks_for_all_below_it),
        cmocka_unit_test(a_unit_that_ended_is_no_reporter_of_the_new_structure),
        cmocka_unit_test(a_sum_follows_the_algebra_of_its_figures),
        cmocka_unit_test(units_are_themselves_all_below_children_or_leaves),
        cmocka_unit_test(an_ambiguous_code_is_written_with_its_day),
        cmocka_unit_test(shares_and_targets_are_listed_without_coverage),
        cmocka_unit_test(the_baseline_of_a_target_stands_alone),
        cmocka_unit_test(patterns_and_periods_choose_the_topics),
        cmocka_unit_test(what_does_not_exist_is_named),
        cmocka_unit_test(missing_figures_are_lines_of_their_own),
        cmocka_unit_test(named_figures_are_missing_even_when_nobody_has_them),
        cmocka_unit_test(a_pattern_of_periods_names_none),
        cmocka_unit_test(setting_again_replaces_and_an_empty_cell_removes),
        cmocka_unit_test(more_rows_than_allowed_are_refused),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, setup, teardown);
}
