// csv_head.c - is it CSV, with which separator, for which form; see csv.h

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/csv_reading.h"

static const char DELIMITERS[] = {',', ';', '\t'};

enum { LIST_BYTES = 256, NAME_BYTES = 64 };

static bool begins_any_case(struct th_bytes head, const char *with)
{
    const size_t size = strlen(with);
    return head.size >= size && strncasecmp(head.data, with, size) == 0;
}

static bool is_html(struct th_bytes head)
{
    const char *at = head.data;
    while (head.size > 0 && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
        head.size--;
    }
    head.data = at;
    return begins_any_case(head, "<!doctype") || begins_any_case(head, "<html") ||
           begins_any_case(head, "<?xml") || begins_any_case(head, "<table") ||
           begins_any_case(head, "<head");
}

const char *csv_other_kind(struct th_bytes head)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *kind;
    } kinds[] = {{"PK\3\4", 4, "xlsx"},
                 {"\xD0\xCF\x11\xE0", 4, "xls"},
                 {"\x1F\x8B", 2, "gzip"},
                 {"%PDF", 4, "pdf"},
                 {"\xFF\xFE", 2, "utf-16"},
                 {"\xFE\xFF", 2, "utf-16"},
                 {"\0\0\xFE\xFF", 4, "utf-16"}};
    for (size_t i = 0; i < TH_COUNT(kinds); i++) {
        if (th_bytes_begins(head, (struct th_bytes){kinds[i].magic, kinds[i].size})) {
            return kinds[i].kind;
        }
    }
    // Without a mark: every other byte of the first letters is zero.
    const char *at = head.data;
    const bool is_wide = head.size >= 4 && ((at[0] == 0 && at[1] != 0 && at[2] == 0) ||
                                            (at[0] != 0 && at[1] == 0 && at[3] == 0));
    return is_wide ? "utf-16" : is_html(head) ? "html" : NULL;
}

static bool same_name(struct th_bytes header, const char *name, size_t size)
{
    return header.size == size && (size == 0 || strncasecmp(header.data, name, size) == 0);
}

size_t th_csv_column_find(const struct th_csv_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct th_csv_column *column = &form->columns[i];
        const bool is_alias = column->alias != NULL && strcasecmp(column->alias, name) == 0;
        if (is_alias || strcasecmp(column->name, name) == 0) {
            return i;
        }
    }
    return TH_CSV_COLUMNS_MAX;
}

// The name of header cell number index, tidy; an empty one is called by its place, "#5".
static void header_name(const struct csv_record *record, size_t index, char name[static NAME_BYTES])
{
    uint8_t room[TH_CSV_CELL_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    struct th_bytes tidy = record->cells[index];
    unsigned changes = 0;
    if (th_text_tidy(record->cells[index], true, &out, &tidy, &changes) != TH_OK) {
        tidy = record->cells[index]; // is_text will refuse it
    }
    if (tidy.size == 0) {
        (void)snprintf(name, NAME_BYTES, "#%zu", index + 1);
    } else {
        (void)th_text_cut(tidy, name, NAME_BYTES);
    }
}

// Is name among the names of list, which separator divides?
static bool is_listed(const char *list, char separator, const char *name)
{
    const char separators[] = {separator, '\0'};
    while (list != NULL && *list != '\0') {
        const size_t size = strcspn(list, separators);
        if (same_name(th_text_trim((struct th_bytes){list, size}), name, strlen(name))) {
            return true;
        }
        list += size + (list[size] != '\0' ? 1 : 0);
    }
    return false;
}

// How a header fits a form.
struct fit {
    const struct th_csv_form *form;
    char delimiter;
    uint64_t present;
    size_t known;
    size_t wrong; // unknown and repeated columns
    size_t missing;
    struct csv_header header;
};

static bool is_present(const struct fit *fit, const char *supplied, struct th_bytes name)
{
    char text[NAME_BYTES];
    (void)th_bytes_copy_text(name, text, sizeof(text));
    const size_t column = th_csv_column_find(fit->form, text);
    return is_listed(supplied, ' ', text) ||
           (column < TH_CSV_COLUMNS_MAX && (fit->present >> column & 1) != 0);
}

// Is one of the alternatives of need there, "value|before+after"?
static bool is_met(const struct fit *fit, const char *supplied, struct th_bytes need)
{
    const char *at = need.data;
    const char *end = at + need.size;
    bool is_whole = true; // every name of this alternative so far
    while (at < end) {
        size_t size = 0;
        while (at + size < end && at[size] != '|' && at[size] != '+') {
            size++;
        }
        is_whole = is_whole && is_present(fit, supplied, (struct th_bytes){at, size});
        at += size;
        if (at == end || *at == '|') {
            if (is_whole) {
                return true;
            }
            is_whole = true;
        }
        at++;
    }
    return false;
}

// Counts the needs that are not met, and lists them.
static size_t count_missing(const struct fit *fit, const char *supplied, char *list)
{
    size_t missing = 0;
    const char *needs = fit->form->needs;
    list[0] = '\0';
    while (*needs != '\0') {
        const size_t size = strcspn(needs, " ");
        if (!is_met(fit, supplied, (struct th_bytes){needs, size})) {
            const size_t used = strlen(list);
            (void)snprintf(list + used,
                           LIST_BYTES - used,
                           "%s%.*s",
                           missing > 0 ? ", " : "",
                           (int)size,
                           needs);
            missing++;
        }
        needs += size;
        needs += strspn(needs, " ");
    }
    return missing;
}

static void complain_name(struct csv_reading *reading,
                          unsigned code,
                          const struct csv_record *record,
                          size_t index,
                          const char *name)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, code, 0, name, name, NULL);
    csv_refuse(reading, record->line, (uint32_t)index + 1, &verdict);
}

