// test_rules_transfer.c - V01, V03, V04, V05, V09, V11, V29, V31, V32, V36 of a transfer

#include <string.h>

#include "tests/support/catalogue.h"
#include "tests/support/judging.h"
#include "tests/support/test.h"

static struct judging *vn;

static int setup(void **state)
{
    vn = judging_start(catalogue_vn());
    *state = vn;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    judging_end(vn);
    return 0;
}

// clang-format off
#define KEY "T scheme=HN-3814 person=p1 "
#define HN KEY "year=2019 effective=2019-05-01 from=376 to=377 "
#define P65  "12345678901234567890123456789012345678901234567890123456789012345"
static const struct judging_row ROWS[] = {
    {HN "sum=35000 months=4", ""},
    {HN "sum=0 months=0", ""},

    // V01
    {"T scheme=HN~1 person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0", "2201 scheme 32"},
    {"T scheme=HN-3814 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0", "2201 person_id 64"},
    {"T scheme=HN-3814 person=" P65 " year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0", "2201 person_id 64"},
    {KEY "year=2019 effective=2019-05-01 from=37~6 to=377 sum=0 months=0", "2201 from_unit 43"},
    {KEY "year=2019 effective=2019-05-01 from=376 to=@377 sum=0 months=0", "2201 to_unit 43"},

    // V05: a year, and a day inside it
    {KEY "year=2019-01 effective=2019-01-05 from=376 to=377 sum=0 months=0", "2205 2019-01 year"},
    {KEY "effective=2019-01-05 from=376 to=377 sum=0 months=0", "2205  year"},
    {KEY "year=2019 effective=2019-5-1 from=376 to=377 sum=0 months=0", "2205 2019-5-1 day"},
    {KEY "year=2019 effective=2019-02-29 from=376 to=377 sum=0 months=0", "2205 2019-02-29 day"},
    {KEY "year=2019 from=376 to=377 sum=0 months=0", "2205  day"},
    {KEY "year=2019 effective=2019-01-01 from=376 to=377 sum=0 months=0", ""},
    {KEY "year=2019 effective=2019-12-31 from=376 to=377 sum=0 months=0", ""},
    {KEY "year=2019 effective=2020-01-01 from=376 to=377 sum=0 months=0", "2205 2020-01-01 day"},
    {KEY "year=2019 effective=1989-12-31 from=376 to=377 sum=0 months=0", "2205 1989-12-31 day"},
    {KEY "year=2028 effective=2028-01-01 from=14623 to=14630 sum=0 months=0", "2205 2028-01-01 day"},

    // V29: known, and valid on that day, whatever it rates
    {"T scheme=ND1 person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0",
     "2229 ND1  2019-05-01 ND56, QD132, KS-01, HN-3814"},
    {"T scheme=HN-3814 person=p1 year=2018 effective=2018-06-30 from=376 to=377 sum=0 months=0",
     "2229 HN-3814  2018-06-30 ND56, QD132, KS-01"},
    {"T scheme=ND90 person=p1 year=2023 effective=2023-09-14 from=376 to=377 sum=0 months=0", ""},
    {"T scheme=ND90 person=p1 year=2023 effective=2023-09-15 from=376 to=377 sum=0 months=0",
     "2229 ND90  2023-09-15 QD132, KS-01, HN-3814, HG-1120, ND48"},
    {"T person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0",
     "2229   2019-05-01 ND56, QD132, KS-01, HN-3814"},
    {"T person=p1 year=2016 effective=2016-05-01 from=376 to=377 sum=0 months=0", ""}, // ND56 alone

    // V03: the one lives on the day before, the other on the day
    {KEY "year=2019 effective=2019-05-01 from=999 to=377 sum=0 months=0", "2203a 999"},
    {KEY "year=2019 effective=2019-05-01 from=376 to=999 sum=0 months=0", "2203a 999"},
    {KEY "year=2025 effective=2025-07-01 from=376 to=14630 sum=0 months=0", ""},
    {KEY "year=2025 effective=2025-07-02 from=376 to=14630 sum=0 months=0", "2203b 376 2025-06-30 2025-07-01 "},
    {KEY "year=2025 effective=2025-06-30 from=376 to=14630 sum=0 months=0", "2203c 14630 2025-07-01 2025-06-30"},
    {KEY "year=2025 effective=2025-07-01 from=376 to=377 sum=0 months=0", "2203b 377 2025-06-30 2025-07-01 "},
    {KEY "year=2025 effective=2025-07-01 from=14623 to=14623 sum=0 months=0", ""}, // two units of one code
    {KEY "year=2019 effective=2019-05-01 from=376 to=380 sum=0 months=0", "2203a 380"}, // of another province

    // V04, V36
    {KEY "year=2019 effective=2019-05-01 from=380 to=377 sum=0 months=0", "2204 7 380"},
    {KEY "year=2019 effective=2019-05-01 from=376 to=376 sum=0 months=0", "2236 to_unit"},
    {HN "sum=0 months=0 op=3", "2236 op"},

    // V11, V31, V09: at most the months' full scores
    {HN "sum=0 months=13", "2211"},
    {HN "sum=0 months=-1", "2211"},
    {HN "sum=0", "2211"},
    {HN "months=4", "2231"},
    {HN "sum=120000 months=12", ""},
    {HN "sum=120001 months=12", "2209a 1200.01 1200 HN-3814"},
    {HN "sum=40001 months=4", "2209a 400.01 400 HN-3814"},
    {HN "sum=-1 months=4", "2209a -0.01 400 HN-3814"},
    {"T scheme=ND56 person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=1 months=4", "2209a 0.01 0 ND56"},
    {"T scheme=ND56 person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=4", ""},

    // A withdrawal needs its key, and who speaks.
    {KEY "op=2 effective=2019-05-01 from=376", ""},
    {KEY "op=2 effective=2019-05-01 from=376 to=999 year=2017 months=99 sum=-1", ""},
    {KEY "op=2 effective=2019-05-01", "2203a "},
    {KEY "op=2 from=376", "2205  day"},
};
// clang-format on

