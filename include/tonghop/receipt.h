// receipt.h - what a province signs about the batches of a node that it has decided
//
// A district must be able to prove, on paper and years later, what it handed in. A receipt is a
// text of some 600 bytes that a person can read, a third party can check with the province's public
// key alone, and a clerk can read over the telephone by its code:
//
//      tonghop-receipt: 1
//      code: 93-7F3K-92QD                 the province's, and 40 bits of a hash of all but the key
//      province: 93
//      lineage: hg93                      name of the province's store, for ever
//      unit: 935                          the node's first unit; " +2": and two more
//      node: 7
//      epoch: 1                           of the node's numbering
//      batches: 116..118                  decided in one commit
//      chain: 9a4e...                     h(118), which covers every batch up to 118
//      records: 1294 6f0c...              live records of this node then, and their sum
//      items: new 3, changed 0, withdrawn 0, refused 0
//      version: 2088                      of the province's store with that commit
//      time: 2026-11-21T09:05:12Z         for people
//      key: 4QX7-9TME-2KRA                fingerprint of the key that signed
//      signature: ...                     Ed25519 over every byte before this line
//
//   C1  There is one spelling: what is read, written again, gives the same bytes.
//   C2  The same decision has the same code, whichever key signs it.
//
// Pure.

#ifndef TONGHOP_RECEIPT_H
#define TONGHOP_RECEIPT_H

#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/hash.h"
#include "tonghop/signed.h"

enum {
    TH_RECEIPT_BYTES_MAX = TH_SIGNED_BYTES_MAX,
    TH_RECEIPT_PROVINCE_BYTES = TH_SIGNED_PROVINCE_BYTES,
    TH_RECEIPT_CODE_BYTES = TH_SIGNED_CODE_BYTES,
    TH_RECEIPT_LINEAGE_BYTES = 9,
    TH_RECEIPT_UNIT_BYTES = 64,
    TH_RECEIPT_KEY_BYTES = 15, // as TH_FINGERPRINT_SIZE
};

// What became of the items of some batches.
struct th_receipt_items {
    uint64_t fresh;     // "new": nothing stood under their key
    uint64_t changed;   // they took the place of what stood
    uint64_t withdrawn; // they took it away
    uint64_t refused;
    uint64_t unchanged; // said before; in the text only when there are any
};

struct th_receipt {
    char code[TH_RECEIPT_CODE_BYTES]; // th_receipt_write computes it
    char province[TH_RECEIPT_PROVINCE_BYTES];
    char lineage[TH_RECEIPT_LINEAGE_BYTES];
    char unit[TH_RECEIPT_UNIT_BYTES];
    uint32_t node;
    uint64_t epoch;
    uint64_t first; // batches first .. last
    uint64_t last;
    uint8_t chain[TH_HASH256_BYTES];
    uint64_t records;
    uint8_t sum[TH_HASH128_BYTES];
    struct th_receipt_items items;
    uint64_t version;
    int64_t time_ms; // whole seconds when it was read
    char key[TH_RECEIPT_KEY_BYTES];
};

// All lines but the signature; sets receipt->code. Overflow when there is no room.
void th_receipt_write(struct th_writer *writer, struct th_receipt *receipt);

/**
 * Read all lines but the signature.
 *
 * Returns NONE, KIND, FORM with *line (NULL: not wanted), or CODE.
 */
TH_MUST_USE enum th_flaw
th_receipt_read(struct th_bytes content, struct th_receipt *receipt, unsigned *line);

// A whole receipt; fingerprint is that of public_key. All of enum th_flaw.
TH_MUST_USE enum th_flaw th_receipt_check(struct th_bytes text,
                                          const uint8_t public_key[static TH_SIGN_PUBLIC_BYTES],
                                          const char *fingerprint,
                                          struct th_receipt *receipt,
                                          unsigned *line);

#endif
