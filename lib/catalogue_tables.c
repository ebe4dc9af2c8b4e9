// catalogue_tables.c - the keys of a catalogue's files

#include "lib/catalogue_raw.h"

enum { NAME_MAX_BYTES = 256, DAYS_MAX = 3660, SCORE_LIMIT = 1000000 };

// A row of struct OWNER: its member and place have the names of the key where nothing else is said.
#define AT(member)     .offset = offsetof(struct OWNER, member)
#define PLACED(member) .place = TH_YAML_AT(struct OWNER, member)
#define TABLE(rows)                                                            \
    {                                                                          \
        .keys = (rows), .count = TH_COUNT(rows), .size = sizeof(struct OWNER), \
        .place = TH_YAML_AT(struct OWNER, place)                               \
    }
#define TABLE_WITHOUT_PLACE(rows)                                             \
    {                                                                         \
        .keys = (rows), .count = TH_COUNT(rows), .size = sizeof(struct OWNER) \
    }
#define NAMES(member)                                                            \
    {.name = "vi", .type = TH_YAML_TEXT, .max = NAME_MAX_BYTES, AT(member.vi)},  \
    {                                                                            \
        .name = "en", .type = TH_YAML_TEXT, .max = NAME_MAX_BYTES, AT(member.en) \
    }

// clang-format off
static const char *const LANGUAGES[] = {"vi", "en", NULL};
static const char *const PERSON_IDS[] = {"as_is", "refuse_national", "hashed", NULL};
static const char *const AMBIGUOUS[] = {"refuse", "period_end", NULL};
static const char *const DIM_TYPES[] = {"enum", "year", "date", "code", "scheme", NULL};
static const char *const SHAPES[] = {"stock", "flow", "change", "n_of_m", "share", "target", "derived", NULL};
static const char *const SCOPES[] = {"whole", "own", NULL};
static const char *const MARGINALS[] = {"reported", "sum", NULL};
static const char *const PERIODS[] = {"day", "month", "quarter", "half", "year", "range", "deadline", "yearly",
                                      "term", "term_to_date", NULL};
static const char *const PERSON_SCOPES[] = {"province", "unit", NULL};
static const char *const CAP_BASES[] = {"ALL_RATED", "GOOD", "GOOD_PLUS_EXCELLENT", "EXTERNAL", NULL};
static const char *const GROUPS[] = {"unit", "job_group", NULL};
static const char *const REPORTERS[] = {"leaves", NULL};
static const char *const INDICATOR_KINDS[] = {"ratio", "cap_room", "progress", "completeness", "transfer_balance", NULL};
static const char *const BEST[] = {"high", "low", NULL};
static const char *const PER[] = {"deadline", "year", NULL};

// ---- names of units of measure ----

#define OWNER th_name
static const struct th_yaml_key UNIT_KEYS[] = {
    {.name = "vi", .type = TH_YAML_TEXT, .max = NAME_MAX_BYTES, AT(vi)},
    {.name = "en", .type = TH_YAML_TEXT, .max = NAME_MAX_BYTES, AT(en)},
};
static const struct th_yaml_table UNIT_TABLE = TABLE_WITHOUT_PLACE(UNIT_KEYS);
#undef OWNER

// ---- catalogue.yaml ----

#define OWNER raw_pattern
static const struct th_yaml_key PATTERN_KEYS[] = {
    {.name = "pattern", .type = TH_YAML_TEXT, .is_required = true, .max = CATALOGUE_PATTERN_MAX, AT(pattern),
     PLACED(pattern_place)},
    {.name = "decimals", .type = TH_YAML_INTEGER, .fallback = "0", .min = 0, .max = 9, AT(decimals)},
    {.name = "min", .type = TH_YAML_INTEGER, .fallback = "-9223372036854775807", AT(min)},
    {.name = "max", .type = TH_YAML_INTEGER, .fallback = "9223372036854775807", AT(max), PLACED(max_place)},
};
static const struct th_yaml_table PATTERN_TABLE = TABLE(PATTERN_KEYS);
#undef OWNER

#define OWNER raw_public
static const struct th_yaml_key PUBLIC_KEYS[] = {
    {.name = "threshold", .type = TH_YAML_INTEGER, .fallback = "5", .min = 1, .max = 1000, AT(threshold)},
    {.name = "share_base", .type = TH_YAML_INTEGER, .fallback = "20", .min = 1, .max = 100000, AT(share_base)},
    {.name = "release", .type = TH_YAML_TEXT, .fallback = "06:00", .max = 5, AT(release), PLACED(release_place)},
};
static const struct th_yaml_table PUBLIC_TABLE = TABLE_WITHOUT_PLACE(PUBLIC_KEYS);
#undef OWNER

