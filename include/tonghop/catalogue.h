// catalogue.h - what may be reported: measures, dimensions, rating schemes, forms; and what is
// computed from it: indicators, targets, sums of measures
//
// A catalogue is a directory of YAML files, or the built-in "open". It is read-only after reading;
// any thread may use it. Every catalogue also has EV01, EV02, EV03, EV05, EV07 and the scheme
// PLAIN, listed or not.

#ifndef TONGHOP_CATALOGUE_H
#define TONGHOP_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/day.h"
#include "tonghop/err.h"
#include "tonghop/finding.h"
#include "tonghop/period.h"
#include "tonghop/register.h"

enum {
    TH_MEASURE_CODE_MAX = 80,
    TH_DIMS_MAX = 96,
    TH_DIM_PAIRS_MAX = 6,
    TH_SCHEME_CODE_MAX = 32,
    TH_CATEGORY_MAX = 32,
    TH_LEVELS_MAX = 10,
    TH_INDICATOR_CODE_MAX = 32,
    TH_OPERANDS_MAX = 32, // of one side of an indicator
};

// Numbers are stored and sent: never renumber.
enum th_shape {
    TH_SHAPE_STOCK = 1,
    TH_SHAPE_FLOW = 2,
    TH_SHAPE_CHANGE = 3,
    TH_SHAPE_N_OF_M = 4,
    TH_SHAPE_SHARE = 5,
    TH_SHAPE_TARGET = 6,
    TH_SHAPE_DERIVED = 7,
};
enum th_scope { TH_SCOPE_WHOLE, TH_SCOPE_OWN };
enum th_marginal { TH_MARGINAL_REPORTED, TH_MARGINAL_SUM };
enum th_person_ids { TH_PERSON_AS_IS, TH_PERSON_REFUSE_NATIONAL, TH_PERSON_HASHED };
enum th_dim_type { TH_DIM_ENUM, TH_DIM_YEAR, TH_DIM_DATE, TH_DIM_CODE };

struct th_name { // in both languages
    struct th_bytes vi;
    struct th_bytes en;
};

struct th_dim_member {
    struct th_bytes code;
    struct th_name name;
};

struct th_dim {
    struct th_bytes code;
    struct th_name name;
    enum th_dim_type type;
    const struct th_dim_member *members; // TH_DIM_ENUM
    size_t member_count;
};

struct th_measure_dim {
    const struct th_dim *dim; // NULL never
    bool required;
    bool complete; // V12: the lines must add up to the whole
};

struct th_form {
    struct th_bytes code;
    struct th_name name;
    bool evaluation;
    uint16_t period_types;               // bit 1 << th_period_type
    uint8_t periods[TH_PERIOD_TYPE_END]; // th_period_type, as listed
    size_t period_count;
    struct th_bytes cutoff;
    bool has_due;      // otherwise due on the deadline of the scheme, if that has one
    bool has_close;    // otherwise it is never closed
    uint32_t due_days; // from the last day of the period
    uint32_t close_days;
    uint32_t return_days; // for so long a report that was returned is open again
    enum { TH_REPORT_LEAVES, TH_REPORT_LEVELS, TH_REPORT_UNITS } reporters;
    const struct th_bytes *reporter_list; // levels below the root, or unit codes
    size_t reporter_count;
};

struct th_measure {
    struct th_bytes code; // of an open measure: the code asked for
    struct th_name name;
    struct th_name unit;
    enum th_shape shape;
    enum th_scope scope;
    enum th_marginal marginal;
    int64_t min; // in units, not scaled
    int64_t max;
    uint32_t decimals;
    bool open;   // from open_measures: stock of any sign, no dims, no form
    bool summed; // false: listed by unit, never added up
    bool personal;
    th_day valid_from; // TH_DAY_MIN, TH_DAY_MAX when not limited; until is the first day not valid
    th_day valid_until;
    const struct th_measure_dim *dims;
    size_t dim_count;
    const struct th_form *form;   // NULL: any period but deadline and yearly, reporters are leaves
    const struct th_bytes *parts; // V14: codes of known parts, not always all of them
    size_t part_count;
    struct th_bytes at_most;  // V13: code of the measure it must not exceed; empty: none
    struct th_bytes of_level; // n of m: m are the units of this level; empty: not known
    struct th_bytes sum_of;   // not empty: the sum of the measures whose codes match, never sent
};

struct th_level {
    uint32_t rating;
    bool has_min_score;
    int64_t min_score; // hundredths
    struct th_bytes label;
    struct th_name name;
};

// At most num / den of a group's base may have the rating, rounded down.
enum th_cap_base {
    TH_CAP_ALL_RATED,           // everybody with a rating
    TH_CAP_GOOD,                // the next lower level
    TH_CAP_GOOD_PLUS_EXCELLENT, // that and the cap's own
    TH_CAP_EXTERNAL,            // not known from ratings
};

