// test_restated_bounds.c - a country's figures in another structure, within the memory of one
// answer

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/catalogue.h"
#include "tests/support/lines.h"
#include "tests/support/register.h"
#include "tests/support/test.h"
#include "workers/restated.h"

enum { PROVINCES = 60, COMMUNES = 250, MEASURES = 100, TEXT_MAX = 4 * 1024 * 1024 };

static const size_t ANSWER_MAX = (size_t)64 * 1024 * 1024; // worker.answer_max

struct fixture {
    struct th_register *reg;
    struct th_catalogue *catalogue;
    uint32_t root;
};

static struct fixture fixture;

// 15,000 communes in 60 provinces; from 2025-07-01 half as many of both, two in each.
static struct th_register *country(void)
{
    char *units = calloc(1, TEXT_MAX);
    char *rows = calloc(1, TEXT_MAX);
    assert_non_null(units);
    assert_non_null(rows);
    size_t at =
        (size_t)snprintf(units, TEXT_MAX, "code,name,type,parent,valid_from,valid_to\nVN,n,t,,,\n");
    size_t to = (size_t)snprintf(rows, TEXT_MAX, "old_code,new_code,effective,kind\n");
    for (int p = 0; p < PROVINCES; p++) {
        const int whole = p / 2;
        at += (size_t)snprintf(units + at, TEXT_MAX - at, "p%d,n,t,VN,,2025-07-01\n", p);
        to += (size_t)snprintf(rows + to, TEXT_MAX - to, "p%d,q%d,2025-07-01,full\n", p, whole);
        if (p % 2 == 0) {
            at += (size_t)snprintf(units + at, TEXT_MAX - at, "q%d,n,t,VN,2025-07-01,\n", whole);
        }
        for (int c = 0; c < COMMUNES; c++) {
            at += (size_t)snprintf(
                units + at, TEXT_MAX - at, "p%dc%d,n,t,p%d,,2025-07-01\n", p, c, p);
            to += (size_t)snprintf(
                rows + to, TEXT_MAX - to, "p%dc%d,q%dc%d,2025-07-01,full\n", p, c, whole, c);
            if (p % 2 == 0) {
                at += (size_t)snprintf(
                    units + at, TEXT_MAX - at, "q%dc%d,n,t,q%d,2025-07-01,\n", whole, c, whole);
            }
        }
    }
    struct th_register *reg = register_of(units, rows);
    free(units);
    free(rows);
    return reg;
}

static int setup(void **state)
{
    fixture = (struct fixture){.reg = country(), .catalogue = catalogue_open()};
    fixture.root = th_register_root(fixture.reg);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_register_free(&f->reg);
    th_catalogue_free(&f->catalogue);
    return 0;
}

// Every commune of 2024 says each measure; how far that gets.
static enum th_err say_all(const struct fixture *f, struct restated *restated)
{
    struct figures_one one = {.figure = {.qualifier = TH_QUALIFIER_EXACT, .value = 1}};
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2024"), &one.period));
    for (uint32_t uid = 1; uid <= th_register_unit_count(f->reg); uid++) {
        struct th_unit unit;
        if (th_register_on(f->reg, uid, one.period.last, &unit) != TH_OK || unit.parent.size == 0 ||
            th_bytes_equal(unit.parent, TH_BYTES("VN"))) {
            continue;
        }
        for (int m = 0; m < MEASURES; m++) {
            char code[16];
            (void)snprintf(code, sizeof(code), "m%d", m);
            one.uid = uid;
            one.measure = th_bytes_of(code);
            TH_TRY(restated_add(restated, 0, &one));
        }
    }
    return restated_finish(restated);
}

static enum th_err answer(const struct fixture *f, const struct th_query *query, size_t *lines_made)
{
    TH_SCOPED(restated_free) struct restated *restated = NULL;
    TH_SCOPED(th_lines_free) struct th_lines *lines = NULL;
    const struct restated_source source = {f->reg, f->catalogue, &f->root, 1};
    struct restated_setup about = {
        .wide = f->reg,
        .catalogue = f->catalogue,
        .sources = &source,
        .source_count = 1,
        .bytes_max = ANSWER_MAX,
    };
    EXPECT(TH_OK, th_day_parse(TH_BYTES("2026-01-01"), &about.day));
    EXPECT(TH_OK, restated_make(&about, &restated));
    const struct th_lines_structure structure = {
        .day = about.day, .expect = restated_expect, .self = restated};
    struct th_bytes unknown = {0};
    EXPECT(TH_OK,
           th_lines_make_on(query,
                            &(struct th_lines_setup){f->reg, f->root, f->catalogue, &structure},
                            &unknown,
                            &lines));
    EXPECT(TH_OK, restated_ask(restated, lines));
    TH_TRY(say_all(f, restated));
    const struct th_line *list = NULL;
    TH_TRY(th_lines_list(lines, SIZE_MAX, &list, lines_made));
    assert_int_equal(list[0].cell.value.value, 2 * COMMUNES);
    return TH_OK;
}

static void a_question_about_provinces_needs_little_whatever_was_reported(void **state)
{
    const struct fixture *f = *state;
    const struct th_bytes by[] = {TH_BYTES("children")};
    const struct th_query query = {.by = by, .by_count = 1};
    size_t lines = 0;
    EXPECT(TH_OK, answer(f, &query, &lines));
    assert_int_equal(lines, PROVINCES / 2 * MEASURES);
}

static void an_answer_that_does_not_fit_is_refused(void **state)
{
    const struct fixture *f = *state;
    const struct th_bytes by[] = {TH_BYTES("unit")};
    const struct th_query query = {.by = by, .by_count = 1};
    size_t lines = 0;
    EXPECT(TH_E_TOO_LARGE, answer(f, &query, &lines));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_about_provinces_needs_little_whatever_was_reported),
        cmocka_unit_test(an_answer_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
