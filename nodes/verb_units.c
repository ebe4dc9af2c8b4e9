// verb_units.c - tonghop units apply: the province's desk changes the register by a file

#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"

#include "nodes/amend.h"
#include "nodes/desk.h"
#include "nodes/enter.h"
#include "nodes/homedesk.h"

enum { ROWS_FILE_MAX = 16 * 1024 * 1024 };

// The files of a change, and what they say.
struct files {
    const struct th_call *call;
    char *bytes[2];
    size_t sizes[2];
    struct th_register_rows rows;
};

static void files_free(struct files *files)
{
    th_register_rows_free(&files->rows);
    free(files->bytes[0]);
    free(files->bytes[1]);
}

static int read_file(struct files *files, size_t which, const char *path)
{
    if (path == NULL) {
        return TH_EXIT_OK;
    }
    const enum th_err err =
        th_file_read(path, ROWS_FILE_MAX, &files->bytes[which], &files->sizes[which]);
    return err == TH_OK ? TH_EXIT_OK : desk_fail(files->call, err, path);
}

static int read_rows(struct files *files, const char *units, const char *successors)
{
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), units);
    int code = read_file(files, 0, units);
    code = code == TH_EXIT_OK ? read_file(files, 1, successors) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err =
        th_register_rows_read((struct th_bytes){files->bytes[0], files->sizes[0]},
                              (struct th_bytes){files->bytes[1], files->sizes[1]},
                              &findings,
                              &files->rows);
    if (err == TH_E_REFUSED) {
        return amend_refuse(files->call, &findings);
    }
    return err == TH_OK ? TH_EXIT_OK : desk_fail(files->call, err, units);
}

static const struct th_option APPLY_OPTIONS[] = {
    AMEND_OPTION_TEXT("successors", "FILE", "đơn vị kế thừa", "what became of units"),
    AMEND_OPTION_LINEAGE,
    AMEND_OPTION_DRY_RUN,
    ENTER_OPTION_WAIT,
};

static int apply_run(const struct th_call *call)
{
    TH_SCOPED(files_free) struct files files = {.call = call};
    int code = read_rows(&files, call->operands[0], th_call_text(call, "successors"));
    if (code != TH_EXIT_OK) {
        return code;
    }
    TH_SCOPED(amend_free)
    struct amend amend = {.call = call, .change = files.rows.change, .what = call->operands[0]};
    code = homedesk_open(call, NULL, &amend.home);
    return code == TH_EXIT_OK ? amend_run(&amend) : code;
}

const struct th_verb VERB_UNITS_APPLY = {
    .name = "units-apply",
    .operands = "FILE",
    .help = {"tỉnh sửa danh mục đơn vị: thêm, kết thúc, sáp nhập",
             "the province changes the register: units that begin, end and merge"},
    .options = APPLY_OPTIONS,
    .option_count = TH_COUNT(APPLY_OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = apply_run,
};
