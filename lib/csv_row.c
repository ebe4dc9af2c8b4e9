// csv_row.c - rows: their cells made tidy and judged; rows out; see csv.h

#include <string.h>

#include "lib/csv_reading.h"

bool csv_is_blank(const struct csv_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        if (i >= TH_CSV_COLUMNS_MAX || th_text_trim(record->cells[i]).size > 0) {
            return false;
        }
    }
    return !record->is_too_long;
}

// A finding about cell number index of the present record.
static void complain(struct csv_reading *reading,
                     enum th_severity severity,
                     size_t index,
                     const struct th_verdict *verdict)
{
    const struct csv_record *record = &reading->record;
    const uint8_t column = reading->header.column[index];
    const bool is_personal =
        column != CSV_NOT_USED && reading->header.form->columns[column].is_personal;
    const struct th_bytes nothing = {0};
    th_findings_add(reading->findings,
                    severity,
                    record->line,
                    (uint32_t)index + 1,
                    verdict,
                    is_personal ? nothing : record->cells[index]);
}

// The file is no text: the reading ends here.
static bool refuse_file(struct csv_reading *reading, unsigned code, size_t index)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, code, 0, NULL, NULL);
    csv_refuse(reading, reading->record.line, (uint32_t)index + 1, &verdict);
    reading->err = TH_E_REFUSED;
    return false;
}

static bool refuse_length(struct csv_reading *reading, size_t index, int64_t bytes_max)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_CELL_LENGTH, 0, NULL);
    th_verdict_add_number(&verdict, bytes_max, 0);
    complain(reading, TH_SEVERITY_ERROR, index, &verdict);
    return false;
}

static void warn_folded(struct csv_reading *reading, size_t index, const char *name)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_V_TEXT_FOLDED, 0, name, NULL);
    complain(reading, TH_SEVERITY_WARNING, index, &verdict);
    reading->summary->folded++;
}

// Makes one cell tidy and puts it where the form has it. False when the row cannot be handed out.
static bool take_cell(struct csv_reading *reading, size_t index, struct th_writer *room)
{
    static const struct th_csv_column ignored = {.name = "", .has_lines = true};
    const uint8_t place = reading->header.column[index];
    const bool is_used = place != CSV_NOT_USED;
    const struct th_csv_column *column = is_used ? &reading->header.form->columns[place] : &ignored;
    const int64_t bytes_max = column->bytes_max > 0 ? column->bytes_max : TH_CSV_CELL_BYTES_MAX;

    struct th_bytes tidy;
    unsigned changes = 0;
    const struct th_bytes raw = reading->record.cells[index];
    const enum th_err err = th_text_tidy(raw, column->has_lines, room, &tidy, &changes);
    if (err == TH_E_MALFORMED) {
        return refuse_file(reading, TH_M_FILE_NOT_UTF8, index);
    }
    if (err != TH_OK) {
        return refuse_length(reading, index, bytes_max);
    }
    if (th_text_has_control(tidy)) {
        return refuse_file(reading, TH_M_FILE_CONTROL, index);
    }
    if (!is_used) {
        return true;
    }
    reading->summary->trimmed += (changes & TH_TEXT_TRIMMED) != 0 ? 1 : 0;
    if ((changes & TH_TEXT_FOLDED) != 0) {
        warn_folded(reading, index, column->name);
    }
    if ((int64_t)tidy.size > bytes_max) {
        return refuse_length(reading, index, bytes_max);
    }
    reading->cells[place] = (struct th_csv_cell){.text = tidy, .column = (uint32_t)index + 1};
    return true;
}

static bool has_header_cells(struct csv_reading *reading)
{
    const struct csv_record *record = &reading->record;
    struct th_verdict verdict;
    if (record->is_too_long) {
        th_verdict_start(&verdict, TH_M_FILE_LIMIT, 'd', NULL);
        th_verdict_add_number(&verdict, TH_CSV_ROW_BYTES_MAX, 0);
        csv_refuse(reading, record->line, 0, &verdict);
        return false;
    }
    if (record->count != reading->header.count) {
        th_verdict_start(&verdict, TH_M_CELL_COUNT, 0, NULL);
        th_verdict_add_number(&verdict, (int64_t)record->count, 0);
        th_verdict_add_number(&verdict, (int64_t)reading->header.count, 0);
        csv_refuse(reading, record->line, 0, &verdict);
        return false;
    }
    return true;
}

void csv_take_row(struct csv_reading *reading)
{
    const uint32_t given = reading->options->rows_max;
    const uint32_t rows_max = given > 0 ? given : TH_CSV_ROWS_MAX;
    if (reading->summary->rows == rows_max) {
        csv_refuse_number(reading, TH_M_FILE_LIMIT, 'a', rows_max);
        return;
    }
    reading->summary->rows++;
    if (!has_header_cells(reading)) {
        return;
    }
    struct th_writer room = TH_WRITER(reading->tidied);
    bool is_good = true;
    const uint64_t folded = reading->summary->folded;
    memset(reading->cells, 0, sizeof(reading->cells));
    for (size_t i = 0; i < reading->header.count && reading->err == TH_OK; i++) {
        is_good = take_cell(reading, i, &room) && is_good;
    }
    if (is_good && reading->err == TH_OK) {
        const struct th_csv_row row = {.line = reading->record.line,
                                       .number = reading->summary->rows,
                                       .is_folded = reading->summary->folded > folded,
                                       .cells = reading->cells,
                                       .file = reading->summary};
        reading->err = reading->on_row(reading->self, &row);
    }
}

void th_csv_write_cell(struct th_writer *row, struct th_bytes text)
{
    const char *at = text.data;
    bool is_quoted = text.size > 0 && (at[0] == ' ' || at[text.size - 1] == ' ');
    for (size_t i = 0; i < text.size; i++) {
        is_quoted = is_quoted || strchr(",\"\r\n", at[i]) != NULL;
    }
    if (is_quoted) {
        th_write_u8(row, '"');
    }
    for (size_t i = 0; i < text.size; i++) {
        if (at[i] == '"') {
            th_write_u8(row, '"');
        }
        th_write_u8(row, (uint8_t)at[i]);
    }
    th_write_bytes(row, is_quoted ? TH_BYTES("\",") : TH_BYTES(","));
}

void th_csv_write_end(struct th_writer *row)
{
    if (row->overflow || row->size == 0 || row->data[row->size - 1] != ',') {
        return; // no cells, or no room: the caller sees overflow
    }
    const bool is_single_empty =
        row->size == 1 || (row->size > 1 && row->data[row->size - 2] == '\n');
    row->size--;
    th_write_bytes(row, is_single_empty ? TH_BYTES("\"\"\n") : TH_BYTES("\n"));
}
