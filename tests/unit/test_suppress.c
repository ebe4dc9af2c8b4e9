// test_suppress.c - what a public table shows: tables small enough to be worked out by hand

#include "tests/support/publishing.h"
#include "tests/support/test.h"

enum { COMPLETED, EXCELLENT, GOOD, LEVELS }; // in byte order, as the catalogue lists them

static struct publishing p;

static const struct public_group ALL = {PUBLIC_PEOPLE, PUBLIC_ANY, PUBLIC_ANY};

static struct public_group level(uint8_t at)
{
    return (struct public_group){PUBLIC_PEOPLE, PUBLIC_ANY, at};
}

// A province of so many offices.
static void begin(uint32_t offices)
{
    static const uint32_t PARENTS[PUBLISHED_NODES_MAX];
    struct public_spec spec = {.scored = false};
    static const char *const CODES[] = {"completed", "excellent", "good"};
    for (size_t i = 0; i < TH_COUNT(CODES); i++) {
        spec.level.members[spec.level.count++] = th_bytes_of(CODES[i]);
    }
    publishing_begin(&p, &spec, PARENTS, offices + 1);
}

static int end(void **state)
{
    (void)state;
    publishing_end(&p);
    return 0;
}

// Offices are numbered from 1, as their nodes are.
static void people(uint32_t office, int64_t completed, int64_t excellent, int64_t good)
{
    *publishing_people(&p, office - 1, COMPLETED) = completed;
    *publishing_people(&p, office - 1, EXCELLENT) = excellent;
    *publishing_people(&p, office - 1, GOOD) = good;
}

static bool shows_level(uint32_t node)
{
    bool any = false;
    for (uint8_t at = 0; at < LEVELS; at++) {
        any = any || publishing_shows(&p, node, level(at));
    }
    return any;
}

static void an_office_of_five_shows_its_total_alone(void **state)
{
    (void)state;
    begin(4);
    people(1, 1, 1, 3);
    people(2, 12, 11, 30);
    people(3, 20, 16, 41);
    people(4, 9, 8, 25);
    publishing_release(&p);
    assert_true(publishing_shows(&p, 1, ALL));
    assert_false(shows_level(1));
    assert_true(publishing_shows(&p, 0, ALL));
    for (uint8_t at = 0; at < LEVELS; at++) {
        assert_true(publishing_shows(&p, 0, level(at)));
    }
    assert_true(publishing_shows(&p, 3, level(GOOD)));
}

static void where_nobody_is_few_everything_is_shown(void **state)
{
    (void)state;
    begin(3);
    people(1, 5, 7, 9);
    people(2, 12, 11, 30);
    people(3, 20, 16, 41);
    publishing_release(&p);
    assert_int_equal(p.outcome.hidden, 0);
    assert_int_equal(p.outcome.shown, 4 * (1 + LEVELS));
    assert_int_equal(p.outcome.rounds, 1);
}

static void the_next_smallest_is_hidden_with_a_small_one(void **state)
{
    (void)state;
    begin(3);
    people(1, 3, 11, 40);
    people(2, 21, 22, 60);
    people(3, 20, 26, 61);
    publishing_release(&p);
    assert_false(publishing_shows(&p, 1, level(COMPLETED)));
    assert_false(publishing_shows(&p, 1, level(EXCELLENT)));
    assert_true(publishing_shows(&p, 1, level(GOOD)));
    // and two others of the same levels, in the office where that costs least
    assert_false(publishing_shows(&p, 3, level(COMPLETED)));
    assert_true(publishing_shows(&p, 2, level(COMPLETED)));
    assert_true(publishing_shows(&p, 2, level(GOOD)));
    assert_true(publishing_shows(&p, 3, level(GOOD)));
}

static void of_equals_the_first_is_hidden(void **state)
{
    (void)state;
    begin(3);
    people(1, 3, 30, 30);
    people(2, 40, 40, 40);
    people(3, 40, 40, 40);
    publishing_release(&p);
    assert_false(publishing_shows(&p, 1, level(COMPLETED)));
    assert_false(publishing_shows(&p, 1, level(EXCELLENT)));
    assert_true(publishing_shows(&p, 1, level(GOOD)));
    assert_false(publishing_shows(&p, 2, level(COMPLETED)));
    assert_true(publishing_shows(&p, 3, level(COMPLETED)));
    assert_true(publishing_shows(&p, 3, level(EXCELLENT)));
}

static void a_zero_is_shown_where_it_speaks_about_many(void **state)
{
    (void)state;
    begin(3);
    people(1, 0, 10, 10); // twenty people
    people(2, 30, 40, 50);
    people(3, 30, 40, 50);
    publishing_release(&p);
    assert_true(publishing_shows(&p, 1, level(COMPLETED)));
    publishing_end(&p);
    begin(3);
    people(1, 0, 9, 10); // nineteen
    people(2, 30, 40, 50);
    people(3, 30, 40, 50);
    publishing_release(&p);
    assert_false(publishing_shows(&p, 1, level(COMPLETED)));
}

// Nobody can tell the two offices apart by what is shown of the province.
static void a_small_office_hides_with_another_one(void **state)
{
    (void)state;
    begin(3);
    people(1, 1, 1, 1);
    people(2, 20, 20, 20);
    people(3, 30, 30, 30);
    publishing_release(&p);
    assert_false(publishing_shows(&p, 1, ALL));
    assert_false(publishing_shows(&p, 2, ALL));
    assert_true(publishing_shows(&p, 3, ALL));
    assert_true(publishing_shows(&p, 0, ALL));
}

