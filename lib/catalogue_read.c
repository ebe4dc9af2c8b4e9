// catalogue_read.c - from files to a catalogue: all files are read, then every reference is checked

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/number.h"

#include "lib/catalogue_raw.h"

// ---- findings ----

static void complain(struct reading *reading,
                     struct th_yaml_place place,
                     const struct th_verdict *verdict,
                     struct th_bytes value)
{
    th_findings_error(reading->findings, place.line, place.column, verdict, value);
}

void reading_twice(struct reading *reading,
                   struct th_yaml_place place,
                   struct th_bytes code,
                   struct th_yaml_place first)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_CODE_TWICE, 0, "code");
    th_verdict_add(&verdict, code);
    th_verdict_add_number(&verdict, first.line, 0);
    complain(reading, place, &verdict, code);
}

void reading_unknown(struct reading *reading,
                     struct th_yaml_place place,
                     const char *key,
                     struct th_bytes code)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_REFERENCE, 0, key);
    th_verdict_add(&verdict, th_bytes_of(key));
    th_verdict_add(&verdict, code);
    complain(reading, place, &verdict, code);
}

void reading_wrong(struct reading *reading,
                   struct th_yaml_place place,
                   const char *key,
                   struct th_bytes value,
                   const char *kind)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_YAML_TYPE, 0, key);
    th_verdict_add(&verdict, th_bytes_of(key));
    th_verdict_add(&verdict, value);
    th_verdict_add(&verdict, th_bytes_of(kind));
    complain(reading, place, &verdict, value);
}

void reading_missing(struct reading *reading, struct th_yaml_place place, const char *key)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_YAML_MISSING_KEY, 0, key, key, NULL);
    complain(reading, place, &verdict, (struct th_bytes){0});
}

static void out_of_range(struct reading *reading,
                         struct th_yaml_place place,
                         const char *key,
                         const char *const texts[3])
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_YAML_RANGE, 0, key, key, texts[0], texts[1], texts[2], NULL);
    complain(reading, place, &verdict, th_bytes_of(texts[0]));
}

void reading_out_of_range(struct reading *reading,
                          struct th_yaml_place place,
                          const char *key,
                          int64_t value,
                          int64_t min,
                          int64_t max)
{
    char texts[3][TH_NUMBER_TEXT_BYTES];
    out_of_range(reading,
                 place,
                 key,
                 (const char *const[3]){th_number_plain(value, 0, texts[0]),
                                        th_number_plain(min, 0, texts[1]),
                                        th_number_plain(max, 0, texts[2])});
}

void reading_days(struct reading *reading,
                  struct th_yaml_place place,
                  th_day valid_from,
                  th_day valid_to)
{
    char texts[2][TH_DAY_TEXT_BYTES];
    if (valid_from == TH_DAY_NONE || valid_to == TH_DAY_NONE || valid_from < valid_to) {
        return;
    }
    out_of_range(reading,
                 place,
                 "valid_to",
                 (const char *const[3]){th_day_text(valid_to, texts[0]),
                                        th_day_text(valid_from, texts[1]),
                                        "9999-12-31"});
}

void reading_name(struct reading *reading, struct th_yaml_place place, struct th_name *name)
{
    if (reading->vi && name->vi.size == 0) {
        reading_missing(reading, place, "vi");
    }
    if (reading->en && name->en.size == 0) {
        reading_missing(reading, place, "en");
    }
    name->vi = name->vi.size == 0 ? name->en : name->vi;
    name->en = name->en.size == 0 ? name->vi : name->en;
}

void *reading_room(struct reading *reading, size_t count, size_t size)
{
    return th_pool_take(&reading->catalogue->pool, (count == 0 ? 1 : count) * size);
}

// ---- catalogue.yaml ----

static void read_languages(struct reading *reading)
{
    const struct raw_settings *raw = &reading->settings.catalogue;
    const int32_t *languages = raw->languages.items;
    for (size_t i = 0; i < raw->languages.count; i++) {
        bool *language = languages[i] == TH_LANG_VI ? &reading->vi : &reading->en;
        if (*language) {
            reading_twice(reading,
                          raw->languages_place,
                          th_bytes_of(languages[i] == TH_LANG_VI ? "vi" : "en"),
                          raw->languages_place);
        }
        *language = true;
    }
    if (raw->languages.count == 0) {
        reading_missing(reading, raw->languages_place, "languages");
    }
}

