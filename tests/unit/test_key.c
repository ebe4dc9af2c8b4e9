// test_key.c - key files: what is written can be read, and what others can read is refused

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/hash.h"
#include "tonghop/key.h"

#include "tests/support/test.h"

struct fixture {
    char *dir;
    char *keys;
    struct th_verdict why;
};

static int setup(void **state)
{
    static struct fixture fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){.dir = scratch_dir()};
    fixture.keys = path_in(fixture.dir, "keys");
    EXPECT(TH_OK, th_key_directory(fixture.keys, &fixture.why));
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

static unsigned mode_of(const char *dir, const char *name)
{
    struct stat status;
    char *path = path_in(dir, name);
    assert_int_equal(stat(path, &status), 0);
    free(path);
    return status.st_mode & 07777U;
}

static void set_mode(const char *dir, const char *name, unsigned mode)
{
    char *path = path_in(dir, name);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

static void a_pair_is_read_as_it_was_written(void **state)
{
    struct fixture *f = *state;
    struct th_key_pair made;
    struct th_key_pair read;
    char public_key[TH_Z85_SIZE];
    EXPECT(TH_OK, th_key_make(&made));

    EXPECT(TH_OK, th_key_write(f->keys, "node", &made));
    EXPECT(TH_OK, th_key_read(f->keys, "node", &read, &f->why));
    EXPECT(TH_OK, th_key_read_public(f->keys, "node", public_key, &f->why));

    assert_memory_equal(&made, &read, sizeof(made));
    assert_string_equal(public_key, made.public_key);
    assert_int_equal(mode_of(f->keys, "node.secret"), 0600);
    assert_int_equal(mode_of(f->dir, "keys"), 0700);
}

static void a_key_is_never_replaced(void **state)
{
    struct fixture *f = *state;
    struct th_key_pair first;
    struct th_key_pair second;
    struct th_key_pair read;
    EXPECT(TH_OK, th_key_make(&first));
    EXPECT(TH_OK, th_key_make(&second));
    EXPECT(TH_OK, th_key_write(f->keys, "node", &first));

    EXPECT(TH_E_EXISTS, th_key_write(f->keys, "node", &second));

    EXPECT(TH_OK, th_key_read(f->keys, "node", &read, &f->why));
    assert_string_equal(read.secret_key, first.secret_key);
}

static void a_secret_open_to_others_is_refused(void **state)
{
    struct fixture *f = *state;
    struct th_key_pair pair;
    static const unsigned OPEN[] = {0640, 0604, 0660, 0601};
    EXPECT(TH_OK, th_key_make(&pair));
    EXPECT(TH_OK, th_key_write(f->keys, "node", &pair));

    for (size_t i = 0; i < TH_COUNT(OPEN); i++) {
        set_mode(f->keys, "node.secret", OPEN[i]);
        EXPECT(TH_E_DENIED, th_key_read(f->keys, "node", &pair, &f->why));
        assert_int_equal(f->why.code, TH_M_KEY_MODE);
    }
    set_mode(f->keys, "node.secret", 0600);
    set_mode(f->dir, "keys", 0750);
    EXPECT(TH_E_DENIED, th_key_read(f->keys, "node", &pair, &f->why));
    EXPECT(TH_E_DENIED, th_key_directory(f->keys, &f->why));
    assert_int_equal(f->why.code, TH_M_KEY_MODE);
    set_mode(f->dir, "keys", 0700);
}

static void a_directory_is_looked_through(void **state)
{
    struct fixture *f = *state;
    struct th_key_pair pair;
    uint8_t secret[TH_CURVE_BYTES] = {1};
    char public_key[TH_Z85_SIZE];
    EXPECT(TH_OK, th_key_make(&pair));
    EXPECT(TH_OK, th_key_write(f->keys, "node", &pair));
    EXPECT(TH_OK, th_secret_write(f->keys, "person", secret));
    free(scratch_write(f->keys, "enrolment.yaml", TH_BYTES("format: 1\n")));
    free(scratch_write(f->keys, "notes.txt", TH_BYTES("of no concern\n")));
    set_mode(f->keys, "enrolment.yaml", 0600);
    set_mode(f->keys, "notes.txt", 0666);
    EXPECT(TH_OK, th_key_check(f->keys, &f->why));

    static const char *const SECRETS[] = {"node.secret", "person.secret", "enrolment.yaml"};
    for (size_t i = 0; i < TH_COUNT(SECRETS); i++) {
        set_mode(f->keys, SECRETS[i], 0640);
        EXPECT(TH_E_DENIED, th_key_check(f->keys, &f->why));
        assert_int_equal(f->why.code, TH_M_KEY_MODE);
        assert_non_null(strstr(f->why.params[0], SECRETS[i]));
        set_mode(f->keys, SECRETS[i], 0400);
        EXPECT(TH_OK, th_key_check(f->keys, &f->why));
    }
    set_mode(f->keys, "node.public", 0664);
    EXPECT(TH_E_DENIED, th_key_check(f->keys, &f->why));
    EXPECT(TH_E_DENIED, th_key_read_public(f->keys, "node", public_key, &f->why));
    assert_int_equal(f->why.variant, 'c');
    set_mode(f->keys, "node.public", 0644);
    set_mode(f->dir, "keys", 0710);
    EXPECT(TH_E_DENIED, th_key_check(f->keys, &f->why));
    set_mode(f->dir, "keys", 0700);
    EXPECT(TH_OK, th_key_check(f->keys, &f->why));
}

static void a_secret_of_somebody_else_is_refused(void **state)
{
    struct fixture *f = *state;
    uint8_t secret[TH_CURVE_BYTES] = {1};
    EXPECT(TH_OK, th_secret_write(f->keys, "person", secret));
    char *path = path_in(f->keys, "person.secret");
    const int changed = chown(path, 12345, (gid_t)-1);
    free(path);
    if (changed != 0) {
        skip(); // only root gives files away
    }

    EXPECT(TH_E_DENIED, th_key_check(f->keys, &f->why));
    assert_int_equal(f->why.code, TH_M_KEY_MODE);
    assert_int_equal(f->why.variant, 'b');
    assert_string_equal(f->why.params[1], "12345");
    EXPECT(TH_E_DENIED, th_secret_read(f->keys, "person", secret, &f->why));
}

static void what_is_no_key_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const WRONG[] = {
        "",
        "\n",
        "too short\n",
        "0123456789012345678901234567890123456789\n\n",
        "01234567890123456789012345678901234567890\n",
        "\"123456789012345678901234567890123456789\n",
        "0123456789012345678901234567890123456789 and much, much more behind it, a line or two\n"};
    struct th_key_pair pair;

    EXPECT(TH_E_NOT_FOUND, th_key_read(f->keys, "node", &pair, &f->why));
    assert_int_equal(f->why.code, TH_M_KEY_UNREADABLE);
    for (size_t i = 0; i < TH_COUNT(WRONG); i++) {
        free(scratch_write(f->keys, "node.secret", th_bytes_of(WRONG[i])));
        set_mode(f->keys, "node.secret", 0600);
        EXPECT(TH_E_MALFORMED, th_key_read(f->keys, "node", &pair, &f->why));
        assert_int_equal(f->why.code, TH_M_KEY_MALFORMED);
    }
}

