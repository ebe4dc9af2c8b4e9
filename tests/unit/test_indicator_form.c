// test_indicator_form.c - how many units are complete with a form, and in time

#include <stdlib.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/indicating.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "93,Hậu Giang,Tỉnh,province,,,,\n"
                            "930,Vị Thanh,Thành phố,district,93,,2025-07-01,\n"
                            "931,Ngã Bảy,Thành phố,district,93,,2025-07-01,\n"
                            "932,Châu Thành,Huyện,district,93,,2025-07-01,\n"
                            "31318,Phường I,Phường,commune,930,,2025-07-01,\n";

static struct indicating vn;
static struct th_catalogue *catalogue;
static struct th_register *reg;

static int setup(void **state)
{
    (void)state;
    EXPECT(TH_OK, th_hash_start());
    catalogue = catalogue_vn();
    reg = indicating_register(UNITS);
    vn = (struct indicating){
        .catalogue = catalogue, .reg = reg, .root = 1, .codes = "I13", .lang = TH_LANG_VI};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_catalogue_free(&catalogue);
    th_register_free(&reg);
    return 0;
}

struct said {
    const char *form, *period, *unit;
    uint32_t uid;
    const char *state;
    bool expected, on_time;
};

static const struct said SAID[] = {
    {"bien-che", "2022-09-14", "930", 2, "submitted", true, true},
    {"bien-che", "2022-09-14", "931", 3, "accepted", true, false},
    {"bien-che", "2022-09-14", "932", 4, "changed", true, true},
    {"bien-che", "2022-09-14", "31318", 5, "submitted", false, true}, // nobody expects it
    {"bien-che", "2022-10-14", "930", 2, "returned", true, true},
    {"bien-che", "2022-10-14", "931", 3, "none", true, false},
    {"bien-che", "2022-10-14", "932", 4, "none", true, false},
    {"nhan-su", "2022", "930", 2, "accepted", true, true},
};

static void expect_rows(const struct indicating *how, const char *rows)
{
    struct th_form_state states[TH_COUNT(SAID)];
    for (size_t i = 0; i < TH_COUNT(SAID); i++) {
        states[i] = (struct th_form_state){
            .form = th_bytes_of(SAID[i].form),
            .period = th_bytes_of(SAID[i].period),
            .unit = th_bytes_of(SAID[i].unit),
            .uid = SAID[i].uid,
            .state = th_bytes_of(SAID[i].state),
            .expected = SAID[i].expected,
            .on_time = SAID[i].on_time,
        };
    }
    char *got = indicating_states(how, states, TH_COUNT(states));
    assert_string_equal(got, rows);
    free(got);
}

static void a_form_is_complete_when_it_was_submitted_or_accepted(void **state)
{
    (void)state;
    struct indicating how = vn;
    expect_rows(&how,
                "93 2022 I13 form=nhan-su;state=complete 1 1 1000 -\n"
                "93 2022 I13 form=nhan-su;state=on_time 1 1 1000 -\n"
                "93 2022-09-14 I13 form=bien-che;state=complete 2 3 667 -\n"
                "93 2022-09-14 I13 form=bien-che;state=on_time 2 3 667 -\n"
                "93 2022-10-14 I13 form=bien-che;state=complete 0 3 0 -\n"
                "93 2022-10-14 I13 form=bien-che;state=on_time 1 3 333 -\n");
    how.periods = "2022-09-14";
    how.people = true;
    expect_rows(&how,
                "93 2022-09-14 I13 form=bien-che;state=complete 2/3 (66,7%) | \n"
                "93 2022-09-14 I13 form=bien-che;state=on_time 2/3 (66,7%) | \n");
}

static void each_unit_counts_the_reporters_at_and_below_it(void **state)
{
    (void)state;
    struct indicating how = vn;
    how.by = "children";
    how.periods = "2022-09-14";
    expect_rows(&how,
                "930 2022-09-14 I13 form=bien-che;state=complete 1 1 1000 -\n"
                "930 2022-09-14 I13 form=bien-che;state=on_time 1 1 1000 -\n"
                "931 2022-09-14 I13 form=bien-che;state=complete 1 1 1000 -\n"
                "931 2022-09-14 I13 form=bien-che;state=on_time 0 1 0 -\n"
                "932 2022-09-14 I13 form=bien-che;state=complete 0 1 0 -\n"
                "932 2022-09-14 I13 form=bien-che;state=on_time 1 1 1000 -\n");
}

static void completeness_is_asked_for_by_name(void **state)
{
    (void)state;
    struct indicating how = vn;
    how.codes = NULL;
    expect_rows(&how, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_complete_when_it_was_submitted_or_accepted),
        cmocka_unit_test(each_unit_counts_the_reporters_at_and_below_it),
        cmocka_unit_test(completeness_is_asked_for_by_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
