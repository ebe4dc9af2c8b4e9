// test_rules_evaluation.c - V09 to V11, V29, V32, V36, V37 of one person's evaluation

#include <string.h>

#include "tonghop/hash.h"

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
#define HN   "E scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 "
#define KS   "E scheme=KS-01 unit=376 period=2018 category=cadre person=p1 "
#define ND90 "E scheme=ND90 unit=376 period=2021 category=cadre person=p1 "
#define P65  "12345678901234567890123456789012345678901234567890123456789012345"
static const struct judging_row ROWS[] = {
    // V01: the key's texts
    {"E scheme=KS-01 unit=376 period=2018 category=cadre person=p~1 rating=4", ""}, // ids are opaque
    {"E scheme=KS-01 unit=376 period=2018 category=cadre person=p\t1 rating=4", "2201 person_id 64"},
    {"E scheme=KS-01 unit=376 period=2018 category=cadre rating=4", "2201 person_id 64"},
    {"E scheme=KS-01 unit=376 period=2018 category=cadre person=" P65 " rating=4", "2201 person_id 64"},
    {"E scheme=KS-01 unit=376 period=2018 category=cán~bộ person=p1 rating=4", "2201 category 32"},
    {"E scheme=KS-01 unit=376 period=2018 person=p1 rating=4", "2201 category 32"},
    {"E scheme=KS~1 unit=376 period=2018 category=cadre person=p1 rating=4", "2201 scheme 32"},
    {KS "rating=4 managed_by=Ban~Thường~vụ", ""},
    {KS "rating=4 managed_by=a\tb", "2201 managed_by 32"},
    {KS "rating=4 job_group=123456789012345678901234567890123", "2201 job_group 32"},
    {KS "rating=4 derived_from=" P65, "2201 derived_from 64"},

    // V05
    {"E scheme=KS-01 unit=376 period=2018-7 category=cadre person=p1 rating=4",
     "2205 2018-7 day, month, quarter, half, year, range, term, term_to_date"},
    {"E scheme=KS-01 unit=376 period=..2018 category=cadre person=p1 rating=4",
     "2205 ..2018 day, month, quarter, half, year, range, term, term_to_date"},

    // V29: unknown, not in force, wrong period type or category, none or several inferred
    {"E scheme=ND1 unit=376 period=2018 category=civil_servant person=p1 rating=4",
     "2229 ND1 civil_servant 2018 ND56"},
    {"E scheme=HN-3814 unit=376 period=2018-06 category=cadre person=p1 rating=4",
     "2229 HN-3814 cadre 2018-06 "},
    {"E scheme=HN-3814 unit=376 period=2018 category=cadre person=p1 rating=4",
     "2229 HN-3814 cadre 2018 ND56, QD132, KS-01"},
    {"E scheme=KS-01 unit=376 period=2018 category=civil_servant person=p1 rating=4",
     "2229 KS-01 civil_servant 2018 ND56"},
    {"E scheme=QD132 unit=376 period=2018 category=collective person=p1 rating=4",
     "2229 QD132 collective 2018 "}, // nobody is a collective, under any scheme
    {"E scheme=PLAIN unit=376 period=2018 category=collective person=p1 rating=4",
     "2229 PLAIN collective 2018 "},
    {"E unit=376 period=2018 category=cadre person=p1 rating=4", "2229  cadre 2018 ND56, QD132, KS-01"},
    {"E unit=376 period=2018 category=contract_worker person=p1 rating=4", "2229  contract_worker 2018 "},
    {"E unit=376 period=2018 category=civil_servant person=p1 rating=4", ""},
    {"E unit=376 period=2018-07 category=cadre person=p1 score=9500 rating=4", ""},
    {"E scheme=PLAIN unit=376 period=2018Q3 category=anyone person=p1 rating=9", ""},

    // V36
    {KS "rating=4 reason=5", ""},
    {KS "rating=4 reason=6", "2236 reason"},
    {KS "rating=4 leader=1", ""},
    {KS "rating=4 leader=2", "2236 leader"},
    {KS "rating=4 bonus=1", "2236 score_bonus"},

    // V37: rating 0 written out is an answer
    {KS "", "2237"},
    {KS "rating=0", ""},
    {KS "score=8750", ""},
    {KS "months=11", "2237"},

    // V09
    {HN "score=10000 rating=4", ""},
    {HN "score=10001 rating=4", "2209a 100.01 100 HN-3814"},
    {HN "score=-1 rating=1", "2209a -0.01 100 HN-3814"},
    {HN "score=0 rating=1", ""},
    {ND90 "score=0 rating=4", "2209a 0 0 ND90"}, // by criteria: a score is refused
    {ND90 "rating=4", ""},
    {HN "score=9500 rating=4 common=2000 result=7000 bonus=500", ""},
    {HN "score=9500 rating=4 common=2000 result=7000 bonus=501", "2209b 95.01 95"},
    {HN "score=9500 rating=4 common=2001", "2209a 20.01 20 HN-3814"},
    {HN "score=9500 rating=4 bonus=1000", ""}, // not all parts are given
    {HN "score=9500 rating=4 bonus=-1", "2209a -0.01 10 HN-3814"},
    {"E scheme=ND335 unit=14630 period=2026-01 category=civil_servant person=p1 score=9000 rating=4 common=3000 result=6000", ""},
    {"E scheme=ND335 unit=14630 period=2026-01 category=civil_servant person=p1 score=9000 rating=4 common=3000 result=5999",
     "2209b 89.99 90"},
    {"E scheme=ND335 unit=14630 period=2026-01 category=civil_servant person=p1 score=9000 rating=4 bonus=1", "2236 score_bonus"},

    // V10: the bands of HN-3814 on both sides
    {HN "score=9000 rating=4", ""},
    {HN "score=8999 rating=4", "2210a 89.99 B A"},
    {HN "score=8999 rating=3", ""},
    {HN "score=7000 rating=3", ""},
    {HN "score=6999 rating=3", "2210a 69.99 C B"},
    {HN "score=5000 rating=2", ""},
    {HN "score=4999 rating=2", "2210a 49.99 D C"},
    {HN "score=4999 rating=1", ""},
    {HN "score=9500 rating=3", "2210b B A"},
    {HN "score=9500 rating=3 reason=cap", ""},
    {HN "score=9500 rating=1 reason=discipline", ""},
    {HN "score=9500 rating=0", ""}, // not rated is no level
    {HN "score=9500", ""},
    {HN "score=9500 rating=5", "2210c HN-3814 5"},
    {HN "score=9500 rating=-1", "2210c HN-3814 -1"},
    {HN "score=9500 rating=4294967300", "2210c HN-3814 4294967300"},
    {KS "score=1000 rating=4", ""}, // no bands are stated
    {"E scheme=ND335 unit=14630 period=2026-01 category=civil_servant person=p1 score=8999 rating=4",
     "2210a 89.99 3 4"},
    {"E scheme=PLAIN unit=376 period=2018 category=cadre person=p1 rating=10", "2210c PLAIN 10"},

    // V11
    {KS "rating=4 months=0", "2211"},
    {KS "rating=4 months=1", ""},
    {KS "rating=4 months=12", ""},
    {KS "rating=4 months=13", "2211"},

    // V03, V04
    {"E scheme=KS-01 unit=378 period=2018 category=cadre person=p1 rating=4", "2203a 378"},
    {"E scheme=KS-01 unit=380 period=2018 category=cadre person=p1 rating=4", "2204 7 380"},

    // A withdrawal needs its key; all the rest is ignored.
    {"E op=2 scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 score=99999 reason=77 months=99", ""},
    {"E op=2 scheme=HN-3814 unit=376 period=2018 category=cadre person=p1",
     "2229 HN-3814 cadre 2018 ND56, QD132, KS-01"},
};
// clang-format on

