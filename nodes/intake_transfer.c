// intake_transfer.c - the form transfer: one person who leaves a unit for another, and the year's
// scores that go along
//
// The unit that is left speaks, so from_unit stands where other forms have unit_code, and year
// where they have period; --unit and --period fill them.

#include "nodes/intake_part.h"

enum { NUMBER_BYTES = 64, DAY_BYTES = 32 };

enum {
    TRANSFER_PERSON = COLUMN_OWN,
    TRANSFER_EFFECTIVE,
    TRANSFER_TO,
    TRANSFER_SUM,
    TRANSFER_MONTHS,
    TRANSFER_SCHEME,
};

static const struct th_csv_column COLUMNS[] = {
    INTAKE_PLACED_COLUMNS("from_unit", "year"),
    {.name = "basis", .bytes_max = TH_BASIS_MAX, .has_lines = true},
    {.name = "person_id", .bytes_max = TH_PERSON_MAX, .is_personal = true},
    {.name = "effective", .bytes_max = DAY_BYTES},
    {.name = "to_unit", .bytes_max = TH_UNIT_REF_MAX},
    {.name = "score_sum", .bytes_max = NUMBER_BYTES},
    {.name = "scored_months", .bytes_max = NUMBER_BYTES},
    {.name = "scheme", .bytes_max = TH_SCHEME_CODE_MAX},
};

static const struct th_csv_form CSV = {
    .name = "transfer",
    .columns = COLUMNS,
    .count = TH_COUNT(COLUMNS),
    .needs = "person_id effective from_unit to_unit year score_sum scored_months",
};

static const struct intake_field FIELDS[] = {
    {"unit_code", COLUMN_UNIT},
    {"period", COLUMN_PERIOD},
};

static void read_content(struct intake *intake, struct th_transfer *row)
{
    const struct th_bytes to = intake_needed(intake, TRANSFER_TO, NULL);
    row->to_unit = intake_on(intake, to, intake->other_unit, sizeof(intake->other_unit));
    intake_points(intake, TRANSFER_SUM, &row->score_sum);
    intake_number(intake, TRANSFER_MONTHS, &row->scored_months);
    row->year = intake_needed(intake, COLUMN_PERIOD, intake->options->period);
}

static void read_transfer(struct intake *intake, struct th_update *update)
{
    struct th_transfer *row = &update->transfer;
    const struct th_bytes from = intake_needed(intake, COLUMN_UNIT, intake->options->unit);
    update->kind = TH_KIND_TRANSFER;
    *row = (struct th_transfer){
        .scheme = intake_filled(intake, TRANSFER_SCHEME, intake->options->scheme),
        .person = intake_needed(intake, TRANSFER_PERSON, NULL),
        .effective = intake_needed(intake, TRANSFER_EFFECTIVE, NULL),
        .from_unit = intake_on(intake, from, intake->unit, sizeof(intake->unit)),
    };
    if (update->op != TH_OP_WITHDRAW) {
        read_content(intake, row);
    }
}

const struct intake_form INTAKE_TRANSFER = {
    .csv = &CSV,
    .read = read_transfer,
    .fields = FIELDS,
    .field_count = TH_COUNT(FIELDS),
};
