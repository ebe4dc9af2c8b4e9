// told.c - see told.h; asking

#include "cli/told.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/out.h"

enum { REGISTERS_MAX = 3 }; // that may follow one another while we ask

static enum told_form form_of(const struct th_call *call)
{
    const char *format = call->format;
    if (format == NULL) {
        return isatty(STDOUT_FILENO) == 1 ? TOLD_TABLE : TOLD_CSV;
    }
    if (strcmp(format, "csv") == 0) {
        return TOLD_CSV;
    }
    if (strcmp(format, "json") == 0) {
        return TOLD_JSON;
    }
    return strcmp(format, "jsonl") == 0 ? TOLD_JSONL : TOLD_TABLE;
}

size_t told_views(const struct th_call *call,
                  const char *name,
                  struct th_bytes out[static TH_OPTION_LIST_MAX])
{
    const struct th_value *value = th_call_value(call, name);
    for (size_t i = 0; i < value->list_count; i++) {
        out[i] = th_bytes_of(value->list[i]);
    }
    return value->list_count;
}

void told_read(struct told *told)
{
    const struct th_call *call = told->call;
    struct th_filter *filter = &told->filter;
    told->form = form_of(call);
    told->query.units = filter->units;
    told->query.unit_count = told_views(call, "unit", filter->units);
    told->query.periods = filter->periods;
    told->query.period_count = told_views(call, "period", filter->periods);
    told->query.measures = filter->measures;
    told->query.measure_count = told_views(call, "measure", filter->measures);
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct told *told = context;
    const uint8_t *digest = answer->has_bundle ? answer->bundle_digest : NULL;
    told->behind = th_viewer_is_behind(&told->viewer, digest);
    if (told->behind) {
        return TH_E_BUSY; // nothing is out yet: only part 0 names a digest
    }
    if (!told->begun) {
        told->begun = true;
        told->begin(told, answer);
    }
    if (th_out_stopped(stdout)) {
        return TH_E_IO; // the rest would be in vain
    }
    for (size_t i = 0; i < answer->change_count; i++) {
        told->lines += answer->changes[i].version == 0 ? 1 : 0;
        told->each(told, &answer->changes[i]);
        told->rows++;
    }
    if (answer->last) {
        told->end(told, answer);
    }
    return TH_OK;
}

static int ask_once(struct told *told)
{
    const struct th_call *call = told->call;
    const struct th_viewer *viewer = &told->viewer;
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    told->query.lineage = th_bytes_of(viewer->lineage);
    const int code = th_viewer_asker(call, viewer->dir, viewer->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err =
        th_asker_ask(asker, &told->query, call->timeout_ms, on_part, told, &end);
    if (err == TH_E_BUSY && told->behind) {
        return TH_EXIT_OK; // with another register
    }
    if (err != TH_OK && !th_out_stopped(stdout)) {
        return th_viewer_fail(call, viewer->dir, &told->query, err, &end);
    }
    return TH_EXIT_OK;
}

static int refresh(struct told *told)
{
    struct th_verdict why;
    const enum th_err err = th_viewer_refresh(&told->viewer, told->call->timeout_ms, &why);
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(told->call, &why);
}

int told_ask(struct told *told)
{
    const struct th_call *call = told->call;
    const struct th_value *units = th_call_value(call, "unit");
    const char *unit = units->list_count > 0 ? units->list[0] : NULL;
    int code = th_viewer_open(call, th_call_text(call, "lineage"), unit, &told->viewer);
    for (int i = 0; code == TH_EXIT_OK && i < REGISTERS_MAX; i++) {
        code = told->behind ? refresh(told) : TH_EXIT_OK;
        if (code == TH_EXIT_OK) {
            code = ask_once(told);
        }
        if (!told->behind) {
            break;
        }
    }
    th_viewer_close(&told->viewer);
    if (code == TH_EXIT_OK && told->behind) {
        const char *params[] = {"1"};
        return th_call_fail(call, TH_M_LINE_BUSY, params, TH_COUNT(params));
    }
    return code;
}
