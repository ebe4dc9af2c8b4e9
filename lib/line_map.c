// line_map.c - numbers for texts, and a map from three numbers to one

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "lib/line_body.h"

bool line_grow(void *pointer_to_items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    const size_t wanted = *room == 0 ? 32 : *room * 2;
    void *items = NULL;
    memcpy(&items, pointer_to_items, sizeof(items)); // whatever type they point to
    items = reallocarray(items, wanted, size);
    if (items == NULL) {
        return false;
    }
    memcpy(pointer_to_items, &items, sizeof(items));
    *room = wanted;
    return true;
}

// ---- map ----

// Keys are our own consecutive numbers; mixing spreads them over the slots.
static size_t hash_of(struct line_key key)
{
    uint64_t mixed = key.a;
    mixed = (mixed ^ (mixed >> 31)) * UINT64_C(0x9E3779B97F4A7C15) + key.b;
    mixed = (mixed ^ (mixed >> 29)) * UINT64_C(0xBF58476D1CE4E5B9) + key.c;
    mixed = (mixed ^ (mixed >> 32)) * UINT64_C(0x94D049BB133111EB);
    return (size_t)(mixed ^ (mixed >> 31));
}

static bool same_key(struct line_key a, struct line_key b)
{
    return a.a == b.a && a.b == b.b && a.c == b.c;
}

// The slot of key, or the empty one where it would go. There is always an empty one.
static struct line_slot *find_slot(const struct line_map *map, struct line_key key)
{
    size_t at = hash_of(key) & (map->room - 1);
    while (map->slots[at].value != 0 && !same_key(map->slots[at].key, key)) {
        at = (at + 1) & (map->room - 1);
    }
    return &map->slots[at];
}

static bool widen(struct line_map *map)
{
    if (map->count < map->room / 2) {
        return true;
    }
    const struct line_map old = *map;
    struct line_map wider = {.room = old.room == 0 ? 64 : old.room * 2, .count = old.count};
    wider.slots = calloc(wider.room, sizeof(*wider.slots));
    if (wider.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].value != 0) {
            *find_slot(&wider, old.slots[i].key) = old.slots[i];
        }
    }
    free(old.slots);
    *map = wider;
    return true;
}

uint32_t *line_map_put(struct line_map *map, struct line_key key)
{
    if (!widen(map)) {
        return NULL;
    }
    struct line_slot *slot = find_slot(map, key);
    if (slot->value == 0) {
        slot->key = key;
        map->count++;
    }
    return &slot->value;
}

uint32_t line_map_get(const struct line_map *map, struct line_key key)
{
    return map->room == 0 ? 0 : find_slot(map, key)->value;
}

void line_map_clear(struct line_map *map)
{
    if (map->count > 0) {
        memset(map->slots, 0, map->room * sizeof(*map->slots));
        map->count = 0;
    }
}

void line_map_free(struct line_map *map)
{
    free(map->slots);
    *map = (struct line_map){0};
}

// ---- texts ----

static uint32_t *find_text(const struct line_texts *texts, struct th_bytes bytes)
{
    size_t at = (size_t)th_hash64(texts->seed, &bytes, 1) & (texts->slot_room - 1);
    while (texts->slots[at] != 0 && !th_bytes_equal(texts->items[texts->slots[at] - 1], bytes)) {
        at = (at + 1) & (texts->slot_room - 1);
    }
    return &texts->slots[at];
}

static enum th_err widen_texts(struct line_texts *texts)
{
    if (texts->count < texts->slot_room / 2) {
        return TH_OK;
    }
    if (texts->slot_room == 0) {
        th_random(texts->seed, sizeof(texts->seed));
    }
    struct line_texts wider = *texts;
    wider.slot_room = texts->slot_room == 0 ? 64 : texts->slot_room * 2;
    wider.slots = calloc(wider.slot_room, sizeof(*wider.slots));
    if (wider.slots == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < texts->count; i++) {
        *find_text(&wider, texts->items[i]) = i + 1;
    }
    free(texts->slots);
    *texts = wider;
    return TH_OK;
}

enum th_err line_text(struct line_texts *texts, struct th_bytes bytes, uint32_t *number)
{
    TH_TRY(widen_texts(texts));
    uint32_t *slot = find_text(texts, bytes);
    if (*slot == 0) {
        struct th_bytes copy;
        TH_TRY(th_pool_copy(&texts->pool, bytes, &copy));
        if (!LINE_ROOM(texts)) {
            return TH_E_NO_MEMORY;
        }
        texts->items[texts->count++] = copy;
        *slot = (uint32_t)texts->count;
    }
    *number = *slot - 1;
    return TH_OK;
}

void line_texts_free(struct line_texts *texts)
{
    th_pool_free(&texts->pool);
    free(texts->items);
    free(texts->slots);
}
