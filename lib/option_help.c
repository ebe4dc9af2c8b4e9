// option_help.c - what --help prints, from the tables of option.h

#include <string.h>

#include "lib/option_part.h"

// clang-format off
const struct th_option th_common_options[TH_COMMON_COUNT] = {
    [TH_COMMON_DIR] = {.name = "dir", .kind = TH_OPTION_TEXT, .value = "DIR",
        .help = {"thư mục do init hoặc join tạo ($TONGHOP_DIR)", "directory made by init or join ($TONGHOP_DIR)"}},
    [TH_COMMON_CONFIG] = {.name = "config", .kind = TH_OPTION_TEXT, .value = "FILE",
        .help = {"tệp cấu hình thay cho DIR/tonghop.yaml", "configuration instead of DIR/tonghop.yaml"}},
    [TH_COMMON_OVERRIDE] = {.name = "override", .letter = 'o', .kind = TH_OPTION_LIST, .value = "SECTION.KEY=VALUE",
        .help = {"đặt một giá trị cấu hình, có thể ghi nhiều lần", "set one configuration value; may be repeated"}},
    [TH_COMMON_LANG] = {.name = "lang", .kind = TH_OPTION_CHOICE, .value = "vi|en", .choices = "vi|en",
        .help = {"ngôn ngữ của thông báo ($TONGHOP_LANG)", "language of messages ($TONGHOP_LANG)"}},
    [TH_COMMON_FORMAT] = {.name = "format", .kind = TH_OPTION_CHOICE, .value = "F", .choices = "table|csv|json|jsonl",
        .help = {"table trên màn hình, csv khi không phải màn hình", "table on a terminal, csv otherwise"}},
    [TH_COMMON_JSON] = {.name = "json", .kind = TH_OPTION_FLAG,
        .help = {"như --format json", "same as --format json"}},
    [TH_COMMON_TIMEOUT] = {.name = "timeout", .kind = TH_OPTION_DURATION, .value = "D", .fallback = "30s",
        .min = 1, .max = 7LL * 24 * 3600 * 1000,
        .help = {"chờ mạng nhiều nhất bao lâu", "longest wait for the network"}},
    [TH_COMMON_QUIET] = {.name = "quiet", .letter = 'q', .kind = TH_OPTION_FLAG,
        .help = {"không in ghi chú", "no notes"}},
    [TH_COMMON_VERBOSE] = {.name = "verbose", .letter = 'v', .kind = TH_OPTION_FLAG,
        .help = {"in nhiều hơn trên stderr", "more on stderr"}},
    [TH_COMMON_COLOR] = {.name = "color", .kind = TH_OPTION_CHOICE, .value = "WHEN", .choices = "auto|always|never", .fallback = "auto",
        .help = {"màu (NO_COLOR và TERM=dumb được tôn trọng)", "colour (NO_COLOR and TERM=dumb are respected)"}},
    [TH_COMMON_PROGRESS] = {.name = "progress", .kind = TH_OPTION_CHOICE, .value = "WHEN", .choices = "auto|never", .fallback = "auto",
        .help = {"thanh tiến độ trên màn hình", "progress bar on a terminal"}},
    [TH_COMMON_YES] = {.name = "yes", .kind = TH_OPTION_FLAG,
        .help = {"xác nhận lệnh thay đổi dữ liệu", "confirm a command that destroys data"}},
    [TH_COMMON_HELP] = {.name = "help", .letter = 'h', .kind = TH_OPTION_FLAG,
        .help = {"in trợ giúp này", "print this help"}},
    [TH_COMMON_VERSION] = {.name = "version", .kind = TH_OPTION_FLAG,
        .help = {"in phiên bản", "print the version"}},
};
// clang-format on

const char *th_help_text(struct th_help help, enum th_lang lang)
{
    return lang == TH_LANG_VI ? help.vi : help.en;
}

void th_help_option(const struct th_option *option, char out[static TH_HELP_OPTION_BYTES])
{
    const bool bare = option->kind == TH_OPTION_FLAG;
    const bool maybe = option->kind == TH_OPTION_MAYBE_DURATION;
    const char *value = option->value != NULL     ? option->value
                        : option->choices != NULL ? option->choices
                                                  : "";
    const char letter[] = {'-', option->letter, ',', ' ', '\0'};
    (void)snprintf(out,
                   TH_HELP_OPTION_BYTES,
                   "%s--%s%s%s%s",
                   option->letter != 0 ? letter : "",
                   option->name,
                   bare    ? ""
                   : maybe ? "[="
                           : " ",
                   bare ? "" : value,
                   maybe ? "]" : "");
}

static void print_option(const struct th_option *option, enum th_lang lang, FILE *out)
{
    char left[TH_HELP_OPTION_BYTES];
    th_help_option(option, left);
    if (strlen(left) > 26) {
        (void)fprintf(out, "  %s\n  %-26s  %s", left, "", th_help_text(option->help, lang));
    } else {
        (void)fprintf(out, "  %-26s  %s", left, th_help_text(option->help, lang));
    }
    if (option->fallback != NULL) {
        (void)fprintf(out, " [%s]", option->fallback);
    }
    (void)fputc('\n', out);
}

// A letter that the verb uses itself does not mean the common option there.
static bool takes_letter(const struct th_verb *verb, char letter)
{
    bool taken = false;
    for (size_t i = 0; i < verb->option_count; i++) {
        taken = taken || verb->options[i].letter == letter;
    }
    return taken;
}

void th_help_program(const struct th_program *program, enum th_lang lang, FILE *out)
{
    const bool vi = lang == TH_LANG_VI;
    (void)fprintf(out, "%s - %s\n\n", program->name, th_help_text(program->help, lang));
    (void)fprintf(out,
                  vi ? "Cách dùng: %s LỆNH [TÙY CHỌN]\n\n" : "Usage: %s VERB [OPTIONS]\n\n",
                  program->name);
    for (size_t i = 0; i < program->verb_count; i++) {
        (void)fprintf(out,
                      "  %-12s  %s\n",
                      program->verbs[i].name,
                      th_help_text(program->verbs[i].help, lang));
    }
    (void)fprintf(
        out, vi ? "\nXem thêm: %s LỆNH --help\n" : "\nMore: %s VERB --help\n", program->name);
}

void th_help_verb(const struct th_program *program,
                  const struct th_verb *verb,
                  enum th_lang lang,
                  FILE *out)
{
    const bool vi = lang == TH_LANG_VI;
    const char *operands = verb->operands != NULL ? verb->operands : "";
    (void)fprintf(out, "%s %s - %s\n\n", program->name, verb->name, th_help_text(verb->help, lang));
    (void)fprintf(out,
                  vi ? "Cách dùng: %s %s [TÙY CHỌN]%s%s\n" : "Usage: %s %s [OPTIONS]%s%s\n",
                  program->name,
                  verb->name,
                  operands[0] != '\0' ? " " : "",
                  operands);
    if (verb->option_count > 0) {
        (void)fputs(vi ? "\nTùy chọn:\n" : "\nOptions:\n", out);
    }
    for (size_t i = 0; i < verb->option_count; i++) {
        print_option(&verb->options[i], lang, out);
    }
    (void)fputs(vi ? "\nTùy chọn chung:\n" : "\nOptions of every verb:\n", out);
    for (size_t i = 0; i < TH_COMMON_COUNT; i++) {
        struct th_option option = th_common_options[i];
        if (takes_letter(verb, option.letter)) {
            option.letter = '\0';
        }
        print_option(&option, lang, out);
    }
}
