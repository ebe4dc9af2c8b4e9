// totals.c - see totals.h

#include "cli/totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/day.h"
#include "tonghop/out.h"
#include "tonghop/row.h"
#include "tonghop/show.h"

#include "cli/known.h"
#include "cli/structure.h"

const struct th_option TOTALS_OPTIONS[TOTALS_OPTION_COUNT] = {
    TH_FILTER_OPTIONS,
    {.name = "as-known-at",
     .kind = TH_OPTION_TEXT,
     .value = "VERSION|DATE",
     .help = {"như đã biết ở phiên bản đó, hoặc cuối ngày đó",
              "as known at that version, or at the end of that day"}},
    {.name = "structure",
     .kind = TH_OPTION_TEXT,
     .value = "as-reported|current|as-of:DATE",
     .help = {"theo báo cáo, hoặc chuyển về các đơn vị của hôm nay hay của một ngày",
              "as reported, or restated to the units of today or of a day"}},
    {.name = "audience",
     .kind = TH_OPTION_CHOICE,
     .value = "internal|public",
     .choices = "internal|public",
     .fallback = "internal",
     .help = {"số liệu nội bộ, hay như kỳ công bố mới nhất cho mọi người xem",
              "internal figures, or what the newest edition shows the public"}},
    {.name = "excel",
     .kind = TH_OPTION_FLAG,
     .help = {"CSV mở bằng Excel tiếng Việt: có BOM, chấm phẩy, dấu phẩy thập phân",
              "CSV for a Vietnamese Excel: mark of UTF-8, semicolons, decimal commas"}},
};

enum { REGISTERS_MAX = 3 }; // that may follow one another while we ask

enum form { FORM_TABLE, FORM_CSV, FORM_EXCEL, FORM_JSON, FORM_JSONL };

struct totals {
    const struct th_call *call;
    struct th_viewer viewer;
    enum form form;
    struct th_bytes known_at;  // empty: now
    struct th_bytes structure; // empty: as reported
    struct th_show *show;      // FORM_TABLE
    uint64_t rows;
    bool begun;
    bool behind;        // the answer comes from another register than ours
    char public_at[24]; // version that a public answer shows
    FILE *aside;        // FORM_JSON: what is unallocated, until the rows are out
    char *aside_text;
    size_t aside_size;
    bool faulty; // the sum over the structure is not the sum as reported
    char fault[TH_PARAM_BYTES];
};

static void totals_free(struct totals *totals)
{
    th_show_free(&totals->show);
    th_viewer_close(&totals->viewer);
    if (totals->aside != NULL) {
        (void)fclose(totals->aside);
    }
    free(totals->aside_text);
}

static const struct th_register *wide_of(const struct totals *totals)
{
    const struct th_province *province = totals->viewer.province;
    return province->wide != NULL ? province->wide : province->reg;
}

static enum form form_of(const struct th_call *call)
{
    const char *format = call->format;
    if (th_call_flag(call, "excel")) {
        return FORM_EXCEL;
    }
    if (format == NULL) {
        return isatty(STDOUT_FILENO) == 1 ? FORM_TABLE : FORM_CSV;
    }
    if (strcmp(format, "csv") == 0) {
        return FORM_CSV;
    }
    if (strcmp(format, "json") == 0) {
        return FORM_JSON;
    }
    return strcmp(format, "jsonl") == 0 ? FORM_JSONL : FORM_TABLE;
}

// What is said of an answer in another structure as a whole.
static void note_structure(struct totals *totals, const struct th_answer *answer)
{
    const struct th_call *call = totals->call;
    const th_day day = structure_day(answer->structure);
    totals->faulty = answer->conservation == TH_NOT_CONSERVED;
    (void)th_bytes_copy_text(answer->detail, totals->fault, sizeof(totals->fault));
    if (totals->form == FORM_TABLE && day != TH_DAY_NONE) {
        th_show_on(totals->show, day);
    }
    structure_note_missing(call, wide_of(totals), answer);
}

static void json_list(const char *name, const struct th_bytes *texts, size_t count)
{
    (void)printf(",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        th_row_text(stdout, texts[i]);
    }
    (void)fputs("]", stdout);
}

