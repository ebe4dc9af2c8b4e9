// test_home.c - a node's directory: made, made again, opened, and refused with the right sentence

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/hash.h"

#include "nodes/join.h"
#include "nodes/queue.h"
#include "tests/support/office.h"

struct fixture {
    char *scratch;
    char dir[TH_PATH_MAX];
    struct home home;
    struct th_verdict why;
};

static int setup(void **state)
{
    static struct fixture fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){.scratch = scratch_dir()};
    (void)home_path(fixture.scratch, "node", fixture.dir);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    home_close(&f->home);
    scratch_remove(f->scratch);
    return 0;
}

static enum th_err join(struct fixture *f, uint32_t node)
{
    const struct th_enrolment enrolment = office_enrolment(node);
    return join_prepare(f->dir, &enrolment, &f->why);
}

static enum th_err open_with(struct fixture *f, const char *const *overrides, size_t count)
{
    struct th_findings nobody = th_findings_of(NULL, 0, "tonghop.yaml");
    const struct home_setup how = {.dir = f->dir, .overrides = overrides, .override_count = count};
    home_close(&f->home);
    return home_open(&how, &nobody, &f->home, &f->why);
}

static enum th_err open_home(struct fixture *f)
{
    return open_with(f, NULL, 0);
}

static void change_mode(struct fixture *f, const char *name, mode_t mode)
{
    char path[TH_PATH_MAX];
    assert_int_equal(chmod(home_path(f->dir, name, path), mode), 0);
}

static void a_joined_directory_opens_with_its_identity(void **state)
{
    struct fixture *f = *state;

    EXPECT(TH_OK, join(f, 7));
    EXPECT(TH_OK, open_home(f));

    assert_int_equal(f->home.box.identity.node, 7);
    assert_string_equal(f->home.box.identity.lineage, "p");
    assert_int_equal(f->home.box.last, 0);
    assert_false(f->home.box.joined);
    const struct agent_setup agent = home_agent(&f->home, -1);
    assert_non_null(agent.bootstrap_secret);
    assert_int_equal(agent.endpoint_count, 1);
    assert_string_equal(agent.endpoints[0], "tcp://127.0.0.1:9");
}

static void joining_again_keeps_the_key_and_the_outbox(void **state)
{
    struct fixture *f = *state;
    char key[TH_Z85_SIZE];
    uint8_t incarnation[16];
    EXPECT(TH_OK, join(f, 7));
    EXPECT(TH_OK, open_home(f));
    memcpy(key, f->home.key.public_key, sizeof(key));
    memcpy(incarnation, f->home.box.identity.incarnation, sizeof(incarnation));
    home_close(&f->home);

    EXPECT(TH_OK, join(f, 7));
    EXPECT(TH_OK, open_home(f));

    assert_string_equal(f->home.key.public_key, key);
    assert_memory_equal(f->home.box.identity.incarnation, incarnation, sizeof(incarnation));
}

static enum th_err join_again(struct fixture *f, uint32_t enrolment)
{
    struct th_key_pair bootstrap;
    struct th_enrolment slip = office_enrolment(7);
    EXPECT(TH_OK, th_key_make(&bootstrap));
    slip.enrolment = enrolment;
    memcpy(slip.bootstrap_secret, bootstrap.secret_key, sizeof(slip.bootstrap_secret));
    return join_prepare(f->dir, &slip, &f->why);
}

