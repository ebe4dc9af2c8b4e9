// hash.c - see hash.h

#include "tonghop/hash.h"

#include <string.h>

#include <sodium.h>

enum { PARTS_MAX = 8, JOINED_BYTES_MAX = 4096, KEY_BYTES_MIN = 16, KEY_BYTES_MAX = 64 };

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct th_hash_run), "state fits");
_Static_assert(crypto_shorthash_KEYBYTES == TH_SHORT_KEY_BYTES, "key of SipHash");
_Static_assert(crypto_shorthash_BYTES == 8, "SipHash gives 64 bits");

enum th_err th_hash_start(void)
{
    return sodium_init() < 0 ? TH_E_IO : TH_OK;
}

// The functions of libsodium called here fail only on sizes out of range, and ours are constants.
static void
blake2b(uint8_t *out, size_t size, struct th_bytes key, const struct th_bytes *parts, size_t count)
{
    th_assert(count <= PARTS_MAX);
    th_assert(key.size == 0 || (key.size >= KEY_BYTES_MIN && key.size <= KEY_BYTES_MAX));
    crypto_generichash_state state; // its type has the 64-byte alignment it needs
    int rc = crypto_generichash_init(&state, key.size == 0 ? NULL : key.data, key.size, size);
    th_assert(rc == 0);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            rc = crypto_generichash_update(&state, parts[i].data, parts[i].size);
            th_assert(rc == 0);
        }
    }
    rc = crypto_generichash_final(&state, out, size);
    th_assert(rc == 0);
}

void th_hash256(uint8_t out[static TH_HASH256_BYTES], const struct th_bytes *parts, size_t count)
{
    blake2b(out, TH_HASH256_BYTES, (struct th_bytes){0}, parts, count);
}

void th_hash128(uint8_t out[static TH_HASH128_BYTES],
                struct th_bytes key,
                const struct th_bytes *parts,
                size_t count)
{
    blake2b(out, TH_HASH128_BYTES, key, parts, count);
}

static uint64_t siphash(const uint8_t *key, const void *bytes, size_t size)
{
    uint8_t out[crypto_shorthash_BYTES];
    const int rc = crypto_shorthash(out, bytes, size, key);
    th_assert(rc == 0);
    return th_get_u64(out);
}

uint64_t
th_hash64(const uint8_t key[static TH_SHORT_KEY_BYTES], const struct th_bytes *parts, size_t count)
{
    th_assert(count <= PARTS_MAX);
    uint8_t joined[JOINED_BYTES_MAX];
    struct th_writer writer = TH_WRITER(joined);
    for (size_t i = 0; i < count; i++) {
        th_write_bytes(&writer, parts[i]);
    }
    if (!writer.overflow) {
        return siphash(key, joined, writer.size);
    }
    uint8_t digest[TH_HASH256_BYTES];
    th_hash256(digest, parts, count);
    return siphash(key, digest, sizeof(digest));
}

static crypto_generichash_state *state_of(struct th_hash_run *run)
{
    return (crypto_generichash_state *)(void *)run->state;
}

void th_hash_run_start(struct th_hash_run *run)
{
    const int rc = crypto_generichash_init(state_of(run), NULL, 0, TH_HASH256_BYTES);
    th_assert(rc == 0);
}

void th_hash_run_add(struct th_hash_run *run, struct th_bytes bytes)
{
    if (bytes.size > 0) {
        const int rc = crypto_generichash_update(state_of(run), bytes.data, bytes.size);
        th_assert(rc == 0);
    }
}

void th_hash_run_end(struct th_hash_run *run, uint8_t out[static TH_HASH256_BYTES])
{
    const int rc = crypto_generichash_final(state_of(run), out, TH_HASH256_BYTES);
    th_assert(rc == 0);
}

void th_random(void *out, size_t size)
{
    randombytes_buf(out, size);
}

char *th_hex(struct th_bytes bytes, char *out)
{
    static const char DIGITS[] = "0123456789abcdef";
    const uint8_t *at = bytes.data;
    for (size_t i = 0; i < bytes.size; i++) {
        out[2 * i] = DIGITS[at[i] >> 4];
        out[2 * i + 1] = DIGITS[at[i] & 15];
    }
    out[2 * bytes.size] = '\0';
    return out;
}

// The value of a lower-case hex digit, or 16.
static unsigned hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return (unsigned)(digit - 'a') + 10;
    }
    return 16;
}

enum th_err th_unhex(struct th_bytes text, uint8_t *out, size_t size)
{
    if (text.size != 2 * size) {
        return TH_E_MALFORMED;
    }
    const char *at = text.data;
    for (size_t i = 0; i < text.size; i++) {
        if (hex_digit(at[i]) > 15) {
            return TH_E_MALFORMED;
        }
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(hex_digit(at[2 * i]) << 4 | hex_digit(at[2 * i + 1]));
    }
    return TH_OK;
}

const char *th_hash_library(void)
{
    return sodium_version_string();
}
