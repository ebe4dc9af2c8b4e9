// judge.c - see judge.h; memory and events

#include "workers/judge.h"

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"
#include "workers/open.h"

enum {
    ANSWER_BYTES_MIN = 320 * 1024,
    SEAT_ANSWER_BYTES = 512, // header and empty body of an answer
    PIECES = 15,
};

struct judge_limits judge_limits_usual(void)
{
    return (struct judge_limits){
        .nodes = 512,
        .answer_bytes = 4 * 1024 * 1024,
        .feed_topics = 8000,
        .totals = {.cells = 65536,
                   .topics = 8000,
                   .delta_cells = 3900,
                   .delta_bytes = 6 * 1024 * 1024},
    };
}

struct judge_limits judge_limits_small(void)
{
    return (struct judge_limits){
        .nodes = 32,
        .answer_bytes = ANSWER_BYTES_MIN,
        .feed_topics = 256,
        .totals = {.cells = 1024, .topics = 256, .delta_cells = 512, .delta_bytes = 128 * 1024},
    };
}

static uint32_t seat_buckets(const struct judge_limits *limits)
{
    uint32_t count = 1;
    while (count < 2 * limits->nodes) {
        count *= 2;
    }
    return count;
}

uint32_t judge_prepared_max(const struct judge_limits *limits)
{
    return 3 * limits->nodes + 2;
}

// What is not signed in this turn is asked for again.
uint32_t judge_signings_max(const struct judge_limits *limits)
{
    return 2 * limits->nodes + 8 * JUDGE_RECEIPTS_MAX;
}

size_t judge_memory(const struct judge_limits *limits)
{
    return totals_memory(&limits->totals) + ledger_memory() + feed_memory(limits->feed_topics) +
           TH_ARENA_BYTES + TH_BATCH_UPDATES_MAX * (sizeof(struct item) + sizeof(unsigned)) +
           limits->nodes * sizeof(struct seat) + seat_buckets(limits) * sizeof(uint32_t) +
           limits->answer_bytes + judge_prepared_max(limits) * sizeof(struct prepared) +
           JUDGE_VERDICTS_MAX * (sizeof(struct th_item_verdict) + sizeof(struct th_notice)) +
           judge_signings_max(limits) * sizeof(struct signing) +
           limits->nodes * sizeof(struct seat *) +
           JUDGE_RECEIPTS_MAX * (sizeof(struct th_signed_receipt) +
                                 sizeof(struct th_receipt_place) + TH_RECEIPT_CONTENT_MAX) +
           TH_LIST_MAX * sizeof(struct th_key_entry) + (PIECES + 1) * 16;
}

static void *take(struct th_arena *memory, size_t size, bool *full)
{
    void *piece = th_arena_take(memory, size);
    *full = *full || piece == NULL;
    return piece;
}

// Most pools are written before they are read: pages that no turn needs are never touched.
static void *take_zeroed(struct th_arena *memory, size_t size, bool *full)
{
    void *piece = take(memory, size, full);
    if (piece != NULL) {
        memset(piece, 0, size);
    }
    return piece;
}

static enum th_err cut_pools(struct judge *judge, struct th_arena *memory)
{
    const struct judge_limits *limits = &judge->limits;
    bool full = false;
    void *decode = th_arena_take(memory, TH_ARENA_BYTES);
    full = full || decode == NULL;
    judge->decode = th_arena_of(decode, TH_ARENA_BYTES);
    judge->items = take(memory, TH_BATCH_UPDATES_MAX * sizeof(struct item), &full);
    judge->outcomes = take(memory, TH_BATCH_UPDATES_MAX * sizeof(unsigned), &full);
    judge->seats = take(memory, limits->nodes * sizeof(struct seat), &full);
    judge->seat_buckets = take_zeroed(memory, seat_buckets(limits) * sizeof(uint32_t), &full);
    judge->seat_mask = seat_buckets(limits) - 1;
    judge->out = (struct th_writer){.data = th_arena_take(memory, limits->answer_bytes),
                                    .max = limits->answer_bytes};
    full = full || judge->out.data == NULL;
    judge->prepared = take(memory, judge_prepared_max(limits) * sizeof(struct prepared), &full);
    judge->verdicts = take(memory, JUDGE_VERDICTS_MAX * sizeof(*judge->verdicts), &full);
    judge->notices = take(memory, JUDGE_VERDICTS_MAX * sizeof(*judge->notices), &full);
    judge->signings = take(memory, judge_signings_max(limits) * sizeof(*judge->signings), &full);
    judge->by_number = take(memory, limits->nodes * sizeof(*judge->by_number), &full);
    judge->receipts = take(memory, JUDGE_RECEIPTS_MAX * sizeof(*judge->receipts), &full);
    judge->places = take(memory, JUDGE_RECEIPTS_MAX * sizeof(*judge->places), &full);
    const size_t texts = (size_t)JUDGE_RECEIPTS_MAX * TH_RECEIPT_CONTENT_MAX;
    judge->receipt_texts = (struct th_writer){.data = take(memory, texts, &full), .max = texts};
    judge->keys = take(memory, TH_LIST_MAX * sizeof(*judge->keys), &full);
    return full ? TH_E_NO_MEMORY : TH_OK;
}

