// naive.c - see naive.h; statements, and what the rules of the province's state say

#include "tests/support/naive.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"
#include "workers/table.h"

// Which units each node of the model test may write, as in its roster.
static const char *const MAY_WRITE[] = {"", "D1", "D2", "D3;A1", "P"};

// ---- entries ----

struct parts {
    struct th_bytes unit, period, measure, dims, person;
};

static uint32_t resolve(const struct naive *naive, struct th_bytes ref, struct th_period period)
{
    return th_register_resolve(naive->province->reg, ref, period, false).uid;
}

static struct th_period one_day(th_day day)
{
    return (struct th_period){.type = TH_PERIOD_DAY, .first = day, .last = day};
}

static struct naive_entry transfer_of(const struct naive *naive, const struct th_update *update)
{
    const struct th_transfer *said = &update->transfer;
    struct naive_entry entry = {.transfer = true,
                                .live = update->op == TH_OP_SET,
                                .revision = update->revision,
                                .said = *update};
    EXPECT(TH_OK, th_day_parse(said->effective, &entry.effective));
    entry.period = one_day(entry.effective - 1);
    entry.uid = resolve(naive, said->from_unit, entry.period);
    entry.to_uid = resolve(naive, said->to_unit, one_day(entry.effective));
    th_bytes_copy_text(said->scheme, entry.measure, sizeof(entry.measure));
    th_bytes_copy_text(said->person, entry.person, sizeof(entry.person));
    return entry;
}

static struct naive_entry entry_of(const struct naive *naive, const struct th_update *update)
{
    struct naive_entry entry = {
        .live = update->op == TH_OP_SET, .revision = update->revision, .said = *update};
    struct parts parts;
    if (update->kind == TH_KIND_TRANSFER) {
        return transfer_of(naive, update);
    }
    if (update->kind == TH_KIND_STAFFING) {
        const struct th_staffing *said = &update->staffing;
        parts = (struct parts){said->unit, said->period, said->measure, said->dims, {0}};
    } else if (update->kind == TH_KIND_COLLECTIVE) {
        const struct th_collective *said = &update->collective;
        parts = (struct parts){
            said->unit, said->period, said->scheme, TH_BYTES("collective"), said->collective};
    } else {
        const struct th_evaluation *said = &update->evaluation;
        parts =
            (struct parts){said->unit, said->period, said->scheme, said->category, said->person};
    }
    entry.evaluation = update->kind != TH_KIND_STAFFING;
    entry.body = update->kind == TH_KIND_COLLECTIVE;
    EXPECT(TH_OK, th_period_parse(parts.period, &entry.period));
    entry.uid = resolve(naive, parts.unit, entry.period);
    th_bytes_copy_text(parts.measure, entry.measure, sizeof(entry.measure));
    th_bytes_copy_text(parts.dims, entry.dims, sizeof(entry.dims));
    th_bytes_copy_text(parts.person, entry.person, sizeof(entry.person));
    return entry;
}

static bool same_key(const struct naive_entry *a, const struct naive_entry *b, bool unit)
{
    return a->evaluation == b->evaluation && a->transfer == b->transfer &&
           th_period_equal(a->period, b->period) && strcmp(a->measure, b->measure) == 0 &&
           strcmp(a->dims, b->dims) == 0 && strcmp(a->person, b->person) == 0 &&
           (!unit || a->transfer || a->uid == b->uid);
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
        return a->uid == b->uid && a->to_uid == b->to_uid &&
               opt_equal(x->score_sum, y->score_sum) &&
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
    struct th_grant grant = {.node = node, .desk = node == 0};
    struct th_bytes refs[4];
    size_t count = 0;
    for (const char *at = MAY_WRITE[node]; *at != '\0'; count++) {
        const size_t size = strcspn(at, ";");
        refs[count] = (struct th_bytes){.data = at, .size = size};
        at += size + (at[size] == ';' ? 1 : 0);
    }
    EXPECT(TH_OK, th_grant_resolve(&grant, naive->province->reg, refs, count, NULL));
    return th_grant_allows(&grant, naive->province->reg, entry->uid, entry->period);
}

