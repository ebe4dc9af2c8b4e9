// test_store_lmdb_damage.c - the store on disk when files are cut, processes killed, disks full

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/store_lmdb.h"

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum { PAGE = 4096, LARGE = 60000, FILL_MAX = 4000, SKIPPED = 77 };

static char *dir;
static char *path;
static char *data;
static struct th_disk *disk;

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    path = path_in(dir, "province");
    data = path_in(path, "data.mdb");
    disk_open(path, &disk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_disk_close(&disk);
    free(data);
    free(path);
    scratch_remove(dir);
    return 0;
}

static off_t size_of(const char *file)
{
    struct stat about;
    assert_int_equal(stat(file, &about), 0);
    return about.st_size;
}

static void overwrite(struct th_bytes bytes)
{
    const int file = open(data, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes.data, bytes.size), (ssize_t)bytes.size);
    assert_int_equal(close(file), 0);
}

static void an_empty_or_missing_or_strange_file_is_corrupt(void **state)
{
    (void)state;
    uint8_t garbage[3 * PAGE];
    struct rng rng;
    rng_start(&rng);
    rng_bytes(&rng, garbage, sizeof(garbage));
    const size_t sizes[] = {0, 1, 100, PAGE, PAGE + 1, sizeof(garbage)};
    th_disk_close(&disk);

    for (size_t i = 0; i < TH_COUNT(sizes); i++) {
        overwrite((struct th_bytes){.data = garbage, .size = sizes[i]});
        EXPECT(TH_E_CORRUPT, th_disk_open(path, &DISK_OPTIONS, &disk));
        assert_int_equal(size_of(data), (off_t)sizes[i]); // evidence is not touched
    }
    assert_int_equal(unlink(data), 0);
    EXPECT(TH_E_CORRUPT, th_disk_open(path, &DISK_OPTIONS, &disk));
    assert_int_not_equal(access(data, F_OK), 0);
}

// Every length a cut can leave. Pages that no commit uses may be missing; all others are noticed at
// open, where reading them would be SIGBUS.
static void a_file_cut_at_any_page_is_corrupt_or_whole(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        EXPECT(TH_OK, disk_put_large(disk, i, 700 + 200 * i));
    }
    const uint64_t used = th_disk_used(disk);
    th_disk_close(&disk);
    size_t size_whole = 0;
    TH_SCOPED(th_free_scoped) char *whole = file_read(data, &size_whole);
    assert_int_equal(size_whole, used);

    unsigned refused = 0;
    for (size_t size = PAGE; size < size_whole; size += PAGE) {
        overwrite((struct th_bytes){.data = whole, .size = size});
        const enum th_err err = th_disk_open(path, &DISK_OPTIONS, &disk);
        if (err == TH_OK) {
            assert_int_equal(disk_count(disk), 40);
            th_disk_close(&disk);
        } else {
            EXPECT(TH_E_CORRUPT, err);
            refused++;
        }
    }
    assert_true(refused > size_whole / PAGE / 2);
}

static void a_file_that_is_short_of_free_pages_only_is_whole(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 60; i++) { // pages to give back, so that LMDB has a list of free ones
        EXPECT(TH_OK, disk_put_large(disk, i % 7, 20000));
    }
    disk_put(disk, "march", "12");
    {
        static uint8_t bytes[300 * PAGE];
        const struct th_bytes large = {.data = bytes, .size = sizeof(bytes)};
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin(disk, &txn));
        const struct th_store store = th_disk_store(&txn);
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("m"), TH_BYTES("1")));
        EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, TH_BYTES("n"), large));
        EXPECT(TH_OK, th_store_remove(store, DISK_TABLE_A, TH_BYTES("n")));
        EXPECT(TH_OK, th_disk_commit(&txn));
    }
    const uint64_t used = th_disk_used(disk);
    th_disk_close(&disk);
    assert_true((uint64_t)size_of(data) < used); // the case this test is about

    disk_open(path, &disk);
    disk_expect(disk, "march", "12");
    th_disk_close(&disk);
    assert_int_equal(truncate(data, size_of(data) - PAGE), 0);
    const enum th_err err = th_disk_open(path, &DISK_OPTIONS, &disk);
    assert_true(err == TH_E_CORRUPT || err == TH_OK);
    if (err == TH_OK) {
        disk_expect(disk, "march", "12"); // that page was free too
    }
}

