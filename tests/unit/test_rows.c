// test_rows.c - a live list: made of totals that came by the wire, and what changed in it

#include <string.h>

#include "dashboards/rows.h"
#include "tests/support/catalogue.h"
#include "tests/support/register.h"
#include "tests/support/test.h"
#include "workers/totals.h"

static const char UNITS[] =
    "code,name,type,parent\nP,P,province,\nD1,One,district,P\nD2,Two,district,P\n";

enum { CHANGES_MAX = 16 };

struct fixture {
    struct th_province province;
    struct th_query query;
    struct rows *rows;
    struct {
        char unit[16];
        struct th_opt value, was;
        uint64_t contributions;
    } changes[CHANGES_MAX];
    size_t change_count;
};

static void note(void *self, const struct th_line *now, struct th_opt was)
{
    struct fixture *f = self;
    assert_true(f->change_count < CHANGES_MAX);
    (void)th_bytes_copy_text(
        now->cell.unit, f->changes[f->change_count].unit, sizeof(f->changes[0].unit));
    f->changes[f->change_count].value = now->cell.value;
    f->changes[f->change_count].was = was;
    f->changes[f->change_count].contributions = now->cell.contributions;
    f->change_count++;
}

static void set(struct fixture *f, uint32_t uid, int64_t value)
{
    const struct th_total total = {
        .uid = uid,
        .qualifier = value != 0 ? (uint32_t)TH_QUALIFIER_EXACT : 0,
        .value = {.has = value != 0, .value = value},
        .contributions = value != 0 ? 1 : 0,
        .reported = value != 0 ? 1 : 0,
    };
    EXPECT(TH_OK, rows_set(f->rows, TH_BYTES("m"), TH_BYTES("2025"), &total));
}

static void refresh(struct fixture *f)
{
    f->change_count = 0;
    EXPECT(TH_OK, rows_refresh(f->rows, note, f));
}

static int setup(void **state)
{
    static struct th_bytes by[] = {{.data = "unit", .size = 4}};
    static struct fixture f;
    struct th_bytes unknown;
    f = (struct fixture){.query = {.by = by, .by_count = TH_COUNT(by)}};
    f.province.reg = register_of(UNITS, "");
    f.province.catalogue = catalogue_open();
    f.province.root = 1;
    *state = &f;
    return rows_make(&f.query, &f.province, &unknown, &f.rows) == TH_OK ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rows_free(&f->rows);
    th_register_free(&f->province.reg);
    th_catalogue_free(&f->province.catalogue);
    return 0;
}

static void only_what_differs_is_told(void **state)
{
    struct fixture *f = *state;
    set(f, 1, 30);
    set(f, 2, 10);
    set(f, 3, 20);
    refresh(f);
    assert_int_equal(f->change_count, 3);
    assert_false(f->changes[0].was.has);

    set(f, 2, 11);
    set(f, 2, 12); // within one interval: told once
    set(f, 3, 20);
    refresh(f);

    assert_int_equal(f->change_count, 1);
    assert_string_equal(f->changes[0].unit, "D1");
    assert_int_equal(f->changes[0].value.value, 12);
    assert_int_equal(f->changes[0].was.value, 10);
    refresh(f);
    assert_int_equal(f->change_count, 0);
}

static void a_line_that_goes_is_told_without_a_value(void **state)
{
    struct fixture *f = *state;
    set(f, 2, 10);
    refresh(f);

    set(f, 2, 0);
    refresh(f);

    assert_int_equal(f->change_count, 1);
    assert_int_equal(f->changes[0].contributions, 0);
    assert_false(f->changes[0].value.has);
    assert_int_equal(f->changes[0].was.value, 10);
}

static void a_new_snapshot_is_compared_with_the_list_before(void **state)
{
    struct fixture *f = *state;
    set(f, 1, 30);
    set(f, 2, 10);
    refresh(f);

    EXPECT(TH_OK, rows_restart(f->rows));
    set(f, 1, 30);
    refresh(f);

    assert_int_equal(f->change_count, 1);
    assert_string_equal(f->changes[0].unit, "D1");
}

// ---- by the wire ----

static struct th_cell random_cell(struct rng *rng)
{
    struct th_cell cell = {0};
    const uint32_t habits = rng_below(rng, 8);
    const uint32_t count = 1 + rng_below(rng, 4);
    for (uint32_t i = 0; i < count; i++) {
        struct th_figure figure = {
            .qualifier = TH_QUALIFIER_EXACT + ((habits & 1) != 0 ? rng_below(rng, 4) : 0),
            .value = rng_between(rng, -50, 50),
            .has_of = (habits & 2) != 0 || rng_chance(rng, 30),
            .has_levels = (habits & 4) != 0 || rng_chance(rng, 30),
        };
        figure.of = figure.has_of ? rng_between(rng, 1, 90) : 0;
        figure.before = figure.has_levels ? rng_between(rng, 0, 90) : 0;
        figure.after = figure.has_levels ? rng_between(rng, 0, 90) : 0;
        if (rng_chance(rng, 25)) {
            figure = (struct th_figure){.not_applicable = true};
        }
        EXPECT(TH_OK, th_cell_add(&cell, &figure));
    }
    cell.reported = count;
    return cell;
}

static struct th_cell sum_of(const struct th_cell *a, const struct th_cell *b)
{
    return (struct th_cell){
        .value = a->value + b->value,
        .of = a->of + b->of,
        .before = a->before + b->before,
        .after = a->after + b->after,
        .exact = a->exact + b->exact,
        .over = a->over + b->over,
        .under = a->under + b->under,
        .about = a->about + b->about,
        .not_applicable = a->not_applicable + b->not_applicable,
        .with_of = a->with_of + b->with_of,
        .with_levels = a->with_levels + b->with_levels,
    };
}

static void expect_same_figure(const struct th_cell *a, const struct th_cell *b)
{
    const struct th_figure wanted = th_cell_figure(a);
    const struct th_figure got = th_cell_figure(b);
    assert_int_equal(got.not_applicable, wanted.not_applicable);
    assert_int_equal(got.qualifier, wanted.qualifier);
    assert_int_equal(got.has_of, wanted.has_of);
    assert_int_equal(got.has_levels, wanted.has_levels);
    assert_int_equal(got.value, wanted.value);
    assert_int_equal(got.of, wanted.of);
    assert_int_equal(got.before, wanted.before);
    assert_int_equal(got.after, wanted.after);
    assert_int_equal(th_cell_contributions(b), th_cell_contributions(a));
}

static void totals_of_the_wire_make_the_same_figures_alone_and_added_up(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    const struct standing_at standing = {.uid = 1};
    for (int i = 0; i < 20000; i++) {
        struct th_cell cells[2];
        struct th_cell heard[2];
        for (size_t k = 0; k < TH_COUNT(cells); k++) {
            cells[k] = random_cell(&rng);
            const struct th_total total = totals_on_wire(&cells[k], &standing);
            heard[k] = th_cell_of_total(&total);
            expect_same_figure(&cells[k], &heard[k]);
            assert_int_equal(heard[k].reported, cells[k].reported);
        }
        const struct th_cell wanted = sum_of(&cells[0], &cells[1]);
        const struct th_cell got = sum_of(&heard[0], &heard[1]);
        expect_same_figure(&wanted, &got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_differs_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_that_goes_is_told_without_a_value, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_new_snapshot_is_compared_with_the_list_before, setup, teardown),
        cmocka_unit_test(totals_of_the_wire_make_the_same_figures_alone_and_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
