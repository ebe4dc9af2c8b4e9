// completeness.c - see completeness.h

#include "cli/completeness.h"

#include <stdlib.h>
#include <string.h>

#include "cli/completeness_part.h"

enum { REGISTERS_MAX = 3 }; // that may follow one another while we ask

const struct th_option COMPLETENESS_OPTIONS[COMPLETENESS_OPTION_COUNT] = {
    {.name = "form",
     .kind = TH_OPTION_TEXT,
     .value = "F",
     .help = {"biểu; không ghi thì mọi biểu", "form; default every one"}},
    {.name = "period",
     .kind = TH_OPTION_LIST,
     .value = "P",
     .help = {"kỳ hoặc mẫu như '2018-*'; không ghi thì mọi kỳ đã có gì",
              "periods, or patterns such as '2018-*'; default every one with anything"}},
    {.name = "unit",
     .kind = TH_OPTION_LIST,
     .value = "CODE[@DATE]",
     .help = {"đơn vị, cùng mọi cấp dưới; không ghi thì cả tỉnh",
              "units, with all below; default the province"}},
    {.name = "late",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ đơn vị chậm", "only units that are late"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, when the directory has several"}},
};

static void completeness_free(struct completeness *completeness)
{
    free(completeness->rows);
    th_pool_free(&completeness->texts);
    th_viewer_close(&completeness->viewer);
}

// ---- the answer ----

static enum th_err keep_texts(struct completeness *completeness, struct th_form_state *row)
{
    struct th_bytes *const texts[] = {
        &row->form,
        &row->period,
        &row->unit,
        &row->state,
        &row->first,
        &row->since,
        &row->due,
        &row->close,
        &row->comment,
        &row->grant_until,
    };
    for (size_t i = 0; i < TH_COUNT(texts); i++) {
        TH_TRY(th_pool_copy(&completeness->texts, *texts[i], texts[i]));
    }
    return TH_OK;
}

static enum th_err keep(struct completeness *completeness, const struct th_form_state *row)
{
    if (completeness->count == completeness->max) {
        const size_t max = completeness->max == 0 ? 256 : completeness->max * 2;
        struct th_form_state *rows = realloc(completeness->rows, max * sizeof(*rows));
        if (rows == NULL) {
            return TH_E_NO_MEMORY;
        }
        completeness->rows = rows;
        completeness->max = max;
    }
    completeness->rows[completeness->count] = *row;
    TH_TRY(keep_texts(completeness, &completeness->rows[completeness->count]));
    completeness->count++;
    return TH_OK;
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct completeness *completeness = context;
    const uint8_t *digest = answer->has_bundle ? answer->bundle_digest : NULL;
    completeness->behind = th_viewer_is_behind(&completeness->viewer, digest);
    if (completeness->behind) {
        return TH_E_BUSY; // nothing is kept yet: only part 0 names a digest
    }
    completeness->version = answer->version;
    for (size_t i = 0; i < answer->form_count; i++) {
        TH_TRY(keep(completeness, &answer->forms[i]));
    }
    return TH_OK;
}

static size_t list_of(const struct th_call *call, const char *name, struct th_bytes *list)
{
    const struct th_value *value = th_call_value(call, name);
    for (size_t i = 0; i < value->list_count; i++) {
        list[i] = th_bytes_of(value->list[i]);
    }
    return value->list_count;
}

static int ask(struct completeness *completeness)
{
    const struct th_call *call = completeness->call;
    const struct th_viewer *viewer = &completeness->viewer;
    struct th_bytes units[TH_OPTION_LIST_MAX];
    struct th_bytes periods[TH_OPTION_LIST_MAX];
    const char *form = th_call_text(call, "form");
    const struct th_query query = {
        .ask = TH_ASK_FORMS,
        .lineage = th_bytes_of(viewer->lineage),
        .form = th_bytes_of(form != NULL ? form : ""),
        .units = units,
        .unit_count = list_of(call, "unit", units),
        .periods = periods,
        .period_count = list_of(call, "period", periods),
    };
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    const int code = th_viewer_asker(call, viewer->dir, viewer->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err =
        th_asker_ask(asker, &query, call->timeout_ms, on_part, completeness, &end);
    if (err == TH_E_BUSY && completeness->behind) {
        return TH_EXIT_TEMPORARY;
    }
    return err == TH_OK ? TH_EXIT_OK : th_viewer_fail(call, viewer->dir, &query, err, &end);
}

static int refresh(struct completeness *completeness)
{
    struct th_verdict why;
    const enum th_err err =
        th_viewer_refresh(&completeness->viewer, completeness->call->timeout_ms, &why);
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(completeness->call, &why);
}

static int busy(const struct th_call *call)
{
    const char *params[] = {"1"};
    return th_call_fail(call, TH_M_LINE_BUSY, params, TH_COUNT(params));
}

static int print(const struct completeness *completeness)
{
    const enum th_err err = completeness_print(completeness);
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(completeness->call, TH_M_NO_MEMORY, NULL, 0);
    }
    return err == TH_OK ? TH_EXIT_OK : TH_EXIT_IO;
}

int completeness_run(const struct th_call *call)
{
    TH_SCOPED(completeness_free) struct completeness completeness = {.call = call};
    const struct th_value *units = th_call_value(call, "unit");
    const char *unit = units->list_count > 0 ? units->list[0] : NULL;
    int code = th_viewer_open(call, th_call_text(call, "lineage"), unit, &completeness.viewer);
    for (int i = 0; code == TH_EXIT_OK && i < REGISTERS_MAX; i++) {
        code = completeness.behind ? refresh(&completeness) : TH_EXIT_OK;
        if (code == TH_EXIT_OK) {
            code = ask(&completeness);
        }
        if (!completeness.behind) {
            return code == TH_EXIT_OK ? print(&completeness) : code;
        }
        code = code == TH_EXIT_TEMPORARY ? TH_EXIT_OK : code;
    }
    return code == TH_EXIT_OK ? busy(call) : code;
}
