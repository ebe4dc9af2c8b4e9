// indicators_print.c - rows of indicators as a table, CSV, JSON or JSON lines
//
// CSV columns, exactly:
//   unit_code,period,indicator,dims,num,den,value,marks[,rank],version

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/row.h"
#include "tonghop/sheet.h"
#include "tonghop/show.h"

#include "cli/indicators_part.h"

enum { CELLS_MAX = 10, CELL_BYTES = 640 };

static const struct th_sheet_column DATA_COLUMNS[] = {
    {"unit_code", {"", ""}, false},
    {"period", {"", ""}, false},
    {"indicator", {"", ""}, false},
    {"dims", {"", ""}, false},
    {"num", {"", ""}, true},
    {"den", {"", ""}, true},
    {"value", {"", ""}, true},
    {"marks", {"", ""}, false},
    {"rank", {"", ""}, true}, // only of rankings
    {"version", {"", ""}, true},
};
static const struct th_sheet_column PEOPLE_COLUMNS[] = {
    {"rank", {"Hạng", "Rank"}, true}, // only of rankings
    {"unit", {"Đơn vị", "Unit"}, false},
    {"period", {"Kỳ", "Period"}, false},
    {"indicator", {"Chỉ số", "Indicator"}, false},
    {"num", {"Tử số", "Num."}, true},
    {"den", {"Mẫu số", "Den."}, true},
    {"value", {"Giá trị", "Value"}, true},
    {"marks", {"Ghi chú", "Notes"}, false},
};

enum indicators_form indicators_form_of(const struct th_call *call)
{
    const char *format = call->format;
    if (format == NULL) {
        return isatty(STDOUT_FILENO) == 1 ? INDICATORS_TABLE : INDICATORS_CSV;
    }
    if (strcmp(format, "csv") == 0) {
        return INDICATORS_CSV;
    }
    if (strcmp(format, "json") == 0) {
        return INDICATORS_JSON;
    }
    return strcmp(format, "jsonl") == 0 ? INDICATORS_JSONL : INDICATORS_TABLE;
}

// ---- cells ----

struct cells {
    char text[CELLS_MAX][CELL_BYTES];
    struct th_bytes list[CELLS_MAX];
    size_t count;
};

static void put(struct cells *cells, const char *text)
{
    (void)snprintf(cells->text[cells->count], CELL_BYTES, "%s", text);
    cells->list[cells->count] = th_bytes_of(cells->text[cells->count]);
    cells->count++;
}

static void put_bytes(struct cells *cells, struct th_bytes text)
{
    char copy[CELL_BYTES];
    put(cells, th_bytes_copy_text(text, copy, sizeof(copy)));
}

static void put_number(struct cells *cells, struct th_opt number, uint32_t decimals)
{
    char text[TH_NUMBER_TEXT_BYTES];
    put(cells, number.has ? th_number_plain(number.value, decimals, text) : "");
}

static void put_marks(struct cells *cells, const struct th_indicator_row *row)
{
    char word[TH_INDICATOR_WORD_BYTES];
    char marks[TH_INDICATOR_TEXT_BYTES] = "";
    size_t size = 0;
    for (size_t i = 0; th_indicator_mark_word(row, i, word) > 0; i++) {
        const size_t room = sizeof(marks) - size;
        const int wrote = snprintf(marks + size, room, "%s%s", i > 0 ? ";" : "", word);
        size += (size_t)wrote < room ? (size_t)wrote : room - 1;
    }
    put(cells, marks);
}

static void put_rank(struct cells *cells, const struct indicators_page *page, uint32_t rank)
{
    char text[16] = "";
    if (rank > 0) {
        (void)snprintf(text, sizeof(text), "%" PRIu32, rank);
    }
    if (page->ranked) {
        put(cells, text);
    }
}

static enum th_err
print_sheet(const struct th_sheet *sheet, const struct th_call *call, const char *format)
{
    struct th_call as = *call;
    as.format = format;
    return th_sheet_print(sheet, &as, stdout);
}

// ---- CSV ----

static enum th_err print_csv(const struct indicators_page *page)
{
    struct th_sheet_column columns[TH_COUNT(DATA_COLUMNS)];
    size_t column_count = 0;
    char version[24];
    for (size_t i = 0; i < TH_COUNT(DATA_COLUMNS); i++) {
        if (page->ranked || strcmp(DATA_COLUMNS[i].name, "rank") != 0) {
            columns[column_count++] = DATA_COLUMNS[i];
        }
    }
    TH_SCOPED(th_sheet_free) struct th_sheet sheet = th_sheet_of(columns, column_count);
    (void)snprintf(version, sizeof(version), "%" PRIu64, page->version);
    for (size_t i = 0; i < page->count; i++) {
        const struct th_indicator_row *row = &page->rows[i];
        struct cells cells = {.count = 0};
        put_bytes(&cells, row->unit);
        put_bytes(&cells, row->period);
        put_bytes(&cells, row->indicator->code);
        put_bytes(&cells, row->dims);
        put_number(&cells, row->num, row->num_decimals);
        put_number(&cells, row->den, row->den_decimals);
        put_number(&cells, row->value, row->value_decimals);
        put_marks(&cells, row);
        put_rank(&cells, page, row->rank);
        put(&cells, version);
        TH_TRY(th_sheet_add(&sheet, cells.list));
    }
    return print_sheet(&sheet, page->call, "csv");
}

