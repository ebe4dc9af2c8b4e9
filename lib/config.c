// config.c - see config.h

#include "tonghop/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"
#include "tonghop/verdict.h"

#include "lib/config_body.h"

enum { CONFIG_BYTES_MAX = 1024 * 1024 };

size_t th_config_count(void)
{
    return CONFIG_SETTING_COUNT;
}

static void note_origins(struct th_config *config, const char *file)
{
    for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
        const struct th_yaml_place place = config->values.slots[i].place;
        if (place.line == 0) {
            (void)snprintf(config->origins[i], ORIGIN_MAX, "built in");
        } else {
            (void)snprintf(config->origins[i], ORIGIN_MAX, "%.140s:%u", file, (unsigned)place.line);
        }
    }
}

static enum th_err set(struct th_config *config,
                       size_t index,
                       const char *value,
                       const char *origin,
                       struct th_findings *findings)
{
    char path[64];
    const struct config_setting *setting = &CONFIG_SETTINGS[index];
    (void)snprintf(path, sizeof(path), "%s.%s", setting->section, setting->key);
    TH_TRY(th_yaml_set(th_bytes_of(path),
                       th_bytes_of(value),
                       &config->tables.root,
                       &config->pool,
                       findings,
                       &config->values));
    (void)snprintf(config->origins[index], ORIGIN_MAX, "%s", origin);
    return TH_OK;
}

static enum th_err set_from_environment(struct th_config *config, struct th_findings *findings)
{
    for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
        char name[64];
        (void)snprintf(name,
                       sizeof(name),
                       "TONGHOP_%s_%s",
                       CONFIG_SETTINGS[i].section,
                       CONFIG_SETTINGS[i].key);
        for (char *at = name; *at != '\0'; at++) {
            *at = (char)toupper((unsigned char)*at);
        }
        const char *value = getenv(name); // NOLINT(concurrency-mt-unsafe): before any thread
        if (value != NULL) {
            TH_TRY(set(config, i, value, name, findings));
        }
    }
    return TH_OK;
}

// "section.key=value"
static enum th_err
set_override(struct th_config *config, const char *override, struct th_findings *findings)
{
    const char *equals = strchr(override, '=');
    const size_t size = equals != NULL ? (size_t)(equals - override) : strlen(override);
    for (size_t i = 0; i < CONFIG_SETTING_COUNT && equals != NULL; i++) {
        char path[64];
        (void)snprintf(
            path, sizeof(path), "%s.%s", CONFIG_SETTINGS[i].section, CONFIG_SETTINGS[i].key);
        if (strlen(path) == size && strncmp(path, override, size) == 0) {
            return set(config, i, equals + 1, "-o", findings);
        }
    }
    // Let the reader say what is wrong with the name, with its suggestion.
    return th_yaml_set((struct th_bytes){override, size},
                       th_bytes_of(equals != NULL ? equals + 1 : ""),
                       &config->tables.root,
                       &config->pool,
                       findings,
                       &config->values);
}

static const char *text_of(struct th_bytes bytes)
{
    return bytes.size > 0 ? bytes.data : "";
}

static enum th_err take_lists(struct th_config *config)
{
    const struct config_province *provinces = config->values.provinces.items;
    const struct config_worker *workers = config->values.workers.items;
    if (config->values.provinces.count > TH_PROVINCES_MAX ||
        config->values.workers.count > TH_WORKERS_MAX) {
        return TH_E_TOO_LARGE;
    }
    config->province_count = config->values.provinces.count;
    for (size_t i = 0; i < config->province_count; i++) {
        config->provinces[i] = (struct th_config_province){
            .root = text_of(provinces[i].root),
            .lineage = text_of(provinces[i].lineage),
            .name = text_of(provinces[i].name),
            .person_scope = text_of(provinces[i].person_scope),
            .opened = provinces[i].opened,
        };
    }
    config->worker_count = config->values.workers.count;
    for (size_t i = 0; i < config->worker_count; i++) {
        const struct th_bytes *lineages = workers[i].provinces.items;
        const size_t count = workers[i].provinces.count;
        if (count > TH_PROVINCES_MAX) {
            return TH_E_TOO_LARGE;
        }
        for (size_t j = 0; j < count; j++) {
            config->lineages[i][j] = text_of(lineages[j]);
        }
        config->workers[i] = (struct th_config_worker){
            .name = text_of(workers[i].name),
            .lineages = config->lineages[i],
            .lineage_count = count,
        };
    }
    return TH_OK;
}

