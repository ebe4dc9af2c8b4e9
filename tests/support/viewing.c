// viewing.c - see viewing.h

#include "tests/support/viewing.h"

#include <stdlib.h>
#include <string.h>

static const char *const MEASURES[VIEWING_TOPICS] = {"RS01", "RS02", "CP05"};

static size_t topic_of(struct th_bytes measure)
{
    for (size_t i = 0; i < VIEWING_TOPICS; i++) {
        if (th_bytes_equal(measure, th_bytes_of(MEASURES[i]))) {
            return i;
        }
    }
    fail_msg("unknown measure");
    return 0;
}

static void hear(void *self, const struct subscriber_news *news)
{
    struct viewing *f = self;
    switch (news->kind) {
    case SUBSCRIBER_SNAPSHOT:
        assert_true(f->shown_store != f->subscriber.shown.store.id ||
                    news->version >= f->version); // W5
        f->shown_store = f->subscriber.shown.store.id;
        f->version = news->version;
        f->snapshots++;
        memset(f->shown, 0, sizeof(f->shown));
        return;
    case SUBSCRIBER_ROW:
        f->rows++;
        f->shown[topic_of(news->measure)][news->now->uid - 1] = news->now->value.value;
        return;
    case SUBSCRIBER_IS_LIVE:
        f->lives++;
        f->live = true;
        return;
    case SUBSCRIBER_CHANGE: {
        int64_t *shown = &f->shown[topic_of(news->measure)][news->now->uid - 1];
        assert_true(f->live); // W4
        assert_int_equal(*shown, news->was->contributions > 0 ? news->was->value.value : 0);
        assert_true(news->version >= f->version);
        f->version = news->version;
        f->changes++;
        *shown = news->now->contributions > 0 ? news->now->value.value : 0;
        return;
    }
    case SUBSCRIBER_IS_STALE:
        assert_true(f->live);
        f->live = false;
        f->stales++;
        f->loss = news->loss;
        return;
    case SUBSCRIBER_REFUSAL:
        f->refusals++;
        f->refusal = news->code;
        return;
    }
}

void viewing_happen(struct viewing *f, struct th_event event)
{
    struct th_action items[SUBSCRIBER_ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = TH_COUNT(items)};
    event.now_ms = f->now;
    f->wake = UINT64_MAX;
    subscriber_step(&f->subscriber, &event, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        if (items[i].kind == TH_ACT_WAKE) {
            f->wake = items[i].at_ms;
        } else if (items[i].kind == TH_ACT_REBUILD) {
            f->rebuilds[items[i].port]++;
        } else if (items[i].kind == TH_ACT_SEND) {
            struct th_header header;
            EXPECT(TH_OK, th_header_read(items[i].header, &header, NULL));
            f->asked = f->asked || header.type == TH_MSG_QUERY;
            f->credits += header.type == TH_MSG_CREDIT ? 1 : 0;
            f->question = header.type == TH_MSG_QUERY ? header : f->question;
        }
    }
}

void viewing_link_up(struct viewing *f, unsigned port)
{
    viewing_happen(f, (struct th_event){.kind = TH_EV_LINK_UP, .port = port});
}

void viewing_wait(struct viewing *f, uint64_t ms)
{
    const uint64_t end = f->now + ms;
    while (f->wake <= end) {
        f->now = f->wake > f->now ? f->wake : f->now;
        viewing_happen(f, (struct th_event){.kind = TH_EV_TICK});
    }
    f->now = end;
}

// ---- the province speaks ----

enum { SCRATCH = 512 * 1024 };

static struct th_total total_of(const struct viewing *f, size_t topic, uint32_t uid)
{
    const int64_t value = f->province.value[topic][uid - 1];
    return (struct th_total){
        .unit = TH_BYTES("93"),
        .uid = uid,
        .qualifier = value != 0 ? 1 : 0,
        .value = {.has = value != 0, .value = value},
        .contributions = value != 0 ? 1 : 0,
        .reported = value != 0 ? 1 : 0,
    };
}

