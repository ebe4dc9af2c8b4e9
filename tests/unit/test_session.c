// test_session.c - the node's half of the protocol, event by event
//
// A tiny run loop carries out commits on the store in memory and keeps what was sent. The province
// is played by the test.

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/store_memory.h"

#include "nodes/outbox.h"
#include "nodes/session.h"
#include "nodes/table.h"
#include "nodes/verdicts.h"
#include "tests/support/test.h"

enum { SENT_MAX = 64, STORE_ID = 77 };

struct sent {
    struct th_header header;
    size_t body_size;
};

struct fixture {
    struct th_store_memory *memory;
    struct th_store store;
    struct session session;
    void *room;
    uint64_t now;
    uint64_t wake;
    struct sent sent[SENT_MAX];
    size_t sent_count;
    unsigned rebuilds;
    unsigned commits;
    enum th_err commit_answer;
};

static const struct outbox_identity IDENTITY = {.node = 7, .epoch = 1, .lineage = "hg93"};
static const uint8_t PUBLIC_KEY[32] = {9};

static void step(struct fixture *f, struct th_event event);

static void carry_out(struct fixture *f, const struct th_action *action, uint64_t *commit)
{
    switch (action->kind) {
    case TH_ACT_SEND:
        assert_true(f->sent_count < SENT_MAX);
        EXPECT(TH_OK, th_header_read(action->header, &f->sent[f->sent_count].header, NULL));
        f->sent[f->sent_count++].body_size = action->body.size;
        break;
    case TH_ACT_COMMIT:
        *commit = action->commit;
        break;
    case TH_ACT_WAKE:
        f->wake = action->at_ms;
        break;
    case TH_ACT_REBUILD:
        f->rebuilds++;
        break;
    case TH_ACT_PUBLISH:
    case TH_ACT_ABORT:
    case TH_ACT_CUT:
    case TH_ACT_NOTE:
    case TH_ACT_EXIT:
        break;
    }
}

static void step(struct fixture *f, struct th_event event)
{
    struct th_action items[SESSION_ACTIONS_MAX];
    struct th_actions actions = {.items = items, .max = SESSION_ACTIONS_MAX};
    uint64_t commit = 0;
    event.now_ms = f->now;
    EXPECT(TH_OK, session_step(&f->session, &event, &actions));
    for (size_t i = 0; i < actions.count; i++) {
        carry_out(f, &items[i], &commit);
    }
    if (commit == 0) {
        th_store_memory_abort(f->memory);
        return;
    }
    f->commits++;
    const enum th_err answer = f->commit_answer;
    f->commit_answer = TH_OK;
    if (answer == TH_OK) {
        th_store_memory_commit(f->memory);
    } else {
        th_store_memory_abort(f->memory);
    }
    step(f,
         (struct th_event){
             .kind = answer == TH_OK ? TH_EV_COMMITTED : TH_EV_COMMIT_FAILED,
             .commit = commit,
             .err = answer,
         });
}

static void happen(struct fixture *f, enum th_event_kind kind)
{
    step(f, (struct th_event){.kind = kind});
}

// Time passes until the machine asked to be woken.
static void wake(struct fixture *f)
{
    assert_true(f->wake > f->now);
    f->now = f->wake;
    happen(f, TH_EV_TICK);
}

