// agent.c - see agent.h

#include "nodes/agent.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "nodes/trust.h"
#include "nodes/upkeep.h"

enum {
    MESSAGES_A_TURN = 64,
    UPKEEP_EVERY_MS = 10 * 60 * 1000,
    FULL_RETRY_MS = 1000, // when the disk has no room for a step
};

struct agent {
    struct agent_setup setup;
    struct th_context context;
    struct th_sock sock;
    struct session session;
    struct work work;
    void *memory;
    int lock_fd;
    int wake_fd;
    bool up; // as the session was told
    bool stop_asked;
    bool stop_told;
    bool exiting;
    bool own_key; // connected with the node's own key
    struct trust trust;
    uint64_t wake_ms;
    uint64_t upkeep_ms;
    struct beacon beacon;
    struct beacon shown; // as last written
};

void agent_beacon(const struct agent *agent, struct beacon *beacon)
{
    *beacon = agent->beacon;
}

static void update_beacon(struct agent *agent)
{
    struct beacon *b = &agent->beacon;
    const struct session *s = &agent->session;
    const int64_t now = th_wall_ms();
    if (b->state != (uint32_t)s->state || b->since == 0) {
        b->state = s->state;
        b->since = now;
    }
    b->reason = s->reason;
    b->decided = s->decided;
    b->verdict_seq = s->verdict_seq;
    b->version = s->version;
    const bool waits = s->state == SESSION_DOWN || s->state == SESSION_REFUSED;
    const int64_t left = (int64_t)s->deadline_ms - (int64_t)th_now_ms();
    b->next_try = waits ? (now + left) / 1000 * 1000 : 0;
    if (s->state == SESSION_OPEN) {
        b->last_up = now;
    }
}

// Shown when anything but the moving clock changed.
static void show_beacon(struct agent *agent)
{
    update_beacon(agent);
    struct beacon same = agent->beacon;
    same.last_up = agent->shown.last_up;
    same.next_try = agent->shown.next_try;
    if (memcmp(&same, &agent->shown, sizeof(same)) != 0 &&
        beacon_write(agent->setup.dir, &agent->beacon) == TH_OK) {
        agent->shown = agent->beacon;
    }
}

static enum th_err connect_to(struct agent *agent, unsigned endpoint)
{
    const struct agent_setup *setup = &agent->setup;
    char bootstrap_public[TH_Z85_SIZE] = "";
    const bool own = setup->bootstrap_secret == NULL || agent->own_key;
    const struct th_key_pair *key = ownkey_pair(&agent->trust.own);
    if (!own) {
        TH_TRY(th_curve_public(setup->bootstrap_secret, bootstrap_public));
    }
    const struct th_sock_setup sock = {
        .own_secret = own ? key->secret_key : setup->bootstrap_secret,
        .own_public = own ? key->public_key : bootstrap_public,
        .server_public = agent->trust.server.in_use,
        .reconnect_ms_min = setup->reconnect_ms_min,
        .reconnect_ms_max = setup->reconnect_ms_max,
    };
    th_sock_close(&agent->sock);
    agent->up = false;
    return th_sock_connect(&agent->context,
                           TH_SOCK_NODE,
                           &sock,
                           setup->endpoints[endpoint % setup->endpoint_count],
                           &agent->sock);
}

static void send_frames(struct agent *agent, const struct th_action *action)
{
    const struct th_bytes frames[] = {action->header, action->body};
    const enum th_err err =
        th_sock_send(&agent->sock, (struct th_bytes){0}, frames, TH_COUNT(frames));
    (void)err; // what does not go out is like what got lost: the session asks again
    th_stop_point("agent.sent");
}

