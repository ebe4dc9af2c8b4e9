// verb_units_change.c - tonghop units merge, split, close: a change of the register in one line
//
// What a clerk of the province would write into the file of `units apply`, made from the register:
// the unit's row ends the day before, new units begin where the old one stood, what is below a
// merged unit goes on below the new one, and the successors say what became of what.

#include <stdlib.h>
#include <string.h>

#include "nodes/amend.h"
#include "nodes/desk.h"
#include "nodes/enter.h"
#include "nodes/homedesk.h"

enum { CHANGE_UNITS_MAX = 2048, CHANGE_SUCCESSORS_MAX = 512 };

struct change {
    const struct th_call *call;
    const struct th_register *reg;
    th_day on; // first day of the new structure
    struct th_bytes basis;
    struct th_unit *units;
    size_t unit_count;
    struct th_successor *successors;
    size_t successor_count;
    bool full; // beyond the bounds above
};

static void change_free(struct change *change)
{
    free(change->units);
    free(change->successors);
}

static int say(const struct th_call *call, unsigned code, const char *a, const char *b)
{
    const char *params[] = {a, b};
    return th_call_fail(call, code, params, b == NULL ? 1 : 2);
}

// ---- rows ----

static void add_unit(struct change *change, const struct th_unit *unit)
{
    if (change->unit_count == CHANGE_UNITS_MAX) {
        change->full = true;
        return;
    }
    change->units[change->unit_count++] = *unit;
}

static void add_successor(struct change *change,
                          struct th_bytes old_code,
                          struct th_bytes new_code,
                          enum th_successor_kind kind)
{
    if (change->successor_count == CHANGE_SUCCESSORS_MAX) {
        change->full = true;
        return;
    }
    change->successors[change->successor_count++] = (struct th_successor){
        .old_code = old_code,
        .new_code = new_code,
        .effective = change->on,
        .kind = kind,
        .basis = change->basis,
    };
}

// The version ends where the new structure begins; one that would begin there has no row of its
// own.
static void end_at(struct change *change, struct th_unit unit)
{
    if (unit.from < change->on) {
        unit.until = change->on;
        add_unit(change, &unit);
    }
}

// What stands below uid from that day on goes on below parent, as the same units.
static void move_children(struct change *change, uint32_t uid, struct th_bytes parent)
{
    struct th_children children = th_register_children(change->reg, uid, change->on);
    for (uint32_t child = th_children_next(change->reg, &children); child != TH_UNIT_NONE;
         child = th_children_next(change->reg, &children)) {
        struct th_unit unit;
        if (th_register_on(change->reg, child, change->on, &unit) != TH_OK ||
            th_bytes_equal(unit.parent, parent)) {
            continue;
        }
        end_at(change, unit);
        if (unit.from < change->on) {
            add_successor(change, unit.code, unit.code, TH_SUCCESSOR_RECODE);
        }
        unit.from = change->on;
        unit.parent = parent;
        add_unit(change, &unit);
    }
}

static bool has_children(const struct change *change, uint32_t uid)
{
    return th_register_child(change->reg, uid, change->on, 0) != TH_UNIT_NONE;
}

// ---- what is named on the command line ----

// The unit of code that lives on the last day of the old structure.
static int find(const struct change *change, const char *code, uint32_t *uid, struct th_unit *unit)
{
    const th_day last = change->on - 1;
    *uid = th_register_find(change->reg, th_bytes_of(code), last);
    if (*uid == TH_UNIT_NONE || th_register_on(change->reg, *uid, last, unit) != TH_OK) {
        char day[TH_DAY_TEXT_BYTES];
        return say(change->call, TH_M_UNIT_UNKNOWN_ON, code, th_day_text(last, day));
    }
    return TH_EXIT_OK;
}

static bool among(const char *code, char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(code, codes[i]) == 0) {
            return true;
        }
    }
    return false;
}

// A new unit in the place of like.
static struct th_unit new_unit(const struct change *change,
                               const struct th_unit *like,
                               struct th_bytes code,
                               struct th_bytes name)
{
    struct th_unit unit = *like;
    unit.code = code;
    unit.name = name.size > 0 ? name : like->name;
    unit.from = change->on;
    unit.until = TH_DAY_MAX;
    unit.basis = change->basis;
    return unit;
}

// ---- the changes ----

