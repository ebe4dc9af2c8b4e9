// test_queue.c - bounds, order, ownership and the descriptor of the queue between threads

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/queue.h"

#include "tests/support/test.h"

enum { PRODUCERS = 4, PARCELS = 4000, COUNT_MAX = 50, BYTES_MAX = 700 };

static struct th_queue *queue;

static int setup(void **state)
{
    (void)state;
    return th_queue_make(3, 10, &queue) == TH_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    th_queue_free(&queue);
    return 0;
}

static enum th_err put(unsigned kind, const char *text)
{
    const struct th_bytes part = th_bytes_of(text);
    TH_SCOPED(th_parcel_free) struct th_parcel *parcel = th_parcel_make(kind, &part, 1);
    assert_non_null(parcel);
    const enum th_err err = th_queue_put(queue, &parcel);
    assert_true((parcel == NULL) == (err == TH_OK)); // Q4
    return err;
}

static void expect_next(unsigned kind, const char *text)
{
    TH_SCOPED(th_parcel_free) struct th_parcel *parcel = th_queue_take(queue);
    assert_non_null(parcel);
    assert_int_equal(parcel->kind, kind);
    assert_true(th_bytes_equal(parcel->parts[0], th_bytes_of(text)));
}

static bool is_readable(void)
{
    struct pollfd wanted = {.fd = th_queue_descriptor(queue), .events = POLLIN};
    return poll(&wanted, 1, 0) == 1;
}

static void a_parcel_carries_copies_of_its_parts(void **state)
{
    (void)state;
    char text[] = "header";
    const struct th_bytes parts[] = {th_bytes_of(text), {0}, TH_BYTES("body")};
    TH_SCOPED(th_parcel_free) struct th_parcel *parcel = th_parcel_make(7, parts, 3);
    memset(text, 'x', sizeof(text) - 1);

    assert_non_null(parcel);
    assert_int_equal(parcel->size, 10);
    assert_int_equal(parcel->count, 3);
    assert_true(th_bytes_equal(parcel->parts[0], TH_BYTES("header")));
    assert_int_equal(parcel->parts[1].size, 0);
    assert_true(th_bytes_equal(parcel->parts[2], TH_BYTES("body")));
    const struct th_bytes huge = {.data = text, .size = SIZE_MAX - 1};
    assert_null(th_parcel_make(7, &huge, 1));
}

static void parcels_are_taken_in_their_order(void **state)
{
    (void)state;
    assert_null(th_queue_take(queue));
    EXPECT(TH_OK, put(1, "a"));
    EXPECT(TH_OK, put(2, ""));
    expect_next(1, "a");
    EXPECT(TH_OK, put(3, "c"));
    expect_next(2, "");
    expect_next(3, "c");
    assert_null(th_queue_take(queue));
}

static void both_bounds_are_reached_and_not_passed(void **state)
{
    (void)state;
    EXPECT(TH_OK, put(1, "12345"));
    EXPECT(TH_E_FULL, put(2, "123456"));
    EXPECT(TH_OK, put(2, "12345")); // 10 of 10 bytes
    EXPECT(TH_OK, put(3, ""));
    EXPECT(TH_E_FULL, put(4, "")); // 3 of 3 parcels
    EXPECT(TH_E_TOO_LARGE, put(5, "12345678901"));

    const struct th_queue_load load = th_queue_load(queue);
    assert_int_equal(load.count, 3);
    assert_int_equal(load.bytes, 10);
    expect_next(1, "12345");
    EXPECT(TH_OK, put(4, "12345"));
    assert_int_equal(th_queue_load(queue).bytes_peak, 10);
    assert_int_equal(th_queue_load(queue).count_peak, 3);
}

static void the_descriptor_is_readable_exactly_while_something_waits(void **state)
{
    (void)state;
    assert_false(is_readable());
    EXPECT(TH_E_TIMEOUT, th_queue_wait(queue, 0));
    EXPECT(TH_OK, put(1, "a"));
    EXPECT(TH_OK, put(2, "b"));
    assert_true(is_readable());
    expect_next(1, "a");
    EXPECT(TH_OK, th_queue_wait(queue, 0));
    expect_next(2, "b");
    assert_false(is_readable());
    EXPECT(TH_OK, put(3, "c"));
    assert_true(is_readable());
}

