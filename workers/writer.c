// writer.c - see writer.h

#include "workers/writer.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"
#include "tonghop/log.h"

#include "workers/envelope.h"
#include "workers/lazy.h"
#include "workers/marker.h"

enum { WAIT_MS_MAX = 1000, DAY_MS = 24 * 3600 * 1000 };

struct writer {
    struct writer_setup setup;
    struct judge judge;
    void *memory;
    struct th_actions actions;
    pthread_t thread;
    struct lazy store;
    struct marker marker;
    uint64_t wake_ms;
    uint64_t commit;  // asked for
    uint32_t batches; // of the open turn
    bool exiting;
    int code;
    atomic_bool ended;
    atomic_uint_fast64_t version;
    atomic_uint_fast64_t beat;
    pthread_mutex_t asked_lock;
    struct writer_pace asked; // under the lock
    atomic_bool is_asked;
};

static int64_t wall_ms(void)
{
    return th_wall_ms() + (th_fault_hit("clock.tomorrow") ? DAY_MS : 0); // of tests
}

// ---- actions ----

static struct envelope_store store_of(const struct writer *writer)
{
    return (struct envelope_store){
        .lineage = th_bytes_of(writer->setup.province->lineage),
        .store_id = writer->setup.opened.store_id,
        .store_epoch = writer->setup.opened.store_epoch,
    };
}

static void
put_out(struct writer *writer, unsigned kind, const struct th_bytes *parts, size_t count)
{
    TH_SCOPED(th_parcel_free) struct th_parcel *parcel = th_parcel_make(kind, parts, count);
    if (parcel == NULL) {
        return; // as if it had been lost on the way
    }
    const enum th_err err = th_queue_put(writer->setup.out, &parcel);
    (void)err; // a full queue loses it: nodes ask again, subscribers see the hole
}

static void send_out(struct writer *writer, const struct th_action *action)
{
    uint8_t space[ENVELOPE_BYTES_MAX];
    const struct envelope_store store = store_of(writer);
    const struct th_bytes parts[] = {
        envelope_write(&store, &action->to, space), action->header, action->body};
    put_out(writer, OUT_SEND, parts, TH_COUNT(parts));
}

static void publish_out(struct writer *writer, const struct th_action *action)
{
    const struct th_bytes parts[] = {action->header, action->body};
    put_out(writer, OUT_PUBLISH, parts, TH_COUNT(parts));
}

static void note(const struct writer *writer, const struct th_action *action)
{
    const char *province = writer->setup.province->lineage;
    switch ((enum judge_note)action->code) {
    case JUDGE_NOTE_TURN:
        th_log(LOG_DEBUG, "turn", "province=%s batches=%" PRIu64, province, action->commit);
        return;
    case JUDGE_NOTE_FULL:
        th_log(LOG_ERR, "disk-full", "province=%s", province);
        return;
    case JUDGE_NOTE_RESUMED:
        th_log(LOG_NOTICE, "disk-has-room-again", "province=%s", province);
        return;
    case JUDGE_NOTE_FORK:
        th_log(LOG_ERR,
               "stream-forked",
               "province=%s node=%" PRIu32 " seq=%" PRIu64,
               province,
               action->to.number,
               action->commit);
        return;
    case JUDGE_NOTE_HEALED:
        th_log(LOG_WARNING,
               "stream-epoch-raised",
               "province=%s node=%" PRIu32 " epoch=%" PRIu64,
               province,
               action->to.number,
               action->commit);
        return;
    case JUDGE_NOTE_DEAD:
        th_log(LOG_ERR,
               "batch-undecodable",
               "province=%s node=%" PRIu32 " seq=%" PRIu64,
               province,
               action->to.number,
               action->commit);
        return;
    case JUDGE_NOTE_STRANGER:
        th_log(LOG_WARNING,
               "message-dropped",
               "province=%s node=%" PRIu32,
               province,
               action->to.number);
        return;
    case JUDGE_NOTE_BROKEN:
        th_log(LOG_ERR,
               "store-failed",
               "province=%s error=%s",
               province,
               th_err_name((enum th_err)action->commit));
        return;
    }
    th_unreachable();
}

static void carry_out(struct writer *writer, const struct th_action *action)
{
    switch (action->kind) {
    case TH_ACT_SEND:
        send_out(writer, action);
        return;
    case TH_ACT_PUBLISH:
        publish_out(writer, action);
        return;
    case TH_ACT_COMMIT:
        writer->commit = action->commit;
        return;
    case TH_ACT_ABORT:
        lazy_end(&writer->store);
        return;
    case TH_ACT_WAKE:
        writer->wake_ms = action->at_ms;
        return;
    case TH_ACT_NOTE:
        note(writer, action);
        return;
    case TH_ACT_EXIT:
        writer->exiting = true;
        writer->code = (int)action->code;
        return;
    case TH_ACT_REBUILD:
    case TH_ACT_CUT:
        th_unreachable();
    }
    th_unreachable();
}

