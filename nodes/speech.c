// speech.c - see speech.h

#include "nodes/speech.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/bundle.h"
#include "nodes/confirm.h"

enum { SMALL_BODY_MAX = 256, BATCH_ACTIONS_SPARE = 8, FLAG_IGNORABLE = 1 };

static const struct th_peer PROVINCE = {.class = TH_PEER_NONE};

static struct th_header header_of(const struct outbox *box, uint32_t type)
{
    struct th_header header = {
        .protocol = TH_PROTOCOL,
        .type = type,
        .node = box->identity.node,
        .has_incarnation = true,
        .epoch = box->identity.epoch,
    };
    memcpy(header.incarnation, box->identity.incarnation, sizeof(header.incarnation));
    return header;
}

// A writer of max bytes in the step's room. The room is far larger than a step's small messages.
static struct th_writer room(struct session *session, size_t max)
{
    void *bytes = th_arena_take(&session->out, max);
    th_assert(bytes != NULL);
    return (struct th_writer){.data = bytes, .max = max};
}

static void say(struct session *session,
                const struct th_header *header,
                struct th_bytes body,
                struct th_actions *actions)
{
    struct th_writer out = room(session, TH_HEADER_BYTES_MAX);
    th_header_write(&out, header);
    struct th_action *action = th_actions_add(actions, TH_ACT_SEND);
    action->to = PROVINCE;
    action->header = th_written(&out);
    action->body = body;
}

static enum th_err
say_hello(struct session *session, struct outbox *box, struct th_actions *actions)
{
    struct th_hello hello = {
        .last = outbox_wire(box, box->chained),
        .first_kept = outbox_wire(box, box->kept_from),
        .verdict_seq = outbox_wire(box, box->verdict_seq),
        .notice = box->notice,
        .keeps_receipts = true,
        .receipt_seq = confirm_held(session, box),
        .keeps_roots = true,
        .root_day = session->root_day,
        .protocol_min = TH_PROTOCOL,
        .protocol_max = TH_PROTOCOL,
    };
    TH_TRY(outbox_hash(box, box->chained, hello.hash));
    uint64_t bytes = 0;
    const enum th_err held = bundle_held(box, hello.register_digest, &bytes);
    hello.has_register = held == TH_OK;
    if (held != TH_OK && held != TH_E_NOT_FOUND) {
        return held;
    }
    struct th_writer out = room(session, SMALL_BODY_MAX);
    th_hello_write(&out, &hello);
    struct th_header header = header_of(box, TH_MSG_HELLO);
    header.server_key_known = session->server_key;
    header.correlation = ++session->greeting;
    say(session, &header, th_written(&out), actions);
    return TH_OK;
}

enum th_err speech_greet(struct session *session, struct outbox *box, struct th_actions *actions)
{
    if (box->joined) {
        return say_hello(session, box, actions);
    }
    struct th_join join;
    memcpy(join.public_key, session->public_key, sizeof(join.public_key));
    struct th_writer out = room(session, SMALL_BODY_MAX);
    th_join_write(&out, &join);
    const struct th_header header = header_of(box, TH_MSG_JOIN);
    say(session, &header, th_written(&out), actions);
    return TH_OK;
}

void speech_announce(struct session *session, const struct outbox *box, struct th_actions *actions)
{
    struct th_join join;
    memcpy(join.public_key, session->next_key, sizeof(join.public_key));
    struct th_writer out = room(session, SMALL_BODY_MAX);
    th_join_write(&out, &join);
    struct th_header header = header_of(box, TH_MSG_JOIN);
    header.flags = FLAG_IGNORABLE; // a province that knows no such thing goes on with the old key
    say(session, &header, th_written(&out), actions);
}

void speech_ping(struct session *session, const struct outbox *box, struct th_actions *actions)
{
    const struct th_ping ping = {
        .last = outbox_wire(box, box->chained),
        .verdict_seq = outbox_wire(box, session->verdict_seq),
        .notice = box->notice,
        .keeps_receipts = true,
        .receipt_seq = confirm_held(session, box),
        .keeps_roots = true,
        .root_day = session->root_day,
    };
    struct th_writer out = room(session, SMALL_BODY_MAX);
    th_ping_write(&out, &ping);
    struct th_header header = header_of(box, TH_MSG_PING);
    header.server_key_known = session->server_key;
    say(session, &header, th_written(&out), actions);
}

void speech_bye(struct session *session, const struct outbox *box, struct th_actions *actions)
{
    if (session->link_up) {
        const struct th_header header = header_of(box, TH_MSG_BYE);
        say(session, &header, (struct th_bytes){NULL, 0}, actions);
    }
}

