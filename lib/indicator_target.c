// indicator_target.c - how far targets are reached, and whether fast enough
//
//      from ───────────── on ───────────────── deadline        D days, t of them gone
//        achieved A of T          due by now = T·t/D           on track: A·D >= T·t

#include <stdlib.h>

#include "tonghop/cell.h"

#include "lib/indicator_body.h"

// ---- pace ----

static int64_t up(indicator_wide number, indicator_wide by)
{
    return (int64_t)((number + by - 1) / by);
}

struct th_pace th_pace_of(int64_t target, int64_t achieved, th_day first, th_day last, th_day on)
{
    struct th_pace pace = {.reached = achieved >= target};
    if (first == TH_DAY_NONE || last < first) {
        return pace;
    }
    const int64_t days = (int64_t)last - first + 1;
    const int64_t since = (int64_t)on - first + 1;
    pace.has_span = true;
    pace.days = days;
    pace.days_gone = since < 0 ? 0 : since > days ? days : since;
    pace.due = up((indicator_wide)target * pace.days_gone, days);
    pace.on_track = (indicator_wide)achieved * days >= (indicator_wide)target * pace.days_gone;
    const int64_t left = days - pace.days_gone;
    pace.overdue = !pace.reached && left == 0;
    if (!pace.reached && left > 0) {
        const indicator_wide needed = (((indicator_wide)target - achieved) * 30 + left - 1) / left;
        pace.needed = needed > INT64_MAX ? INT64_MAX : (int64_t)needed;
    }
    return pace;
}

// ---- figures of a unit over all periods ----

struct timeline {
    struct th_indicators *indicators;
    const struct th_indicator *indicator;
    const struct th_target *target;
    enum th_period_type type; // of the periods that are added up
    uint32_t decimals;        // of what is achieved, and so of the target
    const struct th_line *
        *lines; // of the target, what counts towards it, and what it is a share of
    size_t count;
};

static void timeline_free(struct timeline *timeline)
{
    free(timeline->lines);
}

static int compare_places(const void *left, const void *right)
{
    const struct th_line *a = *(const struct th_line *const *)left;
    const struct th_line *b = *(const struct th_line *const *)right;
    int order = (a->cell.uid > b->cell.uid) - (a->cell.uid < b->cell.uid);
    order = order != 0 ? order : th_bytes_compare(a->measure, b->measure);
    order = order != 0 ? order : th_bytes_compare(a->cell.dims, b->cell.dims);
    return order != 0 ? order : th_bytes_compare(a->period, b->period);
}

static bool is_figure(const struct th_line *line)
{
    return line->cell.value.has && !line->cell.not_applicable;
}

static enum th_err make_timeline(struct timeline *timeline)
{
    const struct th_indicators *indicators = timeline->indicators;
    const struct th_target *target = timeline->target;
    struct th_measure achieved;
    TH_TRY(th_catalogue_measure(indicators->catalogue, target->achieved, &achieved));
    timeline->type = th_measure_base_type(&achieved);
    timeline->type = timeline->type == 0 ? TH_PERIOD_YEAR : timeline->type;
    timeline->decimals = achieved.decimals;
    timeline->lines = calloc(indicators->lines.count + 1, sizeof(struct th_line *));
    if (timeline->lines == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < indicators->lines.count; i++) {
        const struct th_line *line = &indicators->lines.items[i];
        if (is_figure(line) && (th_bytes_equal(line->measure, target->measure) ||
                                th_bytes_equal(line->measure, target->achieved) ||
                                th_bytes_equal(line->measure, target->of))) {
            timeline->lines[timeline->count++] = line;
        }
    }
    if (timeline->count > 0) {
        qsort(timeline->lines, timeline->count, sizeof(struct th_line *), compare_places);
    }
    return TH_OK;
}

struct run { // lines of one unit, measure and dims, by the texts of their periods
    const struct th_line *const *lines;
    size_t count;
};

static int
compare_key(const struct th_line *line, uint32_t uid, struct th_bytes measure, struct th_bytes dims)
{
    int order = (line->cell.uid > uid) - (line->cell.uid < uid);
    order = order != 0 ? order : th_bytes_compare(line->measure, measure);
    return order != 0 ? order : th_bytes_compare(line->cell.dims, dims);
}

static struct run
run_of(const struct timeline *timeline, uint32_t uid, struct th_bytes measure, struct th_bytes dims)
{
    size_t low = 0;
    size_t high = timeline->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_key(timeline->lines[middle], uid, measure, dims) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct run run = {.lines = timeline->lines + low};
    while (low + run.count < timeline->count &&
           compare_key(run.lines[run.count], uid, measure, dims) == 0) {
        run.count++;
    }
    return run;
}

static struct th_period period_of(const struct th_line *line)
{
    struct th_period period = {0};
    if (th_period_parse(line->period, &period) != TH_OK) {
        period.first = period.last = TH_DAY_NONE;
    }
    return period;
}

// ---- one target in one span ----

