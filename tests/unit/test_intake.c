// test_intake.c - what files become: findings with their places, or sealed updates

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/office.h"

static const char DONE[] = "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0";

#define FIGURE "unit_code,period,measure,value\n"

static const struct office_row OPEN_FIGURES[] = {
    {"a figure", FIGURE "C11,2024,x.fte,-5\n", DONE, "set r1 C11/2024 x.fte [] exact -5\n", {0}},
    {"n/a", FIGURE "C11,2024,x,n/a\n", DONE, "set r1 C11/2024 x [] n/a\n", {0}},
    {"a number with a point", FIGURE "C11,2024,x,1.273\n", "2:4 E2233 | refused", NULL, {0}},
    {"no value", FIGURE "C11,2024,x,\n", "2:4 E2231 | refused", NULL, {0}},
    {"empty cells", FIGURE ",,,1\n", "2:3 E2112, 2:1 E2112, 2:2 E2112 | refused", NULL, {0}},
    {"an unknown unit", FIGURE "X,2024,x,1\n", "2:1 E2203a | refused", NULL, {0}},
    {"a unit that ended", FIGURE "C11,2025Q4,x,1\n", "2:1 E2203b | refused", NULL, {0}},
    {"a unit that is not yet", FIGURE "C13,2024,x,1\n", "2:1 E2203c | refused", NULL, {0}},
    {"a misspelt period", FIGURE "C11,2024-13,x,1\n", "2:2 E2205 | refused", NULL, {0}},
    {"a period that is too long",
     FIGURE "C11,2024-01-01..2024-12-31..,x,1\n",
     "2:2 E2103 | refused",
     NULL,
     {0}},
    {"an unknown column",
     "unit_code,period,measure,value,colour\nC11,2024,x,1,red\n",
     "1:5 E2008 | refused",
     NULL,
     {0}},
    {"an unknown column that is left out",
     "unit_code,period,measure,value,colour\nC11,2024,x,1,red\n",
     DONE,
     NULL,
     {.ignore = "colour"}},
    {"columns from the command line",
     "measure,value\nx,1\n",
     DONE,
     "set r1 C11/2024 x [] exact 1\n",
     {.unit = "C11", .period = "2024"}},
    {"a day for every code",
     FIGURE "C11,2024,x,1\n",
     DONE,
     "set r1 C11@2024-05-01/2024 x [] exact 1\n",
     {.on = "2024-05-01"}},
    {"a sign",
     "unit_code,period,measure,value,qualifier\nC11,2024,x,1,>\n",
     DONE,
     "set r1 C11/2024 x [] over 1\n",
     {0}},
    {"a word that is no qualifier",
     "unit_code,period,measure,value,qualifier\nC11,2024,x,1,more\n",
     "2:5 E2236 | refused",
     NULL,
     {0}},
    {"the same row twice",
     FIGURE "C11,2024,x,1\nC11,2024,x,1\n",
     "0:0 N2402 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
     "set r1 C11/2024 x [] exact 1\n",
     {0}},
    {"two values for one key",
     FIGURE "C11,2024,x,1\nC12,2024,x,1\nC11,2024,x,2\n",
     "4:0 E2230 | refused",
     NULL,
     {0}},
    {"blanks around, and a special one inside",
     "unit_code;period;measure;value;note\n C11;2024;x;1;a\xC2\xA0"
     "b\n",
     "2:5 W2301, 0:0 N2401 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
     "set r1 C11/2024 x [] exact 1 (a b)\n",
     {0}},
    {"the same, strictly",
     "unit_code;period;measure;value;note\nC11;2024;x;1;a\xC2\xA0"
     "b\n",
     "2:5 W2301 | refused",
     NULL,
     {.strict = true}},
    {"a note for all",
     FIGURE "C11,2024,x,1\n",
     DONE,
     "set r1 C11/2024 x [] exact 1 (mail)\n",
     {.note = "mail"}},
    {"nothing but a look", FIGURE "C11,2024,x,1\n", DONE, "", {.dry_run = true}},
    {"points and commas of a Vietnamese sheet",
     "unit_code;period;measure;value\nC11;2024;x;-1.273.000\n",
     DONE,
     "set r1 C11/2024 x [] exact -1273000\n",
     {.numbers_vi = true}},
    {"they are figures' alone",
     "unit_code;period;measure;value;revision\nC11;2024;x;1.273;1.000\n",
     "2:5 E2233 | refused",
     NULL,
     {.numbers_vi = true}},
    {"no rows", FIGURE, "0:0 E2011 | refused", NULL, {0}},
    {"another form",
     FIGURE "C11,2024,x,1\n",
     "1:3 E2008, 1:4 E2008, 1:0 E2006 | refused",
     NULL,
     {.form = "evaluation"}},
};

