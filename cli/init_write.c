// init_write.c - the directory that init makes: register, keys, roster, configuration

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/desk.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"

enum { ENDPOINT_BYTES = 1024, SETTINGS_MAX = 128 };

#include "cli/init_part.h"
#include "cli/place.h"

static enum th_err make_dirs(const struct init_plan *plan)
{
    static const char *const NAMES[] = {"register", "state", "run", "log"};
    char path[TH_PATH_MAX];
    char name[64];
    TH_TRY(th_dir_make(plan->dir));
    for (size_t i = 0; i < TH_COUNT(NAMES); i++) {
        TH_TRY(th_dir_make(place_path(plan->dir, NAMES[i], path)));
    }
    (void)snprintf(name, sizeof(name), "register/%s", plan->lineage);
    TH_TRY(th_dir_make(place_path(plan->dir, name, path)));
    (void)snprintf(name, sizeof(name), "register/%s/catalogue", plan->lineage);
    return th_dir_make(place_path(plan->dir, name, path));
}

static enum th_err put_file(const struct init_plan *plan, const char *name, struct th_bytes bytes)
{
    char path[TH_PATH_MAX];
    char full[160];
    (void)snprintf(full, sizeof(full), "register/%s/%s", plan->lineage, name);
    return th_file_replace(place_path(plan->dir, full, path), bytes, 0600);
}

