// restore_anew.c - see restore.h; a whole directory out of a backup

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/key.h"
#include "tonghop/nest.h"

#include "workers/carry.h"
#include "workers/naming.h"
#include "workers/restore_body.h"

enum { DIR_MODE = 0700, FINDINGS_KEPT = 4, SETTINGS_MAX = 128, VALUE_BYTES = 512 };

struct making {
    const struct restore *restore;
    struct th_nest nest;
    struct th_config *config; // of the new directory
    struct th_verdict *why;
};

static void making_end(struct making *making)
{
    th_config_free(&making->config);
    th_nest_leave(&making->nest);
}

static char *in_nest(const struct making *making, const char *name, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.3800s/%.256s", making->nest.path, name);
    return out;
}

// ---- settings ----

struct settings {
    struct th_config_setting list[SETTINGS_MAX];
    char values[SETTINGS_MAX][VALUE_BYTES];
    char keys[SETTINGS_MAX][64];
    size_t count;
};

// What the file said; where its keys and stores were is not true here.
static void take_settings(const struct th_config *from, struct settings *settings)
{
    for (size_t i = 0; i < th_config_count() && settings->count < SETTINGS_MAX; i++) {
        const struct th_config_entry entry = th_config_entry(from, i);
        const bool of_file = strcmp(entry.origin, "built in") != 0 &&
                             strcmp(entry.origin, "-o") != 0 &&
                             strncmp(entry.origin, "TONGHOP_", 8) != 0;
        if (of_file) {
            const size_t at = settings->count++;
            (void)snprintf(settings->keys[at], sizeof(settings->keys[at]), "%s", entry.key);
            (void)snprintf(settings->values[at], VALUE_BYTES, "%s", entry.value);
            settings->list[at] =
                (struct th_config_setting){settings->keys[at], settings->values[at]};
        }
    }
}

static bool takes(const struct restore *restore, const char *lineage)
{
    const struct manifest_province *province = manifest_province(restore->manifest, lineage);
    return province != NULL && restore_takes(restore, province);
}

static size_t take_provinces(const struct restore *restore,
                             struct th_config_province out[static TH_PROVINCES_MAX])
{
    const struct th_config_province *provinces = NULL;
    const size_t count = th_config_provinces(restore->from, &provinces);
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        if (takes(restore, provinces[i].lineage)) {
            out[taken++] = provinces[i];
        }
    }
    return taken;
}

// Workers with the provinces that are here; one that has none left is left out. lineages holds
// those of all.
static size_t take_workers(const struct restore *restore,
                           const char *lineages[static TH_PROVINCES_MAX],
                           struct th_config_worker out[static TH_WORKERS_MAX])
{
    const struct th_config_worker *workers = NULL;
    const size_t count = th_config_workers(restore->from, &workers);
    size_t taken = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct th_config_worker *worker = &out[taken];
        *worker = (struct th_config_worker){.name = workers[i].name, .lineages = &lineages[used]};
        for (size_t k = 0; k < workers[i].lineage_count && used < TH_PROVINCES_MAX; k++) {
            if (takes(restore, workers[i].lineages[k])) {
                lineages[used++] = workers[i].lineages[k];
                worker->lineage_count++;
            }
        }
        taken += worker->lineage_count > 0 ? 1 : 0;
    }
    return taken;
}

static enum th_err write_settings(struct making *making)
{
    char path[TH_PATH_MAX];
    struct th_config_province provinces[TH_PROVINCES_MAX];
    struct th_config_worker workers[TH_WORKERS_MAX];
    const char *lineages[TH_PROVINCES_MAX];
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    TH_SCOPED(th_free_scoped) struct settings *settings = calloc(1, sizeof(*settings));
    if (settings == NULL) {
        return TH_E_NO_MEMORY;
    }
    take_settings(making->restore->from, settings);
    const struct th_config_file file = {
        .settings = settings->list,
        .setting_count = settings->count,
        .provinces = provinces,
        .province_count = take_provinces(making->restore, provinces),
        .workers = workers,
        .worker_count = take_workers(making->restore, lineages, workers),
    };
    TH_TRY(th_config_write(in_nest(making, "tonghop.yaml", path), &file));
    return th_config_read(making->nest.path, NULL, NULL, 0, &findings, &making->config);
}

// ---- files ----

