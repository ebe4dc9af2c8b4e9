// restated_cover.c - who reports, and who is covered (R5 of restated.h)
//
// Who reports is asked as each province asks it: of its own register, at or below its root, on the
// root's structure day of the period. A reporter then counts for the unit where it stands and for
// those above.

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "workers/restated_body.h"

// ---- who reports ----

// The form as a source's own catalogue has it.
static const struct th_form *form_of(const struct restated_source *source,
                                     const struct th_form *form)
{
    for (size_t i = 0; form != NULL && i < th_catalogue_form_count(source->catalogue); i++) {
        const struct th_form *own = th_catalogue_form_at(source->catalogue, i);
        if (th_bytes_equal(own->code, form->code)) {
            return own;
        }
    }
    return form;
}

struct gathering {
    struct restated *restated;
    struct restated_crowd *crowd;
    size_t source;
    const struct th_form *form;
    uint32_t root;
    th_day day;
};

static void gather_one(const struct gathering *gathering, uint32_t uid)
{
    struct restated *restated = gathering->restated;
    struct restated_crowd *crowd = gathering->crowd;
    const struct restated_source *source = &restated->setup.sources[gathering->source];
    const uint32_t number = restated_number_of(restated, gathering->source, uid);
    if (restated_bit(crowd->bits, number) ||
        !th_form_is_reporter(gathering->form, source->reg, gathering->root, uid, gathering->day)) {
        return;
    }
    restated_set_bit(crowd->bits, number);
    const struct restated_chain *chain =
        restated_chain_of(restated, restated->standings[number].uid);
    for (size_t i = 0; i < chain->depth; i++) {
        const uint32_t asked = restated->asked[chain->path[i]];
        crowd->counts[asked == 0 ? restated->asked_count : asked - 1]++;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): a register is not deeper than TH_UNIT_DEPTH_MAX
static void gather_below(const struct gathering *gathering, uint32_t uid)
{
    const struct th_register *reg = gathering->restated->setup.sources[gathering->source].reg;
    gather_one(gathering, uid);
    struct th_children children = th_register_children(reg, uid, gathering->day);
    uint32_t child = th_children_next(reg, &children);
    while (child != TH_UNIT_NONE) {
        gather_below(gathering, child);
        child = th_children_next(reg, &children);
    }
}

static void gather(struct restated *restated, struct restated_crowd *crowd)
{
    for (size_t i = 0; i < restated->setup.source_count; i++) {
        const struct restated_source *source = &restated->setup.sources[i];
        for (size_t k = 0; k < source->root_count; k++) {
            const struct gathering gathering = {
                .restated = restated,
                .crowd = crowd,
                .source = i,
                .form = form_of(source, crowd->form),
                .root = source->roots[k],
                .day = th_register_structure_day(source->reg, source->roots[k], crowd->period),
            };
            if (th_register_last_day(source->reg, gathering.root) >= crowd->period.first) {
                gather_below(&gathering, gathering.root);
            }
        }
    }
}

static enum th_err crowd_of(struct restated *restated,
                            const struct th_form *form,
                            struct th_period period,
                            const struct restated_crowd **crowd)
{
    for (size_t i = 0; i < restated->crowds.count; i++) {
        struct restated_crowd *known = &restated->crowds.items[i];
        if (known->form == form && th_period_equal(known->period, period)) {
            *crowd = known;
            return TH_OK;
        }
    }
    TH_TRY(RESTATED_ROOM(restated, &restated->crowds));
    struct restated_crowd made = {.form = form, .period = period};
    const size_t size = ((size_t)restated->asked_count + 1) * sizeof(*made.counts);
    TH_TRY(restated_take(restated, size));
    TH_TRY(restated_bits(restated, &made.bits));
    made.counts = th_pool_take(&restated->texts, size);
    if (made.counts == NULL) {
        return TH_E_NO_MEMORY;
    }
    gather(restated, &made);
    restated->crowds.items[restated->crowds.count] = made;
    *crowd = &restated->crowds.items[restated->crowds.count++];
    return TH_OK;
}

// Of a sum, that of the first listed measure that it adds up.
static const struct th_form *form_of_sum(const struct th_catalogue *catalogue,
                                         const struct th_measure *sum)
{
    for (size_t i = 0; i < th_catalogue_measure_count(catalogue); i++) {
        const struct th_measure *part = th_catalogue_measure_at(catalogue, i);
        if (th_measure_sums(sum, part)) {
            return part->form;
        }
    }
    return sum->form;
}

static const struct th_form *form_of_column(const struct restated *restated,
                                            const struct restated_column *column)
{
    const struct th_catalogue *catalogue = restated->setup.catalogue;
    if (totals_is_evaluation(column->measure)) {
        return th_catalogue_evaluation_form(catalogue, column->period);
    }
    return column->about.sum_of.size > 0 ? form_of_sum(catalogue, &column->about)
                                         : column->about.form;
}

enum th_err restated_expect(void *self,
                            const struct th_form *form,
                            struct th_period period,
                            uint32_t uid,
                            uint32_t *expected)
{
    struct restated *restated = self;
    const struct restated_crowd *crowd = NULL;
    TH_TRY(crowd_of(restated, form, period, &crowd));
    *expected = restated->asked[uid] == 0 ? 0 : crowd->counts[restated->asked[uid] - 1];
    return TH_OK;
}

// ---- who is covered ----

static void count_up(struct restated *restated, uint32_t column, uint32_t number, uint64_t combos)
{
    const struct restated_chain *chain =
        restated_chain_of(restated, restated->standings[number].uid);
    for (size_t i = 0; i < chain->depth; i++) {
        struct restated_sum *sum = restated->asked[chain->path[i]] == 0
                                       ? NULL
                                       : restated_sum_of(restated, column, chain->path[i]);
        if (sum != NULL && (sum->combos & combos) != 0) {
            sum->reported++;
        }
    }
}

static void
cover_evaluation(struct restated *restated, uint32_t at, const struct restated_crowd *crowd)
{
    const struct restated_column *column = &restated->columns.items[at];
    for (uint32_t number = 0; number < restated->unit_count; number++) {
        uint64_t combos = 0;
        for (size_t i = 0; i < column->combo_count && restated_bit(crowd->bits, number); i++) {
            const uint8_t *rated = restated->combos.items[column->combos[i]].rated;
            combos |= restated_bit(rated, number) ? (uint64_t)1 << i : 0;
        }
        if (combos != 0) {
            count_up(restated, at, number, combos);
        }
    }
}

// How far down a reporter is covered: how many units of its chain, from the top.
struct covered {
    struct restated *restated;
    const struct restated_crowd *crowd;
    size_t source;
    uint8_t *depths; // by unit's number
};

// The figure stands at the end of one chain, the reporter at the end of another: what both have in
// common from the top is where the figure covers the reporter.
static void mark(const struct covered *covered, const struct restated_chain *figure, uint32_t uid)
{
    struct restated *restated = covered->restated;
    const uint32_t number = restated_number_of(restated, covered->source, uid);
    if (!restated_bit(covered->crowd->bits, number)) {
        return;
    }
    const struct restated_chain *own = restated_chain_of(restated, restated->standings[number].uid);
    uint8_t common = 0;
    while (common < own->depth && common < figure->depth &&
           own->path[own->depth - 1 - common] == figure->path[figure->depth - 1 - common]) {
        common++;
    }
    if (covered->depths[number] < common) {
        covered->depths[number] = common;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): a register is not deeper than TH_UNIT_DEPTH_MAX
static void mark_below(const struct covered *covered,
                       const struct restated_chain *figure,
                       uint32_t uid,
                       th_day day)
{
    const struct th_register *reg = covered->restated->setup.sources[covered->source].reg;
    mark(covered, figure, uid);
    struct th_children children = th_register_children(reg, uid, day);
    uint32_t child = th_children_next(reg, &children);
    while (child != TH_UNIT_NONE) {
        mark_below(covered, figure, child, day);
        child = th_children_next(reg, &children);
    }
}

// A figure covers its own unit; one of a whole those above and below it too.
static void
mark_figure(struct covered *covered, uint32_t number, struct th_period period, bool whole)
{
    struct restated *restated = covered->restated;
    uint32_t uid = 0;
    covered->source = restated_source_of(restated, number, &uid);
    const struct th_register *reg = restated->setup.sources[covered->source].reg;
    const struct restated_chain *figure =
        restated_chain_of(restated, restated->standings[number].uid);
    if (!whole) {
        mark(covered, figure, uid);
        return;
    }
    const th_day day = th_register_structure_day(reg, uid, period);
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(reg, uid, day, path);
    for (size_t i = 1; i < depth && !th_mutant(81); i++) {
        mark(covered, figure, path[i]);
    }
    mark_below(covered, figure, uid, day);
}

static void count_covered(const struct covered *covered, uint32_t column)
{
    struct restated *restated = covered->restated;
    for (uint32_t number = 0; number < restated->unit_count; number++) {
        const struct restated_chain *chain =
            restated_chain_of(restated, restated->standings[number].uid);
        for (uint8_t i = 0; i < covered->depths[number]; i++) {
            const uint32_t uid = chain->path[chain->depth - 1 - i];
            struct restated_sum *sum =
                restated->asked[uid] == 0 ? NULL : restated_sum_of(restated, column, uid);
            if (sum != NULL) {
                sum->reported++;
            }
        }
    }
}

static enum th_err
cover_figures(struct restated *restated, uint32_t at, const struct restated_crowd *crowd)
{
    TH_SCOPED(th_free_scoped) uint8_t *depths = calloc(restated->unit_count + 1, sizeof(*depths));
    if (depths == NULL) {
        return TH_E_NO_MEMORY;
    }
    const struct restated_column *column = &restated->columns.items[at];
    struct covered covered = {.restated = restated, .crowd = crowd, .depths = depths};
    for (uint32_t number = 0; number < restated->unit_count; number++) {
        if (column->said != NULL && restated_bit(column->said, number)) {
            mark_figure(&covered, number, column->period, false);
        }
        if (column->spread != NULL && restated_bit(column->spread, number)) {
            mark_figure(&covered, number, column->period, true);
        }
    }
    count_covered(&covered, at);
    return TH_OK;
}

enum th_err restated_cover(struct restated *restated)
{
    for (uint32_t at = 0; at < restated->columns.count; at++) {
        const struct restated_column *column = &restated->columns.items[at];
        const struct restated_crowd *crowd = NULL;
        if (column->covering == COVER_NONE) {
            continue;
        }
        TH_TRY(crowd_of(restated, form_of_column(restated, column), column->period, &crowd));
        switch (column->covering) {
        case COVER_NONE:
            break;
        case COVER_OWN:
        case COVER_WHOLE:
            TH_TRY(cover_figures(restated, at, crowd));
            break;
        case COVER_EVALUATION:
            cover_evaluation(restated, at, crowd);
            break;
        }
    }
    return TH_OK;
}
