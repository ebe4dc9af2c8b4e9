// verify_edition.c - the editions of the public figures: whole, in order, and of people there were
//
//   heads    numbered without a gap; moments and versions in order; as many tables as they say
//   tables   every row readable; units that exist; nothing shown that its own edition forbids
//   people   those of the newest edition, counted again from the records of its version

#include <stdlib.h>
#include <string.h>

#include "workers/edition_count.h"
#include "workers/edition_table.h"
#include "workers/past.h"
#include "workers/verify_body.h"

enum { PAST_BYTES_MAX = 256 * 1024 * 1024, MARKS = TH_SUPPRESS_MARKS };

struct heads {
    struct edition_head *items;
    uint32_t *renewed; // tables that have rows in it
    size_t count, room;
};

struct editions {
    struct verify *verify;
    struct heads heads;
    uint64_t version;      // of the store
    struct th_store store; // of the newest edition that renewed something
    uint32_t newest;       // its number; 0: there is none, or it cannot be gone back to
};

static void editions_end(struct editions *editions)
{
    free(editions->heads.items);
    free(editions->heads.renewed);
}

static void found(struct verify *verify, const struct key *key)
{
    verify_found(verify,
                 &(struct verify_finding){
                     .code = TH_M_VERIFY_EDITION, .table = TABLE_EDITION, .key = key_view(key)});
}

// ---- heads ----

static enum th_err add_head(struct heads *heads, const struct edition_head *head)
{
    if (heads->count == heads->room) {
        const size_t room = heads->room == 0 ? 64 : 2 * heads->room;
        struct edition_head *items = reallocarray(heads->items, room, sizeof(*items));
        heads->items = items == NULL ? heads->items : items;
        uint32_t *renewed = reallocarray(heads->renewed, room, sizeof(*renewed));
        heads->renewed = renewed == NULL ? heads->renewed : renewed;
        if (items == NULL || renewed == NULL) {
            return TH_E_NO_MEMORY;
        }
        heads->room = room;
    }
    heads->renewed[heads->count] = 0;
    heads->items[heads->count++] = *head;
    return TH_OK;
}

static bool follows(const struct editions *editions, const struct edition_head *head)
{
    const size_t count = editions->heads.count;
    if (count == 0) {
        return head->number == 0 && head->made == EDITION_BEGUN && head->version == 0;
    }
    const struct edition_head *before = &editions->heads.items[count - 1];
    return head->number == before->number + 1 && head->made != EDITION_BEGUN &&
           head->moment_ms > before->moment_ms && head->version >= before->version &&
           head->version <= editions->version;
}

