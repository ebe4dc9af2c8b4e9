// test_indicator.c - shares and sums of the lines of one answer; its other tests are
// test_indicator_ask.c, test_indicator_target.c and test_indicator_cap.c

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/indicating.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "93,Hậu Giang,Tỉnh,province,,,,\n"
                            "930,Vị Thanh,Thành phố,district,93,,2025-07-01,\n"
                            "931,Ngã Bảy,Thành phố,district,93,,2025-07-01,\n"
                            "932,Châu Thành,Huyện,district,93,,2025-07-01,\n"
                            "933,Vị Thủy,Huyện,district,93,,2025-07-01,\n"
                            "31318,Phường I,Phường,commune,930,,2025-07-01,\n"
                            "31321,Phường III,Phường,commune,930,,2025-07-01,\n"
                            "31333,Vị Tân,Phường,commune,93,2025-07-01,,\n";

static struct indicating vn; // the installed catalogue over these units
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
        .root = th_register_find(reg, TH_BYTES("93"), th_day_of((struct th_date){2022, 9, 14})),
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

static struct indicating only(const char *codes)
{
    struct indicating how = vn;
    how.codes = codes;
    return how;
}

// ---- ratings ----

static const char RATINGS[] = "93 2018 EV01 category=cadre;rating=3;scheme=KS-01 exact 7 - - -\n"
                              "93 2018 EV01 category=cadre;rating=4;scheme=KS-01 exact 4 - - -\n";

static void a_rating_nobody_has_counts_as_none_beside_others(void **state) // seed 001
{
    (void)state;
    struct indicating how = only("I01 I02 I03");
    expect_rows(&how,
                RATINGS,
                "93 2018 I01 - 4 11 364 -\n"
                "93 2018 I02 - 11 11 1000 -\n"
                "93 2018 I03 - 0 11 0 -\n");
    how.people = true;
    expect_rows(&how,
                RATINGS,
                "93 2018 I01 - 36,4% | \n"
                "93 2018 I02 - 100,0% | \n"
                "93 2018 I03 - 0,0% | \n");
}

static void ratings_and_counts_of_ratings_add_up(void **state)
{
    (void)state;
    const struct indicating how = only("I01");
    expect_rows(&how,
                "93 2018 EV01 category=cadre;rating=4;scheme=KS-01 exact 4 - - -\n"
                "93 2018 EV01 category=cadre;rating=0;scheme=KS-01 exact 90 - - -\n"
                "93 2018 EV07 rating=3 exact 4 - - -\n",
                "93 2018 I01 - 4 8 500 -\n");
}

static void ratings_are_kept_apart_by_what_is_asked_for(void **state)
{
    (void)state;
    static const char LINES[] =
        "93 2018 EV01 category=cadre;rating=3;scheme=KS-01 exact 7 - - -\n"
        "93 2018 EV01 category=cadre;rating=4;scheme=KS-01 exact 4 - - -\n"
        "93 2018 EV01 category=cadre;rating=4;scheme=QD132 exact 5 - - -\n"
        "93 2018 EV01 category=civil_servant;rating=3;scheme=ND56 exact 1 - - -\n"
        "93 2018 EV06 category=cadre exact 20 - - -\n";
    struct indicating how = only("I01 I04");
    how.by = "category scheme";
    expect_rows(&how,
                LINES,
                "93 2018 I01 category=cadre;scheme=KS-01 4 11 364 -\n"
                "93 2018 I01 category=cadre;scheme=QD132 5 5 1000 -\n"
                "93 2018 I01 category=civil_servant;scheme=ND56 0 1 0 -\n"
                "93 2018 I04 category=cadre - 20 - -\n"
                "93 2018 I04 category=cadre;scheme=KS-01 11 - - -\n"
                "93 2018 I04 category=cadre;scheme=QD132 5 - - -\n"
                "93 2018 I04 category=civil_servant;scheme=ND56 1 - - -\n");
    how.by = "category";
    expect_rows(&how,
                LINES,
                "93 2018 I01 category=cadre 9 16 563 -\n"
                "93 2018 I01 category=civil_servant 0 1 0 -\n"
                "93 2018 I04 category=cadre 16 20 800 -\n"
                "93 2018 I04 category=civil_servant 1 - - -\n");
    how.by = "rating"; // what an operand fixes is never split by
    expect_rows(&how, LINES, "93 2018 I01 - 9 17 529 -\n93 2018 I04 - 17 - - -\n");
    how.by = "post"; // none of the measures has it
    expect_rows(&how, LINES, "");
}

