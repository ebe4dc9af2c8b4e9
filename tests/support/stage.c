// stage.c - see stage.h

#include "tests/support/stage.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"

const struct outbox_identity STAGE_IDENTITY = {.node = 7, .epoch = 1, .lineage = "hg93"};
const uint8_t STAGE_PUBLIC_KEY[32] = {9};

static void carry_out(struct stage *f, const struct th_action *action, uint64_t *commit)
{
    switch (action->kind) {
    case TH_ACT_SEND:
        assert_true(f->sent_count < STAGE_SENT_MAX);
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
    case TH_ACT_EXIT:
        f->exits++;
        break;
    case TH_ACT_PUBLISH:
    case TH_ACT_ABORT:
    case TH_ACT_CUT:
    case TH_ACT_NOTE:
        break;
    }
}

void stage_step(struct stage *f, struct th_event event)
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
    stage_step(f,
               (struct th_event){
                   .kind = answer == TH_OK ? TH_EV_COMMITTED : TH_EV_COMMIT_FAILED,
                   .commit = commit,
                   .err = answer,
               });
}

void stage_happen(struct stage *f, enum th_event_kind kind)
{
    stage_step(f, (struct th_event){.kind = kind});
}

// Time passes until the machine asked to be woken.
void stage_wake(struct stage *f)
{
    assert_true(f->wake > f->now);
    f->now = f->wake;
    stage_happen(f, TH_EV_TICK);
}

void stage_start(struct stage *f)
{
    static const uint8_t entropy[32] = {1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT(TH_OK,
           session_init(&f->session,
                        &SESSION_LIMITS,
                        f->store,
                        STAGE_PUBLIC_KEY,
                        (struct th_memory){f->room, SESSION_MEMORY_BYTES}));
    stage_step(f, (struct th_event){.kind = TH_EV_START, .body = {entropy, sizeof(entropy)}});
}

void stage_queue(struct stage *f, size_t count)
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

struct outbox stage_load(struct stage *f)
{
    struct outbox box;
    EXPECT(TH_OK, outbox_load(f->store, &box));
    return box;
}

void stage_answer(struct stage *f, uint32_t type, struct th_bytes body)
{
    uint8_t room[TH_HEADER_BYTES_MAX];
    struct th_writer out = TH_WRITER(room);
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = type, .node = 7, .epoch = f->epoch};
    th_header_write(&out, &header);
    stage_step(f,
               (struct th_event){
                   .kind = TH_EV_MESSAGE,
                   .header = th_written(&out),
                   .body = body,
               });
}

struct th_decided stage_decided(struct stage *f, uint64_t seq)
{
    struct outbox box = stage_load(f);
    struct th_decided d = {
        .seq = seq,
        .store_id = STAGE_STORE_ID,
        .store_epoch = 2,
        .version = seq,
        .verdicts_through = seq,
    };
    if (outbox_hash(&box, seq, d.hash) != TH_OK) {
        memset(d.hash, 0xee, sizeof(d.hash));
    }
    return d;
}

void stage_say_decided(struct stage *f, uint32_t type, const struct th_decided *d)
{
    static uint8_t room[64 * 1024];
    struct th_writer out = TH_WRITER(room);
    const struct th_welcome welcome = {.decided = *d, .protocol = TH_PROTOCOL};
    if (type == TH_MSG_WELCOME) {
        th_welcome_write(&out, &welcome);
    } else {
        th_decided_write(&out, d);
    }
    stage_answer(f, type, th_written(&out));
}

void stage_say(struct stage *f, uint32_t type, uint64_t seq)
{
    const struct th_decided d = stage_decided(f, seq);
    stage_say_decided(f, type, &d);
}

void stage_refuse(struct stage *f, uint32_t code, enum th_refusal_class class, uint64_t retry_ms)
{
    uint8_t room[128];
    struct th_writer out = TH_WRITER(room);
    const struct th_refusal refusal = {.code = code, .class = class, .retry_ms = retry_ms};
    th_refusal_write(&out, &refusal);
    stage_answer(f, TH_MSG_REFUSAL, th_written(&out));
}

void stage_forget_sent(struct stage *f)
{
    f->sent_count = 0;
}

unsigned stage_count_sent(const struct stage *f, uint32_t type)
{
    unsigned count = 0;
    for (size_t i = 0; i < f->sent_count; i++) {
        count += f->sent[i].header.type == type ? 1 : 0;
    }
    return count;
}

void stage_open_session(struct stage *f)
{
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_say(f, TH_MSG_WELCOME, 0);
    assert_int_equal(f->session.state, SESSION_OPEN);
}

int stage_setup(void **state)
{
    static struct stage fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct stage){
        .memory = th_store_memory_make(),
        .room = malloc(SESSION_MEMORY_BYTES),
        .now = 1000,
    };
    assert_non_null(fixture.room);
    fixture.store = th_store_memory_ops(fixture.memory);
    EXPECT(TH_OK, outbox_create(fixture.store, &STAGE_IDENTITY));
    struct outbox box = stage_load(&fixture);
    EXPECT(TH_OK, outbox_joined(&box));
    th_store_memory_commit(fixture.memory);
    *state = &fixture;
    return 0;
}

int stage_teardown(void **state)
{
    struct stage *f = *state;
    th_store_memory_free(f->memory);
    free(f->room);
    return 0;
}
