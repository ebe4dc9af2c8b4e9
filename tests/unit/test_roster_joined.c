// test_roster_joined.c - the roster: keys that joined, and numbers that are enrolled again

#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"

#include "tests/support/rostering.h"

// ---- joined keys ----

static struct th_key_entry joins(uint32_t number, uint8_t byte)
{
    struct th_key_entry joined = {.class = TH_PEER_NODE, .number = number};
    memset(joined.public_key, byte, sizeof(joined.public_key));
    return joined;
}

// How many entries have another key after that list.
static size_t take(struct th_roster *roster, const struct th_key_entry *list, size_t count)
{
    const struct th_keys keys = {.lineage = ROSTERING_HG.lineage, .keys = list, .count = count};
    size_t changed = 99;
    EXPECT(TH_OK, th_roster_join(roster, &keys, &changed));
    return changed;
}

static uint32_t number_of(const struct th_roster *roster, uint8_t byte)
{
    uint8_t key[TH_CURVE_BYTES];
    bool bootstrap = true;
    memset(key, byte, sizeof(key));
    const struct th_roster_entry *entry = th_roster_by_key(roster, key, &bootstrap);
    assert_true(entry == NULL || !bootstrap);
    return entry == NULL ? 0 : entry->number;
}

static void joined_keys_are_not_of_the_file_and_stay_until_a_later_one_comes(void **state)
{
    struct rostering *f = *state;
    const struct th_key_entry first[] = {joins(7, 201), joins(8, 202)};
    struct th_key_entry second = joins(8, 203);
    second.rotation = 1;
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_node(8));

    assert_int_equal(take(f->roster, first, 2), 2);
    assert_int_equal(number_of(f->roster, 201), 7);
    assert_int_equal(take(f->roster, first, 2), 0);
    assert_int_equal(take(f->roster, &second, 1), 1);
    assert_int_equal(number_of(f->roster, 201), 7); // not on the list: lost there
    assert_int_equal(number_of(f->roster, 202), 0);
    assert_int_equal(number_of(f->roster, 203), 8);
    assert_int_equal(take(f->roster, first, 2), 0); // a worker put back from a copy
    assert_int_equal(number_of(f->roster, 203), 8);

    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
    EXPECT(TH_OK, rostering_read_back(f));
    assert_false(th_roster_find(f->read, TH_PEER_NODE, 8)->has_key);
}

static void what_joined_can_be_told_again(void **state)
{
    struct rostering *f = *state;
    struct th_key_entry list[] = {joins(7, 201), joins(8, 202)};
    struct th_key_entry told[TH_LIST_MAX];
    list[1].rotation = 3;
    list[1].has_previous = true;
    list[1].until_ms = 1795000000001;
    list[1].joined_ms = 1795000000000;
    memset(list[1].previous, 203, sizeof(list[1].previous));
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_node(8));
    assert_int_equal(take(f->roster, list, 2), 2);

    assert_int_equal(th_roster_joined(f->roster, ROSTERING_HG.lineage, told), 2);
    assert_memory_equal(told, list, sizeof(list));
    assert_int_equal(th_roster_joined(f->roster, TH_BYTES("ct92"), told), 0);
}

static void the_key_before_holds_beside_the_new_one(void **state)
{
    struct rostering *f = *state;
    struct th_key_entry joined = joins(7, 201);
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_node(8));
    assert_int_equal(take(f->roster, &joined, 1), 1);

    joined = joins(7, 202);
    joined.rotation = 1;
    joined.has_previous = true;
    memset(joined.previous, 201, sizeof(joined.previous));
    assert_int_equal(take(f->roster, &joined, 1), 1);
    assert_int_equal(number_of(f->roster, 201), 7);
    assert_int_equal(number_of(f->roster, 202), 7);
    const struct th_key_entry thief = joins(8, 201);
    assert_int_equal(take(f->roster, &thief, 1), 0);
    joined = joins(7, 203);
    joined.rotation = 2;
    joined.has_previous = true;
    memset(joined.previous, 203, sizeof(joined.previous));
    assert_int_equal(take(f->roster, &joined, 1), 0); // one key is not two
    memset(joined.previous, 202, sizeof(joined.previous));
    assert_int_equal(take(f->roster, &joined, 1), 1);
    assert_int_equal(number_of(f->roster, 201), 0);
}

