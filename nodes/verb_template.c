// verb_template.c - tonghop template: a blank form with this office's units and the period

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"

#include "nodes/blank.h"
#include "nodes/desk.h"
#include "nodes/verb.h"

enum { MODE = 0644 };

static const struct th_option OPTIONS[] = {
    {.name = "period", .kind = TH_OPTION_TEXT, .value = "P", .help = {"kỳ", "the period"}},
    {.name = "output",
     .letter = 'o',
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"tệp sẽ tạo; mặc định in ra", "file to make; by default it is printed"}},
    {.name = "as",
     .kind = TH_OPTION_CHOICE,
     .value = "staffing|evaluation|counts",
     .choices = "staffing|evaluation|counts",
     .help = {"phần nào của một biểu đánh giá có cả số liệu; mặc định evaluation",
              "which part of a rating form that also has figures; by default evaluation"}},
    {.name = "names",
     .kind = TH_OPTION_FLAG,
     .help = {"thêm cột name có tên chỉ tiêu; khi nhập: --ignore-columns name",
              "with a column of measures' names; to import: --ignore-columns name"}},
    {.name = "excel",
     .kind = TH_OPTION_FLAG,
     .help = {"mở bằng Excel tiếng Việt: có BOM, dấu chấm phẩy, CRLF",
              "for a Vietnamese Excel: mark of UTF-8, semicolons, CRLF"}},
};

struct wanted {
    const struct th_call *call;
    struct home home;
    struct blank blank;
    char *text; // what will be the file
    size_t size;
};

static void wanted_free(struct wanted *wanted)
{
    free(wanted->text);
    home_close(&wanted->home);
}

// Forms of files that are no forms of the catalogue.
static bool kind_of(const char *word, enum blank_kind *kind)
{
    static const struct {
        const char *word;
        enum blank_kind kind;
    } KINDS[] = {
        {"staffing", BLANK_FIGURES},
        {"evaluation", BLANK_PEOPLE},
        {"counts", BLANK_COUNTS},
        {"collective", BLANK_COLLECTIVES},
        {"transfer", BLANK_TRANSFERS},
    };
    for (size_t i = 0; i < TH_COUNT(KINDS); i++) {
        if (strcmp(KINDS[i].word, word) == 0) {
            *kind = KINDS[i].kind;
            return true;
        }
    }
    return false;
}

static int take_form(struct wanted *wanted)
{
    const struct th_call *call = wanted->call;
    const struct th_catalogue *catalogue = wanted->home.province->catalogue;
    const char *word = call->operands[0];
    const char *part = th_call_text(call, "as");
    struct blank *blank = &wanted->blank;
    blank->form = th_catalogue_form(catalogue, th_bytes_of(word));
    if (blank->form != NULL) {
        blank->kind = blank->form->evaluation ? BLANK_PEOPLE : BLANK_FIGURES;
    } else if (!kind_of(word, &blank->kind)) {
        const char *params[] = {word};
        return th_call_fail(call, TH_M_NO_FORM, params, TH_COUNT(params));
    }
    if (part != NULL && !kind_of(part, &blank->kind)) {
        th_unreachable(); // one of the choices
    }
    return TH_EXIT_OK;
}

static int bad_period(const struct wanted *wanted, uint16_t types)
{
    char text[TH_PARAM_BYTES];
    const char *params[] = {wanted->blank.label, th_period_types_text(types, text, sizeof(text))};
    return th_call_fail(wanted->call, TH_V_PERIOD, params, TH_COUNT(params));
}