// One of the units that become one.
static void
go_into(struct change *change, uint32_t uid, const struct th_unit *unit, const char *into)
{
    end_at(change, *unit);
    add_successor(change, unit->code, th_bytes_of(into), TH_SUCCESSOR_FULL);
    move_children(change, uid, th_bytes_of(into));
}

// The unit that they become: a new one, also where one of them had its code. It is called as that
// one was, unless a name is given.
static int target(struct change *change, const char *into, const struct th_unit *like)
{
    const char *name = th_call_text(change->call, "name");
    const uint32_t uid = th_register_find(change->reg, th_bytes_of(into), change->on - 1);
    struct th_unit was;
    const bool there =
        uid != TH_UNIT_NONE && th_register_on(change->reg, uid, change->on - 1, &was) == TH_OK;
    if (!there && name == NULL) {
        return say(change->call, TH_M_ARGUMENT_MISSING, "--name", NULL);
    }
    const struct th_unit unit = new_unit(change,
                                         there ? &was : like,
                                         th_bytes_of(into),
                                         name == NULL ? (struct th_bytes){0} : th_bytes_of(name));
    add_unit(change, &unit);
    if (there) {
        go_into(change, uid, &was, into);
    }
    return TH_EXIT_OK;
}

static int merge(struct change *change)
{
    const struct th_call *call = change->call;
    const char *into = th_call_text(call, "into");
    if (into == NULL) {
        return say(call, TH_M_ARGUMENT_MISSING, "--into", NULL);
    }
    struct th_unit unit = {0};
    uint32_t uid = TH_UNIT_NONE;
    int code = find(change, call->operands[0], &uid, &unit);
    code = code == TH_EXIT_OK ? target(change, into, &unit) : code;
    for (size_t i = 0; code == TH_EXIT_OK && i < call->operand_count; i++) {
        const char *operand = call->operands[i];
        if (strcmp(operand, into) == 0 || among(operand, call->operands, i)) {
            continue;
        }
        code = find(change, operand, &uid, &unit);
        if (code == TH_EXIT_OK) {
            go_into(change, uid, &unit, into);
        }
    }
    return code;
}

// What is below a unit that ends has to go somewhere, and only a file can say where.
static int refuse_children(const struct change *change, uint32_t uid, const char *code)
{
    return has_children(change, uid) ? say(change->call, TH_M_UNITS_BELOW, code, NULL) : TH_EXIT_OK;
}

// CODE=NAME; the name may be missing where the code is that of the old unit.
static int split_off(struct change *change, const struct th_unit *old, const char *part)
{
    const char *equals = strchr(part, '=');
    struct th_bytes code = th_bytes_of(part);
    struct th_bytes name = {0};
    if (equals != NULL) {
        code.size = (size_t)(equals - part);
        name = th_bytes_of(equals + 1);
    } else if (!th_bytes_equal(code, old->code)) {
        return say(change->call, TH_M_ARGUMENT_MISSING, "--into CODE=NAME", NULL);
    }
    add_successor(change, old->code, code, TH_SUCCESSOR_PARTIAL);
    const struct th_unit unit = new_unit(change, old, code, name);
    add_unit(change, &unit);
    return TH_EXIT_OK;
}

static int split(struct change *change)
{
    const struct th_call *call = change->call;
    const struct th_value *into = th_call_value(call, "into");
    uint32_t uid = TH_UNIT_NONE;
    struct th_unit old;
    int code = find(change, call->operands[0], &uid, &old);
    code = code == TH_EXIT_OK ? refuse_children(change, uid, call->operands[0]) : code;
    if (code == TH_EXIT_OK && into->list_count < 2) {
        return say(call, TH_M_ARGUMENT_MISSING, "--into A=…,B=…", NULL);
    }
    for (size_t i = 0; code == TH_EXIT_OK && i < into->list_count; i++) {
        code = split_off(change, &old, into->list[i]);
    }
    if (code == TH_EXIT_OK) {
        end_at(change, old);
    }
    return code;
}

static int close_unit(struct change *change)
{
    const char *name = change->call->operands[0];
    uint32_t uid = TH_UNIT_NONE;
    struct th_unit old;
    int code = find(change, name, &uid, &old);
    code = code == TH_EXIT_OK ? refuse_children(change, uid, name) : code;
    if (code == TH_EXIT_OK) {
        end_at(change, old);
    }
    return code;
}

// ---- the verbs ----

