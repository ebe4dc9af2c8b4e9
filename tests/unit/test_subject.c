// test_subject.c - which updates of a node are statements about the same thing

#include <string.h>

#include "tonghop/subject.h"

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

struct kept {
    uint8_t bytes[TH_SUBJECT_MAX];
    size_t size;
};

static struct kept key_of(const char *line)
{
    struct kept kept;
    assert_string_equal(judging_says(vn, line), "");
    kept.size = th_subject(&vn->judged, kept.bytes).size;
    return kept;
}

static bool equal(const struct kept *a, const struct kept *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

// The first line's key is the second's, and not the third's or any later one's.
static void check(const char *const *lines, size_t count)
{
    const struct kept first = key_of(lines[0]);
    for (size_t i = 1; i < count; i++) {
        const struct kept other = key_of(lines[i]);
        if (equal(&first, &other) != (i == 1)) {
            fail_msg("%s", lines[i]);
        }
    }
}

static void a_rating_is_of_scheme_period_category_and_person(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "E scheme=KS-01 unit=376 period=2018 category=cadre person=p1 rating=4",
        "E scheme=KS-01 unit=377 period=2018 category=cadre person=p1 rating=3",
        "E scheme=KS-01 unit=376 period=2019 category=cadre person=p1 rating=4",
        "E scheme=KS-01 unit=376 period=2018 category=cadre person=p2 rating=4",
        "E scheme=QD132 unit=376 period=2018 category=cadre person=p1 rating=4",
        "E scheme=PLAIN unit=376 period=2018 category=cadre person=p1 rating=4",
    };
    check(LINES, TH_COUNT(LINES));
}

static void a_collective_s_rating_is_of_scheme_period_and_collective(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "C scheme=QD132 unit=376 period=2018 collective=cb-1 kind=cell rating=4",
        "C scheme=QD132 unit=377 period=2018 collective=cb-1 kind=agency rating=3",
        "C scheme=QD132 unit=376 period=2019 collective=cb-1 kind=cell rating=4",
        "C scheme=QD132 unit=376 period=2018 collective=cb-2 kind=cell rating=4",
        "C scheme=PLAIN unit=376 period=2018 collective=cb-1 kind=cell rating=4",
    };
    check(LINES, TH_COUNT(LINES));
}

static void a_transfer_is_of_scheme_person_and_day(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "T scheme=HN-3814 person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0",
        "T scheme=HN-3814 person=p1 effective=2019-05-01 from=377 op=2",
        "T scheme=HN-3814 person=p1 year=2019 effective=2019-05-02 from=376 to=377 sum=0 months=0",
        "T scheme=HN-3814 person=p2 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0",
        "T scheme=ND56 person=p1 year=2019 effective=2019-05-01 from=376 to=377 sum=0 months=0",
    };
    check(LINES, TH_COUNT(LINES));
}

static void a_report_is_of_form_unit_and_period(void **state)
{
    (void)state;
    struct th_update update = {.kind = TH_KIND_COMPLETION,
                               .completion = {.form = TH_BYTES("bien-che")}};
    struct th_judged judged = {.update = &update, .uid = 3};
    uint8_t first[TH_SUBJECT_MAX];
    uint8_t other[TH_SUBJECT_MAX];
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2018-12-31"), &judged.period));

    const struct th_bytes key = th_subject(&judged, first);
    update.completion.line_count = 7; // what it says is not what it is about
    assert_true(th_bytes_equal(key, th_subject(&judged, other)));
    judged.uid = 4;
    assert_false(th_bytes_equal(key, th_subject(&judged, other)));
    judged.uid = 3;
    update.completion.form = TH_BYTES("sap-xep");
    assert_false(th_bytes_equal(key, th_subject(&judged, other)));
}

static void acts_of_the_desk_are_told_apart_by_what_they_are_about(void **state)
{
    (void)state;
    uint8_t digest[32] = {1};
    const struct th_desk_act acts[] = {
        {.act = TH_ACT_DESK_UNIT, .code = TH_BYTES("376"), .valid_from = TH_BYTES("2020-01-01")},
        {.act = TH_ACT_DESK_UNIT, .code = TH_BYTES("376"), .valid_from = TH_BYTES("2021-01-01")},
        {.act = TH_ACT_DESK_SUCCESSOR, .code = TH_BYTES("376"), .new_code = TH_BYTES("377")},
        {.act = TH_ACT_DESK_SHARE, .code = TH_BYTES("376"), .new_code = TH_BYTES("377")},
        {.act = TH_ACT_DESK_REOPEN, .form = TH_BYTES("bien-che")},
        {.act = TH_ACT_DESK_DECISION, .form = TH_BYTES("bien-che")},
        {.act = TH_ACT_DESK_REVOCATION, .node = {.has = true, .value = 7}},
        {.act = TH_ACT_DESK_REVOCATION, .node = {.has = true, .value = 8}},
        {.act = TH_ACT_DESK_REGISTER, .digest = {.data = digest, .size = sizeof(digest)}},
    };
    struct kept keys[TH_COUNT(acts)];
    for (size_t i = 0; i < TH_COUNT(acts); i++) {
        const struct th_update update = {.kind = TH_KIND_DESK, .desk = acts[i]};
        struct th_judged judged = {.update = &update, .uid = 3};
        EXPECT(TH_OK, th_period_parse(TH_BYTES("2018"), &judged.period));
        keys[i].size = th_subject(&judged, keys[i].bytes).size;
        for (size_t k = 0; k < i; k++) {
            assert_false(equal(&keys[i], &keys[k]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rating_is_of_scheme_period_category_and_person),
        cmocka_unit_test(a_collective_s_rating_is_of_scheme_period_and_collective),
        cmocka_unit_test(a_transfer_is_of_scheme_person_and_day),
        cmocka_unit_test(a_report_is_of_form_unit_and_period),
        cmocka_unit_test(acts_of_the_desk_are_told_apart_by_what_they_are_about),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
