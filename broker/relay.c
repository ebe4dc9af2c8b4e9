// relay.c - see relay.h

#include "broker/relay.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/key.h"
#include "tonghop/log.h"
#include "tonghop/option.h"

enum {
    ROSTER_LOOK_MS = 100,
    GUARD_LOOK_MS = 1000,
    SELF_TEST_AGAIN_MS = 1000,
    DESCRIPTORS_LOOK_MS = 60000,
    DESCRIPTORS_ALARM = 80, // percent
    CUT_LATER_MS = 1000,    // who has just joined is answered first
    DRAIN_MAX = 64,         // messages of one door before the next has its turn
};

static void end(struct relay *relay, int code)
{
    relay->exit_code = relay->over ? relay->exit_code : code;
    relay->over = true;
}

static void fail(struct relay *relay, const char *event, enum th_err err)
{
    th_log(LOG_ERR, event, "error=%s", th_err_name(err));
    end(relay, TH_EXIT_SOFTWARE);
}

// ---- actions ----

static struct th_sock *door_sock(struct relay *relay, unsigned port)
{
    th_assert(port < ROUTING_PORTS);
    return &relay->doors.door[port].sock;
}

static enum th_err send_message(struct relay *relay, const struct th_action *action)
{
    const bool has_envelope = action->envelope.size > 0;
    const struct th_bytes frames[] = {action->envelope, action->header, action->body};
    return th_sock_send(door_sock(relay, action->port),
                        action->to.route,
                        has_envelope ? frames : frames + 1,
                        has_envelope ? 3 : 2);
}

static void cut(struct relay *relay, enum routing_port port)
{
    th_log(LOG_NOTICE, "cut", "port=%d", (int)port);
    const enum th_err err = doors_cut(&relay->doors, port);
    if (err != TH_OK) {
        fail(relay, "cut-failed", err);
    }
}

static void take_keys(struct relay *relay, struct th_bytes body)
{
    bool changed = false;
    unsigned doors = 0;
    const enum th_err err = keyring_join(&relay->keyring, body, &changed, &doors);
    if (err != TH_OK) {
        th_log(LOG_WARNING, "keys-not-kept", "error=%s", th_err_name(err));
    }
    relay->roster_due = relay->roster_due || changed;
    if (doors != 0) {
        relay->cut_due |= doors;
        relay->cut_ms = th_now_ms() + CUT_LATER_MS;
    }
}

static void take_note(struct relay *relay, const struct th_action *action)
{
    const int size = (int)action->header.size;
    const char *lineage = action->header.data;
    switch ((enum routing_note)action->code) {
    case ROUTING_NOTE_KEYS:
        take_keys(relay, action->body);
        return;
    case ROUTING_NOTE_OWNER:
        th_log(LOG_NOTICE, "province-attached", "lineage=%.*s", size, lineage);
        return;
    case ROUTING_NOTE_LOST:
        th_log(LOG_WARNING, "province-silent", "lineage=%.*s", size, lineage);
        return;
    case ROUTING_NOTE_KNOWS:
        announced_note(&relay->announced, action->to.class, action->to.number);
        return;
    }
}

static void send_action(struct relay *relay, const struct th_action *action)
{
    const enum th_err err = send_message(relay, action);
    if (err == TH_E_IO) {
        fail(relay, "send-failed", err);
    } else if (err != TH_OK && action->port == ROUTING_WORKERS) {
        relay->worker_full = true; // its sender is told so
    } else if (err != TH_OK) {
        relay->unsent++; // it asks again by itself
    }
}

static void publish(struct relay *relay, const struct th_action *action)
{
    const struct th_bytes frames[] = {action->header, action->body};
    const enum th_err err =
        th_sock_send(door_sock(relay, action->port), (struct th_bytes){0}, frames, 2);
    relay->unsent += err == TH_OK ? 0 : 1;
}

