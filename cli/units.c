// units.c - see units.h

#include "cli/units.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/config.h"
#include "tonghop/file.h"

#include "cli/units_part.h"

enum { FILE_BYTES_MAX = 256 * 1024 * 1024 };

const struct th_option UNITS_OPTIONS[UNITS_OPTION_COUNT] = {
    {.name = "units",
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"danh mục đơn vị; không có thì lấy của tỉnh (--dir)",
              "file of units; without it the province's (--dir)"}},
    {.name = "successors",
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"đơn vị kế thừa của danh mục --units", "successors of the units of --units"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, where a directory has several"}},
    {.name = "at",
     .kind = TH_OPTION_TEXT,
     .value = "DATE",
     .help = {"chỉ các đơn vị có trong ngày này", "only the units that exist on this day"}},
    {.name = "unit",
     .kind = TH_OPTION_TEXT,
     .value = "CODE[@DATE]",
     .help = {"chỉ đơn vị này và cấp dưới", "only this unit and all below it"}},
    {.name = "into",
     .kind = TH_OPTION_LIST,
     .value = "CODE[=NAME]",
     .help = {"merge, split: thành đơn vị nào", "merge, split: the unit or units they become"}},
    {.name = "name",
     .kind = TH_OPTION_TEXT,
     .value = "TEXT",
     .help = {"merge: tên của đơn vị ấy", "merge: the name of that unit"}},
    {.name = "on",
     .kind = TH_OPTION_TEXT,
     .value = "DATE",
     .help = {"merge, split, close: ngày đầu tiên của tổ chức mới",
              "merge, split, close: the first day of the new structure"}},
    {.name = "basis",
     .kind = TH_OPTION_TEXT,
     .value = "TEXT",
     .help = {"merge, split, close: văn bản làm căn cứ",
              "merge, split, close: the paper it rests on"}},
    {.name = "dry-run",
     .kind = TH_OPTION_FLAG,
     .help = {"thay đổi danh mục: chỉ kiểm, không gửi",
              "changes of the register: check only, send nothing"}},
    {.name = "wait",
     .kind = TH_OPTION_MAYBE_DURATION,
     .value = "D",
     .fallback = "30s",
     .min = 0,
     .max = 7LL * 86400000,
     .help = {"thay đổi danh mục: chờ tỉnh quyết định",
              "changes of the register: wait for the province's decision"}},
};

static void units_free(struct units *units)
{
    th_register_free(&units->read);
    th_province_free(&units->province);
}

// ---- reading ----

static int say(const struct th_call *call, unsigned code, const char *param)
{
    const char *params[] = {param};
    return th_call_fail(call, code, params, param == NULL ? 0 : 1);
}

static int cannot_read(const struct th_call *call, const char *path)
{
    char what[PATH_MAX + 64];
    const char *why = strerror(errno); // NOLINT(concurrency-mt-unsafe): one thread
    (void)snprintf(what, sizeof(what), "%s: %s", path, why);
    return say(call, TH_M_FILE_UNREADABLE, what);
}

// What err means for path; findings were collected for TH_E_REFUSED.
static int explain(const struct th_call *call,
                   enum th_err err,
                   const char *path,
                   struct th_findings *findings,
                   int refused)
{
    if (th_findings_print(findings, call->lang, TH_FINDINGS_SHOWN, stderr) != TH_OK) {
        return TH_EXIT_IO;
    }
    if (err == TH_OK) {
        return TH_EXIT_OK;
    }
    if (err == TH_E_REFUSED) {
        return refused;
    }
    return err == TH_E_NO_MEMORY ? say(call, TH_M_NO_MEMORY, NULL) : cannot_read(call, path);
}

static int read_file(const struct th_call *call, const char *path, char **bytes, size_t *size)
{
    struct th_findings nothing = th_findings_of(NULL, 0, path);
    return explain(
        call, th_file_read(path, FILE_BYTES_MAX, bytes, size), path, &nothing, TH_EXIT_DATA);
}

