// catalogue_body.h - how a catalogue lies in memory; known to lib/catalogue*.c alone
//
//      YAML files ──yaml.h──> raw entries ──reading_...──> th_catalogue
//                             with places     checks         read-only

#ifndef LIB_CATALOGUE_BODY_H
#define LIB_CATALOGUE_BODY_H

#include <regex.h>

#include "tonghop/catalogue.h"
#include "tonghop/pool.h"
#include "tonghop/yaml.h"

enum {
    CATALOGUE_PATTERN_MAX = 128,
    CATALOGUE_DIM_KEY_MAX = 24,
    CATALOGUE_DIM_VALUE_MAX = 32,
    CATALOGUE_UNIT_MAX = 9999999, // default bound of one figure of a listed measure
    CATALOGUE_SCORE_MAX = 10000,  // hundredths, where a scheme does not say
};

// The codes that every catalogue has.
extern const struct th_bytes CATALOGUE_PLAIN;

// What open_measures says: the first pattern that matches a code decides.
struct catalogue_pattern {
    bool any; // open_measures: true
    bool compiled;
    regex_t regex;
    uint32_t decimals;
    int64_t min; // in units
    int64_t max;
};

struct th_catalogue {
    struct th_yaml_pool texts; // as they were read
    struct th_pool pool;       // what was built from them
    struct th_catalogue_settings settings;
    uint8_t digest[32];
    struct th_dim *dims;
    size_t dim_count;
    struct th_form *forms;
    size_t form_count;
    struct th_scheme *schemes; // listed ones, then PLAIN if it is not among them
    size_t scheme_count;
    // listed ones, then sums, then those of EV01.. that are not among them
    struct th_measure *measures;
    size_t measure_count;
    uint32_t *by_code; // indexes of measures, sorted by code
    struct catalogue_pattern *patterns;
    size_t pattern_count;
    struct th_indicator *indicators;
    size_t indicator_count;
    struct th_target *targets;
    size_t target_count;
};

struct th_catalogue *catalogue_new(void); // NULL when out of memory

// Add what every catalogue has and what is not listed; sort the index. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err catalogue_complete(struct th_catalogue *catalogue);

// May measure be listed under the code it has? EV01.. must be what the worker takes them for.
bool catalogue_fits_built_in(const struct th_measure *measure);
// A measure that is counted when it is asked for by name, and listed nowhere.
bool catalogue_counted_measure(struct th_bytes code, struct th_measure *measure);
bool catalogue_is_built_in(struct th_bytes measure);

// Can figures of this measure be part of a sum of measures?
bool catalogue_adds_up(const struct th_measure *measure);

bool catalogue_is_member(const struct th_dim *dim, struct th_bytes value);

// The pattern of open measures that code falls under; NULL.
const struct catalogue_pattern *catalogue_open_pattern(const struct th_catalogue *catalogue,
                                                       struct th_bytes code);

// Compile a pattern of open measures. TH_E_INVALID when it is not one we accept.
TH_MUST_USE enum th_err catalogue_pattern_compile(struct th_bytes text,
                                                  struct catalogue_pattern *pattern);
void catalogue_pattern_free(struct catalogue_pattern *pattern);
bool catalogue_pattern_matches(const struct catalogue_pattern *pattern, struct th_bytes code);

#endif
