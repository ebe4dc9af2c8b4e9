// test_query_structure.c - answers in another structure, held against the totals of the store

#include <string.h>

#include "tests/support/writing.h"
#include "workers/totals.h"

static const struct th_bytes UNTIL_JULY = {.data = "as-of:2024-06-30", .size = 16};
static const struct th_bytes FROM_JULY = {.data = "as-of:2024-07-01", .size = 16};

// C12 became C22 in another district; C31 went on in another one.
static void say(struct writing *f)
{
    writing_give_roster(f);
    const struct th_update updates[] = {figure("C12", "2023", "W1", 5),
                                        figure("C31", "2023", "W1", 7),
                                        figure("C21", "2023", "W1", 11)};
    writing_send_batch(f, updates, TH_COUNT(updates));
    (void)writing_wait_for_ack(f, 1);
}

static struct th_query question(const struct th_bytes *by, size_t count, struct th_bytes structure)
{
    return (struct th_query){.ask = TH_ASK_TOTALS,
                             .lineage = TH_BYTES("p"),
                             .by = by,
                             .by_count = count,
                             .structure = structure};
}

static int64_t value_at(const struct th_answer *answer, const char *unit)
{
    for (size_t i = 0; i < answer->line_count; i++) {
        if (th_bytes_equal(answer->lines[i].cell.unit, th_bytes_of(unit))) {
            return answer->lines[i].cell.value.value;
        }
    }
    return -1;
}

static void tells_the_same_figures_in_the_units_of_each_day(void **state)
{
    struct writing *f = *state;
    say(f);
    const struct th_bytes by[] = {TH_BYTES("unit")};

    struct th_query query = question(by, 1, FROM_JULY);
    struct th_answer answer = writing_ask(f, &query);
    assert_int_equal(answer.code, 0);
    assert_int_equal(answer.conservation, TH_CONSERVED);
    assert_true(th_bytes_equal(answer.structure, FROM_JULY));
    assert_int_equal(answer.source_count, 1);
    assert_int_equal(answer.missing_count, 0);
    assert_int_equal(value_at(&answer, "P"), 23);
    assert_int_equal(value_at(&answer, "D1"), -1);
    assert_int_equal(value_at(&answer, "D2"), 23);
    assert_int_equal(value_at(&answer, "C22"), 5);

    query = question(by, 1, UNTIL_JULY);
    answer = writing_ask(f, &query);
    assert_int_equal(value_at(&answer, "P"), 23);
    assert_int_equal(value_at(&answer, "D1"), 5);
    assert_int_equal(value_at(&answer, "D3"), 7);
    assert_int_equal(value_at(&answer, "C12"), 5);
    assert_int_equal(writing_stop(f), 0);
}

static void refuses_what_is_no_structure(void **state)
{
    struct writing *f = *state;
    say(f);
    const struct th_query query = question(NULL, 0, TH_BYTES("as-of:tomorrow"));
    const struct th_answer answer = writing_ask(f, &query);
    assert_int_equal(answer.code, 5002);
    assert_true(th_bytes_equal(answer.detail, TH_BYTES("as-of:tomorrow")));
    assert_int_equal(writing_stop(f), 0);
}

// The total of the province, changed behind everybody's back.
static void falsify(struct writing *f, int64_t value)
{
    const struct th_check check = open_check(f->opened.store_id);
    const struct th_cell cell = {.value = value, .exact = 3, .reported = 1};
    struct th_period year;
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &year));
    const struct key key = key_of_total(TH_BYTES("W1"), year, f->province.root, TH_BYTES(""));
    struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(f->made->disk, &txn));
    totals_write_cell(&writer, &cell, 1);
    EXPECT(TH_OK, th_check_put(&check, th_disk_store(&txn), TABLE_TOTAL, key_view(&key), &writer));
    EXPECT(TH_OK, th_disk_commit(&txn));
}

static void says_when_the_sum_is_not_the_sum_as_reported(void **state)
{
    struct writing *f = *state;
    say(f);
    const struct th_query query = question(NULL, 0, FROM_JULY);
    falsify(f, 23);
    assert_int_equal(writing_ask(f, &query).conservation, TH_CONSERVED);

    falsify(f, 24);

    const struct th_answer answer = writing_ask(f, &query);
    assert_int_equal(answer.code, 0);
    assert_int_equal(answer.conservation, TH_NOT_CONSERVED);
    assert_true(th_bytes_equal(answer.detail, TH_BYTES("W1 2023")));
    assert_int_equal(value_at(&answer, "P"), 23); // what the records say
    falsify(f, 23);
    assert_int_equal(writing_stop(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tells_the_same_figures_in_the_units_of_each_day, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            refuses_what_is_no_structure, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            says_when_the_sum_is_not_the_sum_as_reported, writing_setup, writing_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