static enum th_err read_heads(struct editions *editions)
{
    struct verify *verify = editions->verify;
    const struct key first = key_of_edition_head(0);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(verify->setup->store, TABLE_EDITION, key_view(&first), &key, &value);
    while (err == TH_OK) {
        struct edition_key at;
        struct edition_head head;
        if (key_read_edition(key, &at) != TH_OK || at.table.size > 0) {
            return TH_OK; // the tables
        }
        const struct key of = key_of_edition_head(at.number);
        const enum th_err read =
            edition_head_of(verify->setup->store, &verify->check, at.number, &head);
        if (read == TH_OK && follows(editions, &head)) {
            TH_TRY(add_head(&editions->heads, &head));
        } else if (read == TH_OK || read == TH_E_CORRUPT) {
            found(verify, &of);
        } else {
            return read;
        }
        err = th_store_next(verify->setup->store, TABLE_EDITION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// A head is as its tables say.
static void compare_heads(const struct editions *editions)
{
    for (size_t i = 0; i < editions->heads.count; i++) {
        if (editions->heads.renewed[i] != editions->heads.items[i].renewed) {
            const struct key key = key_of_edition_head((uint32_t)i);
            found(editions->verify, &key);
        }
    }
}

// ---- what is shown ----

// By the first rule alone: what the others hide is not worked out again.
static bool may_show(const struct edition_table *table,
                     uint32_t edition,
                     const int64_t *kinds,
                     const uint8_t *shown,
                     uint32_t group)
{
    const struct th_suppress_group *of = &table->groups.groups[group];
    const struct edition_stored *stored = &table->editions[edition];
    const int64_t value = edition_cell(table, kinds, group);
    switch (of->rule) {
    case TH_SUPPRESS_COUNT:
        return value == 0 ? edition_cell(table, kinds, of->base) >= stored->share_base
                          : value >= stored->threshold;
    case TH_SUPPRESS_SCORED:
        return value >= stored->threshold;
    case TH_SUPPRESS_SUM:
        return shown[of->twin] != 0;
    case TH_SUPPRESS_REST:
        return false;
    }
    th_unreachable();
}

static bool all_may_show(const struct edition_table *table,
                         uint32_t edition,
                         const struct edition_state *state,
                         int64_t *cells)
{
    const uint32_t groups = table->groups.group_count;
    bool good = true;
    edition_sum(table, state->people, cells);
    for (size_t node = 0; node < table->frame.node_count && good; node++) {
        const int64_t *kinds = cells + node * table->groups.kind_count;
        const uint8_t *shown = state->shown + node * groups;
        for (uint32_t group = 0; group < groups && good; group++) {
            good = shown[group] == 0 || may_show(table, edition, kinds, shown, group);
        }
    }
    return good;
}

// ---- people ----

static bool same_unit(const struct edition_table *table,
                      const struct edition_state *state,
                      const struct edition_people *people,
                      size_t at)
{
    const struct public_groups *groups = &table->groups;
    const struct edition_place *place = edition_place_of(table, people->uids[at]);
    const size_t kinds = groups->kind_count;
    const size_t marks = (size_t)groups->sum_count * MARKS;
    if (place == NULL || place->leaf == UINT32_MAX) {
        return false;
    }
    const size_t leaf = place->leaf;
    return memcmp(state->people + leaf * kinds,
                  people->people + at * kinds,
                  kinds * sizeof(*people->people)) == 0 &&
           memcmp(state->marks + leaf * marks,
                  people->marks + at * marks,
                  marks * sizeof(*people->marks)) == 0;
}

// Everybody counted is there, and nobody else.
static bool same_people(const struct edition_table *table,
                        const struct edition_state *state,
                        const struct edition_people *people)
{
    uint32_t with_people = 0;
    bool same = people->plain;
    for (size_t leaf = 0; leaf < table->leaf_count; leaf++) {
        const int64_t *kinds = state->people + leaf * table->groups.kind_count;
        with_people += edition_cell(table, kinds, 0) != 0 ? 1 : 0;
    }
    for (size_t i = 0; i < people->count && same; i++) {
        const int64_t *kinds = people->people + i * table->groups.kind_count;
        same = same_unit(table, state, people, i);
        with_people -= edition_cell(table, kinds, 0) != 0 ? 1U : 0U;
    }
    return same && with_people == 0;
}

static enum th_err count_again(const struct editions *editions,
                               const struct edition_named *named,
                               const struct edition_table *table,
                               const struct edition_state *state,
                               bool *same)
{
    const struct verify_setup *setup = editions->verify->setup;
    TH_SCOPED(edition_people_free) struct edition_people people = {0};
    const struct edition_counting counting = {
        .store = editions->store,
        .check = &editions->verify->check,
        .catalogue = setup->catalogue,
        .units = th_register_unit_count(setup->reg),
    };
    TH_TRY(edition_people_count(&counting, &table->groups, named, &people));
    *same = same_people(table, state, &people);
    return TH_OK;
}

// ---- one table ----

static enum th_err look_at_edition(struct editions *editions,
                                   const struct edition_named *named,
                                   const struct edition_table *table,
                                   uint32_t at,
                                   const struct edition_state *state)
{
    const uint32_t number = table->editions[at].number;
    const size_t kinds = (size_t)table->frame.node_count * table->groups.kind_count;
    int64_t *cells = calloc(kinds + 1, sizeof(*cells));
    if (cells == NULL) {
        return TH_E_NO_MEMORY;
    }
    bool good =
        number < editions->heads.count && number > 0 && all_may_show(table, at, state, cells);
    free(cells);
    if (good) {
        editions->heads.renewed[number]++;
    }
    if (good && number == editions->newest) {
        TH_TRY(count_again(editions, named, table, state, &good));
    }
    if (!good) {
        const struct key key = key_of_edition(table->name, table->period, number, TH_UNIT_NONE);
        found(editions->verify, &key);
    }
    return TH_OK;
}

static bool units_exist(const struct verify *verify, const struct edition_table *table)
{
    bool exist = true;
    for (size_t i = 0; i < table->row_count && exist; i++) {
        exist = table->rows[i].uid <= th_register_unit_count(verify->setup->reg);
    }
    return exist;
}

static enum th_err play(struct editions *editions,
                        const struct edition_named *named,
                        const struct edition_table *table)
{
    TH_SCOPED(edition_state_free) struct edition_state state = {0};
    TH_TRY(edition_state_make(table, &state));
    for (uint32_t at = 0; at < table->edition_count; at++) {
        TH_TRY(edition_step(table, at, &state));
        TH_TRY(look_at_edition(editions, named, table, at, &state));
    }
    return TH_OK;
}

// Of another layout only the heads can be compared.
static void count_closed(struct editions *editions, const struct edition_table *table)
{
    for (uint32_t at = 0; at < table->edition_count; at++) {
        if (table->editions[at].number < editions->heads.count) {
            editions->heads.renewed[table->editions[at].number]++;
        }
    }
}

static enum th_err look_at_table(struct editions *editions, const struct edition_named *named)
{
    struct verify *verify = editions->verify;
    const struct th_bytes name = {named->text, named->size};
    TH_SCOPED(edition_table_free) struct edition_table *table = NULL;
    enum th_err err = edition_table_read(verify->setup->store,
                                         &verify->check,
                                         verify->setup->catalogue,
                                         name,
                                         named->period,
                                         &table);
    if (err == TH_OK && !units_exist(verify, table)) {
        err = TH_E_CORRUPT;
    }
    if (err == TH_OK) {
        err = edition_table_frame(table, NULL, NULL, 0);
    }
    if (err == TH_OK && table->closed != EDITION_CLOSED_NOT) {
        count_closed(editions, table);
        return TH_OK;
    }
    if (err == TH_OK) {
        err = play(editions, named, table);
    }
    if (err == TH_E_CORRUPT) {
        const struct key key = key_of_editions(name, named->period);
        found(verify, &key);
        return TH_OK;
    }
    return err;
}

// ---- all of them ----

static enum th_err read_version(struct editions *editions)
{
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    const enum th_err err = th_store_prev(
        editions->verify->setup->store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_OK && key_read_ledger(key, &at) == TH_OK) {
        editions->version = at.version;
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err each_table(struct editions *editions)
{
    TH_SCOPED(edition_names_free) struct edition_names names = {0};
    TH_TRY(edition_names_stored(editions->verify->setup->store, &names));
    for (size_t i = 0; i < names.count; i++) {
        TH_TRY(look_at_table(editions, &names.items[i]));
    }
    compare_heads(editions);
    return TH_OK;
}

static const struct edition_head *newest_renewed(const struct editions *editions)
{
    const struct edition_head *newest = NULL;
    for (size_t i = 0; i < editions->heads.count; i++) {
        newest = editions->heads.items[i].renewed > 0 ? &editions->heads.items[i] : newest;
    }
    return newest;
}

enum th_err verify_editions(struct verify *verify)
{
    TH_SCOPED(editions_end) struct editions editions = {.verify = verify};
    TH_SCOPED(past_close) struct past *past = NULL;
    TH_TRY(read_version(&editions));
    TH_TRY(read_heads(&editions));
    const struct edition_head *newest = newest_renewed(&editions);
    if (newest != NULL && newest->version == editions.version) {
        editions.store = verify->setup->store;
        editions.newest = newest->number;
    } else if (newest != NULL) {
        const enum th_err err =
            past_open(verify->setup->store, &verify->check, newest->version, PAST_BYTES_MAX, &past);
        if (err != TH_OK && err != TH_E_TOO_LARGE && err != TH_E_CORRUPT) {
            return err;
        }
        if (err == TH_OK) { // otherwise too much came since, or the ledger is damaged: said there
            editions.store = past_store(past);
            editions.newest = newest->number;
        }
    }
    return each_table(&editions);
}
