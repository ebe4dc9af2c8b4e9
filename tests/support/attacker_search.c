// attacker_search.c - is there a whole table in which a figure has this value?
//
// Unknown are the numbers of the atoms; given are the sums of the shown cells, that units with
// people have one at least, and the value that is tried for the figure. The true table is changed
// by one person where a sum is wrong, then where that made another one wrong, until all are right:
// depth first, what mends most first. A table that is found agrees with everything published.

#include <stdlib.h>
#include <string.h>

#include "tests/support/attacker_body.h"
#include "tests/support/test.h"

enum {
    STEPS_MAX = 100000,
    WALK_MAX = 2000000,
    DEPTH_MAX = 20,
    CHOICES_MAX = 16,
    TRIES_MAX = 64,
    TABU = 8
};

struct sum { // low <= sum of the terms <= high
    uint32_t first, count;
    int64_t low, high;
    int64_t now;
    uint32_t wrong_at; // place in the list of wrong sums, from 1
};

struct attacker_problem {
    const struct attacker *a;
    struct sum *sums; // the last one is the figure's
    uint32_t sum_count;
    uint32_t *terms; // number * 2 + sign
    size_t term_count, term_max;
    size_t given;       // terms of what is given
    uint32_t *of_first; // by number: given sums that contain it
    uint32_t *of;
    int8_t *in_figure; // by number: what one more does to the figure
    int64_t *values;   // by number
    int8_t *moved;     // by number: up or down, in this search
    uint32_t *wrong;   // sums
    uint32_t wrong_count;
    uint32_t steps;
    struct rng rng;
    uint32_t *changed_in; // by number: the step of a walk in which it was changed
};

// ---- the problem ----

static void begin_sum(struct attacker_problem *s, int64_t low, int64_t high)
{
    s->sums[s->sum_count++] =
        (struct sum){.first = (uint32_t)s->term_count, .low = low, .high = high};
}

static void add_term(struct attacker_problem *s, uint32_t number, bool minus)
{
    if (s->term_count == s->term_max) {
        s->term_max = s->term_max * 2 + 1024;
        s->terms = realloc(s->terms, s->term_max * sizeof(*s->terms));
        assert_non_null(s->terms);
    }
    s->terms[s->term_count++] = number * 2 + (minus ? 1 : 0);
    s->sums[s->sum_count - 1].count++;
}

// The atoms of a cell that are not those of the other edition.
static void add_cell(struct attacker_problem *s,
                     uint32_t node,
                     uint32_t group,
                     uint32_t edition,
                     uint32_t other,
                     bool minus)
{
    const struct attacker *a = s->a;
    const size_t atoms = (size_t)a->leaves * a->kinds;
    for (uint32_t below = node; below < a->nodes; below++) {
        if (a->leaf_of[below] == UINT32_MAX || !attacker_below(a, below, node)) {
            continue;
        }
        for (uint32_t kind = 0; kind < a->kinds; kind++) {
            const size_t at = (size_t)a->leaf_of[below] * a->kinds + kind;
            const uint32_t number = a->atom[edition * atoms + at];
            if (attacker_has(a, group, kind) &&
                (other == UINT32_MAX || a->atom[other * atoms + at] != number)) {
                add_term(s, number, minus);
            }
        }
    }
}

static void add_shown(struct attacker_problem *s, uint8_t *seen)
{
    const struct attacker *a = s->a;
    for (uint32_t e = 0; e < a->count; e++) {
        for (uint32_t node = 0; node < a->nodes; node++) {
            for (uint32_t group = 0; group < a->groups; group++) {
                const uint32_t number = a->cell[attacker_cell(a, e, node, group)];
                const bool leaf = a->leaf_of[node] != UINT32_MAX;
                if (seen[number] != 0) {
                    continue;
                }
                seen[number] = 1;
                if (a->numbers[number].shown) {
                    begin_sum(s, a->numbers[number].truth, a->numbers[number].truth);
                    add_cell(s, node, group, e, UINT32_MAX, false);
                } else if (group == 0 && leaf && attacker_leaf_has_people(a, e, a->leaf_of[node])) {
                    begin_sum(s, 1, BIG);
                    add_cell(s, node, group, e, UINT32_MAX, false);
                }
            }
        }
    }
}

static void add_figure(struct attacker_problem *s, const struct attacker_find *figure)
{
    begin_sum(s, 0, 0);
    add_cell(s, figure->node, figure->group, figure->at, figure->before, false);
    if (figure->before != UINT32_MAX) {
        add_cell(s, figure->node, figure->group, figure->before, figure->at, true);
    }
}

