// intake_completion.c - the form completion: the rows of one form, unit and period are one
// statement
//
// Its lines stand in rows that follow each other. They are gathered until another key begins or the
// file ends; what is said about the whole stands at its first row.

#include <stdlib.h>
#include <string.h>

#include "tonghop/cell.h"

#include "nodes/intake_part.h"

enum { NUMBER_BYTES = 64, OP_BYTES = 64 };

enum {
    COMPLETION_FORM = COLUMN_BASIS,
    COMPLETION_MEASURE,
    COMPLETION_DIMS,
    COMPLETION_COUNT,
    COMPLETION_SUM,
    COMPLETION_COLUMNS,
};

static const struct th_csv_column COLUMNS[COMPLETION_COLUMNS] = {
    INTAKE_PLACED_COLUMNS("unit_code", "period"),
    {.name = "form", .bytes_max = TH_FORM_CODE_MAX},
    {.name = "measure", .bytes_max = TH_MEASURE_CODE_MAX},
    {.name = "dims", .bytes_max = TH_DIMS_MAX},
    {.name = "count", .bytes_max = NUMBER_BYTES},
    {.name = "sum", .bytes_max = NUMBER_BYTES},
};

static const struct th_csv_form CSV = {
    .name = "completion",
    .columns = COLUMNS,
    .count = TH_COUNT(COLUMNS),
    .needs = "form unit_code period measure dims count sum",
};

struct line {
    uint32_t row;
    char measure[TH_MEASURE_CODE_MAX + 1];
    char dims[TH_DIMS_MAX + 1];
    struct th_opt count, sum;
};

// What the rows of one statement have in common, copied: cells live as long as their row.
static const unsigned HEAD[] = {
    COLUMN_UNIT, COLUMN_PERIOD, COLUMN_OP, COLUMN_REVISION, COLUMN_NOTE, COMPLETION_FORM};

struct intake_run {
    struct th_csv_row first;
    struct th_csv_cell cells[COMPLETION_COLUMNS]; // of first: texts of the head, all places
    char texts[TH_COUNT(HEAD)][TH_NOTE_MAX + 1];
    uint64_t rows; // 0: nothing is gathered
    uint64_t twice;
    bool bad;
    size_t count;
    struct line lines[TH_COMPLETION_LINES_MAX];
};

static bool is_withdrawal(const struct intake *intake)
{
    return th_bytes_equal(intake_cell(intake, COLUMN_OP), TH_BYTES("withdraw"));
}

// ---- the head ----

static void begin(struct intake *intake)
{
    struct intake_run *run = intake->run;
    run->first = *intake->row;
    run->first.cells = run->cells;
    for (size_t i = 0; i < COMPLETION_COLUMNS; i++) {
        run->cells[i] = (struct th_csv_cell){.column = intake->row->cells[i].column};
    }
    for (size_t i = 0; i < TH_COUNT(HEAD); i++) {
        const struct th_bytes text = intake_cell(intake, HEAD[i]);
        (void)th_bytes_copy_text(text, run->texts[i], sizeof(run->texts[i]));
        run->cells[HEAD[i]].text = th_bytes_of(run->texts[i]);
    }
    run->rows = 0;
    run->twice = 0;
    run->count = 0;
    run->bad = intake->bad;
}

// A note need stand only once; another one would be another statement.
static bool continues(const struct intake *intake)
{
    const struct intake_run *run = intake->run;
    for (size_t i = 0; i < TH_COUNT(HEAD); i++) {
        const struct th_bytes text = intake_cell(intake, HEAD[i]);
        const bool same = th_bytes_equal(text, run->cells[HEAD[i]].text);
        if (!same && !(HEAD[i] == COLUMN_NOTE && text.size == 0)) {
            return false;
        }
    }
    return run->rows > 0;
}

// ---- lines ----

static bool is_of_ratings(struct th_bytes measure)
{
    return th_bytes_equal(measure, TH_BYTES("EV01")) || th_bytes_equal(measure, TH_BYTES("EV05"));
}

