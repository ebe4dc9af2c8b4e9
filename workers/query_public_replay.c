// query_public_replay.c - the editions of a table one after another; see query_public.h

#include <stdlib.h>

#include "workers/query_public.h"

void public_replay_end(struct replay *replay)
{
    edition_state_free(&replay->state);
    edition_table_free(&replay->table);
    free(replay->kinds);
    free(replay->values);
    free(replay->shown_in);
    free(replay->moments);
    free(replay->reported);
}

static enum th_err make_room(struct replay *replay)
{
    const struct edition_table *table = replay->table;
    const size_t nodes = table->frame.node_count;
    const size_t cells = nodes * table->groups.group_count + 1;
    replay->kinds = calloc(nodes * table->groups.kind_count + 1, sizeof(*replay->kinds));
    replay->values = calloc(cells, sizeof(*replay->values));
    replay->shown_in = calloc(cells, sizeof(*replay->shown_in));
    replay->moments = calloc((size_t)table->edition_count + 1, sizeof(*replay->moments));
    replay->reported = calloc(nodes + 1, sizeof(*replay->reported));
    const bool room = replay->kinds != NULL && replay->values != NULL && replay->shown_in != NULL &&
                      replay->moments != NULL && replay->reported != NULL;
    return room ? edition_state_make(table, &replay->state) : TH_E_NO_MEMORY;
}

static void note_shown(struct replay *replay, uint32_t edition)
{
    const struct edition_table *table = replay->table;
    const size_t groups = table->groups.group_count;
    edition_sum(table, replay->state.people, replay->kinds);
    for (size_t node = 0; node < table->frame.node_count; node++) {
        const int64_t *kinds = replay->kinds + node * table->groups.kind_count;
        for (uint32_t group = 0; group < groups; group++) {
            const size_t cell = node * groups + group;
            if (replay->state.shown[cell] != 0) {
                replay->values[cell] = edition_cell(table, kinds, group);
                replay->shown_in[cell] = edition + 1;
            }
        }
    }
}

static bool is_covered(const struct replay *replay, const struct edition_place *place)
{
    const struct edition_table *table = replay->table;
    const struct th_province *province = replay->reading->answer->province.province;
    if (place->leaf == UINT32_MAX) {
        return false;
    }
    const int64_t *own = replay->state.people + (size_t)place->leaf * table->groups.kind_count;
    const th_day day = th_register_structure_day(province->reg, place->uid, table->period);
    return edition_cell(table, own, 0) > 0 &&
           th_form_is_reporter(replay->form, province->reg, province->root, place->uid, day);
}

static void count_reported(struct replay *replay)
{
    const struct edition_table *table = replay->table;
    for (uint32_t i = 0; i < table->place_count; i++) {
        if (!is_covered(replay, &table->places[i])) {
            continue;
        }
        uint32_t node = table->places[i].node;
        replay->reported[node]++;
        while (table->nodes[node].parent != node) {
            node = table->nodes[node].parent;
            replay->reported[node]++;
        }
    }
}

enum th_err public_replay(struct replay *replay, struct th_store now)
{
    const struct edition_table *table = replay->table;
    TH_TRY(make_room(replay));
    for (uint32_t e = 0; e < table->edition_count; e++) {
        struct edition_head head;
        TH_TRY(edition_head_of(now, &replay->reading->check, table->editions[e].number, &head));
        replay->moments[e] = head.moment_ms;
        TH_TRY(edition_step(table, e, &replay->state));
        note_shown(replay, e);
    }
    count_reported(replay);
    return TH_OK;
}
