// edition_frame.c - a table about people laid over the tree of units; see edition_table.h

#include <stdlib.h>
#include <string.h>

#include "workers/edition_table.h"

static const uint32_t NONE = UINT32_MAX;

struct framing {
    struct edition_table *table;
    const struct th_register *reg;
    uint32_t room; // of places
};

static int compare_places(const void *a, const void *b)
{
    const struct edition_place *one = a;
    const struct edition_place *other = b;
    return (one->uid > other->uid) - (one->uid < other->uid);
}

const struct edition_place *edition_place_of(const struct edition_table *table, uint32_t uid)
{
    const struct edition_place wanted = {.uid = uid};
    return table->place_count == 0
               ? NULL
               : bsearch(
                     &wanted, table->places, table->place_count, sizeof(wanted), compare_places);
}

static uint32_t index_of(const struct edition_table *table, uint32_t uid)
{
    const struct edition_place *place = edition_place_of(table, uid);
    return place == NULL ? NONE : (uint32_t)(place - table->places);
}

// ---- which units ----

static enum th_err add_place(struct framing *framing, struct edition_place place)
{
    struct edition_table *table = framing->table;
    if (table->place_count == framing->room) {
        const uint32_t room = framing->room == 0 ? 256 : 2 * framing->room;
        struct edition_place *places = reallocarray(table->places, room, sizeof(*places));
        if (places == NULL) {
            return TH_E_NO_MEMORY;
        }
        table->places = places;
        framing->room = room;
    }
    table->places[table->place_count++] = place;
    return TH_OK;
}

static size_t
path_of(const struct framing *framing, uint32_t uid, uint32_t path[static TH_UNIT_DEPTH_MAX])
{
    if (uid == TH_UNIT_NONE || uid > th_register_unit_count(framing->reg)) {
        return 0;
    }
    const th_day day = th_register_structure_day(framing->reg, uid, framing->table->period);
    return th_register_path(framing->reg, uid, day, path);
}

// The unit and all above it; a unit may come several times until they are sorted.
static enum th_err add_path(struct framing *framing, uint32_t uid, bool has_own)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = path_of(framing, uid, path);
    if (depth == 0) {
        return TH_E_CORRUPT;
    }
    for (size_t i = 0; i < depth; i++) {
        TH_TRY(add_place(framing,
                         (struct edition_place){.uid = path[i],
                                                .parent = path[i + 1 < depth ? i + 1 : i],
                                                .leaf = NONE,
                                                .has_own = has_own && i == 0,
                                                .first_child = NONE,
                                                .next_sibling = NONE}));
    }
    return TH_OK;
}

static bool has_people(const struct edition_table *table, const int64_t *people)
{
    bool any = false;
    for (uint32_t k = 0; k < table->groups.kind_count && !any; k++) {
        any = people[k] != 0;
    }
    return any;
}

// Every unit of the frame of an edition has a row, so those above are among them.
static enum th_err add_stored(struct framing *framing)
{
    const struct edition_table *table = framing->table;
    int64_t people[TH_SUPPRESS_KINDS_MAX];
    for (size_t i = 0; i < table->row_count; i++) {
        struct edition_unit unit = {.people = people};
        TH_TRY(edition_read_unit(table->rows[i].payload, &table->groups, &unit));
        TH_TRY(add_place(framing,
                         (struct edition_place){.uid = table->rows[i].uid,
                                                .parent = unit.parent,
                                                .leaf = NONE,
                                                .has_own = has_people(table, people),
                                                .stored = true,
                                                .first_child = NONE,
                                                .next_sibling = NONE}));
    }
    return TH_OK;
}

// False: somewhere a unit stands below two others.
static bool unite(struct edition_table *table)
{
    uint32_t kept = 0;
    bool agree = true;
    if (table->place_count > 0) { // places is NULL without any
        qsort(table->places, table->place_count, sizeof(*table->places), compare_places);
    }
    for (uint32_t i = 0; i < table->place_count; i++) {
        if (kept > 0 && table->places[kept - 1].uid == table->places[i].uid) {
            table->places[kept - 1].has_own |= table->places[i].has_own;
            table->places[kept - 1].stored |= table->places[i].stored;
            agree = agree && table->places[kept - 1].parent == table->places[i].parent;
        } else {
            table->places[kept++] = table->places[i];
        }
    }
    table->place_count = kept;
    return agree;
}

// ---- is it a tree, and still the same one? ----

// What the rows say is a tree of its own; anything else is damage.
static enum th_err check_stored(const struct edition_table *table)
{
    uint32_t roots = 0;
    for (uint32_t i = 0; i < table->place_count; i++) {
        const struct edition_place *at = &table->places[i];
        roots += at->parent == at->uid ? 1 : 0;
        size_t steps = 0;
        while (at != NULL && at->parent != at->uid && steps++ < TH_UNIT_DEPTH_MAX) {
            at = edition_place_of(table, at->parent);
        }
        if (at == NULL || at->parent != at->uid) {
            return TH_E_CORRUPT;
        }
    }
    return roots == 1 || table->place_count == 0 ? TH_OK : TH_E_CORRUPT;
}

