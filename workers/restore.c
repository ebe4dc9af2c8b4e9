// restore.c - see restore.h; stores put back

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/file.h"

#include "workers/migrate.h"
#include "workers/restore_body.h"
#include "workers/trouble.h"
#include "workers/verb.h"

enum { FILE_MODE = 0600 };

enum th_err restore_fail(struct th_verdict *why, const char *what, enum th_err err)
{
    if (why->code != 0) {
        return err;
    }
    if (err == TH_E_FULL) {
        th_verdict_make(why, TH_M_DISK_NEARLY_FULL, 0, "", NULL);
        return err;
    }
    return trouble_of_file(why, what, err);
}

bool restore_takes(const struct restore *restore, const struct manifest_province *province)
{
    return restore->lineage == NULL || strcmp(restore->lineage, province->lineage) == 0;
}

// ---- one store ----

static struct renamed renamed_of(const struct restoring *restoring)
{
    return (struct renamed){
        .store_id = restoring->store_id,
        .why = RENAMED_RESTORED,
        .version = restoring->province->version,
        .wall_ms = th_wall_ms(),
    };
}

static enum th_err change(void *context, struct th_store store)
{
    const struct restoring *restoring = context;
    const struct renamed renamed = renamed_of(restoring);
    return open_rename(store, &renamed);
}

static enum th_err check(void *context, struct th_store store)
{
    const struct restoring *restoring = context;
    struct sound sound;
    TH_TRY(sound_look(&restoring->sound, store, &sound, restoring->why));
    return sound.result.version == restoring->province->version &&
                   memcmp(sound.chain, restoring->province->chain, sizeof(sound.chain)) == 0
               ? TH_OK
               : TH_E_CORRUPT;
}

// A store of an earlier format comes out as one of this.
static enum th_err
migrate_store(struct restoring *restoring, struct th_disk *disk, const char *path)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(disk, &txn));
    const struct renamed renamed = renamed_of(restoring);
    const struct migrate migrate = {
        .steps = &MIGRATE_STEPS,
        .old = th_disk_store(&txn),
        .look = sound_answer,
        .self = &restoring->sound,
        .renamed = &renamed,
        .options = host_disk_options(restoring->restore->from, restoring->restore->to, TH_DISK_OWN),
    };
    return migrate_build(&migrate, path, restoring->why);
}

enum th_err restore_store(struct restoring *restoring, const char *path)
{
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    const char *lineage = restoring->province->lineage;
    TH_TRY(verb_open(restoring->restore->from, lineage, &disk, restoring->why));
    const struct th_disk_options options =
        host_disk_options(restoring->restore->from, restoring->restore->to, TH_DISK_OWN);
    const struct th_disk_copying copying = {.change = change, .check = check, .context = restoring};
    errno = 0;
    const enum th_err err = restoring->province->format < STORE_FORMAT
                                ? migrate_store(restoring, disk, path)
                                : th_disk_copy(disk, &options, path, &copying);
    return err == TH_OK ? TH_OK : restore_fail(restoring->why, lineage, err);
}

// ---- in place ----

// The register of then; a store that was given another one since holds it itself.
static enum th_err put_register(const struct restore *restore,
                                const struct th_config *config,
                                const struct manifest_province *province)
{
    char ours[MANIFEST_PATH_MAX];
    const int size = snprintf(ours, sizeof(ours), "register/%.8s/", province->lineage);
    for (size_t i = 0; i < restore->manifest->file_count; i++) {
        const char *name = restore->manifest->files[i].path.data;
        const char *ending = strrchr(name, '.');
        if (strncmp(name, ours, (size_t)size) != 0 || strchr(name + size, '/') != NULL ||
            ending == NULL || strcmp(ending, ".csv") != 0) {
            continue;
        }
        char path[TH_PATH_MAX];
        size_t bytes = 0;
        TH_SCOPED(th_free_scoped) char *text = NULL;
        (void)snprintf(path, sizeof(path), "%.3800s/%.256s", restore->backup, name);
        TH_TRY(th_file_read(path, TH_REGISTER_BYTES_MAX, &text, &bytes));
        (void)th_config_path(config, name, path, sizeof(path));
        TH_TRY(th_file_replace(path, (struct th_bytes){text, bytes}, FILE_MODE));
    }
    return TH_OK;
}

static enum th_err not_confirmed(const struct restore *restore,
                                 const struct manifest_province *province,
                                 struct th_verdict *why)
{
    char version[24];
    (void)snprintf(version, sizeof(version), "%" PRIu64, province->version);
    th_verdict_make(why, TH_M_CONFIRM, 'b', "", restore->to, version, NULL);
    return TH_E_REFUSED;
}

static enum th_err put_back(const struct restore *restore,
                            const struct th_config *config,
                            const struct manifest_province *province,
                            struct th_verdict *why)
{
    TH_SCOPED(swap_leave) struct swap swap = {.lock = -1};
    TH_TRY(swap_begin(config, province->lineage, &swap, why));
    struct restoring restoring = {
        .restore = restore,
        .province = province,
        .sound = {.config = restore->from,
                  .lineage = province->lineage,
                  .level = VERIFY_FULL,
                  .lang = restore->lang,
                  .tell = restore->tell,
                  .self = restore->self},
        .store_id = swap.store_id,
        .why = why,
    };
    TH_TRY(restore_store(&restoring, swap.path));
    errno = 0;
    const enum th_err err = put_register(restore, config, province);
    if (err != TH_OK) {
        return restore_fail(why, "register", err);
    }
    TH_TRY(swap_finish(&swap, why));
    restore->done(restore->self, province, swap.store_id, swap.kept);
    return TH_OK;
}

// Nothing is begun unless all of it may be done.
static enum th_err may_put_back(const struct restore *restore,
                                const struct th_config *config,
                                const struct manifest_province *province,
                                struct th_verdict *why)
{
    if (th_config_province(config, province->lineage) == NULL) {
        th_verdict_make(why, TH_M_BACKUP_NO_PROVINCE, 0, "", restore->to, province->lineage, NULL);
        return TH_E_NOT_FOUND;
    }
    TH_SCOPED(swap_leave) struct swap swap = {.lock = -1};
    TH_TRY(swap_begin(config, province->lineage, &swap, why));
    return restore->confirmed ? TH_OK : not_confirmed(restore, province, why);
}

enum th_err restore_in_place(const struct restore *restore,
                             const struct th_config *config,
                             struct th_verdict *why)
{
    const struct manifest *manifest = restore->manifest;
    *why = (struct th_verdict){0};
    for (size_t i = 0; i < manifest->province_count; i++) {
        if (restore_takes(restore, &manifest->provinces[i])) {
            TH_TRY(may_put_back(restore, config, &manifest->provinces[i], why));
        }
    }
    for (size_t i = 0; i < manifest->province_count; i++) {
        if (restore_takes(restore, &manifest->provinces[i])) {
            TH_TRY(put_back(restore, config, &manifest->provinces[i], why));
        }
    }
    return TH_OK;
}
