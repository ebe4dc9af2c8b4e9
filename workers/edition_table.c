// edition_table.c - see edition_table.h: a table's editions, and the state of each

#include "workers/edition_table.h"

#include <stdlib.h>
#include <string.h>

enum { MARKS = TH_SUPPRESS_MARKS };

void edition_table_free(struct edition_table **table)
{
    if (*table != NULL) {
        free((*table)->editions);
        free((*table)->rows);
        free((*table)->places);
        free((*table)->nodes);
        free((*table)->units);
        free(*table);
        *table = NULL;
    }
}

// ---- reading ----

static enum th_err add_row(struct edition_table *table, struct edition_row row)
{
    if (table->row_count == table->row_room) {
        const size_t room = table->row_room == 0 ? 256 : 2 * table->row_room;
        struct edition_row *rows = reallocarray(table->rows, room, sizeof(*rows));
        if (rows == NULL) {
            return TH_E_NO_MEMORY;
        }
        table->rows = rows;
        table->row_room = room;
    }
    table->rows[table->row_count++] = row;
    table->editions[table->edition_count - 1].row_count++;
    return TH_OK;
}

static enum th_err
add_edition(struct edition_table *table, uint32_t number, const struct edition_renewal *renewal)
{
    uint8_t bytes[EDITION_LAYOUT_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    if (table->edition_count == TH_SUPPRESS_EDITIONS_MAX) {
        return TH_E_CORRUPT;
    }
    edition_write_layout(&writer, &table->groups);
    if (writer.overflow || !th_bytes_equal(th_written(&writer), renewal->layout)) {
        table->closed = EDITION_CLOSED_LAYOUT;
    }
    table->editions[table->edition_count++] = (struct edition_stored){
        .number = number,
        .threshold = renewal->threshold,
        .share_base = renewal->share_base,
        .first_row = table->row_count,
    };
    return TH_OK;
}

static enum th_err
take(struct edition_table *table, const struct edition_key *at, struct th_bytes payload)
{
    struct edition_renewal renewal;
    if (at->uid == TH_UNIT_NONE) {
        TH_TRY(edition_read_renewal(payload, &renewal));
        return add_edition(table, at->number, &renewal);
    }
    const bool begun =
        table->edition_count > 0 && table->editions[table->edition_count - 1].number == at->number;
    return begun ? add_row(table, (struct edition_row){at->uid, payload}) : TH_E_CORRUPT;
}

static enum th_err
read_rows(struct th_store store, const struct th_check *check, struct edition_table *table)
{
    const struct key prefix = key_of_editions(table->name, table->period);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_EDITION, key_view(&prefix), &key, &value);
    while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
        struct edition_key at;
        TH_TRY(key_read_edition(key, &at));
        TH_TRY(th_check_open(check, TABLE_EDITION, key, &value));
        TH_TRY(take(table, &at, value));
        err = th_store_next(store, TABLE_EDITION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// What it is cut by; closed when that cannot be.
static enum th_err cut(const struct th_catalogue *catalogue, struct edition_table *table)
{
    struct public_spec spec;
    enum th_err err = edition_spec(catalogue, table->name, &spec);
    if (err == TH_OK) {
        err = public_groups_make(&spec, &table->groups);
    }
    if (err == TH_E_TOO_LARGE || err == TH_E_NOT_FOUND) {
        table->closed = err == TH_E_TOO_LARGE ? EDITION_CLOSED_LARGE : EDITION_CLOSED_LAYOUT;
        return TH_OK;
    }
    return err;
}

enum th_err edition_table_read(struct th_store store,
                               const struct th_check *check,
                               const struct th_catalogue *catalogue,
                               struct th_bytes name,
                               struct th_period period,
                               struct edition_table **table)
{
    struct edition_table *made = calloc(1, sizeof(*made));
    *table = made;
    if (made == NULL || name.size > sizeof(made->name_text)) {
        return made == NULL ? TH_E_NO_MEMORY : TH_E_CORRUPT;
    }
    memcpy(made->name_text, name.data, name.size);
    made->name = (struct th_bytes){made->name_text, name.size};
    made->period = period;
    made->editions = calloc(TH_SUPPRESS_EDITIONS_MAX, sizeof(*made->editions));
    if (made->editions == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(cut(catalogue, made));
    return read_rows(store, check, made);
}

// ---- states ----

enum th_err edition_state_make(const struct edition_table *table, struct edition_state *state)
{
    const struct public_groups *groups = &table->groups;
    const size_t leaves = table->leaf_count;
    state->people = calloc(leaves * groups->kind_count + 1, sizeof(*state->people));
    state->marks = calloc(leaves * groups->sum_count * MARKS + 1, sizeof(*state->marks));
    state->shown = calloc((size_t)table->frame.node_count * groups->group_count + 1, 1);
    const bool room = state->people != NULL && state->marks != NULL && state->shown != NULL;
    return room ? TH_OK : TH_E_NO_MEMORY;
}

void edition_state_free(struct edition_state *state)
{
    free(state->people);
    free(state->marks);
    free(state->shown);
    *state = (struct edition_state){0};
}

void edition_state_copy(const struct edition_table *table,
                        const struct edition_state *from,
                        struct edition_state *to)
{
    const struct public_groups *groups = &table->groups;
    const size_t leaves = table->leaf_count;
    memcpy(to->people, from->people, leaves * groups->kind_count * sizeof(*to->people));
    memcpy(to->marks, from->marks, leaves * groups->sum_count * MARKS * sizeof(*to->marks));
    memcpy(to->shown, from->shown, (size_t)table->frame.node_count * groups->group_count);
}

// A unit whose own people have no leaf never had any: its numbers are zeros.
enum th_err
edition_step(const struct edition_table *table, uint32_t at, struct edition_state *state)
{
    const struct public_groups *groups = &table->groups;
    const struct edition_stored *edition = &table->editions[at];
    for (size_t i = 0; i < edition->row_count; i++) {
        const struct edition_row *row = &table->rows[edition->first_row + i];
        const struct edition_place *place = edition_place_of(table, row->uid);
        if (place == NULL) {
            return TH_E_CORRUPT;
        }
        const size_t leaf = place->leaf;
        const bool own = place->leaf != UINT32_MAX;
        struct edition_unit unit = {
            .people = own ? state->people + leaf * groups->kind_count : NULL,
            .marks = own ? state->marks + leaf * groups->sum_count * MARKS : NULL,
            .shown = state->shown + (size_t)place->node * groups->group_count,
        };
        TH_TRY(edition_read_unit(row->payload, groups, &unit));
    }
    return TH_OK;
}

// ---- cells ----

void edition_sum(const struct edition_table *table, const int64_t *people, int64_t *cells)
{
    const size_t kinds = table->groups.kind_count;
    size_t leaf = table->leaf_count;
    memset(cells, 0, table->frame.node_count * kinds * sizeof(*cells));
    // From the last node to the first: what is below a node stands behind it.
    for (uint32_t node = table->frame.node_count; node-- > 0;) {
        const uint32_t parent = table->nodes[node].parent;
        const bool is_leaf =
            node + 1 == table->frame.node_count || table->nodes[node + 1].parent != node;
        if (is_leaf) {
            leaf--;
            memcpy(cells + node * kinds, people + leaf * kinds, kinds * sizeof(*cells));
        }
        for (size_t k = 0; k < kinds && parent != node; k++) {
            cells[parent * kinds + k] += cells[node * kinds + k];
        }
    }
}

int64_t edition_cell(const struct edition_table *table, const int64_t *kinds, uint32_t group)
{
    const struct th_suppress_kinds *of = &table->groups.groups[group].kinds;
    int64_t sum = 0;
    for (uint32_t k = 0; k < table->groups.kind_count; k++) {
        sum += of->bits[k / 64] >> (k % 64) & 1 ? kinds[k] : 0;
    }
    return sum;
}
