// key.h - key files, and the short form of a key that people compare by telephone
//
// A pair NAME is two files in a directory of mode 0700: NAME.secret (0600) and NAME.public, each
// one line of Z85. A secret that others can read is refused, not used with a warning: whoever read
// it speaks for its owner. Single secrets (of signatures, of pseudonyms) are NAME.secret alone.
//
// Names in DIR/keys of a province: broker, worker-<name>, viewer, sign, person; of a node: node.

#ifndef TONGHOP_KEY_H
#define TONGHOP_KEY_H

#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/sign.h"
#include "tonghop/sock.h"
#include "tonghop/verdict.h"

enum {
    TH_FINGERPRINT_SIZE = 15, // 8M2C-77QD-1KXA and NUL
    TH_KEY_NAME_MAX = 64,
};

// Declare it TH_SCOPED(th_key_forget) = {0}.
struct th_key_pair {
    char public_key[TH_Z85_SIZE];
    char secret_key[TH_Z85_SIZE];
};

void th_key_forget(struct th_key_pair *pair); // overwrites both
void th_secret_forget(void *secret, size_t size);

TH_MUST_USE enum th_err th_key_make(struct th_key_pair *pair); // TH_E_IO

/**
 * Make directory dir (0700), or check that it is one that only its owner may use.
 *
 * Errors: TH_E_DENIED with *why TH1202; TH_E_IO with *why TH1201.
 */
TH_MUST_USE enum th_err th_key_directory(const char *dir, struct th_verdict *why);

/**
 * Check a directory of keys, and all of them: that nobody else can read a secret (NAME.secret,
 * enrolment.yaml) or put another key in the place of one that is believed (NAME.public), and that
 * they are this user's or root's. Each program does so when it starts.
 *
 * Errors: TH_E_DENIED with *why TH1202; TH_E_IO or TH_E_NOT_FOUND with *why TH1201.
 */
TH_MUST_USE enum th_err th_key_check(const char *dir, struct th_verdict *why);

/**
 * Write a pair as dir/name.secret and dir/name.public, on disk when this returns.
 *
 * Errors: TH_E_EXISTS: there is such a key already, and it was not touched; TH_E_IO.
 */
TH_MUST_USE enum th_err
th_key_write(const char *dir, const char *name, const struct th_key_pair *pair);

// The same in place of the one there is: the old one or the new one after a power cut. TH_E_IO.
TH_MUST_USE enum th_err
th_key_replace(const char *dir, const char *name, const struct th_key_pair *pair);

/**
 * Read a pair; the public half is computed from the secret one.
 *
 * Errors: TH_E_NOT_FOUND or TH_E_IO (TH1201), TH_E_DENIED (TH1202: file or directory open to
 *         others, or not ours), TH_E_MALFORMED (TH1203), each with *why.
 */
TH_MUST_USE enum th_err
th_key_read(const char *dir, const char *name, struct th_key_pair *pair, struct th_verdict *why);
TH_MUST_USE enum th_err th_key_read_public(const char *dir,
                                           const char *name,
                                           char public_key[static TH_Z85_SIZE],
                                           struct th_verdict *why);

// A secret of 32 bytes by itself. Errors as above.
TH_MUST_USE enum th_err
th_secret_write(const char *dir, const char *name, const uint8_t secret[static TH_CURVE_BYTES]);
// The same in place of the one there is.
TH_MUST_USE enum th_err
th_secret_replace(const char *dir, const char *name, const uint8_t secret[static TH_CURVE_BYTES]);
TH_MUST_USE enum th_err th_secret_read(const char *dir,
                                       const char *name,
                                       uint8_t secret[static TH_CURVE_BYTES],
                                       struct th_verdict *why);

/**
 * The key that signs receipts: dir/sign.secret, with its public half beside it in sign.public,
 * which is written when it is missing.
 *
 * Errors: as th_key_read.
 */
TH_MUST_USE enum th_err
th_sign_key_read(const char *dir, struct th_sign_key *key, struct th_verdict *why);

// The first 60 bits of the key's BLAKE2b-256 in Crockford's base 32. Returns out.
char *th_key_fingerprint(const uint8_t public_key[static TH_CURVE_BYTES],
                         char out[static TH_FINGERPRINT_SIZE]);

#endif
