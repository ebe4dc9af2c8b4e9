// test_store_lmdb_copy.c - copies beside a writer, stores made from nothing, stores only read

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/store_lmdb.h"

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum { COPIES = 6, NAME_BYTES = 8 };

static char *dir;
static char *path;
static char *copy;
static struct th_disk *disk;

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    path = path_in(dir, "province");
    copy = path_in(dir, "copy");
    disk_open(path, &disk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_disk_close(&disk);
    free(path);
    free(copy);
    scratch_remove(dir);
    return 0;
}

static unsigned names_in(const char *where)
{
    DIR *listing = opendir(where);
    unsigned count = 0;
    assert_non_null(listing);
    const struct dirent *entry = NULL;
    while ((entry = readdir(listing)) != NULL) { // NOLINT(concurrency-mt-unsafe): our own stream
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(listing);
    return count;
}

static struct th_disk_options options_of(enum th_disk_use use)
{
    struct th_disk_options options = DISK_OPTIONS;
    options.use = use;
    options.create = use == TH_DISK_OWN;
    return options;
}

// ---- copies ----

static enum th_err check_march(void *context, struct th_store store)
{
    struct th_bytes got;
    ++*(int *)context;
    TH_TRY(th_store_get(store, DISK_TABLE_A, TH_BYTES("march"), &got));
    return th_bytes_equal(got, TH_BYTES("12")) ? TH_OK : TH_E_CORRUPT;
}

static enum th_err set_march(void *context, struct th_store store)
{
    (void)context;
    return th_store_put(store, DISK_TABLE_A, TH_BYTES("march"), TH_BYTES("12"));
}

static enum th_err refuse_change(void *context, struct th_store store)
{
    TH_TRY(set_march(context, store));
    return TH_E_INVALID;
}

static void a_copy_is_a_store_of_its_own(void **state)
{
    (void)state;
    int checks = 0;
    const struct th_disk_copying copying = {.check = check_march, .context = &checks};
    disk_put(disk, "march", "12");

    EXPECT(TH_OK, th_disk_copy(disk, &DISK_OPTIONS, copy, &copying));
    disk_put(disk, "march", "13");

    assert_int_equal(checks, 1);
    struct th_disk *other = NULL;
    disk_open(copy, &other);
    disk_expect(other, "march", "12");
    th_disk_close(&other);
    EXPECT(TH_E_EXISTS, th_disk_copy(disk, &DISK_OPTIONS, copy, &copying));
    assert_int_equal(names_in(dir), 2);
}

static void a_copy_that_fails_its_check_gets_no_name(void **state)
{
    (void)state;
    int checks = 0;
    const struct th_disk_copying copying = {.check = check_march, .context = &checks};
    disk_put(disk, "march", "not 12");

    EXPECT(TH_E_CORRUPT, th_disk_copy(disk, &DISK_OPTIONS, copy, &copying));

    assert_int_equal(checks, 1);
    assert_int_equal(names_in(dir), 1);
}

static void a_copy_is_changed_before_it_is_checked(void **state)
{
    (void)state;
    int checks = 0;
    struct th_disk_copying copying = {
        .change = refuse_change, .check = check_march, .context = &checks};
    disk_put(disk, "march", "11");

    EXPECT(TH_E_INVALID, th_disk_copy(disk, &DISK_OPTIONS, copy, &copying));
    assert_int_equal(checks, 0);
    assert_int_equal(names_in(dir), 1);

    copying.change = set_march;
    EXPECT(TH_OK, th_disk_copy(disk, &DISK_OPTIONS, copy, &copying));
    assert_int_equal(checks, 1);
    disk_expect(disk, "march", "11");
}

// Writes the same number under two keys, one commit after another, until it is killed.
static int play_writer(const char *where)
{
    struct th_disk *own = NULL;
    struct th_disk_options options = DISK_OPTIONS;
    options.exclusive = true;
    if (th_disk_open(where, &options, &own) != TH_OK) {
        return 1;
    }
    for (uint64_t number = 1;; number++) {
        uint8_t value[8];
        th_put_u64(value, number);
        const struct th_bytes bytes = {.data = value, .size = sizeof(value)};
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        if (th_disk_begin(own, &txn) != TH_OK ||
            th_store_put(th_disk_store(&txn), DISK_TABLE_A, TH_BYTES("one"), bytes) != TH_OK ||
            th_store_put(th_disk_store(&txn), DISK_TABLE_B, TH_BYTES("two"), bytes) != TH_OK ||
            th_disk_commit(&txn) != TH_OK) {
            return 1;
        }
        if (number == 1) {
            disk_child_ready();
        }
    }
}

static enum th_err check_equal(void *context, struct th_store store)
{
    struct th_bytes one;
    struct th_bytes two;
    TH_TRY(th_store_get(store, DISK_TABLE_A, TH_BYTES("one"), &one));
    TH_TRY(th_store_get(store, DISK_TABLE_B, TH_BYTES("two"), &two));
    uint64_t *newest = context;
    const uint64_t number = th_get_u64(one.data);
    const bool good = th_bytes_equal(one, two) && number >= *newest;
    *newest = number;
    return good ? TH_OK : TH_E_CORRUPT;
}

static void a_copy_is_made_beside_the_writer_of_another_process(void **state)
{
    (void)state;
    const struct th_disk_options beside = options_of(TH_DISK_BESIDE);
    const struct th_disk_options still = options_of(TH_DISK_STILL);
    uint64_t newest = 0;
    const struct th_disk_copying copying = {.check = check_equal, .context = &newest};
    th_disk_close(&disk);
    struct disk_child writer = disk_child_start("writer", path, NULL);
    disk_child_await(&writer);

    EXPECT(TH_OK, th_disk_open(path, &beside, &disk));
    for (unsigned i = 0; i < COPIES; i++) {
        char name[NAME_BYTES];
        (void)snprintf(name, sizeof(name), "copy%u", i);
        TH_SCOPED(th_free_scoped) char *one = path_in(dir, name);
        EXPECT(TH_OK, th_disk_copy(disk, &still, one, &copying));
        assert_int_equal(names_in(one), 1); // no lock file
    }
    (void)disk_child_kill(&writer);
    assert_true(newest >= 1);
}

// ---- only read ----

static void what_is_only_read_is_not_touched(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *data = path_in(copy, "data.mdb");
    const struct th_disk_copying nothing = {0};
    struct th_disk_options still = options_of(TH_DISK_STILL);
    struct th_disk *other = NULL;
    disk_put(disk, "march", "12");
    EXPECT(TH_OK, th_disk_copy(disk, &still, copy, &nothing));
    assert_int_equal(chmod(data, 0444), 0); // others may read it, nobody may write
    assert_int_equal(chmod(copy, 0555), 0);

    EXPECT(TH_OK, th_disk_open(copy, &still, &other));
    disk_expect(other, "march", "12");
    th_disk_close(&other);

    assert_int_equal(names_in(copy), 1);
    const struct th_disk_options beside = options_of(TH_DISK_BESIDE);
    EXPECT(TH_E_DENIED, th_disk_open(copy, &beside, &other));
    assert_int_equal(chmod(copy, 0700), 0);
}

// A store that was made before there was such a table.
static void a_table_that_is_not_there_is_empty(void **state)
{
    (void)state;
    static const char *const MORE[] = {"a", "later"};
    struct th_disk_options still = options_of(TH_DISK_STILL);
    struct th_disk *other = NULL;
    disk_put(disk, "march", "12");
    th_disk_close(&disk);
    still.tables = MORE;
    still.table_count = TH_COUNT(MORE);
    EXPECT(TH_OK, th_disk_open(path, &still, &other));
    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        struct th_bytes key;
        struct th_bytes value;
        uint64_t count = 7;
        EXPECT(TH_OK, th_disk_begin_read(other, &txn));
        const struct th_store store = th_disk_store(&txn);
        EXPECT(TH_E_NOT_FOUND, th_store_get(store, 1, TH_BYTES("x"), &value));
        EXPECT(TH_E_NOT_FOUND, th_store_seek(store, 1, TH_BYTES("x"), &key, &value));
        EXPECT(TH_E_NOT_FOUND, th_store_next(store, 1, TH_BYTES("x"), &key, &value));
        EXPECT(TH_E_NOT_FOUND, th_store_prev(store, 1, (struct th_bytes){0}, &key, &value));
        EXPECT(TH_OK, th_store_count(store, 1, &count));
        assert_int_equal(count, 0);
        EXPECT(TH_OK, th_store_count(store, 0, &count));
        assert_int_equal(count, 1);
    }
    th_disk_close(&other);
}