static void start(struct fixture *f)
{
    static const uint8_t entropy[32] = {1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT(TH_OK,
           session_init(&f->session,
                        &SESSION_LIMITS,
                        f->store,
                        PUBLIC_KEY,
                        (struct th_memory){f->room, SESSION_MEMORY_BYTES}));
    step(f, (struct th_event){.kind = TH_EV_START, .body = {entropy, sizeof(entropy)}});
}

static void queue(struct fixture *f, size_t count)
{
    struct outbox box;
    struct outbox_extent extent = {.count = count, .items = count};
    uint64_t first = 0;
    EXPECT(TH_OK, outbox_load(f->store, &box));
    EXPECT(TH_OK, outbox_draft_begin(&box, &extent.draft));
    for (size_t i = 0; i < count; i++) {
        char body[32];
        (void)snprintf(body, sizeof(body), "body %zu", i);
        EXPECT(
            TH_OK,
            outbox_draft_add(&box, extent.draft, (uint32_t)i, th_bytes_of(body), TH_BYTES("\1k")));
    }
    EXPECT(TH_OK, outbox_publish(&box, &extent, &first));
    th_store_memory_commit(f->memory);
}

static struct outbox load(struct fixture *f)
{
    struct outbox box;
    EXPECT(TH_OK, outbox_load(f->store, &box));
    return box;
}

static void answer(struct fixture *f, uint32_t type, struct th_bytes body)
{
    uint8_t room[TH_HEADER_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = type, .node = 7};
    th_header_write(&out, &header);
    step(f,
         (struct th_event){
             .kind = TH_EV_MESSAGE,
             .header = th_written(&out),
             .body = body,
         });
}

static struct th_decided decided(struct fixture *f, uint64_t seq)
{
    struct outbox box = load(f);
    struct th_decided d = {
        .seq = seq,
        .store_id = STORE_ID,
        .store_epoch = 2,
        .version = seq,
        .verdicts_through = seq,
    };
    if (outbox_hash(&box, seq, d.hash) != TH_OK) {
        memset(d.hash, 0xee, sizeof(d.hash));
    }
    return d;
}

static void say_decided(struct fixture *f, uint32_t type, const struct th_decided *d)
{
    static uint8_t room[64 * 1024];
    struct th_writer out = TH_WRITER(room);
    const struct th_welcome welcome = {.decided = *d, .protocol = TH_PROTOCOL};
    if (type == TH_MSG_WELCOME) {
        th_welcome_write(&out, &welcome);
    } else {
        th_decided_write(&out, d);
    }
    answer(f, type, th_written(&out));
}

static void say(struct fixture *f, uint32_t type, uint64_t seq)
{
    const struct th_decided d = decided(f, seq);
    say_decided(f, type, &d);
}

static void refuse(struct fixture *f, uint32_t code, enum th_refusal_class class, uint64_t retry_ms)
{
    uint8_t room[128];
    struct th_writer out = TH_WRITER(room);
    const struct th_refusal refusal = {.code = code, .class = class, .retry_ms = retry_ms};
    th_refusal_write(&out, &refusal);
    answer(f, TH_MSG_REFUSAL, th_written(&out));
}

static void forget_sent(struct fixture *f)
{
    f->sent_count = 0;
}

static unsigned count_sent(const struct fixture *f, uint32_t type)
{
    unsigned count = 0;
    for (size_t i = 0; i < f->sent_count; i++) {
        count += f->sent[i].header.type == type ? 1 : 0;
    }
    return count;
}

static void open_session(struct fixture *f)
{
    start(f);
    happen(f, TH_EV_LINK_UP);
    wake(f);
    say(f, TH_MSG_WELCOME, 0);
    assert_int_equal(f->session.state, SESSION_OPEN);
}

static int setup(void **state)
{
    static struct fixture fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){
        .memory = th_store_memory_make(),
        .room = malloc(SESSION_MEMORY_BYTES),
        .now = 1000,
    };
    assert_non_null(fixture.room);
    fixture.store = th_store_memory_ops(fixture.memory);
    EXPECT(TH_OK, outbox_create(fixture.store, &IDENTITY));
    struct outbox box = load(&fixture);
    EXPECT(TH_OK, outbox_joined(&box));
    th_store_memory_commit(fixture.memory);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_store_memory_free(f->memory);
    free(f->room);
    return 0;
}

static void greets_at_once_and_sends_within_the_window(void **state)
{
    struct fixture *f = *state;
    queue(f, 20);

    open_session(f);

    assert_int_equal(f->sent[0].header.type, TH_MSG_HELLO);
    assert_int_equal(count_sent(f, TH_MSG_BATCH), 8);
    assert_int_equal(f->sent[1].header.seq, 1);
    assert_true(f->sent[1].header.has_hash);
    assert_true(load(f).chained >= 8); // N1

    forget_sent(f);
    say(f, TH_MSG_ACK, 3);
    assert_int_equal(count_sent(f, TH_MSG_BATCH), 3);
    assert_int_equal(f->sent[0].header.seq, 9);
}

static void an_answer_reaches_the_disk_when_nothing_is_left_to_wait_for(void **state)
{
    struct fixture *f = *state;
    queue(f, 3);
    open_session(f);

    say(f, TH_MSG_ACK, 2);
    assert_int_equal(load(f).decided, 0); // in memory: losing it would lose nothing
    say(f, TH_MSG_ACK, 3);

    assert_int_equal(load(f).decided, 3);
    assert_int_equal(load(f).version, 3);
}

