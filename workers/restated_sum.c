// restated_sum.c - sums of the units asked for, conservation, and the lines

#include <stdio.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "workers/restated_body.h"

enum { LINE_BYTES = 640 }; // what a sum will take again as a line

// ---- cells ----

static struct restated_cell cell_of(const struct th_figure *figure)
{
    struct restated_cell cell = {.value = 0};
    struct th_figure counted = *figure;
    counted.value = counted.of = counted.before = counted.after = 0;
    const enum th_err err = th_cell_add(&cell.cell, &counted);
    th_assert(err == TH_OK); // zeros do not overflow
    if (!figure->not_applicable) {
        cell.value = figure->value;
        cell.of = figure->has_of ? figure->of : 0;
        cell.before = figure->has_levels ? figure->before : 0;
        cell.after = figure->has_levels ? figure->after : 0;
    }
    return cell;
}

static void add_counts(struct th_cell *sum, const struct th_cell *cell)
{
    sum->exact += cell->exact;
    sum->over += cell->over;
    sum->under += cell->under;
    sum->about += cell->about;
    sum->not_applicable += cell->not_applicable;
    sum->with_of += cell->with_of;
    sum->with_levels += cell->with_levels;
}

static void cell_add(struct restated_cell *sum, const struct restated_cell *cell)
{
    sum->value += cell->value;
    sum->of += cell->of;
    sum->before += cell->before;
    sum->after += cell->after;
    add_counts(&sum->cell, &cell->cell);
}