static void people_are_kept_apart_by_what_only_records_say(void **state)
{
    (void)state;
    static const char LINES[] =
        "93 2018 EV01 category=cadre;job_group=a;rating=3;scheme=KS-01 exact 7 - - -\n"
        "93 2018 EV01 category=cadre;job_group=a;rating=4;scheme=KS-01 exact 3 - - -\n"
        "93 2018 EV01 category=cadre;rating=4;scheme=KS-01 exact 1 - - -\n";
    struct indicating how = only("I01");
    how.by = "job_group";
    expect_rows(&how, LINES, "93 2018 I01 - 1 1 1000 -\n93 2018 I01 job_group=a 3 10 300 -\n");
    how.by = "dims"; // what comes along for the sake of a cap is not asked for
    expect_rows(&how, LINES, "93 2018 I01 category=cadre;scheme=KS-01 4 11 364 -\n");
}

static void over_a_province_those_who_leave_are_those_who_join(void **state)
{
    (void)state;
    static const char LINES[] = "93 2018 I14.out scheme=HN-3814 exact 5 - - -\n"
                                "93 2018 I14.in scheme=HN-3814 exact 4 - - -\n"
                                "93 2019 I14.out scheme=HN-3814 exact 2 - - -\n"
                                "93 2019 I14.in scheme=HN-3814 exact 2 - - -\n"
                                "930 2018 I14.out scheme=HN-3814 exact 5 - - -\n"
                                "931 2018 I14.in scheme=HN-3814 exact 4 - - -\n";
    struct indicating how = only("I14");
    how.by = "unit";
    expect_rows(&how,
                LINES,
                "93 2018 I14 - 5 4 1 unbalanced\n"
                "93 2019 I14 - 2 2 0 -\n"
                "930 2018 I14 - 5 0 5 -\n"
                "931 2018 I14 - 0 4 -4 -\n");
    how.by = "scheme";
    how.people = true;
    expect_rows(&how,
                LINES,
                "93 2018 I14 scheme=HN-3814 1 | chưa cân đối\n"
                "93 2019 I14 scheme=HN-3814 0 | \n");
}

static void a_mean_is_in_hundredths_of_a_point(void **state)
{
    (void)state;
    struct indicating how = only("I06");
    static const char LINES[] = "93 2018-07 EV02 category=cadre;scheme=HN-3814 exact 17450 2 - -\n"
                                "93 2018-07 EV02 category=contract_worker exact 9051 1 - -\n";
    expect_rows(&how, LINES, "93 2018-07 I06 - 26501 3 8834 -\n"); // 88.3366
    how.people = true;
    expect_rows(&how, LINES, "93 2018-07 I06 - 88,34 | \n");
    how.lang = TH_LANG_EN;
    expect_rows(&how, LINES, "93 2018-07 I06 - 88.34 | \n");
}

static void shares_are_rounded_after_adding(void **state) // real counts, levels 1 to 4
{
    (void)state;
    struct th_catalogue *shares = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: true}\n",
        .indicators = "indicators:\n"
                      "  - {code: S, en: s, over: [\"n*\"], num: [\"*\"], den: [n1, n2, n3, n4]}\n"
                      "  - {code: T, en: s, num: [n3, n4], den: [n1, n2, n3, n4]}\n",
    });
    struct indicating how = vn;
    how.catalogue = shares;
    expect_rows(&how,
                "93 2019 n1 - exact 19 - - -\n"
                "93 2019 n2 - exact 221 - - -\n"
                "93 2019 n3 - exact 1891 - - -\n"
                "93 2019 n4 - exact 2708 - - -\n",
                "93 2019 S measure=n1 19 4839 4 -\n"
                "93 2019 S measure=n2 221 4839 46 -\n"
                "93 2019 S measure=n3 1891 4839 391 -\n"
                "93 2019 S measure=n4 2708 4839 560 -\n" // 1001 in all
                "93 2019 T - 4599 4839 950 -\n");
    expect_rows(&how,
                "93 2018 n1 - exact 8930 - - -\n" // published national ratings of 2018
                "93 2018 n2 - exact 107730 - - -\n"
                "93 2018 n3 - exact 1418800 - - -\n"
                "93 2018 n4 - exact 590120 - - -\n",
                "93 2018 S measure=n1 8930 2125580 4 -\n"
                "93 2018 S measure=n2 107730 2125580 51 -\n"
                "93 2018 S measure=n3 1418800 2125580 667 -\n"
                "93 2018 S measure=n4 590120 2125580 278 -\n"
                "93 2018 T - 2008920 2125580 945 -\n");
    th_catalogue_free(&shares);
}

