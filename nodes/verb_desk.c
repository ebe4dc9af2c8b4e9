// verb_desk.c - tonghop return, accept, reopen: what the province's desk decides about a report;
// and revocation and enrolment, which keys revoke and enrol --node say through it

#include <stdlib.h>
#include <string.h>

#include "nodes/enter.h"
#include "nodes/homedesk.h"
#include "nodes/verb.h"

// clang-format off
#define OPTION_TEXT(option, shown, vi_text, en_text)                       \
    {.name = (option),                                                     \
     .kind = TH_OPTION_TEXT,                                               \
     .value = (shown),                                                     \
     .help = {vi_text, en_text}}
#define OPTION_LINEAGE                                                     \
    OPTION_TEXT("lineage", "ID", "tỉnh nào, khi thư mục có nhiều tỉnh",    \
                "which province, when the directory has several")
// clang-format on

static struct th_bytes option_text(const struct th_call *call, const char *name)
{
    return th_bytes_of(th_call_text(call, name));
}

static int need(const struct th_call *call, const char *name, const char *shown)
{
    const char *params[] = {shown};
    return th_call_text(call, name) != NULL
               ? TH_EXIT_OK
               : th_call_fail(call, TH_M_ARGUMENT_MISSING, params, TH_COUNT(params));
}

// The report that the operands name.
static struct th_update about_report(const struct th_call *call, enum th_act act)
{
    return (struct th_update){
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .desk = {.act = act,
                 .unit = th_bytes_of(call->operands[0]),
                 .form = th_bytes_of(call->operands[1]),
                 .period = th_bytes_of(call->operands[2])},
    };
}