// ---- JSON ----

static void json_number(const char *name, struct th_opt number)
{
    if (number.has) {
        (void)printf(",\"%s\":%" PRId64, name, number.value);
    } else {
        (void)printf(",\"%s\":null", name);
    }
}

static void json_text(const char *name, struct th_bytes text)
{
    (void)printf("%s\"%s\":", strcmp(name, "unit") == 0 ? "" : ",", name);
    th_row_text(stdout, text);
}

static struct th_bytes unit_name(const struct indicators_page *page,
                                 const struct th_indicator_row *row)
{
    struct th_unit unit;
    const bool known =
        row->uid != TH_UNIT_NONE && th_register_on(page->reg, row->uid, row->day, &unit) == TH_OK;
    return known ? unit.name : row->unit;
}

// Words that are more than a mark have members of their own.
static void json_marks(const struct th_indicator_row *row)
{
    char word[TH_INDICATOR_WORD_BYTES];
    const bool qualified = row->value.has && row->qualifier > TH_QUALIFIER_EXACT;
    bool first = true;
    (void)fputs(",\"marks\":[", stdout);
    for (size_t i = qualified ? 1 : 0; th_indicator_mark_word(row, i, word) > 0; i++) {
        if (strchr(word, '=') == NULL) {
            (void)printf("%s\"%s\"", first ? "" : ",", word);
            first = false;
        }
    }
    (void)fputs("]", stdout);
}

static void json_decimals(const char *name, uint32_t decimals)
{
    if (decimals > 0) {
        (void)printf(",\"%s\":%" PRIu32, name, decimals);
    }
}

static void json_row(const struct indicators_page *page, const struct th_indicator_row *row)
{
    const bool tenths = th_indicator_is_percent(row->indicator);
    json_text("unit", row->unit);
    json_text("name", unit_name(page, row));
    json_text("period", row->period);
    json_text("indicator", row->indicator->code);
    json_text("dims", row->dims);
    json_number("num", row->num);
    json_number("den", row->den);
    json_number("value", row->value);
    json_number("tenths", tenths ? row->value : (struct th_opt){0});
    (void)printf(",\"scale\":%" PRIu32, row->indicator->scale);
    json_decimals("num_decimals", row->num_decimals);
    json_decimals("den_decimals", row->den_decimals);
    json_decimals("decimals", row->value_decimals);
    json_text("qualifier", th_bytes_of(row->value.has ? th_qualifier_word(row->qualifier) : ""));
    json_marks(row);
    if (row->pace.has_span) {
        (void)printf(",\"due\":%" PRId64 ",\"needed\":%" PRId64, row->pace.due, row->pace.needed);
    }
    if (page->ranked) {
        json_number("rank", (struct th_opt){.has = row->rank > 0, .value = row->rank});
    }
}

static enum th_err print_json(const struct indicators_page *page, bool lines)
{
    char time[TH_TIME_TEXT_BYTES];
    char on[TH_DAY_TEXT_BYTES];
    if (!lines) {
        (void)fputs("{\"province\":", stdout);
        th_row_text(stdout, th_bytes_of(page->province->root_code));
        (void)fputs(",\"lineage\":", stdout);
        th_row_text(stdout, th_bytes_of(page->lineage));
        (void)printf(",\"version\":%" PRIu64 ",\"time\":\"%s\",\"on\":\"%s\",\"structure\":\"%s\","
                     "\"audience\":\"%s\",\"rows\":[",
                     page->version,
                     th_time_utc(page->wall_ms, time),
                     th_day_text(page->on, on),
                     page->structure[0] == '\0' ? "as-reported" : page->structure,
                     page->edition_ms.has ? "public" : "internal");
    }
    for (size_t i = 0; i < page->count; i++) {
        if (lines) {
            (void)printf("{\"version\":%" PRIu64 ",", page->version);
        } else {
            (void)fputs(i > 0 ? ",\n{" : "\n{", stdout);
        }
        json_row(page, &page->rows[i]);
        (void)fputs(lines ? "}\n" : "}", stdout);
    }
    if (!lines) {
        (void)fputs("]}\n", stdout);
    }
    return TH_OK;
}

// ---- people ----

