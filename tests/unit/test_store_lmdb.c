// test_store_lmdb.c - the store on disk: who may open it, what a transaction promises
//
// That it keeps keys and values like the store in memory is shown by test_store_model.c; damage,
// kills and full disks are in test_store_lmdb_damage.c, copies in test_store_lmdb_copy.c.

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/fault.h"
#include "tonghop/store_lmdb.h"

#include "tests/support/disk.h"
#include "tests/support/test.h"

static char *dir;
static char *path;
static struct th_disk *disk;

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    path = path_in(dir, "province");
    disk_open(path, &disk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_disk_close(&disk);
    free(path);
    scratch_remove(dir);
    return 0;
}

static void reopen(void)
{
    th_disk_close(&disk);
    disk_open(path, &disk);
}

static enum th_err try_open(const char *where)
{
    struct th_disk *other = NULL;
    const enum th_err err = th_disk_open(where, &DISK_OPTIONS, &other);
    th_disk_close(&other);
    return err;
}

static unsigned names_in(const char *where)
{
    DIR *listing = opendir(where);
    assert_non_null(listing);
    unsigned count = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(listing)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(listing);
    return count;
}

static void what_was_committed_is_there_after_reopening(void **state)
{
    (void)state;
    disk_put(disk, "march", "12");
    disk_put(disk, "april", "");

    reopen();

    disk_expect(disk, "march", "12");
    disk_expect(disk, "april", "");
    assert_int_equal(names_in(dir), 1);
}

static void what_was_not_committed_is_not(void **state)
{
    (void)state;
    disk_put(disk, "march", "12");
    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin(disk, &txn));
        const struct th_store store = th_disk_store(&txn);
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("march"), TH_BYTES("13")));
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("april"), TH_BYTES("1")));
    }
    disk_expect(disk, "march", "12");
    disk_expect(disk, "april", NULL);
}

static void a_reader_sees_the_store_as_it_was_when_it_began(void **state)
{
    (void)state;
    disk_put(disk, "march", "12");
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));

    disk_put(disk, "march", "13");
    disk_put(disk, "march", "14");

    struct th_bytes got;
    EXPECT(TH_OK, th_store_get(th_disk_store(&txn), DISK_TABLE_A, TH_BYTES("march"), &got));
    assert_true(th_bytes_equal(got, TH_BYTES("12")));
    const struct th_disk_readers readers = th_disk_readers(disk);
    assert_int_equal(readers.count, 1);
    assert_int_equal(readers.oldest_commits, 2);
}

static void a_missing_store_is_made_only_when_asked(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *missing = path_in(dir, "missing");
    struct th_disk_options options = DISK_OPTIONS;
    options.create = false;
    struct th_disk *other = NULL;

    EXPECT(TH_E_NOT_FOUND, th_disk_open(missing, &options, &other));
    assert_null(other);
    assert_int_not_equal(access(missing, F_OK), 0);
    TH_SCOPED(th_free_scoped) char *deeper = path_in(missing, "deeper");
    EXPECT(TH_E_NOT_FOUND, try_open(deeper));
    TH_SCOPED(th_free_scoped)
    char *file = scratch_write(dir, "file", TH_BYTES("not a directory"));
    EXPECT(TH_E_INVALID, try_open(file));
}

static void a_second_open_in_the_process_is_busy_under_any_name(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *other_name = path_in(dir, "link");
    assert_int_equal(symlink("province", other_name), 0);

    EXPECT(TH_E_BUSY, try_open(path));
    EXPECT(TH_E_BUSY, try_open(other_name));
    th_disk_close(&disk);
    EXPECT(TH_OK, try_open(other_name));
    EXPECT(TH_OK, try_open(path));
}

