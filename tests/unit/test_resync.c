// test_resync.c - a node gives a province again what it had accepted, and has lost

#include <string.h>

#include "nodes/accepted.h"
#include "nodes/current.h"
#include "nodes/history.h"
#include "nodes/resync.h"
#include "nodes/verdicts.h"
#include "tests/support/stage.h"

enum { PIECE_BYTES = 256 };

static struct th_update figure_of(int64_t value, uint64_t revision)
{
    struct th_update update = {.kind = TH_KIND_STAFFING, .op = TH_OP_SET, .revision = revision};
    update.staffing.measure = TH_BYTES("m");
    update.staffing.unit = TH_BYTES("A");
    update.staffing.period = TH_BYTES("2025");
    update.staffing.value = (struct th_opt){.has = true, .value = value};
    return update;
}

static void queue(struct stage *f, const char *key, int64_t value, uint64_t revision)
{
    uint8_t body_room[512];
    uint8_t key_room[64];
    struct th_writer body = TH_WRITER(body_room);
    struct th_writer keys = TH_WRITER(key_room);
    const struct th_update update = figure_of(value, revision);
    struct outbox box = stage_load(f);
    struct outbox_extent extent = {.count = 1, .items = 1, .queued_at = 1000};
    uint64_t first = 0;
    th_update_write(&body, &update);
    th_write_block(&keys, th_bytes_of(key));
    EXPECT(TH_OK, outbox_draft_begin(&box, &extent.draft));
    EXPECT(TH_OK, outbox_draft_add(&box, extent.draft, 0, th_written(&body), th_written(&keys)));
    EXPECT(TH_OK, outbox_publish(&box, &extent, &first));
    th_store_memory_commit(f->memory);
}

// Three batches are decided, the third is refused; a fourth is queued. Then another store greets.
static void lose(struct stage *f)
{
    stage_start(f);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_say(f, TH_MSG_WELCOME, 0);
    queue(f, "\2key", 5, 1);
    queue(f, "\2other", 6, 1);
    queue(f, "\2key", 7, 2);
    stage_happen(f, TH_EV_QUEUED);
    struct th_decided d = stage_decided(f, 3);
    const struct th_item_verdict refused = {.seq = 3, .verdict = {.code = 2221}};
    d.verdicts = &refused;
    d.verdict_count = 1;
    stage_say_decided(f, TH_MSG_ACK, &d);
    stage_happen(f, TH_EV_LINK_DOWN);
    queue(f, "\2new", 8, 1);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);
    stage_forget_sent(f);
    struct th_decided none = stage_decided(f, 0);
    none.store_id = STAGE_STORE_ID + 1;
    none.store_epoch = 1;
    stage_say_decided(f, TH_MSG_WELCOME, &none);
}

static void answer(struct stage *f, const struct th_resynced *said)
{
    uint8_t room[PIECE_BYTES];
    struct th_writer out = TH_WRITER(room);
    th_resynced_write(&out, said);
    stage_answer(f, TH_MSG_RESYNCED, th_written(&out));
}

static struct th_resynced applied(const struct stage *f)
{
    const struct th_header *sent = &f->sent[f->sent_count - 1].header;
    struct th_resynced said = {.epoch = sent->epoch, .pieces = sent->seq, .applied = true};
    memcpy(said.hash, sent->hash, sizeof(said.hash));
    return said;
}

static void goes_on_behind_what_was_given_again(void **state)
{
    struct stage *f = *state;
    lose(f);
    assert_int_equal(f->session.state, SESSION_RESYNCING);
    assert_int_equal(stage_count_sent(f, TH_MSG_RESYNC), 1);
    assert_int_equal(f->sent[0].header.epoch, 2);
    assert_int_equal(f->sent[0].header.seq, 1);
    assert_int_equal(f->session.resync.live, 2); // the refused one is not among them

    const struct th_resynced said = applied(f);
    answer(f, &said);
    struct outbox box = stage_load(f);
    assert_int_equal(box.identity.epoch, 2);
    assert_int_equal(box.identity.base, 3);
    assert_int_equal(box.identity.lead, 1);
    assert_int_equal(box.store_id, STAGE_STORE_ID + 1);
    struct th_item_verdict kept;
    EXPECT(TH_OK, verdicts_from(&box, 3, 0, &kept)); // what was refused stays so
    EXPECT(TH_OK, history_check(&box));

    stage_forget_sent(f);
    stage_wake(f);
    assert_int_equal(f->sent[0].header.type, TH_MSG_HELLO);
    assert_int_equal(f->sent[0].header.epoch, 2);
    struct th_decided d = {.seq = 1,
                           .store_id = STAGE_STORE_ID + 1,
                           .store_epoch = 1,
                           .version = 1,
                           .verdicts_through = 1};
    memcpy(d.hash, said.hash, sizeof(d.hash));
    f->epoch = 2;
    stage_say_decided(f, TH_MSG_WELCOME, &d);
    assert_int_equal(f->session.state, SESSION_OPEN);
    assert_int_equal(stage_count_sent(f, TH_MSG_BATCH), 1);
    assert_int_equal(f->sent[f->sent_count - 1].header.seq, 2);
}

