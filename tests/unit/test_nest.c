// test_nest.c - a directory gets its name last, and what was left without one is removed

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/nest.h"

#include "tests/support/test.h"

static int setup(void **state)
{
    EXPECT(TH_OK, th_hash_start());
    *state = scratch_dir();
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

static int entries(const char *path)
{
    DIR *dir = opendir(path);
    int count = -2; // "." and ".."
    assert_non_null(dir);
    while (readdir(dir) != NULL) { // NOLINT(concurrency-mt-unsafe): one thread
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void fill(const char *path)
{
    TH_SCOPED(th_free_scoped) char *inner = path_in(path, "register");
    TH_SCOPED(th_free_scoped) char *deep = path_in(inner, "units.csv");
    TH_SCOPED(th_free_scoped) char *file = path_in(path, "manifest");
    EXPECT(TH_OK, th_file_create(file, TH_BYTES("whole"), 0644));
    assert_int_equal(mkdir(inner, 0755), 0);
    EXPECT(TH_OK, th_file_create(deep, TH_BYTES("code"), 0644));
}

static unsigned mode_of(const char *path)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return about.st_mode & 0777;
}

static void it_gets_its_name_with_what_is_in_it(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "backup");
    TH_SCOPED(th_free_scoped) char *inner = path_in(path, "register");
    TH_SCOPED(th_free_scoped) char *deep = path_in(inner, "units.csv");
    TH_SCOPED(th_nest_leave) struct th_nest nest = {.dir = -1, .parent_dir = -1};

    EXPECT(TH_OK, th_nest_enter(path, &nest));
    assert_int_not_equal(access(path, F_OK), 0);
    fill(nest.path);
    EXPECT(TH_OK, th_nest_flush(&nest));
    EXPECT(TH_OK, th_nest_name(&nest));

    assert_int_equal(entries(*state), 1);
    assert_int_equal(entries(path), 2);
    assert_int_equal(mode_of(path), 0700);
    assert_int_equal(mode_of(inner), 0700);
    assert_int_equal(mode_of(deep), 0600);
}

static void what_has_no_name_is_removed(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "backup");
    struct th_nest nest = {.dir = -1, .parent_dir = -1};
    EXPECT(TH_OK, th_nest_enter(path, &nest));
    fill(nest.path);

    th_nest_leave(&nest);

    assert_int_equal(entries(*state), 0);
}

static void what_is_there_is_not_replaced(void **state)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "backup");
    struct th_nest nest = {.dir = -1, .parent_dir = -1};
    EXPECT(TH_OK, th_nest_enter(path, &nest));
    assert_int_equal(mkdir(path, 0700), 0);

    EXPECT(TH_E_EXISTS, th_nest_name(&nest));
    th_nest_leave(&nest);

    assert_int_equal(entries(*state), 1);
    assert_int_equal(entries(path), 0);
}

// Only what nobody holds, of this very name, with the ending that we give.
static void leftovers_of_a_maker_that_died_are_removed(void **state)
{
    static const char *const NAMES[] = {"backup.new-0123456789abcdef",
                                        "backup.new-of-mine",
                                        "backups.new-0123456789abcdef",
                                        "backup.new-0123456789abcdef0"};
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "backup");
    struct th_nest other = {.dir = -1, .parent_dir = -1};
    struct th_nest nest = {.dir = -1, .parent_dir = -1};
    for (size_t i = 0; i < TH_COUNT(NAMES); i++) {
        TH_SCOPED(th_free_scoped) char *left = path_in(*state, NAMES[i]);
        assert_int_equal(mkdir(left, 0700), 0);
        fill(left);
    }
    EXPECT(TH_OK, th_nest_enter(path, &other)); // removes one, and is at work itself

    EXPECT(TH_OK, th_nest_enter(path, &nest));

    assert_int_equal(entries(*state), 5);
    assert_int_equal(access(other.path, F_OK), 0);
    th_nest_leave(&nest);
    th_nest_sweep(*state); // removes one of another name
    assert_int_equal(access(other.path, F_OK), 0);
    th_nest_leave(&other);
    assert_int_equal(entries(*state), 2);
}

static void a_path_that_cannot_be_is_said_to_be_one(void **state)
{
    char large[TH_NEST_PATH_MAX + 8];
    struct th_nest nest = {.dir = -1, .parent_dir = -1};
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    TH_SCOPED(th_free_scoped) char *nowhere = path_in(*state, "no/such");

    EXPECT(TH_E_INVALID, th_nest_enter(large, &nest));
    th_nest_leave(&nest);
    EXPECT(TH_E_INVALID, th_nest_enter("", &nest));
    th_nest_leave(&nest);
    EXPECT(TH_E_NOT_FOUND, th_nest_enter(nowhere, &nest));
    th_nest_leave(&nest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_gets_its_name_with_what_is_in_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_has_no_name_is_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(
            leftovers_of_a_maker_that_died_are_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_path_that_cannot_be_is_said_to_be_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