static int take_period(struct wanted *wanted)
{
    struct blank *blank = &wanted->blank;
    const struct th_catalogue *catalogue = wanted->home.province->catalogue;
    uint16_t types = blank->form != NULL ? blank->form->period_types : UINT16_MAX;
    if (blank->kind == BLANK_TRANSFERS) {
        types = th_period_bit(TH_PERIOD_YEAR);
    }
    blank->label = th_call_text(wanted->call, "period");
    if (blank->label == NULL) {
        const char *params[] = {"--period"};
        return th_call_fail(wanted->call, TH_M_ARGUMENT_MISSING, params, TH_COUNT(params));
    }
    if (th_period_parse(th_bytes_of(blank->label), &blank->period) != TH_OK ||
        (types & th_period_bit(blank->period.type)) == 0) {
        return bad_period(wanted, types);
    }
    if (blank->form == NULL && blank->kind != BLANK_FIGURES) {
        blank->form = th_catalogue_evaluation_form(catalogue, blank->period); // its reporters
    }
    return TH_EXIT_OK;
}

static int make(struct wanted *wanted)
{
    FILE *out = open_memstream(&wanted->text, &wanted->size);
    if (out == NULL) {
        return desk_fail(wanted->call, TH_E_NO_MEMORY, "");
    }
    enum th_err err = blank_write(&wanted->home, &wanted->blank, out);
    if (fclose(out) != 0 && err == TH_OK) {
        err = TH_E_NO_MEMORY;
    }
    if (err == TH_E_NOT_FOUND) {
        const char *params[] = {wanted->blank.label};
        return th_call_fail(wanted->call, TH_M_NO_UNIT_THEN, params, TH_COUNT(params));
    }
    if (err == TH_E_TOO_LARGE) {
        const char *params[] = {"1000000"};
        return th_call_fail(wanted->call, TH_M_FILE_LIMIT, params, TH_COUNT(params));
    }
    return err == TH_OK ? TH_EXIT_OK : desk_fail(wanted->call, err, "template");
}

static int put(struct wanted *wanted)
{
    const struct th_call *call = wanted->call;
    const char *path = th_call_text(call, "output");
    const struct th_bytes bytes = {wanted->text, wanted->size};
    char rows[DESK_NUMBER_BYTES];
    char units[DESK_NUMBER_BYTES];
    if (path == NULL) {
        (void)fwrite(bytes.data, 1, bytes.size, stdout);
        return TH_EXIT_OK;
    }
    const enum th_err err = th_file_create(path, bytes, MODE);
    if (err == TH_E_EXISTS) {
        const char *params[] = {path};
        return th_call_fail(call, TH_M_FILE_EXISTS, params, TH_COUNT(params));
    }
    if (err != TH_OK) {
        (void)desk_fail(call, err, path);
        return TH_EXIT_CANT_CREATE;
    }
    desk_say(
        call,
        "%s: %s dòng cho %s đơn vị, kỳ %s. Dòng chưa có số thì xóa, không áp dụng thì ghi n/a.\n"
        "Nhập: tonghop import %s%s\n",
        "%s: %s rows for %s units, period %s. Delete rows that have no figure yet; write n/a where "
        "it does not apply.\nImport: tonghop import %s%s\n",
        path,
        desk_number(call, wanted->blank.rows, rows),
        desk_number(call, wanted->blank.units, units),
        wanted->blank.label,
        path,
        wanted->blank.names && wanted->blank.kind == BLANK_FIGURES ? " --ignore-columns name" : "");
    return TH_EXIT_OK;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(wanted_free)
    struct wanted wanted = {
        .call = call,
        .blank = {.names = th_call_flag(call, "names"),
                  .excel = th_call_flag(call, "excel"),
                  .lang = call->lang},
    };
    int code = desk_open_loaded(call, &wanted.home);
    if (code == TH_EXIT_OK) {
        code = take_form(&wanted);
    }
    if (code == TH_EXIT_OK) {
        code = take_period(&wanted);
    }
    if (code == TH_EXIT_OK) {
        code = make(&wanted);
    }
    return code == TH_EXIT_OK ? put(&wanted) : code;
}

const struct th_verb VERB_TEMPLATE = {
    .name = "template",
    .operands = "FORM",
    .help = {"biểu trống, đã ghi đơn vị và kỳ", "a blank form with units and period filled in"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
