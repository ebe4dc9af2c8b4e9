// resync.c - see resync.h

#include "nodes/resync.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/accepted.h"
#include "nodes/confirm.h"
#include "nodes/current.h"
#include "nodes/move.h"
#include "nodes/speech.h"
#include "nodes/verdicts.h"

enum {
    FOLD_BATCHES = 64, // of one transaction
    PIECE_BYTES_MAX = 100 * 1024,
};

// Y2: the kinds, as keys begin (subject.h).
static const uint8_t ORDER[] = {
    TH_KIND_TRANSFER,
    TH_KIND_EVALUATION,
    TH_KIND_STAFFING,
    TH_KIND_COLLECTIVE,
    TH_KIND_COMPLETION,
    TH_KIND_DESK,
};

// ---- where the next piece begins ----

static struct th_bytes view(const struct resync_place *place)
{
    return (struct th_bytes){.data = place->key, .size = place->size};
}

static void move_to(struct resync_place *place, struct th_bytes key)
{
    memcpy(place->key, key.data, key.size);
    place->size = key.size;
}

// Acts about the register are in its files, and revocations in the roster.
static bool is_sent(struct th_bytes key)
{
    const uint8_t *bytes = key.data;
    return bytes[0] != TH_KIND_DESK ||
           (key.size > 1 && (bytes[1] == TH_ACT_DESK_REOPEN || bytes[1] == TH_ACT_DESK_DECISION));
}

// The row behind place, in the order of Y2. TH_E_NOT_FOUND: there is none.
static enum th_err next_row(struct outbox *box,
                            const struct resync_place *place,
                            struct resync_place *at,
                            struct accepted *row)
{
    *at = *place;
    while (at->phase < TH_COUNT(ORDER)) {
        struct th_bytes key;
        if (at->size == 0) {
            at->key[0] = ORDER[at->phase];
            at->size = 1;
        }
        const enum th_err err = accepted_next(box, view(at), &key, row);
        if (err == TH_OK && th_mutant(92) && at->size == 1) { // the first of each kind is forgotten
            move_to(at, key);
            continue;
        }
        if (err == TH_OK && ((const uint8_t *)key.data)[0] == ORDER[at->phase] &&
            key.size <= sizeof(at->key)) {
            move_to(at, key);
            if (is_sent(key)) {
                return TH_OK;
            }
            continue;
        }
        if (err != TH_OK && err != TH_E_NOT_FOUND) {
            return err;
        }
        at->phase++;
        at->size = 0;
    }
    return TH_E_NOT_FOUND;
}

// ---- a piece ----

static bool is_live(struct th_bytes key, const struct th_update *update)
{
    return update->op != TH_OP_WITHDRAW && ((const uint8_t *)key.data)[0] <= TH_KIND_TRANSFER;
}

// The days of declarations are told: one piece, one day, in whatever time zone the province is.
static int64_t time_of(const struct resync_place *at, const struct accepted *row)
{
    enum { QUARTER_MS = 15 * 60 * 1000 }; // zones are whole quarters of an hour
    return at->key[0] == TH_KIND_COMPLETION || at->key[0] == TH_KIND_DESK
               ? row->said_ms / QUARTER_MS
               : 0;
}

static enum th_err count_live(struct session *session,
                              const struct resync_place *at,
                              const struct accepted *row,
                              uint64_t *live)
{
    struct th_batch one;
    const struct th_arena before = session->arena;
    TH_TRY(th_batch_read(row->update, &session->arena, &one, NULL));
    *live += one.count == 1 && is_live(view(at), &one.updates[0]) ? 1 : 0;
    session->arena = before;
    return TH_OK;
}

/**
 * The piece that begins behind resync->from: its body at the end of out, and where it ends.
 *
 * *last: nothing is behind it.
 */
