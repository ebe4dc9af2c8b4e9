// test_catalogue_computed.c - indicators, targets, sums of measures and caps of a catalogue

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/test.h"

static struct th_catalogue *vn;

static int setup(void **state)
{
    EXPECT(TH_OK, th_hash_start());
    vn = catalogue_vn();
    *state = vn;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_catalogue_free(&vn);
    return 0;
}

static void assert_text(struct th_bytes text, const char *wanted)
{
    char copy[256];
    assert_string_equal(th_bytes_copy_text(text, copy, sizeof(copy)), wanted);
}

static const struct th_indicator *indicator(const struct th_catalogue *catalogue, const char *code)
{
    for (size_t i = 0; i < th_catalogue_indicator_count(catalogue); i++) {
        const struct th_indicator *found = th_catalogue_indicator_at(catalogue, i);
        if (th_bytes_equal(found->code, th_bytes_of(code))) {
            return found;
        }
    }
    fail_msg("no indicator %s", code);
    return NULL;
}

static struct th_measure measure(const struct th_catalogue *catalogue, const char *code)
{
    struct th_measure found;
    EXPECT(TH_OK, th_catalogue_measure(catalogue, th_bytes_of(code), &found));
    return found;
}

// ---- indicators ----

static void the_installed_catalogue_has_17_indicators(void **state)
{
    (void)state;
    char code[TH_INDICATOR_CODE_MAX + 1];
    assert_int_equal(th_catalogue_indicator_count(vn), 17);
    for (unsigned i = 1; i <= 17; i++) {
        (void)snprintf(code, sizeof(code), "I%02u", i);
        (void)indicator(vn, code);
    }
    assert_int_equal(indicator(vn, "I01")->num_count, 2);
    assert_int_equal(indicator(vn, "I01")->den_count, 8);
    assert_int_equal(indicator(vn, "I01")->scale, 1000);
    assert_int_equal(indicator(vn, "I05")->kind, TH_INDICATOR_CAP_ROOM);
    assert_text(indicator(vn, "I09")->den_level, "commune");
    assert_int_equal(indicator(vn, "I09")->scale, 100);
    assert_true(indicator(vn, "I03")->low_is_best);
    assert_int_equal(indicator(vn, "I16")->den_count, 0);
}

static void an_operand_is_taken_apart_and_its_dims_sorted(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en]}\n",
        .measures = "dims: [{code: a, en: a, type: code}, {code: b, en: b, type: year}]\n"
                    "measures:\n"
                    "  - {code: A.of, en: a, shape: change, dims: [{code: b}, {code: a}]}\n",
        .indicators = "indicators:\n"
                      "  - {code: I, en: i, num: [A.of.of, \"-A.of{b=2011;a=*}.before\"],\n"
                      "     den: [\"A.of{b=*}\"]}\n",
    });
    const struct th_indicator *i = indicator(catalogue, "I");

    assert_text(i->num[0].measure, "A.of");
    assert_int_equal(i->num[0].part, TH_PART_OF);
    assert_false(i->num[0].minus);
    assert_text(i->num[0].dims, "");
    assert_text(i->num[1].measure, "A.of");
    assert_int_equal(i->num[1].part, TH_PART_BEFORE);
    assert_true(i->num[1].minus);
    assert_text(i->num[1].dims, "a=*;b=2011");
    assert_text(i->den[0].dims, "b=*");
    assert_int_equal(i->den[0].part, TH_PART_VALUE);
    th_catalogue_free(&catalogue);
}

static void an_indicator_is_over_the_measures_that_have_its_parts(void **state)
{
    (void)state;
    const struct th_measure rs01 = measure(vn, "RS01");
    const struct th_measure rs14 = measure(vn, "RS14"); // a stock
    const struct th_measure ch02 = measure(vn, "CH02");
    const struct th_measure ch03 = measure(vn, "CH03"); // a flow
    const struct th_measure cp05 = measure(vn, "CP05");
    const struct th_measure cp06 = measure(vn, "CP06"); // a stock
    const struct th_measure pl06 = measure(vn, "PL06");

    assert_true(th_indicator_is_over(indicator(vn, "I10"), &rs01));
    assert_false(th_indicator_is_over(indicator(vn, "I10"), &rs14));
    assert_true(th_indicator_is_over(indicator(vn, "I10"), &ch02));
    assert_false(th_indicator_is_over(indicator(vn, "I10"), &ch03));
    assert_false(th_indicator_is_over(indicator(vn, "I10"), &cp05));
    assert_true(th_indicator_is_over(indicator(vn, "I12"), &cp05));
    assert_false(th_indicator_is_over(indicator(vn, "I12"), &cp06));
    assert_true(th_indicator_is_over(indicator(vn, "I12"), &pl06));
    assert_false(th_indicator_is_over(indicator(vn, "I01"), &cp05));
}

