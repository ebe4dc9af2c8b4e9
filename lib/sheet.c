// sheet.c - see sheet.h

#include "tonghop/sheet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/out.h"
#include "tonghop/text.h"

enum { CELL_BYTES_MAX = 2048 };

struct th_sheet th_sheet_of(const struct th_sheet_column *columns, size_t count)
{
    th_assert(count <= TH_SHEET_COLUMNS_MAX);
    return (struct th_sheet){.columns = columns, .column_count = count};
}

void th_sheet_free(struct th_sheet *sheet)
{
    th_pool_free(&sheet->texts);
    free(sheet->cells);
}

enum th_err th_sheet_add(struct th_sheet *sheet, const struct th_bytes *cells)
{
    if (sheet->row_count == sheet->row_room) {
        const size_t room = sheet->row_room == 0 ? 64 : sheet->row_room * 2;
        struct th_bytes *grown =
            reallocarray(sheet->cells, room * sheet->column_count, sizeof(*grown));
        if (grown == NULL) {
            return TH_E_NO_MEMORY;
        }
        sheet->cells = grown;
        sheet->row_room = room;
    }
    struct th_bytes *row = sheet->cells + sheet->row_count * sheet->column_count;
    for (size_t i = 0; i < sheet->column_count; i++) {
        TH_TRY(th_pool_copy(&sheet->texts, cells[i], &row[i]));
    }
    sheet->row_count++;
    return TH_OK;
}

static void print_csv_cell(struct th_bytes cell, FILE *out)
{
    const char *text = cell.data;
    if (cell.size == 0 || strpbrk(text, ",\"\r\n") == NULL) {
        (void)fwrite(text, 1, cell.size, out);
        return;
    }
    (void)fputc('"', out);
    for (size_t i = 0; i < cell.size; i++) {
        if (text[i] == '"') {
            (void)fputc('"', out);
        }
        (void)fputc(text[i], out);
    }
    (void)fputc('"', out);
}

static void print_csv(const struct th_sheet *sheet, FILE *out)
{
    for (size_t i = 0; i < sheet->column_count; i++) {
        (void)fprintf(out, "%s%s", i > 0 ? "," : "", sheet->columns[i].name);
    }
    (void)fputc('\n', out);
    for (size_t i = 0; i < sheet->row_count * sheet->column_count; i++) {
        print_csv_cell(sheet->cells[i], out);
        (void)fputc((i + 1) % sheet->column_count == 0 ? '\n' : ',', out);
    }
}

static void print_object(const struct th_sheet *sheet, const struct th_bytes *row, FILE *out)
{
    char text[CELL_BYTES_MAX];
    for (size_t i = 0; i < sheet->column_count; i++) {
        (void)th_text_json(row[i], text, sizeof(text));
        const bool is_number = sheet->columns[i].is_number;
        const char *quote = is_number ? "" : "\"";
        (void)fprintf(out,
                      "%s\"%s\":%s%s%s",
                      i > 0 ? "," : "{",
                      sheet->columns[i].name,
                      quote,
                      is_number && row[i].size == 0 ? "null" : text,
                      quote);
    }
    (void)fputc('}', out);
}

static void print_json(const struct th_sheet *sheet, bool lines, FILE *out)
{
    if (!lines) {
        (void)fputs("{\"rows\":[", out);
    }
    for (size_t i = 0; i < sheet->row_count; i++) {
        if (!lines && i > 0) {
            (void)fputc(',', out);
        }
        print_object(sheet, sheet->cells + i * sheet->column_count, out);
        if (lines) {
            (void)fputc('\n', out);
        }
    }
    if (!lines) {
        (void)fputs("]}\n", out);
    }
}

static const char *heading(const struct th_sheet *sheet, size_t column, enum th_lang lang)
{
    const struct th_help *people = &sheet->columns[column].people;
    return lang == TH_LANG_VI ? people->vi : people->en;
}

static void print_padded(
    const struct th_sheet *sheet, size_t column, struct th_bytes cell, size_t width, FILE *out)
{
    char safe[CELL_BYTES_MAX];
    char padded[CELL_BYTES_MAX];
    const size_t size = th_text_escape(cell, safe, sizeof(safe));
    const struct th_bytes text = {.data = safe, .size = size};
    if (sheet->columns[column].is_number) {
        const size_t shown = th_text_width(text); // a sign may have several bytes
        (void)fprintf(out, "%*s%s", (int)(shown < width ? width - shown : 0), "", safe);
    } else if (column + 1 == sheet->column_count) {
        (void)fputs(safe, out); // nothing stands to the right of it
    } else {
        (void)th_text_pad(text, width, padded, sizeof(padded));
        (void)fputs(padded, out);
    }
    (void)fputs(column + 1 == sheet->column_count ? "\n" : "  ", out);
}

static void print_table(const struct th_sheet *sheet, enum th_lang lang, FILE *out)
{
    size_t widths[TH_SHEET_COLUMNS_MAX];
    for (size_t column = 0; column < sheet->column_count; column++) {
        widths[column] = th_text_width(th_bytes_of(heading(sheet, column, lang)));
        for (size_t row = 0; row < sheet->row_count; row++) {
            const size_t width = th_text_width(sheet->cells[row * sheet->column_count + column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t column = 0; column < sheet->column_count; column++) {
        print_padded(sheet, column, th_bytes_of(heading(sheet, column, lang)), widths[column], out);
    }
    for (size_t i = 0; i < sheet->row_count * sheet->column_count; i++) {
        const size_t column = i % sheet->column_count;
        print_padded(sheet, column, sheet->cells[i], widths[column], out);
    }
}

static const char *format_of(const struct th_call *call, FILE *out)
{
    const char *unless_given = isatty(fileno(out)) == 1 ? "table" : "csv";
    return call->format != NULL ? call->format : unless_given;
}

bool th_sheet_is_table(const struct th_call *call, FILE *out)
{
    return strcmp(format_of(call, out), "table") == 0;
}

enum th_err th_sheet_print(const struct th_sheet *sheet, const struct th_call *call, FILE *out)
{
    const char *format = format_of(call, out);
    if (strcmp(format, "csv") == 0) {
        print_csv(sheet, out);
    } else if (strcmp(format, "json") == 0 || strcmp(format, "jsonl") == 0) {
        print_json(sheet, strcmp(format, "jsonl") == 0, out);
    } else {
        print_table(sheet, call->lang, out);
    }
    return th_out_flush(out);
}
