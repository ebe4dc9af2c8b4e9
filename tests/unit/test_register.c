// test_register.c - which units exist on which day, on small registers and on the real one

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/register.h"
#include "tests/support/test.h"

static struct th_period period(const char *label)
{
    struct th_period parsed;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(label), &parsed));
    return parsed;
}

static th_day day(const char *text)
{
    th_day parsed = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &parsed));
    return parsed;
}

static uint32_t find(const struct th_register *reg, const char *code, const char *on)
{
    return th_register_find(reg, th_bytes_of(code), day(on));
}

static struct th_resolved resolve(const struct th_register *reg, const char *ref, const char *label)
{
    return th_register_resolve(reg, th_bytes_of(ref), period(label), false);
}

static void assert_text(struct th_bytes got, const char *wanted)
{
    char text[512];
    assert_string_equal(th_bytes_copy_text(got, text, sizeof(text)), wanted);
}

static void
assert_label(const struct th_register *reg, uint32_t uid, const char *label, const char *wanted)
{
    char text[TH_UNIT_REF_MAX + 1];
    th_register_label(reg, uid, period(label), text);
    assert_string_equal(text, wanted);
}

static void assert_resolves(const struct th_register *reg,
                            const char *ref,
                            const char *label,
                            const char *structure_day)
{
    const struct th_resolved got = resolve(reg, ref, label);
    assert_int_equal(got.result, TH_RESOLVED);
    assert_int_equal(got.day, day(structure_day));
}

