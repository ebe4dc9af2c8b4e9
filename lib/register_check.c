// register_check.c - invariants G1..G4 of a register, checked as a whole

#include "lib/register_body.h"

struct path { // codes from a version upwards
    uint32_t codes[TH_UNIT_DEPTH_MAX];
    size_t depth;
};

static th_day later(th_day a, th_day b)
{
    return a > b ? a : b;
}

static th_day earlier(th_day a, th_day b)
{
    return a < b ? a : b;
}

// G4, G1
static bool check_versions(const struct th_register *reg, struct th_findings *findings)
{
    bool good = true;
    for (size_t i = 0; i < reg->version_count; i++) {
        const struct register_version *version = &reg->versions[i];
        if (version->unit.from >= version->unit.until) {
            register_complain(findings, REGISTER_EMPTY_LIFE, version, version->unit.from);
            good = false;
        } else if (i > 0 && version[-1].code == version->code &&
                   version[-1].unit.until > version->unit.from) {
            register_complain(findings, REGISTER_OVERLAP, version, version->unit.from);
            good = false;
        }
    }
    return good;
}

// A day to name when the parent is missing from day on: an open beginning has none of its own.
static th_day nameable(th_day day, th_day until)
{
    if (day != TH_DAY_MIN) {
        return day;
    }
    return until == TH_DAY_MAX ? TH_DAY_NONE : until - 1;
}

// Is there a day of version on which its parent does not exist? *day is the first, if it has one.
static bool
find_orphan_day(const struct th_register *reg, const struct register_version *version, th_day *day)
{
    th_day covered = version->unit.from; // until here
    if (version->parent != REGISTER_NO_CODE) {
        const struct register_run run = reg->codes[version->parent].versions;
        for (uint32_t i = run.first; i < run.first + run.count; i++) {
            const struct th_unit *parent = &reg->versions[i].unit;
            if (parent->from > covered) {
                *day = nameable(covered, earlier(parent->from, version->unit.until));
                return covered < version->unit.until;
            }
            covered = later(covered, parent->until);
            if (covered >= version->unit.until) {
                return false;
            }
        }
    }
    *day = nameable(covered, version->unit.until);
    return covered < version->unit.until;
}

// G2
static bool check_parents(const struct th_register *reg, struct th_findings *findings)
{
    bool good = true;
    for (size_t i = 0; i < reg->version_count; i++) {
        const struct register_version *version = &reg->versions[i];
        th_day day = TH_DAY_NONE;
        if (version->unit.parent.size > 0 && find_orphan_day(reg, version, &day)) {
            register_complain(findings, REGISTER_NO_PARENT, version, day);
            good = false;
        }
    }
    return good;
}

static bool path_has(const struct path *path, uint32_t code)
{
    for (size_t i = 0; i < path->depth; i++) {
        if (path->codes[i] == code) {
            return true;
        }
    }
    return false;
}

// Climb from version through every version of its ancestors that lives within from..until.
// The path's length bounds the recursion.
static bool climb(const struct th_register *reg, // NOLINT(misc-no-recursion): bounded by the depth
                  const struct register_version *version,
                  struct path *path,
                  th_day from,
                  th_day until,
                  enum register_fault *fault)
{
    if (path_has(path, version->code)) {
        *fault = REGISTER_CYCLE;
        return false;
    }
    if (path->depth == TH_UNIT_DEPTH_MAX) {
        *fault = REGISTER_DEPTH;
        return false;
    }
    if (version->parent == REGISTER_NO_CODE) {
        return true;
    }
    path->codes[path->depth++] = version->code;
    const struct register_run run = reg->codes[version->parent].versions;
    bool good = true;
    for (uint32_t i = run.first; good && i < run.first + run.count; i++) {
        const struct register_version *parent = &reg->versions[i];
        const th_day begin = later(from, parent->unit.from);
        const th_day end = earlier(until, parent->unit.until);
        good = begin >= end || climb(reg, parent, path, begin, end, fault);
    }
    path->depth--;
    return good;
}

// G3
static bool check_paths(const struct th_register *reg, struct th_findings *findings)
{
    bool good = true;
    for (size_t i = 0; i < reg->version_count; i++) {
        const struct register_version *version = &reg->versions[i];
        struct path path = {0};
        enum register_fault fault = REGISTER_CYCLE;
        if (!climb(reg, version, &path, version->unit.from, version->unit.until, &fault)) {
            register_complain(findings, fault, version, version->unit.from);
            good = false;
        }
    }
    return good;
}

bool register_check(const struct th_register *reg, struct th_findings *findings)
{
    const bool apart = check_versions(reg, findings);
    const bool covered = check_parents(reg, findings);
    return apart && covered && check_paths(reg, findings);
}

// Recodes that lead two units into one, or one into two, would make it live twice on a day.
bool register_check_units(const struct th_register *reg, struct th_findings *findings)
{
    bool good = true;
    for (size_t i = 1; i < reg->version_count; i++) {
        const struct register_span *span = &reg->spans[i];
        const struct register_version *version = &reg->versions[span->version];
        if (span[-1].uid == span->uid &&
            reg->versions[span[-1].version].unit.until > version->unit.from) {
            register_complain(findings, REGISTER_OVERLAP, version, version->unit.from);
            good = false;
        }
    }
    return good;
}
