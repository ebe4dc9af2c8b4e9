// test_line_span.c - larger periods made of the parts that were reported

#include <inttypes.h>
#include <stdio.h>
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
                            "D2,Hai,t,district,P,,\n"
                            "D3,Ba,t,district,P,,2020-07-01\n"
                            "D4,Bốn,t,district,P,2020-07-01,\n"
                            "C11,A,t,commune,D1,,\n"
                            "C12,B,t,commune,D1,,\n";

static const struct catalogue_texts CATALOGUE = {
    .settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN}\n",
    .measures = "dims:\n"
                "  - {code: post, type: code}\n"
                "measures:\n"
                "  - {code: FL, en: m, shape: flow, dims: [{code: post}], form: monthly}\n"
                "  - {code: CH, en: m, shape: change, form: monthly}\n"
                "  - {code: ST, en: m, shape: stock, form: monthly}\n"
                "  - {code: NM, en: m, shape: n_of_m, form: monthly}\n"
                "  - {code: SH, en: m, shape: share, form: monthly}\n"
                "  - {code: OWN, en: m, shape: stock, scope: own, form: monthly}\n"
                "  - {code: SUM, en: m, shape: flow, marginal: sum, dims: [{code: post}],\n"
                "     form: monthly}\n"
                "  - {code: DAY, en: m, shape: stock, form: daily}\n"
                "  - {code: YR, en: m, shape: flow, form: yearly}\n"
                "  - {code: FREE, en: m, shape: flow}\n",
    .forms = "forms:\n"
             "  - {code: monthly, en: f, periods: [month, year],\n"
             "     reporters: {levels: [district]}}\n"
             "  - {code: daily, en: f, periods: [day], reporters: {levels: [district]}}\n"
             "  - {code: yearly, en: f, periods: [year, range, term, term_to_date],\n"
             "     reporters: {levels: [district]}}\n",
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

// ---- a province of figures, of which each makes totals of its unit and all above ----

enum { TOTALS_MAX = 256 };

struct total {
    const char *measure, *period, *dims;
    uint32_t uid;
    struct th_cell cell;
};

struct book {
    struct total totals[TOTALS_MAX];
    size_t count;
};

struct said {
    const char *measure, *period, *unit;
    int64_t value;
    const char *dims; // NULL: none
    int64_t of;       // 0: none
    uint32_t qualifier;
};

static struct th_cell *total_of(struct book *book, const struct said *said, uint32_t uid)
{
    const char *dims = said->dims == NULL ? "" : said->dims;
    for (size_t i = 0; i < book->count; i++) {
        struct total *total = &book->totals[i];
        if (total->uid == uid && strcmp(total->measure, said->measure) == 0 &&
            strcmp(total->period, said->period) == 0 && strcmp(total->dims, dims) == 0) {
            return &total->cell;
        }
    }
    assert_true(book->count < TOTALS_MAX);
    book->totals[book->count] = (struct total){said->measure, said->period, dims, uid, {0}};
    return &book->totals[book->count++].cell;
}

static void say(struct book *book, struct said said)
{
    struct th_period period;
    uint32_t path[TH_UNIT_DEPTH_MAX];
    EXPECT(TH_OK, th_period_parse(th_bytes_of(said.period), &period));
    const struct th_resolved unit = th_register_resolve(reg, th_bytes_of(said.unit), period, false);
    assert_int_equal(unit.result, TH_RESOLVED);
    const size_t depth = th_register_path(reg, unit.uid, unit.day, path);
    const struct th_figure figure = {
        .qualifier = said.qualifier == 0 ? (uint32_t)TH_QUALIFIER_EXACT : said.qualifier,
        .value = said.value,
        .has_of = said.of > 0,
        .of = said.of,
    };
    for (size_t i = 0; i < depth; i++) {
        struct th_cell *cell = total_of(book, &said, path[i]);
        EXPECT(TH_OK, th_cell_add(cell, &figure));
        cell->reported++; // good enough: every figure here is a reporter's
    }
}

#define SAY(book, m, p, u, ...) \
    say((book), (struct said){.measure = (m), .period = (p), .unit = (u), __VA_ARGS__})

static void feed(struct th_lines *lines, const struct book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        const struct total *total = &book->totals[i];
        const struct th_bytes measure = th_bytes_of(total->measure);
        const struct th_bytes period = th_bytes_of(total->period);
        if (th_lines_wants(lines, measure, period)) {
            EXPECT(TH_OK,
                   th_lines_set(
                       lines, measure, period, total->uid, th_bytes_of(total->dims), &total->cell));
        }
    }
}

