// row.c - see row.h

#include "tonghop/row.h"

#include <inttypes.h>

#include "tonghop/csv.h"
#include "tonghop/line.h"
#include "tonghop/number.h"
#include "tonghop/text.h"
#include "tonghop/update.h"

enum { ROW_BYTES_MAX = 1024, JSON_TEXT_MAX = 3072 };

const char TH_ROW_CSV_HEAD[] =
    "unit_code,period,measure,dims,qualifier,value,of,before,after,reported,expected,version\n";

static void csv_number(struct th_writer *out, struct th_opt number, uint32_t decimals)
{
    char text[TH_NUMBER_TEXT_BYTES] = "";
    if (number.has) {
        (void)th_number_plain(number.value, decimals, text);
    }
    th_csv_write_cell(out, th_bytes_of(text));
}

static void csv_count(struct th_writer *out, bool has, uint64_t count)
{
    char text[24] = "";
    if (has) {
        (void)snprintf(text, sizeof(text), "%" PRIu64, count);
    }
    th_csv_write_cell(out, th_bytes_of(text));
}

static bool is_reported(const struct th_total *cell)
{
    return cell->contributions > 0;
}

void th_row_csv(FILE *out, const struct th_line *line, uint64_t version)
{
    uint8_t room[ROW_BYTES_MAX];
    struct th_writer row = TH_WRITER(room);
    const struct th_total *cell = &line->cell;
    const bool covered = cell->expected.has;
    char place[TH_LINE_PLACE_BYTES];
    th_csv_write_cell(&row, th_line_place(line, place));
    th_csv_write_cell(&row, line->period);
    th_csv_write_cell(&row, line->measure);
    th_csv_write_cell(&row, cell->dims);
    if (cell->not_applicable) {
        th_csv_write_cell(&row, TH_BYTES(""));
        th_csv_write_cell(&row, TH_BYTES("n/a"));
    } else {
        const char *word = is_reported(cell) ? th_qualifier_word(cell->qualifier) : "";
        th_csv_write_cell(&row, th_bytes_of(word));
        csv_number(&row, cell->value, line->decimals);
    }
    csv_number(&row, cell->of, line->decimals);
    csv_number(&row, cell->before, line->decimals);
    csv_number(&row, cell->after, line->decimals);
    csv_count(&row, covered, cell->reported);
    csv_count(&row, covered, (uint64_t)cell->expected.value);
    csv_count(&row, true, version);
    th_csv_write_end(&row);
    th_assert(!row.overflow);
    (void)fwrite(room, 1, row.size, out);
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
    if (is_reported(cell) && !cell->not_applicable) {
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
    if (line->unallocated.size > 0) {
        (void)fputs(",\"unallocated\":", out);
        th_row_text(out, line->unallocated);
    }
}
