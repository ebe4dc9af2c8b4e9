// sign.h - signatures that a third party can check years later; the door to libsodium's Ed25519
//
// A province signs what it has decided (receipts) and what its ledger was at the end of a day
// (roots). The signing key is apart from the keys of the line: who holds one can not play the
// other. A signature is deterministic: the same key and bytes give the same 64 bytes.
//
// Pure: no randomness, no memory of its own.

#ifndef TONGHOP_SIGN_H
#define TONGHOP_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum {
    TH_SIGN_SEED_BYTES = 32,   // what is kept secret: DIR/keys/sign.secret
    TH_SIGN_PUBLIC_BYTES = 32, // what everybody may know: DIR/keys/sign.public
    TH_SIGN_BYTES = 64,
    TH_SIGN_TEXT_BYTES = 89, // base64 and NUL
};

struct th_sign_key {
    uint8_t secret[64];
    uint8_t public_key[TH_SIGN_PUBLIC_BYTES];
};

void th_sign_key_of(const uint8_t seed[static TH_SIGN_SEED_BYTES], struct th_sign_key *key);
void th_sign_key_forget(struct th_sign_key *key); // overwrites it

void th_sign(const struct th_sign_key *key,
             struct th_bytes bytes,
             uint8_t signature[static TH_SIGN_BYTES]);
bool th_sign_holds(const uint8_t public_key[static TH_SIGN_PUBLIC_BYTES],
                   struct th_bytes bytes,
                   const uint8_t signature[static TH_SIGN_BYTES]);

// Base64 with padding, as `base64 -d` and openssl read it. Returns out.
char *th_sign_text(const uint8_t signature[static TH_SIGN_BYTES],
                   char out[static TH_SIGN_TEXT_BYTES]);
// Exactly that spelling. TH_E_MALFORMED.
TH_MUST_USE enum th_err th_sign_parse(struct th_bytes text,
                                      uint8_t signature[static TH_SIGN_BYTES]);

#endif
