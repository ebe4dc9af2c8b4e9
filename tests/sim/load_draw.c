// load_draw.c - drawing what is entered: from one seed, in the order of time
//
// What a node knows while it enters is folded as it goes (fold.h), as if the province had decided
// everything at once: so most of what is said makes sense.

#include <stdlib.h>

#include "tests/sim/fold.h"
#include "tests/support/test.h"

enum {
    DESK_PERCENT = 12,   // of the batches
    CHANGE_PERCENT = 20, // of those of the desk
    WRONG_PERCENT = 6,
    OLD_PERCENT = 12,
    FALSE_PERCENT = 12, // of completions
    WITHDRAWN_PERCENT = 18,
    CLOSED_PERCENT = 10,
    RECENT_PERCENT = 75, // of what follows something else
    SCORES_MAX = 1000,
    WORDS_MAX = 3,

    PLACES = LOAD_COMMUNES * LOAD_FORMS * LOAD_PERIODS,
    KEYS_MAX = 2 * SWARM_NODES_MAX * PLACES, // a desk's; a node has fewer
};

// What was said last under a key, by one node.
struct known {
    uint32_t revision; // 0: never
    struct load_item item;
};

struct drawing {
    struct rng rng;
    const struct swarm *swarm;
    struct fold *fold;
    struct known *known;                                // of all nodes
    struct load_item touched[LOAD_NODES_MAX + 1];       // newest figure or rating
    struct load_item reported[SWARM_PROVINCES_MAX + 1]; // newest completion
};

static bool chance(struct drawing *drawing, uint32_t percent)
{
    return rng_chance(&drawing->rng, percent);
}

static uint32_t below(struct drawing *drawing, uint32_t bound)
{
    return rng_below(&drawing->rng, bound);
}

static uint32_t draw_period(struct drawing *drawing)
{
    return chance(drawing, CLOSED_PERCENT) ? (uint32_t)LOAD_CLOSED : below(drawing, LOAD_CLOSED);
}

// ---- keys ----

static uint32_t place_number(const struct load_item *item)
{
    return (item->at.commune * LOAD_FORMS + item->what) * LOAD_PERIODS + item->period;
}

static uint32_t key_of(const struct load_item *item)
{
    enum {
        PERSONS = LOAD_COMMUNES * LOAD_MEASURES * LOAD_PERIODS,
        MOVABLES = PERSONS + LOAD_PERSONS,
        TRANSFERS = MOVABLES + LOAD_MOVABLES * LOAD_PERIODS,
        COMPLETIONS = TRANSFERS + LOAD_MOVABLE_PEOPLE * LOAD_DAYS,
    };
    _Static_assert(COMPLETIONS + PLACES <= KEYS_MAX, "a node's keys fit");
    switch (item->kind) {
    case LOAD_FIGURE:
        return place_number(item);
    case LOAD_PERSON:
        return PERSONS + item->what;
    case LOAD_MOVABLE:
        return MOVABLES + item->what * LOAD_PERIODS + item->period;
    case LOAD_TRANSFER:
        return TRANSFERS + item->what * LOAD_DAYS + item->day;
    case LOAD_COMPLETION:
        return COMPLETIONS + place_number(item);
    case LOAD_DECISION:
        return (item->at.node - 1) * PLACES + place_number(item);
    case LOAD_REOPENING:
        return (SWARM_NODES_MAX + item->at.node - 1) * PLACES + place_number(item);
    case LOAD_CHANGE:
        break; // it has no key
    }
    th_unreachable();
}

static struct known *known_of(struct drawing *drawing, uint32_t node, const struct load_item *item)
{
    return &drawing->known[(size_t)node * KEYS_MAX + key_of(item)];
}

// ---- where and about what ----

static struct load_place some_commune_of(struct drawing *drawing, uint32_t province)
{
    const uint32_t first = 1 + below(drawing, drawing->swarm->nodes);
    uint32_t node = first;
    while (load_province_of(drawing->swarm, node) != province) {
        node = node % drawing->swarm->nodes + 1;
        th_assert(node != first);
    }
    return (struct load_place){.node = node, .commune = below(drawing, LOAD_COMMUNES)};
}

static void draw_movable(struct drawing *drawing, uint32_t node, struct load_item *item)
{
    const struct fold_province *province =
        &drawing->fold->provinces[load_province_of(drawing->swarm, node)];
    item->what = below(drawing, LOAD_MOVABLES);
    item->period = draw_period(drawing);
    for (size_t day = 0; item->what < LOAD_MOVABLE_PEOPLE && day < LOAD_DAYS; day++) {
        const struct fold_transfer *transfer = &province->transfers[item->what][day];
        if (transfer->said.live && transfer->to.node == node && chance(drawing, RECENT_PERCENT)) {
            item->at = transfer->to;
        }
    }
}

