// test_register_file.c - what a register refuses, what part of it is cut out, how it is written

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/register.h"
#include "tests/support/test.h"

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

static void assert_text(struct th_bytes got, const char *wanted)
{
    char text[512];
    assert_string_equal(th_bytes_copy_text(got, text, sizeof(text)), wanted);
}

static struct th_register *small(void)
{
    return register_of(REGISTER_SMALL, REGISTER_SMALL_SUCCESSORS);
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

static void a_spreadsheets_file_is_read_as_well(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of(
        "\xEF\xBB\xBF"
        "Code;Name;Type;Parent;Valid_From\r\n P ; Tỉnh ;t;;2020\r\nC;Xã;t;P;2020-02\r\n",
        "old_code;new_code;effective;kind\r\n");

    assert_int_equal(find(reg, "C", "2020-02-01"), 2);
    assert_int_equal(find(reg, "C", "2020-01-31"), TH_UNIT_NONE);
    assert_text(th_register_version_at(reg, 1).name, "Tỉnh");
    assert_int_equal(th_register_successor_count(reg), 0);
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

static void a_spreadsheet_may_write_it_its_own_way(void **state)
{
    (void)state;

    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of(
        "\xEF\xBB\xBFParent; Code ;TYPE;name\r;93;t;\"Hậu Giang\"\r;;;\r93;935;t;B\r", "");

    assert_int_equal(find(reg, "935", "2020-01-01"), 2);
}

static void its_files_read_back_to_an_equal_register(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = small();
    char *successors = NULL;
    char *units = units_text(reg, &successors);
    TH_SCOPED(th_register_free) struct th_register *again = register_of(units, successors);
    uint8_t digests[2][32];

    assert_string_equal(units, REGISTER_SMALL);
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
    struct th_period later;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2026"), &later));
    assert_string_equal(th_register_resolve(part, TH_BYTES("02"), later, false).list, "01");
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
        cmocka_unit_test(refuses_each_fault_with_its_place),
        cmocka_unit_test(tells_all_faults_at_once),
        cmocka_unit_test(eight_levels_are_allowed_and_a_code_may_move_without_a_cycle),
        cmocka_unit_test(a_type_stands_for_a_missing_level),
        cmocka_unit_test(a_spreadsheet_may_write_it_its_own_way),
        cmocka_unit_test(a_spreadsheets_file_is_read_as_well),
        cmocka_unit_test(its_files_read_back_to_an_equal_register),
        cmocka_unit_test(a_province_is_cut_out_with_its_own_root),
        cmocka_unit_test(a_district_can_be_a_root),
        cmocka_unit_test(a_version_that_outlives_its_place_is_cut),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
