// homedesk.c - see homedesk.h

#include "nodes/homedesk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/desk.h"
#include "tonghop/roster.h"
#include "tonghop/viewer.h"

enum { OVERRIDE_BYTES = TH_DESK_BROKERS_BYTES + 16 };

static int read_config(const struct th_call *call, const char *dir, struct th_config **config)
{
    char path[TH_PATH_MAX];
    struct th_finding kept[TH_FINDINGS_SHOWN];
    const char *file = call->config != NULL ? call->config : home_path(dir, "tonghop.yaml", path);
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), file);
    errno = 0;
    const enum th_err err =
        th_config_read(dir, call->config, call->overrides, call->override_count, &findings, config);
    if (err == TH_E_REFUSED) {
        const enum th_err said =
            th_findings_print(&findings, call->lang, TH_FINDINGS_SHOWN, stderr);
        (void)said; // stderr is closed: there is nobody to tell
        return TH_EXIT_CONFIG;
    }
    return err == TH_OK ? TH_EXIT_OK : desk_fail(call, err, file);
}

// A key that the broker refuses once is not tried again for a while, so it must know it first.
static int wait_for_broker(const struct th_call *call, const char *dir, uint64_t generation)
{
    char path[TH_PATH_MAX];
    if (generation == 0 || th_broker_state_wait(home_path(dir, "run/broker.state", path),
                                                generation,
                                                call->timeout_ms) == TH_OK) {
        return TH_EXIT_OK;
    }
    const char *params[] = {"broker"};
    return th_call_fail(call, TH_M_LINE_SILENT, params, TH_COUNT(params));
}

// The settings of its directory, but the brokers where they are now.
static int open_own(const struct th_call *call,
                    const struct th_config *config,
                    const char *lineage,
                    struct home *home)
{
    char dir[TH_PATH_MAX];
    char brokers[TH_DESK_BROKERS_BYTES];
    char override[OVERRIDE_BYTES];
    uint64_t generation = 0;
    struct th_verdict why;
    if (th_desk_make(config, lineage, &generation, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    const int code = wait_for_broker(call, th_config_dir(config), generation);
    if (code != TH_EXIT_OK) {
        return code;
    }
    struct th_call opening = *call;
    opening.dir = th_desk_dir(config, lineage, dir);
    opening.config = NULL;
    (void)snprintf(override, sizeof(override), "node.brokers=%s", th_desk_brokers(config, brokers));
    if (opening.override_count < TH_OVERRIDES_MAX) {
        opening.overrides[opening.override_count++] = override;
    }
    return desk_open_loaded(&opening, home);
}

int homedesk_open(const struct th_call *call, const char *unit, struct home *home)
{
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    const struct th_config_province *provinces = NULL;
    char lineage[TH_LINEAGE_MAX + 1];
    *home = (struct home){0};
    int code = read_config(call, desk_dir(call), &config);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (th_config_provinces(config, &provinces) == 0) {
        return desk_open_loaded(call, home); // an enrolled one; whether it is a desk, the rules say
    }
    code = th_viewer_lineage(call, config, th_call_text(call, "lineage"), unit, lineage);
    return code == TH_EXIT_OK ? open_own(call, config, lineage, home) : code;
}