static void step(struct writer *writer, struct th_event *event)
{
    event->now_ms = th_now_ms();
    event->wall_ms = wall_ms();
    event->today = th_province_today(writer->setup.province, event->wall_ms);
    writer->actions.count = 0;
    judge_step(&writer->judge, event, &writer->actions);
}

// Answers first, then what is published: the two points between which a test may end us.
static void carry_out_all(struct writer *writer, bool of_turn)
{
    // Told before it leaves: a viewer that has heard a beat and then asks is answered with that
    // beat or a later one.
    atomic_store(&writer->version, judge_version(&writer->judge));
    atomic_store(&writer->beat, judge_beat(&writer->judge));
    bool confirmed = false;
    for (size_t i = 0; i < writer->actions.count; i++) {
        const struct th_action *action = &writer->actions.items[i];
        if (of_turn && !confirmed && action->kind == TH_ACT_PUBLISH) {
            confirmed = true;
            th_stop_point(TURN_CONFIRMED);
        }
        carry_out(writer, action);
    }
    if (of_turn && confirmed) {
        th_stop_point(TURN_PUBLISHED);
    }
}

static void commit(struct writer *writer)
{
    const bool of_turn = writer->batches > 0;
    struct th_event event = {.kind = TH_EV_COMMITTED, .commit = writer->commit};
    writer->commit = 0;
    if (of_turn) {
        th_stop_point(TURN_APPLIED);
    }
    event.err = lazy_commit(&writer->store);
    if (event.err != TH_OK) {
        event.kind = TH_EV_COMMIT_FAILED;
    } else if (of_turn) {
        th_stop_point(TURN_COMMITTED);
    }
    step(writer, &event);
    carry_out_all(writer, of_turn);
    const struct source *source = &writer->setup.source;
    if (event.err == TH_OK) {
        source->ops->trim(source->self, source->ops->position(source->self));
    }
}

static void deliver(struct writer *writer, struct th_event *event)
{
    step(writer, event);
    carry_out_all(writer, false);
    while (writer->commit != 0) {
        commit(writer);
    }
}

// ---- turns ----

static void deliver_message(struct writer *writer, const struct source_message *message)
{
    struct th_event event = {
        .kind = message->link_up ? TH_EV_LINK_UP : TH_EV_MESSAGE,
        .from = message->from,
        .header = message->header,
        .body = message->body,
    };
    struct th_header header;
    struct th_malformed why;
    const bool is_batch = !message->link_up &&
                          th_header_read(message->header, &header, &why) == TH_OK &&
                          header.type == TH_MSG_BATCH;
    if (!is_batch) {
        deliver(writer, &event);
        return;
    }
    if (writer->batches == 0) {
        th_stop_point(TURN_BEGUN);
    }
    writer->batches++;
    if (marker_is_poison(&writer->marker, message->from.number, header.epoch, header.seq)) {
        event.code = JUDGE_PUT_ASIDE;
    }
    marker_begin(&writer->marker, message->from.number, header.epoch, header.seq);
    deliver(writer, &event);
    marker_end(&writer->marker);
}

// Take what has arrived, without waiting for more, up to the bounds of a turn.
static void turn(struct writer *writer, struct source_message *message)
{
    const struct source *source = &writer->setup.source;
    const uint64_t begun_ms = th_now_ms();
    size_t bytes = 0;
    writer->batches = 0;
    for (;;) {
        bytes += message->body.size;
        deliver_message(writer, message);
        if (writer->exiting || writer->batches >= writer->setup.pace.turn_batches ||
            bytes >= writer->setup.pace.turn_bytes ||
            th_now_ms() - begun_ms > writer->setup.pace.turn_wait_ms ||
            source->ops->poll(source->self, 0, message) != TH_OK) {
            break;
        }
    }
    struct th_event drained = {.kind = TH_EV_DRAINED};
    if (!writer->exiting) {
        deliver(writer, &drained);
    }
    writer->batches = 0;
}

static unsigned wait_ms(const struct writer *writer)
{
    const uint64_t now = th_now_ms();
    if (writer->wake_ms <= now) {
        return 0;
    }
    const uint64_t left = writer->wake_ms - now;
    return left < WAIT_MS_MAX ? (unsigned)left : (unsigned)WAIT_MS_MAX;
}

