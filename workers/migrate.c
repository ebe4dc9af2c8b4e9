// migrate.c - see migrate.h

#include "workers/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "workers/port.h"
#include "workers/trouble.h"

enum { HEAD_BYTES = 4, STORE_ROW_MAX = 512 };

_Static_assert(STORE_FORMAT == 1, "a later format brings its step");
const struct migrate_steps MIGRATE_STEPS = {.list = NULL, .count = 0};

// ---- on the way ----

static enum th_err through(void *self, const struct th_export_row *row);

// How many steps bring format to the newest; TH_E_INVALID when there is none for it.
static enum th_err first_step(const struct migrate_steps *steps, uint16_t format, size_t *first)
{
    const uint16_t newest = steps->count > 0 ? steps->list[steps->count - 1].to : STORE_FORMAT;
    *first = steps->count;
    if (format >= newest) {
        return TH_OK; // nothing to do: whether it may be read is said elsewhere
    }
    for (size_t i = 0; i < steps->count; i++) {
        if (steps->list[i].to == format + 1) {
            *first = i;
            return TH_OK;
        }
    }
    return TH_E_INVALID;
}

enum th_err migrate_begin(struct migrating *migrating,
                          const struct migrate_steps *steps,
                          uint16_t format,
                          rows_sink *sink,
                          void *self)
{
    size_t first = 0;
    th_assert(steps->count <= MIGRATE_STEPS_MAX);
    TH_TRY(first_step(steps, format, &first));
    *migrating = (struct migrating){.steps = steps, .format = format, .sink = sink, .self = self};
    for (size_t i = 0; i < steps->count; i++) {
        migrating->places[i] = (struct migrate_level){.migrating = migrating, .step = i};
        migrating->levels[i] = (struct migrate_out){.sink = through, .self = &migrating->places[i]};
    }
    migrating->levels[steps->count] = (struct migrate_out){.sink = sink, .self = self};
    migrating->levels[MIGRATE_STEPS_MAX] = migrating->levels[first]; // where rows come in
    return TH_OK;
}

static bool is_store_row(const struct th_export_row *row)
{
    return row->table == TABLE_META && th_bytes_equal(row->key, TH_BYTES("store"));
}

// G2: format and min_reader are its first two numbers in every format.
static enum th_err put_store_row(const struct migrate_out *out,
                                 const struct migrate_step *step,
                                 const struct th_export_row *row)
{
    uint8_t value[STORE_ROW_MAX];
    struct th_export_row changed = *row;
    if (row->value.size < HEAD_BYTES || row->value.size > sizeof(value)) {
        return TH_E_CORRUPT;
    }
    memcpy(value, row->value.data, row->value.size);
    th_put_u16(value, step->to);
    th_put_u16(value + 2, step->min_reader);
    changed.value.data = value;
    return out->sink(out->self, &changed);
}

static enum th_err through(void *self, const struct th_export_row *row)
{
    const struct migrate_level *level = self;
    const struct migrate_step *step = &level->migrating->steps->list[level->step];
    const struct migrate_out *out = &level->migrating->levels[level->step + 1];
    if (is_store_row(row)) {
        return put_store_row(out, step, row);
    }
    return (step->tables >> row->table & 1) != 0 ? step->row(out, row) : out->sink(out->self, row);
}

enum th_err migrate_row(void *self, const struct th_export_row *row)
{
    const struct migrating *migrating = self;
    const struct migrate_out *in = &migrating->levels[MIGRATE_STEPS_MAX];
    return in->sink(in->self, row);
}

// ---- a whole store ----

struct sums {
    struct th_export_sum tables[TABLE_COUNT];
};

static struct sums *sums_make(void)
{
    struct sums *sums = aligned_alloc(_Alignof(struct sums), sizeof(*sums));
    for (size_t i = 0; sums != NULL && i < TABLE_COUNT; i++) {
        th_export_sum_start(&sums->tables[i]);
    }
    return sums;
}

struct building {
    const struct migrate *migrate;
    struct sound old;
    struct th_verdict *why;
    struct migrating migrating;
    struct rows_into into;
    struct sums *sums[2]; // of the rows as they came, and as they are
};

static enum th_err come(void *self, const struct th_export_row *row)
{
    struct building *building = self;
    th_export_sum_add(&building->sums[0]->tables[row->table], row->key, row->value);
    return migrate_row(&building->migrating, row);
}

