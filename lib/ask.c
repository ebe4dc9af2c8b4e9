// ask.c - see ask.h

#include "tonghop/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/hash.h"
#include "tonghop/server_key.h"
#include "tonghop/sock.h"

enum {
    RETRY_MS = 100,   // a province that is starting is asked again after this
    QUIET_MS = 3000,  // without an answer on a link that is up: ask again; doubled each time
    BEGUN_MS = 15000, // without the next part of an answer that has begun: it is lost
    CREDIT_BACK = TH_ANSWER_CREDIT / 2,
    QUERY_BYTES = 64 * 1024,
};

struct th_asker {
    struct th_context context;
    struct th_sock sock;
    char endpoint[TH_ENDPOINT_SIZE];
    struct th_server_key server;
    char own_public[TH_Z85_SIZE];
    char own_secret[TH_Z85_SIZE];
    uint32_t number;
    uint64_t correlation;
    void *memory;
};

// One question under way. It may be asked several times: it can be lost with whoever had it, but
// a large answer may also just take long, so the answer to any of them is good.
struct asking {
    struct th_asker *asker;
    const struct th_query *query;
    th_asker_part part;
    void *context;
    struct th_asker_end *end;
    uint64_t deadline_ms;
    uint64_t quiet_ms; // how long the province may think
    uint64_t again_ms; // ask (again) then; 0 = asked
    uint64_t heard_ms;
    uint64_t first;  // correlation before the first time it was asked
    uint64_t chosen; // correlation of the answer that has begun
    uint32_t next_part;
    uint32_t silences;
    bool up; // as th_poll last saw the link
    bool done;
};

static enum th_err connect_again(struct th_asker *asker)
{
    const struct th_sock_setup setup = {
        .own_secret = asker->own_secret,
        .own_public = asker->own_public,
        .server_public = asker->server.in_use,
        .reconnect_ms_min = 100,
        .reconnect_ms_max = 500,
    };
    th_sock_close(&asker->sock);
    return th_sock_connect(&asker->context, TH_SOCK_VIEWER, &setup, asker->endpoint, &asker->sock);
}

enum th_err th_asker_open(const struct th_asker_setup *setup, struct th_asker **out)
{
    TH_SCOPED(th_asker_close) struct th_asker *asker = calloc(1, sizeof(*asker));
    if (asker == NULL) {
        return TH_E_NO_MEMORY;
    }
    asker->memory = malloc(TH_ARENA_BYTES);
    if (asker->memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)snprintf(asker->endpoint, sizeof(asker->endpoint), "%s", setup->endpoint);
    (void)snprintf(asker->own_public, TH_Z85_SIZE, "%s", setup->own_public);
    (void)snprintf(asker->own_secret, TH_Z85_SIZE, "%s", setup->own_secret);
    asker->number = setup->number;
    th_random(&asker->correlation, sizeof(asker->correlation));
    struct th_verdict why;
    TH_TRY(th_server_key_open(&asker->server, setup->keys, &why));
    TH_TRY(th_context_open(1, 0, &asker->context));
    TH_TRY(connect_again(asker));
    *out = asker;
    asker = NULL; // the caller owns it now
    return TH_OK;
}

void th_asker_close(struct th_asker **asker)
{
    struct th_asker *a = *asker;
    if (a != NULL) {
        th_sock_close(&a->sock);
        th_context_close(&a->context);
        free(a->memory);
        memset(a->own_secret, 0, sizeof(a->own_secret));
        free(a);
        *asker = NULL;
    }
}

