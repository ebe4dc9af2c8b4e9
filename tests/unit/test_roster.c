// test_roster.c - the roster: its file, its invariants R1..R7

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/hash.h"

#include "tests/support/rostering.h"

static void what_is_saved_is_read(void **state)
{
    struct rostering *f = *state;
    struct stat status;
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_keyed(TH_PEER_WORKER, 1, 101));
    rostering_add(f, rostering_keyed(TH_PEER_VIEWER, 0, 102));
    struct th_roster_entry only = rostering_node(8);
    only.only = true;
    rostering_add(f, only);
    struct th_roster_entry looker = rostering_keyed(TH_PEER_VIEWER, 9, 103);
    looker.lineage = ROSTERING_HG.lineage;
    looker.public_only = true;
    rostering_add(f, looker);
    EXPECT(TH_OK,
           th_roster_revoke(f->roster, TH_PEER_NODE, 8, TH_BYTES("m\xe1\xba\xa5t m\xc3\xa1y")));
    EXPECT(TH_OK, th_roster_rotate(f->roster, TH_PEER_NODE, 7, 3));
    const uint8_t other[TH_CURVE_BYTES] = {103};
    EXPECT(TH_OK, th_roster_replace_key(f->roster, TH_PEER_WORKER, 1, other, 1795000000000));

    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
    EXPECT(TH_OK, rostering_read_back(f));

    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777U, 0600);
    assert_int_equal(f->read->generation, 1);
    assert_int_equal(f->read->entry_count, 5);
    assert_int_equal(f->read->province_count, 1);
    assert_true(f->read->provinces[0].store_id == ROSTERING_HG.store_id);
    for (size_t i = 0; i < 5; i++) {
        const struct th_roster_entry *was = &f->roster->entries[i];
        const struct th_roster_entry *is = &f->read->entries[i];
        assert_int_equal(is->class, was->class);
        assert_int_equal(is->number, was->number);
        assert_true(th_bytes_equal(is->lineage, was->lineage));
        assert_int_equal(is->unit_count, was->unit_count);
        assert_int_equal(is->only, was->only);
        assert_int_equal(is->public_only, was->public_only);
        assert_int_equal(is->revoked, was->revoked);
        assert_true(th_bytes_equal(is->reason, was->reason));
        assert_int_equal(is->has_key, was->has_key);
        assert_int_equal(is->has_bootstrap, was->has_bootstrap);
        assert_memory_equal(is->key, was->key, sizeof(is->key));
        assert_memory_equal(is->bootstrap, was->bootstrap, sizeof(is->bootstrap));
        assert_int_equal(is->expires_ms, was->expires_ms);
        assert_int_equal(is->rotation, was->rotation);
        assert_int_equal(is->has_previous, was->has_previous);
        assert_memory_equal(is->previous, was->previous, sizeof(is->previous));
        assert_int_equal(is->previous_until_ms, was->previous_until_ms);
    }
    assert_int_equal(th_roster_find(f->read, TH_PEER_NODE, 7)->rotation, 3);
    assert_int_equal(th_roster_find(f->read, TH_PEER_WORKER, 1)->key[0], 103);
    assert_int_equal(th_roster_find(f->read, TH_PEER_WORKER, 1)->previous[0], 101);
    assert_true(th_bytes_equal(f->read->entries[0].units[1], ROSTERING_UNITS[1]));
}

static void every_save_raises_the_generation_by_one(void **state)
{
    struct rostering *f = *state;

    for (uint64_t i = 1; i <= 3; i++) {
        EXPECT(TH_OK, th_roster_save(f->roster, f->path));
        assert_int_equal(f->roster->generation, i);
    }
    EXPECT(TH_E_IO, th_roster_save(f->roster, "/nowhere/roster.yaml"));
    assert_int_equal(f->roster->generation, 3);
    EXPECT(TH_OK, rostering_read_back(f));
    assert_int_equal(f->read->generation, 3);
}