static void carry_out(struct relay *relay, const struct th_actions *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        const struct th_action *action = &actions->items[i];
        switch (action->kind) {
        case TH_ACT_SEND:
            send_action(relay, action);
            break;
        case TH_ACT_PUBLISH:
            publish(relay, action);
            break;
        case TH_ACT_WAKE:
            relay->wake_ms = action->at_ms;
            break;
        case TH_ACT_CUT:
            cut(relay, (enum routing_port)action->port);
            break;
        case TH_ACT_NOTE:
            take_note(relay, action);
            break;
        case TH_ACT_EXIT:
            end(relay, (int)action->code);
            break;
        case TH_ACT_COMMIT:
        case TH_ACT_ABORT:
        case TH_ACT_REBUILD:
            th_unreachable(); // the broker has no store and connects to nobody
        }
    }
}

static void one_step(struct relay *relay, struct th_event *event)
{
    struct th_actions actions = {.items = relay->items, .max = ROUTING_ACTIONS_MAX};
    event->now_ms = th_now_ms();
    event->wall_ms = th_wall_ms();
    relay->worker_full = false;
    routing_step(&relay->routing, event, &actions);
    carry_out(relay, &actions);
    if (relay->worker_full) {
        actions.count = 0;
        routing_unsent(&relay->routing, &actions);
        carry_out(relay, &actions);
    }
}

static void step(struct relay *relay, struct th_event *event)
{
    one_step(relay, event);
    if (relay->roster_due) { // by KEYS, which a change of the roster never brings
        struct th_event changed = {.kind = TH_EV_ROSTER};
        relay->roster_due = false;
        routing_set_roster(&relay->routing, relay->keyring.roster);
        one_step(relay, &changed);
    }
}

// ---- messages ----

// How many frames a message of a door has, and which of them come first.
static bool read_frames(unsigned port, const struct th_message *message, struct th_event *event)
{
    static const size_t COUNTS[ROUTING_PORTS] = {2, 3, 2, 1, 2};
    if (message->count != COUNTS[port]) {
        return false;
    }
    size_t at = 0;
    if (port == ROUTING_WORKERS) {
        event->envelope = message->frames[at++];
    }
    if (port != ROUTING_FEED) {
        event->header = message->frames[at++];
    }
    event->body = message->frames[at];
    return true;
}

static bool take_message(struct relay *relay, unsigned port)
{
    TH_SCOPED(th_message_clear) struct th_message message = {0};
    const enum th_err err = th_sock_receive(door_sock(relay, port), &message);
    if (err == TH_E_BUSY) {
        return false;
    }
    if (err == TH_E_IO) {
        fail(relay, "receive-failed", err);
        return false;
    }
    struct th_event event = {.kind = TH_EV_MESSAGE, .port = port, .from = message.from};
    if (err != TH_OK || !read_frames(port, &message, &event)) {
        routing_wrong_frames(&relay->routing);
        return true;
    }
    step(relay, &event);
    return true;
}

static void drain(struct relay *relay, unsigned port)
{
    for (int i = 0; i < DRAIN_MAX && !relay->over; i++) {
        if (!take_message(relay, port)) {
            return;
        }
    }
}

// ---- roster, guard, self-test ----

// A machine that is busy for seconds answers no knock; doors that never answer serve nobody.
static void self_test(struct relay *relay)
{
    const enum th_err err = doors_self_test(&relay->doors);
    relay->self_tests_late = err == TH_E_TIMEOUT ? relay->self_tests_late + 1 : 0;
    relay->self_test_ms = th_now_ms() + relay->self_test_every_ms;
    if (relay->self_tests_late > 0 && relay->self_tests_late < RELAY_SELF_TESTS_LATE) {
        relay->self_test_ms = th_now_ms() + SELF_TEST_AGAIN_MS;
        th_log(LOG_WARNING, "self-test-late", "times=%u", relay->self_tests_late);
    } else if (err != TH_OK) {
        fail(
            relay, "self-test-failed", err); // somebody may be let in: the supervisor starts afresh
    }
}