// ---- targets, sums ----

static void targets_name_what_counts_towards_them(void **state)
{
    (void)state;
    assert_int_equal(th_catalogue_target_count(vn), 4);
    assert_text(th_catalogue_target_at(vn, 0)->measure, "TG01");
    assert_false(th_catalogue_target_at(vn, 0)->per_year);
    assert_text(th_catalogue_target_at(vn, 0)->achieved, "CH03");
    assert_text(th_catalogue_target_at(vn, 0)->of, "");
    assert_text(th_catalogue_target_at(vn, 1)->of, "ST07");
    assert_true(th_catalogue_target_at(vn, 3)->per_year);
}

static void a_sum_adds_up_what_its_pattern_matches_and_is_never_reported(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue:\n"
                    "  code: t\n"
                    "  version: 1\n"
                    "  languages: [en]\n"
                    "  open_measures: [{pattern: \".*[.]fte\", decimals: 2}, {pattern: \".*\"}]\n",
        .measures = "measures:\n  - {code: rate.fte, en: r, shape: share}\n"
                    "derived:\n"
                    "  - {code: all.fte, en: all, unit: {en: posts}, sum_of: \"*.fte\"}\n"
                    "  - {code: all, en: all, sum_of: \"*\"}\n",
    });
    const struct th_measure sum = measure(catalogue, "all.fte");
    const struct th_measure police = measure(catalogue, "police.fte");
    const struct th_measure rate = measure(catalogue, "rate.fte");
    const struct th_measure other = measure(catalogue, "police.part_time");
    const struct th_measure all = measure(catalogue, "all");

    assert_int_equal(sum.shape, TH_SHAPE_DERIVED);
    assert_false(sum.open);
    assert_int_equal(sum.decimals, 2);
    assert_text(sum.unit.vi, "posts");
    assert_true(th_measure_sums(&sum, &police));
    assert_false(th_measure_sums(&sum, &rate)); // shares are never added up
    assert_false(th_measure_sums(&sum, &other));
    assert_false(th_measure_sums(&sum, &sum));
    assert_true(th_measure_sums(&all, &other));
    assert_false(th_measure_sums(&all, &sum));
    assert_false(th_measure_sums(&police, &police));
    th_catalogue_free(&catalogue);
}

static void measures_name_their_parts_and_the_level_they_count(void **state)
{
    (void)state;
    const struct th_measure st01 = measure(vn, "ST01");
    assert_int_equal(st01.part_count, 2);
    assert_text(st01.parts[1], "ST03");
    assert_text(measure(vn, "CP01").of_level, "district");
    assert_text(measure(vn, "CP02").of_level, "district");
    assert_text(measure(vn, "CP03").of_level, "district");
    assert_text(measure(vn, "CP04").of_level, "commune");
    assert_text(measure(vn, "CP05").of_level, "");
}

// ---- forms and schemes ----

static void the_first_type_a_measure_takes_is_its_base_type(void **state)
{
    (void)state;
    const struct th_measure achieved = measure(vn, "CH03");
    const struct th_measure target = measure(vn, "TG01");
    const struct th_measure training = measure(vn, "TR01");
    const struct th_measure evaluation = measure(vn, "EV01");

    assert_int_equal(th_measure_base_type(&achieved), TH_PERIOD_YEAR);
    assert_int_equal(th_measure_base_type(&target), TH_PERIOD_DEADLINE);
    assert_int_equal(th_measure_base_type(&training), TH_PERIOD_YEAR);
    assert_int_equal(th_measure_base_type(&evaluation), 0);
    assert_int_equal(training.form->period_count, 4);
    assert_int_equal(training.form->periods[3], TH_PERIOD_TERM_TO_DATE);
}

