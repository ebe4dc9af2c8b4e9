// intake_collective.c - the form collective: the rating of one body a row

#include "nodes/intake_part.h"

enum { NUMBER_BYTES = 64 };

enum {
    COLLECTIVE_ID = COLUMN_OWN,
    COLLECTIVE_KIND,
    COLLECTIVE_RATING,
    COLLECTIVE_SCHEME,
    COLLECTIVE_SCORE,
    COLLECTIVE_REASON,
};

static const struct th_csv_column COLUMNS[] = {
    INTAKE_COMMON_COLUMNS,
    {.name = "collective_id", .bytes_max = TH_COLLECTIVE_MAX},
    {.name = "kind", .bytes_max = NUMBER_BYTES},
    {.name = "rating", .bytes_max = TH_LABEL_BYTES_MAX},
    {.name = "scheme", .bytes_max = TH_SCHEME_CODE_MAX},
    {.name = "score", .bytes_max = NUMBER_BYTES},
    {.name = "reason", .bytes_max = NUMBER_BYTES},
};

static const struct th_csv_form CSV = {
    .name = "collective",
    .columns = COLUMNS,
    .count = TH_COUNT(COLUMNS),
    .needs = "unit_code collective_id kind period rating",
};

static void read_content(struct intake *intake, struct th_collective *row)
{
    row->kind = intake_needed(intake, COLLECTIVE_KIND, NULL);
    intake_rating(intake, COLLECTIVE_RATING, row->scheme, TH_BYTES("collective"), &row->rating);
    intake_score(intake, COLLECTIVE_SCORE, &row->score);
    row->reason = intake_reason(intake, COLLECTIVE_REASON);
}

static void read_collective(struct intake *intake, struct th_update *update)
{
    struct th_collective *row = &update->collective;
    update->kind = TH_KIND_COLLECTIVE;
    *row = (struct th_collective){
        .scheme = intake_filled(intake, COLLECTIVE_SCHEME, intake->options->scheme),
        .collective = intake_needed(intake, COLLECTIVE_ID, NULL),
    };
    if (update->op != TH_OP_WITHDRAW) {
        read_content(intake, row);
    }
    intake_place(intake, &row->unit, &row->period);
}

const struct intake_form INTAKE_COLLECTIVE = {.csv = &CSV, .read = read_collective};
