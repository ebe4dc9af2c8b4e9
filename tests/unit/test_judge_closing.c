// test_judge_closing.c - reports accepted, returned, closed and opened again

#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/test.h"

static const char *const ROSTER[] = {"D1;D2", "A1"};

static int setup(void **state)
{
    struct province *province = province_make();
    province_roster(province, ROSTER, TH_COUNT(ROSTER));
    *state = province;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

// The province opened on a day, and it is another one now.
static void province_closes(struct province *p, const char *opened, const char *today)
{
    p->opened = day_of(opened);
    p->today = day_of(today);
    province_restart(p);
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
}

// ---- the desk ----

static void only_what_is_submitted_is_accepted(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player desk = player_of(0);
    struct player office = office_with_figures(p, "2026-10");
    struct th_update yes = desk_accepts("D1", "2026-10");

    assert_int_equal(province_say(p, &desk, &yes), TH_V_FORM_STATE);
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)), 0);
    assert_int_equal(province_say(p, &office, &yes), TH_V_DESK_ONLY);
    assert_int_equal(province_say(p, &desk, &yes), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_ACCEPTED);
    const struct th_decided told =
        (province_ping(p, &office), province_drain(p), province_decided(p, 1, TH_MSG_PONG));
    assert_int_equal(told.notice_count, 1);
    assert_int_equal(told.notices[0].item.verdict.code, TH_V_ACCEPTED);

    yes.revision = 2;
    yes.note = TH_BYTES("again");
    assert_int_equal(province_say(p, &desk, &yes), TH_V_FORM_STATE);
    declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)->revision =
        2; // the same once more stays accepted
    assert_int_equal(province_say(p, &office, &said.update), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_ACCEPTED);
    const struct th_update more = revised(figure("D1", "2026-10", "W1", 6), 2);
    assert_int_equal(province_say(p, &office, &more), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_CHANGED);
    province_verify(p);
}

static void a_returned_report_comes_back_with_its_comment(void **state)
{
    static const char COMMENT[] =
        "W1 is too low: the figures of the district hospital are missing, "
        "please add them and send the form again before Friday";
    struct province *p = *state;
    struct declared said;
    struct player desk = player_of(0);
    struct player office = office_with_figures(p, "2026-10");
    const struct th_update no = desk_returns("D1", "2026-10", COMMENT);
    const struct th_update more = revised(figure("D1", "2026-10", "W1", 6), 2);
    assert_int_equal(province_say(p, &desk, &no), TH_V_FORM_STATE);
    declare(&said, "f D1 2026-10", DECLARED_BOTH, 2);
    assert_int_equal(province_say(p, &office, &said.update), 0);
    const uint64_t seq = office.seq;

    assert_int_equal(province_say(p, &desk, &no), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_RETURNED);
    assert_int_equal(province_say(p, &office, &more), 0);

    const struct th_decided told = province_decided(p, 1, TH_MSG_ACK); // the next one, unasked
    assert_int_equal(told.notice_count, 1);
    assert_int_equal(told.notices[0].item.verdict.code, TH_V_RETURNED);
    assert_int_equal(told.notices[0].item.seq, seq);
    assert_string_equal(told.notices[0].item.verdict.params[3], "2026-12-08"); // 14 days
    assert_true(th_bytes_equal(told.notices[0].text, th_bytes_of(COMMENT)));
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_RETURNED);
    const struct declared_line now[] = {{"W1", "", 1, 6}, {"N1", "", 1, 7}};
    declare(&said, "f D1 2026-10", now, 2)->revision = 2;
    assert_int_equal(province_say(p, &office, &said.update), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_SUBMITTED);
    assert_int_equal(form_row_of(p, "f", "D1", "2026-10").comment.size, 0);
    province_verify(p);
}

static void what_the_desk_says_is_checked(void **state)
{
    struct province *p = *state;
    struct player desk = player_of(0);
    struct th_update wrong[] = {
        desk_act(TH_ACT_DESK_DECISION, "D1", "f", "2026-10"),
        desk_returns("D1", "2026-10", ""),
        desk_act(TH_ACT_DESK_REOPEN, "D1", "f", "2026-10"),
        desk_opens("D1", "2026-10", "2026-11-23"),
        desk_opens("D1", "2026-10", "tomorrow"),
        desk_act(TH_ACT_DESK_DECISION, "D1", "x", "2026-10"),
        desk_act(TH_ACT_DESK_NONE, "D1", "f", "2026-10"),
        withdraw(desk_accepts("D1", "2026-10"), 1),
    };
    struct th_update without_reason = desk_opens("D1", "2026-10", "2026-12-24");
    without_reason.desk.text = (struct th_bytes){0};
    const struct th_update no_unit = desk_accepts("X", "2026-10");
    const struct th_update bad_period = desk_accepts("D1", "2026Q3");

    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        assert_int_equal(province_say(p, &desk, &wrong[i]), TH_V_KIND);
    }
    assert_int_equal(province_say(p, &desk, &without_reason), TH_V_KIND);
    assert_int_equal(province_say(p, &desk, &no_unit), TH_V_UNIT);
    assert_int_equal(province_say(p, &desk, &bad_period), TH_V_PERIOD);
}

// ---- V21 ----

