// test_units.c - tonghop units list, count, show and check, as a person or script calls them

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/config.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/province.h"

#include "cli/units.h"
#include "tests/support/register.h"
#include "tests/support/test.h"

enum { WORDS_MAX = 16 };

static char *dir;
static char *units_file;
static char *successors_file;
static char output[8192]; // of the last run, both streams

static char *made_dir(const char *path, const char *name)
{
    char *made = path_in(path, name);
    EXPECT(TH_OK, th_dir_make(made));
    return made;
}

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    units_file = scratch_write(dir, "units.csv", th_bytes_of(REGISTER_SMALL));
    successors_file = scratch_write(dir, "successors.csv", th_bytes_of(REGISTER_SMALL_SUCCESSORS));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(units_file);
    free(successors_file);
    scratch_remove(dir);
    return 0;
}

// tonghop units ..., with both streams in output. Words end with NULL. The exit code.
static int run(const char *const *words)
{
    static const struct th_verb VERB = {
        .name = "units",
        .operands = "list|count|show|check",
        .options = UNITS_OPTIONS,
        .option_count = UNITS_OPTION_COUNT,
        .operands_min = 1,
        .operands_max = 2,
        .run = units_run,
    };
    static const struct th_program PROGRAM = {.name = "tonghop", .verbs = &VERB, .verb_count = 1};
    char *argv[WORDS_MAX + 3] = {(char *)"tonghop", (char *)"units", NULL};
    int argc = 2;
    while (words[argc - 2] != NULL) {
        argv[argc] = (char *)words[argc - 2];
        argc++;
    }
    char *path = path_in(dir, "output");
    (void)fflush(stdout);
    const int kept[] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    const int code = th_program_main(&PROGRAM, argc, argv);
    (void)fflush(stdout);
    assert_true(dup2(kept[0], STDOUT_FILENO) >= 0 && dup2(kept[1], STDERR_FILENO) >= 0);
    (void)close(kept[0]);
    (void)close(kept[1]);
    (void)fclose(file);
    size_t size = 0;
    char *text = file_read(path, &size);
    (void)th_bytes_copy_text((struct th_bytes){.data = text, .size = size}, output, sizeof(output));
    free(text);
    free(path);
    return code;
}

#define RUN(...)    run((const char *const[]){__VA_ARGS__, NULL})
#define SMALL_FILES "--units", units_file, "--successors", successors_file

static void counts_the_levels_of_a_day(void **state)
{
    (void)state;
    assert_int_equal(RUN("count", SMALL_FILES, "--at", "2024-06-01", "--format", "csv"), 0);
    assert_string_equal(output, "level,count\ncommune,4\ndistrict,3\nprovince,2\n");

    assert_int_equal(RUN("count", SMALL_FILES, "--at", "2025-07-01"), 0);
    assert_string_equal(output, "level,count\ncommune,2\nprovince,1\n");

    assert_int_equal(RUN("count", SMALL_FILES, "--at", "2025-07-01", "--format", "json"), 0);
    assert_string_equal(output,
                        "{\"rows\":[{\"level\":\"commune\",\"count\":2},"
                        "{\"level\":\"province\",\"count\":1}]}\n");
}

static void lists_every_version_or_those_of_a_day(void **state)
{
    (void)state;
    assert_int_equal(RUN("list", SMALL_FILES, "--format", "csv"), 0);
    assert_non_null(strstr(output, "code,name,type,level,parent,valid_from,valid_to\n01,Bắc,"));
    assert_non_null(strstr(output, "102,\"Kim, Sơn\",Huyện,district,01,,2025-07-01\n"));

    assert_int_equal(RUN("list", SMALL_FILES, "--at", "2025-07-01", "--format", "csv"), 0);
    assert_string_equal(output,
                        "code,name,type,level,parent,valid_from,valid_to\n"
                        "01,Bắc,Tỉnh,province,,2025-07-01,\n"
                        "10202,Tây,Xã,commune,01,2025-07-01,\n"
                        "20101,Thượng,Xã,commune,01,2025-07-01,\n");
}

