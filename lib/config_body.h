// config_body.h - what the files of config share: the table, and where a value lies

#ifndef LIB_CONFIG_BODY_H
#define LIB_CONFIG_BODY_H

#include "tonghop/config.h"
#include "tonghop/yaml.h"

struct config_setting {
    const char *section;
    const char *key;
    enum th_config_kind kind;
    const char *fallback;
    int64_t min;
    int64_t max;
    const char *words; // "a|b|c"
    bool reload;
    const char *help_vi;
    const char *help_en;
};

extern const struct config_setting CONFIG_SETTINGS[];
extern const size_t CONFIG_SETTING_COUNT;

enum { CONFIG_SETTINGS_MAX = 96, CONFIG_SECTIONS_MAX = 8, CONFIG_WORDS_MAX = 8 };

// One value: as the reader of YAML leaves it, and where it stood.
struct config_slot {
    union {
        struct th_bytes text;
        int64_t number;
        int32_t word;
        bool flag;
        struct th_yaml_list list;
    };
    struct th_yaml_place place;
};

struct config_province {
    struct th_bytes root, lineage, name, person_scope;
    th_day opened;
};

struct config_worker {
    struct th_bytes name;
    struct th_yaml_list provinces; // struct th_bytes
};

// What a file says: slots in the order of the table, after the two lists.
struct config_values {
    struct th_yaml_list provinces; // struct config_province
    struct th_yaml_list workers;   // struct config_worker
    struct config_slot slots[CONFIG_SETTINGS_MAX];
};

// The tables of yaml.h, made from CONFIG_SETTINGS.
struct config_tables {
    struct th_yaml_key keys[CONFIG_SETTINGS_MAX];
    struct th_yaml_table sections[CONFIG_SECTIONS_MAX];
    struct th_yaml_key roots[CONFIG_SECTIONS_MAX + 2];
    struct th_yaml_table root;
    char words[CONFIG_SETTINGS_MAX][96];
    const char *word_list[CONFIG_SETTINGS_MAX][CONFIG_WORDS_MAX + 1];
};

void config_tables_make(struct config_tables *tables);

enum { ORIGIN_MAX = 160 };

struct th_config {
    struct config_tables tables;
    struct config_values values;
    struct th_yaml_pool pool;
    char dir[TH_PATH_MAX];
    char origins[CONFIG_SETTINGS_MAX][ORIGIN_MAX];
    char texts[CONFIG_SETTINGS_MAX][512]; // for documents and lists of one
    const char *lists[CONFIG_SETTINGS_MAX][16];
    struct th_config_province provinces[TH_PROVINCES_MAX];
    size_t province_count;
    struct th_config_worker workers[TH_WORKERS_MAX];
    const char *lineages[TH_WORKERS_MAX][TH_PROVINCES_MAX];
    size_t worker_count;
};

// The index of "section.key"; asserts that there is one.
size_t config_index(const char *key);

#endif