static bool overlaps_figure(const struct naive *naive, const struct naive_entry *wanted)
{
    if (wanted->measure[0] == 'o') {
        return false;
    }
    const th_day day = naive_day(naive, wanted->uid, wanted->period);
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || !th_period_equal(entry->period, wanted->period) ||
            entry->uid == wanted->uid || entry->evaluation ||
            strcmp(entry->measure, wanted->measure) != 0 ||
            strcmp(entry->dims, wanted->dims) != 0) {
            continue;
        }
        const bool under = naive_is_listed(wanted->measure)
                               ? naive_below(naive, entry->uid, wanted->uid, day)
                               : naive_counts_for(naive, entry, wanted->uid);
        if (under || naive_below(naive, wanted->uid, entry->uid, day)) {
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
        if (!entry->live || !th_period_equal(entry->period, wanted->period) ||
            entry->uid != wanted->uid) {
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
    *duplicate = same_content(stored, wanted) && (stored->transfer || stored->uid == wanted->uid);
    return *duplicate ? 0 : 2222;
}

static bool too_large(wide number)
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
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(
        naive->province->reg, wanted->uid, naive_day(naive, wanted->uid, wanted->period), path);
    for (size_t i = 0; i < depth && !wanted->evaluation; i++) {
        const struct naive_sum sum =
            naive_add_up(naive, wanted->measure, wanted->period, path[i], wanted->dims);
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
        if (entry->live && entry->uid != wanted->uid && same_key(entry, wanted, false)) {
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
    if (stored != NULL && stored->live && stored->uid != wanted->uid &&
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
                   said->period.type == TH_PERIOD_YEAR &&
                   naive_months(naive, said) < (uint64_t)months.value
               ? 2317
               : 0;
}

bool naive_knows(unsigned code)
{
    return code == 0 || code == 2216 || code == 2222 || code == 2226 || code == 2235 ||
           code == 2317 || code == 2338;
}

unsigned naive_apply(struct naive *naive, uint32_t node, const struct th_update *update)
{
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
        *elsewhere = naive->entries[naive->count - 1];
        if (stored == &naive->entries[naive->count - 1]) {
            stored = elsewhere;
        }
        naive->count--;
    }
    *stored = wanted;
    return warning_of(naive, stored, was);
}

// ---- comparing ----

size_t naive_compare(const struct naive *naive)
{
    const struct th_store store = province_store(naive->province);
    const struct th_check check = open_check(naive->province->identity.birth_id);
    struct th_bytes key;
    struct th_bytes value;
    uint8_t copy[TH_STORE_KEY_MAX];
    size_t totals = 0;
    enum th_err err = th_store_seek(store, TABLE_TOTAL, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct figure_key at;
        struct th_cell cell;
        uint64_t seq = 0;
        memcpy(copy, key.data, key.size);
        EXPECT(TH_OK, key_read_total(key, &at));
        EXPECT(TH_OK, th_check_open(&check, TABLE_TOTAL, key, &value));
        EXPECT(TH_OK, totals_read_cell(value, &cell, &seq));
        const struct th_cell wanted = naive_total(naive, at.measure, at.period, at.uid, at.dims);
        if (!th_cell_equal(&cell, &wanted) || cell.reported != wanted.reported) {
            char period[TH_PERIOD_TEXT_BYTES];
            fail_msg("%.*s %s unit %u %.*s: kept %lld reported %llu, recount %lld reported %llu",
                     (int)at.measure.size,
                     (const char *)at.measure.data,
                     th_period_text(at.period, period),
                     at.uid,
                     (int)at.dims.size,
                     (const char *)at.dims.data,
                     (long long)cell.value,
                     (unsigned long long)cell.reported,
                     (long long)wanted.value,
                     (unsigned long long)wanted.reported);
        }
        totals++;
        err = th_store_next(store, TABLE_TOTAL, (struct th_bytes){copy, key.size}, &key, &value);
    }
    assert_int_equal(err, TH_E_NOT_FOUND);
    province_end(naive->province);
    return totals;
}
