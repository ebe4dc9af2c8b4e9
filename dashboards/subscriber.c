// subscriber.c - see subscriber.h; states, links and the clock

#include "dashboards/subscriber.h"

#include <string.h>

#include "tonghop/fault.h"

#include "dashboards/subscriber_part.h"

enum { OUT_BYTES = 2 * (TH_HEADER_BYTES_MAX + 16), UNANSWERED_MAX = 3 };

const struct subscriber_limits SUBSCRIBER_LIMITS = {
    .silence_ms = 3000,
    .rebuild_ms = 10000,
    .answer_ms = 5000,
    .again_first_ms = 250,
    .again_max_ms = 10000,
    .settled_ms = 10000,
    .kept_bytes = 8 * 1024 * 1024,
    .holding = {.topics_max = 16384, .cells_max = 262144, .text_bytes = 16 * 1024 * 1024},
};

const char *subscriber_loss_word(enum subscriber_loss loss)
{
#define X(name, word) [name] = (word),
    static const char *const WORDS[] = {SUBSCRIBER_LOSSES(X)};
#undef X
    return WORDS[loss];
}

const char *subscriber_state_name(enum subscriber_state state)
{
#define X(name, meaning) [name] = #name,
    static const char *const NAMES[] = {SUBSCRIBER_STATES(X)};
#undef X
    return NAMES[state];
}

// ---- making one ----

size_t subscriber_memory(const struct subscriber_limits *limits)
{
    enum { PIECES = 5, ALIGNMENT = 16 };
    return TH_ARENA_BYTES + 2 * holding_memory(&limits->holding) + SUBSCRIBER_QUESTION_BYTES +
           OUT_BYTES + limits->kept_bytes + (size_t)PIECES * ALIGNMENT;
}

static struct th_writer room(struct th_arena *memory, size_t size)
{
    return (struct th_writer){.data = th_arena_take(memory, size), .max = size};
}

enum th_err
subscriber_init(struct subscriber *s, const struct subscriber_setup *setup, struct th_memory memory)
{
    struct th_arena all = th_arena_of(memory.base, memory.size);
    *s = (struct subscriber){.setup = *setup};
    TH_TRY(holding_init(&s->held[0], &setup->limits->holding, &all));
    TH_TRY(holding_init(&s->held[1], &setup->limits->holding, &all));
    s->question = room(&all, SUBSCRIBER_QUESTION_BYTES);
    s->out = room(&all, OUT_BYTES);
    s->kept = room(&all, setup->limits->kept_bytes);
    void *decoding = th_arena_take(&all, TH_ARENA_BYTES);
    if (s->question.data == NULL || s->out.data == NULL || s->kept.data == NULL ||
        decoding == NULL) {
        return TH_E_NO_MEMORY;
    }
    s->arena = th_arena_of(decoding, TH_ARENA_BYTES);
    s->shown.held = &s->held[0];
    s->loading.held = &s->held[1];
    return subscriber_write_question(s) ? TH_OK : TH_E_TOO_LARGE;
}

void subscriber_tell(struct subscriber *s, const struct subscriber_news *news)
{
    s->setup.ear(s->setup.ear_self, news);
}

