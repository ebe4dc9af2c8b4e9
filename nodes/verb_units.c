// verb_units.c - tonghop units apply, close: the province's desk changes the register
//
// The rows are checked here against the register that the desk holds; the province looks at what
// is stored, and takes all of them up at once or says what is in the way.

#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"

#include "nodes/enter.h"
#include "nodes/homedesk.h"
#include "nodes/verb.h"

enum { ROWS_FILE_MAX = 16 * 1024 * 1024 };

// clang-format off
#define OPTION_TEXT(option, shown, vi_text, en_text)                       \
    {.name = (option),                                                     \
     .kind = TH_OPTION_TEXT,                                               \
     .value = (shown),                                                     \
     .help = {vi_text, en_text}}
// clang-format on

// What a change says and what comes of it.
struct reform {
    const struct th_call *call;
    struct home home;
    struct th_register_rows rows;
    char *files[2];
    size_t sizes[2];
    struct th_register *made;
    uint8_t digest[32];
    struct th_update *updates;
    char (*days)[2][TH_DAY_TEXT_BYTES]; // of the units, then of the successors
};

static void reform_free(struct reform *reform)
{
    home_close(&reform->home);
    th_register_rows_free(&reform->rows);
    th_register_free(&reform->made);
    free(reform->files[0]);
    free(reform->files[1]);
    free(reform->updates);
    free(reform->days);
}

static int explain(const struct th_call *call, struct th_findings *findings)
{
    const enum th_err said = th_findings_print(findings, call->lang, TH_FINDINGS_SHOWN, stderr);
    (void)said; // stderr is closed: there is nobody to tell
    return TH_EXIT_DATA;
}

// ---- the rows ----

static int read_file(struct reform *reform, size_t which, const char *path)
{
    if (path == NULL) {
        return TH_EXIT_OK;
    }
    const enum th_err err =
        th_file_read(path, ROWS_FILE_MAX, &reform->files[which], &reform->sizes[which]);
    return err == TH_OK ? TH_EXIT_OK : desk_fail(reform->call, err, path);
}

static int read_rows(struct reform *reform, const char *units, const char *successors)
{
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), units);
    int code = read_file(reform, 0, units);
    code = code == TH_EXIT_OK ? read_file(reform, 1, successors) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err =
        th_register_rows_read((struct th_bytes){reform->files[0], reform->sizes[0]},
                              (struct th_bytes){reform->files[1], reform->sizes[1]},
                              &findings,
                              &reform->rows);
    if (err == TH_E_REFUSED) {
        return explain(reform->call, &findings);
    }
    return err == TH_OK ? TH_EXIT_OK : desk_fail(reform->call, err, units);
}

// ---- what comes of them ----

static int check(struct reform *reform, const char *file)
{
    const struct th_call *call = reform->call;
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), file);
    struct th_bytes moved = {0};
    const struct th_province *province = reform->home.province;
    const enum th_err err =
        th_register_change(province->reg, &reform->rows.change, &findings, &moved, &reform->made);
    if (err == TH_E_REFUSED) {
        return explain(call, &findings);
    }
    if (err == TH_E_INVALID) {
        struct th_verdict why;
        th_verdict_start(&why, TH_M_REGISTER_JOINED, 0, NULL);
        th_verdict_add(&why, moved);
        return th_call_tell(call, &why);
    }
    if (err != TH_OK) {
        return desk_fail(call, err, file);
    }
    th_register_digest(reform->made, reform->digest);
    desk_say(
        call,
        "%s: %zu dòng đơn vị, %zu dòng kế thừa; danh mục mới có %u đơn vị (thêm %u).\n",
        "%s: %zu unit rows, %zu successor rows; the new register has %u units (%u more).\n",
        file,
        reform->rows.change.unit_count,
        reform->rows.change.successor_count,
        (unsigned)th_register_unit_count(reform->made),
        (unsigned)(th_register_unit_count(reform->made) - th_register_unit_count(province->reg)));
    return TH_EXIT_OK;
}

// ---- the acts ----

