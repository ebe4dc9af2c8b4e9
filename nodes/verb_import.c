// verb_import.c - tonghop import: CSV files into the outbox

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/day.h"

#include "nodes/import.h"
#include "nodes/verb.h"

static const struct th_option OPTIONS[] = {
    {.name = "form",
     .kind = TH_OPTION_TEXT,
     .value = "FORM",
     .help =
         {"biểu: evaluation, staffing, counts, collective, transfer, completion; mặc định nhận từ "
          "dòng tiêu đề",
          "form: evaluation, staffing, counts, collective, transfer, completion; by default the "
          "header tells"}},
    {.name = "period",
     .kind = TH_OPTION_TEXT,
     .value = "P",
     .help = {"kỳ, khi tệp không có cột period", "period, when the file has no such column"}},
    {.name = "unit",
     .kind = TH_OPTION_TEXT,
     .value = "CODE",
     .help = {"đơn vị, khi tệp không có cột unit_code", "unit, when the file has no unit_code"}},
    {.name = "scheme",
     .kind = TH_OPTION_TEXT,
     .value = "S",
     .help = {"quy định đánh giá, khi tệp không có cột scheme",
              "rating scheme, when the file has no such column"}},
    {.name = "on",
     .kind = TH_OPTION_TEXT,
     .value = "DATE",
     .help = {"đọc mọi mã đơn vị như CODE@DATE", "read every unit code as CODE@DATE"}},
    {.name = "ignore-columns",
     .kind = TH_OPTION_TEXT,
     .value = "A,B",
     .help = {"bỏ qua các cột này", "leave these columns out"}},
    {.name = "delimiter",
     .kind = TH_OPTION_CHOICE,
     .value = "auto|,|;|tab",
     .choices = "auto|,|;|tab",
     .fallback = "auto",
     .help = {"dấu phân cách", "what separates cells"}},
    {.name = "encoding",
     .kind = TH_OPTION_CHOICE,
     .value = "utf-8|cp1258|utf-16",
     .choices = "utf-8|cp1258|utf-16",
     .fallback = "utf-8",
     .help = {"bảng mã của tệp", "encoding of the file"}},
    {.name = "numbers",
     .kind = TH_OPTION_CHOICE,
     .value = "plain|vi",
     .choices = "plain|vi",
     .fallback = "plain",
     .help = {"cách viết số: plain 1273, 36.4; vi 1.273 hoặc 1273, 36,4",
              "how figures are written: plain 1273, 36.4; vi 1.273 or 1273, 36,4"}},
    {.name = "dry-run",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ kiểm, không xếp hàng gì", "check only, queue nothing"}},
    {.name = "strict",
     .kind = TH_OPTION_FLAG,
     .help = {"coi lưu ý và dòng bị bỏ qua là lỗi", "warnings and skipped rows are errors"}},
    {.name = "accept-valid",
     .kind = TH_OPTION_FLAG,
     .help = {"gửi các dòng hợp lệ, liệt kê và để lại các dòng có lỗi",
              "send the good rows; list the others and leave them out"}},
    {.name = "wait",
     .kind = TH_OPTION_MAYBE_DURATION,
     .value = "D",
     .fallback = "30s",
     .min = 0,
     .max = 7LL * 86400000,
     .help = {"chờ tỉnh quyết định", "wait for the province's decision"}},
    {.name = "errors",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .fallback = "20",
     .min = 0,
     .max = TH_FINDINGS_KEPT_MAX,
     .help = {"in nhiều nhất bao nhiêu lỗi", "how many findings are printed"}},
    {.name = "report",
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"ghi từng lỗi, lưu ý ra tệp JSON lines", "write every finding as JSON lines"}},
    {.name = "note",
     .kind = TH_OPTION_TEXT,
     .value = "TEXT",
     .help = {"ghi chú cho các dòng không có", "note for rows without one"}},
};

static void import_close(struct import *import)
{
    home_close(&import->home);
    free(import->kept);
    if (import->report != NULL) {
        (void)fclose(import->report);
    }
}

