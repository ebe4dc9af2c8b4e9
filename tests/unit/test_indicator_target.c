// test_indicator_target.c - how targets stand on a day

#include <stdlib.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/indicating.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "19,Thái Nguyên,Tỉnh,province,,,,\n"
                            "168,Phú Lương,Huyện,district,19,,2025-07-01,\n"
                            "169,Định Hóa,Huyện,district,19,2019-01-01,2025-07-01,\n";

static struct indicating vn;
static struct th_catalogue *catalogue;
static struct th_register *reg;

static int setup(void **state)
{
    (void)state;
    EXPECT(TH_OK, th_hash_start());
    catalogue = catalogue_vn();
    reg = indicating_register(UNITS);
    vn = (struct indicating){
        .catalogue = catalogue,
        .reg = reg,
        .root = th_register_find(reg, TH_BYTES("19"), th_day_of((struct th_date){2020, 1, 1})),
        .codes = "I11",
        .units = "168",
        .on = "2018-12-31",
        .lang = TH_LANG_VI,
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_catalogue_free(&catalogue);
    th_register_free(&reg);
    return 0;
}

static void expect_rows(const struct indicating *how, const char *lines, const char *rows)
{
    char *got = indicating_rows(how, lines);
    assert_string_equal(got, rows);
    free(got);
}

static th_day day(const char *text)
{
    th_day parsed = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &parsed));
    return parsed;
}

// ---- pace ----

static void pace_is_exact(void **state)
{
    (void)state;
    const th_day first = day("2017-02-07");
    const th_day last = day("2020-12-31");
    struct th_pace pace = th_pace_of(112, 50, first, last, day("2018-12-31"));
    assert_true(pace.has_span);
    assert_int_equal(pace.days, 1424);
    assert_int_equal(pace.days_gone, 693);
    assert_int_equal(pace.due, 55);
    assert_false(pace.on_track);
    assert_int_equal(pace.needed, 3);

    // 55 / 112 is just ahead of 693 / 1424, 54 / 112 just behind
    assert_true(th_pace_of(112, 55, first, last, day("2018-12-31")).on_track);
    assert_false(th_pace_of(112, 54, first, last, day("2018-12-31")).on_track);
    // a half is due at the middle exactly
    assert_true(th_pace_of(2, 1, first, first + 1, first).on_track);
}

static void a_span_has_a_first_and_a_last_day(void **state)
{
    (void)state;
    const th_day first = day("2018-01-01");
    const th_day last = day("2018-12-31");
    struct th_pace pace = th_pace_of(10, 0, first, last, first - 1);
    assert_int_equal(pace.days_gone, 0);
    assert_int_equal(pace.due, 0);
    assert_true(pace.on_track); // nothing is due yet
    assert_int_equal(pace.needed, 1);

    pace = th_pace_of(10, 9, first, last, last);
    assert_int_equal(pace.days_gone, 365);
    assert_true(pace.overdue);
    assert_int_equal(pace.needed, 0);

    pace = th_pace_of(10, 10, first, last, last + 500);
    assert_int_equal(pace.days_gone, 365);
    assert_true(pace.reached);
    assert_false(pace.overdue);

    pace = th_pace_of(10, 3, TH_DAY_NONE, last, last);
    assert_false(pace.has_span);
    assert_false(pace.overdue);
    assert_false(th_pace_of(10, 3, last + 1, last, last).has_span); // a deadline before its start

    pace = th_pace_of(INT64_MAX, -INT64_MAX, first, last, last - 1);
    assert_int_equal(pace.needed, INT64_MAX);
}

// ---- by a deadline ----

static const char REDUCTION[] = "168 ..2020 TG01 from=2017-02-07 exact -112 - - -\n"
                                "168 2016 CH03 - exact 1000 - - -\n" // before the span
                                "168 2017 CH03 - exact 20 - - -\n"
                                "168 2018 CH03 - exact 30 - - -\n"
                                "168 2018 CH03 category=cadre exact 5 - - -\n"
                                "168 2019 CH03 - exact 100 - - -\n"; // not yet begun

