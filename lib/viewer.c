// viewer.c - see viewer.h

#include "tonghop/viewer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/roster.h"
#include "tonghop/server_key.h"

#include "lib/viewer_internal.h"

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

void viewer_why_file(enum th_err err, const char *path, struct th_verdict *why)
{
    char text[TH_PARAM_BYTES];
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    const char *reason = errno != 0 ? strerror(errno) : th_err_text(err);
    (void)snprintf(text, sizeof(text), "%.40s: %s", path, reason);
    if (err == TH_E_NO_MEMORY) {
        th_verdict_make(why, TH_M_NO_MEMORY, 0, NULL, NULL);
    } else if (err == TH_E_FULL || th_err_class(err) == TH_CLASS_FATAL) {
        th_verdict_make(why, TH_M_WRITE_FAILED, 0, NULL, text, NULL);
    } else {
        th_verdict_make(why, TH_M_FILE_UNREADABLE, 0, NULL, text, NULL);
    }
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

int viewer_say_findings(const struct th_call *call, struct th_findings *findings)
{
    const enum th_err err = th_findings_print(findings, call->lang, FINDINGS_KEPT, stderr);
    (void)err; // stderr is closed: there is nobody to tell
    return TH_EXIT_CONFIG;
}

int viewer_read_config(const struct th_call *call, const char *dir, struct th_config **config)
{
    char path[TH_PATH_MAX];
    struct th_finding kept[FINDINGS_KEPT];
    (void)snprintf(path, sizeof(path), "%.4000s/tonghop.yaml", dir);
    const char *file = call->config != NULL ? call->config : path;
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), file);
    errno = 0;
    const enum th_err err =
        th_config_read(dir, call->config, call->overrides, call->override_count, &findings, config);
    return err == TH_E_REFUSED ? viewer_say_findings(call, &findings) : trouble(call, err, file);
}

static int choose_on(const struct th_call *call,
                     const char *unit,
                     struct th_bytes structure,
                     struct th_viewer *viewer)
{
    errno = 0;
    const enum th_err err =
        th_province_choose_on(viewer->config, unit, structure, th_wall_ms(), viewer->lineage);
    if (err == TH_E_NOT_FOUND) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'a', NULL, unit, NULL);
        return th_call_tell(call, &verdict);
    }
    return trouble(call, err, th_config_dir(viewer->config));
}

// The province of a directory that init made.
static int open_province(const struct th_call *call,
                         const char *lineage,
                         const char *unit,
                         struct th_bytes structure,
                         struct th_viewer *viewer)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), viewer->dir);
    const bool any = structure.size > 0 && lineage == NULL && unit != NULL;
    const int code = any ? choose_on(call, unit, structure, viewer)
                         : th_viewer_lineage(call, viewer->config, lineage, unit, viewer->lineage);
    if (code != TH_EXIT_OK) {
        return code;
    }
    errno = 0;
    const enum th_err err =
        th_province_load(viewer->config, viewer->lineage, &findings, &viewer->province);
    return err == TH_E_REFUSED ? viewer_say_findings(call, &findings)
                               : trouble(call, err, viewer->dir);
}

