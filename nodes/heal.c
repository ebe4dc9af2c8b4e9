// heal.c - see heal.h

#include "nodes/heal.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/confirm.h"
#include "nodes/current.h"
#include "nodes/move.h"
#include "nodes/resync.h"
#include "nodes/speech.h"

enum { RESTARTS_MAX = 8 };

// H3. Of a store that has not said what is acknowledged here, everything that is kept is sent
// again.
static uint64_t settled(const struct outbox *box, const struct th_decided *decided, bool same_epoch)
{
    const bool heard = decided->store_id == box->store_id &&
                       (!same_epoch || outbox_own(box, decided->seq) >= box->decided);
    const uint64_t known = box->decided < box->verdict_seq ? box->decided : box->verdict_seq;
    return heard && known >= box->kept_from - 1 ? known : box->kept_from - 1;
}

void heal_ask(struct session *session,
              const struct outbox *box,
              uint64_t now_ms,
              struct th_actions *actions)
{
    session->greet_ms = 0;
    session->deadline_ms = now_ms + session->limits->hello_wait_ms;
    speech_restore(session, box, &session->heal.after, actions);
}

void heal_begin(struct session *session,
                const struct outbox *box,
                const struct th_decided *decided,
                uint64_t epoch,
                const struct th_event *event,
                struct th_actions *actions)
{
    const bool same_epoch = epoch <= box->identity.epoch;
    session->heal = (struct session_heal){
        .epoch = (same_epoch ? box->identity.epoch : epoch) + 1,
        .base = settled(box, decided, same_epoch),
        .lost = box->store_id != 0 && decided->store_id != box->store_id,
        .store_id = decided->store_id,
        .store_epoch = decided->store_epoch,
    };
    session->dirty = false;
    move_enter(session, SESSION_RESTORING, actions);
    heal_ask(session, box, event->now_ms, actions);
}

// ---- RESTORE ----

static bool is_next(const struct session *session, const struct th_restore *part)
{
    return part->after.version == session->heal.after.version &&
           part->after.index == session->heal.after.index;
}

// Other records than when the first piece was made: what was taken over stays, and all is asked for
// again.
static bool is_other(const struct session_heal *heal, const struct th_restore *part)
{
    return heal->begun &&
           (heal->live != part->live || memcmp(heal->sum, part->sum, sizeof(heal->sum)) != 0);
}

static bool is_live_record(const struct th_update *update)
{
    return update->op != TH_OP_WITHDRAW &&
           (update->kind == TH_KIND_EVALUATION || update->kind == TH_KIND_COLLECTIVE ||
            update->kind == TH_KIND_STAFFING || update->kind == TH_KIND_TRANSFER);
}

static void begin_again(struct session *session,
                        const struct outbox *box,
                        const struct th_event *event,
                        struct th_actions *actions)
{
    struct session_heal *heal = &session->heal;
    if (++heal->restarts > RESTARTS_MAX) {
        move_stop(session, TH_M_STREAM_FORK, actions);
        return;
    }
    heal->begun = false;
    heal->after = (struct th_spot){0};
    heal->taken = 0;
    heal_ask(session, box, event->now_ms, actions);
}

static enum th_err
take_over(struct session *session, struct outbox *box, const struct th_restore *part)
{
    struct session_heal *heal = &session->heal;
    heal->begun = true;
    heal->live = part->live;
    memcpy(heal->sum, part->sum, sizeof(heal->sum));
    for (size_t i = 0; i < part->batch.count; i++) {
        const struct th_update *update = &part->batch.updates[i];
        TH_TRY(current_restore(box, part->keys[i], update, heal->base));
        heal->taken += is_live_record(update) ? 1 : 0;
    }
    heal->after = part->next;
    return TH_OK;
}

static enum th_err next_epoch(struct session *session, struct outbox *box)
{
    const struct session_heal *heal = &session->heal;
    TH_TRY(confirm_write(session, box)); // receipts of the epoch that ends
    TH_TRY(current_forget_verdicts(box, heal->base));
    const uint64_t base = th_mutant(57) ? box->chained : heal->base;
    TH_TRY(outbox_next_epoch(box, heal->epoch, base, NULL));
    session->decided = box->decided;
    session->sent = box->decided;
    session->verdict_seq = box->verdict_seq;
    return TH_OK;
}

enum th_err heal_part(struct session *session,
                      struct outbox *box,
                      const struct th_event *event,
                      bool *changed,
                      struct th_actions *actions)
{
    struct th_restore part;
    if (session->state != SESSION_RESTORING || session->heal.whole) {
        return TH_OK;
    }
    if (th_restore_read(event->body, &session->arena, &part, NULL) != TH_OK) {
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        return TH_OK;
    }
    if (!is_next(session, &part)) {
        return TH_OK; // asked for twice
    }
    if (is_other(&session->heal, &part)) {
        begin_again(session, box, event, actions);
        return TH_OK;
    }
    TH_TRY(take_over(session, box, &part));
    if (part.last && session->heal.taken != part.live) {
        begin_again(session, box, event, actions);
        *changed = session->state == SESSION_RESTORING;
        return TH_OK;
    }
    session->heal.whole = part.last;
    if (part.last && !session->heal.lost) {
        TH_TRY(next_epoch(session, box));
    }
    *changed = true;
    return TH_OK;
}

enum th_err heal_after_commit(struct session *session,
                              struct outbox *box,
                              const struct th_event *event,
                              bool *changed,
                              struct th_actions *actions)
{
    const struct session_heal *heal = &session->heal;
    const uint64_t now_ms = event->now_ms;
    if (heal->whole && heal->lost) {
        const struct resync_from from = {
            .epoch = heal->epoch - 1, .store_id = heal->store_id, .store_epoch = heal->store_epoch};
        return resync_begin(session, box, &from, event, changed, actions);
    }
    if (heal->whole) {
        move_doubt(session, now_ms, actions);
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_RESTORED;
        return TH_OK;
    }
    heal_ask(session, box, now_ms, actions);
    return TH_OK;
}
