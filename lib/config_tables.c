// config_tables.c - the tables of yaml.h, made from the one table of settings

#include <string.h>

#include "lib/config_body.h"

// The order of enum th_config_kind.
static const enum th_yaml_type TYPE_OF[] = {
    [TH_CONFIG_TEXT] = TH_YAML_TEXT,
    [TH_CONFIG_NUMBER] = TH_YAML_INTEGER,
    [TH_CONFIG_SIZE] = TH_YAML_SIZE,
    [TH_CONFIG_DURATION] = TH_YAML_TIME,
    [TH_CONFIG_CHOICE] = TH_YAML_WORD,
    [TH_CONFIG_FLAG] = TH_YAML_BOOL,
    [TH_CONFIG_PERCENT] = TH_YAML_PERCENT,
    [TH_CONFIG_LIST] = TH_YAML_TEXT,
};

const struct config_setting CONFIG_SETTINGS[] = {
#define C(section, key, kind, fallback, min, max, words, reload, vi, en) \
    {#section, #key, TH_CONFIG_##kind, fallback, min, max, words, reload, vi, en},
#include "lib/config_table.h"
#undef C
};

const size_t CONFIG_SETTING_COUNT = TH_COUNT(CONFIG_SETTINGS);

_Static_assert(TH_COUNT(CONFIG_SETTINGS) <= CONFIG_SETTINGS_MAX, "the table outgrew its room");

static const struct th_yaml_key PROVINCE_KEYS[] = {
    {.name = "root",
     .type = TH_YAML_TEXT,
     .is_required = true,
     .min = 1,
     .max = 43,
     .offset = offsetof(struct config_province, root)},
    {.name = "lineage",
     .type = TH_YAML_CODE,
     .is_required = true,
     .min = 1,
     .max = 8,
     .offset = offsetof(struct config_province, lineage)},
    {.name = "name",
     .type = TH_YAML_TEXT,
     .min = 0,
     .max = 256,
     .offset = offsetof(struct config_province, name)},
    {.name = "person_scope",
     .type = TH_YAML_TEXT,
     .min = 1,
     .max = 16,
     .fallback = "scheme",
     .offset = offsetof(struct config_province, person_scope)},
    {.name = "opened", .type = TH_YAML_DATE, .offset = offsetof(struct config_province, opened)},
};

static const struct th_yaml_table PROVINCE_TABLE = {
    .keys = PROVINCE_KEYS,
    .count = TH_COUNT(PROVINCE_KEYS),
    .size = sizeof(struct config_province),
};

static const struct th_yaml_key WORKER_KEYS[] = {
    {.name = "name",
     .type = TH_YAML_CODE,
     .is_required = true,
     .min = 1,
     .max = 32,
     .offset = offsetof(struct config_worker, name)},
    {.name = "provinces",
     .type = TH_YAML_CODE,
     .is_list = true,
     .is_required = true,
     .min = 1,
     .max = 8,
     .offset = offsetof(struct config_worker, provinces)},
};

static const struct th_yaml_table WORKER_TABLE = {
    .keys = WORKER_KEYS,
    .count = TH_COUNT(WORKER_KEYS),
    .size = sizeof(struct config_worker),
};

static void split_words(struct config_tables *tables, size_t index, const char *words)
{
    char *at = tables->words[index];
    th_assert(strlen(words) < sizeof(tables->words[index]));
    (void)memcpy(at, words, strlen(words) + 1);
    size_t count = 0;
    for (char *word = at; word != NULL;) {
        th_assert(count < CONFIG_WORDS_MAX);
        char *bar = strchr(word, '|');
        if (bar != NULL) {
            *bar = '\0';
        }
        tables->word_list[index][count++] = word;
        word = bar != NULL ? bar + 1 : NULL;
    }
    tables->word_list[index][count] = NULL;
}

static void make_key(struct config_tables *tables, size_t index, size_t offset)
{
    const struct config_setting *setting = &CONFIG_SETTINGS[index];
    const bool empty = setting->fallback != NULL && setting->fallback[0] == '\0';
    tables->keys[index] = (struct th_yaml_key){
        .name = setting->key,
        .type = TYPE_OF[setting->kind],
        .is_list = setting->kind == TH_CONFIG_LIST,
        .min = setting->min,
        .max = setting->max,
        .fallback = empty ? NULL : setting->fallback,
        .offset = offset,
        .place = offset + offsetof(struct config_slot, place) + 1,
        .help = setting->help_en,
    };
    if (setting->words != NULL) {
        split_words(tables, index, setting->words);
        tables->keys[index].words = tables->word_list[index];
    }
}

void config_tables_make(struct config_tables *tables)
{
    size_t sections = 0;
    size_t first = 0;
    for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
        const bool begins =
            i == 0 || strcmp(CONFIG_SETTINGS[i].section, CONFIG_SETTINGS[i - 1].section) != 0;
        if (begins) {
            th_assert(sections < CONFIG_SECTIONS_MAX);
            first = i;
            tables->sections[sections] = (struct th_yaml_table){.keys = &tables->keys[i]};
            tables->roots[sections] = (struct th_yaml_key){
                .name = CONFIG_SETTINGS[i].section,
                .type = TH_YAML_MAP,
                .table = &tables->sections[sections],
                .offset = offsetof(struct config_values, slots) + i * sizeof(struct config_slot),
            };
            sections++;
        }
        struct th_yaml_table *section = &tables->sections[sections - 1];
        make_key(tables, i, (i - first) * sizeof(struct config_slot));
        section->count++;
        section->size = section->count * sizeof(struct config_slot);
    }
    tables->roots[sections] = (struct th_yaml_key){
        .name = "provinces",
        .type = TH_YAML_MAP,
        .is_list = true,
        .table = &PROVINCE_TABLE,
        .offset = offsetof(struct config_values, provinces),
    };
    tables->roots[sections + 1] = (struct th_yaml_key){
        .name = "workers",
        .type = TH_YAML_MAP,
        .is_list = true,
        .table = &WORKER_TABLE,
        .offset = offsetof(struct config_values, workers),
    };
    tables->root = (struct th_yaml_table){
        .keys = tables->roots,
        .count = sections + 2,
        .size = sizeof(struct config_values),
    };
}

size_t config_index(const char *key)
{
    for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
        const struct config_setting *setting = &CONFIG_SETTINGS[i];
        const size_t size = strlen(setting->section);
        if (strncmp(key, setting->section, size) == 0 && key[size] == '.' &&
            strcmp(key + size + 1, setting->key) == 0) {
            return i;
        }
    }
    th_unreachable();
}
