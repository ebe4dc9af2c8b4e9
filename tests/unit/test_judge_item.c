// test_judge_item.c - the rules that need the state of the province (V16, V22, V26, V35, V38)

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/judge_body.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

struct stage {
    struct province *p;
    struct player one;   // D1
    struct player two;   // D2
    struct player whole; // P
};

static struct stage stage;

static int setup(void **state)
{
    stage = (struct stage){
        .p = province_make(), .one = player_of(1), .two = player_of(2), .whole = player_of(4)};
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

static const struct th_verdict *last_verdict(struct stage *s, uint32_t node)
{
    static struct th_decided decided;
    decided = province_decided(s->p, node, TH_MSG_ACK);
    assert_true(decided.verdict_count > 0);
    return &decided.verdicts[decided.verdict_count - 1].verdict;
}

// ---- V22: revisions ----

static void follows_the_table_of_revisions(void **state)
{
    // clang-format off
    static const struct {
        uint64_t revision;
        int64_t value; // -1: withdraw
        unsigned code;
        int64_t total; // -1: not reported
    } STEPS[] = {
        {  0,   5, 2222, -1 }, // no revision given
        {  3,   5,    0,  5 }, // the first one may have any
        {  3,   5,    0,  5 }, // again: a duplicate
        {  2,   5,    0,  5 }, // an older one that says the same
        {  3,   6, 2222,  5 }, // the same revision, other content
        {  2,   6, 2222,  5 }, // stale
        {  4,   6,    0,  6 }, // corrected
        {  5,  -1,    0, -1 }, // withdrawn: not reported, which is not zero
        {  5,  -1,    0, -1 },
        {  4,   6, 2222, -1 }, // the tombstone remembers
        {  6,  -1, 2338, -1 }, // nothing to withdraw
        {  7,   0,    0,  0 }, // revived, as zero
    };
    // clang-format on
    struct stage *s = *state;
    for (size_t i = 0; i < TH_COUNT(STEPS); i++) {
        struct th_update update =
            revised(figure("D1", "2023", "W1", STEPS[i].value), STEPS[i].revision);
        if (STEPS[i].value < 0) {
            update = withdraw(update, STEPS[i].revision);
        }
        print_message("step %zu\n", i);
        assert_int_equal(province_say(s->p, &s->one, &update), STEPS[i].code);
        const struct th_cell total = province_total(s->p, "W1", "2023", "P", "");
        assert_int_equal(th_cell_is_empty(&total), STEPS[i].total < 0);
        assert_int_equal(total.value, STEPS[i].total < 0 ? 0 : STEPS[i].total);
    }
}

static void says_which_revision_is_known(void **state)
{
    struct stage *s = *state;
    const struct th_update newer = revised(figure("D1", "2023", "W1", 5), 7);
    const struct th_update older = revised(figure("D1", "2023", "W1", 6), 2);
    assert_int_equal(province_say(s->p, &s->one, &newer), 0);
    assert_int_equal(province_say(s->p, &s->one, &older), 2222);

    const struct th_verdict *verdict = last_verdict(s, 1);
    assert_int_equal(verdict->variant, 'a');
    assert_string_equal(verdict->params[0], "7");
    assert_string_equal(verdict->params[1], "2");
}

static void takes_basis_and_note_as_content(void **state)
{
    struct stage *s = *state;
    struct th_update update = figure("D1", "2023", "W1", 5);
    update.note = TH_BYTES("counted twice");
    assert_int_equal(province_say(s->p, &s->one, &update), 0);
    update.entered_at = 17; // shown only
    assert_int_equal(province_say(s->p, &s->one, &update), 0);
    update.note = TH_BYTES("counted once");
    assert_int_equal(province_say(s->p, &s->one, &update), 2222);
}

// ---- V16: one person in two units ----

static void refuses_a_person_whom_another_unit_rated_and_tells_both(void **state)
{
    struct stage *s = *state;
    const struct th_update first = person("C11", "2023", "an", 4);
    const struct th_update later = person("C21", "2023", "an", 3);
    assert_int_equal(province_say(s->p, &s->one, &first), 0);
    assert_int_equal(province_say(s->p, &s->two, &later), 2216);

    const struct th_verdict *refused = last_verdict(s, 2);
    assert_string_equal(refused->params[0], "C11");
    assert_string_equal(refused->params[1], "2023");
    assert_string_equal(refused->params[2], "SC");

    province_ping(s->p, &s->one);
    province_drain(s->p);
    const struct th_decided decided = province_decided(s->p, 1, TH_MSG_PONG);
    assert_int_equal(decided.notice_count, 1);
    assert_int_equal(decided.notices[0].number, 1);
    assert_int_equal(decided.notices[0].item.seq, 1);
    assert_int_equal(decided.notices[0].item.verdict.code, 2316);
    assert_string_equal(decided.notices[0].item.verdict.params[0], "C21");
    assert_string_equal(decided.notices[0].item.verdict.params[1], "C11");

    s->one.notice = 1;
    province_ping(s->p, &s->one);
    province_drain(s->p);
    assert_int_equal(province_decided(s->p, 1, TH_MSG_PONG).notice_count, 0);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=4").value, 1);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=3").value, 0);
}

