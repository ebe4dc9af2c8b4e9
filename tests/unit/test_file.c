// test_file.c - files are read within their bound and replaced whole

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"

#include "tests/support/test.h"

static int setup(void **state)
{
    *state = scratch_dir();
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

static void a_replaced_file_has_the_new_content_and_mode_and_no_leftover(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "roster.yaml");
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    struct stat stat_of_it;
    size_t size = 0;

    EXPECT(TH_OK, th_file_replace(path, TH_BYTES("old"), 0644));
    EXPECT(TH_OK, th_file_replace(path, TH_BYTES("new one"), 0600));

    EXPECT(TH_OK, th_file_read(path, 100, &bytes, &size));
    assert_int_equal(size, 7);
    assert_string_equal(bytes, "new one");
    assert_int_equal(stat(path, &stat_of_it), 0);
    assert_int_equal(stat_of_it.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    assert_true(th_dir_is_empty(*state));
}

static void an_existing_file_is_not_created_over(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "node.secret");
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;

    EXPECT(TH_OK, th_file_create(path, TH_BYTES("first"), 0600));
    EXPECT(TH_E_EXISTS, th_file_create(path, TH_BYTES("second"), 0600));

    EXPECT(TH_OK, th_file_read(path, 100, &bytes, &size));
    assert_string_equal(bytes, "first");
}

static void the_bound_is_exact(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "five");
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;
    EXPECT(TH_OK, th_file_replace(path, TH_BYTES("12345"), 0600));

    EXPECT(TH_E_TOO_LARGE, th_file_read(path, 4, &bytes, &size));
    EXPECT(TH_OK, th_file_read(path, 5, &bytes, &size));
    assert_int_equal(size, 5);
}

static void what_is_not_there_or_no_file_is_told_apart(void **state)
{
    TH_SCOPED(th_free_scoped) char *missing = path_in(*state, "no/such/file");
    char *bytes = NULL;
    size_t size = 0;

    EXPECT(TH_E_NOT_FOUND, th_file_read(missing, 10, &bytes, &size));
    EXPECT(TH_E_NOT_FOUND, th_file_replace(missing, TH_BYTES("x"), 0600));
    EXPECT(TH_E_DENIED, th_file_read(*state, 10, &bytes, &size));
    EXPECT(TH_E_NOT_FOUND, th_dir_make(missing));
    assert_null(bytes);
}

static void an_empty_file_reads_as_empty_text(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "empty");
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 1;
    EXPECT(TH_OK, th_file_replace(path, TH_BYTES(""), 0600));

    EXPECT(TH_OK, th_file_read(path, 10, &bytes, &size));

    assert_int_equal(size, 0);
    assert_string_equal(bytes, "");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_replaced_file_has_the_new_content_and_mode_and_no_leftover),
        CASE(an_existing_file_is_not_created_over),
        CASE(the_bound_is_exact),
        CASE(what_is_not_there_or_no_file_is_told_apart),
        CASE(an_empty_file_reads_as_empty_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
