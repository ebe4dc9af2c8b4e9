// feed_link.c - see feed_link.h

#include "dashboards/feed_link.h"

#include <stdlib.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"
#include "tonghop/hash.h"
#include "tonghop/server_key.h"

enum {
    MESSAGES_A_TURN = 256,
    RECONNECT_MS_MIN = 100,
    RECONNECT_MS_MAX = 500,
};

struct feed_link {
    struct feed_link_setup setup;
    struct subscriber subscriber;
    struct th_context context;
    struct th_sock socks[SUBSCRIBER_PORTS];
    struct th_server_key server;
    bool questions_up; // as the subscriber was told
    uint64_t wake_ms;
    void *memory;
    char prefixes[SUBSCRIBER_PREFIXES_MAX][TH_TOPIC_MAX + 1];
    struct th_bytes prefix_views[SUBSCRIBER_PREFIXES_MAX];
    size_t prefix_count;
};

const struct subscriber *feed_link_subscriber(const struct feed_link *link)
{
    return &link->subscriber;
}

// ---- sockets ----

static enum th_err connect_to(struct feed_link *link, unsigned port)
{
    const bool feed = port == SUBSCRIBER_FEED;
    const struct th_viewer_doors *doors = link->setup.doors;
    if (link->setup.look != NULL) {
        link->setup.look(link->setup.look_self);
    }
    const struct th_sock_setup setup = {
        .own_secret = doors->own.secret_key,
        .own_public = doors->own.public_key,
        .server_public = link->server.in_use,
        .reconnect_ms_min = RECONNECT_MS_MIN,
        .reconnect_ms_max = RECONNECT_MS_MAX,
        .prefixes = feed ? link->prefix_views : NULL,
        .prefix_count = feed ? link->prefix_count : 0,
    };
    th_sock_close(&link->socks[port]);
    link->questions_up = link->questions_up && feed;
    return th_sock_connect(&link->context,
                           feed ? TH_SOCK_SUBSCRIBER : TH_SOCK_VIEWER,
                           &setup,
                           feed ? doors->feed : doors->queries,
                           &link->socks[port]);
}

// ---- events in, actions out ----

static enum th_err carry_out(struct feed_link *link, const struct th_action *action)
{
    if (action->kind == TH_ACT_SEND) {
        const struct th_bytes frames[] = {action->header, action->body};
        const enum th_err err = th_sock_send(
            &link->socks[action->port], (struct th_bytes){0}, frames, TH_COUNT(frames));
        (void)err; // what does not go out is like what got lost: the subscriber asks again
    } else if (action->kind == TH_ACT_WAKE) {
        link->wake_ms = action->at_ms;
    } else if (action->kind == TH_ACT_REBUILD) {
        return connect_to(link, action->port);
    }
    return TH_OK;
}

static enum th_err happen(struct feed_link *link, struct th_event event)
{
    struct th_action items[SUBSCRIBER_ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = TH_COUNT(items)};
    event.now_ms = th_now_ms();
    link->wake_ms = UINT64_MAX;
    subscriber_step(&link->subscriber, &event, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        TH_TRY(carry_out(link, &items[i]));
    }
    return TH_OK;
}

static enum th_err hear_link(struct feed_link *link, bool up)
{
    if (up == link->questions_up) {
        return TH_OK;
    }
    link->questions_up = up;
    return happen(link,
                  (struct th_event){.kind = up ? TH_EV_LINK_UP : TH_EV_LINK_DOWN,
                                    .port = SUBSCRIBER_QUESTIONS});
}

// With another key of the broker's: both doors have it.
static enum th_err connect_anew(struct feed_link *link)
{
    TH_TRY(hear_link(link, false));
    for (unsigned port = 0; port < SUBSCRIBER_PORTS; port++) {
        TH_TRY(connect_to(link, port));
    }
    return TH_OK;
}

static enum th_err hear_handshakes(struct feed_link *link, unsigned port, unsigned *code)
{
    enum th_handshake result = TH_HANDSHAKE_LATER;
    while (th_sock_handshake(&link->socks[port], &result, code) == TH_OK) {
        struct th_event event = {.kind = TH_EV_LINK_UP, .port = port, .code = *code};
        if (result == TH_HANDSHAKE_REFUSED) {
            return TH_E_DENIED;
        }
        if (result == TH_HANDSHAKE_ACCEPTED) {
            th_server_key_proved(&link->server);
        } else if (th_server_key_failed(&link->server, th_now_ms())) {
            return connect_anew(link);
        }
        if (result == TH_HANDSHAKE_BROKEN) {
            event.kind = TH_EV_KEY_REFUSED;
        } else if (result == TH_HANDSHAKE_LATER || port == SUBSCRIBER_QUESTIONS) {
            continue; // the questions' link shows in th_poll
        }
        TH_TRY(happen(link, event));
    }
    return TH_OK;
}

// The broker's word beside an answer.
static void hear_server_key(struct feed_link *link, unsigned port, struct th_bytes bytes)
{
    struct th_header header;
    if (port == SUBSCRIBER_QUESTIONS && th_header_read(bytes, &header, NULL) == TH_OK &&
        header.has_server_key) {
        th_server_key_heard(&link->server, header.server_key);
        subscriber_server_key(&link->subscriber, th_server_key_tag(&link->server));
    }
}