static enum th_err carry_out(struct agent *agent, const struct th_action *action, uint64_t *commit)
{
    switch (action->kind) {
    case TH_ACT_SEND:
        send_frames(agent, action);
        return TH_OK;
    case TH_ACT_COMMIT:
        *commit = action->commit;
        return TH_OK;
    case TH_ACT_WAKE:
        agent->wake_ms = action->at_ms;
        return TH_OK;
    case TH_ACT_REBUILD:
        return connect_to(agent, action->code);
    case TH_ACT_NOTE:
        agent->own_key = agent->own_key || action->code == SESSION_NOTE_JOINED;
        ownkey_note(&agent->trust.own, &agent->session, action->code);
        return TH_OK;
    case TH_ACT_EXIT:
        agent->exiting = true;
        return TH_OK;
    case TH_ACT_PUBLISH:
    case TH_ACT_ABORT:
    case TH_ACT_CUT:
        th_unreachable();
    }
    th_unreachable();
}

// One step in one transaction. TH_E_FULL: nothing happened, the session asks again.
static enum th_err one_step(struct agent *agent, const struct th_event *event, uint64_t *commit)
{
    struct th_action items[SESSION_ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = TH_COUNT(items)};
    *commit = 0;
    const enum th_err err = session_step(&agent->session, event, &actions);
    for (size_t i = 0; err == TH_OK && i < actions.count; i++) {
        TH_TRY(carry_out(agent, &items[i], commit));
    }
    if (err != TH_OK || *commit == 0) {
        work_end(&agent->work);
    }
    return err;
}

static enum th_err happen(struct agent *agent, struct th_event event)
{
    event.now_ms = th_now_ms();
    event.wall_ms = th_wall_ms();
    for (;;) {
        uint64_t commit = 0;
        const enum th_err err = one_step(agent, &event, &commit);
        if (err == TH_E_FULL || err == TH_E_NO_MEMORY) {
            agent->wake_ms = event.now_ms + FULL_RETRY_MS;
            agent->exiting = agent->stop_told; // what cannot be noted is heard again
            return TH_OK;
        }
        TH_TRY(err);
        if (commit == 0) {
            return TH_OK;
        }
        const enum th_err answer = work_commit(&agent->work);
        if (answer != TH_OK && answer != TH_E_FULL) {
            return answer;
        }
        th_stop_point("agent.decided");
        event = (struct th_event){
            .kind = answer == TH_OK ? TH_EV_COMMITTED : TH_EV_COMMIT_FAILED,
            .now_ms = th_now_ms(),
            .wall_ms = th_wall_ms(),
            .commit = commit,
            .err = answer,
        };
    }
}

static enum th_err hear_link(struct agent *agent, bool up)
{
    if (up == agent->up) {
        return TH_OK;
    }
    agent->up = up;
    return happen(agent, (struct th_event){.kind = up ? TH_EV_LINK_UP : TH_EV_LINK_DOWN});
}

static enum th_err hear_refused(struct agent *agent, unsigned code)
{
    if (ownkey_refused(&agent->trust.own)) {
        TH_TRY(hear_link(agent, false));
        return connect_to(agent, agent->session.endpoint);
    }
    return happen(agent, (struct th_event){.kind = TH_EV_KEY_REFUSED, .code = code});
}

static enum th_err hear_handshakes(struct agent *agent)
{
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    while (th_sock_handshake(&agent->sock, &result, &code) == TH_OK) {
        if (result == TH_HANDSHAKE_REFUSED) {
            TH_TRY(hear_refused(agent, code));
        } else if (result == TH_HANDSHAKE_ACCEPTED) {
            th_server_key_proved(&agent->trust.server);
        } else if (th_server_key_failed(&agent->trust.server, th_now_ms())) {
            TH_TRY(hear_link(agent, false));
            TH_TRY(connect_to(agent, agent->session.endpoint));
        }
    }
    return TH_OK;
}