static enum th_err put_register(const struct init_plan *plan,
                                const struct th_register *reg,
                                const char *units_name,
                                const char *successors_name)
{
    const size_t room = th_register_text_max(reg);
    TH_SCOPED(th_free_scoped) uint8_t *units = malloc(room);
    TH_SCOPED(th_free_scoped) uint8_t *successors = malloc(room);
    if (units == NULL || successors == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer units_out = {.data = units, .max = room};
    struct th_writer successors_out = {.data = successors, .max = room};
    TH_TRY(th_register_write(reg, &units_out, &successors_out));
    TH_TRY(put_file(plan, units_name, th_written(&units_out)));
    return put_file(plan, successors_name, th_written(&successors_out));
}

static enum th_err write_register(const struct init_plan *plan)
{
    TH_TRY(put_register(plan, plan->reg, "units.csv", "successors.csv"));
    if (plan->kin != NULL) {
        TH_TRY(put_register(plan, plan->kin, "kin.csv", "kin-successors.csv"));
    }
    for (size_t i = 0; i < plan->files.count; i++) {
        char name[96];
        (void)snprintf(name, sizeof(name), "catalogue/%s", plan->files.files[i].name);
        TH_TRY(put_file(plan, name, plan->files.files[i].bytes));
    }
    return TH_OK;
}

static enum th_err make_pair(const char *keys, const char *name, uint8_t public_key[static 32])
{
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    TH_TRY(th_key_make(&pair));
    TH_TRY(th_key_write(keys, name, &pair));
    return th_z85_read(th_bytes_of(pair.public_key), public_key);
}

static enum th_err make_secret(const char *keys, const char *name)
{
    uint8_t secret[TH_CURVE_BYTES];
    th_random(secret, sizeof(secret));
    const enum th_err err = th_secret_write(keys, name, secret);
    th_secret_forget(secret, sizeof(secret));
    return err;
}

static enum th_err write_keys(const struct init_plan *plan, struct th_roster *roster)
{
    char keys[TH_PATH_MAX];
    uint8_t broker[TH_CURVE_BYTES];
    struct th_verdict why;
    (void)place_path(plan->dir, "keys", keys);
    TH_TRY(th_key_directory(keys, &why));
    TH_TRY(make_pair(keys, "broker", broker));
    TH_SCOPED(th_sign_key_forget) struct th_sign_key sign = {0};
    TH_TRY(make_secret(keys, "sign"));
    TH_TRY(th_sign_key_read(keys, &sign, &why)); // and with it sign.public
    TH_TRY(make_secret(keys, "person"));
    struct th_roster_entry worker = {.class = TH_PEER_WORKER, .number = 1, .has_key = true};
    struct th_roster_entry viewer = {.class = TH_PEER_VIEWER, .number = 0, .has_key = true};
    TH_TRY(make_pair(keys, "worker-w1", worker.key));
    TH_TRY(make_pair(keys, "viewer", viewer.key));
    TH_TRY(th_roster_add(roster, &worker));
    return th_roster_add(roster, &viewer);
}

static enum th_err write_roster(const struct init_plan *plan)
{
    char path[TH_PATH_MAX];
    char lock_path[TH_PATH_MAX];
    struct th_roster_province province = {
        .lineage = th_bytes_of(plan->lineage),
        .root = th_bytes_of(plan->root),
    };
    (void)place_path(plan->dir, "register/roster.yaml", path);
    (void)place_path(plan->dir, "register/roster.lock", lock_path);
    TH_SCOPED(th_roster_unlock) struct th_roster_lock lock = {.fd = -1};
    TH_TRY(th_roster_lock(lock_path, &lock));
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    if (plan->config != NULL) {
        struct th_findings nobody = th_findings_of(NULL, 0, path);
        TH_TRY(th_roster_read(path, &nobody, &roster));
    } else {
        TH_TRY(th_roster_new(&roster));
        TH_TRY(write_keys(plan, roster));
    }
    while (province.store_id == 0) {
        th_random(&province.store_id, sizeof(province.store_id));
    }
    TH_TRY(th_roster_set_province(roster, &province));
    return th_roster_save(roster, path);
}

static const char *const DOOR_KEYS[INIT_DOORS] = {
    "broker.nodes", "broker.workers", "broker.queries", "broker.feed_out", "broker.feed_in"};

struct settings {
    struct th_config_setting list[SETTINGS_MAX];
    size_t count;
    char keys[SETTINGS_MAX][64];
    char values[SETTINGS_MAX][ENDPOINT_BYTES];
};

static void take(struct settings *settings, const char *key, const char *value)
{
    th_assert(settings->count < SETTINGS_MAX);
    const size_t at = settings->count++;
    (void)snprintf(settings->keys[at], sizeof(settings->keys[at]), "%s", key);
    (void)snprintf(settings->values[at], sizeof(settings->values[at]), "%s", value);
    settings->list[at] = (struct th_config_setting){settings->keys[at], settings->values[at]};
}

// Of a new directory: the doors that were chosen, and where the worker finds two of them.
static void take_doors(const struct init_plan *plan, struct settings *settings)
{
    static const char *const WORKER_KEYS[INIT_DOORS] = {[1] = "worker.broker", [4] = "worker.feed"};
    for (size_t i = 0; i < INIT_DOORS; i++) {
        char endpoint[64];
        (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", plan->ports[i]);
        take(settings, DOOR_KEYS[i], endpoint);
        if (WORKER_KEYS[i] != NULL) {
            take(settings, WORKER_KEYS[i], endpoint);
        }
    }
}

// --add: what the file says stays; what comes from the environment or the command line does not
// get into it.
static void take_old(const struct init_plan *plan, struct settings *settings)
{
    for (size_t i = 0; i < th_config_count(); i++) {
        const struct th_config_entry entry = th_config_entry(plan->config, i);
        const bool of_file = strcmp(entry.origin, "built in") != 0 &&
                             strcmp(entry.origin, "-o") != 0 &&
                             strncmp(entry.origin, "TONGHOP_", 8) != 0;
        if (of_file) {
            take(settings, entry.key, entry.value);
        }
    }
}

// The day it is in the catalogue's time zone.
static th_day today(const struct init_plan *plan)
{
    return th_day_of_unix_ms(th_wall_ms(), th_catalogue_settings(plan->catalogue)->zone_minutes);
}

static enum th_err take_provinces(const struct init_plan *plan,
                                  struct th_config_province provinces[static TH_PROVINCES_MAX],
                                  size_t *count)
{
    const struct th_config_province *old = NULL;
    *count = plan->config != NULL ? th_config_provinces(plan->config, &old) : 0;
    if (*count == TH_PROVINCES_MAX) {
        return TH_E_FULL;
    }
    for (size_t i = 0; i < *count; i++) {
        provinces[i] = old[i];
    }
    provinces[*count] = (struct th_config_province){
        .root = plan->root,
        .lineage = plan->lineage,
        .name = plan->name,
        .person_scope = "scheme",
        .opened = today(plan),
    };
    *count += 1;
    return TH_OK;
}

// The new province is hosted by the first worker; an administrator may move it.
static size_t take_workers(const struct init_plan *plan,
                           const char *lineages[static TH_PROVINCES_MAX],
                           struct th_config_worker workers[static TH_WORKERS_MAX])
{
    const struct th_config_worker *old = NULL;
    size_t count = plan->config != NULL ? th_config_workers(plan->config, &old) : 0;
    for (size_t i = 0; i < count; i++) {
        workers[i] = old[i];
    }
    if (count == 0) {
        workers[count++] = (struct th_config_worker){.name = "w1"};
    }
    for (size_t i = 0; i < workers[0].lineage_count; i++) {
        lineages[i] = workers[0].lineages[i];
    }
    lineages[workers[0].lineage_count] = plan->lineage;
    workers[0].lineages = lineages;
    workers[0].lineage_count++;
    return count;
}

static enum th_err write_config(const struct init_plan *plan)
{
    char path[TH_PATH_MAX];
    struct th_config_province provinces[TH_PROVINCES_MAX];
    struct th_config_worker workers[TH_WORKERS_MAX];
    const char *lineages[TH_PROVINCES_MAX];
    TH_SCOPED(th_free_scoped) struct settings *settings = calloc(1, sizeof(*settings));
    if (settings == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_config_file file = {
        .settings = settings->list,
        .provinces = provinces,
        .workers = workers,
    };
    if (plan->config != NULL) {
        take_old(plan, settings);
    } else {
        take_doors(plan, settings);
    }
    file.setting_count = settings->count;
    TH_TRY(take_provinces(plan, provinces, &file.province_count));
    file.worker_count = take_workers(plan, lineages, workers);
    return th_config_write(place_path(plan->dir, "tonghop.yaml", path), &file);
}

// What is missing when init is killed before this is made by the desk's first use.
static enum th_err make_desk(const struct init_plan *plan)
{
    uint64_t generation = 0;
    struct th_verdict why;
    struct th_findings nobody = th_findings_of(NULL, 0, "tonghop.yaml");
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    TH_TRY(th_config_read(plan->dir, NULL, NULL, 0, &nobody, &config));
    return th_desk_make(config, plan->lineage, &generation, &why);
}

enum th_err init_write(const struct init_plan *plan)
{
    TH_TRY(make_dirs(plan));
    TH_TRY(write_register(plan));
    TH_TRY(write_roster(plan));
    TH_TRY(write_config(plan));
    return make_desk(plan);
}
