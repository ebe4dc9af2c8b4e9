// attacker.c - see attacker.h; what can be known, and bounds

#include "tests/support/attacker.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/attacker_body.h"
#include "tests/support/test.h"

enum { STEPS_PER_EQUATION = 200 };

void *attacker_room(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);
    assert_non_null(room);
    return room;
}

// ---- what stayed the same ----

bool attacker_has(const struct attacker *a, uint32_t group, uint32_t kind)
{
    return (a->frame->groups[group].kinds.bits[kind / 64] >> (kind % 64) & 1) != 0;
}

static int64_t people_at(const struct attacker *a, uint32_t edition, uint32_t leaf, uint32_t kind)
{
    return a->editions[edition].people[(size_t)leaf * a->kinds + kind];
}

bool attacker_leaf_has_people(const struct attacker *a, uint32_t edition, uint32_t leaf)
{
    int64_t sum = 0;
    for (uint32_t kind = 0; kind < a->kinds - a->frame->sum_count; kind++) {
        sum += people_at(a, edition, leaf, kind);
    }
    return sum > 0;
}

static bool same_marks(const struct attacker *a, uint32_t edition, uint32_t leaf, uint32_t kind)
{
    const size_t sums = a->frame->sum_count;
    const size_t first = a->kinds - sums;
    if (kind < first) {
        return true;
    }
    const size_t at = ((size_t)leaf * sums + (kind - first)) * TH_SUPPRESS_MARKS;
    return memcmp(a->editions[edition].marks + at,
                  a->editions[edition - 1].marks + at,
                  TH_SUPPRESS_MARKS * sizeof(uint16_t)) == 0;
}

static bool stayed(const struct attacker *a, uint32_t edition, uint32_t leaf, uint32_t kind)
{
    return edition > 0 &&
           people_at(a, edition, leaf, kind) == people_at(a, edition - 1, leaf, kind) &&
           attacker_leaf_has_people(a, edition, leaf) ==
               attacker_leaf_has_people(a, edition - 1, leaf) &&
           same_marks(a, edition, leaf, kind);
}

// ---- the tree ----

static void read_tree(struct attacker *a)
{
    const struct th_suppress_node *nodes = a->frame->nodes;
    for (uint32_t node = 0; node < a->nodes; node++) {
        a->leaf_of[node] = UINT32_MAX;
        a->child_count[node] = 0;
    }
    for (uint32_t node = 1; node < a->nodes; node++) {
        a->child_count[nodes[node].parent]++;
    }
    for (uint32_t node = 0; node < a->nodes; node++) {
        if (a->child_count[node] == 0) {
            a->leaf_of[node] = a->leaves++;
        }
    }
}

bool attacker_below(const struct attacker *a, uint32_t node, uint32_t above)
{
    while (node != above && node != 0) {
        node = a->frame->nodes[node].parent;
    }
    return node == above;
}

// ---- numbers: one for what stays the same ----

static uint32_t new_number(struct attacker *a, int64_t truth)
{
    assert_true(a->number_count < a->number_max);
    a->numbers[a->number_count] = (struct attacker_number){.low = 0, .high = BIG, .truth = truth};
    return a->number_count++;
}

static void number_atoms(struct attacker *a)
{
    for (uint32_t e = 0; e < a->count; e++) {
        for (uint32_t leaf = 0; leaf < a->leaves; leaf++) {
            for (uint32_t kind = 0; kind < a->kinds; kind++) {
                const size_t at = ((size_t)e * a->leaves + leaf) * a->kinds + kind;
                if (stayed(a, e, leaf, kind)) {
                    a->atom[at] = a->atom[at - (size_t)a->leaves * a->kinds];
                    continue;
                }
                a->atom[at] = new_number(a, people_at(a, e, leaf, kind));
                if (!attacker_leaf_has_people(a, e, leaf)) {
                    a->numbers[a->atom[at]].high = 0;
                }
            }
        }
    }
}

// True value, and whether any atom is new, of a cell in an edition.
static int64_t
look_at_cell(const struct attacker *a, uint32_t e, uint32_t node, uint32_t group, bool *same)
{
    int64_t value = 0;
    *same = e > 0;
    for (uint32_t below = node; below < a->nodes; below++) {
        if (a->leaf_of[below] == UINT32_MAX || !attacker_below(a, below, node)) {
            continue;
        }
        for (uint32_t kind = 0; kind < a->kinds; kind++) {
            if (attacker_has(a, group, kind)) {
                value += people_at(a, e, a->leaf_of[below], kind);
                *same = *same && stayed(a, e, a->leaf_of[below], kind);
            }
        }
    }
    return value;
}

