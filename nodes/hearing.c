// hearing.c - see hearing.h

#include "nodes/hearing.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/bundle.h"
#include "nodes/confirm.h"
#include "nodes/heal.h"
#include "nodes/move.h"
#include "nodes/resync.h"
#include "nodes/speech.h"
#include "nodes/stream.h"

// What the province says in its numbering of our stream, in ours.
static void own_numbers(const struct outbox *box, struct th_decided *decided)
{
    decided->seq = outbox_own(box, decided->seq);
    decided->verdicts_after = outbox_own(box, decided->verdicts_after);
    decided->verdicts_through = outbox_own(box, decided->verdicts_through);
}

// One opening of a store never forgets: whatever it decided less is from before.
static bool is_overtaken(const struct outbox *box, const struct th_decided *decided)
{
    return decided->store_id == box->store_id && decided->store_epoch == box->store_epoch &&
           decided->seq < box->decided;
}

// What a desk said of the register is said again in its order, out of history, where the province
// has another register than the desk.
static bool repeats_register(struct outbox *box, const struct th_welcome *welcome)
{
    uint8_t held[32];
    uint64_t bytes = 0;
    return box->kept_from == 1 && box->identity.epoch == 1 && welcome->has_register &&
           bundle_held(box, held, &bytes) == TH_OK &&
           memcmp(held, welcome->register_digest, sizeof(held)) != 0 && resync_says_register(box);
}

// Before what it signed is looked at.
static void learn_successions(const struct session *session, const struct th_welcome *welcome)
{
    const struct session_verifier *verifier = &session->verifier;
    for (size_t i = 0; verifier->learn != NULL && i < welcome->succession_count; i++) {
        verifier->learn(verifier->self, welcome->successions[i]);
    }
}

static enum th_err on_welcome(struct session *session,
                              struct outbox *box,
                              const struct th_event *event,
                              const struct th_header *header,
                              struct th_actions *actions)
{
    const uint64_t epoch = header->epoch;
    struct th_welcome welcome;
    if (th_welcome_read(event->body, &session->arena, &welcome, NULL) != TH_OK) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
    struct th_decided *decided = &welcome.decided;
    if ((decided->store_id == box->store_id && decided->store_epoch < box->store_epoch &&
         !th_mutant(18)) ||
        epoch < box->identity.epoch || move_is_mending(session)) {
        return TH_OK; // N3: a worker that has lost the province without knowing; or an old frame
    }
    if (header->correlation != 0 && header->correlation != session->greeting) {
        return TH_OK; // of an earlier HELLO: that is how far the province was
    }
    if (epoch > box->identity.epoch) {
        heal_begin(session, box, decided, epoch, event, actions);
        return TH_OK;
    }
    const struct th_decided said = *decided;
    own_numbers(box, decided);
    if (session->state == SESSION_OPEN && is_overtaken(box, decided)) {
        return TH_OK; // N3: an old frame, come twice
    }
    enum stream_fit fit = STREAM_FITS;
    bool changed = false;
    TH_TRY(stream_chain_to(box, decided->seq, &changed));
    TH_TRY(stream_compare(box, decided, &fit));
    if (fit == STREAM_FORK && said.seq >= box->identity.lead) {
        heal_begin(session, box, &said, epoch, event, actions);
        return move_settle(session, box, changed, event->now_ms, actions);
    }
    if (fit == STREAM_BEHIND ||
        (stream_is_lost(session, box, &said) && !repeats_register(box, &welcome))) {
        const struct resync_from from = {
            .epoch = epoch, .store_id = said.store_id, .store_epoch = said.store_epoch};
        TH_TRY(resync_begin(session, box, &from, event, &changed, actions));
        return move_settle(session, box, changed, event->now_ms, actions);
    }
    learn_successions(session, &welcome);
    TH_TRY(stream_welcome(session, box, decided, &changed));
    move_enter(session, SESSION_OPEN, actions);
    session->announced = false;
    th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_DECIDED;
    TH_TRY(speech_want_register(session, box, &welcome, actions));
    if (stream_is_missing(session)) {
        move_ping(session, box, event->now_ms, actions);
    }
    return move_settle(session, box, changed, event->now_ms, actions);
}

