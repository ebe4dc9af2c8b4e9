// register_resolve.c - from a code and a period to a unit and its structure day, and back

#include <string.h>

#include "tonghop/text.h"

#include "lib/register_body.h"

// ---- lists that are cut to whole entries ----

static void list_add(char list[static 65], const char *entry)
{
    static const char CUT[] = ", …";
    const size_t used = strlen(list);
    const size_t size = strlen(entry) + (used > 0 ? 2 : 0);
    if (used >= sizeof(CUT) && strcmp(list + used - (sizeof(CUT) - 1), CUT) == 0) {
        return;
    }
    // Every entry leaves room for the mark that says there were more.
    if (used + size + sizeof(CUT) > 65) {
        memcpy(list + used, used > 0 ? CUT : CUT + 2, used > 0 ? sizeof(CUT) : sizeof(CUT) - 2);
        return;
    }
    if (used > 0) {
        memcpy(list + used, ", ", 2);
    }
    memcpy(list + used + (used > 0 ? 2 : 0), entry, strlen(entry) + 1);
}

static void write_ref(struct th_bytes code, th_day day, char out[static TH_UNIT_REF_MAX + 1])
{
    char text[TH_DAY_TEXT_BYTES];
    th_assert(code.size <= TH_UNIT_CODE_MAX);
    memcpy(out, code.data, code.size);
    out[code.size] = '\0';
    if (day != TH_DAY_NONE) {
        th_day_text(day, text);
        out[code.size] = '@';
        memcpy(out + code.size + 1, text, strlen(text) + 1);
    }
}

// ---- a code in a period ----

// The versions of a code that live on some day of a period. Versions of one code do not overlap
// (G1), so they are a run.
static struct register_run
versions_within(const struct th_register *reg, uint32_t code, struct th_period period)
{
    const struct register_run run = reg->codes[code].versions;
    uint32_t low = run.first; // the first version that ends after the period begins
    uint32_t high = run.first + run.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (reg->versions[middle].unit.until <= period.first) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct register_run within = {.first = low};
    while (low < run.first + run.count && reg->versions[low].unit.from <= period.last) {
        within.count++;
        low++;
    }
    return within;
}

static bool is_repeat(const struct th_register *reg, uint32_t first, uint32_t at)
{
    for (uint32_t i = first; i < at; i++) {
        if (reg->versions[i].unit.uid == reg->versions[at].unit.uid) {
            return true;
        }
    }
    return false;
}

static size_t count_units(const struct th_register *reg, struct register_run run)
{
    size_t count = 0;
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        count += is_repeat(reg, run.first, i) ? 0 : 1;
    }
    return count;
}

th_day
th_register_structure_day(const struct th_register *reg, uint32_t uid, struct th_period period)
{
    const th_day last = th_register_last_day(reg, uid);
    if (!th_period_is_open(period)) {
        return last < period.last ? last : period.last;
    }
    return last == TH_DAY_MAX ? reg->newest : last;
}

static struct th_resolved
resolved(const struct th_register *reg, uint32_t uid, struct th_period period)
{
    return (struct th_resolved){
        .result = TH_RESOLVED, .uid = uid, .day = th_register_structure_day(reg, uid, period)};
}

// The code of version ended with it: by whom does the register say it was followed?
static struct th_resolved ended(const struct th_register *reg,
                                const struct register_version *version)
{
    struct th_resolved result = {
        .result = TH_RESOLVE_ENDED, .uid = version->unit.uid, .day = version->unit.until - 1};
    const struct register_run run =
        register_successors(reg, version->unit.code, version->unit.until);
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        char code[TH_UNIT_REF_MAX + 1];
        write_ref(reg->successors[i].new_code, TH_DAY_NONE, code);
        list_add(result.list, code);
    }
    return result;
}

static struct th_resolved not_yet(const struct register_version *version)
{
    return (struct th_resolved){
        .result = TH_RESOLVE_NOT_YET, .uid = version->unit.uid, .day = version->unit.from};
}

