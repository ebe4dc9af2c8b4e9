// suppress.c - see suppress.h; rules 1 and 3, and the rounds of rule 2

#include "tonghop/suppress.h"

#include <string.h>

#include "tonghop/base.h"
#include "tonghop/fault.h"

#include "lib/suppress_body.h"

// Planted bugs for the tests of the tests.
enum { MUTANT_NO_COMPLEMENT = 101, MUTANT_NO_EDITIONS = 102 };

static int64_t threshold_of(const struct suppress *s, uint32_t edition)
{
    return s->editions[edition].threshold;
}

static int64_t size_of(int64_t change)
{
    return change < 0 ? -change : change;
}

// ---- rule 1 ----

static bool
passes_threshold(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    const struct th_suppress_group *about = &s->frame->groups[group];
    const int64_t people = suppress_value(s, edition, node, group);
    switch (about->rule) {
    case TH_SUPPRESS_COUNT:
        return people >= threshold_of(s, edition) ||
               (people == 0 && about->base != group &&
                suppress_value(s, edition, node, about->base) >= s->share_base);
    case TH_SUPPRESS_SCORED:
        return people >= threshold_of(s, edition);
    case TH_SUPPRESS_SUM:
        return false; // its twin speaks for it
    case TH_SUPPRESS_REST:
        return people == 0 || people >= threshold_of(s, edition);
    }
    th_unreachable();
}

static void apply_threshold(struct suppress *s)
{
    const uint8_t *present = s->present + (size_t)s->newest * s->nodes;
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            s->shown[suppress_cell(s, node, group)] = present[node] != 0 &&
                                                      suppress_is_published(s, node, group) &&
                                                      passes_threshold(s, s->newest, node, group);
        }
    }
}

// ---- rule 3 ----

// By how many people a cell differs between two editions; less than none is no difference at all.
static int64_t
people_between(const struct suppress *s, const struct suppress_figure *figure, bool *differs)
{
    const int64_t change = size_of(suppress_value(s, figure->at, figure->node, figure->group) -
                                   suppress_value(s, figure->before, figure->node, figure->group));
    *differs = change > 0;
    if (s->frame->groups[figure->group].rule != TH_SUPPRESS_SUM) {
        return change;
    }
    const int64_t marks =
        suppress_marks_differ(s, figure->node, figure->group, figure->before, figure->at);
    *differs = *differs || marks > 0;
    return marks;
}

static bool is_small_change(const struct suppress *s, const struct suppress_figure *figure)
{
    bool differs = false;
    int64_t people = people_between(s, figure, &differs);
    if (s->frame->groups[figure->group].rule == TH_SUPPRESS_SUM) {
        // Marks may fall together; the number of people scored may say more.
        struct suppress_figure scored = *figure;
        bool scored_differ = false;
        scored.group = s->frame->groups[figure->group].twin;
        const int64_t count = people_between(s, &scored, &scored_differ);
        people = count > people ? count : people;
    }
    return differs && people < threshold_of(s, figure->at);
}

static bool was_shown(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    return suppress_is_published(s, node, group) &&
           s->editions[edition].shown[suppress_cell(s, node, group)] != 0;
}

static void forbid_small_change(struct suppress *s, uint32_t before, uint32_t node, uint32_t group)
{
    const uint32_t decided = suppress_decided_by(s, group);
    const struct suppress_figure change = {node, group, s->newest, before};
    if (was_shown(s, before, node, decided) && is_small_change(s, &change)) {
        s->shown[suppress_cell(s, node, decided)] = 0;
    }
}

// A few people more or fewer, and none of them at one of the levels: whoever knows who they are
// learns something of each. The levels keep their old edition.
static void
forbid_bare_levels(struct suppress *s, uint32_t before, uint32_t node, uint32_t line_number)
{
    const struct th_suppress_line *line = &s->frame->lines[line_number];
    const uint32_t *parts = s->frame->parts + line->first;
    const int64_t all = size_of(suppress_value(s, s->newest, node, line->total) -
                                suppress_value(s, before, node, line->total));
    bool some_same = false;
    bool was = false;
    for (uint32_t i = 0; i < line->count; i++) {
        const bool same = suppress_value(s, s->newest, node, parts[i]) ==
                          suppress_value(s, before, node, parts[i]);
        some_same = some_same || same;
        was = was || was_shown(s, before, node, parts[i]);
    }
    if (all == 0 || all >= s->share_base || !some_same || !was) {
        return;
    }
    for (uint32_t i = 0; i < line->count; i++) {
        s->shown[suppress_cell(s, node, parts[i])] = 0;
    }
}

// What was hidden and is the same since stays hidden: shown now, it would be shown then, too.
static void forbid_unchanged(struct suppress *s)
{
    for (uint32_t cell = 0; cell < s->cells; cell++) {
        const bool same = s->fresh[(size_t)s->newest * s->cells + cell] == 0;
        if (same && s->known[cell] == 0) {
            s->shown[cell] = 0;
        }
    }
}

