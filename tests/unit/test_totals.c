// test_totals.c - sums of a turn: written sorted, numbered by topic, published as deltas

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

static const char *const ROSTER[] = {"P"};

static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

// The newest delta of a topic among what was heard; count 0 when there is none.
static struct th_delta delta_of(struct province *p, const char *topic)
{
    struct th_delta delta = {.count = 0};
    struct th_malformed why;
    for (size_t i = 0; i < p->heard_count; i++) {
        const struct heard *heard = &p->heard[i];
        if (heard->published && strcmp(heard->topic, topic) == 0) {
            EXPECT(TH_OK,
                   th_delta_read(
                       (struct th_bytes){heard->body, heard->size}, &p->arena, &delta, &why));
        }
    }
    return delta;
}

static const struct th_total *cell_of(const struct th_delta *delta, const char *unit)
{
    static const struct th_total NOTHING;
    for (size_t i = 0; i < delta->count; i++) {
        if (th_bytes_equal(delta->cells[i].unit, th_bytes_of(unit))) {
            return &delta->cells[i];
        }
    }
    fail_msg("the delta has no cell of %s", unit);
    return &NOTHING;
}

static void publishes_absolute_values_of_every_unit_above(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update first = figure("C11", "2023", "N1", 3);
    struct th_update second = figure("C12", "2023", "N1", 4);
    second.staffing.of = (struct th_opt){.has = true, .value = 9};
    second.staffing.qualifier = TH_QUALIFIER_OVER;
    assert_int_equal(province_say(p, &one, &first), 0);
    assert_int_equal(province_say(p, &one, &second), 0);

    const struct th_delta delta = delta_of(p, "t/p/N1/2023/");
    assert_int_equal(delta.topic_seq, 2);
    assert_int_equal(delta.version, 2);
    assert_int_equal(delta.count, 3); // C12, D1, P
    const struct th_total *top = cell_of(&delta, "P");
    assert_int_equal(top->value.value, 7);
    assert_int_equal(top->qualifier, TH_QUALIFIER_OVER);
    assert_false(top->of.has); // known for one of two
    assert_int_equal(top->with_of, 1);
    assert_int_equal(top->contributions, 2);
    assert_int_equal(top->reported, 1); // D1, which has figures below it
    assert_int_equal(top->expected.value, 4);
    assert_int_equal(cell_of(&delta, "C12")->expected.value, 0);
}

static void publishes_the_end_of_a_total(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update said = figure("D1", "2023", "W1", 3);
    const struct th_update gone = withdraw(said, 2);
    assert_int_equal(province_say(p, &one, &said), 0);
    assert_int_equal(province_say(p, &one, &gone), 0);

    const struct th_delta delta = delta_of(p, "t/p/W1/2023/");
    assert_int_equal(delta.count, 2);
    assert_int_equal(cell_of(&delta, "P")->contributions, 0);
    assert_false(cell_of(&delta, "P")->value.has);
    uint64_t count = 0;
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_TOTAL, &count));
    assert_int_equal(count, 0);
}

static void shows_not_applicable_as_a_report_without_numbers(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct th_update said = figure("D1", "2023", "W1", 0);
    said.staffing.value.has = false;
    said.staffing.not_applicable = true;
    said.staffing.qualifier = TH_QUALIFIER_NONE;
    assert_int_equal(province_say(p, &one, &said), 0);

    const struct th_delta delta = delta_of(p, "t/p/W1/2023/");
    assert_true(cell_of(&delta, "P")->not_applicable);
    assert_false(cell_of(&delta, "P")->value.has);
    assert_int_equal(cell_of(&delta, "P")->reported, 1);
}

static void lists_shares_by_unit_without_a_total(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update said = figure("D1", "2023", "S1", 364);
    assert_int_equal(province_say(p, &one, &said), 0);

    const struct th_delta delta = delta_of(p, "t/p/S1/2023/");
    assert_int_equal(delta.count, 1);
    assert_int_equal(cell_of(&delta, "D1")->of.value, 1000);
    assert_false(cell_of(&delta, "D1")->expected.has);
}

static void says_nothing_about_totals_that_came_and_went_in_one_turn(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    const struct th_update said = figure("D1", "2023", "W1", 3);
    const struct th_update both[] = {said, withdraw(said, 2)};
    province_batch(p, &one, both, TH_COUNT(both));
    province_drain(p);
    assert_int_equal(delta_of(p, "t/p/W1/2023/").count, 0);
    province_verify(p);
}

