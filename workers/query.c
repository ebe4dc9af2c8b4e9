// query.c - see query.h; the threads, their answers and the credit for these

#include "workers/query.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/log.h"

#include "workers/envelope.h"
#include "workers/halt.h"
#include "workers/query_answer.h"

enum {
    QUESTIONS_MAX = 256, // waiting
    QUESTION_BYTES_MAX = 4 * 1024 * 1024,
    CREDIT_MS = 30000,
    LOOK_MS = 1000,
    ARENA_BYTES = 1024 * 1024,
    PART_SPACE = TH_ANSWER_BYTES_MAX + 4096,
    CLASS_SHIFT = 32,
    EVERYWHERE_SHIFT = 48,
    PUBLIC_SHIFT = 49,
};

// A thread, what it is asked, and the answers it holds.
struct lane {
    struct query *query;
    struct th_queue *in; // kind: province; parts: route, header, body
    pthread_t thread;
    bool started;
    struct answer *answers;
    uint32_t answers_max;
    void *arena_space;
    uint8_t *part_space;
};

enum { LANE_SHORT, LANE_LONG, LANE_PUBLIC, LANES };

struct query {
    struct query_setup setup;
    struct lane lanes[LANES];
    struct halt halt; // of all lanes but the short one
};

// ---- sending ----

static void send_body(const struct lane *lane, const struct answer *answer, struct th_bytes body)
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
    if (parcel != NULL && th_queue_put(lane->query->setup.out, &parcel) != TH_OK) {
        th_log(LOG_WARNING, "answer-lost", "viewer=%u", answer->to.number);
    }
}

static void send_parts(struct lane *lane, struct answer *answer)
{
    while (!answer->done && answer->credit > 0) {
        struct th_writer writer = {.data = lane->part_space, .max = PART_SPACE};
        if (answer_part(answer, &writer) != TH_OK) {
            th_log(LOG_ERR, "answer-too-large", "viewer=%u", answer->to.number);
            answer_free(answer);
            return;
        }
        answer->credit--;
        send_body(lane, answer, th_written(&writer));
    }
    if (answer->done) {
        answer_free(answer);
    }
}

// ---- questions ----

static struct answer *free_answer(struct lane *lane)
{
    for (uint32_t i = 0; i < lane->answers_max; i++) {
        if (lane->answers[i].done) {
            return &lane->answers[i];
        }
    }
    return NULL;
}

static bool is_short(const struct lane *lane)
{
    return lane == &lane->query->lanes[LANE_SHORT];
}

static enum th_peer_class class_of(const struct th_parcel *parcel)
{
    return (enum th_peer_class)(parcel->number >> CLASS_SHIFT & UINT8_MAX);
}

static bool has_flag(const struct th_parcel *parcel, unsigned shift)
{
    return (parcel->number >> shift & 1) != 0;
}

static void address(struct answer *answer,
                    const struct lane *lane,
                    const struct th_parcel *parcel,
                    uint64_t correlation)
{
    struct query *query = lane->query;
    *answer = (struct answer){
        .province = query->setup.provinces[parcel->kind],
        .halt = is_short(lane) ? NULL : &query->halt,
        .others = query->setup.provinces,
        .correlation = correlation,
        .credit = TH_ANSWER_CREDIT,
        .deadline_ms = th_now_ms() + CREDIT_MS,
        .bytes_max = query->setup.answer_bytes_max,
    };
    const struct th_bytes route = parcel->parts[0];
    if (route.size > 0 && route.size <= TH_ROUTE_MAX) {
        memcpy(answer->route, route.data, route.size);
    }
    answer->to = (struct th_peer){
        .class = class_of(parcel),
        .number = (uint32_t)parcel->number,
        .everywhere = has_flag(parcel, EVERYWHERE_SHIFT),
        .public_only = has_flag(parcel, PUBLIC_SHIFT),
        .route = {.data = answer->route, .size = route.size <= TH_ROUTE_MAX ? route.size : 0},
    };
    answer->other_count = answer->to.everywhere ? query->setup.province_count : 0;
}

