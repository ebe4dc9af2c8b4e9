// source.c - see source.h; the direct source

#include "workers/source.h"

#include <stdlib.h>

#include "tonghop/joining.h"

// number of a parcel: who sent it
enum { PARCEL_MESSAGE = 1, PARCEL_LINK_UP = 2, CLASS_SHIFT = 32, ENROLMENT_SHIFT = 40 };

_Static_assert(TH_ENROLMENTS_MAX < 1 << (64 - ENROLMENT_SHIFT), "it fits beside the class");

struct direct {
    struct th_queue *queue;
    struct th_parcel *current; // what was handed out last
    uint64_t position;
};

static enum th_err direct_assign(void *self, uint64_t position)
{
    struct direct *direct = self;
    direct->position = position;
    return TH_OK;
}

static void direct_revoke(void *self)
{
    struct direct *direct = self;
    th_queue_close(direct->queue);
}

static enum th_err direct_append(void *self, const struct source_message *message)
{
    struct direct *direct = self;
    const struct th_bytes parts[] = {message->from.route, message->header, message->body};
    TH_SCOPED(th_parcel_free)
    struct th_parcel *parcel =
        th_parcel_make(message->link_up ? PARCEL_LINK_UP : PARCEL_MESSAGE, parts, TH_COUNT(parts));
    if (parcel == NULL) {
        return TH_E_FULL;
    }
    parcel->number = (uint64_t)message->from.enrolment << ENROLMENT_SHIFT |
                     (uint64_t)message->from.class << CLASS_SHIFT | message->from.number;
    return th_queue_put(direct->queue, &parcel);
}

static enum th_err direct_poll(void *self, unsigned wait_ms, struct source_message *message)
{
    struct direct *direct = self;
    th_parcel_free(&direct->current);
    direct->current = th_queue_take(direct->queue);
    if (direct->current == NULL && wait_ms > 0 && !th_queue_ended(direct->queue)) {
        const enum th_err waited = th_queue_wait(direct->queue, wait_ms);
        if (waited != TH_OK) {
            return waited;
        }
        direct->current = th_queue_take(direct->queue);
    }
    if (direct->current == NULL) {
        return th_queue_ended(direct->queue) ? TH_E_REFUSED : TH_E_TIMEOUT;
    }
    const struct th_parcel *parcel = direct->current;
    *message = (struct source_message){
        .link_up = parcel->kind == PARCEL_LINK_UP,
        .from = {.class = (enum th_peer_class)(uint8_t)(parcel->number >> CLASS_SHIFT),
                 .number = (uint32_t)parcel->number,
                 .enrolment = (uint32_t)(parcel->number >> ENROLMENT_SHIFT),
                 .route = parcel->parts[0]},
        .header = parcel->parts[1],
        .body = parcel->parts[2],
    };
    direct->position++;
    return TH_OK;
}

static uint64_t direct_position(void *self)
{
    const struct direct *direct = self;
    return direct->position;
}

// The nodes hold what is not decided; there is nothing to forget here.
static void direct_trim(void *self, uint64_t position)
{
    (void)self;
    (void)position;
}

static void direct_close(void *self)
{
    struct direct *direct = self;
    th_parcel_free(&direct->current);
    th_queue_free(&direct->queue);
    free(direct);
}

static const struct source_ops DIRECT = {
    .name = "direct",
    .assign = direct_assign,
    .revoke = direct_revoke,
    .append = direct_append,
    .poll = direct_poll,
    .position = direct_position,
    .trim = direct_trim,
    .close = direct_close,
};

enum th_err source_direct(struct source *source)
{
    struct direct *direct = calloc(1, sizeof(*direct));
    if (direct == NULL) {
        return TH_E_NO_MEMORY;
    }
    const enum th_err err = th_queue_make(SOURCE_MESSAGES_MAX, SOURCE_BYTES_MAX, &direct->queue);
    if (err != TH_OK) {
        free(direct);
        return err;
    }
    *source = (struct source){.ops = &DIRECT, .self = direct};
    return TH_OK;
}