static enum th_err
make_piece(struct session *session, struct outbox *box, struct th_writer *out, bool *last)
{
    struct session_resync *resync = &session->resync;
    struct resync_place at;
    struct accepted row;
    size_t count = 0;
    resync->to = resync->from;
    resync->live = resync->live_before;
    resync->day_ms = 0;
    int64_t time = 0;
    enum th_err err = next_row(box, &resync->to, &at, &row);
    while (err == TH_OK) {
        const bool other_time = count > 0 && (time_of(&at, &row) != time);
        if (count == TH_BATCH_UPDATES_MAX || other_time ||
            out->size + row.update.size > PIECE_BYTES_MAX) {
            *last = false;
            return TH_OK;
        }
        if (count == 0) {
            time = time_of(&at, &row);
            resync->day_ms = time > 0 ? row.said_ms : 0;
        }
        th_write_bytes(out, row.update);
        TH_TRY(count_live(session, &at, &row, &resync->live));
        count++;
        resync->to = at;
        err = next_row(box, &resync->to, &at, &row);
    }
    *last = err == TH_E_NOT_FOUND;
    return *last ? TH_OK : err;
}

enum th_err resync_send(struct session *session,
                        struct outbox *box,
                        uint64_t now_ms,
                        struct th_actions *actions)
{
    struct session_resync *resync = &session->resync;
    struct th_writer body = {.data = th_arena_take(&session->out, PIECE_BYTES_MAX),
                             .max = PIECE_BYTES_MAX};
    th_assert(body.data != NULL);
    session->greet_ms = 0;
    session->deadline_ms = now_ms + session->limits->hello_wait_ms;
    TH_TRY(make_piece(session, box, &body, &resync->last));
    th_chain_next(resync->hash,
                  resync->before,
                  box->identity.node,
                  resync->epoch,
                  resync->piece,
                  th_written(&body));
    const struct th_resync piece = {
        .piece = resync->piece,
        .last = resync->last,
        .live = resync->live,
        .said_ms = resync->day_ms,
        .batch = th_written(&body),
    };
    speech_resync(session, box, &piece, actions);
    return TH_OK;
}

// ---- the way through ----

// Nothing was ever accepted: there is nothing to give, but numbers to begin anew.
static enum th_err is_nothing(struct session *session, struct outbox *box, bool *nothing)
{
    struct resync_place at;
    struct accepted row;
    const enum th_err err = next_row(box, &session->resync.from, &at, &row);
    *nothing = err == TH_E_NOT_FOUND;
    return *nothing ? TH_OK : err;
}

bool resync_says_register(struct outbox *box)
{
    static const uint8_t ACTS[] = {
        TH_ACT_DESK_UNIT, TH_ACT_DESK_SUCCESSOR, TH_ACT_DESK_REGISTER, TH_ACT_DESK_SHARE};
    for (size_t i = 0; i < TH_COUNT(ACTS); i++) {
        const uint8_t from[] = {TH_KIND_DESK, ACTS[i]};
        struct th_bytes key;
        struct accepted row;
        const enum th_err err =
            accepted_next(box, (struct th_bytes){from, sizeof(from)}, &key, &row);
        if (err == TH_OK && key.size > sizeof(from) && memcmp(key.data, from, sizeof(from)) == 0) {
            return true;
        }
    }
    return false;
}

static enum th_err
next_epoch(struct session *session, struct outbox *box, const struct outbox_lead *lead)
{
    struct session_resync *resync = &session->resync;
    resync->whole = true;
    TH_TRY(confirm_anew(session, box));
    TH_TRY(current_forget_verdicts(box, resync->base));
    TH_TRY(outbox_next_epoch(box, resync->epoch, resync->base, lead));
    // It speaks for the province from here on; what it says of notices begins anew.
    TH_TRY(outbox_given_to(box, resync->store_id, resync->store_epoch));
    TH_TRY(verdicts_forget_notices(box));
    session->decided = box->decided;
    session->sent = box->decided;
    session->verdict_seq = box->verdict_seq;
    return TH_OK;
}

