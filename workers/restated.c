// restated.c - see restated.h; where units stand

#include "workers/restated.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "workers/restated_body.h"

// ---- where units stand ----

th_day
restated_day_near(const struct restated *restated, const struct th_register *reg, uint32_t uid)
{
    const th_day day = restated->setup.day;
    const th_day first = th_register_first_day(reg, uid);
    const th_day last = th_register_last_day(reg, uid);
    return day < first ? first : day > last ? last : day;
}

// The same unit in the wide register; TH_UNIT_NONE.
static uint32_t
find_same(const struct restated *restated, const struct th_register *reg, uint32_t uid, th_day day)
{
    struct th_unit unit;
    const enum th_err err = th_register_on(reg, uid, day, &unit);
    th_assert(err == TH_OK); // it lives on a day near
    return th_register_find(restated->setup.wide, unit.code, day);
}

// The wide register may not know a unit that a province added to its own: it stands where the unit
// above it does.
static void stand(struct restated *restated, size_t source, uint32_t uid)
{
    const struct th_register *reg = restated->setup.sources[source].reg;
    const uint32_t number = restated_number_of(restated, source, uid);
    const th_day day = restated_day_near(restated, reg, uid);
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(reg, uid, day, path);
    for (size_t i = 0; i < depth; i++) {
        const uint32_t known =
            reg == restated->setup.wide ? path[i] : find_same(restated, reg, path[i], day);
        if (known != TH_UNIT_NONE) {
            struct th_standing *standing = &restated->standings[number];
            *standing = th_restate_unit(&restated->restate, known);
            standing->arrived = standing->arrived && i == 0;
            restated->same[number] = i == 0 ? known : (uint32_t)TH_UNIT_NONE;
            return;
        }
    }
}

static enum th_err make_standings(struct restated *restated)
{
    const struct restated_setup *setup = &restated->setup;
    restated->first = calloc(setup->source_count + 1, sizeof(*restated->first));
    if (restated->first == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < setup->source_count; i++) {
        restated->first[i] = restated->unit_count;
        restated->unit_count += th_register_unit_count(setup->sources[i].reg);
    }
    const size_t units = (size_t)restated->unit_count + 1;
    TH_TRY(
        restated_take(restated, units * (sizeof(*restated->standings) + sizeof(*restated->same))));
    restated->standings = calloc(units, sizeof(*restated->standings));
    restated->same = calloc(units, sizeof(*restated->same));
    if (restated->standings == NULL || restated->same == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < setup->source_count; i++) {
        for (uint32_t uid = 1; uid <= th_register_unit_count(setup->sources[i].reg); uid++) {
            stand(restated, i, uid);
        }
    }
    return TH_OK;
}

enum th_err restated_make(const struct restated_setup *setup, struct restated **out)
{
    TH_SCOPED(restated_free) struct restated *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    made->setup = *setup;
    th_random(made->seed, sizeof(made->seed));
    const size_t units = (size_t)th_register_unit_count(setup->wide) + 1;
    const size_t notes = th_restate_memory(setup->wide);
    TH_TRY(restated_take(made, notes + units * (sizeof(*made->chains) + sizeof(*made->asked))));
    made->notes = calloc(1, notes);
    made->chains = calloc(units, sizeof(*made->chains));
    made->asked = calloc(units, sizeof(*made->asked));
    if (made->notes == NULL || made->chains == NULL || made->asked == NULL) {
        return TH_E_NO_MEMORY;
    }
    made->restate = th_restate_to(setup->wide, setup->day, made->notes);
    TH_TRY(make_standings(made));
    *out = made;
    made = NULL; // the caller owns it now
    return TH_OK;
}

void restated_free(struct restated **restated)
{
    struct restated *gone = *restated;
    if (gone == NULL) {
        return;
    }
    free(gone->notes);
    free(gone->first);
    free(gone->standings);
    free(gone->same);
    free(gone->chains);
    free(gone->asked);
    free(gone->columns.items);
    free(gone->series.items);
    free(gone->sums.items);
    free(gone->combos.items);
    free(gone->crowds.items);
    free(gone->spans.items);
    free(gone->parts.items);
    free(gone->sum_columns.items);
    free(gone->parts_index.slots);
    free(gone->column_index.slots);
    free(gone->series_index.slots);
    free(gone->sum_index.slots);
    free(gone->combo_index.slots);
    th_pool_free(&gone->texts);
    free(gone);
    *restated = NULL;
}

uint32_t restated_number_of(const struct restated *restated, size_t source, uint32_t uid)
{
    return restated->first[source] + uid - 1;
}

size_t restated_source_of(const struct restated *restated, uint32_t number, uint32_t *uid)
{
    size_t source = restated->setup.source_count - 1;
    while (restated->first[source] > number) {
        source--;
    }
    *uid = number - restated->first[source] + 1;
    return source;
}

struct th_standing restated_standing(const struct restated *restated, size_t source, uint32_t uid)
{
    return restated->standings[restated_number_of(restated, source, uid)];
}

enum th_err restated_ask(struct restated *restated, struct th_lines *lines)
{
    restated->lines = lines;
    for (uint32_t uid = 0; uid <= th_register_unit_count(restated->setup.wide); uid++) {
        if (th_lines_asks_there(lines, uid)) {
            restated->asked[uid] = ++restated->asked_count;
        }
    }
    return TH_OK;
}

const struct restated_chain *restated_chain_of(struct restated *restated, uint32_t uid)
{
    struct restated_chain *chain = &restated->chains[uid];
    if (!chain->known) {
        const struct restated_setup *setup = &restated->setup;
        chain->depth = (uint8_t)th_register_path(setup->wide, uid, setup->day, chain->path);
        chain->path[chain->depth++] = TH_UNIT_NONE;
        chain->known = true;
    }
    return chain;
}

bool restated_matters(struct restated *restated, size_t source, uint32_t uid)
{
    const struct restated_chain *chain =
        restated_chain_of(restated, restated_standing(restated, source, uid).uid);
    for (size_t i = 0; i < chain->depth; i++) {
        if (restated->asked[chain->path[i]] != 0) {
            return true;
        }
    }
    return false;
}