static struct th_bytes default_scheme(struct intake *intake, struct th_bytes category)
{
    const struct th_catalogue *catalogue = intake->home->province->catalogue;
    const struct th_bytes label = intake_filled(intake, COLUMN_PERIOD, intake->options->period);
    char list[65];
    struct th_period period;
    if (intake->options->scheme != NULL) {
        return th_bytes_of(intake->options->scheme);
    }
    if (th_period_parse(label, &period) != TH_OK) {
        return (struct th_bytes){0};
    }
    const struct th_scheme *scheme = th_catalogue_default_scheme(catalogue, period, category, list);
    return scheme != NULL ? scheme->code : (struct th_bytes){0};
}

// Ratings are counted by category, or kind of body, and scheme; the scheme may be left to the
// default. What is something else is left for the rules to name.
static void put_group(struct intake *intake, struct th_bytes dims, struct line *line)
{
    const bool bodies = strcmp(line->measure, "EV05") == 0;
    const char *key = bodies ? "collective_kind" : "category";
    const struct th_bytes member = th_dims_member(dims, th_bytes_of(key));
    struct th_bytes scheme = th_dims_member(dims, TH_BYTES("scheme"));
    const size_t said = strlen(key) + 1 + member.size + (scheme.size > 0 ? 8 + scheme.size : 0);
    if (scheme.size == 0) {
        scheme = default_scheme(intake, bodies ? TH_BYTES("collective") : member);
    }
    struct th_writer out = {.data = (uint8_t *)line->dims, .max = sizeof(line->dims) - 1};
    th_write_bytes(&out, th_bytes_of(key));
    th_write_u8(&out, '=');
    th_write_bytes(&out, member);
    th_write_bytes(&out, TH_BYTES(";scheme="));
    th_write_bytes(&out, scheme);
    if (out.overflow || said != dims.size || member.size == 0 || scheme.size == 0) {
        (void)th_bytes_copy_text(dims, line->dims, sizeof(line->dims));
        return;
    }
    line->dims[out.size] = '\0';
}

static void put_dims(struct intake *intake, struct line *line)
{
    const struct th_bytes dims = intake_cell(intake, COMPLETION_DIMS);
    const struct th_measure *measure = intake_measure(intake, th_bytes_of(line->measure));
    struct th_bytes part;
    if (is_of_ratings(th_bytes_of(line->measure))) {
        put_group(intake, dims, line);
    } else if (measure == NULL || th_measure_dims(measure, dims, line->dims, &part) != TH_OK) {
        (void)th_bytes_copy_text(dims, line->dims, sizeof(line->dims));
    }
}

static void read_line(struct intake *intake, struct line *line)
{
    const struct th_bytes code = intake_needed(intake, COMPLETION_MEASURE, NULL);
    *line = (struct line){.row = intake->row->line};
    (void)th_bytes_copy_text(code, line->measure, sizeof(line->measure));
    put_dims(intake, line);
    (void)intake_needed(intake, COMPLETION_COUNT, NULL);
    intake_decimal(intake, COMPLETION_COUNT, 0, &line->count);
    (void)intake_needed(intake, COMPLETION_SUM, NULL);
    if (is_of_ratings(code)) {
        intake_points(intake, COMPLETION_SUM, &line->sum);
    } else {
        const struct th_measure *measure = intake_measure(intake, code);
        intake_decimal(intake, COMPLETION_SUM, measure != NULL ? measure->decimals : 0, &line->sum);
    }
}

static bool same_opt(struct th_opt a, struct th_opt b)
{
    return a.has == b.has && (!a.has || a.value == b.value);
}

// Is the line there already? Then it counts once, or contradicts.
static bool is_known(struct intake *intake, const struct line *line)
{
    struct intake_run *run = intake->run;
    for (size_t i = 0; i < run->count; i++) {
        const struct line *other = &run->lines[i];
        if (strcmp(other->measure, line->measure) == 0 && strcmp(other->dims, line->dims) == 0) {
            if (same_opt(other->count, line->count) && same_opt(other->sum, line->sum)) {
                run->twice++;
            } else {
                intake_complain_twice(intake, other->row);
            }
            return true;
        }
    }
    return false;
}

