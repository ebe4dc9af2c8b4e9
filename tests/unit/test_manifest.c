// test_manifest.c - what a backup says of itself is read as it was written, or not at all

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/hash.h"

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/carry.h"
#include "workers/manifest.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};
static const struct th_config_province SAID = {
    .root = "P@2024-07-01", .lineage = "p", .name = "Tỉnh \"P\": một"};

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

static void add(struct manifest *manifest, const char *path)
{
    const struct manifest_file file = {
        .path = th_bytes_of(path), .bytes = INT64_MAX, .hash = {1, 2, 255}};
    EXPECT(TH_OK, manifest_add_file(manifest, &file));
}

static struct manifest small(void)
{
    struct manifest manifest = {
        .made_ms = INT64_C(1795500000000), .program = TH_BYTES("tonghop 0.1.0"), .keys = true};
    manifest.provinces = calloc(1, sizeof(*manifest.provinces));
    assert_non_null(manifest.provinces);
    manifest.provinces[0] = (struct manifest_province){.lineage = "q", .root = "Q", .version = 7};
    manifest.province_count = 1;
    return manifest;
}

static void write_text(const char *dir, struct th_bytes text)
{
    free(scratch_write(dir, "manifest.yaml", text));
}

static void it_comes_back_as_it_was_written(void **state)
{
    struct province *p = province_make();
    struct player one = player_of(1);
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    const struct th_update update = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(p, &one, &update), 0);
    struct sound sound;
    struct th_verdict why;
    TH_SCOPED(manifest_free)
    struct manifest manifest = {
        .made_ms = INT64_C(1795500000000), .program = TH_BYTES("tonghop 0.1.0"), .keys = true};
    TH_SCOPED(manifest_free) struct manifest read = {0};
    EXPECT(TH_OK, sound_head(province_store(p), &sound));
    EXPECT(TH_OK, manifest_add_province(&manifest, &sound, province_store(p), &SAID));
    province_end(p);
    for (unsigned i = 0; i < 100; i++) { // the lists grow
        char path[32];
        (void)snprintf(path, sizeof(path), "register/p/%u.csv", i);
        add(&manifest, path);
    }

    EXPECT(TH_OK, manifest_write(*state, &manifest));
    EXPECT(TH_OK, manifest_read(*state, &read, &why));

    assert_int_equal(read.made_ms, manifest.made_ms);
    assert_true(th_bytes_equal(read.program, manifest.program));
    assert_true(read.keys);
    assert_int_equal(read.file_count, 100);
    assert_string_equal(read.files[99].path.data, "register/p/99.csv");
    assert_true(read.files[99].bytes == INT64_MAX);
    assert_memory_equal(read.files[99].hash, manifest.files[99].hash, TH_HASH256_BYTES);
    assert_null(manifest_province(&read, "q"));
    const struct manifest_province *got = manifest_province(&read, "p");
    assert_non_null(got);
    assert_string_equal(got->name, SAID.name);
    assert_string_equal(got->root, SAID.root);
    assert_true(got->store_id == p->identity.store_id && got->birth_id == p->identity.birth_id);
    assert_int_equal(got->version, 1);
    assert_memory_equal(got->chain, sound.chain, sizeof(sound.chain));
    assert_int_equal(got->node_count, 1);
    const char *node = got->nodes[0].data;
    assert_int_equal(strncmp(node, "1 1 1 ", 6), 0); // node, stream epoch, seq
    assert_non_null(strstr(node, " 1 "));            // one record
    province_free(p);
}

static void every_changed_byte_and_every_cut_is_found(void **state)
{
    struct th_verdict why;
    size_t size = 0;
    TH_SCOPED(manifest_free) struct manifest manifest = small();
    TH_SCOPED(th_free_scoped) char *path = path_in(*state, "manifest.yaml");
    add(&manifest, "tonghop.yaml");
    EXPECT(TH_OK, manifest_write(*state, &manifest));
    TH_SCOPED(th_free_scoped) char *bytes = file_read(path, &size);
    assert_non_null(bytes);
    for (size_t i = 0; i <= size; i++) {
        struct manifest read = {0};
        const struct th_bytes cut = {.data = bytes, .size = i};
        write_text(*state, cut);
        EXPECT(i == size ? TH_OK : TH_E_CORRUPT, manifest_read(*state, &read, &why));
        assert_true(i == size || why.code == TH_M_BACKUP_DAMAGED);
        manifest_free(&read);
    }
    for (size_t i = 0; i < size; i++) {
        struct manifest read = {0};
        bytes[i] ^= 1;
        write_text(*state, (struct th_bytes){bytes, size});
        EXPECT(TH_E_CORRUPT, manifest_read(*state, &read, &why));
        manifest_free(&read);
        bytes[i] ^= 1;
    }
}

