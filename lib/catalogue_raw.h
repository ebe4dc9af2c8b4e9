// catalogue_raw.h - a catalogue's files as they are written, between yaml.h and the checks
//
// Everything that may be wrong in a way a table cannot know keeps its place; a place with line 0
// says that the key is absent.

#ifndef LIB_CATALOGUE_RAW_H
#define LIB_CATALOGUE_RAW_H

#include "tonghop/yaml.h"

#include "lib/catalogue_body.h"

enum catalogue_file {
    CATALOGUE_SETTINGS,
    CATALOGUE_MEASURES,
    CATALOGUE_SCHEMES,
    CATALOGUE_FORMS,
    CATALOGUE_INDICATORS,
    CATALOGUE_TARGETS,
    CATALOGUE_FILES
};

// ---- catalogue.yaml ----

struct raw_pattern {
    struct th_yaml_place place;
    struct th_bytes pattern;
    struct th_yaml_place pattern_place;
    int64_t decimals;
    int64_t min;
    int64_t max;
    struct th_yaml_place max_place;
};

struct raw_public {
    int64_t threshold;
    int64_t share_base;
    struct th_bytes release;
    struct th_yaml_place release_place;
};

struct raw_settings {
    struct th_yaml_place place;
    struct th_bytes code;
    int64_t version;
    struct th_yaml_list languages; // int32_t, th_lang
    struct th_yaml_place languages_place;
    struct th_bytes timezone;
    struct th_yaml_place timezone_place;
    struct th_bytes default_scheme;
    struct th_yaml_place default_scheme_place;
    int32_t person_ids;
    int32_t ambiguous_codes;
    bool open_all;
    struct th_yaml_list open_list; // struct raw_pattern
    struct raw_public audience;
};

struct raw_settings_file {
    struct raw_settings catalogue;
};

// ---- measures.yaml ----

struct raw_member {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_name name;
};

enum { RAW_DIM_ENUM, RAW_DIM_YEAR, RAW_DIM_DATE, RAW_DIM_CODE, RAW_DIM_SCHEME };

struct raw_dim {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_yaml_place code_place;
    struct th_name name;
    int32_t type;
    struct th_yaml_list members; // struct raw_member
    struct th_yaml_place members_place;
};

struct raw_measure_dim {
    struct th_yaml_place place;
    struct th_bytes code;
    bool required;
    bool complete;
};

struct raw_measure {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_name name;
    struct th_name unit;
    struct th_yaml_place unit_place;
    int32_t shape; // th_shape - 1
    int32_t scope;
    int32_t marginal;
    int64_t min;
    struct th_yaml_place min_place;
    int64_t max;
    struct th_yaml_place max_place;
    int64_t decimals;
    bool summed;
    bool personal;
    th_day valid_from;
    th_day valid_to;
    struct th_yaml_place valid_to_place;
    struct th_yaml_list dims; // struct raw_measure_dim
    struct th_bytes form;
    struct th_yaml_place form_place;
    struct th_yaml_list parts; // struct th_bytes
    struct th_yaml_place parts_place;
    struct th_bytes at_most;
    struct th_yaml_place at_most_place;
    struct th_bytes of_level;
};

struct raw_derived {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_name name;
    struct th_name unit;
    struct th_yaml_place unit_place;
    struct th_bytes sum_of;
    struct th_yaml_place sum_of_place;
};

struct raw_measures_file {
    struct th_yaml_list dims;     // struct raw_dim
    struct th_yaml_list measures; // struct raw_measure
    struct th_yaml_list derived;  // struct raw_derived
};

// ---- schemes.yaml ----

struct raw_level {
    struct th_yaml_place place;
    int64_t rating;
    struct th_bytes label;
    struct th_yaml_place label_place;
    int64_t min_score;
    struct th_yaml_place min_score_place;
    struct th_name name;
};

struct raw_score {
    int64_t max;
    struct th_yaml_place max_place;
    int64_t common;
    struct th_yaml_place common_place;
    int64_t result;
    struct th_yaml_place result_place;
    int64_t bonus;
    struct th_yaml_place bonus_place;
};

struct raw_share {
    int64_t num;
    int64_t den;
};

enum { RAW_GROUP_UNIT, RAW_GROUP_JOB };

struct raw_cap {
    int64_t rating;
    int64_t num;
    int64_t den;
    int32_t base;
    struct th_yaml_list group_by; // int32_t, RAW_GROUP_...
    struct raw_share outstanding;
    struct th_yaml_place outstanding_place;
    struct th_yaml_list periods; // int32_t, th_period_type - 1
    struct th_yaml_place periods_place;
};

struct raw_deadline {
    struct th_bytes year; // MM-DD
    struct th_yaml_place year_place;
};

struct raw_scheme {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_name name;
    struct th_bytes basis;
    th_day valid_from;
    th_day valid_to;
    struct th_yaml_place valid_to_place;
    struct th_yaml_list periods; // int32_t, th_period_type - 1
    int32_t person_scope;
    struct th_yaml_list categories; // struct th_bytes
    struct th_yaml_place categories_place;
    struct raw_score score;
    struct th_yaml_list levels; // struct raw_level
    struct raw_cap cap;
    struct th_yaml_place cap_place;
    struct raw_deadline deadline;
};

