// verb_import.c - tonghop import: CSV files into the outbox

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/day.h"

#include "nodes/desk.h"
#include "nodes/settle.h"
#include "nodes/verb.h"

static const struct th_option OPTIONS[] = {
    {.name = "form",
     .kind = TH_OPTION_TEXT,
     .value = "FORM",
     .help = {"biểu: evaluation, staffing, counts; mặc định nhận từ dòng tiêu đề",
              "form: evaluation, staffing, counts; by default the header tells"}},
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
     .value = "utf-8",
     .choices = "utf-8",
     .fallback = "utf-8",
     .help = {"bảng mã của tệp", "encoding of the file"}},
    {.name = "dry-run",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ kiểm, không xếp hàng gì", "check only, queue nothing"}},
    {.name = "strict",
     .kind = TH_OPTION_FLAG,
     .help = {"coi lưu ý và dòng bị bỏ qua là lỗi", "warnings and skipped rows are errors"}},
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

struct import {
    const struct th_call *call;
    struct home home;
    struct intake_options options;
    struct progress bar;
    struct th_finding *kept;
    size_t kept_max;
    size_t shown;
    uint64_t wait_ms; // 0: do not wait
    uint64_t deadline_ms;
    FILE *report;
    int worst;
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

// ---- one file ----

struct one {
    struct import *import;
    const char *name;
    struct th_findings findings;
    struct intake_result result;
    struct settle settle;
    int code;
};

static void say_columns(const struct one *one)
{
    const struct intake_result *result = &one->result;
    const bool vi = one->import->call->lang == TH_LANG_VI;
    char rows[DESK_NUMBER_BYTES];
    char separator[8];
    (void)snprintf(separator,
                   sizeof(separator),
                   result->file.delimiter == '\t' ? "tab" : "\"%c\"",
                   result->file.delimiter);
    desk_say(one->import->call,
             "%s: %s dòng, UTF-8%s, phân cách %s, cột:",
             "%s: %s rows, UTF-8%s, separator %s, columns:",
             one->name,
             desk_number(one->import->call, result->file.rows, rows),
             !result->file.has_bom ? ""
             : vi                  ? " có BOM"
                                   : " with BOM",
             separator);
    for (size_t i = 0; i < result->order_count; i++) {
        const char *name = result->form->columns[result->order[i]].name;
        desk_say(one->import->call, " %s", " %s", name);
    }
    desk_say(one->import->call, "\n", "\n");
}

static void say_counts(const struct one *one)
{
    const struct intake_result *r = &one->result;
    const uint64_t counts[] = {r->fresh,
                               r->changed,
                               r->withdrawn,
                               r->unchanged,
                               r->skipped,
                               one->findings.total[TH_SEVERITY_WARNING]};
    char text[TH_COUNT(counts)][DESK_NUMBER_BYTES];
    for (size_t i = 0; i < TH_COUNT(counts); i++) {
        (void)desk_number(one->import->call, counts[i], text[i]);
    }
    desk_say(one->import->call,
             "  mới %s · sửa %s · rút %s · không đổi %s · bỏ qua %s · lưu ý %s\n",
             "  new %s · changed %s · withdrawn %s · unchanged %s · skipped %s · warnings %s\n",
             text[0],
             text[1],
             text[2],
             text[3],
             text[4],
             text[5]);
}

static void say_refused(const struct one *one)
{
    const uint64_t counts[] = {one->findings.total[TH_SEVERITY_ERROR],
                               one->findings.total[TH_SEVERITY_WARNING],
                               one->result.good};
    char text[TH_COUNT(counts)][DESK_NUMBER_BYTES];
    for (size_t i = 0; i < TH_COUNT(counts); i++) {
        (void)desk_number(one->import->call, counts[i], text[i]);
    }
    if (one->import->call->lang == TH_LANG_VI) {
        desk_say(one->import->call,
                 "Không có gì được gửi: %s lỗi, %s lưu ý, %s dòng hợp lệ.\n",
                 "%s%s%s",
                 text[0],
                 text[1],
                 text[2]);
        return;
    }
    desk_say(one->import->call,
             "%s%s%s%s%s%s",
             "Nothing was sent: %s error%s, %s warning%s, %s good row%s.\n",
             text[0],
             counts[0] == 1 ? "" : "s",
             text[1],
             counts[1] == 1 ? "" : "s",
             text[2],
             counts[2] == 1 ? "" : "s");
}

static void say_json(const struct one *one)
{
    const struct intake_result *r = &one->result;
    (void)printf("{\"file\":");
    desk_json_text(stdout, th_bytes_of(one->name));
    (void)printf(",\"form\":\"%s\",\"rows\":%" PRIu32 ",\"new\":%" PRIu64 ",\"changed\":%" PRIu64
                 ",\"withdrawn\":%" PRIu64 ",\"unchanged\":%" PRIu64 ",\"skipped\":%" PRIu64
                 ",\"warnings\":%" PRIu64 ",\"errors\":%" PRIu64 ",",
                 r->form != NULL ? r->form->name : "",
                 r->file.rows,
                 r->fresh,
                 r->changed,
                 r->withdrawn,
                 r->unchanged,
                 r->skipped + one->settle.skipped,
                 one->findings.total[TH_SEVERITY_WARNING],
                 one->findings.total[TH_SEVERITY_ERROR]);
    settle_json(&one->settle);
    (void)printf(",\"exit\":%d}\n", one->code);
}

static void print_findings(struct import *import, struct th_findings *findings)
{
    enum th_err err = th_findings_print(findings, import->call->lang, import->shown, stderr);
    if (err == TH_OK && import->report != NULL) {
        err = th_findings_report(findings, import->report);
    }
    (void)err; // nobody to tell; the report's end is checked when it is closed
}

static int queue_file(struct one *one, int fd)
{
    struct import *import = one->import;
    TH_SCOPED(intake_close) struct intake *intake = NULL;
    enum th_err err =
        intake_open(&import->home, &import->options, &one->findings, &one->result, &intake);
    if (err == TH_OK) {
        import->bar = progress_begin(import->call);
        err = intake_csv(intake, fd);
        progress_end(&import->bar);
    }
    if (err == TH_OK) {
        err = intake_publish(intake);
    }
    if (err == TH_E_TOO_LARGE) {
        const char *params[] = {th_config_text(import->home.config, "node.outbox_max")};
        return th_call_fail(import->call, TH_M_OUTBOX_FULL, params, 1);
    }
    if (err == TH_E_REFUSED) {
        const bool unreadable =
            one->findings.code_count > 0 && one->findings.codes[0].code == TH_M_FILE_UNREADABLE;
        return unreadable ? TH_EXIT_NO_INPUT : TH_EXIT_DATA;
    }
    return err == TH_OK ? TH_EXIT_OK : desk_fail(import->call, err, import->home.dir);
}

static void settle_file(struct one *one)
{
    struct import *import = one->import;
    struct th_findings heard = th_findings_of(import->kept, import->kept_max, one->name);
    heard.no_notes = import->call->quiet;
    one->settle.findings = &heard;
    if (import->wait_ms > 0 && import->deadline_ms == 0) {
        import->deadline_ms = agent_now_ms() + import->wait_ms;
    }
    one->settle.deadline_ms = import->deadline_ms;
    one->code = settle_wait(&one->settle);
    print_findings(import, &heard);
    if (desk_is_json(import->call)) {
        say_json(one);
    } else {
        settle_say(&one->settle);
    }
}

// A pipe may be slow, and others wait while we read: its bytes are gathered in a file first, up to
// the bound that the reader refuses beyond. -1: it cannot be read or written, errno says why.
static int gather(const struct import *import, int pipe)
{
    char run_dir[TH_PATH_MAX];
    char bytes[64 * 1024];
    size_t total = 0;
    const int file =
        open(home_path(import->home.dir, "run", run_dir), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    while (file >= 0 && total <= TH_CSV_FILE_BYTES_MAX) {
        const ssize_t size = read(pipe, bytes, sizeof(bytes));
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size == 0) {
            break;
        }
        if (size < 0 || write(file, bytes, (size_t)size) != size) {
            const int why = errno;
            (void)close(file);
            errno = why;
            return -1;
        }
        total += (size_t)size;
    }
    return file >= 0 && lseek(file, 0, SEEK_SET) == 0 ? file : -1;
}

static int open_input(const struct import *import, const char *path)
{
    struct stat input;
    const int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &input) != 0 || S_ISREG(input.st_mode)) {
        return fd;
    }
    const int file = gather(import, fd);
    const int why = errno;
    (void)close(fd);
    errno = why;
    return file;
}