struct th_cap {
    bool stated;
    uint32_t rating, num, den;
    enum th_cap_base base;
    bool by_job_group;     // a group is one of these in a unit; otherwise the whole unit
    uint16_t period_types; // bits: for which it holds
    bool has_outstanding;  // a unit whose collective has the cap's rating has a share of its own
    uint32_t outstanding_num, outstanding_den;
};

struct th_scheme {
    struct th_bytes code;
    struct th_name name;
    struct th_bytes basis;
    th_day valid_from;
    th_day valid_until;
    uint16_t period_types;             // bits
    bool person_scope_unit;            // otherwise the whole province
    const struct th_bytes *categories; // count 0: any
    size_t category_count;
    bool has_scores; // false: a score is refused
    int64_t score_max, common_max, result_max,
        bonus_max; // hundredths; a part with max < 0 is not known
    const struct th_level *levels;
    size_t level_count;
    struct th_cap cap;
    struct {
        uint8_t month; // 0: none
        uint8_t day;
    } deadline; // of a year: when ratings are due
};

// ---- what is computed ----

enum th_operand_part { TH_PART_VALUE, TH_PART_OF, TH_PART_BEFORE, TH_PART_AFTER };

// [-]MEASURE[{dims}][.of|.before|.after]; the measure "*" is each one the indicator is over.
struct th_operand {
    bool minus;
    enum th_operand_part part;
    struct th_bytes measure; // empty: *
    struct th_bytes dims;    // sorted by key; the member * is any single one
};

enum th_indicator_kind {
    TH_INDICATOR_RATIO,        // num over den; without den the sum of num
    TH_INDICATOR_CAP_ROOM,     // how many more may have the rating of a cap
    TH_INDICATOR_PROGRESS,     // of targets
    TH_INDICATOR_COMPLETENESS, // of forms
    TH_INDICATOR_BALANCE,      // of transfers
};

struct th_indicator {
    struct th_bytes code;
    struct th_name name;
    enum th_indicator_kind kind;
    const struct th_bytes *over; // codes or patterns of the measures that * stands for
    size_t over_count;
    const struct th_operand *num;
    size_t num_count;
    const struct th_operand *den;
    size_t den_count;
    struct th_bytes den_level; // den is the number of units of this level; empty: it is not
    uint32_t scale;            // 1000: tenths of a percent; 100: two decimals; 1: as measured
    int64_t min_base;          // a smaller den is not ranked
    bool low_is_best;
};

struct th_target {
    struct th_bytes measure;
    bool per_year;            // otherwise from the dimension `from` to the deadline
    struct th_bytes achieved; // the measure that counts towards it
    struct th_bytes of;       // the target is in thousandths of this measure; empty: it is not
};

struct th_catalogue;

struct th_catalogue_settings {
    struct th_bytes code;
    uint32_t version;
    int32_t zone_minutes;           // timezone
    struct th_bytes default_scheme; // "auto": the only one in force
    enum th_person_ids person_ids;
    bool period_end; // ambiguous_codes: period_end
    bool open_measures;
    uint32_t public_threshold, public_share_base;
    uint32_t public_release; // minutes after midnight
};

// The files of a catalogue, by name (catalogue.yaml, measures.yaml, ...).
struct th_file {
    char name[64];
    struct th_bytes bytes;
};

/**
 * Read a catalogue from its files; all findings of all files at once.
 *
 * Ownership: *out is the caller's (th_catalogue_free); the bytes may go away.
 * Errors:    TH_E_REFUSED with findings; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_catalogue_read(const struct th_file *files,
                                          size_t count,
                                          struct th_findings *findings,
                                          struct th_catalogue **out);
// The names of the files a catalogue may have, the first of which must exist; NULL behind the last.
const char *th_catalogue_file_name(size_t index);
// The files of the built-in catalogue open.
const struct th_file *th_catalogue_open_files(size_t *count);
void th_catalogue_free(struct th_catalogue **catalogue); // scoped

const struct th_catalogue_settings *th_catalogue_settings(const struct th_catalogue *catalogue);
void th_catalogue_digest(const struct th_catalogue *catalogue, uint8_t out[static 32]);

/**
 * The measure with this code: listed ones first, then I14.out and I14.in (people transferred in a
 * year, counted when they are asked for by name), then the first open pattern that matches.
 * Threads: any. Errors: TH_E_NOT_FOUND.
 */
TH_MUST_USE enum th_err th_catalogue_measure(const struct th_catalogue *catalogue,
                                             struct th_bytes code,
                                             struct th_measure *measure);
size_t th_catalogue_measure_count(const struct th_catalogue *catalogue); // listed ones, file order
const struct th_measure *th_catalogue_measure_at(const struct th_catalogue *catalogue,
                                                 size_t index);