static void a_single_secret_is_kept_like_a_key(void **state)
{
    struct fixture *f = *state;
    uint8_t made[TH_CURVE_BYTES];
    uint8_t read[TH_CURVE_BYTES] = {0};
    th_random(made, sizeof(made));

    EXPECT(TH_OK, th_secret_write(f->keys, "person", made));
    EXPECT(TH_OK, th_secret_read(f->keys, "person", read, &f->why));

    assert_memory_equal(made, read, sizeof(made));
    assert_int_equal(mode_of(f->keys, "person.secret"), 0600);
    th_secret_forget(made, sizeof(made));
    assert_int_not_equal(memcmp(made, read, sizeof(made)), 0);
}

// Computed with Python's hashlib and base64.
static void a_fingerprint_is_the_first_60_bits_of_the_hash(void **state)
{
    (void)state;
    uint8_t key[TH_CURVE_BYTES];
    char out[TH_FINGERPRINT_SIZE];
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }

    assert_string_equal(th_key_fingerprint(key, out), "SCQN-2R7W-3XZ0");
}

static void forgetting_overwrites(void **state)
{
    (void)state;
    struct th_key_pair pair;
    EXPECT(TH_OK, th_key_make(&pair));
    th_key_forget(&pair);
    const struct th_key_pair empty = {0};
    assert_memory_equal(&pair, &empty, sizeof(pair));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_pair_is_read_as_it_was_written),
        CASE(a_key_is_never_replaced),
        CASE(a_secret_open_to_others_is_refused),
        CASE(a_directory_is_looked_through),
        CASE(a_secret_of_somebody_else_is_refused),
        CASE(what_is_no_key_is_refused),
        CASE(a_single_secret_is_kept_like_a_key),
        CASE(a_fingerprint_is_the_first_60_bits_of_the_hash),
        CASE(forgetting_overwrites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
