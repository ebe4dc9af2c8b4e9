// test_judge_doubt.c - what the province finds odd, and applies nevertheless

#include <stdio.h>
#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

struct stage {
    struct province *p;
    struct player one; // D1
    const char *told;  // of the newest batch: "index:code params; ..."
};

static struct stage stage;

static int setup(void **state)
{
    static const char *const ROSTER[] = {"D1;D2"};
    stage = (struct stage){.p = province_make(), .one = player_of(1)};
    province_roster(stage.p, ROSTER, TH_COUNT(ROSTER));
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *s = *state;
    province_verify(s->p);
    province_free(s->p);
    return 0;
}

static size_t tell(char *text, size_t size, size_t max, const struct th_item_verdict *item)
{
    const struct th_verdict *verdict = &item->verdict;
    int more = snprintf(
        text + size, max - size, "%s%u:%u", size > 0 ? "; " : "", item->index, verdict->code);
    size += (size_t)more;
    for (size_t i = 0; i < verdict->count; i++) {
        more = snprintf(text + size, max - size, " %s", verdict->params[i]);
        size += (size_t)more;
    }
    assert_true(size < max);
    return size;
}

// One batch; what is told about its items, verdicts and then notices.
static const char *batch(struct stage *s, const struct th_update *updates, size_t count)
{
    static char text[4096];
    size_t size = 0;
    text[0] = '\0';
    const uint64_t notice = s->one.notice;
    province_batch(s->p, &s->one, updates, count);
    province_drain(s->p);
    const struct th_decided decided = province_decided(s->p, 1, TH_MSG_ACK);
    assert_int_equal(decided.seq, s->one.seq);
    for (size_t i = 0; i < decided.verdict_count; i++) {
        size = tell(text, size, sizeof(text), &decided.verdicts[i]);
    }
    for (size_t i = 0; i < decided.notice_count; i++) {
        if (decided.notices[i].number > notice) {
            size = tell(text, size, sizeof(text), &decided.notices[i].item);
            s->one.notice = decided.notices[i].number;
        }
    }
    return text;
}

#define BATCH(s, ...)                              \
    batch((s),                                     \
          (const struct th_update[]){__VA_ARGS__}, \
          sizeof((const struct th_update[]){__VA_ARGS__}) / sizeof(struct th_update))

static struct th_update of_post(struct th_update update, const char *dims)
{
    update.staffing.dims = th_bytes_of(dims);
    return update;
}

static struct th_update qualified(struct th_update update, uint32_t qualifier)
{
    update.staffing.qualifier = qualifier;
    return update;
}

// ---- V12 ----

static void parts_and_whole_are_compared_when_the_batch_is_in(void **state)
{
    struct stage *s = *state;
    // F1: the lines must add up; in whatever order they come, nothing is said of them one by one.
    assert_string_equal(BATCH(s,
                              of_post(figure("D1", "2023", "F1", 4), "post=a"),
                              figure("D1", "2023", "F1", 6),
                              of_post(figure("D1", "2023", "F1", 2), "post=b")),
                        "");
    assert_string_equal(BATCH(s, revised(of_post(figure("D1", "2023", "F1", 1), "post=b"), 2)),
                        "0:2312 F1 2023 5 6");
    // B4: lines may be fewer than the whole, never more.
    assert_string_equal(
        BATCH(s, of_post(figure("D1", "2023", "B4", 4), "post=a"), figure("D1", "2023", "B4", 6)),
        "");
    assert_string_equal(BATCH(s, of_post(figure("D1", "2023", "B4", 3), "post=b")),
                        "0:2312 B4 2023 7 6");
}

static void bounds_add_up_to_nothing_that_could_be_compared(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s,
                              of_post(figure("D1", "2023", "F1", 9), "post=a"),
                              qualified(figure("D1", "2023", "F1", 6), TH_QUALIFIER_OVER)),
                        "");
}

// ---- V13, V14 ----