static void draw_transfer(struct drawing *drawing, uint32_t node, struct load_item *item)
{
    const uint32_t number = load_province_of(drawing->swarm, node);
    const struct fold_province *province = &drawing->fold->provinces[number];
    item->what = below(drawing, LOAD_MOVABLE_PEOPLE);
    item->day = below(drawing, LOAD_DAYS);
    const struct load_place now = province->movables[item->what][below(drawing, LOAD_CLOSED)];
    if (now.node == node && chance(drawing, RECENT_PERCENT)) {
        item->at = now;
    }
    item->to = some_commune_of(drawing, number);
    if (item->to.node == item->at.node && item->to.commune == item->at.commune) {
        item->to.commune = (item->to.commune + 1) % LOAD_COMMUNES;
    }
}

static void draw_completion(struct drawing *drawing, uint32_t node, struct load_item *item)
{
    const struct load_item *touched = &drawing->touched[node];
    item->what = below(drawing, LOAD_FORMS);
    item->period = draw_period(drawing);
    if (touched->revision > 0 && chance(drawing, RECENT_PERCENT)) {
        item->what = touched->kind == LOAD_FIGURE ? LOAD_POSTS : LOAD_RATED;
        item->at = touched->at;
        item->period = touched->period;
    }
}

static void draw_act(struct drawing *drawing, uint32_t desk, struct load_item *item)
{
    const uint32_t province = load_province_of(drawing->swarm, desk);
    const struct load_item *reported = &drawing->reported[province];
    const bool decides = chance(drawing, 60);
    item->kind = decides ? LOAD_DECISION : LOAD_REOPENING;
    item->at = some_commune_of(drawing, province);
    item->what = below(drawing, LOAD_FORMS);
    item->period = decides ? below(drawing, LOAD_PERIODS) : (uint32_t)LOAD_CLOSED;
    if (decides && reported->revision > 0 && chance(drawing, RECENT_PERCENT)) {
        item->at = reported->at;
        item->what = reported->what;
        item->period = reported->period;
    }
}

static struct load_item draw_key(struct drawing *drawing, uint32_t node)
{
    struct load_item item = {.at = {.node = node, .commune = below(drawing, LOAD_COMMUNES)}};
    const uint32_t dice = below(drawing, 100);
    if (load_is_desk(node)) {
        draw_act(drawing, node, &item);
    } else if (dice < 46) {
        item.kind = LOAD_FIGURE;
        item.what = below(drawing, LOAD_MEASURES);
        item.period = draw_period(drawing);
    } else if (dice < 60) {
        item.kind = LOAD_PERSON;
        item.what = below(drawing, LOAD_PERSONS);
        item.at.commune = item.what % LOAD_COMMUNES;
        item.period = item.what % 2;
    } else if (dice < 76) {
        item.kind = LOAD_MOVABLE;
        draw_movable(drawing, node, &item);
    } else if (dice < 84) {
        item.kind = LOAD_TRANSFER;
        draw_transfer(drawing, node, &item);
    } else {
        item.kind = LOAD_COMPLETION;
        draw_completion(drawing, node, &item);
    }
    return item;
}

// ---- words ----

// Counts and sums as they are, or not quite.
static void draw_lines(struct drawing *drawing, struct load_item *item)
{
    const struct fold_node *node = &drawing->fold->nodes[item->at.node];
    fold_lines(node, item->at.commune, item->what, item->period, item->lines);
    if (chance(drawing, FALSE_PERCENT)) {
        struct load_sum *line = &item->lines[item->what == LOAD_POSTS ? 0 : LOAD_MEASURES];
        if (line->count == 0 || chance(drawing, 50)) {
            line->count++;
        } else {
            line->sum++;
        }
    }
}

static void draw_words(struct drawing *drawing, struct load_item *item)
{
    item->value = (int64_t)below(drawing, SCORES_MAX);
    item->qualifier = 1 + below(drawing, LOAD_RATINGS);
    switch (item->kind) {
    case LOAD_FIGURE:
        item->qualifier =
            chance(drawing, 15) ? 2 + below(drawing, 3) : (uint32_t)TH_QUALIFIER_EXACT;
        return;
    case LOAD_PERSON:
    case LOAD_MOVABLE:
        item->value = chance(drawing, 30) ? -1 : item->value;
        return;
    case LOAD_COMPLETION:
        draw_lines(drawing, item);
        item->value = 0;
        item->qualifier = 0;
        return;
    case LOAD_DECISION:
    case LOAD_REOPENING:
        item->value = below(drawing, WORDS_MAX);
        item->returns = item->kind == LOAD_DECISION && chance(drawing, 40);
        item->qualifier = 0;
        return;
    case LOAD_TRANSFER:
    case LOAD_CHANGE:
        return;
    }
    th_unreachable();
}

static bool can_be_withdrawn(const struct load_item *item)
{
    return item->kind != LOAD_DECISION && item->kind != LOAD_REOPENING;
}

static void say_new(struct drawing *drawing, const struct known *known, struct load_item *item)
{
    item->revision = known->revision + 1 + (chance(drawing, 10) ? below(drawing, 5) : 0);
    draw_words(drawing, item);
    item->withdraw = known->revision > 0 && !known->item.withdraw && can_be_withdrawn(item) &&
                     chance(drawing, WITHDRAWN_PERCENT);
}