static void make_index(struct attacker_problem *s)
{
    const uint32_t numbers = s->a->number_count;
    s->of_first = attacker_room((size_t)numbers + 1, sizeof(*s->of_first));
    s->of = attacker_room(s->term_count, sizeof(*s->of));
    for (size_t i = 0; i < s->term_count; i++) {
        s->of_first[s->terms[i] / 2 + 1]++;
    }
    for (uint32_t i = 0; i < numbers; i++) {
        s->of_first[i + 1] += s->of_first[i];
    }
    uint32_t *fill = attacker_room(numbers, sizeof(*fill));
    for (uint32_t i = 0; i < s->sum_count; i++) {
        for (uint32_t k = 0; k < s->sums[i].count; k++) {
            const uint32_t number = s->terms[s->sums[i].first + k] / 2;
            s->of[s->of_first[number] + fill[number]++] = i;
        }
    }
    free(fill);
}

static struct attacker_problem *make(const struct attacker *a)
{
    struct attacker_problem *s = attacker_room(1, sizeof(*s));
    uint8_t *seen = attacker_room(a->number_count, 1);
    s->a = a;
    s->sums = attacker_room((size_t)a->number_count + 2, sizeof(*s->sums));
    add_shown(s, seen);
    free(seen);
    make_index(s);
    s->given = s->term_count;
    s->in_figure = attacker_room(a->number_count, 1);
    s->values = attacker_room(a->number_count, sizeof(*s->values));
    s->moved = attacker_room(a->number_count, 1);
    s->changed_in = attacker_room(a->number_count, sizeof(*s->changed_in));
    s->wrong = attacker_room((size_t)s->sum_count + 1, sizeof(*s->wrong));
    rng_seed(&s->rng, 1);
    return s;
}

// The figure's own sum is the last one.
static void ask(struct attacker_problem *s, const struct attacker_find *figure)
{
    add_figure(s, figure);
    for (size_t i = s->given; i < s->term_count; i++) {
        s->in_figure[s->terms[i] / 2] = (s->terms[i] & 1) != 0 ? -1 : 1;
    }
}

static void unask(struct attacker_problem *s)
{
    for (size_t i = s->given; i < s->term_count; i++) {
        s->in_figure[s->terms[i] / 2] = 0;
    }
    s->term_count = s->given;
    s->sum_count--;
}

void attacker_search_end(struct attacker_problem *s)
{
    if (s == NULL) {
        return;
    }
    free(s->sums);
    free(s->terms);
    free(s->of_first);
    free(s->of);
    free(s->in_figure);
    free(s->values);
    free(s->moved);
    free(s->changed_in);
    free(s->wrong);
    free(s);
}

// ---- mending ----

static int64_t wrong_by(const struct sum *sum)
{
    if (sum->now < sum->low) {
        return sum->now - sum->low;
    }
    return sum->now > sum->high ? sum->now - sum->high : 0;
}

static int64_t size_of(int64_t number)
{
    return number < 0 ? -number : number;
}

static void change_sum(struct attacker_problem *s, uint32_t number, int64_t by)
{
    struct sum *sum = &s->sums[number];
    sum->now += by;
    const bool wrong = wrong_by(sum) != 0;
    if (wrong && sum->wrong_at == 0) {
        s->wrong[s->wrong_count++] = number;
        sum->wrong_at = s->wrong_count;
    } else if (!wrong && sum->wrong_at != 0) {
        const uint32_t last = s->wrong[--s->wrong_count];
        s->wrong[sum->wrong_at - 1] = last;
        s->sums[last].wrong_at = sum->wrong_at;
        sum->wrong_at = 0;
    }
}

static void change_number(struct attacker_problem *s, uint32_t number, int64_t by)
{
    s->values[number] += by;
    for (uint32_t i = s->of_first[number]; i < s->of_first[number + 1]; i++) {
        change_sum(s, s->of[i], by);
    }
    if (s->in_figure[number] != 0) {
        change_sum(s, s->sum_count - 1, s->in_figure[number] * by);
    }
}

// How much less is wrong when the number changes by one.
static int64_t gain_of(const struct attacker_problem *s, uint32_t number, int by)
{
    int64_t gain = 0;
    for (uint32_t i = s->of_first[number]; i < s->of_first[number + 1]; i++) {
        struct sum sum = s->sums[s->of[i]];
        gain += size_of(wrong_by(&sum));
        sum.now += by;
        gain -= size_of(wrong_by(&sum));
    }
    struct sum figure = s->sums[s->sum_count - 1];
    gain += size_of(wrong_by(&figure));
    figure.now += s->in_figure[number] * by;
    return gain - size_of(wrong_by(&figure));
}

struct choice {
    uint32_t number;
    int by;
    int64_t gain;
};

