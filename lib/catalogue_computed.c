// catalogue_computed.c - what is computed: indicators, targets, sums of measures, caps

#include "tonghop/catalogue.h"
#include "tonghop/text.h"

#include "lib/catalogue_body.h"

size_t th_catalogue_indicator_count(const struct th_catalogue *catalogue)
{
    return catalogue->indicator_count;
}

const struct th_indicator *th_catalogue_indicator_at(const struct th_catalogue *catalogue,
                                                     size_t index)
{
    th_assert(index < catalogue->indicator_count);
    return &catalogue->indicators[index];
}

size_t th_catalogue_target_count(const struct th_catalogue *catalogue)
{
    return catalogue->target_count;
}

const struct th_target *th_catalogue_target_at(const struct th_catalogue *catalogue, size_t index)
{
    th_assert(index < catalogue->target_count);
    return &catalogue->targets[index];
}

// ---- sums of measures ----

bool catalogue_adds_up(const struct th_measure *measure)
{
    return measure->shape != TH_SHAPE_DERIVED && measure->shape != TH_SHAPE_SHARE &&
           measure->shape != TH_SHAPE_TARGET;
}

bool th_measure_sums(const struct th_measure *sum, const struct th_measure *other)
{
    return sum->sum_of.size > 0 && catalogue_adds_up(other) &&
           th_text_matches(other->code, sum->sum_of);
}

// ---- indicators over several measures ----

static bool has_part(const struct th_measure *measure, enum th_operand_part part)
{
    switch (part) {
    case TH_PART_VALUE:
        return true;
    case TH_PART_OF:
        return measure->shape == TH_SHAPE_N_OF_M || measure->shape == TH_SHAPE_SHARE;
    case TH_PART_BEFORE:
    case TH_PART_AFTER:
        return measure->shape == TH_SHAPE_CHANGE;
    }
    th_unreachable();
}

static bool
has_parts(const struct th_measure *measure, const struct th_operand *operands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (operands[i].measure.size == 0 && !has_part(measure, operands[i].part)) {
            return false;
        }
    }
    return true;
}

bool th_indicator_is_over(const struct th_indicator *indicator, const struct th_measure *measure)
{
    for (size_t i = 0; i < indicator->over_count; i++) {
        if (th_text_matches(measure->code, indicator->over[i])) {
            return has_parts(measure, indicator->num, indicator->num_count) &&
                   has_parts(measure, indicator->den, indicator->den_count);
        }
    }
    return false;
}

// ---- caps ----

// The level below the capped one; 0 when there is none.
static uint32_t rating_below(const struct th_scheme *scheme, uint32_t rating)
{
    uint32_t below = 0;
    for (size_t i = 0; i < scheme->level_count; i++) {
        const uint32_t level = scheme->levels[i].rating;
        below = level < rating && level > below ? level : below;
    }
    return below;
}

static uint64_t cap_base(const struct th_scheme *scheme, const uint64_t *counts)
{
    const struct th_cap *cap = &scheme->cap;
    const uint32_t below = rating_below(scheme, cap->rating);
    const uint64_t good = below > 0 ? counts[below] : 0;
    uint64_t rated = 0;
    for (size_t rating = 1; rating < TH_LEVELS_MAX; rating++) {
        rated += counts[rating];
    }
    if (cap->base == TH_CAP_ALL_RATED) {
        return rated;
    }
    return cap->base == TH_CAP_GOOD ? good : good + counts[cap->rating];
}

bool th_cap_allowed(const struct th_scheme *scheme,
                    enum th_period_type type,
                    bool outstanding,
                    const uint64_t counts[static TH_LEVELS_MAX],
                    uint64_t *allowed)
{
    __extension__ typedef unsigned __int128 wide;
    const struct th_cap *cap = &scheme->cap;
    if (!cap->stated || cap->base == TH_CAP_EXTERNAL ||
        (cap->period_types & th_period_bit(type)) == 0) {
        return false;
    }
    const bool larger = outstanding && cap->has_outstanding;
    const uint32_t num = larger ? cap->outstanding_num : cap->num;
    const uint32_t den = larger ? cap->outstanding_den : cap->den;
    const wide whole = (wide)num * cap_base(scheme, counts) / den;
    *allowed = whole > UINT64_MAX ? UINT64_MAX : (uint64_t)whole;
    return true;
}