static void figures_of_an_open_catalogue(void **state)
{
    (void)state;
    office_check_each("open", OPEN_FIGURES, TH_COUNT(OPEN_FIGURES));
}

static void shapes_of_the_national_catalogue(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"before and after make the change",
         "unit_code;period;measure;before;after\nP;2022-09-14;RS01;139;92\n",
         "2:1 W2340 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
         "set r1 P/2022-09-14 RS01 [] exact -47 139->92\n",
         {0}},
        {"a change that they do not make",
         "unit_code,period,measure,value,before,after\nP,2022-09-14,RS01,-46,139,92\n",
         "2:4 E2208a | refused",
         NULL,
         {0}},
        {"one of two",
         "unit_code,period,measure,value,before\nP,2022-09-14,RS01,-46,139\n",
         "2:0 E2208b | refused",
         NULL,
         {0}},
        {"n of m",
         "unit_code,period,measure,value,of\nD1,2022-09-14,CP05,282,539\n",
         DONE,
         "set r1 D1/2022-09-14 CP05 [] exact 282/539\n",
         {0}},
        {"a share has its base filled in",
         FIGURE "D1,2018,EV04,364\n",
         DONE,
         "set r1 D1/2018 EV04 [] exact 364/1000\n",
         {0}},
        {"a measure that is not there",
         FIGURE "D1,2018,XX99,1\n",
         "2:3 E2202 | refused",
         NULL,
         {0}},
        {"a dash for no dims",
         "unit_code,period,measure,dims,value\nD1,2022-09-14,ST01,-,5\n",
         DONE,
         "set r1 D1/2022-09-14 ST01 [] exact 5\n",
         {0}},
        {"dims that are not there",
         "unit_code,period,measure,dims,value\nD1,2022-09-14,ST01,a=b,5\n",
         "2:4 E2228 | refused",
         NULL,
         {0}},
        {"counts by level",
         "unit_code,period,category,rating,count\nC11,2018,cadre,excellent,4\n",
         "2:1 W2340 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
         "set r1 C11/2018 EV07 [category=cadre;rating=4] exact 4\n",
         {0}},
        {"a Vietnamese count",
         "unit_code,period,category,rating,count\nC11,2018,cadre,excellent,1.273\n",
         "2:1 W2340 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
         "set r1 C11/2018 EV07 [category=cadre;rating=4] exact 1273\n",
         {.numbers_vi = true}},
        {"of, before and after of a Vietnamese sheet",
         "unit_code;period;measure;value;of;before;after\nD1;2022-09-14;CP05;1.282;1.539;;\n"
         "D1;2022-09-14;RS01;;;1.139;92\n",
         "new 2 changed 0 withdrawn 0 unchanged 0 skipped 0",
         "set r1 D1/2022-09-14 CP05 [] exact 1282/1539\n"
         "set r1 D1/2022-09-14 RS01 [] exact -1047 1139->92\n",
         {.numbers_vi = true}},
        {"counts by no level",
         "unit_code,period,category,rating,count\nC11,2018,cadre,9,4\n",
         "2:4 E2107 | refused",
         NULL,
         {0}},
    };
    office_check_each("vn", ROWS, TH_COUNT(ROWS));
}

#define PERSON "unit_code,person_id,period,category,scheme,score,rating\n"