size_t attacker_cell(const struct attacker *a, uint32_t e, uint32_t node, uint32_t group)
{
    return ((size_t)e * a->nodes + node) * a->groups + group;
}

static bool shows(const struct attacker *a, uint32_t e, uint32_t node, uint32_t group)
{
    const struct th_suppress_group *about = &a->frame->groups[group];
    const uint32_t by = about->rule == TH_SUPPRESS_SUM ? about->twin : group;
    return a->frame->nodes[node].published && about->rule != TH_SUPPRESS_REST &&
           a->editions[e].shown[(size_t)node * a->groups + by] != 0;
}

static void number_cells(struct attacker *a)
{
    for (uint32_t e = 0; e < a->count; e++) {
        for (uint32_t node = 0; node < a->nodes; node++) {
            for (uint32_t group = 0; group < a->groups; group++) {
                bool same = false;
                const int64_t value = look_at_cell(a, e, node, group, &same);
                const size_t at = attacker_cell(a, e, node, group);
                a->cell[at] =
                    same ? a->cell[attacker_cell(a, e - 1, node, group)] : new_number(a, value);
                struct attacker_number *number = &a->numbers[a->cell[at]];
                if (shows(a, e, node, group)) {
                    number->low = number->high = value;
                    number->shown = true;
                }
                if (group == 0 && a->leaf_of[node] != UINT32_MAX &&
                    attacker_leaf_has_people(a, e, a->leaf_of[node]) && number->low == 0) {
                    number->low = 1;
                }
            }
        }
    }
}

// ---- equations: the first number is the sum of the others ----

static void begin_equation(struct attacker *a, uint32_t total)
{
    a->equations[a->equation_count] =
        (struct attacker_equation){.first = a->term_count, .count = 0};
    a->terms[a->term_count++] = total;
    a->equations[a->equation_count].count++;
}

static void add_term(struct attacker *a, uint32_t number)
{
    assert_true(a->term_count < a->term_max);
    a->terms[a->term_count++] = number;
    a->equations[a->equation_count].count++;
}

static void end_equation(struct attacker *a)
{
    a->equation_count++;
    assert_true(a->equation_count < a->equation_max);
}

static void
equations_of(struct attacker *a, const uint32_t *atom, const uint32_t *cell, uint32_t node)
{
    for (uint32_t i = 0; i < a->frame->line_count; i++) {
        const struct th_suppress_line *line = &a->frame->lines[i];
        begin_equation(a, cell[(size_t)node * a->groups + line->total]);
        for (uint32_t k = 0; k < line->count; k++) {
            add_term(a, cell[(size_t)node * a->groups + a->frame->parts[line->first + k]]);
        }
        end_equation(a);
    }
    for (uint32_t group = 0; group < a->groups; group++) {
        begin_equation(a, cell[(size_t)node * a->groups + group]);
        for (uint32_t kind = 0; a->child_count[node] == 0 && kind < a->kinds; kind++) {
            if (attacker_has(a, group, kind)) {
                add_term(a, atom[(size_t)a->leaf_of[node] * a->kinds + kind]);
            }
        }
        for (uint32_t child = node + 1; a->child_count[node] > 0 && child < a->nodes; child++) {
            if (a->frame->nodes[child].parent == node) {
                add_term(a, cell[(size_t)child * a->groups + group]);
            }
        }
        end_equation(a);
    }
}

static void make_equations(struct attacker *a)
{
    for (uint32_t e = 0; e < a->count; e++) {
        for (uint32_t node = 0; node < a->nodes; node++) {
            equations_of(a,
                         a->atom + (size_t)e * a->leaves * a->kinds,
                         a->cell + attacker_cell(a, e, 0, 0),
                         node);
        }
    }
}

// ---- bounds ----

