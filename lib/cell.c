// cell.c - arithmetic of one total; no I/O, no allocation, no clock

#include "tonghop/cell.h"

#include <string.h>

#include "tonghop/fault.h"

// The change a figure makes, in a sum that cannot overflow. Everything is worked out here first and
// stored only when all of it fits (C3).
__extension__ typedef __int128 wide;

struct sums {
    wide value, of, before, after;
};

static void sums_take(struct sums *sums, const struct th_figure *figure, int sign)
{
    if (figure == NULL || figure->not_applicable) {
        return;
    }
    sums->value += (wide)sign * figure->value;
    if (figure->has_of) {
        sums->of += (wide)sign * figure->of;
    }
    if (figure->has_levels) {
        sums->before += (wide)sign * figure->before;
        sums->after += (wide)sign * figure->after;
    }
}

static bool fits(wide sum)
{
    return sum >= INT64_MIN && sum <= INT64_MAX;
}

static uint64_t *qualifier_count(struct th_cell *cell, uint32_t qualifier)
{
    switch (qualifier) {
    case TH_QUALIFIER_EXACT:
        return &cell->exact;
    case TH_QUALIFIER_OVER:
        return &cell->over;
    case TH_QUALIFIER_UNDER:
        return &cell->under;
    case TH_QUALIFIER_ABOUT:
        return &cell->about;
    default:
        th_unreachable();
    }
}

static void count_in(struct th_cell *cell, const struct th_figure *figure)
{
    if (figure->not_applicable) {
        cell->not_applicable++;
        return;
    }
    *qualifier_count(cell, figure->qualifier) += 1;
    cell->with_of += figure->has_of ? 1 : 0;
    cell->with_levels += figure->has_levels ? 1 : 0;
}

static void count_down(uint64_t *count)
{
    th_assert(*count > 0);
    *count -= 1;
}

static void count_out(struct th_cell *cell, const struct th_figure *figure)
{
    if (figure->not_applicable) {
        count_down(&cell->not_applicable);
        return;
    }
    count_down(qualifier_count(cell, figure->qualifier));
    if (figure->has_of) {
        count_down(&cell->with_of);
    }
    if (figure->has_levels) {
        count_down(&cell->with_levels);
    }
}

enum th_err
th_cell_replace(struct th_cell *cell, const struct th_figure *gone, const struct th_figure *come)
{
    struct sums sums = {cell->value, cell->of, cell->before, cell->after};
    sums_take(&sums, gone, -1);
    sums_take(&sums, come, 1);
    if (!fits(sums.value) || !fits(sums.of) || !fits(sums.before) || !fits(sums.after)) {
        return TH_E_INVALID;
    }

    if (gone != NULL) {
        count_out(cell, gone);
    }
    if (come != NULL) {
        count_in(cell, come);
    }
    cell->value = (int64_t)sums.value;
    cell->of = (int64_t)sums.of;
    cell->before = (int64_t)sums.before;
    cell->after = (int64_t)sums.after;
    return TH_OK;
}

enum th_err th_cell_add(struct th_cell *cell, const struct th_figure *figure)
{
    return th_cell_replace(cell, NULL, figure);
}