static void more_than_was_assigned_is_told_with_the_same_dimensions(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s, figure("D1", "2023", "B4", 10), figure("D1", "2023", "B2", 11)),
                        "1:2313 11 10");
    assert_string_equal(BATCH(s, revised(figure("D1", "2023", "B4", 11), 2)), "");
    assert_string_equal(
        BATCH(s, revised(qualified(figure("D1", "2023", "B2", 11), TH_QUALIFIER_OVER), 2)),
        "0:2313 11 11"); // over 11 is more than 11
    assert_string_equal(BATCH(s,
                              of_post(figure("D1", "2023", "B2", 2), "post=a"),
                              of_post(figure("D1", "2023", "B4", 1), "post=a")),
                        "1:2313 2 1");
}

static void parts_that_cannot_be_inside_their_whole_are_told(void **state)
{
    struct stage *s = *state;
    // over 1,800 and 398 are inside over 2,300
    assert_string_equal(BATCH(s,
                              qualified(figure("D1", "2023", "B1", 2300), TH_QUALIFIER_OVER),
                              qualified(figure("D1", "2023", "B2", 1800), TH_QUALIFIER_OVER),
                              figure("D1", "2023", "B3", 398)),
                        "");
    assert_string_equal(BATCH(s, revised(figure("D1", "2023", "B1", 2198), 2)),
                        "0:2314 B1 2198 2198"); // over 1,800 is at least 1,801
    assert_string_equal(BATCH(s, revised(figure("D1", "2023", "B1", 2199), 3)), "");
    assert_string_equal(BATCH(s, revised(figure("D1", "2023", "B3", 399), 2)),
                        "0:2314 B1 2199 2199");
}

// ---- V18, V25 ----

static void a_jump_against_the_period_before_is_told(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s, figure("D1", "2023-01", "B3", 40)), "");
    assert_string_equal(BATCH(s, figure("D1", "2023-03", "B3", 60)), ""); // 20: not above 20
    assert_string_equal(BATCH(s, figure("D1", "2023-04", "B3", 91)), "0:2318 B3 91 60");
    assert_string_equal(BATCH(s, figure("D1", "2023-05", "B3", 130)), ""); // 39: not above half
    assert_string_equal(BATCH(s, figure("D1", "2023", "B3", 900)), "");    // of its own type only
    assert_string_equal(BATCH(s, figure("D1", "2023-06", "B3", 60)), "0:2318 B3 60 130");
    assert_string_equal(BATCH(s, figure("D2", "2023-06", "B3", 900)), ""); // of its own unit
}

// A month of 1,152 figures stands between the two.
static void a_jump_is_told_however_much_was_reported_meanwhile(void **state)
{
    struct stage *s = *state;
    struct th_update updates[PROVINCE_UPDATES_MAX];
    char dims[PROVINCE_UPDATES_MAX][24];
    assert_string_equal(BATCH(s, figure("D1", "2023-01", "B3", 40)), "");
    for (unsigned b = 0; b < 18; b++) {
        for (size_t i = 0; i < TH_COUNT(updates); i++) {
            (void)snprintf(dims[i], sizeof(dims[i]), "post=p%u", b * 64 + (unsigned)i);
            updates[i] = figure("D1", "2023-02", "W1", 1);
            updates[i].staffing.dims = th_bytes_of(dims[i]);
        }
        assert_string_equal(batch(s, updates, TH_COUNT(updates)), "");
    }
    assert_string_equal(BATCH(s, figure("D1", "2023-03", "B3", 91)), "0:2318 B3 91 40");
}

static void a_term_to_date_that_falls_is_told(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s, figure("D1", "T2020-2025@2022-06-30", "F1", 100)), "");
    assert_string_equal(BATCH(s, figure("D1", "T2020-2025@2023-06-30", "F1", 100)), "");
    assert_string_equal(BATCH(s, figure("D1", "T2020-2025@2023-12-31", "F1", 99)),
                        "0:2325 F1 99 100");
    assert_string_equal(BATCH(s, figure("D1", "T2020-2025@2024-12-31", "F1", 500)), "");
}

// ---- V15 ----

static struct th_update rated(const char *who, int rating, const char *group)
{
    struct th_update update = person("D1", "2023", who, rating);
    update.evaluation.scheme = TH_BYTES("CP");
    update.evaluation.job_group = th_bytes_of(group);
    return update;
}