// The register in these files; findings go to stderr.
static int read_register(struct units *units, const char *path, const char *successors)
{
    const struct th_call *call = units->call;
    TH_SCOPED(th_free_scoped) char *unit_bytes = NULL;
    TH_SCOPED(th_free_scoped) char *successor_bytes = NULL;
    size_t sizes[2] = {0};
    int code = read_file(call, path, &unit_bytes, &sizes[0]);
    if (code == TH_EXIT_OK && successors != NULL) {
        code = read_file(call, successors, &successor_bytes, &sizes[1]);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), path);
    const enum th_err err =
        th_register_read((struct th_bytes){.data = unit_bytes, .size = sizes[0]},
                         (struct th_bytes){.data = successor_bytes, .size = sizes[1]},
                         &findings,
                         &units->read);
    units->reg = units->read;
    return explain(call, err, path, &findings, TH_EXIT_DATA);
}

// The province that alone knows unit, or the one of --lineage.
static int choose(const struct units *units,
                  const struct th_config *config,
                  const char *unit,
                  char lineage[static TH_LINEAGE_MAX + 1])
{
    const struct th_call *call = units->call;
    const char *given = th_call_text(call, "lineage");
    if (given != NULL) {
        (void)th_bytes_copy_text(th_bytes_of(given), lineage, TH_LINEAGE_MAX + 1);
        return TH_EXIT_OK;
    }
    char list[256];
    const enum th_err err = th_province_choose(config, unit, lineage, list);
    if (err == TH_E_INVALID) {
        char what[sizeof(list) + 16];
        (void)snprintf(what, sizeof(what), "--lineage (%s)", list);
        return say(call, TH_M_ARGUMENT_MISSING, what);
    }
    if (err == TH_E_NOT_FOUND && unit != NULL) {
        return units_unknown(call, unit);
    }
    struct th_findings nothing = th_findings_of(NULL, 0, call->dir);
    return explain(call, err, call->dir, &nothing, TH_EXIT_CONFIG);
}

static int open_province(struct units *units, const char *unit)
{
    const struct th_call *call = units->call;
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), call->dir);
    enum th_err err = th_config_read(
        call->dir, call->config, call->overrides, call->override_count, &findings, &config);
    int code = explain(call, err, call->dir, &findings, TH_EXIT_CONFIG);
    char lineage[TH_LINEAGE_MAX + 1];
    code = code == TH_EXIT_OK ? choose(units, config, unit, lineage) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    findings = th_findings_of(kept, TH_COUNT(kept), lineage);
    err = th_province_load(config, lineage, &findings, &units->province);
    units->reg = err == TH_OK ? units->province->reg : NULL;
    return explain(call, err, lineage, &findings, TH_EXIT_CONFIG);
}

static int open_units(struct units *units, const char *unit)
{
    const struct th_call *call = units->call;
    const char *file = th_call_text(call, "units");
    if (file != NULL) {
        return read_register(units, file, th_call_text(call, "successors"));
    }
    return call->dir == NULL ? say(call, TH_M_ARGUMENT_MISSING, "--units")
                             : open_province(units, unit);
}

static int read_at(struct units *units)
{
    const char *at = th_call_text(units->call, "at");
    units->at = TH_DAY_NONE;
    if (at != NULL && th_day_parse(th_bytes_of(at), &units->at) != TH_OK) {
        return say(units->call, TH_M_CELL_DATE, at);
    }
    return TH_EXIT_OK;
}

// ---- the verbs ----

static int check(struct units *units, const char *file)
{
    const int code = read_register(units, file, th_call_text(units->call, "successors"));
    if (code != TH_EXIT_OK || units->call->quiet) {
        return code;
    }
    uint32_t uid = TH_UNIT_NONE;
    (void)printf(units->call->lang == TH_LANG_VI
                     ? "%s: %zu dòng, %u đơn vị, %zu đơn vị gốc, %zu dòng kế thừa\n"
                     : "%s: %zu rows, %u units, %zu roots, %zu successor rows\n",
                 file,
                 th_register_version_count(units->reg),
                 (unsigned)th_register_unit_count(units->reg),
                 th_register_roots(units->reg, &uid, 1),
                 th_register_successor_count(units->reg));
    return TH_EXIT_OK;
}

