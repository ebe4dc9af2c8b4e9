// about.c - see about.h

#include "cli/about.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"
#include "tonghop/sheet.h"
#include "tonghop/sock.h"
#include "tonghop/store_lmdb.h"

#include "cli/place.h"

const struct th_option ABOUT_CONFIG_OPTIONS[ABOUT_CONFIG_OPTION_COUNT] = {
    {.name = "origin",
     .kind = TH_OPTION_FLAG,
     .help = {"giá trị lấy từ đâu", "where each value came from"}},
};

const struct th_option ABOUT_HELP_OPTIONS[ABOUT_HELP_OPTION_COUNT] = {
    {.name = "all-codes",
     .kind = TH_OPTION_FLAG,
     .help = {"in trang mọi mã thông báo (docs/errors.md)",
              "print the page of every code (docs/errors.md)"}},
    {.name = "all-commands",
     .kind = TH_OPTION_FLAG,
     .help = {"in trang mọi lệnh (docs/commands.md)",
              "print the page of every verb (docs/commands.md)"}},
    {.name = "all-settings",
     .kind = TH_OPTION_FLAG,
     .help = {"in trang mọi giá trị cấu hình (docs/configuration.md)",
              "print the page of every setting (docs/configuration.md)"}},
};

// ---- config ----

static const struct th_sheet_column CONFIG_COLUMNS[] = {
    {"key", {"khóa", "key"}, false},
    {"value", {"giá trị", "value"}, false},
    {"reload", {"SIGHUP", "SIGHUP"}, false},
    {"meaning", {"ý nghĩa", "meaning"}, false},
    {"origin", {"từ", "from"}, false}, // the last: only with --origin
};

// "broker", "tonghop-broker" or NULL for all: the section that a setting stands in.
static bool is_of(const char *key, const char *program)
{
    if (program == NULL) {
        return true;
    }
    program += strncmp(program, "tonghop-", 8) == 0 ? 8 : 0;
    const size_t size = strlen(program);
    return strncmp(key, program, size) == 0 && key[size] == '.';
}

static int
show_config(const struct th_call *call, const struct th_config *config, const char *program)
{
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(
        CONFIG_COLUMNS, TH_COUNT(CONFIG_COLUMNS) - (th_call_flag(call, "origin") ? 0 : 1));
    size_t shown = 0;
    for (size_t i = 0; i < th_config_count(); i++) {
        const struct th_config_entry entry = th_config_entry(config, i);
        if (!is_of(entry.key, program)) {
            continue;
        }
        shown++;
        const struct th_bytes cells[] = {
            th_bytes_of(entry.key),
            th_bytes_of(config != NULL ? entry.value : entry.fallback),
            th_bytes_of(entry.reload ? "1" : "0"),
            th_bytes_of(call->lang == TH_LANG_VI ? entry.help_vi : entry.help_en),
            th_bytes_of(entry.origin),
        };
        const enum th_err err = th_sheet_add(&sheet, cells);
        if (err != TH_OK) {
            return place_fail(call, err, "config");
        }
    }
    if (shown == 0) {
        const char *params[] = {program};
        return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
    }
    return place_fail(call, th_sheet_print(&sheet, call, stdout), "stdout");
}

int about_config(const struct th_call *call)
{
    const char *what = call->operands[0];
    const char *operand = call->operand_count > 1 ? call->operands[1] : NULL;
    const char *dir = operand != NULL ? operand : call->dir != NULL ? call->dir : ".";
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    if (strcmp(what, "default") == 0) {
        return show_config(call, NULL, operand);
    }
    if (strcmp(what, "check") != 0 && strcmp(what, "show") != 0) {
        const char *params[] = {what};
        return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
    }
    const int code = place_config(call, dir, &config);
    if (code != TH_EXIT_OK || strcmp(what, "check") == 0) {
        return code;
    }
    return show_config(call, config, NULL);
}

// ---- help ----

// "TH2233", "2233", "th2233b"; also "TH99999", which no sentence has.
static bool is_code(const char *text)
{
    text += strncmp(text, "TH", 2) == 0 || strncmp(text, "th", 2) == 0 ? 2 : 0;
    return *text >= '0' && *text <= '9';
}

static unsigned code_of(const char *text)
{
    char *end = NULL;
    text += *text == 'T' || *text == 't' ? 2 : 0;
    const unsigned long number = strtoul(text, &end, 10);
    const bool one_letter = *end == '\0' || end[1] == '\0'; // a variant, as docs/errors.md names it
    return number <= UINT16_MAX && one_letter ? (unsigned)number : 0;
}

static void explain_one(const struct th_sentence *sentence, enum th_lang lang)
{
    const char *remedy = sentence->remedy[lang];
    const char variant[] = {'(', sentence->variant, ')', ' ', '\0'};
    (void)printf("  %s%s\n", sentence->variant != 0 ? variant : "", sentence->text[lang]);
    if (remedy != NULL) {
        (void)printf("  %s→ %s\n", sentence->variant != 0 ? "    " : "", remedy);
    }
}

