// naive.c - see naive.h

#include "tests/support/naive.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "workers/table.h"

__extension__ typedef __int128 wide;

// Which units each node of the model test may write, as in its roster.
static const char *const MAY_WRITE[] = {"", "D1", "D2", "D3;A1", "P"};

static th_day day_of(const struct naive *naive, uint32_t uid, struct th_period period)
{
    return th_register_structure_day(naive->province->reg, uid, period);
}

// Is unit at or below above, as the tree stood on day?
static bool below_on(const struct naive *naive, uint32_t unit, uint32_t above, th_day day)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(naive->province->reg, unit, day, path);
    for (size_t i = 0; i < depth; i++) {
        if (path[i] == above) {
            return true;
        }
    }
    return false;
}

static bool counts_for(const struct naive *naive, const struct naive_entry *entry, uint32_t uid)
{
    return below_on(naive, entry->uid, uid, day_of(naive, entry->uid, entry->period));
}

// ---- entries ----

static struct naive_entry entry_of(const struct naive *naive, const struct th_update *update)
{
    struct naive_entry entry = {.evaluation = update->kind == TH_KIND_EVALUATION,
                                .live = update->op == TH_OP_SET,
                                .revision = update->revision,
                                .said = *update};
    const bool is = entry.evaluation;
    const struct th_bytes unit = is ? update->evaluation.unit : update->staffing.unit;
    const struct th_bytes period = is ? update->evaluation.period : update->staffing.period;
    EXPECT(TH_OK, th_period_parse(period, &entry.period));
    const struct th_resolved resolved =
        th_register_resolve(naive->province->reg, unit, entry.period, false);
    entry.uid = resolved.uid;
    th_bytes_copy_text(is ? update->evaluation.scheme : update->staffing.measure,
                       entry.measure,
                       sizeof(entry.measure));
    th_bytes_copy_text(
        is ? update->evaluation.category : update->staffing.dims, entry.dims, sizeof(entry.dims));
    if (is) {
        th_bytes_copy_text(update->evaluation.person, entry.person, sizeof(entry.person));
    }
    return entry;
}

