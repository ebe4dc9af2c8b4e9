// import_file.c - one file of `tonghop import`: read, queued, waited for, and told

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/clock.h"

#include "nodes/import.h"
#include "nodes/recode.h"
#include "nodes/settle.h"

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
             "%s: %s dòng, %s%s, phân cách %s, cột:",
             "%s: %s rows, %s%s, separator %s, columns:",
             one->name,
             desk_number(one->import->call, result->file.rows, rows),
             one->import->encoding != NULL ? one->import->encoding : "UTF-8",
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
    if (r->left_out > 0) {
        desk_say(one->import->call,
                 "  để lại %s dòng: sửa rồi nhập lại cả tệp, dòng đã gửi sẽ không gửi lại\n",
                 "  left out: %s; correct them and import the whole file again, "
                 "what was sent is not sent twice\n",
                 desk_number(one->import->call, r->left_out, text[0]));
    }
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

// Rows that stayed behind, as far as findings were kept.
static void json_left_out(struct one *one)
{
    bool first = true;
    (void)printf("\"left_out\":%" PRIu64 ",\"left_out_rows\":[", one->result.left_out);
    for (size_t i = 0; one->result.left_out > 0 && i < one->findings.count; i++) {
        const struct th_finding *finding = th_findings_at(&one->findings, i);
        char text[TH_SENTENCE_BYTES];
        if (finding->severity != TH_SEVERITY_ERROR) {
            continue;
        }
        (void)th_verdict_text(&finding->verdict, TH_LANG_EN, text, sizeof(text));
        (void)printf("%s{\"row\":%" PRIu32 ",\"code\":\"TH%04u\",\"text\":",
                     first ? "" : ",",
                     finding->line,
                     (unsigned)finding->verdict.code);
        desk_json_text(stdout, th_bytes_of(text));
        (void)printf("}");
        first = false;
    }
    (void)printf("],");
}

static void say_json(struct one *one)
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
    json_left_out(one);
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
    struct th_findings heard =
        th_findings_of(import->kept + import->kept_max, import->kept_max, one->name);
    heard.no_notes = import->call->quiet;
    one->settle.findings = &heard;
    if (import->wait_ms > 0 && import->deadline_ms == 0) {
        import->deadline_ms = th_now_ms() + import->wait_ms;
    }
    one->settle.deadline_ms = import->deadline_ms;
    one->code = settle_wait(&one->settle);
    if (one->code == TH_EXIT_OK && one->result.left_out > 0) {
        one->code = TH_EXIT_NO;
    }
    print_findings(import, &heard);
    if (desk_is_json(import->call)) {
        say_json(one);
    } else {
        settle_say(&one->settle);
    }
}

// What a file could not be opened for.
static int unreadable(int why, struct th_verdict *verdict)
{
    th_verdict_make(verdict, TH_M_FILE_UNREADABLE, 0, NULL, strerrordesc_np(why), NULL);
    return TH_EXIT_NO_INPUT;
}

// A pipe may be slow, and others wait while we read; a file that is read twice may change; another
// encoding has other bytes. So they are gathered in a file of our own first, up to the bound that
// the reader refuses beyond. An exit code; *line is where it is wrong.
static int
gather(const struct import *import, int from, int *to, struct th_verdict *verdict, uint32_t *line)
{
    char run_dir[TH_PATH_MAX];
    const char *encoding = import->encoding;
    *to = open(home_path(import->home.dir, "run", run_dir), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (*to < 0) {
        return unreadable(errno, verdict);
    }
    const enum th_err err = recode(encoding, from, *to, TH_CSV_FILE_BYTES_MAX, line);
    if (err == TH_OK) {
        return lseek(*to, 0, SEEK_SET) == 0 ? TH_EXIT_OK : unreadable(errno, verdict);
    }
    if (err == TH_E_MALFORMED || err == TH_E_NOT_FOUND) {
        const bool known = err == TH_E_MALFORMED;
        th_verdict_make(verdict, TH_M_FILE_NOT_UTF8, known ? 'b' : 'c', NULL, encoding, NULL);
        return TH_EXIT_DATA;
    }
    *line = 0;
    if (err == TH_E_TOO_LARGE) {
        th_verdict_start(verdict, TH_M_FILE_LIMIT, 'b', NULL);
        th_verdict_add_number(verdict, TH_CSV_FILE_BYTES_MAX, 0);
        return TH_EXIT_DATA;
    }
    return unreadable(errno, verdict);
}

static int open_input(const struct import *import,
                      const char *path,
                      int *fd,
                      struct th_verdict *verdict,
                      uint32_t *line)
{
    struct stat input;
    *line = 0;
    *fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        return unreadable(errno, verdict);
    }
    const bool is_regular = fstat(*fd, &input) == 0 && S_ISREG(input.st_mode);
    if (is_regular && !import->options.accept_valid && import->encoding == NULL) {
        return TH_EXIT_OK;
    }
    const int from = *fd;
    const int code = gather(import, from, fd, verdict, line);
    (void)close(from);
    return code;
}

void import_file(struct import *import, const char *path)
{
    struct one one = {.import = import, .name = strcmp(path, "-") == 0 ? "stdin" : path};
    one.findings = th_findings_of(import->kept, import->kept_max, one.name);
    one.findings.no_notes = import->call->quiet;
    one.settle = (struct settle){.call = import->call,
                                 .home = &import->home,
                                 .file = one.name,
                                 .result = &one.result,
                                 .told = &one.findings,
                                 .strict = import->options.strict};
    struct th_verdict verdict;
    uint32_t line = 0;
    int fd = -1;
    one.code = open_input(import, path, &fd, &verdict, &line);
    if (one.code != TH_EXIT_OK) {
        th_findings_error(&one.findings, line, 0, &verdict, (struct th_bytes){0});
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