static enum th_err
say(struct th_asker *asker, uint32_t type, uint64_t correlation, struct th_bytes body)
{
    uint8_t room[TH_HEADER_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    const struct th_header header = {
        .protocol = TH_PROTOCOL,
        .type = type,
        .node = asker->number,
        .correlation = correlation,
        .server_key_known = th_server_key_tag(&asker->server),
    };
    th_header_write(&out, &header);
    const struct th_bytes frames[] = {th_written(&out), body};
    return th_sock_send(&asker->sock, (struct th_bytes){0}, frames, TH_COUNT(frames));
}

static enum th_err send_query(struct asking *asking)
{
    TH_SCOPED(th_free_scoped) uint8_t *room = malloc(QUERY_BYTES);
    if (room == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer out = {.data = room, .max = QUERY_BYTES};
    th_query_write(&out, asking->query);
    if (out.overflow) {
        return TH_E_TOO_LARGE;
    }
    asking->asker->correlation++;
    asking->again_ms = 0;
    asking->heard_ms = th_now_ms();
    const enum th_err err =
        say(asking->asker, TH_MSG_QUERY, asking->asker->correlation, th_written(&out));
    if (err == TH_E_FULL || err == TH_E_NOT_FOUND) {
        asking->again_ms = th_now_ms() + RETRY_MS; // the link went as we spoke
        return TH_OK;
    }
    return err;
}

static enum th_err give_credit(struct asking *asking)
{
    uint8_t room[16];
    struct th_writer out = TH_WRITER(room);
    const struct th_credit credit = {.parts = CREDIT_BACK};
    th_credit_write(&out, &credit);
    const enum th_err err = say(asking->asker, TH_MSG_CREDIT, asking->chosen, th_written(&out));
    return err == TH_E_FULL || err == TH_E_NOT_FOUND ? TH_OK : err;
}

static bool will_pass(uint32_t code)
{
    return code == 3108 || code == 3004;
}

static bool is_ours(const struct asking *asking, uint64_t correlation)
{
    const uint64_t asked = asking->asker->correlation - asking->first;
    return asking->next_part > 0 ? correlation == asking->chosen
                                 : correlation - asking->first - 1 < asked;
}

static enum th_err take_answer(struct asking *asking, uint64_t correlation, struct th_bytes body)
{
    struct th_arena arena = th_arena_of(asking->asker->memory, TH_ARENA_BYTES);
    struct th_answer answer;
    if (th_answer_read(body, &arena, &answer, NULL) != TH_OK) {
        return TH_OK; // silence follows, and we ask again
    }
    if (answer.code != 0) {
        asking->end->code = answer.code;
        (void)th_bytes_copy_text(answer.detail, asking->end->detail, sizeof(asking->end->detail));
        if (!will_pass(answer.code) || asking->next_part > 0) {
            return TH_E_REFUSED;
        }
        asking->again_ms = th_now_ms() + RETRY_MS;
        return TH_OK;
    }
    if (answer.part != asking->next_part) {
        return TH_OK;
    }
    asking->next_part++;
    asking->chosen = correlation;
    asking->end->code = 0;
    TH_TRY(asking->part(asking->context, &answer));
    asking->done = answer.last;
    return asking->next_part % CREDIT_BACK == 0 && !answer.last ? give_credit(asking) : TH_OK;
}

static enum th_err hear(struct asking *asking)
{
    struct th_asker *asker = asking->asker;
    while (!asking->done) {
        TH_SCOPED(th_message_clear) struct th_message message = {0};
        struct th_header header;
        const enum th_err err = th_sock_receive(&asker->sock, &message);
        if (err == TH_E_BUSY) {
            return TH_OK;
        }
        if (err == TH_E_MALFORMED || message.count != 2 ||
            th_header_read(message.frames[0], &header, NULL) != TH_OK ||
            header.type != TH_MSG_ANSWER || !is_ours(asking, header.correlation)) {
            continue; // of an earlier question
        }
        TH_TRY(err);
        if (header.has_server_key) {
            th_server_key_heard(&asker->server, header.server_key);
        }
        asking->heard_ms = th_now_ms();
        TH_TRY(take_answer(asking, header.correlation, message.frames[1]));
    }
    return TH_OK;
}

static enum th_err hear_handshakes(struct asking *asking)
{
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    while (th_sock_handshake(&asking->asker->sock, &result, &code) == TH_OK) {
        if (result == TH_HANDSHAKE_REFUSED) {
            asking->end->code = code;
            return TH_E_DENIED;
        }
        if (result == TH_HANDSHAKE_ACCEPTED) {
            th_server_key_proved(&asking->asker->server);
        } else if (th_server_key_failed(&asking->asker->server, th_now_ms())) {
            TH_TRY(connect_again(asking->asker));
        }
    }
    return TH_OK;
}

static uint64_t patience(const struct asking *asking)
{
    return asking->next_part > 0 && asking->quiet_ms < BEGUN_MS ? BEGUN_MS : asking->quiet_ms;
}

// Nothing for a while. An answer that has begun cannot be begun again for its reader. A new socket,
// to which no answer to the old one comes, is only made when asking again did not help.
static enum th_err end_silence(struct asking *asking)
{
    if (asking->next_part > 0) {
        return TH_E_TIMEOUT;
    }
    asking->again_ms = th_now_ms();
    asking->quiet_ms *= 2;
    asking->silences++;
    return asking->silences % 2 == 0 ? connect_again(asking->asker) : TH_OK;
}

static enum th_err turn(struct asking *asking)
{
    struct th_asker *asker = asking->asker;
    struct th_poll_item item = {
        .sock = &asker->sock, .fd = -1, .watch_link = true, .up = asking->up};
    const uint64_t now = th_now_ms();
    uint64_t wake = asking->deadline_ms;
    if (asking->again_ms != 0 && asking->again_ms > now && asking->again_ms < wake) {
        wake = asking->again_ms;
    }
    if (asking->again_ms == 0 && asking->heard_ms + patience(asking) < wake) {
        wake = asking->heard_ms + patience(asking);
    }
    TH_TRY(th_poll(&item, 1, wake > now ? (int)(wake - now) : 0));
    asking->up = item.up;
    if (item.handshake) {
        TH_TRY(hear_handshakes(asking));
    }
    if (item.readable) {
        TH_TRY(hear(asking));
    }
    if (asking->done) {
        return TH_OK;
    }
    if (asking->again_ms != 0 && th_now_ms() >= asking->again_ms && item.up) {
        return send_query(asking);
    }
    return asking->again_ms == 0 && th_now_ms() >= asking->heard_ms + patience(asking)
               ? end_silence(asking)
               : TH_OK;
}

// The whole store is read: asking again would only have it read twice.
static bool takes_time(const struct th_query *query)
{
    return query->ask == TH_ASK_VERIFY || query->structure.size > 0;
}

enum th_err th_asker_ask(struct th_asker *asker,
                         const struct th_query *query,
                         uint64_t timeout_ms,
                         th_asker_part part,
                         void *context,
                         struct th_asker_end *end)
{
    struct asking asking = {
        .asker = asker,
        .query = query,
        .part = part,
        .context = context,
        .end = end,
        .deadline_ms = th_now_ms() + timeout_ms,
        .quiet_ms = takes_time(query) ? timeout_ms : QUIET_MS,
        .again_ms = th_now_ms(),
        .first = asker->correlation,
    };
    *end = (struct th_asker_end){0};
    while (!asking.done) {
        if (th_now_ms() >= asking.deadline_ms) {
            return TH_E_TIMEOUT;
        }
        TH_TRY(turn(&asking));
    }
    return TH_OK;
}
