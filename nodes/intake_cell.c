// intake_cell.c - the cells of a row, and what is said about them

#include <string.h>

#include "tonghop/number.h"

#include "nodes/intake_part.h"

struct th_bytes intake_cell(const struct intake *intake, unsigned column)
{
    return intake->row->cells[column].text;
}

struct th_bytes intake_filled(const struct intake *intake, unsigned column, const char *given)
{
    const struct th_csv_cell *cell = &intake->row->cells[column];
    return cell->column == 0 && given != NULL ? th_bytes_of(given) : cell->text;
}

uint32_t intake_file_column(const struct intake *intake, unsigned column)
{
    return intake->row != NULL && column < TH_CSV_COLUMNS_MAX ? intake->row->cells[column].column
                                                              : 0;
}

void intake_complain(struct intake *intake, unsigned column, const struct th_verdict *verdict)
{
    const struct th_csv_form *csv = intake->form != NULL ? intake->form->csv : NULL;
    const bool shown = csv != NULL && column < csv->count && !csv->columns[column].is_personal;
    const struct th_bytes value = shown ? intake_cell(intake, column) : (struct th_bytes){0};
    intake->bad = true;
    th_findings_error(intake->findings,
                      intake->row != NULL ? intake->row->line : 0,
                      intake_file_column(intake, column),
                      verdict,
                      value);
}

// A row with a warning is wrong where warnings are errors and rows are sifted.
void intake_warn(struct intake *intake, const struct th_verdict *verdict)
{
    intake->bad = intake->bad || (intake->options->strict && intake->options->accept_valid);
    th_findings_add(intake->findings,
                    TH_SEVERITY_WARNING,
                    intake->row != NULL ? intake->row->line : 0,
                    intake_file_column(intake, intake_column(intake, verdict->field)),
                    verdict,
                    (struct th_bytes){0});
}

void intake_complain_word(struct intake *intake, unsigned column)
{
    struct th_verdict verdict;
    const char *name = intake->form->csv->columns[column].name;
    th_verdict_make(&verdict, TH_V_KIND, 0, name, name, NULL);
    intake_complain(intake, column, &verdict);
}

struct th_bytes intake_needed(struct intake *intake, unsigned column, const char *given)
{
    const struct th_bytes text = intake_filled(intake, column, given);
    if (text.size == 0) {
        struct th_verdict verdict;
        const char *name = intake->form->csv->columns[column].name;
        th_verdict_make(&verdict, TH_M_CELL_EMPTY, 0, name, name, NULL);
        intake_complain(intake, column, &verdict);
    }
    return text;
}

static void complain_number(struct intake *intake, unsigned column, unsigned decimals, bool vi)
{
    char hint[TH_NUMBER_HINT_BYTES];
    struct th_verdict verdict;
    const struct th_bytes text = intake_cell(intake, column);
    th_verdict_start(&verdict, TH_V_NUMBER, 0, intake->form->csv->columns[column].name);
    th_verdict_add(&verdict, text);
    th_verdict_add(&verdict,
                   th_bytes_of(vi ? th_number_hint_vi(text, decimals, hint)
                                  : th_number_hint(text, decimals, hint)));
    intake_complain(intake, column, &verdict);
}

void intake_decimal(struct intake *intake, unsigned column, unsigned decimals, struct th_opt *to)
{
    const struct th_bytes text = intake_cell(intake, column);
    const bool vi = intake->options->numbers_vi;
    if (text.size == 0) {
        return;
    }
    const enum th_err err = vi ? th_number_parse_vi(text, decimals, &to->value)
                               : th_number_parse_scaled(text, decimals, &to->value);
    if (err != TH_OK) {
        complain_number(intake, column, decimals, vi);
        return;
    }
    to->has = true;
}

void intake_score(struct intake *intake, unsigned column, struct th_opt *score)
{
    const struct th_bytes text = intake_cell(intake, column);
    const bool vi = intake->options->numbers_vi;
    if (text.size == 0) {
        return;
    }
    const enum th_err err =
        vi ? th_score_parse_vi(text, &score->value) : th_score_parse(text, &score->value);
    if (err != TH_OK) {
        complain_number(intake, column, TH_SCORE_DECIMALS, vi);
        return;
    }
    score->has = true;
}

