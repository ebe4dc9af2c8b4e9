// register_kin.c - provinces that share successors, and two registers as one

#include <stdlib.h>

#include "lib/register_body.h"

struct kin {
    const struct th_register *reg;
    size_t depth; // of a province
    uint32_t *roots;
    size_t count;
    size_t room;
};

static void kin_free(struct kin *kin)
{
    free(kin->roots);
}

static enum th_err add_root(struct kin *kin, uint32_t uid)
{
    for (size_t i = 0; i < kin->count; i++) {
        if (kin->roots[i] == uid) {
            return TH_OK;
        }
    }
    if (kin->count == kin->room) {
        const size_t room = kin->room == 0 ? 16 : 2 * kin->room;
        uint32_t *roots = reallocarray(kin->roots, room, sizeof(*roots));
        if (roots == NULL) {
            return TH_E_NO_MEMORY;
        }
        kin->roots = roots;
        kin->room = room;
    }
    kin->roots[kin->count++] = uid;
    return TH_OK;
}

// The province of the unit that has the code on that day, if there is such a unit.
static enum th_err add_province(struct kin *kin, struct th_bytes code, th_day day)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const uint32_t uid = th_register_find(kin->reg, code, day);
    const size_t depth = th_register_path(kin->reg, uid, day, path);
    if (depth == 0) {
        return TH_OK;
    }
    return add_root(kin, path[depth > kin->depth ? depth - kin->depth : 0]);
}

// A root without a row goes on in the adjoining version of its code, and came from one.
static enum th_err add_adjoining(struct kin *kin, uint32_t uid)
{
    const struct register_run run = kin->reg->lives[uid - 1].spans;
    const struct register_span *spans = kin->reg->spans + run.first;
    const struct th_unit *first = &kin->reg->versions[spans[0].version].unit;
    const struct th_unit *last = &kin->reg->versions[spans[run.count - 1].version].unit;
    if (first->from != TH_DAY_MIN) {
        TH_TRY(add_province(kin, first->code, first->from - 1));
    }
    return last->until == TH_DAY_MAX ? TH_OK : add_province(kin, last->code, last->until);
}

// Add the provinces at the other end of the rows that have one end inside.
static enum th_err follow(struct kin *kin)
{
    TH_SCOPED(register_pieces_free)
    struct register_pieces pieces = {
        .reg = kin->reg, .roots = kin->roots, .root_count = kin->count};
    TH_TRY(register_cut(&pieces));
    pieces.roots = NULL; // they may move from here on; inside is told by the pieces
    for (size_t i = 0; i < kin->reg->successor_count; i++) {
        const struct th_successor *row = &kin->reg->successors[i];
        const bool before = register_is_inside(&pieces, row->old_code, row->effective - 1);
        const bool after = register_is_inside(&pieces, row->new_code, row->effective);
        if (before && !after) {
            TH_TRY(add_province(kin, row->new_code, row->effective));
        }
        if (after && !before) {
            TH_TRY(add_province(kin, row->old_code, row->effective - 1));
        }
    }
    return TH_OK;
}

static enum th_err find_kin(struct kin *kin, uint32_t root)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    kin->depth = th_register_path(kin->reg, root, th_register_first_day(kin->reg, root), path);
    TH_TRY(add_root(kin, root));
    size_t adjoined = 0;
    size_t followed = 0;
    while (followed < kin->count) {
        for (; adjoined < kin->count; adjoined++) {
            TH_TRY(add_adjoining(kin, kin->roots[adjoined]));
        }
        followed = kin->count;
        TH_TRY(follow(kin));
    }
    return TH_OK;
}

enum th_err th_register_kin(const struct th_register *reg,
                            struct th_bytes root,
                            struct th_register **out,
                            size_t *count)
{
    uint32_t uid = TH_UNIT_NONE;
    TH_SCOPED(kin_free) struct kin kin = {.reg = reg};
    TH_TRY(register_find_root(reg, root, &uid));
    TH_TRY(find_kin(&kin, uid));
    *count = kin.count - 1; // the first is root itself
    if (kin.count == 1) {
        return TH_OK;
    }
    TH_SCOPED(register_pieces_free)
    struct register_pieces pieces = {
        .reg = reg, .roots = kin.roots + 1, .root_count = kin.count - 1};
    TH_TRY(register_cut(&pieces));
    return register_of_pieces(&pieces, out);
}

// ---- two registers as one ----

static enum th_err copy_units(const struct th_register *from, struct th_register *to)
{
    for (size_t row = 0; row < from->version_count; row++) {
        const struct register_version *version = &from->versions[from->by_row[row]];
        TH_TRY(register_add_version(to, &version->unit, version->line));
    }
    return TH_OK;
}

static bool has_row(const struct th_register *reg, const struct th_successor *row)
{
    const struct register_run run = register_successors(reg, row->old_code, row->effective);
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        if (th_bytes_equal(reg->successors[i].new_code, row->new_code)) {
            return true;
        }
    }
    return false;
}

enum th_err th_register_merge(const struct th_register *reg,
                              const struct th_register *kin,
                              struct th_register **out)
{
    TH_SCOPED(th_register_free) struct th_register *both = register_new();
    if (both == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(copy_units(reg, both));
    TH_TRY(copy_units(kin, both));
    for (size_t i = 0; i < reg->successor_count; i++) {
        TH_TRY(register_add_successor(both, &reg->successors[i]));
    }
    for (size_t i = 0; i < kin->successor_count; i++) {
        if (!has_row(reg, &kin->successors[i])) {
            TH_TRY(register_add_successor(both, &kin->successors[i]));
        }
    }
    TH_TRY(register_finish(both, NULL));
    *out = both;
    both = NULL; // the caller owns it now
    return TH_OK;
}
