// session.c - see session.h for the states and the invariants

#include "nodes/session.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/confirm.h"
#include "nodes/heal.h"
#include "nodes/hearing.h"
#include "nodes/move.h"
#include "nodes/resync.h"
#include "nodes/speech.h"

const struct session_limits SESSION_LIMITS = {
    .hello_wait_ms = 30 * 1000,
    .hello_wait_max_ms = 120 * 1000,
    .hello_delay_ms = 2000,
    .silence_ms = 20 * 1000,
    .ping_wait_ms = 15 * 1000,
    .resend_first_ms = 5000,
    .resend_max_ms = 5 * 60 * 1000,
    .refused_ms = 30 * 1000,
    .refused_max_ms = 5 * 60 * 1000,
    .flush_ms = 200,
    .window_batches = 8,
    .window_bytes = 1024 * 1024,
    .endpoints = 1,
    .keep_bytes = 1024ULL * 1024 * 1024,
    .keep_ms = 90LL * 24 * 3600 * 1000,
};

const char *session_state_name(enum session_state state)
{
    switch (state) {
#define X(name, meaning) \
    case name:           \
        return meaning;
        SESSION_STATES(X)
#undef X
    }
    th_unreachable();
}

enum th_err session_init(struct session *session,
                         const struct session_limits *limits,
                         struct th_store store,
                         const uint8_t public_key[static 32],
                         struct th_memory memory)
{
    if (memory.size < SESSION_MEMORY_BYTES || limits->window_batches == 0 ||
        limits->window_batches > SESSION_WINDOW_MAX || limits->endpoints == 0) {
        return TH_E_INVALID;
    }
    uint8_t *base = memory.base;
    *session = (struct session){
        .limits = limits,
        .store = store,
        .arena = th_arena_of(base, TH_ARENA_BYTES),
        .out = th_arena_of(base + TH_ARENA_BYTES, memory.size - TH_ARENA_BYTES),
        .window_batches = limits->window_batches,
        .window_bytes = limits->window_bytes,
        .resend_ms = limits->resend_first_ms,
    };
    memcpy(session->public_key, public_key, sizeof(session->public_key));
    return TH_OK;
}

void session_verify_with(struct session *session, const struct session_verifier *verifier)
{
    session->verifier = *verifier;
}

void session_next_key(struct session *session, const uint8_t *public_key)
{
    session->has_next = public_key != NULL;
    session->announced = false;
    if (public_key != NULL) {
        memcpy(session->next_key, public_key, sizeof(session->next_key));
    }
}

void session_server_key(struct session *session, uint64_t tag)
{
    session->server_key = tag;
}

// ---- time ----

static enum th_err greet(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    struct outbox box;
    TH_TRY(outbox_load(session->store, &box));
    session->greet_ms = 0;
    session->greeted_once = true;
    session->deadline_ms =
        now_ms +
        move_backoff(session, session->limits->hello_wait_ms, session->limits->hello_wait_max_ms);
    move_enter(session, box.joined ? SESSION_HELLO : SESSION_JOINING, actions);
    return speech_greet(session, &box, actions);
}

static enum th_err
on_tick_open(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    const struct session_limits *limits = session->limits;
    struct outbox box;
    TH_TRY(outbox_load(session->store, &box));
    if (session->ping_ms != 0) {
        if (now_ms >= session->ping_ms + limits->ping_wait_ms) {
            if (session->pings >= 3) {
                move_rebuild(session, now_ms, actions);
                return TH_OK;
            }
            move_ping(session, &box, now_ms, actions);
        }
    } else if (now_ms >= session->heard_ms + limits->silence_ms) {
        move_ping(session, &box, now_ms, actions);
    } else if (session->sent > session->decided &&
               now_ms >= session->progress_ms + session->resend_ms) {
        session->resend_ms = move_min(session->resend_ms * 2, limits->resend_max_ms);
        session->progress_ms = now_ms - move_draw(session, 0, session->resend_ms / 2);
        move_ping(session, &box, now_ms, actions);
    }
    return move_settle(session, &box, false, now_ms, actions);
}