static enum th_err read_patterns(struct reading *reading)
{
    const struct raw_settings *raw = &reading->settings.catalogue;
    const struct raw_pattern *list = raw->open_list.items;
    struct th_catalogue *catalogue = reading->catalogue;
    catalogue->patterns =
        reading_room(reading, raw->open_list.count + 1, sizeof(*catalogue->patterns));
    if (catalogue->patterns == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (raw->open_all) {
        catalogue->patterns[catalogue->pattern_count++] =
            (struct catalogue_pattern){.any = true, .min = -INT64_MAX, .max = INT64_MAX};
    }
    for (size_t i = 0; i < raw->open_list.count; i++) {
        struct catalogue_pattern *pattern = &catalogue->patterns[catalogue->pattern_count++];
        *pattern = (struct catalogue_pattern){
            .decimals = (uint32_t)list[i].decimals, .min = list[i].min, .max = list[i].max};
        if (list[i].max < list[i].min) {
            reading_out_of_range(
                reading, list[i].max_place, "max", list[i].max, list[i].min, INT64_MAX);
        }
        if (catalogue_pattern_compile(list[i].pattern, pattern) != TH_OK) {
            reading_wrong(reading, list[i].pattern_place, "pattern", list[i].pattern, "pattern");
        }
    }
    catalogue->settings.open_measures = catalogue->pattern_count > 0;
    return TH_OK;
}

static enum th_err read_settings(struct reading *reading)
{
    const struct raw_settings *raw = &reading->settings.catalogue;
    struct th_catalogue_settings *settings = &reading->catalogue->settings;
    read_languages(reading);
    *settings = (struct th_catalogue_settings){
        .code = raw->code,
        .version = (uint32_t)raw->version,
        .default_scheme = raw->default_scheme,
        .person_ids = (enum th_person_ids)raw->person_ids,
        .period_end = raw->ambiguous_codes == 1,
        .public_threshold = (uint32_t)raw->audience.threshold,
        .public_share_base = (uint32_t)raw->audience.share_base,
    };
    if (th_zone_parse(raw->timezone, &settings->zone_minutes) != TH_OK) {
        reading_wrong(reading, raw->timezone_place, "timezone", raw->timezone, "zone");
    }
    int32_t release = 0;
    if (th_clock_parse(raw->audience.release, &release) != TH_OK) {
        reading_wrong(
            reading, raw->audience.release_place, "release", raw->audience.release, "clock");
    }
    settings->public_release = (uint32_t)release;
    return read_patterns(reading);
}

static void check_default_scheme(struct reading *reading)
{
    const struct raw_settings *raw = &reading->settings.catalogue;
    if (!th_bytes_equal(raw->default_scheme, TH_BYTES("auto")) &&
        th_catalogue_scheme(reading->catalogue, raw->default_scheme) == NULL) {
        reading_unknown(reading, raw->default_scheme_place, "default_scheme", raw->default_scheme);
    }
}

// ---- the files ----

struct file_kind {
    const char *name;
    const struct th_yaml_table *table;
    size_t target; // in struct reading
};

static const struct file_kind KINDS[CATALOGUE_FILES] = {
    [CATALOGUE_SETTINGS] = {"catalogue.yaml",
                            &CATALOGUE_SETTINGS_TABLE,
                            offsetof(struct reading, settings)},
    [CATALOGUE_MEASURES] = {"measures.yaml",
                            &CATALOGUE_MEASURES_TABLE,
                            offsetof(struct reading, measures)},
    [CATALOGUE_SCHEMES] = {"schemes.yaml",
                           &CATALOGUE_SCHEMES_TABLE,
                           offsetof(struct reading, schemes)},
    [CATALOGUE_FORMS] = {"forms.yaml", &CATALOGUE_FORMS_TABLE, offsetof(struct reading, forms)},
    [CATALOGUE_INDICATORS] = {"indicators.yaml",
                              &CATALOGUE_INDICATORS_TABLE,
                              offsetof(struct reading, indicators)},
    [CATALOGUE_TARGETS] = {"targets.yaml",
                           &CATALOGUE_TARGETS_TABLE,
                           offsetof(struct reading, targets)},
};

const char *th_catalogue_file_name(size_t index)
{
    return index < CATALOGUE_FILES ? KINDS[index].name : NULL;
}

static const struct th_file *
find_file(const struct th_file *files, size_t count, enum catalogue_file kind)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(files[i].name, KINDS[kind].name) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

static bool is_known(const char *name)
{
    for (size_t kind = 0; kind < CATALOGUE_FILES; kind++) {
        if (strcmp(name, KINDS[kind].name) == 0) {
            return true;
        }
    }
    return false;
}

// Findings of checks are added under the name of the file the entries came from.
static void name_file(struct reading *reading, enum catalogue_file kind)
{
    reading->findings->file = KINDS[kind].name;
}

static enum th_err read_files(struct reading *reading, const struct th_file *files, size_t count)
{
    struct th_yaml_pool *texts = &reading->catalogue->texts;
    for (size_t i = 0; i < count; i++) {
        struct th_verdict verdict;
        if (!is_known(files[i].name)) {
            reading->findings->file = KINDS[CATALOGUE_SETTINGS].name;
            th_verdict_make(&verdict, TH_M_YAML_UNKNOWN_KEY, 0, "", files[i].name, NULL);
            complain(reading, (struct th_yaml_place){0}, &verdict, (struct th_bytes){0});
        }
    }
    for (enum catalogue_file kind = 0; kind < CATALOGUE_FILES; kind++) {
        const struct th_file *file = find_file(files, count, kind);
        void *target = (char *)reading + KINDS[kind].target;
        name_file(reading, kind);
        if (file == NULL && kind == CATALOGUE_SETTINGS) {
            reading_missing(reading, (struct th_yaml_place){0}, "catalogue");
            reading->unreadable[kind] = true;
        } else if (file != NULL) {
            const enum th_err err = th_yaml_read(
                file->bytes, KINDS[kind].table, &TH_YAML_LIMITS, texts, reading->findings, target);
            reading->unreadable[kind] = err == TH_E_REFUSED;
            if (err != TH_OK && err != TH_E_REFUSED) {
                return err;
            }
        }
    }
    return TH_OK;
}

// A part of a file that could not be read is left out: what refers to it is not checked.
#define BUILD(reading, kind, call)                 \
    do {                                           \
        name_file((reading), (kind));              \
        if (!(reading)->unreadable[(kind)]) {      \
            const enum th_err build_err_ = (call); \
            if (build_err_ != TH_OK) {             \
                return build_err_;                 \
            }                                      \
        }                                          \
    } while (0)

static enum th_err build(struct reading *reading)
{
    BUILD(reading, CATALOGUE_SETTINGS, read_settings(reading));
    BUILD(reading, CATALOGUE_SCHEMES, reading_schemes(reading));
    BUILD(reading, CATALOGUE_FORMS, reading_forms(reading));
    BUILD(reading, CATALOGUE_MEASURES, reading_dims(reading));
    BUILD(reading, CATALOGUE_MEASURES, reading_measures(reading));
    BUILD(reading, CATALOGUE_MEASURES, reading_derived(reading));
    TH_TRY(catalogue_complete(reading->catalogue));
    if (!reading->unreadable[CATALOGUE_MEASURES]) {
        BUILD(reading, CATALOGUE_INDICATORS, reading_indicators(reading));
        BUILD(reading, CATALOGUE_TARGETS, reading_targets(reading));
    }
    return TH_OK;
}

static void check_references(struct reading *reading)
{
    const bool *unreadable = reading->unreadable;
    if (!unreadable[CATALOGUE_SETTINGS] && !unreadable[CATALOGUE_SCHEMES]) {
        name_file(reading, CATALOGUE_SETTINGS);
        check_default_scheme(reading);
    }
    if (unreadable[CATALOGUE_MEASURES]) {
        return;
    }
    if (!unreadable[CATALOGUE_SCHEMES]) {
        name_file(reading, CATALOGUE_SCHEMES);
        reading_categories(reading);
    }
    name_file(reading, CATALOGUE_MEASURES);
    reading_parts(reading);
}

// ---- digest: of names, sizes and bytes, in the order of KINDS ----

static void digest(const struct th_file *files, size_t count, uint8_t out[static 32])
{
    struct th_hash_run run;
    th_hash_run_start(&run);
    for (enum catalogue_file kind = 0; kind < CATALOGUE_FILES; kind++) {
        const struct th_file *file = find_file(files, count, kind);
        if (file != NULL) {
            uint8_t size[8];
            th_put_u64(size, file->bytes.size);
            th_hash_run_add(&run, (struct th_bytes){file->name, strlen(file->name) + 1});
            th_hash_run_add(&run, (struct th_bytes){size, sizeof(size)});
            th_hash_run_add(&run, file->bytes);
        }
    }
    th_hash_run_end(&run, out);
}

enum th_err th_catalogue_read(const struct th_file *files,
                              size_t count,
                              struct th_findings *findings,
                              struct th_catalogue **out)
{
    const uint64_t errors = findings->total[TH_SEVERITY_ERROR];
    const char *const file = findings->file;
    TH_SCOPED(th_catalogue_free) struct th_catalogue *catalogue = catalogue_new();
    struct reading reading = {.catalogue = catalogue, .findings = findings};
    if (catalogue == NULL) {
        return TH_E_NO_MEMORY;
    }

    enum th_err err = read_files(&reading, files, count);
    err = err == TH_OK ? build(&reading) : err;
    if (err == TH_OK) {
        check_references(&reading);
    }
    findings->file = file;
    if (err != TH_OK) {
        return err;
    }
    if (findings->total[TH_SEVERITY_ERROR] > errors) {
        return TH_E_REFUSED;
    }
    digest(files, count, catalogue->digest);
    *out = catalogue;
    catalogue = NULL; // the caller owns it now
    return TH_OK;
}