static const struct office_row RATINGS[] = {
    {"a person's id never leaves the machine",
     PERSON "C11,012345678901,2024-07,cadre,HN-3814,87.5,B\n",
     DONE,
     "set r1 C11/2024-07 HN-3814 cadre fffa590cf751360d701c1b1b31629fd0 score 8750 rating 3\n",
     {0}},
    {"the only scheme in force",
     "unit_code,person_id,period,category,score,rating\nC11,a,2024-07,cadre,,4\n",
     DONE,
     NULL,
     {0}},
    {"a score with a comma", PERSON "C11,a,2024-07,cadre,HN-3814,\"90,00\",a\n", DONE, NULL, {0}},
    {"a Vietnamese score",
     PERSON "C11,a,2024-07,cadre,HN-3814,\"87,5\",B\n",
     DONE,
     NULL,
     {.numbers_vi = true}},
    {"a score with a point on a Vietnamese sheet",
     PERSON "C11,a,2024-07,cadre,HN-3814,87.5,B\n",
     "2:6 E2233 | refused",
     NULL,
     {.numbers_vi = true}},
    {"three decimals",
     PERSON "C11,a,2024-07,cadre,HN-3814,87.505,B\n",
     "2:6 E2233 | refused",
     NULL,
     {0}},
    {"above its band",
     PERSON "C11,a,2024-07,cadre,HN-3814,69.99,B\n",
     "2:7 E2210a | refused",
     NULL,
     {0}},
    {"below its band without a reason",
     PERSON "C11,a,2024-07,cadre,HN-3814,95,B\n",
     "2:7 E2210b | refused",
     NULL,
     {0}},
    {"a share is no rating",
     PERSON "C11,a,2024-07,cadre,HN-3814,,\"36,4%\"\n",
     "2:7 E2107 | refused",
     NULL,
     {0}},
    {"the name of a level",
     PERSON "C11,a,2018,cadre,ND56,,Completed with limited capacity\n",
     DONE,
     NULL,
     {0}},
    {"neither score nor level",
     PERSON "C11,a,2024-07,cadre,HN-3814,,\n",
     "2:6 E2237 | refused",
     NULL,
     {0}},
    {"an id of 65 bytes",
     PERSON "C11,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,2024-07,cadre,"
            "HN-3814,90,A\n",
     "2:2 E2103 | refused",
     NULL,
     {0}},
    {"a scheme that is not in force",
     PERSON "C11,a,2010,cadre,ND56,,4\n",
     "2:5 E2229 | refused",
     NULL,
     {0}},
    {"leader and months",
     "unit_code,person_id,period,category,rating,leader,months_scored\n"
     "C11,a,2024-07,cadre,4,yes,13\n",
     "2:6 E2236, 2:7 E2211 | refused",
     NULL,
     {0}},
};

static void ratings(void **state)
{
    (void)state;
    office_check_each("vn", RATINGS, TH_COUNT(RATINGS));
}

static void the_same_file_again_sends_nothing(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"first",
         FIGURE "C11,2024,x,1\nC12,2024,x,2\n",
         "new 2 changed 0 withdrawn 0 unchanged 0 skipped 0",
         NULL,
         {0}},
        {"again",
         FIGURE "C11,2024,x,1\nC12,2024,x,2\n",
         "new 0 changed 0 withdrawn 0 unchanged 2 skipped 0",
         "",
         {0}},
        {"one is corrected",
         FIGURE "C11,2024,x,1\nC12,2024,x,3\n",
         "new 0 changed 1 withdrawn 0 unchanged 1 skipped 0",
         "set r2 C12/2024 x [] exact 3\n",
         {0}},
        {"a withdrawal",
         "unit_code,period,measure,value,op\nC11,2024,x,,withdraw\n",
         "new 0 changed 0 withdrawn 1 unchanged 0 skipped 0",
         "withdraw r2 C11/2024 x [] \n",
         {0}},
        {"it revives",
         FIGURE "C11,2024,x,1\n",
         "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
         "set r3 C11/2024 x [] exact 1\n",
         {0}},
    };
    office_check_in_turn("open", ROWS, TH_COUNT(ROWS));
}

#define JOURNAL "unit_code,period,measure,value,op,revision\n"

