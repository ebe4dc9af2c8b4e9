// viewer.c - see viewer.h

#include "tonghop/viewer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/enrolment.h"
#include "tonghop/roster.h"

enum { FINDINGS_KEPT = 20 };

static int trouble(const struct th_call *call, enum th_err err, const char *path)
{
    char what[TH_PATH_MAX + 128];
    const char *params[] = {what};
    if (err == TH_OK) {
        return TH_EXIT_OK;
    }
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    (void)snprintf(what,
                   sizeof(what),
                   "%s: %s",
                   path,
                   errno != 0 ? strerror(errno) // NOLINT(concurrency-mt-unsafe): one thread
                              : th_err_text(err));
    const int code = th_call_fail(call, TH_M_FILE_UNREADABLE, params, 1);
    return err == TH_E_FULL || th_err_class(err) == TH_CLASS_FATAL ? TH_EXIT_IO : code;
}

// ---- the directory ----

int th_viewer_lineage(const struct th_call *call,
                      const struct th_config *config,
                      const char *lineage,
                      const char *unit,
                      char out[static TH_LINEAGE_MAX + 1])
{
    char list[256];
    char arg[300] = "--lineage";
    const char *params[] = {arg};
    if (lineage != NULL) {
        (void)snprintf(out, TH_LINEAGE_MAX + 1, "%s", lineage);
        return th_config_province(config, lineage) != NULL
                   ? TH_EXIT_OK
                   : th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    errno = 0;
    const enum th_err err = th_province_choose(config, unit, out, list);
    if (err == TH_E_INVALID) {
        (void)snprintf(arg, sizeof(arg), "--lineage (%s)", list);
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    if (err == TH_E_NOT_FOUND && unit != NULL) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'a', NULL, unit, NULL);
        return th_call_tell(call, &verdict);
    }
    return trouble(call, err, th_config_dir(config));
}

static int say_findings(const struct th_call *call, struct th_findings *findings)
{
    const enum th_err err = th_findings_print(findings, call->lang, FINDINGS_KEPT, stderr);
    (void)err; // stderr is closed: there is nobody to tell
    return TH_EXIT_CONFIG;
}

static int read_config(const struct th_call *call, struct th_viewer *viewer)
{
    char path[TH_PATH_MAX];
    struct th_finding kept[FINDINGS_KEPT];
    (void)snprintf(path, sizeof(path), "%.4000s/tonghop.yaml", viewer->dir);
    const char *file = call->config != NULL ? call->config : path;
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), file);
    errno = 0;
    const enum th_err err = th_config_read(viewer->dir,
                                           call->config,
                                           call->overrides,
                                           call->override_count,
                                           &findings,
                                           &viewer->config);
    return err == TH_E_REFUSED ? say_findings(call, &findings) : trouble(call, err, file);
}