static void apply_editions(struct suppress *s)
{
    forbid_unchanged(s);
    for (uint32_t before = 0; before < s->newest; before++) {
        for (uint32_t node = 0; node < s->nodes; node++) {
            if (s->present[(size_t)before * s->nodes + node] == 0) {
                continue;
            }
            for (uint32_t group = 0; group < s->groups; group++) {
                forbid_small_change(s, before, node, group);
            }
            for (uint32_t line = 0; line < s->frame->line_count; line++) {
                if (s->frame->lines[line].levels) {
                    forbid_bare_levels(s, before, node, line);
                }
            }
        }
    }
}

// ---- rule 2 ----

// Calls for every figure that has to be safe; false ends the walk.
typedef bool each_figure(struct suppress *s, const struct suppress_figure *figure);

static bool is_shown_in(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    const uint32_t decided = suppress_decided_by(s, group);
    return edition == s->newest ? s->shown[suppress_cell(s, node, decided)] != 0
                                : was_shown(s, edition, node, decided);
}

static bool is_fresh(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    return s->fresh[(size_t)edition * s->cells + suppress_cell(s, node, group)] != 0;
}

// Must the cell, which was not shown while it stayed the same, be safe?
static bool needs_proof(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    if (s->present[(size_t)edition * s->nodes + node] == 0) {
        return false;
    }
    if (suppress_is_published(s, node, group)) {
        return true;
    }
    const int64_t people = suppress_value(s, edition, node, group);
    return s->frame->groups[group].rule != TH_SUPPRESS_SUM && people > 0 &&
           people < threshold_of(s, edition);
}

// The changes of a cell up to one edition, from each of the numbers it had before.
static bool each_change(struct suppress *s, struct suppress_figure *figure, each_figure *each)
{
    for (uint32_t before = figure->at; before-- > 0;) {
        figure->before = before;
        if (is_fresh(s, before + 1, figure->node, figure->group) && is_small_change(s, figure) &&
            !each(s, figure)) {
            return false;
        }
    }
    return true;
}

static bool each_of_cell(struct suppress *s, uint32_t node, uint32_t group, each_figure *each)
{
    bool shown = false;
    for (uint32_t edition = 0; edition <= s->newest; edition++) {
        struct suppress_figure figure = {node, group, edition, SUPPRESS_NONE};
        const bool begins = is_fresh(s, edition, node, group);
        const bool ends = edition == s->newest || is_fresh(s, edition + 1, node, group);
        shown = (shown && !begins) || is_shown_in(s, edition, node, group);
        uint8_t *safe = s->safe + (size_t)edition * s->cells + suppress_cell(s, node, group);
        if (ends && !shown && *safe == 0 && needs_proof(s, edition, node, group)) {
            *safe = 1;
            if (!each(s, &figure)) {
                return false;
            }
        }
        safe = s->safe_change + (size_t)edition * s->cells + suppress_cell(s, node, group);
        if (begins && edition > 0 && *safe == 0) {
            *safe = 1;
            if (!each_change(s, &figure, each)) {
                return false;
            }
        }
    }
    return true;
}

static void each_of_all(struct suppress *s, each_figure *each)
{
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            if (!each_of_cell(s, node, group, each)) {
                return;
            }
        }
    }
}

static int64_t wanted_of(const struct suppress *s, const struct suppress_figure *figure)
{
    return threshold_of(s, figure->at) - 1;
}

static uint64_t name_of(const struct suppress *s, const struct suppress_figure *figure)
{
    const uint64_t cell = suppress_cell(s, figure->node, figure->group);
    return cell << 16 | (uint64_t)figure->at << 8 |
           (figure->before == SUPPRESS_NONE ? 255 : figure->before);
}

static bool is_excused(const struct suppress *s, const struct suppress_figure *figure)
{
    const uint64_t name = name_of(s, figure);
    for (uint32_t i = 0; i < s->excused_count; i++) {
        if (s->excused[i] == name) {
            return true;
        }
    }
    return false;
}

// With nothing new shown: what is told by the past, whatever is decided now.
static bool note_the_past(struct suppress *s, const struct suppress_figure *figure)
{
    if (suppress_is_safe(s, figure, wanted_of(s, figure))) {
        return true;
    }
    if (figure->at == s->newest && figure->before == SUPPRESS_NONE) {
        s->known[suppress_cell(s, figure->node, figure->group)] = 1;
        return true;
    }
    s->stuck = s->excused_count == SUPPRESS_EXCUSED_MAX;
    if (!s->stuck) {
        s->excused[s->excused_count++] = name_of(s, figure);
    }
    return !s->stuck;
}

bool suppress_is_known(const struct suppress *s, uint32_t node, uint32_t group)
{
    const uint32_t decided = suppress_decided_by(s, group);
    bool known = s->known[suppress_cell(s, node, decided)] != 0;
    for (uint32_t sum = decided; sum < s->groups && known; sum++) {
        if (s->frame->groups[sum].rule == TH_SUPPRESS_SUM &&
            s->frame->groups[sum].twin == decided) {
            known = s->known[suppress_cell(s, node, sum)] != 0;
        }
    }
    return known;
}