static void numbers_and_keys_are_unique(void **state)
{
    struct rostering *f = *state;
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_keyed(TH_PEER_WORKER, 7, 101)); // workers count by themselves
    struct th_roster_entry viewer = rostering_keyed(TH_PEER_VIEWER, 7, 102);
    struct th_roster_entry same_key = rostering_keyed(TH_PEER_WORKER, 8, 101);
    struct th_roster_entry same_bootstrap = rostering_node(9);
    memset(same_bootstrap.bootstrap, 101, sizeof(same_bootstrap.bootstrap));

    EXPECT(
        TH_E_EXISTS,
        th_roster_add(f->roster, &(struct th_roster_entry){.class = TH_PEER_WORKER, .number = 7}));
    EXPECT(TH_E_EXISTS, th_roster_add(f->roster, &viewer));
    EXPECT(TH_E_EXISTS, th_roster_add(f->roster, &same_key));
    EXPECT(TH_E_EXISTS, th_roster_add(f->roster, &same_bootstrap));
    rostering_add(f, rostering_keyed(TH_PEER_VIEWER, 0, 103));
    rostering_add(f,
                  (struct th_roster_entry){
                      .class = TH_PEER_DESK, .number = 0, .lineage = ROSTERING_HG.lineage});
    assert_int_equal(f->roster->entry_count, 4);
}

static void a_province_has_one_desk_of_its_own(void **state)
{
    struct rostering *f = *state;
    struct th_roster_entry desk = rostering_keyed(TH_PEER_DESK, 0, 101);
    struct th_roster_entry second = rostering_keyed(TH_PEER_DESK, 1, 102);
    struct th_roster_entry enrolled = rostering_node(2);
    desk.lineage = ROSTERING_HG.lineage;
    second.lineage = ROSTERING_HG.lineage;
    enrolled.class = TH_PEER_DESK;
    rostering_add(f, desk);
    rostering_add(f, enrolled);

    EXPECT(TH_E_EXISTS, th_roster_add(f->roster, &second));
    const struct th_roster_entry *own = th_roster_own_desk(f->roster, ROSTERING_HG.lineage);
    assert_non_null(own);
    assert_int_equal(own->number, 0);
    assert_null(th_roster_own_desk(f->roster, TH_BYTES("ct92")));
    assert_int_equal(th_roster_speaks_as(own), 0);
    assert_int_equal(th_roster_speaks_as(th_roster_find(f->roster, TH_PEER_DESK, 2)), 2);
}

static void what_the_file_could_not_hold_is_not_added(void **state)
{
    struct rostering *f = *state;
    struct th_roster_entry wrong[6] = {rostering_node(1),
                                       rostering_node(1),
                                       rostering_node(1),
                                       rostering_node(1),
                                       rostering_node(1),
                                       rostering_keyed(TH_PEER_VIEWER, 1, 104)};
    wrong[0].class = TH_PEER_BOOTSTRAP;
    wrong[1].lineage = TH_BYTES("ct92");
    wrong[2].lineage = (struct th_bytes){0};
    wrong[3].unit_count = 0;
    wrong[4].public_only = wrong[5].public_only = true; // a node; a viewer of every province

    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        EXPECT(TH_E_INVALID, th_roster_add(f->roster, &wrong[i]));
    }
    assert_int_equal(f->roster->entry_count, 0);
}

static void keys_are_found_among_many(void **state)
{
    struct rostering *f = *state;
    enum { MANY = 500 };
    struct rng rng;
    rng_start(&rng);
    for (uint32_t i = MANY; i >= 1; i--) {
        struct th_roster_entry entry = rostering_node(i);
        memset(entry.bootstrap, 0, sizeof(entry.bootstrap));
        memcpy(entry.bootstrap + 8, &i, sizeof(i)); // the same first bytes: one slot for all
        rostering_add(f, entry);
    }
    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
    EXPECT(TH_OK, rostering_read_back(f));

    for (uint32_t i = 1; i <= MANY; i++) {
        uint8_t key[TH_CURVE_BYTES] = {0};
        bool bootstrap = false;
        memcpy(key + 8, &i, sizeof(i));
        const struct th_roster_entry *found = th_roster_by_key(f->read, key, &bootstrap);
        assert_non_null(found);
        assert_int_equal(found->number, i);
        assert_true(bootstrap);
        assert_ptr_equal(th_roster_find(f->read, TH_PEER_NODE, i), found);
        rng_bytes(&rng, key, sizeof(key));
        assert_null(th_roster_by_key(f->read, key, &bootstrap));
    }
    assert_null(th_roster_find(f->read, TH_PEER_NODE, MANY + 1));
    assert_int_equal(th_roster_next_number(f->read, TH_PEER_NODE), MANY + 1);
    assert_int_equal(th_roster_next_number(f->read, TH_PEER_VIEWER), MANY + 1);
    assert_int_equal(th_roster_next_number(f->read, TH_PEER_WORKER), 1);
}

