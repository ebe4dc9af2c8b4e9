// indicator_split.c - what the rows of one indicator are kept apart by
//
// Of measures that are added up, a split is what is asked for of a key's dimensions. Of others
// only keys count whose dimensions are the operand's members and what is asked for, nothing else.

#include "lib/indicator_body.h"

static bool side_mentions(const struct th_operand *operands, size_t count, struct th_bytes key)
{
    struct th_bytes value;
    for (size_t i = 0; i < count; i++) {
        if (indicator_dims_find(operands[i].dims, key, &value)) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct th_indicators *indicators, struct th_bytes key)
{
    for (size_t i = 0; i < indicators->name_count; i++) {
        if (th_bytes_equal(indicators->names[i], key)) {
            return true;
        }
    }
    return false;
}

// Dimensions that an operand fixes are never split by.
static bool splits_by(const struct indicator_work *work, struct th_bytes key)
{
    const struct th_indicator *indicator = work->indicator;
    const bool kept = work->indicators->by_dims && !indicator_is_of_records(key);
    return (kept || is_named(work->indicators, key)) &&
           !side_mentions(indicator->num, indicator->num_count, key) &&
           !side_mentions(indicator->den, indicator->den_count, key);
}

struct th_bytes indicator_project(const struct indicator_work *work,
                                  struct th_bytes dims,
                                  char out[static INDICATOR_DIMS_MAX])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = INDICATOR_DIMS_MAX};
    struct indicator_pair pair;
    while (indicator_pair_next(&dims, &pair)) {
        if (splits_by(work, pair.key)) {
            th_write_bytes(&writer, writer.size > 0 ? TH_BYTES(";") : TH_BYTES(""));
            th_write_bytes(&writer, pair.all);
        }
    }
    return (struct th_bytes){.data = out, .size = writer.size};
}

static enum th_err note_split(struct indicator_work *work, struct th_bytes split)
{
    for (size_t i = 0; i < work->splits.count; i++) {
        if (th_bytes_equal(work->splits.items[i], split)) {
            return TH_OK;
        }
    }
    if (!INDICATOR_ROOM(&work->splits)) {
        return TH_E_NO_MEMORY;
    }
    return indicator_keep(work->indicators, split, &work->splits.items[work->splits.count++]);
}

// Of a key that is not added up, everything beside the operand's own members must be asked for, and
// of the dimensions that are asked for it has all that its measure can have.
static bool is_whole_split(const struct indicator_work *work,
                           const struct th_measure *measure,
                           struct th_bytes dims,
                           struct th_bytes members)
{
    const struct th_indicators *indicators = work->indicators;
    struct th_bytes rest = dims;
    struct th_bytes value;
    struct indicator_pair pair;
    while (indicator_pair_next(&rest, &pair)) {
        if (!indicator_dims_find(members, pair.key, &value) && !splits_by(work, pair.key)) {
            return false;
        }
    }
    for (size_t i = 0; i < indicators->name_count && !indicators->by_dims; i++) {
        const struct th_bytes name = indicators->names[i];
        if (splits_by(work, name) && indicator_has_dim(measure, name) &&
            !indicator_dims_find(dims, name, &value)) {
            return false;
        }
    }
    return indicator_dims_contain(dims, members);
}

bool indicator_measure_of(const struct indicator_work *work,
                          const struct th_operand *operand,
                          struct th_measure *measure)
{
    if (operand->measure.size == 0) {
        th_assert(work->over != NULL); // the catalogue has * only where there is `over`
        *measure = *work->over;
        return true;
    }
    return th_catalogue_measure(work->indicators->catalogue, operand->measure, measure) == TH_OK;
}

// Does a dimension that is asked for exist for any of the measures? Otherwise there is nothing to
// keep apart, and no row.
static bool
can_split(const struct indicator_work *work, const struct th_operand *operands, size_t count)
{
    const struct th_indicators *indicators = work->indicators;
    struct th_measure measure;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < indicators->name_count; k++) {
            if (indicator_measure_of(work, &operands[i], &measure) &&
                indicator_has_dim(&measure, indicators->names[k])) {
                return true;
            }
        }
    }
    return indicators->by_dims || indicators->name_count == 0;
}

static enum th_err
find_splits(struct indicator_work *work, const struct th_operand *operands, size_t operand_count)
{
    char room[INDICATOR_DIMS_MAX];
    struct th_measure measure;
    for (size_t i = 0; i < operand_count; i++) {
        size_t count = 0;
        if (!indicator_measure_of(work, &operands[i], &measure)) {
            continue;
        }
        const struct th_line *lines = indicator_lines_of(work->group, measure.code, &count);
        const bool sum = measure.marginal == TH_MARGINAL_SUM;
        for (size_t k = 0; k < count; k++) {
            const struct th_bytes dims = lines[k].cell.dims;
            if (sum || is_whole_split(work, &measure, dims, operands[i].dims)) {
                TH_TRY(note_split(work, indicator_project(work, dims, room)));
            }
        }
    }
    return TH_OK;
}

enum th_err indicator_splits(struct indicator_work *work)
{
    const struct th_indicator *indicator = work->indicator;
    if (!can_split(work, indicator->num, indicator->num_count) &&
        !can_split(work, indicator->den, indicator->den_count)) {
        return TH_OK;
    }
    TH_TRY(find_splits(work, indicator->num, indicator->num_count));
    return find_splits(work, indicator->den, indicator->den_count);
}
