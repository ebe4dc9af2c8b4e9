// naive_reform.c - another register: who then said what was said, and whether it still may stand
//
// A statement stays with its unit when the way it is written then still means that unit, and goes
// along when it means a new one. Nothing may be left without a unit, be given to another unit that
// was there, or come to stand above or below the same figure of another unit.

#include <string.h>

#include "tonghop/finding.h"

#include "tests/support/naive_body.h"
#include "tests/support/test.h"

enum { REGISTER = 2110, PLACES = 2114, JOINED = 2115 };

struct turning {
    struct naive *naive;
    struct ground after;
    int units[NAIVE_MAX];           // of each entry, then; GROUND_NOBODY: it has none
    int reports[NAIVE_REPORTS_MAX]; // the same
};

static int unit_then(const struct turning *turning, int unit, const struct ground_period *period)
{
    char label[GROUND_REF_BYTES];
    return ground_resolve(
        &turning->after, ground_label(&turning->naive->ground, unit, period, label), period);
}

// Nobody, or another unit that was there before.
static bool is_taken(const struct turning *turning, int now, int then)
{
    return then == GROUND_NOBODY || (then != now && then <= turning->naive->ground.units);
}

// Both units of a transfer live on its days.
static bool transfers_stand(const struct turning *turning)
{
    const struct naive *naive = turning->naive;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (entry->transfer && entry->live &&
            (!ground_lives(&turning->after, entry->period.last, entry->unit) ||
             !ground_lives(
                 &turning->after, ground_on(&turning->after, entry->effective), entry->to))) {
            return false;
        }
    }
    return true;
}

// Does one of two live figures of the same key then stand above the other?
static bool overlap(const struct turning *turning, size_t a, size_t b)
{
    const struct naive_entry *x = &turning->naive->entries[a];
    const struct naive_entry *y = &turning->naive->entries[b];
    if (!x->live || !y->live || x->evaluation || y->evaluation || x->transfer || y->transfer ||
        !naive_measure(turning->naive, x->measure)->whole || strcmp(x->measure, y->measure) != 0 ||
        strcmp(x->dims, y->dims) != 0 || !naive_same_period(&x->period, &y->period)) {
        return false;
    }
    const int half = ground_half(&turning->after, turning->units[a], &x->period);
    return ground_below(&turning->after, half, turning->units[a], turning->units[b]);
}

// Does every sum that the figure is part of fit?
static bool sums_fit(const struct turning *turning, size_t at)
{
    const struct naive *naive = turning->naive;
    const struct naive_entry *entry = &naive->entries[at];
    if (!entry->live || entry->evaluation || entry->transfer ||
        naive_is_listed(naive, entry->measure)) {
        return true;
    }
    const int half = ground_half(&turning->after, turning->units[at], &entry->period);
    for (int unit = turning->units[at]; unit != GROUND_NOBODY;
         unit = turning->after.parent[half][unit]) {
        naive_wide sum = 0;
        for (size_t i = 0; i < naive->count; i++) {
            const struct naive_entry *other = &naive->entries[i];
            if (other->live && !other->evaluation && !other->transfer &&
                strcmp(other->measure, entry->measure) == 0 &&
                strcmp(other->dims, entry->dims) == 0 &&
                naive_same_period(&other->period, &entry->period) &&
                ground_below(&turning->after,
                             ground_half(&turning->after, turning->units[i], &other->period),
                             turning->units[i],
                             unit)) {
                sum += other->parts[0].figure.value;
            }
        }
        if (sum > INT64_MAX || sum < INT64_MIN) {
            return false;
        }
    }
    return true;
}

static bool entries_stand(struct turning *turning)
{
    const struct naive *naive = turning->naive;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        turning->units[i] =
            entry->transfer ? entry->unit : unit_then(turning, entry->unit, &entry->period);
        if (!entry->transfer && is_taken(turning, entry->unit, turning->units[i]) &&
            (entry->live || turning->units[i] != GROUND_NOBODY)) {
            return false;
        }
    }
    for (size_t a = 0; a < naive->count; a++) {
        if (!sums_fit(turning, a)) {
            return false;
        }
        for (size_t b = 0; b < naive->count; b++) {
            if (a != b && overlap(turning, a, b)) {
                return false;
            }
        }
    }
    return transfers_stand(turning);
}

static bool reports_stand(struct turning *turning)
{
    const struct naive *naive = turning->naive;
    for (size_t i = 0; i < naive->report_count; i++) {
        const struct naive_report *report = &naive->reports[i];
        turning->reports[i] = unit_then(turning, report->unit, &report->period);
        if (is_taken(turning, report->unit, turning->reports[i])) {
            if (report->declared.live) {
                return false;
            }
            turning->reports[i] = GROUND_NOBODY;
        }
    }
    return true;
}

unsigned naive_reform(struct naive *naive, const struct ground *after)
{
    static struct turning turning;
    bool same = true;
    turning.naive = naive;
    turning.after = *after;
    if (!ground_settle(&turning.after, &naive->ground, &same)) {
        return REGISTER;
    }
    if (!same) {
        return JOINED;
    }
    if (!entries_stand(&turning) || !reports_stand(&turning)) {
        return PLACES;
    }
    for (size_t i = 0; i < naive->count; i++) {
        struct naive_entry *entry = &naive->entries[i];
        entry->unit = turning.units[i] == GROUND_NOBODY ? entry->unit : turning.units[i];
    }
    for (size_t i = 0; i < naive->report_count; i++) {
        struct naive_report *report = &naive->reports[i];
        report->unit = turning.reports[i] == GROUND_NOBODY ? report->unit : turning.reports[i];
    }
    naive->ground = turning.after;
    return 0;
}
