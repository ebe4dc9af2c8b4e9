// port.c - see port.h

#include "workers/port.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/clock.h"

#include "workers/migrate.h"
#include "workers/table.h"

enum { KEY_SHOWN = 24 };

static enum th_err say(struct th_verdict *why, unsigned code, const char *text, enum th_err err)
{
    th_verdict_make(why, code, 0, "", text, NULL);
    return err;
}

// ---- out ----

struct counting {
    th_export_sink *sink;
    void *self;
    uint64_t bytes;
};

static enum th_err count(void *self, struct th_bytes bytes)
{
    struct counting *counting = self;
    counting->bytes += bytes.size;
    return counting->sink(counting->self, bytes);
}

static enum th_err put_row(void *self, const struct th_export_row *row)
{
    return th_export_row(self, row);
}

static enum th_err damaged(const struct rows_place *place, enum th_err err, struct th_verdict *why)
{
    char hex[2 * KEY_SHOWN + 1];
    const size_t shown = place->size < KEY_SHOWN ? place->size : KEY_SHOWN;
    (void)th_hex((struct th_bytes){.data = place->key, .size = shown}, hex);
    th_verdict_make(why, TH_M_RECORD_DAMAGED, 0, "", TABLE_NAMES[place->table], hex, NULL);
    return err;
}

static struct th_export_head head_of(const struct sound *sound)
{
    struct th_export_head head = {
        .stream = TH_EXPORT_STREAM,
        .format = sound->identity.format,
        .min_reader = sound->identity.min_reader,
        .lineage = th_bytes_of(sound->identity.lineage),
        .store_id = sound->identity.store_id,
        .birth_id = sound->identity.birth_id,
        .version = sound->result.version,
        .wall_ms = th_wall_ms(),
        .program = TH_BYTES("tonghop " TONGHOP_VERSION),
    };
    memcpy(head.chain, sound->chain, sizeof(head.chain));
    return head;
}

enum th_err port_out(struct th_store store,
                     th_export_sink *sink,
                     void *self,
                     struct port_result *result,
                     struct th_verdict *why)
{
    struct counting counting = {.sink = sink, .self = self};
    struct rows_place place = {.table = TABLE_META};
    TH_SCOPED(th_export_free) struct th_export *export = NULL;
    *why = (struct th_verdict){0};
    *result = (struct port_result){.rows = 0};
    enum th_err err = sound_head(store, &result->sound);
    if (err != TH_OK) {
        return say(why, TH_M_WRITE_FAILED, th_err_text(err), err);
    }
    const struct th_check check = open_check(result->sound.identity.birth_id);
    const struct th_export_head head = head_of(&result->sound);
    TH_TRY(th_export_begin(count, &counting, &head, &export));
    err = rows_walk(store, &check, put_row, export, &place);
    if (err != TH_OK) {
        return err == TH_E_CORRUPT ? damaged(&place, err, why) : err;
    }
    result->rows = th_export_rows(export);
    err = th_export_end(export);
    result->bytes = counting.bytes;
    return err;
}

// ---- in ----

struct coming {
    const struct port_in *setup;
    struct port_result *result;
    struct th_verdict *why;
    struct rows_into into;
    struct migrating migrating; // rows of an earlier format
};

static enum th_err malformed(struct coming *coming, const struct th_malformed *where)
{
    char offset[24];
    (void)snprintf(offset, sizeof(offset), "%zu", where->offset);
    th_verdict_make(
        coming->why, TH_M_EXPORT_DAMAGED, 0, "", coming->setup->name, offset, where->why, NULL);
    return TH_E_MALFORMED;
}

