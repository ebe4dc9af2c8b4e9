// test_audit.c - tables that nothing else tells of are summed up as they change

#include <string.h>

#include "tonghop/store_memory.h"

#include "tests/support/test.h"
#include "workers/audit.h"
#include "workers/table.h"

struct stage {
    struct th_store_memory *memory;
    struct th_store store;
    struct th_check check;
};

static struct stage stage;

static int setup(void **state)
{
    stage.memory = th_store_memory_make();
    assert_non_null(stage.memory);
    stage.store = th_store_memory_ops(stage.memory);
    stage.check = th_check_of(TH_BYTES("a store"));
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_store_memory_free(stage.memory);
    return 0;
}

static struct th_writer value_of(const char *text, uint8_t space[static 64])
{
    struct th_writer value = {.data = space, .max = 64};
    th_write_bytes(&value, th_bytes_of(text));
    return value;
}

static void put(struct stage *s, const char *key, const char *text)
{
    uint8_t space[64];
    struct th_writer value = value_of(text, space);
    EXPECT(TH_OK, audit_put(&s->check, s->store, TABLE_GRANT, th_bytes_of(key), &value));
}

// Past the sums, as an error would.
static void put_past(struct stage *s, const char *key, const char *text)
{
    uint8_t space[64];
    struct th_writer value = value_of(text, space);
    EXPECT(TH_OK, th_check_put(&s->check, s->store, TABLE_GRANT, th_bytes_of(key), &value));
}

static bool fits(struct stage *s)
{
    bool fits = false;
    EXPECT(TH_OK, audit_fits(&s->check, s->store, TABLE_GRANT, &fits));
    return fits;
}

static void changes_of_rows_change_the_sum(void **state)
{
    struct stage *s = *state;
    put(s, "a", "1");
    put(s, "b", "2");
    put(s, "a", "3");
    assert_true(fits(s));
    EXPECT(TH_OK, audit_remove(&s->check, s->store, TABLE_GRANT, TH_BYTES("b")));
    assert_true(fits(s));
    EXPECT(TH_E_NOT_FOUND, audit_remove(&s->check, s->store, TABLE_GRANT, TH_BYTES("b")));
    put(s, "c", "4");
    EXPECT(TH_OK, audit_remove_all(&s->check, s->store, TABLE_GRANT));
    assert_true(fits(s));
    uint64_t count = 1;
    EXPECT(TH_OK, th_store_count(s->store, TABLE_GRANT, &count));
    assert_int_equal(count, 0);
}

static void a_row_that_was_changed_otherwise_does_not_fit(void **state)
{
    struct stage *s = *state;
    put(s, "a", "1");
    put(s, "b", "2");
    put_past(s, "b", "3");
    assert_false(fits(s));
    put_past(s, "b", "2");
    assert_true(fits(s));
    put_past(s, "c", "2");
    assert_false(fits(s));
    EXPECT(TH_OK, th_store_remove(s->store, TABLE_GRANT, TH_BYTES("c")));
    EXPECT(TH_OK, th_store_remove(s->store, TABLE_GRANT, TH_BYTES("a")));
    assert_false(fits(s));
    EXPECT(TH_OK, th_store_put(s->store, TABLE_GRANT, TH_BYTES("a"), TH_BYTES("no check hash")));
    assert_false(fits(s));
}

static void bytes_do_not_pass_from_a_key_to_its_value(void **state)
{
    struct stage *s = *state;
    put(s, "ab", "c");
    EXPECT(TH_OK, th_store_remove(s->store, TABLE_GRANT, TH_BYTES("ab")));
    put_past(s, "a", "bc");
    assert_false(fits(s));
}

// Z2: the rows of a store of an earlier program are counted with the first change.
static void a_table_that_is_not_named_fits_and_is_counted_with_its_first_change(void **state)
{
    struct stage *s = *state;
    put_past(s, "a", "1");
    put_past(s, "b", "2");
    assert_true(fits(s));
    put(s, "b", "3");
    assert_true(fits(s));
    put_past(s, "a", "2");
    assert_false(fits(s));
}

static void tables_are_summed_up_apart(void **state)
{
    struct stage *s = *state;
    uint8_t space[64];
    struct th_writer value = value_of("1", space);
    bool good = false;
    put(s, "a", "1");
    EXPECT(TH_OK, audit_put(&s->check, s->store, TABLE_NOTICE, TH_BYTES("a"), &value));
    EXPECT(TH_OK, audit_remove_all(&s->check, s->store, TABLE_GRANT));
    EXPECT(TH_OK, audit_fits(&s->check, s->store, TABLE_NOTICE, &good));
    assert_true(good);
    assert_true(audit_covers(TABLE_NOTICE));
    assert_false(audit_covers(TABLE_TOTAL));
}

static void sums_that_are_damaged_are_told(void **state)
{
    struct stage *s = *state;
    uint8_t space[64];
    struct th_writer value = value_of("\x02", space);
    bool good = false;
    put(s, "a", "1");
    EXPECT(TH_OK, th_check_put(&s->check, s->store, TABLE_META, TH_BYTES("audit"), &value));
    EXPECT(TH_E_CORRUPT, audit_fits(&s->check, s->store, TABLE_GRANT, &good));
    value = value_of("1", space);
    EXPECT(TH_E_CORRUPT, audit_put(&s->check, s->store, TABLE_GRANT, TH_BYTES("b"), &value));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(changes_of_rows_change_the_sum),
        CASE(a_row_that_was_changed_otherwise_does_not_fit),
        CASE(bytes_do_not_pass_from_a_key_to_its_value),
        CASE(a_table_that_is_not_named_fits_and_is_counted_with_its_first_change),
        CASE(tables_are_summed_up_apart),
        CASE(sums_that_are_damaged_are_told),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