static void keeps_the_newest_deltas_of_a_topic(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    for (uint64_t i = 1; i <= 7; i++) {
        const struct th_update said = revised(figure("D1", "2023", "W1", (int64_t)i), i);
        assert_int_equal(province_say(p, &one, &said), 0);
    }
    uint64_t count = 0;
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_FEEDLOG, &count));
    province_end(p);
    assert_int_equal(count, 4); // feed_keep of the fixture
    province_verify(p);
}

static void keeps_fewer_deltas_a_few_at_a_time_when_told_to(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    static const uint64_t KEPT[] = {1, 2, 3, 4, 3, 2, 2}; // one comes, TOTALS_DROPPED go
    for (uint64_t i = 0; i < TH_COUNT(KEPT); i++) {
        if (i == 4) {
            judge_set_pace(&p->judge, &(struct judge_pace){.feed_keep = 2});
        }
        const struct th_update said = revised(figure("D1", "2023", "W1", (int64_t)i), i + 1);
        assert_int_equal(province_say(p, &one, &said), 0);
        uint64_t count = 0;
        EXPECT(TH_OK, th_store_count(province_store(p), TABLE_FEEDLOG, &count));
        province_end(p);
        assert_int_equal(count, KEPT[i]);
    }
    province_verify(p);
}

static void leaves_out_a_delta_that_does_not_fit_but_numbers_it(void **state)
{
    struct province *p = *state;
    p->limits.totals.delta_cells = 1;
    province_restart(p);
    struct player one = player_of(1);
    const struct th_update said = figure("D1", "2023", "W1", 3);
    assert_int_equal(province_say(p, &one, &said), 0);
    assert_int_equal(delta_of(p, "t/p/W1/2023/").count, 0);

    province_forget(p);
    p->now_ms += JUDGE_BEAT_MS;
    province_event(p, TH_EV_TICK);
    struct th_beat beat = {.count = 0};
    struct th_malformed why;
    uint64_t seq = 0;
    for (size_t i = 0; i < p->heard_count; i++) {
        if (p->heard[i].published) {
            EXPECT(
                TH_OK,
                th_beat_read(
                    (struct th_bytes){p->heard[i].body, p->heard[i].size}, &p->arena, &beat, &why));
            seq = beat.count > 0 ? beat.topics[0].seq : 0;
        }
    }
    assert_int_equal(beat.count, 1); // subscribers see that they miss number 1
    assert_int_equal(seq, 1);
}

static unsigned steps; // of scans over sums
static const struct th_store_ops *plain;

static enum th_err counted_next(
    void *self, unsigned table, struct th_bytes after, struct th_bytes *key, struct th_bytes *value)
{
    steps += table == TABLE_TOTAL ? 1 : 0;
    return plain->next(self, table, after, key, value);
}

// PLAIN takes any category: one unit's many categories must not make each next one dearer, for the
// sums of the province are the same for all.
static void looks_at_the_sums_of_one_category_only(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    enum { CATEGORIES = 60 };
    struct th_store_ops counting = *p->judge.totals.setup.store.ops;
    plain = p->judge.totals.setup.store.ops;
    counting.next = counted_next;
    p->judge.totals.setup.store.ops = &counting;
    for (int i = 0; i < CATEGORIES; i++) {
        char category[16];
        (void)snprintf(category, sizeof(category), "k%d", i);
        struct th_update update = person("C11", "2023", "x", 4);
        update.evaluation.scheme = TH_BYTES("PLAIN");
        update.evaluation.category = th_bytes_of(category);
        update.evaluation.score = (struct th_opt){.has = true, .value = 9000};
        steps = 0;
        assert_int_equal(province_say(p, &one, &update), 0);
        assert_true(steps <= 16);
    }
    p->judge.totals.setup.store.ops = plain;
    province_verify(p);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(publishes_absolute_values_of_every_unit_above),
        CASE(publishes_the_end_of_a_total),
        CASE(shows_not_applicable_as_a_report_without_numbers),
        CASE(lists_shares_by_unit_without_a_total),
        CASE(says_nothing_about_totals_that_came_and_went_in_one_turn),
        CASE(keeps_the_newest_deltas_of_a_topic),
        CASE(keeps_fewer_deltas_a_few_at_a_time_when_told_to),
        CASE(leaves_out_a_delta_that_does_not_fit_but_numbers_it),
        CASE(looks_at_the_sums_of_one_category_only),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
