// stream.c - see stream.h

#include "nodes/stream.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/confirm.h"
#include "nodes/current.h"
#include "nodes/speech.h"
#include "nodes/verdicts.h"

enum { CHAIN_BATCHES_MAX = 256, CHAIN_BYTES_MAX = 8 * 1024 * 1024 };

enum th_err stream_chain_to(struct outbox *box, uint64_t seq, bool *chained)
{
    while (box->chained < seq && seq <= box->last) {
        const uint64_t before = box->chained;
        TH_TRY(outbox_chain(box, seq - before, CHAIN_BYTES_MAX));
        th_assert(box->chained > before);
        *chained = true;
    }
    return TH_OK;
}

enum th_err
stream_compare(struct outbox *box, const struct th_decided *decided, enum stream_fit *fit)
{
    uint8_t own[32];
    *fit = STREAM_FORK;
    if (decided->seq > box->chained) {
        return TH_OK; // nothing above chained was ever sent by this outbox
    }
    if (decided->seq + 1 < box->kept_from) {
        *fit = STREAM_BEHIND; // h(0) is known for ever
        return TH_OK;
    }
    const enum th_err err = outbox_hash(box, decided->seq, own);
    if (err == TH_E_NOT_FOUND) {
        *fit = STREAM_BEHIND;
        return TH_OK;
    }
    TH_TRY(err);
    if (memcmp(own, decided->hash, sizeof(own)) == 0 || th_mutant(7)) {
        *fit = STREAM_FITS;
    }
    return TH_OK;
}

static enum th_err keep_verdicts(struct session *session,
                                 struct outbox *box,
                                 const struct th_decided *decided,
                                 bool *changed)
{
    if (decided->verdicts_after > session->verdict_seq ||
        decided->verdicts_through <= session->verdict_seq) {
        return TH_OK; // a part before this one is missing, or this one is known
    }
    for (size_t i = 0; i < decided->verdict_count && !th_mutant(15); i++) {
        struct th_item_verdict verdict = decided->verdicts[i];
        verdict.seq = outbox_own(box, verdict.seq);
        TH_TRY(verdicts_keep(box, &verdict));
        if (verdicts_refuses(verdict.verdict.code)) {
            TH_TRY(current_refuse(box, &verdict));
        }
        *changed = true;
    }
    session->verdict_seq = decided->verdicts_through;
    if (*changed) {
        return outbox_verdicts_through(box, session->verdict_seq);
    }
    if (!session->dirty) { // commands read the mark: it is written even when nothing was refused
        session->dirty = true;
        session->dirty_at_ms = session->heard_ms;
    }
    return TH_OK;
}

static enum th_err keep_notices(struct outbox *box, const struct th_decided *decided, bool *changed)
{
    if (decided->notices_after > box->notice || decided->notices_through <= box->notice) {
        return TH_OK;
    }
    for (size_t i = 0; i < decided->notice_count; i++) {
        struct th_notice notice = decided->notices[i];
        const uint64_t epoch = notice.epoch == 0 ? 1 : notice.epoch;
        // Of a batch before the present numbering: about none of those we can name.
        notice.item.seq = epoch == box->identity.epoch ? outbox_own(box, notice.item.seq) : 0;
        TH_TRY(verdicts_keep_notice(box, &notice));
    }
    *changed = true;
    return outbox_noticed(box, decided->notices_through);
}

// What was said about items may be said otherwise; of those before the present stream epoch nothing
// will be said again.
static enum th_err forget_what_was_said(struct session *session, struct outbox *box)
{
    TH_TRY(current_forget_verdicts(box, box->identity.base));
    session->verdict_seq = box->verdict_seq;
    return verdicts_forget_notices(box);
}

// Commits of the same store were lost. It may have decided some of our batches again since then,
// from copies that were under way: all of its verdicts are in doubt. An old WELCOME looks the same,
// and costs no more than to hear them again.
static bool
is_behind(const struct session *session, const struct outbox *box, const struct th_decided *decided)
{
    return decided->store_id == box->store_id &&
           (decided->seq < box->decided || decided->seq < session->verdict_seq ||
            decided->version < box->version);
}

// What was acknowledged once is not there, and nothing of it will come by sending history again:
// time has gone on, and what was in time may be late now.
bool stream_is_lost(const struct session *session,
                    const struct outbox *box,
                    const struct th_decided *said)
{
    struct th_decided own = *said;
    own.seq = outbox_own(box, said->seq);
    const bool lost = said->store_id != box->store_id || is_behind(session, box, &own);
    return said->seq < box->identity.lead ||
           (box->store_id != 0 && lost && said->seq == 0 && box->decided > 0);
}