static void only_the_owner_may_open(void **state)
{
    (void)state;
    th_disk_close(&disk);
    TH_SCOPED(th_free_scoped) char *data = path_in(path, "data.mdb");
    struct stat about;
    assert_int_equal(stat(data, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);

    assert_int_equal(chmod(path, 0750), 0);
    EXPECT(TH_E_DENIED, try_open(path));
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(chmod(data, 0604), 0);
    EXPECT(TH_E_DENIED, try_open(path));
    assert_int_equal(chmod(data, 0600), 0);
    EXPECT(TH_OK, try_open(path));
}

static int hold_alone(const char *where)
{
    struct th_disk_options options = DISK_OPTIONS;
    options.exclusive = true;
    struct th_disk *held = NULL;
    if (th_disk_open(where, &options, &held) != TH_OK) {
        return 1;
    }
    disk_child_ready();
    disk_child_pause();
}

static void an_exclusive_holder_keeps_others_out_for_life(void **state)
{
    (void)state;
    th_disk_close(&disk);
    struct th_disk_options options = DISK_OPTIONS;
    options.exclusive = true;
    struct disk_child holder = disk_child_start("hold", path, NULL);
    disk_child_await(&holder);

    EXPECT(TH_E_BUSY, th_disk_open(path, &options, &disk));
    EXPECT(TH_OK, try_open(path)); // who does not ask for the lock shares LMDB's own
    assert_true(WIFSIGNALED(disk_child_kill(&holder)));
    EXPECT(TH_OK, th_disk_open(path, &options, &disk));
}

static void no_turn_is_begun_below_the_free_space_mark(void **state)
{
    (void)state;
    disk_put(disk, "march", "12");
    th_disk_close(&disk);
    struct th_disk_options options = DISK_OPTIONS;
    options.free_min = UINT64_MAX;
    EXPECT(TH_OK, th_disk_open(path, &options, &disk));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};

    EXPECT(TH_E_FULL, th_disk_begin(disk, &txn));
    disk_expect(disk, "march", "12");
    uint64_t room = 0;
    EXPECT(TH_OK, th_disk_free(disk, &room));
    assert_true(room > 0);
    struct th_disk *born = NULL;
    TH_SCOPED(th_free_scoped) char *other = path_in(dir, "other");
    EXPECT(TH_E_FULL, th_disk_open(other, &options, &born));
}

static void new_tables_are_added_to_an_old_store(void **state)
{
    (void)state;
    static const char *const MORE[] = {"a", "b", "c"};
    disk_put(disk, "march", "12");
    th_disk_close(&disk);
    struct th_disk_options options = DISK_OPTIONS;
    options.tables = MORE;
    options.table_count = 3;
    options.create = false;

    EXPECT(TH_OK, th_disk_open(path, &options, &disk));

    disk_expect(disk, "march", "12");
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    uint64_t count = 1;
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    EXPECT(TH_OK, th_store_count(th_disk_store(&txn), 2, &count));
    assert_int_equal(count, 0);
}

static void no_descriptor_survives_into_another_program(void **state)
{
    (void)state;
    DIR *listing = opendir("/proc/self/fd");
    assert_non_null(listing);
    unsigned ours = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(listing)) != NULL) {
        char target[4096];
        const ssize_t size = readlinkat(dirfd(listing), entry->d_name, target, sizeof(target) - 1);
        target[size < 0 ? 0 : size] = '\0';
        if (strncmp(target, path, strlen(path)) == 0) {
            ours++;
            const int flags = fcntl((int)strtol(entry->d_name, NULL, 10), F_GETFD);
            assert_true((flags & FD_CLOEXEC) != 0);
        }
    }
    (void)closedir(listing);
    assert_true(ours >= 3); // directory, data, lock
}

// LMDB moves what stands in a page when an entry of another size is replaced there. What it lent
// may be what it is given.
static void a_value_that_was_lent_can_be_put_elsewhere(void **state)
{
    (void)state;
    static char large[9000];
    memset(large, 'x', sizeof(large) - 1);
    const struct th_bytes originals[] = {TH_BYTES("a short value"), th_bytes_of(large)};
    for (size_t i = 0; i < TH_COUNT(originals); i++) {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin(disk, &txn));
        const struct th_store store = th_disk_store(&txn);
        struct th_bytes value;
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("a"), TH_BYTES("other size")));
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("b"), originals[i]));
        EXPECT(TH_OK, th_store_get(store, DISK_TABLE_A, TH_BYTES("b"), &value));
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("a"), value));
        EXPECT(TH_OK, th_store_get(store, DISK_TABLE_A, TH_BYTES("a"), &value));
        assert_true(th_bytes_equal(value, originals[i]));
        value.size -= 5;
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("a"), value));
        EXPECT(TH_OK, th_store_get(store, DISK_TABLE_A, TH_BYTES("a"), &value));
        assert_int_equal(value.size, originals[i].size - 5);
        assert_memory_equal(value.data, originals[i].data, value.size);
    }
}

#ifdef TONGHOP_FAULTS

