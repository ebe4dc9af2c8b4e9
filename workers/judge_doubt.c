// judge_doubt.c - V12, V13, V14, V18, V25 (V15: judge_doubt_cap.c): what is odd about a batch once
// all of it is in
//
// A file states parts before wholes and levels one by one, so nothing is said before the batch is
// decided, and then at the last item that touches the matter. Everything here is a warning: the
// items are applied. Open measures have no known course and no known parts.

#include <string.h>

#include "workers/judge_body.h"

enum {
    LINES_MAX = 1024,        // dims of one measure, unit and period that are looked at
    PERIODS_BACK_MAX = 1024, // looked at for an earlier figure
    JUMP_LEAST = 20,         // V18
};

__extension__ typedef __int128 wide;

static bool is_live_figure(const struct held *held)
{
    return held->exists && held->record.live && !held->record.figure.not_applicable;
}

// ---- bounds of a figure: what it cannot be below or above ----

struct bounds {
    bool has_low, has_high;
    wide low, high;
};

static struct bounds bounds_of(const struct th_figure *figure)
{
    const wide value = figure->value;
    switch (figure->qualifier) {
    case TH_QUALIFIER_EXACT:
        return (struct bounds){.has_low = true, .has_high = true, .low = value, .high = value};
    case TH_QUALIFIER_OVER:
        return (struct bounds){.has_low = true, .low = value + 1};
    case TH_QUALIFIER_UNDER:
        return (struct bounds){.has_high = true, .high = value - 1};
    default:
        return (struct bounds){.has_low = false};
    }
}

static int64_t shown(wide number)
{
    return number > INT64_MAX ? INT64_MAX : number < INT64_MIN ? INT64_MIN : (int64_t)number;
}

// ---- what a doubt is about ----

struct doubt {
    struct judge *judge;
    struct item *item;
    const struct item *later; // of the batch
    const unsigned *outcomes;
    size_t later_count;
    const struct th_measure *measure;
    uint32_t uid;
    struct th_period period;
};

static bool is_applied(const struct item *item, unsigned outcome)
{
    return outcome == LEDGER_APPLIED || item->warned;
}

// Does a later item of the batch touch this measure, too? Then that is where to look at it.
static bool comes_later(const struct doubt *doubt, struct th_bytes measure, const char *dims)
{
    for (size_t i = 0; i < doubt->later_count; i++) {
        const struct item *item = &doubt->later[i];
        if (is_applied(item, doubt->outcomes[i]) && item->update->kind == TH_KIND_STAFFING &&
            item->judged.uid == doubt->uid && th_period_equal(item->judged.period, doubt->period) &&
            th_bytes_equal(item->judged.measure.code, measure) &&
            strcmp(item->judged.dims, dims) == 0) {
            return true;
        }
    }
    return false;
}

static enum th_err hold_figure(const struct doubt *doubt,
                               struct th_bytes measure,
                               struct th_bytes dims,
                               struct held *held)
{
    const struct key key = key_of_figure(doubt->uid, doubt->period, measure, dims);
    return judge_hold(doubt->judge, TABLE_STAFFING, &key, held);
}

static enum th_err say(const struct doubt *doubt, const struct th_verdict *verdict)
{
    return judge_warn(doubt->judge, doubt->item, verdict);
}

static void add_number(struct th_verdict *verdict, const struct th_measure *measure, wide number)
{
    th_verdict_add_number(verdict, shown(number), measure->decimals);
}

// ---- V12: the lines of one dimension and the line without ----

struct lines {
    wide sum;
    size_t count;
    bool exact;
};

// The one key of dims "key=value"; empty for none or several.
static struct th_bytes only_key(struct th_bytes dims)
{
    const char *sign = dims.size == 0 ? NULL : memchr(dims.data, '=', dims.size);
    if (sign == NULL || memchr(dims.data, ';', dims.size) != NULL) {
        return (struct th_bytes){0};
    }
    return (struct th_bytes){.data = dims.data, .size = (size_t)(sign - (const char *)dims.data)};
}

