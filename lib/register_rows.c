// register_rows.c - see register_rows.h

#include "lib/register_rows.h"

#include "tonghop/csv.h"

enum { NEEDS_BYTES = 128 };

struct handing {
    enum th_err (*on_row)(void *self, const struct register_row *row);
    void *self;
    size_t count;
};

static enum th_err hand_on(void *self, const struct th_csv_row *row)
{
    const struct handing *handing = self;
    struct register_row given = {.line = row->line};
    for (size_t i = 0; i < handing->count; i++) {
        given.cells[i] = row->cells[i].text;
        given.columns[i] = row->cells[i].column;
    }
    return handing->on_row(handing->self, &given);
}

enum th_err register_rows(struct th_bytes csv,
                          const struct register_column *table,
                          size_t count,
                          struct th_findings *findings,
                          enum th_err (*on_row)(void *self, const struct register_row *row),
                          void *self)
{
    struct th_csv_column columns[REGISTER_COLUMNS_MAX] = {0};
    char needs[NEEDS_BYTES] = "";
    struct th_writer names = {.data = (uint8_t *)needs, .max = sizeof(needs) - 1};
    th_assert(count <= REGISTER_COLUMNS_MAX);
    for (size_t i = 0; i < count; i++) {
        columns[i].name = table[i].name;
        columns[i].bytes_max = (uint16_t)table[i].bytes_max;
        if (table[i].required) {
            th_write_bytes(&names, th_bytes_of(names.size > 0 ? " " : ""));
            th_write_bytes(&names, th_bytes_of(table[i].name));
        }
    }
    th_assert(!names.overflow);

    const struct th_csv_form form = {
        .name = "register", .columns = columns, .count = count, .needs = needs};
    const struct th_csv_options options = {.forms = &form, .form_count = 1, .may_be_empty = true};
    struct handing handing = {.on_row = on_row, .self = self, .count = count};
    struct th_csv_summary summary;
    const enum th_err err = th_csv_read(csv, &options, findings, hand_on, &handing, &summary);
    return err == TH_E_REFUSED && summary.is_whole ? TH_OK : err;
}
