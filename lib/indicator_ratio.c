// indicator_ratio.c - one sum over another, of the lines of one unit in one period

#include <stdlib.h>

#include "tonghop/cell.h"
#include "tonghop/text.h"

#include "lib/indicator_body.h"

struct side {
    bool known;
    indicator_wide sum;
    uint32_t decimals;
    uint32_t qualifier;
    unsigned marks;
    bool points; // scores, which are kept in hundredths
    bool personal;
    bool hidden; // from the public
    bool dated;  // edition_ms is that of its lines
    int64_t edition_ms;
};

// What an operand came to.
enum found {
    FOUND_NOTHING, // of a measure that has no line here: the others of its side decide
    FOUND,
    FOUND_ABSENT, // the indicator has no value
};

uint32_t indicator_swapped(uint32_t qualifier)
{
    if (qualifier == TH_QUALIFIER_OVER) {
        return TH_QUALIFIER_UNDER;
    }
    return qualifier == TH_QUALIFIER_UNDER ? (uint32_t)TH_QUALIFIER_OVER : qualifier;
}

// ---- operands ----

static const indicator_wide TENS[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

static struct th_opt part_of(const struct th_line *line, enum th_operand_part part)
{
    const struct th_total *cell = &line->cell;
    switch (part) {
    case TH_PART_VALUE:
        return cell->value;
    case TH_PART_OF:
        return cell->of;
    case TH_PART_BEFORE:
        return cell->before;
    case TH_PART_AFTER:
        return cell->after;
    }
    th_unreachable();
}

// Of n of m without m, m is counted in the register where the measure says of what level it is.
static enum th_err of_register(const struct indicator_work *work,
                               const struct th_measure *measure,
                               const struct th_operand *operand,
                               struct th_opt *number,
                               struct side *side)
{
    if (number->has || operand->part != TH_PART_OF || measure->of_level.size == 0 ||
        work->group->uid == TH_UNIT_NONE) {
        return TH_OK;
    }
    number->has = true;
    side->marks |= TH_MARK_FROM_REGISTER;
    return indicator_units_of(work->indicators, work->group, measure->of_level, &number->value);
}

static enum th_err add_line(const struct indicator_work *work,
                            const struct th_measure *measure,
                            const struct th_operand *operand,
                            const struct th_line *line,
                            struct side *side,
                            enum found *found)
{
    struct th_opt number = part_of(line, operand->part);
    uint32_t qualifier = TH_QUALIFIER_EXACT; // of all parts but value
    side->personal = side->personal || measure->personal;
    side->hidden =
        side->hidden || line->hidden || (side->dated && side->edition_ms != line->edition_ms);
    side->edition_ms = line->edition_ms;
    side->dated = true;
    TH_TRY(of_register(work, measure, operand, &number, side));
    if (!number.has) {
        *found = FOUND_ABSENT;
        return TH_OK;
    }
    if (operand->part == TH_PART_VALUE) {
        qualifier = line->cell.qualifier;
    }
    const indicator_wide scaled = number.value * TENS[side->decimals - measure->decimals];
    side->sum += operand->minus ? -scaled : scaled;
    side->qualifier = th_qualifier_sum(side->qualifier,
                                       operand->minus ? indicator_swapped(qualifier) : qualifier);
    *found = FOUND;
    return TH_OK;
}

static bool is_figure(const struct th_line *line)
{
    return line->cell.contributions > 0 && !line->cell.not_applicable;
}

// All keys of the split that contain the members. A measure that has other keys there says 0.
static enum th_err add_sum(const struct indicator_work *work,
                           const struct th_measure *measure,
                           const struct th_operand *operand,
                           struct side *side,
                           enum found *found)
{
    char room[INDICATOR_DIMS_MAX];
    size_t count = 0;
    const struct th_line *lines = indicator_lines_of(work->group, measure->code, &count);
    *found = FOUND_NOTHING;
    for (size_t i = 0; i < count && *found != FOUND_ABSENT; i++) {
        const struct th_bytes dims = lines[i].cell.dims;
        if (!is_figure(&lines[i]) ||
            !th_bytes_equal(indicator_project(work, dims, room), work->split)) {
            continue;
        }
        *found = FOUND;
        if (indicator_dims_contain(dims, operand->dims)) {
            TH_TRY(add_line(work, measure, operand, &lines[i], side, found));
        }
    }
    return TH_OK;
}

// The key that has exactly the members and the split.
static enum th_err add_key(const struct indicator_work *work,
                           const struct th_measure *measure,
                           const struct th_operand *operand,
                           struct side *side,
                           enum found *found)
{
    size_t count = 0;
    const struct th_line *key = NULL;
    const struct th_line *lines = indicator_lines_of(work->group, measure->code, &count);
    *found = FOUND_ABSENT;
    for (size_t i = 0; i < count; i++) {
        if (indicator_dims_are(lines[i].cell.dims, operand->dims, work->split)) {
            if (key != NULL) {
                return TH_OK; // * is several
            }
            key = &lines[i];
        }
    }
    if (key == NULL || !is_figure(key)) {
        return TH_OK;
    }
    return add_line(work, measure, operand, key, side, found);
}

static uint32_t side_decimals(const struct indicator_work *work,
                              const struct th_operand *operands,
                              size_t count,
                              struct side *side)
{
    struct th_measure measure;
    uint32_t decimals = 0;
    for (size_t i = 0; i < count; i++) {
        if (indicator_measure_of(work, &operands[i], &measure)) {
            decimals = measure.decimals > decimals ? measure.decimals : decimals;
            side->points = side->points || (th_bytes_equal(measure.code, TH_BYTES("EV02")) &&
                                            operands[i].part == TH_PART_VALUE);
        }
    }
    return decimals;
}

static enum th_err add_up(const struct indicator_work *work,
                          const struct th_operand *operands,
                          size_t count,
                          struct side *side)
{
    *side = (struct side){.qualifier = TH_QUALIFIER_NONE};
    side->decimals = side_decimals(work, operands, count, side);
    for (size_t i = 0; i < count; i++) {
        struct th_measure measure;
        enum found found = FOUND_ABSENT;
        if (indicator_measure_of(work, &operands[i], &measure)) {
            TH_TRY(measure.marginal == TH_MARGINAL_SUM
                       ? add_sum(work, &measure, &operands[i], side, &found)
                       : add_key(work, &measure, &operands[i], side, &found));
        }
        if (found == FOUND_ABSENT) {
            side->known = false;
            return TH_OK;
        }
        side->known = side->known || found == FOUND;
    }
    side->known = side->known && side->sum >= -INT64_MAX && side->sum <= INT64_MAX;
    return TH_OK;
}

// ---- the row ----

bool indicator_divide(const struct th_indicator_row *row, uint32_t scale, int64_t *result)
{
    const bool measured = scale == 1; // the result keeps the decimals of num
    const indicator_wide by =
        row->den.value * (measured ? (indicator_wide)1 : TENS[row->num_decimals]);
    const indicator_wide number = (indicator_wide)row->num.value * scale * TENS[row->den_decimals];
    if (by <= 0) {
        return false;
    }
    const indicator_wide size = number < 0 ? -number : number;
    const indicator_wide rounded = size / by + (2 * (size % by) >= by ? 1 : 0); // half-up
    if (rounded > INT64_MAX) {
        return false;
    }
    *result = number < 0 ? -(int64_t)rounded : (int64_t)rounded;
    return true;
}

static struct th_opt opt_of(const struct side *side)
{
    return (struct th_opt){.has = side->known, .value = side->known ? (int64_t)side->sum : 0};
}

static bool is_n_of_m(const struct indicator_work *work)
{
    const struct th_indicator *indicator = work->indicator;
    struct th_measure measure;
    return indicator->num_count == 1 && indicator->den_count == 1 && indicator->scale == 1000 &&
           indicator->den[0].part == TH_PART_OF &&
           indicator_measure_of(work, &indicator->den[0], &measure) &&
           measure.shape == TH_SHAPE_N_OF_M;
}

static enum th_err make_den(struct indicator_work *work, struct side *den)
{
    const struct th_indicator *indicator = work->indicator;
    if (indicator->den_level.size == 0) {
        return add_up(work, indicator->den, indicator->den_count, den);
    }
    int64_t units = 0;
    if (work->group->uid == TH_UNIT_NONE) {
        return TH_OK;
    }
    TH_TRY(indicator_units_of(work->indicators, work->group, indicator->den_level, &units));
    *den = (struct side){.known = true, .sum = units, .qualifier = TH_QUALIFIER_EXACT};
    den->marks = TH_MARK_FROM_REGISTER;
    return TH_OK;
}

// Who left less who joined. Of a unit that nobody left or joined that side is nothing; over the
// province the two are the same people.
static void set_balance(struct indicator_work *work, struct th_indicator_row *row)
{
    row->num.has = row->den.has = row->value.has = true;
    row->value.value = row->num.value - row->den.value;
    row->qualifier = TH_QUALIFIER_EXACT;
    if (row->value.value != 0 && row->uid == work->indicators->root) {
        row->marks |= TH_MARK_UNBALANCED;
    }
}

static void set_value(struct th_indicator_row *row, const struct side *num, const struct side *den)
{
    const uint32_t scale = row->indicator->scale;
    const bool sum = row->indicator->den_count == 0 && row->indicator->den_level.size == 0;
    if (sum) {
        row->value = row->num;
        row->qualifier = num->qualifier;
    } else if (num->known && den->known && indicator_divide(row, scale, &row->value.value)) {
        row->value.has = true;
        row->qualifier = th_qualifier_sum(num->qualifier, indicator_swapped(den->qualifier));
        row->marks = num->marks | den->marks;
    }
    if (sum || scale == 1) {
        row->value_decimals = num->decimals;
        row->people_decimals = num->points ? (uint32_t)TH_SCORE_DECIMALS : num->decimals;
    }
    // Nobody in the groups counted: the key of a measure that is added up is 0, and exact.
    row->qualifier = row->value.has && row->qualifier == TH_QUALIFIER_NONE
                         ? (uint32_t)TH_QUALIFIER_EXACT
                         : row->qualifier;
}

// Whoever knows a share of few people, and who they are, knows more.
static bool is_hidden(const struct indicator_work *work,
                      const struct th_indicator_row *row,
                      const struct side *num,
                      const struct side *den)
{
    const struct th_catalogue_settings *settings =
        th_catalogue_settings(work->indicators->catalogue);
    const bool share = indicator_is_share(row->indicator) && row->indicator->scale != 1;
    const bool few = share && (num->personal || den->personal) && row->den.has &&
                     row->den.value < settings->public_share_base;
    const bool mixed = num->dated && den->dated && num->edition_ms != den->edition_ms;
    return work->indicators->for_public && (num->hidden || den->hidden || few || mixed);
}

static void hide(struct th_indicator_row *row)
{
    row->num = row->den = row->value = (struct th_opt){0};
    row->qualifier = TH_QUALIFIER_NONE;
    row->marks = TH_MARK_HIDDEN;
}

static enum th_err make_row(struct indicator_work *work, struct th_bytes split)
{
    char room[INDICATOR_DIMS_MAX];
    struct side num;
    struct side den = {0};
    work->split = split;
    TH_TRY(add_up(work, work->indicator->num, work->indicator->num_count, &num));
    TH_TRY(make_den(work, &den));
    struct th_indicator_row row = {
        .unit = work->group->lines->cell.unit,
        .period = work->group->lines->period,
        .dims = split,
        .uid = work->group->uid,
        .day = work->group->day,
        .indicator = work->indicator,
        .num = opt_of(&num),
        .den = opt_of(&den),
        .num_decimals = num.decimals,
        .den_decimals = den.decimals,
        .n_of_m = is_n_of_m(work),
    };
    if (work->indicator->kind == TH_INDICATOR_BALANCE) {
        set_balance(work, &row);
    } else {
        set_value(&row, &num, &den);
    }
    if (is_hidden(work, &row, &num, &den)) {
        hide(&row);
    }
    if (work->over != NULL) {
        const struct th_bytes dims =
            indicator_dims_with(split, TH_BYTES("measure"), work->over->code, room);
        TH_TRY(indicator_keep(work->indicators, dims, &row.dims));
    }
    return indicator_put(work->indicators, &row);
}

static enum th_err make_rows(struct indicator_work *work)
{
    TH_TRY(indicator_splits(work));
    for (size_t i = 0; i < work->splits.count; i++) {
        TH_TRY(make_row(work, work->splits.items[i]));
    }
    return TH_OK;
}

static void work_free(struct indicator_work *work)
{
    free(work->splits.items);
}

static enum th_err make_over(struct th_indicators *indicators,
                             const struct th_indicator *indicator,
                             const struct indicator_group *group,
                             const struct th_measure *over)
{
    TH_SCOPED(work_free)
    struct indicator_work work = {
        .indicators = indicators, .indicator = indicator, .group = group, .over = over};
    return make_rows(&work);
}

enum th_err indicator_ratio(struct th_indicators *indicators,
                            const struct th_indicator *indicator,
                            const struct indicator_group *group)
{
    if (indicator->over_count == 0) {
        return make_over(indicators, indicator, group, NULL);
    }
    for (size_t i = 0; i < group->count; i++) {
        const struct th_bytes code = group->lines[i].measure;
        struct th_measure measure;
        const bool first = i == 0 || !th_bytes_equal(code, group->lines[i - 1].measure);
        if (first && indicator_wants_measure(indicators, code) &&
            th_catalogue_measure(indicators->catalogue, code, &measure) == TH_OK &&
            th_indicator_is_over(indicator, &measure)) {
            TH_TRY(make_over(indicators, indicator, group, &measure));
        }
    }
    return TH_OK;
}