static void a_province_has_a_bounded_list(void **state)
{
    struct rostering *f = *state;
    struct th_bytes units[TH_ROSTER_UNITS_MAX];
    struct th_roster_entry entry = rostering_node(1);
    for (size_t i = 0; i < TH_COUNT(units); i++) {
        units[i] = TH_BYTES("0123456789012345678901234567890123456789");
    }
    entry.units = units;
    entry.unit_count = TH_COUNT(units);

    enum th_err err = TH_OK;
    while (err == TH_OK && entry.number < 1000) {
        err = th_roster_add(f->roster, &entry);
        entry.number++;
        memcpy(entry.bootstrap, &entry.number, sizeof(entry.number));
    }

    assert_int_equal(err, TH_E_FULL);
    assert_int_equal(f->roster->entry_count, 20); // 900 KiB of 44 KiB each
}

static void a_revoked_entry_stays_with_its_first_reason(void **state)
{
    struct rostering *f = *state;
    rostering_add(f, rostering_node(7));

    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_NODE, 7, TH_BYTES("lost")));
    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_NODE, 7, TH_BYTES("again")));
    EXPECT(TH_E_NOT_FOUND, th_roster_revoke(f->roster, TH_PEER_NODE, 8, TH_BYTES("x")));

    assert_true(th_roster_find(f->roster, TH_PEER_NODE, 7)->revoked);
    assert_true(
        th_bytes_equal(th_roster_find(f->roster, TH_PEER_NODE, 7)->reason, TH_BYTES("lost")));
    assert_int_equal(th_roster_next_number(f->roster, TH_PEER_NODE), 8);
}

// ---- the file ----

static void a_file_others_may_write_is_refused(void **state)
{
    struct rostering *f = *state;
    EXPECT(TH_E_NOT_FOUND, rostering_read_back(f));
    EXPECT(TH_OK, th_roster_save(f->roster, f->path));

    assert_int_equal(chmod(f->path, 0620), 0);
    EXPECT(TH_E_DENIED, rostering_read_back(f));
    assert_int_equal(th_findings_at(&f->findings, 0)->verdict.code, TH_M_KEY_MODE);
    assert_int_equal(chmod(f->path, 0644), 0);
    EXPECT(TH_OK, rostering_read_back(f));
}

#define HEAD "format: 1\ngeneration: 3\nprovinces:\n  - {lineage: hg93, root: \"93\", store_id: "
#define GOOD HEAD "\"0000000000000001\"}\n"