// Rows of one number, each with another key, must not fill the index of keys up.
static void a_list_that_names_a_number_again_and_again_ends(void **state)
{
    enum { TIMES = 200, FIRST = 50 };
    struct rostering *f = *state;
    struct th_key_entry list[TIMES];
    rostering_add(f, rostering_node(7));
    for (uint32_t i = 0; i < TIMES; i++) {
        list[i] = joins(7, (uint8_t)(FIRST + i));
        list[i].rotation = i;
    }
    assert_int_equal(take(f->roster, list, TIMES), TIMES);
    assert_int_equal(number_of(f->roster, FIRST + TIMES - 1), 7);
    assert_int_equal(number_of(f->roster, FIRST), 0);
}

static void a_worker_gives_keys_only_to_enrolments_of_its_own_province(void **state)
{
    struct rostering *f = *state;
    const struct th_roster_province other = {
        .lineage = TH_BYTES("ct92"), .root = TH_BYTES("92"), .store_id = 5};
    EXPECT(TH_OK, th_roster_set_province(f->roster, &other));
    struct th_roster_entry foreign = rostering_node(9);
    foreign.lineage = other.lineage;
    struct th_roster_entry fixed = rostering_keyed(TH_PEER_NODE, 10, 110);
    fixed.lineage = ROSTERING_HG.lineage;
    fixed.units = ROSTERING_UNITS;
    fixed.unit_count = 1;
    rostering_add(f, rostering_node(7));
    rostering_add(f, foreign);
    rostering_add(f, fixed);
    rostering_add(f, rostering_keyed(TH_PEER_WORKER, 1, 101));
    struct th_key_entry list[] = {joins(9, 201),
                                  joins(10, 202),
                                  joins(1, 203),
                                  joins(99, 204),
                                  joins(7, 101),
                                  joins(7, 206),
                                  joins(7, 205)};
    list[2].class = TH_PEER_WORKER;
    list[5].enrolment = 1; // there was none

    assert_int_equal(take(f->roster, list, TH_COUNT(list)), 1);

    assert_int_equal(number_of(f->roster, 205), 7); // and not with the worker's key
    assert_false(th_roster_find(f->roster, TH_PEER_NODE, 9)->has_key);
    assert_int_equal(th_roster_find(f->roster, TH_PEER_NODE, 10)->key[0], 110);
}

// ---- changed ----

static void a_key_is_wanted_changed_until_a_later_one_joins(void **state)
{
    struct rostering *f = *state;
    struct th_key_entry joined = joins(7, 201);
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_keyed(TH_PEER_WORKER, 1, 101));
    const struct th_roster_entry *entry = th_roster_find(f->roster, TH_PEER_NODE, 7);
    EXPECT(TH_OK, th_roster_rotate(f->roster, TH_PEER_NODE, 7, 1));
    assert_false(th_roster_is_rotating(entry)); // nobody has joined
    assert_int_equal(take(f->roster, &joined, 1), 1);
    assert_true(th_roster_is_rotating(entry));
    EXPECT(TH_OK, th_roster_rotate(f->roster, TH_PEER_NODE, 7, 0));
    assert_true(th_roster_is_rotating(entry)); // it was asked for

    joined = joins(7, 202);
    joined.rotation = 1;
    assert_int_equal(take(f->roster, &joined, 1), 1);
    assert_false(th_roster_is_rotating(entry));
    EXPECT(TH_E_NOT_FOUND, th_roster_rotate(f->roster, TH_PEER_NODE, 8, 1));
    EXPECT(TH_E_INVALID, th_roster_rotate(f->roster, TH_PEER_WORKER, 1, 1));
}

static void a_key_of_the_file_gives_way_to_another_and_holds_for_a_while(void **state)
{
    struct rostering *f = *state;
    uint8_t key[TH_CURVE_BYTES];
    const struct th_key_entry joined = joins(7, 201);
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_keyed(TH_PEER_WORKER, 1, 101));
    assert_int_equal(take(f->roster, &joined, 1), 1);
    memset(key, 102, sizeof(key));

    EXPECT(TH_OK, th_roster_replace_key(f->roster, TH_PEER_WORKER, 1, key, 1795000000000));
    assert_int_equal(number_of(f->roster, 101), 1);
    assert_int_equal(number_of(f->roster, 102), 1);
    EXPECT(TH_E_EXISTS, th_roster_replace_key(f->roster, TH_PEER_WORKER, 1, key, 1));
    memset(key, 103, sizeof(key));
    EXPECT(TH_OK, th_roster_replace_key(f->roster, TH_PEER_WORKER, 1, key, 1795000000000));
    assert_int_equal(number_of(f->roster, 101), 0);
    memset(key, 104, sizeof(key));
    EXPECT(TH_E_INVALID, th_roster_replace_key(f->roster, TH_PEER_NODE, 7, key, 1));
    EXPECT(TH_E_NOT_FOUND, th_roster_replace_key(f->roster, TH_PEER_NODE, 8, key, 1));
}