struct raw_schemes_file {
    struct th_yaml_list schemes; // struct raw_scheme
};

// ---- forms.yaml ----

struct raw_reporters {
    struct th_yaml_list levels; // struct th_bytes
    struct th_yaml_place levels_place;
    struct th_yaml_list units; // struct th_bytes
    struct th_yaml_place units_place;
};

struct raw_form {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_name name;
    bool evaluation;
    struct th_yaml_list periods; // int32_t, th_period_type - 1
    struct th_bytes cutoff;
    int64_t due_days;
    struct th_yaml_place due_days_place;
    int64_t close_days;
    struct th_yaml_place close_days_place;
    int64_t return_days;
    int32_t leaves;
    struct raw_reporters reporters;
    struct th_yaml_place reporters_place;
};

struct raw_forms_file {
    struct th_yaml_list forms; // struct raw_form
};

// ---- indicators.yaml, targets.yaml ----

struct raw_indicator {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_name name;
    int32_t kind;             // th_indicator_kind
    struct th_yaml_list over; // struct th_bytes
    struct th_yaml_place over_place;
    struct th_yaml_list num; // struct th_bytes
    struct th_yaml_place num_place;
    struct th_yaml_list den; // struct th_bytes
    struct th_yaml_place den_place;
    struct th_bytes den_level;
    struct th_yaml_place den_level_place;
    int64_t scale;
    struct th_yaml_place scale_place;
    int64_t min_base;
    int32_t best;
};

struct raw_indicators_file {
    struct th_yaml_list indicators; // struct raw_indicator
};

struct raw_target {
    struct th_yaml_place place;
    struct th_bytes measure;
    struct th_yaml_place measure_place;
    int32_t per;
    struct th_bytes achieved;
    struct th_yaml_place achieved_place;
    struct th_bytes of;
    struct th_yaml_place of_place;
};

struct raw_targets_file {
    struct th_yaml_list targets; // struct raw_target
};

// ---- the tables, and one reading ----

extern const struct th_yaml_table CATALOGUE_SETTINGS_TABLE;
extern const struct th_yaml_table CATALOGUE_MEASURES_TABLE;
extern const struct th_yaml_table CATALOGUE_SCHEMES_TABLE;
extern const struct th_yaml_table CATALOGUE_FORMS_TABLE;
extern const struct th_yaml_table CATALOGUE_INDICATORS_TABLE;
extern const struct th_yaml_table CATALOGUE_TARGETS_TABLE;

struct reading {
    struct th_catalogue *catalogue;
    struct th_findings *findings;
    bool unreadable[CATALOGUE_FILES]; // findings of the YAML reader: nothing is known of it
    bool vi, en;                      // languages
    struct raw_settings_file settings;
    struct raw_measures_file measures;
    struct raw_schemes_file schemes;
    struct raw_forms_file forms;
    struct raw_indicators_file indicators;
    struct raw_targets_file targets;
};

// Findings of the file that findings->file names.
void reading_twice(struct reading *reading,
                   struct th_yaml_place place,
                   struct th_bytes code,
                   struct th_yaml_place first);
void reading_unknown(struct reading *reading,
                     struct th_yaml_place place,
                     const char *key,
                     struct th_bytes code);
void reading_wrong(struct reading *reading,
                   struct th_yaml_place place,
                   const char *key,
                   struct th_bytes value,
                   const char *kind); // a word of words.def
void reading_missing(struct reading *reading, struct th_yaml_place place, const char *key);
void reading_out_of_range(struct reading *reading,
                          struct th_yaml_place place,
                          const char *key,
                          int64_t value,
                          int64_t min,
                          int64_t max);
// valid_to must come after valid_from; TH_DAY_NONE is open.
void reading_days(struct reading *reading,
                  struct th_yaml_place place,
                  th_day valid_from,
                  th_day valid_to);
// Names in every language of the catalogue; a name that is not asked for is the other one.
void reading_name(struct reading *reading, struct th_yaml_place place, struct th_name *name);

// Room for count items of size in the catalogue's pool; NULL when there is no memory.
void *reading_room(struct reading *reading, size_t count, size_t size);

// Each builds its part of the catalogue from the raw file, adding findings. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err reading_schemes(struct reading *reading);
TH_MUST_USE enum th_err reading_forms(struct reading *reading);
TH_MUST_USE enum th_err reading_dims(struct reading *reading);     // after schemes
TH_MUST_USE enum th_err reading_measures(struct reading *reading); // after forms and dims
TH_MUST_USE enum th_err reading_derived(struct reading *reading);  // after measures
// After everything they refer to; what they find wrong is not added to the catalogue.
TH_MUST_USE enum th_err reading_indicators(struct reading *reading);
TH_MUST_USE enum th_err reading_targets(struct reading *reading);

struct raw_operands { // one side of an indicator
    const char *key;
    struct th_yaml_list list; // struct th_bytes
    struct th_yaml_place place;
    bool over; // the measure * may stand in it
};
TH_MUST_USE enum th_err reading_operands(struct reading *reading,
                                         const struct raw_operands *raw,
                                         const struct th_operand **operands,
                                         size_t *count);

// A code in which * stands for any characters.
bool catalogue_is_glob(struct th_bytes text);

// References that can be checked when everything is there.
void reading_categories(struct reading *reading);
void reading_parts(struct reading *reading);

#endif
