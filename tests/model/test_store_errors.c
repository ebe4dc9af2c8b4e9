// test_store_errors.c - every call by which the store writes fails once: what the store then says
//
// The calls are replaced by ones that fail at the nth time with EIO, ENOSPC or half a write. On a
// healthy disk a failure is TH_E_IO, and the process has to end: then it opens the store anew. What
// it finds is whole, and is the state before the change or, if the last step failed, after it.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tonghop/fault.h"

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum failure { FAIL_EIO, FAIL_ENOSPC, FAIL_SHORT, FAILURES };

static struct {
    unsigned left; // calls until one fails; 0 = none does
    enum failure failure;
    bool struck;
    bool meta_only; // only writes of the meta page count: the last step of a commit
    bool struck_meta;
} injected;

enum { META_WRITE_MAX = 512 }; // it is 120 bytes; all other writes are pages

static bool strikes(bool is_meta)
{
    if (injected.left == 0 || (injected.meta_only && !is_meta) || --injected.left > 0) {
        return false;
    }
    injected.struck_meta = is_meta;
    injected.struck = true;
    errno = injected.failure == FAIL_ENOSPC ? ENOSPC : EIO;
    return true;
}

// liblmdb.so and the library under test find these before those of libc.

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    if (!strikes(size <= META_WRITE_MAX)) {
        return syscall(SYS_pwrite64, descriptor, bytes, size, offset);
    }
    return injected.failure == FAIL_SHORT
               ? syscall(SYS_pwrite64, descriptor, bytes, size / 2, offset)
               : -1;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    if (!strikes(false)) {
        return syscall(SYS_writev, descriptor, parts, count);
    }
    return injected.failure == FAIL_SHORT ? syscall(SYS_writev, descriptor, parts, 1) : -1;
}

int fdatasync(int descriptor)
{
    (void)descriptor;
    return strikes(false) ? -1 : 0;
}

int fsync(int descriptor)
{
    (void)descriptor;
    return strikes(false) ? -1 : 0;
}

int mkdirat(int dir, const char *name, mode_t mode)
{
    return strikes(false) ? -1 : (int)syscall(SYS_mkdirat, dir, name, mode);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return strikes(false) ? -1 : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

static char *dir;
static char *path;
static struct th_disk *disk;

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    path = path_in(dir, "province");
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

static void inject(enum failure failure, unsigned nth)
{
    injected.failure = failure;
    injected.left = nth;
    injected.struck = false;
    injected.struck_meta = false;
    injected.meta_only = false;
}

// A commit of many pages, so that LMDB writes in every way it knows.
static enum th_err change_all(uint8_t version)
{
    static uint8_t bytes[9000];
    memset(bytes, version, sizeof(bytes));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    for (uint32_t i = 0; i < 40; i++) {
        uint8_t key[4];
        th_put_u32(key, i * 7919U % 40);
        const struct th_bytes value = {.data = bytes, .size = i % 4 == 0 ? sizeof(bytes) : 300};
        TH_TRY(th_store_put(
            store, DISK_TABLE_A, (struct th_bytes){.data = key, .size = sizeof(key)}, value));
    }
    return th_disk_commit(&txn);
}

// The version all values are of; fails the test when they differ.
static uint8_t version_of_all(void)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    struct th_bytes key = {0};
    struct th_bytes value;
    uint8_t version = 0;
    unsigned count = 0;
    while (th_store_next(th_disk_store(&txn), DISK_TABLE_A, key, &key, &value) == TH_OK) {
        const uint8_t *bytes = value.data;
        version = count == 0 ? bytes[0] : version;
        for (size_t i = 0; i < value.size; i++) {
            assert_int_equal(bytes[i], version);
        }
        count++;
    }
    assert_int_equal(count, 40);
    return version;
}

// Fail at the first call of a commit, then at the second, until there is none left.
static unsigned fail_each_call_of_a_commit(enum failure failure, enum th_err wanted)
{
    uint8_t version = version_of_all();
    for (unsigned nth = 1;; nth++) {
        inject(failure, nth);
        const uint8_t next = (uint8_t)(version + 1);
        const enum th_err err = change_all(next);
        injected.left = 0;
        if (!injected.struck) {
            EXPECT(TH_OK, err);
            return nth - 1;
        }
        EXPECT(injected.struck_meta ? TH_E_IO : wanted, err);
        if (err == TH_E_FULL) { // nothing is in the store, and it works again
            assert_int_equal(version_of_all(), version);
            EXPECT(TH_OK, change_all(version));
        }
        th_disk_close(&disk);
        disk_open(path, &disk);
        const uint8_t found = version_of_all();
        assert_true(found == version || (found == next && injected.struck_meta));
        version = found;
    }
}