static bool same_key(const struct naive_entry *a, const struct naive_entry *b, bool unit)
{
    return a->evaluation == b->evaluation && th_period_equal(a->period, b->period) &&
           strcmp(a->measure, b->measure) == 0 && strcmp(a->dims, b->dims) == 0 &&
           strcmp(a->person, b->person) == 0 && (!unit || a->uid == b->uid);
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
    if (a->evaluation) {
        const struct th_evaluation *x = &a->said.evaluation;
        const struct th_evaluation *y = &b->said.evaluation;
        return opt_equal(x->score, y->score) && opt_equal(x->rating, y->rating) &&
               x->reason == y->reason;
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

// ---- adding up ----

static struct th_figure figure_of(const struct naive_entry *entry)
{
    const struct th_staffing *said = &entry->said.staffing;
    struct th_figure figure = {.not_applicable = said->not_applicable};
    if (said->not_applicable) {
        return figure;
    }
    figure.qualifier = said->qualifier;
    figure.value = said->value.value;
    figure.has_of = said->of.has || strcmp(entry->measure, "S1") == 0;
    figure.of = strcmp(entry->measure, "S1") == 0 ? 1000 : said->of.has ? said->of.value : 0;
    figure.has_levels = said->before.has;
    figure.before = said->before.has ? said->before.value : 0;
    figure.after = said->before.has ? said->after.value : 0;
    return figure;
}

static int band(int64_t score)
{
    return score >= 9000 ? 4 : score >= 7000 ? 3 : score >= 5000 ? 2 : 1;
}

// Does the evaluation count under these dims of EV01, EV02 or EV03, and for what?
static bool said_of(const struct naive_entry *entry,
                    const char *measure,
                    const char *dims,
                    struct th_figure *figure)
{
    const struct th_evaluation *said = &entry->said.evaluation;
    const bool is_default = strcmp(entry->measure, "SC") == 0;
    char member[32] = "";
    *figure = (struct th_figure){.qualifier = TH_QUALIFIER_EXACT, .value = 1};
    if (strcmp(measure, "EV01") == 0) {
        (void)snprintf(
            member, sizeof(member), ";rating=%d", said->rating.has ? (int)said->rating.value : 0);
    } else if (strcmp(measure, "EV02") == 0) {
        if (!said->score.has) {
            return false;
        }
        *figure = (struct th_figure){
            .qualifier = TH_QUALIFIER_EXACT, .value = said->score.value, .has_of = true, .of = 1};
    } else {
        const bool below = is_default && said->score.has && said->rating.has &&
                           said->rating.value < band(said->score.value);
        if (!below) {
            return false;
        }
        (void)snprintf(member, sizeof(member), ";reason=%s", th_reason_word(said->reason));
    }
    char wanted[128];
    (void)snprintf(wanted,
                   sizeof(wanted),
                   "category=%s%s%s%s",
                   entry->dims,
                   member,
                   is_default ? "" : ";scheme=",
                   is_default ? "" : entry->measure);
    return strcmp(wanted, dims) == 0;
}

static bool contributes(const struct naive_entry *entry,
                        const char *measure,
                        const char *dims,
                        struct th_figure *figure)
{
    if (!entry->live) {
        return false;
    }
    if (strncmp(measure, "EV0", 3) == 0 && strcmp(measure, "EV07") != 0) {
        return entry->evaluation && said_of(entry, measure, dims, figure);
    }
    if (entry->evaluation || strcmp(entry->measure, measure) != 0 ||
        strcmp(entry->dims, dims) != 0) {
        return false;
    }
    *figure = figure_of(entry);
    return true;
}

static bool is_listed(const char *measure)
{
    return strcmp(measure, "S1") == 0;
}

// Sums that may be too large on their way.
struct naive_sum {
    wide value, of, before, after;
    struct th_cell counts;
};

static struct naive_sum add_up(const struct naive *naive,
                               const char *measure,
                               struct th_period period,
                               uint32_t uid,
                               const char *dims)
{
    struct naive_sum sum = {.value = 0};
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        struct th_figure figure;
        if (!th_period_equal(entry->period, period) ||
            !contributes(entry, measure, dims, &figure) ||
            (is_listed(measure) ? entry->uid != uid : !counts_for(naive, entry, uid))) {
            continue;
        }
        sum.value += figure.value;
        sum.of += figure.of;
        sum.before += figure.before;
        sum.after += figure.after;
        sum.counts.not_applicable += figure.not_applicable ? 1 : 0;
        sum.counts.exact += figure.qualifier == TH_QUALIFIER_EXACT ? 1 : 0;
        sum.counts.over += figure.qualifier == TH_QUALIFIER_OVER ? 1 : 0;
        sum.counts.under += figure.qualifier == TH_QUALIFIER_UNDER ? 1 : 0;
        sum.counts.about += figure.qualifier == TH_QUALIFIER_ABOUT ? 1 : 0;
        sum.counts.with_of += figure.has_of ? 1 : 0;
        sum.counts.with_levels += figure.has_levels ? 1 : 0;
    }
    return sum;
}

static bool too_large(wide number)
{
    return number > INT64_MAX || number < INT64_MIN;
}

// ---- coverage, by its definition ----

// Is the reporter covered in the total of uid?
static bool is_covered(const struct naive *naive,
                       const struct figure_key *at,
                       const char *measure,
                       const char *dims,
                       uint32_t reporter)
{
    const bool evaluation = strncmp(measure, "EV0", 3) == 0 && strcmp(measure, "EV07") != 0;
    const bool whole = measure[0] == 'W' || measure[0] == 'N';
    const bool reporter_counts =
        below_on(naive, reporter, at->uid, day_of(naive, reporter, at->period));
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || !th_period_equal(entry->period, at->period)) {
            continue;
        }
        if (evaluation) {
            char scheme[40];
            char category[80];
            (void)snprintf(scheme, sizeof(scheme), "scheme=%s", entry->measure);
            (void)snprintf(category, sizeof(category), "category=%s", entry->dims);
            const bool named = strstr(dims, "scheme=") != NULL;
            if (entry->evaluation && entry->uid == reporter && reporter_counts &&
                strstr(dims, category) != NULL &&
                (named ? strstr(dims, scheme) != NULL : strcmp(entry->measure, "SC") == 0)) {
                return true;
            }
            continue;
        }
        if (entry->evaluation || strcmp(entry->measure, measure) != 0 ||
            strcmp(entry->dims, dims) != 0 || !counts_for(naive, entry, at->uid)) {
            continue;
        }
        const bool own = entry->uid == reporter;
        const bool under = reporter_counts && counts_for(naive, entry, reporter);
        const bool over =
            below_on(naive, reporter, entry->uid, day_of(naive, at->uid, at->period)) &&
            below_on(naive, entry->uid, at->uid, day_of(naive, at->uid, at->period));
        if (whole ? under || over : own) {
            return true;
        }
    }
    return false;
}

