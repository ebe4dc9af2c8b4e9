// test_indicator_ask.c - which rows come back, which question brings them, and their ranks

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

// ---- which units, which question ----

static void only_what_is_asked_for_comes_back(void **state)
{
    (void)state;
    struct indicating how = only("I07");
    static const char LINES[] = "93 2022-09-14 ST02 - exact 10 - - -\n"
                                "93 2022-09-14 ST07 - exact 20 - - -\n"
                                "930 2022-09-14 ST02 - exact 4 - - -\n"
                                "930 2022-09-14 ST07 - exact 5 - - -\n"
                                "31318 2022-09-14 ST02 - exact 1 - - -\n"
                                "31318 2022-09-14 ST07 - exact 3 - - -\n";
    expect_rows(&how, LINES, "93 2022-09-14 I07 - 10 20 500 -\n");
    how.by = "children";
    expect_rows(&how, LINES, "930 2022-09-14 I07 - 4 5 800 -\n");
    how.by = "unit";
    expect_rows(&how,
                LINES,
                "31318 2022-09-14 I07 - 1 3 333 -\n"
                "93 2022-09-14 I07 - 10 20 500 -\n"
                "930 2022-09-14 I07 - 4 5 800 -\n");
    how.by = NULL;
    how.level = "commune";
    expect_rows(&how, LINES, "31318 2022-09-14 I07 - 1 3 333 -\n");
    how.periods = "2018";
    expect_rows(&how, LINES, "");
}

static void expect_question(const struct indicating *how, const char *question)
{
    char *got = indicating_question(how);
    assert_string_equal(got, question);
    free(got);
}

static void only_what_is_needed_is_asked(void **state)
{
    (void)state;
    struct indicating how = only("I07");
    expect_question(&how, "TOTALS units= periods= measures=ST02,ST07 by=dims level=");
    how.periods = "2018-01-01 2019-01-01";
    how.units = "930";
    how.by = "block children";
    how.level = "commune";
    expect_question(&how,
                    "TOTALS units=930 periods=2018-01-01,2019-01-01 measures=ST02,ST07 "
                    "by=children,dims level=commune");
    how = only("I10");
    expect_question(&how, "TOTALS units= periods= measures=RS*,CH* by=dims level=");
    how.measures = "RS01";
    expect_question(&how, "TOTALS units= periods= measures=RS01 by=dims level=");
    how = only("I11 I07"); // targets need other periods than theirs
    how.periods = "2018";
    expect_question(&how,
                    "TOTALS units= periods=2018,* "
                    "measures=ST02,ST07,TG01,CH03,TG02,TG03,TG04 by=dims level=");
    how.periods = "2018-07-01"; // no target stands there
    expect_question(&how, "TOTALS units= periods=2018-07-01 measures=ST02,ST07 by=dims level=");
    how = only("I05"); // what a unit has of its own is left of its total
    how.level = "district";
    expect_question(&how,
                    "TOTALS units= periods= measures=EV01,EV07,EV05 "
                    "by=dims,category,rating,scheme,job_group,unit level=");
    how = only("I01"); // people by what no total has
    how.by = "leader category";
    expect_question(
        &how,
        "TOTALS units= periods= measures=EV01,EV07 by=dims,leader,category,rating,scheme "
        "level=");
    how = only("I14");
    expect_question(&how, "TOTALS units= periods= measures=I14.out,I14.in by=dims level=");
    how = only("I13");
    expect_question(&how, "STATE units= periods= measures= by=dims level=");
}

static void expect_unknown(const struct indicating *how, const char *what)
{
    char *got = indicating_unknown(how);
    assert_string_equal(got, what);
    free(got);
}

static void what_does_not_exist_is_named(void **state)
{
    (void)state;
    struct indicating how = only("I01 I99");
    expect_unknown(&how, "I99");
    how = only(NULL);
    expect_unknown(&how, "ok");
    how.units = "94";
    expect_unknown(&how, "94");
    how = only(NULL);
    how.by = "colour";
    expect_unknown(&how, "colour");
    how = only(NULL);
    how.periods = "18";
    expect_unknown(&how, "18");
    how = only(NULL);
    how.measures = "RS99";
    expect_unknown(&how, "RS99");
}

// ---- ranking ----

static void ties_share_a_rank_and_stand_in_the_order_of_codes(void **state)
{
    (void)state;
    struct indicating how = only("I07");
    static const char LINES[] = "930 2022-09-14 ST02 - exact 1 - - -\n"
                                "930 2022-09-14 ST07 - exact 3 - - -\n"
                                "931 2022-09-14 ST02 - exact 2 - - -\n"
                                "931 2022-09-14 ST07 - exact 6 - - -\n"
                                "932 2022-09-14 ST02 - exact 3 - - -\n"
                                "932 2022-09-14 ST07 - exact 4 - - -\n"
                                "933 2022-09-14 ST02 - exact 3332 - - -\n"
                                "933 2022-09-14 ST07 - exact 9999 - - -\n";
    how.by = "children";
    how.ranked = true;
    expect_rows(&how,
                LINES,
                "1 932 2022-09-14 I07 - 3 4 750 -\n"
                "2 930 2022-09-14 I07 - 1 3 333 -\n"
                "2 931 2022-09-14 I07 - 2 6 333 -\n"
                "4 933 2022-09-14 I07 - 3332 9999 333 -\n"); // less than a third
    how.min_base = 4;
    expect_rows(&how,
                LINES,
                "1 932 2022-09-14 I07 - 3 4 750 -\n"
                "2 931 2022-09-14 I07 - 2 6 333 -\n"
                "3 933 2022-09-14 I07 - 3332 9999 333 -\n"
                "- 930 2022-09-14 I07 - 1 3 333 -\n");
}

static void each_indicator_and_period_has_its_own_ranking(void **state)
{
    (void)state;
    struct indicating how = only("I03 I07");
    how.by = "children";
    how.ranked = true;
    expect_rows(&how,
                "930 2021 EV07 rating=1 exact 1 - - -\n"
                "930 2021 EV07 rating=3 exact 9 - - -\n"
                "931 2021 EV07 rating=3 exact 9 - - -\n"
                "931 2022 EV07 rating=3 exact 9 - - -\n"
                "932 2022-09-14 ST02 - exact 3 - - -\n",
                "1 931 2021 I03 - 0 9 0 -\n" // fewer is better
                "2 930 2021 I03 - 1 10 100 -\n"
                "1 931 2022 I03 - 0 9 0 -\n"
                "- 932 2022-09-14 I07 - 3 - - -\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_asked_for_comes_back),
        cmocka_unit_test(only_what_is_needed_is_asked),
        cmocka_unit_test(what_does_not_exist_is_named),
        cmocka_unit_test(ties_share_a_rank_and_stand_in_the_order_of_codes),
        cmocka_unit_test(each_indicator_and_period_has_its_own_ranking),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
