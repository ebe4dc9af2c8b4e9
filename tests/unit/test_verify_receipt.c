// test_verify_receipt.c - receipts of commits from before there was a tree are made again, too

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/issue.h"
#include "workers/verify.h"

static const char *const UNITS[] = {"D1", "D2"};

// Every head as the programs before wrote it.
static void make_plain(struct province *p)
{
    const struct th_check check = open_check(p->identity.store_id);
    const struct th_store store = province_store(p);
    for (uint64_t version = 1;; version++) {
        const struct key key = key_of_ledger(version, LEDGER_HEAD);
        struct th_bytes value;
        struct ledger_head head;
        uint8_t space[128];
        struct th_writer plain = TH_WRITER(space);
        if (th_check_get(&check, store, TABLE_LEDGER, key_view(&key), &value) != TH_OK) {
            break;
        }
        EXPECT(TH_OK, ledger_read_head(value, &head));
        th_write_u8(&plain, LEDGER_HEAD_PLAIN);
        th_write_varint(&plain, head.batches);
        th_write_zigzag(&plain, head.today);
        th_write_zigzag(&plain, head.wall_ms);
        th_write_bytes(&plain, (struct th_bytes){head.chain, sizeof(head.chain)});
        EXPECT(TH_OK, th_check_put(&check, store, TABLE_LEDGER, key_view(&key), &plain));
    }
    th_store_memory_commit(p->memory);
}

static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, UNITS, TH_COUNT(UNITS));
    struct player one = player_of(1);
    struct player two = player_of(2);
    for (uint32_t revision = 1; revision <= 3; revision++) {
        struct th_update first = revised(figure("D1", "2023", "W1", 5 + revision), revision);
        struct th_update second = revised(figure("D2", "2023", "W1", 7 + revision), revision);
        province_batch(p, &one, &first, 1);
        province_batch(p, &two, &second, 1);
        province_drain(p);
    }
    make_plain(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

struct found {
    unsigned receipts;
    unsigned others;
    uint32_t node;
    uint64_t seq;
};

static void note(void *self, const struct verify_finding *finding)
{
    struct found *found = self;
    struct numbered_key at;
    if (finding->code != TH_M_VERIFY_RECEIPT || key_read_receipt(finding->key, &at) != TH_OK) {
        found->others++;
        return;
    }
    found->receipts++;
    found->node = at.node;
    found->seq = at.seq;
}

static struct found look(struct province *p)
{
    const struct verify_setup setup = {
        .store = province_store(p),
        .birth_id = p->identity.birth_id,
        .lineage = th_bytes_of(p->identity.lineage),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    struct found found = {.receipts = 0};
    struct verify_result result;
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, note, &found, &result));
    province_end(p);
    return found;
}

static void an_older_store_is_sound(void **state)
{
    const struct found found = look(*state);
    assert_int_equal(found.receipts + found.others, 0);
}

static void a_receipt_that_says_something_else_is_named(void **state)
{
    struct province *p = *state;
    const struct th_check check = open_check(p->identity.store_id);
    const struct key key = key_of_dead(2, 1, 2);
    struct th_bytes value;
    struct issue issue;
    uint8_t space[ISSUE_BYTES_MAX];
    struct th_writer changed = TH_WRITER(space);
    EXPECT(TH_OK, th_check_get(&check, province_store(p), TABLE_RECEIPT, key_view(&key), &value));
    EXPECT(TH_OK, issue_read(value, &issue));
    issue.items.refused++;
    issue_write(&changed, &issue);
    EXPECT(TH_OK, th_check_put(&check, province_store(p), TABLE_RECEIPT, key_view(&key), &changed));
    th_store_memory_commit(p->memory);
    const struct found found = look(p);
    assert_int_equal(found.receipts, 1);
    assert_int_equal(found.node, 2);
    assert_int_equal(found.seq, 2);
}

static void a_receipt_that_is_gone_is_named(void **state)
{
    struct province *p = *state;
    const struct key key = key_of_dead(1, 1, 2);
    EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_RECEIPT, key_view(&key)));
    th_store_memory_commit(p->memory);
    const struct found found = look(p);
    assert_true(found.receipts > 0);
    assert_int_equal(found.node, 1);
}

// Programs from before receipts: the run of versions without any is what they were.
static void commits_from_before_receipts_have_none(void **state)
{
    struct province *p = *state;
    for (uint32_t node = 1; node <= 2; node++) {
        const struct key key = key_of_dead(node, 1, 1);
        EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_RECEIPT, key_view(&key)));
    }
    th_store_memory_commit(p->memory);
    const struct found found = look(p);
    assert_int_equal(found.receipts + found.others, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(an_older_store_is_sound),
        CASE(a_receipt_that_says_something_else_is_named),
        CASE(a_receipt_that_is_gone_is_named),
        CASE(commits_from_before_receipts_have_none),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