static void note_joined(struct fixture *f)
{
    struct outbox box;
    struct th_disk_txn txn = {0};
    EXPECT(TH_OK, open_home(f));
    EXPECT(TH_OK, th_disk_begin(f->home.disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    EXPECT(TH_OK, outbox_joined(&box));
    EXPECT(TH_OK, th_disk_commit(&txn));
    EXPECT(TH_OK, home_look(&f->home, &f->why));
    assert_true(f->home.box.joined);
}

static void a_number_enrolled_again_keeps_the_outbox_and_not_the_key(void **state)
{
    struct fixture *f = *state;
    char key[TH_Z85_SIZE];
    uint8_t incarnation[16];
    EXPECT(TH_OK, join(f, 7));
    note_joined(f);
    memcpy(key, f->home.key.public_key, sizeof(key));
    memcpy(incarnation, f->home.box.identity.incarnation, sizeof(incarnation));
    home_close(&f->home);

    EXPECT(TH_OK, join_again(f, 2));
    EXPECT(TH_OK, open_home(f));

    assert_string_not_equal(f->home.key.public_key, key);
    assert_false(f->home.box.joined);
    assert_int_equal(f->home.enrolment.enrolment.enrolment, 2);
    assert_int_equal(f->home.box.identity.epoch, 1);
    assert_memory_equal(f->home.box.identity.incarnation, incarnation, sizeof(incarnation));
    home_close(&f->home);
    EXPECT(TH_E_EXISTS, join_again(f, 1)); // a file that was found in a drawer
    assert_int_equal(f->why.code, TH_M_ENROLMENT_USED);
}

static void an_agent_that_runs_keeps_its_key(void **state)
{
    struct fixture *f = *state;
    char key[TH_Z85_SIZE];
    int64_t holder = 0;
    int fd = -1;
    EXPECT(TH_OK, join(f, 7));
    EXPECT(TH_OK, open_home(f));
    memcpy(key, f->home.key.public_key, sizeof(key));
    home_close(&f->home);
    EXPECT(TH_OK, beacon_lock(f->dir, &fd, &holder));

    EXPECT(TH_E_BUSY, join_again(f, 1));

    assert_int_equal(f->why.code, TH_M_DIR_IN_USE);
    (void)close(fd);
    EXPECT(TH_OK, open_home(f));
    assert_string_equal(f->home.key.public_key, key);
    assert_int_equal(f->home.enrolment.enrolment.enrolment, 0);
}

static void an_outbox_of_a_later_enrolment_begins_above_all_before(void **state)
{
    struct fixture *f = *state;

    EXPECT(TH_OK, join_again(f, 3));
    EXPECT(TH_OK, open_home(f));

    assert_int_equal(f->home.box.identity.epoch, 3000001);
}

static void another_nodes_directory_is_refused(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, join(f, 7));

    EXPECT(TH_E_EXISTS, join(f, 8));

    assert_int_equal(f->why.code, TH_M_DIR_JOINED);
    assert_string_equal(f->why.params[1], "7");
}

static void a_directory_of_something_else_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->dir, 0700), 0);
    free(scratch_write(f->dir, "letters.txt", TH_BYTES("mine")));

    EXPECT(TH_E_EXISTS, join(f, 7));

    assert_int_equal(f->why.code, TH_M_DIR_IN_USE);
}

static void a_join_that_was_cut_short_is_finished(void **state)
{
    struct fixture *f = *state;
    char path[TH_PATH_MAX];
    EXPECT(TH_OK, join(f, 7));
    assert_int_equal(unlink(home_path(f->dir, "tonghop.yaml", path)), 0);
    EXPECT(TH_E_NOT_FOUND, open_home(f));
    assert_int_equal(f->why.code, TH_M_FILE_UNREADABLE);

    EXPECT(TH_OK, join(f, 7));

    EXPECT(TH_OK, open_home(f));
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, join(f, 7));

    change_mode(f, "keys/node.secret", 0644);
    EXPECT(TH_E_DENIED, open_home(f));
    assert_int_equal(f->why.code, TH_M_KEY_MODE);
    change_mode(f, "keys/node.secret", 0600);
    change_mode(f, "keys", 0755);
    EXPECT(TH_E_DENIED, open_home(f));

    assert_int_equal(f->why.code, TH_M_KEY_MODE);
}

static void a_key_that_is_none_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[TH_PATH_MAX];
    EXPECT(TH_OK, join(f, 7));
    EXPECT(TH_OK,
           th_file_replace(home_path(f->dir, "keys/node.secret", path), TH_BYTES("x"), 0600));

    EXPECT(TH_E_MALFORMED, open_home(f));

    assert_int_equal(f->why.code, TH_M_KEY_MALFORMED);
}

static void an_outbox_that_was_cut_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[TH_PATH_MAX];
    EXPECT(TH_OK, join(f, 7));
    assert_int_equal(truncate(home_path(f->dir, "outbox/data.mdb", path), 0), 0);

    EXPECT(TH_E_CORRUPT, open_home(f));

    assert_int_equal(f->why.code, TH_M_RECORD_DAMAGED);
}

