// test_session_receipt.c - receipts and roots that a node hears are looked at, kept, and asked for

#include <string.h>

#include "tonghop/receipt.h"
#include "tonghop/root.h"

#include "nodes/receipts.h"
#include "nodes/roots.h"
#include "tests/support/stage.h"

static uint8_t texts[4][TH_RECEIPT_CONTENT_MAX];
static uint8_t signature[TH_SIGN_BYTES];

static bool holds(void *self, struct th_bytes content, struct th_bytes signed_with)
{
    (void)self;
    (void)content;
    return memcmp(signed_with.data, signature, sizeof(signature)) == 0;
}

static void begin(struct stage *f, size_t batches)
{
    const struct session_verifier verifier = {.holds = holds};
    memset(signature, 5, sizeof(signature));
    stage_queue(f, batches);
    stage_open_session(f);
    session_verify_with(&f->session, &verifier);
    stage_forget_sent(f);
}

static struct th_signed_receipt receipt_of(struct stage *f, uint64_t first, uint64_t last)
{
    struct outbox box = stage_load(f);
    struct th_receipt receipt = {
        .province = "93",
        .lineage = "hg93",
        .unit = "935",
        .node = 7,
        .epoch = 1,
        .first = first,
        .last = last,
        .version = last,
        .key = "KEYS-KEYS-KEYS",
    };
    struct th_writer writer = TH_WRITER(texts[last % TH_COUNT(texts)]);
    EXPECT(TH_OK, outbox_hash(&box, last, receipt.chain));
    th_receipt_write(&writer, &receipt);
    return (struct th_signed_receipt){.content = th_written(&writer),
                                      .signature = {signature, sizeof(signature)}};
}

static void
say(struct stage *f, uint32_t type, uint64_t after, struct th_signed_receipt *receipt, uint64_t seq)
{
    struct th_decided d = stage_decided(f, seq);
    d.has_receipts = true;
    d.receipts_after = after;
    d.receipts_through = seq;
    d.receipts = receipt;
    d.receipt_count = receipt == NULL ? 0 : 1;
    stage_say_decided(f, type, &d);
}

static uint64_t mark(struct stage *f)
{
    struct outbox box = stage_load(f);
    uint64_t seq = 0;
    EXPECT(TH_OK, receipts_mark(&box, &seq));
    return seq;
}

static size_t kept(struct stage *f)
{
    struct outbox box = stage_load(f);
    struct receipts_kept row = {.last = 0};
    size_t count = 0;
    while (receipts_behind(&box, &row) == TH_OK) {
        count++;
    }
    return count;
}

static void a_receipt_is_kept_as_it_came(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_receipt one = receipt_of(f, 1, 2);

    say(f, TH_MSG_ACK, 0, &one, 2);

    struct outbox box = stage_load(f);
    struct receipts_kept row;
    assert_int_equal(mark(f), 2);
    EXPECT(TH_OK, receipts_newest(&box, &row));
    assert_int_equal(row.last, 2);
    assert_int_equal(row.store_id, STAGE_STORE_ID);
    assert_true(th_bytes_equal(row.content, one.content));
    assert_memory_equal(row.signature.data, signature, sizeof(signature));
    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 0);
}

// While batches are under way it is held in memory: one commit for several answers.
static void it_waits_in_memory_for_the_next_flush(void **state)
{
    struct stage *f = *state;
    begin(f, 3);
    struct th_signed_receipt one = receipt_of(f, 1, 1);
    struct th_signed_receipt two = receipt_of(f, 2, 2);
    const unsigned commits = f->commits;
    say(f, TH_MSG_ACK, 0, &one, 1);
    say(f, TH_MSG_ACK, 1, &two, 2);
    assert_int_equal(f->commits, commits);
    assert_int_equal(kept(f), 0);

    while (f->commits == commits) {
        stage_wake(f);
    }

    assert_int_equal(kept(f), 2);
    assert_int_equal(mark(f), 2);
}

static void a_lost_one_is_asked_for(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_receipt two = receipt_of(f, 2, 2);
    struct th_signed_receipt both = receipt_of(f, 1, 1);

    say(f, TH_MSG_ACK, 1, &two, 2);
    assert_int_equal(mark(f), 0);
    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 1);

    both = receipt_of(f, 1, 1);
    say(f, TH_MSG_PONG, 0, &both, 2);
    assert_int_equal(mark(f), 2);
    assert_int_equal(kept(f), 1);
}

static void what_is_not_the_province_s_is_not_kept(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_receipt one = receipt_of(f, 1, 2);
    uint8_t other[TH_SIGN_BYTES] = {1};
    one.signature.data = other;

    say(f, TH_MSG_ACK, 0, &one, 2);

    assert_int_equal(kept(f), 0);
    assert_int_equal(mark(f), 0);
    assert_int_equal(f->session.decided, 2);               // the decision itself holds
    assert_int_equal(stage_count_sent(f, TH_MSG_PING), 0); // asking again would bring the same
}

static void what_is_not_about_our_batches_is_not_kept(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_receipt one = receipt_of(f, 1, 2);
    uint8_t *text = texts[2];
    char *chain = strstr((char *)text, "chain: ");
    assert_non_null(chain);
    chain[7] = chain[7] == '0' ? '1' : '0';

    say(f, TH_MSG_ACK, 0, &one, 2);

    assert_int_equal(kept(f), 0);
    assert_true(f->session.receipts_bad);
}