static void json_structure(const struct th_answer *answer)
{
    const bool restated = answer->structure.size > 0;
    (void)fputs(",\"structure\":", stdout);
    th_row_text(stdout, restated ? answer->structure : TH_BYTES("as-reported"));
    if (!restated) {
        return;
    }
    (void)fputs(",\"sources\":[", stdout);
    for (size_t i = 0; i < answer->source_count; i++) {
        (void)fputs(i > 0 ? ",{\"lineage\":" : "{\"lineage\":", stdout);
        th_row_text(stdout, answer->sources[i].lineage);
        (void)printf(",\"version\":%" PRIu64 "}", answer->sources[i].version);
    }
    (void)fputs("]", stdout);
    json_list("predecessors_missing", answer->missing, answer->missing_count);
}

static void json_audience(const struct th_answer *answer)
{
    char time[TH_TIME_TEXT_BYTES];
    if (!answer->edition_ms.has) {
        (void)fputs(",\"audience\":\"internal\"", stdout);
        return;
    }
    const bool none = answer->edition_ms.value == 0; // there was none yet
    (void)printf(",\"audience\":\"public\",\"edition\":%s%s%s",
                 none ? "" : "\"",
                 none ? "null" : th_time_utc(answer->edition_ms.value, time),
                 none ? "" : "\"");
}

static void begin(struct totals *totals, const struct th_answer *answer)
{
    char time[TH_TIME_TEXT_BYTES];
    const bool empty = answer->wall_ms == 0; // nothing was decided yet
    totals->begun = true;
    note_structure(totals, answer);
    if (totals->form == FORM_TABLE && answer->edition_ms.has) {
        th_show_edition(totals->show, answer->edition_ms.value);
    }
    if (totals->form == FORM_CSV) {
        (void)fputs(TH_ROW_CSV_HEAD, stdout);
    }
    if (totals->form == FORM_EXCEL) {
        (void)fputs(TH_ROW_EXCEL_HEAD, stdout);
    }
    if (totals->form == FORM_JSON) {
        (void)fputs("{\"province\":", stdout);
        th_row_text(stdout, th_bytes_of(totals->viewer.province->root_code));
        (void)fputs(",\"lineage\":", stdout);
        th_row_text(stdout, th_bytes_of(totals->viewer.lineage));
        (void)printf(",\"version\":%" PRIu64 ",\"time\":%s%s%s",
                     answer->version,
                     empty ? "" : "\"",
                     empty ? "null" : th_time_utc(answer->wall_ms, time),
                     empty ? "" : "\"");
        json_structure(answer);
        json_audience(answer);
        (void)fputs(",\"rows\":[", stdout);
    }
}

static enum th_err set_aside(struct totals *totals, const struct th_line *line)
{
    if (totals->aside == NULL) {
        totals->aside = open_memstream(&totals->aside_text, &totals->aside_size);
    }
    if (totals->aside == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)fputs(ftell(totals->aside) > 0 ? ",\n{" : "\n{", totals->aside);
    th_row_json(totals->aside, line);
    (void)fputs("}", totals->aside);
    return TH_OK;
}

static enum th_err end_json(const struct totals *totals)
{
    if (totals->aside != NULL && fflush(totals->aside) != 0) {
        return TH_E_NO_MEMORY;
    }
    (void)printf("],\"unallocated\":[%s],\"conservation\":\"%s\"}\n",
                 totals->aside_text != NULL ? totals->aside_text : "",
                 totals->faulty ? "fault" : "ok");
    return TH_OK;
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct totals *totals = context;
    const uint8_t *digest = answer->has_bundle ? answer->bundle_digest : NULL;
    if (answer->edition_ms.has) { // shown with the register of its version
        (void)snprintf(totals->public_at, sizeof(totals->public_at), "%" PRIu64, answer->version);
        totals->viewer.known_at = th_bytes_of(totals->public_at);
    }
    totals->behind = th_viewer_is_behind(&totals->viewer, digest);
    if (totals->behind) {
        return TH_E_BUSY; // nothing is out yet: only part 0 names a digest
    }
    if (!totals->begun) {
        begin(totals, answer);
    }
    if (th_out_stopped(stdout)) {
        return TH_E_IO; // the rest would be in vain
    }
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct th_line *line = &answer->lines[i];
        switch (totals->form) {
        case FORM_TABLE:
            TH_TRY(th_show_add(totals->show, line));
            break;
        case FORM_CSV:
            th_row_csv(stdout, line, answer->version);
            break;
        case FORM_EXCEL:
            th_row_excel(stdout, line, answer->version);
            break;
        case FORM_JSON:
            if (line->unallocated.size > 0) {
                TH_TRY(set_aside(totals, line));
                continue;
            }
            (void)fputs(totals->rows > 0 ? ",\n{" : "\n{", stdout);
            th_row_json(stdout, line);
            (void)fputs("}", stdout);
            break;
        case FORM_JSONL:
            (void)printf("{\"version\":%" PRIu64 ",", answer->version);
            th_row_json(stdout, line);
            (void)fputs("}\n", stdout);
            break;
        }
        totals->rows++;
    }
    if (answer->last && totals->form == FORM_JSON) {
        TH_TRY(end_json(totals));
    }
    if (answer->last && totals->form == FORM_TABLE) {
        return th_show_print(totals->show, answer->version, stdout);
    }
    return TH_OK;
}