// Shown before, and the same since.
static void note_shown(struct suppress *s)
{
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            bool shown = false;
            for (uint32_t edition = 0; edition < s->newest; edition++) {
                shown = (shown && !is_fresh(s, edition, node, group)) ||
                        is_shown_in(s, edition, node, group);
            }
            if (shown && !is_fresh(s, s->newest, node, group)) {
                s->known[suppress_cell(s, node, group)] = 1;
            }
        }
    }
}

// Hiding more leaves every other table possible: what was safe once is safe.
static uint8_t *safe_of(struct suppress *s, const struct suppress_figure *figure)
{
    uint8_t *safe = figure->before == SUPPRESS_NONE ? s->safe : s->safe_change;
    return &safe[(size_t)figure->at * s->cells + suppress_cell(s, figure->node, figure->group)];
}

static bool help(struct suppress *s, const struct suppress_figure *figure)
{
    const bool told = figure->at == s->newest && figure->before == SUPPRESS_NONE &&
                      s->known[suppress_cell(s, figure->node, figure->group)] != 0;
    const bool looked = // nothing was hidden since
        s->step != SUPPRESS_BINDING && figure->before == SUPPRESS_NONE;
    if (told || is_excused(s, figure) ||
        (!looked && suppress_is_safe(s, figure, wanted_of(s, figure)))) {
        return true;
    }
    *safe_of(s, figure) = 0;
    if (s->unsafe++ == 0) {
        s->first_unsafe = *figure;
    }
    suppress_hide_near(s, figure, wanted_of(s, figure));
    return true;
}

static void show_nothing(struct suppress *s)
{
    memset(s->shown, 0, s->cells);
}

// First where a line binds a figure; only when none does anywhere, where it is cheapest, and there
// in the smallest units that have anything to offer.
static void complement(struct suppress *s)
{
    do {
        s->round++;
        s->unsafe = s->hidden = 0;
        s->step = SUPPRESS_BINDING;
        suppress_sign_now(s);
        suppress_make_graphs(s);
        each_of_all(s, help);
        if (s->unsafe > 0 && s->hidden == 0) {
            s->deepest = 0;
            s->step = SUPPRESS_LOOKING;
            each_of_all(s, help);
            s->step = SUPPRESS_CHEAPEST;
            each_of_all(s, help);
        }
        if (s->unsafe > 0 && s->hidden == 0) {
            suppress_hide_anywhere(s, &s->first_unsafe);
            s->stuck = s->hidden == 0;
        }
    } while (s->unsafe > 0 && !s->stuck);
}

// ---- all of it ----

static bool margin_is_kept(const struct suppress *s)
{
    bool before = false;
    for (uint32_t edition = 0; edition < s->newest; edition++) {
        before = before || was_shown(s, edition, 0, 0);
    }
    return before && s->shown[suppress_cell(s, 0, 0)] == 0;
}

static void forget_safe(struct suppress *s)
{
    const size_t count = ((size_t)s->newest + 1) * s->cells;
    memset(s->safe, 0, count);
    memset(s->safe_change, 0, count);
}

static void decide(struct suppress *s)
{
    suppress_sign_past(s);
    if (s->newest > 0) {
        suppress_sign_now(s);
        suppress_make_graphs(s);
        note_shown(s);
        each_of_all(s, note_the_past);
        forget_safe(s);
    }
    if (s->stuck) {
        return; // nothing is shown yet
    }
    apply_threshold(s);
    apply_editions(s);
    if (!th_mutant(MUTANT_NO_COMPLEMENT)) {
        complement(s);
    }
    if (s->stuck || margin_is_kept(s)) {
        show_nothing(s);
    }
}

static void write_out(const struct suppress *s, uint8_t *shown, struct th_suppress_outcome *outcome)
{
    *outcome = (struct th_suppress_outcome){.kept = true, .rounds = s->round};
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            const bool is_shown = is_shown_in(s, s->newest, node, group);
            shown[suppress_cell(s, node, group)] = is_shown ? 1 : 0;
            outcome->kept = outcome->kept && !is_shown;
            outcome->shown += is_shown ? 1 : 0;
            if (!is_shown && suppress_is_published(s, node, group) &&
                s->present[(size_t)s->newest * s->nodes + node] != 0) {
                outcome->hidden++;
            }
        }
    }
}

size_t th_suppress_memory(const struct th_suppress_question *question)
{
    return suppress_measure(question);
}

enum th_err th_suppress_decide(const struct th_suppress_question *question,
                               void *memory,
                               size_t size,
                               uint8_t *shown,
                               struct th_suppress_outcome *outcome)
{
    struct suppress s;
    struct th_suppress_question asked = *question;
    if (th_mutant(MUTANT_NO_EDITIONS) && asked.count > 1) {
        asked.editions += asked.count - 1;
        asked.count = 1;
    }
    TH_TRY(suppress_make(&s, &asked, memory, size));
    decide(&s);
    write_out(&s, shown, outcome);
    return TH_OK;
}