void intake_points(struct intake *intake, unsigned column, struct th_opt *points)
{
    const bool plain = !intake->options->numbers_vi;
    if (plain && th_score_parse(intake_cell(intake, column), &points->value) == TH_OK) {
        points->has = true; // a comma will do, too
        return;
    }
    intake_decimal(intake, column, TH_SCORE_DECIMALS, points);
}

void intake_number(struct intake *intake, unsigned column, struct th_opt *number)
{
    const struct th_bytes text = intake_cell(intake, column);
    if (text.size == 0) {
        return;
    }
    if (th_number_parse(text, &number->value) != TH_OK) {
        complain_number(intake, column, 0, false);
        return;
    }
    number->has = true;
}

const struct th_measure *intake_measure(struct intake *intake, struct th_bytes code)
{
    if (code.size == 0 || code.size > TH_MEASURE_CODE_MAX) {
        return NULL;
    }
    if (!intake->measure_known || !th_bytes_equal(code, th_bytes_of(intake->measure_code))) {
        (void)th_bytes_copy_text(code, intake->measure_code, sizeof(intake->measure_code));
        intake->measure_known = th_catalogue_measure(intake->home->province->catalogue,
                                                     th_bytes_of(intake->measure_code),
                                                     &intake->measure) == TH_OK;
    }
    return intake->measure_known ? &intake->measure : NULL;
}

unsigned intake_column(const struct intake *intake, const char *field)
{
    if (intake->form == NULL || intake->row == NULL) {
        return TH_CSV_COLUMNS_MAX;
    }
    for (size_t i = 0; i < intake->form->field_count; i++) {
        if (strcmp(intake->form->fields[i].field, field) == 0) {
            return intake->form->fields[i].column;
        }
    }
    return (unsigned)th_csv_column_find(intake->form->csv, field);
}

struct th_bytes intake_on(struct intake *intake, struct th_bytes unit, char *room, size_t max)
{
    const char *on = intake->options->on;
    if (on == NULL || unit.size == 0 || memchr(unit.data, '@', unit.size) != NULL) {
        return unit;
    }
    struct th_writer out = {.data = (uint8_t *)room, .max = max};
    th_write_bytes(&out, unit);
    th_write_u8(&out, '@');
    th_write_bytes(&out, th_bytes_of(on));
    return out.overflow ? unit : th_written(&out);
}

void intake_place(struct intake *intake, struct th_bytes *unit, struct th_bytes *period)
{
    const struct th_bytes code = intake_needed(intake, COLUMN_UNIT, intake->options->unit);
    *unit = intake_on(intake, code, intake->unit, sizeof(intake->unit));
    *period = intake_needed(intake, COLUMN_PERIOD, intake->options->period);
}

// ---- what every row has ----

static void read_op(struct intake *intake, struct th_update *update)
{
    const struct th_bytes op = intake_cell(intake, COLUMN_OP);
    update->op = TH_OP_SET;
    if (th_bytes_equal(op, TH_BYTES("withdraw"))) {
        update->op = TH_OP_WITHDRAW;
    } else if (op.size > 0 && !th_bytes_equal(op, TH_BYTES("set"))) {
        intake_complain_word(intake, COLUMN_OP);
    }
}

// A journal with a column of revisions: they stand as they are, and none may be missing.
static void read_revision(struct intake *intake, struct th_update *update)
{
    if (intake->counting) {
        return;
    }
    struct th_opt revision = {0};
    const struct th_bytes text = intake_cell(intake, COLUMN_REVISION);
    intake_number(intake, COLUMN_REVISION, &revision);
    if (text.size > 0 && !revision.has) {
        return; // not a number: said so
    }
    if (revision.value < 1 || revision.value > UINT32_MAX) {
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_V_REVISION, 'b', "revision");
        th_verdict_add(&verdict, text.size > 0 ? text : TH_BYTES("0"));
        intake_complain(intake, COLUMN_REVISION, &verdict);
        return;
    }
    update->revision = (uint64_t)revision.value;
}

void intake_common(struct intake *intake, struct th_update *update)
{
    read_op(intake, update);
    read_revision(intake, update);
    if (!intake->form->no_basis) {
        update->basis = intake_cell(intake, COLUMN_BASIS);
    }
    update->note = intake_cell(intake, COLUMN_NOTE);
    if (update->note.size == 0 && intake->options->note != NULL) {
        update->note = th_bytes_of(intake->options->note);
    }
}