static void answer_code(struct lane *lane, struct answer *answer, unsigned code)
{
    answer->head = (struct th_answer){.code = code, .store_id = answer->province.opened.store_id};
    answer->edition_count = 0;
    answer->line_count = answer->topic_count = answer->finding_count = answer->form_count = 0;
    answer->change_count = 0;
    send_parts(lane, answer);
}

static void refuse(struct lane *lane,
                   const struct th_parcel *parcel,
                   const struct th_header *header,
                   unsigned code)
{
    struct answer refused;
    address(&refused, lane, parcel, header->correlation);
    answer_code(lane, &refused, code);
}

static void build(struct lane *lane, struct answer *answer, const struct th_query *question)
{
    const enum th_err err = answer_build(answer, question);
    answer->deadline_ms = th_now_ms() + CREDIT_MS;
    if (err == TH_OK) {
        send_parts(lane, answer);
        return;
    }
    if (err != TH_E_BUSY) {
        th_log(LOG_ERR,
               "question-failed",
               "province=%s error=%s",
               answer->province.province->lineage,
               th_err_name(err));
    }
    answer_code(lane, answer, err == TH_E_CORRUPT ? TH_M_RECORD_DAMAGED : TH_M_LINE_BUSY);
}

// Where a question belongs that came to the short lane.
static struct lane *
lane_of(struct lane *lane, const struct th_parcel *parcel, const struct th_query *question)
{
    struct query *query = lane->query;
    if (has_flag(parcel, PUBLIC_SHIFT) || answer_is_public(question)) {
        return &query->lanes[LANE_PUBLIC];
    }
    return answer_is_long(question) ? &query->lanes[LANE_LONG] : lane;
}

// *parcel is given away when its question belongs to another lane.
static void ask(struct lane *lane, struct th_parcel **parcel, const struct th_header *header)
{
    struct th_arena arena = th_arena_of(lane->arena_space, ARENA_BYTES);
    struct th_query question;
    struct th_malformed why;
    if (th_query_read((*parcel)->parts[2], &arena, &question, &why) != TH_OK) {
        refuse(lane, *parcel, header, TH_M_STREAM_ENCODING);
        return;
    }
    struct lane *right = is_short(lane) ? lane_of(lane, *parcel, &question) : lane;
    if (right != lane) {
        if (th_queue_put(right->in, parcel) != TH_OK) {
            refuse(lane, *parcel, header, TH_M_LINE_BUSY);
        }
        return;
    }
    struct answer *answer = free_answer(lane);
    if (answer == NULL) {
        refuse(lane, *parcel, header, TH_M_LINE_BUSY);
        return;
    }
    address(answer, lane, *parcel, header->correlation);
    build(lane, answer, &question);
}

static bool
is_for(const struct answer *answer, const struct th_parcel *parcel, const struct th_header *header)
{
    return !answer->done && answer->correlation == header->correlation &&
           answer->to.number == (uint32_t)parcel->number && answer->to.class == class_of(parcel);
}

// *parcel is passed on when no answer here is meant.
static void grant(struct lane *lane, struct th_parcel **parcel, const struct th_header *header)
{
    struct th_arena arena = th_arena_of(lane->arena_space, ARENA_BYTES);
    struct th_credit credit;
    struct th_malformed why;
    bool found = false;
    if (th_credit_read((*parcel)->parts[2], &arena, &credit, &why) != TH_OK) {
        return;
    }
    for (uint32_t i = 0; i < lane->answers_max; i++) {
        struct answer *answer = &lane->answers[i];
        if (!is_for(answer, *parcel, header)) {
            continue;
        }
        const uint32_t parts = credit.parts < TH_ANSWER_CREDIT ? credit.parts : TH_ANSWER_CREDIT;
        answer->credit = answer->credit + parts < TH_ANSWER_CREDIT ? answer->credit + parts
                                                                   : (uint32_t)TH_ANSWER_CREDIT;
        answer->deadline_ms = th_now_ms() + CREDIT_MS;
        found = true;
        send_parts(lane, answer);
    }
    if (!found && lane + 1 < lane->query->lanes + LANES) {
        const enum th_err err = th_queue_put(lane[1].in, parcel);
        (void)err; // full: its asker loses the answer, as with any credit that is lost
    }
}

