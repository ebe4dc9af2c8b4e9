// test_rules_staffing.c - V02, V05 to V08, V24, V28, V31, V34, V36 of one figure, both sides of
// bounds

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
static const struct judging_row ROWS[] = {
    // V36: what this program does not know
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 op=0", ""},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 op=3", "2236 op"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 revision=4294967295", ""},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 revision=4294967296", "2236 revision"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 qualifier=4", ""},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 qualifier=5", "2236 qualifier"},
    {"S measure=EV01 unit=376 period=2018 dims=rating=4 value=1", "2236 measure"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 of=2", "2236 of"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 before=2", "2236 before"},
    {"S measure=MV01 unit=376 period=2017 value=1 after=2", "2236 after"},
    {"S measure=RS01 unit=376 period=2017-02-07 value=1 of=2", "2236 of"},
    {"S measure=TG01 unit=376 period=..2020 value=-1 after=2", "2236 after"},
    {"S measure=CP05 unit=376 period=2017-02-07 na=1", ""},
    {"S measure=CP05 unit=376 period=2017-02-07 na=1 value=0", "2236 not_applicable"},
    {"S measure=CP05 unit=376 period=2017-02-07 na=1 of=3", "2236 not_applicable"},

    // V01
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 basis=Kế~hoạch~77,~10/4/2018", ""},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 basis=a\tb", "2201 basis 96"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=1 note=a\xff", "2201 note 512"},
    {"S measure=ST~1 unit=376 period=2017-02-07 value=1", "2201 measure 80"},
    {"S measure=ST01 unit=3~6 period=2017-02-07 value=1", "2201 unit_code 43"},
    {"S measure=ST01 unit=376@2017 period=2017-02-07 value=1", "2201 unit_code 43"},

    // V02
    {"S measure=ST99 unit=376 period=2017-02-07 value=1", "2202 ST99 2017-02-07"},
    {"S unit=376 period=2017-02-07 value=1", "2202  2017-02-07"},
    {"S measure=ST05 unit=14630 period=2026-05-31 value=1", ""},
    {"S measure=ST05 unit=14630 period=2026-06-01 value=1", "2202 ST05 2026-06-01"},

    // V05: spelling, the form's types, range
    {"S measure=ST01 unit=376 period=7/2/2017 value=1", "2205 7/2/2017 day"},
    {"S measure=ST01 unit=376 period=2017-02 value=1", "2205 2017-02 day"},
    {"S measure=MV01 unit=376 period=2016..2017 value=6", ""},
    {"S measure=MV01 unit=376 period=T2020-2025@2023-10-12 value=6", ""},
    {"S measure=MV01 unit=376 period=2016Q1 value=6", "2205 2016Q1 year, range, term, term_to_date"},
    {"S measure=CH03 unit=376 period=..2020 value=6", "2205 ..2020 year"},
    {"S measure=CH03 unit=376 period=2020 value=6", ""},
    {"S measure=TG01 unit=376 period=2020 value=-6", "2205 2020 deadline, yearly"},
    {"S measure=TG01 unit=37 period=..2040 value=-6", ""},
    {"S measure=TG01 unit=37 period=..2041 value=-6", "2205 ..2041 deadline, yearly"},
    {"S measure=TG03 unit=37 period=yearly value=-327", ""},
    {"S measure=ST01 unit=376 period=1989-12-31 value=1", "2205 1989-12-31 day"},
    {"S measure=ST01 unit=376 period=1990-01-01 value=1", ""},
    {"S measure=ST01 unit=14630 period=2027-11-25 value=1", ""},
    {"S measure=ST01 unit=14630 period=2027-11-26 value=1", "2205 2027-11-26 day"},

    // V03, V27
    {"S measure=ST01 unit=999 period=2017-02-07 value=1", "2203a 999"},
    {"S measure=ST01 unit=376@2017-02-30 period=2017-02-07 value=1", "2203a 376@2017-02-30"},
    {"S measure=ST01 unit=14620 period=2025-06-30 value=1", ""},
    {"S measure=ST01 unit=14620 period=2025-07-01 value=1", "2203b 14620 2025-06-30 2025-07-01 14630"},
    {"S measure=ST01 unit=14630 period=2025-07-01 value=1", ""},
    {"S measure=ST01 unit=14630 period=2025-06-30 value=1", "2203c 14630 2025-07-01 2025-06-30"},
    {"S measure=MV01 unit=14623 period=2024 value=1", ""},
    {"S measure=MV01 unit=14623 period=2025 value=1",
     "2227 2025 14623 14623@2025-06-30, 14623@2025-12-31 2025-06-30"},
    {"S measure=MV01 unit=14623@2025-06-30 period=2025 value=1", ""},
    {"S measure=MV01 unit=14623@2025-12-31 period=2025 value=1", ""},

    // V04: the province ends at its border, also for the desk
    {"S measure=ST01 unit=380 period=2017-02-07 value=1", "2204 7 380"},

    // V28
    {"S measure=CH01 unit=376 period=2017-02-07 value=574", "2228 CH01  base"},
    {"S measure=CH01 unit=376 period=2017-02-07 dims=base=2011 value=574", ""},
    {"S measure=ST01 unit=376 period=2017-02-07 dims=sex=male value=1", "2228 ST01 sex=male sex=male"},
    {"S measure=ST09 unit=376 period=2017-02-07 dims=post=heads value=1", "2228 ST09 post=heads post=heads"},

    // V31
    {"S measure=ST01 unit=376 period=2017-02-07", "2231"},
    {"S measure=CP05 unit=376 period=2017-02-07 of=539", "2231"},
    {"S measure=RS01 unit=376 period=2017-02-07", "2231"},
    {"S measure=TG01 unit=376 period=..2020 before=500", "2231"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=0", ""},

    // V34
    {"S measure=ST01 unit=376 period=2017-02-07 value=10 decimals=1", "2234 ST01 1 0"},
    {"S measure=ST01 unit=376 period=2017-02-07 na=1 decimals=1", ""},

    // V06
    {"S measure=ST01 unit=376 period=2017-02-07 value=9999999", ""},
    {"S measure=ST01 unit=376 period=2017-02-07 value=10000000", "2206 ST01 10000000 0 9999999"},
    {"S measure=ST01 unit=376 period=2017-02-07 value=-1", "2206 ST01 -1 0 9999999"},
    {"S measure=MV01 unit=376 period=2017 value=-1", "2206 MV01 -1 0 9999999"},
    {"S measure=RS04 unit=376 period=2017-02-07 value=-9999999", ""},
    {"S measure=RS04 unit=376 period=2017-02-07 value=-10000000", "2206 RS04 -10000000 -9999999 9999999"},
    {"S measure=TG02 unit=376 period=..2021 value=-1000 before=9999999", ""},
    {"S measure=TG02 unit=376 period=..2021 value=-1001", "2206 TG02 -1001 -1000 1000"},
    {"S measure=TG02 unit=376 period=..2021 value=-100 before=-1", "2206 TG02 -1 0 9999999"},
    {"S measure=TG01 unit=376 period=..2021 value=-9223372036854775808",
     "2206 TG01 -9223372036854775808 -9999999 9999999"},

    // V07
    {"S measure=CP05 unit=376 period=2017-02-07 value=282 of=539", ""},
    {"S measure=CP05 unit=376 period=2017-02-07 value=539 of=539", ""},
    {"S measure=CP05 unit=376 period=2017-02-07 value=540 of=539", "2207 CP05 540 539"},
    {"S measure=CP05 unit=376 period=2017-02-07 value=0 of=1", ""},
    {"S measure=CP05 unit=376 period=2017-02-07 value=0 of=0", "2207 CP05 0 0"},
    {"S measure=CP05 unit=376 period=2017-02-07 value=-1 of=5", "2207 CP05 -1 5"},
    {"S measure=CP05 unit=376 period=2017-02-07 value=5 of=10000000", "2206 CP05 10000000 0 9999999"},
    {"S measure=CP05 unit=376 period=2017-02-07 value=10", ""},
    {"S measure=CP05 unit=376 period=2017-02-07 value=-1", "2206 CP05 -1 0 9999999"},

    // V08
    {"S measure=RS01 unit=376 period=2017-02-07 before=139 after=92", ""},
    {"S measure=RS01 unit=376 period=2017-02-07 before=139 after=92 value=-47", ""},
    {"S measure=RS01 unit=376 period=2017-02-07 before=139 after=92 value=-46", "2208a RS01 139 92 -47 -46"},
    {"S measure=RS01 unit=376 period=2017-02-07 before=139 after=92 value=-48", "2208a RS01 139 92 -47 -48"},
    {"S measure=RS01 unit=376 period=2017-02-07 before=139 value=-47", "2208b RS01"},
    {"S measure=RS01 unit=376 period=2017-02-07 after=92 value=-47", "2208b RS01"},
    {"S measure=RS01 unit=376 period=2017-02-07 before=139", "2208b RS01"},
    {"S measure=RS01 unit=376 period=2017-02-07 before=-1 after=0", "2206 RS01 -1 0 9999999"},
    {"S measure=RS01 unit=376 period=2017-02-07 before=0 after=10000000", "2206 RS01 10000000 0 9999999"},
    {"S measure=RS01 unit=376 period=2017-02-07 before=9223372036854775807 after=-9223372036854775808",
     "2206 RS01 9223372036854775807 0 9999999"},

    // V24
    {"S measure=EV04 unit=376 period=2018 value=364 of=1000", ""},
    {"S measure=EV04 unit=376 period=2018 value=364", ""},
    {"S measure=EV04 unit=376 period=2018 value=364 of=100", "2224 EV04"},
    {"S measure=EV04 unit=376 period=2018 value=0", ""},
    {"S measure=EV04 unit=376 period=2018 value=-1", "2224 EV04"},
    {"S measure=EV04 unit=376 period=2018 value=1000", ""},
    {"S measure=EV04 unit=376 period=2018 value=1001", "2224 EV04"},

    // A withdrawal needs its key; all the rest is ignored.
    {"S op=2 measure=RS01 unit=376 period=2017-02-07 before=1 qualifier=9 decimals=4", ""},
    {"S op=2 measure=CH01 unit=376 period=2017-02-07", "2228 CH01  base"},
    {"S op=2 measure=ST01 unit=999 period=2017-02-07", "2203a 999"},
    {"S op=2 measure=ST01 unit=376 period=2017-02-07 note=a\xff", "2201 note 512"},
};
// clang-format on

