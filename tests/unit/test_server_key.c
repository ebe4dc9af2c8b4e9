// test_server_key.c - the broker's key and the one it announces, as its peers keep them

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/hash.h"
#include "tonghop/key.h"
#include "tonghop/server_key.h"

#include "tests/support/test.h"

struct fixture {
    char *dir;
    char *keys;
    struct th_key_pair first;
    struct th_key_pair second;
    uint8_t announced[TH_CURVE_BYTES]; // second
    struct th_server_key key;
    struct th_verdict why;
};

static void put_public(struct fixture *f, const char *name, const char *z85)
{
    char line[TH_Z85_SIZE + 1];
    (void)snprintf(line, sizeof(line), "%s\n", z85);
    free(scratch_write(f->keys, name, th_bytes_of(line)));
}

static int setup(void **state)
{
    static struct fixture fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){.dir = scratch_dir()};
    fixture.keys = path_in(fixture.dir, "keys");
    EXPECT(TH_OK, th_key_directory(fixture.keys, &fixture.why));
    EXPECT(TH_OK, th_key_make(&fixture.first));
    EXPECT(TH_OK, th_key_make(&fixture.second));
    EXPECT(TH_OK, th_z85_read(th_bytes_of(fixture.second.public_key), fixture.announced));
    put_public(&fixture, "broker.public", fixture.first.public_key);
    EXPECT(TH_OK, th_server_key_open(&fixture.key, fixture.keys, &fixture.why));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->keys);
    scratch_remove(f->dir);
    return 0;
}

static bool is_there(const struct fixture *f, const char *name)
{
    char *path = path_in(f->keys, name);
    const bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static void what_was_announced_comes_in_force_when_it_is_proved(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(f->key.in_use, f->first.public_key);
    assert_false(th_server_key_failed(&f->key, 10000)); // there is no other

    th_server_key_heard(&f->key, f->announced);
    assert_int_equal(th_server_key_tag(&f->key), th_key_tag(f->announced));
    th_server_key_proved(&f->key); // the old one still is
    assert_string_equal(f->key.in_use, f->first.public_key);
    assert_true(th_server_key_failed(&f->key, 10000));
    assert_string_equal(f->key.in_use, f->second.public_key);
    assert_string_equal(f->key.known, f->first.public_key); // tried, not believed
    th_server_key_proved(&f->key);

    EXPECT(TH_OK, th_server_key_open(&f->key, f->keys, &f->why));
    assert_string_equal(f->key.in_use, f->second.public_key);
    assert_int_equal(th_server_key_tag(&f->key), 0);
    assert_false(is_there(f, "broker.next.public"));
}

static void both_are_tried_in_turn_and_not_too_fast(void **state)
{
    struct fixture *f = *state;
    th_server_key_heard(&f->key, f->announced);

    assert_true(th_server_key_failed(&f->key, 10000));
    assert_false(th_server_key_failed(&f->key, 10000 + TH_SERVER_KEY_PAUSE_MS - 1));
    assert_true(th_server_key_failed(&f->key, 10000 + TH_SERVER_KEY_PAUSE_MS));
    assert_string_equal(f->key.in_use, f->first.public_key);
    assert_true(th_server_key_failed(&f->key, 10000 + 2 * TH_SERVER_KEY_PAUSE_MS));
    assert_string_equal(f->key.in_use, f->second.public_key);
}

static void what_another_program_wrote_is_found(void **state)
{
    struct fixture *f = *state;
    put_public(f, "broker.public", f->second.public_key);

    assert_true(th_server_key_failed(&f->key, 10000));
    assert_string_equal(f->key.in_use, f->second.public_key);
    th_server_key_proved(&f->key);
    assert_string_equal(f->key.known, f->second.public_key);
}

static void what_is_known_already_is_not_announced(void **state)
{
    struct fixture *f = *state;
    uint8_t known[TH_CURVE_BYTES];
    EXPECT(TH_OK, th_z85_read(th_bytes_of(f->first.public_key), known));

    th_server_key_heard(&f->key, known);
    assert_int_equal(th_server_key_tag(&f->key), 0);
    th_server_key_heard(&f->key, f->announced);
    th_server_key_heard(&f->key, NULL); // a message that says nothing of it
    assert_int_equal(th_server_key_tag(&f->key), th_key_tag(f->announced));
}

static void who_has_heard_is_kept_for_one_key(void **state)
{
    struct fixture *f = *state;
    static const struct th_server_known LIST[] = {
        {TH_PEER_NODE, 7}, {TH_PEER_VIEWER, 4294967295}, {TH_PEER_DESK, 1}};
    struct th_server_known *list = NULL;
    size_t count = 9;
    char *path = path_in(f->dir, "broker.knows");
    EXPECT(TH_OK, th_server_known_read(path, 5, &list, &count));
    assert_int_equal(count, 0);
    free(list);

    EXPECT(TH_OK, th_server_known_write(path, 5, LIST, TH_COUNT(LIST)));
    EXPECT(TH_OK, th_server_known_read(path, 5, &list, &count));
    assert_int_equal(count, TH_COUNT(LIST));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].class, LIST[i].class);
        assert_int_equal(list[i].number, LIST[i].number);
    }
    free(list);
    EXPECT(TH_OK, th_server_known_read(path, 6, &list, &count)); // another key was announced since
    assert_int_equal(count, 0);
    free(list);
    free(scratch_write(f->dir, "broker.knows", TH_BYTES("n:7\n\nnonsense, and more of it\nn:7/0")));
    EXPECT(TH_OK, th_server_known_read(path, 5, &list, &count));
    assert_int_equal(count, 0);
    free(list);
    free(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_announced_comes_in_force_when_it_is_proved),
        CASE(both_are_tried_in_turn_and_not_too_fast),
        CASE(what_another_program_wrote_is_found),
        CASE(what_is_known_already_is_not_announced),
        CASE(who_has_heard_is_kept_for_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
