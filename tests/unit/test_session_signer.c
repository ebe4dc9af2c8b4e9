// test_session_signer.c - a province that signs with another key: the node asks which, once

#include <string.h>

#include "tonghop/receipt.h"

#include "nodes/receipts.h"
#include "tests/support/stage.h"

static uint8_t text[TH_RECEIPT_CONTENT_MAX];
static const uint8_t NEW_KEY[TH_SIGN_BYTES] = {9};
static bool learned;

static bool holds(void *self, struct th_bytes content, struct th_bytes signature)
{
    (void)self;
    (void)content;
    return learned && memcmp(signature.data, NEW_KEY, sizeof(NEW_KEY)) == 0;
}

static void learn(void *self, struct th_bytes succession)
{
    (void)self;
    learned = learned || th_bytes_equal(succession, TH_BYTES("the new one"));
}

static struct th_decided with_receipt(struct stage *f, struct th_signed_receipt *one)
{
    struct outbox box = stage_load(f);
    struct th_receipt receipt = {
        .province = "93",
        .lineage = "hg93",
        .unit = "935",
        .node = 7,
        .epoch = 1,
        .first = 1,
        .last = 2,
        .version = 2,
        .key = "KEYS-KEYS-KEYS",
    };
    struct th_writer writer = TH_WRITER(text);
    EXPECT(TH_OK, outbox_hash(&box, 2, receipt.chain));
    th_receipt_write(&writer, &receipt);
    *one = (struct th_signed_receipt){.content = th_written(&writer),
                                      .signature = {NEW_KEY, sizeof(NEW_KEY)}};
    struct th_decided decided = stage_decided(f, 2);
    decided.has_receipts = true;
    decided.receipts_through = 2;
    decided.receipts = one;
    decided.receipt_count = 1;
    return decided;
}

static void welcome(struct stage *f, const struct th_decided *decided, struct th_bytes succession)
{
    static uint8_t room[16 * 1024];
    struct th_writer out = TH_WRITER(room);
    const struct th_welcome said = {.decided = *decided,
                                    .protocol = TH_PROTOCOL,
                                    .successions = &succession,
                                    .succession_count = 1};
    th_welcome_write(&out, &said);
    stage_answer(f, TH_MSG_WELCOME, th_written(&out));
}

static uint64_t mark(struct stage *f)
{
    struct outbox box = stage_load(f);
    uint64_t seq = 0;
    EXPECT(TH_OK, receipts_mark(&box, &seq));
    return seq;
}

static void begin(struct stage *f)
{
    const struct session_verifier verifier = {.holds = holds, .learn = learn};
    learned = false;
    stage_queue(f, 2);
    stage_open_session(f);
    session_verify_with(&f->session, &verifier);
    stage_forget_sent(f);
}

static void a_key_that_is_not_known_is_asked_for(void **state)
{
    struct stage *f = *state;
    struct th_signed_receipt one;
    begin(f);
    const struct th_decided decided = with_receipt(f, &one);

    stage_say_decided(f, TH_MSG_ACK, &decided);
    assert_int_equal(f->session.state, SESSION_HELLO);
    assert_int_equal(mark(f), 0);
    stage_wake(f);
    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
    welcome(f, &decided, TH_BYTES("the new one"));

    assert_int_equal(f->session.state, SESSION_OPEN);
    for (int i = 0; i < 20 && mark(f) == 0; i++) {
        stage_wake(f);
    }
    assert_int_equal(mark(f), 2);
    assert_int_equal(f->session.decided, 2);
}

static void a_key_that_stays_unknown_is_not_asked_for_again(void **state)
{
    struct stage *f = *state;
    struct th_signed_receipt one;
    begin(f);
    const struct th_decided decided = with_receipt(f, &one);

    for (int i = 0; i < 3; i++) {
        stage_say_decided(f, TH_MSG_ACK, &decided);
        if (i == 0) {
            stage_wake(f);
            welcome(f, &decided, TH_BYTES("of no use"));
        }
        assert_int_equal(f->session.state, SESSION_OPEN);
    }

    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
    assert_int_equal(mark(f), 0);
}

static void a_root_of_an_unknown_key_is_asked_for_once(void **state)
{
    struct stage *f = *state;
    begin(f);
    const struct th_signed_root root = {.content = TH_BYTES("of another key"),
                                        .signature = {NEW_KEY, sizeof(NEW_KEY)}};
    struct th_decided decided = stage_decided(f, 2);
    decided.root = &root;

    for (int i = 0; i < 3; i++) {
        stage_say_decided(f, TH_MSG_ACK, &decided);
        assert_int_equal(f->session.state, i == 0 ? SESSION_HELLO : SESSION_OPEN);
        if (i == 0) {
            stage_wake(f);
            welcome(f, &decided, TH_BYTES("the new one"));
        }
    }

    assert_true(learned);
    assert_int_equal(stage_count_sent(f, TH_MSG_HELLO), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_key_that_is_not_known_is_asked_for, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            a_key_that_stays_unknown_is_not_asked_for_again, stage_setup, stage_teardown),
        cmocka_unit_test_setup_teardown(
            a_root_of_an_unknown_key_is_asked_for_once, stage_setup, stage_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