// ---- staffing ----

static void what_is_not_there_is_no_value(void **state)
{
    (void)state;
    struct indicating how = only("I07 I08 I15");
    static const char LINES[] = "93 2017-02-07 ST01 - exact 100 - - -\n"
                                "93 2017-02-07 ST02 - exact 80 - - -\n"
                                "93 2017-02-07 ST03 - exact 20 - - -\n"
                                "93 2018-02-07 ST02 - exact 80 - - -\n"
                                "93 2018-02-07 ST07 - exact 0 - - -\n"
                                "93 2019-02-07 ST07 - - n/a - - -\n"
                                "93 2019-02-07 ST02 - exact 80 - - -\n"
                                "93 2020-02-07 ST09 post=head exact 4 - - -\n"
                                "93 2020-02-07 ST09 post=deputy exact 7 - - -\n"
                                "93 2020-02-07 ST09 post=specialist exact 70 - - -\n";
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I07 - 80 - - -\n"
                "93 2017-02-07 I08 - - 100 - -\n" // support contracts are not reported
                "93 2018-02-07 I07 - 80 0 - -\n"
                "93 2019-02-07 I07 - 80 - - -\n"
                "93 2020-02-07 I15 - 7 4 175 -\n");
    how.people = true;
    how.periods = "2017-02-07 2020-02-07";
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I07 - — | \n"
                "93 2017-02-07 I08 - — | \n"
                "93 2020-02-07 I15 - 1,75 | \n");
}

static void figures_are_kept_apart_by_exactly_the_dims_asked_for(void **state)
{
    (void)state;
    struct indicating how = only("I07");
    static const char LINES[] = "93 2017-02-07 ST02 - exact 80 - - -\n"
                                "93 2017-02-07 ST02 block=commune exact 30 - - -\n"
                                "93 2017-02-07 ST07 - exact 100 - - -\n"
                                "93 2017-02-07 ST07 block=commune exact 40 - - -\n"
                                "93 2017-02-07 ST07 block=administration exact 60 - - -\n";
    expect_rows(&how, LINES, "93 2017-02-07 I07 - 80 100 800 -\n");
    how.by = "block";
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I07 block=administration - 60 - -\n"
                "93 2017-02-07 I07 block=commune 30 40 750 -\n");
    how.by = "dims";
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I07 - 80 100 800 -\n"
                "93 2017-02-07 I07 block=administration - 60 - -\n"
                "93 2017-02-07 I07 block=commune 30 40 750 -\n");
}

static void a_base_year_is_worked_back_to(void **state) // seed 002
{
    (void)state;
    struct indicating how = only("I16 I17");
    static const char LINES[] = "93 2017-02-07 ST05 - over 1500 - - -\n"
                                "93 2017-02-07 CH01 base=2011 exact 574 - - -\n"
                                "93 2017-02-07 ST06 - over 2750 - - -\n"
                                "93 2017-02-07 CH02 base=2011 exact 289 - - -\n"
                                "93 2018-02-07 ST05 - exact 1500 - - -\n"
                                "93 2018-02-07 CH01 base=2011 over 574 - - -\n"
                                "93 2019-02-07 ST05 - exact 1500 - - -\n"
                                "93 2019-02-07 CH01 base=2011 exact 574 - - -\n"
                                "93 2019-02-07 CH01 base=2015 exact 100 - - -\n";
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I16 - 926 - 926 over\n"
                "93 2017-02-07 I17 - 2461 - 2461 over\n"
                "93 2018-02-07 I16 - 926 - 926 under\n" // what is subtracted swaps
                "93 2019-02-07 I16 - - - - -\n");       // which base year?
    how.people = true;
    how.periods = "2017-02-07";
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I16 - trên 926 | \n"
                "93 2017-02-07 I17 - trên 2.461 | \n");
    how.lang = TH_LANG_EN;
    expect_rows(&how,
                LINES,
                "93 2017-02-07 I16 - over 926 | \n"
                "93 2017-02-07 I17 - over 2,461 | \n");
}

