// units_list.c - tonghop units list, count and show

#include <stdio.h>
#include <stdlib.h>

#include "tonghop/sheet.h"

#include "cli/units_part.h"

enum { UNITS_PER_CODE_MAX = 64, LEVELS_MAX = 64 };

static const struct th_sheet_column LIST_COLUMNS[] = {
    {"code", {"Mã", "Code"}, false},
    {"name", {"Tên", "Name"}, false},
    {"type", {"Loại", "Type"}, false},
    {"level", {"Cấp", "Level"}, false},
    {"parent", {"Cấp trên", "Parent"}, false},
    {"valid_from", {"Từ ngày", "From"}, false},
    {"valid_to", {"Trước ngày", "Until"}, false},
};

static const struct th_sheet_column COUNT_COLUMNS[] = {
    {"level", {"Cấp", "Level"}, false},
    {"count", {"Số đơn vị", "Units"}, true},
};

static const struct th_sheet_column SUCCESSOR_COLUMNS[] = {
    {"old_code", {"Mã cũ", "Old code"}, false},
    {"new_code", {"Mã mới", "New code"}, false},
    {"effective", {"Từ ngày", "From"}, false},
    {"kind", {"Cách", "Kind"}, false},
    {"basis", {"Căn cứ", "Basis"}, false},
};

// ---- which versions ----

static bool is_alive(const struct th_unit *unit, th_day day)
{
    return day == TH_DAY_NONE || (unit->from <= day && day < unit->until);
}

int units_unknown(const struct th_call *call, const char *ref)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'a', NULL, ref, NULL);
    return th_call_tell(call, &verdict);
}

// The units that ref means: of a code every unit that ever bore it.
static size_t units_of(const struct th_register *reg, const char *ref, uint32_t *uids, size_t max)
{
    struct th_bytes code;
    th_day day = TH_DAY_NONE;
    if (th_unit_ref_parse(th_bytes_of(ref), &code, &day) != TH_OK) {
        return 0;
    }
    if (day == TH_DAY_NONE) {
        return th_register_with_code(reg, code, uids, max);
    }
    uids[0] = th_register_find(reg, code, day);
    return uids[0] == TH_UNIT_NONE ? 0 : 1;
}

static bool is_one_of(uint32_t uid, const uint32_t *uids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (uids[i] == uid) {
            return true;
        }
    }
    return false;
}

// Mark the versions at or below uid on some day of theirs, a version being known by its index.
static enum th_err mark_below(const struct th_register *reg, uint32_t uid, bool *marks)
{
    th_day day = th_register_first_day(reg, uid);
    day = day == TH_DAY_MIN ? th_register_last_day(reg, uid) : day;
    day = day == TH_DAY_MAX ? TH_DAY_FIRST : day; // it lives on every day
    struct th_unit root;
    TH_TRY(th_register_on(reg, uid, day, &root));
    char ref[TH_UNIT_REF_MAX + 1];
    char text[TH_DAY_TEXT_BYTES];
    (void)snprintf(ref,
                   sizeof(ref),
                   "%.*s@%s",
                   (int)root.code.size,
                   (const char *)root.code.data,
                   th_day_text(day, text));
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;
    TH_TRY(th_register_subtree(reg, th_bytes_of(ref), &part, &left_out));

    // Both are sorted by code and day, and a piece of the part lies in one version of the whole.
    size_t at = 0;
    for (size_t i = 0; i < th_register_version_count(part); i++) {
        const struct th_unit piece = th_register_version_at(part, i);
        struct th_unit whole = th_register_version_at(reg, at);
        while (!th_bytes_equal(whole.code, piece.code) || whole.until < piece.until) {
            whole = th_register_version_at(reg, ++at);
        }
        marks[at] = true;
    }
    return TH_OK;
}

static bool
is_within(const struct units *units, const struct th_unit *unit, const uint32_t *uids, size_t count)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(units->reg, unit->uid, units->at, path);
    for (size_t i = 0; i < depth; i++) {
        if (is_one_of(path[i], uids, count)) {
            return true;
        }
    }
    return false;
}

static enum th_err add_version(struct th_sheet *sheet, const struct th_unit *unit)
{
    char from[TH_DAY_TEXT_BYTES];
    char until[TH_DAY_TEXT_BYTES];
    const struct th_bytes cells[] = {
        unit->code,
        unit->name,
        unit->type,
        unit->level,
        unit->parent,
        th_bytes_of(th_day_text(unit->from, from)),
        th_bytes_of(th_day_text(unit->until, until)),
    };
    return th_sheet_add(sheet, cells);
}

static int finish(const struct units *units, const struct th_sheet *sheet, enum th_err err)
{
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(units->call, TH_M_NO_MEMORY, NULL, 0);
    }
    const enum th_err said = th_sheet_print(sheet, units->call, stdout);
    (void)said; // th_program_main looks again
    return TH_EXIT_OK;
}

// ---- the verbs ----

// Which versions are asked for: all, or those at or below ref.
static enum th_err
mark_asked(const struct units *units, const uint32_t *uids, size_t count, bool *marks)
{
    for (size_t i = 0; i < count && units->at == TH_DAY_NONE; i++) {
        TH_TRY(mark_below(units->reg, uids[i], marks));
    }
    for (size_t i = 0; i < th_register_version_count(units->reg); i++) {
        const struct th_unit unit = th_register_version_at(units->reg, i);
        if (units->at != TH_DAY_NONE) {
            marks[i] =
                is_alive(&unit, units->at) && (count == 0 || is_within(units, &unit, uids, count));
        } else if (count == 0) {
            marks[i] = true;
        }
    }
    return TH_OK;
}