static int write_and_wait(const char *where)
{
    struct th_disk *mine = NULL;
    struct th_disk_txn txn = {0};
    if (th_disk_open(where, &DISK_OPTIONS, &mine) != TH_OK || th_disk_begin(mine, &txn) != TH_OK ||
        th_store_put(th_disk_store(&txn), DISK_TABLE_A, TH_BYTES("march"), TH_BYTES("13")) !=
            TH_OK) {
        return 1;
    }
    disk_child_ready();
    disk_child_pause();
}

static void a_writer_killed_in_its_transaction_leaves_nothing_and_blocks_nobody(void **state)
{
    (void)state;
    disk_put(disk, "march", "12");
    struct disk_child writer = disk_child_start("write", path, NULL);
    disk_child_await(&writer);
    assert_true(WIFSIGNALED(disk_child_kill(&writer)));

    disk_expect(disk, "march", "12");
    (void)alarm(20); // a lock that stays held would wait for ever
    disk_put(disk, "april", "1");
    (void)alarm(0);
    th_disk_close(&disk);
    disk_open(path, &disk);
    disk_expect(disk, "march", "12");
    disk_expect(disk, "april", "1");
}

static int read_and_wait(const char *where)
{
    struct th_disk *mine = NULL;
    struct th_disk_txn txn = {0};
    if (th_disk_open(where, &DISK_OPTIONS, &mine) != TH_OK ||
        th_disk_begin_read(mine, &txn) != TH_OK) {
        return 1;
    }
    disk_child_ready();
    disk_child_pause();
}

static uint64_t growth(unsigned commits)
{
    const uint64_t before = th_disk_used(disk);
    for (unsigned i = 0; i < commits; i++) {
        EXPECT(TH_OK, disk_put_large(disk, 1, 10 * PAGE));
    }
    return th_disk_used(disk) - before;
}

static void a_killed_reader_pins_pages_until_it_is_looked_for(void **state)
{
    (void)state;
    (void)growth(5);
    struct disk_child reader = disk_child_start("read", path, NULL);
    disk_child_await(&reader);
    assert_int_equal(th_disk_readers(disk).count, 1);
    assert_true(WIFSIGNALED(disk_child_kill(&reader)));

    assert_true(growth(10) >= 50 * PAGE);
    assert_true(th_disk_readers(disk).oldest_commits >= 10);
    th_disk_reader_check(disk);
    assert_int_equal(th_disk_readers(disk).count, 0);
    (void)growth(5);
    assert_true(growth(20) <= 20 * PAGE);
}

#ifdef TONGHOP_FAULTS

static int be_born(const char *where)
{
    struct th_disk *mine = NULL;
    const enum th_err err = th_disk_open(where, &DISK_OPTIONS, &mine);
    th_disk_close(&mine);
    return err == TH_OK ? 0 : 1;
}

static size_t leftovers(const char *where)
{
    char pattern[4096];
    glob_t found = {0};
    (void)snprintf(pattern, sizeof(pattern), "%s.new-*", where);
    (void)glob(pattern, 0, NULL, &found);
    const size_t count = found.gl_pathc;
    globfree(&found);
    return count;
}

static void a_birth_that_was_killed_leaves_no_store_and_the_next_one_cleans_up(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *other = path_in(dir, "other");
    struct disk_child maker = disk_child_start("birth", other, "TONGHOP_STOP_AT=store.birth:1");
    assert_true(WIFSIGNALED(disk_child_end(&maker)));

    assert_int_not_equal(access(other, F_OK), 0);
    assert_int_equal(leftovers(other), 1);
    maker = disk_child_start("birth", other, NULL);
    assert_int_equal(disk_child_end(&maker), 0);
    assert_int_equal(leftovers(other), 0);
    struct th_disk *born = NULL;
    disk_open(other, &born);
    disk_expect(born, "march", NULL);
    th_disk_close(&born);
}