static void a_denominator_swaps_over_and_under(void **state)
{
    (void)state;
    const struct indicating how = only("I07");
    expect_rows(&how,
                "93 2017-02-07 ST02 - over 80 - - -\n"
                "93 2017-02-07 ST07 - exact 100 - - -\n"
                "93 2018-02-07 ST02 - exact 80 - - -\n"
                "93 2018-02-07 ST07 - over 100 - - -\n"
                "93 2019-02-07 ST02 - over 80 - - -\n"
                "93 2019-02-07 ST07 - over 100 - - -\n"
                "93 2020-02-07 ST02 - over 80 - - -\n"
                "93 2020-02-07 ST07 - under 100 - - -\n",
                "93 2017-02-07 I07 - 80 100 800 over\n"
                "93 2018-02-07 I07 - 80 100 800 under\n"
                "93 2019-02-07 I07 - 80 100 800 about\n"
                "93 2020-02-07 I07 - 80 100 800 over\n");
}

static void a_reduction_needs_its_levels(void **state) // seed 000
{
    (void)state;
    struct indicating how = only("I10");
    static const char LINES[] = "93 2022-09-14 RS01 - exact -47 - 139 92\n"
                                "93 2022-09-14 RS02 - exact -4 - 16 12\n"
                                "93 2022-09-14 RS03 - exact -19 - 101 82\n"
                                "93 2022-09-14 RS04 - exact -8 - - -\n"
                                "93 2022-09-14 RS13 - exact 3 - 9 12\n"
                                "93 2022-09-14 RS14 - exact 125 - - -\n";
    expect_rows(&how,
                LINES,
                "93 2022-09-14 I10 measure=RS01 47 139 338 -\n"
                "93 2022-09-14 I10 measure=RS02 4 16 250 -\n"
                "93 2022-09-14 I10 measure=RS03 19 101 188 -\n"
                "93 2022-09-14 I10 measure=RS04 - - - -\n"
                "93 2022-09-14 I10 measure=RS13 -3 9 -333 -\n"); // it grew
    how.measures = "RS01 RS13";
    how.people = true;
    expect_rows(&how,
                LINES,
                "93 2022-09-14 I10 measure=RS01 33,8% | \n"
                "93 2022-09-14 I10 measure=RS13 −33,3% | \n");
}

static void a_whole_that_is_not_stated_comes_from_the_register(void **state) // seed 000
{
    (void)state;
    struct indicating how = only("I12");
    static const char LINES[] = "93 2022-09-14 CP01 - exact 4 8 - -\n"
                                "93 2022-09-14 CP02 - exact 3 - - -\n"
                                "93 2022-09-14 CP04 - exact 1 - - -\n"
                                "93 2022-09-14 CP05 - exact 282 539 - -\n"
                                "93 2022-09-14 CP06 - exact 6 - - -\n"
                                "93 2026-01-01 CP04 - exact 1 - - -\n"
                                "930 2022-09-14 CP02 - exact 1 - - -\n"
                                "930 2022-09-14 CP05 - exact 1 - - -\n";
    how.units = "93 930";
    expect_rows(&how,
                LINES,
                "93 2022-09-14 I12 measure=CP01 4 8 500 -\n"
                "93 2022-09-14 I12 measure=CP02 3 4 750 from-register\n"
                "93 2022-09-14 I12 measure=CP04 1 2 500 from-register\n"
                "93 2022-09-14 I12 measure=CP05 282 539 523 -\n"
                "93 2026-01-01 I12 measure=CP04 1 1 1000 from-register\n"
                "930 2022-09-14 I12 measure=CP02 1 1 1000 from-register\n"
                "930 2022-09-14 I12 measure=CP05 1 - - -\n"); // hamlets are not in the register
    how.people = true;
    how.units = "930";
    expect_rows(&how,
                LINES,
                "930 2022-09-14 I12 measure=CP02 1/1 (100,0%) | theo danh mục đơn vị\n"
                "930 2022-09-14 I12 measure=CP05 1/— | \n");
    how.lang = TH_LANG_EN;
    how.measures = "CP02";
    expect_rows(&how, LINES, "930 2022-09-14 I12 measure=CP02 1/1 (100.0%) | from the register\n");
}

