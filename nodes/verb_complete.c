// verb_complete.c - tonghop complete: the office declares that all of a form has been sent

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nodes/enter.h"
#include "nodes/tallied.h"
#include "nodes/verb.h"

enum { HEAD_BYTES = 512 };

static const struct th_option OPTIONS[] = {
    {.name = "unit",
     .kind = TH_OPTION_TEXT,
     .value = "CODE[@DATE]",
     .help = {"đơn vị nào; không ghi thì là đơn vị của nút này",
              "which unit; default the one this node was enrolled for"}},
    {.name = "withdraw",
     .kind = TH_OPTION_FLAG,
     .help = {"rút lại lời khai đã nộp đủ", "take the declaration back"}},
    {.name = "note", .kind = TH_OPTION_TEXT, .value = "TEXT", .help = {"ghi chú", "a note"}},
    ENTER_OPTION_WAIT,
};

struct completing {
    const struct th_call *call;
    struct home home;
    struct tallied_of of;
    struct th_bytes unit;
    struct tallied tallied;
};

static void completing_free(struct completing *completing)
{
    tallied_free(&completing->tallied);
    home_close(&completing->home);
}

static int take_form(struct completing *completing)
{
    const struct th_call *call = completing->call;
    struct th_verdict why;
    completing->of.form =
        th_catalogue_form(completing->home.province->catalogue, th_bytes_of(call->operands[0]));
    if (completing->of.form == NULL) {
        th_verdict_make(&why, TH_M_NO_FORM, 'b', NULL, call->operands[0], NULL);
        return th_call_tell(call, &why);
    }
    if (th_period_parse(th_bytes_of(call->operands[1]), &completing->of.period) != TH_OK) {
        th_verdict_make(&why, TH_M_UNKNOWN_WORD, 'c', NULL, call->operands[1], NULL);
        return th_call_tell(call, &why);
    }
    return TH_EXIT_OK;
}

// The unit of the enrolment when it is one; what is wrong with it, the rules say.
static int take_unit(struct completing *completing)
{
    const struct th_enrolment *enrolment = &completing->home.enrolment.enrolment;
    const char *given = th_call_text(completing->call, "unit");
    if (given == NULL && enrolment->unit_count != 1) {
        const char *params[] = {"--unit"};
        return th_call_fail(completing->call, TH_M_ARGUMENT_MISSING, params, TH_COUNT(params));
    }
    completing->unit = given != NULL ? th_bytes_of(given) : enrolment->units[0];
    const struct th_province *province = completing->home.province;
    const bool period_end = th_catalogue_settings(province->catalogue)->period_end;
    const struct th_resolved resolved =
        th_register_resolve(province->reg, completing->unit, completing->of.period, period_end);
    completing->of.uid = resolved.result == TH_RESOLVED ? resolved.uid : TH_UNIT_NONE;
    return TH_EXIT_OK;
}

static int count(struct completing *completing)
{
    const enum th_err err = tallied_count(&completing->home, &completing->of, &completing->tallied);
    if (err == TH_E_TOO_LARGE) {
        struct th_verdict why;
        th_verdict_start(&why, TH_M_FILE_LIMIT, 'a', NULL);
        th_verdict_add_number(&why, TH_COMPLETION_LINES_MAX, 0);
        return th_call_tell(completing->call, &why);
    }
    return err == TH_OK ? TH_EXIT_OK : desk_fail(completing->call, err, "outbox");
}

static void say_counted(const struct completing *completing)
{
    char keys[DESK_NUMBER_BYTES];
    char lines[DESK_NUMBER_BYTES];
    const struct th_call *call = completing->call;
    const struct tallied *tallied = &completing->tallied;
    if (th_call_flag(call, "withdraw")) {
        return;
    }
    desk_say(call,
             "%s, kỳ %s, %.*s: số liệu %s · dòng %s\n",
             "%s, %s, %.*s: figures %s · lines %s\n",
             call->operands[0],
             call->operands[1],
             (int)completing->unit.size,
             (const char *)completing->unit.data,
             desk_number(call, tallied->keys, keys),
             desk_number(call, tallied->count, lines));
}

static int declare(struct completing *completing)
{
    const struct th_call *call = completing->call;
    const char *note = th_call_text(call, "note");
    char head[HEAD_BYTES];
    struct th_update update = {
        .kind = TH_KIND_COMPLETION,
        .op = th_call_flag(call, "withdraw") ? TH_OP_WITHDRAW : TH_OP_SET,
        .note = th_bytes_of(note != NULL ? note : ""),
        .completion = {.form = th_bytes_of(call->operands[0]),
                       .unit = completing->unit,
                       .period = th_bytes_of(call->operands[1]),
                       .lines = completing->tallied.lines,
                       .line_count = completing->tallied.count},
    };
    (void)snprintf(head,
                   sizeof(head),
                   "\"lines\":%zu,\"figures\":%" PRIu64 ",",
                   completing->tallied.count,
                   completing->tallied.keys);
    const struct enter enter = {
        .call = call,
        .home = &completing->home,
        .anew = true, // what was changed and changed back is declared again
        .deadline_ms = enter_deadline(call, false),
        .json_head = head,
    };
    return enter_update(&enter, &update);
}

static int run(const struct th_call *call)
{
    TH_SCOPED(completing_free) struct completing completing = {.call = call};
    int code = desk_open_loaded(call, &completing.home);
    if (code == TH_EXIT_OK) {
        code = take_form(&completing);
    }
    if (code == TH_EXIT_OK) {
        code = take_unit(&completing);
    }
    if (code == TH_EXIT_OK) {
        code = count(&completing);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    say_counted(&completing);
    return declare(&completing);
}

const struct th_verb VERB_COMPLETE = {
    .name = "complete",
    .operands = "FORM PERIOD",
    .help = {"khai đã gửi đủ một biểu, kèm bảng kiểm",
             "declare that all of a form was sent, with control totals"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