void restated_cell_add(struct restated_cell *sum, const struct th_cell *cell)
{
    sum->value += cell->value;
    sum->of += cell->of;
    sum->before += cell->before;
    sum->after += cell->after;
    add_counts(&sum->cell, cell);
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

uint64_t restated_hash_sum(const struct restated *restated, uint32_t a, uint32_t b, uint32_t c)
{
    uint8_t bytes[12];
    th_put_u32(bytes, a);
    th_put_u32(bytes + 4, b);
    th_put_u32(bytes + 8, c);
    const struct th_bytes whole = {bytes, sizeof(bytes)};
    return th_hash64(restated->seed, &whole, 1);
}

static struct restated_search search_sum(const struct restated *restated,
                                         const struct restated_sum *key)
{
    return (struct restated_search){
        .index = (struct restated_index *)(uintptr_t)&restated->sum_index,
        .hash = restated_hash_sum(restated, key->column, key->uid, key->source),
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

// The key of a sum, with what is to be added to it.
static enum th_err add_sum(struct restated *restated, const struct restated_sum *more)
{
    const struct restated_search search = search_sum(restated, more);
    uint32_t *item = NULL;
    TH_TRY(restated_find(restated, &search, &item));
    if (*item == 0) {
        TH_TRY(RESTATED_ROOM(restated, &restated->sums));
        TH_TRY(restated_take(restated, LINE_BYTES));
        restated->sums.items[restated->sums.count++] =
            (struct restated_sum){.column = more->column, .uid = more->uid, .source = more->source};
        *item = (uint32_t)restated->sums.count;
    }
    struct restated_sum *sum = &restated->sums.items[*item - 1];
    sum->combos |= more->combos;
    cell_add(&sum->cell, &more->cell);
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

static enum th_err
add_unallocated(struct restated *restated, const struct restated_sum *more, uint32_t number)
{
    struct restated_sum part = *more;
    part.source = source_of(restated, number);
    return th_lines_asks_unallocated(restated->lines) && restated->asked[more->uid] != 0
               ? add_sum(restated, &part)
               : TH_OK;
}

// R1, R3: at the unit where it stands, and those above.
static enum th_err
add_told(struct restated *restated, const struct restated_sum *more, uint32_t number)
{
    if (restated->columns.items[more->column].listed) {
        if (!is_alive(restated, number)) {
            return add_unallocated(restated, more, number);
        }
        return restated->asked[more->uid] != 0 ? add_sum(restated, more) : TH_OK;
    }
    const struct restated_chain *chain = restated_chain_of(restated, more->uid);
    for (size_t i = 0; i < chain->depth; i++) {
        struct restated_sum at = *more;
        at.uid = chain->path[i];
        if (restated->asked[at.uid] != 0) {
            TH_TRY(add_sum(restated, &at));
        }
    }
    return restated->standings[number].arrived ? TH_OK : add_unallocated(restated, more, number);
}

// What will be held against the totals: once for each root, or where a listed figure stands.
static void add_checked(struct restated *restated, const struct restated_said *said)
{
    const struct restated_chain *chain =
        restated_chain_of(restated, restated->standings[said->number].uid);
    struct restated_column *column = &restated->columns.items[said->checked];
    for (size_t i = 0; i < chain->depth; i++) {
        if (chain->path[i] == TH_UNIT_NONE) {
            cell_add(&column->stands, &said->cell);
        }
    }
}

static enum th_err put_column(struct restated *restated,
                              uint32_t at,
                              const struct restated_series *series,
                              const struct restated_said *said)
{
    struct restated_column *column = &restated->columns.items[at];
    uint8_t **bits = series->whole ? &column->spread : &column->said;
    if (*bits == NULL) {
        TH_TRY(restated_bits(restated, bits));
    }
    restated_set_bit(*bits, said->number);
    struct restated_sum more = {
        .column = at,
        .uid = restated->standings[said->number].uid,
        .cell = said->cell,
    };
    if (said->one != NULL && column->covering == COVER_EVALUATION) {
        TH_TRY(restated_combo_bit(restated, at, said->one, &more.combos));
    }
    return add_told(restated, &more, said->number);
}

enum th_err restated_put(struct restated *restated,
                         const struct restated_series *series,
                         const struct restated_said *said)
{
    const struct restated_series copy = *series; // the list may move
    if (said->checked != RESTATED_NONE) {
        add_checked(restated, said);
    }
    if (copy.column != RESTATED_NONE && copy.told) {
        TH_TRY(put_column(restated, copy.column, &copy, said));
    }
    for (uint32_t i = 0; i < copy.sum_count; i++) {
        const uint32_t column = restated->sum_columns.items[copy.first_sum + i];
        TH_TRY(put_column(restated, column, &copy, said));
    }
    return TH_OK;
}

enum th_err restated_add(struct restated *restated, size_t source, const struct figures_one *one)
{
    const struct restated_series *series = NULL;
    struct restated_said said = {
        .number = restated_number_of(restated, source, one->uid),
        .cell = cell_of(&one->figure),
        .one = one->category.size > 0 ? one : NULL,
    };
    if (th_fault_hit("restated.lost")) {
        return TH_OK;
    }
    TH_TRY(restated_series_of(restated, one->measure, one->period, one->total_dims, &series));
    said.checked = one->no_total ? RESTATED_NONE : series->column;
    if (!th_bytes_equal(one->dims, one->total_dims)) {
        TH_TRY(restated_series_of(restated, one->measure, one->period, one->dims, &series));
    }
    return restated_put(restated, series, &said);
}

enum th_err restated_add_total(struct restated *restated,
                               const struct figure_key *at,
                               const struct th_cell *cell)
{
    const struct restated_series *series = NULL;
    TH_TRY(restated_series_of(restated, at->measure, at->period, at->dims, &series));
    if (series->column != RESTATED_NONE) {
        restated_cell_add(&restated->columns.items[series->column].reported, cell);
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
    const struct th_lines_unallocated part = {
        .measure = column->measure,
        .period = period,
        .uid = sum->uid,
        .dims = column->dims,
        .source = write_source(restated, sum->source, source),
    };
    return th_lines_set_unallocated(restated->lines, &part, &cell);
}

enum th_err restated_finish(struct restated *restated)
{
    TH_TRY(restated_cover(restated));
    TH_TRY(restated_feed_parts(restated));
    for (size_t i = 0; i < restated->columns.count; i++) {
        const struct restated_column *column = &restated->columns.items[i];
        TH_TRY(th_lines_know(restated->lines, column->measure, th_bytes_of(column->period_text)));
    }
    for (size_t i = 0; i < restated->sums.count; i++) {
        TH_TRY(feed(restated, &restated->sums.items[i]));
    }
    return TH_OK;
}