static void lists_a_unit_and_all_below_it(void **state)
{
    (void)state;
    assert_int_equal(RUN("list", SMALL_FILES, "--unit", "02"), 0);
    assert_string_equal(output,
                        "code,name,type,level,parent,valid_from,valid_to\n"
                        "02,Nam,Tỉnh,province,,,2025-07-01\n"
                        "201,Hạ,Huyện,district,02,,2025-07-01\n"
                        "20101,Thượng,Xã,commune,201,,2025-07-01\n");

    assert_int_equal(RUN("list", SMALL_FILES, "--unit", "101", "--at", "2023-01-01"), 0);
    assert_string_equal(output,
                        "code,name,type,level,parent,valid_from,valid_to\n"
                        "101,Phổ Yên,Thành phố,district,01,2022-04-10,2025-07-01\n"
                        "10102,Cầu Đất,Phường,commune,101,2022-04-10,2025-07-01\n");
}

static void shows_all_versions_of_a_unit_and_what_became_of_it(void **state)
{
    (void)state;
    assert_int_equal(RUN("show", "10102", SMALL_FILES, "--format", "csv"), 0);
    assert_string_equal(output,
                        "code,name,type,level,parent,valid_from,valid_to\n"
                        "10101,Cầu Đất,Phường,commune,101,,2022-04-10\n"
                        "10102,Cầu Đất,Phường,commune,101,2022-04-10,2025-07-01\n");

    assert_int_equal(RUN("show",
                         "10102",
                         SMALL_FILES,
                         "--format",
                         "table",
                         "--lang",
                         "en",
                         "--at",
                         "2023-01-01"),
                     0);
    assert_string_equal(output,
                        "Code   Name     Type    Level    Parent  From        Until\n"
                        "10102  Cầu Đất  Phường  commune  101     2022-04-10  2025-07-01\n"
                        "\n"
                        "Old code  New code  From        Kind     Basis\n"
                        "10101     10102     2022-04-10  recode   \n"
                        "10102     10202     2025-07-01  partial  \n"
                        "10102     20101     2025-07-01  partial  \n");
}

static void checks_a_file(void **state)
{
    (void)state;
    char *bad = scratch_write(dir, "bad.csv", TH_BYTES("code,name,type,parent\na,A,t,b\n"));

    assert_int_equal(RUN("check", units_file, "--lang", "en"), 0);
    assert_non_null(strstr(output, "15 rows, 13 units, 2 roots, 0 successor rows"));
    assert_int_equal(RUN("check", bad, "--lang", "en"), 65);
    assert_non_null(strstr(output, "bad.csv:2: error TH2110: register, unit a: no parent on"));
    free(bad);
}

static void answers_wrong_questions_with_a_code(void **state)
{
    (void)state;
    assert_int_equal(RUN("list", SMALL_FILES, "--unit", "99"), 65);
    assert_non_null(strstr(output, "TH5002"));
    assert_int_equal(RUN("show", "99", SMALL_FILES), 65);
    assert_int_equal(RUN("show", "101", SMALL_FILES, "--at", "2026-01-01"), 65);
    assert_non_null(strstr(output, "TH1208"));
    assert_int_equal(RUN("count", SMALL_FILES), 64);
    assert_non_null(strstr(output, "--at"));
    assert_int_equal(RUN("count", SMALL_FILES, "--at", "yesterday"), 65);
    assert_non_null(strstr(output, "TH2109"));
    assert_int_equal(RUN("list", "--units", "/nonexistent/units.csv"), 66);
    assert_int_equal(RUN("lost", SMALL_FILES), 64);
    assert_int_equal(RUN("show", SMALL_FILES), 64);
}