static void add_line(struct intake *intake)
{
    struct intake_run *run = intake->run;
    struct line line;
    run->rows++;
    if (is_withdrawal(intake)) {
        return;
    }
    read_line(intake, &line);
    if (!intake->bad && !is_known(intake, &line)) {
        if (run->count < TH_COMPLETION_LINES_MAX) {
            run->lines[run->count++] = line;
            return;
        }
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_M_FILE_LIMIT, 'e', NULL);
        th_verdict_add_number(&verdict, TH_COMPLETION_LINES_MAX, 0);
        intake_complain(intake, TH_CSV_COLUMNS_MAX, &verdict);
    }
    run->bad = run->bad || intake->bad;
}

// ---- the whole ----

static void fill(struct intake *intake, struct th_update *update, struct th_completion_line *lines)
{
    const struct intake_run *run = intake->run;
    struct th_completion *said = &update->completion;
    intake_common(intake, update);
    update->kind = TH_KIND_COMPLETION;
    *said = (struct th_completion){.form = intake_needed(intake, COMPLETION_FORM, NULL)};
    intake_place(intake, &said->unit, &said->period);
    if (update->op == TH_OP_WITHDRAW) {
        return;
    }
    for (size_t i = 0; i < run->count; i++) {
        lines[i] = (struct th_completion_line){
            .measure = th_bytes_of(run->lines[i].measure),
            .dims = th_bytes_of(run->lines[i].dims),
            .count = run->lines[i].count,
            .sum = run->lines[i].sum,
        };
    }
    said->lines = lines;
    said->line_count = run->count;
}

// The row of the line that a refusal is about: the first that is refused alone, too.
static enum th_err find_row(struct intake *intake, const struct th_update *update)
{
    struct intake_run *run = intake->run;
    struct th_judged judged;
    struct th_verdict whole;
    struct th_verdict alone;
    struct th_update probe = *update;
    const enum th_err err = intake_judge(intake, &probe, &judged, &whole);
    for (size_t i = 0; err == TH_E_REFUSED && i < run->count; i++) {
        probe = *update;
        probe.completion.lines = &update->completion.lines[i];
        probe.completion.line_count = 1;
        const enum th_err one = intake_judge(intake, &probe, &judged, &alone);
        if (one == TH_E_REFUSED && alone.code == whole.code) {
            run->first.line = run->lines[i].row;
            return TH_OK;
        }
        if (one != TH_OK && one != TH_E_REFUSED) {
            return one;
        }
    }
    return err == TH_E_REFUSED ? TH_OK : err;
}

static enum th_err end(struct intake *intake)
{
    struct intake_run *run = intake->run;
    struct th_completion_line lines[TH_COMPLETION_LINES_MAX];
    struct th_update update = {0};
    if (run == NULL || run->rows == 0) {
        return TH_OK;
    }
    const struct th_csv_row *present = intake->row;
    intake->row = &run->first;
    intake->rows = run->rows - run->twice;
    intake->bad = run->bad;
    fill(intake, &update, lines);
    enum th_err err = TH_OK;
    if (intake->bad) {
        err = intake_hold(intake, &update);
    } else {
        err = find_row(intake, &update);
        err = err == TH_OK ? intake_take(intake, &update) : err;
    }
    if (!intake->bad) {
        intake->result->good += run->twice;
        intake->result->repeated += run->twice;
    }
    run->rows = 0;
    intake->row = present;
    return err;
}

static enum th_err gather(struct intake *intake)
{
    if (intake->run == NULL) {
        intake->run = calloc(1, sizeof(*intake->run));
        if (intake->run == NULL) {
            return TH_E_NO_MEMORY;
        }
    }
    const bool bad = intake->bad; // a warning, strictly
    if (!continues(intake)) {
        TH_TRY(end(intake));
        intake->bad = bad;
        begin(intake);
    }
    intake->bad = bad;
    intake->run->bad = intake->run->bad || bad;
    add_line(intake);
    return TH_OK;
}

const struct intake_form INTAKE_COMPLETION = {
    .csv = &CSV,
    .gather = gather,
    .end = end,
    .no_basis = true,
};
