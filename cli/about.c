// about.c - see about.h

#include "cli/about.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"
#include "tonghop/sock.h"
#include "tonghop/store_lmdb.h"

#include "cli/place.h"
#include "cli/sheet.h"

const struct th_option ABOUT_CONFIG_OPTIONS[ABOUT_CONFIG_OPTION_COUNT] = {
    {.name = "origin",
     .kind = TH_OPTION_FLAG,
     .help = {"giá trị lấy từ đâu", "where each value came from"}},
};

const struct th_option ABOUT_HELP_OPTIONS[ABOUT_HELP_OPTION_COUNT] = {
    {.name = "all-codes",
     .kind = TH_OPTION_FLAG,
     .help = {"in bảng mọi mã thông báo", "print the table of every code"}},
    {.name = "all-commands",
     .kind = TH_OPTION_FLAG,
     .help = {"in trợ giúp của mọi lệnh", "print the help of every verb"}},
};

// ---- config ----

static const struct sheet_column CONFIG_COLUMNS[] = {
    {"key", {"khóa", "key"}, false},
    {"value", {"giá trị", "value"}, false},
    {"origin", {"từ", "from"}, false},
    {"reload", {"SIGHUP", "SIGHUP"}, false},
    {"meaning", {"ý nghĩa", "meaning"}, false},
};

static int show_config(const struct th_call *call, const struct th_config *config)
{
    TH_SCOPED(sheet_free)
    struct sheet sheet = sheet_of(CONFIG_COLUMNS, TH_COUNT(CONFIG_COLUMNS));
    for (size_t i = 0; i < th_config_count(); i++) {
        const struct th_config_entry entry = th_config_entry(config, i);
        const struct th_bytes cells[] = {
            th_bytes_of(entry.key),
            th_bytes_of(config != NULL ? entry.value : entry.fallback),
            th_bytes_of(entry.origin),
            th_bytes_of(entry.reload ? "1" : "0"),
            th_bytes_of(call->lang == TH_LANG_VI ? entry.help_vi : entry.help_en),
        };
        const enum th_err err = sheet_add(&sheet, cells);
        if (err != TH_OK) {
            return place_fail(call, err, "config");
        }
    }
    return place_fail(call, sheet_print(&sheet, call, stdout), "stdout");
}

int about_config(const struct th_call *call)
{
    const char *what = call->operands[0];
    const char *dir = call->dir != NULL ? call->dir : ".";
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    if (strcmp(what, "default") == 0) {
        return show_config(call, NULL);
    }
    if (strcmp(what, "check") != 0 && strcmp(what, "show") != 0) {
        const char *params[] = {what};
        return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
    }
    const int code = place_config(call, dir, &config);
    if (code != TH_EXIT_OK || strcmp(what, "check") == 0) {
        return code;
    }
    return show_config(call, config);
}

// ---- help ----

// "TH2233", "2233", "th2233b"
static bool code_of(const char *text, unsigned *code)
{
    if (strncmp(text, "TH", 2) == 0 || strncmp(text, "th", 2) == 0) {
        text += 2;
    }
    char *end = NULL;
    const unsigned long number = strtoul(text, &end, 10);
    *code = (unsigned)number;
    return end != text && number >= 1000 && number <= 9999;
}

static int explain(const struct th_call *call, unsigned code)
{
    size_t found = 0;
    for (size_t i = 0; i < th_message_count(); i++) {
        const struct th_sentence *sentence = th_message_at(i);
        if (sentence->code != code) {
            continue;
        }
        found++;
        const char *remedy = sentence->remedy[call->lang];
        if (found == 1) {
            (void)printf("TH%04u", code);
        } else {
            (void)fputs("      ", stdout);
        }
        (void)printf("  %s%s%s\n",
                     sentence->text[call->lang],
                     remedy != NULL ? "\n        → " : "",
                     remedy != NULL ? remedy : "");
    }
    if (found == 0) {
        char text[16];
        (void)snprintf(text, sizeof(text), "TH%04u", code);
        const char *params[] = {text};
        return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
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
    unsigned code = 0;
    if (th_call_flag(call, "all-codes")) {
        return place_fail(call, th_message_print(stdout), "stdout");
    }
    if (th_call_flag(call, "all-commands")) {
        th_program_print(call->program, call->lang, stdout);
        return TH_EXIT_OK;
    }
    if (call->operand_count == 0) {
        return help_verb(call, "--help");
    }
    if (code_of(call->operands[0], &code)) {
        return explain(call, code);
    }
    return help_verb(call, call->operands[0]);
}

// ---- paths, version ----

int about_paths(const struct th_call *call)
{
    static const struct sheet_column COLUMNS[] = {
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
    const char *dir = call->dir != NULL ? call->dir : ".";
    TH_SCOPED(sheet_free) struct sheet sheet = sheet_of(COLUMNS, TH_COUNT(COLUMNS));
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
        err = sheet_add(&sheet, cells);
    }
    if (err == TH_OK && th_share_dir(path)) {
        const struct th_bytes cells[] = {th_bytes_of("share"), th_bytes_of(path), th_bytes_of("1")};
        err = sheet_add(&sheet, cells);
    }
    return place_fail(call, err == TH_OK ? sheet_print(&sheet, call, stdout) : err, "stdout");
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