void th_cell_retract(struct th_cell *cell, const struct th_figure *figure)
{
    const enum th_err err = th_cell_replace(cell, figure, NULL);
    th_assert(err == TH_OK);
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

void th_cell_add_any(struct th_cell *cell, const struct th_figure *figure)
{
    count_in(cell, figure);
    if (figure->not_applicable) {
        return;
    }
    cell->value = plus(cell->value, figure->value);
    cell->of = plus(cell->of, figure->has_of ? figure->of : 0);
    cell->before = plus(cell->before, figure->has_levels ? figure->before : 0);
    cell->after = plus(cell->after, figure->has_levels ? figure->after : 0);
}

static uint64_t with_value(const struct th_cell *cell)
{
    return cell->exact + cell->over + cell->under + cell->about;
}

uint64_t th_cell_contributions(const struct th_cell *cell)
{
    return with_value(cell) + cell->not_applicable;
}

bool th_cell_is_empty(const struct th_cell *cell)
{
    return th_cell_contributions(cell) == 0;
}

bool th_cell_equal(const struct th_cell *a, const struct th_cell *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; // 64-bit fields only: there is no padding
}

uint32_t th_qualifier_sum(uint32_t a, uint32_t b)
{
    if (a == TH_QUALIFIER_NONE || a == b) {
        return b;
    }
    if (b == TH_QUALIFIER_NONE) {
        return a;
    }
    if (a == TH_QUALIFIER_EXACT) {
        return b;
    }
    if (th_mutant(77)) {
        return a;
    }
    // What is left differs, and neither is exact unless b is: about wins, over with under is about.
    return b == TH_QUALIFIER_EXACT ? a : (uint32_t)TH_QUALIFIER_ABOUT;
}

static uint32_t cell_qualifier(const struct th_cell *cell)
{
    uint32_t sum = cell->exact > 0 ? TH_QUALIFIER_EXACT : TH_QUALIFIER_NONE;
    sum = th_qualifier_sum(sum, cell->over > 0 ? TH_QUALIFIER_OVER : TH_QUALIFIER_NONE);
    sum = th_qualifier_sum(sum, cell->under > 0 ? TH_QUALIFIER_UNDER : TH_QUALIFIER_NONE);
    return th_qualifier_sum(sum, cell->about > 0 ? TH_QUALIFIER_ABOUT : TH_QUALIFIER_NONE);
}

struct th_figure th_cell_figure(const struct th_cell *cell)
{
    const uint64_t valued = with_value(cell);
    if (valued == 0) {
        return (struct th_figure){.not_applicable = cell->not_applicable > 0};
    }
    const bool has_of = cell->with_of == valued;
    const bool has_levels = cell->with_levels == valued;
    return (struct th_figure){
        .qualifier = cell_qualifier(cell),
        .has_of = has_of,
        .has_levels = has_levels,
        .value = cell->value,
        .of = has_of ? cell->of : 0,
        .before = has_levels ? cell->before : 0,
        .after = has_levels ? cell->after : 0,
    };
}

// ---- bytes ----
//
// A varint of bits, one for each field that is not zero, then those fields: sums as zigzag, counts
// as varints. A cell has one spelling, so equal bytes are equal cells and the other way round.

enum { CELL_SUMS = 4, CELL_COUNTS = 8 };

static void sums_of(const struct th_cell *cell, int64_t out[static CELL_SUMS])
{
    const int64_t sums[CELL_SUMS] = {cell->value, cell->of, cell->before, cell->after};
    memcpy(out, sums, sizeof(sums));
}

static void counts_of(const struct th_cell *cell, uint64_t out[static CELL_COUNTS])
{
    const uint64_t counts[CELL_COUNTS] = {cell->exact,
                                          cell->over,
                                          cell->under,
                                          cell->about,
                                          cell->not_applicable,
                                          cell->with_of,
                                          cell->with_levels,
                                          cell->reported};
    memcpy(out, counts, sizeof(counts));
}

void th_cell_write(struct th_writer *writer, const struct th_cell *cell)
{
    int64_t sums[CELL_SUMS];
    uint64_t counts[CELL_COUNTS];
    sums_of(cell, sums);
    counts_of(cell, counts);

    uint64_t bits = 0;
    for (unsigned i = 0; i < CELL_SUMS; i++) {
        bits |= sums[i] != 0 ? UINT64_C(1) << i : 0;
    }
    for (unsigned i = 0; i < CELL_COUNTS; i++) {
        bits |= counts[i] != 0 ? UINT64_C(1) << (CELL_SUMS + i) : 0;
    }

    th_write_varint(writer, bits);
    for (unsigned i = 0; i < CELL_SUMS; i++) {
        if (sums[i] != 0) {
            th_write_zigzag(writer, sums[i]);
        }
    }
    for (unsigned i = 0; i < CELL_COUNTS; i++) {
        if (counts[i] != 0) {
            th_write_varint(writer, counts[i]);
        }
    }
}

void th_cell_read(struct th_reader *reader, struct th_cell *cell)
{
    int64_t sums[CELL_SUMS] = {0};
    uint64_t counts[CELL_COUNTS] = {0};
    const uint64_t bits = th_read_varint(reader);
    bool canonical = bits < UINT64_C(1) << (CELL_SUMS + CELL_COUNTS);

    for (unsigned i = 0; i < CELL_SUMS; i++) {
        if ((bits >> i & 1) != 0) {
            sums[i] = th_read_zigzag(reader);
            canonical = canonical && sums[i] != 0;
        }
    }
    for (unsigned i = 0; i < CELL_COUNTS; i++) {
        if ((bits >> (CELL_SUMS + i) & 1) != 0) {
            counts[i] = th_read_varint(reader);
            canonical = canonical && counts[i] != 0;
        }
    }

    reader->failed = reader->failed || !canonical;
    *cell = (struct th_cell){0};
    if (!reader->failed) {
        *cell = (struct th_cell){
            .value = sums[0],
            .of = sums[1],
            .before = sums[2],
            .after = sums[3],
            .exact = counts[0],
            .over = counts[1],
            .under = counts[2],
            .about = counts[3],
            .not_applicable = counts[4],
            .with_of = counts[5],
            .with_levels = counts[6],
            .reported = counts[7],
        };
    }
}

struct th_bytes th_dims_member(struct th_bytes dims, struct th_bytes key)
{
    const char *at = dims.data;
    size_t left = dims.size;
    while (left > 0) {
        const char *end = memchr(at, ';', left);
        const size_t part = end == NULL ? left : (size_t)(end - at);
        if (part > key.size && at[key.size] == '=' && memcmp(at, key.data, key.size) == 0) {
            return (struct th_bytes){.data = at + key.size + 1, .size = part - key.size - 1};
        }
        const size_t step = end == NULL ? left : part + 1;
        at += step;
        left -= step;
    }
    return (struct th_bytes){0};
}