static void show_rows(void *context, uint64_t rows, uint64_t bytes)
{
    struct import *import = context;
    progress_show(&import->bar,
                  import->call->lang == TH_LANG_VI ? "%" PRIu64 " dòng, %" PRIu64 " KiB"
                                                   : "%" PRIu64 " rows, %" PRIu64 " KiB",
                  rows,
                  bytes / 1024);
}

// ---- the command line ----

// As iconv and people know it; NULL is UTF-8, which is read as it stands.
static const char *encoding_of(const struct th_call *call)
{
    const char *choice = th_call_text(call, "encoding");
    return strcmp(choice, "cp1258") == 0   ? "CP1258"
           : strcmp(choice, "utf-16") == 0 ? "UTF-16"
                                           : NULL;
}

static int take_options(struct import *import)
{
    const struct th_call *call = import->call;
    struct intake_options *o = &import->options;
    const char *delimiter = th_call_text(call, "delimiter");
    th_day day = 0;
    o->form = th_call_text(call, "form");
    o->period = th_call_text(call, "period");
    o->unit = th_call_text(call, "unit");
    o->scheme = th_call_text(call, "scheme");
    o->on = th_call_text(call, "on");
    o->note = th_call_text(call, "note");
    o->ignore = th_call_text(call, "ignore-columns");
    o->dry_run = th_call_flag(call, "dry-run");
    o->strict = th_call_flag(call, "strict");
    import->encoding = encoding_of(call);
    o->numbers_vi = strcmp(th_call_text(call, "numbers"), "vi") == 0;
    o->accept_valid = th_call_flag(call, "accept-valid");
    o->delimiter = (char)(strcmp(delimiter, "auto") == 0  ? 0
                          : strcmp(delimiter, "tab") == 0 ? '\t'
                                                          : delimiter[0]);
    o->progress = show_rows;
    o->context = import;
    if (o->form != NULL && intake_form(o->form) == NULL) {
        const char *params[] = {o->form};
        return th_call_fail(call, TH_M_NO_FORM, params, 1);
    }
    if (o->on != NULL && th_day_parse(th_bytes_of(o->on), &day) != TH_OK) {
        const char *params[] = {"on", "date"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
    }
    const struct th_value *wait = th_call_value(call, "wait");
    import->wait_ms = wait->given ? (uint64_t)wait->number : 0;
    import->shown = (size_t)th_call_value(call, "errors")->number;
    import->kept_max =
        th_call_text(call, "report") != NULL ? TH_FINDINGS_KEPT_MAX : import->shown + 1;
    return TH_EXIT_OK;
}

static int open_report(struct import *import)
{
    const char *path = th_call_text(import->call, "report");
    if (path == NULL) {
        return TH_EXIT_OK;
    }
    import->report = fopen(path, "we");
    if (import->report != NULL) {
        return TH_EXIT_OK;
    }
    (void)desk_fail(import->call, TH_E_NOT_FOUND, path);
    return TH_EXIT_CANT_CREATE;
}

static int close_report(struct import *import)
{
    if (import->report == NULL) {
        return TH_EXIT_OK;
    }
    const int closed = fclose(import->report);
    import->report = NULL;
    return closed == 0 ? TH_EXIT_OK
                       : desk_fail(import->call, TH_E_IO, th_call_text(import->call, "report"));
}

static int run(const struct th_call *call)
{
    TH_SCOPED(import_close) struct import import = {.call = call};
    int code = take_options(&import);
    if (code == TH_EXIT_OK) {
        code = open_report(&import);
    }
    if (code == TH_EXIT_OK) {
        code = desk_open_loaded(call, &import.home);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    import.kept = calloc(2 * import.kept_max, sizeof(*import.kept));
    if (import.kept == NULL) {
        return desk_fail(call, TH_E_NO_MEMORY, "");
    }
    for (size_t i = 0; i < call->operand_count; i++) {
        import_file(&import, call->operands[i]);
    }
    code = close_report(&import);
    return import.worst > code ? import.worst : code;
}

const struct th_verb VERB_IMPORT = {
    .name = "import",
    .operands = "FILE...",
    .help = {"kiểm và gửi tệp CSV", "check CSV files and send them"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_min = 1,
    .operands_max = 1024,
    .run = run,
};
