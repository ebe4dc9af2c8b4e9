// edition_make.c - see edition_make.h

#include "workers/edition_make.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/pool.h"

#include "workers/edition_count.h"
#include "workers/edition_table.h"

enum { MARKS = TH_SUPPRESS_MARKS };

static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

struct put {
    struct key key;
    struct th_bytes value;
};

struct edition_draft {
    struct edition_head head;
    struct th_pool values;
    struct put *puts;
    size_t count, room;
};

void edition_draft_free(struct edition_draft **draft)
{
    if (*draft != NULL) {
        th_pool_free(&(*draft)->values);
        free((*draft)->puts);
        free(*draft);
        *draft = NULL;
    }
}

struct edition_head edition_draft_head(const struct edition_draft *draft)
{
    return draft->head;
}

static enum th_err put(struct edition_draft *draft, const struct key *key, struct th_bytes value)
{
    if (draft->count == draft->room) {
        const size_t room = draft->room == 0 ? 256 : 2 * draft->room;
        struct put *puts = reallocarray(draft->puts, room, sizeof(*puts));
        if (puts == NULL) {
            return TH_E_NO_MEMORY;
        }
        draft->puts = puts;
        draft->room = room;
    }
    struct put *made = &draft->puts[draft->count];
    made->key = *key;
    TH_TRY(th_pool_copy(&draft->values, value, &made->value));
    draft->count++;
    return TH_OK;
}

// ---- one table ----

struct renewing {
    const struct edition_task *task;
    struct edition_draft *draft;
    struct edition_table *table;
    struct edition_people people;
    struct edition_state *states; // of the stored editions, and the new one behind them
    uint32_t state_count;
};

static void renewing_end(struct renewing *renewing)
{
    for (uint32_t i = 0; i < renewing->state_count; i++) {
        edition_state_free(&renewing->states[i]);
    }
    free(renewing->states);
    edition_people_free(&renewing->people);
    edition_table_free(&renewing->table);
}

// Could all editions be judged together? Asked before there is memory for them.
static bool fits(const struct edition_table *table)
{
    const struct public_groups *groups = &table->groups;
    const uint64_t numbers = (uint64_t)table->leaf_count * groups->kind_count +
                             (uint64_t)table->frame.node_count * groups->group_count;
    return numbers * (table->edition_count + 1) <= TH_SUPPRESS_CELLS_MAX;
}

static enum th_err make_states(struct renewing *renewing)
{
    const struct edition_table *table = renewing->table;
    const uint32_t count = table->edition_count + 1;
    renewing->states = calloc(count, sizeof(*renewing->states));
    if (renewing->states == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct edition_state *state = &renewing->states[i];
        renewing->state_count++;
        TH_TRY(edition_state_make(table, state));
        if (i > 0 && i < table->edition_count) {
            edition_state_copy(table, &renewing->states[i - 1], state);
        }
        if (i < table->edition_count) {
            TH_TRY(edition_step(table, i, state));
        }
    }
    return TH_OK;
}

static void take_people(struct renewing *renewing)
{
    const struct public_groups *groups = &renewing->table->groups;
    const struct edition_people *people = &renewing->people;
    struct edition_state *now = &renewing->states[renewing->table->edition_count];
    const size_t kinds = groups->kind_count;
    const size_t marks = (size_t)groups->sum_count * MARKS;
    for (size_t i = 0; i < people->count; i++) {
        const size_t leaf = edition_place_of(renewing->table, people->uids[i])->leaf;
        memcpy(
            now->people + leaf * kinds, people->people + i * kinds, kinds * sizeof(*now->people));
        if (marks > 0) {
            memcpy(
                now->marks + leaf * marks, people->marks + i * marks, marks * sizeof(*now->marks));
        }
    }
}

static bool is_same(const struct renewing *renewing)
{
    const struct edition_table *table = renewing->table;
    const size_t leaves = table->leaf_count;
    if (table->edition_count == 0) {
        return false;
    }
    const struct edition_state *before = &renewing->states[table->edition_count - 1];
    const struct edition_state *now = before + 1;
    return memcmp(before->people,
                  now->people,
                  leaves * table->groups.kind_count * sizeof(*now->people)) == 0 &&
           memcmp(before->marks,
                  now->marks,
                  leaves * table->groups.sum_count * MARKS * sizeof(*now->marks)) == 0;
}

// M1. A little less than whole weeks: an edition may come late, the next one in time.
static enum th_err must_wait(const struct renewing *renewing, bool *waits)
{
    const struct edition_table *table = renewing->table;
    struct edition_head newest;
    *waits = false;
    if (table->edition_count < EDITION_DAILY) {
        return TH_OK;
    }
    const uint32_t number = table->editions[table->edition_count - 1].number;
    TH_TRY(edition_head_of(renewing->task->store, renewing->task->check, number, &newest));
    const int64_t days = table->edition_count < EDITION_WEEKLY ? 7 : 28;
    *waits = renewing->task->moment_ms - newest.moment_ms < days * DAY_MS - DAY_MS / 2;
    return TH_OK;
}

