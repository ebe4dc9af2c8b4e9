// test_roster_joined.c - the roster: keys that joined, and numbers that are enrolled again

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/roster.h"

#include "tests/support/test.h"

struct fixture {
    char *dir;
    char *path;
    struct th_roster *roster;
    struct th_roster *read;
    struct th_finding kept[16];
    struct th_findings findings;
};

static const struct th_bytes UNITS[] = {{"935", 3}, {"936@2018-01-01", 14}};
static const struct th_roster_province HG = {
    .lineage = {"hg93", 4}, .root = {"93", 2}, .store_id = 0xfedcba9876543210};

static int setup(void **state)
{
    static struct fixture fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){.dir = scratch_dir()};
    fixture.path = path_in(fixture.dir, "roster.yaml");
    fixture.findings = th_findings_of(fixture.kept, TH_COUNT(fixture.kept), "");
    EXPECT(TH_OK, th_roster_new(&fixture.roster));
    EXPECT(TH_OK, th_roster_set_province(fixture.roster, &HG));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_roster_free(&f->roster);
    th_roster_free(&f->read);
    free(f->path);
    scratch_remove(f->dir);
    return 0;
}

static struct th_roster_entry node(uint32_t number)
{
    struct th_roster_entry entry = {.class = TH_PEER_NODE,
                                    .number = number,
                                    .lineage = HG.lineage,
                                    .units = UNITS,
                                    .unit_count = TH_COUNT(UNITS),
                                    .has_bootstrap = true,
                                    .expires_ms = 1795000000000};
    memset(entry.bootstrap, (int)number, sizeof(entry.bootstrap));
    return entry;
}

static struct th_roster_entry keyed(enum th_peer_class class, uint32_t number, uint8_t byte)
{
    struct th_roster_entry entry = {.class = class, .number = number, .has_key = true};
    memset(entry.key, byte, sizeof(entry.key));
    return entry;
}

static void add(struct fixture *f, struct th_roster_entry entry)
{
    EXPECT(TH_OK, th_roster_add(f->roster, &entry));
}

static enum th_err read_back(struct fixture *f)
{
    th_roster_free(&f->read);
    f->findings = th_findings_of(f->kept, TH_COUNT(f->kept), "");
    return th_roster_read(f->path, &f->findings, &f->read);
}

// ---- joined keys ----

static struct th_roster_joined joins(uint32_t number, uint8_t byte)
{
    struct th_roster_joined joined = {.class = TH_PEER_NODE, .number = number};
    memset(joined.key, byte, sizeof(joined.key));
    return joined;
}

static void joined_keys_are_a_complete_list_and_not_of_the_file(void **state)
{
    struct fixture *f = *state;
    const struct th_roster_joined first[] = {joins(7, 201), joins(8, 202)};
    const struct th_roster_joined second[] = {joins(8, 203)};
    size_t taken = 0;
    bool bootstrap = true;
    add(f, node(7));
    add(f, node(8));

    EXPECT(TH_OK, th_roster_join(f->roster, HG.lineage, first, 2, &taken));
    assert_int_equal(taken, 2);
    assert_int_equal(th_roster_by_key(f->roster, first[0].key, &bootstrap)->number, 7);
    assert_false(bootstrap);
    EXPECT(TH_OK, th_roster_join(f->roster, HG.lineage, second, 1, &taken));
    assert_int_equal(taken, 1);
    assert_null(th_roster_by_key(f->roster, first[0].key, &bootstrap));
    assert_null(th_roster_by_key(f->roster, first[1].key, &bootstrap));
    assert_int_equal(th_roster_by_key(f->roster, second[0].key, &bootstrap)->number, 8);

    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
    EXPECT(TH_OK, read_back(f));
    assert_false(th_roster_find(f->read, TH_PEER_NODE, 8)->has_key);
}

static void a_worker_gives_keys_only_to_enrolments_of_its_own_province(void **state)
{
    struct fixture *f = *state;
    const struct th_roster_province other = {
        .lineage = TH_BYTES("ct92"), .root = TH_BYTES("92"), .store_id = 5};
    EXPECT(TH_OK, th_roster_set_province(f->roster, &other));
    struct th_roster_entry foreign = node(9);
    foreign.lineage = other.lineage;
    struct th_roster_entry fixed = keyed(TH_PEER_NODE, 10, 110);
    fixed.lineage = HG.lineage;
    fixed.units = UNITS;
    fixed.unit_count = 1;
    add(f, node(7));
    add(f, foreign);
    add(f, fixed);
    add(f, keyed(TH_PEER_WORKER, 1, 101));
    struct th_roster_joined list[] = {
        joins(9, 201), joins(10, 202), joins(1, 203), joins(99, 204), joins(7, 101), joins(7, 205)};
    list[2].class = TH_PEER_WORKER;
    size_t taken = 0;

    EXPECT(TH_OK, th_roster_join(f->roster, HG.lineage, list, TH_COUNT(list), &taken));

    assert_int_equal(taken, 1); // number 7, and not with the worker's key
    assert_int_equal(th_roster_find(f->roster, TH_PEER_NODE, 7)->key[0], 205);
    assert_false(th_roster_find(f->roster, TH_PEER_NODE, 9)->has_key);
    assert_int_equal(th_roster_find(f->roster, TH_PEER_NODE, 10)->key[0], 110);
}

