// revisions.c - see revisions.h

#include "nodes/revisions.h"

#include <stdlib.h>
#include <string.h>

void revisions_free(struct revisions *revisions)
{
    free(revisions->found);
    revisions->found = NULL;
}

void revisions_add(struct revisions *revisions, struct th_bytes key, const struct current *newest)
{
    if (revisions->item_count == REVISIONS_ITEMS_MAX) {
        revisions->left_out++;
        return;
    }
    struct revisions_item *item = &revisions->items[revisions->item_count++];
    th_assert(key.size <= sizeof(item->key));
    *item = (struct revisions_item){
        .key_size = key.size,
        .state = newest->state,
        .seq = newest->seq,
        .index = newest->index,
        .code = newest->code,
    };
    memcpy(item->key, key.data, key.size);
}

static enum th_err note(struct revisions *revisions, const struct revision *revision)
{
    if (revisions->count == REVISIONS_MAX) {
        revisions->left_out++;
        return TH_OK;
    }
    if (revisions->count == revisions->room) {
        const size_t room = revisions->room == 0 ? 64 : revisions->room * 2;
        struct revision *grown = reallocarray(revisions->found, room, sizeof(*grown));
        if (grown == NULL) {
            return TH_E_NO_MEMORY;
        }
        revisions->found = grown;
        revisions->room = room;
    }
    revisions->found[revisions->count++] = *revision;
    return TH_OK;
}

static enum th_err look_into(struct revisions *revisions, struct th_bytes keys, uint64_t seq)
{
    struct th_reader in = th_reader_of(keys);
    for (uint32_t index = 0; th_reader_left(&in) > 0; index++) {
        const struct th_bytes key = th_read_block(&in);
        if (in.failed) {
            return TH_E_CORRUPT;
        }
        for (uint32_t i = 0; i < revisions->item_count; i++) {
            const struct revisions_item *item = &revisions->items[i];
            if (th_bytes_equal(key, (struct th_bytes){item->key, item->key_size})) {
                const struct revision revision = {.item = i, .seq = seq, .index = index};
                TH_TRY(note(revisions, &revision));
            }
        }
    }
    return TH_OK;
}

enum th_err revisions_find(struct revisions *revisions, struct outbox *box)
{
    for (uint64_t seq = box->kept_from; revisions->item_count > 0 && seq <= box->last; seq++) {
        struct th_bytes keys;
        TH_TRY(outbox_item_keys(box, seq, &keys));
        TH_TRY(look_into(revisions, keys, seq));
    }
    return TH_OK;
}
