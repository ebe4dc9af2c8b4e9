// test_keyring.c - the keys in force: joined keys and their copies, changed rosters, what is cut

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tonghop/codec.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"

#include "broker/keyring.h"
#include "tests/support/test.h"

struct fixture {
    char *dir;
    char *path;
    struct th_context context;
    struct zap *zap;
    struct th_roster *roster; // as a command holds it
    struct keyring keyring;
    struct th_finding kept[4];
    struct th_findings findings;
};

static const struct th_bytes UNIT = {"93", 2};

static struct th_roster_entry node(uint32_t number)
{
    struct th_roster_entry entry = {.class = TH_PEER_NODE,
                                    .number = number,
                                    .lineage = TH_BYTES("hg93"),
                                    .units = &UNIT,
                                    .unit_count = 1,
                                    .has_bootstrap = true,
                                    .expires_ms = INT64_C(4000000000000)};
    memset(entry.bootstrap, (int)number, sizeof(entry.bootstrap));
    return entry;
}

static void save(struct fixture *f)
{
    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
}

static enum th_err open_keyring(struct fixture *f)
{
    keyring_close(&f->keyring);
    f->findings = th_findings_of(f->kept, TH_COUNT(f->kept), f->path);
    return keyring_open(f->path, f->dir, f->zap, &f->findings, &f->keyring);
}

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    EXPECT(TH_OK, th_hash_start());
    fixture.dir = scratch_dir();
    fixture.path = path_in(fixture.dir, "roster.yaml");
    EXPECT(TH_OK, th_context_open(1, 0, &fixture.context));
    EXPECT(TH_OK, zap_start(&fixture.context, &fixture.zap));
    EXPECT(TH_OK, th_roster_new(&fixture.roster));
    const struct th_roster_province province = {
        .lineage = TH_BYTES("hg93"), .root = TH_BYTES("93"), .store_id = 77};
    EXPECT(TH_OK, th_roster_set_province(fixture.roster, &province));
    for (uint32_t i = 7; i <= 8; i++) {
        const struct th_roster_entry entry = node(i);
        EXPECT(TH_OK, th_roster_add(fixture.roster, &entry));
    }
    save(&fixture);
    EXPECT(TH_OK, open_keyring(&fixture));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    keyring_close(&f->keyring);
    zap_stop(&f->zap);
    th_context_close(&f->context);
    th_roster_free(&f->roster);
    free(f->path);
    scratch_remove(f->dir);
    return 0;
}

static struct th_bytes keys_of(struct th_writer *writer, uint32_t number, uint8_t byte)
{
    struct th_key_entry entry = {.number = number, .class = TH_PEER_NODE};
    memset(entry.public_key, byte, sizeof(entry.public_key));
    const struct th_keys keys = {.lineage = TH_BYTES("hg93"), .keys = &entry, .count = 1};
    th_keys_write(writer, &keys);
    return th_written(writer);
}

static unsigned join(struct fixture *f, uint32_t number, uint8_t byte, bool wanted_change)
{
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    bool changed = !wanted_change;
    unsigned cut = ~0U;
    EXPECT(TH_OK, keyring_join(&f->keyring, keys_of(&writer, number, byte), &changed, &cut));
    assert_int_equal(changed, wanted_change);
    return cut;
}

static bool has_key(const struct fixture *f, uint32_t number)
{
    return th_roster_find(f->keyring.roster, TH_PEER_NODE, number)->has_key;
}

static unsigned reload(struct fixture *f)
{
    struct th_roster *old = NULL;
    unsigned cut = 0;
    assert_true(keyring_is_stale(&f->keyring));
    EXPECT(TH_OK, keyring_reload(&f->keyring, &f->findings, &old, &cut));
    assert_false(keyring_is_stale(&f->keyring));
    th_roster_free(&old);
    return cut;
}

static void joined_keys_outlive_the_process(void **state)
{
    struct fixture *f = *state;
    assert_false(has_key(f, 7));

    join(f, 7, 201, true);
    join(f, 7, 201, false); // said again
    assert_true(has_key(f, 7));
    EXPECT(TH_OK, open_keyring(f));
    assert_true(has_key(f, 7));
    join(f, 8, 202, true);
    EXPECT(TH_OK, open_keyring(f));
    assert_true(has_key(f, 7)); // not on the list any more: the worker has lost it
    assert_true(has_key(f, 8));
}

static void a_damaged_copy_is_left_out_and_written_again(void **state)
{
    struct fixture *f = *state;
    join(f, 7, 201, true);

    free(scratch_write(f->dir, "keys.hg93", TH_BYTES("\x0a\x04xxxx")));
    EXPECT(TH_OK, open_keyring(f));
    assert_false(has_key(f, 7));
    free(scratch_write(f->dir, "keys.hg93", TH_BYTES("nonsense")));
    EXPECT(TH_OK, open_keyring(f));
    assert_false(has_key(f, 7));
    join(f, 7, 201, true);
    EXPECT(TH_OK, open_keyring(f));
    assert_true(has_key(f, 7));
}

static void bytes_that_are_no_list_change_nothing(void **state)
{
    struct fixture *f = *state;
    bool changed = true;
    unsigned cut = ~0U;
    join(f, 7, 201, true);

    EXPECT(TH_E_MALFORMED, keyring_join(&f->keyring, TH_BYTES("nonsense"), &changed, &cut));

    assert_false(changed);
    assert_int_equal(cut, 0);
    assert_true(has_key(f, 7));
}