static void cut_doors(struct relay *relay, unsigned doors)
{
    static const unsigned BITS[ROUTING_PORTS] = {
        ZAP_NODES, ZAP_WORKERS, ZAP_QUERIES, ZAP_FEED, ZAP_RELAY};
    for (unsigned port = 0; port < ROUTING_PORTS && !relay->over; port++) {
        if ((doors & BITS[port]) != 0) {
            cut(relay, (enum routing_port)port);
        }
    }
}

enum th_err relay_tell_state(const struct relay *relay)
{
    struct th_broker_state state = {.generation = relay->keyring.roster->generation,
                                    .pid = getpid()};
    doors_tell(&relay->doors, &state);
    return th_broker_state_write(relay->state_path, &state);
}

static void log_findings(struct th_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        char line[TH_FINDING_TEXT_BYTES];
        (void)th_finding_text(th_findings_at(findings, i), TH_LANG_EN, line, sizeof(line));
        th_log(LOG_ERR, "roster-refused", "what=%s", line);
    }
}

// The command that changes them raises the roster's generation afterwards.
enum th_err relay_look_at_keys(struct relay *relay)
{
    TH_SCOPED(th_key_forget) struct th_key_pair own = {0};
    char next[TH_Z85_SIZE];
    uint8_t bytes[TH_CURVE_BYTES];
    struct th_verdict why;
    const bool has_next = th_key_read_public(relay->keys, "broker.next", next, &why) == TH_OK &&
                          th_z85_read(th_bytes_of(next), bytes) == TH_OK;
    routing_set_server_key(&relay->routing, has_next ? bytes : NULL);
    TH_TRY(announced_set(&relay->announced, has_next ? bytes : NULL));
    if (th_key_read(relay->keys, "broker", &own, &why) != TH_OK ||
        strcmp(own.public_key, relay->doors.public_key) == 0) {
        return TH_OK; // what cannot be read leaves the one before in force
    }
    th_log(LOG_NOTICE, "own-key", "changed=%s", "yes");
    return doors_rekey(&relay->doors, &own);
}

static void reload_roster(struct relay *relay)
{
    struct th_finding kept[8];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), relay->keyring.path);
    struct th_roster *old = NULL;
    unsigned doors = 0;
    const enum th_err err = keyring_reload(&relay->keyring, &findings, &old, &doors);
    if (err != TH_OK) {
        th_log(LOG_ERR, "roster-kept", "error=%s", th_err_name(err));
        log_findings(&findings);
        return;
    }
    // From the next message on the core refuses what was revoked; then its connections go, and only
    // then the command that waits is told.
    relay->roster_due = false;
    routing_set_roster(&relay->routing, relay->keyring.roster);
    th_roster_free(&old);
    struct th_event changed = {.kind = TH_EV_ROSTER};
    step(relay, &changed);
    cut_doors(relay, doors);
    const enum th_err rekeyed = relay_look_at_keys(relay);
    if (rekeyed != TH_OK) {
        fail(relay, "keys-failed", rekeyed);
        return;
    }
    self_test(relay);
    if (!relay->over && relay_tell_state(relay) != TH_OK) {
        th_log(LOG_ERR, "state-not-written", "path=%s", relay->state_path);
    }
    th_log(LOG_NOTICE, "roster", "generation=%" PRIu64, relay->keyring.roster->generation);
}

static void look_after_memory(struct relay *relay)
{
    enum guard_state state = guard_look(&relay->guard);
    routing_set_busy(&relay->routing, state != GUARD_GOOD);
    for (unsigned port = 0; port < ROUTING_PORTS && state == GUARD_OVER && !relay->over; port++) {
        th_log(LOG_ERR, "memory", "resident=%" PRIu64, guard_resident());
        cut(relay, (enum routing_port)port);
        state = guard_look(&relay->guard);
    }
    if (state == GUARD_OVER) {
        fail(relay, "memory-over", TH_E_NO_MEMORY);
    }
}

// At the limit the library's threads spin and nothing can be opened: said before that.
static void look_after_descriptors(struct relay *relay)
{
    struct rlimit limit;
    const uint64_t open = guard_descriptors();
    relay->guard.connections = open;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && open * 100 > limit.rlim_cur * DESCRIPTORS_ALARM) {
        th_log(LOG_ERR,
               "descriptors",
               "open=%" PRIu64 " limit=%" PRIu64,
               open,
               (uint64_t)limit.rlim_cur);
    }
}