static void each_rule_speaks_at_its_bound_and_not_before(void **state)
{
    (void)state;
    judging_rows(vn, ROWS, TH_COUNT(ROWS));
}

static void a_level_below_the_band_is_marked_when_it_has_a_reason(void **state)
{
    (void)state;
    assert_string_equal(judging_says(vn, HN "score=9500 rating=3 reason=cap"), "");
    assert_true(vn->judged.below_band);
    assert_int_equal(vn->judged.band->rating, 4);

    assert_string_equal(judging_says(vn, HN "score=9500 rating=4 reason=cap"), "");
    assert_false(vn->judged.below_band);

    assert_string_equal(judging_says(vn, HN "rating=3"), "");
    assert_null(vn->judged.band);
}

static void the_person_is_kept_as_its_hash(void **state)
{
    (void)state;
    uint8_t hash[16];
    const struct th_bytes person = TH_BYTES("p1");
    th_hash128(hash, (struct th_bytes){0}, &person, 1);

    assert_string_equal(judging_says(vn, KS "rating=4"), "");

    assert_memory_equal(vn->judged.person, hash, sizeof(hash));
    assert_string_equal(judging_says(vn,
                                     "E op=2 scheme=KS-01 unit=376 period=2018 category=cadre "
                                     "person=p1"),
                        "");
    assert_memory_equal(vn->judged.person, hash, sizeof(hash));
    assert_true(vn->judged.withdraw);
}

static void the_scope_of_persons_may_be_set_for_the_province(void **state)
{
    (void)state;
    assert_string_equal(judging_says(vn, KS "rating=4"), "");
    assert_false(vn->judged.person_scope_unit);

    vn->rules.person_scope = TH_SCOPE_UNIT;
    assert_string_equal(judging_says(vn, KS "rating=4"), "");
    assert_true(vn->judged.person_scope_unit);

    vn->rules.person_scope = TH_SCOPE_PROVINCE;
    assert_string_equal(
        judging_says(vn, "E scheme=PLAIN unit=376 period=2018 category=a person=p1 rating=4"), "");
    assert_false(vn->judged.person_scope_unit);

    vn->rules.person_scope = TH_SCOPE_AS_SCHEME;
    assert_string_equal(
        judging_says(vn, "E scheme=PLAIN unit=376 period=2018 category=a person=p1 rating=4"), "");
    assert_true(vn->judged.person_scope_unit);
}

