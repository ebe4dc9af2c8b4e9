// config.h - tonghop.yaml: every setting of every program, with where its value came from
//
// One table holds section, key, kind, default, bounds, whether SIGHUP applies it at once, and help
// in both languages; reading, `config show --origin`, `config default` and docs/configuration.md
// follow from it. Precedence: built in < file < TONGHOP_SECTION_KEY < -o section.key=value. A bad
// file is refused as a whole, with every finding.

#ifndef TONGHOP_CONFIG_H
#define TONGHOP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/bytes.h"
#include "tonghop/day.h"
#include "tonghop/err.h"
#include "tonghop/finding.h"

enum { TH_PATH_MAX = 4096, TH_PROVINCES_MAX = 64, TH_WORKERS_MAX = 16 };

enum th_config_kind {
    TH_CONFIG_TEXT,
    TH_CONFIG_NUMBER,
    TH_CONFIG_SIZE,     // bytes: 64MiB
    TH_CONFIG_DURATION, // milliseconds: 30s
    TH_CONFIG_CHOICE,
    TH_CONFIG_FLAG,    // true, false
    TH_CONFIG_PERCENT, // 5%
    TH_CONFIG_LIST,    // texts
};

// One province of this directory.
struct th_config_province {
    const char *root; // code or code@date
    const char *lineage;
    const char *name;
    const char *person_scope; // scheme, province, unit
    th_day opened;            // when it began to take reports; TH_DAY_NONE: not known
};

// One worker process and the provinces it hosts.
struct th_config_worker {
    const char *name;
    const char *const *lineages;
    size_t lineage_count;
};

struct th_config;

/**
 * Read DIR/tonghop.yaml (file when not NULL), the environment and the overrides.
 *
 * Ownership: *out is the caller's (th_config_free).
 * Errors:    TH_E_NOT_FOUND no such file; TH_E_REFUSED with findings; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_config_read(const char *dir,
                                       const char *file,
                                       const char *const *overrides,
                                       size_t override_count,
                                       struct th_findings *findings,
                                       struct th_config **out);
void th_config_free(struct th_config **config); // scoped

// By "section.key"; asserts that the table has it and that the kind fits.
const char *th_config_text(const struct th_config *config, const char *key);
uint64_t th_config_number(const struct th_config *config, const char *key); // numbers, sizes, ms, %
bool th_config_flag(const struct th_config *config, const char *key);
size_t th_config_list(const struct th_config *config, const char *key, const char *const **list);

const char *th_config_dir(const struct th_config *config);
size_t th_config_provinces(const struct th_config *config, const struct th_config_province **list);
size_t th_config_workers(const struct th_config *config, const struct th_config_worker **list);
const struct th_config_province *th_config_province(const struct th_config *config,
                                                    const char *lineage); // NULL

// Paths below the directory, or as configured: keys, state/<lineage>, register, run, log.
char *th_config_path(const struct th_config *config, const char *name, char *out, size_t max);

// For `config show` and documents: how many settings there are, and each.
struct th_config_entry {
    const char *key; // section.key
    const char *value;
    const char *fallback;
    const char *origin; // "built in", "FILE:line", "TONGHOP_...", "-o"
    bool reload;        // the broker applies it at SIGHUP
    const char *help_vi;
    const char *help_en;
};
size_t th_config_count(void);
struct th_config_entry th_config_entry(const struct th_config *config, size_t index);

// Tell each setting of section, and of "common", that has another value in fresh than in old.
typedef void th_config_tell(void *self, const struct th_config_entry *entry);
void th_config_changes(const struct th_config *old,
                       const struct th_config *fresh,
                       const char *section,
                       th_config_tell *tell,
                       void *self);
// docs/configuration.md: every setting in both languages.
void th_config_print(FILE *out);

struct th_config_setting {
    const char *key; // section.key
    const char *value;
};

// What a new file holds.
struct th_config_file {
    const struct th_config_setting *settings;
    size_t setting_count;
    const struct th_config_province *provinces;
    size_t province_count;
    const struct th_config_worker *workers;
    size_t worker_count;
};

// Write path (0600) so that a power cut leaves the old file or the new one. TH_E_REFUSED: a setting
// that the table does not take; TH_E_IO, TH_E_FULL, TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_config_write(const char *path, const struct th_config_file *file);

#endif