static void a_failed_write_or_flush_of_a_commit_harms_nothing(void **state)
{
    (void)state;
    disk_open(path, &disk);
    EXPECT(TH_OK, change_all(1));
    EXPECT(TH_OK, change_all(2));

    // Writes, one flush, the meta page.
    assert_in_range(fail_each_call_of_a_commit(FAIL_EIO, TH_E_IO), 3, 100);
    assert_in_range(fail_each_call_of_a_commit(FAIL_ENOSPC, TH_E_FULL), 3, 100);
}

// LMDB refuses everything after it, and only a new process can see whether that commit is there.
static void a_failed_meta_page_is_an_unknown_outcome_whatever_failed_it(void **state)
{
    (void)state;
    disk_open(path, &disk);
    EXPECT(TH_OK, change_all(1));
    for (unsigned failure = 0; failure < FAILURES; failure++) {
        inject((enum failure)failure, 1);
        injected.meta_only = true;
        EXPECT(TH_E_IO, change_all(2));
        assert_true(injected.struck_meta);
        struct th_disk_txn txn = {0};
        EXPECT(TH_E_IO, th_disk_begin(disk, &txn));
        EXPECT(TH_E_IO, th_disk_begin_read(disk, &txn));
        th_disk_close(&disk);
        disk_open(path, &disk);
        assert_in_range(version_of_all(), 1, 2);
        EXPECT(TH_OK, change_all(1));
    }
}

static void a_write_that_is_cut_short_on_a_disk_with_room_is_a_failed_disk(void **state)
{
    (void)state;
    disk_open(path, &disk);
    EXPECT(TH_OK, change_all(1));
    EXPECT(TH_OK, change_all(2));
    inject(FAIL_SHORT, 1);
    EXPECT(TH_E_IO, change_all(3));
    assert_true(injected.struck);
    assert_int_equal(version_of_all(), 2);
}

static void a_birth_that_fails_anywhere_leaves_nothing_or_a_whole_store(void **state)
{
    (void)state;
    unsigned failed = 0;
    unsigned whole = 0;
    for (unsigned nth = 1;; nth++) {
        inject(FAIL_EIO, nth);
        const enum th_err err = th_disk_open(path, &DISK_OPTIONS, &disk);
        injected.left = 0;
        if (!injected.struck) {
            EXPECT(TH_OK, err);
            break;
        }
        assert_true(err != TH_OK);
        assert_null(disk);
        failed++;
        struct th_disk_options options = DISK_OPTIONS;
        options.create = false;
        const enum th_err after = th_disk_open(path, &options, &disk);
        if (after == TH_OK) { // only the last flush was missing
            whole++;
            th_disk_close(&disk);
            scratch_remove(path);
            path = path_in(dir, "province");
        } else {
            EXPECT(TH_E_NOT_FOUND, after);
        }
    }
    assert_in_range(failed, 7, 100); // directory, pages, flushes, meta page, name, parent
    assert_int_equal(whole, 1);
}

#ifdef TONGHOP_FAULTS
static void a_retry_on_a_failed_disk_is_found_out(void **state)
{
    (void)state;
    disk_open(path, &disk);
    EXPECT(TH_OK, change_all(1));
    th_mutant_set(38);
    inject(FAIL_EIO, 1);
    const enum th_err err = change_all(2);
    th_mutant_set(0);
    EXPECT(TH_E_FULL, err); // what the tests above would not accept
}
#endif

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_failed_write_or_flush_of_a_commit_harms_nothing),
        CASE(a_failed_meta_page_is_an_unknown_outcome_whatever_failed_it),
        CASE(a_write_that_is_cut_short_on_a_disk_with_room_is_a_failed_disk),
        CASE(a_birth_that_fails_anywhere_leaves_nothing_or_a_whole_store),
#ifdef TONGHOP_FAULTS
        CASE(a_retry_on_a_failed_disk_is_found_out),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