static void import_one(struct import *import, const char *path)
{
    struct one one = {.import = import, .name = strcmp(path, "-") == 0 ? "stdin" : path};
    one.findings = th_findings_of(import->kept, import->kept_max, one.name);
    one.findings.no_notes = import->call->quiet;
    one.settle = (struct settle){.call = import->call,
                                 .home = &import->home,
                                 .file = one.name,
                                 .result = &one.result,
                                 .strict = import->options.strict};
    const int fd = open_input(import, path);
    if (fd < 0) {
        struct th_verdict verdict;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
        th_verdict_make(&verdict, TH_M_FILE_UNREADABLE, 0, NULL, strerror(errno), NULL);
        th_findings_error(&one.findings, 0, 0, &verdict, (struct th_bytes){0});
        one.code = TH_EXIT_NO_INPUT;
    } else {
        one.code = queue_file(&one, fd);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    print_findings(import, &one.findings);
    if (one.code == TH_EXIT_OK) {
        say_columns(&one);
        say_counts(&one);
        settle_file(&one);
    } else if (desk_is_json(import->call)) {
        say_json(&one);
    } else if (one.code == TH_EXIT_DATA) {
        say_refused(&one);
    }
    import->worst = one.code > import->worst ? one.code : import->worst;
    intake_result_free(&one.result);
}

// ---- the command line ----

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
    import.kept = calloc(import.kept_max, sizeof(*import.kept));
    if (import.kept == NULL) {
        return desk_fail(call, TH_E_NO_MEMORY, "");
    }
    for (size_t i = 0; i < call->operand_count; i++) {
        import_one(&import, call->operands[i]);
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
