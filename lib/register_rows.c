// register_rows.c - see register_rows.h

#include "lib/register_rows.h"

#include <string.h>

#include "tonghop/text.h"

enum { ROW_BYTES_MAX = 16 * 1024, FILE_COLUMNS_MAX = 64 };

struct cells {
    struct th_bytes items[FILE_COLUMNS_MAX];
    size_t count;
    char room[ROW_BYTES_MAX]; // quoted cells without their quotes
    size_t used;
};

static void
refuse(struct th_findings *findings, uint32_t line, unsigned code, struct th_bytes param)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, code, 0, NULL);
    th_verdict_add(&verdict, param);
    th_findings_error(findings, line, 0, &verdict, param);
}

static bool quoted_cell(struct cells *cells, struct th_bytes line, size_t *at)
{
    const char *text = line.data;
    const size_t begin = cells->used;
    (*at)++;
    while (*at < line.size) {
        if (text[*at] == '"') {
            (*at)++;
            if (*at == line.size || text[*at] != '"') {
                cells->items[cells->count++] =
                    (struct th_bytes){.data = cells->room + begin, .size = cells->used - begin};
                return true;
            }
        }
        cells->room[cells->used++] = text[(*at)++];
    }
    return false;
}

static bool split(struct th_bytes line, struct cells *cells)
{
    const char *text = line.data;
    size_t at = 0;
    cells->count = 0;
    cells->used = 0;
    if (line.size > ROW_BYTES_MAX) {
        return false;
    }
    for (;;) {
        if (cells->count == FILE_COLUMNS_MAX) {
            return false;
        }
        if (at < line.size && text[at] == '"') {
            if (!quoted_cell(cells, line, &at)) {
                return false;
            }
        } else {
            const size_t begin = at;
            while (at < line.size && text[at] != ',') {
                at++;
            }
            cells->items[cells->count++] =
                th_text_trim((struct th_bytes){.data = text + begin, .size = at - begin});
        }
        if (at == line.size) {
            return true;
        }
        if (text[at++] != ',') {
            return false;
        }
    }
}

static bool next_line(struct th_bytes *rest, struct th_bytes *line)
{
    if (rest->size == 0) {
        return false;
    }
    const char *text = rest->data;
    const char *end = memchr(text, '\n', rest->size);
    const size_t size = end == NULL ? rest->size : (size_t)(end - text);
    const size_t step = end == NULL ? size : size + 1;
    *line = (struct th_bytes){.data = text, .size = size};
    if (size > 0 && text[size - 1] == '\r') {
        line->size--;
    }
    *rest = (struct th_bytes){.data = text + step, .size = rest->size - step};
    return true;
}

// Where the columns of the table stand in the file: from 1, 0 when absent.
static bool read_header(const struct cells *header,
                        const struct register_column *table,
                        size_t count,
                        struct th_findings *findings,
                        uint32_t columns[static REGISTER_COLUMNS_MAX])
{
    bool good = true;
    for (size_t i = 0; i < header->count; i++) {
        size_t column = 0;
        while (column < count &&
               !th_text_same_label(header->items[i], th_bytes_of(table[column].name))) {
            column++;
        }
        if (column == count || columns[column] != 0) {
            refuse(findings,
                   1,
                   column == count ? TH_M_COLUMN_UNKNOWN : TH_M_COLUMN_TWICE,
                   header->items[i]);
            good = false;
        } else {
            columns[column] = (uint32_t)i + 1;
        }
    }
    for (size_t column = 0; column < count; column++) {
        if (table[column].required && columns[column] == 0) {
            refuse(findings, 1, TH_M_COLUMNS_MISSING, th_bytes_of(table[column].name));
            good = false;
        }
    }
    return good;
}

static bool take_cells(const struct cells *cells,
                       const struct register_column *table,
                       size_t count,
                       struct th_findings *findings,
                       struct register_row *row)
{
    bool good = true;
    for (size_t column = 0; column < count; column++) {
        const uint32_t at = row->columns[column];
        row->cells[column] = at == 0 ? (struct th_bytes){0} : cells->items[at - 1];
        if (row->cells[column].size > table[column].bytes_max ||
            !th_text_is_plain(row->cells[column], TH_TEXT_BYTES_MAX)) {
            struct th_verdict verdict;
            th_verdict_start(&verdict, TH_V_TEXT, 0, table[column].name);
            th_verdict_add_number(&verdict, (int64_t)table[column].bytes_max, 0);
            th_findings_error(findings, row->line, at, &verdict, row->cells[column]);
            good = false;
        }
    }
    return good;
}

enum th_err register_rows(struct th_bytes csv,
                          const struct register_column *table,
                          size_t count,
                          struct th_findings *findings,
                          enum th_err (*on_row)(void *self, const struct register_row *row),
                          void *self)
{
    struct cells cells;
    struct th_bytes line;
    struct register_row row = {0};
    size_t width = 0;
    for (uint32_t number = 1; next_line(&csv, &line); number++) {
        if (line.size == 0) {
            continue;
        }
        if (!split(line, &cells) || (width > 0 && cells.count != width)) {
            refuse(findings, number, TH_M_QUOTE, (struct th_bytes){0});
            continue;
        }
        if (width == 0) {
            width = cells.count;
            if (!read_header(&cells, table, count, findings, row.columns)) {
                return TH_E_REFUSED;
            }
            continue;
        }
        row.line = number;
        if (take_cells(&cells, table, count, findings, &row)) {
            TH_TRY(on_row(self, &row));
        }
    }
    return TH_OK;
}
