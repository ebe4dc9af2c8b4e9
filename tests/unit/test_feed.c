// test_feed.c - beats are numbered without a hole, and name every topic that changed

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"
#include "workers/feed.h"

enum { TOPICS = 2500 };

struct fixture {
    struct feed feed;
    void *block;
    void *space;
    struct th_arena arena;
    uint8_t *body;
};

static struct fixture fixture;

static int setup(void **state)
{
    const size_t size = feed_memory(TOPICS);
    fixture = (struct fixture){.block = malloc(size),
                               .space = malloc(TH_ARENA_BYTES),
                               .body = malloc(FEED_BEAT_BYTES_MAX)};
    struct th_arena memory = th_arena_of(fixture.block, size);
    EXPECT(TH_OK, feed_init(&fixture.feed, TOPICS, &memory));
    fixture.arena = th_arena_of(fixture.space, TH_ARENA_BYTES);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->block);
    free(f->space);
    free(f->body);
    return 0;
}

static void note(struct fixture *f, unsigned number, uint64_t seq)
{
    char measure[16];
    struct th_period period;
    (void)snprintf(measure, sizeof(measure), "m%u", number);
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &period));
    const struct key key = key_of_topic(th_bytes_of(measure), period);
    feed_note(&f->feed, &key, seq);
}

static struct th_beat beat(struct fixture *f, bool *more)
{
    const struct feed_stamp stamp = {.store_id = 1, .store_epoch = 2, .version = 3, .wall_ms = 4};
    struct th_writer writer = {.data = f->body, .max = FEED_BEAT_BYTES_MAX};
    *more = feed_beat(&f->feed, &stamp, &writer);
    struct th_beat read;
    struct th_malformed why;
    th_arena_reset(&f->arena);
    EXPECT(TH_OK, th_beat_read(th_written(&writer), &f->arena, &read, &why));
    return read;
}

static void counts_from_1_without_a_hole(void **state)
{
    struct fixture *f = *state;
    bool more = false;
    for (uint64_t i = 1; i <= 3; i++) {
        const struct th_beat heard = beat(f, &more);
        assert_int_equal(heard.number, i);
        assert_int_equal(heard.store_epoch, 2);
        assert_int_equal(heard.version, 3);
        assert_int_equal(heard.count, 0);
        assert_false(more);
    }
}

static void names_a_topic_once_with_its_last_number(void **state)
{
    struct fixture *f = *state;
    bool more = false;
    note(f, 1, 4);
    note(f, 1, 5);
    note(f, 2, 9);
    const struct th_beat heard = beat(f, &more);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.topics[0].seq, 5);
    assert_true(th_bytes_equal(heard.topics[0].measure, TH_BYTES("m1")));
    assert_true(th_bytes_equal(heard.topics[0].period, TH_BYTES("2023")));
    assert_int_equal(beat(f, &more).count, 0);
}

static void continues_a_long_list_in_the_next_beat(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < TOPICS; i++) {
        note(f, i, i + 1);
    }
    assert_true(feed_is_full(&f->feed));
    bool more = true;
    size_t named = 0;
    uint64_t number = 0;
    while (more) {
        const struct th_beat heard = beat(f, &more);
        assert_int_equal(heard.number, ++number);
        named += heard.count;
    }
    assert_int_equal(named, TOPICS);
    assert_int_equal(number, 3);
}

static void leaves_out_a_number_when_it_lost_count(void **state)
{
    struct fixture *f = *state;
    bool more = false;
    for (unsigned i = 0; i <= TOPICS; i++) {
        note(f, i, 1);
    }
    assert_int_equal(beat(f, &more).number, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(counts_from_1_without_a_hole),
        CASE(names_a_topic_once_with_its_last_number),
        CASE(continues_a_long_list_in_the_next_beat),
        CASE(leaves_out_a_number_when_it_lost_count),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
