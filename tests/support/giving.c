// giving.c - see giving.h

#include "tests/support/giving.h"

#include <string.h>

#include "tests/support/test.h"

enum { BODY_BYTES = 4096 };

struct player giving_player(uint32_t number, uint64_t epoch)
{
    struct player player = player_of(number);
    player.epoch = epoch;
    th_chain_start(player.hash, TH_BYTES("p"), player.incarnation, number, epoch);
    return player;
}

unsigned giving_piece(struct province *p,
                      struct player *player,
                      const struct giving *given,
                      struct th_resynced *answer)
{
    uint8_t batch_room[BODY_BYTES];
    uint8_t room[BODY_BYTES + 128];
    struct th_writer batch = TH_WRITER(batch_room);
    struct th_writer body = TH_WRITER(room);
    const struct th_batch items = {.updates = given->updates, .count = given->count};
    th_batch_write(&batch, &items);
    struct th_header header = {.protocol = TH_PROTOCOL,
                               .type = TH_MSG_RESYNC,
                               .node = player->number,
                               .has_incarnation = true,
                               .epoch = player->epoch,
                               .seq = ++player->seq,
                               .has_hash = true};
    uint8_t hash[32];
    th_chain_next(
        hash, player->hash, player->number, player->epoch, player->seq, th_written(&batch));
    memcpy(player->hash, hash, sizeof(hash));
    memcpy(header.hash, hash, sizeof(hash));
    memcpy(header.incarnation, player->incarnation, sizeof(header.incarnation));
    const struct th_resync piece = {.piece = player->seq,
                                    .last = given->last,
                                    .live = given->live,
                                    .said_ms = given->said_ms,
                                    .batch = th_written(&batch)};
    th_resync_write(&body, &piece);
    province_forget(p);
    province_message(p, TH_PEER_NODE, player->number, &header, th_written(&body));
    if (province_heard(p, player->number, TH_MSG_REFUSAL) != NULL) {
        const unsigned code = province_refusal(p, player->number).code;
        province_drain(p);
        return code;
    }
    province_drain(p);
    const struct heard *heard = province_heard(p, player->number, TH_MSG_RESYNCED);
    if (heard == NULL) {
        return UINT32_MAX;
    }
    th_arena_reset(&p->arena);
    EXPECT(
        TH_OK,
        th_resynced_read(
            (struct th_bytes){.data = heard->body, .size = heard->size}, &p->arena, answer, NULL));
    return 0;
}
