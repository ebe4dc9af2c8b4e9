// naive.c - see naive.h; statements, and what the rules of the province's state say

#include "tests/support/naive.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"
#include "workers/table.h"

// ---- entries ----

struct said_parts {
    struct th_bytes unit, period, measure, dims, person;
};

static const char *text_of(struct th_bytes bytes)
{
    return bytes.size == 0 ? "" : bytes.data; // static, with a NUL
}

static struct ground_period period_of_day(const struct ground *ground, int day)
{
    char label[24];
    (void)snprintf(label, sizeof(label), "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
    return ground_period(ground, label);
}

static int day_before(int day)
{
    static const int LAST[] = {1231, 131, 228, 331, 430, 531, 630, 731, 831, 930, 1031, 1130};
    const int month = day / 100 % 100;
    if (day % 100 > 1) {
        return day - 1;
    }
    const int year = day / 10000 - (month == 1 ? 1 : 0);
    const bool leap = month == 3 && year % 4 == 0;
    return year * 10000 + LAST[month - 1] + (leap ? 1 : 0);
}

static struct naive_entry transfer_of(const struct naive *naive, const struct th_update *update)
{
    const struct th_transfer *said = &update->transfer;
    struct naive_entry entry = {.transfer = true,
                                .live = update->op == TH_OP_SET,
                                .revision = update->revision,
                                .said = *update};
    entry.effective = ground_day(text_of(said->effective));
    entry.period = period_of_day(&naive->ground, day_before(entry.effective));
    const struct ground_period after = period_of_day(&naive->ground, entry.effective);
    entry.unit = ground_resolve(&naive->ground, text_of(said->from_unit), &entry.period);
    entry.to = ground_resolve(&naive->ground, text_of(said->to_unit), &after);
    th_bytes_copy_text(said->scheme, entry.measure, sizeof(entry.measure));
    th_bytes_copy_text(said->person, entry.person, sizeof(entry.person));
    return entry;
}

static struct naive_entry entry_of(const struct naive *naive, const struct th_update *update)
{
    struct naive_entry entry = {
        .live = update->op == TH_OP_SET, .revision = update->revision, .said = *update};
    struct said_parts parts;
    if (update->kind == TH_KIND_TRANSFER) {
        return transfer_of(naive, update);
    }
    if (update->kind == TH_KIND_STAFFING) {
        const struct th_staffing *said = &update->staffing;
        parts = (struct said_parts){said->unit, said->period, said->measure, said->dims, {0}};
    } else if (update->kind == TH_KIND_COLLECTIVE) {
        const struct th_collective *said = &update->collective;
        parts = (struct said_parts){
            said->unit, said->period, said->scheme, TH_BYTES("collective"), said->collective};
    } else {
        const struct th_evaluation *said = &update->evaluation;
        parts = (struct said_parts){
            said->unit, said->period, said->scheme, said->category, said->person};
    }
    entry.evaluation = update->kind != TH_KIND_STAFFING;
    entry.body = update->kind == TH_KIND_COLLECTIVE;
    entry.period = ground_period(&naive->ground, text_of(parts.period));
    entry.unit = ground_resolve(&naive->ground, text_of(parts.unit), &entry.period);
    th_bytes_copy_text(parts.measure, entry.measure, sizeof(entry.measure));
    th_bytes_copy_text(parts.dims, entry.dims, sizeof(entry.dims));
    th_bytes_copy_text(parts.person, entry.person, sizeof(entry.person));
    naive_fill_parts(naive, &entry);
    return entry;
}

static bool same_key(const struct naive_entry *a, const struct naive_entry *b, bool unit)
{
    return a->evaluation == b->evaluation && a->transfer == b->transfer &&
           naive_same_period(&a->period, &b->period) && strcmp(a->measure, b->measure) == 0 &&
           strcmp(a->dims, b->dims) == 0 && strcmp(a->person, b->person) == 0 &&
           (!unit || a->transfer || a->unit == b->unit);
}

static bool opt_equal(struct th_opt a, struct th_opt b)
{
    return a.has == b.has && (!a.has || a.value == b.value);
}

static bool same_content(const struct naive_entry *a, const struct naive_entry *b)
{
    if (a->live != b->live || !th_bytes_equal(a->said.note, b->said.note)) {
        return false;
    }
    if (!a->live) {
        return true;
    }
    if (a->transfer) {
        const struct th_transfer *x = &a->said.transfer;
        const struct th_transfer *y = &b->said.transfer;
        return a->unit == b->unit && a->to == b->to && opt_equal(x->score_sum, y->score_sum) &&
               opt_equal(x->scored_months, y->scored_months);
    }
    if (a->body) {
        const struct th_collective *x = &a->said.collective;
        const struct th_collective *y = &b->said.collective;
        return opt_equal(x->score, y->score) && opt_equal(x->rating, y->rating) &&
               x->reason == y->reason && th_bytes_equal(x->kind, y->kind);
    }
    if (a->evaluation) {
        const struct th_evaluation *x = &a->said.evaluation;
        const struct th_evaluation *y = &b->said.evaluation;
        return opt_equal(x->score, y->score) && opt_equal(x->rating, y->rating) &&
               x->reason == y->reason && opt_equal(x->months_scored, y->months_scored);
    }
    const struct th_staffing *x = &a->said.staffing;
    const struct th_staffing *y = &b->said.staffing;
    return opt_equal(x->value, y->value) && opt_equal(x->of, y->of) &&
           opt_equal(x->before, y->before) && opt_equal(x->after, y->after) &&
           x->not_applicable == y->not_applicable &&
           (x->not_applicable || x->qualifier == y->qualifier);
}

static struct naive_entry *find(struct naive *naive, const struct naive_entry *wanted)
{
    for (size_t i = 0; i < naive->count; i++) {
        if (same_key(&naive->entries[i], wanted, true)) {
            return &naive->entries[i];
        }
    }
    return NULL;
}

// ---- rules ----

// V04 is a rule of node and worker alike, with tests of its own.
static bool may_write(const struct naive *naive, uint32_t node, const struct naive_entry *entry)
{
    return ground_grants(&naive->ground, naive->grants[node], entry->unit, &entry->period);
}

// The same figure of another unit that contains this one, or is contained in it.
static bool overlaps_figure(const struct naive *naive, const struct naive_entry *wanted)
{
    if (!naive_measure(naive, wanted->measure)->whole) {
        return false;
    }
    const struct ground *ground = &naive->ground;
    const bool listed = naive_is_listed(naive, wanted->measure);
    const int half = ground_half(ground, wanted->unit, &wanted->period);
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || !naive_same_period(&entry->period, &wanted->period) ||
            entry->unit == wanted->unit || entry->evaluation ||
            strcmp(entry->measure, wanted->measure) != 0 ||
            strcmp(entry->dims, wanted->dims) != 0) {
            continue;
        }
        const bool under = listed ? ground_below(ground, half, entry->unit, wanted->unit)
                                  : naive_counts_for(naive, entry, wanted->unit);
        if (under || ground_below(ground, half, wanted->unit, entry->unit)) {
            return true;
        }
    }
    return false;
}