// ---- V32 ----

#define OPEN "E unit=376 period=2018 category=annual rating=4 person="

static void
person_rows(const char *person_ids, bool hashed_here, const struct judging_row *rows, size_t count)
{
    char settings[256];
    (void)snprintf(settings,
                   sizeof(settings),
                   "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN,\n"
                   "            person_ids: %s}\n",
                   person_ids);
    struct judging *judging =
        judging_start(catalogue_of(&(struct catalogue_texts){.settings = settings}));
    judging->rules.hashed_here = hashed_here;
    judging_rows(judging, rows, count);
    judging_end(judging);
}

static void national_ids_are_refused_where_the_catalogue_says_so(void **state)
{
    (void)state;
    static const struct judging_row PLAIN_IDS[] = {
        {OPEN "037123456789", ""},
        {OPEN "p1", ""},
    };
    static const struct judging_row NATIONAL[] = {
        {OPEN "037123456789", "2232"},
        {OPEN "164123456", "2232"},
        {OPEN "1641234567", ""},
        {OPEN "12345678", ""},
        {OPEN "03712345678a", ""},
    };
    static const struct judging_row PSEUDONYMS[] = {
        {OPEN "0123456789abcdef0123456789abcdef", ""},
        {OPEN "0123456789ABCDEF0123456789abcdef", "2232"},
        {OPEN "0123456789abcdef0123456789abcde", "2232"},
        {OPEN "0123456789abcdef0123456789abcdef0", "2232"},
        {OPEN "p1", "2232"},
        {"E op=2 unit=376 period=2018 category=annual person=p1", "2232"},
    };
    person_rows("as_is", false, PLAIN_IDS, TH_COUNT(PLAIN_IDS));
    person_rows("refuse_national", false, NATIONAL, TH_COUNT(NATIONAL));
    person_rows("hashed", false, PSEUDONYMS, TH_COUNT(PSEUDONYMS)); // the worker
    person_rows("hashed", true, PLAIN_IDS, TH_COUNT(PLAIN_IDS));    // the node, which will hash
}

static void pseudonyms_depend_on_key_unit_and_person(void **state)
{
    (void)state;
    const struct th_bytes key = TH_BYTES("0123456789abcdef0123456789abcdef");
    const struct th_bytes other_key = TH_BYTES("0123456789abcdef0123456789abcdeF");
    const struct th_bytes none = {0};
    char names[5][33];

    th_person_pseudonym(key, none, TH_BYTES("p1"), names[0]);
    th_person_pseudonym(key, TH_BYTES("376"), TH_BYTES("p1"), names[1]);
    th_person_pseudonym(key, TH_BYTES("377"), TH_BYTES("p1"), names[2]);
    th_person_pseudonym(key, none, TH_BYTES("p2"), names[3]);
    th_person_pseudonym(other_key, none, TH_BYTES("p1"), names[4]);

    for (size_t i = 0; i < TH_COUNT(names); i++) {
        assert_int_equal(strspn(names[i], "0123456789abcdef"), 32);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(names[i], names[k]);
        }
    }
    char again[33];
    th_person_pseudonym(key, TH_BYTES("376"), TH_BYTES("p1"), again);
    assert_string_equal(again, names[1]);
}

static void the_open_catalogue_rates_under_plain(void **state)
{
    (void)state;
    static const struct judging_row ROWS_OF_OPEN[] = {
        {"E unit=376 period=2014 category=annual person=p000001 rating=4", ""},
        {"E unit=376 period=2014 category=annual person=p000001 score=10000 rating=1", ""},
        {"E unit=376 period=2014 category=annual person=p000001 score=10001 rating=1",
         "2209a 100.01 100 PLAIN"},
        {"E scheme=ND90 unit=376 period=2014 category=annual person=p000001 rating=1",
         "2229 ND90 annual 2014 "},
    };
    struct judging *open = judging_start(catalogue_open());
    judging_rows(open, ROWS_OF_OPEN, TH_COUNT(ROWS_OF_OPEN));
    judging_end(open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks_at_its_bound_and_not_before),
        cmocka_unit_test(a_level_below_the_band_is_marked_when_it_has_a_reason),
        cmocka_unit_test(the_person_is_kept_as_its_hash),
        cmocka_unit_test(the_scope_of_persons_may_be_set_for_the_province),
        cmocka_unit_test(national_ids_are_refused_where_the_catalogue_says_so),
        cmocka_unit_test(pseudonyms_depend_on_key_unit_and_person),
        cmocka_unit_test(the_open_catalogue_rates_under_plain),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