static enum th_err take_head(void *self, const struct th_export_head *head)
{
    struct coming *coming = self;
    const char *lineage = coming->setup->sound.lineage;
    if (head->min_reader > STORE_FORMAT) {
        char format[16];
        (void)snprintf(format, sizeof(format), "%" PRIu32, head->format);
        return say(coming->why, TH_M_STORE_NEWER, format, TH_E_INVALID);
    }
    if (!th_bytes_equal(head->lineage, th_bytes_of(lineage))) {
        char other[TH_LINEAGE_MAX + 1];
        (void)th_bytes_copy_text(head->lineage, other, sizeof(other));
        const char *dir = th_config_dir(coming->setup->sound.config);
        th_verdict_make(coming->why, TH_M_BACKUP_NO_PROVINCE, 0, "", dir, other, NULL);
        return TH_E_INVALID;
    }
    coming->into.check = open_check(head->birth_id);
    const uint16_t format = head->format < STORE_FORMAT ? (uint16_t)head->format : STORE_FORMAT;
    if (migrate_begin(&coming->migrating, &MIGRATE_STEPS, format, rows_put, &coming->into) !=
        TH_OK) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%" PRIu32, head->format);
        return say(coming->why, TH_M_STORE_OLDER, text, TH_E_INVALID);
    }
    return TH_OK;
}

static enum th_err take_row(void *self, const struct th_export_row *row)
{
    struct coming *coming = self;
    coming->result->rows++;
    const enum th_err err = migrate_row(&coming->migrating, row);
    return err == TH_OK || err == TH_E_FULL
               ? err
               : say(coming->why, TH_M_WRITE_FAILED, th_err_text(err), err);
}

static enum th_err count_source(void *self, void *out, size_t max, size_t *got)
{
    struct coming *coming = self;
    TH_TRY(coming->setup->source(coming->setup->source_self, out, max, got));
    coming->result->bytes += *got;
    return TH_OK;
}

static enum th_err take_rows(struct coming *coming)
{
    struct th_malformed where;
    TH_SCOPED(th_import_free) struct th_import *import = NULL;
    const struct th_import_taker taker = {.head = take_head, .row = take_row, .self = coming};
    TH_TRY(th_import_make(&import));
    const enum th_err err = th_import_run(import, count_source, coming, &taker, &where);
    if (err == TH_E_MALFORMED || (err == TH_E_TOO_LARGE && where.why != NULL)) {
        return malformed(coming, &where);
    }
    TH_TRY(err);
    return rows_finish(&coming->into);
}

static enum th_err rename_it(const struct coming *coming)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(coming->into.disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    struct sound sound;
    TH_TRY(sound_head(store, &sound));
    const struct renamed renamed = {
        .store_id = coming->setup->store_id,
        .why = RENAMED_IMPORTED,
        .version = sound.result.version,
        .wall_ms = coming->setup->wall_ms,
    };
    TH_TRY(open_rename(store, &renamed));
    return th_disk_commit(&txn);
}

static enum th_err fill(void *self, struct th_disk *disk)
{
    struct coming *coming = self;
    coming->into.disk = disk;
    enum th_err err = take_rows(coming);
    rows_drop(&coming->into);
    TH_TRY(err);
    TH_TRY(rename_it(coming));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(disk, &txn));
    return sound_look(
        &coming->setup->sound, th_disk_store(&txn), &coming->result->sound, coming->why);
}

enum th_err port_in(const struct port_in *setup, struct port_result *result, struct th_verdict *why)
{
    struct coming coming = {.setup = setup, .result = result, .why = why};
    *why = (struct th_verdict){0};
    *result = (struct port_result){.rows = 0};
    const struct th_disk_options options =
        host_disk_options(setup->sound.config, th_config_dir(setup->sound.config), TH_DISK_OWN);
    const enum th_err err = th_disk_build(setup->path, &options, fill, &coming);
    if (err != TH_OK && why->code == 0) {
        return err == TH_E_FULL ? say(why, TH_M_DISK_NEARLY_FULL, NULL, err)
                                : say(why, TH_M_WRITE_FAILED, th_err_text(err), err);
    }
    return err;
}