// A province in miniature: a district ends, a code comes to mean another unit, a town becomes a
// city, a ward is renumbered, a commune is renamed by declaration.
static const char SMALL[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "01,Bắc,Tỉnh,province,,,2025-07-01,\n"
                            "01,Bắc,Tỉnh,province,,2025-07-01,,NQ 202\n"
                            "02,Nam,Tỉnh,province,,,2025-07-01,\n"
                            "101,Phổ Yên,Thị xã,district,01,,2022-04-10,\n"
                            "101,Phổ Yên,Thành phố,district,01,2022-04-10,2025-07-01,\n"
                            "102,\"Kim, Sơn\",Huyện,district,01,,2025-07-01,\n"
                            "201,Hạ,Huyện,district,02,,2025-07-01,\n"
                            "10101,Cầu Đất,Phường,commune,101,,2022-04-10,\n"
                            "10102,Cầu Đất,Phường,commune,101,2022-04-10,2025-07-01,\n"
                            "10201,Đông,Xã,commune,102,,2024-01-01,\n"
                            "10201,Đông Mới,Xã,commune,102,2024-01-01,2025-07-01,\n"
                            "10202,Tây,Xã,commune,102,,2025-07-01,\n"
                            "10202,Tây,Xã,commune,01,2025-07-01,,\n"
                            "20101,Thượng,Xã,commune,201,,2025-07-01,\n"
                            "20101,Thượng,Xã,commune,01,2025-07-01,,\n";

static const char SMALL_SUCCESSORS[] = "old_code,new_code,effective,kind,basis\n"
                                       "10101,10102,2022-04-10,RECODE,\n"
                                       "10201,10201,2024-01-01,Recode,\n"
                                       "01,01,2025-07-01,full,NQ 202\n"
                                       "02,01,2025-07-01,full,NQ 202\n"
                                       "10102,10202,2025-07-01,partial,\n"
                                       "10102,20101,2025-07-01,partial,\n"
                                       "10201,10202,2025-07-01,full,\n"
                                       "10202,10202,2025-07-01,full,\n";

static struct th_register *small(void)
{
    return register_of(SMALL, SMALL_SUCCESSORS);
}

// ---- identity ----

static void a_change_of_type_alone_leaves_one_unit(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    const uint32_t town = find(reg, "101", "2022-04-09");
    const uint32_t city = find(reg, "101", "2022-04-10");

    assert_int_equal(town, city);
    struct th_unit unit;
    EXPECT(TH_OK, th_register_on(reg, city, day("2022-04-09"), &unit));
    assert_text(unit.type, "Thị xã");
    EXPECT(TH_OK, th_register_on(reg, city, day("2025-06-30"), &unit));
    assert_text(unit.type, "Thành phố");
    EXPECT(TH_E_NOT_FOUND, th_register_on(reg, city, day("2025-07-01"), &unit));
    assert_int_equal(th_register_first_day(reg, city), TH_DAY_MIN);
    assert_int_equal(th_register_last_day(reg, city), day("2025-06-30"));
}

static void a_recode_joins_different_codes_and_the_same_code(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_int_equal(find(reg, "10101", "2022-04-09"), find(reg, "10102", "2022-04-10"));
    assert_int_equal(find(reg, "10101", "2022-04-10"), TH_UNIT_NONE);
    assert_int_equal(find(reg, "10201", "2023-12-31"), find(reg, "10201", "2024-01-01"));
}

static void a_successor_row_or_another_name_or_parent_or_a_gap_makes_two_units(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    TH_SCOPED(th_register_free)
    struct th_register *others = register_of("code,name,type,parent,valid_from,valid_to\n"
                                             "P,Top,t,,,\n"
                                             "Q,Top,t,,,\n"
                                             "a,Old,t,P,,2020\n"
                                             "a,New,t,P,2020,\n"
                                             "b,Same,t,P,,2020\n"
                                             "b,Same,t,Q,2020,\n"
                                             "c,Same,t,P,,2020\n"
                                             "c,Same,t,P,2020-02,\n",
                                             "");

    assert_int_not_equal(find(reg, "01", "2025-06-30"), find(reg, "01", "2025-07-01"));
    assert_int_not_equal(find(reg, "10202", "2025-06-30"), find(reg, "10202", "2025-07-01"));
    assert_int_equal(th_register_unit_count(others), 8);
    assert_int_equal(find(others, "c", "2020-01-31"), TH_UNIT_NONE);
}

static void uids_count_first_versions_in_the_order_of_the_file(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_int_equal(th_register_unit_count(reg), 12);
    assert_int_equal(find(reg, "01", "2020-01-01"), 1);
    assert_int_equal(find(reg, "01", "2026-01-01"), 2);
    assert_int_equal(find(reg, "02", "2020-01-01"), 3);
    assert_int_equal(find(reg, "101", "2020-01-01"), 4);
    assert_int_equal(find(reg, "102", "2020-01-01"), 5);
    assert_int_equal(find(reg, "10101", "2020-01-01"), 7);
    assert_int_equal(find(reg, "20101", "2026-01-01"), 12);
}

// ---- the tree on a day ----

static void knows_parent_path_and_children_of_each_day(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    const uint32_t ward = find(reg, "10102", "2023-01-01");
    uint32_t path[TH_UNIT_DEPTH_MAX];

    assert_int_equal(th_register_path(reg, ward, day("2025-06-30"), path), 3);
    assert_int_equal(path[0], ward);
    assert_int_equal(path[1], find(reg, "101", "2025-06-30"));
    assert_int_equal(path[2], find(reg, "01", "2025-06-30"));
    assert_int_equal(th_register_path(reg, ward, day("2025-07-01"), path), 0);
    assert_int_equal(th_register_parent(reg, path[2], day("2025-06-30")), TH_UNIT_NONE);
    assert_true(th_register_is_below(reg, ward, path[2], day("2020-01-01")));
    assert_false(th_register_is_below(reg, ward, ward, day("2020-01-01")));
    assert_false(th_register_is_below(reg, path[2], ward, day("2020-01-01")));

    const uint32_t today = find(reg, "01", "2025-07-01");
    assert_int_equal(th_register_child(reg, today, day("2025-07-01"), 0),
                     find(reg, "10202", "2025-07-01"));
    assert_int_equal(th_register_child(reg, today, day("2025-07-01"), 1),
                     find(reg, "20101", "2025-07-01"));
    assert_int_equal(th_register_child(reg, today, day("2025-07-01"), 2), TH_UNIT_NONE);
    const uint32_t before = find(reg, "01", "2025-06-30");
    assert_int_equal(th_register_child(reg, before, day("2025-06-30"), 0),
                     find(reg, "101", "2025-06-30"));
    assert_int_equal(th_register_child(reg, before, day("2025-07-01"), 0), TH_UNIT_NONE);
}

static void roots_are_the_units_without_a_parent(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    TH_SCOPED(th_register_free)
    struct th_register *one =
        register_of("code,name,type,parent\nUS,States,country,\nRI,Island,state,US\n", "");
    uint32_t uids[8];

    assert_int_equal(th_register_roots(reg, uids, 8), 3);
    assert_int_equal(uids[0], 1);
    assert_int_equal(uids[2], 3);
    assert_int_equal(th_register_root(reg), TH_UNIT_NONE);
    assert_int_equal(th_register_root(one), 1);
}

// ---- codes in a period ----

static void the_structure_day_is_the_end_of_the_period_or_of_the_unit(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_resolves(reg, "102", "2018", "2018-12-31");
    assert_resolves(reg, "102", "2025", "2025-06-30");
    assert_resolves(reg, "102", "T2020-2025@2023-10-12", "2023-10-12");
    assert_resolves(reg, "102", "yearly", "2025-06-30");
    assert_resolves(reg, "10202@2025-07-01", "yearly", "2025-07-01"); // the newest day known
}

static void an_ambiguous_code_is_refused_unless_a_day_or_the_catalogue_decides(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    const uint32_t before = find(reg, "10202", "2025-06-30");
    const uint32_t after = find(reg, "10202", "2025-07-01");

    const struct th_resolved both = resolve(reg, "10202", "2025");
    assert_int_equal(both.result, TH_RESOLVE_AMBIGUOUS);
    assert_string_equal(both.list, "10202@2025-06-30, 10202@2025-12-31");
    assert_int_equal(resolve(reg, "10202@2025-06-30", "2025").uid, before);
    assert_int_equal(resolve(reg, "10202@2025-12-31", "2025").uid, after);
    assert_int_equal(resolve(reg, "10202", "2025-06").uid, before);
    assert_int_equal(resolve(reg, "10202", "2025-07").uid, after);
    assert_int_equal(th_register_resolve(reg, TH_BYTES("10202"), period("2025"), true).uid, after);
    assert_int_equal(th_register_resolve(reg, TH_BYTES("101"), period("2022"), false).result,
                     TH_RESOLVED);
}

static void a_day_may_lie_outside_the_period_when_the_unit_lives_within_it(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_resolves(reg, "10202@2025-06-30", "2018", "2018-12-31");
    assert_resolves(reg, "10101@2022-01-01", "2023", "2023-12-31"); // it is 10102 by then
}

static void says_why_a_code_means_no_unit(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    struct th_resolved got = resolve(reg, "10102", "2025-08");
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_int_equal(got.day, day("2025-06-30"));
    assert_string_equal(got.list, "10202, 20101");
    got = resolve(reg, "102", "2026");
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_string_equal(got.list, "");
    got = resolve(reg, "10101", "2023"); // the unit goes on, its code does not
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_string_equal(got.list, "10102");
    got = resolve(reg, "10102", "2021");
    assert_int_equal(got.result, TH_RESOLVE_NOT_YET);
    assert_int_equal(got.day, day("2022-04-10"));
    got = resolve(reg, "10202@2025-08-01", "2024");
    assert_int_equal(got.result, TH_RESOLVE_NOT_YET);
    assert_int_equal(got.day, day("2025-07-01"));
    got = resolve(reg, "10202@2025-06-30", "2026");
    assert_int_equal(got.result, TH_RESOLVE_ENDED);
    assert_string_equal(got.list, "10202");
    assert_int_equal(resolve(reg, "999", "2020").result, TH_RESOLVE_UNKNOWN);
    assert_int_equal(resolve(reg, "102@2026-01-01", "2020").result, TH_RESOLVE_UNKNOWN);
}

static void refuses_what_is_no_code(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    static const char *const WRONG[] = {"",
                                        "@",
                                        "01@",
                                        "01@2025",
                                        "01@2025-13-01",
                                        "@2025-01-01",
                                        "01@2025-01-01@2025-01-01",
                                        "Kim Sơn",
                                        "-01",
                                        "0123456789012345678901234567890123"};

    for (size_t i = 0; i < TH_COUNT(WRONG); i++) {
        assert_int_equal(resolve(reg, WRONG[i], "2020").result, TH_RESOLVE_MALFORMED);
    }
}

static void a_label_names_the_day_only_where_the_code_is_ambiguous(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();

    assert_label(reg, find(reg, "10202", "2025-06-30"), "2025", "10202@2025-06-30");
    assert_label(reg, find(reg, "10202", "2025-07-01"), "2025", "10202@2025-12-31");
    assert_label(reg, find(reg, "10202", "2025-07-01"), "2025-07", "10202");
    assert_label(reg, find(reg, "10101", "2020-01-01"), "2021", "10101");
    assert_label(reg, find(reg, "10101", "2020-01-01"), "2022", "10102");
}

static void a_list_of_candidates_is_cut_to_whole_ones(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of("code,name,type,parent,valid_from,valid_to\n"
                                          "unit-1234567890,A,t,,,2020-02\n"
                                          "unit-1234567890,B,t,,2020-02,2020-03\n"
                                          "unit-1234567890,C,t,,2020-03,2020-04\n"
                                          "unit-1234567890,D,t,,2020-04,\n",
                                          "");

    const struct th_resolved got = resolve(reg, "unit-1234567890", "2020");

    assert_int_equal(got.result, TH_RESOLVE_AMBIGUOUS);
    assert_string_equal(got.list, "unit-1234567890@2020-01-31, unit-1234567890@2020-02-29, …");
}

// ---- checks ----

struct refusal {
    const char *units;
    const char *successors;
    unsigned code;
    char variant;
    uint32_t line;
};

#define HEAD "code,name,type,parent,valid_from,valid_to\n"

// clang-format off
static const struct refusal REFUSALS[] = {
    { HEAD "a,A,t,,,2020-02\na,A,t,,2020-01-31,\n", "", TH_M_REGISTER, 'a', 3 },
    { HEAD "a,A,t,,,\na,B,t,,,\n", "", TH_M_REGISTER, 'a', 3 },
    { HEAD "a,A,t,,,\nb,B,t,c,,\n", "", TH_M_REGISTER, 'b', 3 },
    { HEAD "a,A,t,,2020,\nb,B,t,a,2019,\n", "", TH_M_REGISTER, 'b', 3 },
    { HEAD "a,A,t,,,2020\nb,B,t,a,,\n", "", TH_M_REGISTER, 'b', 3 },
    { HEAD "a,A,t,,,2020\na,A,t,,2020-01-02,\nb,B,t,a,,\n", "", TH_M_REGISTER, 'b', 4 },
    { HEAD "a,A,t,a,,\n", "", TH_M_REGISTER, 'c', 2 },
    { HEAD "a,A,t,,,2020\na,A,t,b,2020,\nb,B,t,a,,\n", "", TH_M_REGISTER, 'c', 3 },
    { HEAD "1,A,t,,,\n2,A,t,1,,\n3,A,t,2,,\n4,A,t,3,,\n5,A,t,4,,\n6,A,t,5,,\n7,A,t,6,,\n8,A,t,7,,\n9,A,t,8,,\n",
      "", TH_M_REGISTER, 'd', 10 },
    { HEAD "a,A,t,,2020,2020\n", "", TH_M_REGISTER, 'e', 2 },
    { HEAD "a,A,t,,2020,2019\n", "", TH_M_REGISTER, 'e', 2 },
    { HEAD "a,A,t,,,2020\nb,A,t,,,2020\nc,A,t,,2020,\n",
      "old_code,new_code,effective,kind\na,c,2020,recode\nb,c,2020,recode\n", TH_M_REGISTER, 'a', 3 },
    { HEAD ",A,t,,,\n", "", TH_M_CELL_EMPTY, 0, 2 },
    { HEAD "a,,t,,,\n", "", TH_M_CELL_EMPTY, 0, 2 },
    { HEAD "a,A,,,,\n", "", TH_M_CELL_EMPTY, 0, 2 },
    { HEAD "a b,A,t,,,\n", "", TH_V_TEXT, 0, 2 },
    { HEAD "a@2020-01-01,A,t,,,\n", "", TH_V_TEXT, 0, 2 },
    { HEAD "a,A,t,b c,,\n", "", TH_V_TEXT, 0, 2 },
    { HEAD "a,A,t,,01/02/2020,\n", "", TH_M_CELL_DATE, 0, 2 },
    { HEAD "a,A,t,,,2020-02-30\n", "", TH_M_CELL_DATE, 0, 2 },
    { "code,name,type\na,A,t\n", "", TH_M_COLUMNS_MISSING, 0, 1 },
    { HEAD "a,A,t,,,\n", "old_code,new_code,effective,kind\na,a,,full\n", TH_M_CELL_EMPTY, 0, 2 },
    { HEAD "a,A,t,,,\n", "old_code,new_code,effective,kind\na,a,soon,full\n", TH_M_CELL_DATE, 0, 2 },
    { HEAD "a,A,t,,,\n", "old_code,new_code,effective,kind\na,a,2020,half\n", TH_V_KIND, 0, 2 },
    { HEAD "a,A,t,,,\n", "old_code,new_code,effective,kind\na,,2020,full\n", TH_M_CELL_EMPTY, 0, 2 },
};
// clang-format on

static void refuses_each_fault_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(REFUSALS); i++) {
        struct th_finding kept[8];
        struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "units.csv");
        TH_SCOPED(th_register_free) struct th_register *reg = NULL;

        EXPECT(TH_E_REFUSED,
               th_register_read(th_bytes_of(REFUSALS[i].units),
                                th_bytes_of(REFUSALS[i].successors),
                                &findings,
                                &reg));

        assert_null(reg);
        const struct th_finding *first = th_findings_at(&findings, 0);
        assert_int_equal(first->verdict.code, REFUSALS[i].code);
        assert_int_equal(first->verdict.variant, REFUSALS[i].variant);
        assert_int_equal(first->line, REFUSALS[i].line);
    }
}

