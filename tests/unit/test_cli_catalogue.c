// test_cli_catalogue.c - tonghop catalogue check, as an administrator calls it

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/catalogue.h"
#include "tests/support/test.h"

enum { WORDS_MAX = 16 };

static char *dir;
static char output[16384]; // of the last run, both streams

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(dir);
    return 0;
}

static void put(const char *name, const char *text)
{
    free(scratch_write(dir, name, th_bytes_of(text)));
}

// tonghop catalogue ..., with both streams in output. Words end with NULL. The exit code.
static int run(const char *const *words)
{
    static const struct th_verb VERB = {
        .name = "catalogue",
        .operands = "check DIR",
        .operands_min = 1,
        .operands_max = 2,
        .run = catalogue_run,
    };
    static const struct th_program PROGRAM = {.name = "tonghop", .verbs = &VERB, .verb_count = 1};
    char *argv[WORDS_MAX + 3] = {(char *)"tonghop", (char *)"catalogue", NULL};
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

static void the_installed_catalogue_is_counted_in_both_languages(void **state)
{
    (void)state;
    const char *place = TONGHOP_SOURCE_DIR "/share/catalogue";

    assert_int_equal(run((const char *const[]){"check", place, "--lang", "en", NULL}), 0);
    assert_non_null(strstr(output,
                           "catalogue vn, version 1: 65 measures, 20 dimensions, 13 rating "
                           "schemes, 11 forms, 17 indicators, 4 targets\n"));
    assert_non_null(strstr(output, "age_band (3)"));
    assert_non_null(strstr(output, "HN-3814    2018-07-01"));

    assert_int_equal(run((const char *const[]){"check", place, "--lang", "vi", NULL}), 0);
    assert_non_null(strstr(output,
                           "65 chỉ tiêu, 20 phân tổ, 13 quy định đánh giá, 11 biểu, 17 chỉ số, 4 "
                           "chỉ tiêu kế hoạch\n"));
    assert_non_null(strstr(output, "Đánh giá hằng tháng, Hà Nội"));
}

static void the_built_in_catalogue_is_checked_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(run((const char *const[]){"check", "open", "--lang", "en", NULL}), 0);
    assert_non_null(strstr(output, "catalogue open, version 1: 5 measures"));
}

static void json_has_the_same_counts(void **state)
{
    (void)state;
    const char *place = TONGHOP_SOURCE_DIR "/share/catalogue";

    assert_int_equal(run((const char *const[]){"check", place, "--format", "json", NULL}), 0);

    assert_non_null(strstr(output, "{\"code\":\"vn\",\"version\":1,\"measures\":65,"));
    assert_non_null(strstr(output, "\"age_band\":3"));
    assert_non_null(
        strstr(output, "\"HN-3814\":{\"valid_from\":\"2018-07-01\",\"valid_to\":\"\"}"));
    assert_non_null(strstr(output, "\"forms\":11,\"indicators\":17,\"targets\":4}"));
}

static void every_mistake_is_printed_with_the_path_of_its_file(void **state)
{
    (void)state;
    char line[512];
    put("catalogue.yaml", "catalogue: {code: t, version: 1, languages: [en], colour: red}\n");
    put("measures.yaml", "measures:\n  - {code: A, en: a, shape: stock, form: nope}\n");
    put("measure.yaml", "measures: []\n");

    assert_int_equal(run((const char *const[]){"check", dir, "--lang", "en", NULL}), 65);

    (void)snprintf(line, sizeof(line), "%s/catalogue.yaml:1:51: error TH1101", dir);
    assert_non_null(strstr(output, line));
    (void)snprintf(line, sizeof(line), "%s/measures.yaml:2:42: error TH1111", dir);
    assert_non_null(strstr(output, line));
    (void)snprintf(line, sizeof(line), "%s: error TH1101: unknown key \"measure.yaml\"", dir);
    assert_non_null(strstr(output, line));
}

static void a_directory_without_a_catalogue_cannot_be_read(void **state)
{
    (void)state;
    assert_int_equal(run((const char *const[]){"check", dir, "--lang", "en", NULL}), 66);
    assert_non_null(strstr(output, "TH2001"));
}

static void other_words_are_no_command(void **state)
{
    (void)state;
    assert_int_equal(run((const char *const[]){"chek", dir, NULL}), 64);
    assert_non_null(strstr(output, "TH1001"));
    assert_int_equal(run((const char *const[]){"check", NULL}), 64);
    assert_non_null(strstr(output, "TH1004"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_installed_catalogue_is_counted_in_both_languages, setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_built_in_catalogue_is_checked_by_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(json_has_the_same_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(
            every_mistake_is_printed_with_the_path_of_its_file, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_directory_without_a_catalogue_cannot_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(other_words_are_no_command, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