static enum th_err
read_file(struct th_config *config, const char *path, struct th_findings *findings)
{
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;
    TH_TRY(th_file_read(path, CONFIG_BYTES_MAX, &bytes, &size));
    TH_TRY(th_yaml_read((struct th_bytes){bytes, size},
                        &config->tables.root,
                        &TH_YAML_LIMITS,
                        &config->pool,
                        findings,
                        &config->values));
    note_origins(config, path);
    return TH_OK;
}

// What no table says: a setting that is one of two words or a time of day.
static enum th_err check_release(const struct th_config *config, struct th_findings *findings)
{
    int32_t minutes = 0;
    struct th_verdict verdict;
    const struct th_bytes release = th_bytes_of(th_config_text(config, "worker.release"));
    if (th_bytes_equal(release, TH_BYTES("catalogue")) ||
        th_bytes_equal(release, TH_BYTES("off")) || th_clock_parse(release, &minutes) == TH_OK) {
        return TH_OK;
    }
    th_verdict_start(&verdict, TH_M_YAML_TYPE, 0, "");
    th_verdict_add(&verdict, TH_BYTES("worker.release"));
    th_verdict_add(&verdict, release);
    th_verdict_add(&verdict, TH_BYTES("release"));
    th_findings_error(findings, 0, 0, &verdict, release);
    return th_findings_result(findings);
}

enum th_err th_config_read(const char *dir,
                           const char *file,
                           const char *const *overrides,
                           size_t override_count,
                           struct th_findings *findings,
                           struct th_config **out)
{
    char path[TH_PATH_MAX];
    TH_SCOPED(th_config_free) struct th_config *config = calloc(1, sizeof(*config));
    if (config == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)snprintf(config->dir, sizeof(config->dir), "%s", dir != NULL ? dir : ".");
    (void)snprintf(path, sizeof(path), "%.4000s/tonghop.yaml", config->dir);
    config_tables_make(&config->tables);
    TH_TRY(read_file(config, file != NULL ? file : path, findings));
    TH_TRY(set_from_environment(config, findings));
    for (size_t i = 0; i < override_count; i++) {
        TH_TRY(set_override(config, overrides[i], findings));
    }
    TH_TRY(take_lists(config));
    TH_TRY(check_release(config, findings));
    *out = config;
    config = NULL; // the caller owns it now
    return TH_OK;
}

void th_config_free(struct th_config **config)
{
    if (*config != NULL) {
        th_yaml_pool_free(&(*config)->pool);
        free(*config);
        *config = NULL;
    }
}

const char *th_config_text(const struct th_config *config, const char *key)
{
    const size_t index = config_index(key);
    const enum th_config_kind kind = CONFIG_SETTINGS[index].kind;
    if (kind == TH_CONFIG_CHOICE) {
        return config->tables.word_list[index][config->values.slots[index].word];
    }
    th_assert(kind == TH_CONFIG_TEXT);
    return text_of(config->values.slots[index].text);
}

uint64_t th_config_number(const struct th_config *config, const char *key)
{
    const size_t index = config_index(key);
    const enum th_config_kind kind = CONFIG_SETTINGS[index].kind;
    th_assert(kind == TH_CONFIG_NUMBER || kind == TH_CONFIG_SIZE || kind == TH_CONFIG_DURATION ||
              kind == TH_CONFIG_PERCENT);
    return (uint64_t)config->values.slots[index].number;
}

bool th_config_flag(const struct th_config *config, const char *key)
{
    const size_t index = config_index(key);
    th_assert(CONFIG_SETTINGS[index].kind == TH_CONFIG_FLAG);
    return config->values.slots[index].flag;
}