static void an_answer_reaches_the_disk_soon_even_under_load(void **state)
{
    struct fixture *f = *state;
    queue(f, 3);
    open_session(f);
    say(f, TH_MSG_ACK, 1);

    while (load(f).decided == 0) {
        wake(f);
    }

    assert_true(f->now <= 1000 + 2 + SESSION_LIMITS.flush_ms);
}

static void a_province_that_knows_more_is_a_fork(void **state)
{
    struct fixture *f = *state;
    queue(f, 2);
    start(f);
    happen(f, TH_EV_LINK_UP);
    wake(f);

    say(f, TH_MSG_WELCOME, 5);

    assert_int_equal(f->session.state, SESSION_STOPPED);
    assert_int_equal(f->session.reason, 3102);
    assert_int_equal(count_sent(f, TH_MSG_BATCH), 0);
}

static void another_hash_under_our_number_is_a_fork(void **state)
{
    struct fixture *f = *state;
    queue(f, 2);
    open_session(f);
    struct th_decided d = decided(f, 1);
    d.hash[5] ^= 1;

    say_decided(f, TH_MSG_ACK, &d);

    assert_int_equal(f->session.state, SESSION_STOPPED);
    assert_int_equal(load(f).last, 2); // the outbox is kept
}

static void a_restored_province_is_given_history_again(void **state)
{
    struct fixture *f = *state;
    queue(f, 3);
    open_session(f);
    say(f, TH_MSG_ACK, 3);
    forget_sent(f);
    happen(f, TH_EV_LINK_DOWN);
    happen(f, TH_EV_LINK_UP);
    wake(f);

    struct th_decided d = decided(f, 1);
    d.store_id = STORE_ID + 1;
    d.store_epoch = 1;
    say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(count_sent(f, TH_MSG_BATCH), 2);
    assert_int_equal(f->sent[f->sent_count - 1].header.seq, 3);
}

static void answers_of_another_store_or_an_older_owner_are_ignored(void **state)
{
    struct fixture *f = *state;
    queue(f, 2);
    open_session(f);

    struct th_decided d = decided(f, 2);
    d.store_id = STORE_ID + 1;
    say_decided(f, TH_MSG_ACK, &d);
    d = decided(f, 2);
    d.store_epoch = 1;
    say_decided(f, TH_MSG_ACK, &d);

    assert_int_equal(f->session.decided, 0);
}

static void silence_is_answered_with_pings_and_then_a_new_socket(void **state)
{
    struct fixture *f = *state;
    open_session(f);
    forget_sent(f);

    while (f->rebuilds == 0 && f->now < 200 * 1000) {
        wake(f);
    }

    assert_int_equal(count_sent(f, TH_MSG_PING), 3);
    assert_int_equal(f->rebuilds, 1);
    assert_int_equal(f->session.state, SESSION_DOWN);
    assert_true(f->now >= 1000 + 20 * 1000 + 3 * 15 * 1000);
}

static void a_lost_batch_is_sent_again_after_a_pong(void **state)
{
    struct fixture *f = *state;
    queue(f, 2);
    open_session(f);
    forget_sent(f);
    while (count_sent(f, TH_MSG_PING) == 0) {
        wake(f);
    }
    assert_true(f->now < 1000 + 10 * 1000);

    say(f, TH_MSG_PONG, 0);

    assert_int_equal(count_sent(f, TH_MSG_BATCH), 2);
}

static void a_busy_province_is_left_alone_for_a_while(void **state)
{
    struct fixture *f = *state;
    queue(f, 1);
    open_session(f);
    forget_sent(f);

    refuse(f, 3004, TH_REFUSE_RETRY, 4000);
    happen(f, TH_EV_QUEUED);
    assert_int_equal(count_sent(f, TH_MSG_BATCH), 0);
    while (count_sent(f, TH_MSG_BATCH) == 0 && f->now < 20 * 1000) {
        wake(f);
    }

    assert_int_equal(count_sent(f, TH_MSG_BATCH), 1);
    assert_true(f->now >= 1000 + 2000);
}

