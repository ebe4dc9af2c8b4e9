// register.c - looking up units, versions, parents and children

#include "lib/register_body.h"

// ---- by number ----

uint32_t register_code_of(const struct th_register *reg, struct th_bytes code)
{
    uint32_t low = 0;
    uint32_t high = reg->code_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = th_bytes_compare(reg->codes[middle].text, code);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return REGISTER_NO_CODE;
}

const struct register_version *
register_code_on(const struct th_register *reg, uint32_t code, th_day day)
{
    if (code == REGISTER_NO_CODE) {
        return NULL;
    }
    const struct register_run run = reg->codes[code].versions;
    uint32_t low = run.first; // the first version that begins after day
    uint32_t high = run.first + run.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (reg->versions[middle].unit.from <= day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > run.first && day < reg->versions[low - 1].unit.until ? &reg->versions[low - 1]
                                                                      : NULL;
}

static const struct register_life *life_of(const struct th_register *reg, uint32_t uid)
{
    return uid == TH_UNIT_NONE || uid > reg->unit_count ? NULL : &reg->lives[uid - 1];
}

const struct register_version *
register_unit_on(const struct th_register *reg, uint32_t uid, th_day day)
{
    const struct register_life *life = life_of(reg, uid);
    if (life == NULL || day < life->from || day >= life->until) {
        return NULL;
    }
    uint32_t low = life->spans.first; // the first span that begins after day
    uint32_t high = life->spans.first + life->spans.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (reg->spans[middle].from <= day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct register_version *version = &reg->versions[reg->spans[low - 1].version];
    return day < version->unit.until ? version : NULL;
}

struct register_run
register_successors(const struct th_register *reg, struct th_bytes code, th_day effective)
{
    size_t low = 0;
    size_t high = reg->successor_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct th_successor *row = &reg->successors[middle];
        const int order = th_bytes_compare(row->old_code, code);
        if (order < 0 || (order == 0 && row->effective < effective)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct register_run run = {.first = (uint32_t)low};
    while (low < reg->successor_count && reg->successors[low].effective == effective &&
           th_bytes_equal(reg->successors[low].old_code, code)) {
        run.count++;
        low++;
    }
    return run;
}

// ---- the contract ----

size_t th_register_version_count(const struct th_register *reg)
{
    return reg->version_count;
}

struct th_unit th_register_version_at(const struct th_register *reg, size_t index)
{
    th_assert(index < reg->version_count);
    return reg->versions[index].unit;
}

uint32_t th_register_unit_count(const struct th_register *reg)
{
    return reg->unit_count;
}

size_t th_register_successor_count(const struct th_register *reg)
{
    return reg->successor_count;
}

struct th_successor th_register_successor_at(const struct th_register *reg, size_t index)
{
    th_assert(index < reg->successor_count);
    return reg->successors[index];
}

enum th_err
th_register_on(const struct th_register *reg, uint32_t uid, th_day day, struct th_unit *unit)
{
    const struct register_version *version = register_unit_on(reg, uid, day);
    if (version == NULL) {
        return TH_E_NOT_FOUND;
    }
    *unit = version->unit;
    return TH_OK;
}

uint32_t th_register_find(const struct th_register *reg, struct th_bytes code, th_day day)
{
    const struct register_version *version =
        register_code_on(reg, register_code_of(reg, code), day);
    return version == NULL ? TH_UNIT_NONE : version->unit.uid;
}

th_day th_register_first_day(const struct th_register *reg, uint32_t uid)
{
    const struct register_life *life = life_of(reg, uid);
    return life == NULL ? TH_DAY_NONE : life->from;
}

th_day th_register_last_day(const struct th_register *reg, uint32_t uid)
{
    const struct register_life *life = life_of(reg, uid);
    if (life == NULL) {
        return TH_DAY_NONE;
    }
    return life->until == TH_DAY_MAX ? TH_DAY_MAX : life->until - 1;
}

th_day th_register_newest_day(const struct th_register *reg)
{
    return reg->newest;
}

static bool is_root_unit(const struct th_register *reg, uint32_t uid)
{
    const struct register_run run = reg->lives[uid - 1].spans;
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        if (reg->versions[reg->spans[i].version].unit.parent.size == 0) {
            return true;
        }
    }
    return false;
}

size_t th_register_roots(const struct th_register *reg, uint32_t *uids, size_t max)
{
    size_t count = 0;
    for (uint32_t uid = 1; uid <= reg->unit_count; uid++) {
        if (is_root_unit(reg, uid)) {
            if (count < max) {
                uids[count] = uid;
            }
            count++;
        }
    }
    return count;
}

uint32_t th_register_root(const struct th_register *reg)
{
    uint32_t root = TH_UNIT_NONE;
    return th_register_roots(reg, &root, 1) == 1 ? root : TH_UNIT_NONE;
}

static bool has(const uint32_t *uids, size_t count, uint32_t uid)
{
    for (size_t i = 0; i < count; i++) {
        if (uids[i] == uid) {
            return true;
        }
    }
    return false;
}

size_t th_register_with_code(const struct th_register *reg,
                             struct th_bytes code,
                             uint32_t *uids,
                             size_t max)
{
    const uint32_t index = register_code_of(reg, code);
    size_t count = 0;
    if (index != REGISTER_NO_CODE) {
        const struct register_run run = reg->codes[index].versions;
        for (uint32_t i = run.first; i < run.first + run.count && count < max; i++) {
            if (!has(uids, count, reg->versions[i].unit.uid)) {
                uids[count++] = reg->versions[i].unit.uid;
            }
        }
    }
    return count;
}

// ---- the tree on a day ----

static const struct register_version *
parent_on(const struct th_register *reg, const struct register_version *version, th_day day)
{
    return register_code_on(reg, version->parent, day);
}

uint32_t th_register_parent(const struct th_register *reg, uint32_t uid, th_day day)
{
    const struct register_version *version = register_unit_on(reg, uid, day);
    const struct register_version *parent = version == NULL ? NULL : parent_on(reg, version, day);
    return parent == NULL ? TH_UNIT_NONE : parent->unit.uid;
}

size_t th_register_path(const struct th_register *reg,
                        uint32_t uid,
                        th_day day,
                        uint32_t path[static TH_UNIT_DEPTH_MAX])
{
    size_t count = 0;
    const struct register_version *version = register_unit_on(reg, uid, day);
    while (version != NULL) {
        th_assert(count < TH_UNIT_DEPTH_MAX); // G3
        path[count++] = version->unit.uid;
        version = parent_on(reg, version, day);
    }
    return count;
}

bool th_register_is_below(const struct th_register *reg, uint32_t uid, uint32_t above, th_day day)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t count = th_register_path(reg, uid, day, path);
    return count > 1 && has(path + 1, count - 1, above);
}

struct th_children th_register_children(const struct th_register *reg, uint32_t uid, th_day day)
{
    const struct register_version *version = register_unit_on(reg, uid, day);
    struct th_children children = {.day = day};
    if (version != NULL) {
        const struct register_run run = reg->codes[version->code].children;
        children.at = run.first;
        children.end = run.first + run.count;
    }
    return children;
}

uint32_t th_children_next(const struct th_register *reg, struct th_children *children)
{
    while (children->at < children->end) {
        const struct th_unit *unit = &reg->versions[reg->children[children->at++]].unit;
        if (unit->from <= children->day && children->day < unit->until) {
            return unit->uid;
        }
    }
    return TH_UNIT_NONE;
}

uint32_t th_register_child(const struct th_register *reg, uint32_t uid, th_day day, size_t index)
{
    struct th_children children = th_register_children(reg, uid, day);
    uint32_t child = th_children_next(reg, &children);
    while (child != TH_UNIT_NONE && index > 0) {
        child = th_children_next(reg, &children);
        index--;
    }
    return child;
}
