// restated_map.c - bounded lists and the index over them; see restated_body.h

#include <stdlib.h>
#include <string.h>

#include "workers/restated_body.h"

enum { FIRST_ROOM = 64 };

enum th_err restated_take(struct restated *restated, size_t size)
{
    const size_t left = restated->setup.bytes_max - restated->bytes;
    if (size > left) {
        return TH_E_TOO_LARGE;
    }
    restated->bytes += size;
    return TH_OK;
}

enum th_err restated_grow(
    struct restated *restated, void *pointer_to_items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return TH_OK;
    }
    void **items = pointer_to_items;
    const size_t grown = *room == 0 ? FIRST_ROOM : 2 * *room;
    TH_TRY(restated_take(restated, (grown - *room) * size));
    void *moved = reallocarray(*items, grown, size);
    if (moved == NULL) {
        return TH_E_NO_MEMORY;
    }
    *items = moved;
    *room = grown;
    return TH_OK;
}

enum th_err restated_text(struct restated *restated, struct th_bytes bytes, struct th_bytes *copy)
{
    TH_TRY(restated_take(restated, bytes.size + 16));
    return th_pool_copy(&restated->texts, bytes, copy);
}

enum th_err restated_bits(struct restated *restated, uint8_t **bits)
{
    const size_t size = restated->unit_count / 8 + 1;
    TH_TRY(restated_take(restated, size));
    *bits = th_pool_take(&restated->texts, size);
    return *bits == NULL ? TH_E_NO_MEMORY : TH_OK;
}

static enum th_err widen(struct restated *restated, struct restated_index *index)
{
    if (index->count < index->room / 2) {
        return TH_OK;
    }
    const size_t room = index->room == 0 ? FIRST_ROOM : 2 * index->room;
    TH_TRY(restated_take(restated, (room - index->room) * sizeof(*index->slots)));
    struct restated_slot *slots = calloc(room, sizeof(*slots));
    if (slots == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < index->room; i++) {
        if (index->slots[i].item != 0) {
            size_t at = index->slots[i].hash & (room - 1);
            while (slots[at].item != 0) {
                at = (at + 1) & (room - 1);
            }
            slots[at] = index->slots[i];
        }
    }
    free(index->slots);
    index->slots = slots;
    index->room = room;
    return TH_OK;
}

static struct restated_slot *slot_of(const struct restated *restated,
                                     const struct restated_search *search)
{
    struct restated_slot *slots = search->index->slots;
    const uint32_t hash = (uint32_t)search->hash;
    const size_t mask = search->index->room - 1;
    size_t at = hash & mask;
    while (slots[at].item != 0 &&
           (slots[at].hash != hash || !search->same(restated, slots[at].item - 1, search->key))) {
        at = (at + 1) & mask;
    }
    return &slots[at];
}

enum th_err
restated_find(struct restated *restated, const struct restated_search *search, uint32_t **item)
{
    TH_TRY(widen(restated, search->index));
    struct restated_slot *slot = slot_of(restated, search);
    if (slot->item == 0) {
        slot->hash = (uint32_t)search->hash;
        search->index->count++;
    }
    *item = &slot->item;
    return TH_OK;
}

uint32_t restated_get(const struct restated *restated, const struct restated_search *search)
{
    return search->index->room == 0 ? 0 : slot_of(restated, search)->item;
}