static void a_network_file_system_is_refused(void **state)
{
    (void)state;
    th_disk_close(&disk);
    th_fault_arm("store.network", 1);
    EXPECT(TH_E_DENIED, try_open(path));
    TH_SCOPED(th_free_scoped) char *other = path_in(dir, "other");
    th_fault_arm("store.network", 1);
    EXPECT(TH_E_DENIED, try_open(other));
    th_fault_disarm();
    EXPECT(TH_OK, try_open(path));
}

static enum th_err three_changes(void)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    TH_TRY(th_store_put(store, DISK_TABLE_A, TH_BYTES("march"), TH_BYTES("13")));
    TH_TRY(th_store_remove(store, DISK_TABLE_A, TH_BYTES("april")));
    TH_TRY(th_store_put(store, DISK_TABLE_A, TH_BYTES("may"), TH_BYTES("1")));
    return th_disk_commit(&txn);
}

static unsigned failures_at(const char *point, enum th_err wanted)
{
    unsigned failures = 0;
    enum th_err err = wanted;
    while (err != TH_OK) {
        disk_put(disk, "march", "12");
        disk_put(disk, "april", "12");
        th_fault_arm(point, failures + 1);
        err = three_changes();
        th_fault_disarm();
        if (err != TH_OK) {
            EXPECT(wanted, err);
            failures++;
            disk_expect(disk, "march", "12");
            disk_expect(disk, "april", "12");
            disk_expect(disk, "may", NULL);
        }
    }
    disk_expect(disk, "march", "13");
    disk_expect(disk, "april", NULL);
    EXPECT(TH_OK, disk_put_large(disk, 1, 10));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(disk, &txn));
    EXPECT(TH_OK, th_store_remove(th_disk_store(&txn), DISK_TABLE_A, TH_BYTES("may")));
    EXPECT(TH_OK, th_disk_commit(&txn));
    return failures;
}

static void nothing_is_in_the_store_after_a_failure_at_any_point(void **state)
{
    (void)state;
    assert_int_equal(failures_at("store.begin", TH_E_IO), 1);
    assert_int_equal(failures_at("store.begin.full", TH_E_FULL), 1);
    assert_int_equal(failures_at("store.put", TH_E_IO), 3);
    assert_int_equal(failures_at("store.put.full", TH_E_FULL), 3);
    assert_int_equal(failures_at("store.commit", TH_E_IO), 1);
    assert_int_equal(failures_at("store.commit.full", TH_E_FULL), 1);
}

static void after_a_failed_change_every_call_answers_the_same(void **state)
{
    (void)state;
    struct th_bytes got;
    uint64_t count = 0;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    th_fault_arm("store.put.full", 1);
    EXPECT(TH_E_FULL, th_store_put(store, DISK_TABLE_A, TH_BYTES("a"), TH_BYTES("1")));
    th_fault_disarm();

    EXPECT(TH_E_FULL, th_store_get(store, DISK_TABLE_A, TH_BYTES("a"), &got));
    EXPECT(TH_E_FULL, th_store_count(store, DISK_TABLE_A, &count));
    EXPECT(TH_E_FULL, th_store_remove(store, DISK_TABLE_A, TH_BYTES("a")));
    EXPECT(TH_E_FULL, th_disk_commit(&txn));
    EXPECT(TH_OK, three_changes() == TH_E_NOT_FOUND ? TH_OK : TH_E_IO); // a txn can begin again
}

#endif

static const struct disk_role ROLES[] = {{"hold", hold_alone}};

int main(int argc, char **argv)
{
    const int status = disk_child_main(argc, argv, ROLES, TH_COUNT(ROLES));
    if (status >= 0) {
        return status;
    }
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(what_was_committed_is_there_after_reopening),
        CASE(what_was_not_committed_is_not),
        CASE(a_reader_sees_the_store_as_it_was_when_it_began),
        CASE(a_missing_store_is_made_only_when_asked),
        CASE(a_second_open_in_the_process_is_busy_under_any_name),
        CASE(only_the_owner_may_open),
        CASE(an_exclusive_holder_keeps_others_out_for_life),
        CASE(no_turn_is_begun_below_the_free_space_mark),
        CASE(new_tables_are_added_to_an_old_store),
        CASE(no_descriptor_survives_into_another_program),
        CASE(a_value_that_was_lent_can_be_put_elsewhere),
#ifdef TONGHOP_FAULTS
        CASE(a_network_file_system_is_refused),
        CASE(nothing_is_in_the_store_after_a_failure_at_any_point),
        CASE(after_a_failed_change_every_call_answers_the_same),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
