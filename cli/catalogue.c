// catalogue.c - see catalogue.h

#include "cli/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/province.h"

enum { FINDINGS_MAX = 200, NAME_BYTES = 1024 };

// ---- findings under the path of their file ----

static bool is_known(const char *name)
{
    for (size_t i = 0; th_catalogue_file_name(i) != NULL; i++) {
        if (strcmp(name, th_catalogue_file_name(i)) == 0) {
            return true;
        }
    }
    return false;
}

static bool ends_with(const char *name, const char *end)
{
    const size_t size = strlen(name);
    const size_t end_size = strlen(end);
    return size > end_size && strcmp(name + size - end_size, end) == 0;
}

static void close_dir(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
    }
}

// measure.yaml would be passed over in silence.
static void find_strangers(const char *place, struct th_findings *findings)
{
    TH_SCOPED(close_dir) DIR *dir = opendir(place);
    if (dir == NULL) {
        return; // vn or open
    }
    const struct dirent *entry = readdir(dir);    // NOLINT(concurrency-mt-unsafe): the only thread
    for (; entry != NULL; entry = readdir(dir)) { // NOLINT(concurrency-mt-unsafe)
        const bool yaml = ends_with(entry->d_name, ".yaml") || ends_with(entry->d_name, ".yml");
        if (yaml && !is_known(entry->d_name)) {
            struct th_verdict verdict;
            th_verdict_make(&verdict, TH_M_YAML_UNKNOWN_KEY, 0, "", entry->d_name, NULL);
            th_findings_error(findings, 0, 0, &verdict, (struct th_bytes){0});
        }
    }
}

struct paths {
    char of[TH_CATALOGUE_FILES_MAX][TH_PATH_MAX];
};

// The library knows files by their names alone; people click on paths.
static void name_paths(const char *place, struct th_findings *findings, struct paths *paths)
{
    for (size_t i = 0; th_catalogue_file_name(i) != NULL && i < TH_CATALOGUE_FILES_MAX; i++) {
        const char *name = th_catalogue_file_name(i);
        (void)snprintf(paths->of[i], sizeof(paths->of[i]), "%.4000s/%s", place, name);
        for (size_t k = 0; k < findings->count; k++) {
            if (strcmp(findings->kept[k].file, name) == 0) {
                findings->kept[k].file = paths->of[i];
            }
        }
    }
}

// ---- what a catalogue holds ----

static void print_dims(const struct th_catalogue *catalogue, const char *title)
{
    (void)printf("%s:", title);
    for (size_t i = 0; i < th_catalogue_dim_count(catalogue); i++) {
        const struct th_dim *dim = th_catalogue_dim_at(catalogue, i);
        (void)printf(
            "%s %.*s", i > 0 ? "," : "", (int)dim->code.size, (const char *)dim->code.data);
        if (dim->member_count > 0) {
            (void)printf(" (%zu)", dim->member_count);
        }
    }
    (void)printf("\n");
}

static void
print_schemes(const struct th_catalogue *catalogue, const char *title, enum th_lang lang)
{
    (void)printf("%s:\n", title);
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(catalogue, i);
        const struct th_bytes name = lang == TH_LANG_VI ? scheme->name.vi : scheme->name.en;
        char from[TH_DAY_TEXT_BYTES] = "";
        char until[TH_DAY_TEXT_BYTES] = "";
        char shown[NAME_BYTES];
        (void)th_text_escape(name, shown, sizeof(shown));
        if (scheme->valid_from != TH_DAY_MIN) {
            (void)th_day_people(lang, scheme->valid_from, from);
        }
        if (scheme->valid_until != TH_DAY_MAX) {
            (void)th_day_people(lang, scheme->valid_until - 1, until);
        }
        (void)printf("  %-10.*s %10s – %-10s  %s\n",
                     (int)scheme->code.size,
                     (const char *)scheme->code.data,
                     from,
                     until,
                     shown);
    }
}