// splitmix64: spreads the delays of many viewers, no secret hangs on it.
uint64_t subscriber_draw(struct subscriber *s)
{
    s->entropy += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = s->entropy;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

// ---- losing what we had ----

static void raise_delay(struct subscriber *s)
{
    const struct subscriber_limits *limits = s->setup.limits;
    const bool settled =
        s->state == SUBSCRIBER_LIVE && s->now_ms - s->live_ms >= limits->settled_ms;
    if (s->again_ms == 0 || settled) {
        s->again_ms = limits->again_first_ms;
    } else {
        s->again_ms =
            s->again_ms < limits->again_max_ms / 2 ? s->again_ms * 2 : limits->again_max_ms;
    }
}

// Ask for a snapshot after a random part of the present delay: every viewer sees the same hole.
static void wait_to_ask(struct subscriber *s)
{
    s->state = SUBSCRIBER_WAITING;
    s->ask_ms = s->now_ms + (s->again_ms > 0 ? subscriber_draw(s) % s->again_ms : 0);
}

void subscriber_lose(struct subscriber *s, enum subscriber_loss loss)
{
    const bool was_live = s->state == SUBSCRIBER_LIVE;
    s->loss = loss;
    raise_delay(s);
    if (loss == SUBSCRIBER_LOST_LINK) {
        s->state = SUBSCRIBER_DOWN;
    } else if (loss == SUBSCRIBER_LOST_SILENCE) {
        s->state = SUBSCRIBER_PROVING;
    } else {
        wait_to_ask(s);
    }
    if (was_live) {
        subscriber_tell(s,
                        &(struct subscriber_news){.kind = SUBSCRIBER_IS_STALE,
                                                  .version = s->shown.version,
                                                  .loss = loss});
    }
}

// ---- links ----

static void link_up(struct subscriber *s, unsigned port)
{
    s->links[port] = true;
    if (port == SUBSCRIBER_FEED && s->state == SUBSCRIBER_DOWN) {
        s->state = SUBSCRIBER_PROVING; // W1
        s->beat_ms = s->now_ms;
        if (th_mutant(30)) {
            wait_to_ask(s);
        }
    }
}

static void link_down(struct subscriber *s, unsigned port)
{
    s->links[port] = false;
    s->rebuilt_ms[port] = s->now_ms;
    if (s->state == SUBSCRIBER_REFUSED) {
        return;
    }
    if (port == SUBSCRIBER_FEED && s->state != SUBSCRIBER_DOWN) {
        subscriber_lose(s, SUBSCRIBER_LOST_LINK);
    } else if (port == SUBSCRIBER_QUESTIONS && s->state == SUBSCRIBER_LOADING) {
        raise_delay(s);
        wait_to_ask(s); // the answer was on that line
    }
}

// ---- the clock ----

static void rebuild(struct subscriber *s, unsigned port, struct th_actions *actions)
{
    th_actions_add(actions, TH_ACT_REBUILD)->port = port;
    s->rebuilt_ms[port] = s->now_ms;
    s->links[port] = false;
    if (port == SUBSCRIBER_FEED) {
        s->state = SUBSCRIBER_DOWN;
    }
}

static uint64_t silent_at(const struct subscriber *s)
{
    return s->beat_ms + s->setup.limits->silence_ms;
}

static uint64_t feed_due_at(const struct subscriber *s)
{
    const uint64_t since =
        s->beat_ms > s->rebuilt_ms[SUBSCRIBER_FEED] ? s->beat_ms : s->rebuilt_ms[SUBSCRIBER_FEED];
    return since + s->setup.limits->rebuild_ms;
}

static uint64_t questions_due_at(const struct subscriber *s)
{
    return s->rebuilt_ms[SUBSCRIBER_QUESTIONS] + s->setup.limits->rebuild_ms;
}

static uint64_t answer_due_at(const struct subscriber *s)
{
    return s->part_ms + s->setup.limits->answer_ms;
}

static bool hears_beats(const struct subscriber *s)
{
    return s->state == SUBSCRIBER_WAITING || s->state == SUBSCRIBER_LOADING ||
           s->state == SUBSCRIBER_LIVE;
}

static void give_up_answer(struct subscriber *s, struct th_actions *actions)
{
    s->unanswered++;
    raise_delay(s);
    wait_to_ask(s);
    if (s->unanswered % UNANSWERED_MAX == 0) {
        rebuild(s, SUBSCRIBER_QUESTIONS, actions);
    }
}

static void look_at_clock(struct subscriber *s, struct th_actions *actions)
{
    const uint64_t now = s->now_ms;
    if (s->state == SUBSCRIBER_REFUSED) {
        return;
    }
    if (hears_beats(s) && now >= silent_at(s)) {
        // Both doors are the broker's: when the other one is gone too, it is the line.
        subscriber_lose(
            s, s->links[SUBSCRIBER_QUESTIONS] ? SUBSCRIBER_LOST_SILENCE : SUBSCRIBER_LOST_LINK);
    }
    if (!hears_beats(s) && now >= feed_due_at(s)) {
        rebuild(s, SUBSCRIBER_FEED, actions);
    }
    if (!s->links[SUBSCRIBER_QUESTIONS] && now >= questions_due_at(s)) {
        rebuild(s, SUBSCRIBER_QUESTIONS, actions);
    }
    if (s->state == SUBSCRIBER_LOADING && now >= answer_due_at(s)) {
        give_up_answer(s, actions);
    }
    if (s->state == SUBSCRIBER_WAITING && s->links[SUBSCRIBER_QUESTIONS] && now >= s->ask_ms) {
        subscriber_ask(s, actions);
    }
}

static void earlier(uint64_t *at, uint64_t other)
{
    *at = other < *at ? other : *at;
}

static void wake(const struct subscriber *s, struct th_actions *actions)
{
    uint64_t at = UINT64_MAX;
    if (s->state == SUBSCRIBER_REFUSED) {
        return;
    }
    earlier(&at, hears_beats(s) ? silent_at(s) : feed_due_at(s));
    if (!s->links[SUBSCRIBER_QUESTIONS]) {
        earlier(&at, questions_due_at(s));
    } else if (s->state == SUBSCRIBER_WAITING) {
        earlier(&at, s->ask_ms);
    }
    if (s->state == SUBSCRIBER_LOADING) {
        earlier(&at, answer_due_at(s));
    }
    th_actions_add(actions, TH_ACT_WAKE)->at_ms = at;
}

// ---- the machine ----

static void start(struct subscriber *s, struct th_bytes entropy)
{
    s->entropy = entropy.size >= 8 ? th_get_u64(entropy.data) : 1;
    s->correlation = subscriber_draw(s);
    s->beat_ms = s->now_ms;
    s->rebuilt_ms[SUBSCRIBER_FEED] = s->rebuilt_ms[SUBSCRIBER_QUESTIONS] = s->now_ms;
}

static void hear(struct subscriber *s, const struct th_event *event, struct th_actions *actions)
{
    if (event->port == SUBSCRIBER_QUESTIONS) {
        s->links[SUBSCRIBER_QUESTIONS] = true;
        subscriber_hear_answer(s, event->header, event->body, actions);
        return;
    }
    link_up(s, SUBSCRIBER_FEED);
    const enum subscriber_state before = s->state;
    subscriber_hear_feed(s, event->header, event->body);
    if (before == SUBSCRIBER_PROVING && s->state == SUBSCRIBER_WAITING) {
        wait_to_ask(s); // W1: the beat that was missing
    }
}

void subscriber_server_key(struct subscriber *s, uint64_t tag)
{
    s->server_key = tag;
}

void subscriber_step(struct subscriber *s, const struct th_event *event, struct th_actions *actions)
{
    s->now_ms = event->now_ms;
    s->out.size = 0;
    th_arena_reset(&s->arena);
    if (event->kind == TH_EV_START) {
        start(s, event->body);
    }
    // Before the message: one that waited while we slept is no sign of life.
    look_at_clock(s, actions);
    if (event->kind == TH_EV_LINK_UP) {
        link_up(s, event->port);
    } else if (event->kind == TH_EV_LINK_DOWN || event->kind == TH_EV_KEY_REFUSED) {
        link_down(s, event->port);
    } else if (event->kind == TH_EV_MESSAGE && s->state != SUBSCRIBER_REFUSED) {
        hear(s, event, actions);
    } else if (event->kind == TH_EV_STOP) {
        th_actions_add(actions, TH_ACT_EXIT);
        return;
    }
    look_at_clock(s, actions);
    wake(s, actions);
}
