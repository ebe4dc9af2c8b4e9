// restated_sum.c - sums of the units asked for, conservation, and the lines

#include <stdio.h>

#include "tonghop/hash.h"

#include "workers/restated_body.h"

enum { LINE_BYTES = 640 }; // what a sum will take again as a line

// ---- cells ----

static void cell_add(struct restated_cell *sum, const struct th_figure *figure)
{
    struct th_figure counted = *figure;
    counted.value = counted.of = counted.before = counted.after = 0;
    const enum th_err err = th_cell_add(&sum->cell, &counted);
    th_assert(err == TH_OK); // zeros do not overflow
    if (!figure->not_applicable) {
        sum->value += figure->value;
        sum->of += figure->has_of ? figure->of : 0;
        sum->before += figure->has_levels ? figure->before : 0;
        sum->after += figure->has_levels ? figure->after : 0;
    }
}

static void cell_add_cell(struct restated_cell *sum, const struct th_cell *cell)
{
    sum->value += cell->value;
    sum->of += cell->of;
    sum->before += cell->before;
    sum->after += cell->after;
    sum->cell.exact += cell->exact;
    sum->cell.over += cell->over;
    sum->cell.under += cell->under;
    sum->cell.about += cell->about;
    sum->cell.not_applicable += cell->not_applicable;
    sum->cell.with_of += cell->with_of;
    sum->cell.with_levels += cell->with_levels;
}

static bool cell_equal(const struct restated_cell *a, const struct restated_cell *b)
{
    return a->value == b->value && a->of == b->of && a->before == b->before &&
           a->after == b->after && th_cell_equal(&a->cell, &b->cell);
}

static bool fits(restated_number number)
{
    return number >= INT64_MIN && number <= INT64_MAX;
}

static enum th_err
cell_finish(const struct restated_cell *sum, uint64_t reported, struct th_cell *cell)
{
    if (!fits(sum->value) || !fits(sum->of) || !fits(sum->before) || !fits(sum->after)) {
        return TH_E_INVALID;
    }
    *cell = sum->cell;
    cell->value = (int64_t)sum->value;
    cell->of = (int64_t)sum->of;
    cell->before = (int64_t)sum->before;
    cell->after = (int64_t)sum->after;
    cell->reported = reported;
    return TH_OK;
}

// ---- sums ----

static bool same_sum(const struct restated *restated, uint32_t item, const void *key)
{
    const struct restated_sum *sum = &restated->sums.items[item];
    const struct restated_sum *wanted = key;
    return sum->column == wanted->column && sum->uid == wanted->uid &&
           sum->source == wanted->source;
}

static struct restated_search search_sum(const struct restated *restated,
                                         const struct restated_sum *key)
{
    uint8_t bytes[12];
    th_put_u32(bytes, key->column);
    th_put_u32(bytes + 4, key->uid);
    th_put_u32(bytes + 8, key->source);
    const struct th_bytes whole = {bytes, sizeof(bytes)};
    return (struct restated_search){
        .index = (struct restated_index *)(uintptr_t)&restated->sum_index,
        .hash = th_hash64(restated->seed, &whole, 1),
        .same = same_sum,
        .key = key,
    };
}

struct restated_sum *restated_sum_of(const struct restated *restated, uint32_t column, uint32_t uid)
{
    const struct restated_sum key = {.column = column, .uid = uid};
    const struct restated_search search = search_sum(restated, &key);
    const uint32_t item = restated_get(restated, &search);
    return item == 0 ? NULL : &restated->sums.items[item - 1];
}

static enum th_err
add_sum(struct restated *restated, const struct restated_sum *key, const struct th_figure *figure)
{
    const struct restated_search search = search_sum(restated, key);
    uint32_t *item = NULL;
    TH_TRY(restated_find(restated, &search, &item));
    if (*item == 0) {
        TH_TRY(RESTATED_ROOM(restated, &restated->sums));
        TH_TRY(restated_take(restated, LINE_BYTES));
        restated->sums.items[restated->sums.count++] =
            (struct restated_sum){.column = key->column, .uid = key->uid, .source = key->source};
        *item = (uint32_t)restated->sums.count;
    }
    struct restated_sum *sum = &restated->sums.items[*item - 1];
    sum->combos |= key->combos;
    cell_add(&sum->cell, figure);
    return TH_OK;
}

// ---- adding ----

static bool is_alive(const struct restated *restated, uint32_t number)
{
    struct th_unit unit;
    const struct restated_setup *setup = &restated->setup;
    return th_register_on(setup->wide, restated->same[number], setup->day, &unit) == TH_OK;
}

// Units of several registers that are one are named once.
static uint32_t source_of(const struct restated *restated, uint32_t number)
{
    const uint32_t same = restated->same[number];
    return same != TH_UNIT_NONE ? same : th_register_unit_count(restated->setup.wide) + 1 + number;
}

static enum th_err add_unallocated(struct restated *restated,
                                   const struct restated_sum *key,
                                   uint32_t number,
                                   const struct th_figure *figure)
{
    struct restated_sum part = *key;
    part.source = source_of(restated, number);
    return th_lines_asks_unallocated(restated->lines) && restated->asked[key->uid] != 0
               ? add_sum(restated, &part, figure)
               : TH_OK;
}