static enum th_err decide(struct renewing *renewing, struct th_suppress_outcome *outcome)
{
    const struct edition_table *table = renewing->table;
    const struct th_catalogue_settings *settings =
        th_catalogue_settings(renewing->task->province->catalogue);
    struct th_suppress_edition editions[TH_SUPPRESS_EDITIONS_MAX];
    for (uint32_t i = 0; i <= table->edition_count; i++) {
        editions[i] = (struct th_suppress_edition){
            .threshold = i < table->edition_count ? table->editions[i].threshold
                                                  : settings->public_threshold,
            .people = renewing->states[i].people,
            .marks = renewing->states[i].marks,
            .shown = renewing->states[i].shown,
        };
    }
    const struct th_suppress_question question = {
        .frame = &table->frame,
        .share_base = settings->public_share_base,
        .editions = editions,
        .count = table->edition_count + 1,
    };
    const size_t size = th_suppress_memory(&question);
    TH_SCOPED(th_free_scoped) void *memory = size == 0 ? NULL : malloc(size);
    if (memory == NULL) {
        return size == 0 ? TH_E_TOO_LARGE : TH_E_NO_MEMORY;
    }
    return th_suppress_decide(
        &question, memory, size, renewing->states[table->edition_count].shown, outcome);
}

// ---- what is written of it ----

static enum th_err write_renewal(const struct renewing *renewing)
{
    const struct edition_table *table = renewing->table;
    const struct th_catalogue_settings *settings =
        th_catalogue_settings(renewing->task->province->catalogue);
    uint8_t layout[EDITION_LAYOUT_MAX];
    uint8_t bytes[EDITION_LAYOUT_MAX + 64];
    struct th_writer layout_writer = TH_WRITER(layout);
    struct th_writer writer = TH_WRITER(bytes);
    edition_write_layout(&layout_writer, &table->groups);
    const struct edition_renewal renewal = {
        .threshold = settings->public_threshold,
        .share_base = settings->public_share_base,
        .layout = th_written(&layout_writer),
    };
    edition_write_renewal(&writer, &renewal);
    const struct key key =
        key_of_edition(table->name, table->period, renewing->draft->head.number, TH_UNIT_NONE);
    return put(renewing->draft, &key, th_written(&writer));
}

static bool is_changed(const struct renewing *renewing, const struct edition_place *place)
{
    const struct edition_table *table = renewing->table;
    const struct public_groups *groups = &table->groups;
    if (table->edition_count == 0) {
        return true;
    }
    const struct edition_state *before = &renewing->states[table->edition_count - 1];
    const struct edition_state *now = before + 1;
    const size_t kinds = groups->kind_count;
    const size_t marks = (size_t)groups->sum_count * MARKS;
    const size_t shown = (size_t)place->node * groups->group_count;
    bool same = memcmp(before->shown + shown, now->shown + shown, groups->group_count) == 0;
    if (same && place->leaf != UINT32_MAX) {
        const size_t leaf = place->leaf;
        same = memcmp(before->people + leaf * kinds,
                      now->people + leaf * kinds,
                      kinds * sizeof(*now->people)) == 0 &&
               memcmp(before->marks + leaf * marks,
                      now->marks + leaf * marks,
                      marks * sizeof(*now->marks)) == 0;
    }
    return !same || !place->stored;
}

