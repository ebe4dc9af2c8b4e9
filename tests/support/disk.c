// disk.c - see disk.h

#include "tests/support/disk.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_DESCRIPTOR = 9, MAP_BYTES = 64 * 1024 * 1024 };

static const char *const TABLES[DISK_TABLES] = {"a", "b"};

const struct th_disk_options DISK_OPTIONS = {
    .tables = TABLES, .table_count = DISK_TABLES, .map_size = MAP_BYTES, .create = true};

void disk_open(const char *path, struct th_disk **disk)
{
    EXPECT(TH_OK, th_disk_open(path, &DISK_OPTIONS, disk));
}

void disk_put(struct th_disk *disk, const char *key, const char *value)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, th_bytes_of(key), th_bytes_of(value)));
    EXPECT(TH_OK, th_disk_commit(&txn));
}

void disk_expect(struct th_disk *disk, const char *key, const char *value)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    struct th_bytes got = {0};
    const enum th_err err = th_store_get(th_disk_store(&txn), DISK_TABLE_A, th_bytes_of(key), &got);
    if (value == NULL) {
        EXPECT(TH_E_NOT_FOUND, err);
        return;
    }
    EXPECT(TH_OK, err);
    assert_true(th_bytes_equal(got, th_bytes_of(value)));
}

enum th_err disk_put_large(struct th_disk *disk, uint32_t number, size_t size)
{
    TH_SCOPED(th_free_scoped) void *bytes = calloc(1, size);
    assert_non_null(bytes);
    uint8_t key[4];
    th_put_u32(key, number);
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(disk, &txn));
    TH_TRY(th_store_put(th_disk_store(&txn),
                        DISK_TABLE_B,
                        (struct th_bytes){.data = key, .size = sizeof(key)},
                        (struct th_bytes){.data = bytes, .size = size}));
    return th_disk_commit(&txn);
}

uint64_t disk_count(struct th_disk *disk)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    struct th_bytes key = {0};
    struct th_bytes value;
    uint64_t count = 0;
    while (th_store_next(store, DISK_TABLE_B, key, &key, &value) == TH_OK) {
        const uint8_t *at = value.data;
        for (size_t i = 0; i < value.size; i++) {
            assert_int_equal(at[i], 0); // as disk_put_large wrote it
        }
        count++;
    }
    uint64_t counted = 0;
    EXPECT(TH_OK, th_store_count(store, DISK_TABLE_B, &counted));
    assert_true(counted == count);
    return count;
}

struct disk_child disk_child_start(const char *role, const char *path, const char *setting)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (setting != NULL) {
            (void)putenv(strdup(setting));
        }
        // dup2 onto itself would leave it closed on exec.
        (void)(ends[1] == READY_DESCRIPTOR ? fcntl(ends[1], F_SETFD, 0)
                                           : dup2(ends[1], READY_DESCRIPTOR));
        (void)execl("/proc/self/exe", "test", role, path, (char *)NULL);
        _exit(99);
    }
    (void)close(ends[1]);
    return (struct disk_child){.pid = pid, .ready = ends[0]};
}

void disk_child_await(struct disk_child *child)
{
    struct pollfd wanted = {.fd = child->ready, .events = POLLIN};
    char byte = 0;
    assert_int_equal(poll(&wanted, 1, PATIENCE_MS), 1);
    assert_int_equal(read(child->ready, &byte, 1), 1);
}

int disk_child_end(struct disk_child *child)
{
    int status = 0;
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    (void)close(child->ready);
    return status;
}

int disk_child_kill(struct disk_child *child)
{
    assert_int_equal(kill(child->pid, SIGKILL), 0);
    return disk_child_end(child);
}

int disk_child_main(int argc, char **argv, const struct disk_role *roles, size_t count)
{
    for (size_t i = 0; argc == 3 && i < count; i++) {
        if (strcmp(argv[1], roles[i].name) == 0) {
            return roles[i].play(argv[2]);
        }
    }
    return -1;
}

void disk_child_ready(void)
{
    const ssize_t size = write(READY_DESCRIPTOR, "r", 1);
    th_assert(size == 1);
}

_Noreturn void disk_child_pause(void)
{
    for (;;) {
        (void)pause();
    }
}
