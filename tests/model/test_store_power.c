// test_store_power.c - a power cut at any moment loses nothing that was acknowledged
//
// The calls by which LMDB and our door write are replaced by ones that also keep a record: every
// write with its bytes, every flush, every name given, every acknowledgement. For each moment of
// the record, images of the disk are built: all that was flushed, and of the rest nothing,
// everything, or a part, with writes torn at 512 bytes. The real store opens each image. It must
// hold exactly one of the committed states, and none before the last one acknowledged.
//
//      record   mkdir  write write flush  rename flush  write flush WRITE ack ...
//      cut                          ^ here: images of what a disk may hold

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum {
    COMMITS = 25,
    PUTS_MAX = 30,
    KEYS = 400,
    IMAGES_PER_CUT = 8,
    RECORDS_MAX = 4000,
    IMAGE_MAX = 4 * 1024 * 1024,
    SECTOR = 512,
    FOUND = 3,
};

enum kind { NAME_DIR, NAME_FILE, RENAME, WRITE, FLUSH_FILE, FLUSH_DIR, FLUSH_PARENT, ACK };

struct record {
    enum kind kind;
    bool synchronous; // WRITE: durable when it returned
    uint64_t version; // ACK
    size_t offset;
    size_t size;
    uint8_t *bytes;
};

static struct {
    bool on;
    char *base; // the parent directory, in which one store is born
    struct record records[RECORDS_MAX];
    size_t count;
    uint8_t digests[COMMITS + 1][TH_HASH256_BYTES]; // state after each commit
} tape;

static struct record *add(enum kind kind)
{
    th_assert(tape.count < RECORDS_MAX);
    struct record *record = &tape.records[tape.count++];
    *record = (struct record){.kind = kind};
    return record;
}

// What a descriptor is: its path below the base; empty when it is none of ours or the lock file.
static const char *path_of(int descriptor, char out[static 4096])
{
    char link[64];
    out[0] = '\0';
    if (!tape.on) {
        return out;
    }
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    const ssize_t size = readlink(link, out, 4095);
    out[size < 0 ? 0 : size] = '\0';
    const bool ours = strncmp(out, tape.base, strlen(tape.base)) == 0;
    if (!ours || strstr(out, "lock.mdb") != NULL) {
        out[0] = '\0';
    }
    return out;
}

static bool is_data(const char *path)
{
    return strstr(path, "/data.mdb") != NULL;
}

static void record_write(int descriptor, const void *bytes, size_t size, off_t offset)
{
    char path[4096];
    if (!is_data(path_of(descriptor, path))) {
        return;
    }
    struct record *record = add(WRITE);
    record->synchronous = (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
    record->offset = (size_t)offset;
    record->size = size;
    record->bytes = malloc(size);
    th_assert(record->bytes != NULL);
    memcpy(record->bytes, bytes, size);
}

static void record_flush(int descriptor)
{
    char path[4096];
    path_of(descriptor, path);
    if (is_data(path)) {
        (void)add(FLUSH_FILE);
    } else if (strcmp(path, tape.base == NULL ? "" : tape.base) == 0) {
        (void)add(FLUSH_PARENT);
    } else if (path[0] != '\0') {
        (void)add(FLUSH_DIR);
    }
}

// The calls themselves. liblmdb.so and the library under test find these before those of libc.

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    record_write(descriptor, bytes, size, offset);
    return syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    off_t at = lseek(descriptor, 0, SEEK_CUR);
    for (int i = 0; tape.on && i < count; i++) {
        record_write(descriptor, parts[i].iov_base, parts[i].iov_len, at);
        at += (off_t)parts[i].iov_len;
    }
    return syscall(SYS_writev, descriptor, parts, count);
}

// Nothing waits for the real disk here: what counts is that the call was made.
int fdatasync(int descriptor)
{
    record_flush(descriptor);
    return 0;
}

int fsync(int descriptor)
{
    record_flush(descriptor);
    return 0;
}

int mkdirat(int dir, const char *name, mode_t mode)
{
    if (tape.on) {
        (void)add(NAME_DIR);
        (void)add(NAME_FILE); // LMDB opens its file in it next, and nothing is flushed in between
    }
    return (int)syscall(SYS_mkdirat, dir, name, mode);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    if (tape.on) {
        (void)add(RENAME);
    }
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

// --- the history that is recorded

static uint64_t read_version(struct th_store store)
{
    struct th_bytes value;
    const enum th_err err = th_store_get(store, DISK_TABLE_B, TH_BYTES("version"), &value);
    return err == TH_OK && value.size == 8 ? th_get_u64(value.data) : 0;
}

static enum th_err
digest_of(struct th_disk *disk, uint64_t *version, uint8_t out[static TH_HASH256_BYTES])
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    struct th_hash_run run;
    th_hash_run_start(&run);
    for (unsigned table = 0; table < DISK_TABLES; table++) {
        struct th_bytes key = {0};
        struct th_bytes value;
        enum th_err err = TH_OK;
        unsigned left = 2 * KEYS; // a broken tree may have no end
        while ((err = th_store_next(store, table, key, &key, &value)) == TH_OK && left-- > 0) {
            th_hash_run_add(&run, key);
            th_hash_run_add(&run, value);
        }
        if (err != TH_E_NOT_FOUND) {
            return err;
        }
    }
    th_hash_run_end(&run, out);
    *version = read_version(store);
    return TH_OK;
}