static struct th_bytes topic_name(size_t topic, char out[static TH_TOPIC_MAX + 1])
{
    th_topic_of(TH_BYTES("hg93"), th_bytes_of(MEASURES[topic]), TH_BYTES("2022"), out);
    return th_bytes_of(out);
}

void viewing_change(struct viewing *f, size_t topic, uint32_t uid, int64_t value, bool lost)
{
    char name[TH_TOPIC_MAX + 1];
    struct th_writer out = {.data = f->scratch, .max = SCRATCH};
    f->province.version++;
    f->province.value[topic][uid - 1] = value;
    f->province.dirty[topic] = true;
    f->province.seq[topic]++;
    if (lost) {
        return;
    }
    const struct th_total cell = total_of(f, topic, uid);
    const struct th_delta delta = {
        .store_id = f->province.store_id,
        .store_epoch = f->province.epoch,
        .version = f->province.version,
        .topic_seq = f->province.seq[topic],
        .measure = th_bytes_of(MEASURES[topic]),
        .period = TH_BYTES("2022"),
        .cells = &cell,
        .count = 1,
    };
    th_delta_write(&out, &delta);
    viewing_happen(f,
                   (struct th_event){.kind = TH_EV_MESSAGE,
                                     .port = SUBSCRIBER_FEED,
                                     .header = topic_name(topic, name),
                                     .body = th_written(&out)});
}

void viewing_beat(struct viewing *f, bool lost)
{
    struct th_topic_seq topics[VIEWING_TOPICS];
    struct th_beat said = {
        .store_id = f->province.store_id,
        .store_epoch = f->province.epoch,
        .number = ++f->province.beat,
        .version = f->province.version,
        .topics = topics,
    };
    for (size_t i = 0; i < VIEWING_TOPICS; i++) {
        if (f->province.dirty[i]) {
            topics[said.count++] = (struct th_topic_seq){
                th_bytes_of(MEASURES[i]), TH_BYTES("2022"), f->province.seq[i]};
        }
        f->province.dirty[i] = false;
    }
    if (lost) {
        return;
    }
    struct th_writer out = {.data = f->scratch, .max = SCRATCH};
    th_beat_write(&out, &said);
    viewing_happen(f,
                   (struct th_event){.kind = TH_EV_MESSAGE,
                                     .port = SUBSCRIBER_FEED,
                                     .header = TH_BYTES("b/hg93/"),
                                     .body = th_written(&out)});
}

static void say_to(struct viewing *f, uint64_t correlation, const struct th_answer *answer)
{
    uint8_t room[TH_HEADER_BYTES_MAX];
    struct th_writer head = TH_WRITER(room);
    struct th_writer out = {.data = f->scratch, .max = SCRATCH};
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_ANSWER, .correlation = correlation};
    th_header_write(&head, &header);
    th_answer_write(&out, answer);
    viewing_happen(f,
                   (struct th_event){.kind = TH_EV_MESSAGE,
                                     .port = SUBSCRIBER_QUESTIONS,
                                     .header = th_written(&head),
                                     .body = th_written(&out)});
}

void viewing_say(struct viewing *f, const struct th_answer *answer)
{
    say_to(f, f->question.correlation, answer);
}

struct viewing_read *viewing_snapshot(struct viewing *f)
{
    struct viewing_read *read = calloc(1, sizeof(*read));
    assert_non_null(read);
    read->correlation = f->question.correlation;
    read->answer = (struct th_answer){
        .store_id = f->province.store_id,
        .version = f->province.version,
        .beat = f->province.beat,
        .lines = read->lines,
        .topics = read->topics,
    };
    for (size_t t = 0; t < VIEWING_TOPICS; t++) {
        read->topics[read->answer.topic_count++] =
            (struct th_topic_seq){th_bytes_of(MEASURES[t]), TH_BYTES("2022"), f->province.seq[t]};
        for (uint32_t uid = 1; uid <= VIEWING_UNITS; uid++) {
            if (f->province.value[t][uid - 1] != 0) {
                read->lines[read->answer.line_count++] =
                    (struct th_line){.measure = th_bytes_of(MEASURES[t]),
                                     .period = TH_BYTES("2022"),
                                     .cell = total_of(f, t, uid)};
            }
        }
    }
    f->asked = false;
    return read;
}

