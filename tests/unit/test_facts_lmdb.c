// test_facts_lmdb.c - facts about LMDB that our store rests on
//
// These test the library, not us: an upgrade that changes one of them is noticed here, before its
// defence in store_lmdb*.c turns out to guard against the wrong thing.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum { MAP = 1024 * 1024, PAGE = 4096, READERS = 126 };

static char *dir;
static MDB_env *env;

static MDB_env *env_at(const char *path, unsigned flags)
{
    MDB_env *made = NULL;
    assert_int_equal(mdb_env_create(&made), 0);
    assert_int_equal(mdb_env_set_mapsize(made, MAP), 0);
    assert_int_equal(mdb_env_open(made, path, flags, 0600), 0);
    return made;
}

static int setup(void **state)
{
    (void)state;
    dir = scratch_dir();
    env = env_at(dir, MDB_NOTLS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (env != NULL) {
        mdb_env_close(env);
    }
    scratch_remove(dir);
    return 0;
}

static MDB_txn *begin(unsigned flags, MDB_dbi *dbi)
{
    MDB_txn *txn = NULL;
    assert_int_equal(mdb_txn_begin(env, NULL, flags, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, dbi), 0);
    return txn;
}

static int put(MDB_txn *txn, MDB_dbi dbi, const char *key, size_t size, size_t value_size)
{
    static char bytes[MAP];
    MDB_val name = {.mv_size = size, .mv_data = (void *)(uintptr_t)key};
    MDB_val value = {.mv_size = value_size, .mv_data = bytes};
    return mdb_put(txn, dbi, &name, &value, 0);
}

static void it_is_the_version_we_know(void **state)
{
    (void)state;
    int major = 0;
    int minor = 0;
    int patch = 0;
    (void)mdb_version(&major, &minor, &patch);
    assert_int_equal(major, 0);
    assert_int_equal(minor, 9);
    assert_true(patch >= 24);
    assert_int_equal(mdb_env_get_maxkeysize(env), 511);
}

static void keys_have_1_to_511_bytes_and_a_wrong_one_harms_nothing(void **state)
{
    (void)state;
    char key[512];
    MDB_dbi dbi = 0;
    memset(key, 'k', sizeof(key));
    MDB_txn *txn = begin(0, &dbi);

    assert_int_equal(put(txn, dbi, key, 0, 1), MDB_BAD_VALSIZE);
    assert_int_equal(put(txn, dbi, key, 512, 1), MDB_BAD_VALSIZE);
    assert_int_equal(put(txn, dbi, key, 511, 0), 0); // an empty value is fine
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void a_full_map_is_said_by_put_and_spoils_the_transaction(void **state)
{
    (void)state;
    MDB_dbi dbi = 0;
    MDB_txn *txn = begin(0, &dbi);
    assert_int_equal(put(txn, dbi, "a", 1, 10), 0);
    assert_int_equal(put(txn, dbi, "b", 1, MAP - 1), MDB_MAP_FULL);
    assert_int_equal(mdb_txn_commit(txn), MDB_BAD_TXN);

    txn = begin(0, &dbi);
    assert_int_equal(put(txn, dbi, "a", 1, 10), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void the_map_must_not_change_while_a_transaction_is_open(void **state)
{
    (void)state;
    MDB_dbi dbi = 0;
    MDB_txn *txn = begin(0, &dbi);
    assert_int_equal(mdb_env_set_mapsize(env, 2 * MAP), EINVAL);
    mdb_txn_abort(txn);
    // With a reader open it would be unmapped under the reader: we never call it after opening.
}

static void the_table_of_readers_has_an_end(void **state)
{
    (void)state;
    MDB_txn *readers[READERS + 1] = {NULL};
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &readers[i]), 0);
    }
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &readers[READERS]), MDB_READERS_FULL);
    for (int i = 0; i < READERS; i++) {
        mdb_txn_abort(readers[i]);
    }
}

static void without_notls_a_thread_has_one_reader(void **state)
{
    (void)state;
    mdb_env_close(env);
    env = env_at(dir, 0);
    MDB_txn *one = NULL;
    MDB_txn *two = NULL;
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &one), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &two), MDB_BAD_RSLOT);
    mdb_txn_abort(one);
}

static void the_data_descriptor_stays_open_for_programs_we_start(void **state)
{
    (void)state;
    int data = -1;
    assert_int_equal(mdb_env_get_fd(env, &data), 0);
    assert_int_equal(fcntl(data, F_GETFD) & FD_CLOEXEC, 0);
}

static void values_stand_at_any_address(void **state)
{
    (void)state;
    MDB_dbi dbi = 0;
    MDB_txn *txn = begin(0, &dbi);
    unsigned odd = 0;
    for (size_t size = 1; size <= 9; size += 2) {
        char digits[] = "123456789";
        MDB_val key = {.mv_size = size, .mv_data = digits};
        MDB_val value;
        assert_int_equal(put(txn, dbi, digits, size, size), 0);
        assert_int_equal(mdb_get(txn, dbi, &key, &value), 0);
        odd += (uintptr_t)value.mv_data % 2;
    }
    assert_true(odd > 0);
    mdb_txn_abort(txn);
}

static int open_file_of(const char *bytes, size_t size)
{
    mdb_env_close(env);
    env = NULL;
    TH_SCOPED(th_free_scoped) char *data = path_in(dir, "data.mdb");
    assert_int_equal(unlink(data), 0);
    free(scratch_write(dir, "data.mdb", (struct th_bytes){.data = bytes, .size = size}));
    assert_int_equal(mdb_env_create(&env), 0);
    return mdb_env_open(env, dir, MDB_NOTLS, 0600);
}

