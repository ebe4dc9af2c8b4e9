// move.c - see move.h

#include "nodes/move.h"

#include "tonghop/fault.h"

#include "nodes/speech.h"
#include "nodes/stream.h"

enum { SUSPICIONS_MAX = 3 };

uint64_t move_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// Something in [from, to], from the machine's own generator (splitmix64).
uint64_t move_draw(struct session *session, uint64_t from, uint64_t to)
{
    session->entropy += 0x9e3779b97f4a7c15ULL;
    uint64_t z = session->entropy;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return from + z % (to - from + 1);
}

uint64_t move_backoff(struct session *session, uint64_t first_ms, uint64_t max_ms)
{
    const unsigned doublings = session->rebuilds < 16 ? session->rebuilds : 16;
    const uint64_t whole = move_min(first_ms << doublings, max_ms);
    return move_draw(session, whole / 2, whole);
}

bool move_is_mending(const struct session *session)
{
    return session->state == SESSION_RESTORING || session->state == SESSION_RESYNCING;
}

void move_enter(struct session *session, enum session_state state, struct th_actions *actions)
{
    if (session->state == state) {
        return;
    }
    session->state = state;
    th_actions_add(actions, TH_ACT_NOTE)->code = SESSION_NOTE_STATE;
}

void move_stop(struct session *session, uint32_t reason, struct th_actions *actions)
{
    session->reason = reason;
    move_enter(session, SESSION_STOPPED, actions);
}

// ZeroMQ never tries again after a refusal, and cannot see a peer that hangs: a new socket can.
void move_rebuild(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    session->rebuilds++;
    session->link_up = false;
    session->pings = 0;
    session->ping_ms = 0;
    if (session->rebuilds % 3 == 0) {
        session->endpoint = (session->endpoint + 1) % session->limits->endpoints;
    }
    session->deadline_ms =
        now_ms +
        move_backoff(session, session->limits->hello_wait_ms, session->limits->hello_wait_max_ms);
    move_enter(session, SESSION_DOWN, actions);
    if (!th_mutant(23)) {
        th_actions_add(actions, TH_ACT_REBUILD)->code = session->endpoint;
    }
}

void move_heard(struct session *session, uint64_t now_ms)
{
    session->heard_ms = now_ms;
    session->pings = 0;
    session->ping_ms = 0;
    session->rebuilds = 0;
}

void move_commit(struct session *session, struct th_actions *actions)
{
    th_assert(!session->committing);
    session->committing = true;
    session->commit++;
    th_actions_add(actions, TH_ACT_COMMIT)->commit = session->commit;
}

void move_doubt(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    session->sent = session->decided;
    session->pings = 0;
    session->ping_ms = 0;
    session->greet_ms = now_ms + move_draw(session, 1, session->limits->hello_delay_ms + 1);
    session->deadline_ms = session->greet_ms + session->limits->hello_wait_ms;
    move_enter(session, SESSION_HELLO, actions);
}

void move_suspect(struct session *session, uint64_t now_ms, struct th_actions *actions)
{
    if (++session->suspicions > SUSPICIONS_MAX) {
        move_stop(session, TH_M_STREAM_FORK, actions);
        return;
    }
    session->suspected = true;
    move_doubt(session, now_ms, actions);
}

void move_ping(struct session *session,
               const struct outbox *box,
               uint64_t now_ms,
               struct th_actions *actions)
{
    session->ping_ms = now_ms;
    session->pings++;
    speech_ping(session, box, actions);
}

// After every step: commit what changed, or go on sending.
enum th_err move_settle(struct session *session,
                        struct outbox *box,
                        bool changed,
                        uint64_t now_ms,
                        struct th_actions *actions)
{
    bool chained = false;
    if (!changed && session->state == SESSION_OPEN && !session->stopping) {
        TH_TRY(stream_chain(session, box, &chained));
    }
    if (changed || chained) {
        move_commit(session, actions);
        return TH_OK;
    }
    if (session->state == SESSION_OPEN && !session->stopping) {
        if (session->has_next && !session->announced && now_ms >= session->not_before_ms) {
            session->announced = true;
            speech_announce(session, box, actions);
        }
        TH_TRY(stream_fill(session, box, now_ms, actions));
    }
    const bool idle = session->sent <= session->decided;
    const bool late = session->dirty && now_ms >= session->dirty_at_ms + session->limits->flush_ms;
    if (session->dirty && (idle || late || session->stopping)) {
        TH_TRY(stream_flush(session, box));
        move_commit(session, actions);
    } else if (session->stopping) {
        speech_bye(session, box, actions);
        th_actions_add(actions, TH_ACT_EXIT)->code = 0;
    }
    return TH_OK;
}