int units_list(const struct units *units)
{
    const char *ref = th_call_text(units->call, "unit");
    uint32_t uids[UNITS_PER_CODE_MAX];
    const size_t count = ref == NULL ? 0 : units_of(units->reg, ref, uids, TH_COUNT(uids));
    if (ref != NULL && count == 0) {
        return units_unknown(units->call, ref);
    }
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(LIST_COLUMNS, TH_COUNT(LIST_COLUMNS));
    const size_t versions = th_register_version_count(units->reg);
    TH_SCOPED(th_free_scoped) bool *marks = calloc(versions + 1, sizeof(*marks));
    enum th_err err = marks == NULL ? TH_E_NO_MEMORY : mark_asked(units, uids, count, marks);
    for (size_t i = 0; i < versions && err == TH_OK; i++) {
        const struct th_unit unit = th_register_version_at(units->reg, i);
        if (marks[i]) {
            err = add_version(&sheet, &unit);
        }
    }
    return finish(units, &sheet, err);
}

struct level {
    struct th_bytes name;
    size_t count;
};

static int compare_levels(const void *left, const void *right)
{
    const struct level *a = left;
    const struct level *b = right;
    return th_bytes_compare(a->name, b->name);
}

static size_t count_levels(const struct units *units, struct level levels[static LEVELS_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < th_register_version_count(units->reg); i++) {
        const struct th_unit unit = th_register_version_at(units->reg, i);
        if (!is_alive(&unit, units->at)) {
            continue;
        }
        size_t at = 0;
        while (at < used && !th_bytes_equal(levels[at].name, unit.level)) {
            at++;
        }
        if (at == LEVELS_MAX) {
            return LEVELS_MAX + 1;
        }
        if (at == used) {
            levels[used++] = (struct level){.name = unit.level};
        }
        levels[at].count++;
    }
    qsort(levels, used, sizeof(*levels), compare_levels);
    return used;
}

int units_count(const struct units *units)
{
    if (units->at == TH_DAY_NONE) {
        const char *params[] = {"--at"};
        return th_call_fail(units->call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    struct level levels[LEVELS_MAX];
    const size_t used = count_levels(units, levels);
    if (used > LEVELS_MAX) {
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_M_ANSWER_TOO_LARGE, 0, NULL);
        th_verdict_add_number(&verdict, LEVELS_MAX, 0);
        return th_call_tell(units->call, &verdict);
    }
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(COUNT_COLUMNS, TH_COUNT(COUNT_COLUMNS));
    enum th_err err = TH_OK;
    for (size_t i = 0; i < used && err == TH_OK; i++) {
        char number[24];
        (void)snprintf(number, sizeof(number), "%zu", levels[i].count);
        err = th_sheet_add(&sheet, (struct th_bytes[]){levels[i].name, th_bytes_of(number)});
    }
    return finish(units, &sheet, err);
}

static enum th_err add_successor(struct th_sheet *sheet, const struct th_successor *row)
{
    static const char *const KINDS[] = {
        [TH_SUCCESSOR_FULL] = "full",
        [TH_SUCCESSOR_PARTIAL] = "partial",
        [TH_SUCCESSOR_RECODE] = "recode",
    };
    char day[TH_DAY_TEXT_BYTES];
    const struct th_bytes cells[] = {
        row->old_code,
        row->new_code,
        th_bytes_of(th_day_text(row->effective, day)),
        th_bytes_of(KINDS[row->kind]),
        row->basis,
    };
    return th_sheet_add(sheet, cells);
}

// For people only: what became of the units, and out of what they were made.
static int show_successors(const struct units *units, const uint32_t *uids, size_t count)
{
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(SUCCESSOR_COLUMNS, TH_COUNT(SUCCESSOR_COLUMNS));
    enum th_err err = TH_OK;
    for (size_t i = 0; i < th_register_successor_count(units->reg) && err == TH_OK; i++) {
        const struct th_successor row = th_register_successor_at(units->reg, i);
        const uint32_t before = th_register_find(units->reg, row.old_code, row.effective - 1);
        const uint32_t after = th_register_find(units->reg, row.new_code, row.effective);
        if (is_one_of(before, uids, count) || is_one_of(after, uids, count)) {
            err = add_successor(&sheet, &row);
        }
    }
    if (sheet.row_count == 0 && err == TH_OK) {
        return TH_EXIT_OK;
    }
    (void)fputc('\n', stdout);
    return finish(units, &sheet, err);
}

int units_show(const struct units *units, const char *ref)
{
    uint32_t uids[UNITS_PER_CODE_MAX];
    const size_t count = units_of(units->reg, ref, uids, TH_COUNT(uids));
    if (count == 0) {
        return units_unknown(units->call, ref);
    }
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(LIST_COLUMNS, TH_COUNT(LIST_COLUMNS));
    enum th_err err = TH_OK;
    for (size_t i = 0; i < th_register_version_count(units->reg) && err == TH_OK; i++) {
        const struct th_unit unit = th_register_version_at(units->reg, i);
        if (is_one_of(unit.uid, uids, count) && is_alive(&unit, units->at)) {
            err = add_version(&sheet, &unit);
        }
    }
    if (err == TH_OK && sheet.row_count == 0) {
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_M_UNIT_UNKNOWN_ON, 0, NULL);
        th_verdict_add(&verdict, th_bytes_of(ref));
        th_verdict_add_day(&verdict, units->at);
        return th_call_tell(units->call, &verdict);
    }
    const int code = finish(units, &sheet, err);
    return code == TH_EXIT_OK && th_sheet_is_table(units->call, stdout)
               ? show_successors(units, uids, count)
               : code;
}
