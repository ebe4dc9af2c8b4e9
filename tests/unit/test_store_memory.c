// test_store_memory.c - pending and committed state, limits and faults of the store in memory
//
// That it keeps keys and values like LMDB is shown by tests/model/test_store_model.c.

#include "tonghop/fault.h"
#include "tonghop/store_memory.h"

#include "tests/support/test.h"

enum { TABLE = 3 };

static struct th_store_memory *memory;
static struct th_store store;

static int setup(void **state)
{
    (void)state;
    memory = th_store_memory_make();
    if (memory == NULL) {
        return -1;
    }
    store = th_store_memory_ops(memory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_store_memory_free(memory);
    return 0;
}

static void put(const char *key, const char *value)
{
    EXPECT(TH_OK, th_store_put(store, TABLE, th_bytes_of(key), th_bytes_of(value)));
}

static void expect_in(struct th_store in, const char *key, const char *value)
{
    struct th_bytes got;
    EXPECT(TH_OK, th_store_get(in, TABLE, th_bytes_of(key), &got));
    assert_true(th_bytes_equal(got, th_bytes_of(value)));
}

static void expect_missing(struct th_store in, const char *key)
{
    struct th_bytes got;
    EXPECT(TH_E_NOT_FOUND, th_store_get(in, TABLE, th_bytes_of(key), &got));
}

static void abort_gives_the_committed_state_back(void **state)
{
    (void)state;
    put("a", "1");
    put("b", "2");
    th_store_memory_commit(memory);
    const size_t bytes = th_store_memory_bytes(memory);

    put("a", "longer");
    put("a", "again");
    put("c", "3");
    EXPECT(TH_OK, th_store_remove(store, TABLE, TH_BYTES("c")));
    EXPECT(TH_OK, th_store_remove(store, TABLE, TH_BYTES("b")));
    put("b", "back");
    EXPECT(TH_OK, th_store_remove(store, TABLE, TH_BYTES("b")));
    th_store_memory_abort(memory);

    expect_in(store, "a", "1");
    expect_in(store, "b", "2");
    expect_missing(store, "c");
    uint64_t count = 0;
    EXPECT(TH_OK, th_store_count(store, TABLE, &count));
    assert_int_equal(count, 2);
    assert_int_equal(th_store_memory_bytes(memory), bytes);
}

static void a_copy_holds_what_is_committed_and_is_independent(void **state)
{
    (void)state;
    put("a", "1");
    put("b", "2");
    th_store_memory_commit(memory);
    put("a", "pending");
    put("c", "pending");
    EXPECT(TH_OK, th_store_remove(store, TABLE, TH_BYTES("b")));

    struct th_store_memory *copy = th_store_memory_copy(memory);
    assert_non_null(copy);
    th_store_memory_commit(memory);

    expect_in(th_store_memory_ops(copy), "a", "1");
    expect_in(th_store_memory_ops(copy), "b", "2");
    expect_missing(th_store_memory_ops(copy), "c");
    expect_in(store, "a", "pending");
    assert_int_equal(th_store_memory_bytes(copy), 4);
    th_store_memory_free(copy);
}

static void a_put_above_the_limit_leaves_a_transaction_fit_only_for_abort(void **state)
{
    (void)state;
    th_store_memory_limit(memory, 8);
    put("a", "123");
    th_store_memory_commit(memory);

    put("b", "123"); // 8 of 8
    EXPECT(TH_E_FULL, th_store_put(store, TABLE, TH_BYTES("c"), (struct th_bytes){0}));
    EXPECT(TH_E_FULL, th_store_put(store, TABLE, TH_BYTES("a"), TH_BYTES("1")));
    EXPECT(TH_E_FULL, th_store_remove(store, TABLE, TH_BYTES("a")));
    uint64_t count = 0;
    EXPECT(TH_E_FULL, th_store_count(store, TABLE, &count));
    th_store_memory_abort(memory);

    expect_missing(store, "b");
    EXPECT(TH_OK, th_store_remove(store, TABLE, TH_BYTES("a"))); // room again
    put("d", "1234567");
    th_store_memory_commit(memory);
}

static void walks_both_ways_from_any_bound(void **state)
{
    (void)state;
    struct th_bytes key;
    struct th_bytes value;
    put("b", "2");
    put("d", "4");

    EXPECT(TH_OK, th_store_seek(store, TABLE, (struct th_bytes){0}, &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("b")));
    EXPECT(TH_OK, th_store_seek(store, TABLE, TH_BYTES("b"), &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("b")));
    EXPECT(TH_OK, th_store_next(store, TABLE, TH_BYTES("b"), &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("d")));
    EXPECT(TH_OK, th_store_next(store, TABLE, TH_BYTES("c"), &key, &value));
    assert_true(th_bytes_equal(value, TH_BYTES("4")));
    EXPECT(TH_E_NOT_FOUND, th_store_next(store, TABLE, TH_BYTES("d"), &key, &value));
    EXPECT(TH_OK, th_store_prev(store, TABLE, (struct th_bytes){0}, &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("d")));
    EXPECT(TH_OK, th_store_prev(store, TABLE, TH_BYTES("d"), &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("b")));
    EXPECT(TH_E_NOT_FOUND, th_store_prev(store, TABLE, TH_BYTES("b"), &key, &value));
    EXPECT(TH_E_NOT_FOUND, th_store_seek(store, TABLE + 1, TH_BYTES("a"), &key, &value));
}

static void a_strict_store_puts_what_it_lent(void **state)
{
    (void)state;
    struct th_bytes key;
    struct th_bytes value;
    th_store_memory_strict(memory, true);
    put("a", "march");

    EXPECT(TH_OK, th_store_seek(store, TABLE, TH_BYTES("a"), &key, &value));
    EXPECT(TH_OK, th_store_put(store, TABLE, TH_BYTES("b"), value));
    EXPECT(TH_OK, th_store_get(store, TABLE, TH_BYTES("b"), &value));
    assert_true(th_bytes_equal(value, TH_BYTES("march")));
    th_store_memory_abort(memory);
    expect_missing(store, "a");
}

#ifdef TONGHOP_FAULTS
static void a_fault_at_any_put_can_be_taken_back(void **state)
{
    (void)state;
    put("a", "1");
    th_store_memory_commit(memory);
    for (unsigned nth = 1; nth <= 2; nth++) {
        th_fault_arm("store.put", nth);
        enum th_err err = th_store_put(store, TABLE, TH_BYTES("b"), TH_BYTES("2"));
        if (err == TH_OK) {
            err = th_store_remove(store, TABLE, TH_BYTES("a"));
        }
        th_fault_disarm();
        EXPECT(TH_E_IO, err);
        th_store_memory_abort(memory);
        expect_in(store, "a", "1");
        expect_missing(store, "b");
    }
    th_fault_arm("store.put.full", 1);
    EXPECT(TH_E_FULL, th_store_put(store, TABLE, TH_BYTES("b"), TH_BYTES("2")));
    th_fault_disarm();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(abort_gives_the_committed_state_back, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_copy_holds_what_is_committed_and_is_independent, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_put_above_the_limit_leaves_a_transaction_fit_only_for_abort, setup, teardown),
        cmocka_unit_test_setup_teardown(walks_both_ways_from_any_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(a_strict_store_puts_what_it_lent, setup, teardown),
#ifdef TONGHOP_FAULTS
        cmocka_unit_test_setup_teardown(a_fault_at_any_put_can_be_taken_back, setup, teardown),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
