// test_hash.c - hashes against published vectors, and what our joining of parts must keep

#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/test.h"

static void blake2b_of_abc_is_the_published_one(void **state)
{
    (void)state;
    uint8_t out[TH_HASH256_BYTES];
    char hex[2 * TH_HASH256_BYTES + 1];
    const struct th_bytes parts[] = {TH_BYTES("a"), {0}, TH_BYTES("bc")};

    th_hash256(out, parts, TH_COUNT(parts));

    assert_string_equal(th_hex((struct th_bytes){.data = out, .size = sizeof(out)}, hex),
                        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void siphash_is_that_of_its_paper(void **state)
{
    (void)state;
    uint8_t key[TH_SHORT_KEY_BYTES];
    uint8_t message[15];
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    memcpy(message, key, sizeof(message));
    const struct th_bytes parts[] = {{.data = message, .size = 7},
                                     {.data = message + 7, .size = 8}};

    // a129ca6149be45e5 as little-endian bytes, read as a big-endian number
    assert_true(th_hash64(key, parts, 2) == 0xe545be4961ca29a1ULL);
}

static void long_parts_are_hashed_whole(void **state)
{
    (void)state;
    static uint8_t bytes[5000];
    const uint8_t key[TH_SHORT_KEY_BYTES] = {7};
    const struct th_bytes one = {.data = bytes, .size = sizeof(bytes)};
    const struct th_bytes two[] = {{.data = bytes, .size = 4999},
                                   {.data = bytes + 4999, .size = 1}};
    const uint64_t before = th_hash64(key, &one, 1);

    assert_true(th_hash64(key, two, 2) == before);
    bytes[4999] = 1;
    assert_true(th_hash64(key, &one, 1) != before);
}

static void a_keyed_hash_depends_on_its_key(void **state)
{
    (void)state;
    uint8_t plain[TH_HASH128_BYTES];
    uint8_t keyed[TH_HASH128_BYTES];
    const struct th_bytes part = TH_BYTES("person");

    th_hash128(plain, (struct th_bytes){0}, &part, 1);
    th_hash128(keyed, TH_BYTES("0123456789abcdef"), &part, 1);

    assert_memory_not_equal(plain, keyed, sizeof(plain));
}

static void a_running_hash_equals_the_hash_of_the_whole(void **state)
{
    (void)state;
    uint8_t whole[TH_HASH256_BYTES];
    uint8_t piecewise[TH_HASH256_BYTES];
    const struct th_bytes text = TH_BYTES("event, action, event");
    struct th_hash_run run;

    th_hash256(whole, &text, 1);
    th_hash_run_start(&run);
    th_hash_run_add(&run, TH_BYTES("event, "));
    th_hash_run_add(&run, (struct th_bytes){0});
    th_hash_run_add(&run, TH_BYTES("action, event"));
    th_hash_run_end(&run, piecewise);

    assert_memory_equal(whole, piecewise, sizeof(whole));
}

static void hex_reads_only_what_it_writes(void **state)
{
    (void)state;
    uint8_t out[2] = {1, 2};

    EXPECT(TH_OK, th_unhex(TH_BYTES("00ff"), out, 2));
    assert_memory_equal(out, "\x00\xff", 2);
    EXPECT(TH_E_MALFORMED, th_unhex(TH_BYTES("00FF"), out, 2));
    EXPECT(TH_E_MALFORMED, th_unhex(TH_BYTES("00f"), out, 2));
    EXPECT(TH_E_MALFORMED, th_unhex(TH_BYTES("00f "), out, 2));
    EXPECT(TH_E_MALFORMED, th_unhex(TH_BYTES("00ff00"), out, 2));
    assert_memory_equal(out, "\x00\xff", 2);
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[16];
    uint8_t b[16];

    th_random(a, sizeof(a));
    th_random(b, sizeof(b));

    assert_memory_not_equal(a, b, sizeof(a));
}

static int setup(void **state)
{
    (void)state;
    return th_hash_start() == TH_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake2b_of_abc_is_the_published_one),
        cmocka_unit_test(siphash_is_that_of_its_paper),
        cmocka_unit_test(long_parts_are_hashed_whole),
        cmocka_unit_test(a_keyed_hash_depends_on_its_key),
        cmocka_unit_test(a_running_hash_equals_the_hash_of_the_whole),
        cmocka_unit_test(hex_reads_only_what_it_writes),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
