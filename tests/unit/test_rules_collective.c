// test_rules_collective.c - V01, V05, V09, V10, V29, V36, V37 of a collective's rating

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
#define QD132 "C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=cell "
#define QD366 "C scheme=QD366 unit=14630 period=2025Q4 collective=cb-1 kind=party_org "
#define P65  "12345678901234567890123456789012345678901234567890123456789012345"
static const struct judging_row ROWS[] = {
    {QD132 "rating=4", ""},
    {QD132 "rating=0", ""},

    // V01
    {"C scheme=QD132 unit=376 period=2018 collective=Chi~bộ~1 kind=cell rating=4", ""},
    {"C scheme=QD132 unit=376 period=2018 collective=a\tb kind=cell rating=4", "2201 collective_id 64"},
    {"C scheme=QD132 unit=376 period=2018 collective=" P65 " kind=cell rating=4", "2201 collective_id 64"},
    {"C scheme=QD132 unit=376 period=2018 kind=cell rating=4", "2201 collective_id 64"},
    {"C scheme=QD~132 unit=376 period=2018 collective=cb-1 kind=cell rating=4", "2201 scheme 32"},

    // V05, V03, V04
    {"C scheme=QD132 unit=376 period=2018-13 collective=cb-1 kind=cell rating=4",
     "2205 2018-13 day, month, quarter, half, year, range, term, term_to_date"},
    {"C scheme=QD132 unit=999 period=2018 collective=cb-1 kind=cell rating=4", "2203a 999"},
    {"C scheme=QD132 unit=380 period=2018 collective=cb-1 kind=cell rating=4", "2204 7 380"},

    // V29: the scheme must list collectives
    {"C scheme=ND56 unit=376 period=2018 collective=cb-1 kind=cell rating=4",
     "2229 ND56 collective 2018 QD132"},
    {"C scheme=QD132 unit=376 period=2018-07 collective=cb-1 kind=cell rating=4",
     "2229 QD132 collective 2018-07 "},
    {"C unit=376 period=2018 collective=cb-1 kind=cell rating=4", ""},
    {"C unit=376 period=2021 collective=cb-1 kind=cell rating=4", "2229  collective 2021 QD132, HG-2372"},
    {"C scheme=PLAIN unit=376 period=2018-07 collective=cb-1 kind=cell rating=9", ""},

    // V36: the kinds
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=party_org rating=4", ""},
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=government rating=4", ""},
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=agency rating=4", ""},
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=front rating=4", ""},
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=mass_org rating=4", ""},
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=Cell rating=4", "2236 kind"},
    {"C scheme=QD132 unit=376 period=2018 collective=cb-1 rating=4", "2236 kind"},
    {QD132 "rating=4 reason=6", "2236 reason"},
    {QD132 "rating=4 op=3", "2236 op"},

    // V37, V09, V10
    {QD132 "", "2237"},
    {QD132 "score=1 rating=4", "2209a 0.01 0 QD132"},
    {QD366 "score=10000 rating=4", ""},
    {QD366 "score=10001 rating=4", "2209a 100.01 100 QD366"},
    {QD366 "score=8999 rating=4", "2210a 89.99 3 4"},
    {QD366 "score=9000 rating=3", "2210b 3 4"},
    {QD366 "score=9000 rating=3 reason=3", ""},
    {QD366 "rating=5", "2210c QD366 5"},

    // A withdrawal needs its key.
    {"C op=2 scheme=QD132 unit=376 period=2018 collective=cb-1", ""},
    {"C op=2 scheme=QD132 unit=376 period=2018", "2201 collective_id 64"},
};
// clang-format on

static void each_rule_speaks_at_its_bound_and_not_before(void **state)
{
    (void)state;
    judging_rows(vn, ROWS, TH_COUNT(ROWS));
}

static void a_collective_belongs_to_one_unit_whatever_the_scheme_says_of_persons(void **state)
{
    (void)state;
    uint8_t hash[16];
    const struct th_bytes id = TH_BYTES("cb-1");
    th_hash128(hash, (struct th_bytes){0}, &id, 1);
    vn->rules.person_scope = TH_SCOPE_UNIT;

    assert_string_equal(judging_says(vn, QD366 "score=9000 rating=4"), "");

    assert_false(vn->judged.person_scope_unit);
    assert_int_equal(vn->judged.collective_kind, TH_COLLECTIVE_PARTY_ORG);
    assert_true(th_bytes_equal(vn->judged.category, TH_BYTES("collective")));
    assert_memory_equal(vn->judged.person, hash, sizeof(hash));
    vn->rules.person_scope = TH_SCOPE_AS_SCHEME;
}

static void an_identity_number_is_a_person_s_only(void **state)
{
    (void)state;
    vn->rules.hashed_here = false;
    assert_string_equal(judging_says(vn, QD132 "rating=4"), ""); // an id is never hashed
    vn->rules.hashed_here = true;
}

static void each_kind_has_one_word(void **state)
{
    (void)state;
    uint32_t kind = TH_COLLECTIVE_NONE;
    for (uint32_t i = TH_COLLECTIVE_PARTY_ORG; i <= TH_COLLECTIVE_MASS_ORG; i++) {
        assert_true(th_collective_kind_parse(th_bytes_of(th_collective_kind_word(i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(th_collective_kind_parse(TH_BYTES(""), &kind));
    assert_string_equal(th_collective_kind_word(TH_COLLECTIVE_MASS_ORG + 1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks_at_its_bound_and_not_before),
        cmocka_unit_test(a_collective_belongs_to_one_unit_whatever_the_scheme_says_of_persons),
        cmocka_unit_test(an_identity_number_is_a_person_s_only),
        cmocka_unit_test(each_kind_has_one_word),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