// The register says the same of every unit, and above a unit stand those that stand above the one
// above it.
static void compare_trees(const struct framing *framing, bool agree)
{
    struct edition_table *table = framing->table;
    uint32_t roots = 0;
    const enum edition_closed other =
        table->row_count > 0 ? EDITION_CLOSED_MOVED : EDITION_CLOSED_TREE;
    table->closed = agree ? EDITION_CLOSED_NOT : other;
    for (uint32_t i = 0; i < table->place_count && agree; i++) {
        uint32_t path[TH_UNIT_DEPTH_MAX];
        const size_t depth = path_of(framing, table->places[i].uid, path);
        roots += depth == 1 ? 1 : 0;
        for (size_t k = 0; k < depth; k++) {
            const uint32_t above = path[k + 1 < depth ? k + 1 : k];
            const struct edition_place *place = edition_place_of(table, path[k]);
            if (place == NULL || place->parent != above) {
                table->closed = other;
                return;
            }
        }
    }
    if (agree && roots != 1 && table->place_count > 0) {
        table->closed = EDITION_CLOSED_TREE;
    }
}

// ---- nodes in their order ----

// Where a unit stands among its sisters: by code, then number.
struct sister {
    struct th_bytes code;
    uint32_t place;
};

static int compare_sisters(const void *a, const void *b)
{
    const struct sister *one = a;
    const struct sister *other = b;
    const int order = th_bytes_compare(one->code, other->code);
    return order != 0 ? order : (one->place > other->place) - (one->place < other->place);
}

static void link_sisters(struct edition_table *table, const struct sister *sisters)
{
    for (uint32_t i = table->place_count; i-- > 0;) {
        struct edition_place *place = &table->places[sisters[i].place];
        if (place->parent != place->uid) {
            struct edition_place *above = &table->places[index_of(table, place->parent)];
            place->next_sibling = above->first_child;
            above->first_child = sisters[i].place;
        }
    }
}

static enum th_err link_children(const struct framing *framing)
{
    struct edition_table *table = framing->table;
    struct sister *sisters = calloc((size_t)table->place_count + 1, sizeof(*sisters));
    if (sisters == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < table->place_count; i++) {
        const uint32_t uid = table->places[i].uid;
        struct th_unit unit = {.code = {0}};
        if (framing->reg != NULL) {
            const th_day day = th_register_structure_day(framing->reg, uid, table->period);
            const enum th_err err = th_register_on(framing->reg, uid, day, &unit);
            (void)err; // it has a path on that day
        }
        sisters[i] = (struct sister){.code = unit.code, .place = i};
    }
    qsort(sisters, table->place_count, sizeof(*sisters), compare_sisters);
    link_sisters(table, sisters);
    free(sisters);
    return TH_OK;
}

static void add_node(struct edition_table *table, uint32_t parent, uint32_t uid)
{
    const uint32_t node = table->frame.node_count++;
    table->nodes[node] = (struct th_suppress_node){
        .parent = parent == NONE ? node : parent,
        .published = uid != TH_UNIT_NONE,
    };
    table->units[node] = uid;
}

// A unit, then the leaf of its own people when there are units below it too.
static void enter(struct edition_table *table, struct edition_place *place)
{
    const bool is_root = place->parent == place->uid;
    const uint32_t above = is_root ? NONE : table->places[index_of(table, place->parent)].node;
    place->node = table->frame.node_count;
    add_node(table, above, place->uid);
    if (place->first_child == NONE) {
        place->leaf = table->leaf_count++;
    } else if (place->has_own) {
        place->leaf = table->leaf_count++;
        add_node(table, place->node, TH_UNIT_NONE);
    }
}

static void number_nodes(struct edition_table *table, uint32_t root)
{
    uint32_t at = root;
    while (at != NONE) {
        struct edition_place *place = &table->places[at];
        enter(table, place);
        at = place->first_child;
        while (at == NONE && place->parent != place->uid) {
            at = place->next_sibling;
            place = &table->places[index_of(table, place->parent)];
        }
    }
}

static enum th_err make_nodes(const struct framing *framing)
{
    struct edition_table *table = framing->table;
    const size_t most = 2 * (size_t)table->place_count;
    uint32_t root = 0;
    table->nodes = calloc(most + 1, sizeof(*table->nodes));
    table->units = calloc(most + 1, sizeof(*table->units));
    if (table->nodes == NULL || table->units == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(link_children(framing));
    while (table->places[root].parent != table->places[root].uid) {
        root++;
    }
    number_nodes(table, root);
    table->frame.nodes = table->nodes;
    table->frame.groups = table->groups.groups;
    table->frame.group_count = table->groups.group_count;
    table->frame.lines = table->groups.lines;
    table->frame.line_count = table->groups.line_count;
    table->frame.parts = table->groups.parts;
    table->frame.kind_count = table->groups.kind_count;
    table->frame.sum_count = table->groups.sum_count;
    return TH_OK;
}

enum th_err edition_table_frame(struct edition_table *table,
                                const struct th_register *reg,
                                const uint32_t *uids,
                                size_t count)
{
    struct framing framing = {.table = table, .reg = reg};
    if (table->closed != EDITION_CLOSED_NOT) {
        return TH_OK;
    }
    TH_TRY(add_stored(&framing));
    TH_TRY(unite(table) ? check_stored(table) : TH_E_CORRUPT);
    for (size_t i = 0; i < count; i++) {
        TH_TRY(add_path(&framing, uids[i], true));
    }
    const bool agree = unite(table);
    if (reg != NULL) {
        compare_trees(&framing, agree);
    }
    if (table->place_count == 0 || table->closed != EDITION_CLOSED_NOT) {
        return TH_OK;
    }
    return make_nodes(&framing);
}