static void tells_all_faults_at_once(void **state)
{
    (void)state;
    struct th_finding kept[8];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "units.csv");
    struct th_register *reg = NULL;

    EXPECT(TH_E_REFUSED,
           th_register_read(TH_BYTES(HEAD "a,A,t,,,2020\nb,B,t,a,,\nb,B,t,a,2021,\nc,C,t,d,,\n"),
                            (struct th_bytes){0},
                            &findings,
                            &reg));

    assert_int_equal(findings.total[TH_SEVERITY_ERROR], 4); // an overlap, three without a parent
}

static void eight_levels_are_allowed_and_a_code_may_move_without_a_cycle(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *deep =
        register_of(HEAD "1,A,t,,,\n2,A,t,1,,\n3,A,t,2,,\n4,A,t,3,,\n5,A,t,4,,\n6,A,t,5,,\n"
                         "7,A,t,6,,\n8,A,t,7,,\n",
                    "");
    TH_SCOPED(th_register_free)
    struct th_register *turned =
        register_of(HEAD "a,A,t,,,2020\na,A,t,b,2020,\nb,B,t,a,,2020\nb,B,t,,2020,\n", "");
    uint32_t path[TH_UNIT_DEPTH_MAX];

    assert_int_equal(th_register_path(deep, 8, 0, path), 8);
    assert_int_equal(th_register_unit_count(turned), 4);
}