static void all_tables_are_read_without_their_names(void **state)
{
    (void)state;
    struct th_disk_options still = options_of(TH_DISK_STILL);
    struct th_disk *other = NULL;
    uint64_t count = 0;
    EXPECT(TH_OK, disk_put_large(disk, 1, 10));
    th_disk_close(&disk);
    still.tables = NULL;
    still.table_count = 0;

    EXPECT(TH_OK, th_disk_open(path, &still, &other));

    assert_int_equal(th_disk_table_count(other), DISK_TABLES);
    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin_read(other, &txn));
        EXPECT(TH_OK, th_store_count(th_disk_store(&txn), DISK_TABLE_B, &count));
        assert_int_equal(count, 1);
    }
    th_disk_close(&other);
}

// ---- from nothing ----

static enum th_err fill_two(void *context, struct th_disk *made)
{
    disk_put(made, "march", "12");
    disk_put(made, "april", "13");
    return *(enum th_err *)context;
}

static void a_store_is_made_from_nothing_or_not_at_all(void **state)
{
    (void)state;
    enum th_err outcome = TH_E_INVALID;
    struct th_disk *other = NULL;

    EXPECT(TH_E_INVALID, th_disk_build(copy, &DISK_OPTIONS, fill_two, &outcome));
    assert_int_equal(names_in(dir), 1);
    outcome = TH_OK;
    EXPECT(TH_OK, th_disk_build(copy, &DISK_OPTIONS, fill_two, &outcome));
    EXPECT(TH_E_EXISTS, th_disk_build(copy, &DISK_OPTIONS, fill_two, &outcome));

    disk_open(copy, &other);
    disk_expect(other, "april", "13");
    th_disk_close(&other);
    assert_int_equal(names_in(dir), 2);
}

int main(int argc, char **argv)
{
    static const struct disk_role ROLES[] = {{"writer", play_writer}};
    const int played = disk_child_main(argc, argv, ROLES, TH_COUNT(ROLES));
    if (played >= 0) {
        return played;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_is_a_store_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_that_fails_its_check_gets_no_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_is_changed_before_it_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_copy_is_made_beside_the_writer_of_another_process, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_only_read_is_not_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(a_table_that_is_not_there_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(all_tables_are_read_without_their_names, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_store_is_made_from_nothing_or_not_at_all, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
