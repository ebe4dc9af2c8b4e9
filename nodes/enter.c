// enter.c - see enter.h

#include "nodes/enter.h"

#include <inttypes.h>
#include <stdio.h>

#include "tonghop/clock.h"

#include "nodes/settle.h"

uint64_t enter_deadline(const struct th_call *call, bool always)
{
    const struct th_value *wait = th_call_value(call, "wait");
    if (!wait->given && !always) {
        return 0;
    }
    return th_now_ms() + (wait->given ? (uint64_t)wait->number : call->timeout_ms);
}

static enum th_err queue(const struct enter *enter,
                         struct th_update *updates,
                         size_t count,
                         struct th_findings *findings,
                         struct intake_result *result)
{
    const struct intake_options options = {.anew = enter->anew};
    TH_SCOPED(intake_close) struct intake *intake = NULL;
    TH_TRY(intake_open(enter->home, &options, findings, result, &intake));
    for (size_t i = 0; i < count; i++) {
        TH_TRY(intake_update(intake, &updates[i]));
    }
    return intake_publish(intake);
}

static int
say_refusal(const struct enter *enter, enum th_err err, const struct th_findings *findings)
{
    const struct th_call *call = enter->call;
    struct th_findings all = *findings;
    if (err == TH_E_REFUSED) {
        const enum th_err said = th_findings_print(&all, call->lang, TH_FINDINGS_SHOWN, stderr);
        (void)said; // stderr is closed: there is nobody to tell
        return TH_EXIT_DATA;
    }
    if (err == TH_E_TOO_LARGE) {
        const char *params[] = {th_config_text(enter->home->config, "node.outbox_max")};
        return th_call_fail(call, TH_M_OUTBOX_FULL, params, TH_COUNT(params));
    }
    return desk_fail(call, err, enter->home->dir);
}

static void say_end(const struct enter *enter, const struct settle *settle, int code)
{
    const struct intake_result *result = settle->result;
    if (desk_is_json(enter->call)) {
        (void)printf("{%s\"new\":%" PRIu64 ",\"changed\":%" PRIu64 ",\"withdrawn\":%" PRIu64
                     ",\"unchanged\":%" PRIu64 ",",
                     enter->json_head != NULL ? enter->json_head : "",
                     result->fresh,
                     result->changed,
                     result->withdrawn,
                     result->unchanged);
        settle_json(settle);
        (void)printf(",\"exit\":%d}\n", code);
    } else if (result->queued == 0) {
        desk_say(enter->call, "Không đổi: không có gì để gửi.\n", "Unchanged: nothing to send.\n");
    } else {
        settle_say(settle);
    }
}

int enter_update(const struct enter *enter, struct th_update *update)
{
    return enter_updates(enter, update, 1);
}

int enter_updates(const struct enter *enter, struct th_update *updates, size_t count)
{
    const struct th_call *call = enter->call;
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), call->program->name);
    findings.no_notes = call->quiet;
    TH_SCOPED(intake_result_free) struct intake_result result = {0};
    enum th_err err = queue(enter, updates, count, &findings, &result);
    if (err != TH_OK) {
        return say_refusal(enter, err, &findings);
    }
    findings = th_findings_of(kept, TH_COUNT(kept), call->program->name);
    findings.no_notes = call->quiet;
    struct settle settle = {
        .call = call,
        .home = enter->home,
        .file = call->program->name,
        .result = &result,
        .deadline_ms = enter->deadline_ms,
        .findings = &findings,
    };
    const int code = settle_wait(&settle);
    err = th_findings_print(&findings, call->lang, TH_FINDINGS_SHOWN, stderr);
    (void)err; // stderr is closed: there is nobody to tell
    say_end(enter, &settle, code);
    return code;
}
