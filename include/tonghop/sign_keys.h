// sign_keys.h - the province's signing keys, one after the other, and how each names the next
//
// Receipts are for years, and a key is not: it is changed in good order, or because somebody may
// have it. Receipts signed with the old one stay what they are, so its public half is kept; and the
// old key signs a text that names the new one, so that whoever trusts the one may trust the other.
//
//      tonghop-key: 1
//      old: 4QX7-9TME-2KRA                fingerprint of the key that signs this
//      key: rq:rM>}U?@Lns47E1%kR.o@n...   the key that takes its place, as in sign.public
//      time: 2026-11-24T09:05:12Z         for people
//      signature: ...                     Ed25519 of the old key over every byte before this line
//
// In a directory of keys: sign.public is the province's present key; sign-4QX7-9TME-2KRA.public a
// key with that fingerprint, sign-4QX7-9TME-2KRA.succession the text in which its predecessor names
// it. An office starts from the key in its enrolment.
//
//   Y1  A key is believed because of the enrolment, or because one that is believed has named it.
//   Y2  A key that was believed stays: what it signed is checked with it.
//
// Threads: one, per struct.

#ifndef TONGHOP_SIGN_KEYS_H
#define TONGHOP_SIGN_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/key.h"
#include "tonghop/sign.h"
#include "tonghop/signed.h"

enum {
    TH_SUCCESSION_BYTES_MAX = 320,
    TH_SIGN_KEYS_MAX = 32,   // known in one place
    TH_SUCCESSIONS_MAX = 16, // told in one message
};

// ---- one key names the next ----

struct th_succession {
    char old[TH_FINGERPRINT_SIZE];
    uint8_t key[TH_SIGN_PUBLIC_BYTES];
    int64_t time_ms; // whole seconds
};

// The whole text, signed by old.
void th_succession_write(struct th_writer *writer,
                         const struct th_sign_key *old,
                         const uint8_t key[static TH_SIGN_PUBLIC_BYTES],
                         int64_t time_ms);
// NONE, KIND, FORM; *succession is filled when it has a form.
TH_MUST_USE enum th_flaw th_succession_read(struct th_bytes text, struct th_succession *succession);
// Is it signed by this key? NONE, KIND, FORM, KEY, SIGNATURE.
TH_MUST_USE enum th_flaw th_succession_check(struct th_bytes text,
                                             const uint8_t old[static TH_SIGN_PUBLIC_BYTES],
                                             struct th_succession *succession);

// ---- the keys that are believed in one place ----

struct th_sign_known {
    uint8_t key[TH_SIGN_PUBLIC_BYTES];
    char fingerprint[TH_FINGERPRINT_SIZE];
};

struct th_sign_keys {
    struct th_sign_known list[TH_SIGN_KEYS_MAX];
    size_t count;
};

/**
 * The key of the enrolment (Z85; NULL or "": none) and those whose files are in dir. A file that
 * cannot be read is left out.
 */
void th_sign_keys_read(const char *dir, const char *enrolled, struct th_sign_keys *keys);

// NULL: no such key is known here.
const uint8_t *th_sign_keys_find(const struct th_sign_keys *keys, const char *fingerprint);

// Did one of them sign that?
bool th_sign_keys_hold(const struct th_sign_keys *keys,
                       struct th_bytes content,
                       const uint8_t signature[static TH_SIGN_BYTES]);

// Y1: take a succession into keys and dir. false: it says nothing new, is not genuine, or could not
// be written.
bool th_sign_keys_learn(struct th_sign_keys *keys, const char *dir, struct th_bytes text);

// ---- the province ----

// The texts that lead to key, the oldest first; at most the newest TH_SUCCESSIONS_MAX.
struct th_successions {
    uint8_t bytes[TH_SUCCESSIONS_MAX][TH_SUCCESSION_BYTES_MAX];
    struct th_bytes texts[TH_SUCCESSIONS_MAX];
    size_t count;
};
void th_successions_read(const char *dir,
                         const uint8_t key[static TH_SIGN_PUBLIC_BYTES],
                         struct th_successions *out);

/**
 * Another signing key for the province of dir. The old one signs it, and its secret is gone when
 * this returns. What an earlier call began is finished.
 *
 * Errors: those of th_sign_key_read, with *why; TH_E_IO.
 */
TH_MUST_USE enum th_err th_sign_keys_change(const char *dir,
                                            int64_t now_ms,
                                            struct th_succession *done,
                                            struct th_verdict *why);

#endif
