// fold.c - see fold.h

#include "tests/sim/fold.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/base.h"

void fold_append(struct fold_line *line, const struct fold_entered *entered)
{
    if (line->count == line->max) {
        line->max = line->max * 2 + 16;
        line->entered = realloc(line->entered, line->max * sizeof(*line->entered));
        th_assert(line->entered != NULL);
    }
    line->entered[line->count++] = *entered;
}

static size_t level_cell(size_t period, size_t rating)
{
    return FOLD_FIGURES + period * LOAD_RATINGS + rating - 1;
}

static size_t score_cell(size_t period)
{
    return FOLD_FIGURES + FOLD_LEVELS + period;
}

static void add(struct fold_node *node, uint32_t key, size_t cell, const struct fold_standing *what)
{
    const bool taken_out = what->revision == 0;
    const int64_t sign = taken_out ? -1 : 1;
    const size_t units[] = {load_key_commune(key), LOAD_COMMUNES};
    for (size_t i = 0; i < TH_COUNT(units); i++) {
        struct fold_sum *sum = &node->sums[units[i]][cell];
        sum->value += sign * what->value;
        sum->contributions += (uint64_t)sign;
        sum->by_qualifier[what->qualifier] += (uint64_t)sign;
    }
}

// A figure, or a person's rating and score; revision 0 takes it out again.
static void count(struct fold_node *node, uint32_t key, struct fold_standing what)
{
    const size_t period = load_key_period(key);
    if (!what.live) {
        return;
    }
    if (!load_key_is_person(key)) {
        add(node, key, load_key_measure(key) * LOAD_PERIODS + period, &what);
        return;
    }
    struct fold_standing score = what;
    score.qualifier = TH_QUALIFIER_EXACT;
    struct fold_standing level = score;
    level.value = 1;
    add(node, key, level_cell(period, what.qualifier), &level);
    if (score.value >= 0) {
        add(node, key, score_cell(period), &score);
    }
}

// The rule of revisions: newer is applied, the same again is nothing, anything else is refused.
static bool apply(struct fold_node *node, const struct load_item *item)
{
    struct fold_standing *standing = &node->standing[item->key];
    if (item->wrong) {
        return false;
    }
    if (item->revision <= standing->revision) {
        return item->withdraw ? !standing->live
                              : standing->live && standing->value == item->value &&
                                    standing->qualifier == item->qualifier;
    }
    struct fold_standing before = *standing;
    before.revision = 0;
    count(node, item->key, before);
    *standing = (struct fold_standing){.revision = item->revision,
                                       .live = !item->withdraw,
                                       .value = item->value,
                                       .qualifier = item->qualifier};
    count(node, item->key, *standing);
    return true;
}

void fold_through(struct fold_node *node, size_t line, uint64_t seq)
{
    if (seq < node->folded || line != node->decided_line) {
        node->folded = 0;
        memset(node->standing, 0, sizeof(node->standing));
        memset(node->sums, 0, sizeof(node->sums));
    }
    node->decided_line = line;
    for (; node->folded < seq; node->folded++) {
        struct fold_entered *entered = &node->lines[line].entered[node->folded];
        for (uint32_t i = 0; i < entered->batch->count; i++) {
            entered->refused[i] = !apply(node, &entered->batch->items[i]);
        }
    }
}

bool fold_topic_named(struct th_bytes measure, struct th_bytes period, size_t *topic)
{
    const char *const measures[] = {LOAD_MEASURE_CODES[0], LOAD_MEASURE_CODES[1], "EV01", "EV02"};
    for (size_t m = 0; m < TH_COUNT(measures); m++) {
        for (size_t p = 0; p < LOAD_PERIODS; p++) {
            if (th_bytes_equal(measure, th_bytes_of(measures[m])) &&
                th_bytes_equal(period, th_bytes_of(LOAD_PERIOD_LABELS[p]))) {
                *topic = m * LOAD_PERIODS + p;
                return true;
            }
        }
    }
    return false;
}

bool fold_cell_named(size_t topic, struct th_bytes dims, size_t *cell)
{
    const size_t period = topic % LOAD_PERIODS;
    if (topic < FOLD_FIGURES) {
        *cell = topic;
        return dims.size == 0;
    }
    if (topic / LOAD_PERIODS == LOAD_MEASURES + 1) {
        *cell = score_cell(period);
        return th_bytes_equal(dims, TH_BYTES("category=civil"));
    }
    for (size_t rating = 1; rating <= LOAD_RATINGS; rating++) {
        const char *const texts[] = {"category=civil;rating=1",
                                     "category=civil;rating=2",
                                     "category=civil;rating=3",
                                     "category=civil;rating=4"};
        if (th_bytes_equal(dims, th_bytes_of(texts[rating - 1]))) {
            *cell = level_cell(period, rating);
            return true;
        }
    }
    return false;
}

bool fold_is_covered(const struct fold_node *node, size_t commune, size_t cell)
{
    if (cell < FOLD_FIGURES) {
        return node->sums[commune][cell].contributions > 0;
    }
    const size_t period = cell < FOLD_FIGURES + FOLD_LEVELS ? (cell - FOLD_FIGURES) / LOAD_RATINGS
                                                            : cell - FOLD_FIGURES - FOLD_LEVELS;
    for (size_t rating = 1; rating <= LOAD_RATINGS; rating++) {
        if (node->sums[commune][level_cell(period, rating)].contributions > 0) {
            return true;
        }
    }
    return false;
}