// The directory of a joined viewer names its province in its enrolment.
static int open_joined(const struct th_call *call, struct th_viewer *viewer)
{
    char path[TH_PATH_MAX];
    struct th_findings nobody = th_findings_of(NULL, 0, "enrolment.yaml");
    struct th_verdict why;
    TH_SCOPED(th_enrolment_free) struct th_enrolment_file file = {0};
    (void)snprintf(path, sizeof(path), "%.4000s/keys/enrolment.yaml", viewer->dir);
    if (th_enrolment_read(path, 0, &nobody, &file, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    const char *lineage = th_config_text(viewer->config, "node.lineage");
    (void)snprintf(viewer->lineage, sizeof(viewer->lineage), "%s", lineage);
    (void)th_bytes_copy_text(file.enrolment.province, viewer->root_code, sizeof(viewer->root_code));
    return TH_EXIT_OK;
}

static bool is_joined(const struct th_config *config)
{
    const struct th_config_province *provinces = NULL;
    return th_config_provinces(config, &provinces) == 0 &&
           th_config_text(config, "node.queries")[0] != '\0';
}

int th_viewer_open(const struct th_call *call,
                   const char *lineage,
                   const char *unit,
                   struct th_viewer *viewer)
{
    struct th_finding kept[FINDINGS_KEPT];
    *viewer = (struct th_viewer){.dir = call->dir != NULL ? call->dir : "."};
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), viewer->dir);
    int code = read_config(call, viewer);
    if (code == TH_EXIT_OK && is_joined(viewer->config)) {
        return open_joined(call, viewer);
    }
    if (code == TH_EXIT_OK) {
        code = th_viewer_lineage(call, viewer->config, lineage, unit, viewer->lineage);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    errno = 0;
    const enum th_err err =
        th_province_load(viewer->config, viewer->lineage, &findings, &viewer->province);
    if (err == TH_OK) {
        const char *root_code = viewer->province->root_code;
        (void)snprintf(viewer->root_code, sizeof(viewer->root_code), "%s", root_code);
    }
    return err == TH_E_REFUSED ? say_findings(call, &findings) : trouble(call, err, viewer->dir);
}

void th_viewer_close(struct th_viewer *viewer)
{
    th_province_free(&viewer->province);
    th_config_free(&viewer->config);
}

// ---- the doors ----

static enum th_err
find_doors(const char *dir, const struct th_config *config, struct th_viewer_doors *doors)
{
    char path[TH_PATH_MAX];
    struct th_broker_state state;
    if (is_joined(config)) {
        (void)snprintf(
            doors->queries, TH_ENDPOINT_SIZE, "%s", th_config_text(config, "node.queries"));
        (void)snprintf(doors->feed, TH_ENDPOINT_SIZE, "%s", th_config_text(config, "node.feed"));
        return TH_OK;
    }
    (void)snprintf(path, sizeof(path), "%.4000s/run/broker.state", dir);
    TH_TRY(th_broker_state_read(path, &state));
    (void)snprintf(doors->queries, TH_ENDPOINT_SIZE, "%s", state.queries);
    (void)snprintf(doors->feed, TH_ENDPOINT_SIZE, "%s", state.feed);
    return TH_OK;
}

int th_viewer_doors(const struct th_call *call,
                    const char *dir,
                    const struct th_config *config,
                    struct th_viewer_doors *doors)
{
    char path[TH_PATH_MAX];
    struct th_verdict why;
    if (find_doors(dir, config, doors) != TH_OK) {
        return th_call_fail(call, TH_M_PROVINCE_DOWN, &dir, 1);
    }
    (void)th_config_path(config, "keys", path, sizeof(path));
    if (th_key_read(path, "viewer", &doors->own, &why) != TH_OK ||
        th_key_read_public(path, "broker", doors->server_public, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    doors->number = (uint32_t)th_config_number(config, "node.number");
    return TH_EXIT_OK;
}

void th_viewer_look(const char *dir, const struct th_config *config, struct th_viewer_doors *doors)
{
    const enum th_err err = find_doors(dir, config, doors);
    (void)err; // the province is down: its doors are where they were when it comes back
}

void th_viewer_forget(struct th_viewer_doors *doors)
{
    th_key_forget(&doors->own);
}

int th_viewer_asker(const struct th_call *call,
                    const char *dir,
                    const struct th_config *config,
                    struct th_asker **asker)
{
    TH_SCOPED(th_viewer_forget) struct th_viewer_doors doors = {0};
    const int code = th_viewer_doors(call, dir, config, &doors);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const struct th_asker_setup setup = {
        .endpoint = doors.queries,
        .server_public = doors.server_public,
        .own_public = doors.own.public_key,
        .own_secret = doors.own.secret_key,
        .number = doors.number,
    };
    errno = 0;
    return trouble(call, th_asker_open(&setup, asker), doors.queries);
}

static bool is_among(struct th_bytes word, const struct th_bytes *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (th_bytes_equal(list[i], word)) {
            return true;
        }
    }
    return false;
}

// Which list of the question an unknown word came from, as TH5002's variant.
static char kind_of(const struct th_query *query, struct th_bytes word)
{
    if (is_among(word, query->measures, query->measure_count)) {
        return 'b';
    }
    if (is_among(word, query->periods, query->period_count)) {
        return 'c';
    }
    const bool keeps = is_among(word, query->by, query->by_count);
    return keeps || th_bytes_equal(query->level, word) ? 'e' : 'a';
}

static void own_fingerprint(const char *dir, char out[static TH_FINGERPRINT_SIZE])
{
    char keys[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE];
    uint8_t key[TH_CURVE_BYTES];
    struct th_verdict why;
    (void)snprintf(keys, sizeof(keys), "%.4000s/keys", dir);
    out[0] = '\0';
    if (th_key_read_public(keys, "viewer", public_key, &why) == TH_OK &&
        th_z85_read(th_bytes_of(public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, out);
    }
}

int th_viewer_fail(const struct th_call *call,
                   const char *dir,
                   const struct th_query *query,
                   enum th_err err,
                   const struct th_asker_end *end)
{
    struct th_verdict verdict;
    char text[32];
    if (err == TH_E_REFUSED && end->code == TH_M_UNKNOWN_WORD) {
        const char kind = kind_of(query, th_bytes_of(end->detail));
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, kind, NULL, end->detail, NULL);
        return th_call_tell(call, &verdict);
    }
    if (err == TH_E_DENIED) {
        char fingerprint[TH_FINGERPRINT_SIZE];
        own_fingerprint(dir, fingerprint);
        th_verdict_make(&verdict, TH_M_KEY_REFUSED, 0, NULL, fingerprint, "unknown", NULL);
        return th_call_tell(call, &verdict);
    }
    if (err == TH_E_TIMEOUT && end->code == 0) {
        (void)snprintf(text, sizeof(text), "%" PRIu64 " ms", call->timeout_ms);
        th_verdict_make(&verdict, TH_M_LINE_SILENT, 0, NULL, text, NULL);
        return th_call_tell(call, &verdict);
    }
    if (err == TH_E_TIMEOUT || err == TH_E_REFUSED) {
        th_verdict_make(&verdict, end->code, 0, NULL, end->detail, NULL);
        (void)th_call_tell(call, &verdict);
        return err == TH_E_TIMEOUT ? TH_EXIT_UNAVAILABLE : th_message_exit(end->code);
    }
    return trouble(call, err, dir);
}

// ---- the question ----

static size_t
views(const struct th_call *call, const char *name, struct th_bytes out[static TH_OPTION_LIST_MAX])
{
    const struct th_value *value = th_call_value(call, name);
    for (size_t i = 0; i < value->list_count; i++) {
        out[i] = th_bytes_of(value->list[i]);
    }
    return value->list_count;
}

struct th_query th_viewer_query(const struct th_call *call,
                                const struct th_viewer *viewer,
                                struct th_filter *filter)
{
    return (struct th_query){
        .ask = TH_ASK_TOTALS,
        .lineage = th_bytes_of(viewer->lineage),
        .units = filter->units,
        .unit_count = views(call, "unit", filter->units),
        .periods = filter->periods,
        .period_count = views(call, "period", filter->periods),
        .measures = filter->measures,
        .measure_count = views(call, "measure", filter->measures),
        .by = filter->by,
        .by_count = views(call, "by", filter->by),
        .level = th_bytes_of(th_call_text(call, "level")),
        .missing = th_call_flag(call, "missing"),
    };
}