static void a_province_of_few_shows_nothing(void **state)
{
    (void)state;
    begin(2);
    people(1, 1, 0, 1);
    people(2, 0, 1, 1);
    publishing_release(&p);
    assert_true(p.outcome.kept);
    assert_int_equal(p.outcome.shown, 0);
    assert_int_equal(p.count, 0);
}

static void one_person_more_is_not_told(void **state)
{
    (void)state;
    begin(3);
    people(1, 5, 7, 9);
    people(2, 12, 11, 30);
    people(3, 20, 16, 41);
    publishing_release(&p);
    people(1, 5, 7, 10);
    publishing_release(&p);
    assert_true(p.outcome.kept);
    assert_int_equal(p.count, 1);
}

static void many_people_more_are_told(void **state)
{
    (void)state;
    begin(3);
    people(1, 5, 7, 9);
    people(2, 12, 11, 30);
    people(3, 20, 16, 41);
    publishing_release(&p);
    people(1, 12, 17, 39);
    publishing_release(&p);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.outcome.hidden, 0);
}

// One office has one person more, the others many: what would give it away keeps its old figures.
static void few_among_many_are_not_told(void **state)
{
    (void)state;
    begin(4);
    people(1, 15, 17, 19);
    people(2, 12, 11, 30);
    people(3, 20, 16, 41);
    people(4, 20, 16, 41);
    publishing_release(&p);
    people(1, 16, 17, 19);
    people(2, 42, 51, 80);
    people(3, 60, 56, 81);
    people(4, 70, 66, 91);
    publishing_release(&p);
    assert_int_equal(p.count, 2);
    assert_false(publishing_shows(&p, 1, ALL));
    assert_false(publishing_shows(&p, 1, level(COMPLETED)));
    assert_true(publishing_shows(&p, 0, ALL));
    uint32_t others = 0;
    for (uint32_t node = 2; node <= 4; node++) {
        others += publishing_shows(&p, node, ALL) ? 1 : 0;
    }
    assert_true(others < 3);
}

static struct th_suppress_question question_of(const struct th_suppress_edition *edition)
{
    return (struct th_suppress_question){
        .frame = &p.frame, .share_base = 20, .editions = edition, .count = 1};
}

static void what_cannot_be_judged_is_refused(void **state)
{
    (void)state;
    begin(2);
    people(1, 5, 7, 9);
    people(2, 5, 7, 9);
    uint8_t shown[3 * (1 + LEVELS)];
    static max_align_t memory[64 * 1024];
    struct th_suppress_outcome outcome;
    const struct th_suppress_edition edition = {.threshold = 5, .people = p.people};
    struct th_suppress_question question = question_of(&edition);
    EXPECT(TH_E_NO_MEMORY, th_suppress_decide(&question, memory, 16, shown, &outcome));
    EXPECT(TH_OK, th_suppress_decide(&question, memory, sizeof(memory), shown, &outcome));
    *publishing_people(&p, 0, GOOD) = -1;
    EXPECT(TH_E_INVALID, th_suppress_decide(&question, memory, sizeof(memory), shown, &outcome));
    question.count = TH_SUPPRESS_EDITIONS_MAX + 1;
    assert_int_equal(th_suppress_memory(&question), 0);
    EXPECT(TH_E_TOO_LARGE, th_suppress_decide(&question, memory, sizeof(memory), shown, &outcome));
}

static void marks_tell_people_and_not_their_order(void **state)
{
    (void)state;
    uint16_t one[TH_SUPPRESS_MARKS] = {0};
    uint16_t other[TH_SUPPRESS_MARKS] = {0};
    for (uint64_t person = 0; person < 40; person++) {
        th_suppress_mark(one, person, 70);
        th_suppress_mark(other, 39 - person, 70);
    }
    assert_memory_equal(one, other, sizeof(one));
    th_suppress_mark(one, 41, 70);
    th_suppress_mark(other, 41, 71);
    uint32_t differ = 0;
    for (size_t i = 0; i < TH_COUNT(one); i++) {
        differ += one[i] != other[i] ? 1 : 0;
    }
    assert_int_equal(differ, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_office_of_five_shows_its_total_alone, end),
        cmocka_unit_test_teardown(where_nobody_is_few_everything_is_shown, end),
        cmocka_unit_test_teardown(the_next_smallest_is_hidden_with_a_small_one, end),
        cmocka_unit_test_teardown(of_equals_the_first_is_hidden, end),
        cmocka_unit_test_teardown(a_zero_is_shown_where_it_speaks_about_many, end),
        cmocka_unit_test_teardown(a_small_office_hides_with_another_one, end),
        cmocka_unit_test_teardown(a_province_of_few_shows_nothing, end),
        cmocka_unit_test_teardown(one_person_more_is_not_told, end),
        cmocka_unit_test_teardown(many_people_more_are_told, end),
        cmocka_unit_test_teardown(few_among_many_are_not_told, end),
        cmocka_unit_test_teardown(what_cannot_be_judged_is_refused, end),
        cmocka_unit_test(marks_tell_people_and_not_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
