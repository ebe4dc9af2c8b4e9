// loop.c - see loop.h

#include "workers/loop.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/log.h"
#include "tonghop/option.h"

#include "workers/envelope.h"

enum {
    WAIT_MS = 250,
    DRAIN_MAX = 256, // messages or parcels before the others have their turn
    REBUILD_MS = 1000,
    STOP_MS = 5000,
    ARENA_BYTES = 4096,
    BUSY_MS = 200,
};

// A connecting socket that is made again when it is dead.
struct link {
    struct th_sock sock;
    enum th_sock_kind kind;
    const char *endpoint;
    bool up;
    bool dead;
    uint64_t rebuild_ms;
};

struct loop {
    const struct loop_setup *setup;
    struct th_context context;
    struct link worker;
    struct link feed;
    bool worker_seen; // up, as the poll last saw the link
    bool ready;
    bool stopping;
    bool at_once;
    uint64_t stop_ms;
    _Alignas(16) unsigned char arena[ARENA_BYTES];
};

// ---- links ----

static void connect_link(struct loop *loop, struct link *link)
{
    struct th_sock_setup setup = loop->setup->sock;
    setup.server_public = loop->setup->server->in_use;
    th_sock_close(&link->sock);
    link->up = false;
    const enum th_err err =
        th_sock_connect(&loop->context, link->kind, &setup, link->endpoint, &link->sock);
    link->dead = err != TH_OK;
    if (link->dead) {
        link->rebuild_ms = th_now_ms() + REBUILD_MS;
        th_log(LOG_ERR, "connect-failed", "endpoint=%s error=%s", link->endpoint, th_err_name(err));
    }
}

// Everybody hears that there is a way again: who this is, and a beat.
static void tell_link_up(const struct loop *loop)
{
    const struct source_message up = {.link_up = true};
    for (size_t i = 0; i < loop->setup->count; i++) {
        const struct source *source = &loop->setup->sources[i];
        const enum th_err err = source->ops->append(source->self, &up);
        (void)err; // full: the next tick tells the broker
    }
}

static void take_handshakes(struct loop *loop, struct link *link)
{
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    while (!link->dead && th_sock_handshake(&link->sock, &result, &code) == TH_OK) {
        if (result == TH_HANDSHAKE_ACCEPTED) {
            th_log(LOG_NOTICE, "link-up", "endpoint=%s", link->endpoint);
            link->up = true;
            th_server_key_proved(loop->setup->server);
            tell_link_up(loop);
        } else if (result == TH_HANDSHAKE_LATER &&
                   th_server_key_failed(loop->setup->server, th_now_ms())) {
            th_log(LOG_NOTICE, "server-key", "endpoint=%s", link->endpoint);
            connect_link(loop, &loop->worker);
            connect_link(loop, &loop->feed);
            return;
        } else if (result == TH_HANDSHAKE_REFUSED || result == TH_HANDSHAKE_BROKEN) {
            th_log(LOG_ERR, "key-refused", "endpoint=%s code=%u", link->endpoint, code);
            link->dead = true;
            link->rebuild_ms = th_now_ms() + REBUILD_MS;
        }
    }
}

static void look_after(struct loop *loop, struct link *link)
{
    if (link->dead && th_now_ms() >= link->rebuild_ms) {
        connect_link(loop, link);
    }
}

// ---- what goes out ----

static void send_parcel(struct loop *loop, const struct th_parcel *parcel)
{
    struct link *link = parcel->kind == OUT_PUBLISH ? &loop->feed : &loop->worker;
    if (link->dead || parcel->kind == OUT_ENDED) {
        return;
    }
    const enum th_err err =
        th_sock_send(&link->sock, (struct th_bytes){0}, parcel->parts, parcel->count);
    const bool beat = parcel->kind == OUT_PUBLISH && parcel->parts[0].size > 0 &&
                      *(const char *)parcel->parts[0].data == 'b';
    if (err == TH_OK && beat && !loop->ready && loop->worker.up && loop->feed.up) {
        loop->ready = true;
        loop->setup->ready(loop->setup->ready_self);
    }
}

static void send_out(struct loop *loop)
{
    for (int i = 0; i < DRAIN_MAX; i++) {
        TH_SCOPED(th_parcel_free) struct th_parcel *parcel = th_queue_take(loop->setup->out);
        if (parcel == NULL) {
            return;
        }
        send_parcel(loop, parcel);
    }
}

// ---- what comes in ----

static size_t host_of(const struct loop *loop, struct th_bytes lineage)
{
    size_t i = 0;
    while (i < loop->setup->count &&
           !th_bytes_equal(th_bytes_of(loop->setup->hosts[i].identity.lineage), lineage)) {
        i++;
    }
    return i;
}

// Too much waits already: the sender comes again.
static void
tell_busy(struct loop *loop, const struct host *host, const struct source_message *message)
{
    const struct th_refusal refusal = {
        .code = TH_M_LINE_BUSY, .class = TH_REFUSE_RETRY, .retry_ms = BUSY_MS};
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_REFUSAL, .node = message->from.number};
    const struct envelope_store store = {
        .lineage = th_bytes_of(host->identity.lineage),
        .store_id = host->opened.store_id,
        .store_epoch = host->opened.store_epoch,
    };
    uint8_t envelope[ENVELOPE_BYTES_MAX];
    uint8_t head[TH_HEADER_BYTES_MAX];
    uint8_t body[128];
    struct th_writer head_writer = TH_WRITER(head);
    struct th_writer body_writer = TH_WRITER(body);
    th_header_write(&head_writer, &header);
    th_refusal_write(&body_writer, &refusal);
    const struct th_bytes frames[] = {envelope_write(&store, &message->from, envelope),
                                      th_written(&head_writer),
                                      th_written(&body_writer)};
    const enum th_err err =
        th_sock_send(&loop->worker.sock, (struct th_bytes){0}, frames, TH_COUNT(frames));
    (void)err;
}