static bool narrow(struct attacker_number *numbers, const uint32_t *terms, uint32_t count)
{
    int64_t low = 0; // of total - parts
    int64_t high = 0;
    bool changed = false;
    for (uint32_t i = 0; i < count; i++) {
        const struct attacker_number *number = &numbers[terms[i]];
        low += i == 0 ? number->low : -number->high;
        high += i == 0 ? number->high : -number->low;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct attacker_number *number = &numbers[terms[i]];
        // What the others leave for it: total = sum of parts, part = total - other parts.
        const int64_t rest_low = low - (i == 0 ? number->low : -number->high);
        const int64_t rest_high = high - (i == 0 ? number->high : -number->low);
        const int64_t least = i == 0 ? -rest_high : rest_low;
        const int64_t most = i == 0 ? -rest_low : rest_high;
        if (least > number->low || most < number->high) {
            low -= i == 0 ? number->low : -number->high;
            high -= i == 0 ? number->high : -number->low;
            number->low = least > number->low ? least : number->low;
            number->high = most < number->high ? most : number->high;
            low += i == 0 ? number->low : -number->high;
            high += i == 0 ? number->high : -number->low;
            changed = true;
        }
    }
    return changed;
}

static void narrow_all(struct attacker *a, struct attacker_number *numbers)
{
    bool changed = true;
    for (int step = 0; changed && step < STEPS_PER_EQUATION; step++) {
        changed = false;
        for (uint32_t i = 0; i < a->equation_count; i++) {
            const struct attacker_equation *equation = &a->equations[i];
            changed = narrow(numbers, a->terms + equation->first, equation->count) || changed;
        }
    }
}

// ---- finds ----

static int64_t threshold_of(const struct attacker *a, uint32_t edition)
{
    return a->editions[edition].threshold;
}

static void note_find(struct attacker_report *report, const struct attacker_find *find)
{
    if (report->found++ == 0) {
        report->first = *find;
    }
}

static void attack_figure(struct attacker *a,
                          const struct attacker_find *figure,
                          bool exact,
                          struct attacker_report *report)
{
    const int64_t wanted = threshold_of(a, figure->at);
    report->figures++;
    if (figure->high - figure->low + 1 < wanted) {
        note_find(report, figure);
        return;
    }
    if (exact) {
        struct attacker_find find = *figure;
        find.searched = true;
        bool open = false;
        const int64_t values = attacker_search(a, figure, wanted, &open);
        if (values < wanted) {
            report->open += open ? 1 : 0;
            find.low = find.high = values;
            note_find(report, &find);
        }
    }
}

// Must the cell have threshold values? What a unit shows, if only hidden; otherwise a few people.
static bool matters(const struct attacker *a, uint32_t node, uint32_t group, uint32_t e)
{
    const enum th_suppress_rule rule = a->frame->groups[group].rule;
    const struct attacker_number *number = &a->numbers[a->cell[attacker_cell(a, e, node, group)]];
    const int64_t everybody = a->numbers[a->cell[attacker_cell(a, e, node, 0)]].truth;
    if (number->shown || everybody == 0) {
        return false;
    }
    return (a->frame->nodes[node].published && rule != TH_SUPPRESS_REST) ||
           (rule != TH_SUPPRESS_SUM && number->truth > 0 && number->truth < threshold_of(a, e));
}

static void attack_cells(struct attacker *a, bool exact, struct attacker_report *report)
{
    for (uint32_t e = 0; e < a->count; e++) {
        for (uint32_t node = 0; node < a->nodes; node++) {
            for (uint32_t group = 0; group < a->groups; group++) {
                const uint32_t at = a->cell[attacker_cell(a, e, node, group)];
                const bool last =
                    e + 1 == a->count || a->cell[attacker_cell(a, e + 1, node, group)] != at;
                if (last && matters(a, node, group, e)) {
                    const struct attacker_number *number = &a->numbers[at];
                    const struct attacker_find figure = {.node = node,
                                                         .group = group,
                                                         .at = e,
                                                         .before = UINT32_MAX,
                                                         .low = number->low,
                                                         .high = number->high};
                    attack_figure(a, &figure, exact, report);
                }
            }
        }
    }
}

// ---- differences between two editions ----