// Sees how record fits form; with report, says what is wrong.
static struct fit fit_form(struct csv_reading *reading,
                           const struct csv_record *record,
                           const struct th_csv_form *form,
                           bool report)
{
    char name[NAME_BYTES];
    struct fit fit = {.form = form, .header = {.form = form, .count = record->count}};
    for (size_t i = 0; i < record->count && i < TH_CSV_COLUMNS_MAX; i++) {
        header_name(record, i, name);
        fit.header.column[i] = CSV_NOT_USED;
        const size_t column = th_csv_column_find(form, name);
        const bool is_known = column < TH_CSV_COLUMNS_MAX;
        const bool is_twice = is_known && (fit.present >> column & 1) != 0;
        if (is_listed(reading->options->ignore, ',', name)) {
            continue;
        }
        if (!is_known || is_twice) {
            fit.wrong++;
            if (report) {
                complain_name(
                    reading, is_twice ? TH_M_COLUMN_TWICE : TH_M_COLUMN_UNKNOWN, record, i, name);
            }
            continue;
        }
        fit.known++;
        fit.present |= UINT64_C(1) << column;
        fit.header.column[i] = (uint8_t)column;
    }
    char list[LIST_BYTES];
    fit.missing = count_missing(&fit, reading->options->supplied, list);
    return fit;
}

static bool is_better(const struct fit *fit, const struct fit *best)
{
    if (best->form == NULL || fit->known != best->known) {
        return best->form == NULL || fit->known > best->known;
    }
    return fit->missing + fit->wrong < best->missing + best->wrong;
}

static bool fits(const struct fit *fit)
{
    return fit->known > 0 && fit->missing == 0 && fit->wrong == 0;
}

// The first form and separator that fit, else the nearest, so that findings speak of it.
static struct fit
choose(struct csv_reading *reading, struct th_bytes head, struct csv_record *record)
{
    const struct th_csv_options *options = reading->options;
    struct fit best = {0};
    for (size_t d = 0; d < sizeof(DELIMITERS); d++) {
        const char delimiter = DELIMITERS[d];
        const bool is_wanted = options->delimiter == 0 || options->delimiter == delimiter;
        if (!is_wanted || csv_first_record(head, delimiter, record) != TH_OK) {
            continue;
        }
        for (size_t f = 0; f < options->form_count && !fits(&best); f++) {
            struct fit fit = fit_form(reading, record, &options->forms[f], false);
            fit.delimiter = delimiter;
            if (fits(&fit) || is_better(&fit, &best)) {
                best = fit;
            }
        }
    }
    return best;
}

