// show_table.c - tables of many lines, grouped by period; see show.h

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/pool.h"
#include "tonghop/show.h"

enum { COLUMNS = 4, ROW_BYTES = 512, TITLE_BYTES = 512 };

struct row {
    size_t order; // as it came
    struct th_bytes period;
    struct th_bytes cells[COLUMNS]; // what, unit, figure, coverage
};

struct th_show {
    struct th_show_setup setup;
    struct th_pool texts;
    struct row *rows;
    size_t count;
    size_t room;
    bool several_units;
};

enum th_err th_show_make(const struct th_show_setup *setup, struct th_show **out)
{
    struct th_show *show = calloc(1, sizeof(*show));
    if (show == NULL) {
        return TH_E_NO_MEMORY;
    }
    show->setup = *setup;
    *out = show;
    return TH_OK;
}

void th_show_free(struct th_show **show)
{
    if (*show != NULL) {
        th_pool_free(&(*show)->texts);
        free((*show)->rows);
        free(*show);
        *show = NULL;
    }
}

static enum th_err keep(struct th_show *show, const char *text, struct th_bytes *out)
{
    return th_pool_copy(&show->texts, th_bytes_of(text), out);
}

static struct th_bytes in_lang(enum th_lang lang, const struct th_name *name)
{
    return lang == TH_LANG_VI ? name->vi : name->en;
}

// "CP05 bí thư chi bộ kiêm trưởng ấp · pilot=1"
static void
what_text(const struct th_show *show, const struct th_line *line, char out[static ROW_BYTES])
{
    struct th_measure measure;
    struct th_bytes name = {0};
    if (th_catalogue_measure(show->setup.catalogue, line->measure, &measure) == TH_OK) {
        name = in_lang(show->setup.lang, &measure.name);
    }
    const bool named = name.size > 0 && !th_bytes_equal(name, line->measure);
    (void)snprintf(out,
                   ROW_BYTES,
                   "%.*s%s%.*s%s%.*s",
                   (int)line->measure.size,
                   (const char *)line->measure.data,
                   named ? " " : "",
                   named ? (int)name.size : 0,
                   named ? (const char *)name.data : "",
                   line->cell.dims.size > 0 ? " · " : "",
                   (int)line->cell.dims.size,
                   line->cell.dims.size > 0 ? (const char *)line->cell.dims.data : "");
}

static void
unit_text(const struct th_show *show, const struct th_line *line, char out[static ROW_BYTES])
{
    struct th_period period;
    struct th_unit unit;
    const uint32_t uid = line->cell.uid;
    (void)snprintf(
        out, ROW_BYTES, "%.*s", (int)line->cell.unit.size, (const char *)line->cell.unit.data);
    if (uid != TH_UNIT_NONE && th_period_parse(line->period, &period) == TH_OK &&
        th_register_on(
            show->setup.reg, uid, th_register_structure_day(show->setup.reg, uid, period), &unit) ==
            TH_OK) {
        const size_t used = strlen(out);
        (void)snprintf(out + used,
                       ROW_BYTES - used,
                       " %.*s",
                       (int)unit.name.size,
                       (const char *)unit.name.data);
    }
}

static void coverage_text(const struct th_line *line, char out[static ROW_BYTES])
{
    out[0] = '\0';
    if (line->cell.expected.has) {
        (void)snprintf(
            out, ROW_BYTES, "%" PRIu64 "/%" PRId64, line->cell.reported, line->cell.expected.value);
    }
}

enum th_err th_show_add(struct th_show *show, const struct th_line *line)
{
    char text[ROW_BYTES];
    char figure[TH_SHOW_FIGURE_BYTES] = "";
    struct th_measure measure;
    if (show->count == show->room) {
        const size_t room = show->room == 0 ? 64 : show->room * 2;
        struct row *more = realloc(show->rows, room * sizeof(*more));
        if (more == NULL) {
            return TH_E_NO_MEMORY;
        }
        show->rows = more;
        show->room = room;
    }
    struct row *row = &show->rows[show->count];
    *row = (struct row){.order = show->count};
    if (th_catalogue_measure(show->setup.catalogue, line->measure, &measure) == TH_OK) {
        (void)th_show_figure(show->setup.lang, &measure, line, figure);
    }
    TH_TRY(th_pool_copy(&show->texts, line->period, &row->period));
    what_text(show, line, text);
    TH_TRY(keep(show, text, &row->cells[0]));
    unit_text(show, line, text);
    TH_TRY(keep(show, text, &row->cells[1]));
    TH_TRY(keep(show, figure, &row->cells[2]));
    coverage_text(line, text);
    TH_TRY(keep(show, text, &row->cells[3]));
    const struct row *first = show->rows;
    show->several_units = show->several_units || !th_bytes_equal(first->cells[1], row->cells[1]);
    show->count++;
    return TH_OK;
}