static void commit_version(struct th_disk *disk, struct rng *rng, uint64_t version)
{
    uint8_t bytes[3000];
    uint8_t number[8];
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(disk, &txn));
    const struct th_store store = th_disk_store(&txn);
    for (uint32_t left = rng_below(rng, PUTS_MAX); left > 0; left--) {
        th_put_u64(number, rng_below(rng, KEYS));
        const struct th_bytes key = {.data = number, .size = sizeof(number)};
        const size_t size = rng_below(rng, rng_chance(rng, 5) ? sizeof(bytes) : 200);
        rng_bytes(rng, bytes, size);
        const struct th_bytes value = {.data = bytes, .size = size};
        if (rng_chance(rng, 25)) {
            const enum th_err err = th_store_remove(store, DISK_TABLE_A, key);
            assert_true(err == TH_OK || err == TH_E_NOT_FOUND);
        } else {
            EXPECT(TH_OK, th_store_put(store, DISK_TABLE_A, key, value));
        }
    }
    th_put_u64(number, version);
    const struct th_bytes value = {.data = number, .size = sizeof(number)};
    EXPECT(TH_OK, th_store_put(store, DISK_TABLE_B, TH_BYTES("version"), value));
    EXPECT(TH_OK, th_disk_commit(&txn));
}

// The birth of a store, and COMMITS commits.
static void record_history(const char *base, struct rng *rng)
{
    TH_SCOPED(th_free_scoped) char *path = path_in(base, "store");
    struct th_disk *disk = NULL;
    uint64_t version = 0;
    tape.on = true;
    EXPECT(TH_OK, th_disk_open(path, &DISK_OPTIONS, &disk));
    for (uint64_t next = 0; next <= COMMITS; next++) {
        if (next > 0) {
            commit_version(disk, rng, next);
        }
        add(ACK)->version = next;
        EXPECT(TH_OK, digest_of(disk, &version, tape.digests[next]));
    }
    tape.on = false;
    th_disk_close(&disk);
}

static void forget_history(void)
{
    for (size_t i = 0; i < tape.count; i++) {
        free(tape.records[i].bytes);
    }
    tape.count = 0;
}

// --- images

struct image {
    uint8_t bytes[IMAGE_MAX];
    size_t size;
    bool named; // the store has its name
    bool file;  // and in it the file has
};

// What reached the disk of the changes that were not flushed.
enum part { NOTHING, EVERYTHING, RANDOM };

static void apply_write(struct image *image, const struct record *record, size_t from, size_t to)
{
    th_assert(record->offset + to <= IMAGE_MAX);
    memcpy(image->bytes + record->offset + from, record->bytes + from, to - from);
    const size_t end = record->offset + to;
    image->size = end > image->size ? end : image->size;
}

// The index behind the last record of a kind before the cut: all before it is flushed.
static size_t flushed_until(enum kind kind, size_t cut)
{
    size_t until = 0;
    for (size_t i = 0; i < cut; i++) {
        until = tape.records[i].kind == kind ? i : until;
    }
    return until;
}

static void
apply_pending(struct image *image, const struct record *record, enum part part, struct rng *rng)
{
    if (part == NOTHING || (part == RANDOM && rng_chance(rng, 50))) {
        return;
    }
    size_t from = 0;
    size_t to = record->size;
    const uint32_t sectors = (uint32_t)(record->size / SECTOR);
    if (part == RANDOM && sectors > 1 && rng_chance(rng, 30)) { // torn, at either end
        const size_t tear = (size_t)SECTOR * rng_below(rng, sectors);
        from = rng_chance(rng, 50) ? tear : 0;
        to = from == 0 ? tear : to;
    }
    if (to > from) {
        apply_write(image, record, from, to);
    }
}

static bool happened(size_t index, size_t flushed, enum part part, struct rng *rng)
{
    return index < flushed || part == EVERYTHING || (part == RANDOM && rng_chance(rng, 50));
}

static void build(struct image *image, size_t cut, enum part part, struct rng *rng)
{
    const size_t data = flushed_until(FLUSH_FILE, cut);
    const size_t dir = flushed_until(FLUSH_DIR, cut);
    const size_t parent = flushed_until(FLUSH_PARENT, cut);
    bool renames = false;
    for (size_t i = 0; i < cut; i++) {
        renames = renames || tape.records[i].kind == RENAME;
    }
    memset(image->bytes, 0, image->size);
    image->size = 0;
    image->named = false;
    image->file = false;
    for (size_t i = 0; i < cut; i++) {
        const struct record *record = &tape.records[i];
        if (record->kind == WRITE && (i < data || record->synchronous)) {
            apply_write(image, record, 0, record->size);
        } else if (record->kind == WRITE) {
            apply_pending(image, record, part, rng);
        } else if (record->kind == NAME_FILE) {
            image->file = happened(i, dir, part, rng);
        } else if (record->kind == RENAME || (record->kind == NAME_DIR && th_mutant(34))) {
            image->named = happened(i, parent, part, rng);
        }
    }
}

