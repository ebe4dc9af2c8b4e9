// test_sign_keys.c - signing keys that name the next, and what is believed because of it

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/hash.h"
#include "tonghop/sign_keys.h"

#include "tests/support/test.h"

enum { NOW_S = 1795500000 };

static const int64_t NOW_MS = INT64_C(1000) * NOW_S;

struct fixture {
    char *dir;
    char *province; // its directory of keys
    char *office;
    struct th_verdict why;
    char enrolled[TH_Z85_SIZE];
};

static int setup(void **state)
{
    static struct fixture fixture;
    uint8_t seed[TH_SIGN_SEED_BYTES];
    TH_SCOPED(th_sign_key_forget) struct th_sign_key key = {0};
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){.dir = scratch_dir()};
    fixture.province = path_in(fixture.dir, "province");
    fixture.office = path_in(fixture.dir, "office");
    EXPECT(TH_OK, th_key_directory(fixture.province, &fixture.why));
    EXPECT(TH_OK, th_key_directory(fixture.office, &fixture.why));
    th_random(seed, sizeof(seed));
    EXPECT(TH_OK, th_secret_write(fixture.province, "sign", seed));
    EXPECT(TH_OK, th_sign_key_read(fixture.province, &key, &fixture.why));
    th_z85_write(key.public_key, fixture.enrolled);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->province);
    free(f->office);
    scratch_remove(f->dir);
    return 0;
}

static struct th_sign_key key_now(struct fixture *f)
{
    struct th_sign_key key;
    EXPECT(TH_OK, th_sign_key_read(f->province, &key, &f->why));
    return key;
}

static void change(struct fixture *f)
{
    struct th_succession done;
    EXPECT(TH_OK, th_sign_keys_change(f->province, NOW_MS, &done, &f->why));
    assert_memory_equal(done.key, key_now(f).public_key, sizeof(done.key));
}

static void sign_with(const struct th_sign_key *key, uint8_t signature[static TH_SIGN_BYTES])
{
    th_sign(key, TH_BYTES("what was decided"), signature);
}

static bool holds(const struct th_sign_keys *keys, const uint8_t *signature)
{
    return th_sign_keys_hold(keys, TH_BYTES("what was decided"), signature);
}

static void tell(struct fixture *f, struct th_sign_keys *keys)
{
    static struct th_successions told;
    th_successions_read(f->province, key_now(f).public_key, &told);
    for (size_t i = 0; i < told.count; i++) {
        (void)th_sign_keys_learn(keys, f->office, told.texts[i]);
    }
}

static void an_office_follows_from_key_to_key_and_forgets_none(void **state)
{
    struct fixture *f = *state;
    enum { CHANGES = 4 };
    uint8_t signatures[CHANGES + 1][TH_SIGN_BYTES];
    struct th_sign_keys keys;
    for (int i = 0; i <= CHANGES; i++) {
        const struct th_sign_key key = key_now(f);
        sign_with(&key, signatures[i]);
        if (i < CHANGES) {
            change(f);
        }
    }
    th_sign_keys_read(f->office, f->enrolled, &keys);
    assert_int_equal(keys.count, 1);
    assert_true(holds(&keys, signatures[0]));
    assert_false(holds(&keys, signatures[CHANGES]));

    tell(f, &keys); // it was away for all of them
    for (int i = 0; i <= CHANGES; i++) {
        assert_true(holds(&keys, signatures[i]));
    }
    th_sign_keys_read(f->office, f->enrolled, &keys); // the next process
    assert_int_equal(keys.count, CHANGES + 1);
    th_sign_keys_read(f->province, NULL, &keys);
    assert_int_equal(keys.count, CHANGES + 1);
    signatures[1][5] ^= 1;
    assert_false(holds(&keys, signatures[1]));
}

