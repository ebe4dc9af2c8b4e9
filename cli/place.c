// place.c - see place.h

#include "cli/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/file.h"

enum { FINDINGS_KEPT = 20 };

char *place_path(const char *dir, const char *name, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.3900s/%.190s", dir, name);
    return out;
}

const char *place_dir(const struct th_call *call)
{
    if (call->operand_count > 0) {
        return call->operands[0];
    }
    return call->dir != NULL ? call->dir : ".";
}

int place_fail_verdict(const struct th_call *call, const struct th_verdict *verdict)
{
    char line[TH_SENTENCE_BYTES];
    (void)th_verdict_line(verdict, call->lang, line, sizeof(line));
    (void)fprintf(stderr,
                  "%s: %s TH%04u: %s\n",
                  call->program->name,
                  th_severity_text(call->lang, TH_SEVERITY_ERROR),
                  (unsigned)verdict->code,
                  line);
    const int code = th_message_exit(verdict->code);
    return code != 0 ? code : TH_EXIT_SOFTWARE;
}

int place_missing(const struct th_call *call, const char *option, const char *values)
{
    char text[TH_SENTENCE_BYTES];
    char remedy[TH_SENTENCE_BYTES];
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_ARGUMENT_MISSING, 0, NULL, option, NULL);
    (void)th_verdict_text(&verdict, call->lang, text, sizeof(text));
    (void)th_verdict_remedy(&verdict, call->lang, remedy, sizeof(remedy));
    (void)fprintf(stderr,
                  "%s: %s TH%04u: %s (%s). → %s\n",
                  call->program->name,
                  th_severity_text(call->lang, TH_SEVERITY_ERROR),
                  (unsigned)verdict.code,
                  text,
                  values,
                  remedy);
    return th_message_exit(verdict.code);
}

int place_fail(const struct th_call *call, enum th_err err, const char *path)
{
    if (err == TH_OK) {
        return TH_EXIT_OK;
    }
    char what[TH_PATH_MAX + 128];
    const bool in_use = err == TH_E_BUSY || err == TH_E_EXISTS;
    (void)snprintf(what,
                   sizeof(what),
                   "%s%s%s",
                   path,
                   in_use ? "" : ": ",
                   in_use       ? ""
                   : errno != 0 ? strerror(errno) // NOLINT(concurrency-mt-unsafe): one thread
                                : th_err_text(err));
    const char *params[] = {what};
    if (in_use) {
        return th_call_fail(call, TH_M_DIR_IN_USE, params, 1);
    }
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    if (strcmp(path, "stdout") == 0) {
        return th_call_fail(call, TH_M_WRITE_FAILED, params, 1);
    }
    const int code = th_call_fail(call, TH_M_FILE_UNREADABLE, params, 1);
    return err == TH_E_FULL || th_err_class(err) == TH_CLASS_FATAL ? TH_EXIT_IO : code;
}

void place_findings(const struct th_call *call, struct th_findings *findings)
{
    const enum th_err err = th_findings_print(findings, call->lang, FINDINGS_KEPT, stderr);
    (void)err; // stderr is closed: there is nobody to tell
}

int place_config(const struct th_call *call, const char *dir, struct th_config **config)
{
    char path[TH_PATH_MAX];
    struct th_finding kept[FINDINGS_KEPT];
    const char *file = call->config != NULL ? call->config : place_path(dir, "tonghop.yaml", path);
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), file);
    errno = 0;
    const enum th_err err =
        th_config_read(dir, call->config, call->overrides, call->override_count, &findings, config);
    if (err == TH_E_REFUSED) {
        place_findings(call, &findings);
        return TH_EXIT_CONFIG;
    }
    return place_fail(call, err, file);
}