static void bad_settings_are_findings(void **state)
{
    struct fixture *f = *state;
    static const char *const WRONG[] = {"node.resend_first=soon"};
    EXPECT(TH_OK, join(f, 7));

    EXPECT(TH_E_REFUSED, open_with(f, WRONG, 1));
}

static void settings_reach_the_agent(void **state)
{
    struct fixture *f = *state;
    static const char *const GIVEN[] = {"node.resend_first=70ms",
                                        "node.reconnect_min=50ms",
                                        "node.brokers=tcp://127.0.0.1:1,tcp://127.0.0.1:2"};
    EXPECT(TH_OK, join(f, 7));

    EXPECT(TH_OK, open_with(f, GIVEN, TH_COUNT(GIVEN)));
    const struct agent_setup agent = home_agent(&f->home, -1);

    assert_int_equal(agent.limits.resend_first_ms, 70);
    assert_int_equal(agent.reconnect_ms_min, 50);
    assert_int_equal(agent.endpoint_count, 2);
}

static void without_the_provinces_register_nothing_can_be_checked(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, join(f, 7));
    EXPECT(TH_OK, open_home(f));

    EXPECT(TH_E_NOT_FOUND, home_load(&f->home, &f->why));

    assert_int_equal(f->why.code, TH_M_LINE_DOWN);
}

static void a_bundle_gives_register_catalogue_and_grant(void **state)
{
    struct fixture *f = *state;
    size_t size = 0;
    EXPECT(TH_OK, join(f, 7));
    uint8_t *bundle =
        office_bundle("code,name,type,parent\nP,Tỉnh,province,\nX,Xã,commune,P\n", "vn", &size);
    office_hold(f->dir, (struct th_bytes){bundle, size});
    free(bundle);
    EXPECT(TH_OK, open_home(f));

    EXPECT(TH_OK, home_load(&f->home, &f->why));

    assert_int_equal(th_register_unit_count(f->home.province->reg), 2);
    assert_int_equal(f->home.grant.node, 7);
    assert_int_equal(f->home.grant.count, 1);
    assert_true(f->home.province->rules.hashed_here);
    assert_true(f->home.has_person_key);
}

static void what_waits_is_counted(void **state)
{
    (void)state;
    struct office office;
    char said[1024];
    struct queue queue;
    struct outbox box;
    struct th_disk_txn txn;
    const struct intake_options options = {0};
    office_make(&office, "open");
    (void)office_import(
        &office, &options, "unit_code,period,measure,value\nC11,2024,x,1\nC12,2024,x,1\n", said);
    (void)office_import(&office, &options, "unit_code,period,measure,value\nP,2024,x,1\n", said);

    EXPECT(TH_OK, th_disk_begin_read(office.home.disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    EXPECT(TH_OK, queue_look(&box, &queue));
    th_disk_end(&txn);

    assert_int_equal(queue.batches, 2);
    assert_int_equal(queue.items, 3);
    assert_true(queue.bytes > 0 && queue.bytes < 200);
    assert_true(queue.oldest > 0);
    office_free(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_joined_directory_opens_with_its_identity, setup, teardown),
        cmocka_unit_test_setup_teardown(
            joining_again_keeps_the_key_and_the_outbox, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_number_enrolled_again_keeps_the_outbox_and_not_the_key, setup, teardown),
        cmocka_unit_test_setup_teardown(an_agent_that_runs_keeps_its_key, setup, teardown),
        cmocka_unit_test_setup_teardown(
            an_outbox_of_a_later_enrolment_begins_above_all_before, setup, teardown),
        cmocka_unit_test_setup_teardown(another_nodes_directory_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_of_something_else_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_join_that_was_cut_short_is_finished, setup, teardown),
        cmocka_unit_test_setup_teardown(a_secret_that_others_can_read_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_none_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_outbox_that_was_cut_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_settings_are_findings, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_reach_the_agent, setup, teardown),
        cmocka_unit_test_setup_teardown(
            without_the_provinces_register_nothing_can_be_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_bundle_gives_register_catalogue_and_grant, setup, teardown),
        cmocka_unit_test(what_waits_is_counted),
    };
    return cmocka_run_group_tests_name("home", tests, NULL, NULL);
}
