// intake_known.c - the keys a file has named so far: an open hash table that grows

#include <stdlib.h>

#include "tonghop/hash.h"

#include "nodes/intake_part.h"

enum { FIRST_ROOM = 1024 };

void known_free(struct known_table *table)
{
    free(table->slots);
    *table = (struct known_table){0};
}

uint64_t known_hash(const struct known_table *table, struct th_bytes bytes)
{
    const uint64_t hash = th_hash64(table->secret, &bytes, 1);
    return hash == 0 ? 1 : hash;
}

static struct known *place_of(const struct known_table *table, uint64_t key)
{
    size_t at = (size_t)key & (table->room - 1);
    while (table->slots[at].key != 0 && table->slots[at].key != key) {
        at = (at + 1) & (table->room - 1);
    }
    return &table->slots[at];
}

static enum th_err grow(struct known_table *table)
{
    struct known_table larger = *table;
    larger.room = table->room == 0 ? FIRST_ROOM : table->room * 2;
    larger.slots = calloc(larger.room, sizeof(*larger.slots));
    if (larger.slots == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < table->room; i++) {
        if (table->slots[i].key != 0) {
            *place_of(&larger, table->slots[i].key) = table->slots[i];
        }
    }
    free(table->slots);
    *table = larger;
    return TH_OK;
}

enum th_err known_slot(struct known_table *table, uint64_t key, struct known **slot)
{
    if (table->count * 4 >= table->room * 3) {
        TH_TRY(grow(table));
    }
    *slot = place_of(table, key);
    table->count += (*slot)->key == 0 ? 1 : 0;
    return TH_OK;
}

void known_forget(struct known_table *table, struct known *slot)
{
    th_assert(slot->key == 0);
    table->count--;
}