#define OWNER raw_settings
static const struct th_yaml_key SETTINGS_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = 32, AT(code)},
    {.name = "version", .type = TH_YAML_INTEGER, .is_required = true, .min = 1, .max = 1000000000, AT(version)},
    {.name = "languages", .type = TH_YAML_WORD, .is_list = true, .is_required = true, .words = LANGUAGES,
     AT(languages), PLACED(languages_place)},
    {.name = "timezone", .type = TH_YAML_TEXT, .fallback = "+00:00", .max = 6, AT(timezone),
     PLACED(timezone_place)},
    {.name = "default_scheme", .type = TH_YAML_CODE, .fallback = "auto", .max = TH_SCHEME_CODE_MAX,
     AT(default_scheme), PLACED(default_scheme_place)},
    {.name = "person_ids", .type = TH_YAML_WORD, .fallback = "hashed", .words = PERSON_IDS, AT(person_ids)},
    {.name = "ambiguous_codes", .type = TH_YAML_WORD, .fallback = "refuse", .words = AMBIGUOUS,
     AT(ambiguous_codes)},
    {.name = "open_measures", .type = TH_YAML_BOOL, AT(open_all)},
    {.name = "open_measures", .type = TH_YAML_MAP, .is_list = true, .table = &PATTERN_TABLE, AT(open_list)},
    {.name = "public", .type = TH_YAML_MAP, .table = &PUBLIC_TABLE, AT(audience)},
};
static const struct th_yaml_table SETTINGS_TABLE = TABLE(SETTINGS_KEYS);
#undef OWNER

#define OWNER raw_settings_file
static const struct th_yaml_key SETTINGS_FILE_KEYS[] = {
    {.name = "catalogue", .type = TH_YAML_MAP, .is_required = true, .table = &SETTINGS_TABLE, AT(catalogue)},
};
const struct th_yaml_table CATALOGUE_SETTINGS_TABLE = TABLE_WITHOUT_PLACE(SETTINGS_FILE_KEYS);
#undef OWNER

// ---- measures.yaml ----

#define OWNER raw_member
static const struct th_yaml_key MEMBER_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = CATALOGUE_DIM_VALUE_MAX, AT(code)},
    NAMES(name),
};
static const struct th_yaml_table MEMBER_TABLE = TABLE(MEMBER_KEYS);
#undef OWNER

#define OWNER raw_dim
static const struct th_yaml_key DIM_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = CATALOGUE_DIM_KEY_MAX, AT(code),
     PLACED(code_place)},
    NAMES(name),
    {.name = "type", .type = TH_YAML_WORD, .is_required = true, .words = DIM_TYPES, AT(type)},
    {.name = "members", .type = TH_YAML_MAP, .is_list = true, .table = &MEMBER_TABLE, AT(members),
     PLACED(members_place)},
};
static const struct th_yaml_table DIM_TABLE = TABLE(DIM_KEYS);
#undef OWNER

#define OWNER raw_measure_dim
static const struct th_yaml_key MEASURE_DIM_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = CATALOGUE_DIM_KEY_MAX, AT(code)},
    {.name = "required", .type = TH_YAML_BOOL, AT(required)},
    {.name = "complete", .type = TH_YAML_BOOL, AT(complete)},
};
static const struct th_yaml_table MEASURE_DIM_TABLE = TABLE(MEASURE_DIM_KEYS);
#undef OWNER