static void a_type_stands_for_a_missing_level(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of("type,parent,code,name\nstate,,RI,Rhode Island\n", "");

    const struct th_unit unit = th_register_version_at(reg, 0);

    assert_text(unit.level, "state");
    assert_text(unit.name, "Rhode Island");
}

// ---- parts and files ----

static char *units_text(const struct th_register *reg, char **successors)
{
    const size_t max = th_register_text_max(reg);
    struct th_writer units = {.data = malloc(max + 1), .max = max};
    struct th_writer rows = {.data = malloc(max + 1), .max = max};
    EXPECT(TH_OK, th_register_write(reg, &units, &rows));
    units.data[units.size] = '\0';
    rows.data[rows.size] = '\0';
    *successors = (char *)rows.data;
    return (char *)units.data;
}

static void its_files_read_back_to_an_equal_register(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    char *successors = NULL;
    char *units = units_text(reg, &successors);
    TH_SCOPED(th_register_free) struct th_register *again = register_of(units, successors);
    uint8_t digests[2][32];

    assert_string_equal(units, SMALL);
    th_register_digest(reg, digests[0]);
    th_register_digest(again, digests[1]);
    assert_memory_equal(digests[0], digests[1], 32);
    for (size_t i = 0; i < th_register_version_count(reg); i++) {
        assert_int_equal(th_register_version_at(reg, i).uid, th_register_version_at(again, i).uid);
    }
    struct th_writer none = {0};
    struct th_writer rows = {.data = (uint8_t *)successors, .max = 10};
    EXPECT(TH_E_TOO_LARGE, th_register_write(reg, &none, &rows));
    free(units);
    free(successors);
}