static void put_unit(struct cells *cells,
                     const struct indicators_page *page,
                     const struct th_indicator_row *row)
{
    char text[CELL_BYTES];
    const struct th_bytes name = unit_name(page, row);
    (void)snprintf(text,
                   sizeof(text),
                   "%.*s (%.*s)",
                   (int)name.size,
                   (const char *)name.data,
                   (int)row->unit.size,
                   (const char *)row->unit.data);
    put(cells, text);
}

// "I10 tỷ lệ giảm · RS01 phòng chuyên môn · cấp tỉnh"
static void put_indicator(struct cells *cells,
                          const struct indicators_page *page,
                          const struct th_indicator_row *row)
{
    char text[CELL_BYTES];
    char dims[TH_SHOW_FIGURE_BYTES];
    const enum th_lang lang = page->call->lang;
    const struct th_name *names = &row->indicator->name;
    const struct th_bytes name = lang == TH_LANG_VI ? names->vi : names->en;
    (void)th_show_dims(lang, page->province->catalogue, row->dims, dims, sizeof(dims));
    (void)snprintf(text,
                   sizeof(text),
                   "%.*s %.*s%s%s",
                   (int)row->indicator->code.size,
                   (const char *)row->indicator->code.data,
                   (int)name.size,
                   (const char *)name.data,
                   dims[0] != '\0' ? " · " : "",
                   dims);
    put(cells, text);
}

static void put_people(struct cells *cells,
                       const struct indicators_page *page,
                       const struct th_indicator_row *row)
{
    const enum th_lang lang = page->call->lang;
    char text[TH_INDICATOR_TEXT_BYTES];
    char number[TH_NUMBER_TEXT_BYTES];
    char people[TH_PERIOD_PEOPLE_BYTES] = "";
    struct th_period period;
    if (th_period_parse(row->period, &period) == TH_OK) {
        (void)th_period_people(lang, period, people);
    }
    put_rank(cells, page, row->rank);
    put_unit(cells, page, row);
    put(cells, people);
    put_indicator(cells, page, row);
    put(cells,
        row->num.has ? th_number_people(lang, row->num.value, row->num_decimals, number) : "");
    put(cells,
        row->den.has ? th_number_people(lang, row->den.value, row->den_decimals, number) : "");
    put(cells, th_indicator_value_people(lang, row, text));
    put(cells, th_indicator_marks_people(lang, row, text));
}

static void print_head(const struct indicators_page *page)
{
    const enum th_lang lang = page->call->lang;
    const bool vi = lang == TH_LANG_VI;
    char number[TH_NUMBER_TEXT_BYTES];
    char day[TH_DAY_TEXT_BYTES];
    char structure[64];
    (void)snprintf(structure, sizeof(structure), vi ? "theo báo cáo" : "as reported");
    if (page->structure[0] != '\0') {
        (void)snprintf(structure,
                       sizeof(structure),
                       vi ? "theo cơ cấu ngày %s" : "in the structure of %s",
                       th_day_people(lang, page->structure_day, day));
    }
    if (page->edition_ms.has) {
        char time[TH_TIME_TEXT_BYTES];
        const int32_t zone = th_catalogue_settings(page->province->catalogue)->zone_minutes;
        (void)printf(
            vi ? "số liệu công khai · kỳ công bố %s\n" : "public figures · edition of %s\n",
            page->edition_ms.value == 0 ? "—"
                                        : th_time_people(lang, page->edition_ms.value, zone, time));
    }
    (void)printf(vi ? "%s (%s) · %s · phiên bản %s\n" : "%s (%s) · %s · version %s\n",
                 page->province->name,
                 page->province->root_code,
                 structure,
                 th_number_people(lang, (int64_t)page->version, 0, number));
}

static enum th_err print_table(const struct indicators_page *page)
{
    const struct th_call *call = page->call;
    const bool vi = call->lang == TH_LANG_VI;
    const size_t skip = page->ranked ? 0 : 1;
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(PEOPLE_COLUMNS + skip, TH_COUNT(PEOPLE_COLUMNS) - skip);
    print_head(page);
    for (size_t i = 0; i < page->count; i++) {
        struct cells cells = {.count = 0};
        put_people(&cells, page, &page->rows[i]);
        TH_TRY(th_sheet_add(&sheet, cells.list));
    }
    if (page->count == 0) {
        (void)puts(vi ? "chưa có số liệu" : "no figures yet");
        return TH_OK;
    }
    return print_sheet(&sheet, call, "table");
}

enum th_err indicators_print(const struct indicators_page *page)
{
    switch (indicators_form_of(page->call)) {
    case INDICATORS_TABLE:
        return print_table(page);
    case INDICATORS_CSV:
        return print_csv(page);
    case INDICATORS_JSON:
        return print_json(page, false);
    case INDICATORS_JSONL:
        return print_json(page, true);
    }
    th_unreachable();
}