static struct judge_pace pace_of(const struct judge_pace *asked)
{
    struct judge_pace pace = *asked;
    pace.attach_ms = pace.attach_ms > 0 ? pace.attach_ms : JUDGE_ATTACH_MS;
    pace.beat_ms = pace.beat_ms > 0 ? pace.beat_ms : JUDGE_BEAT_MS;
    pace.overlap_ms = pace.overlap_ms > 0 ? pace.overlap_ms : JUDGE_OVERLAP_MS;
    return pace;
}

void judge_set_pace(struct judge *judge, const struct judge_pace *pace)
{
    judge->setup.pace = pace_of(pace);
    judge->totals.setup.feed_keep = pace->feed_keep;
    judge->attach_at = judge->now_ms;
    judge->beat_at = judge->now_ms;
}

enum th_err judge_init(struct judge *judge,
                       const struct judge_limits *limits,
                       const struct judge_setup *setup,
                       struct th_memory memory)
{
    if (limits->nodes == 0 || limits->answer_bytes < ANSWER_BYTES_MIN ||
        limits->totals.cells < TOTALS_ITEM_SLOTS) {
        return TH_E_INVALID;
    }
    *judge = (struct judge){.setup = *setup, .limits = *limits};
    judge->setup.pace = pace_of(&setup->pace);
    struct th_arena arena = th_arena_of(memory.base, memory.size);

    judge->check = open_check(setup->birth_id);
    th_topic_of_beats(setup->lineage, judge->beat_topic);
    judge->rules = (struct th_rules){
        .reg = setup->reg,
        .root = setup->root,
        .catalogue = setup->catalogue,
        .person_scope = setup->person_scope,
    };
    const struct totals_setup totals = {
        .store = setup->store,
        .check = &judge->check,
        .reg = setup->reg,
        .catalogue = setup->catalogue,
        .root = setup->root,
        .store_id = setup->store_id,
        .store_epoch = setup->store_epoch,
        .feed_keep = setup->pace.feed_keep,
    };
    TH_TRY(totals_init(&judge->totals, &totals, &limits->totals, &arena));
    TH_TRY(ledger_init(&judge->ledger, setup->store, &judge->check, &arena));
    TH_TRY(feed_init(&judge->feed, limits->feed_topics, &arena));
    judge_name_province(judge);
    return cut_pools(judge, &arena);
}

size_t judge_actions_max(const struct judge_limits *limits)
{
    const size_t beats = limits->feed_topics / FEED_BEAT_TOPICS_MAX + 1;
    return judge_prepared_max(limits) + limits->totals.topics + beats + 16;
}

uint64_t judge_version(const struct judge *judge)
{
    return judge->ledger.version;
}

uint64_t judge_beat(const struct judge *judge)
{
    return judge->feed.number;
}

// ---- events ----

static void wake(struct judge *judge, struct th_actions *actions)
{
    uint64_t at = judge->beat_at < judge->attach_at ? judge->beat_at : judge->attach_at;
    if (judge->full && judge->probe_at < at) {
        at = judge->probe_at;
    }
    th_actions_add(actions, TH_ACT_WAKE)->at_ms = at;
}

static void on_start(struct judge *judge, struct th_actions *actions)
{
    judge->beat_at = judge->now_ms + judge->setup.pace.beat_ms;
    judge->attach_at = judge->now_ms;
    const enum th_err err = judge_touch(judge);
    if (err != TH_OK) {
        judge_fail_turn(judge, err, true, actions);
    } else {
        judge->open = false;
        th_actions_add(actions, TH_ACT_ABORT); // it was only read
    }
    wake(judge, actions);
}

// One change that matters to nobody, committed for real: is there room again?
static enum th_err probe(struct judge *judge)
{
    uint8_t space[32];
    struct th_writer value = TH_WRITER(space);
    th_write_u64(&value, (uint64_t)judge->wall_ms);
    judge->open = true;
    judge->dirty = true;
    return th_check_put(&judge->check, judge->setup.store, TABLE_META, TH_BYTES("probe"), &value);
}

static void probe_when_due(struct judge *judge, struct th_actions *actions)
{
    if (!judge->full || judge->committing || judge->now_ms < judge->probe_at) {
        return;
    }
    judge->probe_at = judge->now_ms + JUDGE_PROBE_MS;
    const enum th_err err = probe(judge);
    if (err == TH_OK) {
        judge_end_turn(judge, actions);
    } else {
        judge_fail_turn(judge, err, true, actions);
    }
}

static void on_tick(struct judge *judge, struct th_actions *actions)
{
    probe_when_due(judge, actions); // first: a turn that fails forgets what was written before
    if (judge->now_ms >= judge->beat_at) {
        judge_beat_now(judge, actions);
        judge->beat_at = judge->now_ms + judge->setup.pace.beat_ms;
    }
    if (judge->now_ms >= judge->attach_at) {
        judge_attach(judge, actions);
        judge->attach_at = judge->now_ms + judge->setup.pace.attach_ms;
        judge->keys_due = true; // the broker may have lost what it was told
        if (!judge->committing && !judge->open) {
            judge_end_turn(judge, actions);
        }
    }
    wake(judge, actions);
}

