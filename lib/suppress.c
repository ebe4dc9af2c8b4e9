// suppress.c - see suppress.h; rules 1 and 3, and the rounds of rule 2

#include "tonghop/suppress.h"

#include <string.h>

#include "tonghop/base.h"
#include "tonghop/fault.h"

#include "lib/suppress_body.h"

// Planted bugs for the tests of the tests.
enum { MUTANT_NO_COMPLEMENT = 111, MUTANT_NO_EDITIONS };

enum { TRIED_MAX = 8 };

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
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            s->shown[suppress_cell(s, node, group)] = suppress_is_present(s, s->newest, node) &&
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

static void forbid_small_change(struct suppress *s, uint32_t before, uint32_t node, uint32_t group)
{
    const uint32_t decided = suppress_decided_by(s, group);
    const struct suppress_figure change = {node, group, s->newest, true, before};
    if (suppress_is_shown(s, before, node, decided) && is_small_change(s, &change)) {
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
        was = was || suppress_is_shown(s, before, node, parts[i]);
    }
    if (all == 0 || all >= s->share_base || !some_same || !was) {
        return;
    }
    for (uint32_t i = 0; i < line->count; i++) {
        s->shown[suppress_cell(s, node, parts[i])] = 0;
    }
}

static void apply_editions(struct suppress *s)
{
    for (uint32_t before = 0; before < s->newest; before++) {
        for (uint32_t node = 0; node < s->nodes; node++) {
            if (!suppress_is_present(s, before, node)) {
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

// ---- figures that have to be safe ----

static uint32_t number_of(const struct suppress *s, const struct suppress_figure *figure)
{
    const uint32_t cell = suppress_cell(s, figure->node, figure->group);
    return (figure->at * s->cells + cell) * 2 + (figure->change ? 1 : 0);
}

static struct suppress_figure figure_of(const struct suppress *s, uint32_t number)
{
    const uint32_t cell = number / 2 % s->cells;
    return (struct suppress_figure){
        .node = cell / s->groups,
        .group = cell % s->groups,
        .at = number / 2 / s->cells,
        .change = number % 2 != 0,
    };
}

void suppress_add_pending(struct suppress *s, const struct suppress_figure *figure)
{
    s->pending[s->pending_count++] = number_of(s, figure);
}

// Must the cell be safe where it is not shown? Below the threshold even if nobody asks for it.
static bool needs_proof(const struct suppress *s, uint32_t edition, uint32_t node, uint32_t group)
{
    if (!suppress_is_present(s, edition, node)) {
        return false;
    }
    const int64_t people = suppress_value(s, edition, node, group);
    return suppress_is_published(s, node, group) ||
           (s->frame->groups[group].rule != TH_SUPPRESS_SUM && people > 0 &&
            people < threshold_of(s, edition));
}

static bool has_small_change(const struct suppress *s, const struct suppress_figure *figure)
{
    struct suppress_figure change = *figure;
    for (change.before = 0; change.before < change.at; change.before++) {
        if (is_small_change(s, &change)) {
            return true;
        }
    }
    return false;
}

// Editions in which the cell is the same are one figure, told by any of them.
static void add_cell(struct suppress *s, uint32_t node, uint32_t group, uint32_t from)
{
    bool shown = false;
    for (uint32_t edition = 0; edition <= s->newest; edition++) {
        const bool begins = edition == 0 || suppress_is_fresh(s, edition, node, group);
        const bool ends = edition == s->newest || suppress_is_fresh(s, edition + 1, node, group);
        struct suppress_figure figure = {.node = node, .group = group, .at = edition};
        shown = (shown && !begins) || suppress_is_shown(s, edition, node, group);
        if (edition >= from && ends && !shown && needs_proof(s, edition, node, group)) {
            suppress_add_pending(s, &figure);
        }
        figure.change = true;
        if (edition >= from && begins && has_small_change(s, &figure)) {
            suppress_add_pending(s, &figure);
        }
    }
}

static void add_all(struct suppress *s, uint32_t from)
{
    s->pending_count = 0;
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            add_cell(s, node, group, from);
        }
    }
}

static int64_t wanted_of(const struct suppress *s, const struct suppress_figure *figure)
{
    return threshold_of(s, figure->at) - 1;
}

// By the span, from all editions before.
static bool is_safe(struct suppress *s, struct suppress_figure *figure)
{
    const int64_t wanted = wanted_of(s, figure);
    if (!figure->change) {
        return suppress_is_safe(s, figure, wanted);
    }
    bool safe = true;
    for (figure->before = 0; figure->before < figure->at && safe; figure->before++) {
        safe = !is_small_change(s, figure) || suppress_is_safe(s, figure, wanted);
    }
    return safe;
}

static void prove_by_span(struct suppress *s)
{
    uint32_t left = 0;
    suppress_span_settle(s);
    for (uint32_t i = 0; i < s->tried; i++) {
        struct suppress_figure figure = figure_of(s, s->pending[i]);
        if (figure.at < s->span.from || !is_safe(s, &figure)) {
            s->pending[left++] = s->pending[i];
        }
    }
    memmove(s->pending + left,
            s->pending + s->tried,
            (s->pending_count - s->tried) * sizeof(*s->pending));
    s->pending_count -= s->tried - left;
    s->tried = left;
}

// Of the first figures that are pending, drop those that are safe; s->tried: how many are not. By
// all spans, or by those alone on which it bears what the newest edition shows. Hiding more leaves
// every other table possible, so that what is proved once need not be proved again.
static void prove(struct suppress *s, bool all, uint32_t most)
{
    const uint32_t last = all || s->newest == 0 ? 0 : s->newest - 1;
    s->tried = most < s->pending_count ? most : s->pending_count;
    suppress_sign(s, s->newest);
    for (uint32_t to = s->newest + 1; to-- > last && s->tried > 0;) {
        suppress_span_begin(s, to);
        prove_by_span(s);
        while (s->span.from > 0 && s->tried > 0) {
            suppress_span_widen(s);
            prove_by_span(s);
        }
    }
}

// ---- rule 2 ----

// Shown before, and the same since.
static bool is_told(const struct suppress *s, uint32_t node, uint32_t group)
{
    bool told = false;
    for (uint32_t edition = s->newest; edition > 0 && !told; edition--) {
        if (suppress_is_fresh(s, edition, node, group)) {
            return false;
        }
        told = suppress_is_shown(s, edition - 1, node, group);
    }
    return told;
}

// What is told by the past, whatever is decided now: that, and a cell that is the sum of such ones.
// False: even a small one.
static bool note_the_past(struct suppress *s)
{
    bool legal = true;
    memset(s->shown, 0, s->cells);
    for (uint32_t cell = 0; cell < s->cells; cell++) {
        s->known[cell] = is_told(s, cell / s->groups, cell % s->groups) ? 1 : 0;
    }
    add_all(s, s->newest);
    prove(s, true, UINT32_MAX);
    for (uint32_t i = 0; i < s->pending_count; i++) {
        const struct suppress_figure figure = figure_of(s, s->pending[i]);
        legal =
            legal && !figure.change && passes_threshold(s, s->newest, figure.node, figure.group);
        s->known[suppress_cell(s, figure.node, figure.group)] = 1;
    }
    return legal;
}

static void drop_known(struct suppress *s)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < s->pending_count; i++) {
        const struct suppress_figure figure = figure_of(s, s->pending[i]);
        const uint32_t cell = suppress_cell(s, figure.node, figure.group);
        if (figure.change || figure.at != s->newest || s->known[cell] == 0) {
            s->pending[left++] = s->pending[i];
        }
    }
    s->pending_count = left;
}

