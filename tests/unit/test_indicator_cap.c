// test_indicator_cap.c - how many more may be rated excellent

#include <stdlib.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/indicating.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "01,Hà Nội,Thành phố,province,,,,\n"
                            "001,Ba Đình,Quận,district,01,,,\n"
                            "00001,Phúc Xá,Phường,commune,001,,,\n"
                            "00004,Trúc Bạch,Phường,commune,001,,,\n"
                            "002,Hoàn Kiếm,Quận,district,01,,,\n";

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
        .catalogue = catalogue,
        .reg = reg,
        .root = th_register_find(reg, TH_BYTES("01"), 0),
        .codes = "I05",
        .lang = TH_LANG_VI,
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_catalogue_free(&catalogue);
    th_register_free(&reg);
    return 0;
}

static void expect_rows(const struct indicating *how, const char *lines, const char *rows)
{
    char *got = indicating_rows(how, lines);
    assert_string_equal(got, rows);
    free(got);
}

static void eleven_people_may_have_so_many_excellent(void **state) // seed 001
{
    (void)state;
    struct indicating how = vn;
    static const char LINES[] =
        "002 2026 EV01 category=civil_servant;rating=3;scheme=ND335 exact 7 - - -\n"
        "002 2026 EV01 category=civil_servant;rating=4;scheme=ND335 exact 4 - - -\n"
        "002 2018-07 EV01 category=cadre;rating=3;scheme=HN-3814 exact 7 - - -\n"
        "002 2018-07 EV01 category=cadre;rating=4;scheme=HN-3814 exact 4 - - -\n"
        "002 2018 EV01 category=cadre;rating=4;scheme=KS-01 exact 4 - - -\n"; // no cap
    expect_rows(&how,
                LINES,
                "002 2018-07 I05 scheme=HN-3814 4 3 -1 cap-exceeded\n"
                "002 2026 I05 scheme=ND335 4 1 -3 cap-exceeded\n");
    how.people = true;
    how.periods = "2026";
    expect_rows(&how, LINES, "002 2026 I05 scheme=ND335 −3 | vượt trần\n");
    how.lang = TH_LANG_EN;
    expect_rows(&how, LINES, "002 2026 I05 scheme=ND335 −3 | cap exceeded\n");
}

static void an_outstanding_unit_has_a_larger_share(void **state)
{
    (void)state;
    struct indicating how = vn;
    expect_rows(&how,
                "002 2018-07 EV01 category=cadre;rating=3;scheme=HN-3814 exact 7 - - -\n"
                "002 2018-07 EV01 category=cadre;rating=4;scheme=HN-3814 exact 4 - - -\n"
                "002 2018-07 EV05 collective_kind=agency;rating=4;scheme=X exact 1 - - -\n"
                "002 2018-08 EV01 category=cadre;rating=4;scheme=HN-3814 exact 4 - - -\n"
                "002 2018-08 EV05 collective_kind=agency;rating=3;scheme=X exact 1 - - -\n"
                "002 2018-08 EV05 collective_kind=cell;rating=4;scheme=X exact 7 - - -\n",
                "002 2018-07 I05 scheme=HN-3814 4 4 0 outstanding\n"
                "002 2018-08 I05 scheme=HN-3814 4 1 -3 cap-exceeded\n");
}

static void all_categories_of_a_scheme_are_one_group(void **state)
{
    (void)state;
    expect_rows(&vn,
                "002 2018-07 EV01 category=cadre;rating=4;scheme=HN-3814 exact 2 - - -\n"
                "002 2018-07 EV01 category=civil_servant;rating=2;scheme=HN-3814 exact 8 - - -\n"
                "002 2018-07 EV01 category=civil_servant;rating=0;scheme=HN-3814 exact 90 - - -\n"
                "002 2018-07 EV07 category=cadre;rating=1 exact 10 - - -\n", // in force, unnamed
                "002 2018-07 I05 scheme=HN-3814 2 6 4 -\n");
}

// 001 has 3 excellent of 10 of its own; 00001 has 1 of 2.
static const char BELOW[] =
    "01 2018-07 EV01 category=cadre;rating=3;scheme=HN-3814 exact 8 - - -\n"
    "01 2018-07 EV01 category=cadre;rating=4;scheme=HN-3814 exact 4 - - -\n"
    "01 2018-07 EV05 collective_kind=agency;rating=4;scheme=X exact 1 - - -\n"
    "001 2018-07 EV01 category=cadre;rating=3;scheme=HN-3814 exact 8 - - -\n"
    "001 2018-07 EV01 category=cadre;rating=4;scheme=HN-3814 exact 4 - - -\n"
    "001 2018-07 EV05 collective_kind=agency;rating=4;scheme=X exact 1 - - -\n"
    "00001 2018-07 EV01 category=cadre;rating=3;scheme=HN-3814 exact 1 - - -\n"
    "00001 2018-07 EV01 category=cadre;rating=4;scheme=HN-3814 exact 1 - - -\n"
    "00001 2018-07 EV05 collective_kind=agency;rating=4;scheme=X exact 1 - - -\n";