static void print_people(const char *place, const struct th_catalogue *catalogue, enum th_lang lang)
{
    const struct th_catalogue_settings *settings = th_catalogue_settings(catalogue);
    const bool vi = lang == TH_LANG_VI;
    (void)printf(vi ? "%s: danh mục %.*s, phiên bản %u: %zu chỉ tiêu, %zu phân tổ, %zu quy định "
                      "đánh giá, %zu biểu, %zu chỉ số, %zu chỉ tiêu kế hoạch\n"
                    : "%s: catalogue %.*s, version %u: %zu measures, %zu dimensions, %zu rating "
                      "schemes, %zu forms, %zu indicators, %zu targets\n",
                 place,
                 (int)settings->code.size,
                 (const char *)settings->code.data,
                 (unsigned)settings->version,
                 th_catalogue_measure_count(catalogue),
                 th_catalogue_dim_count(catalogue),
                 th_catalogue_scheme_count(catalogue),
                 th_catalogue_form_count(catalogue),
                 th_catalogue_indicator_count(catalogue),
                 th_catalogue_target_count(catalogue));
    if (th_catalogue_dim_count(catalogue) > 0) {
        print_dims(catalogue, vi ? "Phân tổ" : "Dimensions");
    }
    print_schemes(catalogue, vi ? "Quy định đánh giá" : "Rating schemes", lang);
}

// Codes have no character that JSON would have to escape.
static void print_json(const struct th_catalogue *catalogue)
{
    const struct th_catalogue_settings *settings = th_catalogue_settings(catalogue);
    (void)printf("{\"code\":\"%.*s\",\"version\":%u,\"measures\":%zu,\"dims\":{",
                 (int)settings->code.size,
                 (const char *)settings->code.data,
                 (unsigned)settings->version,
                 th_catalogue_measure_count(catalogue));
    for (size_t i = 0; i < th_catalogue_dim_count(catalogue); i++) {
        const struct th_dim *dim = th_catalogue_dim_at(catalogue, i);
        (void)printf("%s\"%.*s\":%zu",
                     i > 0 ? "," : "",
                     (int)dim->code.size,
                     (const char *)dim->code.data,
                     dim->member_count);
    }
    (void)printf("},\"schemes\":{");
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(catalogue, i);
        char from[TH_DAY_TEXT_BYTES];
        char to[TH_DAY_TEXT_BYTES];
        (void)printf("%s\"%.*s\":{\"valid_from\":\"%s\",\"valid_to\":\"%s\"}",
                     i > 0 ? "," : "",
                     (int)scheme->code.size,
                     (const char *)scheme->code.data,
                     th_day_text(scheme->valid_from, from),
                     th_day_text(scheme->valid_until, to));
    }
    (void)printf("},\"forms\":%zu,\"indicators\":%zu,\"targets\":%zu}\n",
                 th_catalogue_form_count(catalogue),
                 th_catalogue_indicator_count(catalogue),
                 th_catalogue_target_count(catalogue));
}

// ---- check ----

static bool is_json(const struct th_call *call)
{
    return call->format != NULL && strncmp(call->format, "json", 4) == 0;
}

static int print_findings(const struct th_call *call, struct th_findings *findings)
{
    const enum th_err err = is_json(call)
                                ? th_findings_report(findings, stdout)
                                : th_findings_print(findings, call->lang, FINDINGS_MAX, stderr);
    return err == TH_OK ? TH_EXIT_DATA : TH_EXIT_IO;
}

static int check(const struct th_call *call, const char *place)
{
    static struct th_finding kept[FINDINGS_MAX];
    static struct paths paths;
    TH_SCOPED(th_catalogue_files_free) struct th_catalogue_files files = {0};
    TH_SCOPED(th_catalogue_free) struct th_catalogue *catalogue = NULL;
    enum th_err err = th_catalogue_files_read(place, &files);
    if (err != TH_OK) {
        char what[TH_PATH_MAX + 64];
        (void)snprintf(what,
                       sizeof(what),
                       "%.4000s: %s",
                       place,
                       strerror(errno)); // NOLINT(concurrency-mt-unsafe)
        const char *params[] = {what};
        return th_call_fail(call, TH_M_FILE_UNREADABLE, params, 1);
    }

    struct th_findings findings = th_findings_of(kept, FINDINGS_MAX, place);
    find_strangers(place, &findings);
    err = th_catalogue_read(files.files, files.count, &findings, &catalogue);
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    if (findings.count > 0) {
        name_paths(place, &findings, &paths);
        return print_findings(call, &findings);
    }
    if (is_json(call)) {
        print_json(catalogue);
    } else if (!call->quiet) {
        print_people(place, catalogue, call->lang);
    }
    return TH_EXIT_OK;
}

int catalogue_run(const struct th_call *call)
{
    const char *word = call->operand_count == 0 ? "" : call->operands[0];
    if (strcmp(word, "check") != 0) {
        const char *params[] = {word};
        return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
    }
    if (call->operand_count != 2) {
        const char *params[] = {"DIR"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    return check(call, call->operands[1]);
}
