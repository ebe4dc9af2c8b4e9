// totals.c - see totals.h

#include "cli/totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/day.h"
#include "tonghop/row.h"
#include "tonghop/show.h"

#include "cli/place.h"
#include "cli/viewer.h"

const struct th_option TOTALS_OPTIONS[TOTALS_OPTION_COUNT] = {
    {.name = "unit",
     .kind = TH_OPTION_LIST,
     .value = "CODE[@DATE]",
     .help = {"đơn vị; không ghi thì là cả tỉnh", "units; default the province"}},
    {.name = "period",
     .kind = TH_OPTION_LIST,
     .value = "P",
     .help = {"kỳ; không ghi thì mọi kỳ có số liệu", "periods; default every one with a figure"}},
    {.name = "measure",
     .kind = TH_OPTION_LIST,
     .value = "M",
     .help = {"chỉ tiêu hoặc mẫu như 'RS*'", "measures, or patterns such as 'RS*'"}},
    {.name = "by",
     .kind = TH_OPTION_LIST,
     .value = "LIST",
     .help = {"unit, children, leaf, dims, hoặc tên phân tổ",
              "unit, children, leaf, dims, or names of dimensions"}},
    {.name = "level",
     .kind = TH_OPTION_TEXT,
     .value = "L",
     .help = {"chỉ đơn vị cấp này", "only units of this level"}},
    {.name = "missing",
     .kind = TH_OPTION_FLAG,
     .help = {"cả những chỗ chưa báo cáo", "also what is not reported"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, when the directory has several"}},
};

enum form { FORM_TABLE, FORM_CSV, FORM_JSON, FORM_JSONL };

struct totals {
    const struct th_call *call;
    const char *dir;
    struct th_config *config;
    struct th_province *province;
    char lineage[TH_LINEAGE_MAX + 1];
    enum form form;
    struct th_show *show; // FORM_TABLE
    uint64_t rows;
    bool begun;
};

static void totals_free(struct totals *totals)
{
    th_show_free(&totals->show);
    th_province_free(&totals->province);
    th_config_free(&totals->config);
}

static enum form form_of(const struct th_call *call)
{
    const char *format = call->format;
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

static void begin(struct totals *totals, const struct th_answer *answer)
{
    char time[TH_TIME_TEXT_BYTES];
    totals->begun = true;
    if (totals->form == FORM_CSV) {
        (void)fputs(TH_ROW_CSV_HEAD, stdout);
    }
    if (totals->form == FORM_JSON) {
        (void)fputs("{\"province\":", stdout);
        th_row_text(stdout, th_bytes_of(totals->province->root_code));
        (void)fputs(",\"lineage\":", stdout);
        th_row_text(stdout, th_bytes_of(totals->lineage));
        (void)printf(
            ",\"version\":%" PRIu64
            ",\"time\":\"%s\",\"structure\":\"as-reported\",\"audience\":\"internal\",\"rows\":[",
            answer->version,
            th_time_utc(answer->wall_ms, time));
    }
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct totals *totals = context;
    if (!totals->begun) {
        begin(totals, answer);
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
        case FORM_JSON:
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
        (void)fputs("],\"unallocated\":[],\"conservation\":\"ok\"}\n", stdout);
    }
    if (answer->last && totals->form == FORM_TABLE) {
        return th_show_print(totals->show, answer->version, stdout);
    }
    return TH_OK;
}

static size_t
views(const struct th_call *call, const char *name, struct th_bytes out[static TH_OPTION_LIST_MAX])
{
    const struct th_value *value = th_call_value(call, name);
    for (size_t i = 0; i < value->list_count; i++) {
        out[i] = th_bytes_of(value->list[i]);
    }
    return value->list_count;
}

static int ask(struct totals *totals)
{
    static struct th_bytes units[TH_OPTION_LIST_MAX];
    static struct th_bytes periods[TH_OPTION_LIST_MAX];
    static struct th_bytes measures[TH_OPTION_LIST_MAX];
    static struct th_bytes by[TH_OPTION_LIST_MAX];
    const struct th_call *call = totals->call;
    const char *level = th_call_text(call, "level");
    const struct th_query query = {
        .ask = TH_ASK_TOTALS,
        .lineage = th_bytes_of(totals->lineage),
        .units = units,
        .unit_count = views(call, "unit", units),
        .periods = periods,
        .period_count = views(call, "period", periods),
        .measures = measures,
        .measure_count = views(call, "measure", measures),
        .by = by,
        .by_count = views(call, "by", by),
        .level = level != NULL ? th_bytes_of(level) : (struct th_bytes){0},
        .missing = th_call_flag(call, "missing"),
    };
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    const int code = viewer_open(call, totals->dir, totals->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err = th_asker_ask(asker, &query, call->timeout_ms, on_part, totals, &end);
    if (err != TH_OK) {
        return viewer_fail(call, totals->dir, err, &end);
    }
    return fflush(stdout) == 0 ? TH_EXIT_OK : TH_EXIT_IO;
}

static int load(struct totals *totals)
{
    const struct th_value *units = th_call_value(totals->call, "unit");
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), totals->dir);
    const int code = place_lineage(totals->call,
                                   totals->config,
                                   th_call_text(totals->call, "lineage"),
                                   units->list_count > 0 ? units->list[0] : NULL,
                                   totals->lineage);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err =
        th_province_load(totals->config, totals->lineage, &findings, &totals->province);
    if (err == TH_E_REFUSED) {
        place_findings(totals->call, &findings);
        return TH_EXIT_CONFIG;
    }
    return place_fail(totals->call, err, totals->dir);
}

int totals_run(const struct th_call *call)
{
    TH_SCOPED(totals_free)
    struct totals totals = {
        .call = call,
        .dir = call->dir != NULL ? call->dir : ".",
        .form = form_of(call),
    };
    int code = place_config(call, totals.dir, &totals.config);
    if (code == TH_EXIT_OK) {
        code = load(&totals);
    }
    if (code == TH_EXIT_OK && totals.form == FORM_TABLE) {
        const struct th_show_setup setup = {
            .lang = call->lang,
            .reg = totals.province->reg,
            .catalogue = totals.province->catalogue,
            .name = totals.province->name,
            .root_code = totals.province->root_code,
        };
        code = place_fail(call, th_show_make(&setup, &totals.show), "stdout");
    }
    return code == TH_EXIT_OK ? ask(&totals) : code;
}
