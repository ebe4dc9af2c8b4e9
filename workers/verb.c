// verb.c - see verb.h

#include "workers/verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/number.h"

enum { FINDINGS_KEPT = 20, LIST_BYTES = 256 };

bool verb_is_backup(const char *dir)
{
    char path[TH_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%.4000s/manifest.yaml", dir);
    return access(path, F_OK) == 0;
}

const char *verb_dir(const struct th_call *call, size_t index)
{
    const char *dir = call->dir != NULL ? call->dir : ".";
    return call->operand_count > index ? call->operands[index] : dir;
}

int verb_config(const struct th_call *call, const char *dir, struct th_config **config)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    const char *overrides[TH_OVERRIDES_MAX + 2];
    size_t count = call->override_count;
    memcpy(overrides, call->overrides, count * sizeof(overrides[0]));
    if (verb_is_backup(dir)) { // what is in it, wherever it was in the province
        overrides[count++] = "worker.state=state";
        overrides[count++] = "common.keys=keys";
    }
    const enum th_err err = th_config_read(dir, call->config, overrides, count, &findings, config);
    if (err == TH_E_REFUSED) {
        (void)!th_findings_print(&findings, call->lang, FINDINGS_KEPT, stderr);
        return TH_EXIT_CONFIG;
    }
    if (err != TH_OK) {
        char path[TH_PATH_MAX];
        (void)snprintf(path, sizeof(path), "%.4000s/tonghop.yaml", dir);
        return verb_fail_file(call, TH_M_FILE_UNREADABLE, path, err);
    }
    return TH_EXIT_OK;
}

int verb_lineage(const struct th_call *call, const struct th_config *config, const char **lineage)
{
    const struct th_config_province *provinces = NULL;
    const size_t count = th_config_provinces(config, &provinces);
    const char *asked = th_call_text(call, "lineage");
    char list[LIST_BYTES] = "--lineage: ";
    for (size_t i = 0; i < count; i++) {
        if (asked != NULL ? strcmp(provinces[i].lineage, asked) == 0 : count == 1) {
            *lineage = provinces[i].lineage;
            return TH_EXIT_OK;
        }
        const size_t used = strlen(list);
        (void)snprintf(
            list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", provinces[i].lineage);
    }
    if (asked != NULL) {
        const char *params[] = {th_config_dir(config), asked};
        return th_call_fail(call, TH_M_BACKUP_NO_PROVINCE, params, 2);
    }
    const char *params[] = {list};
    return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
}

enum th_err verb_open(const struct th_config *config,
                      const char *lineage,
                      struct th_disk **disk,
                      struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    const char *dir = th_config_dir(config);
    const enum th_disk_use use = verb_is_backup(dir) ? TH_DISK_STILL : TH_DISK_BESIDE;
    (void)host_store_path(config, lineage, path);
    struct th_disk_options options = host_disk_options(config, path, use);
    options.free_min = 0; // nothing is written
    const enum th_err err = th_disk_open(path, &options, disk);
    if (err == TH_E_NOT_FOUND) {
        th_verdict_make(why, TH_M_STORE_CHANGED, 'b', "", dir, NULL);
        return err;
    }
    return err == TH_OK ? TH_OK : host_not_opened(err, path, why);
}

static void tell_finding(void *self, const char *sentence)
{
    (void)fprintf(stderr, "%s: %s\n", (const char *)self, sentence);
}

struct sound_setup
verb_sound(const struct th_call *call, const struct th_config *config, const char *lineage)
{
    return (struct sound_setup){
        .config = config,
        .lineage = lineage,
        .level = VERIFY_FULL,
        .lang = call->lang,
        .tell = tell_finding,
        .self = (void *)(uintptr_t)lineage,
    };
}

int verb_fail_file(const struct th_call *call, unsigned code, const char *path, enum th_err err)
{
    char what[TH_PATH_MAX + 128];
    char reason[128];
    const char *said = errno != 0 ? strerror_r(errno, reason, sizeof(reason)) : th_err_text(err);
    (void)snprintf(what, sizeof(what), "%s: %s", path, said);
    const char *params[] = {what};
    return th_call_fail(call, code, params, 1);
}

char *verb_size(enum th_lang lang, uint64_t bytes, char out[static VERB_SIZE_BYTES])
{
    static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    char number[TH_NUMBER_TEXT_BYTES];
    uint64_t tenths = bytes * 10;
    size_t unit = 0;
    for (; tenths >= 10240 && unit + 1 < TH_COUNT(UNITS); unit++) {
        tenths = tenths / 1024;
    }
    const bool whole = unit == 0;
    (void)th_number_people(lang, (int64_t)(whole ? bytes : tenths), whole ? 0 : 1, number);
    (void)snprintf(out, VERB_SIZE_BYTES, "%.20s %s", number, UNITS[unit]);
    return out;
}