static void lay_out(const struct image *image, const char *path, const char *data)
{
    (void)unlink(data);
    (void)rmdir(path);
    if (!image->named) {
        return;
    }
    assert_int_equal(syscall(SYS_mkdirat, AT_FDCWD, path, 0700), 0);
    if (image->file) {
        const int file = open(data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(file >= 0);
        assert_int_equal(write(file, image->bytes, image->size), (ssize_t)image->size);
        assert_int_equal(close(file), 0);
    }
}

// Whether the store that the image holds is one that may be there after the cut.
static bool is_good(const char *path, bool acknowledged, uint64_t version)
{
    struct th_disk_options options = DISK_OPTIONS;
    options.create = false;
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    const enum th_err err = th_disk_open(path, &options, &disk);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND && !acknowledged;
    }
    uint64_t found = 0;
    uint8_t digest[TH_HASH256_BYTES];
    return digest_of(disk, &found, digest) == TH_OK && found >= version && found <= COMMITS &&
           found <= version + 1 && memcmp(digest, tape.digests[found], sizeof(digest)) == 0;
}

static unsigned bad_images(const char *base, struct rng *rng, unsigned *images)
{
    static struct image image;
    TH_SCOPED(th_free_scoped) char *path = path_in(base, "image");
    TH_SCOPED(th_free_scoped) char *data = path_in(path, "data.mdb");
    TH_SCOPED(th_free_scoped) char *lock = path_in(path, "lock.mdb");
    unsigned bad = 0;
    bool acknowledged = false;
    uint64_t version = 0;
    *images = 0;
    for (size_t cut = 0; cut <= tape.count; cut++) {
        for (int i = 0; i < IMAGES_PER_CUT; i++) {
            const enum part part = i == 0 ? NOTHING : i == 1 ? EVERYTHING : RANDOM;
            build(&image, cut, part, rng);
            (void)unlink(lock);
            lay_out(&image, path, data);
            bad += is_good(path, acknowledged, version) ? 0 : 1;
            ++*images;
            if (bad > 0) {
                return bad; // one is enough, and a broken image is no place to stay
            }
        }
        if (cut < tape.count && tape.records[cut].kind == ACK) {
            acknowledged = true;
            version = tape.records[cut].version;
        }
    }
    return bad;
}

static unsigned cut_everywhere(int mutant)
{
    struct rng rng;
    unsigned images = 0;
    rng_start(&rng);
    char *made = scratch_dir();
    tape.base = realpath(made, NULL);
    assert_non_null(tape.base);
#ifdef TONGHOP_FAULTS
    th_mutant_set(mutant);
#else
    assert_int_equal(mutant, 0);
#endif
    record_history(tape.base, &rng);
    const unsigned bad = bad_images(tape.base, &rng, &images);
#ifdef TONGHOP_FAULTS
    th_mutant_set(0);
#endif
    print_message("%zu records, %u images, %u bad\n", tape.count, images, bad);
    forget_history();
    free(tape.base);
    tape.base = NULL;
    scratch_remove(made);
    assert_true(bad > 0 || images > 500);
    return bad;
}

static void a_power_cut_at_any_moment_loses_nothing(void **state)
{
    (void)state;
    assert_int_equal(cut_everywhere(0), 0);
}

#ifdef TONGHOP_FAULTS
// A broken image may also crash the program, so a mutant has a process of its own.
static int run_mutant(const char *number)
{
    (void)alarm(30);
    return cut_everywhere((int)strtol(number, NULL, 10)) > 0 ? FOUND : 0;
}

static void expect_found(const char *number)
{
    struct disk_child child = disk_child_start("mutant", number, NULL);
    const int status = disk_child_end(&child);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) != SIGALRM : WEXITSTATUS(status) == FOUND);
}

static void a_store_without_flushes_is_found_out(void **state)
{
    (void)state;
    expect_found("33");
}

static void a_birth_without_a_rename_is_found_out(void **state)
{
    (void)state;
    expect_found("34");
}

static const struct disk_role ROLES[] = {{"mutant", run_mutant}};
#endif

int main(int argc, char **argv)
{
#ifdef TONGHOP_FAULTS
    const int status = disk_child_main(argc, argv, ROLES, TH_COUNT(ROLES));
    if (status >= 0) {
        return status;
    }
#else
    (void)argc;
    (void)argv;
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_cut_at_any_moment_loses_nothing),
#ifdef TONGHOP_FAULTS
        cmocka_unit_test(a_store_without_flushes_is_found_out),
        cmocka_unit_test(a_birth_without_a_rename_is_found_out),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