// "unit measure dims value[/of] reported/expected parts/expected; ..."
static const char *text_of(struct th_lines *lines)
{
    static char text[8192];
    const struct th_line *list = NULL;
    size_t count = 0;
    EXPECT(TH_OK, th_lines_list(lines, 1000, &list, &count));
    int at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct th_line *line = &list[i];
        assert_true(at < 7500);
        at += snprintf(text + at,
                       500,
                       "%s%.*s %.*s%s%.*s %s%" PRId64,
                       i > 0 ? "; " : "",
                       (int)line->cell.unit.size,
                       (const char *)line->cell.unit.data,
                       (int)line->measure.size,
                       (const char *)line->measure.data,
                       line->cell.dims.size > 0 ? " " : "",
                       (int)line->cell.dims.size,
                       (const char *)line->cell.dims.data,
                       line->cell.qualifier == TH_QUALIFIER_OVER ? ">" : "",
                       line->cell.value.value);
        if (line->cell.of.has) {
            at += snprintf(text + at, 30, "/%" PRId64, line->cell.of.value);
        }
        at += snprintf(text + at,
                       100,
                       " %" PRIu64 "/%" PRId64 "%s",
                       line->cell.reported,
                       line->cell.expected.value,
                       line->derived ? "" : " as reported");
        if (line->parts_expected > 0) {
            at += snprintf(text + at, 30, " %u of %u", line->parts, line->parts_expected);
        }
    }
    return text;
}

static const char *answer(const struct book *book, struct question question)
{
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask(question);
    feed(lines, book);
    return text_of(lines);
}

#define ASK(book, ...) answer((book), (struct question){__VA_ARGS__})

// ---- tests ----

static void months_of_a_flow_add_up(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "FL", "2020-01", "D1", .value = 3);
    SAY(&book, "FL", "2020-02", "D1", .value = 4);
    SAY(&book, "FL", "2020-02", "D2", .value = 5, .qualifier = TH_QUALIFIER_OVER);
    SAY(&book, "FL", "2020-03", "D2", .value = 1);
    SAY(&book, "FL", "2020-04", "D2", .value = 100);

    assert_string_equal(ASK(&book, .periods = "2020Q1"), "P FL >13 2/3 3 of 3");
    assert_string_equal(ASK(&book, .periods = "2020Q1", .by = "children"),
                        "D1 FL 7 1/1 2 of 3; D2 FL >6 1/1 2 of 3");
    assert_string_equal(ASK(&book, .periods = "2020-01..2020-04", .units = "D2"),
                        "D2 FL >106 1/1 3 of 4");
    assert_string_equal(ASK(&book, .periods = "2020", .units = "D1"), "D1 FL 7 1/1 2 of 12");
}

static void of_a_stock_each_units_last_part_counts(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "ST", "2020-01", "D1", .value = 10);
    SAY(&book, "ST", "2020-03", "D1", .value = 12);
    SAY(&book, "ST", "2020-02", "D2", .value = 7);
    SAY(&book, "NM", "2020-01", "D1", .value = 1, .of = 4);
    SAY(&book, "NM", "2020-02", "D1", .value = 3, .of = 5);
    SAY(&book, "NM", "2020-01", "D2", .value = 2, .of = 2);

    assert_string_equal(ASK(&book, .periods = "2020Q1"), "P NM 5/7 2/3 2 of 3; P ST 19 2/3 3 of 3");
    assert_string_equal(ASK(&book, .periods = "2020Q1", .units = "D1", .measures = "ST"),
                        "D1 ST 12 1/1 2 of 3");
}

static void figures_on_other_levels_do_not_count_twice(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "ST", "2020-01", "D1", .value = 10); // the district, and later its communes
    SAY(&book, "ST", "2020-02", "C11", .value = 6);
    SAY(&book, "ST", "2020-02", "C12", .value = 5);
    SAY(&book, "OWN", "2020-01", "D1", .value = 2); // a figure of its own beside those below
    SAY(&book, "OWN", "2020-01", "C11", .value = 20);
    SAY(&book, "OWN", "2020-02", "C11", .value = 30);

    assert_string_equal(ASK(&book, .periods = "2020", .units = "D1", .measures = "ST"),
                        "D1 ST 11 1/1 2 of 12");
    assert_string_equal(ASK(&book, .periods = "2020", .units = "D1", .measures = "OWN"),
                        "D1 OWN 30 0/1 2 of 12");
}

static void what_was_reported_for_the_period_itself_is_told(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "FL", "2020-01", "D1", .value = 3);
    SAY(&book, "FL", "2020", "D1", .value = 40);

    assert_string_equal(ASK(&book, .periods = "2020"), "P FL 40 1/3 as reported");
    assert_string_equal(ASK(&book, .units = "D1"),
                        "D1 FL 40 1/1 as reported; "
                        "D1 FL 3 1/1 as reported");
}