// R3
static enum th_err add_listed(struct restated *restated,
                              const struct restated_sum *key,
                              uint32_t number,
                              const struct th_figure *figure)
{
    cell_add(&restated->columns.items[key->column].stands, figure);
    if (!is_alive(restated, number)) {
        return add_unallocated(restated, key, number, figure);
    }
    return restated->asked[key->uid] != 0 ? add_sum(restated, key, figure) : TH_OK;
}

// R1
static enum th_err add_summed(struct restated *restated,
                              const struct restated_sum *key,
                              uint32_t number,
                              const struct th_figure *figure)
{
    const struct restated_chain *chain = restated_chain_of(restated, key->uid);
    for (size_t i = 0; i < chain->depth; i++) {
        struct restated_sum at = *key;
        at.uid = chain->path[i];
        if (at.uid == TH_UNIT_NONE) {
            cell_add(&restated->columns.items[key->column].stands, figure);
        }
        if (restated->asked[at.uid] != 0) {
            TH_TRY(add_sum(restated, &at, figure));
        }
    }
    return restated->standings[number].arrived ? TH_OK
                                               : add_unallocated(restated, key, number, figure);
}

enum th_err restated_add(struct restated *restated, size_t source, const struct figures_one *one)
{
    const uint32_t number = restated_number_of(restated, source, one->uid);
    struct restated_sum key = {.uid = restated->standings[number].uid};
    TH_TRY(restated_column_of(restated, one->measure, one->period, one->dims, &key.column));
    if (key.column == RESTATED_NONE) {
        return TH_OK;
    }
    struct restated_column *column = &restated->columns.items[key.column];
    if (column->said != NULL) {
        restated_set_bit(column->said, number);
    }
    if (one->category.size > 0) {
        TH_TRY(restated_combo_bit(restated, key.column, one, &key.combos));
    }
    return column->listed ? add_listed(restated, &key, number, &one->figure)
                          : add_summed(restated, &key, number, &one->figure);
}

enum th_err restated_add_total(struct restated *restated,
                               const struct figure_key *at,
                               const struct th_cell *cell)
{
    uint32_t column = 0;
    TH_TRY(restated_column_of(restated, at->measure, at->period, at->dims, &column));
    if (column != RESTATED_NONE) {
        cell_add_cell(&restated->columns.items[column].reported, cell);
    }
    return TH_OK;
}

bool restated_is_conserved(const struct restated *restated, char fault[static RESTATED_FAULT_BYTES])
{
    for (size_t i = 0; i < restated->columns.count; i++) {
        const struct restated_column *column = &restated->columns.items[i];
        if (!cell_equal(&column->stands, &column->reported)) {
            (void)snprintf(fault,
                           RESTATED_FAULT_BYTES,
                           "%.*s %s",
                           (int)column->measure.size,
                           (const char *)column->measure.data,
                           column->period_text);
            return false;
        }
    }
    return true;
}

// ---- the lines ----

// "376@2025-06-30": the unit's code on the day nearest to the target day, and that day.
static struct th_bytes
write_source(const struct restated *restated, uint32_t source, char out[static TH_UNIT_REF_MAX + 1])
{
    const struct th_register *reg = restated->setup.wide;
    const uint32_t known = th_register_unit_count(reg);
    uint32_t uid = source;
    if (source > known) {
        const size_t at = restated_source_of(restated, source - known - 1, &uid);
        reg = restated->setup.sources[at].reg;
    }
    const th_day day = restated_day_near(restated, reg, uid);
    struct th_unit unit;
    char text[TH_DAY_TEXT_BYTES];
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_UNIT_REF_MAX + 1};
    const enum th_err err = th_register_on(reg, uid, day, &unit);
    th_assert(err == TH_OK);
    th_write_bytes(&writer, unit.code);
    th_write_u8(&writer, '@');
    th_write_bytes(&writer, th_bytes_of(th_day_text(day, text)));
    return th_written(&writer);
}

static enum th_err feed(struct restated *restated, const struct restated_sum *sum)
{
    const struct restated_column *column = &restated->columns.items[sum->column];
    const struct th_bytes period = th_bytes_of(column->period_text);
    struct th_cell cell;
    if (sum->source == 0) {
        TH_TRY(cell_finish(&sum->cell, sum->reported, &cell));
        return th_lines_set(
            restated->lines, column->measure, period, sum->uid, column->dims, &cell);
    }
    // What is unallocated carries the coverage of the unit where it stands.
    char source[TH_UNIT_REF_MAX + 1];
    const struct restated_sum *own = restated_sum_of(restated, sum->column, sum->uid);
    TH_TRY(cell_finish(&sum->cell, own == NULL ? 0 : own->reported, &cell));
    return th_lines_set_unallocated(restated->lines,
                                    column->measure,
                                    period,
                                    sum->uid,
                                    column->dims,
                                    write_source(restated, sum->source, source),
                                    &cell);
}

enum th_err restated_finish(struct restated *restated)
{
    TH_TRY(restated_cover(restated));
    for (size_t i = 0; i < restated->columns.count; i++) {
        const struct restated_column *column = &restated->columns.items[i];
        TH_TRY(th_lines_know(restated->lines, column->measure, th_bytes_of(column->period_text)));
    }
    for (size_t i = 0; i < restated->sums.count; i++) {
        TH_TRY(feed(restated, &restated->sums.items[i]));
    }
    return TH_OK;
}