static void a_cap_binds_what_a_unit_rates_itself(void **state)
{
    (void)state;
    struct indicating how = vn;
    expect_rows(&how,
                BELOW,
                "00001 2018-07 I05 scheme=HN-3814 1 0 -1 cap-exceeded;outstanding\n"
                "001 2018-07 I05 scheme=HN-3814 3 3 0 -\n");
    how.level = "district";
    expect_rows(&how, BELOW, "001 2018-07 I05 scheme=HN-3814 3 3 0 -\n");
    how.level = NULL;
    how.units = "00001";
    expect_rows(&how, BELOW, "00001 2018-07 I05 scheme=HN-3814 1 0 -1 cap-exceeded;outstanding\n");
    how.units = "002";
    expect_rows(&how, BELOW, "");
}

static void without_its_name_a_cap_is_shown_with_the_units_below(void **state)
{
    (void)state;
    struct indicating how = vn;
    how.codes = NULL;
    how.measures = "EV01";
    expect_rows(&how,
                BELOW,
                "01 2018-07 I01 - 4 12 333 -\n"
                "01 2018-07 I02 - 12 12 1000 -\n"
                "01 2018-07 I03 - 0 12 0 -\n"
                "01 2018-07 I04 - 12 - - -\n");
    how.by = "unit";
    how.units = "00001";
    expect_rows(&how,
                BELOW,
                "00001 2018-07 I01 - 1 2 500 -\n"
                "00001 2018-07 I02 - 2 2 1000 -\n"
                "00001 2018-07 I03 - 0 2 0 -\n"
                "00001 2018-07 I04 - 2 - - -\n"
                "00001 2018-07 I05 scheme=HN-3814 1 0 -1 cap-exceeded;outstanding\n");
}

static void each_group_of_similar_jobs_has_its_own_cap(void **state)
{
    (void)state;
    expect_rows(
        &vn,
        "002 2026 EV01 category=civil_servant;job_group=a;rating=3;scheme=ND335 exact 5 - - -\n"
        "002 2026 EV01 category=civil_servant;job_group=a;rating=4;scheme=ND335 exact 1 - - -\n"
        "002 2026 EV01 category=civil_servant;job_group=b;rating=3;scheme=ND335 exact 4 - - -\n"
        "002 2026 EV01 category=civil_servant;job_group=b;rating=4;scheme=ND335 exact 1 - - -\n"
        "002 2018-07 EV01 category=cadre;job_group=a;rating=4;scheme=HN-3814 exact 1 - - -\n"
        "002 2018-07 EV01 category=cadre;job_group=b;rating=3;scheme=HN-3814 exact 9 - - -\n",
        "002 2018-07 I05 scheme=HN-3814 1 3 2 -\n"
        "002 2026 I05 job_group=a;scheme=ND335 1 1 0 -\n"
        "002 2026 I05 job_group=b;scheme=ND335 1 0 -1 cap-exceeded\n");
}

static void a_share_that_is_not_known_here_leaves_no_room_to_tell(void **state)
{
    (void)state;
    struct indicating how = vn;
    static const char LINES[] = "002 2024 EV01 category=cadre;rating=4;scheme=ND48 exact 4 - - -\n";
    expect_rows(&how, LINES, "002 2024 I05 scheme=ND48 4 - - -\n");
    how.people = true;
    expect_rows(&how, LINES, "002 2024 I05 scheme=ND48 — | \n");
}

static void units_rank_by_their_room(void **state)
{
    (void)state;
    struct indicating how = vn;
    how.ranked = true;
    expect_rows(&how,
                BELOW,
                "1 001 2018-07 I05 scheme=HN-3814 3 3 0 -\n"
                "2 00001 2018-07 I05 scheme=HN-3814 1 0 -1 cap-exceeded;outstanding\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eleven_people_may_have_so_many_excellent),
        cmocka_unit_test(an_outstanding_unit_has_a_larger_share),
        cmocka_unit_test(all_categories_of_a_scheme_are_one_group),
        cmocka_unit_test(a_cap_binds_what_a_unit_rates_itself),
        cmocka_unit_test(without_its_name_a_cap_is_shown_with_the_units_below),
        cmocka_unit_test(each_group_of_similar_jobs_has_its_own_cap),
        cmocka_unit_test(a_share_that_is_not_known_here_leaves_no_room_to_tell),
        cmocka_unit_test(units_rank_by_their_room),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