struct span {
    const struct th_line *line; // of the target
    struct th_bytes dims;       // without the day it begins
    struct th_period period;    // of the row
    th_day first;               // TH_DAY_NONE: not stated
};

struct sum {
    bool known;
    indicator_wide value;
    uint32_t qualifier;
};

// Figures of the achieved measure's base periods that end within the span and have begun by now.
static struct sum achieved_in(const struct timeline *timeline, const struct span *span)
{
    const struct run run =
        run_of(timeline, span->line->cell.uid, timeline->target->achieved, span->dims);
    const th_day first = span->first == TH_DAY_NONE ? TH_DAY_FIRST : span->first;
    struct sum sum = {.qualifier = TH_QUALIFIER_NONE};
    for (size_t i = 0; i < run.count; i++) {
        const struct th_period period = period_of(run.lines[i]);
        if (period.type == timeline->type && period.last >= first &&
            period.last <= span->period.last && period.first <= timeline->indicators->on) {
            sum.known = true;
            sum.value += run.lines[i]->cell.value.value;
            sum.qualifier = th_qualifier_sum(sum.qualifier, run.lines[i]->cell.qualifier);
        }
    }
    sum.known = sum.known && sum.value >= -INT64_MAX && sum.value <= INT64_MAX;
    return sum;
}

// What the target is a share of: the baseline sent with it; else the figure the span began with,
// or, without one, the first after that; the newest when the span does not say when it began.
static bool base_of(const struct timeline *timeline, const struct span *span, int64_t *base)
{
    if (span->line->cell.before.has) {
        *base = span->line->cell.before.value;
        return true;
    }
    const struct run run = run_of(timeline, span->line->cell.uid, timeline->target->of, span->dims);
    const th_day wanted = span->first == TH_DAY_NONE ? TH_DAY_LAST : span->first;
    th_day best = TH_DAY_NONE;
    for (size_t i = 0; i < run.count; i++) {
        const th_day day = period_of(run.lines[i]).last;
        if (day == TH_DAY_NONE || day > span->period.last) {
            continue;
        }
        const bool earlier = day <= wanted;
        const bool better = best == TH_DAY_NONE || (earlier && (best > wanted || day > best)) ||
                            (!earlier && best > wanted && day < best);
        if (better) {
            best = day;
            *base = run.lines[i]->cell.value.value;
        }
    }
    return best != TH_DAY_NONE;
}

// T, the size of the target; 0 when it cannot be told.
static int64_t size_of(const struct timeline *timeline, const struct span *span)
{
    const int64_t value = span->line->cell.value.value;
    const int64_t size = value < 0 ? -value : value;
    int64_t base = 0;
    int64_t target = 0;
    if (timeline->target->of.size == 0) {
        return size;
    }
    if (!base_of(timeline, span, &base) || base < 0) {
        return 0;
    }
    const indicator_wide whole = ((indicator_wide)size * base * 2 + 1000) / 2000; // half-up
    target = whole > INT64_MAX ? 0 : (int64_t)whole;
    return target;
}

static unsigned pace_marks(const struct th_pace *pace)
{
    if (pace->reached) {
        return TH_MARK_REACHED;
    }
    if (!pace->has_span) {
        return 0;
    }
    const unsigned track = pace->on_track ? TH_MARK_ON_TRACK : TH_MARK_BEHIND;
    return pace->overdue ? (unsigned)TH_MARK_OVERDUE : track;
}

static enum th_err put_span(const struct timeline *timeline, const struct span *span)
{
    struct th_indicators *indicators = timeline->indicators;
    char room[INDICATOR_DIMS_MAX];
    char label[TH_UNIT_REF_MAX + 1];
    char period[TH_PERIOD_TEXT_BYTES];
    const struct sum sum = achieved_in(timeline, span);
    const int64_t target = size_of(timeline, span);
    struct th_indicator_row row = {
        .uid = span->line->cell.uid,
        .day = th_register_structure_day(indicators->reg, span->line->cell.uid, span->period),
        .indicator = timeline->indicator,
        .num = {.has = sum.known, .value = sum.known ? (int64_t)sum.value : 0},
        .den = {.has = target > 0, .value = target},
        .num_decimals = timeline->decimals,
        .den_decimals = timeline->decimals,
    };
    if (sum.known && target > 0) {
        row.value.has = indicator_divide(&row, timeline->indicator->scale, &row.value.value);
        row.qualifier =
            th_qualifier_sum(sum.qualifier, indicator_swapped(span->line->cell.qualifier));
        row.pace =
            th_pace_of(target, row.num.value, span->first, span->period.last, indicators->on);
        row.marks = pace_marks(&row.pace);
    }
    th_register_label(indicators->reg, row.uid, span->period, label);
    TH_TRY(indicator_keep(indicators, th_bytes_of(label), &row.unit));
    TH_TRY(
        indicator_keep(indicators, th_bytes_of(th_period_text(span->period, period)), &row.period));
    TH_TRY(indicator_keep(
        indicators,
        indicator_dims_with(
            span->line->cell.dims, TH_BYTES("measure"), timeline->target->measure, room),
        &row.dims));
    return indicator_put(indicators, &row);
}

