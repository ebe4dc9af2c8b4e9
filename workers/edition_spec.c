// edition_spec.c - see edition_spec.h

#include "workers/edition_spec.h"

#include <stdlib.h>
#include <string.h>

#include "workers/totals.h"

enum { RATINGS = 10 };

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};

// ---- measures ----

// Is one of those that the sum adds up personal?
static bool sums_people(const struct th_catalogue *catalogue, const struct th_measure *sum)
{
    bool found = false;
    for (size_t i = 0; i < th_catalogue_measure_count(catalogue) && !found; i++) {
        const struct th_measure *one = th_catalogue_measure_at(catalogue, i);
        found = one->personal && th_measure_sums(sum, one);
    }
    return found;
}

enum edition_class edition_class_of(const struct th_catalogue *catalogue,
                                    const struct th_measure *measure)
{
    if (th_bytes_begins(measure->code, TH_BYTES("I14."))) {
        return EDITION_NEVER; // single people who moved
    }
    if (measure->sum_of.size > 0) {
        return sums_people(catalogue, measure) ? EDITION_NEVER : EDITION_OPEN;
    }
    if (measure->shape == TH_SHAPE_SHARE) {
        return measure->personal ? EDITION_NEVER : EDITION_HIDDEN;
    }
    if (!measure->personal) {
        return EDITION_OPEN;
    }
    if (totals_is_evaluation(measure->code)) {
        return th_bytes_equal(measure->code, TH_BYTES("EV05")) ? EDITION_NEVER : EDITION_PEOPLE;
    }
    const bool counts = measure->shape == TH_SHAPE_STOCK || measure->shape == TH_SHAPE_FLOW;
    return counts && measure->summed && measure->decimals == 0 ? EDITION_PEOPLE : EDITION_NEVER;
}

// ---- names ----

struct edition_name edition_name_parse(struct th_bytes table)
{
    const char *text = table.data;
    const char *slash = table.size > 0 ? memchr(text, '/', table.size) : NULL;
    if (slash == NULL) {
        return (struct edition_name){.measure = table};
    }
    const size_t size = (size_t)(slash - text);
    return (struct edition_name){
        .measure = {.data = text, .size = size},
        .scheme = {.data = slash + 1, .size = table.size - size - 1},
    };
}

struct th_bytes
edition_name_of(struct th_bytes measure, struct th_bytes scheme, char out[static EDITION_NAME_MAX])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = EDITION_NAME_MAX};
    th_write_bytes(&writer, measure);
    if (scheme.size > 0) {
        th_write_u8(&writer, '/');
        th_write_bytes(&writer, scheme);
    }
    return th_written(&writer); // codes have bounds that fit
}

// ---- what a table is cut by ----

static int compare_members(const void *a, const void *b)
{
    return th_bytes_compare(*(const struct th_bytes *)a, *(const struct th_bytes *)b);
}

static enum th_err add_member(struct public_dim *dim, struct th_bytes member)
{
    if (dim->count == PUBLIC_MEMBERS_MAX) {
        return TH_E_TOO_LARGE;
    }
    dim->members[dim->count++] = member;
    return TH_OK;
}

// The members that the catalogue lists, with others beside them.
static enum th_err
listed_members(const struct th_catalogue *catalogue, const char *code, struct public_dim *dim)
{
    const struct th_dim *of = th_catalogue_dim(catalogue, th_bytes_of(code));
    *dim = (struct public_dim){.code = th_bytes_of(code), .others = true};
    for (size_t i = 0; of != NULL && i < of->member_count; i++) {
        TH_TRY(add_member(dim, of->members[i].code));
    }
    qsort(dim->members, dim->count, sizeof(dim->members[0]), compare_members);
    return TH_OK;
}

static enum th_err categories_of(const struct th_catalogue *catalogue,
                                 const struct th_scheme *scheme,
                                 struct public_dim *dim)
{
    if (scheme->category_count == 0) {
        return listed_members(catalogue, "category", dim);
    }
    *dim = (struct public_dim){.code = TH_BYTES("category")};
    for (size_t i = 0; i < scheme->category_count; i++) {
        if (!totals_is_collective(scheme->categories[i])) {
            TH_TRY(add_member(dim, scheme->categories[i]));
        }
    }
    qsort(dim->members, dim->count, sizeof(dim->members[0]), compare_members);
    return TH_OK;
}

static const char *const DIGITS[RATINGS] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

// A level below which there is another one that a score leads to may be given with a reason.
static bool may_be_below(const struct th_scheme *scheme, uint32_t rating)
{
    bool above = false;
    for (size_t i = 0; i < scheme->level_count; i++) {
        above = above || (scheme->levels[i].has_min_score && scheme->levels[i].rating > rating);
    }
    return above;
}

// Who is not rated is left over: where nobody is, a level of zeros would have to be hidden too.
static enum th_err levels_of(const struct th_scheme *scheme, struct public_spec *spec)
{
    spec->level = (struct public_dim){.code = TH_BYTES("rating"), .others = true};
    for (uint32_t rating = 1; rating < RATINGS; rating++) {
        if (th_scheme_level(scheme, rating) == NULL) {
            continue;
        }
        if (may_be_below(scheme, rating)) {
            spec->below_levels = (uint16_t)(spec->below_levels | 1U << spec->level.count);
        }
        TH_TRY(add_member(&spec->level, th_bytes_of(DIGITS[rating])));
    }
    return TH_OK;
}

static bool has_dim(const struct th_measure *measure, const char *code)
{
    bool found = false;
    for (size_t i = 0; i < measure->dim_count && !found; i++) {
        found = th_bytes_equal(measure->dims[i].dim->code, th_bytes_of(code));
    }
    return found;
}

// Of a measure that is reported: lines are added up only where that gives the whole.
static enum th_err figures_spec(const struct th_catalogue *catalogue,
                                const struct th_measure *measure,
                                struct public_spec *spec)
{
    const bool sums = measure->marginal == TH_MARGINAL_SUM;
    spec->level = (struct public_dim){.code = TH_BYTES("rating"), .others = true};
    if (sums && has_dim(measure, "rating")) {
        TH_TRY(listed_members(catalogue, "rating", &spec->level));
    }
    if (sums && has_dim(measure, "category")) {
        TH_TRY(listed_members(catalogue, "category", &spec->category));
    }
    return TH_OK;
}

enum th_err
edition_spec(const struct th_catalogue *catalogue, struct th_bytes table, struct public_spec *spec)
{
    const struct edition_name name = edition_name_parse(table);
    struct th_measure measure;
    *spec = (struct public_spec){.scored = false};
    TH_TRY(th_catalogue_measure(catalogue, name.measure, &measure));
    if (edition_class_of(catalogue, &measure) != EDITION_PEOPLE) {
        return TH_E_NOT_FOUND;
    }
    if (!th_bytes_equal(name.measure, EV01)) {
        return figures_spec(catalogue, &measure, spec);
    }
    const struct th_scheme *scheme = th_catalogue_scheme(catalogue, name.scheme);
    if (scheme == NULL) {
        return TH_E_NOT_FOUND;
    }
    spec->scored = scheme->has_scores;
    TH_TRY(categories_of(catalogue, scheme, &spec->category));
    return levels_of(scheme, spec);
}