static uint64_t count_reported(const struct naive *naive,
                               const struct figure_key *at,
                               const char *measure,
                               const char *dims)
{
    if (measure[0] == 'T' || measure[0] == 'S') {
        return 0;
    }
    const struct province *province = naive->province;
    const bool by_form = measure[0] == 'N' || strcmp(measure, "W1") == 0;
    struct th_measure found;
    EXPECT(TH_OK, th_catalogue_measure(province->catalogue, th_bytes_of(measure), &found));
    const th_day day = day_of(naive, at->uid, at->period);
    const uint32_t root = th_register_root(province->reg);
    uint64_t reported = 0;
    for (uint32_t uid = 1; uid <= th_register_unit_count(province->reg); uid++) {
        const struct th_form *form = by_form ? found.form : NULL;
        if (below_on(naive, uid, at->uid, day) &&
            th_form_is_reporter(form, province->reg, root, uid, day) &&
            is_covered(naive, at, measure, dims, uid)) {
            reported++;
        }
    }
    return reported;
}

struct th_cell naive_total(const struct naive *naive,
                           struct th_bytes measure_bytes,
                           struct th_period period,
                           uint32_t uid,
                           struct th_bytes dims_bytes)
{
    char measure[16];
    char dims[128];
    th_bytes_copy_text(measure_bytes, measure, sizeof(measure));
    th_bytes_copy_text(dims_bytes, dims, sizeof(dims));
    const struct naive_sum sum = add_up(naive, measure, period, uid, dims);
    struct th_cell cell = sum.counts;
    cell.value = (int64_t)sum.value;
    cell.of = (int64_t)sum.of;
    cell.before = (int64_t)sum.before;
    cell.after = (int64_t)sum.after;
    if (!th_cell_is_empty(&cell)) {
        const struct figure_key at = {.uid = uid, .period = period};
        cell.reported = count_reported(naive, &at, measure, dims);
    }
    return cell;
}

uint64_t naive_live(const struct naive *naive)
{
    uint64_t live = 0;
    for (size_t i = 0; i < naive->count; i++) {
        live += naive->entries[i].live ? 1 : 0;
    }
    return live;
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
    const th_day day = day_of(naive, wanted->uid, wanted->period);
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live || !th_period_equal(entry->period, wanted->period) ||
            entry->uid == wanted->uid || entry->evaluation ||
            strcmp(entry->measure, wanted->measure) != 0 ||
            strcmp(entry->dims, wanted->dims) != 0) {
            continue;
        }
        const bool under = is_listed(wanted->measure)
                               ? below_on(naive, entry->uid, wanted->uid, day)
                               : counts_for(naive, entry, wanted->uid);
        if (under || below_on(naive, wanted->uid, entry->uid, day)) {
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
    return strcmp(scheme, rated->measure) == 0 &&
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
    *duplicate = same_content(stored, wanted) && stored->uid == wanted->uid;
    return *duplicate ? 0 : 2222;
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
        naive->province->reg, wanted->uid, day_of(naive, wanted->uid, wanted->period), path);
    for (size_t i = 0; i < depth && !wanted->evaluation; i++) {
        const struct naive_sum sum =
            add_up(naive, wanted->measure, wanted->period, path[i], wanted->dims);
        over = over || too_large(sum.value);
    }
    *slot = before;
    return over;
}

static struct naive_entry *find_elsewhere(struct naive *naive, const struct naive_entry *wanted)
{
    if (!wanted->evaluation || !wanted->live || strcmp(wanted->measure, "SC") != 0) {
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

unsigned naive_apply(struct naive *naive, uint32_t node, const struct th_update *update)
{
    const struct naive_entry wanted = entry_of(naive, update);
    struct naive_entry *stored = find(naive, &wanted);
    struct naive_entry *elsewhere = find_elsewhere(naive, &wanted);
    bool duplicate = false;
    unsigned code = revision_of(stored, &wanted, &duplicate);
    if (code == 0 && !duplicate && elsewhere != NULL) {
        code =
            may_write(naive, node, elsewhere) ? revision_of(elsewhere, &wanted, &duplicate) : 2216;
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
        assert_true(naive->count < NAIVE_MAX);
        stored = &naive->entries[naive->count++];
        *stored = wanted;
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
    return wanted.live || was ? 0 : 2338;
}

// ---- comparing ----

size_t naive_compare(const struct naive *naive)
{
    const struct th_store store = province_store(naive->province);
    const struct th_check check = open_check(naive->province->identity.store_id);
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