static enum th_err hear_messages(struct agent *agent)
{
    for (unsigned i = 0; i < MESSAGES_A_TURN; i++) {
        TH_SCOPED(th_message_clear) struct th_message message = {0};
        const enum th_err err = th_sock_receive(&agent->sock, &message);
        if (err == TH_E_BUSY) {
            return TH_OK;
        }
        if (err == TH_E_MALFORMED || (err == TH_OK && message.count != 2)) {
            continue;
        }
        TH_TRY(err);
        trust_hear(&agent->trust, message.frames[0]);
        TH_TRY(happen(agent,
                      (struct th_event){
                          .kind = TH_EV_MESSAGE,
                          .header = message.frames[0],
                          .body = message.frames[1],
                      }));
    }
    return TH_OK;
}

static enum th_err upkeep(struct agent *agent)
{
    bool more = false;
    const struct upkeep todo = {
        .store = work_store(&agent->work),
        .arena = &agent->session.arena,
        .before_ms = th_wall_ms() - agent->setup.limits.keep_ms,
        .keep_bytes = agent->setup.limits.keep_bytes,
    };
    const enum th_err err = upkeep_some(&todo, &more);
    if (err != TH_OK) {
        work_end(&agent->work);
        return err;
    }
    if (!more) {
        agent->upkeep_ms = th_now_ms() + UPKEEP_EVERY_MS;
    }
    return work_commit(&agent->work);
}

static enum th_err maybe_upkeep(struct agent *agent)
{
    const bool busy = agent->session.committing || agent->session.sent > agent->session.decided;
    if (busy || th_now_ms() < agent->upkeep_ms) {
        return TH_OK;
    }
    const enum th_err err = upkeep(agent);
    if (err == TH_E_FULL || err == TH_E_NO_MEMORY) {
        agent->upkeep_ms = th_now_ms() + UPKEEP_EVERY_MS;
        return TH_OK;
    }
    return err;
}

static int wait_of(const struct agent *agent, uint64_t deadline_ms)
{
    const uint64_t now = th_now_ms();
    uint64_t at = agent->wake_ms != 0 ? agent->wake_ms : now + UPKEEP_EVERY_MS;
    at = deadline_ms != 0 && deadline_ms < at ? deadline_ms : at;
    if (agent->upkeep_ms < at && agent->session.sent <= agent->session.decided) {
        at = agent->upkeep_ms;
    }
    const uint64_t wait = at > now ? at - now : 0;
    return wait < 60 * 1000 ? (int)wait : 60 * 1000;
}

static enum th_err turn(struct agent *agent, uint64_t deadline_ms)
{
    struct th_poll_item items[] = {
        {.sock = &agent->sock, .fd = -1, .watch_link = true, .up = agent->up},
        {.fd = agent->wake_fd},
        {.fd = agent->setup.stop_fd},
        {.fd = agent->setup.reload_fd},
    };
    const size_t signals = agent->setup.reload_fd >= 0 ? 4 : agent->setup.stop_fd >= 0 ? 3 : 2;
    const size_t count = agent->stop_told ? 2 : signals;
    TH_TRY(th_poll(items, count, wait_of(agent, deadline_ms)));
    if (items[0].handshake) {
        TH_TRY(hear_handshakes(agent));
    }
    TH_TRY(hear_link(agent, items[0].up));
    if (items[0].readable) {
        TH_TRY(hear_messages(agent));
    }
    if (items[1].readable) {
        beacon_drain(agent->wake_fd);
        trust_look(&agent->trust);
        TH_TRY(happen(agent, (struct th_event){.kind = TH_EV_QUEUED}));
    }
    if (count > 2 && items[2].readable) {
        agent->stop_asked = true;
    }
    if (count > 3 && items[3].readable) {
        agent->setup.reload(agent->setup.reload_self, &agent->setup.limits);
        agent->upkeep_ms = agent->wake_ms = th_now_ms(); // the bounds may be others
    }
    if (agent->wake_ms != 0 && th_now_ms() >= agent->wake_ms) {
        agent->wake_ms = 0;
        TH_TRY(happen(agent, (struct th_event){.kind = TH_EV_TICK}));
    }
    return maybe_upkeep(agent);
}