static void each_rule_speaks_at_its_bound_and_not_before(void **state)
{
    (void)state;
    judging_rows(vn, ROWS, TH_COUNT(ROWS));
}

static void a_change_is_completed_from_its_levels(void **state)
{
    (void)state;
    assert_string_equal(
        judging_says(vn, "S measure=RS01 unit=376 period=2022-09-14 before=139 after=92"), "");

    assert_true(vn->judged.has_value);
    assert_true(vn->judged.has_before);
    assert_int_equal(vn->judged.value, -47);
    assert_int_equal(vn->judged.qualifier, TH_QUALIFIER_EXACT);
}

static void a_share_is_completed_to_thousandths(void **state)
{
    (void)state;
    assert_string_equal(judging_says(vn, "S measure=EV04 unit=376 period=2018 value=364"), "");

    assert_true(vn->judged.has_of);
    assert_int_equal(vn->judged.of, 1000);
}

static void the_unit_is_resolved_for_the_period(void **state)
{
    (void)state;
    const th_day last = th_day_of((struct th_date){2025, 6, 30});
    assert_string_equal(
        judging_says(vn, "S measure=MV01 unit=14623@2025-06-30 period=2025 value=1"), "");
    assert_int_equal(vn->judged.day, last);
    assert_int_equal(vn->judged.uid, th_register_find(vn->reg, TH_BYTES("14623"), last));
}

