// test_intake_valid.c - good rows go although others are wrong (--accept-valid)

#include "tests/support/office.h"

static const char DONE[] = "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0";

#define FIGURE "unit_code,period,measure,value\n"
#define PERSON "unit_code,person_id,period,category,scheme,score,rating\n"
#define VALID                \
    {                        \
        .accept_valid = true \
    }
#define CORRECTS "unit_code,period,measure,value,op\n"

static void good_rows_go_and_wrong_ones_stay(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"a wrong one between two",
         FIGURE "C11,2024,x,1\nC11,2024,y,1.5\nC12,2024,x,3\n",
         "3:4 E2233 | new 2 changed 0 withdrawn 0 unchanged 0 skipped 0 left 1",
         "set r1 C11/2024 x [] exact 1\nset r1 C12/2024 x [] exact 3\n",
         VALID},
        {"nothing is wrong", FIGURE "C11,2024,x,1\n", DONE, NULL, VALID},
        {"everything is", FIGURE "C11,2024,x,1.5\n", "2:4 E2233 | refused", "", VALID},
        {"a contradiction: neither goes",
         FIGURE "C11,2024,x,1\nC12,2024,x,2\nC11,2024,x,3\n",
         "4:0 E2230, 2:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 C12/2024 x [] exact 2\n",
         VALID},
        {"three that contradict",
         FIGURE "C11,2024,x,1\nC11,2024,x,2\nC11,2024,x,3\nP,2024,x,4\n",
         "3:0 E2230, 4:0 E2230, 2:0 E2113, 4:0 E2113 | "
         "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 3",
         "set r1 P/2024 x [] exact 4\n",
         VALID},
        {"one of two cannot be read: the other is not picked",
         FIGURE "C11,2024,x,1.5\nC11@2024-05-01,2024,x,3\nP,2024,x,4\n",
         "2:4 E2233, 3:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 P/2024 x [] exact 4\n",
         VALID},
    };
    office_check_each("open", ROWS, TH_COUNT(ROWS));
}

static void a_key_stays_as_a_whole(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"a correction does not overtake what it corrects",
         CORRECTS "C11,2024,x,1.5,set\nC11,2024,x,3,set\nC11,2024,x,,withdraw\nP,2024,x,4,\n",
         "2:4 E2233, 3:0 E2113, 4:0 E2113 | "
         "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 3",
         "set r1 P/2024 x [] exact 4\n",
         VALID},
        {"what is corrected does not go without its correction",
         CORRECTS "C11,2024,x,1,set\nC11,2024,x,3,put\nP,2024,x,4,\n",
         "3:5 E2236, 2:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 P/2024 x [] exact 4\n",
         VALID},
        {"a revision twice",
         "unit_code,period,measure,value,revision\n"
         "C11,2024,x,1,1\nC11,2024,x,2,1\nC11,2024,x,3,2\nP,2024,x,4,7\n",
         "3:5 E2222b, 2:0 E2113, 4:0 E2113 | "
         "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 3",
         "set r7 P/2024 x [] exact 4\n",
         VALID},
        {"a key that cannot be told holds no other back",
         FIGURE "C99,2024,x,1\nC11,2024-13,x,1\nC11,2024,x,2\n",
         "2:1 E2203a, 3:2 E2205 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 C11/2024 x [] exact 2\n",
         VALID},
        {"a row with too few cells",
         FIGURE "C11,2024,x\nC12,2024,x,3\n",
         "2:0 E2101 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 1",
         "set r1 C12/2024 x [] exact 3\n",
         VALID},
        {"a file that ends in the middle is no file",
         FIGURE "C11,2024,x,1\nC12,2024,x\nC12,2024,\"x,3\n",
         "3:0 E2101, 4:3 E2102 | refused",
         "",
         VALID},
        {"a wrong header",
         "unit_code,period,measure,worth\nC11,2024,x,1\n",
         "1:4 E2008, 1:0 E2006 | refused",
         "",
         VALID},
        {"a warning, strictly",
         "unit_code,period,measure,value,note\nC11,2024,x,1,a\xC2\xA0"
         "b\nC12,2024,x,3,\n",
         "2:5 W2301 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 1",
         "set r1 C12/2024 x [] exact 3\n",
         {.accept_valid = true, .strict = true}},
        {"an overtaken row, strictly",
         "unit_code,period,measure,value,revision\nC11,2024,x,1,2\nC11,2024,x,2,1\nP,2024,x,4,1\n",
         "3:5 W2322, 2:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 P/2024 x [] exact 4\n",
         {.accept_valid = true, .strict = true}},
        {"only a look",
         FIGURE "C11,2024,x,1\nC11,2024,y,1.5\n",
         "3:4 E2233 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 1",
         "",
         {.accept_valid = true, .dry_run = true}},
    };
    office_check_each("open", ROWS, TH_COUNT(ROWS));
}

static void what_stayed_goes_with_the_corrected_file(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"first",
         CORRECTS "C11,2024,x,1.5,\nC11,2024,x,3,\nP,2024,x,4,\n",
         "2:4 E2233, 3:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 P/2024 x [] exact 4\n",
         VALID},
        {"corrected",
         CORRECTS "C11,2024,x,15,\nC11,2024,x,3,\nP,2024,x,4,\n",
         "0:0 N2404 | new 1 changed 1 withdrawn 0 unchanged 1 skipped 0",
         "set r1 C11/2024 x [] exact 15\nset r2 C11/2024 x [] exact 3\n",
         VALID},
        {"unchanged beside a wrong one",
         FIGURE "P,2024,x,4\nP,2024,y,four\n",
         "3:4 E2233 | new 0 changed 0 withdrawn 0 unchanged 1 skipped 0 left 1",
         "",
         VALID},
    };
    office_check_in_turn("open", ROWS, TH_COUNT(ROWS));
}

static void a_row_that_is_odd_stays_where_warnings_are_errors(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"not expected to report, and told once",
         FIGURE "C11,2022-09-14,ST01,5\nD1,2022-09-14,ST02,6\n",
         "2:1 W2340 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 1",
         "set r1 D1/2022-09-14 ST02 [] exact 6\n",
         {.accept_valid = true, .strict = true}},
        {"wrong in another way: the warning is not told again",
         FIGURE "C11,2022-09-14,ST01,5\nC11,2022-09-14,ST01,6\nD1,2022-09-14,ST02,6\n",
         "2:1 W2340, 3:1 W2340, 3:0 E2230, 2:0 E2113 | "
         "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         "set r1 D1/2022-09-14 ST02 [] exact 6\n",
         {.accept_valid = true}},
    };
    office_check_each("vn", ROWS, TH_COUNT(ROWS));
}

static void a_person_s_wrong_row_holds_the_other(void **state)
{
    (void)state;
    static const struct office_row ROWS[] = {
        {"by the pseudonym, whatever the scheme is called",
         PERSON "C11,a,2024-07,cadre,HN-3814,70,A\nC12,a,2024-07,cadre,,95,A\n"
                "C12,b,2024-07,cadre,,95,A\n",
         "2:7 E2210a, 3:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
         NULL,
         VALID},
    };
    office_check_each("vn", ROWS, TH_COUNT(ROWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rows_go_and_wrong_ones_stay),
        cmocka_unit_test(a_key_stays_as_a_whole),
        cmocka_unit_test(what_stayed_goes_with_the_corrected_file),
        cmocka_unit_test(a_row_that_is_odd_stays_where_warnings_are_errors),
        cmocka_unit_test(a_person_s_wrong_row_holds_the_other),
    };
    return cmocka_run_group_tests_name("intake_valid", tests, NULL, NULL);
}
