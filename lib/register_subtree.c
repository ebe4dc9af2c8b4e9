// register_subtree.c - a province's part of a larger register
//
// A version may be below the root for a part of its life only: its parent's code may come to denote
// another unit while the version goes on. So the walk down from the root carries the days, and what
// it meets are pieces of versions.

#include <stdlib.h>

#include "lib/register_body.h"

void register_pieces_free(struct register_pieces *pieces)
{
    free(pieces->items);
}

static bool is_root(const struct register_pieces *pieces, uint32_t uid)
{
    bool is = false;
    for (size_t i = 0; i < pieces->root_count && !is; i++) {
        is = pieces->roots[i] == uid;
    }
    return is;
}

static enum th_err pieces_add(struct register_pieces *pieces, struct register_piece piece)
{
    if (pieces->count == pieces->room) {
        const size_t room = pieces->room == 0 ? 256 : pieces->room * 2;
        struct register_piece *items = reallocarray(pieces->items, room, sizeof(*items));
        if (items == NULL) {
            return TH_E_NO_MEMORY;
        }
        pieces->items = items;
        pieces->room = room;
    }
    pieces->items[pieces->count++] = piece;
    return TH_OK;
}

// The piece and all that is below it on its days. Not deeper than TH_UNIT_DEPTH_MAX (G3).
// NOLINTNEXTLINE(misc-no-recursion): G3
static enum th_err walk(struct register_pieces *pieces, struct register_piece piece)
{
    TH_TRY(pieces_add(pieces, piece));
    const struct th_register *reg = pieces->reg;
    const struct register_run run = reg->codes[reg->versions[piece.version].code].children;
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        const struct th_unit *child = &reg->versions[reg->children[i]].unit;
        const struct register_piece below = {
            .version = reg->children[i],
            .from = child->from > piece.from ? child->from : piece.from,
            .until = child->until < piece.until ? child->until : piece.until,
        };
        if (below.from < below.until && !is_root(pieces, child->uid)) {
            TH_TRY(walk(pieces, below));
        }
    }
    return TH_OK;
}

static int compare_pieces(const void *left, const void *right)
{
    const struct register_piece *a = left;
    const struct register_piece *b = right;
    const int order = (a->version > b->version) - (a->version < b->version);
    return order != 0 ? order : (a->from > b->from) - (a->from < b->from);
}

// Sort, and join pieces of one version that touch: its parent only changed its type.
static void settle(struct register_pieces *pieces)
{
    if (pieces->count == 0) {
        return;
    }
    qsort(pieces->items, pieces->count, sizeof(*pieces->items), compare_pieces);
    size_t kept = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct register_piece *piece = &pieces->items[i];
        struct register_piece *last = kept == 0 ? NULL : &pieces->items[kept - 1];
        if (last != NULL && last->version == piece->version && last->until >= piece->from) {
            last->until = piece->until > last->until ? piece->until : last->until;
        } else {
            pieces->items[kept++] = *piece;
        }
    }
    pieces->count = kept;
}

// The first piece of a version, or where it would stand.
static size_t first_piece(const struct register_pieces *pieces, uint32_t version)
{
    size_t low = 0;
    size_t high = pieces->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (pieces->items[middle].version < version) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool register_is_inside(const struct register_pieces *pieces, struct th_bytes code, th_day day)
{
    const struct th_register *reg = pieces->reg;
    const struct register_version *version =
        register_code_on(reg, register_code_of(reg, code), day);
    if (version == NULL) {
        return false;
    }
    const uint32_t index = (uint32_t)(version - reg->versions);
    for (size_t i = first_piece(pieces, index);
         i < pieces->count && pieces->items[i].version == index;
         i++) {
        if (pieces->items[i].from <= day && day < pieces->items[i].until) {
            return true;
        }
    }
    return false;
}

static enum th_err
copy_version(const struct register_pieces *pieces, uint32_t version, struct th_register *part)
{
    for (size_t i = first_piece(pieces, version);
         i < pieces->count && pieces->items[i].version == version;
         i++) {
        struct th_unit unit = pieces->reg->versions[version].unit;
        unit.from = pieces->items[i].from;
        unit.until = pieces->items[i].until;
        if (is_root(pieces, unit.uid)) {
            unit.parent = (struct th_bytes){0};
        }
        TH_TRY(register_add_version(part, &unit, pieces->reg->versions[version].line));
    }
    return TH_OK;
}

static enum th_err copy_part(const struct register_pieces *pieces, struct th_register *part)
{
    const struct th_register *reg = pieces->reg;
    for (size_t row = 0; row < reg->version_count; row++) {
        TH_TRY(copy_version(pieces, reg->by_row[row], part));
    }
    for (size_t i = 0; i < reg->successor_count; i++) {
        const struct th_successor *row = &reg->successors[i];
        if (register_is_inside(pieces, row->old_code, row->effective - 1) ||
            register_is_inside(pieces, row->new_code, row->effective)) {
            TH_TRY(register_add_successor(part, row));
        }
    }
    return register_finish(part, NULL);
}

static size_t count_versions(const struct register_pieces *pieces)
{
    size_t count = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        count += i == 0 || pieces->items[i].version != pieces->items[i - 1].version ? 1 : 0;
    }
    return count;
}

enum th_err register_find_root(const struct th_register *reg, struct th_bytes root, uint32_t *uid)
{
    struct th_bytes code;
    th_day day = TH_DAY_NONE;
    TH_TRY(th_unit_ref_parse(root, &code, &day));
    uint32_t uids[2] = {TH_UNIT_NONE, TH_UNIT_NONE};
    if (day != TH_DAY_NONE) {
        uids[0] = th_register_find(reg, code, day);
    } else if (th_register_with_code(reg, code, uids, 2) > 1) {
        return TH_E_INVALID;
    }
    if (uids[0] == TH_UNIT_NONE) {
        return TH_E_NOT_FOUND;
    }
    *uid = uids[0];
    return TH_OK;
}

enum th_err register_cut(struct register_pieces *pieces)
{
    const struct th_register *reg = pieces->reg;
    pieces->count = 0;
    for (size_t root = 0; root < pieces->root_count; root++) {
        const struct register_run spans = reg->lives[pieces->roots[root] - 1].spans;
        for (uint32_t i = spans.first; i < spans.first + spans.count; i++) {
            const struct th_unit *unit = &reg->versions[reg->spans[i].version].unit;
            TH_TRY(walk(pieces,
                        (struct register_piece){.version = reg->spans[i].version,
                                                .from = unit->from,
                                                .until = unit->until}));
        }
    }
    settle(pieces);
    return TH_OK;
}

enum th_err register_of_pieces(const struct register_pieces *pieces, struct th_register **out)
{
    TH_SCOPED(th_register_free) struct th_register *part = register_new();
    if (part == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(copy_part(pieces, part));
    *out = part;
    part = NULL; // the caller owns it now
    return TH_OK;
}

enum th_err th_register_subtree(const struct th_register *reg,
                                struct th_bytes root,
                                struct th_register **out,
                                size_t *left_out)
{
    uint32_t uid = TH_UNIT_NONE;
    TH_SCOPED(register_pieces_free)
    struct register_pieces pieces = {.reg = reg, .roots = &uid, .root_count = 1};
    TH_TRY(register_find_root(reg, root, &uid));
    TH_TRY(register_cut(&pieces));
    TH_TRY(register_of_pieces(&pieces, out));
    *left_out = reg->version_count - count_versions(&pieces);
    return TH_OK;
}