#define OWNER raw_measure
static const struct th_yaml_key MEASURE_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = TH_MEASURE_CODE_MAX, AT(code)},
    NAMES(name),
    {.name = "unit", .type = TH_YAML_MAP, .table = &UNIT_TABLE, AT(unit), PLACED(unit_place)},
    {.name = "shape", .type = TH_YAML_WORD, .is_required = true, .words = SHAPES, AT(shape)},
    {.name = "scope", .type = TH_YAML_WORD, .fallback = "whole", .words = SCOPES, AT(scope)},
    {.name = "marginal", .type = TH_YAML_WORD, .fallback = "reported", .words = MARGINALS, AT(marginal)},
    {.name = "min", .type = TH_YAML_INTEGER, AT(min), PLACED(min_place)},
    {.name = "max", .type = TH_YAML_INTEGER, AT(max), PLACED(max_place)},
    {.name = "decimals", .type = TH_YAML_INTEGER, .fallback = "0", .min = 0, .max = 9, AT(decimals)},
    {.name = "summed", .type = TH_YAML_BOOL, .fallback = "true", AT(summed)},
    {.name = "personal", .type = TH_YAML_BOOL, AT(personal)},
    {.name = "valid_from", .type = TH_YAML_DATE, AT(valid_from)},
    {.name = "valid_to", .type = TH_YAML_DATE, AT(valid_to), PLACED(valid_to_place)},
    {.name = "dims", .type = TH_YAML_MAP, .is_list = true, .table = &MEASURE_DIM_TABLE, AT(dims)},
    {.name = "form", .type = TH_YAML_CODE, .max = 32, AT(form), PLACED(form_place)},
    {.name = "parts", .type = TH_YAML_CODE, .is_list = true, .max = TH_MEASURE_CODE_MAX, AT(parts),
     PLACED(parts_place)},
    {.name = "at_most", .type = TH_YAML_CODE, .max = TH_MEASURE_CODE_MAX, AT(at_most),
     PLACED(at_most_place)},
    {.name = "of_level", .type = TH_YAML_TEXT, .max = 64, AT(of_level)},
};
static const struct th_yaml_table MEASURE_TABLE = TABLE(MEASURE_KEYS);
#undef OWNER

#define OWNER raw_derived
static const struct th_yaml_key DERIVED_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = TH_MEASURE_CODE_MAX, AT(code)},
    NAMES(name),
    {.name = "unit", .type = TH_YAML_MAP, .table = &UNIT_TABLE, AT(unit), PLACED(unit_place)},
    {.name = "sum_of", .type = TH_YAML_TEXT, .is_required = true, .max = TH_MEASURE_CODE_MAX, AT(sum_of),
     PLACED(sum_of_place)},
};
static const struct th_yaml_table DERIVED_TABLE = TABLE(DERIVED_KEYS);
#undef OWNER

#define OWNER raw_measures_file
static const struct th_yaml_key MEASURES_FILE_KEYS[] = {
    {.name = "dims", .type = TH_YAML_MAP, .is_list = true, .table = &DIM_TABLE, AT(dims)},
    {.name = "measures", .type = TH_YAML_MAP, .is_list = true, .table = &MEASURE_TABLE, AT(measures)},
    {.name = "derived", .type = TH_YAML_MAP, .is_list = true, .table = &DERIVED_TABLE, AT(derived)},
};
const struct th_yaml_table CATALOGUE_MEASURES_TABLE = TABLE_WITHOUT_PLACE(MEASURES_FILE_KEYS);
#undef OWNER

// ---- schemes.yaml ----

#define OWNER raw_level
static const struct th_yaml_key LEVEL_KEYS[] = {
    {.name = "rating", .type = TH_YAML_INTEGER, .is_required = true, .min = 1, .max = 9, AT(rating)},
    {.name = "label", .type = TH_YAML_TEXT, .max = 16, AT(label), PLACED(label_place)},
    {.name = "min_score", .type = TH_YAML_INTEGER, .min = 0, .max = SCORE_LIMIT, AT(min_score),
     PLACED(min_score_place)},
    NAMES(name),
};
static const struct th_yaml_table LEVEL_TABLE = TABLE(LEVEL_KEYS);
#undef OWNER

#define OWNER raw_score
static const struct th_yaml_key SCORE_KEYS[] = {
    {.name = "max", .type = TH_YAML_INTEGER, .fallback = "10000", .min = 0, .max = SCORE_LIMIT, AT(max),
     PLACED(max_place)},
    {.name = "common", .type = TH_YAML_INTEGER, .min = 0, .max = SCORE_LIMIT, AT(common), PLACED(common_place)},
    {.name = "result", .type = TH_YAML_INTEGER, .min = 0, .max = SCORE_LIMIT, AT(result), PLACED(result_place)},
    {.name = "bonus", .type = TH_YAML_INTEGER, .min = 0, .max = SCORE_LIMIT, AT(bonus), PLACED(bonus_place)},
};
static const struct th_yaml_table SCORE_TABLE = TABLE_WITHOUT_PLACE(SCORE_KEYS);
#undef OWNER

#define OWNER raw_share
static const struct th_yaml_key SHARE_KEYS[] = {
    {.name = "num", .type = TH_YAML_INTEGER, .is_required = true, .min = 0, .max = 1000000, AT(num)},
    {.name = "den", .type = TH_YAML_INTEGER, .is_required = true, .min = 1, .max = 1000000, AT(den)},
};
static const struct th_yaml_table SHARE_TABLE = TABLE_WITHOUT_PLACE(SHARE_KEYS);
#undef OWNER