// Hide for each that was tried and is left.
static void help(struct suppress *s)
{
    const uint32_t count = s->tried;
    s->hidden = 0;
    for (int step = SUPPRESS_BINDING; step <= SUPPRESS_SMALLEST && s->hidden == 0; step++) {
        for (uint32_t i = 0; i < count; i++) {
            const struct suppress_figure figure = figure_of(s, s->pending[i]);
            suppress_hide_near(s, &figure, wanted_of(s, &figure), (enum suppress_step)step);
        }
    }
    if (s->hidden == 0) {
        const struct suppress_figure figure = figure_of(s, s->pending[0]);
        suppress_hide_anywhere(s, &figure);
    }
}

// What everything adds up to would keep its old figure.
static bool margin_is_kept(const struct suppress *s)
{
    bool before = false;
    for (uint32_t edition = 0; edition < s->newest; edition++) {
        before = before || suppress_is_shown(s, edition, 0, 0);
    }
    return before && !suppress_is_shown(s, s->newest, 0, 0);
}

static void begin_all(struct suppress *s)
{
    add_all(s, 0);
    drop_known(s);
}

// A few figures at a time: what is hidden for the first ones helps many that come later. False:
// there is no way but to show nothing.
static bool help_all(struct suppress *s)
{
    for (; s->pending_count > 0; s->round++) {
        prove(s, false, TRIED_MAX);
        if (s->tried > 0) {
            help(s);
            if (s->hidden == 0 || margin_is_kept(s)) {
                return false;
            }
        }
    }
    return true;
}

// Figures that were proved stay safe when more is hidden; yet the same proofs have to be found
// again for the next edition, so that at the end all are tried once more.
static bool complement(struct suppress *s)
{
    bool whole = false;
    s->round = 1;
    while (!whole) {
        begin_all(s);
        prove(s, true, UINT32_MAX);
        whole = s->pending_count == 0;
        if (!help_all(s)) {
            return false;
        }
    }
    return true;
}

// ---- all of it ----

static bool decide(struct suppress *s)
{
    for (uint32_t edition = 0; edition < s->newest; edition++) {
        suppress_sign(s, edition);
    }
    if (s->newest > 0 && !note_the_past(s)) {
        return false;
    }
    apply_threshold(s);
    apply_editions(s);
    return !margin_is_kept(s) && (th_mutant(MUTANT_NO_COMPLEMENT) || complement(s));
}

static void write_out(const struct suppress *s, uint8_t *shown, struct th_suppress_outcome *outcome)
{
    *outcome = (struct th_suppress_outcome){.kept = true, .rounds = s->round};
    for (uint32_t node = 0; node < s->nodes; node++) {
        for (uint32_t group = 0; group < s->groups; group++) {
            const bool is_shown = suppress_is_shown(s, s->newest, node, group);
            shown[suppress_cell(s, node, group)] = is_shown ? 1 : 0;
            outcome->kept = outcome->kept && !is_shown;
            outcome->shown += is_shown ? 1 : 0;
            if (!is_shown && suppress_is_published(s, node, group) &&
                suppress_is_present(s, s->newest, node)) {
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
    if (!decide(&s)) {
        memset(s.shown, 0, s.cells);
    }
    write_out(&s, shown, outcome);
    return TH_OK;
}