static enum th_err on_decided(struct session *session,
                              struct outbox *box,
                              const struct th_event *event,
                              const struct th_header *header,
                              struct th_actions *actions)
{
    struct th_decided decided;
    const bool is_pong = header->type == TH_MSG_PONG;
    if (session->state != SESSION_OPEN || header->epoch < box->identity.epoch) {
        return TH_OK;
    }
    if (th_decided_read(event->body, &session->arena, &decided, NULL) != TH_OK) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
    own_numbers(box, &decided);
    const bool other_store = decided.store_id != session->store_id && !th_mutant(20);
    if (decided.store_epoch < session->store_epoch && !other_store) {
        return TH_OK; // N3
    }
    // Another store, or a later opening that has forgotten what an earlier one said: only a WELCOME
    // may set us back.
    const bool forgot =
        decided.store_epoch > session->store_epoch && decided.seq < session->decided;
    if (other_store || forgot || header->epoch > box->identity.epoch) {
        move_doubt(session, event->now_ms, actions);
        return TH_OK;
    }
    if (decided.seq + 1 < box->kept_from && decided.seq < session->decided) {
        return TH_OK; // an old frame: only what this store had decided has left our history
    }
    enum stream_fit fit = STREAM_FITS;
    TH_TRY(stream_compare(box, &decided, &fit));
    if (fit != STREAM_FITS) {
        move_suspect(session, event->now_ms, actions);
        return TH_OK;
    }
    if (decided.seq > session->decided) {
        session->suspicions = 0;
    }
    session->store_epoch = decided.store_epoch;
    bool changed = false;
    TH_TRY(stream_decided(session, box, &decided, event->now_ms, &changed));
    if (confirm_doubts(session)) { // a WELCOME says which keys there are
        move_doubt(session, event->now_ms, actions);
        return move_settle(session, box, changed, event->now_ms, actions);
    }
    th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_DECIDED;
    const bool hole = decided.notices_after > box->notice && session->ping_ms == 0;
    if (stream_is_missing(session) || hole) {
        move_ping(session, box, event->now_ms, actions);
    } else if (is_pong && session->sent > session->decided) {
        // The worker has looked at its store after everything we sent before the PING.
        stream_resend(session, actions);
    }
    if (is_pong) {
        session->announced = false;
        speech_register_again(session, box, actions);
    }
    return move_settle(session, box, changed, event->now_ms, actions);
}

// What stops the stream. A fork is looked at first: the WELCOME of the next HELLO tells which one.
static void on_stop(struct session *session,
                    const struct th_event *event,
                    uint32_t code,
                    struct th_actions *actions)
{
    const bool fork = code == TH_M_STREAM_FORK || code == TH_M_STREAM_OLD_EPOCH;
    if (fork && session->state == SESSION_OPEN) {
        move_suspect(session, event->now_ms, actions);
    } else if (fork &&
               (session->suspected || code == TH_M_STREAM_OLD_EPOCH || move_is_mending(session))) {
        return; // of a batch that was sent before
    } else {
        move_stop(session, move_is_mending(session) ? TH_M_STREAM_FORK : code, actions);
    }
}

static enum th_err on_refusal(struct session *session,
                              struct outbox *box,
                              const struct th_event *event,
                              struct th_actions *actions)
{
    struct th_refusal refusal;
    if (th_refusal_read(event->body, &session->arena, &refusal, NULL) != TH_OK) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
    session->announced = false; // if that was refused it is said again
    if (refusal.class != TH_REFUSE_RETRY) {
        on_stop(session, event, refusal.code, actions);
        return TH_OK;
    }
    session->reason = refusal.code;
    if (refusal.code == 3101) {
        if (session->state == SESSION_OPEN && session->ping_ms == 0) {
            move_ping(session, box, event->now_ms, actions);
        }
        return TH_OK;
    }
    const uint64_t wait =
        th_mutant(24) ? UINT32_MAX : move_min(refusal.retry_ms, session->limits->resend_max_ms);
    const uint64_t until = event->now_ms + move_draw(session, wait / 2 + 1, wait + 1);
    if (session->state == SESSION_OPEN) {
        session->not_before_ms = until;
        stream_resend(session, actions);
    } else {
        session->greet_ms = until;
        session->deadline_ms = until + session->limits->hello_wait_ms;
    }
    return TH_OK;
}