static void moves_a_person_for_a_sender_who_may_write_both_units(void **state)
{
    struct stage *s = *state;
    const struct th_update first = person("C11", "2023", "an", 4);
    const struct th_update moved = revised(person("C21", "2023", "an", 3), 2);
    assert_int_equal(province_say(s->p, &s->whole, &first), 0);
    assert_int_equal(province_say(s->p, &s->whole, &moved), 0);

    assert_int_equal(province_total(s->p, "EV01", "2023", "D1", "category=cadre;rating=4").value,
                     0);
    assert_int_equal(province_total(s->p, "EV01", "2023", "D2", "category=cadre;rating=3").value,
                     1);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=3").value, 1);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=4").value, 0);

    const struct th_update same = revised(person("C11", "2023", "an", 3), 2);
    assert_int_equal(province_say(s->p, &s->whole, &same), 2222); // the unit is content too
}

static void frees_a_person_who_was_withdrawn(void **state)
{
    struct stage *s = *state;
    const struct th_update first = person("C11", "2023", "an", 4);
    const struct th_update later = person("C21", "2023", "an", 3);
    const struct th_update gone = withdraw(first, 2);
    const struct th_update back = revised(first, 3);
    assert_int_equal(province_say(s->p, &s->one, &first), 0);
    assert_int_equal(province_say(s->p, &s->one, &gone), 0);
    assert_int_equal(province_say(s->p, &s->two, &later), 0); // any revision: it is another key
    assert_int_equal(province_say(s->p, &s->one, &back), 2216);
}

static void counts_a_person_in_two_units_twice_in_schemes_of_unit_scope(void **state)
{
    struct stage *s = *state;
    struct th_update first = person("C11", "2023", "an", 4);
    struct th_update later = person("C21", "2023", "an", 4);
    first.evaluation.scheme = later.evaluation.scheme = TH_BYTES("UC");
    assert_int_equal(province_say(s->p, &s->one, &first), 0);
    assert_int_equal(province_say(s->p, &s->two, &later), 0);
    const struct th_cell total =
        province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=4;scheme=UC");
    assert_int_equal(total.value, 2);
    assert_int_equal(total.reported, 2);
}

// ---- V26: overlap ----