static void a_closed_queue_gives_what_waits_and_takes_nothing(void **state)
{
    (void)state;
    EXPECT(TH_OK, put(1, "a"));
    th_queue_close(queue);
    th_queue_close(queue);

    EXPECT(TH_E_REFUSED, put(2, "b"));
    assert_false(th_queue_ended(queue));
    expect_next(1, "a");
    assert_true(th_queue_ended(queue));
    assert_true(is_readable()); // nobody waits for ever
    assert_null(th_queue_take(queue));
}

#ifdef TONGHOP_FAULTS
static void a_test_can_make_it_full(void **state)
{
    (void)state;
    th_fault_arm("queue.put.full", 2);
    EXPECT(TH_OK, put(1, "a"));
    EXPECT(TH_E_FULL, put(2, "b"));
    th_fault_disarm();
    EXPECT(TH_OK, put(2, "b"));
}
#endif

struct producer {
    pthread_t thread;
    unsigned kind;
    unsigned refused;
};

// Puts its parcels in order, as long as it takes: each full queue is tried again.
static void *produce(void *self)
{
    struct producer *producer = self;
    uint8_t bytes[64];
    memset(bytes, (int)producer->kind, sizeof(bytes));
    for (uint64_t number = 1; number <= PARCELS; number++) {
        const struct th_bytes part = {.data = bytes, .size = number % sizeof(bytes)};
        struct th_parcel *parcel = th_parcel_make(producer->kind, &part, 1);
        th_assert(parcel != NULL);
        parcel->number = number;
        while (th_queue_put(queue, &parcel) == TH_E_FULL) {
            producer->refused++;
            (void)sched_yield();
        }
        th_assert(parcel == NULL);
    }
    return NULL;
}

static void consume(uint64_t taken[static PRODUCERS])
{
    for (unsigned left = PRODUCERS * PARCELS; left > 0;) {
        EXPECT(TH_OK, th_queue_wait(queue, PATIENCE_MS));
        struct th_parcel *parcel = NULL;
        while ((parcel = th_queue_take(queue)) != NULL) {
            assert_true(parcel->number == ++taken[parcel->kind]); // Q2
            const uint8_t *bytes = parcel->parts[0].data;
            for (size_t i = 0; i < parcel->parts[0].size; i++) {
                assert_int_equal(bytes[i], parcel->kind);
            }
            th_parcel_free(&parcel);
            left--;
        }
    }
}

static void many_threads_hand_over_every_parcel_once_and_in_order(void **state)
{
    (void)state;
    th_queue_free(&queue);
    EXPECT(TH_OK, th_queue_make(COUNT_MAX, BYTES_MAX, &queue));
    struct producer producers[PRODUCERS] = {{0}};
    uint64_t taken[PRODUCERS] = {0};
    for (unsigned i = 0; i < PRODUCERS; i++) {
        producers[i].kind = i;
        assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }

    consume(taken);

    unsigned refused = 0;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(producers[i].thread, NULL), 0);
        assert_true(taken[i] == PARCELS);
        refused += producers[i].refused;
    }
    const struct th_queue_load load = th_queue_load(queue);
    assert_int_equal(load.count, 0);
    assert_int_equal(load.bytes, 0);
    assert_in_range(load.count_peak, 1, COUNT_MAX); // Q3
    assert_in_range(load.bytes_peak, 1, BYTES_MAX);
    print_message("refused as full and tried again: %u times\n", refused);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_parcel_carries_copies_of_its_parts),
        CASE(parcels_are_taken_in_their_order),
        CASE(both_bounds_are_reached_and_not_passed),
        CASE(the_descriptor_is_readable_exactly_while_something_waits),
        CASE(a_closed_queue_gives_what_waits_and_takes_nothing),
#ifdef TONGHOP_FAULTS
        CASE(a_test_can_make_it_full),
#endif
        CASE(many_threads_hand_over_every_parcel_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