// Between turns: what the program was told meanwhile.
static void take_pace(struct writer *writer)
{
    if (!atomic_exchange(&writer->is_asked, false)) {
        return;
    }
    (void)pthread_mutex_lock(&writer->asked_lock);
    writer->setup.pace = writer->asked;
    (void)pthread_mutex_unlock(&writer->asked_lock);
    judge_set_pace(&writer->judge, &writer->setup.pace.judge);
    writer->wake_ms = th_now_ms();
}

static void *run(void *self)
{
    struct writer *writer = self;
    const struct source *source = &writer->setup.source;
    struct th_event start = {.kind = TH_EV_START};
    deliver(writer, &start);
    while (!writer->exiting) {
        struct source_message message;
        const enum th_err err = source->ops->poll(source->self, wait_ms(writer), &message);
        take_pace(writer);
        if (err == TH_OK) {
            turn(writer, &message);
        } else if (err == TH_E_REFUSED) {
            struct th_event stop = {.kind = TH_EV_STOP};
            deliver(writer, &stop);
        }
        if (!writer->exiting && th_now_ms() >= writer->wake_ms) {
            struct th_event tick = {.kind = TH_EV_TICK};
            deliver(writer, &tick);
        }
    }
    lazy_end(&writer->store);
    atomic_store(&writer->ended, true);
    put_out(writer, OUT_ENDED, NULL, 0);
    return NULL;
}

// ---- life ----

static void free_writer(struct writer *writer)
{
    marker_close(&writer->marker);
    (void)pthread_mutex_destroy(&writer->asked_lock);
    free(writer->memory);
    free(writer->actions.items);
    free(writer);
}

static enum th_err make(const struct writer_setup *setup, struct writer *writer)
{
    const struct judge_limits limits = judge_limits_usual();
    const struct th_province *province = setup->province;
    struct judge_setup judge = {
        .store = lazy_store(&writer->store),
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = province->root,
        .person_scope = province->rules.person_scope,
        .lineage = th_bytes_of(province->lineage),
        .store_id = setup->opened.store_id,
        .birth_id = setup->opened.birth_id,
        .store_epoch = setup->opened.store_epoch,
        .closes = province->closes,
        .opened = province->opened,
        .pace = setup->pace.judge,
        .bundle = {.data = province->bundle, .size = province->bundle_size},
        .registers = setup->registers,
        .signer = setup->signer,
    };
    memcpy(judge.bundle_digest, province->digest, sizeof(judge.bundle_digest));
    const size_t size = judge_memory(&limits);
    writer->setup = *setup;
    writer->store.disk = setup->disk;
    (void)pthread_mutex_init(&writer->asked_lock, NULL); // cannot fail without attributes
    writer->marker = (struct marker){.fd = -1};
    if (setup->marker != NULL) {
        TH_TRY(marker_open(setup->marker, &writer->marker));
    }
    writer->memory = malloc(size);
    writer->actions.max = judge_actions_max(&limits);
    writer->actions.items = calloc(writer->actions.max, sizeof(*writer->actions.items));
    if (writer->memory == NULL || writer->actions.items == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(judge_init(
        &writer->judge, &limits, &judge, (struct th_memory){.base = writer->memory, .size = size}));
    return setup->source.ops->assign(setup->source.self, 0);
}

enum th_err writer_start(const struct writer_setup *setup, struct writer **writer)
{
    struct writer *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    enum th_err err = make(setup, made);
    if (err == TH_OK && pthread_create(&made->thread, NULL, run, made) != 0) {
        err = TH_E_IO;
    }
    if (err != TH_OK) {
        free_writer(made);
        return err;
    }
    *writer = made;
    return TH_OK;
}

int writer_join(struct writer **writer)
{
    if (*writer == NULL) {
        return 0;
    }
    (void)pthread_join((*writer)->thread, NULL);
    const int code = (*writer)->code;
    free_writer(*writer);
    *writer = NULL;
    return code;
}

void writer_set_pace(struct writer *writer, const struct writer_pace *pace)
{
    (void)pthread_mutex_lock(&writer->asked_lock);
    writer->asked = *pace;
    (void)pthread_mutex_unlock(&writer->asked_lock);
    atomic_store(&writer->is_asked, true);
}

bool writer_ended(struct writer *writer)
{
    return atomic_load(&writer->ended);
}

uint64_t writer_version(struct writer *writer)
{
    return atomic_load(&writer->version);
}

uint64_t writer_beat(struct writer *writer)
{
    return atomic_load(&writer->beat);
}