static void begin_differences(const struct attacker *a,
                              struct attacker_number *numbers,
                              const uint32_t *now,
                              const uint32_t *then,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct attacker_number *to = &a->numbers[now[i]];
        const struct attacker_number *from = &a->numbers[then[i]];
        numbers[i] = (struct attacker_number){
            .low = now[i] == then[i] ? 0 : to->low - from->high,
            .high = now[i] == then[i] ? 0 : to->high - from->low,
            .truth = to->truth - from->truth,
        };
    }
}

// The equations of one edition hold for the differences of any two: atoms, then cells.
static void make_difference_equations(struct attacker *a)
{
    const size_t atoms = (size_t)a->leaves * a->kinds;
    const size_t count = atoms + (size_t)a->nodes * a->groups;
    uint32_t *numbers = attacker_room(count, sizeof(*numbers));
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = i;
    }
    a->equation_count = a->term_count = 0;
    for (uint32_t node = 0; node < a->nodes; node++) {
        equations_of(a, numbers, numbers + atoms, node);
    }
    free(numbers);
}

static void attack_differences(
    struct attacker *a, uint32_t before, uint32_t at, bool exact, struct attacker_report *report)
{
    const size_t atoms = (size_t)a->leaves * a->kinds;
    const size_t cells = (size_t)a->nodes * a->groups;
    struct attacker_number *numbers = attacker_room(atoms + cells, sizeof(*numbers));
    begin_differences(a, numbers, a->atom + at * atoms, a->atom + before * atoms, atoms);
    begin_differences(a, numbers + atoms, a->cell + at * cells, a->cell + before * cells, cells);
    narrow_all(a, numbers);
    for (uint32_t i = 0; i < cells; i++) {
        const struct attacker_number *number = &numbers[atoms + i];
        const int64_t people = number->truth < 0 ? -number->truth : number->truth;
        const uint32_t group = i % a->groups;
        if (people > 0 && people < threshold_of(a, at) &&
            a->frame->groups[group].rule != TH_SUPPRESS_SUM) {
            const struct attacker_find figure = {.node = i / a->groups,
                                                 .group = group,
                                                 .at = at,
                                                 .before = before,
                                                 .low = number->low,
                                                 .high = number->high};
            attack_figure(a, &figure, exact, report);
        }
    }
    free(numbers);
}

// ---- all ----

static void make(struct attacker *a)
{
    const size_t atoms = (size_t)a->count * a->nodes * a->kinds;
    const size_t cells = (size_t)a->count * a->nodes * a->groups;
    a->leaf_of = attacker_room(a->nodes, sizeof(*a->leaf_of));
    a->child_count = attacker_room(a->nodes, sizeof(*a->child_count));
    a->atom = attacker_room(atoms, sizeof(*a->atom));
    a->cell = attacker_room(cells, sizeof(*a->cell));
    a->number_max = (uint32_t)(atoms + cells);
    a->numbers = attacker_room(a->number_max, sizeof(*a->numbers));
    a->equation_max = (uint32_t)(cells + (size_t)a->count * a->nodes * a->frame->line_count + 1);
    a->equations = attacker_room(a->equation_max, sizeof(*a->equations));
    a->term_max = (uint32_t)(2 * cells + a->equation_max + atoms * a->groups +
                             (size_t)a->count * a->nodes * a->frame->line_count * a->groups);
    a->terms = attacker_room(a->term_max, sizeof(*a->terms));
    read_tree(a);
    number_atoms(a);
    number_cells(a);
    make_equations(a);
}

static void unmake(struct attacker *a)
{
    free(a->leaf_of);
    free(a->child_count);
    free(a->atom);
    free(a->cell);
    free(a->numbers);
    free(a->equations);
    free(a->terms);
    attacker_search_end(a->problem);
}

struct attacker_report attack(const struct th_suppress_frame *frame,
                              const struct th_suppress_edition *editions,
                              uint32_t count,
                              bool exact)
{
    struct attacker_report report = {0};
    struct attacker a = {
        .frame = frame,
        .editions = editions,
        .count = count,
        .nodes = frame->node_count,
        .groups = frame->group_count,
        .kinds = frame->kind_count,
    };
    make(&a);
    narrow_all(&a, a.numbers);
    attack_cells(&a, exact, &report);
    make_difference_equations(&a);
    for (uint32_t at = 1; at < count; at++) {
        for (uint32_t before = 0; before < at; before++) {
            attack_differences(&a, before, at, exact, &report);
        }
    }
    unmake(&a);
    return report;
}
