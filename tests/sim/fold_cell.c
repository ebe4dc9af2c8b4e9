// fold_cell.c - what a unit may have totals of: their numbers and their names

#include "tonghop/base.h"

#include "tests/sim/fold.h"

enum { EV01 = LOAD_MEASURES, EV02, EV05 };

static const char *const MEASURES[] = {"SIM.posts", "SIM.filled", "EV01", "EV02", "EV05"};

// Cells of one period, those of one measure together. Covers: who has reported one has reported
// all of the same number.
static const struct {
    size_t measure;
    const char *dims;
    unsigned cover;
} CELLS[FOLD_KINDS] = {
    {0, "", 0},
    {1, "", 1},
    {EV01, "category=civil;rating=1", 2},
    {EV01, "category=civil;rating=2", 2},
    {EV01, "category=civil;rating=3", 2},
    {EV01, "category=civil;rating=4", 2},
    {EV01, "category=civil;rating=1;scheme=WIDE", 3},
    {EV01, "category=civil;rating=2;scheme=WIDE", 3},
    {EV01, "category=civil;rating=3;scheme=WIDE", 3},
    {EV01, "category=civil;rating=4;scheme=WIDE", 3},
    {EV02, "category=civil", 2},
    {EV02, "category=civil;scheme=WIDE", 3},
    {EV05, "collective_kind=cell;rating=1", 4},
    {EV05, "collective_kind=cell;rating=2", 4},
    {EV05, "collective_kind=cell;rating=3", 4},
    {EV05, "collective_kind=cell;rating=4", 4},
    {EV05, "collective_kind=agency;rating=1", 4},
    {EV05, "collective_kind=agency;rating=2", 4},
    {EV05, "collective_kind=agency;rating=3", 4},
    {EV05, "collective_kind=agency;rating=4", 4},
};

enum { FIRST_LEVEL = LOAD_MEASURES, FIRST_SCORE = 10, FIRST_BODY = 12 };

static size_t cell(size_t kind, uint32_t period)
{
    return kind * LOAD_PERIODS + period;
}

size_t fold_cell_of_figure(uint32_t measure, uint32_t period)
{
    return cell(measure, period);
}

size_t fold_cell_of_level(bool wide, uint32_t rating, uint32_t period)
{
    const size_t first = wide ? FIRST_LEVEL + LOAD_RATINGS : FIRST_LEVEL;
    return cell(first + rating - 1, period);
}

size_t fold_cell_of_score(bool wide, uint32_t period)
{
    return cell(wide ? FIRST_SCORE + 1 : FIRST_SCORE, period);
}

size_t fold_cell_of_body(uint32_t body, uint32_t rating, uint32_t period)
{
    return cell(FIRST_BODY + (size_t)body * LOAD_RATINGS + rating - 1, period);
}

bool fold_topic_named(struct th_bytes measure, struct th_bytes period, size_t *topic)
{
    for (size_t m = 0; m < TH_COUNT(MEASURES); m++) {
        for (size_t p = 0; p < LOAD_PERIODS; p++) {
            if (th_bytes_equal(measure, th_bytes_of(MEASURES[m])) &&
                th_bytes_equal(period, th_bytes_of(LOAD_PERIOD_LABELS[p]))) {
                *topic = m * LOAD_PERIODS + p;
                return true;
            }
        }
    }
    return false;
}

bool fold_cell_named(size_t topic, struct th_bytes dims, size_t *found)
{
    for (size_t kind = 0; kind < FOLD_KINDS; kind++) {
        if (CELLS[kind].measure == topic / LOAD_PERIODS &&
            th_bytes_equal(dims, th_bytes_of(CELLS[kind].dims))) {
            *found = cell(kind, (uint32_t)(topic % LOAD_PERIODS));
            return true;
        }
    }
    return false;
}

bool fold_is_covered(const struct fold_commune *commune, size_t of)
{
    const unsigned cover = CELLS[of / LOAD_PERIODS].cover;
    for (size_t kind = 0; kind < FOLD_KINDS; kind++) {
        const size_t other = cell(kind, (uint32_t)(of % LOAD_PERIODS));
        if (CELLS[kind].cover == cover && commune->sums[other].contributions > 0) {
            return true;
        }
    }
    return false;
}