static void nothing_is_taken_after_closing_but_with_a_grant(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player desk = player_of(0);
    struct player office = office_with_figures(p, "2026-10");
    declare(&said, "f D1 2026-10", DECLARED_BOTH, 2);
    const struct th_update more = revised(figure("D1", "2026-10", "W1", 6), 2);
    const struct th_update same = figure("D1", "2026-10", "W1", 5);
    const struct th_update back = withdraw(figure("D1", "2026-10", "W1", 5), 3);
    const struct th_update free = revised(figure("D1", "2026-10", "o.x", 8), 2);
    const struct th_update opens = desk_opens("D1", "2026-10", "2027-01-05");

    province_closes(p, "2026-01-01", "2026-12-30"); // the closing day itself
    assert_int_equal(province_say(p, &office, &more), 0);
    p->today = day_of("2026-12-31");
    const struct th_update late = revised(figure("D1", "2026-10", "W1", 7), 3);
    assert_int_equal(province_say(p, &office, &late), TH_V_CLOSED);
    assert_string_equal(province_decided(p, 1, TH_MSG_ACK).verdicts[0].verdict.params[2],
                        "2026-12-30");
    assert_int_equal(province_say(p, &office, &back), TH_V_CLOSED);
    assert_int_equal(province_say(p, &office, &said.update), TH_V_CLOSED);
    assert_int_equal(province_say(p, &desk, &late), TH_V_CLOSED);
    assert_int_equal(province_say(p, &office, &more), 0); // a duplicate is no news
    assert_int_equal(province_say(p, &office, &same), TH_V_REVISION);
    assert_int_equal(province_say(p, &office, &free), 0);

    assert_int_equal(province_say(p, &desk, &opens), 0);
    assert_int_equal(province_say(p, &office, &late), 0);
    const struct th_update other = figure("D2", "2026-10", "W1", 1);
    assert_int_equal(province_say(p, &office, &other), TH_V_CLOSED); // the grant is D1's
    p->today = day_of("2027-01-05");
    assert_int_equal(province_say(p, &office, &back), TH_V_REVISION);
    const struct declared_line now[] = {{"W1", "", 1, 7}, {"N1", "", 1, 7}};
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", now, 2)), 0);
    p->today = day_of("2027-01-06");
    const struct th_update last = revised(figure("D1", "2026-10", "W1", 9), 4);
    assert_int_equal(province_say(p, &office, &last), TH_V_CLOSED);
    const struct th_update taken = withdraw(said.update, 2);
    assert_int_equal(province_say(p, &office, &taken), TH_V_CLOSED);
    province_verify(p);
}

static void a_returned_report_is_open_for_its_days(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player desk = player_of(0);
    struct player office = office_with_figures(p, "2026-10");
    const struct th_update no = desk_returns("D1", "2026-10", "please look again");
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)), 0);
    province_closes(p, "2026-01-01", "2027-02-01");

    const struct th_update before = revised(figure("D1", "2026-10", "W1", 6), 2);
    assert_int_equal(province_say(p, &office, &before), TH_V_CLOSED);
    assert_int_equal(province_say(p, &desk, &no), 0);
    p->today = day_of("2027-02-15");
    assert_int_equal(province_say(p, &office, &before), 0);
    p->today = day_of("2027-02-16");
    const struct th_update after = revised(figure("D1", "2026-10", "W1", 7), 3);
    assert_int_equal(province_say(p, &office, &after), TH_V_CLOSED);
    province_verify(p);
}

static void ratings_are_closed_with_their_form(void **state)
{
    struct province *p = *state;
    struct player office = player_of(1);
    const struct th_update early = person("D1", "2026Q3", "an", 4);
    const struct th_update other = person("D1", "2026-09", "an", 4); // months have no form
    province_closes(p, "2026-01-01", "2026-10-30");

    assert_int_equal(province_say(p, &office, &early), 0);
    p->today++;
    const struct th_update moves = revised(person("D2", "2026Q3", "an", 4), 2);
    const struct th_update late = person("D1", "2026Q3", "binh", 4);
    assert_int_equal(province_say(p, &office, &moves), TH_V_CLOSED);
    assert_int_equal(province_say(p, &office, &late), TH_V_CLOSED);
    assert_int_equal(province_say(p, &office, &other), 0);
    province_verify(p);
}

static void a_province_closes_nothing_before_it_opened(void **state)
{
    struct province *p = *state;
    struct player office = player_of(1);
    const struct th_update first = figure("D1", "2019", "W1", 5);
    const struct th_update second = revised(figure("D1", "2019", "W1", 6), 2);
    const struct th_update third = revised(figure("D1", "2019", "W1", 7), 3);
    province_closes(p, "2026-10-01", "2026-11-30");

    assert_int_equal(province_say(p, &office, &first), 0);
    p->today++;
    assert_int_equal(province_say(p, &office, &second), TH_V_CLOSED);
    p->opened = TH_DAY_NONE;
    province_restart(p);
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    assert_int_equal(province_say(p, &office, &third), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(only_what_is_submitted_is_accepted),
        CASE(a_returned_report_comes_back_with_its_comment),
        CASE(what_the_desk_says_is_checked),
        CASE(nothing_is_taken_after_closing_but_with_a_grant),
        CASE(a_returned_report_is_open_for_its_days),
        CASE(ratings_are_closed_with_their_form),
        CASE(a_province_closes_nothing_before_it_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