static void a_damaged_file_is_refused_with_its_place(void **state)
{
    struct rostering *f = *state;
    static const struct {
        const char *text;
        unsigned code;
    } CASES[] = {
        {"", TH_M_YAML_SYNTAX},
        {"format: 2\ngeneration: 3\n", TH_M_YAML_RANGE},
        {"format: 1\n", TH_M_YAML_MISSING_KEY},
        {GOOD "surprise: 1\n", TH_M_YAML_UNKNOWN_KEY},
        {HEAD "\"1\"}\n", TH_M_YAML_TYPE},
        {GOOD "entries:\n  - {number: 1, class: boss}\n", TH_M_YAML_TYPE},
        {GOOD "entries:\n  - {number: 1, class: worker, public_key: short}\n", TH_M_YAML_TYPE},
        {GOOD "entries:\n  - {number: 1, class: viewer, lineage: xx}\n", TH_M_REFERENCE},
        {GOOD "entries:\n  - {number: 1, class: viewer, expires: \"2026-13-01T00:00:00Z\"}\n",
         TH_M_YAML_TYPE},
        {GOOD "entries:\n  - {number: 1, class: worker}\n  - {number: 1, class: worker}\n",
         TH_M_CODE_TWICE},
        {GOOD
         "entries:\n  - {number: 1, class: viewer}\n  - {number: 1, class: desk, lineage: hg93}\n",
         TH_M_CODE_TWICE},
        {GOOD "entries:\n  - {number: 0, class: desk, lineage: hg93}\n  - {number: 1, class: desk, "
              "lineage: hg93}\n",
         TH_M_CODE_TWICE},
    };

    for (size_t i = 0; i < TH_COUNT(CASES); i++) {
        free(scratch_write(f->dir, "roster.yaml", th_bytes_of(CASES[i].text)));
        assert_int_equal(chmod(f->path, 0600), 0);
        EXPECT(TH_E_REFUSED, rostering_read_back(f));
        if (i > 0) {
            assert_int_equal(th_findings_at(&f->findings, 0)->verdict.code, CASES[i].code);
        }
    }
}

static void one_command_at_a_time_holds_the_lock(void **state)
{
    struct rostering *f = *state;
    struct th_roster_lock first = {.fd = -1};
    struct th_roster_lock second = {.fd = -1};

    EXPECT(TH_OK, th_roster_lock(f->lock, &first));
    const pid_t child = fork();
    if (child == 0) {
        // Ends only when the parent gives the lock back.
        const enum th_err err = th_roster_lock(f->lock, &second);
        _exit(err == TH_OK ? 0 : 1);
    }
    th_roster_unlock(&first);
    th_roster_unlock(&first);
    EXPECT(TH_OK, th_roster_lock(f->lock, &second));
    th_roster_unlock(&second);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    EXPECT(TH_E_IO, th_roster_lock("/nowhere/roster.lock", &first));
}

static void the_state_of_the_broker_is_read_while_it_lives(void **state)
{
    struct rostering *f = *state;
    char *path = path_in(f->dir, "broker.state");
    struct th_broker_state read;
    struct th_broker_state written = {.generation = 5,
                                      .pid = getpid(),
                                      .nodes = "tcp://127.0.0.1:5570",
                                      .workers = "tcp://127.0.0.1:5571",
                                      .queries = "ipc:///tmp/q",
                                      .feed = "tcp://127.0.0.1:5573",
                                      .feed_in = "tcp://127.0.0.1:5574"};

    EXPECT(TH_E_NOT_FOUND, th_broker_state_read(path, &read));
    EXPECT(TH_OK, th_broker_state_write(path, &written));
    EXPECT(TH_OK, th_broker_state_read(path, &read));
    assert_memory_equal(&read, &written, sizeof(read));
    written.pid = 0x7ffffffe; // above every pid
    EXPECT(TH_OK, th_broker_state_write(path, &written));
    EXPECT(TH_E_NOT_FOUND, th_broker_state_read(path, &read));
    free(scratch_write(f->dir, "broker.state", TH_BYTES("generation: x\n")));
    EXPECT(TH_E_MALFORMED, th_broker_state_read(path, &read));
    free(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, rostering_setup, rostering_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_saved_is_read),
        CASE(every_save_raises_the_generation_by_one),
        CASE(numbers_and_keys_are_unique),
        CASE(a_province_has_one_desk_of_its_own),
        CASE(what_the_file_could_not_hold_is_not_added),
        CASE(keys_are_found_among_many),
        CASE(a_province_has_a_bounded_list),
        CASE(a_revoked_entry_stays_with_its_first_reason),
        CASE(a_file_others_may_write_is_refused),
        CASE(a_damaged_file_is_refused_with_its_place),
        CASE(one_command_at_a_time_holds_the_lock),
        CASE(the_state_of_the_broker_is_read_while_it_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
