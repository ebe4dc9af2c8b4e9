// query.c - see query.h; the thread, its answers and their credit

#include "workers/query.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tonghop/log.h"

#include "workers/envelope.h"
#include "workers/query_answer.h"

enum {
    QUESTIONS_MAX = 256, // waiting
    QUESTION_BYTES_MAX = 4 * 1024 * 1024,
    CREDIT_MS = 30000,
    LOOK_MS = 1000,
    ARENA_BYTES = 1024 * 1024,
    PART_SPACE = TH_ANSWER_BYTES_MAX + 4096,
    CLASS_SHIFT = 32,
};

struct query {
    struct query_setup setup;
    struct th_queue *in; // kind: province; parts: route, header, body
    pthread_t thread;
    struct answer *answers;
    void *arena_space;
    uint8_t *part_space;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// ---- sending ----

static void send_body(const struct query *query, const struct answer *answer, struct th_bytes body)
{
    const struct th_header header = {
        .protocol = TH_PROTOCOL,
        .type = TH_MSG_ANSWER,
        .node = answer->to.number,
        .correlation = answer->correlation,
    };
    const struct envelope_store store = {
        .lineage = th_bytes_of(answer->province.province->lineage),
        .store_id = answer->province.opened.store_id,
        .store_epoch = answer->province.opened.store_epoch,
    };
    uint8_t envelope[ENVELOPE_BYTES_MAX];
    uint8_t head[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(head);
    th_header_write(&writer, &header);
    const struct th_bytes parts[] = {
        envelope_write(&store, &answer->to, envelope), th_written(&writer), body};
    TH_SCOPED(th_parcel_free)
    struct th_parcel *parcel = th_parcel_make(OUT_SEND, parts, TH_COUNT(parts));
    if (parcel != NULL && th_queue_put(query->setup.out, &parcel) != TH_OK) {
        th_log(LOG_WARNING, "answer-lost", "viewer=%u", answer->to.number);
    }
}

static void send_parts(struct query *query, struct answer *answer)
{
    while (!answer->done && answer->credit > 0) {
        struct th_writer writer = {.data = query->part_space, .max = PART_SPACE};
        if (answer_part(answer, &writer) != TH_OK) {
            th_log(LOG_ERR, "answer-too-large", "viewer=%u", answer->to.number);
            answer_free(answer);
            return;
        }
        answer->credit--;
        send_body(query, answer, th_written(&writer));
    }
    if (answer->done) {
        answer_free(answer);
    }
}

// ---- questions ----

static struct answer *free_answer(struct query *query)
{
    for (uint32_t i = 0; i < query->setup.answers_max; i++) {
        if (query->answers[i].done) {
            return &query->answers[i];
        }
    }
    return NULL;
}

static void address(struct answer *answer,
                    const struct query *query,
                    const struct th_parcel *parcel,
                    uint64_t correlation)
{
    *answer = (struct answer){
        .province = query->setup.provinces[parcel->kind],
        .correlation = correlation,
        .credit = TH_ANSWER_CREDIT,
        .deadline_ms = now_ms() + CREDIT_MS,
        .bytes_max = query->setup.answer_bytes_max,
    };
    const struct th_bytes route = parcel->parts[0];
    if (route.size > 0 && route.size <= TH_ROUTE_MAX) {
        memcpy(answer->route, route.data, route.size);
    }
    answer->to = (struct th_peer){
        .class = (enum th_peer_class)(parcel->number >> CLASS_SHIFT),
        .number = (uint32_t)parcel->number,
        .route = {.data = answer->route, .size = route.size <= TH_ROUTE_MAX ? route.size : 0},
    };
}

static void answer_code(struct query *query, struct answer *answer, unsigned code)
{
    answer->head = (struct th_answer){.code = code, .store_id = answer->province.opened.store_id};
    answer->line_count = answer->topic_count = answer->finding_count = 0;
    send_parts(query, answer);
}

static void ask(struct query *query, const struct th_parcel *parcel, const struct th_header *header)
{
    struct answer refused;
    struct answer *answer = free_answer(query);
    if (answer == NULL) {
        address(&refused, query, parcel, header->correlation);
        answer_code(query, &refused, TH_M_LINE_BUSY);
        return;
    }
    address(answer, query, parcel, header->correlation);
    struct th_arena arena = th_arena_of(query->arena_space, ARENA_BYTES);
    struct th_query question;
    struct th_malformed why;
    if (th_query_read(parcel->parts[2], &arena, &question, &why) != TH_OK) {
        answer_code(query, answer, TH_M_STREAM_ENCODING);
        return;
    }
    const enum th_err err = answer_build(answer, &question);
    if (err != TH_OK) {
        th_log(LOG_ERR,
               "question-failed",
               "province=%s error=%s",
               answer->province.province->lineage,
               th_err_name(err));
        answer_code(query, answer, err == TH_E_CORRUPT ? TH_M_RECORD_DAMAGED : TH_M_LINE_BUSY);
        return;
    }
    send_parts(query, answer);
}

static void
grant(struct query *query, const struct th_parcel *parcel, const struct th_header *header)
{
    struct th_arena arena = th_arena_of(query->arena_space, ARENA_BYTES);
    struct th_credit credit;
    struct th_malformed why;
    if (th_credit_read(parcel->parts[2], &arena, &credit, &why) != TH_OK) {
        return;
    }
    for (uint32_t i = 0; i < query->setup.answers_max; i++) {
        struct answer *answer = &query->answers[i];
        if (answer->done || answer->correlation != header->correlation ||
            answer->to.number != (uint32_t)parcel->number ||
            answer->to.class != (enum th_peer_class)(parcel->number >> CLASS_SHIFT)) {
            continue;
        }
        const uint32_t parts = credit.parts < TH_ANSWER_CREDIT ? credit.parts : TH_ANSWER_CREDIT;
        answer->credit = answer->credit + parts < TH_ANSWER_CREDIT ? answer->credit + parts
                                                                   : (uint32_t)TH_ANSWER_CREDIT;
        answer->deadline_ms = now_ms() + CREDIT_MS;
        send_parts(query, answer);
    }
}

static void take(struct query *query, const struct th_parcel *parcel)
{
    struct th_header header;
    struct th_malformed why;
    if (th_header_read(parcel->parts[1], &header, &why) != TH_OK) {
        return;
    }
    if (header.type == TH_MSG_QUERY) {
        ask(query, parcel, &header);
    } else if (header.type == TH_MSG_CREDIT) {
        grant(query, parcel, &header);
    }
}

static void drop_late(struct query *query)
{
    const uint64_t now = now_ms();
    for (uint32_t i = 0; i < query->setup.answers_max; i++) {
        if (!query->answers[i].done && query->answers[i].deadline_ms < now) {
            answer_free(&query->answers[i]);
        }
    }
}

static void *run(void *self)
{
    struct query *query = self;
    while (!th_queue_ended(query->in)) {
        const enum th_err err = th_queue_wait(query->in, LOOK_MS);
        TH_SCOPED(th_parcel_free)
        struct th_parcel *parcel = err == TH_OK ? th_queue_take(query->in) : NULL;
        if (parcel != NULL) {
            take(query, parcel);
        }
        drop_late(query);
    }
    return NULL;
}

// ---- life ----

static void free_query(struct query *query)
{
    for (uint32_t i = 0; query->answers != NULL && i < query->setup.answers_max; i++) {
        answer_free(&query->answers[i]);
    }
    free(query->answers);
    free(query->arena_space);
    free(query->part_space);
    th_queue_free(&query->in);
    free(query);
}

static enum th_err make(struct query *query)
{
    query->answers = calloc(query->setup.answers_max, sizeof(*query->answers));
    query->arena_space = malloc(ARENA_BYTES);
    query->part_space = malloc(PART_SPACE);
    if (query->answers == NULL || query->arena_space == NULL || query->part_space == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < query->setup.answers_max; i++) {
        query->answers[i].done = true;
    }
    TH_TRY(th_queue_make(QUESTIONS_MAX, QUESTION_BYTES_MAX, &query->in));
    return pthread_create(&query->thread, NULL, run, query) == 0 ? TH_OK : TH_E_IO;
}

enum th_err query_start(const struct query_setup *setup, struct query **query)
{
    struct query *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    made->setup = *setup;
    const enum th_err err = make(made);
    if (err != TH_OK) {
        free_query(made);
        return err;
    }
    *query = made;
    return TH_OK;
}

void query_stop(struct query **query)
{
    if (*query == NULL) {
        return;
    }
    th_queue_close((*query)->in);
    (void)pthread_join((*query)->thread, NULL);
    free_query(*query);
    *query = NULL;
}

enum th_err query_ask(struct query *query,
                      size_t province,
                      const struct th_peer *from,
                      struct th_bytes header,
                      struct th_bytes body)
{
    const struct th_bytes parts[] = {from->route, header, body};
    TH_SCOPED(th_parcel_free)
    struct th_parcel *parcel = th_parcel_make((unsigned)province, parts, TH_COUNT(parts));
    if (parcel == NULL) {
        return TH_E_FULL;
    }
    parcel->number = ((uint64_t)from->class << CLASS_SHIFT) | from->number;
    return th_queue_put(query->in, &parcel);
}