static void communes_are_those_of_the_day(void **state)
{
    (void)state;
    struct indicating how = only("I09");
    expect_rows(&how,
                "93 2022-09-14 ST05 - exact 25 - - -\n"
                "93 2026-01-01 ST05 - exact 25 - - -\n",
                "93 2022-09-14 I09 - 25 2 1250 from-register\n"
                "93 2026-01-01 I09 - 25 1 2500 from-register\n");
    how.units = "931";
    expect_rows(&how, "931 2022-09-14 ST05 - exact 25 - - -\n", "931 2022-09-14 I09 - 25 0 - -\n");
}

static void figures_with_decimals_are_brought_to_one_unit(void **state)
{
    (void)state;
    struct th_catalogue *fine = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue:\n  code: t\n  version: 1\n  languages: [en]\n"
                    "  open_measures: [{pattern: fte, decimals: 9}, {pattern: \".*\"}]\n",
        .indicators = "indicators:\n"
                      "  - {code: A, en: a, num: [fte], den: [posts]}\n"
                      "  - {code: B, en: a, num: [posts], den: [fte]}\n"
                      "  - {code: C, en: a, num: [posts, -fte]}\n"
                      "  - {code: D, en: a, num: [fte], den: [posts], scale: 1}\n",
    });
    struct indicating how = vn;
    how.catalogue = fine;
    expect_rows(&how,
                "93 2018 fte - exact 2500000001 - - -\n93 2018 posts - exact 4 - - -\n",
                "93 2018 A - 2.500000001 4 625 -\n"
                "93 2018 B - 4 2.500000001 1600 -\n"
                "93 2018 C - 1.499999999 - 1.499999999 -\n"
                "93 2018 D - 2.500000001 4 0.625 -\n");
    expect_rows(&how,
                "93 2018 fte - exact 9223372036854775807 - - -\n"
                "93 2018 posts - exact 9223372036854775807 - - -\n",
                "93 2018 A - 9223372036.854775807 9223372036854775807 0 -\n"
                "93 2018 B - 9223372036854775807 9223372036.854775807 1000000000000 -\n"
                "93 2018 C - - - - -\n" // beyond 64 bits
                "93 2018 D - 9223372036.854775807 9223372036854775807 0.000000001 -\n");
    th_catalogue_free(&fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rating_nobody_has_counts_as_none_beside_others),
        cmocka_unit_test(ratings_and_counts_of_ratings_add_up),
        cmocka_unit_test(ratings_are_kept_apart_by_what_is_asked_for),
        cmocka_unit_test(people_are_kept_apart_by_what_only_records_say),
        cmocka_unit_test(over_a_province_those_who_leave_are_those_who_join),
        cmocka_unit_test(a_mean_is_in_hundredths_of_a_point),
        cmocka_unit_test(shares_are_rounded_after_adding),
        cmocka_unit_test(what_is_not_there_is_no_value),
        cmocka_unit_test(figures_are_kept_apart_by_exactly_the_dims_asked_for),
        cmocka_unit_test(a_base_year_is_worked_back_to),
        cmocka_unit_test(a_denominator_swaps_over_and_under),
        cmocka_unit_test(a_reduction_needs_its_levels),
        cmocka_unit_test(a_whole_that_is_not_stated_comes_from_the_register),
        cmocka_unit_test(communes_are_those_of_the_day),
        cmocka_unit_test(figures_with_decimals_are_brought_to_one_unit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