void viewing_deliver(struct viewing *f, struct viewing_read *read, bool in_parts)
{
    struct th_answer part = read->answer;
    const size_t lines = part.line_count;
    const size_t each = in_parts && lines > 0 ? 1 : lines;
    for (size_t from = 0; from == 0 || from < lines; from += each) {
        part.lines = read->lines + from;
        part.line_count = each;
        part.last = from + each >= lines;
        say_to(f, read->correlation, &part);
        part.part++;
        part.topic_count = 0;
        if (each == 0) {
            break;
        }
    }
    free(read);
}

void viewing_expect_same(struct viewing *f)
{
    assert_memory_equal(f->shown, f->province.value, sizeof(f->shown));
    size_t live = 0;
    for (size_t i = 0; i < VIEWING_CELLS; i++) {
        live += f->province.value[i / VIEWING_UNITS][i % VIEWING_UNITS] != 0 ? 1 : 0;
    }
    assert_int_equal(f->subscriber.shown.held->live, live);
}

void viewing_begin(struct viewing *f)
{
    f->setup = (struct subscriber_setup){
        .limits = &f->limits,
        .lineage = TH_BYTES("hg93"),
        .measures = f->setup.measures,
        .measure_count = f->setup.measure_count,
        .ear = hear,
        .ear_self = f,
    };
    free(f->memory);
    const size_t size = subscriber_memory(&f->limits);
    f->memory = malloc(size);
    assert_non_null(f->memory);
    EXPECT(TH_OK, subscriber_init(&f->subscriber, &f->setup, (struct th_memory){f->memory, size}));
    viewing_happen(f, (struct th_event){.kind = TH_EV_START, .body = TH_BYTES("0123456789abcdef")});
}

void viewing_ask(struct viewing *f)
{
    viewing_begin(f);
    viewing_link_up(f, SUBSCRIBER_QUESTIONS);
    viewing_link_up(f, SUBSCRIBER_FEED);
    viewing_beat(f, false);
}

void viewing_go_live(struct viewing *f)
{
    viewing_ask(f);
    assert_true(f->asked);
    viewing_deliver(f, viewing_snapshot(f), false);
    assert_true(f->live);
}

void viewing_repair(struct viewing *f)
{
    for (int i = 0; i < 30 && !f->asked; i++) {
        viewing_wait(f, 1000);
        viewing_beat(f, false);
    }
    assert_true(f->asked);
    viewing_deliver(f, viewing_snapshot(f), false);
    assert_true(f->live);
    viewing_expect_same(f);
}

int viewing_setup(void **state)
{
    struct viewing *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return -1;
    }
    f->scratch = malloc(SCRATCH);
    f->limits = SUBSCRIBER_LIMITS;
    f->limits.holding =
        (struct holding_bounds){.topics_max = 8, .cells_max = 32, .text_bytes = 4096};
    f->limits.kept_bytes = 4096;
    f->now = 1000;
    f->province = (struct viewing_truth){.store_id = 77, .epoch = 3, .version = 10, .beat = 40};
    f->province.seq[0] = 5;
    f->province.value[0][1] = 92;
    f->province.value[0][2] = 12;
    f->province.seq[2] = 1;
    f->province.value[2][0] = 283;
    *state = f;
    return f->scratch != NULL ? 0 : -1;
}

int viewing_teardown(void **state)
{
    struct viewing *f = *state;
    free(f->memory);
    free(f->scratch);
    free(f);
    return 0;
}
