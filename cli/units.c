// units.c - see units.h

#include "cli/units.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    {.name = "at",
     .kind = TH_OPTION_TEXT,
     .value = "DATE",
     .help = {"chỉ các đơn vị có trong ngày này", "only the units that exist on this day"}},
    {.name = "unit",
     .kind = TH_OPTION_TEXT,
     .value = "CODE[@DATE]",
     .help = {"chỉ đơn vị này và cấp dưới", "only this unit and all below it"}},
};

static void units_free(struct units *units)
{
    th_register_free(&units->reg);
}

// ---- reading ----

static void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file); // read only
    }
}

static int cannot_read(const struct th_call *call, const char *path)
{
    char what[PATH_MAX + 64];
    (void)snprintf(
        what, sizeof(what), "%s: %s", path, strerror(errno)); // NOLINT(concurrency-mt-unsafe)
    const char *params[] = {what};
    return th_call_fail(call, TH_M_FILE_UNREADABLE, params, 1);
}

// The whole file in *bytes, to be freed. An exit code.
static int read_file(const struct th_call *call, const char *path, struct th_bytes *bytes)
{
    TH_SCOPED(close_file) FILE *file = fopen(path, "rb");
    struct stat about;
    if (file == NULL || fstat(fileno(file), &about) != 0) {
        return cannot_read(call, path);
    }
    if (!S_ISREG(about.st_mode) || about.st_size > FILE_BYTES_MAX) {
        errno = S_ISREG(about.st_mode) ? EFBIG : EINVAL;
        return cannot_read(call, path);
    }
    const size_t size = (size_t)about.st_size;
    char *data = malloc(size + 1);
    if (data == NULL) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    if (fread(data, 1, size, file) != size) {
        free(data);
        return cannot_read(call, path);
    }
    *bytes = (struct th_bytes){.data = data, .size = size};
    return TH_EXIT_OK;
}

struct sources {
    struct th_bytes units;
    struct th_bytes successors;
};

static void sources_free(struct sources *sources)
{
    free((void *)sources->units.data);
    free((void *)sources->successors.data);
}

// The register in these files; findings go to stderr.
static int read_register(struct units *units, const char *path, const char *successors)
{
    const struct th_call *call = units->call;
    TH_SCOPED(sources_free) struct sources sources = {0};
    int code = read_file(call, path, &sources.units);
    if (code == TH_EXIT_OK && successors != NULL) {
        code = read_file(call, successors, &sources.successors);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), path);
    const enum th_err err =
        th_register_read(sources.units, sources.successors, &findings, &units->reg);
    if (th_findings_print(&findings, call->lang, TH_COUNT(kept), stderr) != TH_OK) {
        return TH_EXIT_IO;
    }
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    return err == TH_OK ? TH_EXIT_OK : TH_EXIT_DATA;
}

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

static int open_units(struct units *units)
{
    const struct th_call *call = units->call;
    const char *file = th_call_text(call, "units");
    if (file != NULL) {
        return read_register(units, file, th_call_text(call, "successors"));
    }
    if (call->dir == NULL) {
        const char *params[] = {"--units"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    char path[PATH_MAX];
    char successors[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/register/units.csv", call->dir);
    (void)snprintf(successors, sizeof(successors), "%s/register/successors.csv", call->dir);
    return read_register(units, path, exists(successors) ? successors : NULL);
}

static int read_at(struct units *units)
{
    const char *at = th_call_text(units->call, "at");
    units->at = TH_DAY_NONE;
    if (at != NULL && th_day_parse(th_bytes_of(at), &units->at) != TH_OK) {
        const char *params[] = {at};
        return th_call_fail(units->call, TH_M_CELL_DATE, params, 1);
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
    const int written = printf(units->call->lang == TH_LANG_VI
                                   ? "%s: %zu dòng, %u đơn vị, %zu đơn vị gốc, %zu dòng kế thừa\n"
                                   : "%s: %zu rows, %u units, %zu roots, %zu successor rows\n",
                               file,
                               th_register_version_count(units->reg),
                               (unsigned)th_register_unit_count(units->reg),
                               th_register_roots(units->reg, &uid, 1),
                               th_register_successor_count(units->reg));
    return written < 0 ? TH_EXIT_IO : TH_EXIT_OK;
}

int units_run(const struct th_call *call)
{
    static const char *const WORDS[] = {"list", "count", "show", "check"};
    enum word { LIST, COUNT, SHOW, CHECK };
    const char *word = call->operand_count == 0 ? "" : call->operands[0];
    size_t which = 0;
    while (which < TH_COUNT(WORDS) && strcmp(word, WORDS[which]) != 0) {
        which++;
    }
    const size_t operands = which == SHOW || which == CHECK ? 2 : 1;
    if (which == TH_COUNT(WORDS)) {
        const char *params[] = {word};
        return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
    }
    if (call->operand_count != operands) {
        const char *params[] = {which == CHECK ? "FILE" : which == SHOW ? "CODE" : "--units"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    TH_SCOPED(units_free) struct units units = {.call = call};
    int code = read_at(&units);
    if (code == TH_EXIT_OK && which == CHECK) {
        return check(&units, call->operands[1]);
    }
    code = code == TH_EXIT_OK ? open_units(&units) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    return which == LIST    ? units_list(&units)
           : which == COUNT ? units_count(&units)
                            : units_show(&units, call->operands[1]);
}
