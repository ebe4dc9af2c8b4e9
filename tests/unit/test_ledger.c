// test_ledger.c - versions, chains and what a turn that failed leaves behind

#include <stdlib.h>
#include <string.h>

#include "tonghop/store_memory.h"

#include "tests/support/test.h"
#include "workers/ledger.h"

struct fixture {
    struct th_store_memory *memory;
    struct th_check check;
    struct ledger ledger;
    void *block;
};

static struct fixture fixture;

static void open_ledger(struct fixture *f)
{
    struct th_arena arena = th_arena_of(f->block, ledger_memory());
    EXPECT(TH_OK, ledger_init(&f->ledger, th_store_memory_ops(f->memory), &f->check, &arena));
    EXPECT(TH_OK, ledger_open(&f->ledger));
}

static int setup(void **state)
{
    fixture = (struct fixture){.memory = th_store_memory_make(),
                               .check = th_check_of(TH_BYTES("store")),
                               .block = malloc(ledger_memory())};
    open_ledger(&fixture);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_store_memory_free(f->memory);
    free(f->block);
    return 0;
}

static void enter(struct fixture *f, uint32_t node, uint64_t seq)
{
    const struct ledger_batch batch = {
        .node = node, .epoch = 1, .seq = seq, .hash = {(uint8_t)seq}, .today = 12, .wall_ms = 34};
    ledger_begin(&f->ledger);
    ledger_replaced(&f->ledger, 1, TABLE_STAFFING, TH_BYTES("key"), TH_BYTES("old value"));
    ledger_item(&f->ledger, LEDGER_APPLIED);
    ledger_item(&f->ledger, 2204);
    EXPECT(TH_OK, ledger_end(&f->ledger, &batch, TH_BYTES("the body")));
}

static void commit(struct fixture *f)
{
    EXPECT(TH_OK, ledger_close(&f->ledger, 12, 34));
    th_store_memory_commit(f->memory);
    ledger_committed(&f->ledger);
}

static void begins_at_version_0_and_counts_commits(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->ledger.version, 0);
    enter(f, 1, 1);
    enter(f, 2, 1);
    commit(f);
    enter(f, 1, 2);
    commit(f);
    assert_int_equal(f->ledger.version, 2);

    uint8_t chain[TH_HASH256_BYTES];
    memcpy(chain, f->ledger.chain, sizeof(chain));
    open_ledger(f);
    assert_int_equal(f->ledger.version, 2);
    assert_memory_equal(f->ledger.chain, chain, sizeof(chain));
}

static void reads_entries_back(void **state)
{
    struct fixture *f = *state;
    enter(f, 7, 3);
    commit(f);
    const struct key key = key_of_ledger(1, 0);
    struct th_bytes value;
    struct ledger_entry entry;
    EXPECT(TH_OK,
           th_check_get(
               &f->check, th_store_memory_ops(f->memory), TABLE_LEDGER, key_view(&key), &value));
    EXPECT(TH_OK, ledger_read(value, &entry));
    assert_int_equal(entry.batch.node, 7);
    assert_int_equal(entry.batch.seq, 3);
    assert_int_equal(entry.batch.hash[0], 3);
    assert_int_equal(entry.batch.today, 12);
    assert_int_equal(entry.batch.wall_ms, 34);
    assert_int_equal(entry.items, 2);
    assert_int_equal(entry.olds, 1);
    assert_true(th_bytes_equal(entry.body, TH_BYTES("the body")));
    struct th_reader outcomes = th_reader_of(entry.outcomes);
    assert_int_equal(th_read_varint(&outcomes), LEDGER_APPLIED);
    assert_int_equal(th_read_varint(&outcomes), 2204);
    struct th_reader replaced = th_reader_of(entry.replaced);
    assert_int_equal(th_read_varint(&replaced), 1);
    assert_int_equal(th_read_u8(&replaced), TABLE_STAFFING);
    assert_true(th_bytes_equal(th_read_block(&replaced), TH_BYTES("key")));
    assert_true(th_bytes_equal(th_read_block(&replaced), TH_BYTES("old value")));
}

// The chain can be computed from the entries alone, and depends on each of them.
static void chains_versions(void **state)
{
    struct fixture *f = *state;
    uint8_t chain[TH_HASH256_BYTES];
    ledger_chain_start(&f->check, chain);
    for (uint64_t version = 1; version <= 2; version++) {
        enter(f, 1, version);
        commit(f);
        const struct key key = key_of_ledger(version, 0);
        struct th_bytes value;
        struct ledger_entry entry;
        EXPECT(
            TH_OK,
            th_check_get(
                &f->check, th_store_memory_ops(f->memory), TABLE_LEDGER, key_view(&key), &value));
        EXPECT(TH_OK, ledger_read(value, &entry));
        ledger_chain_entry(chain, version, entry.chained);
        ledger_chain_head(chain, version, 1);
    }
    assert_memory_equal(chain, f->ledger.chain, sizeof(chain));
}

static void forgets_a_turn_that_failed(void **state)
{
    struct fixture *f = *state;
    enter(f, 1, 1);
    commit(f);
    uint8_t chain[TH_HASH256_BYTES];
    memcpy(chain, f->ledger.chain, sizeof(chain));
    enter(f, 1, 2);
    th_store_memory_abort(f->memory);
    EXPECT(TH_OK, ledger_open(&f->ledger));

    assert_int_equal(f->ledger.version, 1);
    assert_memory_equal(f->ledger.turn_chain, chain, sizeof(chain));
    enter(f, 1, 2);
    commit(f);
    assert_int_equal(f->ledger.version, 2);
}

static void is_corrupt_without_its_head(void **state)
{
    struct fixture *f = *state;
    enter(f, 1, 1);
    th_store_memory_commit(f->memory); // a version whose head was never written
    EXPECT(TH_E_CORRUPT, ledger_open(&f->ledger));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(begins_at_version_0_and_counts_commits),
        CASE(reads_entries_back),
        CASE(chains_versions),
        CASE(forgets_a_turn_that_failed),
        CASE(is_corrupt_without_its_head),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