static int read_on(struct change *change)
{
    const char *on = th_call_text(change->call, "on");
    if (on == NULL) {
        return say(change->call, TH_M_ARGUMENT_MISSING, "--on", NULL);
    }
    const char *basis = th_call_text(change->call, "basis");
    change->basis = basis == NULL ? (struct th_bytes){0} : th_bytes_of(basis);
    if (th_day_parse(th_bytes_of(on), &change->on) != TH_OK || change->on <= TH_DAY_MIN) {
        return say(change->call, TH_M_CELL_DATE, on, NULL);
    }
    return TH_EXIT_OK;
}

static int run(const struct th_call *call, int (*make)(struct change *))
{
    TH_SCOPED(change_free) struct change change = {.call = call};
    TH_SCOPED(amend_free) struct amend amend = {.call = call, .what = call->operands[0]};
    int code = read_on(&change);
    code = code == TH_EXIT_OK ? homedesk_open(call, call->operands[0], &amend.home) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    change.reg = amend.home.province->reg;
    change.units = calloc(CHANGE_UNITS_MAX, sizeof(*change.units));
    change.successors = calloc(CHANGE_SUCCESSORS_MAX, sizeof(*change.successors));
    if (change.units == NULL || change.successors == NULL) {
        return desk_fail(call, TH_E_NO_MEMORY, "units");
    }
    code = make(&change);
    if (code == TH_EXIT_OK && change.full) {
        return desk_fail(call, TH_E_TOO_LARGE, "units");
    }
    amend.change = (struct th_register_change){.units = change.units,
                                               .unit_count = change.unit_count,
                                               .successors = change.successors,
                                               .successor_count = change.successor_count};
    return code == TH_EXIT_OK ? amend_run(&amend) : code;
}

#define OPTION_ON      \
    AMEND_OPTION_TEXT( \
        "on", "DATE", "ngày đầu tiên của tổ chức mới", "the first day of the new structure")
#define OPTION_BASIS \
    AMEND_OPTION_TEXT("basis", "TEXT", "văn bản làm căn cứ", "the paper it rests on")

static const struct th_option MERGE_OPTIONS[] = {
    AMEND_OPTION_TEXT("into", "CODE", "đơn vị sau sáp nhập", "the unit they become"),
    AMEND_OPTION_TEXT("name", "TEXT", "tên của đơn vị ấy", "its name"),
    OPTION_ON,
    OPTION_BASIS,
    AMEND_OPTION_LINEAGE,
    AMEND_OPTION_DRY_RUN,
    ENTER_OPTION_WAIT,
};

static const struct th_option SPLIT_OPTIONS[] = {
    {.name = "into",
     .kind = TH_OPTION_LIST,
     .value = "CODE=NAME",
     .help = {"các đơn vị sau khi tách", "the units it becomes"}},
    OPTION_ON,
    OPTION_BASIS,
    AMEND_OPTION_LINEAGE,
    AMEND_OPTION_DRY_RUN,
    ENTER_OPTION_WAIT,
};

static const struct th_option CLOSE_OPTIONS[] = {
    OPTION_ON,
    OPTION_BASIS,
    AMEND_OPTION_LINEAGE,
    AMEND_OPTION_DRY_RUN,
    ENTER_OPTION_WAIT,
};

static int merge_run(const struct th_call *call)
{
    return run(call, merge);
}

static int split_run(const struct th_call *call)
{
    return run(call, split);
}

static int close_run(const struct th_call *call)
{
    return run(call, close_unit);
}

enum { MERGE_MAX = 64 };

const struct th_verb VERB_UNITS_MERGE = {
    .name = "units-merge",
    .operands = "CODE...",
    .help = {"tỉnh sáp nhập các đơn vị vào một đơn vị", "the province merges units into one"},
    .options = MERGE_OPTIONS,
    .option_count = TH_COUNT(MERGE_OPTIONS),
    .operands_min = 1,
    .operands_max = MERGE_MAX,
    .run = merge_run,
};

const struct th_verb VERB_UNITS_SPLIT = {
    .name = "units-split",
    .operands = "CODE",
    .help = {"tỉnh tách một đơn vị thành nhiều đơn vị", "the province splits a unit into several"},
    .options = SPLIT_OPTIONS,
    .option_count = TH_COUNT(SPLIT_OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = split_run,
};

const struct th_verb VERB_UNITS_CLOSE = {
    .name = "units-close",
    .operands = "CODE",
    .help = {"tỉnh kết thúc một đơn vị", "the province ends a unit"},
    .options = CLOSE_OPTIONS,
    .option_count = TH_COUNT(CLOSE_OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = close_run,
};