static void accepted_rows_are_what_was_not_refused(void **state)
{
    struct stage *f = *state;
    lose(f);
    struct outbox box = stage_load(f);
    struct th_bytes key;
    struct accepted row;
    uint64_t settled = 0;
    EXPECT(TH_OK, accepted_settled(&box, &settled));
    assert_int_equal(settled, 3);
    EXPECT(TH_OK, accepted_next(&box, (struct th_bytes){0}, &key, &row));
    assert_true(th_bytes_equal(key, TH_BYTES("\2key")));
    assert_int_equal(row.revision, 1);
    EXPECT(TH_OK, accepted_next(&box, TH_BYTES("\2key"), &key, &row));
    assert_true(th_bytes_equal(key, TH_BYTES("\2other")));
    EXPECT(TH_E_NOT_FOUND, accepted_next(&box, TH_BYTES("\2other"), &key, &row));
}

static void an_answer_that_is_lost_is_asked_for_again(void **state)
{
    struct stage *f = *state;
    lose(f);
    struct th_resynced other = applied(f);
    other.hash[3] ^= 1; // of another life
    answer(f, &other);
    assert_int_equal(f->session.state, SESSION_HELLO);
    assert_int_equal(stage_load(f).identity.epoch, 1);
    stage_forget_sent(f);
    stage_wake(f);
    // The province went on in the epoch that we never heard of: a fork.
    f->epoch = 2;
    struct th_decided d = stage_decided(f, 1);
    d.store_id = STAGE_STORE_ID + 1;
    stage_say_decided(f, TH_MSG_WELCOME, &d);
    assert_int_equal(f->session.state, SESSION_RESTORING);
}

static void an_old_welcome_is_no_loss(void **state)
{
    struct stage *f = *state;
    stage_queue(f, 2);
    stage_open_session(f);
    stage_say(f, TH_MSG_ACK, 2);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f); // greets again
    const struct th_decided none = stage_decided(f, 0);
    uint8_t room[PIECE_BYTES];
    uint8_t header_room[TH_HEADER_BYTES_MAX];
    struct th_writer body = TH_WRITER(room);
    struct th_writer header = TH_WRITER(header_room);
    const struct th_welcome welcome = {.decided = none, .protocol = TH_PROTOCOL};
    const struct th_header head = {.protocol = TH_PROTOCOL,
                                   .type = TH_MSG_WELCOME,
                                   .node = 7,
                                   .correlation = f->session.greeting - 1};
    th_welcome_write(&body, &welcome);
    th_header_write(&header, &head);
    stage_step(f,
               (struct th_event){.kind = TH_EV_MESSAGE,
                                 .header = th_written(&header),
                                 .body = th_written(&body)});
    assert_int_equal(f->session.state, SESSION_HELLO);
}

static uint64_t settled(struct outbox *box)
{
    uint64_t seq = 0;
    EXPECT(TH_OK, accepted_settled(box, &seq));
    return seq;
}

static void what_is_judged_again_is_folded_again(void **state)
{
    struct stage *f = *state;
    lose(f);
    struct outbox box = stage_load(f);
    bool more = true;
    EXPECT(TH_OK, accepted_fold(&box, &f->session.arena, 64, &more));
    assert_int_equal(settled(&box), 3);

    EXPECT(TH_OK, current_forget_verdicts(&box, 3));
    assert_int_equal(settled(&box), 3);
    EXPECT(TH_OK, current_forget_verdicts(&box, 1));
    assert_int_equal(settled(&box), 1);
    box.kept_from = 3; // what left the history cannot be folded again
    EXPECT(TH_OK, accepted_back(&box, 0));
    assert_int_equal(settled(&box), 1);
}

static void what_is_told_without_its_time_keeps_the_time(void **state)
{
    struct stage *f = *state;
    struct outbox box = stage_load(f);
    const struct th_bytes key = TH_BYTES("\5key");
    const struct accepted said = {.revision = 2, .said_ms = 77, .update = TH_BYTES("one")};
    const struct accepted told = {.revision = 2, .update = TH_BYTES("one")};
    const struct accepted newer = {.revision = 3, .update = TH_BYTES("two")};
    struct accepted row;
    struct th_bytes found;
    EXPECT(TH_OK, accepted_put(&box, key, &said));
    EXPECT(TH_OK, accepted_put(&box, key, &told));
    EXPECT(TH_OK, accepted_next(&box, (struct th_bytes){0}, &found, &row));
    assert_int_equal(row.said_ms, 77);

    EXPECT(TH_OK, accepted_put(&box, key, &newer));
    EXPECT(TH_OK, accepted_next(&box, (struct th_bytes){0}, &found, &row));
    assert_int_equal(row.said_ms, 0);
}

static void a_full_disk_is_no_end(void **state)
{
    struct stage *f = *state;
    lose(f);
    const struct th_resynced said = applied(f);
    f->commit_answer = TH_E_FULL;
    answer(f, &said);
    assert_int_equal(stage_load(f).identity.epoch, 1);
    assert_int_equal(f->session.state, SESSION_HELLO);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(goes_on_behind_what_was_given_again),
        CASE(accepted_rows_are_what_was_not_refused),
        CASE(an_answer_that_is_lost_is_asked_for_again),
        CASE(an_old_welcome_is_no_loss),
        CASE(what_is_judged_again_is_folded_again),
        CASE(what_is_told_without_its_time_keeps_the_time),
        CASE(a_full_disk_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
