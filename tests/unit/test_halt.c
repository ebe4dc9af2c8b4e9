// test_halt.c - a store is read until it is told to halt

#include "tonghop/store_memory.h"

#include "tests/support/test.h"
#include "workers/halt.h"

static void every_call_is_passed_on_until_it_is_told_to_halt(void **state)
{
    (void)state;
    struct th_store_memory *memory = th_store_memory_make();
    assert_non_null(memory);
    const struct th_store below = th_store_memory_ops(memory);
    EXPECT(TH_OK, th_store_put(below, 3, TH_BYTES("a"), TH_BYTES("1")));
    EXPECT(TH_OK, th_store_put(below, 3, TH_BYTES("b"), TH_BYTES("2")));
    struct halt halt = {.asked = false};
    struct halted_store halted;
    const struct th_store store = halt_store(&halted, below, &halt);
    struct th_bytes key;
    struct th_bytes value;
    uint64_t count = 0;

    EXPECT(TH_OK, th_store_get(store, 3, TH_BYTES("b"), &value));
    assert_true(th_bytes_equal(value, TH_BYTES("2")));
    EXPECT(TH_OK, th_store_seek(store, 3, TH_BYTES("aa"), &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("b")));
    EXPECT(TH_E_NOT_FOUND, th_store_next(store, 3, TH_BYTES("b"), &key, &value));
    EXPECT(TH_OK, th_store_prev(store, 3, TH_BYTES("b"), &key, &value));
    assert_true(th_bytes_equal(key, TH_BYTES("a")));
    EXPECT(TH_OK, th_store_count(store, 3, &count));
    assert_int_equal(count, 2);

    halt_now(&halt);
    EXPECT(TH_E_BUSY, th_store_get(store, 3, TH_BYTES("b"), &value));
    EXPECT(TH_E_BUSY, th_store_seek(store, 3, TH_BYTES("a"), &key, &value));
    EXPECT(TH_E_BUSY, th_store_next(store, 3, TH_BYTES("a"), &key, &value));
    EXPECT(TH_E_BUSY, th_store_prev(store, 3, TH_BYTES("b"), &key, &value));
    EXPECT(TH_E_BUSY, th_store_count(store, 3, &count));
    th_store_memory_abort(memory);
    th_store_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_is_passed_on_until_it_is_told_to_halt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
