// config_write.c - a new tonghop.yaml, as init and join make it

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"

#include "lib/config_body.h"

enum { CONFIG_WRITE_MAX = 256 * 1024 };

static struct th_bytes view(const char *text)
{
    return th_bytes_of(text != NULL ? text : "");
}

static enum th_err take_provinces(struct config_values *values,
                                  const struct th_config_province *provinces,
                                  size_t count)
{
    if (count == 0) {
        return TH_OK;
    }
    struct config_province *items = calloc(count, sizeof(*items));
    if (items == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct config_province){
            .root = view(provinces[i].root),
            .lineage = view(provinces[i].lineage),
            .name = view(provinces[i].name),
            .person_scope = view(provinces[i].person_scope),
            .opened = provinces[i].opened,
        };
    }
    values->provinces = (struct th_yaml_list){.items = items, .count = count};
    return TH_OK;
}

static enum th_err
take_workers(struct config_values *values, const struct th_config_worker *workers, size_t count)
{
    if (count == 0) {
        return TH_OK;
    }
    struct config_worker *items = calloc(count, sizeof(*items));
    if (items == NULL) {
        return TH_E_NO_MEMORY;
    }
    values->workers = (struct th_yaml_list){.items = items, .count = count};
    for (size_t i = 0; i < count; i++) {
        struct th_bytes *lineages = calloc(workers[i].lineage_count + 1, sizeof(*lineages));
        if (lineages == NULL) {
            return TH_E_NO_MEMORY;
        }
        for (size_t j = 0; j < workers[i].lineage_count; j++) {
            lineages[j] = view(workers[i].lineages[j]);
        }
        items[i].name = view(workers[i].name);
        items[i].provinces =
            (struct th_yaml_list){.items = lineages, .count = workers[i].lineage_count};
    }
    return TH_OK;
}

static void free_lists(struct config_values *values)
{
    struct config_worker *workers = values->workers.items;
    for (size_t i = 0; i < values->workers.count; i++) {
        free(workers[i].provinces.items);
    }
    free(values->workers.items);
    free(values->provinces.items);
}

static enum th_err
fill(struct th_config *config, const struct th_config_setting *settings, size_t count)
{
    struct th_findings nobody = th_findings_of(NULL, 0, "");
    TH_TRY(th_yaml_defaults(&config->tables.root, &config->pool, &config->values));
    for (size_t i = 0; i < count; i++) {
        TH_TRY(th_yaml_set(th_bytes_of(settings[i].key),
                           th_bytes_of(settings[i].value),
                           &config->tables.root,
                           &config->pool,
                           &nobody,
                           &config->values));
    }
    return TH_OK;
}

static enum th_err write_values(const struct th_config *config, const char *path)
{
    TH_SCOPED(th_free_scoped) uint8_t *room = malloc(CONFIG_WRITE_MAX);
    if (room == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer out = {.data = room, .max = CONFIG_WRITE_MAX};
    th_yaml_write(&config->tables.root, &config->values, false, &out);
    return out.overflow ? TH_E_TOO_LARGE : th_file_replace(path, th_written(&out), 0600);
}

enum th_err th_config_write(const char *path, const struct th_config_file *file)
{
    TH_SCOPED(th_config_free) struct th_config *config = calloc(1, sizeof(*config));
    if (config == NULL) {
        return TH_E_NO_MEMORY;
    }
    config_tables_make(&config->tables);
    enum th_err err = fill(config, file->settings, file->setting_count);
    if (err == TH_OK) {
        err = take_provinces(&config->values, file->provinces, file->province_count);
    }
    if (err == TH_OK) {
        err = take_workers(&config->values, file->workers, file->worker_count);
    }
    if (err == TH_OK) {
        err = write_values(config, path);
    }
    free_lists(&config->values);
    return err;
}