static void nobody_is_believed_but_for_who_is_believed(void **state)
{
    struct fixture *f = *state;
    struct th_sign_key thief;
    uint8_t seed[TH_SIGN_SEED_BYTES] = {1};
    uint8_t room[TH_SUCCESSION_BYTES_MAX];
    struct th_writer text = TH_WRITER(room);
    struct th_sign_keys keys;
    struct th_succession read;
    const struct th_sign_key key = key_now(f);
    th_sign_key_of(seed, &thief);
    th_sign_keys_read(f->office, f->enrolled, &keys);

    th_succession_write(&text, &thief, thief.public_key, NOW_MS); // it names itself
    assert_false(th_sign_keys_learn(&keys, f->office, th_written(&text)));
    text.size = 0;
    th_succession_write(&text, &key, thief.public_key, NOW_MS);
    assert_int_equal(th_succession_read(th_written(&text), &read), TH_FLAW_NONE);
    assert_int_equal(th_succession_check(th_written(&text), thief.public_key, &read), TH_FLAW_KEY);
    for (size_t i = 0; i < text.size; i++) { // not one byte may differ
        room[i] ^= 1;
        assert_int_not_equal(th_succession_check(th_written(&text), key.public_key, &read),
                             TH_FLAW_NONE);
        assert_false(th_sign_keys_learn(&keys, f->office, th_written(&text)));
        room[i] ^= 1;
        assert_int_not_equal(th_succession_read((struct th_bytes){.data = room, .size = i}, &read),
                             TH_FLAW_NONE);
    }
    assert_int_equal(keys.count, 1);
    assert_true(th_sign_keys_learn(&keys, f->office, th_written(&text)));
    assert_false(th_sign_keys_learn(&keys, f->office, th_written(&text))); // nothing new
    assert_int_equal(read.time_ms, NOW_MS);
}

// A call ended after each step, and another one is made.
static void a_change_that_was_cut_short_is_finished(void **state)
{
    struct fixture *f = *state;
    uint8_t seed[TH_SIGN_SEED_BYTES];
    struct th_sign_key next;
    struct th_succession done;
    struct th_sign_keys keys;
    const struct th_sign_key old = key_now(f);
    th_random(seed, sizeof(seed));
    th_sign_key_of(seed, &next);
    EXPECT(TH_OK, th_secret_write(f->province, "sign.next", seed)); // made, and no more

    change(f);
    assert_memory_equal(key_now(f).public_key, next.public_key, sizeof(next.public_key));
    EXPECT(TH_OK, th_secret_write(f->province, "sign.next", seed)); // replaced, not tidied up
    char *path = path_in(f->province, "sign.public");
    assert_int_equal(unlink(path), 0);
    EXPECT(TH_OK, th_sign_keys_change(f->province, NOW_MS + 5000, &done, &f->why));
    assert_memory_equal(key_now(f).public_key, next.public_key, sizeof(next.public_key));
    assert_int_equal(done.time_ms, NOW_MS);
    assert_int_equal(access(path, F_OK), 0);
    free(path);
    path = path_in(f->province, "sign.next.secret");
    assert_int_not_equal(access(path, F_OK), 0);
    free(path);
    th_sign_keys_read(f->province, NULL, &keys);
    assert_non_null(th_sign_keys_find(&keys, done.old));
    uint8_t signature[TH_SIGN_BYTES];
    sign_with(&old, signature);
    assert_true(holds(&keys, signature));
}

static void more_keys_than_there_is_room_for_are_not_learned(void **state)
{
    struct fixture *f = *state;
    struct th_sign_keys keys;
    static struct th_successions told;
    for (int i = 0; i < TH_SIGN_KEYS_MAX + 2; i++) {
        change(f);
    }
    th_successions_read(f->province, key_now(f).public_key, &told);
    assert_int_equal(told.count, TH_SUCCESSIONS_MAX); // the newest
    th_sign_keys_read(f->office, f->enrolled, &keys);
    tell(f, &keys);
    assert_int_equal(keys.count, 1); // too long away: the chain does not reach back
    th_sign_keys_read(f->province, NULL, &keys);
    assert_int_equal(keys.count, TH_SIGN_KEYS_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_office_follows_from_key_to_key_and_forgets_none),
        CASE(nobody_is_believed_but_for_who_is_believed),
        CASE(a_change_that_was_cut_short_is_finished),
        CASE(more_keys_than_there_is_room_for_are_not_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