// Operands, both words of each part of a list, and what else there is.
enum { WORDS_MAX = UNITS_OPERANDS_MAX + 2 * TH_OPTION_LIST_MAX + 32 };

// The words of this call for the program that speaks for the province's desk.
struct words {
    char *list[WORDS_MAX];
    size_t count;
    char texts[8][16];
};

static void add_word(struct words *words, const char *word)
{
    if (word != NULL) {
        th_assert(words->count + 1 < TH_COUNT(words->list));   // a lost word would be another call
        words->list[words->count++] = (char *)(uintptr_t)word; // execv only reads them
    }
}

static void add_option(struct words *words, const char *name, const char *value)
{
    if (value != NULL) {
        add_word(words, name);
        add_word(words, value);
    }
}

// What the desk's program does: apply, merge, split, close.
static int hand_over(const struct th_call *call, const char *verb)
{
    struct words words = {.count = 0};
    char name[32];
    char wait[32];
    char timeout[32];
    (void)snprintf(name, sizeof(name), "units-%s", verb);
    (void)snprintf(timeout, sizeof(timeout), "%llums", (unsigned long long)call->timeout_ms);
    (void)snprintf(
        wait, sizeof(wait), "--wait=%lldms", (long long)th_call_value(call, "wait")->number);
    add_word(&words, "tonghop-node");
    add_word(&words, name);
    for (size_t i = 1; i < call->operand_count; i++) {
        add_word(&words, call->operands[i]);
    }
    add_option(&words, "--dir", call->dir);
    add_option(&words, "--config", call->config);
    add_option(&words, "--lang", call->lang == TH_LANG_VI ? "vi" : "en");
    add_option(&words, "--format", call->format);
    add_option(&words, "--timeout", timeout);
    static const char *const PASSED[] = {"successors", "lineage", "into", "name", "on", "basis"};
    for (size_t i = 0; i < TH_COUNT(PASSED); i++) {
        char *option = words.texts[i];
        (void)snprintf(option, sizeof(words.texts[i]), "--%s", PASSED[i]);
        const struct th_value *value = th_call_value(call, PASSED[i]);
        for (size_t j = 0; j < value->list_count; j++) {
            add_option(&words, option, value->list[j]);
        }
        add_option(&words, option, value->list_count == 0 ? th_call_text(call, PASSED[i]) : NULL);
    }
    add_word(&words, th_call_flag(call, "dry-run") ? "--dry-run" : NULL);
    add_word(&words, th_call_value(call, "wait")->given ? wait : NULL);
    add_word(&words, call->quiet ? "--quiet" : NULL);
    return th_call_exec(call, "tonghop-node", words.list);
}

int units_run(const struct th_call *call)
{
    static const char *const WORDS[] = {
        "list", "count", "show", "check", "apply", "merge", "split", "close"};
    enum word { LIST, COUNT, SHOW, CHECK, APPLY, MERGE };
    const char *word = call->operand_count == 0 ? "" : call->operands[0];
    size_t which = 0;
    while (which < TH_COUNT(WORDS) && strcmp(word, WORDS[which]) != 0) {
        which++;
    }
    const size_t operands = which >= SHOW ? 2 : 1;
    if (which == TH_COUNT(WORDS)) {
        return say(call, TH_M_NO_COMMAND, word);
    }
    if (call->operand_count < operands || (which != MERGE && call->operand_count > operands)) {
        static const char *const WANTED[] = {
            "--units", "--units", "CODE", "FILE", "FILE", "CODE", "CODE", "CODE"};
        return say(call, TH_M_ARGUMENT_MISSING, WANTED[which]);
    }
    if (which >= APPLY) {
        return hand_over(call, word);
    }
    TH_SCOPED(units_free) struct units units = {.call = call};
    int code = read_at(&units);
    if (code == TH_EXIT_OK && which == CHECK) {
        return check(&units, call->operands[1]);
    }
    const char *unit = which == SHOW ? call->operands[1] : th_call_text(call, "unit");
    code = code == TH_EXIT_OK ? open_units(&units, unit) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    return which == LIST    ? units_list(&units)
           : which == COUNT ? units_count(&units)
                            : units_show(&units, call->operands[1]);
}