// Settings are written anew, stores copied; of other provinces nothing.
static bool wants_file(const struct restore *restore, const char *name)
{
    static const char *const OF_PROVINCES[] = {"register/", "desk/"};
    if (strcmp(name, "tonghop.yaml") == 0 || strncmp(name, "state/", 6) == 0) {
        return false;
    }
    for (size_t i = 0; i < TH_COUNT(OF_PROVINCES); i++) {
        const size_t size = strlen(OF_PROVINCES[i]);
        const char *slash =
            strncmp(name, OF_PROVINCES[i], size) == 0 ? strchr(name + size, '/') : NULL;
        if (slash != NULL) {
            char lineage[TH_LINEAGE_MAX + 1];
            const struct th_bytes part = {.data = name + size,
                                          .size = (size_t)(slash - name) - size};
            return takes(restore, th_bytes_copy_text(part, lineage, sizeof(lineage)));
        }
    }
    return true;
}

static enum th_err copy_files(struct making *making)
{
    const struct restore *restore = making->restore;
    for (size_t i = 0; i < restore->manifest->file_count; i++) {
        const struct manifest_file *file = &restore->manifest->files[i];
        const char *name = file->path.data;
        char from[TH_PATH_MAX];
        char to[TH_PATH_MAX];
        uint64_t bytes = 0;
        uint8_t hash[TH_HASH256_BYTES];
        if (!wants_file(restore, name)) {
            continue;
        }
        (void)snprintf(from, sizeof(from), "%.3800s/%.256s", restore->backup, name);
        const enum th_err err =
            carry_copy(from, making->nest.path, in_nest(making, name, to), &bytes, hash);
        if (err != TH_OK) {
            return restore_fail(making->why, name, err);
        }
        if (memcmp(hash, file->hash, sizeof(hash)) != 0) { // it changed since it was looked at
            th_verdict_make(making->why,
                            TH_M_BACKUP_DAMAGED,
                            'b',
                            "",
                            restore->backup,
                            name,
                            "hash-differs",
                            NULL);
            return TH_E_CORRUPT;
        }
    }
    return TH_OK;
}

// ---- keys ----

static bool wants_secret(const char *name, bool is_dir)
{
    const size_t size = strlen(name);
    return !is_dir && ((size > 7 && strcmp(name + size - 7, ".secret") == 0) ||
                       strcmp(name, "enrolment.yaml") == 0);
}

static enum th_err fetch_keys(struct making *making, const char *name)
{
    char from[TH_PATH_MAX];
    TH_SCOPED(manifest_free) struct manifest nobody = {0};
    struct carry carry = {.base = making->nest.path, .manifest = &nobody};
    (void)snprintf(from, sizeof(from), "%.3800s/%.256s", making->restore->keys, name);
    return carry_tree(&carry, from, name, wants_secret);
}

static enum th_err refuse_keys(const struct making *making, char variant, const char *dir)
{
    th_verdict_make(making->why, TH_M_BACKUP_NO_KEYS, variant, "", dir, NULL);
    return TH_E_DENIED;
}

// The broker's secret key must be that of the public one the offices know.
static enum th_err check_keys(const struct making *making)
{
    char keys[TH_PATH_MAX];
    char known[TH_Z85_SIZE];
    struct th_verdict why;
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    const struct restore *restore = making->restore;
    (void)in_nest(making, "keys", keys);
    if (th_key_read(keys, "broker", &pair, &why) != TH_OK) {
        return refuse_keys(making, 0, restore->keys != NULL ? restore->keys : restore->backup);
    }
    if (th_key_read_public(keys, "broker", known, &why) != TH_OK ||
        strcmp(known, pair.public_key) != 0) {
        return refuse_keys(making, 'b', restore->keys != NULL ? restore->keys : restore->backup);
    }
    return TH_OK;
}

static enum th_err take_keys(struct making *making)
{
    const struct restore *restore = making->restore;
    if (!restore->manifest->keys && restore->keys == NULL) {
        return refuse_keys(making, 0, restore->backup);
    }
    if (!restore->manifest->keys) {
        TH_TRY(fetch_keys(making, "keys"));
        for (size_t i = 0; i < restore->manifest->province_count; i++) {
            char name[64];
            const struct manifest_province *province = &restore->manifest->provinces[i];
            (void)snprintf(name, sizeof(name), "desk/%.8s/keys", province->lineage);
            if (restore_takes(restore, province)) {
                TH_TRY(fetch_keys(making, name));
            }
        }
    }
    return check_keys(making);
}

