// test_store_lmdb_threads.c - one writer and many readers in one process; who may end a transaction

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum { READERS = 3, WRITERS = 2, COMMITS = 25 };

static char *dir;
static char *path;
static struct th_disk *disk;
static atomic_int writers_left;

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

static uint64_t number_at(struct th_store store, unsigned table)
{
    struct th_bytes value;
    const enum th_err err = th_store_get(store, table, TH_BYTES("number"), &value);
    th_assert(err == TH_OK || err == TH_E_NOT_FOUND);
    return err == TH_OK ? th_get_u64(value.data) : 0;
}

static void raise_both(void)
{
    uint8_t bytes[8];
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    enum th_err err = th_disk_begin(disk, &txn);
    th_assert(err == TH_OK);
    const struct th_store store = th_disk_store(&txn);
    for (unsigned table = 0; table < DISK_TABLES; table++) {
        th_put_u64(bytes, number_at(store, table) + 1);
        const struct th_bytes value = {.data = bytes, .size = sizeof(bytes)};
        err = th_store_put(store, table, TH_BYTES("number"), value);
        th_assert(err == TH_OK);
    }
    err = th_disk_commit(&txn);
    th_assert(err == TH_OK);
}

static void *write_all(void *unused)
{
    for (int i = 0; i < COMMITS; i++) {
        raise_both();
    }
    atomic_fetch_sub(&writers_left, 1);
    return unused;
}

// LMDB alone shows a reader, that is held up in its beginning, a commit before its time; we do not.
static void *read_all(void *unused)
{
    uint64_t last = 0;
    while (atomic_load(&writers_left) > 0) {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        const enum th_err err = th_disk_begin_read(disk, &txn);
        th_assert(err == TH_OK);
        const uint64_t a = number_at(th_disk_store(&txn), DISK_TABLE_A);
        th_assert(a == number_at(th_disk_store(&txn), DISK_TABLE_B));
        th_assert(a >= last);
        last = a;
    }
    return unused;
}

static void readers_see_whole_commits_while_writers_take_turns(void **state)
{
    (void)state;
    pthread_t threads[WRITERS + READERS];
    atomic_store(&writers_left, WRITERS);
    for (int i = 0; i < WRITERS + READERS; i++) {
        void *(*job)(void *) = i < WRITERS ? write_all : read_all;
        assert_int_equal(pthread_create(&threads[i], NULL, job, NULL), 0);
    }
    for (int i = 0; i < WRITERS + READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    assert_int_equal(number_at(th_disk_store(&txn), DISK_TABLE_A), WRITERS * COMMITS);
}

static void *end_it(void *txn)
{
    th_disk_end(txn);
    return NULL;
}

static int end_in_another_thread(const char *where)
{
    struct th_disk *mine = NULL;
    struct th_disk_txn txn = {0};
    pthread_t thread;
    if (th_disk_open(where, &DISK_OPTIONS, &mine) == TH_OK && th_disk_begin(mine, &txn) == TH_OK &&
        pthread_create(&thread, NULL, end_it, &txn) == 0) {
        (void)pthread_join(thread, NULL);
    }
    return 0;
}

// LMDB would say yes, and the next writer would wait for ever.
static void a_transaction_ended_by_another_thread_stops_the_process(void **state)
{
    (void)state;
    th_disk_close(&disk);
    struct disk_child child = disk_child_start("thread", path, NULL);
    const int status = disk_child_end(&child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    disk_open(path, &disk);
    disk_put(disk, "march", "12");
}

static const struct disk_role ROLES[] = {{"thread", end_in_another_thread}};

int main(int argc, char **argv)
{
    const int status = disk_child_main(argc, argv, ROLES, TH_COUNT(ROLES));
    if (status >= 0) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            readers_see_whole_commits_while_writers_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_transaction_ended_by_another_thread_stops_the_process, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
