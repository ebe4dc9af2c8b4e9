// test_intake_kinds.c - files of collectives, transfers and completions

#include <stdio.h>
#include <string.h>

#include "tests/support/office.h"

static const char DONE[] = "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0";

// ---- collectives ----

#define BODY "unit_code,collective_id,kind,period,rating\n"

static const struct office_row COLLECTIVES[] = {
    {"a body, by the only scheme in force",
     BODY "D1,D1-CB01,cell,2018,excellent\n",
     DONE,
     "set r1 D1/2018 QD132 D1-CB01 cell rating 4\n",
     {0}},
    {"everything else a row may say",
     "unit_code;collective_id;kind;period;rating;scheme;reason;basis;note\n"
     "D1;Đảng bộ xã A;party_org;2020;2;HG-2372;discipline;QĐ 1;sau kiểm tra\n",
     DONE,
     "set r1 D1/2020 HG-2372 Đảng bộ xã A party_org rating 2 discipline (sau kiểm tra)\n",
     {0}},
    {"the name of a level", BODY "D1,a,cell,2018,Good\n", DONE, NULL, {0}},
    {"two schemes are in force", BODY "D1,a,cell,2020,4\n", "2:0 E2229 | refused", NULL, {0}},
    {"one of them from the command line",
     BODY "D1,a,cell,2020,4\n",
     DONE,
     "set r1 D1/2020 HG-2372 a cell rating 4\n",
     {.scheme = "HG-2372"}},
    {"a scheme without collectives",
     BODY "D1,a,cell,2020,4\n",
     "2:0 E2229 | refused",
     NULL,
     {.scheme = "ND90"}},
    {"no level", BODY "D1,a,cell,2018,\n", "2:0 E2237 | refused", NULL, {0}},
    {"a word that is no level", BODY "D1,a,cell,2018,best\n", "2:5 E2107 | refused", NULL, {0}},
    {"a word that is no kind", BODY "D1,a,club,2018,4\n", "2:3 E2236 | refused", NULL, {0}},
    {"no kind", BODY "D1,a,,2018,4\n", "2:3 E2112 | refused", NULL, {0}},
    {"no id", BODY "D1,,cell,2018,4\n", "2:2 E2112 | refused", NULL, {0}},
    {"an id that is too long",
     BODY "D1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,cell,2018,4\n",
     "2:2 E2103 | refused",
     NULL,
     {0}},
    {"an unknown unit", BODY "X,a,cell,2018,4\n", "2:1 E2203a | refused", NULL, {0}},
    {"a period that no rating has", BODY "D1,a,cell,..2018,4\n", "2:4 E2205 | refused", NULL, {0}},
    {"a column of another form",
     "unit_code,collective_id,kind,period,rating,leader\nD1,a,cell,2018,4,1\n",
     "1:6 E2008 | refused",
     NULL,
     {0}},
    {"one body twice",
     BODY "D1,a,cell,2018,4\nD1,a,cell,2018,4\nD1,a,cell,2018,3\n",
     "4:0 E2230, 0:0 N2402 | refused",
     NULL,
     {0}},
};

static void ratings_of_collectives(void **state)
{
    (void)state;
    office_check_each("vn", COLLECTIVES, TH_COUNT(COLLECTIVES));
}

static void a_collective_is_corrected_and_withdrawn(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"first", BODY "D1,a,cell,2018,4\n", DONE, NULL, {0}},
        {"again",
         BODY "D1,a,cell,2018,4\n",
         "new 0 changed 0 withdrawn 0 unchanged 1 skipped 0",
         "",
         {0}},
        {"corrected",
         BODY "D1,a,government,2018,3\n",
         "new 0 changed 1 withdrawn 0 unchanged 0 skipped 0",
         "set r2 D1/2018 QD132 a government rating 3\n",
         {0}},
        {"withdrawn: its key alone",
         "unit_code,collective_id,kind,period,rating,op,note\nD1,a,,2018,,withdraw,wrong\n",
         "new 0 changed 0 withdrawn 1 unchanged 0 skipped 0",
         "withdraw r3 D1/2018 QD132 a  (wrong)\n",
         {0}},
        {"a journal",
         "unit_code,collective_id,kind,period,rating,revision\n"
         "D1,a,cell,2018,4,5\nD1,a,cell,2018,3,4\n",
         "3:6 W2322 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 1",
         "set r5 D1/2018 QD132 a cell rating 4\n",
         {0}},
    };
    office_check_in_turn("vn", ROWS, TH_COUNT(ROWS));
}

// ---- transfers ----

#define MOVE  "person_id,effective,from_unit,to_unit,year,score_sum,scored_months,scheme\n"
#define MOVED "C11->C12 2024-07-01 2024 HN-3814 "

