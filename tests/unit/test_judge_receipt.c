// test_judge_receipt.c - every turn of a node with news is confirmed once, by what the ledger says

#include <string.h>

#include "tonghop/key.h"
#include "tonghop/receipt.h"

#include "tests/support/province.h"
#include "tests/support/test.h"

static int setup(void **state)
{
    static const char *const UNITS[] = {"D1;A", "D2", ""};
    struct province *p = province_make();
    province_roster(p, UNITS, TH_COUNT(UNITS));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

// The receipt number i of an answer, checked as a stranger would.
static struct th_receipt genuine(const struct th_decided *decided, size_t i)
{
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    char fingerprint[TH_FINGERPRINT_SIZE];
    struct th_writer writer = TH_WRITER(room);
    struct th_sign_key key;
    struct th_receipt receipt = {.node = 0};
    assert_true(i < decided->receipt_count);
    province_sign_key(&key);
    (void)th_key_fingerprint(key.public_key, fingerprint);
    th_write_bytes(&writer, decided->receipts[i].content);
    th_signed_end(&writer, decided->receipts[i].signature.data);
    assert_int_equal(
        th_receipt_check(th_written(&writer), key.public_key, fingerprint, &receipt, NULL),
        TH_FLAW_NONE);
    return receipt;
}

static void an_acknowledgement_carries_the_receipt_of_its_turn(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update first[] = {
        figure("D1", "2023", "W1", 5),
        figure("D1", "2022", "W1", 6),
        figure("D2", "2023", "W1", 7), // not its unit
    };
    const struct th_update second[] = {figure("D1", "2023", "W1", 5)}; // said before

    province_batch(p, &one, first, TH_COUNT(first));
    province_batch(p, &one, second, TH_COUNT(second));
    province_drain(p);

    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    assert_int_equal(decided.receipt_count, 1);
    assert_int_equal(decided.receipts_after, 0);
    assert_int_equal(decided.receipts_through, 2);
    const struct th_receipt receipt = genuine(&decided, 0);
    assert_int_equal(receipt.first, 1);
    assert_int_equal(receipt.last, 2);
    assert_int_equal(receipt.node, 1);
    assert_int_equal(receipt.version, decided.version);
    assert_string_equal(receipt.unit, "D1 +1");
    assert_string_equal(receipt.province, "P");
    assert_memory_equal(receipt.chain, one.hash, sizeof(receipt.chain));
    assert_int_equal(receipt.items.fresh, 2);
    assert_int_equal(receipt.items.refused, 1);
    assert_int_equal(receipt.items.unchanged, 1);
    assert_int_equal(receipt.records, 2);
}

static void it_counts_what_became_of_each_item(void **state)
{
    struct province *p = *state;
    struct player two = player_of(2);
    struct th_update updates[] = {
        figure("D2", "2023", "W1", 5),
        figure("D2", "2022", "W1", 6),
        person("D2", "2023", "p1", 2),
    };
    province_batch(p, &two, updates, TH_COUNT(updates));
    province_drain(p);
    struct th_decided decided = province_decided(p, 2, TH_MSG_ACK);
    assert_int_equal(genuine(&decided, 0).items.fresh, 3);

    updates[0].revision = 2;
    updates[0].staffing.value.value = 9;
    updates[1].revision = 2;
    updates[1].op = TH_OP_WITHDRAW;
    updates[1].staffing.value.has = false;
    updates[2].revision = 2;
    updates[2].evaluation.rating.value = 3;
    province_batch(p, &two, updates, TH_COUNT(updates));
    province_drain(p);
    decided = province_decided(p, 2, TH_MSG_ACK);
    const struct th_receipt receipt = genuine(&decided, 0);
    assert_int_equal(receipt.items.fresh, 0);
    assert_int_equal(receipt.items.changed, 2);
    assert_int_equal(receipt.items.withdrawn, 1);
    assert_int_equal(receipt.records, 2);
    assert_int_equal(receipt.first, 2);
}

static void each_node_of_a_turn_has_its_own_and_the_desk_too(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    struct player desk = player_of(0);
    const struct th_update of_one = figure("D1", "2023", "W1", 5);
    const struct th_update of_two = figure("D2", "2023", "W1", 6);
    const struct th_update of_desk = figure("P", "2023", "W2", 7);
    province_batch(p, &two, &of_two, 1);
    province_batch(p, &desk, &of_desk, 1);
    province_batch(p, &one, &of_one, 1);

    province_drain(p);

    for (uint32_t node = 0; node <= 2; node++) {
        const struct th_decided decided = province_decided(p, node, TH_MSG_ACK);
        const struct th_receipt receipt = genuine(&decided, 0);
        assert_int_equal(receipt.node, node);
        assert_int_equal(receipt.version, 1);
        assert_int_equal(receipt.items.fresh + receipt.items.refused, 1);
    }
}

static void a_lost_answer_is_made_good_by_the_next_question(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct th_update update = figure("D1", "2023", "W1", 1);
    enum { TURNS = JUDGE_RECEIPTS_MAX + 3 };
    for (uint32_t i = 0; i < TURNS; i++) {
        update.revision = i + 1;
        update.staffing.value.value = (int64_t)i + 1;
        province_batch(p, &one, &update, 1);
        province_drain(p);
    }

    one.keeps_receipts = true;
    one.receipt_seq = 1;
    size_t heard = 1;
    unsigned answers = 0;
    while (one.receipt_seq < TURNS) {
        province_ping(p, &one);
        province_drain(p);
        const struct th_decided decided = province_decided(p, 1, TH_MSG_PONG);
        assert_int_equal(decided.receipts_after, one.receipt_seq);
        for (size_t i = 0; i < decided.receipt_count; i++) {
            const struct th_receipt receipt = genuine(&decided, i);
            heard++;
            assert_int_equal(receipt.first, heard);
            assert_int_equal(receipt.last, heard);
            assert_int_equal(receipt.items.changed, 1);
        }
        one.receipt_seq = decided.receipts_through;
        answers++;
    }
    assert_int_equal(heard, TURNS);
    assert_int_equal(answers, 2);

    province_hello(p, &one);
    province_drain(p);
    const struct th_decided all = province_decided(p, 1, TH_MSG_WELCOME);
    assert_int_equal(all.receipt_count, 0);
    assert_int_equal(all.receipts_through, TURNS);
}

static void a_node_that_keeps_none_is_sent_none_when_it_asks(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 1);
    province_batch(p, &one, &update, 1);
    province_drain(p);

    province_ping(p, &one);
    province_drain(p);

    assert_false(province_decided(p, 1, TH_MSG_PONG).has_receipts);
}

// What was not committed was not confirmed, and is confirmed once it is.
static void a_turn_that_failed_leaves_no_receipt(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update update = figure("D1", "2023", "W1", 1);
    uint64_t count = 0;
    p->fail = TH_E_FULL;
    province_batch(p, &one, &update, 1);
    province_drain(p);
    assert_null(province_heard(p, 1, TH_MSG_ACK));
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_RECEIPT, &count));
    assert_int_equal(count, 0);
    province_end(p);

    p->now_ms += JUDGE_PROBE_MS;
    province_event(p, TH_EV_TICK);
    province_drain(p);
    province_send_batch(p, &one, 1, one.hash, player_body());
    province_drain(p);

    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    assert_int_equal(genuine(&decided, 0).version, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_acknowledgement_carries_the_receipt_of_its_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(it_counts_what_became_of_each_item, setup, teardown),
        cmocka_unit_test_setup_teardown(
            each_node_of_a_turn_has_its_own_and_the_desk_too, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_lost_answer_is_made_good_by_the_next_question, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_node_that_keeps_none_is_sent_none_when_it_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_turn_that_failed_leaves_no_receipt, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