static void refuses_a_figure_above_or_below_another(void **state)
{
    struct stage *s = *state;
    const struct th_update low = figure("C11", "2023", "W1", 3);
    const struct th_update high = figure("P", "2023", "W1", 9);
    const struct th_update beside = figure("C21", "2023", "W1", 4);
    assert_int_equal(province_say(s->p, &s->whole, &low), 0);
    assert_int_equal(province_say(s->p, &s->whole, &high), 2226);
    const struct th_verdict *verdict = last_verdict(s, 4);
    assert_string_equal(verdict->params[0], "W1");
    assert_string_equal(verdict->params[1], "2023");
    assert_string_equal(verdict->params[2], "C11");

    const struct th_update gone = withdraw(low, 2);
    assert_int_equal(province_say(s->p, &s->whole, &gone), 0);
    assert_int_equal(province_say(s->p, &s->whole, &high), 0);
    assert_int_equal(province_say(s->p, &s->whole, &beside), 2226);
    assert_string_equal(last_verdict(s, 4)->params[2], "P");
    assert_int_equal(province_total(s->p, "W1", "2023", "P", "").reported, 4); // D1, D2, D3, A1
}

static void keeps_counts_and_evaluations_apart(void **state)
{
    struct stage *s = *state;
    struct th_update counts = figure("C11", "2023", "EV07", 12);
    counts.staffing.dims = TH_BYTES("category=cadre;rating=4");
    struct th_update finer = counts;
    finer.staffing.dims = TH_BYTES("rating=4");
    const struct th_update rated = person("C11", "2023", "an", 4);
    struct th_update other = person("C11", "2023", "an", 4);
    other.evaluation.category = TH_BYTES("civil_servant");

    assert_int_equal(province_say(s->p, &s->one, &counts), 0);
    assert_int_equal(province_say(s->p, &s->one, &rated), 2226);
    assert_int_equal(province_say(s->p, &s->one, &other), 0);    // another category
    assert_int_equal(province_say(s->p, &s->one, &finer), 2226); // another set of dims

    const struct th_update gone = withdraw(counts, 2);
    assert_int_equal(province_say(s->p, &s->one, &gone), 0);
    assert_int_equal(province_say(s->p, &s->one, &rated), 0);
    const struct th_update again = revised(counts, 3);
    assert_int_equal(province_say(s->p, &s->one, &again), 2226);
}

// ---- V35: overflow ----

static void refuses_what_no_sum_can_hold(void **state)
{
    struct stage *s = *state;
    const struct th_update large = figure("C11", "2023", "o.x", INT64_MAX);
    const struct th_update one_more = figure("C21", "2023", "o.x", 1);
    const struct th_update less = figure("C21", "2023", "o.x", -1);
    assert_int_equal(province_say(s->p, &s->whole, &large), 0);
    assert_int_equal(province_say(s->p, &s->whole, &one_more), 2235);
    assert_string_equal(last_verdict(s, 4)->params[0], "o.x");
    assert_int_equal(province_say(s->p, &s->whole, &less), 0);
    assert_true(province_total(s->p, "o.x", "2023", "P", "").value == INT64_MAX - 1);
    assert_int_equal(province_total(s->p, "o.x", "2023", "D2", "").value, -1);
}

// ---- evaluations in totals ----

static void counts_levels_scores_and_reasons(void **state)
{
    struct stage *s = *state;
    struct th_update an = person("C11", "2023", "an", 3);
    an.evaluation.score = (struct th_opt){.has = true, .value = 9500};
    an.evaluation.reason = TH_REASON_CAP;
    struct th_update binh = person("C11", "2023", "binh", 0);
    binh.evaluation.rating.has = false;
    binh.evaluation.score = (struct th_opt){.has = true, .value = 5050};
    assert_int_equal(province_say(s->p, &s->one, &an), 0);
    assert_int_equal(province_say(s->p, &s->one, &binh), 0);

    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=3").value, 1);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=0").value, 1);
    const struct th_cell scores = province_total(s->p, "EV02", "2023", "P", "category=cadre");
    assert_int_equal(scores.value, 14550);
    assert_int_equal(scores.of, 2);
    assert_int_equal(province_total(s->p, "EV03", "2023", "P", "category=cadre;reason=cap").value,
                     1);
}