static void
refuse_header(struct csv_reading *reading, const struct csv_record *record, const struct fit *best)
{
    char missing[LIST_BYTES];
    char found[LIST_BYTES] = "";
    char name[NAME_BYTES];
    if (best->known > 0) {
        (void)fit_form(reading, record, best->form, true);
    }
    if (count_missing(best, reading->options->supplied, missing) == 0) {
        return;
    }
    for (size_t i = 0; i < record->count && i < TH_CSV_COLUMNS_MAX; i++) {
        header_name(record, i, name);
        const size_t used = strlen(found);
        (void)snprintf(found + used, sizeof(found) - used, "%s%s", i > 0 ? ", " : "", name);
    }
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_COLUMNS_MISSING, 0, NULL, missing, found, NULL);
    csv_refuse(reading, record->line, 0, &verdict);
}

static bool is_text(struct csv_reading *reading, const struct csv_record *record)
{
    for (size_t i = 0; i < record->count && i < TH_CSV_COLUMNS_MAX; i++) {
        const bool is_utf8 = th_text_is_utf8(record->cells[i]);
        if (!is_utf8 || th_text_has_control(record->cells[i])) {
            struct th_verdict verdict;
            th_verdict_make(
                &verdict, is_utf8 ? TH_M_FILE_CONTROL : TH_M_FILE_NOT_UTF8, 0, NULL, NULL);
            csv_refuse(reading, record->line, (uint32_t)i + 1, &verdict);
            return false;
        }
    }
    return true;
}

// Everything that can be wrong before the columns are looked at.
static bool is_csv(struct csv_reading *reading, struct th_bytes head)
{
    const char *kind = csv_other_kind(head);
    if (kind != NULL) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_FILE_KIND, 0, NULL, kind, NULL);
        csv_refuse(reading, 0, 0, &verdict);
        return false;
    }
    const char *at = head.data;
    for (size_t i = 0; i < head.size; i++) {
        if (at[i] != ' ' && at[i] != '\n' && at[i] != '\r' && at[i] != '\t') {
            return true;
        }
    }
    csv_refuse_number(reading, TH_M_FILE_EMPTY, 0, -1);
    return false;
}

enum th_err csv_choose(struct csv_reading *reading, struct th_bytes head)
{
    if (!is_csv(reading, head)) {
        return TH_E_REFUSED;
    }
    struct csv_record *record = &reading->record;
    const struct fit best = choose(reading, head, record);
    const char wanted = reading->options->delimiter;
    const char fallback = (char)(wanted != 0 ? wanted : ',');
    const char delimiter = (char)(best.form == NULL ? fallback : best.delimiter);
    const enum th_err err = csv_first_record(head, delimiter, record);
    if (err == TH_E_MALFORMED) {
        csv_refuse_number(reading, TH_M_QUOTE, 0, -1);
        return TH_E_REFUSED;
    }
    if (err == TH_E_NOT_FOUND) {
        csv_refuse_number(reading, TH_M_FILE_LIMIT, 'd', TH_CSV_ROW_BYTES_MAX);
        return TH_E_REFUSED;
    }
    TH_TRY(err);
    if (!is_text(reading, record)) {
        return TH_E_REFUSED;
    }
    if (record->count > TH_CSV_COLUMNS_MAX || record->is_too_long) {
        const bool is_wide = record->count > TH_CSV_COLUMNS_MAX;
        csv_refuse_number(reading,
                          TH_M_FILE_LIMIT,
                          (char)(is_wide ? 'c' : 'd'),
                          is_wide ? TH_CSV_COLUMNS_MAX : TH_CSV_ROW_BYTES_MAX);
        return TH_E_REFUSED;
    }
    if (!fits(&best)) {
        refuse_header(reading, record, &best);
        return TH_E_REFUSED;
    }
    reading->header = best.header;
    reading->summary->form = (size_t)(best.form - reading->options->forms);
    reading->summary->delimiter = best.delimiter;
    reading->summary->column_count = (uint32_t)record->count;
    reading->summary->present = best.present;
    return TH_OK;
}