static bool same_dim_keys(const char *a, const char *b)
{
    return (strstr(a, "category=") != NULL) == (strstr(b, "category=") != NULL) &&
           (strstr(a, "scheme=") != NULL) == (strstr(b, "scheme=") != NULL);
}

static bool counts_contain(const struct naive_entry *counts, const struct naive_entry *rated)
{
    char category[80];
    (void)snprintf(category, sizeof(category), "category=%s", rated->dims);
    const char *scheme = strstr(counts->dims, "scheme=UC") != NULL ? "UC" : "SC";
    return !rated->body && strcmp(scheme, rated->measure) == 0 &&
           (strstr(counts->dims, "category=") == NULL || strstr(counts->dims, category) != NULL);
}

static bool overlaps_counts(const struct naive *naive, const struct naive_entry *wanted)
{
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || !naive_same_period(&entry->period, &wanted->period) ||
            entry->unit != wanted->unit) {
            continue;
        }
        const bool counts = !entry->evaluation && strcmp(entry->measure, "EV07") == 0;
        if (wanted->evaluation ? counts && counts_contain(entry, wanted)
                               : (counts && !same_dim_keys(entry->dims, wanted->dims)) ||
                                     (entry->evaluation && counts_contain(wanted, entry))) {
            return true;
        }
    }
    return false;
}

static unsigned
revision_of(const struct naive_entry *stored, const struct naive_entry *wanted, bool *duplicate)
{
    if (stored == NULL || wanted->revision > stored->revision) {
        return 0;
    }
    *duplicate = same_content(stored, wanted) && (stored->transfer || stored->unit == wanted->unit);
    return *duplicate ? 0 : 2222;
}

static bool too_large(naive_wide number)
{
    return number > INT64_MAX || number < INT64_MIN;
}

// Would some sum pass 64 bits?
static bool
overflows(struct naive *naive, struct naive_entry *slot, const struct naive_entry *wanted)
{
    const struct naive_entry before = *slot;
    *slot = *wanted;
    bool over = false;
    const int half = ground_half(&naive->ground, wanted->unit, &wanted->period);
    for (int unit = wanted->unit; unit != GROUND_NOBODY && !wanted->evaluation;
         unit = naive->ground.parent[half][unit]) {
        const struct naive_sum sum =
            naive_add_up(naive, wanted->measure, &wanted->period, unit, wanted->dims);
        over = over || too_large(sum.value);
    }
    *slot = before;
    return over;
}

