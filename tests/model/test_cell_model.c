// test_cell_model.c - after any history a cell equals a recount from nothing
//
// The model keeps the live figure of every unit in an array and adds them up in 128 bits when
// asked: slow, and too simple to be wrong. The cell under test never recounts; it takes out and
// puts in. Values come from everyday sizes and from both ends of 64 bits, so that refusals are
// common.

#include <string.h>

#include "tonghop/cell.h"

#include "tests/support/test.h"

enum { UNITS = 12, STEPS = 20000 };

__extension__ typedef __int128 wide;

struct model {
    bool live[UNITS];
    struct th_figure figures[UNITS];
};

static int64_t random_amount(struct rng *rng)
{
    switch (rng_below(rng, 6)) {
    case 0:
        return INT64_MAX - (int64_t)rng_below(rng, 3);
    case 1:
        return -INT64_MAX + (int64_t)rng_below(rng, 3);
    case 2:
        return INT64_MAX / 2;
    default:
        return rng_between(rng, -1000, 1000);
    }
}

static struct th_figure random_figure(struct rng *rng)
{
    if (rng_chance(rng, 10)) {
        return (struct th_figure){.not_applicable = true};
    }
    struct th_figure figure = {
        .qualifier = 1 + rng_below(rng, 4),
        .has_of = rng_chance(rng, 40),
        .has_levels = rng_chance(rng, 40),
        .value = random_amount(rng),
    };
    figure.of = figure.has_of ? random_amount(rng) : 0;
    figure.before = figure.has_levels ? random_amount(rng) : 0;
    figure.after = figure.has_levels ? random_amount(rng) : 0;
    return figure;
}

struct recount {
    bool fits;
    struct th_cell cell;
};

static struct recount recount(const struct model *model)
{
    wide value = 0;
    wide of = 0;
    wide before = 0;
    wide after = 0;
    struct th_cell cell = {0};
    for (size_t i = 0; i < UNITS; i++) {
        const struct th_figure *figure = &model->figures[i];
        if (!model->live[i]) {
            continue;
        }
        cell.not_applicable += figure->not_applicable;
        if (figure->not_applicable) {
            continue;
        }
        value += figure->value;
        of += figure->of;
        before += figure->before;
        after += figure->after;
        cell.with_of += figure->has_of;
        cell.with_levels += figure->has_levels;
        cell.exact += figure->qualifier == TH_QUALIFIER_EXACT;
        cell.over += figure->qualifier == TH_QUALIFIER_OVER;
        cell.under += figure->qualifier == TH_QUALIFIER_UNDER;
        cell.about += figure->qualifier == TH_QUALIFIER_ABOUT;
    }
    cell.value = (int64_t)value;
    cell.of = (int64_t)of;
    cell.before = (int64_t)before;
    cell.after = (int64_t)after;
    return (struct recount){
        .fits =
            cell.value == value && cell.of == of && cell.before == before && cell.after == after,
        .cell = cell,
    };
}

// The qualifier of a sum as the domain words it, counted anew.
static uint32_t qualifier_in_words(const struct th_cell *cell)
{
    const bool any = cell->exact + cell->over + cell->under + cell->about > 0;
    if (!any) {
        return TH_QUALIFIER_NONE;
    }
    if (cell->about > 0 || (cell->over > 0 && cell->under > 0)) {
        return TH_QUALIFIER_ABOUT;
    }
    if (cell->over > 0) {
        return TH_QUALIFIER_OVER;
    }
    return cell->under > 0 ? TH_QUALIFIER_UNDER : TH_QUALIFIER_EXACT;
}

static bool one_step(struct rng *rng, struct model *model, struct th_cell *cell)
{
    const size_t unit = rng_below(rng, UNITS);
    const struct model before = *model;
    const struct th_figure come = random_figure(rng);
    const bool withdraw = before.live[unit] && rng_chance(rng, 40);

    model->live[unit] = !withdraw;
    model->figures[unit] = come;
    const struct recount expected = recount(model);
    const enum th_err err = th_cell_replace(
        cell, before.live[unit] ? &before.figures[unit] : NULL, withdraw ? NULL : &come);

    assert_int_equal(err, expected.fits ? TH_OK : TH_E_INVALID);
    if (!expected.fits) {
        *model = before;
    }
    return expected.fits;
}

static void a_cell_equals_a_recount_after_any_history(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    struct model model = {0};
    struct th_cell cell = {0};
    unsigned refused = 0;

    for (int step = 0; step < STEPS; step++) {
        refused += one_step(&rng, &model, &cell) ? 0 : 1;

        const struct recount expected = recount(&model);
        assert_true(th_cell_equal(&cell, &expected.cell));
        assert_int_equal(th_cell_figure(&cell).qualifier, qualifier_in_words(&cell));
    }

    assert_true(refused > STEPS / 100);
    assert_true(refused < STEPS);
}

static void the_order_of_additions_does_not_matter(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int round = 0; round < 200; round++) {
        struct th_figure figures[UNITS];
        struct th_cell forward = {0};
        struct th_cell backward = {0};
        for (size_t i = 0; i < UNITS; i++) {
            figures[i] = random_figure(&rng);
            figures[i].value = rng_between(&rng, -INT64_MAX / UNITS, INT64_MAX / UNITS);
            figures[i].of = figures[i].has_of ? figures[i].value : 0;
            figures[i].before = figures[i].has_levels ? figures[i].value : 0;
            figures[i].after = 0;
        }

        for (size_t i = 0; i < UNITS; i++) {
            EXPECT(TH_OK, th_cell_add(&forward, &figures[i]));
            EXPECT(TH_OK, th_cell_add(&backward, &figures[UNITS - 1 - i]));
        }

        assert_true(th_cell_equal(&forward, &backward));
    }
}

static void random_bytes_are_read_to_a_cell_with_those_bytes_or_not_at_all(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    unsigned read = 0;
    for (int round = 0; round < STEPS; round++) {
        uint8_t bytes[24];
        const size_t size = rng_below(&rng, sizeof(bytes) + 1);
        rng_bytes(&rng, bytes, size);
        struct th_reader reader = th_reader_of((struct th_bytes){.data = bytes, .size = size});
        struct th_cell cell;

        th_cell_read(&reader, &cell);

        if (!reader.failed) {
            uint8_t again[160];
            struct th_writer writer = TH_WRITER(again);
            th_cell_write(&writer, &cell);
            const struct th_bytes written = th_written(&writer);
            assert_true(written.size <= size);
            assert_int_equal(memcmp(written.data, bytes, written.size), 0);
            read++;
        }
    }
    assert_true(read > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_equals_a_recount_after_any_history),
        cmocka_unit_test(the_order_of_additions_does_not_matter),
        cmocka_unit_test(random_bytes_are_read_to_a_cell_with_those_bytes_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