static void each_rule_speaks_at_its_bound_and_not_before(void **state)
{
    (void)state;
    judging_rows(vn, ROWS, TH_COUNT(ROWS));
}

static void a_transfer_is_sent_by_the_unit_that_loses_the_person(void **state)
{
    (void)state;
    const th_day day = th_day_of((struct th_date){2019, 4, 30});
    const uint32_t from = th_register_find(vn->reg, TH_BYTES("376"), day);
    vn->grant = (struct th_grant){.node = 7, .uids = {from}, .count = 1};

    assert_string_equal(judging_says(vn, HN "sum=35000 months=4"), "");
    assert_int_equal(vn->judged.uid, from);
    assert_int_equal(vn->judged.day, day);
    assert_int_equal(vn->judged.effective, day + 1);
    assert_int_equal(vn->judged.to_uid, th_register_find(vn->reg, TH_BYTES("377"), day));
    assert_int_equal(vn->judged.period.type, TH_PERIOD_YEAR);
    assert_string_equal(
        judging_says(vn, KEY "year=2019 effective=2019-05-01 from=377 to=376 sum=0 months=0"),
        "2204 7 377");
    vn->grant = (struct th_grant){.node = 7, .desk = true};
}

static void the_year_of_a_withdrawal_is_that_of_its_day(void **state)
{
    (void)state;
    char label[TH_PERIOD_TEXT_BYTES];
    assert_string_equal(judging_says(vn, KEY "op=2 effective=2019-05-01 from=376"), "");
    assert_string_equal(th_period_text(vn->judged.period, label), "2019");
}

static void a_plain_identity_number_stays_at_the_node(void **state)
{
    (void)state;
    vn->rules.hashed_here = false;
    assert_string_equal(judging_says(vn, HN "sum=0 months=0"), "2232");
    assert_string_equal(judging_says(vn,
                                     "T scheme=HN-3814 person=0123456789abcdef0123456789abcdef "
                                     "year=2019 effective=2019-05-01 from=376 to=377 sum=0 "
                                     "months=0"),
                        "");
    vn->rules.hashed_here = true;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks_at_its_bound_and_not_before),
        cmocka_unit_test(a_transfer_is_sent_by_the_unit_that_loses_the_person),
        cmocka_unit_test(the_year_of_a_withdrawal_is_that_of_its_day),
        cmocka_unit_test(a_plain_identity_number_stays_at_the_node),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