// A desk waits: what it decides has a use only when the province has taken it.
static int decide(const struct th_call *call, struct th_update *update)
{
    TH_SCOPED(home_close) struct home home = {0};
    const int code = homedesk_open(call, call->operands[0], &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (th_catalogue_form(home.province->catalogue, update->desk.form) == NULL) {
        struct th_verdict why;
        th_verdict_make(&why, TH_M_NO_FORM, 'b', NULL, call->operands[1], NULL);
        return th_call_tell(call, &why);
    }
    const struct enter enter = {
        .call = call, .home = &home, .anew = true, .deadline_ms = enter_deadline(call, true)};
    return enter_update(&enter, update);
}

// ---- return ----

static const struct th_option RETURN_OPTIONS[] = {
    OPTION_TEXT("comment", "TEXT", "nhận xét gửi cho đơn vị", "what the unit is to be told"),
    OPTION_LINEAGE,
    ENTER_OPTION_WAIT,
};

static int return_run(const struct th_call *call)
{
    struct th_update update = about_report(call, TH_ACT_DESK_DECISION);
    update.desk.decision = TH_BYTES("return");
    update.desk.text = option_text(call, "comment");
    const int code = need(call, "comment", "--comment");
    return code == TH_EXIT_OK ? decide(call, &update) : code;
}

const struct th_verb VERB_RETURN = {
    .name = "return",
    .operands = "UNIT FORM PERIOD",
    .help = {"tỉnh trả lại biểu kèm nhận xét", "the province returns a report with a comment"},
    .options = RETURN_OPTIONS,
    .option_count = TH_COUNT(RETURN_OPTIONS),
    .operands_min = 3,
    .operands_max = 3,
    .run = return_run,
};

// ---- accept ----

static int accept_run(const struct th_call *call)
{
    struct th_update update = about_report(call, TH_ACT_DESK_DECISION);
    update.desk.decision = TH_BYTES("accept");
    update.desk.text = option_text(call, "comment");
    return decide(call, &update);
}

const struct th_verb VERB_ACCEPT = {
    .name = "accept",
    .operands = "UNIT FORM PERIOD",
    .help = {"tỉnh chấp nhận biểu đã nộp", "the province accepts a submitted report"},
    .options = RETURN_OPTIONS,
    .option_count = TH_COUNT(RETURN_OPTIONS),
    .operands_min = 3,
    .operands_max = 3,
    .run = accept_run,
};

// ---- reopen ----

static const struct th_option REOPEN_OPTIONS[] = {
    OPTION_TEXT("until", "YYYY-MM-DD", "mở đến hết ngày này", "open through this day"),
    OPTION_TEXT("reason", "TEXT", "lý do", "why"),
    OPTION_TEXT("by", "NAME", "người cho phép", "who allowed it"),
    OPTION_LINEAGE,
    ENTER_OPTION_WAIT,
};

static int reopen_run(const struct th_call *call)
{
    struct th_update update = about_report(call, TH_ACT_DESK_REOPEN);
    update.desk.until = option_text(call, "until");
    update.desk.text = option_text(call, "reason");
    update.desk.granted_by = option_text(call, "by");
    int code = need(call, "until", "--until");
    if (code == TH_EXIT_OK) {
        code = need(call, "reason", "--reason");
    }
    th_day day = TH_DAY_NONE;
    if (code == TH_EXIT_OK && th_day_parse(update.desk.until, &day) != TH_OK) {
        const char *params[] = {"until", "date"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
    }
    return code == TH_EXIT_OK ? decide(call, &update) : code;
}

const struct th_verb VERB_REOPEN = {
    .name = "reopen",
    .operands = "UNIT FORM PERIOD",
    .help = {"tỉnh mở lại kỳ đã khóa", "the province opens a closed period again"},
    .options = REOPEN_OPTIONS,
    .option_count = TH_COUNT(REOPEN_OPTIONS),
    .operands_min = 3,
    .operands_max = 3,
    .run = reopen_run,
};

// ---- what keys revoke and enrol --node say ----

static const struct th_option REVOCATION_OPTIONS[] = {
    OPTION_TEXT("reason", "TEXT", "lý do", "why"),
    OPTION_LINEAGE,
    ENTER_OPTION_WAIT,
};

static int enter_key_act(const struct th_call *call, enum th_act act)
{
    TH_SCOPED(home_close) struct home home = {0};
    char *end = NULL;
    const unsigned long node = strtoul(call->operands[0], &end, 10);
    if (*end != '\0' || node == 0 || node > UINT32_MAX) {
        const char *params[] = {"NODE", "number"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
    }
    const int code = homedesk_open(call, NULL, &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const bool has_reason = th_call_text(call, "reason") != NULL;
    struct th_update update = {
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .desk = {.act = act,
                 .node = {.has = true, .value = (int64_t)node},
                 .text = has_reason ? option_text(call, "reason") : (struct th_bytes){0}},
    };
    const struct enter enter = {
        .call = call, .home = &home, .anew = true, .deadline_ms = enter_deadline(call, false)};
    return enter_update(&enter, &update);
}

static int revocation_run(const struct th_call *call)
{
    const int code = need(call, "reason", "--reason");
    return code == TH_EXIT_OK ? enter_key_act(call, TH_ACT_DESK_REVOCATION) : code;
}

static int enrolment_run(const struct th_call *call)
{
    return enter_key_act(call, TH_ACT_DESK_ENROLMENT);
}

const struct th_verb VERB_REVOCATION = {
    .name = "revocation",
    .operands = "NODE",
    .help = {"ghi vào sổ của tỉnh việc thu hồi khóa của một nút (keys revoke tự làm)",
             "enter in the province's ledger that a node's key was revoked (keys revoke does)"},
    .options = REVOCATION_OPTIONS,
    .option_count = TH_COUNT(REVOCATION_OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = revocation_run,
};

const struct th_verb VERB_ENROLMENT = {
    .name = "enrolment",
    .operands = "NODE",
    .help = {"ghi vào sổ của tỉnh việc đăng ký lại một nút (enrol --node tự làm)",
             "enter in the province's ledger that a node was enrolled again (enrol --node does)"},
    .options = REVOCATION_OPTIONS,
    .option_count = TH_COUNT(REVOCATION_OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = enrolment_run,
};