#define OWNER raw_cap
static const struct th_yaml_key CAP_KEYS[] = {
    {.name = "rating", .type = TH_YAML_INTEGER, .is_required = true, .min = 1, .max = 9, AT(rating)},
    {.name = "num", .type = TH_YAML_INTEGER, .fallback = "1", .min = 0, .max = 1000000, AT(num)},
    {.name = "den", .type = TH_YAML_INTEGER, .fallback = "1", .min = 1, .max = 1000000, AT(den)},
    {.name = "base", .type = TH_YAML_WORD, .is_required = true, .words = CAP_BASES, AT(base)},
    {.name = "group_by", .type = TH_YAML_WORD, .is_list = true, .words = GROUPS, AT(group_by)},
    {.name = "outstanding", .type = TH_YAML_MAP, .table = &SHARE_TABLE, AT(outstanding),
     PLACED(outstanding_place)},
    {.name = "periods", .type = TH_YAML_WORD, .is_list = true, .words = PERIODS, AT(periods), PLACED(periods_place)},
};
static const struct th_yaml_table CAP_TABLE = TABLE_WITHOUT_PLACE(CAP_KEYS);
#undef OWNER

#define OWNER raw_deadline
static const struct th_yaml_key DEADLINE_KEYS[] = {
    {.name = "year", .type = TH_YAML_TEXT, .is_required = true, .max = 5, AT(year), PLACED(year_place)},
};
static const struct th_yaml_table DEADLINE_TABLE = TABLE_WITHOUT_PLACE(DEADLINE_KEYS);
#undef OWNER

#define OWNER raw_scheme
static const struct th_yaml_key SCHEME_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = TH_SCHEME_CODE_MAX, AT(code)},
    NAMES(name),
    {.name = "basis", .type = TH_YAML_TEXT, .max = 96, AT(basis)},
    {.name = "valid_from", .type = TH_YAML_DATE, AT(valid_from)},
    {.name = "valid_to", .type = TH_YAML_DATE, AT(valid_to), PLACED(valid_to_place)},
    {.name = "periods", .type = TH_YAML_WORD, .is_list = true, .is_required = true, .words = PERIODS, AT(periods)},
    {.name = "person_scope", .type = TH_YAML_WORD, .fallback = "province", .words = PERSON_SCOPES,
     AT(person_scope)},
    {.name = "categories", .type = TH_YAML_CODE, .is_list = true, .max = TH_CATEGORY_MAX, AT(categories),
     PLACED(categories_place)},
    {.name = "score", .type = TH_YAML_MAP, .table = &SCORE_TABLE, AT(score)},
    {.name = "levels", .type = TH_YAML_MAP, .is_list = true, .is_required = true, .table = &LEVEL_TABLE,
     AT(levels)},
    {.name = "cap", .type = TH_YAML_MAP, .table = &CAP_TABLE, AT(cap), PLACED(cap_place)},
    {.name = "deadline", .type = TH_YAML_MAP, .table = &DEADLINE_TABLE, AT(deadline)},
};
static const struct th_yaml_table SCHEME_TABLE = TABLE(SCHEME_KEYS);
#undef OWNER

#define OWNER raw_schemes_file
static const struct th_yaml_key SCHEMES_FILE_KEYS[] = {
    {.name = "schemes", .type = TH_YAML_MAP, .is_list = true, .is_required = true, .table = &SCHEME_TABLE,
     AT(schemes)},
};
const struct th_yaml_table CATALOGUE_SCHEMES_TABLE = TABLE_WITHOUT_PLACE(SCHEMES_FILE_KEYS);
#undef OWNER

// ---- forms.yaml ----

#define OWNER raw_reporters
static const struct th_yaml_key REPORTERS_KEYS[] = {
    {.name = "levels", .type = TH_YAML_TEXT, .is_list = true, .max = 64, AT(levels), PLACED(levels_place)},
    {.name = "units", .type = TH_YAML_CODE, .is_list = true, .max = TH_UNIT_CODE_MAX, AT(units),
     PLACED(units_place)},
};
static const struct th_yaml_table REPORTERS_TABLE = TABLE_WITHOUT_PLACE(REPORTERS_KEYS);
#undef OWNER