// The same words again, or an older revision with other words.
static void say_old(struct drawing *drawing, const struct known *known, struct load_item *item)
{
    const bool again = chance(drawing, 50);
    *item = known->item;
    if (again) {
        return;
    }
    item->withdraw = false;
    item->revision = 1 + below(drawing, known->revision);
    draw_words(drawing, item);
}

// A unit of another node, or of nobody; or what only a desk may say.
static void say_wrong(struct drawing *drawing, uint32_t node, struct load_item *item)
{
    item->wrong = true; // V04, V03, V39
    item->revision = 1;
    draw_words(drawing, item);
    if (!load_is_desk(node) && chance(drawing, 20)) {
        item->kind = LOAD_REOPENING;
        item->what = LOAD_POSTS;
    } else if (load_is_desk(node) || chance(drawing, 50)) {
        item->nowhere = true;
    } else {
        item->at.node = node % SWARM_NODES_MAX + 1;
    }
}

static void remember(struct drawing *drawing, uint32_t node, const struct load_item *item)
{
    *known_of(drawing, node, item) = (struct known){.revision = item->revision, .item = *item};
    if (item->kind == LOAD_COMPLETION) {
        drawing->reported[load_province_of(drawing->swarm, node)] = *item;
    } else if (item->kind != LOAD_TRANSFER && !load_is_desk(node)) {
        drawing->touched[node] = *item;
    }
}

static struct load_item draw_item(struct drawing *drawing, uint32_t node)
{
    struct load_item item = draw_key(drawing, node);
    const struct known *known = known_of(drawing, node, &item);
    const uint32_t dice = below(drawing, 100);
    if (dice < WRONG_PERCENT) {
        say_wrong(drawing, node, &item);
    } else if (dice < WRONG_PERCENT + OLD_PERCENT && known->revision > 0) {
        say_old(drawing, known, &item);
    } else {
        say_new(drawing, known, &item);
        remember(drawing, node, &item);
    }
    (void)fold_item(drawing->fold, node, &item);
    return item;
}

// ---- batches ----

static int by_time(const void *a, const void *b)
{
    const struct load_batch *one = a;
    const struct load_batch *other = b;
    return one->at_ms != other->at_ms ? (one->at_ms < other->at_ms ? -1 : 1) : 0;
}

// The first commune of some district becomes a new unit; now and then a row seems to be missing.
static void draw_change(struct drawing *drawing, struct load_batch *batch)
{
    const uint32_t province = load_province_of(drawing->swarm, batch->node);
    const struct load_place of = {.node = some_commune_of(drawing, province).node};
    for (uint32_t step = 0; step < LOAD_STEPS; step++) {
        struct load_item *item = &batch->items[step];
        *item = (struct load_item){.kind = LOAD_CHANGE, .revision = 1, .at = of, .what = step};
        item->value = LOAD_APPLY - LOAD_ENDS + (chance(drawing, FALSE_PERCENT) ? 1 : 0);
        (void)fold_item(drawing->fold, batch->node, item);
    }
}

static struct load_batch draw_batch(struct drawing *drawing, uint32_t left)
{
    struct load_batch batch = {.node = 1 + below(drawing, drawing->swarm->nodes)};
    if (chance(drawing, DESK_PERCENT)) {
        batch.node = load_desk_of(load_province_of(drawing->swarm, batch.node));
    }
    uint32_t count = 1 + below(drawing, chance(drawing, 60) ? 2 : LOAD_ITEMS_MAX);
    batch.at_ms = below(drawing, drawing->swarm->load_ms);
    if (load_is_desk(batch.node) && left >= LOAD_STEPS && chance(drawing, CHANGE_PERCENT)) {
        batch.items[0].kind = LOAD_CHANGE;
        count = LOAD_STEPS;
    }
    batch.count = count < left ? count : left;
    return batch;
}

struct load load_draw(const struct swarm *swarm)
{
    struct load load = {.batches = calloc(swarm->updates, sizeof(*load.batches))};
    struct drawing drawing = {
        .swarm = swarm,
        .fold = fold_make(swarm),
        .known = calloc((size_t)(LOAD_NODES_MAX + 1) * KEYS_MAX, sizeof(*drawing.known)),
    };
    th_assert(load.batches != NULL && drawing.known != NULL);
    rng_seed(&drawing.rng, swarm->seed ^ UINT64_C(0x10ad));
    for (uint32_t left = swarm->updates; left > 0; load.count++) {
        load.batches[load.count] = draw_batch(&drawing, left);
        left -= load.batches[load.count].count;
    }
    // The order of entering is the order of time, so items are drawn after sorting.
    qsort(load.batches, load.count, sizeof(*load.batches), by_time);
    for (size_t i = 0; i < load.count; i++) {
        struct load_batch *batch = &load.batches[i];
        if (batch->items[0].kind == LOAD_CHANGE) {
            draw_change(&drawing, batch);
            continue;
        }
        for (uint32_t k = 0; k < batch->count; k++) {
            batch->items[k] = draw_item(&drawing, batch->node);
        }
    }
    fold_free(drawing.fold);
    free(drawing.known);
    return load;
}

void load_free(struct load *load)
{
    free(load->batches);
    *load = (struct load){0};
}