static void stranger(const struct th_event *event, struct th_actions *actions)
{
    judge_note(actions, JUDGE_NOTE_STRANGER, event->from.number, 0);
}

static void
refuse_for_now(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    const struct th_refusal refusal = {
        .code = judge->full ? TH_M_PROVINCE_DISK_FULL : TH_M_LINE_BUSY,
        .class = TH_REFUSE_RETRY,
        .retry_ms = judge->full ? JUDGE_PROBE_MS : JUDGE_BUSY_MS,
    };
    judge_refuse(judge, &event->from, &refusal, actions);
}

static enum th_err take_message(struct judge *judge,
                                const struct th_event *event,
                                const struct th_header *header,
                                struct th_actions *actions)
{
    switch (event->from.class) {
    case TH_PEER_NONE:
    case TH_PEER_WORKER: // as the broker addresses us
        if (header->type == TH_MSG_ROSTER) {
            return judge_roster(judge, event);
        }
        if (header->type == TH_MSG_KEYS) {
            return judge_told_keys(judge, event);
        }
        break;
    case TH_PEER_BOOTSTRAP:
        if (header->type == TH_MSG_JOIN) {
            return judge_join(judge, event, actions);
        }
        break;
    case TH_PEER_NODE:
    case TH_PEER_DESK:
        return judge_node_message(judge, event, header, actions);
    case TH_PEER_VIEWER: // its questions go another way
        if (header->type == TH_MSG_REGISTER_REQUEST) {
            judge_send_part(judge, event, header, actions);
            return TH_OK;
        }
        break;
    }
    stranger(event, actions);
    return TH_OK;
}

static bool is_broker(const struct th_event *event)
{
    return event->from.class == TH_PEER_NONE || event->from.class == TH_PEER_WORKER;
}

static void
on_message(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    struct th_header header;
    struct th_malformed why;
    if (th_header_read(event->header, &header, &why) != TH_OK ||
        event->from.route.size > TH_ROUTE_MAX ||
        (!is_broker(event) && header.node != event->from.number)) {
        stranger(event, actions);
        return;
    }
    if (judge->committing || judge->full || judge->stopping) {
        if (!is_broker(event)) {
            refuse_for_now(judge, event, actions);
        }
        return;
    }
    th_arena_reset(&judge->decode);
    const enum th_err err = take_message(judge, event, &header, actions);
    if (err != TH_OK) {
        judge_fail_turn(judge, err, true, actions);
    }
}

static void on_link_up(struct judge *judge, struct th_actions *actions)
{
    judge_attach(judge, actions);
    judge_beat_now(judge, actions); // whoever waits for one need not wait a second
    judge->keys_due = true;
    if (!judge->committing && !judge->open) {
        judge_end_turn(judge, actions);
    }
}

static void on_stop(struct judge *judge, struct th_actions *actions)
{
    judge->stopping = true;
    if (!judge->committing) {
        judge_end_turn(judge, actions);
    }
}

static void
on_commit_failed(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    th_assert(judge->committing && event->commit == judge->commit); // S2
    judge->committing = false;
    if (th_mutant(9)) {
        judge_committed(judge, actions);
        return;
    }
    judge_fail_turn(judge, event->err, false, actions);
}

static void dispatch(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    switch (event->kind) {
    case TH_EV_START:
        on_start(judge, actions);
        return;
    case TH_EV_TICK:
        on_tick(judge, actions);
        return;
    case TH_EV_MESSAGE:
        on_message(judge, event, actions);
        return;
    case TH_EV_DRAINED:
        if (!judge->committing) {
            judge_end_turn(judge, actions);
        }
        return;
    case TH_EV_LINK_UP:
        on_link_up(judge, actions);
        return;
    case TH_EV_COMMITTED:
        th_assert(judge->committing && event->commit == judge->commit); // S2
        judge->committing = false;
        judge_committed(judge, actions);
        return;
    case TH_EV_COMMIT_FAILED:
        on_commit_failed(judge, event, actions);
        return;
    case TH_EV_STOP:
        on_stop(judge, actions);
        return;
    case TH_EV_QUEUED:
    case TH_EV_LINK_DOWN:
    case TH_EV_KEY_REFUSED:
    case TH_EV_ROSTER:
        return; // the run loop's and the broker's
    }
    th_unreachable();
}

void judge_step(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    judge->now_ms = event->now_ms;
    judge->wall_ms = event->wall_ms;
    judge->today = event->today;
    if (!judge->committing) {
        judge->out.size = 0; // what the last step's actions showed has been sent
    }
    dispatch(judge, event, actions);
    if (judge->reopening && !judge->stopping) {
        judge->stopping = true;
        judge_end_turn(judge, actions);
    }
    if (judge->stopping && !judge->committing && !judge->ended) {
        judge->ended = true;
        th_actions_add(actions, TH_ACT_EXIT)->code = judge->reopening ? JUDGE_EXIT_REOPEN : 0;
    }
}