static void dims_are_put_in_order(void **state)
{
    (void)state;
    assert_string_equal(
        judging_says(
            vn, "S measure=ST11 unit=376 period=2022-09-14 dims=sex=female;age_band=young value=1"),
        "");
    assert_string_equal(vn->judged.dims, "age_band=young;sex=female");
}

static void not_applicable_carries_no_numbers(void **state)
{
    (void)state;
    assert_string_equal(
        judging_says(vn, "S measure=CP05 unit=376 period=2022-09-14 na=1 qualifier=exact"), "");

    assert_false(vn->judged.has_value);
    assert_int_equal(vn->judged.qualifier, TH_QUALIFIER_NONE);
}

static void kinds_of_later_versions_are_refused(void **state)
{
    (void)state;
    static const enum th_kind KINDS[] = {TH_KIND_NONE, TH_KIND_COMPLETION, TH_KIND_DESK};
    for (size_t i = 0; i < TH_COUNT(KINDS); i++) {
        const struct th_update update = {.kind = KINDS[i], .op = TH_OP_SET, .revision = 1};
        EXPECT(
            TH_E_REFUSED,
            th_rules_judge(&vn->rules, &vn->grant, vn->today, &update, &vn->judged, &vn->verdict));
        assert_int_equal(vn->verdict.code, TH_V_KIND);
    }
}

static void the_field_of_a_verdict_is_the_column_of_the_file(void **state)
{
    (void)state;
    (void)judging_says(vn, "S measure=ST01 unit=999 period=2017-02-07 value=1");
    assert_string_equal(vn->verdict.field, "unit_code");
    (void)judging_says(vn, "S measure=RS01 unit=376 period=2017-02-07 before=1 value=2");
    assert_string_equal(vn->verdict.field, "after");
}