static void enrol_again(struct fixture *f, uint8_t byte)
{
    uint8_t bootstrap[TH_CURVE_BYTES];
    memset(bootstrap, byte, sizeof(bootstrap));
    EXPECT(TH_OK, th_roster_enrol_again(f->roster, TH_PEER_NODE, 7, bootstrap, 4100000000000));
}

static void a_number_enrolled_again_keeps_its_key_until_another_joins(void **state)
{
    struct fixture *f = *state;
    struct th_roster_joined old = joins(7, 201);
    struct th_roster_joined new = joins(7, 202);
    const uint8_t taken_key[TH_CURVE_BYTES] = {0};
    bool bootstrap = false;
    size_t taken = 0;
    new.enrolment = 1;
    add(f, node(7));
    add(f, keyed(TH_PEER_WORKER, 1, 101));
    EXPECT(TH_OK, th_roster_join(f->roster, HG.lineage, &old, 1, &taken));

    enrol_again(f, 222);

    const struct th_roster_entry *entry = th_roster_find(f->roster, TH_PEER_NODE, 7);
    assert_int_equal(entry->enrolment, 1);
    assert_int_equal(entry->expires_ms, 4100000000000);
    assert_ptr_equal(th_roster_by_key(f->roster, entry->bootstrap, &bootstrap), entry);
    assert_true(bootstrap);
    assert_int_equal(entry->bootstrap[0], 222);
    assert_ptr_equal(th_roster_by_key(f->roster, old.key, &bootstrap), entry);
    EXPECT(TH_OK, th_roster_join(f->roster, HG.lineage, &new, 1, &taken));
    assert_null(th_roster_by_key(f->roster, old.key, &bootstrap));
    assert_ptr_equal(th_roster_by_key(f->roster, new.key, &bootstrap), entry);
    EXPECT(TH_E_NOT_FOUND,
           th_roster_enrol_again(f->roster, TH_PEER_NODE, 8, taken_key, 4100000000000));
    EXPECT(TH_E_INVALID,
           th_roster_enrol_again(f->roster, TH_PEER_WORKER, 1, taken_key, 4100000000000));
    EXPECT(TH_E_EXISTS, th_roster_enrol_again(f->roster, TH_PEER_NODE, 7, entry->bootstrap, 1));
}

static void a_revoked_key_is_not_taken_when_its_number_is_enrolled_again(void **state)
{
    struct fixture *f = *state;
    struct th_roster_joined joined = joins(7, 201);
    bool bootstrap = false;
    size_t taken = 0;
    add(f, node(7));
    EXPECT(TH_OK, th_roster_join(f->roster, HG.lineage, &joined, 1, &taken));
    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_NODE, 7, TH_BYTES("stolen")));

    enrol_again(f, 222);

    assert_null(th_roster_by_key(f->roster, joined.key, &bootstrap));
    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
    EXPECT(TH_OK, read_back(f));
    const struct th_roster_entry *entry = th_roster_find(f->read, TH_PEER_NODE, 7);
    assert_false(entry->revoked);
    assert_int_equal(entry->reason.size, 0);
    assert_int_equal(entry->enrolment, 1);
    EXPECT(TH_OK, th_roster_join(f->read, HG.lineage, &joined, 1, &taken));
    assert_int_equal(taken, 0);
    joined = joins(7, 202);
    joined.enrolment = 1;
    EXPECT(TH_OK, th_roster_join(f->read, HG.lineage, &joined, 1, &taken));
    assert_int_equal(taken, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(joined_keys_are_a_complete_list_and_not_of_the_file),
        CASE(a_worker_gives_keys_only_to_enrolments_of_its_own_province),
        CASE(a_number_enrolled_again_keeps_its_key_until_another_joins),
        CASE(a_revoked_key_is_not_taken_when_its_number_is_enrolled_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