// All sentences of a code in the reader's language, then in the other one.
static int explain(const struct th_call *call, const char *word)
{
    static const char *const HEADS[] = {[TH_LANG_VI] = "Tiếng Việt", [TH_LANG_EN] = "English"};
    const unsigned code = code_of(word);
    const struct th_sentence *first = NULL;
    for (size_t i = 0; i < th_message_count() && first == NULL; i++) {
        first = th_message_at(i)->code == code ? th_message_at(i) : NULL;
    }
    if (first == NULL) {
        const char *params[] = {word};
        return th_call_fail(call, TH_M_NO_CODE, params, 1);
    }
    (void)printf("TH%04u", code);
    if (first->exit != 0) {
        (void)printf(call->lang == TH_LANG_VI ? " · mã thoát %u" : " · exit code %u", first->exit);
    }
    (void)printf("\n");
    for (size_t turn = 0; turn < TH_COUNT(HEADS); turn++) {
        const enum th_lang lang = turn == 0                  ? call->lang
                                  : call->lang == TH_LANG_VI ? TH_LANG_EN
                                                             : TH_LANG_VI;
        (void)printf("\n%s\n", HEADS[lang]);
        for (size_t i = 0; i < th_message_count(); i++) {
            if (th_message_at(i)->code == code) {
                explain_one(th_message_at(i), lang);
            }
        }
    }
    return TH_EXIT_OK;
}

static int help_verb(const struct th_call *call, const char *name)
{
    char *argv[] = {(char *)(uintptr_t)call->program->name,
                    (char *)(uintptr_t)name,
                    (char *)(uintptr_t) "--help",
                    (char *)(uintptr_t)(call->lang == TH_LANG_VI ? "--lang=vi" : "--lang=en"),
                    NULL};
    return th_program_main(call->program, (int)TH_COUNT(argv) - 1, argv);
}

int about_help(const struct th_call *call)
{
    if (th_call_flag(call, "all-codes")) {
        return place_fail(call, th_message_print(stdout), "stdout");
    }
    if (th_call_flag(call, "all-commands")) {
        th_program_print_common(stdout);
        th_program_print(call->program, stdout);
        return TH_EXIT_OK;
    }
    if (th_call_flag(call, "all-settings")) {
        th_config_print(stdout);
        return TH_EXIT_OK;
    }
    if (call->operand_count == 0) {
        return help_verb(call, "--help");
    }
    if (is_code(call->operands[0])) {
        return explain(call, call->operands[0]);
    }
    return help_verb(call, call->operands[0]);
}

// ---- paths, version ----

int about_paths(const struct th_call *call)
{
    static const struct th_sheet_column COLUMNS[] = {
        {"what", {"gì", "what"}, false},
        {"path", {"đường dẫn", "path"}, false},
        {"exists", {"có", "exists"}, false},
    };
    static const struct {
        const char *what;
        const char *name;
    } PLACES[] = {
        {"configuration", "tonghop.yaml"},
        {"keys", "keys"},
        {"register", "register"},
        {"roster", "register/roster.yaml"},
        {"state", "state"},
        {"outbox", "outbox"},
        {"run", "run"},
        {"log", "log"},
    };
    const char *dir = place_dir(call);
    TH_SCOPED(th_sheet_free) struct th_sheet sheet = th_sheet_of(COLUMNS, TH_COUNT(COLUMNS));
    char path[TH_PATH_MAX];
    struct stat stat_of_it;
    enum th_err err = TH_OK;
    for (size_t i = 0; i < TH_COUNT(PLACES) && err == TH_OK; i++) {
        (void)place_path(dir, PLACES[i].name, path);
        const struct th_bytes cells[] = {
            th_bytes_of(PLACES[i].what),
            th_bytes_of(path),
            th_bytes_of(stat(path, &stat_of_it) == 0 ? "1" : "0"),
        };
        err = th_sheet_add(&sheet, cells);
    }
    if (err == TH_OK && th_share_dir(path)) {
        const struct th_bytes cells[] = {th_bytes_of("share"), th_bytes_of(path), th_bytes_of("1")};
        err = th_sheet_add(&sheet, cells);
    }
    return place_fail(call, err == TH_OK ? th_sheet_print(&sheet, call, stdout) : err, "stdout");
}

int about_version(const struct th_call *call)
{
    (void)printf("%s %s\n", call->program->name, TONGHOP_VERSION);
    (void)printf("%-12s %s\n", "libzmq", th_sock_library());
    (void)printf("%-12s %s\n", "lmdb", th_disk_library());
    (void)printf("%-12s %s\n", "protobuf-c", th_codec_library());
    (void)printf("%-12s %s\n", "libsodium", th_hash_library());
    return TH_EXIT_OK;
}