static enum th_err on_tick(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    switch (session->state) {
    case SESSION_OPEN:
        return on_tick_open(session, now_ms, actions);
    case SESSION_DOWN:
    case SESSION_HELLO:
    case SESSION_JOINING:
        if (session->link_up && session->greet_ms != 0 && now_ms >= session->greet_ms) {
            return greet(session, now_ms, actions);
        }
        if (now_ms >= session->deadline_ms) {
            move_rebuild(session, now_ms, actions);
        }
        return TH_OK;
    case SESSION_REFUSED:
        if (now_ms >= session->deadline_ms) {
            move_rebuild(session, now_ms, actions);
        }
        return TH_OK;
    case SESSION_RESTORING:
    case SESSION_RESYNCING:
        if (session->link_up && session->greet_ms != 0 && now_ms >= session->greet_ms) {
            struct outbox box;
            TH_TRY(outbox_load(session->store, &box));
            if (session->state == SESSION_RESYNCING) {
                return resync_send(session, &box, now_ms, actions);
            }
            heal_ask(session, &box, now_ms, actions);
        } else if (now_ms >= session->deadline_ms) {
            move_rebuild(session, now_ms, actions);
        }
        return TH_OK;
    case SESSION_STOPPED:
        return TH_OK;
    }
    th_unreachable();
}

static void on_link_up(struct session *session, uint64_t now_ms)
{
    session->link_up = true;
    session->suspected = false;
    session->sent = session->decided;
    session->greet_ms = session->greeted_once
                            ? now_ms + move_draw(session, 1, session->limits->hello_delay_ms + 1)
                            : now_ms;
    session->greet_ms += session->greet_ms == 0 ? 1 : 0;
    session->deadline_ms = session->greet_ms + session->limits->hello_wait_ms;
}

static void on_link_down(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    session->link_up = false;
    session->fetching = false;
    session->sent = session->decided;
    session->ping_ms = 0;
    session->pings = 0;
    session->greet_ms = 0;
    session->deadline_ms = now_ms + session->limits->hello_wait_ms;
    if (session->state != SESSION_STOPPED && session->state != SESSION_REFUSED) {
        move_enter(session, SESSION_DOWN, actions);
    }
}

static void
on_key_refused(struct session *session, const struct th_event *event, struct th_actions *actions)
{
    session->link_up = false;
    if (session->state == SESSION_STOPPED) {
        return; // why it stopped is still what the desk must know
    }
    session->reason = event->code;
    session->deadline_ms =
        event->now_ms +
        move_backoff(session, session->limits->refused_ms, session->limits->refused_max_ms);
    move_enter(session, SESSION_REFUSED, actions);
}

static enum th_err on_start(struct session *session, const struct th_event *event)
{
    struct outbox box;
    TH_TRY(outbox_load(session->store, &box));
    session->entropy = event->body.size >= 8 ? th_get_u64(event->body.data) : 1;
    session->greeting = session->entropy >> 1; // other numbers than those of an earlier life
    session->decided = box.decided;
    session->sent = box.decided;
    session->version = box.version;
    session->verdict_seq = box.verdict_seq;
    TH_TRY(confirm_begin(session, &box));
    session->store_id = box.store_id;
    session->store_epoch = box.store_epoch;
    session->deadline_ms = event->now_ms + session->limits->hello_wait_ms;
    return TH_OK;
}