static void an_empty_file_is_made_a_new_store(void **state)
{
    (void)state;
    assert_int_equal(open_file_of("", 0), 0); // hence we look before LMDB does
}

static void a_strange_file_is_invalid(void **state)
{
    (void)state;
    static const char GARBAGE[2 * PAGE] = "garbage";
    assert_int_equal(open_file_of("x", 1), MDB_INVALID);
    assert_int_equal(open_file_of(GARBAGE, sizeof(GARBAGE)), MDB_INVALID);
}

static void a_copy_never_replaces_a_file_and_has_the_mode_of_the_umask(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *copy = path_in(dir, "copy");
    TH_SCOPED(th_free_scoped) char *data = path_in(copy, "data.mdb");
    struct stat about;
    assert_int_equal(mkdir(copy, 0700), 0);
    const mode_t mask = umask(022);
    assert_int_equal(mdb_env_copy2(env, copy, MDB_CP_COMPACT), 0);
    (void)umask(mask);

    assert_int_equal(stat(data, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0644); // hence we set it
    assert_int_equal(mdb_env_copy2(env, copy, MDB_CP_COMPACT), EEXIST);
}

// Pages taken and given back in one transaction are counted as used and never written, so a file
// may rightly end before its last page.
static void a_file_may_end_before_its_last_page(void **state)
{
    (void)state;
    MDB_dbi dbi = 0;
    for (int round = 0; round < 6; round++) {
        MDB_txn *txn = begin(0, &dbi);
        char large[] = "b";
        MDB_val name = {.mv_size = 1, .mv_data = large};
        assert_int_equal(put(txn, dbi, "a", 1, (size_t)(5 - round) * PAGE), 0);
        assert_int_equal(put(txn, dbi, "b", 1, (size_t)(round / 4) * 100 * PAGE), 0);
        assert_int_equal(mdb_del(txn, dbi, &name, NULL), 0);
        assert_int_equal(mdb_txn_commit(txn), 0);
    }
    MDB_envinfo info;
    struct stat about;
    int data = -1;
    assert_int_equal(mdb_env_info(env, &info), 0);
    assert_int_equal(mdb_env_get_fd(env, &data), 0);
    assert_int_equal(fstat(data, &about), 0);
    assert_true((uint64_t)about.st_size < (uint64_t)(info.me_last_pgno + 1) * PAGE);
}

static void *commit_in_thread(void *txn)
{
    const int rc = mdb_txn_commit(txn);
    return (void *)(intptr_t)rc;
}

// Plays in a child, which hangs and is ended by its alarm.
static int commit_from_another_thread(const char *path)
{
    env = env_at(path, MDB_NOTLS);
    MDB_dbi dbi = 0;
    MDB_txn *txn = begin(0, &dbi);
    pthread_t thread;
    void *rc = NULL;
    if (put(txn, dbi, "a", 1, 1) != 0 ||
        pthread_create(&thread, NULL, commit_in_thread, txn) != 0 ||
        pthread_join(thread, &rc) != 0 || rc != NULL) {
        return 1; // the commit was refused: the fact has changed
    }
    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(1);
    return mdb_txn_begin(env, NULL, 0, &txn) == 0 ? 2 : 3;
}

static void a_commit_from_another_thread_blocks_the_store_for_ever(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *path = path_in(dir, "thread");
    assert_int_equal(mkdir(path, 0700), 0);
    struct disk_child child = disk_child_start("thread", path, NULL);
    const int status = disk_child_end(&child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGALRM);
}

static int open_twice(const char *path)
{
    MDB_env *first = env_at(path, MDB_NOTLS);
    MDB_env *second = env_at(path, MDB_NOTLS);
    const bool both = first != NULL && second != NULL;
    mdb_env_close(second);
    mdb_env_close(first);
    return both ? 0 : 1;
}

static void a_second_handle_in_one_process_is_not_refused(void **state)
{
    (void)state;
    TH_SCOPED(th_free_scoped) char *path = path_in(dir, "twice");
    assert_int_equal(mkdir(path, 0700), 0);
    struct disk_child child = disk_child_start("twice", path, NULL);
    assert_int_equal(disk_child_end(&child), 0);
}

static const struct disk_role ROLES[] = {
    {"thread", commit_from_another_thread},
    {"twice", open_twice},
};

int main(int argc, char **argv)
{
    const int status = disk_child_main(argc, argv, ROLES, TH_COUNT(ROLES));
    if (status >= 0) {
        return status;
    }
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(it_is_the_version_we_know),
        CASE(keys_have_1_to_511_bytes_and_a_wrong_one_harms_nothing),
        CASE(a_full_map_is_said_by_put_and_spoils_the_transaction),
        CASE(the_map_must_not_change_while_a_transaction_is_open),
        CASE(the_table_of_readers_has_an_end),
        CASE(without_notls_a_thread_has_one_reader),
        CASE(the_data_descriptor_stays_open_for_programs_we_start),
        CASE(values_stand_at_any_address),
        CASE(an_empty_file_is_made_a_new_store),
        CASE(a_strange_file_is_invalid),
        CASE(a_copy_never_replaces_a_file_and_has_the_mode_of_the_umask),
        CASE(a_file_may_end_before_its_last_page),
        CASE(a_commit_from_another_thread_blocks_the_store_for_ever),
        CASE(a_second_handle_in_one_process_is_not_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