static void a_province_is_cut_out_with_its_own_root(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;

    EXPECT(TH_OK, th_register_subtree(reg, TH_BYTES("02"), &part, &left_out));

    assert_int_equal(left_out, 12);
    assert_int_equal(th_register_version_count(part), 3);
    assert_int_equal(th_register_root(part), 1);
    assert_int_equal(th_register_successor_count(part), 1);
    assert_text(th_register_successor_at(part, 0).new_code, "01");
    assert_string_equal(resolve(part, "02", "2026").list, "01");
}

static void a_district_can_be_a_root(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;

    EXPECT(TH_OK, th_register_subtree(reg, TH_BYTES("102@2020-01-01"), &part, &left_out));

    assert_int_equal(th_register_version_count(part), 4);
    const uint32_t root = th_register_root(part);
    struct th_unit unit;
    EXPECT(TH_OK, th_register_on(part, root, day("2020-01-01"), &unit));
    assert_text(unit.name, "Kim, Sơn");
    assert_int_equal(unit.parent.size, 0);
}

static void a_version_that_outlives_its_place_is_cut(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg =
        register_of(HEAD "24,Bắc Giang,t,,,2025-07-01\n24,Bắc Ninh,t,,2025-07-01,\n"
                         "24-SNV,Sở,t,24,,\n",
                    "");
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;

    EXPECT(TH_E_INVALID, th_register_subtree(reg, TH_BYTES("24"), &part, &left_out));
    EXPECT(TH_E_NOT_FOUND, th_register_subtree(reg, TH_BYTES("25"), &part, &left_out));
    EXPECT(TH_E_MALFORMED, th_register_subtree(reg, TH_BYTES("2 4"), &part, &left_out));
    EXPECT(TH_OK, th_register_subtree(reg, TH_BYTES("24@2025-06-30"), &part, &left_out));

    assert_int_equal(left_out, 1);
    const uint32_t office = find(part, "24-SNV", "2020-01-01");
    assert_int_equal(th_register_last_day(part, office), day("2025-06-30"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_type_alone_leaves_one_unit),
        cmocka_unit_test(a_recode_joins_different_codes_and_the_same_code),
        cmocka_unit_test(a_successor_row_or_another_name_or_parent_or_a_gap_makes_two_units),
        cmocka_unit_test(uids_count_first_versions_in_the_order_of_the_file),
        cmocka_unit_test(knows_parent_path_and_children_of_each_day),
        cmocka_unit_test(roots_are_the_units_without_a_parent),
        cmocka_unit_test(the_structure_day_is_the_end_of_the_period_or_of_the_unit),
        cmocka_unit_test(an_ambiguous_code_is_refused_unless_a_day_or_the_catalogue_decides),
        cmocka_unit_test(a_day_may_lie_outside_the_period_when_the_unit_lives_within_it),
        cmocka_unit_test(says_why_a_code_means_no_unit),
        cmocka_unit_test(refuses_what_is_no_code),
        cmocka_unit_test(a_label_names_the_day_only_where_the_code_is_ambiguous),
        cmocka_unit_test(a_list_of_candidates_is_cut_to_whole_ones),
        cmocka_unit_test(refuses_each_fault_with_its_place),
        cmocka_unit_test(tells_all_faults_at_once),
        cmocka_unit_test(eight_levels_are_allowed_and_a_code_may_move_without_a_cycle),
        cmocka_unit_test(a_type_stands_for_a_missing_level),
        cmocka_unit_test(its_files_read_back_to_an_equal_register),
        cmocka_unit_test(a_province_is_cut_out_with_its_own_root),
        cmocka_unit_test(a_district_can_be_a_root),
        cmocka_unit_test(a_version_that_outlives_its_place_is_cut),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