static enum th_err
on_committed(struct session *session, const struct th_event *event, struct th_actions *actions)
{
    session->committing = false;
    if (event->kind == TH_EV_COMMIT_FAILED && !th_mutant(9)) {
        // Nothing of it is on disk; everything is asked for again. A disk that is full empties.
        session->just_joined = false;
        session->fetching = false;
        session->verdict_seq = 0; // at most: what the outbox holds is read at the next answer
        session->not_before_ms = event->now_ms + session->limits->resend_first_ms;
        struct outbox box;
        TH_TRY(outbox_load(session->store, &box));
        session->verdict_seq = box.verdict_seq;
        TH_TRY(confirm_begin(session, &box));
        if (session->stopping) {
            speech_bye(session, &box, actions);
            th_actions_add(actions, TH_ACT_EXIT)->code = 0;
        } else if (session->state == SESSION_OPEN || move_is_mending(session)) {
            // What a WELCOME or a piece said is gone, too.
            move_doubt(session, session->not_before_ms, actions);
        }
        return TH_OK;
    }
    if (session->just_joined) {
        session->just_joined = false;
        session->greeted_once = false;
        session->link_up = false;
        session->deadline_ms = event->now_ms + session->limits->hello_wait_ms;
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_JOINED;
        move_enter(session, SESSION_DOWN, actions);
        th_actions_add(actions, TH_ACT_REBUILD)->code = session->endpoint;
        return TH_OK;
    }
    struct outbox box;
    TH_TRY(outbox_load(session->store, &box));
    if (move_is_mending(session) && !session->stopping) {
        bool changed = false;
        TH_TRY(session->state == SESSION_RESTORING
                   ? heal_after_commit(session, &box, event, &changed, actions)
                   : resync_after_commit(session, &box, event->now_ms, &changed, actions));
        if (changed) {
            move_commit(session, actions);
        }
        return TH_OK;
    }
    TH_TRY(speech_after_commit(session, &box, actions));
    return move_settle(session, &box, false, event->now_ms, actions);
}

// N4: the next moment at which something must be looked at.
static void rearm(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    uint64_t at = session->deadline_ms;
    if (session->state == SESSION_STOPPED) {
        return;
    }
    if (session->state == SESSION_OPEN) {
        const struct session_limits *limits = session->limits;
        at = session->ping_ms != 0 ? session->ping_ms + limits->ping_wait_ms
                                   : session->heard_ms + limits->silence_ms;
        if (session->ping_ms == 0 && session->sent > session->decided) {
            at = move_min(at, session->progress_ms + session->resend_ms);
        }
        if (session->not_before_ms > now_ms) {
            at = move_min(at, session->not_before_ms);
        }
        if (session->dirty) {
            at = move_min(at, session->dirty_at_ms + limits->flush_ms);
        }
        if (session->more_to_send) {
            at = now_ms;
        }
    } else if (session->link_up && session->greet_ms != 0) {
        at = move_min(at, session->greet_ms);
    }
    th_actions_add(actions, TH_ACT_WAKE)->at_ms = at > now_ms ? at : now_ms + 1;
}

static enum th_err
dispatch(struct session *session, const struct th_event *event, struct th_actions *actions)
{
    struct outbox box;
    switch (event->kind) {
    case TH_EV_START:
        return on_start(session, event);
    case TH_EV_LINK_UP:
        on_link_up(session, event->now_ms);
        return TH_OK;
    case TH_EV_LINK_DOWN:
        on_link_down(session, event->now_ms, actions);
        return TH_OK;
    case TH_EV_KEY_REFUSED:
        on_key_refused(session, event, actions);
        return TH_OK;
    case TH_EV_COMMITTED:
    case TH_EV_COMMIT_FAILED:
        return on_committed(session, event, actions);
    case TH_EV_STOP:
        session->stopping = true;
        break;
    case TH_EV_TICK:
    case TH_EV_MESSAGE:
    case TH_EV_QUEUED:
    case TH_EV_DRAINED:
    case TH_EV_ROSTER:
        break;
    }
    if (session->committing) {
        return TH_OK; // S2: the store is not touched; whatever this was is asked for again
    }
    if (event->kind == TH_EV_MESSAGE) {
        return hearing_message(session, event, actions);
    }
    if (event->kind == TH_EV_TICK) {
        return on_tick(session, event->now_ms, actions);
    }
    TH_TRY(outbox_load(session->store, &box));
    return move_settle(session, &box, false, event->now_ms, actions);
}

enum th_err
session_step(struct session *session, const struct th_event *event, struct th_actions *actions)
{
    th_arena_reset(&session->arena);
    th_arena_reset(&session->out);
    session->more_to_send = false;
    TH_TRY(dispatch(session, event, actions));
    rearm(session, event->now_ms, actions);
    return TH_OK;
}
