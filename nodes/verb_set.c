// verb_set.c - tonghop set and withdraw: one figure, or one person

#include <stdio.h>
#include <string.h>

#include "tonghop/number.h"

#include "nodes/desk.h"
#include "nodes/enter.h"
#include "nodes/verb.h"

// clang-format off
#define OPTION_TEXT(option, shown, vi_text, en_text)                       \
    {.name = (option),                                                     \
     .kind = TH_OPTION_TEXT,                                               \
     .value = (shown),                                                     \
     .help = {vi_text, en_text}}
// clang-format on

// What both verbs do once the update stands.
static int enter(const struct th_call *call, struct home *home, struct th_update *update)
{
    const struct enter one = {
        .call = call, .home = home, .deadline_ms = enter_deadline(call, false)};
    return enter_update(&one, update);
}

static struct th_bytes option_text(const struct th_call *call, const char *name)
{
    return th_bytes_of(th_call_text(call, name));
}

// ---- set ----

static const struct th_option SET_OPTIONS[] = {
    OPTION_TEXT("of", "N", "mẫu số", "of how many"),
    OPTION_TEXT("before", "N", "số trước", "the figure before"),
    OPTION_TEXT("after", "N", "số sau", "the figure after"),
    {.name = "qualifier",
     .kind = TH_OPTION_CHOICE,
     .value = "exact|over|under|about",
     .choices = "exact|over|under|about",
     .help = {"mức chính xác", "how exact the figure is"}},
    OPTION_TEXT("dims", "k=v;k=v", "phân tổ", "dimensions"),
    OPTION_TEXT("basis", "TEXT", "văn bản làm căn cứ", "the paper it rests on"),
    OPTION_TEXT("note", "TEXT", "ghi chú", "a note"),
    ENTER_OPTION_WAIT,
};

static int bad_number(const struct th_call *call, const char *text, unsigned decimals)
{
    char hint[TH_NUMBER_HINT_BYTES];
    const char *params[] = {text, th_number_hint(th_bytes_of(text), decimals, hint)};
    return th_call_fail(call, TH_V_NUMBER, params, TH_COUNT(params));
}

static int
take_number(const struct th_call *call, const char *text, unsigned decimals, struct th_opt *number)
{
    if (text == NULL) {
        return TH_EXIT_OK;
    }
    number->has = th_number_parse_scaled(th_bytes_of(text), decimals, &number->value) == TH_OK;
    return number->has ? TH_EXIT_OK : bad_number(call, text, decimals);
}

static int take_figure(const struct th_call *call, const struct home *home, struct th_staffing *to)
{
    struct th_measure measure;
    const char *value = call->operands[3];
    const char *qualifier = th_call_text(call, "qualifier");
    to->unit = th_bytes_of(call->operands[0]);
    to->period = th_bytes_of(call->operands[1]);
    to->measure = th_bytes_of(call->operands[2]);
    to->dims = option_text(call, "dims");
    if (th_catalogue_measure(home->province->catalogue, to->measure, &measure) == TH_OK) {
        to->decimals = measure.decimals;
    }
    if (qualifier != NULL && !th_qualifier_parse(th_bytes_of(qualifier), &to->qualifier)) {
        th_unreachable(); // one of the choices
    }
    int code = TH_EXIT_OK;
    if (strcmp(value, "n/a") == 0) {
        to->not_applicable = true;
    } else if (strcmp(value, "-") != 0) {
        code = take_number(call, value, to->decimals, &to->value);
    }
    if (code == TH_EXIT_OK) {
        code = take_number(call, th_call_text(call, "of"), to->decimals, &to->of);
    }
    if (code == TH_EXIT_OK) {
        code = take_number(call, th_call_text(call, "before"), to->decimals, &to->before);
    }
    return code == TH_EXIT_OK
               ? take_number(call, th_call_text(call, "after"), to->decimals, &to->after)
               : code;
}