static bool is_about(const struct th_joined *joined, const struct outbox *box, const uint8_t *key)
{
    return joined->number == box->identity.node &&
           memcmp(joined->public_key, key, sizeof(joined->public_key)) == 0;
}

// Both keys are let in; from here on we come with the new one.
static void rotated(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    memcpy(session->public_key, session->next_key, sizeof(session->public_key));
    session->has_next = false;
    session->rotate = false;
    session->greeted_once = false;
    session->link_up = false;
    session->ping_ms = 0;
    session->deadline_ms = now_ms + session->limits->hello_wait_ms;
    th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_ROTATED;
    move_enter(session, SESSION_DOWN, actions);
    th_actions_add(actions, TH_ACT_REBUILD)->code = session->endpoint;
}

static enum th_err on_joined(struct session *session,
                             struct outbox *box,
                             const struct th_event *event,
                             struct th_actions *actions)
{
    struct th_joined joined;
    const bool read = th_joined_read(event->body, &session->arena, &joined, NULL) == TH_OK;
    if (read && session->state == SESSION_JOINING && is_about(&joined, box, session->public_key)) {
        TH_TRY(outbox_joined(box));
        session->just_joined = true;
        move_commit(session, actions);
    } else if (read && session->state == SESSION_OPEN && session->has_next &&
               is_about(&joined, box, session->next_key)) {
        rotated(session, event->now_ms, actions);
    } else {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
    }
    return TH_OK;
}

// What the broker says on top of what the province does.
static void
hear_stamps(struct session *session, const struct th_header *header, struct th_actions *actions)
{
    if (header->window_batches == 0) {
        return; // it stamps all of them, or none
    }
    session->window_batches =
        header->window_batches < SESSION_WINDOW_MAX ? header->window_batches : SESSION_WINDOW_MAX;
    session->window_bytes = header->window_bytes;
    if (header->rotate && !session->rotate && !session->has_next) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_ROTATE;
    }
    session->rotate = header->rotate;
}

enum th_err
hearing_message(struct session *session, const struct th_event *event, struct th_actions *actions)
{
    struct th_header header;
    struct outbox box;
    if (th_header_read(event->header, &header, NULL) != TH_OK) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
    if (session->state == SESSION_STOPPED) {
        return TH_OK;
    }
    TH_TRY(outbox_load(session->store, &box));
    move_heard(session, event->now_ms);
    hear_stamps(session, &header, actions);
    header.epoch = header.epoch == 0 ? box.identity.epoch : header.epoch;
    switch (header.type) {
    case TH_MSG_WELCOME:
        return on_welcome(session, &box, event, &header, actions);
    case TH_MSG_ACK:
    case TH_MSG_PONG:
        return on_decided(session, &box, event, &header, actions);
    case TH_MSG_REFUSAL:
        return on_refusal(session, &box, event, actions);
    case TH_MSG_JOINED:
        return on_joined(session, &box, event, actions);
    case TH_MSG_REGISTER: {
        bool changed = false;
        TH_TRY(speech_register_part(session, &box, event->body, &changed, actions));
        return move_settle(session, &box, changed, event->now_ms, actions);
    }
    case TH_MSG_RESTORE: {
        bool changed = false;
        TH_TRY(heal_part(session, &box, event, &changed, actions));
        if (changed) {
            move_commit(session, actions);
        }
        return TH_OK;
    }
    case TH_MSG_RESYNCED: {
        bool changed = false;
        TH_TRY(resync_answered(session, &box, event, &changed, actions));
        if (changed) {
            move_commit(session, actions);
        }
        return TH_OK;
    }
    default:
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
}