// 20% of the good ones, in each group of jobs: of 7 good one may be excellent.
static void more_excellent_people_than_the_cap_allows_are_told(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s,
                              rated("a", 4, "x"),
                              rated("g1", 3, "x"),
                              rated("g2", 3, "x"),
                              rated("g3", 3, "x"),
                              rated("g4", 3, "x"),
                              rated("g5", 3, "x")),
                        ""); // the excellent one came first, its base later
    assert_string_equal(BATCH(s, rated("b", 4, "x")), "0:2315 2 1 CP D1 x");
    assert_string_equal(BATCH(s, rated("c", 4, "y")), "0:2315 1 0 CP D1 y");
    assert_string_equal(BATCH(s, revised(rated("g1", 2, "x"), 2)), "0:2315 2 0 CP D1 x");
}

static void people_taken_back_count_for_no_cap(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s,
                              rated("g1", 3, "x"),
                              rated("g2", 3, "x"),
                              rated("g3", 3, "x"),
                              rated("g4", 3, "x"),
                              rated("g5", 3, "x"),
                              rated("a", 4, "x")),
                        ""); // one of five
    assert_string_equal(BATCH(s, withdraw(rated("a", 4, "x"), 2)), "");
    assert_string_equal(BATCH(s, rated("b", 4, "x")), "");
    assert_string_equal(BATCH(s, rated("c", 4, "x")), "0:2315 2 1 CP D1 x");
}

static void a_unit_whose_collective_is_outstanding_may_have_more(void **state)
{
    struct stage *s = *state;
    struct th_update cell = collective("D1", "2023", "cell", 4);
    struct th_update body = collective("D1", "2023", "office", 4);
    cell.collective.scheme = TH_BYTES("CP");
    body.collective.scheme = TH_BYTES("CP");
    body.collective.kind = TH_BYTES("agency");
    assert_string_equal(BATCH(s,
                              rated("a", 4, "x"),
                              rated("b", 4, "x"),
                              rated("g1", 3, "x"),
                              rated("g2", 3, "x"),
                              rated("g3", 3, "x"),
                              rated("g4", 3, "x"),
                              rated("g5", 3, "x")),
                        "6:2315 2 1 CP D1 x");
    assert_string_equal(BATCH(s, cell), ""); // a part of the unit
    assert_string_equal(BATCH(s, rated("g0", 2, "x")), "0:2315 2 1 CP D1 x");
    assert_string_equal(BATCH(s, body), "");
    assert_string_equal(BATCH(s, rated("g6", 3, "x")), ""); // 40% of 6
}

// ---- V23, V40 ----

static void what_the_rules_doubt_travels_with_the_answer(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s, figure("C11", "2023", "B3", 1)), "0:2340 C11 d");
    assert_string_equal(BATCH(s, figure("D1", "..2025", "T1", 5)), "0:2323 T1");
    assert_string_equal(BATCH(s, figure("D1", "..2026", "T1", -5)), "");
}

// Several words about one figure: the first is its verdict, the others are news about it.
static void two_doubts_about_one_figure_are_both_told(void **state)
{
    struct stage *s = *state;
    assert_string_equal(BATCH(s, figure("C11", "2023-01", "B3", 10)), "0:2340 C11 d");
    assert_string_equal(BATCH(s, figure("C11", "2023-02", "B3", 100)),
                        "0:2340 C11 d; 0:2318 B3 100 10");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(parts_and_whole_are_compared_when_the_batch_is_in),
        CASE(bounds_add_up_to_nothing_that_could_be_compared),
        CASE(more_than_was_assigned_is_told_with_the_same_dimensions),
        CASE(parts_that_cannot_be_inside_their_whole_are_told),
        CASE(a_jump_against_the_period_before_is_told),
        CASE(a_jump_is_told_however_much_was_reported_meanwhile),
        CASE(a_term_to_date_that_falls_is_told),
        CASE(more_excellent_people_than_the_cap_allows_are_told),
        CASE(people_taken_back_count_for_no_cap),
        CASE(a_unit_whose_collective_is_outstanding_may_have_more),
        CASE(what_the_rules_doubt_travels_with_the_answer),
        CASE(two_doubts_about_one_figure_are_both_told),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