static void route(struct loop *loop, const struct th_message *received)
{
    struct th_arena arena = th_arena_of(loop->arena, sizeof(loop->arena));
    struct th_bytes lineage;
    struct source_message message = {.link_up = false};
    struct th_header header;
    struct th_malformed why;
    if (received->count != TH_FRAMES_MAX ||
        envelope_read(received->frames[0], &arena, &lineage, &message.from) != TH_OK ||
        th_header_read(received->frames[1], &header, &why) != TH_OK) {
        th_log(LOG_WARNING, "message-malformed", "frames=%zu", received->count);
        return;
    }
    if (message.from.class == TH_PEER_NONE && header.has_server_key) {
        th_server_key_heard(loop->setup->server, header.server_key); // beside ROSTER and KEYS
    }
    const size_t at = host_of(loop, lineage);
    if (at == loop->setup->count) {
        return; // not ours, or no more
    }
    message.header = received->frames[1];
    message.body = received->frames[2];
    enum th_err err = TH_OK;
    if (header.type == TH_MSG_QUERY || header.type == TH_MSG_CREDIT) {
        err = query_ask(loop->setup->query, at, &message.from, message.header, message.body);
    } else {
        const struct source *source = &loop->setup->sources[at];
        err = source->ops->append(source->self, &message);
    }
    if (err == TH_E_FULL && message.from.class != TH_PEER_NONE && header.type != TH_MSG_QUERY &&
        header.type != TH_MSG_CREDIT) {
        tell_busy(loop, &loop->setup->hosts[at], &message);
    }
}

static void receive(struct loop *loop)
{
    for (int i = 0; i < DRAIN_MAX && !loop->worker.dead; i++) {
        TH_SCOPED(th_message_clear) struct th_message message = {0};
        const enum th_err err = th_sock_receive(&loop->worker.sock, &message);
        if (err == TH_E_BUSY || err == TH_E_IO) {
            return;
        }
        if (err == TH_OK) {
            route(loop, &message);
        }
    }
}

// ---- the end ----

static void begin_stop(struct loop *loop)
{
    if (loop->stopping) {
        loop->at_once = true; // a second signal: killing us is safe
        return;
    }
    loop->stopping = true;
    loop->stop_ms = th_now_ms() + STOP_MS;
    for (size_t i = 0; i < loop->setup->count; i++) {
        loop->setup->sources[i].ops->revoke(loop->setup->sources[i].self);
    }
}

static void take_signals(struct loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->setup->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
            th_log(LOG_NOTICE, "stopping", "signal=%" PRIu32, info.ssi_signo);
            *loop->setup->told_to_stop = true;
            begin_stop(loop);
        } else {
            loop->setup->reread(loop->setup->reread_self);
        }
    }
}

static size_t writers_ended(const struct loop *loop)
{
    size_t ended = 0;
    for (size_t i = 0; i < loop->setup->count; i++) {
        ended += writer_ended(loop->setup->writers[i]) ? 1 : 0;
    }
    return ended;
}

static bool is_over(struct loop *loop)
{
    const size_t ended = writers_ended(loop);
    if (ended > 0 && !loop->stopping) {
        begin_stop(loop); // one province's store failed: the supervisor starts all again
    }
    if (!loop->stopping) {
        return false;
    }
    const bool said = ended == loop->setup->count && th_queue_load(loop->setup->out).count == 0;
    return said || loop->at_once || th_now_ms() >= loop->stop_ms;
}

// ---- turns of the loop ----

static void wait_and_work(struct loop *loop)
{
    struct th_poll_item items[] = {
        {.fd = th_queue_descriptor(loop->setup->out)},
        {.fd = loop->setup->signals},
        {.sock = &loop->worker.sock, .watch_link = true, .up = loop->worker_seen},
        {.sock = &loop->feed.sock}, // a publisher always takes what it is given
    };
    size_t count = 2;
    if (!loop->worker.dead && !loop->feed.dead) {
        count = TH_COUNT(items);
    }
    if (th_poll(items, count, WAIT_MS) != TH_OK) {
        return;
    }
    loop->worker_seen = items[2].up;
    take_signals(loop);
    take_handshakes(loop, &loop->worker);
    take_handshakes(loop, &loop->feed);
    receive(loop);
    send_out(loop);
    look_after(loop, &loop->worker);
    look_after(loop, &loop->feed);
}

int loop_run(const struct loop_setup *setup)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL || th_context_open(1, 0, &loop->context) != TH_OK) {
        free(loop);
        return TH_EXIT_SOFTWARE;
    }
    loop->setup = setup;
    loop->worker = (struct link){.kind = TH_SOCK_WORKER, .endpoint = setup->worker_endpoint};
    loop->feed = (struct link){.kind = TH_SOCK_PUBLISHER, .endpoint = setup->feed_endpoint};
    connect_link(loop, &loop->worker);
    connect_link(loop, &loop->feed);
    while (!is_over(loop)) {
        wait_and_work(loop);
    }
    const bool late = writers_ended(loop) < setup->count;
    th_sock_close(&loop->worker.sock);
    th_sock_close(&loop->feed.sock);
    th_context_close(&loop->context);
    free(loop);
    if (late) {
        _exit(TH_EXIT_SOFTWARE); // a writer hangs: the store is safe whenever we end
    }
    return TH_EXIT_OK;
}