// The one province that a joined viewer may see.
static int open_joined(const struct th_call *call, const char *lineage, struct th_viewer *viewer)
{
    struct th_verdict why = {0};
    const char *own = th_config_text(viewer->config, "node.lineage");
    if (lineage != NULL && strcmp(lineage, own) != 0) {
        char arg[64];
        const char *params[] = {arg};
        (void)snprintf(arg, sizeof(arg), "--lineage (%s)", own);
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    (void)snprintf(viewer->lineage, sizeof(viewer->lineage), "%s", own);
    const enum th_err err = viewer_load_joined(viewer, call->timeout_ms, &why);
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(call, &why);
}

int th_viewer_open(const struct th_call *call,
                   const char *lineage,
                   const char *unit,
                   struct th_viewer *viewer)
{
    return th_viewer_open_on(call, lineage, unit, (struct th_bytes){0}, viewer);
}

int th_viewer_open_on(const struct th_call *call,
                      const char *lineage,
                      const char *unit,
                      struct th_bytes structure,
                      struct th_viewer *viewer)
{
    *viewer = (struct th_viewer){.dir = call->dir != NULL ? call->dir : "."};
    const int code = viewer_read_config(call, viewer->dir, &viewer->config);
    if (code != TH_EXIT_OK) {
        return code;
    }
    return th_viewer_is_joined(viewer->config)
               ? open_joined(call, lineage, viewer)
               : open_province(call, lineage, unit, structure, viewer);
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
    if (th_viewer_is_joined(config)) {
        const char *queries = th_config_text(config, "node.queries");
        (void)snprintf(doors->queries, TH_ENDPOINT_SIZE, "%s", queries);
        (void)snprintf(doors->feed, TH_ENDPOINT_SIZE, "%s", th_config_text(config, "node.feed"));
        return TH_OK;
    }
    (void)snprintf(path, sizeof(path), "%.4000s/run/broker.state", dir);
    TH_TRY(th_broker_state_read(path, &state));
    (void)snprintf(doors->queries, TH_ENDPOINT_SIZE, "%s", state.queries);
    (void)snprintf(doors->feed, TH_ENDPOINT_SIZE, "%s", state.feed);
    return TH_OK;
}

enum th_err viewer_doors(const char *dir,
                         const struct th_config *config,
                         struct th_viewer_doors *doors,
                         struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    if (find_doors(dir, config, doors) != TH_OK) {
        th_verdict_make(why, TH_M_PROVINCE_DOWN, 0, NULL, dir, NULL);
        return TH_E_NOT_FOUND;
    }
    (void)th_config_path(config, "keys", path, sizeof(path));
    TH_TRY(th_key_check(path, why));
    TH_TRY(th_key_read(path, "viewer", &doors->own, why));
    struct th_server_key server; // read again by whoever connects
    TH_TRY(th_server_key_open(&server, path, why));
    (void)snprintf(doors->keys, sizeof(doors->keys), "%s", path);
    doors->number = (uint32_t)th_config_number(config, "node.number");
    return TH_OK;
}

int th_viewer_doors(const struct th_call *call,
                    const char *dir,
                    const struct th_config *config,
                    struct th_viewer_doors *doors)
{
    struct th_verdict why;
    const enum th_err err = viewer_doors(dir, config, doors, &why);
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(call, &why);
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

enum th_err viewer_asker(const struct th_viewer_doors *doors, struct th_asker **asker)
{
    const struct th_asker_setup setup = {
        .endpoint = doors->queries,
        .keys = doors->keys,
        .own_public = doors->own.public_key,
        .own_secret = doors->own.secret_key,
        .number = doors->number,
    };
    return th_asker_open(&setup, asker);
}

int th_viewer_asker(const struct th_call *call,
                    const char *dir,
                    const struct th_config *config,
                    struct th_asker **asker)
{
    TH_SCOPED(th_viewer_forget) struct th_viewer_doors doors = {0};
    const int code = th_viewer_doors(call, dir, config, &doors);
    errno = 0;
    return code != TH_EXIT_OK ? code : trouble(call, viewer_asker(&doors, asker), doors.queries);
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
    if (word.size > 0 &&
        (th_bytes_equal(word, query->known_at) || th_bytes_equal(word, query->known_to))) {
        th_day day = TH_DAY_NONE;
        return th_day_parse(word, &day) == TH_OK ? 'g' : 'f';
    }
    if (is_among(word, query->measures, query->measure_count)) {
        return 'b';
    }
    if (is_among(word, query->periods, query->period_count)) {
        return 'c';
    }
    if (th_bytes_equal(query->structure, word)) {
        return 'h';
    }
    if (query->ask == TH_ASK_PERSON && th_bytes_equal(query->scheme, word)) {
        return 'k';
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

void viewer_why_ask(const char *dir,
                    enum th_err err,
                    const struct th_asker_end *end,
                    uint64_t timeout_ms,
                    struct th_verdict *why)
{
    char text[TH_FINGERPRINT_SIZE > 32 ? TH_FINGERPRINT_SIZE : 32];
    if (err == TH_E_DENIED) {
        own_fingerprint(dir, text);
        th_verdict_make(why, TH_M_KEY_REFUSED, 0, NULL, text, "unknown", NULL);
    } else if (err == TH_E_TIMEOUT && end->code == 0) {
        (void)snprintf(text, sizeof(text), "%" PRIu64 " ms", timeout_ms);
        th_verdict_make(why, TH_M_LINE_SILENT, 0, NULL, text, NULL);
    } else if (err == TH_E_TIMEOUT || err == TH_E_REFUSED) {
        th_verdict_make(why, end->code, 0, NULL, end->detail, NULL);
    } else {
        viewer_why_file(err, "bundle", why);
    }
}

int th_viewer_fail(const struct th_call *call,
                   const char *dir,
                   const struct th_query *query,
                   enum th_err err,
                   const struct th_asker_end *end)
{
    struct th_verdict verdict;
    if (err == TH_E_REFUSED && end->code == TH_M_UNKNOWN_WORD) {
        const char kind = kind_of(query, th_bytes_of(end->detail));
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, kind, NULL, end->detail, NULL);
        return th_call_tell(call, &verdict);
    }
    if (err != TH_E_DENIED && err != TH_E_TIMEOUT && err != TH_E_REFUSED) {
        return trouble(call, err, dir);
    }
    viewer_why_ask(dir, err, end, call->timeout_ms, &verdict);
    const int code = th_call_tell(call, &verdict);
    return err == TH_E_TIMEOUT ? TH_EXIT_UNAVAILABLE : code;
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