// The best changes of one number that mend this sum.
static uint32_t
find_choices(const struct attacker_problem *s, const struct sum *sum, struct choice *choices)
{
    uint32_t count = 0;
    const int direction = wrong_by(sum) < 0 ? 1 : -1;
    for (uint32_t i = 0; i < sum->count; i++) {
        const uint32_t term = s->terms[sum->first + i];
        const int by = (term & 1) != 0 ? -direction : direction;
        struct choice choice = {.number = term / 2, .by = by};
        if (s->values[choice.number] + by < 0 || s->moved[choice.number] * by < 0 ||
            s->values[choice.number] + by > s->a->numbers[choice.number].high ||
            s->values[choice.number] + by < s->a->numbers[choice.number].low) {
            continue;
        }
        choice.gain = gain_of(s, choice.number, by);
        uint32_t at = count;
        while (at > 0 && choices[at - 1].gain < choice.gain) {
            at--;
        }
        if (at < CHOICES_MAX) {
            const uint32_t kept = count < CHOICES_MAX ? count : CHOICES_MAX - 1;
            memmove(choices + at + 1, choices + at, (kept - at) * sizeof(*choices));
            choices[at] = choice;
            count = kept + 1;
        }
    }
    return count;
}

static bool mend(struct attacker_problem *s, int depth) // NOLINT(misc-no-recursion): DEPTH_MAX
{
    uint32_t wrong = s->sum_count;
    for (uint32_t i = 0; i < s->wrong_count; i++) {
        const uint32_t one = s->wrong[i];
        if (wrong == s->sum_count || s->sums[one].count < s->sums[wrong].count) {
            wrong = one; // the one with the fewest ways to mend it
        }
    }
    if (wrong == s->sum_count) {
        return true;
    }
    struct choice choices[CHOICES_MAX];
    const uint32_t count = depth == 0 ? 0 : find_choices(s, &s->sums[wrong], choices);
    for (uint32_t i = 0; i < count && s->steps < STEPS_MAX; i++) {
        const int8_t before = s->moved[choices[i].number];
        s->steps++;
        s->moved[choices[i].number] = (int8_t)choices[i].by;
        change_number(s, choices[i].number, choices[i].by);
        if (mend(s, depth - 1)) {
            s->moved[choices[i].number] = before;
            return true;
        }
        change_number(s, choices[i].number, -choices[i].by);
        s->moved[choices[i].number] = before;
    }
    return false;
}

// Where going deep does not come to an end: mending here and there by chance, mostly what mends
// most, and not back at once.
static bool walk(struct attacker_problem *s)
{
    memset(s->changed_in, 0, s->a->number_count * sizeof(*s->changed_in));
    for (uint32_t step = TABU + 1; step < WALK_MAX; step++) {
        struct choice choices[CHOICES_MAX];
        if (s->wrong_count == 0) {
            return true;
        }
        const uint32_t wrong = s->wrong[rng_below(&s->rng, s->wrong_count)];
        const uint32_t count = find_choices(s, &s->sums[wrong], choices);
        uint32_t at = count == 0 ? 0 : rng_below(&s->rng, rng_chance(&s->rng, 20) ? count : 1);
        while (at < count && s->changed_in[choices[at].number] + TABU > step) {
            at++;
        }
        if (at < count) {
            s->changed_in[choices[at].number] = step;
            change_number(s, choices[at].number, choices[at].by);
        }
    }
    return false;
}

static void begin_with_the_truth(struct attacker_problem *s)
{
    for (uint32_t i = 0; i < s->sum_count; i++) {
        s->sums[i].now = 0;
        s->sums[i].wrong_at = 0;
    }
    s->wrong_count = 0;
    for (uint32_t i = 0; i < s->a->number_count; i++) {
        s->values[i] = 0;
        if (s->of_first[i] < s->of_first[i + 1] || s->in_figure[i] != 0) {
            change_number(s, i, s->a->numbers[i].truth);
        }
    }
    for (uint32_t i = 0; i + 1 < s->sum_count; i++) {
        assert_int_equal(wrong_by(&s->sums[i]), 0); // what is published is true
    }
}

static void aim_at(struct attacker_problem *s, int64_t value)
{
    struct sum *figure = &s->sums[s->sum_count - 1];
    figure->low = figure->high = value;
    change_sum(s, s->sum_count - 1, 0);
}

// Further values in one direction, each from the table of the one before.
static int64_t values_towards(struct attacker_problem *s, int direction, int64_t wanted, bool *open)
{
    const struct sum *figure = &s->sums[s->sum_count - 1];
    int64_t values = 0;
    begin_with_the_truth(s);
    for (int tries = 0; tries < TRIES_MAX && values < wanted; tries++) {
        aim_at(s, figure->now + direction);
        bool found = false;
        s->steps = 0;
        for (int depth = 1; depth <= DEPTH_MAX && !found && s->steps < STEPS_MAX; depth++) {
            found = mend(s, depth);
        }
        const bool all = s->steps < STEPS_MAX; // looked at
        found = found || (!all && walk(s));
        if (!found) {
            *open = *open || !all;
            return values;
        }
        values++;
    }
    return values;
}

int64_t
attacker_search(struct attacker *a, const struct attacker_find *figure, int64_t wanted, bool *open)
{
    if (a->problem == NULL) {
        a->problem = make(a);
    }
    ask(a->problem, figure);
    int64_t values = 1; // the true one
    values += values_towards(a->problem, 1, wanted - values, open);
    values += values_towards(a->problem, -1, wanted - values, open);
    unask(a->problem);
    return values;
}