static void joined_keys_survive_a_change_of_the_roster(void **state)
{
    struct fixture *f = *state;
    join(f, 7, 201, true);
    assert_false(keyring_is_stale(&f->keyring));

    const struct th_roster_entry more = node(9);
    EXPECT(TH_OK, th_roster_add(f->roster, &more));
    save(f);

    assert_int_equal(reload(f), 0); // nobody lost anything
    assert_true(has_key(f, 7));
    assert_int_equal(f->keyring.roster->generation, 2);
}

static void a_revocation_names_the_doors_to_cut(void **state)
{
    struct fixture *f = *state;
    struct th_roster_entry viewer = {.class = TH_PEER_VIEWER, .number = 20, .has_key = true};
    struct th_roster_entry worker = {.class = TH_PEER_WORKER, .number = 1, .has_key = true};
    memset(viewer.key, 120, sizeof(viewer.key));
    memset(worker.key, 101, sizeof(worker.key));
    EXPECT(TH_OK, th_roster_add(f->roster, &viewer));
    EXPECT(TH_OK, th_roster_add(f->roster, &worker));
    save(f);
    assert_int_equal(reload(f), 0);

    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_NODE, 7, TH_BYTES("x")));
    save(f);
    assert_int_equal(reload(f), ZAP_NODES);
    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_VIEWER, 20, TH_BYTES("x")));
    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_WORKER, 1, TH_BYTES("x")));
    save(f);
    assert_int_equal(reload(f), ZAP_QUERIES | ZAP_FEED | ZAP_WORKERS | ZAP_RELAY);
    save(f);
    assert_int_equal(reload(f), 0);
}

static void a_viewer_that_is_public_now_loses_the_feed(void **state)
{
    struct fixture *f = *state;
    struct th_roster_entry viewer = {
        .class = TH_PEER_VIEWER, .number = 20, .lineage = TH_BYTES("hg93"), .has_key = true};
    memset(viewer.key, 120, sizeof(viewer.key));
    assert_int_equal(keyring_doors(&viewer), ZAP_QUERIES | ZAP_FEED);
    EXPECT(TH_OK, th_roster_add(f->roster, &viewer));
    save(f);
    assert_int_equal(reload(f), 0);
    viewer.public_only = true;
    assert_int_equal(keyring_doors(&viewer), ZAP_QUERIES);
    // As somebody edits the file.
    size_t size = 0;
    char *text = file_read(f->path, &size);
    char *changed = malloc(size + 64);
    assert_non_null(changed);
    const char *at = strstr(text, "class: viewer");
    assert_non_null(at);
    (void)snprintf(changed, size + 64, "%.*saudience: public\n    %s", (int)(at - text), text, at);
    EXPECT(TH_OK, th_file_replace(f->path, th_bytes_of(changed), 0600));
    free(text);
    free(changed);
    assert_int_equal(reload(f), ZAP_QUERIES | ZAP_FEED);
}

static void another_key_of_a_number_cuts_the_one_before(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(join(f, 7, 201, true), 0);
    assert_int_equal(join(f, 7, 201, false), 0);
    assert_int_equal(join(f, 7, 202, true), ZAP_NODES);
}

static void a_key_that_holds_beside_the_new_one_is_not_cut(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[256];
    struct th_writer writer = TH_WRITER(bytes);
    struct th_key_entry entry = {.number = 7, .class = TH_PEER_NODE, .rotation = 1};
    const struct th_keys keys = {.lineage = TH_BYTES("hg93"), .keys = &entry, .count = 1};
    bool changed = false;
    unsigned cut = ~0U;
    (void)join(f, 7, 201, true);
    memset(entry.public_key, 202, sizeof(entry.public_key));
    memset(entry.previous, 201, sizeof(entry.previous));
    entry.has_previous = true;
    entry.until_ms = INT64_C(4000000000000);

    th_keys_write(&writer, &keys);
    EXPECT(TH_OK, keyring_join(&f->keyring, th_written(&writer), &changed, &cut));

    assert_true(changed);
    assert_int_equal(cut, 0);
    EXPECT(TH_OK, open_keyring(f));
    assert_int_equal(th_roster_find(f->keyring.roster, TH_PEER_NODE, 7)->previous[0], 201);
}

static void a_roster_that_is_refused_leaves_the_one_before(void **state)
{
    struct fixture *f = *state;
    struct th_roster *old = NULL;
    unsigned cut = 0;

    free(scratch_write(f->dir, "roster.yaml", TH_BYTES("format: 9\n")));
    assert_int_equal(chmod(f->path, 0600), 0);
    assert_true(keyring_is_stale(&f->keyring));
    EXPECT(TH_E_REFUSED, keyring_reload(&f->keyring, &f->findings, &old, &cut));

    assert_null(old);
    assert_false(keyring_is_stale(&f->keyring)); // the same mistake is said once
    assert_non_null(th_roster_find(f->keyring.roster, TH_PEER_NODE, 7));
    EXPECT(TH_E_REFUSED, open_keyring(f));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(joined_keys_outlive_the_process),
        CASE(a_damaged_copy_is_left_out_and_written_again),
        CASE(bytes_that_are_no_list_change_nothing),
        CASE(joined_keys_survive_a_change_of_the_roster),
        CASE(a_revocation_names_the_doors_to_cut),
        CASE(a_viewer_that_is_public_now_loses_the_feed),
        CASE(another_key_of_a_number_cuts_the_one_before),
        CASE(a_key_that_holds_beside_the_new_one_is_not_cut),
        CASE(a_roster_that_is_refused_leaves_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