// ---- other catalogues ----

static void the_default_scheme_is_left_out_of_dims(void **state)
{
    (void)state;
    struct judging *open = judging_start(catalogue_open());

    assert_string_equal(
        judging_says(open,
                     "S measure=EV07 unit=376 period=2018 dims=scheme=PLAIN;rating=4 value=1"),
        "");
    assert_string_equal(open->judged.dims, "rating=4");
    assert_string_equal(
        judging_says(
            open,
            "S measure=EV07 unit=376 period=2018 dims=rating=4;category=a;scheme=PLAIN2 value=1"),
        "");
    assert_string_equal(open->judged.dims, "category=a;rating=4;scheme=PLAIN2");
    judging_end(open);
}

// clang-format off
static const struct judging_row OPEN_ROWS[] = {
    {"S measure=money.sum unit=376 period=2018 value=9223372036854775807", ""},
    {"S measure=money.sum unit=376 period=2018 value=-9223372036854775807", ""},
    {"S measure=money.sum unit=376 period=2018 value=-9223372036854775808",
     "2206 money.sum -9223372036854775808 -9223372036854775807 9223372036854775807"},
    {"S measure=money.sum unit=376 period=2018Q3 value=1 qualifier=over", ""},
    {"S measure=money.sum unit=376 period=..2020 value=1",
     "2205 ..2020 day, month, quarter, half, year, range, term, term_to_date"},
    {"S measure=money.sum unit=376 period=2018 value=1 decimals=1", "2234 money.sum 1 0"},
    {"S measure=money.sum unit=376 period=2018 value=1 dims=a=b", "2228 money.sum a=b a=b"},
    {"S measure=money.sum unit=376 period=2018 value=1 of=2", "2236 of"},
    {"S measure=money.sum unit=14623 period=2025 value=1", ""}, // the unit that lives last is meant
    {"S measure=EV07 unit=376 period=2018 dims=category=annual;rating=not-evaluated value=3", ""},
    {"S measure=EV07 unit=376 period=2018 dims=category=annual value=3", "2228 EV07 category=annual rating"},
};
// clang-format on

static void the_open_catalogue_takes_any_figure_within_64_bits(void **state)
{
    (void)state;
    struct judging *open = judging_start(catalogue_open());
    judging_rows(open, OPEN_ROWS, TH_COUNT(OPEN_ROWS));
    judging_end(open);
}

static void bounds_are_scaled_with_the_decimals(void **state)
{
    (void)state;
    static const struct judging_row ROWS_OF_FTE[] = {
        {"S measure=all.fte unit=376 period=2018 value=1000000000000000 decimals=9", ""},
        {"S measure=all.fte unit=376 period=2018 value=1000000000000001 decimals=9",
         "2206 all.fte 1000000.000000001 -1000000 1000000"},
        {"S measure=all.fte unit=376 period=2018 value=-1000000000000000 decimals=9", ""},
        {"S measure=all.fte unit=376 period=2018 value=-1000000000000001 decimals=9",
         "2206 all.fte -1000000.000000001 -1000000 1000000"},
        {"S measure=all.fte unit=376 period=2018 value=1 decimals=2", "2234 all.fte 2 9"},
        {"S measure=all.sum unit=376 period=2018 value=9223372036854775807 decimals=1", ""},
    };
    struct judging *decimals = judging_start(catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue:\n  code: t\n  version: 1\n  languages: [en]\n"
                    "  open_measures: [{pattern: \"[a-z-]+[.]fte\", decimals: 9, min: -1000000,\n"
                    "                   max: 1000000}, {pattern: \".*\", decimals: 1}]\n",
    }));
    judging_rows(decimals, ROWS_OF_FTE, TH_COUNT(ROWS_OF_FTE));
    judging_end(decimals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks_at_its_bound_and_not_before),
        cmocka_unit_test(a_change_is_completed_from_its_levels),
        cmocka_unit_test(a_share_is_completed_to_thousandths),
        cmocka_unit_test(the_unit_is_resolved_for_the_period),
        cmocka_unit_test(dims_are_put_in_order),
        cmocka_unit_test(not_applicable_carries_no_numbers),
        cmocka_unit_test(kinds_of_later_versions_are_refused),
        cmocka_unit_test(the_field_of_a_verdict_is_the_column_of_the_file),
        cmocka_unit_test(the_default_scheme_is_left_out_of_dims),
        cmocka_unit_test(the_open_catalogue_takes_any_figure_within_64_bits),
        cmocka_unit_test(bounds_are_scaled_with_the_decimals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