// ---- a target by a deadline ----

static enum th_err put_deadline(const struct timeline *timeline, const struct th_line *line)
{
    char room[INDICATOR_DIMS_MAX];
    struct th_bytes from;
    struct span span = {
        .line = line,
        .dims = indicator_dims_without(line->cell.dims, TH_BYTES("from"), room),
        .period = period_of(line),
        .first = TH_DAY_NONE,
    };
    bool asked = false;
    TH_TRY(indicator_is_asked(timeline->indicators, line->period, line->cell.uid, false, &asked));
    if (!asked || span.period.type != TH_PERIOD_DEADLINE) {
        return TH_OK;
    }
    if (indicator_dims_find(line->cell.dims, TH_BYTES("from"), &from) &&
        th_day_parse(from, &span.first) != TH_OK) {
        span.first = TH_DAY_NONE;
    }
    return put_span(timeline, &span);
}

// ---- a target of each year ----

static bool is_year_of(const struct th_period *year, const struct th_line *line)
{
    const struct th_period period = period_of(line);
    return period.type == TH_PERIOD_YEARLY && period.first <= year->first &&
           period.last >= year->last;
}

// Of several targets of the same year the one that says more about when it holds.
static bool is_superseded(const struct timeline *timeline,
                          const struct th_line *line,
                          const struct th_period *year)
{
    const struct run run =
        run_of(timeline, line->cell.uid, timeline->target->measure, line->cell.dims);
    const struct th_period own = period_of(line);
    for (size_t i = 0; i < run.count; i++) {
        const struct th_period other = period_of(run.lines[i]);
        const bool narrower =
            other.first > own.first || (other.first == own.first && other.last < own.last);
        if (run.lines[i] != line && narrower && is_year_of(year, run.lines[i])) {
            return true;
        }
    }
    return false;
}

static enum th_err
put_year(const struct timeline *timeline, const struct th_line *line, struct th_period year)
{
    struct th_indicators *indicators = timeline->indicators;
    char label[TH_PERIOD_TEXT_BYTES];
    bool asked = false;
    bool named = false;
    if (!is_year_of(&year, line) || is_superseded(timeline, line, &year) ||
        th_register_first_day(indicators->reg, line->cell.uid) > year.last ||
        th_register_last_day(indicators->reg, line->cell.uid) < year.first) {
        return TH_OK;
    }
    TH_TRY(indicator_is_asked(
        indicators, th_bytes_of(th_period_text(year, label)), line->cell.uid, false, &asked));
    TH_TRY(indicator_is_asked(indicators, line->period, line->cell.uid, false, &named));
    if (!asked && !named) {
        return TH_OK;
    }
    return put_span(
        timeline,
        &(struct span){.line = line, .dims = line->cell.dims, .period = year, .first = year.first});
}

// The years that something was achieved in, the one it is now, and those that are asked for.
static enum th_err put_years(const struct timeline *timeline, const struct th_line *line)
{
    const struct th_indicators *indicators = timeline->indicators;
    const struct run run =
        run_of(timeline, line->cell.uid, timeline->target->achieved, line->cell.dims);
    char label[TH_DAY_TEXT_BYTES];
    struct th_period now;
    bool now_done = false;
    (void)th_day_text(indicators->on, label);
    if (th_period_parse((struct th_bytes){label, 4}, &now) != TH_OK) {
        now_done = true; // a day beyond all periods
    }
    for (size_t i = 0; i < run.count; i++) {
        const struct th_period period = period_of(run.lines[i]);
        if (period.type == TH_PERIOD_YEAR && period.first <= indicators->on) {
            now_done = now_done || th_period_equal(period, now);
            TH_TRY(put_year(timeline, line, period));
        }
    }
    return now_done ? TH_OK : put_year(timeline, line, now);
}

static enum th_err put_target(const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++) {
        const struct th_line *line = timeline->lines[i];
        if (!th_bytes_equal(line->measure, timeline->target->measure)) {
            continue;
        }
        TH_TRY(timeline->target->per_year ? put_years(timeline, line)
                                          : put_deadline(timeline, line));
    }
    return TH_OK;
}

enum th_err indicator_progress(struct th_indicators *indicators,
                               const struct th_indicator *indicator)
{
    for (size_t i = 0; i < th_catalogue_target_count(indicators->catalogue); i++) {
        TH_SCOPED(timeline_free)
        struct timeline timeline = {
            .indicators = indicators,
            .indicator = indicator,
            .target = th_catalogue_target_at(indicators->catalogue, i),
        };
        if (indicator_wants_measure(indicators, timeline.target->measure)) {
            TH_TRY(make_timeline(&timeline));
            TH_TRY(put_target(&timeline));
        }
    }
    return TH_OK;
}
