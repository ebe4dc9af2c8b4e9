// backup.c - see backup.h; making one

#include "workers/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/desk.h"
#include "tonghop/file.h"
#include "tonghop/nest.h"

#include "workers/carry.h"
#include "workers/trouble.h"
#include "workers/verb.h"

enum { TRIES_MAX = 100, DIR_MODE = 0700, FINDINGS_KEPT = 4 };

struct saving {
    const struct backup_save *save;
    struct th_nest nest;
    struct th_config *copied; // settings of what was copied
    struct manifest *manifest;
    struct carry carry;
    struct th_verdict *why;
    const struct th_config_province *province; // in work
};

static void saving_end(struct saving *saving)
{
    th_config_free(&saving->copied);
    th_nest_leave(&saving->nest);
}

static enum th_err fail(const struct saving *saving, const char *what, enum th_err err)
{
    if (saving->why->code != 0) {
        return err;
    }
    if (err == TH_E_FULL) {
        th_verdict_make(saving->why, TH_M_DISK_NEARLY_FULL, 0, "", NULL);
        return err;
    }
    return trouble_of_file(saving->why, what, err);
}

static char *in_nest(const struct saving *saving, const char *name, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.3800s/%.256s", saving->nest.path, name);
    return out;
}

// ---- its name ----

// The first one that is free now; the nest never replaces what has it by then.
static enum th_err begin(struct saving *saving, char name[static TH_PATH_MAX])
{
    const struct backup_save *save = saving->save;
    const struct th_config_province *provinces = NULL;
    char stamp[32];
    struct tm utc;
    const time_t seconds = (time_t)(saving->manifest->made_ms / 1000);
    const bool one = th_config_provinces(save->config, &provinces) == 1;
    const char *only = one ? provinces[0].lineage : "tonghop";
    (void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&seconds, &utc));
    TH_TRY(th_dir_make(save->place));
    th_nest_sweep(save->place);
    for (unsigned i = 1; i <= TRIES_MAX; i++) {
        (void)snprintf(name,
                       TH_PATH_MAX,
                       i == 1 ? "%.3800s/%.8s-%.16s" : "%.3800s/%.8s-%.16s-%u",
                       save->place,
                       save->lineage != NULL ? save->lineage : only,
                       stamp,
                       i);
        if (access(name, F_OK) != 0) {
            return th_nest_enter(name, &saving->nest);
        }
    }
    return TH_E_EXISTS;
}

// ---- what is carried ----

static bool ends_with(const char *name, const char *ending)
{
    const size_t size = strlen(name);
    const size_t tail = strlen(ending);
    return size >= tail && strcmp(name + size - tail, ending) == 0;
}

static bool wants_public(const char *name, bool is_dir)
{
    return !is_dir && ends_with(name, ".public");
}

static bool wants_keys(const char *name, bool is_dir)
{
    return !is_dir && !ends_with(name, ".new");
}

static bool wants_register(const char *name, bool is_dir)
{
    return is_dir || (!ends_with(name, ".lock") && !ends_with(name, ".new"));
}

static bool wants_desk(const char *name, bool is_dir)
{
    static const char *const OTHER[] = {"outbox", "keys", "run", "log"};
    bool wanted = is_dir || !ends_with(name, ".new");
    for (size_t i = 0; i < TH_COUNT(OTHER); i++) {
        wanted = wanted && strcmp(name, OTHER[i]) != 0;
    }
    return wanted;
}

static enum th_err carry_register(struct saving *saving)
{
    char from[TH_PATH_MAX];
    char name[MANIFEST_PATH_MAX];
    (void)snprintf(name, sizeof(name), "register/%.8s", saving->province->lineage);
    (void)th_config_path(saving->save->config, name, from, sizeof(from));
    return carry_tree(&saving->carry, from, name, wants_register);
}

