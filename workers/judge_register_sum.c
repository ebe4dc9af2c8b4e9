// judge_register_sum.c - V35 in the tree to come: other figures meet in the sums of other units
//
// Sums of small figures always fit. Only where one is so large that the others could carry it over
// the limit, the figures of its key are looked at: first whether all that is above zero fits, and
// all that is below; and otherwise sum by sum.

#include "workers/judge_register.h"

enum { LOOKS_MAX = 1 << 20 }; // at figures, for one change; behind that it is taken not to fit

__extension__ typedef __int128 wide;

enum { NUMBERS = 4 }; // value, of, before, after

struct group {
    struct judge *judge;
    struct change *change;
    const struct stored *stored; // any of them
    uint32_t count;              // units that are known
};

// A live figure of the group, and where it stands in the register to come.
struct member {
    int64_t numbers[NUMBERS];
    uint32_t path[TH_UNIT_DEPTH_MAX];
    size_t depth; // 0: there is none
};

static void numbers_of(const struct th_figure *figure, int64_t out[static NUMBERS])
{
    const bool counts = !figure->not_applicable;
    out[0] = counts ? figure->value : 0;
    out[1] = counts && figure->has_of ? figure->of : 0;
    out[2] = counts && figure->has_levels ? figure->before : 0;
    out[3] = counts && figure->has_levels ? figure->after : 0;
}

static bool is_large(const struct th_figure *figure, uint32_t units)
{
    int64_t numbers[NUMBERS];
    bool large = false;
    numbers_of(figure, numbers);
    for (size_t i = 0; i < NUMBERS; i++) {
        large = large || numbers[i] > INT64_MAX / units || numbers[i] < -(INT64_MAX / units);
    }
    return large;
}

static enum th_err
figure_of(const struct group *group, uint32_t uid, struct th_figure *figure, bool *live)
{
    const struct stored *stored = group->stored;
    const struct key key =
        key_of_figure(uid, stored->period, stored->figure.measure, stored->figure.dims);
    struct record record;
    struct th_bytes value;
    *live = false;
    if (group->change->looks++ >= LOOKS_MAX) {
        return TH_E_TOO_LARGE;
    }
    const enum th_err err = th_check_get(
        &group->judge->check, group->judge->setup.store, TABLE_STAFFING, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    TH_TRY(record_read(TABLE_STAFFING, value, &record));
    *live = record.live;
    *figure = record.figure;
    return TH_OK;
}

static enum th_err member_of(const struct group *group, uint32_t uid, struct member *member)
{
    const struct judge_register *made = group->change->made;
    struct stored there = *group->stored;
    struct th_figure figure;
    bool live = false;
    *member = (struct member){.depth = 0};
    TH_TRY(figure_of(group, uid, &figure, &live));
    if (!live) {
        return TH_OK;
    }
    there.uid = uid;
    const uint32_t place = judge_register_place(group->judge, made, &there);
    if (place != TH_UNIT_NONE) {
        const th_day day = th_register_structure_day(made->reg, place, there.period);
        member->depth = th_register_path(made->reg, place, day, member->path);
        numbers_of(&figure, member->numbers);
    }
    return TH_OK;
}

// The group is looked at once, for the first unit with a large figure.
static enum th_err is_first(const struct group *group, bool *first)
{
    *first = true;
    for (uint32_t uid = 1; uid < group->stored->uid && *first; uid++) {
        struct th_figure figure;
        bool live = false;
        TH_TRY(figure_of(group, uid, &figure, &live));
        *first = !live || !is_large(&figure, group->count);
    }
    return TH_OK;
}

static bool all_fit(const wide sums[static NUMBERS])
{
    bool fit = true;
    for (size_t i = 0; i < NUMBERS; i++) {
        fit = fit && sums[i] <= INT64_MAX && sums[i] >= INT64_MIN;
    }
    return fit;
}

// Whatever the tree.
static enum th_err fits_anywhere(const struct group *group, bool *fits)
{
    wide above[NUMBERS] = {0};
    wide below[NUMBERS] = {0};
    for (uint32_t uid = 1; uid <= group->count; uid++) {
        struct th_figure figure;
        int64_t numbers[NUMBERS];
        bool live = false;
        TH_TRY(figure_of(group, uid, &figure, &live));
        if (!live) {
            continue;
        }
        numbers_of(&figure, numbers);
        for (size_t i = 0; i < NUMBERS; i++) {
            above[i] += numbers[i] > 0 ? numbers[i] : 0;
            below[i] += numbers[i] < 0 ? numbers[i] : 0;
        }
    }
    *fits = all_fit(above) && all_fit(below);
    return TH_OK;
}

static bool counts_for(const struct member *member, uint32_t unit)
{
    for (size_t i = 0; i < member->depth; i++) {
        if (member->path[i] == unit) {
            return true;
        }
    }
    return false;
}

// The sum of unit, unless a lower number than from counts for it, too, and has seen to that.
static enum th_err sum_fits(const struct group *group, uint32_t unit, uint32_t from, bool *fits)
{
    wide sums[NUMBERS] = {0};
    for (uint32_t uid = 1; uid <= group->count; uid++) {
        struct member member;
        TH_TRY(member_of(group, uid, &member));
        if (!counts_for(&member, unit)) {
            continue;
        }
        if (uid < from) {
            return TH_OK;
        }
        for (size_t i = 0; i < NUMBERS; i++) {
            sums[i] += member.numbers[i];
        }
    }
    *fits = *fits && all_fit(sums);
    return TH_OK;
}

static enum th_err fits_there(const struct group *group, bool *fits)
{
    TH_TRY(fits_anywhere(group, fits));
    if (*fits) {
        return TH_OK;
    }
    *fits = true;
    for (uint32_t uid = 1; uid <= group->count && *fits; uid++) {
        struct member member;
        TH_TRY(member_of(group, uid, &member));
        for (size_t i = 0; i < member.depth && *fits; i++) {
            TH_TRY(sum_fits(group, member.path[i], uid, fits));
        }
    }
    return TH_OK;
}

enum th_err judge_register_fits(struct judge *judge,
                                struct change *change,
                                const struct stored *stored,
                                bool *fits)
{
    const struct group group = {
        .judge = judge,
        .change = change,
        .stored = stored,
        .count = th_register_unit_count(judge->setup.reg),
    };
    struct th_measure measure;
    bool first = false;
    *fits = true;
    if (stored->table != TABLE_STAFFING || !stored->held.record.live ||
        !is_large(&stored->held.record.figure, group.count) ||
        th_catalogue_measure(judge->setup.catalogue, stored->figure.measure, &measure) != TH_OK ||
        !totals_sums(&measure)) {
        return TH_OK;
    }
    enum th_err err = is_first(&group, &first);
    if (err == TH_OK && first) {
        err = fits_there(&group, fits);
    }
    *fits = *fits && err != TH_E_TOO_LARGE;
    return err == TH_E_TOO_LARGE ? TH_OK : err;
}