static int commit_march(const char *where)
{
    struct th_disk *mine = NULL;
    if (th_disk_open(where, &DISK_OPTIONS, &mine) != TH_OK) {
        return 1;
    }
    disk_put(mine, "march", "13");
    th_disk_close(&mine);
    return 0;
}

static void a_kill_around_the_commit_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    disk_put(disk, "march", "12");
    struct disk_child before =
        disk_child_start("commit", path, "TONGHOP_STOP_AT=store.committing:1");
    assert_true(WIFSIGNALED(disk_child_end(&before)));
    disk_expect(disk, "march", "12");

    struct disk_child after = disk_child_start("commit", path, "TONGHOP_STOP_AT=store.committed:1");
    assert_true(WIFSIGNALED(disk_child_end(&after)));
    disk_expect(disk, "march", "13");
}

#endif

// Put until the store says it is full; then what was committed reads well, and it goes on once
// there is room again. Returns the error of the first put that failed.
static enum th_err fill(struct th_disk *filled, uint32_t *count)
{
    for (*count = 0; *count < FILL_MAX; ++*count) {
        const enum th_err err = disk_put_large(filled, *count, LARGE);
        if (err != TH_OK) {
            return err;
        }
    }
    return TH_OK;
}

static void a_full_map_is_full_and_reads_and_removals_go_on(void **state)
{
    (void)state;
    th_disk_close(&disk);
    struct th_disk_options options = DISK_OPTIONS;
    options.map_size = 1024 * 1024;
    EXPECT(TH_OK, th_disk_open(path, &options, &disk));
    uint32_t count = 0;

    EXPECT(TH_E_FULL, fill(disk, &count));
    assert_true(count >= 10);

    assert_int_equal(disk_count(disk), count);
    {
        uint8_t key[4];
        th_put_u32(key, 0);
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin(disk, &txn));
        const struct th_bytes first = {.data = key, .size = sizeof(key)};
        EXPECT(TH_OK, th_store_remove(th_disk_store(&txn), DISK_TABLE_B, first));
        EXPECT(TH_OK, th_disk_commit(&txn));
    }
    assert_int_equal(disk_count(disk), count - 1);
    disk_put(disk, "march", "12");
}

// Runs in a mount namespace of its own, on a file system of 3 MiB with a file of 1 MiB in it.
static int fill_small_disk(const char *where)
{
    struct th_disk *mine = NULL;
    uint32_t count = 0;
    TH_SCOPED(th_free_scoped) char *store = path_in(where, "province");
    TH_SCOPED(th_free_scoped) char *ballast = path_in(where, "ballast");
    EXPECT(TH_OK, th_disk_open(store, &DISK_OPTIONS, &mine));
    for (int cycle = 0; cycle < 5; cycle++) {
        const int file = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0 || posix_fallocate(file, 0, 1024 * 1024 / (cycle + 1)) != 0) {
            return 2;
        }
        (void)close(file);
        EXPECT(TH_E_FULL, fill(mine, &count));
        assert_true(count >= 10);
        EXPECT(TH_E_FULL, disk_put_large(mine, FILL_MAX, 4 * LARGE));
        assert_true(disk_count(mine) >= count);
        assert_int_equal(unlink(ballast), 0);
        disk_put(mine, "march", "12");
        disk_expect(mine, "march", "12");
        for (uint32_t i = 0; i < count; i++) {
            uint8_t key[4];
            th_put_u32(key, i);
            TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
            EXPECT(TH_OK, th_disk_begin(mine, &txn));
            EXPECT(TH_OK,
                   th_store_remove(th_disk_store(&txn),
                                   DISK_TABLE_B,
                                   (struct th_bytes){.data = key, .size = sizeof(key)}));
            EXPECT(TH_OK, th_disk_commit(&txn));
        }
    }
    th_disk_close(&mine);
    return 0;
}

