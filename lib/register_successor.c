// register_successor.c - what became of a unit, and what it was made of

#include <stdlib.h>

#include "lib/register_body.h"

// One row for sorting: qsort knows no context.
struct by_new {
    const struct th_successor *row;
    uint32_t number;
};

static int compare_new(struct th_bytes a_code, th_day a_day, struct th_bytes b_code, th_day b_day)
{
    const int order = th_bytes_compare(a_code, b_code);
    return order != 0 ? order : (a_day > b_day) - (a_day < b_day);
}

static int compare_by_new(const void *left, const void *right)
{
    const struct by_new *a = left;
    const struct by_new *b = right;
    const int order =
        compare_new(a->row->new_code, a->row->effective, b->row->new_code, b->row->effective);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

enum th_err register_index_successors(struct th_register *reg)
{
    const size_t count = reg->successor_count;
    TH_SCOPED(th_free_scoped) struct by_new *sorting = calloc(count + 1, sizeof(*sorting));
    reg->by_new = calloc(count + 1, sizeof(*reg->by_new));
    if (sorting == NULL || reg->by_new == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        sorting[i] = (struct by_new){.row = &reg->successors[i], .number = i};
    }
    qsort(sorting, count, sizeof(*sorting), compare_by_new);
    for (size_t i = 0; i < count; i++) {
        reg->by_new[i] = sorting[i].number;
    }
    return TH_OK;
}

// The first and last version of a unit.
static const struct th_unit *end_of(const struct th_register *reg, uint32_t uid, bool last)
{
    if (uid == TH_UNIT_NONE || uid > reg->unit_count) {
        return NULL;
    }
    const struct register_run run = reg->lives[uid - 1].spans;
    return &reg->versions[reg->spans[run.first + (last ? run.count - 1 : 0)].version].unit;
}

struct th_successors th_register_followers(const struct th_register *reg, uint32_t uid)
{
    const struct th_unit *unit = end_of(reg, uid, true);
    if (unit == NULL || unit->until == TH_DAY_MAX) {
        return (struct th_successors){0};
    }
    const struct register_run run = register_successors(reg, unit->code, unit->until);
    return (struct th_successors){.at = run.first, .end = run.first + run.count};
}

struct th_successors th_register_forerunners(const struct th_register *reg, uint32_t uid)
{
    const struct th_unit *unit = end_of(reg, uid, false);
    if (unit == NULL || unit->from == TH_DAY_MIN) {
        return (struct th_successors){0};
    }
    uint32_t low = 0;
    uint32_t high = (uint32_t)reg->successor_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct th_successor *row = &reg->successors[reg->by_new[middle]];
        if (compare_new(row->new_code, row->effective, unit->code, unit->from) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct th_successors rows = {.at = low, .end = low, .by_new = true};
    while (rows.end < reg->successor_count) {
        const struct th_successor *row = &reg->successors[reg->by_new[rows.end]];
        if (compare_new(row->new_code, row->effective, unit->code, unit->from) != 0) {
            break;
        }
        rows.end++;
    }
    return rows;
}

bool th_successors_next(const struct th_register *reg,
                        struct th_successors *rows,
                        struct th_successor *row)
{
    if (rows->at == rows->end) {
        return false;
    }
    *row = reg->successors[rows->by_new ? reg->by_new[rows->at] : rows->at];
    rows->at++;
    return true;
}