static int faulty(const struct totals *totals)
{
    const char *params[] = {totals->fault};
    return th_call_fail(totals->call, TH_M_NOT_CONSERVED, params, TH_COUNT(params));
}

static int ask(struct totals *totals)
{
    static struct th_filter filter;
    const struct th_call *call = totals->call;
    const struct th_viewer *viewer = &totals->viewer;
    struct th_query query = th_viewer_query(call, viewer, &filter);
    query.known_at = totals->known_at;
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    query.structure = totals->structure;
    if (strcmp(th_call_text(call, "audience"), "public") == 0) {
        query.audience = TH_BYTES("public");
    }
    if (query.structure.size > 0 && totals->form == FORM_JSON &&
        query.by_count < TH_COUNT(filter.by)) {
        filter.by[query.by_count++] = TH_BYTES("unallocated"); // JSON has a list for them
    }
    const int code = th_viewer_asker(call, viewer->dir, viewer->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err = th_asker_ask(asker, &query, call->timeout_ms, on_part, totals, &end);
    if (err == TH_E_BUSY && totals->behind) {
        return TH_EXIT_TEMPORARY;
    }
    if (err != TH_OK && !th_out_stopped(stdout)) {
        return th_viewer_fail(call, viewer->dir, &query, err, &end);
    }
    return totals->faulty ? faulty(totals) : TH_EXIT_OK;
}

static int make_show(struct totals *totals)
{
    const struct th_call *call = totals->call;
    const struct th_province *province = totals->viewer.province;
    const struct th_show_setup setup = {
        .lang = call->lang,
        .reg = province->reg,
        .catalogue = province->catalogue,
        .name = province->name,
        .root_code = province->root_code,
        .wide = wide_of(totals),
    };
    th_show_free(&totals->show);
    if (totals->form == FORM_TABLE && th_show_make(&setup, &totals->show) != TH_OK) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    return TH_EXIT_OK;
}

static int refresh(struct totals *totals)
{
    struct th_verdict why;
    th_show_free(&totals->show);
    const enum th_err err = th_viewer_refresh(&totals->viewer, totals->call->timeout_ms, &why);
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(totals->call, &why);
}

static int busy(const struct th_call *call)
{
    const char *params[] = {"1"};
    return th_call_fail(call, TH_M_LINE_BUSY, params, TH_COUNT(params));
}

int totals_run(const struct th_call *call)
{
    TH_SCOPED(totals_free) struct totals totals = {.call = call, .form = form_of(call)};
    const struct th_value *units = th_call_value(call, "unit");
    const char *unit = units->list_count > 0 ? units->list[0] : NULL;
    int code =
        known_position(call, "--as-known-at", th_call_text(call, "as-known-at"), &totals.known_at);
    code = code == TH_EXIT_OK ? structure_option(call, &totals.structure) : code;
    if (code == TH_EXIT_OK) {
        code = th_viewer_open_on(
            call, th_call_text(call, "lineage"), unit, totals.structure, &totals.viewer);
    }
    totals.viewer.known_at = totals.known_at;
    for (int i = 0; code == TH_EXIT_OK && i < REGISTERS_MAX; i++) {
        code = totals.behind ? refresh(&totals) : TH_EXIT_OK;
        if (code == TH_EXIT_OK) {
            code = make_show(&totals);
        }
        if (code == TH_EXIT_OK) {
            code = ask(&totals);
        }
        if (!totals.behind) {
            return code;
        }
        code = code == TH_EXIT_TEMPORARY ? TH_EXIT_OK : code;
    }
    return code == TH_EXIT_OK ? busy(call) : code;
}
