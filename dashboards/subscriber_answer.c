// subscriber_answer.c - what is asked for, the question, and the snapshot that answers it

#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/text.h"

#include "dashboards/subscriber_part.h"

enum { CREDIT_BACK = TH_ANSWER_CREDIT / 2, CODE_NO_OWNER = 3108, CODE_BUSY = 3004 };

// ---- what is asked for ----

bool subscriber_wants(const struct subscriber_setup *setup,
                      struct th_bytes measure,
                      struct th_bytes period)
{
    bool wanted = setup->measure_count == 0;
    for (size_t i = 0; i < setup->measure_count && !wanted; i++) {
        wanted = th_text_matches(measure, setup->measures[i]);
    }
    bool timely = setup->period_count == 0;
    for (size_t i = 0; i < setup->period_count && !timely; i++) {
        timely = th_bytes_equal(period, setup->periods[i]);
    }
    return wanted && timely;
}

static bool is_pattern(struct th_bytes text)
{
    return text.size > 0 && memchr(text.data, '*', text.size) != NULL;
}

size_t subscriber_prefixes(const struct subscriber_setup *setup,
                           char prefixes[static SUBSCRIBER_PREFIXES_MAX][TH_TOPIC_MAX + 1])
{
    size_t count = 0;
    bool all = setup->measure_count == 0 || setup->measure_count >= SUBSCRIBER_PREFIXES_MAX;
    th_topic_of_beats(setup->lineage, prefixes[count++]);
    for (size_t i = 0; i < setup->measure_count; i++) {
        all = all || is_pattern(setup->measures[i]);
    }
    if (all) {
        (void)memcpy(prefixes[count], prefixes[0], TH_TOPIC_MAX + 1);
        prefixes[count++][0] = 't'; // t/<lineage>/ for b/<lineage>/
        return count;
    }
    for (size_t i = 0; i < setup->measure_count; i++) {
        char *prefix = prefixes[count++];
        th_topic_of(setup->lineage, setup->measures[i], (struct th_bytes){0}, prefix);
        const size_t size = strlen(prefix);
        prefix[size - 1] = '\0'; // t/<lineage>/<measure>// without its last /
    }
    return count;
}

// ---- the question ----

bool subscriber_write_question(struct subscriber *s)
{
    const struct th_query query = {
        .ask = TH_ASK_SNAPSHOT,
        .lineage = s->setup.lineage,
        .periods = s->setup.periods,
        .period_count = s->setup.period_count,
        .measures = s->setup.measures,
        .measure_count = s->setup.measure_count,
    };
    th_query_write(&s->question, &query);
    return !s->question.overflow;
}

static struct th_bytes since(const struct th_writer *out, size_t from)
{
    return (struct th_bytes){.data = out->data + from, .size = out->size - from};
}

static void
say(struct subscriber *s, uint32_t type, struct th_bytes body, struct th_actions *actions)
{
    const size_t from = s->out.size;
    const struct th_header header = {
        .protocol = TH_PROTOCOL,
        .type = type,
        .node = s->setup.number,
        .correlation = s->correlation,
        .server_key_known = s->server_key,
    };
    th_header_write(&s->out, &header);
    struct th_action *send = th_actions_add(actions, TH_ACT_SEND);
    send->port = SUBSCRIBER_QUESTIONS;
    send->header = since(&s->out, from);
    send->body = body;
}

void subscriber_ask(struct subscriber *s, struct th_actions *actions)
{
    uint8_t seed[16];
    th_put_u64(seed, subscriber_draw(s));
    th_put_u64(seed + 8, subscriber_draw(s));
    holding_clear(s->loading.held, seed);
    s->loading.store = s->heard;
    // The answer is read after this question, so it holds what the beats heard so far have named.
    s->loading.beat = s->heard_beat;
    s->kept.size = 0;
    s->kept.overflow = false;
    s->state = SUBSCRIBER_LOADING;
    s->part_ms = s->now_ms;
    s->next_part = 0;
    s->correlation++;
    say(s, TH_MSG_QUERY, th_written(&s->question), actions);
}

static void give_credit(struct subscriber *s, struct th_actions *actions)
{
    const size_t from = s->out.size;
    const struct th_credit credit = {.parts = CREDIT_BACK};
    th_credit_write(&s->out, &credit);
    say(s, TH_MSG_CREDIT, since(&s->out, from), actions);
}

// ---- the snapshot ----

static void refuse(struct subscriber *s, const struct th_answer *answer)
{
    if (answer->code == CODE_NO_OWNER || answer->code == CODE_BUSY) {
        subscriber_lose(s, s->loss); // nobody there yet
        return;
    }
    s->state = SUBSCRIBER_REFUSED;
    subscriber_tell(s,
                    &(struct subscriber_news){.kind = SUBSCRIBER_REFUSAL,
                                              .code = answer->code,
                                              .detail = answer->detail});
}

