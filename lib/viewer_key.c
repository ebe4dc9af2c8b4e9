// viewer_key.c - how a viewer's key becomes known to the province
//
// A viewer has no outbox and no agent: its key is registered over the door for questions, under the
// one-use key of its enrolment.

#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/codec.h"
#include "tonghop/key.h"
#include "tonghop/server_key.h"
#include "tonghop/sock.h"

#include "lib/viewer_internal.h"

enum {
    AGAIN_MS = 500, // JOIN is repeated: the same key gets the same answer
    RECONNECT_MIN_MS = 100,
    RECONNECT_MAX_MS = 500,
    BODY_MAX = 256,
};

struct joining {
    const struct th_enrolment *enrolment;
    uint8_t public_key[TH_CURVE_BYTES];
    char fingerprint[TH_FINGERPRINT_SIZE];
    char bootstrap[TH_Z85_SIZE]; // public half
    char queries[TH_ENDPOINT_SIZE];
    struct th_context context;
    struct th_sock sock;
    struct th_server_key server;
    struct th_verdict *why;
    bool joined;
};

static void joining_free(struct joining *joining)
{
    th_sock_close(&joining->sock);
    th_context_close(&joining->context);
}

static enum th_err connect_to(struct joining *joining)
{
    const struct th_sock_setup setup = {
        .own_secret = joining->enrolment->bootstrap_secret,
        .own_public = joining->bootstrap,
        .server_public = joining->server.in_use,
        .reconnect_ms_min = RECONNECT_MIN_MS,
        .reconnect_ms_max = RECONNECT_MAX_MS,
    };
    th_sock_close(&joining->sock);
    return th_sock_connect(
        &joining->context, TH_SOCK_VIEWER, &setup, joining->queries, &joining->sock);
}

static enum th_err say_join(struct joining *joining)
{
    uint8_t header_room[TH_HEADER_BYTES_MAX];
    uint8_t body_room[BODY_MAX];
    struct th_writer header = TH_WRITER(header_room);
    struct th_writer body = TH_WRITER(body_room);
    struct th_join join;
    const struct th_header said = {
        .protocol = TH_PROTOCOL,
        .type = TH_MSG_JOIN,
        .node = joining->enrolment->node,
    };
    memcpy(join.public_key, joining->public_key, sizeof(join.public_key));
    th_header_write(&header, &said);
    th_join_write(&body, &join);
    const struct th_bytes frames[] = {th_written(&header), th_written(&body)};
    const enum th_err err =
        th_sock_send(&joining->sock, (struct th_bytes){0}, frames, TH_COUNT(frames));
    return err == TH_E_FULL ? TH_OK : err; // said again soon
}

static enum th_err refused(struct joining *joining, uint32_t code)
{
    if (code == TH_M_ENROLMENT_EXPIRED) {
        th_verdict_start(joining->why, code, 0, NULL);
        th_verdict_add_day(joining->why, th_day_of_unix_ms(joining->enrolment->expires_ms, 0));
    } else if (code == TH_M_ENROLMENT_USED) {
        th_verdict_make(joining->why, code, 0, NULL, "", NULL); // whose it is, the province knows
    } else {
        th_verdict_make(
            joining->why, TH_M_KEY_REFUSED, 0, NULL, joining->fingerprint, "unknown", NULL);
    }
    return TH_E_DENIED;
}

static enum th_err hear(struct joining *joining, const struct th_message *message)
{
    uint8_t room[16 * 1024];
    struct th_arena arena = th_arena_of(room, sizeof(room));
    struct th_header header;
    struct th_joined joined;
    struct th_refusal refusal;
    if (message->count != 2 || th_header_read(message->frames[0], &header, NULL) != TH_OK) {
        return TH_OK;
    }
    const struct th_bytes body = message->frames[1];
    if (header.type == TH_MSG_JOINED && th_joined_read(body, &arena, &joined, NULL) == TH_OK) {
        joining->joined = joined.number == joining->enrolment->node &&
                          memcmp(joined.public_key, joining->public_key, TH_CURVE_BYTES) == 0;
    }
    if (header.type == TH_MSG_REFUSAL && th_refusal_read(body, &arena, &refusal, NULL) == TH_OK &&
        refusal.class != TH_REFUSE_RETRY) {
        return refused(joining, refusal.code);
    }
    return TH_OK;
}

static enum th_err hear_all(struct joining *joining, const struct th_poll_item *item)
{
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    while (item->handshake && th_sock_handshake(&joining->sock, &result, &code) == TH_OK) {
        if (result == TH_HANDSHAKE_REFUSED) {
            return refused(joining, 0);
        }
        if (result == TH_HANDSHAKE_ACCEPTED) {
            th_server_key_proved(&joining->server);
        } else if (th_server_key_failed(&joining->server, th_now_ms())) {
            TH_TRY(connect_to(joining));
        }
    }
    while (item->readable && !joining->joined) {
        TH_SCOPED(th_message_clear) struct th_message message = {0};
        const enum th_err err = th_sock_receive(&joining->sock, &message);
        if (err == TH_E_BUSY) {
            break;
        }
        if (err != TH_E_MALFORMED) {
            TH_TRY(err);
            TH_TRY(hear(joining, &message));
        }
    }
    return TH_OK;
}

static enum th_err talk(struct joining *joining, uint64_t deadline_ms)
{
    uint64_t again_ms = 0;
    bool up = false;
    while (!joining->joined) {
        const uint64_t now = th_now_ms();
        if (now >= deadline_ms) {
            return TH_E_TIMEOUT;
        }
        if (up && now >= again_ms) {
            TH_TRY(say_join(joining));
            again_ms = now + AGAIN_MS;
        }
        const uint64_t left = deadline_ms - now;
        struct th_poll_item item = {.sock = &joining->sock, .fd = -1, .watch_link = true, .up = up};
        TH_TRY(th_poll(&item, 1, left < AGAIN_MS ? (int)left : AGAIN_MS));
        TH_TRY(hear_all(joining, &item));
        up = item.up;
    }
    return TH_OK;
}

enum th_err viewer_register(const struct th_enrolment *enrolment,
                            const char *keys,
                            const char *public_key,
                            uint64_t deadline_ms,
                            struct th_verdict *why)
{
    TH_SCOPED(joining_free) struct joining joining = {.enrolment = enrolment, .why = why};
    TH_TRY(th_z85_read(th_bytes_of(public_key), joining.public_key));
    (void)th_key_fingerprint(joining.public_key, joining.fingerprint);
    (void)th_bytes_copy_text(enrolment->queries, joining.queries, sizeof(joining.queries));
    TH_TRY(th_curve_public(enrolment->bootstrap_secret, joining.bootstrap));
    TH_TRY(th_server_key_open(&joining.server, keys, why));
    TH_TRY(th_context_open(1, 0, &joining.context));
    TH_TRY(connect_to(&joining));
    return talk(&joining, deadline_ms);
}