// ---- stores ----

static enum th_err make_store(struct making *making, const struct manifest_province *province)
{
    char path[TH_PATH_MAX];
    char name[64];
    const struct restore *restore = making->restore;
    struct restoring restoring = {
        .restore = restore,
        .province = province,
        .sound = {.config = making->config,
                  .lineage = province->lineage,
                  .level = VERIFY_FULL,
                  .lang = restore->lang,
                  .tell = restore->tell,
                  .self = restore->self},
        .why = making->why,
    };
    while (restoring.store_id == 0) {
        th_random(&restoring.store_id, sizeof(restoring.store_id));
    }
    (void)snprintf(name, sizeof(name), "state/%.8s", province->lineage);
    TH_TRY(restore_store(&restoring, in_nest(making, name, path)));
    errno = 0;
    enum th_err err = naming_write(
        in_nest(making, "register/roster.yaml", path), province->lineage, restoring.store_id);
    if (err == TH_OK) {
        err = host_mark(making->config, province->lineage, restoring.store_id);
    }
    if (err != TH_OK) {
        return restore_fail(making->why, "register", err);
    }
    restore->done(restore->self, province, restoring.store_id, "");
    return TH_OK;
}

// ---- all of it ----

static enum th_err make_dirs(struct making *making)
{
    static const char *const NAMES[] = {"state", "run", "log"};
    for (size_t i = 0; i < TH_COUNT(NAMES); i++) {
        char path[TH_PATH_MAX];
        if (mkdir(in_nest(making, NAMES[i], path), DIR_MODE) != 0) {
            return restore_fail(making->why, NAMES[i], TH_E_IO);
        }
    }
    return TH_OK;
}

// The desks' settings name no path; their directories want one more each.
static enum th_err make_desks(struct making *making)
{
    for (size_t i = 0; i < making->restore->manifest->province_count; i++) {
        char path[TH_PATH_MAX];
        char name[64];
        const char *lineage = making->restore->manifest->provinces[i].lineage;
        (void)snprintf(name, sizeof(name), "desk/%.8s", lineage);
        if (access(in_nest(making, name, path), F_OK) == 0) {
            (void)snprintf(name, sizeof(name), "desk/%.8s/run", lineage);
            if (mkdir(in_nest(making, name, path), DIR_MODE) != 0) {
                return restore_fail(making->why, name, TH_E_IO);
            }
        }
    }
    return TH_OK;
}

static enum th_err fill(struct making *making)
{
    const struct restore *restore = making->restore;
    TH_TRY(copy_files(making));
    errno = 0;
    enum th_err err = take_keys(making);
    if (err != TH_OK) {
        return restore_fail(making->why, "keys", err);
    }
    errno = 0;
    err = write_settings(making);
    if (err != TH_OK) {
        return restore_fail(making->why, "tonghop.yaml", err);
    }
    TH_TRY(make_dirs(making));
    TH_TRY(make_desks(making));
    for (size_t i = 0; i < restore->manifest->province_count; i++) {
        if (restore_takes(restore, &restore->manifest->provinces[i])) {
            TH_TRY(make_store(making, &restore->manifest->provinces[i]));
        }
    }
    return TH_OK;
}

static enum th_err occupied(const struct making *making)
{
    th_verdict_make(making->why, TH_M_BACKUP_EXISTS, 0, "", making->restore->to, NULL);
    return TH_E_EXISTS;
}

enum th_err restore_anew(const struct restore *restore, struct th_verdict *why)
{
    TH_SCOPED(making_end)
    struct making making = {.restore = restore, .nest = {.dir = -1, .parent_dir = -1}, .why = why};
    *why = (struct th_verdict){0};
    if (!th_dir_is_empty(restore->to)) {
        return occupied(&making);
    }
    errno = 0;
    enum th_err err = th_nest_enter(restore->to, &making.nest);
    if (err != TH_OK) {
        return restore_fail(why, restore->to, err);
    }
    TH_TRY(fill(&making));
    errno = 0;
    err = th_nest_flush(&making.nest);
    (void)rmdir(restore->to); // an empty one may be there
    err = err == TH_OK ? th_nest_name(&making.nest) : err;
    if (err == TH_E_EXISTS) {
        return occupied(&making);
    }
    return err == TH_OK ? TH_OK : restore_fail(why, restore->to, err);
}