static enum th_err read_all_rows(void *context, struct th_store store)
{
    const size_t *tables = context;
    for (unsigned table = 0; table < *tables; table++) {
        struct th_bytes key = {0};
        struct th_bytes value;
        enum th_err err = th_store_seek(store, table, key, &key, &value);
        while (err == TH_OK) {
            err = th_store_next(store, table, key, &key, &value);
        }
        if (err != TH_E_NOT_FOUND) {
            return err;
        }
    }
    return TH_OK;
}

// The desk's outbox is an office's: whatever tables it has.
static enum th_err carry_outbox(struct saving *saving, const char *from, const char *name)
{
    char to[TH_PATH_MAX];
    char file[MANIFEST_PATH_MAX + 16];
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    struct th_disk_options options = {
        .use = TH_DISK_BESIDE,
        .map_size = th_config_number(saving->save->config, "node.map_size"),
    };
    const enum th_err err = th_disk_open(from, &options, &disk);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err; // nothing was said there yet
    }
    size_t tables = th_disk_table_count(disk);
    const struct th_disk_copying copying = {.check = read_all_rows, .context = &tables};
    options.use = TH_DISK_STILL;
    TH_TRY(th_disk_copy(disk, &options, in_nest(saving, name, to), &copying));
    (void)snprintf(file, sizeof(file), "%s/data.mdb", name);
    return carry_listed(&saving->carry, file);
}

static enum th_err carry_desk(struct saving *saving)
{
    const char *lineage = saving->province->lineage;
    char from[TH_PATH_MAX];
    char path[TH_PATH_MAX];
    char name[MANIFEST_PATH_MAX];
    (void)th_desk_dir(saving->save->config, lineage, from);
    if (access(from, F_OK) != 0) {
        return TH_OK;
    }
    (void)snprintf(name, sizeof(name), "desk/%.8s", lineage);
    TH_TRY(carry_tree(&saving->carry, from, name, wants_desk));
    (void)snprintf(path, sizeof(path), "%.4000s/keys", from);
    (void)snprintf(name, sizeof(name), "desk/%.8s/keys", lineage);
    TH_TRY(carry_tree(&saving->carry, path, name, saving->save->keys ? wants_keys : wants_public));
    (void)snprintf(path, sizeof(path), "%.4000s/outbox", from);
    (void)snprintf(name, sizeof(name), "desk/%.8s/outbox", lineage);
    return carry_outbox(saving, path, name);
}

// ---- the store ----

static enum th_err check_store(void *context, struct th_store store)
{
    struct saving *saving = context;
    const struct backup_save *save = saving->save;
    const struct sound_setup setup = {
        .config = saving->copied,
        .lineage = saving->province->lineage,
        .level = VERIFY_FULL,
        .lang = save->lang,
        .tell = save->tell,
        .self = save->self,
    };
    struct sound sound;
    TH_TRY(sound_look(&setup, store, &sound, saving->why));
    return manifest_add_province(saving->manifest, &sound, store, saving->province);
}

static uint64_t free_min(const struct saving *saving, const struct th_disk_options *options)
{
    char state[TH_PATH_MAX];
    struct stat here;
    struct stat there;
    (void)th_config_path(saving->save->config, "state", state, sizeof(state));
    const bool same = stat(state, &here) == 0 && fstat(saving->nest.dir, &there) == 0 &&
                      here.st_dev == there.st_dev;
    return same ? options->free_min : 0; // the province's own disk is not filled up
}

static enum th_err copy_store(struct saving *saving)
{
    const char *lineage = saving->province->lineage;
    char to[TH_PATH_MAX];
    char name[MANIFEST_PATH_MAX];
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_TRY(verb_open(saving->save->config, lineage, &disk, saving->why));
    struct th_disk_options options =
        host_disk_options(saving->save->config, saving->nest.path, TH_DISK_STILL);
    options.free_min = free_min(saving, &options);
    (void)snprintf(name, sizeof(name), "state/%.8s", lineage);
    const struct th_disk_copying copying = {.check = check_store, .context = saving};
    TH_TRY(th_disk_copy(disk, &options, in_nest(saving, name, to), &copying));
    (void)snprintf(name, sizeof(name), "state/%.8s/data.mdb", lineage);
    return carry_listed(&saving->carry, name);
}

