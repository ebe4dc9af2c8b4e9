// sign.c - see sign.h

#include "tonghop/sign.h"

#include <string.h>

#include <sodium.h>

_Static_assert(crypto_sign_SEEDBYTES == TH_SIGN_SEED_BYTES, "seed of Ed25519");
_Static_assert(crypto_sign_PUBLICKEYBYTES == TH_SIGN_PUBLIC_BYTES, "public key of Ed25519");
_Static_assert(crypto_sign_BYTES == TH_SIGN_BYTES, "signature of Ed25519");
_Static_assert(sodium_base64_ENCODED_LEN(TH_SIGN_BYTES, sodium_base64_VARIANT_ORIGINAL) ==
                   TH_SIGN_TEXT_BYTES,
               "a signature as text");

// The functions of libsodium called here fail only on sizes out of range, and ours are constants.
void th_sign_key_of(const uint8_t seed[static TH_SIGN_SEED_BYTES], struct th_sign_key *key)
{
    _Static_assert(sizeof(key->secret) == crypto_sign_SECRETKEYBYTES, "secret key of Ed25519");
    const int rc = crypto_sign_seed_keypair(key->public_key, key->secret, seed);
    th_assert(rc == 0);
}

void th_sign_key_forget(struct th_sign_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

void th_sign(const struct th_sign_key *key,
             struct th_bytes bytes,
             uint8_t signature[static TH_SIGN_BYTES])
{
    const int rc = crypto_sign_detached(signature, NULL, bytes.data, bytes.size, key->secret);
    th_assert(rc == 0);
}

bool th_sign_holds(const uint8_t public_key[static TH_SIGN_PUBLIC_BYTES],
                   struct th_bytes bytes,
                   const uint8_t signature[static TH_SIGN_BYTES])
{
    return crypto_sign_verify_detached(signature, bytes.data, bytes.size, public_key) == 0;
}

char *th_sign_text(const uint8_t signature[static TH_SIGN_BYTES],
                   char out[static TH_SIGN_TEXT_BYTES])
{
    return sodium_bin2base64(
        out, TH_SIGN_TEXT_BYTES, signature, TH_SIGN_BYTES, sodium_base64_VARIANT_ORIGINAL);
}

enum th_err th_sign_parse(struct th_bytes text, uint8_t signature[static TH_SIGN_BYTES])
{
    uint8_t read[TH_SIGN_BYTES];
    char again[TH_SIGN_TEXT_BYTES];
    size_t size = 0;
    if (text.size != TH_SIGN_TEXT_BYTES - 1 ||
        sodium_base642bin(read,
                          sizeof(read),
                          text.data,
                          text.size,
                          NULL,
                          &size,
                          NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != sizeof(read) ||
        memcmp(th_sign_text(read, again), text.data, text.size) != 0) { // one spelling of each
        return TH_E_MALFORMED;
    }
    memcpy(signature, read, sizeof(read));
    return TH_OK;
}