// Whoever makes a manifest that fits its hash still cannot reach out of the backup.
static void a_path_out_of_the_backup_is_refused(void **state)
{
    static const char *const BAD[] = {
        "/etc/passwd", "..", "../x", "a/../../x", "a/..", "a//b", "a/", "manifest.yaml"};
    static const char *const GOOD[] = {"a", "a/b", "a.b/c..d"};
    for (size_t i = 0; i < TH_COUNT(BAD) + TH_COUNT(GOOD); i++) {
        struct th_verdict why;
        const bool bad = i < TH_COUNT(BAD);
        TH_SCOPED(manifest_free) struct manifest manifest = small();
        TH_SCOPED(manifest_free) struct manifest read = {0};
        TH_SCOPED(th_free_scoped) char *path = path_in(*state, "manifest.yaml");
        add(&manifest, bad ? BAD[i] : GOOD[i - TH_COUNT(BAD)]);
        (void)unlink(path);
        EXPECT(TH_OK, manifest_write(*state, &manifest));
        EXPECT(bad ? TH_E_CORRUPT : TH_OK, manifest_read(*state, &read, &why));
    }
}

static void no_manifest_is_no_backup(void **state)
{
    struct th_verdict why;
    TH_SCOPED(manifest_free) struct manifest read = {0};
    EXPECT(TH_E_NOT_FOUND, manifest_read(*state, &read, &why));
    assert_int_equal(why.code, TH_M_BACKUP_NONE);
}

// ---- files on their way into a backup ----

static bool wants_all(const char *name, bool is_dir)
{
    (void)is_dir;
    return strcmp(name, "unwanted") != 0;
}

static void links_are_not_followed(void **state)
{
    TH_SCOPED(manifest_free) struct manifest manifest = {0};
    TH_SCOPED(th_free_scoped) char *from = path_in(*state, "from");
    TH_SCOPED(th_free_scoped) char *to = path_in(*state, "to");
    TH_SCOPED(th_free_scoped) char *link = path_in(from, "link");
    TH_SCOPED(th_free_scoped) char *unwanted = path_in(from, "unwanted");
    TH_SCOPED(th_free_scoped) char *file = path_in(from, "file");
    TH_SCOPED(th_free_scoped) char *copy = path_in(to, "name/file");
    assert_int_equal(mkdir(from, 0700), 0);
    assert_int_equal(mkdir(to, 0700), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    EXPECT(TH_OK, th_file_create(file, TH_BYTES("content"), 0644));
    EXPECT(TH_OK, th_file_create(unwanted, TH_BYTES("content"), 0644));
    struct carry carry = {.base = to, .manifest = &manifest};

    EXPECT(TH_OK, carry_tree(&carry, from, "name", wants_all));
    EXPECT(TH_E_DENIED, carry_file(&carry, link, "link"));
    EXPECT(TH_OK, carry_file(&carry, "/no/such/file", "nothing"));
    EXPECT(TH_E_EXISTS, carry_file(&carry, file, "name/file"));

    assert_int_equal(manifest.file_count, 1);
    assert_string_equal(manifest.files[0].path.data, "name/file");
    uint64_t bytes = 0;
    uint8_t hash[TH_HASH256_BYTES];
    uint8_t wanted[TH_HASH256_BYTES];
    const struct th_bytes content = TH_BYTES("content");
    th_hash256(wanted, &content, 1);
    EXPECT(TH_OK, carry_hash(copy, &bytes, hash));
    assert_int_equal(bytes, 7);
    assert_memory_equal(hash, wanted, sizeof(hash));
    assert_memory_equal(manifest.files[0].hash, wanted, sizeof(hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_comes_back_as_it_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(every_changed_byte_and_every_cut_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_path_out_of_the_backup_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(no_manifest_is_no_backup, setup, teardown),
        cmocka_unit_test_setup_teardown(links_are_not_followed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