static enum th_err read_copied(struct saving *saving)
{
    static const char *const OVERRIDES[] = {"worker.state=state", "common.keys=keys"};
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    return th_config_read(
        saving->nest.path, NULL, OVERRIDES, TH_COUNT(OVERRIDES), &findings, &saving->copied);
}

// ---- all of it ----

// Each province of the save, in the order of the settings.
static enum th_err each(struct saving *saving, enum th_err (*step)(struct saving *saving))
{
    const struct th_config_province *provinces = NULL;
    const size_t count = th_config_provinces(saving->save->config, &provinces);
    const char *lineage = saving->save->lineage;
    for (size_t i = 0; i < count; i++) {
        if (lineage == NULL || strcmp(lineage, provinces[i].lineage) == 0) {
            saving->province = &provinces[i];
            errno = 0;
            const enum th_err err = step(saving);
            if (err != TH_OK) {
                return fail(saving, provinces[i].lineage, err);
            }
        }
    }
    return TH_OK;
}

static enum th_err carry_rest(struct saving *saving)
{
    char path[TH_PATH_MAX];
    const struct th_config *config = saving->save->config;
    (void)th_config_path(config, "register/roster.yaml", path, sizeof(path));
    enum th_err err = carry_file(&saving->carry, path, "register/roster.yaml");
    if (err != TH_OK) {
        return fail(saving, "roster.yaml", err);
    }
    (void)th_config_path(config, "keys", path, sizeof(path));
    err = carry_tree(&saving->carry, path, "keys", saving->save->keys ? wants_keys : wants_public);
    return err == TH_OK ? TH_OK : fail(saving, "keys", err);
}

static enum th_err fill(struct saving *saving)
{
    char path[TH_PATH_MAX];
    errno = 0;
    enum th_err err = carry_file(&saving->carry, saving->save->settings, "tonghop.yaml");
    err = err == TH_OK ? read_copied(saving) : err;
    if (err != TH_OK) {
        return fail(saving, "tonghop.yaml", err);
    }
    TH_TRY(each(saving, carry_register)); // before the stores (C2)
    if (mkdir(in_nest(saving, "state", path), DIR_MODE) != 0) {
        return fail(saving, "state", TH_E_IO);
    }
    TH_TRY(each(saving, copy_store));
    TH_TRY(each(saving, carry_desk)); // after them, as the roster
    return carry_rest(saving);
}

static enum th_err finish(struct saving *saving)
{
    errno = 0;
    TH_TRY(manifest_write(saving->nest.path, saving->manifest));
    TH_TRY(th_nest_flush(&saving->nest));
    return th_nest_name(&saving->nest);
}

enum th_err backup_save(const struct backup_save *save,
                        char name[static TH_PATH_MAX],
                        struct manifest *manifest,
                        struct th_verdict *why)
{
    TH_SCOPED(saving_end)
    struct saving saving = {
        .save = save,
        .nest = {.dir = -1, .parent_dir = -1},
        .manifest = manifest,
        .why = why,
    };
    *why = (struct th_verdict){0};
    manifest->made_ms = th_wall_ms();
    manifest->program = TH_BYTES("tonghop " TONGHOP_VERSION);
    manifest->keys = save->keys;
    errno = 0;
    enum th_err err = begin(&saving, name);
    if (err != TH_OK) {
        return fail(&saving, save->place, err);
    }
    saving.carry = (struct carry){.base = saving.nest.path, .manifest = manifest};
    TH_TRY(fill(&saving));
    err = finish(&saving);
    return err == TH_OK ? TH_OK : fail(&saving, save->place, err);
}
