// province_player.c - nodes of a province for tests: what they send, and what they hear

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

enum { BODY_BYTES_MAX = TH_BATCH_BYTES_MAX };

static uint8_t body_space[BODY_BYTES_MAX];
static size_t body_size;

// ---- players ----

static void restart_chain(struct player *player)
{
    th_chain_start(player->hash, TH_BYTES("p"), player->incarnation, player->number, player->epoch);
}

struct player player_of(uint32_t number)
{
    struct player player = {.number = number, .epoch = 1};
    memset(player.incarnation, (int)number, sizeof(player.incarnation));
    restart_chain(&player);
    return player;
}

static struct th_header header_of(const struct player *player, enum th_message_type type)
{
    struct th_header header = {
        .protocol = TH_PROTOCOL,
        .type = type,
        .node = player->number,
        .has_incarnation = true,
        .epoch = player->epoch,
    };
    memcpy(header.incarnation, player->incarnation, sizeof(header.incarnation));
    return header;
}

static enum th_peer_class class_of(const struct player *player)
{
    return player->number == 0 ? TH_PEER_DESK : TH_PEER_NODE;
}

void province_hello(struct province *province, const struct player *player)
{
    struct th_hello hello = {
        .last = player->seq,
        .first_kept = 1,
        .verdict_seq = player->verdict_seq,
        .notice = player->notice,
        .keeps_receipts = player->keeps_receipts,
        .receipt_seq = player->receipt_seq,
        .keeps_roots = player->keeps_roots,
        .root_day = player->root_day,
        .protocol_min = TH_PROTOCOL,
        .protocol_max = TH_PROTOCOL,
    };
    memcpy(hello.hash, player->hash, sizeof(hello.hash));
    uint8_t space[512];
    struct th_writer writer = TH_WRITER(space);
    th_hello_write(&writer, &hello);
    const struct th_header header = header_of(player, TH_MSG_HELLO);
    province_message(province, class_of(player), player->number, &header, th_written(&writer));
}

void province_ping(struct province *province, const struct player *player)
{
    const struct th_ping ping = {
        .last = player->seq,
        .verdict_seq = player->verdict_seq,
        .notice = player->notice,
        .keeps_receipts = player->keeps_receipts,
        .receipt_seq = player->receipt_seq,
        .keeps_roots = player->keeps_roots,
        .root_day = player->root_day,
    };
    uint8_t space[128];
    struct th_writer writer = TH_WRITER(space);
    th_ping_write(&writer, &ping);
    const struct th_header header = header_of(player, TH_MSG_PING);
    province_message(province, class_of(player), player->number, &header, th_written(&writer));
}

void province_send_batch(struct province *province,
                         const struct player *player,
                         uint64_t seq,
                         const uint8_t hash[static 32],
                         struct th_bytes body)
{
    struct th_header header = header_of(player, TH_MSG_BATCH);
    header.seq = seq;
    header.has_hash = true;
    memcpy(header.hash, hash, sizeof(header.hash));
    province_message(province, class_of(player), player->number, &header, body);
}

struct th_bytes player_body(void)
{
    return (struct th_bytes){.data = body_space, .size = body_size};
}

void province_batch(struct province *province,
                    struct player *player,
                    const struct th_update *updates,
                    size_t count)
{
    struct th_writer writer = TH_WRITER(body_space);
    const struct th_batch batch = {.updates = updates, .count = count};
    th_batch_write(&writer, &batch);
    body_size = th_written(&writer).size;
    uint8_t next[32];
    player->seq++;
    th_chain_next(next, player->hash, player->number, player->epoch, player->seq, player_body());
    memcpy(player->hash, next, sizeof(next));
    province_send_batch(province, player, player->seq, player->hash, player_body());
}

unsigned
province_hear(struct province *province, struct player *player, const struct th_update *update)
{
    province_batch(province, player, update, 1);
    province_drain(province);
    const struct th_decided decided = province_decided(province, player->number, TH_MSG_ACK);
    assert_int_equal(decided.seq, player->seq);
    return decided.verdict_count == 0 ? 0 : decided.verdicts[0].verdict.code;
}

unsigned
province_say(struct province *province, struct player *player, const struct th_update *update)
{
    return province_undoubted(province_hear(province, player, update));
}