#define OWNER raw_form
static const struct th_yaml_key FORM_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = 32, AT(code)},
    NAMES(name),
    {.name = "evaluation", .type = TH_YAML_BOOL, AT(evaluation)},
    {.name = "periods", .type = TH_YAML_WORD, .is_list = true, .is_required = true, .words = PERIODS, AT(periods)},
    {.name = "cutoff", .type = TH_YAML_CODE, .fallback = "calendar", .max = 32, AT(cutoff)},
    {.name = "due_days", .type = TH_YAML_INTEGER, .fallback = "0", .min = 0, .max = DAYS_MAX, AT(due_days),
     PLACED(due_days_place)},
    {.name = "close_days", .type = TH_YAML_INTEGER, .fallback = "0", .min = 0, .max = DAYS_MAX, AT(close_days),
     PLACED(close_days_place)},
    {.name = "return_days", .type = TH_YAML_INTEGER, .fallback = "14", .min = 0, .max = DAYS_MAX, AT(return_days)},
    {.name = "reporters", .type = TH_YAML_WORD, .words = REPORTERS, AT(leaves)},
    {.name = "reporters", .type = TH_YAML_MAP, .table = &REPORTERS_TABLE, AT(reporters),
     PLACED(reporters_place)},
};
static const struct th_yaml_table FORM_TABLE = TABLE(FORM_KEYS);
#undef OWNER

#define OWNER raw_forms_file
static const struct th_yaml_key FORMS_FILE_KEYS[] = {
    {.name = "forms", .type = TH_YAML_MAP, .is_list = true, .is_required = true, .table = &FORM_TABLE, AT(forms)},
};
const struct th_yaml_table CATALOGUE_FORMS_TABLE = TABLE_WITHOUT_PLACE(FORMS_FILE_KEYS);
#undef OWNER

// ---- indicators.yaml, targets.yaml ----

#define OWNER raw_indicator
static const struct th_yaml_key INDICATOR_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .is_required = true, .max = TH_INDICATOR_CODE_MAX, AT(code)},
    NAMES(name),
    {.name = "kind", .type = TH_YAML_WORD, .fallback = "ratio", .words = INDICATOR_KINDS, AT(kind)},
    {.name = "over", .type = TH_YAML_TEXT, .is_list = true, .max = TH_MEASURE_CODE_MAX, AT(over),
     PLACED(over_place)},
    {.name = "num", .type = TH_YAML_TEXT, .is_list = true, .max = 192, AT(num), PLACED(num_place)},
    {.name = "den", .type = TH_YAML_TEXT, .is_list = true, .max = 192, AT(den), PLACED(den_place)},
    {.name = "den_level", .type = TH_YAML_TEXT, .max = 64, AT(den_level), PLACED(den_level_place)},
    {.name = "scale", .type = TH_YAML_INTEGER, .fallback = "1000", .min = 1, .max = 1000000, AT(scale),
     PLACED(scale_place)},
    {.name = "min_base", .type = TH_YAML_INTEGER, .fallback = "0", .min = 0, .max = INT64_MAX, AT(min_base)},
    {.name = "best", .type = TH_YAML_WORD, .fallback = "high", .words = BEST, AT(best)},
};
static const struct th_yaml_table INDICATOR_TABLE = TABLE(INDICATOR_KEYS);
#undef OWNER

#define OWNER raw_indicators_file
static const struct th_yaml_key INDICATORS_FILE_KEYS[] = {
    {.name = "indicators", .type = TH_YAML_MAP, .is_list = true, .is_required = true, .table = &INDICATOR_TABLE,
     AT(indicators)},
};
const struct th_yaml_table CATALOGUE_INDICATORS_TABLE = TABLE_WITHOUT_PLACE(INDICATORS_FILE_KEYS);
#undef OWNER

#define OWNER raw_target
static const struct th_yaml_key TARGET_KEYS[] = {
    {.name = "measure", .type = TH_YAML_CODE, .is_required = true, .max = TH_MEASURE_CODE_MAX, AT(measure),
     PLACED(measure_place)},
    {.name = "per", .type = TH_YAML_WORD, .is_required = true, .words = PER, AT(per)},
    {.name = "achieved", .type = TH_YAML_CODE, .is_required = true, .max = TH_MEASURE_CODE_MAX, AT(achieved),
     PLACED(achieved_place)},
    {.name = "of", .type = TH_YAML_CODE, .max = TH_MEASURE_CODE_MAX, AT(of), PLACED(of_place)},
};
static const struct th_yaml_table TARGET_TABLE = TABLE(TARGET_KEYS);
#undef OWNER

#define OWNER raw_targets_file
static const struct th_yaml_key TARGETS_FILE_KEYS[] = {
    {.name = "targets", .type = TH_YAML_MAP, .is_list = true, .is_required = true, .table = &TARGET_TABLE,
     AT(targets)},
};
const struct th_yaml_table CATALOGUE_TARGETS_TABLE = TABLE_WITHOUT_PLACE(TARGETS_FILE_KEYS);
#undef OWNER
// clang-format on