static enum th_err seen(void *self, const struct th_export_row *row)
{
    struct building *building = self;
    th_export_sum_add(&building->sums[1]->tables[row->table], row->key, row->value);
    return TH_OK;
}

static enum th_err differs(struct building *building, const char *what)
{
    th_verdict_make(building->why, TH_M_RECORD_DAMAGED, 0, "", what, "migrate", NULL);
    return TH_E_CORRUPT;
}

// G3, of the tables but "meta".
static enum th_err compare_tables(struct building *building)
{
    uint32_t changed = UINT32_C(1) << TABLE_META;
    const struct migrate_steps *steps = building->migrate->steps;
    for (size_t i = 0; i < steps->count; i++) {
        changed |= steps->list[i].to > building->migrating.format ? steps->list[i].tables : 0;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        uint8_t came[TH_HASH256_BYTES];
        uint8_t is[TH_HASH256_BYTES];
        th_export_sum_end(&building->sums[0]->tables[i], came);
        th_export_sum_end(&building->sums[1]->tables[i], is);
        if ((changed >> i & 1) == 0 && memcmp(came, is, sizeof(is)) != 0) {
            return differs(building, TABLE_NAMES[i]);
        }
    }
    return TH_OK;
}

static enum th_err rename_it(const struct building *building)
{
    const struct renamed *renamed = building->migrate->renamed;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    if (renamed == NULL) {
        return TH_OK;
    }
    TH_TRY(th_disk_begin(building->into.disk, &txn));
    TH_TRY(open_rename(th_disk_store(&txn), renamed));
    return th_disk_commit(&txn);
}

static enum th_err check(struct building *building)
{
    struct rows_place place = {.table = TABLE_META};
    const struct sound *old = &building->old;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(building->into.disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    TH_TRY(rows_walk(store, &building->into.check, seen, building, &place));
    TH_TRY(compare_tables(building));
    struct sound now;
    TH_TRY(building->migrate->look(building->migrate->self, store, building->why));
    TH_TRY(sound_head(store, &now));
    const uint64_t id = building->migrate->renamed != NULL ? building->migrate->renamed->store_id
                                                           : old->identity.store_id;
    const bool same = now.identity.birth_id == old->identity.birth_id &&
                      now.identity.store_id == id && now.result.version == old->result.version &&
                      memcmp(now.chain, old->chain, sizeof(now.chain)) == 0;
    return same ? TH_OK : differs(building, "store");
}

static enum th_err fill(void *self, struct th_disk *disk)
{
    struct building *building = self;
    struct rows_place place = {.table = TABLE_META};
    building->into.disk = disk;
    enum th_err err =
        rows_walk(building->migrate->old, &building->into.check, come, building, &place);
    err = err == TH_OK ? rows_finish(&building->into) : err;
    rows_drop(&building->into);
    if (err == TH_E_CORRUPT) {
        return differs(building, TABLE_NAMES[place.table]);
    }
    TH_TRY(err);
    TH_TRY(rename_it(building));
    return check(building);
}

static enum th_err not_from_there(const struct building *building)
{
    th_verdict_make(building->why, TH_M_STORE_OLDER, 0, "", "?", NULL);
    return TH_E_INVALID;
}

enum th_err migrate_build(const struct migrate *migrate, const char *path, struct th_verdict *why)
{
    struct building building = {.migrate = migrate, .why = why};
    *why = (struct th_verdict){0};
    enum th_err err = sound_head(migrate->old, &building.old);
    if (err == TH_OK) {
        const uint16_t format = building.old.identity.format;
        building.into.check = open_check(building.old.identity.birth_id);
        err = migrate_begin(&building.migrating, migrate->steps, format, rows_put, &building.into);
        if (err == TH_E_INVALID) {
            return not_from_there(&building);
        }
    }
    building.sums[0] = sums_make();
    building.sums[1] = sums_make();
    err = building.sums[0] == NULL || building.sums[1] == NULL ? TH_E_NO_MEMORY : err;
    err = err == TH_OK ? th_disk_build(path, &migrate->options, fill, &building) : err;
    free(building.sums[0]);
    free(building.sums[1]);
    return why->code == 0 ? trouble_of_store(why, err) : err;
}