unsigned province_undoubted(unsigned code)
{
    static const unsigned DOUBTS[] = {TH_V_BREAKDOWN,
                                      TH_V_OVER_QUOTA,
                                      TH_V_PARTS,
                                      TH_V_CAP,
                                      TH_V_JUMP,
                                      TH_V_TARGET,
                                      TH_V_TERM_FALLS,
                                      TH_V_NOT_EXPECTED};
    bool doubt = false;
    for (size_t i = 0; i < TH_COUNT(DOUBTS); i++) {
        doubt = doubt || code == DOUBTS[i];
    }
    return doubt ? 0 : code;
}

const struct heard *
province_heard(const struct province *province, uint32_t number, enum th_message_type type)
{
    for (size_t i = province->heard_count; i > 0; i--) {
        const struct heard *heard = &province->heard[i - 1];
        if (!heard->published && heard->number == number && heard->header.type == type) {
            return heard;
        }
    }
    return NULL;
}

struct th_decided
province_decided(struct province *province, uint32_t number, enum th_message_type type)
{
    const struct heard *heard = province_heard(province, number, type);
    struct th_decided decided = {0};
    struct th_welcome welcome = {0};
    struct th_malformed why;
    if (heard == NULL) {
        fail_msg("node %u heard no message of type %d", number, (int)type);
    } else if (type == TH_MSG_WELCOME) {
        const struct th_bytes body = {.data = heard->body, .size = heard->size};
        EXPECT(TH_OK, th_welcome_read(body, &province->arena, &welcome, &why));
        decided = welcome.decided;
    } else {
        const struct th_bytes body = {.data = heard->body, .size = heard->size};
        EXPECT(TH_OK, th_decided_read(body, &province->arena, &decided, &why));
    }
    return decided;
}

struct th_refusal province_refusal(struct province *province, uint32_t number)
{
    const struct heard *heard = province_heard(province, number, TH_MSG_REFUSAL);
    struct th_refusal refusal = {0};
    struct th_malformed why;
    if (heard == NULL) {
        fail_msg("node %u was not refused", number);
    } else {
        const struct th_bytes body = {.data = heard->body, .size = heard->size};
        EXPECT(TH_OK, th_refusal_read(body, &province->arena, &refusal, &why));
    }
    return refusal;
}

// ---- updates ----

struct th_update figure(const char *unit, const char *period, const char *measure, int64_t value)
{
    return (struct th_update){
        .kind = TH_KIND_STAFFING,
        .op = TH_OP_SET,
        .revision = 1,
        .staffing = {.measure = th_bytes_of(measure),
                     .unit = th_bytes_of(unit),
                     .period = th_bytes_of(period),
                     .qualifier = TH_QUALIFIER_EXACT,
                     .value = {.has = true, .value = value}},
    };
}

struct th_update person(const char *unit, const char *period, const char *who, int rating)
{
    return (struct th_update){
        .kind = TH_KIND_EVALUATION,
        .op = TH_OP_SET,
        .revision = 1,
        .evaluation = {.scheme = TH_BYTES("SC"),
                       .unit = th_bytes_of(unit),
                       .period = th_bytes_of(period),
                       .category = TH_BYTES("cadre"),
                       .person = th_bytes_of(who),
                       .rating = {.has = true, .value = rating}},
    };
}

struct th_update collective(const char *unit, const char *period, const char *id, int rating)
{
    return (struct th_update){
        .kind = TH_KIND_COLLECTIVE,
        .op = TH_OP_SET,
        .revision = 1,
        .collective = {.scheme = TH_BYTES("SC"),
                       .unit = th_bytes_of(unit),
                       .period = th_bytes_of(period),
                       .collective = th_bytes_of(id),
                       .kind = TH_BYTES("cell"),
                       .rating = {.has = true, .value = rating}},
    };
}

struct th_update
transfer(const char *who, const char *from, const char *to, const char *effective, int64_t months)
{
    return (struct th_update){
        .kind = TH_KIND_TRANSFER,
        .op = TH_OP_SET,
        .revision = 1,
        .transfer = {.scheme = TH_BYTES("SC"),
                     .year = {.data = effective, .size = 4},
                     .person = th_bytes_of(who),
                     .effective = th_bytes_of(effective),
                     .from_unit = th_bytes_of(from),
                     .to_unit = th_bytes_of(to),
                     .score_sum = {.has = true, .value = 7000 * months},
                     .scored_months = {.has = true, .value = months}},
    };
}

struct th_update withdraw(struct th_update update, uint64_t revision)
{
    update.op = TH_OP_WITHDRAW;
    update.revision = revision;
    return update;
}

struct th_update revised(struct th_update update, uint64_t revision)
{
    update.revision = revision;
    return update;
}
