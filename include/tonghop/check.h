// check.h - an 8-byte check hash at the end of every stored value
//
// The disk has no checksums of its own: a flipped bit in a page would be read as a figure. Every
// value that a store keeps ends in SipHash(table, key, payload), keyed per store, and is refused
// when it does not fit. It guards against accidents, not against malice; chains do that.

#ifndef TONGHOP_CHECK_H
#define TONGHOP_CHECK_H

#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/hash.h"
#include "tonghop/store.h"

enum { TH_CHECK_BYTES = 8 };

struct th_check {
    uint8_t key[TH_SHORT_KEY_BYTES];
};

// The key of a store: the first 16 bytes of BLAKE2b-256 of seed (store id, incarnation).
struct th_check th_check_of(struct th_bytes seed);

// Append the check hash to what writer holds, as the value of key in table.
void th_check_seal(const struct th_check *check,
                   unsigned table,
                   struct th_bytes key,
                   struct th_writer *writer);

// The payload of a stored value: *value loses its last 8 bytes. TH_E_CORRUPT when they do not fit.
TH_MUST_USE enum th_err th_check_open(const struct th_check *check,
                                      unsigned table,
                                      struct th_bytes key,
                                      struct th_bytes *value);

// Read, verify, and give the payload. TH_E_NOT_FOUND, TH_E_CORRUPT, TH_E_IO.
TH_MUST_USE enum th_err th_check_get(const struct th_check *check,
                                     struct th_store store,
                                     unsigned table,
                                     struct th_bytes key,
                                     struct th_bytes *payload);
// Seal what writer holds and put it.
TH_MUST_USE enum th_err th_check_put(const struct th_check *check,
                                     struct th_store store,
                                     unsigned table,
                                     struct th_bytes key,
                                     struct th_writer *writer);

#endif
