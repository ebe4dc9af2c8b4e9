// fuzz_csv.c - any bytes as a spreadsheet's file: the rows are what csv.h promises

#include <stddef.h>
#include <stdint.h>

#include "tonghop/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct th_csv_column COLUMNS[] = {
    {.name = "code", .bytes_max = 16},
    {.name = "name", .alias = "title"},
    {.name = "note", .has_lines = true},
    {.name = "value"},
};
static const struct th_csv_form FORMS[] = {
    {"one", COLUMNS, TH_COUNT(COLUMNS), "code name"},
    {"two", COLUMNS, TH_COUNT(COLUMNS), "code value|note+name"},
};

struct seen {
    uint32_t rows;
    uint32_t line;
    uint64_t bytes;
};

static enum th_err see(void *self, const struct th_csv_row *row)
{
    struct seen *seen = self;
    th_assert(row->line > seen->line); // V2
    th_assert(row->number > seen->rows);
    seen->line = row->line;
    seen->rows = row->number;
    for (size_t i = 0; i < TH_COUNT(COLUMNS); i++) {
        const size_t given = COLUMNS[i].bytes_max;
        const size_t bytes_max = given > 0 ? given : TH_CSV_CELL_BYTES_MAX;
        th_assert(th_text_is_plain(row->cells[i].text, bytes_max)); // V1
        th_assert(th_text_trim(row->cells[i].text).size == row->cells[i].text.size);
        seen->bytes += row->cells[i].text.size;
    }
    return TH_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { KEPT = 4 };
    struct th_finding kept[KEPT];
    const struct th_csv_options options = {
        .forms = FORMS, .form_count = TH_COUNT(FORMS), .rows_max = 1000};
    struct th_findings findings = th_findings_of(kept, KEPT, "f");
    struct th_csv_summary summary;
    struct seen seen = {0};
    const struct th_bytes bytes = {.data = data, .size = size};
    const enum th_err err = th_csv_read(bytes, &options, &findings, see, &seen, &summary);
    th_assert((err == TH_OK) == (findings.total[TH_SEVERITY_ERROR] == 0));
    th_assert(err == TH_OK || err == TH_E_REFUSED);
    th_assert(summary.rows >= seen.rows);
    return 0;
}