static enum th_err write_unit(const struct renewing *renewing, const struct edition_place *place)
{
    const struct edition_table *table = renewing->table;
    const struct public_groups *groups = &table->groups;
    const struct edition_state *now = &renewing->states[table->edition_count];
    int64_t nobody[TH_SUPPRESS_KINDS_MAX] = {0};
    uint16_t unmarked[(PUBLIC_MEMBERS_MAX + 1) * MARKS] = {0};
    uint8_t bytes[EDITION_UNIT_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    const bool own = place->leaf != UINT32_MAX;
    const size_t leaf = place->leaf;
    const struct edition_unit unit = {
        .parent = place->parent,
        .people = own ? now->people + leaf * groups->kind_count : nobody,
        .marks = own ? now->marks + leaf * groups->sum_count * MARKS : unmarked,
        .shown = now->shown + (size_t)place->node * groups->group_count,
    };
    edition_write_unit(&writer, groups, &unit);
    const struct key key =
        key_of_edition(table->name, table->period, renewing->draft->head.number, place->uid);
    return writer.overflow ? TH_E_TOO_LARGE : put(renewing->draft, &key, th_written(&writer));
}

static enum th_err write_table(const struct renewing *renewing)
{
    const struct edition_table *table = renewing->table;
    TH_TRY(write_renewal(renewing));
    for (uint32_t i = 0; i < table->place_count; i++) {
        if (is_changed(renewing, &table->places[i])) {
            TH_TRY(write_unit(renewing, &table->places[i]));
        }
    }
    return TH_OK;
}

// ---- renewing it ----

static enum th_err judge(struct renewing *renewing)
{
    struct edition_head *head = &renewing->draft->head;
    struct th_suppress_outcome outcome = {.kept = false};
    bool waits = false;
    take_people(renewing);
    if (is_same(renewing)) {
        head->same++;
        return TH_OK;
    }
    TH_TRY(must_wait(renewing, &waits));
    if (waits) {
        head->waiting++;
        return TH_OK;
    }
    const enum th_err err = decide(renewing, &outcome);
    if (err == TH_E_TOO_LARGE) {
        head->closed++;
        return TH_OK;
    }
    TH_TRY(err);
    if (outcome.kept || outcome.shown == 0) {
        head->kept++;
        return TH_OK;
    }
    head->renewed++;
    head->shown += outcome.shown;
    head->hidden += outcome.hidden;
    return write_table(renewing);
}

static bool is_closed(const struct edition_table *table)
{
    return table->closed != EDITION_CLOSED_NOT ||
           table->edition_count == TH_SUPPRESS_EDITIONS_MAX || !fits(table);
}

static enum th_err renew(const struct edition_task *task,
                         struct edition_draft *draft,
                         const struct edition_named *named)
{
    const struct th_province *province = task->province;
    TH_SCOPED(renewing_end) struct renewing renewing = {.task = task, .draft = draft};
    const struct th_bytes name = {named->text, named->size};
    const struct edition_counting counting = {
        .store = task->store,
        .check = task->check,
        .catalogue = province->catalogue,
        .units = th_register_unit_count(province->reg),
    };
    TH_TRY(edition_table_read(
        task->store, task->check, province->catalogue, name, named->period, &renewing.table));
    struct edition_table *table = renewing.table;
    if (table->closed == EDITION_CLOSED_NOT) {
        TH_TRY(edition_people_count(&counting, &table->groups, named, &renewing.people));
        table->closed = renewing.people.plain ? EDITION_CLOSED_NOT : EDITION_CLOSED_COUNTS;
    }
    TH_TRY(edition_table_frame(table, province->reg, renewing.people.uids, renewing.people.count));
    if (is_closed(table)) {
        draft->head.closed++;
        return TH_OK;
    }
    if (table->place_count == 0) {
        return TH_OK; // nobody is in it, nor ever was
    }
    TH_TRY(make_states(&renewing));
    return judge(&renewing);
}

static enum th_err renew_all(const struct edition_task *task, struct edition_draft *draft)
{
    TH_SCOPED(edition_names_free) struct edition_names names = {0};
    const struct edition_counting counting = {
        .store = task->store,
        .check = task->check,
        .catalogue = task->province->catalogue,
        .units = th_register_unit_count(task->province->reg),
    };
    TH_TRY(edition_names_read(&counting, &names));
    for (size_t i = 0; i < names.count; i++) {
        TH_TRY(renew(task, draft, &names.items[i]));
    }
    return TH_OK;
}

static enum th_err make(const struct edition_task *task, struct edition_draft *draft)
{
    struct edition_head newest = {.number = 0};
    draft->head = (struct edition_head){
        .moment_ms = task->moment_ms, .version = task->version, .made = task->made};
    if (task->made != EDITION_BEGUN) {
        TH_TRY(edition_newest(task->store, task->check, &newest));
        draft->head.number = newest.number + 1;
        TH_TRY(renew_all(task, draft));
    }
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    edition_write_head(&writer, &draft->head);
    const struct key key = key_of_edition_head(draft->head.number);
    return put(draft, &key, th_written(&writer));
}

enum th_err edition_make(const struct edition_task *task, struct edition_draft **draft)
{
    TH_SCOPED(edition_draft_free) struct edition_draft *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(make(task, made));
    *draft = made;
    made = NULL; // the caller owns it now
    return TH_OK;
}

static int compare_puts(const void *a, const void *b)
{
    const struct put *one = a;
    const struct put *other = b;
    return th_bytes_compare(key_view(&one->key), key_view(&other->key));
}

enum th_err edition_draft_write(const struct edition_draft *draft,
                                struct th_store store,
                                const struct th_check *check)
{
    struct edition_head newest = {.number = 0};
    const enum th_err err = edition_newest(store, check, &newest);
    const bool next = draft->head.made == EDITION_BEGUN
                          ? err == TH_E_NOT_FOUND
                          : err == TH_OK && newest.number + 1 == draft->head.number;
    if (!next) {
        return err == TH_OK || err == TH_E_NOT_FOUND ? TH_E_EXISTS : err;
    }
    qsort(draft->puts, draft->count, sizeof(*draft->puts), compare_puts); // as pages lie
    for (size_t i = 0; i < draft->count; i++) {
        uint8_t bytes[EDITION_UNIT_MAX + TH_CHECK_BYTES];
        struct th_writer writer = TH_WRITER(bytes);
        th_write_bytes(&writer, draft->puts[i].value);
        TH_TRY(th_check_put(check, store, TABLE_EDITION, key_view(&draft->puts[i].key), &writer));
    }
    return TH_OK;
}