static void journals(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"rows of one key in order",
         JOURNAL "C11,2024,x,1,set,1\nC11,2024,x,2,set,5\nC11,2024,x,,withdraw,6\n",
         "new 1 changed 1 withdrawn 1 unchanged 0 skipped 0",
         "set r1 C11/2024 x [] exact 1\nset r5 C11/2024 x [] exact 2\nwithdraw r6 C11/2024 x [] \n",
         {0}},
        {"overtaken in the file",
         JOURNAL "C12,2024,x,2,set,2\nC12,2024,x,1,set,1\n",
         "3:6 W2322 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 1",
         "set r2 C12/2024 x [] exact 2\n",
         {0}},
        {"overtaken, strictly",
         JOURNAL "C12,2024,x,1,set,1\n",
         "2:6 W2322 | refused",
         NULL,
         {.strict = true}},
        {"known with the stored content",
         JOURNAL "C12,2024,x,2,set,2\nC12,2024,x,2,set,1\n",
         "0:0 N2404 | new 0 changed 0 withdrawn 0 unchanged 2 skipped 0",
         "",
         {0}},
        {"the same revision, other content",
         JOURNAL "C12,2024,x,3,set,2\n",
         "2:6 E2222b | refused",
         NULL,
         {0}},
        {"a missing revision", JOURNAL "C12,2024,x,3,set,\n", "2:6 E2222b | refused", NULL, {0}},
        {"no revision 0", JOURNAL "C12,2024,x,3,set,0\n", "2:6 E2222b | refused", NULL, {0}},
        {"a word that is no op", JOURNAL "C12,2024,x,3,put,3\n", "2:5 E2236 | refused", NULL, {0}},
        {"called seq",
         "unit_code,period,measure,value,seq\nC12,2024,x,3,4294967295\n",
         "new 0 changed 1 withdrawn 0 unchanged 0 skipped 0",
         "set r4294967295 C12/2024 x [] exact 3\n",
         {0}},
        {"none is left to give", FIGURE "C12,2024,x,4\n", "2:0 E2222b | refused", NULL, {0}},
        {"counted by the node",
         "unit_code,period,measure,value,op\nP,2024,x,1,\nP,2024,x,2,\nP,2024,x,2,\n",
         "0:0 N2404 | new 1 changed 1 withdrawn 0 unchanged 1 skipped 0",
         "set r1 P/2024 x [] exact 1\nset r2 P/2024 x [] exact 2\n",
         {0}},
    };
    office_check_in_turn("open", ROWS, TH_COUNT(ROWS));
}

static void a_refused_figure_is_sent_again_above_what_the_province_knows(void **state)
{
    (void)state;
    struct office office;
    struct th_verdict stale;
    static const struct office_row FIRST = {"first", FIGURE "C11,2024,x,1\n", DONE, NULL, {0}};
    static const struct office_row AGAIN = {
        "again", FIGURE "C11,2024,x,1\n", DONE, "set r8 C11/2024 x [] exact 1\n", {0}};

    office_make(&office, "open");
    office_check(&office, &FIRST);
    th_verdict_make(&stale, TH_V_REVISION, 'a', "revision", "7", "1", NULL);
    office_refuse(&office, 1, 0, &stale);
    office_check(&office, &AGAIN);

    office_free(&office);
}

static void files_of_spreadsheets(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *want;
    } FILES[] = {
        {"restructure.csv",
         "2:1 W2340, 4:1 W2340, 5:1 W2340 | new 3 changed 0 withdrawn 0 unchanged 0 skipped 0"},
        {"ratings.csv", "3:9 W2301, 5:7 E2107, 7:1 E2203c | refused"},
        {"journal.tsv", "4:7 W2322 | new 1 changed 1 withdrawn 1 unchanged 0 skipped 1"},
    };
    const struct intake_options options = {0};
    for (size_t i = 0; i < TH_COUNT(FILES); i++) {
        struct office office;
        char path[TH_PATH_MAX];
        char got[1024];
        size_t size = 0;
        office_make(&office, "vn");
        char *csv =
            file_read(home_path(TONGHOP_SOURCE_DIR "/tests/data/csv", FILES[i].name, path), &size);
        assert_non_null(csv);
        assert_string_equal(office_import(&office, &options, csv, got), FILES[i].want);
        free(csv);
        office_free(&office);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_an_open_catalogue),
        cmocka_unit_test(shapes_of_the_national_catalogue),
        cmocka_unit_test(ratings),
        cmocka_unit_test(the_same_file_again_sends_nothing),
        cmocka_unit_test(journals),
        cmocka_unit_test(files_of_spreadsheets),
        cmocka_unit_test(a_refused_figure_is_sent_again_above_what_the_province_knows),
    };
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