static void take(struct lane *lane, struct th_parcel **parcel)
{
    struct th_header header;
    struct th_malformed why;
    if (th_header_read((*parcel)->parts[1], &header, &why) != TH_OK) {
        return;
    }
    if (header.type == TH_MSG_QUERY) {
        ask(lane, parcel, &header);
    } else if (header.type == TH_MSG_CREDIT) {
        grant(lane, parcel, &header);
    }
}

static void drop_late(struct lane *lane)
{
    const uint64_t now = th_now_ms();
    for (uint32_t i = 0; i < lane->answers_max; i++) {
        if (!lane->answers[i].done && lane->answers[i].deadline_ms < now) {
            answer_free(&lane->answers[i]);
        }
    }
}

static void *run(void *self)
{
    struct lane *lane = self;
    while (!th_queue_ended(lane->in)) {
        const enum th_err err = th_queue_wait(lane->in, LOOK_MS);
        TH_SCOPED(th_parcel_free)
        struct th_parcel *parcel = err == TH_OK ? th_queue_take(lane->in) : NULL;
        if (parcel != NULL) {
            take(lane, &parcel);
        }
        drop_late(lane);
    }
    return NULL;
}

// ---- life ----

static void stop_lane(struct lane *lane)
{
    if (lane->started) {
        th_queue_close(lane->in);
        (void)pthread_join(lane->thread, NULL);
        lane->started = false;
    }
}

// A lane gives parcels to those behind it: it ends first.
static void free_query(struct query *query)
{
    halt_now(&query->halt);
    for (size_t l = 0; l < LANES; l++) {
        stop_lane(&query->lanes[l]);
    }
    for (size_t l = 0; l < LANES; l++) {
        struct lane *lane = &query->lanes[l];
        for (uint32_t i = 0; lane->answers != NULL && i < lane->answers_max; i++) {
            answer_free(&lane->answers[i]);
        }
        free(lane->answers);
        free(lane->arena_space);
        free(lane->part_space);
        th_queue_free(&lane->in);
    }
    free(query);
}

static enum th_err make_lane(struct query *query, struct lane *lane, uint32_t answers_max)
{
    lane->query = query;
    lane->answers_max = answers_max > 0 ? answers_max : 1;
    lane->answers = calloc(lane->answers_max, sizeof(*lane->answers));
    lane->arena_space = malloc(ARENA_BYTES);
    lane->part_space = malloc(PART_SPACE);
    if (lane->answers == NULL || lane->arena_space == NULL || lane->part_space == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < lane->answers_max; i++) {
        lane->answers[i].done = true;
    }
    return th_queue_make(QUESTIONS_MAX, QUESTION_BYTES_MAX, &lane->in);
}

static enum th_err make(struct query *query)
{
    const uint32_t longs = query->setup.answers_max / 4;
    TH_TRY(make_lane(query, &query->lanes[LANE_PUBLIC], longs));
    TH_TRY(make_lane(query, &query->lanes[LANE_LONG], longs));
    TH_TRY(make_lane(query, &query->lanes[LANE_SHORT], query->setup.answers_max - 2 * longs));
    for (size_t l = 0; l < LANES; l++) {
        struct lane *lane = &query->lanes[l];
        if (pthread_create(&lane->thread, NULL, run, lane) != 0) {
            return TH_E_IO;
        }
        lane->started = true;
    }
    return TH_OK;
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
    if (*query != NULL) {
        free_query(*query);
        *query = NULL;
    }
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
    parcel->number = ((uint64_t)from->everywhere << EVERYWHERE_SHIFT) |
                     ((uint64_t)from->public_only << PUBLIC_SHIFT) |
                     ((uint64_t)from->class << CLASS_SHIFT) | from->number;
    return th_queue_put(query->lanes[LANE_SHORT].in, &parcel);
}