static struct th_resolved
ambiguous(const struct th_register *reg, struct register_run run, struct th_period period)
{
    struct th_resolved result = {.result = TH_RESOLVE_AMBIGUOUS};
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        const struct th_unit *unit = &reg->versions[i].unit;
        if (is_repeat(reg, run.first, i)) {
            continue;
        }
        // The last day of the period on which it has this code.
        th_day day = unit->until == TH_DAY_MAX ? reg->newest : unit->until - 1;
        if (!th_period_is_open(period) && (unit->until == TH_DAY_MAX || day > period.last)) {
            day = period.last;
        }
        char ref[TH_UNIT_REF_MAX + 1];
        write_ref(unit->code, day, ref);
        list_add(result.list, ref);
    }
    return result;
}

static struct th_resolved
resolve_code(const struct th_register *reg, uint32_t code, struct th_period period, bool period_end)
{
    const struct register_run all = reg->codes[code].versions;
    const struct register_run run = versions_within(reg, code, period);
    if (run.count == 0) {
        return run.first > all.first ? ended(reg, &reg->versions[run.first - 1])
                                     : not_yet(&reg->versions[run.first]);
    }
    if (!period_end && count_units(reg, run) > 1) {
        return ambiguous(reg, run, period);
    }
    return resolved(reg, reg->versions[run.first + run.count - 1].unit.uid, period);
}

// code@day: the unit that has the code on that day, when it lives within the period.
static struct th_resolved
resolve_on(const struct th_register *reg, uint32_t code, th_day day, struct th_period period)
{
    const struct register_version *version = register_code_on(reg, code, day);
    if (version == NULL) {
        return (struct th_resolved){.result = TH_RESOLVE_UNKNOWN};
    }
    const struct register_life *life = &reg->lives[version->unit.uid - 1];
    const struct register_span *spans = reg->spans + life->spans.first;
    if (life->until <= period.first) {
        return ended(reg, &reg->versions[spans[life->spans.count - 1].version]);
    }
    if (life->from > period.last) {
        return not_yet(&reg->versions[spans[0].version]);
    }
    return resolved(reg, version->unit.uid, period);
}

enum th_err th_unit_ref_parse(struct th_bytes ref, struct th_bytes *code, th_day *day)
{
    const char *text = ref.data;
    const char *at = ref.size == 0 ? NULL : memchr(text, '@', ref.size);
    struct th_bytes before = ref;
    th_day parsed = TH_DAY_NONE;
    if (at != NULL) {
        before.size = (size_t)(at - text);
        const struct th_bytes after = {.data = at + 1, .size = ref.size - before.size - 1};
        TH_TRY(th_day_parse(after, &parsed));
    }
    if (!th_text_is_code(before, TH_UNIT_CODE_MAX)) {
        return TH_E_MALFORMED;
    }
    *code = before;
    *day = parsed;
    return TH_OK;
}

struct th_resolved th_register_resolve(const struct th_register *reg,
                                       struct th_bytes ref,
                                       struct th_period period,
                                       bool period_end)
{
    struct th_bytes text;
    th_day day = TH_DAY_NONE;
    if (th_unit_ref_parse(ref, &text, &day) != TH_OK) {
        return (struct th_resolved){.result = TH_RESOLVE_MALFORMED};
    }
    const uint32_t code = register_code_of(reg, text);
    if (code == REGISTER_NO_CODE) {
        return (struct th_resolved){.result = TH_RESOLVE_UNKNOWN};
    }
    return day == TH_DAY_NONE ? resolve_code(reg, code, period, period_end)
                              : resolve_on(reg, code, day, period);
}

void th_register_label(const struct th_register *reg,
                       uint32_t uid,
                       struct th_period period,
                       char out[static TH_UNIT_REF_MAX + 1])
{
    th_assert(uid != TH_UNIT_NONE && uid <= reg->unit_count);
    th_day day = th_register_structure_day(reg, uid, period);
    if (day < reg->lives[uid - 1].from) {
        day = reg->lives[uid - 1].from; // it begins after the period: as it is then
    }
    const struct register_version *version = register_unit_on(reg, uid, day);
    th_assert(version != NULL); // a unit lives without a gap
    const bool several = count_units(reg, versions_within(reg, version->code, period)) > 1;
    write_ref(version->unit.code, several ? day : TH_DAY_NONE, out);
}