static void a_yearly_evaluation_is_due_on_the_deadline_of_its_scheme(void **state)
{
    (void)state;
    struct th_period year = {0};
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2026"), &year));
    const struct th_form *form = th_catalogue_evaluation_form(vn, year);
    const struct th_scheme *nd335 = th_catalogue_scheme(vn, TH_BYTES("ND335"));
    const struct th_scheme *plain = th_catalogue_scheme(vn, TH_BYTES("PLAIN"));

    assert_false(form->has_due);
    assert_true(form->has_close);
    assert_int_equal(nd335->deadline.month, 12);
    assert_int_equal(nd335->deadline.day, 15);
    assert_int_equal(plain->deadline.month, 0);
    assert_true(measure(vn, "ST01").form->has_due);
    assert_int_equal(th_catalogue_settings(vn)->public_release, 6 * 60);
}

// ---- caps: 11 people, 4 excellent and 7 good ----

struct allowance {
    const char *scheme;
    enum th_period_type type;
    bool outstanding;
    bool capped;
    uint64_t allowed;
};

static void a_cap_allows_its_share_rounded_down(void **state)
{
    (void)state;
    static const struct allowance ALLOWANCES[] = {
        {"ND335", TH_PERIOD_YEAR, false, true, 1},    // 20% of 7
        {"ND335", TH_PERIOD_YEAR, true, true, 1},     // no figure of its own for outstanding units
        {"ND335", TH_PERIOD_MONTH, false, false, 0},  // only years are capped
        {"HN-3814", TH_PERIOD_MONTH, false, true, 3}, // 30% of 11
        {"HN-3814", TH_PERIOD_MONTH, true, true, 4},  // 40% of 11
        {"ND48", TH_PERIOD_YEAR, false, false, 0},    // the Party's share is not known here
        {"KS-01", TH_PERIOD_YEAR, false, false, 0},
    };
    const uint64_t counts[TH_LEVELS_MAX] = {[0] = 5, [3] = 7, [4] = 4};
    for (size_t i = 0; i < TH_COUNT(ALLOWANCES); i++) {
        const struct allowance *wanted = &ALLOWANCES[i];
        const struct th_scheme *scheme = th_catalogue_scheme(vn, th_bytes_of(wanted->scheme));
        uint64_t allowed = 0;
        assert_int_equal(
            th_cap_allowed(scheme, wanted->type, wanted->outstanding, counts, &allowed),
            wanted->capped);
        assert_int_equal(allowed, wanted->allowed);
    }
    assert_true(th_catalogue_scheme(vn, TH_BYTES("ND335"))->cap.by_job_group);
    assert_false(th_catalogue_scheme(vn, TH_BYTES("HN-3814"))->cap.by_job_group);
}

static void the_base_of_a_cap_may_have_the_capped_level_in_it(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en]}\n",
        .schemes = "schemes:\n"
                   "  - {code: S, en: s, periods: [year], levels: [{rating: 9}, {rating: 5}],\n"
                   "     cap: {rating: 9, num: 1, den: 2, base: GOOD_PLUS_EXCELLENT}}\n"
                   "  - {code: T, en: s, periods: [year], levels: [{rating: 9}],\n"
                   "     cap: {rating: 9, num: 1, den: 2, base: GOOD}}\n",
    });
    const uint64_t counts[TH_LEVELS_MAX] = {[5] = 6, [8] = 100, [9] = 5};
    uint64_t allowed = 7;

    assert_true(th_cap_allowed(
        th_catalogue_scheme(catalogue, TH_BYTES("S")), TH_PERIOD_YEAR, false, counts, &allowed));
    assert_int_equal(allowed, 5); // half of 6 + 5
    assert_true(th_cap_allowed(
        th_catalogue_scheme(catalogue, TH_BYTES("T")), TH_PERIOD_YEAR, false, counts, &allowed));
    assert_int_equal(allowed, 0); // no level below
    th_catalogue_free(&catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_installed_catalogue_has_17_indicators),
        cmocka_unit_test(an_operand_is_taken_apart_and_its_dims_sorted),
        cmocka_unit_test(an_indicator_is_over_the_measures_that_have_its_parts),
        cmocka_unit_test(targets_name_what_counts_towards_them),
        cmocka_unit_test(a_sum_adds_up_what_its_pattern_matches_and_is_never_reported),
        cmocka_unit_test(measures_name_their_parts_and_the_level_they_count),
        cmocka_unit_test(the_first_type_a_measure_takes_is_its_base_type),
        cmocka_unit_test(a_yearly_evaluation_is_due_on_the_deadline_of_its_scheme),
        cmocka_unit_test(a_cap_allows_its_share_rounded_down),
        cmocka_unit_test(the_base_of_a_cap_may_have_the_capped_level_in_it),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
