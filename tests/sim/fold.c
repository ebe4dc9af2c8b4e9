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

static size_t topic_of_key(uint32_t key)
{
    return load_key_measure(key) * LOAD_PERIODS + load_key_period(key);
}

static void
count(struct fold_node *node, uint32_t key, const struct fold_standing *figure, int sign)
{
    if (!figure->live) {
        return;
    }
    const size_t units[] = {load_key_commune(key), LOAD_COMMUNES};
    for (size_t i = 0; i < TH_COUNT(units); i++) {
        struct fold_sum *sum = &node->sums[units[i]][topic_of_key(key)];
        sum->value += sign * figure->value;
        sum->contributions += (uint64_t)(int64_t)sign;
        sum->by_qualifier[figure->qualifier] += (uint64_t)(int64_t)sign;
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
    count(node, item->key, standing, -1);
    *standing = (struct fold_standing){.revision = item->revision,
                                       .live = !item->withdraw,
                                       .value = item->value,
                                       .qualifier = item->qualifier};
    count(node, item->key, standing, 1);
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