static struct naive_entry *find_elsewhere(struct naive *naive, const struct naive_entry *wanted)
{
    const bool one_unit = wanted->body || strcmp(wanted->measure, "SC") == 0;
    if (!wanted->evaluation || !wanted->live || !one_unit) {
        return NULL;
    }
    for (size_t i = 0; i < naive->count; i++) {
        struct naive_entry *entry = &naive->entries[i];
        if (entry->live && entry->unit != wanted->unit && same_key(entry, wanted, false)) {
            return entry;
        }
    }
    return NULL;
}

static struct naive_entry *make(struct naive *naive, const struct naive_entry *wanted)
{
    assert_true(naive->count < NAIVE_MAX);
    struct naive_entry *made = &naive->entries[naive->count++];
    *made = *wanted;
    return made;
}

static unsigned apply_transfer(struct naive *naive, uint32_t node, const struct naive_entry *wanted)
{
    struct naive_entry *stored = find(naive, wanted);
    bool duplicate = false;
    if (stored != NULL && stored->live && stored->unit != wanted->unit &&
        !may_write(naive, node, stored)) {
        return 2216;
    }
    const unsigned code = revision_of(stored, wanted, &duplicate);
    if (code != 0 || duplicate) {
        return code;
    }
    const bool was = stored != NULL && stored->live;
    if (stored == NULL) {
        stored = make(naive, wanted);
    }
    *stored = *wanted;
    return wanted->live || was ? 0 : 2338;
}

// V16 and V22 of a record that another unit has.
static unsigned move_of(const struct naive *naive,
                        uint32_t node,
                        const struct naive_entry *elsewhere,
                        const struct naive_entry *wanted,
                        bool *duplicate)
{
    if (may_write(naive, node, elsewhere)) {
        return revision_of(elsewhere, wanted, duplicate);
    }
    return !wanted->body && naive_moved(naive, elsewhere, wanted) ? 0 : 2216;
}

// What is said about a statement that was applied.
static unsigned warning_of(const struct naive *naive, const struct naive_entry *said, bool was)
{
    if (!said->live && !was) {
        return 2338;
    }
    const struct th_opt months = said->said.evaluation.months_scored;
    return said->live && said->evaluation && !said->body && months.has &&
                   said->period.type == GROUND_YEAR &&
                   naive_months(naive, said) < (uint64_t)months.value
               ? 2317
               : 0;
}

bool naive_knows(unsigned code)
{
    return code == 0 || code == 2216 || code == 2222 || code == 2226 || code == 2235 ||
           code == 2317 || code == 2338 || code == 2221 || code == 2220 || code == 2241;
}

unsigned naive_apply(struct naive *naive, uint32_t node, const struct th_update *update)
{
    if (update->kind == TH_KIND_DESK) {
        return naive_apply_act(naive, update);
    }
    if (update->kind == TH_KIND_COMPLETION) {
        return naive_apply_report(naive, update);
    }
    const struct naive_entry wanted = entry_of(naive, update);
    if (wanted.transfer) {
        return apply_transfer(naive, node, &wanted);
    }
    struct naive_entry *stored = find(naive, &wanted);
    struct naive_entry *elsewhere = find_elsewhere(naive, &wanted);
    bool duplicate = false;
    unsigned code = revision_of(stored, &wanted, &duplicate);
    if (code == 0 && !duplicate && elsewhere != NULL) {
        code = move_of(naive, node, elsewhere, &wanted, &duplicate);
    }
    if (code != 0 || duplicate) {
        return code;
    }
    if (naive_is_closed(naive, &wanted, wanted.unit) ||
        (elsewhere != NULL && naive_is_closed(naive, &wanted, elsewhere->unit))) {
        return 2221;
    }
    const bool was = stored != NULL && stored->live;
    if (wanted.live && !was &&
        (wanted.evaluation || strcmp(wanted.measure, "EV07") == 0
             ? overlaps_counts(naive, &wanted)
             : overlaps_figure(naive, &wanted))) {
        return 2226;
    }
    if (stored == NULL) {
        stored = make(naive, &wanted);
        stored->live = false;
        stored->revision = 0;
    }
    if (overflows(naive, stored, &wanted)) {
        if (stored->revision == 0) {
            naive->count--; // it was never there
        }
        return 2235;
    }
    if (elsewhere != NULL) { // the person's record moved: nothing of it stays
        naive_touch(naive, elsewhere, elsewhere->unit);
        *elsewhere = naive->entries[naive->count - 1];
        if (stored == &naive->entries[naive->count - 1]) {
            stored = elsewhere;
        }
        naive->count--;
    }
    *stored = wanted;
    naive_touch(naive, stored, stored->unit);
    return warning_of(naive, stored, was);
}

uint64_t naive_live(const struct naive *naive)
{
    uint64_t live = 0;
    for (size_t i = 0; i < naive->count; i++) {
        live += naive->entries[i].live ? 1 : 0;
    }
    return live;
}