void agent_stop(struct agent *agent)
{
    agent->stop_asked = true;
}

static enum th_err tell_stop(struct agent *agent)
{
    agent->stop_told = true;
    return happen(agent, (struct th_event){.kind = TH_EV_STOP});
}

enum th_err agent_run(struct agent *agent, uint64_t deadline_ms, agent_done done, void *context)
{
    // What was queued before we became the agent.
    TH_TRY(happen(agent, (struct th_event){.kind = TH_EV_QUEUED}));
    for (;;) {
        if (agent->stop_asked && !agent->stop_told) {
            TH_TRY(tell_stop(agent));
        }
        show_beacon(agent);
        if (agent->exiting || (done != NULL && done(context, &agent->beacon))) {
            return TH_OK;
        }
        if (deadline_ms != 0 && th_now_ms() >= deadline_ms) {
            return TH_E_TIMEOUT;
        }
        TH_TRY(turn(agent, deadline_ms));
    }
}

static enum th_err begin(struct agent *agent)
{
    uint8_t entropy[32];
    uint8_t public_key[TH_CURVE_BYTES];
    const struct agent_setup *setup = &agent->setup;
    const struct trust_setup trust = {.keys = setup->keys,
                                      .own_public = setup->own_public,
                                      .own_secret = setup->own_secret,
                                      .enrolled_signer = setup->sign_public};
    TH_TRY(th_z85_read(th_bytes_of(setup->own_public), public_key));
    TH_TRY(beacon_listen(setup->dir, &agent->wake_fd));
    TH_TRY(th_context_open(1, 0, &agent->context));
    TH_TRY(session_init(&agent->session,
                        &agent->setup.limits,
                        work_store(&agent->work),
                        public_key,
                        (struct th_memory){agent->memory, SESSION_MEMORY_BYTES}));
    TH_TRY(trust_open(&agent->trust, &trust, &agent->session));
    struct outbox box;
    TH_TRY(outbox_load(work_store(&agent->work), &box));
    agent->own_key = box.joined;
    work_end(&agent->work);
    trust_look(&agent->trust);
    th_random(entropy, sizeof(entropy));
    TH_TRY(
        happen(agent, (struct th_event){.kind = TH_EV_START, .body = {entropy, sizeof(entropy)}}));
    return connect_to(agent, 0);
}

enum th_err agent_open(const struct agent_setup *setup, int64_t *holder, struct agent **out)
{
    if (setup->endpoint_count == 0 || setup->endpoint_count > AGENT_ENDPOINTS_MAX) {
        return TH_E_INVALID;
    }
    TH_SCOPED(agent_close) struct agent *agent = calloc(1, sizeof(*agent));
    if (agent == NULL) {
        return TH_E_NO_MEMORY;
    }
    agent->setup = *setup;
    agent->setup.limits.endpoints = (uint32_t)setup->endpoint_count;
    agent->work.disk = setup->disk;
    agent->lock_fd = -1;
    agent->wake_fd = -1;
    agent->beacon.pid = getpid();
    agent->memory = malloc(SESSION_MEMORY_BYTES);
    if (agent->memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(beacon_lock(setup->dir, &agent->lock_fd, holder));
    const enum th_err err = begin(agent);
    if (err != TH_OK) {
        work_end(&agent->work);
        return err;
    }
    *out = agent;
    agent = NULL; // the caller owns it now
    return TH_OK;
}

void agent_close(struct agent **agent)
{
    struct agent *a = *agent;
    if (a == NULL) {
        return;
    }
    *agent = NULL;
    work_end(&a->work);
    th_sock_close(&a->sock);
    th_context_close(&a->context);
    if (a->wake_fd >= 0) {
        (void)close(a->wake_fd);
    }
    if (a->lock_fd >= 0) {
        (void)close(a->lock_fd);
    }
    trust_forget(&a->trust);
    free(a->memory);
    free(a);
}
