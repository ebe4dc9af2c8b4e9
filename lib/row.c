// row.c - see row.h

#include "tonghop/row.h"

#include <inttypes.h>

#include "tonghop/csv.h"
#include "tonghop/day.h"
#include "tonghop/line.h"
#include "tonghop/number.h"
#include "tonghop/text.h"
#include "tonghop/update.h"

enum { ROW_BYTES_MAX = 1024, JSON_TEXT_MAX = 3072 };

const char TH_ROW_CSV_HEAD[] =
    "unit_code,period,measure,dims,qualifier,value,of,before,after,reported,expected,version\n";
const char TH_ROW_EXCEL_HEAD[] = TH_CSV_EXCEL_MARK
    "unit_code;period;measure;dims;qualifier;value;of;before;after;reported;expected;version\r\n";

// Cells of one row, for programs or for a spreadsheet.
struct cells {
    struct th_writer row;
    bool excel;
};

static void put_text(struct cells *cells, struct th_bytes text)
{
    if (cells->excel) {
        th_csv_excel_text(&cells->row, text);
    } else {
        th_csv_write_cell(&cells->row, text);
    }
}

static void put_plain(struct cells *cells, struct th_bytes number)
{
    if (cells->excel) {
        th_csv_excel_number(&cells->row, number);
    } else {
        th_csv_write_cell(&cells->row, number);
    }
}

static void put_number(struct cells *cells, struct th_opt number, uint32_t decimals)
{
    char text[TH_NUMBER_TEXT_BYTES] = "";
    if (number.has) {
        (void)th_number_plain(number.value, decimals, text);
    }
    put_plain(cells, th_bytes_of(text));
}

static void put_count(struct cells *cells, bool has, uint64_t count)
{
    char text[24] = "";
    if (has) {
        (void)snprintf(text, sizeof(text), "%" PRIu64, count);
    }
    put_plain(cells, th_bytes_of(text));
}

static bool is_reported(const struct th_total *cell)
{
    return cell->contributions > 0;
}

static void put_line(struct cells *cells, const struct th_line *line, uint64_t version)
{
    const struct th_total *cell = &line->cell;
    const bool covered = cell->expected.has;
    char place[TH_LINE_PLACE_BYTES];
    put_text(cells, th_line_place(line, place));
    put_text(cells, line->period);
    put_text(cells, line->measure);
    put_text(cells, cell->dims);
    if (line->hidden || cell->not_applicable) {
        put_text(cells, TH_BYTES(""));
        put_text(cells, line->hidden ? TH_BYTES("hidden") : TH_BYTES("n/a"));
    } else {
        const char *word = is_reported(cell) ? th_qualifier_word(cell->qualifier) : "";
        put_text(cells, th_bytes_of(word));
        put_number(cells, cell->value, line->decimals);
    }
    put_number(cells, cell->of, line->decimals);
    put_number(cells, cell->before, line->decimals);
    put_number(cells, cell->after, line->decimals);
    put_count(cells, covered, cell->reported);
    put_count(cells, covered, (uint64_t)cell->expected.value);
    put_count(cells, true, version);
}

void th_row_csv(FILE *out, const struct th_line *line, uint64_t version)
{
    uint8_t room[ROW_BYTES_MAX];
    struct cells cells = {.row = TH_WRITER(room)};
    put_line(&cells, line, version);
    th_csv_write_end(&cells.row);
    th_assert(!cells.row.overflow);
    (void)fwrite(room, 1, cells.row.size, out);
}

void th_row_excel(FILE *out, const struct th_line *line, uint64_t version)
{
    uint8_t room[ROW_BYTES_MAX];
    struct cells cells = {.row = TH_WRITER(room), .excel = true};
    put_line(&cells, line, version);
    th_csv_excel_end(&cells.row);
    th_assert(!cells.row.overflow);
    (void)fwrite(room, 1, cells.row.size, out);
}

void th_row_text(FILE *out, struct th_bytes text)
{
    char escaped[JSON_TEXT_MAX];
    (void)th_text_json(text, escaped, sizeof(escaped));
    (void)fprintf(out, "\"%s\"", escaped);
}

static void json_number(FILE *out, const char *name, struct th_opt number)
{
    if (number.has) {
        (void)fprintf(out, ",\"%s\":%" PRId64, name, number.value);
    } else {
        (void)fprintf(out, ",\"%s\":null", name);
    }
}

void th_row_json(FILE *out, const struct th_line *line)
{
    const struct th_total *cell = &line->cell;
    (void)fputs("\"unit\":", out);
    th_row_text(out, cell->unit);
    (void)fputs(",\"period\":", out);
    th_row_text(out, line->period);
    (void)fputs(",\"measure\":", out);
    th_row_text(out, line->measure);
    (void)fputs(",\"dims\":", out);
    th_row_text(out, cell->dims);
    if (is_reported(cell) && !cell->not_applicable && !line->hidden) {
        (void)fprintf(out, ",\"qualifier\":\"%s\"", th_qualifier_word(cell->qualifier));
    } else {
        (void)fputs(",\"qualifier\":null", out);
    }
    json_number(out, "value", cell->value);
    json_number(out, "of", cell->of);
    json_number(out, "before", cell->before);
    json_number(out, "after", cell->after);
    const struct th_opt reported = {.has = cell->expected.has, .value = (int64_t)cell->reported};
    json_number(out, "reported", reported);
    json_number(out, "expected", cell->expected);
    if (line->decimals > 0) {
        (void)fprintf(out, ",\"decimals\":%" PRIu32, line->decimals);
    }
    if (line->parts_expected > 0) {
        (void)fprintf(out,
                      ",\"parts\":%" PRIu32 ",\"parts_expected\":%" PRIu32,
                      line->parts,
                      line->parts_expected);
    }
    if (line->derived) {
        (void)fprintf(out, ",\"derived\":true");
    }
    if (cell->not_applicable) {
        (void)fputs(",\"not_applicable\":true", out);
    }
    if (line->hidden) {
        (void)fputs(",\"hidden\":true", out);
    }
    if (line->edition_ms != 0) {
        char time[TH_TIME_TEXT_BYTES];
        (void)fprintf(out, ",\"edition\":\"%s\"", th_time_utc(line->edition_ms, time));
    }
    if (line->unallocated.size > 0) {
        (void)fputs(",\"unallocated\":", out);
        th_row_text(out, line->unallocated);
    }
}
