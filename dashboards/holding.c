// holding.c - see holding.h

#include "dashboards/holding.h"

#include <string.h>

#include "tonghop/hash.h"

static uint32_t slots_for(uint32_t count)
{
    uint32_t slots = 16;
    while (slots < count * 2 && slots < UINT32_C(1) << 31) {
        slots *= 2;
    }
    return slots;
}

size_t holding_memory(const struct holding_bounds *bounds)
{
    enum { PIECES = 5, ALIGNMENT = 16 };
    return bounds->topics_max * sizeof(struct holding_topic) +
           bounds->cells_max * sizeof(struct holding_cell) +
           slots_for(bounds->topics_max) * sizeof(uint32_t) +
           slots_for(bounds->cells_max) * sizeof(uint32_t) + bounds->text_bytes +
           (size_t)PIECES * ALIGNMENT;
}

enum th_err
holding_init(struct holding *holding, const struct holding_bounds *bounds, struct th_arena *memory)
{
    const uint32_t topic_slots = slots_for(bounds->topics_max);
    const uint32_t cell_slots = slots_for(bounds->cells_max);
    struct holding made = {
        .bounds = *bounds,
        .topics = th_arena_take(memory, bounds->topics_max * sizeof(struct holding_topic)),
        .topic_slots = th_arena_take(memory, topic_slots * sizeof(uint32_t)),
        .topic_mask = topic_slots - 1,
        .cells = th_arena_take(memory, bounds->cells_max * sizeof(struct holding_cell)),
        .cell_slots = th_arena_take(memory, cell_slots * sizeof(uint32_t)),
        .cell_mask = cell_slots - 1,
        .texts = th_arena_take(memory, bounds->text_bytes),
    };
    if (made.topics == NULL || made.topic_slots == NULL || made.cells == NULL ||
        made.cell_slots == NULL || made.texts == NULL) {
        return TH_E_NO_MEMORY;
    }
    memset(made.topic_slots, 0, topic_slots * sizeof(uint32_t));
    memset(made.cell_slots, 0, cell_slots * sizeof(uint32_t));
    *holding = made;
    return TH_OK;
}

void holding_clear(struct holding *holding, const uint8_t seed[static 16])
{
    if (holding->topic_count > 0) {
        memset(holding->topic_slots, 0, ((size_t)holding->topic_mask + 1) * sizeof(uint32_t));
    }
    if (holding->cell_count > 0) {
        memset(holding->cell_slots, 0, ((size_t)holding->cell_mask + 1) * sizeof(uint32_t));
    }
    memcpy(holding->seed, seed, sizeof(holding->seed));
    holding->topic_count = holding->cell_count = holding->live = 0;
    holding->text_used = 0;
}

static bool keep(struct holding *holding, struct th_bytes text, struct th_bytes *kept)
{
    if (text.size > holding->bounds.text_bytes - holding->text_used) {
        return false;
    }
    uint8_t *at = holding->texts + holding->text_used;
    if (text.size > 0) {
        memcpy(at, text.data, text.size);
    }
    holding->text_used += text.size;
    *kept = (struct th_bytes){.data = at, .size = text.size};
    return true;
}

// ---- topics ----

// The slot of a topic, or the empty one where it would go. There is always an empty one.
static uint32_t *
topic_slot(const struct holding *holding, struct th_bytes measure, struct th_bytes period)
{
    const struct th_bytes parts[] = {measure, TH_BYTES("/"), period};
    uint32_t at = (uint32_t)th_hash64(holding->seed, parts, TH_COUNT(parts)) & holding->topic_mask;
    while (holding->topic_slots[at] != 0) {
        const struct holding_topic *topic = &holding->topics[holding->topic_slots[at] - 1];
        if (th_bytes_equal(topic->measure, measure) && th_bytes_equal(topic->period, period)) {
            break;
        }
        at = (at + 1) & holding->topic_mask;
    }
    return &holding->topic_slots[at];
}

uint32_t
holding_find(const struct holding *holding, struct th_bytes measure, struct th_bytes period)
{
    const uint32_t number = *topic_slot(holding, measure, period);
    return number == 0 ? HOLDING_NONE : number - 1;
}

enum th_err holding_topic(struct holding *holding,
                          struct th_bytes measure,
                          struct th_bytes period,
                          uint32_t *topic)
{
    uint32_t *slot = topic_slot(holding, measure, period);
    if (*slot == 0) {
        const size_t before = holding->text_used;
        struct holding_topic made = {0};
        if (holding->topic_count == holding->bounds.topics_max ||
            !keep(holding, measure, &made.measure) || !keep(holding, period, &made.period)) {
            holding->text_used = before;
            return TH_E_FULL;
        }
        holding->topics[holding->topic_count++] = made;
        *slot = holding->topic_count;
    }
    *topic = *slot - 1;
    return TH_OK;
}

// ---- cells ----

static uint32_t *
cell_slot(const struct holding *holding, uint32_t topic, const struct th_total *total)
{
    uint8_t numbers[8];
    th_put_u32(numbers, topic);
    th_put_u32(numbers + 4, total->uid);
    const struct th_bytes parts[] = {{.data = numbers, .size = sizeof(numbers)}, total->dims};
    uint32_t at = (uint32_t)th_hash64(holding->seed, parts, TH_COUNT(parts)) & holding->cell_mask;
    while (holding->cell_slots[at] != 0) {
        const struct holding_cell *cell = &holding->cells[holding->cell_slots[at] - 1];
        if (cell->topic == topic && cell->total.uid == total->uid &&
            th_bytes_equal(cell->total.dims, total->dims)) {
            break;
        }
        at = (at + 1) & holding->cell_mask;
    }
    return &holding->cell_slots[at];
}

enum th_err holding_put(struct holding *holding,
                        uint32_t topic,
                        const struct th_total *total,
                        const struct th_total **now,
                        struct th_total *was)
{
    uint32_t *slot = cell_slot(holding, topic, total);
    if (*slot == 0) {
        struct holding_cell made = {.topic = topic, .total = {.uid = total->uid}};
        if (holding->cell_count == holding->bounds.cells_max ||
            !keep(holding, total->dims, &made.total.dims)) {
            return TH_E_FULL;
        }
        holding->cells[holding->cell_count++] = made;
        *slot = holding->cell_count;
    }
    struct th_total *held = &holding->cells[*slot - 1].total;
    const struct th_bytes dims = held->dims;
    *was = *held;
    *held = *total;
    held->dims = dims;
    held->unit = (struct th_bytes){0};
    holding->live -= was->contributions > 0 ? 1 : 0;
    holding->live += held->contributions > 0 ? 1 : 0;
    *now = held;
    return TH_OK;
}