static struct th_update act_of(enum th_act act)
{
    return (struct th_update){.kind = TH_KIND_DESK, .op = TH_OP_SET, .desk = {.act = act}};
}

static struct th_update unit_act(const struct th_unit *unit, char days[2][TH_DAY_TEXT_BYTES])
{
    struct th_update update = act_of(TH_ACT_DESK_UNIT);
    update.desk.code = unit->code;
    update.desk.name = unit->name;
    update.desk.type = unit->type;
    update.desk.level = unit->level;
    update.desk.parent = unit->parent;
    update.desk.valid_from = th_bytes_of(th_day_text(unit->from, days[0]));
    update.desk.valid_to = th_bytes_of(th_day_text(unit->until, days[1]));
    update.desk.basis = unit->basis;
    return update;
}

static struct th_update successor_act(const struct th_successor *successor,
                                      char days[2][TH_DAY_TEXT_BYTES])
{
    static const char *const KINDS[] = {
        [TH_SUCCESSOR_FULL] = "full",
        [TH_SUCCESSOR_PARTIAL] = "partial",
        [TH_SUCCESSOR_RECODE] = "recode",
    };
    struct th_update update = act_of(TH_ACT_DESK_SUCCESSOR);
    update.desk.code = successor->old_code;
    update.desk.new_code = successor->new_code;
    update.desk.effective = th_bytes_of(th_day_text(successor->effective, days[0]));
    update.desk.successor = th_bytes_of(KINDS[successor->kind]);
    update.desk.basis = successor->basis;
    return update;
}

// Rows of a change that was never applied are forgotten first; the act that applies comes last.
static int send(struct reform *reform)
{
    const struct th_register_change *change = &reform->rows.change;
    const size_t rows = change->unit_count + change->successor_count;
    reform->updates = calloc(rows + 2, sizeof(*reform->updates));
    reform->days = calloc(rows + 1, sizeof(*reform->days));
    if (reform->updates == NULL || reform->days == NULL) {
        return desk_fail(reform->call, TH_E_NO_MEMORY, "units");
    }
    size_t count = 0;
    reform->updates[count] = act_of(TH_ACT_DESK_REGISTER);
    reform->updates[count++].op = TH_OP_WITHDRAW;
    for (size_t i = 0; i < rows; i++, count++) {
        reform->updates[count] =
            i < change->unit_count
                ? unit_act(&change->units[i], reform->days[i])
                : successor_act(&change->successors[i - change->unit_count], reform->days[i]);
    }
    struct th_update *last = &reform->updates[count++];
    *last = act_of(TH_ACT_DESK_REGISTER);
    last->desk.rows = (struct th_opt){.has = true, .value = (int64_t)rows};
    last->desk.digest = (struct th_bytes){reform->digest, sizeof(reform->digest)};
    const struct enter enter = {.call = reform->call,
                                .home = &reform->home,
                                .anew = true,
                                .deadline_ms = enter_deadline(reform->call, true)};
    return enter_updates(&enter, reform->updates, count);
}

static int apply(struct reform *reform, const char *file, const char *successors)
{
    const struct th_call *call = reform->call;
    int code = read_rows(reform, file, successors);
    code = code == TH_EXIT_OK ? homedesk_open(call, NULL, &reform->home) : code;
    code = code == TH_EXIT_OK ? check(reform, file) : code;
    return code != TH_EXIT_OK || th_call_flag(call, "dry-run") ? code : send(reform);
}

static const struct th_option APPLY_OPTIONS[] = {
    OPTION_TEXT("successors", "FILE", "đơn vị kế thừa", "what became of units"),
    OPTION_TEXT("lineage",
                "ID",
                "tỉnh nào, khi thư mục có nhiều tỉnh",
                "which province, when the directory has several"),
    {.name = "dry-run",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ kiểm, không gửi", "check only, send nothing"}},
    ENTER_OPTION_WAIT,
};

static int apply_run(const struct th_call *call)
{
    TH_SCOPED(reform_free) struct reform reform = {.call = call};
    return apply(&reform, call->operands[0], th_call_text(call, "successors"));
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