static void a_cut_is_compared_with_its_days(void **state) // seed 002, start and results made up
{
    (void)state;
    struct indicating how = vn;
    expect_rows(&how,
                REDUCTION,
                "168 ..2020 I11 from=2017-02-07;measure=TG01 50 112 446 behind;due=55;needed=3\n");
    how.people = true;
    expect_rows(
        &how,
        REDUCTION,
        "168 ..2020 I11 from=2017-02-07;measure=TG01 44,6% | chậm tiến độ; đến nay phải đạt "
        "55; cần 3 mỗi 30 ngày\n");
    how.lang = TH_LANG_EN;
    expect_rows(
        &how,
        REDUCTION,
        "168 ..2020 I11 from=2017-02-07;measure=TG01 44.6% | behind; due by now 55; 3 needed "
        "per 30 days\n");
    how.people = false;
    how.on = "2019-06-30";
    expect_rows(&how,
                REDUCTION,
                "168 ..2020 I11 from=2017-02-07;measure=TG01 150 112 1339 reached;due=69\n");
    how.on = "2017-06-30";
    expect_rows(
        &how,
        REDUCTION,
        "168 ..2020 I11 from=2017-02-07;measure=TG01 20 112 179 on-track;due=12;needed=3\n");
}

static void a_deadline_that_is_over_is_overdue(void **state)
{
    (void)state;
    struct indicating how = vn;
    how.on = "2021-01-01";
    expect_rows(
        &how,
        "168 ..2020 TG01 from=2017-02-07 exact -112 - - -\n168 2018 CH03 - exact 30 - - -\n",
        "168 ..2020 I11 from=2017-02-07;measure=TG01 30 112 268 overdue;due=112\n");
    how.people = true;
    expect_rows(
        &how,
        "168 ..2020 TG01 from=2017-02-07 exact -112 - - -\n168 2018 CH03 - exact 30 - - -\n",
        "168 ..2020 I11 from=2017-02-07;measure=TG01 26,8% | quá hạn; đến nay phải đạt 112\n");
}

static void without_a_start_there_is_progress_and_no_pace(void **state)
{
    (void)state;
    expect_rows(&vn,
                "168 ..2020 TG01 - exact -112 - - -\n"
                "168 2016 CH03 - exact 40 - - -\n"
                "168 2018 CH03 - exact 16 - - -\n",
                "168 ..2020 I11 measure=TG01 56 112 500 -\n");
    expect_rows(&vn,
                "168 ..2020 TG01 - exact -112 - - -\n",
                "168 ..2020 I11 measure=TG01 - 112 - -\n"); // nothing reported is not nothing done
    expect_rows(&vn, "168 2018 CH03 - exact 16 - - -\n", "");
}

static void a_target_may_be_in_thousandths_of_posts(void **state) // seed 000
{
    (void)state;
    static const char SHARE[] = "168 ..2021 TG02 block=commune exact -100 - - -\n";
    static const char POSTS[] = "168 2017-02-07 ST07 block=commune exact 344 - - -\n"
                                "168 2018-06-30 ST07 block=commune exact 325 - - -\n"
                                "168 2018 CH03 block=commune exact 17 - - -\n";
    char lines[512];
    (void)snprintf(lines, sizeof(lines), "%s%s", SHARE, POSTS);
    expect_rows(&vn,
                lines, // a tenth of the newest figure, 32.5
                "168 ..2021 I11 block=commune;measure=TG02 17 33 515 -\n");
    (void)snprintf(lines,
                   sizeof(lines),
                   "168 ..2021 TG02 block=commune;from=2018-01-01 exact -100 - - -\n%s",
                   POSTS);
    expect_rows(&vn,
                lines, // of the figure it began with
                "168 ..2021 I11 block=commune;from=2018-01-01;measure=TG02 17 34 500 "
                "on-track;due=9;needed=1\n");
    (void)snprintf(lines,
                   sizeof(lines),
                   "168 ..2021 TG02 block=commune;from=2017-01-01 exact -100 - - -\n%s",
                   POSTS);
    expect_rows(&vn,
                lines, // or of the first after that
                "168 ..2021 I11 block=commune;from=2017-01-01;measure=TG02 17 34 500 "
                "on-track;due=14;needed=1\n");
    (void)snprintf(
        lines, sizeof(lines), "168 ..2021 TG02 block=commune exact -100 - 400 -\n%s", POSTS);
    expect_rows(&vn, lines, "168 ..2021 I11 block=commune;measure=TG02 17 40 425 -\n");
    expect_rows(&vn, SHARE, "168 ..2021 I11 block=commune;measure=TG02 - - - -\n");
}