static void another_store_signs_anew_and_both_are_kept(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_receipt one = receipt_of(f, 1, 2);
    say(f, TH_MSG_ACK, 0, &one, 2);
    assert_int_equal(mark(f), 2);
    stage_happen(f, TH_EV_LINK_DOWN);
    stage_happen(f, TH_EV_LINK_UP);
    stage_wake(f);

    struct th_decided d = stage_decided(f, 2);
    d.store_id = STAGE_STORE_ID + 1;
    d.store_epoch = 1;
    d.has_receipts = true;
    d.receipts_through = 2;
    d.receipts = &one;
    d.receipt_count = 1;
    stage_say_decided(f, TH_MSG_WELCOME, &d);

    assert_int_equal(kept(f), 2);
    assert_int_equal(mark(f), 2);
}

// ---- roots ----

// A ledger of one commit with one batch: ours.
static struct th_signed_root root_of(struct stage *f, uint64_t seq, th_day day)
{
    struct outbox box = stage_load(f);
    uint8_t own[32];
    struct th_root root = {
        .province = "93",
        .lineage = "hg93",
        .store_id = STAGE_STORE_ID,
        .day = day,
        .first = 1,
        .last = 1,
        .commits = 1,
        .key = "KEYS-KEYS-KEYS",
    };
    struct th_signed_root made = {.signature = {signature, sizeof(signature)}};
    made.proof = (struct th_root_proof){.epoch = 1, .seq = seq, .version = 1, .batches = 1};
    EXPECT(TH_OK, outbox_hash(&box, seq, own));
    uint8_t entries[32];
    const struct th_root_entry entry = {
        .version = 1, .node = 7, .epoch = 1, .seq = seq, .chain = own, .entry = made.proof.entry};
    th_root_entry_leaf(&entry, entries);
    const struct th_root_commit commit = {.version = 1,
                                          .batches = 1,
                                          .entries = entries,
                                          .told = made.proof.told,
                                          .chain = made.proof.chain};
    th_root_commit_leaf(&commit, root.root);
    struct th_writer writer = TH_WRITER(texts[0]);
    th_root_write(&writer, &root);
    made.content = th_written(&writer);
    return made;
}

static void say_root(struct stage *f, const struct th_signed_root *root)
{
    struct th_decided d = stage_decided(f, 2);
    d.root = root;
    stage_say_decided(f, TH_MSG_ACK, &d);
}

static size_t roots_held(struct stage *f)
{
    struct outbox box = stage_load(f);
    struct roots_kept row = {.day = 0};
    size_t count = 0;
    while (roots_behind(&box, &row) == TH_OK) {
        count++;
    }
    return count;
}

static void a_root_that_proves_a_batch_of_ours_is_kept_once(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_root root = root_of(f, 2, 13000);

    say_root(f, &root);
    assert_int_equal(roots_held(f), 1);
    assert_int_equal(f->session.root_day, 13000);
    say_root(f, &root);
    root = root_of(f, 1, 12999); // of an older day
    say_root(f, &root);

    struct outbox box = stage_load(f);
    th_day day = 0;
    assert_int_equal(roots_held(f), 1);
    EXPECT(TH_OK, roots_newest_day(&box, &day));
    assert_int_equal(day, 13000);
}

static void a_root_that_proves_nothing_is_not_kept(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    struct th_signed_root root = root_of(f, 2, 13000);

    root.proof.seq = 1; // another batch than the leaf is made of
    say_root(f, &root);
    root.proof.seq = 2;
    root.proof.told[0] ^= 1;
    say_root(f, &root);
    root.proof.told[0] ^= 1;
    root.proof.epoch = 9; // of a stream we never had
    say_root(f, &root);
    root.proof.epoch = 1;
    const uint8_t other[TH_SIGN_BYTES] = {1};
    root.signature.data = other;
    say_root(f, &root);

    assert_int_equal(roots_held(f), 0);
    assert_int_equal(f->session.root_day, 0);
    assert_int_equal(f->session.state, SESSION_OPEN);
}

static void only_the_newest_roots_are_kept(void **state)
{
    struct stage *f = *state;
    begin(f, 2);
    for (th_day day = 1; day <= ROOTS_KEPT_MAX + 2; day++) {
        const struct th_signed_root root = root_of(f, 2, day);
        say_root(f, &root);
    }
    struct outbox box = stage_load(f);
    struct roots_kept row = {.day = 0};
    assert_int_equal(roots_held(f), ROOTS_KEPT_MAX);
    EXPECT(TH_OK, roots_behind(&box, &row));
    assert_int_equal(row.day, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_receipt_is_kept_as_it_came, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            it_waits_in_memory_for_the_next_flush, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(a_lost_one_is_asked_for, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            what_is_not_the_province_s_is_not_kept, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            what_is_not_about_our_batches_is_not_kept, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            another_store_signs_anew_and_both_are_kept, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            a_root_that_proves_a_batch_of_ours_is_kept_once, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            a_root_that_proves_nothing_is_not_kept, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            only_the_newest_roots_are_kept, stage_setup, stage_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
