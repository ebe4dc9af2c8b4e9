// rules_grant.c - V04: which units a node may write

#include <string.h>

#include "tonghop/rules.h"

static bool has_unit(const struct th_grant *grant, uint32_t uid)
{
    for (size_t i = 0; i < grant->count; i++) {
        if (grant->uids[i] == uid) {
            return true;
        }
    }
    return false;
}

// One of the granted units, or below one on day.
static bool
holds(const struct th_grant *grant, const struct th_register *reg, uint32_t uid, th_day day)
{
    if (has_unit(grant, uid)) {
        return true;
    }
    if (grant->only) {
        return false;
    }
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t count = th_register_path(reg, uid, day, path);
    for (size_t i = 1; i < count; i++) {
        if (has_unit(grant, path[i])) {
            return true;
        }
    }
    return false;
}

// Rows of the successors are sorted by old code: the first row of code.
static size_t first_row(const struct th_register *reg, struct th_bytes code)
{
    size_t low = 0;
    size_t high = th_register_successor_count(reg);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (th_bytes_compare(th_register_successor_at(reg, middle).old_code, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Does uid, which ended, lead to a granted unit by rows FULL or RECODE? Units end later and later
// on the way, which ends it; looks bounds what a strange table could cost.
// NOLINTBEGIN(misc-no-recursion)
static bool
leads_to(const struct th_grant *grant, const struct th_register *reg, uint32_t uid, unsigned *looks)
{
    const th_day last = th_register_last_day(reg, uid);
    struct th_unit unit;
    if (*looks == 0 || last == TH_DAY_MAX || th_register_on(reg, uid, last, &unit) != TH_OK) {
        return false;
    }
    *looks -= 1;
    const size_t rows = th_register_successor_count(reg);
    for (size_t row = first_row(reg, unit.code); row < rows; row++) {
        const struct th_successor successor = th_register_successor_at(reg, row);
        if (!th_bytes_equal(successor.old_code, unit.code)) {
            return false;
        }
        if (successor.effective != last + 1 || successor.kind == TH_SUCCESSOR_PARTIAL) {
            continue;
        }
        const uint32_t heir = th_register_find(reg, successor.new_code, successor.effective);
        if (heir == TH_UNIT_NONE || heir == uid) {
            continue;
        }
        if (holds(grant, reg, heir, successor.effective) || leads_to(grant, reg, heir, looks)) {
            return true;
        }
    }
    return false;
}
// NOLINTEND(misc-no-recursion)

bool th_grant_allows(const struct th_grant *grant,
                     const struct th_register *reg,
                     uint32_t uid,
                     struct th_period period)
{
    unsigned looks = 256;
    if (grant->desk || holds(grant, reg, uid, th_register_structure_day(reg, uid, period))) {
        return true;
    }
    // Predecessors, for periods that were over when they ended.
    return period.last <= th_register_last_day(reg, uid) && leads_to(grant, reg, uid, &looks);
}

// ---- references of the roster ----

static bool grant_add(struct th_grant *grant, uint32_t uid)
{
    if (has_unit(grant, uid)) {
        return true;
    }
    if (grant->count == TH_GRANT_UNITS_MAX) {
        return false;
    }
    grant->uids[grant->count++] = uid;
    return true;
}

static size_t first_version(const struct th_register *reg, struct th_bytes code)
{
    size_t low = 0;
    size_t high = th_register_version_count(reg);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (th_bytes_compare(th_register_version_at(reg, middle).code, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool grant_code(struct th_grant *grant,
                       const struct th_register *reg,
                       struct th_bytes code,
                       size_t *found)
{
    const size_t versions = th_register_version_count(reg);
    for (size_t i = first_version(reg, code); i < versions; i++) {
        const struct th_unit unit = th_register_version_at(reg, i);
        if (!th_bytes_equal(unit.code, code)) {
            break;
        }
        *found += 1;
        if (!grant_add(grant, unit.uid)) {
            return false;
        }
    }
    return true;
}

static bool
grant_ref(struct th_grant *grant, const struct th_register *reg, struct th_bytes ref, size_t *found)
{
    const char *at = ref.size == 0 ? NULL : memchr(ref.data, '@', ref.size);
    if (at == NULL) {
        return grant_code(grant, reg, ref, found);
    }
    const struct th_bytes code = {.data = ref.data, .size = (size_t)(at - (const char *)ref.data)};
    const struct th_bytes date = {.data = at + 1, .size = ref.size - code.size - 1};
    th_day day = TH_DAY_NONE;
    if (th_day_parse(date, &day) != TH_OK) {
        return true;
    }
    const uint32_t uid = th_register_find(reg, code, day);
    *found += uid == TH_UNIT_NONE ? 0 : 1;
    return uid == TH_UNIT_NONE || grant_add(grant, uid);
}

enum th_err th_grant_resolve(struct th_grant *grant,
                             const struct th_register *reg,
                             const struct th_bytes *refs,
                             size_t count,
                             size_t *unknown)
{
    size_t missing = 0;
    grant->count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t found = 0;
        if (!grant_ref(grant, reg, refs[i], &found)) {
            grant->count = 0;
            return TH_E_TOO_LARGE;
        }
        missing += found == 0 ? 1 : 0;
    }
    if (unknown != NULL) {
        *unknown = missing;
    }
    return TH_OK;
}