static int by_period(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    const int order = th_bytes_compare(left->period, right->period);
    if (order != 0) {
        return order;
    }
    // Within a period as they came: unit, then measure, then dimensions.
    return left->order < right->order ? -1 : 1;
}

static void print_cell(FILE *out, struct th_bytes text, size_t width, bool to_the_right)
{
    char shown[ROW_BYTES];
    (void)th_text_escape(text, shown, sizeof(shown));
    const size_t wide = th_text_width(th_bytes_of(shown));
    const int pad = wide < width ? (int)(width - wide) : 0;
    if (to_the_right) {
        (void)fprintf(out, "%*s%s", pad, "", shown);
    } else {
        (void)fprintf(out, "%s%*s", shown, pad, "");
    }
}

static void
print_title(const struct th_show *show, struct th_bytes label, uint64_t version, FILE *out)
{
    char number[TH_NUMBER_TEXT_BYTES];
    char people[TH_PERIOD_PEOPLE_BYTES] = "";
    struct th_period period;
    const bool vi = show->setup.lang == TH_LANG_VI;
    if (th_period_parse(label, &period) == TH_OK) {
        (void)th_period_people(show->setup.lang, period, people);
    }
    (void)fprintf(out,
                  vi ? "%s (%s) · %s · theo báo cáo · phiên bản %s\n"
                     : "%s (%s) · %s · as reported · version %s\n",
                  show->setup.name,
                  show->setup.root_code,
                  people,
                  th_number_people(show->setup.lang, (int64_t)version, 0, number));
}

static void print_block(const struct th_show *show, size_t from, size_t to, FILE *out)
{
    static const char *const HEADS[][COLUMNS] = {
        [TH_LANG_VI] = {"Chỉ tiêu", "Nơi", "Số liệu", "Đơn vị"},
        [TH_LANG_EN] = {"Measure", "Where", "Figure", "Units"},
    };
    size_t widths[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        widths[c] = th_text_width(th_bytes_of(HEADS[show->setup.lang][c]));
        for (size_t i = from; i < to; i++) {
            const size_t width = th_text_width(show->rows[i].cells[c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t i = from; i <= to; i++) {
        for (size_t c = 0; c < COLUMNS; c++) {
            const struct th_bytes text =
                i == from ? th_bytes_of(HEADS[show->setup.lang][c]) : show->rows[i - 1].cells[c];
            if (c == 1 && !show->several_units) {
                continue;
            }
            print_cell(out, text, widths[c], c >= 2);
            (void)fputs(c + 1 < COLUMNS ? "  " : "\n", out);
        }
    }
}

enum th_err th_show_print(struct th_show *show, uint64_t version, FILE *out)
{
    const bool vi = show->setup.lang == TH_LANG_VI;
    char number[TH_NUMBER_TEXT_BYTES];
    if (show->count == 0) {
        (void)fprintf(out,
                      vi ? "%s (%s) · phiên bản %s\nchưa có số liệu\n"
                         : "%s (%s) · version %s\nno figures yet\n",
                      show->setup.name,
                      show->setup.root_code,
                      th_number_people(show->setup.lang, (int64_t)version, 0, number));
        return ferror(out) ? TH_E_IO : TH_OK;
    }
    qsort(show->rows, show->count, sizeof(*show->rows), by_period);
    for (size_t from = 0; from < show->count;) {
        size_t to = from + 1;
        while (to < show->count && th_bytes_equal(show->rows[to].period, show->rows[from].period)) {
            to++;
        }
        if (from > 0) {
            (void)fputc('\n', out);
        }
        print_title(show, show->rows[from].period, version, out);
        print_block(show, from, to, out);
        from = to;
    }
    return ferror(out) ? TH_E_IO : TH_OK;
}