static const struct office_row TRANSFERS[] = {
    {"the id is the one of the person's evaluations",
     MOVE "012345678901,2024-07-01,C11,C12,2024,512.5,6,HN-3814\n",
     DONE,
     "set r1 " MOVED "fffa590cf751360d701c1b1b31629fd0 sum 51250 months 6\n",
     {0}},
    {"sums have points or commas",
     MOVE "a,2024-07-01,C11,C12,2024,\"512,5\",6,HN-3814\n",
     DONE,
     NULL,
     {0}},
    {"of a Vietnamese sheet",
     MOVE "a,2024-07-01,C11,C12,2024,\"1.012,5\",11,HN-3814\n",
     DONE,
     NULL,
     {.numbers_vi = true}},
    {"places and year from the command line",
     "person_id,effective,to_unit,score_sum,scored_months\na,2024-07-01,C12,0,0\n",
     DONE,
     NULL,
     {.unit = "C11", .period = "2024", .scheme = "HN-3814"}},
    {"a day for every code",
     MOVE "a,2024-07-01,C11,C12,2024,0,0,HN-3814\n",
     DONE,
     "set r1 C11@2024-07-01->C12@2024-07-01 2024-07-01 2024 HN-3814 "
     "53c48acd0dba3980f2d06a83635e1c15 sum 0 months 0\n",
     {.on = "2024-07-01"}},
    {"which scheme", MOVE "a,2024-07-01,C11,C12,2024,0,0,\n", "2:8 E2229 | refused", NULL, {0}},
    {"nobody", MOVE ",2024-07-01,C11,C12,2024,0,0,HN-3814\n", "2:1 E2112 | refused", NULL, {0}},
    {"no day", MOVE "a,2024-07,C11,C12,2024,0,0,HN-3814\n", "2:2 E2205 | refused", NULL, {0}},
    {"another year's day",
     MOVE "a,2024-07-01,C11,C12,2023,0,0,HN-3814\n",
     "2:2 E2205 | refused",
     NULL,
     {0}},
    {"a month for a year",
     MOVE "a,2024-07-01,C11,C12,2024-07,0,0,HN-3814\n",
     "2:5 E2205 | refused",
     NULL,
     {0}},
    {"from nowhere",
     MOVE "a,2024-07-01,X,C12,2024,0,0,HN-3814\n",
     "2:3 E2203a | refused",
     NULL,
     {0}},
    {"to nowhere", MOVE "a,2024-07-01,C11,X,2024,0,0,HN-3814\n", "2:4 E2203a | refused", NULL, {0}},
    {"to where they are",
     MOVE "a,2024-07-01,C11,C11,2024,0,0,HN-3814\n",
     "2:4 E2236 | refused",
     NULL,
     {0}},
    {"13 months",
     MOVE "a,2024-07-01,C11,C12,2024,0,13,HN-3814\n",
     "2:7 E2211 | refused",
     NULL,
     {0}},
    {"more than the months can have",
     MOVE "a,2024-07-01,C11,C12,2024,600.01,6,HN-3814\n",
     "2:6 E2209a | refused",
     NULL,
     {0}},
    {"no sum", MOVE "a,2024-07-01,C11,C12,2024,,6,HN-3814\n", "2:6 E2231 | refused", NULL, {0}},
    {"a sum with three decimals",
     MOVE "a,2024-07-01,C11,C12,2024,87.505,6,HN-3814\n",
     "2:6 E2233 | refused",
     NULL,
     {0}},
    {"a column of another form",
     "person_id,effective,from_unit,to_unit,year,score_sum,scored_months,category\n"
     "a,2024-07-01,C11,C12,2024,0,0,cadre\n",
     "1:8 E2008 | refused",
     NULL,
     {0}},
    {"one move twice",
     MOVE "a,2024-07-01,C11,C12,2024,0,0,HN-3814\na,2024-07-01,C11,C12,2024,1,1,HN-3814\n",
     "3:0 E2230 | refused",
     NULL,
     {0}},
};

static void transfers(void **state)
{
    (void)state;
    office_check_each("vn", TRANSFERS, TH_COUNT(TRANSFERS));
}

static void a_transfer_is_corrected_and_withdrawn(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"first", MOVE "a,2024-07-01,C11,C12,2024,500,6,HN-3814\n", DONE, NULL, {0}},
        {"corrected",
         MOVE "a,2024-07-01,C11,D1,2024,510,6,HN-3814\n",
         "new 0 changed 1 withdrawn 0 unchanged 0 skipped 0",
         NULL,
         {0}},
        {"withdrawn: its key alone",
         "person_id,effective,from_unit,to_unit,year,score_sum,scored_months,scheme,op\n"
         "a,2024-07-01,C11,,,,,HN-3814,withdraw\n",
         "new 0 changed 0 withdrawn 1 unchanged 0 skipped 0",
         NULL,
         {0}},
    };
    office_check_in_turn("vn", ROWS, TH_COUNT(ROWS));
}

// PLAIN knows persons by unit: the id is that of the unit they leave, whichever node of it speaks.
static void a_transfer_under_a_scheme_of_units(void **state)
{
    (void)state;
    struct office office;
    char got[1024];
    char rated[4096];
    char moved[4096];
    const struct intake_options options = {.scheme = "PLAIN"};
    office_make(&office, "vn");

    (void)office_import(
        &office, &options, "unit_code,person_id,period,category,score\nC11,a,2024-05,x,90\n", got);
    (void)office_import(&office,
                        &options,
                        "person_id,effective,from_unit,to_unit,year,score_sum,scored_months\n"
                        "a,2024-07-01,C11@2024-05-01,C12,2024,90,1\n",
                        got);

    assert_string_equal(got, DONE);
    assert_non_null(strstr(office_updates(&office, 1, 1, rated), "PLAIN x "));
    (void)office_updates(&office, 2, 2, moved);
    char person[33];
    (void)snprintf(person, sizeof(person), "%s", strstr(rated, "PLAIN x ") + 8);
    assert_non_null(strstr(moved, person));
    office_free(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratings_of_collectives),
        cmocka_unit_test(a_collective_is_corrected_and_withdrawn),
        cmocka_unit_test(transfers),
        cmocka_unit_test(a_transfer_is_corrected_and_withdrawn),
        cmocka_unit_test(a_transfer_under_a_scheme_of_units),
    };
    return cmocka_run_group_tests_name("intake_kinds", tests, NULL, NULL);
}