enum th_err speech_batch(struct session *session,
                         struct outbox *box,
                         uint64_t seq,
                         struct th_bytes body,
                         struct th_actions *actions,
                         bool *full)
{
    if (actions->count + BATCH_ACTIONS_SPARE > actions->max) {
        *full = true;
        return TH_OK;
    }
    struct th_header header = header_of(box, TH_MSG_BATCH);
    header.seq = outbox_wire(box, seq);
    header.has_hash = true;
    TH_TRY(outbox_hash(box, seq, header.hash));
    // The store's bytes end with the transaction; the message must outlive it.
    const struct th_arena before = session->out;
    struct th_bytes copy = th_arena_copy(&session->out, body, full);
    const size_t spare = (size_t)(BATCH_ACTIONS_SPARE + 1) * (TH_HEADER_BYTES_MAX + SMALL_BODY_MAX);
    if (*full || session->out.size - session->out.used < spare) {
        session->out.used = before.used;
        *full = true;
        return TH_OK;
    }
    if (th_mutant(22) && session->sizes[seq % SESSION_WINDOW_MAX] == body.size) {
        copy.size--; // a resend is packed anew
    }
    say(session, &header, copy, actions);
    return TH_OK;
}

void speech_restore(struct session *session,
                    const struct outbox *box,
                    const struct th_spot *after,
                    struct th_actions *actions)
{
    const struct th_restore_request request = {.after = *after};
    struct th_writer out = room(session, SMALL_BODY_MAX);
    th_restore_request_write(&out, &request);
    const struct th_header header = header_of(box, TH_MSG_RESTORE_REQUEST);
    say(session, &header, th_written(&out), actions);
}

void speech_resync(struct session *session,
                   const struct outbox *box,
                   const struct th_resync *piece,
                   struct th_actions *actions)
{
    struct th_header header = header_of(box, TH_MSG_RESYNC);
    header.epoch = session->resync.epoch;
    header.seq = piece->piece;
    header.has_hash = true;
    memcpy(header.hash, session->resync.hash, sizeof(header.hash));
    struct th_writer out = room(session, piece->batch.size + SMALL_BODY_MAX);
    th_resync_write(&out, piece);
    say(session, &header, th_written(&out), actions);
}

// ---- the register bundle ----

static void
ask_register(struct session *session, const struct outbox *box, struct th_actions *actions)
{
    struct th_register_request request = {
        .offset = session->bundle_offset,
        .has_digest = true,
    };
    memcpy(request.digest, session->bundle_digest, sizeof(request.digest));
    struct th_writer out = room(session, SMALL_BODY_MAX);
    th_register_request_write(&out, &request);
    const struct th_header header = header_of(box, TH_MSG_REGISTER_REQUEST);
    say(session, &header, th_written(&out), actions);
}

enum th_err speech_want_register(struct session *session,
                                 struct outbox *box,
                                 const struct th_welcome *welcome,
                                 struct th_actions *actions)
{
    uint8_t held[32];
    uint64_t bytes = 0;
    if (!welcome->has_register) {
        return TH_OK;
    }
    const enum th_err err = bundle_held(box, held, &bytes);
    if (err != TH_OK && err != TH_E_NOT_FOUND) {
        return err;
    }
    if (err == TH_OK && memcmp(held, welcome->register_digest, sizeof(held)) == 0) {
        return TH_OK;
    }
    session->fetching = true;
    session->bundle_offset = 0;
    session->bundle_total = 0;
    memcpy(session->bundle_digest, welcome->register_digest, sizeof(session->bundle_digest));
    ask_register(session, box, actions);
    return TH_OK;
}

// A request answered before the PONG would have been answered by now. A part that comes twice is
// known by its offset.
void speech_register_again(struct session *session,
                           const struct outbox *box,
                           struct th_actions *actions)
{
    if (session->fetching) {
        ask_register(session, box, actions);
    }
}

enum th_err speech_register_part(struct session *session,
                                 struct outbox *box,
                                 struct th_bytes body,
                                 bool *changed,
                                 struct th_actions *actions)
{
    struct th_part part;
    uint64_t next = 0;
    if (!session->fetching || th_part_read(body, &session->arena, &part, NULL) != TH_OK ||
        part.offset != session->bundle_offset ||
        memcmp(part.digest, session->bundle_digest, sizeof(part.digest)) != 0) {
        return TH_OK; // not asked for, or asked for twice
    }
    const enum th_err err = bundle_part(box, &part, &next);
    if (err == TH_E_INVALID || err == TH_E_MALFORMED) {
        session->fetching = false; // tried again at the next WELCOME
        th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_BAD;
        *changed = err == TH_E_MALFORMED;
        return TH_OK;
    }
    TH_TRY(err);
    session->bundle_offset = next;
    session->bundle_total = part.total;
    *changed = true;
    return TH_OK;
}

enum th_err
speech_after_commit(struct session *session, struct outbox *box, struct th_actions *actions)
{
    if (!session->fetching || session->bundle_offset == 0) {
        return TH_OK;
    }
    if (session->bundle_offset < session->bundle_total) {
        ask_register(session, box, actions);
        return TH_OK;
    }
    session->fetching = false;
    th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_REGISTER;
    return TH_OK;
}
