// hash.h - hashes and random bytes; the only door to libsodium's hashing
//
// BLAKE2b-256 chains batches, BLAKE2b-128 names persons and sums up records, SipHash-2-4 guards
// stored values against accidents (not malice).

#ifndef TONGHOP_HASH_H
#define TONGHOP_HASH_H

#include <stdint.h>

#include "tonghop/bytes.h"

enum { TH_HASH256_BYTES = 32, TH_HASH128_BYTES = 16, TH_SHORT_KEY_BYTES = 16 };

// Call once at the start of every program, before any thread. TH_E_IO when there is no randomness.
TH_MUST_USE enum th_err th_hash_start(void);

// BLAKE2b-256 over the parts one after the other. At most 8 parts.
void th_hash256(uint8_t out[static TH_HASH256_BYTES], const struct th_bytes *parts, size_t count);

// BLAKE2b-128, keyed when key.size > 0 (16..64 bytes).
void th_hash128(uint8_t out[static TH_HASH128_BYTES],
                struct th_bytes key,
                const struct th_bytes *parts,
                size_t count);

// SipHash-2-4 of the parts one after the other, as 64 bits. Parts are joined in a buffer of at most
// 4 KiB on the stack; longer ones are hashed with BLAKE2b first.
uint64_t
th_hash64(const uint8_t key[static TH_SHORT_KEY_BYTES], const struct th_bytes *parts, size_t count);

// A running BLAKE2b-256, for traces and files.
struct th_hash_run {
    _Alignas(64) unsigned char state[384];
};
void th_hash_run_start(struct th_hash_run *run);
void th_hash_run_add(struct th_hash_run *run, struct th_bytes bytes);
void th_hash_run_end(struct th_hash_run *run, uint8_t out[static TH_HASH256_BYTES]);

void th_random(void *out, size_t size);

// Lower-case hex; out has room for 2 * size + 1.
char *th_hex(struct th_bytes bytes, char *out);
// TH_E_MALFORMED unless text is exactly 2 * size lower-case hex digits.
TH_MUST_USE enum th_err th_unhex(struct th_bytes text, uint8_t *out, size_t size);

// The version of libsodium this process runs with, as a static text.
const char *th_hash_library(void);

#endif
