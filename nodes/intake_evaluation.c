// intake_evaluation.c - the form evaluation: one person a row

#include "nodes/intake_part.h"

enum { NUMBER_BYTES = 64 };

enum {
    EVALUATION_PERSON = COLUMN_OWN,
    EVALUATION_CATEGORY,
    EVALUATION_SCORE,
    EVALUATION_RATING,
    EVALUATION_SCHEME,
    EVALUATION_REASON,
    EVALUATION_MONTHS,
    EVALUATION_COMMON,
    EVALUATION_RESULT,
    EVALUATION_BONUS,
    EVALUATION_MANAGED_BY,
    EVALUATION_JOB_GROUP,
    EVALUATION_LEADER,
    EVALUATION_DERIVED_FROM,
};

static const struct th_csv_column COLUMNS[] = {
    INTAKE_COMMON_COLUMNS,
    {.name = "person_id", .bytes_max = TH_PERSON_MAX, .is_personal = true},
    {.name = "category", .bytes_max = TH_CATEGORY_MAX},
    {.name = "score", .bytes_max = NUMBER_BYTES},
    {.name = "rating", .bytes_max = TH_LABEL_BYTES_MAX},
    {.name = "scheme", .bytes_max = TH_SCHEME_CODE_MAX},
    {.name = "reason", .bytes_max = NUMBER_BYTES},
    {.name = "months_scored", .bytes_max = NUMBER_BYTES},
    {.name = "score_common", .bytes_max = NUMBER_BYTES},
    {.name = "score_result", .bytes_max = NUMBER_BYTES},
    {.name = "score_bonus", .bytes_max = NUMBER_BYTES},
    {.name = "managed_by", .bytes_max = TH_GROUP_MAX},
    {.name = "job_group", .bytes_max = TH_GROUP_MAX},
    {.name = "leader", .bytes_max = NUMBER_BYTES},
    {.name = "derived_from", .bytes_max = TH_DERIVED_MAX},
};

static const struct th_csv_form CSV = {
    .name = "evaluation",
    .columns = COLUMNS,
    .count = TH_COUNT(COLUMNS),
    .needs = "unit_code person_id period category score|rating",
};

// ---- the row ----

static void read_leader(struct intake *intake, struct th_opt *leader)
{
    const struct th_bytes text = intake_cell(intake, EVALUATION_LEADER);
    const bool yes = th_bytes_equal(text, TH_BYTES("1"));
    if (yes || th_bytes_equal(text, TH_BYTES("0"))) {
        *leader = (struct th_opt){.has = true, .value = yes ? 1 : 0};
    } else if (text.size > 0) {
        intake_complain_word(intake, EVALUATION_LEADER);
    }
}

static void read_content(struct intake *intake, struct th_evaluation *row)
{
    intake_rating(intake, EVALUATION_RATING, row->scheme, row->category, &row->rating);
    intake_score(intake, EVALUATION_SCORE, &row->score);
    intake_score(intake, EVALUATION_COMMON, &row->score_common);
    intake_score(intake, EVALUATION_RESULT, &row->score_result);
    intake_score(intake, EVALUATION_BONUS, &row->score_bonus);
    read_leader(intake, &row->leader);
    intake_number(intake, EVALUATION_MONTHS, &row->months_scored);
    if (row->months_scored.has && (row->months_scored.value < 1 || row->months_scored.value > 12)) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_V_MONTHS, 0, "months_scored", NULL);
        intake_complain(intake, EVALUATION_MONTHS, &verdict);
    }
    row->reason = intake_reason(intake, EVALUATION_REASON);
    row->managed_by = intake_cell(intake, EVALUATION_MANAGED_BY);
    row->job_group = intake_cell(intake, EVALUATION_JOB_GROUP);
    row->derived_from = intake_cell(intake, EVALUATION_DERIVED_FROM);
}

static void read_evaluation(struct intake *intake, struct th_update *update)
{
    struct th_evaluation *row = &update->evaluation;
    update->kind = TH_KIND_EVALUATION;
    *row = (struct th_evaluation){
        .scheme = intake_filled(intake, EVALUATION_SCHEME, intake->options->scheme),
        .category = intake_needed(intake, EVALUATION_CATEGORY, NULL),
        .person = intake_needed(intake, EVALUATION_PERSON, NULL),
    };
    if (update->op != TH_OP_WITHDRAW) {
        read_content(intake, row);
    }
    intake_place(intake, &row->unit, &row->period);
}

const struct intake_form INTAKE_EVALUATION = {.csv = &CSV, .read = read_evaluation};