static enum subscriber_loss take_part(struct subscriber *s, const struct th_answer *answer)
{
    uint32_t topic = HOLDING_NONE;
    for (size_t i = 0; i < answer->topic_count; i++) {
        const struct th_topic_seq *seq = &answer->topics[i];
        if (holding_topic(s->loading.held, seq->measure, seq->period, &topic) != TH_OK) {
            return SUBSCRIBER_LOST_FULL;
        }
        s->loading.held->topics[topic].seq = seq->seq;
    }
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct th_line *line = &answer->lines[i];
        const struct th_total *now = NULL;
        struct th_total was;
        if (holding_topic(s->loading.held, line->measure, line->period, &topic) != TH_OK ||
            holding_put(s->loading.held, topic, &line->cell, &now, &was) != TH_OK) {
            return SUBSCRIBER_LOST_FULL;
        }
    }
    return SUBSCRIBER_LOST_NOTHING;
}

static void show(struct subscriber *s)
{
    const struct subscriber_course before = s->shown;
    s->shown = s->loading;
    s->loading.held = before.held;
    s->state = SUBSCRIBER_LIVE;
    s->loss = SUBSCRIBER_LOST_NOTHING;
    s->live_ms = s->beat_ms = s->now_ms;
    s->unanswered = 0;
    const struct holding *held = s->shown.held;
    struct subscriber_news news = {
        .kind = SUBSCRIBER_SNAPSHOT,
        .version = s->shown.version,
        .rows = held->live,
        .bundle = s->shown.has_bundle ? s->shown.bundle : NULL,
    };
    subscriber_tell(s, &news);
    for (uint32_t i = 0; i < held->cell_count; i++) {
        if (held->cells[i].total.contributions == 0) {
            continue;
        }
        const struct holding_topic *topic = &held->topics[held->cells[i].topic];
        news = (struct subscriber_news){.kind = SUBSCRIBER_ROW,
                                        .version = s->shown.version,
                                        .measure = topic->measure,
                                        .period = topic->period,
                                        .now = &held->cells[i].total,
                                        .topic_seq = topic->seq};
        subscriber_tell(s, &news);
    }
    news = (struct subscriber_news){.kind = SUBSCRIBER_IS_LIVE, .version = s->shown.version};
    subscriber_tell(s, &news);
}

// Is the answer of the store that the beats speak of, and not behind what we showed (W5)?
static enum subscriber_loss judge(const struct subscriber *s, const struct th_answer *answer)
{
    if (answer->store_id != s->loading.store.id && !th_mutant(30) && !th_mutant(31)) {
        return SUBSCRIBER_LOST_STORE;
    }
    if (s->next_part > 0 && answer->version != s->loading.version) {
        return SUBSCRIBER_LOST_GAP;
    }
    const bool behind = answer->store_id == s->shown.store.id && answer->version < s->shown.version;
    return behind ? SUBSCRIBER_LOST_GAP : SUBSCRIBER_LOST_NOTHING;
}

static void
take_answer(struct subscriber *s, const struct th_answer *answer, struct th_actions *actions)
{
    enum subscriber_loss loss = judge(s, answer);
    if (loss == SUBSCRIBER_LOST_NOTHING && s->next_part == 0) {
        s->loading.version = answer->version;
        s->loading.beat = answer->beat > s->loading.beat ? answer->beat : s->loading.beat;
        s->loading.store.id = answer->store_id;
        s->loading.has_bundle = answer->has_bundle;
        (void)memcpy(s->loading.bundle, answer->bundle_digest, sizeof(s->loading.bundle));
    }
    if (loss == SUBSCRIBER_LOST_NOTHING) {
        loss = take_part(s, answer);
    }
    if (loss == SUBSCRIBER_LOST_NOTHING && answer->last) {
        loss = subscriber_catch_up(s);
    }
    if (loss != SUBSCRIBER_LOST_NOTHING) {
        subscriber_lose(s, loss);
        return;
    }
    s->next_part++;
    s->part_ms = s->now_ms;
    if (answer->last) {
        show(s);
    } else if (s->next_part % CREDIT_BACK == 0) {
        give_credit(s, actions);
    }
}

void subscriber_hear_answer(struct subscriber *s,
                            struct th_bytes header_bytes,
                            struct th_bytes body,
                            struct th_actions *actions)
{
    struct th_header header;
    struct th_answer answer;
    if (s->state != SUBSCRIBER_LOADING || th_header_read(header_bytes, &header, NULL) != TH_OK ||
        header.type != TH_MSG_ANSWER || header.correlation != s->correlation ||
        th_answer_read(body, &s->arena, &answer, NULL) != TH_OK) {
        return; // of an earlier question, or silence follows
    }
    if (answer.code != 0) {
        refuse(s, &answer);
    } else if (answer.part == s->next_part) {
        take_answer(s, &answer, actions);
    }
}