static void shares_days_apart_and_figures_without_a_form_make_nothing_larger(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "SH", "2020-01", "D1", .value = 364, .of = 1000);
    SAY(&book, "FREE", "2020-01", "D1", .value = 3);
    SAY(&book, "FL", "2021-01", "D1", .value = 3);
    SAY(&book, "YR", "2020", "D1", .value = 3);

    assert_string_equal(ASK(&book, .periods = "2020", .measures = "SH,FREE,FL"), "");
    assert_string_equal(ASK(&book, .periods = "2020H1", .measures = "YR"), "");
}

static void days_have_no_number_of_parts(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "DAY", "2020-02-07", "D1", .value = 10);
    SAY(&book, "DAY", "2020-11-30", "D1", .value = 9);
    SAY(&book, "DAY", "2020-06-30", "D3", .value = 5); // ends that day

    assert_string_equal(ASK(&book, .periods = "2020"), "P DAY 14 1/3");
    assert_string_equal(ASK(&book, .periods = "2020", .by = "children"),
                        "D1 DAY 9 1/1; D3 DAY 5 1/1");
}

static void of_terms_to_date_the_latest_counts(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "YR", "T2020-2025@2022-06-30", "D1", .value = 50);
    SAY(&book, "YR", "T2020-2025@2023-06-30", "D1", .value = 80);
    SAY(&book, "YR", "T2020-2025@2022-06-30", "D2", .value = 7);
    SAY(&book, "YR", "T2015-2020@2020-06-30", "D2", .value = 900);

    assert_string_equal(ASK(&book, .periods = "T2020-2025@2023-12-31"), "P YR 87 2/3");
    assert_string_equal(ASK(&book, .periods = "T2020-2025@2022-12-31"), "P YR 57 2/3");
    assert_string_equal(ASK(&book, .periods = "T2020-2025"), "P YR 87 2/3");

    SAY(&book, "YR", "2021", "D1", .value = 1); // years are the form's own parts
    assert_string_equal(ASK(&book, .periods = "T2020-2025"), "P YR 1 1/3 1 of 6");
}

static void dimensions_are_kept_apart_or_added_as_ever(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "FL", "2020-01", "D1", .value = 3, .dims = "post=a");
    SAY(&book, "FL", "2020-02", "D1", .value = 2, .dims = "post=a");
    SAY(&book, "FL", "2020-02", "D1", .value = 9, .dims = "post=b");
    SAY(&book, "SUM", "2020-01", "D1", .value = 3, .dims = "post=a");
    SAY(&book, "SUM", "2020-02", "D2", .value = 2, .dims = "post=b");

    assert_string_equal(ASK(&book, .periods = "2020", .by = "post", .measures = "FL"),
                        "P FL post=a 5 1/3 2 of 12; P FL post=b 9 1/3 2 of 12");
    assert_string_equal(ASK(&book, .periods = "2020", .measures = "SUM"), "P SUM 5 2/3 2 of 12");
}

static void a_list_is_made_anew_after_each_change(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    TH_SCOPED(th_lines_free) struct th_lines *lines = ask((struct question){.periods = "2020"});
    SAY(&book, "FL", "2020-01", "D1", .value = 3);
    SAY(&book, "FL", "2020-02", "D1", .value = 2);
    feed(lines, &book);
    assert_string_equal(text_of(lines), "P FL 5 1/3 2 of 12");

    SAY(&book, "FL", "2020", "D2", .value = 70);
    feed(lines, &book);
    assert_string_equal(text_of(lines), "P FL 70 1/3 as reported");

    const struct th_cell none = {0};
    for (size_t i = 0; i < book.count; i++) {
        if (strcmp(book.totals[i].period, "2020") == 0) {
            book.totals[i].cell = none;
        }
    }
    feed(lines, &book);
    assert_string_equal(text_of(lines), "P FL 5 1/3 2 of 12");
}

static void missing_units_are_named_beside_a_larger_period(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    SAY(&book, "FL", "2020-01", "D1", .value = 3);

    assert_string_equal(
        ASK(&book, .periods = "2020", .by = "children", .measures = "FL", .missing = true),
        "D1 FL 3 1/1 1 of 12; D2 FL 0 0/1 0 of 12; D4 FL 0 0/1 0 of 12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_of_a_flow_add_up),
        cmocka_unit_test(of_a_stock_each_units_last_part_counts),
        cmocka_unit_test(figures_on_other_levels_do_not_count_twice),
        cmocka_unit_test(what_was_reported_for_the_period_itself_is_told),
        cmocka_unit_test(shares_days_apart_and_figures_without_a_form_make_nothing_larger),
        cmocka_unit_test(days_have_no_number_of_parts),
        cmocka_unit_test(of_terms_to_date_the_latest_counts),
        cmocka_unit_test(dimensions_are_kept_apart_or_added_as_ever),
        cmocka_unit_test(a_list_is_made_anew_after_each_change),
        cmocka_unit_test(missing_units_are_named_beside_a_larger_period),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, setup, teardown);
}
