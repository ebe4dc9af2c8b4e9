// restate.c - see restate.h for the rules R1..R4

#include "tonghop/restate.h"

#include "tonghop/fault.h"

// One unit a unit's figures go to, and whether the way there is unique.
struct ways {
    struct th_standing met; // of those looked at so far
    uint32_t newest;        // the end of the last row; a row that is there twice counts once
    size_t count;
    bool one_unit; // all of them stand at one unit
    bool unique;   // R1, R3: the only row is FULL or RECODE
};

size_t th_restate_memory(const struct th_register *reg)
{
    return ((size_t)th_register_unit_count(reg) + 1) * sizeof(struct th_restate_note);
}

struct th_restate
th_restate_to(const struct th_register *reg, th_day day, struct th_restate_note *notes)
{
    notes[TH_UNIT_NONE] = (struct th_restate_note){.done = true};
    return (struct th_restate){.reg = reg, .day = day, .notes = notes};
}

uint32_t th_restate_meet(const struct th_restate *restate, uint32_t a, uint32_t b)
{
    uint32_t path_a[TH_UNIT_DEPTH_MAX];
    uint32_t path_b[TH_UNIT_DEPTH_MAX];
    if (a == b) {
        return a;
    }
    size_t left_a = th_register_path(restate->reg, a, restate->day, path_a);
    size_t left_b = th_register_path(restate->reg, b, restate->day, path_b);
    uint32_t met = TH_UNIT_NONE;
    while (left_a > 0 && left_b > 0 && path_a[left_a - 1] == path_b[left_b - 1]) {
        met = path_a[left_a - 1];
        left_a--;
        left_b--;
    }
    return met;
}

// ---- the next step of a unit that does not live on the target day ----

static bool is_over(const struct th_restate *restate, uint32_t uid)
{
    return th_register_last_day(restate->reg, uid) < restate->day;
}

static struct th_successors rows_of(const struct th_restate *restate, uint32_t uid)
{
    return is_over(restate, uid) ? th_register_followers(restate->reg, uid)
                                 : th_register_forerunners(restate->reg, uid);
}

// The other end of a row; TH_UNIT_NONE when the register does not have it.
static uint32_t end_of(const struct th_restate *restate, const struct th_successor *row, bool over)
{
    return over ? th_register_find(restate->reg, row->new_code, row->effective)
                : th_register_find(restate->reg, row->old_code, row->effective - 1);
}

// Where a unit without a row that leads anywhere goes: up; a root to the adjoining version.
static uint32_t without_row(const struct th_restate *restate, uint32_t uid, bool *arrives)
{
    const struct th_register *reg = restate->reg;
    const bool over = is_over(restate, uid);
    const th_day day = over ? th_register_last_day(reg, uid) : th_register_first_day(reg, uid);
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(reg, uid, day, path);
    th_assert(depth > 0);
    *arrives = depth == 1;
    if (depth > 1) {
        return over ? path[1] : path[depth - 1];
    }
    struct th_unit unit;
    const enum th_err err = th_register_on(reg, uid, day, &unit);
    th_assert(err == TH_OK);
    return th_register_find(reg, unit.code, over ? day + 1 : day - 1);
}

// Does the unit's only way lead out of what the register knows, or is there none at all?
static bool has_no_row(const struct th_restate *restate, uint32_t uid)
{
    struct th_successors rows = rows_of(restate, uid);
    struct th_successor row;
    bool known = false;
    size_t count = 0;
    while (th_successors_next(restate->reg, &rows, &row)) {
        known = known || end_of(restate, &row, is_over(restate, uid)) != TH_UNIT_NONE;
        count++;
    }
    return count == 0 || (count == 1 && !known);
}

// ---- one unit ----

static void look(const struct th_restate *restate, struct ways *ways, uint32_t end, bool whole)
{
    const struct th_standing there = restate->notes[end].standing;
    if (ways->count == 0) {
        *ways = (struct ways){.met = there, .one_unit = true, .unique = whole};
    } else if (end == ways->newest) {
        return;
    } else {
        ways->one_unit = ways->one_unit && ways->met.uid == there.uid;
        ways->met.uid = th_restate_meet(restate, ways->met.uid, there.uid);
        ways->met.arrived = ways->met.arrived && there.arrived;
        ways->unique = false;
    }
    ways->newest = end;
    ways->count++;
}

// What its rows say, once all their ends are settled.
static struct th_standing gather(const struct th_restate *restate, uint32_t uid)
{
    const bool over = is_over(restate, uid);
    struct th_successors rows = rows_of(restate, uid);
    struct th_successor row;
    struct ways ways = {.count = 0};
    while (th_successors_next(restate->reg, &rows, &row)) {
        look(restate,
             &ways,
             end_of(restate, &row, over),
             row.kind != TH_SUCCESSOR_PARTIAL || th_mutant(73));
    }
    const bool together = over && ways.count > 1 && ways.one_unit && ways.met.uid != TH_UNIT_NONE;
    ways.met.arrived = ways.met.arrived && (ways.unique || together);
    return ways.met;
}

// The first end of uid's ways that is not settled yet; TH_UNIT_NONE when all are, and uid with
// them.
static uint32_t settle(struct th_restate *restate, uint32_t uid)
{
    struct th_restate_note *note = &restate->notes[uid];
    struct th_unit unit;
    note->begun = true;
    if (th_register_on(restate->reg, uid, restate->day, &unit) == TH_OK) {
        note->standing = (struct th_standing){.uid = uid, .arrived = true};
        note->done = true;
        return TH_UNIT_NONE;
    }
    if (has_no_row(restate, uid)) {
        bool arrives = false;
        const uint32_t end = without_row(restate, uid, &arrives);
        if (!restate->notes[end].done) {
            return end;
        }
        note->standing = restate->notes[end].standing;
        note->standing.arrived = note->standing.arrived && arrives;
        note->done = true;
        return TH_UNIT_NONE;
    }
    struct th_successors rows = rows_of(restate, uid);
    struct th_successor row;
    rows.at += note->next;
    while (th_successors_next(restate->reg, &rows, &row)) {
        const uint32_t end = end_of(restate, &row, is_over(restate, uid));
        if (!restate->notes[end].done) {
            return end;
        }
        note->next++;
    }
    note->standing = gather(restate, uid);
    note->done = true;
    return TH_UNIT_NONE;
}

struct th_standing th_restate_unit(struct th_restate *restate, uint32_t uid)
{
    th_assert(uid <= th_register_unit_count(restate->reg));
    uint32_t at = restate->notes[uid].done ? TH_UNIT_NONE : uid;
    while (at != TH_UNIT_NONE) {
        const uint32_t end = settle(restate, at);
        if (end == TH_UNIT_NONE) {
            at = restate->notes[at].waiting;
        } else {
            th_assert(!restate->notes[end].begun); // no way is a circle
            restate->notes[end].waiting = at;
            at = end;
        }
    }
    return restate->notes[uid].standing;
}