enum th_err stream_welcome(struct session *session,
                           struct outbox *box,
                           const struct th_decided *decided,
                           bool *changed)
{
    const bool other = decided->store_id != box->store_id;
    const bool behind = is_behind(session, box, decided);
    if (other || behind) {
        TH_TRY(confirm_anew(session, box));
    }
    if (other || decided->store_epoch > box->store_epoch) {
        TH_TRY(outbox_store_changed(box, decided->store_id, decided->store_epoch));
        *changed = true;
    }
    if (behind && !th_mutant(51)) {
        TH_TRY(outbox_set_back(box, decided->seq, decided->version));
        *changed = true;
    }
    if ((other || behind) && !th_mutant(51)) {
        TH_TRY(forget_what_was_said(session, box));
    }
    session->store_id = decided->store_id;
    session->store_epoch = decided->store_epoch;
    session->decided = decided->seq;
    session->version = decided->version;
    session->sent = decided->seq;
    session->not_before_ms = 0;
    TH_TRY(keep_verdicts(session, box, decided, changed));
    TH_TRY(keep_notices(box, decided, changed));
    TH_TRY(confirm_keep(session, box, decided, changed));
    if (decided->seq > box->decided) {
        *changed = true;
    }
    if (*changed) {
        TH_TRY(stream_flush(session, box));
    }
    return TH_OK;
}

enum th_err stream_decided(struct session *session,
                           struct outbox *box,
                           const struct th_decided *decided,
                           uint64_t now_ms,
                           bool *changed)
{
    if (decided->seq > session->decided) {
        session->decided = decided->seq;
        session->progress_ms = now_ms;
        session->resend_ms = session->limits->resend_first_ms;
        if (session->sent < session->decided) {
            session->sent = session->decided;
        }
        if (!session->dirty) {
            session->dirty = true;
            session->dirty_at_ms = now_ms;
        }
    }
    if (decided->version > session->version) {
        session->version = decided->version;
    }
    TH_TRY(keep_verdicts(session, box, decided, changed));
    TH_TRY(keep_notices(box, decided, changed));
    TH_TRY(confirm_keep(session, box, decided, changed));
    return *changed ? stream_flush(session, box) : TH_OK;
}

enum th_err stream_flush(struct session *session, struct outbox *box)
{
    session->dirty = false;
    TH_TRY(outbox_decide(box, session->decided, session->version));
    TH_TRY(confirm_write(session, box));
    return outbox_verdicts_through(box, session->verdict_seq);
}

bool stream_is_missing(const struct session *session)
{
    return (session->verdict_seq < session->decided || confirm_is_missing(session)) &&
           session->ping_ms == 0;
}

enum th_err stream_chain(struct session *session, struct outbox *box, bool *chained)
{
    const uint64_t next = session->sent > session->decided ? session->sent : session->decided;
    *chained = false;
    if (box->chained > next || box->chained == box->last) {
        return TH_OK;
    }
    *chained = true;
    return outbox_chain(box, CHAIN_BATCHES_MAX, CHAIN_BYTES_MAX);
}

static uint64_t bytes_in_flight(const struct session *session)
{
    uint64_t bytes = 0;
    for (uint64_t seq = session->decided + 1; seq <= session->sent; seq++) {
        bytes += session->sizes[seq % SESSION_WINDOW_MAX];
    }
    return bytes;
}

enum th_err stream_fill(struct session *session,
                        struct outbox *box,
                        uint64_t now_ms,
                        struct th_actions *actions)
{
    if (now_ms < session->not_before_ms) {
        return TH_OK;
    }
    if (session->sent < session->decided) {
        session->sent = session->decided;
    }
    if (session->sent == session->decided) {
        session->progress_ms = now_ms;
    }
    uint64_t flying = bytes_in_flight(session);
    while (session->sent < box->chained &&
           session->sent - session->decided < session->window_batches) {
        const uint64_t seq = session->sent + 1;
        struct th_bytes body;
        TH_TRY(outbox_body(box, seq, &body));
        if (flying > 0 && flying + body.size > session->window_bytes) {
            break;
        }
        bool full = false;
        TH_TRY(speech_batch(session, box, seq, body, actions, &full));
        if (full) {
            session->more_to_send = true;
            break;
        }
        flying += body.size;
        session->sizes[seq % SESSION_WINDOW_MAX] = (uint32_t)body.size;
        session->sent = seq;
        if (th_mutant(19)) { // forgets on send
            session->decided = seq;
            session->dirty = true;
        }
    }
    return TH_OK;
}

void stream_resend(struct session *session, struct th_actions *actions)
{
    session->sent = session->decided;
    th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_RESEND;
}