static void verdicts_are_kept_and_missing_parts_asked_for(void **state)
{
    struct fixture *f = *state;
    queue(f, 4);
    open_session(f);
    forget_sent(f);
    struct th_item_verdict verdict = {.seq = 1, .index = 0};
    th_verdict_make(&verdict.verdict, 2206, 0, "value", "ST01", "-1", "0", "9", NULL);

    struct th_decided d = decided(f, 4);
    d.verdicts_through = 2;
    d.verdicts = &verdict;
    d.verdict_count = 1;
    say_decided(f, TH_MSG_ACK, &d);

    assert_int_equal(load(f).refused, 1);
    assert_int_equal(load(f).verdict_seq, 2);
    assert_int_equal(count_sent(f, TH_MSG_PING), 1);

    d = decided(f, 4);
    d.verdicts_after = 3; // a part before it is missing: not to be believed complete
    say_decided(f, TH_MSG_PONG, &d);
    assert_int_equal(load(f).verdict_seq, 2);
}

static void a_refused_key_is_tried_again_later_with_a_new_socket(void **state)
{
    struct fixture *f = *state;
    start(f);

    step(f, (struct th_event){.kind = TH_EV_KEY_REFUSED, .code = 400});
    assert_int_equal(f->session.state, SESSION_REFUSED);
    wake(f);

    assert_int_equal(f->rebuilds, 1);
    assert_true(f->now >= 1000 + 15 * 1000 && f->now <= 1000 + 31 * 1000);
}

static void a_failed_commit_is_as_if_nothing_was_heard(void **state)
{
    struct fixture *f = *state;
    queue(f, 1);
    open_session(f);
    struct th_item_verdict verdict = {.seq = 1, .index = 0};
    th_verdict_make(&verdict.verdict, 2206, 0, "value", "ST01", "-1", "0", "9", NULL);
    struct th_decided d = decided(f, 1);
    d.verdicts = &verdict;
    d.verdict_count = 1;

    f->commit_answer = TH_E_FULL;
    say_decided(f, TH_MSG_ACK, &d);
    assert_int_equal(load(f).verdict_seq, 0);
    say_decided(f, TH_MSG_PONG, &d);

    assert_int_equal(load(f).verdict_seq, 1);
    assert_int_equal(load(f).refused, 1);
}

static void joins_with_its_own_key_and_then_rebuilds(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, th_store_remove(f->store, NODE_MARK, TH_BYTES("session")));
    EXPECT(TH_OK, th_store_remove(f->store, NODE_MARK, TH_BYTES("intake")));
    EXPECT(TH_OK, th_store_remove(f->store, NODE_MARK, TH_BYTES("identity")));
    EXPECT(TH_OK, outbox_create(f->store, &IDENTITY));
    th_store_memory_commit(f->memory);
    start(f);
    happen(f, TH_EV_LINK_UP);
    wake(f);
    assert_int_equal(f->sent[0].header.type, TH_MSG_JOIN);

    uint8_t room[128];
    struct th_writer out = TH_WRITER(room);
    struct th_joined joined = {.number = 7};
    memcpy(joined.public_key, PUBLIC_KEY, sizeof(joined.public_key));
    th_joined_write(&out, &joined);
    answer(f, TH_MSG_JOINED, th_written(&out));

    assert_true(load(f).joined);
    assert_int_equal(f->rebuilds, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(greets_at_once_and_sends_within_the_window),
        CASE(an_answer_reaches_the_disk_when_nothing_is_left_to_wait_for),
        CASE(an_answer_reaches_the_disk_soon_even_under_load),
        CASE(a_province_that_knows_more_is_a_fork),
        CASE(another_hash_under_our_number_is_a_fork),
        CASE(a_restored_province_is_given_history_again),
        CASE(answers_of_another_store_or_an_older_owner_are_ignored),
        CASE(silence_is_answered_with_pings_and_then_a_new_socket),
        CASE(a_lost_batch_is_sent_again_after_a_pong),
        CASE(a_busy_province_is_left_alone_for_a_while),
        CASE(verdicts_are_kept_and_missing_parts_asked_for),
        CASE(a_refused_key_is_tried_again_later_with_a_new_socket),
        CASE(a_failed_commit_is_as_if_nothing_was_heard),
        CASE(joins_with_its_own_key_and_then_rebuilds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