// ---- each year ----

static void a_target_of_each_year_is_compared_year_by_year(void **state) // seed 000
{
    (void)state;
    struct indicating how = vn;
    static const char LINES[] = "168 yearly TG03 - exact -365 - - -\n"
                                "168 yearly:2019.. TG03 - exact -100 - - -\n"
                                "168 2017 CH03 - exact 400 - - -\n"
                                "168 2018 CH03 - exact 73 - - -\n"
                                "168 2019 CH03 - exact 90 - - -\n";
    how.on = "2018-03-14"; // 73 days gone
    expect_rows(&how,
                LINES,
                "168 2017 I11 measure=TG03 400 365 1096 reached;due=365\n"
                "168 2018 I11 measure=TG03 73 365 200 on-track;due=73;needed=30\n");
    how.on = "2020-06-30";
    expect_rows(&how,
                LINES,
                "168 2017 I11 measure=TG03 400 365 1096 reached;due=365\n"
                "168 2018 I11 measure=TG03 73 365 200 overdue;due=365\n"
                "168 2019 I11 measure=TG03 90 100 900 overdue;due=100\n"
                "168 2020 I11 measure=TG03 - 100 - -\n");
    how.periods = "2019";
    expect_rows(&how, LINES, "168 2019 I11 measure=TG03 90 100 900 overdue;due=100\n");
    how.periods = "yearly:2019..";
    expect_rows(&how,
                LINES,
                "168 2019 I11 measure=TG03 90 100 900 overdue;due=100\n"
                "168 2020 I11 measure=TG03 - 100 - -\n");
    how.periods = "2018-07";
    expect_rows(&how, LINES, "");
}

static void a_unit_has_targets_while_it_lives(void **state)
{
    (void)state;
    struct indicating how = vn;
    how.units = "169";
    expect_rows(&how,
                "169 yearly TG03 - exact -10 - - -\n"
                "169 2019 CH03 - exact 5 - - -\n",
                ""); // neither in 2018, nor had 2019 begun
    how.on = "2026-01-01";
    expect_rows(&how,
                "169 yearly TG03 - exact -10 - - -\n"
                "169 2019 CH03 - exact 5 - - -\n",
                "169 2019 I11 measure=TG03 5 10 500 overdue;due=10\n");
}

static void a_target_may_be_named(void **state)
{
    (void)state;
    struct indicating how = vn;
    static const char LINES[] = "168 ..2020 TG01 - exact -112 - - -\n"
                                "168 ..2020 TG02 - exact -100 - 400 -\n"
                                "168 2018 CH03 - over 16 - - -\n";
    how.measures = "TG02";
    expect_rows(&how, LINES, "168 ..2020 I11 measure=TG02 16 40 400 over\n");
    how.measures = NULL;
    how.periods = "..2021";
    expect_rows(&how, LINES, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pace_is_exact),
        cmocka_unit_test(a_span_has_a_first_and_a_last_day),
        cmocka_unit_test(a_cut_is_compared_with_its_days),
        cmocka_unit_test(a_deadline_that_is_over_is_overdue),
        cmocka_unit_test(without_a_start_there_is_progress_and_no_pace),
        cmocka_unit_test(a_target_may_be_in_thousandths_of_posts),
        cmocka_unit_test(a_target_of_each_year_is_compared_year_by_year),
        cmocka_unit_test(a_unit_has_targets_while_it_lives),
        cmocka_unit_test(a_target_may_be_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
