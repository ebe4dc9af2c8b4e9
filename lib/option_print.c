// option_print.c - docs/commands.md, from the tables of option.h

#include <string.h>

#include "lib/option_part.h"

static const struct {
    enum th_exit code;
    const char *name; // as sysexits.h and scripts know it
    struct th_help help;
} EXITS[] = {
    {TH_EXIT_OK,
     "OK",
     {"xong; `import`: đã xếp hàng, với `--wait`: tỉnh đã quyết định và ghi đĩa,"
      " không từ chối mục nào",
      "done; `import`: queued, with `--wait`: decided by the province, on its disk,"
      " nothing refused"}},
    {TH_EXIT_NO,
     "NO",
     {"câu trả lời là không: `verify` thấy sai lệch; `import --wait`: có mục bị từ chối",
      "the answer is no: `verify` found a difference; `import --wait`: items were refused"}},
    {TH_EXIT_USAGE, "USAGE", {"dòng lệnh sai", "wrong command line"}},
    {TH_EXIT_DATA,
     "DATAERR",
     {"dữ liệu bị từ chối, không xếp hàng gì; hỏi đơn vị, chỉ tiêu hoặc kỳ không có",
      "input refused, nothing queued; a question names an unknown unit, measure or period"}},
    {TH_EXIT_NO_INPUT, "NOINPUT", {"không đọc được tệp", "cannot read a file"}},
    {TH_EXIT_UNAVAILABLE,
     "UNAVAILABLE",
     {"không tới được tỉnh, dịch vụ hoặc worker mà lệnh này cần",
      "province, service or worker not reachable, and the verb needs it"}},
    {TH_EXIT_SOFTWARE,
     "SOFTWARE",
     {"lỗi của chương trình; hãy báo cho người phát triển", "a defect of ours; please report it"}},
    {TH_EXIT_CANT_CREATE,
     "CANTCREAT",
     {"không tạo được tệp hoặc thư mục; thư mục đang được dùng",
      "cannot create a file or directory; the directory is in use"}},
    {TH_EXIT_IO, "IOERR", {"lỗi đĩa", "disk error"}},
    {TH_EXIT_TEMPORARY,
     "TEMPFAIL",
     {"**đã xếp hàng trong máy này, an toàn, chưa có xác nhận**",
      "**queued here, safe, not yet acknowledged**"}},
    {TH_EXIT_NO_PERMISSION,
     "NOPERM",
     {"khóa hoặc giấy đăng ký: không có trong danh sách, đã dùng, hết hạn, đã thu hồi, sai loại",
      "key or enrolment unknown, used, expired, revoked, or of the wrong class"}},
    {TH_EXIT_CONFIG,
     "CONFIG",
     {"cấu hình hoặc danh mục bị từ chối; dịch vụ không khởi động lại vì nó",
      "configuration or catalogue refused; services do not restart on it"}},
};

// Text in a cell of a Markdown table.
static void print_cell(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
}

static void print_options(const struct th_option *options, size_t count, FILE *out)
{
    (void)fputs("| | English | Tiếng Việt |\n|---|---|---|\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct th_option *option = &options[i];
        char left[TH_HELP_OPTION_BYTES];
        th_help_option(option, left);
        (void)fputs("| `", out);
        print_cell(left, out);
        (void)fputs("` | ", out);
        print_cell(option->help.en, out);
        if (option->fallback != NULL) {
            (void)fprintf(out, " [%s]", option->fallback);
        }
        (void)fputs(" | ", out);
        print_cell(option->help.vi, out);
        (void)fputs(" |\n", out);
    }
    (void)fputc('\n', out);
}

void th_program_print_common(FILE *out)
{
    (void)fputs(
        "# Commands\n\n"
        "Printed from the tables in the programs by `scripts/docs`; do not edit. A default"
        " stands in brackets.\nData go to stdout, everything else to stderr. `--help` of any"
        " verb prints the same in one language; a misspelt\nverb or option is answered with"
        " the nearest one. Error codes: [errors.md](errors.md); settings:\n"
        "[configuration.md](configuration.md).\n\n"
        "## Exit codes\n\n"
        "| | | English | Tiếng Việt |\n|---|---|---|---|\n",
        out);
    for (size_t i = 0; i < TH_COUNT(EXITS); i++) {
        (void)fprintf(out, "| %d | %s | ", (int)EXITS[i].code, EXITS[i].name);
        print_cell(EXITS[i].help.en, out);
        (void)fputs(" | ", out);
        print_cell(EXITS[i].help.vi, out);
        (void)fputs(" |\n", out);
    }
    (void)fputs(
        "\nA reader that leaves (`tonghop list | head`) is no failure: what prints ends quietly,"
        " what works goes on, and the\nexit code is what it would have been. A full disk is"
        " TH4103.\n",
        out);
    (void)fputs("\n## Options of every verb\n\n", out);
    print_options(th_common_options, TH_COMMON_COUNT, out);
}

void th_program_print(const struct th_program *program, FILE *out)
{
    (void)fprintf(out, "## %s\n\n%s · %s\n\n", program->name, program->help.en, program->help.vi);
    for (size_t i = 0; i < program->verb_count; i++) {
        const struct th_verb *verb = &program->verbs[i];
        const char *operands = verb->operands != NULL ? verb->operands : "";
        (void)fprintf(out,
                      "### `%s %s%s%s%s`\n\n%s · %s\n",
                      program->name,
                      verb->name,
                      verb->option_count > 0 ? " [OPTIONS]" : "",
                      operands[0] != '\0' ? " " : "",
                      operands,
                      verb->help.en,
                      verb->help.vi);
        if (verb->program != NULL) {
            (void)fprintf(out, "\nRun by `%s`, see there.\n", verb->program);
        }
        (void)fputc('\n', out);
        if (verb->option_count > 0) {
            print_options(verb->options, verb->option_count, out);
        }
    }
}

void th_call_say_list(const struct th_call *call, const char *vi, const char *en, va_list args)
{
    if (!call->quiet) {
        (void)vprintf(call->lang == TH_LANG_VI ? vi : en, args);
    }
}

void th_call_say(const struct th_call *call, const char *vi, const char *en, ...)
{
    va_list args;
    va_start(args, en);
    th_call_say_list(call, vi, en, args);
    va_end(args);
}