static void look_after_time(struct relay *relay)
{
    const uint64_t now = th_now_ms();
    if (now >= relay->wake_ms) {
        struct th_event tick = {.kind = TH_EV_TICK};
        step(relay, &tick);
    }
    if (now >= relay->roster_look_ms) {
        relay->roster_look_ms = now + ROSTER_LOOK_MS;
        if (keyring_is_stale(&relay->keyring)) {
            reload_roster(relay);
        }
    }
    if (relay->cut_due != 0 && now >= relay->cut_ms) {
        const unsigned doors = relay->cut_due;
        relay->cut_due = 0;
        cut_doors(relay, doors);
    }
    if (now >= relay->guard_look_ms) {
        relay->guard_look_ms = now + GUARD_LOOK_MS;
        if (announced_write(&relay->announced) != TH_OK) {
            th_log(LOG_WARNING, "knows-not-kept", "path=%s", relay->announced.path);
        }
        look_after_memory(relay);
    }
    if (now >= relay->descriptors_ms) {
        relay->descriptors_ms = now + DESCRIPTORS_LOOK_MS;
        look_after_descriptors(relay);
    }
    if (now >= relay->self_test_ms) {
        self_test(relay);
    }
}

// ---- signals ----

void relay_configure(struct relay *relay, const struct th_config *config)
{
    const struct routing_limits limits = {
        .window_batches = (uint32_t)th_config_number(config, "broker.window_batches"),
        .window_bytes = th_config_number(config, "broker.window_bytes")};
    routing_set_limits(&relay->routing, &limits);
    relay->guard.memory_max = th_config_number(config, "broker.memory_max");
    relay->self_test_every_ms = th_config_number(config, "broker.self_test_every");
    relay->self_test_ms = th_now_ms() + relay->self_test_every_ms;
}

static void reread(struct relay *relay)
{
    const struct th_config *config = relay->reread(relay->reread_self);
    if (config == NULL) {
        th_log(LOG_ERR, "config-kept", "%s", "");
    } else {
        relay_configure(relay, config);
        th_log(LOG_NOTICE, "config", "%s", "");
    }
    reload_roster(relay);
}

static void take_signals(struct relay *relay)
{
    struct signalfd_siginfo info;
    while (read(relay->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            reread(relay);
        } else {
            struct th_event stop = {.kind = TH_EV_STOP};
            step(relay, &stop);
        }
    }
}

// ---- the loop ----

static int wait_of(const struct relay *relay)
{
    uint64_t next = relay->roster_look_ms;
    next = relay->wake_ms < next ? relay->wake_ms : next;
    const uint64_t now = th_now_ms();
    return next > now ? (int)(next - now) : 0;
}

static void turn(struct relay *relay)
{
    struct th_poll_item items[ROUTING_PORTS + 1];
    for (unsigned port = 0; port < ROUTING_PORTS; port++) {
        items[port] = (struct th_poll_item){.sock = door_sock(relay, port)};
    }
    items[ROUTING_PORTS] = (struct th_poll_item){.fd = relay->signals};
    const enum th_err err = th_poll(items, TH_COUNT(items), wait_of(relay));
    if (err != TH_OK) {
        fail(relay, "poll-failed", err);
        return;
    }
    if (items[ROUTING_PORTS].readable) {
        take_signals(relay);
    }
    for (unsigned port = 0; port < ROUTING_PORTS && !relay->over; port++) {
        if (items[port].readable) {
            drain(relay, port);
        }
    }
    if (!relay->over) {
        look_after_time(relay);
    }
}

int relay_run(struct relay *relay)
{
    struct th_event start = {.kind = TH_EV_START};
    step(relay, &start);
    relay->self_test_ms = th_now_ms() + relay->self_test_every_ms; // done before READY
    while (!relay->over) {
        turn(relay);
    }
    return relay->exit_code;
}
