// intake_staffing.c - the forms staffing and counts: one figure of a unit a row

#include <string.h>

#include "nodes/intake_part.h"

enum { NUMBER_BYTES = 64 };

static bool is_not_applicable(struct th_bytes text)
{
    return th_bytes_equal(text, TH_BYTES("n/a")) || th_bytes_equal(text, TH_BYTES("N/A"));
}

// ---- staffing ----

enum {
    STAFFING_MEASURE = COLUMN_OWN,
    STAFFING_VALUE,
    STAFFING_BEFORE,
    STAFFING_AFTER,
    STAFFING_DIMS,
    STAFFING_QUALIFIER,
    STAFFING_OF,
};

static const struct th_csv_column STAFFING_COLUMNS[] = {
    INTAKE_COMMON_COLUMNS,
    {.name = "measure", .bytes_max = TH_MEASURE_CODE_MAX},
    {.name = "value", .bytes_max = NUMBER_BYTES},
    {.name = "before", .bytes_max = NUMBER_BYTES},
    {.name = "after", .bytes_max = NUMBER_BYTES},
    {.name = "dims", .bytes_max = TH_DIMS_MAX},
    {.name = "qualifier", .bytes_max = NUMBER_BYTES},
    {.name = "of", .bytes_max = NUMBER_BYTES},
};

static const struct th_csv_form STAFFING_CSV = {
    .name = "staffing",
    .columns = STAFFING_COLUMNS,
    .count = TH_COUNT(STAFFING_COLUMNS),
    .needs = "unit_code period measure value|before+after",
};

static void read_figure(struct intake *intake, struct th_staffing *figure)
{
    const struct th_measure *measure = intake_measure(intake, figure->measure);
    const struct th_bytes qualifier = intake_cell(intake, STAFFING_QUALIFIER);
    const unsigned decimals = measure != NULL ? measure->decimals : 0;
    if (qualifier.size > 0 && !th_qualifier_parse(qualifier, &figure->qualifier)) {
        intake_complain_word(intake, STAFFING_QUALIFIER);
    }
    if (is_not_applicable(intake_cell(intake, STAFFING_VALUE))) {
        figure->not_applicable = true;
    } else {
        intake_decimal(intake, STAFFING_VALUE, decimals, &figure->value);
    }
    intake_decimal(intake, STAFFING_BEFORE, decimals, &figure->before);
    intake_decimal(intake, STAFFING_AFTER, decimals, &figure->after);
    intake_decimal(intake, STAFFING_OF, decimals, &figure->of);
    figure->decimals = decimals;
}

static void read_staffing(struct intake *intake, struct th_update *update)
{
    update->kind = TH_KIND_STAFFING;
    update->staffing = (struct th_staffing){
        .measure = intake_needed(intake, STAFFING_MEASURE, NULL),
        .dims = intake_cell(intake, STAFFING_DIMS),
    };
    if (update->op != TH_OP_WITHDRAW) {
        read_figure(intake, &update->staffing);
    }
    intake_place(intake, &update->staffing.unit, &update->staffing.period);
}

const struct intake_form INTAKE_STAFFING = {.csv = &STAFFING_CSV, .read = read_staffing};

// ---- counts ----

enum {
    COUNTS_CATEGORY = COLUMN_OWN,
    COUNTS_RATING,
    COUNTS_COUNT,
    COUNTS_SCHEME,
    COUNTS_MANAGED_BY,
};

static const struct th_csv_column COUNTS_COLUMNS[] = {
    INTAKE_COMMON_COLUMNS,
    {.name = "category", .bytes_max = TH_CATEGORY_MAX},
    {.name = "rating", .bytes_max = NUMBER_BYTES},
    {.name = "count", .bytes_max = NUMBER_BYTES},
    {.name = "scheme", .bytes_max = TH_SCHEME_CODE_MAX},
    {.name = "managed_by", .bytes_max = TH_GROUP_MAX},
};

static const struct th_csv_form COUNTS_CSV = {
    .name = "counts",
    .columns = COUNTS_COLUMNS,
    .count = TH_COUNT(COUNTS_COLUMNS),
    .needs = "unit_code period category rating count",
};

static const struct intake_field COUNTS_FIELDS[] = {
    {"value", COUNTS_COUNT},
    {"dims", COUNTS_RATING},
};

static void add_dim(struct th_writer *dims, const char *key, struct th_bytes value)
{
    if (value.size > 0) {
        th_write_bytes(dims, dims->size > 0 ? TH_BYTES(";") : (struct th_bytes){0});
        th_write_bytes(dims, th_bytes_of(key));
        th_write_bytes(dims, TH_BYTES("="));
        th_write_bytes(dims, value);
    }
}

static bool is_member(const struct th_dim *dim, struct th_bytes text)
{
    for (size_t i = 0; i < dim->member_count; i++) {
        if (th_bytes_equal(dim->members[i].code, text)) {
            return true;
        }
    }
    return false;
}

// A level's number is its member; where the catalogue has no dim for it, what is written.
static struct th_bytes
rating_member(struct intake *intake, struct th_bytes text, char digit[static 2])
{
    const struct th_dim *dim =
        th_catalogue_dim(intake->home->province->catalogue, TH_BYTES("rating"));
    int64_t rating = 0;
    if (dim == NULL || text.size == 0 || is_member(dim, text)) {
        return text;
    }
    digit[0] = '\0';
    digit[1] = '\0';
    if (intake_rating_word(text, &rating)) {
        digit[0] = (char)('0' + rating);
        if (is_member(dim, th_bytes_of(digit))) {
            return th_bytes_of(digit);
        }
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_CELL_RATING, 0, "rating");
    th_verdict_add(&verdict, text);
    intake_complain(intake, COUNTS_RATING, &verdict);
    return text;
}

static void read_counts(struct intake *intake, struct th_update *update)
{
    char digit[2];
    update->kind = TH_KIND_STAFFING;
    update->staffing = (struct th_staffing){.measure = TH_BYTES("EV07")};
    const struct th_bytes category = intake_needed(intake, COUNTS_CATEGORY, NULL);
    const struct th_bytes rating =
        rating_member(intake, intake_needed(intake, COUNTS_RATING, NULL), digit);
    struct th_writer dims = {.data = (uint8_t *)intake->dims, .max = sizeof(intake->dims)};
    add_dim(&dims, "category", category);
    add_dim(&dims, "managed_by", intake_cell(intake, COUNTS_MANAGED_BY));
    add_dim(&dims, "rating", rating);
    add_dim(&dims, "scheme", intake_filled(intake, COUNTS_SCHEME, intake->options->scheme));
    th_assert(!dims.overflow); // the columns' bounds are less
    update->staffing.dims = th_written(&dims);
    if (update->op != TH_OP_WITHDRAW) {
        (void)intake_needed(intake, COUNTS_COUNT, NULL);
        intake_decimal(intake, COUNTS_COUNT, 0, &update->staffing.value);
    }
    intake_place(intake, &update->staffing.unit, &update->staffing.period);
}

const struct intake_form INTAKE_COUNTS = {
    .csv = &COUNTS_CSV,
    .read = read_counts,
    .fields = COUNTS_FIELDS,
    .field_count = TH_COUNT(COUNTS_FIELDS),
};
