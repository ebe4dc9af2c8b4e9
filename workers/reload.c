// reload.c - see reload.h

#include "workers/reload.h"

#include <stdio.h>
#include <unistd.h>

#include "tonghop/log.h"

enum { FINDINGS_KEPT = 20 };

int reload_read(const struct th_call *call, struct th_config **config)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    if (call->dir == NULL) {
        const char *option = "--dir";
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, &option, 1);
    }
    const enum th_err err = th_config_read(
        call->dir, call->config, call->overrides, call->override_count, &findings, config);
    if (err == TH_E_REFUSED) {
        (void)!th_findings_print(&findings, call->lang, FINDINGS_KEPT, stderr);
        return TH_EXIT_CONFIG;
    }
    return err == TH_OK ? TH_EXIT_OK : th_call_fail(call, TH_M_FILE_UNREADABLE, &call->dir, 1);
}

struct writer_pace reload_pace(const struct th_config *config)
{
    return (struct writer_pace){
        .judge = {.feed_keep = (uint32_t)th_config_number(config, "worker.feed_keep"),
                  .attach_ms = (uint32_t)th_config_number(config, "worker.attach_every"),
                  .beat_ms = (uint32_t)th_config_number(config, "worker.beat"),
                  .overlap_ms = (int64_t)th_config_number(config, "worker.key_overlap")},
        .turn_batches = (uint32_t)th_config_number(config, "worker.turn_batches"),
        .turn_bytes = (size_t)th_config_number(config, "worker.turn_bytes"),
        .turn_wait_ms = (unsigned)th_config_number(config, "worker.turn_wait"),
    };
}

static void tell_setting(void *self, const struct th_config_entry *entry)
{
    (void)self;
    th_log(LOG_NOTICE,
           "setting",
           "key=%s value=%s applied=%s",
           entry->key,
           entry->value,
           entry->reload ? "now" : "at-restart");
}

void reload_now(void *self)
{
    struct reload *reload = self;
    struct th_config *fresh = NULL;
    int level = LOG_INFO;
    if (reload_read(reload->call, &fresh) != TH_EXIT_OK) {
        th_log(LOG_ERR, "config-kept", "pid=%d", (int)getpid());
        return;
    }
    const struct th_config *old = reload->newest != NULL ? reload->newest : reload->first;
    th_config_changes(old, fresh, "worker", tell_setting, NULL);
    const struct writer_pace pace = reload_pace(fresh);
    for (size_t i = 0; i < reload->count; i++) {
        writer_set_pace(reload->writers[i], &pace);
    }
    if (th_log_level_parse(th_config_text(fresh, "common.log_level"), &level)) {
        th_log_level_set(level);
    }
    reload_end(reload);
    reload->newest = fresh;
    th_log(LOG_NOTICE, "config", "pid=%d", (int)getpid());
}

void reload_end(struct reload *reload)
{
    th_config_free(&reload->newest);
}
