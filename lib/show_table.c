// show_table.c - tables of many lines, grouped by period; see show.h

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/out.h"
#include "tonghop/pool.h"
#include "tonghop/show.h"

enum { ROW_BYTES = TH_SHOW_WHAT_BYTES };

// Blocks of a period, in this order.
enum block { BLOCK_CHANGE, BLOCK_N_OF_M, BLOCK_OTHER };

enum column { WHAT, WHERE, FIRST, SECOND, THIRD, COVERAGE, COLUMNS };

// An empty head: the block has no such column.
static const char *const HEADS[][BLOCK_OTHER + 1][COLUMNS] = {
    [TH_LANG_VI] = {[BLOCK_CHANGE] = {"Chỉ tiêu", "Nơi", "Trước", "Sau", "Tăng/giảm", "Đơn vị"},
                    [BLOCK_N_OF_M] = {"Chỉ tiêu", "Nơi", "Đạt", "Trên", "Tỷ lệ", "Đơn vị"},
                    [BLOCK_OTHER] = {"Chỉ tiêu", "Nơi", "Số liệu", "", "", "Đơn vị"}},
    [TH_LANG_EN] = {[BLOCK_CHANGE] = {"Measure", "Where", "Before", "After", "Change", "Units"},
                    [BLOCK_N_OF_M] = {"Measure", "Where", "Met", "Of", "Share", "Units"},
                    [BLOCK_OTHER] = {"Measure", "Where", "Figure", "", "", "Units"}},
};

struct row {
    size_t order; // as it came
    struct th_bytes period;
    enum block block;
    bool marked;
    struct th_bytes cells[COLUMNS];
};

struct th_show {
    struct th_show_setup setup;
    struct th_pool texts;
    struct row *rows;
    size_t count;
    size_t room;
    bool several_units;
    th_day day; // whose structure the lines stand in; TH_DAY_NONE: as reported
    bool for_public;
    int64_t edition_ms;
};