static void shows_the_same_coverage_in_every_line_of_a_category(void **state)
{
    struct stage *s = *state;
    const struct th_update an = person("C11", "2023", "an", 4);
    const struct th_update chi = person("C21", "2023", "chi", 2);
    assert_int_equal(province_say(s->p, &s->one, &an), 0);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=4").reported,
                     1);
    assert_int_equal(province_say(s->p, &s->two, &chi), 0);

    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=4").reported,
                     2);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=2").reported,
                     2);
    assert_int_equal(province_total(s->p, "EV01", "2023", "D1", "category=cadre;rating=4").reported,
                     1);
}

// ---- a tree that changes ----

static void counts_where_the_tree_stood_on_the_structure_day(void **state)
{
    struct stage *s = *state;
    const struct th_update before = figure("C13", "2024-03", "o.x", 5);
    const struct th_update after = figure("C13", "2024-09", "o.x", 7);
    const struct th_update year = figure("C12", "2024", "o.x", 9); // it ended within the year
    assert_int_equal(province_say(s->p, &s->whole, &before), 0);
    assert_int_equal(province_say(s->p, &s->whole, &after), 0);
    assert_int_equal(province_say(s->p, &s->whole, &year), 0);

    assert_int_equal(province_total(s->p, "o.x", "2024-03", "D1", "").value, 5);
    assert_int_equal(province_total(s->p, "o.x", "2024-09", "D2", "").value, 7);
    const struct th_cell first = province_total(s->p, "o.x", "2024", "D1", "");
    assert_int_equal(first.value, 9);
    assert_int_equal(first.reported, 0); // at the end of 2024 C12 is no unit of D1 any more
}

// ---- warnings ----

static void sends_further_warnings_of_an_item_as_notices_about_it(void **state)
{
    struct stage *s = *state;
    struct item item = {.source = {.node = 1, .epoch = 1, .seq = 1, .index = 3}};
    struct th_verdict first;
    struct th_verdict second;
    th_verdict_make(&first, TH_V_NOTHING_TO_WITHDRAW, 0, "", NULL);
    th_verdict_make(&second, TH_V_MONTHS_MISSING, 0, "", "2023", "9", "12", NULL);
    EXPECT(TH_OK, judge_warn(&s->p->judge, &item, &first));
    EXPECT(TH_OK, judge_warn(&s->p->judge, &item, &second));
    assert_int_equal(item.verdict.code, TH_V_NOTHING_TO_WITHDRAW);

    const struct th_update figure_of_one = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(s->p, &s->one, &figure_of_one), 0);
    const struct th_decided decided = province_decided(s->p, 1, TH_MSG_ACK);
    assert_int_equal(decided.notice_count, 1);
    assert_int_equal(decided.notices[0].item.seq, 1);
    assert_int_equal(decided.notices[0].item.index, 3);
    assert_int_equal(decided.notices[0].item.verdict.code, TH_V_MONTHS_MISSING);
    assert_string_equal(decided.notices[0].item.verdict.params[1], "9");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(follows_the_table_of_revisions),
        CASE(says_which_revision_is_known),
        CASE(takes_basis_and_note_as_content),
        CASE(refuses_a_person_whom_another_unit_rated_and_tells_both),
        CASE(moves_a_person_for_a_sender_who_may_write_both_units),
        CASE(frees_a_person_who_was_withdrawn),
        CASE(counts_a_person_in_two_units_twice_in_schemes_of_unit_scope),
        CASE(refuses_a_figure_above_or_below_another),
        CASE(keeps_counts_and_evaluations_apart),
        CASE(refuses_what_no_sum_can_hold),
        CASE(counts_levels_scores_and_reasons),
        CASE(shows_the_same_coverage_in_every_line_of_a_category),
        CASE(counts_where_the_tree_stood_on_the_structure_day),
        CASE(sends_further_warnings_of_an_item_as_notices_about_it),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