bool th_measure_valid_on(const struct th_measure *measure, th_day day);
// The period types the measure may be reported for (bits): those of its form, of which targets take
// deadline and yearly and all others the rest.
uint16_t th_measure_period_types(const struct th_measure *measure);
// The type the measure is added up from over time: the first of its form's that it is reported for;
// 0 without a form.
enum th_period_type th_measure_base_type(const struct th_measure *measure);
// Is other one of those that the sum adds up?
bool th_measure_sums(const struct th_measure *sum, const struct th_measure *other);

const struct th_scheme *th_catalogue_scheme(const struct th_catalogue *catalogue,
                                            struct th_bytes code); // NULL
size_t th_catalogue_scheme_count(const struct th_catalogue *catalogue);
const struct th_scheme *th_catalogue_scheme_at(const struct th_catalogue *catalogue, size_t index);

// A scheme is in force for a period and category when it is valid on the period's last day and
// lists the period's type and the category.
bool th_scheme_in_force(const struct th_scheme *scheme,
                        struct th_period period,
                        struct th_bytes category);
bool th_scheme_valid_on(const struct th_scheme *scheme, th_day day);
// How many schemes are valid on day, whatever and whomever they rate, PLAIN apart; *first and list
// as below.
size_t th_catalogue_schemes_on(const struct th_catalogue *catalogue,
                               th_day day,
                               const struct th_scheme **first,
                               char list[static 65]);
// How many schemes are in force, PLAIN apart; *first is the first one or NULL, list their codes.
size_t th_catalogue_schemes_in_force(const struct th_catalogue *catalogue,
                                     struct th_period period,
                                     struct th_bytes category,
                                     const struct th_scheme **first,
                                     char list[static 65]);
/**
 * The scheme a row without one means (default_scheme; auto: the only one in force).
 * NULL when there is none or more than one; list then holds the codes that would do.
 */
const struct th_scheme *th_catalogue_default_scheme(const struct th_catalogue *catalogue,
                                                    struct th_period period,
                                                    struct th_bytes category,
                                                    char list[static 65]);
// The highest level whose min_score <= score; NULL when the scheme has no bands.
const struct th_level *th_scheme_band(const struct th_scheme *scheme, int64_t score);
const struct th_level *th_scheme_level(const struct th_scheme *scheme, uint32_t rating); // NULL

/**
 * How many of a group may have the rating of the scheme's cap in a period of this type.
 *
 * counts: people of the group by rating, 0 = not rated. outstanding: its unit has the larger share.
 * Returns false, and leaves *allowed, where nothing is capped or the base is not known from
 * ratings.
 */
bool th_cap_allowed(const struct th_scheme *scheme,
                    enum th_period_type type,
                    bool outstanding,
                    const uint64_t counts[static TH_LEVELS_MAX],
                    uint64_t *allowed);

const struct th_dim *th_catalogue_dim(const struct th_catalogue *catalogue, struct th_bytes code);
size_t th_catalogue_dim_count(const struct th_catalogue *catalogue);
const struct th_dim *th_catalogue_dim_at(const struct th_catalogue *catalogue, size_t index);
size_t th_catalogue_form_count(const struct th_catalogue *catalogue);
const struct th_form *th_catalogue_form_at(const struct th_catalogue *catalogue, size_t index);
// The form evaluations of this period type belong to; NULL: reporters are leaves.
const struct th_form *th_catalogue_evaluation_form(const struct th_catalogue *catalogue,
                                                   struct th_period period);

// ---- what is computed ----

size_t th_catalogue_indicator_count(const struct th_catalogue *catalogue); // file order
const struct th_indicator *th_catalogue_indicator_at(const struct th_catalogue *catalogue,
                                                     size_t index);
size_t th_catalogue_target_count(const struct th_catalogue *catalogue);
const struct th_target *th_catalogue_target_at(const struct th_catalogue *catalogue, size_t index);

// Is the indicator evaluated for this measure? Only where the measure has all that its operands *
// ask for: a whole, or levels.
bool th_indicator_is_over(const struct th_indicator *indicator, const struct th_measure *measure);

/**
 * Put dims into their stored form: sorted by key, no key twice, each allowed by the measure,
 * members known, required ones there. "-" and "" are none.
 *
 * Errors: TH_E_INVALID; *part then views the pair (or the missing key) that is wrong (V28).
 */
TH_MUST_USE enum th_err th_measure_dims(const struct th_measure *measure,
                                        struct th_bytes dims,
                                        char out[static TH_DIMS_MAX + 1],
                                        struct th_bytes *part);

const struct th_form *th_catalogue_form(const struct th_catalogue *catalogue,
                                        struct th_bytes code); // NULL

// Is uid a reporter of form (NULL: leaves) on day, in the tree with this root?
bool th_form_is_reporter(const struct th_form *form,
                         const struct th_register *reg,
                         uint32_t root,
                         uint32_t uid,
                         th_day day);
// How many reporters are at or below uid on day; 0 when uid does not live then.
uint32_t th_form_reporters(const struct th_form *form,
                           const struct th_register *reg,
                           uint32_t root,
                           uint32_t uid,
                           th_day day);

#endif