enum th_err th_show_make(const struct th_show_setup *setup, struct th_show **out)
{
    struct th_show *show = calloc(1, sizeof(*show));
    if (show == NULL) {
        return TH_E_NO_MEMORY;
    }
    show->setup = *setup;
    show->day = TH_DAY_NONE;
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

static void append(char out[static ROW_BYTES], const char *before, struct th_bytes text)
{
    const size_t used = strlen(out);
    (void)snprintf(
        out + used, ROW_BYTES - used, "%s%.*s", before, (int)text.size, (const char *)text.data);
}

void th_show_on(struct th_show *show, th_day day)
{
    show->day = day;
    show->several_units = true; // the title names the province that was asked
}

void th_show_edition(struct th_show *show, int64_t edition_ms)
{
    show->for_public = true;
    show->edition_ms = edition_ms;
}

// In the structure of another day: what a unit is called then, or where a part came from.
static void
unit_text_on(const struct th_show *show, const struct th_line *line, char out[static ROW_BYTES])
{
    char source[TH_SHOW_UNIT_BYTES];
    struct th_unit unit;
    const struct th_register *wide = show->setup.wide;
    const struct th_bytes code = line->cell.unit;
    out[0] = '\0';
    if (line->unallocated.size > 0) {
        append(out,
               show->setup.lang == TH_LANG_VI ? "chưa phân bổ: " : "unallocated: ",
               th_bytes_of(
                   th_show_unit(show->setup.lang, wide, line->unallocated, show->day, source)));
        return;
    }
    append(out, "", code);
    if (th_register_on(wide, th_register_find(wide, code, show->day), show->day, &unit) == TH_OK) {
        append(out, " ", unit.name);
    }
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

static int32_t zone_of(const struct th_show *show)
{
    return th_catalogue_settings(show->setup.catalogue)->zone_minutes;
}

// "7/8", and of a larger period that is made of parts which are not all there "7/8 · 2/3 kỳ". Of
// the public figures an earlier edition that one was kept from.
static void
coverage_text(const struct th_show *show, const struct th_line *line, char out[static ROW_BYTES])
{
    const enum th_lang lang = show->setup.lang;
    char time[TH_TIME_TEXT_BYTES];
    out[0] = '\0';
    if (line->cell.expected.has) {
        (void)snprintf(
            out, ROW_BYTES, "%" PRIu64 "/%" PRId64, line->cell.reported, line->cell.expected.value);
    }
    if (line->parts < line->parts_expected) {
        const size_t used = strlen(out);
        (void)snprintf(out + used,
                       ROW_BYTES - used,
                       lang == TH_LANG_VI ? "%s%" PRIu32 "/%" PRIu32 " kỳ"
                                          : "%s%" PRIu32 "/%" PRIu32 " periods",
                       used > 0 ? " · " : "",
                       line->parts,
                       line->parts_expected);
    }
    if (line->edition_ms != 0) {
        append(out,
               out[0] != '\0' ? " · " : "",
               th_bytes_of(th_time_people(lang, line->edition_ms, zone_of(show), time)));
    }
}

static enum th_err make_room(struct th_show *show)
{
    if (show->count < show->room) {
        return TH_OK;
    }
    const size_t room = show->room == 0 ? 64 : show->room * 2;
    struct row *more = reallocarray(show->rows, room, sizeof(*more));
    if (more == NULL) {
        return TH_E_NO_MEMORY;
    }
    show->rows = more;
    show->room = room;
    return TH_OK;
}

static enum block block_of(const struct th_measure *measure)
{
    if (measure == NULL) {
        return BLOCK_OTHER;
    }
    return measure->shape == TH_SHAPE_CHANGE   ? BLOCK_CHANGE
           : measure->shape == TH_SHAPE_N_OF_M ? BLOCK_N_OF_M
                                               : BLOCK_OTHER;
}

static enum th_err fill_row(struct th_show *show, const struct th_line *line, struct row *row)
{
    char text[ROW_BYTES];
    struct th_measure found;
    struct th_show_parts parts = {0};
    const bool known = th_catalogue_measure(show->setup.catalogue, line->measure, &found) == TH_OK;
    const struct th_measure *measure = known ? &found : NULL;
    row->block = block_of(measure);
    if (known) {
        th_show_parts(show->setup.lang, measure, line, &parts);
    }
    TH_TRY(th_pool_copy(&show->texts, line->period, &row->period));
    (void)th_show_what(
        show->setup.lang, show->setup.catalogue, line->measure, line->cell.dims, text);
    TH_TRY(keep(show, text, &row->cells[WHAT]));
    if (show->day != TH_DAY_NONE) {
        unit_text_on(show, line, text);
    } else {
        unit_text(show, line, text);
    }
    TH_TRY(keep(show, text, &row->cells[WHERE]));
    for (size_t i = 0; i < TH_SHOW_PARTS; i++) {
        TH_TRY(keep(show, parts.text[i], &row->cells[FIRST + i]));
    }
    coverage_text(show, line, text);
    return keep(show, text, &row->cells[COVERAGE]);
}

enum th_err th_show_add(struct th_show *show, const struct th_line *line)
{
    TH_TRY(make_room(show));
    struct row *row = &show->rows[show->count];
    *row = (struct row){.order = show->count};
    TH_TRY(fill_row(show, line, row));
    const struct row *first = show->rows;
    show->several_units =
        show->several_units || !th_bytes_equal(first->cells[WHERE], row->cells[WHERE]);
    show->count++;
    return TH_OK;
}

void th_show_mark(struct th_show *show)
{
    th_assert(show->count > 0);
    show->rows[show->count - 1].marked = true;
}

static int by_block(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    const int order = th_bytes_compare(left->period, right->period);
    if (order != 0) {
        return order;
    }
    if (left->block != right->block) {
        return left->block < right->block ? -1 : 1;
    }
    // Within a block as they came: unit, then measure, then dimensions.
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
    char structure[64];
    char day[TH_DAY_TEXT_BYTES] = "";
    struct th_period period;
    const bool vi = show->setup.lang == TH_LANG_VI;
    const char *reported = vi ? "theo báo cáo" : "as reported";
    if (th_period_parse(label, &period) == TH_OK) {
        (void)th_period_people(show->setup.lang, period, people);
    }
    if (show->day != TH_DAY_NONE) {
        (void)th_day_people(show->setup.lang, show->day, day);
    }
    (void)snprintf(
        structure, sizeof(structure), vi ? "theo cơ cấu ngày %s" : "in the structure of %s", day);
    (void)fprintf(out,
                  vi ? "%s (%s) · %s · %s · phiên bản %s\n" : "%s (%s) · %s · %s · version %s\n",
                  show->setup.name,
                  show->setup.root_code,
                  people,
                  show->day != TH_DAY_NONE ? structure : reported,
                  th_number_people(show->setup.lang, (int64_t)version, 0, number));
}

// Which edition of the public figures this is.
static void print_edition(const struct th_show *show, FILE *out)
{
    char time[TH_TIME_TEXT_BYTES];
    const bool vi = show->setup.lang == TH_LANG_VI;
    if (show->for_public && show->edition_ms == 0) {
        (void)fputs(vi ? "số liệu công khai · chưa có kỳ công bố\n"
                       : "public figures · no edition yet\n",
                    out);
    } else if (show->for_public) {
        (void)fprintf(out,
                      vi ? "số liệu công khai · kỳ công bố %s\n"
                         : "public figures · edition of %s\n",
                      th_time_people(show->setup.lang, show->edition_ms, zone_of(show), time));
    }
}

static bool has_column(const struct th_show *show, enum block block, size_t column)
{
    return HEADS[show->setup.lang][block][column][0] != '\0' &&
           (column != WHERE || show->several_units);
}

static void print_row(const struct th_show *show,
                      enum block block,
                      const struct row *row, // NULL: the heads
                      const size_t widths[static COLUMNS],
                      FILE *out)
{
    if (show->setup.marks) {
        (void)fputs(row != NULL && row->marked ? TH_SHOW_MARK : "  ", out);
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        if (has_column(show, block, c)) {
            const struct th_bytes text =
                row != NULL ? row->cells[c] : th_bytes_of(HEADS[show->setup.lang][block][c]);
            print_cell(out, text, widths[c], c >= FIRST);
            (void)fputs(c + 1 < COLUMNS ? "  " : "\n", out);
        }
    }
}

static void print_block(const struct th_show *show, size_t from, size_t to, FILE *out)
{
    size_t widths[COLUMNS];
    const enum block block = show->rows[from].block;
    for (size_t c = 0; c < COLUMNS; c++) {
        widths[c] = th_text_width(th_bytes_of(HEADS[show->setup.lang][block][c]));
        for (size_t i = from; i < to; i++) {
            const size_t width = th_text_width(show->rows[i].cells[c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    print_row(show, block, NULL, widths, out);
    for (size_t i = from; i < to; i++) {
        print_row(show, block, &show->rows[i], widths, out);
    }
}

enum th_err th_show_print(struct th_show *show, uint64_t version, FILE *out)
{
    const bool vi = show->setup.lang == TH_LANG_VI;
    char number[TH_NUMBER_TEXT_BYTES];
    print_edition(show, out);
    if (show->count == 0) {
        (void)fprintf(out,
                      vi ? "%s (%s) · phiên bản %s\nchưa có số liệu\n"
                         : "%s (%s) · version %s\nno figures yet\n",
                      show->setup.name,
                      show->setup.root_code,
                      th_number_people(show->setup.lang, (int64_t)version, 0, number));
        return th_out_flush(out);
    }
    qsort(show->rows, show->count, sizeof(*show->rows), by_block);
    for (size_t from = 0; from < show->count;) {
        const struct row *first = &show->rows[from];
        const bool new_period =
            from == 0 || !th_bytes_equal(first->period, show->rows[from - 1].period);
        size_t to = from + 1;
        while (to < show->count && th_bytes_equal(show->rows[to].period, first->period) &&
               show->rows[to].block == first->block) {
            to++;
        }
        if (new_period) {
            (void)fputs(from > 0 ? "\n" : "", out);
            print_title(show, first->period, version, out);
        }
        print_block(show, from, to, out);
        from = to;
    }
    return th_out_flush(out);
}