static int set_run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    int code = desk_open_loaded(call, &home);
    struct th_update update = {
        .kind = TH_KIND_STAFFING,
        .op = TH_OP_SET,
        .basis = option_text(call, "basis"),
        .note = option_text(call, "note"),
    };
    if (code == TH_EXIT_OK) {
        code = take_figure(call, &home, &update.staffing);
    }
    return code == TH_EXIT_OK ? enter(call, &home, &update) : code;
}

const struct th_verb VERB_SET = {
    .name = "set",
    .operands = "UNIT PERIOD MEASURE VALUE",
    .help = {"gửi một số liệu", "send one figure"},
    .options = SET_OPTIONS,
    .option_count = TH_COUNT(SET_OPTIONS),
    .operands_min = 4,
    .operands_max = 4,
    .run = set_run,
};

// ---- withdraw ----

static const struct th_option WITHDRAW_OPTIONS[] = {
    OPTION_TEXT("dims", "k=v;k=v", "phân tổ", "dimensions"),
    OPTION_TEXT("reason", "TEXT", "lý do, ghi vào note", "why; kept as note"),
    OPTION_TEXT("basis", "TEXT", "văn bản làm căn cứ", "the paper it rests on"),
    OPTION_TEXT("person", "ID", "rút đánh giá của người này", "withdraw this person's rating"),
    OPTION_TEXT("category", "C", "loại cán bộ của người đó", "the person's category"),
    OPTION_TEXT("scheme", "S", "quy định đánh giá", "the rating scheme"),
    ENTER_OPTION_WAIT,
};

static int missing(const struct th_call *call, const char *what)
{
    const char *params[] = {what};
    return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
}

// Without --category: the only one the scheme has.
static struct th_bytes category_of(const struct th_call *call, const struct home *home)
{
    const struct th_bytes given = option_text(call, "category");
    const struct th_bytes code = option_text(call, "scheme");
    if (given.size > 0) {
        return given;
    }
    const struct th_catalogue *catalogue = home->province->catalogue;
    const struct th_scheme *scheme = th_catalogue_scheme(
        catalogue, code.size > 0 ? code : th_catalogue_settings(catalogue)->default_scheme);
    return scheme != NULL && scheme->category_count == 1 ? scheme->categories[0]
                                                         : (struct th_bytes){0};
}

static int
take_withdrawal(const struct th_call *call, const struct home *home, struct th_update *to)
{
    const struct th_bytes person = option_text(call, "person");
    if (th_call_text(call, "reason") == NULL) {
        return missing(call, "--reason");
    }
    if (person.size == 0 && call->operand_count < 3) {
        return missing(call, "MEASURE");
    }
    if (person.size == 0) {
        to->kind = TH_KIND_STAFFING;
        to->staffing = (struct th_staffing){
            .unit = th_bytes_of(call->operands[0]),
            .period = th_bytes_of(call->operands[1]),
            .measure = th_bytes_of(call->operands[2]),
            .dims = option_text(call, "dims"),
        };
        return TH_EXIT_OK;
    }
    to->kind = TH_KIND_EVALUATION;
    to->evaluation = (struct th_evaluation){
        .unit = th_bytes_of(call->operands[0]),
        .period = th_bytes_of(call->operands[1]),
        .person = person,
        .category = category_of(call, home),
        .scheme = option_text(call, "scheme"),
    };
    return to->evaluation.category.size > 0 ? TH_EXIT_OK : missing(call, "--category");
}

static int withdraw_run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    struct th_update update = {
        .op = TH_OP_WITHDRAW,
        .basis = option_text(call, "basis"),
        .note = option_text(call, "reason"),
    };
    int code = desk_open_loaded(call, &home);
    if (code == TH_EXIT_OK) {
        code = take_withdrawal(call, &home, &update);
    }
    return code == TH_EXIT_OK ? enter(call, &home, &update) : code;
}

const struct th_verb VERB_WITHDRAW = {
    .name = "withdraw",
    .operands = "UNIT PERIOD [MEASURE]",
    .help = {"rút một số liệu", "take one figure back"},
    .options = WITHDRAW_OPTIONS,
    .option_count = TH_COUNT(WITHDRAW_OPTIONS),
    .operands_min = 2,
    .operands_max = 3,
    .run = withdraw_run,
};