static enum th_err add_lines(const struct doubt *doubt, struct th_bytes dim, struct lines *lines)
{
    const struct judge *judge = doubt->judge;
    const struct key prefix = key_of_figures(doubt->uid, doubt->period, doubt->measure->code);
    struct th_bytes key;
    struct th_bytes value;
    *lines = (struct lines){.exact = true};
    enum th_err err =
        th_store_seek(judge->setup.store, TABLE_STAFFING, key_view(&prefix), &key, &value);
    for (size_t seen = 0; err == TH_OK && th_bytes_begins(key, key_view(&prefix)); seen++) {
        struct figure_key at;
        struct record record;
        if (seen == LINES_MAX) {
            lines->exact = false; // too many to say anything
            return TH_OK;
        }
        TH_TRY(th_check_open(&judge->check, TABLE_STAFFING, key, &value));
        TH_TRY(key_read_figure(key, &at));
        TH_TRY(record_read(TABLE_STAFFING, value, &record));
        if (record.live && !record.figure.not_applicable &&
            th_bytes_equal(only_key(at.dims), dim)) {
            lines->sum += record.figure.value;
            lines->exact = lines->exact && record.figure.qualifier == TH_QUALIFIER_EXACT;
            lines->count++;
        }
        err = th_store_next(judge->setup.store, TABLE_STAFFING, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err breakdown(const struct doubt *doubt)
{
    const struct th_measure *measure = doubt->measure;
    if (measure->marginal != TH_MARGINAL_REPORTED || measure->dim_count == 0) {
        return TH_OK;
    }
    struct held whole;
    TH_TRY(hold_figure(doubt, measure->code, (struct th_bytes){0}, &whole));
    if (!is_live_figure(&whole) || whole.record.figure.qualifier != TH_QUALIFIER_EXACT) {
        return TH_OK;
    }
    for (size_t i = 0; i < measure->dim_count; i++) {
        struct lines lines;
        TH_TRY(add_lines(doubt, measure->dims[i].dim->code, &lines));
        const wide total = whole.record.figure.value;
        const bool odd = measure->dims[i].complete ? lines.sum != total : lines.sum > total;
        if (lines.count == 0 || !lines.exact || !odd) {
            continue;
        }
        struct th_verdict verdict;
        char period[TH_PERIOD_TEXT_BYTES];
        th_verdict_start(&verdict, TH_V_BREAKDOWN, 0, "value");
        th_verdict_add(&verdict, measure->code);
        th_verdict_add(&verdict, th_bytes_of(th_period_text(doubt->period, period)));
        add_number(&verdict, measure, lines.sum);
        add_number(&verdict, measure, total);
        return say(doubt, &verdict);
    }
    return TH_OK;
}

// ---- V13: more than there may be ----

static enum th_err compare_quota(const struct doubt *doubt, const struct th_measure *present)
{
    const char *own = doubt->item->judged.dims;
    const struct th_bytes dims = th_bytes_of(own);
    struct held held[2];
    if (comes_later(doubt, present->code, own) || comes_later(doubt, present->at_most, own)) {
        return TH_OK;
    }
    TH_TRY(hold_figure(doubt, present->code, dims, &held[0]));
    TH_TRY(hold_figure(doubt, present->at_most, dims, &held[1]));
    if (!is_live_figure(&held[0]) || !is_live_figure(&held[1])) {
        return TH_OK;
    }
    const struct bounds have = bounds_of(&held[0].record.figure);
    const struct bounds may = bounds_of(&held[1].record.figure);
    if (!have.has_low || !may.has_high || have.low <= may.high) {
        return TH_OK;
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_OVER_QUOTA, 0, "value");
    add_number(&verdict, present, held[0].record.figure.value);
    add_number(&verdict, present, held[1].record.figure.value);
    return say(doubt, &verdict);
}

// ---- V14: parts and their whole ----

static bool some_come_later(const struct doubt *doubt, const struct th_measure *whole)
{
    bool later = comes_later(doubt, whole->code, "");
    for (size_t i = 0; i < whole->part_count && !later; i++) {
        later = comes_later(doubt, whole->parts[i], "");
    }
    return later;
}

static enum th_err compare_parts(const struct doubt *doubt, const struct th_measure *whole)
{
    struct held held;
    if (some_come_later(doubt, whole)) {
        return TH_OK;
    }
    TH_TRY(hold_figure(doubt, whole->code, (struct th_bytes){0}, &held));
    if (!is_live_figure(&held)) {
        return TH_OK;
    }
    const struct bounds top = bounds_of(&held.record.figure);
    const int64_t total = held.record.figure.value;
    wide sum = 0;
    wide least = 0; // that the parts can be together
    for (size_t i = 0; i < whole->part_count; i++) {
        TH_TRY(hold_figure(doubt, whole->parts[i], (struct th_bytes){0}, &held));
        if (is_live_figure(&held)) {
            const struct bounds part = bounds_of(&held.record.figure);
            sum += held.record.figure.value;
            least += part.has_low ? part.low : 0;
        }
    }
    if (!top.has_high || least <= top.high) {
        return TH_OK;
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_PARTS, 0, "value");
    th_verdict_add(&verdict, whole->code);
    add_number(&verdict, whole, sum);
    add_number(&verdict, whole, total);
    return say(doubt, &verdict);
}

static bool is_part_of(const struct th_measure *whole, struct th_bytes code)
{
    bool found = false;
    for (size_t i = 0; i < whole->part_count && !found; i++) {
        found = th_bytes_equal(whole->parts[i], code);
    }
    return found;
}

// The measures that this one has to do with: as part, whole, limited or limit.
static enum th_err compare_related(const struct doubt *doubt)
{
    const struct th_catalogue *catalogue = doubt->judge->setup.catalogue;
    const struct th_bytes code = doubt->measure->code;
    const bool plain = doubt->item->judged.dims[0] == '\0';
    for (size_t i = 0; i < th_catalogue_measure_count(catalogue); i++) {
        const struct th_measure *other = th_catalogue_measure_at(catalogue, i);
        const bool same = th_bytes_equal(other->code, code);
        if (other->at_most.size > 0 && (same || th_bytes_equal(other->at_most, code))) {
            TH_TRY(compare_quota(doubt, other));
        }
        if (plain && other->part_count > 0 && (same || is_part_of(other, code))) {
            TH_TRY(compare_parts(doubt, other));
        }
    }
    return TH_OK;
}

// ---- V18, V25: the same figure earlier ----

static bool is_earlier(struct th_period at, struct th_period now)
{
    return now.type == TH_PERIOD_TERM_TO_DATE ? th_period_is_same_term(at, now)
                                              : at.last < now.first;
}

// Keys of a unit sort by type of period, then by its days: each step goes over a whole period,
// however much was reported in it.
static enum th_err find_earlier(const struct doubt *doubt, struct held *earlier)
{
    const struct judge *judge = doubt->judge;
    struct th_period period = doubt->period;
    for (size_t seen = 0; seen < PERIODS_BACK_MAX; seen++) {
        const struct key first = key_of_figures(doubt->uid, period, (struct th_bytes){0});
        struct th_bytes key;
        struct th_bytes value;
        struct figure_key at;
        const enum th_err err =
            th_store_prev(judge->setup.store, TABLE_STAFFING, key_view(&first), &key, &value);
        if (err == TH_E_NOT_FOUND) {
            break;
        }
        TH_TRY(err);
        TH_TRY(key_read_figure(key, &at));
        if (at.uid != doubt->uid || at.period.type != doubt->period.type) {
            break;
        }
        period = at.period;
        if (is_earlier(period, doubt->period)) {
            const struct key same = key_of_figure(
                doubt->uid, period, doubt->measure->code, th_bytes_of(doubt->item->judged.dims));
            TH_TRY(judge_hold(judge, TABLE_STAFFING, &same, earlier));
            if (is_live_figure(earlier)) {
                return TH_OK;
            }
        }
    }
    earlier->exists = false;
    return TH_OK;
}

static bool jumps(const struct th_figure *now, const struct th_figure *before)
{
    const wide change = (wide)now->value - before->value;
    const wide size = change < 0 ? -change : change;
    const wide base = before->value < 0 ? -(wide)before->value : before->value;
    return now->qualifier == TH_QUALIFIER_EXACT && before->qualifier == TH_QUALIFIER_EXACT &&
           size > JUMP_LEAST && 2 * size > base;
}

static bool falls(const struct th_figure *now, const struct th_figure *before)
{
    const struct bounds newer = bounds_of(now);
    const struct bounds older = bounds_of(before);
    return newer.has_high && older.has_low && newer.high < older.low;
}

static bool has_course(enum th_period_type type)
{
    return type == TH_PERIOD_DAY || type == TH_PERIOD_MONTH || type == TH_PERIOD_QUARTER ||
           type == TH_PERIOD_HALF || type == TH_PERIOD_YEAR;
}

static enum th_err compare_earlier(const struct doubt *doubt)
{
    const enum th_period_type type = (enum th_period_type)doubt->period.type;
    const enum th_shape shape = doubt->measure->shape;
    const bool to_date = type == TH_PERIOD_TERM_TO_DATE && shape == TH_SHAPE_FLOW;
    struct held now;
    struct held earlier;
    if (!to_date && (!has_course(type) || (shape != TH_SHAPE_STOCK && shape != TH_SHAPE_FLOW))) {
        return TH_OK;
    }
    TH_TRY(hold_figure(doubt, doubt->measure->code, th_bytes_of(doubt->item->judged.dims), &now));
    TH_TRY(find_earlier(doubt, &earlier));
    if (!is_live_figure(&now) || !earlier.exists) {
        return TH_OK;
    }
    const struct th_figure *newer = &now.record.figure;
    const struct th_figure *older = &earlier.record.figure;
    if (to_date ? !falls(newer, older) : !jumps(newer, older)) {
        return TH_OK;
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, to_date ? TH_V_TERM_FALLS : TH_V_JUMP, 0, "value");
    th_verdict_add(&verdict, doubt->measure->code);
    add_number(&verdict, doubt->measure, newer->value);
    add_number(&verdict, doubt->measure, older->value);
    return say(doubt, &verdict);
}

// ---- the batch ----

static bool same_place(const struct item *a, const struct item *b)
{
    return a->judged.uid == b->judged.uid && a->update->kind == b->update->kind &&
           th_period_equal(a->judged.period, b->judged.period);
}

static bool same_matter(const struct item *a, const struct item *b)
{
    if (!same_place(a, b)) {
        return false;
    }
    if (a->update->kind == TH_KIND_STAFFING) {
        return th_bytes_equal(a->judged.measure.code, b->judged.measure.code);
    }
    return a->judged.scheme == b->judged.scheme &&
           (!a->judged.scheme->cap.by_job_group ||
            th_bytes_equal(a->update->evaluation.job_group, b->update->evaluation.job_group));
}

static bool has_doubts(const struct item *item)
{
    switch (item->update->kind) {
    case TH_KIND_STAFFING:
        return !item->judged.measure.open;
    case TH_KIND_EVALUATION:
        return item->judged.scheme->cap.stated;
    case TH_KIND_COLLECTIVE:
    case TH_KIND_TRANSFER:
    case TH_KIND_COMPLETION:
    case TH_KIND_DESK:
    case TH_KIND_NONE:
        break;
    }
    return false;
}

static bool is_last(const struct item *items, const unsigned *outcomes, size_t at, size_t count)
{
    for (size_t i = at + 1; i < count; i++) {
        if (is_applied(&items[i], outcomes[i]) && has_doubts(&items[i]) &&
            same_matter(&items[at], &items[i])) {
            return false;
        }
    }
    return true;
}

static enum th_err doubt_figure(const struct doubt *doubt, bool last)
{
    if (!doubt->item->judged.withdraw) {
        TH_TRY(compare_earlier(doubt));
    }
    if (last) {
        TH_TRY(breakdown(doubt));
    }
    return compare_related(doubt);
}

enum th_err judge_doubts(struct judge *judge, struct item *items, unsigned *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct item *item = &items[i];
        if (!is_applied(item, outcomes[i]) || !has_doubts(item)) {
            continue;
        }
        const bool last = is_last(items, outcomes, i, count);
        if (item->update->kind == TH_KIND_STAFFING) {
            const struct doubt doubt = {
                .judge = judge,
                .item = item,
                .later = items + i + 1,
                .outcomes = outcomes + i + 1,
                .later_count = count - i - 1,
                .measure = &item->judged.measure,
                .uid = item->judged.uid,
                .period = item->judged.period,
            };
            TH_TRY(doubt_figure(&doubt, last));
        } else if (last) {
            TH_TRY(judge_doubt_cap(judge, item));
        }
        outcomes[i] = item->warned ? item->verdict.code : outcomes[i];
    }
    return TH_OK;
}
