// test_facts_sodium.c - facts about libsodium that our hashes and keys rest on
//
// These test the library, not us: an upgrade that changes one of them is noticed here.

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "tests/support/test.h"

enum { NOBODY = 65534 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

static void a_second_start_is_harmless(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    assert_int_equal(sodium_init(), 1);
}

static void generichash_gives_1_to_64_bytes_and_takes_keys_to_64(void **state)
{
    (void)state;
    uint8_t out[65] = {0};
    uint8_t key[65] = {1};
    const uint8_t text[] = "text";

    assert_int_equal(crypto_generichash(out, 8, text, sizeof(text), NULL, 0), 0);
    assert_int_equal(crypto_generichash(out, 64, text, sizeof(text), key, 64), 0);
    assert_int_equal(crypto_generichash(out, 65, text, sizeof(text), NULL, 0), -1);
    assert_int_equal(crypto_generichash(out, 0, text, sizeof(text), NULL, 0), -1);
    assert_int_equal(crypto_generichash(out, 32, text, sizeof(text), key, 65), -1);
}

static void its_state_is_384_bytes_on_a_64_byte_line(void **state)
{
    (void)state;
    assert_int_equal(sizeof(crypto_generichash_state), 384);
    assert_int_equal(_Alignof(crypto_generichash_state), 64);
    assert_int_equal(crypto_generichash_statebytes(), 384);
}

static void shorthash_is_siphash_with_8_bytes_and_a_key_of_16(void **state)
{
    (void)state;
    assert_int_equal(crypto_shorthash_BYTES, 8);
    assert_int_equal(crypto_shorthash_KEYBYTES, 16);
    assert_string_equal(crypto_shorthash_primitive(), "siphash24");
    assert_string_equal(crypto_generichash_primitive(), "blake2b");
}

static void curve_keys_and_signatures_have_their_sizes(void **state)
{
    (void)state;
    assert_int_equal(crypto_box_PUBLICKEYBYTES, 32);
    assert_int_equal(crypto_box_SECRETKEYBYTES, 32);
    assert_int_equal(crypto_sign_BYTES, 64);
    assert_int_equal(crypto_sign_PUBLICKEYBYTES, 32);
}

static void comparison_without_timing_compares(void **state)
{
    (void)state;
    assert_int_equal(sodium_memcmp("abc", "abc", 3), 0);
    assert_int_equal(sodium_memcmp("abc", "abd", 3), -1);
    assert_int_equal(sodium_memcmp("b", "a", 1), -1); // equal or not; it gives no order
}

// Locked memory is a wish: where the limit is 0 and the capability is missing, it fails.
static void locking_memory_may_be_refused(void **state)
{
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0};
        static uint8_t secret[4096];
        if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 ||
            (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)) {
            _exit(2);
        }
        const bool locked = sodium_mlock(secret, sizeof(secret)) == 0;
        _exit(locked ? 1 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
#if defined(SANITIZED)
    SKIP("sanitizers make mlock do nothing");
#endif
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_start_is_harmless),
        cmocka_unit_test(generichash_gives_1_to_64_bytes_and_takes_keys_to_64),
        cmocka_unit_test(its_state_is_384_bytes_on_a_64_byte_line),
        cmocka_unit_test(shorthash_is_siphash_with_8_bytes_and_a_key_of_16),
        cmocka_unit_test(curve_keys_and_signatures_have_their_sizes),
        cmocka_unit_test(comparison_without_timing_compares),
        cmocka_unit_test(locking_memory_may_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