// A province directory by hand: configuration, units and catalogue of two lineages.
static void make_province_dir(const char *const *lineages, const char *const *units, size_t count)
{
    struct th_config_province provinces[2];
    struct th_config_worker worker = {.name = "w1", .lineages = lineages, .lineage_count = count};
    size_t files = 0;
    const struct th_file *catalogue = th_catalogue_open_files(&files);
    free(made_dir(dir, "register"));
    for (size_t i = 0; i < count; i++) {
        char *all = path_in(dir, "register");
        char *register_dir = made_dir(all, lineages[i]);
        char *catalogue_dir = made_dir(register_dir, "catalogue");
        provinces[i] =
            (struct th_config_province){.root = lineages[i], .lineage = lineages[i], .name = "P"};
        free(scratch_write(register_dir, "units.csv", th_bytes_of(units[i])));
        for (size_t file = 0; file < files; file++) {
            free(scratch_write(catalogue_dir, catalogue[file].name, catalogue[file].bytes));
        }
        free(catalogue_dir);
        free(register_dir);
        free(all);
    }
    char *path = path_in(dir, "tonghop.yaml");
    const struct th_config_file file = {NULL, 0, provinces, count, &worker, 1};
    EXPECT(TH_OK, th_config_write(path, &file));
    free(path);
}

static void finds_the_register_of_a_province(void **state)
{
    (void)state;
    static const char *const LINEAGES[] = {"a1", "b2"};
    static const char *const UNITS[] = {"code,name,type,parent\na1,A,t,\nx,X,t,a1\n",
                                        "code,name,type,parent\nb2,B,t,\ny,Y,t,b2\n"};
    make_province_dir(LINEAGES, UNITS, 2);

    assert_int_equal(RUN("show", "y", "--dir", dir, "--format", "csv"), 0);
    assert_non_null(strstr(output, "\ny,Y,t,t,b2,,\n"));
    assert_int_equal(RUN("count", "--at", "2025-01-01", "--dir", dir, "--lineage", "a1"), 0);
    assert_string_equal(output, "level,count\nt,2\n");
    assert_int_equal(RUN("count", "--at", "2025-01-01", "--dir", dir), 64);
    assert_non_null(strstr(output, "a1, b2"));
    assert_int_equal(RUN("show", "z", "--dir", dir), 65);
    assert_non_null(strstr(output, "TH5002"));
    assert_int_equal(RUN("list", "--dir", "/nonexistent"), 66);
}

static void gives_the_measured_counts_of_vietnam(void **state)
{
    (void)state;
    char *bytes = data_read("vn-units.csv");
    if (bytes == NULL) {
        SKIP("no data folder (TONGHOP_DATA)");
    }
    char *file = scratch_write(dir, "vn.csv", th_bytes_of(bytes));
    free(bytes);
    static const char *const ROWS[][2] = {
        {"2021-11-01", "level,count\ncommune,10599\ndistrict,705\nprovince,63\n"},
        {"2023-12-31", "level,count\ncommune,10598\ndistrict,705\nprovince,63\n"},
        {"2024-12-31", "level,count\ncommune,10472\ndistrict,704\nprovince,63\n"},
        {"2025-01-01", "level,count\ncommune,10051\ndistrict,696\nprovince,63\n"},
        {"2025-06-30", "level,count\ncommune,10035\ndistrict,696\nprovince,63\n"},
        {"2025-07-01", "level,count\ncommune,3321\nprovince,34\n"},
        {"2026-04-30", "level,count\ncommune,3321\nprovince,34\n"},
    };
    for (size_t i = 0; i < TH_COUNT(ROWS); i++) {
        assert_int_equal(RUN("count", "--units", file, "--at", ROWS[i][0], "--format", "csv"), 0);
        assert_string_equal(output, ROWS[i][1]);
    }
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_the_levels_of_a_day),
        cmocka_unit_test(lists_every_version_or_those_of_a_day),
        cmocka_unit_test(lists_a_unit_and_all_below_it),
        cmocka_unit_test(shows_all_versions_of_a_unit_and_what_became_of_it),
        cmocka_unit_test(checks_a_file),
        cmocka_unit_test(answers_wrong_questions_with_a_code),
        cmocka_unit_test(finds_the_register_of_a_province),
        cmocka_unit_test(gives_the_measured_counts_of_vietnam),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, setup, teardown);
}