static enum th_err hear_messages(struct feed_link *link, unsigned port)
{
    for (unsigned i = 0; i < MESSAGES_A_TURN; i++) {
        TH_SCOPED(th_message_clear) struct th_message message = {0};
        const enum th_err err = th_sock_receive(&link->socks[port], &message);
        if (err == TH_E_BUSY) {
            return TH_OK;
        }
        if (err == TH_E_MALFORMED || (err == TH_OK && message.count != 2)) {
            continue;
        }
        TH_TRY(err);
        hear_server_key(link, port, message.frames[0]);
        if (port == SUBSCRIBER_FEED && link->subscriber.state == SUBSCRIBER_LIVE &&
            th_fault_hit("feed.lost")) {
            continue;
        }
        TH_TRY(happen(link,
                      (struct th_event){.kind = TH_EV_MESSAGE,
                                        .port = port,
                                        .header = message.frames[0],
                                        .body = message.frames[1]}));
    }
    return TH_OK;
}

// ---- the turn ----

static int wait_of(const struct feed_link *link, uint64_t until_ms)
{
    const uint64_t now = th_now_ms();
    const uint64_t at = link->wake_ms < until_ms ? link->wake_ms : until_ms;
    const uint64_t wait = at > now ? at - now : 0;
    return wait < 60 * 1000 ? (int)wait : 60 * 1000;
}

enum th_err feed_link_turn(struct feed_link *link,
                           uint64_t wait_until_ms,
                           struct feed_link_fd *fds,
                           size_t fd_count,
                           unsigned *code)
{
    struct th_poll_item items[SUBSCRIBER_PORTS + FEED_LINK_FDS_MAX] = {
        [SUBSCRIBER_FEED] = {.sock = &link->socks[SUBSCRIBER_FEED], .fd = -1},
        [SUBSCRIBER_QUESTIONS] = {.sock = &link->socks[SUBSCRIBER_QUESTIONS],
                                  .fd = -1,
                                  .watch_link = true,
                                  .up = link->questions_up},
    };
    th_assert(fd_count <= FEED_LINK_FDS_MAX);
    for (size_t i = 0; i < fd_count; i++) {
        items[SUBSCRIBER_PORTS + i].fd = fds[i].fd;
    }
    TH_TRY(th_poll(items, SUBSCRIBER_PORTS + fd_count, wait_of(link, wait_until_ms)));
    for (unsigned port = 0; port < SUBSCRIBER_PORTS; port++) {
        if (items[port].handshake) {
            TH_TRY(hear_handshakes(link, port, code));
        }
    }
    TH_TRY(hear_link(link, items[SUBSCRIBER_QUESTIONS].up));
    for (unsigned port = 0; port < SUBSCRIBER_PORTS; port++) {
        if (items[port].readable) {
            TH_TRY(hear_messages(link, port));
        }
    }
    for (size_t i = 0; i < fd_count; i++) {
        fds[i].readable = items[SUBSCRIBER_PORTS + i].readable;
    }
    return th_now_ms() >= link->wake_ms ? happen(link, (struct th_event){.kind = TH_EV_TICK})
                                        : TH_OK;
}

// ---- life ----

static enum th_err begin(struct feed_link *link)
{
    uint8_t entropy[32];
    const size_t size = subscriber_memory(link->setup.subscriber->limits);
    link->memory = malloc(size); // pages that are never touched are never there
    if (link->memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(subscriber_init(
        &link->subscriber, link->setup.subscriber, (struct th_memory){link->memory, size}));
    link->prefix_count = subscriber_prefixes(link->setup.subscriber, link->prefixes);
    for (size_t i = 0; i < link->prefix_count; i++) {
        link->prefix_views[i] = th_bytes_of(link->prefixes[i]);
    }
    struct th_verdict why;
    TH_TRY(th_server_key_open(&link->server, link->setup.doors->keys, &why));
    subscriber_server_key(&link->subscriber, th_server_key_tag(&link->server));
    TH_TRY(th_context_open(1, 0, &link->context));
    for (unsigned port = 0; port < SUBSCRIBER_PORTS; port++) {
        TH_TRY(connect_to(link, port));
    }
    th_random(entropy, sizeof(entropy));
    return happen(link, (struct th_event){.kind = TH_EV_START, .body = {entropy, sizeof(entropy)}});
}

enum th_err feed_link_open(const struct feed_link_setup *setup, struct feed_link **out)
{
    TH_SCOPED(feed_link_close) struct feed_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return TH_E_NO_MEMORY;
    }
    link->setup = *setup;
    TH_TRY(begin(link));
    *out = link;
    link = NULL; // the caller owns it now
    return TH_OK;
}

void feed_link_close(struct feed_link **link)
{
    struct feed_link *gone = *link;
    if (gone == NULL) {
        return;
    }
    for (unsigned port = 0; port < SUBSCRIBER_PORTS; port++) {
        th_sock_close(&gone->socks[port]);
    }
    th_context_close(&gone->context);
    free(gone->memory);
    free(gone);
    *link = NULL;
}