size_t th_config_list(const struct th_config *config, const char *key, const char *const **list)
{
    const size_t index = config_index(key);
    th_assert(CONFIG_SETTINGS[index].kind == TH_CONFIG_LIST);
    const struct th_yaml_list *values = &config->values.slots[index].list;
    const struct th_bytes *items = values->items;
    struct th_config *own = (struct th_config *)(uintptr_t)config;
    const size_t room = TH_COUNT(own->lists[index]);
    const size_t count = values->count < room ? values->count : room;
    for (size_t i = 0; i < count; i++) {
        own->lists[index][i] = text_of(items[i]);
    }
    *list = own->lists[index];
    return count;
}

const char *th_config_dir(const struct th_config *config)
{
    return config->dir;
}

size_t th_config_provinces(const struct th_config *config, const struct th_config_province **list)
{
    *list = config->provinces;
    return config->province_count;
}

size_t th_config_workers(const struct th_config *config, const struct th_config_worker **list)
{
    *list = config->workers;
    return config->worker_count;
}

const struct th_config_province *th_config_province(const struct th_config *config,
                                                    const char *lineage)
{
    for (size_t i = 0; i < config->province_count; i++) {
        if (strcmp(config->provinces[i].lineage, lineage) == 0) {
            return &config->provinces[i];
        }
    }
    return NULL;
}

char *th_config_path(const struct th_config *config, const char *name, char *out, size_t max)
{
    const char *place = name;
    if (strcmp(name, "keys") == 0) {
        place = th_config_text(config, "common.keys");
    } else if (strncmp(name, "state", 5) == 0) {
        const char *state = th_config_text(config, "worker.state");
        const bool absolute = state[0] == '/';
        (void)snprintf(out,
                       max,
                       "%s%s%s%s",
                       absolute ? "" : config->dir,
                       absolute ? "" : "/",
                       state,
                       name + 5);
        return out;
    }
    const bool absolute = place[0] == '/';
    (void)snprintf(out, max, "%s%s%s", absolute ? "" : config->dir, absolute ? "" : "/", place);
    return out;
}

struct th_config_entry th_config_entry(const struct th_config *config, size_t index)
{
    th_assert(index < CONFIG_SETTING_COUNT);
    const struct config_setting *setting = &CONFIG_SETTINGS[index];
    static _Thread_local char key[64];
    static _Thread_local char value[512];
    (void)snprintf(key, sizeof(key), "%s.%s", setting->section, setting->key);
    struct th_config_entry entry = {
        .key = key,
        .value = setting->fallback,
        .fallback = setting->fallback,
        .origin = "built in",
        .reload = setting->reload,
        .help_vi = setting->help_vi,
        .help_en = setting->help_en,
    };
    if (config == NULL) {
        return entry;
    }
    entry.origin = config->origins[index];
    if (setting->kind == TH_CONFIG_LIST) {
        const char *const *items = NULL;
        const size_t count = th_config_list(config, key, &items);
        value[0] = '\0';
        for (size_t i = 0; i < count; i++) {
            const size_t used = strlen(value);
            (void)snprintf(value + used, sizeof(value) - used, "%s%s", i > 0 ? "," : "", items[i]);
        }
    } else {
        const void *slot = &config->values.slots[index];
        (void)th_yaml_value_text(&config->tables.keys[index], slot, value, sizeof(value));
    }
    entry.value = value;
    return entry;
}

void th_config_changes(const struct th_config *old,
                       const struct th_config *fresh,
                       const char *section,
                       th_config_tell *tell,
                       void *self)
{
    char before[512];
    for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
        const char *of = CONFIG_SETTINGS[i].section;
        if (strcmp(of, section) != 0 && strcmp(of, "common") != 0) {
            continue;
        }
        (void)snprintf(before, sizeof(before), "%s", th_config_entry(old, i).value);
        const struct th_config_entry entry = th_config_entry(fresh, i);
        if (strcmp(before, entry.value) != 0) {
            tell(self, &entry);
        }
    }
}