// ---- enrolled again ----

static void enrol_again(struct rostering *f, uint8_t byte)
{
    uint8_t bootstrap[TH_CURVE_BYTES];
    memset(bootstrap, byte, sizeof(bootstrap));
    EXPECT(TH_OK, th_roster_enrol_again(f->roster, TH_PEER_NODE, 7, bootstrap, 4100000000000));
}

static void a_number_enrolled_again_keeps_its_key_until_another_joins(void **state)
{
    struct rostering *f = *state;
    struct th_key_entry old = joins(7, 201);
    struct th_key_entry new = joins(7, 202);
    const uint8_t none[TH_CURVE_BYTES] = {0};
    bool bootstrap = false;
    old.rotation = 5;
    new.enrolment = 1;
    rostering_add(f, rostering_node(7));
    rostering_add(f, rostering_keyed(TH_PEER_WORKER, 1, 101));
    assert_int_equal(take(f->roster, &old, 1), 1);

    enrol_again(f, 222);

    const struct th_roster_entry *entry = th_roster_find(f->roster, TH_PEER_NODE, 7);
    assert_int_equal(entry->enrolment, 1);
    assert_int_equal(entry->expires_ms, 4100000000000);
    assert_ptr_equal(th_roster_by_key(f->roster, entry->bootstrap, &bootstrap), entry);
    assert_true(bootstrap);
    assert_int_equal(entry->bootstrap[0], 222);
    assert_int_equal(number_of(f->roster, 201), 7);
    assert_int_equal(take(f->roster, &new, 1), 1);
    assert_int_equal(number_of(f->roster, 201), 0);
    assert_int_equal(number_of(f->roster, 202), 7);
    EXPECT(TH_E_NOT_FOUND, th_roster_enrol_again(f->roster, TH_PEER_NODE, 8, none, 1));
    EXPECT(TH_E_INVALID, th_roster_enrol_again(f->roster, TH_PEER_WORKER, 1, none, 1));
    EXPECT(TH_E_EXISTS, th_roster_enrol_again(f->roster, TH_PEER_NODE, 7, entry->bootstrap, 1));
}

static void a_revoked_key_is_not_taken_when_its_number_is_enrolled_again(void **state)
{
    struct rostering *f = *state;
    struct th_key_entry joined = joins(7, 201);
    rostering_add(f, rostering_node(7));
    assert_int_equal(take(f->roster, &joined, 1), 1);
    EXPECT(TH_OK, th_roster_revoke(f->roster, TH_PEER_NODE, 7, TH_BYTES("stolen")));

    enrol_again(f, 222);

    assert_int_equal(number_of(f->roster, 201), 0);
    EXPECT(TH_OK, th_roster_save(f->roster, f->path));
    EXPECT(TH_OK, rostering_read_back(f));
    const struct th_roster_entry *entry = th_roster_find(f->read, TH_PEER_NODE, 7);
    assert_false(entry->revoked);
    assert_int_equal(entry->reason.size, 0);
    assert_int_equal(entry->enrolment, 1);
    assert_int_equal(take(f->read, &joined, 1), 0);
    joined = joins(7, 202);
    joined.enrolment = 1;
    assert_int_equal(take(f->read, &joined, 1), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, rostering_setup, rostering_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(joined_keys_are_not_of_the_file_and_stay_until_a_later_one_comes),
        CASE(what_joined_can_be_told_again),
        CASE(the_key_before_holds_beside_the_new_one),
        CASE(a_list_that_names_a_number_again_and_again_ends),
        CASE(a_worker_gives_keys_only_to_enrolments_of_its_own_province),
        CASE(a_key_is_wanted_changed_until_a_later_one_joins),
        CASE(a_key_of_the_file_gives_way_to_another_and_holds_for_a_while),
        CASE(a_number_enrolled_again_keeps_its_key_until_another_joins),
        CASE(a_revoked_key_is_not_taken_when_its_number_is_enrolled_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
