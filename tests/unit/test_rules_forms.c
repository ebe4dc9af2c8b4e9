// test_rules_forms.c - V01 to V05, V28, V36, V39 of declarations and of the acts of the desk

#include <stdio.h>
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

#define AT      "form=bien-che unit=376 period=2017-02-07"
#define RATINGS "form=danh-gia-nam unit=376 period=2018"

// clang-format off
static const struct judging_row COMPLETIONS[] = {
    {"F " AT, ""},
    {"F " AT " line=ST01//1/2300 line=ST02//1/-4", ""},
    {"F " AT " line=ST01//0/0", ""},
    {"F " AT " line=ST11//1/1", "2202 ST11 2017-02-07"},          // of another form
    {"F " AT " line=XX//1/1", "2202 XX 2017-02-07"},
    {"F " AT " line=S~1//1/1", "2201 measure 80"},
    {"F " AT " line=ST02/block=administration/1/1", ""},
    {"F " AT " line=ST02/block=nowhere/1/1", "2228 ST02 block=nowhere block=nowhere"},
    {"F " AT " line=CH01//1/1", "2228 CH01  base"},                // a dimension that is required
    {"F " AT " line=ST01//-1/1", "2236 count"},
    {"F " AT " line=ST01///1", "2236 count"},
    {"F " AT " line=ST01//1/", "2236 sum"},
    {"F " AT " line=ST01//1/1 line=ST01//1/1", "2236 lines"},
    {"F " AT " line=EV01/category=cadre;scheme=ND56/1/1", "2202 EV01 2017-02-07"},
    {"F " AT " digest=0123456789abcdef", ""},
    {"F " AT " digest=0123456789abcde", "2236 digest"},
    {"F " AT " op=2 line=XX//1/1", ""},                            // withdrawn: what it said is gone
    {"F " AT " op=3", "2236 op"},
    {"F form=nothing unit=376 period=2017-02-07", "2236 form"},
    {"F form=bien~che unit=376 period=2017-02-07", "2201 form 32"},
    {"F form=bien-che unit=376 period=2017-02", "2205 2017-02 day"},
    {"F form=bien-che unit=999 period=2017-02-07", "2203a 999"},
    {"F form=bien-che unit=38 period=2017-02-07", "2204 7 38"},

    {"F " RATINGS " line=EV01/category=cadre;scheme=KS-01/11/0 line=EV06//1/11", ""},
    {"F " RATINGS " line=EV05/collective_kind=cell;scheme=ND56/3/0", ""},
    {"F " RATINGS " line=EV01//1/0", "2228 EV01  "},
    {"F " RATINGS " line=EV01/category=cadre/1/0", "2228 EV01 category=cadre category=cadre"},
    {"F " RATINGS " line=EV01/scheme=ND56/1/0", "2228 EV01 scheme=ND56 scheme=ND56"},
    {"F " RATINGS " line=EV01/category=cadre;scheme=XX/1/0", "2228 EV01 category=cadre;scheme=XX category=cadre;scheme=XX"},
    {"F " RATINGS " line=EV05/category=cadre;scheme=ND56/1/0", "2228 EV05 category=cadre;scheme=ND56 category=cadre;scheme=ND56"},
};

static const struct judging_row ACTS[] = {
    {"D act=4 " AT " decision=accept", ""},
    {"D act=4 " AT " decision=accept text=Đã~kiểm~tra", ""},
    {"D act=4 " AT " decision=return text=Thiếu~số", ""},
    {"D act=4 " AT " decision=return", "2236 comment"},
    {"D act=4 " AT " decision=keep", "2236 decision"},
    {"D act=4 " AT, "2236 decision"},
    {"D act=4 " AT " decision=return text=a\tb", "2201 comment 512"},
    {"D act=4 " AT " decision=accept op=2", "2236 op"},
    {"D act=3 " AT " until=2026-11-24 text=Thanh~tra", ""},
    {"D act=3 " AT " until=2026-11-23 text=Thanh~tra", "2236 until"},
    {"D act=3 " AT " until=2026-11 text=Thanh~tra", "2236 until"},
    {"D act=3 " AT " until=2100-01-01 text=Thanh~tra", "2236 until"},
    {"D act=3 " AT " text=Thanh~tra", "2236 until"},
    {"D act=3 " AT " until=2026-11-30", "2236 reason"},
    {"D act=3 " AT " until=2026-11-30 text=x by=Chủ~tịch", ""},
    {"D act=3 form=bien-che unit=376 period=2017 until=2026-11-30 text=x", "2205 2017 day"},
    {"D act=3 form=x unit=376 period=2017 until=2026-11-30 text=x", "2236 form"},
    {"D act=0 " AT, "2236 act"},
};
// clang-format on

static void declarations_are_checked_before_they_are_compared(void **state)
{
    (void)state;
    judging_rows(vn, COMPLETIONS, TH_COUNT(COMPLETIONS));
}

static void acts_of_the_desk_are_checked(void **state)
{
    (void)state;
    judging_rows(vn, ACTS, TH_COUNT(ACTS));
}

static void only_the_desk_may_act(void **state)
{
    (void)state;
    vn->grant.desk = false;
    assert_string_equal(judging_says(vn, "D act=4 " AT " decision=accept"), "2239");
    assert_string_equal(judging_says(vn, "D act=0"), "2239");
    assert_string_equal(judging_says(vn, "F " AT), "2204 7 376");
}

static void texts_have_their_bounds(void **state)
{
    (void)state;
    char line[JUDGING_LINE_BYTES];
    char text[TH_COMMENT_MAX + 2];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    (void)snprintf(line, sizeof(line), "D act=4 " AT " decision=return text=%s", text);
    assert_string_equal(judging_says(vn, line), "2201 comment 512");
    text[TH_COMMENT_MAX] = '\0';
    (void)snprintf(line, sizeof(line), "D act=4 " AT " decision=return text=%s", text);
    assert_string_equal(judging_says(vn, line), "");
    text[TH_GRANTED_BY_MAX + 1] = '\0';
    (void)snprintf(line, sizeof(line), "D act=3 " AT " until=2026-11-30 text=x by=%s", text);
    assert_string_equal(judging_says(vn, line), "2201 granted_by 64");
}

static void groups_read_as_they_are_written(void **state)
{
    (void)state;
    const struct th_group people = {.member = TH_BYTES("cadre"), .scheme = TH_BYTES("ND56")};
    const struct th_group bodies = {
        .bodies = true, .member = TH_BYTES("cell"), .scheme = TH_BYTES("ND56")};
    const struct th_group *const groups[] = {&people, &bodies};
    for (size_t i = 0; i < TH_COUNT(groups); i++) {
        char dims[TH_DIMS_MAX + 1];
        struct th_group read;
        const struct th_bytes text = th_bytes_of(th_group_dims(groups[i], dims));
        assert_true(th_group_is(th_group_measure(groups[i])));
        assert_true(th_group_read(th_group_measure(groups[i]), text, &read));
        assert_int_equal(read.bodies, groups[i]->bodies);
        assert_true(th_bytes_equal(read.member, groups[i]->member));
        assert_true(th_bytes_equal(read.scheme, groups[i]->scheme));
    }
    assert_false(th_group_is(TH_BYTES("EV02")));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(declarations_are_checked_before_they_are_compared),
        CASE(acts_of_the_desk_are_checked),
        CASE(only_the_desk_may_act),
        CASE(texts_have_their_bounds),
        CASE(groups_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