static void a_full_disk_is_full_and_works_again_once_there_is_room(void **state)
{
    (void)state;
    char mount[1024]; // not from the heap: SKIP releases nothing
    assert_in_range(snprintf(mount, sizeof(mount), "%s/small", dir), 1, sizeof(mount) - 1);
    assert_int_equal(mkdir(mount, 0700), 0);
    char command[8192];
    char self[4096] = {0};
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    (void)snprintf(command,
                   sizeof(command),
                   "unshare -rm sh -c 'mount -t tmpfs -o size=3m,mode=0700 none \"%s\" || exit %d; "
                   "exec \"%s\" full \"%s\"' 2>&1",
                   mount,
                   SKIPPED,
                   self,
                   mount);
    const int probe = system("unshare -rm true 2>/dev/null"); // NOLINT(cert-env33-c): constant
    if (probe != 0) {
        SKIP("this machine forbids mount namespaces (unshare -rm)");
    }
    const int status = system(command); // NOLINT(cert-env33-c): our own paths
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        SKIP("this machine forbids mounts in a namespace");
    }
    assert_int_equal(status, 0);
}

static void fill_to_limit(struct th_disk *mine, rlim_t bytes)
{
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    uint32_t count = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT(TH_E_FULL, fill(mine, &count));
    assert_true(disk_count(mine) >= count);
    const struct rlimit free_again = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &free_again), 0);
    disk_put(mine, "march", "12");
}

static int fill_allowed_size(const char *where)
{
    struct th_disk *mine = NULL;
    assert_true(signal(SIGXFSZ, SIG_DFL) != SIG_ERR); // the parent handed its own setting down
    EXPECT(TH_OK, th_disk_open(where, &DISK_OPTIONS, &mine));
    disk_put(mine, "march", "12");
    fill_to_limit(mine, 1000 * 1000);        // a write is cut short: EIO
    fill_to_limit(mine, th_disk_used(mine)); // a write begins at the limit: EFBIG
    th_disk_close(&mine);
    return 0;
}

static void a_file_size_limit_is_an_error_and_not_a_death(void **state)
{
    (void)state;
    th_disk_close(&disk);
    struct disk_child child = disk_child_start("limit", path, NULL);
    assert_int_equal(disk_child_end(&child), 0);
}

static void a_map_beyond_the_address_space_is_said_so(void **state)
{
    (void)state;
    th_disk_close(&disk);
    struct th_disk_options options = DISK_OPTIONS;
    options.map_size = 1ULL << 60;
    const enum th_err err = th_disk_open(path, &options, &disk);
    assert_true(err == TH_E_INVALID || err == TH_E_NO_MEMORY);
    EXPECT(TH_OK, th_disk_open(path, &DISK_OPTIONS, &disk));
}

static const struct disk_role ROLES[] = {
    {"write", write_and_wait},
    {"read", read_and_wait},
    {"full", fill_small_disk},
    {"limit", fill_allowed_size},
#ifdef TONGHOP_FAULTS
    {"birth", be_born},
    {"commit", commit_march},
#endif
};

int main(int argc, char **argv)
{
    const int status = disk_child_main(argc, argv, ROLES, TH_COUNT(ROLES));
    if (status >= 0) {
        return status;
    }
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(an_empty_or_missing_or_strange_file_is_corrupt),
        CASE(a_file_cut_at_any_page_is_corrupt_or_whole),
        CASE(a_file_that_is_short_of_free_pages_only_is_whole),
        CASE(a_writer_killed_in_its_transaction_leaves_nothing_and_blocks_nobody),
        CASE(a_killed_reader_pins_pages_until_it_is_looked_for),
#ifdef TONGHOP_FAULTS
        CASE(a_birth_that_was_killed_leaves_no_store_and_the_next_one_cleans_up),
        CASE(a_kill_around_the_commit_leaves_the_old_or_the_new),
#endif
        CASE(a_full_map_is_full_and_reads_and_removals_go_on),
        CASE(a_full_disk_is_full_and_works_again_once_there_is_room),
        CASE(a_file_size_limit_is_an_error_and_not_a_death),
        CASE(a_map_beyond_the_address_space_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