// Fold what is not folded yet, then send the first piece.
static enum th_err go_on(struct session *session,
                         struct outbox *box,
                         uint64_t now_ms,
                         bool *changed,
                         struct th_actions *actions)
{
    struct session_resync *resync = &session->resync;
    bool nothing = false;
    if (resync->folding) {
        TH_TRY(accepted_fold(box, &session->arena, FOLD_BATCHES, &resync->folding));
        *changed = true;
        return TH_OK;
    }
    TH_TRY(is_nothing(session, box, &nothing));
    if (nothing) {
        *changed = true;
        return next_epoch(session, box, NULL);
    }
    return resync_send(session, box, now_ms, actions);
}

enum th_err resync_begin(struct session *session,
                         struct outbox *box,
                         const struct resync_from *from,
                         const struct th_event *event,
                         bool *changed,
                         struct th_actions *actions)
{
    const uint64_t known = box->decided < box->verdict_seq ? box->decided : box->verdict_seq;
    session->resync = (struct session_resync){
        .epoch = (from->epoch > box->identity.epoch ? from->epoch : box->identity.epoch) + 1,
        .store_id = from->store_id,
        .store_epoch = from->store_epoch,
        .base = known >= box->kept_from - 1 ? known : box->kept_from - 1,
        .piece = 1,
        .folding = true,
    };
    th_chain_start(session->resync.before,
                   th_bytes_of(box->identity.lineage),
                   box->identity.incarnation,
                   box->identity.node,
                   session->resync.epoch);
    session->dirty = false;
    session->deadline_ms = event->now_ms + session->limits->hello_wait_ms;
    move_enter(session, SESSION_RESYNCING, actions);
    return go_on(session, box, event->now_ms, changed, actions);
}

static enum th_err applied(struct session *session,
                           struct outbox *box,
                           const struct th_resynced *answer,
                           bool *changed,
                           const struct th_event *event,
                           struct th_actions *actions)
{
    struct session_resync *resync = &session->resync;
    struct outbox_lead lead = {.count = resync->piece};
    if (answer->pieces != resync->piece || !resync->last ||
        memcmp(answer->hash, resync->hash, sizeof(answer->hash)) != 0) {
        move_doubt(session, event->now_ms, actions); // another's, or of another life
        return TH_OK;
    }
    memcpy(lead.hash, resync->hash, sizeof(lead.hash));
    *changed = true;
    return next_epoch(session, box, &lead);
}

enum th_err resync_answered(struct session *session,
                            struct outbox *box,
                            const struct th_event *event,
                            bool *changed,
                            struct th_actions *actions)
{
    struct session_resync *resync = &session->resync;
    struct th_resynced answer;
    if (session->state != SESSION_RESYNCING || resync->whole || resync->folding) {
        return TH_OK;
    }
    if (th_resynced_read(event->body, &session->arena, &answer, NULL) != TH_OK ||
        answer.epoch != resync->epoch) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
    if (answer.applied) {
        return applied(session, box, &answer, changed, event, actions);
    }
    if (answer.pieces != resync->piece || resync->last ||
        memcmp(answer.hash, resync->hash, sizeof(answer.hash)) != 0) {
        return TH_OK; // heard twice
    }
    resync->piece++;
    resync->from = resync->to;
    resync->live_before = resync->live;
    memcpy(resync->before, resync->hash, sizeof(resync->before));
    return resync_send(session, box, event->now_ms, actions);
}

enum th_err resync_after_commit(struct session *session,
                                struct outbox *box,
                                uint64_t now_ms,
                                bool *changed,
                                struct th_actions *actions)
{
    if (session->resync.whole) {
        move_doubt(session, now_ms, actions);
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_RESTORED;
        return TH_OK;
    }
    return go_on(session, box, now_ms, changed, actions);
}
